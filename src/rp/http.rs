//! Calls to the provider: the door the composition plugs its client into, and what is refused of any answer.
//!
//! Nothing here follows a redirect, and nothing here keeps a body for the log.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Request, Response, StatusCode};
use jiff::Timestamp;
use openidconnect::AsyncHttpClient;

use crate::keys::KeyFault;

use super::breaker::{Breaker, Standing};

/// Largest discovery document, key set, token answer or userinfo (bytes).
pub(super) const ANSWER_CAP: usize = 256 * 1024;

/// One HTTP call to an identity provider. The implementation bounds time and size, and follows no redirect.
#[async_trait]
pub trait HttpCall: Send + Sync + std::fmt::Debug {
    /// Sends `request` and returns the whole answer, whatever its status.
    ///
    /// # Errors
    /// When there is no whole answer in time.
    async fn call(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, CallError>;
}

/// No answer could be had.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The deadline passed.
    #[error("no answer came in time")]
    TimedOut,
    /// The answer exceeds the client's own cap.
    #[error("the answer is larger than the client takes")]
    TooLarge,
    /// Name, connection, TLS or protocol failed.
    #[error("the connection failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Why the provider cannot be relied on now. The log keeps it; no page shows it.
#[derive(Debug, thiserror::Error)]
pub enum Outage {
    /// No answer.
    #[error("the provider did not answer")]
    Unreachable(#[source] CallError),
    /// An answer that is neither a success nor an error the protocol knows.
    #[error("the provider answered with status {0}")]
    Status(u16),
    /// A redirect where none belongs; it was not followed (attack C17).
    #[error("the provider answered with a redirect ({0}), which was not followed")]
    Redirected(u16),
    /// More than 256 KiB.
    #[error("the provider's answer is too large")]
    TooLarge,
    /// Another media type (with the status it came with).
    #[error("the provider's answer is not JSON (status {0})")]
    NotJson(u16),
    /// JSON that lacks what it must have.
    #[error("the provider's answer cannot be used: {0}")]
    Nonsense(&'static str),
    /// The discovery document is of another issuer (attack C18).
    #[error("the discovery document names another issuer than the configured one")]
    OtherIssuer,
    /// An endpoint that is not https (attack C18).
    #[error("the discovery document names an unsafe {0}")]
    UnsafeEndpoint(&'static str),
    /// The key set holds nothing we may verify with.
    #[error("the provider publishes no usable key")]
    NoUsableKey,
    /// The provider said so itself, on the callback or at the token endpoint.
    #[error("the provider reports a fault of its own")]
    Reported,
    /// Calls to it failed in a row: it is left alone for a moment.
    #[error("the provider did not answer several times in a row, and is not asked for a moment")]
    Resting,
    /// Our own proof of who we are could not be signed.
    #[error("the client assertion could not be signed")]
    Unsigned(#[source] KeyFault),
    /// Another call has just failed for the same purpose.
    #[error("the provider is not known yet, and the fetch under way failed")]
    NotKnown,
}

impl Outage {
    /// Whether the provider is away, rather than badly set up.
    fn is_away(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Status(status) => *status >= 500,
            Self::Redirected(_)
            | Self::TooLarge
            | Self::NotJson(_)
            | Self::Nonsense(_)
            | Self::OtherIssuer
            | Self::UnsafeEndpoint(_)
            | Self::NoUsableKey
            | Self::Reported
            | Self::Resting
            | Self::Unsigned(_)
            | Self::NotKnown => false,
        }
    }

    /// Whether the same question may be answered a moment later: a connection that broke, a balancer without a server. Not a silence,
    /// which has cost the person a whole deadline already.
    fn may_pass(&self) -> bool {
        matches!(self, Self::Unreachable(CallError::Failed(_)) | Self::Status(502..=504))
    }
}

/// The client as this room uses it. Clones share what is known of the provider's health.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    name: Arc<str>,
    http: Arc<dyn HttpCall>,
    breaker: Arc<Mutex<Breaker>>,
}

impl Caller {
    pub(super) fn new(name: &str, http: Arc<dyn HttpCall>) -> Self {
        Self { name: name.into(), http, breaker: Arc::new(Mutex::new(Breaker::new())) }
    }

    /// How the provider stands, asking nobody.
    pub(super) fn standing(&self, now: Timestamp) -> Standing {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner).standing(now)
    }

    /// The JSON body of a plain success. Asked a second time where the first went wrong on the way: a GET changes nothing.
    pub(super) async fn get_json(
        &self,
        address: &str,
        bearer: Option<&str>,
        now: Timestamp,
    ) -> Result<Vec<u8>, Outage> {
        self.admit(now)?;
        let once = async || self.answer(get(address, bearer)?).await.and_then(success);
        let mut outcome = once().await;
        if outcome.as_ref().is_err_and(Outage::may_pass) {
            outcome = once().await;
        }
        self.learn(&outcome, now);
        outcome
    }

    /// Whether a page meant for browsers is there at all. Neither admitted nor learnt from.
    pub(super) async fn is_up(&self, address: &str) -> bool {
        let Ok(request) = Request::get(address).header(ACCEPT, "text/html").body(Vec::new()) else { return false };
        match self.http.call(request).await {
            Ok(answer) => !answer.status().is_server_error(),
            Err(CallError::TooLarge) => true,
            Err(CallError::TimedOut | CallError::Failed(_)) => false,
        }
    }

    /// For a call that is made once, at this instant: what it asks may have been done though no answer came.
    pub(super) fn once(&self, now: Timestamp) -> Once<'_> {
        Once { caller: self, now }
    }

    /// A form posted once; the caller reads the error of a 4xx. A 5xx is an outage unless `is_said` finds in it something said of this
    /// request alone.
    pub(super) async fn post(
        &self,
        request: Request<Vec<u8>>,
        is_said: fn(&Response<Vec<u8>>) -> bool,
        now: Timestamp,
    ) -> Result<Response<Vec<u8>>, Outage> {
        self.admit(now)?;
        let outcome = match self.http.call(request).await.map_err(Outage::Unreachable) {
            Ok(answer) if answer.status().is_server_error() && is_json(&answer) && is_said(&answer) => Ok(answer),
            Ok(answer) => readable(answer),
            Err(outage) => Err(outage),
        };
        self.learn(&outcome, now);
        outcome
    }

    fn admit(&self, now: Timestamp) -> Result<(), Outage> {
        let admitted = self.breaker.lock().unwrap_or_else(PoisonError::into_inner).admit(now);
        if admitted { Ok(()) } else { Err(Outage::Resting) }
    }

    fn learn<T>(&self, outcome: &Result<T, Outage>, now: Timestamp) {
        let mut breaker = self.breaker.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Err(outage) if outage.is_away() => {
                if breaker.failed(now) {
                    let cause = outage as &dyn std::error::Error;
                    tracing::error!(identity_provider = %self.name, cause, "the identity provider does not answer; it is left alone");
                }
            }
            Ok(_) | Err(_) => {
                if breaker.succeeded() {
                    tracing::info!(identity_provider = %self.name, "the identity provider answers again");
                }
            }
        }
    }

    async fn answer(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Outage> {
        readable(self.http.call(request).await.map_err(Outage::Unreachable)?)
    }
}

/// An answer a protocol library may read: JSON, bounded, neither redirect nor server error.
fn readable(answer: Response<Vec<u8>>) -> Result<Response<Vec<u8>>, Outage> {
    let status = answer.status();
    if status.is_redirection() {
        return Err(Outage::Redirected(status.as_u16()));
    }
    if !status.is_success() && !status.is_client_error() {
        return Err(Outage::Status(status.as_u16()));
    }
    if answer.body().len() > ANSWER_CAP {
        return Err(Outage::TooLarge);
    }
    if !is_json(&answer) {
        return Err(Outage::NotJson(status.as_u16()));
    }
    Ok(answer)
}

/// The client the library's token exchange is given.
#[derive(Debug)]
pub(super) struct Once<'a> {
    caller: &'a Caller,
    now: Timestamp,
}

impl<'c> AsyncHttpClient<'c> for Once<'_> {
    type Error = Outage;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Vec<u8>>, Outage>> + Send + 'c>>;

    fn call(&'c self, request: Request<Vec<u8>>) -> Self::Future {
        Box::pin(async {
            self.caller.admit(self.now)?;
            let outcome = self.caller.answer(request).await;
            self.caller.learn(&outcome, self.now);
            outcome
        })
    }
}

fn get(address: &str, bearer: Option<&str>) -> Result<Request<Vec<u8>>, Outage> {
    let mut request = Request::get(address).header(ACCEPT, "application/json");
    if let Some(token) = bearer {
        let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
            .map_err(|_| Outage::Nonsense("an access token that fits no header"))?;
        value.set_sensitive(true);
        request = request.header(AUTHORIZATION, value);
    }
    request.body(Vec::new()).map_err(|_| Outage::Nonsense("an address that is none"))
}

fn success(answer: Response<Vec<u8>>) -> Result<Vec<u8>, Outage> {
    match answer.status() {
        StatusCode::OK => Ok(answer.into_body()),
        status => Err(Outage::Status(status.as_u16())),
    }
}

fn is_json(answer: &Response<Vec<u8>>) -> bool {
    let Some(media) = answer.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let media = media.split(';').next().unwrap_or_default().trim();
    ["application/json", "application/jwk-set+json"].iter().any(|known| media.eq_ignore_ascii_case(known))
}
