//! `network.proxy.<scheme>`: what this session and the files in /etc reach the world through. What one program alone is
//! told has its name before the scheme: `apt_http`, `docker_https`.

use crate::capture::Facts;
use crate::capture::settings::{Settings, drop_ins, lines};
use crate::host::Host;

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
    let apt = drop_ins(host, "/etc/apt/apt.conf.d", "").unwrap_or_default();
    for path in apt.into_iter().chain(["/etc/apt/apt.conf".to_owned()]) {
        let text = host.text(&path).unwrap_or_default();
        for (scheme, value) in lines(&text, &['#', '/']).filter_map(of_apt) {
            settings.set(&[&format!("apt_{scheme}")], &value, &path);
        }
    }
    packages(host, &mut settings);
    services(host, &mut settings);
    if host.as_live().is_some() {
        const ENVIRONMENT: &str = "/proc/self/environ";
        let environment = host.text(ENVIRONMENT).unwrap_or_default();
        for (scheme, value) in environment.split('\0').filter_map(assignment) {
            settings.set(&[&scheme], &value, ENVIRONMENT);
        }
    }
    settings.put(&mut facts);
}

/// `proxy=http://proxy:3128` of yum.conf(5) and dnf.conf(5).
fn packages(host: &Host, settings: &mut Settings) {
    for (path, key) in [("/etc/yum.conf", "yum"), ("/etc/dnf/dnf.conf", "dnf")] {
        let text = host.text(path).unwrap_or_default();
        let proxy = lines(&text, &['#', ';']).filter_map(|line| line.split_once('='));
        for (_, value) in proxy.filter(|(name, value)| name.trim() == "proxy" && !value.trim().is_empty()) {
            settings.set(&[key], value.trim(), path);
        }
    }
}

/// `Environment="HTTP_PROXY=http://proxy:3128"` of systemd.exec(5) in the drop-ins of services, the manager's own
/// `DefaultEnvironment=` for all.
fn services(host: &Host, settings: &mut Settings) {
    const FOLDER: &str = "/etc/systemd/system";
    let mut files = vec![("systemd".to_owned(), "/etc/systemd/system.conf".to_owned())];
    let more = drop_ins(host, "/etc/systemd/system.conf.d", ".conf").unwrap_or_default();
    files.extend(more.into_iter().map(|path| ("systemd".to_owned(), path)));
    for entry in host.list(FOLDER).unwrap_or_default() {
        let Some(service) = entry.name.strip_suffix(".service.d") else { continue };
        let found = drop_ins(host, &format!("{FOLDER}/{}", entry.name), ".conf").unwrap_or_default();
        files.extend(found.into_iter().map(|path| (service.to_owned(), path)));
    }
    for (name, path) in files {
        let text = host.text(&path).unwrap_or_default();
        let values = lines(&text, &['#', ';']).filter_map(|line| {
            let (key, value) = line.split_once('=')?;
            matches!(key.trim(), "Environment" | "DefaultEnvironment").then_some(value)
        });
        for (scheme, value) in values.filter_map(shlex::split).flatten().filter_map(|one| assignment(&one)) {
            settings.set(&[&format!("{name}_{scheme}")], &value, &path);
        }
    }
}

/// `export https_proxy="http://proxy:3128"`: the scheme and the value.
fn assignment(line: &str) -> Option<(String, String)> {
    let (name, value) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
    let scheme = name.trim().to_lowercase().strip_suffix("_proxy")?.to_owned();
    let known = matches!(scheme.as_str(), "http" | "https" | "ftp" | "all" | "no" | "rsync" | "gopher" | "socks");
    let value = shlex::split(value).map_or_else(|| value.to_owned(), |words| words.join(" "));
    (known && !value.is_empty()).then_some((scheme, value))
}

/// `Acquire::http::Proxy "http://proxy:3142";`
fn of_apt(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(char::is_whitespace)?;
    let name = name.to_lowercase();
    let scheme = name.strip_prefix("acquire::")?.strip_suffix("::proxy")?;
    Some((scheme.to_owned(), value.trim().trim_end_matches(';').trim_matches('"').to_owned()))
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
            ("/etc/dnf/dnf.conf", "[main]\ngpgcheck=1\nproxy = http://u:p@proxy:3128\nproxy_username=u\n"),
            (
                "/etc/systemd/system/docker.service.d/http.conf",
                "[Service]\nEnvironment=\"HTTP_PROXY=http://proxy:3128\" \"NO_PROXY=localhost\" A=b\n",
            ),
            ("/etc/apt/apt.conf.d/01", "// x\nAcquire::http::Proxy \"http://a:b@c:3142\";\nAPT::X \"y\";\n"),
        ]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        let expected = [
            "network.proxy.apt_http = http://a:[redacted]@c:3142",
            "network.proxy.dnf = http://u:[redacted]@proxy:3128",
            "network.proxy.docker_http = http://proxy:3128",
            "network.proxy.docker_no = localhost",
            "network.proxy.http = http://u:[redacted]@proxy:3128/",
            "network.proxy.https = http://proxy:3128",
            "network.proxy.no = localhost,.example",
        ];
        assert_eq!(written(&facts), expected);
    }
}
