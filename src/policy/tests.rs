use super::*;

fn said(remarks: &[Remark]) -> Vec<String> {
    remarks.iter().map(ToString::to_string).collect()
}

#[test]
fn the_example_says_all_that_can_be_said() {
    let (policy, warnings) = parse(EXAMPLE).expect("sound");
    assert_eq!(warnings, []);
    for (key, list) in policy.watch.lists() {
        assert!(!list.is_empty(), "the example shows no watch.{key}");
    }
    let shown: Vec<&str> = policy.relations.iter().map(|relation| relation.must.word()).collect();
    assert_eq!(shown, ["differ", "equal", "not-older-than", "ratio", "tolerance", "one-of", "ignore"]);
    assert!(policy.gate.block.is_some() && policy.gate.needs_decision.is_some() && policy.gate.unknown.is_some());
    assert_eq!(policy.environments.len(), 3);
    // What belongs into config.toml is shown in comments, and means something once they are none.
    let own: String = EXAMPLE.lines().skip_while(|line| !line.starts_with("# theme")).map(own_line).collect();
    let (policy, warnings) = parse(&own).expect("sound");
    let explorer = policy.explorer;
    assert_eq!((warnings, &explorer.wrong), (Vec::new(), &Vec::new()));
    for (key, ..) in explorer::SETTINGS {
        assert!(explorer.setting(key).is_some(), "the example shows no {key}");
    }
    assert!(explorer.key_set.is_some() && !explorer.keys.is_empty() && !explorer.filters.is_empty());
}

fn own_line(line: &str) -> String {
    line.strip_prefix("# ").unwrap_or_default().to_owned() + "\n"
}

#[test]
fn every_mistake_is_said_with_its_place() {
    let text = "# mine\n[watch]\nfiles = [\"/etc/a\", \"etc/x\",\n  \"/srv/[a\"]\nnames = [\"a..b\", \"é.example\"]\n\
                urls = [\"ftp://a/\", \"https://u:p@a/\", \"https:///x\", \"https://a/b c\"]\nreleases = [\"/a/../b\"]\n\
                services = [\"a b\", \"\"]\nstores = [\"redis://:p@a\", \"mongo://a\", \"redis://a:x\", \"redis://[::1]:1\"]\n";
    let wrong = said(&parse(text).expect_err("wrong"));
    assert_eq!(wrong.len(), 14, "{wrong:#?}");
    assert_eq!(wrong[0], "3:20: watch.files: \"etc/x\": it begins at the root, with a slash");
    assert!(wrong[1].starts_with("4:3: watch.files: \"/srv/[a\": "), "{}", wrong[1]);
    assert_eq!(wrong[2], "5:10: watch.names: \"a..b\": \"\" is no part of a name");
    assert!(wrong[5].contains("a user or a password has no place here"), "{}", wrong[5]);
    assert_eq!(wrong[10], "8:20: watch.services: \"\": it is empty");
}

#[test]
fn every_mistake_of_a_policy_is_said_with_its_place() {
    let text = r#"[environments.production]
role = "prod"
reach = ""
[environments.test]
[[relation]]
path = ["os..a", "b"]
must = "equals"
reason = "short"
[[relation]]
must = "ratio"
between = []
reason = "a good reason"
then = "panic"
[[relation]]
path = "a"
must = "tolerance"
reason = "a good reason"
within = "ten"
[[relation]]
path = "a"
must = "one-of"
reason = "a good reason"
at-most = 3
[[relation]]
path = "a"
must = "ratio"
at-least = 2
at-most = 1
reason = "a good reason"
[gate]
block = "area:os is:chnged"
needs-decision = "@nobody"
unknown = "stop"
"#;
    let wrong = said(&parse(text).expect_err("wrong"));
    let has = |part: &str| assert!(wrong.iter().any(|line| line.starts_with(part)), "{part:?}: {wrong:#?}");
    has("2:8: environments.production.role: it is one of test, target");
    has("3:9: environments.production.reach: it names no snapshot");
    has("4:1: environments.test: test means something already");
    has("6:8: relation.0.path: \"os..a\": a key is missing");
    has("7:8: relation.0.must: it is one of equal, differ, not-older-than, ratio");
    has("8:10: relation.0.reason: it wants a reason of 10 characters or more");
    has("9:1: relation.1: it wants a path");
    has("10:8: relation.1.must: a ratio wants at-least, at-most or both");
    has("11:11: relation.1.between: it names environments");
    has("13:8: relation.1.then: it is one of block, needs-decision, warn");
    has("18:10: relation.2.within: it is a number, a size or time with its unit, or a share in %");
    has("21:8: relation.3.must: one-of wants values: a list");
    has("23:11: relation.3.at-most: at-most belongs to must = \"ratio\"");
    has("26:8: relation.4.must: no ratio is at least the one and at most the other");
    has("31:9: gate.block: at `chnged`: one of diff same");
    has("32:18: gate.needs-decision: at `@nobody`: no filter is saved as @nobody");
    has("33:11: gate.unknown: it is one of block, warn, pass");
    assert_eq!(wrong.len(), 17, "{wrong:#?}");
    assert!(wrong.is_sorted_by_key(|line| line.split(':').next().and_then(|line| line.parse::<usize>().ok())));
    let (_, warnings) =
        parse("[[relation]]\npath = \"os.kernel\"\nmust = \"equal\"\nreason = \"a good reason\"\nbetwen = \"x\"\n")
            .expect("goes on");
    assert_eq!(warnings[0].to_string(), "5:1: relation.0.betwen: this version knows no such key; it is left out");
}

#[test]
fn what_is_of_another_type_hides_no_other_mistake() {
    let text = "[environments.a]\nrole = 1\nreach = [\"x\"]\n[[relation]]\npath = 3\nmust = true\nreason = 4\nbetween = [5]\n\
                [[relation]]\npath = \"/etc/passwd\"\nmust = \"ratio\"\nat_least = 2\nreason = \"a good reason\"\n\
                [[relation]]\nreason = \"a good reason\"\nmust = \"one-of\"\nvalues = \"UTC\"\npath = []\n\
                [[relation]]\npath = \"a\"\nreason = \"a good reason\"\n[gate]\nblock = [\"a\"]\nunknown = false\n";
    let wrong = said(&parse(text).expect_err("wrong"));
    let begin: Vec<String> = wrong.iter().map(|line| line.split(": it is").next().unwrap_or(line).to_owned()).collect();
    assert_eq!(
        begin,
        [
            "2:8: environments.a.role",
            "3:9: environments.a.reach",
            "5:8: relation.0.path",
            "6:8: relation.0.must",
            "7:10: relation.0.reason",
            "7:10: relation.0.reason: it wants a reason of 10 characters or more",
            "8:11: relation.0.between",
            "10:8: relation.1.path: \"/etc/passwd\"",
            "11:8: relation.1.must: a ratio wants at-least, at-most or both",
            "12:1: relation.1.at_least: this version knows no such key; it is left out",
            "17:10: relation.2.values",
            "18:8: relation.2.path: it has 1 to 1000 paths",
            "19:1: relation.3: it wants must: one of equal, differ, not-older-than, ratio, tolerance, one-of, ignore",
            "23:9: gate.block",
            "24:11: gate.unknown",
        ]
    );
    let one = |text: &str| said(&parse(text).expect_err("wrong")).remove(0);
    assert_eq!(
        one("[relation]\npath = \"a\"\n"),
        "1:1: relation: it is a table, and a list is wanted: a table of a list stands in two brackets, [[ ]]"
    );
    assert_eq!(
        one("[environments]\nprod = \"a.json\"\n"),
        "2:8: environments.prod: it is a text, and a table is wanted"
    );
}

proptest::proptest! {
    #[test]
    fn no_text_brings_it_down(
        cuts in proptest::collection::vec((0..6000_usize, 0..40_usize, "[\\[\\]=\"'#.a-z0-9 \n*{}é-]{0,6}"), 1..6),
    ) {
        let mut text: Vec<char> = EXAMPLE.chars().collect();
        for (at, length, other) in cuts {
            let at = at.min(text.len());
            let end = (at + length).min(text.len());
            text.splice(at..end, other.chars());
        }
        let text: String = text.into_iter().collect();
        if let Err(wrong) = parse(&text) {
            proptest::prop_assert!(!wrong.is_empty());
        }
    }
}

#[test]
fn the_gates_of_two_files_add_up() {
    let mut policy = parse("[gate]\nblock = \"area:os\"\nunknown = \"pass\"\n[environments.a]\n").expect("sound").0;
    policy.add(parse("[gate]\nblock = \"new area:dns\"\n[environments.b]\nrole = \"target\"\n").expect("sound").0);
    assert_eq!(policy.gate.block.as_ref().map(|block| block.query.to_string()).as_deref(), Some("is:new area:dns"));
    assert_eq!(policy.gate.unknown, Some(Unknown::Pass));
    assert_eq!(policy.environments.keys().collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn what_is_no_toml_or_of_another_type_is_said_with_its_place() {
    let one = |text: &str| said(&parse(text).expect_err("wrong"));
    assert_eq!(one("[watch]\nfiles = \"/etc/x\"\n").len(), 1);
    assert!(one("[watch]\nfiles = \"/etc/x\"\n")[0].starts_with("2:9: watch.files: "), "a list is asked for");
    assert!(one("[watch]\nfiles = [\"/etc/a\", 7]\n")[0].starts_with("2:20: watch.files: "), "a text is asked for");
    assert!(
        one("[watch]\n\nfiles = [\n")[0].starts_with("4:1: ") || one("[watch]\n\nfiles = [\n")[0].starts_with("3:")
    );
    assert!(one("watch = 3\n")[0].starts_with("1:9: watch: "));
    assert!(one("[watch]\nfiles=[]\nfiles=[]\n")[0].starts_with("3:1: "));
    assert!(!one(&"[".repeat(100_000)).is_empty());
}

#[test]
fn unknown_keys_are_warned_of_and_the_rest_counts() {
    let text = "colour = \"x\"\n[watch]\nfile = [\"/x\"]\nfiles = [\"/etc/a\", \"/etc/a\"]\n[later.\"a b\"]\nx = 1\n";
    let (policy, warnings) = parse(text).expect("goes on");
    assert_eq!(policy.watch.files, ["/etc/a"], "once");
    let places: Vec<_> = warnings.iter().map(|w| (w.line, w.column, w.key.as_str())).collect();
    assert_eq!(places, [(1, 1, "colour"), (3, 1, "watch.file"), (5, 2, "later")]);
}

#[test]
fn files_add_up() {
    let mut policy = parse("[watch]\nfiles = [\"/a\"]\nnames = [\"a.example.\"]").expect("sound").0;
    policy.add(parse("[watch]\nfiles = [\"/b\", \"/a\"]\nservices = [\"cron\"]").expect("sound").0);
    assert_eq!(policy.watch.files, ["/a", "/b"]);
    assert_eq!(policy.watch.names, ["a.example."]);
    assert_eq!(policy.watch.services, ["cron"]);
}

#[test]
fn a_filter_of_the_gate_that_cannot_be_meant_is_a_mistake_or_warned_of() {
    let gate = |block: &str| parse(&format!("[gate]\nblock = \"{block}\"\n"));
    for (block, part) in [
        ("risk>=high new", "risk>=high"),
        ("new risk=high", "risk=high"),
        ("new && risk:>=high", "&&"),
        ("NEW AND RISK:>=HIGH", "NEW"),
        ("new, risk:>=high", "new,"),
        ("new AND risk:>=high", "AND"),
        ("risk", "risk"),
    ] {
        let wrong = said(&gate(block).expect_err(block));
        assert!(wrong[0].starts_with(&format!("2:9: gate.block: at `{part}`: it is no field")), "{wrong:?}");
    }
    for (block, words) in [
        ("new area:dnss", "captures have no facts at dnss: nothing is matched"),
        ("new path:oss.sysctl.net.*", "captures have no facts at oss.sysctl.net.*: nothing is matched"),
        ("new risk:high", "risk:high is that band alone: risk:>=high has what is worse in it too"),
        ("new hugepages", "hugepages: it is looked for as a text, in paths and values; quote it if that is meant"),
    ] {
        let (_, warnings) = gate(block).expect(block);
        assert_eq!(said(&warnings), [format!("2:9: gate.block: {words}")]);
    }
    for sound in [
        "new risk:high,critical",
        "risk:<=high new",
        "new -is:accepted area:dns,os",
        "not new path:os.sysctl.net.*",
        "@mine",
        "new \\\"a=b\\\" /x=y/",
    ] {
        let (_, warnings) =
            parse(&format!("[filters]\nmine = \"area:os\"\n[gate]\nblock = \"{sound}\"\n")).expect(sound);
        assert_eq!(warnings, [], "{sound}");
    }
    // A filter is saved elsewhere in the file.
    let saved = parse("[filters]\nmine = \"risk=high\"\n[gate]\nblock = \"@mine\"\n").expect_err("a slip");
    assert!(said(&saved)[0].starts_with("4:9: gate.block: "), "{saved:?}");
}

#[test]
fn a_relation_of_a_mistyped_path_is_warned_of() {
    let relation = |path: &str| {
        let text = format!("[[relation]]\npath = '{path}'\nmust = \"differ\"\nreason = \"a good reason\"\n");
        said(&parse(&text).expect("sound").1)
    };
    assert_eq!(
        relation("os.enviroment_of.*.DATABASE_URL"),
        ["2:8: relation.0.path: captures have no facts at os.enviroment_of.*.DATABASE_URL: it holds nothing"]
    );
    assert_eq!(relation("os.environment_of.*.DATABASE_URL"), [] as [String; 0]);
    assert_eq!(relation("os.sysctl.\"net.core.somaxconn\""), [] as [String; 0]);
}
