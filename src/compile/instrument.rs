//! Instruments: the side, the files, the mapping, and what an instrument may not lack.

use super::call::{Arguments, word_of};
use super::compiler::Compiler;
use super::context::{Context, Place};
use super::mapping::Owner;
use super::names::DefId;
use super::reach::visit;
use super::reference::TERMS;
use super::suggest;
use super::vocabulary;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{
    Accrual, DimensionMapping, FileFormat, Instrument, Mapping, Node, PositionFiles, Repayment,
    Side, Term,
};
use crate::syntax::tree::{Block, BlockKind, ClauseBody, ExpressionKind};

impl Compiler<'_> {
    pub(super) fn lower_instrument(&mut self, id: DefId, block: &Block) -> Instrument {
        let heading = self.heading(id);
        let mut cx = Context::new(self.scope_of(id));
        cx.place = Place::Mapping;
        let mut side = None;
        let mut lots = false;
        let mut positions: Option<PositionFiles> = None;
        let mut format = None;
        let mut lines = self.term_lines(&block.clauses, BlockKind::Instrument);
        lines.retain(|line| {
            let value = line.value;
            match line.key.as_slice() {
                ["side"] => {
                    side = match word_of(value) {
                        Some("asset") => Some(Side::Asset),
                        Some("liability") => Some(Side::Liability),
                        Some("off_balance") => Some(Side::OffBalance),
                        Some("derivative") => Some(Side::Derivative),
                        _ => {
                            self.one_of_words("side", &vocabulary::SIDES, value.span);
                            Some(Side::Asset)
                        }
                    };
                }
                ["lots"] => {
                    if word_of(value) == Some("each") {
                        lots = true;
                    } else {
                        self.one_of_words("lots", &["each"], value.span);
                    }
                }
                ["positions"] => {
                    let (path, filter) = match &value.kind {
                        ExpressionKind::Where { of, condition } => {
                            (of.as_ref(), Some(condition.as_ref()))
                        }
                        _ => (value, None),
                    };
                    let filter =
                        filter.map(|condition| self.condition(condition, &cx.at(Place::Rows)));
                    match &path.kind {
                        ExpressionKind::Text(text) => {
                            positions = Some(PositionFiles {
                                path: text.value.clone(),
                                filter,
                                format: None,
                                origin: line.origin.clone(),
                            });
                        }
                        ExpressionKind::Broken => {}
                        _ => self.report(
                            Diagnostic::error(code::TYPES, "the path of a file is due here")
                                .at(path.span, "")
                                .help("write `positions = \"data/{at}/loans.csv\"`"),
                        ),
                    }
                }
                ["file"] => format = self.file_format(value),
                _ => return true,
            }
            false
        });
        if let Some(positions) = &mut positions {
            positions.format = format;
        }
        let mapping = self.terms(lines, Owner::Instrument, &cx);
        self.refuse_circular_terms(&mapping);
        let mut missing: Vec<&str> = Vec::new();
        if side.is_none() {
            missing.push("side");
        }
        let refused = |key: &str| {
            block.clauses.iter().any(|clause| {
                matches!(&clause.body, ClauseBody::Setting(s) if s.path().is_some_and(|p| p.text() == key))
                    && self.wrong_within(clause.span)
            })
        };
        // Without the side or the way of repayment it is not known what else is due.
        let unclear = refused("side") || refused("repays");
        if let (Some(side), false) = (side, refused("side")) {
            self.refuse_legs(side, &mapping, &heading.short);
        }
        self.refuse_late_annuity(&mapping);
        let side = side.unwrap_or(Side::Asset);
        if positions.is_some() {
            missing.extend(missing_terms(&mapping, side, true));
        }
        // A line that could not be read may be the one that seems to be missing.
        if !missing.is_empty()
            && !unclear
            && !self.is_misread(id)
            && !self.settings_broken(block, &missing)
        {
            let listed = suggest::listed(&missing);
            self.report(
                Diagnostic::error(
                    code::MISSING_SETTING,
                    format!("`{}` lacks {listed}", heading.short),
                )
                .at(
                    heading
                        .origin
                        .span
                        .unwrap_or(Span::new(crate::diagnostic::FileId(0), 0, 0)),
                    "",
                )
                .help("every term is stated; there are no defaults"),
            );
        }
        Instrument {
            heading,
            side,
            lots,
            positions,
            mapping,
        }
    }

    /// A derivative has two legs, everything else one accrual.
    fn refuse_legs(&mut self, side: Side, mapping: &Mapping, name: &str) {
        let legs: &[&str] = match side {
            Side::Derivative => &["accrues"],
            _ => &["pays", "receives"],
        };
        for leg in legs {
            let Some(span) = mapping.origins.get(*leg).and_then(|origin| origin.span) else {
                continue;
            };
            let error = match side {
                Side::Derivative => Diagnostic::error(
                    code::WRONG_PLACE,
                    format!("`{name}` is a derivative, it has two legs in place of `accrues`"),
                )
                .help("write `pays = …` and `receives = …`"),
                _ => Diagnostic::error(
                    code::WRONG_PLACE,
                    format!("`{leg}` is a leg of a derivative, `{name}` is none"),
                )
                .help("write `accrues = …`, or `side = derivative`"),
            };
            self.report(error.at(span, ""));
        }
    }

    /// The payment of an annuity is made with the rate of its period, which in arrears nobody knows yet.
    fn refuse_late_annuity(&mut self, mapping: &Mapping) {
        let in_arrears = matches!(
            mapping.accrues,
            Some(Accrual::Index {
                in_arrears: Some(_),
                ..
            })
        );
        let annuity = matches!(mapping.repays, Some(Repayment::Annuity { .. }));
        let span = mapping.origins.get("accrues").and_then(|o| o.span);
        if let (true, true, Some(span)) = (in_arrears, annuity, span) {
            self.report(
                Diagnostic::error(
                    code::WRONG_PLACE,
                    "the payment of an annuity needs a rate that is known when its period begins",
                )
                .at(span, "a rate in arrears is known at its end")
                .help(
                    "write `index(…, reset = …)`, or repay by `linear`, `bullet` or a `schedule`",
                ),
            );
        }
    }

    /// A term may use other terms of its instrument, without circles.
    fn refuse_circular_terms(&mut self, mapping: &Mapping) {
        let uses = |term: Term| -> Vec<Term> {
            let mut found = Vec::new();
            if let Some(formula) = mapping.terms.get(&term) {
                visit(formula, &mut |node| {
                    if let Node::Term(other) = node
                        && mapping.terms.contains_key(other)
                    {
                        found.push(*other);
                    }
                });
            }
            found
        };
        let name = |term: Term| {
            TERMS
                .iter()
                .find(|(_, of, _)| *of == term)
                .map_or("", |(name, _, _)| name)
        };
        for start in mapping.terms.keys() {
            // The circle is told once, at its first term in text order.
            let mut paths = vec![vec![*start]];
            let mut seen = Vec::new();
            while let Some(path) = paths.pop() {
                let Some(last) = path.last().copied() else {
                    continue;
                };
                for next in uses(last) {
                    if next == *start {
                        let mut names: Vec<&str> = path.iter().map(|term| name(*term)).collect();
                        names.push(name(*start));
                        let error = Diagnostic::error(
                            code::CIRCULAR,
                            format!("`{}` is defined by itself", name(*start)),
                        )
                        .note(format!("the circle: {}", names.join(" → ")))
                        .help("one of them comes from a column of the file");
                        let span = mapping
                            .origins
                            .get(name(*start))
                            .and_then(|origin| origin.span);
                        self.report(match span {
                            Some(span) => error.at(span, ""),
                            None => error,
                        });
                        return;
                    }
                    if !seen.contains(&next) {
                        seen.push(next);
                        let mut longer = path.clone();
                        longer.push(next);
                        paths.push(longer);
                    }
                }
            }
        }
    }

    /// Whether a setting that seems to be missing is there and was refused already.
    fn settings_broken(&self, block: &Block, missing: &[&str]) -> bool {
        block.clauses.iter().any(|clause| match &clause.body {
            ClauseBody::Setting(setting) => setting
                .path()
                .is_some_and(|path| missing.contains(&path.text().as_str())),
            _ => false,
        })
    }

    fn file_format(&mut self, value: &crate::syntax::tree::Expression) -> Option<FileFormat> {
        let (name, parted, reference) = self.constructor(value, "file", &["csv", "parquet"])?;
        if name == "parquet" {
            return Some(FileFormat::Parquet);
        }
        self.closed_arguments(
            name,
            &parted,
            0,
            &["separator", "decimal", "date", "encoding"],
        );
        let text = |key: &str, parted: &Arguments<'_>| match parted.get(key, None).map(|e| &e.kind)
        {
            Some(ExpressionKind::Text(text)) => Ok(Some(text.value.clone())),
            None => Ok(None),
            Some(_) => Err(()),
        };
        let mut single = |key: &str, default: char| -> char {
            match text(key, &parted) {
                Ok(None) => default,
                Ok(Some(value)) if value.chars().count() == 1 => {
                    value.chars().next().unwrap_or(default)
                }
                _ => {
                    self.report(
                        Diagnostic::error(
                            code::ARGUMENTS,
                            format!("`{key}` is one character in quotes"),
                        )
                        .at(reference.span, ""),
                    );
                    default
                }
            }
        };
        let separator = single("separator", ',');
        let decimal = single("decimal", '.');
        let date = text("date", &parted)
            .ok()
            .flatten()
            .unwrap_or_else(|| "yyyy-mm-dd".to_owned());
        let encoding = text("encoding", &parted)
            .ok()
            .flatten()
            .unwrap_or_else(|| "UTF-8".to_owned());
        Some(FileFormat::Csv {
            separator,
            decimal,
            date,
            encoding,
        })
    }
}

/// What a position may not lack, by its side and terms. `id` only where rows of files have to be told apart.
pub(super) fn missing_terms(mapping: &Mapping, side: Side, from_files: bool) -> Vec<&'static str> {
    let mut missing = Vec::new();
    let has = |term: Term| {
        mapping.terms.contains_key(&term) || mapping.origins.contains_key(name_of(term))
    };
    let says = |key: &str| mapping.origins.contains_key(key);
    if from_files && !has(Term::Id) {
        missing.push("id");
    }
    if from_files && !has(Term::Currency) {
        missing.push("currency");
    }
    // Where each class of a split has its own amount, the principal is their sum.
    let split_whole = mapping.dimensions.values().any(|dimension| {
        matches!(
            dimension,
            DimensionMapping::Split {
                otherwise: None,
                ..
            }
        )
    });
    match side {
        Side::Asset | Side::Liability => {
            if !has(Term::Principal) && !split_whole && !has(Term::Undrawn) {
                missing.push("principal");
            }
            if !says("repays") {
                missing.push("repays");
            }
            if !says("accrues") {
                missing.push("accrues");
            }
        }
        Side::Derivative => {
            let flows = |leg: &Option<Accrual>| matches!(leg, Some(Accrual::CashFlow { .. }));
            let exchanges_flows = flows(&mapping.pays) && flows(&mapping.receives);
            if !(has(Term::Notional) || exchanges_flows) {
                missing.push("notional");
            }
            if !says("pays") {
                missing.push("pays");
            }
            if !says("receives") {
                missing.push("receives");
            }
        }
        Side::OffBalance => {
            if !has(Term::Undrawn) {
                missing.push("undrawn");
            }
        }
    }
    let open_ended = matches!(
        mapping.repays,
        Some(Repayment::OnDemand | Repayment::Notice(_) | Repayment::Never)
    );
    let may_stay = side == Side::Asset && !says("repays");
    if !(has(Term::Maturity) || open_ended || may_stay) {
        missing.push("maturity");
    }
    let indexed = |leg: &Option<Accrual>| {
        matches!(
            leg,
            Some(Accrual::Index {
                in_arrears: None,
                ..
            })
        )
    };
    if (indexed(&mapping.accrues) || indexed(&mapping.pays) || indexed(&mapping.receives))
        && !has(Term::LastFixing)
    {
        missing.push("last_fixing");
    }
    if !says("accounting") {
        missing.push("accounting");
    }
    missing
}

/// The key of a term.
pub(super) fn name_of(term: Term) -> &'static str {
    super::reference::TERMS
        .iter()
        .find(|(_, t, _)| *t == term)
        .map_or("", |(name, _, _)| name)
}
