//! `os.cron`: what cron(8) and anacron(8) start: tables line by line, scripts by their digests.

use super::services::digest;
use crate::capture::settings::{drop_ins, lines, squeeze};
use crate::capture::{Facts, Scope};
use crate::host::{EntryKind, Host, ReadError};
use crate::model::{Problem, ProblemKind, Value};

/// Tables of the system.
const TABLES: [&str; 2] = ["/etc/crontab", "/etc/anacrontab"];

/// Folders of tables, of which a name with a dot is read by some and not by others.
const FOLDERS: [&str; 1] = ["/etc/cron.d"];

/// Folders of scripts: cron's own and those of busybox.
const SCRIPTS: [&str; 10] = [
    "/etc/cron.hourly",
    "/etc/cron.daily",
    "/etc/cron.weekly",
    "/etc/cron.monthly",
    "/etc/cron.yearly",
    "/etc/periodic/15min",
    "/etc/periodic/hourly",
    "/etc/periodic/daily",
    "/etc/periodic/weekly",
    "/etc/periodic/monthly",
];

/// Where users' tables stand: Debian's and Alpine's, SUSE's, Red Hat's and others'.
const SPOOLS: [&str; 4] = ["/var/spool/cron/crontabs", "/etc/crontabs", "/var/spool/cron/tabs", "/var/spool/cron"];

/// The most lines of one table.
const LINES: usize = 2_000;

/// Reads tables and scripts. A user's table goes by the user, wherever it stands.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let is_archive = host.exists("/sos_commands") || host.exists("/insights_commands");
    if is_archive && !host.exists("/etc/crontab") && !host.exists("/etc/cron.d") {
        facts.not_collected(&["os", "cron"], "the archive has no tables of cron");
    }
    let mut facts = facts.at(&["os", "cron"]);
    for path in TABLES {
        put_table(host.text(path), path, path, &mut facts);
    }
    for folder in FOLDERS {
        for path in files(host, folder, &mut facts) {
            put_table(host.text(&path), &path, &path, &mut facts);
        }
    }
    for folder in SCRIPTS {
        for path in files(host, folder, &mut facts) {
            put_script(host, &path, &mut facts);
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    for folder in SPOOLS {
        for path in files(host, folder, &mut facts) {
            // One folder may be a link to the other, and what is no file is a folder of one of the others.
            let Ok(stat) = host.stat(&path) else { continue };
            let user = path.rsplit('/').next().unwrap_or_default();
            if stat.kind == EntryKind::File && !user.starts_with("cron.") && seen.insert(stat.id) {
                put_table(host.text(&path), &format!("user:{user}"), &path, &mut facts);
            }
        }
    }
    // Support archives keep root's table, by the command or by a name of their own.
    for line in ["crontab -l -u root", "root_crontab", "crontab -l"] {
        if let Some(said) = host.recorded(line).filter(|said| !said.text.contains("no crontab for")) {
            put_table(Ok(said.text), "user:root", &said.source, &mut facts);
            break;
        }
    }
}

/// The files of a folder without those that editors and package managers left there, which no cron reads.
fn files(host: &Host, folder: &str, facts: &mut Scope<'_>) -> Vec<String> {
    match drop_ins(host, folder, "") {
        Ok(mut files) => {
            let leftover = |name: &str| {
                name.ends_with('~')
                    || [".dpkg-", ".rpmsave", ".rpmnew", ".rpmorig"].iter().any(|part| name.contains(part))
            };
            files.retain(|path| !leftover(path));
            files
        }
        Err(error) => {
            // Whose tables stand there is not known either.
            let key = if folder.starts_with("/var/spool") { "user:*" } else { folder };
            facts.unread(&[key], &error);
            Vec::new()
        }
    }
}

/// An entry of a table with one blank between its fields and its command as it stands: within it blanks may count, as
/// in quotes. A variable keeps its value.
fn entry(line: &str, key: &str) -> String {
    let line = line.trim();
    let is_time = |c: char| c.is_ascii_digit() || matches!(c, '*' | '@' | '-' | '~');
    if !line.starts_with(is_time) {
        return match line.split_once('=') {
            Some((name, value)) => format!("{}={}", name.trim_end(), value.trim_start()),
            None => squeeze(line),
        };
    }
    // Five times or a word for them, and in the system's tables who runs it; anacrontab(5) has a period, a delay and a name.
    let times = match line.starts_with('@') {
        true => 1,
        false => 5,
    };
    let fields = match key.ends_with("anacrontab") {
        true => 3,
        false => times + usize::from(!key.starts_with("user:")),
    };
    let mut out = String::new();
    let mut rest = line;
    for _ in 0..fields {
        let (field, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        out.push_str(field);
        out.push(' ');
        rest = after.trim_start();
    }
    out.push_str(rest);
    out.truncate(out.trim_end().len());
    out
}

/// The entries and variables of a table in their order, crontab(5).
fn put_table(text: Result<String, ReadError>, key: &str, source: &str, facts: &mut Scope<'_>) {
    let text = match text {
        Ok(text) => text,
        Err(error) => return facts.unread(&[key, "jobs"], &error),
    };
    let jobs: Vec<String> = lines(&text, &['#']).take(LINES + 1).map(|line| entry(line, key)).collect();
    if jobs.len() > LINES {
        let detail = format!("{source} has more than {LINES} entries");
        return facts.problem(&[key, "jobs"], Problem::new(ProblemKind::TooLarge, detail));
    }
    facts.put(&[key, "jobs"], Value::list(jobs), source);
}

/// The digest of a script, and whether run-parts(8) passes over it because it may not be executed.
fn put_script(host: &Host, path: &str, facts: &mut Scope<'_>) {
    let Ok(stat) = host.stat(path) else { return };
    if stat.kind != EntryKind::File {
        return;
    }
    match host.text(path) {
        Ok(text) => facts.put(&[path, "digest"], digest(&text), path),
        Err(error) => facts.unread(&[path, "digest"], &error),
    }
    if stat.mode & 0o111 == 0 {
        facts.put(&[path, "executable"], false, path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    #[test]
    fn commands_keep_their_blanks() {
        for (line, key, expected) in [
            ("17 *\t* * *\troot    cd /  &&  x", "/etc/crontab", "17 * * * * root cd /  &&  x"),
            ("* * * * *  echo 'a  b' | mail x", "user:bob", "* * * * * echo 'a  b' | mail x"),
            ("@daily\troot  echo 'a  b'", "/etc/cron.d/x", "@daily root echo 'a  b'"),
            ("@reboot  x  y", "user:bob", "@reboot x  y"),
            ("1\t5  cron.daily\trun-parts  x", "/etc/anacrontab", "1 5 cron.daily run-parts  x"),
            ("MAILTO  =  'a  b'", "user:bob", "MAILTO='a  b'"),
            ("* * *", "user:bob", "* * *"),
        ] {
            assert_eq!(entry(line, key), expected);
        }
    }

    #[test]
    fn tables_are_told_line_by_line_and_without_secrets() {
        let (_dir, host) = root(&[
            (
                "/etc/crontab",
                "# m h dom\nSHELL=/bin/sh\n17 *\t* * *  root cd / && run-parts --report /etc/cron.hourly\n",
            ),
            ("/etc/cron.d/shop", "MAILTO=\"\"\n*/5 * * * * www DB_PASSWORD=hunter2x9 /srv/shop/tick\n"),
            ("/etc/cron.d/shop.dpkg-old", "0 0 * * * root false\n"),
            ("/etc/cron.d/.placeholder", ""),
            ("/etc/cron.daily/logrotate", "#!/bin/sh\n"),
            ("/var/spool/cron/crontabs/deploy", "@reboot /srv/start\n"),
            ("/var/spool/cron/root", "0 3 * * * /root/backup\n"),
        ]);
        let mut facts = Facts::new();
        probe(&host, &mut facts);
        let mut said = written(&facts);
        said.retain(|line| !line.contains("digest"));
        assert_eq!(
            said,
            [
                "os.cron.\"/etc/cron.d/shop\".jobs = [(\"MAILTO=\\\"\\\"\") (\"*/5 * * * * www DB_PASSWORD=[redacted] /srv/shop/tick\")]",
                "os.cron.\"/etc/cron.daily/logrotate\".executable = false",
                "os.cron.\"/etc/crontab\".jobs = [(\"SHELL=/bin/sh\") (\"17 * * * * root cd / && run-parts --report /etc/cron.hourly\")]",
                "os.cron.\"user:deploy\".jobs = [(\"@reboot /srv/start\")]",
                "os.cron.\"user:root\".jobs = [(\"0 3 * * * /root/backup\")]",
            ]
        );
        assert!(facts.problems().is_empty(), "{:?}", facts.problems());
    }
}
