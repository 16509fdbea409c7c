//! Two files that change places, and what to do when somebody writes to one of them in that moment.

use std::fs;
use std::path::Path;

use tempfile::TempPath;

use super::super::read::{Reader, plain};
use super::system::exchange;
use super::{ReplaceError, leftover, metadata};
use crate::fault;

/// What came out of the note, or what could not be put into it and why. No file where there is none left to remove: then,
/// with an error, one version of several was kept, and the note may hold any of the others.
pub(super) type Swapped = Result<Option<TempPath>, (Option<TempPath>, ReplaceError)>;

/// Puts the temporary file, which holds `new`, in the place of `target`, which held `old` a moment ago, and gives what
/// came out. When that is not `old`, the note ends up with what others have written.
pub(super) fn swap(temporary: TempPath, target: &Path, old: &[u8], new: &[u8]) -> Swapped {
    /// More turns than other programs ever take in a row.
    const TURNS: usize = 100;
    let mut reader = Reader::default();
    // Looked at last of all, so that hardly ever anything has to be put back.
    if !reader.read(target).is_ok_and(|bytes| bytes == old) {
        let gone = fs::symlink_metadata(target).err();
        return Err((Some(temporary), gone.map_or(ReplaceError::Changed, ReplaceError::Io)));
    }
    let own = metadata::identity(&temporary);
    // What the note should hold, and what is put there instead.
    let (mut expected, mut put) = (old.to_owned(), new.to_owned());
    for turn in 0..TURNS {
        match fault::step("exchange the files").and_then(|()| exchange(&temporary, target)) {
            Ok(true) => {}
            Ok(false) if turn == 0 => return rename(temporary, target),
            // Nothing is in place yet: the note is as it was.
            Err(error) if turn == 0 => return Err((Some(temporary), error.into())),
            Ok(false) | Err(_) => break,
        }
        let looked = fault::step("look at what came out").map_err(ReplaceError::Io);
        let out = match looked.and_then(|()| reader.read(&temporary).map_err(|f| ReplaceError::Refused(f.message))) {
            Ok(out) => out,
            // What stands in the note was saved by somebody, and what came out may have been, too.
            Err(_) if turn > 0 => break,
            Err(error) => {
                let back = exchange(&temporary, target).unwrap_or(false);
                if back && reader.read(&temporary).is_ok_and(|bytes| bytes == put) {
                    return Err((Some(temporary), error));
                }
                break;
            }
        };
        if out == expected {
            return if turn == 0 { Ok(Some(temporary)) } else { Err((Some(temporary), ReplaceError::Changed)) };
        }
        if turn > 0 && own.is_some() && metadata::identity(&temporary) == own {
            // Our own file was written to before it could be taken out again, as a program does that appends a line. Two
            // versions now hold something that the other lacks: the later one belongs in the note, none may be lost.
            let _ = exchange(&temporary, target);
            break;
        }
        // Somebody saved it, after what is in place now was decided: it belongs there.
        expected = std::mem::replace(&mut put, out.to_owned());
    }
    let kept = leftover::keep(temporary, target);
    let kept = kept.map_or_else(|e| plain(&e), |path| format!("one of its versions is kept as `{}`", path.display()));
    Err((None, ReplaceError::Refused(format!("another program is writing it; {kept}"))))
}

/// Where files cannot be exchanged: the note was looked at microseconds ago, and an edit since then would be lost.
fn rename(temporary: TempPath, target: &Path) -> Swapped {
    temporary.persist(target).map(|()| None).map_err(|e| (Some(e.path), ReplaceError::Io(e.error)))
}

#[cfg(all(test, any(target_os = "linux", target_os = "macos")))]
mod tests {
    use super::super::system::meddle;
    use super::*;
    use crate::vault::MAX_NOTE_BYTES;

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
        let temporary = TempPath::try_from_path(file("new")).unwrap();
        let Err((None, error)) = swap(temporary, &target, b"old", b"new") else { panic!("nothing was kept") };
        assert!(error.to_string().ends_with("a.md.study-kept`"), "{error}");
        assert_eq!(fs::read(&target).unwrap(), b"saved");
        assert_eq!(fs::metadata(file("a.md.study-kept")).unwrap().len(), large);
    }
}
