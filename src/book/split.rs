//! Positions parted into classes.

/// Parts an amount by weights so that the parts add up exactly: each gets its share rounded down (towards zero), and the
/// quanta that are left go to the largest remainders, to the first of equals. Weights are not negative; if all are zero,
/// the first part gets everything.
pub(super) fn largest_remainder(amount: i128, weights: &[i128]) -> Vec<i128> {
    let total: i128 = weights.iter().fold(0i128, |sum, w| sum.saturating_add(*w));
    if total <= 0 {
        return (0..weights.len())
            .map(|i| if i == 0 { amount } else { 0 })
            .collect();
    }
    let mut parts: Vec<(i128, i128)> = weights
        .iter()
        .map(|weight| share(amount, *weight, total))
        .collect();
    let left = amount - parts.iter().map(|(part, _)| part).sum::<i128>();
    let mut by_remainder: Vec<usize> = (0..parts.len()).collect();
    by_remainder.sort_by_key(|i| {
        std::cmp::Reverse(parts.get(*i).map_or(0, |(_, remainder)| remainder.abs()))
    });
    for i in by_remainder
        .into_iter()
        .take(usize::try_from(left.unsigned_abs()).unwrap_or(0))
    {
        if let Some((part, _)) = parts.get_mut(i) {
            *part += left.signum();
        }
    }
    parts.into_iter().map(|(part, _)| part).collect()
}

/// `amount * weight / total`, towards zero, and the remainder. The product may need more than 128 bits.
fn share(amount: i128, weight: i128, total: i128) -> (i128, i128) {
    if let Some(product) = amount.checked_mul(weight) {
        return (product / total, product % total);
    }
    use num_bigint::BigInt;
    let product = BigInt::from(amount) * BigInt::from(weight);
    let (quotient, remainder) = (
        &product / BigInt::from(total),
        &product % BigInt::from(total),
    );
    (
        i128::try_from(quotient).unwrap_or_default(),
        i128::try_from(remainder).unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::largest_remainder;
    use proptest::prelude::*;

    #[test]
    fn remainders_go_to_the_largest() {
        for (amount, weights, parts) in [
            (100, vec![1, 1, 1], vec![34, 33, 33]),
            (-100, vec![1, 1, 1], vec![-34, -33, -33]),
            (10, vec![1, 2, 4], vec![1, 3, 6]),
            (7, vec![0, 0], vec![7, 0]),
            (0, vec![3, 4], vec![0, 0]),
            (5, vec![], vec![]),
        ] {
            assert_eq!(
                largest_remainder(amount, &weights),
                parts,
                "{amount} {weights:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn parts_add_up(amount in -1_000_000_000_000_000_000_000_000_000i128..1_000_000_000_000_000_000_000_000_000,
                        weights in prop::collection::vec(0i128..1_000_000_000_000_000_000, 1..6)) {
            let parts = largest_remainder(amount, &weights);
            prop_assert_eq!(parts.iter().sum::<i128>(), amount);
        }
    }
}
