//! The listener itself, asked in raw bytes: what is answered to a right question, and that every other one is refused.

use guichet::config::Secret;
use guichet::config::settings::{Access, ForwardAuthListen, ForwardAuthSettings, Maintenance, Methods};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{Asked, SECRET, assertions, the_assertion};
use crate::gateway::conditions;
use crate::support::gate::Gate;
use crate::support::raw::{Answer, Raw, ask};
use crate::support::settings::{route_for, settings};
use crate::support::upstream::{Upstream, values};

/// The same question in each dialect.
fn question(dialect: &str, method: &str, target: &str, lines: &str) -> String {
    let secret = format!("X-Guichet-Forward-Auth: {SECRET}\r\n{lines}");
    match dialect {
        "nginx" | "refusal" => format!(
            "GET /{dialect} HTTP/1.1\r\nHost: guichet_asked\r\nX-Original-Method: {method}\r\nX-Original-Host: portail.test\r\n\
             X-Original-URI: {target}\r\n{secret}\r\n"
        ),
        "envoy" => {
            format!("{method} /envoy{target} HTTP/1.1\r\nHost: portail.test\r\nContent-Length: 0\r\n{secret}\r\n")
        }
        _ => format!(
            "GET /{dialect} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-Method: {method}\r\nX-Forwarded-Proto: https\r\n\
             X-Forwarded-Host: portail.test\r\nX-Forwarded-Uri: {target}\r\n{secret}\r\n"
        ),
    }
}

const DIALECTS: [&str; 4] = ["nginx", "traefik", "caddy", "envoy"];

async fn asked(asked: &Asked, dialect: &str, method: &str, target: &str, lines: &str) -> Answer {
    ask(asked.at, question(dialect, method, target, lines)).await
}

#[tokio::test]
async fn i02_i04_i05_i13_a_pass_carries_the_assertion_the_plain_headers_and_the_other_cookies() {
    let gate = Asked::start().await;
    let zoe = gate.gate.activated().await;
    let max = gate.gate.person(|facts| facts.email_verified = false).await;
    for dialect in DIALECTS {
        let cookie = format!("Cookie: a=1; __Host-guichet={}; b=2\r\nX-Guichet-Assertion: m\r\n", zoe.token.expose());
        let answer = asked(&gate, dialect, "GET", "/admin", &cookie).await;
        assert_eq!((answer.status, answer.body.len()), (200, 0), "{dialect} {}", answer.head);
        assert_eq!(the_assertion(&gate.gate, &answer.head), zoe.account.to_string());
        assert_eq!(answer.all("cookie"), ["a=1; b=2"], "{dialect}");
        assert_eq!(answer.all("x-portal-user"), ["zoe@exemple.fr"], "{dialect}");
        assert_eq!(answer.all("cache-control"), ["no-store"], "{dialect}");
        let answer = asked(&gate, dialect, "GET", "/admin", &max.cookie()).await;
        assert_eq!(answer.status, 200, "{dialect}");
        assert!(answer.all("x-portal-user").is_empty() && answer.all("cookie").is_empty(), "{dialect} {}", answer.head);
        let removed = if dialect == "envoy" { vec!["cookie,x-portal-user"] } else { vec![] };
        assert_eq!(answer.all("x-envoy-auth-headers-to-remove"), removed, "{dialect}");
        for method in ["GET", "OPTIONS", "POST"] {
            let forged = "X-Guichet-Assertion: m\r\nX_Guichet_Assertion: m\r\nX-Portal-User: m\r\n";
            let answer = asked(&gate, dialect, method, "/page", forged).await;
            assert_eq!(answer.status, 200, "{dialect}");
            assert!(assertions(&answer.head).is_empty() && answer.all("x-portal-user").is_empty(), "{}", answer.head);
        }
    }
}

#[tokio::test]
async fn nginx_hears_only_401_and_403_and_fetches_the_answer_for_the_person_apart() {
    let gate = Asked::start().await;
    let (zoe, max) = (gate.gate.activated().await, gate.gate.activating().await);
    let navigation = "Sec-Fetch-Mode: navigate\r\n";
    let way = "https://portail.test/_guichet/connexion?retour=/admin";
    for (target, lines, told, location, status) in [
        ("/admin", navigation.to_owned(), 401, Some(way), 303),
        ("/admin", String::new(), 401, None, 401),
        (
            "/admin",
            format!("{navigation}{}", max.cookie()),
            401,
            Some("https://portail.test/_guichet/activation?retour=/admin"),
            303,
        ),
        ("/admin", max.cookie(), 403, None, 403),
        ("/ADMIN", navigation.to_owned(), 403, None, 404),
        ("/x/../admin", navigation.to_owned(), 403, None, 400),
        ("/_guichet/connexion", navigation.to_owned(), 403, None, 403),
        // It passes by now: an empty 200 must not reach the person.
        ("/admin", zoe.cookie(), 200, None, 503),
    ] {
        let answer = asked(&gate, "nginx", "GET", target, &lines).await;
        assert_eq!((answer.status, answer.header("x-guichet-location")), (told, location), "{target} {lines}");
        let answer = asked(&gate, "refusal", "GET", target, &lines).await;
        assert_eq!((answer.status, answer.header("location")), (status, location), "{target} {lines}");
        assert!(assertions(&answer.head).is_empty() && answer.header("x-guichet-location").is_none());
    }
}

#[tokio::test]
async fn r11_r20_whatever_is_missing_malformed_doubled_or_our_own_is_never_a_pass() {
    let gate = Asked::start().await;
    let zoe = gate.gate.activated().await.cookie();
    let mut questions = Vec::new();
    for dialect in ["nginx", "refusal", "traefik", "caddy", "envoy"] {
        for target in [
            "/_guichet",
            "/_guichet/",
            "/_guichet/connexion",
            "/_guichet/jwks.json",
            "/_GUICHET/x",
            "/%5fguichet/x",
            "/.well-known/openid-configuration",
            "/x/../page",
            "//page",
            "/%2e/page",
            "/p%61ge",
            "/page;x",
            "/a%2fb",
            "/%zz",
        ] {
            questions.push(question(dialect, "GET", target, &zoe));
            questions.push(question(dialect, "POST", target, &zoe));
        }
        let whole = question(dialect, "GET", "/page", &zoe);
        let described = |line: &&str| {
            let line = line.to_lowercase();
            line.starts_with("x-original-")
                || line.starts_with("x-forwarded-")
                || (dialect == "envoy" && line.starts_with("host:"))
        };
        for line in whole.lines().filter(described) {
            questions.push(whole.replacen(&format!("{line}\r\n"), "", 1));
            questions.push(whole.replacen(&format!("{line}\r\n"), &format!("{line}\r\n{line}\r\n"), 1));
            let name = line.split(':').next().unwrap();
            for value in ["", "a, b", "/a b", "évil", "@"] {
                questions.push(whole.replacen(line, &format!("{name}: {value}"), 1));
            }
        }
        for secret in ["", "x", &SECRET[1..], &SECRET.to_uppercase()] {
            questions.push(whole.replacen(SECRET, secret, 1));
        }
        questions.push(whole.replacen(&format!("X-Guichet-Forward-Auth: {SECRET}\r\n"), "", 1));
        questions.push(whole.replacen(
            &format!("X-Guichet-Forward-Auth: {SECRET}\r\n"),
            &format!("X-Guichet-Forward-Auth: {SECRET}\r\nx-guichet-forward-auth: {SECRET}\r\n"),
            1,
        ));
        questions.push(whole.replacen("X-Guichet-Forward-Auth", "X_Guichet_Forward_Auth", 1));
    }
    for question in questions {
        let answer = ask(gate.at, &question).await;
        assert!(matches!(answer.status, 400 | 401 | 403), "{question}{}", answer.head);
        assert!(
            assertions(&answer.head).is_empty() && answer.header("location").is_none(),
            "{question}{}",
            answer.head
        );
    }
    for path in
        ["/", "/auth", "/livez", "/metrics", "/_guichet/connexion", "/.well-known/openid-configuration", "/page"]
    {
        let lines = format!("Host: portail.test\r\nX-Guichet-Forward-Auth: {SECRET}\r\n{zoe}");
        assert_eq!(ask(gate.at, format!("GET {path} HTTP/1.1\r\n{lines}\r\n")).await.status, 404, "{path}");
    }
    // Bytes with two meanings end the connection, as they do on a public listener.
    let two = question("caddy", "GET", "/page", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n");
    assert_eq!(crate::support::raw::refused(gate.at, two).await, 400);
}

#[tokio::test]
async fn r11_on_the_public_listener_no_such_header_and_no_secret_has_an_effect() {
    let gate = Asked::start().await;
    let zoe = gate.gate.activated().await.cookie();
    for dialect in DIALECTS {
        for target in ["/page", "/admin"] {
            let answer = ask(gate.gate.address, question(dialect, "GET", target, &zoe)).await;
            assert!(matches!(answer.status, 404 | 421), "{dialect} {target} {}", answer.status);
        }
    }
}

#[tokio::test]
async fn r12_r16_the_methods_of_a_path_are_judged_for_other_proxies_too() {
    let mut routes = Asked::routes();
    routes[1].methods = Methods::named("GET").unwrap();
    routes[1].policy.access = Access::Public;
    let gate = Asked::with(routes).await;
    for (method, nginx, others) in [("GET", 200, 200), ("HEAD", 200, 200), ("POST", 403, 405), ("OPTIONS", 403, 405)] {
        for dialect in DIALECTS {
            let answer = asked(&gate, dialect, method, "/admin/x", "").await;
            assert_eq!(answer.status, if dialect == "nginx" { nginx } else { others }, "{dialect} {method}");
        }
        let refused = asked(&gate, "refusal", method, "/admin/x", "").await;
        if others == 405 {
            assert_eq!((refused.status, refused.header("allow")), (405, Some("GET, HEAD")), "{method}");
        }
    }
}

#[tokio::test]
async fn level_age_address_and_the_switch_are_judged_for_other_proxies_too() {
    let mut routes = Asked::routes();
    routes[1].policy = conditions::at_least_sms();
    routes[2].policy = conditions::at_most(5);
    routes[0].policy.client_addresses = vec!["192.0.2.0/24".parse().unwrap()];
    let mut off = routes[0].clone();
    (off.name, off.path, off.maintenance) = ("off".to_owned(), "/off".to_owned(), Some(Maintenance { until: None }));
    routes.push(off);
    let gate = Asked::with(routes).await;
    let old = conditions::whose(&gate.gate, |session| session.auth_time = conditions::ago(6)).await;
    let by_sms = conditions::whose(&gate.gate, |session| session.acr = "urn:guichet:acr:sms".to_owned()).await;
    let (near, far) = ("X-Forwarded-For: 192.0.2.7\r\n".to_owned(), "X-Forwarded-For: 203.0.113.9\r\n".to_owned());
    for (target, lines, passes, way) in [
        ("/admin", &old, false, Some("sms")),
        ("/admin", &by_sms, true, None),
        ("/signed", &old, false, Some("passe")),
        ("/signed", &by_sms, true, None),
        ("/page", &near, true, None),
        ("/page", &far, false, None),
        ("/off", &near, false, None),
    ] {
        let way = way.map(|need| format!("https://portail.test/_guichet/confirmer?besoin={need}&retour={target}"));
        let lines = format!("Sec-Fetch-Mode: navigate\r\n{lines}");
        let told = asked(&gate, "nginx", "GET", target, &lines).await;
        let status = if passes {
            200
        } else if way.is_some() {
            401
        } else {
            403
        };
        assert_eq!((told.status, told.header("x-guichet-location")), (status, way.as_deref()), "{target} {lines}");
        for dialect in ["traefik", "caddy", "envoy"] {
            let told = asked(&gate, dialect, "GET", target, &lines).await;
            let refused = if target == "/off" { 503 } else { 403 };
            let status = if passes {
                200
            } else if way.is_some() {
                303
            } else {
                refused
            };
            assert_eq!((told.status, told.header("location")), (status, way.as_deref()), "{dialect} {target} {lines}");
        }
    }
}

#[tokio::test]
async fn a_route_that_another_proxy_forwards_is_not_found_here_and_one_with_an_upstream_is_both() {
    let upstream = Upstream::start().await;
    let mut routes = Asked::routes();
    routes.push(route_for("both", "/both", upstream.address, Access::Activated));
    let gate = Asked::with(routes).await;
    let zoe = gate.gate.activated().await.cookie();
    let direct = async |target: &str| {
        ask(gate.gate.address, format!("GET {target} HTTP/1.1\r\nHost: portail.test\r\n{zoe}\r\n")).await.status
    };
    assert_eq!((direct("/page").await, direct("/admin").await, direct("/both").await), (404, 404, 200));
    assert_eq!(asked(&gate, "nginx", "GET", "/both", &zoe).await.status, 200);
    assert_eq!(upstream.heads().len(), 1, "a question forwards nothing");
}

#[tokio::test]
async fn one_connection_takes_many_questions_and_the_last_ends_before_a_stop() {
    let gate = Asked::start().await;
    let zoe = gate.gate.activated().await;
    let mut raw = Raw::connect(gate.at).await;
    for _ in 0..3 {
        raw.send(question("traefik", "GET", "/admin", &zoe.cookie())).await;
        assert_eq!(raw.answer().await.status, 200);
        raw.send(question("nginx", "GET", "/admin", "")).await;
        assert_eq!(raw.answer().await.status, 401);
    }
    gate.gate.end(&zoe).await;
    raw.send(question("traefik", "GET", "/admin", &zoe.cookie())).await;
    assert_eq!(raw.answer().await.status, 401);
    gate.gate.stop();
    assert!(raw.until_closed().await.is_empty());
}

#[tokio::test]
async fn a_unix_socket_answers_as_the_port_does_and_is_gone_with_the_gate() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("forward-auth.sock");
    let mut settings = settings(Asked::routes());
    let secret = Secret::new(SECRET.to_owned());
    settings.forward_auth = Some(ForwardAuthSettings { listen: ForwardAuthListen::Unix(path.clone()), secret });
    let gate = Gate::with(settings).await;
    let zoe = gate.activated().await;
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o660, "the owner and the group may ask");
    let mut stream = tokio::net::UnixStream::connect(&path).await.unwrap();
    stream
        .write_all(question("nginx", "GET", "/admin", &format!("Connection: close\r\n{}", zoe.cookie())).as_bytes())
        .await
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert_eq!(values(&answer, "x-guichet-assertion").len(), 1);
    gate.stop();
    while path.exists() {
        tokio::task::yield_now().await;
    }
}
