//! The control page and the control API: each failure shows, and everything can be put back.

use http::{Method, StatusCode};
use serde_json::json;

use super::world::{CUT, ISSUER, LANDING, WALLET, World, claims};
use url::Url;

#[tokio::test]
async fn every_endpoint_can_fail_in_every_way() {
    let mut world = World::new();
    let discovery = format!("{ISSUER}/.well-known/wallet-openid-configuration");
    for (failure, status) in [
        ("401", StatusCode::UNAUTHORIZED),
        ("500", StatusCode::INTERNAL_SERVER_ERROR),
        ("502", StatusCode::BAD_GATEWAY),
        ("503", StatusCode::SERVICE_UNAVAILABLE),
        ("504", StatusCode::GATEWAY_TIMEOUT),
        ("redirect", StatusCode::FOUND),
        ("invalid_grant", StatusCode::BAD_REQUEST),
        ("invalid_client", StatusCode::UNAUTHORIZED),
        ("unauthorized_client", StatusCode::BAD_REQUEST),
    ] {
        world.switch(json!({ "endpoints": { "discovery": { "failure": failure } } })).await;
        assert_eq!(world.get(&discovery).await.status, status, "{failure}");
    }
    world.switch(json!({ "endpoints": { "discovery": { "failure": "html" } } })).await;
    let page = world.get(&discovery).await;
    assert!(page.status == StatusCode::OK && page.body.contains("<h1>Maintenance"));
    world.switch(json!({ "endpoints": { "discovery": { "failure": "cut" } } })).await;
    assert_eq!(world.get(&discovery).await.body, CUT);
    world.switch(json!({ "endpoints": { "discovery": null } })).await;
    assert_eq!(world.get(&discovery).await.json()["issuer"], ISSUER);

    let all = json!({
        "jwks": { "failure": "500" }, "authorize": { "failure": "500" }, "token": { "failure": "500" },
        "userinfo": { "failure": "500" }, "introspection": { "failure": "500" }, "revocation": { "failure": "500" },
        "end_session": { "failure": "500" }, "ciba": { "failure": "500" },
    });
    world.switch(json!({ "endpoints": all })).await;
    for name in ["token", "userinfo", "token/introspect", "revoke", "ext/ciba/auth", "logout"] {
        assert_eq!(world.call(name, &[]).await.status, StatusCode::INTERNAL_SERVER_ERROR, "{name}");
    }
    for address in [format!("{ISSUER}/protocol/openid-connect/certs"), format!("{WALLET}/auth")] {
        assert_eq!(world.get(&address).await.status, StatusCode::INTERNAL_SERVER_ERROR, "{address}");
    }
    let calls = world.control(Method::GET, "calls", None).await.json();
    assert_eq!((&calls["discovery"], &calls["token"]), (&json!(12), &json!(1)));
    world.control(Method::POST, "reset", None).await;
    assert_eq!(world.control(Method::GET, "calls", None).await.json(), json!({}));
    assert!(world.tokens_of("infirmiere").await["id_token"].is_string());
}

#[tokio::test(start_paused = true)]
async fn a_slow_endpoint_takes_its_time() {
    let mut world = World::new();
    world.switch(json!({ "endpoints": { "jwks": { "delay_ms": 4_000 } } })).await;
    let before = tokio::time::Instant::now();
    let keys = world.get(&format!("{ISSUER}/protocol/openid-connect/certs")).await;
    assert!(keys.status == StatusCode::OK && before.elapsed().as_millis() >= 4_000);
}

#[tokio::test]
async fn an_answer_that_is_cut_has_been_acted_upon() {
    let mut world = World::new();
    let tokens = world.tokens_of("infirmiere").await;
    world.switch(json!({ "endpoints": { "token": { "failure": "cut" } } })).await;
    assert_eq!(world.refresh(&tokens).await.body, CUT);
    world.control(Method::POST, "reset", None).await;
    let told = world.refresh(&tokens).await.json();
    assert_eq!(told["error_description"], "Maximum allowed refresh token reuse exceeded");
}

#[tokio::test]
async fn a_fault_of_all_sign_ins_shows_in_silent_ones_too() {
    let mut world = World::new();
    world.tokens_of("infirmiere").await;
    world.switch(json!({ "sign_in": "login_required" })).await;
    assert_eq!(world.authorize(&[]).await.parameter("error").as_deref(), Some("login_required"));
    world.switch(json!({ "sign_in": "destinataire" })).await;
    let code = world.authorize(&[]).await.parameter("code").unwrap();
    assert_eq!(claims(&world.redeem(&code).await.json())["aud"], "un-autre-service");
    world.switch(json!({ "sign_in": "aucune", "iss_on_callback": false })).await;
    assert_eq!(world.authorize(&[]).await.parameter("iss"), None);
}

#[tokio::test]
async fn a_person_may_change_sub_in_the_middle_of_a_session() {
    let mut world = World::new();
    let tokens = world.tokens_of("infirmiere").await;
    world.switch(json!({ "subjects": { "infirmiere": "f:1:899700999909" } })).await;
    let later = world.refresh(&tokens).await.json();
    assert_eq!(claims(&later)["sub"], "f:1:899700999909");
    assert_eq!(claims(&later)["SubjectNameID"], claims(&tokens)["SubjectNameID"]);
    let info = world.userinfo(later["access_token"].as_str().unwrap()).await.json();
    assert_eq!(info["sub"], "f:1:899700999909");
}

#[tokio::test]
async fn sign_out_gives_an_empty_state_back_or_none_and_may_refuse_an_old_hint() {
    let mut world = World::new();
    let tokens = world.tokens_of("infirmiere").await;
    let address = format!("{ISSUER}/protocol/openid-connect/logout");
    let hint = tokens["id_token"].as_str().unwrap();
    let parameters = [("id_token_hint", hint), ("post_logout_redirect_uri", LANDING), ("state", "bye")];
    let out = Url::parse_with_params(&address, parameters).unwrap().to_string();
    world.clock.forward(3_600);
    world.switch(json!({ "expired_hint": "refused" })).await;
    assert!(world.get(&out).await.body.contains("a expiré"));
    world.switch(json!({ "expired_hint": "accepted", "state_after_logout": "empty" })).await;
    assert_eq!(world.get(&out).await.location, format!("{LANDING}?state="));
    world.switch(json!({ "state_after_logout": "absent" })).await;
    assert_eq!(world.get(&out).await.location, LANDING);
}

#[tokio::test]
async fn the_page_switches_what_the_api_switches() {
    let mut world = World::new();
    world.tokens_of("infirmiere").await;
    let page = world.get(&format!("{WALLET}/controle")).await;
    assert!(page.status == StatusCode::OK && page.body.contains("CAMILLE MARTIN-TEST"), "{}", page.body);
    let form = [
        ("endpoints.token.delay_ms", "250"),
        ("endpoints.token.failure", "html"),
        ("sign_in", "nonce"),
        ("iss_on_callback", "false"),
        ("clock_skew_seconds", "-30"),
    ];
    let done = world.post(&format!("{WALLET}/controle/reglages"), &form).await;
    assert_eq!(done.location, format!("{WALLET}/controle?fait"));
    assert!(world.get(&done.location).await.body.contains("C'est fait."));
    let state = world.control(Method::GET, "state", None).await.json();
    assert_eq!(state["endpoints"]["token"], json!({ "delay_ms": 250, "failure": "html" }));
    assert_eq!((&state["sign_in"], &state["clock_skew_seconds"]), (&json!("nonce"), &json!(-30)));
    assert_eq!(state["iss_on_callback"], false);
    let wrong = world.post(&format!("{WALLET}/controle/reglages"), &[("clock_skew_seconds", "bientôt")]).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);

    let kid = |body: &str| body.split_once("en service").unwrap().1.split_once("<code>").unwrap().1[..43].to_owned();
    let before = kid(&world.get(&format!("{WALLET}/controle")).await.body);
    world.post(&format!("{WALLET}/controle/cle"), &[("anciennes", "garder")]).await;
    world.post(&format!("{WALLET}/controle/sub"), &[("professionnel", "medecin"), ("sub", "autre")]).await;
    let page = world.get(&format!("{WALLET}/controle")).await.body;
    assert_ne!(kid(&page), before);
    assert!(page.contains("Rétablir celui de ARMAND DUPONT-TEST"));
    world.post(&format!("{WALLET}/controle/sub"), &[("professionnel", "medecin"), ("sub", "d'origine")]).await;
    assert_eq!(world.control(Method::GET, "state", None).await.json()["subjects"], json!({}));
    world.post(&format!("{WALLET}/controle/remise-a-zero"), &[]).await;
    assert_eq!(world.control(Method::GET, "state", None).await.json()["endpoints"], json!({}));
    assert_eq!(world.post(&format!("{WALLET}/controle/autre"), &[]).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn where_the_control_is_off_it_is_not_there() {
    let mut world = World::with(|settings| settings.control = false);
    for path in ["controle", "control/state"] {
        assert_eq!(world.get(&format!("{WALLET}/{path}")).await.status, StatusCode::NOT_FOUND);
    }
}
