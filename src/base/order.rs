//! Natural order: `eth2` before `eth10`.

use std::cmp::Ordering;

/// Compares two texts with runs of ASCII digits taken as numbers.
///
/// A total order: texts that differ only in leading zeros are told apart by their bytes. Numbers of any length are
/// compared without conversion, so nothing overflows.
pub fn natural(a: &str, b: &str) -> Ordering {
    let (x, y) = (a.as_bytes(), b.as_bytes());
    let (mut i, mut j) = (0, 0);
    loop {
        match (x.get(i), y.get(j)) {
            (None, None) => return a.cmp(b),
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(p), Some(q)) if p.is_ascii_digit() && q.is_ascii_digit() => {
                let (m, n) = (digits(x, i), digits(y, j));
                match number(&x[i..m]).cmp(&number(&y[j..n])) {
                    Ordering::Equal => (i, j) = (m, n),
                    unequal => return unequal,
                }
            }
            (Some(p), Some(q)) if p == q => (i, j) = (i + 1, j + 1),
            (Some(p), Some(q)) => return p.cmp(q),
        }
    }
}

/// Where the run of digits that starts at `from` ends.
fn digits(text: &[u8], from: usize) -> usize {
    from + text[from..].iter().take_while(|c| c.is_ascii_digit()).count()
}

/// A key that orders runs of digits by value: first by length without leading zeros, then by the digits.
fn number(run: &[u8]) -> (usize, &[u8]) {
    let significant = &run[run.iter().take_while(|c| **c == b'0').count()..];
    (significant.len(), significant)
}

#[cfg(test)]
mod tests {
    use super::natural;
    use proptest::prelude::*;
    use std::cmp::Ordering;

    #[test]
    fn numbers_are_compared_by_value() {
        let mut names = ["eth10", "eth2", "eth", "eth02", "Eth1", "9", "10", "a-1", "a.1", "18446744073709551616", "2"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(
            names,
            ["2", "9", "10", "18446744073709551616", "Eth1", "a-1", "a.1", "eth", "eth02", "eth2", "eth10"]
        );
    }

    proptest! {
        #[test]
        fn the_order_is_total(a in "[a0-2.]{0,6}", b in "[a0-2.]{0,6}", c in "[a0-2.]{0,6}") {
            prop_assert_eq!(natural(&a, &b), natural(&b, &a).reverse());
            prop_assert_eq!(natural(&a, &b) == Ordering::Equal, a == b);
            if natural(&a, &b).is_le() && natural(&b, &c).is_le() {
                prop_assert!(natural(&a, &c).is_le());
            }
        }
    }
}
