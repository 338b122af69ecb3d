//! Signing in through an identity provider: the way out, the way back, and who may come in.

pub mod admission;
pub mod behind;
pub mod keeping;
pub mod profile;
pub mod round_trip;
pub mod step_up;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::config::settings::PersonKind;
use crate::identity::AccountId;
use crate::rp::{CallbackError, ProvenIdentity};
use crate::session::Need;

use super::link::LinkStage;
use super::{Flow, Opened};

pub(super) use profile::link_to;

/// What tokens of a provider are sealed for.
pub const GRANT: &str = "provider-grant";

/// What the provider proved, kept while the person is not let in yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArrivedIdentity {
    /// Who; only the relying party makes one.
    pub proven: ProvenIdentity,
    /// What the provider gave beside, sealed.
    pub grant: String,
    /// When the provider saw the person.
    pub auth_time: Timestamp,
}

impl ArrivedIdentity {
    /// What the provider calls the person: given name, then family name. Empty where it says neither.
    #[must_use]
    pub fn name(&self) -> String {
        let parts = [&self.proven.given_name, &self.proven.family_name];
        parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ")
    }
}

/// A proven person who is not let in yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// Who.
    pub identity: ArrivedIdentity,
    /// What they may do.
    pub door: Door,
    /// The account being linked, once its password was right.
    pub link: Option<LinkStage>,
}

/// Why a proven person is not let in at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Door {
    /// They may already have an account: linking is offered (5.6).
    Offer,
    /// No account is linked, and none may be made (5.5).
    Unknown,
    /// The portal is not open to their profession (5.5).
    Profession {
        /// Its label.
        label: String,
    },
    /// The portal is not open to people who work as they do (5.5).
    Kind {
        /// How.
        kind: PersonKind,
    },
}

impl Door {
    /// Nothing that the person does here opens it.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        match self {
            Self::Profession { .. } | Self::Kind { .. } => true,
            Self::Offer | Self::Unknown => false,
        }
    }

    /// Why the person is not admitted, for the audit log.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Offer => "offer",
            Self::Unknown => "unknown",
            Self::Profession { .. } => "profession",
            Self::Kind { kind } => kind.as_str(),
        }
    }
}

/// What the way back led to.
#[derive(Debug)]
pub enum Arrived {
    /// Signed in.
    SignedIn(Box<Opened>),
    /// A page of linking, or one that says why not; the sign-in record holds the rest.
    Waiting {
        /// The tab it belongs to.
        flow: Flow,
        /// Which page.
        door: Door,
    },
    /// The account is closed.
    Suspended,
    /// The activation is frozen.
    Frozen,
    /// The person proved again who they are, inside a session (6.6).
    Confirmed {
        /// Session it was asked in.
        sid: String,
        /// Page to go back to.
        return_to: Option<String>,
        /// What that page asked for.
        need: Option<Need>,
        /// Whose identity came back.
        confirmation: Confirmation,
    },
    /// The person proved who they are to link their account; the proof waits on the page of "Mon compte" for them to confirm.
    ToLink {
        /// Session it was asked in.
        sid: String,
    },
    /// Nothing came of it; where to go back to.
    Failed {
        /// Why.
        error: CallbackError,
        /// What was being done, if the way back was recognised.
        attempt: Option<Attempt>,
    },
}

/// Whose identity a confirmation brought back.
#[derive(Debug)]
pub enum Confirmation {
    /// The one linked to the account that asked.
    Own(Box<ArrivedIdentity>),
    /// Somebody else's.
    OtherPerson,
    /// The account is linked to none of this provider.
    NotLinked,
    /// The one linked, proven on a lower level than the page asks.
    TooLow,
}

/// The way to a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Departure {
    /// The address to send the person to.
    To(String),
    /// The provider is not known and cannot be asked.
    Unavailable,
    /// No such provider is configured.
    Unknown,
}

/// What a person set out to do. Kept under the browser that began it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Attempt {
    /// Its tab.
    pub flow: String,
    /// The page first asked for.
    pub return_to: Option<String>,
    /// The session that asks for a confirmation; `None` is a sign-in.
    pub confirming: Option<String>,
    /// The account of that session.
    pub account: Option<AccountId>,
    /// What the page asked for.
    #[serde(default)]
    pub need: Option<Need>,
    /// It is to link that session's account.
    #[serde(default)]
    pub linking: bool,
}

/// A session that asks for a confirmation.
#[derive(Debug, Clone)]
pub struct Confirming {
    /// Its id.
    pub sid: String,
    /// Whose it is.
    pub account: AccountId,
    /// What the page asked for; nothing more than the provider where nothing is said.
    pub need: Option<Need>,
    /// Not to confirm: to link its account.
    pub linking: bool,
}
