//! A sweep for people: a table of metrics over the values, or a table of two lists for each metric; and a plot.

use super::figure::{NONE, Scale};
use super::summary::{Style, right, table};
use crate::engine::observe::Value;
use crate::engine::perform::Reported;
use crate::trace::row::scaled;

/// A grid with its values.
pub struct Swept<'a> {
    /// What varies, with its values.
    pub axes: &'a [(String, Vec<String>)],
    /// The metrics.
    pub metrics: &'a [String],
    /// The values of all metrics at each point, the last axis fastest.
    pub points: &'a [Vec<Reported>],
}

/// Columns of a plot.
const COLUMNS: usize = 48;

/// From the smallest to the largest.
const SHADES: [&str; 5] = ["  ", "░░", "▒▒", "▓▓", "██"];

/// The page of a sweep; `plotted`: with its plot.
pub fn sweep(swept: &Swept<'_>, plotted: bool, style: Style) -> String {
    match swept.axes {
        [(name, values)] => along(swept, name, values, plotted, style),
        [down, across] => (0..swept.metrics.len())
            .map(|metric| grid(swept, metric, down, across, plotted, style))
            .collect::<Vec<_>>()
            .join("\n"),
        _ => String::new(),
    }
}

/// The values of one metric, times 10^12, with their scale.
fn column(swept: &Swept<'_>, metric: usize) -> (Vec<Option<i128>>, Scale) {
    let told = swept.points.iter().map(|point| point.get(metric));
    let numbers: Vec<Option<i128>> = told
        .clone()
        .map(|reported| match reported {
            Some((Value::Number(text), _)) => scaled(text, 12),
            _ => None,
        })
        .collect();
    let unit = told
        .flatten()
        .map(|(_, unit)| unit.as_str())
        .find(|unit| *unit != "undefined")
        .unwrap_or_default();
    let scale = Scale::of(unit, numbers.iter().copied().flatten());
    (numbers, scale)
}

fn headed(name: &str, scale: &Scale) -> String {
    if scale.unit.is_empty() {
        name.to_owned()
    } else {
        format!("{name}, {}", scale.unit)
    }
}

fn along(swept: &Swept<'_>, name: &str, values: &[String], plotted: bool, style: Style) -> String {
    let columns: Vec<(Vec<Option<i128>>, Scale)> = (0..swept.metrics.len())
        .map(|metric| column(swept, metric))
        .collect();
    let mut header = vec![name.to_owned()];
    header.extend(
        swept
            .metrics
            .iter()
            .zip(&columns)
            .map(|(metric, (_, scale))| headed(metric, scale)),
    );
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let mut out = table(style, &header);
    for (row, value) in values.iter().enumerate() {
        let mut cells = vec![right(value.clone())];
        cells.extend(
            columns
                .iter()
                .map(|(numbers, scale)| right(scale.figure(numbers.get(row).copied().flatten()))),
        );
        out.add_row(cells);
    }
    let mut text = format!("{out}\n");
    if plotted {
        for (metric, (numbers, scale)) in swept.metrics.iter().zip(&columns) {
            text.push('\n');
            text.push_str(&plot(&headed(metric, scale), values, numbers, scale));
        }
    }
    text
}

/// A dot for each value, between the smallest and the largest of the metric.
fn plot(title: &str, values: &[String], numbers: &[Option<i128>], scale: &Scale) -> String {
    let (Some(least), Some(most)) = (
        numbers.iter().flatten().min().copied(),
        numbers.iter().flatten().max().copied(),
    ) else {
        return String::new();
    };
    let width = values.iter().map(|v| v.chars().count()).max().unwrap_or(0);
    let (low, high) = (scale.figure(Some(least)), scale.figure(Some(most)));
    let gap = COLUMNS.saturating_sub(low.chars().count() + high.chars().count());
    let mut text = format!(
        "{title}\n{:width$} │{low}{}{high}\n",
        "",
        " ".repeat(gap.max(1))
    );
    for (value, number) in values.iter().zip(numbers) {
        let drawn = match number {
            Some(number) => {
                let at = place(*number, least, most, COLUMNS - 1);
                format!("{}●", "·".repeat(at))
            }
            None => NONE.to_owned(),
        };
        text.push_str(&format!("{value:>width$} │{drawn}\n"));
    }
    text
}

/// Where a number lies between two others, from 0 to `last`.
fn place(number: i128, least: i128, most: i128, last: usize) -> usize {
    let (part, whole) = (number.saturating_sub(least), most.saturating_sub(least));
    if whole <= 0 {
        return 0;
    }
    let last = i128::try_from(last).unwrap_or(0);
    // rounded to the nearest; amounts times 10^12 leave room for a factor of some dozens
    usize::try_from((part.saturating_mul(last).saturating_add(whole / 2)) / whole).unwrap_or(0)
}

fn grid(
    swept: &Swept<'_>,
    metric: usize,
    (down, rows): &(String, Vec<String>),
    (across, columns): &(String, Vec<String>),
    plotted: bool,
    style: Style,
) -> String {
    let (numbers, scale) = column(swept, metric);
    let name = swept.metrics.get(metric).map_or("", String::as_str);
    let least = numbers.iter().flatten().min().copied().unwrap_or(0);
    let most = numbers.iter().flatten().max().copied().unwrap_or(0);
    let corner = format!("{down} \\ {across}");
    let mut header: Vec<&str> = vec![&corner];
    header.extend(columns.iter().map(String::as_str));
    let mut out = table(style, &header);
    for (row, value) in rows.iter().enumerate() {
        let mut cells = vec![right(value.clone())];
        for column in 0..columns.len() {
            let number = numbers.get(row * columns.len() + column).copied().flatten();
            let mut shown = scale.figure(number);
            if plotted {
                let shade = number
                    .and_then(|number| SHADES.get(place(number, least, most, SHADES.len() - 1)));
                shown = format!("{shown} {}", shade.copied().unwrap_or("  "));
            }
            cells.push(right(shown));
        }
        out.add_row(cells);
    }
    format!("{}\n{out}\n", headed(name, &scale))
}
