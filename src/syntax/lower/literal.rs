//! Literals, and what is nearly one.

use rust_decimal::Decimal;

use super::{Lowering, Node};
use crate::diagnostic::{Span, codes};
use crate::syntax::grammar::Rule;
use crate::syntax::tree::{
    Amount, Date, Daycount, Literal, LiteralValue, Scale, Share, ShareUnit, Tenor, TenorUnit,
};

impl<'t> Lowering<'t> {
    /// A literal of any of its rules; `None` after a diagnostic.
    pub(super) fn literal(&mut self, node: &Node<'t>) -> Option<Literal> {
        let text = node.as_str();
        let value = match node.as_rule() {
            Rule::number => LiteralValue::Number(self.amount(node, text)?),
            Rule::share => LiteralValue::Share(self.share(node, text)?),
            Rule::tenor => LiteralValue::Tenor(self.tenor(node, text)?),
            Rule::date => LiteralValue::Date(self.date(node)?),
            Rule::money => {
                let (digits, currency) = text.split_once([' ', '\t'])?;
                LiteralValue::Money {
                    amount: self.amount(node, digits)?,
                    currency: currency.trim().to_string(),
                }
            }
            Rule::daycount => LiteralValue::Daycount(self.daycount(node, text)?),
            Rule::tenor_money => {
                self.tenor_for_amount(node, text);
                return None;
            }
            Rule::decimal_comma => {
                self.decimal_comma(node, text);
                return None;
            }
            Rule::spaced => {
                let tight: String = text.split_whitespace().collect();
                let tight = match text.split_whitespace().collect::<Vec<_>>().as_slice() {
                    [digits, unit, currency] => format!("{digits}{unit} {currency}"),
                    _ => tight,
                };
                let unit = text.split_whitespace().nth(1).unwrap_or("").to_string();
                self.error(
                    codes::syntax::BLANK_BEFORE_UNIT,
                    self.raw(node),
                    format!("a blank stands between the number and `{unit}`"),
                    "",
                    format!("write `{tight}`"),
                );
                return None;
            }
            Rule::bad_number => {
                self.bad_number(node, text);
                return None;
            }
            _ => {
                self.surprise(node);
                return None;
            }
        };
        Some(Literal {
            text: text.to_string(),
            value,
        })
    }

    /// `2026-09-30`, a day that exists.
    pub(super) fn date(&mut self, node: &Node<'t>) -> Option<Date> {
        let mut parts = node.as_str().split('-');
        let year: u16 = parts.next()?.parse().ok()?;
        let month: u8 = parts.next()?.parse().ok()?;
        let day: u8 = parts.next()?.parse().ok()?;
        let last = last_day(year, month);
        if day >= 1 && day <= last {
            return Some(Date { year, month, day });
        }
        let help = if last == 0 {
            "a month is 01 to 12; dates are year-month-day: `2026-09-30`".to_string()
        } else {
            format!("{year:04}-{month:02} has {last} days")
        };
        self.error(
            codes::syntax::BAD_DATE,
            self.raw(node),
            format!("`{}` is no day of the calendar", node.as_str()),
            "",
            help,
        );
        None
    }

    fn amount(&mut self, node: &Node<'t>, text: &str) -> Option<Amount> {
        let (digits, scale, factor) = if let Some(digits) = text.strip_suffix("bn") {
            (digits, Scale::Billion, 1_000_000_000u32)
        } else if let Some(digits) = text.strip_suffix("mn") {
            (digits, Scale::Million, 1_000_000)
        } else if let Some(digits) = text.strip_suffix('k') {
            (digits, Scale::Thousand, 1_000)
        } else {
            (text, Scale::One, 1)
        };
        let digits = self.decimal(node, digits)?;
        let value = digits.checked_mul(Decimal::from(factor)).filter(|value| {
            // a product that had to be rounded is not the number that was written
            value.checked_div(Decimal::from(factor)) == Some(digits)
        });
        if value.is_none() {
            self.too_long(node);
        }
        Some(Amount {
            digits,
            scale,
            value: value?,
        })
    }

    fn share(&mut self, node: &Node<'t>, text: &str) -> Option<Share> {
        let (digits, unit, places) = match text.strip_suffix("bp") {
            Some(digits) => (digits, ShareUnit::BasisPoint, 4),
            None => (
                text.strip_suffix('%').unwrap_or(text),
                ShareUnit::Percent,
                2,
            ),
        };
        let digits = self.decimal(node, digits)?;
        let mut fraction = digits;
        if fraction
            .set_scale(digits.scale().saturating_add(places))
            .is_err()
        {
            self.too_long(node);
            return None;
        }
        Some(Share {
            digits,
            unit,
            fraction,
        })
    }

    fn tenor(&mut self, node: &Node<'t>, text: &str) -> Option<Tenor> {
        let mut characters = text.chars();
        let unit = match characters.next_back()? {
            'd' => TenorUnit::Day,
            'w' => TenorUnit::Week,
            'M' => TenorUnit::Month,
            _ => TenorUnit::Year,
        };
        let Ok(count) = characters.as_str().parse() else {
            self.too_long(node);
            return None;
        };
        Some(Tenor { count, unit })
    }

    fn daycount(&mut self, node: &Node<'t>, text: &str) -> Option<Daycount> {
        Some(match text {
            "act/360" => Daycount::Act360,
            "act/365" | "act/365F" => Daycount::Act365,
            "act/actISDA" => Daycount::ActActIsda,
            "act/actICMA" => Daycount::ActActIcma,
            "30E/360" => Daycount::Thirty360European,
            "30E/360ISDA" => Daycount::Thirty360EuropeanIsda,
            "30U/360" => Daycount::Thirty360Us,
            "28E/336" => Daycount::TwentyEight336,
            _ => {
                self.error(
                    codes::syntax::BARE_ACT_ACT,
                    self.raw(node),
                    format!("`{text}` is two different rules"),
                    "",
                    "write `act/actISDA` (by calendar year) or `act/actICMA` (by coupon period)",
                );
                return None;
            }
        })
    }

    fn decimal(&mut self, node: &Node<'t>, digits: &str) -> Option<Decimal> {
        let plain: String = digits.chars().filter(|&c| c != '_').collect();
        let value = Decimal::from_str_exact(&plain).ok();
        if value.is_none() {
            self.too_long(node);
        }
        value
    }

    fn too_long(&mut self, node: &Node<'t>) {
        let span = self.raw(node);
        self.error(
            codes::syntax::NUMBER_TOO_LONG,
            span,
            "this number has more digits than can be held exactly",
            "",
            "numbers are exact decimals of up to 28 digits",
        );
    }

    /// `3M EUR`
    fn tenor_for_amount(&mut self, node: &Node<'t>, text: &str) {
        let (tenor, currency) = text.split_once([' ', '\t']).unwrap_or((text, ""));
        let (digits, unit) = tenor
            .split_at_checked(tenor.len().saturating_sub(1))
            .unwrap_or((tenor, ""));
        let unit = match (unit, digits) {
            ("d", "1") => "day",
            ("d", _) => "days",
            ("w", "1") => "week",
            ("w", _) => "weeks",
            ("M", "1") => "month",
            ("M", _) => "months",
            (_, "1") => "year",
            _ => "years",
        };
        let numerals = [
            "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
            "eleven", "twelve",
        ];
        let count = digits
            .parse()
            .ok()
            .and_then(|count: usize| numerals.get(count.checked_sub(1)?).copied())
            .unwrap_or(digits);
        let start = node.as_span().start();
        self.error(
            codes::syntax::TENOR_FOR_AMOUNT,
            Span::new(self.file, start, start + tenor.len()),
            format!("`{tenor}` is {count} {unit}, not an amount"),
            "",
            format!("for {count} million write `{digits}mn {}`", currency.trim()),
        );
    }

    fn decimal_comma(&mut self, node: &Node<'t>, text: &str) {
        let parts: Vec<&str> = text.split(',').collect();
        let grouped = parts.len() > 2
            || text.contains('.')
            || text.starts_with(|c: char| c != '0') && thousands(&parts);
        let (message, help) = if grouped {
            (
                format!("`{text}`: a comma inside a number"),
                format!(
                    "thousands are parted by `_`: `{}`; between arguments put a blank after the comma",
                    text.replace(',', "_")
                ),
            )
        } else {
            (
                format!("`{text}`: a decimal comma"),
                format!(
                    "write `{}`; between arguments put a blank after the comma",
                    text.replace(',', ".")
                ),
            )
        };
        self.error(
            codes::syntax::DECIMAL_COMMA,
            self.raw(node),
            message,
            "",
            help,
        );
    }

    fn bad_number(&mut self, node: &Node<'t>, text: &str) {
        let start = node.as_span().start();
        let text = text.split([' ', '\t']).next().unwrap_or(text);
        let span = Span::new(self.file, start, start + text.len());
        let split = text
            .find(|c: char| !c.is_ascii_digit() && c != '_' && c != '.')
            .unwrap_or(text.len());
        let (digits, unit) = text.split_at_checked(split).unwrap_or((text, ""));
        let fields: Vec<&str> = text.split('-').collect();
        if let [year, month, day] = fields.as_slice() {
            let help = match (year.len(), month.parse::<u8>(), day.parse::<u8>()) {
                (4, Ok(month), Ok(day)) => format!("write `{year}-{month:02}-{day:02}`"),
                _ => "dates are year-month-day: `2026-09-30`".to_string(),
            };
            self.error(
                codes::syntax::BAD_DATE,
                span,
                format!("`{text}` is no date"),
                "",
                help,
            );
            return;
        }
        if let [day, month, year] = text.split('.').collect::<Vec<_>>().as_slice() {
            let help = match (day.parse::<u8>(), month.parse::<u8>(), year.len()) {
                (Ok(day), Ok(month), 4) => format!("write `{year}-{month:02}-{day:02}`"),
                _ => "a number has one decimal point, a date is `2026-09-30`".to_string(),
            };
            self.error(
                codes::syntax::BAD_DATE,
                span,
                format!("`{text}` is no date"),
                "",
                help,
            );
            return;
        }
        let help = match unit {
            "m" => format!("months are `{digits}M`, millions `{digits}mn`"),
            "y" => format!("years are `{digits}Y`"),
            "D" => format!("days are `{digits}d`"),
            "W" => format!("weeks are `{digits}w`"),
            "K" | "T" => format!("thousands are `{digits}k`"),
            "Mio" | "mio" | "MM" | "mm" | "m€" | "MN" | "Mn" | "million" | "mln" => {
                format!("millions are `{digits}mn`")
            }
            "Mrd" | "mrd" | "b" | "B" | "BN" | "Bn" | "billion" | "bln" => {
                format!("billions are `{digits}bn`")
            }
            "BP" | "bps" | "Bp" => format!("basis points are `{digits}bp`"),
            _ => "amounts end in `k`, `mn` or `bn`; tenors in `d`, `w`, `M`, `Y`".to_string(),
        };
        self.error(
            codes::syntax::BAD_NUMBER,
            span,
            format!("`{text}` is no number"),
            "",
            help,
        );
    }
}

/// Whether the parts look like groups of three digits: `1,200`.
fn thousands(parts: &[&str]) -> bool {
    parts
        .iter()
        .skip(1)
        .all(|part| part.len() == 3 && part.chars().all(|c| c.is_ascii_digit()))
}

/// The number of days of a month; 0 for a month that does not exist.
fn last_day(year: u16, month: u8) -> u8 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 0,
    }
}
