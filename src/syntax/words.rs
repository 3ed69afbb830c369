//! The words that open lines, for messages: which there are, which one was meant, and an example of each.

/// The words that open a declaration.
pub(super) const DECLARATIONS: [&str; 21] = [
    "use",
    "dimension",
    "table",
    "metric",
    "let",
    "fn",
    "shape",
    "instrument",
    "product",
    "book",
    "market",
    "behaviour",
    "collateral",
    "hedge",
    "ftp",
    "plan",
    "scenario",
    "action",
    "limit",
    "exercise",
    "test",
];

/// The words that open a verb line or a line of metadata.
pub(super) const VERBS: [&str; 37] = [
    "shock",
    "set",
    "new",
    "grow",
    "replace",
    "target",
    "curve",
    "spread",
    "index",
    "discount",
    "fx",
    "calendar",
    "series",
    "volatility",
    "include",
    "exclude",
    "report",
    "allow",
    "forbid",
    "when",
    "do",
    "require",
    "run",
    "search",
    "step",
    "settle",
    "reconcile",
    "given",
    "expect",
    "because",
    "source",
    "owner",
    "review",
    "hold",
    "then",
    "to",
    "else",
];

/// The words that no key, argument or name may be.
pub(super) const RESERVED: [&str; 26] = [
    "if", "then", "else", "and", "or", "not", "where", "under", "at", "in", "during", "per",
    "over", "from", "until", "to", "for", "by", "on", "within", "with", "because", "source",
    "owner", "review", "extends",
];

/// Other words that have a place of their own.
pub(super) const OTHERS: [&str; 15] = [
    "as",
    "average",
    "of",
    "overrides",
    "up",
    "below",
    "beyond",
    "better",
    "worse",
    "daily",
    "weekly",
    "monthly",
    "quarterly",
    "yearly",
    "breach",
];

/// The verbs of each block, in the order in which they are usually written.
pub(super) fn verbs_of(block: &str) -> &'static [&'static str] {
    match block {
        "book" => &["include", "exclude", "reconcile"],
        "market" => &[
            "curve",
            "spread",
            "index",
            "discount",
            "series",
            "fx",
            "calendar",
            "volatility",
        ],
        "plan" => &["new", "replace", "grow", "target"],
        "scenario" => &["shock", "set", "allow", "forbid"],
        "action" => &["when", "do"],
        "limit" => &["require"],
        "exercise" => &["run", "search", "settle", "step", "report"],
        "test" => &[
            "include", "given", "run", "search", "settle", "step", "expect",
        ],
        _ => &[],
    }
}

/// A correct line that begins with the word.
pub(super) fn example(word: &str) -> Option<&'static str> {
    Some(match word {
        "use" => "use std.lcr: hqla, outflow_rate",
        "dimension" => "dimension segment \"Customer segment\" = retail | sme | corporate",
        "table" => "table outflow_rate: ratio by outflow_class { stable_retail = 5% }",
        "metric" => "metric lcr \"Liquidity coverage ratio\": ratio = hqla / net_outflows",
        "let" => "let stressed_beta: ratio = 60%",
        "fn" => {
            "fn net_after_cap(outflow: money, inflow: money): money = outflow - min(inflow, 75% * outflow)"
        }
        "shape" => "shape short_up_shift at t = shock_size(currency, short) * exp(-t / 4)",
        "instrument" => "instrument mortgage \"Residential mortgages\" { … }",
        "product" => "product covered_5y \"5-year covered bond\" of own_bond { … }",
        "book" => "book banking_book \"Banking book\" at 2026-09-30 in EUR { … }",
        "market" => "market main { … }",
        "behaviour" => "behaviour sight_retail on current_account where segment == retail { … }",
        "collateral" => "collateral cover_pool_a on mortgage where pool == \"A\" { … }",
        "hedge" => "hedge payer_5y on mortgage { … }",
        "ftp" => "ftp matched on mortgage { … }",
        "plan" => "plan budget_2026 \"Budget 2026\" { … }",
        "scenario" => "scenario squeeze \"Funding squeeze\" extends baseline { … }",
        "action" => "action sell_bonds \"Sell what loses least\" { … }",
        "limit" => "limit lcr_floor { require lcr >= 100% else breach }",
        "exercise" => "exercise ilaap_2026 \"ILAAP 2026\" { … }",
        "test" => "test one_mortgage \"An annuity\" at 2026-09-30 in EUR { … }",
        "shock" => "shock outflow deposits where not insured: to 12% over 30d, then to 27% over 5M",
        "set" => "set sight_retail.reprice.up = 60%",
        "new" => "new covered_5y: 120mn EUR per month until 2027-12-31",
        "grow" => "grow deposits where segment == sme: 4% per year from 2027-01-01",
        "replace" => "replace own_bond: 90% with covered_5y",
        "target" => "target mortgage: to 1.2bn EUR over 12M with mortgage_10y",
        "curve" => "curve EUR_OIS in EUR = flat(2.5%)",
        "spread" => {
            "spread OWN_SENIOR in EUR = spreads(\"data/senior.csv\", interpolate = linear_zero)"
        }
        "index" => "index EURIBOR_3M in EUR = forward(EUR_3M)",
        "discount" => "discount EUR = EUR_OIS",
        "fx" => "fx USD = 0.9214 EUR",
        "calendar" => "calendar EUR = TARGET",
        "series" => "series UNEMPLOYMENT = levels(\"data/macro.csv\")",
        "volatility" => "volatility EURIBOR_3M = normal(80bp)",
        "include" => "include mortgage, current_account where segment == retail",
        "exclude" => "exclude mortgage where pool == \"A\"",
        "report" => "report lcr, net_outflows by currency",
        "allow" => "allow issue_covered, sell_bonds",
        "forbid" => "forbid sell_bonds",
        "when" => "when lcr < 115%",
        "do" => "do issue(covered_5y, nominal = 750mn EUR)",
        "require" => "require lcr >= 110% else warning",
        "run" => "run squeeze, parallel(size) for size in -200bp, 200bp",
        "search" => {
            "search parallel(size) for size in range(0bp, 500bp, step = 25bp): lcr_low < 100%"
        }
        "step" => "step monthly until 3Y",
        "settle" => "settle daily until 90d",
        "reconcile" => "reconcile assets to 12_400_310_221.55 EUR within 0.01%",
        "given" => "given shock_size(EUR, short) = 100bp",
        "expect" => "expect lcr under squeeze at 3M >= 100%",
        "because" => "because \"Expert panel 2026-05\"",
        "source" => "source \"BCBS 238, paragraph 75\"",
        "owner" => "owner \"alm-models\"",
        "review" => "review 2027-03-31",
        _ => return None,
    })
}
