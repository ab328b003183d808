//! What systemctl(1) and chkconfig(8) say of units: on the live machine of whether they run, in support archives of how
//! they are switched on too.

use super::units::is_unit;
use crate::host::{Host, Output};
use std::collections::BTreeMap;

/// Words by unit, and where they come from.
#[derive(Debug, Default)]
pub(in crate::capture::os) struct Words {
    pub(in crate::capture::os) by_unit: BTreeMap<String, String>,
    pub(in crate::capture::os) source: String,
}

impl Words {
    fn of(output: Output, read: impl Fn(&str) -> BTreeMap<String, String>) -> Option<Self> {
        let by_unit = read(&output.text);
        (!by_unit.is_empty()).then_some(Self { by_unit, source: output.source })
    }
}

/// How units are switched on, as recorded.
pub(in crate::capture::os) fn enabled(host: &Host) -> Option<Words> {
    let lists = ["systemctl list-unit-files", "systemctl list-unit-files --all", "systemctl --all list-unit-files"];
    let listed = lists.iter().find_map(|line| Words::of(host.recorded(line)?, unit_files));
    listed.or_else(|| shown(host, "UnitFileState"))
}

/// Whether units run, as recorded.
pub(in crate::capture::os) fn active(host: &Host) -> Option<Words> {
    let lists = ["systemctl list-units --all", "systemctl list-units", "systemctl --all list-units", "systemctl"];
    let listed = lists.iter().find_map(|line| Words::of(host.recorded(line)?, self::units));
    listed.or_else(|| shown(host, "ActiveState"))
}

fn shown(host: &Host, key: &str) -> Option<Words> {
    let lines = [
        "systemctl show *.service --all",
        "systemctl show *.service",
        "systemctl show *.target",
        "systemctl show --all",
    ];
    lines.iter().find_map(|line| Words::of(host.recorded(line)?, |text| show(text, key)))
}

/// `NAME STATE [PRESET]` below a headline.
pub(super) fn unit_files(text: &str) -> BTreeMap<String, String> {
    let words = text.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let (name, state) = (words.next()?, words.next()?);
        is_unit(name).then(|| (name.to_owned(), state.to_owned()))
    });
    words.collect()
}

/// `[mark] UNIT LOAD ACTIVE SUB DESCRIPTION`. A unit that waits to be started again has crashed; a job that is run now
/// and ends by itself is no running service.
pub(in crate::capture::os) fn units(text: &str) -> BTreeMap<String, String> {
    let words = text.lines().filter_map(|line| {
        let line = line.trim_start_matches([' ', '*', '\u{25cf}', '\u{d7}', '\u{21bb}', '\u{25cb}']);
        let mut words = line.split_whitespace();
        let (name, _load, active, sub) = (words.next()?, words.next()?, words.next()?, words.next()?);
        let state = match (active, sub) {
            ("activating", "auto-restart") => "restarting",
            ("active" | "reloading" | "refreshing", _) => "active",
            ("failed", _) => "failed",
            ("activating", "start") => "inactive",
            ("activating" | "deactivating" | "maintenance" | "inactive", _) => active,
            _ => return None,
        };
        is_unit(name).then(|| (name.to_owned(), state.to_owned()))
    });
    words.collect()
}

/// The value of a key in each of the blocks of `systemctl show`, which blank lines part.
pub(super) fn show(text: &str, key: &str) -> BTreeMap<String, String> {
    let blocks = text.split("\n\n").filter_map(|block| {
        let field = |name: &str| {
            let values = block.lines().filter_map(|line| line.trim().split_once('='));
            values.filter(|(key, _)| *key == name).map(|(_, value)| value).next_back()
        };
        let (unit, value) = (field("Id")?, field(key)?);
        (is_unit(unit) && !value.is_empty()).then(|| (unit.to_owned(), value.to_owned()))
    });
    blocks.collect()
}

/// The runlevels in which `chkconfig --list` says that a script is started; xinetd's services are on or off.
pub(super) fn chkconfig(text: &str) -> Vec<(String, Result<Vec<String>, bool>)> {
    let mut out = Vec::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        let Some(first) = words.next() else { continue };
        let levels: Vec<(&str, &str)> = words.clone().filter_map(|word| word.split_once(':')).collect();
        let is_script = levels.len() == 7 && levels.iter().all(|(level, _)| level.len() == 1);
        if is_script {
            let on = levels.iter().filter(|(_, switch)| *switch == "on").map(|(level, _)| (*level).to_owned());
            out.push((first.to_owned(), Ok(on.collect())));
        } else if let (Some(name), Some(switch @ ("on" | "off")), None) =
            (first.strip_suffix(':'), words.next(), words.next())
        {
            out.push((name.to_owned(), Err(switch == "on")));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crashes_show_and_passing_jobs_do_not() {
        let text = "  UNIT LOAD ACTIVE SUB DESCRIPTION\n  a.service loaded active running A\n\
                    \u{25cf} b.service loaded failed failed B\n  c.service loaded activating auto-restart C\n\
                    d.service loaded activating start D\n  dev-sda.device loaded active plugged D\nLOAD = x y z\n";
        let read = units(text);
        let read: Vec<_> = read.iter().map(|(unit, state)| format!("{unit} {state}")).collect();
        let expected = [
            "a.service active",
            "b.service failed",
            "c.service restarting",
            "d.service inactive",
            "dev-sda.device active",
        ];
        assert_eq!(read, expected);
    }
}
