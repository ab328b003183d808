//! Small root folders for tests of probes: files in, facts out.
#![allow(clippy::disallowed_methods, reason = "a test makes its own root")]

use super::{Facts, Options, run};
use crate::base::cancel::Cancel;
use crate::host::Host;
use crate::model::Snapshot;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::sync::Arc;

/// A root folder that lives as long as the test.
pub(super) struct Root(tempfile::TempDir);

impl Root {
    /// A root with these files; paths are absolute inside it.
    pub(super) fn new<B: AsRef<[u8]>>(files: &[(&str, B)]) -> Self {
        let root = Self(tempfile::tempdir().expect("a folder"));
        for (path, content) in files {
            fs::write(root.place(path), content).expect("a file");
        }
        root
    }

    /// Adds a symbolic link.
    pub(super) fn link(self, path: &str, target: &str) -> Self {
        symlink(target, self.place(path)).expect("a link");
        self
    }

    /// Makes a file a program.
    pub(super) fn executable(self, path: &str) -> Self {
        fs::set_permissions(self.place(path), fs::Permissions::from_mode(0o755)).expect("a file");
        self
    }

    /// Adds a pipe that nobody writes to.
    pub(super) fn pipe(self, path: &str) -> Self {
        use rustix::fs::{CWD, FileType, Mode, mknodat};
        mknodat(CWD, self.place(path), FileType::Fifo, Mode::RUSR, 0).expect("a pipe");
        self
    }

    /// The facts that a probe finds there.
    pub(super) fn probe(&self, probe: fn(&Host, &mut Facts)) -> Facts {
        self.probe_with(probe, Options::default())
    }

    /// The facts that a probe finds there when asked for these.
    pub(super) fn probe_with(&self, probe: fn(&Host, &mut Facts), options: Options) -> Facts {
        let mut facts = Facts::of(Arc::new(options));
        probe(&self.host(), &mut facts);
        facts
    }

    /// The root as a host.
    pub(super) fn host(&self) -> Host {
        Host::root(self.0.path().to_str().expect("UTF-8")).expect("opens")
    }

    /// All that a capture finds there.
    pub(super) fn captured(&self) -> Snapshot {
        self.captured_with(&Options::default())
    }

    /// All that a capture with these options finds there.
    pub(super) fn captured_with(&self, options: &Options) -> Snapshot {
        run(&Arc::new(self.host()), options, &Cancel::new(), &mut |_| {})
    }

    fn place(&self, path: &str) -> PathBuf {
        let place = self.0.path().join(path.trim_start_matches('/'));
        fs::create_dir_all(place.parent().expect("not the root")).expect("a folder");
        place
    }
}
