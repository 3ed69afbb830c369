//! Cover pools: `collateral … on … { secures = …  overcollateral = 12% }`.

use indexmap::IndexMap;
use rust_decimal::Decimal;

use super::compiler::Compiler;
use super::context::{Context, Expected};
use super::names::DefId;
use super::overlap::meet;
use super::overlay::Value;
use super::set::Set;
use super::statement::Said;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::codes::compile as code;
use crate::plan::{CoverPool, CoverPoolId, Expression, Node, Origin, Selection, Side, Type};
use crate::syntax::tree::{self, Block, BlockKind, ExpressionKind};

/// The settings of a pool.
pub(super) const COVER_POOL_KEYS: [&str; 2] = ["secures", "overcollateral"];

const EXAMPLE: &str = "collateral cover_pool_a on mortgage where pool == \"A\" { … }";

impl Compiler<'_> {
    /// A pool: its assets, the debt that they secure, and how much more than the debt they are to be.
    pub(super) fn lower_cover_pool(&mut self, id: DefId, block: &Block) -> CoverPool {
        let heading = self.heading(id);
        let cx = Context::new(self.scope_of(id));
        let mut on: Vec<Selection> = Vec::new();
        for selection in &block.head.on {
            on.extend(self.selection_of_side("collateral", selection, Side::Asset, &cx));
        }
        self.need_selections(block, &heading, "which assets it holds", EXAMPLE);
        let mut secures: Vec<Selection> = Vec::new();
        let mut overcollateral = nothing();
        let mut origins: IndexMap<String, Origin> = IndexMap::new();
        for found in self.plain_settings(block, &heading, &COVER_POOL_KEYS, &COVER_POOL_KEYS) {
            match found.key {
                "secures" => {
                    for value in &found.setting.values {
                        let debt = self.selection_of_side("secures", value, Side::Liability, &cx);
                        secures.extend(debt);
                    }
                }
                _ => {
                    overcollateral = self.expect(found.value, &Expected::new(Type::Ratio), &cx);
                    self.hold_to_overcollateral(&overcollateral);
                }
            }
            let origin = self.origin(found.clause.span, &found.clause.metadata);
            origins.insert(found.key.to_owned(), origin);
        }
        CoverPool {
            heading,
            on,
            secures,
            overcollateral,
            origins,
        }
    }

    /// The pool of `uncovered(pool)`.
    pub(super) fn cover_pool_named(
        &mut self,
        expression: &tree::Expression,
        cx: &Context,
    ) -> Option<CoverPoolId> {
        let ExpressionKind::Reference(reference) = &expression.kind else {
            self.report(
                Diagnostic::error(code::TYPES, "the name of a cover pool is due here")
                    .at(expression.span, "")
                    .help(format!("a pool is declared: `{EXAMPLE}`")),
            );
            return None;
        };
        let id = self.find_definition(reference, cx)?;
        self.expect_kind(id, BlockKind::Collateral, expression.span)
            .then(|| self.cover_pool_id(id))
    }

    /// Pools that the text alone shows to hold the same assets, or to secure the same debt.
    pub(super) fn check_pools_apart(&mut self) {
        let pools: Vec<CoverPool> = self.cover_pools.0.iter().flatten().cloned().collect();
        for (place, later) in pools.iter().enumerate() {
            for earlier in pools.iter().take(place) {
                let message = if meet(&later.on, &earlier.on) {
                    format!(
                        "`{}` and `{}` hold the same assets",
                        later.heading.short, earlier.heading.short
                    )
                } else if meet(&later.secures, &earlier.secures) {
                    format!(
                        "`{}` and `{}` secure the same debt",
                        later.heading.short, earlier.heading.short
                    )
                } else {
                    continue;
                };
                let mut error = Diagnostic::error(code::POOLS_OVERLAP, message)
                    .help("part them with `where`: an asset stands in one pool, a debt behind one");
                if let Some(span) = later.heading.origin.span {
                    error = error.at(span, "");
                }
                if let Some(span) = earlier.heading.origin.span {
                    error = error.also(span, "the other pool");
                }
                self.report(error);
            }
        }
    }

    /// `set cover_pool_a.overcollateral = 20%`.
    pub(super) fn set_cover_pool(&mut self, set: &Set<'_>) -> Option<Said> {
        if set.rest != "overcollateral" {
            self.not_settable(
                &set.target.path,
                "of a cover pool `overcollateral` is set; what it holds and secures are facts",
            );
            return None;
        }
        let pool = self.cover_pool_id(set.id);
        self.drain();
        let own = self.cover_pools.get(pool.index());
        let stands = own.and_then(|own| own.origins.get(&set.rest)?.span);
        let key = set.key();
        let inherited = match set.inherited(&key) {
            Some(Value::Overcollateral(_, value)) => Some(value.clone()),
            _ => own.map(|own| own.overcollateral.clone()),
        };
        let due = stands.unwrap_or(set.target.path.span);
        let value = self.overlaid(set.value, Type::Ratio, due, inherited, set.cx);
        self.hold_to_overcollateral(&value);
        let original = stands.map(|span| (self.written(span), span));
        Some(set.said(key, Value::Overcollateral(pool, value), original))
    }
}

/// No overcollateral.
fn nothing() -> Expression {
    Expression {
        node: Node::Number(Decimal::ZERO),
        ty: Type::Ratio,
        span: None,
    }
}
