//! The names by which the machine asks for storage over a network: what arrays and targets grant their volumes to. Two
//! machines that share one write to the same volume.

use crate::capture::Facts;
use crate::host::Host;
use crate::model::Value;

/// More ports than a machine has slots for.
const MOST: usize = 256;

/// Reads the names.
pub(super) fn read(host: &Host, facts: &mut Facts) {
    iscsi(host, facts);
    nvme(host, facts);
    fibre_channel(host, facts);
}

/// The file of open-iscsi, iscsi-iname(8): `InitiatorName=` once. `GenerateName=yes` is what an image has before its
/// first boot.
fn iscsi(host: &Host, facts: &mut Facts) {
    const PATH: &str = "/etc/iscsi/initiatorname.iscsi";
    match host.text(PATH) {
        Ok(text) => {
            let name =
                text.lines().find_map(|line| line.trim().strip_prefix("InitiatorName")?.trim().strip_prefix('='));
            let name = name.map(str::trim).filter(|name| !name.is_empty());
            facts.put_some(&["identity", "iscsi_initiator"], name, PATH);
        }
        Err(error) => facts.unread(&["identity", "iscsi_initiator"], &error),
    }
}

/// What nvme-connect(1) calls the host.
fn nvme(host: &Host, facts: &mut Facts) {
    const PATH: &str = "/etc/nvme/hostnqn";
    match host.word(PATH) {
        Ok(name) if name.is_empty() => {}
        Ok(name) => facts.put(&["identity", "nvme_host"], name, PATH),
        Err(error) => facts.unread(&["identity", "nvme_host"], &error),
    }
}

/// World-wide names of the ports, as drivers/scsi/scsi_transport_fc.c of the kernel prints them.
fn fibre_channel(host: &Host, facts: &mut Facts) {
    const FOLDER: &str = "/sys/class/fc_host";
    const KEYS: [&str; 2] = ["identity", "fibre_channel_ports"];
    let entries = match host.list(FOLDER) {
        Ok(entries) => entries,
        Err(error) => return facts.unread(&KEYS, &error),
    };
    let names =
        entries.iter().take(MOST).filter_map(|port| host.word(&format!("{FOLDER}/{}/port_name", port.name)).ok());
    let names: Vec<String> = names.filter(|name| !name.is_empty()).collect();
    if !names.is_empty() {
        facts.put(&KEYS, Value::set(names), "/sys/class/fc_host/*/port_name");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    #[test]
    fn each_way_to_storage_has_its_name() {
        let (_dir, host) = root(&[
            ("/etc/iscsi/initiatorname.iscsi", "## by hand\nInitiatorName=iqn.1993-08.org.debian:01:9f2c4b6d8e1a\n"),
            ("/etc/nvme/hostnqn", "nqn.2014-08.org.nvmexpress:uuid:2cd2c43b-a90a-45c1-a8cd-86b33ab273b5\n"),
            ("/sys/class/fc_host/host1/port_name", "0x1000e0071bce95f2\n"),
            ("/sys/class/fc_host/host0/port_name", "0x1000e0071bce95f3\n"),
        ]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        let expected = [
            "identity.fibre_channel_ports = [(\"0x1000e0071bce95f2\") (\"0x1000e0071bce95f3\")]",
            "identity.iscsi_initiator = iqn.1993-08.org.debian:01:9f2c4b6d8e1a",
            "identity.nvme_host = nqn.2014-08.org.nvmexpress:uuid:2cd2c43b-a90a-45c1-a8cd-86b33ab273b5",
        ];
        assert_eq!(written(&facts), expected);
    }

    #[test]
    fn an_image_before_its_first_boot_has_none() {
        let (_dir, host) =
            root(&[("/etc/iscsi/initiatorname.iscsi", "GenerateName=yes\n"), ("/etc/nvme/hostnqn", "\n")]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        assert!(facts.is_empty() && facts.problems().is_empty(), "{:?}", written(&facts));
    }
}
