//! "Mon compte" in a real browser, with scripts and without: linked, unlinked, and signed out everywhere (decisions 7 and 23).

use super::person::{ELODIE, Looks, Person, SIGN_IN};
use crate::support::world::World;

const ACCOUNT: &str = "Mon compte";

#[tokio::test]
async fn a_professional_links_the_account_unlinks_it_again_and_signs_out_everywhere() {
    for scripts in [true, false] {
        let world = World::new().await;
        let person = Person::looked_at(&world, scripts).await;
        let page = &person.page;
        person.goto("/").await;
        person.activate(ELODIE, true).await;
        person.goto("/_guichet/compte").await;
        person.screen(ACCOUNT, "80-compte").await;
        page.click("Rattacher à Pro Santé Connect").await;
        person.screen("Rattacher à Pro Santé Connect", "81-compte-rattachement").await;
        person.to_simulator().await;
        page.click("Quitter l'authentification").await;
        page.wait_for_text("Vous avez quitté Pro Santé Connect.").await;
        // Somebody else's identity: what the two say of the person does not fit.
        person.to_simulator().await;
        person.prove("CAMILLE MARTIN-TEST").await;
        person.screen("Est-ce bien vous ?", "82-compte-identite").await;
        page.click("Rattacher cette identité").await;
        person.screen("Ce compte ne peut pas être rattaché", "83-compte-conflit").await;
        page.click("Revenir à mon compte").await;
        page.wait_for_h1(ACCOUNT).await;
        page.click("Se déconnecter partout").await;
        person.screen("Vous êtes déconnecté", "84-deconnecte-partout").await;
        assert!(page.text().await.contains("Toutes vos connexions sont fermées"));
        page.click("Me connecter à nouveau").await;
        page.wait_for_h1(SIGN_IN).await;
    }
}

#[tokio::test]
async fn a_nurse_of_pro_sante_connect_makes_a_password_and_goes_without_the_link() {
    let world = World::new().await;
    let nurse = Person::new(&world, true, Looks::Closely).await;
    let page = &nurse.page;
    nurse.goto("/").await;
    nurse.to_simulator().await;
    nurse.prove("CAMILLE MARTIN-TEST").await;
    page.wait_for_h1(super::person::CONTACTS).await;
    page.fill("Adresse email personnelle", "camille@exemple.fr").await;
    page.tick("J'accepte les conditions").await;
    page.click("Valider").await;
    page.wait_for_h1(super::person::FACTOR).await;
    nurse.give_code("camille@exemple.fr", "Valider").await;
    page.wait_for_url(&world.at("/_guichet/activation/psc/telephone")).await;
    page.click("Ignorer cette étape").await;
    page.wait_for_h1("Accueil").await;
    nurse.goto("/_guichet/compte").await;
    nurse.screen(ACCOUNT, "85-compte-psc").await;
    page.click("Créer un mot de passe").await;
    nurse.screen("Créer votre mot de passe", "86-compte-mot-de-passe").await;
    page.fill("Mot de passe", super::person::CHOSEN).await;
    page.fill("Confirmation mot de passe", super::person::CHOSEN).await;
    page.click("Valider").await;
    page.wait_for_text("Votre mot de passe est créé.").await;
    page.click("Ne plus utiliser Pro Santé Connect").await;
    nurse.screen("Ne plus utiliser Pro Santé Connect", "87-compte-detachement").await;
    page.click("Ne plus utiliser Pro Santé Connect").await;
    page.wait_for_h1("Vous êtes déconnecté").await;
    page.click("Me connecter à nouveau").await;
    nurse.sign_in("camille@exemple.fr", super::person::CHOSEN).await;
    page.wait_for_h1(super::person::FACTOR).await;
    nurse.give_code("camille@exemple.fr", "Valider").await;
    page.wait_for_h1("Accueil").await;
    let assertion = nurse.assertion().await;
    assert_eq!(assertion["identity_provider"], "local", "{assertion}");
    assert!(assertion.get("rpps").is_none(), "what only the link vouched for went with it: {assertion}");
}
