//! Who is sent where, and in what form.

use std::collections::BTreeSet;

use guichet::session::Standing;

use crate::support::gate::Gate;
use crate::support::raw::{Answer, ask};
use crate::support::settings::settings;
use crate::support::upstream::Upstream;

const HTML: &str = "Accept: text/html\r\n";

async fn get(gate: &Gate, target: &str, lines: &str) -> Answer {
    ask(gate.address, format!("GET {target} HTTP/1.1\r\nHost: portail.test\r\n{lines}\r\n")).await
}

#[tokio::test]
async fn a_navigation_without_session_goes_to_sign_in_and_comes_back() {
    let upstream = Upstream::start().await;
    let gate = Gate::before(&upstream).await;
    let answer = get(&gate, "/dossier?id=1&x=%2F", HTML).await;
    assert_eq!(answer.status, 303);
    assert_eq!(answer.header("location"), Some("/_guichet/connexion?retour=/dossier%3Fid%3D1%26x%3D%252F"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let fetch = get(&gate, "/dossier", "Sec-Fetch-Mode: cors\r\nAccept: text/html\r\n").await;
    assert_eq!(fetch.status, 401);
    assert_eq!(fetch.header("content-type"), Some("application/problem+json"));
    assert_eq!(fetch.header("cache-control"), Some("no-store"));
    assert_eq!(fetch.json()["type"], "urn:guichet:problem:signed-out");
    assert_eq!(fetch.json()["sign_in_url"], "https://portail.test/_guichet/connexion");
    assert_eq!(fetch.json()["request_id"].as_str(), fetch.header("x-request-id"));
    assert!(upstream.bytes().is_empty());
}

#[tokio::test]
async fn w05_a_post_without_session_is_refused_and_its_body_forgotten() {
    let upstream = Upstream::start().await;
    let gate = Gate::before(&upstream).await;
    let post = format!("POST /dossier HTTP/1.1\r\nHost: portail.test\r\n{HTML}Content-Length: 6\r\n\r\nsecret");
    let answer = ask(gate.address, post).await;
    assert_eq!(answer.status, 401);
    assert!(!answer.text().contains("secret"));
    assert!(upstream.bytes().is_empty());
}

#[tokio::test]
async fn an_ended_session_says_why_to_programs() {
    let upstream = Upstream::start().await;
    let gate = Gate::before(&upstream).await;
    let zoe = gate.activated().await;
    assert_eq!(get(&gate, "/", &zoe.cookie()).await.status, 200);
    gate.end(&zoe).await;
    let answer = get(&gate, "/", &zoe.cookie()).await;
    assert_eq!((answer.status, answer.json()["type"].as_str()), (401, Some("urn:guichet:problem:revoked")));
    assert_eq!(get(&gate, "/", &format!("{HTML}{}", zoe.cookie())).await.status, 303);
    assert_eq!(get(&gate, "/public", &zoe.cookie()).await.status, 200);
}

#[tokio::test]
async fn r21_an_unactivated_session_tries_every_method_and_spelling_and_nothing_reaches_the_upstream() {
    let upstream = Upstream::start().await;
    let gate = Gate::before(&upstream).await;
    let cookie = gate.activating().await.cookie();
    let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get"];
    let targets = [
        "/",
        "/dossier",
        "/dossier?x=/public",
        "/DOSSIER",
        "/PUBLIC",
        "/Public/x",
        "/publicity",
        "/public/../dossier",
        "/public/%2e%2e/dossier",
        "/public/..%2fdossier",
        "/public%2f..%2fdossier",
        "//dossier",
        "/./dossier",
        "/public/.",
        "/public;/../dossier",
        "/public/..;/dossier",
        "/public\\..\\dossier",
        "/%64ossier",
        "/dossier#/public",
        "/_guichet/../dossier",
        "/_guichet/%2e%2e/dossier",
        "/_GUICHET/x",
        "/signed/../dossier",
        "/%2564ossier",
        "http://portail.test/dossier",
        "http://portail.test/public/../dossier",
        "*",
        "/public/%00",
        "/dossier/",
    ];
    for method in methods {
        for target in targets {
            let request = format!(
                "{method} {target} HTTP/1.1\r\nHost: portail.test\r\n{cookie}X-Original-URL: /public\r\nX-HTTP-Method-Override: GET\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            );
            let mut raw = crate::support::raw::Raw::connect(gate.address).await;
            raw.send(request).await;
            let all = raw.until_closed().await;
            assert!(!all.starts_with(b"HTTP/1.1 2"), "{method} {target}: {}", String::from_utf8_lossy(&all));
        }
    }
    assert!(upstream.bytes().is_empty(), "{:?}", upstream.heads());
    let answer = get(&gate, "/dossier", &format!("{HTML}{cookie}")).await;
    assert_eq!(answer.header("location"), Some("/_guichet/activation?retour=/dossier"));
    let answer = get(&gate, "/dossier", &cookie).await;
    assert_eq!((answer.status, answer.json()["type"].as_str()), (403, Some("urn:guichet:problem:activation-required")));
    assert!(upstream.bytes().is_empty());
    assert_eq!(get(&gate, "/signed", &cookie).await.status, 200);
    assert_eq!(get(&gate, "/public", &cookie).await.status, 200);
}

#[tokio::test]
async fn new_terms_are_accepted_before_the_portal_opens() {
    let upstream = Upstream::start().await;
    let gate = Gate::before(&upstream).await;
    let cookie = gate.person(|facts| facts.terms_current = false).await.cookie();
    let answer = get(&gate, "/", &format!("{HTML}{cookie}")).await;
    assert_eq!(answer.header("location"), Some("/_guichet/conditions"));
    assert!(upstream.bytes().is_empty());
}

#[tokio::test]
async fn closed_and_frozen_accounts_are_nobody() {
    let upstream = Upstream::start().await;
    let gate = Gate::before(&upstream).await;
    for standing in [Standing::Disabled, Standing::Frozen] {
        let cookie = gate.person(|facts| facts.standing = standing).await.cookie();
        assert_eq!(get(&gate, "/signed", &cookie).await.status, 401);
    }
    assert!(upstream.bytes().is_empty());
}

#[tokio::test]
async fn a_policy_that_refuses_shows_a_page_to_a_person_and_a_problem_to_a_program() {
    let upstream = Upstream::start().await;
    let mut routes = Gate::routes(&upstream);
    routes[0].policy.professions = BTreeSet::from(["10".to_owned()]);
    routes[1].policy.identity_providers = BTreeSet::from(["psc".to_owned()]);
    let gate = Gate::with(settings(routes)).await;
    let cookie = gate.activated().await.cookie();
    let page = get(&gate, "/", &format!("{HTML}{cookie}")).await;
    assert_eq!(page.status, 403);
    assert!(page.text().contains("Forbidden(Profession)"));
    let problem = get(&gate, "/signed", &cookie).await;
    assert_eq!(problem.json()["sign_in_url"], "https://portail.test/_guichet/connexion");
    assert_eq!((problem.status, problem.json()["reason"].as_str()), (403, Some("identity-provider")));
    // Who is linked to what is asked for confirms with it and comes back.
    let linked = gate.person(|facts| facts.identity_providers = vec!["psc".to_owned()]).await.cookie();
    let page = get(&gate, "/signed", &format!("{HTML}{linked}")).await;
    assert_eq!((page.status, page.header("location")), (303, Some("/_guichet/confirmer?retour=/signed")));
    let problem = get(&gate, "/signed", &linked).await;
    assert_eq!((problem.status, problem.json()["reason"].as_str()), (403, Some("identity-provider")));
    assert!(upstream.bytes().is_empty());
}

#[tokio::test]
async fn f01_a_store_that_is_away_is_503_and_never_anonymous() {
    let upstream = Upstream::start().await;
    let gate = Gate::before(&upstream).await;
    let zoe = gate.activated().await;
    gate.store.set_away(true);
    for target in ["/", "/signed", "/public"] {
        let answer = get(&gate, target, &zoe.cookie()).await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("60")), "{target}");
        assert!(answer.all("set-cookie").is_empty());
    }
    assert!(upstream.bytes().is_empty());
    assert_eq!(get(&gate, "/public", "").await.status, 200);
    assert!(get(&gate, "/_guichet/connexion", &zoe.cookie()).await.text().contains(" away "));
    gate.store.set_away(false);
    assert_eq!(get(&gate, "/", &zoe.cookie()).await.status, 200);
}

#[tokio::test]
async fn a_service_workers_script_is_refused_unless_the_route_says_so() {
    let upstream = Upstream::start().await;
    let mut routes = Gate::routes(&upstream);
    routes[1].service_worker = true;
    let gate = Gate::with(settings(routes)).await;
    let cookie = gate.activated().await.cookie();
    for line in ["Service-Worker: script\r\n", "Sec-Fetch-Dest: serviceworker\r\n"] {
        assert_eq!(get(&gate, "/public/sw.js", line).await.status, 403);
        assert_eq!(get(&gate, "/sw.js", &format!("{line}{cookie}")).await.status, 403);
        assert!(upstream.bytes().is_empty());
    }
    assert_eq!(get(&gate, "/signed/sw.js", &format!("Service-Worker: script\r\n{cookie}")).await.status, 200);
}

#[tokio::test]
async fn own_pages_are_given_the_visit_and_none_of_the_clients_identity_headers() {
    let upstream = Upstream::start().await;
    let gate = Gate::before(&upstream).await;
    let zoe = gate.activated().await;
    let lines = format!("{}X_Forwarded_For: 1.2.3.4\r\nX-Guichet-Assertion: m\r\nX-Request-Id: mine\r\n", zoe.cookie());
    let answer = get(&gate, "/_guichet/compt%65?x", &lines).await;
    let id = answer.header("x-request-id").unwrap().to_owned();
    assert_eq!(answer.text(), format!("own GET /_guichet/compte?x 127.0.0.1 known {id} host,cookie"));
    assert_eq!(get(&gate, "/_guichetto", "").await.status, 401);
    assert_eq!(get(&gate, "/_GUICHET/connexion", "").await.status, 404);
    assert!(upstream.bytes().is_empty());
}
