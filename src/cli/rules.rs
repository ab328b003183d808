//! `driftglass rules`.

use super::environment::Environment;
use super::error::Error;
use super::output;
use crate::base::text::{escape, fit};
use crate::risk::{Case, Rule, Rules, without_sides};
use serde_json::json;
use std::io::{self, Write};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Only rules whose name, area, title or path has all of these words
    #[arg(value_name = "WORD")]
    words: Vec<String>,
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    format: String,
}

pub(super) fn run(arguments: &Arguments, environment: &Environment) -> Result<u8, Error> {
    let rules = environment.rules()?;
    let has = |rule: &&Rule| {
        let text = format!("{} {} {} {}", rule.id, rule.area, rule.title, rule.paths.join(" ")).to_lowercase();
        arguments.words.iter().all(|word| text.contains(&word.to_lowercase()))
    };
    let mut chosen: Vec<&Rule> = rules.iter().filter(has).collect();
    chosen.sort_by_key(|rule| (std::cmp::Reverse(rule.base().total()), rule.id.clone()));
    output::write(None, |out| if arguments.format == "json" { as_json(&chosen, out) } else { as_text(&chosen, out) })?;
    if chosen.is_empty() {
        output::note("no rule has these words");
    }
    Ok(0)
}

fn as_text(rules: &[&Rule], out: &mut dyn Write) -> io::Result<()> {
    if !rules.is_empty() {
        writeln!(out, "{:<30} {:>7} {:<8} EV {:<16} WHAT", "RULE", "BASE", "BAND", "AREA")?;
    }
    for rule in rules {
        let base = rule.base();
        let own = if rule.origin.is_empty() { String::new() } else { format!("  ({})", escape(&rule.origin)) };
        writeln!(
            out,
            "{:<30} {:>7} {:<8} {}  {:<16} {}{own}",
            escape(&rule.id),
            base.vector(),
            base.band().0.word(),
            rule.grade.word(),
            fit(&escape(&rule.area), 16),
            escape(&without_sides(&rule.title))
        )?;
    }
    Ok(())
}

/// A rule for programs.
pub(super) fn rule_json(rule: &Rule) -> serde_json::Value {
    json!({
        "id": rule.id, "title": without_sides(&rule.title), "area": rule.area, "impact": rule.impact.word(),
        "severity": rule.severity, "likelihood": rule.likelihood, "level": rule.base().band().0.word(),
        "evidence": rule.grade.word(), "paths": rule.paths,
        "triggers": rule.triggers.iter().map(|trigger| trigger.words()).collect::<Vec<_>>(),
        "needs": rule.needs.iter().map(|need| need.words()).collect::<Vec<_>>(),
        "harm": rule.harm.as_ref().map(|harm| harm.words()),
        "why": without_sides(&rule.why), "consequence": without_sides(&rule.consequence), "test": without_sides(&rule.test),
        "action": without_sides(&rule.action), "cases": rule.cases.iter().map(case_json).collect::<Vec<_>>(),
        "sources": rule.sources.iter().map(|s| json!({ "title": s.title, "url": s.url })).collect::<Vec<_>>(),
        "file": *rule.origin,
    })
}

fn case_json(case: &Case) -> serde_json::Value {
    let text = |text: &Option<String>| text.as_deref().map(|text| without_sides(text).into_owned());
    json!({
        "when": case.when.words(), "title": text(&case.title), "why": text(&case.why),
        "consequence": text(&case.consequence), "test": text(&case.test),
    })
}

fn as_json(rules: &[&Rule], out: &mut dyn Write) -> io::Result<()> {
    let list: Vec<_> = rules.iter().map(|rule| rule_json(rule)).collect();
    serde_json::to_writer_pretty(&mut *out, &json!({ "format": "driftglass-rules/1", "rules": list }))?;
    writeln!(out)
}

/// A rule in full.
pub(super) fn explain(rule: &Rule, out: &mut dyn Write) -> io::Result<()> {
    let base = rule.base();
    let (band, clause) = base.band();
    writeln!(out, "{}: {}", escape(&rule.id), escape(&without_sides(&rule.title)))?;
    let mut line = |name: &str, text: &str| -> io::Result<()> {
        if text.is_empty() { Ok(()) } else { writeln!(out, "  {name:<9} {}", escape(text)) }
    };
    line("if", &without_sides(&rule.consequence))?;
    line("why", &without_sides(&rule.why))?;
    line("test", &without_sides(&rule.test))?;
    line("to do", &without_sides(&rule.action))?;
    for case in &rule.cases {
        let texts = [&case.title, &case.consequence, &case.why, &case.test, &case.action].into_iter().flatten();
        // A title ends without a stop.
        let texts: Vec<_> = texts.map(|text| without_sides(text).trim_end_matches('.').to_owned()).collect();
        line("but where", &format!("{}: {}.", case.when.words(), texts.join(". ")))?;
    }
    line("strikes", rule.impact.words())?;
    line("rated", &format!("{} = {}, {} by {}", base.vector(), base.total(), band.word(), clause.words()))?;
    for (at, path) in rule.paths.iter().enumerate() {
        line(if at == 0 { "looks at" } else { "" }, path)?;
    }
    for (at, trigger) in rule.triggers.iter().enumerate() {
        line(if at == 0 { "fires if" } else { "or" }, &trigger.words())?;
    }
    for need in &rule.needs {
        line("matters", &format!("more with {}", need.words()))?;
    }
    if let Some(harm) = &rule.harm {
        line("harm", &harm.words())?;
    }
    if let Some(words) = rule.absent_in_words() {
        line("absent", &format!("stands for {words}"))?;
    }
    line("evidence", &format!("{}, {}", rule.grade.word(), rule.grade.means()))?;
    for source in &rule.sources {
        line("", &format!("{} <{}>", source.title, source.url))?;
    }
    line("file", &rule.origin)
}

/// The page of all rules in Markdown.
pub(super) fn reference(rules: &Rules) -> String {
    let mut out = String::from(
        "# Rules of risk\n\nWhat differences have done elsewhere, and how much that matters. This page is made from \
         `assets/risk`:\n`driftglass man --rules > docs/rules.md`. How rules are scored and written stands in \
         [risk.md](risk.md).\n",
    );
    let mut areas: Vec<&str> = rules.iter().map(|rule| rule.area.as_str()).collect();
    areas.dedup();
    areas.sort_unstable();
    areas.dedup();
    for area in areas {
        out.push_str(&format!(
            "\n## {area}\n\n| rule | base | what happens | to test | evidence |\n| --- | --- | --- | --- | --- |\n"
        ));
        for rule in rules.iter().filter(|rule| rule.area == area) {
            let cell = |text: &str| text.replace('|', "\\|");
            let sources: Vec<String> =
                rule.sources.iter().enumerate().map(|(at, s)| format!("[{}]({})", at + 1, s.url)).collect();
            out.push_str(&format!(
                "| `{}` {} | {} {} {} | {} | {} | {} {} |\n",
                rule.id,
                &cell(&without_sides(&rule.title)),
                rule.base().vector(),
                rule.base().total(),
                rule.base().band().0.word(),
                &cell(&without_sides(&rule.consequence)),
                &cell(&without_sides(&rule.test)),
                rule.grade.word(),
                sources.join(" ")
            ));
        }
    }
    out
}
