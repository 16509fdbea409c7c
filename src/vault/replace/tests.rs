use std::fs;
use std::io::Write;
use std::path::Path;

use super::*;

mod moment;

fn vault() -> (tempfile::TempDir, Vault) {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.md"), "old").unwrap();
    let vault = Vault::open(dir.path()).unwrap();
    (dir, vault)
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_note_is_replaced_and_nothing_else_is_left() {
    let (dir, vault) = vault();
    vault.replace(&NotePath::new("a.md"), b"old", b"new").unwrap();
    assert_eq!(fs::read(dir.path().join("a.md")).unwrap(), b"new");
    assert_eq!(names(dir.path()), ["a.md"]);
}

#[test]
fn a_note_that_changed_is_left_alone() {
    let (dir, vault) = vault();
    let error = vault.replace(&NotePath::new("a.md"), b"older", b"new").unwrap_err();
    assert!(matches!(error, ReplaceError::Changed));
    assert_eq!(fs::read(dir.path().join("a.md")).unwrap(), b"old");
    assert_eq!(names(dir.path()), ["a.md"]);
}

fn prepared(vault: &Vault) -> Replacement {
    vault.hold(&NotePath::new("a.md")).unwrap().prepare(b"old", b"new", "mark").unwrap()
}

#[test]
fn an_edit_in_the_last_moment_is_put_back() {
    let (dir, vault) = vault();
    let target = dir.path().join("a.md");
    let mut replacement = prepared(&vault);
    fs::write(&target, "written by another program").unwrap();
    assert!(matches!(replacement.place(), Err(ReplaceError::Changed)));
    assert_eq!(fs::read(&target).unwrap(), b"written by another program");
    drop(replacement);
    assert_eq!(names(dir.path()), ["a.md"]);
}

#[test]
fn a_note_does_not_grow_beyond_what_can_be_read() {
    let (dir, vault) = vault();
    let large = vec![b'x'; MAX_NOTE_BYTES + 1];
    let error = vault.replace(&NotePath::new("a.md"), b"old", &large).unwrap_err();
    assert_eq!(error.to_string(), "would be larger than 32 MiB; split it");
    assert_eq!(fs::read(dir.path().join("a.md")).unwrap(), b"old");
}

#[test]
fn a_note_that_was_deleted_stays_deleted() {
    let (dir, vault) = vault();
    let mut replacement = prepared(&vault);
    fs::remove_file(dir.path().join("a.md")).unwrap();
    assert!(replacement.place().is_err());
    drop(replacement);
    assert_eq!(names(dir.path()), Vec::<String>::new());
}

#[test]
fn what_is_in_place_can_be_taken_back_until_somebody_edits_it() {
    let (dir, vault) = vault();
    let target = dir.path().join("a.md");
    let mut replacement = prepared(&vault);
    replacement.place().unwrap();
    assert!(replacement.take_back());
    assert_eq!(fs::read(&target).unwrap(), b"old");
    drop(replacement);
    let mut replacement = prepared(&vault);
    replacement.place().unwrap();
    fs::write(&target, "new, and edited").unwrap();
    assert!(!replacement.take_back());
    drop(replacement);
    assert_eq!(fs::read(&target).unwrap(), b"new, and edited");
    assert_eq!(names(dir.path()), ["a.md"]);
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
#[test]
fn what_is_written_late_to_the_file_that_came_out_is_not_lost() {
    let (dir, vault) = vault();
    let out =
        |replacement: &Replacement| fs::File::options().write(true).open(dir.path().join(replacement.name())).unwrap();
    let mut replacement = prepared(&vault);
    replacement.place().unwrap();
    assert!(replacement.is_settled());
    out(&replacement).write_all(b"OLD").unwrap();
    assert!(!replacement.is_settled());
    let kept = replacement.finish().unwrap();
    assert_eq!(
        (kept.file_name().unwrap().to_str(), fs::read(&kept).unwrap()),
        (Some("a.md.study-kept"), b"OLD".to_vec())
    );
    fs::remove_file(kept).unwrap();

    fs::write(dir.path().join("a.md"), "old").unwrap();
    let mut replacement = prepared(&vault);
    replacement.place().unwrap();
    out(&replacement).write_all(b"late").unwrap();
    assert!(replacement.take_back());
    drop(replacement);
    assert_eq!(fs::read(dir.path().join("a.md")).unwrap(), b"late");
    assert_eq!(names(dir.path()), ["a.md"]);

    // Nor where the replacement is given up, and neither put back nor finished.
    fs::write(dir.path().join("a.md"), "old").unwrap();
    let mut replacement = prepared(&vault);
    replacement.place().unwrap();
    out(&replacement).write_all(b"late").unwrap();
    drop(replacement);
    assert_eq!(fs::read(dir.path().join("a.md.study-kept")).unwrap(), b"late");
}

#[cfg(target_os = "linux")]
fn knows_leases(dir: &Path) -> bool {
    use super::super::lease::{Writers, writers};
    let known = writers(&File::open(dir.join("a.md")).unwrap()) != Writers::Unknown;
    if !known {
        eprintln!("skipped: this file system knows no leases");
    }
    known
}

#[cfg(target_os = "linux")]
#[test]
fn a_note_that_is_open_for_writing_is_not_replaced() {
    let (dir, vault) = vault();
    if !knows_leases(dir.path()) {
        return;
    }
    let path = dir.path().join("a.md");
    let mut replacement = prepared(&vault);
    let mut writing = fs::File::options().append(true).open(&path).unwrap();
    assert!(matches!(replacement.place(), Err(ReplaceError::Busy)));
    writing.write_all(b", and more").unwrap();
    drop(replacement);
    assert_eq!((fs::read_to_string(&path).unwrap().as_str(), names(dir.path()).len()), ("old, and more", 1));
}

#[test]
fn how_far_a_dead_process_came_shows_in_what_it_left() {
    let (dir, vault) = vault();
    let note = NotePath::new("a.md");
    let remains = |name: &str| vault.remains(&note, name, None, None, &mut None).unwrap();
    let trace = |name: &str| remains(name).trace(|b| b == b"old", |b| b == b"new");
    let mut replacement = prepared(&vault);
    let name = replacement.name().to_owned();
    assert_eq!(trace(&name), Trace::NotPlaced);
    replacement.place().unwrap();
    assert_eq!(trace(&name), if replacement.temporary.is_some() { Trace::Placed } else { Trace::None });
    drop(replacement);
    assert_eq!(trace(&name), Trace::None);
    fs::write(dir.path().join(".study-x-1.tmp"), "foreign").unwrap();
    assert_eq!(trace(".study-x-1.tmp"), Trace::Foreign);
    assert_eq!(trace("../a.md"), Trace::None);
    assert_eq!(trace("a.md"), Trace::None);
    let kept = remains(".study-x-1.tmp").rescue().unwrap().unwrap();
    assert_eq!(fs::read(&kept).unwrap(), b"foreign");
    assert_eq!(names(dir.path()), ["a.md", "a.md.study-kept"]);
    // The note stays as it is: it may hold all there is of its text.
    assert_eq!(fs::read(dir.path().join("a.md")).unwrap(), b"new");
}

#[cfg(unix)]
#[test]
fn what_a_dead_process_left_is_found_where_its_folder_was_moved_to() {
    let dir = tempfile::tempdir().unwrap();
    let at = |path: &str| dir.path().join(path);
    fs::create_dir_all(at("sub")).unwrap();
    fs::create_dir_all(at("far/deep")).unwrap();
    fs::write(at("sub/a.md"), "text").unwrap();
    fs::write(at("sub/.study-x-1.tmp"), "old").unwrap();
    let vault = Vault::open(dir.path()).unwrap();
    let note = NotePath::new("sub/a.md");
    let id = folder_id(vault.hold(&note).unwrap().note.dir.again().as_ref().unwrap());
    fs::rename(at("sub"), at("far/deep/moved")).unwrap();
    let trace = |name: &str, id| {
        let remains = vault.remains(&note, name, id, None, &mut None)?;
        Some((remains.trace(|b| b == b"old", |b| b == b"new"), remains.bytes().is_some()))
    };
    // By the file alone, as on a copy of the vault; by the folder alone, when the file is gone.
    assert_eq!(trace(".study-x-1.tmp", None), Some((Trace::Placed, true)));
    assert_eq!(trace(".study-x-2.tmp", id), Some((Trace::None, true)));
    assert_eq!(trace(".study-x-2.tmp", None), None);
    // Another folder has taken the name, and its note is not the one that was changed.
    fs::create_dir(at("sub")).unwrap();
    fs::write(at("sub/a.md"), "another").unwrap();
    assert_eq!(trace(".study-x-1.tmp", id), Some((Trace::Placed, true)));
    let bytes = vault.remains(&note, ".study-x-2.tmp", id, None, &mut None).unwrap().bytes();
    assert_eq!(bytes.as_deref(), Some(&b"text"[..]));
}

/// A file that somebody put elsewhere under the name of the temporary one does not say which note was changed.
#[cfg(unix)]
#[test]
fn a_file_of_the_same_name_does_not_lead_to_another_note() {
    let dir = tempfile::tempdir().unwrap();
    let at = |path: &str| dir.path().join(path);
    for folder in ["sub", "other"] {
        fs::create_dir(at(folder)).unwrap();
        fs::write(at(folder).join("a.md"), "old").unwrap();
    }
    let vault = Vault::open(dir.path()).unwrap();
    let note = NotePath::new("sub/a.md");
    let replacement = vault.hold(&note).unwrap().prepare(b"old", b"new", "x").unwrap();
    let (name, files) = (replacement.name().to_owned(), replacement.files());
    let id = folder_id(replacement.folder());
    assert_eq!(replacement.abandon(), None);
    let is_sure = || {
        let remains = vault.remains(&note, &name, id, Some(files), &mut None)?;
        Some((!remains.may_be_another, remains.trace(|b| b == b"old", |b| b == b"new")))
    };
    assert_eq!(is_sure(), Some((true, Trace::NotPlaced)));
    fs::copy(at("sub").join(&name), at("other").join(&name)).unwrap();
    assert_eq!(is_sure(), Some((true, Trace::NotPlaced)));
    fs::rename(at("sub"), at("moved")).unwrap();
    assert_eq!(is_sure(), Some((true, Trace::NotPlaced)));
    fs::remove_dir_all(at("moved")).unwrap();
    assert_eq!(is_sure(), Some((false, Trace::Copy)));
}

#[test]
fn temporary_files_are_swept_when_nobody_can_be_using_them() {
    let (dir, vault) = vault();
    for name in [".study-mine-1.tmp", ".study-other-1.tmp", ".study-mine.txt"] {
        fs::write(dir.path().join(name), "x").unwrap();
    }
    let sweep = |name: &str, mark| vault.sweep(&NotePath::new(name), mark);
    assert!(!sweep(".study-mine-1.tmp", None));
    assert!(sweep(".study-mine-1.tmp", Some("mine")));
    assert!(!sweep(".study-other-1.tmp", Some("mine")));
    assert!(!sweep(".study-mine.txt", Some("mine")) && !sweep("a.md", Some("mine")));
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    fs::File::options().append(true).open(dir.path().join(".study-other-1.tmp")).unwrap().set_modified(old).unwrap();
    assert!(sweep(".study-other-1.tmp", Some("mine")));
    assert_eq!(names(dir.path()), [".study-mine.txt", "a.md"]);
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_vault_is_written_through_only_where_that_is_asked_for() {
    let outside = tempfile::tempdir().unwrap();
    let far = outside.path().join("far.md");
    fs::write(&far, "old").unwrap();
    let (dir, vault) = vault();
    std::os::unix::fs::symlink(&far, dir.path().join("link.md")).unwrap();
    let note = NotePath::new("link.md");
    assert!(matches!(vault.replace(&note, b"old", b"new"), Err(ReplaceError::Refused(_))));
    vault.clone().following_links(true).replace(&note, b"old", b"new").unwrap();
    assert_eq!(fs::read(&far).unwrap(), b"new");
}

#[cfg(unix)]
#[test]
fn mode_attributes_and_links_are_kept() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let (dir, vault) = vault();
    let real = dir.path().join("a.md");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o664)).unwrap();
    let tagged = xattr::set(&real, "user.tag", b"blue").is_ok();
    symlink("a.md", dir.path().join("link.md")).unwrap();
    vault.replace(&NotePath::new("link.md"), b"old", b"new").unwrap();
    assert!(fs::symlink_metadata(dir.path().join("link.md")).unwrap().is_symlink());
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o7777, 0o664);
    if tagged {
        assert_eq!(xattr::get(&real, "user.tag").unwrap().unwrap(), b"blue");
    }
}

#[cfg(unix)]
#[test]
fn hard_links_and_read_only_notes_are_refused() {
    use std::os::unix::fs::PermissionsExt;
    let (dir, vault) = vault();
    let real = dir.path().join("a.md");
    fs::hard_link(&real, dir.path().join("b.md")).unwrap();
    assert!(matches!(vault.replace(&NotePath::new("a.md"), b"old", b"new"), Err(ReplaceError::Refused(_))));
    fs::remove_file(dir.path().join("b.md")).unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o444)).unwrap();
    let replaced = vault.replace(&NotePath::new("a.md"), b"old", b"old");
    // Root may write it all the same.
    assert_eq!(replaced.is_ok(), fs::OpenOptions::new().append(true).open(&real).is_ok());
    assert_eq!(fs::read(&real).unwrap(), b"old");
}

/// The name stands in a file that anybody may have written.
#[cfg(unix)]
#[test]
fn what_is_left_of_a_replacement_is_a_regular_file_or_nothing() {
    let (dir, vault) = vault();
    let note = NotePath::new("a.md");
    for make in [(|at: &Path| std::os::unix::fs::symlink("/dev/zero", at).unwrap()) as fn(&Path), |at| {
        fs::create_dir(at).unwrap()
    }] {
        let at = dir.path().join(".study-mark-x.tmp");
        make(&at);
        let remains = vault.remains(&note, ".study-mark-x.tmp", None, None, &mut None).unwrap();
        assert_eq!(remains.trace(|_| false, |_| false), Trace::None);
        assert_eq!(remains.clear(), None);
        let _ = fs::remove_file(&at).or_else(|_| fs::remove_dir(&at));
    }
    assert_eq!(fs::read_to_string(dir.path().join("a.md")).unwrap(), "old");
}

#[test]
fn a_replacement_that_cannot_be_taken_back_leaves_behind_how_far_it_came() {
    let (dir, vault) = vault();
    let mut replacement = prepared(&vault);
    let name = replacement.name().to_owned();
    replacement.place().unwrap();
    let has_temporary = replacement.temporary.is_some();
    fs::write(dir.path().join("a.md"), "new, edited").unwrap();
    assert!(!replacement.take_back());
    assert_eq!(replacement.abandon(), None);
    let remains = vault.remains(&NotePath::new("a.md"), &name, None, None, &mut None).unwrap();
    let trace = remains.trace(|bytes| bytes == b"old", |bytes| bytes == b"new");
    assert_eq!(trace, if has_temporary { Trace::Placed } else { Trace::None });
}

#[test]
fn hidden_notes_are_left_alone() {
    let (_dir, vault) = vault();
    for path in [".git/a.md", "a/.obsidian/b.md", ".a.md"] {
        let error = vault.hold(&NotePath::new(path)).unwrap_err();
        assert_eq!(error.to_string(), "is hidden, and hidden files and folders are left alone", "{path}");
    }
}

/// Another program takes the name of the temporary file once the old bytes are in it: nothing else holds them then.
#[cfg(any(target_os = "linux", target_os = "macos"))]
#[test]
fn what_takes_the_name_of_the_old_bytes_does_not_become_the_note() {
    let (dir, vault) = vault();
    let mut replacement = prepared(&vault);
    let name = dir.path().join(replacement.name());
    replacement.place().unwrap();
    fs::remove_file(&name).unwrap();
    fs::write(&name, "junk").unwrap();
    assert!(!replacement.is_settled() && !replacement.take_back());
    assert_eq!(fs::read_to_string(dir.path().join("a.md")).unwrap(), "new");
    let kept = replacement.finish().unwrap();
    assert_eq!(fs::read_to_string(kept).unwrap(), "junk");
}
