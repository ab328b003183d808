//! Secrets known by what they stand beneath, whatever they are called: `data:` and `stringData:` of Kubernetes'
//! `kind: Secret`, `list:` of cloud-init's `chpasswd:`, `tokens` of consul's `acl`.

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

/// Finds the values that stand beneath such names.
pub(super) fn find(text: &str, hits: &mut Vec<Hit>) {
    if text.contains("chpasswd:") {
        accounts(text, hits);
    }
    if text.contains("tokens") && text.contains("acl") {
        tokens(text, hits);
    }
    if text.contains("map $") || text.contains("map \"$") {
        maps(text, hits);
    }
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

/// cloud-init's module `set_passwords`: lines `user:password` beneath `chpasswd:` and `list:`, as one text or as items.
fn accounts(text: &str, hits: &mut Vec<Hit>) {
    let (mut at, mut module, mut list) = (0, None, None);
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let bare = line.trim_end();
        let entry = bare.trim_start();
        let indent = bare.len() - entry.len();
        if entry.is_empty() || entry.starts_with('#') {
            continue;
        }
        let inside = |outer: Option<usize>| outer.is_some_and(|outer| indent > outer);
        if entry.split(" #").next().unwrap_or(entry).trim_end() == "chpasswd:" {
            (module, list) = (Some(indent), None);
        } else if module.is_some() && !inside(module) {
            (module, list) = (None, None);
        } else if module.is_some() && entry.starts_with("list:") {
            list = Some(indent);
        } else if inside(list) || (list == Some(indent) && entry.starts_with('-')) {
            let account = entry.trim_start_matches(['-', ' ', '"', '\'']).trim_end_matches(['"', '\'']);
            let Some((_, password)) = account.split_once(':') else { continue };
            // One that is drawn at every first boot.
            if !matches!(password, "R" | "RANDOM") && !password.is_empty() {
                let from = start + (password.as_ptr() as usize - line.as_ptr() as usize);
                hits.push(Hit::new(from, from + password.len(), "cloud-init-password"));
            }
        } else {
            list = None;
        }
    }
}

/// nginx' `map $http_x_api_key $known { "..." 1; }`: what a header, an argument or a cookie of that name has to be.
fn maps(text: &str, hits: &mut Vec<Hit>) {
    static BLOCK: OnceLock<(Regex, Regex)> = OnceLock::new();
    let (block, entry) = BLOCK.get_or_init(|| {
        let name = r"\$(?:http|arg|cookie)_\w*(?:key|token|secret|password|authorization)\w*";
        (
            pattern(&format!(r#"\bmap\s+["']?{name}["']?\s+\$\w+\s*\{{(?<body>[^{{}}]{{1,20000}})\}}"#)),
            pattern(r#"(?m)(?:^|;)[ \t]*(?:"(?<quoted>[^"\n]+)"|(?<value>[^\s"'#;]+))[ \t]+[^;\n]+"#),
        )
    });
    for body in block.captures_iter(text.as_bytes()).filter_map(|found| found.name("body")) {
        for found in entry.captures_iter(body.as_bytes()) {
            let Some(value) = found.name("quoted").or_else(|| found.name("value")) else { continue };
            let is_word =
                matches!(value.as_bytes(), b"default" | b"include" | b"hostnames" | b"volatile" | b"~." | b"~.+");
            if !is_word {
                hits.push(Hit::new(body.start() + value.start(), body.start() + value.end(), "header-value"));
            }
        }
    }
}

/// consul's `acl { tokens { agent = "..." } }`, in HCL and in JSON.
fn tokens(text: &str, hits: &mut Vec<Hit>) {
    static BLOCK: OnceLock<(Regex, Regex)> = OnceLock::new();
    let (block, entry) = BLOCK.get_or_init(|| {
        (pattern(r#"\btokens["']?\s*[:=]?\s*\{(?<body>[^{}]{1,4000})\}"#), pattern(r#"[:=]\s*"(?<value>[^"\n]+)""#))
    });
    for body in block.captures_iter(text.as_bytes()).filter_map(|found| found.name("body")) {
        for value in entry.captures_iter(body.as_bytes()).filter_map(|found| found.name("value")) {
            hits.push(Hit::new(body.start() + value.start(), body.start() + value.end(), "consul-token"));
        }
    }
}
