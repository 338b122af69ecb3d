//! One-time codes: six digits, kept as a MAC, bound to a flow or session, a purpose and an address; five tries, ten minutes, single use.

pub mod checking;
pub mod issuing;
mod record;

use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::account::Channel;
use crate::config::Secret;
use crate::notify::{CodePurpose, Message};

use super::budget::Budget;

pub use crate::notify::To;

/// What a code proves; one for another purpose never fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Second factor.
    SignIn,
    /// Forgotten password, e-mail.
    Reset,
    /// Forgotten password, SMS as well.
    ResetSms,
    /// Activation, e-mail.
    ActivationEmail,
    /// Activation, phone.
    ActivationPhone,
    /// Linking.
    Link,
    /// Confirmation before credentials change.
    Confirm,
}

impl Purpose {
    /// Its name in keys and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Reset => "reset",
            Self::ResetSms => "reset-sms",
            Self::ActivationEmail => "activation-email",
            Self::ActivationPhone => "activation-phone",
            Self::Link => "link",
            Self::Confirm => "confirm",
        }
    }
}

/// A code to be sent.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// What it proves.
    pub purpose: Purpose,
    /// The flow or session it is bound to.
    pub binding: &'a str,
    /// Whose budget of codes it counts against, known account or stand-in.
    pub budget: &'a Budget,
    /// The client's address, whose network has a budget too.
    pub client: Option<IpAddr>,
    /// Where it goes.
    pub to: To,
    /// What is sent.
    pub sending: Sending,
}

/// What is sent with a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// The code.
    Code,
    /// Another message in its place, awaited like the code: nothing typed will ever match.
    Instead,
    /// The code, queued: the answer does not wait for it.
    Queued,
    /// Nothing, awaited like the code, with the same failures: nothing typed will ever match.
    Rehearsed,
    /// Nothing at all, as quick as a queued code: nobody is there.
    Nothing,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Issued {
    /// A new code is the only one that fits now.
    Sent,
    /// One left less than a minute ago; it still fits.
    Wait {
        /// Seconds to wait.
        seconds: i64,
    },
    /// Too many were asked.
    Capped {
        /// Until then.
        until: Timestamp,
        /// The cap of one phone number, which has its own sentence.
        number: bool,
    },
    /// The sender is down, or the house's SMS budget is used up; a code sent before still fits.
    Down,
    /// The address or number was refused for good.
    Undeliverable,
}

/// What became of a typed code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// It fits, and is used up.
    Right,
    /// The same code by the same form, moments after it was used: the same press again.
    Again,
    /// It does not fit.
    Wrong {
        /// Tries left.
        left: u32,
    },
    /// Five tries were used.
    Exhausted,
    /// Ten minutes have passed, or there is no code.
    Expired,
    /// The account's guesses of the day are used up.
    Throttled {
        /// Until then.
        until: Timestamp,
    },
}

/// What a page says about the code it asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// Masked address.
    pub masked: String,
    /// Where it went.
    pub channel: Channel,
    /// When it stops to fit.
    pub expires_at: Timestamp,
}

const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);

/// The message around a code.
#[must_use]
pub fn code_message(purpose: CodePurpose, code: &str) -> Message {
    Message::Code { purpose, code: Secret::new(code.to_owned()), asking: None }
}
