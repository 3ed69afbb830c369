//! A mapping as a list of slots: what is read of each row, in one order, and what the columns of the file must be.

use crate::diagnostic::Span;
use crate::plan::*;
use crate::quantity::Currency;
use crate::tabular::ColumnKind;

/// Where a value goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Target {
    Term(Term),
    Leg(Leg, LegTerm),
    FirstRepayment,
    /// Up to when payments are of interest only.
    InterestOnly,
    /// Up to when nothing is paid.
    Grace,
    /// What payments leave for maturity.
    Balloon,
    /// The id of the pledged lot.
    Lot(InstrumentId),
    /// An amount of a schedule in the text, by its place.
    Flow(u32),
    Dimension(DimensionId),
}

/// A leg of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Leg {
    Accrues,
    Pays,
    Receives,
}

/// A number of a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum LegTerm {
    Rate,
    Spread,
    Floor,
    Cap,
    Amount,
    /// A rate from a later day on, by its place.
    Step(u32),
}

/// What a value must be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Text,
    Currency,
    /// In quanta of the position's currency, or of the leg's.
    Amount {
        signed: bool,
        currency: Option<Currency>,
    },
    Date,
    Tenor {
        zero: bool,
    },
    /// Exact at 1e-10, within ±100 %.
    Rate,
    /// At 1e-12, from 0 to the limit (in whole units).
    Ratio {
        below: u32,
    },
    /// True or false.
    Flag,
    Dimension(DimensionId),
}

/// One value that is read of each row.
#[derive(Clone, Debug)]
pub(super) struct Slot<'p> {
    pub target: Target,
    pub kind: Kind,
    pub expression: &'p Expression,
    /// The setting as the author writes it: `maturity`, `accrues`, `rating`.
    pub key: String,
    /// The columns that the formula names, in its order.
    pub columns: Vec<&'p str>,
}

/// A position that is parted into classes.
#[derive(Clone, Debug)]
pub(super) struct Split<'p> {
    pub dimension: DimensionId,
    /// Class and amount.
    pub parts: Vec<(Slot<'p>, Slot<'p>)>,
    /// The class of the rest.
    pub otherwise: Option<Slot<'p>>,
}

/// The slots of a mapping; the currency first, then the id, then terms, legs, schedule and dimensions.
#[derive(Clone, Debug)]
pub(super) struct Slots<'p> {
    pub slots: Vec<Slot<'p>>,
    pub splits: Vec<Split<'p>>,
    pub mapping: &'p Mapping,
}

impl<'p> Slots<'p> {
    /// `in_text`: the mapping of a position given in the text, whose id stands apart.
    pub(super) fn new(plan: &'p Plan, side: Side, mapping: &'p Mapping, in_text: bool) -> Self {
        let mut slots = Vec::new();
        let mut add = |target: Target, kind: Kind, key: &str, expression: &'p Expression| {
            slots.push(Slot {
                target,
                kind,
                expression,
                key: key.to_owned(),
                columns: columns_of(expression),
            });
        };
        let first = [Term::Currency, Term::Id];
        let others = mapping.terms.keys().copied().filter(|t| !first.contains(t));
        for term in first
            .into_iter()
            .chain(others)
            .filter(|t| !in_text || *t != Term::Id)
        {
            if let (Some(expression), Some(kind)) = (mapping.terms.get(&term), kind_of(term, side))
            {
                add(Target::Term(term), kind, key_of(term), expression);
            }
        }
        for (leg, name, accrual) in [
            (Leg::Accrues, "accrues", &mapping.accrues),
            (Leg::Pays, "pays", &mapping.pays),
            (Leg::Receives, "receives", &mapping.receives),
        ] {
            match accrual {
                Some(Accrual::Fixed { rate, steps, .. }) => {
                    add(Target::Leg(leg, LegTerm::Rate), Kind::Rate, name, rate);
                    for (place, (_, rate)) in (0u32..).zip(steps.inline()) {
                        let target = Target::Leg(leg, LegTerm::Step(place));
                        add(target, Kind::Rate, name, rate);
                    }
                }
                Some(Accrual::Client { rate, .. }) => {
                    add(Target::Leg(leg, LegTerm::Rate), Kind::Rate, name, rate);
                }
                Some(Accrual::Index {
                    spread, floor, cap, ..
                }) => {
                    for (term, expression) in [
                        (LegTerm::Spread, spread),
                        (LegTerm::Floor, floor),
                        (LegTerm::Cap, cap),
                    ] {
                        if let Some(expression) = expression {
                            add(Target::Leg(leg, term), Kind::Rate, name, expression);
                        }
                    }
                }
                Some(Accrual::CashFlow { amount, currency }) => {
                    let kind = Kind::Amount {
                        signed: false,
                        currency: Some(*currency),
                    };
                    add(Target::Leg(leg, LegTerm::Amount), kind, name, amount);
                }
                Some(Accrual::None) | None => {}
            }
        }
        if let Some(Repayment::Linear { left, .. } | Repayment::Annuity { left, .. }) =
            &mapping.repays
        {
            if let Some(until) = &left.interest_only {
                add(Target::InterestOnly, Kind::Date, "repays", until);
            }
            if let Some(until) = &left.grace {
                add(Target::Grace, Kind::Date, "repays", until);
            }
            if let Some(balloon) = &left.balloon {
                let kind = Kind::Amount {
                    signed: false,
                    currency: None,
                };
                add(Target::Balloon, kind, "repays", balloon);
            }
        }
        match &mapping.repays {
            Some(Repayment::Linear {
                first: Some(first), ..
            }) => add(Target::FirstRepayment, Kind::Date, "repays", first),
            Some(Repayment::Schedule(Schedule::Inline(flows))) => {
                for (place, (_, amount)) in (0u32..).zip(flows) {
                    add(
                        Target::Flow(place),
                        Kind::Amount {
                            signed: false,
                            currency: None,
                        },
                        "repays",
                        amount,
                    );
                }
            }
            _ => {}
        }
        if let Some((instrument, id)) = &mapping.pledges {
            add(Target::Lot(*instrument), Kind::Text, "pledges", id);
        }
        let mut splits = Vec::new();
        for (dimension, how) in &mapping.dimensions {
            let key = plan
                .dimensions
                .get(dimension.index())
                .map_or("", |d| d.heading.short.as_str());
            match how {
                DimensionMapping::Formula(expression) => add(
                    Target::Dimension(*dimension),
                    Kind::Dimension(*dimension),
                    key,
                    expression,
                ),
                DimensionMapping::Split { parts, otherwise } => {
                    let slot = |target, kind, expression| Slot {
                        target,
                        kind,
                        expression,
                        key: key.to_owned(),
                        columns: columns_of(expression),
                    };
                    let class = |expression| {
                        slot(
                            Target::Dimension(*dimension),
                            Kind::Dimension(*dimension),
                            expression,
                        )
                    };
                    let amount = |expression| {
                        slot(
                            Target::Term(Term::Principal),
                            Kind::Amount {
                                signed: false,
                                currency: None,
                            },
                            expression,
                        )
                    };
                    splits.push(Split {
                        dimension: *dimension,
                        parts: parts
                            .iter()
                            .map(|(value, money)| (class(value), amount(money)))
                            .collect(),
                        otherwise: otherwise.as_ref().map(class),
                    });
                }
            }
        }
        Slots {
            slots,
            splits,
            mapping,
        }
    }

    /// What a parted position's amount is: its principal, else its notional or undrawn amount; `None` where its parts say it.
    pub(super) fn basis(&self) -> Option<usize> {
        let place = |term| {
            self.slots
                .iter()
                .position(|slot| slot.target == Target::Term(term))
        };
        place(Term::Principal)
            .or_else(|| place(Term::Notional))
            .or_else(|| place(Term::Undrawn))
    }

    /// What a draft of this mapping holds: its slots, then the classes of a parted position and its amount if no term says it.
    pub(super) fn targets(&self) -> Vec<Target> {
        let mut targets: Vec<Target> = self.slots.iter().map(|slot| slot.target).collect();
        if let Some(split) = self.splits.first() {
            targets.push(Target::Dimension(split.dimension));
            if self.basis().is_none() {
                targets.push(Target::Term(Term::Principal));
            }
        }
        targets
    }

    /// The place of a setting in the text.
    pub(super) fn span(&self, key: &str) -> Option<Span> {
        self.mapping.origins.get(key).and_then(|origin| origin.span)
    }

    /// Every column that a formula names, with the type that it is read as, the setting and the formula's place.
    pub(super) fn needs(&self) -> Vec<Need<'p>> {
        let mut needs = Vec::new();
        let mut add = |key: &str, expression: &'p Expression| {
            walk(expression, &mut |e| match &e.node {
                Node::Column(name) => {
                    needs.push(Need {
                        column: name,
                        ty: Some(&e.ty),
                        key: key.to_owned(),
                        span: e.span,
                    });
                }
                Node::ColumnDate(name, _) => needs.push(Need {
                    column: name,
                    ty: None,
                    key: key.to_owned(),
                    span: e.span,
                }),
                _ => {}
            });
        };
        for slot in &self.slots {
            add(&slot.key, slot.expression);
        }
        for split in &self.splits {
            for slot in split
                .parts
                .iter()
                .flat_map(|(class, amount)| [class, amount])
                .chain(&split.otherwise)
            {
                add(&slot.key, slot.expression);
            }
        }
        needs
    }
}

/// A column that a formula reads.
#[derive(Clone, Debug)]
pub(super) struct Need<'p> {
    pub column: &'p str,
    /// The type as which it is read; `None`: a date in a pattern of its own.
    pub ty: Option<&'p Type>,
    pub key: String,
    pub span: Option<Span>,
}

impl Need<'_> {
    /// What is due, in a word, if a column of this kind cannot be it.
    pub(super) fn misfit(&self, kind: &ColumnKind) -> Option<&'static str> {
        use ColumnKind::*;
        let (due, fits) = match self.ty {
            None => ("a date", matches!(kind, Text | Number | Date)),
            Some(Type::Number | Type::Ratio | Type::Rate | Type::Money(_) | Type::Per(..)) => {
                ("a number", matches!(kind, Number))
            }
            Some(Type::Date) => ("a date", matches!(kind, Date)),
            Some(Type::Bool) => ("true or false", matches!(kind, Bool)),
            Some(Type::Tenor) => ("a tenor", matches!(kind, Text)),
            Some(Type::Text | Type::Member(_) | Type::Currency) => {
                ("text", matches!(kind, Text | Number | Date | Bool))
            }
            Some(_) => ("a value", !matches!(kind, Other(_))),
        };
        (!fits && *kind != Untyped).then_some(due)
    }
}

/// The columns that a formula names, each once, in its order.
pub(super) fn columns_of(expression: &Expression) -> Vec<&str> {
    let mut columns: Vec<&str> = Vec::new();
    walk(expression, &mut |e| {
        if let Node::Column(name) | Node::ColumnDate(name, _) = &e.node
            && !columns.contains(&name.as_str())
        {
            columns.push(name);
        }
    });
    columns
}

/// Visits a formula over a row and all its operands, outermost first.
pub(super) fn walk<'p>(expression: &'p Expression, visit: &mut dyn FnMut(&'p Expression)) {
    visit(expression);
    match &expression.node {
        Node::Negate(a) | Node::Not(a) | Node::Per(a, _) | Node::InCurrency(a, _) => walk(a, visit),
        Node::Arithmetic(_, a, b) | Node::Compare(_, a, b) | Node::ColumnOr(a, b) => {
            walk(a, visit);
            walk(b, visit);
        }
        Node::If(a, b, c) => {
            for part in [a, b, c] {
                walk(part, visit);
            }
        }
        Node::OneOf(a, list) => {
            walk(a, visit);
            list.iter().for_each(|e| walk(e, visit));
        }
        Node::And(list)
        | Node::Or(list)
        | Node::Table(_, list)
        | Node::Call(_, list)
        | Node::Builtin(_, list) => {
            list.iter().for_each(|e| walk(e, visit));
        }
        Node::FoldArguments { arguments, .. } => arguments.iter().for_each(|e| walk(e, visit)),
        Node::SwapRate { tenor, .. } => walk(tenor, visit),
        _ => {}
    }
}

/// What a term must be; `None`: it is not read of a file.
fn kind_of(term: Term, side: Side) -> Option<Kind> {
    let amount = |signed| {
        Some(Kind::Amount {
            signed,
            currency: None,
        })
    };
    match term {
        Term::Id => Some(Kind::Text),
        Term::Currency => Some(Kind::Currency),
        Term::Principal
        | Term::Notional
        | Term::Undrawn
        | Term::Pledged
        | Term::Encumbered
        | Term::Capacity
        | Term::Round => amount(false),
        // What a swap has accrued is received less paid; a deposit at a negative rate has earned for the bank.
        Term::Accrued => {
            amount(side == Side::Derivative || side == Side::Liability || side == Side::Asset)
        }
        Term::LastPayment | Term::Start | Term::Maturity | Term::NextReset | Term::Released => {
            Some(Kind::Date)
        }
        Term::OriginalTerm => Some(Kind::Tenor { zero: false }),
        Term::Settles => Some(Kind::Tenor { zero: true }),
        Term::IsCallable | Term::IsPutable => Some(Kind::Flag),
        Term::LastFixing | Term::Margin | Term::FtpBase | Term::FtpLiquidity => Some(Kind::Rate),
        Term::Price | Term::Book => Some(Kind::Ratio { below: 10 }),
        Term::Haircut => Some(Kind::Ratio { below: 1 }),
        Term::Cost | Term::Rate | Term::Remaining | Term::Age | Term::Side => None,
    }
}

/// The setting that maps a term.
pub(super) fn key_of(term: Term) -> &'static str {
    match term {
        Term::Id => "id",
        Term::Currency => "currency",
        Term::Principal => "principal",
        Term::Notional => "notional",
        Term::Undrawn => "undrawn",
        Term::Accrued => "accrued",
        Term::LastPayment => "last_payment",
        Term::Pledged => "pledged",
        Term::Encumbered => "encumbered",
        Term::Capacity => "capacity",
        Term::Start => "start",
        Term::Maturity => "maturity",
        Term::NextReset => "next_reset",
        Term::Released => "released",
        Term::OriginalTerm => "original_term",
        Term::Settles => "settles",
        Term::IsCallable => "is_callable",
        Term::IsPutable => "is_putable",
        Term::LastFixing => "last_fixing",
        Term::Margin => "margin",
        Term::FtpBase => "ftp_base",
        Term::FtpLiquidity => "ftp_liquidity",
        Term::Price => "price",
        Term::Book => "book",
        Term::Haircut => "haircut",
        Term::Round => "round",
        Term::Cost => "cost",
        Term::Rate => "rate",
        Term::Remaining => "remaining",
        Term::Age => "age",
        Term::Side => "side",
    }
}
