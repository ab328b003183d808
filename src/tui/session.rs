//! Where the user left off: what is kept of the model, how it comes back, and when it is written. The writer is a thread
//! of its own that sleeps until something has changed, and writes at most every two seconds.

use super::message::Effect;
use super::model::{Model, View};
use super::tree::kind::Kind;
use super::tree::sieve::Purpose;
use super::{Settings, act, switch};
use crate::base::text::escape;
use crate::model::{Path, Snapshot};
use crate::reference::{SessionPlace, SessionView};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// How often it is written, at most.
const EVERY: Duration = Duration::from_secs(2);
/// How many folds are kept: whoever has more has unfolded everything.
const FOLDS: usize = 2000;

/// Keeps from here on where the user is, if that is wanted.
///
/// # Errors
/// The system has no thread to give.
pub fn keeper(settings: &Settings, model: &Model) -> std::io::Result<Option<Keeper>> {
    let state = settings.state.as_ref().filter(|_| settings.session);
    state.map(|state| Keeper::start(SessionPlace::of(state, &model.snapshots))).transpose()
}

/// What is kept of the model.
pub fn view(model: &Model) -> SessionView {
    let tree = model.active();
    let (filter, on) = tree.filter().unwrap_or(("", true));
    let (unfolded, folded) = model.tree.folds(FOLDS);
    let selected = match (model.view, &model.whole) {
        (View::Matrix, Some(whole)) => whole.comparison().path(whole.matrix.row()),
        _ => model.tree.comparison().path(model.tree.cursor()),
    };
    let shown = Kind::ALL.into_iter().filter(|kind| tree.shown().has(*kind));
    SessionView {
        screen: model.view.word().to_lowercase(),
        filter: filter.to_owned(),
        filter_off: !on,
        shown: shown.map(Kind::letter).collect(),
        unfolded,
        folded,
        selected: selected.to_string(),
        sides: Some(model.sides),
        reference: Some(model.reference),
        history: model.history.clone(),
        commands: model.commands.clone(),
        ..SessionView::default()
    }
}

/// Puts the model back to how it was left. What is not there any more is left out.
pub fn resume(model: &mut Model, view: &SessionView) -> Vec<Effect> {
    let mut effects = Vec::new();
    model.is_touched = true;
    model.history.clone_from(&view.history);
    model.commands.clone_from(&view.commands);
    for kind in Kind::ALL {
        if model.tree.shown().has(kind) != view.shown.contains(kind.letter()) && !view.shown.is_empty() {
            effects.extend(model.tree.toggle_kind(kind).map(Effect::Sieve));
        }
    }
    let paths = |texts: &[String]| -> Vec<Path> { texts.iter().filter_map(|text| text.parse().ok()).collect() };
    model.tree.refold(&paths(&view.unfolded), &paths(&view.folded));
    let selected: Option<Path> = view.selected.parse().ok();
    if let Some(row) = selected.as_ref().and_then(|path| model.tree.comparison().find(path)) {
        model.tree.select(row);
    }
    if !view.filter.is_empty() {
        model.tree.begin(Purpose::Filter);
        let job = model.tree.typed(|field| {
            *field = super::field::Field::new(view.filter.clone());
            true
        });
        model.tree.keep();
        effects.extend(job.map(Effect::Sieve));
        model.filter_off = view.filter_off;
    }
    let count = model.snapshots.len();
    if let Some(reference) = view.reference.filter(|at| *at < count && *at != model.reference) {
        effects.extend(switch::set_reference(model, reference));
    }
    if let Some(sides) = view.sides.filter(|(l, r)| *l < count && *r < count && l != r && (*l, *r) != model.sides) {
        model.goal = selected;
        effects.extend(act::face(model, sides));
    }
    let mut known = View::ALL.into_iter().chain(model.review.is_some().then_some(View::Review));
    let screen = known.find(|known| known.word().eq_ignore_ascii_case(&view.screen));
    if let Some(screen) = screen.filter(|screen| *screen != model.view) {
        effects.extend(switch::show(model, screen));
    }
    model.note = match view.filter.as_str() {
        "" => "as you left it (:fresh starts anew)".to_owned(),
        text => format!("as you left it, filter {} (:fresh starts anew)", escape(text)),
    };
    effects
}

/// What the writer has to do.
#[derive(Debug, Default)]
struct Work {
    pending: Option<SessionView>,
    ended: bool,
}

#[derive(Debug)]
struct Slot {
    place: SessionPlace,
    work: Mutex<Work>,
    changed: Condvar,
    /// Held while the file is written: who ends the program waits for it.
    writing: Mutex<()>,
}

/// The session that signals flush: there is one in a process.
static PRESENT: OnceLock<Arc<Slot>> = OnceLock::new();

/// Keeps a session on disk.
#[derive(Debug)]
pub struct Keeper {
    slot: Arc<Slot>,
    last: Option<SessionView>,
    /// What was opened: the view of others, once one joined or left, is not kept as the view of these.
    opened: Vec<Arc<Snapshot>>,
}

impl Keeper {
    /// Begins to keep a session.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn start(place: SessionPlace) -> std::io::Result<Self> {
        let slot = Arc::new(Slot { place, work: Mutex::default(), changed: Condvar::new(), writing: Mutex::default() });
        let writer = Arc::clone(&slot);
        std::thread::Builder::new().name("session".into()).spawn(move || writer.write_on())?;
        let _ = PRESENT.set(Arc::clone(&slot));
        Ok(Self { slot, last: None, opened: Vec::new() })
    }

    /// Takes note of how the model stands.
    pub fn note(&mut self, model: &Model) {
        if self.last.is_none() {
            self.opened.clone_from(&model.snapshots);
        }
        let is_same = self.opened.len() == model.snapshots.len()
            && self.opened.iter().zip(&model.snapshots).all(|(a, b)| Arc::ptr_eq(a, b));
        let view = view(model);
        if !is_same || self.last.as_ref() == Some(&view) {
            return;
        }
        if !model.is_touched {
            // What opens by itself is not worth a file, however it comes about.
            self.last = Some(view);
            return;
        }
        // The first look is how it opened, which is on disk already or not worth it.
        if self.last.is_some() {
            self.slot.lock().pending = Some(view.clone());
            self.slot.changed.notify_one();
        }
        self.last = Some(view);
    }

    /// Forgets the session: the next start is as the first.
    pub fn forget(&mut self) {
        self.slot.lock().pending = None;
        // Nothing can be done about a file that stays; the next start says so.
        let _ = self.slot.place.forget();
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.slot.lock().ended = true;
        self.slot.flush();
        self.slot.changed.notify_one();
    }
}

/// Writes what is not on disk yet, before the program ends by a signal.
pub fn flush() {
    if let Some(slot) = PRESENT.get() {
        slot.flush();
    }
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn flush(&self) {
        let _written = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let pending = self.lock().pending.take();
        if let Some(view) = pending {
            // A full disk costs the place where the user was, and nothing else: no reason to end or to complain.
            let _ = self.place.write(&view);
        }
    }

    fn write_on(&self) {
        let mut work = self.lock();
        while !work.ended {
            if work.pending.is_none() {
                work = self.changed.wait(work).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            drop(work);
            self.flush();
            let since = Instant::now();
            work = self.lock();
            while !work.ended && since.elapsed() < EVERY {
                let rest = EVERY.saturating_sub(since.elapsed());
                work = self.changed.wait_timeout(work, rest).unwrap_or_else(PoisonError::into_inner).0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::fixture::{Screenplay, of};

    const A: &str = r#"{"dns":{"search":"a"},"os":{"release":"6","sysctl":{"x":1,"y":1},"zone":"UTC"}}"#;
    const B: &str = r#"{"dns":{"search":"b"},"os":{"release":"5","sysctl":{"x":2,"y":1},"zone":"UTC"}}"#;

    fn fresh() -> Screenplay {
        of(&[("staging", A), ("production", B), ("ci", A)], (100, 30))
    }

    /// Leaves an explorer and opens another where it was left.
    fn again(play: &Screenplay) -> Screenplay {
        let view = view(&play.model);
        let text = serde_json::to_string(&view).expect("JSON");
        let view: SessionView = serde_json::from_str(&text).expect("read back");
        let mut new = fresh();
        let effects = resume(&mut new.model, &view);
        new.perform(effects);
        new
    }

    #[test]
    fn screen_filter_folds_and_selection_come_back() {
        let mut play = fresh();
        play.press("Gt=k/area:os<enter>\\");
        let new = again(&play);
        assert_eq!(
            play.screen().lines().take(20).collect::<Vec<_>>(),
            new.screen().lines().take(20).collect::<Vec<_>>()
        );
        assert_eq!(new.model.tree.filter(), Some(("area:os", false)));
        assert!(new.model.note.starts_with("as you left it, filter area:os"));
        let mut play = fresh();
        play.press("gc");
        let folded = play.screen();
        assert_eq!(
            folded.lines().take(20).collect::<Vec<_>>(),
            again(&play).screen().lines().take(20).collect::<Vec<_>>()
        );
    }

    #[test]
    fn the_matrix_and_the_reference_come_back() {
        let mut play = fresh();
        play.press("3*jj");
        let new = again(&play);
        assert_eq!((new.model.view, new.model.reference), (View::Matrix, play.model.reference));
        assert_eq!(view(&new.model).selected, view(&play.model).selected);
    }

    #[test]
    fn what_is_gone_is_left_out() {
        let view = SessionView {
            screen: "moon".into(),
            selected: "no.such.path".into(),
            sides: Some((7, 9)),
            reference: Some(12),
            folded: vec!["\"".into(), "os".into()],
            ..SessionView::default()
        };
        let mut play = fresh();
        let effects = resume(&mut play.model, &view);
        play.perform(effects);
        assert_eq!(play.model.view, View::Tree);
        assert!(play.screen().contains("+ os"), "{}", play.screen());
    }

    #[test]
    fn it_is_written_when_it_ends_and_only_if_something_changed() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut play = fresh();
        let place = SessionPlace::of(dir.path(), &play.model.snapshots);
        let mut keeper = Keeper::start(place.clone()).expect("a thread");
        keeper.note(&play.model);
        keeper.note(&play.model);
        assert!(keeper.slot.lock().pending.is_none());
        play.press("G");
        keeper.note(&play.model);
        let kept = view(&play.model);
        // Another snapshot leaves: positions mean other snapshots from here on.
        play.press("3-1k");
        keeper.note(&play.model);
        drop(keeper);
        let read = place.read().expect("reads").expect("is there");
        assert_eq!(read, SessionView { version: 1, ..kept });
    }
}
