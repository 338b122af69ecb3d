//! The simulator of Pro Santé Connect in a real browser: its pages can be used by anyone, and its cookie crosses its two hosts as a real one would.

mod alone;
mod certificates;

use std::sync::Arc;

use axum::Router;
use axum::extract::RawQuery;
use axum::response::Html;
use axum::routing::get;
use guichet::clock::SystemClock;
use guichet::config::Secret;
use guichet::demo::simulator::{SimulatorConfig, SimulatorKey, professionals, simulator};
use guichet::entropy::SystemEntropy;

use crate::support::browser::Page;
use crate::support::chrome::{Options, open};
use crate::support::serve::{listener, serve};

/// Starts a simulator and a client that shows what comes back; answers the address that starts a sign-in.
async fn started() -> String {
    let (client, client_address) = listener().await;
    let callback = format!("http://localhost:{}/retour", client_address.port());
    let shown = get(async |RawQuery(query): RawQuery| {
        Html(format!(
            "<!doctype html><html lang=fr><title>Retour</title><h1>Retour</h1><p>{}</p>",
            query.unwrap_or_default()
        ))
    });
    serve(client, Router::new().route("/retour", shown));
    let (listener, address) = listener().await;
    let port = address.port();
    let config = SimulatorConfig {
        wallet_origin: format!("http://127.0.0.1:{port}"),
        issuer: format!("http://localhost:{port}/auth/realms/esante-wallet"),
        client_id: "portail".to_owned(),
        client_secret: Secret::new("secret".to_owned()),
        redirect_uris: vec![callback.clone()],
        post_logout_redirect_uris: Vec::new(),
        backchannel_logout_uri: None,
        key: SimulatorKey::generate().unwrap(),
    };
    serve(listener, simulator(config, Arc::new(SystemClock), Arc::new(SystemEntropy)));
    let challenge = "A".repeat(43);
    let parameters = [
        ("response_type", "code"),
        ("client_id", "portail"),
        ("redirect_uri", callback.as_str()),
        ("scope", "openid scope_all"),
        ("acr_values", "eidas1"),
        ("state", "letat"),
        ("nonce", "n"),
        ("code_challenge_method", "S256"),
        ("code_challenge", challenge.as_str()),
    ];
    url::Url::parse_with_params(&format!("http://127.0.0.1:{port}/auth"), parameters).unwrap().into()
}

async fn shown_code(page: &Page) -> String {
    let text = page.text().await;
    let line =
        text.lines().map(str::trim).find(|line| line.len() == 2 && line.bytes().all(|byte| byte.is_ascii_digit()));
    line.expect("the page shows a two-digit code").to_owned()
}

#[tokio::test]
async fn a_person_signs_in_with_ecps_then_silently_then_with_a_card() {
    for options in [Options::default(), Options::default().without_javascript().phone()] {
        let address = started().await;
        let page = open(options).await;
        page.goto(&address).await;
        page.wait_for_h1("Connectez-vous").await;
        assert_eq!(page.axe().await, "");
        page.pick_radio(professionals()[1].family_name).await;
        page.click("Se connecter avec e-CPS").await;
        page.wait_for_h1("Authentification").await;
        assert_eq!(page.axe().await, "");
        let code = shown_code(&page).await;
        page.click(&code).await;
        page.wait_for_h1("Retour").await;
        assert!(page.text().await.contains("state=letat") && page.text().await.contains("code="));

        page.goto(&address).await;
        assert_eq!(page.h1().await, "Retour", "the session signs in silently");

        page.goto(&format!("{address}&prompt=login")).await;
        page.click("Carte CPS").await;
        page.click("Se connecter avec la carte CPS").await;
        page.wait_for_h1("Insérez votre carte").await;
        page.fill("Code porteur", "0000").await;
        page.click("Valider").await;
        page.wait_for_text("Il vous reste 2 essais").await;
        assert_eq!(page.axe().await, "");
        page.click("Quitter l'authentification").await;
        page.wait_for_text("error=access_denied").await;
    }
}

#[tokio::test]
async fn the_control_page_and_the_applications_can_be_used_by_anyone() {
    for options in [Options::default(), Options::default().without_javascript().phone()] {
        let address = started().await;
        let origin = url::Url::parse(&address).unwrap().origin().ascii_serialization();
        let page = open(options).await;
        page.goto(&format!("{origin}/controle")).await;
        page.wait_for_h1("Pannes et réglages").await;
        assert_eq!(page.axe().await, "");
        assert_eq!(page.picture(320, None).await, 0, "the page is wider than a small phone");
        page.fill("Avance de l'horloge, en secondes", "30").await;
        page.click("Appliquer les réglages").await;
        page.wait_for_text("C'est fait.").await;
        let (_, state) = crate::support::serve::get(&format!("{origin}/control/state")).await;
        assert!(state.contains("\"clock_skew_seconds\":30"), "{state}");
        page.goto(&format!("{origin}/application/infirmiere")).await;
        page.wait_for_text("Aucune demande n'attend votre réponse.").await;
        assert_eq!(page.axe().await, "");
    }
}
