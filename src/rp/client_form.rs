//! A form that we post to the provider, with the proof of who we are: the four ways of [`ClientAuth`], for endpoints that the
//! library does not know.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Request};
use jiff::Timestamp;
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

use crate::config::settings::ClientAuth;
use crate::entropy::Entropy;

use super::http::Outage;
use super::{RelyingParty, exchange};

/// The request, made of these parameters and ours.
pub(super) fn request(
    party: &RelyingParty,
    address: &Url,
    parameters: &[(&str, &str)],
    entropy: &dyn Entropy,
    now: Timestamp,
) -> Result<Request<Vec<u8>>, Outage> {
    let mut form = Serializer::new(String::new());
    form.extend_pairs(parameters);
    let mut authorization = None;
    match &party.client_auth {
        ClientAuth::Basic(secret) => authorization = Some(basic(&party.client_id, secret.expose())?),
        ClientAuth::Post(secret) => {
            form.append_pair("client_id", &party.client_id).append_pair("client_secret", secret.expose());
        }
        // The proof stands beside our name, or in the connection.
        ClientAuth::PrivateKeyJwt(_) | ClientAuth::Tls => {
            form.append_pair("client_id", &party.client_id).extend_pairs(exchange::proof(party, entropy, now)?);
        }
    }
    let mut request = Request::post(address.as_str())
        .header(ACCEPT, "application/json")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some(authorization) = authorization {
        request = request.header(AUTHORIZATION, authorization);
    }
    request.body(form.finish().into_bytes()).map_err(|_| Outage::Nonsense("an address that is none"))
}

/// Both parts are form-encoded before they are joined (RFC 6749 section 2.3.1, attack C24).
fn basic(client_id: &str, secret: &str) -> Result<HeaderValue, Outage> {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let pair = STANDARD.encode(format!("{}:{}", encoded(client_id), encoded(secret)));
    let mut value = HeaderValue::from_str(&format!("Basic {pair}"))
        .map_err(|_| Outage::Nonsense("a client secret that fits no header"))?;
    value.set_sensitive(true);
    Ok(value)
}
