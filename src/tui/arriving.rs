//! One of two sides is read and the other is not yet: what is there can be walked, and the other side is not collected,
//! since it is still loading. When it arrives, selection, folds, filter and view go on.

use super::message::Effect;
use super::model::Model;
use super::reading::Opened;
use super::tree::Tree;
use super::{act, switch};
use crate::base::cancel::Cancel;
use crate::base::text::escape;
use crate::compare::Comparison;
use crate::model::{Meta, Path, Problem, ProblemKind, Snapshot};
use std::sync::Arc;

/// What stands where the values of a side will be.
pub const WORDS: &str = "still loading";

/// The side that is still read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arriving {
    /// Its place among the snapshots.
    pub side: usize,
    /// How far it is, in words.
    pub words: String,
    /// Whether the user has done anything since: then the view goes on, else it opens as if nothing had been shown.
    pub is_touched: bool,
}

/// What can be opened of two of which one is read: the other is not collected anywhere.
pub fn partly(references: &[String], read: (usize, Arc<Snapshot>), label: &str, cancel: &Cancel) -> Option<Opened> {
    let meta = Meta { label: label.to_owned(), ..Meta::default() };
    let problem = Problem::new(ProblemKind::NotCollected, WORDS);
    let rest = Arc::new(Snapshot { meta, problems: vec![(Path::root(), problem)], ..Snapshot::default() });
    let snapshots = if read.0 == 0 { vec![read.1, rest] } else { vec![rest, read.1] };
    let (left, right, reference) = Model::first_sides(&snapshots);
    let mut comparison = Comparison::new(snapshots.clone(), cancel)?;
    comparison.set_reference(reference);
    Some(Opened {
        snapshots,
        references: references.to_vec(),
        sides: (left, right),
        reference,
        tree: Tree::new(Arc::new(comparison)),
        warnings: Vec::new(),
        captured: Vec::new(),
    })
}

/// The side that arrives, in display form, for the lines that speak of it.
pub fn label(model: &Model) -> Option<String> {
    let arriving = model.arriving.as_ref()?;
    model.snapshots.get(arriving.side).map(|snapshot| escape(snapshot.meta.name()).into_owned())
}

/// Takes in both sides, and asks for what is looked at to be carried over to them.
pub fn arrived(model: &mut Model, opened: Opened) -> Vec<Effect> {
    model.arriving = None;
    let Opened { snapshots, references, sides, reference, tree, warnings, captured: _ } = opened;
    (model.snapshots, model.references, model.reference, model.warnings) = (snapshots, references, reference, warnings);
    // They may have been swapped.
    let wanted = model.asked.unwrap_or(model.sides);
    let aligned = (wanted == sides).then(|| Arc::clone(tree.comparison()));
    let first = model.tree.at_first().clone();
    // What is selected stays in view, even among same values.
    model.goal = Some(model.tree.comparison().path(model.tree.cursor()));
    let mut effects = act::face_as(model, wanted, aligned, Some(first));
    if model.whole.is_some() {
        effects.extend(switch::survey(model, None));
    }
    effects
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::fixture::Screenplay;
    use crate::tui::message::Message;
    use crate::tui::model::View;
    use crate::tui::tree::kind::Kind;

    fn snapshot(label: &str, facts: &str) -> Arc<Snapshot> {
        let mut snapshot = crate::format::read(facts.as_bytes()).expect("facts").snapshot;
        snapshot.meta.label = label.to_owned();
        Arc::new(snapshot)
    }

    const LEFT: &str = r#"{"dns":{"search":"a"},"os":{"kernel":{"release":"6"},"sysctl":{"x":1,"y":1},"zone":"UTC"}}"#;
    const RIGHT: &str = r#"{"dns":{"search":"b"},"os":{"kernel":{"release":"5"},"sysctl":{"x":1,"y":1},"zone":"CET"}}"#;

    /// The explorer on the first of two, and what it takes in when the other is there.
    fn play() -> (Screenplay, Box<Opened>) {
        let (left, right) = (snapshot("staging", LEFT), snapshot("production", RIGHT));
        let references = ["a.json".to_owned(), "b.json".to_owned()];
        let part = partly(&references, (0, Arc::clone(&left)), "b", &Cancel::new()).expect("not cancelled");
        let Opened { snapshots, sides, reference, tree, .. } = part;
        let mut model = Model::with_tree(snapshots, sides, reference, tree, ratatui::layout::Size::new(120, 30));
        model.arriving = Some(Arriving { side: 1, words: "loading, 61 %".into(), is_touched: false });
        let snapshots = vec![left, right];
        let comparison = Comparison::new(snapshots.clone(), &Cancel::new()).expect("not cancelled");
        let opened = Opened {
            snapshots,
            references: references.to_vec(),
            sides: (0, 1),
            reference: 1,
            tree: Tree::new(Arc::new(comparison)),
            warnings: Vec::new(),
            captured: Vec::new(),
        };
        (Screenplay::new(model, (120, 30)), Box::new(opened))
    }

    #[test]
    fn what_is_there_is_walked_and_the_rest_is_not_collected() {
        let (mut play, _) = play();
        play.press("Gll");
        let screen = play.screen();
        for words in [
            "staging  |  b (loading, 61 %)",
            "b  still loading",
            "(not collected: still loading)",
            "nothing is compared yet",
        ] {
            assert!(screen.contains(words), "{words}:\n{screen}");
        }
        assert!(!screen.contains("No differences") && !screen.contains("only left"), "{screen}");
        play.press("n/zone<enter>");
        let screen = play.screen();
        assert!(screen.contains("UTC") && !screen.contains("kernel"), "{screen}");
        play.press("<enter>");
        assert!(play.screen().contains("still loading"), "{}", play.screen());
    }

    #[test]
    fn selection_folds_filter_and_kinds_go_on_when_the_rest_arrives() {
        let (mut play, opened) = play();
        // The section of the kernel is opened by hand, dns is left as it is.
        play.press("Gl");
        let kernel = "os.kernel".parse().expect("a path");
        let row = play.model.tree.comparison().find(&kernel).expect("a row");
        play.model.tree.select(row);
        play.press("t=");
        assert!(play.model.arriving.as_ref().is_some_and(|side| side.is_touched));
        play.send(Message::Arrived(opened));
        let tree = &play.model.tree;
        assert_eq!(tree.comparison().path(tree.cursor()), kernel);
        assert!(tree.shown().has(Kind::Same) && play.model.arriving.is_none());
        let screen = play.screen();
        // What differs is open, as it is where nothing was looked at before.
        for words in ["staging  |  production", "| a ", "| b\n", "production REF", "3 diffs"] {
            assert!(screen.contains(words), "{words}:\n{screen}");
        }
        assert!(!screen.contains("loading"), "{screen}");
    }

    #[test]
    fn sides_that_were_swapped_stay_so_and_other_views_follow() {
        let (mut play, opened) = play();
        play.press("x3");
        play.send(Message::Arrived(opened));
        assert_eq!((play.model.sides, play.model.view), ((1, 0), View::Matrix));
        play.press("1");
        assert!(play.screen().contains("production  |  staging"), "{}", play.screen());
        let whole = play.model.whole.as_ref().expect("surveyed");
        assert_eq!(whole.comparison().sides()[1].label(), "production");
    }

    #[test]
    fn nobody_joins_before_it_is_there() {
        let (mut play, _) = play();
        play.send(Message::Loaded(String::new(), Ok(snapshot("ci", LEFT))));
        assert!(play.screen().contains("b is still loading") && play.model.snapshots.len() == 2);
    }
}
