//! A pack: many objects in one file, most of them as changes of others.

use std::fs::File;

use super::index::Index;
use super::inflate::Inflate;
use super::object::{Id, Kind};
use super::read::read_at;
use crate::vault::dir::{Access, Dir};

/// A pack and its index.
#[derive(Debug)]
pub(super) struct Pack {
    /// What both files are called, but for the ending.
    name: String,
    index: Index,
    /// Both files, where they are kept open.
    kept: Option<Files>,
}

/// The files of a pack.
#[derive(Debug)]
pub(super) struct Files {
    index: File,
    pack: File,
}

impl Files {
    fn open(folder: &Dir, name: &str) -> Option<Self> {
        let file = |end: &str| folder.open(format!("{name}.{end}"), Access::Read).ok();
        Some(Self { index: file("idx")?, pack: file("pack")? })
    }
}

/// What an entry of a pack is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// An object.
    Whole(Kind),
    /// A change of the object that begins there.
    Delta(u64),
}

/// The head of an entry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub form: Form,
    /// The bytes that it unpacks to.
    pub size: u64,
    /// Where the packed bytes begin.
    pub data: u64,
}

impl Pack {
    /// The pack whose files are called `name`. `keep`: they stay open.
    pub fn open(folder: &Dir, name: String, keep: bool) -> Option<Self> {
        let files = Files::open(folder, &name)?;
        let mut head = [0; 8];
        read_at(&files.pack, 0, &mut head).ok()?;
        if !matches!(&head, b"PACK\0\0\0\x02" | b"PACK\0\0\0\x03") {
            return None;
        }
        let index = Index::open(&files.index)?;
        Some(Self { name, index, kept: keep.then_some(files) })
    }

    /// Whether its files stay open.
    pub fn is_open(&self) -> bool {
        self.kept.is_some()
    }

    /// Does `work` with the open files.
    pub fn with<T>(&self, folder: &Dir, work: impl FnOnce(&Self, &Files) -> Option<T>) -> Option<T> {
        match &self.kept {
            Some(files) => work(self, files),
            None => work(self, &Files::open(folder, &self.name)?),
        }
    }

    /// Where an object begins.
    pub fn find(&self, files: &Files, id: &Id) -> Option<u64> {
        self.index.find(&files.index, id)
    }

    /// The head of the entry that begins at `at`.
    pub fn head(&self, files: &Files, at: u64) -> Option<Head> {
        let mut bytes = [0; 48];
        let got = read_at(&files.pack, at, &mut bytes).ok()?;
        let bytes = bytes.get(..got)?;
        let (&first, mut rest) = bytes.split_first()?;
        let mut size = u64::from(first & 0x0f);
        let (mut more, mut shift) = (first & 0x80 != 0, 4);
        while more {
            let (&byte, behind) = rest.split_first()?;
            size |= u64::from(byte & 0x7f).checked_shl(shift)?;
            (more, shift, rest) = (byte & 0x80 != 0, shift + 7, behind);
        }
        let form = match first >> 4 & 7 {
            1 => Form::Whole(Kind::Commit),
            2 => Form::Whole(Kind::Tree),
            3 => Form::Whole(Kind::Blob),
            4 => Form::Whole(Kind::Tag),
            6 => {
                let (back, behind) = distance(rest)?;
                rest = behind;
                Form::Delta(at.checked_sub(back).filter(|_| back > 0)?)
            }
            7 => {
                let base = self.find(files, &Id::from_start(rest)?)?;
                rest = rest.get(Id::LENGTH..)?;
                Form::Delta(base)
            }
            _ => return None,
        };
        let data = at.checked_add((bytes.len() - rest.len()) as u64)?;
        Some(Head { form, size, data })
    }

    /// Unpacks an entry, all of it and nothing more.
    pub fn unpack(&self, files: &Files, head: &Head) -> Option<Vec<u8>> {
        let mut out = vec![0; usize::try_from(head.size).ok()?];
        let mut stream = Inflate::new(&files.pack, head.data);
        (stream.fill(&mut out)? == out.len() && stream.ends(&mut out)).then_some(out)
    }
}

/// How far back the base of a change begins, and what follows.
fn distance(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (&first, mut rest) = bytes.split_first()?;
    let mut back = u64::from(first & 0x7f);
    let mut more = first & 0x80 != 0;
    while more {
        let (&byte, behind) = rest.split_first()?;
        back = back.checked_add(1)?.checked_mul(128)? | u64::from(byte & 0x7f);
        (more, rest) = (byte & 0x80 != 0, behind);
    }
    Some((back, rest))
}
