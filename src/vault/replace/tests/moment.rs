//! What other programs do in the very moment in which two files are exchanged.

use super::*;

/// It is opened after the last look: what came out is open for writing, and goes back as the same file.
#[cfg(target_os = "linux")]
#[test]
fn a_note_that_is_opened_for_writing_in_the_last_moment_is_put_back() {
    use std::sync::mpsc::channel;
    for truncate in [false, true] {
        let (dir, vault) = vault();
        if !knows_leases(dir.path()) {
            return;
        }
        let path = dir.path().join("a.md");
        let (opened, writing) = channel();
        let open = {
            let path = path.clone();
            move || opened.send(fs::File::options().write(true).truncate(truncate).open(path).unwrap()).unwrap()
        };
        let mut replacement = prepared(&vault);
        meddle::plan([Box::new(open) as Box<dyn FnOnce()>]);
        assert!(matches!(replacement.place(), Err(ReplaceError::Busy)));
        assert!(replacement.is_out());
        writing.recv().unwrap().write_all(b"saved by another program").unwrap();
        drop(replacement);
        assert_eq!(fs::read(&path).unwrap(), b"saved by another program");
        assert_eq!(names(dir.path()), ["a.md"]);
    }
}

/// One program opens the note in the last moment, another what was just put in its place.
#[cfg(target_os = "linux")]
#[test]
fn of_two_programs_that_write_to_both_files_neither_loses_anything() {
    use std::sync::mpsc::channel;
    let (dir, vault) = vault();
    if !knows_leases(dir.path()) {
        return;
    }
    let (opened, writing) = channel();
    let open = || -> Box<dyn FnOnce()> {
        let (opened, path) = (opened.clone(), dir.path().join("a.md"));
        Box::new(move || opened.send(fs::File::options().append(true).open(path).unwrap()).unwrap())
    };
    let mut replacement = prepared(&vault);
    meddle::plan([open(), open()]);
    let error = replacement.place().unwrap_err();
    assert!(error.to_string().contains("a.md.study-kept`: ") && !replacement.is_out(), "{error}");
    writing.recv().unwrap().write_all(b", first").unwrap();
    writing.recv().unwrap().write_all(b", second").unwrap();
    drop(replacement);
    assert_eq!(fs::read_to_string(dir.path().join("a.md")).unwrap(), "new, second");
    assert_eq!(fs::read_to_string(dir.path().join("a.md.study-kept")).unwrap(), "old, first");
    assert_eq!(names(dir.path()).len(), 2);
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_renamed_or_exchanged_for_a_link_is_still_the_one_that_was_opened() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("a.md"), "old").unwrap();
    for step in 0..3 {
        let dir = tempfile::tempdir().unwrap();
        let (sub, moved) = (dir.path().join("sub"), dir.path().join("moved"));
        fs::create_dir(&sub).unwrap();
        fs::write(sub.join("a.md"), "old").unwrap();
        let vault = Vault::open(dir.path()).unwrap();
        let meddle = |at: usize| {
            if at == step {
                fs::rename(&sub, &moved).unwrap();
                std::os::unix::fs::symlink(outside.path(), &sub).unwrap();
            }
        };
        let mut held = vault.hold(&NotePath::new("sub/a.md")).unwrap();
        meddle(0);
        assert_eq!(held.read().unwrap().text.unwrap(), "old");
        let mut replacement = held.prepare(b"old", b"new", "mark").unwrap();
        meddle(1);
        replacement.place().unwrap();
        meddle(2);
        assert!(replacement.is_settled() && replacement.finish().is_none());
        assert_eq!((fs::read(moved.join("a.md")).unwrap(), names(&moved)), (b"new".to_vec(), vec!["a.md".into()]));
        assert_eq!(names(outside.path()), ["a.md"]);
        assert_eq!(fs::read(outside.path().join("a.md")).unwrap(), b"old");
    }
}

#[cfg(unix)]
#[test]
fn a_link_that_takes_the_name_of_the_note_is_not_followed() {
    let outside = tempfile::tempdir().unwrap();
    let far = outside.path().join("far.md");
    fs::write(&far, "old").unwrap();
    for step in 0..3 {
        let (dir, vault) = vault();
        let path = dir.path().join("a.md");
        let meddle = |at: usize| {
            if at == step {
                fs::remove_file(&path).unwrap();
                std::os::unix::fs::symlink(&far, &path).unwrap();
            }
        };
        let mut held = vault.hold(&NotePath::new("a.md")).unwrap();
        meddle(0);
        let read = held.read();
        let prepared = held.prepare(b"old", b"new", "mark");
        meddle(1);
        let placed = prepared.and_then(|mut replacement| {
            let link = path.clone();
            if step == 2 {
                meddle::plan([Box::new({
                    let far = far.clone();
                    move || {
                        fs::remove_file(&link).unwrap();
                        std::os::unix::fs::symlink(&far, &link).unwrap();
                    }
                }) as Box<dyn FnOnce()>]);
            }
            replacement.place()
        });
        assert!(read.is_err() == (step == 0) && placed.is_err(), "{step}: {read:?} {placed:?}");
        assert!(fs::symlink_metadata(&path).unwrap().is_symlink(), "{step}");
        assert_eq!(fs::read(&far).unwrap(), b"old", "{step}");
        assert_eq!(names(dir.path()), ["a.md"], "{step}");
    }
}

/// Something else takes the name of the temporary file in the last moment: the note must not become that.
#[cfg(any(target_os = "linux", target_os = "macos"))]
#[test]
fn a_note_never_becomes_what_takes_the_name_of_its_temporary_file() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("o.md"), "outside").unwrap();
    let link = |at: &Path| std::os::unix::fs::symlink(outside.path().join("o.md"), at).unwrap();
    let socket = |at: &Path| drop(std::os::unix::net::UnixListener::bind(at).unwrap());
    let make = |what: &str, at: &Path| match what {
        "link" => link(at),
        "folder" => fs::create_dir(at).unwrap(),
        "socket" => socket(at),
        _ => fs::write(at, "junk").unwrap(),
    };
    for what in ["link", "folder", "socket", "file"] {
        let (dir, vault) = vault();
        let note = dir.path().join("a.md");
        let mut replacement = prepared(&vault);
        let name = dir.path().join(replacement.name());
        let made = dir.path().join("made");
        make(what, &made);
        meddle::plan([Box::new(move || {
            fs::remove_file(&name).unwrap();
            fs::rename(made, name).unwrap();
        }) as Box<dyn FnOnce()>]);
        let error = replacement.place().unwrap_err();
        drop(replacement);
        let texts: Vec<String> = names(dir.path())
            .iter()
            .map(|name| dir.path().join(name))
            .filter(|path| fs::symlink_metadata(path).unwrap().is_file())
            .map(|path| fs::read_to_string(path).unwrap())
            .collect();
        assert!(texts.iter().any(|text| text == "old"), "{what}: {error}: {texts:?}");
        assert!(fs::symlink_metadata(&note).unwrap().is_file(), "{what}");
        if what == "file" {
            assert!(error.to_string().contains("a.md.study-kept`: "), "{error}");
        } else {
            assert_eq!(fs::read_to_string(&note).unwrap(), "old", "{what}");
            assert!(error.to_string().ends_with("in the place of its temporary file"), "{error}");
        }
    }
    assert_eq!(fs::read_to_string(outside.path().join("o.md")).unwrap(), "outside");
}

/// One program saves just before the exchange; another reads what was put there and saves that with a line of its own.
#[cfg(any(target_os = "linux", target_os = "macos"))]
#[test]
fn what_was_saved_on_top_of_the_new_bytes_is_not_taken_for_a_note_without_them() {
    let (dir, vault) = vault();
    let note = dir.path().join("a.md");
    let mut replacement = prepared(&vault);
    let append = {
        let note = note.clone();
        move || fs::OpenOptions::new().append(true).open(note).unwrap().write_all(b", first").unwrap()
    };
    let save = {
        let (note, saved) = (note.clone(), dir.path().join("saved"));
        move || {
            let text = fs::read_to_string(&note).unwrap();
            fs::write(&saved, text + ", second").unwrap();
            fs::rename(saved, note).unwrap();
        }
    };
    meddle::plan([Box::new(append) as Box<dyn FnOnce()>, Box::new(save)]);
    let error = replacement.place().unwrap_err();
    let ReplaceError::Parted(kept) = &error else { panic!("{error}") };
    assert!(!replacement.is_out(), "the note may hold the new bytes");
    assert_eq!(fs::read_to_string(&note).unwrap(), "new, second");
    assert_eq!(fs::read_to_string(kept).unwrap(), "old, first");
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
#[test]
fn a_note_that_gets_another_name_in_the_last_moment_keeps_both() {
    let (dir, vault) = vault();
    let [note, other] = ["a.md", "other.md"].map(|name| dir.path().join(name));
    let link = {
        let (note, other) = (note.clone(), other.clone());
        move || fs::hard_link(note, other).unwrap()
    };
    let are_one = || {
        fs::write(&other, "written").unwrap();
        fs::read_to_string(&note).unwrap() == "written"
    };
    // Before the exchange, and after it.
    let mut replacement = prepared(&vault);
    meddle::plan([Box::new(link) as Box<dyn FnOnce()>]);
    assert!(matches!(replacement.place(), Err(ReplaceError::Changed)) && replacement.is_out());
    drop(replacement);
    assert!(are_one());
    assert_eq!(names(dir.path()), ["a.md", "other.md"]);
    let refused = vault.replace(&NotePath::new("a.md"), b"written", b"new").unwrap_err();
    assert!(refused.to_string().contains("has 2 names"), "{refused}");

    fs::remove_file(&other).unwrap();
    fs::write(&note, "old").unwrap();
    let mut replacement = prepared(&vault);
    replacement.place().unwrap();
    fs::hard_link(dir.path().join(replacement.name()), &other).unwrap();
    assert!(!replacement.is_settled() && replacement.take_back());
    drop(replacement);
    assert!(are_one());
    assert_eq!(names(dir.path()), ["a.md", "other.md"]);
}

/// Mode and attributes are copied when the temporary file is made; both files change places later.
#[cfg(unix)]
#[test]
fn what_a_note_is_given_in_that_moment_it_keeps() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let (dir, vault) = vault();
    let path = dir.path().join("a.md");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let knows_attributes = xattr::set(&path, "user.before", b"1").is_ok();
    let mut replacement = prepared(&vault);
    let meddle = {
        let path = path.clone();
        move || {
            let _ = xattr::set(&path, "user.since", b"2");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
    };
    meddle::plan([Box::new(meddle) as Box<dyn FnOnce()>]);
    replacement.place().unwrap();
    assert_eq!((mode(&path), fs::read(&path).unwrap()), (0o600, b"new".to_vec()));
    if knows_attributes {
        assert_eq!(xattr::get(&path, "user.since").unwrap().as_deref(), Some(&b"2"[..]));
    }
    // And what it is given after that, when it is taken back.
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(replacement.take_back());
    drop(replacement);
    assert_eq!((mode(&path), fs::read(&path).unwrap()), (0o640, b"old".to_vec()));
}
