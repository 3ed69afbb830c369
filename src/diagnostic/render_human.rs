//! Diagnostics for people, drawn by miette with a fixed theme: the same text for the same width, on any terminal.

use std::fmt;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    SourceCode, SourceSpan, SpanContents,
};

use super::{Diagnostic, FileId, Label, Severity, SourceMap};

/// Draws one diagnostic for a terminal of `width` columns, with ANSI colours if `colour`.
/// Places in other files than the primary one follow as excerpts of their own, then help and notes.
pub fn render_human(
    diagnostic: &Diagnostic,
    sources: &SourceMap,
    width: usize,
    colour: bool,
) -> String {
    let theme = if colour {
        GraphicalTheme::unicode()
    } else {
        GraphicalTheme::unicode_nocolor()
    };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(width.max(40))
        .with_links(false)
        .with_context_lines(1);
    let mut last_words: Vec<String> = diagnostic
        .help
        .iter()
        .map(|h| format!("help: {h}"))
        .collect();
    last_words.extend(diagnostic.notes.iter().map(|n| format!("note: {n}")));
    let drawings = Drawing::all(diagnostic, sources);
    let count = drawings.len();
    let mut out = String::new();
    for (i, drawing) in drawings.iter().enumerate() {
        let mut handler = handler.clone();
        if i + 1 == count && !last_words.is_empty() {
            handler = handler.with_footer(last_words.join("\n"));
        }
        // Drawing fails only for a span outside its text: the message must reach the author all the same.
        if handler.render_report(&mut out, drawing).is_err() {
            return plain(diagnostic, sources);
        }
    }
    tidy(&out)
}

/// One line without a drawing: `bank.plim:4:3: error[E0312]: message`.
pub fn render_short(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let place = diagnostic.primary.as_ref().map_or(String::new(), |l| {
        let at = sources.start(l.span);
        format!("{}:{}:{}: ", sources.name(l.span.file), at.line, at.column)
    });
    format!(
        "{place}{severity}[{}]: {}",
        diagnostic.code, diagnostic.message
    )
}

fn plain(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let mut out = render_short(diagnostic, sources);
    for (word, text) in diagnostic
        .help
        .iter()
        .map(|h| ("help", h))
        .chain(diagnostic.notes.iter().map(|n| ("note", n)))
    {
        out.push_str(&format!("\n  {word}: {text}"));
    }
    out.push('\n');
    out
}

/// Without blank lines and without blanks at the ends of lines.
fn tidy(text: &str) -> String {
    text.lines()
        .map(str::trim_end)
        .filter(|l| !l.is_empty())
        .map(|l| format!("{l}\n"))
        .collect()
}

/// One file's text under its name, as miette reads it.
struct Excerpt<'a> {
    name: &'a str,
    text: &'a str,
}

impl SourceCode for Excerpt<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let inner = self.text.read_span(span, before, after)?;
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.to_string(),
            inner.data(),
            *inner.span(),
            inner.line(),
            inner.column(),
            inner.line_count(),
        )))
    }
}

/// An excerpt of one file with its labels, in miette's terms; the first one of a diagnostic bears its code.
struct Drawing<'a> {
    code: Option<&'static str>,
    message: String,
    severity: miette::Severity,
    excerpt: Option<Excerpt<'a>>,
    labels: Vec<LabeledSpan>,
}

impl<'a> Drawing<'a> {
    fn all(d: &'a Diagnostic, sources: &'a SourceMap) -> Vec<Self> {
        let file = d.primary.as_ref().map(|l| l.span.file);
        let mut labels: Vec<LabeledSpan> = Vec::new();
        if let Some(l) = &d.primary {
            labels.push(LabeledSpan::new_primary_with_span(
                text_of(l),
                inside(l, sources),
            ));
        }
        labels.extend(
            d.secondary
                .iter()
                .filter(|l| Some(l.span.file) == file)
                .map(|l| labelled(l, sources)),
        );
        let excerpt = |f| Excerpt {
            name: sources.name(f),
            text: sources.text(f),
        };
        let mut drawings = vec![Drawing {
            code: Some(d.code.id()),
            message: d.message.clone(),
            severity: match d.severity {
                Severity::Error => miette::Severity::Error,
                Severity::Warning => miette::Severity::Warning,
            },
            excerpt: file.map(excerpt),
            labels,
        }];
        let mut others: Vec<FileId> = Vec::new();
        for l in d.secondary.iter().filter(|l| Some(l.span.file) != file) {
            if !others.contains(&l.span.file) {
                others.push(l.span.file);
            }
        }
        drawings.extend(others.into_iter().map(|other| {
            Drawing {
                code: None,
                message: format!("see {}", sources.name(other)),
                severity: miette::Severity::Advice,
                excerpt: Some(excerpt(other)),
                labels: d
                    .secondary
                    .iter()
                    .filter(|l| l.span.file == other)
                    .map(|l| labelled(l, sources))
                    .collect(),
            }
        }));
        drawings
    }
}

fn text_of(l: &Label) -> Option<String> {
    (!l.text.is_empty()).then(|| l.text.clone())
}

fn labelled(l: &Label, sources: &SourceMap) -> LabeledSpan {
    LabeledSpan::new_with_span(text_of(l), inside(l, sources))
}

/// Offset and length of a label, cut to its file so that a stale span still draws.
fn inside(l: &Label, sources: &SourceMap) -> (usize, usize) {
    let size = sources.text(l.span.file).len();
    let start = (l.span.start as usize).min(size);
    (start, (l.span.end as usize).min(size).saturating_sub(start))
}

impl fmt::Debug for Drawing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
impl fmt::Display for Drawing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
impl std::error::Error for Drawing<'_> {}

impl miette::Diagnostic for Drawing<'_> {
    fn code<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        self.code.map(|c| Box::new(c) as Box<dyn fmt::Display + 'b>)
    }
    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }
    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.excerpt.as_ref().map(|e| e as &dyn SourceCode)
    }
    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        (!self.labels.is_empty())
            .then(|| Box::new(self.labels.iter().cloned()) as Box<dyn Iterator<Item = LabeledSpan>>)
    }
}
