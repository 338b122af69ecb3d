//! Stub.
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Email(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EmailFault {
    #[error("empty")]
    Empty,
}

impl Email {
    pub fn parse(typed: &str) -> Result<Self, EmailFault> {
        if typed.trim().is_empty() { Err(EmailFault::Empty) } else { Ok(Self(typed.trim().to_owned())) }
    }
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
    #[must_use]
    pub fn masked(&self) -> String {
        "xxxxxx".to_owned()
    }
}

impl std::fmt::Display for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
