//! Actions: when they are taken, how much of them there is, and what each line of `do` does.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::call::{Arguments, word_of};
use super::compiler::Compiler;
use super::context::{Context, Expected};
use super::names::DefId;
use super::spelling;
use super::typing::money;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{
    Action, ActionId, Bought, Capacity, Deed, Expression, InstrumentId, LotOrder, Node,
    Observation, ScenarioMeasure, Selection, Side, Size, Type, Verb,
};
use crate::syntax::tree::{self, Block, BlockKind, ClauseBody, Item, Trigger};

/// The settings of an action.
pub(super) const ACTION_KEYS: [&str; 9] = [
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

/// When a trigger is read.
pub(super) const OBSERVATIONS: [&str; 4] = ["daily", "weekly", "month_end", "quarter_end"];

/// Which lots come first.
const ORDERS: [&str; 3] = ["smallest_loss", "highest_price", "smallest_haircut"];

/// The verbs of `do` with their named arguments.
pub(super) const DEEDS: [(&str, &[&str]); 15] = [
    ("issue", &["nominal"]),
    ("buy_back", &["nominal", "proceeds", "order"]),
    ("buy", &["nominal", "proceeds"]),
    ("sell", &["nominal", "proceeds", "order"]),
    (
        "repo",
        &["cash", "term", "haircut", "rate", "roll", "instrument"],
    ),
    (
        "reverse_repo",
        &[
            "cash",
            "term",
            "haircut",
            "rate",
            "roll",
            "rehypothecate",
            "instrument",
        ],
    ),
    ("hedge", &["notional"]),
    ("unwind", &["amortise"]),
    ("reprice", &["rate"]),
    ("scale", &["ratio"]),
    ("stop", &[]),
    ("draw", &["nominal"]),
    ("issue_equity", &["amount"]),
    ("pay_dividend", &["amount"]),
    ("pay_tax", &["amount"]),
];

/// How each verb is written, for help.
fn example(verb: &str) -> &'static str {
    match verb {
        "issue" => "issue(covered_5y, nominal = 750mn EUR)",
        "buy_back" => "buy_back(own_bond, nominal = 100mn EUR)",
        "buy" => "buy(bond_5y, nominal = 100mn EUR)",
        "repo" => "repo(bonds, cash = 500mn EUR, term = 3M, haircut = 10%)",
        "reverse_repo" => "reverse_repo(bonds, cash = 500mn EUR, term = 3M, haircut = 5%)",
        "hedge" => "hedge(payer_swap_5y, notional = 100mn EUR)",
        "unwind" => "unwind(payer_swap)",
        "reprice" => "reprice(savings, +25bp)",
        "scale" => "scale(mortgage_10y, 50%)",
        "stop" => "stop(mortgage_10y)",
        "draw" => "draw(credit_line, nominal = 100mn EUR)",
        "issue_equity" => "issue_equity(50mn EUR)",
        "pay_dividend" => "pay_dividend(20mn EUR)",
        "pay_tax" => "pay_tax(5mn EUR)",
        _ => "sell(bond, proceeds = 300mn EUR, order = smallest_loss)",
    }
}

impl Compiler<'_> {
    /// An action: its fields, its trigger, what it does.
    pub(super) fn lower_action(&mut self, id: DefId, block: &Block) -> Action {
        let mut action = Action {
            heading: self.heading(id),
            ..Action::default()
        };
        let cx = Context::new(self.scope_of(id));
        let mut does = false;
        for clause in &block.clauses {
            match &clause.body {
                ClauseBody::Setting(setting) => {
                    let (Some(path), Some(value)) = (setting.path(), setting.values.first()) else {
                        self.unknown_setting(setting, BlockKind::Action, &ACTION_KEYS);
                        continue;
                    };
                    let key = path.text();
                    if self.action_field(&mut action, &key, value, path.span, &cx) {
                        let origin = self.origin(value.span, &clause.metadata);
                        action.origins.insert(key, origin);
                    } else {
                        self.unknown_setting(setting, BlockKind::Action, &ACTION_KEYS);
                    }
                }
                ClauseBody::Trigger(Trigger::When(condition)) => {
                    let when = self.trigger_condition(condition, &cx, clause.span);
                    action.when = Some(when);
                }
                ClauseBody::Trigger(Trigger::Do(what)) => {
                    does = true;
                    if let Some(verb) = self.deed(what, &cx) {
                        action.deeds.push(Deed {
                            verb,
                            text: spelling::expression(what),
                            origin: self.origin(clause.span, &clause.metadata),
                        });
                    }
                }
                body => self.misplaced(body, clause.span, BlockKind::Action),
            }
        }
        let mut missing = Vec::new();
        let dated = block.clauses.iter().any(|clause| matches!(&clause.body, ClauseBody::Setting(s) if s.path().is_some_and(|p| p.text() == "on_date")));
        if action.when.is_none() && !dated {
            missing.push("when");
        }
        if !does {
            missing.push("do");
        }
        if !missing.is_empty() && block.broken.is_empty() {
            self.lacks_settings(&action.heading, &missing);
        }
        action
    }

    /// A condition that is read on an observation day.
    fn trigger_condition(
        &mut self,
        condition: &tree::Expression,
        cx: &Context,
        span: Span,
    ) -> Expression {
        let mut inner = cx.clone();
        inner.trigger = true;
        let condition = self.condition(condition, &inner);
        self.triggers.push((condition.clone(), span));
        condition
    }

    /// An amount that is read on an observation day.
    fn observed_amount(
        &mut self,
        value: &tree::Expression,
        due: &Expected,
        cx: &Context,
    ) -> Expression {
        let mut inner = cx.clone();
        inner.trigger = true;
        let amount = self.expect(value, due, &inner);
        self.triggers.push((amount.clone(), value.span));
        let negative = match &amount.node {
            Node::Negate(inner) => matches!(inner.node, Node::Money(..)),
            Node::Money(units, _) => units.is_sign_negative() && !units.is_zero(),
            _ => false,
        };
        if negative {
            self.out_of_range(
                value.span,
                "the amount of an action is not negative",
                "name the verb of the other direction: `sell` and `buy`, `issue` and `buy_back`",
            );
        }
        amount
    }

    fn out_of_range(&mut self, span: Span, message: &str, help: &str) {
        self.report(
            Diagnostic::error(code::OUT_OF_RANGE, message.to_owned())
                .at(span, "")
                .help(help.to_owned()),
        );
    }

    /// Reads a field into an action; false where an action has no such field.
    pub(super) fn action_field(
        &mut self,
        action: &mut Action,
        key: &str,
        value: &tree::Expression,
        span: Span,
        cx: &Context,
    ) -> bool {
        let due = |ty: Type| Expected::because(ty, span, format!("`{key}`"));
        match key {
            "observed" => match word_of(value) {
                Some("daily") => action.observed = Some(Observation::Daily),
                Some("weekly") => action.observed = Some(Observation::Weekly),
                Some("month_end") => action.observed = Some(Observation::MonthEnd),
                Some("quarter_end") => action.observed = Some(Observation::QuarterEnd),
                _ => self.one_of_words("observed", &OBSERVATIONS, value.span),
            },
            "lead" => action.lead = self.literal_tenor(value, "`lead`", cx),
            "apart" => action.apart = self.literal_tenor(value, "`apart`", cx),
            "times" => {
                let times = self.expect(value, &due(Type::Number), cx);
                action.times = match &times.node {
                    Node::Number(number) if number.fract().is_zero() && *number > Decimal::ZERO => {
                        number.to_u32()
                    }
                    _ if times.ty == Type::Unknown => None,
                    Node::Number(_) => {
                        self.out_of_range(
                            value.span,
                            "`times` counts decisions: a whole number from 1",
                            "write `times = 2`, or leave it out: any number of times",
                        );
                        None
                    }
                    _ => {
                        self.report(
                            Diagnostic::error(
                                code::LITERAL_DUE,
                                "`times` is a number that stands in the text",
                            )
                            .at(value.span, "")
                            .help("write `times = 2`"),
                        );
                        None
                    }
                };
            }
            "capacity" => {
                let (amount, period) = self.per_amount(value, cx);
                match period {
                    Some(period) => action.capacity = Some(Capacity { amount, period }),
                    None if amount.ty == Type::Unknown => {}
                    None => self.report(
                        Diagnostic::error(
                            code::TYPES,
                            "the capacity of an action is an amount in a period",
                        )
                        .at(value.span, "")
                        .help("write `capacity = 1bn EUR per quarter`"),
                    ),
                }
            }
            "available" => action.available = Some(self.trigger_condition(value, cx, value.span)),
            "again_when" => action.again_when = Some(self.trigger_condition(value, cx, value.span)),
            "cost" => action.cost = Some(self.expect(value, &due(Type::Ratio), cx)),
            "on_date" => {
                let date = self.expect(value, &due(Type::Date), cx);
                match date.node {
                    Node::Date(date) => action.on_date = Some(date),
                    _ if date.ty == Type::Unknown => {}
                    _ => self.report(
                        Diagnostic::error(
                            code::LITERAL_DUE,
                            "`on_date` is a day that stands in the text",
                        )
                        .at(value.span, "")
                        .help("write `on_date = 2026-10-15`"),
                    ),
                }
            }
            _ => return false,
        }
        true
    }

    /// `issue(product, nominal = 750mn EUR)` and the other verbs of `do`.
    fn deed(&mut self, what: &tree::Expression, cx: &Context) -> Option<Verb> {
        let words: Vec<&str> = DEEDS.iter().map(|(word, _)| *word).collect();
        let (verb, parted, reference) = self.constructor(what, "do", &words)?;
        let (_, named) = DEEDS.iter().find(|(word, _)| *word == verb)?;
        let plain = if matches!(verb, "stop" | "unwind") {
            1
        } else {
            2
        };
        self.closed_arguments(verb, &parted, plain, named);
        let span = reference.span;
        let lone_amount = matches!(verb, "issue_equity" | "pay_dividend" | "pay_tax");
        let about = parted.plain.first().map(|argument| &argument.value);
        if lone_amount {
            let Some(amount) = parted.get("amount", Some(0)) else {
                self.too_few(verb, "an amount", span);
                return None;
            };
            let amount = self.observed_amount(amount, &Expected::new(money()), cx);
            return Some(match verb {
                "issue_equity" => Verb::IssueEquity { amount },
                "pay_dividend" => Verb::PayDividend { amount },
                _ => Verb::PayTax { amount },
            });
        }
        let Some(about) = about else {
            self.too_few(verb, "what it is done with", span);
            return None;
        };
        match verb {
            "issue" => {
                let product = self.product_of_side(verb, about, Side::Liability, cx);
                let nominal = self.amount_argument(verb, "nominal", &parted, span, cx);
                Some(Verb::Issue {
                    product: product?,
                    nominal: nominal?,
                })
            }
            "hedge" => {
                let product = self.product_of_side(verb, about, Side::Derivative, cx);
                let notional = self.amount_argument(verb, "notional", &parted, span, cx);
                Some(Verb::Hedge {
                    product: product?,
                    notional: notional?,
                })
            }
            "buy" if self.is_product(about, cx) => {
                let product = self.product_of_side(verb, about, Side::Asset, cx);
                let size = self.size(verb, &parted, span, cx);
                Some(Verb::Buy {
                    what: Bought::Product(product?),
                    size: size?,
                })
            }
            "buy" => {
                let selection = self.selection(about, cx);
                let size = self.size(verb, &parted, span, cx);
                Some(Verb::Buy {
                    what: Bought::Selection(selection?),
                    size: size?,
                })
            }
            "sell" | "buy_back" => {
                let selection = self.selection(about, cx);
                let size = self.size(verb, &parted, span, cx);
                let order = self.lot_order(&parted);
                let (selection, size) = (selection?, size?);
                Some(if verb == "sell" {
                    Verb::Sell {
                        selection,
                        size,
                        order,
                    }
                } else {
                    Verb::BuyBack {
                        selection,
                        size,
                        order,
                    }
                })
            }
            "repo" | "reverse_repo" => self.secured(verb, about, &parted, span, cx),
            "unwind" => {
                let amortise = match parted.get("amortise", None) {
                    Some(value) => self.literal_bool(value, cx).unwrap_or(false),
                    None => false,
                };
                Some(Verb::Unwind {
                    selection: self.selection(about, cx)?,
                    amortise,
                })
            }
            "reprice" => {
                let selection = self.selection(about, cx);
                let rate = self.ratio_argument(verb, "rate", Type::Rate, &parted, span, cx);
                Some(Verb::Reprice {
                    selection: selection?,
                    rate: rate?,
                })
            }
            "scale" => {
                let product = self.product_named(about, cx);
                let ratio = self.ratio_argument(verb, "ratio", Type::Ratio, &parted, span, cx);
                Some(Verb::Scale {
                    product: product?,
                    ratio: ratio?,
                })
            }
            "stop" => Some(Verb::Stop {
                product: self.product_named(about, cx)?,
            }),
            _ => {
                let selection = self.selection(about, cx);
                let nominal = self.amount_argument(verb, "nominal", &parted, span, cx);
                Some(Verb::Draw {
                    selection: selection?,
                    nominal: nominal?,
                })
            }
        }
    }

    fn product_of_side(
        &mut self,
        verb: &str,
        value: &tree::Expression,
        side: Side,
        cx: &Context,
    ) -> Option<crate::plan::ProductId> {
        let product = self.product_named(value, cx)?;
        let of = self
            .product_defs
            .get(product.index())
            .copied()
            .and_then(|def| self.product_side(def));
        let (Some((is, instrument)), true) = (of, of.is_some_and(|(is, _)| is != side)) else {
            return Some(product);
        };
        let word = |side: Side| match side {
            Side::Asset => "an asset",
            Side::Liability => "a liability",
            Side::Derivative => "a derivative",
            Side::OffBalance => "off balance",
        };
        let right = match (verb, is) {
            ("issue", Side::Asset) => "what the bank buys: `buy(…)`",
            ("buy", Side::Liability) => "what the bank issues: `issue(…)`",
            (_, Side::Derivative) => "a derivative is entered by `hedge(…, notional = …)`",
            _ => "name a product of another instrument",
        };
        self.report(
            Diagnostic::error(
                code::TYPES,
                format!(
                    "`{verb}` is for {}, and this is a product of {}",
                    word(side),
                    word(is)
                ),
            )
            .at(value.span, "")
            .also(instrument, "its instrument")
            .help(right.to_owned()),
        );
        None
    }

    /// The side of a product's instrument, as the text says it, and where.
    fn product_side(&mut self, product: DefId) -> Option<(Side, Span)> {
        let Item::Block(block) = &self.definition(product)?.declaration.item else {
            return None;
        };
        let path = block.head.of.as_ref()?;
        let segments: Vec<&str> = path.segments.iter().map(|s| s.text.as_str()).collect();
        match self.names.find(self.scope_of(product), &segments) {
            super::names::Found::Definition(id, _) => {
                let span = self.definition(id)?.declaration.name.span;
                Some((self.side_of(id)?, span))
            }
            _ => None,
        }
    }

    /// The side of an instrument, as the text says it.
    fn side_of(&self, instrument: DefId) -> Option<Side> {
        let Item::Block(block) = &self.definition(instrument)?.declaration.item else {
            return None;
        };
        let word = block
            .clauses
            .iter()
            .find_map(|clause| match &clause.body {
                ClauseBody::Setting(setting)
                    if setting.path().is_some_and(|path| path.text() == "side") =>
                {
                    setting.values.first()
                }
                _ => None,
            })
            .and_then(word_of)?;
        Some(match word {
            "asset" => Side::Asset,
            "liability" => Side::Liability,
            "off_balance" => Side::OffBalance,
            "derivative" => Side::Derivative,
            _ => return None,
        })
    }

    fn amount_argument(
        &mut self,
        verb: &str,
        key: &str,
        parted: &Arguments<'_>,
        span: Span,
        cx: &Context,
    ) -> Option<Expression> {
        match parted.get(key, Some(1)) {
            Some(value) => Some(self.observed_amount(value, &Expected::new(money()), cx)),
            None => {
                self.missing_argument(verb, key, span, &format!("write `{}`", example(verb)));
                None
            }
        }
    }

    fn ratio_argument(
        &mut self,
        verb: &str,
        key: &str,
        ty: Type,
        parted: &Arguments<'_>,
        span: Span,
        cx: &Context,
    ) -> Option<Expression> {
        match parted.get(key, Some(1)) {
            Some(value) => Some(self.expect(value, &Expected::new(ty), cx)),
            None => {
                self.missing_argument(verb, key, span, &format!("write `{}`", example(verb)));
                None
            }
        }
    }

    /// `nominal` or `proceeds`, one of them.
    fn size(
        &mut self,
        verb: &str,
        parted: &Arguments<'_>,
        span: Span,
        cx: &Context,
    ) -> Option<Size> {
        if let (Some(_), Some(second)) =
            (parted.get("nominal", Some(1)), parted.get("proceeds", None))
        {
            self.report(
                Diagnostic::error(
                    code::ARGUMENTS,
                    format!("`{verb}` takes `nominal` or `proceeds`, not both"),
                )
                .at(second.span, "")
                .help("leave one of them out"),
            );
            return None;
        }
        if let Some(proceeds) = parted.get("proceeds", None) {
            let amount = self.observed_amount(proceeds, &Expected::new(money()), cx);
            return Some(Size::Proceeds(amount));
        }
        self.amount_argument(verb, "nominal", parted, span, cx)
            .map(Size::Nominal)
    }

    fn lot_order(&mut self, parted: &Arguments<'_>) -> Option<LotOrder> {
        let value = parted.get("order", None)?;
        match word_of(value) {
            Some("smallest_loss") => Some(LotOrder::SmallestLoss),
            Some("highest_price") => Some(LotOrder::HighestPrice),
            Some("smallest_haircut") => Some(LotOrder::SmallestHaircut),
            _ => {
                self.one_of_words("order", &ORDERS, value.span);
                None
            }
        }
    }

    /// `repo` and `reverse_repo`.
    fn secured(
        &mut self,
        verb: &str,
        about: &tree::Expression,
        parted: &Arguments<'_>,
        span: Span,
        cx: &Context,
    ) -> Option<Verb> {
        let selection: Option<Selection> = self.selection(about, cx);
        let cash = self.amount_argument(verb, "cash", parted, span, cx);
        let help = format!("write `{}`", example(verb));
        let term = match parted.get("term", None) {
            Some(value) => self.literal_tenor(value, "`term`", cx),
            None => {
                self.missing_argument(verb, "term", span, &help);
                None
            }
        };
        let haircut = match parted.get("haircut", None) {
            Some(value) => {
                let haircut = self.expect(value, &Expected::new(Type::Ratio), cx);
                if let Node::Number(share) = &haircut.node
                    && *share >= Decimal::ONE
                {
                    self.out_of_range(
                        value.span,
                        "a haircut lies below 100%",
                        "write `haircut = 10%`",
                    );
                }
                Some(haircut)
            }
            None => {
                self.missing_argument(verb, "haircut", span, &help);
                None
            }
        };
        let rate = parted
            .get("rate", None)
            .map(|rate| self.expect(rate, &Expected::new(Type::Rate), cx));
        let mut word = |key: &str| match parted.get(key, None) {
            Some(value) => self.literal_bool(value, cx).unwrap_or(false),
            None => false,
        };
        let (roll, rehypothecate) = (word("roll"), word("rehypothecate"));
        let side = if verb == "repo" {
            Side::Liability
        } else {
            Side::Asset
        };
        let of = match parted.get("instrument", None) {
            Some(value) => self.instrument_named(value, cx),
            None => self.secured_instrument(verb, side),
        };
        if of.is_none() && parted.get("instrument", None).is_none() {
            self.report(
                Diagnostic::error(
                    code::ARGUMENTS,
                    format!("it is not said of which instrument the deal of `{verb}` is"),
                )
                .at(span, "")
                .help(format!(
                    "declare `instrument {verb}` with `side = {}`, or name one: `instrument = …`",
                    if verb == "repo" { "liability" } else { "asset" }
                )),
            );
        }
        let (selection, cash, term, haircut) = (selection?, cash?, term?, haircut?);
        Some(if verb == "repo" {
            Verb::Repo {
                selection,
                cash,
                term,
                haircut,
                rate,
                roll,
                of: Some(of?),
            }
        } else {
            Verb::ReverseRepo {
                selection,
                cash,
                term,
                haircut,
                rate,
                roll,
                rehypothecate,
                of: Some(of?),
            }
        })
    }

    /// The instrument of secured deals: the one that bears the verb's name, else the only one of the side that pledges lots.
    fn secured_instrument(&mut self, verb: &str, side: Side) -> Option<InstrumentId> {
        let pledges = |block: &Block| {
            block.clauses.iter().any(|clause| matches!(&clause.body, ClauseBody::Setting(s) if s.path().is_some_and(|p| p.text() == "pledges")))
        };
        let mut named = None;
        let mut pledging = Vec::new();
        for id in self
            .names
            .of_scope(super::names::PROJECT)
            .collect::<Vec<_>>()
        {
            let Some(definition) = self.definition(id) else {
                continue;
            };
            let Item::Block(block) = &definition.declaration.item else {
                continue;
            };
            if block.kind != BlockKind::Instrument || self.side_of(id) != Some(side) {
                continue;
            }
            if definition.declaration.name.text == verb {
                named = Some(id);
            }
            if pledges(block) {
                pledging.push(id);
            }
        }
        let found = named.or(match pledging.as_slice() {
            [only] => Some(*only),
            _ => None,
        })?;
        self.named.insert(found);
        Some(self.instrument_id(found))
    }

    /// A trigger reads nothing that looks ahead, through metrics as well; and no circle of triggers closes.
    pub(super) fn check_triggers(&mut self) {
        let triggers: Vec<(Expression, Span)> = self.triggers.clone();
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
            } else if self.reads_here(&condition) == super::kind::Reads::Flow {
                self.report(
                    Diagnostic::error(
                        code::BARE_FLOW,
                        "a trigger is read on one day, and this is made of flows",
                    )
                    .at(span, "")
                    .help("read a state: a balance, a ratio, the result retained so far"),
                );
            }
        }
        self.check_trigger_circles();
    }

    /// Actions whose conditions read one another's decisions in a circle.
    fn check_trigger_circles(&mut self) {
        let mut reads: Vec<Vec<usize>> = Vec::new();
        for action in &self.actions.0 {
            let formulas: Vec<&Expression> = action
                .iter()
                .flat_map(|a| [&a.when, &a.available, &a.again_when])
                .flatten()
                .collect();
            let found = self
                .reach(&formulas, &std::collections::BTreeSet::new())
                .actions;
            reads.push(found.iter().map(|id| id.index()).collect());
        }
        let mut told = std::collections::BTreeSet::new();
        for start in 0..reads.len() {
            let Some(circle) = circle_through(start, &reads) else {
                continue;
            };
            if circle.iter().any(|at| told.contains(at)) {
                continue;
            }
            told.extend(circle.iter().copied());
            let headings: Vec<(String, Option<Span>)> = circle
                .iter()
                .filter_map(|at| self.actions.get(*at))
                .map(|a| (a.heading.short.clone(), a.heading.origin.span))
                .collect();
            let Some((first, span)) = headings.first().cloned() else {
                continue;
            };
            let mut path: Vec<&str> = headings.iter().map(|(name, _)| name.as_str()).collect();
            path.push(&first);
            let mut error = Diagnostic::error(
                code::CIRCULAR,
                format!("the triggers of `{first}` and others wait for one another"),
            )
            .note(format!("the circle: {}", path.join(" → ")))
            .help("let one of them read the state alone; the order of `allow` says who goes first");
            if let Some(span) = span {
                error = error.at(span, "");
            }
            for (name, span) in headings.iter().skip(1) {
                if let Some(span) = span {
                    error = error.also(*span, format!("through `{name}`"));
                }
            }
            self.report(error);
        }
    }

    /// The name of an action as an argument.
    pub(super) fn action_named(
        &mut self,
        expression: &tree::Expression,
        cx: &Context,
    ) -> Option<ActionId> {
        let tree::ExpressionKind::Reference(reference) = &expression.kind else {
            self.report(
                Diagnostic::error(code::TYPES, "the name of an action is due here")
                    .at(expression.span, "")
                    .help("an action is declared: `action sell_bonds { … }`"),
            );
            return None;
        };
        let id = self.find_definition(reference, cx)?;
        self.expect_kind(id, BlockKind::Action, expression.span)
            .then(|| self.action_id(id))
    }
}

/// The shortest way from an action back to itself through others; reading one's own decisions is no circle.
fn circle_through(start: usize, reads: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut ways: std::collections::VecDeque<Vec<usize>> = [vec![start]].into();
    let mut seen = std::collections::BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        let last = *way.last()?;
        for next in reads.get(last)? {
            if *next == start && way.len() > 1 {
                return Some(way);
            }
            if *next != start && seen.insert(*next) {
                let mut longer = way.clone();
                longer.push(*next);
                ways.push_back(longer);
            }
        }
    }
    None
}

/// The measure of `decisions(a)`, `filled(a)`, `no_pending(a)`.
pub(super) fn action_measure(name: &str, action: ActionId) -> ScenarioMeasure {
    match name {
        "decisions" => ScenarioMeasure::Decisions(action),
        "filled" => ScenarioMeasure::Filled(action),
        _ => ScenarioMeasure::NoPending(action),
    }
}

/// Puts a field that a scenario sets into an action.
pub(super) fn put_action_field(action: &mut Action, key: &str, from: &Action) {
    match key {
        "observed" => action.observed = from.observed,
        "lead" => action.lead = from.lead,
        "times" => action.times = from.times,
        "apart" => action.apart = from.apart,
        "capacity" => action.capacity.clone_from(&from.capacity),
        "available" => action.available.clone_from(&from.available),
        "again_when" => action.again_when.clone_from(&from.again_when),
        "cost" => action.cost.clone_from(&from.cost),
        "on_date" => action.on_date = from.on_date,
        _ => {}
    }
}

/// Whether a setting is one that a scenario may set.
pub(super) fn is_action_field(setting: &str) -> bool {
    ACTION_KEYS.contains(&setting)
}
