//! Why a sign-in could not be judged. None of these is an answer about the person.

use crate::account::password::HashError;
use crate::account::{DirectoryError, SaveError};
use crate::keys::sealing::NotSealed;
use crate::session::StoreError;

/// The gateway could not do its part; the caller fails closed.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// The state store is away.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The directory is away.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// An address, identifier or identity is on another account.
    #[error("{0}")]
    Taken(#[source] SaveError),
    /// The account was written by others again and again.
    #[error("the account was changed by others several times in a row")]
    Contended,
    /// The account's credentials changed while this sign-in was judged: what was proven proves nothing any more (attack S08).
    #[error("the credentials changed while a sign-in was under way")]
    Overtaken,
    /// Too many passwords wait to be judged.
    #[error("the password hashes that wait fill the queue")]
    Busy,
    /// A password could not be hashed.
    #[error("a password could not be hashed")]
    Hash,
    /// A record of ours could not be written or read.
    #[error("a record could not be encoded")]
    Record(#[from] serde_json::Error),
    /// A sealing key is missing.
    #[error(transparent)]
    Sealing(#[from] NotSealed),
}

impl From<SaveError> for LoginError {
    fn from(error: SaveError) -> Self {
        match error {
            SaveError::Directory(error) => Self::Directory(error),
            SaveError::Changed => Self::Contended,
            SaveError::EmailTaken | SaveError::LegacyIdTaken | SaveError::LinkTaken => Self::Taken(error),
        }
    }
}

impl From<HashError> for LoginError {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Busy => Self::Busy,
            HashError::Failed => Self::Hash,
        }
    }
}
