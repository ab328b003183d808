use super::*;
use crate::tui::canvas::Canvas;
use crate::tui::glyphs::Glyphs;
use crate::tui::theme::Theme;
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

fn screen(capture: &Capture) -> String {
    let theme = Theme::default();
    let Size { width, height } = capture.size;
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal");
    terminal.draw(|frame| draw(capture, &mut Canvas::new(frame.buffer_mut(), &theme, Glyphs::ASCII))).expect("draws");
    let rows = terminal.backend().to_string();
    rows.lines().map(|line| line.trim_matches('"').trim_end()).collect::<Vec<_>>().join("\n")
}

fn under_way(size: (u16, u16)) -> Capture {
    let mut capture = Capture::new("this machine", ["hardware", "dpkg", "nscd", "gpu", "dns", "tls"]);
    capture.resize(Size::new(size.0, size.1));
    let done = |facts, problem: Option<&str>, denied| Outcome::Done { facts, problem: problem.map(Into::into), denied };
    for index in [0, 1, 2, 4] {
        capture.happened(Event::Started(index));
    }
    capture.happened(Event::Ended(0, done(312, None, false), Duration::from_millis(412)));
    let denied = done(0, Some("permission denied: /run/nscd/socket"), true);
    capture.happened(Event::Ended(2, denied, Duration::ZERO));
    capture.happened(Event::Ended(3, Outcome::Skipped("no device".to_owned()), Duration::ZERO));
    capture.happened(Event::Ended(4, Outcome::TimedOut, Duration::from_secs(3)));
    capture.passed(Duration::from_secs(14));
    capture
}

#[test]
fn states_are_words() {
    let mut capture = under_way((80, 24));
    capture.act(Action::Down);
    capture.act(Action::Down);
    insta::with_settings!({ snapshot_path => "../golden", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("capture_80x24", screen(&capture));
    });
}

#[test]
fn a_frame_is_drawn_at_most_once_a_second() {
    let mut capture = under_way((80, 24));
    assert!(capture.wants_frame(Duration::ZERO));
    capture.happened(Event::Started(5));
    assert!(!capture.wants_frame(Duration::ZERO));
    capture.passed(Duration::from_secs(15));
    assert!(capture.wants_frame(Duration::ZERO) && !capture.wants_frame(Duration::ZERO));
}

#[test]
fn stopping_keeps_what_is_there() {
    let mut capture = under_way((60, 20));
    assert_eq!(capture.act(Action::Back), Next::Stop);
    capture.ended("here captured: 312 facts, 2 unreadable, 0 redacted, 14.2 s");
    assert!(screen(&capture).contains("stopped before its end: here captured: 312 facts"));
    assert_eq!(capture.act(Action::Open), Next::Stay);
    assert!(capture.is_seen());
    capture.passed(Duration::from_secs(99));
    assert!(capture.wants_frame(Duration::ZERO) && !capture.wants_frame(Duration::ZERO));
}

#[test]
fn it_rests_and_goes_on_and_says_where_it_is_kept() {
    let mut capture = under_way((120, 24));
    assert_eq!(capture.act(Action::Pause), Next::Pause(true));
    capture.happened(Event::Kept("/home/ann/here.json.part".into()));
    let seen = screen(&capture);
    for words in [" PAUSED: 1 of 6 done", "kept as it grows in /home/ann/here.json.part", "p goes on  b background"] {
        assert!(seen.contains(words), "{words} on\n{seen}");
    }
    assert_eq!(capture.act(Action::Pause), Next::Pause(false));
    assert!(!screen(&capture).contains("PAUSED"));
    assert_eq!(capture.act(Action::Background), Next::Background);
    capture.act(Action::Back);
    capture.ended("here captured: 312 facts, 2 unreadable, 0 redacted, 14.2 s");
    assert!(screen(&capture).contains("stopped before its end; kept in /home/ann"), "{}", screen(&capture));
    assert_eq!(capture.act(Action::Pause), Next::Stay, "there is nothing to let rest");
}

proptest! {
    #[test]
    fn any_size_draws(width in 1u16..140, height in 1u16..50, cursor in 0usize..8) {
        let mut capture = under_way((width, height));
        for _ in 0..cursor {
            capture.act(Action::Down);
        }
        screen(&capture);
    }
}
