//! Dates in text by a stated pattern.

use crate::calendar::Date;

/// A compiled date pattern: `yyyy`, `mm` and `dd` once each, other characters as they stand (`dd.mm.yyyy`, `yyyymmdd`).
/// `mm` and `dd` have exactly two digits, as a padded file has; `m` and `d` have one or two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatePattern {
    parts: Vec<Part>,
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Year,
    /// Of exactly two digits, or of one or two.
    Month {
        padded: bool,
    },
    Day {
        padded: bool,
    },
    Literal(char),
}

impl DatePattern {
    /// `yyyy-mm-dd`.
    pub fn iso() -> Self {
        use Part::*;
        DatePattern {
            parts: vec![
                Year,
                Literal('-'),
                Month { padded: true },
                Literal('-'),
                Day { padded: true },
            ],
            text: "yyyy-mm-dd".to_owned(),
        }
    }

    /// Compiles a pattern; `None` if a part is missing, said twice or unknown.
    pub fn compile(pattern: &str) -> Option<Self> {
        let mut parts = Vec::new();
        let mut chars = pattern.chars().peekable();
        let (mut years, mut months, mut days) = (0, 0, 0);
        while let Some(c) = chars.next() {
            let mut run = 1;
            while c.is_ascii_alphabetic() && chars.peek() == Some(&c) {
                chars.next();
                run += 1;
            }
            match (c.to_ascii_lowercase(), run) {
                ('y', 4) => {
                    years += 1;
                    parts.push(Part::Year);
                }
                ('m', 1 | 2) => {
                    months += 1;
                    parts.push(Part::Month { padded: run == 2 });
                }
                ('d', 1 | 2) => {
                    days += 1;
                    parts.push(Part::Day { padded: run == 2 });
                }
                (literal, 1) if !literal.is_ascii_alphanumeric() => {
                    parts.push(Part::Literal(literal))
                }
                _ => return None,
            }
        }
        ((years, months, days) == (1, 1, 1)).then(|| DatePattern {
            parts,
            text: pattern.to_owned(),
        })
    }

    /// The pattern as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The day that a text says; `None` if it does not fit the pattern or there is no such day. Blanks around do not count.
    pub fn parse(&self, text: &str) -> Option<Date> {
        let mut rest = text.trim_matches([' ', '\t']).as_bytes();
        let (mut year, mut month, mut day) = (0, 0, 0);
        for part in &self.parts {
            match part {
                Part::Year => year = digits(&mut rest, 4, 4)?,
                Part::Month { padded } => {
                    month = digits(&mut rest, if *padded { 2 } else { 1 }, 2)?
                }
                Part::Day { padded } => day = digits(&mut rest, if *padded { 2 } else { 1 }, 2)?,
                Part::Literal(c) => {
                    let mut buffer = [0u8; 4];
                    rest = rest.strip_prefix(c.encode_utf8(&mut buffer).as_bytes())?;
                }
            }
        }
        if !rest.is_empty() {
            return None;
        }
        Date::from_ymd(i32::try_from(year).ok()?, month, day).ok()
    }
}

fn digits(rest: &mut &[u8], least: usize, most: usize) -> Option<u32> {
    let (mut value, mut count) = (0u32, 0usize);
    while count < most {
        let [first, tail @ ..] = *rest else { break };
        if !first.is_ascii_digit() {
            break;
        }
        value = value * 10 + u32::from(*first - b'0');
        count += 1;
        *rest = tail;
    }
    (count >= least).then_some(value)
}

/// A calendar quarter as `2025 Q1`, `2025Q1`, `2025-Q1` or `Q1 2025`: year and quarter, 1 to 4.
pub fn parse_quarter(text: &str) -> Option<(i32, u32)> {
    let text = text.trim();
    let (year, quarter) = match text.split_once(['Q', 'q']) {
        Some(("", rest)) => rest.split_once([' ', '-', '/']).map(|(q, y)| (y, q))?,
        Some((year, quarter)) => (year.trim_end_matches([' ', '-', ':', '/']), quarter),
        None => return None,
    };
    let all_digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(year) || year.len() != 4 || quarter.len() != 1 {
        return None;
    }
    let quarter = quarter.parse().ok().filter(|q| (1..=4).contains(q))?;
    Some((year.parse().ok()?, quarter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, text, iso) in [
            ("yyyy-mm-dd", "2026-09-30", "2026-09-30"),
            ("dd.mm.yyyy", "30.09.2026", "2026-09-30"),
            ("d.m.yyyy", "3.9.2026", "2026-09-03"),
            ("mm/dd/yyyy", "09/30/2026", "2026-09-30"),
            ("m/d/yyyy", "9/30/2026", "2026-09-30"),
            ("yyyymmdd", " 20260930 ", "2026-09-30"),
        ] {
            assert_eq!(
                DatePattern::compile(pattern)
                    .unwrap()
                    .parse(text)
                    .unwrap()
                    .to_string(),
                iso
            );
        }
        for (pattern, text) in [
            ("yyyy-mm-dd", "2026-9-30"),
            ("yyyy-mm-dd", "2026-02-30"),
            ("yyyy-mm-dd", "2026-09-30T00:00"),
            ("yyyy-mm-dd", "2026\u{2013}09\u{2013}30"),
            ("dd.mm.yyyy", "2026-09-30"),
            ("dd.mm.yyyy", ""),
        ] {
            assert_eq!(
                DatePattern::compile(pattern).unwrap().parse(text),
                None,
                "{text}"
            );
        }
        for pattern in [
            "",
            "yyyy-mm",
            "yy-mm-dd",
            "yyyy-mm-dd-dd",
            "yyyy-MMM-dd",
            "x",
        ] {
            assert_eq!(DatePattern::compile(pattern), None, "{pattern}");
        }
        assert_eq!(
            DatePattern::compile("yyyy-mm-dd").unwrap(),
            DatePattern::iso()
        );
    }

    #[test]
    fn quarters() {
        for text in ["2025 Q1", "2025Q1", "2025-Q1", "Q1 2025", " 2025 q1 "] {
            assert_eq!(parse_quarter(text), Some((2025, 1)), "{text}");
        }
        for text in ["2025 Q5", "2025", "Q1", "25 Q1", "2025 Q12", ""] {
            assert_eq!(parse_quarter(text), None, "{text}");
        }
    }
}
