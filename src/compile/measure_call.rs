//! Measures that take a window, a band or options.

use super::call::{Arguments, word_of};
use super::compiler::Compiler;
use super::context::{Context, Expected};
use super::typing::Typed;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{Domain, Expression, Measure, MoneyTag, Node, Type, Valuation};
use crate::syntax::tree::{Argument, FactorKind};

impl Compiler<'_> {
    /// A measure with a window, a band or options.
    pub(super) fn measure_call(
        &mut self,
        name: &str,
        arguments: &[Argument],
        span: Span,
        cx: &Context,
    ) -> Typed {
        let money = Type::Money(MoneyTag::Position);
        let parted = Arguments::of(arguments);
        if name == "pv" {
            let valuation = self.valuation(&parted, cx);
            return Typed::fixed(Node::Measure(Measure::Value(valuation)), money, span);
        }
        let Some(argument) = parted.plain.first() else {
            return self.too_few(
                name,
                if name.starts_with("encumbered") {
                    "a band"
                } else {
                    "a window: `30d`, `12M`"
                },
                span,
            );
        };
        if matches!(
            name,
            "maturing"
                | "repricing"
                | "repricing_flow"
                | "unrepriced"
                | "encumbered"
                | "encumbered_share"
        ) {
            let band = self.expression(&argument.value, None, cx);
            let banded = match band.ty() {
                Type::Member(id) => matches!(
                    self.dimensions.get(id.index()).map(|d| &d.domain),
                    Some(Domain::Bands(_))
                ),
                Type::Unknown => return Typed::unknown(span),
                _ => false,
            };
            if !banded {
                let a = self.a_type(band.ty());
                self.report(
                    Diagnostic::error(code::TYPES, format!("`{name}` takes a band of time, this is {a}"))
                        .at(argument.span, "")
                        .help(format!("fold over a dimension of bands: `sum(residual: sum(assets: {name}(residual)))`")),
                );
                return Typed::unknown(span);
            }
            let band = Box::new(band.expression);
            return match name {
                "maturing" => Typed::fixed(Node::Measure(Measure::Maturing(band)), money, span),
                "repricing" => Typed::fixed(Node::Measure(Measure::Repricing(band)), money, span),
                "repricing_flow" => {
                    let margin = Box::new(self.margin_formula(&parted, span, cx));
                    let measure = Measure::RepricingFlow(band, margin);
                    Typed::fixed(Node::Measure(measure), money, span)
                }
                "unrepriced" => Typed::fixed(Node::Measure(Measure::Unrepriced(band)), money, span),
                "encumbered" => {
                    Typed::fixed(Node::Measure(Measure::Encumbered(Some(band))), money, span)
                }
                _ => Typed::fixed(
                    Node::Measure(Measure::EncumberedShare(band)),
                    Type::Ratio,
                    span,
                ),
            };
        }
        let Some(window) = self.literal_tenor(&argument.value, "the window of a measure", cx)
        else {
            return Typed::unknown(span);
        };
        let measure = match name {
            "due" => Measure::Due(window),
            "callable" => Measure::Callable(window),
            "interest" => Measure::Interest(window),
            "net_flow" => Measure::NetFlow(window),
            "unwound" => {
                let lots = parted.get("exchanging", None);
                let due = Expected::new(Type::Selection);
                let lots = lots.map(|value| Box::new(self.expect(value, &due, cx)));
                Measure::Unwound(window, lots)
            }
            _ => Measure::KeyRate(window),
        };
        Typed::fixed(Node::Measure(measure), money, span)
    }

    /// `margin = included` or `excluded`, or a condition; included where nothing is said.
    fn margin_formula(&mut self, parted: &Arguments<'_>, span: Span, cx: &Context) -> Expression {
        match parted.get("margin", None) {
            Some(value) if !matches!(word_of(value), Some("included" | "excluded")) => {
                self.condition(value, cx)
            }
            _ => {
                let included = !self.margin_argument(parted);
                Typed::fixed(Node::Bool(included), Type::Bool, span).expression
            }
        }
    }

    /// `margin = excluded`; included where nothing is said.
    fn margin_argument(&mut self, parted: &Arguments<'_>) -> bool {
        let Some(value) = parted.get("margin", None) else {
            return false;
        };
        match word_of(value) {
            Some("included") => false,
            Some("excluded") => true,
            _ => {
                self.one_of_words("margin", &["included", "excluded"], value.span);
                false
            }
        }
    }

    /// Reports a spread in the place of the curve that discounts.
    fn hold_to_discounting(&mut self, curve: Option<&str>, span: Span) {
        let Some(name) = curve else { return };
        let Some(factor) = self.factors.get(name) else {
            return;
        };
        if factor.kind == FactorKind::Spread {
            let error = Diagnostic::error(
                code::TYPES,
                format!("`{name}` is a spread over a curve: nothing is discounted at it alone"),
            )
            .at(span, "a spread")
            .also(factor.span, "defined here")
            .help(format!(
                "add the two in the market, `curve WITH_SPREAD in … = … + {name}`, and write `pv(WITH_SPREAD)`"
            ));
            self.report(error);
        }
    }

    fn valuation(&mut self, parted: &Arguments<'_>, cx: &Context) -> Valuation {
        let mut valuation = Valuation::default();
        if let Some(curve) = parted.plain.first() {
            valuation.curve = self.curve_name(&curve.value);
            self.hold_to_discounting(valuation.curve.as_deref(), curve.span);
        }
        for (name, argument) in &parted.named {
            match *name {
                "margin" => valuation.margin_excluded = self.margin_argument(parted),
                "options" if word_of(&argument.value) == Some("excluded") => {
                    valuation.options_excluded = true;
                }
                "options" => valuation.options = self.literal_bool(&argument.value, cx).unwrap_or(false),
                "pass_through" => valuation.pass_through = self.literal_bool(&argument.value, cx).unwrap_or(false),
                "volatility" => {
                    let value = self.expect(&argument.value, &Expected::new(Type::Ratio), cx);
                    valuation.volatility = Some(Box::new(value));
                }
                _ => self.report(
                    Diagnostic::error(code::ARGUMENTS, format!("`pv` has no `{name}`"))
                        .at(argument.span, "")
                        .help("its arguments are a curve, `margin`, `options`, `volatility` and `pass_through`"),
                ),
            }
        }
        if let (Some(value), false) = (&valuation.volatility, valuation.options) {
            let error = Diagnostic::error(
                code::ARGUMENTS,
                "a volatility is scaled, and no option is valued with it",
            )
            .help("write `pv(options = true, volatility = 125%)`");
            let span = value.span;
            self.report(match span {
                Some(span) => error.at(span, ""),
                None => error,
            });
        }
        valuation
    }
}
