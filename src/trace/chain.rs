//! `trace.jsonl`: one record a line, each line with the SHA-256 of the line before it, so that the last one stands for all.

use serde::{Deserialize, Serialize};

use super::digest::sha256;
use crate::engine::observe::{
    CoverRecord, DecisionRecord, ExceptionRecord, LimitRecord, MetricRecord, PostingRecord,
    Recorder,
};

/// What the first line says of the line before it.
pub const START: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The postings of one day of one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostingsOfDay {
    /// Name of the exercise.
    pub exercise: String,
    /// Name of the scenario.
    pub scenario: String,
    /// ISO date.
    pub date: String,
    /// Currency, account, amount in quanta (debit positive), cause, origin.
    pub postings: Vec<(String, String, i128, String, String)>,
}

/// One record of the trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// A quarantined row.
    Exception(ExceptionRecord),
    /// The postings of one day.
    Postings(PostingsOfDay),
    /// A decision of an action.
    Decision(DecisionRecord),
    /// A stretch of days on which a cover pool lacked something.
    Cover(CoverRecord),
    /// A value of a metric.
    Metric(MetricRecord),
    /// A verdict of a limit.
    Limit(LimitRecord),
}

#[derive(Serialize, Deserialize)]
struct Line<R> {
    previous: String,
    record: R,
}

/// A text of lines and the digest of its last one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// The lines, each ended by a line feed.
    pub text: String,
    /// The number of lines.
    pub records: u64,
    /// The SHA-256 of the last line, without its line feed; [`START`] without any.
    pub head: String,
}

impl Default for Chain {
    fn default() -> Self {
        Chain {
            text: String::new(),
            records: 0,
            head: START.to_string(),
        }
    }
}

impl Chain {
    fn push<R: Serialize>(&mut self, record: R) -> Result<(), serde_json::Error> {
        let line = serde_json::to_string(&Line {
            previous: std::mem::take(&mut self.head),
            record,
        })?;
        self.head = sha256(line.as_bytes());
        self.text.push_str(&line);
        self.text.push('\n');
        self.records += 1;
        Ok(())
    }
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Borrowed<'a> {
    Exception(&'a ExceptionRecord),
    Postings(Day<'a>),
    Decision(&'a DecisionRecord),
    Cover(&'a CoverRecord),
    Metric(&'a MetricRecord),
    Limit(&'a LimitRecord),
}

#[derive(Serialize)]
struct Day<'a> {
    exercise: &'a str,
    scenario: &'a str,
    date: &'a str,
    postings: Vec<(&'a str, &'a str, i128, &'a str, &'a str)>,
}

/// The trace of a run: quarantined rows sorted by instrument and position, postings by day, decisions, what cover
/// pools lack, metrics, limits.
pub fn chain(records: &Recorder) -> Result<Chain, serde_json::Error> {
    let mut chain = Chain::default();
    let mut exceptions: Vec<&ExceptionRecord> = records.exceptions.iter().collect();
    exceptions.sort();
    for record in exceptions {
        chain.push(Borrowed::Exception(record))?;
    }
    let same_day = |a: &PostingRecord, b: &PostingRecord| {
        a.exercise == b.exercise && a.scenario == b.scenario && a.date == b.date
    };
    for day in records.postings.chunk_by(same_day) {
        let Some(first) = day.first() else { continue };
        chain.push(Borrowed::Postings(Day {
            exercise: &first.exercise,
            scenario: &first.scenario,
            date: &first.date,
            postings: day
                .iter()
                .map(|p| (&*p.currency, &*p.account, p.amount, &*p.cause, &*p.origin))
                .collect(),
        }))?;
    }
    for record in &records.decisions {
        chain.push(Borrowed::Decision(record))?;
    }
    for record in &records.covers {
        chain.push(Borrowed::Cover(record))?;
    }
    for record in &records.metrics {
        chain.push(Borrowed::Metric(record))?;
    }
    for record in &records.limits {
        chain.push(Borrowed::Limit(record))?;
    }
    Ok(chain)
}

/// Why a trace is not what it was when it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BrokenChain {
    /// The line (from 1) is no record.
    Unreadable(u64),
    /// The line (from 1) does not follow the one before it: one of the two was changed, or lines are missing.
    Torn(u64),
}

/// Reads a trace and checks that each line follows the one before it. Gives the records and the digest of the last line.
pub fn read(text: &str) -> Result<(Vec<Record>, String), BrokenChain> {
    let mut head = START.to_string();
    let mut records = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let number = i as u64 + 1;
        let parsed: Line<Record> =
            serde_json::from_str(line).map_err(|_| BrokenChain::Unreadable(number))?;
        if parsed.previous != head {
            return Err(BrokenChain::Torn(number));
        }
        head = sha256(line.as_bytes());
        records.push(parsed.record);
    }
    Ok((records, head))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorder() -> Recorder {
        let exception = |position: &str| ExceptionRecord {
            instrument: "mortgage".into(),
            position: position.into(),
            column: "coupon".into(),
            value: "x".into(),
            reason: "no number".into(),
        };
        let posting = |date: &str, amount| PostingRecord {
            exercise: "e".into(),
            scenario: "base".into(),
            date: date.into(),
            currency: "EUR".into(),
            account: "cash".into(),
            amount,
            reporting_amount: amount,
            cause: "interest".into(),
            origin: "mortgage".into(),
        };
        Recorder {
            exceptions: vec![exception("B"), exception("A")],
            postings: vec![
                posting("2026-10-01", 5),
                posting("2026-10-01", -5),
                posting("2026-10-02", 1),
            ],
            ..Recorder::default()
        }
    }

    #[test]
    fn reads_back_and_ends_in_the_same_head() {
        let written = chain(&recorder()).unwrap();
        let (records, head) = read(&written.text).unwrap();
        assert_eq!((records.len(), head), (4, written.head));
        assert!(matches!(&records[0], Record::Exception(e) if e.position == "A"));
        assert!(matches!(&records[2], Record::Postings(d) if d.postings.len() == 2));
    }

    #[test]
    fn a_changed_or_missing_line_is_seen() {
        let written = chain(&recorder()).unwrap();
        let changed = written.text.replacen("\"A\"", "\"C\"", 1);
        assert_eq!(read(&changed).unwrap_err(), BrokenChain::Torn(2));
        let without: String = written
            .text
            .lines()
            .skip(1)
            .map(|l| format!("{l}\n"))
            .collect();
        assert_eq!(read(&without).unwrap_err(), BrokenChain::Torn(1));
    }
}
