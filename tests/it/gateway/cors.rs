//! Scripts of other origins: preflights judged, passed or answered, and who may read what the gateway says (attacks I05, R21, W07).

use guichet::config::settings::{Access, Cors, CorsAnswer, Methods, Route};

use crate::support::gate::Gate;
use crate::support::raw::{Answer, Raw, ask};
use crate::support::settings::{route_for, settings};
use crate::support::upstream::{Reply, Upstream};

const APP: &str = "https://app.portail.test";
const PREFLIGHT: &str = "Access-Control-Request-Method: POST\r\n";

fn answered(origins: &[&str], credentials: bool) -> Cors {
    Cors::Answer(CorsAnswer {
        origins: origins.iter().map(|origin| (*origin).to_owned()).collect(),
        methods: ["GET", "POST", "PUT"].map(str::to_owned).into(),
        headers: ["content-type", "x-mark"].map(str::to_owned).into(),
        credentials,
        max_age: std::time::Duration::from_secs(600),
    })
}

/// `/` as today, `/open` answered with credentials, `/plain` without, `/pass` let through.
async fn gate(upstream: &Upstream) -> Gate {
    let route =
        |name: &str, path: &str, cors| Route { cors, ..route_for(name, path, upstream.address, Access::Activated) };
    Gate::with(settings(vec![
        route("portal", "/", Cors::Off),
        route("open", "/open", answered(&[APP], true)),
        route("plain", "/plain", answered(&[APP], false)),
        route("pass", "/pass", Cors::Pass),
    ]))
    .await
}

async fn asked(gate: &Gate, method: &str, path: &str, lines: &str) -> Answer {
    ask(gate.address, format!("{method} {path} HTTP/1.1\r\nHost: portail.test\r\n{lines}\r\n")).await
}

fn allowed(answer: &Answer) -> Vec<&str> {
    answer.all("access-control-allow-origin")
}

#[tokio::test]
async fn r21_a_preflight_is_judged_as_any_request_where_nothing_else_is_configured() {
    let upstream = Upstream::start().await;
    let gate = gate(&upstream).await;
    let answer = asked(&gate, "OPTIONS", "/", &format!("Origin: {APP}\r\n{PREFLIGHT}")).await;
    assert_eq!(answer.status, 401);
    assert!(allowed(&answer).is_empty() && answer.header("vary").is_none(), "{}", answer.head);
    assert!(upstream.bytes().is_empty());
}

#[tokio::test]
async fn a_preflight_of_a_listed_origin_is_answered_and_reaches_no_upstream() {
    let upstream = Upstream::start().await;
    let gate = gate(&upstream).await;
    let asks = format!("Origin: {APP}\r\n{PREFLIGHT}Access-Control-Request-Headers: content-type, X-Mark\r\n");
    let answer = asked(&gate, "OPTIONS", "/open/x", &asks).await;
    assert_eq!((answer.status, allowed(&answer)), (204, vec![APP]));
    assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
    assert_eq!(answer.header("access-control-allow-methods"), Some("GET, POST, PUT"));
    assert_eq!(answer.header("access-control-allow-headers"), Some("content-type, x-mark"));
    assert_eq!(answer.header("access-control-max-age"), Some("600"));
    assert_eq!(answer.header("vary"), Some("Origin"));
    let answer = asked(&gate, "OPTIONS", "/plain", &format!("Origin: {APP}\r\n{PREFLIGHT}")).await;
    assert_eq!((answer.status, answer.header("access-control-allow-credentials")), (204, None));
    assert!(upstream.bytes().is_empty(), "{:?}", upstream.heads());
}

#[tokio::test]
async fn w07_only_a_listed_origin_is_told_anything_and_never_a_star() {
    let upstream = Upstream::start().await;
    let gate = gate(&upstream).await;
    let zoe = gate.activated().await;
    for origin in [
        "null",
        "https://evil.test",
        "http://app.portail.test",
        "https://app.portail.test.evil.test",
        "https://app.portail.test:8443",
        "https://APP.portail.test",
        "https://app.portail.test/",
        "*",
        "https://app.portail.test, https://evil.test",
    ] {
        let preflight = asked(&gate, "OPTIONS", "/open", &format!("Origin: {origin}\r\n{PREFLIGHT}")).await;
        assert_eq!((preflight.status, preflight.json()["reason"].as_str()), (403, Some("cors")), "{origin}");
        let actual = asked(&gate, "GET", "/open", &format!("Origin: {origin}\r\n{}", zoe.cookie())).await;
        assert_eq!(actual.status, 200, "{origin}");
        for answer in [preflight, actual] {
            assert!(!answer.head.to_ascii_lowercase().contains("access-control-"), "{origin} {}", answer.head);
            assert_eq!(answer.header("vary"), Some("Origin"));
        }
    }
    // Two of them are none.
    let twice = asked(&gate, "OPTIONS", "/open", &format!("Origin: {APP}\r\nOrigin: {APP}\r\n{PREFLIGHT}")).await;
    assert!(twice.status != 204 && allowed(&twice).is_empty(), "{}", twice.head);
}

#[tokio::test]
async fn a_preflight_asks_for_listed_methods_and_headers_only() {
    let upstream = Upstream::start().await;
    let gate = gate(&upstream).await;
    for lines in [
        "Access-Control-Request-Method: DELETE\r\n",
        "Access-Control-Request-Method: post\r\n",
        "Access-Control-Request-Method: *\r\n",
        "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization\r\n",
        "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: content-type,x-guichet-assertion\r\n",
        "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: content-type\r\nAccess-Control-Request-Headers: x-other\r\n",
    ] {
        let answer = asked(&gate, "OPTIONS", "/open", &format!("Origin: {APP}\r\n{lines}")).await;
        assert_eq!(answer.status, 403, "{lines}");
        assert!(answer.header("access-control-allow-methods").is_none(), "{}", answer.head);
    }
    assert!(upstream.bytes().is_empty());
}

#[tokio::test]
async fn a_script_can_read_why_it_was_refused() {
    let upstream = Upstream::start().await;
    let gate = gate(&upstream).await;
    let max = gate.activating().await;
    for (cookie, status, kind) in [
        (String::new(), 401, "urn:guichet:problem:signed-out"),
        (max.cookie(), 403, "urn:guichet:problem:activation-required"),
    ] {
        let answer = asked(&gate, "POST", "/open", &format!("Origin: {APP}\r\nContent-Length: 0\r\n{cookie}")).await;
        assert_eq!((answer.status, answer.json()["type"].as_str()), (status, Some(kind)));
        assert_eq!(allowed(&answer), [APP]);
        assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
        assert_eq!(answer.json()["sign_in_url"], "https://portail.test/_guichet/connexion");
        assert!(answer.json()["request_id"].as_str().is_some_and(|id| id.len() == 32));
    }
    assert!(upstream.bytes().is_empty());
}

#[tokio::test]
async fn what_the_upstream_says_of_scripts_gives_way() {
    const SAID: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Allow-Credentials: true\r\nVary: Accept\r\n\r\n";
    let upstream = Upstream::answering(|_, _| Reply::Answer(SAID.as_bytes().to_vec())).await;
    let gate = gate(&upstream).await;
    let zoe = gate.activated().await;
    let answer = asked(&gate, "GET", "/open", &format!("Origin: {APP}\r\n{}", zoe.cookie())).await;
    assert_eq!((answer.status, allowed(&answer)), (200, vec![APP]));
    assert_eq!(answer.all("vary"), ["Accept", "Origin"]);
    let answer = asked(&gate, "GET", "/open", &format!("Origin: https://evil.test\r\n{}", zoe.cookie())).await;
    assert!(!answer.head.to_ascii_lowercase().contains("access-control-"), "{}", answer.head);
    // Where nothing is configured the upstream has the word.
    let answer = asked(&gate, "GET", "/", &format!("Origin: {APP}\r\n{}", zoe.cookie())).await;
    assert_eq!(allowed(&answer), ["*"]);
}

#[tokio::test]
async fn i05_a_preflight_let_through_is_nobodys_and_still_scrubbed() {
    let upstream = Upstream::start().await;
    let gate = gate(&upstream).await;
    let forged =
        "X-Guichet-Assertion: m\r\nX_Guichet_Assertion: m\r\nX-Forwarded-For: 9.9.9.9\r\nAuthorization: Basic eDp5\r\n";
    let answer = asked(&gate, "OPTIONS", "/pass/x", &format!("Origin: {APP}\r\n{PREFLIGHT}{forged}")).await;
    assert_eq!(answer.status, 200);
    let head = upstream.last().to_ascii_lowercase();
    assert!(head.starts_with("options /pass/x ") && head.contains("access-control-request-method: post"), "{head}");
    assert!(!head.contains("assertion") && !head.contains("9.9.9.9") && !head.contains("authorization"), "{head}");
}

#[tokio::test]
async fn r21_what_is_no_preflight_is_judged_whatever_it_calls_itself() {
    let upstream = Upstream::start().await;
    let gate = gate(&upstream).await;
    let origin = format!("Origin: {APP}\r\n");
    let body = "Content-Length: 2\r\n\r\nhi";
    for (method, lines) in [
        ("OPTIONS", String::new()),
        ("OPTIONS", origin.clone()),
        ("OPTIONS", PREFLIGHT.to_owned()),
        ("OPTIONS", format!("{origin}{PREFLIGHT}{PREFLIGHT}")),
        ("OPTIONS", format!("{origin}{PREFLIGHT}Cookie: a=b\r\n")),
        ("OPTIONS", format!("{origin}{PREFLIGHT}X-HTTP-Method-Override: DELETE\r\n")),
        ("OPTIONS", format!("{origin}{PREFLIGHT}X-HTTP-Method: DELETE\r\n")),
        ("OPTIONS", format!("{origin}{PREFLIGHT}X-Method-Override: DELETE\r\n")),
        ("OPTIONS", format!("{origin}{PREFLIGHT}Transfer-Encoding: chunked\r\n")),
        ("OPTIONS", format!("{origin}{PREFLIGHT}{body}")),
        ("GET", format!("{origin}{PREFLIGHT}")),
        ("POST", format!("{origin}{PREFLIGHT}Content-Length: 0\r\n")),
    ] {
        let mut raw = Raw::connect(gate.address).await;
        raw.send(format!("{method} /pass HTTP/1.1\r\nHost: portail.test\r\n{lines}\r\n")).await;
        let status = raw.head().await.status;
        assert_eq!(status, 401, "{method} {lines}");
    }
    assert!(upstream.bytes().is_empty(), "{:?}", upstream.heads());
}

#[tokio::test]
async fn a_preflight_finds_the_route_of_the_method_it_is_about() {
    let upstream = Upstream::start().await;
    let route = |name: &str, method: &str, cors| Route {
        methods: Methods::named(method).unwrap(),
        cors,
        ..route_for(name, "/api", upstream.address, Access::Activated)
    };
    let routes = vec![route("reads", "GET", Cors::Off), route("writes", "POST", answered(&[APP], true))];
    let gate = Gate::with(settings(routes)).await;
    let about = |method: &str| format!("Origin: {APP}\r\nAccess-Control-Request-Method: {method}\r\n");
    let answer = asked(&gate, "OPTIONS", "/api/x", &about("POST")).await;
    assert_eq!((answer.status, allowed(&answer)), (204, vec![APP]));
    for (method, lines) in
        [("OPTIONS", about("GET")), ("OPTIONS", about("PUT")), ("OPTIONS", String::new()), ("PUT", about("POST"))]
    {
        let answer = asked(&gate, method, "/api/x", &lines).await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD, POST")), "{method} {lines}");
    }
    assert!(upstream.bytes().is_empty(), "{:?}", upstream.heads());
}
