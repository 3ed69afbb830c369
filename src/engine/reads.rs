//! What an exercise reads of positions: the attributes that part them into groups.

use crate::plan::{
    Action, BalanceSheet, BehaviourId, Builtin, DimensionId, Exercise, Expression, FunctionId,
    InstrumentId, Leg, Measure, MetricId, Node, Over, ParameterId, PathFold, Plan, ReportKey,
    Scenario, ScenarioKey, ScenarioMeasure, Selection, ShockPath, ShockTarget, Side, TableId, Term,
};
use std::collections::{BTreeMap, BTreeSet};

/// The attributes that formulas in force read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    /// Dimensions, by metrics, selections, behaviours and reports, with the instruments of which they are read.
    pub dimensions: BTreeMap<DimensionId, Readers>,
    /// Terms whose exact value is read: by conditions, metrics and behaviours, with the instruments of which they are read.
    pub terms: BTreeMap<Term, Readers>,
    /// Metrics that are reached.
    pub metrics: BTreeSet<MetricId>,
    /// Parameters that are reached.
    pub parameters: BTreeSet<ParameterId>,
    /// Families whose search is read, by `found(family)`.
    pub found: BTreeSet<String>,
    /// Whether the run of another scenario than the base is read.
    pub compares: bool,
    /// Whether something is read over simulated paths.
    pub paths: bool,
    /// Whether transfer prices are read.
    pub transfer_prices: bool,
    /// Whether the margin part of interest is read.
    pub margins: bool,
    /// Whether interest is read group by group.
    pub incomes: bool,
    /// Whether the transfer price of equity is read.
    pub equity_price: bool,
    functions: BTreeSet<FunctionId>,
    tables: BTreeSet<TableId>,
    /// The instruments that the formula at hand is about; empty: every one.
    about: Readers,
}

/// The instruments of which something is read; `None`: of every one.
pub type Readers = Option<BTreeSet<InstrumentId>>;

fn widen<K: Ord>(map: &mut BTreeMap<K, Readers>, key: K, by: &Readers) {
    let entry = map.entry(key).or_insert_with(|| Some(BTreeSet::new()));
    match (entry.as_mut(), by) {
        (Some(own), Some(more)) => own.extend(more),
        _ => *entry = None,
    }
}

/// The instruments whose positions a selection may hold; `None`: any.
pub fn instruments(plan: &Plan, selection: &Selection) -> Readers {
    let of_side = |side: Side| {
        Some(
            plan.instruments
                .iter()
                .enumerate()
                .filter(|(_, i)| i.side == side)
                .map(|(at, _)| InstrumentId(at as u32))
                .collect(),
        )
    };
    match selection {
        Selection::All | Selection::OffBalance | Selection::Equity => None,
        Selection::Assets => of_side(Side::Asset),
        Selection::Liabilities => of_side(Side::Liability),
        Selection::Derivatives => of_side(Side::Derivative),
        Selection::Instrument(id) | Selection::Lot(id, _) => Some(BTreeSet::from([*id])),
        Selection::Union(a, b) => {
            let (mut a, b) = (instruments(plan, a)?, instruments(plan, b)?);
            a.extend(b);
            Some(a)
        }
        Selection::Difference(a, _) | Selection::Where(a, _) => instruments(plan, a),
    }
}

impl Reads {
    /// Everything that the exercise reads, and what the further formulas (the expectations of a test) read.
    pub fn of(plan: &Plan, exercise: &Exercise, further: &[&Expression]) -> Self {
        let mut reads = Self::default();
        for report in &exercise.reports {
            reads.expression(plan, &report.formula);
            for key in &report.by {
                if let ReportKey::Dimension(dimension) = key {
                    widen(&mut reads.dimensions, *dimension, &None);
                }
            }
        }
        for attribution in &exercise.attributions {
            reads.expression(plan, &attribution.metric);
        }
        for limit in exercise
            .limits
            .iter()
            .filter_map(|id| plan.limits.get(id.index()))
        {
            for requirement in &limit.requirements {
                reads.expression(plan, &requirement.condition);
            }
        }
        for expression in further {
            reads.expression(plan, expression);
        }
        for (metric, slice, value) in &exercise.givens.metrics {
            reads.metrics.insert(*metric);
            for (dimension, _) in &slice.members {
                widen(&mut reads.dimensions, *dimension, &None);
            }
            reads.expression(plan, value);
        }
        let hedges = exercise.hedges.iter();
        for hedge in hedges.filter_map(|id| plan.hedges.get(id.index())) {
            reads.selection(plan, &hedge.on);
            reads.each(plan, [&hedge.measure.formula, &hedge.ratio.formula]);
        }
        for scenario in exercise.scenarios.values() {
            reads.scenario(plan, scenario);
        }
        for pool in &plan.cover_pools {
            for selection in pool.on.iter().chain(&pool.secures) {
                reads.selection(plan, selection);
            }
            reads.expression(plan, &pool.overcollateral);
        }
        for (value, _) in exercise.book.answers.values() {
            reads.expression(plan, value);
        }
        if reads.transfer_prices {
            reads.transfer_rules(plan);
        }
        reads
    }

    /// What a scenario reads besides.
    pub fn scenario(&mut self, plan: &Plan, scenario: &Scenario) {
        for shock in &scenario.shocks {
            match &shock.target {
                ShockTarget::Price(s)
                | ShockTarget::Haircut(s)
                | ShockTarget::Outflow(s)
                | ShockTarget::Drawdown(s) => {
                    self.selection(plan, s);
                }
                _ => {}
            }
            self.path(plan, &shock.path);
        }
        for (value, _) in scenario.parameters.values() {
            self.expression(plan, value);
        }
        for cell in &scenario.cells {
            self.expression(plan, &cell.value);
        }
        for behaviour in scenario.behaviours.values() {
            for selection in &behaviour.on {
                self.selection(plan, selection);
            }
            self.about = about(plan, &behaviour.on);
            for setting in settings(&behaviour.settings) {
                self.expression(plan, setting);
            }
            self.about = None;
        }
        for action in armed(plan, scenario) {
            self.each(plan, action.formulas());
            let selections = action.deeds.iter().filter_map(|deed| deed.verb.selection());
            for selection in selections {
                self.selection(plan, selection);
            }
        }
        for pool in scenario.cover_pools.values() {
            self.expression(plan, &pool.overcollateral);
        }
        self.each(
            plan,
            scenario.hedges.values().map(|hedge| &hedge.ratio.formula),
        );
        match &scenario.balance_sheet {
            Some(BalanceSheet::Constant { rate: Some(rate) }) => self.expression(plan, rate),
            Some(BalanceSheet::Plan(business)) => {
                for line in &business.lines {
                    if let Some(of) = line.volume.of() {
                        self.selection(plan, of);
                    }
                    self.each(plan, line.volume.sizes());
                }
            }
            _ => {}
        }
    }

    /// What the rules of transfer prices read: their conditions, and of mirrors that are settled when they break the last day.
    fn transfer_rules(&mut self, plan: &Plan) {
        for rule in &plan.transfer_rules {
            for selection in &rule.on {
                self.selection(plan, selection);
            }
            if rule.breakage {
                widen(&mut self.terms, Term::Maturity, &about(plan, &rule.on));
            }
        }
    }

    /// What one formula reads.
    pub fn of_expression(plan: &Plan, expression: &Expression) -> Self {
        let mut reads = Self::default();
        reads.expression(plan, expression);
        reads
    }

    fn path(&mut self, plan: &Plan, path: &ShockPath) {
        if let ShockPath::Legs(legs) = path {
            for leg in legs {
                if let Leg::To { level, .. } = leg {
                    self.expression(plan, level);
                }
            }
        }
    }

    fn each<'a>(&mut self, plan: &Plan, expressions: impl IntoIterator<Item = &'a Expression>) {
        for expression in expressions {
            self.expression(plan, expression);
        }
    }

    fn metric(&mut self, plan: &Plan, metric: MetricId) {
        if self.metrics.insert(metric)
            && let Some(metric) = plan.metrics.get(metric.index())
        {
            self.expression(plan, &metric.formula);
        }
    }

    fn selection(&mut self, plan: &Plan, selection: &Selection) {
        match selection {
            Selection::Union(a, b) | Selection::Difference(a, b) => {
                self.selection(plan, a);
                self.selection(plan, b);
            }
            Selection::Where(inner, condition) => {
                self.selection(plan, inner);
                let before = std::mem::replace(&mut self.about, instruments(plan, inner));
                self.expression(plan, condition);
                self.about = before;
            }
            _ => {}
        }
    }

    fn measure(&mut self, plan: &Plan, measure: &Measure) {
        match measure {
            Measure::RepricingFlow(_, margin) => self.margins |= margin.node != Node::Bool(true),
            Measure::Value(valuation) => self.margins |= valuation.margin_excluded,
            Measure::InterestIncome => self.incomes = true,
            Measure::MarginIncome => {
                self.incomes = true;
                self.margins = true;
                self.transfer_prices = true;
            }
            Measure::FtpBaseIncome | Measure::FtpLiquidityIncome | Measure::FtpBreakageIncome => {
                self.transfer_prices = true
            }
            _ => {}
        }
        self.each(plan, measure.operands());
    }

    fn expression(&mut self, plan: &Plan, expression: &Expression) {
        match &expression.node {
            Node::Selection(selection) => self.selection(plan, selection),
            Node::Negate(x)
            | Node::Not(x)
            | Node::Per(x, _)
            | Node::InCurrency(x, _)
            | Node::At(x, _) => self.expression(plan, x),
            Node::Arithmetic(_, a, b)
            | Node::Compare(_, a, b)
            | Node::Branch(a, b)
            | Node::ColumnOr(a, b) => {
                self.each(plan, [a.as_ref(), b.as_ref()]);
            }
            Node::Under(a, scenario) => {
                let base = Node::Scenario(ScenarioKey::base());
                self.compares |= scenario.node != base;
                self.each(plan, [a.as_ref(), scenario.as_ref()]);
            }
            Node::OverPaths(fold, body) => {
                self.paths = true;
                self.expression(plan, body);
                if let PathFold::Quantile(share) = fold {
                    self.expression(plan, share);
                }
            }
            Node::Found(family) => {
                self.found.insert(family.clone());
            }
            Node::And(all) | Node::Or(all) | Node::NotYet(_, all) => self.each(plan, all),
            Node::OneOf(x, all) => {
                self.expression(plan, x);
                self.each(plan, all);
            }
            Node::If(a, b, c) => self.each(plan, [a.as_ref(), b.as_ref(), c.as_ref()]),
            Node::Parameter(id) => {
                if self.parameters.insert(*id)
                    && let Some(value) = plan
                        .parameters
                        .get(id.index())
                        .and_then(|p| p.value.as_ref())
                {
                    self.expression(plan, value);
                }
            }
            Node::Metric(id) => self.metric(plan, *id),
            Node::Table(id, keys) => {
                self.each(plan, keys);
                if self.tables.insert(*id)
                    && let Some(table) = plan.tables.get(id.index())
                {
                    self.each(plan, table.rows.iter().map(|row| &row.value));
                }
            }
            Node::Call(id, arguments) => {
                self.each(plan, arguments);
                if self.functions.insert(*id)
                    && let Some(function) = plan.functions.get(id.index())
                {
                    self.expression(plan, &function.body);
                }
            }
            Node::Shape(_, arguments) => self.each(plan, arguments),
            Node::ShapeValue {
                shift,
                currency,
                years,
            } => self.each(plan, [shift.as_ref(), currency.as_ref(), years.as_ref()]),
            Node::InheritedPath(path) => self.path(plan, path),
            Node::Term(term) => {
                widen(&mut self.terms, *term, &self.about);
            }
            Node::Dimension(dimension) => {
                widen(&mut self.dimensions, *dimension, &self.about);
            }
            Node::Measure(measure) => self.measure(plan, measure),
            Node::ScenarioMeasure(ScenarioMeasure::Accrual(amount, _)) => {
                self.expression(plan, amount)
            }
            Node::FoldPositions {
                selection, body, ..
            } => {
                self.selection(plan, selection);
                self.equity_price |= **selection == Selection::Equity;
                let before = std::mem::replace(&mut self.about, instruments(plan, selection));
                self.expression(plan, body);
                self.about = before;
            }
            Node::FoldDimension { over, body, .. } => {
                if let Over::Dimension(dimension) = over {
                    widen(&mut self.dimensions, *dimension, &None);
                }
                self.expression(plan, body);
            }
            Node::FoldTime {
                body, otherwise, ..
            } => {
                self.expression(plan, body);
                self.each(plan, otherwise.as_deref());
            }
            Node::FoldArguments { arguments, .. } => self.each(plan, arguments),
            Node::SwapRate { tenor, .. } => self.expression(plan, tenor),
            Node::Builtin(builtin, arguments) => {
                let _: &Builtin = builtin;
                self.each(plan, arguments);
            }
            _ => {}
        }
    }
}

/// The actions that a scenario arms, as it has them, in the order of `allow`.
pub fn armed<'p>(plan: &'p Plan, scenario: &'p Scenario) -> impl Iterator<Item = &'p Action> {
    scenario.allows.iter().filter_map(|id| {
        let changed = scenario.actions.get(id);
        changed.or_else(|| plan.actions.get(id.index()))
    })
}

/// The instruments that a behaviour may be for.
fn about(plan: &Plan, on: &[Selection]) -> Readers {
    let mut all = BTreeSet::new();
    for selection in on {
        all.extend(instruments(plan, selection)?);
    }
    Some(all)
}

/// The formulas among the settings of a behaviour.
pub fn settings(settings: &crate::plan::BehaviourSettings) -> impl Iterator<Item = &Expression> {
    [
        &settings.prepay,
        &settings.withdraw,
        &settings.default,
        &settings.draw,
        &settings.renew,
        &settings.fee,
        &settings.loss,
        &settings.core,
    ]
    .into_iter()
    .flatten()
}

/// Behaviours in force in some scenario of the exercise.
pub fn behaviours(exercise: &Exercise) -> BTreeSet<BehaviourId> {
    exercise
        .scenarios
        .values()
        .flat_map(|s| s.behaviours.keys().copied())
        .collect()
}

/// The metrics that a formula names itself.
pub fn direct_metrics(expression: &Expression) -> BTreeSet<MetricId> {
    let mut found = BTreeSet::new();
    let mut open = vec![expression];
    while let Some(next) = open.pop() {
        match &next.node {
            Node::Metric(metric) => {
                found.insert(*metric);
            }
            Node::Negate(x)
            | Node::Not(x)
            | Node::Per(x, _)
            | Node::InCurrency(x, _)
            | Node::At(x, _) => open.push(x),
            Node::Arithmetic(_, a, b) | Node::Compare(_, a, b) => {
                open.extend([a.as_ref(), b.as_ref()])
            }
            Node::If(a, b, c) => open.extend([a.as_ref(), b.as_ref(), c.as_ref()]),
            Node::And(all)
            | Node::Or(all)
            | Node::Call(_, all)
            | Node::Table(_, all)
            | Node::Builtin(_, all) => open.extend(all),
            Node::FoldArguments { arguments, .. } => open.extend(arguments),
            Node::OneOf(x, all) => {
                open.push(x);
                open.extend(all);
            }
            _ => {}
        }
    }
    found
}
