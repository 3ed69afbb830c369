//! Shocks: what they move, factor by factor, and their legs in time.

use super::compiler::Compiler;
use super::context::{Context, Expected, Inherited};
use super::market::{is_root, parts_of};
use super::overlay::{Stage, Value};
use super::spelling;
use super::statement::Said;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{Expression, Leg, Node, Point, ShockPath, ShockTarget, Type};
use crate::quantity::Currency;
use crate::syntax::tree::{
    self, BlockKind, Clause, ExpressionKind, FactorKind, Motion, Shock, ShockKind,
};

impl Compiler<'_> {
    pub(super) fn shock_statement(
        &mut self,
        shock: &Shock,
        clause: &Clause,
        cx: &Context,
        stage: &mut Stage<'_>,
    ) {
        let targets = self.shock_targets(shock, cx, stage);
        let texts: Vec<String> = shock.legs.iter().map(spelling::leg).collect();
        let text = spelling::with_values(&texts.join(", then "), cx);
        let span = shock.kind_span.to(shock.target.span);
        for (key, target) in targets {
            let ty = self.level_type(&target);
            let mut inner = cx.clone();
            inner.overlay = true;
            inner.inherited = match stage.below.get(&key).map(|entry| &entry.value) {
                Some(Value::Shock(_, ShockPath::Legs(legs))) => Some(match legs.as_slice() {
                    // A single jump is a value; anything else is a path over time.
                    [
                        Leg::To {
                            level,
                            over: None,
                            from: None,
                        },
                    ] => Inherited::Value(level.clone()),
                    _ => Inherited::Path(ShockPath::Legs(legs.clone()), ty.clone()),
                }),
                Some(Value::Shock(_, path)) => Some(Inherited::Path(path.clone(), ty.clone())),
                _ => None,
            };
            if inner.inherited.is_none() && shock.legs.iter().any(says_inherited) && !stage.dry {
                let what = key.strip_prefix("shock ").unwrap_or(&key).to_owned();
                let parent = stage.parent.clone().unwrap_or_else(|| "nothing".to_owned());
                self.report(
                    Diagnostic::error(
                        code::NOTHING_TO_INHERIT,
                        format!("nothing to inherit: `{parent}` has no shock of {what}"),
                    )
                    .at(span, "")
                    .help("give the size itself"),
                );
                continue;
            }
            let Some(path) = self.shock_path(shock, &ty, &inner) else {
                continue;
            };
            let said = Said {
                key,
                value: Value::Shock(target, path),
                text: text.clone(),
                span,
                original: None,
            };
            self.put(stage, clause, said);
        }
    }

    /// What a level of the shock is.
    fn level_type(&self, target: &ShockTarget) -> Type {
        match target {
            ShockTarget::Rates(_) => Type::Shift,
            ShockTarget::Spread(_) | ShockTarget::Index(_) => Type::Rate,
            ShockTarget::Series(name) => self
                .factors
                .get(name)
                .map_or(Type::Number, |factor| factor.ty.clone()),
            ShockTarget::Fx(_)
            | ShockTarget::Price(_)
            | ShockTarget::Haircut(_)
            | ShockTarget::Outflow(_)
            | ShockTarget::Drawdown(_) => Type::Ratio,
        }
    }

    /// Whether the market says what a currency is worth, and a report where it does not: such a shock would move nothing.
    fn has_rate(&mut self, currency: Currency, span: Span, stage: &Stage<'_>) -> bool {
        let Some(market) = stage.market else {
            return true;
        };
        if market.fx.contains_key(&currency) || self.any_broken(&[BlockKind::Market]) {
            return true;
        }
        let known: Vec<String> = (market.fx.keys())
            .map(|known| format!("`{known}`"))
            .collect();
        let message = format!(
            "`{}` has no rate of exchange of {currency}",
            market.heading.short
        );
        self.report(
            Diagnostic::error(code::UNKNOWN_NAME, message)
                .at(span, "")
                .help(if known.is_empty() {
                    format!(
                        "the market says `fx {currency} = 1.08 EUR`, so much in the book's currency"
                    )
                } else {
                    format!("it has {}", known.join(", "))
                }),
        );
        false
    }

    /// One key and target for each factor (or selection) that the shock names.
    fn shock_targets(
        &mut self,
        shock: &Shock,
        cx: &Context,
        stage: &Stage<'_>,
    ) -> Vec<(String, ShockTarget)> {
        let name = shock.target.path.text();
        let span = shock.target.span;
        let word = shock.kind.word();
        let factor_key = |name: &str| format!("shock {word} {name}");
        if let (Some(condition), false) = (&shock.condition, positions(shock.kind)) {
            self.report(
                Diagnostic::error(
                    code::WRONG_PLACE,
                    format!(
                        "a shock of {word} has no `where`: it is of the market, not of positions"
                    ),
                )
                .at(condition.span, "")
                .help("leave it out; outflows, drawdowns, prices and haircuts are of the positions that `where` chooses"),
            );
        }
        match shock.kind {
            ShockKind::Rates => {
                let roots = self.shocked_curves(&name, span, cx, stage);
                roots
                    .into_iter()
                    .map(|root| (factor_key(&root), ShockTarget::Rates(vec![root])))
                    .collect()
            }
            ShockKind::Spread => {
                let derived = stage
                    .market
                    .and_then(|market| market.curves.get(&name))
                    .filter(|curve| !curve.is_spread);
                if let Some(curve) = derived {
                    let parts = parts_of(&curve.definition);
                    self.report(
                        Diagnostic::error(
                            code::DERIVED_CURVE,
                            format!("`{name}` is a curve, not a spread"),
                        )
                        .at(span, "")
                        .help(if parts.is_empty() {
                            format!("write `shock rates {name}: …`")
                        } else {
                            format!("it is {parts}: shock one of them")
                        }),
                    );
                    return Vec::new();
                }
                self.known_factor(&name, span, &[FactorKind::Spread], "spread")
                    .map(|()| vec![(factor_key(&name), ShockTarget::Spread(name.clone()))])
                    .unwrap_or_default()
            }
            ShockKind::Index => self
                .known_factor(&name, span, &[FactorKind::Index], "index")
                .map(|()| vec![(factor_key(&name), ShockTarget::Index(name.clone()))])
                .unwrap_or_default(),
            ShockKind::Series => self
                .known_factor(&name, span, &[FactorKind::Series], "series")
                .map(|()| vec![(factor_key(&name), ShockTarget::Series(name.clone()))])
                .unwrap_or_default(),
            ShockKind::Fx => match self.currency(&name, span) {
                Some(currency) if self.has_rate(currency, span, stage) => {
                    vec![(factor_key(&name), ShockTarget::Fx(currency))]
                }
                _ => Vec::new(),
            },
            ShockKind::Price | ShockKind::Haircut | ShockKind::Outflow | ShockKind::Drawdown => {
                let of = tree::Expression {
                    kind: ExpressionKind::Reference(shock.target.clone()),
                    span,
                };
                let whole = match &shock.condition {
                    Some(condition) => tree::Expression {
                        span: span.to(condition.span),
                        kind: ExpressionKind::Where {
                            of: Box::new(of),
                            condition: Box::new(condition.clone()),
                        },
                    },
                    None => of,
                };
                let Some(selection) = self.selection(&whole, cx) else {
                    return Vec::new();
                };
                let key = format!("shock {word} {}", spelling::expression(&whole));
                vec![(
                    key,
                    match shock.kind {
                        ShockKind::Price => ShockTarget::Price(selection),
                        ShockKind::Haircut => ShockTarget::Haircut(selection),
                        ShockKind::Outflow => ShockTarget::Outflow(selection),
                        _ => ShockTarget::Drawdown(selection),
                    },
                )]
            }
        }
    }

    /// The root curves that `rates X` names: of a currency, all, or one.
    fn shocked_curves(
        &mut self,
        name: &str,
        span: Span,
        cx: &Context,
        stage: &Stage<'_>,
    ) -> Vec<String> {
        let currency = name.parse::<Currency>().ok();
        let Some(market) = stage.market else {
            // Without a market there is no curve to name; the shock is checked under the name that it gives.
            if currency.is_none() && name != "all" && !self.is_curve_factor(name) {
                self.unknown_name(name, span, None, cx);
                return Vec::new();
            }
            return vec![name.to_owned()];
        };
        let given = &stage.given_curves;
        let roots: Vec<(String, Currency)> = market
            .curves
            .iter()
            .filter(|(curve, definition)| is_root(definition) || given.contains(curve))
            .map(|(curve, definition)| (curve.clone(), definition.currency))
            .collect();
        if name == "all" {
            return roots.into_iter().map(|(curve, _)| curve).collect();
        }
        if let Some(currency) = currency {
            let of: Vec<String> = roots
                .into_iter()
                .filter(|(_, c)| *c == currency)
                .map(|(curve, _)| curve)
                .collect();
            if of.is_empty() && !self.any_broken(&[BlockKind::Market]) {
                let market_name = &market.heading.short;
                self.report(
                    Diagnostic::error(
                        code::UNKNOWN_NAME,
                        format!("`{market_name}` has no curve in {currency}"),
                    )
                    .at(span, "")
                    .help("`rates EUR` moves every root curve in EUR"),
                );
            }
            return of;
        }
        match market.curves.get(name) {
            Some(_) if roots.iter().any(|(curve, _)| curve == name) => {
                if let Some(factor) = self.factors.get_mut(name) {
                    factor.read = true;
                }
                vec![name.to_owned()]
            }
            Some(curve) if curve.is_spread => {
                self.report(
                    Diagnostic::error(code::DERIVED_CURVE, format!("`{name}` is a spread"))
                        .at(span, "")
                        .help(format!("write `shock spread {name}: …`")),
                );
                Vec::new()
            }
            Some(curve) => {
                let parts = parts_of(&curve.definition);
                let each: Vec<String> =
                    parts.split(" + ").map(|part| format!("`{part}`")).collect();
                self.report(
                    Diagnostic::error(
                        code::DERIVED_CURVE,
                        format!("`{name}` is `{parts}` and moves with them"),
                    )
                    .at(span, "")
                    .also(curve.origin.span.unwrap_or(span), "defined here")
                    .help(format!("shock {}", each.join(" or "))),
                );
                Vec::new()
            }
            None => {
                self.unknown_name(name, span, None, cx);
                Vec::new()
            }
        }
    }

    fn known_factor(
        &mut self,
        name: &str,
        span: Span,
        kinds: &[FactorKind],
        what: &str,
    ) -> Option<()> {
        if let Some(factor) = self.factors.get_mut(name)
            && kinds.contains(&factor.kind)
        {
            factor.read = true;
            return Some(());
        }
        if self.in_broken_line(name) {
            return None;
        }
        let known: Vec<String> = self
            .factors
            .iter()
            .filter(|(_, f)| kinds.contains(&f.kind))
            .map(|(name, _)| name.clone())
            .collect();
        let error = Diagnostic::error(
            code::UNKNOWN_NAME,
            format!("`{name}` is no {what} of a market"),
        )
        .at(span, "");
        self.report(
            match super::suggest::nearest(name, known.iter().map(String::as_str)) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help(format!("a market defines it: `{what} {name} …`")),
            },
        );
        None
    }

    fn shock_path(&mut self, shock: &Shock, ty: &Type, cx: &Context) -> Option<ShockPath> {
        if let [only] = shock.legs.as_slice()
            && let Motion::Level {
                to: false,
                size,
                from: None,
                over: None,
            } = &only.motion
            && let ExpressionKind::Reference(reference) = &size.kind
            && reference.path.text() == "levels"
        {
            let values = match shock.kind {
                ShockKind::Fx => Type::Number,
                ShockKind::Series => ty.clone(),
                _ => Type::Rate,
            };
            return self
                .levels(reference, &values, cx)
                .map(|levels| ShockPath::Levels(Box::new(levels)));
        }
        let mut legs = Vec::new();
        for leg in &shock.legs {
            match &leg.motion {
                Motion::Hold { term } => legs.push(Leg::Hold(self.tenor(term, leg.span)?)),
                Motion::Level {
                    size, from, over, ..
                } => {
                    let expected = Expected::because(
                        ty.clone(),
                        shock.kind_span,
                        format!("a shock of {}", shock.kind.word()),
                    );
                    let level = self.expect(size, &expected, cx);
                    self.hold_to_points(shock, size.span);
                    let over = match over {
                        Some(over) => Some(self.tenor(over, leg.span)?),
                        None => None,
                    };
                    let from = match from {
                        Some(point) => match self.point(point, cx)? {
                            Point::Date(date) => Some(date),
                            Point::Shocked | Point::Start => None,
                            _ => {
                                self.report(
                                    Diagnostic::error(code::LITERAL_DUE, "a leg starts on a date")
                                        .at(point.span, "")
                                        .help("write `from 2026-10-15`"),
                                );
                                None
                            }
                        },
                        None => None,
                    };
                    legs.push(Leg::To { level, over, from });
                }
            }
        }
        self.check_shares(shock, &legs);
        Some(ShockPath::Legs(legs))
    }

    /// A shock of rates adds: a bare percentage may have been meant as a share of them, and is asked for in points.
    fn hold_to_points(&mut self, shock: &Shock, size: Span) {
        if !matches!(shock.kind, ShockKind::Rates | ShockKind::Spread) {
            return;
        }
        let text = self.written(size);
        let number = text.trim_end_matches('%').replace('_', "");
        let Ok(percent) = number.parse::<rust_decimal::Decimal>() else {
            return;
        };
        if text.ends_with('%') && !percent.is_zero() {
            let points = (percent * rust_decimal::Decimal::ONE_HUNDRED).normalize();
            let sign = if number.starts_with('+') { "+" } else { "" };
            let what = shock.kind.word();
            self.report(
                Diagnostic::error(
                    code::TYPES,
                    format!("`{text}` as a shock of {what} may be points or a share of them"),
                )
                .at(size, "")
                .also(shock.kind_span, format!("a shock of {what} adds"))
                .help(format!(
                    "write `{sign}{points}bp` to add; a share of what another scenario shocks is `inherited * …`"
                )),
            );
        }
    }

    /// The path of an outflow grows and stays within the whole.
    fn check_shares(&mut self, shock: &Shock, legs: &[Leg]) {
        if !matches!(shock.kind, ShockKind::Outflow | ShockKind::Drawdown) {
            return;
        }
        let mut last = rust_decimal::Decimal::ZERO;
        for (leg, written) in legs.iter().zip(&shock.legs) {
            let Leg::To {
                level:
                    Expression {
                        node: Node::Number(level),
                        ..
                    },
                ..
            } = leg
            else {
                continue;
            };
            if *level < last || *level > rust_decimal::Decimal::ONE {
                let word = shock.kind.word();
                self.report(
                    Diagnostic::error(
                        code::OUT_OF_RANGE,
                        format!("the path of an {word} falls or passes 100%")
                            .replace("an drawdown", "a drawdown"),
                    )
                    .at(written.span, "")
                    .help("legs are levels: the cumulative share that has left"),
                );
                return;
            }
            last = *level;
        }
    }
}

fn positions(kind: ShockKind) -> bool {
    matches!(
        kind,
        ShockKind::Price | ShockKind::Haircut | ShockKind::Outflow | ShockKind::Drawdown
    )
}

fn says_inherited(leg: &tree::Leg) -> bool {
    match &leg.motion {
        Motion::Level { size, .. } => spelling::expression(size)
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .any(|word| word == "inherited"),
        Motion::Hold { .. } => false,
    }
}
