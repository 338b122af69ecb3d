//! The relying party against a provider that no one here wrote: npm `oidc-provider`, over TLS with an authority of its own.

mod ciba;

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use guichet::clock::{Clock as _, SystemClock};
use guichet::config::Secret;
use guichet::config::certificates::CertificateFiles;
use guichet::config::client_key::ClientKey;
use guichet::config::settings::{CallbackIssuer, ClientAuth, FirstSignIn, IdentityProvider, Profile};
use serde_json::{Value, json};

use crate::support::person::{Page, Person};
use crate::support::site::Site;
use crate::support::tls::Authority;
use crate::support::tools::Server;

/// What has to be encoded twice before it may travel as Basic (attack C24).
/// Every character that the form encoding changes and this peer takes: no letter beyond ASCII.
const SECRET: &str = "s+e:c%r e & plus";
const START: &str = "/_guichet/connexion/psc";
const SUBJECT: &str = "Ada/1";

struct Hospital {
    authority: Authority,
    server: Server,
    site: Site,
}

impl Hospital {
    /// `client` is what the provider knows of us beside id and addresses, `public_key` the key it knows us by, `auth` what we do.
    async fn start(client: Value, public_key: Option<String>, auth: impl FnOnce(&Authority) -> Ours) -> Self {
        let authority = Authority::new();
        let own = authority.issue("provider", &["localhost"]);
        let ours = auth(&authority);
        let mut peer = json!({
            "certificate": own.certificate, "key": own.key, "authority": authority.file(),
            "client": client, "client_public_key": public_key,
            "person": {
                "sub": SUBJECT, "given_name": "Ada", "family_name": "Martin",
                "email": "ada@hopital.test", "email_verified": true,
            },
        });
        peer["client"]["client_id"] = json!("portail");
        let mut server = None;
        let site = Site::with(|settings| {
            // Each must know the other's port: the gateway's is taken by now.
            peer["client"]["redirect_uris"] = json!([settings.public_url.at("/_guichet/callback/hopital")]);
            let peer = peer.to_string();
            let started = async { Server::start_with("peers", "oidc_provider.mjs", &[&peer]).await };
            let started = tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(started));
            settings.identity_providers.insert("hopital".to_owned(), hospital(started.port, &authority, ours));
            server = Some(started);
        })
        .await;
        let server = server.unwrap();
        let behind = SystemClock.now().as_second() - site.app.doors.clock.now().as_second();
        site.forward(behind);
        Self { authority, server, site }
    }

    /// From our button through the provider's redirects: the answer of our callback.
    async fn sign_in(&self, person: &mut Person) -> Page {
        let page = person.get("/_guichet/connexion").await;
        assert!(page.says("Hôpital d'à côté") && page.says("Pro Santé Connect"), "{}", page.gist());
        let mut page = person.submit(&page, START, &[("fournisseur", "hopital")]).await;
        for _ in 0..10 {
            let next = page.url.join(page.location()).unwrap();
            if next.scheme() == "http" {
                return person.get(next.as_str()).await;
            }
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.server.port));
            page = person.get_over(self.authority.connect(address, "localhost").await, next.as_str()).await;
        }
        panic!("the provider does not come back: {}", page.gist())
    }

    /// A whole sign-in, and how the provider says that we proved who we are.
    async fn signed_in_by(&mut self) -> String {
        let mut person = self.site.person();
        let page = self.sign_in(&mut person).await;
        assert_eq!(page.status, 303, "{}", page.gist());
        let page = person.follow(page).await;
        assert_eq!(page.url.path(), "/_guichet/activation/psc/email", "{}", page.gist());
        let key = format!("https://localhost:{}#{SUBJECT}", self.server.port);
        let account = self.site.app.login.directory.by_link("hopital", &key).await.unwrap().expect("a linked account");
        assert_eq!((account.person.given_name.as_deref(), account.rpps), (Some("Ada"), None));
        self.server.told().await
    }

    /// A sign-in that the provider refuses to us.
    async fn refused(&self) {
        let mut person = self.site.person();
        let page = self.sign_in(&mut person).await;
        assert_eq!(page.status, 502, "{}", page.gist());
        assert!(page.says("Hôpital d'à côté ne répond pas") && person.cookie("__Host-guichet").is_none());
    }
}

/// What we hold.
struct Ours {
    auth: ClientAuth,
    certificate: Option<CertificateFiles>,
}

fn hospital(port: u16, authority: &Authority, ours: Ours) -> IdentityProvider {
    let issuer = format!("https://localhost:{port}");
    IdentityProvider {
        name: "hopital".to_owned(),
        profile: Profile::Oidc { national_identifier_claim: None },
        label: "Hôpital d'à côté".to_owned(),
        discovery_url: format!("{issuer}/.well-known/openid-configuration").parse().unwrap(),
        issuer,
        client_id: "portail".to_owned(),
        client_auth: ours.auth,
        client_certificate: ours.certificate,
        scopes: ["openid", "profile", "email"].map(str::to_owned).to_vec(),
        acr_values: Vec::new(),
        acr_minimum: None,
        acr_ranks: Vec::new(),
        first_sign_in: FirstSignIn::Create,
        professions: BTreeSet::new(),
        people: BTreeSet::new(),
        button_image: None,
        about_url: None,
        terms_url: None,
        session_max: None,
        connect_timeout: Duration::from_secs(3),
        timeout: Duration::from_secs(5),
        callback_issuer: CallbackIssuer::Promised,
        algorithms: vec!["RS256".to_owned()],
        ca_file: Some(authority.file()),
        ciba: None,
    }
}

fn secret(auth: impl Fn(Secret) -> ClientAuth, text: &str) -> Ours {
    Ours { auth: auth(Secret::new(text.to_owned())), certificate: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn c24_oidc_provider_takes_our_secret_as_basic_and_not_another() {
    let client = || json!({"client_secret": SECRET, "token_endpoint_auth_method": "client_secret_basic"});
    let mut hospital = Hospital::start(client(), None, |_| secret(ClientAuth::Basic, SECRET)).await;
    assert_eq!(hospital.signed_in_by().await, "client_secret_basic");
    Hospital::start(client(), None, |_| secret(ClientAuth::Basic, "s+e:c%r e & autre")).await.refused().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_provider_takes_our_secret_in_the_body() {
    let client = json!({"client_secret": SECRET, "token_endpoint_auth_method": "client_secret_post"});
    let mut hospital = Hospital::start(client, None, |_| secret(ClientAuth::Post, SECRET)).await;
    assert_eq!(hospital.signed_in_by().await, "client_secret_post");
}

#[tokio::test(flavor = "multi_thread")]
async fn c24_oidc_provider_takes_our_signature_and_not_that_of_another_key() {
    let ours = |authority: &Authority, pair: &rcgen::KeyPair| {
        let file = authority.folder.path().join("client-signing.key");
        std::fs::write(&file, pair.serialize_pem()).unwrap();
        Ours { auth: ClientAuth::PrivateKeyJwt(ClientKey::read(&file, None, true).unwrap()), certificate: None }
    };
    for (made_with, algorithm) in [(&rcgen::PKCS_ECDSA_P256_SHA256, "ES256"), (&rcgen::PKCS_RSA_SHA256, "RS256")] {
        let pair = rcgen::KeyPair::generate_for(made_with).unwrap();
        let client =
            || json!({"token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_signing_alg": algorithm});
        let known = Some(pair.public_key_pem());
        let mut hospital = Hospital::start(client(), known.clone(), |authority| ours(authority, &pair)).await;
        assert_eq!(hospital.signed_in_by().await, "private_key_jwt");
        let other = rcgen::KeyPair::generate_for(made_with).unwrap();
        Hospital::start(client(), known, |authority| ours(authority, &other)).await.refused().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_provider_takes_our_certificate_and_a_new_one_without_a_restart() {
    let client = json!({
        "token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_san_dns": "portail.client.test",
    });
    let mut hospital = Hospital::start(client, None, |authority| {
        let certificate = Some(authority.issue("client", &["somebody.else.test"]));
        Ours { auth: ClientAuth::Tls, certificate }
    })
    .await;
    hospital.refused().await;
    // The files of another name are put in their place, as a renewal does.
    hospital.authority.issue("client", &["portail.client.test"]);
    let client = hospital.site.app.outgoing.iter().find(|client| client.own().is_some()).unwrap();
    assert!(client.has_changed());
    client.reload().unwrap();
    assert_eq!(hospital.signed_in_by().await, "tls_client_auth");
}

#[tokio::test(flavor = "multi_thread")]
async fn f10_while_a_provider_is_away_the_sign_in_page_says_so_at_once_and_offers_the_rest() {
    let client = json!({"client_secret": SECRET, "token_endpoint_auth_method": "client_secret_basic"});
    let Hospital { server, site, .. } = Hospital::start(client, None, |_| secret(ClientAuth::Basic, SECRET)).await;
    let hospital = site.app.login.providers.get("hopital").unwrap();
    let mut person = site.person();
    assert!(!person.get("/_guichet/connexion").await.says("ne répond pas"));
    drop(server);
    site.forward(2 * 3_600);
    for _ in 0..3 {
        assert!(hospital.refresh(site.app.login.now()).await.is_err());
    }
    let page = person.get("/_guichet/connexion").await;
    assert_eq!(page.status, 200);
    assert!(page.says("Hôpital d'à côté ne répond pas pour le moment."), "{}", page.gist());
    assert!(!page.says("Pro Santé Connect ne répond pas") && page.form("/_guichet/connexion").is_some());
    let page = person.submit(&page, START, &[("fournisseur", "hopital")]).await;
    assert_eq!((page.status, page.header("retry-after")), (503, Some("60")), "{}", page.gist());
    let page = person.submit(&page, START, &[("fournisseur", "psc")]).await;
    assert_eq!(page.status, 303, "the other provider is well: {}", page.gist());
}
