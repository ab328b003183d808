//! `network.proxy.<scheme>`: what the files in /etc give every session to reach the world through.

use crate::capture::Facts;
use crate::capture::settings::{Settings, drop_ins, lines};
use crate::host::Host;
use crate::model::value::REDACTED;

pub(super) fn read(host: &Host, facts: &mut Facts) {
    let mut files = vec!["/etc/environment".to_owned(), "/etc/sysconfig/proxy".to_owned()];
    files.extend(drop_ins(host, "/etc/profile.d", ".sh").unwrap_or_default());
    let mut settings = Settings::default();
    let mut facts = facts.at(&["network", "proxy"]);
    for path in &files {
        match host.text(path) {
            Ok(text) => lines(&text, &['#']).filter_map(assignment).for_each(|(scheme, value)| {
                settings.set(&[&scheme], &value, path);
            }),
            Err(error) => facts.unread(&[], &error),
        }
    }
    for path in drop_ins(host, "/etc/apt/apt.conf.d", "").unwrap_or_default() {
        let text = host.text(&path).unwrap_or_default();
        for (scheme, value) in lines(&text, &['#', '/']).filter_map(of_apt) {
            settings.set(&[&format!("apt_{scheme}")], &value, &path);
        }
    }
    settings.put(&mut facts);
}

/// `export https_proxy="http://proxy:3128"`: the scheme and the value.
fn assignment(line: &str) -> Option<(String, String)> {
    let (name, value) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
    let scheme = name.trim().to_lowercase().strip_suffix("_proxy")?.to_owned();
    let known = matches!(scheme.as_str(), "http" | "https" | "ftp" | "all" | "no" | "rsync" | "gopher" | "socks");
    let value = shlex::split(value).map_or_else(|| value.to_owned(), |words| words.join(" "));
    (known && !value.is_empty()).then(|| (scheme, without_credentials(&value)))
}

/// `Acquire::http::Proxy "http://proxy:3142";`
fn of_apt(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(char::is_whitespace)?;
    let name = name.to_lowercase();
    let scheme = name.strip_prefix("acquire::")?.strip_suffix("::proxy")?;
    Some((scheme.to_owned(), without_credentials(value.trim().trim_end_matches(';').trim_matches('"'))))
}

/// A URL with what stands between its scheme and the `@` hidden.
fn without_credentials(url: &str) -> String {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find('/').map_or(url.len(), |at| start + at);
    match url[start..end].rfind('@') {
        Some(at) => format!("{}{REDACTED}{}", &url[..start], &url[start + at..]),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    #[test]
    fn proxies_are_read_without_their_credentials() {
        let (_dir, host) = root(&[
            ("/etc/environment", "PATH=/bin\nhttp_proxy=\"http://u:p@proxy:3128/\"\nNO_PROXY=localhost,.example\n"),
            ("/etc/profile.d/p.sh", "export https_proxy=http://proxy:3128\nif x; then\n"),
            ("/etc/apt/apt.conf.d/01", "// x\nAcquire::http::Proxy \"http://a:b@c:3142\";\nAPT::X \"y\";\n"),
        ]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        let expected = [
            "network.proxy.apt_http = http://[redacted]@c:3142",
            "network.proxy.http = http://[redacted]@proxy:3128/",
            "network.proxy.https = http://proxy:3128",
            "network.proxy.no = localhost,.example",
        ];
        assert_eq!(written(&facts), expected);
    }
}
