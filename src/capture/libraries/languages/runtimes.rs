//! `libraries.java`, `libraries.go`, `libraries.rust` and `libraries.dotnet`: every run time or kit that is unpacked
//! somewhere, where `toolchains` tells the one that the search path finds.

use super::{Found, folders};
use crate::capture::{Facts, Scope};
use crate::host::{EntryKind, Host, ReadError};
use crate::model::Value;

/// Homes of Java: Debian and Red Hat, images, Oracle's packages, archives.
const JAVA: &[&str] =
    &["/usr/lib/jvm/*", "/opt/java/*", "/opt/jdk*", "/usr/java/*", "/usr/local/openjdk-*", "/usr/local/java*"];
const GO: &[&str] = &["/usr/local/go", "/usr/lib/go-*", "/usr/lib/golang", "/opt/go*"];
const RUST: &[&str] = &["/usr/local/rustup/toolchains/*", "/opt/rustup/toolchains/*", "/opt/rust*"];
const DOTNET: &[&str] =
    &["/usr/share/dotnet", "/usr/lib/dotnet", "/usr/lib64/dotnet", "/opt/dotnet", "/usr/local/share/dotnet"];

/// The manifest that rustup keeps of a kit's release, a megabyte of all its parts for all machines.
pub(in crate::capture) const MANIFEST: &str = "lib/rustlib/multirust-channel-manifest.toml";
const MANIFEST_CAP: u64 = 16 << 20;

/// The release of a kit that rustup installed, as `rustc --version` says it: `1.95.0 (59807616e 2026-04-14)`; `None` of
/// a manifest that does not say it.
///
/// # Errors
/// There is no manifest, or it cannot be read.
pub(in crate::capture) fn rust_release(host: &Host, kit: &str) -> Result<Option<String>, ReadError> {
    /// The parts stand in order of their names, so that the compiler is among the last.
    const BLOCK: u64 = 128 << 10;
    /// What a heading and its version have room in.
    const BEYOND: u64 = 4 << 10;
    let file = host.open_up_to(&format!("{kit}/{MANIFEST}"), MANIFEST_CAP)?;
    let mut end = file.size();
    while end > 0 {
        let start = end.saturating_sub(BLOCK);
        let size = (end + BEYOND).min(file.size()) - start;
        let bytes = file.read_at(start, size as usize)?;
        let text = String::from_utf8_lossy(&bytes);
        if let Some((_, rest)) = text.split_once("\n[pkg.rustc]\n") {
            let part = rest.split("\n[").next().unwrap_or_default();
            let version = part.lines().find_map(|line| line.strip_prefix("version = "));
            return Ok(version.map(|version| version.trim().trim_matches('"').to_owned()));
        }
        end = start;
    }
    Ok(None)
}

/// Reads a file or a folder's names for each.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    for home in folders(host, JAVA) {
        let path = format!("{home}/release");
        let text = match host.text(&path) {
            Ok(text) => text,
            Err(error) => {
                facts.unread(&["libraries", "java", &home], &error);
                continue;
            }
        };
        let field = |key: &str| {
            let value = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            value.map(|value| value.trim().trim_matches('"')).filter(|value| !value.is_empty())
        };
        let mut facts = facts.at(&["libraries", "java", &home]);
        facts.put_some(&["version"], field("JAVA_RUNTIME_VERSION").or_else(|| field("JAVA_VERSION")), &path);
        facts.put_some(&["vendor"], field("IMPLEMENTOR"), &path);
        facts.put_some(&["architecture"], field("OS_ARCH"), &path);
        names_kept(host, &home, &mut facts);
    }
    for folder in folders(host, GO) {
        let path = format!("{folder}/VERSION");
        match host.text(&path) {
            Ok(text) => {
                let version = text.lines().next().map(|line| line.trim().trim_start_matches("go").to_owned());
                facts.put_some(&["libraries", "go", &folder], version, &path);
            }
            Err(error) => facts.unread(&["libraries", "go", &folder], &error),
        }
    }
    for folder in folders(host, RUST) {
        let path = format!("{folder}/{MANIFEST}");
        // The name of the folder says less: `stable` is another release each six weeks.
        let name = folder.rsplit('/').next().unwrap_or_default();
        let keys = ["libraries", "rust", folder.as_str()];
        match rust_release(host, &folder) {
            Ok(Some(release)) => facts.put(&keys, release, &path),
            Ok(None) => facts.put(&keys, name, &folder),
            Err(error) => facts.unread(&keys, &error),
        }
    }
    for folder in folders(host, DOTNET) {
        let mut found = Found::default();
        let names = |path: &str| {
            let entries = host.list(path).unwrap_or_default().into_iter();
            entries.filter(|entry| entry.kind == EntryKind::Folder).map(|entry| entry.name)
        };
        for framework in names(&format!("{folder}/shared")) {
            let path = format!("{folder}/shared/{framework}");
            names(&path).for_each(|version| found.add(framework.as_str(), version, &path));
        }
        let path = format!("{folder}/sdk");
        names(&path).for_each(|version| found.add("sdk", version, &path));
        found.put(&mut facts.at(&["libraries", "dotnet", &folder]));
    }
}

/// Where a Java run time keeps what its programs may do: since Java 9, before in a kit and in a run time alone.
const SECURITY: [&str; 3] =
    ["conf/security/java.security", "jre/lib/security/java.security", "lib/security/java.security"];

/// How long a Java program keeps the address of a name where nothing else is set: the default of a run time without a
/// security manager, "Networking Properties" of its documentation.
const NAMES_KEPT_SECONDS: i64 = 30;

/// `networkaddress.cache.ttl=60`: how long addresses of names are kept; below zero for as long as the program runs.
fn names_kept(host: &Host, home: &str, facts: &mut Scope<'_>) {
    for file in SECURITY {
        let path = format!("{home}/{file}");
        match host.text(&path) {
            Ok(text) => {
                let own = |line: &str| {
                    let value = line.trim_start().strip_prefix("networkaddress.cache.ttl")?.trim_start();
                    value.strip_prefix(['=', ':'])?.trim().parse::<i64>().ok()
                };
                // The last of several counts; what is below zero is for ever.
                let set = text.lines().filter_map(own).next_back().unwrap_or(NAMES_KEPT_SECONDS);
                let told = if set < 0 { Value::from("unlimited") } else { set.into() };
                return facts.put(&["names_kept_seconds"], told, &path);
            }
            Err(error) => facts.unread(&["names_kept_seconds"], &error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sample::Root;

    #[test]
    fn java_says_how_long_it_keeps_names() {
        let kept = |file: &str, text: &str| {
            let root = Root::new(&[("/usr/lib/jvm/a/release", "JAVA_VERSION=\"17\"\n"), (file, text)]);
            root.probe(probe).get("libraries.java.\"/usr/lib/jvm/a\".names_kept_seconds").cloned()
        };
        let new = "/usr/lib/jvm/a/conf/security/java.security";
        let negative = "networkaddress.cache.negative.ttl=10\n";
        assert_eq!(kept(new, &format!("#networkaddress.cache.ttl=-1\n{negative}")), Some(30.into()));
        assert_eq!(kept(new, &format!("networkaddress.cache.ttl = 5\n{negative}")), Some(5.into()));
        assert_eq!(
            kept("/usr/lib/jvm/a/jre/lib/security/java.security", "networkaddress.cache.ttl=-9"),
            Some("unlimited".into())
        );
        assert_eq!(kept("/usr/lib/jvm/a/x", ""), None);
    }

    #[test]
    fn each_is_told_once_however_it_is_reached() {
        let java = "IMPLEMENTOR=\"Eclipse Adoptium\"\nJAVA_RUNTIME_VERSION=\"17.0.9+9\"\nJAVA_VERSION=\"17.0.9\"\nOS_ARCH=\"x86_64\"\n";
        let root = Root::new(&[
            ("/usr/lib/jvm/java-17-openjdk/release", java),
            ("/usr/local/go/VERSION", "go1.22.1\ntime 2024\n"),
            ("/usr/share/dotnet/shared/Microsoft.NETCore.App/8.0.1/x", ""),
            ("/usr/share/dotnet/shared/Microsoft.NETCore.App/6.0.2/x", ""),
            ("/usr/share/dotnet/sdk/8.0.101/x", ""),
            ("/usr/local/rustup/toolchains/1.95.0-x86_64-unknown-linux-gnu/lib/rustlib/multirust-channel-manifest.toml", ""),
        ])
        .link("/usr/lib/jvm/default-java", "java-17-openjdk");
        let facts = root.probe(probe);
        let homes: std::collections::BTreeSet<_> =
            facts.values().iter().filter_map(|(p, _)| p.segments().get(2)).collect();
        assert_eq!(homes.len(), 4, "one Java, Go, .NET and Rust: {homes:?}");
        let fact = |path: &str| facts.get(&format!("libraries.{path}")).cloned();
        assert_eq!(fact("go.\"/usr/local/go\""), Some("1.22.1".into()));
        let net = "dotnet.\"/usr/share/dotnet\"";
        assert_eq!(fact(&format!("{net}.\"Microsoft.NETCore.App\"")), Some(Value::set(["6.0.2", "8.0.1"])));
        assert_eq!(fact(&format!("{net}.sdk")), Some("8.0.101".into()));
        assert!(facts.values().iter().any(|(_, value)| *value == "17.0.9+9".into()));
    }
}
