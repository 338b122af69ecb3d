//! The pages of a sign-in: the e-CPS with its number, the card with its code, and the ways out.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;

use super::world::{CALLBACK, ISSUER, World, claims};

#[tokio::test]
async fn a_person_signs_in_by_following_the_pages() {
    let mut world = World::new();
    let page = world.start().await;
    let choice = world.get(&page).await;
    assert!(choice.body.contains("Simulateur – aucune donnée réelle") && choice.body.contains("CAMILLE MARTIN-TEST"));

    let back = world.sign_in("infirmiere", "aucune").await;
    assert!(back.location.starts_with(CALLBACK));
    assert_eq!(back.parameter("state").as_deref(), Some("state-1"));
    assert_eq!(back.parameter("iss").as_deref(), Some(ISSUER));

    let answer = world.redeem(&back.parameter("code").unwrap()).await;
    let tokens = answer.json();
    assert_eq!(tokens["expires_in"], 120);
    let claims = claims(&tokens);
    assert_eq!(claims["nonce"], "nonce-1");
    assert_eq!(claims["acr"], "eidas1");
    assert_eq!(claims["aud"], "portail demo");
    assert_eq!(claims["SubjectNameID"], "899700999909");
    let hash = digest::digest(&digest::SHA256, tokens["access_token"].as_str().unwrap().as_bytes());
    assert_eq!(claims["at_hash"], URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]));

    let access = tokens["access_token"].as_str().unwrap();
    let info = world.userinfo(access).await.json();
    assert_eq!(info["sub"], claims["sub"]);
    let place = &info["SubjectRefPro"]["exercices"][0]["activities"][0];
    assert_eq!(place["numeroSiretSite"], "99900001100018");
    assert_eq!(place["telephone"], "");
    world.clock.forward(120);
    assert_eq!(world.userinfo(access).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_card_signs_in_at_a_higher_level_and_is_blocked_after_three_wrong_codes() {
    let mut world = World::new();
    let page = world.start().await;
    world.post(&format!("{page}/carte"), &[("professionnel", "medecin")]).await;
    world.post(&format!("{page}/pin"), &[("pin", "12")]).await;
    assert!(world.get(&page).await.body.contains("quatre chiffres"));
    world.post(&format!("{page}/pin"), &[("pin", "0000")]).await;
    assert!(world.get(&page).await.body.contains("Il vous reste 2 essais"));
    let back = world.post(&format!("{page}/pin"), &[("pin", "1234")]).await;
    let tokens = world.redeem(&back.parameter("code").unwrap()).await.json();
    assert_eq!(claims(&tokens)["acr"], "eidas2");

    let mut world = World::new();
    let page = world.start().await;
    world.post(&format!("{page}/carte"), &[("professionnel", "medecin")]).await;
    for _ in 0..3 {
        world.post(&format!("{page}/pin"), &[("pin", "0000")]).await;
    }
    assert!(world.get(&page).await.body.contains("Carte bloquée"));
    let blocked = world.post(&format!("{page}/pin"), &[("pin", "1234")]).await;
    assert_eq!(blocked.location, page);
}

#[tokio::test]
async fn another_number_on_the_phone_fails_and_can_be_retried() {
    let mut world = World::new();
    let page = world.start().await;
    world.post(&format!("{page}/ecps"), &[("professionnel", "opticien")]).await;
    let push = world.get(&page).await;
    let shown = push.number_shown();
    let offered: Vec<&str> = push.body.split("name=\"code\" value=\"").skip(1).map(|rest| &rest[..2]).collect();
    assert_eq!(offered.len(), 3);
    assert!(offered.contains(&shown.as_str()) && offered[0] != offered[1] && offered[1] != offered[2]);
    let wrong = offered.iter().find(|code| **code != shown).unwrap();
    world.post(&format!("{page}/telephone"), &[("code", wrong)]).await;
    assert!(
        world.get(&page).await.body.contains("Échec de l'authentification")
            || world.get(&page).await.body.contains("Échec de l&#x27;authentification")
    );
    // The number of the refused push is worth nothing any more.
    assert_eq!(world.post(&format!("{page}/telephone"), &[("code", &shown)]).await.location, page);
    world.post(&format!("{page}/recommencer"), &[]).await;
    let shown = world.get(&page).await.number_shown();
    assert!(world.post(&format!("{page}/telephone"), &[("code", &shown)]).await.parameter("code").is_some());
}

#[tokio::test]
async fn a_push_left_alone_expires_and_says_so_to_the_client() {
    let mut world = World::new();
    let page = world.start().await;
    world.post(&format!("{page}/ecps"), &[("professionnel", "opticien")]).await;
    let shown = world.get(&page).await.number_shown();
    world.clock.forward(64);
    assert_eq!(world.post(&format!("{page}/telephone"), &[("code", &shown)]).await.location, page);
    assert!(world.get(&page).await.body.contains("a expiré"));
    let back = world.post(&format!("{page}/continuer"), &[]).await;
    assert_eq!(back.parameter("error").as_deref(), Some("temporarily_unavailable"));
    assert_eq!(back.parameter("error_description").as_deref(), Some("authentication_expired"));
}

#[tokio::test]
async fn leaving_goes_back_with_access_denied_and_ends_the_attempt() {
    let mut world = World::new();
    let page = world.start().await;
    let back = world.post(&format!("{page}/quitter"), &[]).await;
    assert_eq!(back.parameter("error").as_deref(), Some("access_denied"));
    assert_eq!(back.parameter("state").as_deref(), Some("state-1"));
    assert_eq!(world.get(&page).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn staff_and_students_lack_what_they_lack() {
    let mut world = World::new();
    let tokens = world.tokens_of("secretaire").await;
    let info = world.userinfo(tokens["access_token"].as_str().unwrap()).await.json();
    assert_eq!(info["SubjectNameID"], "599900003700013/AGT00045");
    assert!(info.get("SubjectRefPro").is_none());
    let mut world = World::new();
    let tokens = world.tokens_of("etudiante").await;
    let info = world.userinfo(tokens["access_token"].as_str().unwrap()).await.json();
    assert_eq!(info["SubjectRole"][0], "10^1.2.250.1.71.1.2.8");
    assert_eq!(info["SubjectRefPro"]["exercices"][0]["activities"], serde_json::json!([]));
    assert!(info.get("SubjectOrganization").is_none());
}
