//! What may be written to a terminal, byte for byte.

use crate::support::Terminal;
use std::collections::BTreeSet;

/// The control sequences in what was written, by their form without numbers, and the text between them.
pub fn dissect(raw: &[u8]) -> (BTreeSet<String>, String) {
    let text = String::from_utf8(raw.to_vec()).expect("UTF-8");
    let (mut sequences, mut plain) = (BTreeSet::new(), String::new());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\u{1b}' {
            plain.push(c);
            continue;
        }
        let mut sequence = String::from("ESC");
        let kind = chars.next().expect("a whole sequence");
        sequence.push(kind);
        if kind == '[' {
            // A control sequence ends with its final byte. Any other is not on the list, whatever follows.
            for c in chars.by_ref() {
                sequence.push(c);
                if ('@'..='~').contains(&c) {
                    break;
                }
            }
        }
        sequences.insert(sequence);
    }
    (sequences, plain)
}

/// Fails when anything was written that is not for drawing, or that asks the terminal something.
#[track_caller]
pub fn assert_harmless(raw: &[u8]) {
    let modes = ["?1049", "?1002", "?1006", "?1007", "?2004", "?2026", "?25"];
    let (sequences, plain) = dissect(raw);
    for sequence in sequences {
        let body = sequence.strip_prefix("ESC[").unwrap_or_else(|| panic!("{sequence} is no control sequence"));
        let (parameters, last) = body.split_at(body.len() - 1);
        let allowed = match last {
            "h" | "l" => modes.contains(&parameters),
            "H" | "m" | "J" | "K" | "C" | "X" | "L" | "M" | "r" => {
                parameters.chars().all(|c| c.is_ascii_digit() || c == ';')
            }
            _ => false,
        };
        assert!(allowed, "{sequence} is written");
    }
    let control = plain.chars().find(|c| c.is_control() && !['\r', '\n', '\t'].contains(c));
    assert_eq!(control, None, "a control character is written");
    assert!(!plain.contains(['\u{202e}', '\u{200b}']), "text is reordered or hidden");
}

/// The numbers with which colours were set, but those of the terminal's own (ECMA-48, 8.3.117).
pub fn colours(terminal: &Terminal) -> BTreeSet<u32> {
    let (sequences, _) = dissect(&terminal.raw());
    let styles = sequences.iter().filter_map(|sequence| sequence.strip_prefix("ESC[")?.strip_suffix('m'));
    let numbers = styles.flat_map(|style| style.split(';')).filter_map(|number| number.parse().ok());
    numbers.filter(|number| *number >= 30 && ![39, 49, 59].contains(number)).collect()
}

/// Fails when a line did not fit.
#[track_caller]
pub fn assert_fits(terminal: &Terminal, what: &str) {
    let wrapped = terminal.emulator(|screen| (0..screen.size().0).find(|row| screen.row_wrapped(*row)));
    assert_eq!(wrapped, None, "a line is too long: {what}");
}
