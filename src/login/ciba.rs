//! Signing in without leaving the page (CIBA, decision 42): a person types their national identifier and confirms in their
//! application or with their card, while the page waits.
//!
//! Somebody's telephone rings only for a linked account that recognises this browser. Whoever else asks gets the same record, the
//! same counters and the same pages, and nobody is asked. The provider is asked when the browser asks, never by a task that waits.

mod asking;
mod limits;
mod polling;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::config::settings::{CibaChannel, CibaSettings};
use crate::identity::{AccountId, NationalId};
use crate::rp::CibaRequest;

use super::flow::Read;
use super::provider::{Arrived, ArrivedIdentity};
use super::{Flow, Login, LoginError, Opened, Stage};

pub use limits::Budgeted;
pub(super) use limits::owner_of_link;

/// How often a page asks whether the person has answered, whatever the provider's own pace: it must tell nothing of it.
pub const PACE: SignedDuration = SignedDuration::from_secs(3);

/// A request under way, or over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CibaStage {
    /// The provider's name in the configuration.
    pub provider: String,
    /// Who was typed, in canonical form.
    pub who: NationalId,
    /// Where they confirm.
    pub channel: CibaChannel,
    /// What both sides show.
    pub digits: String,
    /// When nobody is waited for any more.
    pub until: Timestamp,
    /// How it ended.
    end: Option<Ending>,
    /// Whose telephone rings; `None` where nobody's does.
    account: Option<AccountId>,
    /// The provider's own; `None` where nobody is asked.
    request: Option<CibaRequest>,
    /// The provider is not asked before.
    next: Timestamp,
    /// The person said yes; the next press of this tab uses it.
    proven: Option<ArrivedIdentity>,
}

impl CibaStage {
    /// How it ended, if it is over at `now`.
    #[must_use]
    pub fn end(&self, now: Timestamp) -> Option<Ending> {
        self.end.or((now >= self.until && self.proven.is_none()).then_some(Ending::Expired))
    }
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ending {
    /// The person said no.
    Denied,
    /// Nobody answered in time.
    Expired,
    /// Cancelled on the page.
    Cancelled,
    /// The provider does not accept our registration any more.
    Misconfigured,
    /// What the provider sent is not believed.
    NotBelieved,
    /// The person said yes, and what came of it was used.
    Used,
}

impl Ending {
    /// For the audit log.
    fn as_str(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Misconfigured => "misconfigured",
            Self::NotBelieved => "refused",
            Self::Used => "used",
        }
    }
}

/// What the form says.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The provider's name in the configuration.
    pub provider: &'a str,
    /// Who.
    pub who: &'a NationalId,
    /// As typed, for who goes back to correct it.
    pub typed: &'a str,
    /// Where they confirm.
    pub channel: CibaChannel,
}

/// What comes of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterQuestion {
    /// The page waits.
    Waiting,
    /// A budget is used up.
    Throttled {
        /// Which.
        scope: Budgeted,
        /// Minutes to wait, rounded up.
        minutes: i64,
    },
    /// A request for this person is under way already.
    UnderWay,
    /// The provider is away, or reached nobody.
    Unavailable,
    /// It is not offered.
    Unknown,
}

/// Whether the person has answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Not yet.
    Waiting {
        /// The provider did not answer just now.
        away: bool,
    },
    /// It is over.
    Over(Ending),
    /// They said yes.
    Answered,
    /// This tab has opened its session.
    Opened,
    /// There is no such request.
    Gone,
}

/// What comes of a press on the page that waits.
#[derive(Debug)]
pub enum AfterPress {
    /// No answer yet.
    Waiting {
        /// The provider did not answer just now.
        away: bool,
    },
    /// It is over.
    Over(Ending),
    /// The person is who they say.
    Arrived {
        /// The provider's name in the configuration.
        provider: String,
        /// Where that leads.
        arrived: Box<Arrived>,
    },
    /// The twin of this press opened the session a moment ago.
    Again(Box<Opened>),
    /// There is no such request.
    Gone,
}

impl Login {
    /// How a provider offers it now; `None` where it does not.
    #[must_use]
    pub fn ciba(&self, provider: &str) -> Option<&CibaSettings> {
        let offered = self.settings.identity_providers.get(provider)?.ciba.as_ref()?;
        self.providers.get(provider).map(|_| offered)
    }

    /// The request of a tab.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn ciba_stage(&self, flow: &Flow) -> Result<Option<(Read, CibaStage)>, LoginError> {
        let Some(read) = self.sign_in(flow).await? else { return Ok(None) };
        let Stage::Ciba(stage) = read.sign_in.stage.clone() else { return Ok(None) };
        Ok(Some((read, *stage)))
    }

    /// Changes the request of a tab while it waits. `None` when it is over, or is not the sign-in `id` any more: what ended first stays.
    async fn change_ciba(
        &self,
        flow: &Flow,
        id: &str,
        act: impl Fn(&mut CibaStage) + Send,
    ) -> Result<Option<CibaStage>, LoginError> {
        for _ in 0..super::RETRIES {
            let Some((read, mut stage)) = self.ciba_stage(flow).await? else { return Ok(None) };
            if read.sign_in.id != id || stage.end.is_some() {
                return Ok(None);
            }
            act(&mut stage);
            let mut sign_in = read.sign_in;
            sign_in.stage = Stage::Ciba(Box::new(stage.clone()));
            if self.put_sign_in(flow, Some(read.version), &sign_in).await? {
                return Ok(Some(stage));
            }
        }
        Err(LoginError::Contended)
    }
}
