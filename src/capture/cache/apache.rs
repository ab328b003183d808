//! `cache.http.apache`: directives and sections of the Apache HTTP Server, includes followed. Names of directives are
//! in lower case, for the server takes either. Of a directive that is repeated the last counts, and sections for the
//! same place are merged in their order, as <https://httpd.apache.org/docs/2.4/sections.html#merging> says.

use super::start;
use super::walk::{Walk, beneath, borrowed};
use crate::capture::Facts;
use crate::capture::settings::{first_word, glob, squeeze};
use crate::host::Host;
use crate::model::ProblemKind;
use std::collections::{BTreeMap, BTreeSet};

/// The main file and its ServerRoot: Debian's, Red Hat's.
const MAIN: [(&str, &str); 2] =
    [("/etc/apache2/apache2.conf", "/etc/apache2"), ("/etc/httpd/conf/httpd.conf", "/etc/httpd")];

/// What is part of the program itself in the distributions' builds (`apache2 -l`, `httpd -l`).
const BUILT_IN: [&str; 8] = ["core", "so", "watchdog", "http", "log_config", "logio", "version", "unixd"];

/// Sections in one another.
const DEPTH: usize = 16;

/// Directives of which all count, in their order.
const LISTS: [&str; 39] = [
    "addalt",
    "adddefaultcharset",
    "addencoding",
    "addhandler",
    "addicon",
    "addiconbyencoding",
    "addiconbytype",
    "addinputfilter",
    "addlanguage",
    "addoutputfilter",
    "addoutputfilterbytype",
    "addtype",
    "alias",
    "aliasmatch",
    "balancermember",
    "browsermatch",
    "cachedisable",
    "cacheenable",
    "cacheignoreheaders",
    "customlog",
    "filterchain",
    "header",
    "include",
    "listen",
    "passenv",
    "proxypass",
    "proxypassmatch",
    "proxypassreverse",
    "redirect",
    "redirectmatch",
    "requestheader",
    "require",
    "rewritecond",
    "rewritemap",
    "rewriterule",
    "scriptalias",
    "serveralias",
    "setenvif",
    "setenvifnocase",
];

/// Directives of which each first argument is an option of its own.
const KEYED: [&str; 12] = [
    "errordocument",
    "expiresbytype",
    "loadmodule",
    "setenv",
    "proxyset",
    "cachefile",
    "mmapfile",
    "limitinternalrecursion",
    "addcharset",
    "adddescription",
    "deflatefilternote",
    "php_admin_value",
];

pub(super) fn read(host: &Host, facts: &mut Facts) {
    let mut server = Server {
        walk: Walk::new(host),
        root: String::new(),
        modules: BUILT_IN.iter().map(|name| (*name).to_owned()).collect(),
        variables: BTreeMap::new(),
        defined: BTreeSet::new(),
        at: Vec::new(),
    };
    if let Some((path, root)) = MAIN.into_iter().find(|(path, _)| host.exists(path)) {
        server.root = root.to_owned();
        server.environment(root);
        server.file(path, 0);
    }
    server.walk.put(facts.at(&["cache", "http", "apache"]));
}

struct Server<'a> {
    walk: Walk<'a>,
    root: String,
    /// Loaded so far, without `mod_` and `_module`: IfModule asks for what stands before it.
    modules: BTreeSet<String>,
    variables: BTreeMap<String, String>,
    /// What was defined without a value too.
    defined: BTreeSet<String>,
    at: Vec<String>,
}

/// A section that is open.
enum Open {
    /// Asked when the server starts: what is inside counts as if it stood outside, or not at all.
    Test(String),
    /// A place: a key or more on the path.
    Place(String, usize),
}

impl Server<'_> {
    /// Debian's envvars and the unit's `-D NAME`.
    fn environment(&mut self, root: &str) {
        let text = self.walk.host.text(&format!("{root}/envvars")).unwrap_or_default();
        for line in text.lines().filter_map(|line| line.trim().strip_prefix("export ")) {
            if let Some((name, value)) = line.split_once('=') {
                // The suffix is for a second server beside the first.
                let value = value.trim_matches(['"', '\'']).replace("$SUFFIX", "");
                self.variables.insert(name.to_owned(), value);
            }
        }
        for service in ["apache2.service", "httpd.service"] {
            let words = start::command_line(self.walk.host, service).unwrap_or_default();
            let mut words = words.iter().map(|(word, _)| word.as_str());
            while let Some(word) = words.next() {
                if let Some(name) = word.strip_prefix("-D") {
                    let name = if name.is_empty() { words.next().unwrap_or_default() } else { name };
                    self.defined.insert(name.to_owned());
                }
            }
        }
    }

    fn file(&mut self, path: &str, depth: usize) {
        let Some(text) = self.walk.text(path, depth) else { return };
        let text = text.replace("\\\n", " ");
        // A section ends in the file that it begins in.
        let mut open: Vec<Open> = Vec::new();
        // Sections inside one that does not count.
        let mut skipped: Vec<String> = Vec::new();
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for (number, line) in lines.iter().enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(end) = line.strip_prefix("</") {
                let name = end.trim_end_matches('>').trim().to_lowercase();
                if skipped.last().is_some_and(|last| *last == name) {
                    skipped.pop();
                } else if skipped.is_empty() {
                    self.close(&name, &mut open, path);
                }
            } else if let Some(begin) = line.strip_prefix('<') {
                let (name, rest) = first_word(begin.trim_end_matches('>'));
                let (name, rest) = (name.to_lowercase(), rest.trim());
                if !skipped.is_empty() {
                    skipped.push(name);
                } else if let Some(counts) = self.test(&name, rest) {
                    if counts { open.push(Open::Test(name)) } else { skipped.push(name) }
                } else if self.at.len() >= DEPTH {
                    self.walk.problem(ProblemKind::TooLarge, format!("{path}: sections nested too deep at {name}"));
                    skipped.push(name);
                } else {
                    let inside = lines.get(number + 1..).unwrap_or_default();
                    let before = self.at.len();
                    self.place(&name, rest, inside);
                    open.push(Open::Place(name, before));
                }
            } else if skipped.is_empty() {
                self.directive(line, path, depth);
            }
        }
        if let Some(Open::Place(_, before)) = open.iter().find(|one| matches!(one, Open::Place(..))) {
            self.at.truncate(*before);
        }
        if !(open.is_empty() && skipped.is_empty()) {
            self.walk.problem(ProblemKind::NotParsable, format!("{path}: a section without its end"));
        }
    }

    fn close(&mut self, name: &str, open: &mut Vec<Open>, path: &str) {
        match open.pop() {
            Some(Open::Test(test)) if test == name => {}
            Some(Open::Place(place, before)) if place == name => self.at.truncate(before),
            other => {
                open.extend(other);
                self.walk.problem(ProblemKind::NotParsable, format!("{path}: </{name}> ends nothing"));
            }
        }
    }

    /// Whether what stands in such a section counts; `None` where that is asked with each request, or by what only the
    /// program knows.
    fn test(&self, name: &str, argument: &str) -> Option<bool> {
        let argument = argument.trim_matches('"');
        let (negated, what) = argument.strip_prefix('!').map_or((false, argument), |what| (true, what.trim_start()));
        let holds = match name {
            "ifmodule" => self.modules.contains(module(what)),
            "ifdefine" => self.defined.contains(what) || self.variables.contains_key(what),
            "iffile" => self.walk.host.exists(&beneath(&self.root, &self.expanded(what))),
            _ => return None,
        };
        Some(holds != negated)
    }

    fn place(&mut self, name: &str, argument: &str, inside: &[&str]) {
        self.at.push(name.to_owned());
        let argument = self.expanded(&squeeze(&argument.replace('"', "")));
        if name == "virtualhost" {
            self.at.push(virtual_host(&argument, inside));
            self.walk.tell_apart(&mut self.at);
        } else if !argument.is_empty() {
            self.at.push(argument);
        }
    }

    fn directive(&mut self, line: &str, path: &str, depth: usize) {
        let (name, rest) = first_word(line);
        let name = name.to_lowercase();
        let rest = self.expanded(rest);
        let words = shlex::split(&rest).unwrap_or_else(|| rest.split_whitespace().map(str::to_owned).collect());
        match (name.as_str(), &words[..]) {
            ("include" | "includeoptional", [pattern, ..]) => {
                for file in glob(self.walk.host, &beneath(&self.root, pattern)) {
                    self.file(&file, depth + 1);
                }
            }
            ("serverroot", [root, ..]) => {
                self.root.clone_from(root);
                self.walk.setting(&["serverroot"], root, false, path);
            }
            ("define", [variable, value @ ..]) => {
                self.defined.insert(variable.clone());
                if !value.is_empty() {
                    self.variables.insert(variable.clone(), value.join(" "));
                }
            }
            ("undefine", [variable, ..]) => {
                self.defined.remove(variable);
                self.variables.remove(variable);
            }
            ("loadmodule", [id, file, ..]) => {
                self.modules.insert(module(id).to_owned());
                self.walk.setting(&["modules", module(id)], file, false, path);
            }
            (_, [key, value @ ..]) if KEYED.contains(&name.as_str()) => {
                self.walk.setting(&borrowed(&self.at, &[&name, key]), &value.join(" "), false, path);
            }
            // A format is known by its nickname, which stands last.
            ("logformat", [format, nickname]) => {
                self.walk.setting(&borrowed(&self.at, &[&name, nickname]), format, false, path);
            }
            _ => {
                let value = words.join(" ");
                let value = match value.to_lowercase() {
                    lower if lower == "on" || lower == "off" => lower,
                    _ => value,
                };
                let is_list = LISTS.contains(&name.as_str());
                self.walk.setting(&borrowed(&self.at, &[&name]), &value, is_list, path);
            }
        }
    }

    /// `${NAME}` as far as it is known.
    fn expanded(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, value) in self.variables.iter().filter(|_| text.contains("${")).collect::<Vec<_>>() {
            text = text.replace(&format!("${{{name}}}"), value);
        }
        text
    }
}

/// One name for `mod_cache.c` and `cache_module`.
fn module(name: &str) -> &str {
    let name = name.strip_prefix("mod_").unwrap_or(name);
    name.strip_suffix(".c").or_else(|| name.strip_suffix("_module")).unwrap_or(name)
}

/// `shop.example.net:443`: the ServerName, which stands inside, and the ports; `_` where there is no name.
fn virtual_host(addresses: &str, inside: &[&str]) -> String {
    let own = inside.iter().take_while(|line| !line.to_lowercase().starts_with("</virtualhost"));
    let named = own.map(|line| first_word(line)).filter(|(name, _)| name.eq_ignore_ascii_case("servername"));
    let name = named.last().map_or("_", |(_, name)| name.trim_matches('"'));
    let name = name.rsplit("://").next().unwrap_or(name).split(':').next().unwrap_or(name);
    let ports: BTreeSet<&str> = addresses
        .split(' ')
        .map(|address| address.rsplit(':').next().unwrap_or(address))
        .map(|port| if port.is_empty() || port.contains(']') { "*" } else { port })
        .collect();
    format!("{name}:{}", ports.into_iter().collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    #[test]
    fn what_the_server_would_take_is_read() {
        let main = "# c\nServerRoot \"/etc/apache2\"\nPidFile ${APACHE_RUN_DIR}/apache2.pid\nKeepAlive off\nkeepalive ON\n\
                    IncludeOptional mods-enabled/*.load\nIncludeOptional mods-enabled/*.conf\nInclude ports.conf\n\
                    <Directory \"/var/www/\">\n Options Indexes \\\n  FollowSymLinks\n Require all granted\n</Directory>\n\
                    LogFormat \"%h \\\"%r\\\"\" common\nIncludeOptional sites-enabled/*.conf\nIncludeOptional none/*.conf\n\
                    <IfDefine !TESTING>\nTimeout 60\n</IfDefine>\n<IfDefine TESTING>\nTimeout 1\n</IfDefine>\n";
        let site = "<VirtualHost *:80 [::]:80>\n ServerName shop.example.net\n CacheEnable disk /a\n CacheEnable disk /b\n\
                    ExpiresByType image/png \"access plus 1 month\"\n RequestHeader set Authorization \"Basic aaaa\"\n\
                    <Location \"/api\">\n  CacheDisable on\n </Location>\n</VirtualHost>\n\
                    <VirtualHost *:80>\nServerName shop.example.net\nTimeout 5\n</VirtualHost>\n<VirtualHost *>\nTimeout 6\n</VirtualHost>\n";
        let (_dir, host) = root(&[
            (MAIN[0].0, main),
            ("/etc/apache2/envvars", "unset HOME\nexport APACHE_RUN_DIR=/var/run/apache2$SUFFIX\n"),
            ("/etc/apache2/mods-enabled/cache.load", "LoadModule cache_module /usr/lib/mod_cache.so\n"),
            (
                "/etc/apache2/mods-enabled/cache_disk.conf",
                "<IfModule mod_cache.c>\nCacheDefaultExpire 3600\n<IfModule mod_none.c>\n<Files x>\nA b\n</Files>\n</IfModule>\n</IfModule>\n",
            ),
            ("/etc/apache2/ports.conf", "Listen 80\n<IfModule ssl_module>\n\tListen 443\n</IfModule>\n"),
            ("/etc/apache2/sites-enabled/shop.conf", site),
        ]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        let text: Vec<String> = written(&facts).iter().map(|l| l.replace("cache.http.apache.", "")).collect();
        let shop = "virtualhost.\"shop.example.net:80\"";
        let expected = [
            "cachedefaultexpire = 3600".to_owned(),
            "directory.\"/var/www/\".options = Indexes FollowSymLinks".to_owned(),
            "directory.\"/var/www/\".require = [(\"all granted\")]".to_owned(),
            "keepalive = on".to_owned(),
            "listen = [(\"80\")]".to_owned(),
            "logformat.common = %h \"%r\"".to_owned(),
            "modules.cache = /usr/lib/mod_cache.so".to_owned(),
            "pidfile = /var/run/apache2/apache2.pid".to_owned(),
            "serverroot = /etc/apache2".to_owned(),
            "timeout = 60".to_owned(),
            "virtualhost.\"_:*\".timeout = 6".to_owned(),
            format!("{shop}.cacheenable = [(\"disk /a\") (\"disk /b\")]"),
            format!("{shop}.expiresbytype.image/png = access plus 1 month"),
            format!("{shop}.location./api.cachedisable = [(\"on\")]"),
            format!("{shop}.requestheader = [(\"[redacted]\")]"),
            format!("{shop}.servername = shop.example.net"),
            "virtualhost.\"shop.example.net:80 (2)\".servername = shop.example.net".to_owned(),
            "virtualhost.\"shop.example.net:80 (2)\".timeout = 5".to_owned(),
        ];
        let (mut text, mut expected) = (text, expected);
        let plain = |line: &mut String| *line = line.replace('"', "");
        text.iter_mut().for_each(plain);
        expected.iter_mut().for_each(plain);
        text.sort();
        expected.sort();
        assert_eq!(text, expected);
        assert!(facts.problems().is_empty(), "{:?}", facts.problems());
    }

    #[test]
    fn hostile_files_end() {
        for text in ["Include apache2.conf", "</a>", &"<a b>\n".repeat(10_000), "<IfModule x>\n<b>\n", "<\n>\n</x\n"] {
            let (_dir, host) = root(&[(MAIN[0].0, text)]);
            let mut facts = Facts::new();
            read(&host, &mut facts);
            assert!(!facts.problems().is_empty(), "{text:.20}");
        }
    }
}
