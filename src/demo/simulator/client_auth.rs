//! Who calls the back channel: one way of authentication, one that the client is registered with, and a certificate where all must show one.

mod assertion;
mod certificate;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use subtle::ConstantTimeEq as _;

use super::Simulator;
use super::answer::Refused;
use super::request::Parameters;
use crate::config::psc_simulator::{Mtls, SimulatorAuth, SimulatorClient};

pub use certificate::ShownCertificate;
pub(super) use certificate::confirmation;

/// What authenticates the caller.
enum Shown {
    Basic(String, String),
    Post(String, String),
    Assertion(String),
    Certificate,
}

/// The registered client that makes this call.
///
/// # Errors
/// `invalid_client`, or `invalid_request` when it authenticates twice (RFC 6749, 2.3.1).
pub(super) fn authenticate<'s>(
    simulator: &'s Simulator,
    headers: &HeaderMap,
    parameters: &Parameters,
    certificate: Option<&ShownCertificate>,
) -> Result<&'s SimulatorClient, Refused> {
    must_show_a_certificate(simulator, certificate)?;
    let (way, client) = match shown(headers, parameters)? {
        Shown::Basic(id, secret) => (SimulatorAuth::Basic, with_secret(simulator, &id, &secret)?),
        Shown::Post(id, secret) => (SimulatorAuth::Post, with_secret(simulator, &id, &secret)?),
        Shown::Assertion(assertion) => (SimulatorAuth::PrivateKeyJwt, by_assertion(simulator, parameters, &assertion)?),
        Shown::Certificate => {
            let client = known(simulator, parameters.get("client_id"))?;
            let right = certificate.is_some_and(|certificate| certificate.is_of(client));
            (SimulatorAuth::TlsClientAuth, if right { client } else { return Err(Refused::client()) })
        }
    };
    if client.auth.contains(&way) { Ok(client) } else { Err(Refused::client()) }
}

/// Where every call needs a certificate, one without is refused whatever else it shows.
///
/// # Errors
/// `invalid_client`.
pub(super) fn must_show_a_certificate(
    simulator: &Simulator,
    certificate: Option<&ShownCertificate>,
) -> Result<(), Refused> {
    match (simulator.settings.mtls, certificate) {
        (Mtls::Required, None) => {
            Err(Refused(StatusCode::UNAUTHORIZED, "invalid_client", "Client certificate missing in this call"))
        }
        (Mtls::Off | Mtls::Optional, _) | (Mtls::Required, Some(_)) => Ok(()),
    }
}

fn shown(headers: &HeaderMap, parameters: &Parameters) -> Result<Shown, Refused> {
    let (secret, assertion) = (parameters.get("client_secret"), parameters.get("client_assertion"));
    let basic_header = headers.get(header::AUTHORIZATION);
    let ways = [basic_header.is_some(), !secret.is_empty(), !assertion.is_empty()];
    if ways.iter().filter(|shown| **shown).count() > 1 {
        return Err(Refused::request("two client authentications"));
    }
    if let Some(value) = basic_header {
        let (id, secret) = basic(value).ok_or(Refused::client())?;
        Ok(Shown::Basic(id, secret))
    } else if !secret.is_empty() {
        Ok(Shown::Post(parameters.get("client_id").to_owned(), secret.to_owned()))
    } else if !assertion.is_empty() {
        Ok(Shown::Assertion(assertion.to_owned()))
    } else {
        Ok(Shown::Certificate)
    }
}

fn known<'s>(simulator: &'s Simulator, id: &str) -> Result<&'s SimulatorClient, Refused> {
    simulator.client(id).ok_or(Refused::client())
}

fn with_secret<'s>(simulator: &'s Simulator, id: &str, secret: &str) -> Result<&'s SimulatorClient, Refused> {
    let client = known(simulator, id)?;
    let expected = client.secret.as_ref().ok_or(Refused::client())?;
    let right = secret.as_bytes().ct_eq(expected.expose().as_bytes());
    if bool::from(right) { Ok(client) } else { Err(Refused::client()) }
}

fn by_assertion<'s>(
    simulator: &'s Simulator,
    parameters: &Parameters,
    assertion: &str,
) -> Result<&'s SimulatorClient, Refused> {
    const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    if parameters.get("client_assertion_type") != TYPE {
        return Err(Refused::request("client_assertion_type is not that of a JWT"));
    }
    let now = simulator.now();
    let audiences = [simulator.settings.issuer.clone(), simulator.endpoint("token")];
    let verified = simulator
        .settings
        .clients
        .iter()
        .find_map(|client| assertion::verified(assertion, client, &audiences, now).map(|proof| (client, proof)));
    let (client, proof) = verified.ok_or(Refused::client())?;
    let named = parameters.get("client_id");
    let new = simulator.ledger().is_new_assertion(&client.id, &proof.jti, proof.expires_at, now);
    if new && (named.is_empty() || named == client.id) { Ok(client) } else { Err(Refused::client()) }
}

/// Both halves are form-encoded before they are joined.
fn basic(value: &HeaderValue) -> Option<(String, String)> {
    let joined = STANDARD.decode(value.to_str().ok()?.strip_prefix("Basic ")?).ok()?;
    let joined = String::from_utf8(joined).ok()?;
    let (client, secret) = joined.split_once(':')?;
    Some((form_decoded(client), form_decoded(secret)))
}

fn form_decoded(text: &str) -> String {
    let pair = format!("x={text}");
    Parameters::parse(&pair).get("x").to_owned()
}
