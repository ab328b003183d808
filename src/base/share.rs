//! Parts of a whole in percent, in one way wherever they are said.

/// A part of a whole in percent, rounded; but only nothing is 0 and only all is 100. `None` where the whole is nothing.
pub fn percent(part: impl Into<u64>, whole: impl Into<u64>) -> Option<u32> {
    let (part, whole) = (u128::from(part.into()), u128::from(whole.into()));
    let rounded = (part * 100 + whole / 2).checked_div(whole)?;
    let percent = match part {
        0 => 0,
        part if part >= whole => rounded,
        _ => rounded.clamp(1, 99),
    };
    Some(u32::try_from(percent).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn only_nothing_is_nothing_and_only_all_is_all() {
        let of = |part: u64, whole: u64| percent(part, whole);
        assert_eq!([of(0, 9), of(1, 1000), of(1, 8), of(999, 1000), of(9, 9)], [0, 1, 13, 99, 100].map(Some));
        assert_eq!(of(3, 2), Some(150), "what is more than all says so");
        assert_eq!(of(0, 0), None);
        assert_eq!(of(u64::MAX - 1, u64::MAX), Some(99));
    }
}
