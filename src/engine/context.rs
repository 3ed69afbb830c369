//! The surroundings of a run: plan, scenario, market; and what formulas of behaviours and selections read of a group.

use super::events::Anchor;
use super::group::{Group, InterestTerms, Projection};
use super::series::Day;
use super::state::EventCalendar;
use crate::calendar::{Date, Tenor};
use crate::diagnostic::{Diagnostic, codes};
use crate::formula::{Overlay, Refusal, Scope, Value, absent, evaluate};
use crate::market::{Bump, ScenarioMarket};
use crate::plan::{
    DimensionId, Exercise, Expression, MetricId, Node, Plan, Point, Scenario, Selection, Side, Term,
};
use crate::quantity::{Currency, Quanta, Rate, Rational};
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::sync::Arc;

/// Everything that a run under one scenario reads besides its own state. Rates are made once and kept.
pub struct Context<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The exercise.
    pub exercise: &'a Exercise,
    /// The scenario, flattened.
    pub scenario: &'a Scenario,
    /// Parameters and table cells in force.
    pub overlay: Overlay,
    /// The market, with the scenario's shocks struck on the book's date.
    pub market: ScenarioMarket<'a>,
    /// The groups of the book.
    pub projection: Arc<Projection>,
    /// The days of the loop.
    pub calendar: Arc<EventCalendar>,
    swap_rates: RefCell<FxHashMap<(Currency, String, crate::calendar::Tenor, Day), Rational>>,
    swap_floats: RefCell<FxHashMap<(Currency, i32, Day), f64>>,
    index_rates: RefCell<FxHashMap<String, FixedRates>>,
    discounts: RefCell<FxHashMap<(Currency, Day), FxHashMap<Day, i64>>>,
    month_ends: RefCell<Arc<Vec<(Day, Date)>>>,
}

/// Rates of an index by the day of the fixing, the day on which it is seen, and the period that it is for.
type FixedRates = FxHashMap<(Day, Day, Option<Tenor>), Rate>;

impl<'a> Context<'a> {
    /// A run's surroundings.
    pub fn new(
        plan: &'a Plan,
        exercise: &'a Exercise,
        scenario: &'a Scenario,
        market: ScenarioMarket<'a>,
        projection: Arc<Projection>,
        calendar: Arc<EventCalendar>,
    ) -> Self {
        Self {
            overlay: Overlay::new(plan, Some(&exercise.book), Some(scenario)),
            plan,
            exercise,
            scenario,
            market,
            projection,
            calendar,
            swap_rates: RefCell::default(),
            swap_floats: RefCell::default(),
            index_rates: RefCell::default(),
            discounts: RefCell::default(),
            month_ends: RefCell::default(),
        }
    }

    /// The same surroundings for another thread; what is kept for speed is not shared.
    #[must_use]
    pub fn again(&self) -> Self {
        let (market, projection) = (self.market.clone(), self.projection.clone());
        let calendar = self.calendar.clone();
        let mut again = Self::new(
            self.plan,
            self.exercise,
            self.scenario,
            market,
            projection,
            calendar,
        );
        again.overlay = self.overlay.clone();
        again
    }

    /// What the days of behaviours count from.
    pub fn anchor(&self) -> Anchor {
        Anchor {
            date: self.projection.date,
            last_payment: self.projection.last_payment,
        }
    }

    /// The month ends after the book's date, at least up to a day, with their dates.
    pub fn month_ends(&self, until: Day) -> Arc<Vec<(Day, Date)>> {
        let known = Arc::clone(&self.month_ends.borrow());
        if known.last().is_some_and(|(last, _)| *last >= until) {
            return known;
        }
        // to the end of the book at once, and a month beyond what is asked for: the next question is answered already
        let far = until.max(self.projection.last_payment) + 31;
        let days = self.anchor().month_ends(0, far).into_iter();
        let made = Arc::new(
            days.filter_map(|day| Some((day, self.projection.date.add_days(day).ok()?)))
                .collect::<Vec<_>>(),
        );
        *self.month_ends.borrow_mut() = Arc::clone(&made);
        made
    }

    /// The same, with note taken of every formula that is evaluated.
    #[must_use]
    pub fn witnessed(mut self, witness: &crate::formula::Witness) -> Self {
        self.overlay = self.overlay.witnessed(witness);
        self
    }

    /// The date of a day.
    pub fn date(&self, day: Day) -> Result<Date, Diagnostic> {
        self.projection
            .date
            .add_days(day)
            .map_err(|e| Diagnostic::error(codes::run::OUT_OF_RANGE, e.to_string()))
    }

    /// Whether amounts in the currency can be discounted.
    pub fn has_curve(&self, currency: Currency) -> bool {
        self.market.data().discounts.contains_key(&currency)
    }

    /// The rate of an index fixed on a day, as it is seen on another (1e-12).
    pub fn index_rate(
        &self,
        index: &str,
        fixing: Day,
        seen: Day,
        reset: Option<crate::calendar::Tenor>,
    ) -> Result<Rate, Diagnostic> {
        let key = (fixing, seen.min(fixing), reset.map(Tenor::normal));
        let known = self.index_rates.borrow();
        if let Some(rate) = known.get(index).and_then(|rates| rates.get(&key)) {
            return Ok(*rate);
        }
        drop(known);
        let rate = self.market.index_rate(
            index,
            self.date(fixing)?,
            reset,
            self.date(seen)?,
            Bump::None,
        )?;
        let rate = Rate::from_f64(rate)
            .map_err(|e| Diagnostic::error(codes::run::OUT_OF_RANGE, e.to_string()))?;
        let mut known = self.index_rates.borrow_mut();
        if !known.contains_key(index) {
            known.insert(index.to_owned(), FxHashMap::default());
        }
        if let Some(of) = known.get_mut(index) {
            of.insert(key, rate);
        }
        Ok(rate)
    }

    /// The par rate of a tenor on a day as a binary float, kept for hazards.
    pub fn swap_float(
        &self,
        currency: Currency,
        tenor: crate::calendar::Tenor,
        day: Day,
    ) -> Result<f64, Diagnostic> {
        let key = (currency, tenor.in_months().unwrap_or(0), day);
        if let Some(rate) = self.swap_floats.borrow().get(&key) {
            return Ok(*rate);
        }
        let rate = self.swap_rate(currency, None, tenor, day)?.to_f64();
        self.swap_floats.borrow_mut().insert(key, rate);
        Ok(rate)
    }

    /// The par rate of a tenor on a day, before any margin.
    pub fn swap_rate(
        &self,
        currency: Currency,
        curve: Option<&str>,
        tenor: crate::calendar::Tenor,
        day: Day,
    ) -> Result<Rational, Diagnostic> {
        let key = (
            currency,
            curve.unwrap_or("").to_owned(),
            tenor.normal(),
            day,
        );
        if let Some(rate) = self.swap_rates.borrow().get(&key) {
            return Ok(rate.clone());
        }
        let rate = self
            .market
            .swap_rate(currency, curve, tenor, self.date(day)?)?;
        let rate = Rate::from_f64(rate)
            .map_err(|e| Diagnostic::error(codes::run::OUT_OF_RANGE, e.to_string()))?
            .to_rational();
        self.swap_rates.borrow_mut().insert(key, rate.clone());
        Ok(rate)
    }

    /// Discount factors (1e-15) of a currency on a day, to many days, in their order.
    pub fn discounts(
        &self,
        currency: Currency,
        day: Day,
        to: &[Day],
    ) -> Result<Vec<i64>, Diagnostic> {
        let curve = self.market.discount_curve(currency, self.date(day)?)?;
        let mut cache = self.discounts.borrow_mut();
        if !cache.contains_key(&(currency, day)) {
            // the loop goes forward: factors of days gone by are not asked for again
            cache.retain(|(_, kept), _| *kept >= day);
        }
        let known = cache.entry((currency, day)).or_default();
        to.iter()
            .map(|target| {
                if let Some(factor) = known.get(target) {
                    return Ok(*factor);
                }
                let factor = curve.discount_units(self.date(*target)?)?;
                known.insert(*target, factor);
                Ok(factor)
            })
            .collect()
    }

    /// The surroundings of a formula about a group on a day.
    pub fn scope<'s>(&'s self, group: &'s Group, day: Day) -> GroupScope<'s, 'a> {
        GroupScope {
            context: self,
            group,
            day,
            metrics: None,
        }
    }

    /// Whether a selection holds a group, as seen on a day.
    pub fn selects(&self, selection: &Selection, group: &Group, day: Day) -> Result<bool, Refusal> {
        Ok(match selection {
            Selection::All => true,
            Selection::Assets => group.side == Side::Asset,
            Selection::Liabilities => group.side == Side::Liability,
            Selection::Derivatives => group.side == Side::Derivative,
            Selection::OffBalance => group.opening.undrawn != 0,
            Selection::Equity => false,
            Selection::Instrument(id) => group.instrument == *id,
            Selection::Lot(id, lot) => {
                group.instrument == *id && group.lot.as_deref() == Some(lot.as_str())
            }
            Selection::Union(a, b) => {
                self.selects(a, group, day)? || self.selects(b, group, day)?
            }
            Selection::Difference(a, b) => {
                self.selects(a, group, day)? && !self.selects(b, group, day)?
            }
            Selection::Where(inner, condition) => {
                self.selects(inner, group, day)?
                    && evaluate(condition, &self.scope(group, day))? == Value::Bool(true)
            }
        })
    }

    /// A share that a behaviour or plan states of a group, on a day.
    ///
    /// # Errors
    /// A formula without an answer, or one that is no share.
    pub fn share(
        &self,
        formula: &Expression,
        group: &Group,
        day: Day,
        what: &str,
    ) -> Result<f64, Diagnostic> {
        let value = evaluate(formula, &self.scope(group, day))?;
        share_of(&value, what, formula)
            .map_err(|error| self.with_values(error, formula, group, day))
    }

    /// An error about what a formula came to, with the places of the parameters and table cells that entered it: the definition, the
    /// book's answer, or the `set` line in force.
    pub fn with_values(
        &self,
        error: Diagnostic,
        formula: &Expression,
        group: &Group,
        day: Day,
    ) -> Diagnostic {
        let witness = crate::formula::Witness::watching();
        let watched = self.again().witnessed(&witness);
        let _ = evaluate(formula, &watched.scope(group, day));
        let inside =
            |span: &crate::diagnostic::Span| formula.span.is_some_and(|whole| whole.holds(*span));
        let entered = witness.seen().into_iter().filter(|span| !inside(span));
        entered
            .take(4)
            .fold(error, |error, span| error.also(span, "with this value"))
    }

    /// An error with the positions that it is about, and a place in the text if it has none yet.
    pub fn about(&self, error: Diagnostic, group: &Group) -> Diagnostic {
        let Some(instrument) = self.plan.instruments.get(group.instrument.index()) else {
            return error;
        };
        let met = if group.members.is_empty() {
            "new business"
        } else {
            "positions"
        };
        let error = error.note(format!(
            "first met by {met} of `{}` in {}, under `{}`",
            instrument.heading.short, group.currency, self.scenario.key.0
        ));
        match (&error.primary, instrument.heading.origin.span) {
            (None, Some(span)) => error.at(span, ""),
            _ => error,
        }
    }

    /// An error about a currency, with the first of its positions.
    pub fn of_currency(&self, error: Diagnostic, currency: Currency) -> Diagnostic {
        let mut groups = self.projection.groups.iter();
        match groups.find(|group| group.currency == currency) {
            Some(group) => self.about(error, group),
            None => error,
        }
    }

    /// The value of a formula about no group, on a day.
    pub fn plain(
        &self,
        expression: &Expression,
        currency: Currency,
        day: Day,
    ) -> Result<Value, Refusal> {
        evaluate(
            expression,
            &PlainScope {
                context: self,
                currency,
                day,
            },
        )
    }

    fn day_of(&self, point: &Point, today: Day) -> Option<Day> {
        match point {
            Point::Date(date) => Some(date.days_since(self.projection.date)),
            Point::Tenor(tenor) => tenor
                .point_after(self.projection.date)
                .ok()
                .map(|date| date.days_since(self.projection.date)),
            Point::Start | Point::Shocked => Some(0),
            Point::End => Some(self.calendar.last()),
            Point::Maturity => Some(self.projection.last_payment),
            Point::Previous => self
                .calendar
                .days
                .iter()
                .copied()
                .filter(|day| *day < today)
                .max(),
        }
    }
}

/// A yearly share between 0 and 1 as binary floating point; what is none is told at its formula, which may be that of a `set` line.
///
/// # Errors
/// A value that is no number, or none between 0 and 1.
pub fn share_of(value: &Value, what: &str, formula: &Expression) -> Result<f64, Diagnostic> {
    let error = match value {
        Value::Number(number) => return checked_share(number.to_f64(), what, formula),
        Value::Undefined(reason) => Diagnostic::error(
            codes::run::OUT_OF_RANGE,
            format!("`{what}` is undefined: {}", reason.reason()),
        ),
        other => Diagnostic::error(
            codes::run::WRONG_KIND,
            format!("{} stands where `{what}` needs a ratio", other.kind()),
        ),
    };
    Err(Refusal::from(error).at(formula.span).into_diagnostic())
}

/// A share that lies between 0 and 1.
///
/// # Errors
/// Where it does not.
pub fn checked_share(share: f64, what: &str, formula: &Expression) -> Result<f64, Diagnostic> {
    if (0.0..=1.0).contains(&share) {
        return Ok(share);
    }
    let percent = libm::rint(share * 1e6) / 1e4;
    let error = Refusal::new(
        codes::run::OUT_OF_RANGE,
        format!("`{what}` comes to {percent}%, which is no share"),
    )
    .help("a share lies between 0% and 100%; `min(…, 100%)` and `max(…, 0%)` bound what a formula gives");
    Err(error.at(formula.span).into_diagnostic())
}

/// Looks up metrics that were observed last, for behaviours that read the state.
pub type Observed<'s> = &'s dyn Fn(MetricId) -> Result<Value, Refusal>;

/// What a formula reads of a group on a day.
pub struct GroupScope<'s, 'a> {
    context: &'s Context<'a>,
    group: &'s Group,
    day: Day,
    metrics: Option<Observed<'s>>,
}

impl<'s> GroupScope<'s, '_> {
    /// The same with metrics.
    #[must_use]
    pub fn observing(mut self, metrics: Observed<'s>) -> Self {
        self.metrics = Some(metrics);
        self
    }

    fn term_date(&self, term: Term) -> Result<Date, Refusal> {
        match self.group.term(term) {
            Some(Value::Date(date)) => Ok(*date),
            _ => self.missing(term),
        }
    }

    fn missing<T>(&self, term: Term) -> Result<T, Refusal> {
        let name = self
            .context
            .plan
            .instruments
            .get(self.group.instrument.index())
            .map_or("", |i| i.heading.short.as_str());
        Err(Refusal::new(
            codes::run::TERM_MISSING,
            format!("`{name}` has no `{}`", spelling(term)),
        )
        .help(format!(
            "map it in the instrument: `{} = …`",
            spelling(term)
        )))
    }
}

/// The name of a term in the language.
pub fn spelling(term: Term) -> String {
    serde_json::to_value(term)
        .ok()
        .and_then(|v| v.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// A day by its month, counted from the year 0, and its number in the month.
#[derive(Clone, Copy, Debug)]
pub struct MonthDay {
    months: i32,
    day: i32,
}

impl From<Date> for MonthDay {
    fn from(date: Date) -> Self {
        let (year, month, day) = date.ymd();
        Self {
            months: year * 12 + month as i32,
            day: day as i32,
        }
    }
}

/// Whole months between two days, rounded to the nearest by days.
pub fn whole_months(from: impl Into<MonthDay>, to: impl Into<MonthDay>) -> i32 {
    let (from, to) = (from.into(), to.into());
    let months = to.months - from.months;
    match to.day - from.day {
        more if more > 15 => months + 1,
        less if less < -15 => months - 1,
        _ => months,
    }
}

impl Scope for GroupScope<'_, '_> {
    fn plan(&self) -> &Plan {
        self.context.plan
    }
    fn overlay(&self) -> &Overlay {
        &self.context.overlay
    }
    fn currency(&self) -> Option<Currency> {
        Some(self.group.currency)
    }
    fn anchor(&self) -> Option<Date> {
        self.context.date(self.day).ok()
    }
    fn term(&self, term: Term) -> Result<Value, Refusal> {
        let today = self.context.date(self.day)?;
        match term {
            Term::Remaining => Ok(Value::Tenor(crate::calendar::Tenor::months(whole_months(
                today,
                self.term_date(Term::Maturity)?,
            )))),
            Term::Age => Ok(Value::Tenor(crate::calendar::Tenor::months(whole_months(
                self.term_date(Term::Start)?,
                today,
            )))),
            Term::Currency => Ok(Value::Currency(self.group.currency)),
            Term::Side => Ok(Value::Text(
                match self.group.side {
                    Side::Asset => "asset",
                    Side::Liability => "liability",
                    Side::OffBalance => "off_balance",
                    Side::Derivative => "derivative",
                }
                .into(),
            )),
            Term::Principal if self.group.term(term).is_none() => Ok(Value::Money(
                Quanta(self.group.opening.nominal).to_rational(self.group.currency),
                self.group.currency,
            )),
            Term::Margin
                if self.group.term(term).is_none() && self.group.opening.margin.is_some() =>
            {
                Ok(Value::Number(
                    self.group.opening.margin.unwrap_or_default().to_rational(),
                ))
            }
            Term::Rate if self.group.term(term).is_none() => match &self.group.interest {
                InterestTerms::Client(client) => Ok(Value::Number(client.rate.to_rational())),
                _ => self.missing(term),
            },
            _ => match self.group.term(term) {
                Some(value) => Ok(value.clone()),
                None => self.missing(term),
            },
        }
    }
    fn dimension(&self, dimension: DimensionId) -> Result<Value, Refusal> {
        let name = self
            .context
            .plan
            .dimensions
            .get(dimension.index())
            .map_or("", |d| d.heading.short.as_str());
        self.group.dimension(dimension).cloned().ok_or_else(|| {
            let instrument = self
                .context
                .plan
                .instruments
                .get(self.group.instrument.index())
                .map_or("", |i| i.heading.short.as_str());
            Refusal::new(
                codes::run::TERM_MISSING,
                format!("`{instrument}` has no `{name}`"),
            )
            .help(format!("map it in the instrument: `{name} = …`"))
        })
    }
    fn factor(&self, name: &str) -> Result<Rational, Refusal> {
        factor(self.context, name, self.day)
    }
    fn swap_rate(
        &self,
        tenor: crate::calendar::Tenor,
        curve: Option<&str>,
    ) -> Result<Rational, Refusal> {
        Ok(self
            .context
            .swap_rate(self.group.currency, curve, tenor, self.day)?)
    }
    fn exchange_rate(&self, from: Currency, to: Currency) -> Result<Rational, Refusal> {
        exchange_rate(self.context, from, to, self.day)
    }
    fn metric(&self, metric: MetricId) -> Result<Value, Refusal> {
        match self.metrics {
            Some(metrics) => metrics(metric),
            None => Err(absent(format!(
                "the metric `{}`",
                self.context
                    .plan
                    .metrics
                    .get(metric.index())
                    .map_or("", |m| m.heading.short.as_str())
            ))),
        }
    }
    fn special(&self, expression: &Expression, _locals: &[Value]) -> Result<Value, Refusal> {
        if let Node::At(inner, point) = &expression.node
            && let Some(day) = self.context.day_of(point, self.day)
        {
            return evaluate(
                inner,
                &GroupScope {
                    context: self.context,
                    group: self.group,
                    day,
                    metrics: self.metrics,
                },
            );
        }
        Err(absent("a measure of a run".to_owned()).at(expression.span))
    }
}

fn factor(context: &Context<'_>, name: &str, day: Day) -> Result<Rational, Refusal> {
    if context.market.data().indices.contains_key(name) {
        return Ok(context.index_rate(name, day, day, None)?.to_rational());
    }
    Ok(context.market.series(name, context.date(day)?)?)
}

fn exchange_rate(
    context: &Context<'_>,
    from: Currency,
    to: Currency,
    day: Day,
) -> Result<Rational, Refusal> {
    if from == to {
        return Ok(Rational::ONE);
    }
    let date = context.date(day)?;
    let (from, to) = (context.market.fx(from, date)?, context.market.fx(to, date)?);
    from.divide(&to)
        .map_err(|e| Refusal::new(codes::run::OUT_OF_RANGE, e.to_string()))
}

/// What a formula reads that is about no group: the plug's rate, a book's setting.
struct PlainScope<'s, 'a> {
    context: &'s Context<'a>,
    currency: Currency,
    day: Day,
}

impl Scope for PlainScope<'_, '_> {
    fn plan(&self) -> &Plan {
        self.context.plan
    }
    fn overlay(&self) -> &Overlay {
        &self.context.overlay
    }
    fn currency(&self) -> Option<Currency> {
        Some(self.currency)
    }
    fn anchor(&self) -> Option<Date> {
        self.context.date(self.day).ok()
    }
    fn factor(&self, name: &str) -> Result<Rational, Refusal> {
        factor(self.context, name, self.day)
    }
    fn swap_rate(
        &self,
        tenor: crate::calendar::Tenor,
        curve: Option<&str>,
    ) -> Result<Rational, Refusal> {
        Ok(self
            .context
            .swap_rate(self.currency, curve, tenor, self.day)?)
    }
    fn exchange_rate(&self, from: Currency, to: Currency) -> Result<Rational, Refusal> {
        exchange_rate(self.context, from, to, self.day)
    }
}
