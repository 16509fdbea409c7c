//! Where the vault is.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::Vault;

/// A vault and how it was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The vault.
    pub vault: Vault,
    /// What named it, for `study config`.
    pub by: &'static str,
}

/// Why there is no vault.
#[derive(Debug, thiserror::Error)]
pub enum NotFound {
    /// A folder was named and cannot be opened.
    #[error("cannot open the vault `{}` ({by}): {}", path.display(), super::plain(error))]
    Named {
        /// The folder.
        path: PathBuf,
        /// What named it.
        by: &'static str,
        /// Why it cannot be opened.
        error: std::io::Error,
    },
    /// No folder was named, and none was found.
    #[error("no vault here: neither this folder nor one above it holds `.obsidian` or `.study`")]
    Nowhere,
}

/// Finds the vault: the one named by flag, else by environment, else the nearest of `cwd` and the folders above it
/// that holds `.obsidian` or `.study`, else the one the user's config names.
///
/// # Errors
/// [`NotFound`] when a named folder cannot be opened or nothing is found.
pub fn find(
    flag: Option<&Path>,
    environment: Option<&Path>,
    cwd: &Path,
    configured: Option<&Path>,
) -> Result<Found, NotFound> {
    let open = |path: &Path, by: &'static str| match Vault::open(path) {
        Ok(vault) => Ok(Found { vault, by }),
        Err(error) => Err(NotFound::Named { path: path.to_owned(), by, error }),
    };
    if let Some(path) = flag {
        return open(path, "--vault");
    }
    if let Some(path) = environment {
        return open(path, "STUDY_VAULT");
    }
    let marked = |dir: &&Path| dir.join(".obsidian").is_dir() || dir.join(".study").is_dir();
    if let Some(dir) = cwd.ancestors().find(marked) {
        return open(dir, "the working directory");
    }
    match configured {
        Some(path) => open(path, "the user's config"),
        None => Err(NotFound::Nowhere),
    }
}

/// The file of the user's own settings: `study/config.toml` in the folder for settings (`~/.config`), or what
/// `override_by` names.
pub fn path_of_user_config(override_by: Option<&Path>) -> Option<PathBuf> {
    if let Some(path) = override_by {
        return Some(path.to_owned());
    }
    let base = etcetera::choose_base_strategy().ok()?;
    Some(base.config_dir().join("study").join("config.toml"))
}
