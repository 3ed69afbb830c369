//! The binding to the grammar. Nobody outside `syntax` sees a rule.

use std::num::NonZeroUsize;
use std::sync::Once;

use pest::Parser;
use pest::error::{Error, ErrorVariant, InputLocation};
use pest::iterators::Pairs;
use pest_derive::Parser;

use super::words;

#[derive(Parser)]
#[grammar = "grammar/plimsoll.pest"]
struct Grammar;

/// How many rules one text may try: far beyond any text that the size guard lets through, so that it only ever ends
/// a text that the grammar would read again and again. It is one number for the whole process, so it is set once.
const CALL_LIMIT: usize = 2_000_000_000;

static SET_CALL_LIMIT: Once = Once::new();

/// Where and why a text does not follow a rule.
#[derive(Debug)]
pub(super) struct Mismatch {
    /// The farthest byte that could be read.
    pub(super) at: usize,
    /// What could stand there; empty if the reason is another one.
    pub(super) expected: Vec<Rule>,
    /// The text is too much for the grammar.
    pub(super) exhausted: bool,
}

/// Reads a text by a rule.
pub(super) fn read(rule: Rule, text: &str) -> Result<Pairs<'_, Rule>, Mismatch> {
    SET_CALL_LIMIT.call_once(|| pest::set_call_limit(NonZeroUsize::new(CALL_LIMIT)));
    Grammar::parse(rule, text).map_err(mismatch)
}

fn mismatch(error: Error<Rule>) -> Mismatch {
    let at = match error.location {
        InputLocation::Pos(at) => at,
        InputLocation::Span((at, _)) => at,
    };
    match error.variant {
        ErrorVariant::ParsingError { positives, .. } => Mismatch {
            at,
            expected: positives,
            exhausted: false,
        },
        ErrorVariant::CustomError { .. } => Mismatch {
            at,
            expected: Vec::new(),
            exhausted: true,
        },
    }
}

/// What a rule is called in a message, and the words that it may begin with; nothing for rules that no author needs to
/// hear of.
pub(super) fn title(rule: Rule) -> (Option<String>, Vec<&'static str>) {
    let name = format!("{rule:?}");
    if let Some(word) = name.strip_prefix("k_") {
        let known = words::DECLARATIONS
            .iter()
            .chain(&words::VERBS)
            .chain(&words::RESERVED)
            .chain(&words::OTHERS);
        return (
            Some(format!("`{word}`")),
            known.filter(|known| **known == word).copied().collect(),
        );
    }
    let (title, words): (&str, &[&'static str]) = match rule {
        Rule::name | Rule::path | Rule::reference | Rule::target | Rule::names | Rule::about => {
            ("a name", &[])
        }
        Rule::text | Rule::title => ("a text", &[]),
        Rule::column => ("a column", &[]),
        Rule::literal | Rule::number | Rule::amount => ("a number", &[]),
        Rule::money => ("an amount", &[]),
        Rule::share => ("a share", &[]),
        Rule::date => ("a date", &[]),
        Rule::tenor => ("a tenor", &[]),
        Rule::currency => ("a currency", &[]),
        Rule::point => ("a date or tenor", &[]),
        Rule::period => (
            "`year`, `quarter`, `month`, `week` or `day`",
            &["year", "quarter", "month", "week", "day"],
        ),
        Rule::args | Rule::params => ("`(`", &[]),
        Rule::block | Rule::open => ("`{`", &[]),
        Rule::close => ("`}`", &[]),
        Rule::equals => ("`=`", &[]),
        Rule::compare => ("a comparison", &[]),
        Rule::add | Rule::mul | Rule::sign => ("an operator", &[]),
        Rule::tail => ("a tail", &["under", "at", "in", "per"]),
        Rule::head => (
            "`extends`, `on`, `of`, `at` or `in`",
            &["extends", "on", "overrides", "of", "at", "in"],
        ),
        Rule::shock_kind => (
            "a kind of shock",
            &[
                "rates", "spread", "index", "fx", "price", "haircut", "outflow", "drawdown",
                "series",
            ],
        ),
        Rule::type_ => ("a type", &[]),
        Rule::expr
        | Rule::choice
        | Rule::logic
        | Rule::negation
        | Rule::comparison
        | Rule::sum
        | Rule::product
        | Rule::unary
        | Rule::primary
        | Rule::selection => ("a value", &[]),
        Rule::leg => ("a size", &["to", "hold", "then"]),
        Rule::key | Rule::edge => ("a name", &[]),
        Rule::meta => ("a reason", &["because", "source", "owner", "review"]),
        Rule::value => ("a value's name", &[]),
        _ => return (None, Vec::new()),
    };
    (Some(title.to_string()), words.to_vec())
}
