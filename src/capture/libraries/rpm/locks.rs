//! What keeps packages of rpm at their version: the versionlock plug-ins of yum and dnf, `excludepkgs`, and zypper's locks.

use super::Package;
use crate::capture::Facts;
use crate::host::Host;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use std::collections::HashMap;

/// yum-versionlock(1), dnf-versionlock(8): one pattern a line.
const LISTS: &[&str] = &["/etc/dnf/plugins/versionlock.list", "/etc/yum/pluginconf.d/versionlock.list"];

/// dnf5's: `[[packages]]` with a `name` each.
const LOCKS: &str = "/etc/dnf/versionlock.toml";

/// zypper's: stanzas with `solvable_name`.
const ZYPP: &str = "/etc/zypp/locks";

/// The most patterns that count.
const PATTERNS: usize = 2_000;

/// Patterns of packages, each with the file that it stands in.
#[derive(Debug, Default)]
pub(super) struct Locks {
    names: HashMap<String, String>,
    globs: GlobSet,
    files: Vec<String>,
}

impl Locks {
    /// Reads all of them; what cannot be read is a problem of all packages.
    pub(super) fn read(host: &Host, facts: &mut Facts) -> Self {
        let mut patterns: Vec<(String, String)> = Vec::new();
        let mut text = |path: &str| match host.text(path) {
            Ok(text) => text,
            Err(error) => {
                facts.unread(super::BASE, &error);
                String::new()
            }
        };
        for path in LISTS {
            let text = text(path);
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', '!']));
            patterns.extend(lines.map(|line| (line.to_owned(), (*path).to_owned())));
        }
        let locks: toml::Table = text(LOCKS).parse().unwrap_or_default();
        let packages = locks.get("packages").and_then(toml::Value::as_array).into_iter().flatten();
        let names = packages.filter_map(|package| package.get("name")?.as_str());
        patterns.extend(names.map(|name| (name.to_owned(), LOCKS.to_owned())));
        let names = text(ZYPP);
        let names = names.lines().filter_map(|line| Some(line.trim().strip_prefix("solvable_name:")?.trim()));
        patterns.extend(names.map(|name| (name.to_owned(), ZYPP.to_owned())));
        for path in ["/etc/dnf/dnf.conf", "/etc/yum.conf"] {
            let text = text(path);
            let main = text.lines().skip_while(|line| line.trim() != "[main]").skip(1);
            for line in main.take_while(|line| !line.starts_with('[')) {
                let Some((key, value)) = line.split_once('=') else { continue };
                if matches!(key.trim(), "exclude" | "excludepkgs") {
                    let words = value.split([' ', ',', '\t']).filter(|word| !word.is_empty());
                    patterns.extend(words.map(|word| (word.to_owned(), path.to_owned())));
                }
            }
        }
        patterns.truncate(PATTERNS);
        Self::of(patterns)
    }

    fn of(patterns: Vec<(String, String)>) -> Self {
        let (mut names, mut files, mut globs) = (HashMap::new(), Vec::new(), GlobSetBuilder::new());
        for (pattern, file) in patterns {
            if let Ok(glob) = GlobBuilder::new(&pattern).build() {
                globs.add(glob);
                files.push(file.clone());
            }
            // `0:bash-4.2-1.*` of yum, `bash-0:4.2-1.*` of dnf: the lock is the name's, whichever version is installed.
            let bare = pattern.split_once(':').filter(|(epoch, _)| epoch.bytes().all(|b| b.is_ascii_digit()));
            let bare = bare.map_or(pattern.as_str(), |(_, rest)| rest);
            if let Some((rest, _)) = bare.rsplit_once('-')
                && let Some((name, _)) = rest.rsplit_once('-')
            {
                names.entry(name.to_owned()).or_insert(file);
            }
        }
        Self { names, globs: globs.build().unwrap_or_default(), files }
    }

    /// The file that holds a package back, if one does.
    pub(super) fn holds(&self, package: &Package) -> Option<&str> {
        if self.files.is_empty() {
            return None;
        }
        let Package { name, version, architecture, .. } = package;
        if let Some(file) = self.names.get(name) {
            return Some(file);
        }
        let dotted = architecture.as_ref().map(|own| format!("{name}.{own}"));
        let full = format!("{name}-{version}");
        let forms = [Some(name), Some(&full), dotted.as_ref()];
        let found = forms.into_iter().flatten().find_map(|form| self.globs.matches(form).first().copied())?;
        self.files.get(found).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_lock_names_its_package() {
        let patterns = ["0:bash-4.2-1.*", "vim-enhanced-2:8.2-1.*", "kernel*", "nginx"];
        let locks = Locks::of(patterns.map(|pattern| (pattern.to_owned(), "/f".to_owned())).to_vec());
        let holds = |name: &str| {
            let package = Package { name: name.to_owned(), version: "1-1".to_owned(), ..Package::default() };
            locks.holds(&package).is_some()
        };
        for (name, held) in [
            ("bash", true),
            ("vim-enhanced", true),
            ("vim", false),
            ("kernel-core", true),
            ("nginx", true),
            ("x", false),
        ] {
            assert_eq!(holds(name), held, "{name}");
        }
    }
}
