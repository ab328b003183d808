//! `deployments.boots`: when the machine was started, and with which kernel: wtmp(5), else what last(1) said, else the
//! journal, else the kernel's own word of this start.

use super::journal;
use crate::capture::Facts;
use crate::host::Host;
use std::collections::BTreeMap;

/// The records and their rotated predecessor.
const FILES: [&str; 2] = ["/var/log/wtmp", "/var/log/wtmp.1"];

/// A busy login host writes some 20 MB a month.
const CAP: u64 = 64 << 20;

/// The most starts, the newest ones.
const BOOTS: usize = 100;

/// `BOOT_TIME` of utmp(5).
const BOOT_TIME: i16 = 2;

/// Time and kernel of each start.
type Boots = BTreeMap<String, (String, String)>;

/// Reads the records of starts.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    const KEYS: [&str; 2] = ["deployments", "boots"];
    let mut boots = Boots::new();
    for path in FILES {
        match host.read_up_to(path, CAP) {
            Ok(bytes) => boots.extend(records(&bytes).into_iter().map(|(at, kernel)| (at, (kernel, path.to_owned())))),
            Err(error) => facts.unread(&KEYS, &error),
        }
    }
    if boots.is_empty()
        && let Some(said) = host.recorded("last")
    {
        boots.extend(last(&said.text).into_iter().map(|(at, kernel)| (at, (kernel, said.source.clone()))));
    }
    if boots.is_empty() {
        match journal::starts(host) {
            Ok(starts) => boots.extend(starts.into_iter().filter_map(|s| Some((utc(s.at)?, (s.kernel, s.source))))),
            Err(error) => facts.unread(&KEYS, &error),
        }
    }
    if boots.is_empty() {
        boots.extend(this_one(host));
    }
    for (at, (kernel, source)) in boots.into_iter().rev().take(BOOTS) {
        facts.put(&["deployments", "boots", &at, "kernel"], kernel, &source);
    }
}

/// `btime` of proc_stat(5).
fn this_one(host: &Host) -> Option<(String, (String, String))> {
    const STAT: &str = "/proc/stat";
    const RELEASE: &str = "/proc/sys/kernel/osrelease";
    let text = host.text(STAT).ok()?;
    let at = text.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()?;
    let kernel = host.word(RELEASE).ok()?;
    Some((utc(at)?, (kernel, format!("{STAT}, {RELEASE}"))))
}

/// The starts in a file of `struct utmp`. Its size and the order of its bytes are the machine's: 384 bytes with times of
/// 32 bits on most, 400 with times of 64 bits on 64-bit Arm and others that never were 32-bit machines.
fn records(bytes: &[u8]) -> Vec<(String, String)> {
    let layouts = [(384, false), (384, true), (400, false), (400, true)];
    let fits = |(size, is_big): &(usize, bool)| {
        let mut kinds = bytes.chunks_exact(*size).map(|record| short(record, 0, *is_big));
        bytes.len() >= *size && kinds.all(|kind| (0..=9).contains(&kind))
    };
    // A last record that was cut off hides only itself, as long as no other layout divides the file.
    let whole = layouts.iter().find(|layout| bytes.len().is_multiple_of(layout.0) && fits(layout));
    let layout = whole.or_else(|| layouts.iter().find(|layout| fits(layout))).copied();
    let Some((size, is_big)) = layout else { return Vec::new() };
    let boots = bytes.chunks_exact(size).filter(|record| short(record, 0, is_big) == BOOT_TIME);
    let told = boots.filter_map(|record| {
        let at = if size == 384 { word(record, 340, is_big).into() } else { long(record, 344, is_big) };
        let kernel = record.get(76..332)?;
        let kernel = kernel.split(|byte| *byte == 0).next().unwrap_or_default();
        Some((utc(at)?, String::from_utf8_lossy(kernel).into_owned()))
    });
    told.collect()
}

fn utc(seconds: i64) -> Option<String> {
    Some(jiff::Timestamp::from_second(seconds).ok()?.to_string())
}

fn array<const N: usize>(record: &[u8], at: usize, is_big: bool) -> [u8; N] {
    let mut out = record.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or([0; N]);
    if is_big {
        out.reverse();
    }
    out
}

fn short(record: &[u8], at: usize, is_big: bool) -> i16 {
    i16::from_le_bytes(array(record, at, is_big))
}

/// Times of 32 bits last until 2106 where they are read without a sign.
fn word(record: &[u8], at: usize, is_big: bool) -> u32 {
    u32::from_le_bytes(array(record, at, is_big))
}

fn long(record: &[u8], at: usize, is_big: bool) -> i64 {
    i64::from_le_bytes(array(record, at, is_big))
}

/// Reads `reboot   system boot  5.4.0-99-generic Fri Feb 11 18:58 ...`, the newest first and without years; the last line,
/// `wtmp begins Fri Feb 11 18:58:09 2022`, has that of the oldest.
fn last(text: &str) -> Vec<(String, String)> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let begins = text.lines().rev().find_map(|line| line.split_once(" begins "));
    let Some(mut year) = begins.and_then(|(_, date)| date.split_whitespace().next_back()?.parse::<i32>().ok()) else {
        return Vec::new();
    };
    let mut before = (0, 0);
    let mut out = Vec::new();
    for line in text.lines().rev().filter(|line| line.starts_with("reboot ")) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, _, _, kernel, _, month, day, time, ..] = words.as_slice() else { continue };
        let (Some(month), Ok(day)) = (MONTHS.iter().position(|name| name == month), day.parse::<u32>()) else {
            continue;
        };
        if (month, day) < before {
            year += 1;
        }
        before = (month, day);
        out.push((format!("{year:04}-{:02}-{day:02}T{time}", month + 1), (*kernel).to_owned()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sample::Root;
    use crate::capture::settings::tests::written;

    fn record(size: usize, is_big: bool, kind: i16, at: u32, kernel: &str) -> Vec<u8> {
        let mut out = vec![0; size];
        let kind = if is_big { kind.to_be_bytes() } else { kind.to_le_bytes() };
        out[..2].copy_from_slice(&kind);
        out[76..76 + kernel.len()].copy_from_slice(kernel.as_bytes());
        let place = if size == 384 { 340 } else { 344 };
        if is_big {
            let place = if size == 384 { place } else { place + 4 };
            out[place..place + 4].copy_from_slice(&at.to_be_bytes());
        } else {
            out[place..place + 4].copy_from_slice(&at.to_le_bytes());
        }
        out
    }

    #[test]
    fn records_of_every_machine_are_read() {
        for (size, is_big) in [(384, false), (384, true), (400, false), (400, true)] {
            let file = [
                record(size, is_big, BOOT_TIME, 1_769_904_000, "6.1.0-25-amd64"),
                record(size, is_big, 7, 1_769_904_100, "192.0.2.1"),
                record(size, is_big, 8, 1_769_904_200, ""),
            ];
            let facts = Root::new(&[(FILES[0], file.concat())]).probe(probe);
            let expected = ["deployments.boots.\"2026-02-01T00:00:00Z\".kernel = 6.1.0-25-amd64"];
            assert_eq!(written(&facts), expected, "{size} {is_big}");
        }
        assert!(records(b"short").is_empty());
        assert!(records(&[0xff; 4_000]).is_empty());
    }

    #[test]
    fn last_leaves_out_the_years() {
        let text = "ubuntu   pts/0        10.5.0.5         Fri Feb 11 19:22   still logged in\n\
                    reboot   system boot  5.4.0-100-generi Mon Jan  3 08:00   still running\n\
                    reboot   system boot  5.4.0-99-generic Thu Dec 30 18:58 - 08:00 (3+13:02)\n\n\
                    wtmp begins Thu Dec 30 18:58:09 2021\n";
        let read = last(text);
        let read: Vec<_> = read.iter().map(|(at, kernel)| format!("{at} {kernel}")).collect();
        assert_eq!(read, ["2021-12-30T18:58 5.4.0-99-generic", "2022-01-03T08:00 5.4.0-100-generi"]);
    }
}
