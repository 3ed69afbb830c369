//! Pass 3: the work list. A definition gets its number when it is first named and is lowered afterwards.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use indexmap::IndexMap;

use super::factor::FactorInfo;
use super::names::{DefId, Definition, Names, PROJECT, ScopeId};
use super::{ProjectHeader, Source};
use crate::calendar::Date;
use crate::diagnostic::{Diagnostic, SourceMap, Span};
use crate::plan::{
    Action, ActionId, Behaviour, BehaviourId, Book, CoverPool, CoverPoolId, Dimension, DimensionId,
    Exercise, Function, FunctionId, Heading, Hedge, HedgeId, Instrument, InstrumentId, Limit,
    LimitId, Market, Metric, MetricId, NewBusiness, Origin, Parameter, ParameterId, Plan, Product,
    ProductId, Reasons, Shape, ShapeId, Table, TableId, TableKey, Test, TransferRule, Type,
};
use crate::syntax::tree::{BlockKind, Item, Metadata, MetadataValue};

/// The definitions of one kind while they are being made.
#[derive(Debug)]
pub(super) struct Slots<T>(pub(super) Vec<Option<T>>);

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Slots(Vec::new())
    }
}

impl<T> Slots<T> {
    fn reserve(&mut self) -> u32 {
        self.0.push(None);
        (self.0.len() - 1) as u32
    }
    pub(super) fn put(&mut self, index: usize, value: T) {
        if let Some(slot) = self.0.get_mut(index) {
            *slot = Some(value);
        }
    }
    pub(super) fn get(&self, index: usize) -> Option<&T> {
        self.0.get(index).and_then(Option::as_ref)
    }
    /// All of them; a missing one leaves a hole only where an error was reported, and a plan with errors is not run.
    fn all(self) -> Vec<T> {
        self.0.into_iter().flatten().collect()
    }
}

/// The state of a compilation.
pub(super) struct Compiler<'a> {
    pub(super) sources: &'a [Source],
    pub(super) map: &'a SourceMap,
    pub(super) names: Names<'a>,
    pub(super) factors: IndexMap<String, FactorInfo>,
    pub(super) diagnostics: Vec<Diagnostic>,
    numbers: BTreeMap<DefId, u32>,
    queue: VecDeque<DefId>,
    pub(super) dimensions: Slots<Dimension>,
    pub(super) tables: Slots<Table>,
    pub(super) table_headers: BTreeMap<DefId, (Type, Vec<TableKey>)>,
    pub(super) parameters: Slots<Parameter>,
    pub(super) functions: Slots<Function>,
    pub(super) shapes: Slots<Shape>,
    pub(super) metrics: Slots<Metric>,
    pub(super) instruments: Slots<Instrument>,
    pub(super) products: Slots<Product>,
    pub(super) books: BTreeMap<DefId, Book>,
    pub(super) markets: BTreeMap<DefId, Market>,
    pub(super) new_businesses: BTreeMap<DefId, NewBusiness>,
    pub(super) behaviours: Slots<Behaviour>,
    pub(super) transfer_rules: Vec<TransferRule>,
    pub(super) hedges: Slots<Hedge>,
    pub(super) limits: Slots<Limit>,
    pub(super) actions: Slots<Action>,
    pub(super) cover_pools: Slots<CoverPool>,
    pub(super) exercises: Vec<Exercise>,
    pub(super) tests: Vec<Test>,
    /// Declarations whose value is being put in at the place of use (selections), to find circles.
    pub(super) inlining: Vec<DefId>,
    /// Declarations that something names, for the warnings about what nothing uses.
    pub(super) named: BTreeSet<DefId>,
    /// What the metrics and functions read.
    pub(super) reads: BTreeMap<MetricId, super::kind::Reads>,
    pub(super) function_reads: BTreeMap<FunctionId, super::kind::Reads>,
    /// The scenarios that keys stand for.
    pub(super) scenario_refs: BTreeMap<crate::plan::ScenarioKey, super::scenario_key::ScenarioRef>,
    /// The numbers of statements, by scenario and key.
    pub(super) statements: BTreeMap<String, u32>,
    /// The conditions of actions, with their places.
    pub(super) triggers: Vec<(crate::plan::Expression, Span)>,
    /// What a command line asks an exercise to sweep over.
    pub(super) sweeping: Option<super::sweep::Sweeping>,
    /// The searches of each exercise, for the tests that name it.
    pub(super) searched: BTreeMap<DefId, Vec<super::search::SearchDraft>>,
    /// Exercises by name, for the tests that read them.
    pub(super) exercise_names: IndexMap<DefId, usize>,
    /// Scenarios that exercises and tests flatten.
    pub(super) flattened: BTreeSet<DefId>,
    /// The terms that positions of an instrument have.
    pub(super) given_terms: BTreeMap<DefId, BTreeSet<String>>,
    /// Tables with a key that is not understood.
    pub(super) broken_tables: BTreeSet<DefId>,
    /// Scenarios and selections whose circle has been told.
    pub(super) circles_told: BTreeSet<String>,
    /// The declaration behind each numbered definition.
    pub(super) instrument_defs: Vec<DefId>,
    pub(super) behaviour_defs: Vec<DefId>,
    pub(super) product_defs: Vec<DefId>,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(sources: &'a [Source], map: &'a SourceMap) -> Self {
        let mut diagnostics = Vec::new();
        let names = Names::collect(sources, map, &mut diagnostics);
        Compiler {
            sources,
            map,
            names,
            factors: IndexMap::new(),
            diagnostics,
            numbers: BTreeMap::new(),
            queue: VecDeque::new(),
            dimensions: Slots::default(),
            tables: Slots::default(),
            table_headers: BTreeMap::new(),
            parameters: Slots::default(),
            functions: Slots::default(),
            shapes: Slots::default(),
            metrics: Slots::default(),
            instruments: Slots::default(),
            products: Slots::default(),
            books: BTreeMap::new(),
            markets: BTreeMap::new(),
            new_businesses: BTreeMap::new(),
            behaviours: Slots::default(),
            transfer_rules: Vec::new(),
            hedges: Slots::default(),
            limits: Slots::default(),
            actions: Slots::default(),
            cover_pools: Slots::default(),
            exercises: Vec::new(),
            tests: Vec::new(),
            inlining: Vec::new(),
            named: BTreeSet::new(),
            reads: BTreeMap::new(),
            function_reads: BTreeMap::new(),
            scenario_refs: BTreeMap::new(),
            statements: BTreeMap::new(),
            triggers: Vec::new(),
            sweeping: None,
            searched: BTreeMap::new(),
            exercise_names: IndexMap::new(),
            flattened: BTreeSet::new(),
            given_terms: BTreeMap::new(),
            broken_tables: BTreeSet::new(),
            circles_told: BTreeSet::new(),
            instrument_defs: Vec::new(),
            behaviour_defs: Vec::new(),
            product_defs: Vec::new(),
        }
    }

    /// Runs all passes.
    pub(super) fn run(mut self, project: &ProjectHeader) -> (Plan, Vec<Diagnostic>) {
        self.collect_factors();
        self.collect_given_terms();
        let library_alone =
            !self.sources.is_empty() && self.sources.iter().all(|s| s.module.is_some());
        let roots: Vec<DefId> = (0..self.names.definitions.len() as u32)
            .map(DefId)
            .filter(|id| library_alone || self.definition(*id).is_some_and(|d| d.scope == PROJECT))
            .collect();
        for root in &roots {
            if self.has_number(*root) {
                self.number(*root);
            }
        }
        self.drain();
        for root in &roots {
            self.check_unnumbered(*root);
        }
        self.drain();
        self.check_pools_apart();
        self.infer_kinds();
        for root in &roots {
            self.exercise_root(*root);
            self.drain();
        }
        for root in &roots {
            self.test_root(*root);
            self.drain();
        }
        let flattened = self.flattened.clone();
        self.check_unreached(&roots, &flattened);
        self.infer_kinds();
        self.tell_apart();
        self.check_flows();
        self.check_triggers();
        self.check_hedges();
        self.check_premiums();
        let mut plan = Plan {
            version: "plan/1".to_owned(),
            project: project.name.clone(),
            edition: project.edition.clone(),
            ..Plan::default()
        };
        plan.dimensions = self.dimensions.all();
        plan.tables = self.tables.all();
        plan.parameters = self.parameters.all();
        plan.functions = self.functions.all();
        plan.shapes = self.shapes.all();
        plan.metrics = self.metrics.all();
        plan.instruments = self.instruments.all();
        plan.products = self.products.all();
        plan.books = self.books.into_values().collect();
        plan.markets = self.markets.into_values().collect();
        plan.behaviours = self.behaviours.all();
        plan.transfer_rules = self.transfer_rules;
        plan.hedges = self.hedges.all();
        plan.limits = self.limits.all();
        plan.actions = self.actions.all();
        plan.cover_pools = self.cover_pools.all();
        plan.exercises = self.exercises;
        plan.tests = self.tests;
        let mut diagnostics: Vec<Diagnostic> = Vec::new();
        for diagnostic in self.diagnostics {
            // A definition that is read in several places says what is wrong with it once.
            if !diagnostics.contains(&diagnostic) {
                diagnostics.push(diagnostic);
            }
        }
        diagnostics.sort_by_key(|d| {
            d.primary
                .as_ref()
                .map(|label| (label.span.file, label.span.start, label.span.end))
        });
        (plan, diagnostics)
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    pub(super) fn definition(&self, id: DefId) -> Option<Definition<'a>> {
        self.names.definition(id)
    }

    fn has_number(&self, id: DefId) -> bool {
        self.definition(id)
            .is_some_and(|d| match &d.declaration.item {
                Item::Block(block) => matches!(
                    block.kind,
                    BlockKind::Instrument
                        | BlockKind::Product
                        | BlockKind::Behaviour
                        | BlockKind::Hedge
                        | BlockKind::Limit
                        | BlockKind::Action
                        | BlockKind::Collateral
                ),
                // Selections are put in where they are named.
                Item::Binding(binding) => binding.value_type.name.text != "selection",
                _ => true,
            })
    }

    /// The number of a definition in the plan's list of its kind; it is lowered later if it was not named before.
    pub(super) fn number(&mut self, id: DefId) -> u32 {
        if let Some(number) = self.numbers.get(&id) {
            return *number;
        }
        let Some(definition) = self.definition(id) else {
            return u32::MAX;
        };
        let number = match &definition.declaration.item {
            Item::Dimension(_) => self.dimensions.reserve(),
            Item::Table(_) => self.tables.reserve(),
            Item::Metric(_) => self.metrics.reserve(),
            Item::Binding(_) => self.parameters.reserve(),
            Item::Function(_) => self.functions.reserve(),
            Item::Shape(_) => self.shapes.reserve(),
            Item::Block(block) => match block.kind {
                BlockKind::Instrument => {
                    self.instrument_defs.push(id);
                    self.instruments.reserve()
                }
                BlockKind::Product => {
                    self.product_defs.push(id);
                    self.products.reserve()
                }
                BlockKind::Behaviour => {
                    self.behaviour_defs.push(id);
                    self.behaviours.reserve()
                }
                BlockKind::Hedge => self.hedges.reserve(),
                BlockKind::Limit => self.limits.reserve(),
                BlockKind::Action => self.actions.reserve(),
                BlockKind::Collateral => self.cover_pools.reserve(),
                _ => return u32::MAX,
            },
        };
        self.numbers.insert(id, number);
        // A dimension depends on nothing and everything asks for its values.
        if let Item::Dimension(dimension) = &definition.declaration.item {
            let lowered = self.lower_dimension(id, dimension);
            self.dimensions.put(number as usize, lowered);
        } else {
            self.queue.push_back(id);
        }
        number
    }

    /// Lowers everything that was named, until nothing new is.
    pub(super) fn drain(&mut self) {
        while let Some(id) = self.queue.pop_front() {
            let Some(definition) = self.definition(id) else {
                continue;
            };
            let index = self.number(id) as usize;
            match &definition.declaration.item {
                Item::Dimension(_) => {}
                Item::Table(table) => {
                    let lowered = self.lower_table(id, table);
                    self.tables.put(index, lowered);
                }
                Item::Metric(metric) => {
                    let lowered = self.lower_metric(id, metric);
                    self.metrics.put(index, lowered);
                }
                Item::Binding(binding) => {
                    let lowered = self.lower_parameter(id, binding);
                    self.parameters.put(index, lowered);
                }
                Item::Function(function) => {
                    let lowered = self.lower_function(id, function);
                    self.functions.put(index, lowered);
                }
                Item::Shape(shape) => {
                    let lowered = self.lower_shape(id, shape);
                    self.shapes.put(index, lowered);
                }
                Item::Block(block) => match block.kind {
                    BlockKind::Instrument => {
                        let lowered = self.lower_instrument(id, block);
                        self.instruments.put(index, lowered);
                    }
                    BlockKind::Product => {
                        let lowered = self.lower_product(id, block);
                        self.products.put(index, lowered);
                    }
                    BlockKind::Behaviour => {
                        let lowered = self.lower_behaviour(id, block);
                        self.behaviours.put(index, lowered);
                    }
                    BlockKind::Hedge => {
                        if let Some(lowered) = self.lower_hedge(id, block) {
                            self.hedges.put(index, lowered);
                        }
                    }
                    BlockKind::Limit => {
                        let lowered = self.lower_limit(id, block);
                        self.limits.put(index, lowered);
                    }
                    BlockKind::Action => {
                        let lowered = self.lower_action(id, block);
                        self.actions.put(index, lowered);
                    }
                    BlockKind::Collateral => {
                        let lowered = self.lower_cover_pool(id, block);
                        self.cover_pools.put(index, lowered);
                    }
                    _ => {}
                },
            }
        }
    }

    pub(super) fn metric_id(&mut self, id: DefId) -> MetricId {
        MetricId(self.number(id))
    }
    pub(super) fn parameter_id(&mut self, id: DefId) -> ParameterId {
        ParameterId(self.number(id))
    }
    pub(super) fn table_id(&mut self, id: DefId) -> TableId {
        TableId(self.number(id))
    }
    pub(super) fn function_id(&mut self, id: DefId) -> FunctionId {
        FunctionId(self.number(id))
    }
    pub(super) fn shape_id(&mut self, id: DefId) -> ShapeId {
        ShapeId(self.number(id))
    }
    pub(super) fn dimension_id(&mut self, id: DefId) -> DimensionId {
        DimensionId(self.number(id))
    }
    pub(super) fn instrument_id(&mut self, id: DefId) -> InstrumentId {
        InstrumentId(self.number(id))
    }
    pub(super) fn product_id(&mut self, id: DefId) -> ProductId {
        ProductId(self.number(id))
    }
    pub(super) fn behaviour_id(&mut self, id: DefId) -> BehaviourId {
        BehaviourId(self.number(id))
    }
    pub(super) fn hedge_id(&mut self, id: DefId) -> HedgeId {
        HedgeId(self.number(id))
    }
    pub(super) fn limit_id(&mut self, id: DefId) -> LimitId {
        LimitId(self.number(id))
    }
    pub(super) fn action_id(&mut self, id: DefId) -> ActionId {
        ActionId(self.number(id))
    }
    pub(super) fn cover_pool_id(&mut self, id: DefId) -> CoverPoolId {
        CoverPoolId(self.number(id))
    }
    /// The declaration of a numbered instrument.
    pub(super) fn instrument_def(&self, id: InstrumentId) -> Option<DefId> {
        self.instrument_defs.get(id.index()).copied()
    }

    /// A place in the text without reasons.
    pub(super) fn place(&self, span: Span) -> Origin {
        Origin {
            file: self.map.name(span.file).to_owned(),
            line: self.map.start(span).line,
            span: Some(span),
            ..Origin::default()
        }
    }

    /// A place in the text with the reasons given there.
    pub(super) fn origin(&mut self, span: Span, metadata: &[Metadata]) -> Origin {
        let mut origin = self.place(span);
        origin.reasons = self.reasons(metadata);
        origin
    }

    pub(super) fn reasons(&mut self, metadata: &[Metadata]) -> Reasons {
        let mut reasons = Reasons::default();
        for entry in metadata {
            match &entry.value {
                MetadataValue::Because(text) => reasons.because = Some(text.value.clone()),
                MetadataValue::Source(text) => reasons.source = Some(text.value.clone()),
                MetadataValue::Owner(text) => reasons.owner = Some(text.value.clone()),
                MetadataValue::Review(date) => {
                    reasons.review = Date::from_ymd(
                        i32::from(date.year),
                        u32::from(date.month),
                        u32::from(date.day),
                    )
                    .ok();
                }
            }
        }
        reasons
    }

    /// Name, title, documentation and place of a declaration.
    pub(super) fn heading(&mut self, id: DefId) -> Heading {
        let Some(definition) = self.definition(id) else {
            return Heading::default();
        };
        let declaration = definition.declaration;
        Heading {
            name: self.names.full_name(id),
            short: declaration.name.text.clone(),
            title: declaration.title.as_ref().map(|title| title.value.clone()),
            documentation: declaration
                .doc
                .as_ref()
                .map(|doc| doc.text.clone())
                .unwrap_or_default(),
            origin: self.origin(declaration.name.span, &declaration.metadata),
        }
    }

    /// The scope in which a declaration stands.
    pub(super) fn scope_of(&self, id: DefId) -> ScopeId {
        self.definition(id).map_or(PROJECT, |d| d.scope)
    }
}
