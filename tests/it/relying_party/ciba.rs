//! Signing in without leaving the page, against a provider that no one here wrote.

use guichet::account::Link;
use guichet::clock::{Clock as _, SystemClock};
use guichet::config::client_key::ClientKey;
use guichet::config::settings::{ClientAuth, IdentityProvider, Profile};
use serde_json::{Value, json};

use super::{Ours, SECRET, hospital, secret};
use crate::support::ciba::{FORM, NURSE, NURSE_ID, WAITING};
use crate::support::person::Page;
use crate::support::site::Site;
use crate::support::tls::Authority;
use crate::support::tools::Server;

/// Pro Santé Connect as this provider plays it: no level is said by it.
fn like_psc(port: u16, authority: &Authority, ours: Ours, other: &IdentityProvider) -> IdentityProvider {
    let scopes = ["openid", "profile"].map(str::to_owned).to_vec();
    IdentityProvider { profile: Profile::Psc, scopes, ciba: other.ciba.clone(), ..hospital(port, authority, ours) }
}

/// The nurse's account is linked to this provider too; she types her number, and presses the button twice.
async fn pressed(
    client: Value,
    public_key: Option<String>,
    refuses: bool,
    ours: impl FnOnce(&Authority) -> Ours,
) -> (Page, Option<String>) {
    let authority = Authority::new();
    let own = authority.issue("provider", &["localhost"]);
    let ours = ours(&authority);
    let mut peer = json!({
        "certificate": own.certificate, "key": own.key, "authority": authority.file(),
        "client": client, "client_public_key": public_key, "refuses": refuses,
        "person": { "sub": "Camille/1", "family_name": "MARTIN-TEST", "SubjectNameID": NURSE_ID },
    });
    peer["client"]["client_id"] = json!("portail");
    let mut server = Server::start_with("peers", "oidc_provider_ciba.mjs", &[&peer.to_string()]).await;
    let site = Site::with(|settings| {
        let provider = like_psc(server.port, &authority, ours, &settings.identity_providers["psc"]);
        settings.identity_providers.insert("hopital".to_owned(), provider);
    })
    .await;
    let mut nurse = site.recognised().await;
    let behind = SystemClock.now().as_second() - site.app.doors.clock.now().as_second();
    site.forward(behind);
    let directory = &site.app.login.directory;
    let mut account = directory.by_link("psc", NURSE_ID).await.unwrap().unwrap();
    let link = account.links[0].clone();
    account.links.push(Link { identity_provider: "hopital".to_owned(), ..link });
    directory.save(&account, &[]).await.unwrap();

    let page = nurse.get(&format!("{FORM}?fournisseur=hopital")).await;
    let page = nurse.submit(&page, FORM, &[("numero", NURSE), ("canal", "mobile")]).await;
    if page.status != 303 {
        return (page, None);
    }
    let waiting = nurse.follow(page).await;
    // It says no interval: five seconds are the protocol's.
    site.forward(5);
    let page = nurse.submit(&waiting, WAITING, &[]).await;
    assert!(page.location().contains("avis=pas-encore"), "{}", page.gist());
    assert_eq!(server.told().await, "answered");
    site.forward(5);
    let page = nurse.submit(&waiting, WAITING, &[]).await;
    if nurse.cookie("__Host-guichet").is_none() {
        return (nurse.follow(page).await, None);
    }
    assert_eq!(page.location(), "/", "{}", page.gist());
    (page, Some(server.told().await))
}

#[tokio::test(flavor = "multi_thread")]
async fn c24_oidc_provider_asks_the_person_for_each_proof_of_who_we_are() {
    let client = json!({"client_secret": SECRET, "token_endpoint_auth_method": "client_secret_basic"});
    let (_, by) = pressed(client, None, false, |_| secret(ClientAuth::Basic, SECRET)).await;
    assert_eq!(by.as_deref(), Some("client_secret_basic"));

    let pair = rcgen::KeyPair::generate().unwrap();
    let client = json!({"token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_signing_alg": "ES256"});
    let (_, by) = pressed(client, Some(pair.public_key_pem()), false, |authority| {
        let file = authority.folder.path().join("client-signing.key");
        std::fs::write(&file, pair.serialize_pem()).unwrap();
        Ours { auth: ClientAuth::PrivateKeyJwt(ClientKey::read(&file, None, true).unwrap()), certificate: None }
    })
    .await;
    assert_eq!(by.as_deref(), Some("private_key_jwt"));

    let client = json!({
        "token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_san_dns": "portail.client.test",
    });
    let (_, by) = pressed(client, None, false, |authority| {
        let certificate = Some(authority.issue("client", &["portail.client.test"]));
        Ours { auth: ClientAuth::Tls, certificate }
    })
    .await;
    assert_eq!(by.as_deref(), Some("tls_client_auth"));
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_provider_tells_that_the_person_said_no_and_that_our_secret_is_another() {
    let client = || json!({"client_secret": SECRET, "token_endpoint_auth_method": "client_secret_basic"});
    let (page, _) = pressed(client(), None, true, |_| secret(ClientAuth::Basic, SECRET)).await;
    assert!(page.says("Vous avez refusé la demande"), "{}", page.gist());
    let (page, _) = pressed(client(), None, false, |_| secret(ClientAuth::Basic, "another secret")).await;
    assert_eq!(page.status, 503, "{}", page.gist());
    assert!(page.says("Hôpital d'à côté ne répond pas pour le moment."), "{}", page.gist());
}
