//! Writes the names of PCI devices as one text in the form of pci.ids(5).
//!
//! As tables of strings they are 73,000 addresses, which the loader of a position-independent program writes anew at every
//! start, in every command: 2 ms of 3. A text costs nothing until a capture on a machine without a `pci.ids` reads it.

use std::fmt::Write as _;
use std::path::Path;

#[expect(clippy::disallowed_methods, reason = "a build script's one output, in the folder that cargo gives it")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?;
    std::fs::write(Path::new(&folder).join("pci.ids"), list()?)?;
    let mut out = std::io::stdout();
    std::io::Write::write_all(&mut out, b"cargo::rerun-if-changed=build.rs\n")?;
    Ok(())
}

/// Vendors with their devices, classes with their subclasses.
fn list() -> Result<String, std::fmt::Error> {
    let mut out = String::new();
    for vendor in pci_ids::Vendors::iter() {
        writeln!(out, "{:04x}  {}", vendor.id(), vendor.name())?;
        for device in vendor.devices() {
            writeln!(out, "\t{:04x}  {}", device.id(), device.name())?;
        }
    }
    for class in pci_ids::Classes::iter() {
        writeln!(out, "C {:02x}  {}", class.id(), class.name())?;
        for subclass in class.subclasses() {
            writeln!(out, "\t{:02x}  {}", subclass.id(), subclass.name())?;
        }
    }
    Ok(out)
}
