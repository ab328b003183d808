//! Rules as they are written in TOML. What a file says is checked whole before any of it counts.

mod check;

use super::rule::{Fallback, Rule};
use crate::model::place::{Places, Remark, read};
use check::Check;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;
use toml::Spanned;

/// The most rules of one file.
const MOST: usize = 2000;

/// A file of rules is wrong: each mistake with its line, column and key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleError {
    /// The file.
    pub file: String,
    /// What is wrong with it, in its order; never empty.
    pub mistakes: Vec<Remark>,
}

impl std::error::Error for RuleError {}

/// Each mistake on a line: `rules.toml:3:12: rule.0.severity: it is a number from 1 to 10`.
impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, mistake) in self.mistakes.iter().enumerate() {
            let line = if at == 0 { "" } else { "\n" };
            write!(f, "{line}{}:{mistake}", self.file)?;
        }
        Ok(())
    }
}

#[derive(Debug, Deserialize)]
struct Table {
    #[serde(default)]
    rule: Vec<Spanned<Written>>,
    #[serde(default, rename = "default")]
    fallback: Vec<Spanned<Written>>,
}

type Text = Option<Spanned<String>>;

#[derive(Debug, Deserialize)]
struct Written {
    id: Spanned<String>,
    off: Option<bool>,
    title: Text,
    area: Text,
    impact: Text,
    severity: Option<Spanned<i64>>,
    likelihood: Option<Spanned<i64>>,
    paths: Option<Spanned<Vec<Spanned<String>>>>,
    except: Option<Vec<Spanned<String>>>,
    triggers: Option<Spanned<Vec<Spanned<WrittenTrigger>>>>,
    needs: Option<Spanned<Vec<Spanned<WrittenNeed>>>>,
    harm: Option<Spanned<WrittenHarm>>,
    absent: Option<Spanned<toml::Value>>,
    cases: Option<Vec<WrittenCase>>,
    fixed: Option<bool>,
    unknown: Option<bool>,
    why: Text,
    consequence: Text,
    test: Text,
    action: Text,
    grade: Text,
    sources: Option<Vec<WrittenSource>>,
    example: Option<Spanned<WrittenExample>>,
}

#[derive(Debug, Deserialize)]
struct WrittenCase {
    when: Spanned<WrittenTrigger>,
    title: Text,
    why: Text,
    consequence: Text,
    test: Text,
    action: Text,
}

#[derive(Debug, Deserialize)]
struct WrittenSource {
    title: String,
    url: Spanned<String>,
}

#[derive(Debug, Deserialize)]
struct WrittenTrigger {
    #[serde(default)]
    changed: bool,
    missing: Text,
    #[serde(default)]
    equal: bool,
    #[serde(default)]
    secret: bool,
    ratio: Option<Spanned<f64>>,
    difference: Option<f64>,
    target: Text,
    below: Option<f64>,
    above: Option<f64>,
    version: Text,
    crosses: Text,
    older_than: Text,
    only: Option<Vec<Spanned<String>>>,
    #[serde(default)]
    order: bool,
    value: Option<Vec<Spanned<String>>>,
    not: Option<Vec<Spanned<String>>>,
    alike: Text,
    unlike: Text,
    #[serde(default)]
    even: bool,
    #[serde(default)]
    beside: Vec<WrittenCondition>,
    #[serde(default)]
    pool: bool,
    on: Text,
}

#[derive(Debug, Deserialize)]
struct WrittenCondition {
    paths: Vec<Spanned<String>>,
    is: Text,
    value: Option<Vec<Spanned<String>>>,
    older_than: Text,
    least: Option<f64>,
    on: Text,
}

#[derive(Debug, Deserialize)]
struct WrittenNeed {
    what: String,
    paths: Vec<Spanned<String>>,
    value: Option<Vec<Spanned<String>>>,
    older_than: Text,
    least: Option<f64>,
    on: Text,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum WrittenHarm {
    Word(String),
    Value { value: Vec<String> },
    Below { below: f64 },
    Above { above: f64 },
}

#[derive(Debug, Deserialize)]
struct WrittenExample {
    fires: BTreeMap<String, Vec<toml::Value>>,
    quiet: BTreeMap<String, Vec<toml::Value>>,
    #[serde(default)]
    facts: BTreeMap<String, toml::Value>,
}

/// What a file says, checked: rules are put into these, defaults too.
#[derive(Clone, Debug, Default)]
pub(super) struct Read {
    pub(super) rules: Vec<Rule>,
    pub(super) fallbacks: Vec<Fallback>,
    /// Rules that were switched off, each with the file that does it.
    pub(super) off: Vec<(String, Arc<str>)>,
    /// What to warn of, each a line with its place.
    pub(super) warnings: Vec<String>,
}

impl Read {
    /// Adds what a file says. A rule of a known name takes that one's place, and what it does not say is as it was; `off`
    /// removes it.
    pub(super) fn add(&mut self, file: &str, text: &str, is_builtin: bool) -> Result<(), RuleError> {
        let places = Places::of(text);
        let failed = |mistakes| RuleError { file: file.to_owned(), mistakes };
        let (table, unknown) = read::<Table>(text, &places).map_err(|remark| failed(vec![remark]))?;
        let mut check = Check { places: &places, wrong: unknown, warnings: Vec::new(), is_builtin };
        for remark in &mut check.wrong {
            remark.what = "a rule has no such key".to_owned();
        }
        let mut out = self.clone();
        let origin: Arc<str> = if is_builtin { Arc::from("") } else { Arc::from(file) };
        let mut named = HashMap::new();
        for written in table.rule.into_iter().take(MOST) {
            let id = &written.get_ref().id;
            if let Some(first) = named.insert(id.get_ref().clone(), id.span()) {
                let line = check.places.remark(first, "").line;
                check.say(id, format!("line {line} has a rule of this name too; only another file can change it"));
            }
            let at = out.rules.iter().position(|rule| rule.id == *written.get_ref().id.get_ref());
            let is_off = written.get_ref().off == Some(true);
            match (at, is_off) {
                (Some(at), true) => {
                    let rule = out.rules.remove(at);
                    out.off.push((rule.id, Arc::clone(&origin)));
                }
                (None, true) => check.say(&written.get_ref().id, "there is no rule of this name to switch off"),
                (Some(at), false) => {
                    if let Some(rule) = check.rule(written, Some(&out.rules[at]), &origin) {
                        out.rules[at] = rule;
                    }
                }
                (None, false) => {
                    // Another file may have switched it off: what that name stands for now is told here.
                    out.off.retain(|(off, _)| off != written.get_ref().id.get_ref());
                    out.rules.extend(check.rule(written, None, &origin));
                }
            }
        }
        for written in table.fallback.into_iter().take(MOST) {
            let own = check.fallback(written);
            // Of defaults the first that fits speaks: the user's come first.
            out.fallbacks.splice(if is_builtin { out.fallbacks.len()..out.fallbacks.len() } else { 0..0 }, own);
        }
        let mut mistakes = std::mem::take(&mut check.wrong);
        if !mistakes.is_empty() {
            mistakes.sort_by_key(Remark::place);
            return Err(failed(mistakes));
        }
        out.warnings.extend(check.warnings.iter().map(|remark| format!("{file}:{remark}")));
        *self = out;
        Ok(())
    }
}
