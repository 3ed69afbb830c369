//! Literals of the text as values of the plan.

use super::compiler::Compiler;
use super::typing::{Flex, Typed};
use crate::calendar::{Date, DayCount, Tenor, TenorUnit};
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{MoneyTag, Node, Type};
use crate::quantity::Currency;
use crate::syntax::tree::{self, Literal, LiteralValue};

impl Compiler<'_> {
    pub(super) fn literal(&mut self, literal: &Literal, span: Span) -> Typed {
        match &literal.value {
            LiteralValue::Number(amount) if amount.value.is_zero() => {
                Typed::flexible(Node::Number(amount.value), Type::Number, span, Flex::Zero)
            }
            LiteralValue::Number(amount) => {
                Typed::fixed(Node::Number(amount.value), Type::Number, span)
            }
            LiteralValue::Share(share) => {
                Typed::flexible(Node::Number(share.fraction), Type::Ratio, span, Flex::Share)
            }
            LiteralValue::Tenor(tenor) => match tenor_of(tenor) {
                Some(tenor) => Typed::fixed(Node::Tenor(tenor), Type::Tenor, span),
                None => {
                    self.report(
                        Diagnostic::error(
                            code::OUT_OF_RANGE,
                            format!("`{}` is longer than the calendar", literal.text),
                        )
                        .at(span, ""),
                    );
                    Typed::unknown(span)
                }
            },
            LiteralValue::Money { amount, currency } => match self.currency(currency, span) {
                Some(currency) => Typed::fixed(
                    Node::Money(amount.value, Some(currency)),
                    Type::Money(MoneyTag::Known(currency)),
                    span,
                ),
                None => Typed::unknown(span),
            },
            LiteralValue::Date(date) => match self.date(*date, span) {
                Some(date) => Typed::fixed(Node::Date(date), Type::Date, span),
                None => Typed::unknown(span),
            },
            LiteralValue::Daycount(daycount) => {
                Typed::fixed(Node::Daycount(daycount_of(*daycount)), Type::Daycount, span)
            }
        }
    }

    /// A currency by its code.
    pub(super) fn currency(&mut self, text: &str, span: Span) -> Option<Currency> {
        let currency = text.parse::<Currency>().ok();
        if currency.is_none() {
            self.report(
                Diagnostic::error(code::UNKNOWN_NAME, format!("`{text}` is no currency"))
                    .at(span, "")
                    .help("write the ISO code: `EUR`, `USD`"),
            );
        }
        currency
    }

    pub(super) fn date(&mut self, date: tree::Date, span: Span) -> Option<Date> {
        let day = Date::from_ymd(
            i32::from(date.year),
            u32::from(date.month),
            u32::from(date.day),
        )
        .ok();
        if day.is_none() {
            self.report(
                Diagnostic::error(code::OUT_OF_RANGE, "the date lies outside the calendar")
                    .at(span, "")
                    .help("dates run from 1600 to 2400"),
            );
        }
        day
    }

    /// A tenor where the grammar asks for one (`over 3M`, `hold 6M`).
    pub(super) fn tenor(&mut self, literal: &Literal, span: Span) -> Option<Tenor> {
        match self.literal(literal, span).expression.node {
            Node::Tenor(tenor) => Some(tenor),
            _ => None,
        }
    }
}

pub(super) fn tenor_of(tenor: &tree::Tenor) -> Option<Tenor> {
    let unit = match tenor.unit {
        tree::TenorUnit::Day => TenorUnit::Day,
        tree::TenorUnit::Week => TenorUnit::Week,
        tree::TenorUnit::Month => TenorUnit::Month,
        tree::TenorUnit::Year => TenorUnit::Year,
    };
    let count = i32::try_from(tenor.count)
        .ok()
        .filter(|count| *count <= 400_000)?;
    Some(Tenor::new(count, unit))
}

fn daycount_of(daycount: tree::Daycount) -> DayCount {
    match daycount {
        tree::Daycount::Act360 => DayCount::Act360,
        tree::Daycount::Act365 => DayCount::Act365,
        tree::Daycount::ActActIsda => DayCount::ActActIsda,
        tree::Daycount::ActActIcma => DayCount::ActActIcma,
        tree::Daycount::Thirty360European => DayCount::Thirty360E,
        tree::Daycount::Thirty360EuropeanIsda => DayCount::Thirty360EIsda,
        tree::Daycount::Thirty360Us => DayCount::Thirty360U,
        tree::Daycount::TwentyEight336 => DayCount::TwentyEight336,
    }
}
