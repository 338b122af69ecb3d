//! Conditions of a route, through the proxy: level, means and age of what a session has proven, the client's address, and the switch.

use std::time::Duration;

use guichet::clock::{Clock as _, SystemClock};
use guichet::config::settings::{Access, AcrMinimum, Maintenance, Policy, Route};
use guichet::session::Session;
use jiff::SignedDuration;

use crate::support::gate::Gate;
use crate::support::raw::{Answer, ask};
use crate::support::settings::{clear, route, route_for, settings};
use crate::support::upstream::Upstream;

const HTML: &str = "Accept: text/html\r\n";

/// A minimum on the scale of local sign-ins.
pub(crate) fn at_least_sms() -> Policy {
    let minimum = AcrMinimum { rank: 3, accepted: vec!["urn:guichet:acr:sms".to_owned()] };
    Policy { acr_minimum: [("local".to_owned(), minimum)].into(), ..Policy::default() }
}

pub(crate) fn at_most(minutes: u64) -> Policy {
    Policy { max_age: Some(Duration::from_secs(60 * minutes)), ..Policy::default() }
}

/// Somebody whose session was changed: the line of their cookie.
pub(crate) async fn whose(gate: &Gate, change: impl Fn(&mut Session) + Send + Sync) -> String {
    let person = gate.activated().await;
    let token = gate.sessions.renew(&person.token, change).await.unwrap().unwrap();
    format!("Cookie: __Host-guichet={}\r\n", token.expose())
}

pub(crate) fn ago(minutes: i64) -> jiff::Timestamp {
    SystemClock.now() - SignedDuration::from_mins(minutes)
}

async fn get(gate: &Gate, path: &str, lines: &str) -> Answer {
    ask(gate.address, format!("GET {path} HTTP/1.1\r\nHost: portail.test\r\nConnection: close\r\n{lines}\r\n")).await
}

#[tokio::test]
async fn r16_each_condition_is_refused_with_its_reason_and_the_way_to_meet_it() {
    let upstream = Upstream::start().await;
    let of = |name: &str, path: &str, policy| Route { policy, ..route(name, path, upstream.address) };
    let sms =
        |words: &[&str]| Policy { amr: words.iter().map(|word| (*word).to_owned()).collect(), ..Policy::default() };
    let routes = vec![
        of("level", "/niveau", at_least_sms()),
        of("means", "/moyen", sms(&["sms"])),
        of("card", "/carte", sms(&["card"])),
        of("age", "/age", at_most(5)),
    ];
    let gate = Gate::with(settings(routes)).await;
    let old = whose(&gate, |session| session.auth_time = ago(5)).await;
    let young = whose(&gate, |session| session.auth_time = ago(4)).await;
    let by_sms = whose(&gate, |session| {
        session.acr = "urn:guichet:acr:sms".to_owned();
        session.amr = vec!["pwd".to_owned(), "sms".to_owned()];
    })
    .await;
    let by_psc = whose(&gate, |session| {
        session.identity_provider = "psc".to_owned();
        session.acr = "urn:guichet:acr:sms".to_owned();
    })
    .await;
    for (path, cookie, expected) in [
        ("/niveau", &young, Err(("step-up-required", "acr", Some("sms")))),
        ("/niveau", &by_sms, Ok(())),
        ("/niveau", &by_psc, Err(("forbidden", "acr", None))),
        ("/moyen", &young, Err(("step-up-required", "amr", Some("sms")))),
        ("/moyen", &by_sms, Ok(())),
        ("/carte", &by_sms, Err(("forbidden", "amr", None))),
        ("/age", &young, Ok(())),
        ("/age", &old, Err(("step-up-required", "max-age", Some("passe")))),
    ] {
        let before = upstream.heads().len();
        let problem = get(&gate, path, cookie).await;
        let page = get(&gate, path, &format!("{HTML}{cookie}")).await;
        match expected {
            Ok(()) => assert_eq!((problem.status, page.status, upstream.heads().len() - before), (200, 200, 2)),
            Err((kind, reason, need)) => {
                assert_eq!((problem.status, upstream.heads().len()), (403, before), "{path}");
                let told = problem.json();
                assert_eq!(told["type"], format!("urn:guichet:problem:{kind}"), "{path}");
                assert_eq!(told["reason"], reason, "{path}");
                let way = need.map(|need| format!("/_guichet/confirmer?besoin={need}"));
                let url = way.as_ref().map(|way| format!("https://portail.test{way}"));
                assert_eq!(told["step_up_url"].as_str(), url.as_deref(), "{path}");
                let location = way.map(|way| format!("{way}&retour={path}"));
                assert_eq!(page.header("location"), location.as_deref(), "{path}");
                assert_eq!(page.status, if location.is_some() { 303 } else { 403 }, "{path}");
            }
        }
    }
}

#[tokio::test]
async fn i10_i12_r16_the_clients_address_is_the_one_that_trusted_proxies_tell() {
    let upstream = Upstream::start().await;
    let mut open = route_for("open", "/open", upstream.address, Access::Public);
    open.policy.client_addresses = vec!["192.0.2.0/24".parse().unwrap(), "2001:db8::/32".parse().unwrap()];
    for (trusted, forwarded, expected) in [
        (true, "X-Forwarded-For: 192.0.2.7\r\n", 200),
        (true, "X-Forwarded-For: 192.0.2.9, 203.0.113.9\r\n", 403),
        (true, "X-Forwarded-For: 2001:db8::7\r\n", 200),
        (true, "X-Forwarded-For: ::ffff:192.0.2.7\r\n", 200),
        (true, "X-Forwarded-For: a\r\n", 403),
        (true, "", 403),
        (false, "X-Forwarded-For: 192.0.2.7\r\n", 403),
        (false, "X-Real-IP: 192.0.2.7\r\nForwarded: for=192.0.2.7\r\n", 403),
    ] {
        let mut settings = settings(vec![open.clone()]);
        settings.listeners = vec![clear()];
        settings.trusted_proxies = if trusted { vec!["127.0.0.0/8".parse().unwrap()] } else { Vec::new() };
        let gate = Gate::with(settings).await;
        let answer = get(&gate, "/open", forwarded).await;
        assert_eq!(answer.status, expected, "{trusted} {forwarded}");
        if expected == 403 {
            assert_eq!(answer.json()["reason"], "client-address");
            let page = get(&gate, "/open", &format!("{HTML}{forwarded}")).await;
            assert!(page.status == 403 && page.text().contains("Forbidden(ClientAddress)"), "{}", page.text());
        }
    }
    assert_eq!(upstream.heads().len(), 3);
}

#[tokio::test]
async fn a_route_that_is_switched_off_answers_503_to_everybody_and_our_own_pages_go_on() {
    let upstream = Upstream::start().await;
    let mut routes = Gate::routes(&upstream);
    routes[0].maintenance = Some(Maintenance { until: None });
    routes[2].maintenance = Some(Maintenance { until: Some(SystemClock.now() + SignedDuration::from_mins(90)) });
    let gate = Gate::with(settings(routes)).await;
    let zoe = gate.activated().await.cookie();
    for (path, cookie) in [("/", &String::new()), ("/", &zoe), ("/public", &String::new()), ("/public", &zoe)] {
        let problem = get(&gate, path, cookie).await;
        assert_eq!((problem.status, problem.json()["type"].as_str()), (503, Some("urn:guichet:problem:maintenance")));
        let seconds: i64 = problem.header("retry-after").unwrap().parse().unwrap();
        assert!(if path == "/" { seconds == 300 } else { (5_300..=5_400).contains(&seconds) }, "{seconds}");
        let page = get(&gate, path, &format!("{HTML}{cookie}")).await;
        assert!(page.status == 503 && page.text().contains("Maintenance"), "{}", page.text());
    }
    assert!(upstream.bytes().is_empty());
    assert_eq!(get(&gate, "/signed", &zoe).await.status, 200, "another route is another switch");
    assert_eq!(get(&gate, "/_guichet/connexion", "").await.status, 200);
    assert_eq!(get(&gate, "/_guichet/jwks.json", "").await.status, 200);
}
