//! `os.init`: what starts everything else, and `os.tuned_profile`: what tuned(8) tunes the machine for.

use crate::capture::Facts;
use crate::host::Host;
use crate::model::{Problem, ProblemKind};

/// Reads process 1 of the live machine, else what is to become it.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let (kind, source) = if host.as_live().is_some() { running(host) } else { installed(host) };
    if kind.is_none() && hides_processes(host) {
        facts.problem(&["os", "init"], hidden());
    }
    facts.put_some(&["os", "init"], kind, source);
    tuned(host, facts);
}

/// Whether the machine shows a user his own processes only: the first is always there. proc(5), `hidepid`.
pub(in crate::capture) fn hides_processes(host: &Host) -> bool {
    host.as_live().is_some() && !host.exists("/proc/1") && host.exists("/proc/self")
}

/// Why others' processes are not known.
pub(super) fn hidden() -> Problem {
    Problem::new(ProblemKind::Denied, "/proc/1: /proc is mounted with hidepid")
}

fn running(host: &Host) -> (Option<String>, &'static str) {
    const COMM: &str = "/proc/1/comm";
    // sd_booted(3): systemd is called `init` where it is started through that link.
    if host.exists("/run/systemd/system") {
        return (Some("systemd".to_owned()), "/run/systemd/system");
    }
    if host.exists("/run/openrc/softlevel") {
        return (Some("openrc".to_owned()), "/run/openrc/softlevel");
    }
    match host.word(COMM) {
        // A container has whatever program it was made for.
        Ok(name) if name != "init" => (Some(name), COMM),
        Ok(_) => installed(host),
        Err(_) => (None, COMM),
    }
}

/// By what /sbin/init is or leads to.
fn installed(host: &Host) -> (Option<String>, &'static str) {
    const PROGRAMS: [&str; 2] = ["/sbin/init", "/usr/sbin/init"];
    let kind = |kind: &str, source| (Some(kind.to_owned()), source);
    for path in PROGRAMS {
        if let Ok(target) = host.link(path) {
            return match target.rsplit('/').next().unwrap_or_default() {
                "openrc-init" => kind("openrc", path),
                "busybox" if host.exists("/etc/runlevels") => kind("openrc", "/etc/runlevels"),
                "runit-init" => kind("runit", path),
                other => kind(other, path),
            };
        }
    }
    let program = PROGRAMS.into_iter().find(|path| host.exists(path));
    match program {
        Some(_) if host.exists("/etc/runlevels") => kind("openrc", "/etc/runlevels"),
        Some(path) if host.exists("/etc/inittab") => kind("sysvinit", path),
        Some(path) => kind("init", path),
        // A support archive has no programs; what systemctl said in it says who answered.
        None if host.recorded("systemctl list-units").is_some() => kind("systemd", "systemctl list-units"),
        None if host.exists("/usr/sbin") || host.exists("/sbin") => kind("none", "/sbin/init"),
        None => (None, "/sbin/init"),
    }
}

fn tuned(host: &Host, facts: &mut Facts) {
    const KEYS: [&str; 2] = ["os", "tuned_profile"];
    const ACTIVE: &str = "/etc/tuned/active_profile";
    match host.word(ACTIVE) {
        Ok(profile) if !profile.is_empty() => return facts.put(&KEYS, profile, ACTIVE),
        Ok(_) => {}
        Err(error) => facts.unread(&KEYS, &error),
    }
    for line in ["tuned-adm active", "tuned-adm list"] {
        let said = host.recorded(line);
        if let Some((profile, source)) = said.and_then(|said| Some((active_profile(&said.text)?, said.source))) {
            return facts.put(&KEYS, profile, &source);
        }
    }
}

/// The profile as tuned-adm(8) names it; one that is preset and not applied is none.
pub(super) fn active_profile(text: &str) -> Option<String> {
    let profile = text.lines().find_map(|line| line.trim().strip_prefix("Current active profile:"))?.trim();
    (!profile.is_empty()).then(|| profile.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sample::Root;
    use crate::model::Value;

    #[test]
    fn the_link_tells_the_kind() {
        let kind = |root: Root| root.probe(probe).get("os.init").cloned();
        let root = || Root::new(&[("/sbin/x", "")]);
        assert_eq!(kind(root().link("/sbin/init", "../lib/systemd/systemd")), Some(Value::from("systemd")));
        assert_eq!(kind(root().link("/sbin/init", "/bin/busybox")), Some(Value::from("busybox")));
        assert_eq!(kind(root()), Some(Value::from("none")));
        let alpine = Root::new(&[("/etc/runlevels/default/x", "")]).link("/sbin/init", "/bin/busybox");
        assert_eq!(kind(alpine), Some(Value::from("openrc")));
        let old = Root::new(&[("/sbin/init", ""), ("/etc/inittab", "id:2:initdefault:\n")]);
        assert_eq!(kind(old), Some(Value::from("sysvinit")));
    }
}
