//! Levels over time: `levels("file", …)` and `path(date, value, …)`.

use super::call::Arguments;
use super::compiler::Compiler;
use super::context::{Context, Expected, Place};
use super::vocabulary;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{DateReading, Interpolation, LevelsFile, Node, PathDefinition, Type};
use crate::syntax::tree::{self, Argument, ExpressionKind, Reference};

impl Compiler<'_> {
    /// `levels(…)` or `path(…)` in the place of a series or index; `None` for anything else.
    pub(super) fn path_definition(
        &mut self,
        value: &tree::Expression,
        ty: &Type,
        cx: &Context,
    ) -> Option<PathDefinition> {
        let ExpressionKind::Reference(reference) = &value.kind else {
            return None;
        };
        match reference.path.text().as_str() {
            "levels" => self
                .levels(reference, ty, cx)
                .map(|levels| PathDefinition::Levels(Box::new(levels))),
            "path" => {
                let arguments = reference.arguments.as_deref().unwrap_or_default();
                self.dated(arguments, ty, "path", reference.span, cx)
                    .map(PathDefinition::Inline)
            }
            _ => None,
        }
    }

    /// `levels("f.csv" where …, date = …, unit = 1%, node(3M, [column]), …)`.
    pub(super) fn levels(
        &mut self,
        reference: &Reference,
        ty: &Type,
        cx: &Context,
    ) -> Option<LevelsFile> {
        let rows = cx.at(Place::Rows);
        let all = reference.arguments.as_deref().unwrap_or_default();
        let is_node = |argument: &Argument| matches!(&argument.value.kind, ExpressionKind::Reference(r) if r.path.text() == "node");
        let parted = Arguments::of(all);
        let Some(first) = parted.plain.first().filter(|argument| !is_node(argument)) else {
            self.too_few("levels", "the path of a file", reference.span);
            return None;
        };
        for other in parted
            .plain
            .iter()
            .skip(1)
            .filter(|argument| !is_node(argument))
        {
            let name = match &other.value.kind {
                ExpressionKind::Reference(reference) => reference.path.text(),
                _ => self.written(other.span),
            };
            let error = Diagnostic::error(code::ARGUMENTS, format!("`levels` has no `{name}`"))
                .at(other.span, "");
            self.report(match super::suggest::nearest(&name, ["node"]) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help("after the file stand named arguments and `node(3M, [column])`"),
            });
        }
        let (path, filter) = match &first.value.kind {
            ExpressionKind::Where { of, condition } => {
                (of.as_ref(), Some(self.condition(condition, &rows)))
            }
            _ => (&first.value, None),
        };
        let ExpressionKind::Text(path) = &path.kind else {
            self.too_few("levels", "the path of a file in quotes", path.span);
            return None;
        };
        self.closed_arguments(
            "levels",
            &Arguments {
                plain: Vec::new(),
                named: parted.named.clone(),
            },
            1,
            &vocabulary::LEVELS,
        );
        let (date, date_column) = match parted.get("date", None) {
            Some(date) => self.date_reading(date),
            None => (DateReading::Day, "date".to_owned()),
        };
        let unit = parted.get("unit", None).map(|unit| {
            let typed = self.expression(unit, Some(ty), cx);
            typed.expression
        });
        let cell = match ty {
            _ if unit.is_some() => Type::Number,
            Type::Shift | Type::Curve => Type::Rate,
            other => other.clone(),
        };
        let value = parted
            .get("value", None)
            .map(|value| self.expect(value, &Expected::new(cell.clone()), &rows));
        let mut nodes = Vec::new();
        for argument in all.iter().filter(|argument| is_node(argument)) {
            let ExpressionKind::Reference(node) = &argument.value.kind else {
                continue;
            };
            let parts = Arguments::of(node.arguments.as_deref().unwrap_or_default());
            let (Some(tenor), Some(column)) =
                (parts.get("tenor", Some(0)), parts.get("column", Some(1)))
            else {
                self.too_few(
                    "node",
                    "a tenor and a column: `node(3M, [3-month Treasury rate])`",
                    argument.span,
                );
                continue;
            };
            let column = self.expect(column, &Expected::new(cell.clone()), &rows);
            if let Some(tenor) = self.literal_tenor(tenor, "the tenor of a node", cx) {
                nodes.push((tenor, column));
            }
        }
        let par = self.choice(&parted, "quotes", &["zero", "par"]) == Some("par");
        let interpolate = self.interpolation(&parted);
        let extrapolate_flat = self.choice(&parted, "extrapolate", &["flat"]).is_some();
        let begins = parted.get("begins", None).and_then(|begins| {
            match self.expect(begins, &Expected::new(Type::Date), cx).node {
                Node::Date(date) => Some(date),
                _ => None,
            }
        });
        Some(LevelsFile {
            path: path.value.clone(),
            filter,
            date,
            date_column,
            unit,
            value,
            nodes,
            par,
            interpolate,
            extrapolate_flat,
            begins,
        })
    }

    /// `quarter_held([Date])`, or a column of days.
    fn date_reading(&mut self, value: &tree::Expression) -> (DateReading, String) {
        let column = |expression: &tree::Expression| match &expression.kind {
            ExpressionKind::Column(column) => Some(column.name.clone()),
            _ => None,
        };
        if let Some(name) = column(value) {
            return (DateReading::Day, name);
        }
        let Some((word, parted, reference)) =
            self.constructor(value, "date", &vocabulary::DATE_READINGS)
        else {
            return (DateReading::Day, String::new());
        };
        let reading = match word {
            "quarter_held" => DateReading::QuarterHeld,
            "quarter_average" => DateReading::QuarterAverage,
            _ => DateReading::QuarterEnd,
        };
        match parted
            .plain
            .first()
            .and_then(|argument| column(&argument.value))
        {
            Some(name) => (reading, name),
            None => {
                self.too_few(word, "a column: `quarter_held([Date])`", reference.span);
                (reading, String::new())
            }
        }
    }

    /// A named argument that is one of some words.
    pub(super) fn choice<'w>(
        &mut self,
        parted: &Arguments<'_>,
        name: &str,
        words: &[&'w str],
    ) -> Option<&'w str> {
        let value = parted.get(name, None)?;
        let word = super::call::word_of(value)
            .and_then(|word| words.iter().find(|w| **w == word).copied());
        if word.is_none() {
            self.one_of_words(name, words, value.span);
        }
        word
    }

    pub(super) fn interpolation(&mut self, parted: &Arguments<'_>) -> Option<Interpolation> {
        let word = self.choice(parted, "interpolate", &vocabulary::INTERPOLATIONS)?;
        Some(match word {
            "linear_zero" => Interpolation::LinearZero,
            "log_linear_df" => Interpolation::LogLinearDf,
            "step_forward" => Interpolation::StepForward,
            _ => Interpolation::MonotoneConvex,
        })
    }

    pub(super) fn missing_argument(&mut self, name: &str, argument: &str, span: Span, help: &str) {
        if self.wrong_within(span) {
            return;
        }
        self.report(
            Diagnostic::error(code::ARGUMENTS, format!("`{name}` lacks `{argument}`"))
                .at(span, "")
                .help(help.to_owned()),
        );
    }
}
