//! Flattening: a scenario with everything that it inherits put in, each value with its origin and what it replaced.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use indexmap::IndexMap;

use super::behaviour::{formula_of, put_formula};
use super::compiler::Compiler;
use super::context::{Context, Local};
use super::scenario_key::ScenarioRef;
use super::set::SettingValue;
use super::statement::empty;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{
    Action, ActionId, BalanceSheet, Behaviour, BehaviourId, CellOverride, CoverPoolId, Decay,
    Expression, Heading, HedgeId, Market, Origin, ParameterId, PathsDefinition, Pattern, ProductId,
    RatesAssumption, Reasons, Scenario, ScenarioKey, Shock, ShockPath, ShockTarget, Statement,
    TableId, Term,
};
use crate::syntax::tree::BlockKind;
use crate::syntax::tree::Item;

/// What a statement sets its key to.
#[derive(Clone, Debug)]
pub(super) enum Value {
    BalanceSheet(BalanceSheet),
    Rates(RatesAssumption),
    Paths(Box<PathsDefinition>),
    Shock(ShockTarget, ShockPath),
    Parameter(ParameterId, Expression),
    Cell(TableId, Vec<Pattern>, Expression),
    Behaviour(BehaviourId, String, SettingValue),
    Product(ProductId, Term, Expression),
    /// A field of an action: an action of which only that field counts.
    Action(ActionId, String, Box<Action>),
    /// The overcollateral of a cover pool.
    Overcollateral(CoverPoolId, Expression),
    /// The ratio of a hedging programme.
    Hedge(HedgeId, Expression),
    /// The size of a line of the plan of this name.
    Size(String, Expression),
    Allow(ActionId),
    Forbid,
}

/// A statement in force.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Which line of which scenario it is: equal numbers are the same statement.
    pub(super) statement: u32,
    /// The statements that it replaced.
    pub(super) chain: Vec<u32>,
    pub(super) value: Value,
    pub(super) text: String,
    pub(super) origin: Origin,
    pub(super) span: Span,
}

/// Statements in force by key.
pub(super) type Flat = IndexMap<String, Entry>;

/// What scenarios are flattened against.
#[derive(Clone)]
pub(super) struct Ground<'m> {
    pub(super) base: Option<ScenarioKey>,
    pub(super) market: Option<&'m Market>,
    /// Curves that a test gives: roots, whatever the market says.
    pub(super) given_curves: Vec<String>,
    /// Only to find errors: what is not known is not missed.
    pub(super) dry: bool,
}

/// A scenario while its own lines are read.
pub(super) struct Stage<'m> {
    /// What the scenarios below it say.
    pub(super) below: &'m Flat,
    pub(super) name: String,
    pub(super) key: String,
    pub(super) parent: Option<String>,
    pub(super) market: Option<&'m Market>,
    pub(super) given_curves: Vec<String>,
    pub(super) dry: bool,
    pub(super) own: BTreeMap<String, Span>,
    pub(super) flat: Flat,
    pub(super) reasons: Reasons,
}

/// A key that two members of a sum both set.
struct Conflict {
    key: String,
    a: Entry,
    b: Entry,
    names: (String, String),
}

impl Compiler<'_> {
    /// The flat form of a scenario on a ground.
    pub(super) fn flatten(
        &mut self,
        key: &ScenarioKey,
        ground: &Ground<'_>,
        open: &mut Vec<ScenarioKey>,
        done: &mut BTreeMap<ScenarioKey, Rc<Flat>>,
    ) -> Rc<Flat> {
        let key = match (key.0.as_str(), &ground.base) {
            ("base", Some(base)) => base.clone(),
            _ => key.clone(),
        };
        if let Some(flat) = done.get(&key) {
            return Rc::clone(flat);
        }
        if let Some(start) = open.iter().position(|other| *other == key) {
            let circle: Vec<String> = open.iter().skip(start).map(|key| key.0.clone()).collect();
            let told = circle.iter().any(|name| self.circles_told.contains(name));
            self.circles_told.extend(circle.iter().cloned());
            if told {
                return Rc::new(empty());
            }
            let id = match self.scenario_refs.get(&key) {
                Some(ScenarioRef::Named(id, _)) => Some(*id),
                _ => None,
            };
            let span = id
                .and_then(|id| self.definition(id))
                .map(|d| d.declaration.name.span);
            let error = Diagnostic::error(code::CIRCULAR, format!("`{}` extends itself", key.0))
                .note(format!("the circle: {} → {}", circle.join(" → "), key.0))
                .help(
                    if circle.iter().any(|name| name == "base")
                        || ground.base.as_ref() == Some(&key)
                    {
                        "the base of an exercise does not extend `base`"
                    } else {
                        "one of them stands on something else, at last on the base"
                    },
                );
            self.report(match span {
                Some(span) => error.at(span, ""),
                None => error,
            });
            return Rc::new(empty());
        }
        open.push(key.clone());
        let flat = match self.scenario_refs.get(&key).cloned() {
            Some(ScenarioRef::Named(id, arguments)) => {
                self.flatten_named(id, &arguments, &key, ground, open, done)
            }
            Some(ScenarioRef::Sum(members)) => {
                let (flat, conflicts) = self.merge(&members, ground, open, done);
                for conflict in conflicts {
                    self.report_conflict(&conflict, &key.0);
                }
                flat
            }
            _ => empty(),
        };
        open.pop();
        self.check_shocks(&key, &flat);
        let flat = Rc::new(flat);
        done.insert(key, Rc::clone(&flat));
        flat
    }

    fn flatten_named(
        &mut self,
        id: super::names::DefId,
        arguments: &[(String, Expression)],
        key: &ScenarioKey,
        ground: &Ground<'_>,
        open: &mut Vec<ScenarioKey>,
        done: &mut BTreeMap<ScenarioKey, Rc<Flat>>,
    ) -> Flat {
        let Some(definition) = self.definition(id) else {
            return empty();
        };
        let Item::Block(block) = &definition.declaration.item else {
            return empty();
        };
        let mut cx = Context::new(definition.scope);
        cx.overlay = true;
        for (name, value) in arguments {
            cx.locals
                .push((name.clone(), Local::Value(Box::new(value.clone()))));
        }
        let mut members = Vec::new();
        if let Some(extends) = &block.head.extends {
            for member in &extends.members {
                let typed = self.reference(member, Some(&crate::plan::Type::Scenario), &cx);
                match typed.expression.node {
                    crate::plan::Node::Scenario(key) => members.push(key),
                    _ if typed.is_unknown() => {}
                    _ => self.report(
                        Diagnostic::error(code::TYPES, "the name of a scenario is due here")
                            .at(member.span, ""),
                    ),
                }
            }
        }
        let parent = members
            .first()
            .map(|member| match (&ground.base, member.0.as_str()) {
                (Some(base), "base") => base.0.clone(),
                _ => member.0.clone(),
            });
        let (below, conflicts) = match members.as_slice() {
            [] => (empty(), Vec::new()),
            [only] => (
                (*self.flatten(only, ground, open, done)).clone(),
                Vec::new(),
            ),
            several => self.merge(several, ground, open, done),
        };
        let reasons = self.reasons(&definition.declaration.metadata);
        let mut stage = Stage {
            below: &below,
            name: definition.declaration.name.text.clone(),
            key: key.0.clone(),
            parent,
            market: ground.market,
            given_curves: ground.given_curves.clone(),
            dry: ground.dry,
            own: BTreeMap::new(),
            flat: below.clone(),
            reasons,
        };
        for clause in &block.clauses {
            self.statement(clause, &cx, &mut stage);
        }
        for conflict in conflicts {
            if !stage.own.contains_key(&conflict.key) {
                self.report_conflict(&conflict, &stage.name);
            }
        }
        stage.flat
    }

    /// `a + b`: per key the one that differs from what they share; both differ: a conflict, kept as the first one's value.
    fn merge(
        &mut self,
        members: &[ScenarioKey],
        ground: &Ground<'_>,
        open: &mut Vec<ScenarioKey>,
        done: &mut BTreeMap<ScenarioKey, Rc<Flat>>,
    ) -> (Flat, Vec<Conflict>) {
        let mut merged = empty();
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        let mut conflicts = Vec::new();
        for member in members {
            let flat = self.flatten(member, ground, open, done);
            for (key, entry) in flat.iter() {
                match merged.get(key) {
                    None => {
                        merged.insert(key.clone(), entry.clone());
                        names.insert(key.clone(), member.0.clone());
                    }
                    // Reached twice through what both stand on, or replaced by the one already there.
                    Some(other)
                        if other.statement == entry.statement
                            || other.chain.contains(&entry.statement) => {}
                    Some(other) if entry.chain.contains(&other.statement) => {
                        merged.insert(key.clone(), entry.clone());
                        names.insert(key.clone(), member.0.clone());
                    }
                    Some(other) => {
                        let first = names.get(key).cloned().unwrap_or_default();
                        conflicts.push(Conflict {
                            key: key.clone(),
                            a: other.clone(),
                            b: entry.clone(),
                            names: (first, member.0.clone()),
                        });
                    }
                }
            }
        }
        (merged, conflicts)
    }

    fn report_conflict(&mut self, conflict: &Conflict, of: &str) {
        let what = conflict.key.trim_start_matches("set ").to_owned();
        let (a, b) = &conflict.names;
        let verb = if conflict.key.starts_with("shock ") {
            "both"
        } else {
            "both set"
        };
        let home = if of.contains(" + ") {
            "a scenario that extends both".to_owned()
        } else {
            format!("`{of}`")
        };
        self.report(
            Diagnostic::error(
                code::BOTH_SET,
                format!(
                    "`{a}` and `{b}` {verb} `{what}` ({} here, {} there)",
                    conflict.a.text, conflict.b.text
                ),
            )
            .at(conflict.a.span, "here")
            .also(conflict.b.span, "there")
            .help(format!(
                "settle it in the body of {home}: `{}{} …`",
                conflict.key,
                if conflict.key.starts_with("shock ") {
                    ":"
                } else {
                    " ="
                }
            )),
        );
    }

    /// The plan's form of a flat scenario.
    pub(super) fn scenario(
        &mut self,
        key: &ScenarioKey,
        flat: &Flat,
        behaviours: &[BehaviourId],
    ) -> Scenario {
        let heading = match self.scenario_refs.get(key) {
            Some(ScenarioRef::Named(id, _)) => {
                let id = *id;
                self.heading(id)
            }
            _ => Heading {
                name: key.0.clone(),
                short: key.0.clone(),
                ..Heading::default()
            },
        };
        let mut scenario = Scenario {
            heading,
            ..nothing(key)
        };
        for id in behaviours {
            if let Some(behaviour) = self.behaviours.get(id.index()) {
                scenario.behaviours.insert(*id, behaviour.clone());
            }
        }
        for (key, entry) in flat {
            let origin = entry.origin.clone();
            match &entry.value {
                Value::BalanceSheet(sheet) => scenario.balance_sheet = Some(sheet.clone()),
                Value::Rates(rates) => scenario.rates = Some(*rates),
                Value::Paths(paths) => {
                    scenario.rates = Some(RatesAssumption::Paths);
                    scenario.paths = Some(paths.clone());
                }
                Value::Shock(target, path) => put_shock(&mut scenario.shocks, target, path, origin),
                Value::Parameter(id, value) => {
                    scenario.parameters.insert(*id, (value.clone(), origin));
                }
                Value::Cell(table, patterns, value) => {
                    scenario.cells.push(CellOverride {
                        table: *table,
                        patterns: patterns.clone(),
                        value: value.clone(),
                        origin,
                    });
                }
                Value::Behaviour(id, setting, value) => {
                    let overridden = scenario
                        .behaviours
                        .get(id)
                        .map(|b| b.overrides.clone())
                        .unwrap_or_default();
                    let fallback: Vec<Behaviour> = overridden
                        .iter()
                        .filter_map(|other| scenario.behaviours.get(other).cloned())
                        .collect();
                    if let Some(behaviour) = scenario.behaviours.get_mut(id) {
                        put_value(behaviour, setting, value, &fallback);
                        behaviour.origins.insert(setting.clone(), origin);
                    }
                }
                Value::Product(id, term, value) => {
                    let product = scenario
                        .products
                        .get(id)
                        .or_else(|| self.products.get(id.index()))
                        .cloned();
                    if let Some(mut product) = product {
                        product.mapping.terms.insert(*term, value.clone());
                        product
                            .mapping
                            .origins
                            .insert(super::instrument::name_of(*term).to_owned(), origin);
                        if let (Term::Maturity, crate::plan::Node::Tenor(tenor)) =
                            (term, &value.node)
                        {
                            product.maturity = Some(*tenor);
                        }
                        scenario.products.insert(*id, product);
                    }
                }
                Value::Action(id, field, value) => {
                    let action = scenario
                        .actions
                        .get(id)
                        .or_else(|| self.actions.get(id.index()))
                        .cloned();
                    if let Some(mut action) = action {
                        super::action::put_action_field(&mut action, field, value);
                        action.origins.insert(field.clone(), origin);
                        scenario.actions.insert(*id, action);
                    }
                }
                Value::Overcollateral(id, value) => {
                    let pool = scenario
                        .cover_pools
                        .get(id)
                        .or_else(|| self.cover_pools.get(id.index()))
                        .cloned();
                    if let Some(mut pool) = pool {
                        pool.overcollateral = value.clone();
                        pool.origins.insert("overcollateral".to_owned(), origin);
                        scenario.cover_pools.insert(*id, pool);
                    }
                }
                Value::Hedge(id, ratio) => {
                    if let Some(mut hedge) = self.hedges.get(id.index()).cloned() {
                        hedge.ratio.formula = ratio.clone();
                        hedge.ratio.origin = origin;
                        scenario.hedges.insert(*id, hedge);
                    }
                }
                Value::Allow(id) => scenario.allows.push(*id),
                Value::Size(..) | Value::Forbid => {}
            }
            scenario.statements.push(Statement {
                key: key.clone(),
                value: entry.text.clone(),
                origin: entry.origin.clone(),
            });
        }
        self.put_sizes(&mut scenario, flat);
        scenario.statements.sort_by(|a, b| a.key.cmp(&b.key));
        scenario
    }

    /// What is run must say what replaces what and what rates do.
    pub(super) fn check_runnable(&mut self, scenario: &Scenario, at: Span) {
        let mut missing = Vec::new();
        if scenario.balance_sheet.is_none() {
            missing.push("balance_sheet");
        }
        if scenario.rates.is_none() {
            missing.push("rates");
        }
        if !missing.is_empty()
            && !self.has_gaps()
            && !self.any_broken(&[BlockKind::Scenario, BlockKind::Exercise, BlockKind::Test])
        {
            self.report(
                Diagnostic::error(code::MISSING_SETTING, format!("`{}` is run and says nothing of {}", scenario.key.0, super::suggest::listed(&missing)))
                    .at(at, "")
                    .help("`balance_sheet = run_off` or `constant`; `rates = forwards` or `constant`; there is no default"),
            );
        }
    }

    /// Project scenarios that no exercise reaches are read for their errors all the same.
    pub(super) fn check_unreached(
        &mut self,
        roots: &[super::names::DefId],
        reached: &BTreeSet<super::names::DefId>,
    ) {
        let markets: Vec<Market> = self.markets.values().cloned().collect();
        let market = match markets.as_slice() {
            [only] => Some(only),
            _ => None,
        };
        let ground = Ground {
            base: None,
            market,
            given_curves: Vec::new(),
            dry: true,
        };
        for id in roots {
            let Some(definition) = self.definition(*id) else {
                continue;
            };
            let Item::Block(block) = &definition.declaration.item else {
                continue;
            };
            if block.kind != BlockKind::Scenario || reached.contains(id) {
                continue;
            }
            let parameters =
                self.parameters_of(block.parameters.as_deref().unwrap_or_default(), *id);
            let arguments = parameters
                .into_iter()
                .enumerate()
                .map(|(index, (name, ty))| {
                    (
                        name,
                        Expression {
                            node: crate::plan::Node::Local(index as u32),
                            ty,
                            span: None,
                        },
                    )
                })
                .collect();
            let key = self.plain_key(*id, arguments);
            self.flatten(&key, &ground, &mut Vec::new(), &mut BTreeMap::new());
            self.drain();
        }
    }
}

/// A scenario that says nothing yet.
pub(super) fn nothing(key: &ScenarioKey) -> Scenario {
    Scenario {
        key: key.clone(),
        heading: Heading::default(),
        balance_sheet: None,
        rates: None,
        paths: None,
        shocks: Vec::new(),
        parameters: IndexMap::new(),
        cells: Vec::new(),
        behaviours: IndexMap::new(),
        products: IndexMap::new(),
        allows: Vec::new(),
        cover_pools: IndexMap::new(),
        actions: IndexMap::new(),
        hedges: IndexMap::new(),
        statements: Vec::new(),
    }
}

/// Shocks of one line on several curves stay together.
fn put_shock(shocks: &mut Vec<Shock>, target: &ShockTarget, path: &ShockPath, origin: Origin) {
    if let ShockTarget::Rates(names) = target
        && let Some(Shock {
            target: ShockTarget::Rates(before),
            ..
        }) = shocks.iter_mut().find(|shock| {
            shock.path == *path
                && shock.origin == origin
                && matches!(shock.target, ShockTarget::Rates(_))
        })
    {
        before.extend(names.clone());
        return;
    }
    shocks.push(Shock {
        target: target.clone(),
        path: path.clone(),
        origin,
    });
}

/// Puts a set value into a behaviour; a part of a constructor that the behaviour does not say is taken over first.
fn put_value(
    behaviour: &mut Behaviour,
    setting: &str,
    value: &SettingValue,
    fallback: &[Behaviour],
) {
    let first = setting.split('.').next().unwrap_or(setting);
    if setting.contains('.') {
        if first == "reprice" && behaviour.settings.reprice.is_none() {
            behaviour.settings.reprice = fallback
                .iter()
                .find_map(|other| other.settings.reprice.clone());
        }
        if first == "decay" && behaviour.settings.decay.is_none() {
            behaviour.settings.decay = fallback
                .iter()
                .find_map(|other| other.settings.decay.clone());
        }
    }
    match value {
        SettingValue::Formula(formula) => match (
            setting,
            &mut behaviour.settings.reprice,
            &mut behaviour.settings.decay,
        ) {
            ("reprice.up", Some(beta), _) => beta.up = formula.clone(),
            ("reprice.down", Some(beta), _) => beta.down = formula.clone(),
            ("reprice.floor", Some(beta), _) => beta.floor = Some(formula.clone()),
            ("decay.term", _, Some(Decay::Linear { term })) => *term = formula.clone(),
            ("decay.half_life", _, Some(Decay::Exponential { half_life })) => {
                *half_life = formula.clone()
            }
            _ => put_formula(&mut behaviour.settings, setting, formula.clone()),
        },
        SettingValue::Lag(lag) => {
            if let Some(beta) = &mut behaviour.settings.reprice {
                beta.lag = *lag;
            }
        }
        SettingValue::Whole(settings) => {
            let own = &mut behaviour.settings;
            match first {
                "keeps" => own.keeps_payment = settings.keeps_payment,
                "accrued_on_exit" => own.accrued_forfeited = settings.accrued_forfeited,
                "rest" => own.rest_overnight = settings.rest_overnight,
                "observed" => own.observed_daily = settings.observed_daily,
                "recovered_after" => own.recovered_after = settings.recovered_after,
                "decay" => own.decay.clone_from(&settings.decay),
                "reprice" => own.reprice.clone_from(&settings.reprice),
                _ => {
                    if let Some(formula) = formula_of(settings, first) {
                        put_formula(own, first, formula);
                    }
                }
            }
        }
    }
}
