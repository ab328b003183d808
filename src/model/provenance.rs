//! Where facts were read from.

use super::Path;
use std::collections::BTreeMap;

/// The sources of a snapshot's facts, by longest matching prefix of their path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance(BTreeMap<Path, String>);

impl Provenance {
    /// No sources.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says that everything at and beneath `path` that has no nearer entry was read from `source`.
    pub fn insert(&mut self, path: Path, source: impl Into<String>) {
        self.0.insert(path, source.into());
    }

    /// The source of the fact at `path`.
    pub fn of(&self, path: &Path) -> Option<&str> {
        let mut at = path.clone();
        loop {
            if let Some(source) = self.0.get(&at) {
                return Some(source);
            }
            at = at.parent()?;
        }
    }

    /// All entries in path order.
    pub fn iter(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.0.iter().map(|(path, source)| (path, source.as_str()))
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes over all entries of another.
    pub fn extend(&mut self, other: Provenance) {
        self.0.extend(other.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_entry_speaks() {
        let mut provenance = Provenance::new();
        provenance.insert(Path::new(["os"]), "a");
        provenance.insert(Path::new(["os", "kernel", "release"]), "b");
        assert_eq!(provenance.of(&Path::new(["os", "kernel", "release"])), Some("b"));
        assert_eq!(provenance.of(&Path::new(["os", "kernel", "version"])), Some("a"));
        assert_eq!(provenance.of(&Path::new(["hardware"])), None);
    }
}
