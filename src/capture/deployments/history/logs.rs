//! Logs with their rotated predecessors, logrotate(8).

use crate::capture::Facts;
use crate::host::{Host, ReadError};
use crate::model::{Problem, ProblemKind};
use flate2::read::MultiGzDecoder;
use std::io::Read;

/// The most of one log, packed or not.
const CAP: u64 = 64 << 20;

/// How much of a longer one is read: its end, with what happened last.
const END: usize = 32 << 20;

/// The most rotated logs of one kind.
const FILES: usize = 60;

/// One file of a log.
pub(super) struct Log {
    pub(super) path: String,
    pub(super) text: String,
    /// When it was last written, in seconds since 1970.
    pub(super) modified: i64,
}

/// Calls `read` with each file of a log from the newest back, until that says that it has enough.
pub(super) fn each(host: &Host, facts: &mut Facts, log: &str, mut read: impl FnMut(Log) -> bool) {
    for path in files(host, facts, log) {
        if path.ends_with(".xz") || path.ends_with(".bz2") || path.ends_with(".zst") {
            let detail = format!("{path}: only gzip is unpacked");
            unknown(facts, Some(Problem::new(ProblemKind::NotCollected, detail)));
            continue;
        }
        let modified = |path: &str| host.stat(path).map_or(0, |stat| stat.modified);
        match text(host, &path) {
            Ok(text) => {
                let modified = modified(&path);
                if read(Log { path, text, modified }) {
                    return;
                }
            }
            Err(error @ ReadError::TooLarge { .. }) => {
                let is_enough = end(host, &path).is_ok_and(|text| {
                    let modified = modified(&path);
                    read(Log { path, text, modified })
                });
                // What the older ones say has a gap before it.
                if !is_enough {
                    unknown(facts, error.problem());
                }
                return;
            }
            Err(error) => unknown(facts, error.problem()),
        }
    }
}

/// What is not known where a log cannot be read: what happened, and whether something was taken back.
fn unknown(facts: &mut Facts, problem: Option<Problem>) {
    for key in ["events", "commands", "rollbacks"] {
        problem.iter().for_each(|problem| facts.problem(&["deployments", key], problem.clone()));
    }
}

/// The whole lines at the end of a log.
fn end(host: &Host, path: &str) -> Result<String, ReadError> {
    let (file, _) = host.watched(|| host.open_up_to(path, u64::MAX));
    let file = file?;
    let count = END.min(usize::try_from(file.size()).unwrap_or(END));
    let bytes = file.read_at(file.size() - count as u64, count)?;
    let first = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
    Ok(String::from_utf8_lossy(&bytes[first..]).into_owned())
}

/// The log and what it was renamed to, the newest first: `NAME`, `NAME.1`, `NAME.2.gz`, or `NAME-20260131.gz`.
fn files(host: &Host, facts: &mut Facts, log: &str) -> Vec<String> {
    let (folder, name) = log.rsplit_once('/').unwrap_or(("", log));
    let entries = host.list(folder).unwrap_or_else(|error| {
        unknown(facts, error.problem());
        Vec::new()
    });
    let mut files: Vec<(i64, String)> = entries
        .iter()
        .filter_map(|entry| {
            let rest = entry.name.strip_prefix(name)?;
            let rest = [".gz", ".xz", ".bz2", ".zst"].iter().find_map(|end| rest.strip_suffix(end)).unwrap_or(rest);
            let age = match rest.split_at_checked(1) {
                None => 0,
                Some((".", number)) => number.parse().ok()?,
                // The later the date the younger the log, and any is older than those that are counted.
                Some(("-", date)) if date.len() >= 8 => 100_000_000 - date.get(..8)?.parse::<i64>().ok()?,
                Some(_) => return None,
            };
            Some((age, format!("{folder}/{}", entry.name)))
        })
        .collect();
    files.sort();
    files.truncate(FILES);
    files.into_iter().map(|(_, path)| path).collect()
}

fn text(host: &Host, path: &str) -> Result<String, ReadError> {
    if !path.ends_with(".gz") {
        return host.text_up_to(path, CAP);
    }
    let packed = host.read_up_to(path, CAP)?;
    let mut bytes = Vec::new();
    // A log that was cut off still tells what stands before the cut.
    let unpacked = MultiGzDecoder::new(packed.as_slice()).take(CAP).read_to_end(&mut bytes);
    match unpacked {
        Err(source) if bytes.is_empty() => Err(ReadError::Io { path: path.to_owned(), source }),
        _ => Ok(String::from_utf8_lossy(&bytes).into_owned()),
    }
}
