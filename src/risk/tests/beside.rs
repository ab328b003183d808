//! What a rule asks of other facts, where it does not look, and what is a finding though nothing differs.

use super::*;

/// Whether a rule about `s.*.on` with this condition fires for these two sides.
fn fires_beside(condition: &str, test: &str, target: &str) -> bool {
    let text = format!(
        "[[rule]]\nid='own'\ntitle='Own'\nimpact='outage'\nseverity=6\nlikelihood=5\npaths=['s.*.on']\n\
         except=['s.x.on']\ntriggers=[{{changed=true, beside=[{{{condition}}}]}}, {{missing='either', beside=[{{{condition}}}]}}]"
    );
    let rules = Rules::with_user(&[("own.toml", &text)]).unwrap_or_else(|error| panic!("{error}"));
    Judged::read(&[("staging", test), ("production", target)], &rules).fires("own")
}

#[test]
fn a_trigger_asks_for_other_facts_on_the_sides_that_it_names() {
    let with = |on: u8, rest: &str| format!(r#"{{"s":{{"q":{{"on":{on}}}}}{rest}}}"#);
    let (one, two) = (r#","p":{"q":{"v":"2.1"},"r":{"v":"7"}}"#, r#","p":{"r":{"v":"7"}}"#);
    let fires = |condition: &str, test: &str, target: &str| fires_beside(condition, &with(1, test), &with(2, target));
    assert!(fires("paths=['p.q.v']", one, one));
    assert!(!fires("paths=['p.q.v']", one, two), "both are asked where nothing is said");
    assert!(fires("paths=['p.q.v'], on='either'", one, two));
    assert!(fires("paths=['p.q.v'], on='test'", one, two) && !fires("paths=['p.q.v'], on='target'", one, two));
    assert!(fires("paths=['p.{2}.v'], on='test'", one, two), "the second key of the row");
    assert!(fires("paths=['p.*.v'], value=['7']", one, two) && !fires("paths=['p.*.v'], value=['8']", one, two));
    assert!(fires("paths=['p.**'], least=7.0", one, two) && !fires("paths=['p.**'], least=8.0", one, two));
    assert!(fires("paths=['p.q.v'], older_than='3', on='test'", one, two));
    assert!(fires("paths=['p.q.v'], is='absent', on='target'", one, two));
    assert!(!fires("paths=['p.q.v'], is='absent', on='test'", one, two));
    assert!(!fires("paths=['nowhere.q.v'], is='absent'", one, two), "nobody looked there");
    assert!(fires("paths=['p.r.v'], is='same'", one, two) && !fires("paths=['p.r.v'], is='other'", one, two));
    assert!(!fires("paths=['p.q.v'], is='same'", one, two), "one of them has none");
    assert!(fires_beside("paths=['p.q.v'], is='absent', on='lacks'", &with(1, one), &format!("{{{}}}", &two[1..])));
    let other = |on: u8| format!(r#"{{"s":{{"x":{{"on":{on}}}}}{one}}}"#);
    assert!(!fires_beside("paths=['p.q.v']", &other(1), &other(2)), "it does not look there");
}

#[test]
fn the_name_of_a_file_leads_to_its_package() {
    let with =
        |packages: &str| format!(r#"{{"deployments":{{}},"libraries":{{"packages":{{"dpkg":{{{packages}}}}}}}}}"#);
    let edited = |packages: &str| {
        with(packages).replace(r#""deployments":{}"#, r#""deployments":{"hand_edits":{"/etc/nscd.conf":"changed"}}"#)
    };
    let (nscd, bash) = (r#""nscd":{"version":"2.31"}"#, r#""bash":{"version":"5"}"#);
    let said = |test: &str, target: &str| {
        let judged = Judged::read(&[("staging", test), ("production", target)], Rules::builtin());
        judged.said("deployments.hand_edits.\"/etc/nscd.conf\"")
    };
    let alone = said(&with(bash), &edited(nscd));
    assert_eq!(alone, ["file-of-one-side-changed S4/L3 low neither"], "staging has no such software");
    let both = format!("{nscd},{bash}");
    assert_eq!(said(&with(&both), &edited(&both)), ["hand-fix-lost S7/L6 high neither"]);
}

/// A snapshot of 25 November 2026 that saw a certificate which ends on this day.
fn ends(label: &str, day: &str) -> Arc<Snapshot> {
    snapshot(
        label,
        &vec![("cache.edge.\"https://shop\".tls.expires".to_owned(), toml::Value::String(format!("{day}T00:00:00Z")))],
    )
}

#[test]
fn a_certificate_that_ends_soon_is_a_finding_and_no_difference() {
    let path = "cache.edge.\"https://shop\".tls.expires";
    let judged = |test: &str, target: &str| {
        Judged::of(vec![ends("staging", test), ends("production", target)], Rules::builtin())
    };
    let soon = judged("2027-11-25", "2026-12-02");
    assert_eq!(soon.comparison.tally(Comparison::TOP).found(), 0);
    assert_eq!(soon.said(path), ["certificate-expiry S9/L5/dir+1 critical flatters-tests"]);
    assert_eq!(judged("2026-12-02", "2027-11-25").said(path), ["certificate-expiry S9/L5/dir-1/max39 medium harmless"]);
    let both = judged("2026-12-02", "2026-12-02");
    assert_eq!(both.said(path), ["certificate-expiry S9/L5/dir+1 critical neither"], "though both have the same");
    let told = both.risks.says(both.risks.worst(both.row(path)).expect("a finding")).consequence.into_owned();
    assert!(told.contains("as staging and production both see it"), "{told}");
    let over = judged("2027-11-25", "2026-11-01");
    let told = over.risks.says(over.risks.worst(over.row(path)).expect("a finding")).title.into_owned();
    assert_eq!(told, "A certificate that has ended");
    assert_eq!(judged("2027-11-25", "2027-10-25").said(path), [] as [String; 0]);
}

#[test]
fn a_harmless_reading_does_not_hide_a_dangerous_one() {
    let machine = |bytes: u64| {
        format!(r#"{{"hardware":{{"memory":{{"total_bytes":{bytes}}}}},"os":{{"sysctl":{{"vm.dirty_ratio":20}}}}}}"#)
    };
    let judged = builtin(&machine(4_294_967_296), &machine(68_719_476_736));
    let said = judged.said("hardware.memory.total_bytes");
    assert_eq!(
        said,
        ["dirty-ratio S5/L5/mag+1/dir+1 medium flatters-tests", "memory-size S5/L7/mag+1/dir-1 medium harmless"]
    );
}

#[test]
fn a_version_is_compared_within_one_distribution() {
    let release = |id: &str, version: &str| format!(r#"{{"os":{{"release":{{"id":"{id}","version":"{version}"}}}}}}"#);
    let (alpine, debian) = (release("alpine", "3.20"), release("debian", "11"));
    let judged = builtin(&alpine, &debian);
    assert_eq!(judged.said("os.release.version"), ["os-distribution S7/L6 high neither"]);
    assert_eq!(judged.stands("os.release.version", None), "");
    let newer = builtin(&debian, &release("debian", "12"));
    let finding = newer.risks.worst(newer.row("os.release.version")).expect("a finding");
    assert!(newer.risks.says(finding).consequence.ends_with("security fixes mostly end sooner for staging."));
}
