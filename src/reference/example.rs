//! The example environments that come with the program.

/// Real captures by name: `("staging", include_bytes!("../../snapshots/staging.json"))`, in the order in which a
/// user is shown them. The files stand in `snapshots/`.
pub const EXAMPLES: &[(&str, &[u8])] = &[
    ("staging", include_bytes!("../../snapshots/staging.json")),
    ("production", include_bytes!("../../snapshots/production.json")),
    ("preprod", include_bytes!("../../snapshots/preprod.json")),
    ("ci", include_bytes!("../../snapshots/ci.json")),
];

/// The bytes of an example's file.
pub(super) fn find(name: &str) -> Option<&'static [u8]> {
    EXAMPLES.iter().find(|(known, _)| *known == name).map(|(_, bytes)| *bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_loads_without_a_warning() {
        for (name, bytes) in EXAMPLES {
            let loaded = crate::format::read(bytes).expect(name);
            assert_eq!((loaded.snapshot.meta.label.as_str(), loaded.warnings.len()), (*name, 0));
        }
        assert!(find("no such example").is_none());
    }
}
