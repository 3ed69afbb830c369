//! Accounts on demand that begin in the run: more of what the book has.

use super::Steer;
use super::one;
use crate::book::{Column, DimensionColumn, InstrumentPositions, LegColumns, RowOrigin};
use crate::diagnostic::{Diagnostic, codes};
use crate::engine::group::{Birth, Member};
use crate::engine::project::begin;
use crate::engine::series::{Amount, Day};
use crate::engine::state::{Cause, mul_div};
use crate::quantity::{Quanta, Rate};
use std::sync::Arc;

impl Steer<'_, '_> {
    /// More on an account of the book: an account of the same terms that begins on the day.
    pub(super) fn more_of(
        &mut self,
        index: usize,
        day: Day,
        amount: Amount,
    ) -> Result<Vec<usize>, Vec<Diagnostic>> {
        let context = self.context;
        let missing = || {
            one(Diagnostic::error(
                codes::run::TERM_MISSING,
                "an account that grows without a position to follow",
            ))
        };
        let pattern = self.run.group(index).cloned().ok_or_else(missing)?;
        let book = self
            .source
            .positions
            .instrument(pattern.instrument)
            .ok_or_else(missing)?;
        let row = pattern.members.first().map_or(0, |m| m.row as usize);
        let shape = book.shape_of(row).ok_or_else(missing)?;
        let start = context.date(day).map_err(one)?;
        // accounts of one group may differ in a rate that nothing reads: what is new has their mean
        let weight = |member: &Member| {
            let rate = book.accrues.rate.get(member.row as usize)?;
            member.nominal.checked_mul(i128::from(rate.0))
        };
        let weights: i128 = pattern.members.iter().filter_map(weight).sum();
        let mean = match pattern.opening.nominal {
            0 => book.accrues.rate.get(row).unwrap_or_default(),
            nominal => Rate(i64::try_from(mul_div(weights, 1, nominal)).unwrap_or(0)),
        };
        let same = |column: &Column<Rate>| column.get(row).map_or(Column::Absent, Column::Same);
        let mut positions = InstrumentPositions::empty(pattern.instrument, pattern.side, false);
        positions.ids = vec![Arc::from("more")];
        positions.origin = vec![RowOrigin { source: 0, row: 0 }];
        positions.sources = vec![String::new()];
        positions.shapes = vec![shape.clone()];
        positions.shape = Column::Same(0);
        positions.currency = Column::Same(pattern.currency);
        positions.principal = Column::Same(Quanta(amount));
        positions.last_payment = Column::Same(start);
        positions.start = Column::Same(start);
        positions.last_fixing = same(&book.last_fixing);
        positions.margin = same(&book.margin);
        positions.ftp_base = same(&book.ftp_base);
        positions.ftp_liquidity = same(&book.ftp_liquidity);
        positions.accrues = LegColumns {
            rate: Column::Same(mean),
            spread: same(&book.accrues.spread),
            floor: same(&book.accrues.floor),
            cap: same(&book.accrues.cap),
            ..LegColumns::default()
        };
        positions.dimensions = pattern
            .dimensions
            .iter()
            .map(|(dimension, value)| DimensionColumn::of_one(*dimension, value.clone()))
            .collect();
        let days = &context.calendar.days;
        let mut begun = begin(self.source, self.reads, &positions, start, 0, days)?;
        for group in &mut begun {
            group.birth = Some(Birth {
                day,
                product: None,
                template: Some(index),
            });
        }
        let begun = begun.into_iter().map(|group| (group, None)).collect();
        self.take_up(begun, day, Cause::Birth).map_err(one)
    }
}
