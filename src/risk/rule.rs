//! What a rule is: a difference that has done harm elsewhere, how to know it, and what to test.

use crate::model::Value;
use globset::GlobMatcher;
use std::sync::Arc;

/// The place of a rule in its [`Rules`](super::Rules).
pub type RuleIndex = u16;

/// What happens if it strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Impact {
    /// A service is down.
    Outage,
    /// Results are wrong, and nothing says so.
    WrongResults,
    /// Data are lost or damaged.
    DataLoss,
    /// Somebody sees or does what they must not.
    Security,
    /// It is slower.
    Performance,
    /// It fails now and then.
    Flaky,
    /// It looks different.
    Cosmetic,
}

impl Impact {
    /// All of them.
    pub const ALL: [Impact; 7] = [
        Impact::Outage,
        Impact::WrongResults,
        Impact::DataLoss,
        Impact::Security,
        Impact::Performance,
        Impact::Flaky,
        Impact::Cosmetic,
    ];

    /// The word for it in files and reports.
    pub fn word(self) -> &'static str {
        match self {
            Impact::Outage => "outage",
            Impact::WrongResults => "wrong-results",
            Impact::DataLoss => "data-loss",
            Impact::Security => "security",
            Impact::Performance => "performance",
            Impact::Flaky => "flaky",
            Impact::Cosmetic => "cosmetic",
        }
    }

    /// Whether nobody notices when it strikes.
    pub fn is_silent(self) -> bool {
        matches!(self, Impact::DataLoss | Impact::WrongResults | Impact::Security)
    }
}

/// How well it is known that such a difference does harm. Printed beside a score, never multiplied into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// A vendor's or project's own documentation, or an official report.
    A,
    /// A thread of an affected project.
    B,
    /// A blog or a list of others' reports.
    C,
    /// No source: what people of the trade know.
    U,
}

impl Grade {
    /// All, the best first.
    pub const ALL: [Grade; 4] = [Grade::A, Grade::B, Grade::C, Grade::U];

    /// The letter for it.
    pub fn word(self) -> &'static str {
        match self {
            Grade::A => "A",
            Grade::B => "B",
            Grade::C => "C",
            Grade::U => "U",
        }
    }

    /// What the letter stands for.
    pub fn means(self) -> &'static str {
        match self {
            Grade::A => "documentation of a vendor or project, or an official report",
            Grade::B => "an issue or change of an affected project",
            Grade::C => "a blog, or a list of others' reports",
            Grade::U => "no source: common professional knowledge",
        }
    }
}

/// Where it is told that such a difference did harm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What it is called.
    pub title: String,
    /// Where it is.
    pub url: String,
}

/// A word list of globs, with their texts.
#[derive(Clone, Debug)]
pub struct Globs(pub(super) Vec<(String, GlobMatcher)>);

impl Globs {
    /// Whether one of them fits.
    pub fn is_match(&self, text: &str) -> bool {
        self.0.iter().any(|(written, glob)| written == text || glob.is_match(text))
    }

    /// As they are written.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(text, _)| text.as_str())
    }
}

impl PartialEq for Globs {
    fn eq(&self, other: &Self) -> bool {
        self.texts().eq(other.texts())
    }
}

/// On which side something must hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum On {
    /// On one of the two at least.
    #[default]
    Either,
    /// On the target.
    Target,
    /// On the test environment.
    Test,
    /// On both.
    Both,
}

/// How the target's number or version stands to the test environment's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    /// A smaller number or an older version.
    Lower,
    /// A larger number or a newer version.
    Higher,
}

/// The least step between two versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Any.
    Any,
    /// Patch or revision, and nothing above.
    Patch,
    /// Minor or above.
    Minor,
    /// Major.
    Major,
}

/// What names mean that are written in more than one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// A locale: `en_US.utf8` is `en_US.UTF-8`.
    Locale,
    /// The order by which a locale sorts: C.UTF-8 sorts as C does.
    Collation,
    /// A time zone: Etc/UTC is UTC.
    Zone,
}

impl Reading {
    /// All, by the words for them.
    pub const WORDS: [(&str, Reading); 3] =
        [("locale", Reading::Locale), ("collation", Reading::Collation), ("zone", Reading::Zone)];

    /// The word for it in files.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, reading)| *reading == self).map_or("", |(word, _)| word)
    }
}

/// On which side a condition looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Where {
    /// On one of the two at least.
    Either,
    /// On both.
    #[default]
    Both,
    /// On the target.
    Target,
    /// On the test environment.
    Test,
    /// On the side that lacks the fact that differs.
    Lacks,
    /// On the side that alone has it.
    Has,
}

/// What a condition wants there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Beside {
    /// Such a value.
    #[default]
    There,
    /// That there is none, as far as somebody looked.
    Absent,
    /// One value on both sides.
    Same,
    /// Another value on each side.
    Other,
}

/// Another fact that must be so for a trigger to hold. It moves no score, as a [`Need`] does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Condition {
    /// Patterns of paths, by their keys; `{3}` is the third key of the row, `{3:stem}` that file's name without its ending.
    pub paths: Vec<Vec<String>>,
    /// What is wanted.
    pub is: Beside,
    /// What the value must be one of.
    pub value: Option<Globs>,
    /// What the version must be older than.
    pub older_than: Option<String>,
    /// What the number must be at least.
    pub least: Option<f64>,
    /// Where.
    pub on: Where,
}

/// A kind of difference. Everything that is said must hold; a rule fires when one of its triggers does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trigger {
    /// Two present values differ.
    pub changed: bool,
    /// One side has it, the named one lacks it.
    pub missing: Option<On>,
    /// Both have the same, where they must not: identities and secrets.
    pub equal: bool,
    /// The target has the secret of another environment, hidden under one key.
    pub secret: bool,
    /// The larger number is at least so many times the smaller.
    pub ratio: Option<f64>,
    /// The numbers are at least so far apart.
    pub difference: Option<f64>,
    /// How the target stands.
    pub target: Option<Stands>,
    /// A number is below this, on `on`.
    pub below: Option<f64>,
    /// A number is above this, on `on`.
    pub above: Option<f64>,
    /// The versions are so far apart.
    pub version: Option<Step>,
    /// One version is below this, the other at it or above.
    pub crosses: Option<String>,
    /// A version is older than this, on `on`.
    pub older_than: Option<String>,
    /// Members of a set or list that one side alone has.
    pub only: Option<Globs>,
    /// The same members in another order.
    pub order: bool,
    /// A value is one of these, on `on`.
    pub value: Option<Globs>,
    /// A value is none of these, on `on`.
    pub not: Option<Globs>,
    /// Names that are read so mean the same, though they are written otherwise.
    pub alike: Option<Reading>,
    /// Names that are read so do not mean the same.
    pub unlike: Option<Reading>,
    /// It holds for derived facts also where both sides have the same.
    pub even: bool,
    /// What else must be so.
    pub beside: Vec<Condition>,
    /// Members of one pool differ.
    pub pool: bool,
    /// Where the bounds and values above hold.
    pub on: On,
}

/// Software or a condition that must be there for a rule to matter.
#[derive(Clone, Debug, PartialEq)]
pub struct Need {
    /// What it is, in words.
    pub what: String,
    /// Patterns of paths, one of which must have a value.
    pub paths: Vec<String>,
    /// What the value must be one of.
    pub value: Option<Globs>,
    /// What the version must be older than.
    pub older_than: Option<String>,
    /// What the number must be at least.
    pub least: Option<f64>,
    /// Where it must be there.
    pub on: On,
}

/// Which side of a difference does harm.
#[derive(Clone, Debug, PartialEq)]
pub enum Harm {
    /// The one with the smaller number.
    Lower,
    /// The one with the larger number.
    Higher,
    /// The one with the older version.
    Older,
    /// The one with the newer version.
    Newer,
    /// The one that lacks it, or lacks members.
    Lacks,
    /// The one that has it, or has more members.
    Has,
    /// The one with such a value.
    Value(Globs),
    /// The one whose number is below this.
    Below(f64),
    /// The one whose number is above this.
    Above(f64),
}

/// Values that fire a rule, and values that do not: each path with what both sides have, the test environment first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Example {
    /// These fire it.
    pub fires: Vec<Pair>,
    /// These do not.
    pub quiet: Vec<Pair>,
    /// What both sides have besides, for conditions.
    pub facts: Vec<(String, toml::Value)>,
}

/// A path with the values of the test environment and the target; none where it is absent.
pub type Pair = (String, Option<toml::Value>, Option<toml::Value>);

/// Other words for some values: what it does not say, its rule does.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// For which values.
    pub when: Trigger,
    /// What it is about, in a line.
    pub title: Option<String>,
    /// Why the numbers are what they are.
    pub why: Option<String>,
    /// What happens.
    pub consequence: Option<String>,
    /// What to test or do.
    pub test: Option<String>,
    /// What to do, for those who decide.
    pub action: Option<String>,
}

/// A difference that has done harm elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its name.
    pub id: String,
    /// What it is about, in a line.
    pub title: String,
    /// The part of the environment that it belongs to.
    pub area: String,
    /// What happens if it strikes.
    pub impact: Impact,
    /// How bad that is, 1 to 10.
    pub severity: u8,
    /// How likely such a difference matters, 1 to 10.
    pub likelihood: u8,
    /// Patterns of paths.
    pub paths: Vec<String>,
    /// Patterns of those among them that it does not look at.
    pub except: Vec<String>,
    /// Kinds of difference, one of which must hold.
    pub triggers: Vec<Trigger>,
    /// What must be there, all of it.
    pub needs: Vec<Need>,
    /// Which side does harm.
    pub harm: Option<Harm>,
    /// What a side means that lacks it, where a program has a default; `None` where absent is just that.
    pub absent: Option<Value>,
    /// Other words for some values; the first that fits speaks.
    pub cases: Vec<Case>,
    /// Whether no term moves the score.
    pub is_fixed: bool,
    /// Whether it speaks of values that are not known; by itself it does when a plain difference fires it.
    pub speaks_of_unknown: bool,
    /// Why the numbers are what they are.
    pub why: String,
    /// What happens, for people who do not know the setting.
    pub consequence: String,
    /// What to test or do.
    pub test: String,
    /// What to do, for those who decide; empty where nothing is said.
    pub action: String,
    /// How well it is known.
    pub grade: Grade,
    /// Where it is told.
    pub sources: Vec<Source>,
    /// Values that fire it and values that do not.
    pub example: Option<Example>,
    /// The file that it stands in; empty for what comes with the program.
    pub origin: Arc<str>,
}

impl Rule {
    /// Its title, reason, consequence, test and action, in a case's own words where it has some.
    pub fn texts<'a>(&'a self, case: Option<&'a Case>) -> [&'a str; 5] {
        let own = |of_case: fn(&Case) -> &Option<String>, base: &'a str| {
            case.and_then(|case| of_case(case).as_deref()).unwrap_or(base)
        };
        [
            own(|case| &case.title, &self.title),
            own(|case| &case.why, &self.why),
            own(|case| &case.consequence, &self.consequence),
            own(|case| &case.test, &self.test),
            own(|case| &case.action, &self.action),
        ]
    }
}

/// What is said of differences that no rule speaks of, by area.
#[derive(Clone, Debug, PartialEq)]
pub struct Fallback {
    /// Its name.
    pub id: String,
    /// What it is about, in a line.
    pub title: String,
    /// Patterns of paths; the first default that fits speaks.
    pub paths: Vec<String>,
    /// Whether it speaks only of what should differ and does not.
    pub is_of_shared: bool,
    /// What may happen.
    pub impact: Impact,
    /// 1 to 10.
    pub severity: u8,
    /// 1 to 10.
    pub likelihood: u8,
    /// Why it is this much, and that it is a default.
    pub why: String,
}
