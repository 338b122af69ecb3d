//! The endpoint of decoupled sign-ins (CIBA Core 1.0, poll mode): a client names a person, and the person answers in the application.

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::answer::{Call, Received, Refused, answered};
use super::ledger::{Answer, CibaRequest, Means};
use super::people::professionals;
use super::professional::Professional;
use super::request::{check_scope, is_accepted};
use super::{Shared, Simulator};
use crate::entropy::Draw as _;

/// `POST <issuer>/protocol/openid-connect/ext/ciba/auth`
pub(super) async fn ask(State(simulator): State<Shared>, request: Request) -> Response {
    let received = Received::of(request).await;
    answered(received.call(&simulator).and_then(|call| open(&simulator, &call)))
}

fn open(simulator: &Simulator, call: &Call<'_>) -> Result<Value, Refused> {
    let refused = |error, description| Refused(StatusCode::BAD_REQUEST, error, description);
    let (client, parameters) = (call.client, &call.parameters);
    if !client.ciba {
        return Err(Refused(StatusCode::UNAUTHORIZED, "invalid_grant", "Client not allowed OIDC CIBA Grant"));
    }
    check_scope(parameters.get("scope")).map_err(|(error, description)| refused(error, description))?;
    if !is_accepted(parameters.get("acr_values"), &simulator.settings.levels) {
        return Err(Refused::request("acr_values is not a level that is accepted"));
    }
    let hint = parameters.get("login_hint");
    if hint.is_empty() {
        return Err(Refused::request("missing parameter : login_hint"));
    }
    let message = parameters.get("binding_message");
    if message.len() != 2 || !message.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(refused("invalid_binding_message", "binding_message must be two digits"));
    }
    let means = match parameters.get("channel") {
        "MOBILE" => Means::Ecps,
        "CARD" => Means::Card,
        _ => return Err(Refused::request("channel must be MOBILE or CARD")),
    };
    let professional = named_by(hint).ok_or(Refused::request("invalid_user"))?;
    let lifetimes = simulator.settings.lifetimes;
    let life = match parameters.get("requested_expiry") {
        "" => lifetimes.ciba_request,
        text => {
            let asked = text.parse::<u32>().ok().filter(|asked| *asked > 0);
            let asked = asked.ok_or(Refused::request("requested_expiry must be a positive number of seconds"))?;
            SignedDuration::from_secs(i64::from(asked)).min(lifetimes.ciba_request)
        }
    };
    let now = simulator.now();
    let request = CibaRequest {
        name: simulator.entropy.token::<8>(),
        client_id: client.id.clone(),
        scope: parameters.get("scope").to_owned(),
        professional,
        means,
        binding_message: message.to_owned(),
        expires_at: now + life,
        interval: lifetimes.ciba_interval,
        answer: Answer::None,
        last_poll: None,
    };
    let auth_req_id = simulator.entropy.token::<32>();
    simulator.ledger().open_ciba(auth_req_id.clone(), request, now);
    Ok(json!({
        "auth_req_id": auth_req_id,
        "expires_in": life.as_secs(),
        "interval": lifetimes.ciba_interval.as_secs(),
    }))
}

/// The person of a national identifier: as the directory has it, or an RPPS without its prefix.
pub(super) fn named_by(hint: &str) -> Option<&'static Professional> {
    professionals().iter().find(|person| person.national_id == hint || person.rpps() == Some(hint))
}

/// Gives the person's answer; a yes opens a session without a browser. `None` when no request of this name waits.
pub(super) fn give_answer(simulator: &Simulator, name: &str, accepted: bool) -> Option<CibaRequest> {
    let now = simulator.now();
    let sid = simulator.entropy.uuid(now).to_string();
    // Nobody is ever given this value: the session is reached by its identifier alone.
    let cookie = simulator.entropy.token::<32>();
    let mut ledger = simulator.ledger();
    let answer = if accepted { Answer::Accepted(sid.clone()) } else { Answer::Refused };
    let request = ledger.answer_ciba(name, answer, now)?;
    if accepted {
        ledger.open_session(cookie, sid, request.professional, request.means, now);
    }
    Some(request)
}
