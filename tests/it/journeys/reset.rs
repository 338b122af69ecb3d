//! The forgotten password: before and after the activation, and for nobody.

use jiff::SignedDuration;

use super::person::{CHOSEN, ELODIE, FACTOR, Looks, PAUL, Person, SIGN_IN};
use crate::support::world::World;

const NEW: &str = "Autre-Renard-88";

#[tokio::test]
async fn a_forgotten_password_asks_every_verified_contact() {
    let world = World::new().await;
    {
        let person = Person::new(&world, true, Looks::Little).await;
        person.goto("/").await;
        person.activate(ELODIE, true).await;
    }
    world.advance(SignedDuration::from_mins(5));
    for (scripts, password) in [(true, NEW), (false, "Encore-Un-Merle-7")] {
        let person = Person::looked_at(&world, scripts).await;
        let page = &person.page;
        person.goto("/dossier/42?onglet=analyses").await;
        page.click("Mot de passe oublié ?").await;
        person.screen("Mot de passe oublié ?", "50-oublie").await;
        page.click("Valider").await;
        page.wait_for_text("Saisissez votre identifiant :").await;
        page.fill("Identifiant", ELODIE.email).await;
        page.click("Valider").await;
        person.screen("Modifier mon mot de passe", "51-oublie-code").await;
        assert!(page.text().await.contains("elxxxxx@example.com"));
        person.give_code(ELODIE.email, "Valider").await;
        person.screen("Confirmer votre identité", "52-oublie-sms").await;
        person.give_code(ELODIE.phone, "Valider").await;
        person.screen("Modifier mon mot de passe", "53-oublie-nouveau").await;
        page.fill("Mot de passe", password).await;
        page.fill("Confirmation mot de passe", password).await;
        page.click("Valider").await;
        page.wait_for_url(&world.at("/")).await;
        page.wait_for_one_of(&["Dossier 42", "Accueil"]).await;
        assert!(person.is_in().await);
        world.message_to(ELODIE.email, |sent| sent.text.contains("a été changé le")).await;
        world.advance(SignedDuration::from_mins(5));
        person.sign_out().await;
        page.wait_for_h1("Vous êtes déconnecté").await;
        page.click("Me connecter à nouveau").await;
        person.sign_in(ELODIE.email, CHOSEN).await;
        page.wait_for_text("L'identifiant et le mot de passe ne correspondent pas.").await;
        person.sign_in(ELODIE.email, password).await;
        page.wait_for_h1(FACTOR).await;
    }
}

#[tokio::test]
async fn before_activation_the_imported_address_is_asked_and_nobody_is_told_apart() {
    let world = World::new().await;
    for (who, scripts) in [(PAUL, true), (ELODIE, false)] {
        let person = Person::new(&world, scripts, Looks::Little).await;
        let page = &person.page;
        person.goto("/_guichet/mot-de-passe-oublie").await;
        page.fill("Identifiant", who.id).await;
        page.click("Valider").await;
        page.wait_for_h1("Modifier mon mot de passe").await;
        assert!(page.text().await.contains(&format!("{}xxxxx@xxxxx", &who.email[..2])), "{}", page.text().await);
        person.give_code(who.email, "Valider").await;
        page.fill("Mot de passe", NEW).await;
        page.fill("Confirmation mot de passe", NEW).await;
        page.click("Valider").await;
        page.wait_for_h1("Information").await;
        page.wait_for_text("Votre mot de passe a été changé.").await;
        // The identifier stays the legacy one, with the new password.
        page.click("Retour").await;
        page.wait_for_h1(SIGN_IN).await;
        person.sign_in(who.id, NEW).await;
        page.wait_for_h1("Information").await;
    }

    let person = Person::new(&world, true, Looks::Little).await;
    let page = &person.page;
    for nobody in ["personne@exemple.fr", "999999999"] {
        let before = world.messages().await.len();
        person.goto("/_guichet/mot-de-passe-oublie").await;
        page.fill("Identifiant", nobody).await;
        page.click("Valider").await;
        page.wait_for_h1("Modifier mon mot de passe").await;
        page.wait_for_text("vous ne recevrez rien. Vérifiez alors votre saisie").await;
        page.fill("Code de vérification", "123456").await;
        page.click("Valider").await;
        page.wait_for_text("Ce code ne correspond pas. Vérifiez le dernier message reçu : il vous reste 4 essais.")
            .await;
        assert_eq!(world.messages().await.len(), before);
        page.click("Retour").await;
        page.wait_for_h1("Mot de passe oublié ?").await;
        assert_eq!(page.value("Identifiant").await, nobody);
    }
}
