//! SMS by a configured HTTP call. Placeholders are looked for in the template only: what replaces them is escaped for
//! the body's format and never read again, whatever it holds.

use async_trait::async_trait;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, StatusCode};
use url::form_urlencoded;

use crate::config::settings::{SmsBody, SmsHttpSettings};
use crate::outbound::{Options, OutboundClient, OutboundError, OutboundSetupError};

use super::messages::Rendered;
use super::sender::{Outgoing, SendError, Sender, To};

/// Why an SMS sender could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SmsSetupError {
    /// A configured header is not one.
    #[error("the header {name} of the SMS call cannot be used")]
    Header {
        /// Its name.
        name: String,
    },
    /// The HTTP client cannot be made.
    #[error("the client of the SMS call cannot be set up")]
    Client(#[from] OutboundSetupError),
}

/// Sends through an SMS operator's HTTP interface.
pub struct HttpSmsSender {
    settings: SmsHttpSettings,
    headers: HeaderMap,
    client: OutboundClient,
}

impl std::fmt::Debug for HttpSmsSender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpSmsSender").field("host", &self.settings.url.host_str()).finish_non_exhaustive()
    }
}

impl HttpSmsSender {
    /// Makes the client and the headers; nothing is called yet.
    ///
    /// # Errors
    /// When a header or the certificate file cannot be used.
    pub fn new(settings: SmsHttpSettings) -> Result<Self, SmsSetupError> {
        let client = OutboundClient::new(Options {
            connect_timeout: settings.timeout,
            total_timeout: settings.timeout,
            ca_file: settings.ca_file.clone(),
            certificate: None,
            allow_http_loopback: true,
        })?;
        let headers = headers(&settings)?;
        Ok(Self { settings, headers, client })
    }

    fn request(&self, outgoing: &Outgoing) -> Option<Request<Vec<u8>>> {
        let (To::Phone(to), Rendered::Sms { text }) = (&outgoing.to, &outgoing.content) else { return None };
        let secret = self.settings.secret.as_ref().map_or("", |secret| secret.expose());
        let body = fill(&self.settings.body, |placeholder| {
            let value = match placeholder {
                Placeholder::To => to.as_str(),
                Placeholder::Text => text,
                Placeholder::Id => &outgoing.id,
                Placeholder::Secret => secret,
            };
            escape(value, self.settings.format)
        });
        let mut request = Request::new(body.into_bytes());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.settings.url.as_str().parse().ok()?;
        *request.headers_mut() = self.headers.clone();
        Some(request)
    }
}

#[async_trait]
impl Sender for HttpSmsSender {
    async fn send(&self, outgoing: Outgoing) -> Result<(), SendError> {
        let request = self.request(&outgoing).ok_or(SendError::Refused)?;
        match self.client.send(request).await {
            Ok(answer) => judge(answer.status()),
            Err(OutboundError::Address | OutboundError::Connect(_) | OutboundError::Tls(_)) => Err(SendError::Down),
            Err(OutboundError::Timeout | OutboundError::TooLarge | OutboundError::Protocol(_)) => {
                Err(SendError::Uncertain)
            }
        }
    }
}

/// What an answer's status says of the message.
fn judge(status: StatusCode) -> Result<(), SendError> {
    if status.is_success() {
        return Ok(());
    }
    tracing::warn!(status = status.as_u16(), "the SMS interface did not take a message");
    match status.as_u16() {
        // Credentials, credit, address of the interface: our fault and not the number's, so the person is not asked
        // to correct a number that is right.
        401..=405 | 407 => Err(SendError::Down),
        408 | 425 | 429 => Err(SendError::Down),
        400..=499 => Err(SendError::Refused),
        _ => Err(SendError::Down),
    }
}

#[derive(Debug, Clone, Copy)]
enum Placeholder {
    To,
    Text,
    Id,
    Secret,
}

const PLACEHOLDERS: [(&str, Placeholder); 4] = [
    ("{to}", Placeholder::To),
    ("{text}", Placeholder::Text),
    ("{id}", Placeholder::Id),
    ("{secret}", Placeholder::Secret),
];

/// Replaces the placeholders of `template` in one pass, left to right; values are never scanned. Other braces stay.
fn fill(template: &str, value: impl Fn(Placeholder) -> String) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, from_brace)) = rest.find('{').map(|at| rest.split_at(at)) {
        filled.push_str(before);
        let found = PLACEHOLDERS.iter().find_map(|(name, kind)| Some((from_brace.strip_prefix(name)?, *kind)));
        if let Some((after, placeholder)) = found {
            filled.push_str(&value(placeholder));
            rest = after;
        } else {
            filled.push('{');
            rest = from_brace.strip_prefix('{').unwrap_or_default();
        }
    }
    filled.push_str(rest);
    filled
}

fn escape(value: &str, format: SmsBody) -> String {
    match format {
        SmsBody::Json => {
            // The template writes the quotes: what stands between them is what a JSON string is made of.
            let quoted = serde_json::Value::from(value).to_string();
            quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default().to_owned()
        }
        SmsBody::Form => form_urlencoded::byte_serialize(value.as_bytes()).collect(),
    }
}

fn headers(settings: &SmsHttpSettings) -> Result<HeaderMap, SmsSetupError> {
    let mut headers = HeaderMap::new();
    let kind = match settings.format {
        SmsBody::Json => "application/json",
        SmsBody::Form => "application/x-www-form-urlencoded",
    };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    let secret = settings.secret.as_ref().map_or("", |secret| secret.expose());
    for (name, value) in &settings.headers {
        let unusable = || SmsSetupError::Header { name: name.clone() };
        let filled = value.replace("{secret}", secret);
        let mut value = HeaderValue::from_str(&filled).map_err(|_| unusable())?;
        value.set_sensitive(true);
        headers.insert(name.parse::<HeaderName>().map_err(|_| unusable())?, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests;
