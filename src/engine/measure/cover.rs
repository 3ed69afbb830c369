//! What cover pools lack: as a measure, in its parts, and as records for observers.

use super::Measures;
use super::place::Place;
use super::record::{Recording, place_of};
use crate::diagnostic::codes::run as codes;
use crate::engine::cover::{Cover, Stand};
use crate::engine::observe::{CoverRecord, Observer, Term};
use crate::engine::state::Reading;
use crate::formula::{Refusal, Value};
use crate::plan::CoverPoolId;
use crate::quantity::{Quanta, Rational};

impl Measures<'_> {
    /// `uncovered(pool)`, in the currency of the place.
    pub(super) fn uncovered(&self, pool: CoverPoolId, place: Place) -> Result<Value, Refusal> {
        let lacks = self.stand_of(pool, place)?.map_or(0, Stand::shortfall);
        self.of_the_book(lacks, place)
    }

    fn stand_of(&self, pool: CoverPoolId, place: Place) -> Result<Option<&Stand>, Refusal> {
        if self.slice(place).currency.is_some() {
            return Err(Refusal::new(
                codes::NOT_HERE,
                "what a cover pool lacks belongs to no currency of its own: assets of one cover debt of another",
            )
            .help("leave `by currency` out"));
        }
        let covers = self.run(place)?.covers.iter();
        let mut found = covers.filter(|cover| cover.pool == pool);
        Ok(found.next().and_then(|cover| cover.at(place.reading)))
    }

    /// Quanta of the book's currency as an amount in the currency of the place.
    fn of_the_book(&self, quanta: i128, place: Place) -> Result<Value, Refusal> {
        let (book, to) = (self.currency(), self.fold_currency(place));
        let rate = self.exchange_rate(place, book, to)?;
        Ok(Value::Money(Quanta(quanta).to_rational(book) * rate, to))
    }

    /// Tells an observer of every stretch of days on which a pool of a run lacked something.
    pub fn tell_shortfalls(&self, run: usize, observer: &mut dyn Observer) {
        let Some(context) = self.runs.get(run) else {
            return;
        };
        for cover in &context.run.covers {
            let lacks = |stand: &Stand| stand.shortfall() > 0;
            for stretch in cover.stands.chunk_by(|a, b| lacks(a) == lacks(b)) {
                if stretch.first().is_some_and(lacks)
                    && let Some(record) = self.shortfall(run, cover, stretch)
                {
                    observer.cover(record);
                }
            }
        }
    }

    fn shortfall(&self, run: usize, cover: &Cover, stretch: &[Stand]) -> Option<CoverRecord> {
        let pool = self.plan.cover_pools.get(cover.pool.index())?;
        let date = |stand: &Stand| match stand.since {
            Reading::Start => "start".to_owned(),
            Reading::Day(day) => {
                let date = self.exercise.book.date.add_days(day);
                date.map_or_else(|_| String::new(), |date| date.to_string())
            }
        };
        let book = self.currency();
        let amount = |quanta| Quanta(quanta).display(book).to_string();
        // of equal ones the first
        let worst = stretch.iter().rev().max_by_key(|stand| stand.shortfall())?;
        let heading = &pool.heading;
        Some(CoverRecord {
            exercise: self.exercise.heading.name.clone(),
            scenario: self.scenario_name(run),
            pool: heading.short.clone(),
            title: heading
                .title
                .clone()
                .unwrap_or_else(|| heading.short.clone()),
            place: place_of(&heading.origin),
            first: stretch.first().map(date)?,
            last: stretch.last().map(date)?,
            worst: date(worst),
            currency: book.to_string(),
            secured: amount(worst.secured),
            required: amount(worst.required),
            held: amount(worst.available),
            shortfall: amount(worst.shortfall()),
        })
    }
}

impl Recording<'_, '_, '_> {
    /// The debt, the overcollateral, and what the pool holds towards them.
    pub(super) fn uncovered_parts(
        &self,
        pool: CoverPoolId,
        place: Place,
    ) -> Result<Vec<Term>, Refusal> {
        let measures = self.measures();
        let Some(stand) = measures.stand_of(pool, place)? else {
            return Ok(Vec::new());
        };
        let held = stand.required - stand.shortfall();
        let parts = [
            ("outstanding of the debt that it secures", stand.secured),
            ("overcollateral", stand.required - stand.secured),
            ("encumbered of its assets", -held),
        ];
        let mut terms = Vec::new();
        for (label, quanta) in parts.into_iter().filter(|(_, quanta)| *quanta != 0) {
            if let Value::Money(amount, currency) = measures.of_the_book(quanta, place)? {
                let amount: Rational = amount;
                terms.push(self.part(label.to_owned(), amount, currency));
            }
        }
        Ok(terms)
    }
}
