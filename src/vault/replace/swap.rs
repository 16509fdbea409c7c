//! Two files that change places, and what to do when somebody writes to one of them in that moment.

use std::fs::File;
use std::sync::Arc;

use super::super::dir::{Access, Stat};
use super::super::locate::Located;
use super::super::read::{Reader, plain};
use super::ReplaceError;
use super::temporary::{Looked, Temporary, look_at, taken};
use crate::fault;
use crate::problem::Finding;

/// What came out of the note, or what could not be put into it and why. No file where there is none left to remove: then,
/// with an error, one version of several was kept, and the note may hold any of the others.
pub(super) type Swapped = Result<Option<Temporary>, (Option<Temporary>, ReplaceError)>;

/// Which of the two files holds what we made of the note.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ours {
    /// The temporary one: it is about to be put in place.
    Temporary,
    /// The one in the note: it is about to be taken back.
    Note,
}

/// Puts the temporary file, which holds `new`, in the place of its note, which held `old` a moment ago, and gives what
/// came out. When that is not `old`, or another program is at work on it, the note ends up with what others have written,
/// and as the file that they have open. `ours` is the file with what we made of the note: the temporary one, or where a
/// replacement is taken back the one that stands in the note.
pub(super) fn swap(temporary: Temporary, ours: Ours, old: &[u8], new: &[u8]) -> Swapped {
    /// More turns than other programs ever take in a row.
    const TURNS: usize = 100;
    let note = Arc::clone(&temporary.note);
    let mut reader = Reader::default();
    // Looked at last of all, so that hardly ever anything has to be put back.
    let (there, there_open) = match last_look(&note, old, &mut reader) {
        Ok(found) => found,
        Err(error) => return Err((Some(temporary), error)),
    };
    let known = temporary.take_file();
    let named = note.dir.stat(&temporary.name);
    let own = known.as_ref().map(|known| known.stat).or_else(|| named.as_ref().ok().copied());
    let own = own.map(|stat| stat.id).unwrap_or_default();
    // Others may have written to what came out before, and that goes back with what they wrote.
    let mut made = known.as_ref().map(|known| known.stat).filter(|_| ours == Ours::Temporary);
    if named.is_ok_and(|stat| stat.id != own || made.is_some_and(|made| !stat.is_same(&made))) {
        temporary.leave();
        return Err((Some(temporary), ReplaceError::Io(taken())));
    }
    let ours = if ours == Ours::Temporary { own } else { there.id };
    // What the note should hold and what is put there instead; which file was put there last, and which is next.
    let (mut expected, mut put) = (old.to_owned(), new.to_owned());
    let (mut inside, mut next) = (there.id, own);
    let mut said = ReplaceError::Changed;
    // Whether what came out first is the file that was there, written to since.
    let mut was_there = false;
    // Whether the note is another file than the one that was put there.
    let mut is_replaced = false;
    for turn in 0..TURNS {
        match fault::step("exchange the files").and_then(|()| temporary.exchange_files()) {
            Ok(true) => {}
            Ok(false) if turn == 0 => {
                let renamed = temporary.rename().map(|()| None);
                return renamed.map_err(|(temporary, error)| (Some(temporary), error.into()));
            }
            // Nothing is in place yet: the note is as it was.
            Err(error) if turn == 0 => return Err((Some(temporary), error.into())),
            Ok(false) | Err(_) => break,
        }
        let made = made.take();
        let is_other = |stat: Stat| stat.id != next || made.is_some_and(|made| !stat.is_same(&made));
        if note.dir.stat(&note.name).is_ok_and(is_other) {
            // Not what was put there: somebody took the name of the temporary file before, or saved the note since.
            is_replaced = true;
            break;
        }
        let looked = fault::step("look at what came out").map_err(ReplaceError::Io);
        let out = match looked.and_then(|()| temporary.look(&mut reader).map_err(unread)) {
            Ok(out) => out,
            // What stands in the note was saved by somebody, and what came out may have been, too.
            Err(_) if turn > 0 => break,
            Err(error) => {
                let back = temporary.exchange().unwrap_or(false);
                if back && temporary.look(&mut reader).is_ok_and(|out| is_just(&out, &put)) {
                    return Err((Some(temporary), error));
                }
                break;
            }
        };
        if turn == 0 {
            was_there = out.id == there.id;
        }
        if is_just(&out, &expected) {
            match turn {
                0 => {
                    temporary.is_file(there, Some(there_open));
                    return Ok(Some(temporary));
                }
                1 if was_there => return Err((Some(temporary), said)),
                // What came out first may be no version of the note, but what took the name of the temporary file since:
                // then ours is the only one. Or what stands in the note now was saved after ours had been put there.
                _ => break,
            }
        }
        if turn > 0 && out.id == inside {
            // It was written to after it was put there. Two versions now hold something that the other lacks, and none
            // may be lost. Where one of them is ours, that is the later.
            if inside == ours {
                let _ = temporary.exchange();
            }
            break;
        }
        if out.is_busy {
            said = ReplaceError::Busy;
        }
        // Somebody saved it after what is in place now was decided, or is about to: it belongs there.
        (inside, next) = (next, out.id);
        expected = std::mem::replace(&mut put, out.bytes.to_owned());
    }
    let unkept = |error: std::io::Error| ReplaceError::Unkept(plain(&error));
    let kept = if is_replaced { ReplaceError::Replaced } else { ReplaceError::Parted };
    Err((None, temporary.keep().map_or_else(unkept, kept)))
}

/// Whether a file holds `bytes`, nobody is at work on it, and it has no further name, which would be parted from it.
pub(super) fn is_just(out: &Looked<'_>, bytes: &[u8]) -> bool {
    !out.is_busy && out.names <= 1 && out.bytes == bytes
}

/// The file in the note, if it holds `old` and nobody is at work on it. It stays open: as long as it is, no other file gets
/// its number.
fn last_look(note: &Located, old: &[u8], reader: &mut Reader) -> Result<(Stat, File), ReplaceError> {
    // Gone, or something else than a file.
    let there = note.dir.stat(&note.name).map_err(ReplaceError::Io)?;
    let open = note.dir.open(&note.name, Access::Read).map_err(|_| ReplaceError::Changed)?;
    match look_at(&open, reader) {
        Ok(found) if found.is_busy => Err(ReplaceError::Busy),
        Ok(found) if found.bytes == old && found.id == there.id => Ok((there, open)),
        _ => Err(ReplaceError::Changed),
    }
}

fn unread(finding: Finding) -> ReplaceError {
    ReplaceError::Io(std::io::Error::other(finding.message))
}

#[cfg(all(test, any(target_os = "linux", target_os = "macos")))]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::super::meddle;
    use super::*;
    use crate::vault::MAX_NOTE_BYTES;
    use crate::vault::dir::Dir;

    /// The file `name` beside the note `a.md` in `dir`.
    fn beside(dir: &Path, name: &str) -> Temporary {
        let note = Located { dir: Dir::open_root(dir).unwrap(), name: "a.md".into() };
        Temporary::found(&Arc::new(note), name.into())
    }

    /// Both saves replace the note by a file of their own, one right after the other.
    #[test]
    fn of_two_saves_in_a_row_none_is_lost_though_one_cannot_be_read() {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str| dir.path().join(name);
        let (target, large) = (file("a.md"), MAX_NOTE_BYTES as u64 + 1);
        fs::write(&target, "old").unwrap();
        fs::write(file("new"), "new").unwrap();
        fs::write(file("first"), "saved").unwrap();
        fs::File::create(file("second")).unwrap().set_len(large).unwrap();
        let save = |from: &str| -> Box<dyn FnOnce()> {
            let (from, target) = (file(from), target.clone());
            Box::new(move || fs::rename(from, target).unwrap())
        };
        meddle::plan([save("first"), save("second")]);
        let Err((None, error)) = swap(beside(dir.path(), "new"), Ours::Temporary, b"old", b"new") else {
            panic!("nothing was kept")
        };
        assert!(error.to_string().contains("a.md.study-kept`: "), "{error}");
        assert_eq!(fs::read(&target).unwrap(), b"saved");
        assert_eq!(fs::metadata(file("a.md.study-kept")).unwrap().len(), large);
    }
}
