//! Terms of a contract as a file gives them: names of the ACTUS dictionary, values as text or numbers.

use std::cell::RefCell;
use std::fmt;

use serde_json::{Map, Value};

use super::cycle::{Cycle, Run, parse_period};
use super::{Conventions, Moment, RollConvention};
use crate::calendar::{BusinessCalendar, DayCount, Tenor};

/// What is wrong with a contract: the term and what is expected of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermError {
    /// The contract's identifier.
    pub contract: String,
    /// The term, as the dictionary names it.
    pub term: String,
    /// What is there instead, as text; `None` where nothing is.
    pub found: Option<String>,
    /// What is expected, lower case.
    pub expected: String,
}

impl fmt::Display for TermError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "contract `{}`: ", self.contract)?;
        match &self.found {
            Some(found) => write!(f, "`{}` is `{found}`", self.term)?,
            None => write!(f, "`{}` is missing", self.term)?,
        }
        write!(f, ", expected {}", self.expected)
    }
}

/// Where schedules without an anchor of their own start.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    /// The day of the first exchange.
    pub at: Moment,
    /// Whether month ends beget month ends.
    pub month_end: bool,
    /// Whether the first date is one cycle later.
    pub one_cycle_after: bool,
}

/// A value, or all that is wrong.
pub type Outcome<T> = Result<T, Vec<TermError>>;

const NUMBER: &str = "a number";
const DATE: &str = "a date like `2026-09-30T00:00:00`";
const CYCLE: &str = "a cycle longer than nothing, like `P3ML0`";
/// The longest step that has a date on both of its sides in the calendar, in years.
const LONGEST: i32 = 800;

/// The terms of one contract. Getters note what is wrong and go on, so that all errors of a contract are told at once.
#[derive(Debug)]
pub struct Terms<'a> {
    contract: String,
    values: &'a Map<String, Value>,
    errors: RefCell<Vec<TermError>>,
}

impl<'a> Terms<'a> {
    /// The terms of the contract of that name.
    pub fn new(contract: &str, values: &'a Map<String, Value>) -> Terms<'a> {
        Terms {
            contract: contract.to_owned(),
            values,
            errors: RefCell::default(),
        }
    }

    /// The contract's name.
    pub fn contract(&self) -> &str {
        &self.contract
    }

    /// All that was wrong so far; `Ok` where nothing was.
    pub fn done(&self) -> Outcome<()> {
        let errors = self.errors.take();
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }

    /// An error of a term, for what getters cannot see.
    pub fn error(&self, term: &str, expected: impl Into<String>) -> TermError {
        TermError {
            contract: self.contract.clone(),
            term: term.to_owned(),
            found: self.shown(term),
            expected: expected.into(),
        }
    }

    /// Notes an error of a term.
    pub fn refuse(&self, term: &str, expected: impl Into<String>) {
        let error = self.error(term, expected);
        let mut errors = self.errors.borrow_mut();
        if !errors.iter().any(|other| other.term == error.term) {
            errors.push(error);
        }
    }

    fn shown(&self, term: &str) -> Option<String> {
        let value = self.values.get(term)?;
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        Some(text.chars().take(60).collect())
    }

    /// The text of a term; blank and absent are the same.
    pub fn text(&self, term: &str) -> Option<&'a str> {
        match self.values.get(term)? {
            Value::String(text) => Some(text.trim()).filter(|text| !text.is_empty()),
            Value::Null => None,
            _ => {
                self.refuse(term, "a text");
                None
            }
        }
    }

    fn parsed<T>(
        &self,
        term: &str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let value = match self.values.get(term)? {
            Value::Null => return None,
            Value::String(text) if text.trim().is_empty() => return None,
            Value::String(text) => parse(text.trim()),
            _ => None,
        };
        if value.is_none() {
            self.refuse(term, expected);
        }
        value
    }

    /// A number, written as one or as text.
    pub fn number(&self, term: &str) -> Option<f64> {
        match self.values.get(term)? {
            Value::Null => None,
            value => {
                if matches!(value, Value::String(text) if text.trim().is_empty()) {
                    return None;
                }
                let number = number_of(value);
                if number.is_none() {
                    self.refuse(term, NUMBER);
                }
                number
            }
        }
    }

    /// An instant.
    pub fn moment(&self, term: &str) -> Option<Moment> {
        let expected = match self.values.get(term).and_then(Value::as_str) {
            Some(text) if beyond_calendar(text.trim()) => "a date from 1600-01-01 to 2400-12-31",
            _ => DATE,
        };
        self.parsed(term, expected, Moment::parse)
    }

    /// A cycle.
    pub fn cycle(&self, term: &str) -> Option<Cycle> {
        let cycle = self.parsed(term, CYCLE, Cycle::parse)?;
        self.within_calendar(term, cycle.step).then_some(cycle)
    }

    /// Whether a step is one that the calendar has room for.
    fn within_calendar(&self, term: &str, step: Tenor) -> bool {
        let months = step.in_months().unwrap_or(0).unsigned_abs();
        let days = step.in_days().unwrap_or(0).unsigned_abs();
        let fits = months <= LONGEST.unsigned_abs() * 12 && days <= LONGEST.unsigned_abs() * 366;
        if !fits {
            self.refuse(
                term,
                format!("a period of at most {LONGEST} years: the calendar ends on 2400-12-31"),
            );
        }
        fits
    }

    /// A period, which may be zero: of notice, of settlement.
    pub fn period(&self, term: &str) -> Option<Tenor> {
        let period = self.parsed(term, "a period like `P5D`", |text| {
            parse_period(text.split_once('L').map_or(text, |(period, _)| period))
        })?;
        self.within_calendar(term, period).then_some(period)
    }

    /// One of a few words.
    pub fn choice<T: Copy>(&self, term: &str, choices: &[(&str, T)]) -> Option<T> {
        let words: Vec<String> = choices
            .iter()
            .map(|(word, _)| format!("`{word}`"))
            .collect();
        self.parsed(term, &format!("one of {}", words.join(", ")), |text| {
            let of = choices.iter().find(|(word, _)| *word == text);
            of.map(|(_, value)| *value)
        })
    }

    /// A value that has to be there; missing, it is noted and a stand-in goes on to the next error.
    pub fn required<T>(&self, term: &str, value: Option<T>, expected: &str, stand_in: T) -> T {
        value.unwrap_or_else(|| {
            self.refuse(term, expected);
            stand_in
        })
    }

    /// An amount that has to be there; the role gives the sign.
    pub fn required_amount(&self, term: &str) -> f64 {
        let amount = self.required_number(term);
        self.refuse_negative(term, amount);
        amount
    }

    /// An amount, if it is there; the role gives the sign.
    pub fn amount(&self, term: &str) -> Option<f64> {
        let amount = self.number(term)?;
        self.refuse_negative(term, amount);
        Some(amount)
    }

    fn refuse_negative(&self, term: &str, amount: f64) {
        if amount < 0.0 {
            self.refuse(term, "an amount of at least 0; the role gives the sign");
        }
    }

    /// A number that has to be there.
    pub fn required_number(&self, term: &str) -> f64 {
        self.required(term, self.number(term), NUMBER, 0.0)
    }

    /// An instant that has to be there.
    pub fn required_moment(&self, term: &str) -> Moment {
        let stand_in = Moment::midnight(crate::calendar::Date::MIN);
        self.required(term, self.moment(term), DATE, stand_in)
    }

    /// The maturity, which has to be there and not before the contract was agreed or bought.
    pub fn required_maturity(&self) -> Moment {
        let maturity = self.required_moment("maturityDate");
        self.matures_after_start(maturity);
        maturity
    }

    /// Refuses a maturity before the contract was agreed or bought.
    pub fn matures_after_start(&self, maturity: Moment) {
        for (term, what) in [
            ("contractDealDate", "the deal"),
            ("purchaseDate", "the purchase"),
        ] {
            if let Some(start) = self.moment(term).filter(|start| maturity < *start) {
                let expected = format!("a date not before {what} on {start}");
                self.refuse("maturityDate", expected);
            }
        }
    }

    /// Refuses a purchase or a termination after the end: a termination takes the place of the maturity.
    pub fn deals_before(&self, maturity: Moment, conventions: &Conventions) {
        if conventions.idle_terms_pass {
            return;
        }
        for term in ["purchaseDate", "terminationDate"] {
            if self.moment(term).is_some_and(|date| date > maturity) {
                self.refuse(term, format!("a date not after the maturity on {maturity}"));
            }
        }
    }

    /// A schedule from the term of its anchor and that of its cycle. Without an anchor it starts from `start`, or one cycle
    /// after it. `None` without both.
    pub fn run(&self, anchor: &str, cycle: &str, start: Start) -> Option<Run> {
        let (anchor, cycle) = (self.moment(anchor), self.cycle(cycle));
        if anchor.is_none() && cycle.is_none() {
            return None;
        }
        Some(Run {
            anchor: anchor.unwrap_or(start.at),
            cycle,
            month_end: start.month_end,
            after_anchor: anchor.is_none() && start.one_cycle_after,
            anchored: anchor.is_some(),
        })
    }

    /// An array; a bare value is an array of one. `None` if it is absent.
    pub fn array(&self, term: &str) -> Option<Vec<&'a Value>> {
        match self.values.get(term)? {
            Value::Null => None,
            Value::Array(values) => Some(values.iter().collect()),
            value => Some(vec![value]),
        }
    }

    /// An array of values that a function reads.
    pub fn array_of<T>(
        &self,
        term: &str,
        expected: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Option<Vec<T>> {
        let values = self.array(term)?;
        let read: Option<Vec<T>> = values.into_iter().map(read).collect();
        if read.is_none() {
            self.refuse(term, format!("{expected} in each place"));
        }
        read
    }

    /// An array of instants.
    pub fn moments(&self, term: &str) -> Option<Vec<Moment>> {
        self.array_of(term, DATE, |value| Moment::parse(value.as_str()?))
    }

    /// An array of cycles.
    pub fn cycles(&self, term: &str) -> Option<Vec<Cycle>> {
        self.array_of(term, CYCLE, |value| Cycle::parse(value.as_str()?))
    }

    /// An array of numbers.
    pub fn numbers(&self, term: &str) -> Option<Vec<f64>> {
        self.array_of(term, NUMBER, number_of)
    }
}

/// Whether a text has the form of a date whose year the calendar does not have.
fn beyond_calendar(text: &str) -> bool {
    let day = text.split('T').next().unwrap_or_default();
    let (sign, rest) = match day.strip_prefix(['-', '+']) {
        Some(rest) => (true, rest),
        None => (false, day),
    };
    let mut parts = rest.split('-');
    let mut digits = |least: usize| {
        let part = parts.next().unwrap_or_default();
        (part.len() >= least && part.bytes().all(|c| c.is_ascii_digit())).then_some(part)
    };
    let (Some(year), Some(_), Some(_)) = (digits(4), digits(2), digits(2)) else {
        return false;
    };
    sign || year.len() > 4 || !("1600"..="2400").contains(&year)
}

/// A finite number, written as one or as text with blanks around it.
pub fn number_of(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => {
            let text = text.trim();
            let plain = |c: u8| c.is_ascii_digit() || matches!(c, b'+' | b'-' | b'.' | b'e' | b'E');
            text.bytes()
                .all(plain)
                .then(|| text.parse().ok())
                .flatten()?
        }
        _ => return None,
    };
    number.is_finite().then_some(number)
}

/// What all contracts have.
#[derive(Clone, Debug)]
pub struct Basis {
    /// The contract's name.
    pub contract: String,
    /// +1 on the side that holds or receives, -1 on the other.
    pub sign: f64,
    /// Its currency.
    pub currency: String,
    /// Another currency in which it settles.
    pub settlement: Option<String>,
    /// The day of the state; events after it are told.
    pub status: Moment,
    /// Business days.
    pub roll: RollConvention,
    /// Whether schedules that start on a month end stay on month ends.
    pub month_end: bool,
}

/// Contract roles and their sign.
const ROLES: [(&str, f64); 17] = [
    ("RPA", 1.0),
    ("RPL", -1.0),
    ("BUY", 1.0),
    ("SEL", -1.0),
    ("RFL", 1.0),
    ("PFL", -1.0),
    ("RF", 1.0),
    ("PF", -1.0),
    ("LG", 1.0),
    ("ST", -1.0),
    ("COL", 1.0),
    ("UDL", 1.0),
    ("CNO", 1.0),
    ("UDLP", 1.0),
    ("UDLM", -1.0),
    ("OBL", 1.0),
    ("GUA", -1.0),
];

const DAY_COUNTS: [(&str, DayCount); 7] = [
    ("AA", DayCount::ActActIsda),
    ("A360", DayCount::Act360),
    ("A365", DayCount::Act365),
    ("30E360ISDA", DayCount::Thirty360EIsda),
    ("30E360", DayCount::Thirty360E),
    ("28E336", DayCount::TwentyEight336),
    ("30360", DayCount::Thirty360U),
];

impl Basis {
    /// Reads what all contracts have. A role that is given from outside (the leg of a swap) stands before the contract's own.
    pub fn read(terms: &Terms<'_>, role: Option<f64>) -> Basis {
        let sign = role.or_else(|| terms.choice("contractRole", &ROLES));
        let calendar = terms.choice(
            "calendar",
            &[
                ("NC", BusinessCalendarName::None),
                ("NOCALENDAR", BusinessCalendarName::None),
                ("MF", BusinessCalendarName::Weekends),
            ],
        );
        let calendar = match calendar.unwrap_or(BusinessCalendarName::None) {
            BusinessCalendarName::None => BusinessCalendar::None,
            BusinessCalendarName::Weekends => BusinessCalendar::Weekends,
        };
        let roll = terms.parsed(
            "businessDayConvention",
            "one of `NULL`, `SCF`, `SCMF`, `CSF`, `CSMF`, `SCP`, `SCMP`, `CSP`, `CSMP`",
            |text| RollConvention::parse(text, calendar.clone()),
        );
        let currency = terms.required(
            "currency",
            terms.text("currency"),
            "a currency like `EUR`",
            "",
        );
        Basis {
            contract: terms.contract().to_owned(),
            sign: terms.required("contractRole", sign, "a role like `RPA`", 1.0),
            currency: currency.to_owned(),
            settlement: terms
                .text("settlementCurrency")
                .filter(|settlement| *settlement != currency)
                .map(str::to_owned),
            status: terms.required_moment("statusDate"),
            roll: roll.unwrap_or_default(),
            month_end: terms
                .choice("endOfMonthConvention", &[("EOM", true), ("SD", false)])
                .unwrap_or(false),
        }
    }

    /// The day count, which has to be there.
    pub fn day_count(terms: &Terms<'_>) -> DayCount {
        let term = "dayCountConvention";
        let given = terms.choice(term, &DAY_COUNTS);
        terms.required(term, given, "a day count like `A365`", DayCount::Act365)
    }

    /// The rolled instant of an event.
    pub fn shift(&self, moment: Moment) -> Outcome<Moment> {
        self.roll.shift(moment).map_err(|_| self.beyond(moment))
    }

    /// A date after another by a period.
    pub fn after(&self, moment: Moment, period: Tenor) -> Outcome<Moment> {
        let day = period.after(moment.day);
        Ok(moment.on(day.map_err(|_| self.beyond(moment))?))
    }

    /// The part of a year between two instants, each rolled first where the convention says so. `30E360ISDA` looks at the
    /// maturity.
    pub fn fraction(&self, count: Count, from: Moment, to: Moment) -> f64 {
        count.fraction(self.roll.calculated(from), self.roll.calculated(to))
    }

    /// The currency that payoffs are told in.
    pub fn paid_in(&self) -> &str {
        self.settlement.as_deref().unwrap_or(&self.currency)
    }

    fn beyond(&self, moment: Moment) -> Vec<TermError> {
        vec![self.error(
            "calendar",
            Some(moment.to_string()),
            "dates of the years 1600 to 2400",
        )]
    }

    /// An error of this contract.
    pub fn error(
        &self,
        term: &str,
        found: Option<String>,
        expected: impl Into<String>,
    ) -> TermError {
        TermError {
            contract: self.contract.clone(),
            term: term.to_owned(),
            found,
            expected: expected.into(),
        }
    }
}

#[derive(Clone, Copy)]
enum BusinessCalendarName {
    None,
    Weekends,
}

/// A day count and the maturity that `30E360ISDA` looks at.
#[derive(Clone, Copy, Debug)]
pub struct Count {
    /// The day count.
    pub day_count: DayCount,
    /// When the contract ends.
    pub maturity: Option<Moment>,
}

impl Count {
    /// The part of a year between two instants as they are.
    pub fn fraction(self, from: Moment, to: Moment) -> f64 {
        let maturity = self.maturity.map(Moment::counted);
        let year = self
            .day_count
            .plain_fraction(from.counted(), to.counted(), maturity);
        year.to_f64()
    }
}
