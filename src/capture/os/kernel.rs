//! `os.kernel`: which kernel runs, how it was started, and what it has loaded.

use crate::capture::{Facts, Scope};
use crate::host::Host;
use crate::model::Value;

/// Reads the kernel's own files in /proc and /sys.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    if host.as_live().is_none() && !host.exists("/proc/version") && !host.exists("/proc/sys/kernel") {
        facts.not_collected(&["os", "kernel"], "the root has no /proc of a running kernel");
        return;
    }
    if host.as_live().is_none() && !host.exists("/sys/kernel") {
        for key in ["clocksource", "transparent_hugepages", "lockdown", "lsm"] {
            facts.not_collected(&["os", "kernel", key], "the root has no /sys");
        }
    }
    let mut facts = facts.at(&["os", "kernel"]);
    names(host, &mut facts);
    command_line(host, &mut facts);
    modules(host, &mut facts);
    let choices = [
        ("clocksource", "/sys/devices/system/clocksource/clocksource0/current_clocksource"),
        ("transparent_hugepages", "/sys/kernel/mm/transparent_hugepage/enabled"),
        ("lockdown", "/sys/kernel/security/lockdown"),
    ];
    for (key, path) in choices {
        match host.word(path) {
            Ok(text) => facts.put(&[key], chosen(&text), path),
            Err(error) => facts.unread(&[key], &error),
        }
    }
    let lsm = "/sys/kernel/security/lsm";
    match host.word(lsm) {
        Ok(text) => facts.put(&["lsm"], Value::list(text.split(',')), lsm),
        Err(error) => facts.unread(&["lsm"], &error),
    }
}

fn names(host: &Host, facts: &mut Scope) {
    let mut complete = true;
    for (key, file) in [("name", "ostype"), ("release", "osrelease"), ("version", "version"), ("architecture", "arch")]
    {
        let path = format!("/proc/sys/kernel/{file}");
        match host.word(&path) {
            Ok(text) => facts.put(&[key], text, &path),
            Err(error) if error.is_missing() => complete &= key == "architecture",
            Err(error) => facts.unread(&[key], &error),
        }
    }
    if let Ok(text) = host.word("/proc/sys/kernel/tainted") {
        facts.put_some(&["tainted"], text.parse::<u64>().ok(), "/proc/sys/kernel/tainted");
    }
    if let Some(live) = host.as_live()
        && !(complete && host.exists("/proc/sys/kernel/arch"))
    {
        let system = live.system();
        facts.put(&["architecture"], system.architecture, "uname");
        if !complete {
            facts.put_some(&["name"], system.name, "sysinfo");
            facts.put_some(&["release"], system.kernel_release, "sysinfo");
        }
    } else if !complete && let Ok(text) = host.word("/proc/version") {
        // Linux version 5.4.0-88-generic (buildd@...) (gcc ...) #99-Ubuntu SMP Thu Sep 23 17:29:00 UTC 2021
        let mut words = text.split_whitespace();
        facts.put_some(&["name"], words.next(), "/proc/version");
        facts.put_some(&["release"], words.nth(1), "/proc/version");
        let version = text.find(" #").and_then(|at| text.get(at + 1..));
        facts.put_some(&["version"], version, "/proc/version");
    }
}

/// Documentation/admin-guide/kernel-parameters.rst: words with optional values, double quotes around spaces. What
/// follows `--` is for init. A parameter that is given several times, as `console` is, gives a list.
fn command_line(host: &Host, facts: &mut Scope) {
    const PATH: &str = "/proc/cmdline";
    let text = match host.word(PATH) {
        Ok(text) => text,
        Err(error) => return facts.unread(&["command_line"], &error),
    };
    let mut parameters: Vec<(String, Vec<Value>)> = Vec::new();
    for word in words(&text).take_while(|word| word != "--") {
        let (key, value) = match word.split_once('=') {
            Some((key, value)) => (key, Value::from(value)),
            None => (word.as_str(), Value::Bool(true)),
        };
        match parameters.iter_mut().find(|(known, _)| known == key) {
            Some((_, values)) => values.push(value),
            None => parameters.push((key.to_owned(), vec![value])),
        }
    }
    for (key, mut values) in parameters {
        let value = if values.len() > 1 { Value::List(values) } else { values.pop().unwrap_or(Value::Null) };
        facts.put(&["command_line", &key], value, PATH);
    }
}

/// The words of a kernel command line, without the quotes.
fn words(text: &str) -> impl Iterator<Item = String> {
    let mut quoted = false;
    let split = text.split(move |c: char| {
        quoted ^= c == '"';
        c.is_whitespace() && !quoted
    });
    split.filter(|word| !word.is_empty()).map(|word| word.replace('"', ""))
}

fn modules(host: &Host, facts: &mut Scope) {
    const PATH: &str = "/proc/modules";
    match host.text(PATH) {
        Ok(text) => {
            for name in text.lines().filter_map(|line| line.split_whitespace().next()) {
                facts.put(&["modules", name, "loaded"], true, PATH);
            }
        }
        Err(error) => facts.unread(&["modules"], &error),
    }
}

/// The choice in brackets: `always [madvise] never`; the whole text where there is none.
fn chosen(text: &str) -> &str {
    let inner = text.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    inner.map_or(text, |(inner, _)| inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lines_are_split_like_the_kernel_splits_them() {
        let read: Vec<_> = words("BOOT_IMAGE=/vmlinuz  quiet dyndbg=\"file a.c +p; file b.c +p\" \n").collect();
        assert_eq!(read, ["BOOT_IMAGE=/vmlinuz", "quiet", "dyndbg=file a.c +p; file b.c +p"]);
    }

    #[test]
    fn the_choice_stands_in_brackets() {
        assert_eq!((chosen("always [madvise] never"), chosen("tsc")), ("madvise", "tsc"));
    }
}
