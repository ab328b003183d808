//! What will make a comparison weak, said before it is opened.

use super::Picker;
use crate::base::text::escape;
use jiff::SignedDuration;

/// Captures further apart than this are worth a word.
const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// Captures further apart than this hardly describe one moment.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Captures of a smaller share of the kinds of facts leave much open.
const COMPLETE: u8 = 90;

/// Lines about what is chosen; empty for less than two.
pub fn lines(picker: &Picker) -> Vec<String> {
    let chosen: Vec<_> = picker.chosen.iter().filter_map(|at| picker.sources.get(*at)).collect();
    if chosen.len() < 2 {
        return Vec::new();
    }
    let mut said = Vec::new();
    let times: Vec<_> = chosen.iter().filter_map(|source| source.meta.captured_at).collect();
    if let (Some(first), Some(last)) = (times.iter().min(), times.iter().max())
        && times.len() > 1
    {
        let apart = last.duration_since(*first);
        let words = age(apart);
        said.push(match apart {
            _ if apart > DAY => format!("OLD: captured {words} apart"),
            _ if apart > HOUR => format!("note: captured {words} apart"),
            _ => format!("captured {words} apart: fine"),
        });
    }
    let mut tools: Vec<_> = chosen.iter().filter_map(|source| source.meta.tool.as_deref()).collect();
    tools.sort_unstable();
    tools.dedup();
    match tools.as_slice() {
        [] => {}
        [one] => said.push(format!("captured by {}: fine", escape(one))),
        more => said.push(format!("note: captured by {}", escape(&more.join(", ")))),
    }
    let rights = |wanted: bool| -> Vec<String> {
        let with = chosen.iter().filter(|source| source.meta.privileged == Some(wanted));
        with.map(|source| escape(&source.meta.label).into_owned()).collect()
    };
    let (roots, users) = (rights(true), rights(false));
    match (roots.len(), users.len()) {
        (_, 0) if roots.len() == chosen.len() => said.push("captured as root: fine".to_owned()),
        (_, 0) => {}
        (0, _) => said.push("note: nobody was root: what only root can read will show as ? unknown".to_owned()),
        _ => said
            .push(format!("note: not as root: {}; what only root can read will show as ? unknown", users.join(", "))),
    }
    for source in &chosen {
        if let Some(percent) = source.meta.complete_percent.filter(|percent| *percent < COMPLETE) {
            let label = escape(&source.meta.label);
            said.push(format!("note: {label} is {percent} % complete: of the other kinds of facts it says nothing"));
        }
    }
    let mut keys: Vec<_> = chosen.iter().map(|source| source.meta.redaction_key.as_deref()).collect();
    keys.sort_unstable();
    keys.dedup();
    match keys.as_slice() {
        [Some(_)] => said.push("secrets hidden under one key, equal and different are told apart: fine".to_owned()),
        [_] => {}
        _ => said.push("note: secrets hidden under different keys: they will show as ? unknown".to_owned()),
    }
    for source in &chosen {
        if let Some(count) = source.problems.filter(|count| *count > 0) {
            let label = escape(&source.meta.label);
            said.push(format!("{label}: {count} paths are not known and will show as ?"));
        }
    }
    said
}

/// A span of time as people say it.
pub fn age(span: SignedDuration) -> String {
    let seconds = span.as_secs().max(0);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} m", seconds / 60),
        3600..86_400 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}
