//! The book: what it includes, how it closes, what it answers, what it has to tie to. Tests have the same lines.

use super::call::word_of;
use super::compiler::Compiler;
use super::context::{Context, Expected, Place};
use super::instrument::missing_terms;
use super::mapping::Owner;
use super::names::{DefId, Found};
use super::suggest;
use super::typing::money;
use crate::calendar::Date;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{
    BadRows, Book, Expression, Inclusion, Node, Reconciliation, Selection, Term, Type,
};
use crate::quantity::Currency;
use crate::syntax::tree::{
    self, BlockKind, Clause, ClauseBody, ExpressionKind, Item, Listing, ListingKind, Setting,
};

impl Compiler<'_> {
    /// A book by its declaration; lowered once.
    pub(super) fn book(&mut self, id: DefId) -> Option<Book> {
        if let Some(book) = self.books.get(&id) {
            return Some(book.clone());
        }
        let definition = self.definition(id)?;
        let Item::Block(block) = &definition.declaration.item else {
            return None;
        };
        let heading = self.heading(id);
        let name_span = definition.declaration.name.span;
        let date = block
            .head
            .at
            .and_then(|(date, span)| self.date(date?, span));
        let currency = block
            .head
            .currency
            .as_ref()
            .and_then(|name| self.currency(&name.text, name.span));
        if block.head.at.is_none() || block.head.currency.is_none() {
            self.report(
                Diagnostic::error(
                    code::MISSING_SETTING,
                    format!("`{}` does not say its date and currency", heading.short),
                )
                .at(name_span, "")
                .help(format!(
                    "write `book {} at 2026-09-30 in EUR {{`",
                    heading.short
                )),
            );
        }
        let mut book = empty_book(date.unwrap_or(Date::MIN), currency.unwrap_or(Currency::EUR));
        book.heading = heading;
        let scope = definition.scope;
        for clause in &block.clauses {
            if !self.book_line(&mut book, clause, scope) {
                match &clause.body {
                    ClauseBody::Setting(setting) => {
                        self.unknown_setting(setting, BlockKind::Book, &BOOK_KEYS)
                    }
                    body => self.misplaced(body, clause.span, BlockKind::Book),
                }
            }
        }
        self.check_closing(&book, name_span, id);
        if book.includes.is_empty() && block.broken.is_empty() {
            self.report(
                Diagnostic::error(
                    code::MISSING_SETTING,
                    format!("`{}` includes nothing", book.heading.short),
                )
                .at(name_span, "")
                .help("write `include mortgage, current_account`"),
            );
        }
        self.books.insert(id, book.clone());
        Some(book)
    }

    /// A stated equity asks for what closes the balance sheet.
    pub(super) fn check_closing(&mut self, book: &Book, span: Span, id: DefId) {
        if book.equity.is_none() {
            return;
        }
        let mut missing = Vec::new();
        if book.surplus.is_none() {
            missing.push("surplus");
        }
        if book.shortfall.is_none() {
            missing.push("shortfall");
        }
        if book.unmet_rate.is_none() {
            missing.push("unmet_rate");
        }
        if !missing.is_empty() && !self.has_gaps() && !self.is_broken(id) {
            self.report(
                Diagnostic::error(code::MISSING_SETTING, format!("a book with `equity` lacks {}", suggest::listed(&missing)))
                    .at(span, "")
                    .help("spare cash goes to `surplus`, a need to the product `shortfall`, what that cannot cover costs `unmet_rate`"),
            );
        }
    }

    /// One line of a book; false if a book has no such line.
    pub(super) fn book_line(
        &mut self,
        book: &mut Book,
        clause: &Clause,
        scope: super::names::ScopeId,
    ) -> bool {
        let cx = Context::new(scope);
        match &clause.body {
            ClauseBody::Setting(setting) => self.book_setting(book, setting, clause, &cx),
            ClauseBody::Listing(listing) if listing.kind == ListingKind::Include => {
                self.include(book, listing, clause, &cx);
                true
            }
            ClauseBody::Listing(listing) if listing.kind == ListingKind::Exclude => {
                for item in &listing.items {
                    book.excludes.extend(self.instrument_named(item, &cx));
                }
                true
            }
            ClauseBody::Reconcile(reconcile) => {
                let selection = self.selection(&reconcile.selection, &cx);
                let total = self.expect(&reconcile.to, &Expected::new(money()), &cx);
                let within = self.tolerance(&reconcile.within, &total.ty, &cx);
                book.reconciliations.push(Reconciliation {
                    selection: selection.unwrap_or(Selection::All),
                    text: super::spelling::expression(&reconcile.selection),
                    total,
                    within,
                    origin: self.origin(clause.span, &clause.metadata),
                });
                true
            }
            _ => false,
        }
    }

    /// A tolerance: in the unit of what it is about, or a share of it.
    pub(super) fn tolerance(
        &mut self,
        value: &tree::Expression,
        ty: &Type,
        cx: &Context,
    ) -> Expression {
        let typed = self.expression(value, Some(ty), cx);
        let share = matches!(typed.ty(), Type::Ratio)
            && matches!(ty, Type::Money(_) | Type::Ratio | Type::Unknown);
        if share {
            return typed.expression;
        }
        self.settle(typed, &Expected::new(ty.clone()))
    }

    fn book_setting(
        &mut self,
        book: &mut Book,
        setting: &Setting,
        clause: &Clause,
        cx: &Context,
    ) -> bool {
        let Some(path) = setting.path() else {
            return false;
        };
        let Some(value) = setting.values.first() else {
            return false;
        };
        match path.text().as_str() {
            "equity" => book.equity = Some(self.expect(value, &Expected::new(money()), cx)),
            "surplus" => book.surplus = self.instrument_named(value, cx),
            "shortfall" => book.shortfall = self.product_named(value, cx),
            "unmet_rate" => {
                book.unmet_rate = Some(self.expect(value, &Expected::new(Type::Rate), cx))
            }
            "minimum_cash" => {
                book.minimum_cash = Some(self.expect(value, &Expected::new(money()), cx))
            }
            "convert" => book.convert = self.literal_bool(value, cx).unwrap_or(false),
            "bad_rows" => {
                book.bad_rows = match word_of(value) {
                    Some("reject") => Some(BadRows::Reject),
                    Some("quarantine") => Some(BadRows::Quarantine),
                    _ => {
                        self.one_of_words("bad_rows", &["reject", "quarantine"], value.span);
                        None
                    }
                };
            }
            _ => return self.answer(book, path, value, clause, cx),
        }
        true
    }

    /// `lcr.lookback_24m = 45mn EUR`: the answer to a demand.
    fn answer(
        &mut self,
        book: &mut Book,
        path: &tree::Path,
        value: &tree::Expression,
        clause: &Clause,
        cx: &Context,
    ) -> bool {
        let segments: Vec<&str> = path.segments.iter().map(|s| s.text.as_str()).collect();
        let id = match self.names.find(cx.scope, &segments) {
            Found::Definition(id, used) if used == segments.len() => id,
            Found::NoMember(module, used) => {
                let error = self.names.no_member(
                    module,
                    segments.get(used).copied().unwrap_or_default(),
                    path.span,
                );
                self.report(error);
                return true;
            }
            Found::Broken => return true,
            _ => return false,
        };
        let Some(definition) = self.definition(id) else {
            return false;
        };
        let Item::Binding(binding) = &definition.declaration.item else {
            self.report(
                Diagnostic::error(
                    code::NOT_SETTABLE,
                    format!("`{}` is no demand", path.text()),
                )
                .at(path.span, "")
                .also(definition.declaration.name.span, "defined here")
                .help("a book answers a `let` without a value"),
            );
            return true;
        };
        if binding.value.is_some() {
            self.report(
                Diagnostic::error(
                    code::NOT_SETTABLE,
                    format!("`{}` has a value already", path.text()),
                )
                .at(path.span, "")
                .also(definition.declaration.name.span, "defined here")
                .help(format!("a scenario changes it: `set {} = …`", path.text())),
            );
            return true;
        }
        self.named.insert(id);
        let ty = self.parameter_type(id, binding);
        let value = self.expect(
            value,
            &Expected::because(ty, binding.value_type.span, "what is asked for"),
            cx,
        );
        self.hold_to_share(&binding.value_type, &value);
        let origin = self.origin(clause.span, &clause.metadata);
        let parameter = self.parameter_id(id);
        if let Some((_, first)) = book.answers.insert(parameter, (value, origin))
            && let Some(first) = first.span
        {
            self.said_twice(&path.text(), path.span, first);
        }
        true
    }

    /// `include a, b` of files, `include x(term = value)` of a position in the text.
    fn include(&mut self, book: &mut Book, listing: &Listing, clause: &Clause, cx: &Context) {
        for item in &listing.items {
            let ExpressionKind::Reference(reference) = &item.kind else {
                if !matches!(item.kind, ExpressionKind::Broken) {
                    self.report(
                        Diagnostic::error(code::TYPES, "an instrument is due here")
                            .at(item.span, "")
                            .help("a part of a file is chosen in the instrument: `positions = \"…\" where …`"),
                    );
                }
                continue;
            };
            let Some(id) = self.find_definition(reference, cx) else {
                continue;
            };
            if !self.expect_kind(id, BlockKind::Instrument, reference.path.span) {
                continue;
            }
            let instrument = self.instrument_id(id);
            self.drain();
            let Some(lowered) = self.instruments.get(instrument.index()).cloned() else {
                continue;
            };
            let name = reference.path.text();
            let Some(arguments) = &reference.arguments else {
                let filed = lowered.positions.is_some();
                if !filed && !self.is_broken(id) {
                    self.report(
                        Diagnostic::error(code::MISSING_SETTING, format!("`{name}` has no file of positions"))
                            .at(item.span, "")
                            .also(lowered.heading.origin.span.unwrap_or(item.span), "no `positions` here")
                            .help(format!("give a position: `include {name}(principal = …)`, or name the file in the instrument")),
                    );
                }
                if book.includes.iter().any(|inclusion| matches!(inclusion, Inclusion::Files(other) if *other == instrument)) {
                    self.report(Diagnostic::error(code::DEFINED_TWICE, format!("`{name}` is included twice"))
                        .at(item.span, "again here")
                        .help("its files are read once; leave one of them out"));
                    continue;
                }
                book.includes.push(Inclusion::Files(instrument));
                continue;
            };
            let origin = self.origin(clause.span, &clause.metadata);
            let mut inner = cx.clone();
            inner.place = Place::Position(super::context::Members::Open);
            let lines = self.argument_lines(arguments, &origin);
            let given = self.terms(lines, Owner::Position, &inner);
            let mut mapping = lowered.mapping.overlaid(given);
            if lowered.positions.is_some() {
                drop_columns(&mut mapping);
            }
            let currency = book.currency;
            mapping
                .terms
                .entry(Term::Currency)
                .or_insert_with(|| Expression {
                    node: Node::Currency(currency),
                    ty: Type::Currency,
                    span: None,
                });
            let order = book.includes.iter().filter(|i| matches!(i, Inclusion::Position { instrument: other, .. } if *other == instrument)).count() + 1;
            let position_id = match mapping.terms.get(&Term::Id).map(|id| &id.node) {
                Some(Node::Text(text)) => text.clone(),
                _ => order.to_string(),
            };
            self.check_premium(lowered.side, &mapping);
            let missing = missing_terms(&mapping, lowered.side, false);
            if !missing.is_empty() && !self.wrong_within(item.span) && !self.is_broken(id) {
                self.report(
                    Diagnostic::error(
                        code::MISSING_SETTING,
                        format!(
                            "this position of `{name}` lacks {}",
                            suggest::listed(&missing)
                        ),
                    )
                    .at(item.span, "")
                    .help("give it here as an argument, or for all of them in the instrument"),
                );
            }
            let twin = book.includes.iter().find_map(|inclusion| match inclusion {
                Inclusion::Position {
                    instrument: other,
                    id,
                    origin,
                    ..
                } if *other == instrument && *id == position_id => Some(origin.clone()),
                _ => None,
            });
            if let Some(twin) = twin {
                let mut error = Diagnostic::error(
                    code::DEFINED_TWICE,
                    format!("two positions of `{name}` have the id `{position_id}`"),
                )
                .at(item.span, "");
                if let Some(span) = twin.span {
                    error = error.also(span, "the first one");
                }
                self.report(error.help("give each one an `id`"));
            }
            book.includes.push(Inclusion::Position {
                instrument,
                id: position_id,
                mapping: Box::new(mapping),
                origin,
            });
        }
    }
}

/// The settings of a book.
pub(super) const BOOK_KEYS: [&str; 7] = [
    "equity",
    "surplus",
    "shortfall",
    "unmet_rate",
    "bad_rows",
    "minimum_cash",
    "convert",
];

/// A book that holds nothing.
pub(super) fn empty_book(date: Date, currency: Currency) -> Book {
    Book {
        heading: crate::plan::Heading::default(),
        date,
        currency,
        includes: Vec::new(),
        excludes: Vec::new(),
        equity: None,
        surplus: None,
        shortfall: None,
        unmet_rate: None,
        bad_rows: None,
        minimum_cash: None,
        convert: false,
        answers: indexmap::IndexMap::new(),
        reconciliations: Vec::new(),
    }
}

/// A position in the text reads no columns: what its instrument maps from a file is not there.
fn drop_columns(mapping: &mut crate::plan::Mapping) {
    mapping.terms.retain(|term, value| {
        let reads = reads_column(value);
        if reads {
            mapping
                .origins
                .shift_remove(super::instrument::name_of(*term));
        }
        !reads
    });
    mapping.dimensions.retain(|_, dimension| match dimension {
        crate::plan::DimensionMapping::Formula(value) => !reads_column(value),
        crate::plan::DimensionMapping::Split { parts, otherwise } => {
            !parts.iter().any(|(_, amount)| reads_column(amount))
                && !otherwise.as_ref().is_some_and(reads_column)
        }
    });
    let leg =
        |accrual: &Option<crate::plan::Accrual>| accrual.as_ref().is_some_and(accrual_reads_column);
    if leg(&mapping.accrues) {
        mapping.accrues = None;
        mapping.origins.shift_remove("accrues");
    }
    if leg(&mapping.pays) {
        mapping.pays = None;
        mapping.origins.shift_remove("pays");
    }
    if leg(&mapping.receives) {
        mapping.receives = None;
        mapping.origins.shift_remove("receives");
    }
    if mapping
        .pledges
        .as_ref()
        .is_some_and(|(_, id)| reads_column(id))
    {
        mapping.pledges = None;
        mapping.origins.shift_remove("pledges");
    }
}

fn accrual_reads_column(accrual: &crate::plan::Accrual) -> bool {
    use crate::plan::Accrual;
    match accrual {
        Accrual::Fixed { rate, steps, .. } => {
            reads_column(rate) || steps.inline().iter().any(|(_, rate)| reads_column(rate))
        }
        Accrual::Client { rate, .. } => reads_column(rate),
        Accrual::Index {
            spread, floor, cap, ..
        } => [spread, floor, cap].into_iter().flatten().any(reads_column),
        Accrual::CashFlow { amount, .. } => reads_column(amount),
        Accrual::None => false,
    }
}

fn reads_column(expression: &Expression) -> bool {
    let mut found = false;
    super::reach::visit(expression, &mut |node| {
        found |= matches!(node, Node::Column(_) | Node::ColumnDate(..))
    });
    found
}
