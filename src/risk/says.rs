//! What a finding says: the words of its rule that fit the values, with the names of the sides that they are true of.

use super::engine::{Finding, NAMELESS, Risks};
use super::rule::{Fallback, Grade, Harm, Impact, Rule, Source};
use super::score::Score;
use super::seen::{Both, Seen};
use super::trigger::has_value;
use std::borrow::Cow;
use std::cmp::Ordering;

/// What a finding says, whether a rule or a default does. Its texts are raw.
#[derive(Clone, Debug)]
pub struct Says<'a> {
    /// The name of the rule, or of the default.
    pub id: &'a str,
    /// What it is about, in a line.
    pub title: Cow<'a, str>,
    /// What happens if it strikes.
    pub impact: Impact,
    /// How bad that is, 1 to 10.
    pub severity: u8,
    /// How likely such a difference matters, 1 to 10.
    pub likelihood: u8,
    /// How well it is known.
    pub grade: Grade,
    /// Why the numbers are what they are.
    pub why: Cow<'a, str>,
    /// What happens, for people; empty for a default.
    pub consequence: Cow<'a, str>,
    /// What to test; empty for a default.
    pub test: Cow<'a, str>,
    /// What to do, for those who decide; empty where nothing is said.
    pub action: Cow<'a, str>,
    /// Where it is told.
    pub sources: &'a [Source],
    /// Which side does harm.
    pub harm: Option<&'a Harm>,
}

/// How the test environment stands to the target, as far as the values tell: whether it is the one that has less, is
/// older, lacks it or a part of it, has nothing at all, does harm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ends {
    lower: Option<bool>,
    older: Option<bool>,
    lacks: Option<bool>,
    absent: Option<bool>,
    harm: Option<bool>,
    such: Option<bool>,
}

/// The words that stand for a side.
pub(super) const SIDES: [&str; 12] =
    ["lower", "higher", "older", "newer", "lacks", "has", "harm", "other", "such", "unlike", "test", "target"];

/// A word in braces that stands for no side and is much like one that does.
pub(super) fn strange_word(text: &str) -> Option<&str> {
    let words = text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0));
    words.filter(|word| !SIDES.contains(word)).find(|word| {
        let word = word.trim().to_lowercase();
        SIDES.iter().any(|known| strsim::jaro_winkler(&word, known) >= 0.85)
    })
}

/// The words for the sides that a case tells by their values.
const SUCH: [&str; 2] = ["{such}", "{unlike}"];

/// One of the two.
fn one((test, target): (bool, bool)) -> Option<bool> {
    (test != target).then_some(test)
}

impl Ends {
    pub(super) fn of(rule: &Rule, both: &Both<'_>) -> Self {
        let is = |ordering: Option<Ordering>| match ordering {
            Some(Ordering::Less) => Some(true),
            Some(Ordering::Greater) => Some(false),
            Some(Ordering::Equal) | None => None,
        };
        let is_known = |seen: &Seen<'_>| matches!(seen, Seen::Is(_) | Seen::Absent | Seen::Hidden);
        let lacks = if is_known(&both.test) && is_known(&both.target) { one(rule.lacking(both)) } else { None };
        Self {
            lower: is(both.numbers()),
            older: is(both.versions()),
            lacks,
            absent: one((both.test == Seen::Absent, both.target == Seen::Absent)).filter(|_| lacks.is_some()),
            harm: one(rule.harmful(both)),
            such: None,
        }
    }

    /// The first case of a rule that fits the values, and the sides with what that says of it. One that names a side by its
    /// value fits where one side alone has such a value.
    pub(super) fn of_case(self, rule: &Rule, both: &Both<'_>) -> (Option<u8>, Self) {
        for (at, case) in (0_u8..).zip(&rule.cases) {
            let has = |seen| case.when.value.as_ref().is_some_and(|globs| has_value(seen, globs));
            let ends = Self { such: one((has(&both.test), has(&both.target))), ..self };
            let names_such = || rule.texts(Some(case)).iter().any(|text| SUCH.iter().any(|word| text.contains(word)));
            if case.when.fires(both).is_some() && (ends.such.is_some() || !names_such()) {
                return (Some(at), ends);
            }
        }
        (None, self)
    }

    /// The side of a word in a text, if it is one: whether it is the test environment, if that is known, and how the side is
    /// called where it is not.
    fn named(self, word: &str) -> Option<(Option<bool>, &'static str)> {
        let not = |is: Option<bool>| is.map(|is| !is);
        Some(match word {
            "lower" => (self.lower, "the environment with less"),
            "higher" => (not(self.lower), "the environment with more"),
            "older" => (self.older, "the older environment"),
            "newer" => (not(self.older), "the newer environment"),
            "lacks" => (self.lacks, "the environment that lacks it"),
            "has" => (not(self.lacks), "the environment that has it"),
            "harm" => (self.harm, "the environment that does harm"),
            "other" => (not(self.harm), "the other environment"),
            "such" => (self.such, "the environment with such a value"),
            "unlike" => (not(self.such), "the other environment"),
            "test" => (Some(true), "the test environment"),
            "target" => (Some(false), "the target"),
            _ => return None,
        })
    }

    /// Whether the test environment is the side that does harm, as the rule has it.
    pub fn of_harm(self) -> Option<bool> {
        self.harm
    }

    /// Whether the test environment is the side that has nothing, where the other has something.
    pub(super) fn of_absence(self) -> Option<bool> {
        self.absent
    }
}

/// A text whose words for sides, `{older}` and the like, are put by names: of the test environment and of the target.
fn fill<'a>(text: &'a str, ends: Ends, names: Option<[&str; 2]>) -> Cow<'a, str> {
    let Some(first) = text.find('{') else { return Cow::Borrowed(text) };
    let (mut out, mut rest) = (text[..first].to_owned(), &text[first..]);
    while let Some(inner) = rest.strip_prefix('{') {
        let word = inner.split_once('}').and_then(|(word, after)| Some((ends.named(word)?, after)));
        let after = match word {
            Some(((is_test, words), after)) => {
                match (is_test, names) {
                    (Some(true), Some([test, _])) => out += test,
                    (Some(false), Some([_, target])) => out += target,
                    // A sentence may begin with a side that has no name here.
                    _ if out.is_empty() => {
                        let (first, others) = words.split_at(1);
                        out = first.to_uppercase() + others;
                    }
                    _ => out += words,
                }
                after
            }
            None => {
                out.push('{');
                inner
            }
        };
        let next = after.find('{').unwrap_or(after.len());
        out.push_str(&after[..next]);
        rest = &after[next..];
    }
    Cow::Owned(out)
}

/// A text of a rule for those who see no values: `{older}` is "the older environment".
pub fn without_sides(text: &str) -> Cow<'_, str> {
    fill(text, Ends::default(), None)
}

impl Risks {
    /// What a finding says.
    pub fn says(&self, finding: &Finding) -> Says<'_> {
        let name = |side: usize| self.names.get(side).map_or("", String::as_str);
        self.worded(finding, Some([name(finding.side), name(self.target)]))
    }

    /// What the rule of a finding says, whatever the values are.
    pub fn says_of_any(&self, finding: &Finding) -> Says<'_> {
        self.worded(finding, None)
    }

    fn worded(&self, finding: &Finding, names: Option<[&str; 2]>) -> Says<'_> {
        let rules = self.rules();
        if let Some(rule) = finding.rule.and_then(|at| rules.get(at)) {
            let Rule { id, impact, severity, likelihood, grade, sources, harm, .. } = rule;
            let case = finding.case.filter(|_| names.is_some()).and_then(|at| rule.cases.get(usize::from(at)));
            let texts = rule.texts(case).map(|text| fill(text, finding.ends, names));
            let [title, why, consequence, test, action] = texts;
            return Says {
                id,
                title,
                impact: *impact,
                severity: *severity,
                likelihood: *likelihood,
                grade: *grade,
                why,
                consequence,
                test,
                action,
                sources,
                harm: harm.as_ref(),
            };
        }
        let fallback = finding.fallback.and_then(|at| rules.fallbacks().get(usize::from(at)));
        let (id, title, impact, severity, likelihood, why) = match fallback {
            Some(Fallback { id, title, impact, severity, likelihood, why, .. }) => {
                (id.as_str(), title.as_str(), *impact, *severity, *likelihood, why.as_str())
            }
            None => {
                let Score { severity, likelihood, .. } = NAMELESS;
                ("default", "A difference that no rule speaks of", Impact::Cosmetic, severity, likelihood, "")
            }
        };
        Says {
            id,
            title: Cow::Borrowed(title),
            impact,
            severity,
            likelihood,
            grade: Grade::U,
            why: Cow::Borrowed(why),
            consequence: Cow::Borrowed(""),
            test: Cow::Borrowed(""),
            action: Cow::Borrowed(""),
            sources: &[],
            harm: None,
        }
    }
}
