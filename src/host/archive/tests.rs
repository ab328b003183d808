use super::super::{Host, ReadError};
use crate::base::cancel::Cancel;
use std::io::{self, Write};
use tar::{Builder, EntryType, Header};

/// A member: path, kind, content or target.
type Member<'a> = (&'a str, EntryType, &'a [u8]);

fn file<'a>(path: &'a str, text: &'a str) -> Member<'a> {
    (path, EntryType::Regular, text.as_bytes())
}

fn header(kind: EntryType, size: usize) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(size as u64);
    header
}

fn tar(members: &[Member]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (path, kind, content) in members {
        if matches!(kind, EntryType::Symlink | EntryType::Link) {
            let target = std::str::from_utf8(content).expect("UTF-8");
            builder.append_link(&mut header(*kind, 0), path, target).expect("a link");
        } else {
            builder.append_data(&mut header(*kind, content.len()), path, *content).expect("a member");
        }
    }
    builder.into_inner().expect("an archive")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).expect("packs");
    out.finish().expect("packs")
}

fn open(bytes: &[u8]) -> io::Result<Host> {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("archive");
    std::fs::write(&path, bytes).expect("writes");
    // A plain tar is read later on, through the file that is open.
    Host::root(path.to_str().expect("UTF-8"))
}

fn refused(bytes: &[u8]) -> String {
    open(bytes).map(|_| ()).expect_err("refused").to_string()
}

#[test]
fn every_packing_reads_the_same() {
    let large = "line\n".repeat(100_000);
    let long = format!("srv/{}/{}", "d".repeat(150), "f".repeat(150));
    let plain = tar(&[
        file("etc/hostname", "inside\n"),
        ("etc/absolute", EntryType::Symlink, b"/etc/hostname"),
        ("etc/hard", EntryType::Link, b"etc/hostname"),
        ("etc/out", EntryType::Symlink, b"../../../etc/hostname"),
        ("run/pipe", EntryType::Fifo, b""),
        file("etc/large", &large),
        file("etc/empty", ""),
        file(&long, "deep\n"),
        file("etc/sysconfig/ifcfg-weird [!] (used to fail)", "odd\n"),
    ]);
    let mut xz = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(0)).expect("packs");
    xz.write_all(&plain).expect("packs");
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(&plain).expect("packs");
    let packed = [
        gzip(&plain),
        xz.finish().expect("packs"),
        bzip2.finish().expect("packs"),
        zstd::encode_all(&plain[..], 1).expect("packs"),
        plain,
    ];
    for (number, bytes) in packed.iter().enumerate() {
        let host = open(bytes).unwrap_or_else(|error| panic!("{number}: {error}"));
        let text = |path: &str| host.text(path).unwrap_or_else(|error| panic!("{number}: {error}"));
        for path in ["/etc/hostname", "/etc/absolute", "/etc/hard", "/etc/out"] {
            assert_eq!(text(path), "inside\n", "{path}");
        }
        assert_eq!((text("/etc/large"), text("/etc/empty")), (large.clone(), String::new()));
        assert_eq!(text(&format!("/{long}")), "deep\n");
        assert_eq!(text("/etc/sysconfig/ifcfg-weird [!] (used to fail)"), "odd\n");
        assert!(matches!(host.read("/run/pipe"), Err(ReadError::NotAFile(_))));
        assert!(matches!(host.read("/etc"), Err(ReadError::NotAFile(_))));
        assert!(matches!(host.read_up_to("/etc/large", 10), Err(ReadError::TooLarge { cap: 10, .. })));
        assert_eq!(host.head("/etc/large", 10).expect("is there").len(), 10);
        assert!(matches!(host.head("/etc", 10), Err(ReadError::NotAFile(_))));
        assert!(host.read("/etc/none").expect_err("none").is_missing());
        assert_eq!(host.link("/etc/out").expect("a link"), "../../../etc/hostname");
        assert!(matches!(host.link("/etc/hostname"), Err(ReadError::NotALink(_))));
        assert!(host.list("/etc/hostname").is_err());
        let names: Vec<String> = host.list("/").expect("a folder").into_iter().map(|entry| entry.name).collect();
        assert_eq!(names, ["etc", "run", "srv"]);
        assert_eq!(host.stat("/etc/absolute").expect("a file").size, 7);
        assert_eq!(host.stat("/etc/hard").expect("a file").id, host.stat("/etc/hostname").expect("a file").id);
        assert!(host.as_live().is_none() && matches!(host.command(&["true"]), Err(ReadError::NotRun(_))));
    }
}

#[test]
fn the_folder_around_a_root_is_entered() {
    let host = open(&tar(&[file("dump-1/etc/hostname", "inside\n"), file("dump-1/proc/version", "Linux\n")]));
    assert_eq!(host.expect("opens").text("/etc/hostname").expect("entered"), "inside\n");
    let host = open(&gzip(&tar(&[file("report/sos_commands/kernel/uname_-a", "Linux x\n"), file("report/etc/a", "")])));
    let said = host.expect("opens").recorded("uname -a").expect("recorded");
    assert_eq!((said.text.as_str(), said.source.as_str()), ("Linux x\n", "/sos_commands/kernel/uname_-a"));
}

#[test]
fn damage_is_told_with_its_place() {
    let plain = tar(&[file("etc/a", "a\n"), file("etc/b", &"b".repeat(3_000)), file("etc/c", "c\n")]);
    let cut = refused(&plain[..2_000]);
    assert!(cut.contains("after etc/b") && cut.contains("it ends too early"), "{cut}");
    let cut = refused(&gzip(&plain[..2_000]));
    assert!(cut.contains("after etc/b") && cut.contains("at byte 2000"), "{cut}");
    let packed = gzip(&tar(&[file("etc/noise", &(0..60_000_u32).map(|n| (n * n).to_string()).collect::<String>())]));
    let cut = refused(&packed[..packed.len() / 2]);
    assert!(cut.contains("after etc/noise"), "{cut}");
    let mut bent = packed.clone();
    // The checksum of what was packed.
    let at = bent.len() - 6;
    bent[at] ^= 1;
    let error = refused(&bent);
    assert!(error.contains("checksum"), "{error}");
    let mut bent = plain.clone();
    bent[1024] ^= 1;
    let error = refused(&bent);
    assert!(error.contains("after etc/a") && error.contains("checksum"), "{error}");
}

#[test]
fn what_is_no_archive_is_told() {
    assert!(refused(b"").contains("empty"));
    assert!(refused(b"\x7fELF and so on").contains("neither a folder nor an archive"));
    assert!(refused(&gzip(b"a text\n")).contains("packed in it with gzip is no tar"));
    assert!(refused(&vec![0; 100_000]).contains("mounted"));
    assert!(Host::root("/dev/null").is_err() && Host::root("/no/such").is_err());
}

#[test]
fn hostile_archives_are_bounded() {
    // A name of a gigabyte, in a few hundred kilobytes.
    let mut long = header(EntryType::GNULongName, 1 << 30);
    long.set_path("././@LongLink").expect("fits");
    long.set_cksum();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(long.as_bytes()).expect("packs");
    (0..64).for_each(|_| packed.write_all(&vec![b'x'; 1 << 20]).expect("packs"));
    let error = refused(&packed.finish().expect("packs"));
    assert!(error.contains("a header of more than"), "{error}");
    // Files whose size is a lie.
    let mut lie = header(EntryType::Regular, usize::MAX >> 1);
    lie.set_path("etc/lie").expect("fits");
    lie.set_cksum();
    let mut bytes = tar(&[file("etc/a", "a\n")]);
    bytes.splice(1024..1024, lie.as_bytes().iter().copied());
    assert!(refused(&bytes).contains("etc/lie"));
    assert!(refused(&gzip(&bytes)).contains("etc/lie"));
    let cancel = Cancel::new();
    cancel.cancel();
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("a.tar");
    std::fs::write(&path, tar(&[file("etc/a", "a\n")])).expect("writes");
    let error = Host::root_until(path.to_str().expect("UTF-8"), &cancel).map(|_| ()).expect_err("stopped");
    assert!(error.to_string().contains("stopped"), "{error}");
}

/// What GNU tar writes of a file with holes, in its own format and in that of POSIX.
#[test]
fn files_with_holes_have_their_size() {
    let dir = tempfile::tempdir().expect("a folder");
    let place = |name: &str| dir.path().join(name);
    std::fs::create_dir(place("etc")).expect("a folder");
    let holes = std::fs::File::create(place("etc/holes")).expect("a file");
    holes.set_len(1 << 20).expect("grows");
    std::os::unix::fs::FileExt::write_all_at(&holes, b"end", (1 << 20) - 3).expect("writes");
    for format in ["gnu", "posix"] {
        let archive = place(format);
        let status = std::process::Command::new("tar")
            .args(["-S", "--format", format, "-cf"])
            .arg(&archive)
            .arg("-C")
            .arg(dir.path())
            .arg("etc")
            .status();
        assert!(status.expect("tar runs").success());
        let host = Host::root(archive.to_str().expect("UTF-8")).expect("opens");
        assert_eq!(host.stat("/etc/holes").expect("there").size, 1 << 20, "{format}");
        match host.read("/etc/holes") {
            Ok(bytes) => assert!(bytes.len() == 1 << 20 && bytes.ends_with(b"\0end"), "{format}"),
            Err(error) => assert!(format == "posix" && matches!(error, ReadError::NotKept(_)), "{format}: {error}"),
        }
    }
}

const LOWER: &[Member] = &[
    ("etc/os-release", EntryType::Regular, b"ID=base\n"),
    ("etc/gone", EntryType::Regular, b"x"),
    ("opt/old/x", EntryType::Regular, b"x"),
];
const UPPER: &[Member] = &[
    ("etc/hostname", EntryType::Regular, b"upper\n"),
    ("etc/.wh.gone", EntryType::Regular, b""),
    ("opt/old/.wh..wh..opq", EntryType::Regular, b""),
    ("opt/old/y", EntryType::Regular, b"y"),
];

fn is_the_image(host: &Host) {
    assert_eq!(host.text("/etc/os-release").expect("of the lower layer"), "ID=base\n");
    assert_eq!(host.text("/etc/hostname").expect("of the upper layer"), "upper\n");
    assert_eq!(host.text("/opt/old/y").expect("of the upper layer"), "y");
    for gone in ["/etc/gone", "/opt/old/x", "/manifest.json", "/etc/.wh.gone"] {
        assert!(!host.exists(gone), "{gone}");
    }
}

#[test]
fn images_that_docker_saved_are_their_layers() {
    let manifest = r#"[{"Config":"c.json","RepoTags":["shop:1"],"Layers":["aa/layer.tar","bb/layer.tar"]}]"#;
    let (lower, upper) = (tar(LOWER), gzip(&tar(UPPER)));
    let members: [Member; 5] = [
        ("aa/layer.tar", EntryType::Regular, &lower),
        ("aa/json", EntryType::Regular, b"{}"),
        ("bb/layer.tar", EntryType::Regular, &upper),
        ("c.json", EntryType::Regular, b"{}"),
        ("manifest.json", EntryType::Regular, manifest.as_bytes()),
    ];
    for bytes in [tar(&members), gzip(&tar(&members))] {
        is_the_image(&open(&bytes).expect("opens"));
    }
    let error = refused(&tar(&members[1..]));
    assert!(error.contains("aa/layer.tar is not in the archive"), "{error}");
    let two = r#"[{"RepoTags":["shop:1"],"Layers":[]},{"RepoTags":["shop:2"],"Layers":[]}]"#;
    let error = refused(&tar(&[file("manifest.json", two)]));
    assert!(error.contains("(shop:1, shop:2)"), "{error}");
}

#[test]
fn images_in_the_oci_layout_are_their_layers() {
    let (lower, upper) = (gzip(&tar(LOWER)), zstd::encode_all(&tar(UPPER)[..], 1).expect("packs"));
    let index = r#"{"manifests":[{"digest":"sha256:m1","platform":{"architecture":"amd64","os":"linux"}},
        {"digest":"sha256:m2","platform":{"architecture":"unknown","os":"unknown"}}]}"#;
    let manifest = r#"{"config":{},"layers":[{"digest":"sha256:l1"},{"digest":"sha256:l2"}]}"#;
    let members: [Member; 5] = [
        ("oci-layout", EntryType::Regular, br#"{"imageLayoutVersion":"1.0.0"}"#),
        ("index.json", EntryType::Regular, index.as_bytes()),
        ("blobs/sha256/m1", EntryType::Regular, manifest.as_bytes()),
        ("blobs/sha256/l1", EntryType::Regular, &lower),
        ("blobs/sha256/l2", EntryType::Regular, &upper),
    ];
    for bytes in [tar(&members), gzip(&tar(&members))] {
        is_the_image(&open(&bytes).expect("opens"));
    }
    let mut bent = upper.clone();
    bent.truncate(bent.len() / 2);
    let mut members = members;
    members[4].2 = &bent;
    let error = refused(&gzip(&tar(&members)));
    assert!(error.contains("layer /blobs/sha256/l2"), "{error}");
}
