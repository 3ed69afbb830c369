//! Where the published test cases and good sense differ.

/// Which reading is taken where more than one is possible.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conventions {
    /// Accrued interest that changes hands with a purchase or a termination takes the contract's sign once more, so that the
    /// buyer of a liability is paid less for what it owes.
    pub accrued_signed_twice: bool,
    /// Accrued interest and fees on the status date that no term gives are nothing, not those since the last payment.
    pub no_accrued_estimate: bool,
    /// A cycle without an anchor has a date on the day of the initial exchange, not first one cycle later.
    pub anchor_on_exchange: bool,
    /// A called contract earns no interest between its call and its repayment.
    pub no_interest_after_call: bool,
    /// An interest base that is fixed at the initial exchange follows every redemption of a linear amortiser all the same.
    pub fixed_base_follows: bool,
    /// The price of a swap or an outright at its purchase or termination is paid as it is given, on whichever side.
    pub unsigned_derivative_deals: bool,
    /// The legs of a swap are told to their own end, not to that of the projection.
    pub legs_run_to_their_end: bool,
    /// Bullets and annuities are repaid on their maturity although it is no business day.
    pub maturity_not_rolled: bool,
    /// Interest without a cycle and an anchor is never paid, not at maturity.
    pub no_interest_without_cycle: bool,
    /// Accrued fees that are given count as received, on whichever side.
    pub accrued_fees_unsigned: bool,
    /// A call before a maturity that is given changes nothing.
    pub call_after_maturity_only: bool,
    /// Terms without an effect (misspelt, of no use to the type, not evaluated, a schedule outside the contract's life, a price
    /// without its date, a termination after the maturity) are passed over; a loan without a rate bears no interest.
    pub idle_terms_pass: bool,
    /// A premium or discount of what has no maturity (money on call, undefined maturities) is not exchanged.
    pub no_premium_on_call: bool,
    /// A contract with lists of amounts and no maturity ends with the projection, not when its amounts have repaid it.
    pub lists_end_with_projection: bool,
    /// Amounts a unit of the currency are rounded to, half to even: 1e12 keeps what binary64 holds, 100 is cents.
    pub parts_of_unit: f64,
}

impl Conventions {
    /// What the published cases (actus-tests of 2021-05-31) require; their figures are unrounded.
    pub const ACTUS_TESTS: Conventions = Conventions {
        accrued_signed_twice: true,
        no_accrued_estimate: true,
        anchor_on_exchange: true,
        no_interest_after_call: true,
        fixed_base_follows: true,
        unsigned_derivative_deals: true,
        legs_run_to_their_end: true,
        maturity_not_rolled: true,
        no_interest_without_cycle: true,
        accrued_fees_unsigned: true,
        call_after_maturity_only: true,
        idle_terms_pass: true,
        no_premium_on_call: true,
        lists_end_with_projection: true,
        parts_of_unit: 1e12,
    };

    /// What a bank's figures need.
    pub const ECONOMIC: Conventions = Conventions {
        accrued_signed_twice: false,
        no_accrued_estimate: false,
        anchor_on_exchange: false,
        no_interest_after_call: false,
        fixed_base_follows: false,
        unsigned_derivative_deals: false,
        legs_run_to_their_end: false,
        maturity_not_rolled: false,
        no_interest_without_cycle: false,
        accrued_fees_unsigned: false,
        call_after_maturity_only: false,
        idle_terms_pass: false,
        no_premium_on_call: false,
        lists_end_with_projection: false,
        parts_of_unit: 1e12,
    };

    /// The amount rounded to a part of the currency's unit; what is too large to have such parts stays.
    pub fn round(&self, amount: f64) -> f64 {
        let parts = amount * self.parts_of_unit;
        if parts.abs() < 4e15 {
            libm::rint(parts) / self.parts_of_unit
        } else {
            amount
        }
    }
}
