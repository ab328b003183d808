//! Rules in words.

use super::engine::{Finding, Role};
use super::rule::{Beside, Condition, Globs, Harm, Impact, Need, On, Rule, Stands, Step, Trigger, Where};
use super::seen::Val;
use crate::compare::Comparison;

/// What a direction means for what tests tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Toward {
    /// Nobody declared which side is the target.
    Unknown,
    /// Neither side is known to be the easier one.
    Neither,
    /// The test environment is newer, looser or richer than the target: tests pass there that fail on the target.
    FlattersTests,
    /// The test environment is stricter or poorer than the target: what passes there passes on the target.
    Harmless,
}

impl Toward {
    /// The word for it in files.
    pub fn word(self) -> &'static str {
        match self {
            Toward::Unknown => "unknown",
            Toward::Neither => "neither",
            Toward::FlattersTests => "flatters-tests",
            Toward::Harmless => "harmless",
        }
    }
}

impl Finding {
    /// How the sides stand, in a sentence that names them, and what that means for tests where it means something; empty
    /// where nothing is known.
    pub fn stands(&self, harm: Option<&Harm>, test: &str, target: &str) -> String {
        let (has, has_not) = match harm {
            Some(Harm::Lower) => ("has more room than", "has less room than"),
            Some(Harm::Higher) => ("has less of it than", "has more of it than"),
            Some(Harm::Older) | None => ("is newer than", "is older than"),
            Some(Harm::Newer) => ("is older than", "is newer than"),
            Some(Harm::Lacks) => ("has what is lacking in", "lacks what is there in"),
            Some(Harm::Has) => ("lacks what is there in", "has what is lacking in"),
            Some(Harm::Value(_)) => ("is easier than", "is stricter than"),
            Some(Harm::Below(_)) => ("has more left than", "has less left than"),
            Some(Harm::Above(_)) => ("has less of it than", "has more of it than"),
        };
        match self.toward {
            Toward::FlattersTests => {
                format!("{test} {has} {target}: tests can pass there and fail in {target}")
            }
            Toward::Harmless => format!("{test} {has_not} {target}: what passes there passes in {target}"),
            Toward::Unknown | Toward::Neither => {
                let sides = |is_test: bool| if is_test { (test, target) } else { (target, test) };
                match (self.ends.of_harm().map(sides), self.ends.of_absence().map(sides)) {
                    (Some((harmful, other)), _) => format!("{harmful} {has_not} {other}"),
                    // A case speaks of the values, and names the sides itself.
                    (None, Some((lacking, other))) if self.case.is_none() => {
                        format!("Only {other} has it, {lacking} has not")
                    }
                    (None, _) => String::new(),
                }
            }
        }
    }

    /// Where it is rated, if not here; raw.
    pub fn rated_at(&self, comparison: &Comparison) -> Option<String> {
        match self.role {
            Role::PartOf(row) => Some(comparison.path(row).to_string()),
            Role::Carries | Role::WithoutEffect => None,
        }
    }

    /// What happens, in a sentence that claims no more than is known: on which side where the target is the better one,
    /// and that it is not known where the values are not. Raw; empty where nothing is told.
    pub fn happens(&self, consequence: &str, test: &str) -> String {
        if consequence.is_empty() {
            String::new()
        } else if self.score.unknown != 0 {
            format!("It is not known whether they differ. If they do: {consequence}")
        } else if self.role == Role::WithoutEffect {
            format!("In effect it makes little or no difference here. Where it does: {consequence}")
        } else if self.toward == Toward::Harmless && !consequence.contains(test) {
            format!("If it strikes, then in {test}: {consequence}")
        } else {
            consequence.to_owned()
        }
    }
}

fn listed(globs: &Globs) -> String {
    globs.texts().collect::<Vec<_>>().join(", ")
}

fn on(on: On) -> &'static str {
    match on {
        On::Either => "on either side",
        On::Target => "on the target",
        On::Test => "on the test environment",
        On::Both => "on both",
    }
}

impl Trigger {
    /// The kind of difference in words.
    pub fn words(&self) -> String {
        let mut parts = Vec::new();
        if self.pool {
            parts.push("members of one pool differ".to_owned());
        } else if self.changed {
            parts.push("the values differ".to_owned());
        }
        if let Some(side) = self.missing {
            parts.push(match side {
                On::Either | On::Both => "one side lacks it".to_owned(),
                On::Target => "the target lacks it".to_owned(),
                On::Test => "the test environment lacks it".to_owned(),
            });
        }
        if self.secret {
            parts.push("the target has the secret of another environment, hidden under one key".to_owned());
        }
        if self.equal {
            parts.push("both have the same, where they must not".to_owned());
        }
        match self.target {
            Some(Stands::Lower) => parts.push("the target's is lower or older".to_owned()),
            Some(Stands::Higher) => parts.push("the target's is higher or newer".to_owned()),
            None => {}
        }
        parts.extend(self.ratio.map(|ratio| format!("one is at least {ratio} times the other")));
        parts.extend(self.difference.map(|least| format!("they are at least {least} apart")));
        parts.extend(self.version.map(|step| {
            match step {
                Step::Any => "another version",
                Step::Patch => "another patch or revision of one version",
                Step::Minor => "another minor or major version",
                Step::Major => "another major version",
            }
            .to_owned()
        }));
        parts.extend(self.crosses.as_ref().map(|at| format!("one version is before {at}, the other is not")));
        parts.extend(self.only.as_ref().map(|globs| format!("one side alone has any of {}", listed(globs))));
        if self.order {
            parts.push("the order differs".to_owned());
        }
        let place = on(self.on);
        parts.extend(self.below.map(|bound| format!("below {bound} {place}")));
        parts.extend(self.above.map(|bound| format!("above {bound} {place}")));
        parts.extend(self.older_than.as_ref().map(|than| format!("older than {than} {place}")));
        parts.extend(self.value.as_ref().map(|globs| format!("{} {place}", listed(globs))));
        parts.extend(self.not.as_ref().map(|globs| format!("none of {} {place}", listed(globs))));
        parts.extend(self.alike.map(|as_| format!("as a {} they are one", as_.word())));
        parts.extend(self.unlike.map(|as_| format!("as a {} they are not one", as_.word())));
        if self.even {
            parts.push("also where both are the same".to_owned());
        }
        parts.extend(self.beside.iter().map(Condition::words));
        parts.join(", and ")
    }
}

impl Condition {
    /// What else must be so, in words: `libraries.libc.name is there on both`.
    pub fn words(&self) -> String {
        // As patterns are written: only what holds a mark of paths stands in quotes.
        let key = |key: &String| if key.contains(['.', ' ', '/', '"']) { format!("{key:?}") } else { key.clone() };
        let paths = self.paths.iter().map(|keys| keys.iter().map(key).collect::<Vec<_>>().join("."));
        let mut words = paths.collect::<Vec<_>>().join(" or ");
        if let Some(globs) = &self.value {
            words += &format!(" as {}", listed(globs));
        }
        if let Some(than) = &self.older_than {
            words += &format!(" older than {than}");
        }
        if let Some(least) = self.least {
            words += &format!(" of {least} or more");
        }
        words += match self.is {
            Beside::There => " is there",
            Beside::Absent => " is not there",
            Beside::Same => " is the same",
            Beside::Other => " is another",
        };
        words
            + match (self.is, self.on) {
                (Beside::Same, _) => " on both",
                (Beside::Other, _) => " on each",
                (_, Where::Either) => " on either side",
                (_, Where::Both) => " on both",
                (_, Where::Target) => " on the target",
                (_, Where::Test) => " on the test environment",
                (_, Where::Lacks) => " on the side that lacks it",
                (_, Where::Has) => " on the side that has it",
            }
    }
}

impl Need {
    /// What must be there, in words.
    pub fn words(&self) -> String {
        let mut words = self.what.clone();
        if self.on != On::Either {
            words.push(' ');
            words.push_str(on(self.on));
        }
        words
    }
}

impl Harm {
    /// Which side does harm, in words.
    pub fn words(&self) -> String {
        match self {
            Harm::Lower => "the side with less".to_owned(),
            Harm::Higher => "the side with more".to_owned(),
            Harm::Older => "the older side".to_owned(),
            Harm::Newer => "the newer side".to_owned(),
            Harm::Lacks => "the side that lacks it".to_owned(),
            Harm::Has => "the side that has it".to_owned(),
            Harm::Value(globs) => format!("the side with {}", listed(globs)),
            Harm::Below(bound) => format!("the side below {bound}"),
            Harm::Above(bound) => format!("the side above {bound}"),
        }
    }
}

impl Impact {
    /// What happens, in words for people.
    pub fn words(self) -> &'static str {
        match self {
            Impact::Outage => "a service fails",
            Impact::WrongResults => "results are wrong and nothing says so",
            Impact::DataLoss => "data are lost or damaged",
            Impact::Security => "something is open that should be closed",
            Impact::Performance => "it is slower or stalls",
            Impact::Flaky => "it fails now and then",
            Impact::Cosmetic => "rarely anything",
        }
    }
}

impl Rule {
    /// What a side means that lacks it, in words.
    pub fn absent_in_words(&self) -> Option<String> {
        Some(Val::of_owned(self.absent.as_ref()?).text().into_owned())
    }

    /// Its severity and likelihood, which no term has moved yet.
    pub fn base(&self) -> super::Score {
        super::Score::base(self.severity, self.likelihood)
    }
}
