//! Did-you-mean over names that are in scope.

use crate::diagnostic;

/// The name that is meant by `wrong`, if one is near: the same but for case and blanks around it, else by letters.
pub fn nearest<'a>(
    wrong: &str,
    names: impl IntoIterator<Item = &'a str> + Clone,
) -> Option<&'a str> {
    let plain = |text: &str| text.trim().to_lowercase();
    let wanted = plain(wrong);
    if wanted.is_empty() {
        return None;
    }
    names
        .clone()
        .into_iter()
        .find(|name| plain(name) == wanted)
        .or_else(|| diagnostic::nearest(wrong, names))
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
