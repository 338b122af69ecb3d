//! The doctor finds each fault of a set-up, in a sentence, and nothing in a right one.

use guichet::app::doctor::{Finding, State, examine};
use guichet::config::Secret;
use guichet::config::settings::{PublicUrl, Settings};
use guichet::entropy::SystemEntropy;
use url::Url;

use super::outer::{KINDS, Kind, Outer};
use super::{Asked, SECRET, free_port};
use crate::support::settings::settings;
use crate::support::upstream::{Reply, Upstream};

async fn found(settings: &Settings, url: Option<&str>) -> Vec<Finding> {
    let url = url.map(|url| url.parse::<Url>().unwrap());
    examine(settings, url.as_ref(), &SystemEntropy).await
}

#[track_caller]
fn faulty(findings: &[Finding], expected: &str) {
    let faults: Vec<&str> =
        findings.iter().filter(|found| found.state == State::Fault).map(|found| found.said.as_str()).collect();
    assert!(faults.iter().any(|said| said.starts_with(expected)), "{expected}: {findings:#?}");
    assert!(findings.iter().all(|found| (found.state == State::Right) == found.change.is_none()), "{findings:#?}");
    assert!(!format!("{findings:?}").contains(SECRET));
}

#[track_caller]
fn sound(findings: &[Finding]) {
    assert!(findings.iter().all(|found| found.state != State::Fault), "{findings:#?}");
}

/// A proxy in front of a portal that shows the headers it receives, all on this machine's own name.
async fn shown(kind: Kind, change: impl Fn(String) -> String) -> (Outer, String) {
    let port = free_port();
    let origin = format!("http://localhost:{port}");
    let authority = format!("localhost:{port}");
    let public_url = PublicUrl { origin: origin.clone(), authority, host: "localhost".to_owned() };
    let asked = Asked::of(Settings { public_url, ..settings(Asked::routes()) }).await;
    let portal = Upstream::answering(|head, _| {
        Reply::Answer(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{head}", head.len()).into_bytes())
    })
    .await;
    let outer = Outer::between(kind, port, asked, portal, |published| {
        change(published).replace("REPLACE-WITH-THE-SECRET", SECRET)
    })
    .await;
    (outer, origin)
}

#[tokio::test]
async fn without_a_listener_or_with_another_secret_the_doctor_says_so() {
    let mut off = settings(Asked::routes());
    faulty(&found(&off, None).await, "Forward-auth is off");
    let asked = Asked::start().await;
    off.forward_auth.clone_from(&asked.settings.forward_auth);
    sound(&found(&off, None).await);
    off.forward_auth.as_mut().unwrap().secret = Secret::new("kB3-written-since".to_owned());
    faulty(&found(&off, None).await, "The running gateway refuses the secret of this configuration.");
    asked.gate.stop();
    asked.gate.stopped().await;
    let nobody = free_port();
    off.forward_auth.as_mut().unwrap().listen =
        guichet::config::settings::ForwardAuthListen::Tcp(([127, 0, 0, 1], nobody).into());
    faulty(&found(&off, None).await, &format!("Nothing answers on 127.0.0.1:{nobody}"));
    let other = Upstream::answering(|_, _| Reply::Close(b"HTTP/1.1 200 OK\r\n\r\nhello".to_vec())).await;
    off.forward_auth.as_mut().unwrap().listen = guichet::config::settings::ForwardAuthListen::Tcp(other.address);
    faulty(&found(&off, None).await, "What answers on");
}

#[tokio::test]
async fn the_published_configurations_have_no_fault() {
    for kind in KINDS {
        let (outer, origin) = shown(kind, |published| published).await;
        let findings = found(&outer.asked.settings, Some(&format!("{origin}/admin"))).await;
        sound(&findings);
        assert!(
            findings.iter().any(|found| found.said == "The proxy asks, and turns a stranger away."),
            "{findings:#?}"
        );
        let findings = found(&outer.asked.settings, Some(&format!("{origin}/page"))).await;
        sound(&findings);
        let seen = "No spelling of the assertion's header that a client writes reaches the portal.";
        assert!(findings.iter().any(|found| found.said == seen), "{kind:?} {findings:#?}");
    }
}

#[tokio::test]
async fn every_fault_of_a_proxys_configuration_has_its_sentence() {
    let without = |line: &'static str| {
        move |published: String| {
            assert!(published.contains(line), "{line}");
            published.replace(line, "")
        }
    };
    type Change = Box<dyn Fn(String) -> String>;
    let cases: [(Kind, &str, Change, &str); 8] = [
        (
            Kind::Nginx,
            "/page",
            Box::new(|published: String| {
                published.replace("underscores_in_headers off;", "underscores_in_headers on;")
            }),
            "The portal has received a X_Guichet_Assertion that a client wrote.",
        ),
        (
            Kind::Nginx,
            "/page",
            Box::new(without("        proxy_set_header X-Guichet-Assertion $guichet_assertion;\n")),
            "The portal has received a X-Guichet-Assertion that a client wrote.",
        ),
        (
            Kind::Nginx,
            "/admin",
            Box::new(without("        auth_request /_guichet_ask;\n")),
            "A stranger gets 200 from a page that is not public: the proxy does not ask about it.",
        ),
        (
            Kind::Nginx,
            "/admin",
            Box::new(without("        proxy_set_header X-Original-URI $request_uri;\n")),
            "The proxy's question lacks the method, the host or the address of the request",
        ),
        (
            Kind::Traefik,
            "/admin",
            Box::new(|published: String| published.replace("REPLACE-WITH-THE-SECRET", "kB3-of-somebody-else")),
            "The proxy asks without the secret, or with another one.",
        ),
        (
            Kind::Caddy,
            "/page",
            Box::new(without("\t\trequest_header -*guichet*\n")),
            // This Caddy drops names with "_" by itself.
            "The portal has received a X~Guichet~Assertion that a client wrote.",
        ),
        (
            Kind::Traefik,
            "/page",
            Box::new(|published: String| published.replace("authResponseHeadersRegex", "# authResponseHeadersRegex")),
            "The portal has received a X-Guichet-Assertion that a client wrote.",
        ),
        (
            Kind::Caddy,
            "/admin",
            Box::new(|published: String| published.replace("reverse_proxy @guichet", "respond @guichet 404 #")),
            "/_guichet/ is not led to guichet",
        ),
    ];
    for (kind, path, change, expected) in cases {
        let (outer, origin) = shown(kind, change).await;
        faulty(&found(&outer.asked.settings, Some(&format!("{origin}{path}"))).await, expected);
    }
}

#[tokio::test]
async fn an_address_that_is_not_the_portals_is_named() {
    let (outer, origin) = shown(Kind::Nginx, |published| published).await;
    let other = origin.replace("localhost", "127.0.0.1");
    faulty(&found(&outer.asked.settings, Some(&format!("{other}/admin"))).await, &format!("{other} is not an address"));
    let nowhere = format!("http://localhost:{}/", free_port());
    faulty(&found(&outer.asked.settings, Some(&nowhere)).await, &format!("{nowhere} does not answer"));
}
