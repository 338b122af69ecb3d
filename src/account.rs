//! Accounts: one professional's durable record, its links, its passwords, and the directory that keeps it.

pub mod columns;
#[cfg(test)]
pub mod contract;
pub mod directory;
pub mod model;
pub mod sqlite;

pub use directory::{Directory, DirectoryError, SaveError};
pub use model::*;
pub use sqlite::SqliteDirectory;
