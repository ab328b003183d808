//! Why a fact is not known. Unknown is never absent, and never the same.

use std::fmt;

/// The kinds of not knowing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProblemKind {
    /// The capturing user may not read it.
    Denied,
    /// Reading took longer than the probe's limit.
    TimedOut,
    /// What was read is not what was expected there.
    NotParsable,
    /// It is larger than the cap of what is read.
    TooLarge,
    /// It was never asked for (an area left out, or state that only a live machine has).
    NotCollected,
    /// Anything else.
    Failed,
}

impl ProblemKind {
    /// All kinds with the words that stand for them in a snapshot and on the screen.
    const WORDS: [(ProblemKind, &'static str); 6] = [
        (ProblemKind::Denied, "permission denied"),
        (ProblemKind::TimedOut, "timed out"),
        (ProblemKind::NotParsable, "not parsable"),
        (ProblemKind::TooLarge, "too large"),
        (ProblemKind::NotCollected, "not collected"),
        (ProblemKind::Failed, "failed"),
    ];

    /// The words for this kind.
    pub fn words(self) -> &'static str {
        Self::WORDS.iter().find(|(kind, _)| *kind == self).map_or("failed", |(_, words)| words)
    }
}

/// Why one fact, or everything beneath a path, is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind of not knowing it is.
    pub kind: ProblemKind,
    /// Which file, which limit, what to do; raw text.
    pub detail: String,
}

impl Problem {
    /// A problem of this kind.
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }

    /// Reads the form in which [`Problem`] is written; text of unknown kind becomes [`ProblemKind::Failed`].
    pub fn parse(text: &str) -> Self {
        for (kind, words) in ProblemKind::WORDS {
            if let Some(rest) = text.strip_prefix(words) {
                if rest.is_empty() {
                    return Self::new(kind, "");
                }
                if let Some(detail) = rest.strip_prefix(": ") {
                    return Self::new(kind, detail);
                }
            }
        }
        Self::new(ProblemKind::Failed, text)
    }

    /// Whether the fact was never asked for, rather than asked for in vain.
    pub fn is_not_collected(&self) -> bool {
        self.kind == ProblemKind::NotCollected
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.words())?;
        if self.detail.is_empty() { Ok(()) } else { write!(f, ": {}", self.detail) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_problems_are_read_back() {
        for (kind, _) in ProblemKind::WORDS {
            for detail in ["", "/etc/shadow"] {
                let problem = Problem::new(kind, detail);
                assert_eq!(Problem::parse(&problem.to_string()), problem);
            }
        }
        assert_eq!(Problem::parse("odd").kind, ProblemKind::Failed);
        assert_eq!(Problem::parse("timed outside").to_string(), "failed: timed outside");
    }
}
