//! `[watch]`: what captures look at besides what they know themselves.

use crate::model::place::{Places, Remark};
use serde::Deserialize;
use toml::Spanned;

/// The longest entry of a list, in bytes: a path on Linux.
const LENGTH: usize = 4096;
/// The most entries of one list.
const ENTRIES: usize = 1000;

/// What the user wants to be looked at. Every entry has been checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watch {
    /// Globs of files to record with their text.
    pub files: Vec<String>,
    /// Names to ask the configured name servers for; on the live machine only.
    pub names: Vec<String>,
    /// Addresses to ask over HTTP; on the live machine only.
    pub urls: Vec<String>,
    /// Stores to ask for their settings; on the live machine only.
    pub stores: Vec<String>,
    /// Folders of deployed releases.
    pub releases: Vec<String>,
    /// Services whose environment is read.
    pub services: Vec<String>,
}

impl Watch {
    /// Each list by its key.
    pub fn lists(&self) -> [(&'static str, &[String]); 6] {
        [
            ("files", &self.files),
            ("names", &self.names),
            ("urls", &self.urls),
            ("stores", &self.stores),
            ("releases", &self.releases),
            ("services", &self.services),
        ]
    }

    /// Takes over what another has and this one has not.
    pub fn add(&mut self, other: &Watch) {
        for (own, more) in [
            (&mut self.files, &other.files),
            (&mut self.names, &other.names),
            (&mut self.urls, &other.urls),
            (&mut self.stores, &other.stores),
            (&mut self.releases, &other.releases),
            (&mut self.services, &other.services),
        ] {
            for entry in more {
                if !own.contains(entry) {
                    own.push(entry.clone());
                }
            }
        }
    }
}

/// The section as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WatchSection {
    files: Vec<Spanned<String>>,
    names: Vec<Spanned<String>>,
    urls: Vec<Spanned<String>>,
    stores: Vec<Spanned<String>>,
    releases: Vec<Spanned<String>>,
    services: Vec<Spanned<String>>,
}

impl WatchSection {
    pub(super) fn checked(self, places: &Places<'_>, wrong: &mut Vec<Remark>) -> Watch {
        let mut list = |entries: Vec<Spanned<String>>, check: fn(&str) -> Result<(), String>| {
            if let Some(one_more) = entries.get(ENTRIES) {
                wrong.push(places.remark(one_more.span(), format!("there are more than {ENTRIES} entries")));
            }
            let mut kept: Vec<String> = Vec::new();
            for entry in entries {
                match bounded(entry.get_ref()).and_then(|()| check(entry.get_ref())) {
                    Ok(()) if kept.contains(entry.get_ref()) => {}
                    Ok(()) => kept.push(entry.into_inner()),
                    Err(why) => {
                        let shown: String = entry.get_ref().chars().take(100).collect();
                        wrong.push(places.remark(entry.span(), format!("{shown:?}: {why}")));
                    }
                }
            }
            kept
        };
        Watch {
            files: list(self.files, file),
            names: list(self.names, name),
            urls: list(self.urls, url),
            stores: list(self.stores, store),
            releases: list(self.releases, folder),
            services: list(self.services, service),
        }
    }
}

fn bounded(entry: &str) -> Result<(), String> {
    match entry {
        "" => Err("it is empty".to_owned()),
        _ if entry.len() > LENGTH => Err(format!("it has more than {LENGTH} bytes")),
        _ if entry.contains(char::is_control) => Err("it has a control character".to_owned()),
        _ => Ok(()),
    }
}

/// Whether a glob names files that a capture can record.
///
/// # Errors
/// What is wrong with it, in words.
pub fn file(glob: &str) -> Result<(), String> {
    folder(glob)?;
    if glob.split('/').all(|part| part.bytes().all(|b| b"*?".contains(&b))) {
        return Err("it names all files of the machine: it begins with a folder".to_owned());
    }
    globset::Glob::new(glob).map(|_| ()).map_err(|error| error.kind().to_string())
}

/// Whether this names a folder.
///
/// # Errors
/// What is wrong with it, in words.
pub fn folder(path: &str) -> Result<(), String> {
    if !path.starts_with('/') {
        return Err("it begins at the root, with a slash".to_owned());
    }
    if path.split('/').any(|part| part == "..") {
        return Err("it goes down only: `..` is no part of it".to_owned());
    }
    Ok(())
}

/// Whether this can be asked for in the DNS: RFC 1035 section 2.3.4 has the lengths; an underscore is allowed as
/// RFC 8552 uses it. Names in other scripts are written as the DNS has them, with `xn--`.
///
/// # Errors
/// What is wrong with it, in words.
pub fn name(name: &str) -> Result<(), String> {
    let bare = name.strip_suffix('.').unwrap_or(name);
    if bare.len() > 253 {
        return Err("a name has 253 characters at most".to_owned());
    }
    if !bare.is_ascii() {
        return Err("names in other scripts are written as the DNS has them, with `xn--`".to_owned());
    }
    for label in bare.split('.') {
        let sound = label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        if label.is_empty() || label.len() > 63 || !sound {
            return Err(format!("{label:?} is no part of a name"));
        }
    }
    Ok(())
}

/// Whether this can be asked over HTTP without giving anything away.
///
/// # Errors
/// What is wrong with it, in words.
pub fn url(url: &str) -> Result<(), String> {
    let lower = url.get(..8).unwrap_or(url).to_ascii_lowercase();
    let scheme = ["https://", "http://"].into_iter().find(|scheme| lower.starts_with(scheme));
    let Some(rest) = scheme.map(|scheme| &url[scheme.len()..]) else {
        return Err("it begins with https:// or http://".to_owned());
    };
    if let Some(bad) = url.chars().find(|c| !c.is_ascii_graphic() || matches!(c, '"' | '<' | '>' | '\\' | '^' | '`')) {
        return Err(format!("{bad:?} is written as %XX in an address"));
    }
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match host {
        "" => Err("it names no host".to_owned()),
        _ if host.contains('@') => Err("a user or a password has no place here".to_owned()),
        _ => Ok(()),
    }
}

/// Whether this names a store that can be asked: `redis://127.0.0.1:6379`, `memcached://cache.internal`.
///
/// # Errors
/// What is wrong with it, in words.
pub fn store(store: &str) -> Result<(), String> {
    let scheme = ["redis://", "memcached://"].into_iter().find(|scheme| store.starts_with(scheme));
    let Some(address) = scheme.map(|scheme| store[scheme.len()..].trim_end_matches('/')) else {
        return Err("it begins with redis:// or memcached://".to_owned());
    };
    if address.contains('@') {
        return Err("a user or a password has no place here".to_owned());
    }
    let (host, port) = match address.rsplit_once(':').filter(|(_, port)| !port.contains(']')) {
        Some((host, port)) => (host, Some(port)),
        None => (address, None),
    };
    if port.is_some_and(|port| port.parse::<u16>().is_err()) {
        return Err("its port is a number below 65536".to_owned());
    }
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => {
            address.parse::<std::net::Ipv6Addr>().map(|_| ()).map_err(|_| "it has no such address".to_owned())
        }
        None => name(host),
    }
}

/// Whether this names a service: `nginx.service`, or `nginx` for short.
///
/// # Errors
/// What is wrong with it, in words.
pub fn service(name: &str) -> Result<(), String> {
    // The characters of unit names, systemd.unit(5).
    let sound = |b: u8| b.is_ascii_alphanumeric() || b":-_.\\@".contains(&b);
    match name.bytes().all(sound) && name.len() <= 255 {
        true => Ok(()),
        false => Err("a service is named as its unit is, as in `nginx.service`".to_owned()),
    }
}
