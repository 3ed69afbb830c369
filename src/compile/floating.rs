//! `index(…)` and `compounded(…)`: rates that follow an index.

use super::call::Arguments;
use super::compiler::Compiler;
use super::context::{Context, Expected};
use super::suggest;
use crate::calendar::DayCount;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{Accrual, InArrears, Node, Type};
use crate::quantity::Rate;
use crate::syntax::tree::{self, ExpressionKind, FactorKind, Reference};

/// What both take.
const SHARED: [&str; 6] = ["index", "spread", "floor", "cap", "rounding", "daycount"];

impl Compiler<'_> {
    /// A rate fixed in advance for each reset, or an overnight rate compounded in arrears over each period of interest.
    pub(super) fn floating(
        &mut self,
        name: &str,
        parted: &Arguments<'_>,
        reference: &Reference,
        cx: &Context,
    ) -> Option<Accrual> {
        let span = reference.span;
        let compounds = name == "compounded";
        let (own, example): (&[&str], _) = if compounds {
            (
                &["every", "lookback", "lockout", "observation_shift"],
                "compounded(ESTR, every = 3M, daycount = act/360)",
            )
        } else {
            (
                &["reset", "lag"],
                "index(EURIBOR_3M, reset = 3M, daycount = act/360)",
            )
        };
        let named: Vec<&str> = SHARED.iter().chain(own).copied().collect();
        self.closed_arguments(name, parted, 1, &named);
        let Some(written) = parted.get("index", Some(0)) else {
            self.lacks(name, "index", span, example);
            return None;
        };
        let index = self.index_name(written)?;
        let period = if compounds { "every" } else { "reset" };
        let reset = parted
            .get(period, None)
            .and_then(|value| self.positive_tenor(value, &format!("`{period}`"), cx));
        let rate_due = Expected::because(
            Type::Rate,
            reference.path.span,
            format!("`{name}` takes a rate"),
        );
        let mut bound = |key: &str| {
            let value = parted.get(key, None)?;
            Some(self.expect(value, &rate_due, cx))
        };
        let (spread, floor, cap) = (bound("spread"), bound("floor"), bound("cap"));
        let rounding = match parted.get("rounding", None) {
            Some(value) => Some(self.rounding(value, &rate_due, cx)?),
            None => None,
        };
        let daycount = self.daycount(name, parted, usize::MAX, span, cx)?;
        let days = |key: &str, compiler: &mut Self| match parted.get(key, None) {
            Some(value) => compiler.business_days(value, key, cx),
            None => Some(0),
        };
        let (lag, in_arrears) = if compounds {
            let terms = InArrears {
                lookback: days("lookback", self)?,
                lockout: days("lockout", self)?,
                observation_shift: match parted.get("observation_shift", None) {
                    Some(value) => self.literal_bool(value, cx)?,
                    None => false,
                },
            };
            if parted.get(period, None).is_none() {
                self.lacks(name, "`every`", span, example);
                return None;
            }
            self.check_overnight(&index, written.span);
            self.check_in_arrears(terms, daycount, span);
            (0, Some(terms))
        } else {
            (days("lag", self)?, None)
        };
        Some(Accrual::Index {
            index,
            reset,
            spread,
            floor,
            cap,
            daycount,
            lag,
            rounding,
            in_arrears,
        })
    }

    /// Business days: `2d`.
    fn business_days(&mut self, value: &tree::Expression, key: &str, cx: &Context) -> Option<u32> {
        let tenor = self.literal_tenor(value, &format!("`{key}`"), cx)?;
        let days = tenor.in_days().and_then(|days| u32::try_from(days).ok());
        let days = days.filter(|days| *days <= 30);
        if days.is_none() {
            let says = match key {
                "lag" => "`2d`: the fixing is read two business days before the reset",
                "lookback" => "`5d`: each day takes the rate of five business days before",
                _ => "`2d`: the last two business days take the rate of the day before them",
            };
            self.report(
                Diagnostic::error(
                    code::OUT_OF_RANGE,
                    format!("`{key}` is up to 30 business days"),
                )
                .at(value.span, "")
                .help(format!("write {says}")),
            );
        }
        days
    }

    /// The multiple to which an index is rounded: a rate that stands in the text.
    fn rounding(&mut self, value: &tree::Expression, due: &Expected, cx: &Context) -> Option<Rate> {
        let expression = self.expect(value, due, cx);
        let multiple = match expression.node {
            Node::Number(number) => Rate::contractual(number).ok(),
            _ if expression.ty == Type::Unknown => return None,
            _ => None,
        };
        let multiple = multiple.filter(|multiple| *multiple > Rate::ZERO);
        if multiple.is_none() {
            self.report(
                Diagnostic::error(
                    code::OUT_OF_RANGE,
                    "`rounding` is a rate above nothing that stands in the text",
                )
                .at(value.span, "")
                .help(
                    "write `0.001%`: the index is rounded to the nearest thousandth of a percent",
                ),
            );
        }
        multiple
    }

    /// What is compounded is fixed for a day.
    fn check_overnight(&mut self, index: &str, span: Span) {
        if let Some(tenor) = super::market::index_tenor(index)
            && tenor.in_days() != Some(1)
        {
            self.report(
                Diagnostic::error(
                    code::ARGUMENTS,
                    format!("`{index}` is a rate of {tenor}, and what is compounded is fixed each day"),
                )
                .at(span, "")
                .help(format!(
                    "name an overnight index (ESTR, SOFR, SONIA), or write `index({index}, reset = {tenor}, …)`"
                )),
            );
        }
    }

    fn check_in_arrears(&mut self, terms: InArrears, daycount: DayCount, span: Span) {
        if !matches!(daycount, DayCount::Act360 | DayCount::Act365) {
            self.report(
                Diagnostic::error(
                    code::ARGUMENTS,
                    format!("overnight rates are compounded by calendar days, not by {daycount}"),
                )
                .at(span, "")
                .help("write `daycount = act/360`, of sterling `act/365`"),
            );
        }
        if terms.observation_shift && (terms.lookback == 0 || terms.lockout > 0) {
            let (what, help) = if terms.lookback == 0 {
                (
                    "there is nothing to shift: `lookback` is missing",
                    "say by how much: `lookback = 5d`",
                )
            } else {
                (
                    "a shifted observation has its last days in time: there is nothing to lock out",
                    "leave `lockout` or `observation_shift` out",
                )
            };
            self.report(
                Diagnostic::error(code::ARGUMENTS, what)
                    .at(span, "")
                    .help(help),
            );
        }
    }

    /// The name of an index of a market.
    pub(super) fn index_name(&mut self, value: &tree::Expression) -> Option<String> {
        if matches!(value.kind, ExpressionKind::Broken) {
            return None;
        }
        let name = self.written(value.span);
        match self.factors.get_mut(&name) {
            Some(factor) if matches!(factor.kind, FactorKind::Index | FactorKind::Series) => {
                factor.read = true;
                Some(name)
            }
            _ => {
                if self.in_broken_line(&name) {
                    return None;
                }
                let indices: Vec<String> = self
                    .factors
                    .iter()
                    .filter(|(_, f)| f.kind == FactorKind::Index)
                    .map(|(name, _)| name.clone())
                    .collect();
                let error = Diagnostic::error(
                    code::UNKNOWN_NAME,
                    format!("`{name}` is no index of a market"),
                )
                .at(value.span, "");
                self.report(
                    match suggest::nearest(&name, indices.iter().map(String::as_str)) {
                        Some(near) => error.help(format!("did you mean `{near}`?")),
                        None => error.help(format!(
                            "a market defines it: `index {name} in EUR = forward(…)`"
                        )),
                    },
                );
                None
            }
        }
    }
}
