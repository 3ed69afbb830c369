//! Names in formulas: arguments, measures and terms, dimensions, then definitions and factors.

use super::compiler::Compiler;
use super::context::{Context, Inherited, Local, Members, Place};
use super::names::{DefId, Found};
use super::typing::{Flex, Typed};
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{
    DimensionId, Domain, Measure, MoneyTag, Node, Over, ScenarioKey, ScenarioMeasure, Term, Type,
    Valuation,
};
use crate::quantity::Currency;
use crate::syntax::tree::{self, BlockKind, Item, Reference};

/// The measures without arguments, with their types.
pub(super) fn measure(name: &str) -> Option<(Measure, Type)> {
    let money = Type::Money(MoneyTag::Position);
    Some(match name {
        "balance" => (Measure::Balance, money),
        "undrawn" => (Measure::Undrawn, money),
        "accrued" => (Measure::Accrued, money),
        "amortised_cost" => (Measure::AmortisedCost, money),
        "book" => (Measure::Book, money),
        "market_value" => (Measure::MarketValue, money),
        "free" => (Measure::Free, money),
        "encumbered" => (Measure::Encumbered(None), money),
        "free_share" => (Measure::FreeShare, Type::Ratio),
        "pv" => (Measure::Value(Valuation::default()), money),
        "pv01" => (Measure::Pv01, money),
        "interest_income" => (Measure::InterestIncome, money),
        "margin_income" => (Measure::MarginIncome, money),
        "ftp_base_income" => (Measure::FtpBaseIncome, money),
        "ftp_liquidity_income" => (Measure::FtpLiquidityIncome, money),
        "ftp_breakage_income" => (Measure::FtpBreakageIncome, money),
        _ => return None,
    })
}

/// Their names, for what was meant by a mistyped one.
pub(super) const MEASURES: [&str; 15] = [
    "balance",
    "undrawn",
    "accrued",
    "amortised_cost",
    "book",
    "market_value",
    "free",
    "encumbered",
    "free_share",
    "pv01",
    "interest_income",
    "margin_income",
    "ftp_base_income",
    "ftp_liquidity_income",
    "ftp_breakage_income",
];

/// Measures that take an argument.
pub(super) const WINDOWED: [&str; 12] = [
    "due",
    "callable",
    "interest",
    "net_flow",
    "unwound",
    "maturing",
    "repricing",
    "repricing_flow",
    "unrepriced",
    "encumbered_share",
    "key_rate",
    "pv",
];

/// The terms that a formula may read of a position, with their types.
pub(super) const TERMS: [(&str, Term, Type); 30] = [
    ("id", Term::Id, Type::Text),
    ("currency", Term::Currency, Type::Currency),
    (
        "principal",
        Term::Principal,
        Type::Money(MoneyTag::Position),
    ),
    ("notional", Term::Notional, Type::Money(MoneyTag::Position)),
    ("undrawn", Term::Undrawn, Type::Money(MoneyTag::Position)),
    ("accrued", Term::Accrued, Type::Money(MoneyTag::Position)),
    ("last_payment", Term::LastPayment, Type::Date),
    ("pledged", Term::Pledged, Type::Money(MoneyTag::Position)),
    (
        "encumbered",
        Term::Encumbered,
        Type::Money(MoneyTag::Position),
    ),
    ("capacity", Term::Capacity, Type::Money(MoneyTag::Position)),
    ("start", Term::Start, Type::Date),
    ("maturity", Term::Maturity, Type::Date),
    ("next_reset", Term::NextReset, Type::Date),
    ("released", Term::Released, Type::Date),
    ("original_term", Term::OriginalTerm, Type::Tenor),
    ("settles", Term::Settles, Type::Tenor),
    ("is_callable", Term::IsCallable, Type::Bool),
    ("is_putable", Term::IsPutable, Type::Bool),
    ("last_fixing", Term::LastFixing, Type::Rate),
    ("margin", Term::Margin, Type::Rate),
    ("ftp_base", Term::FtpBase, Type::Rate),
    ("ftp_liquidity", Term::FtpLiquidity, Type::Rate),
    ("price", Term::Price, Type::Ratio),
    ("book", Term::Book, Type::Ratio),
    ("haircut", Term::Haircut, Type::Ratio),
    ("round", Term::Round, Type::Money(MoneyTag::Position)),
    ("cost", Term::Cost, Type::Ratio),
    ("rate", Term::Rate, Type::Rate),
    ("remaining", Term::Remaining, Type::Tenor),
    ("age", Term::Age, Type::Tenor),
];

/// A term by its name in the text.
pub(super) fn term(name: &str) -> Option<(Term, Type)> {
    TERMS
        .iter()
        .find(|(n, _, _)| *n == name)
        .map(|(_, term, ty)| (*term, ty.clone()))
}

fn scenario_measure(name: &str) -> Option<ScenarioMeasure> {
    Some(match name {
        "cash" => ScenarioMeasure::Cash,
        "unmet" => ScenarioMeasure::Unmet,
        "equity" => ScenarioMeasure::Equity,
        "headroom" => ScenarioMeasure::Headroom,
        "net_interest" => ScenarioMeasure::NetInterest,
        _ => return None,
    })
}

pub(super) const SELECTION_WORDS: [&str; 5] =
    ["all", "assets", "liabilities", "derivatives", "off_balance"];

impl Compiler<'_> {
    /// A name in a formula, perhaps called.
    pub(super) fn reference(
        &mut self,
        reference: &Reference,
        hint: Option<&Type>,
        cx: &Context,
    ) -> Typed {
        if let Some(single) = reference.path.single() {
            let known = match &reference.arguments {
                None => self.word(&single.text, reference.span, hint, cx),
                Some(arguments) => self.call(&single.text, arguments, reference, hint, cx),
            };
            if let Some(typed) = known {
                return typed;
            }
        }
        let segments: Vec<&str> = reference
            .path
            .segments
            .iter()
            .map(|s| s.text.as_str())
            .collect();
        match self.names.find(cx.scope, &segments) {
            Found::Definition(id, used) if used == segments.len() => {
                self.definition_value(id, reference, hint, cx)
            }
            Found::Definition(id, used) => {
                let rest = segments
                    .get(used..)
                    .map(|rest| rest.join("."))
                    .unwrap_or_default();
                let word = self
                    .definition(id)
                    .map_or("", |d| d.declaration.item.word());
                self.report(
                    Diagnostic::error(
                        code::WRONG_PLACE,
                        format!("`{rest}` of a {word} is no value"),
                    )
                    .at(segment_span(&reference.path, used), "")
                    .help("no formula reads a setting: name the number in a `let` and use that in both places"),
                );
                Typed::unknown(reference.span)
            }
            Found::Broken => Typed::unknown(reference.span),
            Found::NoMember(module, used) => {
                let name = segments.get(used).copied().unwrap_or_default();
                let span = segment_span(&reference.path, used);
                let error = self.names.no_member(module, name, span);
                self.report(error);
                Typed::unknown(reference.span)
            }
            Found::Module(_) | Found::Unknown => {
                let name = reference.path.text();
                if reference.arguments.is_none()
                    && let Some(typed) = self.factor_value(&name, reference.span)
                {
                    return typed;
                }
                if reference.arguments.is_none()
                    && let Some(currency) = name.parse::<Currency>().ok()
                {
                    return Typed::fixed(Node::Currency(currency), Type::Currency, reference.span);
                }
                self.unknown_path(&reference.path, hint, cx);
                Typed::unknown(reference.span)
            }
        }
    }

    /// A bare word that is no definition: an argument, a value of the place's type, a measure, a term, a dimension.
    fn word(&mut self, name: &str, span: Span, hint: Option<&Type>, cx: &Context) -> Option<Typed> {
        if let Some(local) = cx.local(name) {
            return Some(match local {
                Local::Argument(index, ty) => {
                    // In a shape a shift is read at t.
                    let ty = if cx.shape && *ty == Type::Shift {
                        Type::Rate
                    } else {
                        ty.clone()
                    };
                    Typed::fixed(Node::Local(*index), ty, span)
                }
                Local::Value(value) => {
                    let flex = match (&value.node, &value.ty) {
                        (Node::Number(n), _) if n.is_zero() => Flex::Zero,
                        _ => Flex::Fixed,
                    };
                    Typed::flexible(value.node.clone(), value.ty.clone(), span, flex)
                }
                // What is wrong with the value is wrong where it is written.
                Local::Open(value, flex) => Typed::flexible(
                    value.node.clone(),
                    value.ty.clone(),
                    value.span.unwrap_or(span),
                    *flex,
                ),
                Local::Time => Typed::fixed(Node::ShapeTime, Type::Number, span),
            });
        }
        match hint {
            Some(Type::Member(id)) => {
                if let Some(position) = self.member(*id, name) {
                    return Some(Typed::fixed(
                        Node::Member(*id, position),
                        Type::Member(*id),
                        span,
                    ));
                }
            }
            Some(Type::Currency) => {
                if let Ok(currency) = name.parse::<Currency>() {
                    return Some(Typed::fixed(Node::Currency(currency), Type::Currency, span));
                }
            }
            Some(Type::Selection) if (SELECTION_WORDS.contains(&name) || name == "equity") => {
                let selection = self.selection_word(name)?;
                return Some(Typed::fixed(
                    Node::Selection(Box::new(selection)),
                    Type::Selection,
                    span,
                ));
            }
            Some(Type::Scenario) if name == "base" => {
                return Some(Typed::fixed(
                    Node::Scenario(ScenarioKey::base()),
                    Type::Scenario,
                    span,
                ));
            }
            _ => {}
        }
        match name {
            "true" => return Some(Typed::fixed(Node::Bool(true), Type::Bool, span)),
            "false" => return Some(Typed::fixed(Node::Bool(false), Type::Bool, span)),
            "inherited" => return Some(self.inherited(span, cx)),
            "zero" if cx.shape => return Some(Typed::fixed(Node::ShapeZero, Type::Rate, span)),
            "horizon" => return Some(Typed::fixed(Node::Horizon, Type::Tenor, span)),
            "currency" => return Some(self.currency_word(span, cx)),
            _ => {}
        }
        match &cx.place {
            Place::Fold(members) => {
                if let Some((measure, ty)) = measure(name) {
                    return Some(Typed::fixed(Node::Measure(measure), ty, span));
                }
                if let Some((term, ty)) = term(name) {
                    self.check_members(members, name, span, cx);
                    return Some(Typed::fixed(Node::Term(term), ty, span));
                }
            }
            Place::Position(members) => {
                if let Some((term, ty)) = term(name) {
                    self.check_members(members, name, span, cx);
                    return Some(Typed::fixed(Node::Term(term), ty, span));
                }
            }
            Place::Mapping => {
                if let Some((term, ty)) = term(name) {
                    return Some(Typed::fixed(Node::Term(term), ty, span));
                }
            }
            Place::Plain | Place::Rows => {}
        }
        // A definition that is no dimension goes before a dimension of a module that is only in use.
        let nearest = self.names.find(cx.scope, &[name]);
        let shadowed = matches!(nearest, Found::Definition(id, 1) if !self.names.is_dimension(id));
        if !shadowed && let Some(typed) = self.dimension_word(name, span, cx) {
            return Some(typed);
        }
        if !shadowed && let Some(measure) = scenario_measure(name) {
            return Some(Typed::fixed(
                Node::ScenarioMeasure(measure),
                Type::Money(MoneyTag::Report),
                span,
            ));
        }
        if !shadowed
            && matches!(cx.place, Place::Plain)
            && (measure(name).is_some() || term(name).is_some())
        {
            self.report(
                Diagnostic::error(
                    code::WRONG_PLACE,
                    format!("`{name}` is of positions, and it is not said of which"),
                )
                .at(span, "")
                .help(format!("write which positions: `sum(assets: {name})`")),
            );
            return Some(Typed::unknown(span));
        }
        None
    }

    fn inherited(&mut self, span: Span, cx: &Context) -> Typed {
        match &cx.inherited {
            Some(Inherited::Value(value)) => {
                let mut value = value.clone();
                value.span = Some(span);
                Typed {
                    expression: value,
                    flex: Flex::Fixed,
                }
            }
            Some(Inherited::Path(path, ty)) => Typed::fixed(
                Node::InheritedPath(Box::new(path.clone())),
                ty.clone(),
                span,
            ),
            None => {
                if !cx.overlay {
                    self.report(
                        Diagnostic::error(
                            code::WRONG_PLACE,
                            "`inherited` stands only in the `set` and `shock` lines of a scenario",
                        )
                        .at(span, "")
                        .help("a metric reads the base by `under base`"),
                    );
                }
                Typed::unknown(span)
            }
        }
    }

    fn currency_word(&mut self, span: Span, cx: &Context) -> Typed {
        let node = match cx.place {
            Place::Mapping => Node::Term(Term::Currency),
            Place::Plain | Place::Rows
                if !cx.shape && !cx.over.contains(&Over::Currency) && !cx.test =>
            {
                self.report(
                    Diagnostic::error(
                        code::WRONG_PLACE,
                        "`currency` is of a position, a curve or a fold by currency",
                    )
                    .at(span, "")
                    .help("`sum(currency: …)` evaluates once for each currency"),
                );
                return Typed::unknown(span);
            }
            _ => Node::CurrentCurrency,
        };
        Typed::fixed(node, Type::Currency, span)
    }

    fn dimension_word(&mut self, name: &str, span: Span, cx: &Context) -> Option<Typed> {
        let called = self.names.dimensions_called(cx.scope, name);
        let [only] = called.as_slice() else {
            if let [_, _, ..] = called.as_slice() {
                self.report(
                    Diagnostic::error(
                        code::UNKNOWN_NAME,
                        format!("two modules in use have a dimension `{name}`"),
                    )
                    .at(span, "")
                    .help("write the module before it: `lcr.outflow_class`"),
                );
                return Some(Typed::unknown(span));
            }
            return None;
        };
        Some(self.dimension_value(*only, name, span, cx))
    }

    /// The position's value of a dimension, or the one that an enclosing fold is at.
    fn dimension_value(&mut self, id: DefId, name: &str, span: Span, cx: &Context) -> Typed {
        self.named.insert(id);
        let dimension = self.dimension_id(id);
        let ty = self.dimension_type(dimension);
        let folded = cx.over.contains(&Over::Dimension(dimension));
        match &cx.place {
            Place::Fold(members) | Place::Position(members) if !folded => {
                self.check_members(members, name, span, cx)
            }
            Place::Plain | Place::Rows if !folded && !cx.test => {
                self.report(
                    Diagnostic::error(code::WRONG_PLACE, format!("`{name}` is of positions, and it is not said of which"))
                        .at(span, "")
                        .help(format!("positions have a {name}: `sum(assets where {name} == …: balance)`, `sum({name}: …)`")),
                );
                return Typed::unknown(span);
            }
            _ => {}
        }
        Typed::fixed(Node::Dimension(dimension), ty, span)
    }

    /// The number of a value in a closed dimension, or of a band.
    pub(super) fn member(&self, id: DimensionId, name: &str) -> Option<u32> {
        let position = match &self.dimensions.get(id.index())?.domain {
            Domain::Closed { members, .. } => members.iter().position(|member| member.name == name),
            Domain::Bands(bands) => bands.iter().position(|band| band.label == name),
            Domain::Open(_) => None,
        };
        position.and_then(|position| u32::try_from(position).ok())
    }

    fn factor_value(&mut self, name: &str, span: Span) -> Option<Typed> {
        let factor = self.factors.get_mut(name)?;
        factor.read = true;
        let ty = factor.ty.clone();
        Some(Typed::fixed(Node::Factor(name.to_owned()), ty, span))
    }

    /// What a definition means as a value.
    fn definition_value(
        &mut self,
        id: DefId,
        reference: &Reference,
        hint: Option<&Type>,
        cx: &Context,
    ) -> Typed {
        let span = reference.span;
        self.named.insert(id);
        let Some(definition) = self.definition(id) else {
            return Typed::unknown(span);
        };
        let declaration = definition.declaration;
        let name = declaration.name.text.as_str();
        match &declaration.item {
            Item::Metric(metric) => {
                if reference.arguments.is_some() {
                    self.report(
                        Diagnostic::error(
                            code::WRONG_PLACE,
                            format!("`{name}` is a metric and takes no arguments"),
                        )
                        .at(span, "")
                        .help(format!("its value on another day is `{name} at 2027-09-30`, that of one currency stands in `report {name} by currency`")),
                    );
                    return Typed::unknown(span);
                }
                let ty = self.metric_type(id, metric);
                Typed::fixed(Node::Metric(self.metric_id(id)), ty, span)
            }
            Item::Binding(binding) if binding.value_type.name.text == "selection" => {
                match self.let_selection(id, binding, span) {
                    Some(selection) => {
                        Typed::fixed(Node::Selection(Box::new(selection)), Type::Selection, span)
                    }
                    None => Typed::unknown(span),
                }
            }
            Item::Binding(binding) => {
                let ty = self.parameter_type(id, binding);
                Typed::fixed(Node::Parameter(self.parameter_id(id)), ty, span)
            }
            Item::Table(table) => self.table_cell(id, table, reference, cx),
            Item::Function(function) => self.function_call(id, function, reference, cx),
            Item::Shape(shape) => {
                let ty = if cx.shape { Type::Rate } else { Type::Shift };
                let arguments = self.shape_arguments(id, shape, reference, cx);
                Typed::fixed(Node::Shape(self.shape_id(id), arguments), ty, span)
            }
            Item::Dimension(_) => {
                let name = name.to_owned();
                self.dimension_value(id, &name, span, cx)
            }
            Item::Block(block) => match block.kind {
                BlockKind::Instrument => match self.instrument_selection(id, reference) {
                    Some(selection) => {
                        Typed::fixed(Node::Selection(Box::new(selection)), Type::Selection, span)
                    }
                    None => Typed::unknown(span),
                },
                BlockKind::Scenario => match self.scenario_key(id, reference, cx) {
                    Some(key) => Typed::fixed(Node::Scenario(key), Type::Scenario, span),
                    None => Typed::unknown(span),
                },
                // only there: a limit that named another one could name itself
                BlockKind::Limit if cx.test => {
                    let conditions = self.conditions_of_limit(id, block);
                    Typed::fixed(Node::And(conditions), Type::Bool, span)
                }
                kind => {
                    let due = match hint {
                        Some(ty) => format!("{} is due", self.a_type(ty)),
                        None => "a value is due".to_owned(),
                    };
                    let article = if kind.word().starts_with(['a', 'e', 'i']) {
                        "an"
                    } else {
                        "a"
                    };
                    self.report(
                        Diagnostic::error(
                            code::TYPES,
                            format!("{due} here, `{name}` is {article} {}", kind.word()),
                        )
                        .at(span, "")
                        .also(declaration.name.span, "defined here"),
                    );
                    Typed::unknown(span)
                }
            },
        }
    }

    /// Reports the members of a selection that lack a term (or dimension) that a formula reads.
    fn check_members(&mut self, members: &Members, name: &str, span: Span, cx: &Context) {
        let Members::Only(instruments) = members else {
            return;
        };
        if matches!(name, "currency" | "rate" | "remaining" | "age" | "id") || cx.test {
            return;
        }
        for instrument in instruments.clone() {
            if self.has_term(instrument, name) || self.is_misread(instrument) {
                continue;
            }
            let owner = self
                .definition(instrument)
                .map(|d| d.declaration.name.clone());
            let Some(owner) = owner else { continue };
            self.report(
                Diagnostic::error(code::NO_TERM, format!("`{}` has no term `{name}`", owner.text))
                    .at(span, "")
                    .also(owner.span, "this instrument does not map it")
                    .help(format!("map it in the instrument (`{name} = [..]`), or leave `{}` out of the selection", owner.text)),
            );
        }
    }
}

/// The place of one part of a path.
pub(super) fn segment_span(path: &tree::Path, index: usize) -> Span {
    path.segments.get(index).map_or(path.span, |part| part.span)
}
