//! Transfer prices: `ftp … on … { base = matched(EUR_OIS) }`.

use super::call::word_of;
use super::compiler::Compiler;
use super::context::{Context, Expected};
use super::names::DefId;
use super::overlap::meet;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{Selection, TransferPrice, TransferRule, Type};
use crate::syntax::tree::{self, Block, BlockKind};

/// How a part of the price is found.
pub(super) const TRANSFER_PRICES: [&str; 3] = ["matched", "rolling", "fixed"];

/// The settings of a transfer price.
pub(super) const TRANSFER_KEYS: [&str; 4] = ["base", "liquidity", "option", "breakage"];

impl Compiler<'_> {
    /// Reads an `ftp` block and keeps what it says.
    pub(super) fn transfer_rule(&mut self, id: DefId, block: &Block) {
        let heading = self.heading(id);
        let cx = Context::new(self.scope_of(id));
        let on = self.headed_selections(block, &heading, &cx);
        let mut overrides = Vec::new();
        for path in &block.head.overrides {
            if let Some(other) = self.find_path(path, &cx)
                && self.expect_kind(other, BlockKind::Ftp, path.span)
            {
                overrides.push(self.names.full_name(other));
            }
        }
        let (mut base, mut liquidity, mut option) = (None, None, None);
        let mut breakage: Option<Span> = None;
        for found in self.plain_settings(block, &heading, &TRANSFER_KEYS, &["base"]) {
            let value = found.value;
            match found.key {
                "base" => base = self.transfer_price(value, &cx).map(|p| (p, value.span)),
                "liquidity" => liquidity = self.transfer_price(value, &cx),
                "option" => option = Some(self.expect(value, &Expected::new(Type::Rate), &cx)),
                _ if word_of(value) == Some("charged") => breakage = Some(found.setting.span),
                _ => self.one_of_words("breakage", &["charged"], value.span),
            }
        }
        let Some((base, base_span)) = base else {
            return;
        };
        if let Some(span) = breakage
            && !matches!(base, TransferPrice::Matched(_))
        {
            self.report(
                Diagnostic::error(
                    code::WRONG_PLACE,
                    "a price that is not matched has no term that could break",
                )
                .at(span, "")
                .also(base_span, "the price")
                .help("`breakage = charged` goes with `base = matched(…)`"),
            );
        }
        if on.contains(&Selection::Equity) {
            let matched = [Some(&base), liquidity.as_ref()]
                .into_iter()
                .flatten()
                .any(|price| matches!(price, TransferPrice::Matched(_)));
            if matched {
                self.report(
                    Diagnostic::error(
                        code::WRONG_PLACE,
                        "equity has no term that a curve could be matched to",
                    )
                    .at(base_span, "")
                    .help(
                        "`base = rolling(EUR_OIS, tenor = 5Y, window = 60M)`, or `base = fixed(2.5%)`",
                    ),
                );
            }
        }
        let rule = TransferRule {
            heading,
            on,
            overrides,
            base,
            liquidity,
            option,
            breakage: breakage.is_some(),
        };
        self.check_priced_twice(&rule);
        self.transfer_rules.push(rule);
    }

    /// Two rules that the text alone shows to be for the same positions.
    fn check_priced_twice(&mut self, rule: &TransferRule) {
        let other = self.transfer_rules.iter().find(|other| {
            meet(&rule.on, &other.on)
                && !rule.overrides.contains(&other.heading.name)
                && !other.overrides.contains(&rule.heading.name)
        });
        let Some(other) = other else {
            return;
        };
        let mut error = Diagnostic::error(
            code::BEHAVIOURS_OVERLAP,
            format!(
                "`{}` and `{}` both price the same positions",
                rule.heading.short, other.heading.short
            ),
        )
        .help(format!(
            "say `overrides {}` in the header of `{}`, or part them with `where`",
            other.heading.short, rule.heading.short
        ));
        if let Some(span) = rule.heading.origin.span {
            error = error.at(span, "priced here");
        }
        if let Some(span) = other.heading.origin.span {
            error = error.also(span, "and here");
        }
        self.report(error);
    }

    /// `matched(curve)`, `rolling(curve, tenor, window)`, `fixed(rate)`.
    fn transfer_price(&mut self, value: &tree::Expression, cx: &Context) -> Option<TransferPrice> {
        let (name, parted, reference) =
            self.constructor(value, "a transfer price", &TRANSFER_PRICES)?;
        let span = reference.span;
        let Some(first) = parted.plain.first() else {
            self.too_few(
                name,
                if name == "fixed" { "a rate" } else { "a curve" },
                span,
            );
            return None;
        };
        if name == "fixed" {
            let rate = self.expect(&first.value, &Expected::new(Type::Rate), cx);
            return Some(TransferPrice::Fixed(rate));
        }
        let curve = self.curve_name(&first.value);
        if name == "matched" {
            return curve.map(TransferPrice::Matched);
        }
        let mut tenors = [None, None];
        for (slot, key) in tenors.iter_mut().zip(["tenor", "window"]) {
            match parted.get(key, None) {
                Some(tenor) => {
                    *slot = self
                        .literal_tenor(tenor, &format!("`{key}`"), cx)
                        .map(|literal| (literal, tenor.span));
                }
                None => self.missing_argument(
                    name,
                    key,
                    span,
                    "write `rolling(EUR_OIS, tenor = 5Y, window = 60M)`",
                ),
            }
        }
        let [Some((tenor, _)), Some((window, window_span))] = tenors else {
            return None;
        };
        let months = window
            .in_months()
            .and_then(|months| u32::try_from(months).ok())
            .filter(|months| *months > 0);
        let Some(months) = months else {
            self.report(
                Diagnostic::error(
                    code::OUT_OF_RANGE,
                    format!("a mean over {window}: tranches are renewed once a month"),
                )
                .at(window_span, "")
                .help("write the window in months or years: `window = 60M`"),
            );
            return None;
        };
        Some(TransferPrice::Rolling {
            curve: curve?,
            tenor,
            months,
        })
    }
}
