//! Logout tokens at the gateway: what one ends, everywhere, and what changes nothing.

use std::time::Duration;

use guichet::observe::Fact;
use serde_json::{Value, json};

use crate::provider_sessions::session;
use crate::support::person::{Page, Person};
use crate::support::site::Site;

const RECEIVER: &str = "/_guichet/backchannel-logout/psc";

/// What the provider's word came to, as the provider was told.
async fn logout(site: &Site, person: &str, end: bool) -> Value {
    let sessions: Value = serde_json::from_str(&site.control("GET", "sessions", &Value::Null).await.body).unwrap();
    let of_person = sessions.as_array().unwrap().iter().find(|session| session["person"] == person);
    let sid = of_person.expect("a session of theirs")["sid"].as_str().unwrap();
    let page = site.control("POST", &format!("sessions/{sid}/logout"), &json!({ "end": end })).await;
    assert_eq!(page.status, 200, "{}", page.body);
    serde_json::from_str(&page.body).unwrap()
}

async fn signed_in(site: &Site, key: &str) -> Person {
    let mut person = site.person();
    let page = site.psc(&mut person, key).await;
    assert_eq!(page.status, 303, "{}", page.gist());
    person
}

async fn is_in(person: &mut Person) -> bool {
    let page = person.get("/_guichet/activation").await;
    !page.location().starts_with("/_guichet/connexion")
}

async fn send(site: &Site, token: &str) -> Page {
    let body = format!("logout_token={token}");
    let lines = [("Content-Type", "application/x-www-form-urlencoded")];
    site.person().send("POST", RECEIVER, &lines, body.as_bytes()).await
}

#[tokio::test]
async fn c23_a_logout_token_ends_its_sessions_on_every_replica_within_a_second_and_no_other() {
    let site = Site::start().await;
    let (_twin, port) = site.twin().await;
    let mut nurse = signed_in(&site, "infirmiere").await;
    let mut doctor = signed_in(&site, "medecin").await;
    // The same session through the other gateway, which remembers it from here on.
    let mut elsewhere = Person::new(port);
    elsewhere.set_cookie("__Host-guichet", &nurse.session());
    assert!(is_in(&mut nurse).await && is_in(&mut elsewhere).await && is_in(&mut doctor).await);
    let account = session(&site, &nurse).await.account;
    let deliveries = logout(&site, "infirmiere", true).await;
    assert!(deliveries.to_string().contains("\"status\":200"), "{deliveries}");
    assert!(!is_in(&mut nurse).await, "at once where the word arrived");
    let waiting = async {
        while is_in(&mut elsewhere).await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(3), waiting).await.expect("a replica lets the session live");
    assert!(is_in(&mut doctor).await, "who is somebody else stays");
    let page = nurse.get("/_guichet/connexion").await;
    assert!(page.says("Votre session a été fermée. Connectez-vous à nouveau."), "{}", page.gist());
    let facts = site.app.login.directory.facts(account, 100).await.unwrap();
    assert!(facts.iter().any(|event| event.fact == Fact::SessionEnded), "{facts:?}");
}

#[tokio::test]
async fn c23_what_is_no_logout_token_is_400_no_store_and_ends_nothing() {
    let site = Site::start().await;
    let mut nurse = signed_in(&site, "infirmiere").await;
    let unsigned = "eyJhbGciOiJub25lIiwidHlwIjoibG9nb3V0K2p3dCJ9.eyJzdWIiOiJ4IiwiZXZlbnRzIjp7fX0.";
    for token in ["", "x", unsigned, &"a".repeat(60_000)] {
        let page = send(&site, token).await;
        assert_eq!((page.status, page.header("cache-control")), (400, Some("no-store")), "{}", page.gist());
        assert!(page.all("set-cookie").is_empty(), "a provider has no browser");
    }
    for (line, body, status) in [
        (("Content-Type", "application/json"), "{\"logout_token\":\"x\"}".to_owned(), 415),
        (("Content-Type", "application/x-www-form-urlencoded"), "logout_token=a&logout_token=b".to_owned(), 400),
        (("Content-Type", "application/x-www-form-urlencoded"), format!("logout_token={}", "a".repeat(70_000)), 413),
    ] {
        let page = site.person().send("POST", RECEIVER, &[line], body.as_bytes()).await;
        assert_eq!(page.status, status, "{}", page.gist());
    }
    assert_eq!(nurse.get(RECEIVER).await.status, 405);
    assert!(is_in(&mut nurse).await);
}

#[tokio::test]
async fn c23_a_store_that_is_away_is_no_success_and_the_same_word_counts_when_it_is_back() {
    let site = Site::start().await;
    let mut nurse = signed_in(&site, "infirmiere").await;
    site.refuse_everything(true);
    let deliveries = logout(&site, "infirmiere", false).await;
    assert!(deliveries.to_string().contains("\"status\":503"), "{deliveries}");
    site.refuse_everything(false);
    assert!(is_in(&mut nurse).await);
    let deliveries = logout(&site, "infirmiere", false).await;
    assert!(deliveries.to_string().contains("\"status\":200"), "{deliveries}");
    assert!(!is_in(&mut nurse).await);
    // The provider's session went on: who comes back is in again, and an old word does not reach what came after.
    let mut again = signed_in(&site, "infirmiere").await;
    assert!(is_in(&mut again).await);
}
