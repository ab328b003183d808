//! How much was found, in a sentence.

use super::{Report, counted, grouped};
use crate::compare::{Comparison, State, Tally};

impl Report<'_> {
    /// The rows that are listed, counted: all where no filter leaves any out.
    fn listed(&self) -> Tally {
        if self.filter.is_none() {
            return self.comparison.tally(Comparison::TOP);
        }
        let mut tally = Tally::default();
        for row in self.rows.iter().filter(|row| self.comparison.is_leaf(**row)) {
            let at = self.comparison;
            tally.add_flagged(at.state(*row), at.relation(*row), at.flags(*row));
        }
        tally
    }

    /// How many rows are the same and must not be: secrets that the target shares.
    pub(super) fn shared_secrets(&self) -> usize {
        let Some(meaning) = self.meaning else { return 0 };
        meaning.risks.rows().filter(|row| self.comparison.state(*row) == State::Same).count()
    }

    /// What was found, in a sentence; behind a filter how much of all that is: `3 of 18 differences in 19 paths`.
    pub(super) fn counts(&self, names: &[String]) -> String {
        let (all, tally) = (self.comparison.tally(Comparison::TOP), self.listed());
        let paths = counted(all.leaves as usize, "path");
        let shared = match self.shared_secrets() {
            0 => String::new(),
            n => format!(
                " {} the same and must not be.",
                if n == 1 { "1 secret is".to_owned() } else { format!("{n} secrets are") }
            ),
        };
        if all.found() == 0 {
            return format!("No differences in {paths}.{shared}");
        }
        let missing = match names {
            [left, right] => {
                vec![(tally.only_left, format!("only in {left}")), (tally.only_right, format!("only in {right}"))]
            }
            _ => vec![(tally.missing(), "missing on some side".to_owned())],
        };
        let mut parts = vec![(tally.changed, "changed".to_owned())];
        parts.extend(missing);
        parts.push((tally.unreadable - tally.not_collected, "unreadable".to_owned()));
        parts.push((tally.not_collected, "not collected".to_owned()));
        parts.push((tally.redacted, "redacted".to_owned()));
        parts.push((tally.duplicate_identity, "shared identity".to_owned()));
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, what)| format!("{} {what}", grouped(n as usize)))
            .collect();
        let found = counted(all.found() as usize, "difference");
        let found = match self.filter {
            Some(_) => format!("{} of {found}", grouped(tally.found() as usize)),
            None => found,
        };
        let listed = if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) };
        format!("{found} in {paths}{listed}.{shared}")
    }
}
