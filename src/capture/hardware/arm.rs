//! Names for what ARM processors say of themselves in the Main ID Register: implementer and part.

use std::collections::HashMap;
use std::sync::OnceLock;

/// Reads `0x41` or `65`.
pub(super) fn number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

/// Who made the processor; the number where the name is not known.
pub(super) fn implementer(code: &str) -> String {
    let known = number(code).and_then(|n| table().get(&(n, None)));
    known.map_or_else(|| code.to_owned(), |name| (*name).to_owned())
}

/// What the part is called, where it is known.
pub(super) fn part(implementer: &str, part: &str) -> Option<&'static str> {
    table().get(&(number(implementer)?, Some(number(part)?))).copied()
}

/// The table: implementer and part, or implementer alone, to name.
fn table() -> &'static HashMap<(u32, Option<u32>), &'static str> {
    static TABLE: OnceLock<HashMap<(u32, Option<u32>), &'static str>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let lines = include_str!("../../../assets/arm.tsv").lines().filter(|line| !line.starts_with('#'));
        let rows = lines.filter_map(|line| {
            let mut columns = line.splitn(3, '\t');
            let (maker, part, name) = (number(columns.next()?)?, columns.next()?, columns.next()?);
            Some(((maker, number(part)), name))
        });
        rows.collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        let rows = include_str!("../../../assets/arm.tsv").lines().filter(|l| !l.starts_with('#')).count();
        assert_eq!(table().len(), rows, "a row cannot be read or stands there twice");
        assert_eq!(implementer("0x41"), "ARM");
        assert_eq!(part("0x41", "0xd0c"), Some("Neoverse-N1"));
        assert_eq!((implementer("0xee"), part("0xee", "0x1")), ("0xee".to_owned(), None));
    }
}
