//! Products: templates of new business.

use super::compiler::Compiler;
use super::context::{Context, Place};
use super::mapping::Owner;
use super::names::DefId;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{InstrumentId, Node, Product, ProductId, Repayment, Term};
use crate::syntax::tree::{self, Block, BlockKind, ExpressionKind, Item};

impl Compiler<'_> {
    /// The instrument that a product becomes.
    pub(super) fn product_instrument(&mut self, id: DefId) -> Option<DefId> {
        let definition = self.definition(id)?;
        let Item::Block(block) = &definition.declaration.item else {
            return None;
        };
        let cx = Context::new(definition.scope);
        match &block.head.of {
            Some(path) => {
                let instrument = self.find_path(path, &cx)?;
                self.expect_kind(instrument, BlockKind::Instrument, path.span)
                    .then_some(instrument)
            }
            None => {
                let name = &definition.declaration.name;
                self.report(
                    Diagnostic::error(
                        code::MISSING_SETTING,
                        format!("`{}` does not say of which instrument it is", name.text),
                    )
                    .at(name.span, "")
                    .help(format!("write `product {} of own_bond {{`", name.text)),
                );
                None
            }
        }
    }

    pub(super) fn lower_product(&mut self, id: DefId, block: &Block) -> Product {
        let heading = self.heading(id);
        let instrument = self.product_instrument(id);
        let mut cx = Context::new(self.scope_of(id));
        cx.place = Place::Position(super::context::Members::Open);
        let mut lines = self.term_lines(&block.clauses, BlockKind::Product);
        lines.retain(|line| {
            let foreign = matches!(line.key.as_slice(), ["side" | "positions" | "file" | "lots" | "id" | "principal" | "accrued" | "last_payment"]);
            if foreign {
                self.report(
                    Diagnostic::error(code::UNKNOWN_SETTING, format!("`{}` is of positions, a product has none yet", line.key.join(".")))
                        .at(line.key_span, "")
                        .help("a product states the terms of new business: `currency`, `maturity`, `accrues`, `price`, `capacity`, `cost`, dimensions"),
                );
            }
            !foreign
        });
        let mapping = self.terms(lines, Owner::Product, &cx);
        self.refuse_dated_terms(&mapping);
        let maturity = match mapping.terms.get(&Term::Maturity).map(|value| &value.node) {
            Some(Node::Tenor(tenor)) => Some(*tenor),
            _ => None,
        };
        let open_ended = match instrument {
            Some(instrument) => {
                let repays = self.instrument_repays(instrument, &mapping.repays);
                repays.is_some_and(|repays| {
                    matches!(
                        repays,
                        Repayment::OnDemand | Repayment::Notice(_) | Repayment::Never
                    )
                })
            }
            None => true,
        };
        if maturity.is_none()
            && !open_ended
            && !self.is_misread(id)
            && !mapping.origins.contains_key("maturity")
        {
            self.report(
                Diagnostic::error(
                    code::MISSING_SETTING,
                    format!("`{}` lacks `maturity`", heading.short),
                )
                .at(
                    heading
                        .origin
                        .span
                        .unwrap_or(Span::new(crate::diagnostic::FileId(0), 0, 0)),
                    "",
                )
                .help("the term from its birth: `maturity = 5Y`"),
            );
        }
        let of = match instrument {
            Some(instrument) => self.instrument_id(instrument),
            None => InstrumentId(u32::MAX),
        };
        Product {
            heading,
            of,
            maturity,
            mapping,
        }
    }

    /// Days and amounts of one contract have no meaning for contracts of any day and size.
    fn refuse_dated_terms(&mut self, mapping: &crate::plan::Mapping) {
        use crate::plan::Accrual;
        let left = match &mapping.repays {
            Some(Repayment::Linear { left, .. } | Repayment::Annuity { left, .. }) => Some(left),
            _ => None,
        };
        let steps = [&mapping.accrues, &mapping.pays, &mapping.receives];
        let steps = steps.into_iter().flatten().find_map(|leg| match leg {
            Accrual::Fixed { steps, rate, .. } if !steps.is_empty() => {
                Some(steps.inline().first().map_or(rate, |(_, step)| step))
            }
            _ => None,
        });
        let until = left.and_then(|left| left.interest_only.as_ref());
        let grace = left.and_then(|left| left.grace.as_ref());
        let balloon = left.and_then(|left| left.balloon.as_ref());
        for (name, value) in [
            ("interest_only", until),
            ("grace", grace),
            ("balloon", balloon),
            ("steps", steps),
        ] {
            let Some(value) = value else { continue };
            let span = value
                .span
                .unwrap_or(Span::new(crate::diagnostic::FileId(0), 0, 0));
            self.report(
                Diagnostic::error(code::ARGUMENTS, format!("`{name}` is of positions, a product has none yet"))
                    .at(span, "")
                    .help("new contracts have neither days nor amounts of their own; give them to positions in the book"),
            );
        }
    }

    fn instrument_repays(
        &mut self,
        instrument: DefId,
        own: &Option<Repayment>,
    ) -> Option<Repayment> {
        if own.is_some() {
            return own.clone();
        }
        let index = self.instrument_id(instrument);
        if let Some(lowered) = self.instruments.get(index.index()) {
            return lowered.mapping.repays.clone();
        }
        // Not lowered yet: the word itself says whether it ends.
        let definition = self.definition(instrument)?;
        let Item::Block(block) = &definition.declaration.item else {
            return None;
        };
        let clause = block.clauses.iter().find_map(|clause| match &clause.body {
            tree::ClauseBody::Setting(setting)
                if setting.path().is_some_and(|path| path.text() == "repays") =>
            {
                setting.values.first()
            }
            _ => None,
        })?;
        match &clause.kind {
            ExpressionKind::Reference(reference) => match reference.path.text().as_str() {
                "on_demand" => Some(Repayment::OnDemand),
                "never" => Some(Repayment::Never),
                "notice" => Some(Repayment::OnDemand),
                _ => Some(Repayment::Bullet),
            },
            _ => None,
        }
    }

    /// A product by name.
    pub(super) fn product_named(
        &mut self,
        value: &tree::Expression,
        cx: &Context,
    ) -> Option<ProductId> {
        match &value.kind {
            ExpressionKind::Reference(reference) if reference.arguments.is_none() => {
                let id = self.find_definition(reference, cx)?;
                self.expect_kind(id, BlockKind::Product, value.span)
                    .then(|| self.product_id(id))
            }
            ExpressionKind::Broken => None,
            _ => {
                self.report(
                    Diagnostic::error(code::TYPES, "the name of a product is due here")
                        .at(value.span, ""),
                );
                None
            }
        }
    }
}
