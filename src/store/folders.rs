//! The folders of the user, where the system keeps such things (XDG on Linux).

use std::path::{Path, PathBuf};

/// Where driftglass keeps what is the user's. None of them is made before something is written there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folders {
    /// Snapshots: `$XDG_DATA_HOME/driftglass`.
    pub data: PathBuf,
    /// Reviews under way and the log: `$XDG_STATE_HOME/driftglass`.
    pub state: PathBuf,
    /// The user's configuration: `$XDG_CONFIG_HOME/driftglass`.
    pub configuration: PathBuf,
}

impl Folders {
    /// The folders of the user that runs this; `None` for one without a home folder, as in a bare container.
    pub fn of_user() -> Option<Self> {
        let found = directories::ProjectDirs::from("", "", "driftglass")?;
        let data = found.data_dir().to_owned();
        // Systems without a folder for state keep it with the data.
        let state = found.state_dir().map_or_else(|| data.clone(), Path::to_owned);
        Some(Self { data, state, configuration: found.config_dir().to_owned() })
    }

    /// All folders beneath one: for tests, and for a user without a home folder.
    pub fn beneath(folder: &Path) -> Self {
        let at = |name: &str| folder.join(name).join("driftglass");
        Self { data: at("data"), state: at("state"), configuration: at("config") }
    }

    /// Where the store keeps its snapshots.
    pub fn snapshots(&self) -> PathBuf {
        self.data.join("snapshots")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snapshots_are_data() {
        let folders = Folders::beneath(Path::new("/x"));
        assert_eq!(folders.snapshots(), Path::new("/x/data/driftglass/snapshots"));
        assert_ne!(folders.state, folders.configuration);
    }
}
