//! Repositories made by hand, and by git.

mod hostile;

use std::fs;
use std::path::Path;
use std::process::Command;

use super::object::Commit;
use super::*;

/// A vault with a repository whose objects are made by hand. Their names are counted up, not computed: nobody checks them.
struct Made {
    dir: tempfile::TempDir,
    objects: std::cell::Cell<u64>,
}

impl Made {
    fn new() -> Self {
        let made = Self { dir: tempfile::tempdir().unwrap(), objects: std::cell::Cell::new(0) };
        for folder in ["refs/heads", "objects/pack"] {
            fs::create_dir_all(made.git(folder)).unwrap();
        }
        made.write("HEAD", "ref: refs/heads/main\n");
        made
    }

    fn git(&self, path: &str) -> std::path::PathBuf {
        self.dir.path().join("vault/.git").join(path)
    }

    fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.git(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn next(&self) -> Id {
        self.objects.set(self.objects.get() + 1);
        let mut bytes = [0xab; 20];
        bytes[..8].copy_from_slice(&self.objects.get().wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
        Id::from_start(&bytes).unwrap()
    }

    fn path_of(id: Id) -> String {
        let hex = id.to_string();
        format!("objects/{}/{}", &hex[..2], &hex[2..])
    }

    fn put(&self, id: Id, kind: &str, bytes: &[u8]) -> Id {
        let whole = [format!("{kind} {}\0", bytes.len()).as_bytes(), bytes].concat();
        self.write(&Self::path_of(id), zlib(&whole));
        id
    }

    fn blob(&self, text: &str) -> Id {
        self.put(self.next(), "blob", text.as_bytes())
    }

    fn tree(&self, entries: &[(&str, &str, Id)]) -> Id {
        self.put(self.next(), "tree", &tree_bytes(entries))
    }

    /// A commit in which the note `n.md` is `file`.
    fn commit(&self, file: Option<Id>, parents: &[Id], at: i64) -> Id {
        let entries: Vec<_> = file.map(|file| ("100644", "n.md", file)).into_iter().collect();
        self.commit_of(self.tree(&entries), parents, at)
    }

    fn commit_of(&self, tree: Id, parents: &[Id], at: i64) -> Id {
        self.put(self.next(), "commit", commit_text(tree, parents, at).as_bytes())
    }

    fn head(&self, id: Id) -> &Self {
        self.write("refs/heads/main", format!("{id}\n"));
        self
    }

    fn vault(&self) -> Vault {
        Vault::open(&self.dir.path().join("vault")).unwrap()
    }

    fn open(&self) -> Option<Repository> {
        Repository::of(&self.vault(), Limits::default()).unwrap()
    }

    fn history(&self) -> History {
        self.open().map(|mut repository| repository.history(&NotePath::new("n.md"))).unwrap_or_default()
    }

    /// The texts of the versions, the newest first.
    fn texts(&self) -> Vec<String> {
        let Some(mut repository) = self.open() else { return Vec::new() };
        let history = repository.history(&NotePath::new("n.md"));
        let text =
            |bytes: Option<Rc<Vec<u8>>>| bytes.map_or("?".into(), |bytes| String::from_utf8(bytes.to_vec()).unwrap());
        history.versions.iter().map(|v| v.file.map_or("-".into(), |file| text(repository.bytes(file)))).collect()
    }
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec_zlib(bytes, 6)
}

fn tree_bytes(entries: &[(&str, &str, Id)]) -> Vec<u8> {
    entries.iter().flat_map(|(mode, name, id)| [format!("{mode} {name}\0").as_bytes(), id.bytes()].concat()).collect()
}

fn commit_text(tree: Id, parents: &[Id], at: i64) -> String {
    let parents: String = parents.iter().map(|parent| format!("parent {parent}\n")).collect();
    format!("tree {tree}\n{parents}author A <a@example> {at} +0130\ncommitter C <c@example> {at} +0000\n\nx\n")
}

/// Three versions in a row, one of them with another in between that leaves the note alone.
fn three() -> Made {
    let made = Made::new();
    let one = made.blob("one\n");
    let first = made.commit(Some(one), &[], 1000);
    let same = made.commit(Some(one), &[first], 2000);
    let two = made.commit(Some(made.blob("two\n")), &[same], 3000);
    let three = made.commit(Some(made.blob("three\n")), &[two], 4000);
    made.head(three);
    made
}

const THREE: [&str; 3] = ["three\n", "two\n", "one\n"];

#[test]
fn versions_are_found_with_their_dates() {
    let made = three();
    assert_eq!(made.texts(), THREE);
    let history = made.history();
    assert!(!history.is_cut);
    let dates: Vec<_> = history.versions.iter().map(|v| v.authored.unwrap().to_rfc3339()).collect();
    assert_eq!(dates[2], "1970-01-01T01:46:40+01:30");
    assert_eq!(history.versions[0].before, [Before::File(history.versions[1].file.unwrap())]);
    assert!(history.versions[2].before.is_empty());
}

#[test]
fn a_branch_is_found_packed_and_a_commit_without_one() {
    let made = three();
    let tip = fs::read_to_string(made.git("refs/heads/main")).unwrap();
    fs::remove_file(made.git("refs/heads/main")).unwrap();
    assert!(made.open().is_none());
    made.write(
        "packed-refs",
        format!(
            "# pack-refs with: peeled\n{} refs/heads/mai\n^{}\n{} refs/heads/main\n",
            "0".repeat(40),
            "1".repeat(40),
            tip.trim()
        ),
    );
    assert_eq!(made.texts(), THREE);
    made.write("HEAD", &tip);
    assert_eq!(made.texts(), THREE);
}

#[test]
fn where_lines_of_work_are_joined_the_one_that_is_kept_is_followed() {
    let made = Made::new();
    let [base, left, right, both] = ["base", "left", "right", "both"].map(|text| made.blob(text));
    let root = made.commit(Some(base), &[], 1);
    let a = made.commit(Some(left), &[root], 2);
    let b = made.commit(Some(right), &[root], 3);
    made.head(made.commit(Some(left), &[b, a], 4));
    assert_eq!(made.texts(), ["left", "base"]);
    made.head(made.commit(Some(both), &[a, b], 4));
    assert_eq!(made.texts(), ["both", "right", "left", "base"]);
    assert_eq!(made.history().versions[0].before, [Before::File(left), Before::File(right)]);
}

#[test]
fn a_note_keeps_its_history_under_another_name() {
    let made = Made::new();
    let text = "a\nlonger\ntext\nthat\nstays\n";
    let (one, two, other) = (made.blob(text), made.blob(&format!("{text}more\n")), made.blob("unlike all others\n"));
    let folder = |entries: &[(&str, &str, Id)]| made.tree(entries);
    let first = folder(&[("100644", "gone.md", other), ("100644", "old.md", one)]);
    let first = made.commit_of(folder(&[("40000", "sub", first)]), &[], 1);
    // Moved and changed, as another note went.
    let second = made.commit_of(folder(&[("100644", "n.md", two)]), &[first], 2);
    made.head(second);
    assert_eq!(made.texts(), [format!("{text}more\n"), text.to_owned()]);
    // Only moved: no version of its own.
    let third = made.commit_of(folder(&[("100644", "m.md", two)]), &[second], 3);
    made.head(third);
    let history = made.open().unwrap().history(&NotePath::new("m.md"));
    assert_eq!(history.versions.len(), 2);
    assert_eq!(history.versions[0].commit, second);
}

#[test]
fn composed_and_decomposed_names_are_one() {
    let made = Made::new();
    let tree = made.tree(&[("100644", "caf\u{e9}.md", made.blob("x"))]);
    made.head(made.commit_of(tree, &[], 1));
    let mut repository = made.open().unwrap();
    for name in ["caf\u{e9}.md", "cafe\u{301}.md"] {
        assert_eq!(repository.history(&NotePath::new(name)).versions.len(), 1, "{name}");
    }
    assert!(repository.history(&NotePath::new("cafe.md")).versions.is_empty());
}

#[test]
fn the_vault_may_lie_deep_in_the_repository_and_not_above_it() {
    let made = three();
    let tip = Id::from_hex(fs::read(made.git("refs/heads/main")).unwrap().trim_ascii()).unwrap();
    let inner = made.tree(&[("100644", "n.md", made.blob("deep"))]);
    let middle = made.tree(&[("40000", "notes", inner)]);
    made.head(made.commit_of(made.tree(&[("40000", "my", middle)]), &[tip], 9));
    let deep = made.dir.path().join("vault/my/notes");
    fs::create_dir_all(&deep).unwrap();
    let mut repository = Repository::of(&Vault::open(&deep).unwrap(), Limits::default()).unwrap().unwrap();
    assert_eq!(repository.history(&NotePath::new("n.md")).versions.len(), 1);
    // A repository inside the vault is none of its own.
    let above = Vault::open(made.dir.path()).unwrap();
    assert!(Repository::of(&above, Limits::default()).unwrap().is_none());
}

#[test]
fn a_clone_that_is_not_deep_says_so() {
    let made = Made::new();
    let parent = made.next();
    made.head(made.commit(Some(made.blob("x")), &[parent], 1));
    let history = made.history();
    assert!(history.is_cut);
    assert_eq!(history.versions[0].before, [Before::Unknown]);
}

#[test]
fn dates_that_are_none_are_none() {
    let parse = |author: &str| {
        Commit::parse(format!("tree {}\nauthor {author}\n\n", "0".repeat(40)).as_bytes()).unwrap().authored
    };
    assert_eq!(parse("A <a> b> 0 -0930").unwrap().to_rfc3339(), "1969-12-31T14:30:00-09:30");
    for bad in
        ["", "A <a>", "A <a> x +0000", "A <a> 9223372036854775807 +0000", "A <a> 1 +9999", "A <a> 1", "A 1 +0000"]
    {
        assert_eq!(parse(bad), None, "{bad}");
    }
}

/// Runs git in `dir` with none of the user's settings; `None` where there is no git.
fn git(dir: &Path, args: &[&str], input: &str) -> Option<String> {
    use std::io::Write;
    let mut child = Command::new("git")
        .args(args)
        .current_dir(dir)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .ok()?;
    child.stdin.take()?.write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "git {args:?}");
    Some(String::from_utf8(output.stdout).unwrap())
}

/// What git itself says of a repository with a hundred versions, a rename and a joined branch: loose, packed with changes
/// of changes, and with packed references.
#[test]
fn what_git_wrote_is_read_as_git_reads_it() {
    let dir = tempfile::tempdir().unwrap();
    if git(dir.path(), &["init", "-q", "--initial-branch=main", "--object-format=sha1"], "").is_none() {
        eprintln!("skipped: there is no git");
        return;
    }
    let mut stream = String::new();
    let lines = |count: usize| (0..count).map(|n| format!("- [ ] topic {n} of a roadmap\n")).collect::<String>();
    let mut commit = |branch: &str, at: usize, from: &str, changes: &str| {
        stream += &format!(
            "commit refs/heads/{branch}\nmark :{at}\nauthor A <a@e> {at} +0200\ncommitter C <c@e> {at} +0000\ndata 0\n{from}{changes}\n"
        );
    };
    let file = |path: &str, text: &str| format!("M 100644 inline {path}\ndata {}\n{text}\n", text.len());
    for n in 0..100 {
        let text = lines(40 + n).replacen("[ ]", "[x]", n / 2);
        let path = if n < 60 { "maps/Old name.md" } else { "maps/Road map.md" };
        let gone = if n == 60 { "D maps/Old name.md\n" } else { "" };
        let other = file(&format!("other/{n}.md"), &format!("note {n}\n"));
        commit("main", 1000 + 10 * n, "", &format!("{gone}{}{other}", file(path, &text)));
    }
    commit("side", 2500, "from :1800\n", &file("maps/Road map.md", &lines(300)));
    commit("main", 2600, "merge :2500\n", &file("maps/Road map.md", &lines(301)));
    git(dir.path(), &["fast-import", "--quiet"], &stream).unwrap();
    let ask = |args: &[&str]| git(dir.path(), args, "").unwrap();
    let log = ask(&["log", "--follow", "--format=%H", "--", "maps/Road map.md"]);
    let expected: Vec<&str> = log.lines().collect();
    assert!(expected.len() > 95, "{}", expected.len());
    let check = |how: &str| {
        let mut repository = Repository::of(&Vault::open(dir.path()).unwrap(), Limits::default()).unwrap().expect(how);
        let history = repository.history(&NotePath::new("maps/Road map.md"));
        // Git passes over the commit that joined the two.
        let is_join = |version: &&Version| version.before.len() > 1;
        assert_eq!(history.versions.iter().filter(is_join).count(), 1, "{how}");
        let alone = history.versions.iter().filter(|version| !is_join(version));
        let commits: Vec<String> = alone.map(|version| version.commit.to_string()).collect();
        assert!(commits == expected, "{how}: {commits:#?}");
        assert!(!history.is_cut);
        for version in history.versions.iter().step_by(7) {
            let name = version.file.unwrap().to_string();
            assert_eq!(
                String::from_utf8(repository.bytes(version.file.unwrap()).unwrap().to_vec()).unwrap(),
                ask(&["cat-file", "-p", &name]),
                "{how}"
            );
        }
    };
    check("as imported");
    ask(&["repack", "-q", "-a", "-d", "-f", "--depth=50", "--window=20"]);
    ask(&["pack-refs", "--all"]);
    check("packed");
    let packs: Vec<_> =
        fs::read_dir(dir.path().join(".git/objects/pack")).unwrap().map(|e| e.unwrap().path()).collect();
    let away = dir.path().join("away");
    fs::create_dir(&away).unwrap();
    for path in packs {
        let to = away.join(path.file_name().unwrap());
        fs::rename(&path, &to).unwrap();
        if to.extension().is_some_and(|end| end == "pack") {
            let bytes = fs::File::open(&to).unwrap();
            assert!(
                Command::new("git")
                    .args(["unpack-objects", "-q"])
                    .current_dir(dir.path())
                    .stdin(bytes)
                    .status()
                    .unwrap()
                    .success()
            );
        }
    }
    check("loose");
}
