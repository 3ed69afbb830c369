//! Texts that are none, prefixes, circles, and what a text no longer says.

use super::bank::{Bank, LOANS};

#[test]
fn texts_that_are_none() {
    type Case = (&'static str, Vec<u8>, &'static [&'static str]);
    let cases: Vec<Case> = vec![
        ("zeros", vec![0; 300], &["bank.plim"]),
        (
            "not utf-8",
            b"let size\xff: ratio = 5%\n".to_vec(),
            &["bank.plim", "UTF-8"],
        ),
        (
            "a picture",
            (0..=255).cycle().take(5_000).collect(),
            &["bank.plim"],
        ),
        (
            "brackets",
            b"let x: ratio = "
                .iter()
                .copied()
                .chain(std::iter::repeat_n(b'(', 100_000))
                .collect(),
            &["bank.plim"],
        ),
        (
            "utf-16",
            "let x: ratio = 5%"
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect(),
            &["bank.plim"],
        ),
        ("nothing", Vec::new(), &["`small` is not known"]),
    ];
    for (what, bytes, said) in cases {
        let bank = Bank::new();
        bank.write("bank.plim", bytes);
        bank.refused(what, said);
    }
}

#[test]
fn terms_that_a_position_states_for_itself_are_not_renewed() {
    let bank = Bank::new();
    bank.edit(
        "bank.plim",
        "fixed([rate] * 1%, every = 1Y, daycount = act/360)",
        "fixed([rate] * 1%, steps = schedule(2028-06-30, 4%), every = 1Y, daycount = act/360)
  original_term = 5Y
  margin        = 1%",
    )
    .edit(
        "run.plim",
        "balance_sheet = run_off",
        "balance_sheet = constant",
    )
    .edit(
        "run.plim",
        "settle monthly until 3M",
        "settle monthly until 5M",
    );
    let lost = "a constant balance sheet cannot keep `steps` of `deposit`, which position `D1` states for itself";
    bank.refused("steps", &[lost]);
}

#[test]
fn prefixes_of_a_good_text() {
    let bank = Bank::new();
    let whole = bank.text("run.plim");
    // the last declaration is the exercise: without its end it is either no text or lacks what a run needs
    let exercise = whole.find("exercise").unwrap();
    for end in (0..exercise + 40).step_by(23) {
        let end = (0..=end)
            .rev()
            .find(|&at| whole.is_char_boundary(at))
            .unwrap();
        bank.write("run.plim", &whole[..end]);
        bank.refused(&format!("the first {end} bytes"), &[]);
    }
}

#[test]
fn circles_and_doubles() {
    let bank = Bank::new();
    let run = bank.text("run.plim");
    bank.write(
        "run.plim",
        format!("{run}metric a: money = b\nmetric b: money = a + total\n"),
    );
    bank.refused("a circular metric", &["run.plim:", "`a`"]);

    let bank = Bank::new();
    bank.write("a.plim", "let one: ratio = other\nlet other: ratio = one\n");
    bank.refused("a circular let", &["a.plim:1:"]);

    let bank = Bank::new();
    bank.write("a.plim", "use bank: total\n");
    bank.refused("a module that is none", &["a.plim:1:"]);

    let bank = Bank::new();
    bank.edit(LOANS, "L2,", "L1,");
    bank.refused("a repeated id", &["`L1`", LOANS, "3"]);

    let bank = Bank::new();
    bank.edit(LOANS, "L2,", ",");
    bank.refused("a missing id", &[LOANS, "row 3", "id"]);
}

#[test]
fn what_the_text_no_longer_says() {
    type Case = (
        &'static str,
        &'static str,
        &'static str,
        &'static str,
        &'static [&'static str],
    );
    let cases: &[Case] = &[
        (
            "a discount curve",
            "market.plim",
            "  discount USD = USD_GOV\n",
            "",
            &["USD"],
        ),
        (
            "a rate of exchange",
            "market.plim",
            "  fx       USD = 0.9214 EUR\n",
            "",
            &["USD"],
        ),
        (
            "an index",
            "market.plim",
            "  index    EURIBOR_3M in EUR = forward(EUR_AAA, fixings = \"data/{at}/euribor.csv\")\n",
            "",
            &["`EURIBOR_3M`"],
        ),
        (
            "a curve",
            "market.plim",
            "  index    EURIBOR_3M in EUR = forward(EUR_AAA,",
            "  index    EURIBOR_3M in EUR = forward(EUR_AAB,",
            &["`EUR_AAB`", "market.plim:4", "did you mean `EUR_AAA`"],
        ),
        (
            "a row of a table",
            "bank.plim",
            "  \"C\" = corporate\n",
            "",
            &["`segment_of`", "C"],
        ),
        (
            "a row of a table by dimension",
            "bank.plim",
            "  corporate = 100%\n",
            "",
            &["`weight`", "corporate"],
        ),
    ];
    for (what, name, old, new, said) in cases {
        let bank = Bank::new();
        bank.edit(name, old, new);
        bank.refused(&format!("without {what}"), said);
    }
}
