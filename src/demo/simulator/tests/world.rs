//! One browser and one client before the router of a simulator, with a clock moved by hand.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::digest;
use axum::Router;
use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;
use url::Url;

use crate::clock::SharedClock;
use crate::clock::testing::HandClock;
use crate::config::Secret;
use crate::config::psc_simulator::{SimulatorClient, SimulatorSettings};
use crate::demo::simulator::{ShownCertificate, SimulatorKey, simulator_of};
use crate::entropy::SystemEntropy;

pub(super) const WALLET: &str = "http://127.0.0.1:8081";
pub(super) const ISSUER: &str = "http://localhost:8081/auth/realms/esante-wallet";
pub(super) const CALLBACK: &str = "http://localhost:8080/_guichet/callback/psc";
pub(super) const LANDING: &str = "http://localhost:8080/_guichet/deconnexion";
pub(super) const SECRET: &str = "a secret: 100 %";
/// Stands for the body of an answer whose connection was cut.
pub(super) const CUT: &str = "(cut)";
pub(super) const VERIFIER: &str = "dBjftJeZ4CVP-mBjUDI3bQ4pT0A1yTgfKbLqeFXo2kE";

/// One browser, one client, one clock.
pub(super) struct World {
    router: Router,
    pub(super) clock: Arc<HandClock>,
    pub(super) cookies: HashMap<String, String>,
    /// What the client shows in its handshakes.
    pub(super) certificate: Option<ShownCertificate>,
}

pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) location: String,
    pub(super) body: String,
}

impl Answer {
    /// A parameter of the address the browser is sent to.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let url = Url::parse(&self.location).ok()?;
        url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The number that the page asks to choose on the phone.
    #[track_caller]
    pub(super) fn number_shown(&self) -> String {
        let (_, rest) =
            self.body.split_once("Code à sélectionner\"><strong>").unwrap_or_else(|| panic!("{}", self.body));
        rest.split_once("</strong>").unwrap().0.to_owned()
    }
}

fn key_bytes() -> &'static [u8] {
    static KEY: OnceLock<Vec<u8>> = OnceLock::new();
    KEY.get_or_init(|| SimulatorKey::generate().unwrap().to_pkcs8().unwrap())
}

impl World {
    pub(super) fn new() -> Self {
        Self::with(|_| {})
    }

    /// A simulator with other settings.
    pub(super) fn with(adjust: impl FnOnce(&mut SimulatorSettings)) -> Self {
        let clock = HandClock::at("2026-11-23T08:00:00Z".parse().unwrap());
        let client = SimulatorClient::with_secret("portail demo".to_owned(), Secret::new(SECRET.to_owned()));
        let client = SimulatorClient {
            redirect_uris: vec![CALLBACK.to_owned()],
            post_logout_redirect_uris: vec![LANDING.to_owned()],
            ..client
        };
        let mut settings = SimulatorSettings::with_clients(WALLET.to_owned(), ISSUER.to_owned(), vec![client]);
        adjust(&mut settings);
        let key = SimulatorKey::from_pkcs8(key_bytes()).unwrap();
        let router = simulator_of(settings, key, Arc::clone(&clock) as SharedClock, Arc::new(SystemEntropy));
        Self { router, clock, cookies: HashMap::new(), certificate: None }
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
        request = request.header(header::HOST, &host);
        if !headers.iter().any(|(name, _)| name == header::CONTENT_TYPE) {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        if let Some(certificate) = &self.certificate {
            request = request.extension(certificate.clone());
        }
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
        let body = match response.into_body().collect().await {
            Ok(body) => body.to_bytes(),
            Err(_) => CUT.into(),
        };
        Answer { status, location: location.unwrap_or_default(), body: String::from_utf8(body.to_vec()).unwrap() }
    }

    pub(super) async fn get(&mut self, address: &str) -> Answer {
        self.send(Method::GET, address, &[], "").await
    }

    pub(super) async fn post(&mut self, address: &str, form: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        self.send(Method::POST, address, &[], &body).await
    }

    /// Opens the authorization endpoint with these parameters changed; an empty value leaves one out.
    pub(super) async fn authorize(&mut self, changes: &[(&str, &str)]) -> Answer {
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
    pub(super) async fn start(&mut self) -> String {
        let answer = self.authorize(&[]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert!(answer.location.starts_with(&format!("{WALLET}/connexion/")), "{}", answer.location);
        answer.location
    }

    /// Signs in with e-CPS and answers the return to the client.
    pub(super) async fn sign_in(&mut self, who: &str, fault: &str) -> Answer {
        let page = self.start().await;
        self.post(&format!("{page}/ecps"), &[("professionnel", who), ("panne", fault)]).await;
        let shown = self.get(&page).await.number_shown();
        self.post(&format!("{page}/telephone"), &[("code", &shown)]).await
    }

    pub(super) async fn token(&mut self, form: &[(&str, &str)]) -> Answer {
        self.call("token", form).await
    }

    /// A call of an endpoint by the client, with its secret.
    pub(super) async fn call(&mut self, endpoint: &str, form: &[(&str, &str)]) -> Answer {
        let basic = format!("Basic {}", STANDARD.encode("portail+demo:a+secret%3A+100+%25"));
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let address = format!("{ISSUER}/protocol/openid-connect/{endpoint}");
        self.send(Method::POST, &address, &[(header::AUTHORIZATION, basic)], &body).await
    }

    /// A call of an endpoint that authenticates by its form, or not at all.
    pub(super) async fn bare_call(&mut self, endpoint: &str, form: &[(&str, &str)]) -> Answer {
        self.post(&format!("{ISSUER}/protocol/openid-connect/{endpoint}"), form).await
    }

    pub(super) async fn refresh(&mut self, tokens: &Value) -> Answer {
        let token = tokens["refresh_token"].as_str().unwrap();
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    /// A question or an act of the control API.
    pub(super) async fn control(&mut self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let json = [(header::CONTENT_TYPE, "application/json".to_owned())];
        self.send(method, &format!("{WALLET}/control/{path}"), &json, &body).await
    }

    /// Switches what the patch names.
    pub(super) async fn switch(&mut self, patch: Value) {
        let answer = self.control(Method::PATCH, "state", Some(patch)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    }

    pub(super) async fn redeem(&mut self, code: &str) -> Answer {
        self.token(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ])
        .await
    }

    pub(super) async fn tokens_of(&mut self, who: &str) -> Value {
        let back = self.sign_in(who, "aucune").await;
        let answer = self.redeem(&back.parameter("code").unwrap()).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.json()
    }

    pub(super) async fn userinfo(&mut self, access: &str) -> Answer {
        let address = format!("{ISSUER}/protocol/openid-connect/userinfo");
        self.send(Method::GET, &address, &[(header::AUTHORIZATION, format!("Bearer {access}"))], "").await
    }
}

pub(super) fn claims(tokens: &Value) -> Value {
    claims_of(tokens["id_token"].as_str().unwrap())
}

/// The claims of a token that the simulator's first key signed.
pub(super) fn claims_of(token: &str) -> Value {
    SimulatorKey::from_pkcs8(key_bytes()).unwrap().own_claims(token).unwrap()
}
