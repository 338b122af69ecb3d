//! A provider made of values a test can bend, the party in front of it, and the words tests are written in.
//! It shares no protocol code with the room: it signs with the cryptographic library alone.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{Request, Response};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use url::Url;

use crate::config::Secret;
use crate::config::settings::{CallbackIssuer, ClientAuth, FirstSignIn, IdentityProvider, Profile, PublicUrl};
use crate::entropy::SystemEntropy;
use crate::rp::{
    CallError, CallbackError, CallbackParams, HttpCall, Pending, Proven, Refusal, RelyingParty, StartOptions,
};

pub(super) const ISSUER: &str = "https://auth.psc.test/auth/realms/esante-wallet";
pub(super) const ACCESS_TOKEN: &str = "access-token-of-camille";

static RSA: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());
static EC: LazyLock<EcdsaKeyPair> = LazyLock::new(|| EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap());

pub(super) fn now() -> Timestamp {
    Timestamp::from_second(1_790_000_020).unwrap()
}

pub(super) fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The RSA key as published under `kid`.
pub(super) fn rsa_jwk(kid: &str) -> Value {
    let (modulus, exponent) = rsa_numbers();
    json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": b64(modulus), "e": b64(exponent), "x5c": ["…"]})
}

/// The EC key as published.
pub(super) fn ec_jwk(kid: &str) -> Value {
    let point = EC.public_key().as_ref();
    json!({"kty": "EC", "crv": "P-256", "use": "sig", "kid": kid, "x": b64(&point[1..33]), "y": b64(&point[33..65])})
}

/// Modulus and exponent out of the PKCS#1 form: a sequence of two integers.
pub(super) fn rsa_numbers() -> (Vec<u8>, Vec<u8>) {
    fn value(der: &[u8]) -> (&[u8], &[u8]) {
        let (length, rest) = match der[1] {
            0x82 => (usize::from(der[2]) << 8 | usize::from(der[3]), &der[4..]),
            0x81 => (usize::from(der[2]), &der[3..]),
            short => (usize::from(short), &der[2..]),
        };
        rest.split_at(length)
    }
    let (sequence, _) = value(RSA.public_key().as_ref());
    let (modulus, rest) = value(sequence);
    let (exponent, _) = value(rest);
    (modulus.to_vec(), exponent.to_vec())
}

pub(super) fn rsa_public_der() -> Vec<u8> {
    RSA.public_key().as_ref().to_vec()
}

/// How an ID token is signed.
#[derive(Clone)]
pub(super) enum Signer {
    Rsa,
    Ec,
    Hmac(Vec<u8>),
    Nothing,
    Bytes(Vec<u8>),
}

impl Signer {
    pub(super) fn sign(&self, header: &str, payload: &str) -> String {
        let signed = format!("{}.{}", b64(header), b64(payload));
        let signature = match self {
            Self::Rsa => {
                let mut signature = vec![0; RSA.public_modulus_len()];
                RSA.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
                signature
            }
            Self::Ec => EC.sign(&SystemRandom::new(), signed.as_bytes()).unwrap().as_ref().to_vec(),
            Self::Hmac(key) => hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), signed.as_bytes()).as_ref().to_vec(),
            Self::Nothing => Vec::new(),
            Self::Bytes(bytes) => bytes.clone(),
        };
        format!("{signed}.{}", b64(signature))
    }
}

/// An answer given instead of the right one.
pub(super) type Reply = (u16, &'static str, String);

/// What the provider says and does; tests bend it.
pub(super) struct Behaviour {
    pub(super) discovery: Value,
    pub(super) jwks: Value,
    pub(super) header: Value,
    pub(super) claims: Value,
    pub(super) signer: Signer,
    pub(super) id_token: Option<String>,
    pub(super) userinfo: Value,
    /// Path ending → what comes instead; the first that fits.
    pub(super) replies: Vec<(&'static str, Reply)>,
    pub(super) down: bool,
    /// Path ending, and how many more calls to it end with a broken connection.
    pub(super) breaks: (&'static str, u32),
    pub(super) calls: Vec<Call>,
}

/// A request that was received.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) path: String,
    pub(super) authorization: Option<String>,
    pub(super) body: String,
}

pub(super) struct Provider(Mutex<Behaviour>);

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Provider")
    }
}

#[async_trait]
impl HttpCall for Provider {
    async fn call(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, CallError> {
        tokio::task::yield_now().await;
        let mut behaviour = self.0.lock().unwrap();
        let path = request.uri().path().to_owned();
        behaviour.calls.push(Call {
            path: path.clone(),
            authorization: request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned()),
            body: String::from_utf8(request.body().clone()).unwrap(),
        });
        if behaviour.breaks.1 > 0 && path.ends_with(behaviour.breaks.0) {
            behaviour.breaks.1 -= 1;
            return Err(CallError::Failed("reset".into()));
        }
        if behaviour.down {
            return Err(CallError::TimedOut);
        }
        if let Some((_, (status, media, body))) = behaviour.replies.iter().find(|(ending, _)| path.ends_with(ending)) {
            let answer = Response::builder().status(*status).header("content-type", *media);
            let answer = answer.header("location", "http://169.254.169.254/latest/meta-data");
            return Ok(answer.body(body.clone().into_bytes()).unwrap());
        }
        let body = match path.rsplit('/').next().unwrap() {
            "wallet-openid-configuration" => behaviour.discovery.to_string(),
            "certs" => behaviour.jwks.to_string(),
            "token" => {
                let id_token = behaviour.id_token.clone().unwrap_or_else(|| {
                    behaviour.signer.sign(&behaviour.header.to_string(), &behaviour.claims.to_string())
                });
                json!({"access_token": ACCESS_TOKEN, "expires_in": 120, "refresh_expires_in": 1800,
                       "refresh_token": "r", "token_type": "Bearer", "id_token": id_token,
                       "not-before-policy": 0, "session_state": "6a1d4c1e", "scope": "openid scope_all"})
                .to_string()
            }
            "userinfo" => behaviour.userinfo.to_string(),
            other => panic!("nobody should ask for {other}"),
        };
        Ok(Response::builder().header("content-type", "application/json;charset=UTF-8").body(body.into()).unwrap())
    }
}

/// A party and its provider.
pub(super) struct Scene {
    pub(super) party: RelyingParty,
    pub(super) provider: Arc<Provider>,
}

pub(super) fn secret() -> Secret {
    Secret::new("s+e:c%r é".into())
}

pub(super) fn settings() -> IdentityProvider {
    IdentityProvider {
        name: "psc".into(),
        issuer: ISSUER.into(),
        discovery_url: Url::parse(&format!("{ISSUER}/.well-known/wallet-openid-configuration")).unwrap(),
        client_id: "portail-demo".into(),
        profile: Profile::Psc,
        label: "Pro Santé Connect".into(),
        client_auth: ClientAuth::Basic(secret()),
        client_certificate: None,
        scopes: vec!["openid".into(), "scope_all".into()],
        acr_values: vec!["eidas1".into()],
        acr_minimum: Some("eidas1".into()),
        acr_ranks: vec!["eidas0".into(), "eidas1".into(), "eidas2".into(), "eidas3".into()],
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
        algorithms: vec!["RS256".into()],
        ca_file: None,
        ciba: None,
    }
}

impl Scene {
    pub(super) fn new() -> Self {
        Self::with(settings())
    }

    pub(super) fn with(settings: IdentityProvider) -> Self {
        let at = |path: &str| format!("{ISSUER}/protocol/openid-connect/{path}");
        let provider = Arc::new(Provider(Mutex::new(Behaviour {
            discovery: json!({
                "issuer": ISSUER, "authorization_endpoint": "https://wallet.psc.test/auth",
                "token_endpoint": at("token"), "userinfo_endpoint": at("userinfo"), "jwks_uri": at("certs"),
                "end_session_endpoint": at("logout"), "acr_values_supported": ["0", "0"],
                "id_token_signing_alg_values_supported": ["HS256", "RS256", "ES256", "none"],
                "code_challenge_methods_supported": ["plain"],
            }),
            jwks: json!({"keys": [rsa_jwk("first")]}),
            header: json!({"alg": "RS256", "typ": "JWT", "kid": "first"}),
            claims: json!({
                "iss": ISSUER, "aud": "portail-demo", "azp": "portail-demo", "typ": "ID", "sub": "2f0c9a52",
                "exp": 1_790_000_130, "iat": 1_790_000_010, "auth_time": 1_790_000_000, "acr": "eidas1", "amr": null,
                "sid": "6a1d4c1e", "SubjectNameID": "899700999909",
            }),
            signer: Signer::Rsa,
            id_token: None,
            userinfo: json!({"sub": "2f0c9a52", "SubjectNameID": "899700999909", "family_name": "MARTIN-TEST"}),
            replies: Vec::new(),
            down: false,
            breaks: ("", 0),
            calls: Vec::new(),
        })));
        let public_url = PublicUrl {
            origin: "https://portail.test".into(),
            authority: "portail.test".into(),
            host: "portail.test".into(),
        };
        Self { party: RelyingParty::new(&settings, &public_url, provider.clone()), provider }
    }

    pub(super) fn bend(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.provider.0.lock().unwrap());
    }

    pub(super) fn reply(&self, ending: &'static str, status: u16, media: &'static str, body: impl Into<String>) {
        self.bend(|provider| provider.replies.insert(0, (ending, (status, media, body.into()))));
    }

    pub(super) fn calls_to(&self, ending: &str) -> Vec<Call> {
        let behaviour = self.provider.0.lock().unwrap();
        behaviour.calls.iter().filter(|call| call.path.ends_with(ending)).cloned().collect()
    }

    /// A click on the button; the provider remembers the nonce it was sent.
    pub(super) async fn begin(&self) -> Pending {
        self.begin_with(StartOptions::default()).await.1
    }

    pub(super) async fn begin_with(&self, options: StartOptions) -> (Url, Pending) {
        let started = self.party.start(options, &SystemEntropy, now()).await.unwrap();
        self.bend(|provider| provider.claims["nonce"] = json!(started.pending.nonce));
        (started.authorization_url, started.pending)
    }

    /// The browser comes back with a code.
    pub(super) async fn come_back(&self, pending: Pending) -> Result<Proven, CallbackError> {
        self.come_back_with("code=a-code", pending).await
    }

    /// The browser comes back with these parameters and the right state, five seconds later.
    pub(super) async fn come_back_with(&self, query: &str, pending: Pending) -> Result<Proven, CallbackError> {
        let params = CallbackParams::parse(&format!("{query}&state={}", pending.state))?;
        self.party.finish(params, pending, &SystemEntropy, now() + SignedDuration::from_secs(5)).await
    }

    /// A whole sign-in.
    pub(super) async fn sign_in(&self) -> Result<Proven, CallbackError> {
        let pending = self.begin().await;
        self.come_back(pending).await
    }
}

/// A whole sign-in at a provider bent after it was sent the nonce, and which rule refuses it.
#[track_caller]
pub(super) fn refusal(outcome: Result<Proven, CallbackError>) -> Refusal {
    match outcome {
        Err(CallbackError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

/// Signs in at a provider bent once the nonce is known.
pub(super) async fn sign_in_bent(change: impl FnOnce(&mut Behaviour)) -> Result<Proven, CallbackError> {
    let scene = Scene::new();
    let pending = scene.begin().await;
    scene.bend(change);
    scene.come_back(pending).await
}
