//! From a scenario's shocks to a layer of the market that struck on a day.

use super::data::MarketData;
use super::levels::{DatedValues, LevelCurves};
use super::lower_shift::ShiftLowering;
use super::path::{LevelPath, PathLeg};
use super::scenario::{FxMove, IndexMove, Layer, SeriesMove};
use super::source::{Reading, with_span};
use crate::calendar::Date;
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::{Leg, Shock, ShockPath, ShockTarget};
use crate::quantity::Rational;
use indexmap::IndexMap;

/// The market shocks of a scenario, made ready once; `on` gives the layer that strikes on a day.
///
/// # Errors
/// Everything that a shock lacks: a root, a parameter, a file.
pub fn strike(
    data: &MarketData,
    shocks: &[Shock],
    reading: &Reading<'_>,
    day: Date,
) -> Result<Layer, Vec<Diagnostic>> {
    let mut layer = Layer {
        strike: day,
        shifts: Vec::new(),
        levels: Vec::new(),
        indices: IndexMap::new(),
        fx: IndexMap::new(),
        series: IndexMap::new(),
    };
    let mut errors = Vec::new();
    for shock in shocks {
        if let Err(error) = add(data, shock, reading, &mut layer) {
            errors.push(with_span(error, shock.origin.span));
        }
    }
    if errors.is_empty() {
        Ok(layer)
    } else {
        Err(errors)
    }
}

fn add(
    data: &MarketData,
    shock: &Shock,
    reading: &Reading<'_>,
    layer: &mut Layer,
) -> Result<(), Diagnostic> {
    match &shock.target {
        ShockTarget::Rates(names) => {
            for name in names {
                root(data, name, &shock.path, reading, layer)?;
            }
        }
        ShockTarget::Spread(name) => root(data, name, &shock.path, reading, layer)?,
        ShockTarget::Index(name) => {
            let currency = data
                .indices
                .get(name)
                .map_or(data.currency, |index| index.currency);
            let moved = match &shock.path {
                ShockPath::Legs(_) => {
                    IndexMove::Add(ShiftLowering { reading, currency }.path(&shock.path)?)
                }
                ShockPath::Levels(file) => {
                    IndexMove::Levels(DatedValues::from_levels(reading, file)?)
                }
            };
            layer.indices.insert(name.clone(), moved);
        }
        ShockTarget::Fx(currency) => {
            let moved = match &shock.path {
                ShockPath::Legs(_) => FxMove::Share(numbers(&shock.path, reading)?),
                ShockPath::Levels(file) => FxMove::Levels(DatedValues::from_levels(reading, file)?),
            };
            layer.fx.insert(*currency, moved);
        }
        ShockTarget::Series(name) => {
            let moved = match &shock.path {
                ShockPath::Legs(_) => SeriesMove::Add(numbers(&shock.path, reading)?),
                ShockPath::Levels(file) => {
                    SeriesMove::Levels(DatedValues::from_levels(reading, file)?)
                }
            };
            layer.series.insert(name.clone(), moved);
        }
        ShockTarget::Price(_)
        | ShockTarget::Haircut(_)
        | ShockTarget::Outflow(_)
        | ShockTarget::Drawdown(_) => {}
    }
    Ok(())
}

fn root(
    data: &MarketData,
    name: &str,
    path: &ShockPath,
    reading: &Reading<'_>,
    layer: &mut Layer,
) -> Result<(), Diagnostic> {
    let Some(index) = data.roots.iter().position(|root| root.name == name) else {
        return Err(Diagnostic::error(
            codes::market::NO_CURVE,
            format!("the market has no curve `{name}` to shock"),
        ));
    };
    let currency = data
        .roots
        .get(index)
        .map_or(data.currency, |root| root.currency);
    match path {
        ShockPath::Levels(file) => layer
            .levels
            .push((index, LevelCurves::read(reading, file)?)),
        ShockPath::Legs(_) => layer
            .shifts
            .push((index, ShiftLowering { reading, currency }.path(path)?)),
    }
    Ok(())
}

/// A path of plain numbers: shares, points, levels; exact.
///
/// # Errors
/// What a level lacks.
pub fn numbers(path: &ShockPath, reading: &Reading<'_>) -> Result<LevelPath<Rational>, Diagnostic> {
    let ShockPath::Legs(legs) = path else {
        return Err(Diagnostic::error(
            codes::market::LEVELS_DO_NOT_ADD,
            "levels stand for curves, series and FX only",
        ));
    };
    let legs = legs
        .iter()
        .map(|leg| {
            Ok(match leg {
                Leg::To { level, over, from } => PathLeg::To {
                    level: reading.rational(level, None)?,
                    over: *over,
                    from: *from,
                },
                Leg::Hold(tenor) => PathLeg::Hold(*tenor),
            })
        })
        .collect::<Result<Vec<_>, Diagnostic>>()?;
    Ok(LevelPath::new(legs))
}
