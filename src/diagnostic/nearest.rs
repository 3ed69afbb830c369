//! Did you mean: the nearest known name.

/// The same name in another case, else the candidate with the least Damerau-Levenshtein distance, at most a third of the name's length and at least one;
/// between equals the first. Nothing for numbers, where a guess would be a wrong value.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    // another case is no slip of a letter each: `LCR` is `lcr`
    let candidates = candidates.into_iter().collect::<Vec<_>>();
    let mut alike = candidates.iter();
    if let Some(same) = alike.find(|c| **c != name && c.eq_ignore_ascii_case(name)) {
        return Some(same);
    }
    let limit = (name.chars().count() / 3).max(1);
    let mut best: Option<(usize, &'a str)> = None;
    for candidate in candidates {
        let distance = strsim::damerau_levenshtein(name, candidate);
        if candidate != name && distance <= limit && best.is_none_or(|(d, _)| distance < d) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn proposes_what_is_near_and_nothing_else() {
        let names = ["mortgage", "current_account", "shock", "set"];
        for (typed, meant) in [
            ("mortage", Some("mortgage")),
            ("shok", Some("shock")),
            ("shcok", Some("shock")),
            ("ste", Some("set")),
            ("SET", Some("set")),
            ("bond", None),
            ("1M", None),
        ] {
            assert_eq!(nearest(typed, names), meant, "{typed}");
        }
    }
}
