//! Kubernetes' `kind: Secret`: what stands beneath `data:` and `stringData:` is secret, whatever it is called.

use super::{Hidden, pattern};
use regex::bytes::Regex;
use std::borrow::Cow;
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

/// Hides the values of a manifest's secrets; anything else is borrowed at the cost of one search.
pub(super) fn hide(text: &str) -> Cow<'_, str> {
    let rules = rules();
    if !rules.kind.is_match(text.as_bytes()) {
        return Cow::Borrowed(text);
    }
    let mut hidden = Hidden::new(text);
    let mut at = 0;
    for document in text.split_inclusive("\n---") {
        if rules.kind.is_match(document.as_bytes()) {
            hide_document(rules, document, at, &mut hidden);
        }
        at += document.len();
    }
    hidden.finish()
}

fn hide_document(rules: &Rules, document: &str, start: usize, hidden: &mut Hidden<'_>) {
    let mut at = start;
    let mut block: Option<usize> = None;
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
            Some(value) => hidden.hide(from + value.start(), from + value.end()),
            // A line of a block scalar; a key alone opens one.
            None if !bare.contains(':') => hidden.hide(from + indent, from + bare.len()),
            None => {}
        }
    }
}
