//! ID tokens that must not be believed.

use serde_json::{Value, json};

use super::provider::{
    Behaviour, ISSUER, Scene, Signer, b64, ec_jwk, refusal, rsa_jwk, rsa_public_der, settings, sign_in_bent,
};
use crate::config::settings::IdentityProvider;
use crate::rp::{CallbackError, Outage, Refusal, StartOptions};

/// One claim replaced (or removed, by null) and the rule that refuses it; `None` when the sign-in passes.
async fn with_claim(name: &str, value: Value) -> Option<Refusal> {
    let outcome = sign_in_bent(|provider| set(&mut provider.claims, name, value)).await;
    outcome.is_err().then(|| refusal(outcome))
}

/// Null stands for "not there".
fn set(claims: &mut Value, name: &str, value: Value) {
    let claims = claims.as_object_mut().unwrap();
    if value.is_null() {
        claims.remove(name);
    } else {
        claims.insert(name.to_owned(), value);
    }
}

async fn refused(change: impl FnOnce(&mut Behaviour)) -> Refusal {
    refusal(sign_in_bent(change).await)
}

#[tokio::test]
async fn c09_a_nonce_absent_different_or_of_another_sign_in_is_refused() {
    for nonce in [json!(null), json!(""), json!("other"), json!(7)] {
        assert_eq!(with_claim("nonce", nonce).await, Some(Refusal::Nonce));
    }
    let scene = Scene::new();
    let first = scene.begin().await;
    let _second = scene.begin().await;
    assert_eq!(refusal(scene.come_back(first).await), Refusal::Nonce);
}

#[tokio::test]
async fn c10_another_issuer_is_refused_byte_for_byte() {
    for issuer in [format!("{ISSUER}/"), ISSUER.to_uppercase(), ISSUER.replace("wallet", "other"), String::new()] {
        assert_eq!(with_claim("iss", json!(issuer)).await, Some(Refusal::Issuer));
    }
    assert_eq!(with_claim("iss", json!(null)).await, Some(Refusal::Issuer));
}

#[tokio::test]
async fn c11_an_audience_or_party_that_is_not_us_alone_is_refused() {
    for audience in
        [json!("other"), json!(["portail-demo", "other"]), json!([]), json!(null), json!({"a": 1}), json!([7])]
    {
        assert_eq!(with_claim("aud", audience).await, Some(Refusal::Audience));
    }
    for party in [json!("other"), json!(""), json!(7), json!(["portail-demo"])] {
        assert_eq!(with_claim("azp", party).await, Some(Refusal::Party));
    }
    assert_eq!(with_claim("aud", json!(["portail-demo"])).await, None);
    assert_eq!(with_claim("azp", json!(null)).await, None);
}

#[tokio::test]
async fn c12_times_that_do_not_fit_are_refused() {
    // The party judges at 1 790 000 025.
    for (name, value, rule) in [
        ("exp", 1_790_000_025, Some(Refusal::Expired)),
        ("exp", 1_790_000_026, None),
        ("iat", 1_790_000_085, None),
        ("iat", 1_790_000_086, Some(Refusal::IssuedAt)),
        ("iat", 1_789_999_425, None),
        ("iat", 1_789_999_424, Some(Refusal::IssuedAt)),
        ("nbf", 1_790_000_085, None),
        ("nbf", 1_790_000_086, Some(Refusal::IssuedAt)),
        ("auth_time", 1_790_000_086, Some(Refusal::AuthenticationTime)),
    ] {
        assert_eq!(with_claim(name, json!(value)).await, rule, "{name} {value}");
    }
}

#[tokio::test]
async fn c12_an_access_token_that_is_not_the_id_tokens_is_refused() {
    assert_eq!(with_claim("at_hash", json!("bm90IHRoaXMgb25l")).await, Some(Refusal::AccessToken));
    assert_eq!(with_claim("at_hash", json!(7)).await, Some(Refusal::AccessToken));
    let digest = <sha2::Sha256 as sha2::Digest>::digest(super::provider::ACCESS_TOKEN.as_bytes());
    assert_eq!(with_claim("at_hash", json!(b64(&digest[..16]))).await, None);
}

#[tokio::test]
async fn c13_a_weaker_unknown_or_older_proof_is_refused() {
    for level in [json!("eidas0"), json!("eidas9"), json!("EIDAS1"), json!("0"), json!(1), json!(null), json!("")] {
        assert_eq!(with_claim("acr", level).await, Some(Refusal::Level));
    }
    // Production answers eidas2 for card users: a higher level passes.
    assert_eq!(with_claim("acr", json!("eidas2")).await, None);
    for (options, auth_time, passes) in [
        (StartOptions { max_age: Some(300), ..StartOptions::default() }, json!(1_789_999_700), true),
        (StartOptions { max_age: Some(300), ..StartOptions::default() }, json!(1_789_999_600), false),
        (StartOptions { max_age: Some(300), ..StartOptions::default() }, json!(null), false),
        (StartOptions { prompt_login: true, max_age: None }, json!(1_790_000_022), true),
        (StartOptions { prompt_login: true, max_age: None }, json!(1_789_999_900), false),
        (StartOptions::default(), json!(1_700_000_000), true),
    ] {
        let scene = Scene::new();
        let (_, pending) = scene.begin_with(options).await;
        scene.bend(|provider| set(&mut provider.claims, "auth_time", auth_time));
        let outcome = scene.come_back(pending).await;
        assert_eq!(outcome.is_ok(), passes, "{options:?}");
        if !passes {
            assert_eq!(refusal(outcome), Refusal::AuthenticationTime);
        }
    }
}

#[tokio::test]
async fn c13_a_minimum_that_is_not_ranked_refuses_everyone() {
    let mut settings = settings();
    settings.acr_minimum = Some("unknown".into());
    assert_eq!(refusal(Scene::with(settings).sign_in().await), Refusal::Level);
}

#[tokio::test]
async fn c14_a_subject_that_is_no_name_is_refused() {
    for sub in [json!(null), json!(""), json!(7), json!("x".repeat(256)), json!("a\u{0}b"), json!(["a"])] {
        assert_eq!(with_claim("sub", sub).await, Some(Refusal::Subject));
    }
}

#[tokio::test]
async fn t01_tokens_without_signature_or_with_an_algorithm_not_listed_are_refused() {
    for name in ["none", "nOnE", "NONE", "", "HS256", "RS384", "PS256", "rs256", "RSA-OAEP"] {
        let rule = refused(|provider| {
            provider.header["alg"] = json!(name);
            provider.signer = Signer::Nothing;
        });
        assert_eq!(rule.await, Refusal::Algorithm, "{name}");
    }
    for alg in [json!(null), json!(7), json!(["RS256"])] {
        assert_eq!(refused(|provider| provider.header["alg"] = alg).await, Refusal::Algorithm);
    }
    assert_eq!(refused(|provider| provider.signer = Signer::Nothing).await, Refusal::Signature);
    let rule = refused(|provider| {
        provider.jwks = json!({"keys": [rsa_jwk("first"), ec_jwk("curve")]});
        provider.header = json!({"alg": "ES256", "kid": "curve"});
        provider.signer = Signer::Ec;
    });
    assert_eq!(rule.await, Refusal::Algorithm, "a good signature is not enough");
}

#[tokio::test]
async fn t02_a_mac_keyed_with_the_public_key_is_refused_even_if_configured() {
    let pem = format!("-----BEGIN RSA PUBLIC KEY-----\n{}\n-----END RSA PUBLIC KEY-----\n", b64(rsa_public_der()));
    for key in
        [rsa_public_der(), pem.into_bytes(), rsa_jwk("first").to_string().into_bytes(), b"s+e:c%r \xc3\xa9".to_vec()]
    {
        let mut settings = settings();
        settings.algorithms = vec!["RS256".into(), "HS256".into()];
        let scene = Scene::with(settings);
        scene.bend(|provider| {
            provider.header["alg"] = json!("HS256");
            provider.signer = Signer::Hmac(key);
        });
        assert_eq!(refusal(scene.sign_in().await), Refusal::Algorithm);
    }
}

#[tokio::test]
async fn t03_keys_named_by_the_token_are_not_asked_for() {
    let scene = Scene::new();
    scene.bend(|provider| {
        provider.header["jku"] = json!("https://evil.test/certs");
        provider.header["x5u"] = json!("https://evil.test/chain");
        provider.header["jwk"] = ec_jwk("first");
    });
    assert!(scene.sign_in().await.is_ok());
    assert_eq!(scene.calls_to("").len(), 4, "discovery, keys, token, userinfo");

    // Signed with the key that the header brings along.
    let scene = Scene::with(IdentityProvider { algorithms: vec!["RS256".into(), "ES256".into()], ..settings() });
    scene.bend(|provider| {
        provider.header = json!({
            "alg": "ES256", "kid": "first", "jwk": ec_jwk("first"), "x5c": ["MIIB"], "x5t": "x",
            "jku": "https://evil.test/certs", "x5u": "https://evil.test/chain",
        });
        provider.signer = Signer::Ec;
    });
    assert_eq!(refusal(scene.sign_in().await), Refusal::UnknownKey);
    assert!(scene.calls_to("/chain").is_empty() && scene.calls_to("/userinfo").is_empty());
}

#[tokio::test]
async fn t04_key_ids_are_looked_up_within_bounds() {
    for kid in [json!("../../etc/passwd"), json!("' OR 1=1"), json!("x".repeat(257)), json!(["first"]), json!(null)] {
        assert_eq!(refused(|provider| provider.header["kid"] = kid).await, Refusal::UnknownKey);
    }
    // An answer of that size is not read at all.
    let outcome = sign_in_bent(|provider| provider.header["kid"] = json!("x".repeat(1_000_000))).await;
    assert!(matches!(outcome, Err(CallbackError::Unavailable(Outage::TooLarge))), "{outcome:?}");
    let twice = refused(|provider| provider.header = json!({"alg": "RS256", "kid": "again"}));
    assert_eq!(twice.await, Refusal::UnknownKey);
    let scene = Scene::new();
    scene.bend(|provider| provider.jwks = json!({"keys": [rsa_jwk("first"), rsa_jwk("first")]}));
    assert_eq!(refusal(scene.sign_in().await), Refusal::AmbiguousKey);
    let scene = Scene::new();
    scene.bend(|provider| {
        provider.jwks = json!({"keys": [rsa_jwk("first"), rsa_jwk("second")]});
        provider.header = json!({"alg": "RS256"});
    });
    assert_eq!(refusal(scene.sign_in().await), Refusal::AmbiguousKey, "no id, two keys that fit");
    let scene = Scene::new();
    scene.bend(|provider| provider.header = json!({"alg": "RS256"}));
    assert!(scene.sign_in().await.is_ok(), "one key, no id: no doubt");
}

#[tokio::test]
async fn t08_tokens_not_in_canonical_form_are_refused() {
    let header = r#"{"alg":"RS256","kid":"first"}"#;
    let good = Signer::Rsa.sign(header, "{}");
    let parts: Vec<&str> = good.split('.').collect();
    for token in [
        format!("{}=.{}.{}", parts[0], parts[1], parts[2]),
        format!("{good}=="),
        format!(" {good}"),
        format!("{good}\n"),
        format!("{good}.{}", parts[2]),
        format!("{}.{}", parts[0], parts[1]),
        format!("{}.{}.{}.{}.{}", parts[0], parts[1], parts[1], parts[1], parts[2]),
        good.replace(parts[0], &b64(b"{\"alg\":\"RS256\"\xff}")),
        good.replace(parts[0], &b64(r#"{"alg":"RS256","alg":"RS256"}"#)),
        good.replace(parts[1], &b64(r#"{"sub":"a","sub":"b"}"#)),
        good.replace(parts[1], &b64("[]")),
        // "{}" is "e30"; its last digit has bits to spare.
        good.replace(&format!(".{}.", parts[1]), ".e31."),
        "..".to_owned(),
        String::new(),
    ] {
        assert_eq!(refused(|provider| provider.id_token = Some(token.clone())).await, Refusal::Shape, "{token}");
    }
    for (name, value) in [
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("cty", json!("JWT")),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
    ] {
        assert_eq!(refused(|provider| provider.header[name] = value).await, Refusal::Kind, "{name}");
    }
}

#[tokio::test]
async fn t09_tokens_of_another_kind_are_refused() {
    for kind in [json!("logout+jwt"), json!("at+jwt"), json!("application/at+jwt"), json!(""), json!(7)] {
        assert_eq!(refused(|provider| provider.header["typ"] = kind).await, Refusal::Kind);
    }
    for kind in ["Bearer", "Refresh", "Logout"] {
        assert_eq!(with_claim("typ", json!(kind)).await, Some(Refusal::Kind));
    }
    assert_eq!(with_claim("events", json!({})).await, Some(Refusal::Kind));
}

#[tokio::test]
async fn t10_claims_of_the_wrong_type_are_refused_and_no_number_breaks_anything() {
    for value in
        [json!("9999999999"), json!({}), json!([1]), json!(true), json!(1e300), json!(-1), json!(-1e300), json!(1e18)]
    {
        for name in ["exp", "iat", "nbf", "auth_time"] {
            assert_eq!(with_claim(name, value.clone()).await, Some(Refusal::Claim), "{name} {value}");
        }
    }
    for name in ["exp", "iat"] {
        assert_eq!(with_claim(name, json!(null)).await, Some(Refusal::Claim), "{name} absent");
    }
    assert_eq!(with_claim("exp", json!(1_790_000_130.75)).await, None);
    let null = sign_in_bent(|provider| provider.claims["nbf"] = Value::Null).await;
    assert_eq!(refusal(null), Refusal::Claim);
}

#[tokio::test]
async fn t11_an_oversized_or_deep_token_is_refused_before_it_is_decoded() {
    for token in ["a".repeat(65_537), ".".repeat(100_000)] {
        assert_eq!(refused(|provider| provider.id_token = Some(token)).await, Refusal::TooLong);
    }
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let token = Signer::Rsa.sign(r#"{"alg":"RS256","kid":"first"}"#, &deep);
    assert_eq!(refused(|provider| provider.id_token = Some(token)).await, Refusal::Shape);
}

#[tokio::test]
async fn t12_an_encrypted_token_is_refused_before_anything_is_inflated_or_derived() {
    let part = |text: &str| b64(text);
    for (header, rule) in [
        (r#"{"alg":"dir","enc":"A256GCM","zip":"DEF"}"#, Refusal::Algorithm),
        (r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"first"}"#, Refusal::Algorithm),
        (r#"{"alg":"PBES2-HS512+A256KW","enc":"A256GCM","p2c":2147483647,"p2s":"AAAA"}"#, Refusal::Algorithm),
        (r#"{"alg":"RS256","kid":"first"}"#, Refusal::Shape),
    ] {
        let deflated = "x".repeat(20_000);
        let token = format!("{}.{}.{}.{}.{}", part(header), part("k"), part("iv"), part(&deflated), part("tag"));
        assert_eq!(refused(|provider| provider.id_token = Some(token)).await, rule, "{header}");
    }
    // The same words on a token that is signed and has three parts.
    for (name, value) in [("zip", json!("DEF")), ("enc", json!("A256GCM"))] {
        assert_eq!(refused(|provider| provider.header[name] = value).await, Refusal::Kind, "{name}");
    }
    for alg in ["PBES2-HS256+A128KW", "dir", "A256KW", "ECDH-ES"] {
        let rule = refused(|provider| {
            provider.header["alg"] = json!(alg);
            provider.header["p2c"] = json!(2_147_483_647);
        });
        assert_eq!(rule.await, Refusal::Algorithm, "{alg}");
    }
}

#[tokio::test]
async fn t13_elliptic_signatures_of_zeros_or_another_form_are_refused() {
    for signature in [vec![0; 64], vec![], vec![0x30, 0x06, 2, 1, 1, 2, 1, 1], vec![0xff; 64], vec![1; 63], vec![1; 65]]
    {
        let mut settings = settings();
        settings.algorithms = vec!["ES256".into()];
        let scene = Scene::with(settings);
        scene.bend(|provider| {
            provider.jwks = json!({"keys": [ec_jwk("curve")]});
            provider.header = json!({"alg": "ES256", "kid": "curve"});
            provider.signer = Signer::Bytes(signature);
        });
        assert_eq!(refusal(scene.sign_in().await), Refusal::Signature);
    }
}

#[tokio::test]
async fn a_payload_changed_after_signing_is_refused() {
    let scene = Scene::new();
    let pending = scene.begin().await;
    scene.bend(|provider| {
        let token = Signer::Rsa.sign(&provider.header.to_string(), &provider.claims.to_string());
        let parts: Vec<&str> = token.split('.').collect();
        provider.claims["SubjectNameID"] = json!("899900123458");
        provider.id_token = Some(format!("{}.{}.{}", parts[0], b64(provider.claims.to_string()), parts[2]));
    });
    assert_eq!(refusal(scene.come_back(pending).await), Refusal::Signature);
}
