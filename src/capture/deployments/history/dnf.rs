//! The data base in which dnf(8) keeps every transaction, with who asked for it: its logs are rotated away, and without
//! them nothing tells that a package was once newer. The tables are libdnf's `sql/create.sql` and, of dnf5, those of
//! `transaction/db/sql/create_tables.sql`.

use super::{Command, Event, READ};
use crate::capture::libraries::sqlite::{Broken, Cell, Sqlite};
use crate::host::{Host, ReadError};
use std::collections::{BTreeMap, HashMap, VecDeque};

/// What is different in the tables of the two.
struct Form {
    file: &'static str,
    /// The state of an item that is as it was wanted.
    done: i64,
    /// Names stand in a table of their own.
    has_names: bool,
    /// The command as it was typed, or its arguments alone.
    is_whole: bool,
    action: fn(i64) -> Option<Action>,
}

/// dnf5 takes the history of its predecessor over, and leaves that where it is.
const FORMS: [Form; 2] = [
    Form {
        file: "/usr/lib/sysimage/libdnf5/transaction_history.sqlite",
        done: 2,
        has_names: true,
        is_whole: true,
        action: |number| match number {
            1 => Some(Action::Comes("install")),
            2 => Some(Action::Comes("upgrade")),
            3 => Some(Action::Comes("downgrade")),
            4 => Some(Action::Comes("reinstall")),
            5 => Some(Action::Goes("remove")),
            6 => Some(Action::Goes("disappear")),
            _ => None,
        },
    },
    Form {
        file: "/var/lib/dnf/history.sqlite",
        done: 1,
        has_names: false,
        is_whole: false,
        action: |number| match number {
            // What makes another obsolete is installed for it.
            1 | 4 => Some(Action::Comes("install")),
            2 => Some(Action::Comes("downgrade")),
            6 => Some(Action::Comes("upgrade")),
            9 => Some(Action::Comes("reinstall")),
            3 | 5 | 7 | 10 => Some(Action::Goes("disappear")),
            8 => Some(Action::Goes("remove")),
            _ => None,
        },
    },
];

/// What a transaction does with one version of a package.
#[derive(Clone, Copy)]
enum Action {
    Comes(&'static str),
    /// For good, unless another version of it comes.
    Goes(&'static str),
}

/// A data base and what stands in it, the oldest first.
pub(super) struct Told {
    pub(super) file: &'static str,
    pub(super) commands: Vec<Command>,
    pub(super) events: Vec<Event>,
}

/// Reads the history of dnf5 or of dnf; `None` where there is neither.
///
/// # Errors
/// A data base is there and cannot be read.
pub(super) fn history(host: &Host) -> Result<Option<Told>, (&'static str, Broken)> {
    for form in &FORMS {
        match read(host, form) {
            Err(Broken::Unread(ReadError::Missing(_))) => {}
            Err(broken) => return Err((form.file, broken)),
            Ok(told) if told.events.is_empty() => {}
            Ok(told) => return Ok(Some(told)),
        }
    }
    Ok(None)
}

struct Item {
    transaction: i64,
    package: String,
    version: String,
    action: Action,
}

fn read(host: &Host, form: &Form) -> Result<Told, Broken> {
    let data = Sqlite::open(host, form.file)?;
    let mut names = HashMap::new();
    if form.has_names {
        data.rows("pkg_name", &mut |id, cells| names.extend(text(cells, 1).map(|name| (id, name.to_owned()))))?;
    }
    // item_id, name or its number, epoch, version, release
    let mut packages: HashMap<i64, (String, String)> = HashMap::new();
    data.rows("rpm", &mut |row, cells| {
        let name = if form.has_names {
            integer(cells, 1).and_then(|id| names.get(&id)).map(String::as_str)
        } else {
            text(cells, 1)
        };
        if let (Some(name), Some(own), Some(release)) = (name, text(cells, 3), text(cells, 4)) {
            let epoch = integer(cells, 2).filter(|epoch| *epoch != 0).map(|epoch| format!("{epoch}:"));
            let version = format!("{}{own}-{release}", epoch.unwrap_or_default());
            packages.insert(integer(cells, 0).unwrap_or(row), (name.to_owned(), version));
        }
    })?;
    // id, trans_id, item_id, repo_id, action, reason, state: in the order of their numbers, so the newest come last.
    let mut items: VecDeque<Item> = VecDeque::new();
    data.rows("trans_item", &mut |_, cells| {
        let package = integer(cells, 2).and_then(|id| packages.get(&id));
        let action = integer(cells, 4).and_then(form.action);
        if let (Some((package, version)), Some(action), Some(transaction)) = (package, action, integer(cells, 1))
            && integer(cells, 6) == Some(form.done)
        {
            if items.len() == 2 * READ {
                items.pop_front();
            }
            items.push_back(Item { transaction, package: package.clone(), version: version.clone(), action });
        }
    })?;
    // id, dt_begin, dt_end, two states of rpm's data base, releasever, user_id, command
    let users = users(host);
    let mut times = HashMap::new();
    let mut commands = Vec::new();
    data.rows("trans", &mut |id, cells| {
        let begun = integer(cells, 1).and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
        let Some(time) = begun.map(|time| time.to_string()) else { return };
        if let Some(command) = text(cells, 7).map(str::trim).filter(|command| !command.is_empty()) {
            let command = if form.is_whole { command.to_owned() } else { format!("dnf {command}") };
            // Who is not logged in has the number -1: audit's loginuid, pam_loginuid(8).
            let user = integer(cells, 6).filter(|user| (0..i64::from(u32::MAX)).contains(user));
            let by = user.map(|user| users.get(&user).cloned().unwrap_or_else(|| user.to_string()));
            commands.push(Command { time: time.clone(), command, by });
        }
        times.insert(id, time);
    })?;
    Ok(Told { file: form.file, commands, events: events(items, &times) })
}

/// A version that goes is the other half of one that comes in the same transaction.
fn events(items: VecDeque<Item>, times: &HashMap<i64, String>) -> Vec<Event> {
    let mut changes: BTreeMap<(i64, String), Event> = BTreeMap::new();
    for Item { transaction, package, version, action } in items {
        let Some(time) = times.get(&transaction) else { continue };
        let none = || Event { time: time.clone(), action: "", package: package.clone(), from: None, to: None };
        let event = changes.entry((transaction, package.clone())).or_insert_with(none);
        match action {
            Action::Comes(action) => (event.action, event.to) = (action, Some(version)),
            Action::Goes(action) => {
                event.from = Some(version);
                if event.action.is_empty() {
                    event.action = action;
                }
            }
        }
    }
    changes.into_values().collect()
}

fn text<'a>(cells: &[Cell<'a>], at: usize) -> Option<&'a str> {
    cells.get(at).and_then(|cell| cell.text())
}

fn integer(cells: &[Cell<'_>], at: usize) -> Option<i64> {
    cells.get(at).and_then(|cell| cell.integer())
}

/// Names by number, passwd(5).
fn users(host: &Host) -> HashMap<i64, String> {
    let text = host.text("/etc/passwd").unwrap_or_default();
    let user = |line: &str| {
        let mut fields = line.split(':');
        let (name, number) = (fields.next()?, fields.nth(1)?);
        Some((number.parse().ok()?, name.to_owned()))
    };
    text.lines().filter_map(user).collect()
}

#[cfg(test)]
mod tests {
    use super::super::probe;
    use super::super::tests::unpacked;
    use crate::capture::Facts;
    use crate::capture::sample::Root;
    use crate::capture::settings::tests::written;

    const DNF: &[u8] = include_bytes!("testdata/dnf.sqlite.gz");
    const DNF5: &[u8] = include_bytes!("testdata/dnf5.sqlite.gz");
    const USERS: &[u8] = b"root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n";

    fn told(facts: &Facts) -> Vec<String> {
        written(facts).into_iter().map(|line| line.replace("deployments.", "").replace('"', "")).collect()
    }

    /// What could not be read, beside what no other root tells.
    fn wrong(facts: &Facts) -> Vec<String> {
        let wrong = facts.problems().iter().filter(|(_, problem)| !problem.is_not_collected());
        wrong.map(|(path, problem)| format!("{path}: {problem}")).collect()
    }

    #[test]
    fn what_dnf_did_is_known_without_its_logs_and_who_asked_for_it() {
        let log = "2026-11-25T18:09:02+0000 SUBDEBUG Upgrade: told-2:1.1-1.noarch\n";
        let data = unpacked(DNF);
        let facts = Root::new(&[
            ("/var/lib/dnf/history.sqlite", &*data),
            ("/etc/passwd", USERS),
            ("/var/log/dnf.rpm.log", log.as_bytes()),
        ])
        .probe(probe);
        assert_eq!(wrong(&facts), [] as [String; 0]);
        let told = told(&facts);
        let events: Vec<_> = told.iter().filter(|line| line.starts_with("events.")).map(String::as_str).collect();
        assert_eq!(
            events,
            [
                "events.2026-11-25T18:09:20Z.gamma.action = install",
                "events.2026-11-25T18:09:20Z.gamma.to = 2:1.0-1",
                "events.2026-11-25T18:09:22Z.gamma.action = upgrade",
                "events.2026-11-25T18:09:22Z.gamma.from = 2:1.0-1",
                "events.2026-11-25T18:09:22Z.gamma.to = 2:1.1-1",
                "events.2026-11-25T18:09:24Z.gamma.action = downgrade",
                "events.2026-11-25T18:09:24Z.gamma.from = 2:1.1-1",
                "events.2026-11-25T18:09:24Z.gamma.to = 2:1.0-1",
                "events.2026-11-25T18:09:26Z.delta.action = install",
                "events.2026-11-25T18:09:26Z.delta.to = 2:3-1",
                "events.2026-11-25T18:09:28Z.delta.action = reinstall",
                "events.2026-11-25T18:09:28Z.delta.from = 2:3-1",
                "events.2026-11-25T18:09:28Z.delta.to = 2:3-1",
                "events.2026-11-25T18:09:30Z.delta.action = remove",
                "events.2026-11-25T18:09:30Z.delta.from = 2:3-1",
            ]
        );
        let command = "commands.2026-11-25T18:09:24Z.command = dnf -y -q --installroot=/mnt/root --releasever=1 \
                       --setopt=reposdir=/mnt/root/etc/yum.repos.d downgrade gamma";
        assert!(told.contains(&command.to_owned()), "{told:#?}");
        assert!(told.contains(&"commands.2026-11-25T18:09:24Z.by = root".to_owned()));
        let back: Vec<_> = told.iter().filter(|line| line.starts_with("rollbacks.")).collect();
        assert_eq!(
            back,
            [
                "rollbacks.gamma.from = 2:1.1-1",
                "rollbacks.gamma.time = 2026-11-25T18:09:24Z",
                "rollbacks.gamma.to = 2:1.0-1"
            ]
        );
    }

    #[test]
    fn dnf5_tells_it_in_tables_of_its_own() {
        let (new, old) = (unpacked(DNF5), unpacked(DNF));
        let facts = Root::new(&[
            ("/usr/lib/sysimage/libdnf5/transaction_history.sqlite", &*new),
            ("/var/lib/dnf/history.sqlite", &*old),
            ("/etc/passwd", USERS),
        ])
        .probe(probe);
        assert_eq!(
            told(&facts),
            [
                "commands.2026-01-01T00:00:00Z.by = alice",
                "commands.2026-01-01T00:00:00Z.command = dnf install nginx",
                "commands.2026-01-03T00:00:00Z.by = 1001",
                "commands.2026-01-03T00:00:00Z.command = dnf upgrade",
                "commands.2026-01-04T00:00:00Z.by = root",
                "commands.2026-01-04T00:00:00Z.command = dnf swap wget1 wget2",
                "events.2026-01-01T00:00:00Z.nginx.action = install",
                "events.2026-01-01T00:00:00Z.nginx.to = 1:1.26.2-1.fc41",
                "events.2026-01-02T00:00:00Z.nginx.action = upgrade",
                "events.2026-01-02T00:00:00Z.nginx.from = 1:1.26.2-1.fc41",
                "events.2026-01-02T00:00:00Z.nginx.to = 1:1.26.3-1.fc41",
                "events.2026-01-04T00:00:00Z.wget1.action = disappear",
                "events.2026-01-04T00:00:00Z.wget1.from = 1.24-1.fc41",
                "events.2026-01-04T00:00:00Z.wget2.action = install",
                "events.2026-01-04T00:00:00Z.wget2.to = 2.1-1.fc41",
            ]
        );
    }

    #[test]
    fn one_that_is_broken_is_a_problem_and_the_logs_speak() {
        let data = unpacked(DNF);
        let log = "2026-02-16T09:30:15Z SUBDEBUG Erase: bash-5.1.8-9.el9.x86_64\n";
        for cut in [0, 50, 5_000, 60_000] {
            let files = [("/var/lib/dnf/history.sqlite", &data[..cut]), ("/var/log/dnf.rpm.log", log.as_bytes())];
            let facts = Root::new(&files).probe(probe);
            assert_eq!(wrong(&facts).len(), 1, "{cut}: {:?}", facts.problems());
            assert!(told(&facts).contains(&"events.2026-02-16T09:30:15Z.bash.action = remove".to_owned()), "{cut}");
        }
    }
}
