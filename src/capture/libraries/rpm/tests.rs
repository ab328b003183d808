use super::*;
use crate::base::tally::{Tally, fixtures};
use crate::capture::sample::Root;
use flate2::read::GzDecoder;
use std::io::Read;

const SQLITE: &[u8] = include_bytes!("testdata/rpmdb.sqlite.gz");
const LOG: [&[u8]; 2] = [include_bytes!("testdata/log.sqlite.gz"), include_bytes!("testdata/log.sqlite-wal.gz")];
const BERKELEY: &[u8] = include_bytes!("testdata/Packages.gz");
const KNOWN: &str = include_str!("testdata/rpm-qa.tsv");

const PATH: &str = "/var/lib/rpm/rpmdb.sqlite";

fn unpacked(packed: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut bytes).expect("packed");
    bytes
}

/// As `rpm -qa --qf` wrote it, sorted.
fn listed(root: &Root) -> (String, Facts) {
    let facts = root.probe(probe);
    let host = root.host();
    let mut lines = Vec::new();
    let read = storage::each(&host, &mut |blob| {
        let header = Header::parse(blob).expect("a header");
        let package = package(&header).expect("a package");
        let none = || "(none)".to_owned();
        let (own, vendor) = (package.architecture.unwrap_or_else(none), package.vendor.unwrap_or_else(none));
        let source = header.text(tag::SOURCE_RPM).unwrap_or("(none)");
        lines.push(format!("{}\t{}\t{own}\t{vendor}\t{source}\n", package.name, package.version));
    });
    assert!(read.expect("a data base").1.is_ok());
    lines.sort();
    (lines.concat(), facts)
}

/// rpm's own form, of which Debian's rpm knows nothing: one page of slots, then the headers.
fn ndb(headers: &[Vec<u8>]) -> Vec<u8> {
    let mut file = b"RpmP".to_vec();
    [0_u32, 1, 1, 9, 0, 0, 0].iter().for_each(|word| file.extend(word.to_le_bytes()));
    let mut blobs = Vec::new();
    for (package, header) in (1_u32..).zip(headers) {
        let (block, blocks) = ((4096 + blobs.len()) / 16, header.len().div_ceil(16) + 2);
        file.extend(b"Slot");
        [package, block as u32, blocks as u32].iter().for_each(|word| file.extend(word.to_le_bytes()));
        blobs.extend(b"BlbS");
        [package, 1, header.len() as u32].iter().for_each(|word| blobs.extend(word.to_le_bytes()));
        blobs.extend(header);
        blobs.resize(blobs.len().next_multiple_of(16), 0);
    }
    file.resize(4096, 0);
    file.extend(blobs);
    file
}

#[test]
fn every_form_of_the_data_base_reads_as_rpm_reads_it() {
    let sqlite = Root::new(&[(PATH, unpacked(SQLITE))]);
    let mut headers = Vec::new();
    storage::each(&sqlite.host(), &mut |blob| headers.push(blob.to_vec()));
    let roots = [
        sqlite,
        Root::new(&[(PATH, unpacked(LOG[0])), ("/var/lib/rpm/rpmdb.sqlite-wal", unpacked(LOG[1]))]),
        Root::new(&[("/usr/lib/sysimage/rpm/Packages.db", ndb(&headers))]),
        Root::new(&[("/var/lib/rpm/Packages", unpacked(BERKELEY))]),
    ];
    for root in roots {
        let (list, facts) = listed(&root);
        assert_eq!(list, KNOWN);
        let fact = |path: &str| facts.get(&format!("libraries.packages.rpm.{path}")).cloned();
        assert_eq!(fact("kernel.version"), Some(Value::set(["5.14.0-70.el9", "5.14.0-362.el9"])));
        assert_eq!(fact("kernel.architecture"), Some("noarch".into()));
        assert_eq!(fact("big.origin"), Some("Ünïcode & Söhne".into()));
        assert_eq!(fact("lib.architecture"), Some("x86_64".into()));
        assert_eq!(fact("lib.signed"), Some(false.into()));
        assert!(facts.problems().is_empty(), "{:?}", facts.problems());
    }
    let old = Root::new(&[(PATH, unpacked(LOG[0]))]).probe(probe);
    assert_eq!(old.get("libraries.packages.rpm.big.version"), None, "it stands in the log alone");
}

#[test]
fn configuration_files_are_held_against_their_digests() {
    let mut files: Vec<(String, Vec<u8>)> = vec![(PATH.to_owned(), unpacked(SQLITE))];
    for line in KNOWN.lines() {
        let words: Vec<&str> = line.split('\t').collect();
        let (name, version) = (words[0], words[1].rsplit_once('-').expect("a release").0.trim_start_matches("2:"));
        let folder = format!("/etc/{name}.d");
        files.push((format!("{folder}/{name}-{version}.conf"), format!("shipped {name} {version}\n").into_bytes()));
        files.push((format!("{folder}/other-{version}.conf"), b"second\n".to_vec()));
        files.push((format!("{folder}/gone-{version}.conf"), b"third\n".to_vec()));
    }
    files.retain(|(path, _)| path != "/etc/big.d/gone-1.conf");
    for (path, content) in &mut files {
        // One whose digest is SHA-256, one whose digest is MD5.
        if ["/etc/kernel.d/kernel-5.14.0.conf", "/etc/md5pkg.d/other-1.conf"].contains(&path.as_str()) {
            content.push(b'#');
        }
    }
    let files: Vec<(&str, &[u8])> = files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    let facts = Root::new(&files).probe(probe);
    let edits = facts.values().iter().filter(|(path, _)| path.segments().first().is_some_and(|p| p == "deployments"));
    let edits: Vec<_> = edits.map(|(path, value)| (path.last().unwrap_or_default(), value.clone())).collect();
    let expected = [
        ("/etc/big.d/gone-1.conf", "removed"),
        ("/etc/kernel.d/kernel-5.14.0.conf", "changed"),
        ("/etc/md5pkg.d/other-1.conf", "changed"),
    ];
    assert_eq!(edits, expected.map(|(path, how)| (path, Value::from(how))));
}

#[test]
fn front_ends_say_what_is_held() {
    let root = Root::new(&[
        (PATH, unpacked(SQLITE)),
        ("/etc/dnf/dnf.conf", b"[main]\nexclude=md5* x\n[other]\nexclude=lib\n".to_vec()),
        ("/etc/dnf/plugins/versionlock.list", b"# why\nbeta-2:2.3-4.*\n".to_vec()),
        ("/var/lib/zypp/AutoInstalled", b"lib\n".to_vec()),
    ]);
    let facts = root.probe(probe);
    let held = facts.values().iter().filter(|(path, _)| path.last() == Some("held"));
    let held: Vec<_> = held.filter_map(|(path, _)| path.segments().get(3)).collect();
    assert_eq!(held, ["beta", "md5pkg"]);
    assert_eq!(facts.get("libraries.packages.rpm.lib.automatic"), Some(&true.into()));
    assert_eq!(facts.get("libraries.packages.rpm.beta.automatic"), None);
}

/// Whatever a data base holds, reading it ends, and says what is wrong with it.
#[test]
fn damaged_data_bases_cost_themselves_only() {
    for (path, packed) in [(PATH, SQLITE), ("/var/lib/rpm/Packages", BERKELEY)] {
        let whole = unpacked(packed);
        let mut state = 7_u64;
        for round in 0..60 {
            let mut bytes = whole.clone();
            for _ in 0..=round % 20 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let at = (state >> 33) as usize % bytes.len();
                bytes[at] = (state >> 20) as u8;
            }
            bytes.truncate(if round % 7 == 0 { (state >> 33) as usize % bytes.len() } else { bytes.len() });
            let facts = Root::new(&[(path, bytes)]).probe(probe);
            assert!(facts.len() < 1_000, "no more than there was");
        }
        let facts = Root::new(&[(path, b"not one".to_vec())]).probe(probe);
        assert_eq!(facts.problems().len(), 1);
    }
}

/// Name, version and architecture.
type Named = (&'static str, &'static str, &'static str);

#[test]
fn fixtures_of_recorded_packages_are_told_apart() {
    let Some(folder) = fixtures("etc-samples/installed_rpms") else { return };
    let mut tally = Tally::new("etc-samples/installed_rpms by insights");
    // What insights' own test of each file asserts: how many there are, and some of them.
    let known: [(&str, usize, &[Named]); 8] = [
        ("ERROR_DB_NO_PKG", 0, &[]),
        ("NON_ORACLEASM_RPMS", 3, &[("oracle-validated", "1.0.0-18.el5", "x86_64")]),
        ("RHV_HYPERVISOR_RPMS", 4, &[("vdsm", "4.18.15.3-1.el7ev", "x86_64")]),
        (
            "RPMS_JSON_W_WARNING",
            14,
            &[("log4j", "1.2.17-15.el7", "noarch"), ("grub2-tools", "1:2.02-0.34.el7_2", "x86_64")],
        ),
        ("RPMS_LINE", 6, &[("BESAgent", "9.2.5.130-rhe5", "x86_64"), ("yum", "3.2.29-69.el6", "noarch")]),
        ("RPMS_PACKAGE", 6, &[("openssh-server", "5.3p1-104.el6", "x86_64")]),
        ("RPMS_PACKAGE_WITH_UNICODE", 6, &[("openobexƎ", "1.4-7.el6", "x86_64")]),
        (
            "RPM_MANIFEST",
            15,
            &[("gpg-pubkey", "0608b895-4bd22942", ""), ("vmware-tools", "8.3.19-1310361.el6", "x86_64")],
        ),
    ];
    for (file, count, some) in known {
        #[expect(clippy::disallowed_methods, reason = "a test reads its fixture")]
        let text = std::fs::read_to_string(folder.join(format!("{file}.txt"))).expect("readable");
        let packages = recorded::list(&text);
        tally.check(format!("{file} count"), packages.len(), count);
        for (name, version, architecture) in some {
            let found = packages.iter().find(|package| package.name == *name);
            let told = found.map(|p| (p.version.as_str(), p.architecture.as_deref().unwrap_or_default()));
            tally.check(
                format!("{file} {name}"),
                format!("{told:?}"),
                format!("{:?}", Some((*version, *architecture))),
            );
        }
    }
    let file = "RPMS_MULTIPLE_KERNEL";
    #[expect(clippy::disallowed_methods, reason = "a test reads its fixture")]
    let text = std::fs::read_to_string(folder.join(format!("{file}.txt"))).expect("readable");
    let facts = Root::new(&[("/sos_commands/rpm/x", ""), ("/installed-rpms", &text)]).probe(probe);
    for name in ["kernel", "kernel-devel"] {
        let both = Value::set(["3.10.0-327.el7", "3.10.0-327.36.1.el7"]);
        let told = facts.get(&format!("libraries.packages.rpm.{name}.version"));
        tally.agree(format!("{file} {name}"), told == Some(&both), format!("{told:?}"));
    }
    tally.finish();
}

#[test]
fn fixtures_of_rpm_verify_are_read() {
    let Some(folder) = fixtures("etc-samples/rpm_v_packages") else { return };
    let mut tally = Tally::new("etc-samples/rpm_v_packages");
    for (file, unread) in [("1", 4), ("2", 0), ("3", 0), ("4", 0)] {
        #[expect(clippy::disallowed_methods, reason = "a test reads its fixture")]
        let text = std::fs::read_to_string(folder.join(format!("TEST_RPM_V_PACKAGE_{file}.txt"))).expect("readable");
        let facts = Root::new(&[("/insights_commands/rpm_-V_sudo", &text)]).probe(probe);
        tally.check(format!("{file} facts"), facts.len(), 0);
        tally.check(format!("{file} unread"), facts.problems().len(), unread);
    }
    tally.finish();
}

#[test]
fn fixtures_of_rpm_versions_are_parted() {
    let Some(folder) = fixtures("packages") else { return };
    let mut tally = Tally::new("packages/rpmver-parse, where there is a name");
    #[expect(clippy::disallowed_methods, reason = "a test reads its fixture")]
    let vectors = std::fs::read_to_string(folder.join("rpmver-parse")).expect("readable");
    for line in vectors.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split_whitespace().map(|word| word.trim_matches('\'')).collect();
        let [whole, name, epoch, version, release, architecture] = words[..] else { continue };
        // A version alone is no line of a list.
        if name.is_empty() {
            continue;
        }
        let epoch = if epoch.is_empty() { String::new() } else { format!("{epoch}:") };
        let told = recorded::list(whole).pop().unwrap_or_default();
        let own = told.architecture.unwrap_or_default();
        let known = format!("{name} {epoch}{version}-{release} {architecture}");
        tally.check(whole, format!("{} {} {own}", told.name, told.version), known);
    }
    tally.finish();
}
