//! Classes of groups: those alike in all that a body reads are summed as integers before any exact arithmetic.

use super::Measures;
use super::amount::Leaf;
use super::analysis::{self, Degree, Reads};
use super::place::Place;
use crate::calendar::{Date, Tenor};
use crate::engine::context::whole_months;
use crate::engine::group::{Group, GroupKind, Leg};
use crate::engine::series::Day;
use crate::formula::{Overlay, Refusal, Scope, Value, absent, evaluate_with};
use crate::plan::{DimensionId, Expression, InstrumentId, MetricId, Node, Plan, Selection, Term};
use crate::quantity::{Currency, Quanta, RATE_SCALE, Rational};
use rustc_hash::FxHashMap;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Groups that a body cannot tell apart.
#[derive(Clone, Debug)]
pub(super) struct Class {
    /// Their currency.
    pub(super) currency: Currency,
    /// Their instrument: an auditor goes from a sum to instruments first.
    pub(super) instrument: InstrumentId,
    /// The first of them, which answers for their attributes.
    pub(super) first: usize,
    /// All of them, in order.
    pub(super) members: Vec<usize>,
    /// What the body reads of them.
    pub(super) key: Vec<Value>,
}

impl Class {
    /// One of its groups alone.
    pub(super) fn only(&self, index: usize) -> Self {
        Self {
            first: index,
            members: vec![index],
            ..self.clone()
        }
    }
}

/// How a fold goes through the groups: made once for each body, run and slice where nothing that it reads changes.
#[derive(Clone, Debug)]
pub(super) struct Classes {
    pub(super) classes: Vec<Class>,
}

/// What was worked out about folds. They are found by the address of their body, and known by what they say: an address
/// may be used again for another formula.
#[derive(Default)]
pub(super) struct Caches {
    shapes: RefCell<FxHashMap<usize, Vec<Rc<Shape>>>>,
    folds: Cell<usize>,
    classes: RefCell<FxHashMap<ClassesKey, Rc<Classes>>>,
}

/// A fold by its number, whether group by group, run, slice, scenario that strikes.
type ClassesKey = (usize, bool, usize, usize, Option<usize>);

/// What a fold's body is like.
#[derive(Debug)]
pub(super) struct Shape {
    number: usize,
    selection: Selection,
    body: Expression,
    pub(super) degree: Degree,
    pub(super) reads: Reads,
    /// Nothing that body or selection read changes from day to day.
    fixed: bool,
}

impl<'a> Measures<'a> {
    pub(super) fn shape(
        &self,
        selection: &Selection,
        body: &Expression,
        locals: &[Value],
    ) -> Rc<Shape> {
        let address = std::ptr::from_ref(body) as usize;
        let mut shapes = self.caches.shapes.borrow_mut();
        let alike = shapes.entry(address).or_default();
        if let Some(shape) = alike
            .iter()
            .find(|s| s.body == *body && s.selection == *selection)
        {
            return shape.clone();
        }
        let degrees = vec![Degree::Constant; locals.len()];
        let reads = analysis::reads(self.plan, body);
        let fixed = !reads.changes() && !analysis::selection_changes(self.plan, selection);
        let number = self.caches.folds.get();
        self.caches.folds.set(number + 1);
        let shape = Rc::new(Shape {
            number,
            selection: selection.clone(),
            body: body.clone(),
            degree: analysis::degree(self.plan, body, &degrees),
            reads,
            fixed,
        });
        alike.push(shape.clone());
        shape
    }

    /// The classes of a fold at a place.
    pub(super) fn classes(
        &self,
        selection: &Selection,
        body: &Expression,
        singly: bool,
        place: Place,
        locals: &[Value],
    ) -> Result<Rc<Classes>, Refusal> {
        let shape = self.shape(selection, body, locals);
        let key = (shape.number, singly, place.run, place.slice, place.branch);
        let cached = shape.fixed && locals.is_empty();
        if cached && let Some(classes) = self.caches.classes.borrow().get(&key) {
            return Ok(classes.clone());
        }
        let run = self.run(place)?;
        let slice = self.slice(place);
        let mut classes: Vec<Class> = Vec::new();
        let mut places: FxHashMap<Vec<u64>, Vec<usize>> = FxHashMap::default();
        for (index, group) in run.groups() {
            let selected = self
                .selects(selection, index, group, place, locals)
                .and_then(|selected| Ok(selected && self.in_slice(group, place)?));
            match selected {
                Ok(true) => {}
                Ok(false) => continue,
                // an account that nothing ever moved, of an instrument that says nothing of a dimension, is nowhere
                Err(_) if run.is_idle(group) => continue,
                Err(refusal) => return Err(refusal),
            }
            let scope = GroupScope {
                measures: self,
                place,
                index,
                group,
            };
            let mut attributes =
                Vec::with_capacity(shape.reads.dimensions.len() + shape.reads.terms.len());
            for dimension in &shape.reads.dimensions {
                if slice.bands.iter().all(|(d, _)| d != dimension) {
                    // A dimension that this group lacks matters only if its value is asked for.
                    attributes.push(
                        group
                            .dimension(*dimension)
                            .cloned()
                            .unwrap_or(Value::Bool(false)),
                    );
                }
            }
            for term in &shape.reads.terms {
                attributes.push(scope.term(*term).unwrap_or(Value::Bool(false)));
            }
            let context = self.context(place)?;
            let pool = context.pool_of(index);
            if let (true, Some(pool)) = (shape.reads.shares, pool) {
                attributes.push(Value::Number(Rational::integer(pool as i128)));
            }
            let single = singly
                || (shape.degree != Degree::Linear && shape.degree != Degree::Zero)
                || (shape.reads.shares && context.is_pledged(index) && pool.is_none());
            if single {
                classes.push(Class {
                    currency: group.currency,
                    instrument: group.instrument,
                    first: index,
                    members: vec![index],
                    key: attributes,
                });
                continue;
            }
            let fingerprint = fingerprint(group.currency, group.instrument.0, &attributes);
            let near = places.entry(fingerprint).or_default();
            let found = near.iter().copied().find(|at| {
                classes.get(*at).is_some_and(|c| {
                    c.currency == group.currency
                        && c.instrument == group.instrument
                        && c.key == attributes
                })
            });
            match found.and_then(|at| classes.get_mut(at)) {
                Some(class) => class.members.push(index),
                None => {
                    near.push(classes.len());
                    classes.push(Class {
                        currency: group.currency,
                        instrument: group.instrument,
                        first: index,
                        members: vec![index],
                        key: attributes,
                    });
                }
            }
        }
        let classes = Rc::new(Classes { classes });
        if cached {
            self.caches
                .classes
                .borrow_mut()
                .insert(key, classes.clone());
        }
        Ok(classes)
    }

    pub(super) fn instrument_name(&self, group: &Group) -> &'a str {
        self.plan
            .instruments
            .get(group.instrument.index())
            .map_or("", |i| i.heading.short.as_str())
    }
}

/// A coarse key of attributes, for quick look-up; equality decides.
fn fingerprint(currency: Currency, instrument: u32, attributes: &[Value]) -> Vec<u64> {
    let mut key: Vec<u64> = currency.as_str().bytes().map(u64::from).collect();
    key.push(u64::from(instrument));
    key.extend(attributes.iter().map(|value| match value {
        Value::Member(d, m) | Value::Band(d, m) => (u64::from(d.0) << 32) | u64::from(*m),
        Value::Bool(b) => u64::from(*b),
        Value::Text(t) => t.bytes().fold(7, |sum: u64, b| {
            sum.wrapping_mul(31).wrapping_add(u64::from(b))
        }),
        Value::Date(d) => u64::from(d.days().unsigned_abs()),
        Value::Number(x) | Value::Money(x, _) => x.to_f64().to_bits(),
        _ => 0,
    }));
    key
}

/// The surroundings of a formula over one group: conditions of selections, bodies of folds.
pub(super) struct GroupScope<'m, 'a> {
    pub(super) measures: &'m Measures<'a>,
    pub(super) place: Place,
    pub(super) index: usize,
    pub(super) group: &'m Group,
}

impl Scope for GroupScope<'_, '_> {
    fn plan(&self) -> &Plan {
        self.measures.plan
    }

    fn overlay(&self) -> &Overlay {
        self.measures.overlay_at(self.place)
    }

    fn currency(&self) -> Option<Currency> {
        Some(self.group.currency)
    }

    fn anchor(&self) -> Option<Date> {
        self.measures.date(self.place)
    }

    fn dimension(&self, dimension: DimensionId) -> Result<Value, Refusal> {
        if let Some(value) = self.group.dimension(dimension) {
            return Ok(value.clone());
        }
        match self.measures.slice(self.place).value(dimension) {
            Some(value) => Ok(value.clone()),
            None => self.measures.without_dimension(self.group, dimension),
        }
    }

    fn term(&self, term: Term) -> Result<Value, Refusal> {
        self.measures
            .term_of(self.index, self.group, term, self.place)
    }

    fn factor(&self, name: &str) -> Result<Rational, Refusal> {
        self.measures.factor(self.place, name)
    }

    fn swap_rate(
        &self,
        tenor: crate::calendar::Tenor,
        curve: Option<&str>,
    ) -> Result<Rational, Refusal> {
        self.measures
            .swap_rate(self.place, self.group.currency, tenor, curve)
    }

    fn zero_rate(&self, currency: Currency, years: &Rational) -> Result<Rational, Refusal> {
        self.measures.zero_rate(self.place, currency, years)
    }

    fn exchange_rate(&self, from: Currency, to: Currency) -> Result<Rational, Refusal> {
        self.measures.exchange_rate(self.place, from, to)
    }

    fn metric(&self, metric: MetricId) -> Result<Value, Refusal> {
        self.measures.metric(metric, self.place)
    }
}

/// The surroundings of a body over a class: measures are sums over its groups.
pub(super) struct ClassScope<'m, 'a> {
    pub(super) of: GroupScope<'m, 'a>,
    pub(super) class: &'m Class,
}

impl Scope for ClassScope<'_, '_> {
    fn plan(&self) -> &Plan {
        self.of.plan()
    }
    fn overlay(&self) -> &Overlay {
        self.of.overlay()
    }
    fn currency(&self) -> Option<Currency> {
        Some(self.class.currency)
    }
    fn anchor(&self) -> Option<Date> {
        self.of.anchor()
    }
    fn dimension(&self, dimension: DimensionId) -> Result<Value, Refusal> {
        self.of.dimension(dimension)
    }
    fn term(&self, term: Term) -> Result<Value, Refusal> {
        self.of.term(term)
    }
    fn factor(&self, name: &str) -> Result<Rational, Refusal> {
        self.of.factor(name)
    }
    fn swap_rate(
        &self,
        tenor: crate::calendar::Tenor,
        curve: Option<&str>,
    ) -> Result<Rational, Refusal> {
        self.of.swap_rate(tenor, curve)
    }
    fn zero_rate(&self, currency: Currency, years: &Rational) -> Result<Rational, Refusal> {
        self.of.zero_rate(currency, years)
    }
    fn exchange_rate(&self, from: Currency, to: Currency) -> Result<Rational, Refusal> {
        self.of.exchange_rate(from, to)
    }
    fn metric(&self, metric: MetricId) -> Result<Value, Refusal> {
        self.of.metric(metric)
    }

    fn special(&self, expression: &Expression, locals: &[Value]) -> Result<Value, Refusal> {
        let measures = self.of.measures;
        let place = self.of.place;
        match &expression.node {
            Node::Measure(measure) => {
                let leaf = Leaf::resolve(measures, measure, place, |band| {
                    evaluate_with(band, self, locals)
                })?;
                if let Leaf::Share(_) = leaf {
                    return measures
                        .share(&leaf, &self.class.members, place)
                        .map(Value::Number);
                }
                let sum = measures.sum_of_class(&leaf, self.class, place)?;
                let unit = Quanta::per_unit(self.class.currency).saturating_mul(leaf.scale());
                Ok(Value::Money(
                    Rational::new(sum, unit).unwrap_or_default(),
                    self.class.currency,
                ))
            }
            Node::FoldPositions { .. }
            | Node::FoldDimension { .. }
            | Node::FoldTime { .. }
            | Node::ScenarioMeasure(_)
            | Node::Horizon
            | Node::At(..)
            | Node::Under(..)
            | Node::Branch(..) => {
                super::scope::RunScope::new(measures, place).special(expression, locals)
            }
            _ => Err(absent("a shift or a selection".to_owned())),
        }
    }
}

impl Measures<'_> {
    /// A term of a group at a place: as mapped, or what follows from it on the day.
    pub(super) fn term_of(
        &self,
        index: usize,
        group: &Group,
        term: Term,
        place: Place,
    ) -> Result<Value, Refusal> {
        match self.mapped_term(index, group, term, place)? {
            Some(value) => Ok(value),
            None => self.without_term(group, term),
        }
    }

    /// The same; `None` where nothing gives it.
    fn mapped_term(
        &self,
        index: usize,
        group: &Group,
        term: Term,
        place: Place,
    ) -> Result<Option<Value>, Refusal> {
        let run = self.run(place)?;
        let Some(today) = self.date(place) else {
            return Ok(None);
        };
        let as_date = |term: Term| match group.term(term) {
            Some(Value::Date(date)) => Some(*date),
            _ => None,
        };
        let since = |day: Day| run.date(day);
        let own = group.term(term).cloned();
        let lasting = |from, to| Value::Tenor(Tenor::months(whole_months(from, to)));
        Ok(match term {
            Term::Currency => Some(Value::Currency(group.currency)),
            Term::Side => Some(Value::Text(
                match group.side {
                    crate::plan::Side::Asset => "asset",
                    crate::plan::Side::Liability => "liability",
                    crate::plan::Side::OffBalance => "off_balance",
                    crate::plan::Side::Derivative => "derivative",
                }
                .into(),
            )),
            Term::Id => own.or_else(|| group.lot.clone().map(Value::Text)),
            Term::Remaining => as_date(Term::Maturity)
                .or_else(|| group.maturity.and_then(since))
                .map(|end| lasting(today, end)),
            Term::Age => as_date(Term::Start)
                .or_else(|| group.birth.as_ref().and_then(|b| since(b.day)))
                .map(|begin| lasting(begin, today)),
            Term::Maturity => own.or_else(|| group.maturity.and_then(since).map(Value::Date)),
            Term::Haircut => own.or_else(|| {
                let haircut = i128::from(group.opening.haircut.0);
                let share = Rational::new(haircut, i128::from(RATE_SCALE));
                Some(Value::Number(share.unwrap_or_default()))
            }),
            Term::Rate => self.client_rate(index, group, place).or(own),
            _ => own,
        })
    }

    /// The rate that a group pays or earns on the day, from the period that runs.
    fn client_rate(&self, index: usize, group: &Group, place: Place) -> Option<Value> {
        if group.kind != GroupKind::Contract || group.leg == Leg::Pays {
            return None;
        }
        let run = self.run(place).ok()?;
        let day = place.reading.day();
        let sums = &run.interest_leg(index)?.interest.sums;
        let bearing: i128 = sums.iter().map(|s| s.rate.through(day)).sum();
        let stock = run.contractual_balance(index, day);
        let base = Rational::new(bearing, i128::from(RATE_SCALE)).ok()?;
        base.divide(&Rational::integer(stock))
            .ok()
            .map(Value::Number)
    }
}
