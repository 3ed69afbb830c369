//! `svensson(…)` and `smith_wilson(…)`: curves that are formulas.

use super::call::Arguments;
use super::compiler::Compiler;
use super::context::{Context, Expected};
use crate::calendar::DayCount;
use crate::plan::{
    CurveDefinition, SmithWilsonCurve, SmithWilsonQuotes, SvenssonCurve, SvenssonParameters, Type,
};
use crate::syntax::tree::{ExpressionKind, Reference};

/// Svensson's parameters in their order.
const PARAMETERS: [&str; 6] = ["beta0", "beta1", "beta2", "beta3", "tau1", "tau2"];

impl Compiler<'_> {
    /// `svensson(beta0 = …, …, tau2 = …)` or `svensson("file", unit = 1%)`.
    pub(super) fn svensson(
        &mut self,
        parted: &Arguments<'_>,
        reference: &Reference,
        cx: &Context,
    ) -> Option<CurveDefinition> {
        let path = parted.plain.first().map(|argument| &argument.value.kind);
        let parameters = if let Some(path) = path {
            self.closed_arguments("svensson", parted, 1, &["unit", "daycount"]);
            let ExpressionKind::Text(path) = path else {
                self.too_few("svensson", "the path of a file in quotes", reference.span);
                return None;
            };
            let unit = parted.get("unit", None);
            let unit = unit.map(|unit| self.expect(unit, &Expected::new(Type::Ratio), cx));
            SvenssonParameters::File {
                path: path.value.clone(),
                unit,
            }
        } else {
            let mut names = PARAMETERS.to_vec();
            names.push("daycount");
            self.closed_arguments("svensson", parted, 0, &names);
            let mut values = Vec::with_capacity(PARAMETERS.len());
            for name in PARAMETERS {
                let Some(value) = parted.get(name, None) else {
                    let help = "it takes `beta0` to `beta3` as rates, `tau1` and `tau2` in years; or a file";
                    self.missing_argument("svensson", name, reference.span, help);
                    return None;
                };
                let ty = if name.starts_with("beta") {
                    Type::Rate
                } else {
                    Type::Number
                };
                values.push(self.expect(value, &Expected::new(ty), cx));
            }
            SvenssonParameters::Stated(Box::new(values.try_into().ok()?))
        };
        let daycount = self.own_daycount("svensson", parted, reference, cx)?;
        Some(CurveDefinition::Svensson(SvenssonCurve {
            parameters,
            daycount,
        }))
    }

    /// `smith_wilson("file", quotes = zero, ultimate = 3.45%, alpha = 0.11)`.
    pub(super) fn smith_wilson(
        &mut self,
        parted: &Arguments<'_>,
        reference: &Reference,
        cx: &Context,
    ) -> Option<CurveDefinition> {
        let named = ["quotes", "ultimate", "alpha", "compounding", "daycount"];
        self.closed_arguments("smith_wilson", parted, 1, &named);
        let path = parted.plain.first().map(|argument| &argument.value.kind);
        let Some(ExpressionKind::Text(path)) = path else {
            self.too_few(
                "smith_wilson",
                "the path of a file in quotes",
                reference.span,
            );
            return None;
        };
        let help = "write `smith_wilson(\"file\", quotes = zero, ultimate = 3.45%, alpha = 0.11)`";
        for name in ["quotes", "ultimate", "alpha"] {
            if parted.get(name, None).is_none() {
                self.missing_argument("smith_wilson", name, reference.span, help);
                return None;
            }
        }
        let quotes = match self.choice(parted, "quotes", &["zero", "par_swap", "weights"])? {
            "zero" => SmithWilsonQuotes::Zero,
            "par_swap" => SmithWilsonQuotes::ParSwap,
            _ => SmithWilsonQuotes::Weights,
        };
        let mut value = |name: &str, ty: Type| {
            let value = parted.get(name, None)?;
            Some(self.expect(value, &Expected::new(ty), cx))
        };
        let (ultimate, alpha) = (
            value("ultimate", Type::Rate)?,
            value("alpha", Type::Number)?,
        );
        Some(CurveDefinition::SmithWilson(SmithWilsonCurve {
            path: path.value.clone(),
            quotes,
            ultimate,
            alpha,
            compounding: self.compounding(parted),
            daycount: self.own_daycount("smith_wilson", parted, reference, cx)?,
        }))
    }

    /// The day count where one is stated; `None` where it is wrong.
    fn own_daycount(
        &mut self,
        name: &str,
        parted: &Arguments<'_>,
        reference: &Reference,
        cx: &Context,
    ) -> Option<Option<DayCount>> {
        match parted.get("daycount", None) {
            Some(_) => {
                let stated = self.daycount(name, parted, usize::MAX, reference.span, cx);
                stated.map(Some)
            }
            None => Some(None),
        }
    }
}
