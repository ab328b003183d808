//! The score of a finding: severity times likelihood, each term printed, and the band that follows from it.

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Band {
    /// Good to know.
    Info,
    /// A nuisance, or rarely more.
    Low,
    /// To be looked at before a push.
    Medium,
    /// To be settled before a push.
    High,
    /// Likely to do lasting harm.
    Critical,
}

impl Band {
    /// All, the worst first.
    pub const ALL: [Band; 5] = [Band::Critical, Band::High, Band::Medium, Band::Low, Band::Info];

    /// The word for it in files, filters and reports.
    pub fn word(self) -> &'static str {
        match self {
            Band::Critical => "critical",
            Band::High => "high",
            Band::Medium => "medium",
            Band::Low => "low",
            Band::Info => "info",
        }
    }

    /// The word for it where a column has room for few letters.
    pub fn brief(self) -> &'static str {
        match self {
            Band::Critical => "CRIT",
            Band::High => "HIGH",
            Band::Medium => "MED",
            Band::Low => "LOW",
            Band::Info => "INFO",
        }
    }

    /// The letter for it where there is one cell.
    pub fn letter(self) -> char {
        match self {
            Band::Critical => 'C',
            Band::High => 'H',
            Band::Medium => 'M',
            Band::Low => 'L',
            Band::Info => '-',
        }
    }

    /// The band of this word.
    pub fn named(word: &str) -> Option<Band> {
        Self::ALL.into_iter().find(|band| band.word() == word)
    }
}

/// Which condition decided a band.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clause {
    /// Severity and likelihood, each at least this: what cannot be undone is bad however rare.
    Severity(u8, u8),
    /// The score, at least this.
    Score(u32),
    /// No more than this, whatever the others say.
    Cap(Cap),
    /// None of the others.
    Rest,
}

impl Clause {
    /// The condition in words.
    pub fn words(self) -> String {
        match self {
            Clause::Severity(severity, likelihood) => {
                format!("severity {severity} or more at likelihood {likelihood} or more")
            }
            Clause::Score(least) => format!("a score of {least} or more"),
            Clause::Cap(cap) => format!("a limit: {}", cap.words()),
            Clause::Rest => format!("a score below {LOW}"),
        }
    }
}

/// Why a finding has no more than a band, whatever its terms say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cap {
    /// Only the test environment is on the harmful side: nothing of it comes with a push.
    Harmless,
    /// The row is an input of a derived fact that is judged instead.
    Input,
}

impl Cap {
    fn most(self) -> (Band, u32) {
        match self {
            Cap::Harmless => (Band::Medium, HIGH - 1),
            Cap::Input => (Band::Low, MEDIUM - 1),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Cap::Harmless => "what strikes the test environment alone is medium at most",
            Cap::Input => "what is judged in effect is low at most by itself",
        }
    }
}

const CRITICAL: u32 = 56;
const HIGH: u32 = 40;
const MEDIUM: u32 = 20;
const LOW: u32 = 8;
/// From this severity on, likelihood decides alone.
const GRAVE: u8 = 9;

/// The terms of a score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Score {
    /// How bad it is if it strikes, 1 to 10.
    pub severity: u8,
    /// How likely such a difference matters on a usual server, 1 to 10.
    pub likelihood: u8,
    /// +2 when the software or condition that the rule is about was found.
    pub relevance: i8,
    /// +1 for four times the ratio that the rule asks for, or a major step of a version.
    pub magnitude: i8,
    /// +1 when the target is on the harmful side, -1 when only the test environment is.
    pub direction: i8,
    /// +1 when members of one pool differ among themselves.
    pub spread: i8,
    /// -2 when the values are not known.
    pub unknown: i8,
    /// The most that it can be.
    pub cap: Option<Cap>,
}

impl Score {
    /// Severity and likelihood without any other term.
    pub fn base(severity: u8, likelihood: u8) -> Self {
        Self { severity, likelihood, ..Self::default() }
    }

    fn terms(&self) -> [(&'static str, i8); 5] {
        [
            ("rel", self.relevance),
            ("mag", self.magnitude),
            ("dir", self.direction),
            ("spr", self.spread),
            ("unk", self.unknown),
        ]
    }

    /// The likelihood with all terms, 1 to 10.
    pub fn moved_likelihood(&self) -> u8 {
        let sum: i16 = self.terms().iter().map(|(_, term)| i16::from(*term)).sum();
        u8::try_from((i16::from(self.likelihood) + sum).clamp(1, 10)).unwrap_or(1)
    }

    /// Severity times likelihood, 1 to 100, and no more than its limit.
    pub fn total(&self) -> u32 {
        self.cap.map_or(u32::MAX, |cap| cap.most().1).min(self.product())
    }

    fn product(&self) -> u32 {
        u32::from(self.severity.clamp(1, 10)) * u32::from(self.moved_likelihood())
    }

    /// The band, and what decided it.
    pub fn band(&self) -> (Band, Clause) {
        let free = self.free_band();
        match self.cap {
            Some(cap) if free.0 > cap.most().0 => (cap.most().0, Clause::Cap(cap)),
            _ => free,
        }
    }

    fn free_band(&self) -> (Band, Clause) {
        let (severity, likelihood, total) = (self.severity, self.moved_likelihood(), self.product());
        if severity >= GRAVE && likelihood >= 5 {
            (Band::Critical, Clause::Severity(GRAVE, 5))
        } else if total >= CRITICAL {
            (Band::Critical, Clause::Score(CRITICAL))
        } else if severity >= GRAVE && likelihood >= 2 {
            (Band::High, Clause::Severity(GRAVE, 2))
        } else if total >= HIGH {
            (Band::High, Clause::Score(HIGH))
        } else if total >= MEDIUM {
            (Band::Medium, Clause::Score(MEDIUM))
        } else if total >= LOW {
            (Band::Low, Clause::Score(LOW))
        } else {
            (Band::Info, Clause::Rest)
        }
    }

    /// All terms that count, as in `S10/L6/rel+2/dir+1`; with `max39` where that is less than they or the band make.
    pub fn vector(&self) -> String {
        let mut out = format!("S{}/L{}", self.severity, self.likelihood);
        for (name, term) in self.terms().iter().filter(|(_, term)| *term != 0) {
            out.push_str(&format!("/{name}{term:+}"));
        }
        if let Some((most, points)) = self.cap.map(Cap::most)
            && (points < self.product() || most < self.free_band().0)
        {
            out.push_str(&format!("/max{points}"));
        }
        out
    }
}

/// How many rows there are of each band.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bands {
    /// [`Band::Critical`].
    pub critical: u32,
    /// [`Band::High`].
    pub high: u32,
    /// [`Band::Medium`].
    pub medium: u32,
    /// [`Band::Low`].
    pub low: u32,
    /// [`Band::Info`].
    pub info: u32,
}

impl Bands {
    /// The count of one band.
    pub fn of(&self, band: Band) -> u32 {
        match band {
            Band::Critical => self.critical,
            Band::High => self.high,
            Band::Medium => self.medium,
            Band::Low => self.low,
            Band::Info => self.info,
        }
    }

    /// All of them.
    pub fn all(&self) -> u32 {
        Band::ALL.iter().map(|band| self.of(*band)).sum()
    }

    /// The worst band of which there is one.
    pub fn worst(&self) -> Option<Band> {
        Band::ALL.into_iter().find(|band| self.of(*band) > 0)
    }

    /// Counts one more.
    pub fn add(&mut self, band: Band) {
        *match band {
            Band::Critical => &mut self.critical,
            Band::High => &mut self.high,
            Band::Medium => &mut self.medium,
            Band::Low => &mut self.low,
            Band::Info => &mut self.info,
        } += 1;
    }

    /// What stands in these and not yet in those before.
    pub(super) fn since(&self, before: &Bands) -> Bands {
        Bands {
            critical: self.critical - before.critical,
            high: self.high - before.high,
            medium: self.medium - before.medium,
            low: self.low - before.low,
            info: self.info - before.info,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_band_says_which_clause_decided() {
        let band = |severity, likelihood| Score::base(severity, likelihood).band();
        assert_eq!(band(9, 5), (Band::Critical, Clause::Severity(9, 5)));
        assert_eq!(band(8, 7), (Band::Critical, Clause::Score(56)));
        assert_eq!(band(8, 6), (Band::High, Clause::Score(40)));
        assert_eq!(band(9, 2), (Band::High, Clause::Severity(9, 2)));
        assert_eq!(band(10, 1), (Band::Low, Clause::Score(8)));
        assert_eq!(band(5, 4), (Band::Medium, Clause::Score(20)));
        assert_eq!(band(7, 1), (Band::Info, Clause::Rest));
        assert_eq!(band(9, 5).1.words(), "severity 9 or more at likelihood 5 or more");
    }

    #[test]
    fn terms_move_the_likelihood_within_its_bounds_and_are_printed() {
        let score = Score { relevance: 2, direction: 1, ..Score::base(10, 6) };
        assert_eq!((score.total(), score.vector().as_str()), (90, "S10/L6/rel+2/dir+1"));
        let most = Score { relevance: 2, magnitude: 1, direction: 1, spread: 1, ..Score::base(7, 9) };
        assert_eq!((most.total(), most.vector().as_str()), (70, "S7/L9/rel+2/mag+1/dir+1/spr+1"));
        let least = Score { unknown: -2, direction: -1, ..Score::base(6, 2) };
        assert_eq!((least.total(), least.vector().as_str()), (6, "S6/L2/dir-1/unk-2"));
        let grave = Score { direction: -1, cap: Some(Cap::Harmless), ..Score::base(9, 5) };
        assert_eq!((grave.total(), grave.vector().as_str()), (36, "S9/L5/dir-1/max39"));
        assert_eq!(grave.band(), (Band::Medium, Clause::Cap(Cap::Harmless)), "severity alone does not lift it");
        let input = Score { cap: Some(Cap::Input), ..Score::base(7, 4) };
        assert_eq!((input.total(), input.band().0, input.vector().as_str()), (19, Band::Low, "S7/L4/max19"));
    }
}
