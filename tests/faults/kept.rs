//! What a note has besides its schedule, and keeps.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use crate::support::{Vault, note};
use crate::trial::names;

fn one(text: &str) -> (Vault, String) {
    let vault = Vault::new(&[("a.md", text)]);
    vault.run(&["review", "a", "--grade", "good"]).ok();
    let now = vault.read("a.md");
    (vault, now)
}

#[test]
fn every_byte_but_the_three_values() {
    let plain = note("2026-01-10", "4", "250", "text\n");
    let (_, done) = one(&plain);
    let value = |key: &str| {
        let line = done.lines().find(|line| line.starts_with(key)).unwrap();
        line.rsplit(' ').next().unwrap().to_owned()
    };
    let (due, interval) = (value("sr-due"), value("sr-interval"));
    let graded = |text: &str| text.replace("2026-01-10", &due).replace("interval: 4", &format!("interval: {interval}"));
    let forms = [
        plain.clone(),
        plain.replace('\n', "\r\n"),
        format!("\u{feff}{plain}"),
        plain.trim_end().to_owned(),
        plain.replace("250", "250   # mine").replace("sr-due: ", "sr-due:   "),
        "---\nz: 1\nsr-ease: 250\na: [2,  1]\nsr-due: \"2026-01-10\"\nsr-interval: 4\nb:\n  - x\n---\n\n\ntext \t\n\n"
            .into(),
        "---\nsr-due: 2026-01-10\r\nsr-interval: 4\nsr-ease: 250\r\n---\nmixed\r\nends\n".into(),
        format!("{plain}---\nsr-due: 2026-01-10\n---\n```\nsr-interval: 4!\n```\n")
            .replace("interval: 4!", "interval:  4"),
    ];
    for text in forms {
        let (vault, now) = one(&text);
        let parts: Vec<&str> = text.splitn(3, "---").collect();
        let expected = format!("{}---{}---{}", parts[0], graded(parts[1]), parts[2]);
        assert_eq!(now, expected);
        vault.run(&["undo"]).ok();
        assert_eq!(vault.read("a.md"), text);
    }
}

#[test]
fn mode_owner_and_attributes() {
    let vault = Vault::new(&[("a.md", &note("2026-01-10", "4", "250", "text"))]);
    let path = vault.path("a.md");
    fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
    let tagged = xattr::set(&path, "user.study.test", b"blue\0green").is_ok();
    // Only root may give files away.
    let given = std::os::unix::fs::chown(&path, Some(1234), Some(4321)).is_ok();
    let before = fs::metadata(&path).unwrap();
    vault.run(&["review", "a", "--grade", "good"]).ok();
    let after = fs::metadata(&path).unwrap();
    assert_eq!(after.mode(), before.mode());
    assert_eq!((after.uid(), after.gid()), (before.uid(), before.gid()), "given away: {given}");
    if tagged {
        assert_eq!(xattr::get(&path, "user.study.test").unwrap().unwrap(), b"blue\0green");
    } else {
        eprintln!("skipped: no extended attributes here");
    }
    assert!(after.mtime() >= before.mtime());
}

#[test]
fn the_time_of_modification_is_that_of_the_change_and_reading_changes_none() {
    let vault = Vault::new(&[("a.md", &note("2026-01-10", "4", "250", "text")), ("b.md", "#review")]);
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(86_400);
    for name in ["a.md", "b.md"] {
        fs::File::options().append(true).open(vault.path(name)).unwrap().set_modified(old).unwrap();
    }
    for args in [&["due"][..], &["stats"], &["review", "a", "--grade", "good", "--dry-run"], &["review", "--plain"]] {
        vault.run(args).ok();
    }
    vault.run(&["review", "a", "--grade", "good"]).ok();
    let modified = |name: &str| fs::metadata(vault.path(name)).unwrap().modified().unwrap();
    assert!(modified("a.md") > old + std::time::Duration::from_secs(80_000));
    assert_eq!(modified("b.md"), old);
}

#[test]
fn links_stay_links_and_several_names_are_refused() {
    let text = note("2026-01-10", "4", "250", "text");
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("far.md"), &text).unwrap();
    let vault = Vault::new(&[(".store/real.md", &text), ("two.md", &text), ("deep/b.md", &text)]);
    symlink(".store/real.md", vault.path("link.md")).unwrap();
    symlink("link.md", vault.path("link to link.md")).unwrap();
    symlink(outside.path().join("far.md"), vault.path("out.md")).unwrap();
    symlink(outside.path(), vault.path("outdir")).unwrap();
    fs::hard_link(vault.path("two.md"), vault.path("twin.md")).unwrap();

    vault.run(&["review", "link", "--grade", "good"]).ok();
    assert!(fs::symlink_metadata(vault.path("link.md")).unwrap().is_symlink());
    assert_eq!(fs::read_link(vault.path("link.md")).unwrap(), Path::new(".store/real.md"));
    assert_ne!(vault.read(".store/real.md"), text);
    assert_eq!(names(&vault.path(".store")), ["real.md"]);

    let run = vault.run(&["review", "two", "--grade", "good"]);
    assert!(run.failed(1).contains("two.md: has 2 names (hard links)"), "{run:?}");
    for name in ["out.md", "outdir/far.md"] {
        let run = vault.run(&["review", name, "--grade", "good"]);
        assert!(run.failed(1).contains("is a link out of the vault"), "{run:?}");
    }
    assert_eq!((vault.read("two.md"), vault.read("out.md")), (text.clone(), text.clone()));

    fs::write(vault.user_config(), "follow_links = true\n").unwrap();
    vault.run(&["review", "out.md", "--grade", "good"]).ok();
    assert!(fs::symlink_metadata(vault.path("out.md")).unwrap().is_symlink());
    assert_ne!(fs::read_to_string(outside.path().join("far.md")).unwrap(), text);
}
