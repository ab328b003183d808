//! dpkg's data base, read without dpkg: `/var/lib/dpkg/status`, or a file a package in `status.d` where an image
//! builder without dpkg wrote it (distroless).

pub(in crate::capture) mod packages;
mod recorded;

use crate::host::{Host, ReadError};
use crate::model::{Problem, ProblemKind};
use deb822_fast::borrowed::{BorrowedParagraph, BorrowedParser};
use std::sync::Arc;

/// Where dpkg keeps its records.
const FOLDER: &str = "/var/lib/dpkg";

/// A machine with every package of the archive installed has a status file of about 60 MB.
const CAP: u64 = 128 << 20;

/// What the data base says. Several probes ask it, so it is read once for a host, and without the descriptions and
/// dependencies that make most of its text.
pub(in crate::capture) struct Database {
    /// In the order of the files.
    stanzas: Vec<Stanza>,
    /// Of stanzas that are none.
    problem: Option<Problem>,
    /// The first line of `/var/lib/dpkg/arch`, where other architectures were added.
    native: Option<String>,
    /// What stood there and could not be read.
    pub(in crate::capture) unread: Vec<ReadError>,
}

/// As [`Package`], with texts of its own.
struct Stanza {
    file: Arc<str>,
    name: String,
    version: Option<String>,
    architecture: Option<String>,
    source: Option<String>,
    origin: Option<String>,
    state: String,
    held: bool,
    conffiles: Vec<String>,
}

/// One stanza of the data base.
pub(in crate::capture) struct Package<'a> {
    /// The file that the stanza stands in.
    pub(in crate::capture) file: &'a str,
    /// The name alone.
    pub(in crate::capture) name: &'a str,
    /// As dpkg writes it: `epoch:upstream-revision`.
    pub(in crate::capture) version: Option<&'a str>,
    /// `amd64`, `all`, ...
    pub(in crate::capture) architecture: Option<&'a str>,
    /// The source package where its name or version is not the package's own: `glibc`, `gcc-defaults (1.203)`.
    pub(in crate::capture) source: Option<&'a str>,
    /// Who built it, where they say so: `Ubuntu`.
    pub(in crate::capture) origin: Option<&'a str>,
    /// The last word of `Status`: `installed`, `config-files`, `half-configured`, ...
    pub(in crate::capture) state: &'a str,
    /// Whether the administrator told dpkg to leave it as it is.
    pub(in crate::capture) held: bool,
    /// The lines of `Conffiles`: path, MD5 digest as shipped, and perhaps `obsolete` or `remove-on-upgrade`.
    pub(in crate::capture) conffiles: Vec<&'a str>,
}

impl Database {
    /// The data base of a host; one without dpkg has an empty one.
    pub(in crate::capture) fn read(host: &Host) -> Arc<Self> {
        host.shared(Self::of)
    }

    fn of(host: &Host) -> Self {
        let mut out = Self { stanzas: Vec::new(), problem: None, native: None, unread: Vec::new() };
        let mut files = Vec::new();
        out.native = host.word(&format!("{FOLDER}/arch")).ok().and_then(|text| text.lines().next().map(str::to_owned));
        out.add(host, format!("{FOLDER}/status"), &mut files);
        let parts = format!("{FOLDER}/status.d");
        match host.list(&parts) {
            Ok(entries) => {
                for entry in entries.iter().filter(|entry| !entry.name.ends_with(".md5sums")) {
                    out.add(host, format!("{parts}/{}", entry.name), &mut files);
                }
            }
            Err(error) if error.is_missing() => {}
            Err(error) => out.unread.push(error),
        }
        if files.is_empty() && out.unread.is_empty() {
            files.extend(recorded::stanzas(host));
        }
        out.parse(&files);
        out
    }

    fn add(&mut self, host: &Host, path: String, files: &mut Vec<(String, String)>) {
        match host.text_up_to(&path, CAP) {
            Ok(text) => files.push((path, text)),
            Err(error) if error.is_missing() => {}
            Err(error) => self.unread.push(error),
        }
    }

    /// The packages that dpkg knows something of, in file order.
    pub(in crate::capture) fn packages(&self) -> (Vec<Package<'_>>, Option<Problem>) {
        (self.stanzas.iter().map(Stanza::package).collect(), self.problem.clone())
    }

    /// A stanza that is none costs itself only.
    fn parse(&mut self, files: &[(String, String)]) {
        let mut bad = 0;
        for (path, text) in files {
            let file: Arc<str> = path.as_str().into();
            for stanza in text.split("\n\n").filter(|stanza| !stanza.trim().is_empty()) {
                match BorrowedParser::new(stanza).parse_all() {
                    Ok(paragraphs) => {
                        for paragraph in &paragraphs {
                            match stanza_of(&file, paragraph) {
                                Some(stanza) if stanza.state == "not-installed" => {}
                                Some(stanza) => self.stanzas.push(stanza),
                                None => bad += 1,
                            }
                        }
                    }
                    Err(_) => bad += 1,
                }
            }
        }
        self.problem = (bad > 0).then(|| {
            let files = if let [(file, _)] = files { file } else { FOLDER };
            Problem::new(ProblemKind::NotParsable, format!("{files}: {bad} stanza(s) that name no package"))
        });
    }

    /// The architecture that packages have unless they say otherwise: the first of dpkg's own list, else that of
    /// dpkg itself.
    pub(in crate::capture) fn native<'a>(&'a self, packages: &[Package<'a>]) -> Option<&'a str> {
        let own = || packages.iter().find(|package| package.name == "dpkg").and_then(|package| package.architecture);
        self.native.as_deref().filter(|name| !name.is_empty()).or_else(own)
    }
}

impl Package<'_> {
    /// Its key in a snapshot: the name, with the architecture where that is foreign, so that no twin hides another.
    pub(in crate::capture) fn key(&self, native: Option<&str>) -> String {
        match (self.architecture, native) {
            (Some(own), Some(native)) if own != "all" && own != native => format!("{}:{own}", self.name),
            _ => self.name.to_owned(),
        }
    }

    /// Whether its files are there, if perhaps not configured.
    pub(in crate::capture) fn is_present(&self) -> bool {
        self.state != "config-files"
    }
}

impl Stanza {
    fn package(&self) -> Package<'_> {
        Package {
            file: &self.file,
            name: &self.name,
            version: self.version.as_deref(),
            architecture: self.architecture.as_deref(),
            source: self.source.as_deref(),
            origin: self.origin.as_deref(),
            state: &self.state,
            held: self.held,
            conffiles: self.conffiles.iter().map(String::as_str).collect(),
        }
    }
}

fn stanza_of(file: &Arc<str>, paragraph: &BorrowedParagraph<'_>) -> Option<Stanza> {
    let field = |name: &str| paragraph.get_single(name).map(str::trim).filter(|value| !value.is_empty());
    // Image builders leave out `Status`: what they list is installed.
    let mut status = field("Status").unwrap_or("install ok installed").split_ascii_whitespace();
    let held = status.next() == Some("hold");
    let conffiles = paragraph.get("Conffiles").unwrap_or_default();
    let owned = |name: &str| field(name).map(str::to_owned);
    Some(Stanza {
        file: Arc::clone(file),
        name: owned("Package")?,
        version: owned("Version"),
        architecture: owned("Architecture"),
        source: owned("Source"),
        origin: owned("Origin"),
        state: status.nth(1).unwrap_or("installed").to_owned(),
        held,
        conffiles: conffiles.iter().filter(|line| !line.is_empty()).map(|line| (*line).to_owned()).collect(),
    })
}
