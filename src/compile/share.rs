//! Shares: what lies between nothing and all, `let level_2_cap: share = 40%`. A value that stands in the text is held to it here, any
//! other where it is read.

use rust_decimal::Decimal;

use super::compiler::Compiler;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{Expression, Node, Operator, Term};
use crate::syntax::tree;

/// Whether a header asks for a share.
pub(super) fn is_share(declared: &tree::Type) -> bool {
    declared.name.text == "share" && declared.per.is_none()
}

impl Compiler<'_> {
    /// Reports a value that is no share where one is declared.
    pub(super) fn hold_to_share(&mut self, declared: &tree::Type, value: &Expression) {
        if is_share(declared) {
            let help = "a share lies between 0% and 100%";
            self.hold_between(value, Decimal::ONE, declared.span, "a share is due", help);
        }
    }

    /// Reports a term of a position that no row could have.
    pub(super) fn hold_to_term(&mut self, term: Term, value: &Expression, key: Span) {
        let (highest, help) = match term {
            Term::Haircut => (
                Decimal::new(999_999_999_999, 12),
                "a haircut lies from 0% to below 100%",
            ),
            Term::Price | Term::Book => (Decimal::TEN, "a price is a share of nominal: `98.5%`"),
            _ => return,
        };
        self.hold_between(value, highest, key, "", help);
    }

    /// Reports a pool that is to hold less than the debt that it secures.
    pub(super) fn hold_to_overcollateral(&mut self, value: &Expression) {
        if let Some(span) = value.span {
            let help = "overcollateral is what the pool holds beyond the debt: `12%`, or `0%`";
            self.hold_between(value, Decimal::MAX, span, "", help);
        }
    }

    fn hold_between(
        &mut self,
        value: &Expression,
        highest: Decimal,
        due: Span,
        why: &str,
        help: &str,
    ) {
        let (Some(stated), Some(span)) = (stated(value), value.span) else {
            return;
        };
        let wrong = if stated < Decimal::ZERO {
            "is negative"
        } else if stated > highest {
            "is too much"
        } else {
            return;
        };
        let percent = (stated * Decimal::ONE_HUNDRED).normalize();
        let error = Diagnostic::error(code::OUT_OF_RANGE, format!("{percent}% {wrong}"))
            .at(span, "")
            .help(help.to_owned());
        self.report(if why.is_empty() {
            error
        } else {
            error.also(due, why)
        });
    }
}

/// The number that a formula of literals is.
pub(super) fn stated(value: &Expression) -> Option<Decimal> {
    match &value.node {
        Node::Number(number) => Some(*number),
        Node::Negate(inner) => stated(inner).map(|number| -number),
        Node::Per(inner, _) => stated(inner),
        Node::Arithmetic(operator, a, b) => {
            let (a, b) = (stated(a)?, stated(b)?);
            match operator {
                Operator::Add => a.checked_add(b),
                Operator::Subtract => a.checked_sub(b),
                Operator::Multiply => a.checked_mul(b),
                Operator::Divide => a.checked_div(b),
            }
        }
        _ => None,
    }
}
