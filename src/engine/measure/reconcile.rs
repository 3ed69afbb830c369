//! Control totals: opening carrying amounts against what the book states.

use super::Measures;
use super::place::Place;
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::engine::group::ACCRUED_SCALE;
use crate::engine::state::Reading;
use crate::formula::Value;
use crate::plan::{
    Expression, Fold, Measure, MoneyTag, Node, Operator, Reconciliation, Selection, Type,
};
use crate::quantity::{Quanta, Rational, in_thousands};
use serde::{Deserialize, Serialize};

/// A total of the book as booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlTotal {
    /// The selection of a `reconcile` line, `assets`, `equity`, …
    pub name: String,
    /// Decimal text.
    pub value: String,
    /// Its currency.
    pub unit: String,
    /// What it is held to.
    pub kind: ControlKind,
}

/// What a total of the book is held to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ControlKind {
    /// What a `reconcile` line states.
    #[default]
    Reconciled,
    /// A side of the balance sheet at `start`: assets, liabilities and derivatives less equity are the opening difference.
    Start,
    /// What the opening left open within the tolerance of `reconcile`; it stands in an account of its own.
    OpeningDifference,
}

impl Measures<'_> {
    /// The balance sheet of the book as booked, in its currency: each side, and what they leave open. Nothing of a book that
    /// states no equity.
    ///
    /// # Errors
    /// An amount that cannot be read.
    pub fn opening(&self) -> Result<Vec<ControlTotal>, Diagnostic> {
        if self.exercise.book.equity.is_none() {
            return Ok(Vec::new());
        }
        let start = Place::of(0, Reading::Start);
        let currency = self.currency();
        let total = |name: &str, value: Rational, kind| ControlTotal {
            name: name.to_owned(),
            value: value.to_fixed(currency.quantum_digits()),
            unit: currency.to_string(),
            kind,
        };
        let sides = [
            ("assets", Selection::Assets),
            ("liabilities", Selection::Liabilities),
            ("derivatives", Selection::Derivatives),
        ]
        .map(|(name, selection)| (name, carrying(&selection, None)));
        let mut totals = Vec::new();
        for (name, formula) in &sides {
            let value = self.evaluate(formula, start).map_err(Diagnostic::from)?;
            if let Value::Money(amount, _) = value {
                totals.push(total(name, amount, ControlKind::Start));
            }
        }
        let run = self.run(start).map_err(Diagnostic::from)?;
        let stated = Quanta(run.equity.first().copied().unwrap_or(0)).to_rational(currency);
        totals.push(total("equity", stated, ControlKind::Start));
        let open = run.accounts_at(currency, Reading::Start).opening_difference;
        let unit = Quanta::per_unit(currency).saturating_mul(ACCRUED_SCALE);
        let open = Rational::new(open, unit).unwrap_or_default();
        totals.push(total(
            "opening difference",
            open,
            ControlKind::OpeningDifference,
        ));
        Ok(totals)
    }

    /// The total of each `reconcile` line as booked.
    ///
    /// # Errors
    /// Every total that misses what is stated by more than its tolerance.
    pub fn reconcile(&self) -> Result<Vec<ControlTotal>, Vec<Diagnostic>> {
        let mut totals = Vec::new();
        let mut errors = Vec::new();
        // Values are kept by the place of their formula in memory, so all formulas live until the last is read.
        let lines: Vec<(&Reconciliation, Expression)> = self
            .exercise
            .book
            .reconciliations
            .iter()
            .map(|line| (line, carrying(&line.selection, line.total.span)))
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
    ) -> Result<ControlTotal, Diagnostic> {
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
            let shown = |amount: Rational| {
                let exact = in_thousands(&amount.to_fixed(currency.quantum_digits()));
                format!("{exact} {currency}")
            };
            return Err(Diagnostic::error(
                codes::run::NOT_RECONCILED,
                format!("`{}` is {} in the book, {} is stated", line.text, shown(found.clone()), shown(expected.clone())),
            )
            .help("correct the file or the stated total; a wider tolerance is a decision to write down")
            .note(format!("the difference is {}, {} is allowed", shown(difference), shown(allowed))));
        }
        Ok(ControlTotal {
            name: line.text.clone(),
            value: found.to_fixed(currency.quantum_digits()),
            unit: currency.to_string(),
            kind: ControlKind::Reconciled,
        })
    }
}

/// The carrying amount with accrued interest of a selection.
fn carrying(selection: &Selection, span: Option<Span>) -> Expression {
    let money = |node| Expression {
        node,
        ty: Type::Money(MoneyTag::Position),
        span,
    };
    let body = money(Node::Arithmetic(
        Operator::Add,
        Box::new(money(Node::Measure(Measure::Book))),
        Box::new(money(Node::Measure(Measure::Accrued))),
    ));
    Expression {
        node: Node::FoldPositions {
            fold: Fold::Sum,
            selection: Box::new(selection.clone()),
            body: Box::new(body),
        },
        ty: Type::Money(MoneyTag::Report),
        span,
    }
}
