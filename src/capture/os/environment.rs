//! `os.environment`: the variables of this process; `os.environment_of.<service>`: those of PID 1 and of the services that
//! the user names, proc_pid_environ(5); `os.limits_of.<service>`: what those services may use.

use super::init::{hidden, hides_processes};
use super::limits;
use crate::capture::{Facts, Scope};
use crate::host::{Host, Output, ReadError};
use crate::model::{Problem, ProblemKind, Value};
use std::collections::HashSet;

/// Variables that tell of one session, process or boot and of nothing else: each comparison would show them all. They
/// are left out, of services too.
const SESSION: [&str; 45] = [
    "_",
    "COLORTERM",
    "COLUMNS",
    "CREDENTIALS_DIRECTORY",
    "DBUS_SESSION_BUS_ADDRESS",
    "DESKTOP_SESSION",
    "DISPLAY",
    "GPG_AGENT_INFO",
    "GPG_TTY",
    "INVOCATION_ID",
    "JOURNAL_STREAM",
    "LINES",
    "LISTEN_FDNAMES",
    "LISTEN_FDS",
    "LISTEN_PID",
    "LS_COLORS",
    "LSCOLORS",
    "MAIL",
    "MAINPID",
    "MEMORY_PRESSURE_WATCH",
    "MEMORY_PRESSURE_WRITE",
    "MOTD_SHOWN",
    "NOTIFY_SOCKET",
    "OLDPWD",
    "PS1",
    "PS2",
    "PWD",
    "SHLVL",
    "SSH_AGENT_PID",
    "SSH_ASKPASS",
    "SSH_AUTH_SOCK",
    "SSH_CLIENT",
    "SSH_CONNECTION",
    "SSH_TTY",
    "STY",
    "SUDO_COMMAND",
    "SYSTEMD_EXEC_PID",
    "TERM",
    "TERMCAP",
    "TERM_PROGRAM",
    "TERM_PROGRAM_VERSION",
    "TMUX",
    "TMUX_PANE",
    "WAYLAND_DISPLAY",
    "WINDOWID",
];

/// How the names of other such variables begin.
const SESSION_STARTS: [&str; 4] = ["XDG_SESSION_", "WATCHDOG_", "SUDO_", "LESS_TERMCAP_"];

/// Variables that hold a path of several folders, in which the order counts.
const LISTS: [&str; 4] = ["CLASSPATH", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH"];

/// The most variables of one process.
const CAP: usize = 5_000;

/// The most processes that are looked at to find services.
const PROCESSES: usize = 100_000;

/// What stands in the place of a service's name for PID 1.
const INIT: &str = "init";

/// Reads this process, PID 1 and the services.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let services = facts.options().watch.services.clone();
    if host.as_live().is_some() {
        own(host, facts);
    } else if let Some(Output { text, source }) = host.recorded("env").or_else(|| host.recorded("printenv")) {
        put(text.lines(), &source, &mut facts.at(&["os", "environment"]));
    } else {
        facts.not_collected(&["os", "environment"], "only a running machine has this process");
    }
    if !host.exists("/proc/1") {
        if host.as_live().is_none() {
            facts.not_collected(&["os", "environment_of"], "the root has no /proc of running processes");
            facts.not_collected(&["os", "limits_of"], "the root has no /proc of running processes");
        } else if hides_processes(host) {
            facts.problem(&["os", "environment_of", INIT], hidden());
            facts.problem(&["os", "limits_of", INIT], hidden());
        }
        if services.is_empty() || !host.exists("/proc") {
            return;
        }
    } else {
        of_process(host, "1", INIT, facts);
    }
    if services.is_empty() {
        return;
    }
    let processes = processes(host);
    for service in &services {
        let name = service.strip_suffix(".service").unwrap_or(service);
        match main_process(&processes, name) {
            Some(pid) => of_process(host, pid, name, facts),
            None if hides_processes(host) => facts.problem(&["os", "environment_of", name], hidden()),
            None => facts.not_collected(&["os", "environment_of", name], "no process of this service is seen"),
        }
    }
}

fn own(host: &Host, facts: &mut Facts) {
    const OWN: &str = "/proc/self/environ";
    match host.text(OWN) {
        Ok(text) => put(text.split('\0'), OWN, &mut facts.at(&["os", "environment"])),
        Err(error) => facts.unread(&["os", "environment"], &error),
    }
}

fn of_process(host: &Host, pid: &str, name: &str, facts: &mut Facts) {
    let path = format!("/proc/{pid}/environ");
    match host.text(&path) {
        Ok(text) => put(text.split('\0'), &path, &mut facts.at(&["os", "environment_of", name])),
        Err(error) => facts.unread(&["os", "environment_of", name], &error),
    }
    let path = format!("/proc/{pid}/limits");
    match host.text(&path) {
        Ok(text) => limits::put(&text, &path, &mut facts.at(&["os", "limits_of", name])),
        Err(error) => facts.unread(&["os", "limits_of", name], &error),
    }
}

fn put<'a>(variables: impl Iterator<Item = &'a str>, source: &str, facts: &mut Scope) {
    let mut count = 0;
    for (name, value) in variables.filter_map(|one| one.split_once('=')).filter(|(name, _)| !is_of_session(name)) {
        count += 1;
        if count > CAP {
            return facts.problem(&[], Problem::new(ProblemKind::TooLarge, format!("{source} has more than {CAP}")));
        }
        let value = if LISTS.contains(&name) { Value::list(value.split(':')) } else { Value::from(value) };
        facts.put(&[name], value, source);
    }
}

fn is_of_session(name: &str) -> bool {
    name.is_empty() || SESSION.contains(&name) || SESSION_STARTS.iter().any(|start| name.starts_with(start))
}

/// A process: what is needed to find the main one of a service.
#[derive(Debug, Default)]
struct Process {
    pid: String,
    parent: String,
    name: String,
    /// The text of /proc/PID/cgroup.
    groups: String,
}

fn processes(host: &Host) -> Vec<Process> {
    let entries = host.list("/proc").unwrap_or_default().into_iter().map(|entry| entry.name);
    let numbers = entries.filter(|name| name.bytes().all(|byte| byte.is_ascii_digit())).take(PROCESSES);
    let read = |pid: String| -> Result<Process, ReadError> {
        // `7 (a name (1)) S 1 ...`: the name may hold anything.
        let stat = host.text(&format!("/proc/{pid}/stat"))?;
        let (head, tail) = stat.rsplit_once(')').unwrap_or_default();
        let name = head.split_once('(').map(|(_, name)| name.to_owned()).unwrap_or_default();
        let parent = tail.split_whitespace().nth(1).unwrap_or_default().to_owned();
        let groups = host.text(&format!("/proc/{pid}/cgroup")).unwrap_or_default();
        Ok(Process { pid, parent, name, groups })
    };
    // One that has ended in the meantime is no matter.
    numbers.filter_map(|pid| read(pid).ok()).collect()
}

/// The process of a service that none of its others has started; the first of several. systemd names the service in the
/// control group; without it, the program has the service's name.
fn main_process<'a>(processes: &'a [Process], service: &str) -> Option<&'a str> {
    let end = format!("{service}.service");
    let in_group = |process: &&Process| {
        let paths = process.groups.lines().filter_map(|line| line.splitn(3, ':').nth(2));
        paths.flat_map(|path| path.split('/')).any(|part| part == end)
    };
    let own: Vec<&Process> = processes.iter().filter(in_group).collect();
    // The kernel keeps fifteen bytes of a name.
    let short = service.get(..15).unwrap_or(service);
    let named = || processes.iter().filter(|process| process.name == short).collect();
    let own: Vec<&Process> = if own.is_empty() { named() } else { own };
    let known: HashSet<&str> = own.iter().map(|process| process.pid.as_str()).collect();
    own.iter().find(|process| !known.contains(process.parent.as_str())).map(|process| process.pid.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::Options;
    use crate::capture::sample::Root;
    use crate::capture::settings::tests::written;
    use crate::policy::Watch;

    fn watching(services: &[&str]) -> Options {
        let services = services.iter().map(|one| (*one).to_owned()).collect();
        Options { watch: Watch { services, ..Watch::default() }, ..Options::default() }
    }

    #[test]
    fn named_services_and_the_first_process_are_read() {
        let root = Root::new(&[
            ("/proc/1/environ", "PATH=/sbin:/bin\0TERM=linux\0LANG=C.UTF-8\0"),
            ("/proc/1/stat", "1 (systemd) S 0 1 1"),
            ("/proc/1/cgroup", "0::/init.scope\n"),
            ("/proc/70/stat", "70 (api worker (2)) S 69 1 1"),
            ("/proc/70/cgroup", "0::/system.slice/api.service\n"),
            ("/proc/70/environ", "WORKER=2\0"),
            ("/proc/69/stat", "69 (api) S 1 1 1"),
            ("/proc/69/cgroup", "1:name=systemd:/system.slice/api.service\n0::/system.slice/api.service\n"),
            ("/proc/69/environ", "DB_PASSWORD=hunter2hunter2\0FEATURE=on\0INVOCATION_ID=1f\0SUDO_UID=0\0odd\0=x\0"),
            ("/proc/69/limits", "Max open files            65536                65536                files     \n"),
        ]);
        let facts = root.probe_with(probe, watching(&["api.service", "gone"]));
        let expected = [
            "os.environment_of.api.DB_PASSWORD = [redacted]",
            "os.environment_of.api.FEATURE = on",
            "os.environment_of.init.LANG = C.UTF-8",
            "os.environment_of.init.PATH = [(\"/sbin\") (\"/bin\")]",
            "os.limits_of.api.nofile.hard = 65536",
            "os.limits_of.api.nofile.soft = 65536",
        ];
        assert_eq!(written(&facts), expected);
        assert!(facts.problems().iter().any(|(path, _)| path.to_string() == "os.environment_of.gone"));
    }

    #[test]
    fn without_control_groups_the_program_is_known_by_its_name() {
        let root = Root::new(&[
            ("/proc/5/stat", "5 (a-long-name-of-) S 1 1 1"),
            ("/proc/5/environ", "A=1\0"),
            ("/proc/6/stat", "6 (a-long-name-of-) S 5 1 1"),
        ]);
        let facts = root.probe_with(probe, watching(&["a-long-name-of-a-service"]));
        assert_eq!(written(&facts), ["os.environment_of.a-long-name-of-a-service.A = 1"]);
    }

    #[test]
    fn another_root_has_no_processes() {
        let facts = Root::new(&[("/etc/hostname", "x")]).probe(probe);
        assert!(facts.values().is_empty());
        assert!(facts.problems().iter().all(|(_, problem)| problem.is_not_collected()) && !facts.is_empty());
    }
}
