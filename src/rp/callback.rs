//! The way back: what the browser brings is read within bounds, matched with the sign-in it belongs to,
//! and turned into a proven identity or one of a few answers the caller can act on.
//!
//! The provider's free text (`error_description`) is never kept nor shown.

use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::config::settings::{CallbackIssuer, Profile};
use crate::entropy::Entropy;

use super::discovery::Snapshot;
use super::grant::Grant;
use super::http::Outage;
use super::id_token::{self, Expected, NonceRule, Opened, Purpose, Refusal};
use super::proven::Proven;
use super::start::Pending;
use super::{RelyingParty, exchange, oidc, psc};

/// Longest query string of a callback (bytes).
const LONGEST_QUERY: usize = 8 * 1024;
/// Longest code.
const LONGEST_CODE: usize = 2048;
/// Longest `iss`.
const LONGEST_ISSUER: usize = 512;
/// Longest error code.
const LONGEST_ERROR: usize = 64;
/// Length of every state of ours.
const STATE_LENGTH: usize = 43;
/// How long a sign-in waits for its callback (decision 56).
const PATIENCE: SignedDuration = SignedDuration::from_mins(15);

/// Why a callback gives no identity.
#[derive(Debug, thiserror::Error)]
pub enum CallbackError {
    /// Not something a provider sends. Nothing was changed.
    #[error("the callback is not one a provider sends")]
    Malformed,
    /// Not the callback of this sign-in, which is handed back untouched (attacks C02, C04, C07).
    #[error("the callback belongs to another sign-in")]
    StateMismatch(Box<Pending>),
    /// Begun more than fifteen minutes ago.
    #[error("the sign-in began too long ago")]
    Expired,
    /// The person left.
    #[error("the person cancelled at the provider")]
    Cancelled,
    /// Used, late or abandoned at the provider: the person may begin again, nothing does it alone.
    #[error("the sign-in must begin again")]
    Restart,
    /// The provider is down or does not keep to the protocol; trying again later may help.
    #[error("the provider is not available")]
    Unavailable(#[from] Outage),
    /// Our registration and the provider's do not agree: an operator must act.
    #[error("the provider does not accept our registration: {0}")]
    Misconfigured(Fault),
    /// What the provider sent is not believed.
    #[error("what the provider sent is refused")]
    Refused(#[from] Refusal),
}

/// What the provider does not accept of our registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Secret or client id.
    InvalidClient,
    /// This client may not do that.
    UnauthorizedClient,
    /// A scope.
    InvalidScope,
    /// A parameter, the callback address among them.
    InvalidRequest,
    /// `code`, or its grant.
    UnsupportedResponseType,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidClient => "invalid_client",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidRequest => "invalid_request",
            Self::UnsupportedResponseType => "unsupported_response_type",
        })
    }
}

/// The parameters of a callback, bounded; nothing is believed yet.
#[derive(Clone, PartialEq, Eq)]
pub struct CallbackParams {
    state: String,
    issuer: Option<String>,
    answer: Answer,
}

#[derive(Clone, PartialEq, Eq)]
enum Answer {
    Code(String),
    Cancelled,
    Restart,
    Fault(Fault),
    Trouble,
}

impl CallbackParams {
    /// Reads a query string (without `?`). Refuses one without state, without code or error, with both, with a repeated
    /// parameter of the protocol, with tokens, or too long (attacks C01, C05).
    ///
    /// # Errors
    /// [`CallbackError::Malformed`], whatever is wrong.
    pub fn parse(query: &str) -> Result<Self, CallbackError> {
        Self::read(query).ok_or(CallbackError::Malformed)
    }

    /// The state, to find the sign-in it belongs to.
    #[must_use]
    pub fn state(&self) -> &str {
        &self.state
    }

    fn read(query: &str) -> Option<Self> {
        if query.len() > LONGEST_QUERY {
            return None;
        }
        let (mut code, mut state, mut issuer, mut error, mut description) = (None, None, None, None, None);
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let slot = match name.as_ref() {
                "code" => &mut code,
                "state" => &mut state,
                "iss" => &mut issuer,
                "error" => &mut error,
                "error_description" => &mut description,
                "access_token" | "id_token" | "refresh_token" | "response" => return None,
                _ => continue,
            };
            if slot.replace(value.into_owned()).is_some() {
                return None;
            }
        }
        let answer = match (code, error) {
            (Some(code), None) if visible(&code, LONGEST_CODE) => Answer::Code(code),
            (None, Some(error)) if visible(&error, LONGEST_ERROR) => Answer::of(&error, description.as_deref()),
            (Some(_), _) | (None, _) => return None,
        };
        let state = state.filter(|state| state.len() == STATE_LENGTH && visible(state, STATE_LENGTH))?;
        if issuer.as_deref().is_some_and(|issuer| !visible(issuer, LONGEST_ISSUER)) {
            return None;
        }
        Some(Self { state, issuer, answer })
    }
}

impl fmt::Debug for CallbackParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallbackParams(…)")
    }
}

impl Answer {
    fn of(error: &str, description: Option<&str>) -> Self {
        match error {
            "access_denied" => Self::Cancelled,
            "login_required" | "interaction_required" | "account_selection_required" | "consent_required" => {
                Self::Restart
            }
            // Keycloak: the page was left open too long, or in a second tab.
            "temporarily_unavailable" if description == Some("authentication_expired") => Self::Restart,
            "invalid_request" => Self::Fault(Fault::InvalidRequest),
            "invalid_scope" => Self::Fault(Fault::InvalidScope),
            "unauthorized_client" => Self::Fault(Fault::UnauthorizedClient),
            "unsupported_response_type" => Self::Fault(Fault::UnsupportedResponseType),
            _ => Self::Trouble,
        }
    }
}

impl RelyingParty {
    /// Ends a sign-in. `pending` is used up, whatever the outcome, but for [`CallbackError::StateMismatch`].
    ///
    /// State first, then age, then issuer, then what the provider answers; only then is the provider asked.
    ///
    /// # Errors
    /// See [`CallbackError`]; causes are for the log.
    pub async fn finish(
        &self,
        params: CallbackParams,
        pending: Pending,
        entropy: &dyn Entropy,
        now: Timestamp,
    ) -> Result<Proven, CallbackError> {
        if !id_token::same(&params.state, &pending.state) || pending.identity_provider != self.name {
            return Err(CallbackError::StateMismatch(Box::new(pending)));
        }
        if pending.started_at + PATIENCE <= now || now + id_token::SKEW < pending.started_at {
            return Err(CallbackError::Expired);
        }
        if matches!(params.answer, Answer::Code(_)) {
            // After a restart nothing is known yet, not even whether the provider promises to name itself.
            self.discovery.known(now).await?;
        }
        self.check_issuer(params.issuer.as_deref(), now)?;
        let code = match params.answer {
            Answer::Code(code) => code,
            Answer::Cancelled => return Err(CallbackError::Cancelled),
            Answer::Restart => return Err(CallbackError::Restart),
            Answer::Fault(fault) => return Err(CallbackError::Misconfigured(fault)),
            Answer::Trouble => return Err(Outage::Reported.into()),
        };
        self.redeem(code, pending, entropy, now).await
    }

    /// RFC 9207: `iss` is compared when present, and must be present when the provider promises it, unless the configuration
    /// knows better.
    fn check_issuer(&self, named: Option<&str>, now: Timestamp) -> Result<(), Refusal> {
        let promised = || self.discovery.current(now).is_some_and(|snapshot| snapshot.metadata.names_issuer);
        let fits = match (named, self.callback_issuer) {
            (Some(named), CallbackIssuer::Promised | CallbackIssuer::Optional) => named == self.issuer,
            (None, CallbackIssuer::Promised) => !promised(),
            (None, CallbackIssuer::Optional) => true,
        };
        if fits { Ok(()) } else { Err(Refusal::CallbackIssuer) }
    }

    async fn redeem(
        &self,
        code: String,
        pending: Pending,
        entropy: &dyn Entropy,
        now: Timestamp,
    ) -> Result<Proven, CallbackError> {
        let snapshot = self.discovery.known(now).await?;
        let client = exchange::client(self, &snapshot.metadata, &pending.redirect_uri)?;
        let grant = exchange::redeem(self, &client, code, pending.pkce_verifier, entropy, now).await?;
        let nonce = NonceRule::Exactly(&pending.nonce);
        self.prove(snapshot, grant, nonce, pending.authenticated_since, now).await
    }

    /// Believes what the token endpoint gave, then asks userinfo: the same rules for every way of signing in.
    pub(super) async fn prove(
        &self,
        mut snapshot: Arc<Snapshot>,
        grant: Grant,
        nonce: NonceRule<'_>,
        authenticated_since: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Proven, CallbackError> {
        let opened = Opened::open(grant.id_token(), &self.algorithms, Purpose::SignIn)?;
        if !snapshot.keys.knows(opened.key_id()) {
            snapshot = self.discovery.refetch_keys(&snapshot, now).await;
        }
        let expected = Expected {
            issuer: &self.issuer,
            client_id: &self.client_id,
            nonce,
            access_token: &grant.bearer(),
            levels: &self.levels,
            authenticated_since,
        };
        let believed = opened.believe(&snapshot.keys, &expected, now)?;
        let userinfo =
            exchange::userinfo(&snapshot.metadata, &self.caller, &grant.bearer(), &believed.subject, now).await?;
        let identity = match &self.profile {
            Profile::Psc => psc::prove(&self.name, &self.issuer, believed, &userinfo)?,
            Profile::Oidc { national_identifier_claim } => {
                let claim = national_identifier_claim.as_deref();
                oidc::prove(&self.name, &self.issuer, claim, believed, &userinfo)?
            }
        };
        Ok(Proven { identity, grant })
    }
}

fn visible(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
}
