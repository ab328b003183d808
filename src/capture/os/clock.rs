//! `os.time.offset_seconds`: how far the clock is from its servers', by the program that sets it. No file tells.

use super::time::{TIMESYNCD, setters};
use crate::capture::Facts;
use crate::host::{Host, Output, ReadError};
use crate::model::{Problem, ProblemKind};

const KEYS: [&str; 3] = ["os", "time", "offset_seconds"];

/// What a program says of the clock.
#[derive(Debug, PartialEq)]
enum Clock {
    /// It is so many seconds off, one way or the other.
    Off(f64),
    /// It follows no server.
    Alone,
}

/// Reads what a program says; `None` where that is something else.
type Read = fn(&str) -> Option<Clock>;

/// Asks the first program that is known to set the clock.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let Some(setter) = setters(host, |_| {}).into_iter().find(|setter| setter.name != "openntpd") else { return };
    // Without -n chronyc looks up names and may wait for that; support archives have it so.
    let (recorded, command, read): (&str, &[&str], Read) = match setter.name {
        "chrony" => ("chronyc tracking", &["chronyc", "-n", "tracking"], chrony),
        TIMESYNCD => ("timedatectl timesync-status", &["timedatectl", "timesync-status"], timesyncd),
        _ => ("ntpq -p", &["ntpq", "-pn"], ntp),
    };
    if host.as_live().is_none() && host.recorded(recorded).is_none() && host.recorded(&command.join(" ")).is_none() {
        return facts.not_collected(&KEYS, "only a running machine can tell");
    }
    // sd_booted(3): without systemd its program starts for an error, which costs more than all other questions together.
    if host.as_live().is_some() && setter.name == TIMESYNCD && !host.exists("/run/systemd/system") {
        return facts.not_collected(&KEYS, "systemd does not run here");
    }
    let said = host.recorded(recorded).map_or_else(|| host.command(command), Ok);
    let Output { text, source } = match said {
        Ok(output) => output,
        // It is set up, and its own program is not there to be asked.
        Err(ReadError::Missing(_)) => return,
        Err(error) => return facts.unread(&KEYS, &error),
    };
    match read(&text) {
        Some(Clock::Off(seconds)) => facts.put(&KEYS, (seconds.abs() * 1e6).round() / 1e6, &source),
        Some(Clock::Alone) => {
            let why = format!("{} follows no server", setter.name);
            facts.problem(&KEYS, Problem::new(ProblemKind::NotCollected, why));
        }
        None => facts.problem(&KEYS, Problem::new(ProblemKind::NotParsable, source)),
    }
}

/// `System time     : 0.000006523 seconds slow of NTP time`, and `Leap status     : Not synchronised`: chronyc(1).
fn chrony(text: &str) -> Option<Clock> {
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix(':'));
    if field("Leap status").is_some_and(|status| status.trim() == "Not synchronised") {
        return Some(Clock::Alone);
    }
    field("System time")?.split_whitespace().next()?.parse().ok().map(Clock::Off)
}

/// `Offset: +1min 2.500s`: systemd writes a span of time in several units.
fn timesyncd(text: &str) -> Option<Clock> {
    let field = |name: &str| text.lines().find_map(|line| line.trim_start().strip_prefix(name)?.strip_prefix(':'));
    let Some(offset) = field("Offset") else {
        // Before the first answer of a server it says how often it asks, and nothing else.
        return field("Server").is_some().then_some(Clock::Alone);
    };
    offset.split_whitespace().map(span).sum::<Option<f64>>().map(Clock::Off)
}

/// The seconds of one part of a span.
fn span(part: &str) -> Option<f64> {
    let part = part.trim_start_matches(['+', '-']);
    let (number, unit) = part.split_at(part.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(part.len()));
    let seconds = match unit {
        "us" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "min" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        "w" => 604_800.0,
        "month" => 2_629_800.0,
        "y" => 31_557_600.0,
        // Zero has no unit.
        "" if number == "0" => 0.0,
        _ => return None,
    };
    number.parse::<f64>().ok().map(|number| number * seconds)
}

/// The server that is followed has a `*` before it, or an `o` where it gives the pulse; the offset is the last column but
/// one, in milliseconds: ntpq(8).
fn ntp(text: &str) -> Option<Clock> {
    if !text.lines().any(|line| line.contains("offset")) {
        return None;
    }
    let Some(line) = text.lines().find(|line| line.starts_with(['*', 'o'])) else { return Some(Clock::Alone) };
    let offset = line.split_whitespace().rev().nth(1)?;
    offset.parse::<f64>().ok().map(|offset| Clock::Off(offset / 1e3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sample::Root;

    #[test]
    fn each_program_says_it_in_its_own_way() {
        let tracking = "Reference ID    : CB00710F (192.0.2.15)\nStratum         : 3\n\
                        System time     : 0.000006523 seconds slow of NTP time\nLast offset     : -0.0 seconds\n\
                        Leap status     : Normal\n";
        assert_eq!(chrony(tracking), Some(Clock::Off(0.000_006_523)));
        assert_eq!(chrony(&tracking.replace("Normal", "Not synchronised")), Some(Clock::Alone));
        assert_eq!(chrony("506 Cannot talk to daemon\n"), None);
        let status = |offset: &str| {
            timesyncd(&format!("       Server: 192.0.2.1 (ntp.example.net)\n    Precision: 1us (-25)\n{offset}"))
        };
        assert_eq!(status("       Offset: -1min 2.500s\n        Delay: 9ms\n"), Some(Clock::Off(62.5)));
        assert_eq!(status("       Offset: +352us\n"), Some(Clock::Off(0.000_352)));
        assert_eq!(status("       Offset: 0\n"), Some(Clock::Off(0.0)));
        assert_eq!(status(""), Some(Clock::Alone));
        assert_eq!(status("       Offset: soon\n"), None);
        let peers = "     remote           refid      st t when poll reach   delay   offset  jitter\n====\n\
                     +192.0.2.9       .GPS.            1 u   10   64  377    0.1    9.0   0.1\n\
                     *192.0.2.1       .GPS.            1 u   10   64  377    0.123  -1500.25   0.050\n";
        assert_eq!(ntp(peers), Some(Clock::Off(-1.500_25)));
        assert_eq!(ntp(&peers.replace('*', "x")), Some(Clock::Alone));
        assert_eq!(ntp(""), None);
    }

    #[test]
    fn another_root_does_not_tell_and_a_machine_without_such_a_program_has_none() {
        let root = Root::new(&[("/etc/chrony.conf", "pool p\n")]);
        let facts = root.probe(probe);
        assert_eq!(facts.problems().len(), 1);
        assert!(Root::new(&[("/etc/x", "")]).probe(probe).problems().is_empty());
    }
}
