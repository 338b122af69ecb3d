//! Everything stops in the middle of each step and starts again; and "Retour" on every screen: nothing typed is lost.

use super::person::{
    CONTACTS, DETAILS, ELODIE, EMAIL, FACTOR, FINISHED, Looks, ORGANISATION, PASSWORD, PHONE, Person, SIGN_IN,
};
use crate::support::world::World;

#[tokio::test]
async fn the_local_journey_survives_a_restart_in_every_step() {
    for scripts in [true, false] {
        let mut world = World::new().await;
        let person = Person::new(&world, scripts, Looks::Little).await;
        let page = &person.page;
        person.goto("/dossier/42?onglet=analyses").await;
        page.wait_for_h1(SIGN_IN).await;
        let page = person.into_page();

        // The form was drawn by the gateway before; the session below outlives every restart.
        world.restart().await;
        let person = Person::with(&world, page);
        person.sign_in(ELODIE.id, ELODIE.password).await;
        person.page.wait_for_h1("Information").await;
        let page = person.into_page();

        world.restart().await;
        page.click("Je configure mon compte portail").await;
        page.wait_for_h1(DETAILS).await;
        page.fill("Prénom", "Élodie Marie").await;
        page.fill("Email personnel pour la connexion", "pas une adresse").await;
        page.tick("J'accepte les conditions").await;
        page.click("Retour").await;
        page.wait_for_h1("Information").await;
        world.restart().await;
        page.goto(&world.at("/_guichet/activation")).await;
        page.wait_for_h1(DETAILS).await;
        assert_eq!(page.value("Prénom").await, "Élodie Marie");
        assert_eq!(page.value("Email personnel pour la connexion").await, "pas une adresse");
        assert!(page.is_ticked("J'accepte les conditions").await);
        page.fill("Email personnel pour la connexion", ELODIE.email).await;
        page.click("Valider").await;
        page.wait_for_h1(EMAIL).await;
        page.click("Retour").await;
        page.wait_for_h1(DETAILS).await;
        assert_eq!(page.value("Email personnel pour la connexion").await, ELODIE.email);
        page.click("Valider").await;
        page.wait_for_h1(EMAIL).await;

        // The code sent before the restart is still good after it.
        world.restart().await;
        let person = Person::with(&world, page);
        person.give_code(ELODIE.email, "Valider").await;
        person.page.wait_for_h1(PASSWORD).await;
        let page = person.into_page();
        world.restart().await;
        page.click("Retour").await;
        page.wait_for_h1(DETAILS).await;
        page.click("Valider").await;
        let person = Person::with(&world, page);
        person.choose_password().await;
        person.page.wait_for_h1(PHONE).await;
        let page = person.into_page();

        world.restart().await;
        page.click("(Une erreur ? Modifier mon numéro de téléphone)").await;
        page.wait_for_h1("Modifier mon numéro de téléphone").await;
        page.fill("Numéro de téléphone portable", "06 12 34 56").await;
        page.click("Retour").await;
        page.wait_for_h1(PHONE).await;
        page.click("(Une erreur ? Modifier mon numéro de téléphone)").await;
        page.wait_for_h1("Modifier mon numéro de téléphone").await;
        assert_eq!(page.value("Numéro de téléphone portable").await, "06 12 34 56", "half a number is kept");
        page.click("Retour").await;
        let person = Person::with(&world, page);
        person.page.wait_for_h1(PHONE).await;
        person.give_code(ELODIE.phone, "Envoyer").await;
        let page = person.into_page();
        page.wait_for_h1(ORGANISATION).await;
        page.fill("Dénomination commerciale", "Les Mésanges").await;
        page.fill("Numéro SIRET", "12").await;
        page.click("Retour").await;
        page.wait_for_h1(DETAILS).await;
        world.restart().await;

        // Another browser: password, then the e-mail's code, then the first pending step with what was typed.
        drop(page);
        let person = Person::new(&world, scripts, Looks::Little).await;
        let page = &person.page;
        person.goto("/dossier/42?onglet=analyses").await;
        person.sign_in(ELODIE.id, super::person::CHOSEN).await;
        page.wait_for_h1(FACTOR).await;
        person.give_code(ELODIE.email, "Valider").await;
        page.wait_for_h1(ORGANISATION).await;
        page.wait_for_text("Vous aviez commencé l'activation de votre compte.").await;
        assert_eq!(page.value("Dénomination commerciale").await, "Les Mésanges");
        assert_eq!(page.value("Numéro SIRET").await, "12");
        page.fill("Numéro SIRET", "99900008600010").await;
        page.click("Modifier").await;
        page.wait_for_h1("Coordonnées de facturation").await;
        page.untick("Identiques aux coordonnées de la structure").await;
        page.fill("Ville", "Lille").await;
        page.click("Retour").await;
        page.wait_for_h1(ORGANISATION).await;
        let page = person.into_page();
        world.restart().await;
        page.click("Modifier").await;
        page.wait_for_h1("Coordonnées de facturation").await;
        assert_eq!(page.value("Ville").await, "Lille");
        assert!(!page.is_ticked("Identiques aux coordonnées de la structure").await);
        page.click("Valider").await;
        page.wait_for_h1(ORGANISATION).await;
        page.click("Valider").await;
        page.wait_for_h1(FINISHED).await;
        world.restart().await;
        page.click("Accéder à votre espace client").await;
        page.wait_for_h1("Dossier 42").await;
    }
}

#[tokio::test]
async fn another_browser_goes_on_at_the_code_and_asks_for_one() {
    let world = World::new().await;
    {
        let person = Person::new(&world, true, Looks::Little).await;
        person.goto("/").await;
        person.sign_in(ELODIE.id, ELODIE.password).await;
        person.fill_details(ELODIE).await;
    }
    let sent = world.messages().await.len();
    let person = Person::new(&world, true, Looks::Closely).await;
    let page = &person.page;
    person.goto("/").await;
    person.sign_in(ELODIE.id, ELODIE.password).await;
    person.screen(EMAIL, "66-email-envoyer").await;
    page.wait_for_text("Vous aviez commencé l'activation de votre compte. Reprenez où vous en étiez.").await;
    assert_eq!(world.messages().await.len(), sent, "a GET sends nothing");
    page.click("Envoyer le code").await;
    page.wait_for_text("Un nouveau code vient de partir.").await;
    person.give_code(ELODIE.email, "Valider").await;
    page.wait_for_h1(PASSWORD).await;
}

#[tokio::test]
async fn the_journey_of_the_provider_survives_a_restart_in_every_step() {
    for scripts in [true, false] {
        let mut world = World::new().await;
        let person = Person::new(&world, scripts, Looks::Little).await;
        person.goto("/dossier/42?onglet=analyses").await;
        person.page.wait_for_h1(SIGN_IN).await;
        person.to_simulator().await;
        person.prove("ARMAND DUPONT-TEST").await;
        let page = person.into_page();
        page.wait_for_h1("Choisissez votre lieu d'exercice").await;
        world.restart().await;
        page.pick_radio("Aucun de ces lieux").await;
        page.click("Valider").await;
        page.wait_for_h1(CONTACTS).await;
        page.fill("Adresse email personnelle", "armand@").await;
        page.click("Valider").await;
        page.wait_for_text("Cette adresse e-mail semble incomplète.").await;
        world.restart().await;
        page.goto(&world.at("/_guichet/activation")).await;
        page.wait_for_h1(CONTACTS).await;
        assert_eq!(page.value("Adresse email personnelle").await, "armand@");
        page.fill("Adresse email personnelle", "armand@exemple.fr").await;
        page.tick("J'accepte les conditions").await;
        page.click("Valider").await;
        page.wait_for_h1(FACTOR).await;
        world.restart().await;
        let person = Person::with(&world, page);
        person.give_code("armand@exemple.fr", "Valider").await;
        let page = person.into_page();
        page.wait_for_url(&world.at("/_guichet/activation/psc/telephone")).await;
        page.fill("Numéro de portable", "06 12").await;
        page.click("Retour").await;
        page.wait_for_url(&world.at("/_guichet/activation/psc/email")).await;
        world.restart().await;
        page.goto(&world.at("/_guichet/activation")).await;
        page.wait_for_url(&world.at("/_guichet/activation/psc/telephone")).await;
        page.wait_for_h1(CONTACTS).await;
        assert_eq!(page.value("Numéro de portable").await, "06 12");
        page.fill("Numéro de portable", "06 12 34 56 95").await;
        page.click("Valider").await;
        page.wait_for_h1(FACTOR).await;
        page.click("Retour").await;
        page.wait_for_h1(CONTACTS).await;
        assert_eq!(page.value("Numéro de portable").await, "06 12 34 56 95");
        page.click("Valider").await;
        page.wait_for_h1(FACTOR).await;
        world.restart().await;
        let person = Person::with(&world, page);
        person.give_code("+33612345695", "Valider").await;
        person.page.wait_for_h1("Dossier 42").await;
        assert!(person.assertion().await.get("organisation").is_none());
    }
}
