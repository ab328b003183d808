//! Filter and find, and the selection through them.

use super::{USUAL, WIDE, open, path, selected};

#[test]
fn a_filter_holds_while_it_is_typed_and_esc_takes_it_back() {
    let (mut terminal, _) = open(WIDE, &[]);
    terminal.press("nnnn", "stop 5/15 ");
    let before = terminal.press("}", "stop 10/15 ");
    terminal.keys("/area:dns");
    let screen = terminal.sees("2 of 15 diffs, 13 hidden");
    assert!(screen.contains("filter> area:dns"), "{screen}");
    for line in screen.lines().skip(3).take_while(|line| !line.starts_with("──")) {
        assert!(!["cache", "env", "os", "somaxconn"].iter().any(|other| line.contains(other)), "{screen}");
    }
    terminal.keys("\u{1b}");
    terminal.until("the screen of before", |screen| screen == before);
}

#[test]
fn a_kept_filter_is_switched_and_the_selection_stays() {
    let (mut terminal, _) = open(WIDE, &[]);
    terminal.press("/area:dns\r", "2 of 15 diffs");
    let screen = terminal.press("n", "stop 2/2 ");
    let chosen = path(&screen).to_owned();
    assert_eq!(chosen, "dns.nameservers.3");
    let screen = terminal.press("\\", "filter off (\\): area:dns");
    assert_eq!(path(&screen), chosen);
    assert!(screen.contains("15 of 15 diffs, 0 hidden"), "{screen}");
    let screen = terminal.press("\\", "filter: area:dns");
    assert_eq!(path(&screen), chosen);
    // Esc is followed by another key in its own time, or both would be read as one.
    terminal.keys("\u{1b}");
    std::thread::sleep(std::time::Duration::from_millis(50));
    let screen = terminal.press("N", "stop 1/2 ");
    assert!(screen.contains("filter: area:dns") && screen.contains("2 of 15 diffs"), "{screen}");
}

#[test]
fn a_wrong_filter_says_what_would_be_right() {
    let (mut terminal, _) = open(WIDE, &[]);
    terminal.press("/is:left", "1 of 15 diffs");
    terminal.press("\u{15}is:chan", "one of diff same changed");
    let screen = terminal.press("\r", "FILTER");
    assert!(screen.contains("filter> is:chan"), "{screen}");
    assert!(screen.contains("one of diff same changed"), "{screen}");
    let screen = terminal.press("ged", "12 of 15 diffs, 3 hidden");
    assert!(!screen.contains("one of diff"), "{screen}");
    terminal.press("\r", "filter: is:changed");
}

#[test]
fn nothing_found_says_which_part_hides_what() {
    let (mut terminal, _) = open(USUAL, &[]);
    terminal.keys("/area:dns is:changed side:left depth:1\r");
    let screen = terminal.sees("Nothing matches");
    assert!(screen.contains("15 differences are hidden"), "{screen}");
    assert_eq!(screen.lines().filter(|line| line.starts_with("   without ")).count(), 4, "{screen}");
    assert!(screen.contains("without depth:1  1 row"), "{screen}");
    assert!(screen.contains("without area:dns  0 rows"), "{screen}");
    terminal.press("\\", "15 of 15 diffs, 0 hidden");
}

#[test]
fn the_selection_survives_a_filter_that_hides_it() {
    let (mut terminal, _) = open(WIDE, &[]);
    terminal.press("fsomaxconn\r", "stop 1/1 matches of");
    terminal.keys("\u{1b}");
    let before = terminal.misses("matches of");
    assert_eq!(path(&before), "os.sysctl.\"net.core.somaxconn\"");
    let screen = terminal.press("/area:cache\r", "(filtered)");
    assert!(path(&screen).starts_with("cache."), "{screen}");
    let screen = terminal.press("\\", "filter off");
    let line = |screen: &str| screen.lines().position(|line| line == selected(screen));
    assert_eq!(path(&screen), path(&before));
    assert_eq!(line(&screen), line(&before), "{screen}");
}
