//! Kubernetes' `kind: Secret`: what stands beneath `data:` and `stringData:` is secret, whatever it is called.

use super::{Hit, pattern};
use regex::bytes::Regex;
use std::sync::OnceLock;

struct Rules {
    kind: Regex,
    block: Regex,
    entry: Regex,
}

fn rules() -> &'static Rules {
    static RULES: OnceLock<Rules> = OnceLock::new();
    RULES.get_or_init(|| Rules {
        kind: pattern(r#"(?im)^[ \t]*["']?kind["']?:[ \t]*["']?secret["']?[ \t]*\r?$"#),
        block: pattern(r#"^(?<indent>[ \t]*)["']?(?:data|stringData)["']?:\s*$"#),
        entry: pattern(r#"^[ \t]*["']?[\w.-]+["']?:[ \t]+["']?(?<value>[^\s"'|>{][^"'\n]*)"#),
    })
}

/// Finds the values of a manifest's secrets.
pub(super) fn find(text: &str, hits: &mut Vec<Hit>) {
    // The pattern needs a look at every line; most texts have no such line.
    if !(text.contains("ecret") && text.contains("kind")) {
        return;
    }
    let rules = rules();
    let mut at = 0;
    for document in text.split_inclusive("\n---") {
        if rules.kind.is_match(document.as_bytes()) {
            find_in(rules, document, at, hits);
        }
        at += document.len();
    }
}

fn find_in(rules: &Rules, document: &str, start: usize, hits: &mut Vec<Hit>) {
    let mut at = start;
    let mut block: Option<usize> = None;
    let mut hide = |start, end| hits.push(Hit::new(start, end, "kubernetes-secret"));
    for line in document.split_inclusive('\n') {
        let from = at;
        at += line.len();
        let bare = line.trim_end();
        let indent = bare.len() - bare.trim_start().len();
        if let Some(found) = rules.block.captures(bare.as_bytes()) {
            block = found.name("indent").map(|indent| indent.len());
            continue;
        }
        let inside = block.is_some_and(|outer| indent > outer) && !bare.is_empty();
        if !inside {
            block = if bare.is_empty() { block } else { None };
            continue;
        }
        if bare.trim_start().starts_with('#') {
            continue;
        }
        match rules.entry.captures(bare.as_bytes()).and_then(|found| found.name("value")) {
            Some(value) => hide(from + value.start(), from + value.end()),
            // A line of a block scalar; a key alone opens one.
            None if !bare.contains(':') => hide(from + indent, from + bare.len()),
            None => {}
        }
    }
}
