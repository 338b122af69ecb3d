//! Accounts: one professional's durable record, its links, its passwords, and the directory that keeps it.

pub mod directory;
pub mod import;
pub mod legacy;
pub mod model;
pub mod password;

pub use directory::{Directory, DirectoryError, SaveError};
pub use model::*;
