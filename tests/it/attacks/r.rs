//! Routing and policy bypass.

use guichet::config::settings::Access;
use guichet::session::Standing;

use crate::support::gate::Gate;
use crate::support::raw::ask;
use crate::support::settings::{route_for, settings};
use crate::support::upstream::{Upstream, values};

const HOST: &str = "Host: portail.test\r\n";

/// A public portal with a protected corner.
async fn corner(upstream: &Upstream) -> Gate {
    Gate::with(settings(vec![
        route_for("portal", "/", upstream.address, Access::Public),
        route_for("admin", "/admin", upstream.address, Access::Activated),
    ]))
    .await
}

async fn status(gate: &Gate, method: &str, target: &str, lines: &str) -> u16 {
    ask(gate.address, format!("{method} {target} HTTP/1.1\r\n{HOST}{lines}Content-Length: 0\r\n\r\n")).await.status
}

#[tokio::test]
async fn r01_r02_r03_r04_r05_r06_r08_no_spelling_of_a_path_goes_around_its_rule() {
    let upstream = Upstream::start().await;
    let gate = corner(&upstream).await;
    for target in [
        "/public/../admin",
        "/public/%2e%2e/admin",
        "/.%2E/admin",
        "/public%2f..%2fadmin",
        "/a%5cb",
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
        "/%c0%ae",
        "/%ff",
        "/%00",
        "/%",
        "/%zz",
        "/x#/admin",
        "/admin#x",
        "#",
        "/public/..%00/admin",
        "http://portail.test//admin",
        "http://portail.test/x/../admin",
        "admin",
        "/%2561dmin",
    ] {
        let status = status(&gate, "GET", target, "").await;
        assert_eq!(status, 400, "{target}");
    }
    for (target, expected) in [
        ("/%61dmin", 401),
        ("/admin", 401),
        ("/admin/", 401),
        ("/admin/x?y=/public", 401),
        ("/ADMIN", 404),
        ("/aDmin/x", 404),
        ("/%41DMIN", 404),
    ] {
        assert_eq!(status(&gate, "GET", target, "").await, expected, "{target}");
    }
    assert!(upstream.bytes().is_empty(), "{:?}", upstream.heads());
    assert_eq!(status(&gate, "GET", "/administration", "").await, 200);
}

#[tokio::test]
async fn r01_the_path_that_was_judged_is_the_path_that_is_sent() {
    let upstream = Upstream::start().await;
    let gate = corner(&upstream).await;
    for (asked, sent) in [
        ("/%7Ejo/%41?q=%2f..%2F#", None),
        ("/%7Ejo/%41?q=%2f..%2F", Some("/~jo/A?q=%2f..%2F")),
        ("/caf%c3%a9", Some("/caf%C3%A9")),
        ("/", Some("/")),
    ] {
        let status = status(&gate, "GET", asked, "").await;
        match sent {
            Some(sent) => {
                assert!(upstream.last().starts_with(&format!("GET {sent} HTTP/1.1\r\n")), "{}", upstream.last())
            }
            None => assert_eq!(status, 400),
        }
    }
}

#[tokio::test]
async fn r07_r11_r13_query_methods_headers_and_user_agents_choose_no_rule() {
    let upstream = Upstream::start().await;
    let gate = corner(&upstream).await;
    for lines in [
        "X-Original-URL: /public\r\n",
        "X-Original-URI: /public\r\n",
        "X-Forwarded-Uri: /public\r\n",
        "X-Rewrite-URL: /public\r\n",
        "X-Forwarded-Prefix: /public\r\n",
        "X-HTTP-Method-Override: OPTIONS\r\n",
        "X-Forwarded-Method: OPTIONS\r\n",
        "User-Agent: kube-probe/1.30\r\n",
        "User-Agent: GoogleHC/1.0\r\n",
        "User-Agent:\r\n",
        "",
    ] {
        for method in ["GET", "HEAD", "POST", "OPTIONS", "DELETE"] {
            for target in ["/admin", "/admin?x=/public", "/admin?_method=GET"] {
                let request = format!(
                    "{method} {target} HTTP/1.1\r\n{HOST}{lines}Connection: close\r\nContent-Length: 0\r\n\r\n"
                );
                assert_eq!(crate::support::raw::refused(gate.address, request).await, 401, "{method} {target} {lines}");
            }
        }
    }
    assert!(upstream.bytes().is_empty());
}

#[tokio::test]
async fn r10_every_spelling_of_a_host_meets_the_same_rule_with_one_and_with_many_hosts() {
    for count in [1, 150] {
        let upstream = Upstream::start().await;
        let mut routes = Vec::new();
        for number in 0..count {
            let host = if number == 0 { "admin.example.test".to_owned() } else { format!("h{number}.example.test") };
            let mut route = route_for(&host, "/", upstream.address, Access::Activated);
            route.host = Some(host.as_str().into());
            routes.push(route);
        }
        let gate = Gate::with(settings(routes)).await;
        for host in [
            "admin.example.test",
            "ADMIN.example.test",
            "admin.example.test.",
            "admin.example.test:443",
            "Admin.Example.Test.:8443",
        ] {
            assert_eq!(
                ask(gate.address, format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")).await.status,
                401,
                "{host}"
            );
        }
        for host in ["adminxexample.test", "example.test", "x.admin.example.test", "admin.example.test.."] {
            let status = ask(gate.address, format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")).await.status;
            assert!(matches!(status, 400 | 421), "{host} {status}");
        }
        assert!(upstream.bytes().is_empty());
    }
}

#[tokio::test]
async fn r12_every_method_of_a_protected_path_is_protected() {
    let upstream = Upstream::start().await;
    let gate = corner(&upstream).await;
    for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "TRACE", "get"] {
        let request = format!("{method} /admin HTTP/1.1\r\n{HOST}Connection: close\r\nContent-Length: 0\r\n\r\n");
        let status = crate::support::raw::refused(gate.address, request).await;
        assert!(matches!(status, 401 | 405 | 501), "{method} {status}");
    }
    assert!(upstream.bytes().is_empty());
}

#[tokio::test]
async fn r14_nothing_climbs_out_of_our_own_prefix() {
    let upstream = Upstream::start().await;
    let gate = corner(&upstream).await;
    for target in [
        "/_guichet/../admin",
        "/_guichet/%2e%2e/admin",
        "/_guichet/..%2fadmin",
        "/_guichet//admin",
        "/_guichet/..;/admin",
        "/_GUICHET/../admin",
    ] {
        assert_eq!(status(&gate, "GET", target, "").await, 400, "{target}");
    }
    for (target, expected) in [("/_guichet", 200), ("/_guichet/", 200), ("/%5fguichet/x", 200), ("/_Guichet/x", 404)] {
        assert_eq!(status(&gate, "GET", target, "").await, expected, "{target}");
    }
    assert!(upstream.bytes().is_empty());
}

#[tokio::test]
async fn r17_what_the_directory_learns_counts_for_the_next_request_of_a_session_already_known() {
    let upstream = Upstream::start().await;
    let mut nurses = route_for("portal", "/", upstream.address, Access::Activated);
    nurses.policy.professions.insert("60".to_owned());
    let gate = Gate::with(settings(vec![nurses])).await;
    let zoe = gate.activated().await;
    let told = |upstream: &Upstream| gate.verify(values(&upstream.last(), "x-guichet-assertion")[0]);
    assert_eq!(status(&gate, "GET", "/", &zoe.cookie()).await, 200);
    assert_eq!(told(&upstream)["name"], "Zoë Martin");
    gate.learns(&zoe, |facts| facts.claims.name = Some("Zoë Durand".to_owned()));
    assert_eq!(status(&gate, "GET", "/", &zoe.cookie()).await, 200);
    assert_eq!(told(&upstream)["name"], "Zoë Durand");
    gate.learns(&zoe, |facts| facts.professions = vec!["10".to_owned()]);
    assert_eq!(status(&gate, "GET", "/", &zoe.cookie()).await, 403);
    gate.learns(&zoe, |facts| {
        facts.professions = vec!["60".to_owned()];
        facts.standing = Standing::Disabled;
    });
    assert!(matches!(status(&gate, "GET", "/", &zoe.cookie()).await, 401 | 403));
    assert_eq!(upstream.heads().len(), 2);
}

#[tokio::test]
async fn r16_no_route_lets_nobody_in() {
    let upstream = Upstream::start().await;
    let gate = Gate::with(settings(Vec::new())).await;
    assert_eq!(status(&gate, "GET", "/", "").await, 404);
    let cookie = gate.activated().await.cookie();
    assert_eq!(status(&gate, "GET", "/", &cookie).await, 404);
    let only = Gate::with(settings(vec![route_for("api", "/api", upstream.address, Access::Public)])).await;
    assert_eq!(status(&only, "GET", "/apis", "").await, 404);
    assert!(upstream.bytes().is_empty());
}
