//! `cache.http.nginx`: the configuration as a tree of options, includes followed.
//!
//! Blocks are keyed by what identifies them on any machine, never by their position: a server by its names and ports,
//! a location by its pattern, an upstream by its name, a cache by its zone. Repeated directives are ordered lists.

use super::walk::{Walk, beneath, shown};
use crate::capture::Facts;
use crate::capture::settings::glob;
use crate::host::Host;
use crate::model::ProblemKind;
use nginx_lint_parser::ast::{Block, ConfigItem, Directive};
use std::collections::BTreeSet;

const FILE: &str = "/etc/nginx/nginx.conf";
/// Where builds of one's own keep theirs; the first file that is there counts.
const ELSEWHERE: [&str; 3] = [FILE, "/usr/local/nginx/conf/nginx.conf", "/usr/local/openresty/nginx/conf/nginx.conf"];

/// Blocks and includes in one another.
const DEPTH: usize = 24;
/// The largest file that is parsed; the parser's recursion follows the nesting of the text.
const SIZE_CAP: usize = 1 << 20;
/// The deepest nesting of braces that is given to the parser.
const BRACES: usize = 64;

/// Directives of which each first argument is an option of its own.
const KEYED: [&str; 12] = [
    "add_header",
    "add_trailer",
    "fastcgi_param",
    "grpc_set_header",
    "limit_req_zone",
    "log_format",
    "proxy_cookie_path",
    "proxy_set_header",
    "scgi_param",
    "set",
    "uwsgi_param",
    "env",
];

/// Directives of which all count, in their order: lists even when there is one.
const LISTS: [&str; 38] = [
    "access_log",
    "allow",
    "auth_jwt_require",
    "debug_connection",
    "deny",
    "error_log",
    "error_page",
    "fastcgi_cache_valid",
    "fastcgi_hide_header",
    "fastcgi_pass_header",
    "grpc_hide_header",
    "grpc_pass_header",
    "js_import",
    "limit_conn",
    "limit_req",
    "listen",
    "load_module",
    "mirror",
    "proxy_bind",
    "proxy_cache_valid",
    "proxy_cookie_domain",
    "proxy_cookie_flags",
    "proxy_hide_header",
    "proxy_pass_header",
    "proxy_redirect",
    "rewrite",
    "scgi_cache_valid",
    "server",
    "set_real_ip_from",
    "split_clients",
    "ssl_certificate",
    "ssl_certificate_key",
    "ssl_conf_command",
    "sub_filter",
    "uwsgi_cache_valid",
    "uwsgi_hide_header",
    "uwsgi_pass_header",
    "valid_referers",
];

pub(super) fn read(host: &Host, facts: &mut Facts) {
    let main = ELSEWHERE.into_iter().find(|path| host.exists(path)).unwrap_or(FILE);
    // Relative includes start at the main file's folder.
    let folder = main.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut nginx = Nginx { walk: Walk::new(host), folder };
    nginx.file(main, &mut Vec::new(), 0);
    nginx.walk.put(facts.at(&["cache", "http", "nginx"]));
}

struct Nginx<'a> {
    walk: Walk<'a>,
    folder: &'static str,
}

impl Nginx<'_> {
    fn file(&mut self, path: &str, at: &mut Vec<String>, depth: usize) {
        let Some(text) = self.walk.text(path, depth) else { return };
        if text.len() > SIZE_CAP || nesting(&text) > BRACES {
            let detail = format!("{path}: too large or nested too deep");
            return self.walk.problem(ProblemKind::TooLarge, detail);
        }
        let (config, errors) = nginx_lint_parser::parse_string_with_errors(&text);
        if let Some(error) = errors.first() {
            let detail = format!("{path}: {} ({} errors)", error.message, errors.len());
            self.walk.problem(ProblemKind::NotParsable, detail);
        }
        self.items(&config.items, path, at, depth);
    }

    fn items(&mut self, items: &[ConfigItem], path: &str, at: &mut Vec<String>, depth: usize) {
        for item in items {
            if let ConfigItem::Directive(directive) = item {
                self.directive(directive, path, at, depth);
            }
        }
    }

    fn directive(&mut self, directive: &Directive, path: &str, at: &mut Vec<String>, depth: usize) {
        let name = directive.name.as_str();
        match (&directive.block, name) {
            (None, "include") => self.include(&arguments(directive), at, depth),
            // A table of file name endings, not a setting of a cache.
            (Some(_), "types") => {}
            (Some(block), _) if depth < DEPTH => self.block(directive, block, path, at, depth),
            (Some(_), _) => {
                let detail = format!("{path}: blocks nested too deep at {name}");
                self.walk.problem(ProblemKind::TooLarge, detail);
            }
            (None, _) if name.ends_with("_cache_path") && self.cache_path(directive, path, at) => {}
            (None, _) => {
                let mut words = words(directive);
                let key = if KEYED.contains(&name) && words.len() > 1 { Some(words.remove(0)) } else { None };
                let keys: Vec<&str> = at.iter().map(String::as_str).chain([name]).chain(key.as_deref()).collect();
                if LISTS.contains(&name) {
                    self.walk.setting(&keys, &words.join(" "), true, path);
                } else {
                    // nginx refuses most that come twice; what modules of others make of it, they know.
                    self.walk.settings.add(&keys, &shown(&keys, &words.join(" ")), path);
                }
            }
        }
    }

    fn include(&mut self, pattern: &str, at: &mut Vec<String>, depth: usize) {
        let pattern = beneath(self.folder, pattern);
        for file in glob(self.walk.host, &pattern) {
            self.file(&file, at, depth + 1);
        }
    }

    fn block(&mut self, directive: &Directive, block: &Block, path: &str, at: &mut Vec<String>, depth: usize) {
        let before = at.len();
        at.push(directive.name.clone());
        match directive.name.as_str() {
            "server" if directive.args.is_empty() => at.push(server(block)),
            _ if !directive.args.is_empty() => at.push(arguments(directive)),
            _ => {}
        }
        if at.len() > before + 1 {
            self.walk.tell_apart(at);
        }
        if let Some(code) = &block.raw_content {
            let keys: Vec<&str> = at.iter().map(String::as_str).collect();
            self.walk.settings.add(&keys, code.trim(), path);
        }
        self.items(&block.items, path, at, depth + 1);
        at.truncate(before);
    }

    /// `proxy_cache_path /dir levels=1:2 keys_zone=shop:128m max_size=40g`: an option each beneath the zone's name.
    fn cache_path(&mut self, directive: &Directive, path: &str, at: &[String]) -> bool {
        let words = words(directive);
        let zone = words.iter().find_map(|word| word.strip_prefix("keys_zone="));
        let (Some((folder, parameters)), Some(zone)) = (words.split_first(), zone) else { return false };
        let (zone, size) = zone.split_once(':').unwrap_or((zone, ""));
        let mut put = |key: &str, value: &str| {
            let mut keys: Vec<&str> = at.iter().map(String::as_str).collect();
            keys.extend([directive.name.as_str(), zone, key]);
            self.walk.settings.set(&keys, value, path);
        };
        put("path", folder);
        if !size.is_empty() {
            put("keys_zone_size", size);
        }
        for parameter in parameters.iter().filter(|p| !p.starts_with("keys_zone=")) {
            let (key, value) = parameter.split_once('=').unwrap_or((parameter, "on"));
            put(key, value);
        }
        true
    }
}

/// All arguments as they are written, with one blank between them.
fn arguments(directive: &Directive) -> String {
    words(directive).join(" ")
}

/// The arguments of a directive. The parser takes `$scheme$host` for two: what touches in the text is one.
fn words(directive: &Directive) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut end = None;
    for argument in &directive.args {
        let word = written(&argument.raw);
        match out.last_mut().filter(|_| end == Some(argument.span.start.offset)) {
            Some(last) => last.push_str(word),
            None => out.push(word.to_owned()),
        }
        end = Some(argument.span.end.offset);
    }
    out
}

/// An argument without the quotes around it.
fn written(raw: &str) -> &str {
    let inner = |quote| raw.strip_prefix(quote).and_then(|raw: &str| raw.strip_suffix(quote));
    inner('"').or_else(|| inner('\'')).unwrap_or(raw)
}

/// A server's names and ports: `shop.example.net:80,443`.
fn server(block: &Block) -> String {
    let (mut names, mut ports) = (Vec::new(), BTreeSet::new());
    for directive in block.directives() {
        match directive.name.as_str() {
            "server_name" => names.extend(words(directive)),
            "listen" => {
                let address = directive.first_arg().unwrap_or_default();
                let port = address.rsplit(':').next().filter(|port| port.bytes().all(|b| b.is_ascii_digit()));
                ports.insert(match port {
                    _ if address.starts_with("unix:") => address.to_owned(),
                    Some(port) => port.to_owned(),
                    None => "80".to_owned(),
                });
            }
            _ => {}
        }
    }
    if ports.is_empty() {
        ports.insert("80".to_owned());
    }
    let name = if names.is_empty() { "_".to_owned() } else { names.join(" ") };
    format!("{name}:{}", ports.into_iter().collect::<Vec<_>>().join(","))
}

/// The deepest nesting of braces, quoted ones included: a bound, not a parse.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    #[test]
    fn blocks_are_keyed_by_what_they_are() {
        let main = "user www-data;\nhttp {\n proxy_cache_key \"$scheme$host\"; proxy_pass http://$host$request_uri;\n \
                    proxy_set_header Authorization \"Basic c2VjcmV0\"; map $a$b $c { default 1; x 2; }\n include mime.types;\n types { text/html html; }\n include conf.d/*.conf;\n}\n";
        let site = "proxy_cache_path /var/cache/a levels=1:2 keys_zone=shop:128m max_size=40g;\n\
                    upstream back { server 192.0.2.1:80 weight=2; server 192.0.2.2:80; }\n\
                    server {\n listen 80; listen [::]:80; listen 443 ssl;\n server_name a.example b.example;\n\
                    location ~ \"\\.php$\" { proxy_set_header Host $host; proxy_cache_valid 200 10m; }\n}\n\
                    server { listen 443 ssl; listen 80; server_name a.example b.example; }\nserver { return 404; }\n";
        let (_dir, host) = root(&[(FILE, main), ("/etc/nginx/conf.d/site.conf", site)]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        let expected = [
            "cache.http.nginx.http.map.\"$a$b $c\".default = 1",
            "cache.http.nginx.http.map.\"$a$b $c\".x = 2",
            "cache.http.nginx.http.proxy_cache_key = $scheme$host",
            "cache.http.nginx.http.proxy_cache_path.shop.keys_zone_size = 128m",
            "cache.http.nginx.http.proxy_cache_path.shop.levels = 1:2",
            "cache.http.nginx.http.proxy_cache_path.shop.max_size = 40g",
            "cache.http.nginx.http.proxy_cache_path.shop.path = /var/cache/a",
            "cache.http.nginx.http.proxy_pass = http://$host$request_uri",
            "cache.http.nginx.http.proxy_set_header.Authorization = [redacted]",
            "cache.http.nginx.http.server.\"_:80\".return = 404",
            "cache.http.nginx.http.server.\"a.example b.example:443,80\".listen = [(\"80\") (\"[::]:80\") (\"443 ssl\")]",
            "cache.http.nginx.http.server.\"a.example b.example:443,80\".location.\"~ \\\\.php$\".proxy_cache_valid = [(\"200 10m\")]",
            "cache.http.nginx.http.server.\"a.example b.example:443,80\".location.\"~ \\\\.php$\".proxy_set_header.Host = $host",
            "cache.http.nginx.http.server.\"a.example b.example:443,80\".server_name = a.example b.example",
            "cache.http.nginx.http.server.\"a.example b.example:443,80 (2)\".listen = [(\"443 ssl\") (\"80\")]",
            "cache.http.nginx.http.server.\"a.example b.example:443,80 (2)\".server_name = a.example b.example",
            "cache.http.nginx.http.upstream.back.server = [(\"192.0.2.1:80 weight=2\") (\"192.0.2.2:80\")]",
            "cache.http.nginx.user = www-data",
        ];
        assert_eq!(written(&facts), expected);
    }

    #[test]
    fn hostile_files_end() {
        for text in ["include /etc/nginx/nginx.conf;", &"a {".repeat(10_000), "}}}{{{;;\"", "http { server {"] {
            let (_dir, host) = root(&[(FILE, text)]);
            let mut facts = Facts::new();
            read(&host, &mut facts);
            assert!(!facts.problems().is_empty(), "{:.20}", text);
        }
    }
}
