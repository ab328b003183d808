//! The check of what a file says: each mistake with its place.

use super::super::around;
use super::super::pattern::{can_meet, mistake};
use super::super::rule::{
    Beside, Case, Condition, Example, Fallback, Globs, Grade, Harm, Impact, Need, On, Pair, Reading, Rule, Source,
    Stands, Step, Trigger, Where,
};
use super::super::says::{SIDES, strange_word};
use super::{
    Text, Written, WrittenCase, WrittenCondition, WrittenExample, WrittenHarm, WrittenNeed, WrittenSource,
    WrittenTrigger,
};
use crate::effective::definitions;
use crate::model::place::{Places, Remark};
use crate::model::vocabulary::Vocabulary;
use crate::model::{Path, Value};
use globset::Glob;
use std::sync::Arc;
use toml::Spanned;

/// The most patterns or triggers of one rule.
const MOST_OF_ONE: usize = 200;

/// How much a known path must be like one that is not known, to be offered.
const NEAR: f64 = 0.75;

/// What a pattern leads to.
#[derive(Clone, Copy)]
enum Reaches {
    /// Facts at the pattern.
    Leaves,
    /// Facts at and beneath it.
    Branches,
}

/// What is looked at while a file is checked, and what is wrong with it.
pub(super) struct Check<'a> {
    pub(super) places: &'a Places<'a>,
    pub(super) wrong: Vec<Remark>,
    /// What is no mistake for sure.
    pub(super) warnings: Vec<Remark>,
    /// Whether the file came with the program, whose paths a test looks at.
    pub(super) is_builtin: bool,
}

impl Check<'_> {
    pub(super) fn say<T>(&mut self, at: &Spanned<T>, what: impl Into<String>) {
        self.wrong.push(self.places.remark(at.span(), what));
    }

    /// One of some words.
    fn word<T: Copy>(&mut self, written: &Spanned<String>, words: &[(&str, T)]) -> Option<T> {
        let found = words.iter().find(|(word, _)| word == written.get_ref()).map(|(_, value)| *value);
        if found.is_none() {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.say(written, format!("it is one of {}", words.join(", ")));
        }
        found
    }

    fn number(&mut self, written: Option<Spanned<i64>>, known: Option<u8>) -> Option<u8> {
        let Some(written) = written else { return known };
        let number = u8::try_from(*written.get_ref()).ok().filter(|number| (1..=10).contains(number));
        if number.is_none() {
            self.say(&written, "it is a number from 1 to 10");
        }
        number
    }

    /// A sentence: what is written, else what is known.
    fn text(&mut self, written: Text, known: Option<&str>) -> Option<String> {
        let Some(written) = written else { return known.map(str::to_owned) };
        if written.get_ref().trim().is_empty() {
            self.say(&written, "it is empty");
        }
        if let Some(word) = strange_word(written.get_ref()) {
            let words: Vec<String> = SIDES.iter().map(|side| format!("{{{side}}}")).collect();
            self.say(&written, format!("{{{word}}} stands for no side; there are {}", words.join(" ")));
        }
        // However it is written, it is one line wherever it is shown.
        Some(written.get_ref().split_whitespace().collect::<Vec<_>>().join(" "))
    }

    fn patterns(&mut self, written: Vec<Spanned<String>>, reaches: Reaches) -> Vec<String> {
        for pattern in &written {
            if let Some(mistake) = mistake(pattern.get_ref()) {
                self.say(pattern, mistake);
            } else if !self.is_builtin {
                self.stranger(pattern, reaches);
            }
        }
        written.into_iter().take(MOST_OF_ONE).map(Spanned::into_inner).collect()
    }

    /// A pattern at which no fact of the program stands. Facts of one's own may stand anywhere but in an area of the
    /// program's.
    fn stranger(&mut self, written: &Spanned<String>, reaches: Reaches) {
        let Ok(pattern) = written.get_ref().parse::<Path>() else { return };
        let vocabulary = Vocabulary::builtin();
        let of_vocabulary = || vocabulary.entries().iter().filter_map(|entry| entry.path.parse::<Path>().ok());
        let derived = definitions();
        let meets = |known: Path| match reaches {
            Reaches::Leaves => can_meet(&pattern, &known),
            Reaches::Branches => can_meet(&pattern, &Path::new(known.segments().iter().take(pattern.depth()).cloned())),
        };
        if of_vocabulary().chain(derived.iter().map(|fact| fact.path.clone())).any(meets) {
            return;
        }
        let mut near: Vec<(f64, String)> = of_vocabulary()
            .chain(derived.into_iter().map(|fact| fact.path))
            .map(|known| known.to_string())
            .map(|known| (strsim::jaro_winkler(written.get_ref(), &known), known))
            .collect();
        near.sort_by(|a, b| b.0.total_cmp(&a.0));
        let nearest = near.first().filter(|(score, _)| *score >= NEAR).map(|(_, path)| path.as_str());
        let meant = nearest.map(|path| format!(": is {path} meant?")).unwrap_or_default();
        let area = pattern.segments().first().map(|key| &**key).unwrap_or_default();
        let is_known =
            area == "effective" || of_vocabulary().any(|known| known.segments().first().is_some_and(|key| key == area));
        if is_known {
            self.say(written, format!("{}: no fact of {area} can stand here{meant}", written.get_ref()));
        } else {
            let what =
                format!("{}: no fact of the program stands here, only one of your own could{meant}", written.get_ref());
            self.warnings.push(self.places.remark(written.span(), what));
        }
    }

    fn globs(&mut self, written: Vec<Spanned<String>>) -> Globs {
        let mut globs = Vec::new();
        for text in written.into_iter().take(MOST_OF_ONE) {
            match Glob::new(text.get_ref()) {
                Ok(glob) => globs.push((text.get_ref().clone(), glob.compile_matcher())),
                Err(error) => self.say(&text, error.to_string()),
            }
        }
        Globs(globs)
    }

    pub(super) fn rule(&mut self, written: Spanned<Written>, known: Option<&Rule>, origin: &Arc<str>) -> Option<Rule> {
        let span = written.span();
        let written = written.into_inner();
        let id = written.id.get_ref().clone();
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if id.is_empty() || !id.chars().all(is_name) {
            self.say(&written.id, "a name has small letters, digits and -");
        }
        let before = self.wrong.len();
        let impacts: Vec<(&str, Impact)> = Impact::ALL.into_iter().map(|impact| (impact.word(), impact)).collect();
        let grades: Vec<(&str, Grade)> = Grade::ALL.into_iter().map(|grade| (grade.word(), grade)).collect();
        let title = self.text(written.title, known.map(|rule| rule.title.as_str()));
        let area = self.text(written.area, known.map(|rule| rule.area.as_str()));
        let impact = match &written.impact {
            Some(impact) => self.word(impact, &impacts),
            None => known.map(|rule| rule.impact),
        };
        let severity = self.number(written.severity, known.map(|rule| rule.severity));
        let likelihood = self.number(written.likelihood, known.map(|rule| rule.likelihood));
        let paths = match written.paths {
            Some(paths) => {
                if paths.get_ref().is_empty() {
                    self.say(&paths, "there is no pattern");
                }
                Some(self.patterns(paths.into_inner(), Reaches::Leaves))
            }
            None => known.map(|rule| rule.paths.clone()),
        };
        let except = match written.except {
            Some(except) => self.patterns(except, Reaches::Branches),
            None => known.map(|rule| rule.except.clone()).unwrap_or_default(),
        };
        let triggers = match written.triggers {
            Some(triggers) => {
                let triggers = triggers.into_inner().into_iter().take(MOST_OF_ONE);
                triggers.filter_map(|trigger| self.trigger(trigger)).collect()
            }
            None => known.map_or_else(usual, |rule| rule.triggers.clone()),
        };
        let needs = match written.needs {
            Some(needs) => needs.into_inner().into_iter().take(MOST_OF_ONE).map(|need| self.need(need)).collect(),
            None => known.map(|rule| rule.needs.clone()).unwrap_or_default(),
        };
        let harm = match written.harm {
            Some(harm) => self.harm(harm),
            None => known.and_then(|rule| rule.harm.clone()),
        };
        let absent = match written.absent {
            Some(absent) => self.scalar(absent),
            None => known.and_then(|rule| rule.absent.clone()),
        };
        let cases = match written.cases {
            Some(cases) => cases.into_iter().take(MOST_OF_ONE).filter_map(|case| self.case(case)).collect(),
            None => known.map(|rule| rule.cases.clone()).unwrap_or_default(),
        };
        let grade = match &written.grade {
            Some(grade) => self.word(grade, &grades).unwrap_or(Grade::U),
            None => known.map_or(Grade::U, |rule| rule.grade),
        };
        let why = self.text(written.why, known.map(|rule| rule.why.as_str()));
        let consequence = self.text(written.consequence, known.map(|rule| rule.consequence.as_str()));
        let test = self.text(written.test, known.map(|rule| rule.test.as_str()));
        let action = self.text(written.action, known.map(|rule| rule.action.as_str()));
        let sources = match written.sources {
            Some(sources) => sources.into_iter().map(|source| self.source(source)).collect(),
            None => known.map(|rule| rule.sources.clone()).unwrap_or_default(),
        };
        let example = match written.example {
            Some(example) => self.example(example),
            None => known.and_then(|rule| rule.example.clone()),
        };
        let (Some(title), Some(impact), Some(severity), Some(likelihood), Some(paths)) =
            (&title, impact, severity, likelihood, &paths)
        else {
            if self.wrong.len() == before {
                let lacking = [
                    ("title", title.is_none()),
                    ("impact", impact.is_none()),
                    ("severity", severity.is_none()),
                    ("likelihood", likelihood.is_none()),
                    ("paths", paths.is_none()),
                ];
                let lacking: Vec<&str> = lacking.iter().filter(|(_, is)| *is).map(|(key, _)| *key).collect();
                let what = format!("{id} is a new rule and lacks {}", lacking.join(", "));
                self.wrong.push(self.places.remark(span, what));
            }
            return None;
        };
        let first_key =
            |path: &String| path.parse::<Path>().ok().and_then(|path| path.keys().next().map(str::to_owned));
        let area = area.or_else(|| paths.first().and_then(first_key)).unwrap_or_default();
        let speaks_of_unknown = match (written.unknown, known) {
            (Some(speaks), _) => speaks,
            _ => triggers.iter().any(Trigger::is_plain),
        };
        Some(Rule {
            id,
            title: title.clone(),
            area,
            impact,
            severity,
            likelihood,
            paths: paths.clone(),
            except,
            triggers,
            needs,
            harm,
            absent,
            cases,
            is_fixed: written.fixed.unwrap_or(known.is_some_and(|rule| rule.is_fixed)),
            speaks_of_unknown,
            why: why.unwrap_or_default(),
            consequence: consequence.unwrap_or_default(),
            test: test.unwrap_or_default(),
            action: action.unwrap_or_default(),
            grade,
            sources,
            example,
            origin: Arc::clone(origin),
        })
    }

    pub(super) fn fallback(&mut self, written: Spanned<Written>) -> Option<Fallback> {
        let origin: Arc<str> = Arc::from("");
        let rule = self.rule(written, None, &origin)?;
        let is_of_shared = rule.triggers.iter().all(|trigger| trigger.equal || trigger.secret);
        let Rule { id, title, paths, impact, severity, likelihood, why, .. } = rule;
        Some(Fallback { id, title, paths, is_of_shared, impact, severity, likelihood, why })
    }

    /// Where it is told: a page that can be opened without a risk, whatever shows the link.
    fn source(&mut self, written: WrittenSource) -> Source {
        let url = written.url.get_ref();
        let is_page = ["https://", "http://"].iter().any(|scheme| url.starts_with(scheme));
        if !is_page || url.contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"`\\".contains(c)) {
            self.say(&written.url, "it is the address of a page: https://...");
        }
        Source { title: written.title, url: written.url.into_inner() }
    }

    fn on(&mut self, written: &Text) -> On {
        let words = [("either", On::Either), ("target", On::Target), ("test", On::Test), ("both", On::Both)];
        written.as_ref().and_then(|on| self.word(on, &words)).unwrap_or_default()
    }

    fn version(&mut self, written: Text) -> Option<String> {
        let written = written?;
        if !written.get_ref().bytes().any(|b| b.is_ascii_digit()) {
            self.say(&written, "it is a version, as in \"2.28\"");
        }
        Some(written.into_inner())
    }

    fn trigger(&mut self, written: Spanned<WrittenTrigger>) -> Option<Trigger> {
        let span = written.span();
        let written = written.into_inner();
        let sides = [("either", On::Either), ("target", On::Target), ("test", On::Test)];
        let stands =
            [("lower", Stands::Lower), ("older", Stands::Lower), ("higher", Stands::Higher), ("newer", Stands::Higher)];
        let steps = [("any", Step::Any), ("patch", Step::Patch), ("minor", Step::Minor), ("major", Step::Major)];
        if let Some(ratio) = written.ratio.as_ref().filter(|ratio| ratio.get_ref().is_nan() || *ratio.get_ref() < 1.0) {
            self.say(ratio, "a ratio is the larger by the smaller: 1 or more");
        }
        let trigger = Trigger {
            changed: written.changed,
            missing: written.missing.as_ref().and_then(|side| self.word(side, &sides)),
            equal: written.equal,
            secret: written.secret,
            ratio: written.ratio.map(Spanned::into_inner),
            difference: written.difference,
            target: written.target.as_ref().and_then(|word| self.word(word, &stands)),
            below: written.below,
            above: written.above,
            version: written.version.as_ref().and_then(|word| self.word(word, &steps)),
            crosses: self.version(written.crosses),
            older_than: self.version(written.older_than),
            only: written.only.map(|globs| self.globs(globs)),
            order: written.order,
            value: written.value.map(|globs| self.globs(globs)),
            not: written.not.map(|globs| self.globs(globs)),
            alike: written.alike.as_ref().and_then(|word| self.word(word, &Reading::WORDS)),
            unlike: written.unlike.as_ref().and_then(|word| self.word(word, &Reading::WORDS)),
            even: written.even,
            beside: written.beside.into_iter().take(MOST_OF_ONE).map(|condition| self.condition(condition)).collect(),
            pool: written.pool,
            on: self.on(&written.on),
        };
        if trigger == Trigger::default() {
            self.wrong.push(self.places.remark(span, "the trigger says nothing"));
            return None;
        }
        Some(trigger)
    }

    /// A value as facts have them, of one word or number.
    fn scalar(&mut self, written: Spanned<toml::Value>) -> Option<Value> {
        let value = match written.get_ref() {
            toml::Value::String(text) => Some(Value::from(text.as_str())),
            toml::Value::Integer(number) => Some(Value::from(*number)),
            toml::Value::Boolean(is) => Some(Value::from(*is)),
            _ => None,
        };
        if value.is_none() {
            self.say(&written, "it is a text, a whole number, true or false");
        }
        value
    }

    fn case(&mut self, written: WrittenCase) -> Option<Case> {
        let WrittenCase { when, title, why, consequence, test, action } = written;
        Some(Case {
            when: self.trigger(when)?,
            title: self.text(title, None),
            why: self.text(why, None),
            consequence: self.text(consequence, None),
            test: self.text(test, None),
            action: self.text(action, None),
        })
    }

    fn condition(&mut self, written: WrittenCondition) -> Condition {
        let is =
            [("there", Beside::There), ("absent", Beside::Absent), ("same", Beside::Same), ("other", Beside::Other)];
        let on = [
            ("either", Where::Either),
            ("both", Where::Both),
            ("target", Where::Target),
            ("test", Where::Test),
            ("lacks", Where::Lacks),
            ("has", Where::Has),
        ];
        for pattern in &written.paths {
            if let Some(mistake) = around::mistake(pattern.get_ref()) {
                self.say(pattern, mistake);
            }
        }
        let keys = |pattern: Spanned<String>| {
            let path: Path = pattern.get_ref().parse().unwrap_or_default();
            path.keys().map(str::to_owned).collect::<Vec<String>>()
        };
        Condition {
            paths: written.paths.into_iter().take(MOST_OF_ONE).map(keys).collect(),
            is: written.is.as_ref().and_then(|word| self.word(word, &is)).unwrap_or_default(),
            value: written.value.map(|globs| self.globs(globs)),
            older_than: self.version(written.older_than),
            least: written.least,
            on: written.on.as_ref().and_then(|word| self.word(word, &on)).unwrap_or_default(),
        }
    }

    fn need(&mut self, written: Spanned<WrittenNeed>) -> Need {
        let written = written.into_inner();
        Need {
            what: written.what,
            paths: self.patterns(written.paths, Reaches::Branches),
            value: written.value.map(|globs| self.globs(globs)),
            older_than: self.version(written.older_than),
            least: written.least,
            on: self.on(&written.on),
        }
    }

    fn harm(&mut self, written: Spanned<WrittenHarm>) -> Option<Harm> {
        let span = written.span();
        Some(match written.into_inner() {
            WrittenHarm::Below { below } => Harm::Below(below),
            WrittenHarm::Above { above } => Harm::Above(above),
            WrittenHarm::Value { value } => {
                Harm::Value(self.globs(value.into_iter().map(|text| Spanned::new(span.clone(), text)).collect()))
            }
            WrittenHarm::Word(word) => match word.as_str() {
                "lower" => Harm::Lower,
                "higher" => Harm::Higher,
                "older" => Harm::Older,
                "newer" => Harm::Newer,
                "lacks" => Harm::Lacks,
                "has" => Harm::Has,
                "unknown" => return None,
                _ => {
                    let words = "it is one of lower, higher, older, newer, lacks, has, unknown, { value = [...] }, { below = n } \
                                 or { above = n }";
                    self.wrong.push(self.places.remark(span, words));
                    return None;
                }
            },
        })
    }

    fn example(&mut self, written: Spanned<WrittenExample>) -> Option<Example> {
        let span = written.span();
        let WrittenExample { fires, quiet, facts } = written.into_inner();
        // An empty table stands for what is absent.
        let side =
            |value: toml::Value| Some(value).filter(|value| !value.as_table().is_some_and(toml::Table::is_empty));
        let pair = |(path, values): (String, Vec<toml::Value>)| -> Option<Pair> {
            let [test, target] = <[toml::Value; 2]>::try_from(values).ok()?;
            Some((path, side(test), side(target)))
        };
        let all = fires.keys().chain(quiet.keys()).chain(facts.keys());
        let mut mistakes: Vec<String> =
            all.filter_map(|path| path.parse::<Path>().err().map(|error| format!("{path}: {error}"))).collect();
        let pairs: Option<(Vec<Pair>, Vec<Pair>)> = (|| {
            Some((
                fires.into_iter().map(pair).collect::<Option<_>>()?,
                quiet.into_iter().map(pair).collect::<Option<_>>()?,
            ))
        })();
        if pairs.is_none() {
            mistakes.push("each path has two values: the test environment's and the target's; {} is absent".to_owned());
        }
        self.wrong.extend(mistakes.into_iter().map(|what| self.places.remark(span.clone(), what)));
        let (fires, quiet) = pairs?;
        Some(Example { fires, quiet, facts: facts.into_iter().collect() })
    }
}

/// What fires a rule that does not say it.
fn usual() -> Vec<Trigger> {
    let changed = Trigger { changed: true, ..Trigger::default() };
    vec![changed, Trigger { missing: Some(On::Either), ..Trigger::default() }]
}
