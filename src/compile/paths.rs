//! `paths(hull_white_1f, …)` and `paths(historical_bootstrap, …)`, and what is read over them: `quantile` and `mean`.

use super::call::{Arguments, word_of};
use super::compiler::Compiler;
use super::context::{Context, Expected};
use super::typing::Typed;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{Expression, Node, Over, PathFold, PathModel, PathsDefinition, Type};
use crate::syntax::tree::{self, Clause, ExpressionKind};

/// How paths are made.
pub(super) const PATH_MODELS: [&str; 2] = ["hull_white_1f", "historical_bootstrap"];

/// The most paths of a scenario.
const MOST: u64 = 1_000_000;

impl Compiler<'_> {
    /// The arguments of `rates = paths(…)`.
    pub(super) fn paths(
        &mut self,
        parted: &Arguments<'_>,
        clause: &Clause,
        span: Span,
        cx: &Context,
    ) -> Option<PathsDefinition> {
        let model = parted.plain.first().and_then(|model| {
            let word = word_of(&model.value)?;
            PATH_MODELS.into_iter().find(|known| *known == word)
        });
        let Some(model) = model else {
            let at = parted.plain.first().map_or(span, |model| model.span);
            self.one_of_words("paths", &PATH_MODELS, at);
            return None;
        };
        let hull_white = model == "hull_white_1f";
        let own: &[&str] = if hull_white {
            &[
                "count",
                "seed",
                "mean_reversion",
                "volatility",
                "correlation",
            ]
        } else {
            &["count", "seed", "history", "every", "block"]
        };
        let before = self.diagnostics.len();
        self.closed_arguments("paths", parted, 1, own);
        if self.diagnostics.len() > before {
            return None;
        }
        let needed: &[&str] = if hull_white {
            &["count", "seed", "mean_reversion", "volatility"]
        } else {
            &["count", "seed", "history", "every", "block"]
        };
        let missing: Vec<&str> = needed
            .iter()
            .copied()
            .filter(|name| parted.get(name, None).is_none())
            .collect();
        if !missing.is_empty() {
            self.report(
                Diagnostic::error(
                    code::ARGUMENTS,
                    format!("`paths({model}, …)` lacks {}", super::suggest::listed(&missing)),
                )
                .at(span, "")
                .help(if hull_white {
                    "there are no defaults: `paths(hull_white_1f, count = 1_000, seed = 20260930, mean_reversion = 3%, volatility = 90bp)`"
                } else {
                    "there are no defaults: `paths(historical_bootstrap, count = 1_000, seed = 20260930, history = \"data/rates.csv\", every = 1M, block = 6)`"
                }),
            );
            return None;
        }
        let count = self.counted(parted.get("count", None)?, "count", 1, MOST, cx)?;
        let seed = self.counted(parted.get("seed", None)?, "seed", 0, u64::MAX, cx)?;
        let mut inner = cx.clone();
        // A volatility may be of the curve's currency.
        inner.over.push(Over::Currency);
        let model = if hull_white {
            let rate = Expected::new(Type::Rate);
            let mean_reversion = self.expect(parted.get("mean_reversion", None)?, &rate, &inner);
            let volatility = self.expect(parted.get("volatility", None)?, &rate, &inner);
            let correlation = parted
                .get("correlation", None)
                .map(|value| self.expect(value, &Expected::new(Type::Ratio), cx));
            PathModel::HullWhite {
                mean_reversion,
                volatility,
                correlation,
            }
        } else {
            let history = parted.get("history", None)?;
            let ExpressionKind::Text(path) = &history.kind else {
                self.report(
                    Diagnostic::error(code::TYPES, "the path of a file is due here")
                        .at(history.span, "")
                        .help("write `history = \"data/rates.csv\"`: a file `date,tenor,value` of zero rates"),
                );
                return None;
            };
            let every = parted.get("every", None)?;
            let tenor = self.expect(every, &Expected::new(Type::Tenor), cx);
            let Node::Tenor(tenor) = tenor.node else {
                self.report(
                    Diagnostic::error(code::LITERAL_DUE, "`every` is a length of time in the text")
                        .at(every.span, "")
                        .help("write `every = 1M`"),
                );
                return None;
            };
            let block = self.counted(parted.get("block", None)?, "block", 1, 10_000, cx)?;
            PathModel::HistoricalBootstrap {
                history: path.value.clone(),
                every: tenor,
                block: u32::try_from(block).ok()?,
            }
        };
        Some(PathsDefinition {
            model,
            count: u32::try_from(count).ok()?,
            seed,
            origin: self.origin(clause.span, &clause.metadata),
        })
    }

    /// A whole number that stands in the text.
    fn counted(
        &mut self,
        value: &tree::Expression,
        name: &str,
        least: u64,
        most: u64,
        cx: &Context,
    ) -> Option<u64> {
        let number = self.expect(value, &Expected::new(Type::Number), cx);
        let number = self.literal_value(number, value.span)?;
        let counted = match number.node {
            Node::Number(number) if number.fract().is_zero() => {
                number.to_string().parse::<u64>().ok()
            }
            _ => None,
        };
        let counted = counted.filter(|n| (least..=most).contains(n));
        if counted.is_none() {
            self.report(
                Diagnostic::error(
                    code::OUT_OF_RANGE,
                    format!("`{name}` is a whole number from {least} to {most}"),
                )
                .at(value.span, ""),
            );
        }
        counted
    }

    /// `quantile(nii_12m, 1%)`, `mean(nii_12m)`.
    pub(super) fn over_paths(
        &mut self,
        name: &str,
        parted: &Arguments<'_>,
        span: Span,
        hint: Option<&Type>,
        cx: &Context,
    ) -> Typed {
        let Some(first) = parted.plain.first() else {
            return self.too_few(name, "a metric", span);
        };
        let fold = if name == "mean" {
            self.closed_arguments(name, parted, 1, &[]);
            PathFold::Mean
        } else {
            self.closed_arguments(name, parted, 2, &[]);
            let Some(share) = parted.plain.get(1) else {
                return self.too_few(name, "a metric and a share of the paths", span);
            };
            let share = self.expect(&share.value, &Expected::new(Type::Ratio), cx);
            PathFold::Quantile(Box::new(share))
        };
        let body = self.expression(&first.value, hint, cx);
        if body.is_unknown() {
            return body;
        }
        if !matches!(
            body.ty(),
            Type::Number | Type::Ratio | Type::Rate | Type::Money(_) | Type::Tenor
        ) {
            let a = self.a_type(body.ty());
            self.report(
                Diagnostic::error(
                    code::TYPES,
                    format!("`{name}` takes a quantity, this is {a}"),
                )
                .at(first.span, "")
                .help("a quantity is an amount, a rate, a ratio, a number or a tenor"),
            );
            return Typed::unknown(span);
        }
        let (mut argument, mut nested) = (false, false);
        super::reach::visit(&body.expression, &mut |node| {
            argument |= matches!(node, Node::Local(_));
            nested |= matches!(node, Node::OverPaths(..));
        });
        if argument || nested || cx.trigger {
            let (what, help) = if cx.trigger {
                (
                    format!("a trigger may not look ahead: `{name}(…)` reads every path"),
                    "a trigger reads the action's observation day",
                )
            } else if nested {
                (
                    format!("`{name}` stands in another reading of the paths"),
                    "read each over the paths by itself, and compute with the two",
                )
            } else {
                (
                    format!("`{name}` of an argument: it has one value, whatever the path"),
                    "read a metric over the paths: `quantile(nii_12m, 1%)`",
                )
            };
            self.report(
                Diagnostic::error(
                    if cx.trigger {
                        code::LOOK_AHEAD
                    } else {
                        code::WRONG_PLACE
                    },
                    what,
                )
                .at(span, "")
                .help(help),
            );
            return Typed::unknown(span);
        }
        let (ty, flex) = (body.ty().clone(), body.flex);
        Typed::flexible(
            Node::OverPaths(fold, Box::new(body.expression)),
            ty,
            span,
            flex,
        )
    }
}

/// The formula whose values over the paths are read, with the share of a quantile.
pub(super) fn parts<'e>(fold: &'e PathFold, body: &'e Expression) -> Vec<&'e Expression> {
    match fold {
        PathFold::Quantile(share) => vec![body, share],
        PathFold::Mean => vec![body],
    }
}
