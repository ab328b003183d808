//! Secrets known by the name beside them, line by line: `key = value`, `key: value`, `key value`, `--key value`, JSON, XML,
//! and a container's `name:` with `value:` beneath it.

use super::names::{self, holds_secret, names_secret};
use super::{Hidden, parts_name, pattern};
use regex::bytes::{Captures, Regex};
use std::borrow::Cow;
use std::sync::OnceLock;

struct Rules {
    /// Whether a line is looked at at all.
    hint: Regex,
    /// `name = value`, `"name": "value"`, `name := value`, `--name=value`.
    assignment: Regex,
    /// `name value` from the line's beginning: redis, ssh, nslcd, bind.
    directive: Regex,
    /// `--name value` on a command line.
    option: Regex,
    /// `<add key="name" value="value"/>`.
    attribute: Regex,
    /// `<name>value</name>`.
    element: Regex,
    /// `- name: DB_PASSWORD`, whose `value:` follows on the next line.
    name: Regex,
    value: Regex,
    /// Second words that make a line one of PAM's or of a name service's.
    innocent: Regex,
}

fn rules() -> &'static Rules {
    static RULES: OnceLock<Rules> = OnceLock::new();
    RULES.get_or_init(|| Rules {
        hint: pattern(names::HINTS),
        assignment: pattern(
            r#"(?<name>[\w$][\w.$-]{0,100})(?:\\?["'])?\]?[ \t]{0,20}(?::::=|::=|:=|=>|\|\|?=|\?=|=|:)[ \t]{0,20}(?<value>\\"(?:[^"\\\n])*\\"|\[redacted\]|\$\{[^}\n]*\}|\$\([^)\n]*\)|\{\{?[^}\n]*\}\}?|`[^`\n]*`|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[^\s"',;}\])&][^\s"',;}\]&]*)"#,
        ),
        directive: pattern(r"^\s*(?:export\s+|set\s+|ENV\s+|ARG\s+)?(?<name>[A-Za-z_][\w.-]*)[ \t]+(?<value>[^\s=:{][^\n]*?)\s*;?\s*$"),
        option: pattern(r#"(?:^|\s)--?(?<name>[A-Za-z][\w-]*)[ \t]+(?<value>"[^"\n]*"|'[^'\n]*'|[^\s"'-][^\s"']*)"#),
        attribute: pattern(
            r#"(?i)\b(?:key|name)\s*=\s*["'](?<name>[^"'\n]{1,100})["']\s+value\s*=\s*["'](?<value>[^"'\n]*)["']"#,
        ),
        element: pattern(r"<(?<name>[A-Za-z][\w.-]*)(?:\s[^<>\n]{0,200})?>(?<value>[^<\n]+)</"),
        name: pattern(r#"^[\s-]*["']?name["']?\s*:\s*["']?(?<name>[\w.-]+)"#),
        value: pattern(r#"^\s*["']?value["']?\s*:\s*(?<value>\S.*?)\s*$"#),
        innocent: pattern(
            r"\bpam_\w|^\s*-?password\s+(?:required|requisite|sufficient|optional|include|substack|\[)|^\s*(?:passwd|shadow|group|gshadow)\w*\s*:?\s+(?:files|sss|compat|systemd|ldap|nis|winbind|db|cache|\[)",
        ),
    })
}

/// Hides the values beside names of secrets.
pub(super) fn hide(text: &str) -> Cow<'_, str> {
    let rules = rules();
    if !text.bytes().any(parts_name) || !rules.hint.is_match(text.as_bytes()) {
        return Cow::Borrowed(text);
    }
    let mut hidden = Hidden::new(text);
    let mut at = 0;
    let mut named_above: Option<&str> = None;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let line = line.trim_end_matches(['\n', '\r']);
        if let (Some(name), Some(found)) = (named_above.take(), rules.value.captures(line.as_bytes()))
            && let Some((from, value)) = part(line, &found, "value").filter(|(_, value)| holds_secret(name, value))
        {
            hide_value(&mut hidden, start + from, value);
            continue;
        }
        if !rules.hint.is_match(line.as_bytes()) {
            continue;
        }
        let name = rules.name.captures(line.as_bytes()).and_then(|found| part(line, &found, "name"));
        named_above = name.map(|(_, name)| name).filter(|name| names_secret(name));
        if !rules.innocent.is_match(line.as_bytes()) {
            look(rules, line, start, &mut hidden);
        }
    }
    hidden.finish()
}

/// Applies the rules of one line. The pieces come in no order, so they are gathered and sorted first.
fn look(rules: &Rules, line: &str, start: usize, hidden: &mut Hidden<'_>) {
    let is_comment = line.trim_start().starts_with(['#', ';']) || line.trim_start().starts_with("//");
    let mut pieces: Vec<(usize, &str)> = Vec::new();
    if !is_comment {
        pieces.extend(directive(rules, line));
    }
    for rule in [&rules.assignment, &rules.option, &rules.attribute, &rules.element] {
        for found in rule.captures_iter(line.as_bytes()) {
            let (Some((named, name)), Some((from, mut value))) =
                (part(line, &found, "name"), part(line, &found, "value"))
            else {
                continue;
            };
            if !names_secret(name) || !holds_secret(name, value) {
                continue;
            }
            let rest = line.get(from..).unwrap_or(value);
            let is_quoted = value.starts_with(['"', '\'', '\\']);
            // An entry of a file is the whole line, blanks, quotes and all; prose in a comment is not.
            let before = line.get(..named).unwrap_or_default().trim_start_matches(['-', '#', ';', ' ', '\t']);
            let is_entry = matches!(before, "" | "export ") && !is_quoted && !rest.contains(['&', '"']);
            if is_comment && !is_quoted && rest.len() > value.len() && !has_digit(value) {
                continue;
            }
            if is_entry && !is_comment && std::ptr::eq(rule, &rules.assignment) {
                value = rest.split(" #").next().unwrap_or(rest).trim_end();
            }
            pieces.push((from, value));
        }
    }
    pieces.sort_by_key(|(from, value)| (*from, std::cmp::Reverse(value.len())));
    for (from, value) in pieces {
        hide_value(hidden, start + from, value);
    }
}

/// Directives that are followed by a header's name and its value.
const HEADERS: [&str; 6] =
    ["proxy_set_header", "add_header", "fastcgi_param", "uwsgi_param", "grpc_set_header", "RequestHeader set"];

/// The value of `name value`. Prose has more words; what is quoted or ends the line is one value.
fn directive<'a>(rules: &Rules, line: &'a str) -> Option<(usize, &'a str)> {
    // `proxy_set_header NAME VALUE` and its like (nginx, apache): the name comes second.
    let indented = line.len() - line.trim_start().len();
    if let Some(rest) =
        HEADERS.iter().find_map(|word| line.get(indented..)?.strip_prefix(word)?.strip_prefix([' ', '\t']))
    {
        let (name, value) = rest.trim_start().split_once(char::is_whitespace)?;
        let value = value.trim_start();
        let from = line.len() - value.len();
        let cookie = ["cookie", "set-cookie"].iter().any(|n| name.eq_ignore_ascii_case(n));
        // A variable is a place, not a secret.
        let is_variable = value.trim_start_matches(['"', '\'']).starts_with('$');
        let secret = !is_variable && (cookie || (names_secret(name) && holds_secret(name, value)));
        return secret.then_some((from, value.trim_end()));
    }
    let found = rules.directive.captures(line.as_bytes())?;
    let ((_, name), (from, value)) = (part(line, &found, "name")?, part(line, &found, "value")?);
    let value = value.split(" #").next().unwrap_or(value).trim_end();
    let is_prose = value.contains([' ', '\t']) || (value.ends_with('.') && !has_digit(value));
    let is_one = !is_prose || value.starts_with(['"', '\'']);
    (is_one && names_secret(name) && holds_secret(name, value)).then_some((from, value))
}

/// Where a group of a match begins, and its text.
fn part<'a>(line: &'a str, found: &Captures<'_>, group: &str) -> Option<(usize, &'a str)> {
    let found = found.name(group)?;
    Some((found.start(), line.get(found.range())?))
}

fn has_digit(value: &str) -> bool {
    value.bytes().any(|b| b.is_ascii_digit())
}

/// Hides a value and leaves its quotes, and what ends the statement, in place.
fn hide_value(hidden: &mut Hidden<'_>, start: usize, value: &str) {
    let inner = value.trim_end_matches([';', ',']);
    let stripped = inner.strip_prefix('\\').unwrap_or(inner);
    let open = stripped.chars().next().filter(|c| matches!(c, '"' | '\''));
    let (head, tail) = match open {
        Some(quote) if stripped.len() > 1 && stripped.ends_with(quote) => {
            let slash = inner.len() - stripped.len();
            (1 + slash, 1 + usize::from(slash == 1 && stripped.ends_with("\\\"")))
        }
        _ => (0, 0),
    };
    hidden.hide(start + head, start + inner.len() - tail);
}
