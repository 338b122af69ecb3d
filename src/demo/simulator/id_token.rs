//! The ID token: who signed in, when, how, for whom; and how it lies when it is told to.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::Simulator;
use super::fault::Fault;
use super::key::{KeyFault, SimulatorKey};
use super::ledger::{Grant, Issued, Means};
use crate::clock::Timestamp;
use crate::entropy::Draw as _;

/// The token that goes with these tokens.
///
/// # Errors
/// When the library does not sign.
pub(super) fn signed(
    simulator: &Simulator,
    grant: &Grant,
    issued: &Issued,
    access: &str,
    now: Timestamp,
) -> Result<String, KeyFault> {
    let claims = Value::Object(claims(simulator, grant, issued, access, now));
    if grant.fault == Fault::UnknownKey {
        return SimulatorKey::generate()?.sign("JWT", &claims);
    }
    simulator.keyring().sign("JWT", &claims)
}

fn claims(simulator: &Simulator, grant: &Grant, issued: &Issued, access: &str, now: Timestamp) -> Map<String, Value> {
    let session = &issued.session;
    let switches = simulator.switches();
    let skew = SignedDuration::from_secs(i64::from(switches.clock_skew_seconds));
    let mut claims = simulator.identity_claims(session.professional);
    let issuer = match grant.fault == Fault::WrongIssuer {
        true => "https://autre-emetteur.example/auth/realms/esante-wallet",
        false => &simulator.settings.issuer,
    };
    let audience = if grant.fault == Fault::WrongAudience { "un-autre-service" } else { &grant.client_id };
    let (acr, amr) = match session.means {
        Means::Ecps => (switches.level_ecps, json!(["mfa", "pin", "swk"])),
        Means::Card => (switches.level_card, json!(["sc", "pin", "mfa", "hwk"])),
    };
    let issued_at = if grant.fault == Fault::ExpiredToken { now - SignedDuration::from_hours(1) } else { now } + skew;
    let left_half: Vec<u8> = Sha256::digest(access).into_iter().take(16).collect();
    let set: [(&str, Value); 13] = [
        ("iss", issuer.into()),
        ("aud", audience.into()),
        ("azp", audience.into()),
        ("typ", "ID".into()),
        ("exp", (issued_at + issued.access_life).as_second().into()),
        ("iat", issued_at.as_second().into()),
        ("auth_time", (session.auth_time + skew).as_second().into()),
        ("acr", acr.name().into()),
        ("amr", amr),
        ("sid", session.sid.as_str().into()),
        ("session_state", session.sid.as_str().into()),
        ("at_hash", URL_SAFE_NO_PAD.encode(left_half).into()),
        ("jti", simulator.entropy.uuid(now).to_string().into()),
    ];
    claims.extend(set.map(|(name, value)| (name.to_owned(), value)));
    if let Some(nonce) = &grant.nonce {
        let nonce = if grant.fault == Fault::WrongNonce { "un-autre-nonce" } else { nonce };
        claims.insert("nonce".to_owned(), nonce.into());
    }
    claims
}
