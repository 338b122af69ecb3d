//! Facts that only the audit log keeps: they are there with the access log switched off (attack X03).

use std::collections::BTreeSet;
use std::time::Duration;

use guichet::observe::AuditEvent;

use crate::support::site::Site;

const SIGN_IN: &str = "/_guichet/connexion";

/// Facts of one kind, oldest first, once there are this many.
async fn facts(site: &Site, legacy_id: &str, fact: &str, expected: usize) -> Vec<AuditEvent> {
    let started = tokio::time::Instant::now();
    loop {
        let mut facts = site.facts(legacy_id).await;
        facts.retain(|event| event.fact.as_str() == fact);
        facts.sort_by_key(|event| event.at);
        if facts.len() >= expected || started.elapsed() > Duration::from_secs(5) {
            assert_eq!(facts.len(), expected, "{fact}: {facts:?}");
            return facts;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn x03_a_denial_is_kept_once_a_session_route_and_minute_whatever_the_access_log_does() {
    let site = Site::with(|settings| {
        settings.log.access = false;
        let mut route = settings.routes.iter().find(|route| route.path == "/").unwrap().clone();
        route.name = "labo".to_owned();
        route.path = "/labo".to_owned();
        route.policy.professions = ["10".to_owned()].into();
        settings.routes.insert(0, route);
    })
    .await;
    let mut who = site.activated().await;
    for _ in 0..20 {
        assert_eq!(who.person.get("/labo/resultats").await.status, 403);
        assert_eq!(who.person.send("POST", "/labo/resultats", &[], b"").await.status, 403);
    }
    let denied = facts(&site, &who.legacy_id, "access.refused", 1).await;
    let denied = &denied[0];
    assert_eq!((denied.detail["route"].as_str(), denied.detail["cause"].as_str()), ("labo", "profession"));
    assert!(denied.sid.is_some() && denied.client.is_some() && denied.device.is_some() && denied.request_id.is_some());
    site.forward(60);
    who.person.get("/labo").await;
    facts(&site, &who.legacy_id, "access.refused", 2).await;
    // Who is nobody leaves no line: anybody can ask.
    site.person().get("/labo").await;
    facts(&site, &who.legacy_id, "access.refused", 2).await;
}

#[tokio::test]
async fn x03_a_session_that_ends_by_itself_says_when_and_why_once() {
    let site = Site::start().await;
    let who = site.activated().await;
    // Silence, and somebody who comes back to it.
    site.forward(31 * 60);
    for _ in 0..3 {
        let mut person = who.person.clone();
        assert_eq!(person.get("/").await.status, 303);
    }
    let ended = facts(&site, &who.legacy_id, "session.ended", 1).await;
    assert_eq!(ended[0].detail["cause"], "idle");
    // Silence, and nobody who comes back: housekeeping tells.
    let mut again = site.person();
    site.sign_in(&mut again, &who).await;
    site.app.login.sessions.flush_touches().await.unwrap();
    site.forward(31 * 60);
    assert_eq!(site.app.login.sessions.end_lapsed(100).await.unwrap(), 0, "another process may have seen it");
    site.forward(2 * 60);
    assert_eq!(site.app.login.sessions.end_lapsed(100).await.unwrap(), 1);
    assert_eq!(site.app.login.sessions.end_lapsed(100).await.unwrap(), 0);
    facts(&site, &who.legacy_id, "session.ended", 2).await;
    let page = again.get(SIGN_IN).await;
    assert!(page.says("après 30 minutes sans activité"), "{}", page.gist());
    // Age.
    let mut third = site.person();
    site.sign_in(&mut third, &who).await;
    for _ in 0..9 {
        site.forward(29 * 60);
        third.get("/").await;
    }
    site.app.login.sessions.end_lapsed(100).await.unwrap();
    let ended = facts(&site, &who.legacy_id, "session.ended", 3).await;
    assert_eq!(ended[2].detail["cause"], "absolute", "{ended:?}");
}

#[tokio::test]
async fn x03_reset_codes_and_reminders_leave_their_facts() {
    let site = Site::start().await;
    let who = site.activated().await;
    site.forward(61);
    let mut person = site.person();
    let page = person.get("/_guichet/mot-de-passe-oublie").await;
    let page = person.submit(&page, "/_guichet/mot-de-passe-oublie", &[("identifier", &who.email)]).await;
    let page = person.follow(page).await;
    site.sent().await;
    let code = site.code(&who.email).await;
    person.submit(&page, "/_guichet/mot-de-passe-oublie/code", &[("code", &code)]).await;
    let sent = facts(&site, &who.legacy_id, "reset.code.sent", 2).await;
    let channels: BTreeSet<&str> = sent.iter().map(|event| event.detail["channel"].as_str()).collect();
    assert_eq!(channels, BTreeSet::from(["email", "sms"]));
    // Nobody's code is sent to nobody.
    let page = person.get("/_guichet/mot-de-passe-oublie").await;
    person.submit(&page, "/_guichet/mot-de-passe-oublie", &[("identifier", "999999999")]).await;
    facts(&site, &who.legacy_id, "reset.code.sent", 2).await;
}

#[tokio::test]
async fn x03_a_reminder_that_is_due_at_a_sign_in_is_a_fact_and_opening_its_page_is_none() {
    let site = Site::start().await;
    let mut nurse = site.person();
    let page = site.psc(&mut nurse, "infirmiere").await;
    let page = nurse.follow(page).await;
    let email = "/_guichet/activation/psc/email";
    let page = nurse.submit(&page, email, &[("terms", "oui"), ("action", "ignorer")]).await;
    let page = nurse.follow(page).await;
    nurse.submit(&page, "/_guichet/activation/psc/telephone", &[("action", "ignorer")]).await;
    let accounts = site.app.login.directory.list(None, None, None, 50).await.unwrap();
    let id = accounts.into_iter().find(|account| !account.links.is_empty()).unwrap().id;
    let shown = async || {
        let facts = site.app.login.directory.facts(id, 1_000).await.unwrap();
        facts.iter().filter(|event| event.fact.as_str() == "reminder.shown").count()
    };
    site.forward(31 * 86_400);
    let mut again = site.person();
    let page = site.psc(&mut again, "infirmiere").await;
    assert_eq!(page.location(), "/_guichet/rappel", "{}", page.gist());
    assert_eq!(shown().await, 1);
    again.follow(page).await;
    again.get("/_guichet/rappel").await;
    assert_eq!(shown().await, 1);
}
