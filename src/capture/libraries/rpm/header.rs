//! A package's header as rpm keeps it: an index of tags, then what they point to (`lib/header.c`, and "Header Structure"
//! in rpm's file format documentation). Nothing in it is believed before it is checked.

/// `HEADER_TAGS_MAX` of rpm.
const TAGS: usize = 0xffff;

/// The tags that are asked for, `rpmtag.h`.
pub(super) mod tag {
    pub(in super::super) const NAME: u32 = 1000;
    pub(in super::super) const VERSION: u32 = 1001;
    pub(in super::super) const RELEASE: u32 = 1002;
    pub(in super::super) const EPOCH: u32 = 1003;
    pub(in super::super) const VENDOR: u32 = 1011;
    pub(in super::super) const ARCHITECTURE: u32 = 1022;
    pub(in super::super) const FILE_STATES: u32 = 1029;
    pub(in super::super) const FILE_MODES: u32 = 1030;
    pub(in super::super) const FILE_DIGESTS: u32 = 1035;
    pub(in super::super) const FILE_FLAGS: u32 = 1037;
    pub(in super::super) const SOURCE_RPM: u32 = 1044;
    pub(in super::super) const DIR_INDEXES: u32 = 1116;
    pub(in super::super) const BASE_NAMES: u32 = 1117;
    pub(in super::super) const DIR_NAMES: u32 = 1118;
    pub(in super::super) const FILE_DIGEST_ALGORITHM: u32 = 5011;
    /// SIGPGP, SIGGPG, DSAHEADER, RSAHEADER and OPENPGP: any of them is a signature.
    pub(in super::super) const SIGNATURES: [u32; 5] = [259, 262, 267, 268, 278];
}

/// A header, as it stands in the data base: without the lead and the magic of a package file.
pub(super) struct Header<'a> {
    /// 16 bytes each: tag, type, offset, count.
    index: &'a [u8],
    store: &'a [u8],
}

impl<'a> Header<'a> {
    /// `None` where the sizes that it says do not fit it.
    pub(super) fn parse(blob: &'a [u8]) -> Option<Self> {
        let (tags, bytes) = (number(blob, 0)? as usize, number(blob, 4)? as usize);
        let store = 8 + tags.min(TAGS) * 16;
        let index = blob.get(8..store)?;
        let store = blob.get(store..store.checked_add(bytes)?)?;
        (tags <= TAGS).then_some(Self { index, store })
    }

    /// Type, count and bytes from the first on, of a tag.
    fn find(&self, tag: u32) -> Option<(u32, usize, &'a [u8])> {
        let entry = self.index.chunks_exact(16).find(|entry| number(entry, 0) == Some(tag))?;
        let data = self.store.get(number(entry, 8)? as usize..)?;
        Some((number(entry, 4)?, number(entry, 12)? as usize, data))
    }

    /// Whether the tag is there.
    pub(super) fn has(&self, tag: u32) -> bool {
        self.find(tag).is_some()
    }

    /// The first text of a tag that has texts.
    pub(super) fn text(&self, tag: u32) -> Option<&'a str> {
        self.texts(tag).next()
    }

    /// The texts of a tag: STRING, STRING_ARRAY and I18NSTRING end with a zero each. Those that are not UTF-8 are empty,
    /// so that the others keep their places.
    pub(super) fn texts(&self, tag: u32) -> impl Iterator<Item = &'a str> + use<'a> {
        let (count, data) = match self.find(tag) {
            Some((6 | 8 | 9, count, data)) => (count, data),
            _ => (0, [].as_slice()),
        };
        data.split(|byte| *byte == 0).take(count).map(|text| std::str::from_utf8(text).unwrap_or_default())
    }

    /// The first number of a tag that has numbers.
    pub(super) fn number(&self, tag: u32) -> Option<u32> {
        self.numbers(tag).next()
    }

    /// The numbers of a tag: CHAR, INT8, INT16 and INT32.
    pub(super) fn numbers(&self, tag: u32) -> impl Iterator<Item = u32> + use<'a> {
        let (size, count, data) = match self.find(tag) {
            Some((1 | 2, count, data)) => (1, count, data),
            Some((3, count, data)) => (2, count, data),
            Some((4, count, data)) => (4, count, data),
            _ => (1, 0, [].as_slice()),
        };
        data.chunks_exact(size).take(count).map(|bytes| bytes.iter().fold(0, |n, byte| n << 8 | u32::from(*byte)))
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}
