//! Equity as a centre: `sum(equity: ftp_base_income)`.

use super::Measures;
use super::place::Place;
use super::scope::RunScope;
use crate::calendar::{AccrualContext, Date, DayCount, Tenor};
use crate::diagnostic::codes::run as codes;
use crate::engine::series::Day;
use crate::engine::state::Reading;
use crate::formula::{Overlay, Refusal, Scope, Value, absent, evaluate_with};
use crate::plan::{DimensionId, Expression, Measure, MetricId, Node, Plan, ScenarioMeasure};
use crate::quantity::{Currency, Rate, Rational};

impl Measures<'_> {
    /// A fold over `equity`, which is one: its balance, and what treasury credits to it.
    pub(super) fn fold_equity(
        &self,
        body: &Expression,
        place: Place,
        locals: &[Value],
    ) -> Result<Value, Refusal> {
        evaluate_with(body, &EquityScope(RunScope::new(self, place)), locals)
    }

    /// The credit of equity since the last day of the cash calendar: the equity of each event day at the price of that day, act/365.
    fn equity_credit(
        &self,
        place: Place,
        part: impl Fn(crate::engine::transfer::Price) -> Rate,
    ) -> Result<Value, Refusal> {
        let run = self.run(place)?;
        let to_currency = self.fold_currency(place);
        let mut sum = Rational::ZERO;
        let Some((from, to)) = self.cell(place)? else {
            return Ok(Value::Money(sum, to_currency));
        };
        let days: Vec<Day> = std::iter::once(from)
            .chain(
                run.calendar
                    .days
                    .iter()
                    .copied()
                    .filter(|day| *day > from && *day <= to),
            )
            .collect();
        for stretch in days.windows(2) {
            let [before, day] = stretch else { continue };
            let Some(price) = run.incomes.equity_price(*before) else {
                return Err(
                    Refusal::new(codes::TERM_MISSING, "equity has no transfer price").help(
                        "write `ftp … on equity { base = rolling(…) }`, or `base = fixed(…)`",
                    ),
                );
            };
            let there = Place {
                reading: Reading::Day(*before),
                ..place
            };
            let equity = self.scenario_measure(&ScenarioMeasure::Equity, there, &[])?;
            let (Value::Money(equity, _), Some(a), Some(b)) =
                (equity, run.date(*before), run.date(*day))
            else {
                continue;
            };
            let years = DayCount::Act365
                .year_fraction(a, b, &AccrualContext::default())
                .map_err(|e| Refusal::new(codes::OUT_OF_RANGE, e.to_string()))?;
            let years = Rational::new(i128::from(years.numerator), i128::from(years.denominator))
                .unwrap_or_default();
            sum = sum + equity * part(price).to_rational() * years;
        }
        Ok(Value::Money(sum, to_currency))
    }
}

/// The surroundings of a body over equity.
struct EquityScope<'m, 'a>(RunScope<'m, 'a>);

impl Scope for EquityScope<'_, '_> {
    fn plan(&self) -> &Plan {
        self.0.plan()
    }
    fn overlay(&self) -> &Overlay {
        self.0.overlay()
    }
    fn currency(&self) -> Option<Currency> {
        self.0.currency()
    }
    fn anchor(&self) -> Option<Date> {
        self.0.anchor()
    }
    fn dimension(&self, dimension: DimensionId) -> Result<Value, Refusal> {
        self.0.dimension(dimension)
    }
    fn factor(&self, name: &str) -> Result<Rational, Refusal> {
        self.0.factor(name)
    }
    fn swap_rate(&self, tenor: Tenor, curve: Option<&str>) -> Result<Rational, Refusal> {
        self.0.swap_rate(tenor, curve)
    }
    fn exchange_rate(&self, from: Currency, to: Currency) -> Result<Rational, Refusal> {
        self.0.exchange_rate(from, to)
    }
    fn metric(&self, metric: MetricId) -> Result<Value, Refusal> {
        self.0.metric(metric)
    }
    fn special(&self, expression: &Expression, locals: &[Value]) -> Result<Value, Refusal> {
        let Node::Measure(measure) = &expression.node else {
            return self.0.special(expression, locals);
        };
        let (measures, place) = (self.0.measures, self.0.place);
        match measure {
            Measure::Balance | Measure::Book => {
                measures.scenario_measure(&ScenarioMeasure::Equity, place, locals)
            }
            Measure::FtpBaseIncome => measures.equity_credit(place, |price| price.base),
            Measure::FtpLiquidityIncome => measures.equity_credit(place, |price| price.liquidity),
            _ => Err(absent("a measure of positions".to_owned()).help(
                "of equity there are `balance`, `ftp_base_income` and `ftp_liquidity_income`",
            )),
        }
    }
}
