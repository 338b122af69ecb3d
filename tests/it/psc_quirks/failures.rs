//! Failures of the provider in a sign-in: what the person reads, that nobody is let in, and that they can go on once it is over.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::person::{Page, Person};
use crate::support::site::Site;

const SIGN_IN: &str = "/_guichet/connexion";
const SESSION: &str = "__Host-guichet";

const AWAY: (u16, &str) = (502, "Pro Santé Connect ne répond pas");
const STALE: (u16, &str) = (400, "Reprenez votre connexion");
const LEFT: (u16, &str) = (200, "Vous avez quitté Pro Santé Connect. Vous pouvez recommencer");

/// A gateway whose calls to the provider end soon.
async fn impatient() -> Site {
    Site::with(|settings| {
        settings.identity_providers.get_mut("psc").unwrap().timeout = Duration::from_millis(700);
    })
    .await
}

/// With these switches, a person who presses the button reads that and is not let in; without them the page they are left on leads in.
async fn person_reads(site: &Site, patch: &Value, (status, sentence): (u16, &str)) {
    let mut person = site.person();
    let page = person.get(SIGN_IN).await;
    site.switch(patch.clone()).await;
    let page = site.through(&mut person, &page, "infirmiere").await;
    let page = person.follow(page).await;
    assert_eq!((page.status, page.says(sentence)), (status, true), "{patch}: {}", page.gist());
    assert_eq!(person.cookie(SESSION), None, "{patch}");
    assert!(!page.body.contains("simulated"), "{patch}: a text of the provider is shown");
    site.mend().await;
    goes_on(site, person, &page, patch).await;
}

/// The button of the page that told of the trouble signs in.
async fn goes_on(site: &Site, mut person: Person, page: &Page, what: &Value) {
    let page = site.through(&mut person, page, "infirmiere").await;
    assert_eq!(page.status, 303, "after {what}: {}", page.gist());
    assert!(person.cookie(SESSION).is_some(), "after {what}");
}

#[tokio::test]
async fn every_error_of_the_callback_and_every_token_that_lies_has_its_page() {
    let site = impatient().await;
    for (fault, expected) in [
        ("access_denied", LEFT),
        ("login_required", STALE),
        ("interaction_required", STALE),
        ("server_error", AWAY),
        ("temporarily_unavailable", AWAY),
        ("invalid_request", AWAY),
        ("invalid_scope", AWAY),
        ("unauthorized_client", AWAY),
        ("unsupported_response_type", AWAY),
        ("jeton_lent", AWAY),
        ("jeton_500", AWAY),
        ("userinfo_500", AWAY),
        ("userinfo_sub", AWAY),
        ("nonce", STALE),
        ("emetteur", STALE),
        ("destinataire", AWAY),
        ("jeton_expire", AWAY),
        ("cle_inconnue", AWAY),
        ("emetteur_retour", STALE),
        ("state_vide", STALE),
    ] {
        person_reads(&site, &json!({ "sign_in": fault }), expected).await;
    }
}

#[tokio::test]
async fn f11_every_failure_of_the_token_endpoint_has_its_page_and_no_code_is_sent_twice() {
    let site = impatient().await;
    for (failure, expected) in [
        ("401", AWAY),
        ("500", AWAY),
        ("502", AWAY),
        ("503", AWAY),
        ("504", AWAY),
        ("html", AWAY),
        ("redirect", AWAY),
        ("cut", AWAY),
        ("invalid_grant", STALE),
        ("invalid_client", AWAY),
        ("unauthorized_client", AWAY),
    ] {
        let mut person = site.person();
        let page = person.get(SIGN_IN).await;
        let patch = json!({ "endpoints": { "token": { "failure": failure } } });
        site.switch(patch.clone()).await;
        let before = site.calls("token").await;
        let page = site.through(&mut person, &page, "infirmiere").await;
        assert_eq!((page.status, page.says(expected.1)), (expected.0, true), "{failure}: {}", page.gist());
        assert_eq!((site.calls("token").await, person.cookie(SESSION)), (before + 1, None), "{failure}");
        site.mend().await;
        goes_on(&site, person, &page, &patch).await;
    }
    person_reads(&site, &json!({ "endpoints": { "token": { "delay_ms": 5_000 } } }), AWAY).await;
}

#[tokio::test]
async fn every_failure_of_userinfo_has_its_page() {
    let site = impatient().await;
    for (failure, expected) in [
        ("401", STALE),
        ("500", AWAY),
        ("502", AWAY),
        ("503", AWAY),
        ("504", AWAY),
        ("html", AWAY),
        ("redirect", AWAY),
        ("cut", AWAY),
        ("invalid_client", STALE),
    ] {
        person_reads(&site, &json!({ "endpoints": { "userinfo": { "failure": failure } } }), expected).await;
    }
    person_reads(&site, &json!({ "endpoints": { "userinfo": { "delay_ms": 5_000 } } }), AWAY).await;
}

#[tokio::test]
async fn f10_documents_that_cannot_be_had_are_told_before_anybody_is_sent_away_and_known_ones_serve_on() {
    let site = impatient().await;
    let away =
        (503, "Pro Santé Connect ne répond pas pour le moment. Réessayez dans quelques minutes, ou connectez-vous");
    for endpoint in ["discovery", "jwks"] {
        for failure in ["401", "500", "502", "503", "504", "html", "redirect", "cut"] {
            let patch = json!({ "endpoints": { endpoint: { "failure": failure } } });
            let mut person = site.person();
            let page = person.get(SIGN_IN).await;
            site.switch(patch.clone()).await;
            goes_on(&site, person, &page, &patch).await;
            // A day later nothing that is known may be used any more.
            site.forward(25 * 3_600);
            person_reads(&site, &patch, away).await;
        }
    }
    site.forward(25 * 3_600);
    person_reads(&site, &json!({ "endpoints": { "discovery": { "delay_ms": 5_000 } } }), away).await;
}

#[tokio::test]
async fn a_page_of_the_provider_that_fails_keeps_the_person_there_and_the_way_back_leads_in() {
    let site = Site::start().await;
    for failure in ["500", "502", "503", "504", "html", "redirect"] {
        let patch = json!({ "endpoints": { "authorize": { "failure": failure } } });
        let mut person = site.person();
        let page = person.get(SIGN_IN).await;
        site.switch(patch.clone()).await;
        let started = person.submit(&page, "/_guichet/connexion/psc", &[]).await;
        assert!(started.location().starts_with(&site.wallet()), "{}", started.gist());
        let there = person.get(started.location()).await;
        assert_eq!((there.url.path(), person.cookie(SESSION)), ("/auth", None), "{failure}");
        site.mend().await;
        // "Précédent" in the browser: the same page, the same button.
        goes_on(&site, person, &page, &patch).await;
    }
}
