//! Files of a vault that are no notes.

use walkdir::WalkDir;

use super::Vault;
use super::walk::is_hidden;

impl Vault {
    /// The paths, relative to the vault, of all files that are no notes, hidden ones left out, in no order.
    pub fn attachments(&self) -> Vec<String> {
        let shown =
            |entry: &walkdir::DirEntry| entry.depth() == 0 || !is_hidden(std::path::Path::new(entry.file_name()));
        let entries = WalkDir::new(&self.root).into_iter().filter_entry(shown).filter_map(Result::ok);
        let files = entries.filter(|entry| entry.file_type().is_file());
        let paths = files.filter_map(|entry| self.relative(entry.path()));
        paths.filter(|path| !path.is_markdown()).map(|path| path.as_str().to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_no_notes_are_listed() {
        let dir = tempfile::tempdir().unwrap();
        for path in ["a.md", "b/c.pdf", ".hidden/d.pdf", "e.png"] {
            let file = dir.path().join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, "").unwrap();
        }
        let mut found = Vault::open(dir.path()).unwrap().attachments();
        found.sort();
        assert_eq!(found, ["b/c.pdf", "e.png"]);
    }
}
