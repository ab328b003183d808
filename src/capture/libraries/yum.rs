//! `libraries.repositories`, `libraries.dnf` and `libraries.modules` of yum, dnf and zypper: dnf.conf(5), yum.conf(5).

use crate::capture::settings::{self, drop_ins};
use crate::capture::{Facts, Scope};
use crate::host::Host;
use crate::model::{Problem, ProblemKind, Value};
use ini::{Ini, ParseOption};

/// The settings of all repositories, and perhaps some repositories.
const MAIN: &[&str] = &["/etc/dnf/dnf.conf", "/etc/yum.conf"];

/// Files of repositories: dnf and yum, newer dnf's, zypper.
const FOLDERS: &[&str] = &["/etc/yum.repos.d", "/etc/distro.repos.d", "/etc/zypp/repos.d"];

/// What is chosen of modular packages.
const MODULES: &str = "/etc/dnf/modules.d";

/// Reads the settings, then the repositories, then the modules.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let mut check = None;
    let mut seen = Vec::new();
    for path in MAIN {
        // yum.conf is a link to dnf.conf where dnf has taken over.
        let Ok(stat) = host.stat(path) else { continue };
        if seen.contains(&stat.id) {
            continue;
        }
        seen.push(stat.id);
        let Some(file) = read(host, path, "dnf", facts) else { continue };
        for (section, options) in &file {
            match section {
                Some("main") => {
                    check = options.get("gpgcheck").map(is_true).or(check);
                    let mut facts = facts.at(&["libraries", "dnf"]);
                    for (key, value) in options.iter().filter(|(_, value)| !value.trim().is_empty()) {
                        facts.put(&[key], settings::squeeze(value), path);
                    }
                }
                Some(id) => repository(id, options, check, path, facts),
                None => {}
            }
        }
    }
    for folder in FOLDERS {
        let files = drop_ins(host, folder, ".repo").unwrap_or_else(|error| {
            facts.unread(&["libraries", "repositories"], &error);
            Vec::new()
        });
        for path in files {
            let Some(file) = read(host, &path, "repositories", facts) else { continue };
            for (section, options) in &file {
                if let Some(id) = section.filter(|id| *id != "main") {
                    repository(id, options, check, &path, facts);
                }
            }
        }
    }
    let files = drop_ins(host, MODULES, ".module").unwrap_or_else(|error| {
        facts.unread(&["libraries", "modules"], &error);
        Vec::new()
    });
    for path in files {
        let Some(file) = read(host, &path, "modules", facts) else { continue };
        for (section, options) in &file {
            let Some(name) = section else { continue };
            modules(name, options, &path, &mut facts.at(&["libraries", "modules", name]));
        }
    }
}

fn read(host: &Host, path: &str, area: &str, facts: &mut Facts) -> Option<Ini> {
    let text = match host.text(path) {
        Ok(text) => text,
        Err(error) => {
            facts.unread(&["libraries", area], &error);
            return None;
        }
    };
    // Values stand as they are: a backslash or a quote is part of a pattern. Lines that are moved in go on with the last.
    let option = ParseOption {
        enabled_quote: false,
        enabled_escape: false,
        enabled_indented_mutiline_value: true,
        ..ParseOption::default()
    };
    match Ini::load_from_str_opt(&text, option) {
        Ok(file) => Some(file),
        Err(error) => {
            let detail = format!("{path}: line {}: {}", error.line, error.msg);
            facts.problem(&["libraries", area], Problem::new(ProblemKind::NotParsable, detail));
            None
        }
    }
}

/// A section that says where packages come from; one without any place is switched off by that.
fn repository(id: &str, options: &ini::Properties, check: Option<bool>, path: &str, facts: &mut Facts) {
    let mut facts = facts.at(&["libraries", "repositories", id]);
    let value = |key: &str| options.get(key).map(str::trim).filter(|value| !value.is_empty());
    let places: Vec<&str> = value("baseurl").unwrap_or_default().split([' ', ',', '\t', '\n']).collect();
    let places: Vec<&str> = places.into_iter().filter(|place| !place.is_empty()).collect();
    match places.as_slice() {
        [] => {}
        [one] => facts.put(&["uri"], *one, path),
        all => facts.put(&["uri"], Value::list(all.iter().copied()), path),
    }
    facts.put_some(&["mirrors"], value("metalink").or_else(|| value("mirrorlist")), path);
    facts.put(&["enabled"], value("enabled").is_none_or(is_true), path);
    facts.put_some(&["signatures_checked"], value("gpgcheck").map(is_true).or(check), path);
    facts.put_some(&["priority"], value("priority").and_then(|text| text.parse::<i64>().ok()), path);
    facts.put_some(&["keys"], value("gpgkey").map(settings::squeeze), path);
    let excluded = value("excludepkgs").or_else(|| value("exclude"));
    let words = excluded.map(|text| Value::set(text.split([' ', ',', '\t', '\n']).filter(|word| !word.is_empty())));
    facts.put_some(&["excluded"], words, path);
    if value("sslverify").is_some_and(|value| !is_true(value)) {
        facts.put(&["tls_verified"], false, path);
    }
}

fn modules(name: &str, options: &ini::Properties, path: &str, facts: &mut Scope<'_>) {
    let value = |key: &str| options.get(key).map(str::trim).filter(|value| !value.is_empty());
    facts.put_some(&["state"], value("state"), path);
    facts.put_some(&["stream"], value("stream"), path);
    let profiles = value("profiles").map(|text| Value::set(text.split([',', ' ']).filter(|word| !word.is_empty())));
    facts.put_some(&["profiles"], profiles, path);
    facts.put_some(&["name"], value("name").filter(|own| *own != name), path);
}

fn is_true(value: &str) -> bool {
    matches!(value.trim().to_ascii_lowercase().as_str(), "1" | "yes" | "true" | "on")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::tally::{Tally, fixtures};
    use crate::capture::sample::Root;
    use crate::capture::settings::tests::written;

    #[test]
    fn repositories_are_told_with_what_is_checked() {
        let root = Root::new(&[
            ("/etc/dnf/dnf.conf", "[main]\ngpgcheck=1\nbest=False\nproxy=http://u:s3cr3tpw@proxy:3128\nproxy_password=hunter22\n"),
            (
                "/etc/yum.repos.d/own.repo",
                "[own]\nname=Own $releasever\nbaseurl=https://u:s3cr3tpw@a.example/$releasever/\n        https://b.example/\n\
                 gpgcheck=0\nsslverify=0\npriority=10\nexcludepkgs=kernel* x\n\n[off]\nmetalink=https://m.example/?repo=$basearch\nenabled=0\n",
            ),
        ])
        .link("/etc/yum.conf", "dnf/dnf.conf");
        let facts = root.probe(probe);
        assert_eq!(
            written(&facts),
            [
                "libraries.dnf.best = False",
                "libraries.dnf.gpgcheck = 1",
                "libraries.dnf.proxy = http://u:[redacted]@proxy:3128",
                "libraries.dnf.proxy_password = [redacted]",
                "libraries.repositories.off.enabled = false",
                "libraries.repositories.off.mirrors = https://m.example/?repo=$basearch",
                "libraries.repositories.off.signatures_checked = true",
                "libraries.repositories.own.enabled = true",
                "libraries.repositories.own.excluded = [(\"kernel*\") (\"x\")]",
                "libraries.repositories.own.priority = 10",
                "libraries.repositories.own.signatures_checked = false",
                "libraries.repositories.own.tls_verified = false",
                "libraries.repositories.own.uri = [(\"https://u:[redacted]@a.example/$releasever/\") (\"https://b.example/\")]",
            ]
        );
    }

    #[test]
    fn fixtures_of_dnf_are_read() {
        let Some(folder) = fixtures("etc-samples") else { return };
        let mut tally = Tally::new("etc-samples/dnf_conf, yum_conf, dnf_modules");
        let samples = [
            ("dnf_conf/DNF_CONF.txt", "/etc/dnf/dnf.conf"),
            ("yum_conf/YUM_CONF_DOC_TEST.txt", "/etc/yum.conf"),
            ("dnf_modules/DNF_MODULES_INPUT.txt", "/etc/dnf/modules.d/all.module"),
        ];
        let mut facts = Vec::new();
        for (file, path) in samples {
            #[allow(clippy::disallowed_methods, reason = "a test reads its fixture")]
            let text = std::fs::read_to_string(folder.join(file)).expect("readable");
            facts.extend(written(&Root::new(&[(path, &text)]).probe(probe)));
        }
        for known in [
            "dnf.best = False",
            "dnf.gpgcheck = 1",
            "dnf.skip_if_unavailable = True",
            "repositories.rhel-7-server-rhn-tools-beta-debug-rpms.enabled = false",
            "repositories.rhel-7-server-rhn-tools-beta-debug-rpms.uri = https://cdn.redhat.com/content/beta/rhel/server/7/$basearch/rhn-tools/debug",
            "repositories.bad-repo.enabled = true",
            "dnf.installonly_limit = 3",
            "repositories.rhel-7-server-rpms.uri = https://cdn.redhat.com/content/rhel/server/7/$basearch",
            "repositories.rhel-7-server-rpms.enabled = true",
            "repositories.rhel-7-server-rpms.signatures_checked = true",
            "modules.postgresql.stream = 9.6",
            "modules.postgresql.profiles = [(\"client\")]",
            "modules.python36.state = enabled",
            "modules.virt.stream = rhel",
        ] {
            let known = format!("libraries.{known}");
            tally.agree(&known, facts.contains(&known), "not told");
        }
        tally.finish();
    }
}
