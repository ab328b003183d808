//! What keeps packages from moving besides dpkg's own holds: locks of dnf, yum, zypper and pacman, and versions that
//! apk's world asks for. Each is told under `deployments.rollbacks` with the rule as written.

use crate::capture::settings::lines;
use crate::capture::{Facts, Scope};
use crate::host::{Host, ReadError};

/// Lists of the versionlock plug-ins.
const VERSIONLOCK: [&str; 3] = [
    "/etc/dnf/plugins/versionlock.list",
    "/etc/yum/pluginconf.d/versionlock.list",
    "/etc/yum/pluginconf.d/versionlock",
];

/// Rules by package or pattern.
type Rules = Vec<(String, String)>;

/// Reads the rules of a file.
type Read = fn(&str) -> Rules;

const OTHERS: [(&str, Read); 6] = [
    ("/etc/dnf/versionlock.toml", versionlock_toml),
    ("/etc/dnf/dnf.conf", excludes),
    ("/etc/yum.conf", excludes),
    ("/etc/zypp/locks", zypp),
    ("/etc/pacman.conf", pacman),
    ("/etc/apk/world", world),
];

/// How many of those are of rpm's front ends.
const RPM: usize = 4;

pub(super) fn put(host: &Host, facts: &mut Facts) {
    let mut facts = facts.at(&["deployments", "rollbacks"]);
    for path in VERSIONLOCK {
        put_rules(host.text(path), path, versionlock, &mut facts);
    }
    for (path, read) in OTHERS {
        put_rules(host.text(path), path, read, &mut facts);
    }
}

/// Names and patterns of packages of rpm that are locked or left out, each with the file that says so.
pub(in crate::capture) fn of_rpm(host: &Host) -> Vec<(String, &'static str)> {
    let files = VERSIONLOCK.map(|path| (path, versionlock as Read)).into_iter().chain(OTHERS.into_iter().take(RPM));
    let read = |(path, read): (&'static str, Read)| {
        read(&host.text(path).unwrap_or_default()).into_iter().map(move |(name, _)| (name, path))
    };
    files.flat_map(read).collect()
}

/// Names and patterns that pacman leaves as they are.
pub(in crate::capture) fn of_pacman(text: &str) -> Vec<String> {
    pacman(text).into_iter().map(|(name, _)| name).collect()
}

fn put_rules(text: Result<String, ReadError>, path: &str, read: Read, facts: &mut Scope<'_>) {
    match text {
        Ok(text) => {
            for (package, rule) in read(&text) {
                facts.put(&[&package, "held_by"], rule, path);
            }
        }
        Err(error) => facts.unread(&[], &error),
    }
}

/// `nginx-1:1.20.1-10.el9.*`, yum's `1:nginx-1.20.1-10.el7.*`; with `!` in front what must not be installed.
fn versionlock(text: &str) -> Rules {
    let rules = lines(text, &['#']).map(|line| {
        let bare = line.trim_start_matches('!');
        let bare = bare
            .split_once(':')
            .filter(|(epoch, _)| epoch.bytes().all(|b| b.is_ascii_digit()))
            .map_or(bare, |(_, r)| r);
        // Name, version and release are parted by the last two dashes; a name alone locks any version.
        let name = bare.rsplit_once('-').and_then(|(head, _)| head.rsplit_once('-')).map_or(bare, |(name, _)| name);
        (name.to_owned(), line.to_owned())
    });
    rules.collect()
}

/// dnf 5: `[[packages]]` with a name and conditions.
fn versionlock_toml(text: &str) -> Rules {
    let Ok(table) = text.parse::<toml::Table>() else { return Rules::new() };
    let packages = table.get("packages").and_then(toml::Value::as_array);
    let rules = packages.into_iter().flatten().filter_map(|package| {
        let field =
            |value: &toml::Value, key: &str| value.get(key).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
        let name = package.get("name")?.as_str()?.to_owned();
        let conditions = package.get("conditions").and_then(toml::Value::as_array);
        let conditions = conditions.into_iter().flatten();
        let rule: Vec<String> = conditions
            .map(|one| format!("{} {} {}", field(one, "key"), field(one, "comparator"), field(one, "value")))
            .collect();
        Some((name, rule.join(", ")))
    });
    rules.collect()
}

/// `exclude=kernel* php*` and `excludepkgs=`, dnf.conf(5). What a repository's section leaves out can come from another.
fn excludes(text: &str) -> Rules {
    let main = text.split("\n[").find(|section| section.trim_start_matches('[').starts_with("main]"));
    let lines = lines(main.unwrap_or_default(), &['#', ';']).filter_map(|line| {
        let (key, value) = line.split_once('=')?;
        matches!(key.trim(), "exclude" | "excludepkgs").then_some((key.trim(), value))
    });
    let words = lines.flat_map(|(key, value)| {
        let words = value.split([' ', ',', '\t']).filter(|word| !word.is_empty());
        words.map(move |word| (word.to_owned(), key.to_owned()))
    });
    words.collect()
}

/// zypper's locks: stanzas with the name or pattern of what is locked.
fn zypp(text: &str) -> Rules {
    let names = text.lines().filter_map(|line| line.strip_prefix("solvable_name:"));
    names.map(|name| (name.trim().to_owned(), "lock".to_owned())).collect()
}

/// `IgnorePkg = linux nvidia`, pacman.conf(5).
fn pacman(text: &str) -> Rules {
    let lines = lines(text, &['#']).filter_map(|line| line.split_once('='));
    let ignored = lines.filter(|(key, _)| matches!(key.trim(), "IgnorePkg" | "IgnoreGroup"));
    let words =
        ignored.flat_map(|(key, value)| value.split_whitespace().map(move |w| (w.to_owned(), key.trim().to_owned())));
    words.collect()
}

/// `nginx=1.24.0-r6`, `nginx<1.25`, `nginx~1.24`, apk-world(5). A name alone, one from a tagged repository and one that
/// is not wanted hold nothing.
fn world(text: &str) -> Rules {
    let entries = text.split_whitespace().filter_map(|entry| {
        let at = entry.find(['=', '<', '>', '~'])?;
        let name = entry.get(..at)?.trim_start_matches('!');
        let rule = entry.get(at..)?;
        (!rule.starts_with('>')).then(|| (name.to_owned(), rule.to_owned()))
    });
    entries.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    #[test]
    fn every_manager_has_its_own_way_to_hold() {
        let (_dir, host) = root(&[
            (VERSIONLOCK[0], "# comment\nnginx-1:1.20.1-10.el9.*\n!php-fpm-0:8.0.1-1.*\n"),
            (VERSIONLOCK[1], "1:bind-libs-9.11.4-26.el7.*\n"),
            (
                "/etc/dnf/versionlock.toml",
                "version = \"1.0\"\n[[packages]]\nname = \"bash\"\n[[packages.conditions]]\nkey = \"evr\"\ncomparator = \"=\"\nvalue = \"5.2-1\"\n",
            ),
            ("/etc/yum.conf", "[main]\nexclude=kernel* redis\n#exclude=no\n"),
            ("/etc/zypp/locks", "\ntype: package\nmatch_type: glob\ncase_sensitive: on\nsolvable_name: mariadb\n"),
            ("/etc/pacman.conf", "[options]\n#IgnorePkg = no\nIgnorePkg   = linux linux-headers\n"),
            ("/etc/apk/world", "alpine-base\nhaproxy=2.8.3-r0\nlua~5.4\nedge@testing\nnewer>1\n!gone\n"),
        ]);
        let mut facts = Facts::new();
        put(&host, &mut facts);
        let said: Vec<_> = written(&facts).iter().map(|line| line.replace("deployments.rollbacks.", "")).collect();
        assert_eq!(
            said,
            [
                "bash.held_by = evr = 5.2-1",
                "bind-libs.held_by = 1:bind-libs-9.11.4-26.el7.*",
                "haproxy.held_by = =2.8.3-r0",
                "\"kernel*\".held_by = exclude",
                "linux.held_by = IgnorePkg",
                "linux-headers.held_by = IgnorePkg",
                "lua.held_by = ~5.4",
                "mariadb.held_by = lock",
                "nginx.held_by = nginx-1:1.20.1-10.el9.*",
                "php-fpm.held_by = !php-fpm-0:8.0.1-1.*",
                "redis.held_by = exclude",
            ]
        );
    }
}
