//! Answers that are unusual and right, and the one that is a matter of configuration.

use guichet::config::settings::CallbackIssuer;
use guichet::identity::AccountId;
use guichet::session::{Lookup, SessionToken};
use serde_json::json;

use crate::support::site::Site;

const STALE: &str = "Reprenez votre connexion";

#[tokio::test]
async fn c06_a_return_without_its_promised_issuer_is_refused_unless_the_configuration_lets_it_in() {
    let site = Site::start().await;
    site.switch(json!({ "iss_on_callback": false })).await;
    let mut nurse = site.person();
    let page = site.psc(&mut nurse, "infirmiere").await;
    assert_eq!((page.status, nurse.cookie("__Host-guichet")), (400, None), "{}", page.gist());
    assert!(page.says(STALE));
    assert_eq!(site.calls("token").await, 0, "nobody redeems such a code");

    let site = Site::with(|settings| {
        settings.identity_providers.get_mut("psc").unwrap().callback_issuer = CallbackIssuer::Optional;
    })
    .await;
    site.switch(json!({ "iss_on_callback": false })).await;
    let mut nurse = site.person();
    let page = site.psc(&mut nurse, "infirmiere").await;
    assert_eq!(page.status, 303, "{}", page.gist());
    nurse.session();
    // Whoever says who they are is compared all the same.
    let (callback, _) = site.psc_callback(&mut site.person(), "medecin", "emetteur_retour").await;
    assert!(callback.contains("iss="), "{callback}");
    let mut other = site.person();
    let (callback, _) = site.psc_callback(&mut other, "medecin", "emetteur_retour").await;
    let page = other.get(&callback).await;
    assert_eq!((page.status, other.cookie("__Host-guichet")), (400, None), "{}", page.gist());
}

#[tokio::test]
async fn every_level_is_compared_by_rank_and_one_below_the_minimum_is_refused() {
    let site = Site::start().await;
    for level in ["eidas1", "eidas2", "eidas3"] {
        site.switch(json!({ "level_ecps": level })).await;
        let mut nurse = site.person();
        assert_eq!(site.psc(&mut nurse, "infirmiere").await.status, 303, "{level}");
        assert_eq!(acr(&site, &nurse.session()).await, level);
    }
    let site = Site::with(|settings| {
        settings.identity_providers.get_mut("psc").unwrap().acr_minimum = Some("eidas2".to_owned());
    })
    .await;
    for (level, passes) in [("eidas1", false), ("eidas2", true), ("eidas3", true)] {
        site.switch(json!({ "level_ecps": level })).await;
        let mut nurse = site.person();
        let page = site.psc(&mut nurse, "infirmiere").await;
        assert_eq!(nurse.cookie("__Host-guichet").is_some(), passes, "{level}: {}", page.gist());
    }
}

/// The level of a session.
async fn acr(site: &Site, session: &str) -> String {
    let token = SessionToken::parse(session).unwrap();
    let Lookup::Live(visitor) = site.app.login.sessions.visitor(&token).await.unwrap() else { panic!("no session") };
    visitor.session().acr.clone()
}

#[tokio::test]
async fn a_person_whose_technical_name_changed_is_the_same_person() {
    let site = Site::start().await;
    let mut nurse = site.person();
    site.psc(&mut nurse, "infirmiere").await;
    let account = owner(&site, &nurse.session()).await;
    site.switch(json!({ "subjects": { "infirmiere": "f:0b7e1c2a:899700999909" } })).await;
    let mut nurse = site.person();
    assert_eq!(site.psc(&mut nurse, "infirmiere").await.status, 303);
    assert_eq!(owner(&site, &nurse.session()).await, account);
}

async fn owner(site: &Site, session: &str) -> AccountId {
    let token = SessionToken::parse(session).unwrap();
    let Lookup::Live(visitor) = site.app.login.sessions.visitor(&token).await.unwrap() else { panic!("no session") };
    visitor.session().account
}

#[tokio::test]
async fn t07_keys_that_were_rotated_are_fetched_at_the_first_token_that_names_them() {
    let site = Site::start().await;
    assert_eq!(site.psc(&mut site.person(), "infirmiere").await.status, 303);
    for keep_former in [true, false] {
        // A second fetch within a minute would be one too many.
        site.forward(61);
        assert_eq!(site.control("POST", "keys", &json!({ "keep_former": keep_former })).await.status, 200);
        let before = site.calls("jwks").await;
        assert_eq!(site.psc(&mut site.person(), "infirmiere").await.status, 303);
        assert_eq!(site.psc(&mut site.person(), "medecin").await.status, 303);
        assert_eq!(site.calls("jwks").await, before + 1);
    }
}

#[tokio::test]
async fn f12_a_provider_whose_clock_is_wrong_is_believed_within_a_minute_ahead_and_a_tokens_life_behind() {
    let site = Site::start().await;
    for (skew, passes) in [(0, true), (60, true), (61, false), (90, false), (-90, true), (-119, true), (-120, false)] {
        site.switch(json!({ "clock_skew_seconds": skew })).await;
        let mut nurse = site.person();
        let page = site.psc(&mut nurse, "infirmiere").await;
        assert_eq!(nurse.cookie("__Host-guichet").is_some(), passes, "{skew} s: {}", page.gist());
        assert_eq!(page.says("Pro Santé Connect ne répond pas"), !passes, "{skew} s");
    }
}
