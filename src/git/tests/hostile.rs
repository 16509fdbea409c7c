//! Repositories made to do harm.

use super::*;

#[test]
fn nothing_but_references_and_objects_is_looked_at() {
    let made = three();
    let tip = fs::read_to_string(made.git("refs/heads/main")).unwrap();
    made.write(
        "config",
        "[core]\n\tworktree = /\n[include]\n\tpath = /dev/zero\n[extensions]\n\tworktreeConfig = true\n",
    );
    made.write(&format!("refs/replace/{}", tip.trim()), "0".repeat(40));
    made.write("info/grafts", tip.trim());
    made.write("shallow", &tip);
    made.write("commondir", "/nowhere");
    made.write("objects/info/commit-graph", "CGPH");
    made.write("hooks/post-checkout", "#!/bin/sh\nexit 1\n");
    assert_eq!(made.texts(), THREE);
}

#[cfg(unix)]
#[test]
fn pipes_devices_and_links_are_not_opened() {
    use std::os::unix::fs::symlink;
    let pipe = |path: &Path| {
        let _ = fs::remove_file(path);
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    };
    let names = ["HEAD", "refs/heads/main", "packed-refs", "config", "objects/info/alternates", "shallow"];
    for name in names {
        let made = three();
        fs::create_dir_all(made.git("objects/info")).unwrap();
        pipe(&made.git(name));
        assert_eq!(made.texts().len(), if name.contains("EAD") || name.contains("main") { 0 } else { 3 }, "{name}");
        fs::remove_file(made.git(name)).unwrap();
        symlink("/dev/zero", made.git(name)).unwrap();
        made.texts();
    }
    // An object and a pack.
    let made = three();
    let file = made.history().versions[1].file.unwrap();
    pipe(&made.git(&Made::path_of(file)));
    pipe(&made.git("objects/pack/pack-a.idx"));
    symlink("/dev/zero", made.git("objects/pack/pack-b.idx")).unwrap();
    symlink("/dev/zero", made.git("objects/pack/pack-b.pack")).unwrap();
    assert_eq!(made.texts(), ["three\n", "?", "one\n"]);
    // Links that lead to what would be good.
    for name in ["HEAD", "refs", "refs/heads", "refs/heads/main", "objects"] {
        let made = three();
        let away = made.dir.path().join("away");
        fs::rename(made.git(name), &away).unwrap();
        symlink(&away, made.git(name)).unwrap();
        assert!(made.texts().is_empty(), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn a_repository_that_lies_elsewhere_is_left_alone() {
    let made = three();
    let vault = made.vault();
    let git = made.git("");
    let away = made.dir.path().join("away");
    fs::rename(&git, &away).unwrap();
    let of = || Repository::of(&vault, Limits::default()).err();
    std::os::unix::fs::symlink(&away, made.dir.path().join("vault/.git")).unwrap();
    assert_eq!(of(), Some(Ignored::Elsewhere));
    fs::remove_file(made.dir.path().join("vault/.git")).unwrap();
    fs::write(made.dir.path().join("vault/.git"), format!("gitdir: {}\n", away.display())).unwrap();
    assert_eq!(of(), Some(Ignored::Elsewhere));
    // What a clone can bring along: the files of a repository without a `.git`.
    fs::remove_file(made.dir.path().join("vault/.git")).unwrap();
    for name in ["HEAD", "refs", "objects"] {
        fs::rename(away.join(name), made.dir.path().join("vault").join(name)).unwrap();
    }
    assert!(Repository::of(&vault, Limits::default()).unwrap().is_none());
}

#[cfg(unix)]
#[test]
fn a_repository_of_another_user_is_left_alone() {
    let made = three();
    if std::os::unix::fs::chown(made.git("").parent().unwrap(), Some(12345), None).is_err()
        || std::os::unix::fs::chown(made.git(""), Some(12345), None).is_err()
    {
        eprintln!("skipped: only the superuser may give files away");
        return;
    }
    assert_eq!(Repository::of(&made.vault(), Limits::default()).err(), Some(Ignored::Foreign));
}

#[test]
fn objects_of_other_repositories_are_not_borrowed() {
    let other = three();
    let made = Made::new();
    made.write("objects/info/alternates", other.git("objects").to_str().unwrap());
    made.write("refs/heads/main", fs::read(other.git("refs/heads/main")).unwrap());
    assert_eq!(made.history(), History { versions: Vec::new(), is_cut: true });
}

#[test]
fn references_lead_nowhere_else() {
    for head in [
        "ref: HEAD\n",
        "ref: refs/heads/loop\n",
        "ref: refs/../../secret\n",
        "ref: /etc/passwd\n",
        "ref: refs/heads/../heads/main\n",
        "ref: refs//heads/main\n",
        "ref: refs/heads/.invalid\n",
        "ref: refs/heads\n",
        "ref:\n",
        "",
        "\0",
        &"a".repeat(64),
        &"a".repeat(39),
        &"g".repeat(40),
        &"ref: ".repeat(10_000),
    ] {
        let made = three();
        fs::write(made.dir.path().join("secret"), "0".repeat(40)).unwrap();
        made.write("refs/heads/loop", "ref: refs/heads/pool\n");
        made.write("refs/heads/pool", "ref: refs/heads/loop\n");
        made.write("HEAD", head);
        assert!(made.open().is_none(), "{head:.60}");
    }
}

#[test]
fn circles_end() {
    let made = Made::new();
    let file = made.blob("x");
    // Commits that are their own parents, one after the other.
    let [a, b] = [made.next(), made.next()];
    let tree = made.tree(&[("100644", "n.md", file)]);
    made.put(a, "commit", commit_text(tree, &[b, a], 1).as_bytes());
    let other = made.tree(&[("100644", "n.md", made.blob("y"))]);
    made.put(b, "commit", commit_text(other, &[a], 2).as_bytes());
    made.head(a);
    assert!(made.history().versions.len() <= 2);
    // A tree that holds itself, twice, on the way to a note that was removed.
    let tree = made.next();
    made.put(tree, "tree", &tree_bytes(&[("40000", "a", tree), ("40000", "b", tree), ("100644", "old.md", file)]));
    let before = made.commit_of(tree, &[], 1);
    made.head(made.commit(Some(made.blob("z")), &[before], 2));
    let mut repository =
        Repository::of(&made.vault(), Limits { work: 64 << 20, ..Limits::default() }).unwrap().unwrap();
    assert!(repository.history(&NotePath::new("n.md")).versions.len() <= 1);
    assert!(repository.history(&NotePath::new("a/b/a/n.md")).versions.is_empty());
}

#[test]
fn what_claims_to_be_large_takes_no_memory() {
    let made = Made::new();
    let (huge, bomb, endless, short, long) = (made.next(), made.next(), made.next(), made.next(), made.next());
    made.write(&Made::path_of(huge), zlib(b"blob 1099511627776\0x"));
    made.write(&Made::path_of(bomb), zlib(&[&b"blob 10\0"[..], &vec![b'x'; 4 << 20]].concat()));
    // Blocks without anything in them.
    let nothing: Vec<u8> = [0, 0, 0, 0xff, 0xff].repeat(200_000);
    made.write(&Made::path_of(endless), [&[0x78, 0x01][..], &nothing].concat());
    made.write(&Made::path_of(short), zlib(b"blob 10\0abc"));
    made.write(&Made::path_of(long), zlib(b"blob 2\0abc"));
    let mut parents = Vec::new();
    for (n, file) in [huge, bomb, endless, short, long].into_iter().enumerate() {
        parents = vec![made.commit(Some(file), &parents, n as i64)];
    }
    made.head(parents[0]);
    assert_eq!(made.texts(), ["?"; 5]);
}

#[test]
fn files_with_holes_are_not_read_through() {
    let sparse = |path: &Path, start: &[u8]| {
        let _ = fs::remove_file(path);
        fs::write(path, start).unwrap();
        fs::File::options().write(true).open(path).unwrap().set_len(1 << 40).is_ok()
    };
    for (name, start) in [
        ("HEAD", &b""[..]),
        ("packed-refs", b"#"),
        ("config", b"["),
        ("objects/pack/pack-a.pack", b"PACK\0\0\0\x02"),
        ("objects/pack/pack-a.idx", b"\xfftOc\0\0\0\x02"),
    ] {
        let made = three();
        made.write("objects/pack/pack-a.pack", b"PACK\0\0\0\x02");
        made.write("objects/pack/pack-a.idx", b"\xfftOc\0\0\0\x02");
        if !sparse(&made.git(name), start) {
            eprintln!("skipped: no files with holes here");
            return;
        }
        assert_eq!(made.texts().len(), if name == "HEAD" { 0 } else { 3 }, "{name}");
    }
    let made = three();
    let file = made.history().versions[0].file.unwrap();
    sparse(&made.git(&Made::path_of(file)), &zlib(b"blob 3\0ab"));
    assert_eq!(made.texts()[0], "?");
}

#[test]
fn a_history_too_long_is_cut_where_the_limit_is() {
    let made = Made::new();
    let mut parents = Vec::new();
    for n in 0..300 {
        parents = vec![made.commit(Some(made.blob(&format!("{n}"))), &parents, n)];
    }
    made.head(parents[0]);
    let history = |limits| Repository::of(&made.vault(), limits).unwrap().unwrap().history(&NotePath::new("n.md"));
    let all = history(Limits::default());
    assert_eq!((all.versions.len(), all.is_cut), (300, false));
    let few = history(Limits { versions: 7, ..Limits::default() });
    assert_eq!((few.versions.as_slice(), few.is_cut), (&all.versions[..7], true));
    let little = history(Limits { work: 100 << 10, ..Limits::default() });
    assert!(little.is_cut && little.versions.len() < 100 && all.versions.starts_with(&little.versions));
    assert_eq!(history(Limits { work: 0, ..Limits::default() }), History { versions: Vec::new(), is_cut: true });
}

#[test]
fn what_is_broken_is_passed_over() {
    for (kind, bytes) in [
        ("commit", &b""[..]),
        ("commit", b"tree \n"),
        ("commit", b"tree 0000\nparent x\n"),
        ("blob", b"x"),
        ("tag", b"object "),
        ("nonsense", b""),
    ] {
        let made = Made::new();
        made.head(made.put(made.next(), kind, bytes));
        assert_eq!(made.history(), History { versions: Vec::new(), is_cut: true }, "{kind} {bytes:?}");
    }
    for tree in [&b"100644 n.md"[..], b"100644 n.md\0short", b"\0", b"100644n.md\0aaaaaaaaaaaaaaaaaaaa", b" \0"] {
        let made = Made::new();
        let tree = made.put(made.next(), "tree", tree);
        made.head(made.commit_of(tree, &[], 1));
        assert!(made.texts().is_empty());
    }
    // A link, and a commit of another repository, in the place of the note.
    for mode in ["120000", "160000", "40000", ""] {
        let made = Made::new();
        let tree = made.tree(&[(mode, "n.md", made.blob("x"))]);
        made.head(made.commit_of(tree, &[], 1));
        assert!(made.texts().is_empty(), "{mode}");
    }
}

/// Bytes of a pack and its index changed, and lengths tried: nothing comes of it but an end.
#[test]
fn damaged_packs_are_read_to_some_end() {
    let made = Made::new();
    let [file, changed, tree, commit] = std::array::from_fn(|_| made.next());
    let of_tree = tree_bytes(&[("100644", "n.md", changed)]);
    pack(
        &made,
        &[
            (file, 3, Vec::new(), b"text".to_vec()),
            (changed, 7, file.bytes().to_vec(), longer(4)),
            (tree, 2, Vec::new(), of_tree),
            (commit, 1, Vec::new(), commit_text(tree, &[], 1).into_bytes()),
        ],
    );
    made.head(commit);
    assert_eq!(made.texts(), ["text!"]);
    for name in ["objects/pack/pack-x.pack", "objects/pack/pack-x.idx"] {
        let good = fs::read(made.git(name)).unwrap();
        for at in (0..good.len()).step_by(3) {
            let mut bad = good.clone();
            bad[at] ^= 0xff;
            made.write(name, &bad);
            made.texts();
            made.write(name, &good[..at]);
            made.texts();
        }
        made.write(name, &good);
    }
}

#[test]
fn changes_in_a_pack_are_made_and_circles_of_them_are_not() {
    let made = Made::new();
    let [whole, near, far, circle, other, outside] = std::array::from_fn(|_| made.next());
    let by_name = |id: Id| id.bytes().to_vec();
    pack(
        &made,
        &[
            (whole, 3, Vec::new(), b"text".to_vec()),
            (near, 6, vec![13], longer(4)),
            (far, 7, by_name(near), longer(5)),
            (circle, 7, by_name(other), longer(4)),
            (other, 7, by_name(circle), longer(4)),
            // Before the beginning of the file.
            (outside, 6, vec![0xff, 0xff, 0x7f], longer(4)),
        ],
    );
    let mut parents = Vec::new();
    for (n, file) in [whole, near, far, circle, other, outside].into_iter().enumerate() {
        parents = vec![made.commit(Some(file), &parents, n as i64)];
    }
    made.head(parents[0]);
    assert_eq!(made.texts(), ["?", "?", "?", "text!!", "text!", "text"]);
}

/// A pack and its index with the given entries: the name of each, its kind, the head behind the size, and what it unpacks to.
fn pack(made: &Made, entries: &[(Id, u8, Vec<u8>, Vec<u8>)]) {
    let mut bytes = b"PACK\0\0\0\x02\0\0\0\0".to_vec();
    let mut places = Vec::new();
    for (id, kind, head, data) in entries {
        places.push((*id, u32::try_from(bytes.len()).unwrap()));
        let mut size = data.len();
        let mut byte = kind << 4 | u8::try_from(size & 15).unwrap();
        size >>= 4;
        while size > 0 {
            bytes.push(byte | 0x80);
            byte = u8::try_from(size & 127).unwrap();
            size >>= 7;
        }
        bytes.push(byte);
        bytes.extend_from_slice(head);
        bytes.extend(zlib(data));
    }
    made.write("objects/pack/pack-x.pack", bytes);
    places.sort();
    let mut index = b"\xfftOc\0\0\0\x02".to_vec();
    for first in 0..=255 {
        let count = places.iter().filter(|(id, _)| id.bytes()[0] <= first).count();
        index.extend(u32::try_from(count).unwrap().to_be_bytes());
    }
    index.extend(places.iter().flat_map(|(id, _)| *id.bytes()));
    index.extend(places.iter().flat_map(|_| [0; 4]));
    index.extend(places.iter().flat_map(|(_, at)| at.to_be_bytes()));
    made.write("objects/pack/pack-x.idx", index);
}

/// A change of `length` bytes into the same bytes with one more.
fn longer(length: u8) -> Vec<u8> {
    vec![length, length + 1, 0x90, length, 1, b'!']
}
