//! Pass 1: who is called what. A project has one flat set of names; each library module has its own.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use super::{Source, suggest};
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, SourceMap, Span};
use crate::syntax::tree::{self, Declaration, Item};

/// A declaration by its number in [`Names::definitions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct DefId(pub(super) u32);

/// A set of names by its number in [`Names::scopes`]; the project is number 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ScopeId(pub(super) u32);

/// The project's own names.
pub(super) const PROJECT: ScopeId = ScopeId(0);

/// A declaration and where it belongs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Definition<'a> {
    pub(super) scope: ScopeId,
    pub(super) declaration: &'a Declaration,
}

/// The names that one project or module sees.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// `std.lcr`; `None` for the project.
    pub(super) module: Option<String>,
    /// What it declares.
    pub(super) own: IndexMap<String, DefId>,
    /// Names of declarations that could not be read.
    pub(super) broken: BTreeSet<String>,
    /// What `use m: a` brings in.
    pub(super) members: IndexMap<String, DefId>,
    /// What `use m` and `use m as x` bring in.
    pub(super) aliases: IndexMap<String, ScopeId>,
    /// Modules in use, in text order.
    pub(super) used: Vec<ScopeId>,
}

/// What a path means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A declaration, and how many parts of the path name it.
    Definition(DefId, usize),
    /// A module without a member of its own name.
    Module(ScopeId),
    /// A module is named, its member is not known.
    NoMember(ScopeId, usize),
    /// Something that could not be read: already reported.
    Broken,
    /// Nothing.
    Unknown,
}

/// All declarations of the project and the library.
#[derive(Debug, Default)]
pub(super) struct Names<'a> {
    pub(super) definitions: Vec<Definition<'a>>,
    pub(super) scopes: Vec<Scope>,
    /// Module paths (`std.irrbb.bcbs2024`) to scopes.
    pub(super) modules: BTreeMap<String, ScopeId>,
}

impl<'a> Names<'a> {
    /// Collects the declarations, then the `use` lines.
    pub(super) fn collect(
        sources: &'a [Source],
        map: &SourceMap,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut names = Names {
            scopes: vec![Scope::default()],
            ..Names::default()
        };
        for source in sources {
            if let Some(module) = &source.module
                && !names.modules.contains_key(module)
            {
                let id = ScopeId(names.scopes.len() as u32);
                names.scopes.push(Scope {
                    module: Some(module.clone()),
                    ..Scope::default()
                });
                names.modules.insert(module.clone(), id);
            }
        }
        for source in sources {
            let scope = names.scope_of(source);
            names.declare(scope, source, map, diagnostics);
        }
        for source in sources {
            let scope = names.scope_of(source);
            for line in &source.tree.uses {
                names.bring_in(scope, line, diagnostics);
            }
        }
        names.refuse_circles(sources, diagnostics);
        names
    }

    fn scope_of(&self, source: &Source) -> ScopeId {
        source
            .module
            .as_ref()
            .and_then(|module| self.modules.get(module))
            .copied()
            .unwrap_or(PROJECT)
    }

    fn declare(
        &mut self,
        scope: ScopeId,
        source: &'a Source,
        map: &SourceMap,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        for declaration in &source.tree.declarations {
            let id = DefId(self.definitions.len() as u32);
            self.definitions.push(Definition { scope, declaration });
            let name = &declaration.name;
            if let Some(word) = reserved(&name.text).or_else(|| hides(declaration)) {
                diagnostics.push(
                    Diagnostic::error(
                        code::RESERVED_NAME,
                        format!("`{}` is {word} and cannot be defined", name.text),
                    )
                    .at(name.span, "")
                    .help(format!("call it something else: `own_{}`", name.text)),
                );
                continue;
            }
            let Some(table) = self.scopes.get_mut(scope.0 as usize) else {
                continue;
            };
            if let Some(first) = table.own.get(&name.text).copied() {
                let first = self
                    .definitions
                    .get(first.0 as usize)
                    .map(|d| d.declaration.name.span);
                let mut twice = Diagnostic::error(
                    code::DEFINED_TWICE,
                    match first {
                        Some(span) => format!(
                            "`{}` is defined twice: here and in {}",
                            name.text,
                            at_line(map, span)
                        ),
                        None => format!("`{}` is defined twice", name.text),
                    },
                )
                .at(name.span, "the second definition")
                .help(if scope == PROJECT {
                    "names are unique in a project"
                } else {
                    "names are unique in a module"
                });
                if let Some(span) = first {
                    twice = twice.also(span, "the first one");
                }
                diagnostics.push(twice);
            } else {
                table.own.insert(name.text.clone(), id);
            }
        }
        if let Some(table) = self.scopes.get_mut(scope.0 as usize) {
            for broken in &source.tree.broken {
                table.broken.extend(brought_in(map.slice(broken.span)));
            }
            table.broken.extend(
                source
                    .tree
                    .broken
                    .iter()
                    .filter_map(|broken| broken.name.clone()),
            );
        }
    }

    fn bring_in(&mut self, scope: ScopeId, line: &tree::Use, diagnostics: &mut Vec<Diagnostic>) {
        let path = line.path.text();
        let Some(module) = self.modules.get(&path).copied() else {
            let near = suggest::nearest(&path, self.modules.keys().map(String::as_str));
            let help = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => "a module is a file of the library, `std.lcr` for example".to_owned(),
            };
            diagnostics.push(
                Diagnostic::error(code::UNKNOWN_NAME, format!("there is no module `{path}`"))
                    .at(line.path.span, "")
                    .help(help),
            );
            let alias = line
                .alias
                .as_ref()
                .or(line.path.segments.last())
                .map(|name| name.text.clone());
            if let Some(table) = self.scopes.get_mut(scope.0 as usize) {
                table.broken.extend(alias);
                table
                    .broken
                    .extend(line.members.iter().map(tree::Path::text));
            }
            return;
        };
        let mut found = Vec::new();
        for member in &line.members {
            let name = member.text();
            match self
                .scopes
                .get(module.0 as usize)
                .and_then(|s| s.own.get(&name))
                .copied()
            {
                Some(id) => found.push((name, id, member.span)),
                None => {
                    diagnostics.push(self.no_member(module, &name, member.span));
                    let meant = self
                        .scope(module)
                        .and_then(|s| suggest::nearest(&name, s.own.keys().map(String::as_str)))
                        .map(str::to_owned);
                    if let Some(table) = self.scopes.get_mut(scope.0 as usize) {
                        table.broken.insert(name);
                        // It is used under its right name elsewhere, and that is no second error.
                        table.broken.extend(meant);
                    }
                }
            }
        }
        let alias = line.alias.as_ref().or(line.path.segments.last());
        let Some(table) = self.scopes.get_mut(scope.0 as usize) else {
            return;
        };
        if let Some(alias) = alias {
            match table.aliases.get(&alias.text) {
                Some(other) if *other != module => diagnostics.push(
                    Diagnostic::error(
                        code::DEFINED_TWICE,
                        format!("two modules are called `{}` here", alias.text),
                    )
                    .at(alias.span, "")
                    .help(format!("name one of them: `use {path} as …`")),
                ),
                _ => {
                    table.aliases.insert(alias.text.clone(), module);
                }
            }
        }
        if !table.used.contains(&module) {
            table.used.push(module);
        }
        for (name, id, span) in found {
            let clash = table
                .own
                .get(&name)
                .or_else(|| table.members.get(&name))
                .copied()
                .filter(|other| *other != id);
            if let Some(other) = clash {
                let other = self
                    .definitions
                    .get(other.0 as usize)
                    .map(|d| d.declaration.name.span);
                let mut twice = Diagnostic::error(
                    code::DEFINED_TWICE,
                    format!("`{name}` comes in here and is defined already"),
                )
                .at(span, "")
                .help(format!(
                    "leave it out of the list and write `{}.{name}`",
                    alias.map_or("", |a| a.text.as_str())
                ));
                if let Some(span) = other {
                    twice = twice.also(span, "the other one");
                }
                diagnostics.push(twice);
            } else {
                table.members.insert(name, id);
            }
        }
    }

    /// The error for a name that a module does not have.
    pub(super) fn no_member(&self, module: ScopeId, name: &str, span: Span) -> Diagnostic {
        let scope = self.scope(module);
        let path = scope.and_then(|s| s.module.clone()).unwrap_or_default();
        let near = scope.and_then(|s| suggest::nearest(name, s.own.keys().map(String::as_str)));
        let error =
            Diagnostic::error(code::UNKNOWN_NAME, format!("`{path}` has no `{name}`")).at(span, "");
        match near {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help(format!("`plimsoll list` prints what `{path}` defines")),
        }
    }

    fn refuse_circles(&self, sources: &[Source], diagnostics: &mut Vec<Diagnostic>) {
        for (index, scope) in self.scopes.iter().enumerate() {
            let start = ScopeId(index as u32);
            let Some(module) = &scope.module else {
                continue;
            };
            let mut seen = BTreeSet::new();
            let mut open: Vec<ScopeId> = scope.used.clone();
            while let Some(next) = open.pop() {
                // The circle is reported once, at its first module in the order of the sources.
                if next == start {
                    let span = sources
                        .iter()
                        .filter(|s| s.module.as_ref() == Some(module))
                        .flat_map(|s| s.tree.uses.iter())
                        .map(|line| line.span)
                        .next();
                    let error = Diagnostic::error(
                        code::CIRCULAR,
                        format!("`{module}` uses itself through other modules"),
                    )
                    .help("move what both need to a module of its own");
                    diagnostics.push(match span {
                        Some(span) => error.at(span, ""),
                        None => error,
                    });
                    break;
                }
                if next > start && seen.insert(next) {
                    open.extend(self.scope(next).map(|s| s.used.clone()).unwrap_or_default());
                }
            }
        }
    }

    pub(super) fn scope(&self, id: ScopeId) -> Option<&Scope> {
        self.scopes.get(id.0 as usize)
    }

    pub(super) fn definition(&self, id: DefId) -> Option<Definition<'a>> {
        self.definitions.get(id.0 as usize).copied()
    }

    /// What a path means in a scope: own names first, then `use` members, then modules by alias or full path.
    pub(super) fn find(&self, scope: ScopeId, segments: &[&str]) -> Found {
        let Some((first, rest)) = segments.split_first() else {
            return Found::Unknown;
        };
        let Some(table) = self.scope(scope) else {
            return Found::Unknown;
        };
        if let Some(id) = table
            .own
            .get(*first)
            .or_else(|| table.members.get(*first))
            .copied()
        {
            // `lcr.outflow_rate` where `lcr` is both a member and a module: the module's member wins if there is one.
            if let (Some(second), Some(module)) = (rest.first(), table.aliases.get(*first))
                && let Some(member) = self.scope(*module).and_then(|s| s.own.get(*second))
            {
                return Found::Definition(*member, 2);
            }
            return Found::Definition(id, 1);
        }
        if let Some(module) = table.aliases.get(*first).copied() {
            return self.member(module, segments, 1);
        }
        if table.broken.contains(*first) {
            return Found::Broken;
        }
        for length in (1..=segments.len()).rev() {
            let path: Vec<&str> = segments.iter().take(length).copied().collect();
            if let Some(module) = self.modules.get(&path.join(".")).copied() {
                return self.member(module, segments, length);
            }
        }
        Found::Unknown
    }

    /// The member after a module's name of `length` parts; without one, the member that bears the module's own name.
    fn member(&self, module: ScopeId, segments: &[&str], length: usize) -> Found {
        let Some(scope) = self.scope(module) else {
            return Found::Unknown;
        };
        if let Some(name) = segments.get(length) {
            return match scope.own.get(*name) {
                Some(id) => Found::Definition(*id, length + 1),
                None if scope.broken.contains(*name) => Found::Broken,
                None => Found::NoMember(module, length),
            };
        }
        let own = scope
            .module
            .as_deref()
            .and_then(|path| path.rsplit('.').next())
            .unwrap_or_default();
        match scope.own.get(own) {
            Some(id) => Found::Definition(*id, length),
            None => Found::Module(module),
        }
    }

    /// The full name of a declaration: `std.lcr.outflow_rate`, or the bare name in the project.
    pub(super) fn full_name(&self, id: DefId) -> String {
        let Some(definition) = self.definition(id) else {
            return String::new();
        };
        match self.scope(definition.scope).and_then(|s| s.module.as_ref()) {
            Some(module) => format!("{module}.{}", definition.declaration.name.text),
            None => definition.declaration.name.text.clone(),
        }
    }

    /// The declarations of a scope in text order.
    pub(super) fn of_scope(&self, scope: ScopeId) -> impl Iterator<Item = DefId> + '_ {
        self.definitions
            .iter()
            .enumerate()
            .filter(move |(_, d)| d.scope == scope)
            .map(|(i, _)| DefId(i as u32))
    }

    /// The dimensions that a bare key may mean in a scope: its own and members first, else those of used modules.
    pub(super) fn dimensions_called(&self, scope: ScopeId, name: &str) -> Vec<DefId> {
        let Some(table) = self.scope(scope) else {
            return Vec::new();
        };
        let near = table
            .own
            .get(name)
            .or_else(|| table.members.get(name))
            .copied();
        if let Some(id) = near {
            return if self.is_dimension(id) {
                vec![id]
            } else {
                Vec::new()
            };
        }
        let used = table
            .used
            .iter()
            .filter_map(|module| self.scope(*module)?.own.get(name).copied());
        used.filter(|id| self.is_dimension(*id)).collect()
    }

    pub(super) fn is_dimension(&self, id: DefId) -> bool {
        self.definition(id)
            .is_some_and(|d| matches!(d.declaration.item, Item::Dimension(_)))
    }
}

/// `rates_up.plim, line 12`.
pub(super) fn at_line(map: &SourceMap, span: Span) -> String {
    format!("{}, line {}", map.name(span.file), map.start(span).line)
}

/// What a word that cannot be redefined is.
fn reserved(name: &str) -> Option<&'static str> {
    Some(match name {
        "base" | "inherited" | "horizon" | "previous" | "start" | "shocked" | "end"
        | "maturity" | "zero" | "currency" | "true" | "false" => "a word of the language",
        "all" | "assets" | "liabilities" | "off_balance" | "derivatives" => {
            "a selection of the language"
        }
        "equity" => "a measure of the language",
        _ => return None,
    })
}

/// Whether a definition with a value would be hidden by a measure of the same name in every fold.
fn hides(declaration: &Declaration) -> Option<&'static str> {
    let has_value = match &declaration.item {
        Item::Metric(_) | Item::Function(_) | Item::Table(_) => true,
        Item::Binding(binding) => binding.value_type.name.text != "selection",
        _ => false,
    };
    (has_value && super::reference::measure(&declaration.name.text).is_some())
        .then_some("a measure of the language")
}

/// The names that a `use` line brings in, if a broken text seems to be one: `uses std.lcr: lcr, hqla`.
fn brought_in(text: &str) -> Vec<String> {
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.');
    let is_use = words.next().is_some_and(|first| {
        first == "use" || suggest::nearest(first, ["use", "import"]).is_some()
    });
    if !is_use {
        return Vec::new();
    }
    words
        .filter_map(|word| word.rsplit('.').next())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}
