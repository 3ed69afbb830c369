//! Control totals: opening carrying amounts against what the book states.

use super::Measures;
use super::place::Place;
use crate::diagnostic::{Diagnostic, codes};
use crate::engine::state::Reading;
use crate::formula::{Value, spell};
use crate::plan::{Expression, Fold, Measure, MoneyTag, Node, Operator, Reconciliation, Type};

impl Measures<'_> {
    /// The total of each `reconcile` line as booked: its selection, the amount as decimal text, and its unit.
    ///
    /// # Errors
    /// Every total that misses what is stated by more than its tolerance.
    pub fn reconcile(&self) -> Result<Vec<(String, String, String)>, Vec<Diagnostic>> {
        let mut totals = Vec::new();
        let mut errors = Vec::new();
        // Values are kept by the place of their formula in memory, so all formulas live until the last is read.
        let lines: Vec<(&Reconciliation, Expression)> = self
            .exercise
            .book
            .reconciliations
            .iter()
            .map(|line| (line, carrying(line)))
            .collect();
        for (line, formula) in &lines {
            match self.reconciled(line, formula) {
                Ok(total) => totals.push(total),
                Err(error) => errors.push(match (&error.primary, line.origin.span) {
                    (None, Some(span)) => error.at(span, "stated here"),
                    _ => error,
                }),
            }
        }
        if errors.is_empty() {
            Ok(totals)
        } else {
            Err(errors)
        }
    }

    fn reconciled(
        &self,
        line: &Reconciliation,
        formula: &Expression,
    ) -> Result<(String, String, String), Diagnostic> {
        let start = Place::of(0, Reading::Start);
        let value =
            |expression: &Expression| self.evaluate(expression, start).map_err(Diagnostic::from);
        let total = value(formula)?;
        let stated = value(&line.total)?;
        let within = value(&line.within)?;
        let (Value::Money(found, currency), Value::Money(expected, _)) = (&total, &stated) else {
            return Err(Diagnostic::error(
                codes::run::WRONG_KIND,
                "a control total is an amount of money",
            ));
        };
        let allowed = match &within {
            Value::Money(amount, _) => amount.clone(),
            Value::Number(share) => share.clone() * expected.abs(),
            _ => {
                return Err(Diagnostic::error(
                    codes::run::WRONG_KIND,
                    "the tolerance of a control total is money or a ratio",
                ));
            }
        };
        let difference = found.clone() - expected.clone();
        if difference.abs() > allowed {
            let shown = |amount| spell(self.plan, &Value::Money(amount, *currency));
            return Err(Diagnostic::error(
                codes::run::NOT_RECONCILED,
                format!("`{}` is {} in the book, {} is stated", line.text, shown(found.clone()), shown(expected.clone())),
            )
            .help("correct the file or the stated total; a wider tolerance is a decision to write down")
            .note(format!("the difference is {}, {} is allowed", shown(difference), shown(allowed))));
        }
        Ok((line.text.clone(), found.to_fixed(4), currency.to_string()))
    }
}

/// The carrying amount with accrued interest of a selection.
fn carrying(line: &Reconciliation) -> Expression {
    let money = |node| Expression {
        node,
        ty: Type::Money(MoneyTag::Position),
        span: line.total.span,
    };
    let body = money(Node::Arithmetic(
        Operator::Add,
        Box::new(money(Node::Measure(Measure::Book))),
        Box::new(money(Node::Measure(Measure::Accrued))),
    ));
    Expression {
        node: Node::FoldPositions {
            fold: Fold::Sum,
            selection: Box::new(line.selection.clone()),
            body: Box::new(body),
        },
        ty: Type::Money(MoneyTag::Report),
        span: line.total.span,
    }
}
