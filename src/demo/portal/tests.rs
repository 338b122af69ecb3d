use std::sync::atomic::{AtomicUsize, Ordering};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use tower::ServiceExt as _;

use crate::clock::Timestamp;
use crate::clock::testing::HandClock;
use crate::outbound::testing::{Answer, Server};

use super::*;

const AUDIENCE: &str = "https://portail.exemple/";

fn now() -> Timestamp {
    "2026-11-23T13:05:00Z".parse().unwrap()
}

/// A gateway that only publishes keys, and the key it signs with.
struct Issuer {
    server: Server,
    key: EncodingKey,
    reads: Arc<AtomicUsize>,
}

impl Issuer {
    async fn start() -> Self {
        let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let der = pair.to_pkcs8v1().unwrap();
        let key = EncodingKey::from_ec_der(der.as_ref());
        let mut jwk = Jwk::from_encoding_key(&key, Algorithm::ES256).unwrap();
        jwk.common.key_id = Some("k1".to_owned());
        let keys = json!({ "keys": [{ "kty": "unheard-of", "kid": "k0" }, jwk] }).to_string();
        let reads = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&reads);
        let server = Server::start(move |request| {
            let host = request.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
            let issuer = format!("http://{host}");
            if request.starts_with("GET /.well-known/openid-configuration ") {
                let document = json!({ "issuer": issuer, "jwks_uri": format!("{issuer}/jwks") }).to_string();
                Answer::status("200 OK", "", &document)
            } else {
                counted.fetch_add(1, Ordering::SeqCst);
                Answer::status("200 OK", "", &keys)
            }
        })
        .await;
        Self { server, key, reads }
    }

    fn url(&self) -> String {
        self.server.url("")
    }

    fn portal(&self) -> Router {
        portal(self.url(), vec![AUDIENCE.to_owned()], HandClock::at(now())).unwrap()
    }

    fn claims(&self) -> Value {
        json!({
            "iss": self.url(), "aud": AUDIENCE, "sub": "compte-1", "iat": now().as_second(),
            "exp": now().as_second() + 60, "name": "Jeanne <b>Martin</b>", "acr": "urn:guichet:acr:email",
            "identity_provider": "local", "email": "jeanne@exemple.fr",
            "professions": [{ "code": "60", "label": "Infirmier" }], "organisation": { "name": "Cabinet Martin" },
        })
    }

    fn sign(&self, claims: &Value) -> String {
        self.sign_as(&self.header(), claims)
    }

    fn header(&self) -> Header {
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some("guichet-assertion+jwt".to_owned());
        header.kid = Some("k1".to_owned());
        header
    }

    fn sign_as(&self, header: &Header, claims: &Value) -> String {
        jsonwebtoken::encode(header, claims, &self.key).unwrap()
    }
}

async fn fetch(portal: &Router, path: &str, assertions: &[&str]) -> (StatusCode, String) {
    let mut request = Request::get(path).header("x-other", "1").body(Body::empty()).unwrap();
    for assertion in assertions {
        request.headers_mut().append(verify::HEADER, assertion.parse().unwrap());
    }
    let response = portal.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn whoami(portal: &Router, assertions: &[&str]) -> Value {
    serde_json::from_str(&fetch(portal, "/api/whoami", assertions).await.1).unwrap()
}

#[tokio::test]
async fn a_verified_assertion_is_shown_beside_the_headers_received() {
    let issuer = Issuer::start().await;
    let token = issuer.sign(&issuer.claims());
    let answer = whoami(&issuer.portal(), &[&token]).await;
    assert_eq!(answer["verified"], true, "{answer}");
    assert_eq!(answer["assertion"], issuer.claims());
    assert_eq!(answer["headers"], json!({ "x-other": "1", "x-guichet-assertion": token }));
}

#[tokio::test]
async fn what_does_not_hold_is_not_believed() {
    let issuer = Issuer::start().await;
    let portal = issuer.portal();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut claims = issuer.claims();
        change(&mut claims);
        issuer.sign(&claims)
    };
    let without = |name: &str| with(&|claims| drop(claims.as_object_mut().unwrap().remove(name)));
    let header = |change: &dyn Fn(&mut Header)| {
        let mut header = issuer.header();
        change(&mut header);
        issuer.sign_as(&header, &issuer.claims())
    };
    let good = issuer.sign(&issuer.claims());
    let hmac = {
        let mut header = issuer.header();
        header.alg = Algorithm::HS256;
        jsonwebtoken::encode(&header, &issuer.claims(), &EncodingKey::from_secret(b"k")).unwrap()
    };
    for (case, token) in [
        ("another issuer", with(&|claims| claims["iss"] = json!("http://evil.example"))),
        ("another audience", with(&|claims| claims["aud"] = json!("https://autre.exemple/"))),
        ("expired", with(&|claims| claims["exp"] = json!(now().as_second() - 60))),
        ("from the future", with(&|claims| claims["iat"] = json!(now().as_second() + 60))),
        ("no issuer", without("iss")),
        ("no audience", without("aud")),
        ("no subject", without("sub")),
        ("no end", without("exp")),
        ("another type", header(&|header| header.typ = Some("JWT".to_owned()))),
        ("no type", header(&|header| header.typ = None)),
        ("an unknown key", header(&|header| header.kid = Some("k2".to_owned()))),
        ("a key of no known kind", header(&|header| header.kid = Some("k0".to_owned()))),
        ("no key", header(&|header| header.kid = None)),
        ("another algorithm", hmac),
        ("a changed signature", format!("{}AAAA", good.strip_suffix(&good[good.len() - 4..]).unwrap())),
        ("not a token", "bonjour".to_owned()),
    ] {
        let answer = whoami(&portal, &[&token]).await;
        assert_eq!(answer["verified"], false, "{case}: {answer}");
        assert!(answer["reason"].is_string() && answer.get("assertion").is_none(), "{case}: {answer}");
    }
    assert_eq!(whoami(&portal, &[]).await["reason"], "no assertion");
    assert_eq!(whoami(&portal, &[&good, &good]).await["verified"], false, "two assertions are none");
    assert_eq!(whoami(&portal, &[&good]).await["verified"], true, "the good one still is");
    assert_eq!(issuer.reads.load(Ordering::SeqCst), 1, "unknown keys do not make the portal ask again and again");
}

#[tokio::test]
async fn keys_that_cannot_be_read_make_nobody_and_break_nothing() {
    let issuer = Issuer::start().await;
    let token = issuer.sign(&issuer.claims());
    let elsewhere = Server::always(Answer::status("503 Service Unavailable", "", "")).await;
    let portal = portal(elsewhere.url(""), vec![AUDIENCE.to_owned()], HandClock::at(now())).unwrap();
    assert_eq!(whoami(&portal, &[&token]).await["verified"], false);
    let (status, body) = fetch(&portal, "/", &[&token]).await;
    assert!(status == StatusCode::OK && body.contains("Personne n'est identifié."), "{body}");
}

#[tokio::test]
async fn pages_say_who_is_there_and_escape_it() {
    let issuer = Issuer::start().await;
    let portal = issuer.portal();
    let token = issuer.sign(&issuer.claims());
    let (_, home) = fetch(&portal, "/", &[&token]).await;
    for expected in ["Portail d'exemple", "Infirmier", "Cabinet Martin", "urn:guichet:acr:email", "jeanne@exemple.fr"] {
        assert!(home.contains(expected), "{expected} is not in {home}");
    }
    assert!(home.contains("Jeanne &lt;b&gt;") && !home.contains("<b>"), "{home}");
    assert!(home.contains("href=\"/dossier/42?onglet=analyses\"") && home.contains("href=\"/_guichet/deconnexion\""));
    let (_, record) = fetch(&portal, "/dossier/42?onglet=analyses", &[&token]).await;
    assert!(record.contains("<h1>Dossier 42</h1>") && record.contains("onglet=analyses</code>"), "{record}");
    for path in [
        "/public",
        "/compte-en-cours",
        "/spa",
        "/spa.js",
        "/sw.js",
        "/public/portail.css",
        "/public/conditions-generales",
    ] {
        assert_eq!(fetch(&portal, path, &[]).await.0, StatusCode::OK, "{path}");
    }
    assert_eq!(fetch(&portal, "/ailleurs", &[]).await.0, StatusCode::NOT_FOUND);
    assert_eq!(fetch(&portal, "/ws", &[]).await.0, StatusCode::UPGRADE_REQUIRED);
}

#[tokio::test]
async fn the_echo_tells_what_arrived() {
    let issuer = Issuer::start().await;
    let request = Request::put("/api/echo?a=%2F").header("x-a", "1").header("x-a", "2").body(Body::from("corps"));
    let response = issuer.portal().oneshot(request.unwrap()).await.unwrap();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let answer: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        answer,
        json!({ "method": "PUT", "path": "/api/echo?a=%2F", "headers": { "x-a": "1, 2" }, "body_length": 5 })
    );
}

#[tokio::test]
async fn the_first_event_comes_at_once() {
    let issuer = Issuer::start().await;
    let request = Request::get("/events").body(Body::empty()).unwrap();
    let response = issuer.portal().oneshot(request).await.unwrap();
    assert_eq!(response.headers()[CONTENT_TYPE], "text/event-stream");
    let frame = response.into_body().frame().await.unwrap().unwrap();
    assert_eq!(frame.into_data().unwrap(), "id: 1\ndata: {\"number\":1}\n\n");
}

#[tokio::test]
async fn a_socket_opens_over_a_real_connection() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let issuer = Issuer::start().await;
    let service = hyper_util::service::TowerToHyperService::new(issuer.portal());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let stream = hyper_util::rt::TokioIo::new(listener.accept().await.unwrap().0);
        let builder = hyper_util::server::conn::auto::Builder::new(hyper_util::rt::TokioExecutor::new());
        builder.serve_connection_with_upgrades(stream, service).await.unwrap();
    });
    let mut client = tokio::net::TcpStream::connect(address).await.unwrap();
    let handshake = "GET /ws HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
                     sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    client.write_all(handshake.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    assert!(head.starts_with("HTTP/1.1 101 ") && head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{head}");
    client.write_all(b"\x81\x82\0\0\0\0ok").await.unwrap();
    let mut echo = [0; 4];
    client.read_exact(&mut echo).await.unwrap();
    assert_eq!(&echo, b"\x81\x02ok");
}
