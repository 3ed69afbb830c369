//! Behaviours: what customers do beyond their contracts.

use indexmap::IndexMap;
use rust_decimal::Decimal;

use super::call::{Arguments, word_of};
use super::compiler::Compiler;
use super::context::{Context, Expected, Members, Place};
use super::names::DefId;
use super::share::stated;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{
    Behaviour, BehaviourSettings, Beta, Decay, Expression, Node, Origin, Selection, Type,
};
use crate::syntax::tree::{self, Block, BlockKind, ClauseBody, Setting};

/// The settings of a behaviour.
pub(super) const BEHAVIOUR_KEYS: [&str; 15] = [
    "prepay",
    "withdraw",
    "default",
    "draw",
    "renew",
    "keeps",
    "accrued_on_exit",
    "fee",
    "loss",
    "core",
    "recovered_after",
    "decay",
    "rest",
    "reprice",
    "observed",
];

impl Compiler<'_> {
    pub(super) fn lower_behaviour(&mut self, id: DefId, block: &Block) -> Behaviour {
        let heading = self.heading(id);
        let scope = self.scope_of(id);
        let cx = Context::new(scope);
        let name_span =
            heading
                .origin
                .span
                .unwrap_or(Span::new(crate::diagnostic::FileId(0), 0, 0));
        let mut on: Vec<Selection> = Vec::new();
        for selection in &block.head.on {
            on.extend(self.selection(selection, &cx));
        }
        if block.head.on.is_empty() {
            self.report(
                Diagnostic::error(
                    code::MISSING_SETTING,
                    format!("`{}` does not say for which positions it is", heading.short),
                )
                .at(name_span, "")
                .help(format!(
                    "write `behaviour {} on mortgage {{`",
                    heading.short
                )),
            );
        }
        let mut overrides = Vec::new();
        for path in &block.head.overrides {
            if let Some(other) = self.find_path(path, &cx)
                && self.expect_kind(other, BlockKind::Behaviour, path.span)
            {
                if other == id {
                    self.report(
                        Diagnostic::error(
                            code::CIRCULAR,
                            format!("`{}` overrides itself", heading.short),
                        )
                        .at(path.span, "")
                        .help("name the behaviour that this one is narrower than"),
                    );
                    continue;
                }
                overrides.push(self.behaviour_id(other));
            }
        }
        let inner = self.behaviour_context(&on, scope);
        let mut settings = BehaviourSettings::default();
        let mut origins: IndexMap<String, Origin> = IndexMap::new();
        for clause in &block.clauses {
            let ClauseBody::Setting(setting) = &clause.body else {
                self.misplaced(&clause.body, clause.span, BlockKind::Behaviour);
                continue;
            };
            let Some(key) = self.behaviour_setting(&mut settings, setting, &inner) else {
                continue;
            };
            let origin = self.origin(clause.span, &clause.metadata);
            if let Some(first) = origins.insert(key.clone(), origin)
                && let Some(first) = first.span
            {
                self.said_twice(&key, setting.span, first);
            }
        }
        if block.clauses.is_empty() && block.broken.is_empty() {
            self.report(
                Diagnostic::error(
                    code::MISSING_SETTING,
                    format!("`{}` says nothing", heading.short),
                )
                .at(name_span, "")
                .help("a behaviour has settings: `prepay = 5% per year`, `core = 70%`"),
            );
        }
        Behaviour {
            heading,
            on,
            overrides,
            settings,
            origins,
        }
    }

    /// What a behaviour's formulas see: the terms of its positions.
    pub(super) fn behaviour_context(
        &self,
        on: &[Selection],
        scope: super::names::ScopeId,
    ) -> Context {
        let mut members = Vec::new();
        for selection in on {
            match self.members_of(selection) {
                Members::Only(only) => members.extend(only),
                Members::Open => return Context::new(scope).at(Place::Position(Members::Open)),
            }
        }
        Context::new(scope).at(Place::Position(Members::Only(members)))
    }

    fn behaviour_setting(
        &mut self,
        settings: &mut BehaviourSettings,
        setting: &Setting,
        cx: &Context,
    ) -> Option<String> {
        let (Some(path), Some(value)) = (setting.path(), setting.values.first()) else {
            self.unknown_setting(setting, BlockKind::Behaviour, &BEHAVIOUR_KEYS);
            return None;
        };
        let key = path.text();
        if !BEHAVIOUR_KEYS.contains(&key.as_str()) {
            self.unknown_setting(setting, BlockKind::Behaviour, &BEHAVIOUR_KEYS);
            return None;
        }
        self.put_setting(settings, &key, value, path.span, cx);
        Some(key)
    }

    /// The type of a plain setting; `None` for words and constructors.
    pub(super) fn setting_type(key: &str) -> Option<Type> {
        Some(match key {
            "prepay" | "withdraw" | "default" | "draw" => Type::Per(Box::new(Type::Ratio), None),
            "renew" | "fee" | "loss" | "core" => Type::Ratio,
            _ => return None,
        })
    }

    /// A stated share of a balance lies between nothing and all of it, a stated term of a decay above nothing.
    pub(super) fn check_stated(&mut self, key: &str, value: &Expression) {
        let (is_wrong, what, help) = match (key, &value.node) {
            ("reprice.up" | "reprice.down" | "reprice.floor", _) => return,
            ("decay.term" | "decay.half_life", Node::Tenor(tenor)) => (
                !tenor.is_positive(),
                "is a length of time above nothing",
                "`linear(term = 9Y)`; what leaves at once is no core: `core = 0%`",
            ),
            _ => (
                stated(value).is_some_and(|share| share < Decimal::ZERO || share > Decimal::ONE),
                "is a share of the balance",
                "a share lies between `0%` and `100%`",
            ),
        };
        // a value of another unit has been told
        let span = value.span.filter(|span| !self.wrong_within(*span));
        if let (true, Some(span)) = (is_wrong, span) {
            let text = self.written(span);
            let found = match (&value.node, stated(value)) {
                (Node::Arithmetic(..), Some(share)) => {
                    let percent = (share * Decimal::ONE_HUNDRED).normalize();
                    format!("`{text}` comes to {percent}%")
                }
                _ => format!("`{text}` is none"),
            };
            self.report(
                Diagnostic::error(code::OUT_OF_RANGE, format!("`{key}` {what}, {found}"))
                    .at(span, "")
                    .help(help),
            );
        }
    }

    /// Reads one setting in the place of its key.
    pub(super) fn put_setting(
        &mut self,
        settings: &mut BehaviourSettings,
        key: &str,
        value: &tree::Expression,
        key_span: Span,
        cx: &Context,
    ) {
        if let Some(ty) = Self::setting_type(key) {
            let value = self.expect(
                value,
                &Expected::because(ty, key_span, format!("`{key}`")),
                cx,
            );
            self.check_stated(key, &value);
            put_formula(settings, key, value);
            return;
        }
        match key {
            "keeps" => match word_of(value) {
                Some("term") => settings.keeps_payment = Some(false),
                Some("payment") => settings.keeps_payment = Some(true),
                _ => self.one_of_words(key, &["term", "payment"], value.span),
            },
            "accrued_on_exit" => match word_of(value) {
                Some("paid") => settings.accrued_forfeited = Some(false),
                Some("forfeited") => settings.accrued_forfeited = Some(true),
                _ => self.one_of_words(key, &["paid", "forfeited"], value.span),
            },
            "rest" => match word_of(value) {
                Some("overnight") => settings.rest_overnight = Some(true),
                _ => self.one_of_words(key, &["overnight"], value.span),
            },
            "observed" => match word_of(value) {
                Some("daily") => settings.observed_daily = Some(true),
                Some("month_end") => settings.observed_daily = Some(false),
                _ => self.one_of_words(key, &["month_end", "daily"], value.span),
            },
            "recovered_after" => {
                settings.recovered_after = self.literal_tenor(value, "the time until recovery", cx)
            }
            "decay" => settings.decay = self.decay(value, cx),
            "reprice" => settings.reprice = self.beta(value, cx),
            _ => {}
        }
    }

    fn decay(&mut self, value: &tree::Expression, cx: &Context) -> Option<Decay> {
        let (name, parted, reference) =
            self.constructor(value, "decay", &["linear", "exponential", "schedule"])?;
        match name {
            "linear" => self.closed_arguments(name, &parted, 1, &["term"]),
            "exponential" => self.closed_arguments(name, &parted, 1, &["half_life"]),
            _ => {}
        }
        match name {
            "linear" => match parted.get("term", Some(0)) {
                Some(term) => {
                    let term = self.expect(term, &Expected::new(Type::Tenor), cx);
                    self.check_stated("decay.term", &term);
                    Some(Decay::Linear { term })
                }
                None => {
                    self.missing_argument(
                        name,
                        "term",
                        reference.span,
                        "write `linear(term = 9Y)`",
                    );
                    None
                }
            },
            "exponential" => match parted.get("half_life", Some(0)) {
                Some(half_life) => {
                    let half_life = self.expect(half_life, &Expected::new(Type::Tenor), cx);
                    self.check_stated("decay.half_life", &half_life);
                    Some(Decay::Exponential { half_life })
                }
                None => {
                    self.missing_argument(
                        name,
                        "half_life",
                        reference.span,
                        "write `exponential(half_life = 4Y)`",
                    );
                    None
                }
            },
            _ => {
                let mut rows = Vec::new();
                for pair in parted.plain.chunks(2) {
                    let [tenor, share] = pair else {
                        self.missing_argument(
                            name,
                            "a share",
                            reference.span,
                            "write `schedule(1Y, 20%, 5Y, 80%)`",
                        );
                        return None;
                    };
                    let share = self.expect(&share.value, &Expected::new(Type::Ratio), cx);
                    self.check_stated("decay", &share);
                    rows.push((
                        self.literal_tenor(&tenor.value, "a tenor of the schedule", cx)?,
                        share,
                    ));
                }
                Some(Decay::Schedule(rows))
            }
        }
    }

    fn beta(&mut self, value: &tree::Expression, cx: &Context) -> Option<Beta> {
        let (name, parted, reference) = self.constructor(value, "reprice", &["beta"])?;
        self.closed_arguments(name, &parted, 1, &["index", "up", "down", "lag", "floor"]);
        let example = "write `beta(EURIBOR_3M, up = 35%, down = 60%, lag = 2M)`";
        let Some(index) = parted.get("index", Some(0)) else {
            self.missing_argument(name, "index", reference.span, example);
            return None;
        };
        let index = self.index_name(index)?;
        let up = self.share_argument(name, "up", &parted, reference.span, example, cx)?;
        let down = self.share_argument(name, "down", &parted, reference.span, example, cx)?;
        let Some(lag) = parted.get("lag", None) else {
            self.missing_argument(name, "lag", reference.span, example);
            return None;
        };
        let lag = self.literal_tenor(lag, "`lag`", cx)?;
        let floor = parted
            .get("floor", None)
            .map(|floor| self.expect(floor, &Expected::new(Type::Rate), cx));
        Some(Beta {
            index,
            up,
            down,
            lag,
            floor,
        })
    }

    fn share_argument(
        &mut self,
        name: &str,
        key: &str,
        parted: &Arguments<'_>,
        span: Span,
        example: &str,
        cx: &Context,
    ) -> Option<Expression> {
        match parted.get(key, None) {
            Some(value) => Some(self.expect(value, &Expected::new(Type::Ratio), cx)),
            None => {
                self.missing_argument(name, key, span, example);
                None
            }
        }
    }
}

/// Puts a formula in the place of a key.
pub(super) fn put_formula(settings: &mut BehaviourSettings, key: &str, value: Expression) {
    let slot = match key {
        "prepay" => &mut settings.prepay,
        "withdraw" => &mut settings.withdraw,
        "default" => &mut settings.default,
        "draw" => &mut settings.draw,
        "renew" => &mut settings.renew,
        "fee" => &mut settings.fee,
        "loss" => &mut settings.loss,
        "core" => &mut settings.core,
        _ => return,
    };
    *slot = Some(value);
}

/// The formula of a key.
pub(super) fn formula_of(settings: &BehaviourSettings, key: &str) -> Option<Expression> {
    match key {
        "prepay" => settings.prepay.clone(),
        "withdraw" => settings.withdraw.clone(),
        "default" => settings.default.clone(),
        "draw" => settings.draw.clone(),
        "renew" => settings.renew.clone(),
        "fee" => settings.fee.clone(),
        "loss" => settings.loss.clone(),
        "core" => settings.core.clone(),
        "reprice.up" => settings.reprice.as_ref().map(|beta| beta.up.clone()),
        "reprice.down" => settings.reprice.as_ref().map(|beta| beta.down.clone()),
        "reprice.floor" => settings
            .reprice
            .as_ref()
            .and_then(|beta| beta.floor.clone()),
        "decay.term" => match &settings.decay {
            Some(Decay::Linear { term }) => Some(term.clone()),
            _ => None,
        },
        "decay.half_life" => match &settings.decay {
            Some(Decay::Exponential { half_life }) => Some(half_life.clone()),
            _ => None,
        },
        _ => None,
    }
}
