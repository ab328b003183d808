//! `hardware.bus` and `hardware.gpu`: what is plugged in, from `/sys/bus`. Each bus is listed once, and of each device
//! its `uevent` tells most in one read (Documentation/ABI/testing/sysfs-uevent).

mod gpu;
mod pci;
mod pci_names;
mod scsi;
mod usb;
mod virtio;

use super::alike::Kinds;
use crate::capture::Facts;
use crate::host::{Entry, Host};
use crate::model::{Problem, ProblemKind};

/// More devices than a bus of any machine has.
const MOST: usize = 4096;

/// Reads all buses.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    if host.as_live().is_none() && !host.exists("/sys/bus") {
        facts.not_collected(&["hardware", "bus"], "the root has no /sys/bus");
        facts.not_collected(&["hardware", "gpu"], "the root has no /sys/bus");
        return;
    }
    pci::read(host, facts);
    usb::read(host, facts);
    virtio::read(host, facts);
    scsi::read(host, facts);
}

/// The devices of a bus; none, with the reason recorded, where they cannot be listed. That a running kernel knows no
/// such bus is an answer; that a dump lacks it is none.
fn devices(host: &Host, bus: &str, facts: &mut Facts) -> Vec<Entry> {
    let folder = folder(bus);
    match host.list(&folder) {
        Ok(mut entries) => {
            if entries.len() > MOST {
                let detail = format!("{folder} has more than {MOST} devices");
                facts.problem(&["hardware", "bus", bus], Problem::new(ProblemKind::TooLarge, detail));
                entries.truncate(MOST);
            }
            return entries;
        }
        Err(error) if error.is_missing() && host.as_live().is_none() => {
            facts.not_collected(&["hardware", "bus", bus], &format!("the root has no {folder}"));
        }
        Err(error) => facts.unread(&["hardware", "bus", bus], &error),
    }
    Vec::new()
}

fn folder(bus: &str) -> String {
    format!("/sys/bus/{bus}/devices")
}

fn put(kinds: Kinds, bus: &str, facts: &mut Facts) {
    for (name, kind) in kinds {
        kind.put(&mut facts.at(&["hardware", "bus", bus, &name]), &folder(bus));
    }
}

/// The keys and values of a device's `uevent`.
struct Event(String);

impl Event {
    fn read(host: &Host, device: &str) -> Self {
        Self(host.text(&format!("{device}/uevent")).unwrap_or_default())
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.0.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('=')).filter(|value| !value.is_empty())
    }

    /// The driver by the event, or else by the link, which some dumps keep alone.
    fn driver(&self, host: &Host, device: &str) -> Option<String> {
        if !self.0.is_empty() {
            return self.get("DRIVER").map(str::to_owned);
        }
        let link = host.link(&format!("{device}/driver")).ok()?;
        link.rsplit('/').next().map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    #[test]
    fn devices_are_told_by_what_they_are_wherever_they_are_plugged_in() {
        let pci = |slot: &str, file: &str| format!("/sys/bus/pci/devices/{slot}/{file}");
        let network = "DRIVER=ice\nPCI_CLASS=20000\nPCI_ID=8086:159B\n";
        let (_dir, host) = root(&[
            (&pci("0000:a2:00.0", "uevent"), network),
            (&pci("0000:a2:00.0", "current_link_width"), "8\n"),
            (&pci("0000:a2:00.0", "current_link_speed"), "16.0 GT/s PCIe\n"),
            (&pci("0000:a3:00.0", "uevent"), network),
            (&pci("0000:a3:00.0", "current_link_width"), "4\n"),
            (&pci("0000:a3:00.0", "current_link_speed"), "16.0 GT/s PCIe\n"),
            (&pci("0000:41:00.0", "uevent"), "DRIVER=nvidia\nPCI_CLASS=30200\nPCI_ID=10DE:20B0\n"),
            (&pci("0000:41:00.0", "current_link_width"), "16\n"),
            (&pci("0000:41:00.0", "max_link_width"), "16\n"),
            (&pci("0000:41:00.0", "max_link_speed"), "16.0 GT/s PCIe\n"),
            (&pci("0000:00:07.0", "class"), "0x060401\n"),
            ("/usr/share/misc/pci.ids", "8086  Intel, by its own list\n\t159b  E810\n"),
            ("/sys/module/nvidia/version", "535.104.05\n"),
            (
                "/proc/driver/nvidia/gpus/0000:41:00.0/information",
                "Model: \t\t NVIDIA A100-SXM4-40GB\nGPU UUID: \t GPU-1d0b7e4c-aaaa\nVideo BIOS: \t 92.00.19.00.01\n",
            ),
            ("/sys/bus/usb/devices/usb1/uevent", "DRIVER=usb\nPRODUCT=1d6b/2/601\n"),
            ("/sys/bus/usb/devices/usb1/product", "xHCI Host Controller\n"),
            ("/sys/bus/usb/devices/1-0:1.0/uevent", "DRIVER=hub\nPRODUCT=1d6b/2/601\n"),
            ("/sys/bus/virtio/devices/virtio0/uevent", "DRIVER=virtio_net\nMODALIAS=virtio:d00000001v00001AF4\n"),
            ("/sys/bus/virtio/devices/virtio0/features", "10010\n"),
            ("/sys/bus/scsi/devices/host0/uevent", "DEVTYPE=scsi_host\n"),
            ("/sys/bus/scsi/devices/0:0:0:0/uevent", "DRIVER=sd\nMODALIAS=scsi:t-0x00\n"),
            ("/sys/bus/scsi/devices/0:0:0:0/vendor", "ATA     \n"),
            ("/sys/bus/scsi/devices/0:0:0:0/model", "KINGSTON SH103S3 \n"),
            ("/sys/bus/scsi/devices/0:0:0:0/rev", "BBF0\n"),
        ]);
        let mut facts = Facts::new();
        probe(&host, &mut facts);
        let expected = [
            "hardware.bus.pci.\"10de:20b0\".class = 3D controller",
            "hardware.bus.pci.\"10de:20b0\".count = 1",
            "hardware.bus.pci.\"10de:20b0\".driver = nvidia",
            "hardware.bus.pci.\"10de:20b0\".link_speed = 16.0 GT/s PCIe",
            "hardware.bus.pci.\"10de:20b0\".link_width = 16",
            "hardware.bus.pci.\"10de:20b0\".name = NVIDIA Corporation GA100 [A100 SXM4 40GB]",
            "hardware.bus.pci.\"8086:159b\".class = Ethernet controller",
            "hardware.bus.pci.\"8086:159b\".count = 2",
            "hardware.bus.pci.\"8086:159b\".driver = ice",
            "hardware.bus.pci.\"8086:159b\".link_speed = 16.0 GT/s PCIe",
            "hardware.bus.pci.\"8086:159b\".link_width = [Number(Unsigned(4)) Number(Unsigned(8))]",
            "hardware.bus.pci.\"8086:159b\".name = Intel, by its own list E810",
            "hardware.bus.scsi.\"ATA KINGSTON SH103S3\".count = 1",
            "hardware.bus.scsi.\"ATA KINGSTON SH103S3\".driver = sd",
            "hardware.bus.scsi.\"ATA KINGSTON SH103S3\".firmware = BBF0",
            "hardware.bus.scsi.\"ATA KINGSTON SH103S3\".kind = disk",
            "hardware.bus.usb.\"1d6b:0002\".count = 1",
            "hardware.bus.usb.\"1d6b:0002\".driver = hub",
            "hardware.bus.usb.\"1d6b:0002\".name = xHCI Host Controller",
            "hardware.bus.virtio.network.count = 1",
            "hardware.bus.virtio.network.driver = virtio_net",
            "hardware.bus.virtio.network.features = 0 3",
            "hardware.gpu.\"10de:20b0\".count = 1",
            "hardware.gpu.\"10de:20b0\".driver = nvidia",
            "hardware.gpu.\"10de:20b0\".driver_version = 535.104.05",
            "hardware.gpu.\"10de:20b0\".firmware = 92.00.19.00.01",
            "hardware.gpu.\"10de:20b0\".name = NVIDIA A100-SXM4-40GB",
            "identity.serials.gpu = [(\"GPU-1d0b7e4c-aaaa\")]",
        ];
        assert_eq!(written(&facts), expected);
        let problems: Vec<String> = facts.problems().iter().map(|(path, _)| path.to_string()).collect();
        assert_eq!(problems, ["hardware.bus.pci"], "a device without numbers is told");
    }
}
