//! Signing in without a browser that travels: CIBA Core 1.0 in poll mode, as Pro Santé Connect has it (fact sheet 6). One call asks
//! the person, one call finds out whether they answered; when each is made is the caller's business.

use std::fmt;

use http::{Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::config::settings::CibaChannel;
use crate::entropy::Entropy;
use crate::identity::NationalId;

use super::callback::{CallbackError, Fault};
use super::exchange::{self, Answer};
use super::grant::Grant;
use super::http::Outage;
use super::id_token::{NonceRule, Refusal};
use super::json::{self, Object};
use super::proven::{Identifier, Proven};
use super::{RelyingParty, client_form};

/// The grant of a poll (CIBA Core 10.1).
const GRANT: &str = "urn:openid:params:grant-type:ciba";
/// Longest `auth_req_id` kept.
const LONGEST_SECRET: usize = 16 * 1024;
/// Longest life believed.
const LONGEST_LIFE: i64 = 600;
/// Time between two polls where the provider says none (CIBA Core 7.3), and what `slow_down` adds (11).
const STEP: SignedDuration = SignedDuration::from_secs(5);
/// Longest time between two polls believed.
const LONGEST_INTERVAL: i64 = 60;

/// A request that the provider took. Kept in the sign-in record; it never prints its secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CibaRequest {
    auth_req_id: String,
    asked: NationalId,
    expires_at: Timestamp,
    interval: SignedDuration,
}

impl CibaRequest {
    /// When the provider gives up waiting.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// The shortest time between two polls.
    #[must_use]
    pub fn interval(&self) -> SignedDuration {
        self.interval
    }

    /// The same after `slow_down`, or after no answer: it is asked more rarely from now on.
    #[must_use]
    pub fn slower(mut self) -> Self {
        self.interval = (self.interval + STEP).min(SignedDuration::from_secs(LONGEST_INTERVAL));
        self
    }
}

impl fmt::Debug for CibaRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CibaRequest").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// What came of asking.
#[derive(Debug)]
pub enum CibaAsked {
    /// The person is being asked.
    Waiting(CibaRequest),
    /// The provider knows nobody of this identifier, or nobody who could answer there.
    Nobody,
    /// The person wants no such requests.
    Denied,
}

/// What came of a poll.
#[derive(Debug)]
pub enum CibaAnswer {
    /// No answer yet.
    Pending,
    /// No answer yet, and the poll came too soon.
    SlowDown,
    /// The person said no.
    Denied,
    /// Nobody answered in time, or the request is not known any more.
    Expired,
    /// The person said yes.
    Proven(Box<Proven>),
}

/// Why a call brought nothing to go by.
#[derive(Debug, thiserror::Error)]
pub enum CibaFault {
    /// The provider reached nobody: no telephone took the message.
    #[error("the provider could not reach the person")]
    NotReached,
    /// The provider is down or does not keep to the protocol.
    #[error("the provider is not available")]
    Unavailable(#[from] Outage),
    /// Our registration and the provider's do not agree: an operator must act.
    #[error("the provider does not accept our registration: {0}")]
    Misconfigured(Fault),
    /// What the provider sent is not believed.
    #[error("what the provider sent is refused")]
    Refused(#[from] Refusal),
}

impl CibaFault {
    /// Whether it is certain that nobody was asked; a silence, and a success that cannot be read, are no certainty.
    #[must_use]
    pub fn asked_nobody(&self) -> bool {
        matches!(
            self,
            Self::NotReached
                | Self::Misconfigured(_)
                | Self::Unavailable(
                    Outage::Resting
                        | Outage::NotKnown
                        | Outage::Status(_)
                        | Outage::Redirected(_)
                        | Outage::Unsigned(_)
                )
        )
    }
}

impl RelyingParty {
    /// Asks a person to confirm, once: a request that was sent and not answered may have rung. `digits` are shown on both sides.
    ///
    /// # Errors
    /// See [`CibaFault`]; causes are for the log.
    pub async fn ask_person(
        &self,
        who: &NationalId,
        channel: CibaChannel,
        digits: &str,
        entropy: &dyn Entropy,
        now: Timestamp,
    ) -> Result<CibaAsked, CibaFault> {
        let snapshot = self.discovery.reachable(now).await?;
        let endpoint = snapshot.metadata.ciba.as_ref();
        let endpoint = endpoint.ok_or(Outage::Nonsense("a discovery document without CIBA"))?;
        let (scopes, levels) = (self.scopes.join(" "), self.acr_values.join(" "));
        let mut parameters = vec![
            ("scope", scopes.as_str()),
            ("login_hint", who.as_str()),
            ("binding_message", digits),
            ("channel", parameter(channel)),
        ];
        if !levels.is_empty() {
            parameters.push(("acr_values", &levels));
        }
        let request = client_form::request(self, endpoint, &parameters, entropy, now)?;
        let answer = self.caller.post(request, is_push_failure, now).await.map_err(unanswered)?;
        if !answer.status().is_success() {
            return refused(&answer);
        }
        let answer = json::object(answer.body()).map_err(|_| Outage::Nonsense("a CIBA answer that is no object"))?;
        Ok(CibaAsked::Waiting(taken(&answer, who, now).ok_or(Outage::Nonsense("a CIBA answer that lacks something"))?))
    }

    /// Finds out whether the person answered. The identity is judged as a callback's, and must be of whom was asked.
    ///
    /// # Errors
    /// See [`CibaFault`]. After [`CibaFault::Unavailable`] the request may still be answered.
    pub async fn poll_person(
        &self,
        request: &CibaRequest,
        entropy: &dyn Entropy,
        now: Timestamp,
    ) -> Result<CibaAnswer, CibaFault> {
        let snapshot = self.discovery.known(now).await?;
        let parameters = [("grant_type", GRANT), ("auth_req_id", &request.auth_req_id)];
        let form = client_form::request(self, &snapshot.metadata.token, &parameters, entropy, now)?;
        let answer = self.caller.post(form, |_| false, now).await.map_err(unanswered)?;
        if !answer.status().is_success() {
            return match error_of(&answer).as_str() {
                "authorization_pending" => Ok(CibaAnswer::Pending),
                "slow_down" => Ok(CibaAnswer::SlowDown),
                "access_denied" => Ok(CibaAnswer::Denied),
                // A request that is over, or that was answered before: the person may begin again.
                "expired_token" | "invalid_grant" => Ok(CibaAnswer::Expired),
                error => Err(fault(error)),
            };
        }
        let grant = granted(answer.body(), now)?;
        // A token with a nonce was made for somebody's browser.
        let proven = match self.prove(snapshot, grant, NonceRule::Unchanged(None), None, now).await {
            Ok(proven) => proven,
            Err(CallbackError::Refused(refusal)) => return Err(refusal.into()),
            Err(CallbackError::Unavailable(outage)) => return Err(outage.into()),
            Err(CallbackError::Misconfigured(fault)) => return Err(CibaFault::Misconfigured(fault)),
            // The access token was over before userinfo was asked.
            Err(
                CallbackError::Restart
                | CallbackError::Expired
                | CallbackError::Cancelled
                | CallbackError::Malformed
                | CallbackError::StateMismatch(_),
            ) => return Ok(CibaAnswer::Expired),
        };
        match &proven.identity.identifier {
            Identifier::National(id) if *id == request.asked => Ok(CibaAnswer::Proven(Box::new(proven))),
            Identifier::National(_) | Identifier::Subject(_) => Err(Refusal::OtherPerson.into()),
        }
    }
}

/// How Pro Santé Connect writes it.
fn parameter(channel: CibaChannel) -> &'static str {
    match channel {
        CibaChannel::Mobile => "MOBILE",
        CibaChannel::Card => "CARD",
    }
}

/// A Keycloak whose message reached no telephone says so with 503; it is well itself.
fn is_push_failure(answer: &Response<Vec<u8>>) -> bool {
    answer.status() == StatusCode::SERVICE_UNAVAILABLE && error_of(answer) == "server_error"
}

fn refused(answer: &Response<Vec<u8>>) -> Result<CibaAsked, CibaFault> {
    let said = json::object(answer.body()).unwrap_or_default();
    let text = |name: &str| said.get(name).and_then(|value| value.as_str()).unwrap_or_default();
    match (text("error"), text("error_description")) {
        ("unknown_user_id", _) | ("invalid_request", "invalid_user") => Ok(CibaAsked::Nobody),
        ("access_denied", _) => Ok(CibaAsked::Denied),
        ("server_error", _) => Err(CibaFault::NotReached),
        (error, _) => Err(fault(error)),
    }
}

/// Some refuse an unknown client with a page.
fn unanswered(outage: Outage) -> CibaFault {
    if matches!(outage, Outage::NotJson(401 | 403)) {
        return CibaFault::Misconfigured(Fault::InvalidClient);
    }
    outage.into()
}

/// Only what is known by name goes on.
fn fault(error: &str) -> CibaFault {
    CibaFault::Misconfigured(match error {
        "invalid_client" => Fault::InvalidClient,
        // A Keycloak says the first where CIBA is not switched on for the client.
        "invalid_grant" | "unauthorized_client" | "unsupported_grant_type" => Fault::UnauthorizedClient,
        "invalid_scope" => Fault::InvalidScope,
        "invalid_request" | "invalid_binding_message" | "missing_user_code" | "invalid_user_code" => {
            Fault::InvalidRequest
        }
        _ => return Outage::Reported.into(),
    })
}

fn error_of(answer: &Response<Vec<u8>>) -> String {
    let said = json::object(answer.body()).unwrap_or_default();
    said.get("error").and_then(|error| error.as_str()).unwrap_or_default().to_owned()
}

fn taken(answer: &Object, who: &NationalId, now: Timestamp) -> Option<CibaRequest> {
    let life = answer.get("expires_in")?.as_i64().filter(|seconds| *seconds > 0)?;
    let interval = match answer.get("interval") {
        None => STEP,
        Some(seconds) => SignedDuration::from_secs(seconds.as_i64().filter(|seconds| *seconds >= 0)?),
    };
    Some(CibaRequest {
        auth_req_id: secret(answer, "auth_req_id")?,
        asked: who.clone(),
        expires_at: now + SignedDuration::from_secs(life.min(LONGEST_LIFE)),
        interval: interval.clamp(SignedDuration::from_secs(1), SignedDuration::from_secs(LONGEST_INTERVAL)),
    })
}

/// The tokens of an answer, read as those of a code are.
fn granted(body: &[u8], now: Timestamp) -> Result<Grant, Outage> {
    const LACKS: Outage = Outage::Nonsense("a token answer that lacks what it must have");
    json::object(body).map_err(|_| LACKS)?;
    let answer: Answer = serde_json::from_slice(body).map_err(|_| LACKS)?;
    exchange::is_bearer(&answer)?;
    Grant::of(&answer, None, now)
}

fn secret(answer: &Object, name: &str) -> Option<String> {
    let text = answer.get(name)?.as_str()?;
    let plain = (1..=LONGEST_SECRET).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    plain.then(|| text.to_owned())
}
