//! Which path is served by whom: the pages under the wallet's host, the protocol under the issuer's, the control on loopback only.

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodRouter, get, post};

use super::control::{api, page as control_page, same_origin};
use super::hosts::{only_the_issuer_host, only_the_wallet_host, path_of};
use super::switches::Endpoint;
use super::trouble::trouble;
use super::{Shared, application, backchannel, ciba, logout, metadata, page, token, wallet};

/// The whole simulator.
pub(super) fn router(shared: Shared) -> Router {
    let mut pages = wallet_pages(&shared);
    if shared.settings.control {
        pages = pages.merge(control());
    }
    let pages = pages.layer(from_fn_with_state(Arc::clone(&shared), only_the_wallet_host));
    let protocol = protocol(&shared).layer(from_fn_with_state(Arc::clone(&shared), only_the_issuer_host));
    // Pages of both hosts need their looks.
    let assets =
        Router::new().route("/simulateur.css", get(page::stylesheet)).route("/simulateur.js", get(page::script));
    pages.merge(protocol).merge(assets).with_state(shared)
}

fn wallet_pages(shared: &Shared) -> Router<Shared> {
    Router::new()
        .route("/", get(wallet::home))
        .route("/auth", troubled(shared, Endpoint::Authorize, get(wallet::authorize)))
        .route("/connexion/{attempt}", get(wallet::show))
        .route("/connexion/{attempt}/{act}", post(wallet::act))
        .route("/application", get(application::everybody))
        .route("/application/{person}", get(application::show))
        .route("/application/{person}/{request}/{answer}", post(application::answer))
        .route("/fermeture", get(logout::confirm).post(logout::close))
}

fn control() -> Router<Shared> {
    Router::new()
        .route("/controle", get(control_page::show))
        .route("/controle/{act}", post(control_page::act))
        .route("/control/state", get(api::state).patch(api::change))
        .route("/control/reset", post(api::reset))
        .route("/control/keys", post(api::rotate))
        .route("/control/sessions", get(api::sessions))
        .route("/control/sessions/{sid}/logout", post(api::sign_out))
        .route("/control/ciba", get(api::requests))
        .route("/control/ciba/{request}", post(api::answer))
        .route("/control/calls", get(api::calls))
        .route("/control/deliveries", get(api::deliveries))
        .layer(from_fn(same_origin))
}

fn protocol(shared: &Shared) -> Router<Shared> {
    let realm = path_of(&shared.settings.issuer);
    let at = |name: &str| format!("{realm}/protocol/openid-connect/{name}");
    let document = troubled(shared, Endpoint::Discovery, get(metadata::discovery));
    let userinfo = get(backchannel::userinfo).post(backchannel::userinfo);
    let end_session = get(logout::end_session).post(logout::end_session_by_form);
    Router::new()
        .route(&format!("{realm}/.well-known/wallet-openid-configuration"), document)
        .route(&at("certs"), troubled(shared, Endpoint::Jwks, get(backchannel::keys)))
        .route(&at("token"), troubled(shared, Endpoint::Token, post(token::token)))
        .route(&at("userinfo"), troubled(shared, Endpoint::Userinfo, userinfo))
        .route(&at("token/introspect"), troubled(shared, Endpoint::Introspection, post(backchannel::introspect)))
        .route(&at("revoke"), troubled(shared, Endpoint::Revocation, post(backchannel::revoke)))
        .route(&at("logout"), troubled(shared, Endpoint::EndSession, end_session))
        .route(&at("ext/ciba/auth"), troubled(shared, Endpoint::Ciba, post(ciba::ask)))
}

fn troubled(shared: &Shared, endpoint: Endpoint, handlers: MethodRouter<Shared>) -> MethodRouter<Shared> {
    handlers.layer(from_fn_with_state((Arc::clone(shared), endpoint), trouble))
}
