//! What a formula reads and how: whether groups may be summed before it is evaluated, and whether it is a ladder.

use crate::plan::{
    DimensionId, Expression, Fold, Measure, Node, Operator, PathFold, Plan, ScenarioMeasure,
    Selection, Term,
};

/// How a body depends on the measures of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Degree {
    /// Not at all, and it is zero.
    Zero,
    /// Not at all: the same for all groups with the same attributes.
    Constant,
    /// A weighted sum of measures: groups with the same attributes may be summed first, exactly.
    Linear,
    /// Anything else: group by group.
    Other,
}

/// What a body reads of a group, besides its measures.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Reads {
    /// Dimensions, in order.
    pub(super) dimensions: Vec<DimensionId>,
    /// Terms, in order.
    pub(super) terms: Vec<Term>,
    /// Whether it reads `free_share` or `encumbered_share`: of what nothing encumbers they are 1 and 0.
    pub(super) shares: bool,
}

impl Reads {
    /// Whether something that it reads changes from day to day.
    pub(super) fn changes(&self) -> bool {
        self.terms.iter().any(|t| {
            matches!(
                t,
                Term::Rate
                    | Term::Remaining
                    | Term::Age
                    | Term::Principal
                    | Term::Undrawn
                    | Term::Accrued
            )
        })
    }
}

/// The degree of a body in the measures of a group.
pub(super) fn degree(plan: &Plan, body: &Expression, locals: &[Degree]) -> Degree {
    use Degree::{Constant, Linear, Other, Zero};
    let of = |e: &Expression| degree(plan, e, locals);
    match &body.node {
        Node::Number(x) if x.is_zero() => Zero,
        Node::Money(x, _) if x.is_zero() => Zero,
        // Groups that something encumbers stand alone; of all others the shares are alike.
        Node::Measure(Measure::FreeShare | Measure::EncumberedShare(_)) => Constant,
        Node::Measure(_) => Linear,
        Node::Negate(x) | Node::InCurrency(x, _) => of(x),
        Node::Arithmetic(Operator::Add | Operator::Subtract, a, b) => sum(of(a), of(b)),
        Node::Arithmetic(Operator::Multiply, a, b) => match (of(a), of(b)) {
            (Zero, _) | (_, Zero) => Zero,
            (Constant, other) | (other, Constant) => other,
            _ => Other,
        },
        Node::Arithmetic(Operator::Divide, a, b) => match (of(a), of(b)) {
            (a, Constant) => a,
            _ => Other,
        },
        Node::If(condition, a, b) => match of(condition) {
            Zero | Constant => sum(of(a), of(b)),
            _ => Other,
        },
        Node::FoldArguments {
            fold: Fold::Sum,
            arguments,
        } => arguments.iter().map(of).fold(Zero, sum),
        Node::Local(n) => locals.get(*n as usize).copied().unwrap_or(Constant),
        Node::Call(function, arguments) => {
            let arguments: Vec<Degree> = arguments.iter().map(of).collect();
            match plan.functions.get(function.index()) {
                Some(f) => degree(plan, &f.body, &arguments),
                None => Other,
            }
        }
        _ => {
            let mut worst = Constant;
            for_each_part(&body.node, &mut |part| {
                if !matches!(of(part), Zero | Constant) {
                    worst = Other;
                }
            });
            worst
        }
    }
}

fn sum(a: Degree, b: Degree) -> Degree {
    use Degree::{Constant, Linear, Other, Zero};
    match (a, b) {
        (Zero, other) | (other, Zero) => other,
        (Constant, Constant) => Constant,
        (Linear, Linear) => Linear,
        // An amount that is added once a group is not the same as added once.
        _ => Other,
    }
}

/// Collects what a body reads of a group, through functions.
pub(super) fn reads(plan: &Plan, body: &Expression) -> Reads {
    let mut found = Reads::default();
    collect(plan, body, &mut found);
    found.dimensions.sort_unstable();
    found.dimensions.dedup();
    found.terms.sort_unstable();
    found.terms.dedup();
    found
}

fn collect(plan: &Plan, body: &Expression, found: &mut Reads) {
    match &body.node {
        Node::Dimension(d) => found.dimensions.push(*d),
        Node::Term(t) => found.terms.push(*t),
        Node::Measure(Measure::FreeShare | Measure::EncumberedShare(_)) => found.shares = true,
        Node::Call(function, _) => {
            if let Some(f) = plan.functions.get(function.index()) {
                collect(plan, &f.body, found);
            }
        }
        _ => {}
    }
    for_each_part(&body.node, &mut |part| collect(plan, part, found));
}

/// Whether a formula reads the ladder of the place itself: then a fold over time goes by calendar days.
pub(super) fn is_ladder(plan: &Plan, body: &Expression) -> bool {
    match &body.node {
        Node::ScenarioMeasure(ScenarioMeasure::Headroom) => true,
        Node::FoldTime { .. } | Node::At(..) => false,
        Node::Metric(id) => plan
            .metrics
            .get(id.index())
            .is_some_and(|m| is_ladder(plan, &m.formula)),
        Node::Call(function, arguments) => {
            arguments.iter().any(|a| is_ladder(plan, a))
                || plan
                    .functions
                    .get(function.index())
                    .is_some_and(|f| is_ladder(plan, &f.body))
        }
        node => {
            let mut found = false;
            for_each_part(node, &mut |part| found = found || is_ladder(plan, part));
            found
        }
    }
}

/// Whether a formula is made of flows of the run, which belong to the days between two points.
pub(super) fn is_flow(plan: &Plan, body: &Expression) -> bool {
    match &body.node {
        Node::ScenarioMeasure(ScenarioMeasure::NetInterest | ScenarioMeasure::Accrual(..)) => true,
        Node::Measure(
            Measure::InterestIncome
            | Measure::MarginIncome
            | Measure::FtpBaseIncome
            | Measure::FtpLiquidityIncome
            | Measure::FtpBreakageIncome,
        ) => true,
        Node::FoldTime { .. } => false,
        Node::Metric(id) => plan
            .metrics
            .get(id.index())
            .is_some_and(|m| is_flow(plan, &m.formula)),
        Node::Call(function, arguments) => {
            arguments.iter().any(|a| is_flow(plan, a))
                || plan
                    .functions
                    .get(function.index())
                    .is_some_and(|f| is_flow(plan, &f.body))
        }
        node => {
            let mut found = false;
            for_each_part(node, &mut |part| found = found || is_flow(plan, part));
            found
        }
    }
}

/// Whether a selection's conditions read something that changes from day to day.
pub(crate) fn selection_changes(plan: &Plan, selection: &Selection) -> bool {
    match selection {
        Selection::Union(a, b) | Selection::Difference(a, b) => {
            selection_changes(plan, a) || selection_changes(plan, b)
        }
        Selection::Where(of, condition) => {
            selection_changes(plan, of) || reads(plan, condition).changes() || has_metric(condition)
        }
        _ => false,
    }
}

fn has_metric(expression: &Expression) -> bool {
    let mut found = matches!(
        expression.node,
        Node::Metric(_) | Node::ScenarioMeasure(_) | Node::FoldPositions { .. } | Node::Measure(_)
    );
    for_each_part(&expression.node, &mut |part| {
        found = found || has_metric(part)
    });
    found
}

/// Every direct part of a formula, in text order.
pub(super) fn for_each_part<'e>(node: &'e Node, visit: &mut dyn FnMut(&'e Expression)) {
    match node {
        Node::Negate(x)
        | Node::Not(x)
        | Node::Per(x, _)
        | Node::InCurrency(x, _)
        | Node::At(x, _)
        | Node::FoldPositions { body: x, .. }
        | Node::FoldDimension { body: x, .. } => visit(x),
        Node::Arithmetic(_, a, b)
        | Node::Compare(_, a, b)
        | Node::ColumnOr(a, b)
        | Node::Under(a, b)
        | Node::Branch(a, b) => {
            visit(a);
            visit(b);
        }
        Node::And(parts) | Node::Or(parts) => parts.iter().for_each(visit),
        Node::OneOf(x, parts) => {
            visit(x);
            parts.iter().for_each(visit);
        }
        Node::If(a, b, c) => {
            visit(a);
            visit(b);
            visit(c);
        }
        Node::Table(_, parts)
        | Node::Call(_, parts)
        | Node::Shape(_, parts)
        | Node::Builtin(_, parts)
        | Node::NotYet(_, parts)
        | Node::FoldArguments {
            arguments: parts, ..
        } => parts.iter().for_each(visit),
        Node::ShapeValue {
            shift,
            currency,
            years,
        } => {
            visit(shift);
            visit(currency);
            visit(years);
        }
        Node::FoldTime {
            body, otherwise, ..
        } => {
            visit(body);
            otherwise.iter().for_each(|o| visit(o));
        }
        Node::OverPaths(fold, body) => {
            visit(body);
            if let PathFold::Quantile(share) = fold {
                visit(share);
            }
        }
        Node::SwapRate { tenor, .. } => visit(tenor),
        Node::Measure(measure) => measure.operands().into_iter().for_each(visit),
        Node::ScenarioMeasure(ScenarioMeasure::Accrual(x, _)) => visit(x),
        _ => {}
    }
}
