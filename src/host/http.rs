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
                let left = limit.saturating_sub(begun.elapsed());
                let again = self.connect(host, port, left)?;
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

    #[test]
    fn addresses_are_taken_apart() {
        assert_eq!(parts("https://a.example"), Some((true, "a.example", 443, "")));
        assert_eq!(parts("HTTP://[::1]:81/a?b#c"), Some((false, "[::1]", 81, "/a?b")));
        assert_eq!(parts("http://a?b=c:1"), Some((false, "a", 80, "?b=c:1")));
        assert_eq!(parts("http://a:x/"), None);
    }
}
