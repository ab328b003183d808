//! Whole numbers of more than 64 bits. RFC 8259 sets no limit, and rounding them to reals would make two that differ
//! the same; so their digits are kept as text.

/// The digits of the least whole number that 64 bits cannot hold.
const LONG: usize = 19;

/// The text with every whole number beyond 64 bits put into quotes, and how many there were. The text is JSON that has
/// been parsed once, so that a quote always begins or ends a string.
pub(super) fn quote(text: &str) -> (String, usize) {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len() + 64);
    let (mut count, mut copied, mut at) = (0, 0, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = after_string(bytes, at),
            b'-' | b'0'..=b'9' => {
                let number = |b: &u8| matches!(b, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9');
                let end = at + bytes[at..].iter().take_while(|b| number(b)).count();
                if is_long(&text[at..end]) {
                    out.push_str(&text[copied..at]);
                    out.extend(["\"", &text[at..end], "\""]);
                    (copied, count) = (end, count + 1);
                }
                at = end;
            }
            _ => at += 1,
        }
    }
    out.push_str(&text[copied..]);
    (out, count)
}

/// The byte after the string that begins here.
fn after_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn is_long(number: &str) -> bool {
    let whole = !number.contains(['.', 'e', 'E']);
    whole && number.len() >= LONG && number.parse::<u64>().is_err() && number.parse::<i64>().is_err()
}
