//! How long things last, and how a refusal is worded: a Keycloak's words, which tell a developer which clock ran out.

use serde_json::json;

use super::world::{World, claims};

#[tokio::test]
async fn a_refresh_keeps_the_session_from_idling_out_but_not_beyond_its_end() {
    let mut world = World::new();
    let mut tokens = world.tokens_of("infirmiere").await;
    assert_eq!((&tokens["expires_in"], &tokens["refresh_expires_in"]), (&json!(120), &json!(1800)));
    let session = tokens["session_state"].clone();
    for _ in 0..9 {
        world.clock.forward(1_500);
        tokens = world.refresh(&tokens).await.json();
        assert_eq!((&tokens["session_state"], &claims(&tokens)["sid"]), (&session, &session));
    }
    assert_eq!(tokens["refresh_expires_in"], 900, "no longer than the session");
    world.clock.forward(880);
    tokens = world.refresh(&tokens).await.json();
    assert_eq!((&tokens["expires_in"], &tokens["refresh_expires_in"]), (&json!(20), &json!(20)));
    assert_eq!(claims(&tokens)["exp"].as_i64().unwrap() - claims(&tokens)["iat"].as_i64().unwrap(), 20);
    world.clock.forward(20);
    assert_eq!(world.refresh(&tokens).await.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn the_words_beside_invalid_grant_tell_which_clock_ran_out() {
    let mut world = World::new();
    let described = async |world: &mut World, tokens: &serde_json::Value| {
        let refused = world.refresh(tokens).await.json();
        assert_eq!(refused["error"], "invalid_grant");
        refused["error_description"].as_str().unwrap().to_owned()
    };
    let first = world.tokens_of("infirmiere").await;
    let second = world.refresh(&first).await.json();
    assert_eq!(described(&mut world, &first).await, "Maximum allowed refresh token reuse exceeded");
    assert_eq!(described(&mut world, &json!({ "refresh_token": "x" })).await, "Invalid refresh token");
    world.clock.forward(1_800);
    assert_eq!(described(&mut world, &second).await, "Token is not active");

    let mut world = World::with(|settings| settings.lifetimes.session_idle = jiff::SignedDuration::from_secs(60));
    let tokens = world.tokens_of("infirmiere").await;
    world.clock.forward(60);
    assert_eq!(described(&mut world, &tokens).await, "Session not active");
}

#[tokio::test]
async fn without_rotation_an_earlier_refresh_token_still_serves() {
    let mut world = World::with(|settings| settings.refresh_rotation = false);
    let first = world.tokens_of("infirmiere").await;
    for _ in 0..3 {
        assert!(world.refresh(&first).await.json()["access_token"].is_string());
    }
}

#[tokio::test]
async fn the_clock_of_tokens_may_be_ahead_or_behind() {
    for skew in [-300, 300] {
        let mut world = World::with(|settings| settings.clock_skew_seconds = skew);
        let tokens = world.tokens_of("infirmiere").await;
        let now = jiff::Timestamp::from(jiff::civil::date(2026, 11, 23).at(8, 0, 0, 0).in_tz("UTC").unwrap());
        assert_eq!(claims(&tokens)["iat"], now.as_second() + i64::from(skew));
        assert_eq!(claims(&tokens)["exp"], now.as_second() + i64::from(skew) + 120);
    }
}

#[tokio::test]
async fn levels_are_those_of_the_settings() {
    use crate::config::psc_simulator::Level;
    let mut world = World::with(|settings| {
        settings.levels.ecps = Level::Eidas2;
        settings.levels.accepted = vec![Level::Eidas2];
    });
    assert_eq!(world.authorize(&[]).await.parameter("error").as_deref(), Some("invalid_request"));
    let page = world.authorize(&[("acr_values", "eidas2")]).await.location;
    world.post(&format!("{page}/ecps"), &[("professionnel", "infirmiere"), ("panne", "aucune")]).await;
    let shown = world.get(&page).await.number_shown();
    let back = world.post(&format!("{page}/telephone"), &[("code", &shown)]).await;
    let tokens = world.redeem(&back.parameter("code").unwrap()).await.json();
    assert_eq!(claims(&tokens)["acr"], "eidas2");
}
