//! Configuration mistakes that the parser's own tests leave.

use std::path::Path;

use guichet::config::{self, Env};

use crate::support::site::Site;

/// Nothing comes from the environment.
struct Nothing;

impl Env for Nothing {
    fn var(&self, _: &str) -> Option<String> {
        None
    }
}

fn faults(more: &str) -> String {
    let text = format!("{}\n{more}", include_str!("../../../config/demo.toml"));
    match config::parse(&text, "guichet.toml", &Nothing, Path::new("")) {
        Ok(_) => String::new(),
        Err(faults) => faults.to_string(),
    }
}

#[test]
fn k06_client_certificates_are_refused_where_nothing_checks_them() {
    assert_eq!(faults(""), "");
    for more in [
        "[tls]\nclient_ca_file = \"absent.pem\"\n",
        "[[listener]]\naddress = \"127.0.0.1:1\"\nclient_certificate = \"require\"\n",
        "[[listener]]\naddress = \"127.0.0.1:1\"\nclient_ca_file = \"absent.pem\"\n",
        "[tls]\nclient_auth = \"required\"\n",
        "[mtls]\nca = \"absent.pem\"\n",
        "[client_certificates]\nrequired = true\n",
    ] {
        assert!(!faults(more).is_empty(), "{more}");
    }
}

#[tokio::test]
async fn k07_nothing_of_the_administrators_is_on_the_public_listener() {
    let site = Site::start().await;
    let mut who = site.activated().await;
    for address in [
        "metrics",
        "livez",
        "readyz",
        "health",
        "debug",
        "debug/pprof",
        "config",
        "admin",
        "env",
        "openapi.json",
        "status",
    ] {
        let page = who.person.get(&format!("/_guichet/{address}")).await;
        assert_eq!(page.status, 404, "{address}");
        assert!(!page.body.contains("guichet_") && !page.body.contains("client_secret"));
    }
    // Outside our own prefix such an address is the portal's, under its rules.
    assert_eq!(site.person().send("GET", "/metrics", &[], b"").await.status, 401);
}

#[tokio::test]
async fn k08_a_provider_that_was_taken_away_signs_nobody_in() {
    // The rest of this case is where the gateway and the program are tested: gateway/reloading and gateway/process.
    let site = Site::start().await;
    let start = "/_guichet/connexion/psc";
    let mut person = site.person();
    let page = person.get("/_guichet/connexion").await;
    assert!(page.form(start).is_some());
    let filled = person.filled(&page, start, &[]);
    let fields: Vec<(&str, &str)> = filled.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let away = person.post(start, &fields).await.location().to_owned();
    site.app.login.providers.keep(|name| name != "psc");
    assert_eq!(person.post(start, &fields).await.status, 404);
    assert!(person.get("/_guichet/connexion").await.form(start).is_none(), "no button either");
    // Who was on the way there finds nobody who believes the answer.
    let state = away.split("state=").nth(1).unwrap().split('&').next().unwrap();
    let back = person.get(&format!("/_guichet/callback/psc?code=x&state={state}")).await;
    assert!(back.status >= 400 && person.cookie("__Host-guichet").is_none(), "{}", back.status);
}

#[tokio::test]
async fn k09_placeholders_in_requests_stay_text() {
    let site = Site::start().await;
    let mut person = site.person();
    for text in ["{env.PATH}", "${PATH}", "$PATH", "{{ settings }}", "{% raw %}", "%{ENV:PATH}", "#{7*7}"] {
        let page = person.get("/_guichet/connexion").await;
        let answers = [("identifier", text), ("password", "x")];
        let page = person.submit(&page, "/_guichet/connexion", &answers).await;
        let form = page.form("/_guichet/connexion").unwrap();
        assert_eq!(form["identifier"], text);
        assert!(!page.body.contains("/usr/bin"), "{text}");
    }
}
