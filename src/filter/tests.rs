use super::*;
use crate::base::cancel::Cancel;
use crate::compare::Comparison;
use crate::format;
use proptest::prelude::*;
use std::sync::Arc;

fn sample() -> Comparison {
    let load = |label: &str, text: &str| {
        let mut snapshot = format::read(text.as_bytes()).expect("JSON").snapshot;
        snapshot.meta.label = label.to_owned();
        snapshot.provenance.insert(crate::model::Path::new(["dns"]), "/etc/resolv.conf");
        Arc::new(snapshot)
    };
    let left = load(
        "staging",
        r#"{"dns":{"search":["a","b"],"ttl":300},"os":{"sysctl":{"net.core.somaxconn":4096,"vm.swappiness":60},"release":"Debian","same":1},"cache":{"size":"256MiB"}}"#,
    );
    let right = load(
        "production",
        r#"{"dns":{"search":["b","a"],"ttl":"300"},"os":{"sysctl":{"net.core.somaxconn":128,"vm.swappiness":63},"release":"Ubuntu","same":1,"extra":{"deep":true}}}"#,
    );
    Comparison::new(vec![left, right], &Cancel::new()).expect("not cancelled")
}

#[test]
fn queries_find_what_they_say() {
    let comparison = sample();
    for (text, expected) in [
        ("", "cache.size dns.search dns.ttl os.extra.deep os.release os.same somaxconn swappiness"),
        ("somax", "somaxconn"),
        ("netsomax", "somaxconn"),
        ("sysctl", "somaxconn swappiness"),
        ("ubuntu", "os.release"),
        ("Ubuntu", "os.release"),
        ("UBUNTU", ""),
        ("area:dns", "dns.search dns.ttl"),
        ("area:dns,cache -is:left", "dns.search dns.ttl"),
        ("is:left", "cache.size"),
        ("is:right", "os.extra.deep"),
        ("is:missing", "cache.size os.extra.deep"),
        ("is:same", "os.same"),
        ("is:order", "dns.search"),
        ("is:type", "dns.ttl"),
        ("path:os.sysctl", "somaxconn swappiness"),
        ("path:os.sysctl.net.*.somaxconn", "somaxconn"),
        ("path:os.**", "os.extra.deep os.release os.same somaxconn swappiness"),
        ("path:os.*", "os.release os.same"),
        ("key:net*", "somaxconn"),
        ("key:=ttl", "dns.ttl"),
        ("left:>1000", "cache.size somaxconn"),
        ("right:<129", "os.same somaxconn swappiness"),
        ("value:=300", "dns.ttl"),
        ("value:100..200", "somaxconn"),
        ("left:>=256MiB", "cache.size"),
        ("delta:>10%", "somaxconn"),
        ("delta:<10%", "os.same swappiness"),
        ("type:list", "dns.search"),
        ("type:bool", "os.extra.deep"),
        ("src:/etc/*", "dns.search dns.ttl"),
        ("side:production -side:staging", "os.extra.deep"),
        ("depth:<=2 is:diff", "cache.size dns.search dns.ttl os.release"),
        ("/release = debian -> ubu/", "os.release"),
        ("\"vm.swap\"", "swappiness"),
        ("(area:dns or area:cache) and -ttl", "cache.size dns.search"),
        ("is:left | is:right", "cache.size os.extra.deep"),
        ("not is:diff", "os.same"),
        ("os.rel", "os.release"),
        ("sysctl.vm.swappiness", "swappiness"),
        ("os.sysctl.\"vm.swappiness\"", "swappiness"),
        ("path:os.sysctl.\"vm.swappiness\"", "swappiness"),
        ("path:\"os\".release", "os.release"),
        ("value:\"*\"", ""),
        ("value:\"100..200\"", ""),
        ("-src:resolv area:dns,os is:type,right", "os.extra.deep"),
    ] {
        let query = parse(text).expect(text);
        let found = run(&query, &comparison, &Cancel::new()).expect("not cancelled");
        let shown: Vec<String> = found
            .into_iter()
            .map(|row| match comparison.key(row) {
                "net.core.somaxconn" => "somaxconn".to_owned(),
                "vm.swappiness" => "swappiness".to_owned(),
                _ => comparison.path(row).to_string(),
            })
            .collect();
        assert_eq!(shown.join(" "), expected, "{text}");
    }
}

#[test]
fn sources_are_those_of_the_nearest_entry() {
    let load = |text: &str, sources: &[(&str, &str)]| {
        let mut snapshot = format::read(text.as_bytes()).expect("JSON").snapshot;
        for (path, source) in sources {
            snapshot.provenance.insert(path.parse().expect("a path"), *source);
        }
        Arc::new(snapshot)
    };
    let left = load(
        r#"{"a":{"b":1,"c":{"d":1}},"e":1,"f":1}"#,
        &[("", "/top"), ("a", "/a"), ("a.b.gone", "/gone"), ("a.c", "/c"), ("e.gone", "/gone")],
    );
    let right = load(r#"{"a":5,"e":2,"f":1}"#, &[("f", "/f")]);
    let comparison = Comparison::new(vec![left, right], &Cancel::new()).expect("not cancelled");
    for text in ["/top", "/a", "/c", "/f", "/gone"] {
        let found =
            run(&parse(&format!("src:{text}")).expect(text), &comparison, &Cancel::new()).expect("not cancelled");
        let spoken = |row| (0..2).any(|side| comparison.source(row, side).is_some_and(|s| s.contains(text)));
        assert_eq!(found, comparison.leaves().filter(|row| spoken(*row)).collect::<Vec<_>>(), "{text}");
    }
}

#[test]
fn errors_name_the_part_and_what_would_be_right() {
    for (text, at, message) in [
        ("is:chan", 3..7, "one of diff same changed"),
        ("area:dns is:", 12..12, "one of diff"),
        ("owner:x", 0..5, "owner: is no field"),
        ("risk:>=hi", 5..9, "one of info low medium high critical"),
        ("score:x", 6..7, "points from 1 to 100"),
        ("left:>x", 5..7, "a number"),
        ("(a", 0..1, "not closed"),
        ("a)", 1..2, "was not opened"),
        ("\"a", 0..2, "quote is not closed"),
        ("/[/", 0..3, "error"),
        ("a or", 4..4, "missing at the end"),
        ("depth:x", 6..7, "a whole number"),
        ("area:>x", 5..7, "takes no >"),
        ("x and and", 6..9, "quote the word"),
        ("path:a.\"b", 7..9, "quote is not closed"),
    ] {
        let error = parse(text).expect_err(text);
        assert_eq!(error.range, at, "{text}");
        assert!(error.message.contains(message), "{text}: {}", error.message);
    }
}

#[test]
fn saved_filters_stand_for_what_they_say() {
    let saved: Saved = [("os", "area:os"), ("big", "@os right:>100"), ("loop", "x @loop"), ("bad", "is:x")]
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .into();
    let read = |text: &str| parse_with(text, &saved).map(|query| query.to_string());
    assert_eq!(read("@big or ttl").as_deref(), Ok("(area:os right:>100) or ttl"));
    assert_eq!(read("-@unread").as_deref(), Ok("-is:unreadable"));
    assert_eq!(read("\"@os\"").as_deref(), Ok("\"@os\""));
    for (text, words) in
        [("@none", "there are @bad @big @loop @os"), ("@loop", "itself"), ("@bad", "one of"), ("@", "name")]
    {
        let error = parse_with(text, &saved).expect_err(text);
        assert_eq!(error.range, 0..text.len(), "{text}");
        assert!(error.message.contains(words), "{text}: {}", error.message);
    }
}

#[test]
fn the_parts_of_an_empty_result_are_named() {
    let query = parse("area:dns is:left").expect("a query");
    let parts: Vec<String> = query.without().into_iter().map(|(part, rest)| format!("{part} / {rest}")).collect();
    assert_eq!(parts, ["area:dns / is:left", "is:left / area:dns"]);
}

#[test]
fn completions_come_with_counts() {
    let comparison = sample();
    let shown = |text: &str| -> Vec<String> {
        let saved = Saved::from([("mine".to_owned(), "area:os".to_owned())]);
        let all = complete(text, text.len(), &comparison, &saved);
        all.into_iter().map(|c| format!("{}{}", c.text, c.count.map(|n| format!(" {n}")).unwrap_or_default())).collect()
    };
    assert_eq!(shown("is:diff ar"), ["area:"]);
    assert_eq!(shown("area:"), ["cache 1", "dns 2", "os 4"]);
    assert_eq!(shown("area:dns,c"), ["cache 1"]);
    assert_eq!(shown("-is:un"), ["unknown", "unreadable"]);
    assert_eq!(shown("is:diff @"), ["@mine", "@secrets", "@unread"]);
}

proptest! {
    #[test]
    fn no_text_panics_and_what_is_parsed_reads_back(text in "([a-z:()|\"/,=<>*. \\\\-]|and |or |not |value:|path:|left:>|is:diff ){0,24}") {
        if let Ok(query) = parse(&text) {
            let written = query.to_string();
            prop_assert_eq!(parse(&written), Ok(query), "{} as {}", text, written);
        }
    }
}

#[test]
fn ages_are_asked_of_a_history() {
    let comparison = sample();
    let at = |day: &str| ages::day(day).expect("a day").0;
    let since = ["cache.size", "dns.ttl", "gone"].map(|path| path.parse().expect("a path"));
    let days = ["2026-01-01", "2026-03-01", "2026-01-01"];
    let since = since.into_iter().zip(days.map(at)).collect();
    let ages = Ages { now: at("2026-03-02"), since, why: String::new() };
    let context = Context { ages: Some(&ages), ..Context::default() };
    let count = |text: &str| {
        let query = parse(text).expect("a query");
        assert!(query.asks_history());
        run_with(&query, &comparison, &context, &Cancel::new()).expect("not cancelled").len()
    };
    for (text, expected) in
        [("age:>30d", 1), ("age:<2d", 1), ("age:1h..9w", 2), ("-age:>1w is:diff", 6), ("since:2026-02-01", 1)]
    {
        assert_eq!(count(text), expected, "{text}");
    }
    for wrong in ["age:30", "age:>soon", "since:yesterday", "age:9d..1d"] {
        assert!(parse(wrong).is_err(), "{wrong}");
    }
    assert!(run(&parse("age:>1d").expect("a query"), &comparison, &Cancel::new()).expect("not cancelled").is_empty());
}
