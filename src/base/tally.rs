//! For tests: how much of what is known of the shared test data is read right.
//! `cargo test --lib fixtures -- --nocapture` prints all of it, a line for each folder and each miss beneath it.

use std::fmt::{Display, Write};
use std::path::{Path, PathBuf};

/// The least share that is right in a folder, in percent.
const LEAST: f64 = 98.0;

/// A folder of the shared test data, which lies beside the project; `None`, and a line that says so, where it does not.
pub(crate) fn fixtures(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/fixtures").join(folder);
    if path.exists() {
        return Some(path);
    }
    println!("{folder}: nothing is checked, there is no {}", path.display());
    None
}

/// The values of one folder of test data, each checked against what is known of it.
#[derive(Debug)]
pub(crate) struct Tally {
    folder: String,
    right: usize,
    misses: Vec<(String, String)>,
    known: Vec<(String, String)>,
}

impl Tally {
    /// Nothing is checked yet. The folder is named as it is called beneath `fixtures`, with who says what is right
    /// where that is not plain: `cpu/hwloc by lstopo`.
    pub(crate) fn new(folder: impl Into<String>) -> Self {
        Self { folder: folder.into(), right: 0, misses: Vec::new(), known: Vec::new() }
    }

    /// A value is right when it reads as what is expected.
    pub(crate) fn check(&mut self, what: impl Display, got: impl Display, expected: impl Display) {
        let (got, expected) = (got.to_string(), expected.to_string());
        self.agree(what, got == expected, format_args!("got {got:?}, expected {expected:?}"));
    }

    /// A value that is compared by other means; `otherwise` says what was found and what is expected.
    pub(crate) fn agree(&mut self, what: impl Display, right: bool, otherwise: impl Display) {
        if right {
            self.right += 1;
        } else {
            self.misses.push((what.to_string(), otherwise.to_string()));
        }
    }

    /// Why the value of this name is another than expected. It counts as a miss like any other.
    pub(crate) fn known_miss(&mut self, what: impl Display, reason: impl Display) {
        self.known.push((what.to_string(), reason.to_string()));
    }

    /// Prints the share and the misses.
    ///
    /// # Panics
    /// When less than 98 % is right, a miss has no reason, or a reason has no miss.
    pub(crate) fn finish(self) {
        let all = self.right + self.misses.len();
        let share = 100.0 * self.right as f64 / all.max(1) as f64;
        let mut said = format!("{}: {}/{all} = {share:.1} %", self.folder, self.right);
        let mut unexplained = Vec::new();
        for (what, values) in &self.misses {
            let reason = self.known.iter().find(|(known, _)| known == what).map(|(_, reason)| reason);
            let line = format!("{what}: {values}: {}", reason.map_or("no reason known", String::as_str));
            write!(said, "\n    {line}").ok();
            unexplained.extend(reason.is_none().then_some(line));
        }
        // At once, so that tests that run beside this one do not write in between.
        println!("{said}");
        let stale: Vec<_> = self.known.iter().filter(|(what, _)| !self.misses.iter().any(|(m, _)| m == what)).collect();
        assert!(all > 0, "{}: nothing was checked", self.folder);
        assert!(share >= LEAST, "{said}");
        assert!(unexplained.is_empty(), "{}: misses without a reason: {unexplained:#?}", self.folder);
        assert!(stale.is_empty(), "{}: right now, strike them from the known misses: {stale:#?}", self.folder);
    }
}

mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "no reason known")]
    fn a_miss_needs_a_reason() {
        let mut tally = Tally::new("folder");
        (0..99).for_each(|n| tally.check(n, n, n));
        tally.check("odd", 1, 2);
        tally.finish();
    }

    #[test]
    #[should_panic(expected = "folder: 48/50 = 96.0 %")]
    fn too_many_misses_are_too_many() {
        let mut tally = Tally::new("folder");
        (0..48).for_each(|n| tally.check(n, n, n));
        for what in ["odd", "even"] {
            tally.check(what, "a", "b");
            tally.known_miss(what, "because");
        }
        tally.finish();
    }

    #[test]
    fn a_known_miss_passes() {
        let mut tally = Tally::new("folder");
        (0..99).for_each(|n| tally.check(n, n, n));
        tally.check("odd", "a", "b");
        tally.known_miss("odd", "because");
        tally.finish();
    }
}
