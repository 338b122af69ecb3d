//! Dependencies failing, callers going away, and floods.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::support::person::{Page, Person};
use crate::support::site::{Activated, Site};

const SIGN_IN: &str = "/_guichet/connexion";
const CODE: &str = "/_guichet/connexion/code";
const SESSION: &str = "__Host-guichet";

#[track_caller]
fn closed(page: &Page, what: &str) {
    assert_eq!(page.status, 503, "{what}: {}", page.gist());
    assert!(page.header("retry-after").is_some(), "{what}");
    assert!(page.cookie(SESSION).is_none_or(|value| value.is_empty()), "{what}");
}

/// Somebody at the code page.
async fn at_code(site: &Site, who: &Activated) -> (Person, Page, String) {
    site.forward(61);
    let mut person = site.person();
    let page = site.to_code(&mut person, &who.email, &who.password).await;
    (person, page, site.code(&who.email).await)
}

#[tokio::test]
async fn f01_a_store_away_is_neither_anonymous_nor_a_login_loop() {
    let site = Site::start().await;
    let mut who = site.activated().await;
    site.forward(61);
    site.refuse_everything(true);
    let before = site.upstream.heads().len();
    for address in ["/", "/dossier", "/_guichet/activation", SIGN_IN] {
        let page = who.person.get(address).await;
        closed(&page, address);
        assert_eq!(page.header("location"), None);
    }
    assert_eq!(site.upstream.heads().len(), before);
    site.refuse_everything(false);
    assert_eq!(who.person.get("/").await.status, 200, "it recovers by itself");
}

#[tokio::test]
async fn f03_where_nothing_can_be_written_no_login_ends_well() {
    let site = Site::start().await;
    let who = site.activated().await;
    site.forward(61);
    let mut staying = site.person();
    site.sign_in(&mut staying, &who).await;
    let session = staying.session();
    assert_eq!(site.portal(&session).await, 200);
    // Every door, each prepared while all was well.
    let (mut coding, code_page, code) = at_code(&site, &who).await;
    site.forward(61);
    let mut typing = site.person();
    let typed_page = typing.get(SIGN_IN).await;
    let mut nurse = site.person();
    let (callback, _) = site.psc_callback(&mut nurse, "infirmiere", "").await;
    let mut resetting = site.person();
    let reset_page = resetting.get("/_guichet/mot-de-passe-oublie").await;
    let mut leaving = who.person.clone();
    let leave_page = leaving.get("/_guichet/deconnexion").await;
    let sent = site.sent().await;
    let before = site.upstream.heads().len();
    site.refuse_writes(true);
    let answers = [("identifier", "752345678"), ("password", Site::legacy_password("752345678"))];
    closed(&typing.submit(&typed_page, SIGN_IN, &answers).await, "password");
    closed(&typing.submit(&typed_page, SIGN_IN, &[("identifier", "nobody"), ("password", "x")]).await, "nobody");
    closed(&coding.submit(&code_page, CODE, &[("code", &code)]).await, "code");
    closed(&coding.submit(&code_page, CODE, &[("action", "renvoyer")]).await, "resend");
    closed(&nurse.get(&callback).await, "callback");
    closed(&typing.submit(&typed_page, "/_guichet/connexion/psc", &[]).await, "start");
    let answers = [("identifier", who.email.as_str())];
    closed(&resetting.submit(&reset_page, "/_guichet/mot-de-passe-oublie", &answers).await, "reset");
    closed(&leaving.submit(&leave_page, "/_guichet/deconnexion", &[]).await, "sign-out");
    for person in [&typing, &coding, &nurse, &resetting] {
        assert_eq!(person.cookie(SESSION), None);
    }
    assert_eq!((site.sent().await, site.upstream.heads().len()), (sent, before), "nothing is sent, nothing asked");
    assert_eq!(site.portal(&session).await, 200, "reads go on: sessions live");
    site.refuse_writes(false);
    assert_eq!(coding.submit(&code_page, CODE, &[("code", &code)]).await.status, 303, "the code was not lost");
}

#[tokio::test]
async fn f06_without_its_counters_nothing_is_judged_or_sent() {
    let site = Site::start().await;
    let who = site.activated().await;
    let (coding, code_page, code) = at_code(&site, &who).await;
    let mut typing = site.person();
    let page = typing.get(SIGN_IN).await;
    let (refused, accepted) = ("signin.password.refused", "signin.password.accepted");
    let before =
        (site.count(&who.legacy_id, refused).await, site.count(&who.legacy_id, accepted).await, site.sent().await);
    site.refuse_everything(true);
    for number in 0..30 {
        let password = if number % 2 == 0 { who.password.as_str() } else { "Mauvais-Mot-de-passe1" };
        let answers = [("identifier", who.email.as_str()), ("password", password)];
        closed(&typing.submit(&page, SIGN_IN, &answers).await, "password");
        closed(&coding.clone().submit(&code_page, CODE, &[("code", &code)]).await, "code");
        closed(&coding.clone().submit(&code_page, CODE, &[("action", "renvoyer")]).await, "resend");
    }
    site.refuse_everything(false);
    let after =
        (site.count(&who.legacy_id, refused).await, site.count(&who.legacy_id, accepted).await, site.sent().await);
    assert_eq!(after, before, "a password was judged without its counter");
}

#[tokio::test]
async fn f07_a_directory_away_answers_everyone_alike_and_soon() {
    let site = Site::start().await;
    let who = site.activated().await;
    let mut pages = Vec::new();
    for identifier in [who.email.as_str(), "nobody@example.com", "752345678", "999999999"] {
        let mut person = site.person();
        let page = person.get(SIGN_IN).await;
        pages.push((identifier, person, page));
    }
    site.app.stores.directory.close().await;
    let mut shapes = Vec::new();
    for (identifier, mut person, page) in pages {
        let started = tokio::time::Instant::now();
        let answers = [("identifier", identifier), ("password", who.password.as_str())];
        let page = person.submit(&page, SIGN_IN, &answers).await;
        closed(&page, identifier);
        assert!(started.elapsed() < Duration::from_secs(10));
        shapes.push(page.shape(&[identifier]));
    }
    assert!(shapes.windows(2).all(|pair| pair[0] == pair[1]));
}

/// Sends a form and leaves once the counters have been asked `takes` times more, or a moment has passed.
async fn leave_after(site: &Site, person: &Person, fields: &[(String, String)], address: &str, takes: u64) {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let lines = [("Content-Type", "application/x-www-form-urlencoded")];
    let (mut raw, bytes, _) = person.request("POST", address, &lines, body.as_bytes()).await;
    let before = site.store.takes.load(Ordering::SeqCst);
    raw.send(bytes).await;
    crate::support::site::until(|| site.store.takes.load(Ordering::SeqCst) >= before + takes).await;
    drop(raw);
}

#[tokio::test]
async fn f16_d07_a_caller_that_leaves_while_its_password_is_hashed_has_spent_the_guess() {
    let site = Site::with(|settings| {
        settings.password.memory_kib = 65_536;
        settings.password.workers = 1;
    })
    .await;
    let mut person = site.person();
    let page = person.get(SIGN_IN).await;
    for number in 0..5 {
        let password = format!("Guess-number-{number}");
        // The network's counter, then the account's: both are taken before the hash begins.
        let fields = person.filled(&page, SIGN_IN, &[("identifier", "974123456"), ("password", &password)]);
        leave_after(&site, &person, &fields, SIGN_IN, 3).await;
    }
    let answers = [("identifier", "974123456"), ("password", Site::legacy_password("974123456"))];
    let answer = person.submit(&page, SIGN_IN, &answers).await;
    assert_eq!(answer.status, 429, "{}", answer.gist());
    assert_eq!(person.cookie(SESSION), None);
}

#[tokio::test]
async fn f16_a_caller_that_leaves_during_the_check_of_a_code_has_spent_the_try() {
    let site = Site::start().await;
    let who = site.activated().await;
    let (mut person, page, code) = at_code(&site, &who).await;
    let right: usize = code.parse().unwrap();
    for number in 1..=12 {
        let wrong = format!("{:06}", (right + number) % 1_000_000);
        let fields = person.filled(&page, CODE, &[("code", &wrong)]);
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
        let lines = [("Content-Type", "application/x-www-form-urlencoded")];
        let (mut raw, bytes, _) = person.request("POST", CODE, &lines, body.as_bytes()).await;
        raw.send(bytes).await;
        // Gone at another point of the way each time.
        for _ in 0..number * 3 {
            tokio::task::yield_now().await;
        }
        drop(raw);
    }
    // However far each got: what was refused was counted, and the tries are five in all.
    let mut judged = 0;
    for number in 13..20 {
        let wrong = format!("{:06}", (right + number) % 1_000_000);
        let answer = person.submit(&page, CODE, &[("code", &wrong)]).await;
        if !answer.says("il vous reste") {
            break;
        }
        judged += 1;
    }
    assert!(judged <= 4, "{judged}");
    let answer = person.submit(&page, CODE, &[("code", &code)]).await;
    assert_eq!((answer.status, person.cookie(SESSION)), (422, None), "{}", answer.gist());
}

#[tokio::test]
async fn f16_a_right_code_whose_caller_left_opens_at_most_one_session_and_serves_no_one_else() {
    let site = Site::start().await;
    let who = site.activated().await;
    let id = site.account(&who.legacy_id).await.id;
    for patience in [1, 5, 20, 80, 300] {
        let (mut person, page, code) = at_code(&site, &who).await;
        let before = site.app.login.sessions.sessions_of(id).await.unwrap().len();
        let fields = person.filled(&page, CODE, &[("code", &code)]);
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
        let lines = [("Content-Type", "application/x-www-form-urlencoded")];
        let (mut raw, bytes, _) = person.request("POST", CODE, &lines, body.as_bytes()).await;
        raw.send(bytes).await;
        for _ in 0..patience {
            tokio::task::yield_now().await;
        }
        drop(raw);
        // Ten seconds later it serves nobody, whatever became of it.
        site.forward(11);
        let answer = person.submit(&page, CODE, &[("code", &code)]).await;
        let opened = site.app.login.sessions.sessions_of(id).await.unwrap().len() - before;
        assert!(opened <= 1, "{opened} sessions of one code");
        assert!(matches!(answer.status, 303 | 422), "{}", answer.gist());
        if answer.cookie(SESSION).is_none() {
            let again = person.submit(&page, CODE, &[("code", &code)]).await;
            assert_eq!(again.cookie(SESSION), None);
        }
    }
}

#[tokio::test]
async fn d06_a_flood_of_sign_ins_is_refused_at_once_while_pages_go_on() {
    let site = Site::with(|settings| {
        settings.password.workers = 1;
        settings.password.queue = 2;
    })
    .await;
    let who = site.activated().await;
    // bcrypt is slow enough: one at a time, two waiting.
    let mut tries = Vec::new();
    for number in 0..30 {
        let mut person = site.person().from(&format!("198.51.{number}.1"));
        let page = person.get(SIGN_IN).await;
        tries.push(tokio::spawn(async move {
            let answers = [("identifier", "131234567"), ("password", "Mauvais-Mot-de-passe1")];
            person.submit(&page, SIGN_IN, &answers).await
        }));
    }
    let session = who.person.session();
    for _ in 0..10 {
        let started = tokio::time::Instant::now();
        assert_eq!(site.portal(&session).await, 200);
        assert!(started.elapsed() < Duration::from_secs(5), "proxied traffic waits for hashes");
    }
    let mut busy = 0;
    for one in tries {
        let page = one.await.unwrap();
        assert!(matches!(page.status, 422 | 429 | 503), "{}", page.gist());
        if page.status == 503 {
            closed(&page, "busy");
            busy += 1;
        }
    }
    assert!(busy > 0 || site.count("131234567", "signin.password.refused").await <= 5);
}
