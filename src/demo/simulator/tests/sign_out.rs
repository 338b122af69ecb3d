//! Signing out, with the hint of a client and without.

use http::StatusCode;
use url::Url;

use super::world::{ISSUER, LANDING, WALLET, World};

#[tokio::test]
async fn signing_out_with_the_hint_ends_the_session_and_goes_back() {
    let mut world = World::new();
    let tokens = world.tokens_of("infirmiere").await;
    let hint = tokens["id_token"].as_str().unwrap();
    let address = format!("{ISSUER}/protocol/openid-connect/logout");
    let with = |parameters: &[(&str, &str)]| Url::parse_with_params(&address, parameters).unwrap().to_string();

    let elsewhere = with(&[("id_token_hint", hint), ("post_logout_redirect_uri", "http://localhost:8080/ailleurs")]);
    assert_eq!(world.get(&elsewhere).await.status, StatusCode::BAD_REQUEST);
    let forged = with(&[("id_token_hint", "a.b.c"), ("post_logout_redirect_uri", LANDING)]);
    assert_eq!(world.get(&forged).await.status, StatusCode::BAD_REQUEST);
    assert!(world.authorize(&[]).await.parameter("code").is_some());

    let out =
        world.get(&with(&[("id_token_hint", hint), ("post_logout_redirect_uri", LANDING), ("state", "bye")])).await;
    assert_eq!(out.location, format!("{LANDING}?state=bye"));
    assert!(world.authorize(&[]).await.location.contains("/connexion/"));
    assert_eq!(world.userinfo(tokens["access_token"].as_str().unwrap()).await.status, StatusCode::UNAUTHORIZED);
    let bare = world.get(&with(&[("id_token_hint", hint)])).await;
    assert!(bare.body.contains("Session fermée"));
}

#[tokio::test]
async fn signing_out_without_a_hint_asks_first() {
    let mut world = World::new();
    world.sign_in("infirmiere", "aucune").await;
    let asked = world.get(&format!("{ISSUER}/protocol/openid-connect/logout")).await;
    assert!(asked.location.starts_with(&format!("{WALLET}/fermeture")));
    assert!(world.get(&asked.location).await.body.contains("Fermer ma session"));
    assert!(world.authorize(&[]).await.parameter("code").is_some());
    world.post(&format!("{WALLET}/fermeture"), &[("post_logout_redirect_uri", ""), ("state", "")]).await;
    assert!(world.authorize(&[]).await.location.contains("/connexion/"));
}
