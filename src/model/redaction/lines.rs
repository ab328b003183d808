//! Secrets known by the name beside them, line by line: `key = value`, `key: value`, `key value`, `--key value`, JSON, XML,
//! and a container's `name:` with `value:` beneath it.

use super::hints::may_name;
use super::looks::{self, is_random};
use super::names::{self, hints_secret, holds_secret, names_secret};
use super::{Hit, parts_name, pattern};
use regex::bytes::{Captures, Regex};
use std::sync::LazyLock;

struct Rules {
    /// `name = value`, `"name": "value"`, `name := value`, `--name=value`.
    assignment: LazyLock<Regex>,
    /// `name value` from the line's beginning: redis, ssh, nslcd, bind.
    directive: LazyLock<Regex>,
    /// `--name value` on a command line.
    option: LazyLock<Regex>,
    /// `--name` at the end of a line that goes on in the next.
    broken: LazyLock<Regex>,
    /// `{ name value; name "value"; }` on one line: bind, apt, multipath.
    statement: LazyLock<Regex>,
    /// `name=value` behind a module of PAM's.
    argument: LazyLock<Regex>,
    /// `<add key="name" value="value"/>`.
    attribute: LazyLock<Regex>,
    /// The same, the other way round.
    turned: LazyLock<Regex>,
    /// `<name>value</name>`.
    element: LazyLock<Regex>,
    /// `<property name="name">value</property>`, also with an element `<value>` within, and `<name>name</name>` before one.
    named_element: LazyLock<Regex>,
    /// `{"name": "name", "value": "value"}`.
    pair: LazyLock<Regex>,
    /// `define('NAME', 'value')` and other calls that take a name and a value.
    call: LazyLock<Regex>,
    /// `- name: DB_PASSWORD`, whose `value:` follows on the next line.
    name: LazyLock<Regex>,
    value: LazyLock<Regex>,
    /// Second words that make a line one of PAM's or of a name service's.
    innocent: LazyLock<Regex>,
}

/// Each is compiled when a line may have it.
static RULES: Rules = Rules {
    assignment: LazyLock::new(|| {
        pattern(
            r#"(?<name>[\w$][\w.$-]{0,100})(?:\\?["'])?\]?[ \t]{0,20}(?::::=|::=|:=|=>|\|\|?=|\?=|=|:)[ \t]{0,20}(?<value>\\"(?:[^"\\\n])*\\"|\[redacted[^\]\n]{0,40}\]|\$'(?:[^'\\\n]|\\.)*'|\$\{[^}\n]*\}|\$\([^)\n]*\)|\{\{?[^}\n]*\}\}?|`[^`\n]*`|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.|'')*'|[^\s"',;}\])&][^\s"',;}\]&]*)"#,
        )
    }),
    directive: LazyLock::new(|| {
        pattern(
            r"^\s*(?:export\s+|(?i:set(?:env)?)\s+(?:-\w+\s+)?\$?|ENV\s+|ARG\s+)?(?<name>[A-Za-z_][\w.-]*)[ \t]+(?<value>[^\s=:{][^\n]*?)\s*;?\s*$",
        )
    }),
    broken: LazyLock::new(|| pattern(r#"(?:^|[\s"'=])--?(?<name>[A-Za-z][\w-]*)\s+\\$"#)),
    statement: LazyLock::new(|| {
        pattern(r#"[{;]\s*(?<name>[A-Za-z_][\w.-]*)[ \t]+(?<value>"[^"\n]*"|[^\s;{}"'=:\[(][^\s;{}]*)\s*[;}]"#)
    }),
    argument: LazyLock::new(|| pattern(r#"\s(?<name>[A-Za-z][\w-]*)=(?<value>"[^"\n]*"|[^\s"]+)"#)),
    option: LazyLock::new(|| {
        pattern(
            r#"(?:^|[\s"'=])--?(?<name>[A-Za-z][\w-]*)[ \t]+(?<value>\\"[^"\\\n]*\\"|"[^"\n]*"|'[^'\n]*'|[^\s"'-][^\s"']*)"#,
        )
    }),
    attribute: LazyLock::new(|| {
        pattern(r#"(?i)\b(?:key|name)\s*=\s*["'](?<name>[^"'\n]{1,100})["']\s+value\s*=\s*["'](?<value>[^"'\n]*)["']"#)
    }),
    turned: LazyLock::new(|| {
        pattern(r#"(?i)\bvalue\s*=\s*["'](?<value>[^"'\n]*)["']\s+(?:key|name)\s*=\s*["'](?<name>[^"'\n]{1,100})["']"#)
    }),
    named_element: LazyLock::new(|| {
        pattern(
            r#"<(?:\w+\s+(?:key|name)\s*=\s*["']|name>)(?<name>[^"'<>\n]{1,100})(?:["'][^<>\n]{0,200}>|</name>)\s{0,20}(?:<value>)?(?<value>[^<\n]+)</"#,
        )
    }),
    pair: LazyLock::new(|| {
        pattern(
            r#"(?i)["']?\b(?:name|key)["']?\s{0,9}:\s{0,9}["']?(?<name>[\w.-]{1,100})["']?\s{0,9},\s{0,9}["']?value["']?\s{0,9}:\s{0,9}(?<value>"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^\s"',}\]]+)"#,
        )
    }),
    element: LazyLock::new(|| pattern(r"<(?<name>[A-Za-z][\w.-]*)(?:\s[^<>\n]{0,200})?>(?<value>[^<\n]+)</")),
    call: LazyLock::new(|| {
        pattern(
            r#"["'](?<name>[A-Za-z_][\w.-]{0,100})["']\s{0,9},\s{0,9}(?<value>"(?:[^"\\\n]|\\.)+"|'(?:[^'\\\n]|\\.)+')\s{0,9}\)"#,
        )
    }),
    name: LazyLock::new(|| {
        pattern(r#"^(?:[\s-]*["']?name["']?\s*:\s*["']?|\s*<name>|\s*<\w+\s+(?:name|key)\s*=\s*["'])(?<name>[\w.-]+)"#)
    }),
    value: LazyLock::new(|| pattern(r#"^\s*(?:["']?value["']?\s*:|<value>)\s*(?<value>\S[^<]*?)\s*(?:<.*)?$"#)),
    innocent: LazyLock::new(|| {
        pattern(
            r"\bpam_\w|^\s*-?password\s+(?:required|requisite|sufficient|optional|include|substack|\[)|^\s*(?:passwd|shadow|group|gshadow)\w*\s*:?\s+(?:files|sss|compat|systemd|ldap|nis|winbind|db|cache|\[)",
        )
    }),
};

/// Finds the values beside names of secrets.
pub(super) fn find(text: &str, hits: &mut Vec<Hit>) {
    if !text.bytes().any(parts_name) {
        return;
    }
    let mut hints = names::hints(text.as_bytes()).peekable();
    if hints.peek().is_none() {
        return;
    }
    let rules = &RULES;
    let mut at = 0;
    let mut named_above: Option<&str> = None;
    let mut option_above: Option<&str> = None;
    let mut block: Option<Block<'_>> = None;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let line = line.trim_end_matches(['\n', '\r']);
        if let Some(open) = block
            && !line.trim().is_empty()
        {
            if open.holds(line, start, hits) {
                block = block.filter(|open| !matches!(open.form, Form::Continued) || line.ends_with('\\'));
                continue;
            }
            block = None;
        }
        if let (Some(name), Some(found)) = (named_above.take(), rules.value.captures(line.as_bytes()))
            && let Some((from, value)) = part(line, &found, "value").filter(|(_, value)| holds_secret(name, value))
        {
            hide_value(hits, start + from, value, name);
            continue;
        }
        if let Some(name) = option_above.take() {
            continued(name, line, start, hits);
        }
        // A hint holds no end of a line, so that in which it ends is its own.
        while hints.next_if(|end| *end <= start).is_some() {}
        if hints.peek().is_none_or(|end| *end > at) || !may_name(line) {
            continue;
        }
        if line.ends_with('\\') {
            let broken = rules.broken.captures(line.as_bytes()).and_then(|found| part(line, &found, "name"));
            option_above = broken.map(|(_, name)| name).filter(|name| names_secret(name));
        }
        if line.contains("name") {
            let name = rules.name.captures(line.as_bytes()).and_then(|found| part(line, &found, "name"));
            named_above = name.map(|(_, name)| name).filter(|name| names_secret(name));
        }
        block = Block::opened_by(line);
        let before = hits.len();
        if !rules.innocent.is_match(line.as_bytes()) {
            look(rules, line, start, hits);
        } else if !line.trim_start().starts_with('#') {
            arguments(rules, line, start, hits);
        }
        // java.util.Properties: a value that ends in a backslash goes on in the next line.
        let goes_on = line.strip_suffix('\\').is_some_and(|value| !value.ends_with([' ', '\t', '\\', '"', '\'']));
        let cut =
            hits.get(before..).into_iter().flatten().any(|hit| hit.rule == "name" && hit.end >= start + line.len());
        if let (true, true, Some((name, _))) = (goes_on, cut, line.split_once(['=', ':'])) {
            block = Some(Block { indent: 0, name: name.trim(), form: Form::Continued });
        }
    }
}

/// Hides what modules of PAM's are given: `pam_mysql.so user=pam passwd=...`.
fn arguments(rules: &Rules, line: &str, start: usize, hits: &mut Vec<Hit>) {
    for found in rules.argument.captures_iter(line.as_bytes()) {
        let (Some((_, name)), Some((from, value))) = (part(line, &found, "name"), part(line, &found, "value")) else {
            continue;
        };
        if names_secret(name) && holds_secret(name, value) {
            hide_value(hits, start + from, value, name);
        }
    }
}

/// Hides the first word of a line whose option ended the line above.
fn continued(name: &str, line: &str, start: usize, hits: &mut Vec<Hit>) {
    let entry = line.trim_start();
    let quote = entry.chars().next().filter(|c| matches!(c, '"' | '\''));
    let end = match quote {
        Some(quote) => entry.get(1..).and_then(|rest| rest.find(quote)).map_or(entry.len(), |end| end + 2),
        None => entry.find(char::is_whitespace).unwrap_or(entry.len()),
    };
    let value = entry.get(..end).unwrap_or(entry);
    if !value.starts_with('-') && holds_secret(name, value) {
        hide_value(hits, start + line.len() - entry.len(), value, name);
    }
}

/// What the lines beneath a name of a secret are.
#[derive(Clone, Copy)]
enum Form {
    /// `password: |` and what is indented beneath.
    Scalar,
    /// `passwords:` and items, or one value, beneath; so in YAML, and in JSON that is broken after the colon.
    Items,
    /// `"passwords": [` and strings to the closing bracket.
    Array,
    /// `<password>` and a value to the closing element.
    Element,
    /// `password =` and a value beneath, further in: Python's configparser.
    Value,
    /// `password=one\` and the rest of the value.
    Continued,
    /// `variable "password" {` of Terraform's, with a `default`.
    Variable,
}

/// Lines that belong to a name above them.
#[derive(Clone, Copy)]
struct Block<'a> {
    indent: usize,
    name: &'a str,
    form: Form,
}

impl<'a> Block<'a> {
    fn opened_by(line: &'a str) -> Option<Self> {
        let bare = line.trim_end();
        let indent = line.len() - line.trim_start().len();
        if let Some(name) = bare.trim_start().strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) {
            let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
            return (is_name && names_secret(name)).then_some(Self { indent, name, form: Form::Element });
        }
        if let Some(name) = bare.strip_suffix('=') {
            let name = name.trim().trim_end_matches(':');
            return names_secret(name).then_some(Self { indent, name, form: Form::Value });
        }
        if let Some(rest) = bare.trim_start().strip_prefix("variable ").and_then(|rest| rest.strip_suffix('{')) {
            let name = rest.trim().trim_matches('"');
            return names_secret(name).then_some(Self { indent, name, form: Form::Variable });
        }
        let (name, opening) = bare.rsplit_once(':')?;
        let name = name.trim_start().trim_start_matches("- ").trim_matches(['"', '\'']);
        let form = match opening.trim() {
            "|" | "|-" | "|+" | ">" | ">-" | ">+" => Form::Scalar,
            "" => Form::Items,
            "[" => Form::Array,
            _ => return None,
        };
        names_secret(name).then_some(Self { indent, name, form })
    }

    /// Hides what a line has of the block; false where the block has ended.
    fn holds(&self, line: &str, start: usize, hits: &mut Vec<Hit>) -> bool {
        let bare = line.trim_end();
        let indent = bare.len() - bare.trim_start().len();
        let entry = bare.trim_start();
        let value = match self.form {
            Form::Scalar if indent > self.indent => {
                hits.push(named(start + indent, start + bare.len(), self.name));
                return true;
            }
            Form::Array if !entry.starts_with(']') => entry,
            Form::Element if !entry.starts_with("</") => entry,
            Form::Items if entry.starts_with("- ") && indent >= self.indent => entry.trim_start_matches(['-', ' ']),
            Form::Items if indent > self.indent => entry,
            Form::Value if indent > self.indent && !is_call(entry, entry) && !entry.contains(" = ") => entry,
            Form::Variable if !entry.starts_with('}') => {
                let default = entry.strip_prefix("default").and_then(|rest| rest.trim_start().strip_prefix('='));
                let value = default.map_or("", str::trim_start);
                if holds_secret(self.name, value) {
                    hide_value(hits, start + (value.as_ptr() as usize - line.as_ptr() as usize), value, self.name);
                }
                return true;
            }
            Form::Continued => {
                hits.push(named(start + indent, start + bare.len(), self.name));
                return true;
            }
            _ => return false,
        };
        // Names of their own stand beneath a name that is one of a group.
        let is_nested = value.contains(": ") || value.ends_with([':', '{', '[']) || value.contains("\":");
        if matches!(self.form, Form::Items) && is_nested {
            return false;
        }
        let value = value.trim_end_matches(',');
        if holds_secret(self.name, value) && !value.starts_with('#') {
            hide_value(hits, start + (value.as_ptr() as usize - line.as_ptr() as usize), value, self.name);
        }
        true
    }
}

fn named(start: usize, end: usize, name: &str) -> Hit {
    Hit { start, end, rule: "name", name: Some(name.to_owned()) }
}

/// Applies the rules of one line.
fn look(rules: &Rules, line: &str, start: usize, hits: &mut Vec<Hit>) {
    let is_comment = line.trim_start().starts_with(['#', ';']) || line.trim_start().starts_with("//");
    if !is_comment && let Some((name, from, value)) = directive(rules, line) {
        hide_value(hits, start + from, value, name);
    }
    // What each cannot be without is found faster than the whole.
    let has = |sign: char| line.contains(sign);
    let is_quoted = has('"') || has('\'');
    let all = [
        (&rules.assignment, has('=') || has(':')),
        (&rules.option, has('-')),
        (&rules.statement, (has('{') || has(';')) && !is_comment),
        (&rules.attribute, has('=') && is_quoted),
        (&rules.turned, has('=') && is_quoted),
        (&rules.element, line.contains("</")),
        (&rules.named_element, line.contains("</")),
        (&rules.pair, has(':') && has(',') && (line.contains("alue\"") || line.contains("alue:"))),
        (&rules.call, has(',') && has(')') && is_quoted),
    ];
    for rule in all.into_iter().filter(|(_, may)| *may).map(|(rule, _)| rule) {
        let is_assignment = std::ptr::eq(rule, &rules.assignment);
        let (mut at, mut inner) = (0, 0);
        while let Some(found) = rule.captures_at(line.as_bytes(), at) {
            at = found.get(0).map_or(line.len(), |whole| whole.end());
            // What ends a statement begins the next.
            at -= usize::from(std::ptr::eq(rule, &rules.statement) && at < line.len());
            let (Some((begins, name)), Some((mut from, mut value))) =
                (part(line, &found, "name"), part(line, &found, "value"))
            else {
                continue;
            };
            if !names_secret(name) {
                // Its value may hold names of secrets: `Environment=DB_PASSWORD=...`, `{"db": {"password": ...}}`.
                // So may an option's: `sh -c 'run --token ...'`.
                if (is_assignment || std::ptr::eq(rule, &RULES.option)) && inner < INNER {
                    (at, inner) = (from, inner + 1);
                }
                if hints_secret(name) && is_random(value.trim_matches(['"', '\'']).as_bytes()) {
                    let before = hits.len();
                    hide_value(hits, start + from, value, name);
                    hits.iter_mut().skip(before).for_each(|hit| hit.rule = "random-value");
                } else if is_assignment {
                    let bare = value.trim_matches(['"', '\'']);
                    let inner = from + value.find(bare).unwrap_or_default();
                    hits.extend(
                        names::account(name, bare)
                            .map(|at| named(start + inner + at, start + inner + bare.len(), name)),
                    );
                }
                continue;
            }
            // `$'...'` of shells.
            if value.starts_with("$'") {
                (from, value) = (from + 1, value.get(1..).unwrap_or_default());
            }
            let rest = line.get(from..).unwrap_or(value);
            if is_assignment && value.starts_with('[') && super::marks(rest).next().is_none_or(|mark| mark.start > 0) {
                hide_items(hits, start + from, rest, name);
                continue;
            }
            let is_quoted = value.starts_with(['"', '\'', '\\']);
            // An entry of a file is the whole line, blanks, quotes and all; prose in a comment is not.
            let before = line.get(..begins).unwrap_or_default().trim_start_matches(['-', '#', ';', ' ', '\t']);
            let is_entry = is_assignment && matches!(before, "" | "export ") && !is_quoted;
            if is_entry && !is_comment {
                value = rest.split(" #").next().unwrap_or(rest).trim_end();
            } else if let Some(end) = closes(line, begins, name, rest).filter(|_| is_assignment && !is_quoted) {
                value = rest.get(..end).unwrap_or(value);
            } else if is_comment && !is_quoted && rest.len() > value.len() && !has_digit(value) {
                continue;
            }
            if is_assignment && value.starts_with('{') && inner < INNER {
                (at, inner) = (from + 1, inner + 1);
            }
            // The name of a variable in a query, as manuals of services write it.
            let is_query = line.get(..begins).is_some_and(|before| before.ends_with(['?', '&']));
            if is_query && looks::is_variable(value.as_bytes()) {
                continue;
            }
            if is_call(value, rest) || value.starts_with("# ") || !holds_secret(name, value) {
                continue;
            }
            hide_value(hits, start + from, value, name);
        }
    }
}

/// How often a line's values are looked into: enough for what people write, and an end for what nobody does.
const INNER: usize = 1_000;

/// Where the quote ends that a name and its value stand in together: `"API_TOKEN=two words"`.
fn closes(line: &str, begins: usize, name: &str, rest: &str) -> Option<usize> {
    let quote = line.get(..begins)?.chars().next_back().filter(|c| matches!(c, '"' | '\''))?;
    // A quote behind the name too is the name's own.
    (!line.get(begins + name.len()..)?.starts_with(quote)).then(|| rest.find(quote))?
}

/// Hides the items of a list on one line: `["a", "b"]`.
fn hide_items(hits: &mut Vec<Hit>, start: usize, list: &str, name: &str) {
    let inner = list.get(1..).unwrap_or_default();
    let inner = inner.get(..inner.find(']').unwrap_or(inner.len())).unwrap_or_default();
    let mut at = start + 1;
    for item in inner.split(',') {
        let value = item.trim();
        if holds_secret(name, value) {
            hide_value(hits, at + (item.len() - item.trim_start().len()), value, name);
        }
        at += item.len() + 1;
    }
}

/// Directives that are followed by a header's name and its value.
const HEADERS: [&str; 6] =
    ["proxy_set_header", "add_header", "fastcgi_param", "uwsgi_param", "grpc_set_header", "RequestHeader set"];

/// The value of `name value`. Prose has more words; what is quoted or ends the line is one value.
fn directive<'a>(rules: &Rules, line: &'a str) -> Option<(&'a str, usize, &'a str)> {
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
        return secret.then_some((name, from, value.trim_end()));
    }
    let found = rules.directive.captures(line.as_bytes())?;
    let ((_, name), (from, value)) = (part(line, &found, "name")?, part(line, &found, "value")?);
    let value = value.split(" #").next().unwrap_or(value).trim_end();
    let is_prose = value.contains([' ', '\t']) || (value.ends_with('.') && !has_digit(value));
    let is_one = !is_prose || value.starts_with(['"', '\'']);
    (is_one && names_secret(name) && holds_secret(name, value)).then_some((name, from, value))
}

/// Where a group of a match begins, and its text.
fn part<'a>(line: &'a str, found: &Captures<'_>, group: &str) -> Option<(usize, &'a str)> {
    let found = found.name(group)?;
    Some((found.start(), line.get(found.range())?))
}

/// Whether a value begins the call of a function, `encode(password)`, `new Credentials({...})`: program text.
fn is_call(value: &str, rest: &str) -> bool {
    let (value, rest) = value.strip_prefix("new ").zip(rest.strip_prefix("new ")).unwrap_or((value, rest));
    let name = value.split('(').next().unwrap_or_default();
    let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'));
    let follows = rest.get(name.len()..).unwrap_or_default();
    is_name
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && follows.starts_with('(')
        && follows.contains(')')
}

fn has_digit(value: &str) -> bool {
    value.bytes().any(|b| b.is_ascii_digit())
}

/// Hides a value and leaves its quotes, and what ends the statement, in place.
fn hide_value(hits: &mut Vec<Hit>, start: usize, value: &str, name: &str) {
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
    hits.push(named(start + head, start + inner.len() - tail, name));
}
