//! What a page's own script asks of the gateway: how the session stands, which is no activity, and to keep it alive, which is.

use serde_json::Value;

use crate::support::person::{Page, Person};
use crate::support::site::Site;

const STATE: &str = "/_guichet/session";
const KEEP_ALIVE: &str = "/_guichet/keep-alive";
const DOSSIER: &str = "dossier.localhost";

async fn state(person: &mut Person, address: &str) -> Value {
    let page = person.send("GET", address, &[("Sec-Fetch-Mode", "cors"), ("Sec-Fetch-Site", "same-origin")], b"").await;
    assert_eq!(page.status, 200, "{}", page.head);
    assert_eq!(
        (page.header("content-type"), page.header("cache-control")),
        (Some("application/json"), Some("no-store"))
    );
    assert!(page.all("set-cookie").is_empty() && page.header("access-control-allow-origin").is_none(), "{}", page.head);
    serde_json::from_str(&page.body).unwrap()
}

async fn keep_alive(person: &mut Person, address: &str, lines: &[(&str, &str)]) -> Page {
    person.send("POST", address, lines, b"").await
}

#[tokio::test]
async fn a_script_learns_how_the_session_stands() {
    let site = Site::start().await;
    assert_eq!(state(&mut site.person(), STATE).await, serde_json::json!({ "state": "signed-out" }));
    let mut person = site.imported("752345678").await;
    assert_eq!(state(&mut person, STATE).await["activated"], false);
    let mut who = site.activated().await;
    who.person.get("/").await;
    site.forward(100);
    let told = state(&mut who.person, STATE).await;
    assert_eq!((&told["state"], &told["activated"]), (&"signed-in".into(), &true.into()));
    assert_eq!(told["idle_seconds"], 30 * 60 - 100, "{told}");
    let absolute = told["absolute_seconds"].as_i64().unwrap();
    assert!((4 * 3_600 - 200..=4 * 3_600 - 100).contains(&absolute), "{told}");
}

#[tokio::test]
async fn s09_asking_how_the_session_stands_does_not_prolong_it() {
    let site = Site::start().await;
    let mut who = site.activated().await;
    who.person.get("/").await;
    for minutes in 1..=29 {
        site.forward(60);
        assert_eq!(state(&mut who.person, STATE).await["idle_seconds"], 60 * (30 - minutes));
    }
    site.forward(60);
    let told = state(&mut who.person, STATE).await;
    assert_eq!(told, serde_json::json!({ "state": "signed-out", "reason": "idle" }));
    assert_eq!(who.person.send("GET", "/", &[], b"").await.status, 401);
}

#[tokio::test]
async fn a_page_of_the_same_origin_keeps_the_session_alive_on_every_host_and_not_beyond_its_absolute_end() {
    let site = Site::with_hosts(&[DOSSIER]).await;
    let mut who = site.activated().await;
    who.person.open(&site.on(DOSSIER, "/")).await;
    let there = site.on(DOSSIER, "");
    for round in 0..8 {
        site.forward(29 * 60);
        let (address, origin) = if round % 2 == 0 {
            (KEEP_ALIVE.to_owned(), who.person.origin())
        } else {
            (site.on(DOSSIER, KEEP_ALIVE), there.clone())
        };
        let page =
            keep_alive(&mut who.person, &address, &[("Sec-Fetch-Site", "same-origin"), ("Origin", &origin)]).await;
        let told: Value = serde_json::from_str(&page.body).unwrap();
        assert_eq!((page.status, &told["idle_seconds"]), (200, &1_800.into()), "{told}");
    }
    site.forward(9 * 60);
    let page = keep_alive(&mut who.person, &site.on(DOSSIER, KEEP_ALIVE), &[("Origin", &there)]).await;
    let told: Value = serde_json::from_str(&page.body).unwrap();
    assert_eq!((page.status, &told["reason"]), (401, &"absolute".into()), "{told}");
    assert_eq!(state(&mut who.person, &site.on(DOSSIER, STATE)).await["state"], "signed-out");
}

#[tokio::test]
async fn s11_another_site_keeps_no_session_alive() {
    let site = Site::with_hosts(&[DOSSIER]).await;
    let mut who = site.activated().await;
    who.person.get("/").await;
    site.forward(29 * 60);
    let (own, other) = (who.person.origin(), site.on(DOSSIER, ""));
    for lines in [
        vec![],
        vec![("Sec-Fetch-Site", "cross-site")],
        vec![("Sec-Fetch-Site", "same-site"), ("Origin", other.as_str())],
        vec![("Sec-Fetch-Site", "none")],
        vec![("Origin", "null")],
        vec![("Origin", "https://evil.example")],
        vec![("Origin", other.as_str())],
        vec![("Sec-Fetch-Site", "cross-site"), ("Origin", own.as_str())],
    ] {
        assert_eq!(keep_alive(&mut who.person, KEEP_ALIVE, &lines).await.status, 403, "{lines:?}");
    }
    assert_eq!(who.person.send("GET", KEEP_ALIVE, &[("Origin", &own)], b"").await.status, 405);
    assert_eq!(state(&mut who.person, STATE).await["idle_seconds"], 60, "none of them counted");
}

#[tokio::test]
async fn f01_stores_that_are_away_are_told_as_such_and_nobody_as_signed_out() {
    let site = Site::start().await;
    let mut who = site.activated().await;
    site.refuse_everything(true);
    site.app.login.sessions.forget_everything();
    for (method, path) in [("GET", STATE), ("POST", KEEP_ALIVE)] {
        let origin = who.person.origin();
        let page = who.person.send(method, path, &[("Origin", &origin)], b"").await;
        assert_eq!((page.status, page.body.as_str()), (503, "{\"state\":\"unavailable\"}"), "{path}");
    }
}

#[tokio::test]
async fn the_script_is_the_same_for_everyone_on_every_host() {
    let site = Site::with_hosts(&[DOSSIER]).await;
    for address in ["/_guichet/session.js".to_owned(), site.on(DOSSIER, "/_guichet/session.js")] {
        let page = site.person().get(&address).await;
        assert_eq!((page.status, page.header("content-type")), (200, Some("text/javascript; charset=utf-8")));
        assert_eq!(page.header("cache-control"), Some("public, max-age=3600"));
        assert!(page.all("set-cookie").is_empty() && page.body.len() <= 2_048);
    }
}

#[tokio::test]
async fn a_sign_in_in_a_tab_of_its_own_ends_on_a_page_that_says_so_on_every_host() {
    let site = Site::with_hosts(&[DOSSIER]).await;
    let mut who = site.activated().await;
    let sign_in = "/_guichet/connexion?retour=/_guichet/session/ouverte";
    for (address, host) in [(sign_in.to_owned(), "localhost"), (site.on(DOSSIER, sign_in), DOSSIER)] {
        let page = who.person.open(&address).await;
        let reached = (page.url.host_str(), page.url.path());
        assert_eq!(reached, (Some(host), "/_guichet/session/ouverte"), "{}", page.gist());
        assert!(page.status == 200 && page.says("Fermez cet onglet"), "{}", page.gist());
    }
    let page = site.person().open(&site.on(DOSSIER, "/_guichet/session/ouverte")).await;
    assert_eq!((page.url.host_str(), page.url.path()), (Some("localhost"), "/_guichet/connexion"), "{}", page.gist());
}
