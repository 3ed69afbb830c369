//! What a report needs to know of positions and the book does not say: instruments without a dimension that a fold over them reads.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::compiler::Compiler;
use super::reach::children;
use crate::diagnostic::any_error;
use crate::plan::{
    Book, Comparison, DimensionId, DimensionMapping, Domain, Expression, Inclusion, InstrumentId,
    Mapping, Node, Over, Selection, Side,
};

/// A dimension, the first formula that reads it, and the instruments that lack it.
type Missing = IndexMap<DimensionId, IndexMap<InstrumentId, ()>>;

/// What is known of a condition before any data is read.
#[derive(Clone, Copy, PartialEq)]
enum Known {
    Yes,
    No,
    /// It depends on the data, or cannot be told here.
    Open,
}

/// One kind of position in the book: an instrument with what it maps.
struct Kind<'b> {
    instrument: InstrumentId,
    side: Side,
    mapping: &'b Mapping,
}

impl Compiler<'_> {
    /// Reports where formulas read a dimension that instruments in the book do not have. Only what is certain before data is read is
    /// an error here; a condition that depends on the data is left to the run.
    pub(super) fn check_classified(&mut self, book: &Book, formulas: &[&Expression]) {
        // a name that is wrong elsewhere may be what classifies: that error is told alone
        if any_error(&self.diagnostics) {
            return;
        }
        let mut missing = Missing::new();
        {
            let kinds = self.kinds_of_position(book);
            let mut seen: BTreeSet<(u8, u32)> = BTreeSet::new();
            let mut open: Vec<&Expression> = formulas.to_vec();
            while let Some(next) = open.pop() {
                self.folds_lacking(next, &mut Vec::new(), &kinds, &mut missing);
                let mut inner = vec![next];
                while let Some(part) = inner.pop() {
                    match &part.node {
                        Node::Metric(id) if seen.insert((0, id.0)) => {
                            open.extend(self.metrics.get(id.index()).map(|m| &m.formula));
                        }
                        Node::Call(id, _) if seen.insert((1, id.0)) => {
                            open.extend(self.functions.get(id.index()).map(|f| &f.body));
                        }
                        _ => {}
                    }
                    inner.extend(children(part));
                }
            }
        }
        for (dimension, instruments) in missing {
            self.report_unclassified(book, dimension, instruments.keys().copied().collect());
        }
    }

    fn kinds_of_position<'b>(&'b self, book: &'b Book) -> Vec<Kind<'b>> {
        let mut kinds = Vec::new();
        for inclusion in &book.includes {
            let (instrument, mapping) = match inclusion {
                Inclusion::Files(id) => (*id, self.instruments.get(id.index()).map(|i| &i.mapping)),
                Inclusion::Position {
                    instrument,
                    mapping,
                    ..
                } => (*instrument, Some(mapping.as_ref())),
            };
            let side = self.instruments.get(instrument.index()).map(|i| i.side);
            if let (Some(mapping), Some(side)) = (mapping, side)
                && !book.excludes.contains(&instrument)
            {
                kinds.push(Kind {
                    instrument,
                    side,
                    mapping,
                });
            }
        }
        kinds
    }

    /// The folds over positions in a formula; `slices` are the dimensions of the folds around them.
    fn folds_lacking<'e>(
        &'e self,
        formula: &'e Expression,
        slices: &mut Vec<DimensionId>,
        kinds: &[Kind<'_>],
        missing: &mut Missing,
    ) {
        match &formula.node {
            Node::FoldPositions {
                selection, body, ..
            } => {
                for kind in kinds {
                    if self.surely_holds(selection, kind, missing) != Known::Yes {
                        continue;
                    }
                    let mut read = slices.clone();
                    self.read_for_sure(body, &mut read);
                    for dimension in read {
                        self.need_dimension(dimension, kind, missing);
                    }
                }
            }
            Node::FoldDimension {
                over: Over::Dimension(dimension),
                body,
                ..
            } if !self.is_banded(*dimension) => {
                slices.push(*dimension);
                self.folds_lacking(body, slices, kinds, missing);
                slices.pop();
            }
            _ => {
                for part in children(formula) {
                    self.folds_lacking(part, slices, kinds, missing);
                }
            }
        }
    }

    /// Dimensions that a body reads whatever the data.
    fn read_for_sure(&self, body: &Expression, found: &mut Vec<DimensionId>) {
        match &body.node {
            Node::Dimension(id) if !self.is_banded(*id) => found.push(*id),
            Node::If(condition, ..) => self.read_for_sure(condition, found),
            Node::And(parts) | Node::Or(parts) => {
                if let Some(first) = parts.first() {
                    self.read_for_sure(first, found);
                }
            }
            _ => {
                for part in children(body) {
                    self.read_for_sure(part, found);
                }
            }
        }
    }

    fn is_banded(&self, dimension: DimensionId) -> bool {
        matches!(
            self.dimensions.get(dimension.index()).map(|d| &d.domain),
            Some(Domain::Bands(_))
        )
    }

    fn need_dimension(&self, dimension: DimensionId, kind: &Kind<'_>, missing: &mut Missing) {
        if !kind.mapping.dimensions.contains_key(&dimension) {
            missing
                .entry(dimension)
                .or_default()
                .insert(kind.instrument, ());
        }
    }

    /// Whether positions of a kind are in a selection.
    fn surely_holds(&self, selection: &Selection, kind: &Kind<'_>, missing: &mut Missing) -> Known {
        let known = |yes: bool| if yes { Known::Yes } else { Known::No };
        match selection {
            Selection::All => Known::Yes,
            Selection::Assets => known(kind.side == Side::Asset),
            Selection::Liabilities => known(kind.side == Side::Liability),
            Selection::Derivatives => known(kind.side == Side::Derivative),
            Selection::OffBalance if kind.side == Side::OffBalance => Known::Yes,
            Selection::Instrument(id) => known(*id == kind.instrument),
            Selection::Where(of, condition) => match self.surely_holds(of, kind, missing) {
                Known::Yes => self.says(condition, kind, true, missing),
                other => other,
            },
            Selection::Union(a, b) => {
                let (a, b) = (
                    self.surely_holds(a, kind, missing),
                    self.surely_holds(b, kind, missing),
                );
                match (a, b) {
                    (Known::Yes, _) | (_, Known::Yes) => Known::Yes,
                    (Known::No, Known::No) => Known::No,
                    _ => Known::Open,
                }
            }
            _ => Known::Open,
        }
    }

    /// What a condition says of a kind; `certain`: it is evaluated whatever the data.
    fn says(
        &self,
        condition: &Expression,
        kind: &Kind<'_>,
        certain: bool,
        missing: &mut Missing,
    ) -> Known {
        match &condition.node {
            Node::And(parts) => {
                let mut result = Known::Yes;
                for part in parts {
                    match self.says(part, kind, certain && result == Known::Yes, missing) {
                        Known::No => return Known::No,
                        Known::Open => result = Known::Open,
                        Known::Yes => {}
                    }
                }
                result
            }
            Node::Not(inner) => match self.says(inner, kind, certain, missing) {
                Known::Yes => Known::No,
                Known::No => Known::Yes,
                Known::Open => Known::Open,
            },
            Node::Compare(comparison @ (Comparison::Equal | Comparison::NotEqual), a, b) => {
                let Node::Dimension(dimension) = &a.node else {
                    return Known::Open;
                };
                let wanted = std::slice::from_ref(b.as_ref());
                let found = self.is_one_of(*dimension, wanted, kind, certain, missing);
                match (comparison, found) {
                    (Comparison::NotEqual, Known::Yes) => Known::No,
                    (Comparison::NotEqual, Known::No) => Known::Yes,
                    _ => found,
                }
            }
            Node::OneOf(a, wanted) => match &a.node {
                Node::Dimension(dimension) => {
                    self.is_one_of(*dimension, wanted, kind, certain, missing)
                }
                _ => Known::Open,
            },
            Node::Dimension(dimension) => {
                let yes = Expression {
                    node: Node::Bool(true),
                    ..condition.clone()
                };
                self.is_one_of(
                    *dimension,
                    std::slice::from_ref(&yes),
                    kind,
                    certain,
                    missing,
                )
            }
            _ => Known::Open,
        }
    }

    /// Whether the value that an instrument gives a dimension in its text is one of some.
    fn is_one_of(
        &self,
        dimension: DimensionId,
        wanted: &[Expression],
        kind: &Kind<'_>,
        certain: bool,
        missing: &mut Missing,
    ) -> Known {
        let Some(mapping) = kind.mapping.dimensions.get(&dimension) else {
            if certain && !self.is_banded(dimension) {
                self.need_dimension(dimension, kind, missing);
            }
            return Known::Open;
        };
        let DimensionMapping::Formula(value) = mapping else {
            return Known::Open;
        };
        let literal = |node: &Node| {
            matches!(
                node,
                Node::Member(..) | Node::Text(_) | Node::Bool(_) | Node::Currency(_)
            )
        };
        if !literal(&value.node) || !wanted.iter().all(|w| literal(&w.node)) {
            return Known::Open;
        }
        if wanted.iter().any(|w| w.node == value.node) {
            Known::Yes
        } else {
            Known::No
        }
    }

    fn report_unclassified(
        &mut self,
        book: &Book,
        dimension: DimensionId,
        instruments: Vec<InstrumentId>,
    ) {
        let Some(definition) = self.dimensions.get(dimension.index()) else {
            return;
        };
        let headings: Vec<_> = instruments
            .iter()
            .filter_map(|id| self.instruments.get(id.index()))
            .map(|instrument| &instrument.heading)
            .collect();
        let asker = format!("what the book `{}` reports", book.heading.short);
        let error = definition.unclassified(&asker, &headings);
        self.report(error);
    }
}
