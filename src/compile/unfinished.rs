//! What this version checks and does not run: actions, plans, collateral, hedges, transfer prices.

use super::call::word_of;
use super::compiler::Compiler;
use super::context::{Context, Expected};
use super::names::DefId;
use super::typing::money;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{Heading, Node, Type};
use crate::syntax::tree::{
    self, Block, BlockKind, ClauseBody, ExpressionKind, Item, Setting, Trigger, VolumeKind,
};

impl Compiler<'_> {
    /// Reads a declaration that has no number of its own, to find its errors.
    pub(super) fn check_unnumbered(&mut self, id: DefId) {
        let Some(definition) = self.definition(id) else {
            return;
        };
        match &definition.declaration.item {
            Item::Binding(binding) if binding.value_type.name.text == "selection" => {
                self.let_selection(id, binding, definition.declaration.name.span);
            }
            Item::Block(block) => match block.kind {
                BlockKind::Book => {
                    self.book(id);
                }
                BlockKind::Market => {
                    self.market(id);
                }
                BlockKind::Plan => self.check_plan(id, block),
                BlockKind::Collateral | BlockKind::Hedge | BlockKind::Ftp => {
                    self.check_programme(id, block)
                }
                _ => {}
            },
            _ => {}
        }
    }

    fn check_plan(&mut self, id: DefId, block: &Block) {
        let cx = Context::new(self.scope_of(id));
        for clause in &block.clauses {
            let ClauseBody::Volume(volume) = &clause.body else {
                self.misplaced(&clause.body, clause.span, BlockKind::Plan);
                continue;
            };
            let target = tree::Expression {
                kind: ExpressionKind::Reference(volume.target.clone()),
                span: volume.target.span,
            };
            let due = match volume.kind {
                VolumeKind::New => {
                    self.product_named(&target, &cx);
                    Type::Per(Box::new(money()), None)
                }
                VolumeKind::Grow => {
                    self.checked_selection(&target, volume.condition.as_ref(), &cx);
                    Type::Per(Box::new(Type::Ratio), None)
                }
                VolumeKind::Replace => {
                    self.checked_selection(&target, volume.condition.as_ref(), &cx);
                    Type::Ratio
                }
            };
            self.expect(&volume.size, &Expected::new(due), &cx);
            if let Some(with) = &volume.with {
                let with = tree::Expression {
                    kind: ExpressionKind::Reference(with.clone()),
                    span: with.span,
                };
                self.product_named(&with, &cx);
            }
            for point in [&volume.from, &volume.until].into_iter().flatten() {
                self.point(point, &cx);
            }
        }
    }

    fn checked_selection(
        &mut self,
        target: &tree::Expression,
        condition: Option<&tree::Expression>,
        cx: &Context,
    ) {
        let whole = match condition {
            Some(condition) => tree::Expression {
                kind: ExpressionKind::Where {
                    of: Box::new(target.clone()),
                    condition: Box::new(condition.clone()),
                },
                span: target.span.to(condition.span),
            },
            None => target.clone(),
        };
        self.selection(&whole, cx);
    }

    /// Collateral pools, hedging programmes and transfer prices.
    fn check_programme(&mut self, id: DefId, block: &Block) {
        let cx = Context::new(self.scope_of(id));
        for selection in &block.head.on {
            self.selection(selection, &cx);
        }
        let keys: &[&str] = match block.kind {
            BlockKind::Collateral => &["secures", "overcollateral"],
            BlockKind::Hedge => &["product", "measure", "ratio", "every"],
            _ => &["base", "liquidity", "option", "breakage"],
        };
        let required: &[&str] = match block.kind {
            BlockKind::Collateral => &["secures", "overcollateral"],
            BlockKind::Hedge => &["product", "measure", "ratio", "every"],
            _ => &["base"],
        };
        let mut said: Vec<String> = Vec::new();
        for clause in &block.clauses {
            let ClauseBody::Setting(setting) = &clause.body else {
                self.misplaced(&clause.body, clause.span, block.kind);
                continue;
            };
            let (Some(path), Some(value)) = (setting.path(), setting.values.first()) else {
                self.unknown_setting(setting, block.kind, keys);
                continue;
            };
            let key = path.text();
            said.push(key.clone());
            match (block.kind, key.as_str()) {
                (BlockKind::Collateral, "secures") => {
                    self.selection(value, &cx);
                }
                (BlockKind::Collateral, "overcollateral") | (BlockKind::Hedge, "ratio") => {
                    self.expect(value, &Expected::new(Type::Ratio), &cx);
                }
                (BlockKind::Hedge, "product") => {
                    self.product_named(value, &cx);
                }
                (BlockKind::Hedge, "every") => {
                    self.literal_tenor(value, "`every`", &cx);
                }
                (BlockKind::Hedge, "measure") => {
                    let inner = cx.at(super::context::Place::Fold(super::context::Members::Open));
                    self.expression(value, None, &inner);
                }
                (BlockKind::Ftp, "option") => {
                    self.expect(value, &Expected::new(Type::Rate), &cx);
                }
                (BlockKind::Ftp, "breakage") => {
                    if word_of(value) != Some("charged") {
                        self.one_of_words("breakage", &["charged"], value.span);
                    }
                }
                (BlockKind::Ftp, "base" | "liquidity") => self.check_price(value, &cx),
                _ => self.unknown_setting(setting, block.kind, keys),
            }
        }
        let missing: Vec<&str> = required
            .iter()
            .filter(|key| !said.iter().any(|s| s == *key))
            .copied()
            .collect();
        if !missing.is_empty() && block.broken.is_empty() {
            let heading = self.heading(id);
            self.lacks_settings(&heading, &missing);
        }
    }

    fn lacks_settings(&mut self, heading: &Heading, missing: &[&str]) {
        let listed = super::suggest::listed(missing);
        let error = Diagnostic::error(
            code::MISSING_SETTING,
            format!("`{}` lacks {listed}", heading.short),
        );
        let example = match missing.first() {
            Some(&"do") => {
                "write what is done: `do sell(bond, proceeds = 300mn EUR, order = smallest_loss)`"
            }
            Some(&"when") => "write when it is done: `when lcr < 110%`",
            Some(&"base") => "write a price of money: `base = matched(EUR_OIS)`",
            _ => "there is no default for them",
        };
        let error = error.help(example);
        self.report(match heading.origin.span {
            Some(span) => error.at(span, ""),
            None => error,
        });
    }

    /// `matched(curve)`, `rolling(curve, tenor, window)`, `fixed(rate)`.
    fn check_price(&mut self, value: &tree::Expression, cx: &Context) {
        let Some((name, parted, reference)) =
            self.constructor(value, "a transfer price", &["matched", "rolling", "fixed"])
        else {
            return;
        };
        let span = reference.span;
        let Some(first) = parted.plain.first() else {
            self.too_few(
                name,
                if name == "fixed" { "a rate" } else { "a curve" },
                span,
            );
            return;
        };
        if name == "fixed" {
            self.expect(&first.value, &Expected::new(Type::Rate), cx);
            return;
        }
        self.curve_name(&first.value);
        if name == "rolling" {
            for key in ["tenor", "window"] {
                match parted.get(key, None) {
                    Some(tenor) => {
                        self.literal_tenor(tenor, &format!("`{key}`"), cx);
                    }
                    None => self.missing_argument(
                        name,
                        key,
                        span,
                        "write `rolling(EUR_OIS, tenor = 5Y, window = 60M)`",
                    ),
                }
            }
        }
    }

    /// An action: its fields, its trigger, what it does.
    pub(super) fn check_action(&mut self, id: DefId, block: &Block) -> Heading {
        let heading = self.heading(id);
        let cx = Context::new(self.scope_of(id));
        let (mut when, mut does) = (false, false);
        for clause in &block.clauses {
            match &clause.body {
                ClauseBody::Setting(setting) => {
                    when |= setting.path().is_some_and(|path| path.text() == "on_date");
                    self.action_field(setting, &cx);
                }
                ClauseBody::Trigger(Trigger::When(condition)) => {
                    when = true;
                    let mut inner = cx.clone();
                    inner.trigger = true;
                    let condition = self.condition(condition, &inner);
                    self.triggers.push((condition, clause.span));
                }
                ClauseBody::Trigger(Trigger::Do(what)) => {
                    does = true;
                    self.check_do(what, &cx);
                }
                body => self.misplaced(body, clause.span, BlockKind::Action),
            }
        }
        let mut missing = Vec::new();
        if !when {
            missing.push("when");
        }
        if !does {
            missing.push("do");
        }
        if !missing.is_empty() && block.broken.is_empty() {
            self.lacks_settings(&heading, &missing);
        }
        heading
    }

    fn action_field(&mut self, setting: &Setting, cx: &Context) {
        const KEYS: [&str; 9] = [
            "observed",
            "lead",
            "times",
            "apart",
            "capacity",
            "available",
            "again_when",
            "cost",
            "on_date",
        ];
        let (Some(path), Some(value)) = (setting.path(), setting.values.first()) else {
            self.unknown_setting(setting, BlockKind::Action, &KEYS);
            return;
        };
        let due = match path.text().as_str() {
            "observed" => {
                const WORDS: [&str; 4] = ["daily", "weekly", "month_end", "quarter_end"];
                if !word_of(value).is_some_and(|word| WORDS.contains(&word)) {
                    self.one_of_words("observed", &WORDS, value.span);
                }
                return;
            }
            "lead" | "apart" => Type::Tenor,
            "times" => Type::Number,
            "capacity" => Type::Per(Box::new(money()), None),
            "available" | "again_when" => Type::Bool,
            "cost" => Type::Ratio,
            "on_date" => Type::Date,
            _ => {
                self.unknown_setting(setting, BlockKind::Action, &KEYS);
                return;
            }
        };
        self.expect(
            value,
            &Expected::because(due, path.span, format!("`{}`", path.text())),
            cx,
        );
    }

    /// `issue(product, nominal = 750mn EUR)` and the other verbs of `do`.
    fn check_do(&mut self, what: &tree::Expression, cx: &Context) {
        const VERBS: [&str; 15] = [
            "issue",
            "buy_back",
            "buy",
            "sell",
            "repo",
            "reverse_repo",
            "hedge",
            "unwind",
            "reprice",
            "scale",
            "stop",
            "draw",
            "issue_equity",
            "pay_dividend",
            "pay_tax",
        ];
        let Some((verb, parted, reference)) = self.constructor(what, "do", &VERBS) else {
            return;
        };
        if let Some(first) = parted.plain.first() {
            match verb {
                "issue" | "hedge" | "scale" | "stop" => {
                    self.product_named(&first.value, cx);
                }
                "issue_equity" | "pay_dividend" | "pay_tax" => {
                    self.expect(&first.value, &Expected::new(money()), cx);
                }
                "buy" if self.is_product(&first.value, cx) => {
                    self.product_named(&first.value, cx);
                }
                _ => {
                    self.selection(&first.value, cx);
                }
            }
        } else {
            self.too_few(verb, "what it is done with", reference.span);
        }
        if let Some(second) = parted.plain.get(1) {
            let due = if verb == "reprice" {
                Type::Rate
            } else {
                Type::Ratio
            };
            self.expect(&second.value, &Expected::new(due), cx);
        }
        for (key, argument) in &parted.named {
            let due = match *key {
                "nominal" | "proceeds" | "cash" | "notional" => money(),
                "term" => Type::Tenor,
                "haircut" | "ratio" => Type::Ratio,
                "rate" => Type::Rate,
                "roll" | "rehypothecate" | "amortise" => Type::Bool,
                "order" => {
                    const WORDS: [&str; 3] = ["smallest_loss", "highest_price", "smallest_haircut"];
                    if !word_of(&argument.value).is_some_and(|word| WORDS.contains(&word)) {
                        self.one_of_words("order", &WORDS, argument.value.span);
                    }
                    continue;
                }
                _ => {
                    self.report(
                        Diagnostic::error(code::ARGUMENTS, format!("`{verb}` has no `{key}`"))
                            .at(super::definition::argument_name(argument), "")
                            .help("its arguments are `nominal`, `proceeds`, `cash`, `notional`, `term`, `haircut`, `ratio`, `rate`, `roll`, `rehypothecate`, `amortise` and `order`, each verb its own"),
                    );
                    continue;
                }
            };
            self.expect(&argument.value, &Expected::new(due), cx);
        }
    }

    fn is_product(&self, value: &tree::Expression, cx: &Context) -> bool {
        let ExpressionKind::Reference(reference) = &value.kind else {
            return false;
        };
        let segments: Vec<&str> = reference
            .path
            .segments
            .iter()
            .map(|s| s.text.as_str())
            .collect();
        match self.names.find(cx.scope, &segments) {
            super::names::Found::Definition(id, _) => {
                self.definition(id).is_some_and(|d| matches!(&d.declaration.item, Item::Block(block) if block.kind == BlockKind::Product))
            }
            _ => false,
        }
    }

    /// A trigger reads nothing that looks ahead, through metrics as well.
    pub(super) fn check_triggers(&mut self) {
        let triggers: Vec<(crate::plan::Expression, Span)> = self.triggers.clone();
        for (condition, span) in triggers {
            let reached = self.reach(&[&condition], &std::collections::BTreeSet::new());
            let mut ahead: Option<String> = None;
            for id in &reached.metrics {
                let Some(metric) = self.metrics.get(id.index()) else {
                    continue;
                };
                super::reach::visit(&metric.formula, &mut |node| {
                    if matches!(node, Node::FoldTime { .. } | Node::Under(..)) {
                        ahead = Some(metric.heading.short.clone());
                    }
                });
            }
            if let Some(metric) = ahead {
                self.report(
                    Diagnostic::error(code::LOOK_AHEAD, format!("a trigger may not look ahead: `{metric}` does"))
                        .at(span, "")
                        .help("a trigger reads the action's observation day: `lcr`, or an earlier one: `lcr at start`"),
                );
            }
        }
    }
}
