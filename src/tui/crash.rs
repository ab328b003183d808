//! What is left of a panic: the terminal as it was, the message on it, and a file with the place and the way there. No
//! values are in the file: a message may quote one, so it is told to the user alone.

use super::terminal::{is_ours, restore};
use crate::reference::write_private;
use std::backtrace::Backtrace;
use std::path::PathBuf;
use std::sync::{Mutex, Once, PoisonError};
use std::thread::ThreadId;

/// Where crash files go; `None` where the user has no folder.
static FOLDER: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Says where crash files go.
pub fn keep_in(folder: Option<PathBuf>) {
    *FOLDER.lock().unwrap_or_else(PoisonError::into_inner) = folder;
}

/// Makes a panic of the drawing thread restore the terminal before it is told. Other threads' panics become messages
/// (`work.rs`) and must not write over the screen.
pub fn install(drawing: ThreadId) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if std::thread::current().id() == drawing {
                restore();
            }
            let kept = keep(info.location().map(ToString::to_string));
            if !is_ours() {
                before(info);
                if let Some(path) = kept {
                    use std::io::Write;
                    let _ = writeln!(std::io::stderr(), "driftglass: where it happened is in {}", path.display());
                }
            }
        }));
    });
}

/// Writes the crash file; its path, if it could be written.
fn keep(place: Option<String>) -> Option<PathBuf> {
    let folder = FOLDER.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
    let path = folder.join(format!("crash-{}.txt", std::process::id()));
    let thread = std::thread::current();
    let text = format!(
        "driftglass {}\nthread {}\nat {}\n\n{}\n",
        env!("CARGO_PKG_VERSION"),
        thread.name().unwrap_or("unnamed"),
        place.as_deref().unwrap_or("an unknown place"),
        Backtrace::force_capture()
    );
    write_private(&path, text.as_bytes()).ok().map(|()| path)
}
