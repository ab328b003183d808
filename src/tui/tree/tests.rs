//! Keys between a question and its answer: nothing that is listed is lost or left behind.

use crate::base::cancel::Cancel;
use crate::tui::fixture::{Screenplay, of};
use crate::tui::keys::keys;
use crate::tui::message::{Effect, Message};
use crate::tui::update;

const LEFT: &str = r#"{"dns":{"search":"a"},"os":{"sysctl":{"v":1,"x":1,"y":1,"z":1},"zone":"UTC"}}"#;
const RIGHT: &str = r#"{"dns":{"search":"b"},"os":{"sysctl":{"v":2,"x":1,"y":1,"z":1},"zone":"CET"}}"#;

fn play() -> Screenplay {
    of(&[("staging", LEFT), ("production", RIGHT)], (100, 30))
}

/// Presses keys and keeps what they ask for.
fn ask(play: &mut Screenplay, typed: &str) -> Vec<Effect> {
    keys(typed).into_iter().flat_map(|key| update(&mut play.model, Message::Key(key))).collect()
}

#[test]
fn kinds_are_listed_whatever_is_done_before_their_answer_is_there() {
    for meanwhile in ["", "G", "gjj<space><space>", "/x<esc>", "/x<c-u><enter>", "fz<enter><esc>", "x", "3"] {
        let mut play = play();
        let mut asked = ask(&mut play, "t=");
        assert!(play.screen().contains("= 3 same values folded"), "the list is of before, and in order");
        asked.extend(ask(&mut play, meanwhile));
        // A worker answers the latest question only: the older ones are dropped by their tickets.
        play.perform(asked);
        play.press("1");
        let screen = play.screen();
        for name in [" x ", " y ", " z "] {
            assert!(screen.contains(name) && !screen.contains("same values folded |"), "{meanwhile}:\n{screen}");
        }
    }
}

#[test]
fn kinds_that_are_stopped_stay_as_they_were() {
    let mut play = play();
    let asked = ask(&mut play, "t=<c-c>");
    assert!(!play.model.is_busy() && play.screen().contains("same values folded (t= to show)"));
    play.perform(asked.into_iter().filter(|effect| matches!(effect, Effect::Sieve(_))).collect());
    assert!(play.screen().contains("= 3 same values folded"), "{}", play.screen());
}

#[test]
fn what_belongs_to_a_fact_is_looked_for_beside_the_drawing() {
    let mut play = of(
        &[
            ("staging", r#"{"os":{"sysctl":{"somaxconn":1},"sysctl_files":{"somaxconn":1}}}"#),
            ("production", r#"{"os":{"sysctl":{"somaxconn":2},"sysctl_files":{"somaxconn":1}}}"#),
        ],
        (100, 30),
    );
    let asked = ask(&mut play, "<enter><tab><tab><tab>");
    assert!(play.screen().contains("looking .."), "{}", play.screen());
    let related = |effect| if let Effect::Relate(question) = effect { Some(question) } else { None };
    let question = asked.into_iter().find_map(related).expect("it is asked");
    let answer = question.clone().find(&Cancel::new()).expect("not cancelled");
    // An answer to another fact changes nothing.
    let other = question.comparison.find(&"os.sysctl_files.somaxconn".parse().expect("a path")).expect("a row");
    let stale = crate::tui::detail::Asked { row: other, ..question };
    play.send(Message::Related(stale.find(&Cancel::new()).expect("not cancelled")));
    assert!(play.screen().contains("looking .."), "{}", play.screen());
    play.send(Message::Related(answer));
    assert!(play.screen().contains("= os.sysctl_files.somaxconn"), "{}", play.screen());
}

#[test]
fn values_stand_above_each_other() {
    let long = |word: &str| {
        format!(
            r#"{{"os":{{"sysctl":{{"net.core.somaxconn":"{word} of a value that is longer than half of a narrow window",
            "vm.same":1,"vm.other":1}},"zone":"UTC"}},"tls":{{"one":{}}}}}"#,
            word.len()
        )
    };
    let (left, right) = (long("beginning"), long("start"));
    for (width, height, keys) in [(120, 40, "vv"), (80, 24, "vv"), (60, 20, "v")] {
        let mut play = of(&[("staging", &left), ("production", &right)], (width, height));
        play.press(keys);
        play.press("[]");
        insta::with_settings!({ snapshot_path => "../golden", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("tree_stacked_{width}x{height}"), play.screen());
        });
    }
}

#[test]
fn the_selection_is_in_view_whatever_its_rows_take() {
    let facts = |side: u32| {
        let all: Vec<String> = (0..60).map(|n| format!(r#""k{n:02}":{}"#, if n % 3 == 0 { 0 } else { side })).collect();
        format!(r#"{{"os":{{{}}}}}"#, all.join(","))
    };
    let (left, right) = (facts(1), facts(2));
    let mut play = of(&[("staging", &left), ("production", &right)], (80, 24));
    play.press("vvt=g");
    for key in ["j", "<pgdn>", "<c-d>", "n", "<pgup>", "k", "N", "<c-u>"] {
        for _ in 0..70 {
            play.press(key);
            let tree = &play.model.tree;
            let path = tree.comparison().path(tree.cursor()).to_string();
            let name = path.rsplit('.').next().expect("a key");
            let screen = play.screen();
            let line = screen.lines().find(|line| line.starts_with("->")).expect("the selection is drawn");
            assert!(line.contains(name), "{key}: {path}\n{screen}");
            let at = screen.lines().position(|line| line.starts_with("->")).expect("it is");
            // The lines above the body are three.
            assert_eq!(tree.at_line(at - 3), Some(tree.index()), "{screen}");
        }
    }
    play.press("G");
    assert!(play.screen().contains("-> ~     k59"), "{}", play.screen());
}
