//! What a route changes on the way: the path of a request, the headers of an answer.

use guichet::config::settings::{Access, ResponseHeaders, Route, UpstreamProtocol};
use http::{HeaderName, HeaderValue};

use crate::support::gate::Gate;
use crate::support::raw::ask;
use crate::support::settings::{route_for, settings};
use crate::support::upstream::{Reply, Upstream, values};

#[tokio::test]
async fn a_prefix_is_taken_off_byte_for_byte_and_the_upstream_is_told() {
    let upstream = Upstream::start().await;
    let stripped = Route { strip_prefix: true, ..route_for("api", "/api/v1", upstream.address, Access::Public) };
    let kept = route_for("kept", "/kept", upstream.address, Access::Public);
    let gate = Gate::with(settings(vec![stripped, kept])).await;
    for (asked, arrives) in [
        ("/api/v1", "/"),
        ("/api/v1/", "/"),
        ("/api/v1?a=%2F..&b", "/?a=%2F..&b"),
        ("/api/v1/x/", "/x/"),
        ("/api/v1/%C3%A9?x=/api/v1", "/%C3%A9?x=/api/v1"),
        ("/api/v1/api/v1/y", "/api/v1/y"),
        ("/%61pi/v1/z", "/z"),
    ] {
        let forged = "X-Forwarded-Prefix: /forged\r\nX_Forwarded_Prefix: /forged\r\n";
        let answer = ask(gate.address, format!("GET {asked} HTTP/1.1\r\nHost: portail.test\r\n{forged}\r\n")).await;
        assert_eq!(answer.status, 200, "{asked}");
        let head = upstream.last();
        assert!(head.starts_with(&format!("GET {arrives} HTTP/1.1\r\n")), "{asked} {head}");
        assert_eq!(values(&head, "x-forwarded-prefix"), ["/api/v1"]);
        assert!(!head.contains("forged"), "{head}");
    }
    for asked in ["/api/v1/../v2", "/api/v1//x", "/api/v1%2Fx", "/api/v1x", "/API/v1/x"] {
        let before = upstream.heads().len();
        let answer = ask(gate.address, format!("GET {asked} HTTP/1.1\r\nHost: portail.test\r\n\r\n")).await;
        assert!(matches!(answer.status, 400 | 404), "{asked} {}", answer.status);
        assert_eq!(upstream.heads().len(), before, "{asked}");
    }
    ask(gate.address, "GET /kept/x HTTP/1.1\r\nHost: portail.test\r\nX-Forwarded-Prefix: /forged\r\n\r\n").await;
    let head = upstream.last();
    assert!(head.starts_with("GET /kept/x HTTP/1.1\r\n") && values(&head, "x-forwarded-prefix").is_empty(), "{head}");
}

#[tokio::test]
async fn a_route_changes_the_headers_of_its_answers_and_of_no_others() {
    let answering = b"HTTP/1.1 200 OK\r\nServer: old\r\nVary: a\r\nX-Frame-Options: ALLOW\r\nX-Frame-Options: SAME\r\n\
                      Set-Cookie: own=1\r\nContent-Length: 2\r\n\r\nok";
    let upstream = Upstream::answering(|_, _| Reply::Answer(answering.to_vec())).await;
    let name = HeaderName::from_static;
    let changes = ResponseHeaders {
        remove: vec![name("server"), name("absent")],
        set: vec![(name("x-frame-options"), HeaderValue::from_static("DENY"))],
        add: vec![(name("vary"), HeaderValue::from_static("b"))],
    };
    let changed = Route { response_headers: changes, ..route_for("changed", "/", upstream.address, Access::Public) };
    let closed = Route {
        policy: route_for("", "/", upstream.address, Access::Activated).policy,
        path: "/closed".to_owned(),
        name: "closed".to_owned(),
        ..changed.clone()
    };
    let mut away = Route { path: "/away".to_owned(), name: "away".to_owned(), ..changed.clone() };
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    away.upstream.as_mut().unwrap().servers[0].port = nobody.port();
    away.upstream.as_mut().unwrap().protocol = UpstreamProtocol::Http1;
    let plain = route_for("plain", "/plain", upstream.address, Access::Public);
    let gate = Gate::with(settings(vec![away, closed, plain, changed])).await;
    let get = async |path: &str| ask(gate.address, format!("GET {path} HTTP/1.1\r\nHost: portail.test\r\n\r\n")).await;
    let answer = get("/").await;
    assert_eq!((answer.all("server").len(), answer.all("x-frame-options")), (0, vec!["DENY"]));
    assert_eq!(
        (answer.all("vary"), answer.all("set-cookie"), answer.text().as_str()),
        (vec!["a", "b"], vec!["own=1"], "ok")
    );
    let answer = get("/plain").await;
    assert_eq!((answer.all("server"), answer.all("vary")), (vec!["old"], vec!["a"]));
    for (path, status) in [("/closed", 401), ("/away", 502)] {
        let answer = get(path).await;
        assert_eq!((answer.status, answer.all("x-frame-options").contains(&"DENY")), (status, false), "{path}");
    }
}
