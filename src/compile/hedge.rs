//! Hedging programmes: `hedge payer_5y on mortgage { product = …; measure = …; ratio = …; every = … }`.

use super::compiler::Compiler;
use super::context::{Context, Expected, Members, Place};
use super::kind::Reads;
use super::names::{DefId, ScopeId};
use super::overlay::Value;
use super::reach::visit;
use super::set::Set;
use super::spelling;
use super::statement::Said;
use crate::calendar::Tenor;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{
    Accrual, Book, Expression, Hedge, HedgeId, HedgeMeasure, HedgeRatio, Inclusion, InstrumentId,
    Mapping, Measure, Node, Operator, Product, Selection, Side, Type, neighbours_of_key_rate,
};
use crate::syntax::tree::{self, Block, BlockKind, Item};
use rust_decimal::Decimal;

/// The settings of a hedging programme, all of them needed.
pub(super) const HEDGE_KEYS: [&str; 4] = ["product", "measure", "ratio", "every"];

impl Compiler<'_> {
    /// Reads a `hedge` block; `None` where something of it is wrong, which is told.
    pub(super) fn lower_hedge(&mut self, id: DefId, block: &Block) -> Option<Hedge> {
        let heading = self.heading(id);
        let cx = Context::new(self.scope_of(id));
        let on = self.headed_selections(block, &heading, &cx);
        let (mut product, mut measure, mut ratio, mut every) = (None, None, None, None);
        for found in self.plain_settings(block, &heading, &HEDGE_KEYS, &HEDGE_KEYS) {
            let value = found.value;
            match found.key {
                "product" => product = self.product_of_side("hedge", value, Side::Derivative, &cx),
                "measure" => measure = self.hedge_measure(value, &cx),
                "ratio" => {
                    let formula = self.expect(value, &Expected::new(Type::Ratio), &cx);
                    self.hold_to_hedge_ratio(&formula, value.span);
                    let origin = self.origin(value.span, &found.clause.metadata);
                    ratio = Some(HedgeRatio { formula, origin });
                }
                _ => every = self.rebalancing_period(value, &cx),
            }
        }
        let on = on
            .into_iter()
            .reduce(|all, next| Selection::Union(Box::new(all), Box::new(next)));
        Some(Hedge {
            heading,
            on: on?,
            product: product?,
            measure: measure?,
            ratio: ratio?,
            every: every?,
        })
    }

    /// What is measured: a sum of measures, so that it grows with the notional of the swaps.
    fn hedge_measure(&mut self, value: &tree::Expression, cx: &Context) -> Option<HedgeMeasure> {
        let inner = cx.at(Place::Fold(Members::Open));
        let typed = self.expression(value, None, &inner);
        if typed.is_unknown() {
            return None;
        }
        let examples = "write `measure = key_rate(5Y)`, `pv01`, or a sum of such";
        if !matches!(typed.ty(), Type::Money(_)) {
            let a = self.a_type(typed.ty());
            self.report(
                Diagnostic::error(
                    code::TYPES,
                    format!("the measure of a hedge is an amount, this is {a}"),
                )
                .at(value.span, "")
                .help(examples),
            );
            return None;
        }
        let formula = typed.expression;
        if self.reads_here(&formula) == Reads::Flow {
            self.report(
                Diagnostic::error(
                    code::BARE_FLOW,
                    "a hedge is measured on one day, and this is a flow",
                )
                .at(value.span, "")
                .help(examples),
            );
            return None;
        }
        if !is_sum_of_measures(&formula) {
            self.report(
                Diagnostic::error(
                    code::WRONG_PLACE,
                    "the measure of a hedge is one of positions: it is read of the swaps as well, and grows with their notional",
                )
                .at(value.span, "")
                .help(format!("{examples}; which positions it is about stands behind `on`")),
            );
            return None;
        }
        let text = spelling::expression(value);
        Some(HedgeMeasure { formula, text })
    }

    fn rebalancing_period(&mut self, value: &tree::Expression, cx: &Context) -> Option<Tenor> {
        let every = self.literal_tenor(value, "`every`", cx)?;
        let is_positive =
            every.in_months().is_some_and(|m| m > 0) || every.in_days().is_some_and(|d| d > 0);
        if !is_positive {
            self.out_of_range(
                value.span,
                "a hedge is brought to its ratio every so often: a time above nothing",
                "write `every = 3M`, or `every = 1d` for each day",
            );
        }
        is_positive.then_some(every)
    }

    /// A ratio is not negative and reads no state: it is known before the run.
    fn hold_to_hedge_ratio(&mut self, formula: &Expression, span: Span) {
        let is_negative = match &formula.node {
            Node::Number(share) => *share < Decimal::ZERO,
            Node::Negate(inner) => {
                matches!(&inner.node, Node::Number(share) if *share > Decimal::ZERO)
            }
            _ => false,
        };
        if is_negative {
            self.out_of_range(
                span,
                "the ratio of a hedge is not negative",
                "to add to an exposure, name a product that moves the other way",
            );
        }
        self.drain();
        let reached = self.reach(&[formula], &Default::default());
        if reached.positions || reached.market || !reached.metrics.is_empty() {
            self.report(
                Diagnostic::error(
                    code::WRONG_PLACE,
                    "the ratio of a hedge is known before the run: it reads no metric, no position and no rate",
                )
                .at(span, "")
                .help("write `ratio = 60%`, or name a `let`; a scenario may set another: `set payer_5y.ratio = 80%`"),
            );
        }
    }

    /// `set payer_5y.ratio = 80%`.
    pub(super) fn set_hedge(&mut self, set: &Set<'_>) -> Option<Said> {
        if set.rest != "ratio" {
            self.not_settable(
                &set.target.path,
                "of a hedge a scenario sets the ratio; `ratio = 0%` unwinds its swaps and enters none",
            );
            return None;
        }
        let hedge = self.hedge_id(set.id);
        self.drain();
        let own = self.hedges.get(hedge.index()).cloned()?;
        let key = set.key();
        let inherited = match set.inherited(&key) {
            Some(Value::Hedge(_, value)) => value.clone(),
            _ => own.ratio.formula.clone(),
        };
        let stands = own.ratio.origin.span;
        let due = stands.unwrap_or(set.target.path.span);
        let formula = self.overlaid(set.value, Type::Ratio, due, Some(inherited), set.cx);
        self.hold_to_hedge_ratio(&formula, set.value.span);
        let original = stands.map(|span| (self.written(span), span));
        Some(set.said(key, Value::Hedge(hedge, formula), original))
    }

    /// The programmes of a scope that are in force over a book: those of whose positions it may hold some.
    pub(super) fn hedges_of(&mut self, scope: ScopeId, book: Option<&Book>) -> Vec<HedgeId> {
        let Some(book) = book else {
            return Vec::new();
        };
        let found: Vec<DefId> = self
            .names
            .of_scope(scope)
            .filter(|id| self.definition(*id).is_some_and(|d| matches!(&d.declaration.item, Item::Block(block) if block.kind == BlockKind::Hedge)))
            .collect();
        let ids: Vec<HedgeId> = found.into_iter().map(|id| self.hedge_id(id)).collect();
        self.drain();
        let held: Vec<InstrumentId> = book
            .includes
            .iter()
            .map(|inclusion| match inclusion {
                Inclusion::Files(instrument) | Inclusion::Position { instrument, .. } => {
                    *instrument
                }
            })
            .collect();
        let concerns = |id: &HedgeId| {
            let Some(hedge) = self.hedges.get(id.index()) else {
                return false;
            };
            match self.members_of(&hedge.on) {
                Members::Open => !held.is_empty(),
                Members::Only(instruments) => held.iter().any(|held| {
                    self.instrument_def(*held)
                        .is_some_and(|def| instruments.contains(&def))
                }),
            }
        };
        ids.into_iter().filter(concerns).collect()
    }

    /// Programmes of which the text alone shows that no notional of their product offsets anything.
    pub(super) fn check_hedges(&mut self) {
        let mut found = Vec::new();
        for hedge in self.hedges.0.iter().flatten() {
            let Some(product) = self.products.get(hedge.product.index()) else {
                continue;
            };
            let Some(span) = hedge.measure.formula.span else {
                continue;
            };
            let name = &product.heading.short;
            let error = |message: String| {
                Diagnostic::error(code::HEDGE_MOVES_NOTHING, message).at(span, "")
            };
            if let Some(help) = moves_nothing(&hedge.measure.formula, product) {
                let message = format!("`{name}` does not move `{}`", hedge.measure.text);
                found.push(error(message).help(help));
            } else if self.moves_the_same_way(hedge, product) {
                found.push(
                    error(format!(
                        "`{name}` moves `{}` the same way as what it is to hedge: no notional of it offsets",
                        hedge.measure.text
                    ))
                    .help("what the bank owns at a fixed rate is hedged with a swap that pays fixed, what it owes with one that receives fixed"),
                );
            }
        }
        self.diagnostics.extend(found);
    }

    /// A swap of fixed against floating, for positions at fixed rates all of one side, of the direction that adds to them.
    fn moves_the_same_way(&self, hedge: &Hedge, product: &Product) -> bool {
        if !matches!(
            hedge.measure.formula.node,
            Node::Measure(Measure::Pv01 | Measure::KeyRate(_))
        ) {
            return false;
        }
        let mapping_of = |id: InstrumentId| self.instruments.get(id.index()).map(|i| &i.mapping);
        let terms = |own: fn(&Mapping) -> &Option<Accrual>| {
            let instrument = mapping_of(product.of).and_then(|mapping| own(mapping).as_ref());
            own(&product.mapping).as_ref().or(instrument)
        };
        let gains_when_rates_rise = match (terms(|m| &m.pays), terms(|m| &m.receives)) {
            (Some(Accrual::Fixed { .. }), Some(Accrual::Index { .. })) => true,
            (Some(Accrual::Index { .. }), Some(Accrual::Fixed { .. })) => false,
            _ => return false,
        };
        let Members::Only(instruments) = self.members_of(&hedge.on) else {
            return false;
        };
        let moving_alike = match gains_when_rates_rise {
            true => Side::Liability,
            false => Side::Asset,
        };
        let of = |def: &DefId| {
            let place = self.instrument_defs.iter().position(|other| other == def)?;
            self.instruments.get(place)
        };
        instruments.iter().all(|def| {
            of(def).is_some_and(|instrument| {
                instrument.side == moving_alike
                    && matches!(instrument.mapping.accrues, Some(Accrual::Fixed { .. }))
            })
        })
    }
}

/// Whether a formula is a sum of measures of positions, each perhaps times a number.
fn is_sum_of_measures(formula: &Expression) -> bool {
    let is_constant =
        |formula: &Expression| matches!(formula.node, Node::Number(_) | Node::Parameter(_));
    match &formula.node {
        Node::Measure(_) => true,
        Node::Negate(inner) => is_sum_of_measures(inner),
        Node::Arithmetic(Operator::Add | Operator::Subtract, a, b) => {
            is_sum_of_measures(a) && is_sum_of_measures(b)
        }
        Node::Arithmetic(Operator::Multiply, a, b) => {
            (is_sum_of_measures(a) && is_constant(b)) || (is_constant(a) && is_sum_of_measures(b))
        }
        Node::Arithmetic(Operator::Divide, a, b) => is_sum_of_measures(a) && is_constant(b),
        _ => false,
    }
}

/// Why a new swap of a product cannot move any measure of a formula; `None`: it may.
fn moves_nothing(formula: &Expression, product: &Product) -> Option<String> {
    let mut nothing = true;
    let mut beyond = None;
    visit(formula, &mut |node| {
        let Node::Measure(measure) = node else {
            return;
        };
        match measure {
            Measure::KeyRate(tenor) => {
                let (before, _) = neighbours_of_key_rate(*tenor);
                let last = product.maturity.and_then(Tenor::in_months);
                match (before, last) {
                    (Some(before), Some(last)) if last <= before => {
                        beyond = Some(format!(
                            "`key_rate({tenor})` is about what is paid later than {}, and a contract of `{}` is over then: name a product that lasts longer, or another tenor",
                            spelt(before),
                            product.heading.short
                        ));
                    }
                    _ => nothing = false,
                }
            }
            Measure::Pv01
            | Measure::NetFlow(_)
            | Measure::Interest(_)
            | Measure::Repricing(_)
            | Measure::RepricingFlow(..)
            | Measure::Unrepriced(_) => nothing = false,
            Measure::Value(valuation) if valuation.curve.is_some() => nothing = false,
            _ => {}
        }
    });
    nothing.then(|| {
        beyond.unwrap_or_else(|| {
            "a swap that is entered at par is worth nothing and owes nothing; it moves `pv01`, `key_rate(5Y)`, `net_flow(12M)`, `repricing(…)`".to_owned()
        })
    })
}

/// A length in months as authors write it.
fn spelt(months: i32) -> Tenor {
    match months % 12 {
        0 => Tenor::years(months / 12),
        _ => Tenor::months(months),
    }
}
