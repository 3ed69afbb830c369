//! Volatilities of the market: `volatility EURIBOR_3M = normal(80bp)`.

use super::compiler::Compiler;
use super::context::{Context, Expected};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::codes::compile as code;
use crate::plan::{Market, Type, Volatility, VolatilityModel};
use crate::syntax::tree::{self, ExpressionKind};

/// The models of volatilities; `flat` and a bare rate are normal.
pub(super) const VOLATILITIES: [&str; 3] = ["normal", "lognormal", "flat"];

impl Compiler<'_> {
    /// `normal(80bp)`, `lognormal(20%)`, `flat(80bp)` or a bare rate.
    pub(super) fn volatility(
        &mut self,
        value: &tree::Expression,
        cx: &Context,
    ) -> Option<Volatility> {
        let called = match &value.kind {
            ExpressionKind::Reference(reference) if reference.arguments.is_some() => {
                VOLATILITIES.contains(&reference.path.text().as_str())
            }
            _ => false,
        };
        if !called {
            let value = self.expect(value, &Expected::new(Type::Rate), cx);
            return Some(Volatility {
                model: VolatilityModel::Normal,
                value,
            });
        }
        let (name, parted, reference) = self.constructor(value, "volatility", &VOLATILITIES)?;
        let Some(first) = parted.plain.first() else {
            self.too_few(name, "a volatility", reference.span);
            return None;
        };
        let (model, due) = if name == "lognormal" {
            (VolatilityModel::Lognormal, Type::Ratio)
        } else {
            (VolatilityModel::Normal, Type::Rate)
        };
        let value = self.expect(&first.value, &Expected::new(due), cx);
        Some(Volatility { model, value })
    }

    /// A volatility is of an index of its market, or of the curve that an index is read from.
    pub(super) fn check_volatilities(&mut self, market: &Market) {
        for (name, (_, origin)) in &market.volatilities {
            if market.indices.contains_key(name) || market.curves.contains_key(name) {
                continue;
            }
            let known: Vec<&str> = market.indices.keys().map(String::as_str).collect();
            let error = Diagnostic::error(
                code::UNKNOWN_NAME,
                format!("`{name}` is no index of the market"),
            )
            .help(match super::suggest::nearest(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "a volatility bears the name of its index: `volatility EURIBOR_3M = normal(80bp)`".to_owned(),
            });
            self.report(match origin.span {
                Some(span) => error.at(span, ""),
                None => error,
            });
        }
    }
}
