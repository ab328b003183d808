use super::*;

const AREAS: [&str; 3] = ["dns", "os", "time"];

fn areas() -> Vec<String> {
    AREAS.map(str::to_owned).to_vec()
}

fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

fn acceptance(key: &str) -> Acceptance {
    let what = What::parse(key).expect("a key");
    let pin = ("staging".to_owned(), "absent".to_owned());
    let values = if matches!(what, What::Pattern(_)) { BTreeMap::new() } else { [pin].into() };
    Acceptance {
        key: key.to_owned(),
        what,
        reason: "known and wanted".to_owned(),
        author: "Ann".to_owned(),
        date: day("2026-11-25"),
        until: Some(day("2027-02-18")),
        values,
        seen: Some("staging (absent)".to_owned()),
    }
}

fn keys(text: &str) -> Vec<String> {
    parse(text).expect("sound").0.list.into_iter().map(|acceptance| acceptance.key).collect()
}

#[test]
fn what_is_put_in_is_read_back_in_the_order_of_paths() {
    let mut text = String::new();
    let dpkg = "os.a.\"python3.11\".version";
    for key in ["os.b", "time.zone", "os.a10", "cause:memory-size", "os.a2", dpkg, "dns.**", "os.b.c"] {
        text = put(&text, &acceptance(key), &areas()).expect("puts");
    }
    assert_eq!(keys(&text), ["cause:memory-size", "dns.**", dpkg, "os.a2", "os.a10", "os.b", "os.b.c", "time.zone"]);
    assert!(text.starts_with("# Differences that are known"), "{text}");
    let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("no {part} in {text}"));
    assert!(
        at("# -- causes\n") < at("cause:") && at("cause:") < at("# -- dns\n") && at("# -- os\n") < at("os.a2"),
        "{text}"
    );
    assert!(at("os.b.c") < at("# -- time\n") && at("# -- time\n") < at("time.zone"), "{text}");
    let text = put(&text, &acceptance("imported.x"), &areas()).expect("puts");
    assert!(text.contains("\n\n# -- imported\n[accept.\"imported.x\"]\n") && text.contains("\n\n# -- os\n"), "{text}");
    let text = put(&text, &acceptance("zzz"), &areas()).expect("puts");
    assert_eq!((keys(&text)[2].as_str(), keys(&text).last().map(String::as_str)), ("imported.x", Some("zzz")));
    let (all, warnings) = parse(&text).expect("sound");
    assert_eq!(warnings, []);
    assert_eq!(all.named("os.b"), Some(&acceptance("os.b")));
}

#[test]
fn a_file_made_by_hand_keeps_its_comments_and_its_order() {
    let by_hand = "# Ours.\n\n# why this one\n[accept.\"os.z\"] # zed\nreason = 'a good one, this' # here\nauthor = \"Bob\"\n\
                   date = 2026-01-01\n\n[accept.\"os.b\"]\nreason = \"another good one\"\nauthor = \"Bob\"\ndate = \"2026-01-02\"\n\n# the end\n";
    let put_in = put(by_hand, &acceptance("os.c"), &areas()).expect("puts");
    for part in ["# Ours.\n", "# why this one\n[accept.\"os.z\"] # zed\n", "'a good one, this' # here\n", "# the end\n"]
    {
        assert!(put_in.contains(part), "{part:?} is lost: {put_in}");
    }
    assert!(put_in.starts_with("# Ours.\n"), "{put_in}");
    assert_eq!(keys(&put_in), ["os.c", "os.z", "os.b"], "before the first of a later path; nothing else moves");
    let mut changed = acceptance("os.z");
    changed.reason = "a better one, this".to_owned();
    let again = put(&put_in, &changed, &areas()).expect("puts");
    assert!(
        again.contains("\"a better one, this\" # here\n") && again.contains("[accept.\"os.z\"] # zed\n"),
        "{again}"
    );
    assert_eq!(remove(&put_in, "os.c").expect("removes"), by_hand);
    let without = remove(by_hand, "os.z").expect("removes");
    assert!(without.starts_with("# Ours.\n") && without.ends_with("# the end\n"), "{without}");
    assert!(!without.contains("why this one"), "a comment of the block goes with it: {without}");
    assert_eq!(remove(by_hand, "os.y"), Err(EditError::None("os.y".to_owned())));
    assert!(matches!(put("[accept", &acceptance("os.c"), &areas()), Err(EditError::Wrong(_))));
}

#[test]
fn removing_all_leaves_the_file_as_it_began() {
    let one = put("", &acceptance("os.a"), &areas()).expect("puts");
    let two = put(&one, &acceptance("os.b"), &areas()).expect("puts");
    assert_eq!(remove(&two, "os.b").expect("removes"), one);
    let none = remove(&one, "os.a").expect("removes");
    assert_eq!(keys(&none), [] as [String; 0]);
    assert!(AREAS.iter().all(|area| none.contains(&format!("\n# -- {area}\n"))), "{none}");
}

#[test]
fn every_mistake_is_said_with_its_place() {
    let text = "[accept.\"os.a\"]\nreason = \"short\"\ndate = 2026-13-01\n";
    assert_eq!(parse(text).expect_err("wrong").len(), 1, "no TOML at all");
    let text = "[accept.\"os..a\"]\nreason = \"short\"\ndate = \"tomorrow\"\nuntil = 2026-01-01T00:00:00Z\n\
                [accept.\"os.*\"]\nreason = \"long enough\"\nauthor = \"\"\ndate = 2026-02-01\nuntil = 2026-01-01\n\
                values = { a = \"4096\" }\n[accept.\"cause:\"]\nreason = \"long enough\"\nauthor = \"Ann\"\n\
                [accept.c]\nraeson = \"x\"\n";
    let wrong: Vec<String> = parse(text).expect_err("wrong").iter().map(ToString::to_string).collect();
    let has = |part: &str| assert!(wrong.iter().any(|line| line.contains(part)), "{part:?} is not said: {wrong:#?}");
    has("1:1: accept.\"os..a\": a key is missing");
    has("2:10: accept.\"os..a\".reason: it wants a reason of 10 characters or more");
    has("accept.\"os..a\": it wants an author");
    has("3:8: accept.\"os..a\".date: it is a day, as in 2027-02-18");
    has("4:9: accept.\"os..a\".until: it is a day");
    has("7:10: accept.\"os.*\".author: it wants an author");
    has("9:9: accept.\"os.*\".until: it ends before it begins");
    has("10:10: accept.\"os.*\".values: it is the pins that");
    has("a pattern is accepted whatever its values are");
    has("11:1: accept.\"cause:\": it names no cause");
    has("it wants the date on which it was accepted");
    let conflict = "a\n<<<<<<< HEAD\n[accept.a]\n";
    assert!(parse(conflict).expect_err("wrong")[0].to_string().starts_with("2:1: git could not merge here"));
}

#[test]
fn ends_come_one_after_the_other() {
    let today = day("2026-11-25");
    let ends: Vec<Date> = (0..200).map(|n| usual_end(&format!("os.path{n}"), today)).collect();
    assert!(ends.iter().all(|end| (day("2027-02-09")..=day("2027-03-09")).contains(end)), "{ends:?}");
    let most = ends.iter().map(|end| ends.iter().filter(|other| *other == end).count()).max();
    assert!(most < Some(20), "{most:?} of 200 on one day");
    assert_eq!(usual_end("os.a", today), usual_end("os.a", today));
}

#[test]
fn debt_says_how_many_how_old_and_when() {
    let mut list: Vec<Acceptance> = ["a", "b", "c", "d"].map(acceptance).to_vec();
    list[0].date = day("2026-01-01");
    list[1].until = None;
    list[2].until = Some(day("2026-11-24"));
    list[3].until = Some(day("2026-12-01"));
    let debt = debt(&Acceptances { list }, day("2026-11-25"));
    assert_eq!((debt.holding, debt.ended, debt.endless, debt.ending_soon), (3, 1, 1, 1));
    assert_eq!((debt.oldest_days, debt.median_days), (Some(328), Some(0)));
    assert_eq!(debt.ends[0], (day("2026-12-01"), "d".to_owned()));
    assert_eq!(
        debt.words(),
        "3 acceptances hold, the oldest for 328 days, half of them for 0 or more; the next ends 2026-12-01, 1 within 30 \
         days; 1 without an end; 1 ended"
    );
}

/// A path that git, TOML and people have trouble with.
fn key() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::*;
    prop::collection::vec("[a-c\"'\\\\é #.=\\[\\]\n-]{1,4}", 1..3).prop_map(|keys| {
        let path = Path::new(std::iter::once("os".to_owned()).chain(keys)).to_string();
        if What::parse(&path).is_ok_and(|what| matches!(what, What::Path(_))) { path } else { "os.plain".to_owned() }
    })
}

proptest::proptest! {
    #[test]
    fn whatever_is_put_in_and_taken_out_nothing_else_changes(
        ops in proptest::collection::vec((key(), proptest::bool::weighted(0.3)), 1..12),
    ) {
        let by_hand = "# Ours.\n\n# first\n[accept.\"os.m\"] # m\nreason = 'a good one, this'\nauthor = \"Bob\"\n\
                       date = 2026-01-01 # then\n\n# -- time\n\n# the end\n";
        let mut text = by_hand.to_owned();
        let mut there: std::collections::BTreeSet<String> = ["os.m".to_owned()].into();
        for (key, takes_out) in ops {
            if takes_out && there.len() > 1 && there.remove(&key) {
                text = remove(&text, &key).expect("removes");
            } else {
                text = put(&text, &acceptance(&key), &areas()).expect("puts");
                there.insert(key);
            }
            let now: std::collections::BTreeSet<String> = keys(&text).into_iter().collect();
            proptest::prop_assert_eq!(&now, &there, "{}", text);
            for comment in ["# Ours.\n", "# first\n[accept.\"os.m\"] # m\n", "# then\n", "# -- time\n", "# the end\n"] {
                proptest::prop_assert_eq!(text.matches(comment).count(), 1, "{:?} in {}", comment, text);
            }
        }
    }
}
