//! The terms and dimensions of a position: of an instrument's columns, of a product, or given in the text.

use super::call::word_of;
use super::compiler::Compiler;
use super::context::{Context, Expected};
use super::names::{DefId, Found};
use super::reference::{TERMS, term};
use super::suggest;
use super::vocabulary;
use crate::calendar::Roll;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{
    Accounting, DimensionId, DimensionMapping, Domain, Expression, InstrumentId, Mapping, MoneyTag,
    Node, Origin, Term, Type,
};
use crate::syntax::tree::{
    self, Argument, ArgumentName, BlockKind, Clause, ClauseBody, ExpressionKind, Key,
};

/// One `name = value` of a position's terms, of a block or of an `include`.
pub(super) struct TermLine<'t> {
    pub(super) key: Vec<&'t str>,
    pub(super) key_span: Span,
    pub(super) value: &'t tree::Expression,
    pub(super) origin: Origin,
}

/// Whose terms they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    Instrument,
    Product,
    Position,
}

/// Keys beside plain terms and dimensions.
pub(super) const STRUCTURED: [&str; 12] = [
    "repays",
    "accrues",
    "pays",
    "receives",
    "accounting",
    "premium",
    "pledges",
    "draws",
    "calendar",
    "roll",
    "month_end",
    "arrears",
];

impl Compiler<'_> {
    /// The settings of a block as term lines; reports verbs, which no block of terms takes.
    pub(super) fn term_lines<'t>(
        &mut self,
        clauses: &'t [Clause],
        kind: BlockKind,
    ) -> Vec<TermLine<'t>> {
        let mut lines: Vec<TermLine<'t>> = Vec::new();
        for clause in clauses {
            let ClauseBody::Setting(setting) = &clause.body else {
                self.misplaced(&clause.body, clause.span, kind);
                continue;
            };
            let origin = self.origin(clause.span, &clause.metadata);
            if let [Key::Path(path)] = setting.keys.as_slice() {
                let key: Vec<&str> = path.segments.iter().map(|s| s.text.as_str()).collect();
                if let Some(first) = lines.iter().find(|line| line.key == key) {
                    let first = first.key_span;
                    self.said_twice(&path.text(), path.span, first);
                    continue;
                }
                if let [value] = setting.values.as_slice() {
                    lines.push(TermLine {
                        key,
                        key_span: path.span,
                        value,
                        origin,
                    });
                    continue;
                }
                self.report(
                    Diagnostic::error(
                        code::ARGUMENTS,
                        format!("`{}` takes one value", path.text()),
                    )
                    .at(setting.span, ""),
                );
                continue;
            }
            self.report(
                Diagnostic::error(
                    code::UNKNOWN_SETTING,
                    format!(
                        "a setting of {} `{}` has one name",
                        article(kind.word()),
                        kind.word()
                    ),
                )
                .at(setting.span, ""),
            );
        }
        lines
    }

    /// The arguments of `include x(…)` as term lines.
    pub(super) fn argument_lines<'t>(
        &mut self,
        arguments: &'t [Argument],
        origin: &Origin,
    ) -> Vec<TermLine<'t>> {
        let mut lines: Vec<TermLine<'t>> = Vec::new();
        for argument in arguments {
            match &argument.name {
                Some(ArgumentName::Name(name)) => {
                    if let Some(first) = lines.iter().find(|line| line.key == [name.text.as_str()])
                    {
                        let first = first.key_span;
                        self.said_twice(&name.text, name.span, first);
                        continue;
                    }
                    lines.push(TermLine {
                        key: vec![&name.text],
                        key_span: name.span,
                        value: &argument.value,
                        origin: origin.clone(),
                    });
                }
                _ => self.report(
                    Diagnostic::error(code::ARGUMENTS, "the terms of a position have names")
                        .at(argument.span, "")
                        .help("write `include x(principal = 5mn EUR, maturity = 2030-06-30)`"),
                ),
            }
        }
        lines
    }

    /// Lowers term lines. Keys of the instrument itself (`side`, `positions`, …) have been taken out before.
    pub(super) fn terms(
        &mut self,
        lines: Vec<TermLine<'_>>,
        owner: Owner,
        cx: &Context,
    ) -> Mapping {
        let mut mapping = Mapping::default();
        for line in lines {
            let key = line.key.join(".");
            let value = line.value;
            match key.as_str() {
                "repays" => mapping.repays = self.repayment(value, cx),
                "accrues" => mapping.accrues = self.accrual(value, cx),
                "pays" => mapping.pays = self.leg(value, cx),
                "receives" => mapping.receives = self.leg(value, cx),
                "accounting" => {
                    mapping.accounting = match word_of(value) {
                        Some("amortised") => Some(Accounting::Amortised),
                        Some("fvoci") => Some(Accounting::Fvoci),
                        Some("fvtpl") => Some(Accounting::Fvtpl),
                        Some("memo") => Some(Accounting::Memo),
                        _ => {
                            self.one_of_words("accounting", &vocabulary::ACCOUNTING, value.span);
                            None
                        }
                    };
                }
                "roll" => {
                    mapping.roll = match word_of(value) {
                        Some("none") => Some(Roll::None),
                        Some("following") => Some(Roll::Following),
                        Some("modified_following") => Some(Roll::ModifiedFollowing),
                        Some("preceding") => Some(Roll::Preceding),
                        _ => {
                            self.one_of_words("roll", &vocabulary::ROLLS, value.span);
                            None
                        }
                    };
                }
                "premium" => mapping.premium = self.premium_release(value, cx),
                "calendar" => mapping.calendar = self.calendar_name(value),
                "month_end" => mapping.month_end = self.literal_bool(value, cx),
                "arrears" => mapping.arrears = self.literal_bool(value, cx),
                "pledges" => mapping.pledges = self.pledge(value, cx),
                "draws" => mapping.draws = self.instrument_named(value, cx),
                "capacity" => {
                    let (amount, period) = self.per_amount(value, cx);
                    mapping.capacity_period = period;
                    mapping.terms.insert(Term::Capacity, amount);
                }
                "rate" | "remaining" | "age" | "cost"
                    if owner != Owner::Product || key != "cost" =>
                {
                    self.report(
                        Diagnostic::error(
                            code::UNKNOWN_SETTING,
                            format!("`{key}` follows from the other terms"),
                        )
                        .at(line.key_span, "")
                        .help("a formula may read it; it is not mapped"),
                    );
                    continue;
                }
                _ => match term(&key) {
                    Some((term, ty)) => {
                        let ty = if owner == Owner::Product && term == Term::Maturity {
                            Type::Tenor
                        } else {
                            ty
                        };
                        let expected = Expected::because(ty, line.key_span, format!("`{key}`"));
                        let value = self.expect(value, &expected, cx);
                        self.hold_to_term(term, &value, line.key_span);
                        mapping.terms.insert(term, value);
                    }
                    None => {
                        let Some(dimension) = self.dimension_key(&line, owner, cx) else {
                            continue;
                        };
                        if let Some(value) = self.dimension_mapping(dimension, value, cx) {
                            mapping.dimensions.insert(dimension, value);
                        }
                    }
                },
            }
            mapping.origins.insert(key, line.origin);
        }
        mapping
    }

    /// The dimension that a key names: the project's, a member's, one of a module in use, or by its module.
    fn dimension_key(
        &mut self,
        line: &TermLine<'_>,
        owner: Owner,
        cx: &Context,
    ) -> Option<DimensionId> {
        if let [single] = line.key.as_slice() {
            match self.names.dimensions_called(cx.scope, single).as_slice() {
                [only] => {
                    self.named.insert(*only);
                    return Some(self.dimension_id(*only));
                }
                [_, _, ..] => {
                    self.report(
                        Diagnostic::error(
                            code::UNKNOWN_NAME,
                            format!("two modules in use have a dimension `{single}`"),
                        )
                        .at(line.key_span, "")
                        .help(format!("write the module before it: `lcr.{single} = …`")),
                    );
                    return None;
                }
                [] => {}
            }
        } else if let Found::Definition(id, used) = self.names.find(cx.scope, &line.key)
            && used == line.key.len()
            && self.names.is_dimension(id)
        {
            self.named.insert(id);
            return Some(self.dimension_id(id));
        }
        let name = line.key.join(".");
        let told = |scope: &super::names::Scope| {
            line.key
                .first()
                .is_some_and(|first| scope.broken.contains(*first))
        };
        if self.names.scope(cx.scope).is_some_and(told) || self.in_broken_line(&name) {
            return None;
        }
        let mut candidates: Vec<String> = TERMS
            .iter()
            .map(|(name, _, _)| (*name).to_owned())
            .filter(|n| !matches!(n.as_str(), "rate" | "remaining" | "age"))
            .collect();
        candidates.extend(STRUCTURED.iter().map(|name| (*name).to_owned()));
        if owner == Owner::Instrument {
            candidates.extend(["side", "lots", "positions", "file"].map(str::to_owned));
        }
        for (index, definition) in self.names.definitions.iter().enumerate() {
            if self.names.is_dimension(DefId(index as u32)) {
                candidates.push(definition.declaration.name.text.clone());
            }
        }
        let error = Diagnostic::error(
            code::UNKNOWN_SETTING,
            format!("`{name}` is no term and no dimension"),
        )
        .at(line.key_span, "");
        let own = format!("an attribute of your own is declared: `dimension {name}: text`");
        self.report(
            match suggest::nearest(&name, candidates.iter().map(String::as_str)) {
                Some(near) => error.help(format!("did you mean `{near}`? {own}")),
                None => error.help(own),
            },
        );
        None
    }

    fn dimension_mapping(
        &mut self,
        dimension: DimensionId,
        value: &tree::Expression,
        cx: &Context,
    ) -> Option<DimensionMapping> {
        let ty = self.dimension_type(dimension);
        if let ExpressionKind::Reference(reference) = &value.kind
            && reference.path.text() == "split"
            && let Some(arguments) = &reference.arguments
        {
            return Some(self.split(dimension, &ty, arguments, cx));
        }
        let expected = Expected::new(ty);
        Some(DimensionMapping::Formula(self.expect(value, &expected, cx)))
    }

    /// `split(stable_retail = [insured_amount], otherwise = less_stable_retail)`.
    fn split(
        &mut self,
        dimension: DimensionId,
        ty: &Type,
        arguments: &[Argument],
        cx: &Context,
    ) -> DimensionMapping {
        let mut parts = Vec::new();
        let mut otherwise = None;
        let amount_due = Expected::new(Type::Money(MoneyTag::Position));
        for argument in arguments {
            let member = match &argument.name {
                Some(ArgumentName::Name(name)) if name.text == "otherwise" => {
                    otherwise = Some(self.expect(&argument.value, &Expected::new(ty.clone()), cx));
                    continue;
                }
                Some(ArgumentName::Name(name)) => match (self.member(dimension, &name.text), ty) {
                    (Some(member), _) => Some((Node::Member(dimension, member), name.span)),
                    (None, Type::Bool) if name.text == "true" || name.text == "false" => {
                        Some((Node::Bool(name.text == "true"), name.span))
                    }
                    _ => {
                        self.unknown_name(
                            &name.text,
                            name.span,
                            Some(&Type::Member(dimension)),
                            cx,
                        );
                        None
                    }
                },
                Some(ArgumentName::Edge(edge)) => {
                    let found = self
                        .tenor_edge(edge)
                        .and_then(|(end, holds)| self.band(dimension, end, holds));
                    if found.is_none() {
                        let listed = self.member_names(dimension);
                        self.report(
                            Diagnostic::error(code::UNKNOWN_NAME, "no such band")
                                .at(edge.span, "")
                                .help(format!("its bands are {listed}")),
                        );
                    }
                    found.map(|member| (Node::Member(dimension, member), edge.span))
                }
                None => {
                    self.report(
                        Diagnostic::error(
                            code::ARGUMENTS,
                            "`split` names the value that each amount goes to",
                        )
                        .at(argument.span, "")
                        .help("write `split(a = [amount], otherwise = b)`"),
                    );
                    None
                }
            };
            // What goes to a value that is not known may be no amount.
            if let Some((node, span)) = member {
                let amount = self.expect(&argument.value, &amount_due, cx);
                parts.push((
                    Expression {
                        node,
                        ty: ty.clone(),
                        span: Some(span),
                    },
                    amount,
                ));
            }
        }
        let closed = matches!(
            self.dimensions.get(dimension.index()).map(|d| &d.domain),
            Some(Domain::Closed { .. } | Domain::Bands(_) | Domain::Open(Type::Bool))
        );
        if !closed {
            let span = arguments
                .first()
                .map_or_else(|| Span::new(crate::diagnostic::FileId(0), 0, 0), |a| a.span);
            self.report(
                Diagnostic::error(
                    code::DIMENSION,
                    "`split` parts by a dimension with a list of values",
                )
                .at(span, ""),
            );
        }
        DimensionMapping::Split { parts, otherwise }
    }

    /// `15 EUR per day`, or an amount without a period.
    pub(super) fn per_amount(
        &mut self,
        value: &tree::Expression,
        cx: &Context,
    ) -> (Expression, Option<crate::calendar::Period>) {
        let money = Type::Money(MoneyTag::Position);
        let typed = self.expression(value, Some(&money), cx);
        match (&typed.expression.node, typed.ty()) {
            (Node::Per(inner, period), Type::Per(ty, _)) if matches!(**ty, Type::Money(_)) => {
                ((**inner).clone(), Some(*period))
            }
            _ => (self.settle(typed, &Expected::new(money)), None),
        }
    }

    fn pledge(
        &mut self,
        value: &tree::Expression,
        cx: &Context,
    ) -> Option<(InstrumentId, Expression)> {
        if let ExpressionKind::Reference(reference) = &value.kind
            && let Some([only]) = reference.arguments.as_deref()
        {
            let id = self.find_definition(reference, cx)?;
            if !self.expect_kind(id, BlockKind::Instrument, reference.path.span) {
                return None;
            }
            let lot = self.expect(&only.value, &Expected::new(Type::Text), cx);
            return Some((self.instrument_id(id), lot));
        }
        self.report(
            Diagnostic::error(
                code::TYPES,
                "a lot is due here: an instrument and the id of one of its positions",
            )
            .at(value.span, "")
            .help("write `pledges = liquidity_bond([isin])` or `liquidity_bond(\"DE…\")`"),
        );
        None
    }

    /// An instrument by name.
    pub(super) fn instrument_named(
        &mut self,
        value: &tree::Expression,
        cx: &Context,
    ) -> Option<InstrumentId> {
        match &value.kind {
            ExpressionKind::Reference(reference) if reference.arguments.is_none() => {
                let id = self.find_definition(reference, cx)?;
                self.expect_kind(id, BlockKind::Instrument, value.span)
                    .then(|| self.instrument_id(id))
            }
            ExpressionKind::Broken => None,
            _ => {
                self.report(
                    Diagnostic::error(code::TYPES, "the name of an instrument is due here")
                        .at(value.span, ""),
                );
                None
            }
        }
    }
}

pub(super) fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    }
}
