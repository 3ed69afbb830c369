//! `set target = value`: what may be set, and what each value is held to.

use super::action::{ACTION_KEYS, is_action_field};
use super::behaviour::{BEHAVIOUR_KEYS, formula_of};
use super::compiler::Compiler;
use super::context::{Context, Expected, Inherited, Members, Place};
use super::mapping::article;
use super::names::{DefId, Found};
use super::overlay::{Flat, Stage, Value};
use super::reference::segment_span;
use super::spelling;
use super::statement::Said;
use super::suggest::{listed, nearest};
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{Behaviour, BehaviourSettings, Expression, Node, Pattern, Term, Type};
use crate::syntax::tree::{self, Binding, BlockKind, Clause, Declaration, Item, Reference, Table};

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

/// One `set` line, its target found.
pub(super) struct Set<'a> {
    /// The definition that is set, or of which a part is.
    pub(super) id: DefId,
    /// Its full name.
    pub(super) full: String,
    /// What of it is set, as in `ratio` of `set payer_5y.ratio`; empty where it is the definition itself.
    pub(super) rest: String,
    pub(super) target: &'a Reference,
    pub(super) value: &'a tree::Expression,
    pub(super) cx: &'a Context,
    /// What the scenarios below say.
    pub(super) below: &'a Flat,
}

impl Set<'_> {
    /// `set payer_5y.ratio`: two lines with the same key are about the same thing.
    pub(super) fn key(&self) -> String {
        match self.rest.as_str() {
            "" => format!("set {}", self.full),
            rest => format!("set {}.{rest}", self.full),
        }
    }

    /// What a scenario below gives the same thing.
    pub(super) fn inherited(&self, key: &str) -> Option<&Value> {
        self.below.get(key).map(|entry| &entry.value)
    }

    /// The line as it goes to the stage; `original` is what stood before any scenario said it.
    pub(super) fn said(&self, key: String, value: Value, original: Option<(String, Span)>) -> Said {
        Said {
            key,
            value,
            text: spelling::with_values(&spelling::expression(self.value), self.cx),
            span: self.target.span,
            original,
        }
    }
}

impl Compiler<'_> {
    /// `set target = value`; also the `given` of a test on anything that a scenario may set.
    pub(super) fn set_statement(
        &mut self,
        target: &Reference,
        value: &tree::Expression,
        clause: &Clause,
        cx: &Context,
        stage: &mut Stage<'_>,
    ) {
        let segments: Vec<&str> = target
            .path
            .segments
            .iter()
            .map(|s| s.text.as_str())
            .collect();
        let (id, used) = match self.names.find(cx.scope, &segments) {
            Found::Definition(id, used) => (id, used),
            Found::Broken => return,
            Found::NoMember(module, used) => {
                let missing = segments.get(used).copied().unwrap_or_default();
                let error = self.names.no_member(module, missing, target.path.span);
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
        let set = Set {
            id,
            full: self.names.full_name(id),
            rest: segments.get(used..).unwrap_or_default().join("."),
            target,
            value,
            cx,
            below: stage.below,
        };
        if let Some(said) = self.set_value(&set, definition.declaration) {
            self.put(stage, clause, said);
        }
    }

    /// What the line says of its target; `None` if it cannot be set or the value is wrong, which is then reported.
    fn set_value(&mut self, set: &Set<'_>, declaration: &Declaration) -> Option<Said> {
        let is_whole = set.rest.is_empty();
        match &declaration.item {
            Item::Binding(binding) if is_whole && binding.value_type.name.text != "selection" => {
                self.set_parameter(set, binding, declaration)
            }
            Item::Table(table) if is_whole => self.set_cell(set, table),
            Item::Block(block) => match block.kind {
                BlockKind::Behaviour if !is_whole => self.set_behaviour(set),
                BlockKind::Product if !is_whole => self.set_product(set, declaration),
                BlockKind::Action => self.set_action(set),
                BlockKind::Plan if !is_whole => self.set_plan_line(set),
                BlockKind::Collateral => self.set_cover_pool(set),
                BlockKind::Hedge if !is_whole => self.set_hedge(set),
                _ => self.never_set(set, declaration),
            },
            _ => self.never_set(set, declaration),
        }
    }

    /// `set market_open = false`.
    fn set_parameter(
        &mut self,
        set: &Set<'_>,
        binding: &Binding,
        declaration: &Declaration,
    ) -> Option<Said> {
        let Some(own) = &binding.value else {
            self.report(
                Diagnostic::error(
                    code::NOT_SETTABLE,
                    format!("`{}` is a demand: the book answers it", set.full),
                )
                .at(set.target.span, "")
                .also(declaration.name.span, "defined here"),
            );
            return None;
        };
        let ty = self.parameter_type(set.id, binding);
        let parameter = self.parameter_id(set.id);
        self.drain();
        let key = set.key();
        let inherited = match set.inherited(&key) {
            Some(Value::Parameter(_, value)) => Some(value.clone()),
            _ => self
                .parameters
                .get(parameter.index())
                .and_then(|p| p.value.clone()),
        };
        let due = binding.value_type.span;
        let value = self.overlaid(set.value, ty, due, inherited, set.cx);
        self.hold_to_share(&binding.value_type, &value);
        let original = (spelling::expression(own), declaration.span);
        Some(set.said(key, Value::Parameter(parameter, value), Some(original)))
    }

    /// `set run_off(retail, stable) = 10%`.
    fn set_cell(&mut self, set: &Set<'_>, table: &Table) -> Option<Said> {
        let (ty, keys) = self.table_header(set.id, table);
        let Some(arguments) = &set.target.arguments else {
            self.report(
                Diagnostic::error(
                    code::NOT_SETTABLE,
                    format!("`{}` is a table: a cell of it is set", set.full),
                )
                .at(set.target.span, "")
                .help(format!("write `set {}(…) = …`", set.full)),
            );
            return None;
        };
        let patterns = self.cell_patterns(arguments, &keys, set.cx, set.target.span)?;
        let id = self.table_id(set.id);
        self.drain();
        let named: Vec<String> = arguments
            .iter()
            .map(|argument| spelling::expression(&argument.value))
            .collect();
        let key = format!("set {}({})", set.full, named.join(", "));
        let row = self.tables.get(id.index()).and_then(|table| {
            let exact = table.rows.iter().find(|row| row.patterns == patterns);
            let holds = |pair: (&Pattern, &Pattern)| covers(pair.0, pair.1);
            exact
                .or_else(|| {
                    let rows = &mut table.rows.iter();
                    rows.find(|row| row.patterns.iter().zip(&patterns).all(holds))
                })
                .cloned()
        });
        let inherited = match set.inherited(&key) {
            Some(Value::Cell(_, _, value)) => Some(value.clone()),
            _ => row.as_ref().map(|row| row.value.clone()),
        };
        let value = self.overlaid(set.value, ty, table.value_type.span, inherited, set.cx);
        self.hold_to_share(&table.value_type, &value);
        let original = row.and_then(|row| Some((self.written(row.value.span?), row.origin.span?)));
        Some(set.said(key, Value::Cell(id, patterns, value), original))
    }

    /// `set covered_5y.price = 99%`.
    fn set_product(&mut self, set: &Set<'_>, declaration: &Declaration) -> Option<Said> {
        let Some((term, ty)) = super::reference::term(&set.rest) else {
            self.not_settable(
                &set.target.path,
                "the plain terms of a product are set: `price`, `capacity`, `cost`, …",
            );
            return None;
        };
        let ty = if term == Term::Maturity {
            Type::Tenor
        } else {
            ty
        };
        let product = self.product_id(set.id);
        self.drain();
        let key = set.key();
        let inherited = match set.inherited(&key) {
            Some(Value::Product(_, _, value)) => Some(value.clone()),
            _ => self
                .products
                .get(product.index())
                .and_then(|p| p.mapping.terms.get(&term).cloned()),
        };
        let inner = set.cx.at(Place::Position(Members::Open));
        let value = self.overlaid(set.value, ty, declaration.name.span, inherited, &inner);
        Some(set.said(key, Value::Product(product, term, value), None))
    }

    /// `set issue_covered.capacity = 500mn EUR per quarter`.
    fn set_action(&mut self, set: &Set<'_>) -> Option<Said> {
        if !is_action_field(&set.rest) {
            self.not_settable(
                &set.target.path,
                &format!("the fields of an action are set: {}", listed(&ACTION_KEYS)),
            );
            return None;
        }
        let action = self.action_id(set.id);
        self.drain();
        let mut field = crate::plan::Action::default();
        self.action_field(&mut field, &set.rest, set.value, set.target.span, set.cx);
        let original = self
            .actions
            .get(action.index())
            .and_then(|own| own.origins.get(&set.rest)?.span)
            .map(|span| (self.written(span), span));
        let value = Value::Action(action, set.rest.clone(), Box::new(field));
        Some(set.said(set.key(), value, original))
    }

    /// `set budget.mortgage = 200mn EUR`: the size of a line of a plan.
    fn set_plan_line(&mut self, set: &Set<'_>) -> Option<Said> {
        let plan = self.new_business(set.id)?;
        let line = self.line_named(&plan, &set.rest, set.target.path.span)?;
        let key = format!("set {}.{}", set.full, line.key);
        let inherited = match set.inherited(&key) {
            Some(Value::Size(_, value)) => Some(value.clone()),
            _ => line.volume.clone().size_mut().cloned(),
        };
        let ty = Self::size_type(&line.volume);
        let due = line.origin.span.unwrap_or(set.target.path.span);
        let value = self.overlaid(set.value, ty, due, inherited, set.cx);
        let original = line.origin.span.map(|span| (line.text.clone(), span));
        Some(set.said(key, Value::Size(set.full.clone(), value), original))
    }

    /// `set sight_retail.reprice.up = 35%`.
    fn set_behaviour(&mut self, set: &Set<'_>) -> Option<Said> {
        let behaviour = self.behaviour_id(set.id);
        self.drain();
        let lowered = self.behaviours.get(behaviour.index()).cloned()?;
        let key = set.key();
        let rest = set.rest.as_str();
        let mut inner = self.behaviour_context(&lowered.on, set.cx.scope);
        inner.locals = set.cx.locals.clone();
        let ty = match rest {
            "reprice.up" | "reprice.down" => Some(Type::Ratio),
            "reprice.floor" => Some(Type::Rate),
            "decay.term" | "decay.half_life" => Some(Type::Tenor),
            _ => Self::setting_type(rest),
        };
        let due = set.target.path.span;
        let setting = if let Some(ty) = ty {
            let inherited = match set.inherited(&key) {
                Some(Value::Behaviour(_, _, SettingValue::Formula(value))) => Some(value.clone()),
                _ => self.own_or_overridden(&lowered, rest),
            };
            let formula = self.overlaid(set.value, ty, due, inherited, &inner);
            self.check_stated(rest, &formula);
            SettingValue::Formula(formula)
        } else if rest == "reprice.lag" {
            SettingValue::Lag(self.literal_tenor(set.value, "`lag`", &inner)?)
        } else if BEHAVIOUR_KEYS.contains(&rest) {
            let mut settings = BehaviourSettings::default();
            self.put_setting(&mut settings, rest, set.value, due, &inner);
            SettingValue::Whole(Box::new(settings))
        } else {
            self.no_such_setting(set);
            return None;
        };
        let first = rest.split('.').next().unwrap_or(rest);
        let original = lowered.origins.get(first).and_then(|origin| {
            let formula = self.own_or_overridden(&lowered, rest);
            let text = formula
                .and_then(|f| f.span)
                .map(|span| self.written(span))
                .unwrap_or_default();
            Some((text, origin.span?))
        });
        let value = Value::Behaviour(behaviour, set.rest.clone(), setting);
        Some(set.said(key, value, original))
    }

    fn no_such_setting(&mut self, set: &Set<'_>) {
        let first = set.rest.split('.').next().unwrap_or(&set.rest);
        // The first part that a behaviour does not have.
        let is_known = BEHAVIOUR_KEYS.contains(&first);
        let path = &set.target.path;
        let from = path
            .segments
            .len()
            .saturating_sub(set.rest.split('.').count());
        let help = match nearest(first, BEHAVIOUR_KEYS) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("it has {}", listed(&BEHAVIOUR_KEYS)),
        };
        self.report(
            Diagnostic::error(
                code::UNKNOWN_SETTING,
                format!("a behaviour has no `{}`", set.rest),
            )
            .at(segment_span(path, from + usize::from(is_known)), "")
            .help(help),
        );
    }

    fn never_set(&mut self, set: &Set<'_>, declaration: &Declaration) -> Option<Said> {
        let item = &declaration.item;
        let kind = match item {
            Item::Block(block) => Some(block.kind),
            _ => None,
        };
        let is_instrument = kind == Some(BlockKind::Instrument);
        let help = match (item, kind) {
            (Item::Metric(_), _) => "a metric follows from its formula; in a test it may be given",
            (_, Some(BlockKind::Ftp)) => {
                "transfer prices are a rule of the house, the same in every scenario; the curves that they read may be shocked"
            }
            (_, Some(BlockKind::Instrument)) => {
                "contract terms are data; a behaviour or a shock changes what becomes of them"
            }
            _ => {
                "behaviours, table cells, `let` values, products, actions and the ratio of a hedge are set"
            }
        };
        let (name, word) = (&declaration.name.text, item.word());
        let message = match set.target.path.segments.last() {
            Some(term) if is_instrument && term.text != *name => {
                format!("`{}` is a term of `{name}` and cannot be set", term.text)
            }
            _ => format!(
                "`{}` is {} {word} and cannot be set",
                set.target.path.text(),
                article(word)
            ),
        };
        self.report(
            Diagnostic::error(code::NOT_SETTABLE, message)
                .at(set.target.span, "")
                .also(declaration.name.span, "defined here")
                .help(help),
        );
        None
    }

    /// Reports a part of a definition that no scenario sets, with what may be set in its place.
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

    /// A setting as the behaviour says it, or as the one that it overrides does.
    fn own_or_overridden(&self, behaviour: &Behaviour, key: &str) -> Option<Expression> {
        formula_of(&behaviour.settings, key).or_else(|| {
            behaviour.overrides.iter().find_map(|id| {
                let other = self.behaviours.get(id.index())?;
                formula_of(&other.settings, key)
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
        inner.inherited = inherited.map(Inherited::Value);
        self.expect(value, &Expected::because(ty, due, "what is set"), &inner)
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
