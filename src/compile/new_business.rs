//! Plans: what replaces what, what grows, what is new.

use rust_decimal::Decimal;

use super::call::Arguments;
use super::compiler::Compiler;
use super::context::{Context, Expected, Members};
use super::names::DefId;
use super::spelling;
use super::typing::money;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{
    BusinessLine, Expression, Leg, NewBusiness, Node, Point, ProductId, Selection, Term, Type,
    Volume,
};
use crate::syntax::tree::{
    self, Block, BlockKind, ClauseBody, ExpressionKind, Item, Motion, Reference, VolumeKind,
};

impl Compiler<'_> {
    /// A plan by its declaration, read once.
    pub(super) fn new_business(&mut self, id: DefId) -> Option<NewBusiness> {
        if let Some(known) = self.new_businesses.get(&id) {
            return Some(known.clone());
        }
        let definition = self.definition(id)?;
        let Item::Block(block) = &definition.declaration.item else {
            return None;
        };
        let made = self.lower_new_business(id, block);
        self.new_businesses.insert(id, made.clone());
        Some(made)
    }

    fn lower_new_business(&mut self, id: DefId, block: &Block) -> NewBusiness {
        let cx = Context::new(self.scope_of(id));
        let mut lines: Vec<BusinessLine> = Vec::new();
        for clause in &block.clauses {
            let line = match &clause.body {
                ClauseBody::Volume(volume) => self.volume_line(volume, &cx),
                ClauseBody::Target(target) => self.target_line(target, &cx),
                body => {
                    self.misplaced(body, clause.span, BlockKind::Plan);
                    continue;
                }
            };
            if let Some(mut line) = line {
                line.origin = self.origin(clause.span, &clause.metadata);
                self.check_window(&line);
                self.check_kept_twice(&lines, &line, clause.span);
                lines.push(line);
            }
        }
        let heading = self.heading(id);
        if block.clauses.is_empty() && block.broken.is_empty() {
            let error = Diagnostic::error(
                code::MISSING_SETTING,
                format!("`{}` says nothing", heading.short),
            )
            .help("a plan has lines: `new mortgage_10y: 120mn EUR per month`, `replace own_bond: 90% with covered_5y`, `grow deposits: 4% per year`, `target mortgage: to 1.2bn EUR over 12M`; `balance_sheet = run_off` replaces nothing");
            self.report(match heading.origin.span {
                Some(span) => error.at(span, ""),
                None => error,
            });
        }
        NewBusiness { heading, lines }
    }

    fn volume_line(&mut self, volume: &tree::Volume, cx: &Context) -> Option<BusinessLine> {
        let text = spelling::volume(volume);
        let from = volume.from.as_ref().and_then(|point| self.point(point, cx));
        let until = volume
            .until
            .as_ref()
            .and_then(|point| self.point(point, cx));
        let word = volume.kind.word();
        let expected = |ty: Type| Expected::because(ty, volume.target.span, format!("`{word}`"));
        let (volume_of, products) = match volume.kind {
            VolumeKind::New => {
                if let Some(condition) = &volume.condition {
                    self.report(
                        Diagnostic::error(code::WRONG_PLACE, "new business has no `where`")
                            .at(condition.span, "")
                            .help("`new` names a product: its dimensions are those of the product"),
                    );
                }
                if let Some(with) = &volume.with {
                    self.report(
                        Diagnostic::error(
                            code::WRONG_PLACE,
                            "`new` names the product itself: `with` says nothing more",
                        )
                        .at(with.span, "")
                        .help("write `new covered_5y: 120mn EUR per month`, or `new split(covered_5y = 60%, covered_10y = 40%): …`"),
                    );
                }
                let amount = self.expect(
                    &volume.size,
                    &expected(Type::Per(Box::new(money()), None)),
                    cx,
                );
                let products = self.products_of(&volume.target, cx)?;
                self.check_currency(&amount, &products);
                (Volume::New { amount }, products)
            }
            VolumeKind::Replace => {
                let of = self.selected(&volume.target, volume.condition.as_ref(), cx)?;
                let share = self.expect(&volume.size, &expected(Type::Ratio), cx);
                self.check_whole(&share, "what comes back is replaced at most once", true);
                let products = self.products_with(volume.with.as_ref(), cx)?;
                (Volume::Replace { of, share }, products)
            }
            VolumeKind::Grow => {
                let of = self.selected(&volume.target, volume.condition.as_ref(), cx)?;
                let rate = self.expect(
                    &volume.size,
                    &expected(Type::Per(Box::new(Type::Ratio), None)),
                    cx,
                );
                let products = self.products_with(volume.with.as_ref(), cx)?;
                self.check_among(&of, &products, volume.with.as_ref());
                (Volume::Grow { of, rate }, products)
            }
        };
        Some(BusinessLine {
            key: format!("{word}.{}", volume.target.path.text()),
            volume: volume_of,
            products,
            from,
            until,
            text,
            origin: crate::plan::Origin::default(),
        })
    }

    fn target_line(&mut self, target: &tree::Target, cx: &Context) -> Option<BusinessLine> {
        let of = self.selected(&target.target, target.condition.as_ref(), cx)?;
        let expected = Expected::because(money(), target.target.span, "the volume");
        let mut legs = Vec::new();
        for leg in &target.legs {
            match &leg.motion {
                Motion::Hold { term } => legs.push(Leg::Hold(self.tenor(term, leg.span)?)),
                Motion::Level {
                    to,
                    size,
                    from,
                    over,
                } => {
                    if !to && target.average.is_none() {
                        self.report(
                            Diagnostic::error(
                                code::ARGUMENTS,
                                "a volume that is reached is written with `to`",
                            )
                            .at(size.span, "")
                            .help(format!(
                                "write `to {}`, or `average {}`",
                                self.written(size.span),
                                self.written(size.span)
                            )),
                        );
                        return None;
                    }
                    let level = self.expect(size, &expected, cx);
                    let over = match over {
                        Some(over) => Some(self.tenor(over, leg.span)?),
                        None => None,
                    };
                    let from = match from
                        .as_ref()
                        .map(|point| (self.point(point, cx), point.span))
                    {
                        Some((Some(Point::Date(date)), _)) => Some(date),
                        None | Some((Some(Point::Shocked | Point::Start) | None, _)) => None,
                        Some((_, span)) => {
                            self.report(
                                Diagnostic::error(code::LITERAL_DUE, "a leg starts on a date")
                                    .at(span, "")
                                    .help("write `from 2026-10-15`"),
                            );
                            return None;
                        }
                    };
                    legs.push(Leg::To { level, over, from });
                }
            }
        }
        let products = self.products_with(target.with.as_ref(), cx)?;
        self.check_among(&of, &products, target.with.as_ref());
        let volume = match target.average {
            None => Volume::Target { of, legs },
            Some(word) => match legs.as_slice() {
                [
                    Leg::To {
                        level,
                        over: Some(over),
                        from,
                    },
                ] => Volume::Average {
                    of,
                    level: level.clone(),
                    over: *over,
                    from: *from,
                },
                _ => {
                    self.report(
                        Diagnostic::error(
                            code::ARGUMENTS,
                            "an average is over one stretch of time",
                        )
                        .at(word, "")
                        .help("write `average 900mn EUR over 12M`, a stretch a line"),
                    );
                    return None;
                }
            },
        };
        Some(BusinessLine {
            key: format!("target.{}", target.target.path.text()),
            volume,
            products,
            from: None,
            until: None,
            text: spelling::target(target),
            origin: crate::plan::Origin::default(),
        })
    }

    /// The selection of a line with its condition.
    fn selected(
        &mut self,
        target: &Reference,
        condition: Option<&tree::Expression>,
        cx: &Context,
    ) -> Option<Selection> {
        let of = tree::Expression {
            kind: ExpressionKind::Reference(target.clone()),
            span: target.span,
        };
        let whole = match condition {
            Some(condition) => tree::Expression {
                span: target.span.to(condition.span),
                kind: ExpressionKind::Where {
                    of: Box::new(of),
                    condition: Box::new(condition.clone()),
                },
            },
            None => of,
        };
        self.selection(&whole, cx)
    }

    fn products_with(
        &mut self,
        with: Option<&Reference>,
        cx: &Context,
    ) -> Option<Vec<(ProductId, Expression)>> {
        match with {
            Some(with) => self.products_of(with, cx),
            None => Some(Vec::new()),
        }
    }

    /// `covered_5y`, or `split(covered_5y = 60%, covered_10y = 40%)`.
    fn products_of(
        &mut self,
        reference: &Reference,
        cx: &Context,
    ) -> Option<Vec<(ProductId, Expression)>> {
        let whole = |share: Decimal| Expression {
            node: Node::Number(share),
            ty: Type::Ratio,
            span: None,
        };
        let Some(arguments) = &reference.arguments else {
            let value = tree::Expression {
                kind: ExpressionKind::Reference(reference.clone()),
                span: reference.span,
            };
            let product = self.product_named(&value, cx)?;
            return Some(vec![(product, whole(Decimal::ONE))]);
        };
        if reference.path.text() != "split" {
            self.report(
                Diagnostic::error(code::ARGUMENTS, format!("`{}` takes no arguments here", reference.path.text()))
                    .at(reference.span, "")
                    .help("a mix of products is `split(covered_5y = 60%, covered_10y = 40%)`; the terms of a product are set: `set covered_5y.margin = …`"),
            );
            return None;
        }
        let parted = Arguments::of(arguments);
        if let Some(first) = parted.plain.first() {
            self.report(
                Diagnostic::error(code::ARGUMENTS, "each product of a mix has its share")
                    .at(first.span, "")
                    .help("write `split(covered_5y = 60%, covered_10y = 40%)`"),
            );
            return None;
        }
        let mut products: Vec<(ProductId, Expression)> = Vec::new();
        let mut sum = Some(Decimal::ZERO);
        for (name, argument) in &parted.named {
            let span = super::definition::argument_name(argument);
            let named = tree::Expression {
                kind: ExpressionKind::Reference(Reference {
                    path: tree::Path {
                        segments: vec![tree::Name {
                            text: (*name).to_owned(),
                            span,
                        }],
                        span,
                    },
                    arguments: None,
                    span,
                }),
                span,
            };
            let product = self.product_named(&named, cx)?;
            if products.iter().any(|(other, _)| *other == product) {
                self.report(
                    Diagnostic::error(code::ARGUMENTS, format!("`{name}` stands twice in the mix"))
                        .at(span, "again here")
                        .help("give each product one share"),
                );
            }
            let share = self.expect(&argument.value, &Expected::new(Type::Ratio), cx);
            self.check_whole(&share, "a share of a mix", false);
            sum = match (&share.node, sum) {
                (Node::Number(share), Some(sum)) => sum.checked_add(*share),
                _ => None,
            };
            products.push((product, share));
        }
        if let Some(sum) = sum
            && sum != Decimal::ONE
            && !products.is_empty()
        {
            let percent = (sum * Decimal::ONE_HUNDRED).normalize();
            self.report(
                Diagnostic::error(
                    code::OUT_OF_RANGE,
                    format!("the shares of the mix add up to {percent}%"),
                )
                .at(reference.span, "")
                .help("the shares of a mix add up to 100%"),
            );
        }
        Some(products)
    }

    /// A stated share lies between nothing and all.
    fn check_whole(&mut self, share: &Expression, what: &str, replaced: bool) {
        let (Node::Number(number), Some(span)) = (&share.node, share.span) else {
            return;
        };
        if (number.is_sign_negative() && !number.is_zero()) || *number > Decimal::ONE {
            let text = self.written(span);
            self.report(
                Diagnostic::error(code::OUT_OF_RANGE, format!("{what}: `{text}` is no share"))
                    .at(span, "")
                    .help(if replaced {
                        "a share lies between `0%` and `100%`; a volume that grows is `grow … : 4% per year`"
                    } else {
                        "a share lies between `0%` and `100%`"
                    }),
            );
        }
    }

    /// New business is in the currency of its product.
    fn check_currency(&mut self, amount: &Expression, products: &[(ProductId, Expression)]) {
        self.drain();
        for (product, _) in products {
            let own = self.products.get(product.index()).and_then(|product| {
                let term = product.mapping.terms.get(&Term::Currency)?;
                match term.node {
                    Node::Currency(currency) => Some((currency, product.heading.clone())),
                    _ => None,
                }
            });
            if let (Some((own, heading)), Some(stated), Some(span)) =
                (own, stated_currency(amount), amount.span)
                && own != stated
            {
                let error = Diagnostic::error(
                    code::CURRENCIES,
                    format!(
                        "`{}` is in {own}, its new business in {stated}",
                        heading.short
                    ),
                )
                .at(span, "")
                .help(format!("write the amount in {own}"));
                self.report(match heading.origin.span {
                    Some(span) => error.also(span, "the product"),
                    None => error,
                });
            }
        }
    }

    /// What a volume is filled with is part of that volume.
    fn check_among(
        &mut self,
        of: &Selection,
        products: &[(ProductId, Expression)],
        with: Option<&Reference>,
    ) {
        let (Members::Only(members), Some(with)) = (self.members_of(of), with) else {
            return;
        };
        self.drain();
        for (product, _) in products {
            let Some(product) = self.products.get(product.index()) else {
                continue;
            };
            let (of, name) = (product.of, product.heading.short.clone());
            let Some(def) = self.instrument_def(of) else {
                continue;
            };
            if !members.contains(&def) {
                let instrument = self.names.full_name(def);
                self.report(
                    Diagnostic::error(
                        code::PLAN_CONTRADICTS,
                        format!("`{name}` is {} `{instrument}`, which is no part of the volume", super::mapping::article(&instrument)),
                    )
                    .at(with.span, "")
                    .help("a volume grows by business of its own kind; what comes back is placed elsewhere with `replace … with …`"),
                );
            }
        }
    }

    fn check_window(&mut self, line: &BusinessLine) {
        if let (Some(Point::Date(from)), Some(Point::Date(until)), Some(span)) =
            (&line.from, &line.until, line.origin.span)
            && until < from
        {
            self.report(
                Diagnostic::error(
                    code::OUT_OF_RANGE,
                    format!("the line ends on {until}, before it begins on {from}"),
                )
                .at(span, "")
                .help("write `from` the earlier and `until` the later day"),
            );
        }
    }

    /// Two lines that both say what the volume of the same positions is.
    fn check_kept_twice(&mut self, lines: &[BusinessLine], line: &BusinessLine, span: Span) {
        if !line.volume.is_level() {
            return;
        }
        let clash = lines.iter().find(|other| {
            other.volume.is_level()
                && match (line.volume.of(), other.volume.of()) {
                    (Some(a), Some(b)) => {
                        a == b || whole(a).zip(whole(b)).is_some_and(|(a, b)| a == b)
                    }
                    _ => false,
                }
        });
        if let Some(other) = clash {
            let error = Diagnostic::error(
                code::PLAN_CONTRADICTS,
                format!(
                    "`{}` and `{}` both say how large the same positions are",
                    other.key.replace('.', " "),
                    line.key.replace('.', " ")
                ),
            )
            .at(span, "again here")
            .help("keep one of them, or part the positions with `where`");
            self.report(match other.origin.span {
                Some(first) => error.also(first, "first here"),
                None => error,
            });
        }
    }

    /// The type of what a scenario sets in a line, by the line's volume.
    pub(super) fn size_type(volume: &Volume) -> Type {
        match volume {
            Volume::New { .. } => Type::Per(Box::new(money()), None),
            Volume::Replace { .. } => Type::Ratio,
            Volume::Grow { .. } => Type::Per(Box::new(Type::Ratio), None),
            Volume::Target { .. } | Volume::Average { .. } => money(),
        }
    }

    /// The line of a plan that a `set` names: `new.mortgage_10y`, or `new` where there is one such line.
    pub(super) fn line_named(
        &mut self,
        plan: &NewBusiness,
        rest: &str,
        span: Span,
    ) -> Option<BusinessLine> {
        let exact: Vec<&BusinessLine> = plan.lines.iter().filter(|l| l.key == rest).collect();
        let found = if exact.is_empty() {
            let word = format!("{rest}.");
            plan.lines
                .iter()
                .filter(|l| l.key.starts_with(&word))
                .collect()
        } else {
            exact
        };
        let name = &plan.heading.short;
        let error = match found.as_slice() {
            [only] if only.volume.clone().size_mut().is_some() => return Some((*only).clone()),
            [_] => Diagnostic::error(
                code::NOT_SETTABLE,
                format!("`{name}.{rest}` has several levels"),
            )
            .help("a target with one level is set; write a plan of its own for the others"),
            [] => {
                let known: Vec<&str> = plan.lines.iter().map(|l| l.key.as_str()).collect();
                let error = Diagnostic::error(
                    code::UNKNOWN_SETTING,
                    format!("`{name}` has no line `{rest}`"),
                );
                match super::suggest::nearest(rest, known.iter().copied()) {
                    Some(near) => error.help(format!("did you mean `{name}.{near}`?")),
                    None => error.help(format!("its lines are {}", super::suggest::listed(&known))),
                }
            }
            _ => Diagnostic::error(
                code::NOT_SETTABLE,
                format!("`{name}` has several lines `{rest}`"),
            )
            .help("give each size a `let` of its own and set that"),
        };
        self.report(error.at(span, ""));
        None
    }
}

/// The instrument that a selection holds whole.
fn whole(selection: &Selection) -> Option<crate::plan::InstrumentId> {
    match selection {
        Selection::Instrument(id) => Some(*id),
        _ => None,
    }
}

/// The currency that an amount names.
fn stated_currency(amount: &Expression) -> Option<crate::quantity::Currency> {
    super::reach::children(amount)
        .into_iter()
        .find_map(stated_currency)
        .or(match &amount.node {
            Node::Money(_, currency) => *currency,
            _ => None,
        })
}
