//! Stub.
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rpps(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RppsFault {
    #[error("empty")]
    Empty,
}

impl Rpps {
    pub fn parse(typed: &str) -> Result<Self, RppsFault> {
        if typed.trim().is_empty() { Err(RppsFault::Empty) } else { Ok(Self(typed.trim().to_owned())) }
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

impl std::fmt::Display for Rpps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
