//! Rows to positions: one mapping over the rows of a file, or over one position given in the text.

use super::draft::{Draft, Record};
use super::fault::{BadRow, Fault};
use super::mapping::{Kind, Leg, LegTerm, Slot, Slots, Split, Target};
use super::partly::Gap;
use super::positions::RowOrigin;
use super::row::{Columns, RowScope};
use super::schedule::StatedFile;
use super::split::largest_remainder;
use super::take::{Miss, Taken, take};
use crate::calendar::Date;
use crate::diagnostic::Diagnostic;
use crate::formula::{Overlay, Undefined, Value, evaluate, spell};
use crate::plan::{Expression, Plan, Repayment, Side, Term};
use crate::quantity::{Currency, Quanta, Rate};
use crate::tabular::Table;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// What is needed to read the rows of one mapping.
pub(super) struct Reader<'a> {
    pub plan: &'a Plan,
    pub overlay: &'a Overlay,
    pub slots: &'a Slots<'a>,
    /// Rows that count.
    pub filter: Option<&'a Expression>,
    pub date: Date,
    /// Of positions that say none.
    pub currency: Currency,
    pub side: Side,
    pub shape: u32,
    /// What files of the mapping state.
    pub stated: &'a [StatedFile<'a>],
}

/// What became of some rows.
#[derive(Default)]
pub(super) struct Chunk {
    pub draft: Draft,
    pub bad: Vec<BadRow>,
    /// What the text does not cover, each once: with how many rows, and the first.
    pub refusals: BTreeMap<String, (Diagnostic, u64, RowOrigin)>,
    /// What schedules leave open of positions.
    pub gaps: Vec<(Arc<str>, Gap)>,
    /// By slot: rates that were read, and those beyond ±100 %.
    pub rates: Vec<(u64, u64)>,
}

impl Chunk {
    /// Adds what became of later rows.
    pub(super) fn append(&mut self, other: Chunk) {
        self.draft.append(other.draft);
        self.bad.extend(other.bad);
        self.gaps.extend(other.gaps);
        for (key, (diagnostic, count, origin)) in other.refusals {
            self.refusals
                .entry(key)
                .or_insert((diagnostic, 0, origin))
                .1 += count;
        }
        for ((read, beyond), (more, more_beyond)) in self.rates.iter_mut().zip(other.rates) {
            *read += more;
            *beyond += more_beyond;
        }
    }
}

impl<'a> Reader<'a> {
    /// A chunk without rows.
    pub(super) fn chunk(&self) -> Chunk {
        Chunk {
            draft: Draft::new(self.shape, self.slots.targets()),
            rates: self.slots.slots.iter().map(|_| (0, 0)).collect(),
            ..Chunk::default()
        }
    }

    /// Reads rows of a table.
    pub(super) fn rows(
        &self,
        table: &Table,
        columns: &Columns<'_>,
        source: u32,
        rows: Range<usize>,
    ) -> Chunk {
        let mut chunk = self.chunk();
        let start = rows.start;
        let mut faults = table
            .faults
            .iter()
            .skip_while(|fault| fault.index < start)
            .peekable();
        for row in rows {
            let origin = RowOrigin {
                source,
                row: table.row_number(row),
            };
            let mut scope = self.scope(columns, row, None);
            if let Some(fault) = faults.next_if(|fault| fault.index == row) {
                let mut ragged = Fault::new("positions", "", String::new(), fault.reason.clone())
                    .help("a cell that holds the separator stands in quotes: `\"Smith, Jones\"`");
                ragged.column = String::new();
                let id = self.id(&scope);
                chunk.bad.push(BadRow {
                    source,
                    row: origin.row,
                    id,
                    faults: vec![ragged],
                    amount: None,
                    in_text: false,
                });
                continue;
            }
            if self.counts(&scope, origin, &mut chunk) {
                self.row(&mut scope, origin, &mut chunk);
            }
        }
        chunk
    }

    /// Reads a position given in the text.
    pub(super) fn text(&self, id: &str, origin: RowOrigin) -> Chunk {
        let mut chunk = self.chunk();
        let columns = Columns::new();
        let mut scope = self.scope(&columns, 0, Some(id));
        self.row(&mut scope, origin, &mut chunk);
        for bad in &mut chunk.bad {
            bad.in_text = true;
        }
        chunk
    }

    fn scope<'s>(
        &'s self,
        columns: &'s Columns<'s>,
        row: usize,
        id: Option<&'s str>,
    ) -> RowScope<'s> {
        let said = self
            .slots
            .slots
            .iter()
            .any(|slot| slot.kind == Kind::Currency);
        RowScope {
            plan: self.plan,
            overlay: self.overlay,
            slots: self.slots,
            columns,
            row,
            date: self.date,
            side: self.side,
            currency: (!said).then_some(self.currency),
            id,
            class: None,
            fault: RefCell::new(None),
            empty: Cell::new(None),
            depth: Cell::new(0),
        }
    }

    /// Whether the filter takes the row.
    fn counts(&self, scope: &RowScope<'_>, origin: RowOrigin, chunk: &mut Chunk) -> bool {
        let Some(filter) = self.filter else {
            return true;
        };
        let key = "positions";
        let fault = match evaluate(filter, scope) {
            Ok(Value::Bool(counts)) => return counts,
            Ok(Value::Undefined(Undefined::EmptyCell)) => {
                let column = scope.empty.get().unwrap_or_default();
                Fault::new(
                    key,
                    column,
                    String::new(),
                    "is empty, and `where` asks for it",
                )
            }
            Ok(other) => Fault::new(
                key,
                "",
                String::new(),
                format!("`where` gives {}, neither true nor false", other.kind()),
            ),
            Err(refusal) => match scope.fault.take() {
                Some(error) => Fault::of_cell(key, error),
                None => {
                    refuse(chunk, refusal.into_diagnostic(), origin);
                    return false;
                }
            },
        };
        let id = self.id(scope);
        chunk.bad.push(BadRow {
            source: origin.source,
            row: origin.row,
            id,
            faults: vec![fault],
            amount: None,
            in_text: false,
        });
        false
    }

    fn row(&self, scope: &mut RowScope<'_>, origin: RowOrigin, chunk: &mut Chunk) {
        let slots = &self.slots.slots;
        let split = self.slots.splits.first();
        let mut taken: Vec<Option<Taken>> = Vec::with_capacity(slots.len());
        let mut faults = Vec::new();
        let mut refused = false;
        for (place, slot) in slots.iter().enumerate() {
            // Attributes of a parted position may follow from its class; an amount without a currency says nothing.
            let later = split.is_some() && matches!(slot.target, Target::Dimension(_));
            if later
                || scope.currency.is_none()
                    && matches!(slot.kind, Kind::Amount { currency: None, .. })
            {
                taken.push(None);
                continue;
            }
            let result = take(slot, scope);
            if slot.kind == Kind::Rate
                && let Some((read, beyond)) = chunk.rates.get_mut(place)
            {
                let percent = matches!(&result, Err(Miss::Row(fault)) if fault.percent);
                *read += u64::from(result.is_ok() || percent);
                *beyond += u64::from(percent);
            }
            match result {
                Ok(value) => {
                    if let Taken::Currency(currency) = value {
                        scope.currency = Some(currency);
                    }
                    taken.push(Some(value));
                }
                Err(miss) => {
                    refused |= note(miss, &mut faults, chunk, origin);
                    taken.push(None);
                }
            }
        }
        let id = match (scope.id, self.taken(&taken, Term::Id)) {
            (Some(id), _) => Some(Arc::<str>::from(id)),
            (None, Some(Taken::Text(id))) => Some(id.clone()),
            _ => None,
        };
        let basis = self.slots.basis();
        let whole = basis
            .and_then(|place| taken.get(place))
            .and_then(|taken| match taken {
                Some(Taken::Amount(amount)) => Some(*amount),
                _ => None,
            });
        self.relations(scope, &taken, &mut faults);
        let flows = self.flows(id.as_deref(), whole, scope, &taken, &mut faults);
        let steps = self.steps(id.as_deref(), &mut faults);
        let parts = match split {
            Some(split) if faults.is_empty() && !refused => {
                match self.parts(split, basis.map(|_| whole.unwrap_or_default()), scope) {
                    Ok(parts) => parts,
                    Err(misses) => {
                        for miss in misses {
                            refused |= note(miss, &mut faults, chunk, origin);
                        }
                        Vec::new()
                    }
                }
            }
            _ => vec![(None, whole.unwrap_or_default().0)],
        };
        // The attributes of each part.
        let mut attributes: Vec<Vec<Option<Taken>>> = Vec::new();
        if split.is_some() && faults.is_empty() && !refused {
            for (class, _) in &parts {
                scope.class = split
                    .zip(class.clone())
                    .map(|(split, class)| (split.dimension, class));
                let mut values = Vec::new();
                for slot in slots {
                    let value =
                        matches!(slot.target, Target::Dimension(_)).then(|| take(slot, scope));
                    values.push(match value {
                        Some(Ok(value)) => Some(value),
                        Some(Err(miss)) => {
                            refused |= note(miss, &mut faults, chunk, origin);
                            None
                        }
                        None => None,
                    });
                }
                attributes.push(values);
            }
        }
        let (Some(id), true, false) = (&id, faults.is_empty(), refused) else {
            if !refused || !faults.is_empty() {
                let amount = scope.currency.zip(whole);
                let id = id.map(|id| id.to_string());
                chunk.bad.push(BadRow {
                    source: origin.source,
                    row: origin.row,
                    id,
                    faults,
                    amount,
                    in_text: false,
                });
            }
            return;
        };
        let gaps = self.gaps(id, whole.zip(scope.currency), &flows);
        chunk.gaps.extend(gaps.map(|gap| (id.clone(), gap)));
        self.push(
            id,
            taken,
            parts,
            attributes,
            (flows, steps),
            origin,
            &mut chunk.draft,
        );
    }

    /// Adds a good row's positions.
    #[allow(clippy::too_many_arguments, reason = "one call, right above")]
    fn push(
        &self,
        id: &Arc<str>,
        taken: Vec<Option<Taken>>,
        parts: Vec<(Option<Value>, i128)>,
        attributes: Vec<Vec<Option<Taken>>>,
        (flows, steps): (Vec<(Date, Quanta)>, Vec<(Date, Rate)>),
        origin: RowOrigin,
        draft: &mut Draft,
    ) {
        draft.records.push(Record {
            id: id.clone(),
            first: draft.ids.len(),
            count: parts.len(),
            origin,
        });
        let weights: Vec<i128> = parts.iter().map(|(_, weight)| *weight).collect();
        if self.slots.mapping.stated_rates().is_some() {
            let own = std::iter::repeat_n(steps, parts.len());
            draft.steps.extend(own);
        }
        let by_schedule = matches!(self.slots.mapping.repays, Some(Repayment::Schedule(_)));
        if by_schedule {
            let parted: Vec<(Date, Vec<i128>)> = flows
                .iter()
                .map(|(day, amount)| (*day, largest_remainder(amount.0, &weights)))
                .collect();
            for part in 0..parts.len() {
                let own = parted
                    .iter()
                    .filter_map(|(day, amounts)| amounts.get(part).map(|a| (*day, Quanta(*a))));
                draft
                    .flows
                    .push(own.filter(|(_, amount)| amount.0 != 0).collect());
            }
        }
        let slots = self.slots.slots.len();
        for (place, value) in taken.into_iter().enumerate() {
            let Some(column) = draft.columns.get_mut(place) else {
                continue;
            };
            match value {
                Some(Taken::Amount(amount)) if parts.len() > 1 => {
                    for amount in largest_remainder(amount.0, &weights) {
                        column.push(Taken::Amount(Quanta(amount)));
                    }
                }
                Some(value) => {
                    for _ in 1..parts.len() {
                        column.push(value.clone());
                    }
                    column.push(value);
                }
                None => {
                    for values in &attributes {
                        if let Some(Some(value)) = values.get(place) {
                            column.push(value.clone());
                        }
                    }
                }
            }
        }
        for (class, weight) in parts {
            let Some(class) = class else {
                draft.ids.push(id.clone());
                continue;
            };
            draft
                .ids
                .push(format!("{id}/{}", spell(self.plan, &class)).into());
            if let Some(column) = draft.columns.get_mut(slots) {
                column.push(Taken::Value(class));
            }
            if let Some(column) = draft.columns.get_mut(slots + 1) {
                column.push(Taken::Amount(Quanta(weight)));
            }
        }
    }

    fn taken<'t>(&self, taken: &'t [Option<Taken>], term: Term) -> Option<&'t Taken> {
        let place = self
            .slots
            .slots
            .iter()
            .position(|slot| slot.target == Target::Term(term))?;
        taken.get(place)?.as_ref()
    }

    /// The id of a row that is bad otherwise, if it can be read.
    fn id(&self, scope: &RowScope<'_>) -> Option<String> {
        let slot = self
            .slots
            .slots
            .iter()
            .find(|slot| slot.target == Target::Term(Term::Id))?;
        match take(slot, scope) {
            Ok(Taken::Text(id)) => Some(id.to_string()),
            _ => None,
        }
    }

    /// What the dates of a position say of one another and of the book's date.
    fn relations(&self, scope: &RowScope<'_>, taken: &[Option<Taken>], faults: &mut Vec<Fault>) {
        let arrears = self.slots.mapping.arrears == Some(true);
        let date = self.date;
        let day = |target: Target| {
            let place = self
                .slots
                .slots
                .iter()
                .position(|slot| slot.target == target)?;
            match taken.get(place)? {
                Some(Taken::Date(day)) => Some((self.slots.slots.get(place)?, *day)),
                _ => None,
            }
        };
        let mut tell = |slot: &Slot<'_>, day: Date, reason: String| {
            let column = slot.columns.first().copied().unwrap_or_default();
            // A date that a formula made is shown as it came out.
            let shown = scope
                .columns
                .get(column)
                .and_then(|c| c.text(scope.row).ok().flatten());
            let value = shown.map_or_else(|| day.to_string(), |text| text.into_owned());
            faults.push(Fault::new(&slot.key, column, value, reason));
        };
        let maturity = day(Target::Term(Term::Maturity));
        let next = [
            maturity,
            day(Target::FirstRepayment),
            day(Target::Term(Term::NextReset)),
            day(Target::Term(Term::Released)),
        ];
        for (slot, day) in next.into_iter().flatten().filter(|_| !arrears) {
            if day < date {
                tell(slot, day, format!("lies before the reporting date {date}"));
            } else if day == date {
                tell(
                    slot,
                    day,
                    format!("is the reporting date {date}: the file is the close of that day"),
                );
            }
        }
        if let Some((slot, day)) = day(Target::Term(Term::LastPayment))
            && day > date
        {
            tell(slot, day, format!("lies after the reporting date {date}"));
        }
        if let Some((_, end)) = maturity.filter(|(_, end)| *end > date) {
            let inside = [
                Target::Term(Term::Start),
                Target::FirstRepayment,
                Target::InterestOnly,
                Target::Grace,
            ];
            for (slot, day) in inside.into_iter().filter_map(day) {
                if day > end || day == end && slot.target == Target::Term(Term::Start) {
                    tell(slot, day, "does not lie before the maturity".to_owned());
                }
            }
        }
        self.bounds(scope, taken, faults);
    }

    /// A floor above its cap.
    fn bounds(&self, scope: &RowScope<'_>, taken: &[Option<Taken>], faults: &mut Vec<Fault>) {
        for leg in [Leg::Accrues, Leg::Pays, Leg::Receives] {
            let rate = |term| {
                let place = self
                    .slots
                    .slots
                    .iter()
                    .position(|slot| slot.target == Target::Leg(leg, term))?;
                match taken.get(place)? {
                    Some(Taken::Rate(rate)) => Some((self.slots.slots.get(place)?, *rate)),
                    _ => None,
                }
            };
            if let (Some((_, floor)), Some((slot, cap))) =
                (rate(LegTerm::Floor), rate(LegTerm::Cap))
                && floor > cap
                && let Miss::Row(fault) =
                    super::take::wrong(slot, scope, "is a cap below the floor")
            {
                faults.push(*fault);
            }
        }
    }

    pub(super) fn id_column(&self) -> &str {
        let slot = self
            .slots
            .slots
            .iter()
            .find(|slot| slot.target == Target::Term(Term::Id));
        slot.and_then(|slot| slot.columns.first().copied())
            .unwrap_or("id")
    }

    /// The classes of a parted position with their amounts in quanta. Classes without an amount are left out.
    fn parts(
        &self,
        split: &Split<'_>,
        whole: Option<Quanta>,
        scope: &RowScope<'_>,
    ) -> Result<Vec<(Option<Value>, i128)>, Vec<Miss>> {
        let mut misses = Vec::new();
        let mut parts: Vec<(Value, i128)> = Vec::new();
        let mut add = |class: Taken, amount: i128| {
            let Taken::Value(class) = class else { return };
            match parts.iter_mut().find(|(known, _)| *known == class) {
                Some((_, sum)) => *sum = sum.saturating_add(amount),
                None => parts.push((class, amount)),
            }
        };
        let mut sum = Quanta::ZERO;
        for (class, amount) in &split.parts {
            match (take(class, scope), take(amount, scope)) {
                (Ok(class), Ok(Taken::Amount(amount))) => {
                    sum = sum.add(amount).unwrap_or(Quanta(i128::MAX));
                    add(class, amount.0);
                }
                (class, amount) => misses.extend(class.err().into_iter().chain(amount.err())),
            }
        }
        let told = split.parts.first().map(|(_, amount)| amount);
        let tell = |reason: &str| told.map(|slot| super::take::wrong(slot, scope, reason));
        match (whole, &split.otherwise) {
            (Some(whole), Some(_)) if sum > whole => {
                misses.extend(tell("is more than the amount that it parts"))
            }
            (Some(whole), Some(rest)) => match take(rest, scope) {
                Ok(class) => add(class, whole.0 - sum.0),
                Err(miss) => misses.push(miss),
            },
            (Some(whole), None) if sum != whole => misses.extend(tell(
                "and the other parts do not add up to the amount that they part",
            )),
            _ => {}
        }
        if !misses.is_empty() {
            return Err(misses);
        }
        // A position of nothing keeps one class, the rest's.
        let last = parts.len().saturating_sub(1);
        let all_zero = parts.iter().all(|(_, amount)| *amount == 0);
        let kept = parts
            .into_iter()
            .enumerate()
            .filter(|(place, (_, amount))| *amount != 0 || all_zero && *place == last);
        Ok(kept
            .map(|(_, (class, amount))| (Some(class), amount))
            .collect())
    }
}

/// Notes why a value is missing; whether the text is to blame.
fn note(miss: Miss, faults: &mut Vec<Fault>, chunk: &mut Chunk, origin: RowOrigin) -> bool {
    match miss {
        Miss::Row(fault) => {
            faults.push(*fault);
            false
        }
        Miss::Text(refusal) => {
            refuse(chunk, refusal.into_diagnostic(), origin);
            true
        }
    }
}

fn refuse(chunk: &mut Chunk, diagnostic: Diagnostic, origin: RowOrigin) {
    let key = format!("{} {}", diagnostic.code, diagnostic.message);
    chunk
        .refusals
        .entry(key)
        .or_insert((diagnostic, 0, origin))
        .1 += 1;
}
