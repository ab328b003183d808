//! `toolchains`: compilers and run times, from package data and release files. No program is run: what a file does not
//! say is recorded as not collected.

mod packages;
mod table;

use self::packages::Others;
use self::table::{TOOLS, Tool};
use super::Facts;
use super::libraries::dpkg::{Database, Package};
use super::libraries::languages::runtimes::{MANIFEST, rust_release};
use crate::host::Host;
use crate::model::{Problem, ProblemKind};
use regex::Regex;
use std::cell::OnceCell;

/// Where programs are looked for, in the order of a usual `PATH`, then the folders of well-known images.
const FOLDERS: &[&str] =
    &["/usr/local/bin", "/usr/bin", "/bin", "/usr/local/go/bin", "/usr/local/cargo/bin", "/opt/java/openjdk/bin"];

/// How many links lead from a name to the program at most.
const HOPS: usize = 16;

/// Looks for every tool of the table.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let database = Database::read(host);
    let (packages, _) = database.packages();
    // Read when the first program is not dpkg's.
    let others = OnceCell::new();
    for tool in TOOLS {
        let names = tool.programs.iter();
        let mut paths = names.flat_map(|name| FOLDERS.iter().map(move |folder| format!("{folder}/{name}")));
        let Some(path) = paths.find(|path| host.exists(path)) else { continue };
        let program = Program::find(host, &path);
        let mut facts = facts.at(&["toolchains", tool.name]);
        facts.put(&["path"], path.as_str(), &path);
        facts.put_some(&["target"], program.triplet(), &path);
        match program
            .release(host, tool)
            .or_else(|| program.kit(host, tool))
            .or_else(|| program.package(tool, &packages))
            .or_else(|| program.newest(host, tool))
            .or_else(|| {
                packages.is_empty().then(|| program.other(tool, others.get_or_init(|| Others::read(host)))).flatten()
            }) {
            Some(Version { version, target, source }) => {
                facts.put(&["version"], version, &source);
                facts.put_some(&["target"], target, &source);
            }
            None => facts.problem(
                &["version"],
                Problem::new(ProblemKind::NotCollected, format!("only {path} itself could tell: no package has it")),
            ),
        }
    }
}

/// A version and who says so.
struct Version {
    version: String,
    target: Option<String>,
    source: String,
}

/// A program behind its links.
struct Program {
    /// The file itself: `/usr/bin/x86_64-linux-gnu-gcc-12`.
    path: String,
}

impl Program {
    fn find(host: &Host, path: &str) -> Self {
        let mut path = path.to_owned();
        for _ in 0..HOPS {
            let Ok(target) = host.link(&path) else { break };
            path = join(folder(&path), &target);
        }
        Self { path }
    }

    fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// The GNU triplet that the file is named after, without the vendor: `x86_64-linux-gnu`.
    fn triplet(&self) -> Option<&str> {
        let (at, _) = self.name().match_indices('-').nth(2)?;
        self.name().get(..at).filter(|triplet| triplet.contains("-linux-"))
    }

    /// The version in the file's name, else in the folders above it: `12`, `3.11`, `1.19` of `/usr/lib/go-1.19/bin/go`.
    fn version_in_path(&self) -> Option<&str> {
        let bare = self.triplet().map_or(self.name(), |triplet| self.name().get(triplet.len()..).unwrap_or_default());
        let parts = std::iter::once(bare).chain(self.path.rsplit('/').skip(1));
        parts.into_iter().find_map(|part| {
            let digits = part.find(|c: char| c.is_ascii_digit()).and_then(|at| part.get(at..))?;
            let end = digits.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(digits.len());
            digits.get(..end).map(|version| version.trim_end_matches('.'))
        })
    }

    /// What a file of the release itself says, wherever it was unpacked.
    fn release(&self, host: &Host, tool: &Tool) -> Option<Version> {
        let prefix = folder(folder(&self.path));
        for (file, pattern) in tool.releases {
            let file = file.replace("{prefix}", prefix).replace("{v}", self.version_in_path().unwrap_or_default());
            let Ok(text) = host.text(&file) else { continue };
            let Some(found) = Regex::new(pattern).ok().and_then(|p| p.captures(&text)) else { continue };
            let group = |name| found.name(name).map(|m| m.as_str().to_owned());
            let parts = ["version", "minor", "patch"].into_iter().filter_map(group).collect::<Vec<_>>();
            return Some(Version { version: parts.join("."), target: group("target"), source: file });
        }
        None
    }

    /// The release of the kit that rustup takes where it names no version: `stable-x86_64-unknown-linux-gnu`.
    fn kit(&self, host: &Host, tool: &Tool) -> Option<Version> {
        if !matches!(tool.name, "rustc" | "cargo") {
            return None;
        }
        let rustup = format!("{}/rustup", folder(folder(folder(&self.path))));
        let text = host.text(&format!("{rustup}/settings.toml")).ok()?;
        let named =
            text.lines().find_map(|line| line.strip_prefix("default_toolchain")?.trim_start().strip_prefix('='))?;
        let kit = format!("{rustup}/toolchains/{}", named.trim().trim_matches('"'));
        let release = rust_release(host, &kit).ok()??;
        let version = release.split(' ').next().unwrap_or_default().to_owned();
        Some(Version { version, target: None, source: format!("{kit}/{MANIFEST}") })
    }

    /// The newest version that stands in a folder beside the program.
    fn newest(&self, host: &Host, tool: &Tool) -> Option<Version> {
        let path = format!("{}/{}", folder(&self.path), tool.versions?);
        let entries = host.list(&path).ok()?;
        Some(Version { version: entries.last()?.name.clone(), target: None, source: path })
    }

    /// What the package says that other distributions bring it in.
    fn other(&self, tool: &Tool, others: &Others) -> Option<Version> {
        if !self.is_of_system() {
            return None;
        }
        let said = self.version_in_path();
        let names = tool.others.iter().map(|name| name.replace("{v}", said.unwrap_or_default()));
        let found = names.into_iter().find_map(|name| others.version(&name, said))?;
        Some(Version { version: upstream(found.0).to_owned(), target: None, source: found.1.to_owned() })
    }

    /// Whether packages bring what stands there.
    fn is_of_system(&self) -> bool {
        !self.path.starts_with("/usr/local/") && ["/usr/", "/bin/"].iter().any(|top| self.path.starts_with(top))
    }

    /// What the package says that the program came in; nothing of a program that packages do not bring.
    fn package(&self, tool: &Tool, packages: &[Package<'_>]) -> Option<Version> {
        if !self.is_of_system() {
            return None;
        }
        let wanted = |name: &&str| name.replace("{v}", self.version_in_path().unwrap_or_default());
        let found = tool
            .packages
            .iter()
            .map(wanted)
            .find_map(|name| packages.iter().find(|package| package.name == name && package.is_present()))?;
        let version = upstream(found.version?).to_owned();
        Some(Version { version, target: None, source: found.file.to_owned() })
    }
}

/// What the program itself would say of a Debian version: `12.2.0` of `1:12.2.0+dfsg1-14`. Where a release was
/// taken back, Debian writes behind it what there really is: `3.1.7+really3.1.2`.
fn upstream(version: &str) -> &str {
    let version = version.split_once(':').map_or(version, |(_, rest)| rest);
    let version = version.split_once("+really").map_or(version, |(_, rest)| rest);
    let end = version.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(version.len());
    // A letter right behind the digits belongs to the version: 1.1.1w.
    let letters = version.get(end..).map_or(0, |rest| usize::from(rest.starts_with(|c: char| c.is_ascii_lowercase())));
    version.get(..end + letters).unwrap_or(version).trim_end_matches('.')
}

/// The folder that a file stands in.
fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A link's target as an absolute path, with `.` and `..` taken as text.
fn join(folder: &str, target: &str) -> String {
    let base = if target.starts_with('/') { "" } else { folder };
    let mut parts: Vec<&str> = Vec::new();
    for part in base.split('/').chain(target.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sample::Root;
    use crate::model::Value;

    const STATUS: &str = "\
Package: gcc-12
Status: install ok installed
Version: 12.2.0-14+deb12u1

Package: perl-base
Status: install ok installed
Version: 5.36.0-7+deb12u2
";

    #[test]
    fn links_lead_to_the_package_and_release_files_speak_first() {
        let root = Root::new(&[
            ("/var/lib/dpkg/status", STATUS),
            ("/usr/bin/x86_64-linux-gnu-gcc-12", ""),
            ("/usr/bin/perl", ""),
            ("/usr/local/bin/make", ""),
            ("/usr/local/go/bin/go", ""),
            ("/usr/local/go/VERSION", "go1.22.1\ntime 2024-02-29T18:18:48Z\n"),
            ("/usr/lib/jvm/java-17/bin/java", ""),
            ("/usr/lib/jvm/java-17/release", "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"17.0.15\"\nOS_ARCH=\"x86_64\"\n"),
            ("/usr/local/bin/python3.11", ""),
            ("/usr/local/include/python3.11/patchlevel.h", "#define PY_VERSION\t\"3.11.4\"\n"),
        ])
        .link("/usr/bin/gcc", "gcc-12")
        .link("/usr/bin/gcc-12", "x86_64-linux-gnu-gcc-12")
        .link("/usr/local/bin/python3", "python3.11")
        .link("/usr/bin/java", "/etc/alternatives/java")
        .link("/etc/alternatives/java", "/usr/lib/jvm/java-17/bin/java");
        let facts = root.probe(probe);
        let fact = |path: &str| facts.get(&format!("toolchains.{path}")).cloned();
        assert_eq!(fact("gcc.version"), Some(Value::from("12.2.0")));
        assert_eq!(fact("gcc.target"), Some(Value::from("x86_64-linux-gnu")));
        assert_eq!(fact("gcc.path"), Some(Value::from("/usr/bin/gcc")));
        assert_eq!(fact("perl.version"), Some(Value::from("5.36.0")));
        assert_eq!(fact("go.version"), Some(Value::from("1.22.1")));
        assert_eq!(fact("java.version"), Some(Value::from("17.0.15")));
        assert_eq!(fact("java.target"), Some(Value::from("x86_64")));
        assert_eq!(fact("python.version"), Some(Value::from("3.11.4")));
        assert_eq!(fact("make.version"), None);
        assert_eq!(facts.problems().len(), 1, "only make cannot be told: {:?}", facts.problems());
    }

    #[test]
    fn other_distributions_packages_are_known() {
        let root = Root::new(&[
            ("/lib/apk/db/installed", "P:gcc\nV:13.2.1_git20231014-r0\n\nP:python3\nV:3.11.8-r0\n"),
            ("/usr/bin/gcc", ""),
            ("/usr/bin/python3.11", ""),
            ("/usr/bin/ruby", ""),
            ("/usr/share/dotnet/dotnet", ""),
            ("/usr/share/dotnet/host/fxr/8.0.10/x", ""),
            ("/usr/share/dotnet/host/fxr/8.0.9/x", ""),
        ])
        .link("/usr/bin/python3", "python3.11")
        .link("/usr/bin/dotnet", "/usr/share/dotnet/dotnet");
        let facts = root.probe(probe);
        let fact = |path: &str| facts.get(&format!("toolchains.{path}")).cloned();
        assert_eq!(fact("gcc.version"), Some(Value::from("13.2.1")));
        assert_eq!(fact("python.version"), Some(Value::from("3.11.8")));
        assert_eq!(fact("dotnet.version"), Some(Value::from("8.0.10")));
        assert_eq!(facts.problems().len(), 1, "only ruby cannot be told: {:?}", facts.problems());
    }

    #[test]
    fn a_kit_of_rust_tells_its_release() {
        let manifest = "[pkg.cargo]\nversion = \"0.96.0 (f2d3ce0bd 2026-03-21)\"\n\n[pkg.rustc]\nversion = \"1.95.0 (5980 \
                        2026-04-14)\"\n\n[pkg.x]\n";
        let root = Root::new(&[
            ("/usr/local/cargo/bin/rustup", ""),
            ("/usr/local/rustup/settings.toml", "version = \"12\"\ndefault_toolchain = \"stable-x86_64\"\n"),
            ("/usr/local/rustup/toolchains/stable-x86_64/lib/rustlib/multirust-channel-manifest.toml", manifest),
        ])
        .link("/usr/local/cargo/bin/rustc", "rustup")
        .link("/usr/local/cargo/bin/cargo", "rustup");
        let facts = root.probe(probe);
        for tool in ["rustc", "cargo"] {
            assert_eq!(facts.get(&format!("toolchains.{tool}.version")), Some(&Value::from("1.95.0")), "{tool}");
        }
    }

    #[test]
    fn a_package_version_gives_what_the_program_would_say() {
        for (package, program) in [
            ("3.1.7+really3.1.2-0+deb12u1", "3.1.2"),
            ("1:2.40-2", "2.40"),
            ("1.63.0+dfsg1-2", "1.63.0"),
            ("1.1.1w-0+deb11u1", "1.1.1w"),
            ("4.3-4.1", "4.3"),
        ] {
            assert_eq!(upstream(package), program);
        }
    }

    #[test]
    fn the_patterns_of_the_table_are_sound() {
        for (_, pattern) in TOOLS.iter().flat_map(|tool| tool.releases) {
            let pattern = Regex::new(pattern).expect(pattern);
            assert!(pattern.capture_names().flatten().any(|name| name == "version"), "{pattern}");
        }
    }
}
