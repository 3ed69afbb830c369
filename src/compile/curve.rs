//! How curves are made: from a file, flat, from other curves, with a shift.

use super::call::Arguments;
use super::compiler::Compiler;
use super::context::{Context, Expected};
use super::factor::FactorInfo;
use super::vocabulary;
use crate::calendar::DayCount;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::codes::compile as code;
use crate::plan::{Compounding, CurveDefinition, CurveFile, Quotes, Type};
use crate::syntax::tree::{self, ExpressionKind, FactorKind, LiteralValue, Reference};

impl Compiler<'_> {
    /// The definition of a curve or spread. `others` are the names that it may build on.
    pub(super) fn curve(
        &mut self,
        value: &tree::Expression,
        spread: bool,
        cx: &Context,
    ) -> Option<CurveDefinition> {
        match &value.kind {
            ExpressionKind::Broken => None,
            ExpressionKind::Sum { first, rest } => {
                let mut parts = vec![self.curve(first, spread, cx)?];
                for addend in rest {
                    if addend.negative {
                        self.report(
                            Diagnostic::error(code::TYPES, "curves add, they do not subtract")
                                .at(addend.operator_span, "")
                                .help("add a negative shift, `A + -50bp`, or write the spread with its sign in the file"),
                        );
                        continue;
                    }
                    parts.push(self.curve_addend(&addend.value, cx)?);
                }
                Some(CurveDefinition::Sum(parts))
            }
            ExpressionKind::Reference(reference) => self.curve_reference(reference, spread, cx),
            _ => {
                self.report(
                    Diagnostic::error(code::TYPES, "a curve is due here")
                        .at(value.span, "")
                        .help("write `flat(2%)`, `zero(\"file\", interpolate = log_linear_df)` or the name of a curve"),
                );
                None
            }
        }
    }

    /// A further member of a sum of curves: a curve, a spread, or a shift.
    fn curve_addend(&mut self, value: &tree::Expression, cx: &Context) -> Option<CurveDefinition> {
        if let ExpressionKind::Reference(reference) = &value.kind {
            let name = reference.path.text();
            let is_curve = matches!(
                self.factors.get(&name),
                Some(FactorInfo {
                    ty: Type::Curve,
                    ..
                })
            ) || matches!(
                name.as_str(),
                "flat"
                    | "zero"
                    | "discount_factors"
                    | "par_swap"
                    | "spreads"
                    | "svensson"
                    | "smith_wilson"
            );
            if is_curve {
                return self.curve_reference(reference, true, cx);
            }
        }
        let shift = self.expect(value, &Expected::new(Type::Shift), cx);
        (shift.ty != Type::Unknown).then_some(CurveDefinition::Shift(shift))
    }

    fn curve_reference(
        &mut self,
        reference: &Reference,
        spread: bool,
        cx: &Context,
    ) -> Option<CurveDefinition> {
        let name = reference.path.text();
        let Some(arguments) = &reference.arguments else {
            let value = tree::Expression {
                kind: ExpressionKind::Reference(reference.clone()),
                span: reference.span,
            };
            return self.curve_name(&value).map(CurveDefinition::Named);
        };
        let parted = Arguments::of(arguments);
        let quotes = match name.as_str() {
            "flat" => {
                self.closed_arguments("flat", &parted, 2, &["rate", "daycount"]);
                let Some(rate) = parted.get("rate", Some(0)) else {
                    self.missing_argument("flat", "rate", reference.span, "write `flat(2%)`");
                    return None;
                };
                let rate = self.expect(rate, &Expected::new(Type::Rate), cx);
                let daycount = match parted.get("daycount", Some(1)) {
                    Some(_) => self.daycount("flat", &parted, 1, reference.span, cx)?,
                    None => DayCount::Act365,
                };
                return Some(CurveDefinition::Flat { rate, daycount });
            }
            "svensson" => return self.svensson(&parted, reference, cx),
            "smith_wilson" => return self.smith_wilson(&parted, reference, cx),
            "zero" => Quotes::Zero,
            "discount_factors" => Quotes::DiscountFactors,
            "par_swap" => Quotes::ParSwap,
            "spreads" => Quotes::Spreads,
            _ => {
                let value = tree::Expression {
                    kind: ExpressionKind::Reference(reference.clone()),
                    span: reference.span,
                };
                let what = if spread { "spread" } else { "curve" };
                self.constructor(&value, what, &vocabulary::CURVES);
                return None;
            }
        };
        self.closed_arguments(
            &name,
            &parted,
            1,
            &[
                "interpolate",
                "daycount",
                "compounding",
                "extrapolate",
                "pillars",
            ],
        );
        let Some(ExpressionKind::Text(path)) =
            parted.plain.first().map(|argument| &argument.value.kind)
        else {
            self.too_few(&name, "the path of a file in quotes", reference.span);
            return None;
        };
        let Some(interpolate) = self.interpolation(&parted) else {
            if parted.get("interpolate", None).is_none() {
                self.missing_argument(
                    &name,
                    "interpolate",
                    reference.span,
                    "one of `linear_zero`, `log_linear_df`, `step_forward` and `monotone_convex`",
                );
            }
            return None;
        };
        let daycount = match parted.get("daycount", None) {
            Some(_) => Some(self.daycount(&name, &parted, usize::MAX, reference.span, cx)?),
            None => None,
        };
        let compounding = self.compounding(&parted);
        let extrapolate_flat = self.choice(&parted, "extrapolate", &["flat"]).is_some();
        let pillars = parted
            .get("pillars", None)
            .and_then(|pillars| match &pillars.kind {
                ExpressionKind::Literal(literal) => match &literal.value {
                    LiteralValue::Number(amount) => u32::try_from(amount.value).ok(),
                    _ => None,
                },
                _ => None,
            });
        Some(CurveDefinition::File(CurveFile {
            path: path.value.clone(),
            quotes,
            interpolate,
            daycount,
            compounding,
            extrapolate_flat,
            pillars,
        }))
    }

    /// How zero rates are compounded, where it is stated.
    pub(super) fn compounding(&mut self, parted: &Arguments<'_>) -> Option<Compounding> {
        let word = self.choice(parted, "compounding", &vocabulary::COMPOUNDINGS)?;
        Some(match word {
            "annual" => Compounding::Annual,
            "semi_annual" => Compounding::SemiAnnual,
            "quarterly" => Compounding::Quarterly,
            "simple" => Compounding::Simple,
            _ => Compounding::Continuous,
        })
    }

    /// A factor's name as a market line writes it, with its kind.
    pub(super) fn is_curve_factor(&self, name: &str) -> bool {
        self.factors
            .get(name)
            .is_some_and(|factor| matches!(factor.kind, FactorKind::Curve | FactorKind::Spread))
    }
}

/// The curves that a definition is built on.
pub(super) fn built_on(definition: &CurveDefinition) -> Vec<String> {
    match definition {
        CurveDefinition::Named(name) => vec![name.clone()],
        CurveDefinition::Sum(parts) => parts.iter().flat_map(built_on).collect(),
        _ => Vec::new(),
    }
}
