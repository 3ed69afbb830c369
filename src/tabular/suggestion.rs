//! Did-you-mean over names that are in scope.

/// The name nearest to `wrong`, if one is near: at most a third of its letters off (at least one), letters of either case
/// and surrounding blanks not counted. Ties go to the earlier name.
pub fn nearest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.trim().to_lowercase();
    let wanted = plain(wrong);
    let reach = (wanted.chars().count() / 3).max(1);
    names
        .into_iter()
        .filter(|name| name.chars().count().abs_diff(wanted.chars().count()) <= reach + 2)
        .map(|name| (strsim::damerau_levenshtein(&wanted, &plain(name)), name))
        .filter(|(distance, _)| *distance <= reach)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_slips_and_leaves_strangers() {
        let names = ["maturity_date", "coupon", "Outstanding (EUR)", "id"];
        for (wrong, right) in [
            ("maturity_dat", Some("maturity_date")),
            ("Coupon", Some("coupon")),
            ("outstanding (eur)", Some("Outstanding (EUR)")),
            ("iD", Some("id")),
            ("balance", None),
            ("", None),
        ] {
            assert_eq!(nearest(wrong, names), right, "{wrong}");
        }
    }
}
