//! What is done with bytes of any kind: one function a reader. The fuzz targets call them, and so does a test on stable.

use std::sync::LazyLock;

use plimsoll::compile::{ProjectHeader, Source, compile};
use plimsoll::diagnostic::{FileId, SourceMap, any_error, render_human};
use plimsoll::formula::Overlay;
use plimsoll::plan::Plan;
use plimsoll::syntax;
use plimsoll::tabular::{self, Memory};
use plimsoll::{book, market};

/// The small bank beside which every text is compiled.
const BANK: &str = include_str!("../docs/bank.plim");

/// A project that reads one position file and one curve.
const READER: &str = r#"
instrument loan "Loans" {
  id           = [id]
  side         = asset
  positions    = "data/loans.*"
  currency     = [ccy]
  principal    = [amount]
  maturity     = [end]
  repays       = linear(every = 3M)
  accrues      = fixed([coupon] * 1%, every = 3M, daycount = act/360)
  last_payment = [last]
  accounting   = amortised
  segment      = [segment]
}
book loans at 2026-09-30 in EUR {
  bad_rows = quarantine
  include loan
}
market filed "From files" {
  curve    EUR_FILED in EUR = zero("data/curve.csv", interpolate = monotone_convex, daycount = act/365, extrapolate = flat)
  curve    EUR_PAR in EUR   = par_swap("data/curve.csv", interpolate = log_linear_df, daycount = act/365, extrapolate = flat)
  index    EURIBOR in EUR   = forward(EUR_FILED, fixings = "data/fixings.csv")
  series   MACRO            = levels("data/macro.csv", date = quarter_average([Date]), unit = 1%, value = [Value])
  discount EUR              = EUR_FILED
  calendar EUR              = holidays("data/holidays.csv")
}
metric size: money = sum(assets: balance)
exercise read {
  book   = loans
  market = filed
  base   = baseline
  settle monthly until 12M
  report size
}
"#;

/// The embedded library's own files, parsed once.
static LIBRARY: LazyLock<(SourceMap, Vec<Source>)> = LazyLock::new(|| {
    let mut map = SourceMap::new();
    let mut sources = Vec::new();
    for (module, text) in [
        ("std.behaviour", include_str!("../stdlib/behaviour.plim")),
        ("std.capital", include_str!("../stdlib/capital.plim")),
        ("std.earnings", include_str!("../stdlib/earnings.plim")),
        ("std.ftp", include_str!("../stdlib/ftp.plim")),
        ("std.intraday", include_str!("../stdlib/intraday.plim")),
        (
            "std.irrbb.bcbs2016",
            include_str!("../stdlib/irrbb/bcbs2016.plim"),
        ),
        (
            "std.irrbb.bcbs2024",
            include_str!("../stdlib/irrbb/bcbs2024.plim"),
        ),
        (
            "std.irrbb.calibration2016",
            include_str!("../stdlib/irrbb/calibration2016.plim"),
        ),
        (
            "std.irrbb.eu2024",
            include_str!("../stdlib/irrbb/eu2024.plim"),
        ),
        (
            "std.irrbb.standardised",
            include_str!("../stdlib/irrbb/standardised.plim"),
        ),
        ("std.lcr", include_str!("../stdlib/lcr.plim")),
        ("std.lcr.eu2015", include_str!("../stdlib/lcr/eu2015.plim")),
        ("std.lcr.us2014", include_str!("../stdlib/lcr/us2014.plim")),
        ("std.liquidity", include_str!("../stdlib/liquidity.plim")),
        ("std.nsfr", include_str!("../stdlib/nsfr.plim")),
        (
            "std.nsfr.eu2019",
            include_str!("../stdlib/nsfr/eu2019.plim"),
        ),
        ("std.pillar3", include_str!("../stdlib/pillar3.plim")),
        ("std.scenarios", include_str!("../stdlib/scenarios.plim")),
        ("std.value", include_str!("../stdlib/value.plim")),
    ] {
        let path = format!("{}.plim", module.replace('.', "/"));
        let file = map.add(path.clone(), text);
        sources.push(Source {
            file,
            path,
            module: Some(module.to_owned()),
            tree: syntax::parse(file, text).file,
        });
    }
    (map, sources)
});

static PLAN: LazyLock<Plan> = LazyLock::new(|| {
    let (plan, sound) = compiled(READER);
    assert!(sound, "the project of the readers does not compile");
    plan
});

/// Compiles a text beside the small bank and draws what is said of it.
fn compiled(text: &str) -> (Plan, bool) {
    let (mut map, library) = LIBRARY.clone();
    let mut sources = Vec::new();
    let mut diagnostics = Vec::new();
    for (path, text) in [("text.plim", text), ("bank.plim", BANK)] {
        let file = map.add(path, text);
        let parse = syntax::parse(file, text);
        diagnostics.extend(parse.diagnostics);
        sources.push(Source {
            file,
            path: path.to_owned(),
            module: None,
            tree: parse.file,
        });
    }
    sources.extend(library);
    let (plan, found) = compile(&sources, &map, &ProjectHeader::default());
    diagnostics.extend(found);
    for diagnostic in &diagnostics {
        render_human(diagnostic, &map, 100, false);
    }
    let sound = !any_error(&diagnostics);
    (plan, sound)
}

/// Parses; what has no error is formatted, and formatting it again changes nothing.
pub fn parse(bytes: &[u8]) {
    let Ok(text) = syntax::decode(bytes) else {
        return;
    };
    let parse = syntax::parse(FileId(0), &text);
    if any_error(&parse.diagnostics) {
        return;
    }
    if let Ok(once) = syntax::format(&text) {
        assert_eq!(
            syntax::format(&once).ok().as_ref(),
            Some(&once),
            "formatting is no fixed point"
        );
    }
}

/// Compiles beside the small bank and the library.
pub fn program(bytes: &[u8]) {
    if let Ok(text) = syntax::decode(bytes) {
        compiled(&text);
    }
}

/// Reads a file of positions under a name.
fn positions(path: &str, bytes: &[u8]) {
    let files = Memory::new().with(path, bytes);
    // Every column, whatever the text asks for.
    let _ = tabular::read(&files, path, None);
    for exercise in &PLAN.exercises {
        book::check_headers(&PLAN, &exercise.book, &files);
        book::read(&PLAN, exercise, &files);
    }
}

/// Reads a CSV file of positions.
pub fn positions_csv(bytes: &[u8]) {
    positions("data/loans.csv", bytes);
}

/// Reads a Parquet file of positions.
pub fn positions_parquet(bytes: &[u8]) {
    positions("data/loans.parquet", bytes);
}

/// Reads the files of a market, each of them these bytes.
pub fn market_files(bytes: &[u8]) {
    let files = ["curve", "fixings", "macro", "holidays"]
        .iter()
        .fold(Memory::new(), |files, name| {
            files.with(&format!("data/{name}.csv"), bytes)
        });
    for exercise in &PLAN.exercises {
        let base = exercise.scenarios.get(&exercise.base);
        let overlay = Overlay::new(&PLAN, Some(&exercise.book), base);
        let reading = market::Reading::new(
            &PLAN,
            &overlay,
            &files,
            exercise.book.date,
            exercise.book.currency,
        );
        market::load(exercise.market.as_ref(), &exercise.givens, &reading);
    }
}
