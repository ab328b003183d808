//! Credentials that are known by their shape, wherever they stand.

use super::grammars::{SHAPES, Shape};
use super::looks::{self, is_example};
use super::tokens::{TOKENS, Token};
use super::{Hit, names};
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use regex::bytes::Regex;
use std::sync::OnceLock;

/// What a text of the index leads to.
#[derive(Clone, Copy)]
enum Lead {
    Token(&'static Token, usize),
    Shape(usize),
    /// `://`
    Url,
    /// `?` or `&`
    Query,
}

/// All texts in one automaton, with what each leads to, and the patterns compiled so far.
struct Index {
    texts: AhoCorasick,
    leads: Vec<Lead>,
    compiled: Vec<OnceLock<Regex>>,
}

#[expect(clippy::expect_used, reason = "the texts are constants, and a test builds them")]
fn index() -> &'static Index {
    static INDEX: OnceLock<Index> = OnceLock::new();
    INDEX.get_or_init(|| {
        let mut leads = vec![Lead::Url, Lead::Query, Lead::Query];
        let mut texts = vec!["://", "?", "&"];
        for token in TOKENS {
            for prefix in token.prefixes.split(' ') {
                texts.push(prefix);
                leads.push(Lead::Token(token, prefix.len()));
            }
        }
        for (index, shape) in SHAPES.iter().enumerate() {
            for text in shape.leads() {
                texts.push(text);
                leads.push(Lead::Shape(index));
            }
        }
        // Every byte of a capture passes here: a table of the next states takes a third of the time of a trie.
        let mut builder = AhoCorasick::builder();
        builder.match_kind(MatchKind::Standard).kind(Some(AhoCorasickKind::DFA));
        let texts = builder.build(texts).expect("constant texts");
        Index { texts, leads, compiled: SHAPES.iter().map(|_| OnceLock::new()).collect() }
    })
}

/// Finds what has the shape of a credential.
pub(super) fn find(text: &str, hits: &mut Vec<Hit>) {
    let index = index();
    let bytes = text.as_bytes();
    let mut met = [false; SHAPES.len()];
    for found in index.texts.find_overlapping_iter(bytes) {
        match index.leads.get(found.pattern().as_usize()) {
            Some(Lead::Token(token, prefix)) => {
                if let Some((start, end)) = token.at(bytes, found.start(), *prefix) {
                    hits.push(Hit::new(start, end, token.rule));
                }
            }
            Some(Lead::Shape(shape)) => {
                if let (Some(met), Some(shape)) = (met.get_mut(*shape), SHAPES.get(*shape))
                    && !*met
                {
                    *met = (shape.around)(bytes, found.start(), found.end());
                }
            }
            Some(Lead::Url) => hits.extend(url(bytes, found.end())),
            Some(Lead::Query) => hits.extend(query(bytes, found.end())),
            None => {}
        }
    }
    let met = index.compiled.iter().zip(SHAPES).zip(met).filter(|(_, met)| *met).map(|(shape, _)| shape);
    for (cell, Shape { rule, pattern, .. }) in met.filter(|(_, shape)| shape.may_match(bytes)) {
        for found in cell.get_or_init(|| super::pattern(pattern)).captures_iter(bytes) {
            let Some(secret) = found.name("secret").or_else(|| found.get(0)) else { continue };
            if *rule == "redis-access-rule" {
                let words = text.get(secret.range()).unwrap_or_default();
                super::places::access_rule(words.trim_end(), secret.start(), hits);
                continue;
            }
            let is_shown = match *rule {
                "private-key" => false,
                "random-value" => !looks::is_random(secret.as_bytes()),
                "basic-credentials" => !is_account(secret.as_bytes()),
                // What every device comes with says that nobody chose one.
                "snmp-community" => secret.as_bytes() == b"public" || is_example(secret.as_bytes()),
                // What tells how a test or a check ended.
                "openssl-password" => tells_an_end(secret.as_bytes()) || stands_for_one(secret.as_bytes()),
                // Words of cachemgr_passwd's own: no password at all, and never.
                "squid-password" if matches!(secret.as_bytes(), b"none" | b"disable") => true,
                _ => stands_for_one(secret.as_bytes()),
            };
            if !is_shown && !looks::is_cut(bytes.get(secret.end()..).unwrap_or_default()) {
                hits.push(Hit::new(secret.start(), secret.end(), rule));
            }
        }
    }
}

/// Whether a text is a name and a password in base64, RFC 7617.
fn is_account(text: &[u8]) -> bool {
    use base64::Engine as _;
    let padded = text.strip_suffix(b"==").or(text.strip_suffix(b"=")).unwrap_or(text);
    let account = base64::engine::general_purpose::STANDARD_NO_PAD.decode(padded).unwrap_or_default();
    account.contains(&b':') && account.iter().all(|byte| !byte.is_ascii_control())
}

/// Whether what stands behind `pass:` is a count or how something ended.
fn tells_an_end(text: &[u8]) -> bool {
    const WORDS: [&[u8]; 7] = [b"true", b"false", b"yes", b"no", b"ok", b"fail", b"none"];
    let text = text.trim_ascii_end();
    let text = text.strip_suffix(b",").or(text.strip_suffix(b";")).unwrap_or(text);
    (text.len() <= 3 && text.iter().all(u8::is_ascii_digit)) || WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Whether a text stands where a secret goes and is none.
fn stands_for_one(secret: &[u8]) -> bool {
    is_example(secret) || looks::is_variable(secret) || names::is_placeholder(secret)
}

/// The password of a URL, RFC 3986 section 3.2.1, whose authority begins at `from`. One with a slash in it is written all
/// the same, so what stands before an `@` and is no port counts.
fn url(text: &[u8], from: usize) -> Option<Hit> {
    const LONGEST: usize = 1024;
    let rest = text.get(from..)?;
    let ends = |b: &u8| b.is_ascii_whitespace() || b"\"'<>`\\".contains(b);
    let rest = rest.get(..rest.iter().take(LONGEST).position(ends).unwrap_or(rest.len().min(LONGEST)))?;
    let authority = rest.iter().position(|b| matches!(b, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let userinfo = match rest.get(..authority)?.iter().rposition(|b| *b == b'@') {
        Some(at) => at,
        None => {
            let at = rest.iter().position(|b| *b == b'@')?;
            let colon = rest.get(..authority)?.iter().position(|b| *b == b':')?;
            let port = rest.get(colon + 1..authority)?;
            if port.iter().all(u8::is_ascii_digit) {
                return None;
            }
            at
        }
    };
    let user = rest.get(..userinfo)?;
    let (start, secret) = match user.iter().position(|b| *b == b':') {
        Some(colon) => (colon + 1, user.get(colon + 1..)?),
        // A token alone, as forges take it.
        None if user.len() >= 20 && user.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) => {
            (0, user)
        }
        None if is_web(text, from) && is_token(user) => (0, user),
        None => return None,
    };
    if secret.is_empty() || stands_for_one(secret) {
        return None;
    }
    Some(Hit::new(from + start, from + start + secret.len(), "url-password"))
}

/// Signed URLs and keys in queries: the names under which services take them, RFC 6750 section 2.3 among them.
const PARAMETERS: [&str; 18] = [
    "x-amz-signature",
    "x-amz-security-token",
    "x-goog-signature",
    "sig",
    "signature",
    "access_token",
    "token",
    "auth",
    "key",
    "apikey",
    "api_key",
    "pw",
    "pwd",
    "passwd",
    "password",
    "secret",
    "client_secret",
    "code",
];

/// The value of a parameter of a query, RFC 3986 section 3.4, whose name begins at `from`.
fn query(text: &[u8], from: usize) -> Option<Hit> {
    const LONGEST: usize = 20;
    const SHORTEST: usize = 8;
    let rest = text.get(from..)?;
    let equals = rest.iter().take(LONGEST + 1).position(|b| *b == b'=')?;
    let name = rest.get(..equals)?;
    if !PARAMETERS.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(name)) {
        return None;
    }
    let value = rest.get(equals + 1..)?;
    let ends = |b: &u8| b.is_ascii_whitespace() || b"&\"'<>#".contains(b);
    let secret = value.get(..value.iter().position(ends).unwrap_or(value.len()))?;
    if secret.len() < SHORTEST || secret.starts_with(b"$") || secret.starts_with(b"{") || secret.starts_with(b"[") {
        return None;
    }
    if stands_for_one(secret) || looks::is_cut(value.get(secret.len()..)?) {
        return None;
    }
    let start = from + equals + 1;
    Some(Hit::new(start, start + secret.len(), "url-query"))
}

/// Whether the scheme of the URL whose authority begins at `from` is HTTP's, where people give a token as the user.
fn is_web(text: &[u8], from: usize) -> bool {
    text.get(..from).is_some_and(|before| before.ends_with(b"http://") || before.ends_with(b"https://"))
}

/// Whether a user of a URL is rather a token: a name is letters, of few capitals, and perhaps a number behind.
fn is_token(user: &[u8]) -> bool {
    let is_plain = |piece: &[u8]| {
        let letters = piece.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        let rest = piece.get(letters..).unwrap_or_default();
        rest.len() <= 4 && rest.iter().all(u8::is_ascii_digit)
    };
    let capitals = user.iter().filter(|b| b.is_ascii_uppercase()).count();
    let is_word = user.iter().all(u8::is_ascii_uppercase) && user.len() <= 8;
    user.len() >= 6
        && user.iter().all(|b| b.is_ascii_alphanumeric() || b"-_.~%+=".contains(b))
        && !is_word
        && (capitals > 3 || !user.split(|b| matches!(b, b'-' | b'_' | b'.')).all(is_plain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::redaction::pattern;

    #[test]
    fn every_shape_is_a_pattern_behind_texts() {
        for Shape { rule, near, pattern: shape, .. } in SHAPES {
            assert!(!near.is_empty(), "{rule}");
            assert!(!pattern(shape).is_match(b""), "{shape}");
        }
        for token in TOKENS {
            assert!(token.prefixes.split(' ').all(|text| text.len() >= 2), "{}", token.rule);
            let shortest = token.prefixes.split(' ').map(|text| text.len() + token.least).min();
            assert!(shortest >= Some(crate::model::redaction::SHORTEST_PLAIN), "{}", token.rule);
        }
        assert!(index().leads.len() > 200);
    }
}
