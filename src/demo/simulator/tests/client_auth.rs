//! Each way of client authentication, where it is registered and where it is not.

use http::StatusCode;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rcgen::{CertificateParams, DnType, KeyPair};
use serde_json::{Value, json};

use super::world::{ISSUER, World};
use crate::config::psc_simulator::{Mtls, SimulatorAuth};
use crate::demo::simulator::ShownCertificate;

fn certificate(common_name: &str) -> ShownCertificate {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    let certificate = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
    ShownCertificate::read(certificate.der()).unwrap()
}

/// What an unsupported grant is answered once the client is known.
const KNOWN: &str = "unsupported_grant_type";

#[tokio::test]
async fn a_certificate_authenticates_the_client_that_its_subject_names() {
    let mut world = World::with(|settings| {
        settings.mtls = Mtls::Optional;
        settings.clients[0].auth = vec![SimulatorAuth::TlsClientAuth];
    });
    let form = [("client_id", "portail demo"), ("grant_type", "x")];
    assert_eq!(world.bare_call("token", &form).await.json()["error"], "invalid_client");
    world.certificate = Some(certificate("un autre"));
    assert_eq!(world.bare_call("token", &form).await.json()["error"], "invalid_client");
    world.certificate = Some(certificate("portail demo"));
    assert_eq!(world.bare_call("token", &form).await.json()["error"], KNOWN);
    assert_eq!(world.call("token", &form).await.json()["error"], "invalid_client", "its secret is not registered");
}

#[tokio::test]
async fn where_certificates_are_required_no_call_passes_without_one() {
    let mut world = World::with(|settings| settings.mtls = Mtls::Required);
    let code = world.sign_in("infirmiere", "aucune").await.parameter("code").unwrap();
    let refused = world.redeem(&code).await;
    assert_eq!((refused.status, &refused.json()["error"]), (StatusCode::UNAUTHORIZED, &json!("invalid_client")));
    world.certificate = Some(certificate("whoever"));
    let tokens = world.redeem(&code).await.json();
    let access = tokens["access_token"].as_str().unwrap();
    let told = world.call("token/introspect", &[("token", access)]).await.json();
    // Base64 of 64 hexadecimal digits, as the real one writes it.
    assert_eq!(told["cnf"]["x5t#S256"].as_str().unwrap().len(), 88);
    world.certificate = None;
    assert_eq!(world.userinfo(access).await.status, StatusCode::UNAUTHORIZED);
    for endpoint in ["token/introspect", "revoke", "ext/ciba/auth"] {
        assert_eq!(world.call(endpoint, &[("token", access)]).await.json()["error"], "invalid_client", "{endpoint}");
    }
    let keys = world.get(&format!("{ISSUER}/protocol/openid-connect/certs")).await;
    assert_eq!(keys.status, StatusCode::OK, "keys are for everybody");
}

#[tokio::test]
async fn a_client_signs_a_short_lived_assertion_once() {
    let key = KeyPair::generate().unwrap();
    let public = key.public_key_pem();
    let mut world = World::with(|settings| {
        settings.clients[0].auth = vec![SimulatorAuth::PrivateKeyJwt];
        settings.clients[0].public_key = Some(public);
    });
    let signing = EncodingKey::from_ec_pem(key.serialize_pem().as_bytes()).unwrap();
    let now = 1_795_420_800;
    let assertion = |changes: Value| {
        let mut claims = json!({
            "iss": "portail demo", "sub": "portail demo", "aud": ISSUER, "exp": now + 60, "jti": "1",
        });
        claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        encode(&Header::new(Algorithm::ES256), &claims, &signing).unwrap()
    };
    let endpoint = format!("{ISSUER}/protocol/openid-connect/token");
    for (changes, expected) in [
        (json!({}), KNOWN),
        (json!({}), "invalid_client"),
        (json!({ "jti": "2", "aud": [endpoint.clone(), "x"] }), KNOWN),
        (json!({ "jti": "3", "aud": "https://ailleurs.example" }), "invalid_client"),
        (json!({ "jti": "4", "exp": now }), "invalid_client"),
        (json!({ "jti": "5", "exp": now + 301 }), "invalid_client"),
        (json!({ "jti": "6", "sub": "autre" }), "invalid_client"),
        (json!({ "jti": "7", "iss": "autre" }), "invalid_client"),
        (json!({ "jti": "" }), "invalid_client"),
    ] {
        let signed = assertion(changes.clone());
        let form = [
            ("grant_type", "x"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", signed.as_str()),
        ];
        assert_eq!(world.bare_call("token", &form).await.json()["error"], expected, "{changes}");
    }
    let stranger = KeyPair::generate().unwrap();
    let signing = EncodingKey::from_ec_pem(stranger.serialize_pem().as_bytes()).unwrap();
    let claims = json!({ "iss": "portail demo", "sub": "portail demo", "aud": ISSUER, "exp": now + 60, "jti": "8" });
    let forged = encode(&Header::new(Algorithm::ES256), &claims, &signing).unwrap();
    let form = [
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", forged.as_str()),
    ];
    assert_eq!(world.bare_call("token", &form).await.json()["error"], "invalid_client");
    assert_eq!(world.bare_call("token", &form[1..]).await.json()["error"], "invalid_request");
}
