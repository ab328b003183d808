//! `network.firewall`: what loads rules at boot, the rules that it has saved, and those that are loaded now, where they
//! may be read. Comments, counters and the made-up names of links to containers are left out: they move by themselves.

use crate::capture::Facts;
use crate::capture::settings::{drop_ins, glob, lines};
use crate::host::{Host, ReadError};
use crate::model::{Problem, ProblemKind, Value};
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// Files that other files include, in all.
const FILES_CAP: usize = 64;

/// A longer list of rules is known by its digest only.
const TEXT_CAP: usize = 256 << 10;

/// Where iptables' own services, netfilter-persistent and the distributions keep rules.
const IPTABLES: [&str; 10] = [
    "/etc/iptables/rules.v4",
    "/etc/iptables/rules.v6",
    "/etc/iptables/iptables.rules",
    "/etc/iptables/ip6tables.rules",
    "/etc/sysconfig/iptables",
    "/etc/sysconfig/ip6tables",
    "/etc/iptables.up.rules",
    "/etc/ip6tables.up.rules",
    "/var/lib/iptables/rules-save",
    "/var/lib/ip6tables/rules-save",
];

const NFTABLES: [&str; 3] = ["/etc/nftables.conf", "/etc/sysconfig/nftables.conf", "/etc/nftables.nft"];

/// Reads saved and loaded rules.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let mut saved = Saved { host, texts: BTreeMap::new(), problems: Vec::new(), backends: BTreeSet::new() };
    let ((), missed) = host.watched(|| saved.gather());
    let Saved { texts, problems, backends, .. } = saved;
    let unread = problems.first().map(|(_, problem)| problem.clone());
    for (path, problem) in problems {
        facts.problem(&["network", "firewall", "rules", "saved", &path], problem);
    }
    let running = loaded(host, facts);
    let backends = if backends.is_empty() { running.backends } else { backends };
    let files: Vec<&str> = backends.iter().map(|(_, file)| file.as_str()).collect();
    let names: Vec<&str> = backends.iter().map(|(name, _)| *name).collect();
    let (names, source) = match &*files {
        [] if !host.exists("/etc") => {
            return facts.not_collected(&["network", "firewall"], "the root has no /etc");
        }
        // What may filter is not nothing.
        [] if running.problem.is_some() => (Vec::new(), String::new()),
        [] => (vec!["none"], "/etc/systemd/system, /etc/ufw/ufw.conf".to_owned()),
        files => (names, files.join(", ")),
    };
    match running.problem.filter(|_| names.is_empty()) {
        Some(problem) => facts.problem(&["network", "firewall", "backend"], problem),
        None => facts.put_whole(&["network", "firewall", "backend"], Value::set(names), &missed, &source),
    }
    let mut digest = blake3::Hasher::new();
    for (path, text) in &texts {
        digest.update(path.as_bytes());
        digest.update(&[0]);
        digest.update(text.as_bytes());
        put(facts, "saved", path, text, path);
    }
    if let Some(problem) = unread {
        // The digest of a part is no digest of all.
        facts.problem(&["network", "firewall", "rules_digest"], problem);
    } else if !texts.is_empty() {
        let paths: Vec<&str> = texts.keys().map(String::as_str).collect();
        let digest = format!("blake3:{}", digest.finalize().to_hex());
        facts.put(&["network", "firewall", "rules_digest"], digest, &paths.join(", "));
    }
}

/// Backends with the files that say that each is on.
type Backends = BTreeSet<(&'static str, String)>;

fn put(facts: &mut Facts, state: &str, key: &str, text: &str, source: &str) {
    let keys = ["network", "firewall", "rules", state, key];
    if text.len() > TEXT_CAP {
        let detail = format!("{source} holds {} bytes of rules; of more than {TEXT_CAP} the digest tells", text.len());
        facts.problem(&keys, Problem::new(ProblemKind::TooLarge, detail));
    } else {
        facts.put(&keys, text, source);
    }
}

struct Saved<'a> {
    host: &'a Host,
    /// By file, what is left of its text.
    texts: BTreeMap<String, String>,
    problems: Vec<(String, Problem)>,
    backends: Backends,
}

impl Saved<'_> {
    fn gather(&mut self) {
        for path in NFTABLES {
            self.nftables(path);
        }
        for path in IPTABLES {
            self.file(path);
        }
        self.ufw();
        self.firewalld();
        let units: [(&str, &[&str]); 3] = [
            ("nftables", &["nftables.service"]),
            ("iptables", &["iptables.service", "ip6tables.service", "netfilter-persistent.service"]),
            ("firewalld", &["firewalld.service"]),
        ];
        for (backend, units) in units {
            for link in units.iter().flat_map(|unit| wanted(self.host, unit)) {
                self.backends.insert((backend, link));
            }
        }
    }

    /// Takes over a file's rules; whether it was there.
    fn file(&mut self, path: &str) -> Option<String> {
        if self.texts.len() >= FILES_CAP || self.texts.contains_key(path) {
            return None;
        }
        match self.host.text(path) {
            Ok(text) => {
                let rules = rules(&text);
                // A file without a rule says nothing; an empty one comes with some packages.
                if !rules.is_empty() {
                    self.texts.insert(path.to_owned(), rules);
                }
                Some(text)
            }
            Err(error) => {
                self.problems.extend(error.problem().map(|problem| (path.to_owned(), problem)));
                None
            }
        }
    }

    /// A file of nft(8) and what it includes: `include "/etc/nftables/*.nft"`, relative names beneath /etc.
    fn nftables(&mut self, path: &str) {
        let Some(text) = self.file(path) else { return };
        for line in lines(&text, &['#']) {
            let Some(name) = line.strip_prefix("include").map(|rest| rest.trim().trim_matches(['"', '\'', ';'])) else {
                continue;
            };
            let pattern = if name.starts_with('/') { name.to_owned() } else { format!("/etc/{name}") };
            for included in glob(self.host, &pattern) {
                self.nftables(&included);
            }
        }
    }

    /// ufw(8): the user's rules and those around them, and the policies that it begins with.
    fn ufw(&mut self) {
        const CONF: &str = "/etc/ufw/ufw.conf";
        let on = |line: &str| {
            line.split_once('=').is_some_and(|(key, value)| {
                key.trim() == "ENABLED" && value.trim().trim_matches('"').eq_ignore_ascii_case("yes")
            })
        };
        match self.host.text(CONF) {
            Ok(text) if lines(&text, &['#']).any(on) => {
                self.backends.insert(("ufw", CONF.to_owned()));
            }
            Ok(_) => {}
            Err(error) => {
                self.problems.extend(error.problem().map(|problem| (CONF.to_owned(), problem)));
                return;
            }
        }
        self.file("/etc/default/ufw");
        for path in drop_ins(self.host, "/etc/ufw", ".rules").unwrap_or_default() {
            self.file(&path);
        }
    }

    /// firewalld(1): its zones, policies, own services and direct rules; what is not changed stands in /usr/lib.
    fn firewalld(&mut self) {
        self.file("/etc/firewalld/firewalld.conf");
        self.file("/etc/firewalld/direct.xml");
        for folder in ["zones", "policies", "services", "ipsets", "helpers", "icmptypes"] {
            let folder = format!("/etc/firewalld/{folder}");
            match drop_ins(self.host, &folder, ".xml") {
                Ok(files) => files.iter().for_each(|path| drop(self.file(path))),
                Err(error) => self.problems.extend(error.problem().map(|problem| (folder, problem))),
            }
        }
    }
}

/// The links by which systemd, or OpenRC, starts a service at boot.
fn wanted<'a>(host: &'a Host, unit: &'a str) -> impl Iterator<Item = String> + 'a {
    let name = unit.trim_end_matches(".service");
    ["sysinit", "basic", "network-pre", "multi-user"]
        .map(|target| format!("/etc/systemd/system/{target}.target.wants/{unit}"))
        .into_iter()
        .chain(["boot", "default"].map(|level| format!("/etc/runlevels/{level}/{name}")))
        .filter(|path| host.link(path).is_ok())
}

/// What a running kernel has loaded: which of its two packet filters, and why that cannot be told.
#[derive(Default)]
struct Loaded {
    backends: Backends,
    problem: Option<Problem>,
}

/// What the kernel filters by at the moment. Only root may ask, and asking loads the kernel's module where it is not
/// loaded; so nobody asks then, and nothing filters.
fn loaded(host: &Host, facts: &mut Facts) -> Loaded {
    let mut loaded = Loaded::default();
    let is_live = host.as_live().is_some();
    if let Some(output) = host.recorded("nft list ruleset") {
        // Stateless, without counters; archives have it with them.
        record(facts, "nftables", Ok(output));
    } else if !is_live {
        record(facts, "nftables", host.command(&NFT));
    } else if is_there(host) {
        let answer = host.command(&NFT).map_err(|error| unasked(error, "nft", "the kernel has nf_tables"));
        loaded.take("nftables", NFT.join(" "), record(facts, "nftables", answer));
    }
    for (key, command, file) in [
        ("iptables", "iptables-save", "/proc/net/ip_tables_names"),
        ("ip6tables", "ip6tables-save", "/proc/net/ip6_tables_names"),
    ] {
        let names = match host.text(file) {
            Ok(text) => Ok(text.split_whitespace().collect::<Vec<_>>().join(", ")),
            Err(ReadError::Missing(_)) => Ok(String::new()),
            Err(error) => Err(error),
        };
        match names {
            Err(error) => {
                facts.unread(&["network", "firewall", "rules", "loaded", key], &error);
                if is_live {
                    loaded.problem = loaded.problem.or_else(|| error.problem());
                }
            }
            Ok(names) if is_live && !names.is_empty() => {
                loaded.backends.insert(("iptables", file.to_owned()));
                let why = format!("{file} names tables ({names})");
                let answer = host.command(&[command]).map_err(|error| unasked(error, command, &why));
                record(facts, key, answer);
            }
            Ok(_) => {
                if let Some(output) = host.recorded(command) {
                    record(facts, key, Ok(output));
                }
            }
        }
    }
    loaded
}

const NFT: [&str; 4] = ["nft", "-s", "list", "ruleset"];

impl Loaded {
    fn take(&mut self, backend: &'static str, source: String, recorded: Recorded) {
        match recorded {
            Recorded::Rules => drop(self.backends.insert((backend, source))),
            Recorded::Nothing => {}
            Recorded::Unknown(problem) => self.problem = Some(problem),
        }
    }
}

/// Rules that nobody can be asked for may be there all the same: without the program nothing is known of them.
fn unasked(error: ReadError, program: &str, why: &str) -> ReadError {
    match error {
        ReadError::Missing(_) => ReadError::NotRun(format!("{why}, and there is no {program} to ask for the rules")),
        other => other,
    }
}

/// Whether the kernel has nf_tables: loaded, built in, or there is nothing that it could load.
fn is_there(host: &Host) -> bool {
    let modules = format!("/lib/modules/{}", host.word("/proc/sys/kernel/osrelease").unwrap_or_default());
    let built_in = || host.text(&format!("{modules}/modules.builtin")).is_ok_and(|text| text.contains("/nf_tables.ko"));
    host.exists("/sys/module/nf_tables") || !host.exists(&modules) || built_in()
}

/// What an answer had.
enum Recorded {
    Rules,
    Nothing,
    Unknown(Problem),
}

fn record(facts: &mut Facts, key: &str, answer: Result<crate::host::Output, ReadError>) -> Recorded {
    match answer {
        Ok(output) => {
            let rules = rules(&output.text);
            if rules.is_empty() {
                return Recorded::Nothing;
            }
            put(facts, "loaded", key, &rules, &output.source);
            Recorded::Rules
        }
        Err(error) => {
            facts.unread(&["network", "firewall", "rules", "loaded", key], &error);
            error.problem().map_or(Recorded::Nothing, Recorded::Unknown)
        }
    }
}

/// The rules of a text: without comments and empty lines, counters at zero.
fn rules(text: &str) -> String {
    static MOVING: OnceLock<[Regex; 3]> = OnceLock::new();
    #[expect(clippy::expect_used, reason = "the patterns are constants, and a test compiles them")]
    let [counts, packets, links] = MOVING.get_or_init(|| {
        [r"\[\d+:\d+\]", r"counter packets \d+ bytes \d+", r"\b(br-[0-9a-f]{12}|veth[0-9a-f]{6,}|cali[0-9a-f]{11})\b"]
            .map(|pattern| Regex::new(pattern).expect("a constant pattern"))
    });
    let mut out = String::new();
    let mut in_comment = false;
    for line in text.lines() {
        let line = line.trim_end();
        let start = line.trim_start();
        // XML's comments, on lines of their own, as firewalld's examples have them.
        in_comment = in_comment || start.starts_with("<!--");
        let skipped = in_comment || start.is_empty() || start.starts_with('#');
        in_comment = in_comment && !line.ends_with("-->");
        if skipped {
            continue;
        }
        let line = counts.replace_all(line, "[0:0]");
        let line = packets.replace_all(&line, "counter");
        let line = links.replace_all(&line, "(made-up link)");
        out.push_str(&line);
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};
    use std::os::unix::fs::symlink;

    #[test]
    fn saved_rules_are_read_with_what_they_include() {
        let (dir, host) = root(&[
            (
                "/etc/nftables.conf",
                "#!/usr/sbin/nft -f\nflush ruleset\ninclude \"/etc/nftables/*.nft\"\ninclude \"nft.x\"\n",
            ),
            ("/etc/nftables/a.nft", "table inet f {\n\tchain i { counter packets 5 bytes 300 drop }\n}\n"),
            ("/etc/nft.x", "include \"/etc/nftables.conf\"\n"),
            ("/etc/ufw/ufw.conf", "ENABLED=yes\n"),
            (
                "/etc/ufw/user.rules",
                "*filter\n:ufw-user-input - [0:0]\n### tuple ###\n-A x -p tcp --dport 22 -j ACCEPT\n",
            ),
            ("/etc/systemd/system/x", ""),
        ]);
        let wants = dir.path().join("etc/systemd/system/sysinit.target.wants");
        #[allow(clippy::disallowed_methods, reason = "a test makes its own root")]
        std::fs::create_dir(&wants).expect("a folder");
        symlink("/lib/systemd/system/nftables.service", wants.join("nftables.service")).expect("a link");
        let mut facts = Facts::new();
        probe(&host, &mut facts);
        let all = written(&facts);
        let expected = [
            "network.firewall.backend = [(\"nftables\") (\"ufw\")]",
            "network.firewall.rules.saved.\"/etc/nft.x\" = include \"/etc/nftables.conf\"\n",
            "network.firewall.rules.saved.\"/etc/nftables.conf\" = flush ruleset\ninclude \"/etc/nftables/*.nft\"\ninclude \"nft.x\"\n",
            "network.firewall.rules.saved.\"/etc/nftables/a.nft\" = table inet f {\n\tchain i { counter drop }\n}\n",
            "network.firewall.rules.saved.\"/etc/ufw/user.rules\" = *filter\n:ufw-user-input - [0:0]\n-A x -p tcp --dport 22 -j ACCEPT\n",
        ];
        assert_eq!(all[..5], expected);
        assert!(all[5].starts_with("network.firewall.rules_digest = blake3:"), "{}", all[5]);
        assert!(facts.problems().iter().all(|(_, problem)| problem.is_not_collected()));
    }

    #[test]
    fn a_filter_that_nobody_can_ask_is_not_none() {
        let why = "the kernel has nf_tables";
        let missing = ReadError::Missing("nft".to_owned());
        let mut facts = Facts::new();
        let mut loaded = Loaded::default();
        loaded.take("nftables", NFT.join(" "), record(&mut facts, "nftables", Err(unasked(missing, "nft", why))));
        assert!(loaded.backends.is_empty() && loaded.problem.is_some_and(|problem| problem.is_not_collected()));
        let [(path, problem)] = facts.problems() else { panic!("{:?}", facts.problems()) };
        assert_eq!(path.to_string(), "network.firewall.rules.loaded.nftables");
        assert!(problem.to_string().contains("there is no nft to ask"), "{problem}");
        let denied = ReadError::Denied("nft".to_owned());
        assert!(matches!(unasked(denied, "nft", why), ReadError::Denied(_)));
        let mut loaded = Loaded::default();
        let output = |text: &str| crate::host::Output { text: text.to_owned(), source: "nft".to_owned() };
        loaded.take("nftables", NFT.join(" "), record(&mut facts, "nftables", Ok(output("# none\n"))));
        assert!(loaded.backends.is_empty() && loaded.problem.is_none());
        loaded.take("nftables", NFT.join(" "), record(&mut facts, "nftables", Ok(output("table inet f {\n}\n"))));
        assert!(loaded.backends.iter().any(|(name, _)| *name == "nftables"));
    }

    #[test]
    fn what_moves_by_itself_is_no_rule() {
        let text = "# Generated by iptables-save v1.8.7 on Mon Jan  1\n*nat\n:PREROUTING ACCEPT [12:345]\n\
                    [7:8] -A DOCKER -i br-0123456789ab -j RETURN\nCOMMIT\n<!-- a\n b -->\n<zone>\n";
        let expected = "*nat\n:PREROUTING ACCEPT [0:0]\n[0:0] -A DOCKER -i (made-up link) -j RETURN\nCOMMIT\n<zone>\n";
        assert_eq!(rules(text), expected);
    }

    #[test]
    fn nothing_is_said_to_be_nothing() {
        let (_dir, host) = root(&[("/etc/ufw/ufw.conf", "ENABLED=no\n"), ("/etc/sysconfig/iptables", "# none\n")]);
        let mut facts = Facts::new();
        probe(&host, &mut facts);
        assert_eq!(written(&facts), ["network.firewall.backend = [(\"none\")]"]);
    }
}
