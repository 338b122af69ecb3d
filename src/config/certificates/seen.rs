//! What files looked like when they were last read: who changed is read again.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Size, time and inode of a file; `None` when it is not there.
type Look = Option<(u64, Option<std::time::SystemTime>, u64)>;

/// The looks of some files, always the same ones in the same order.
#[derive(Debug, Default)]
pub struct Seen(Mutex<Vec<Look>>);

impl Seen {
    /// Keeps what the files look like now. Called before they are read: one written meanwhile looks different the next time.
    pub fn note<'a>(&self, files: impl Iterator<Item = &'a Path>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = looks(files);
    }

    /// Whether a file looks different from what was noted.
    #[must_use]
    pub fn differs<'a>(&self, files: impl Iterator<Item = &'a Path>) -> bool {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) != looks(files)
    }
}

fn looks<'a>(files: impl Iterator<Item = &'a Path>) -> Vec<Look> {
    use std::os::unix::fs::MetadataExt as _;
    files
        .map(|file| std::fs::metadata(file).ok().map(|found| (found.len(), found.modified().ok(), found.ino())))
        .collect()
}
