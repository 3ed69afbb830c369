#!/usr/bin/env python3
"""Values and sensitivities by QuantLib, to hold against the figures in `quantlib/figures.plim`.

Run where QuantLib's Python package is installed (`pip install QuantLib`):

    python3 tests/peers/quantlib_figures.py

Each line of `figures.plim` that ends in `// QuantLib: name` holds a figure by that name. The script computes all of them anew on the same
curves, prints both, and fails where one is off by more than 1e-8 of the nominal (sensitivities: 1e-8 of themselves)."""

import csv
import math
import pathlib
import re
import sys

import QuantLib as ql

HERE = pathlib.Path(__file__).parent / "quantlib"
TODAY = ql.Date(15, 9, 2026)
NOMINAL = 100e6
# tenors of key rates, in months: neighbours of each other
KEYS = [3, 12, 24, 36, 60, 84, 120, 180, 240, 360]
CALENDAR = ql.NullCalendar()
YEARS = ql.Actual365Fixed()


def curve(name):
    """Zero rates, continuous, act/365; logarithms of discount factors are linear."""
    dates, factors = [TODAY], [1.0]
    with open(HERE / "data" / name, encoding="utf-8") as file:
        for row in csv.DictReader(file):
            date = TODAY + ql.Period(row["tenor"])
            dates.append(date)
            factors.append(math.exp(-float(row["value"]) * YEARS.yearFraction(TODAY, date)))
    made = ql.DiscountCurve(dates, factors, YEARS, CALENDAR)
    made.enableExtrapolation()
    return made


def triangle(months, size):
    """A bump of the zero rate: full at one tenor, nothing at its neighbours, flat beyond the ends."""
    at = months / 12
    before = max((m / 12 for m in KEYS if m < months), default=None)
    after = min((m / 12 for m in KEYS if m > months), default=None)

    def bump(t):
        if t <= at:
            return size if before is None else size * max(0.0, (t - before) / (at - before))
        return size if after is None else size * max(0.0, (after - t) / (after - at))

    return bump


def value(flows, discounts, bump=lambda t: 0.0):
    total = 0.0
    for date, amount in flows:
        t = YEARS.yearFraction(TODAY, date)
        total += amount * discounts.discount(date) * math.exp(-bump(t) * t)
    return total


def sensitivity(flows, discounts, bump):
    return (value(flows, discounts, lambda t: bump(t, -1e-4)) - value(flows, discounts, lambda t: bump(t, 1e-4))) / 2


def flows_of(bond):
    return [(flow.date(), flow.amount()) for flow in bond.cashflows() if flow.date() > TODAY]


def figures():
    ql.Settings.instance().evaluationDate = TODAY
    ql.Settings.instance().includeTodaysCashFlows = False
    discounts, forwards = curve("ois.csv"), curve("euribor.csv")
    discount, forward = ql.YieldTermStructureHandle(discounts), ql.YieldTermStructureHandle(forwards)
    found = {}

    # a bond by years, and one by half-years inside a period
    def schedule(start, end, step):
        rule = ql.DateGeneration.Backward
        return ql.Schedule(start, end, ql.Period(step), CALENDAR, ql.Unadjusted, ql.Unadjusted, rule, False)

    yearly = ql.FixedRateBond(
        0, NOMINAL, schedule(TODAY, ql.Date(15, 9, 2036), "1Y"), [0.031], ql.Thirty360(ql.Thirty360.European)
    )
    half_yearly = ql.FixedRateBond(
        0, NOMINAL, schedule(ql.Date(15, 6, 2026), ql.Date(15, 12, 2032), "6M"), [0.0405], ql.Actual360()
    )
    engine = ql.DiscountingBondEngine(discount)
    for name, bond in [("yearly bond", yearly), ("half-yearly bond", half_yearly)]:
        bond.setPricingEngine(engine)
        flows = flows_of(bond)
        found[f"{name}, value"] = bond.NPV()
        assert abs(bond.NPV() - value(flows, discounts)) < 1e-6
        found[f"{name}, one basis point"] = sensitivity(flows, discounts, lambda t, size: size)
        for months in (12, 24, 60, 84, 120) if name == "yearly bond" else (12, 24, 60, 84):
            bump = lambda t, size, months=months: triangle(months, size)(t)
            found[f"{name}, key rate {months // 12}Y"] = sensitivity(flows, discounts, bump)

    # a payer swap; the running period is fixed
    index = ql.IborIndex("EURIBOR_3M", ql.Period("3M"), 0, ql.EURCurrency(), CALENDAR, ql.Unadjusted, False, ql.Actual360(), forward)
    index.addFixing(TODAY, 0.024)
    end = ql.Date(15, 9, 2031)
    swap = ql.VanillaSwap(
        ql.Swap.Payer, NOMINAL, schedule(TODAY, end, "1Y"), 0.027, ql.Thirty360(ql.Thirty360.European),
        schedule(TODAY, end, "3M"), index, 0.0, ql.Actual360(),
    )
    swap.setPricingEngine(ql.DiscountingSwapEngine(discount, False))
    found["payer swap, value"] = swap.NPV()

    def of_swap(bump):
        """The swap on both curves moved alike: QuantLib's schedules and discount factors, forwards from the moved ones."""
        moved = lambda made, date: made.discount(date) * math.exp(-bump(YEARS.yearFraction(TODAY, date)) * YEARS.yearFraction(TODAY, date))
        worth = 0.0
        for flow in swap.leg(0):
            worth -= flow.amount() * moved(discounts, flow.date())
        for flow in map(ql.as_floating_rate_coupon, swap.leg(1)):
            start, finish = flow.accrualStartDate(), flow.accrualEndDate()
            part = ql.Actual360().yearFraction(start, finish)
            rate = 0.024 if start == TODAY else (moved(forwards, start) / moved(forwards, finish) - 1) / part
            worth += NOMINAL * rate * part * moved(discounts, flow.date())
        return worth

    assert abs(of_swap(lambda t: 0.0) - swap.NPV()) < 1e-6
    found["payer swap, one basis point"] = (of_swap(lambda t: -1e-4) - of_swap(lambda t: 1e-4)) / 2
    for months in (12, 24, 36, 60):
        found[f"payer swap, key rate {months // 12}Y"] = (of_swap(triangle(months, -1e-4)) - of_swap(triangle(months, 1e-4))) / 2

    # a floater at the index and 1%, and its cap and floor from the second period on
    floater = ql.FloatingRateBond(
        0, NOMINAL, schedule(TODAY, end, "3M"), index, ql.Actual360(), ql.Unadjusted, 0, [1.0], [0.01]
    )
    floater.setPricingEngine(engine)
    found["floater, value"] = floater.NPV()
    later = ql.IborLeg([NOMINAL], schedule(ql.Date(15, 12, 2026), end, "3M"), index, ql.Actual360(), ql.Unadjusted, [0])
    cap, floor = ql.Cap(later, [0.03]), ql.Floor(later, [0.022])
    for name, engine_of, volatility in [
        ("normal", ql.BachelierCapFloorEngine, 0.0085),
        ("lognormal", ql.BlackCapFloorEngine, 0.25),
        ("normal, a quarter higher", ql.BachelierCapFloorEngine, 0.0085 * 1.25),
    ]:
        engine_made = engine_of(discount, ql.QuoteHandle(ql.SimpleQuote(volatility)))
        for bound in (cap, floor):
            bound.setPricingEngine(engine_made)
        found[f"cap, {name}"] = cap.NPV()
        found[f"floor, {name}"] = floor.NPV()
    return found


def main():
    found = figures()
    wrong = 0
    text = (HERE / "figures.plim").read_text(encoding="utf-8")
    held = {}
    for line in text.splitlines():
        match = re.search(r"== (-?[\d_.]+) EUR .*// QuantLib: (.+)$", line)
        if match:
            held[match[2].strip()] = float(match[1].replace("_", ""))
    for name, figure in found.items():
        own = held.get(name)
        if own is None:
            print(f"{figure:22.8f}  {name}")
            continue
        small = "basis point" in name or "key rate" in name
        off = abs(own - figure) / (abs(figure) if small and figure else NOMINAL)
        wrong += off > 1e-8
        print(f"{figure:22.8f}  {own:22.8f}  {name}{'  WRONG' if off > 1e-8 else ''}")
    missing = [name for name in held if name not in found]
    if wrong or missing:
        sys.exit(f"{wrong} figures differ; not computed: {missing}")
    print(f"{len(held)} figures agree")


if __name__ == "__main__":
    main()
