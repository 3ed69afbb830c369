//! The lines of `do`: what an action does, with which positions or product, and how much of it.

use super::call::{Arguments, word_of};
use super::compiler::Compiler;
use super::context::{Context, Expected, Members};
use super::names::DefId;
use super::typing::money;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{
    Bought, Expression, InstrumentId, LotOrder, Node, Selection, Side, Size, Type, Verb,
};
use crate::syntax::tree::{self, Block, BlockKind, ClauseBody, Item};
use rust_decimal::Decimal;

/// Which lots come first.
const ORDERS: [&str; 3] = ["smallest_loss", "highest_price", "smallest_haircut"];

/// The verbs of `do` with their named arguments.
pub(super) const DEEDS: [(&str, &[&str]); 15] = [
    ("issue", &["nominal"]),
    ("buy_back", &["nominal", "proceeds", "order"]),
    ("buy", &["nominal", "proceeds"]),
    ("sell", &["nominal", "proceeds", "order"]),
    (
        "repo",
        &["cash", "term", "haircut", "rate", "roll", "instrument"],
    ),
    (
        "reverse_repo",
        &[
            "cash",
            "term",
            "haircut",
            "rate",
            "roll",
            "rehypothecate",
            "instrument",
        ],
    ),
    ("hedge", &["notional"]),
    ("unwind", &["amortise"]),
    ("reprice", &["rate"]),
    ("scale", &["ratio"]),
    ("stop", &[]),
    ("draw", &["nominal"]),
    ("issue_equity", &["amount"]),
    ("pay_dividend", &["amount"]),
    ("pay_tax", &["amount"]),
];

/// How each verb is written, for help.
fn example(verb: &str) -> &'static str {
    match verb {
        "issue" => "issue(covered_5y, nominal = 750mn EUR)",
        "buy_back" => "buy_back(own_bond, nominal = 100mn EUR)",
        "buy" => "buy(bond_5y, nominal = 100mn EUR)",
        "repo" => "repo(bonds, cash = 500mn EUR, term = 3M, haircut = 10%)",
        "reverse_repo" => "reverse_repo(bonds, cash = 500mn EUR, term = 3M, haircut = 5%)",
        "hedge" => "hedge(payer_swap_5y, notional = 100mn EUR)",
        "unwind" => "unwind(payer_swap)",
        "reprice" => "reprice(savings, +25bp)",
        "scale" => "scale(mortgage_10y, 50%)",
        "stop" => "stop(mortgage_10y)",
        "draw" => "draw(credit_line, nominal = 100mn EUR)",
        "issue_equity" => "issue_equity(50mn EUR)",
        "pay_dividend" => "pay_dividend(20mn EUR)",
        "pay_tax" => "pay_tax(5mn EUR)",
        _ => "sell(bond, proceeds = 300mn EUR, order = smallest_loss)",
    }
}

fn word(side: Side) -> &'static str {
    match side {
        Side::Asset => "an asset",
        Side::Liability => "a liability",
        Side::Derivative => "a derivative",
        Side::OffBalance => "off balance",
    }
}

impl Compiler<'_> {
    /// `issue(product, nominal = 750mn EUR)` and the other verbs of `do`.
    pub(super) fn deed(&mut self, what: &tree::Expression, cx: &Context) -> Option<Verb> {
        let words: Vec<&str> = DEEDS.iter().map(|(word, _)| *word).collect();
        let (verb, parted, reference) = self.constructor(what, "do", &words)?;
        let (_, named) = DEEDS.iter().find(|(word, _)| *word == verb)?;
        let plain = if matches!(verb, "stop" | "unwind") {
            1
        } else {
            2
        };
        self.closed_arguments(verb, &parted, plain, named);
        let span = reference.span;
        let lone_amount = matches!(verb, "issue_equity" | "pay_dividend" | "pay_tax");
        let about = parted.plain.first().map(|argument| &argument.value);
        if lone_amount {
            let Some(amount) = parted.get("amount", Some(0)) else {
                self.too_few(verb, "an amount", span);
                return None;
            };
            let amount = self.observed_amount(amount, &Expected::new(money()), cx);
            return Some(match verb {
                "issue_equity" => Verb::IssueEquity { amount },
                "pay_dividend" => Verb::PayDividend { amount },
                _ => Verb::PayTax { amount },
            });
        }
        let Some(about) = about else {
            self.too_few(verb, "what it is done with", span);
            return None;
        };
        match verb {
            "issue" => {
                let product = self.product_of_side(verb, about, Side::Liability, cx);
                let nominal = self.amount_argument(verb, "nominal", &parted, span, cx);
                Some(Verb::Issue {
                    product: product?,
                    nominal: nominal?,
                })
            }
            "hedge" => {
                let product = self.product_of_side(verb, about, Side::Derivative, cx);
                let notional = self.amount_argument(verb, "notional", &parted, span, cx);
                Some(Verb::Hedge {
                    product: product?,
                    notional: notional?,
                })
            }
            "buy" if self.is_product(about, cx) => {
                let product = self.product_of_side(verb, about, Side::Asset, cx);
                let size = self.size(verb, &parted, span, cx);
                Some(Verb::Buy {
                    what: Bought::Product(product?),
                    size: size?,
                })
            }
            "buy" => {
                let selection = self.selection_of_side(verb, about, Side::Asset, cx);
                let size = self.size(verb, &parted, span, cx);
                Some(Verb::Buy {
                    what: Bought::Selection(selection?),
                    size: size?,
                })
            }
            "sell" | "buy_back" => {
                let side = match verb {
                    "sell" => Side::Asset,
                    _ => Side::Liability,
                };
                let selection = self.selection_of_side(verb, about, side, cx);
                let size = self.size(verb, &parted, span, cx);
                let order = self.lot_order(&parted);
                let (selection, size) = (selection?, size?);
                Some(if verb == "sell" {
                    Verb::Sell {
                        selection,
                        size,
                        order,
                    }
                } else {
                    Verb::BuyBack {
                        selection,
                        size,
                        order,
                    }
                })
            }
            "repo" | "reverse_repo" => self.secured(verb, about, &parted, span, cx),
            "unwind" => {
                let amortise = match parted.get("amortise", None) {
                    Some(value) => self.literal_bool(value, cx).unwrap_or(false),
                    None => false,
                };
                Some(Verb::Unwind {
                    selection: self.selection_of_side(verb, about, Side::Derivative, cx)?,
                    amortise,
                })
            }
            "reprice" => {
                let selection = self.selection(about, cx);
                let rate = self.ratio_argument(verb, "rate", Type::Rate, &parted, span, cx);
                Some(Verb::Reprice {
                    selection: selection?,
                    rate: rate?,
                })
            }
            "scale" => {
                let product = self.product_named(about, cx);
                let ratio = self.ratio_argument(verb, "ratio", Type::Ratio, &parted, span, cx);
                Some(Verb::Scale {
                    product: product?,
                    ratio: ratio?,
                })
            }
            "stop" => Some(Verb::Stop {
                product: self.product_named(about, cx)?,
            }),
            _ => {
                let selection = self.selection(about, cx);
                let nominal = self.amount_argument(verb, "nominal", &parted, span, cx);
                Some(Verb::Draw {
                    selection: selection?,
                    nominal: nominal?,
                })
            }
        }
    }

    /// The positions that a verb deals in: if all of them are of another side, there will never be anything to do.
    pub(super) fn selection_of_side(
        &mut self,
        verb: &str,
        about: &tree::Expression,
        side: Side,
        cx: &Context,
    ) -> Option<Selection> {
        let selection = self.selection(about, cx)?;
        let Some((is, instrument)) = self.side_alone(&selection).filter(|(is, _)| *is != side)
        else {
            return Some(selection);
        };
        let right = match (verb, is) {
            ("buy_back", Side::Asset) => "what the bank holds is sold: `sell(…)`",
            ("sell", Side::Liability) => "what the bank owes is bought back: `buy_back(…)`",
            ("sell" | "buy_back", Side::Derivative) => "a derivative is closed: `unwind(…)`",
            _ => "name positions of another instrument",
        };
        let message = format!("`{verb}` is for {}, and this is {}", word(side), word(is));
        let error = Diagnostic::error(code::TYPES, message)
            .at(about.span, "")
            .help(right.to_owned());
        self.report(match instrument {
            Some(span) => error.also(span, "its instrument"),
            None => error,
        });
        None
    }

    /// The side that all positions of a selection are of, and the first instrument; `None` where they differ or are not known.
    fn side_alone(&self, selection: &Selection) -> Option<(Side, Option<Span>)> {
        let mut part = selection;
        while let Selection::Where(inner, _) | Selection::Difference(inner, _) = part {
            part = inner;
        }
        match part {
            Selection::Assets => return Some((Side::Asset, None)),
            Selection::Liabilities => return Some((Side::Liability, None)),
            Selection::Derivatives => return Some((Side::Derivative, None)),
            _ => {}
        }
        let Members::Only(instruments) = self.members_of(selection) else {
            return None;
        };
        let first = *instruments.first()?;
        let side = self.side_of(first)?;
        let alike = instruments.iter().all(|id| self.side_of(*id) == Some(side));
        let span = self.definition(first)?.declaration.name.span;
        alike.then_some((side, Some(span)))
    }

    pub(super) fn product_of_side(
        &mut self,
        verb: &str,
        value: &tree::Expression,
        side: Side,
        cx: &Context,
    ) -> Option<crate::plan::ProductId> {
        let product = self.product_named(value, cx)?;
        let of = self
            .product_defs
            .get(product.index())
            .copied()
            .and_then(|def| self.product_side(def));
        let (Some((is, instrument)), true) = (of, of.is_some_and(|(is, _)| is != side)) else {
            return Some(product);
        };
        let right = match (verb, is) {
            ("issue", Side::Asset) => "what the bank buys: `buy(…)`",
            ("buy", Side::Liability) => "what the bank issues: `issue(…)`",
            (_, Side::Derivative) => "a derivative is entered by `hedge(…, notional = …)`",
            _ => "name a product of another instrument",
        };
        self.report(
            Diagnostic::error(
                code::TYPES,
                format!(
                    "`{verb}` is for {}, and this is a product of {}",
                    word(side),
                    word(is)
                ),
            )
            .at(value.span, "")
            .also(instrument, "its instrument")
            .help(right.to_owned()),
        );
        None
    }

    /// The side of a product's instrument, as the text says it, and where.
    fn product_side(&mut self, product: DefId) -> Option<(Side, Span)> {
        let Item::Block(block) = &self.definition(product)?.declaration.item else {
            return None;
        };
        let path = block.head.of.as_ref()?;
        let segments: Vec<&str> = path.segments.iter().map(|s| s.text.as_str()).collect();
        match self.names.find(self.scope_of(product), &segments) {
            super::names::Found::Definition(id, _) => {
                let span = self.definition(id)?.declaration.name.span;
                Some((self.side_of(id)?, span))
            }
            _ => None,
        }
    }

    /// The side of an instrument, as the text says it.
    fn side_of(&self, instrument: DefId) -> Option<Side> {
        let Item::Block(block) = &self.definition(instrument)?.declaration.item else {
            return None;
        };
        let word = block
            .clauses
            .iter()
            .find_map(|clause| match &clause.body {
                ClauseBody::Setting(setting)
                    if setting.path().is_some_and(|path| path.text() == "side") =>
                {
                    setting.values.first()
                }
                _ => None,
            })
            .and_then(word_of)?;
        Some(match word {
            "asset" => Side::Asset,
            "liability" => Side::Liability,
            "off_balance" => Side::OffBalance,
            "derivative" => Side::Derivative,
            _ => return None,
        })
    }

    fn amount_argument(
        &mut self,
        verb: &str,
        key: &str,
        parted: &Arguments<'_>,
        span: Span,
        cx: &Context,
    ) -> Option<Expression> {
        match parted.get(key, Some(1)) {
            Some(value) => Some(self.observed_amount(value, &Expected::new(money()), cx)),
            None => {
                self.missing_argument(verb, key, span, &format!("write `{}`", example(verb)));
                None
            }
        }
    }

    fn ratio_argument(
        &mut self,
        verb: &str,
        key: &str,
        ty: Type,
        parted: &Arguments<'_>,
        span: Span,
        cx: &Context,
    ) -> Option<Expression> {
        match parted.get(key, Some(1)) {
            Some(value) => Some(self.expect(value, &Expected::new(ty), cx)),
            None => {
                self.missing_argument(verb, key, span, &format!("write `{}`", example(verb)));
                None
            }
        }
    }

    /// `nominal` or `proceeds`, one of them.
    fn size(
        &mut self,
        verb: &str,
        parted: &Arguments<'_>,
        span: Span,
        cx: &Context,
    ) -> Option<Size> {
        if let (Some(_), Some(second)) =
            (parted.get("nominal", Some(1)), parted.get("proceeds", None))
        {
            self.report(
                Diagnostic::error(
                    code::ARGUMENTS,
                    format!("`{verb}` takes `nominal` or `proceeds`, not both"),
                )
                .at(second.span, "")
                .help("leave one of them out"),
            );
            return None;
        }
        if let Some(proceeds) = parted.get("proceeds", None) {
            let amount = self.observed_amount(proceeds, &Expected::new(money()), cx);
            return Some(Size::Proceeds(amount));
        }
        self.amount_argument(verb, "nominal", parted, span, cx)
            .map(Size::Nominal)
    }

    fn lot_order(&mut self, parted: &Arguments<'_>) -> Option<LotOrder> {
        let value = parted.get("order", None)?;
        match word_of(value) {
            Some("smallest_loss") => Some(LotOrder::SmallestLoss),
            Some("highest_price") => Some(LotOrder::HighestPrice),
            Some("smallest_haircut") => Some(LotOrder::SmallestHaircut),
            _ => {
                self.one_of_words("order", &ORDERS, value.span);
                None
            }
        }
    }

    /// `repo` and `reverse_repo`.
    fn secured(
        &mut self,
        verb: &str,
        about: &tree::Expression,
        parted: &Arguments<'_>,
        span: Span,
        cx: &Context,
    ) -> Option<Verb> {
        let selection = self.selection_of_side(verb, about, Side::Asset, cx);
        let cash = self.amount_argument(verb, "cash", parted, span, cx);
        let help = format!("write `{}`", example(verb));
        let term = match parted.get("term", None) {
            Some(value) => self.literal_tenor(value, "`term`", cx),
            None => {
                self.missing_argument(verb, "term", span, &help);
                None
            }
        };
        let haircut = match parted.get("haircut", None) {
            Some(value) => {
                let haircut = self.expect(value, &Expected::new(Type::Ratio), cx);
                if let Node::Number(share) = &haircut.node
                    && *share >= Decimal::ONE
                {
                    self.out_of_range(
                        value.span,
                        "a haircut lies below 100%",
                        "write `haircut = 10%`",
                    );
                }
                Some(haircut)
            }
            None => {
                self.missing_argument(verb, "haircut", span, &help);
                None
            }
        };
        let rate = parted
            .get("rate", None)
            .map(|rate| self.expect(rate, &Expected::new(Type::Rate), cx));
        let mut word = |key: &str| match parted.get(key, None) {
            Some(value) => self.literal_bool(value, cx).unwrap_or(false),
            None => false,
        };
        let (roll, rehypothecate) = (word("roll"), word("rehypothecate"));
        let side = if verb == "repo" {
            Side::Liability
        } else {
            Side::Asset
        };
        let of = match parted.get("instrument", None) {
            Some(value) => self.instrument_named(value, cx),
            None => self.secured_instrument(verb, side),
        };
        if of.is_none() && parted.get("instrument", None).is_none() {
            self.report(
                Diagnostic::error(
                    code::ARGUMENTS,
                    format!("it is not said of which instrument the deal of `{verb}` is"),
                )
                .at(span, "")
                .help(format!(
                    "declare `instrument {verb}` with `side = {}`, or name one: `instrument = …`",
                    if verb == "repo" { "liability" } else { "asset" }
                )),
            );
        }
        let (selection, cash, term, haircut) = (selection?, cash?, term?, haircut?);
        Some(if verb == "repo" {
            Verb::Repo {
                selection,
                cash,
                term,
                haircut,
                rate,
                roll,
                of: Some(of?),
            }
        } else {
            Verb::ReverseRepo {
                selection,
                cash,
                term,
                haircut,
                rate,
                roll,
                rehypothecate,
                of: Some(of?),
            }
        })
    }

    /// The instrument of secured deals: the one that bears the verb's name, else the only one of the side that pledges lots.
    fn secured_instrument(&mut self, verb: &str, side: Side) -> Option<InstrumentId> {
        let pledges = |block: &Block| {
            block.clauses.iter().any(|clause| matches!(&clause.body, ClauseBody::Setting(s) if s.path().is_some_and(|p| p.text() == "pledges")))
        };
        let mut named = None;
        let mut pledging = Vec::new();
        for id in self
            .names
            .of_scope(super::names::PROJECT)
            .collect::<Vec<_>>()
        {
            let Some(definition) = self.definition(id) else {
                continue;
            };
            let Item::Block(block) = &definition.declaration.item else {
                continue;
            };
            if block.kind != BlockKind::Instrument || self.side_of(id) != Some(side) {
                continue;
            }
            if definition.declaration.name.text == verb {
                named = Some(id);
            }
            if pledges(block) {
                pledging.push(id);
            }
        }
        let found = named.or(match pledging.as_slice() {
            [only] => Some(*only),
            _ => None,
        })?;
        self.named.insert(found);
        Some(self.instrument_id(found))
    }
}
