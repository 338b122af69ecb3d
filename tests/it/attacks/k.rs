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
async fn k08_a_running_gateway_reads_no_file_again() {
    for more in ["reload = true\n", "[reload]\nwatch = true\n", "watch = \"guichet.toml\"\n"] {
        assert!(!faults(more).is_empty(), "{more}");
    }
    // A broken file is an error of its own start; the gateway that runs goes on with what it was given.
    let site = Site::start().await;
    let who = site.activated().await;
    let broken = config::parse("public_url = [", "guichet.toml", &Nothing, Path::new(""));
    assert!(broken.is_err());
    assert_eq!(site.portal(&who.person.session()).await, 200);
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
