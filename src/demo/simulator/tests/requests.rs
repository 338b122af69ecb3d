//! The address a client sends a browser to: what is taken, what goes back with an error, what is answered without asking.

use http::StatusCode;

use super::world::{CALLBACK, ISSUER, WALLET, World};

#[tokio::test]
async fn an_unregistered_address_or_client_gets_a_page_and_no_redirect() {
    let mut world = World::new();
    let longer = format!("{CALLBACK}/");
    for change in [("redirect_uri", longer.as_str()), ("redirect_uri", ""), ("client_id", "autre")] {
        let answer = world.authorize(&[change]).await;
        assert_eq!((answer.status, answer.location.as_str()), (StatusCode::BAD_REQUEST, ""), "{change:?}");
    }
}

#[tokio::test]
async fn a_request_that_the_provider_does_not_take_goes_back_with_an_error() {
    let mut world = World::new();
    for (change, error) in [
        (("response_type", "token"), "unsupported_response_type"),
        (("scope", "scope_all"), "invalid_scope"),
        (("acr_values", "eidas2"), "invalid_request"),
        (("acr_values", ""), "invalid_request"),
        (("nonce", ""), "invalid_request"),
        (("state", ""), "invalid_request"),
        (("code_challenge", ""), "invalid_request"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("max_age", "soon"), "invalid_request"),
        (("prompt", "none"), "login_required"),
    ] {
        let answer = world.authorize(&[change]).await;
        assert_eq!(answer.parameter("error").as_deref(), Some(error), "{change:?}");
    }
}

#[tokio::test]
async fn a_live_session_signs_in_silently_until_it_idles_out() {
    let mut world = World::new();
    world.sign_in("infirmiere", "aucune").await;
    assert!(world.authorize(&[]).await.parameter("code").is_some());
    assert!(world.authorize(&[("prompt", "none")]).await.parameter("code").is_some());
    assert!(world.authorize(&[("prompt", "login")]).await.location.contains("/connexion/"));
    world.clock.forward(10);
    assert!(world.authorize(&[("max_age", "5")]).await.location.contains("/connexion/"));
    for _ in 0..9 {
        world.clock.forward(1_500);
        assert!(world.authorize(&[]).await.parameter("code").is_some());
    }
    world.clock.forward(1_500);
    assert!(world.authorize(&[]).await.location.contains("/connexion/"), "four hours have passed");
}

#[tokio::test]
async fn discovery_stands_only_at_the_wallet_path_of_the_issuer_host() {
    let mut world = World::new();
    let document = world.get(&format!("{ISSUER}/.well-known/wallet-openid-configuration")).await.json();
    assert_eq!(document["issuer"], ISSUER);
    assert_eq!(document["authorization_endpoint"], format!("{WALLET}/auth"));
    let elsewhere = [
        format!("{ISSUER}/.well-known/openid-configuration"),
        format!("{WALLET}/auth/realms/esante-wallet/.well-known/wallet-openid-configuration"),
        "http://localhost:8081/auth?client_id=x".to_owned(),
    ];
    for address in elsewhere {
        assert_eq!(world.get(&address).await.status, StatusCode::NOT_FOUND, "{address}");
    }
}
