//! The objects of a repository, by name: loose ones and packed ones, within the work that is allowed.

use std::collections::{HashMap, VecDeque};
use std::ffi::OsString;
use std::path::Path;
use std::rc::Rc;

use super::delta;
use super::inflate::Inflate;
use super::object::{Commit, Id, Kind};
use super::pack::{Form, Head, Pack};
use crate::vault::dir::{Access, Dir};

/// The most that an object may hold: a folder of 200,000 files, or a note ten times as large as any that was met.
const MOST: u64 = 8 << 20;

/// What has been unpacked and is likely to be asked for again, in bytes.
const KEPT: usize = 48 << 20;

/// The packs that are looked at.
const MOST_PACKS: usize = 4000;

/// Packs whose files stay open.
const KEPT_OPEN: usize = 32;

/// Changes of changes: as many as git makes at most.
const DEEPEST: usize = 4095;

/// What finding and opening an object is taken to cost, in bytes.
const OBJECT: u64 = 2 << 10;

/// The same for one that has a file of its own.
const LOOSE: u64 = 8 << 10;

/// How much cheaper it is to copy or look through a byte than to unpack it.
const CHEAPER: u64 = 8;

/// Why an object is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It is missing, broken, too large, or of another kind.
    Missing,
    /// The work that was allowed is done.
    Spent,
}

/// The objects of a repository.
#[derive(Debug)]
pub(super) struct Store {
    objects: Dir,
    packs: Option<(Dir, Vec<Pack>)>,
    /// The pack in which the last object was found.
    last: usize,
    kept: HashMap<(usize, u64), Object>,
    /// What is kept, the oldest first.
    order: VecDeque<(usize, u64)>,
    kept_bytes: usize,
    work: u64,
}

type Object = (Kind, Rc<Vec<u8>>);

impl Store {
    /// The objects beneath the folder `.git`. None is read before that is allowed.
    pub fn open(git: &Dir) -> Option<Self> {
        let objects = git.folder(Path::new("objects")).ok()?;
        let packs = objects.folder(Path::new("pack")).ok().map(|folder| {
            let names = folder.names().unwrap_or_default();
            let stem = |name: OsString| Some(name.to_str()?.strip_suffix(".idx")?.to_owned());
            let mut names: Vec<String> = names.into_iter().filter_map(stem).take(MOST_PACKS).collect();
            names.sort();
            let mut packs = Vec::new();
            for name in names {
                packs.extend(Pack::open(&folder, name, packs.len() < KEPT_OPEN));
            }
            (folder, packs)
        });
        let (kept, order) = (HashMap::new(), VecDeque::new());
        Some(Self { objects, packs, last: 0, kept, order, kept_bytes: 0, work: 0 })
    }

    /// Allows so much work from now on.
    pub fn allow(&mut self, work: u64) {
        self.work = work;
    }

    /// A commit.
    pub fn commit(&mut self, id: Id) -> Result<Commit, Trouble> {
        let bytes = self.get(id, Kind::Commit)?;
        Commit::parse(&bytes).ok_or(Trouble::Missing)
    }

    /// The bytes of a tree. Looking through them is paid for.
    pub fn tree(&mut self, id: Id) -> Result<Rc<Vec<u8>>, Trouble> {
        let bytes = self.get(id, Kind::Tree)?;
        self.pay(bytes.len() as u64 / CHEAPER)?;
        Ok(bytes)
    }

    /// The bytes of a file. Reading them is paid for.
    pub fn blob(&mut self, id: Id) -> Result<Rc<Vec<u8>>, Trouble> {
        let bytes = self.get(id, Kind::Blob)?;
        self.pay(bytes.len() as u64)?;
        Ok(bytes)
    }

    fn get(&mut self, id: Id, kind: Kind) -> Result<Rc<Vec<u8>>, Trouble> {
        self.pay(OBJECT)?;
        let found = match self.locate(&id)? {
            Some((pack, at)) => self.packed(pack, at)?,
            None => self.loose(&id)?,
        };
        if found.0 == kind { Ok(found.1) } else { Err(Trouble::Missing) }
    }

    /// Takes `work` off what is allowed.
    pub fn pay(&mut self, work: u64) -> Result<(), Trouble> {
        self.work = self.work.checked_sub(work).ok_or(Trouble::Spent)?;
        Ok(())
    }

    /// The pack that an object is in, and where it begins there.
    fn locate(&mut self, id: &Id) -> Result<Option<(usize, u64)>, Trouble> {
        let Some((folder, packs)) = &self.packs else { return Ok(None) };
        let others = (0..packs.len()).filter(|pack| *pack != self.last);
        let mut cost = 0;
        let mut found = None;
        for place in std::iter::once(self.last).chain(others) {
            let Some(pack) = packs.get(place) else { continue };
            cost += if pack.is_open() { OBJECT } else { LOOSE };
            if let Some(at) = pack.with(folder, |pack, files| pack.find(files, id)) {
                found = Some((place, at));
                break;
            }
        }
        self.pay(cost)?;
        self.last = found.map_or(self.last, |(pack, _)| pack);
        Ok(found)
    }

    /// The object that begins at `at` in a pack: the changes back to a whole object, and then all of them made.
    fn packed(&mut self, pack: usize, mut at: u64) -> Result<Object, Trouble> {
        let mut changes = Vec::new();
        let mut object = loop {
            if let Some((kind, bytes)) = self.kept.get(&(pack, at)) {
                break (*kind, Rc::clone(bytes));
            }
            let head = self.in_pack(pack, |pack, files| pack.head(files, at)).ok_or(Trouble::Missing)?;
            self.pay(OBJECT / CHEAPER)?;
            match head.form {
                Form::Whole(kind) => {
                    let whole = (kind, Rc::new(self.unpack(pack, &head)?));
                    self.keep((pack, at), &whole);
                    break whole;
                }
                Form::Delta(_) if changes.len() >= DEEPEST => return Err(Trouble::Missing),
                Form::Delta(base) => {
                    changes.push((at, head));
                    at = base;
                }
            }
        };
        for (at, head) in changes.into_iter().rev() {
            let delta = self.unpack(pack, &head)?;
            let length = delta::length(&delta, object.1.len()).filter(|length| *length as u64 <= MOST);
            self.pay(length.ok_or(Trouble::Missing)? as u64 / CHEAPER)?;
            let bytes = delta::apply(&object.1, &delta).ok_or(Trouble::Missing)?;
            object = (object.0, Rc::new(bytes));
            self.keep((pack, at), &object);
        }
        Ok(object)
    }

    fn in_pack<T>(&self, pack: usize, work: impl FnOnce(&Pack, &super::pack::Files) -> Option<T>) -> Option<T> {
        let (folder, packs) = self.packs.as_ref()?;
        packs.get(pack)?.with(folder, work)
    }

    fn unpack(&mut self, pack: usize, head: &Head) -> Result<Vec<u8>, Trouble> {
        if head.size > MOST {
            return Err(Trouble::Missing);
        }
        self.pay(head.size)?;
        self.in_pack(pack, |pack, files| pack.unpack(files, head)).ok_or(Trouble::Missing)
    }

    fn keep(&mut self, place: (usize, u64), object: &Object) {
        let length = object.1.len();
        if length > KEPT / 4 || self.kept.contains_key(&place) {
            return;
        }
        while self.kept_bytes + length > KEPT {
            let Some(oldest) = self.order.pop_front() else { break };
            let gone = self.kept.remove(&oldest).map_or(0, |(_, bytes)| bytes.len());
            self.kept_bytes = self.kept_bytes.saturating_sub(gone);
        }
        self.kept_bytes += length;
        self.order.push_back(place);
        self.kept.insert(place, object.clone());
    }

    /// An object that has a file of its own.
    fn loose(&mut self, id: &Id) -> Result<Object, Trouble> {
        self.pay(LOOSE)?;
        let name = id.to_string();
        let (folder, name) = name.split_at(2);
        let file = self
            .objects
            .folder(Path::new(folder))
            .and_then(|folder| folder.open(name, Access::Read))
            .map_err(|_| Trouble::Missing)?;
        let mut stream = Inflate::new(&file, 0);
        let mut bytes = vec![0; 64];
        let got = stream.fill(&mut bytes).ok_or(Trouble::Missing)?;
        let (kind, head, size) = bytes.get(..got).and_then(loose_head).ok_or(Trouble::Missing)?;
        self.pay(size)?;
        let total = usize::try_from(size).ok().and_then(|size| size.checked_add(head)).ok_or(Trouble::Missing)?;
        if total > got {
            bytes.resize(total, 0);
            if stream.fill(&mut bytes) != Some(total) {
                return Err(Trouble::Missing);
            }
        } else {
            bytes.truncate(got);
        }
        if !stream.ends(&mut bytes) || bytes.len() != total {
            return Err(Trouble::Missing);
        }
        bytes.drain(..head);
        Ok((kind, Rc::new(bytes)))
    }
}

/// What `blob 123\0` says: the kind, the length of the head itself, and the size of what follows.
fn loose_head(bytes: &[u8]) -> Option<(Kind, usize, u64)> {
    let end = bytes.iter().take(32).position(|b| *b == 0)?;
    let (kind, size) = std::str::from_utf8(bytes.get(..end)?).ok()?.split_once(' ')?;
    let kind = match kind {
        "commit" => Kind::Commit,
        "tree" => Kind::Tree,
        "blob" => Kind::Blob,
        "tag" => Kind::Tag,
        _ => return None,
    };
    let size = size.parse().ok().filter(|size| *size <= MOST)?;
    Some((kind, end + 1, size))
}
