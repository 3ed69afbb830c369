//! Parameters, table cells and answers in force: the scenario's, then the book's, then the definition's.

use super::table::PreparedTable;
use super::{Refusal, Scope, Value, Witness, codes, evaluate};
use crate::plan::{Book, Expression, ParameterId, Plan, Scenario, TableId};
use crate::quantity::{Rational, in_thousands};

/// What a scenario and a book put over the definitions of a plan. Whatever is constant is evaluated once.
#[derive(Clone, Debug, Default)]
pub struct Overlay {
    parameters: Vec<Prepared>,
    tables: Vec<PreparedTable>,
    witness: Witness,
}

/// A formula, and its value where it reads nothing of its place.
#[derive(Clone, Debug, Default)]
pub(super) struct Prepared {
    pub(super) formula: Option<Expression>,
    pub(super) constant: Option<Value>,
}

impl Prepared {
    pub(super) fn new(formula: Option<&Expression>) -> Self {
        Self {
            formula: formula.cloned(),
            constant: None,
        }
    }
}

/// A place that has nothing but literals, parameters and tables.
struct Nowhere<'a> {
    plan: &'a Plan,
    overlay: &'a Overlay,
}

impl Scope for Nowhere<'_> {
    fn plan(&self) -> &Plan {
        self.plan
    }
    fn overlay(&self) -> &Overlay {
        self.overlay
    }
}

impl Overlay {
    /// The definitions of the plan, with the book's answers and the scenario's settings put over them.
    pub fn new(plan: &Plan, book: Option<&Book>, scenario: Option<&Scenario>) -> Self {
        let mut parameters: Vec<Prepared> = plan
            .parameters
            .iter()
            .map(|p| Prepared::new(p.value.as_ref()))
            .collect();
        for (id, (value, _)) in book.iter().flat_map(|b| &b.answers) {
            if let Some(slot) = parameters.get_mut(id.index()) {
                *slot = Prepared::new(Some(value));
            }
        }
        let tables = plan
            .tables
            .iter()
            .map(|t| PreparedTable::new(plan, t))
            .collect();
        let mut overlay = Self {
            parameters,
            tables,
            witness: Witness::default(),
        };
        if let Some(scenario) = scenario {
            overlay.put(plan, scenario);
        }
        overlay.evaluate_constants(plan);
        overlay
    }

    /// The same with a further scenario's settings on top.
    #[must_use]
    pub fn with(&self, plan: &Plan, scenario: &Scenario) -> Self {
        let mut overlay = self.clone();
        overlay.put(plan, scenario);
        overlay.evaluate_constants(plan);
        overlay
    }

    /// The same, with note taken of every formula that is evaluated from now on.
    #[must_use]
    pub fn witnessed(mut self, witness: &Witness) -> Self {
        self.witness = witness.clone();
        self
    }

    /// Who takes note.
    pub fn witness(&self) -> &Witness {
        &self.witness
    }

    fn put(&mut self, plan: &Plan, scenario: &Scenario) {
        for (id, (value, _)) in &scenario.parameters {
            if let Some(slot) = self.parameters.get_mut(id.index()) {
                *slot = Prepared::new(Some(value));
            }
        }
        for cell in &scenario.cells {
            if let Some(table) = self.tables.get_mut(cell.table.index()) {
                table.set(plan, &cell.patterns, &cell.value);
            }
        }
    }

    fn evaluate_constants(&mut self, plan: &Plan) {
        // What is computed beforehand has entered nothing yet.
        let witness = std::mem::take(&mut self.witness);
        // What names a parameter that changed changes with it: nothing that was computed before is kept.
        for slot in &mut self.parameters {
            slot.constant = None;
        }
        for table in &mut self.tables {
            table.forget();
        }
        let constant = |overlay: &Self, formula: Option<&Expression>| {
            formula.and_then(|f| evaluate(f, &Nowhere { plan, overlay }).ok())
        };
        // Parameters may name parameters and cells: what is still open after a pass is evaluated where it is read.
        for index in 0..self.parameters.len() {
            let value = constant(
                self,
                self.parameters.get(index).and_then(|p| p.formula.as_ref()),
            );
            // What is no share is told where it is read.
            let is_share = plan.parameters.get(index).is_some_and(|p| p.is_share);
            if let Some(slot) = self.parameters.get_mut(index) {
                slot.constant = value.filter(|v| !is_share || is_within(v));
            }
        }
        for index in 0..self.tables.len() {
            let Some(table) = self.tables.get(index) else {
                continue;
            };
            let values: Vec<_> = table.formulas().map(|f| constant(self, Some(f))).collect();
            let is_share = plan.tables.get(index).is_some_and(|t| t.is_share);
            let within = |v: Option<Value>| v.filter(|v| !is_share || is_within(v));
            if let Some(table) = self.tables.get_mut(index) {
                table.set_constants(values.into_iter().map(within).collect());
            }
        }
        self.witness = witness;
    }

    /// The value of a parameter or demand.
    pub(super) fn parameter(&self, id: ParameterId, scope: &dyn Scope) -> Result<Value, Refusal> {
        let slot = self.parameters.get(id.index());
        let constant = slot.and_then(|p| p.constant.as_ref());
        if let Some(value) = constant.filter(|_| !self.witness.watches()) {
            return Ok(value.clone());
        }
        match slot.and_then(|p| p.formula.as_ref()) {
            Some(formula) => {
                self.witness.saw(formula.span);
                let value = evaluate(formula, scope)?;
                match scope.plan().parameters.get(id.index()) {
                    Some(parameter) if parameter.is_share => {
                        held_to_share(&parameter.heading.short, value, formula)
                    }
                    _ => Ok(value),
                }
            }
            None => {
                let name = scope
                    .plan()
                    .parameters
                    .get(id.index())
                    .map_or("", |p| p.heading.short.as_str());
                Err(Refusal::new(codes::DEMAND_UNANSWERED, format!("the book does not answer `{name}`"))
                    .help(format!("write `{name} = …` with its source in the book, or `given {name} = …` in a test")))
            }
        }
    }

    /// The cell of a table.
    pub(super) fn cell(
        &self,
        id: TableId,
        keys: &[Value],
        scope: &dyn Scope,
    ) -> Result<Value, Refusal> {
        match self.tables.get(id.index()) {
            Some(table) => table.look_up(id, keys, scope),
            None => Err(Refusal::new(
                codes::NOT_HERE,
                "a table that the plan does not hold",
            )),
        }
    }
}

/// Whether a value is a share; what has no value is none that could be wrong.
fn is_within(value: &Value) -> bool {
    match value {
        Value::Number(share) => share.signum() >= 0 && *share <= Rational::ONE,
        _ => true,
    }
}

/// A share as it was evaluated, or the refusal of what is none.
pub(super) fn held_to_share(
    name: &str,
    value: Value,
    formula: &Expression,
) -> Result<Value, Refusal> {
    match &value {
        Value::Number(share) if !is_within(&value) => {
            let percent = in_thousands(&(share * &Rational::integer(100)).to_fixed(4));
            let message = format!("`{name}` comes to {percent}%, which is no share");
            Err(Refusal::new(codes::OUT_OF_RANGE, message)
                .at(formula.span)
                .help("a share lies between 0% and 100%"))
        }
        _ => Ok(value),
    }
}
