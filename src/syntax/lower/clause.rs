//! Clauses: the lines of a block.

use super::declaration::Body;
use super::{Junk, JunkPlace, Lowering, Node, Parts};
use crate::diagnostic::codes;
use crate::syntax::grammar::Rule;
use crate::syntax::tree::{
    Arm, Clause, ClauseBody, Each, Expect, Expression, ExpressionKind, Factor, FactorKind,
    Frequency, Given, Key, Leg, Listing, ListingKind, Motion, Point, PointKind, Reconcile,
    Reference, Require, Run, Search, Set, Setting, Shock, ShockKind, Step, StepKind, TailKind,
    Target, Trigger, Volume, VolumeKind,
};

impl<'t> Lowering<'t> {
    /// One clause of the block that `word` opens.
    pub(super) fn clause(&mut self, node: Node<'t>, word: &'static str, body: &mut Body) {
        let whole = self.span(&node);
        let mut docs = Vec::new();
        let mut content = None;
        let mut metadata = Vec::new();
        let mut start = None;
        for part in node.into_inner() {
            if part.as_rule() != Rule::doc && start.is_none() {
                start = Some(self.span(&part));
            }
            match part.as_rule() {
                Rule::doc => docs.push(part),
                Rule::meta => metadata.extend(self.one_metadata(part)),
                Rule::setting | Rule::verb => match self.clause_body(part) {
                    Some(found) => content = Some(found),
                    None => body.broken.push(whole),
                },
                Rule::junk_line => {
                    let span = part.as_span();
                    body.broken.push(self.span(&part));
                    self.junk.push(Junk {
                        place: JunkPlace::Block(word),
                        start: span.start(),
                        end: span.end(),
                    });
                }
                _ => self.surprise(&part),
            }
        }
        match content {
            Some(content) => {
                let doc = self.doc(docs, "///");
                let span = start.map_or(whole, |start| start.to(whole));
                body.clauses.push(Clause {
                    doc,
                    body: content,
                    metadata,
                    span,
                });
            }
            None => body.metadata.append(&mut metadata),
        }
    }

    fn clause_body(&mut self, node: Node<'t>) -> Option<ClauseBody> {
        if node.as_rule() == Rule::setting {
            return self.setting(node).map(ClauseBody::Setting);
        }
        let node = node.into_inner().next()?;
        let rule = node.as_rule();
        let mut parts = Parts::of(node);
        Some(match rule {
            Rule::shock => ClauseBody::Shock(self.shock(&mut parts)?),
            Rule::set => {
                let target = self.target(&mut parts)?;
                ClauseBody::Set(Set {
                    target,
                    value: self.after_equals(&mut parts)?,
                })
            }
            Rule::given => {
                let target = self.target(&mut parts)?;
                ClauseBody::Given(Given {
                    target,
                    value: self.after_equals(&mut parts)?,
                })
            }
            Rule::volume => ClauseBody::Volume(self.volume(&mut parts)?),
            Rule::aim => ClauseBody::Target(self.aim(&mut parts)?),
            Rule::factor => {
                let kind = parts.next().and_then(|word| {
                    FactorKind::ALL
                        .into_iter()
                        .find(|kind| kind.word() == word.as_str())
                })?;
                let name = parts.name(self)?;
                let currency = match parts.take(Rule::k_in) {
                    Some(_) => parts.take(Rule::currency).map(|node| self.name(&node)),
                    None => None,
                };
                ClauseBody::Factor(Factor {
                    kind,
                    name,
                    currency,
                    value: self.after_equals(&mut parts)?,
                })
            }
            Rule::listing => {
                let kind = match parts.next()?.as_rule() {
                    Rule::k_include => ListingKind::Include,
                    Rule::k_exclude => ListingKind::Exclude,
                    _ => ListingKind::Report,
                };
                let items = self.selections(&mut parts);
                let by = match parts.take(Rule::k_by).and_then(|_| parts.take(Rule::names)) {
                    Some(names) => self.names(names),
                    None => Vec::new(),
                };
                ClauseBody::Listing(Listing { kind, items, by })
            }
            Rule::arm => {
                let allowed = parts.next()?.as_rule() == Rule::k_allow;
                let names = parts.find(Rule::names, self)?;
                ClauseBody::Arm(Arm {
                    allowed,
                    actions: self.names(names),
                })
            }
            Rule::trigger => {
                let when = parts.next()?.as_rule() == Rule::k_when;
                let value = self.found_expression(&mut parts)?;
                ClauseBody::Trigger(if when {
                    Trigger::When(value)
                } else {
                    Trigger::Do(value)
                })
            }
            Rule::require => {
                let condition = self.found_expression(&mut parts)?;
                parts.take(Rule::k_else);
                ClauseBody::Require(Require {
                    condition,
                    breach: parts.take(Rule::k_breach).is_some(),
                })
            }
            Rule::run => {
                let mut scenarios = Vec::new();
                parts.take(Rule::k_run);
                while let Some(sum) = parts.take(Rule::scenario_sum) {
                    scenarios.push(self.scenario_sum(sum));
                }
                let each = match parts.take(Rule::each) {
                    Some(each) => Some(self.each(each)?),
                    None => None,
                };
                ClauseBody::Run(Run { scenarios, each })
            }
            Rule::search => {
                let sum = parts.find(Rule::scenario_sum, self)?;
                let scenario = self.scenario_sum(sum);
                let each = parts.find(Rule::each, self)?;
                let each = self.each(each)?;
                ClauseBody::Search(Search {
                    scenario,
                    each,
                    condition: self.found_expression(&mut parts)?,
                })
            }
            Rule::step => {
                let kind = if parts.next()?.as_rule() == Rule::k_settle {
                    StepKind::Settle
                } else {
                    StepKind::Step
                };
                let word = parts.next()?;
                let frequency = Frequency::ALL
                    .into_iter()
                    .find(|frequency| frequency.word() == word.as_str())?;
                let until = parts.find(Rule::point, self)?;
                ClauseBody::Step(Step {
                    kind,
                    frequency,
                    until: self.point(until)?,
                })
            }
            Rule::reconcile => {
                let selection = parts.find(Rule::selection, self)?;
                let selection = self.selection(selection);
                let to = self.found_expression(&mut parts)?;
                ClauseBody::Reconcile(Reconcile {
                    selection,
                    to,
                    within: self.found_expression(&mut parts)?,
                })
            }
            Rule::expect => {
                let condition = self.found_expression(&mut parts)?;
                let within = match parts.take(Rule::k_within) {
                    Some(_) => Some(self.found_expression(&mut parts)?),
                    None => None,
                };
                ClauseBody::Expect(Expect { condition, within })
            }
            _ => {
                self.surprise(&parts.whole);
                return None;
            }
        })
    }

    fn setting(&mut self, node: Node<'t>) -> Option<Setting> {
        let span = self.span(&node);
        let mut parts = Parts::of(node);
        let mut keys = Vec::new();
        while let Some(key) = parts.take(Rule::key) {
            let key = key.into_inner().next()?;
            keys.push(match key.as_rule() {
                Rule::path => Key::Path(self.path(&key)),
                Rule::text => Key::Text(self.text(&key)),
                Rule::edge => Key::Edge(self.edge(key)?),
                Rule::k_else => Key::Else(self.raw(&key)),
                _ => {
                    self.surprise(&key);
                    return None;
                }
            });
        }
        parts.take(Rule::equals);
        let values = self.selections(&mut parts);
        Some(Setting { keys, values, span })
    }

    fn shock(&mut self, parts: &mut Parts<'t>) -> Option<Shock> {
        let word = parts.find(Rule::shock_kind, self)?;
        let kind = ShockKind::from_word(word.as_str())?;
        let kind_span = self.raw(&word);
        let (target, condition) = self.about(parts)?;
        let mut legs = Vec::new();
        while let Some(leg) = parts.take(Rule::leg) {
            let first = legs.is_empty();
            legs.push(self.leg(leg, first, false)?);
        }
        Some(Shock {
            kind,
            kind_span,
            target,
            condition,
            legs,
        })
    }

    /// A leg; the level of an average is not reached, and so has no `to`.
    fn leg(&mut self, node: Node<'t>, first: bool, is_average: bool) -> Option<Leg> {
        let span = self.span(&node);
        let mut parts = Parts::of(node);
        if parts.take(Rule::k_hold).is_some() {
            let tenor = parts.find(Rule::tenor, self)?;
            return Some(Leg {
                motion: Motion::Hold {
                    term: self.literal(&tenor)?,
                },
                span,
            });
        }
        let then = parts.take(Rule::k_then);
        let to = parts.take(Rule::k_to).is_some();
        let size = self.found_expression(&mut parts)?;
        let size = Box::new(self.without_at_once(size));
        let (mut from, mut over) = (None, None);
        let mut over_span = None;
        while let Some(word) = parts.next() {
            match word.as_rule() {
                Rule::k_from => from = self.found_point(&mut parts),
                Rule::k_over => {
                    over_span = Some(self.raw(&word));
                    let tenor = parts.find(Rule::tenor, self)?;
                    over = Some(self.literal(&tenor)?);
                }
                _ => self.surprise(&word),
            }
        }
        if !to && !is_average {
            let (message, place) = match (&then, over_span) {
                (Some(then), _) => ("`then` needs `to` before the level", self.raw(then)),
                (None, Some(over)) => ("`over` needs `to` before the level", over),
                (None, None) if !first => {
                    ("a later leg says where it goes: `to` is missing", size.span)
                }
                _ => {
                    return Some(Leg {
                        motion: Motion::Level {
                            to,
                            size,
                            from,
                            over,
                        },
                        span,
                    });
                }
            };
            let level = self
                .source
                .get(size.span.start as usize..size.span.end as usize)
                .unwrap_or("")
                .to_string();
            let then = if then.is_some() || !first {
                "then "
            } else {
                ""
            };
            self.error(
                codes::syntax::LEG_WITHOUT_TO,
                place,
                message,
                "",
                format!(
                    "a leg ends at a level, it adds nothing: `{then}to {level}{}`",
                    over.as_ref()
                        .map_or(String::new(), |t| format!(" over {}", t.text))
                ),
            );
        }
        Some(Leg {
            motion: Motion::Level {
                to,
                size,
                from,
                over,
            },
            span,
        })
    }

    /// `+200bp at once`: that is how a shock starts anyway.
    fn without_at_once(&mut self, size: Expression) -> Expression {
        let Expression { kind, span } = size;
        match kind {
            ExpressionKind::Unary { negative, of } => {
                let of = Box::new(self.without_at_once(*of));
                Expression {
                    span: span_of_unary(span, &of),
                    kind: ExpressionKind::Unary { negative, of },
                }
            }
            ExpressionKind::Tail { of, mut tails } => {
                let once = tails.iter().position(|tail| {
                    matches!(&tail.kind, TailKind::At(Point { kind: PointKind::Reference(reference), .. }) if reference.path.text() == "once")
                });
                if let Some(tail) = once.map(|at| tails.remove(at)) {
                    self.error(
                        codes::syntax::AT_ONCE,
                        tail.span,
                        "`at once` is how a shock starts anyway",
                        "",
                        "drop it; a later start is `from 2026-10-15`",
                    );
                }
                if tails.is_empty() {
                    *of
                } else {
                    Expression {
                        kind: ExpressionKind::Tail { of, tails },
                        span,
                    }
                }
            }
            kind => Expression { kind, span },
        }
    }

    fn volume(&mut self, parts: &mut Parts<'t>) -> Option<Volume> {
        let kind = match parts.next()?.as_rule() {
            Rule::k_new => VolumeKind::New,
            Rule::k_grow => VolumeKind::Grow,
            _ => VolumeKind::Replace,
        };
        let (target, condition) = self.about(parts)?;
        let size = self.found_expression(parts)?;
        let (mut with, mut from, mut until) = (None, None, None);
        while let Some(word) = parts.next() {
            match word.as_rule() {
                Rule::k_with => {
                    let node = parts.find(Rule::reference, self)?;
                    with = self.reference(node);
                }
                Rule::k_from => from = self.found_point(parts),
                Rule::k_until => until = self.found_point(parts),
                _ => self.surprise(&word),
            }
        }
        Some(Volume {
            kind,
            target,
            condition,
            size,
            with,
            from,
            until,
        })
    }

    fn aim(&mut self, parts: &mut Parts<'t>) -> Option<Target> {
        let (target, condition) = self.about(parts)?;
        let average = parts.take(Rule::k_average).map(|word| self.raw(&word));
        let mut legs = Vec::new();
        while let Some(leg) = parts.take(Rule::leg) {
            let first = legs.is_empty();
            legs.push(self.leg(leg, first, average.is_some())?);
        }
        let with = match parts.take(Rule::k_with) {
            Some(_) => {
                let node = parts.find(Rule::reference, self)?;
                self.reference(node)
            }
            None => None,
        };
        Some(Target {
            target,
            condition,
            average,
            legs,
            with,
        })
    }

    fn each(&mut self, node: Node<'t>) -> Option<Each> {
        let span = self.span(&node);
        let mut parts = Parts::of(node);
        let variable = parts.name(self)?;
        parts.take(Rule::k_in);
        let mut values = Vec::new();
        while let Some(value) = parts.take(Rule::expr) {
            values.push(self.expression(value));
        }
        Some(Each {
            variable,
            values,
            span,
        })
    }

    /// `deposits where segment == sme`
    fn about(&mut self, parts: &mut Parts<'t>) -> Option<(Reference, Option<Expression>)> {
        let node = parts.find(Rule::about, self)?;
        let mut parts = Parts::of(node);
        let target = parts.find(Rule::reference, self)?;
        let target = self.reference(target)?;
        let condition = match parts.take(Rule::k_where) {
            Some(_) => Some(self.found_expression(&mut parts)?),
            None => None,
        };
        Some((target, condition))
    }

    fn target(&mut self, parts: &mut Parts<'t>) -> Option<Reference> {
        let node = parts.find(Rule::target, self)?;
        self.reference(node)
    }

    fn after_equals(&mut self, parts: &mut Parts<'t>) -> Option<Expression> {
        parts.take(Rule::equals);
        self.found_expression(parts)
    }

    fn found_expression(&mut self, parts: &mut Parts<'t>) -> Option<Expression> {
        let node = parts.find(Rule::expr, self)?;
        Some(self.expression(node))
    }

    fn found_point(&mut self, parts: &mut Parts<'t>) -> Option<Point> {
        let node = parts.find(Rule::point, self)?;
        self.point(node)
    }
}

fn span_of_unary(span: crate::diagnostic::Span, of: &Expression) -> crate::diagnostic::Span {
    crate::diagnostic::Span {
        end: of.span.end,
        ..span
    }
}
