//! RP-initiated sign-out. With a valid hint it asks nothing; without one a person must confirm, on the host that has the cookie.

use axum::Form;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use minijinja::context;
use serde::Deserialize;
use url::form_urlencoded;

use super::page::{Notice, see_other};
use super::request::{Parameters, with_parameters};
use super::{SESSION_COOKIE, Shared, Simulator, cookie};

/// `GET <issuer>/protocol/openid-connect/logout`
pub(super) async fn end_session(State(simulator): State<Shared>, RawQuery(query): RawQuery) -> Response {
    end(&simulator, &Parameters::parse(&query.unwrap_or_default()))
}

/// `POST <issuer>/protocol/openid-connect/logout`
pub(super) async fn end_session_by_form(State(simulator): State<Shared>, body: String) -> Response {
    end(&simulator, &Parameters::parse(&body))
}

fn end(simulator: &Simulator, parameters: &Parameters) -> Response {
    let (target, state) = (parameters.get("post_logout_redirect_uri"), parameters.get("state"));
    if !target.is_empty() && !is_registered(simulator, target) {
        return refused(
            simulator,
            "L'adresse de retour (post_logout_redirect_uri) n'est pas enregistrée pour ce service.",
        );
    }
    let hint = parameters.get("id_token_hint");
    if hint.is_empty() {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("post_logout_redirect_uri", target), ("state", state)])
            .finish();
        return see_other(&format!("{}/fermeture?{query}", simulator.config.wallet_origin));
    }
    let claims = simulator.config.key.own_claims(hint);
    let own =
        claims.filter(|claims| claims.get("aud").and_then(|aud| aud.as_str()) == Some(&simulator.config.client_id));
    let Some(claims) = own else {
        return refused(simulator, "Le jeton fourni (id_token_hint) n'est pas un jeton de ce fournisseur.");
    };
    if let Some(sid) = claims.get("sid").and_then(|sid| sid.as_str()) {
        simulator.ledger().end_session(sid);
    }
    landed(simulator, target, state)
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
    {
        let mut ledger = simulator.ledger();
        if let Some(sid) = cookie(&headers, SESSION_COOKIE).and_then(|cookie| ledger.sid_of(&cookie)) {
            ledger.end_session(&sid);
        }
    }
    let target = confirmed.post_logout_redirect_uri;
    if !target.is_empty() && !is_registered(&simulator, &target) {
        return refused(
            &simulator,
            "L'adresse de retour (post_logout_redirect_uri) n'est pas enregistrée pour ce service.",
        );
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
    let parameters: &[(&str, &str)] = if state.is_empty() { &[] } else { &[("state", state)] };
    see_other(&with_parameters(target, parameters).unwrap_or_default())
}

fn refused(simulator: &Simulator, reason: &str) -> Response {
    let notice = Notice { title: "Nous sommes désolés…", paragraphs: &[reason], buttons: &[] };
    simulator.pages.notice(StatusCode::BAD_REQUEST, &notice)
}

fn is_registered(simulator: &Simulator, target: &str) -> bool {
    simulator.config.post_logout_redirect_uris.iter().any(|known| known == target)
}
