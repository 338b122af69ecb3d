//! The simulator as a client and a person see it, through its router alone.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use aws_lc_rs::digest;
use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use jiff::SignedDuration;
use serde_json::Value;
use tower::ServiceExt as _;
use url::Url;

use super::*;
use crate::clock::Clock;
use crate::entropy::SystemEntropy;

const WALLET: &str = "http://127.0.0.1:8081";
const ISSUER: &str = "http://localhost:8081/auth/realms/esante-wallet";
const CALLBACK: &str = "http://localhost:8080/_guichet/callback/psc";
const LANDING: &str = "http://localhost:8080/_guichet/deconnexion";
const SECRET: &str = "a secret: 100 %";
const VERIFIER: &str = "dBjftJeZ4CVP-mBjUDI3bQ4pT0A1yTgfKbLqeFXo2kE";

#[derive(Debug)]
struct HandClock(Mutex<Timestamp>);

impl HandClock {
    fn advance(&self, seconds: i64) {
        let mut now = self.0.lock().unwrap();
        *now += SignedDuration::from_secs(seconds);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// One browser, one client, one clock.
struct World {
    router: Router,
    clock: Arc<HandClock>,
    cookies: HashMap<String, String>,
}

struct Answer {
    status: StatusCode,
    location: String,
    body: String,
}

impl Answer {
    /// A parameter of the address the browser is sent to.
    fn parameter(&self, name: &str) -> Option<String> {
        let url = Url::parse(&self.location).ok()?;
        url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    #[track_caller]
    fn text_between(&self, before: &str, after: &str) -> String {
        let (_, rest) = self.body.split_once(before).unwrap_or_else(|| panic!("no {before} in {}", self.body));
        rest.split_once(after).unwrap().0.to_owned()
    }
}

fn key_bytes() -> &'static [u8] {
    static KEY: OnceLock<Vec<u8>> = OnceLock::new();
    KEY.get_or_init(|| SimulatorKey::generate().unwrap().to_pkcs8().unwrap())
}

impl World {
    fn new() -> Self {
        let clock = Arc::new(HandClock(Mutex::new("2026-11-23T08:00:00Z".parse().unwrap())));
        let config = SimulatorConfig {
            wallet_origin: WALLET.to_owned(),
            issuer: ISSUER.to_owned(),
            client_id: "portail demo".to_owned(),
            client_secret: Secret::new(SECRET.to_owned()),
            redirect_uris: vec![CALLBACK.to_owned()],
            post_logout_redirect_uris: vec![LANDING.to_owned()],
            key: SimulatorKey::from_pkcs8(key_bytes()).unwrap(),
        };
        let router = simulator(config, Arc::clone(&clock) as SharedClock, Arc::new(SystemEntropy));
        Self { router, clock, cookies: HashMap::new() }
    }

    async fn send(
        &mut self,
        method: Method,
        address: &str,
        headers: &[(header::HeaderName, String)],
        body: &str,
    ) -> Answer {
        let url = Url::parse(address).unwrap();
        let host = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let mut request = Request::builder().method(method).uri(format!("{}{query}", url.path()));
        request = request.header(header::HOST, &host).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if address.starts_with(WALLET) {
            for (name, value) in &self.cookies {
                request = request.header(header::COOKIE, format!("other=1; {name}={value}"));
            }
        }
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let response = self.router.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
        let status = response.status();
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
            let (name, rest) = cookie.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), rest.split_once(';').unwrap().0.to_owned());
        }
        let location = response.headers().get(header::LOCATION).map(|value| value.to_str().unwrap().to_owned());
        let location = location.map(|to| if to.starts_with('/') { format!("{WALLET}{to}") } else { to });
        let body = response.into_body().collect().await.unwrap().to_bytes();
        Answer { status, location: location.unwrap_or_default(), body: String::from_utf8(body.to_vec()).unwrap() }
    }

    async fn get(&mut self, address: &str) -> Answer {
        self.send(Method::GET, address, &[], "").await
    }

    async fn post(&mut self, address: &str, form: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        self.send(Method::POST, address, &[], &body).await
    }

    /// Opens the authorization endpoint with these parameters changed; an empty value leaves one out.
    async fn authorize(&mut self, changes: &[(&str, &str)]) -> Answer {
        let mut parameters = vec![
            ("response_type", "code"),
            ("client_id", "portail demo"),
            ("redirect_uri", CALLBACK),
            ("scope", "openid scope_all"),
            ("acr_values", "eidas1"),
            ("state", "state-1"),
            ("nonce", "nonce-1"),
        ];
        let challenge = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, VERIFIER.as_bytes()));
        parameters.extend([("code_challenge", challenge.as_str()), ("code_challenge_method", "S256")]);
        parameters.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
        parameters.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
        self.get(Url::parse_with_params(&format!("{WALLET}/auth"), parameters).unwrap().as_str()).await
    }

    /// Opens a sign-in, and answers its address.
    async fn start(&mut self) -> String {
        let answer = self.authorize(&[]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert!(answer.location.starts_with(&format!("{WALLET}/connexion/")), "{}", answer.location);
        answer.location
    }

    /// Signs in with e-CPS and answers the return to the client.
    async fn sign_in(&mut self, who: &str, fault: &str) -> Answer {
        let page = self.start().await;
        self.post(&format!("{page}/ecps"), &[("professionnel", who), ("panne", fault)]).await;
        let shown = self.get(&page).await.text_between("Code à sélectionner\"><strong>", "</strong>");
        self.post(&format!("{page}/telephone"), &[("code", &shown)]).await
    }

    async fn token(&mut self, form: &[(&str, &str)]) -> Answer {
        let basic = format!("Basic {}", STANDARD.encode("portail+demo:a+secret%3A+100+%25"));
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let address = format!("{ISSUER}/protocol/openid-connect/token");
        self.send(Method::POST, &address, &[(header::AUTHORIZATION, basic)], &body).await
    }

    async fn redeem(&mut self, code: &str) -> Answer {
        self.token(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ])
        .await
    }

    async fn tokens_of(&mut self, who: &str) -> Value {
        let back = self.sign_in(who, "aucune").await;
        let answer = self.redeem(&back.parameter("code").unwrap()).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.json()
    }

    async fn userinfo(&mut self, access: &str) -> Answer {
        let address = format!("{ISSUER}/protocol/openid-connect/userinfo");
        self.send(Method::GET, &address, &[(header::AUTHORIZATION, format!("Bearer {access}"))], "").await
    }
}

fn claims(tokens: &Value) -> Value {
    let token = tokens["id_token"].as_str().unwrap();
    SimulatorKey::from_pkcs8(key_bytes()).unwrap().own_claims(token).unwrap()
}

#[tokio::test]
async fn a_person_signs_in_by_following_the_pages() {
    let mut world = World::new();
    let page = world.start().await;
    let choice = world.get(&page).await;
    assert!(choice.body.contains("Simulateur – aucune donnée réelle") && choice.body.contains("CAMILLE MARTIN-TEST"));

    let back = world.sign_in("infirmiere", "aucune").await;
    assert!(back.location.starts_with(CALLBACK));
    assert_eq!(back.parameter("state").as_deref(), Some("state-1"));
    assert_eq!(back.parameter("iss").as_deref(), Some(ISSUER));

    let answer = world.redeem(&back.parameter("code").unwrap()).await;
    let tokens = answer.json();
    assert_eq!(tokens["expires_in"], 120);
    let claims = claims(&tokens);
    assert_eq!(claims["nonce"], "nonce-1");
    assert_eq!(claims["acr"], "eidas1");
    assert_eq!(claims["aud"], "portail demo");
    assert_eq!(claims["SubjectNameID"], "899700999909");
    let hash = digest::digest(&digest::SHA256, tokens["access_token"].as_str().unwrap().as_bytes());
    assert_eq!(claims["at_hash"], URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]));

    let access = tokens["access_token"].as_str().unwrap();
    let info = world.userinfo(access).await.json();
    assert_eq!(info["sub"], claims["sub"]);
    let place = &info["SubjectRefPro"]["exercices"][0]["activities"][0];
    assert_eq!(place["numeroSiretSite"], "99900001100018");
    assert_eq!(place["telephone"], "");
    world.clock.advance(120);
    assert_eq!(world.userinfo(access).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_card_signs_in_at_a_higher_level_and_is_blocked_after_three_wrong_codes() {
    let mut world = World::new();
    let page = world.start().await;
    world.post(&format!("{page}/carte"), &[("professionnel", "medecin")]).await;
    world.post(&format!("{page}/pin"), &[("pin", "12")]).await;
    assert!(world.get(&page).await.body.contains("quatre chiffres"));
    world.post(&format!("{page}/pin"), &[("pin", "0000")]).await;
    assert!(world.get(&page).await.body.contains("Il vous reste 2 essais"));
    let back = world.post(&format!("{page}/pin"), &[("pin", "1234")]).await;
    let tokens = world.redeem(&back.parameter("code").unwrap()).await.json();
    assert_eq!(claims(&tokens)["acr"], "eidas2");

    let mut world = World::new();
    let page = world.start().await;
    world.post(&format!("{page}/carte"), &[("professionnel", "medecin")]).await;
    for _ in 0..3 {
        world.post(&format!("{page}/pin"), &[("pin", "0000")]).await;
    }
    assert!(world.get(&page).await.body.contains("Carte bloquée"));
    let blocked = world.post(&format!("{page}/pin"), &[("pin", "1234")]).await;
    assert_eq!(blocked.location, page);
}

#[tokio::test]
async fn another_number_on_the_phone_fails_and_can_be_retried() {
    let mut world = World::new();
    let page = world.start().await;
    world.post(&format!("{page}/ecps"), &[("professionnel", "opticien")]).await;
    let push = world.get(&page).await;
    let shown = push.text_between("Code à sélectionner\"><strong>", "</strong>");
    let offered: Vec<&str> = push.body.split("name=\"code\" value=\"").skip(1).map(|rest| &rest[..2]).collect();
    assert_eq!(offered.len(), 3);
    assert!(offered.contains(&shown.as_str()) && offered[0] != offered[1] && offered[1] != offered[2]);
    let wrong = offered.iter().find(|code| **code != shown).unwrap();
    world.post(&format!("{page}/telephone"), &[("code", wrong)]).await;
    assert!(
        world.get(&page).await.body.contains("Échec de l'authentification")
            || world.get(&page).await.body.contains("Échec de l&#x27;authentification")
    );
    // The number of the refused push is worth nothing any more.
    assert_eq!(world.post(&format!("{page}/telephone"), &[("code", &shown)]).await.location, page);
    world.post(&format!("{page}/recommencer"), &[]).await;
    let shown = world.get(&page).await.text_between("Code à sélectionner\"><strong>", "</strong>");
    assert!(world.post(&format!("{page}/telephone"), &[("code", &shown)]).await.parameter("code").is_some());
}

#[tokio::test]
async fn a_push_left_alone_expires_and_says_so_to_the_client() {
    let mut world = World::new();
    let page = world.start().await;
    world.post(&format!("{page}/ecps"), &[("professionnel", "opticien")]).await;
    let shown = world.get(&page).await.text_between("Code à sélectionner\"><strong>", "</strong>");
    world.clock.advance(64);
    assert_eq!(world.post(&format!("{page}/telephone"), &[("code", &shown)]).await.location, page);
    assert!(world.get(&page).await.body.contains("a expiré"));
    let back = world.post(&format!("{page}/continuer"), &[]).await;
    assert_eq!(back.parameter("error").as_deref(), Some("temporarily_unavailable"));
    assert_eq!(back.parameter("error_description").as_deref(), Some("authentication_expired"));
}

#[tokio::test]
async fn leaving_goes_back_with_access_denied_and_ends_the_attempt() {
    let mut world = World::new();
    let page = world.start().await;
    let back = world.post(&format!("{page}/quitter"), &[]).await;
    assert_eq!(back.parameter("error").as_deref(), Some("access_denied"));
    assert_eq!(back.parameter("state").as_deref(), Some("state-1"));
    assert_eq!(world.get(&page).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_unregistered_address_or_client_gets_a_page_and_no_redirect() {
    let mut world = World::new();
    let longer = format!("{CALLBACK}/");
    for change in [("redirect_uri", longer.as_str()), ("redirect_uri", ""), ("client_id", "autre")] {
        let answer = world.authorize(&[change]).await;
        assert_eq!((answer.status, answer.location.as_str()), (StatusCode::BAD_REQUEST, ""), "{change:?}");
    }
}

#[tokio::test]
async fn a_request_that_the_provider_does_not_take_goes_back_with_an_error() {
    let mut world = World::new();
    for (change, error) in [
        (("response_type", "token"), "unsupported_response_type"),
        (("scope", "scope_all"), "invalid_scope"),
        (("acr_values", "eidas2"), "invalid_request"),
        (("acr_values", ""), "invalid_request"),
        (("nonce", ""), "invalid_request"),
        (("state", ""), "invalid_request"),
        (("code_challenge", ""), "invalid_request"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("max_age", "soon"), "invalid_request"),
        (("prompt", "none"), "login_required"),
    ] {
        let answer = world.authorize(&[change]).await;
        assert_eq!(answer.parameter("error").as_deref(), Some(error), "{change:?}");
    }
}

#[tokio::test]
async fn a_code_serves_once_and_its_reuse_takes_the_tokens_away() {
    let mut world = World::new();
    let back = world.sign_in("infirmiere", "aucune").await;
    let code = back.parameter("code").unwrap();
    let tokens = world.redeem(&code).await.json();
    let again = world.redeem(&code).await;
    assert_eq!((again.status, again.json()["error"].as_str()), (StatusCode::BAD_REQUEST, Some("invalid_grant")));
    assert_eq!(world.userinfo(tokens["access_token"].as_str().unwrap()).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_code_is_refused_late_elsewhere_or_without_its_verifier() {
    let mut world = World::new();
    for changed in ["code_verifier", "redirect_uri", "late"] {
        let code = world.sign_in("infirmiere", "aucune").await.parameter("code").unwrap();
        let mut form = HashMap::from([
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ]);
        form.remove(changed);
        if changed == "late" {
            world.clock.advance(60);
        }
        let form: Vec<(&str, &str)> = form.into_iter().collect();
        assert_eq!(world.token(&form).await.json()["error"], "invalid_grant", "{changed}");
        world.cookies.clear();
    }
}

#[tokio::test]
async fn a_client_shows_its_secret_one_way_and_rightly() {
    let mut world = World::new();
    let address = format!("{ISSUER}/protocol/openid-connect/token");
    let wrong = world.post(&address, &[("client_id", "portail demo"), ("client_secret", "no")]).await;
    assert_eq!((wrong.status, wrong.json()["error"].as_str()), (StatusCode::UNAUTHORIZED, Some("invalid_client")));
    let twice = world.token(&[("client_id", "portail demo"), ("client_secret", SECRET)]).await;
    assert_eq!(twice.json()["error"], "invalid_request");
    let posted = world
        .post(&address, &[("client_id", "portail demo"), ("client_secret", SECRET), ("grant_type", "password")])
        .await;
    assert_eq!(posted.json()["error"], "unsupported_grant_type");
}

#[tokio::test]
async fn refresh_tokens_rotate_and_end_with_the_session() {
    let mut world = World::new();
    let first = world.tokens_of("infirmiere").await;
    let refresh = |tokens: &Value| tokens["refresh_token"].as_str().unwrap().to_owned();
    world.clock.advance(1_000);
    let second = world.token(&[("grant_type", "refresh_token"), ("refresh_token", &refresh(&first))]).await.json();
    assert!(claims(&second).get("nonce").is_none());
    assert_eq!(claims(&second)["auth_time"], claims(&first)["auth_time"]);
    let replay = world.token(&[("grant_type", "refresh_token"), ("refresh_token", &refresh(&first))]).await;
    assert_eq!(replay.json()["error"], "invalid_grant");
    world.clock.advance(1_800);
    let late = world.token(&[("grant_type", "refresh_token"), ("refresh_token", &refresh(&second))]).await;
    assert_eq!(late.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn a_live_session_signs_in_silently_until_it_idles_out() {
    let mut world = World::new();
    world.sign_in("infirmiere", "aucune").await;
    assert!(world.authorize(&[]).await.parameter("code").is_some());
    assert!(world.authorize(&[("prompt", "none")]).await.parameter("code").is_some());
    assert!(world.authorize(&[("prompt", "login")]).await.location.contains("/connexion/"));
    world.clock.advance(10);
    assert!(world.authorize(&[("max_age", "5")]).await.location.contains("/connexion/"));
    for _ in 0..9 {
        world.clock.advance(1_500);
        assert!(world.authorize(&[]).await.parameter("code").is_some());
    }
    world.clock.advance(1_500);
    assert!(world.authorize(&[]).await.location.contains("/connexion/"), "four hours have passed");
}

#[tokio::test]
async fn signing_out_with_the_hint_ends_the_session_and_goes_back() {
    let mut world = World::new();
    let tokens = world.tokens_of("infirmiere").await;
    let hint = tokens["id_token"].as_str().unwrap();
    let address = format!("{ISSUER}/protocol/openid-connect/logout");
    let with = |parameters: &[(&str, &str)]| Url::parse_with_params(&address, parameters).unwrap().to_string();

    let elsewhere = with(&[("id_token_hint", hint), ("post_logout_redirect_uri", "http://localhost:8080/ailleurs")]);
    assert_eq!(world.get(&elsewhere).await.status, StatusCode::BAD_REQUEST);
    let forged = with(&[("id_token_hint", "a.b.c"), ("post_logout_redirect_uri", LANDING)]);
    assert_eq!(world.get(&forged).await.status, StatusCode::BAD_REQUEST);
    assert!(world.authorize(&[]).await.parameter("code").is_some());

    let out =
        world.get(&with(&[("id_token_hint", hint), ("post_logout_redirect_uri", LANDING), ("state", "bye")])).await;
    assert_eq!(out.location, format!("{LANDING}?state=bye"));
    assert!(world.authorize(&[]).await.location.contains("/connexion/"));
    assert_eq!(world.userinfo(tokens["access_token"].as_str().unwrap()).await.status, StatusCode::UNAUTHORIZED);
    let bare = world.get(&with(&[("id_token_hint", hint)])).await;
    assert!(bare.body.contains("Session fermée"));
}

#[tokio::test]
async fn signing_out_without_a_hint_asks_first() {
    let mut world = World::new();
    world.sign_in("infirmiere", "aucune").await;
    let asked = world.get(&format!("{ISSUER}/protocol/openid-connect/logout")).await;
    assert!(asked.location.starts_with(&format!("{WALLET}/fermeture")));
    assert!(world.get(&asked.location).await.body.contains("Fermer ma session"));
    assert!(world.authorize(&[]).await.parameter("code").is_some());
    world.post(&format!("{WALLET}/fermeture"), &[("post_logout_redirect_uri", ""), ("state", "")]).await;
    assert!(world.authorize(&[]).await.location.contains("/connexion/"));
}

#[tokio::test]
async fn discovery_stands_only_at_the_wallet_path_of_the_issuer_host() {
    let mut world = World::new();
    let document = world.get(&format!("{ISSUER}/.well-known/wallet-openid-configuration")).await.json();
    assert_eq!(document["issuer"], ISSUER);
    assert_eq!(document["authorization_endpoint"], format!("{WALLET}/auth"));
    let elsewhere = [
        format!("{ISSUER}/.well-known/openid-configuration"),
        format!("{WALLET}/auth/realms/esante-wallet/.well-known/wallet-openid-configuration"),
        "http://localhost:8081/auth?client_id=x".to_owned(),
    ];
    for address in elsewhere {
        assert_eq!(world.get(&address).await.status, StatusCode::NOT_FOUND, "{address}");
    }
}

#[tokio::test]
async fn every_fault_of_the_menu_shows() {
    for (fault, error) in [
        ("server_error", "server_error"),
        ("temporarily_unavailable", "temporarily_unavailable"),
        ("invalid_scope", "invalid_scope"),
    ] {
        let mut world = World::new();
        let page = world.start().await;
        let back = world.post(&format!("{page}/ecps"), &[("professionnel", "infirmiere"), ("panne", fault)]).await;
        assert_eq!(back.parameter("error").as_deref(), Some(error));
    }
    let mut world = World::new();
    assert_eq!(world.sign_in("infirmiere", "state_vide").await.parameter("state").as_deref(), Some(""));
    let mut world = World::new();
    assert_ne!(world.sign_in("infirmiere", "emetteur_retour").await.parameter("iss").as_deref(), Some(ISSUER));

    for fault in ["jeton_500", "jeton_lent", "nonce", "emetteur", "userinfo_500", "userinfo_sub"] {
        let mut world = World::new();
        let code = world.sign_in("infirmiere", fault).await.parameter("code").unwrap();
        let patience = std::time::Duration::from_millis(if fault == "jeton_lent" { 50 } else { 30_000 });
        let Ok(answer) = tokio::time::timeout(patience, world.redeem(&code)).await else {
            assert_eq!(fault, "jeton_lent");
            continue;
        };
        match fault {
            "jeton_500" => assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR),
            "nonce" => assert_ne!(claims(&answer.json())["nonce"], "nonce-1"),
            "emetteur" => assert_ne!(claims(&answer.json())["iss"], ISSUER),
            "userinfo_500" => {
                let access = answer.json()["access_token"].as_str().unwrap().to_owned();
                assert_eq!(world.userinfo(&access).await.status, StatusCode::INTERNAL_SERVER_ERROR);
            }
            "userinfo_sub" => {
                let tokens = answer.json();
                let info = world.userinfo(tokens["access_token"].as_str().unwrap()).await.json();
                assert_ne!(info["sub"], claims(&tokens)["sub"]);
            }
            other => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn staff_and_students_lack_what_they_lack() {
    let mut world = World::new();
    let tokens = world.tokens_of("secretaire").await;
    let info = world.userinfo(tokens["access_token"].as_str().unwrap()).await.json();
    assert_eq!(info["SubjectNameID"], "599900003700013/AGT00045");
    assert!(info.get("SubjectRefPro").is_none());
    let mut world = World::new();
    let tokens = world.tokens_of("etudiante").await;
    let info = world.userinfo(tokens["access_token"].as_str().unwrap()).await.json();
    assert_eq!(info["SubjectRole"][0], "10^1.2.250.1.71.1.2.8");
    assert_eq!(info["SubjectRefPro"]["exercices"][0]["activities"], serde_json::json!([]));
    assert!(info.get("SubjectOrganization").is_none());
}
