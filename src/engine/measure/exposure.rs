//! The exposure of positions as the bank has them: what it owns less what it owes.

use super::Measures;
use super::classes::Class;
use super::place::Place;
use crate::diagnostic::codes::run as codes;
use crate::formula::{Refusal, Value};
use crate::plan::{Expression, Selection, Side};
use crate::quantity::Rational;

impl Measures<'_> {
    /// The sum of a measure over the groups of a selection that count, in the book's currency: assets and derivatives as they stand,
    /// liabilities negative.
    ///
    /// # Errors
    /// What a group lacks, or a measure that is no amount.
    pub fn exposure(
        &self,
        selection: &Selection,
        measure: &Expression,
        place: Place,
        counts: &dyn Fn(usize) -> bool,
    ) -> Result<Value, Refusal> {
        let run = self.run(place)?;
        let mut sum = Rational::ZERO;
        for class in &self.classes(selection, measure, false, place, &[])?.classes {
            let members = class.members.iter().copied();
            let members: Vec<usize> = members.filter(|index| counts(*index)).collect();
            let Some(first) = members.first().copied() else {
                continue;
            };
            let class = Class {
                first,
                members,
                ..class.clone()
            };
            let owed = run.group(first).is_some_and(|g| g.side == Side::Liability);
            match self.value_of_class(&class, measure, place, &[])? {
                Value::Money(amount, _) if owed => sum = &sum - &amount,
                Value::Money(amount, _) => sum = &sum + &amount,
                Value::Number(number) if number.is_zero() => {}
                undefined @ Value::Undefined(_) => return Ok(undefined),
                other => {
                    return Err(Refusal::new(
                        codes::WRONG_KIND,
                        format!("{} stands where an amount is due", other.kind()),
                    )
                    .at(measure.span));
                }
            }
        }
        Ok(Value::Money(sum, self.fold_currency(place)))
    }
}
