//! RP-initiated sign-out. With a valid hint it asks nothing; without one a person must confirm, on the host that has the cookie.

use axum::Form;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use minijinja::context;
use serde::Deserialize;
use serde_json::Value;
use url::form_urlencoded;

use super::logout_token::tell;
use super::page::{Notice, see_other};
use super::request::{Parameters, with_parameters};
use super::switches::{ExpiredHint, ReturnedState};
use super::{SESSION_COOKIE, Shared, Simulator, cookie};
use crate::config::psc_simulator::SimulatorClient;

const NOT_REGISTERED: &str = "L'adresse de retour (post_logout_redirect_uri) n'est pas enregistrée pour ce service.";

/// `GET <issuer>/protocol/openid-connect/logout`
pub(super) async fn end_session(State(simulator): State<Shared>, RawQuery(query): RawQuery) -> Response {
    end(&simulator, &Parameters::parse(&query.unwrap_or_default())).await
}

/// `POST <issuer>/protocol/openid-connect/logout`
pub(super) async fn end_session_by_form(State(simulator): State<Shared>, body: String) -> Response {
    end(&simulator, &Parameters::parse(&body)).await
}

async fn end(simulator: &Simulator, parameters: &Parameters) -> Response {
    let (target, state) = (parameters.get("post_logout_redirect_uri"), parameters.get("state"));
    let hint = parameters.get("id_token_hint");
    if hint.is_empty() {
        if !target.is_empty() && !is_registered(&simulator.settings.clients, target) {
            return refused(simulator, NOT_REGISTERED);
        }
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("post_logout_redirect_uri", target), ("state", state)])
            .finish();
        return see_other(&format!("{}/fermeture?{query}", simulator.settings.wallet_origin));
    }
    let claims = simulator.keyring().own_claims(hint);
    let hinted = claims.and_then(|claims| Some((client_of(simulator, &claims)?, claims)));
    let Some((client, claims)) = hinted else {
        return refused(simulator, "Le jeton fourni (id_token_hint) n'est pas un jeton de ce fournisseur.");
    };
    if !target.is_empty() && !is_registered(std::slice::from_ref(client), target) {
        return refused(simulator, NOT_REGISTERED);
    }
    let exp = claims.get("exp").and_then(Value::as_i64).unwrap_or_default();
    if simulator.switches().expired_hint == ExpiredHint::Refused && exp <= simulator.now().as_second() {
        return refused(simulator, "Le jeton fourni (id_token_hint) a expiré.");
    }
    let sid = claims.get("sid").and_then(Value::as_str).unwrap_or_default();
    let ended = simulator.ledger().end_session(sid);
    if let Some(session) = ended {
        tell(simulator, &session, Some(&client.id)).await;
    }
    landed(simulator, target, state)
}

fn client_of<'s>(simulator: &'s Simulator, claims: &Value) -> Option<&'s SimulatorClient> {
    simulator.client(claims.get("aud")?.as_str()?)
}

/// `GET /fermeture`: the confirmation.
pub(super) async fn confirm(State(simulator): State<Shared>, RawQuery(query): RawQuery) -> Response {
    let parameters = Parameters::parse(&query.unwrap_or_default());
    simulator.pages.render(
        StatusCode::OK,
        "sign_out",
        context! {
            title => "Fermer votre session Pro Santé Connect",
            target => parameters.get("post_logout_redirect_uri"),
            state => parameters.get("state"),
        },
    )
}

/// What the confirmation sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Confirmed {
    post_logout_redirect_uri: String,
    state: String,
}

/// `POST /fermeture`
pub(super) async fn close(
    State(simulator): State<Shared>,
    headers: HeaderMap,
    Form(confirmed): Form<Confirmed>,
) -> Response {
    let ended = {
        let mut ledger = simulator.ledger();
        let sid = cookie(&headers, SESSION_COOKIE).and_then(|cookie| ledger.sid_of(&cookie));
        sid.and_then(|sid| ledger.end_session(&sid))
    };
    if let Some(session) = ended {
        tell(&simulator, &session, None).await;
    }
    let target = confirmed.post_logout_redirect_uri;
    if !target.is_empty() && !is_registered(&simulator.settings.clients, &target) {
        return refused(&simulator, NOT_REGISTERED);
    }
    let mut response = landed(&simulator, &target, &confirmed.state);
    if let Ok(gone) = HeaderValue::from_str(&format!("{SESSION_COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0")) {
        response.headers_mut().append(header::SET_COOKIE, gone);
    }
    response
}

fn landed(simulator: &Simulator, target: &str, state: &str) -> Response {
    if target.is_empty() {
        let paragraphs = &["Votre session Pro Santé Connect est fermée sur ce poste. Vous pouvez fermer cette page."];
        return simulator.pages.notice(StatusCode::OK, &Notice { title: "Session fermée", paragraphs, buttons: &[] });
    }
    let parameters: &[(&str, &str)] = match simulator.switches().state_after_logout {
        ReturnedState::Returned if !state.is_empty() => &[("state", state)],
        ReturnedState::Empty => &[("state", "")],
        ReturnedState::Returned | ReturnedState::Absent => &[],
    };
    match parameters.is_empty() {
        true => see_other(target),
        false => see_other(&with_parameters(target, parameters).unwrap_or_default()),
    }
}

fn refused(simulator: &Simulator, reason: &str) -> Response {
    let notice = Notice { title: "Nous sommes désolés…", paragraphs: &[reason], buttons: &[] };
    simulator.pages.notice(StatusCode::BAD_REQUEST, &notice)
}

fn is_registered(clients: &[SimulatorClient], target: &str) -> bool {
    clients.iter().any(|client| client.post_logout_redirect_uris.iter().any(|known| known == target))
}
