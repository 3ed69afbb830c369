//! A plan of new business: what each line asks for on a day, and how far the volumes that it keeps are from where they should be.
//!
//! Lines act on month ends and on the last day of their window; what comes back is replaced on its paid day. A volume is kept by
//! business alone: nothing is sold, so where less comes back than it should fall by, it stays above its level until it does.

use super::Steer;
use super::births::{Following, Renewals};
use crate::diagnostic::{Diagnostic, codes};
use crate::engine::events::Anchor;
use crate::engine::group::{Group, GroupKind, ONE, Withdrawal};
use crate::engine::series::{Amount, Day};
use crate::engine::state::{mul_div, scale};
use crate::plan::{BusinessLine, Expression, NewBusiness, Point, Volume};
use crate::quantity::Currency;
use std::collections::BTreeMap;

/// A line of the plan with its window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    pub of: &'a BusinessLine,
    /// The close of the day before the first.
    pub after: Day,
    /// The last day.
    pub until: Day,
}

/// A volume that a line keeps, in one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kept {
    /// At the opening.
    pub start: Amount,
    /// Where it should be.
    pub level: Amount,
    /// How far it is below; above: negative.
    pub gap: Amount,
    /// What shocks and defaults took out and draws put in, as a loss: it is not replaced.
    pub lost: Amount,
}

/// The plan of a run under way.
#[derive(Clone, Debug, Default)]
pub(super) struct Volumes<'a> {
    pub lines: Vec<Line<'a>>,
    pub kept: BTreeMap<(usize, Currency), Kept>,
}

/// What came back of a group on a day.
#[derive(Clone, Copy, Debug)]
pub(super) struct Back {
    pub group: usize,
    pub amount: Amount,
}

impl<'a> Volumes<'a> {
    pub(super) fn of(plan: &'a NewBusiness, anchor: Anchor, end: Day) -> Self {
        let lines = plan
            .lines
            .iter()
            .map(|of| {
                let (after, until) = window(of, anchor, end);
                Line { of, after, until }
            })
            .collect();
        Self {
            lines,
            kept: BTreeMap::new(),
        }
    }
}

/// The window of a line: after the close of one day, up to and including another.
fn window(line: &BusinessLine, anchor: Anchor, end: Day) -> (Day, Day) {
    let after = line
        .from
        .as_ref()
        .and_then(|point| anchor.day(point))
        .map_or(0, |first| (first - 1).max(0));
    let until = match &line.until {
        Some(Point::End) | None => Day::MAX,
        Some(point) => anchor.day(point).unwrap_or(end),
    };
    (after, until)
}

/// The days on which the windows of a plan begin and end, so that the loop stops on them.
pub(crate) fn window_days(plan: &NewBusiness, anchor: Anchor) -> Vec<Day> {
    let mut days = Vec::new();
    for line in &plan.lines {
        let (after, until) = window(line, anchor, Day::MAX);
        days.extend([after, until].into_iter().filter(|day| *day != Day::MAX));
        if let Volume::Average { over, from, .. } = &line.volume
            && let Some((_, end)) = average_window(*over, *from, anchor)
        {
            days.push(end);
        }
    }
    days
}

/// First and last day of an average: after the close of the first, up to and including the last.
pub(super) fn average_window(
    over: crate::calendar::Tenor,
    from: Option<crate::calendar::Date>,
    anchor: Anchor,
) -> Option<(Day, Day)> {
    let first = from.map_or(0, |date| (date.days_since(anchor.date) - 1).max(0));
    let last = over.point_after(anchor.date_of(first)?).ok()?;
    Some((first, last.days_since(anchor.date)))
}

impl<'a> Steer<'_, 'a> {
    pub(super) fn anchor(&self) -> Anchor {
        Anchor {
            date: self.context.projection.date,
            last_payment: self.context.projection.last_payment,
        }
    }

    /// Finds the volumes that the plan keeps, as they stand at the opening.
    pub(super) fn open_volumes(&mut self) -> Result<(), Diagnostic> {
        for index in 0..self.run.group_count() {
            let Some(group) = self.run.group(index) else {
                continue;
            };
            let currency = group.currency;
            let volume = self.states.get(index).map_or(0, |state| state.nominal);
            for line in self.keepers(index, 0)? {
                self.check_target(line, currency)?;
                let kept = self.volumes.kept.entry((line, currency)).or_default();
                kept.start += volume;
                kept.level += volume;
            }
        }
        // a volume that starts from nothing is filled from the currency of its product
        for line in 0..self.volumes.lines.len() {
            let Some(Line { of, .. }) = self.volumes.lines.get(line).copied() else {
                continue;
            };
            if of.volume.is_level() && !self.volumes.kept.keys().any(|(at, _)| *at == line) {
                let Some((product, _)) = of.products.first() else {
                    return Err(Diagnostic::error(
                        codes::run::NO_POSITIONS,
                        format!("`{}` holds no position to follow", about(of)),
                    )
                    .help("say with which product the volume is built up: `… with mortgage_10y`"));
                };
                let currency = self.offer(*product, 0)?.currency;
                self.volumes.kept.entry((line, currency)).or_default();
            }
        }
        Ok(())
    }

    /// A target is in one currency, and so are its positions.
    fn check_target(&self, line: usize, currency: Currency) -> Result<(), Diagnostic> {
        let Some(Line { of, .. }) = self.volumes.lines.get(line) else {
            return Ok(());
        };
        let sizes = match &of.volume {
            Volume::Target { .. } | Volume::Average { .. } => of.volume.sizes(),
            _ => return Ok(()),
        };
        for size in sizes {
            let (stated, _) = self.planned_amount(size, currency, 0)?;
            if stated != currency {
                let error = Diagnostic::error(
                    codes::run::CURRENCIES_DIFFER,
                    format!(
                        "`{}` is a volume in {stated}, and some of its positions are in {currency}",
                        about(of)
                    ),
                )
                .help(format!("narrow it: `where currency == {stated}`"));
                return Err(match size.span {
                    Some(span) => error.at(span, ""),
                    None => error,
                });
            }
        }
        Ok(())
    }

    /// The lines that select a group, as seen on a day.
    fn lines_for(
        &self,
        index: usize,
        day: Day,
        of_kind: impl Fn(&Volume) -> bool,
    ) -> Result<Vec<usize>, Diagnostic> {
        let Some(group) = self.run.group(index) else {
            return Ok(Vec::new());
        };
        let is_foreign = group.is_account() || group.kind == GroupKind::Received;
        if is_foreign || group.is_derivative() || group.sign() == 0 {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for (at, line) in self.volumes.lines.iter().enumerate() {
            let Some(of) = line.of.volume.of().filter(|_| of_kind(&line.of.volume)) else {
                continue;
            };
            if self
                .context
                .selects(of, group, day)
                .map_err(|r| r.into_diagnostic())?
            {
                found.push(at);
            }
        }
        Ok(found)
    }

    /// The line that keeps the volume of a group: one at most.
    pub(super) fn keepers(&self, index: usize, day: Day) -> Result<Vec<usize>, Diagnostic> {
        let found = self.lines_for(index, day, Volume::is_level)?;
        if let [first, second, ..] = found.as_slice() {
            let key = |at: &usize| {
                self.volumes
                    .lines
                    .get(*at)
                    .map_or_else(String::new, |line| about(line.of))
            };
            let name = self.name_of(index);
            let error = Diagnostic::error(
                codes::run::PLAN_CONTRADICTS,
                format!(
                    "`{}` and `{}` both say how large `{name}` is",
                    key(first),
                    key(second)
                ),
            )
            .help("part the positions with `where`, so that each has one volume");
            let place = self
                .volumes
                .lines
                .get(*second)
                .and_then(|line| line.of.origin.span);
            return Err(match place {
                Some(span) => error.at(span, ""),
                None => error,
            });
        }
        Ok(found)
    }

    fn name_of(&self, index: usize) -> String {
        let group = self.run.group(index);
        group.map_or_else(String::new, |group| self.instrument_name(group.instrument))
    }

    /// What a shock or default took out of a group, or a draw put in: the volume that is kept is lower from then on, or higher.
    pub(super) fn lose(
        &mut self,
        index: usize,
        day: Day,
        amount: Amount,
    ) -> Result<(), Diagnostic> {
        if amount == 0 || self.volumes.lines.is_empty() {
            return Ok(());
        }
        let Some(currency) = self.run.group(index).map(|group| group.currency) else {
            return Ok(());
        };
        for line in self.keepers(index, day)? {
            let kept = self.volumes.kept.entry((line, currency)).or_default();
            kept.level -= amount;
            kept.lost += amount;
        }
        Ok(())
    }

    /// What was born, whoever asked for it, fills the volume that it belongs to.
    pub(super) fn fill(&mut self, index: usize, day: Day) -> Result<(), Diagnostic> {
        let Some((currency, amount)) = self
            .run
            .group(index)
            .map(|group| (group.currency, group.opening.nominal))
        else {
            return Ok(());
        };
        for line in self.keepers(index, day)? {
            self.check_target(line, currency)?;
            self.volumes.kept.entry((line, currency)).or_default().gap -= amount;
        }
        Ok(())
    }

    /// What renewals and `replace` lines make of what came back on a day; what they leave is for the volumes that are kept.
    pub(super) fn place_back(
        &mut self,
        day: Day,
        back: &[Back],
        renewals: &mut Renewals,
    ) -> Result<(), Diagnostic> {
        for entry in back {
            let mut left = entry.amount;
            if entry.amount > 0 {
                let renewed = scale(self.customers_renew(entry.group, day)?, entry.amount);
                self.follow(entry.group, day, renewed, renewals)?;
                left -= renewed;
                let mut placed = 0;
                for line in
                    self.lines_for(entry.group, day, |v| matches!(v, Volume::Replace { .. }))?
                {
                    let Some(Line { of, after, until }) = self.volumes.lines.get(line).copied()
                    else {
                        continue;
                    };
                    let Volume::Replace { share, .. } = &of.volume else {
                        continue;
                    };
                    if day <= after || day > until {
                        continue;
                    }
                    let share = self.plain_share(share, entry.group, day, "replace")?;
                    let amount = scale(share, left);
                    placed += amount;
                    if placed > left {
                        let error = Diagnostic::error(
                            codes::run::PLAN_CONTRADICTS,
                            format!("the `replace` lines for `{}` place more than comes back", self.name_of(entry.group)),
                        )
                        .help("their shares add up to 100% at most; part them with `where` or by time");
                        return Err(match of.origin.span {
                            Some(span) => error.at(span, ""),
                            None => error,
                        });
                    }
                    if of.products.is_empty() {
                        self.follow(entry.group, day, amount, renewals)?;
                    } else {
                        let currency = self.run.group(entry.group).map(|group| group.currency);
                        if let Some(currency) = currency {
                            self.in_currency(of, currency)?;
                        }
                        self.in_products(of, day, amount, renewals)?;
                    }
                }
            }
            let Some(currency) = self.run.group(entry.group).map(|group| group.currency) else {
                continue;
            };
            for line in self.keepers(entry.group, day)? {
                self.volumes.kept.entry((line, currency)).or_default().gap += entry.amount;
            }
        }
        Ok(())
    }

    /// Fills what is missing of the kept volumes after what came back on a day: like for like in proportion to it, or with the
    /// line's products.
    pub(super) fn keep(
        &mut self,
        day: Day,
        back: &[Back],
        renewals: &mut Renewals,
    ) -> Result<(), Diagnostic> {
        for (line, currency) in self.gaps() {
            let Some(Line { of, .. }) = self.volumes.lines.get(line).copied() else {
                continue;
            };
            let mut of_line = Vec::new();
            for entry in back.iter().filter(|entry| entry.amount > 0) {
                let own = self.run.group(entry.group).map(|g| g.currency) == Some(currency);
                if own && self.keepers(entry.group, day)?.contains(&line) {
                    of_line.push(*entry);
                }
            }
            let came: Amount = of_line.iter().map(|entry| entry.amount).sum();
            let gap = self.gap(line, currency).min(came);
            if gap <= 0 {
                continue;
            }
            if !of.products.is_empty() {
                self.in_currency(of, currency)?;
                self.in_products(of, day, gap, renewals)?;
                continue;
            }
            let mut rest = gap;
            let last = of_line.len().saturating_sub(1);
            for (at, entry) in of_line.iter().enumerate() {
                let amount = if at == last {
                    rest
                } else {
                    mul_div(entry.amount, gap, came).min(rest)
                };
                rest -= amount;
                self.follow(entry.group, day, amount, renewals)?;
            }
        }
        Ok(())
    }

    pub(super) fn gaps(&self) -> Vec<(usize, Currency)> {
        self.volumes.kept.keys().copied().collect()
    }

    pub(super) fn gap(&self, line: usize, currency: Currency) -> Amount {
        self.volumes
            .kept
            .get(&(line, currency))
            .map_or(0, |kept| kept.gap)
    }

    /// New business like a group.
    pub(super) fn follow(
        &self,
        index: usize,
        day: Day,
        amount: Amount,
        renewals: &mut Renewals,
    ) -> Result<(), Diagnostic> {
        if amount == 0 {
            return Ok(());
        }
        let Some(group) = self.run.group(index) else {
            return Ok(());
        };
        if group.withdrawal != Withdrawal::Dated {
            renewals.add(
                day,
                Following::Account(self.account_of(index, group)),
                amount,
                0,
                true,
            );
            return Ok(());
        }
        if let Some((kind, margin)) = self.kind_of(index, group) {
            let weight = i128::from(margin.unwrap_or_default().0).saturating_mul(amount);
            let kind = Following::Kind(kind);
            renewals.add(day, kind, amount, weight, margin.is_some());
            return Ok(());
        }
        if let Some(product) = group.birth.as_ref().and_then(|birth| birth.product) {
            renewals.add(day, Following::Product(product), amount, 0, true);
            return Ok(());
        }
        let name = self.instrument_name(group.instrument);
        Err(Diagnostic::error(
            codes::run::TERM_MISSING,
            format!("new business like `{name}` has no terms to follow"),
        )
        .help("say with which product it is replaced: `replace … with …`"))
    }

    /// The account of the book that an account follows.
    fn account_of(&self, index: usize, group: &Group) -> usize {
        group
            .birth
            .as_ref()
            .and_then(|birth| birth.template)
            .unwrap_or(index)
    }

    /// The share of what comes back of a group that customers renew.
    fn customers_renew(&self, index: usize, day: Day) -> Result<i128, Diagnostic> {
        let effective = self.states.get(index).and_then(|s| s.effective.clone());
        match effective.as_ref().and_then(|effective| effective.renew) {
            Some(share) => self.plain_share(share, index, day, "renew"),
            None => Ok(0),
        }
    }

    fn plain_share(
        &self,
        share: &Expression,
        index: usize,
        day: Day,
        what: &str,
    ) -> Result<i128, Diagnostic> {
        let Some(group) = self.run.group(index) else {
            return Ok(0);
        };
        let share = self.context.share(share, group, day, what)?;
        Ok(libm::rint(share * ONE as f64) as i128)
    }
}

pub(super) fn about(line: &BusinessLine) -> String {
    line.key.replacen('.', " ", 1)
}
