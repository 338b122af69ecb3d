//! Back-channel sign-out (OpenID Connect Back-Channel Logout 1.0): the clients of a session that ended are told, each with a token of its own.

use std::time::Duration;

use futures_util::future::join_all;
use http::{Request, header};
use jiff::SignedDuration;
use serde::Serialize;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::ledger::Session;
use super::{Simulator, locked};
use crate::config::psc_simulator::SimulatorClient;
use crate::entropy::Draw as _;
use crate::outbound::{Options, OutboundClient};

/// How long a logout token holds.
const LIFE: SignedDuration = SignedDuration::from_mins(2);
/// How many deliveries are remembered.
const REMEMBERED: usize = 100;

/// A logout token that was sent, and what came of it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Delivery {
    pub(super) client_id: String,
    pub(super) sid: String,
    /// Status of the answer; absent when none came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<u16>,
    /// Why none came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
}

/// Tells every client of the session that can be told, except the one that ended it; answers when all have answered or failed to.
pub(super) async fn tell(simulator: &Simulator, session: &Session, except: Option<&str>) -> Vec<Delivery> {
    let clients = simulator.settings.clients.iter();
    let told = clients
        .filter(|client| session.clients.contains(&client.id) && except != Some(client.id.as_str()))
        .filter(|client| client.backchannel_logout_uri.is_some());
    let deliveries = join_all(told.map(|client| deliver(simulator, session, client))).await;
    let mut remembered = locked(&simulator.deliveries);
    remembered.extend(deliveries.iter().cloned());
    let too_many = remembered.len().saturating_sub(REMEMBERED);
    remembered.drain(..too_many);
    deliveries
}

async fn deliver(simulator: &Simulator, session: &Session, client: &SimulatorClient) -> Delivery {
    let sent = send(simulator, session, client).await;
    let (status, error) = match sent {
        Ok(status) => (Some(status), None),
        Err(error) => (None, Some(error)),
    };
    Delivery { client_id: client.id.clone(), sid: session.sid.clone(), status, error }
}

async fn send(simulator: &Simulator, session: &Session, client: &SimulatorClient) -> Result<u16, String> {
    let uri = client.backchannel_logout_uri.as_ref().map(url::Url::as_str).unwrap_or_default();
    let claims = Value::Object(claims(simulator, session, client));
    let token = simulator.keyring().sign("logout+jwt", &claims).map_err(|fault| fault.to_string())?;
    let form = form_urlencoded::Serializer::new(String::new()).append_pair("logout_token", &token).finish();
    let request = Request::post(uri)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(form.into_bytes())
        .map_err(|error| error.to_string())?;
    let messenger = simulator.messenger.get_or_init(|| messenger(simulator)).as_ref();
    let messenger = messenger.ok_or("no client for outgoing calls could be made")?;
    let answer = messenger.send(request).await.map_err(|error| error.to_string())?;
    Ok(answer.status().as_u16())
}

fn messenger(simulator: &Simulator) -> Option<OutboundClient> {
    let options = Options {
        connect_timeout: Duration::from_secs(3),
        total_timeout: Duration::from_secs(5),
        ca_file: simulator.settings.ca_file.clone(),
        certificate: None,
        allow_http_loopback: true,
    };
    OutboundClient::new(options).inspect_err(|error| tracing::warn!(%error, "logout tokens cannot be sent")).ok()
}

/// The claims of section 2.4: never a nonce.
fn claims(simulator: &Simulator, session: &Session, client: &SimulatorClient) -> Map<String, Value> {
    let now = simulator.now();
    let identity = simulator.identity_claims(session.professional);
    let skew = i64::from(simulator.switches().clock_skew_seconds);
    let set: [(&str, Value); 9] = [
        ("iss", simulator.settings.issuer.as_str().into()),
        ("aud", client.id.as_str().into()),
        ("sub", identity.get("sub").cloned().unwrap_or_default()),
        ("sid", session.sid.as_str().into()),
        ("iat", (now.as_second() + skew).into()),
        ("exp", ((now + LIFE).as_second() + skew).into()),
        ("jti", simulator.entropy.uuid(now).to_string().into()),
        ("typ", "Logout".into()),
        ("events", json!({ "http://schemas.openid.net/event/backchannel-logout": {} })),
    ];
    set.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
}
