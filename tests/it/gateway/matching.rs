//! Which route a request meets: wildcard hosts, and methods that routes of one path share out.

use guichet::config::settings::{Access, Methods, Route};

use crate::support::gate::Gate;
use crate::support::raw::{Answer, ask};
use crate::support::settings::{route_for, settings};
use crate::support::upstream::Upstream;

const HTML: &str = "Accept: text/html\r\n";

async fn at(gate: &Gate, method: &str, host: &str, path: &str, lines: &str) -> Answer {
    let head =
        format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: 0\r\n{lines}\r\n");
    ask(gate.address, head).await
}

#[tokio::test]
async fn r09_r10_r16_a_wildcard_covers_one_label_and_never_the_host_where_people_sign_in() {
    let upstream = Upstream::start().await;
    let wild = |name: &str, host: &str| Route {
        host: Some(host.into()),
        ..route_for(name, "/open", upstream.address, Access::Public)
    };
    let mut routes = vec![wild("wild", "*.portail.test"), wild("top", "*.test"), wild("exact", "a.portail.test")];
    routes[2].path = "/only".to_owned();
    let gate = Gate::with(settings(routes)).await;
    for (host, path, expected) in [
        ("b.portail.test", "/open", 200),
        ("B.Portail.TEST.:8443", "/open/x", 200),
        ("autre.test", "/open", 200),
        ("a.portail.test", "/only", 200),
        ("a.portail.test", "/open", 200),
        ("b.portail.test", "/only", 404),
        ("b.portail.test", "/", 404),
        ("portail.test", "/open", 404),
        ("c.b.portail.test", "/open", 421),
        ("bportail.test.evil", "/open", 421),
        (".portail.test", "/open", 400),
        ("*.portail.test", "/open", 400),
        ("test", "/open", 421),
    ] {
        let before = upstream.heads().len();
        let answer = at(&gate, "GET", host, path, "").await;
        assert_eq!(answer.status, expected, "{host}{path}");
        assert_eq!(upstream.heads().len() - before, usize::from(expected == 200), "{host}{path}");
    }
}

#[tokio::test]
async fn a_route_of_a_wildcard_leads_to_the_sign_in_by_the_host_that_was_asked_for() {
    let upstream = Upstream::start().await;
    let route = route_for("wild", "/", upstream.address, Access::Activated);
    let gate = Gate::with(settings(vec![Route { host: Some("*.portail.test".into()), ..route }])).await;
    let answer = at(&gate, "GET", "a.portail.test", "/x", "").await;
    assert_eq!(answer.json()["sign_in_url"], "https://a.portail.test/_guichet/connexion");
    let zoe = gate.activated().await;
    let (token, _) = gate.sessions.open_on("a.portail.test", zoe.token.key()).await.unwrap().unwrap();
    let cookie = format!("Cookie: __Host-guichet={}\r\n", token.expose());
    assert_eq!(at(&gate, "GET", "a.portail.test", "/x", &cookie).await.status, 200);
    // A token is one host's, under one wildcard too.
    assert_eq!(at(&gate, "GET", "b.portail.test", "/x", &cookie).await.status, 401);
    assert_eq!(upstream.heads().len(), 1);
}

#[tokio::test]
async fn r12_r19_each_method_of_a_path_has_its_own_rule_and_the_others_are_405() {
    let upstream = Upstream::start().await;
    let of =
        |name: &str, access, methods: Methods| Route { methods, ..route_for(name, "/api", upstream.address, access) };
    let named = |name: &str| Methods::named(name).unwrap();
    let mut write = of("write", Access::Activated, named("POST").and(named("PUT")));
    write.policy.professions = ["10".to_owned()].into();
    let routes = vec![
        route_for("portal", "/", upstream.address, Access::Public),
        of("read", Access::Activated, named("GET")),
        write,
    ];
    let gate = Gate::with(settings(routes)).await;
    let nurse = gate.activated().await.cookie();
    let doctor = gate.person(|facts| facts.professions = vec!["10".to_owned()]).await.cookie();
    for (method, cookie, expected) in [
        ("GET", &nurse, 200),
        ("HEAD", &nurse, 200),
        ("POST", &nurse, 403),
        ("PUT", &nurse, 403),
        ("POST", &doctor, 200),
        ("GET", &String::new(), 401),
        ("POST", &String::new(), 401),
        ("DELETE", &doctor, 405),
        ("OPTIONS", &doctor, 405),
        ("PATCH", &String::new(), 405),
        ("PROPFIND", &doctor, 501),
        ("post", &doctor, 501),
    ] {
        let before = upstream.heads().len();
        let lines = format!("{cookie}X-HTTP-Method-Override: GET\r\n");
        let answer = at(&gate, method, "portail.test", "/api/x", &lines).await;
        assert_eq!(answer.status, expected, "{method} {cookie}");
        assert_eq!(upstream.heads().len() - before, usize::from(expected == 200), "{method}");
        let allow = (expected == 405).then_some("GET, HEAD, POST, PUT");
        assert_eq!(answer.header("allow"), allow, "{method}");
    }
    let problem = at(&gate, "DELETE", "portail.test", "/api", &doctor).await;
    assert_eq!(problem.json()["type"], "urn:guichet:problem:method");
    assert_eq!(at(&gate, "DELETE", "portail.test", "/apis", "").await.status, 200, "another path is another rule");
}

#[tokio::test]
async fn a_page_that_takes_only_forms_is_none_to_who_opens_it() {
    let upstream = Upstream::start().await;
    let methods = Methods::named("POST").unwrap();
    let route = Route { methods, ..route_for("form", "/envoi", upstream.address, Access::Public) };
    let gate = Gate::with(settings(vec![route])).await;
    let page = at(&gate, "GET", "portail.test", "/envoi", HTML).await;
    assert_eq!((page.status, page.header("allow")), (405, Some("POST")));
    assert!(page.text().contains("NotFound"), "{}", page.text());
    assert!(upstream.bytes().is_empty());
}
