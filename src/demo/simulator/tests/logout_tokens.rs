//! Back-channel sign-out: who is told, with what.

use std::collections::BTreeMap;

use http::{Method, StatusCode};
use serde_json::json;
use url::Url;

use super::world::{ISSUER, LANDING, WALLET, World, claims_of};
use crate::outbound::testing::{Answer, Server};

/// The form that the client received.
fn token(request: &str) -> String {
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    form["logout_token"].clone()
}

async fn with_a_listening_client() -> (World, Server) {
    let server = Server::always(Answer::status("200 OK", "", "")).await;
    let address = server.url("/logout");
    let world =
        World::with(|settings| settings.clients[0].backchannel_logout_uri = Some(Url::parse(&address).unwrap()));
    (world, server)
}

#[tokio::test]
async fn a_sign_out_at_the_wallet_tells_the_clients_of_the_session() {
    let (mut world, server) = with_a_listening_client().await;
    let tokens = world.tokens_of("infirmiere").await;
    world.post(&format!("{WALLET}/fermeture"), &[]).await;
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    let token = token(&requests[0]);
    let header = jsonwebtoken::decode_header(&token).unwrap();
    assert_eq!(header.typ.as_deref(), Some("logout+jwt"));
    let told = claims_of(&token);
    assert_eq!((&told["iss"], &told["aud"]), (&json!(ISSUER), &json!("portail demo")));
    assert_eq!(
        (&told["sid"], &told["sub"]),
        (&tokens["session_state"], &json!("2f0c9a52-0000-4000-8000-0d0e0f101112"))
    );
    assert_eq!(told["events"], json!({ "http://schemas.openid.net/event/backchannel-logout": {} }));
    assert!(told.get("nonce").is_none() && told["jti"].is_string() && told["iat"].is_i64() && told["exp"].is_i64());
    let deliveries = world.control(Method::GET, "deliveries", None).await.json();
    assert_eq!((&deliveries[0]["client_id"], &deliveries[0]["status"]), (&json!("portail demo"), &json!(200)));
}

#[tokio::test]
async fn the_client_that_signs_out_is_not_told_what_it_knows() {
    let (mut world, server) = with_a_listening_client().await;
    let tokens = world.tokens_of("infirmiere").await;
    let hint = tokens["id_token"].as_str().unwrap();
    let parameters = [("id_token_hint", hint), ("post_logout_redirect_uri", LANDING)];
    let out = Url::parse_with_params(&format!("{ISSUER}/protocol/openid-connect/logout"), parameters).unwrap();
    assert_eq!(world.get(out.as_str()).await.location, LANDING);
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn on_demand_the_clients_are_told_and_the_session_ends_or_goes_on() {
    let (mut world, server) = with_a_listening_client().await;
    let tokens = world.tokens_of("infirmiere").await;
    let sessions = world.control(Method::GET, "sessions", None).await.json();
    assert_eq!((&sessions[0]["person"], &sessions[0]["clients"]), (&json!("infirmiere"), &json!(["portail demo"])));
    let path = format!("sessions/{}/logout", tokens["session_state"].as_str().unwrap());
    let told = world.control(Method::POST, &path, Some(json!({ "end": false }))).await.json();
    assert_eq!(told["deliveries"][0]["status"], 200);
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(world.userinfo(access).await.status, StatusCode::OK);
    world.control(Method::POST, &path, None).await;
    assert_eq!((server.requests().len(), world.userinfo(access).await.status), (2, StatusCode::UNAUTHORIZED));
    assert_eq!(world.control(Method::POST, &path, None).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_client_that_cannot_be_reached_does_not_hold_up_the_sign_out() {
    let mut world = World::with(|settings| {
        settings.clients[0].backchannel_logout_uri = Some(Url::parse("http://127.0.0.1:9/").unwrap());
    });
    world.tokens_of("infirmiere").await;
    assert_eq!(world.post(&format!("{WALLET}/fermeture"), &[]).await.status, StatusCode::OK);
    let deliveries = world.control(Method::GET, "deliveries", None).await.json();
    assert_eq!(deliveries[0]["error"], "no connection could be opened");
}
