//! What the words of the language mean, for the reference. The words are the compiler's; a word without a meaning here, or a
//! meaning without a word, fails.

use std::collections::BTreeSet;

use plimsoll::compile::vocabulary;

/// The meanings, by the list of the compiler.
const MEANINGS: &[(&str, &[(&str, &str)])] = &[
    (
        "Declarations",
        &[
            (
                "use",
                "brings a module of the library in: `use std.lcr: lcr, hqla`, `use std.irrbb.bcbs2024 as irrbb`",
            ),
            (
                "dimension",
                "an attribute of positions: a closed list, an ordered one (`>`, better to worse), bands of time, or text, bool, date, number",
            ),
            ("table", "values by one or several keys"),
            (
                "metric",
                "a number with a unit; its kind (state, ladder, flow, path) is inferred",
            ),
            (
                "let",
                "a named value; without a value a demand that the book answers",
            ),
            ("fn", "a function, not recursive"),
            ("shape", "a shift of a curve over t, in years"),
            (
                "instrument",
                "a kind of contract: what the columns of its file mean",
            ),
            ("product", "a template of new business, of an instrument"),
            ("book", "a balance sheet on a day, in a currency"),
            (
                "market",
                "curves, indices, exchange rates and calendars of a day",
            ),
            ("behaviour", "what customers do beyond their contracts"),
            (
                "collateral",
                "a cover pool: assets that stand behind debt; see docs/balance-sheet.md",
            ),
            (
                "hedge",
                "swaps that a block enters and unwinds along the path, so that they offset a part of an exposure",
            ),
            (
                "ftp",
                "the price at which treasury deals with the business lines, for positions or for equity",
            ),
            (
                "plan",
                "new business of a scenario: what is added, replaced, grown or aimed at",
            ),
            (
                "scenario",
                "what may happen: an overlay on another scenario",
            ),
            (
                "action",
                "what the bank does along the path: when, how much, in which order",
            ),
            (
                "limit",
                "what must hold on every day of every run, else a warning or a breach",
            ),
            (
                "exercise",
                "what is run, on which days, and what is reported",
            ),
            (
                "test",
                "what is expected of an exercise or of positions of its own",
            ),
        ],
    ),
    (
        "Types",
        &[
            ("number", "`3`, `0.75`"),
            ("ratio", "`5%`, `50bp`; a fraction"),
            (
                "share",
                "a ratio between 0% and 100%: a haircut, a run-off, a cap; another value is an error",
            ),
            ("rate", "`4.5%`, `25bp`; a year"),
            (
                "money",
                "`750mn EUR`, `1_000.50 USD`; `k`, `mn`, `bn`; currencies do not mix, `in EUR` converts",
            ),
            (
                "tenor",
                "`30d`, `2w`, `3M`, `10Y`; months and days do not compare, anchored tenors do",
            ),
            ("date", "`2026-09-30`"),
            ("bool", "`true`, `false`"),
            ("text", "`\"sovereign\"`"),
            ("currency", "`EUR`"),
            ("daycount", "`act/360`, see below"),
            (
                "shift",
                "a shift of zero rates over t: `+200bp`, a shape, `shifts(\"f.csv\")`",
            ),
            ("curve", "a curve of the market, `flat(2%)`"),
            (
                "selection",
                "positions: an instrument, `assets`, `deposits where not insured`",
            ),
            (
                "scenario",
                "a scenario by name, with its arguments if it is a family",
            ),
        ],
    ),
    (
        "Terms of a position",
        &[
            (
                "id",
                "text, unique in the instrument; ties and traces go by it",
            ),
            ("currency", "the currency of its amounts"),
            ("principal", "outstanding amount, never negative"),
            ("notional", "of a derivative"),
            ("undrawn", "commitment that is not drawn"),
            (
                "accrued",
                "interest accrued on the book's date; or `last_payment`",
            ),
            ("last_payment", "day up to which interest is paid"),
            ("pledged", "nominal of the lot that stands behind a deal"),
            ("encumbered", "market value encumbered otherwise"),
            (
                "capacity",
                "of a product: what can be lent; of a lot: what can be sold in a period",
            ),
            ("start", "first day of accrual"),
            ("maturity", "last day; of a product a tenor"),
            ("next_reset", "the next day on which the rate is fixed"),
            ("released", "the day on which an encumbrance ends"),
            ("original_term", "term at origination; of what replaces it"),
            ("settles", "time until the proceeds of a sale arrive"),
            (
                "is_callable",
                "whether the debtor may repay early; carried for formulas, it moves no flow",
            ),
            (
                "is_putable",
                "whether the holder may ask for repayment early; carried for formulas, it moves no flow",
            ),
            ("last_fixing", "the index of the running period"),
            ("margin", "customer margin in the rate"),
            ("ftp_base", "transfer price, base"),
            ("ftp_liquidity", "transfer price, liquidity"),
            ("price", "clean market price, share of the nominal"),
            ("book", "clean book price, share of the nominal"),
            (
                "haircut",
                "of a deal's collateral, or of a lot when it is turned into money",
            ),
            ("round", "the multiple to which payments are rounded"),
            ("cost", "of an issue, share of the nominal"),
            ("rate", "only read: the client rate now"),
            ("remaining", "only read: time to maturity, in whole months"),
            ("age", "only read: time since the start"),
        ],
    ),
    (
        "Other keys of an instrument or product",
        &[
            ("repays", "how principal comes back, see Repayment"),
            ("accrues", "how interest accrues, see Accrual"),
            ("pays", "the leg of a derivative that is paid"),
            ("receives", "the leg that is received"),
            ("accounting", "see Accounting"),
            (
                "pledges",
                "`instrument(id)`: the lot that stands behind a deal",
            ),
            ("draws", "what a drawn line becomes"),
            (
                "calendar",
                "business calendar of its payments, in place of the currency's",
            ),
            ("roll", "see Rolls of payment days"),
            (
                "premium",
                "how a premium or discount goes to interest, see Premiums",
            ),
            (
                "month_end",
                "true: dates are month ends; false: they keep their day; absent: they are month ends where the maturity is one",
            ),
            ("arrears", "true: rows past due are allowed"),
        ],
    ),
    (
        "Column functions",
        &[
            (
                "value",
                "`value([x], otherwise = 0)`: what an empty cell stands for; an empty cell is missing, never 0",
            ),
            (
                "date",
                "`date([x], \"dd.mm.yyyy\")`: a date in another form than the file's",
            ),
            (
                "split",
                "`split(stable = [insured], otherwise = less_stable)`: parts a position into classes, pro rata",
            ),
        ],
    ),
    (
        "Sides",
        &[
            ("asset", "owned"),
            ("liability", "owed; balances are positive on both sides"),
            ("off_balance", "a commitment"),
            ("derivative", "two legs"),
        ],
    ),
    (
        "Repayment",
        &[
            ("bullet", "at maturity"),
            (
                "linear",
                "`linear(every = 3M)`: equal parts; `first` is the first day, `interest_only` the day up to which only interest is \
                 paid, `grace` the day before which nothing is paid and on which the interest of that time is, `balloon` what is left \
                 for maturity",
            ),
            (
                "annuity",
                "`annuity(every = 1M)`: equal payments of interest and principal; `interest_only`, `grace` and `balloon` as of `linear`; \
                 `payment = exact` is level under the day count, not by payments a year",
            ),
            (
                "schedule",
                "`schedule(\"f.csv\")` with the columns id, date, amount, or dates and amounts in the text",
            ),
            ("on_demand", "any day"),
            ("notice", "`notice(2M)`: after notice"),
            ("never", "has no maturity and no value"),
        ],
    ),
    (
        "Accrual",
        &[
            (
                "fixed",
                "`fixed(3.1%, every = 1Y, daycount = 30E/360)`; without `every` with the principal; \
                 `steps = schedule(2028-06-30, 3.6%, …)`, or `schedule(\"f.csv\")` with the columns id, date, rate: other rates from later days on; of \
                 those up to the book's date the last is today's rate",
            ),
            (
                "index",
                "`index(EURIBOR_3M, reset = 3M, spread = 1%, floor = 0%, cap = …, daycount = act/360)`; `lag = 2d`: fixed two business \
                 days before the reset; `rounding = 0.001%`: the index to a thousandth of a percent, before floor, cap and spread",
            ),
            (
                "compounded",
                "`compounded(ESTR, every = 3M, daycount = act/360)`: an overnight rate compounded in arrears, with `spread`, `floor`, \
                 `cap` and `rounding` of the rate of a period; `lookback = 5d`: each day takes the rate of five business days before, \
                 with `observation_shift = true` for the days that it was fixed for; `lockout = 2d`: the last two business days take \
                 the rate of the day before them",
            ),
            (
                "client",
                "`client([rate] * 1%, every = 1M, daycount = act/365)`: a rate that the bank sets, moved by behaviour",
            ),
            ("cash_flow", "one dated amount, of a forward"),
            ("none", "no interest"),
        ],
    ),
    (
        "Accounting",
        &[
            ("amortised", "at amortised cost"),
            ("fvoci", "at fair value through other comprehensive income"),
            ("fvtpl", "at fair value through profit or loss"),
            ("memo", "off the ledger"),
        ],
    ),
    (
        "Day counts",
        &[
            ("act/360", "days over 360"),
            ("act/365", "days over 365, also written `act/365F`"),
            (
                "act/actISDA",
                "days in leap years over 366, others over 365",
            ),
            ("act/actICMA", "days over the days of the coupon period"),
            ("30E/360", "months of 30 days, the 31st is the 30th"),
            ("30E/360ISDA", "the same, the end of February is the 30th"),
            (
                "30U/360",
                "months of 30 days, the rule of the United States",
            ),
            ("28E/336", "months of 28 days"),
        ],
    ),
    (
        "Business calendars",
        &[
            ("TARGET", "the euro's settlement days"),
            ("NEW_YORK", "holidays of the Federal Reserve"),
            ("LONDON", "bank holidays of England"),
            (
                "WEEKENDS",
                "no holidays but weekends; `holidays(\"f.csv\")` names days of one's own",
            ),
        ],
    ),
    (
        "Premiums",
        &[
            (
                "effective",
                "`effective(daycount = act/actICMA)`: by the yearly rate at which the payments are worth what is carried, over years of \
                 the day count; absent: act/365, and act/actICMA for new business whose interest counts by it",
            ),
            (
                "linear",
                "in proportion to outstanding nominal times days; absent: of what pays an index",
            ),
        ],
    ),
    (
        "Rolls of payment days",
        &[
            ("none", "stays"),
            ("following", "the next business day"),
            (
                "modified_following",
                "the next, but the one before where that is another month",
            ),
            ("preceding", "the business day before"),
        ],
    ),
    (
        "Keys of a book",
        &[
            (
                "equity",
                "stated; assets less liabilities has to tie to it. Without it the book is partial: no plug, no ledger identity",
            ),
            ("surplus", "where spare cash goes"),
            ("shortfall", "the product that missing cash comes from"),
            ("unmet_rate", "the rate of a need that nothing covers"),
            ("bad_rows", "`reject` or `quarantine`"),
            ("minimum_cash", "that is kept, per currency"),
            (
                "convert",
                "true: a surplus of one currency meets a need in another",
            ),
        ],
    ),
    (
        "Curves",
        &[
            ("flat", "`flat(2%)`: the same zero rate everywhere"),
            ("zero", "a file `tenor,value` of zero rates, fractions"),
            ("discount_factors", "a file of discount factors"),
            (
                "par_swap",
                "a file of par rates, bootstrapped to reprice them",
            ),
            ("spreads", "a file of spreads, added to zero rates"),
            (
                "svensson",
                "six parameters: `svensson(beta0 = 2.8%, beta1 = 2.9%, beta2 = 0%, beta3 = 4.5%, tau1 = 1.03, tau2 = 18)`, or a \
                 file with columns of these names, `svensson(\"f.csv\", unit = 1%)`: its one row, or that of the book's date",
            ),
            (
                "smith_wilson",
                "a file `tenor,value` of `quotes = zero`, `par_swap` or `weights`, met exactly; forwards tend to `ultimate` at \
                 the speed `alpha`",
            ),
        ],
    ),
    (
        "Volatilities",
        &[
            (
                "normal",
                "`normal(80bp)`: Bachelier's formula; a bare rate means the same",
            ),
            (
                "lognormal",
                "`lognormal(20%)`: Black's formula, for rates above zero",
            ),
            ("flat", "`flat(80bp)`: as `normal`"),
        ],
    ),
    (
        "Interpolation",
        &[
            ("linear_zero", "zero rates are linear in time"),
            (
                "log_linear_df",
                "logarithms of discount factors are linear: forwards are constant",
            ),
            ("step_forward", "forwards step"),
            ("monotone_convex", "after Hagan and West"),
        ],
    ),
    (
        "Compounding",
        &[
            ("continuous", "if nothing is stated"),
            ("annual", "once a year"),
            ("semi_annual", "twice a year"),
            ("quarterly", "four times a year"),
            ("simple", "no compounding"),
        ],
    ),
    (
        "Arguments of levels",
        &[
            ("date", "a column of days, or a reading of quarters"),
            ("unit", "what one unit of the file is: `1%`"),
            ("value", "the column of a series or index"),
            ("quotes", "`zero` or `par`"),
            ("interpolate", "between nodes"),
            ("extrapolate", "`flat`; absent: an error beyond the nodes"),
            ("begins", "the day to which the first row moves"),
            ("node", "`node(5Y, [5-year Treasury yield])`"),
        ],
    ),
    (
        "Quarters",
        &[
            ("quarter_held", "holds for the whole quarter"),
            ("quarter_average", "stands at its middle"),
            ("quarter_end", "stands on its last day"),
        ],
    ),
    (
        "Keys of a behaviour",
        &[
            ("prepay", "share prepaid, per period"),
            ("withdraw", "share withdrawn early, per period"),
            ("default", "share that defaults, per period"),
            ("draw", "share of the undrawn that is drawn, per period"),
            ("renew", "share renewed"),
            (
                "keeps",
                "`term`: whole contracts leave; `payment`: the payment stays, the term shortens",
            ),
            ("accrued_on_exit", "`paid` or `forfeited`"),
            ("fee", "on exits, share of the amount"),
            ("loss", "given default"),
            ("core", "share of a deposit that stays"),
            ("recovered_after", "time until recovery"),
            (
                "decay",
                "how the core runs off: `linear(term)`, `exponential(half_life)`, `schedule(…)`",
            ),
            ("rest", "`overnight`"),
            (
                "reprice",
                "`beta(EURIBOR_3M, up = 15%, down = 30%, lag = 2M, floor = 0%)`",
            ),
            ("observed", "`month_end` or `daily`"),
        ],
    ),
    (
        "Keys of a cover pool",
        &[
            (
                "secures",
                "the debt: `secures = covered_bond`. What is outstanding of it on the day, whoever issued it: the opening book, an action, a plan",
            ),
            (
                "overcollateral",
                "a share of the debt: assets of the pool are encumbered up to the debt and this much more, pro rata to what each comes to (market value, else amortised cost) after what pledges hold; a scenario may `set` it",
            ),
        ],
    ),
    (
        "Keys of a transfer price",
        &[
            (
                "base",
                "the price of money. A rate that a position brings along (`ftp_base`) stands; the rest of the opening book is priced on the book's date before any shock, new business on its day",
            ),
            (
                "liquidity",
                "the price of liquidity on top, at the term of the money; absent: none",
            ),
            (
                "option",
                "a rate for the options of the deal, charged with the base",
            ),
            (
                "breakage",
                "`charged`: a mirror that ends before its term is settled at the difference of prices over the rest of it",
            ),
        ],
    ),
    (
        "Transfer prices",
        &[
            (
                "matched",
                "`matched(EUR_OIS)`: the par rate of a curve, or the level of a spread, at the term of the deal. At an index the base is struck at the reset, and the mirror floats with the deal from then on: the margin is locked",
            ),
            (
                "rolling",
                "`rolling(EUR_OIS, tenor = 5Y, window = 60M)`: the mean of the last month ends' rates; tranches older than the run stand at what the positions bring along, else at the book's date",
            ),
            ("fixed", "`fixed(2%)`: a stated rate"),
        ],
    ),
    (
        "Shocks",
        &[
            (
                "rates",
                "a shift of continuously compounded zero rates; adds",
            ),
            ("spread", "a shift of a spread; adds"),
            ("index", "a shift of an index; adds"),
            (
                "fx",
                "multiplies by one plus the size: `fx USD: -10%` means that 1 USD buys 10% less",
            ),
            ("price", "multiplies by one plus the size"),
            ("haircut", "percentage points on the haircut of collateral"),
            (
                "outflow",
                "the cumulative share that has left, of the balance on the shock's start",
            ),
            (
                "drawdown",
                "the cumulative share of commitments that is drawn",
            ),
            ("series", "a shift of a series; adds"),
        ],
    ),
    (
        "Models of simulated paths",
        &[
            (
                "hull_white_1f",
                "one factor for the curves of each currency, fitted to the curve of the book's date",
            ),
            (
                "historical_bootstrap",
                "changes of zero rates drawn from a history, added to the forwards",
            ),
        ],
    ),
    (
        "Arguments of paths",
        &[
            ("count", "how many paths"),
            (
                "seed",
                "what the draws depend on besides path, factor and step",
            ),
            (
                "mean_reversion",
                "Hull-White: how fast the short rate comes back to its forward, a year",
            ),
            (
                "volatility",
                "Hull-White: of the short rate, of a year; may name the curve's `currency`",
            ),
            (
                "correlation",
                "Hull-White: between each two currencies; needed where the market has several",
            ),
            (
                "history",
                "bootstrap: a file `date,tenor,value` of zero rates, with `currency` where there are several",
            ),
            (
                "every",
                "bootstrap: the time between two dates of the history",
            ),
            (
                "block",
                "bootstrap: how many changes that follow each other are drawn together",
            ),
        ],
    ),
    (
        "Methods of attribution",
        &[
            (
                "one_at_a_time",
                "each line alone on the base, and the interaction as a line of its own: the default",
            ),
            ("sequential", "one line after the other, in text order"),
            ("shapley", "the mean over all orders, of six lines at most"),
        ],
    ),
    (
        "Selections",
        &[
            ("all", "every position"),
            ("assets", "of the side asset"),
            (
                "liabilities",
                "of the side liability, the plug and unmet need among them",
            ),
            ("derivatives", "of the side derivative"),
            (
                "off_balance",
                "every position with an undrawn commitment, whatever its side",
            ),
        ],
    ),
    (
        "Measures",
        &[
            ("balance", "nominal outstanding"),
            ("undrawn", "commitment that is not drawn"),
            ("accrued", "accrued interest"),
            ("amortised_cost", "nominal and premium"),
            ("book", "carrying amount without accrued interest"),
            ("market_value", "dirty"),
            ("free", "market value that is not encumbered, cash at face"),
            (
                "encumbered",
                "market value that is; of a band by its remaining term",
            ),
            ("free_share", "free over all, a ratio; 1 for an empty group"),
            (
                "pv01",
                "loss of value for one basis point up: half of the value 1bp down less 1bp up",
            ),
            (
                "interest_income",
                "a flow: accrued interest, earned on assets, owed on liabilities, both positive",
            ),
            (
                "margin_income",
                "a flow: what is left of it after the transfer price, positive is income on both sides; of a deal that has a `margin` and no transfer price, that margin",
            ),
            (
                "ftp_base_income",
                "a flow: transfer price, base with the charge for options; paid to treasury on assets, by treasury on liabilities, both positive. Also of `equity`",
            ),
            (
                "ftp_liquidity_income",
                "a flow: transfer price, liquidity, likewise. Also of `equity`",
            ),
            (
                "ftp_breakage_income",
                "a flow: what mirror deals that end early are settled at, likewise",
            ),
        ],
    ),
    (
        "Measures with an argument",
        &[
            (
                "due",
                "`due(30d)`: contractual principal of the outstanding stock due in the window",
            ),
            ("callable", "on demand, or withdrawable within the window"),
            ("interest", "interest paid in the window"),
            ("net_flow", "of derivatives: received less paid"),
            (
                "unwound",
                "of a lot: what comes back less what leaves if secured deals that mature in the window were undone; \
                 `unwound(30d, exchanging = liquid_bonds)` undoes those alone that have a lot of the selection as collateral",
            ),
            (
                "maturing",
                "`book` by the residual maturity of its principal, in the band",
            ),
            (
                "repricing",
                "`book` by the principal due or repricing, in the band",
            ),
            (
                "repricing_flow",
                "principal due or repricing in the band with the interest on what is neither; `margin = excluded`, or a condition: true is included",
            ),
            (
                "unrepriced",
                "principal that at the start of the band is neither due nor repriced",
            ),
            (
                "encumbered_share",
                "encumbered in the band over all, a ratio",
            ),
            ("key_rate", "as `pv01`, for the zero rate at one tenor"),
            (
                "pv",
                "dirty run-off value: `pv`, `pv(CURVE)`, `pv(margin = excluded)`; caps and floors at what the forwards make of them, with time value by `pv(options = true, volatility = 125%)`, as if they were not there by `pv(options = excluded)`; deposits at the rate of the day, at one that follows the forwards by `pv(pass_through = true)`",
            ),
        ],
    ),
    (
        "Measures of the run",
        &[
            ("cash", "of the surplus instrument"),
            ("unmet", "need that nothing covers"),
            (
                "equity",
                "capital, retained result and other comprehensive income",
            ),
            (
                "headroom",
                "a ladder: cash, flows to the day and what can be turned into money, without actions and plug",
            ),
            ("net_interest", "a flow: `sum(net_interest during 12M)`"),
            (
                "decisions",
                "`decisions(action)`: how often it was decided so far",
            ),
            (
                "filled",
                "`filled(action)`: how much of its amounts was settled so far",
            ),
            (
                "no_pending",
                "`no_pending(action)`: whether every decision of it is settled",
            ),
            (
                "uncovered",
                "`uncovered(pool)`: what a cover pool lacks of the debt and the overcollateral that it is to hold",
            ),
        ],
    ),
    (
        "Folds",
        &[
            (
                "sum",
                "`sum(assets: book)`, `sum(currency: loss(s))`, `sum(net_interest during 12M)`",
            ),
            ("min", "of positions, a dimension, time or arguments"),
            ("max", "the same"),
            ("average", "the same"),
            (
                "first",
                "over time: the first day on which a condition holds, with `otherwise`",
            ),
            ("last", "over time: the last one"),
            ("count", "positions, members or days"),
        ],
    ),
    (
        "Functions",
        &[
            ("exp", "number to number"),
            ("log", "natural logarithm"),
            ("sqrt", "square root"),
            ("logistic", "1 / (1 + exp(-x))"),
            ("power", "`power(x, n)` of a number or ratio"),
            ("abs", "of any quantity"),
            ("rounded", "`rounded(x, multiple)`, half to even"),
            ("year_fraction", "`year_fraction(from, to, act/365)`"),
            (
                "following",
                "`following(date, TARGET)`: that business day or the next",
            ),
            (
                "modified_following",
                "the next, but the one before where that is another month",
            ),
            ("preceding", "that business day or the one before"),
            (
                "swap_rate",
                "`swap_rate(5Y)` of the discount curve of the position's currency, or `swap_rate(5Y, CURVE)`",
            ),
            (
                "zero_rate",
                "`zero_rate(EUR, 3.5)`: of the currency's discount curve, years ahead, continuously compounded",
            ),
            (
                "branch",
                "`branch(eve, s)`: the value at this point if the shocks of `s` struck now",
            ),
            (
                "accrual",
                "`accrual(12mn EUR per year)`: a yearly amount earned day by day",
            ),
            (
                "quantile",
                "`quantile(nii_12m, 1%)`: of the values over the simulated paths of the run, the smallest that 1% of them do not exceed",
            ),
            (
                "mean",
                "`mean(nii_12m)`: of the values over the simulated paths of the run",
            ),
            (
                "attribution",
                "`report attribution(nii_12m, squeeze, method = shapley)`: what each line of a scenario does to a metric",
            ),
            (
                "found",
                "`found(parallel)`: what the exercise's search over the family found, `undefined` if nothing",
            ),
            (
                "range",
                "`for x in range(a, b, step = s)`: a list of values, in `run` and `search`",
            ),
            (
                "shifts",
                "`shifts(\"f.csv\")`: a shift from a file `tenor,value`",
            ),
        ],
    ),
    (
        "Keys of an action",
        &[
            (
                "observed",
                "the days on which `when` is read; month ends if absent",
            ),
            (
                "lead",
                "from decision to settlement, which is rolled to a business day",
            ),
            ("times", "how many decisions; any number if absent"),
            (
                "apart",
                "the least time between two decisions; months clamp",
            ),
            (
                "capacity",
                "`capacity = 1bn EUR per quarter`: counted on settlements in the calendar period; what does not fit is cut, and the rest recorded",
            ),
            (
                "available",
                "whether the market is open, `available = market_open`; else the decision is refused and recorded",
            ),
            (
                "again_when",
                "after a decision nothing is decided until this has been true",
            ),
            ("cost", "share of the amount, in place of the product's"),
            (
                "on_date",
                "decided on this day in place of a trigger; without `lead` it settles on it",
            ),
        ],
    ),
    (
        "Observation days",
        &[
            ("daily", "each day"),
            ("weekly", "each seventh day from the book's date"),
            ("month_end", "ends of calendar months"),
            ("quarter_end", "ends of calendar quarters"),
        ],
    ),
    (
        "What an action does",
        &[
            (
                "issue",
                "`issue(product, nominal = …)`: money taken on the product's terms of the day, at its `price`, else at par, less `cost`",
            ),
            (
                "buy_back",
                "`buy_back(selection, nominal = …)`: own liabilities at their value of the day plus `cost`; the difference is a result of disposals",
            ),
            (
                "buy",
                "`buy(product or selection, nominal or proceeds = …)`: a new lot, or more of what is held",
            ),
            (
                "sell",
                "`sell(selection, proceeds or nominal = …, order = smallest_loss)`: at market value less `cost`, only what is free, lot after lot; `order` is also `highest_price` or `smallest_haircut`, without it pro rata",
            ),
            (
                "repo",
                "`repo(selection, cash = …, term = 3M, haircut = 10%)`: cash against what is free, which is encumbered until the deal is due; of the instrument `repo`, or `instrument = …`; at the money market rate of its term, or `rate = …`; `roll = true` makes it anew when due",
            ),
            (
                "reverse_repo",
                "the mirror image: cash lent. With `rehypothecate = true` what is received, like the lots of the selection, may stand behind \
                 repos and counts in `free`, `encumbered`, `unwound` and `headroom` until it goes back",
            ),
            (
                "hedge",
                "`hedge(payer_swap_5y, notional = 100mn EUR)`: a derivative on the product's terms of the day; at par nothing is posted but `cost`, else what it is worth is paid, or the product's `price`",
            ),
            (
                "unwind",
                "`unwind(selection)`: derivatives closed at their value; `amortise = true` spreads what was not carried over the life that was left",
            ),
            (
                "reprice",
                "`reprice(selection, +25bp)`: client rates of accounts and margins of new business from that day",
            ),
            (
                "scale",
                "`scale(product, 50%)`: new business of the product, or of its instrument in a constant balance sheet; cash that is not placed stays cash",
            ),
            ("stop", "`stop(product)`: no new business from that day"),
            (
                "draw",
                "`draw(selection, nominal = …)`: committed lines of the bank, pro rata, become what they draw",
            ),
            (
                "issue_equity",
                "`issue_equity(50mn EUR)`: cash against capital",
            ),
            (
                "pay_dividend",
                "`pay_dividend(20mn EUR)`: out of the retained result",
            ),
            ("pay_tax", "`pay_tax(5mn EUR)`: out of the retained result"),
        ],
    ),
    (
        "Keys of a hedge",
        &[
            (
                "product",
                "what it is hedged with, a product of a derivative, entered on the terms of the day",
            ),
            (
                "measure",
                "what is offset, of the positions and of the swaps: `key_rate(5Y)`, `pv01`, a sum of measures",
            ),
            (
                "ratio",
                "how much of the exposure; a scenario may set another, `set payer_5y.ratio = 0%`",
            ),
            (
                "every",
                "how often, from the book's date on and without that date, on business days",
            ),
        ],
    ),
    (
        "Keys of an exercise",
        &[
            ("book", "the balance sheet"),
            ("market", "the market; without one nothing may read a rate"),
            ("base", "the scenario that others stand on, also run"),
            ("behaviours", "those in force, all if absent, or `none`"),
            (
                "hedges",
                "those in force, if absent all whose positions the book may hold, or `none`; also of a test",
            ),
        ],
    ),
    (
        "book",
        &[
            (
                "include",
                "an instrument with all its positions, or one position in the text",
            ),
            ("exclude", "takes an instrument out again"),
            (
                "reconcile",
                "`reconcile mortgage to 332mn EUR within 0.01%`: opening carrying amount with accrued interest",
            ),
        ],
    ),
    (
        "market",
        &[
            (
                "curve",
                "`curve EUR_AAA in EUR = zero(…)`, or a sum of curves, spreads and shifts",
            ),
            ("spread", "what is added to a curve"),
            (
                "index",
                "`index EURIBOR_3M in EUR = forward(CURVE, fixings = \"f.csv\")`",
            ),
            ("discount", "the discount curve of a currency"),
            ("series", "any other level over time"),
            ("fx", "`fx USD = 0.9214 EUR`: one unit of it"),
            ("calendar", "business calendar of a currency"),
            (
                "volatility",
                "how far an index moves in a year, for caps and floors: `volatility EURIBOR_3M = normal(80bp)`",
            ),
        ],
    ),
    (
        "plan",
        &[
            (
                "new",
                "`new mortgage_10y: 120mn EUR per month until 2027-12-31`: a twelfth of a year at each month end, part months by days",
            ),
            (
                "replace",
                "`replace own_bond: 90% with covered_5y`: a share of what comes back, on its paid day; without `with` like for like",
            ),
            (
                "grow",
                "`grow deposits where segment == sme: 4% per year from 2027-01-01`: the volume is kept, and grows at month ends",
            ),
            (
                "target",
                "`target mortgage: to 1.2bn EUR over 12M with mortgage_10y`: levels by calendar days, read at month ends; `average 900mn EUR over 12M`: the mean of the days",
            ),
        ],
    ),
    (
        "scenario",
        &[
            (
                "shock",
                "`shock rates EUR: +200bp`, `shock outflow deposits: to 6% over 30d, then to 12% over 5M`",
            ),
            (
                "set",
                "`set sight_core.reprice.up = 35%`, `set outflow_rate(stable_retail) = 7%`",
            ),
            (
                "allow",
                "arms an action; those that are due on one day settle in the order of `allow`, the base's first",
            ),
            ("forbid", "disarms it"),
        ],
    ),
    (
        "action",
        &[
            (
                "when",
                "the trigger, read on the observation days: `when lcr < 115% and no_pending(issue_covered)`",
            ),
            (
                "do",
                "what is done: `do issue(covered_5y, nominal = 750mn EUR)`; several lines are legs of one deal",
            ),
        ],
    ),
    (
        "limit",
        &[(
            "require",
            "`require lcr >= 110% else warning`; a breach ends the command with 2",
        )],
    ),
    (
        "exercise",
        &[
            ("run", "a scenario, or a family for a list of values"),
            (
                "search",
                "`search f(x) for x in range(…): condition`: what `plimsoll reverse` looks for; a run does not read it",
            ),
            (
                "settle",
                "the days on which cash is balanced: `settle daily until 90d`",
            ),
            ("step", "the days that are printed; they change no number"),
            (
                "report",
                "what is reported, with `by currency` for the whole line",
            ),
        ],
    ),
    (
        "test",
        &[
            ("include", "positions of its own"),
            ("given", "what stands in place of what would be computed"),
            ("run", "scenarios besides the base"),
            ("search", "as in an exercise; `found(f)` is its answer"),
            ("settle", "as in an exercise"),
            ("step", "as in an exercise"),
            ("expect", "`expect x == 1mn EUR within 1 EUR`"),
        ],
    ),
];

/// The lists of the compiler with their meanings.
pub fn page() -> String {
    let mut page = String::new();
    let mut wrong = Vec::new();
    let mut told = BTreeSet::new();
    let declarations = vocabulary();
    let blocks: BTreeSet<&str> = declarations[0].words.iter().map(String::as_str).collect();
    for list in &declarations {
        let Some((_, meanings)) = MEANINGS.iter().find(|(title, _)| *title == list.title) else {
            wrong.push(format!("the list `{}` has no meanings", list.title));
            continue;
        };
        told.insert(list.title);
        let title = if blocks.contains(list.title) {
            format!("Verbs of `{}`", list.title)
        } else {
            list.title.to_owned()
        };
        page.push_str(&format!("\n### {title}\n\n| | |\n|---|---|\n"));
        for word in &list.words {
            match meanings.iter().find(|(known, _)| known == word) {
                Some((_, meaning)) => page.push_str(&format!("| `{word}` | {meaning} |\n")),
                None => wrong.push(format!("`{word}` of `{}` has no meaning", list.title)),
            }
        }
        for (word, _) in *meanings {
            if !list.words.iter().any(|known| known == word) {
                wrong.push(format!("`{word}` is no word of `{}`", list.title));
            }
        }
    }
    for (title, _) in MEANINGS {
        if !told.contains(title) {
            wrong.push(format!("the compiler has no list `{title}`"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    page
}
