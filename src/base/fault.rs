//! What the system and decompressors say went wrong, in words for people.

use std::io;

/// What stands in messages of decompressors and of the reader of archives, and what it means.
const JARGON: [(&[&str], &str); 5] = [
    (
        &[
            "failed to fill whole buffer",
            "incomplete frame",
            "incomplete deflate stream",
            "EOF reached",
            "unexpected end of file",
            "unexpected EOF",
        ],
        "it ends too early",
    ),
    (&["getting cksum", "numeric field"], "what stands there is no header of a file"),
    (&["header checksum"], "the checksum of a header is wrong"),
    (&["checksum", "crc", "CRC"], "its checksum is wrong: what is packed in it is damaged"),
    (
        &["dist overflow", "deflate", "gzip", "bzip", "bz2", "lzma", "xz ", "block", "frame parameter", "corruption"],
        "what is packed in it is damaged",
    ),
];

/// What begins the words of where an archive is damaged.
pub const DAMAGED: &str = "damaged or cut off";
/// What begins the words of what is no archive.
pub const NO_ARCHIVE: &str = "neither a folder nor an archive";
/// What begins the words of what is packed and no archive.
pub const NO_TAR: &str = "what is packed in it with";

/// ELOOP, errno(3), on Linux; the standard library's kind for it is not stable yet.
const TOO_MANY_LINKS: i32 = 40;

/// An error of reading or writing in words: without the numbers of the system's errors, the names of temporary files and
/// the terms of compression.
pub fn words(error: &io::Error) -> String {
    let text = error.to_string();
    // Said already, with the names of files and of ways of packing in it.
    if [DAMAGED, NO_ARCHIVE, NO_TAR].iter().any(|begins| text.starts_with(begins)) {
        return text;
    }
    let known = JARGON.iter().find(|(signs, _)| signs.iter().any(|sign| text.contains(sign)));
    if error.kind() == io::ErrorKind::UnexpectedEof || known.is_some() {
        return known.map_or("it ends too early", |(_, words)| words).to_owned();
    }
    if error.kind() == io::ErrorKind::NotFound {
        return "there is no such file or folder".to_owned();
    }
    if error.kind() == io::ErrorKind::NotADirectory {
        return "a file stands where a folder has to be".to_owned();
    }
    if error.kind() == io::ErrorKind::IsADirectory {
        return "it is a folder".to_owned();
    }
    if error.raw_os_error() == Some(TOO_MANY_LINKS) {
        return "links lead in a circle there".to_owned();
    }
    text.split(" (os error ").next().unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_said_without_numbers_and_terms() {
        let other = |text: &str| words(&io::Error::other(text.to_owned()));
        assert_eq!(words(&io::Error::from_raw_os_error(2)), "there is no such file or folder");
        assert_eq!(words(&io::Error::from_raw_os_error(28)), "No space left on device");
        assert_eq!(words(&io::Error::from_raw_os_error(TOO_MANY_LINKS)), "links lead in a circle there");
        for own in [format!("{NO_ARCHIVE} (tar, also with gzip)"), format!("{NO_TAR} gzip is no tar")] {
            assert_eq!(other(&own), own);
        }
        assert_eq!(other("Permission denied (os error 13) at path \"/x/.tmp\""), "Permission denied");
        assert_eq!(words(&io::ErrorKind::UnexpectedEof.into()), "it ends too early");
        assert_eq!(
            other("Restored data doesn't match checksum"),
            "its checksum is wrong: what is packed in it is damaged"
        );
        assert_eq!(other("no files in it"), "no files in it");
    }
}
