//! `toolchains.users` and `libraries.users`: what the users of the machine installed for themselves. It stands by the
//! user's name and by the place in the home, so that homes of other names compare.

use super::{folders, node, python, scripts};
use crate::capture::os::users::fields;
use crate::capture::settings;
use crate::capture::{Facts, Scope};
use crate::host::{EntryKind, Host, ReadError};
use crate::model::Value;
use std::collections::BTreeSet;

/// The most homes that are looked into.
const HOMES: usize = 256;

/// Homes of accounts that have none, and folders of the system that passwd(5) names as such.
const NO_HOMES: [&str; 10] =
    ["/bin", "/boot", "/dev", "/etc", "/nonexistent", "/proc", "/run", "/sbin", "/sys", "/usr"];

/// What keeps several versions of a compiler or run time side by side.
struct Manager {
    name: &'static str,
    /// In the home: the folder that has one for each version, or for each tool one with its versions.
    installed: &'static str,
    /// Whether the versions stand a folder deeper, beneath the tool's name.
    by_tool: bool,
    /// In the home: the file that says which counts where nothing else is asked for.
    default: Option<&'static str>,
}

const MANAGERS: [Manager; 14] = [
    manager("rustup", ".rustup/toolchains", Some(".rustup/settings.toml")),
    manager("pyenv", ".pyenv/versions", Some(".pyenv/version")),
    manager("uv", ".local/share/uv/python", None),
    manager("nvm", ".nvm/versions/node", Some(".nvm/alias/default")),
    manager("fnm", ".local/share/fnm/node-versions", None),
    manager("nodenv", ".nodenv/versions", Some(".nodenv/version")),
    manager("volta", ".volta/tools/image/node", None),
    manager("rbenv", ".rbenv/versions", Some(".rbenv/version")),
    manager("rvm", ".rvm/rubies", None),
    manager("goenv", ".goenv/versions", Some(".goenv/version")),
    manager("go", "sdk", None),
    Manager { by_tool: true, ..manager("sdkman", ".sdkman/candidates", None) },
    Manager { by_tool: true, ..manager("asdf", ".asdf/installs", Some(".tool-versions")) },
    Manager { by_tool: true, ..manager("mise", ".local/share/mise/installs", None) },
];

const fn manager(name: &'static str, installed: &'static str, default: Option<&'static str>) -> Manager {
    Manager { name, installed, by_tool: false, default }
}

/// In the home: folders of distributions, by the patterns of pip, pyenv, pipx, uv and conda.
const PYTHON: [&str; 7] = [
    ".local/lib/python*/site-packages",
    ".pyenv/versions/*/lib/python*/site-packages",
    ".local/share/pipx/venvs/*/lib/python*/site-packages",
    ".local/pipx/venvs/*/lib/python*/site-packages",
    ".local/share/uv/tools/*/lib/python*/site-packages",
    "miniconda3/lib/python*/site-packages",
    "anaconda3/lib/python*/site-packages",
];
const NODE: [&str; 4] = [
    ".nvm/versions/node/*/lib/node_modules",
    ".nodenv/versions/*/lib/node_modules",
    ".npm-global/lib/node_modules",
    ".local/lib/node_modules",
];
const RUBY: [&str; 3] = [
    ".gem/ruby/*/specifications",
    ".local/share/gem/ruby/*/specifications",
    ".rbenv/versions/*/lib/ruby/gems/*/specifications",
];

/// The most kits of Rust that are looked into, a megabyte each.
const KITS: usize = 16;

/// What cargo-install(1) writes of the programs that it installed.
const CRATES: &str = ".cargo/.crates.toml";

/// Looks into every home.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    // The list of users itself is another probe's.
    let Ok(text) = host.text("/etc/passwd") else { return };
    let mut seen = BTreeSet::new();
    for [user, _, _, _, _, home, _] in text.lines().filter_map(fields) {
        let home = home.trim_end_matches('/');
        let is_home =
            !home.is_empty() && !NO_HOMES.iter().any(|top| home == *top || home.starts_with(&format!("{top}/")));
        if !is_home || seen.len() >= HOMES || !seen.insert(home.to_owned()) {
            continue;
        }
        let names = match host.list(home) {
            Ok(entries) => entries.into_iter().map(|entry| entry.name).collect(),
            Err(error @ (ReadError::Missing(_) | ReadError::NotAFile(_))) => {
                if error.is_missing() && host.is_archive() {
                    let why = format!("the archive has no {home}");
                    facts.not_collected(&["toolchains", "users", user], &why);
                    facts.not_collected(&["libraries", "users", user], &why);
                }
                continue;
            }
            Err(error) => {
                facts.unread(&["toolchains", "users", user], &error);
                facts.unread(&["libraries", "users", user], &error);
                continue;
            }
        };
        let home = Home { host, path: home, names };
        home.toolchains(&mut facts.at(&["toolchains", "users", user]));
        home.libraries(&mut facts.at(&["libraries", "users", user]));
    }
}

/// A home that can be read.
struct Home<'a> {
    host: &'a Host,
    path: &'a str,
    /// What stands in it: most homes have nothing that is looked for, and need no more.
    names: BTreeSet<String>,
}

impl Home<'_> {
    /// The path of a file or pattern, if the home has the first folder of it.
    fn place(&self, inside: &str) -> Option<String> {
        let first = inside.split('/').next().unwrap_or_default();
        self.names.contains(first).then(|| format!("{}/{inside}", self.path))
    }

    fn toolchains(&self, facts: &mut Scope<'_>) {
        for Manager { name, installed, by_tool, default } in &MANAGERS {
            let mut facts = facts.at(&[name]);
            let Some(folder) = self.place(installed) else { continue };
            let versions = match self.versions(&folder) {
                Err(error) if error.is_missing() => continue,
                Ok(tools) if *by_tool => tools.iter().try_fold(Vec::new(), |mut all, tool| {
                    let versions = self.versions(&format!("{folder}/{tool}"))?.into_iter();
                    all.extend(versions.map(|version| format!("{tool} {version}")));
                    Ok(all)
                }),
                versions => versions,
            };
            match versions {
                Ok(versions) => {
                    if *name == "rustup" {
                        self.kits(&folder, &versions, &mut facts);
                    }
                    facts.put(&["installed"], Value::set(versions), &folder);
                }
                Err(error) => facts.unread(&["installed"], &error),
            }
            let Some(file) = default.and_then(|file| self.place(file)) else { continue };
            match self.host.text(&file) {
                Ok(text) => facts.put_some(&["default"], preferred(&text), &file),
                Err(error) => facts.unread(&["default"], &error),
            }
        }
    }

    /// The releases of rustup's kits: `stable` is another one each six weeks.
    fn kits(&self, folder: &str, kits: &[String], facts: &mut Scope<'_>) {
        for kit in kits.iter().take(KITS) {
            let place = format!("{folder}/{kit}");
            match super::runtimes::rust_release(self.host, &place) {
                Ok(release) => {
                    facts.put_some(&["rustc", kit], release, &format!("{place}/{}", super::runtimes::MANIFEST))
                }
                Err(error) => facts.unread(&["rustc", kit], &error),
            }
        }
    }

    /// The folders of a folder; a link (`current`, `system`) is a name for one of them.
    fn versions(&self, folder: &str) -> Result<Vec<String>, ReadError> {
        let entries = self.host.list(folder)?.into_iter();
        let shown = entries.filter(|entry| entry.kind == EntryKind::Folder && !entry.name.starts_with('.'));
        Ok(shown.map(|entry| entry.name).collect())
    }

    fn libraries(&self, facts: &mut Scope<'_>) {
        type Read = fn(&Host, &str, &mut Scope<'_>);
        let kinds: [(&str, &[&str], Read); 3] = [
            ("python", &PYTHON, python::distributions),
            ("node", &NODE, node::packages),
            ("ruby", &RUBY, scripts::gems),
        ];
        for (kind, patterns, read) in kinds {
            let patterns: Vec<String> = patterns.iter().filter_map(|pattern| self.place(pattern)).collect();
            let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
            for folder in folders(self.host, &patterns) {
                let inside = folder.strip_prefix(self.path).unwrap_or(&folder).trim_start_matches('/');
                read(self.host, &folder, &mut facts.at(&[kind, inside]));
            }
        }
        let Some(file) = self.place(CRATES) else { return };
        let Some(text) = settings::text(self.host, &file, &mut facts.at(&["cargo"])) else { return };
        let mut found = super::Found::default();
        // `"ripgrep 14.1.0 (registry+https://...)" = ["rg"]`
        for line in text.lines().filter_map(|line| line.strip_prefix('"')) {
            let mut words = line.split(' ');
            if let (Some(name), Some(version)) = (words.next(), words.next()) {
                found.add(name, version, &file);
            }
        }
        found.put(&mut facts.at(&["cargo"]));
    }
}

/// What a file names: rustup's as a key, asdf's several lines, others' one version or several.
fn preferred(text: &str) -> Option<String> {
    let key = text.lines().find_map(|line| line.strip_prefix("default_toolchain")?.trim_start().strip_prefix('='));
    if let Some(value) = key {
        return Some(value.trim().trim_matches('"').to_owned());
    }
    // rustup's file without a default.
    if text.lines().any(|line| line.contains('=')) {
        return None;
    }
    let lines: Vec<String> = settings::lines(text, &['#']).map(settings::squeeze).collect();
    Some(lines.join(", ")).filter(|said| !said.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sample::Root;
    use crate::capture::settings::tests::written;

    #[test]
    fn homes_tell_what_their_users_installed() {
        let root = Root::new(&[
            (
                "/etc/passwd",
                "root:x:0:0::/root:/bin/sh\ndaemon:x:1:1::/usr/sbin:/bin/false\nalice:x:1000:1000::/home/alice/:/bin/sh\n\
                 ci:x:999:999::/var/lib/ci:/bin/sh\nnobody:x:65534:65534::/nonexistent:/bin/false\n\
                 twin:x:1001:1001::/home/alice:/bin/sh\n",
            ),
            ("/usr/sbin/.pyenv/versions/3.9.1/bin/python", ""),
            ("/home/alice/.rustup/toolchains/stable-x86_64-unknown-linux-gnu/bin/rustc", ""),
            (
                "/home/alice/.rustup/toolchains/stable-x86_64-unknown-linux-gnu/lib/rustlib/multirust-channel-manifest.toml",
                "date = \"x\"\n\n[pkg.cargo]\nversion = \"0.96.0 (f2d3ce0bd 2026-03-21)\"\n\n[pkg.rustc]\nversion = \"1.95.0 \
                 (59807616e 2026-04-14)\"\n\n[pkg.rustc.target.x]\n",
            ),
            ("/home/alice/.rustup/settings.toml", "version = \"12\"\ndefault_toolchain = \"stable\"\n"),
            ("/home/alice/.cargo/.crates.toml", "[v1]\n\"ripgrep 14.1.0 (registry+https://x)\" = [\"rg\"]\n"),
            ("/home/alice/.local/lib/python3.11/site-packages/requests-2.31.0.dist-info/METADATA", ""),
            ("/home/alice/.nvm/versions/node/v20.1.0/lib/node_modules/npm/package.json", r#"{"version":"9.6.4"}"#),
            ("/home/alice/.nvm/alias/default", "lts/*\n"),
            ("/var/lib/ci/.asdf/installs/python/3.12.1/bin/python", ""),
            ("/var/lib/ci/.asdf/installs/nodejs/20.1.0/bin/node", ""),
            ("/var/lib/ci/.tool-versions", "python 3.12.1\nnodejs  20.1.0 # why\n"),
            ("/var/lib/ci/.local/share/gem/ruby/3.1.0/specifications/rack-3.0.0.gemspec", ""),
            ("/root/.pyenv/versions/3.11.4/bin/python", ""),
            ("/root/.pyenv/version", "3.11.4\n3.10.1\n"),
        ])
        .link("/root/.pyenv/versions/current", "3.11.4");
        assert_eq!(
            written(&root.probe(probe)),
            [
                "libraries.users.alice.cargo.ripgrep = 14.1.0",
                "libraries.users.alice.node.\".nvm/versions/node/v20.1.0/lib/node_modules\".npm = 9.6.4",
                "libraries.users.alice.python.\".local/lib/python3.11/site-packages\".requests = 2.31.0",
                "libraries.users.ci.ruby.\".local/share/gem/ruby/3.1.0/specifications\".rack = 3.0.0",
                "toolchains.users.alice.nvm.default = lts/*",
                "toolchains.users.alice.nvm.installed = [(\"v20.1.0\")]",
                "toolchains.users.alice.rustup.default = stable",
                "toolchains.users.alice.rustup.installed = [(\"stable-x86_64-unknown-linux-gnu\")]",
                "toolchains.users.alice.rustup.rustc.stable-x86_64-unknown-linux-gnu = 1.95.0 (59807616e 2026-04-14)",
                "toolchains.users.ci.asdf.default = python 3.12.1, nodejs 20.1.0 # why",
                "toolchains.users.ci.asdf.installed = [(\"nodejs 20.1.0\") (\"python 3.12.1\")]",
                "toolchains.users.root.pyenv.default = 3.11.4, 3.10.1",
                "toolchains.users.root.pyenv.installed = [(\"3.11.4\")]",
            ]
        );
    }
}
