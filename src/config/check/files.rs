//! Files that the configuration names: found from its own folder, there, and not readable by everyone where they hold secrets.

use std::path::{Path, PathBuf};

use super::Check;
use crate::config::fault::KeyPath;

impl Check<'_> {
    /// A path of the file, from the file's own folder.
    pub(super) fn path(&self, text: &str) -> PathBuf {
        self.base_dir.join(text)
    }

    /// A picture to serve: SVG or PNG.
    pub(super) fn picture(&mut self, table: &KeyPath, key: &str, text: Option<&String>) -> Option<PathBuf> {
        let path = self.path(text?);
        let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
        if !matches!(ending.as_deref(), Some("svg" | "png")) {
            self.fault(
                &table.key(key),
                format!("{text:?} is not a picture we serve", text = path.display()),
                "a file ending in .svg or .png",
            );
        } else if !path.is_file() {
            self.fault(
                &table.key(key),
                format!("there is no file {:?}", path.display().to_string()),
                "an existing file",
            );
        }
        Some(path)
    }

    /// A folder that must exist.
    pub(super) fn folder(&mut self, table: &KeyPath, key: &str, text: Option<&String>) -> Option<PathBuf> {
        let path = self.path(text?);
        if !path.is_dir() {
            self.fault(
                &table.key(key),
                format!("there is no folder {:?}", path.display().to_string()),
                "an existing folder",
            );
        }
        Some(path)
    }

    /// Root certificates: a missing or empty file must never mean "accept" (attack K06).
    pub(super) fn ca_file(&mut self, table: &KeyPath, text: Option<&String>) -> Option<PathBuf> {
        let path = self.path(text?);
        let wrong = match std::fs::read_to_string(&path) {
            Ok(pem) if pem.contains("-----BEGIN CERTIFICATE-----") => None,
            Ok(_) => Some("holds no certificate".to_owned()),
            Err(error) => Some(format!("cannot be read: {error}")),
        };
        if let Some(wrong) = wrong {
            self.fault(&table.key("ca_file"), wrong, "a PEM file with at least one certificate");
        }
        Some(path)
    }
}

/// Why a secret's file may not be used; `None` when only its owner, and at most its group for reading, can open it.
pub(in crate::config) fn too_open(path: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o027 != 0).then(|| format!("{:?} can be opened by others (mode {mode:04o})", path.display().to_string()))
}
