//! The demonstration's failures as somebody who shows them does it: the control page in the browser, then the portal.

use super::person::{Looks, PSC, Person, SIGN_IN};
use crate::support::world::World;

const AWAY: &str = "Pro Santé Connect ne répond pas";
const STALE: &str = "Reprenez votre connexion";
const NURSE: &str = "CAMILLE MARTIN-TEST";

/// What is changed on the control page.
enum Switch {
    List(&'static str, &'static str),
    Number(&'static str, &'static str),
    Button(&'static str),
}

use Switch::{Button, List, Number};

/// Changes one thing, and sees that it was done.
async fn switch(person: &Person<'_>, change: &Switch) {
    let page = &person.page;
    page.goto(&format!("{}/controle", person.world.wallet())).await;
    page.wait_for_h1("Pannes et réglages").await;
    match change {
        List(label, option) => page.choose(label, option).await,
        Number(label, value) => page.fill(label, value).await,
        Button(name) => {
            page.click(name).await;
            return page.wait_for_text("C'est fait.").await;
        }
    }
    page.click("Appliquer les réglages").await;
    page.wait_for_text("C'est fait.").await;
}

async fn mend(person: &Person<'_>) {
    switch(person, &Button("Tout remettre comme au démarrage")).await;
}

/// Neither host knows this browser any more.
async fn forgotten(person: &Person<'_>) {
    person.page.goto(&person.world.wallet()).await;
    person.page.client().delete_all_cookies().await.expect("the simulator forgets");
    person.goto("/_guichet/connexion").await;
    person.page.client().delete_all_cookies().await.expect("the portal forgets");
}

/// From the portal through the provider's pages, as far as it goes.
async fn tries_to_sign_in(person: &Person<'_>) {
    forgotten(person).await;
    person.goto("/").await;
    person.page.wait_for_h1(SIGN_IN).await;
    person.page.click(PSC).await;
    if person.page.wait_for_one_of(&["Connectez-vous", SIGN_IN]).await == SIGN_IN {
        return;
    }
    person.page.pick_radio(NURSE).await;
    person.page.click("Se connecter avec e-CPS").await;
}

/// The code of the phone, where the sign-in comes that far.
async fn accepts(person: &Person<'_>) {
    person.page.wait_for_h1("Authentification").await;
    let text = person.page.text().await;
    let shown = |line: &&str| line.len() == 2 && line.bytes().all(|byte| byte.is_ascii_digit());
    let code = text.lines().map(str::trim).find(shown).expect("the page shows a two-digit code").to_owned();
    person.page.click(&code).await;
}

#[tokio::test]
async fn each_failure_that_is_switched_on_shows_its_page_and_is_over_when_it_is_switched_off() {
    let world = World::new().await;
    let person = Person::new(&world, true, Looks::Closely).await;
    let page = &person.page;
    // The page of the provider leads to the switches.
    person.goto("/").await;
    person.to_simulator().await;
    page.click("Pannes et réglages de toutes les authentifications").await;
    person.screen("Pannes et réglages", "90-controle").await;
    let failures = [
        (List("Panne de token", "Réponse 503"), AWAY, "91-jetons-503"),
        (List("Panne de token", "Erreur « invalid_client »"), AWAY, "92-service-refuse"),
        (List("Panne de userinfo", "Connexion coupée au milieu de la réponse"), AWAY, "93-donnees-coupees"),
        (List("Panne de chaque authentification", "Jeton avec un mauvais « nonce »"), STALE, "94-mauvais-nonce"),
        (List("Paramètre « iss » au retour", "Absent"), STALE, "95-sans-iss"),
        (Number("Avance de l'horloge, en secondes", "120"), AWAY, "96-horloge"),
    ];
    for (change, h1, name) in &failures {
        switch(&person, change).await;
        tries_to_sign_in(&person).await;
        accepts(&person).await;
        person.screen(h1, name).await;
        assert!(!person.is_in().await, "{name}");
        mend(&person).await;
    }
    switch(&person, &List("Panne de chaque authentification", "Retour avec l'erreur « access_denied »")).await;
    tries_to_sign_in(&person).await;
    page.wait_for_text("Vous avez quitté Pro Santé Connect. Vous pouvez recommencer").await;
    person.screen(SIGN_IN, "97-quitte").await;
    mend(&person).await;
    tries_to_sign_in(&person).await;
    accepts(&person).await;
    page.wait_for_h1("Validation des coordonnées").await;
}

#[tokio::test]
async fn what_is_switched_on_and_harms_nobody_changes_what_the_portal_is_told() {
    let world = World::new().await;
    let person = Person::new(&world, true, Looks::Closely).await;
    let page = &person.page;
    tries_to_sign_in(&person).await;
    accepts(&person).await;
    page.wait_for_h1("Validation des coordonnées").await;
    page.tick("J'accepte les conditions").await;
    page.click("Ignorer cette étape").await;
    page.wait_for_url(&world.at("/_guichet/activation/psc/telephone")).await;
    page.click("Ignorer cette étape").await;
    page.wait_for_h1("Accueil").await;
    let before = person.assertion().await;
    assert_eq!(before["acr"], "eidas1", "{before}");

    switch(&person, &List("Niveau avec e-CPS", "eidas3")).await;
    switch(&person, &Button("Changer celui de CAMILLE MARTIN-TEST")).await;
    switch(&person, &Button("Changer de clé")).await;
    world.advance(jiff::SignedDuration::from_secs(61));
    tries_to_sign_in(&person).await;
    accepts(&person).await;
    page.wait_for_h1("Accueil").await;
    let after = person.assertion().await;
    assert_eq!((&after["sub"], &after["acr"]), (&before["sub"], &"eidas3".into()), "{after}");

    // Signed out here while the provider is away: the page says so, and its link ends it there once it is back.
    switch(&person, &List("Panne de end_session", "Réponse 503")).await;
    person.sign_out().await;
    page.wait_for_text("Votre session Pro Santé Connect est peut-être encore ouverte.").await;
    person.screen("Vous êtes déconnecté", "98-deconnecte-psc-absent").await;
    let there = page.url().await;
    mend(&person).await;
    page.goto(&there).await;
    page.wait_for_h1("Vous êtes déconnecté").await;
    switch(&person, &List("Paramètre « state » après fermeture", "Absent")).await;
    tries_to_sign_in(&person).await;
    accepts(&person).await;
    page.wait_for_h1("Accueil").await;
    person.sign_out().await;
    page.wait_for_h1("Vous êtes déconnecté").await;
    assert!(!page.text().await.contains("peut-être encore ouverte"));
}
