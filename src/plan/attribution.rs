//! Attribution: what each line of a scenario does to a metric.

use super::expression::Expression;
use super::identifier::ScenarioKey;
use super::origin::Origin;
use super::scenario::Scenario;
use serde::{Deserialize, Serialize};

/// `report attribution(metric, scenario, method = shapley)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attribution {
    /// Its name in results, with the method.
    pub name: String,
    /// What is attributed.
    pub metric: Expression,
    /// Whose lines.
    pub scenario: ScenarioKey,
    /// How.
    pub method: AttributionMethod,
    /// The lines in which the scenario differs from the base, in text order.
    pub lines: Vec<AttributedLine>,
    /// Scenarios with some of the lines on the base: each with the numbers of its lines, ascending. The base and the whole scenario
    /// are among them.
    pub coalitions: Vec<(Vec<usize>, Scenario)>,
    /// Place.
    pub origin: Origin,
}

/// A line that a scenario has and the base has not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttributedLine {
    /// What it says, in canonical spelling.
    pub label: String,
    /// Place.
    pub origin: Origin,
}

/// How a change is parted among lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttributionMethod {
    /// Each line alone on the base; what is left is the interaction, a line of its own.
    OneAtATime,
    /// One line after the other in text order, each on those before.
    Sequential,
    /// The mean over all orders.
    Shapley,
}

impl AttributionMethod {
    /// As the language writes it.
    pub fn word(self) -> &'static str {
        match self {
            Self::OneAtATime => "one_at_a_time",
            Self::Sequential => "sequential",
            Self::Shapley => "shapley",
        }
    }
}
