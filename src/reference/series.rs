//! The captures of an environment over time, from the store and from what is open, and what became of their differences.

use super::resolve::of_entry;
use super::{Entry, ErrorKind, Reference, ReferenceError, Workspace};
use crate::base::cancel::Cancel;
use crate::base::reading::Reading;
use crate::history::{Captured, Gatherer, History, aligned};
use crate::model::{Path, Snapshot};
use std::sync::Arc;

/// The most dates that are read where nobody asks for more: each is read whole.
pub const MOST_DATES: usize = 64;

/// One capture, as far as it is known without reading it.
#[derive(Clone, Debug)]
pub enum Capture {
    /// A file of the store.
    Stored(Box<Entry>),
    /// What is open already.
    Open(Arc<Snapshot>),
}

impl Capture {
    /// When it was made.
    pub fn captured_at(&self) -> Captured {
        match self {
            Capture::Stored(entry) => entry.captured_at,
            Capture::Open(snapshot) => snapshot.meta.captured_at,
        }
    }

    /// Whether it may be a capture of this host: unless it says that it is of another.
    fn may_be_of(&self, host: Option<&str>) -> bool {
        let header = match self {
            Capture::Stored(entry) => entry.header().ok(),
            Capture::Open(_) => None,
        };
        let own = header.and_then(|header| header.meta.host);
        own.as_deref().zip(host).is_none_or(|(own, host)| own == host)
    }

    /// The text that names it in the store until a newer one is saved.
    pub fn reference(&self) -> Option<String> {
        match self {
            Capture::Stored(entry) => Some(Reference::from(&**entry).to_string()),
            Capture::Open(_) => None,
        }
    }
}

/// The captures of one environment, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Series {
    /// What the environment is called.
    pub label: String,
    /// The captures.
    pub captures: Vec<Capture>,
}

impl Series {
    /// What the store has of an environment, and what is open of it. Beside what was not kept there, only captures of
    /// the same host count: the store may have another environment of that name.
    ///
    /// # Errors
    /// The store cannot be listed.
    pub fn of(workspace: &Workspace, label: &str, open: Option<&Arc<Snapshot>>) -> Result<Self, ReferenceError> {
        let listed = workspace.context().store.of_label(label);
        let mut entries = listed.map_err(|error| ReferenceError::new(label, ErrorKind::from(error)))?;
        entries.reverse();
        let captures = entries.into_iter().map(|entry| Capture::Stored(Box::new(entry))).collect();
        let mut series = Self { label: label.to_owned(), captures };
        open.iter().for_each(|open| series.join(open));
        Ok(series)
    }

    /// Puts what is open among the captures, in the place of what is kept of it.
    pub fn join(&mut self, open: &Arc<Snapshot>) {
        // The name of a file keeps the time to the millisecond.
        let milliseconds = |at: Captured| at.map(jiff::Timestamp::as_millisecond);
        let time = milliseconds(open.meta.captured_at);
        let captures = &mut self.captures;
        let known = captures.iter_mut().find(|known| time.is_some() && milliseconds(known.captured_at()) == time);
        match known {
            Some(known) => *known = Capture::Open(Arc::clone(open)),
            None => {
                captures.retain(|known| known.may_be_of(open.meta.host.as_deref()));
                let at = captures.partition_point(|known| time.is_none() || milliseconds(known.captured_at()) < time);
                captures.insert(at, Capture::Open(Arc::clone(open)));
            }
        }
    }
}

/// A history, and the captures that it was read from.
#[derive(Clone, Debug, Default)]
pub struct Traced {
    /// What became of each path.
    pub history: History,
    /// The captures of each date, by side.
    pub captures: Vec<Vec<Capture>>,
    /// How many older dates were left out.
    pub left_out: usize,
    /// What could not be read, in words.
    pub warnings: Vec<String>,
}

/// Reads the captures of one or two environments, one date after the other, at most so many of the newest. `told` hears
/// how many dates there are and how many are read. The path that is asked for is told of though it never changed. `None`
/// when cancelled.
pub fn trace(
    workspace: &Workspace,
    series: &[Series],
    (most, asked): (usize, Option<&Path>),
    cancel: &Cancel,
    told: &mut dyn FnMut(usize, usize),
) -> Option<Traced> {
    let mut dates = dates(series);
    let left_out = dates.len().saturating_sub(most.max(1));
    dates.drain(..left_out);
    let mut traced = Traced { left_out, ..Traced::default() };
    let mut gatherer = Gatherer::asked(asked.cloned());
    let reading = Reading::until(cancel);
    let mut held: Vec<Option<(usize, Arc<Snapshot>)>> = vec![None; series.len()];
    let all = dates.len();
    'dates: for (done, places) in dates.into_iter().enumerate() {
        told(done, all);
        let mut now = Vec::new();
        for ((place, one), held) in places.iter().zip(series).zip(&mut held) {
            if cancel.is_cancelled() {
                return None;
            }
            let Some(capture) = one.captures.get(*place) else { continue 'dates };
            match held {
                // The same object says that nothing was captured since.
                Some((known, snapshot)) if known == place => now.push(Arc::clone(snapshot)),
                _ => match workspace.load_capture(capture, &reading) {
                    Ok(snapshot) => {
                        *held = Some((*place, Arc::clone(&snapshot)));
                        now.push(snapshot);
                    }
                    Err(error) => {
                        traced.warnings.push(error.to_string());
                        continue 'dates;
                    }
                },
            }
        }
        gatherer.add(now, cancel)?;
        let captures = places.iter().zip(series).filter_map(|(place, one)| one.captures.get(*place).cloned());
        traced.captures.push(captures.collect());
    }
    traced.history = gatherer.finish();
    traced.history.labels = series.iter().map(|one| one.label.clone()).collect();
    Some(traced)
}

/// Which captures stand beside each other on each date.
fn dates(series: &[Series]) -> Vec<Vec<usize>> {
    let times = |one: &Series| -> Vec<Captured> { one.captures.iter().map(Capture::captured_at).collect() };
    match series {
        [one] => (0..one.captures.len()).map(|at| vec![at]).collect(),
        [left, right] => aligned(&times(left), &times(right)).into_iter().map(Vec::from).collect(),
        _ => Vec::new(),
    }
}

impl Workspace {
    /// Reads a capture whole.
    ///
    /// # Errors
    /// Its file cannot be read.
    pub fn load_capture(&self, capture: &Capture, reading: &Reading) -> Result<Arc<Snapshot>, ReferenceError> {
        match capture {
            Capture::Open(snapshot) => Ok(Arc::clone(snapshot)),
            Capture::Stored(entry) => of_entry(entry, &self.context().store, reading)
                .map(|resolved| resolved.snapshot)
                .map_err(|kind| ReferenceError::new(Reference::from(&**entry), kind)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(label: &str, day: &str, facts: &str) -> Snapshot {
        let mut snapshot = crate::format::read(facts.as_bytes()).expect("facts").snapshot;
        snapshot.meta.label = label.to_owned();
        snapshot.meta.captured_at = Some(format!("2026-{day}T10:00:00.123456Z").parse().expect("a time"));
        snapshot
    }

    #[test]
    fn the_store_and_what_is_open_are_one_history() {
        let folder = tempfile::tempdir().expect("a folder");
        let workspace = Workspace::new(folder.path(), None);
        for (label, day, value) in [
            ("staging", "08-01", 1),
            ("staging", "09-01", 1),
            ("staging", "10-01", 2),
            ("production", "08-01", 1),
            ("production", "09-02", 1),
        ] {
            workspace.save(&snapshot(label, day, &format!(r#"{{"os":{{"a":{value}}}}}"#))).expect("saved");
        }
        let open = Arc::new(snapshot("production", "10-02", r#"{"os":{"a":1}}"#));
        let kept = Arc::new(snapshot("staging", "10-01", r#"{"os":{"a":2}}"#));
        let series = [
            Series::of(&workspace, "staging", Some(&kept)).expect("listed"),
            Series::of(&workspace, "production", Some(&open)).expect("listed"),
        ];
        assert_eq!(series.iter().map(|one| one.captures.len()).collect::<Vec<_>>(), [3, 3], "what is kept is one");
        let mut steps = Vec::new();
        let traced =
            trace(&workspace, &series, (MOST_DATES, None), &Cancel::new(), &mut |done, all| steps.push((done, all)));
        let traced = traced.expect("not cancelled");
        assert_eq!(steps, [(0, 3), (1, 3), (2, 3)]);
        let signs: String = traced.history.rows[0].signs.iter().map(|sign| sign.sign()).collect();
        assert_eq!(signs, "==~");
        assert_eq!(traced.captures[0][0].reference().as_deref(), Some("staging~2"));
        let newest = trace(&workspace, &series, (2, None), &Cancel::new(), &mut |_, _| {}).expect("not cancelled");
        assert_eq!((newest.history.dates.len(), newest.left_out), (2, 1));
    }

    #[test]
    fn another_host_of_the_same_name_is_another_history() {
        let folder = tempfile::tempdir().expect("a folder");
        let workspace = Workspace::new(folder.path(), None);
        let of = |host: &str, day| {
            let mut snapshot = snapshot("production", day, r#"{"os":{"a":1}}"#);
            snapshot.meta.host = Some(host.to_owned());
            Arc::new(snapshot)
        };
        for (host, day) in [("shop-1", "08-01"), ("shop-1", "09-01"), ("example", "09-02")] {
            workspace.save(&of(host, day)).expect("saved");
        }
        let count = |open: Option<Arc<Snapshot>>| {
            Series::of(&workspace, "production", open.as_ref()).expect("listed").captures.len()
        };
        assert_eq!(count(None), 3);
        assert_eq!(count(Some(of("example", "10-01"))), 2, "what is not kept joins its own host");
        assert_eq!(count(Some(of("shop-1", "09-01"))), 3, "what is kept is a part of all that is kept under its name");
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a file breaks that the store wrote")]
    fn a_broken_file_costs_its_date_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let workspace = Workspace::new(folder.path(), None);
        let mut paths = Vec::new();
        for day in ["08-01", "09-01", "10-01"] {
            paths.push(workspace.save(&snapshot("staging", day, r#"{"os":{"a":1}}"#)).expect("saved").path);
        }
        std::fs::write(&paths[1], "broken").expect("writes");
        let series = [Series::of(&workspace, "staging", None).expect("listed")];
        let traced =
            trace(&workspace, &series, (MOST_DATES, None), &Cancel::new(), &mut |_, _| {}).expect("not cancelled");
        assert_eq!((traced.history.dates.len(), traced.warnings.len()), (2, 1));
        assert!(traced.warnings[0].contains("staging@2026-09-01"), "{:?}", traced.warnings);
    }
}
