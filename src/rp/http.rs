//! Calls to the provider: the door the composition plugs its client into, and what is refused of any answer.
//!
//! Nothing here follows a redirect, and nothing here keeps a body for the log.

use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Request, Response, StatusCode};
use openidconnect::AsyncHttpClient;

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
    /// Another call has just failed for the same purpose.
    #[error("the provider is not known yet, and the fetch under way failed")]
    NotKnown,
}

/// The client as this room uses it.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    http: Arc<dyn HttpCall>,
}

impl Caller {
    pub(super) fn new(http: Arc<dyn HttpCall>) -> Self {
        Self { http }
    }

    /// The JSON body of a plain success.
    pub(super) async fn get_json(&self, address: &str, bearer: Option<&str>) -> Result<Vec<u8>, Outage> {
        let mut request = Request::get(address).header(ACCEPT, "application/json");
        if let Some(token) = bearer {
            let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
                .map_err(|_| Outage::Nonsense("an access token that fits no header"))?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        let request = request.body(Vec::new()).map_err(|_| Outage::Nonsense("an address that is none"))?;
        let answer = self.answer(request).await?;
        match answer.status() {
            StatusCode::OK => Ok(answer.into_body()),
            status => Err(Outage::Status(status.as_u16())),
        }
    }

    /// An answer a protocol library may read: JSON, bounded, neither redirect nor server error.
    pub(super) async fn answer(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Outage> {
        let answer = self.http.call(request).await.map_err(Outage::Unreachable)?;
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
}

/// The client the library's token exchange is given.
impl<'c> AsyncHttpClient<'c> for Caller {
    type Error = Outage;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Vec<u8>>, Outage>> + Send + 'c>>;

    fn call(&'c self, request: Request<Vec<u8>>) -> Self::Future {
        Box::pin(self.answer(request))
    }
}

fn is_json(answer: &Response<Vec<u8>>) -> bool {
    let Some(media) = answer.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let media = media.split(';').next().unwrap_or_default().trim();
    ["application/json", "application/jwk-set+json"].iter().any(|known| media.eq_ignore_ascii_case(known))
}
