//! `annuity(…)`, `fixed(…)`, `index(…)` and their like: how principal comes back and how interest accrues.

use super::call::Arguments;
use super::compiler::Compiler;
use super::context::{Context, Expected};
use super::suggest;
use super::vocabulary;
use crate::calendar::{Date, DayCount, Tenor};
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{Accrual, Expression, Left, MoneyTag, Node, Repayment, Schedule, Type};
use crate::quantity::Currency;
use crate::syntax::tree::{self, Argument, ExpressionKind, Reference};

impl Compiler<'_> {
    /// A word, perhaps with arguments.
    pub(super) fn constructor<'t>(
        &mut self,
        value: &'t tree::Expression,
        what: &str,
        words: &[&str],
    ) -> Option<(&'t str, Arguments<'t>, &'t Reference)> {
        match &value.kind {
            ExpressionKind::Broken => None,
            ExpressionKind::Reference(reference) => {
                let name = reference
                    .path
                    .single()
                    .map(|name| name.text.as_str())
                    .filter(|name| words.contains(name));
                match name {
                    Some(name) => Some((
                        name,
                        Arguments::of(reference.arguments.as_deref().unwrap_or_default()),
                        reference,
                    )),
                    None => {
                        let written = reference.path.text();
                        let error = Diagnostic::error(
                            code::UNKNOWN_WORD,
                            format!("`{written}` is no value of `{what}`"),
                        )
                        .at(reference.path.span, "");
                        self.report(match suggest::nearest(&written, words.iter().copied()) {
                            Some(near) => error.help(format!("did you mean `{near}`?")),
                            None => error.help(format!("it is one of {}", suggest::listed(words))),
                        });
                        None
                    }
                }
            }
            _ => {
                let text = self.written(value.span);
                self.report(
                    Diagnostic::error(
                        code::UNKNOWN_WORD,
                        format!("`{text}` is no value of `{what}`"),
                    )
                    .at(value.span, "")
                    .help(format!("it is one of {}", suggest::listed(words))),
                );
                None
            }
        }
    }

    /// Reports arguments that a constructor does not have.
    pub(super) fn closed_arguments(
        &mut self,
        name: &str,
        parted: &Arguments<'_>,
        plain: usize,
        named: &[&str],
    ) {
        for (key, argument) in &parted.named {
            if !named.contains(key) {
                let error = Diagnostic::error(code::ARGUMENTS, format!("`{name}` has no `{key}`"))
                    .at(super::definition::argument_name(argument), "");
                self.report(match suggest::nearest(key, named.iter().copied()) {
                    Some(near) => error.help(format!("did you mean `{near}`?")),
                    None => error.help(format!("it takes {}", suggest::listed(named))),
                });
            }
        }
        for extra in parted.plain.iter().skip(plain) {
            self.report(
                Diagnostic::error(
                    code::ARGUMENTS,
                    match plain {
                        0 => format!("the arguments of `{name}` have names"),
                        1 => format!("`{name}` takes one value without a name"),
                        _ => format!("`{name}` takes {plain} values without a name"),
                    },
                )
                .at(extra.span, "one too many"),
            );
        }
    }

    pub(super) fn lacks(&mut self, name: &str, argument: &str, span: Span, example: &str) {
        if self.wrong_within(span) {
            return;
        }
        self.report(
            Diagnostic::error(code::ARGUMENTS, format!("`{name}` lacks its {argument}"))
                .at(span, "")
                .help(format!("write `{example}`")),
        );
    }

    pub(super) fn repayment(
        &mut self,
        value: &tree::Expression,
        cx: &Context,
    ) -> Option<Repayment> {
        let (name, parted, reference) =
            self.constructor(value, "repays", &vocabulary::REPAYMENTS)?;
        match name {
            "bullet" => Some(Repayment::Bullet),
            "on_demand" => Some(Repayment::OnDemand),
            "never" => Some(Repayment::Never),
            "notice" => match parted.get("term", Some(0)) {
                Some(term) => self
                    .literal_tenor(term, "the notice", cx)
                    .map(Repayment::Notice),
                None => {
                    self.lacks(name, "term", reference.span, "notice(2M)");
                    None
                }
            },
            "schedule" => {
                let amounts = Type::Money(MoneyTag::Position);
                let rows = self.schedule(reference, &amounts, cx);
                rows.map(Repayment::Schedule)
            }
            _ => {
                let named: &[&str] = if name == "annuity" {
                    &["every", "interest_only", "grace", "balloon", "payment"]
                } else {
                    &["every", "first", "interest_only", "grace", "balloon"]
                };
                self.closed_arguments(name, &parted, 1, named);
                let Some(every) = parted.get("every", Some(0)) else {
                    self.lacks(
                        name,
                        "`every`",
                        reference.span,
                        &format!("{name}(every = 1M)"),
                    );
                    return None;
                };
                let every = self.positive_tenor(every, "`every`", cx)?;
                let mut of = |key: &str, ty: Type| {
                    let value = parted.get(key, None)?;
                    Some(self.expect(value, &Expected::new(ty), cx))
                };
                let left = Left {
                    interest_only: of("interest_only", Type::Date),
                    grace: of("grace", Type::Date),
                    balloon: of("balloon", Type::Money(MoneyTag::Position)),
                };
                if name == "annuity" {
                    let payment = self.choice(&parted, "payment", &["nominal", "exact"]);
                    let exact = payment == Some("exact");
                    return Some(Repayment::Annuity { every, exact, left });
                }
                let first = parted
                    .get("first", None)
                    .map(|first| self.expect(first, &Expected::new(Type::Date), cx));
                Some(Repayment::Linear { every, first, left })
            }
        }
    }

    pub(super) fn positive_tenor(
        &mut self,
        expression: &tree::Expression,
        what: &str,
        cx: &Context,
    ) -> Option<Tenor> {
        let tenor = self.literal_tenor(expression, what, cx)?;
        if !tenor.is_positive() {
            self.report(
                Diagnostic::error(code::OUT_OF_RANGE, format!("{what} is longer than nothing"))
                    .at(expression.span, "")
                    .help("write `1M`, `3M` or `1Y`"),
            );
            return None;
        }
        Some(tenor)
    }

    /// `schedule("file")` or `schedule(date, value, …)`.
    fn schedule(&mut self, reference: &Reference, ty: &Type, cx: &Context) -> Option<Schedule> {
        let arguments = reference.arguments.as_deref().unwrap_or_default();
        if let [only] = arguments
            && let ExpressionKind::Text(text) = &only.value.kind
        {
            return Some(Schedule::File(text.value.clone()));
        }
        let rows = self.dated(arguments, ty, "schedule", reference.span, cx)?;
        Some(Schedule::Inline(rows))
    }

    /// Dates and values in turn, growing.
    pub(super) fn dated(
        &mut self,
        arguments: &[Argument],
        ty: &Type,
        name: &str,
        span: Span,
        cx: &Context,
    ) -> Option<Vec<(Date, Expression)>> {
        let mut rows: Vec<(Date, Expression)> = Vec::new();
        if arguments.is_empty() || !arguments.len().is_multiple_of(2) {
            self.report(
                Diagnostic::error(
                    code::ARGUMENTS,
                    format!("`{name}` takes dates and values in turn"),
                )
                .at(span, "")
                .help(format!("write `{name}(2026-10-31, …, 2026-11-30, …)`")),
            );
            return None;
        }
        for pair in arguments.chunks(2) {
            let [date, value] = pair else { continue };
            let day = self.expect(&date.value, &Expected::new(Type::Date), cx);
            let value = self.expect(&value.value, &Expected::new(ty.clone()), cx);
            let Node::Date(day) = day.node else {
                if day.ty != Type::Unknown {
                    self.report(
                        Diagnostic::error(code::LITERAL_DUE, "a date stands in the text here")
                            .at(date.span, "")
                            .help("write it out: `2026-12-31`"),
                    );
                }
                continue;
            };
            if rows.last().is_some_and(|(last, _)| *last >= day) {
                self.report(
                    Diagnostic::error(code::OUT_OF_RANGE, "the dates do not grow")
                        .at(date.span, "not after the one before")
                        .help("write them in order, each once"),
                );
            }
            rows.push((day, value));
        }
        Some(rows)
    }

    pub(super) fn daycount(
        &mut self,
        name: &str,
        parted: &Arguments<'_>,
        position: usize,
        span: Span,
        cx: &Context,
    ) -> Option<DayCount> {
        let Some(value) = parted.get("daycount", Some(position)) else {
            self.lacks(
                name,
                "`daycount`",
                span,
                &format!("{name}(…, daycount = act/360)"),
            );
            return None;
        };
        match self.expect(value, &Expected::new(Type::Daycount), cx).node {
            Node::Daycount(daycount) => Some(daycount),
            _ => None,
        }
    }

    pub(super) fn accrual(&mut self, value: &tree::Expression, cx: &Context) -> Option<Accrual> {
        let (name, parted, reference) =
            self.constructor(value, "accrues", &vocabulary::ACCRUALS)?;
        let span = reference.span;
        let rate_due = Expected::because(
            Type::Rate,
            reference.path.span,
            format!("`{name}` takes a rate"),
        );
        match name {
            "none" => Some(Accrual::None),
            "fixed" | "client" => {
                let named: &[&str] = if name == "fixed" {
                    &["rate", "every", "daycount", "steps"]
                } else {
                    &["rate", "every", "daycount"]
                };
                self.closed_arguments(name, &parted, 3, named);
                let rate = match parted.get("rate", Some(0)) {
                    Some(rate) => self.expect(rate, &rate_due, cx),
                    None => {
                        self.lacks(
                            name,
                            "rate",
                            span,
                            &format!("{name}(2%, daycount = act/360)"),
                        );
                        return None;
                    }
                };
                let every = parted
                    .get("every", Some(1))
                    .and_then(|every| self.positive_tenor(every, "`every`", cx));
                let daycount = self.daycount(name, &parted, 2, span, cx)?;
                Some(if name == "fixed" {
                    Accrual::Fixed {
                        rate,
                        every,
                        daycount,
                        steps: self.steps(&parted, cx)?,
                    }
                } else {
                    Accrual::Client {
                        rate,
                        every,
                        daycount,
                    }
                })
            }
            "index" | "compounded" => self.floating(name, &parted, reference, cx),
            _ => {
                self.closed_arguments(name, &parted, 1, &["amount", "currency"]);
                let (Some(amount), Some(currency)) =
                    (parted.get("amount", Some(0)), parted.get("currency", None))
                else {
                    self.lacks(
                        name,
                        "amount or currency",
                        span,
                        "cash_flow([usd_amount], currency = USD)",
                    );
                    return None;
                };
                let currency = self.literal_currency(currency, cx)?;
                let amount = self.expect(
                    amount,
                    &Expected::new(Type::Money(MoneyTag::Known(currency))),
                    cx,
                );
                Some(Accrual::CashFlow { amount, currency })
            }
        }
    }

    /// A leg of a derivative.
    pub(super) fn leg(&mut self, value: &tree::Expression, cx: &Context) -> Option<Accrual> {
        let leg = self.accrual(value, cx)?;
        let by_file = matches!(
            &leg,
            Accrual::Fixed {
                steps: Schedule::File(_),
                ..
            }
        );
        if by_file {
            let says = "rates of a leg of a derivative stand in the text, not in a file";
            self.report(
                Diagnostic::error(code::ARGUMENTS, says)
                    .at(value.span, "")
                    .help("write `steps = schedule(2028-06-30, 3.6%, …)`"),
            );
            return None;
        }
        Some(leg)
    }

    /// `steps = schedule(date, rate, …)` or `schedule("file")`: a fixed rate from later days on.
    fn steps(&mut self, parted: &Arguments<'_>, cx: &Context) -> Option<Schedule> {
        let Some(value) = parted.get("steps", None) else {
            return Some(Schedule::default());
        };
        let (_, _, reference) = self.constructor(value, "steps", &["schedule"])?;
        self.schedule(reference, &Type::Rate, cx)
    }

    /// A currency that stands in the text.
    pub(super) fn literal_currency(
        &mut self,
        value: &tree::Expression,
        cx: &Context,
    ) -> Option<Currency> {
        let value_span = value.span;
        let value = self.expect(value, &Expected::new(Type::Currency), cx);
        match value.node {
            Node::Currency(currency) => Some(currency),
            _ => {
                if value.ty != Type::Unknown {
                    self.report(
                        Diagnostic::error(code::LITERAL_DUE, "a currency stands in the text here")
                            .at(value_span, ""),
                    );
                }
                None
            }
        }
    }
}
