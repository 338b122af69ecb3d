//! Stock verifiers that no one here wrote check the portal's assertion from the issuer alone: PyJWT, jose, Apache mod_auth_openidc.

use std::path::Path;
use std::process::Stdio;

use guichet::clock::{Clock as _, SystemClock};
use guichet::config::settings::AssertionHeader;
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};

use crate::support::site::Site;
use crate::support::tools::{running, script};
use crate::support::upstream::values;

/// A site on the machine's own time, and the assertion its portal receives of an activated person.
async fn asserted(bearer: bool) -> (Site, String) {
    let site = Site::with(|settings| {
        for route in settings.routes.iter_mut().filter(|_| bearer) {
            route.assertion_header = AssertionHeader::Bearer;
        }
    })
    .await;
    let behind = SystemClock.now().as_second() - site.app.doors.clock.now().as_second();
    site.forward(behind);
    let mut activated = site.activated().await;
    assert_eq!(activated.person.get("/dossier").await.status, 200);
    let head = site.upstream.last();
    let name = if bearer { "authorization" } else { "x-guichet-assertion" };
    let [value] = values(&head, name)[..] else { panic!("one assertion in {head}") };
    (site, value.trim_start_matches("Bearer ").to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn pyjwt_verifies_what_the_portal_receives() {
    let (site, token) = asserted(false).await;
    let verify = async |token: &str| output(&mut running("verifiers", "verify.py"), &site, token).await;
    judged(&site, &claims(verify(&token).await.unwrap()));
    assert!(verify(&bent(&token)).await.is_err(), "a bent signature passed");
}

#[tokio::test(flavor = "multi_thread")]
async fn jose_verifies_what_the_portal_receives() {
    let (site, token) = asserted(false).await;
    let verify = async |token: &str| output(&mut running("verifiers", "verify.mjs"), &site, token).await;
    judged(&site, &claims(verify(&token).await.unwrap()));
    assert!(verify(&bent(&token)).await.is_err(), "a bent signature passed");
}

#[tokio::test(flavor = "multi_thread")]
async fn apache_mod_auth_openidc_lets_in_whom_the_assertion_names() {
    let (site, token) = asserted(true).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("pages")).unwrap();
    std::fs::write(folder.path().join("pages/index.html"), "let in").unwrap();
    let port = free_port();
    let configuration = std::fs::read_to_string(script("verifiers", "apache.conf"))
        .unwrap()
        .replace("{port}", &port.to_string())
        .replace("{folder}", &folder.path().display().to_string())
        .replace("{modules}", "/usr/lib/apache2/modules")
        .replace("{issuer}", &site.app.settings.public_url.origin)
        .replace("{audience}", &audience(&site));
    let file = folder.path().join("apache.conf");
    std::fs::write(&file, configuration).unwrap();
    let _apache = apache(&file, port).await;
    let asked = async |token: Option<&str>| {
        let mut person = crate::support::person::Person::new(port);
        let lines: Vec<(String, String)> =
            token.map(|token| ("Authorization".to_owned(), format!("Bearer {token}"))).into_iter().collect();
        let lines: Vec<(&str, &str)> = lines.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        person.send("GET", "/index.html", &lines, b"").await
    };
    let page = asked(Some(&token)).await;
    assert_eq!((page.status, page.body.trim()), (200, "let in"), "{}", errors(folder.path()));
    assert_eq!(asked(Some(&bent(&token))).await.status, 401);
    assert_eq!(asked(None).await.status, 401);
}

fn judged(site: &Site, claims: &Value) {
    assert_eq!(claims["iss"], site.app.settings.public_url.origin);
    assert_eq!(claims["aud"], audience(site));
    assert_eq!(claims["activation"], "active");
    assert_eq!(claims["legacy_id"], "751234567");
    assert_eq!(claims["email_verified"], true);
    assert!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap() <= 60);
}

fn audience(site: &Site) -> String {
    site.app.settings.routes.iter().find(|route| route.path == "/").unwrap().audience.clone()
}

fn claims(text: String) -> Value {
    serde_json::from_str(&text).unwrap()
}

/// The same token with one letter of its signature changed.
fn bent(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{signed}.{first}{}", &signature[1..])
}

async fn output(command: &mut Command, site: &Site, token: &str) -> Result<String, String> {
    command.arg(&site.app.settings.public_url.origin).arg(audience(site));
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    child.stdin.take().unwrap().write_all(token.as_bytes()).await.unwrap();
    let output = child.wait_with_output().await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

async fn apache(configuration: &Path, port: u16) -> Child {
    let child = Command::new("/usr/sbin/apache2")
        .args(["-X", "-f"])
        .arg(configuration)
        .kill_on_drop(true)
        .spawn()
        .expect("apache2 (tests/run installs it)");
    let waiting = async {
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), waiting).await.expect("Apache does not start");
    child
}

fn errors(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("error.log")).unwrap_or_default()
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
