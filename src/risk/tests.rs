//! Every rule with its own example, and what a score, a condition and a direction do.

use super::*;
use crate::base::cancel::Cancel;
use crate::compare::{Comparison, RowId};
use crate::effective::Effective;
use crate::model::{Meta, Snapshot, TreeBuilder, Value};

mod beside;
mod files;
mod words;

type Facts = Vec<(String, toml::Value)>;

fn value(toml: &toml::Value) -> Value {
    match toml {
        toml::Value::String(text) => text.as_str().into(),
        toml::Value::Integer(number) => (*number).into(),
        toml::Value::Float(number) => (*number).into(),
        toml::Value::Boolean(is) => (*is).into(),
        toml::Value::Array(members) => Value::List(members.iter().map(value).collect()),
        other => panic!("{other} is no value of a fact"),
    }
}

fn snapshot(label: &str, facts: &Facts) -> Arc<Snapshot> {
    let mut facts: Vec<(Path, Value)> =
        facts.iter().map(|(path, toml)| (path.parse().expect("a path"), value(toml))).collect();
    let mut builder = TreeBuilder::new();
    builder.facts(&mut facts);
    let captured_at = Some("2026-11-25T12:00:00Z".parse().expect("a time"));
    let meta = Meta { label: label.to_owned(), host: Some(label.to_owned()), captured_at, ..Meta::default() };
    Arc::new(Snapshot { meta, facts: builder.finish(), ..Snapshot::default() })
}

/// A comparison with what it risks.
struct Judged {
    comparison: Comparison,
    risks: Risks,
}

impl Judged {
    fn of(snapshots: Vec<Arc<Snapshot>>, rules: &Rules) -> Self {
        let comparison = Comparison::new(snapshots, &Cancel::new()).expect("not cancelled");
        let effective = Effective::of(&comparison);
        let risks = Risks::assess(&comparison, &effective, rules, &Cancel::new()).expect("not cancelled");
        Self { comparison, risks }
    }

    /// Of snapshots as JSON.
    fn read(sides: &[(&str, &str)], rules: &Rules) -> Self {
        let load = |(label, text): &(&str, &str)| {
            let mut snapshot = crate::format::read(text.as_bytes()).expect("facts").snapshot;
            snapshot.meta.label = (*label).to_owned();
            snapshot.meta.host = Some((*label).to_owned());
            Arc::new(snapshot)
        };
        Self::of(sides.iter().map(load).collect(), rules)
    }

    fn row(&self, path: &str) -> RowId {
        self.comparison.find(&path.parse().expect("a path")).expect("a row")
    }

    /// Rule, vector, band and direction of all that is said of a row.
    fn said(&self, path: &str) -> Vec<String> {
        let said = self.risks.of(self.row(path)).iter();
        said.map(|finding| {
            let Says { id, .. } = self.risks.says(finding);
            format!("{id} {} {} {}", finding.score.vector(), finding.score.band().0.word(), finding.toward.word())
        })
        .collect()
    }

    /// How the sides stand in the worst that is said of a row.
    fn stands(&self, path: &str, harm: Option<&Harm>) -> String {
        let finding = self.risks.worst(self.row(path)).expect("a finding");
        let label = |side: usize| self.comparison.sides()[side].label();
        finding.stands(harm, label(finding.side), label(self.comparison.reference()))
    }

    fn fires(&self, id: &str) -> bool {
        // At a row: what no row carries nobody is told.
        let is_it = |finding: &Finding| self.risks.says(finding).id == id;
        self.risks.rows().any(|row| self.risks.of(row).iter().any(is_it))
    }

    fn rules(&self) -> Vec<&str> {
        let rows = self.risks.rows();
        rows.flat_map(|row| self.risks.of(row).iter().map(|finding| self.risks.says(finding).id)).collect()
    }
}

fn example(pairs: &[Pair], facts: &Facts, rules: &Rules) -> Judged {
    let side = |pick: fn(&Pair) -> Option<&toml::Value>| -> Facts {
        let own = pairs.iter().filter_map(|pair| Some((pair.0.clone(), pick(pair)?.clone())));
        own.chain(facts.iter().cloned()).collect()
    };
    let (test, target) = (side(|pair| pair.1.as_ref()), side(|pair| pair.2.as_ref()));
    Judged::of(vec![snapshot("staging", &test), snapshot("production", &target)], rules)
}

#[test]
fn every_rule_fires_on_its_example_and_on_no_other() {
    let rules = Rules::builtin();
    let mut wrong = Vec::new();
    for rule in rules.iter() {
        let Some(Example { fires, quiet, facts }) = &rule.example else {
            wrong.push(format!("{}: there is no example", rule.id));
            continue;
        };
        let (loud, still) = (example(fires, facts, rules), example(quiet, facts, rules));
        // A pool needs more than two sides: `members_of_one_pool_that_differ` has them.
        if !loud.fires(&rule.id) && !rule.triggers.iter().all(|trigger| trigger.pool) {
            wrong.push(format!("{}: does not fire; {:?} do", rule.id, loud.rules()));
        }
        if still.fires(&rule.id) {
            wrong.push(format!("{}: fires where it should not", rule.id));
        }
        if still.comparison.tally(Comparison::TOP).found() == 0 {
            wrong.push(format!("{}: its quiet example has no difference", rule.id));
        }
        if !rule.needs.is_empty() {
            let finding = loud.risks.rows().flat_map(|row| loud.risks.of(row).to_vec());
            let mut own = finding.filter(|finding| loud.risks.says(finding).id == rule.id);
            if own.all(|finding| finding.relevance.is_none()) {
                wrong.push(format!("{}: its example does not meet its condition", rule.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_rules_of_the_program_are_whole() {
    let rules = Rules::builtin_read().unwrap_or_else(|error| panic!("{error}")).rules;
    let mut wrong = Vec::new();
    let vocabulary = crate::model::vocabulary::Vocabulary::builtin();
    let mut names = std::collections::BTreeSet::new();
    for rule in &rules {
        if !names.insert(&rule.id) {
            wrong.push(format!("{}: there are two", rule.id));
        }
        for (what, text) in [("why", &rule.why), ("consequence", &rule.consequence), ("test", &rule.test)] {
            if !text.ends_with('.') || text.contains("  ") {
                wrong.push(format!("{}: {what} is no sentence", rule.id));
            }
        }
        if rule.title.ends_with('.') {
            wrong.push(format!("{}: a title is no sentence", rule.id));
        }
        if (rule.grade == Grade::U) != rule.sources.is_empty() {
            wrong.push(format!("{}: grade {} and {} sources", rule.id, rule.grade.word(), rule.sources.len()));
        }
        let needs = rule.needs.iter().flat_map(|need| &need.paths);
        for pattern in rule.paths.iter().chain(needs).filter(|path| !path.starts_with("effective.")) {
            let path: Path = pattern.parse().expect("a pattern");
            if !vocabulary.entries().iter().any(|entry| can_meet(&path, &entry.path.parse().expect("a path"))) {
                wrong.push(format!("{}: no fact can stand at {pattern}", rule.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A rule about one path, the rest of it in TOML.
fn rules(rest: &str) -> Rules {
    rules_saying("c.", rest)
}

fn rules_saying(consequence: &str, rest: &str) -> Rules {
    let text = format!(
        "[[rule]]\nid='own'\ntitle='Own'\nimpact='outage'\nseverity=6\nlikelihood=5\npaths=['a']\nwhy='w.'\n\
         consequence='''{consequence}'''\ntest='t.'\n{rest}\n"
    );
    Rules::with_user(&[("own.toml", &text)]).unwrap_or_else(|error| panic!("{error}"))
}

/// What is said of `a` with these values.
fn said(rest: &str, test: &str, target: &str) -> Vec<String> {
    let side =
        |value: &str| if value.is_empty() { "{\"z\":1}".to_owned() } else { format!("{{\"a\":{value},\"z\":1}}") };
    let (test, target) = (side(test), side(target));
    Judged::read(&[("staging", test.as_str()), ("production", target.as_str())], &rules(rest)).said("a")
}

fn fires(trigger: &str, test: &str, target: &str) -> bool {
    said(&format!("triggers=[{{{trigger}}}]"), test, target).iter().any(|said| said.starts_with("own "))
}

#[test]
fn triggers_tell_kinds_of_difference_apart() {
    for (trigger, test, target, is) in [
        ("changed=true", "1", "2", true),
        ("changed=true", "1", "", false),
        ("missing='target'", "1", "", true),
        ("missing='target'", "", "1", false),
        ("missing='either'", "", "1", true),
        ("ratio=2.0", "4096", "128", true),
        ("ratio=2.0", "128", "4096", true),
        ("ratio=2.0", "128", "200", false),
        ("ratio=2.0", "0", "200", false),
        ("ratio=2.0", "\"100mb\"", "\"1gb\"", true),
        ("ratio=2.0", "\"unlimited\"", "1024", true),
        ("target='lower'", "2", "1", true),
        ("target='lower'", "1", "2", false),
        ("target='older'", "\"6.1\"", "\"5.10\"", true),
        ("target='newer'", "\"6.1\"", "\"5.10\"", false),
        ("below=10", "9", "11", true),
        ("below=10, on='target'", "9", "11", false),
        ("above=10, on='target'", "9", "11", true),
        ("difference=5", "9", "11", false),
        ("difference=5", "1", "11", true),
        ("version='major'", "\"1.1.1n\"", "\"3.0.2\"", true),
        ("version='major'", "\"3.1.0\"", "\"3.0.2\"", false),
        ("version='minor'", "\"3.1.0\"", "\"3.0.2\"", true),
        ("version='patch'", "\"3.0.2\"", "\"3.0.9\"", true),
        ("version='patch'", "\"3.0.2\"", "\"3.1.9\"", false),
        ("crosses='2.28'", "\"2.31\"", "\"2.24\"", true),
        ("crosses='2.28'", "\"2.31\"", "\"2.28\"", false),
        ("older_than='5.4'", "\"5.3.1\"", "\"6.1\"", true),
        ("older_than='5.4', on='target'", "\"5.3.1\"", "\"6.1\"", false),
        ("only=['avx*']", "[\"avx2\",\"sse\"]", "[\"sse\"]", true),
        ("only=['avx*']", "[\"avx2\",\"sse\"]", "[\"avx2\"]", false),
        ("order=true", "[1,2,3]", "[2,1,3]", true),
        ("order=true", "[1,2,3]", "[1,3]", false),
        ("value=['0','off']", "\"off\"", "\"on\"", true),
        ("value=['0','off'], on='target'", "\"off\"", "\"on\"", false),
        ("changed=true, value=['0']", "0", "1", true),
        ("changed=true, value=['0','1'], on='both'", "0", "1", true),
        ("changed=true, value=['0'], on='both'", "0", "1", false),
        ("changed=true, not=['0']", "0", "1", true),
        ("changed=true, not=['0'], on='both'", "0", "1", false),
        // All that is said of a value holds of one and the same.
        ("older_than='5.4', not=['*.el8']", "\"4.18.0-553.el8\"", "\"6.1\"", false),
        ("older_than='5.4', not=['*.el8']", "\"4.18.0-553.el8\"", "\"4.19\"", true),
        ("changed=true, unlike='zone'", "\"Etc/UTC\"", "\"UTC\"", false),
        ("changed=true, alike='zone'", "\"Etc/UTC\"", "\"UTC\"", true),
        ("changed=true, unlike='zone'", "\"Europe/Berlin\"", "\"UTC\"", true),
        ("changed=true, unlike='locale'", "\"en_US.utf8\"", "\"en_US.UTF-8\"", false),
        ("changed=true, unlike='locale'", "\"C\"", "\"C.UTF-8\"", true),
        ("changed=true, unlike='collation'", "\"C\"", "\"C.UTF-8\"", false),
    ] {
        assert_eq!(fires(trigger, test, target), is, "{trigger}: {test} / {target}");
    }
}

#[test]
fn the_harmful_side_decides_the_direction() {
    let lower = "triggers=[{changed=true}]\nharm='lower'";
    assert_eq!(said(lower, "4096", "128"), ["own S6/L5/dir+1 medium flatters-tests"]);
    assert_eq!(said(lower, "128", "4096"), ["own S6/L5/dir-1 medium harmless"]);
    let value = "triggers=[{changed=true}]\nharm={value=['enforcing']}";
    assert_eq!(said(value, "\"permissive\"", "\"enforcing\""), ["own S6/L5/dir+1 medium flatters-tests"]);
    let lacks = "triggers=[{only=['avx*']},{missing='either'}]\nharm='lacks'";
    assert_eq!(said(lacks, "[\"avx\",\"q\"]", "[\"r\"]"), ["own S6/L5/dir+1 medium flatters-tests"]);
    assert_eq!(said(lacks, "", "[\"r\"]"), ["own S6/L5/dir-1 medium harmless"]);
    assert_eq!(said("triggers=[{changed=true}]", "1", "2"), ["own S6/L5 medium neither"]);
    let sides = [("blue", r#"{"a":4096}"#), ("green", r#"{"a":128}"#)];
    assert_eq!(Judged::read(&sides, &rules(lower)).said("a"), ["own S6/L5 medium unknown"], "nobody is the target");
    let stands = |sides: &[(&str, &str)]| {
        let judged = Judged::read(sides, &rules(lower));
        judged.stands("a", Some(&Harm::Lower))
    };
    let flat = stands(&[("staging", r#"{"a":4096}"#), ("production", r#"{"a":128}"#)]);
    assert_eq!(flat, "staging has more room than production: tests can pass there and fail in production");
    assert_eq!(stands(&sides), "green has less room than blue");
}

#[test]
fn a_large_step_counts_more() {
    assert_eq!(said("triggers=[{ratio=2.0}]", "8", "1"), ["own S6/L5/mag+1 medium neither"]);
    assert_eq!(said("triggers=[{ratio=2.0}]", "7", "1"), ["own S6/L5 medium neither"]);
    assert_eq!(said("triggers=[{version='minor'}]", "\"1.2\"", "\"2.2\""), ["own S6/L5/mag+1 medium neither"]);
    assert_eq!(said("fixed=true\ntriggers=[{ratio=2.0}]", "8", "1"), ["own S6/L5 medium neither"]);
}

#[test]
fn a_condition_is_found_or_known_to_be_absent_or_not_known() {
    let rules = rules("triggers=[{changed=true}]\nneeds=[{what='Redis', paths=['libraries.packages.*.redis*']}]");
    let judged = |packages: &str| {
        let side = |a: u8| format!(r#"{{"a":{a},"libraries":{{"packages":{{{packages}}}}}}}"#);
        Judged::read(&[("staging", side(1).as_str()), ("production", side(2).as_str())], &rules)
    };
    let there = judged(r#""dpkg":{"redis-server":{"version":"6"}}"#);
    assert_eq!(there.said("a"), ["own S6/L5/rel+2 high neither"]);
    let finding = there.risks.worst(there.row("a")).expect("a finding");
    let found = "libraries.packages.dpkg.redis-server.version in production";
    assert_eq!(finding.relevance.as_deref(), Some(found));
    let absent = judged(r#""dpkg":{"bash":{"version":"5"}}"#);
    assert_eq!(absent.said("a"), ["default S3/L3 low neither"]);
    assert_eq!(absent.risks.inapplicable().len(), 1);
    let unread = r#"{"driftglass":1,"facts":{"a":1,"libraries":{"packages":{"dpkg":{"bash":{"version":"5"}}}}},"provenance":{},"problems":{"libraries.packages.rpm":"permission denied: /x"}}"#;
    let sides = [("staging", r#"{"a":2}"#), ("production", unread)];
    assert_eq!(Judged::read(&sides, &rules).said("a"), ["own S6/L5 medium neither"]);
    let sides = [("staging", r#"{"a":2}"#), ("production", r#"{"a":1}"#)];
    assert_eq!(Judged::read(&sides, &rules).said("a"), ["own S6/L5 medium neither"], "nobody looked at packages");
}

#[test]
fn what_is_not_known_has_the_rule_of_its_path_and_says_so() {
    let unread =
        r#"{"driftglass":1,"facts":{"z":1},"provenance":{},"problems":{"a":"permission denied: /a","q":"timed out"}}"#;
    let judged =
        |rest: &str| Judged::read(&[("staging", unread), ("production", r#"{"a":2,"q":1,"z":2}"#)], &rules(rest));
    let plain = judged("triggers=[{changed=true}]");
    assert_eq!(plain.said("a"), ["own S6/L5/unk-2 low neither"]);
    assert_eq!(plain.said("q"), ["default S3/L3/unk-2 info neither"]);
    let directed = judged("triggers=[{changed=true}]\nharm={value=['2']}");
    assert_eq!(directed.said("a"), ["own S6/L5/unk-2 low neither"], "beside what is not known, none is the easier one");
    assert_eq!(judged("triggers=[{older_than='3'}]").said("a"), ["default S3/L3/unk-2 info neither"]);
    let bands = plain.risks.tally_in(&plain.comparison, Comparison::TOP);
    assert_eq!(bands, Bands { low: 2, info: 1, ..Bands::default() });
    assert_eq!(plain.risks.worst_in(&plain.comparison, plain.row("q")), Some(Band::Info));
}

#[test]
fn one_member_of_a_pool_that_differs_is_spread() {
    let rules = rules("triggers=[{changed=true}]");
    let sides = [
        ("staging", r#"{"a":1}"#),
        ("production-1", r#"{"a":1}"#),
        ("production-2", r#"{"a":1}"#),
        ("production-3", r#"{"a":2}"#),
    ];
    assert_eq!(Judged::read(&sides, &rules).said("a"), ["own S6/L5/spr+1 medium neither"]);
    let pool = self::rules("triggers=[{pool=true, changed=true}]");
    assert_eq!(Judged::read(&sides, &pool).said("a"), ["own S6/L5/spr+1 medium neither"]);
    assert_eq!(Judged::read(&[sides[0], sides[3]], &pool).said("a"), ["default S3/L3 low neither"]);
    let moments = [("production-1", r#"{"a":1}"#), ("production-1", r#"{"a":2}"#)];
    assert_eq!(Judged::read(&moments, &pool).said("a"), ["default S3/L3 low neither"], "one machine at two moments");
    let members = [("web-1", "blake3:1"), ("web-2", "blake3:1"), ("web-3", "blake3:2")];
    let pushed = |path: &str| {
        let facts = |digest: &str| format!(r#"{{"configuration":{{"files":{{"{path}":{{"digest":"{digest}"}}}}}}}}"#);
        let texts = members.map(|(label, digest)| (label, facts(digest)));
        let sides: Vec<(&str, &str)> = texts.iter().map(|(label, text)| (*label, text.as_str())).collect();
        let row = Path::new(["configuration", "files", path, "digest"]).to_string();
        Judged::read(&sides, Rules::builtin()).said(&row)
    };
    assert!(pushed("/etc/nginx/nginx.conf")[0].starts_with("config-push-incomplete "));
    assert!(!pushed("/etc/hosts")[0].starts_with("config-push-incomplete "), "of each machine its own");
}

#[test]
fn shared_identities_and_shared_secrets_are_findings() {
    let rules = Rules::with_user(&[(
        "own.toml",
        "[[rule]]\nid='own-shared'\ntitle='Own'\nimpact='security'\nseverity=8\nlikelihood=6\npaths=['**']\ntriggers=[{equal=true}]",
    )])
    .expect("rules");
    let text = r#"{"identity":{"machine_id":"abc"},"p":"[redacted a1:01]","q":1}"#;
    let judged = Judged::read(&[("staging", text), ("production", text)], &rules);
    assert!(judged.said("identity.machine_id").iter().any(|said| said.starts_with("own-shared ")));
    assert_eq!(judged.said("p"), ["own-shared S8/L6 high neither", "shared-secret S8/L5 high neither"]);
    assert_eq!(judged.said("q"), [] as [String; 0]);
    let pool = Judged::read(&[("production-1", text), ("production-2", text)], &rules);
    assert_eq!(pool.said("p"), [] as [String; 0], "members of one pool share their secrets");
    let tests = Judged::read(&[("blue", text), ("green", text)], Rules::builtin());
    assert!(!tests.fires("shared-secret"), "of these none is the target");
}

#[test]
fn users_add_override_and_switch_off() {
    let first = Rules::builtin().iter().next().expect("a rule").clone();
    let id = &first.id;
    let louder = format!("[[rule]]\nid = '{id}'\nseverity = 10\n");
    let rules = Rules::with_user(&[("risk.d/a.toml", &louder)]).expect("rules");
    let own = rules.named(id).expect("is there");
    assert_eq!((own.severity, &own.title, &*own.origin), (10, &first.title, "risk.d/a.toml"));
    let off = format!("[[rule]]\nid = '{id}'\noff = true\n");
    let rules = Rules::with_user(&[("risk.d/a.toml", &off)]).expect("rules");
    assert!(rules.named(id).is_none());
    assert_eq!(rules.iter().len() + 1, Rules::builtin().iter().len());
}

#[test]
fn a_broken_file_is_told_with_line_and_key() {
    for (text, told) in [
        ("[[rule]\n", "x.toml:1:"),
        ("[[rule]]\nid='a'\nseverity=11\n", "x.toml:3:10: rule.0.severity: it is a number from 1 to 10"),
        ("[[rule]]\nid='a'\nseverty=3\n", "x.toml:3:1: rule.0.severty: a rule has no such key"),
        (
            "[[rule]]\nid='nothing-of-this'\nseverity=3\n",
            "x.toml:1:1: rule.0: nothing-of-this is a new rule and lacks title, impact, likelihood, paths",
        ),
        ("[[rule]]\nid='a'\ntitle='t'\nimpact='bad'\n", "x.toml:4:8: rule.0.impact: it is one of outage, "),
        ("[[rule]]\nid='a'\npaths=['a.**.b']\n", "x.toml:3:8: rule.0.paths: a.**.b: ** stands at the end only"),
        ("[[rule]]\nid='a'\ntriggers=[{}]\n", "the trigger says nothing"),
        ("[[rule]]\nid='a'\ntriggers=[{version='huge'}]\n", "it is one of any, patch, minor, major"),
        ("[[rule]]\nid='a'\nseverity=5.5\n", "it is a number with a fraction, and a whole number is wanted"),
        ("[[rule]]\nid='a'\ntriggers=[{ratio=nan}]\n", "a ratio is the larger by the smaller: 1 or more"),
        (
            "[[rule]]\nid='somaxconn'\nseverity=3\n[[rule]]\nid='somaxconn'\nseverity=4\n",
            "x.toml:5:4: rule.1.id: line 2 has a rule of this name too",
        ),
        ("[[rule]]\nid='a'\nharm='worse'\n", "it is one of lower, higher"),
        ("[[rule]]\nid='nothing-of-this'\noff=true\n", "there is no rule of this name to switch off"),
        ("[[rule]]\nid='A b'\n", "a name has small letters"),
        ("[[rule]]\ntitle='t'\n", "missing field `id`"),
    ] {
        let error = Rules::with_user(&[("x.toml", text)]).map(|_| ()).expect_err(text);
        assert!(error.to_string().contains(told), "{text}: {error}");
    }
}

#[test]
fn an_identity_that_is_lacking_is_not_one_that_is_shared() {
    let shared = r#"{"identity":{"fibre_channel_ports":["a"],"domain":"x"}}"#;
    let sides = [("staging", r#"{"identity":{"fibre_channel_ports":["a"]}}"#), ("production", shared)];
    let judged = Judged::read(&sides, Rules::builtin());
    assert!(judged.said("identity.fibre_channel_ports")[0].starts_with("default-identity-shared "));
    assert!(judged.said("identity.domain")[0].starts_with("default-identity S3/L2 "));
}

/// Rule, vector, band and direction at a path, or nothing of this rule.
fn of_rule(judged: &Judged, path: &str, rule: &str) -> Option<String> {
    judged.said(path).into_iter().find(|said| said.starts_with(&format!("{rule} ")))
}

fn builtin(test: &str, target: &str) -> Judged {
    Judged::read(&[("staging", test), ("production", target)], Rules::builtin())
}

#[test]
fn a_rule_that_names_a_derived_fact_judges_that_and_not_its_inputs() {
    let machine = |pid_max: u32, threads: u32| {
        format!(r#"{{"os":{{"sysctl":{{"kernel.pid_max":{pid_max},"kernel.threads-max":{threads}}}}}}}"#)
    };
    let judged = builtin(&machine(4_194_304, 15_644), &machine(131_072, 748_058));
    let said = |path: &str| of_rule(&judged, path, "pid-thread-limit");
    let (pids, threads) = (r#"os.sysctl."kernel.pid_max""#, r#"os.sysctl."kernel.threads-max""#);
    assert_eq!(said(threads).as_deref(), Some("pid-thread-limit S7/L4/mag+1/dir-1 medium harmless"));
    assert_eq!(said(pids).as_deref(), Some("pid-thread-limit S7/L4/mag+1/dir-1/max19 low harmless"));
    let part = judged.risks.of(judged.row(pids)).iter().find(|finding| finding.role != Role::Carries);
    let rated = part.and_then(|part| part.rated_at(&judged.comparison));
    assert_eq!(rated.as_deref(), Some(threads), "it says where it is rated");
    // Of one side the other number is not known: the rule judges what is there.
    let alone = builtin(r#"{"os":{"sysctl":{"kernel.pid_max":4194304}}}"#, &machine(131_072, 748_058));
    let said = of_rule(&alone, pids, "pid-thread-limit");
    assert_eq!(said.as_deref(), Some("pid-thread-limit S7/L4/mag+1/dir+1 high flatters-tests"));
}

#[test]
fn an_input_of_what_is_the_same_in_effect_is_low_and_says_so() {
    let service = |somaxconn: u32| {
        format!(
            r#"{{"cache":{{"stores":{{"redis":{{"port":6379}}}}}},"os":{{"sysctl":{{"net.core.somaxconn":{somaxconn}}}}}}}"#
        )
    };
    let path = r#"os.sysctl."net.core.somaxconn""#;
    let same = builtin(&service(4096), &service(1024));
    assert_eq!(of_rule(&same, path, "somaxconn").as_deref(), Some("somaxconn S6/L5/max19 low neither"));
    let worst = same.risks.worst(same.row(path)).expect("a finding");
    assert_eq!(worst.role, Role::WithoutEffect);
    assert!(worst.happens("It strikes.", "staging").starts_with("In effect it makes little or no difference here. "));
    let less = builtin(&service(4096), &service(128));
    let said = of_rule(&less, path, "somaxconn");
    assert_eq!(said.as_deref(), Some("somaxconn S6/L5/dir+1 medium flatters-tests"), "511 and 128 in effect");
}

#[test]
fn a_derived_fact_counts_once_at_the_setting_that_its_formula_names_first() {
    let side = |pages: u32, ratio: u32, time: u32, interval: u32| {
        format!(
            r#"{{"hardware":{{"memory":{{"total_bytes":99784294400,"huge_pages":{{"2097152":{{"count":{pages}}}}}}}}},
                "os":{{"sysctl":{{"vm.dirty_bytes":0,"vm.dirty_ratio":{ratio},"net.ipv4.tcp_keepalive_time":{time},
                "net.ipv4.tcp_keepalive_intvl":{interval},"net.ipv4.tcp_keepalive_probes":9}}}}}}"#
        )
    };
    let judged = builtin(&side(0, 40, 7200, 75), &side(4096, 10, 600, 30));
    let with = |rule: &str| -> Vec<String> {
        let rows = judged
            .risks
            .rows()
            .filter(|row| judged.risks.of(*row).iter().any(|finding| judged.risks.says(finding).id == rule));
        rows.map(|row| judged.comparison.path(row).to_string()).collect()
    };
    assert_eq!(with("dirty-ratio"), [r#"os.sysctl."vm.dirty_ratio""#]);
    assert_eq!(with("tcp-keepalive"), [r#"os.sysctl."net.ipv4.tcp_keepalive_time""#]);
    let only_memory = builtin(&side(0, 10, 600, 30), &side(40960, 10, 600, 30));
    let pages = "hardware.memory.huge_pages.2097152.count";
    assert!(of_rule(&only_memory, pages, "dirty-ratio").is_some(), "the only input that differs carries it");
}

#[test]
fn what_strikes_the_test_environment_alone_is_medium_at_most() {
    let search = "[[rule]]\nid='own'\ntitle='Own'\nimpact='outage'\nseverity=8\nlikelihood=6\npaths=['a']\n\
                  triggers=[{changed=true}]\nharm='lower'\nneeds=[{what='Java', paths=['toolchains.java.version']}]";
    let rules = Rules::with_user(&[("own.toml", search)]).unwrap_or_else(|error| panic!("{error}"));
    let java = |a: u32| format!(r#"{{"a":{a},"toolchains":{{"java":{{"version":"17"}}}}}}"#);
    let none = |a: u32| format!(r#"{{"a":{a},"toolchains":{{"python":{{"version":"3"}}}}}}"#);
    let said = |test: String, target: String| {
        Judged::read(&[("ci", test.as_str()), ("production", target.as_str())], &rules).said("a")
    };
    assert_eq!(said(none(1), java(9)), ["own S8/L6/dir-1/max39 medium harmless"], "Java is not where it strikes");
    assert_eq!(said(java(1), java(9)), ["own S8/L6/rel+2/dir-1/max39 medium harmless"]);
    assert_eq!(said(java(9), java(1)), ["own S8/L6/rel+2/dir+1 critical flatters-tests"]);
    assert_eq!(said(java(9), none(1)), ["own S8/L6/dir+1 critical flatters-tests"], "what ci has may come with a push");
}

/// What `docs/risk.md` shows to those who write rules.
#[test]
fn the_example_of_the_manual_is_a_file_of_rules() {
    let page = include_str!("../../docs/risk.md");
    let example = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let rules = Rules::with_user(&[("driftglass.rules.toml", example)]).unwrap_or_else(|error| panic!("{error}"));
    assert!(rules.named("shop-workers").is_some());
    assert_eq!(rules.named("somaxconn").map(|rule| rule.severity), Some(8));
}
