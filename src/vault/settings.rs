//! The settings files of a vault and of Obsidian, as text.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::Vault;
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

impl SettingsFile {
    /// The file at `path`, or `None` when there is none.
    ///
    /// # Errors
    /// A sentence when it is there and cannot be read as text.
    pub fn read(path: &Path) -> Result<Option<Self>, String> {
        let bad = |what: &dyn std::fmt::Display| format!("{}: {what}", path.display());
        match fs::metadata(path) {
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
            Err(e) => return Err(bad(&e)),
            Ok(meta) if meta.is_dir() => return Err(bad(&"not a file")),
            // `/dev/null` says that there is none, and a pipe would not end.
            Ok(meta) if !meta.is_file() => return Ok(None),
            Ok(meta) if meta.len() > MAX_SETTINGS_BYTES => return Err(bad(&"too large for settings")),
            Ok(_) => {}
        }
        let bytes = fs::read(path).map_err(|e| bad(&e))?;
        let text = String::from_utf8(bytes).map_err(|_| bad(&"not UTF-8 text"))?;
        Ok(Some(Self { path: path.to_owned(), text: text.trim_start_matches('\u{feff}').to_owned() }))
    }
}

/// Whether a folder holds a file of a review log.
pub fn holds_log(folder: &Path) -> bool {
    let is_log = |entry: fs::DirEntry| entry.path().extension().is_some_and(|end| end == "jsonl");
    fs::read_dir(folder).is_ok_and(|entries| entries.flatten().any(is_log))
}

impl Vault {
    /// The vault's own settings, `.study/config.toml`.
    ///
    /// # Errors
    /// As [`SettingsFile::read`].
    pub fn own_settings(&self) -> Result<Option<SettingsFile>, String> {
        SettingsFile::read(&self.study_dir().join("config.toml"))
    }

    /// The settings of the plugin obsidian-spaced-repetition.
    ///
    /// # Errors
    /// As [`SettingsFile::read`].
    pub fn plugin_settings(&self) -> Result<Option<SettingsFile>, String> {
        SettingsFile::read(&self.root.join(plugin::PATH))
    }

    /// The settings of the fork "spaced-repetition-recall".
    ///
    /// # Errors
    /// As [`SettingsFile::read`].
    pub fn fork_settings(&self) -> Result<Option<SettingsFile>, String> {
        SettingsFile::read(&self.root.join(plugin::FORK_PATH))
    }

    /// The folders of templates, as Obsidian's core plugin and Templater name them: vault-relative, without slashes at
    /// the ends. Settings that cannot be read name none.
    pub fn template_folders(&self) -> Vec<String> {
        let sources = [
            (".obsidian/templates.json", "folder"),
            (".obsidian/plugins/templater-obsidian/data.json", "templates_folder"),
        ];
        let mut folders = Vec::new();
        for (file, key) in sources {
            let Ok(Some(settings)) = SettingsFile::read(&self.root.join(file)) else { continue };
            let Ok(json) = serde_json::from_str::<serde_json::Value>(&settings.text) else { continue };
            let folder = json.get(key).and_then(|v| v.as_str()).unwrap_or_default().trim_matches(['/', ' ']);
            if !folder.is_empty() && folder != "." && !folders.iter().any(|f| f == folder) {
                folders.push(folder.to_owned());
            }
        }
        folders
    }
}
