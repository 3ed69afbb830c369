//! Shocks made ready from the texts and files of an exercise.

use super::measure::Striking;
use crate::calendar::Date;
use crate::diagnostic::{Diagnostic, codes};
use crate::formula::{Overlay, Refusal, Witness};
use crate::market::{Layer, MarketData, Reading, numbers, rational_level, strike};
use crate::plan::{Exercise, Plan, Scenario, ShockPath};
use crate::quantity::Rational;
use crate::tabular::DataSource;

/// Makes shocks ready from the texts and files of an exercise.
pub(super) struct Strikes<'a> {
    pub(super) plan: &'a Plan,
    pub(super) exercise: &'a Exercise,
    pub(super) source: &'a dyn DataSource,
    pub(super) market: &'a MarketData,
    pub(super) witness: &'a Witness,
}

impl<'a> Strikes<'a> {
    pub(super) fn reading<'r>(&'r self, overlay: &'r Overlay) -> Reading<'r> {
        Reading::new(
            self.plan,
            overlay,
            self.source,
            self.exercise.book.date,
            self.exercise.book.currency,
        )
    }

    pub(super) fn strike(&self, scenario: &Scenario, day: Date) -> Result<Layer, Vec<Diagnostic>> {
        let overlay = Overlay::new(self.plan, Some(&self.exercise.book), Some(scenario))
            .witnessed(self.witness);
        strike(self.market, &scenario.shocks, &self.reading(&overlay), day)
    }
}

impl Striking for Strikes<'_> {
    fn layer(&self, scenario: &Scenario) -> Result<Layer, Refusal> {
        self.strike(scenario, self.exercise.book.date)
            .map_err(|mut errors| {
                if errors.is_empty() {
                    Refusal::new(codes::run::NOT_HERE, "a shock that cannot be made ready")
                } else {
                    errors.swap_remove(0).into()
                }
            })
    }

    fn level(
        &self,
        scenario: &Scenario,
        path: &ShockPath,
        strike: Date,
        day: Date,
    ) -> Result<Rational, Refusal> {
        let overlay = Overlay::new(self.plan, Some(&self.exercise.book), Some(scenario))
            .witnessed(self.witness);
        let path = numbers(path, &self.reading(&overlay))?;
        Ok(rational_level(&path, strike, day))
    }
}
