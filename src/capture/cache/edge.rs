//! `cache.edge.<url>`: what a cache or a proxy on the way makes of an address that the user lists. Each is asked once, on
//! the live machine, without a proxy; RFC 9110 and 9111 say what the headers mean.

use crate::capture::{Facts, Scope};
use crate::host::{Head, Host, Live, Trust};
use crate::model::{Problem, ProblemKind, Value};
use jiff::fmt::rfc2822;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

/// How long one answer may take.
const LIMIT: Duration = Duration::from_secs(4);

/// How long all may take, less than the probe's own limit.
const IN_ALL: Duration = Duration::from_secs(8);

/// How many are asked at a time.
const TOGETHER: usize = 8;

/// The longest value of a header that is kept.
const VALUE_CAP: usize = 1000;

/// Where the distributions keep the certificates that a machine trusts; the first that is there counts.
const BUNDLES: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/var/lib/ca-certificates/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Headers whose directives have no order, and stand as a set.
const SETS: [(&str, &str, char); 7] = [
    ("cache-control", "cache_control", ','),
    ("cdn-cache-control", "cdn_cache_control", ','),
    ("surrogate-control", "surrogate_control", ','),
    ("vary", "vary", ','),
    ("allow", "allow", ','),
    ("strict-transport-security", "strict_transport_security", ';'),
    ("pragma", "pragma", ','),
];

/// Headers that stand as they are.
const TEXTS: [(&str, &str); 6] = [
    ("content-type", "content_type"),
    ("content-encoding", "content_encoding"),
    ("server", "server"),
    ("x-powered-by", "x_powered_by"),
    ("accept-ranges", "accept_ranges"),
    ("alt-svc", "alt_svc"),
];

/// Headers by which a cache says what it did this time: another word the next time is no drift.
const VERDICTS: [&str; 10] = [
    "x-cache",
    "x-cache-status",
    "x-cache-hits",
    "x-cache-lookup",
    "cf-cache-status",
    "cache-status",
    "x-proxy-cache",
    "x-nginx-cache",
    "x-varnish-cache",
    "x-vercel-cache",
];

/// Headers that only one kind of edge sends.
const EDGES: [(&str, &str); 14] = [
    ("cf-ray", "cloudflare"),
    ("x-amz-cf-id", "cloudfront"),
    ("x-amz-cf-pop", "cloudfront"),
    ("x-served-by", "fastly"),
    ("x-fastly-request-id", "fastly"),
    ("x-akamai-request-id", "akamai"),
    ("akamai-grn", "akamai"),
    ("x-azure-ref", "azure front door"),
    ("x-vercel-id", "vercel"),
    ("x-nf-request-id", "netlify"),
    ("fly-request-id", "fly"),
    ("x-varnish", "varnish"),
    ("x-squid-error", "squid"),
    ("x-77-nzt", "cdn77"),
];

/// Asks for the listed addresses.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let options = facts.options().clone();
    let urls = &options.watch.urls;
    if urls.is_empty() {
        return;
    }
    let Some(live) = host.as_live() else {
        return facts.not_collected(&["cache", "edge"], "only a running machine can ask over HTTP");
    };
    let bundle = BUNDLES.iter().find_map(|path| host.read(path).ok()).unwrap_or_default();
    ask(live, &Trust::of_pem(&bundle), urls, facts);
}

fn ask(live: &Live, trust: &Trust, urls: &[String], facts: &mut Facts) {
    let end = Instant::now() + IN_ALL;
    let waiting = Mutex::new(urls.iter());
    let answers = Mutex::new(Vec::new());
    let asking = || {
        loop {
            let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some(url) = next else { return };
            let left = LIMIT.min(end.saturating_duration_since(Instant::now()));
            let answer = match left.is_zero() {
                true => Err(Problem::new(ProblemKind::TimedOut, "no time was left to ask")),
                false => live.get(url, trust, left),
            };
            answers.lock().unwrap_or_else(PoisonError::into_inner).push((url, answer));
        }
    };
    std::thread::scope(|scope| {
        let spawn = |_| std::thread::Builder::new().spawn_scoped(scope, asking);
        if (0..TOGETHER.min(urls.len())).map(spawn).take_while(Result::is_ok).count() == 0 {
            // Where the system has no thread to give, one asks all.
            asking();
        }
    });
    for (url, answer) in answers.into_inner().unwrap_or_else(PoisonError::into_inner) {
        let mut facts = facts.at(&["cache", "edge", &key(url)]);
        match answer {
            Ok(head) => put(&head, &format!("GET {}, without a proxy", key(url)), &mut facts),
            Err(problem) => facts.problem(&[], problem),
        }
    }
}

/// An address as a key and in a source: the values of its query may be somebody's.
fn key(url: &str) -> String {
    let Some((page, query)) = url.split_once('?') else { return url.to_owned() };
    let names: Vec<&str> = query.split('&').map(|pair| pair.split('=').next().unwrap_or_default()).collect();
    format!("{page}?{}", names.join("&"))
}

fn put(head: &Head, source: &str, facts: &mut Scope<'_>) {
    let all = |name: &str| -> Vec<String> {
        let values = head.headers.iter().filter(|(known, _)| known == name);
        values.map(|(_, value)| value.chars().take(VALUE_CAP).collect()).collect()
    };
    let one = |name: &str| Some(all(name).join(", ")).filter(|value| !value.is_empty());
    facts.put(&["status"], head.status, source);
    facts.put(&["http_version"], head.version, source);
    facts.put(&["address"], head.address.to_string(), source);
    facts.put_some(&["redirect"], one("location").map(|to| key(&to)), source);
    for (header, name, mark) in SETS {
        if let Some(value) = one(header) {
            let parts = value.split(mark).map(|part| part.trim().to_ascii_lowercase()).filter(|part| !part.is_empty());
            facts.put(&[name], Value::set(parts), source);
        }
    }
    for (header, name) in TEXTS {
        facts.put_some(&[name], one(header), source);
    }
    let via = all("via").join(", ");
    if !via.is_empty() {
        facts.put(&["via"], Value::list(via.split(',').map(str::trim)), source);
    }
    // What the tag is changes with the page; what kind it is decides what may be done with it.
    let tag = one("etag").map_or("none", |tag| if tag.starts_with("W/") { "weak" } else { "strong" });
    facts.put(&["etag"], tag, source);
    facts.put(&["last_modified"], one("last-modified").is_some(), source);
    facts.put_some(&["expires_after_seconds"], expires(one("expires").as_deref(), one("date").as_deref()), source);
    facts.put_some(&["age_seconds"], one("age").and_then(|age| age.parse::<u64>().ok()), source);
    // Their names say that the answer is somebody's own; their values are theirs.
    let cookies: Vec<String> =
        all("set-cookie").iter().filter_map(|one| Some(one.split_once('=')?.0.trim().to_owned())).collect();
    if !cookies.is_empty() {
        facts.put(&["cookies"], Value::set(cookies), source);
    }
    for header in VERDICTS {
        facts.put_some(&["verdict", header], one(header), source);
    }
    let edges: Vec<&str> = EDGES.iter().filter(|(header, _)| one(header).is_some()).map(|(_, edge)| *edge).collect();
    if !edges.is_empty() {
        facts.put(&["edge"], Value::set(edges), source);
    }
    let location = one("cf-ray").and_then(|ray| ray.rsplit_once('-').map(|(_, place)| place.to_owned()));
    let location = location.or_else(|| one("x-amz-cf-pop")).or_else(|| one("x-served-by"));
    facts.put_some(&["edge_location"], location, source);
    if let Some(tls) = &head.tls {
        facts.put_some(&["tls", "version"], tls.version.as_deref(), source);
        facts.put_some(&["tls", "cipher"], tls.cipher.as_deref(), source);
        facts.put_some(&["tls", "protocol"], tls.protocol.as_deref(), source);
        facts.put(&["tls", "trusted"], tls.distrust.is_none(), source);
        facts.put_some(&["tls", "distrust"], tls.distrust.as_deref(), source);
        certificate(tls.certificate.as_deref().unwrap_or_default(), source, facts);
    }
}

/// Who says that the server is who it is, and until when.
fn certificate(der: &[u8], source: &str, facts: &mut Scope<'_>) {
    let Ok((_, certificate)) = x509_parser::parse_x509_certificate(der) else { return };
    facts.put(&["tls", "issuer"], certificate.issuer().to_string(), source);
    let until = jiff::Timestamp::from_second(certificate.validity().not_after.timestamp());
    facts.put_some(&["tls", "expires"], until.ok().map(|moment| moment.to_string()), source);
    let names = certificate.subject_alternative_name().ok().flatten();
    let names: Vec<String> = names
        .iter()
        .flat_map(|names| &names.value.general_names)
        .filter_map(|name| match name {
            x509_parser::extensions::GeneralName::DNSName(name) => Some(name.to_ascii_lowercase()),
            _ => None,
        })
        .collect();
    if !names.is_empty() {
        facts.put(&["tls", "names"], Value::set(names), source);
    }
}

/// How long after it was made an answer may be kept; what is no date stands for the past, RFC 9111 section 5.3.
fn expires(expires: Option<&str>, date: Option<&str>) -> Option<i64> {
    let moment = |text: &str| rfc2822::parse(text).ok().map(|moment| moment.timestamp().as_second());
    let Some(until) = moment(expires?) else { return Some(0) };
    Some(until - moment(date?)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::written;
    use crate::host::conversation_tests::serve;

    #[test]
    fn what_decides_over_copies_is_told_and_nothing_secret() {
        let server = serve(
            b"HTTP/1.1 302 Found\r\nLocation: /login?next=/a&state=s3cret\r\nCache-Control: max-age=60, Public\r\n\
              Cache-control: s-maxage=600\r\nVary: Accept-Encoding\r\nVia: 1.1 varnish, 1.1 edge\r\nAge: 12\r\nETag: W/\"x\"\r\n\
              X-Cache: HIT\r\nX-Varnish: 5 3\r\nSet-Cookie: session=s3cret; HttpOnly\r\nSet-Cookie: lang=de\r\n\
              Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nExpires: Sun, 06 Nov 1994 09:49:37 GMT\r\nCF-Ray: 1a2b-FRA\r\nServer: nginx\r\n\r\n",
        );
        let host = Host::live();
        let live = host.as_live().expect("is live");
        let mut facts = Facts::new();
        ask(live, &Trust::of_pem(b""), &[format!("http://{server}/a?token=s3cret")], &mut facts);
        let at = format!("cache.edge.\"http://{server}/a?token\".");
        let text: Vec<String> = written(&facts).iter().map(|line| line.replace(&at, "")).collect();
        let expected = [
            &format!("address = {server}"),
            "age_seconds = 12",
            "cache_control = [(\"max-age=60\") (\"public\") (\"s-maxage=600\")]",
            "cookies = [(\"lang\") (\"session\")]",
            "edge = [(\"cloudflare\") (\"varnish\")]",
            "edge_location = FRA",
            "etag = weak",
            "expires_after_seconds = 3600",
            "http_version = 1.1",
            "last_modified = false",
            "redirect = /login?next&state",
            "server = nginx",
            "status = 302",
            "vary = [(\"accept-encoding\")]",
            "verdict.x-cache = HIT",
            "via = [(\"1.1 varnish\") (\"1.1 edge\")]",
        ];
        assert_eq!(text, expected);
    }

    #[test]
    fn who_is_not_there_is_a_problem_of_its_own() {
        let host = Host::live();
        let live = host.as_live().expect("is live");
        let gone = std::net::TcpListener::bind("127.0.0.1:0").expect("binds").local_addr().expect("has one");
        let there = serve(b"HTTP/1.0 204 No Content\r\n\r\n");
        let mut facts = Facts::new();
        ask(live, &Trust::of_pem(b""), &[format!("http://{gone}/"), format!("http://{there}/")], &mut facts);
        assert_eq!(facts.problems().len(), 1);
        assert_eq!(facts.get(&format!("cache.edge.\"http://{there}/\".status")), Some(&Value::from(204_u16)));
    }

    #[test]
    fn what_is_no_date_has_expired() {
        assert_eq!(expires(Some("0"), Some("Sun, 06 Nov 1994 08:49:37 GMT")), Some(0));
        assert_eq!(expires(None, None), None);
    }
}
