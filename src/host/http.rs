//! One request over HTTP/1.1 to an address that the user named, RFC 9112: the head of the answer and what TLS says of the
//! server. No proxy, no redirect that is followed, no cookie, no body that is read.

use super::Live;
use super::conversation::{Conversation, problem};
use crate::model::{Problem, ProblemKind};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore, SignatureScheme, StreamOwned};
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The longest head of an answer, in bytes.
const HEAD_CAP: usize = 64 << 10;

/// The most headers of an answer.
const HEADERS_CAP: usize = 128;

/// How many heads that only announce another (100, 103) may come first.
const INTERIM: usize = 4;

/// The certificates that the machine trusts.
#[derive(Clone, Debug)]
pub struct Trust {
    provider: Arc<CryptoProvider>,
    verifier: Option<Arc<WebPkiServerVerifier>>,
}

/// The head of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// `200`.
    pub status: u16,
    /// `1.1`, `1.0`.
    pub version: &'static str,
    /// Names in lower case with their values, in their order.
    pub headers: Vec<(String, String)>,
    /// Who answered.
    pub address: SocketAddr,
    /// What was agreed on before, where it was HTTPS.
    pub tls: Option<Tls>,
    /// How long it took from the first packet to the end of the head.
    pub took: Duration,
}

/// What a server says of itself before it speaks HTTP.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// `TLSv1.3`.
    pub version: Option<String>,
    /// `TLS13_AES_256_GCM_SHA384`.
    pub cipher: Option<String>,
    /// What it prefers of HTTP/2 and HTTP/1.1, by RFC 7301: `h2`, `http/1.1`; `None` where it does not say.
    pub protocol: Option<String>,
    /// Its certificate, in DER.
    pub certificate: Option<Vec<u8>>,
    /// Why its certificate is not to be trusted, if it is not.
    pub distrust: Option<String>,
}

impl Trust {
    /// The certificates of a bundle in PEM; with none, no server is trusted.
    pub fn of_pem(bundle: &[u8]) -> Self {
        let provider = Arc::new(ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(CertificateDer::pem_slice_iter(bundle).filter_map(Result::ok));
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build().ok();
        Self { provider, verifier }
    }
}

/// Writes down whether a certificate is trusted, and goes on if it is not: what stands behind it is asked for nothing
/// that is secret, and that it is not trusted is the fact.
#[derive(Debug)]
struct Recorder {
    trust: Trust,
    distrust: Mutex<Option<String>>,
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let distrust = match &self.trust.verifier {
            Some(verifier) => {
                let verdict = verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
                verdict.err().map(|error| reason(&error))
            }
            None => Some("the machine has no bundle of certificates to trust".to_owned()),
        };
        *self.distrust.lock().unwrap_or_else(PoisonError::into_inner) = distrust;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.trust.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.trust.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.trust.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Why a certificate is refused, without moments and names that differ each time.
fn reason(error: &rustls::Error) -> String {
    use rustls::CertificateError as Error;
    let rustls::Error::InvalidCertificate(error) = error else { return error.to_string() };
    match error {
        Error::Expired | Error::ExpiredContext { .. } => "it has expired",
        Error::NotValidYet | Error::NotValidYetContext { .. } => "it is not valid yet",
        Error::UnknownIssuer => "its issuer is not known here",
        Error::NotValidForName | Error::NotValidForNameContext { .. } => "it is for another name",
        Error::BadSignature => "its signature does not hold",
        Error::Revoked => "it was revoked",
        Error::InvalidPurpose | Error::InvalidPurposeContext { .. } => "it is for another purpose",
        // A name of what was found stands inside: `Other(OtherError(CaUsedAsEndEntity))`.
        other => match format!("{other:?}").trim_end_matches([')', '"']).rsplit(['(', '"']).next() {
            Some("CaUsedAsEndEntity") => "it is its own issuer",
            Some(name) => return name.to_owned(),
            None => "it is not sound",
        },
    }
    .to_owned()
}

/// `https://shop.example.net:8443/a?b`: scheme, host, port and what is asked for.
fn parts(url: &str) -> Option<(bool, &str, u16, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let secure = scheme.eq_ignore_ascii_case("https");
    let rest = rest.split('#').next()?;
    let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (host, port) = match authority.rsplit_once(':').filter(|(_, port)| !port.contains(']')) {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (authority, if secure { 443 } else { 80 }),
    };
    Some((secure, host, port, target))
}

impl Live {
    /// Asks for an address, and waits no longer than `limit`.
    ///
    /// # Errors
    /// A problem when no answer comes in time, or one that cannot be read.
    pub fn get(&self, url: &str, trust: &Trust, limit: Duration) -> Result<Head, Problem> {
        let begun = Instant::now();
        let Some((secure, host, port, target)) = parts(url) else {
            return Err(Problem::new(ProblemKind::NotParsable, format!("{url}: no address of a page")));
        };
        let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
        let name = match (secure, port) {
            (true, 443) | (false, 80) => host.to_owned(),
            _ => format!("{host}:{port}"),
        };
        // Compressed answers are asked for as browsers do: what a cache keeps depends on it.
        let request = format!(
            "GET {target} HTTP/1.1\r\nHost: {name}\r\nUser-Agent: driftglass/{}\r\nAccept: */*\r\n\
             Accept-Encoding: gzip, br\r\nConnection: close\r\n\r\n",
            env!("CARGO_PKG_VERSION")
        );
        let open = self.connect(host, port, limit)?;
        let address = open.address();
        let what = format!("{url} at {address}");
        let failed = |error: io::Error| problem(&what, &error);
        let (head, tls) = if secure {
            let both = [b"h2".to_vec(), b"http/1.1".to_vec()];
            let (mut stream, mut tls) = agree(open, host, trust, &both).map_err(failed)?;
            if tls.protocol.as_deref() == Some("h2") {
                // It prefers HTTP/2 and is asked again for HTTP/1.1, which says the same in its headers.
                drop(stream);
                let again = self.connect(host, port, limit.saturating_sub(begun.elapsed()))?;
                (stream, _) = agree(again, host, trust, &[b"http/1.1".to_vec()]).map_err(failed)?;
            }
            tls.distrust = tls.distrust.map(|why| format!("the certificate is not trusted: {why}"));
            (exchange(&mut stream, &request).map_err(failed)?, Some(tls))
        } else {
            let mut open = open;
            (exchange(&mut open, &request).map_err(failed)?, None)
        };
        let (status, version, headers) = head;
        Ok(Head { status, version, headers, address, tls, took: begun.elapsed() })
    }
}

type Encrypted = StreamOwned<ClientConnection, Conversation>;

/// Agrees on keys, and says what was agreed on.
fn agree(open: Conversation, host: &str, trust: &Trust, protocols: &[Vec<u8>]) -> io::Result<(Encrypted, Tls)> {
    let recorder = Arc::new(Recorder { trust: trust.clone(), distrust: Mutex::new(None) });
    let mut config = ClientConfig::builder_with_provider(Arc::clone(&trust.provider))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&recorder) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    config.alpn_protocols = protocols.to_vec();
    let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let name = ServerName::try_from(bare).map_err(io::Error::other)?;
    let client = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(client, open);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    let connection = &stream.conn;
    let tls = Tls {
        version: connection.protocol_version().and_then(|version| version.as_str()).map(|name| name.replace('_', ".")),
        cipher: connection.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str()).map(str::to_owned),
        protocol: connection.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned()),
        certificate: connection.peer_certificates().and_then(<[_]>::first).map(|first| first.to_vec()),
        distrust: recorder.distrust.lock().unwrap_or_else(PoisonError::into_inner).clone(),
    };
    Ok((stream, tls))
}

type Parsed = (u16, &'static str, Vec<(String, String)>);

/// Asks, and reads the head of the answer.
fn exchange(stream: &mut (impl Read + Write), request: &str) -> io::Result<Parsed> {
    stream.write_all(request.as_bytes())?;
    stream.flush()?;
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let mut interim = 0;
    loop {
        if let Some((head, length)) = parse(&bytes)? {
            if !(100..200).contains(&head.0) || head.0 == 101 || interim == INTERIM {
                return Ok(head);
            }
            interim += 1;
            bytes.drain(..length);
            continue;
        }
        if bytes.len() > HEAD_CAP {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("a head of more than {HEAD_CAP} bytes")));
        }
        match stream.read(&mut buffer) {
            Ok(0) => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it ended before its head did")),
            Ok(length) => bytes.extend_from_slice(buffer.get(..length).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// A head and its length; `None` where it is not whole.
fn parse(bytes: &[u8]) -> io::Result<Option<(Parsed, usize)>> {
    let invalid = |error: httparse::Error| io::Error::new(io::ErrorKind::InvalidData, error.to_string());
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_CAP];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(length) = response.parse(bytes).map_err(invalid)? else { return Ok(None) };
    let headers = response
        .headers
        .iter()
        .map(|header| (header.name.to_ascii_lowercase(), String::from_utf8_lossy(header.value).trim().to_owned()));
    let version = if response.version == Some(0) { "1.0" } else { "1.1" };
    Ok(Some(((response.code.unwrap_or_default(), version, headers.collect()), length)))
}

#[cfg(test)]
mod tests {
    use super::super::conversation::tests::serve;
    use super::*;

    fn get(says: &'static [u8]) -> Result<Head, Problem> {
        let server = serve(says);
        let limit = Duration::from_millis(500);
        Live::new().get(&format!("http://{server}/a"), &Trust::of_pem(b""), limit)
    }

    #[test]
    fn the_head_is_read_and_the_body_is_not() {
        let head = get(
            b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.0 301 Moved\r\nServer: x\r\nVIA: 1.1 a\r\n\r\nbody",
        )
        .expect("answers");
        assert_eq!((head.status, head.version), (301, "1.0"));
        let expected = [("server", "x"), ("via", "1.1 a")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(head.headers, expected);
        assert_eq!(head.tls, None);
    }

    #[test]
    fn whatever_a_server_says_it_ends() {
        let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(500));
        let long = format!("HTTP/1.1 200 OK\r\na: {}", "x".repeat(HEAD_CAP * 2));
        for (says, kind) in [
            (b"".as_slice(), ProblemKind::TimedOut),
            (b"HTTP/1.1 200 OK\r\na", ProblemKind::TimedOut),
            (b"SSH-2.0-OpenSSH_9.2\r\n", ProblemKind::NotParsable),
            (many.leak().as_bytes(), ProblemKind::NotParsable),
            (long.leak().as_bytes(), ProblemKind::NotParsable),
        ] {
            assert_eq!(get(says).expect_err("no answer").kind, kind);
        }
        let server = serve(b"no TLS here, and no end\n");
        let problem = Live::new().get(&format!("https://{server}/"), &Trust::of_pem(b""), Duration::from_secs(5));
        assert!(problem.is_err());
    }

    /// A server for `localhost` that speaks TLS and prefers HTTP/2, and the bundle by which it is trusted.
    fn serve_tls(
        name: &str,
        versions: &[&'static rustls::SupportedProtocolVersion],
        until: (i32, u8, u8),
    ) -> (u16, String) {
        let key = rcgen::KeyPair::generate().expect("a key");
        let mut authority = rcgen::CertificateParams::new(Vec::new()).expect("sound");
        authority.distinguished_name.push(rcgen::DnType::CommonName, name);
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let bundle = authority.self_signed(&key).expect("signs").pem();
        let issuer = rcgen::Issuer::new(authority, key);
        let own = rcgen::KeyPair::generate().expect("a key");
        let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).expect("sound");
        params.not_after = rcgen::date_time_ymd(until.0, until.1, until.2);
        let certificate = params.signed_by(&own, &issuer).expect("signs").der().clone();
        let private = rustls::pki_types::PrivateKeyDer::try_from(own.serialize_der()).expect("a key");
        let mut config = rustls::ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(versions)
            .expect("known")
            .with_no_client_auth()
            .with_single_cert(vec![certificate], private)
            .expect("belong together");
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let config = Arc::new(config);
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("binds");
        let port = listener.local_addr().expect("has one").port();
        std::thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                let server = rustls::ServerConnection::new(Arc::clone(&config)).expect("begins");
                let mut stream = StreamOwned::new(server, stream);
                let mut asked = [0; 4096];
                // Who only looks at what is agreed on leaves without a word.
                if stream.read(&mut asked).is_ok_and(|length| length > 0) {
                    stream.write_all(b"HTTP/1.1 200 OK\r\nServer: tls\r\n\r\n").ok();
                    stream.flush().ok();
                }
            }
        });
        (port, bundle)
    }

    #[test]
    fn what_tls_says_is_told_whether_it_is_trusted_or_not() {
        use rustls::version::{TLS12, TLS13};
        let live = Live::new();
        let limit = Duration::from_secs(5);
        let tls = |port: u16, host: &str, bundle: &str| {
            let trust = Trust::of_pem(bundle.as_bytes());
            let head = live.get(&format!("https://{host}:{port}/"), &trust, limit).expect("answers");
            assert_eq!(head.headers, [("server".to_owned(), "tls".to_owned())]);
            head.tls.expect("is there")
        };
        let (port, bundle) = serve_tls("one", &[&TLS13], (2100, 1, 1));
        let (_, other) = serve_tls("other", &[&TLS13], (2100, 1, 1));
        let trusted = tls(port, "localhost", &bundle);
        assert_eq!(trusted.distrust, None);
        assert_eq!(trusted.version.as_deref(), Some("TLSv1.3"));
        assert_eq!(trusted.protocol.as_deref(), Some("h2"));
        assert!(trusted.cipher.is_some_and(|cipher| cipher.starts_with("TLS13_")));
        assert!(trusted.certificate.is_some_and(|der| !der.is_empty()));
        let why = |tls: Tls| tls.distrust.unwrap_or_default();
        assert!(why(tls(port, "localhost", &other)).ends_with("its issuer is not known here"));
        assert!(why(tls(port, "127.0.0.1", &bundle)).ends_with("it is for another name"));
        assert!(why(tls(port, "localhost", "")).ends_with("no bundle of certificates to trust"));
        let (port, bundle) = serve_tls("old", &[&TLS12], (2001, 1, 1));
        let old = tls(port, "localhost", &bundle);
        assert_eq!(old.version.as_deref(), Some("TLSv1.2"));
        assert!(why(old).ends_with("it has expired"));
    }

    #[test]
    fn addresses_are_taken_apart() {
        assert_eq!(parts("https://a.example"), Some((true, "a.example", 443, "")));
        assert_eq!(parts("HTTP://[::1]:81/a?b#c"), Some((false, "[::1]", 81, "/a?b")));
        assert_eq!(parts("http://a?b=c:1"), Some((false, "a", 80, "?b=c:1")));
        assert_eq!(parts("http://a:x/"), None);
    }
}
