//! What real machines' archives and samples say of services, against what is read of them.
#![allow(clippy::disallowed_methods, reason = "a test unpacks its data and reads what is expected of it")]

use super::*;
use crate::base::tally::{Tally, fixtures};
use crate::capture::os::{cron, init, timers};
use crate::capture::sample::Root;
use crate::capture::settings::tests::written;
use crate::model::vocabulary::Vocabulary;
use std::process::Command;

const SOS: [&str; 2] = ["sos-ubuntu2004-k8s-vm", "sos-ubuntu2004-openstack-compute-vm"];

fn unpacked(archive: &str) -> Option<tempfile::TempDir> {
    let archive = fixtures("roots")?.join(archive);
    let dir = tempfile::tempdir().expect("a folder");
    let status = Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(dir.path()).status();
    assert!(status.expect("tar runs").success());
    Some(dir)
}

fn capture(host: &Host) -> Facts {
    let mut facts = Facts::new();
    [probe, timers::probe, cron::probe, init::probe].iter().for_each(|probe| probe(host, &mut facts));
    for (path, _) in facts.values() {
        assert!(Vocabulary::builtin().find(path).is_some(), "{path} stands in no entry of facts.toml");
    }
    facts
}

fn fact(facts: &Facts, unit: &str, key: &str) -> String {
    let area = if unit.ends_with(".timer") { "timers" } else { "services" };
    let found = facts.values().iter().find(|(path, _)| path.segments() == ["os", area, unit, key]);
    found.map(|(_, value)| text(Some(value))).unwrap_or_default()
}

fn text(value: Option<&Value>) -> String {
    if let Some(Value::Text(text)) = value { text.clone() } else { String::new() }
}

/// The columns of a list of systemctl's.
fn rows(text: &str) -> Vec<Vec<String>> {
    let lines = text.lines().map(|line| line.trim_start_matches(['\u{25cf}', ' ']));
    let rows = lines.map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    rows.filter(|row| row.len() > 1 && row[0].contains('.')).collect()
}

fn is_ours(unit: &str) -> bool {
    [".service", ".socket", ".path", ".timer"].iter().any(|kind| unit.ends_with(kind))
}

#[test]
fn fixtures_of_sos_say_of_services_what_systemctl_said() {
    for name in SOS {
        let Some(dir) = unpacked(&format!("{name}.tar.xz")) else { return };
        let host = Host::root(dir.path().to_str().expect("UTF-8")).expect("opens");
        let facts = capture(&host);
        let mut tally = Tally::new(format!("roots/{name} services by systemctl"));
        let files = host.recorded("systemctl list-unit-files").expect("recorded").text;
        for row in rows(&files).iter().filter(|row| is_ours(&row[0]) && !row[0].starts_with("dbus-org.")) {
            let alias = fact(&facts, &row[0], "alias_of");
            if alias.is_empty() {
                tally.check(format!("{} enabled", row[0]), fact(&facts, &key(&row[0]), "enabled"), &row[1]);
            } else {
                let target = rows(&files).into_iter().find(|other| other[0] == alias).map(|row| row[1].clone());
                tally.check(format!("{} is {alias}", row[0]), target.unwrap_or_default(), &row[1]);
            }
        }
        let units = host.recorded("systemctl list-units").expect("recorded").text;
        for row in rows(&units).iter().filter(|row| is_ours(&row[0]) && row.len() > 3 && row[1] == "loaded") {
            // Instances are named for this machine's disks and users; those that somebody switched on are listed.
            let unit = key(&row[0]);
            let is_instance = units::template(&unit).is_some() && fact(&facts, &unit, "enabled").is_empty();
            if !is_instance && !unit.starts_with("dbus-org.") {
                tally.check(format!("{} active", row[0]), fact(&facts, &unit, "active"), &row[2]);
            }
        }
        tally.check("init", text(facts.get("os.init")), "systemd");
        tally.finish();
    }
}

#[test]
fn fixtures_of_sos_have_the_same_states_in_their_folders() {
    for name in SOS {
        let Some(dir) = unpacked(&format!("{name}.tar.xz")) else { return };
        let top = dir.path().join(name);
        let files =
            std::fs::read_to_string(top.join("sos_commands/systemd/systemctl_list-unit-files")).expect("a list");
        std::fs::remove_dir_all(top.join("sos_commands")).expect("removed");
        let facts = capture(&Host::root(top.to_str().expect("UTF-8")).expect("opens"));
        let mut tally = Tally::new(format!("roots/{name} /etc/systemd by systemctl"));
        for row in rows(&files).iter().filter(|row| is_ours(&row[0])) {
            let ours = fact(&facts, &row[0], "enabled");
            if !ours.is_empty() {
                tally.check(&row[0], ours, &row[1]);
            }
        }
        tally.finish();
    }
}

#[test]
fn fixtures_of_other_lists_are_read_line_by_line() {
    let Some(folder) = fixtures("etc-samples") else { return };
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).expect("readable");
    let archive =
        |name: &str, sample: &str| capture_root(&Root::new(&[(&format!("/insights_commands/{name}"), text(sample))]));
    let mut tally = Tally::new("etc-samples/chkconfig");
    for sample in ["RHEL_73_SERVICES", "SERVICES", "SERVICES_NG"] {
        let sample = format!("chkconfig/{sample}.txt");
        let facts = archive("chkconfig_--list", &sample);
        for line in text(&sample).lines() {
            if let Some((name, levels)) = line.split_once("0:").map(|(name, rest)| (name.trim(), rest)) {
                let known = if levels.contains(":on") { "enabled" } else { "disabled" };
                tally.check(name, fact(&facts, &format!("{name}.service"), "enabled"), known);
            } else if let Some((name, known)) = line.split_once(": ").filter(|(name, _)| *name != "Note") {
                let known = if known.trim() == "on" { "enabled" } else { "disabled" };
                tally.check(name.trim(), fact(&facts, &format!("xinetd:{}", name.trim()), "enabled"), known);
            }
        }
    }
    tally.finish();
    let mut tally = Tally::new("etc-samples/systemctl_show");
    for (command, sample) in [
        ("systemctl_show_.service", "systemctl_show/SYSTEMCTL_SHOW_ALL_EXAMPLES.txt"),
        ("systemctl_show_.target", "systemctl_show/SYSTEMCTL_SHOW_TARGET.txt"),
    ] {
        let facts = archive(command, sample);
        let sample = text(sample);
        for block in sample.split("\n\n") {
            let field = |key: &str| block.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            let (Some(id), Some(state)) = (field("Id"), field("UnitFileState")) else { continue };
            if is_ours(id) {
                tally.check(format!("{id} enabled"), fact(&facts, id, "enabled"), state);
                tally.check(
                    format!("{id} active"),
                    fact(&facts, id, "active"),
                    field("ActiveState").unwrap_or_default(),
                );
            }
        }
    }
    tally.finish();
    let mut tally = Tally::new("etc-samples/tuned");
    for (sample, known) in
        [("TUNED_OUTPUT", "virtual-guest"), ("TUNED_OUTPUT2", ""), ("TUNED_OUTPUT3", "virtual-guest-vmware")]
    {
        let facts = archive("tuned-adm_list", &format!("tuned/{sample}.txt"));
        tally.check(sample, self::text(facts.get("os.tuned_profile")), known);
    }
    tally.finish();
}

fn capture_root(root: &Root) -> Facts {
    let mut facts = root.probe(probe);
    facts.extend(vec![root.probe(init::probe)]);
    facts
}

#[test]
fn what_this_machine_says_is_known_to_the_vocabulary() {
    assert!(!capture(&Host::live().without_programs()).is_empty());
}

#[test]
fn fixtures_of_tables_are_read() {
    let Some(dir) = unpacked("augeas-root.tar.gz") else { return };
    let host = Host::root(dir.path().to_str().expect("UTF-8")).expect("opens");
    let mut facts = Facts::new();
    cron::probe(&host, &mut facts);
    let mut tally = Tally::new("roots/augeas-root cron");
    for (path, key) in [("etc/crontab", "/etc/crontab"), ("var/spool/cron/root", "user:root")] {
        let text = std::fs::read_to_string(dir.path().join(path)).expect("readable");
        let known = text.lines().filter(|line| !line.trim().is_empty() && !line.trim().starts_with('#'));
        let ours = written(&facts).into_iter().find(|line| line.contains(&format!("\"{key}\".jobs"))).expect("read");
        for line in known {
            let last = line.split_whitespace().next_back().expect("a word").replace('"', "\\\"");
            tally.agree(line, ours.contains(&last), &ours);
        }
        tally.check(
            key,
            ours.matches("(\"").count(),
            text.lines().filter(|l| !l.trim().is_empty() && !l.trim().starts_with('#')).count(),
        );
    }
    tally.finish();
}
