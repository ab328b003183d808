//! `os.kernel.config`: how the kernel was built, as Kconfig writes it (Documentation/kbuild/kconfig.rst).

use super::kernel::release;
use crate::base::order::natural;
use crate::capture::Facts;
use crate::host::{Host, ReadError};
use crate::model::{Problem, ProblemKind};
use flate2::read::MultiGzDecoder;
use std::io::Read;

/// The running kernel's own copy, where it keeps one.
const OWN: &str = "/proc/config.gz";

/// The most that is read of a configuration, in bytes: distributions' have 300 kB.
const CAP: u64 = 4 << 20;

/// Reads the configuration of the kernel that runs; of a root in which none runs, that of its newest kernel. Options that
/// are not set are left out: kernels of other versions do not have them at all, which is the same.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let keys = ["os", "kernel", "config"];
    let (text, source) = match find(host) {
        Ok(Some(found)) => found,
        Ok(None) => return facts.not_collected(&keys, "neither /proc, /boot nor /lib/modules holds it"),
        Err(problem) => return facts.problem(&keys, problem),
    };
    let mut facts = facts.at(&keys);
    for (key, value) in text.lines().filter_map(option) {
        facts.put(&[key], value, &source);
    }
}

/// The text and the file that it was read from.
fn find(host: &Host) -> Result<Option<(String, String)>, Problem> {
    match host.read_up_to(OWN, CAP) {
        Ok(bytes) => return unpack(&bytes).map(|text| Some((text, OWN.to_owned()))),
        Err(ReadError::Missing(_)) => {}
        Err(error) => return Err(error.problem().unwrap_or_else(|| Problem::new(ProblemKind::Failed, OWN))),
    }
    let mut denied = None;
    for path in candidates(host) {
        match host.text_up_to(&path, CAP) {
            Ok(text) => return Ok(Some((text, path))),
            Err(error) => denied = denied.or(error.problem()),
        }
    }
    denied.map_or(Ok(None), Err)
}

fn unpack(bytes: &[u8]) -> Result<String, Problem> {
    let mut text = String::new();
    let read = MultiGzDecoder::new(bytes).take(CAP + 1).read_to_string(&mut text);
    read.map_err(|error| Problem::new(ProblemKind::NotParsable, format!("{OWN}: {error}")))?;
    if text.len() as u64 > CAP {
        return Err(Problem::new(ProblemKind::TooLarge, format!("{OWN} has more than {CAP} bytes")));
    }
    Ok(text)
}

/// Where distributions put the configuration beside the kernel.
fn candidates(host: &Host) -> Vec<String> {
    let of = |release: &str| {
        [
            format!("/boot/config-{release}"),
            format!("/lib/modules/{release}/config"),
            format!("/usr/lib/modules/{release}/config"),
        ]
    };
    if let Some(release) = release(host) {
        return of(&release).to_vec();
    }
    let names = |folder: &str| host.list(folder).unwrap_or_default().into_iter().map(|entry| entry.name);
    let in_boot = names("/boot").filter_map(|name| name.strip_prefix("config-").map(str::to_owned));
    let mut releases: Vec<String> = in_boot.chain(names("/lib/modules")).chain(names("/usr/lib/modules")).collect();
    releases.retain(|release| !release.ends_with(".old") && !release.contains("rescue"));
    releases.sort_by(|a, b| natural(b, a));
    releases.dedup();
    releases.iter().take(16).flat_map(|release| of(release)).collect()
}

/// `CONFIG_HZ=250`, `CONFIG_DEFAULT_HOSTNAME="(none)"`; comments say what is not set.
fn option(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once('=')?;
    let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    key.starts_with("CONFIG_").then_some((key, quoted.unwrap_or(value)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sample::Root;
    use crate::capture::settings::tests::written;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    const TEXT: &str = "#\n# Automatically generated file; DO NOT EDIT.\nCONFIG_HZ=250\nCONFIG_OVERLAY_FS=m\n\
                        # CONFIG_NUMA is not set\nCONFIG_DEFAULT_HOSTNAME=\"(none)\"\nCONFIG_CMDLINE=\"\"\n";

    const EXPECTED: [&str; 4] = [
        "os.kernel.config.CONFIG_CMDLINE = ",
        "os.kernel.config.CONFIG_DEFAULT_HOSTNAME = (none)",
        "os.kernel.config.CONFIG_HZ = 250",
        "os.kernel.config.CONFIG_OVERLAY_FS = m",
    ];

    fn source(facts: Facts) -> Vec<String> {
        facts.finish().provenance.iter().map(|(_, source)| source.to_owned()).collect()
    }

    #[test]
    fn the_running_kernel_has_its_own_copy() {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(TEXT.as_bytes()).expect("writes");
        let facts = Root::new(&[(OWN, packed.finish().expect("ends"))]).probe(probe);
        assert_eq!(written(&facts), EXPECTED);
        assert_eq!(source(facts), [OWN]);
    }

    #[test]
    fn the_running_release_chooses_the_file() {
        let facts = Root::new(&[
            ("/proc/sys/kernel/osrelease", "5.10.0-9-amd64\n"),
            ("/boot/config-5.10.0-9-amd64", TEXT),
            ("/boot/config-5.10.0-10-amd64", "CONFIG_HZ=1000\n"),
        ])
        .probe(probe);
        assert_eq!(written(&facts), EXPECTED);
        assert_eq!(source(facts), ["/boot/config-5.10.0-9-amd64"]);
    }

    #[test]
    fn an_image_tells_of_its_newest_kernel() {
        let facts = Root::new(&[
            ("/boot/config-5.10.0-9-amd64", TEXT),
            ("/boot/config-5.10.0-10-amd64", "CONFIG_HZ=1000\n"),
            ("/boot/config-5.10.0-11-amd64.old", "CONFIG_HZ=100\n"),
            ("/lib/modules/5.10.0-10-amd64/modules.dep", ""),
        ])
        .probe(probe);
        assert_eq!(written(&facts), ["os.kernel.config.CONFIG_HZ = 1000"]);
        let facts = Root::new(&[("/lib/modules/5.14.0-427.el9.x86_64/config", TEXT)]).probe(probe);
        assert_eq!(written(&facts), EXPECTED);
    }

    #[test]
    fn damage_is_said_and_a_kernel_elsewhere_is_not_guessed() {
        let facts = Root::new(&[(OWN, "not gzip")]).probe(probe);
        assert_eq!(facts.problems()[0].1.kind, ProblemKind::NotParsable);
        let facts = Root::new(&[("/etc/hostname", "x\n")]).probe(probe);
        assert!(facts.problems()[0].1.is_not_collected());
    }
}
