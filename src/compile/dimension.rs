//! Dimensions: closed lists, orders, bands of time, open types.

use super::compiler::Compiler;
use super::literal::tenor_of;
use super::names::DefId;
use crate::calendar::Tenor;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{Band, Dimension, Domain, Member, Type};
use crate::syntax::tree::{self, Edge, EdgeKind, LiteralValue, ValueName};

impl Compiler<'_> {
    pub(super) fn lower_dimension(&mut self, id: DefId, dimension: &tree::Dimension) -> Dimension {
        let heading = self.heading(id);
        let ty = match &dimension.value_type {
            Some(ty) => self.header_type(ty, self.scope_of(id)),
            None => Type::Unknown,
        };
        let domain = if dimension.values.is_empty() {
            if dimension.value_type.is_none() {
                self.report(
                    Diagnostic::error(code::DIMENSION, format!("`{}` has neither values nor a type", heading.short))
                        .at(heading.origin.span.unwrap_or(Span::new(crate::diagnostic::FileId(0), 0, 0)), "")
                        .help("write `dimension x = a | b`, or `dimension x: text` if the data bring the values"),
                );
            }
            Domain::Open(ty)
        } else if dimension
            .values
            .iter()
            .any(|value| matches!(value.name, ValueName::Edge(_)))
        {
            Domain::Bands(self.bands(dimension))
        } else {
            let mut members: Vec<Member> = Vec::new();
            for value in &dimension.values {
                let ValueName::Name(name) = &value.name else {
                    continue;
                };
                if members.iter().any(|member| member.name == name.text) {
                    let first = dimension.values.iter().find_map(|value| match &value.name {
                        ValueName::Name(first) if first.text == name.text => Some(first.span),
                        _ => None,
                    });
                    self.report(
                        Diagnostic::error(
                            code::DEFINED_TWICE,
                            format!("`{}` is a value twice", name.text),
                        )
                        .at(name.span, "again here")
                        .also(first.unwrap_or(name.span), "first here")
                        .help("leave one of them out"),
                    );
                    continue;
                }
                members.push(Member {
                    name: name.text.clone(),
                    spelling: value.text.as_ref().map(|text| text.value.clone()),
                });
            }
            Domain::Closed {
                members,
                ordered: dimension.ordered,
            }
        };
        Dimension { heading, domain }
    }

    fn bands(&mut self, dimension: &tree::Dimension) -> Vec<Band> {
        let mut bands: Vec<Band> = Vec::new();
        for value in &dimension.values {
            let ValueName::Edge(edge) = &value.name else {
                self.report(
                    Diagnostic::error(code::DIMENSION, "a dimension of bands holds bands only")
                        .at(value.span, "")
                        .help("a band is `up to 1Y`, `below 1Y` or `beyond`"),
                );
                continue;
            };
            let Some((end, holds_end)) = self.tenor_edge(edge) else {
                continue;
            };
            if let (Some(last), Some(end)) = (bands.last().and_then(|band| band.end), end)
                && last
                    .compare(end)
                    .is_some_and(|order| order != std::cmp::Ordering::Less)
            {
                self.report(
                    Diagnostic::error(code::DIMENSION, "the bands do not grow")
                        .at(edge.span, "")
                        .help("each band begins where the one before ends"),
                );
            }
            bands.push(Band {
                label: self.written(edge.span),
                end,
                holds_end,
            });
        }
        bands
    }

    /// The edge of a band of tenors: its end (`None`: beyond) and whether the end belongs to it.
    pub(super) fn tenor_edge(&mut self, edge: &Edge) -> Option<(Option<Tenor>, bool)> {
        let tenor = |literal: &tree::Literal| match &literal.value {
            LiteralValue::Tenor(tenor) => tenor_of(tenor),
            _ => None,
        };
        match &edge.kind {
            EdgeKind::UpTo(literal) => tenor(literal).map(|end| (Some(end), true)),
            EdgeKind::Below(literal) => tenor(literal).map(|end| (Some(end), false)),
            EdgeKind::Beyond => Some((None, false)),
            EdgeKind::OrBetter(_) | EdgeKind::OrWorse(_) => {
                self.report(
                    Diagnostic::error(
                        code::DIMENSION,
                        "`or better` and `or worse` are of ordered dimensions, not of time",
                    )
                    .at(edge.span, "")
                    .help("a band is `up to 1Y`, `below 1Y` or `beyond`"),
                );
                None
            }
        }
    }
}
