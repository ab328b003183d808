//! What keeps packages of rpm at their version: the versionlock plug-ins of yum and dnf, `excludepkgs`, and zypper's locks.

use super::Package;
use crate::capture::deployments::holds;
use crate::host::Host;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// The most patterns that count.
const PATTERNS: usize = 2_000;

/// Patterns of packages, each with the file that it stands in.
#[derive(Debug, Default)]
pub(super) struct Locks {
    globs: GlobSet,
    files: Vec<&'static str>,
}

impl Locks {
    /// Reads all of them. What cannot be read is said where `deployments.rollbacks` tells the rules themselves.
    pub(super) fn read(host: &Host) -> Self {
        Self::of(holds::of_rpm(host))
    }

    fn of(patterns: Vec<(String, &'static str)>) -> Self {
        let (mut files, mut globs) = (Vec::new(), GlobSetBuilder::new());
        for (pattern, file) in patterns.into_iter().take(PATTERNS) {
            if let Ok(glob) = GlobBuilder::new(&pattern).build() {
                globs.add(glob);
                files.push(file);
            }
        }
        Self { globs: globs.build().unwrap_or_default(), files }
    }

    /// The file that holds a package back, if one does.
    pub(super) fn holds(&self, package: &Package) -> Option<&'static str> {
        if self.files.is_empty() {
            return None;
        }
        let Package { name, version, architecture, .. } = package;
        let dotted = architecture.as_ref().map(|own| format!("{name}.{own}"));
        let full = format!("{name}-{version}");
        let forms = [Some(name), Some(&full), dotted.as_ref()];
        let found = forms.into_iter().flatten().find_map(|form| self.globs.matches(form).first().copied())?;
        self.files.get(found).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_pattern_names_its_package() {
        let locks = Locks::of(["bash", "kernel*", "nginx-1-1", "vim.x86_64"].map(|p| (p.to_owned(), "/f")).to_vec());
        let holds = |name: &str| {
            let architecture = Some("x86_64".to_owned());
            let version = "1-1".to_owned();
            locks.holds(&Package { name: name.to_owned(), version, architecture, ..Package::default() }).is_some()
        };
        for (name, held) in [("bash", true), ("bash-doc", false), ("kernel-core", true), ("nginx", true), ("vim", true)]
        {
            assert_eq!(holds(name), held, "{name}");
        }
    }
}
