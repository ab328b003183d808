//! What support archives recorded of `dpkg -l`: a table, as stanzas of the data base that it was made from.

use crate::host::Host;
use std::fmt::Write;

/// The file that it stands in and its packages; nothing where none was recorded.
pub(super) fn stanzas(host: &Host) -> Option<(String, String)> {
    let output = host.recorded("dpkg -l").or_else(|| host.recorded_starting("dpkg -l").into_iter().next())?;
    let stanzas: String = output.text.lines().filter_map(stanza).collect();
    (!stanzas.is_empty()).then_some((output.source, stanzas))
}

/// `ii  libc6:amd64  2.31-0ubuntu9.7  amd64  GNU C Library: Shared libraries`: three letters (the third is left blank when
/// all is well) for what is wanted, how it stands and what is wrong; dpkg-query(1).
fn stanza(line: &str) -> Option<String> {
    let mut words = line.split_ascii_whitespace();
    let letters = words.next().filter(|letters| (2..=3).contains(&letters.len()))?;
    let mut letters = letters.chars();
    let wanted = match letters.next()? {
        'u' => "unknown",
        'i' => "install",
        'h' => "hold",
        'r' => "deinstall",
        'p' => "purge",
        _ => return None,
    };
    let state = match letters.next()? {
        'n' => "not-installed",
        'c' => "config-files",
        'H' => "half-installed",
        'U' => "unpacked",
        'F' => "half-configured",
        'W' => "triggers-awaited",
        't' => "triggers-pending",
        'i' => "installed",
        _ => return None,
    };
    let name = words.next()?.split(':').next()?;
    let (version, architecture) = (words.next()?, words.next()?);
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = writeln!(out, "Package: {name}\nStatus: {wanted} ok {state}\nArchitecture: {architecture}");
    if state != "not-installed" && version != "<none>" {
        let _ = writeln!(out, "Version: {version}");
    }
    out.push('\n');
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::super::packages::probe;
    use crate::base::tally::{Tally, fixtures};
    use crate::capture::Facts;
    use crate::capture::libraries::others::snap;
    use crate::capture::sample::Root;
    use crate::host::Host;
    use crate::model::Value;

    #[test]
    fn the_table_is_as_good_as_the_data_base() {
        let table = "||/ Name  Version Architecture Description\n+++-=====-=====-=====-=====\n\
                     ii  dpkg  1.19.7ubuntu3 amd64 package management\n\
                     hi  libc6:amd64  2.31-0ubuntu9.7 amd64 GNU C Library\n\
                     ii  libc6:i386  2.31-0ubuntu9.6 i386 GNU C Library\n\
                     rc  nfs-common  1:1.3.4-6 amd64 NFS\nun  gone  <none> <none> (no description available)\n";
        let facts = Root::new(&[("/sos_commands/dpkg/dpkg_-l", table)]).probe(probe);
        let fact = |path: &str| facts.get(&format!("libraries.packages.dpkg.{path}")).cloned();
        assert_eq!((fact("libc6.version"), fact("libc6.held")), (Some("2.31-0ubuntu9.7".into()), Some(true.into())));
        assert_eq!(fact("\"libc6:i386\".version"), Some("2.31-0ubuntu9.6".into()));
        assert_eq!(fact("nfs-common.state"), Some("config-files".into()));
        assert!(!facts.values().iter().any(|(path, _)| path.keys().any(|key| key == "gone")));
    }

    #[test]
    fn fixtures_of_sosreports_list_their_packages() {
        let Some(folder) = fixtures("roots") else { return };
        for name in ["sos-ubuntu2004-k8s-vm", "sos-ubuntu2004-openstack-compute-vm"] {
            let mut tally = Tally::new(format!("roots/{name} packages by dpkg -l and snap list"));
            let path = folder.join(format!("{name}.tar.xz"));
            let host = Host::root(path.to_str().expect("UTF-8")).expect("opens");
            let mut facts = Facts::new();
            probe(&host, &mut facts);
            snap::probe(&host, &mut facts);
            let list = host.recorded("dpkg -l").expect("is kept").text;
            let mut count = 0;
            for line in list.lines().filter(|line| ["ii ", "hi "].iter().any(|state| line.starts_with(state))) {
                let words: Vec<&str> = line.split_whitespace().collect();
                // What dpkg shows with an architecture is one of several that could stand there.
                let name = words[1].strip_suffix(":amd64").unwrap_or(words[1]);
                for (key, known) in [("version", words[2]), ("architecture", words[3])] {
                    let told = facts.get(&format!("libraries.packages.dpkg.\"{name}\".{key}"));
                    tally.agree(
                        format!("{name} {key}"),
                        told == Some(&Value::from(known)),
                        format!("{told:?}, {known}"),
                    );
                }
                count += 1;
            }
            let versions = facts.values().iter().filter(|(path, _)| {
                path.segments().get(2).is_some_and(|manager| manager == "dpkg") && path.last() == Some("version")
            });
            tally.check("packages", versions.count(), count);
            let list = host.recorded("snap list --all").expect("is kept").text;
            for line in list.lines().skip(1).filter(|line| !line.ends_with("disabled")) {
                let words: Vec<&str> = line.split_whitespace().collect();
                let told = facts.get(&format!("libraries.packages.snap.{}.revision", words[0]));
                tally.agree(format!("snap {}", words[0]), told == Some(&Value::from(words[2])), format!("{told:?}"));
            }
            tally.finish();
        }
    }
}
