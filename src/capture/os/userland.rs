//! `os.login_shells` and `os.userspace_bits`: what programs are started by, and for which word size they were built.

use crate::capture::Facts;
use crate::capture::settings::lines;
use crate::host::Host;
use crate::model::{Problem, ProblemKind, Value};

/// Every distribution has it.
pub(super) const SHELL: &str = "/bin/sh";

/// More shells than anybody installs.
const MOST: usize = 256;

/// Reads both.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    shells(host, facts);
    bits(host, facts);
}

/// shells(5): who has another shell is refused by chsh(1), ftpd and pam_shells(8).
fn shells(host: &Host, facts: &mut Facts) {
    const PATH: &str = "/etc/shells";
    const KEYS: [&str; 2] = ["os", "login_shells"];
    match host.text(PATH) {
        Ok(text) => {
            let shells = lines(&text, &['#']).map(|line| line.split('#').next().unwrap_or_default().trim());
            let shells = shells.filter(|shell| shell.starts_with('/')).take(MOST);
            facts.put(&KEYS, Value::set(shells), PATH);
        }
        Err(error) => facts.unread(&KEYS, &error),
    }
}

/// By the shell, which every program is built alike with: the class of an ELF file is its fifth byte (elf(5)). A kernel of
/// 64 bits runs programs of 32, so its architecture does not tell.
fn bits(host: &Host, facts: &mut Facts) {
    const PATH: &str = SHELL;
    const KEYS: [&str; 2] = ["os", "userspace_bits"];
    match host.head(PATH, 5).as_deref() {
        Ok([0x7f, b'E', b'L', b'F', 1]) => facts.put(&KEYS, 32_u64, PATH),
        Ok([0x7f, b'E', b'L', b'F', 2]) => facts.put(&KEYS, 64_u64, PATH),
        Ok(_) => {
            facts.problem(&KEYS, Problem::new(ProblemKind::NotParsable, format!("{PATH} is not a program in ELF")))
        }
        Err(error) => facts.unread(&KEYS, error),
    }
}

/// The architecture of a kernel that ran this root, as uname(2) says it, by the head of its shell (elf(5)): programs of
/// 64 bits need a kernel of theirs. Those of 32 bits run on either.
pub(super) fn architecture(host: &Host) -> Option<&'static str> {
    let head = host.head(SHELL, 20).ok()?;
    let machine: [u8; 2] = head.get(18..20)?.try_into().ok()?;
    match (head.get(..6)?, machine) {
        ([0x7f, b'E', b'L', b'F', 2, 1], machine) => match u16::from_le_bytes(machine) {
            21 => Some("ppc64le"),
            62 => Some("x86_64"),
            183 => Some("aarch64"),
            243 => Some("riscv64"),
            258 => Some("loongarch64"),
            _ => None,
        },
        ([0x7f, b'E', b'L', b'F', 2, 2], machine) => match u16::from_be_bytes(machine) {
            21 => Some("ppc64"),
            22 => Some("s390x"),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sample::Root;
    use crate::capture::settings::tests::written;

    #[test]
    fn shells_that_may_be_chosen_are_a_set() {
        let text = "# /etc/shells: valid login shells\n/bin/sh\n\n/usr/bin/fish # by hand\n/bin/bash\n";
        let facts = Root::new(&[("/etc/shells", text)]).probe(probe);
        assert_eq!(written(&facts), ["os.login_shells = [(\"/bin/bash\") (\"/bin/sh\") (\"/usr/bin/fish\")]"]);
        assert!(facts.problems().is_empty());
    }

    #[test]
    fn the_shell_behind_the_link_tells_the_word_size() {
        let bits = |head: &[u8]| {
            let root = Root::new(&[("/usr/bin/dash", head)]).link("/bin", "usr/bin").link("/usr/bin/sh", "dash");
            root.probe(probe).get("os.userspace_bits").cloned()
        };
        assert_eq!(bits(b"\x7fELF\x01\x01\x01\0"), Some(32_u64.into()));
        assert_eq!(bits(b"\x7fELF\x02\x01\x01\0"), Some(64_u64.into()));
        assert_eq!(bits(b"#!/x"), None);
    }
}
