//! A code as it is kept: never the digits, only what recognises them.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::account::Channel;

use super::super::{Login, LoginError};
use super::{Purpose, Request, To};

/// What is kept of a code until it is used, used up, or past.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) digest: String,
    pub(super) channel: Channel,
    pub(super) masked: String,
    pub(super) recipient: String,
    pub(super) sent_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) tries_left: u32,
    pub(super) used_at: Option<Timestamp>,
    pub(super) real: bool,
}

/// How far the clock may have gone back since a code was sent.
const SET_BACK: SignedDuration = SignedDuration::from_mins(1);

impl Record {
    /// Whether the code's time is over. A code of the future is one too: the clock was set back, and a code that had expired
    /// before must not live again (attack F12).
    pub(super) fn is_past(&self, now: Timestamp) -> bool {
        now >= self.expires_at || self.is_of_the_future(now)
    }

    /// Whether it was sent later than it is now.
    pub(super) fn is_of_the_future(&self, now: Timestamp) -> bool {
        now + SET_BACK < self.sent_at
    }
}

impl Login {
    /// Writes the record over the version that was read; `false` when somebody else was first.
    pub(super) async fn put_code(&self, key: &str, over: Option<i64>, record: &Record) -> Result<bool, LoginError> {
        let value = serde_json::to_vec(record)?;
        // Kept a little longer than it fits, so that a late try is told "expired" rather than nothing.
        let kept_until = record.expires_at + SignedDuration::from_mins(10);
        Ok(self.store.put_record(key, over, &value, kept_until, self.now()).await?)
    }

    /// The MAC that recognises the digits, for this purpose, flow or session, and recipient only.
    pub(super) fn digest(&self, request: &Request<'_>, code: &str) -> String {
        let recipient = self.recipient(&request.to);
        let parts: [&[u8]; 4] =
            [request.purpose.as_str().as_bytes(), request.binding.as_bytes(), recipient.as_bytes(), code.as_bytes()];
        self.sealer.mac("code", &parts)
    }

    /// The address as records hold it: comparable, not readable.
    pub(super) fn recipient(&self, to: &To) -> String {
        self.sealer.mac("code-recipient", &[to.as_str().as_bytes()])
    }
}

/// Where the only code of a purpose and a flow or session is kept.
pub(super) fn record_key(purpose: Purpose, binding: &str) -> String {
    format!("code:{}:{binding}", purpose.as_str())
}
