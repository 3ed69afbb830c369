//! What a formula sees where it stands: its scope, its arguments, the positions that it is about.

use super::names::{DefId, ScopeId};
use crate::diagnostic::Span;
use crate::plan::{Expression, Over, ShockPath, Type};

/// A name that only this formula knows.
#[derive(Clone, Debug)]
pub(super) enum Local {
    /// Argument number n of a function or shape.
    Argument(u32, Type),
    /// A value put in: an argument of a scenario family, the variable of `for`.
    Value(Box<Expression>),
    /// A value whose unit its place still decides: the variable of `for`.
    Open(Box<Expression>, super::typing::Flex),
    /// The time in years of a shape.
    Time,
}

/// What bare names may mean besides definitions.
#[derive(Clone, Debug, Default)]
pub(super) enum Place {
    /// No position in sight.
    #[default]
    Plain,
    /// The body of a fold: measures, then terms of the selection.
    Fold(Members),
    /// A condition or a behaviour: terms of the positions; no measures.
    Position(Members),
    /// The terms of an instrument: columns and its other terms.
    Mapping,
    /// Rows of a file that holds no positions: columns only.
    Rows,
}

/// The instruments that a selection can hold.
#[derive(Clone, Debug, Default)]
pub(super) enum Members {
    /// Whatever the book includes.
    #[default]
    Open,
    /// These, and no others.
    Only(Vec<DefId>),
}

/// What `inherited` stands for.
#[derive(Clone, Debug)]
pub(super) enum Inherited {
    /// A value one level down.
    Value(Expression),
    /// A shock one level down.
    Path(ShockPath, Type),
}

/// The surroundings of a formula.
#[derive(Clone, Debug)]
pub(super) struct Context {
    pub(super) scope: ScopeId,
    pub(super) place: Place,
    pub(super) locals: Vec<(String, Local)>,
    /// The dimensions that an enclosing fold runs over.
    pub(super) over: Vec<Over>,
    /// In a shape: `zero`, `t` and `currency` have a meaning.
    pub(super) shape: bool,
    /// In a `set` or `shock` line: what `inherited` stands for, if there is something below.
    pub(super) inherited: Option<Inherited>,
    /// In a `set` or `shock` line at all.
    pub(super) overlay: bool,
    /// In the `when` of an action.
    pub(super) trigger: bool,
    /// In a test: given values may stand for flows and slices.
    pub(super) test: bool,
}

impl Context {
    pub(super) fn new(scope: ScopeId) -> Self {
        Context {
            scope,
            place: Place::Plain,
            locals: Vec::new(),
            over: Vec::new(),
            shape: false,
            inherited: None,
            overlay: false,
            trigger: false,
            test: false,
        }
    }
    pub(super) fn at(&self, place: Place) -> Self {
        Context {
            place,
            ..self.clone()
        }
    }
    pub(super) fn local(&self, name: &str) -> Option<&Local> {
        self.locals
            .iter()
            .rev()
            .find(|(n, _)| n == name)
            .map(|(_, local)| local)
    }
}

/// The type that a place asks for, and the text that says so.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    pub(super) ty: Type,
    pub(super) from: Option<(Span, String)>,
}

impl Expected {
    pub(super) fn new(ty: Type) -> Self {
        Expected { ty, from: None }
    }
    pub(super) fn because(ty: Type, span: Span, text: impl Into<String>) -> Self {
        Expected {
            ty,
            from: Some((span, text.into())),
        }
    }
}
