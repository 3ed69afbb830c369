//! The action card for people: what was decided, then each measure with it and without it.

use comfy_table::{Cell, ColumnConstraint, ContentArrangement, Table};

use super::{Card, Line};
use crate::engine::observe::{DecisionRecord, Value};
use crate::report::actions::told;
use crate::report::figure::{Scale, figure};
use crate::report::summary::{Style, fits, right, table};
use crate::trace::row::{DECIMALS, scaled};

/// The card as text.
pub fn draw(card: &Card, style: Style) -> String {
    let mut parts = vec![format!(
        "{}  ·  {} under {} of {}",
        card.title, card.action, card.scenario, card.exercise
    )];
    let decisions: Vec<&DecisionRecord> = card.decisions.iter().collect();
    parts.push(if decisions.is_empty() {
        "nothing was decided: the trigger did not fire".to_owned()
    } else {
        told(&decisions).trim_end().to_owned()
    });
    let mut whole = figures(card, Part::Whole, style);
    let whole = whole.set_content_arrangement(ContentArrangement::Disabled);
    match whole.to_string() {
        whole if fits(&whole, style.width) => parts.push(whole),
        _ => {
            parts.push(figures(card, Part::Sides, style).to_string());
            if card.lines.iter().any(|line| !line.legs.is_empty()) {
                parts.push(figures(card, Part::Legs, style).to_string());
            }
        }
    }
    parts.extend(by_day(card));
    if !card.absent.is_empty() {
        let absent = card.absent.iter();
        let absent: Vec<String> = absent
            .map(|absent| format!("  {}: {}", absent.measure, absent.reason))
            .collect();
        parts.push(format!("not measured\n{}", absent.join("\n")));
    }
    let text: Vec<String> = parts
        .join("\n\n")
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    text.join("\n") + "\n"
}

/// Signs of a line over time, from low to high.
const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// How many signs a line over time has at most.
const SIGNS: usize = 72;

/// The coverage ratio over the days of cash, each sign the lowest of its days; and the lowest of all.
fn by_day(card: &Card) -> Option<String> {
    let days = &card.lcr_by_day;
    let series = |of: fn(&Line) -> &Value| days.iter().map(move |line| number(of(line)));
    let sides: [(&str, Vec<Option<i128>>); 2] = [
        ("without", series(|line| &line.without).collect()),
        ("with", series(|line| &line.with).collect()),
    ];
    let all = || {
        sides
            .iter()
            .flat_map(|(_, numbers)| numbers.iter().flatten())
    };
    let (least, most) = (*all().min()?, *all().max()?);
    let (first, last) = (days.first()?, days.last()?);
    let mut text = format!(
        "lcr on each day of cash, {} to {}, from {} to {}\n",
        first.at,
        last.at,
        figure(Some(least), "ratio"),
        figure(Some(most), "ratio")
    );
    for (side, numbers) in &sides {
        let size = numbers.len().div_ceil(SIGNS);
        let signs = numbers.chunks(size.max(1)).map(|days| {
            let low = days.iter().flatten().min();
            low.map_or(' ', |low| height(*low, least, most))
        });
        let line: String = signs.collect();
        let lowest = numbers
            .iter()
            .zip(days)
            .filter_map(|(n, day)| Some((*n.as_ref()?, &day.at)));
        let (low, on) = lowest.min()?;
        let low = figure(Some(low), "ratio");
        text.push_str(&format!("{side:>7} {line}  lowest {low} on {on}\n"));
    }
    Some(text.trim_end().to_owned())
}

fn height(number: i128, least: i128, most: i128) -> char {
    let steps = i128::try_from(HEIGHTS.len()).unwrap_or(1) - 1;
    let whole = most.saturating_sub(least).max(1);
    let place = number.saturating_sub(least).saturating_mul(steps) / whole;
    let place = usize::try_from(place).unwrap_or(0);
    HEIGHTS.get(place).copied().unwrap_or('█')
}

fn number(value: &Value) -> Option<i128> {
    match value {
        Value::Number(text) => scaled(text, DECIMALS),
        Value::Undefined(_) => None,
    }
}

/// The scale of all figures of a measure on the card.
fn scale(card: &Card, measure: &str, unit: &str) -> Scale {
    let lines = card.lines.iter().filter(|line| line.measure == measure);
    let values = lines.flat_map(|line| [number(&line.without), number(&line.with)]);
    Scale::of(unit, values.flatten())
}

/// Which columns of figures a table has: all side by side, or the legs in one of their own where the terminal is narrow.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Whole,
    Sides,
    Legs,
}

/// The figures of the card, a row a measure and day.
fn figures(card: &Card, part: Part, style: Style) -> Table {
    let legs = card.lines.first().map_or(0, |line| line.legs.len());
    let numbered: Vec<String> = (1..=legs).map(|leg| format!("line {leg}")).collect();
    let mut header = vec!["measure", "", "at"];
    if part != Part::Legs {
        header.extend(["without", "with", "difference"]);
    }
    if part != Part::Sides && legs > 0 {
        header.extend(numbered.iter().map(String::as_str));
        header.push("together");
    }
    let mut out = table(style, &header);
    let mut last = "";
    // a key rate that nothing moves says nothing
    let still = |line: &&Line| {
        line.measure.starts_with("eve, key rate") && line.difference.as_deref() == Some("0")
    };
    for line in card.lines.iter().filter(|line| !still(line)) {
        let scale = scale(card, &line.measure, &line.unit);
        let (name, unit) = if line.measure == last {
            ("", "")
        } else {
            (line.measure.as_str(), scale.unit.as_str())
        };
        last = &line.measure;
        let mut cells = vec![Cell::new(name), Cell::new(unit), Cell::new(&line.at)];
        cells.extend(row(line, &scale, part).into_iter().map(right));
        out.add_row(cells);
    }
    // a name may take two lines, a figure never does
    for column in out.column_iter_mut().skip(1) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    out
}

fn row(line: &Line, scale: &Scale, part: Part) -> Vec<String> {
    let change = |text: &Option<String>| {
        let value = text.as_ref().and_then(|text| scaled(text, DECIMALS));
        scale.change(Some(0), value)
    };
    let mut cells = Vec::new();
    if part != Part::Legs {
        cells.push(scale.figure(number(&line.without)));
        cells.push(scale.figure(number(&line.with)));
        cells.push(change(&line.difference));
    }
    if part != Part::Sides && !line.legs.is_empty() {
        cells.extend(line.legs.iter().map(change));
        cells.push(change(&line.together));
    }
    cells
}
