//! What a page of another origin and the portal's own scripts can and cannot do (decisions 21 and 22).

use axum::Router;
use axum::extract::RawQuery;
use axum::response::Html;
use axum::routing::get;

use super::person::{ELODIE, Looks, Person, SIGN_IN};
use crate::support::serve::{listener, serve};
use crate::support::world::World;

const FORMS: [&str; 5] = [
    "/_guichet/connexion",
    "/_guichet/connexion/psc",
    "/_guichet/deconnexion",
    "/_guichet/activation/coordonnees",
    "/_guichet/session/garder",
];

/// A page that posts a form to where its query says.
async fn stranger() -> String {
    let page = get(async |RawQuery(query): RawQuery| {
        let target = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes())
            .find(|(name, _)| name == "cible")
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default();
        Html(format!(
            "<!doctype html><html lang=fr><title>Ailleurs</title><h1>Ailleurs</h1><form method=post action='{target}'>\
             <input name=identifier value=752345678><input name=action value=valider><button>Gagner</button></form>"
        ))
    });
    let (listener, address) = listener().await;
    serve(listener, Router::new().route("/", page));
    format!("http://127.0.0.1:{}/?cible=", address.port())
}

#[tokio::test]
async fn another_sites_form_is_refused_and_changes_nothing() {
    let stranger = stranger().await;
    for scripts in [true, false] {
        let world = World::new().await;
        let person = Person::looked_at(&world, scripts).await;
        let page = &person.page;
        person.goto("/").await;
        person.sign_in(ELODIE.id, ELODIE.password).await;
        page.wait_for_h1("Information").await;
        for form in FORMS {
            page.goto(&format!("{stranger}{}", world.at(form))).await;
            page.wait_for_h1("Ailleurs").await;
            page.click("Gagner").await;
            page.wait_for_h1("Cette demande n'a pas été acceptée").await;
        }
        person.look("90-pas-acceptee").await;
        // Still signed in, still at the same step.
        person.goto("/_guichet/activation").await;
        page.wait_for_h1("Information").await;
        person.goto("/_guichet/inconnue").await;
        person.screen("Cette page n'existe pas", "91-introuvable").await;
    }
}

#[tokio::test]
async fn the_portals_script_has_its_interface_and_socket_but_no_service_worker() {
    let world = World::new().await;
    let person = Person::new(&world, true, Looks::Little).await;
    let page = &person.page;
    person.goto("/spa").await;
    page.wait_for_h1(SIGN_IN).await;
    person.activate(ELODIE, false).await;
    page.click("Accéder à votre espace client").await;
    page.wait_for_h1("Page avec un script").await;
    page.wait_for_text("vérifié : ").await;
    page.wait_for_text("écho : bonjour").await;
    page.click("Installer un service worker").await;
    page.wait_for_text("refusé").await;
    // Signed in but not activated: its own routes only.
    let late = Person::new(&world, true, Looks::Little).await;
    late.goto("/compte-en-cours").await;
    late.sign_in(super::person::PAUL.id, super::person::PAUL.password).await;
    late.page.wait_for_h1("Information").await;
    late.goto("/compte-en-cours").await;
    late.page.wait_for_h1("Votre compte est en cours d'activation").await;
    late.goto("/dossier/42").await;
    late.page.wait_for_h1("Information").await;
    late.goto("/public").await;
    late.page.wait_for_h1("Page publique").await;
}
