//! A file of which only parts are read: data bases are larger than what is wanted of them.

use super::ReadError;
use std::fs::File;
use std::os::unix::fs::FileExt;

/// A regular file that was opened once; its parts are read by position.
#[derive(Debug)]
pub struct RandomFile {
    path: String,
    size: u64,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Open(File),
    Read(Vec<u8>),
}

impl RandomFile {
    pub(super) fn of_file(path: &str, file: File, size: u64) -> Self {
        Self { path: path.to_owned(), size, content: Content::Open(file) }
    }

    pub(super) fn of_bytes(path: &str, bytes: Vec<u8>) -> Self {
        Self { path: path.to_owned(), size: bytes.len() as u64, content: Content::Read(bytes) }
    }

    /// Where it stands.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Bytes when it was opened.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// So many bytes from this position on; never memory for more than the file holds.
    ///
    /// # Errors
    /// They are not there, or the system fails to read them.
    pub fn read_at(&self, position: u64, count: usize) -> Result<Vec<u8>, ReadError> {
        let failed = |e| ReadError::from_io(&self.path, e);
        let ends = position.checked_add(count as u64).filter(|end| *end <= self.size);
        let short = || failed(std::io::ErrorKind::UnexpectedEof.into());
        ends.ok_or_else(short)?;
        match &self.content {
            Content::Open(file) => {
                let mut bytes = vec![0; count];
                file.read_exact_at(&mut bytes, position).map_err(failed)?;
                Ok(bytes)
            }
            Content::Read(bytes) => {
                let from = usize::try_from(position).map_err(|_| short())?;
                bytes.get(from..from + count).map(<[u8]>::to_vec).ok_or_else(short)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_read_beyond_the_end() {
        let file = RandomFile::of_bytes("/x", b"0123456789".to_vec());
        assert_eq!(file.read_at(8, 2).expect("is there"), b"89");
        for (position, count) in [(8, 3), (11, 0), (u64::MAX, 2), (0, usize::MAX)] {
            assert!(file.read_at(position, count).is_err(), "{position} {count}");
        }
    }
}
