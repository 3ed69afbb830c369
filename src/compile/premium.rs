//! `premium = effective(…)` or `linear`: how the difference of a carrying amount to the nominal goes to interest.

use super::compiler::Compiler;
use super::context::{Context, Expected};
use super::vocabulary;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::codes::compile as code;
use crate::plan::{Accrual, Mapping, Node, PremiumRelease, Side, Type};
use crate::syntax::tree;

impl Compiler<'_> {
    /// `effective(daycount = act/actICMA)` or `linear`.
    pub(super) fn premium_release(
        &mut self,
        value: &tree::Expression,
        cx: &Context,
    ) -> Option<PremiumRelease> {
        let (name, parted, reference) =
            self.constructor(value, "premium", &vocabulary::PREMIUM_RELEASES)?;
        if name == "linear" {
            self.closed_arguments(name, &parted, 0, &[]);
            return Some(PremiumRelease::Linear);
        }
        self.closed_arguments(name, &parted, 1, &["daycount"]);
        let Some(daycount) = parted.get("daycount", Some(0)) else {
            let example = "effective(daycount = act/365)";
            self.lacks(name, "`daycount`", reference.span, example);
            return None;
        };
        match self
            .expect(daycount, &Expected::new(Type::Daycount), cx)
            .node
        {
            Node::Daycount(daycount) => Some(PremiumRelease::Effective(daycount)),
            _ => None,
        }
    }

    /// Of instruments, and of products with the terms of theirs.
    pub(super) fn check_premiums(&mut self) {
        let mut mappings: Vec<(Side, Mapping)> = Vec::new();
        for instrument in self.instruments.0.iter().flatten() {
            mappings.push((instrument.side, instrument.mapping.clone()));
        }
        for product in self.products.0.iter().flatten() {
            if let Some(instrument) = self.instruments.get(product.of.index()) {
                let mapping = instrument.mapping.overlaid(product.mapping.clone());
                mappings.push((instrument.side, mapping));
            }
        }
        for (side, mapping) in &mappings {
            self.check_premium(*side, mapping);
        }
    }

    /// A premium is of what has a nominal on the balance sheet, and only a rate that is known can be effective.
    pub(super) fn check_premium(&mut self, side: Side, mapping: &Mapping) {
        let Some(span) = mapping.origins.get("premium").and_then(|o| o.span) else {
            return;
        };
        let indexed = matches!(mapping.accrues, Some(Accrual::Index { .. }));
        let error = if matches!(side, Side::Derivative | Side::OffBalance) {
            Diagnostic::error(
                code::WRONG_PLACE,
                "a premium is of assets and liabilities: what is carried above or below its nominal",
            )
            .help("leave the line out")
        } else if indexed && matches!(mapping.premium, Some(PremiumRelease::Effective(_))) {
            Diagnostic::error(
                code::WRONG_PLACE,
                "the payments of an index are not known, so no rate of theirs is effective",
            )
            .help("write `premium = linear`, or leave the line out")
        } else {
            return;
        };
        self.report(error.at(span, ""));
    }
}
