//! A synchroniser: a hub, and on each device what was the same there and on the hub when they last met.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::NoteId;

/// The text of a note, and which note that truly is.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    pub note: NoteId,
    pub text: String,
    /// Grows with every change to anything.
    pub version: u64,
    /// Of a copy that the synchroniser made: the path of the original.
    pub original: Option<String>,
}

pub type Files = BTreeMap<String, File>;

/// What lies on a device.
#[derive(Default)]
pub struct Replica {
    pub files: Files,
    /// The versions on which it and the hub last agreed.
    base: BTreeMap<String, u64>,
}

/// Brings a device and the hub to the same files. Of a file that was changed on both the later version stays, and `copy` says
/// under which name the other is kept. A change wins over a deletion. Gives whether there was a conflict.
pub fn sync(device: &mut Replica, hub: &mut Files, mut copy: impl FnMut(&str, &File) -> (String, File)) -> bool {
    let paths: BTreeSet<String> = device.files.keys().chain(hub.keys()).chain(device.base.keys()).cloned().collect();
    let mut had_conflict = false;
    for path in paths {
        let (here, there) = (device.files.get(&path).cloned(), hub.get(&path).cloned());
        let version = |file: &Option<File>| file.as_ref().map(|file| file.version);
        let base = device.base.get(&path).copied();
        let same = here.as_ref().map(|file| &file.text) == there.as_ref().map(|file| &file.text);
        let kept = match (here, there) {
            (here, there) if same && version(&here) <= version(&there) => there,
            (here, _) if same => here,
            (here, there) if version(&here) == base => there,
            (here, there) if version(&there) == base => here,
            (Some(here), Some(there)) => {
                had_conflict = true;
                let (lost, kept) = if here.version < there.version { (here, there) } else { (there, here) };
                let (name, file) = copy(&path, &lost);
                device.base.insert(name.clone(), file.version);
                device.files.insert(name.clone(), file.clone());
                hub.insert(name, file);
                Some(kept)
            }
            (here, there) => here.or(there),
        };
        match kept {
            Some(file) => {
                device.base.insert(path.clone(), file.version);
                device.files.insert(path.clone(), file.clone());
                hub.insert(path, file);
            }
            None => {
                device.base.remove(&path);
                device.files.remove(&path);
                hub.remove(&path);
            }
        }
    }
    had_conflict
}
