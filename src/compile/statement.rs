//! The statements of a scenario: each with its key, its value, and what it replaced.

use indexmap::IndexMap;

use super::compiler::Compiler;
use super::context::{Context, Expected, Inherited};
use super::names::DefId;
use super::overlay::{Entry, Flat, Stage, Value};
use super::spelling;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{
    BehaviourSettings, Expression, Node, Origin, Pattern, RatesAssumption, Replaced, ScenarioKey,
    Term, Type,
};
use crate::syntax::tree::{
    self, BlockKind, Clause, ClauseBody, Item, Reference, ScenarioSum, Setting,
};

/// A scenario as it is named: with the values of its parameters, or a sum.
#[derive(Clone, Debug)]
pub(super) enum ScenarioRef {
    /// A declaration with the values of its parameters.
    Named(DefId, Vec<(String, Expression)>),
    /// `a + b`.
    Sum(Vec<ScenarioKey>),
}

/// A new value of a behaviour's setting.
#[derive(Clone, Debug)]
pub(super) enum SettingValue {
    /// A formula in the place of the key.
    Formula(Expression),
    /// A word or constructor; only the key's own field is filled.
    Whole(Box<BehaviourSettings>),
    /// `reprice.lag`.
    Lag(crate::calendar::Tenor),
}

impl Compiler<'_> {
    /// The key of a scenario that a formula or a line names; `None` if it is wrong, which is then reported.
    pub(super) fn scenario_key(
        &mut self,
        id: DefId,
        reference: &Reference,
        cx: &Context,
    ) -> Option<ScenarioKey> {
        let definition = self.definition(id)?;
        let Item::Block(block) = &definition.declaration.item else {
            return None;
        };
        self.named.insert(id);
        let written = block.parameters.as_deref().unwrap_or_default();
        let parameters = self.parameters_of(written, id);
        if parameters.is_empty() && reference.arguments.as_ref().is_some_and(|a| !a.is_empty()) {
            self.report(
                Diagnostic::error(
                    code::ARGUMENTS,
                    format!("`{}` has no parameters", reference.path.text()),
                )
                .at(reference.span, "")
                .also(definition.declaration.name.span, "defined here")
                .help(format!(
                    "write `{}`, or declare a parameter: `scenario {}(size: rate)`",
                    reference.path.text(),
                    reference.path.text()
                )),
            );
            return None;
        }
        let values = self.called(&parameters, written, reference, cx)?;
        let mut arguments = Vec::new();
        for ((name, _), value) in parameters.into_iter().zip(values) {
            let span = value.span.unwrap_or(reference.span);
            let value = self.literal_value(value, span)?;
            arguments.push((name, value));
        }
        let key = self.key_of(id, &arguments);
        self.scenario_refs
            .entry(key.clone())
            .or_insert(ScenarioRef::Named(id, arguments));
        Some(key)
    }

    fn key_of(&self, id: DefId, arguments: &[(String, Expression)]) -> ScenarioKey {
        let name = self.names.full_name(id);
        if arguments.is_empty() {
            return ScenarioKey(name);
        }
        let listed: Vec<String> = arguments
            .iter()
            .map(|(name, value)| format!("{name} = {}", spelling::literal(value)))
            .collect();
        ScenarioKey(format!("{name}({})", listed.join(", ")))
    }

    /// The key of a scenario without parameters, for checks.
    pub(super) fn plain_key(
        &mut self,
        id: DefId,
        arguments: Vec<(String, Expression)>,
    ) -> ScenarioKey {
        let key = self.key_of(id, &arguments);
        self.scenario_refs
            .entry(key.clone())
            .or_insert(ScenarioRef::Named(id, arguments));
        key
    }

    /// The value of an argument of a family: a literal, or a `let` that is one.
    pub(super) fn literal_value(&mut self, value: Expression, span: Span) -> Option<Expression> {
        match &value.node {
            _ if value.ty == Type::Unknown => None,
            Node::Number(_)
            | Node::Money(..)
            | Node::Tenor(_)
            | Node::Date(_)
            | Node::Bool(_)
            | Node::Text(_)
            | Node::Member(..)
            | Node::Currency(_)
            | Node::Local(_) => Some(value),
            Node::Parameter(id) => {
                self.drain();
                let literal = self
                    .parameters
                    .get(id.index())
                    .and_then(|p| p.value.clone())
                    .map(|literal| Expression {
                        ty: value.ty.clone(),
                        ..literal
                    });
                match literal {
                    Some(literal) if !matches!(literal.node, Node::Parameter(_)) => {
                        self.literal_value(literal, span)
                    }
                    _ => None,
                }
            }
            _ => {
                self.report(
                    Diagnostic::error(
                        code::LITERAL_DUE,
                        "an argument of a scenario is a value that stands in the text",
                    )
                    .at(span, "")
                    .help("write a literal, a `let` that is one, or the variable of `for` over a list: `for size in -100bp, 100bp`"),
                );
                None
            }
        }
    }

    /// The key of `a + b` as `extends` or `run` writes it.
    pub(super) fn sum_key(&mut self, sum: &ScenarioSum, cx: &Context) -> Option<ScenarioKey> {
        let mut keys = Vec::new();
        for member in &sum.members {
            let typed = self.reference(member, Some(&Type::Scenario), cx);
            let member = self.settle(typed, &Expected::new(Type::Scenario));
            match member.node {
                Node::Scenario(key) => keys.push(key),
                _ => return None,
            }
        }
        match keys.as_slice() {
            [only] => Some(only.clone()),
            _ => {
                let key = ScenarioKey(
                    keys.iter()
                        .map(|key| key.0.as_str())
                        .collect::<Vec<_>>()
                        .join(" + "),
                );
                self.scenario_refs
                    .entry(key.clone())
                    .or_insert(ScenarioRef::Sum(keys));
                Some(key)
            }
        }
    }

    /// Reads one line of a scenario into the stage.
    pub(super) fn statement(
        &mut self,
        clause: &Clause,
        cx: &Context,
        below: &Flat,
        stage: &mut Stage<'_>,
    ) {
        match &clause.body {
            ClauseBody::Setting(setting) => self.assumption(setting, clause, cx, below, stage),
            ClauseBody::Shock(shock) => self.shock_statement(shock, clause, cx, below, stage),
            ClauseBody::Set(set) => {
                self.set_statement(&set.target, &set.value, clause, cx, below, stage)
            }
            ClauseBody::Arm(arm) => {
                for path in &arm.actions {
                    let Some(id) = self.find_path(path, cx) else {
                        continue;
                    };
                    if !self.expect_kind(id, BlockKind::Action, path.span) {
                        continue;
                    }
                    let action = self.action_id(id);
                    let key = format!("allow {}", self.names.full_name(id));
                    let word = if arm.allowed { "allow" } else { "forbid" };
                    let value = if arm.allowed {
                        Value::Allow(action)
                    } else {
                        Value::Forbid
                    };
                    self.put(
                        stage,
                        below,
                        key,
                        value,
                        word.to_owned(),
                        path.span,
                        clause,
                        None,
                    );
                }
            }
            body => self.misplaced(body, clause.span, BlockKind::Scenario),
        }
    }

    /// `balance_sheet = constant`, `rates = forwards`.
    fn assumption(
        &mut self,
        setting: &Setting,
        clause: &Clause,
        cx: &Context,
        below: &Flat,
        stage: &mut Stage<'_>,
    ) {
        let (Some(path), Some(value)) = (setting.path(), setting.values.first()) else {
            self.unknown_setting(setting, BlockKind::Scenario, &["balance_sheet", "rates"]);
            return;
        };
        let text = spelling::with_values(&spelling::expression(value), cx);
        match path.text().as_str() {
            "balance_sheet" => {
                let Some(sheet) = self.balance_sheet(value, cx) else {
                    return;
                };
                self.put(
                    stage,
                    below,
                    "balance_sheet".to_owned(),
                    Value::BalanceSheet(sheet),
                    text,
                    path.span,
                    clause,
                    None,
                );
            }
            "rates" => {
                let Some((word, parted, _)) =
                    self.constructor(value, "rates", &["forwards", "constant", "paths"])
                else {
                    return;
                };
                let rates = match word {
                    "forwards" => Value::Rates(RatesAssumption::Forwards),
                    "constant" => Value::Rates(RatesAssumption::Constant),
                    _ => match self.paths(&parted, clause, value.span, cx) {
                        Some(paths) => Value::Paths(Box::new(paths)),
                        None => return,
                    },
                };
                self.put(
                    stage,
                    below,
                    "rates".to_owned(),
                    rates,
                    text,
                    path.span,
                    clause,
                    None,
                );
            }
            _ => self.unknown_setting(setting, BlockKind::Scenario, &["balance_sheet", "rates"]),
        }
    }

    /// `set target = value`; also the `given` of a test on anything that a scenario may set.
    pub(super) fn set_statement(
        &mut self,
        target: &Reference,
        value: &tree::Expression,
        clause: &Clause,
        cx: &Context,
        below: &Flat,
        stage: &mut Stage<'_>,
    ) {
        let segments: Vec<&str> = target
            .path
            .segments
            .iter()
            .map(|s| s.text.as_str())
            .collect();
        let (id, used) = match self.names.find(cx.scope, &segments) {
            super::names::Found::Definition(id, used) => (id, used),
            super::names::Found::Broken => return,
            super::names::Found::NoMember(module, used) => {
                let error = self.names.no_member(
                    module,
                    segments.get(used).copied().unwrap_or_default(),
                    target.path.span,
                );
                self.report(error);
                return;
            }
            _ => {
                self.unknown_path(&target.path, None, cx);
                return;
            }
        };
        self.named.insert(id);
        let Some(definition) = self.definition(id) else {
            return;
        };
        let rest = segments
            .get(used..)
            .map(|rest| rest.join("."))
            .unwrap_or_default();
        let full = self.names.full_name(id);
        let text = spelling::with_values(&spelling::expression(value), cx);
        match &definition.declaration.item {
            Item::Binding(binding)
                if rest.is_empty() && binding.value_type.name.text != "selection" =>
            {
                let Some(own) = &binding.value else {
                    self.report(
                        Diagnostic::error(
                            code::NOT_SETTABLE,
                            format!("`{full}` is a demand: the book answers it"),
                        )
                        .at(target.span, "")
                        .also(definition.declaration.name.span, "defined here"),
                    );
                    return;
                };
                let ty = self.parameter_type(id, binding);
                let parameter = self.parameter_id(id);
                self.drain();
                let key = format!("set {full}");
                let inherited = match below.get(&key).map(|entry| &entry.value) {
                    Some(Value::Parameter(_, value)) => Some(value.clone()),
                    _ => self
                        .parameters
                        .get(parameter.index())
                        .and_then(|p| p.value.clone()),
                };
                let value = self.overlaid(value, ty, binding.value_type.span, inherited, cx);
                self.hold_to_share(&binding.value_type, &value);
                let original = Some((spelling::expression(own), definition.declaration.span));
                self.put(
                    stage,
                    below,
                    key,
                    Value::Parameter(parameter, value),
                    text,
                    target.span,
                    clause,
                    original,
                );
            }
            Item::Table(table) if rest.is_empty() => {
                let (ty, keys) = self.table_header(id, table);
                let Some(arguments) = &target.arguments else {
                    self.report(
                        Diagnostic::error(
                            code::NOT_SETTABLE,
                            format!("`{full}` is a table: a cell of it is set"),
                        )
                        .at(target.span, "")
                        .help(format!("write `set {full}(…) = …`")),
                    );
                    return;
                };
                let Some(patterns) = self.cell_patterns(arguments, &keys, cx, target.span) else {
                    return;
                };
                let table_id = self.table_id(id);
                self.drain();
                let named: Vec<String> = arguments
                    .iter()
                    .map(|argument| spelling::expression(&argument.value))
                    .collect();
                let key = format!("set {full}({})", named.join(", "));
                let row = self.tables.get(table_id.index()).and_then(|table| {
                    let exact = table.rows.iter().find(|row| row.patterns == patterns);
                    exact
                        .or_else(|| {
                            table.rows.iter().find(|row| {
                                row.patterns
                                    .iter()
                                    .zip(&patterns)
                                    .all(|(row, cell)| covers(row, cell))
                            })
                        })
                        .cloned()
                });
                let inherited = match below.get(&key).map(|entry| &entry.value) {
                    Some(Value::Cell(_, _, value)) => Some(value.clone()),
                    _ => row.as_ref().map(|row| row.value.clone()),
                };
                let value = self.overlaid(value, ty, table.value_type.span, inherited, cx);
                self.hold_to_share(&table.value_type, &value);
                let original =
                    row.and_then(|row| Some((self.written(row.value.span?), row.origin.span?)));
                self.put(
                    stage,
                    below,
                    key,
                    Value::Cell(table_id, patterns, value),
                    text,
                    target.span,
                    clause,
                    original,
                );
            }
            Item::Block(block) if block.kind == BlockKind::Behaviour && !rest.is_empty() => {
                self.set_behaviour(id, &rest, target, value, clause, cx, below, stage);
            }
            Item::Block(block) if block.kind == BlockKind::Product && !rest.is_empty() => {
                let Some((term, ty)) = super::reference::term(&rest) else {
                    self.not_settable(
                        &target.path,
                        "the plain terms of a product are set: `price`, `capacity`, `cost`, …",
                    );
                    return;
                };
                let ty = if term == Term::Maturity {
                    Type::Tenor
                } else {
                    ty
                };
                let product = self.product_id(id);
                self.drain();
                let key = format!("set {full}.{rest}");
                let inherited = match below.get(&key).map(|entry| &entry.value) {
                    Some(Value::Product(_, _, value)) => Some(value.clone()),
                    _ => self
                        .products
                        .get(product.index())
                        .and_then(|p| p.mapping.terms.get(&term).cloned()),
                };
                let inner = cx.at(super::context::Place::Position(
                    super::context::Members::Open,
                ));
                let value = self.overlaid(
                    value,
                    ty,
                    definition.declaration.name.span,
                    inherited,
                    &inner,
                );
                self.put(
                    stage,
                    below,
                    key,
                    Value::Product(product, term, value),
                    text,
                    target.span,
                    clause,
                    None,
                );
            }
            Item::Block(block) if block.kind == BlockKind::Action => {
                if !super::action::is_action_field(&rest) {
                    self.not_settable(
                        &target.path,
                        &format!(
                            "the fields of an action are set: {}",
                            super::suggest::listed(&super::action::ACTION_KEYS)
                        ),
                    );
                    return;
                }
                let action = self.action_id(id);
                self.drain();
                let mut field = crate::plan::Action::default();
                self.action_field(&mut field, &rest, value, target.span, cx);
                let original = self
                    .actions
                    .get(action.index())
                    .and_then(|own| own.origins.get(&rest))
                    .and_then(|origin| origin.span)
                    .map(|span| (self.written(span), span));
                let key = format!("set {full}.{rest}");
                self.put(
                    stage,
                    below,
                    key,
                    Value::Action(action, rest, Box::new(field)),
                    text,
                    target.span,
                    clause,
                    original,
                );
            }
            Item::Block(block) if block.kind == BlockKind::Plan && !rest.is_empty() => {
                let Some(plan) = self.new_business(id) else {
                    return;
                };
                let Some(line) = self.line_named(&plan, &rest, target.path.span) else {
                    return;
                };
                let key = format!("set {full}.{}", line.key);
                let inherited = match below.get(&key).map(|entry| &entry.value) {
                    Some(Value::Size(_, value)) => Some(value.clone()),
                    _ => line.volume.clone().size_mut().cloned(),
                };
                let ty = Self::size_type(&line.volume);
                let due = line.origin.span.unwrap_or(target.path.span);
                let value = self.overlaid(value, ty, due, inherited, cx);
                let original = line.origin.span.map(|span| (line.text.clone(), span));
                let value = Value::Size(full, value);
                self.put(
                    stage,
                    below,
                    key,
                    value,
                    text,
                    target.span,
                    clause,
                    original,
                );
            }
            Item::Block(block) if block.kind == BlockKind::Collateral => {
                self.set_cover_pool(id, &rest, target, value, clause, cx, below, stage);
            }
            Item::Block(block) if block.kind == BlockKind::Hedge && !rest.is_empty() => {
                self.set_hedge(id, &rest, target, value, clause, cx, below, stage);
            }
            item => {
                let word = item.word();
                let is_instrument =
                    matches!(item, Item::Block(block) if block.kind == BlockKind::Instrument);
                let help = match item {
                    Item::Metric(_) => {
                        "a metric follows from its formula; in a test it may be given"
                    }
                    Item::Block(block) if block.kind == BlockKind::Ftp => {
                        "transfer prices are a rule of the house, the same in every scenario; the curves that they read may be shocked"
                    }
                    _ if is_instrument => {
                        "contract terms are data; a behaviour or a shock changes what becomes of them"
                    }
                    _ => {
                        "behaviours, table cells, `let` values, products, actions and the ratio of a hedge are set"
                    }
                };
                let name = &definition.declaration.name.text;
                let message = match target.path.segments.last() {
                    Some(term) if is_instrument && term.text != *name => {
                        format!("`{}` is a term of `{name}` and cannot be set", term.text)
                    }
                    _ => format!(
                        "`{}` is {} {word} and cannot be set",
                        target.path.text(),
                        super::mapping::article(word)
                    ),
                };
                self.report(
                    Diagnostic::error(code::NOT_SETTABLE, message)
                        .at(target.span, "")
                        .also(definition.declaration.name.span, "defined here")
                        .help(help),
                );
            }
        }
    }

    pub(super) fn not_settable(&mut self, path: &tree::Path, help: &str) {
        self.report(
            Diagnostic::error(
                code::NOT_SETTABLE,
                format!("`{}` cannot be set", path.text()),
            )
            .at(path.span, "")
            .help(help.to_owned()),
        );
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "the parts of one line and where it goes"
    )]
    fn set_behaviour(
        &mut self,
        id: DefId,
        rest: &str,
        target: &Reference,
        value: &tree::Expression,
        clause: &Clause,
        cx: &Context,
        below: &Flat,
        stage: &mut Stage<'_>,
    ) {
        let behaviour = self.behaviour_id(id);
        self.drain();
        let Some(lowered) = self.behaviours.get(behaviour.index()).cloned() else {
            return;
        };
        let full = self.names.full_name(id);
        let key = format!("set {full}.{rest}");
        let text = spelling::with_values(&spelling::expression(value), cx);
        let mut inner = self.behaviour_context(&lowered.on, cx.scope);
        inner.locals = cx.locals.clone();
        let ty = match rest {
            "reprice.up" | "reprice.down" => Some(Type::Ratio),
            "reprice.floor" => Some(Type::Rate),
            "decay.term" | "decay.half_life" => Some(Type::Tenor),
            _ => Self::setting_type(rest),
        };
        let first = rest.split('.').next().unwrap_or(rest);
        let own = lowered.origins.get(first).cloned();
        let setting = if let Some(ty) = ty {
            let inherited = match below.get(&key).map(|entry| &entry.value) {
                Some(Value::Behaviour(_, _, SettingValue::Formula(value))) => Some(value.clone()),
                _ => self.own_or_overridden(&lowered, rest),
            };
            SettingValue::Formula(self.overlaid(value, ty, target.path.span, inherited, &inner))
        } else if rest == "reprice.lag" {
            match self.literal_tenor(value, "`lag`", &inner) {
                Some(lag) => SettingValue::Lag(lag),
                None => return,
            }
        } else if super::behaviour::BEHAVIOUR_KEYS.contains(&rest) {
            let mut settings = BehaviourSettings::default();
            self.put_setting(&mut settings, rest, value, target.path.span, &inner);
            SettingValue::Whole(Box::new(settings))
        } else {
            let near = super::suggest::nearest(first, super::behaviour::BEHAVIOUR_KEYS);
            let error = Diagnostic::error(
                code::UNKNOWN_SETTING,
                format!("a behaviour has no `{rest}`"),
            )
            .at(
                {
                    // The first part that a behaviour does not have.
                    let known = super::behaviour::BEHAVIOUR_KEYS.contains(&first);
                    let parts = rest.split('.').count();
                    let from = target.path.segments.len().saturating_sub(parts);
                    super::reference::segment_span(&target.path, from + usize::from(known))
                },
                "",
            );
            self.report(match near {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help(format!(
                    "it has {}",
                    super::suggest::listed(&super::behaviour::BEHAVIOUR_KEYS)
                )),
            });
            return;
        };
        let original = own.and_then(|origin| {
            let formula = self.own_or_overridden(&lowered, rest);
            let text = formula
                .and_then(|f| f.span)
                .map(|span| self.written(span))
                .unwrap_or_default();
            Some((text, origin.span?))
        });
        self.put(
            stage,
            below,
            key,
            Value::Behaviour(behaviour, rest.to_owned(), setting),
            text,
            target.span,
            clause,
            original,
        );
    }

    /// A setting as the behaviour says it, or as the one that it overrides does.
    fn own_or_overridden(
        &self,
        behaviour: &crate::plan::Behaviour,
        key: &str,
    ) -> Option<Expression> {
        super::behaviour::formula_of(&behaviour.settings, key).or_else(|| {
            behaviour.overrides.iter().find_map(|id| {
                let other = self.behaviours.get(id.index())?;
                super::behaviour::formula_of(&other.settings, key)
            })
        })
    }

    /// The value of a `set` line, with `inherited` put in.
    pub(super) fn overlaid(
        &mut self,
        value: &tree::Expression,
        ty: Type,
        due: Span,
        inherited: Option<Expression>,
        cx: &Context,
    ) -> Expression {
        let mut inner = cx.clone();
        inner.overlay = true;
        inner.inherited = inherited.map(|value| {
            // Within a ratio per period `inherited` is that ratio per period.
            Inherited::Value(value)
        });
        self.expect(value, &Expected::because(ty, due, "what is set"), &inner)
    }

    /// Puts a statement on the stage: over what lies below, once in the scenario's own text.
    #[allow(clippy::too_many_arguments, reason = "the parts of one statement")]
    pub(super) fn put(
        &mut self,
        stage: &mut Stage<'_>,
        below: &Flat,
        key: String,
        value: Value,
        text: String,
        span: Span,
        clause: &Clause,
        original: Option<(String, Span)>,
    ) {
        let mut origin: Origin = self.origin(clause.span, &clause.metadata);
        if origin.reasons.because.is_none() && origin.reasons.source.is_none() {
            let declared = stage.reasons.clone();
            origin.reasons.because = declared.because;
            origin.reasons.source = declared.source;
        }
        origin.reasons.owner = origin.reasons.owner.or_else(|| stage.reasons.owner.clone());
        origin.reasons.review = origin.reasons.review.or(stage.reasons.review);
        let mut chain = Vec::new();
        match below.get(&key) {
            Some(entry) => {
                chain.clone_from(&entry.chain);
                chain.push(entry.statement);
                origin.replaced.clone_from(&entry.origin.replaced);
                origin.replaced.push(Replaced {
                    value: entry.text.clone(),
                    file: entry.origin.file.clone(),
                    line: entry.origin.line,
                });
            }
            None => {
                if let Some((text, span)) = original {
                    let place = self.place(span);
                    origin.replaced.push(Replaced {
                        value: text,
                        file: place.file,
                        line: place.line,
                    });
                }
            }
        }
        if let Some(first) = stage.own.get(&key).copied() {
            let what = key.strip_prefix("shock ").unwrap_or(&key).to_owned();
            let twice = if key.starts_with("shock ") {
                format!("{what} is shocked twice in `{}`", stage.name)
            } else {
                format!("`{what}` is said twice in `{}`", stage.name)
            };
            self.report(
                Diagnostic::error(code::SHOCKED_TWICE, twice)
                    .at(span, "again here")
                    .also(first, "first here")
                    .help(if key.starts_with("shock ") {
                        "add the two in one line, or name them apart"
                    } else {
                        "leave one of them out"
                    }),
            );
            return;
        }
        stage.own.insert(key.clone(), span);
        let statement = self.next_statement(stage.key.as_str(), &key);
        stage.flat.insert(
            key,
            Entry {
                statement,
                chain,
                value,
                text,
                origin,
                span,
            },
        );
    }

    fn next_statement(&mut self, scenario: &str, key: &str) -> u32 {
        let next = self.statements.len() as u32;
        *self
            .statements
            .entry(format!("{scenario} / {key}"))
            .or_insert(next)
    }
}

/// Whether a row's pattern holds the cell that a pattern names.
fn covers(row: &Pattern, cell: &Pattern) -> bool {
    match (row, cell) {
        (Pattern::Else, _) => true,
        (Pattern::OrBetter(d, last), Pattern::Exactly(Node::Member(e, m))) => d == e && m <= last,
        (Pattern::OrWorse(d, first), Pattern::Exactly(Node::Member(e, m))) => d == e && m >= first,
        (a, b) => a == b,
    }
}

/// An empty flat scenario.
pub(super) fn empty() -> Flat {
    IndexMap::new()
}
