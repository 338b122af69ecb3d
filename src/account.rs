//! Accounts: one professional's durable record, its links, its passwords, and the directory that keeps it.

pub mod columns;
#[cfg(test)]
pub mod contract;
pub mod directory;
pub mod import;
pub mod legacy;
pub mod model;
pub mod password;
pub mod sqlite;

pub use directory::{Census, Change, Directory, DirectoryError, SaveError, StoredKey};
pub use model::*;
pub use sqlite::SqliteDirectory;
