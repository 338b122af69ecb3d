//! The code that hands a session over: once, in time, at its host, in the browser that left. Attacks on it, and nothing that goes round in circles.

use guichet::observe::Fact;

use crate::support::person::{Page, Person};
use crate::support::site::Site;

const DOSSIER: &str = "dossier.localhost";
const LABO: &str = "labo.localhost";
const SESSION: &str = "__Host-guichet";
const FLOW: &str = "__Host-guichet-flow";

async fn site() -> Site {
    Site::with_hosts(&[DOSSIER, LABO]).await
}

/// From a page of another host to the address with the code, which is not asked for yet.
async fn code(site: &Site, person: &mut Person, host: &str) -> String {
    let mut page = person.get(&site.on(host, "/dossier")).await;
    for _ in 0..4 {
        let next = page.url.join(page.location()).unwrap();
        if next.path() == "/_guichet/relais/fin" {
            return next.to_string();
        }
        page = person.get(next.as_str()).await;
    }
    panic!("no code: {}", page.gist())
}

/// The way back that a redirect from another host takes along.
fn way_back(page: &Page) -> String {
    let (_, encoded) = page.location().split_once("retour=").unwrap();
    percent_encoding::percent_decode_str(encoded).decode_utf8().unwrap().into_owned()
}

/// A page for a person, which opened nothing and goes nowhere by itself.
#[track_caller]
fn refused(page: &Page) {
    assert_eq!(page.status, 400, "{}", page.gist());
    assert!(page.says("Reprenez votre connexion"), "{}", page.gist());
    assert!(page.header("location").is_none() && page.cookie(SESSION).is_none() && !page.body.contains("http-equiv"));
}

#[tokio::test]
async fn s11_a_code_used_twice_opens_nothing_the_second_time() {
    let site = site().await;
    let mut who = site.activated().await;
    let address = code(&site, &mut who.person, DOSSIER).await;
    let mut again = who.person.clone();
    assert_eq!(who.person.get(&address).await.location(), "/dossier");
    refused(&again.get(&address).await);
    // Back in the browser that is signed in there, it is only a way to the page.
    let page = who.person.get(&address).await;
    assert_eq!((page.location(), page.cookie(SESSION)), ("/dossier", None));
}

#[tokio::test]
async fn s11_a_code_sent_twice_at_once_opens_one_session_there() {
    let site = site().await;
    let mut who = site.activated().await;
    let address = code(&site, &mut who.person, DOSSIER).await;
    let (mut one, mut other) = (who.person.clone(), who.person.clone());
    let (one, other) = tokio::join!(one.get(&address), other.get(&address));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 400]);
}

#[tokio::test]
async fn s11_a_code_that_is_late_opens_nothing() {
    let site = site().await;
    let mut who = site.activated().await;
    let address = code(&site, &mut who.person, DOSSIER).await;
    site.forward(59);
    assert_eq!(who.person.clone().get(&address).await.status, 303);
    let address = code(&site, &mut who.person, LABO).await;
    site.forward(60);
    let page = who.person.get(&address).await;
    refused(&page);
    // And the page says how to go on.
    assert!(page.says("href=\"/_guichet/connexion?retour=/dossier\""), "{}", page.body);
    let page = who.person.open(&site.on(LABO, "/_guichet/connexion?retour=/dossier")).await;
    assert_eq!((page.status, page.url.as_str()), (200, site.on(LABO, "/dossier").as_str()));
}

#[tokio::test]
async fn s11_a_code_brought_to_another_host_is_used_up_and_opens_nothing() {
    let site = site().await;
    let mut who = site.activated().await;
    let address = code(&site, &mut who.person, DOSSIER).await;
    who.person.get(&site.on(LABO, "/_guichet/connexion")).await;
    refused(&who.person.get(&address.replace(DOSSIER, LABO)).await);
    refused(&who.person.get(&address).await);
    // Nor does the host where people sign in take one.
    let address = code(&site, &mut who.person, DOSSIER).await;
    assert_eq!(who.person.get(&address.replace(DOSSIER, "localhost")).await.status, 404);
}

#[tokio::test]
async fn s11_an_attackers_code_does_not_sign_the_victims_browser_in() {
    let site = site().await;
    let mut attacker = site.activated().await;
    let address = code(&site, &mut attacker.person, DOSSIER).await;
    // A browser that was never there has no cookie to show.
    let mut victim = site.person();
    let page = victim.get(&address).await;
    assert_eq!((page.status, page.cookie(SESSION)), (400, None));
    assert!(page.says("refuse les cookies"), "{}", page.gist());
    // One that was there has another, and the code is gone with the first try that could have used it.
    let address = code(&site, &mut attacker.person, DOSSIER).await;
    victim.get(&site.on(DOSSIER, "/dossier")).await;
    victim.get(&site.on(DOSSIER, "/_guichet/connexion")).await;
    assert!(victim.cookie_of(DOSSIER, FLOW).is_some());
    refused(&victim.get(&address).await);
    refused(&attacker.person.get(&address).await);
    assert_eq!(victim.cookie_of(DOSSIER, SESSION), None);
}

#[tokio::test]
async fn s11_a_victim_led_to_the_attackers_way_back_brings_the_attacker_nothing() {
    let site = site().await;
    let mut victim = site.activated().await.person;
    let mut attacker = site.person();
    let page = attacker.get(&site.on(DOSSIER, "/_guichet/connexion?retour=/dossier")).await;
    // The victim's browser carries the code to the host; only the attacker's browser could use it, and never sees it.
    let page = victim.get(&way_back(&page)).await;
    let address = page.location().to_owned();
    victim.get(&site.on(DOSSIER, "/_guichet/connexion")).await;
    refused(&victim.get(&address).await);
    refused(&attacker.get(&address).await);
}

#[tokio::test]
async fn s01_the_session_a_host_had_before_is_over_and_its_token_opens_nothing() {
    let site = site().await;
    let mut person = site.activated().await.person;
    person.open(&site.on(DOSSIER, "/dossier")).await;
    let mut copy = person.clone();
    // Somebody else signs in in the same browser, after the first one's cookie was lost where people sign in.
    let other = site.imported("752345678").await;
    person.set_cookie(SESSION, &other.session());
    let page = person.get(&site.on(DOSSIER, "/_guichet/activation?retour=/dossier")).await;
    let page = person.get(&way_back(&page)).await;
    let former = person.cookie_of(DOSSIER, SESSION).unwrap().to_owned();
    let page = person.get(page.location()).await;
    assert_eq!(page.status, 303, "{}", page.gist());
    assert_ne!(person.cookie_of(DOSSIER, SESSION), Some(former.as_str()));
    for host in [DOSSIER, "localhost"] {
        let page = copy.send("GET", &site.on(host, "/dossier"), &[("Sec-Fetch-Mode", "cors")], b"").await;
        assert_eq!(page.status, 401, "{host}");
    }
}

#[tokio::test]
async fn s03_a_browser_that_keeps_no_cookie_or_a_planted_one_is_told_and_led_round_no_circle() {
    let site = site().await;
    let mut who = site.activated().await;
    let address = code(&site, &mut who.person, DOSSIER).await;
    let mut without = who.person.clone();
    without.jar.remove(DOSSIER);
    let page = without.get(&address).await;
    assert_eq!(page.status, 400);
    assert!(page.says("refuse les cookies") && page.says(DOSSIER), "{}", page.gist());
    let planted = who.person.cookie_of(DOSSIER, FLOW).unwrap().to_owned();
    let line = format!("{FLOW}={planted}; =__Host-guichet=x");
    who.person.jar.remove(DOSSIER);
    let lines = [("Accept", "text/html"), ("Sec-Fetch-Mode", "navigate"), ("Cookie", line.as_str())];
    let page = who.person.send("GET", &address, &lines, b"").await;
    assert_eq!((page.status, page.cookie(SESSION).as_deref()), (400, Some("")), "{}", page.gist());
}

#[tokio::test]
async fn s11_a_code_is_neither_given_nor_used_by_a_head_and_never_written_down() {
    let site = site().await;
    let mut who = site.activated().await;
    let address = code(&site, &mut who.person, DOSSIER).await;
    let (mut raw, bytes, _) = who.person.request("HEAD", &address, &[], b"").await;
    raw.send(bytes).await;
    assert_eq!(raw.head().await.status, 405);
    let page = who.person.get(&address).await;
    assert_eq!(page.status, 303);
    let facts = site.facts(&who.legacy_id).await;
    let handed = facts.iter().find(|event| event.fact == Fact::SessionHandedOver).unwrap();
    assert_eq!(handed.detail["host"], DOSSIER);
    let code = address.split_once("code=").unwrap().1.split('&').next().unwrap();
    assert!(!format!("{facts:?}").contains(code));
}

#[tokio::test]
async fn f01_f03_stores_that_are_away_hand_nothing_over_and_lead_round_no_circle() {
    let site = site().await;
    let mut who = site.activated().await;
    let address = code(&site, &mut who.person, DOSSIER).await;
    site.refuse_writes(true);
    let page = who.person.get(&address).await;
    assert_eq!((page.status, page.cookie(SESSION)), (503, None), "{}", page.gist());
    let page = who.person.open(&site.on(LABO, "/dossier")).await;
    assert_eq!(page.status, 503, "{}", page.gist());
    site.refuse_writes(false);
    let page = who.person.open(&site.on(LABO, "/dossier")).await;
    assert_eq!(page.status, 200, "{}", page.gist());
    site.refuse_everything(true);
    site.app.login.sessions.forget_everything();
    let page = who.person.get(&site.on(LABO, "/dossier")).await;
    assert_eq!(page.status, 503, "{}", page.gist());
}

#[tokio::test]
async fn k08_a_host_that_is_no_longer_served_gets_no_code() {
    let site = site().await;
    let mut who = site.activated().await;
    let page = who.person.get(&site.on(LABO, "/_guichet/connexion?retour=/dossier")).await;
    let back = way_back(&page);
    assert_eq!(who.person.get(&back).await.status, 303);
    let mut settings = (*site.app.settings).clone();
    settings.routes.retain(|route| route.host != Some(LABO.into()));
    site.app.login.served.replace(&settings.into());
    assert_eq!(who.person.get(&back).await.status, 404);
}
