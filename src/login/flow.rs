//! A sign-in under way: a record on the server, found by the browser's flow cookie and the tab's flow id (decision 18).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::account::Channel;
use crate::entropy::{Draw as _, Entropy};
use crate::identity::AccountId;
use crate::keys::Sealer;

use super::ciba::CibaStage;
use super::provider::Arrival;
use super::reset::Reset;
use super::{Login, LoginError};

/// A sign-in lives this long.
pub const LIFETIME: SignedDuration = SignedDuration::from_mins(15);

/// Records kept per browser; an older one is dropped and its tab starts over.
pub(super) const PER_BROWSER: usize = 8;

/// Which tab of which browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    browser: String,
    id: String,
}

impl Flow {
    /// Draws the value of a new flow cookie: 128 bits.
    #[must_use]
    pub fn draw_cookie(entropy: &dyn Entropy) -> String {
        entropy.token::<16>()
    }

    /// Draws a tab's id.
    #[must_use]
    pub fn draw_id(entropy: &dyn Entropy) -> String {
        entropy.token::<16>()
    }

    /// Whether a value has the shape of a cookie or id drawn here.
    #[must_use]
    pub fn is_shaped(value: &str) -> bool {
        let mut bytes = [0_u8; 16];
        value.len() == 22 && URL_SAFE_NO_PAD.decode_slice(value, &mut bytes).is_ok_and(|length| length == 16)
    }

    /// The tab `id` of the browser that holds `cookie`; `None` when either is not of our making.
    #[must_use]
    pub fn new(sealer: &Sealer, cookie: &str, id: &str) -> Option<Self> {
        let browser = Self::browser_of(sealer, cookie).filter(|_| Self::is_shaped(id))?;
        Some(Self { browser, id: id.to_owned() })
    }

    /// What records know the browser that holds `cookie` by; `None` when it is not of our making.
    #[must_use]
    pub fn browser_of(sealer: &Sealer, cookie: &str) -> Option<String> {
        Self::is_shaped(cookie).then(|| sealer.mac("flow-cookie", &[cookie.as_bytes()]))
    }

    /// The browser's part, for records that a redirect comes back to.
    #[must_use]
    pub fn browser(&self) -> &str {
        &self.browser
    }

    /// The tab's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What codes of this flow are bound to.
    #[must_use]
    pub fn binding(&self) -> String {
        format!("{}:{}", self.browser, self.id)
    }

    fn prefix(&self) -> String {
        format!("sign-in:{}:", self.browser)
    }

    fn record_key(&self) -> String {
        format!("{}{}", self.prefix(), self.id)
    }
}

/// A sign-in under way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignIn {
    /// Public id, for the audit log.
    pub id: String,
    /// When it began; it ends [`LIFETIME`] later.
    pub started_at: Timestamp,
    /// The page first asked for, already checked.
    pub return_to: Option<String>,
    /// "Se souvenir de moi" was ticked.
    pub remember: bool,
    /// The identifier as typed, for who goes back to correct it.
    #[serde(default)]
    pub typed: String,
    /// Where it is.
    pub stage: Stage,
}

/// Where a sign-in is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Stage {
    /// The person went back to the first page: nothing is proven, what was typed is kept.
    Typing,
    /// The password was right; a second factor is asked.
    Factor(FactorStage),
    /// A forgotten password.
    Reset(Reset),
    /// Pro Santé Connect proved somebody who is not let in yet: linking, or a page that says why not.
    Arrived(Box<Arrival>),
    /// The person is asked to confirm elsewhere.
    Ciba(Box<CibaStage>),
    /// A session was opened; a repeated POST within ten seconds gets the same one (decision 57).
    Opened {
        /// Account.
        account: AccountId,
        /// The key the session has now.
        key: crate::session::SessionKey,
        /// When.
        at: Timestamp,
    },
}

/// A second factor asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactorStage {
    /// Whose password was right.
    pub account: AccountId,
    /// The account's epoch then; a password changed meanwhile ends this sign-in.
    pub epoch: i64,
    /// Verified contacts to choose from.
    pub channels: Vec<Channel>,
    /// The one chosen.
    pub chosen: Option<Channel>,
}

/// A sign-in as read, with the version a writer must name.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// The record.
    pub sign_in: SignIn,
    /// Its version.
    pub version: i64,
}

impl SignIn {
    /// A new one.
    #[must_use]
    pub fn begin(login: &Login, return_to: Option<String>, remember: bool, stage: Stage) -> Self {
        Self {
            id: login.entropy.token::<16>(),
            started_at: login.now(),
            return_to,
            remember,
            typed: String::new(),
            stage,
        }
    }
}

impl Login {
    /// The sign-in of a tab, unless it is older than fifteen minutes. A record that cannot be read counts as none.
    pub async fn sign_in(&self, flow: &Flow) -> Result<Option<Read>, LoginError> {
        let now = self.now();
        let Some(stored) = self.store.record(&flow.record_key(), now).await? else { return Ok(None) };
        let Ok(sign_in) = serde_json::from_slice::<SignIn>(&stored.value) else { return Ok(None) };
        let alive = now < sign_in.started_at + LIFETIME;
        Ok(alive.then_some(Read { sign_in, version: stored.version }))
    }

    /// Writes a tab's sign-in: over nothing, or over the version read. `false` when another request was first.
    pub async fn put_sign_in(&self, flow: &Flow, over: Option<i64>, sign_in: &SignIn) -> Result<bool, LoginError> {
        let value = serde_json::to_vec(sign_in)?;
        let expires_at = sign_in.started_at + LIFETIME;
        let written = self.store.put_record(&flow.record_key(), over, &value, expires_at, self.now()).await?;
        if written && over.is_none() {
            self.store.trim_records(&flow.prefix(), PER_BROWSER).await?;
        }
        Ok(written)
    }

    /// Writes a tab's sign-in over whatever is there: a form posted anew starts over.
    pub async fn restart_sign_in(&self, flow: &Flow, sign_in: &SignIn) -> Result<(), LoginError> {
        for _ in 0..super::RETRIES {
            let over = self.store.record(&flow.record_key(), self.now()).await?.map(|stored| stored.version);
            if self.put_sign_in(flow, over, sign_in).await? {
                return Ok(());
            }
        }
        Err(LoginError::Contended)
    }

    /// Writes a record over whatever is there.
    pub(super) async fn set_record(&self, key: &str, value: &[u8], expires_at: Timestamp) -> Result<(), LoginError> {
        for _ in 0..super::RETRIES {
            let now = self.now();
            let over = self.store.record(key, now).await?.map(|stored| stored.version);
            if self.store.put_record(key, over, value, expires_at, now).await? {
                return Ok(());
            }
        }
        Err(LoginError::Contended)
    }

    /// Forgets what a tab's sign-in has proven, and keeps the identifier that was typed, so that it can be corrected.
    pub async fn type_again(&self, flow: &Flow, typed: &str) -> Result<(), LoginError> {
        let typed = typed.trim().chars().take(320).collect();
        let sign_in = SignIn { typed, ..SignIn::begin(self, None, false, Stage::Typing) };
        self.restart_sign_in(flow, &sign_in).await
    }

    /// The identifier typed in a tab that went back to the first page.
    pub async fn typed_before(&self, flow: &Flow) -> Result<Option<String>, LoginError> {
        let read = self.sign_in(flow).await?;
        let typing = read.filter(|read| read.sign_in.stage == Stage::Typing);
        Ok(typing.map(|read| read.sign_in.typed).filter(|typed| !typed.is_empty()))
    }

    /// Forgets a tab's sign-in.
    pub async fn drop_sign_in(&self, flow: &Flow) -> Result<(), LoginError> {
        self.store.remove_record(&flow.record_key()).await?;
        Ok(())
    }
}
