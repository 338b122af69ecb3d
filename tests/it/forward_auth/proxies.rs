//! nginx, Traefik, Caddy and Envoy with the configurations of `docs/forward-auth`: the same answers as from the gate itself.

use super::outer::{KINDS, Kind, Outer};
use super::{assertions, the_assertion};

const NAVIGATION: &str = "Accept: text/html\r\nSec-Fetch-Mode: navigate\r\n";
const FETCH: &str = "Accept: application/json\r\nSec-Fetch-Mode: cors\r\n";

/// Every spelling that some server folds onto ours, in the order that a client would like best.
const FORGED: [&str; 10] = [
    "X-Guichet-Assertion",
    "x-guichet-assertion",
    "X_Guichet_Assertion",
    "X-Guichet_Assertion",
    "x_guichet-assertion",
    "X_GUICHET_ASSERTION",
    "X.Guichet.Assertion",
    "X-Guichet.Assertion",
    "X~Guichet~Assertion",
    "X!Guichet-Assertion",
];

fn forged() -> String {
    FORGED.iter().map(|name| format!("{name}: mallory\r\n{name}: mallory, again\r\n")).collect()
}

#[tokio::test]
async fn anonymous_navigations_are_sent_to_sign_in_and_come_back_and_fetches_get_401() {
    for kind in KINDS {
        let outer = Outer::start(kind).await;
        let page = outer.get("/admin/x?y=1&z=%2F", NAVIGATION).await;
        assert_eq!(page.status, 303, "{kind:?} {}", page.head);
        let location = "https://portail.test/_guichet/connexion?retour=/admin/x%3Fy%3D1%26z%3D%252F";
        assert_eq!(page.all("location"), [location], "{kind:?}");
        for method in ["GET", "POST", "OPTIONS", "DELETE"] {
            let answer = outer.send(method, "/admin/x", &format!("{FETCH}Content-Length: 0\r\n")).await;
            assert_eq!(answer.status, 401, "{kind:?} {method}");
            let problem = answer.json();
            assert_eq!(problem["type"], "urn:guichet:problem:signed-out", "{kind:?} {problem}");
            assert_eq!(problem["sign_in_url"], "https://portail.test/_guichet/connexion", "{kind:?}");
        }
        // A form posted by a page is no navigation that could come back.
        let posted = outer.send("POST", "/admin", &format!("{NAVIGATION}Content-Length: 0\r\n")).await;
        assert_eq!(posted.status, 401, "{kind:?}");
        assert!(outer.portal.bytes().is_empty(), "{kind:?} {:?}", outer.portal.heads());
    }
}

#[tokio::test]
async fn i13_an_activated_person_arrives_with_one_assertion_and_without_our_cookie() {
    for kind in KINDS {
        let outer = Outer::start(kind).await;
        let gate = &outer.asked.gate;
        let zoe = gate.activated().await;
        let session = zoe.token.expose();
        for (cookies, left) in [
            (format!("theme=dark; __Host-guichet={session}; lang=fr"), Some("theme=dark; lang=fr")),
            (format!("__Host-guichet={session}; __Host-guichet-flow=x"), None),
        ] {
            for (method, target) in [("GET", "/admin/dossier?q=%2F..%2f"), ("POST", "/admin"), ("GET", "/signed")] {
                let lines = format!("Cookie: {cookies}\r\nContent-Length: 0\r\n{}", forged());
                let answer = outer.send(method, target, &lines).await;
                assert_eq!((answer.status, answer.text().as_str()), (200, "ok"), "{kind:?} {}", answer.head);
                let head = outer.portal.last();
                assert!(head.starts_with(&format!("{method} {target} HTTP/1.1\r\n")), "{kind:?} {head}");
                assert_eq!(the_assertion(gate, &head), zoe.account.to_string(), "{kind:?}");
                assert!(!head.contains("mallory") && !head.contains("__Host-guichet"), "{kind:?} {head}");
                assert!(!head.contains(super::SECRET), "{kind:?} {head}");
                let cookies = crate::support::upstream::values(&head, "cookie");
                assert_eq!(cookies, left.into_iter().collect::<Vec<_>>(), "{kind:?}");
                assert!(answer.header("x-guichet-assertion").is_none(), "{kind:?}: the browser never sees it");
            }
        }
        let answer = outer.send("POST", "/admin", &format!("{}Content-Length: 5\r\n\r\nhello", zoe.cookie())).await;
        assert_eq!(answer.status, 200, "{kind:?}");
        outer.portal.receives(b"\r\n\r\nhello").await;
    }
}

#[tokio::test]
async fn i01_i03_i05_forged_assertions_die_on_public_routes_and_preflights_too() {
    for kind in KINDS {
        let outer = Outer::start(kind).await;
        for spelling in FORGED {
            let answer = outer.get("/page", &format!("{spelling}: mallory\r\n")).await;
            // Refused whole, or let through without it.
            if answer.status == 200 {
                let head = outer.portal.last();
                assert!(assertions(&head).is_empty() && !head.contains("mallory"), "{kind:?} {spelling} {head}");
            } else {
                assert_eq!(answer.status, 400, "{kind:?} {spelling}");
            }
        }
        let preflight = "Origin: https://evil.test\r\nAccess-Control-Request-Method: POST\r\nContent-Length: 0\r\n";
        let answer = outer.send("OPTIONS", "/page", &format!("{preflight}{}", forged())).await;
        assert_eq!(answer.status, 200, "{kind:?}");
        let head = outer.portal.last();
        assert!(assertions(&head).is_empty() && !head.contains("mallory"), "{kind:?} {head}");
        let own = outer.get("/_guichet/x", &forged()).await;
        assert_eq!(own.status, 200, "{kind:?}");
        assert!(own.text().starts_with("own GET /_guichet/x ") && !own.text().contains("assertion"), "{}", own.text());
        let metadata = outer.get("/.well-known/openid-configuration", "").await;
        assert_eq!(metadata.json()["issuer"], "https://portail.test", "{kind:?}");
    }
}

#[tokio::test]
async fn s12_who_was_revoked_or_is_not_activated_is_refused_at_once() {
    for kind in KINDS {
        let outer = Outer::start(kind).await;
        let gate = &outer.asked.gate;
        let (zoe, max) = (gate.activated().await, gate.activating().await);
        assert_eq!(outer.get("/admin", &zoe.cookie()).await.status, 200, "{kind:?}");
        let before = outer.portal.heads().len();
        gate.end(&zoe).await;
        let answer = outer.get("/admin", &format!("{FETCH}{}", zoe.cookie())).await;
        assert_eq!(
            (answer.status, answer.json()["type"].as_str()),
            (401, Some("urn:guichet:problem:revoked")),
            "{kind:?}"
        );
        let answer = outer.get("/admin", &format!("{NAVIGATION}{}", max.cookie())).await;
        assert_eq!(answer.status, 303, "{kind:?}");
        assert_eq!(answer.header("location").unwrap(), "https://portail.test/_guichet/activation?retour=/admin");
        let answer = outer.get("/admin", &format!("{FETCH}{}", max.cookie())).await;
        assert_eq!(answer.status, 403, "{kind:?}");
        let two = format!("Cookie: __Host-guichet=x; __Host-guichet={}\r\n", max.token.expose());
        assert_eq!(outer.get("/signed", &format!("{FETCH}{two}")).await.status, 401, "{kind:?}");
        assert_eq!(outer.portal.heads().len(), before, "{kind:?}");
        gate.store.set_away(true);
        let lines = format!("{FETCH}Cookie: __Host-guichet={}\r\n", "A".repeat(43));
        assert_eq!(outer.get("/admin", &lines).await.status, 503, "{kind:?}");
        assert_eq!(outer.portal.heads().len(), before, "{kind:?}");
    }
}

#[tokio::test]
async fn r20_a_proxy_with_a_wrong_secret_lets_nobody_through() {
    for kind in KINDS {
        let outer = Outer::with_secret(kind, "kB3-of-somebody-else").await;
        let zoe = outer.asked.gate.activated().await;
        for target in ["/page", "/admin"] {
            let answer = outer.get(target, &zoe.cookie()).await;
            assert!(answer.status == 401 || answer.status == 403, "{kind:?} {target} {}", answer.status);
            // Nor with a client that sends it.
            let lines = format!("X-Guichet-Forward-Auth: {}\r\n{}", super::SECRET, zoe.cookie());
            let answer = outer.get(target, &lines).await;
            assert_ne!(answer.status, 200, "{kind:?} {target}");
        }
        assert!(outer.portal.bytes().is_empty(), "{kind:?}");
    }
}

#[tokio::test]
async fn r01_r02_r03_r04_r05_r06_r11_no_spelling_and_no_header_goes_around_a_rule() {
    for kind in KINDS {
        let outer = Outer::start(kind).await;
        for target in [
            "/public/../admin",
            "/public/%2e%2e/admin",
            "/.%2E/admin",
            "/public%2f..%2fadmin",
            "/public/%252e%252e%252fadmin",
            "/admin;x=1",
            "/x/..;/admin",
            "/admin/%3bpage",
            "//admin",
            "/./admin",
            "/admin/.",
            "///host/admin",
            "/\\admin",
            "/public\\..\\admin",
            "/%61dmin",
            "/ADMIN",
            "/%c0%ae",
            "/%ff",
            "/%00",
            "/%",
            "/%zz",
            "/_guichet/../admin",
            "/_guichet/%2e%2e/admin",
            "/_guichet/..;/admin",
        ] {
            let answer = outer.get(target, FETCH).await;
            // Traefik makes `/host/admin` of it before it asks, and that is a public page.
            if kind == Kind::Traefik && target == "///host/admin" {
                assert_eq!(answer.status, 200);
                assert!(outer.portal.last().starts_with("GET /host/admin HTTP/1.1\r\n"), "{}", outer.portal.last());
                continue;
            }
            let refused = (400..500).contains(&answer.status) || matches!(answer.status, 301 | 308);
            assert!(refused, "{kind:?} {target} {}", answer.status);
            let arrived = outer.portal.heads();
            assert!(arrived.iter().all(|head| head.starts_with("GET /host/admin ")), "{kind:?} {target} {arrived:?}");
        }
        let arrived = outer.portal.heads().len();
        for line in [
            "X-Original-URI: /page",
            "X-Original-Method: OPTIONS\r\nX-Original-Host: portail.test",
            "X-Forwarded-Uri: /page",
            "X_Forwarded_Uri: /page",
            "X-Forwarded-Host: evil.test",
            "X-Forwarded-Method: OPTIONS",
            "X-HTTP-Method-Override: OPTIONS",
            "X-Rewrite-URL: /page",
            "X-Envoy-Original-Path: /page",
            "X-Guichet-Forward-Auth: x",
        ] {
            let status = outer.get("/admin?_method=OPTIONS", &format!("{FETCH}{line}\r\n")).await.status;
            assert!(matches!(status, 400 | 401), "{kind:?} {line} {status}");
        }
        assert_eq!(outer.portal.heads().len(), arrived, "{kind:?} {:?}", outer.portal.heads());
        assert_eq!(outer.get("/administration", "").await.status, 200, "{kind:?}");
        // What arrives is what was judged, byte for byte.
        assert_eq!(outer.get("/caf%c3%a9?q=%2f..%2F", "").await.status, 200, "{kind:?}");
        // Traefik writes the path's escapes in capitals, before it asks.
        let path = if kind == Kind::Traefik { "/caf%C3%A9" } else { "/caf%c3%a9" };
        let arrived = outer.portal.last();
        assert!(arrived.starts_with(&format!("GET {path}?q=%2f..%2F HTTP/1.1\r\n")), "{kind:?} {arrived}");
    }
}

#[tokio::test]
async fn h17_a_socket_of_another_origin_is_refused_for_a_known_visitor() {
    for kind in KINDS {
        let outer = Outer::start(kind).await;
        let zoe = outer.asked.gate.activated().await;
        let handshake = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        let lines = format!("{handshake}Origin: https://evil.test\r\n{}", zoe.cookie());
        let answer = outer.get("/admin/socket", &lines).await;
        assert_eq!(answer.status, 403, "{kind:?} {}", answer.head);
        assert!(outer.portal.bytes().is_empty(), "{kind:?}");
    }
}
