//! Codes and tokens at the back channel.

use std::collections::HashMap;

use http::StatusCode;
use serde_json::Value;

use super::world::{CALLBACK, ISSUER, SECRET, VERIFIER, World, claims};

#[tokio::test]
async fn a_code_serves_once_and_its_reuse_takes_the_tokens_away() {
    let mut world = World::new();
    let back = world.sign_in("infirmiere", "aucune").await;
    let code = back.parameter("code").unwrap();
    let tokens = world.redeem(&code).await.json();
    let again = world.redeem(&code).await;
    assert_eq!((again.status, again.json()["error"].as_str()), (StatusCode::BAD_REQUEST, Some("invalid_grant")));
    assert_eq!(world.userinfo(tokens["access_token"].as_str().unwrap()).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_code_is_refused_late_elsewhere_or_without_its_verifier() {
    let mut world = World::new();
    for changed in ["code_verifier", "redirect_uri", "late"] {
        let code = world.sign_in("infirmiere", "aucune").await.parameter("code").unwrap();
        let mut form = HashMap::from([
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ]);
        form.remove(changed);
        if changed == "late" {
            world.clock.forward(60);
        }
        let form: Vec<(&str, &str)> = form.into_iter().collect();
        assert_eq!(world.token(&form).await.json()["error"], "invalid_grant", "{changed}");
        world.cookies.clear();
    }
}

#[tokio::test]
async fn a_client_shows_its_secret_one_way_and_rightly() {
    let mut world = World::new();
    let address = format!("{ISSUER}/protocol/openid-connect/token");
    let wrong = world.post(&address, &[("client_id", "portail demo"), ("client_secret", "no")]).await;
    assert_eq!((wrong.status, wrong.json()["error"].as_str()), (StatusCode::UNAUTHORIZED, Some("invalid_client")));
    let twice = world.token(&[("client_id", "portail demo"), ("client_secret", SECRET)]).await;
    assert_eq!(twice.json()["error"], "invalid_request");
    let posted = world
        .post(&address, &[("client_id", "portail demo"), ("client_secret", SECRET), ("grant_type", "password")])
        .await;
    assert_eq!(posted.json()["error"], "unsupported_grant_type");
}

#[tokio::test]
async fn refresh_tokens_rotate_and_end_with_the_session() {
    let mut world = World::new();
    let first = world.tokens_of("infirmiere").await;
    let refresh = |tokens: &Value| tokens["refresh_token"].as_str().unwrap().to_owned();
    world.clock.forward(1_000);
    let second = world.token(&[("grant_type", "refresh_token"), ("refresh_token", &refresh(&first))]).await.json();
    assert!(claims(&second).get("nonce").is_none());
    assert_eq!(claims(&second)["auth_time"], claims(&first)["auth_time"]);
    let replay = world.token(&[("grant_type", "refresh_token"), ("refresh_token", &refresh(&first))]).await;
    assert_eq!(replay.json()["error"], "invalid_grant");
    world.clock.forward(1_800);
    let late = world.token(&[("grant_type", "refresh_token"), ("refresh_token", &refresh(&second))]).await;
    assert_eq!(late.json()["error"], "invalid_grant");
}
