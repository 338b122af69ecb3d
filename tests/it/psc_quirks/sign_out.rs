//! Signing out while the provider drops `state`, refuses the hint, or is away: the session here is over whatever happens there.

use std::time::Duration;

use serde_json::json;

use crate::support::account::{ACCOUNT, SESSIONS};
use crate::support::person::{Page, Person, unescaped};
use crate::support::site::Site;

const SIGN_IN: &str = "/_guichet/connexion";
const SIGN_OUT: &str = "/_guichet/deconnexion";
const OUT: &str = "Vous êtes déconnecté";
const STILL_OPEN: &str = "Votre session Pro Santé Connect est peut-être encore ouverte. Fermez le navigateur";

/// A nurse who came by the provider, and the answer when she presses "Me déconnecter".
async fn leaving(site: &Site) -> (Person, String, Page) {
    let mut nurse = site.person();
    site.psc(&mut nurse, "infirmiere").await;
    let session = nurse.session();
    let page = nurse.get(SIGN_OUT).await;
    let page = nurse.submit(&page, SIGN_OUT, &[]).await;
    (nurse, session, page)
}

/// The cookie is gone, and a copy of it opens nothing.
async fn is_out(site: &Site, nurse: &Person, session: &str) {
    assert_eq!(nurse.cookie("__Host-guichet"), None);
    let mut copy = site.person();
    copy.set_cookie("__Host-guichet", session);
    assert_ne!(copy.get("/_guichet/activation/psc/email").await.status, 200);
}

/// Whether the provider still knows this browser, so that a click signs it in without a question.
async fn is_known_there(nurse: &Person) -> bool {
    let mut nurse = nurse.clone();
    let page = nurse.get(SIGN_IN).await;
    let page = nurse.submit(&page, "/_guichet/connexion/psc", &[]).await;
    let there = nurse.get(page.location()).await;
    there.location().contains("/_guichet/callback/psc")
}

#[tokio::test]
async fn a_state_that_comes_back_empty_or_not_at_all_ends_on_the_same_page() {
    let site = Site::start().await;
    site.by_psc("sagefemme", "").await;
    for state in ["returned", "empty", "absent"] {
        site.switch(json!({ "state_after_logout": state })).await;
        for everywhere in [false, true] {
            let mut nurse = site.person();
            site.psc(&mut nurse, "sagefemme").await;
            let session = nurse.session();
            let page = match everywhere {
                false => {
                    let page = nurse.get(SIGN_OUT).await;
                    nurse.submit(&page, SIGN_OUT, &[]).await
                }
                true => {
                    let page = nurse.get(ACCOUNT).await;
                    nurse.submit(&page, SESSIONS, &[("action", "partout")]).await
                }
            };
            assert!(page.location().contains("id_token_hint="), "{}", page.gist());
            let page = nurse.follow(page).await;
            assert_eq!((page.status, page.url.path(), page.says(OUT)), (200, SIGN_OUT, true), "{}", page.gist());
            let told = page.says("Toutes vos connexions sont fermées");
            assert_eq!(told, everywhere && state == "returned", "{state}: {}", page.gist());
            is_out(&site, &nurse, &session).await;
            assert!(!is_known_there(&nurse).await, "{state}");
        }
    }
}

#[tokio::test]
async fn a_provider_that_cannot_end_its_session_leaves_a_page_that_says_what_may_be_open() {
    let site = Site::start().await;
    let slow = json!({ "delay_ms": 30_000 });
    let failures = ["500", "502", "503", "504", "cut"].map(|failure| json!({ "failure": failure }));
    for trouble in failures.into_iter().chain([slow]) {
        site.switch(json!({ "endpoints": { "end_session": trouble } })).await;
        let started = tokio::time::Instant::now();
        let (mut nurse, session, page) = leaving(&site).await;
        assert!(started.elapsed() < Duration::from_secs(20), "{trouble}: the person waits for the provider");
        assert_eq!(
            (page.status, page.says(OUT), page.says(STILL_OPEN)),
            (200, true, true),
            "{trouble}: {}",
            page.gist()
        );
        assert!(!page.body.contains("id_token_hint") && !page.body.contains("eyJ"), "{trouble}: the ID token is shown");
        is_out(&site, &nurse, &session).await;
        site.mend().await;
        assert!(is_known_there(&nurse).await, "{trouble}: the sentence is true");
        // Its link leads to the provider's own question, and back.
        let text = unescaped(&page.body);
        let mut links = text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let link = links.find(|link| link.contains("/protocol/openid-connect/logout")).unwrap().to_owned();
        let page = nurse.open(&link).await;
        let page = nurse.submit(&page, "/fermeture", &[]).await;
        let page = nurse.follow(page).await;
        assert_eq!((page.status, page.says(OUT)), (200, true), "{trouble}: {}", page.gist());
        assert!(!is_known_there(&nurse).await, "{trouble}");
    }
}

#[tokio::test]
async fn a_provider_that_is_left_alone_is_not_asked_at_sign_out() {
    let site = Site::start().await;
    let mut nurse = site.person();
    site.psc(&mut nurse, "infirmiere").await;
    let sign_out = nurse.get(SIGN_OUT).await;
    site.switch(json!({ "endpoints": { "token": { "failure": "500" } } })).await;
    for _ in 0..3 {
        assert_eq!(site.psc(&mut site.person(), "medecin").await.status, 502);
    }
    let page = nurse.submit(&sign_out, SIGN_OUT, &[]).await;
    assert_eq!((page.status, page.says(STILL_OPEN)), (200, true), "{}", page.gist());
    assert_eq!(site.calls("end_session").await, 0);
    assert_eq!(nurse.cookie("__Host-guichet"), None);
}

#[tokio::test]
async fn an_answer_that_is_a_page_of_its_own_keeps_the_person_there_and_signed_out_here() {
    let site = Site::start().await;
    for failure in ["401", "html", "redirect"] {
        site.switch(json!({ "endpoints": { "end_session": { "failure": failure } } })).await;
        let (nurse, session, page) = leaving(&site).await;
        assert!(page.location().contains("/protocol/openid-connect/logout"), "{failure}: {}", page.gist());
        is_out(&site, &nurse, &session).await;
    }
}

#[tokio::test]
async fn a_hint_that_expired_meanwhile_signs_out_here_whatever_the_provider_does_with_it() {
    let site = Site::start().await;
    for (mode, there) in [("accepted", 200), ("refused", 400)] {
        site.switch(json!({ "expired_hint": mode })).await;
        let mut nurse = site.person();
        site.psc(&mut nurse, "infirmiere").await;
        let session = nurse.session();
        // The ID token lived two minutes, and is renewed after ten.
        site.forward(300);
        let page = nurse.get(SIGN_OUT).await;
        let page = nurse.submit(&page, SIGN_OUT, &[]).await;
        is_out(&site, &nurse, &session).await;
        let page = nurse.follow(page).await;
        assert_eq!((page.status, page.says(OUT)), (there, mode == "accepted"), "{}", page.gist());
    }
}
