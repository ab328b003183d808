//! What the explorer reads and writes of the user's own configuration: settings, filters, themes.

use super::ConfigurationError;
use crate::policy::explorer::{with_filter, with_setting};
use crate::store::{self, StoreError};
use std::path::Path;

/// Puts settings in a configuration file, each key and word; its comments and all else are kept.
///
/// # Errors
/// The file cannot be read or written, or what stands in it is wrong.
pub fn save_settings(file: &Path, settings: &[(String, String)]) -> Result<(), ConfigurationError> {
    change(file, |text| settings.iter().try_fold(text.to_owned(), |text, (key, word)| with_setting(&text, key, word)))
}

/// Saves a filter in a configuration file.
///
/// # Errors
/// See [`save_settings`].
pub fn save_filter(file: &Path, name: &str, filter: &str) -> Result<(), ConfigurationError> {
    change(file, |text| with_filter(text, name, filter))
}

fn change(file: &Path, edit: impl FnOnce(&str) -> Option<String>) -> Result<(), ConfigurationError> {
    let text = match store::configuration(file) {
        Ok(text) => text,
        Err(StoreError::Missing(_)) => String::new(),
        Err(error) => return Err(error.into()),
    };
    let wrong = || {
        ConfigurationError::Wrong(vec![format!(
            "{}: it is wrong as it stands: `driftglass config --check` says how",
            file.display()
        )])
    };
    let text = edit(&text).ok_or_else(wrong)?;
    Ok(super::write_private(file, text.as_bytes())?)
}

/// The user's own themes: the files of a folder by name, as they are. What cannot be read is left out.
pub fn themes(folder: &Path) -> Vec<(String, String)> {
    let files = store::files(folder, "toml");
    files
        .iter()
        .filter_map(|file| {
            let name = file.file_stem()?.to_str()?.to_owned();
            Some((name, store::configuration(file).ok()?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods, reason = "a test makes its own files")]

    use super::*;

    #[test]
    fn settings_and_filters_are_written_to_a_file_that_need_not_be_there() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("driftglass/config.toml");
        save_settings(&file, &[("theme".into(), "dark".into()), ("same".into(), "shown".into())]).expect("writes");
        save_filter(&file, "mine", "area:dns is:changed").expect("writes");
        save_filter(&file, "mine", "area:os").expect("writes");
        save_settings(&file, &[("theme".into(), "light".into())]).expect("writes");
        let text = std::fs::read_to_string(&file).expect("reads");
        assert_eq!(text, "theme = \"light\"\nsame = \"shown\"\n\n[filters]\nmine = \"area:os\"\n");
        std::fs::write(&file, "[keys").expect("writes");
        assert!(save_filter(&file, "mine", "x").is_err(), "what is wrong is left as it is");
        std::fs::create_dir(dir.path().join("themes")).expect("a folder");
        std::fs::write(dir.path().join("themes/night.toml"), "[roles]\n").expect("writes");
        std::fs::write(dir.path().join("themes/readme"), "").expect("writes");
        assert_eq!(themes(&dir.path().join("themes")), [("night".to_owned(), "[roles]\n".to_owned())]);
        assert_eq!(themes(&dir.path().join("none")), []);
    }
}
