//! How a unit is switched on: the states of `is-enabled` in systemctl(1), told from the folders alone.

use super::units::{Origin, UnitFile, Units, assignments, template};

/// A state and the file that decides it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct State {
    pub(super) word: &'static str,
    pub(super) source: String,
}

/// The state of a unit that is no alias. `text` is that of its file, where it can be read.
pub(super) fn of(units: &Units, unit: &str, file: Option<&UnitFile>, text: Option<&str>) -> State {
    let state = |word, source: &str| State { word, source: source.to_owned() };
    let wished = |origin: Origin| {
        let (alias, tmpl) = (aliases(text), template(unit));
        units.links_of(unit).find(|link| {
            // A template is enabled by its instances; a link beside the units counts if [Install] knows its name.
            let counts = if link.is_wish {
                link.name == unit || (link.target == unit && template(&link.name).as_deref() == Some(unit))
            } else {
                link.target == unit && alias.contains(&link.name)
            };
            counts && link.origin == origin && tmpl.as_deref() != Some(link.name.as_str())
        })
    };
    let wish = wished(Origin::Config);
    let Some(file) = file else {
        return match wish {
            // Where the packages' folder is there and has no such unit, the link dangles.
            Some(link) if units.has_vendor => state("not-found", &link.path),
            Some(link) => state("enabled", &link.path),
            None => state("not-found", ""),
        };
    };
    if file.is_mask() || text.is_some_and(str::is_empty) {
        let word = if matches!(file.origin, Origin::Runtime) { "masked-runtime" } else { "masked" };
        return state(word, &file.path);
    }
    match file.origin {
        Origin::Generated => return state("generated", &file.path),
        Origin::Transient => return state("transient", &file.path),
        _ => {}
    }
    if let Some(link) = wish {
        return state("enabled", &link.path);
    }
    if let Some(link) = wished(Origin::Runtime) {
        return state("enabled-runtime", &link.path);
    }
    let is_instance = template(unit).is_some();
    if is_instance && wished(Origin::Vendor).is_some() {
        return state("static", &file.path);
    }
    match (&file.link, file.origin) {
        // A unit of a folder that systemd does not look at, linked into one that it does.
        (Some(_), Origin::Config) => return state("linked", &file.path),
        (Some(_), Origin::Runtime) => return state("linked-runtime", &file.path),
        _ => {}
    }
    let Some(text) = text else { return state("static", &file.path) };
    let install: Vec<_> = assignments(text).into_iter().filter(|(section, ..)| section == "Install").collect();
    let has = |names: &[&str]| install.iter().any(|(_, key, value)| names.contains(&key.as_str()) && !value.is_empty());
    let word = if has(&["WantedBy", "RequiredBy", "UpheldBy", "Alias"]) {
        "disabled"
    } else if has(&["Also"]) {
        "indirect"
    } else {
        "static"
    };
    state(word, &file.path)
}

fn aliases(text: Option<&str>) -> Vec<String> {
    let lines = text.map(assignments).unwrap_or_default();
    let named = lines.iter().filter(|(section, key, _)| section == "Install" && key == "Alias");
    named.flat_map(|(.., value)| value.split_whitespace().map(str::to_owned)).collect()
}
