//! Introspection and revocation.

use http::StatusCode;
use serde_json::{Value, json};

use super::world::{ISSUER, World};
use crate::config::Secret;
use crate::config::psc_simulator::SimulatorClient;

fn with_another_client(settings: &mut crate::config::psc_simulator::SimulatorSettings) {
    let other = SimulatorClient::with_secret("autre".to_owned(), Secret::new("un autre secret".to_owned()));
    settings.clients.push(SimulatorClient { introspection: false, ..other });
}

fn of<'t>(tokens: &'t Value, kind: &str) -> &'t str {
    tokens[kind].as_str().unwrap()
}

#[tokio::test]
async fn introspection_tells_what_a_token_is_worth_and_names_the_person_to_who_has_the_access_token() {
    let mut world = World::new();
    let tokens = world.tokens_of("infirmiere").await;
    let access = world.call("token/introspect", &[("token", of(&tokens, "access_token"))]).await.json();
    for (name, expected) in [
        ("active", json!(true)),
        ("typ", json!("Bearer")),
        ("azp", json!("portail demo")),
        ("client_id", json!("portail demo")),
        ("iss", json!(ISSUER)),
        ("sub", json!("2f0c9a52-0000-4000-8000-0d0e0f101112")),
        ("SubjectNameID", json!("899700999909")),
        ("preferred_username", json!("899700999909")),
        ("acr", json!("eidas1")),
        ("scope", json!("openid scope_all")),
        ("session_state", tokens["session_state"].clone()),
        ("nonce", json!("nonce-1")),
    ] {
        assert_eq!(access[name], expected, "{name}");
    }
    assert_eq!(access["exp"].as_i64().unwrap() - access["iat"].as_i64().unwrap(), 120);
    let refresh = world.call("token/introspect", &[("token", of(&tokens, "refresh_token"))]).await.json();
    assert_eq!((&refresh["active"], &refresh["typ"]), (&json!(true), &json!("Refresh")));
    assert!(refresh.get("SubjectNameID").is_none());
    world.clock.forward(120);
    for token in [of(&tokens, "access_token"), "unknown"] {
        assert_eq!(world.call("token/introspect", &[("token", token)]).await.json(), json!({ "active": false }));
    }
}

#[tokio::test]
async fn introspection_is_for_clients_that_are_let() {
    let mut world = World::with(with_another_client);
    let tokens = world.tokens_of("infirmiere").await;
    let form = [("client_id", "autre"), ("client_secret", "un autre secret"), ("token", of(&tokens, "access_token"))];
    let refused = world.bare_call("token/introspect", &form).await;
    assert_eq!((refused.status, &refused.json()["error"]), (StatusCode::UNAUTHORIZED, &json!("invalid_request")));
    let unknown = world.bare_call("token/introspect", &[("token", of(&tokens, "access_token"))]).await;
    assert_eq!(unknown.json()["error"], "invalid_client");
    assert_eq!(world.call("token/introspect", &[]).await.json()["error"], "invalid_request");
}

#[tokio::test]
async fn a_revoked_refresh_token_ends_the_session_of_its_last_client() {
    let mut world = World::with(with_another_client);
    let tokens = world.tokens_of("infirmiere").await;
    let form = [("client_id", "autre"), ("client_secret", "un autre secret"), ("token", of(&tokens, "refresh_token"))];
    assert_eq!(world.bare_call("revoke", &form).await.json()["error"], "invalid_token");
    assert_eq!(world.call("revoke", &[("token", "unknown")]).await.status, StatusCode::OK);
    assert_eq!(world.userinfo(of(&tokens, "access_token")).await.status, StatusCode::OK);

    assert_eq!(world.call("revoke", &[("token", of(&tokens, "access_token"))]).await.status, StatusCode::OK);
    assert_eq!(world.userinfo(of(&tokens, "access_token")).await.status, StatusCode::UNAUTHORIZED);
    assert!(world.authorize(&[]).await.parameter("code").is_some());
    let tokens = world.refresh(&tokens).await.json();
    assert_eq!(world.call("revoke", &[("token", of(&tokens, "refresh_token"))]).await.status, StatusCode::OK);
    assert_eq!(world.userinfo(of(&tokens, "access_token")).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(world.refresh(&tokens).await.json()["error"], "invalid_grant");
    assert!(world.authorize(&[]).await.location.contains("/connexion/"));
}
