//! A policy as a file that says the same.

use super::explorer::SETTINGS;
use super::{DEFAULT_BLOCK, Policy, Relation};
use crate::base::text::escape;
use std::fmt::Write;

impl Policy {
    /// The text of a file that says the same. `reach` is what an environment's name stands for.
    pub fn written(&self, reach: impl Fn(&str) -> Option<String>) -> String {
        let mut out = String::new();
        for (key, ..) in SETTINGS {
            if let Some(word) = self.explorer.setting(key) {
                line(&mut out, key, &quoted(word));
            }
        }
        section(&mut out, "watch");
        for (key, list) in self.watch.lists() {
            line(&mut out, key, &listed(list));
        }
        for (name, environment) in &self.environments {
            section(&mut out, &format!("environments.{}", key(name)));
            if let Some(role) = environment.role {
                line(&mut out, "role", &quoted(role.word()));
            }
            if let Some(reach) = reach(name) {
                line(&mut out, "reach", &quoted(&reach));
            }
        }
        self.relations.iter().for_each(|relation| relation.written(&mut out));
        section(&mut out, "gate");
        line(&mut out, "block", &quoted(self.gate.block.as_ref().map_or(DEFAULT_BLOCK, |block| &block.text)));
        if let Some(expression) = &self.gate.needs_decision {
            line(&mut out, "needs-decision", &quoted(&expression.text));
        }
        line(&mut out, "unknown", &quoted(self.gate.unknown.unwrap_or_default().word()));
        self.written_pushes(&mut out);
        self.written_keys(&mut out);
        out
    }

    fn written_pushes(&self, out: &mut String) {
        let (push, rehearsal) = (&self.push, &self.rehearsal);
        section(out, "push");
        if let Some(most) = push.most_facts {
            line(out, "most-facts", &most.to_string());
        }
        if let Some(then) = push.then {
            line(out, "then", &quoted(then.word()));
        }
        section(out, "push.touches");
        for (glob, touch) in &push.touches {
            let means = touch.means.value.iter().map(ToString::to_string);
            line(out, &key(glob), &listed(&means.collect::<Vec<_>>()));
        }
        section(out, "rehearsal");
        if let Some(days) = rehearsal.not_older_than {
            line(out, "not-older-than", &quoted(&format!("{days}d")));
        }
        if let Some(seconds) = rehearsal.within {
            line(out, "within", &quoted(&format!("{seconds}s")));
        }
        if let Some(then) = rehearsal.then {
            line(out, "then", &quoted(then.word()));
        }
    }

    fn written_keys(&self, out: &mut String) {
        section(out, "keys");
        if let Some(set) = &self.explorer.key_set {
            line(out, "set", &quoted(&set.value));
        }
        for (name, keys) in &self.explorer.keys {
            line(out, &key(name), &listed(&keys.value));
        }
        section(out, "filters");
        for (name, filter) in &self.explorer.filters {
            line(out, &key(name), &quoted(&filter.value));
        }
    }
}

impl Relation {
    fn written(&self, out: &mut String) {
        let _ = writeln!(out, "\n# {}\n[[relation]]", escape(&self.place));
        line(out, "path", &listed(&self.paths.iter().map(ToString::to_string).collect::<Vec<_>>()));
        line(out, "must", &quoted(self.must.word()));
        for (key, value) in self.must.settings() {
            line(out, key, &value);
        }
        if !self.between.is_empty() {
            line(out, "between", &listed(&self.between));
        }
        line(out, "reason", &quoted(&self.reason));
        line(out, "then", &quoted(self.then.word()));
    }
}

fn section(out: &mut String, name: &str) {
    let gap = if out.is_empty() { "" } else { "\n" };
    let _ = writeln!(out, "{gap}[{name}]");
}

fn line(out: &mut String, key: &str, value: &str) {
    let _ = writeln!(out, "{key} = {value}");
}

fn listed(texts: &[impl AsRef<str>]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text.as_ref())).collect();
    format!("[{}]", texts.join(", "))
}

/// A key as TOML has it.
fn key(name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !name.is_empty() && name.chars().all(is_bare) { name.to_owned() } else { quoted(name) }
}

/// A text as TOML has it, with escapes for all that a terminal would take for something else.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        let as_text = c.to_string();
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            _ if escape(&as_text) == as_text => out.push(c),
            _ => drop(write!(out, "\\U{:08X}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use crate::policy::{EXAMPLE, Policy, parse};

    /// What a text says, wherever in it.
    fn said(text: &str) -> Policy {
        let (mut policy, warnings) = parse(text).unwrap_or_else(|wrong| panic!("{wrong:#?}\n{text}"));
        assert!(
            warnings.iter().all(|warning| warning.what.starts_with("captures have no facts")),
            "{warnings:?}\n{text}"
        );
        policy.each_place(&mut String::clear);
        policy
    }

    fn again(policy: &Policy) -> Policy {
        let reach = |name: &str| Some(policy.environments.get(name)?.reach.as_ref()?.value.clone());
        let mut again = said(&policy.written(reach));
        // What counts where nothing is said is written out.
        for (gate, before) in [(&mut again.gate.block, &policy.gate.block)] {
            if before.is_none() {
                *gate = None;
            }
        }
        again.gate.unknown = policy.gate.unknown;
        again
    }

    #[test]
    fn what_is_written_says_the_same() {
        let example = said(EXAMPLE);
        assert!(example.rehearsal.not_older_than.is_some() && example.push.most_facts.is_some());
        assert_eq!(again(&example), example);
        // What the example has as comments only.
        let own: String = EXAMPLE
            .lines()
            .filter_map(|line| line.strip_prefix("# "))
            .filter(|line| {
                let key = line.split_once(" = ").map_or("", |(key, _)| key);
                key.bytes().all(|byte| byte.is_ascii_lowercase()) && !key.is_empty() || line.starts_with('[')
            })
            .map(|line| format!("{line}\n"))
            .collect();
        let own = said(&own);
        assert!(
            own.explorer.settings.len() == super::SETTINGS.len()
                && !own.explorer.keys.is_empty()
                && !own.explorer.filters.is_empty()
        );
        assert_eq!(again(&own), own);
        assert_eq!(again(&Policy::default()), Policy::default());
    }

    #[test]
    fn odd_texts_come_back_too() {
        let text = "[environments.\"a \\\"b\"]\nreach = \"x.json\"\n[filters]\nodd = '\"\\\\ \u{202e} \u{7f}'\n\
                    [push.touches]\n\"*.tf\" = []\n\"a b/*\" = [\"os.*.x\", \"dns\"]\n[gate]\nblock = \"path:\\\"a b\\\"\"\n\
                    [[relation]]\npath = \"os.a\"\nmust = \"tolerance\"\nwithin = \"7%\"\nreason = \"because it must be\"\n\
                    [[relation]]\npath = \"os.b\"\nmust = \"one-of\"\nvalues = [\"a\\\"b\", 3, 0.5, true]\nreason = \"because it must be\"\n";
        // A policy may hold what no terminal should be shown.
        let text = text.replace('\u{7f}', "");
        let odd = said(&text);
        assert!(odd.explorer.filters["odd"].value.contains('\u{202e}'));
        let written = odd.written(|_| None);
        assert!(!written.contains('\u{202e}') && written.contains("\\U0000202E"), "{written}");
        assert_eq!(again(&odd), odd);
    }
}
