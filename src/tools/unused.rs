//! What a project defines and nothing in it reads: most often a slip in a name, or a rest that misleads who reads the text.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostic, FileId, SourceMap, Span, codes};
use crate::syntax;
use crate::syntax::tree::{
    Block, BlockKind, ClauseBody, Declaration, FactorKind, File, Item, Name, Parameter,
};

/// A warning for each definition of a project's own texts that no other line names. Only of projects that run something: a project
/// of definitions alone is read by others.
///
/// Scenarios, metrics, actions and limits are answers of their own (`show`, `impact`, `report`): they are never told.
pub fn definitions(trees: &[File], map: &SourceMap) -> Vec<Diagnostic> {
    let declarations = || trees.iter().flat_map(|tree| &tree.declarations);
    let exercises: Vec<&Block> = declarations()
        .filter_map(|declaration| block_of(declaration, BlockKind::Exercise))
        .collect();
    if exercises.is_empty() {
        return Vec::new();
    }
    let takes_all = exercises
        .iter()
        .any(|exercise| !says(exercise, "behaviours"));
    let read = Read::of(declarations().map(|d| d.name.span.file).collect(), map);
    let mut found = Vec::new();
    for declaration in declarations() {
        let own = declaration.span;
        let mut tell = |name: &Name, what: &str, help: &str| {
            found.push(
                Diagnostic::warning(
                    codes::warning::UNUSED,
                    format!("nothing reads the {what} `{}`", name.text),
                )
                .at(name.span, "")
                .help(help.to_owned()),
            );
        };
        for parameter in parameters(declaration) {
            if !read.within(own, &parameter.name) {
                tell(
                    &parameter.name,
                    "parameter",
                    "read it in the body, or take it out here and where it is given",
                );
            }
        }
        if let Some(market) = block_of(declaration, BlockKind::Market) {
            for clause in &market.clauses {
                if let ClauseBody::Factor(factor) = &clause.body
                    && let Some(what) = factor_word(factor.kind)
                    && !read.beyond(clause.span, &factor.name)
                {
                    let help = "name it (`discount … =`, in an accrual, a shock or a formula), or take the line out";
                    tell(&factor.name, what, help);
                }
            }
        }
        let Some(help) = help_for(&declaration.item) else {
            continue;
        };
        let in_force = block_of(declaration, BlockKind::Behaviour).is_some() && takes_all;
        if !in_force && !read.beyond(own, &declaration.name) {
            tell(&declaration.name, declaration.item.word(), help);
        }
    }
    found
}

/// What would make a definition of its kind be read; `None` for kinds that are answers of their own.
fn help_for(item: &Item) -> Option<&'static str> {
    Some(match item {
        Item::Binding(_) => "read it in a formula or a selection, or take it out",
        Item::Table(_) => "call it with its keys where the value is due, or take it out",
        Item::Function(_) | Item::Shape(_) => "call it, or take it out",
        Item::Dimension(_) => "map it in an instrument and read it, or take it out",
        Item::Block(block) => match block.kind {
            BlockKind::Instrument => "its positions are in no book: `include` it, or take it out",
            BlockKind::Product => {
                "name it in the book, a plan, a hedge or an action, or take it out"
            }
            BlockKind::Book => "no exercise runs on it: `book = …`, or take it out",
            BlockKind::Market => "no exercise runs on it: `market = …`, or take it out",
            BlockKind::Behaviour => {
                "no exercise has it among its `behaviours`: add it there, or take it out"
            }
            BlockKind::Plan => {
                "no scenario has it as its `balance_sheet`: name it there, or take it out"
            }
            _ => return None,
        },
        Item::Metric(_) => return None,
    })
}

fn factor_word(kind: FactorKind) -> Option<&'static str> {
    Some(match kind {
        FactorKind::Curve => "curve",
        FactorKind::Spread => "spread",
        FactorKind::Index => "index",
        FactorKind::Series => "series",
        FactorKind::Discount | FactorKind::Fx | FactorKind::Calendar | FactorKind::Volatility => {
            return None;
        }
    })
}

fn block_of(declaration: &Declaration, kind: BlockKind) -> Option<&Block> {
    match &declaration.item {
        Item::Block(block) if block.kind == kind => Some(block),
        _ => None,
    }
}

fn says(block: &Block, key: &str) -> bool {
    block.clauses.iter().any(|clause| match &clause.body {
        ClauseBody::Setting(setting) => setting.path().is_some_and(|path| path.text() == key),
        _ => false,
    })
}

fn parameters(declaration: &Declaration) -> &[Parameter] {
    match &declaration.item {
        Item::Function(function) => &function.parameters,
        Item::Shape(shape) => &shape.parameters,
        Item::Block(block) => block.parameters.as_deref().unwrap_or_default(),
        _ => &[],
    }
}

/// Every name in the texts of a project, with its places. What a `set` line puts is not read by it.
struct Read<'m>(BTreeMap<&'m str, Vec<Span>>);

impl<'m> Read<'m> {
    fn of(files: BTreeSet<FileId>, map: &'m SourceMap) -> Self {
        let mut places: BTreeMap<&str, Vec<Span>> = BTreeMap::new();
        for file in files {
            let mut before = "";
            for (start, word) in syntax::names(map.text(file)) {
                if before != "set" {
                    let span = Span::new(file, start, start + word.len());
                    places.entry(word).or_default().push(span);
                }
                before = word;
            }
        }
        Read(places)
    }

    fn places(&self, name: &Name) -> impl Iterator<Item = Span> + '_ {
        let own = name.span;
        let places = self.0.get(name.text.as_str()).into_iter().flatten();
        places.copied().filter(move |place| *place != own)
    }

    /// Whether a name stands outside of its own definition.
    fn beyond(&self, own: Span, name: &Name) -> bool {
        self.places(name).any(|place| !own.holds(place))
    }

    /// Whether a name stands in a definition besides where it is declared.
    fn within(&self, own: Span, name: &Name) -> bool {
        self.places(name).any(|place| own.holds(place))
    }
}
