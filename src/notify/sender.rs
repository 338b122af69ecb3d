//! The door through which messages leave: what a sender is given, and what can become of it.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::config::Secret;
use crate::identity::{Email, Phone};

use super::messages::Rendered;

/// How a message travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// A mailbox.
    Email,
    /// A telephone.
    Sms,
}

impl Channel {
    /// The name in logs, audit facts and the outbox: `email`, `sms`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
        }
    }
}

/// Where a message goes.
#[derive(Clone, PartialEq, Eq)]
pub enum To {
    /// This mailbox.
    Email(Email),
    /// This number.
    Phone(Phone),
}

impl To {
    /// The channel this is a destination of.
    #[must_use]
    pub fn channel(&self) -> Channel {
        match self {
            Self::Email(_) => Channel::Email,
            Self::Phone(_) => Channel::Sms,
        }
    }

    /// The address or number in clear.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Email(email) => email.as_str(),
            Self::Phone(phone) => phone.as_str(),
        }
    }

    /// The address or number masked, for a page.
    #[must_use]
    pub fn masked(&self) -> String {
        match self {
            Self::Email(email) => email.masked(),
            Self::Phone(phone) => phone.masked(),
        }
    }
}

impl From<Email> for To {
    fn from(email: Email) -> Self {
        Self::Email(email)
    }
}

impl From<Phone> for To {
    fn from(phone: Phone) -> Self {
        Self::Phone(phone)
    }
}

/// Addresses and numbers stay out of logs.
impl std::fmt::Debug for To {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "To::{}(…)", self.channel().as_str())
    }
}

/// A message ready to leave.
#[derive(Clone)]
pub struct Outgoing {
    /// Unique; the same at each try, so that a relay can drop a double.
    pub id: String,
    /// Where it goes.
    pub to: To,
    /// Its words.
    pub content: Rendered,
    /// The code inside, for the demo's outbox.
    pub code: Option<Secret>,
    /// When it was written.
    pub at: Timestamp,
}

/// The words may hold a code or a link that acts.
impl std::fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outgoing").field("id", &self.id).field("to", &self.to).finish_non_exhaustive()
    }
}

/// Why a message may not have left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum SendError {
    /// This address or number was refused for good; nothing left.
    #[error("the address or number was refused")]
    Refused,
    /// The service is away or misconfigured; nothing left.
    #[error("the service that sends is away")]
    Down,
    /// No answer after the message was handed over: it may still arrive.
    #[error("it is not known whether the message left")]
    Uncertain,
}

impl SendError {
    /// The class in `notify.failed`: `refused`, `down`, `uncertain`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Down => "down",
            Self::Uncertain => "uncertain",
        }
    }
}

/// A way to send messages of one channel.
#[async_trait]
pub trait Sender: Send + Sync + std::fmt::Debug {
    /// Hands one message over.
    ///
    /// # Errors
    /// See [`SendError`]. A destination of another channel is [`SendError::Refused`].
    async fn send(&self, outgoing: Outgoing) -> Result<(), SendError>;

    /// Goes as far as [`Sender::send`] can without a message leaving.
    ///
    /// # Errors
    /// What sending it would meet up to there.
    async fn rehearse(&self, outgoing: Outgoing) -> Result<(), SendError> {
        drop(outgoing);
        if self.known_down() { Err(SendError::Down) } else { Ok(()) }
    }

    /// Whether this sender already knows that nothing can leave.
    fn known_down(&self) -> bool {
        false
    }
}
