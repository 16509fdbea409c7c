//! The settings files of a vault and of Obsidian, as text.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::dir::{Access, Kind, Stat};
use super::locate::leads_out;
use super::{Vault, plain};
use crate::config::plugin;

/// Settings are small; a larger file is not one.
const MAX_SETTINGS_BYTES: u64 = 8 << 20;

/// A settings file that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsFile {
    /// Where it is.
    pub path: PathBuf,
    /// What it says.
    pub text: String,
}

/// Why a settings file that is there was not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// It is a link out of the vault, or lies behind one. What it leads to may be any file of the user's.
    #[error("{}: lies behind a link out of the vault, and is not read", .0.display())]
    LeadsOut(PathBuf),
    /// It is not what settings look like, or the system refuses.
    #[error("{}: {what}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
}

impl SettingsFile {
    /// The user's own file at `path`, or `None` when there is none.
    ///
    /// # Errors
    /// When it is there and cannot be read as text.
    pub fn read(path: &Path) -> Result<Option<Self>, SettingsError> {
        let opened = std::fs::metadata(path).and_then(|meta| match Kind::of(&meta) {
            Kind::File => File::open(path).map(Some),
            Kind::Folder => Err(io::Error::other("not a file")),
            // `/dev/null` says that there is none, and a pipe would not end.
            _ => Ok(None),
        });
        match opened {
            Err(error) if is_missing(&error) => Ok(None),
            Ok(None) => Ok(None),
            Ok(Some(file)) => Self::from(path, Ok(file)).map(Some),
            Err(error) => Self::from(path, Err(error)).map(Some),
        }
    }

    fn from(path: &Path, file: io::Result<File>) -> Result<Self, SettingsError> {
        let text = file.and_then(|file| {
            if Stat::of(&file)?.size > MAX_SETTINGS_BYTES {
                return Err(io::Error::other("too large for settings"));
            }
            let mut bytes = Vec::new();
            file.take(MAX_SETTINGS_BYTES + 1).read_to_end(&mut bytes)?;
            String::from_utf8(bytes).map_err(|_| io::Error::other("not UTF-8 text"))
        });
        match text {
            Ok(text) => Ok(Self { path: path.to_owned(), text: text.trim_start_matches('\u{feff}').to_owned() }),
            Err(error) => Err(SettingsError::Unreadable { path: path.to_owned(), what: plain(&error) }),
        }
    }
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

impl Vault {
    /// The settings file at `beneath`, relative to the vault. Links that stay in the vault are followed.
    fn settings(&self, beneath: &str) -> Result<Option<SettingsFile>, SettingsError> {
        let path = self.root.join(beneath);
        let located = match self.locate_file(Path::new(beneath)) {
            Err(error) if is_missing(&error) => return Ok(None),
            Err(error) if leads_out(&error).is_some() => return Err(SettingsError::LeadsOut(path)),
            located => located,
        };
        SettingsFile::from(&path, located.and_then(|located| located.open(Access::Read))).map(Some)
    }

    /// Whether the folder at `beneath`, relative to the vault, holds a file of a review log.
    pub fn holds_log(&self, beneath: &str) -> bool {
        let is_log = |name: &std::ffi::OsString| Path::new(name).extension().is_some_and(|end| end == "jsonl");
        let names = self.dir().folder(Path::new(beneath)).and_then(|dir| dir.names());
        names.is_ok_and(|names| names.iter().any(is_log))
    }

    /// The vault's own settings, `.study/config.toml`.
    ///
    /// # Errors
    /// When it is there and cannot be read as text, or a link out of the vault leads to it.
    pub fn own_settings(&self) -> Result<Option<SettingsFile>, SettingsError> {
        self.settings(".study/config.toml")
    }

    /// The settings of the plugin obsidian-spaced-repetition.
    ///
    /// # Errors
    /// When it is there and cannot be read as text, or a link out of the vault leads to it.
    pub fn plugin_settings(&self) -> Result<Option<SettingsFile>, SettingsError> {
        self.settings(plugin::PATH)
    }

    /// The settings of the fork "spaced-repetition-recall".
    ///
    /// # Errors
    /// When it is there and cannot be read as text, or a link out of the vault leads to it.
    pub fn fork_settings(&self) -> Result<Option<SettingsFile>, SettingsError> {
        self.settings(plugin::FORK_PATH)
    }

    /// The folders of templates, as Obsidian's core plugin and Templater name them: vault-relative, without slashes at
    /// the ends. Settings that cannot be read name none; `unread` is told of them.
    pub fn template_folders(&self, mut unread: impl FnMut(SettingsError)) -> Vec<String> {
        let sources = [
            (".obsidian/templates.json", "folder"),
            (".obsidian/plugins/templater-obsidian/data.json", "templates_folder"),
        ];
        let mut folders = Vec::new();
        for (file, key) in sources {
            let settings = match self.settings(file) {
                Ok(Some(settings)) => settings,
                Ok(None) => continue,
                Err(error) => {
                    unread(error);
                    continue;
                }
            };
            let Ok(json) = serde_json::from_str::<serde_json::Value>(&settings.text) else { continue };
            let folder = json.get(key).and_then(|v| v.as_str()).unwrap_or_default().trim_matches(['/', ' ']);
            if !folder.is_empty() && folder != "." && !folders.iter().any(|f| f == folder) {
                folders.push(folder.to_owned());
            }
        }
        folders
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn settings_behind_a_link_out_of_the_vault_are_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("vault");
        fs::create_dir_all(root.join("shared")).unwrap();
        fs::write(root.join("shared/config.toml"), "inside").unwrap();
        fs::create_dir(dir.path().join("outside")).unwrap();
        fs::write(dir.path().join("outside/config.toml"), "outside").unwrap();
        let vault = Vault::open(&root).unwrap();
        let text = || vault.own_settings().map(|file| file.map(|file| file.text));
        let out = Err(SettingsError::LeadsOut(root.join(".study/config.toml")));
        assert_eq!(text(), Ok(None));
        symlink("shared", root.join(".study")).unwrap();
        assert_eq!(text(), Ok(Some("inside".into())));
        fs::remove_file(root.join(".study")).unwrap();
        symlink("../outside", root.join(".study")).unwrap();
        assert_eq!(text(), out);
        let followed = vault.clone().following_links(true).own_settings();
        assert_eq!(followed.unwrap().unwrap().text, "outside");
        fs::remove_file(root.join(".study")).unwrap();
        fs::create_dir(root.join(".study")).unwrap();
        let own = root.join(".study/config.toml");
        for to in ["../../outside/config.toml", "/dev/zero", "/dev/null"] {
            symlink(to, &own).unwrap();
            assert_eq!(text(), out, "{to}");
            fs::remove_file(&own).unwrap();
        }
        symlink("../shared/config.toml", &own).unwrap();
        assert_eq!(text(), Ok(Some("inside".into())));
        fs::remove_file(&own).unwrap();
        symlink("nowhere", &own).unwrap();
        assert_eq!(text(), Ok(None));
    }

    #[test]
    fn what_is_no_settings_file_is_told_and_not_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join(".study")).unwrap();
        let own = dir.path().join(".study/config.toml");
        let vault = Vault::open(dir.path()).unwrap();
        let said = || vault.own_settings().unwrap_err().to_string();
        rustix::fs::mknodat(rustix::fs::CWD, &own, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        assert!(said().ends_with("config.toml: not a regular file"), "{}", said());
        fs::remove_file(&own).unwrap();
        fs::create_dir(&own).unwrap();
        assert!(said().contains("config.toml: not a regular file"), "{}", said());
        fs::remove_dir(&own).unwrap();
        fs::File::create(&own).unwrap().set_len(3 << 30).unwrap();
        assert!(said().ends_with("config.toml: too large for settings"), "{}", said());
        assert_eq!(SettingsFile::read(Path::new("/dev/null")), Ok(None));
        assert!(SettingsFile::read(dir.path()).is_err());
    }
}
