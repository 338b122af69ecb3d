//! A session and the provider's session behind it: kept awake by use, ended together, and alive while the provider is away.

use std::time::Duration;

use guichet::config::settings::Access;
use guichet::session::{Lookup, Session, SessionToken};
use serde_json::json;

use crate::support::person::Person;
use crate::support::site::Site;
use crate::support::upstream::values;

const MINUTE: i64 = 60;

/// A professional signed in by Pro Santé Connect, on the first page of ours.
async fn signed_in(site: &Site) -> Person {
    let mut person = site.person();
    let page = site.psc(&mut person, "infirmiere").await;
    assert_eq!(page.status, 303, "{}", page.gist());
    person
}

async fn is_in(person: &mut Person) -> bool {
    let page = person.get("/_guichet/activation").await;
    assert_eq!(page.status, 303, "{}", page.gist());
    !page.location().starts_with("/_guichet/connexion")
}

/// Waits until the token endpoint was called this often; ten seconds at most.
async fn token_calls(site: &Site, wanted: u64) {
    let waiting = async {
        while site.calls("token").await < wanted {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waiting).await.expect("the token endpoint is not called");
    assert_eq!(site.calls("token").await, wanted);
}

/// Waits until what the provider gave is written down: who asks before that is told to come again in half a minute.
async fn kept(site: &Site, person: &Person) {
    let key = format!("grant:{}", session(site, person).await.sid);
    let waiting = async {
        loop {
            let held = site.app.login.store.record(&key, site.app.login.now()).await.unwrap().unwrap();
            if !String::from_utf8_lossy(&held.value).contains("taken_until") {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waiting).await.expect("a renewal does not end");
}

pub(crate) async fn session(site: &Site, person: &Person) -> Session {
    let token = SessionToken::parse(&person.session()).unwrap();
    match site.app.login.sessions.visitor(&token).await.unwrap() {
        Lookup::Live(visitor) => visitor.session().clone(),
        other @ (Lookup::Ended(_) | Lookup::Unknown) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn use_renews_after_ten_minutes_once_and_silence_never() {
    let site = Site::start().await;
    let mut nurse = signed_in(&site).await;
    site.forward(9 * MINUTE);
    assert!(is_in(&mut nurse).await);
    token_calls(&site, 1).await;
    for renewals in 2..=4 {
        site.forward(11 * MINUTE);
        let mut tabs = [nurse.clone(), nurse.clone(), nurse.clone(), nurse.clone()];
        let [one, two, three, four] = &mut tabs;
        let all = tokio::join!(is_in(one), is_in(two), is_in(three), is_in(four));
        assert_eq!(all, (true, true, true, true));
        token_calls(&site, renewals).await;
        kept(&site, &nurse).await;
        assert!(is_in(&mut nurse).await);
    }
    site.forward(29 * MINUTE);
    token_calls(&site, 4).await;
}

#[tokio::test]
async fn c22_a_session_that_the_provider_has_ended_ends_at_the_next_renewal() {
    let site = Site::start().await;
    let mut nurse = signed_in(&site).await;
    let sessions = site.control("GET", "sessions", &json!(null)).await;
    let sessions: serde_json::Value = serde_json::from_str(&sessions.body).unwrap();
    let sid = sessions[0]["sid"].as_str().unwrap();
    let ended = site.control("POST", &format!("sessions/{sid}/logout"), &json!({})).await;
    assert_eq!(ended.status, 200, "{}", ended.body);
    site.forward(11 * MINUTE);
    // The request that finds it is due does not wait for the answer.
    let waiting = async {
        while is_in(&mut nurse).await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waiting).await.expect("the session goes on");
    let page = nurse.get("/_guichet/connexion").await;
    assert!(page.says("Votre session a été fermée. Connectez-vous à nouveau."), "{}", page.gist());
}

#[tokio::test]
async fn f10_a_provider_that_is_away_ends_no_session_and_is_asked_again_later() {
    let site = Site::start().await;
    let mut nurse = signed_in(&site).await;
    site.switch(json!({"endpoints": {"token": {"failure": "503"}}})).await;
    site.forward(11 * MINUTE);
    assert!(is_in(&mut nurse).await);
    token_calls(&site, 2).await;
    for _ in 0..5 {
        assert!(is_in(&mut nurse).await);
    }
    token_calls(&site, 2).await;
    site.mend().await;
    site.forward(MINUTE);
    assert!(is_in(&mut nurse).await);
    token_calls(&site, 1).await;
    assert!(is_in(&mut nurse).await);
}

#[tokio::test]
async fn a_session_ends_with_the_one_the_provider_has_had_for_longer() {
    let site = Site::start().await;
    let mut nurse = signed_in(&site).await;
    let first = session(&site, &nurse).await;
    assert_eq!(first.expires_at.duration_since(first.opened_at).as_secs(), 4 * 60 * MINUTE);
    site.forward(20 * MINUTE);
    nurse.drop_cookie("__Host-guichet");
    let page = site.psc(&mut nurse, "infirmiere").await;
    assert_eq!(page.status, 303, "{}", page.gist());
    let second = session(&site, &nurse).await;
    assert_ne!(first.sid, second.sid);
    assert_eq!(second.auth_time, first.auth_time, "the provider knew the person");
    assert_eq!(second.expires_at, first.expires_at);
}

const TOKEN: &str = "x-psc-access-token";

/// A site whose portal is told the provider's token.
async fn telling() -> Site {
    Site::with(|settings| {
        for route in &mut settings.routes {
            route.policy.access = Access::SignedIn;
            route.provider_token_header = Some(TOKEN.to_owned());
        }
    })
    .await
}

/// The token that the portal is told, with the lines that the client sends itself.
async fn told(site: &Site, person: &mut Person, lines: &[(&str, &str)]) -> Option<String> {
    let page = person.send("GET", "/", lines, b"").await;
    assert_eq!(page.status, 200, "{}", page.gist());
    let head = site.upstream.last();
    let said = [values(&head, TOKEN), values(&head, "x_psc_access_token")].concat();
    assert!(said.len() <= 1, "{said:?}");
    said.first().map(|value| (*value).to_owned())
}

#[tokio::test]
async fn a_portal_is_told_a_token_that_is_renewed_ahead_and_waited_for_only_at_its_end() {
    let site = telling().await;
    let mut nurse = signed_in(&site).await;
    let first = told(&site, &mut nurse, &[("X-Psc-Access-Token", "forged"), ("x_psc_access_token", "forged")]).await;
    let first = first.expect("the provider gave one");
    assert_eq!(first.len(), 43, "{first}");
    site.forward(55);
    assert_eq!(told(&site, &mut nurse, &[]).await.as_deref(), Some(first.as_str()));
    token_calls(&site, 1).await;
    // Past half of its life it is told once more, while another is fetched.
    site.forward(10);
    assert_eq!(told(&site, &mut nurse, &[]).await.as_deref(), Some(first.as_str()));
    token_calls(&site, 2).await;
    let waiting = async { while told(&site, &mut nurse, &[]).await.as_deref() == Some(first.as_str()) {} };
    tokio::time::timeout(Duration::from_secs(10), waiting).await.expect("the new one is told");
    let second = told(&site, &mut nurse, &[]).await.unwrap();
    // Nearly over: every request waits for the next one, which is asked for once.
    site.forward(112);
    let mut tabs = [nurse.clone(), nurse.clone(), nurse.clone(), nurse.clone()];
    let [one, two, three, four] = &mut tabs;
    let pages = tokio::join!(one.get("/"), two.get("/"), three.get("/"), four.get("/"));
    assert_eq!((pages.0.status, pages.1.status, pages.2.status, pages.3.status), (200, 200, 200, 200));
    token_calls(&site, 3).await;
    let third = told(&site, &mut nurse, &[]).await.unwrap();
    assert!(third != second && third != first);
}

#[tokio::test]
async fn a_portal_that_was_promised_a_good_token_is_not_told_an_old_one() {
    let site = telling().await;
    let mut nurse = signed_in(&site).await;
    site.switch(json!({"endpoints": {"token": {"failure": "503"}}})).await;
    assert!(told(&site, &mut nurse, &[]).await.is_some());
    site.forward(2 * MINUTE);
    let page = nurse.get("/").await;
    assert_eq!((page.status, page.header("retry-after").is_some()), (503, true), "{}", page.gist());
    site.mend().await;
    site.forward(MINUTE);
    assert!(told(&site, &mut nurse, &[]).await.is_some());
    let mut local = site.imported("751234567").await;
    assert_eq!(told(&site, &mut local, &[("X-Psc-Access-Token", "forged")]).await, None);
}
