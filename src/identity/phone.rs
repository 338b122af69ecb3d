//! Stub.
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Phone(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PhoneFault {
    #[error("empty")]
    Empty,
}

impl Phone {
    pub fn parse(typed: &str) -> Result<Self, PhoneFault> {
        if typed.trim().is_empty() { Err(PhoneFault::Empty) } else { Ok(Self(typed.trim().to_owned())) }
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

impl std::fmt::Display for Phone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
