//! The order of [PEP 440](https://peps.python.org/pep-0440/).

use super::Digits;
use regex::Regex;
use std::sync::OnceLock;

/// The key by which PEP 440 orders: fields compare in this order.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pep440<'a> {
    epoch: Digits<'a>,
    release: Vec<Digits<'a>>,
    pre: PrePart<'a>,
    post: Option<Digits<'a>>,
    dev: DevPart<'a>,
    local: Vec<LocalPart<'a>>,
}

/// A development release alone stands before every pre-release; a release stands behind them.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum PrePart<'a> {
    OnlyDev,
    Pre(char, Digits<'a>),
    Release,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum DevPart<'a> {
    Dev(Digits<'a>),
    Release,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum LocalPart<'a> {
    Word(String),
    Number(Digits<'a>),
}

/// Reads a version by the pattern of appendix B.
pub(super) fn pep440(text: &str) -> Option<Pep440<'_>> {
    static PATTERN: OnceLock<Regex> = OnceLock::new();
    #[expect(clippy::expect_used, reason = "a constant pattern, compiled in a test")]
    let pattern = PATTERN.get_or_init(|| {
        Regex::new(
            r"(?xi-u)^v?(?:(?P<epoch>[0-9]+)!)?(?P<release>[0-9]+(?:\.[0-9]+)*)
            (?:[-_.]?(?P<pre>alpha|beta|preview|pre|a|b|c|rc)[-_.]?(?P<pre_n>[0-9]*))?
            (?P<post>-(?P<post_n1>[0-9]+)|[-_.]?(?:post|rev|r)[-_.]?(?P<post_n2>[0-9]*))?
            (?P<dev>[-_.]?dev[-_.]?(?P<dev_n>[0-9]*))?
            (?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?$",
        )
        .expect("a constant pattern")
    });
    let found = pattern.captures(text)?;
    let get = |name: &str| found.name(name).map(|m| m.as_str());
    let mut release: Vec<Digits<'_>> = get("release")?.split('.').map(Digits::new).collect();
    while release.last().is_some_and(|d| d.0 == 0) {
        release.pop();
    }
    let post = get("post").map(|_| Digits::new(get("post_n1").or(get("post_n2")).unwrap_or("")));
    let dev = get("dev").map(|_| Digits::new(get("dev_n").unwrap_or("")));
    let pre = match get("pre").and_then(|word| word.chars().next()) {
        Some(letter) => {
            let letter = match letter.to_ascii_lowercase() {
                'a' => 'a',
                'b' => 'b',
                _ => 'c',
            };
            PrePart::Pre(letter, Digits::new(get("pre_n").unwrap_or("")))
        }
        None if dev.is_some() && post.is_none() => PrePart::OnlyDev,
        None => PrePart::Release,
    };
    let local_part = |part| {
        let number = str::bytes(part).all(|b| b.is_ascii_digit());
        if number { LocalPart::Number(Digits::new(part)) } else { LocalPart::Word(part.to_ascii_lowercase()) }
    };
    let local = get("local").map(|l| l.split(['-', '_', '.']).map(local_part).collect()).unwrap_or_default();
    Some(Pep440 {
        epoch: Digits::new(get("epoch").unwrap_or("")),
        release,
        pre,
        post,
        dev: dev.map_or(DevPart::Release, DevPart::Dev),
        local,
    })
}
