//! What a capture came to, in the words of every screen and command.

use crate::model::{Snapshot, ValueRef};
use crate::report::grouped;

/// `staging captured: 8,214 facts, 96 % complete, 3 unreadable, 11 redacted, 0:21`: so many facts, of how many of the kinds
/// of facts it says anything, what could not be read, what was hidden, and how long it took; the label raw.
pub fn capture_in_words(snapshot: &Snapshot, hidden: usize) -> String {
    let meta = &snapshot.meta;
    let empty = snapshot.facts.leaves().filter(|(_, value)| matches!(value, ValueRef::Empty)).count();
    let facts = snapshot.facts.leaf_count() - empty;
    let unasked = snapshot.problems.iter().filter(|(_, problem)| problem.is_not_collected()).count();
    let mut said = vec![format!("{} fact{}", grouped(facts), if facts == 1 { "" } else { "s" })];
    said.extend(meta.complete_percent.map(|percent| format!("{percent} % complete")));
    for (count, words) in [(snapshot.problems.len() - unasked, "unreadable"), (unasked, "not collected")] {
        if count > 0 {
            said.push(format!("{} {words}", grouped(count)));
        }
    }
    said.push(format!("{} redacted", grouped(hidden)));
    said.extend(meta.duration_seconds.map(time));
    format!("{} captured: {}", meta.label, said.join(", "))
}

/// `0.84 s`, `14.2 s`, `2:05`.
fn time(seconds: f64) -> String {
    match seconds {
        ..10.0 => format!("{seconds:.2} s"),
        ..60.0 => format!("{seconds:.1} s"),
        _ => format!("{}:{:02}", seconds as u64 / 60, seconds as u64 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capture_is_told_with_what_weakens_it() {
        let text = r#"{"driftglass":1,"meta":{"label":"staging","complete_percent":96,"duration_seconds":21},
            "facts":{"os":{"a":1,"b":{},"c":2}},"problems":{"dns":"permission denied","tls":"not collected: no root"}}"#;
        let mut snapshot = crate::format::read(text.as_bytes()).expect("a snapshot").snapshot;
        let expected = "staging captured: 2 facts, 96 % complete, 1 unreadable, 1 not collected, 11 redacted, 21.0 s";
        assert_eq!(capture_in_words(&snapshot, 11), expected);
        (snapshot.problems, snapshot.meta.complete_percent) = (Vec::new(), None);
        snapshot.meta.duration_seconds = Some(125.0);
        assert_eq!(capture_in_words(&snapshot, 0), "staging captured: 2 facts, 0 redacted, 2:05");
    }
}
