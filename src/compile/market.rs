//! Markets: curves and spreads, indices, discounting, series, FX, calendars.

use indexmap::IndexMap;

use super::compiler::Compiler;
use super::context::{Context, Expected};
use super::curve::built_on;
use super::names::DefId;
use super::typing::money;
use crate::calendar::Tenor;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{
    CalendarDefinition, Curve, CurveDefinition, Index, IndexDefinition, Market, Type,
};
use crate::quantity::Currency;
use crate::syntax::tree::{
    self, BlockKind, Clause, ClauseBody, ExpressionKind, Factor, FactorKind, Item,
};

impl Compiler<'_> {
    /// A market by its declaration; lowered once.
    pub(super) fn market(&mut self, id: DefId) -> Option<Market> {
        if let Some(market) = self.markets.get(&id) {
            return Some(market.clone());
        }
        let definition = self.definition(id)?;
        let Item::Block(block) = &definition.declaration.item else {
            return None;
        };
        let mut market = Market {
            heading: self.heading(id),
            ..Market::default()
        };
        let mut spans: IndexMap<String, Span> = IndexMap::new();
        for clause in &block.clauses {
            match &clause.body {
                ClauseBody::Factor(factor) => {
                    let key = match factor.kind {
                        FactorKind::Discount
                        | FactorKind::Fx
                        | FactorKind::Calendar
                        | FactorKind::Volatility => {
                            format!("{} {}", factor.kind.word(), factor.name.text)
                        }
                        _ => factor.name.text.clone(),
                    };
                    if let Some(first) = spans.insert(key.clone(), factor.name.span) {
                        self.said_twice(&key, factor.name.span, first);
                        continue;
                    }
                    self.market_line(&mut market, factor, clause, &Context::new(definition.scope));
                }
                body => self.misplaced(body, clause.span, BlockKind::Market),
            }
        }
        self.order_curves(&mut market, &spans);
        self.check_market(&market, &spans);
        self.check_volatilities(&market);
        self.markets.insert(id, market.clone());
        Some(market)
    }

    fn market_line(&mut self, market: &mut Market, factor: &Factor, clause: &Clause, cx: &Context) {
        let origin = self.origin(clause.span, &clause.metadata);
        let name = factor.name.text.clone();
        match factor.kind {
            FactorKind::Curve | FactorKind::Spread => {
                let Some(currency) = self.factor_currency(factor) else {
                    return;
                };
                let is_spread = factor.kind == FactorKind::Spread;
                let Some(definition) = self.curve(&factor.value, is_spread, cx) else {
                    return;
                };
                market.curves.insert(
                    name,
                    Curve {
                        currency,
                        is_spread,
                        definition,
                        origin,
                    },
                );
            }
            FactorKind::Index => {
                let Some(currency) = self.factor_currency(factor) else {
                    return;
                };
                let Some(definition) = self.index_definition(&factor.value, cx) else {
                    return;
                };
                market.indices.insert(
                    name.clone(),
                    Index {
                        currency,
                        tenor: index_tenor(&name),
                        definition,
                        origin,
                    },
                );
            }
            FactorKind::Series => {
                let ty = self
                    .factors
                    .get(&name)
                    .map_or(Type::Number, |factor| factor.ty.clone());
                match self.path_definition(&factor.value, &ty, cx) {
                    Some(definition) => {
                        market.series.insert(name, (definition, origin));
                    }
                    None => self.no_path(&factor.value, "a series"),
                }
            }
            FactorKind::Discount => {
                let Some(currency) = self.currency(&name, factor.name.span) else {
                    return;
                };
                if let Some(definition) = self.curve(&factor.value, false, cx) {
                    market.discounts.insert(currency, (definition, origin));
                }
            }
            FactorKind::Fx => {
                let Some(currency) = self.currency(&name, factor.name.span) else {
                    return;
                };
                let value = self.expect(
                    &factor.value,
                    &Expected::because(money(), factor.name.span, "what one unit is worth"),
                    cx,
                );
                market.fx.insert(currency, (value, origin));
            }
            FactorKind::Calendar => {
                let Some(currency) = self.currency(&name, factor.name.span) else {
                    return;
                };
                let calendar = match &factor.value.kind {
                    ExpressionKind::Reference(reference) if reference.path.text() == "holidays" => {
                        match reference
                            .arguments
                            .as_deref()
                            .and_then(|a| a.first())
                            .map(|a| &a.value.kind)
                        {
                            Some(ExpressionKind::Text(text)) => {
                                Some(CalendarDefinition::Holidays(text.value.clone()))
                            }
                            _ => {
                                self.too_few(
                                    "holidays",
                                    "the path of a file in quotes",
                                    reference.span,
                                );
                                None
                            }
                        }
                    }
                    _ => self
                        .calendar_name(&factor.value)
                        .map(CalendarDefinition::Named),
                };
                if let Some(calendar) = calendar {
                    market.calendars.insert(currency, (calendar, origin));
                }
            }
            FactorKind::Volatility => {
                if let Some(volatility) = self.volatility(&factor.value, cx) {
                    market.volatilities.insert(name, (volatility, origin));
                }
            }
        }
    }

    fn no_path(&mut self, value: &tree::Expression, what: &str) {
        let known = matches!(&value.kind, ExpressionKind::Reference(r) if matches!(r.path.text().as_str(), "levels" | "path"));
        if !known && !matches!(value.kind, ExpressionKind::Broken) {
            self.report(
                Diagnostic::error(code::TYPES, format!("{what} takes levels over time"))
                    .at(value.span, "")
                    .help("write `levels(\"file\", …)` or `path(2026-09-30, 2%, …)`"),
            );
        }
    }

    fn factor_currency(&mut self, factor: &Factor) -> Option<Currency> {
        match &factor.currency {
            Some(name) => self.currency(&name.text, name.span),
            None => {
                self.report(
                    Diagnostic::error(
                        code::MISSING_SETTING,
                        format!("`{}` does not say its currency", factor.name.text),
                    )
                    .at(factor.name.span, "")
                    .help(format!(
                        "write `{} {} in EUR = …`",
                        factor.kind.word(),
                        factor.name.text
                    )),
                );
                None
            }
        }
    }

    /// `forward(EUR_3M, fixings = "…")`, `path(…)` or `levels(…)`.
    pub(super) fn index_definition(
        &mut self,
        value: &tree::Expression,
        cx: &Context,
    ) -> Option<IndexDefinition> {
        if let Some(path) = self.path_definition(value, &Type::Rate, cx) {
            return Some(IndexDefinition::Path(path));
        }
        let (_, parted, reference) =
            self.constructor(value, "index", &["forward", "path", "levels"])?;
        if reference.path.text() != "forward" {
            return None;
        }
        self.closed_arguments("forward", &parted, 1, &["curve", "fixings"]);
        let Some(curve) = parted.get("curve", Some(0)) else {
            self.missing_argument(
                "forward",
                "curve",
                reference.span,
                "write `forward(EUR_3M)`",
            );
            return None;
        };
        let curve = self.curve_name(curve)?;
        let fixings = match parted.get("fixings", None).map(|value| &value.kind) {
            Some(ExpressionKind::Text(text)) => Some(text.value.clone()),
            None => None,
            Some(_) => {
                self.too_few("fixings", "the path of a file in quotes", reference.span);
                None
            }
        };
        Some(IndexDefinition::Forward { curve, fixings })
    }

    /// Puts derived curves after their parts; reports circles and parts of another market.
    fn order_curves(&mut self, market: &mut Market, spans: &IndexMap<String, Span>) {
        let mut rest = std::mem::take(&mut market.curves);
        let known: Vec<String> = rest.keys().cloned().collect();
        while !rest.is_empty() {
            let ready: Vec<String> = rest
                .iter()
                .filter(|(_, curve)| {
                    built_on(&curve.definition)
                        .iter()
                        .all(|part| market.curves.contains_key(part) || !known.contains(part))
                })
                .map(|(name, _)| name.clone())
                .collect();
            if ready.is_empty() {
                if let Some((name, _)) = rest.first() {
                    let span = spans.get(name).copied();
                    let error =
                        Diagnostic::error(code::CIRCULAR, format!("`{name}` is built on itself"))
                            .help("a curve is made of curves that do not read it");
                    self.report(match span {
                        Some(span) => error.at(span, ""),
                        None => error,
                    });
                }
                break;
            }
            for name in ready {
                if let Some(curve) = rest.shift_remove(&name) {
                    market.curves.insert(name, curve);
                }
            }
        }
    }

    fn check_market(&mut self, market: &Market, spans: &IndexMap<String, Span>) {
        let mut parts: Vec<(String, String)> = Vec::new();
        for (name, curve) in &market.curves {
            parts.extend(
                built_on(&curve.definition)
                    .into_iter()
                    .map(|part| (name.clone(), part)),
            );
        }
        for (name, index) in &market.indices {
            if let IndexDefinition::Forward { curve, .. } = &index.definition {
                parts.push((name.clone(), curve.clone()));
            }
        }
        for (currency, (definition, _)) in &market.discounts {
            parts.extend(
                built_on(definition)
                    .into_iter()
                    .map(|part| (format!("discount {currency}"), part)),
            );
        }
        let mut foreign: IndexMap<String, Vec<String>> = IndexMap::new();
        for (name, part) in parts {
            // A line of this market that could not be read was reported itself.
            if self.factors.contains_key(&part) && !spans.contains_key(&part) {
                foreign.entry(name).or_default().push(part);
            }
        }
        for (name, parts) in foreign {
            let span = spans.get(&name).copied();
            let listed = super::suggest::listed(&parts);
            let error = Diagnostic::error(
                code::UNKNOWN_NAME,
                format!("`{name}` reads {listed}, which this market does not have"),
            )
            .help("curves of another market are not read: define it here");
            self.report(match span {
                Some(span) => error.at(span, ""),
                None => error,
            });
        }
    }
}

/// Curves that no other curve makes: what shocks of rates move.
pub(super) fn is_root(curve: &Curve) -> bool {
    !curve.is_spread && built_on(&curve.definition).is_empty()
}

/// The tenor in an index's name: `EURIBOR_3M`.
pub(super) fn index_tenor(name: &str) -> Option<Tenor> {
    name.rsplit('_')
        .next()
        .filter(|part| *part != name)
        .and_then(|part| part.parse().ok())
}

/// The parts of a derived curve for a message: `EUR_OIS + OWN_SENIOR`.
pub(super) fn parts_of(definition: &CurveDefinition) -> String {
    built_on(definition).join(" + ")
}
