//! Signing in with one's national number in a real browser: the page waits and goes on by itself, or by its button without scripts.

use super::person::{Person, SIGN_IN};
use crate::support::world::World;

const FORM: &str = "Connexion avec votre numéro national";
const LINK: &str = "Pro Santé Connect sans quitter ce site, avec votre numéro RPPS";
const ASKED: &str = "/dossier/42?onglet=analyses";

/// The nurse signs in with Pro Santé Connect, skips what may be skipped, and signs out.
async fn was_here(nurse: &Person<'_>) {
    nurse.goto("/").await;
    nurse.to_simulator().await;
    nurse.prove("CAMILLE MARTIN-TEST").await;
    nurse.page.wait_for_h1("Validation des coordonnées").await;
    nurse.page.tick("J'accepte les conditions").await;
    nurse.page.click("Ignorer cette étape").await;
    nurse.page.wait_for_url(&nurse.world.at("/_guichet/activation/psc/telephone")).await;
    nurse.page.click("Ignorer cette étape").await;
    nurse.page.wait_for_h1("Accueil").await;
    nurse.sign_out().await;
    nurse.page.wait_for_h1("Vous êtes déconnecté").await;
}

/// The two digits on the page.
async fn digits(nurse: &Person<'_>) -> String {
    let text = nurse.page.text().await;
    let shown = |line: &&str| line.len() == 2 && line.bytes().all(|byte| byte.is_ascii_digit());
    text.lines().map(str::trim).find(shown).unwrap_or_else(|| panic!("no digits: {text}")).to_owned()
}

/// Her telephone, in a tab of its own, as the simulator shows it.
async fn on_her_telephone(nurse: &Person<'_>, answer: &str) {
    let shown = digits(nurse).await;
    let page = &nurse.page;
    let left = page.open_tab(&format!("{}/application/infirmiere", nurse.world.wallet())).await;
    page.click(&format!("{answer} la demande {shown}")).await;
    page.wait_for_text("Aucune demande n'attend votre réponse.").await;
    page.close_tab(left).await;
}

#[tokio::test]
async fn a_nurse_stays_on_the_page_while_she_confirms_on_her_telephone() {
    let world = World::new().await;
    let nurse = Person::looked_at(&world, true).await;
    let page = &nurse.page;
    was_here(&nurse).await;
    nurse.goto(ASKED).await;
    nurse.screen(SIGN_IN, "60-reconnu").await;
    page.click(LINK).await;
    nurse.screen(FORM, "61-numero").await;
    page.fill("Numéro national", "9970099990").await;
    page.click("Continuer").await;
    page.wait_for_text("Vous en avez saisi 10.").await;
    nurse.look("62-numero-a-revoir").await;
    page.fill("Numéro national", "997 0099 9909").await;
    page.click("Continuer").await;
    nurse.screen("Confirmez sur votre téléphone", "63-attente").await;
    assert!(page.text().await.contains("La suite s'affichera d'elle-même."));

    // She says no, then yes: the page follows both times, and nobody presses anything.
    on_her_telephone(&nurse, "Refuser").await;
    nurse.screen("Vous avez refusé la demande", "64-refus").await;
    page.click("Recommencer").await;
    page.wait_for_h1(FORM).await;
    assert_eq!(page.value("Numéro national").await, "997 0099 9909");
    page.click("Continuer").await;
    page.wait_for_h1("Confirmez sur votre téléphone").await;
    on_her_telephone(&nurse, "Accepter").await;
    page.wait_for_h1("Dossier 42").await;
    assert_eq!(page.url().await, world.at(ASKED));
    let assertion = nurse.assertion().await;
    assert_eq!((&assertion["identity_provider"], &assertion["acr"]), (&"psc".into(), &"eidas1".into()), "{assertion}");
}

#[tokio::test]
async fn without_scripts_her_button_asks_and_another_cancels() {
    let world = World::new().await;
    let nurse = Person::looked_at(&world, false).await;
    let page = &nurse.page;
    was_here(&nurse).await;
    nurse.goto(ASKED).await;
    page.wait_for_h1(SIGN_IN).await;
    page.click(LINK).await;
    nurse.screen(FORM, "65-numero").await;
    page.fill("Numéro national", "99700999909").await;
    page.pick_radio("Avec ma carte CPS, sur cet ordinateur").await;
    page.click("Continuer").await;
    nurse.screen("Confirmez avec votre carte", "66-attente-carte").await;
    assert!(page.text().await.contains("appuyez sur le bouton"));
    page.click("J'ai confirmé").await;
    page.wait_for_text("Nous n'avons pas encore reçu votre confirmation.").await;
    nurse.look("67-pas-encore").await;
    on_her_telephone(&nurse, "Accepter").await;
    // The provider is asked at most once a second.
    world.advance(jiff::SignedDuration::from_secs(2));
    page.click("J'ai confirmé").await;
    page.wait_for_h1("Dossier 42").await;
    nurse.sign_out().await;
    page.wait_for_h1("Vous êtes déconnecté").await;

    nurse.goto(ASKED).await;
    page.wait_for_h1(SIGN_IN).await;
    page.click(LINK).await;
    page.wait_for_h1(FORM).await;
    page.fill("Numéro national", "99700999909").await;
    page.click("Continuer").await;
    page.wait_for_h1("Confirmez sur votre téléphone").await;
    page.click("Annuler la demande").await;
    page.wait_for_text("Vous avez annulé la demande.").await;
    nurse.screen(SIGN_IN, "68-annulee").await;
}
