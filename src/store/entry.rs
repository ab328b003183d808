//! One file of the store, as far as it is known without parsing it.

use super::name::Name;
use super::{StoreError, file, part};
use crate::format::{self, Header};
use jiff::Timestamp;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

/// The most that is read of a file to see whether it is whole, in bytes: some ten million facts, compressed.
const CHECKED_BYTES: u64 = 4 << 20;

/// A snapshot in the store, or a file there that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The label that it was saved under; the name of a file that the store did not name.
    pub label: String,
    /// When it was captured, to the millisecond; `None` for what is not whole and for a file that the store did not name.
    pub captured_at: Option<Timestamp>,
    /// How many of its label are newer: the n of `NAME~n`.
    pub age: usize,
    /// Bytes on disk.
    pub size: u64,
    /// The file.
    pub path: PathBuf,
    /// Whether it is what an unfinished capture has left.
    pub is_part: bool,
    /// Why it cannot be used, in words.
    pub problem: Option<String>,
    /// Tells those of one moment apart.
    pub(super) number: u32,
}

impl Entry {
    /// What the name of a file tells.
    pub(super) fn of(path: &Path) -> Self {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let size = std::fs::metadata(path).map_or(0, |found| found.len());
        let new = |label: String| Self {
            label,
            captured_at: None,
            age: 0,
            size,
            path: path.to_owned(),
            is_part: false,
            problem: None,
            number: 0,
        };
        if let Some(Name { label, time, number }) = Name::parse(&file) {
            return Self { captured_at: Some(time), number, ..new(label) };
        }
        if let Some(Name { label, .. }) = part::named(path) {
            let problem = Some("a capture that has not come to its end: it opens as a file".to_owned());
            return Self { is_part: true, problem, ..new(label) };
        }
        Self { problem: Some("not saved by the store: open it as a file".to_owned()), ..new(file.into_owned()) }
    }

    /// Label, host, tool and counts, from the first kilobytes of the file.
    ///
    /// # Errors
    /// The file cannot be read, or has no header.
    pub fn header(&self) -> Result<Header, StoreError> {
        if !std::fs::metadata(&self.path).map_err(|e| StoreError::from_read(&self.path, e))?.is_file() {
            return Err(StoreError::NotAFile { path: self.path.clone(), kind: "no regular file" });
        }
        let file = file::open(&self.path).map_err(|e| StoreError::from_read(&self.path, e))?;
        format::read_header(BufReader::with_capacity(16 << 10, file))
            .map_err(|e| StoreError::Format { path: self.path.clone(), source: e })
    }

    /// Notes what is wrong with the file, as far as its header and the frame of its compressed data tell.
    pub(super) fn check(&mut self) {
        if self.problem.is_some() {
            return;
        }
        self.problem = match self.header() {
            _ if self.is_cut() => Some("the file ends too early: it is truncated".to_owned()),
            Err(StoreError::Format { source, .. }) => Some(source.to_string()),
            Err(error) => Some(error.to_string()),
            Ok(_) => None,
        };
    }

    /// Whether the end of the file is missing. Compressed data says how long each of its blocks is, and text that the
    /// store or `driftglass capture` wrote ends with the last brace.
    fn is_cut(&self) -> bool {
        if self.size == 0 || self.size > CHECKED_BYTES {
            return false;
        }
        let mut bytes = Vec::new();
        let read = file::open(&self.path).and_then(|file| file.take(CHECKED_BYTES).read_to_end(&mut bytes));
        match bytes.as_slice() {
            _ if read.is_err() => false,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => zstd::zstd_safe::find_frame_compressed_size(&bytes).is_err(),
            [0x1f, 0x8b, ..] => false,
            text => text.starts_with(b"{") && !text.trim_ascii_end().ends_with(b"}"),
        }
    }
}
