//! Two tabs of one browser, and hands that press twice (screens.md 7.3, decision 57).

use jiff::SignedDuration;

use super::person::{
    CHOSEN, CODE, CONTACTS, DETAILS, ELODIE, EMAIL, FACTOR, FINISHED, Looks, ORGANISATION, PASSWORD, PAUL, PHONE,
    Person, SIGN_IN,
};
use crate::support::world::World;

#[tokio::test]
async fn two_tabs_never_lose_or_mix_what_was_typed() {
    for scripts in [true, false] {
        let world = World::new().await;
        let person = Person::looked_at(&world, scripts).await;
        let page = &person.page;
        person.goto("/dossier/42?onglet=analyses").await;
        person.sign_in(ELODIE.id, ELODIE.password).await;
        person.begin().await;

        // The same form saved in both: the second is told, field by field, and loses nothing.
        let first = page.open_tab(&world.at("/_guichet/activation/coordonnees")).await;
        let second = page.client().window().await.expect("this tab");
        page.fill("Nom", "FONTAINE-BIS").await;
        page.click("Retour").await;
        page.wait_for_h1("Information").await;
        page.switch_to(first.clone()).await;
        page.fill("Nom", "FONTAINE-TER").await;
        page.tick("J'accepte les conditions").await;
        page.click("Valider").await;
        page.wait_for_text("Cette page a été modifiée dans un autre onglet. Vérifiez, puis validez à nouveau.").await;
        page.wait_for_text("Enregistré dans l'autre onglet : FONTAINE-BIS").await;
        assert_eq!(page.value("Nom").await, "FONTAINE-TER");
        person.look("80-autre-onglet").await;
        page.fill("Email personnel pour la connexion", ELODIE.email).await;
        page.tick("J'accepte les conditions").await;
        page.click("Valider").await;
        page.wait_for_h1(EMAIL).await;

        // A code sent again in the other tab: the one before is wrong.
        let old = world.code_for(ELODIE.email).await;
        world.advance(SignedDuration::from_secs(61));
        page.switch_to(second.clone()).await;
        person.goto("/_guichet/activation/email").await;
        page.click("Demander un nouveau code").await;
        page.wait_for_text("Un nouveau code vient de partir.").await;
        let new = world.code_for(ELODIE.email).await;
        page.switch_to(first.clone()).await;
        if old != new {
            page.fill(CODE, &old).await;
            page.click("Valider").await;
            page.wait_for_text("Ce code ne correspond pas.").await;
        }
        page.fill(CODE, &new).await;
        page.click("Valider").await;
        page.wait_for_h1(PASSWORD).await;

        // The other tab is a step behind.
        page.switch_to(second.clone()).await;
        page.fill(CODE, &new).await;
        page.click("Valider").await;
        page.wait_for_h1(PASSWORD).await;
        person.choose_password().await;
        page.wait_for_h1(PHONE).await;
        page.click("Ignorer cette étape").await;
        page.wait_for_h1(ORGANISATION).await;

        // Finished in the other tab.
        page.switch_to(first.clone()).await;
        person.goto("/_guichet/activation").await;
        page.wait_for_h1(ORGANISATION).await;
        page.switch_to(second.clone()).await;
        page.click("Valider").await;
        page.wait_for_h1(FINISHED).await;
        page.switch_to(first.clone()).await;
        page.click("Valider").await;
        page.wait_for_h1(FINISHED).await;
        page.click("Accéder à votre espace client").await;
        page.wait_for_h1("Dossier 42").await;

        // Signed out in the other tab.
        page.switch_to(second).await;
        person.sign_out().await;
        page.wait_for_h1("Vous êtes déconnecté").await;
        page.switch_to(first).await;
        page.reload().await;
        page.wait_for_h1(SIGN_IN).await;
    }
}

#[tokio::test]
async fn a_form_of_another_account_saves_nothing() {
    for scripts in [true, false] {
        let world = World::new().await;
        let person = Person::looked_at(&world, scripts).await;
        let page = &person.page;
        person.goto("/").await;
        person.sign_in(ELODIE.id, ELODIE.password).await;
        person.begin().await;
        page.fill("Prénom", "Élise").await;
        // In another tab somebody else signs in: the first signs out, the flow cookie goes, another account comes.
        let first = page.open_tab(&world.at("/_guichet/activation/information")).await;
        page.click("Retour").await;
        person.sign_in(PAUL.id, PAUL.password).await;
        person.begin().await;
        let second = page.client().window().await.expect("this tab");
        page.switch_to(first).await;
        page.click("Valider").await;
        page.wait_for_h1("Un autre compte est connecté").await;
        person.look("81-autre-compte").await;
        page.switch_to(second).await;
        page.reload().await;
        page.wait_for_h1(DETAILS).await;
        assert_eq!(page.value("Prénom").await, "Paul", "nothing of the other person was kept");
    }
}

#[tokio::test]
async fn a_double_press_is_one_press() {
    for scripts in [true, false] {
        let world = World::new().await;
        let person = Person::new(&world, scripts, Looks::Little).await;
        let page = &person.page;
        person.goto("/dossier/42?onglet=analyses").await;
        page.wait_for_h1(SIGN_IN).await;
        page.fill("Identifiant", PAUL.id).await;
        page.fill("Mot de passe", PAUL.password).await;
        page.double_click("Connexion").await;
        person.fill_details(PAUL).await;
        page.fill(CODE, &world.code_for(PAUL.email).await).await;
        page.double_click("Valider").await;
        page.wait_for_h1(PASSWORD).await;
        page.fill("Mot de passe", CHOSEN).await;
        page.fill("Confirmation mot de passe", CHOSEN).await;
        page.double_click("Valider").await;
        page.wait_for_h1(PHONE).await;
        page.fill(CODE, &world.code_for(PAUL.phone).await).await;
        page.double_click("Envoyer").await;
        page.wait_for_h1(ORGANISATION).await;
        page.double_click("Valider").await;
        page.wait_for_h1(FINISHED).await;
        page.click("Accéder à votre espace client").await;
        page.wait_for_h1("Dossier 42").await;

        person.sign_out().await;
        page.wait_for_h1("Vous êtes déconnecté").await;
        page.click("Me connecter à nouveau").await;
        page.wait_for_h1(SIGN_IN).await;
        page.fill("Identifiant", PAUL.email).await;
        page.fill("Mot de passe", CHOSEN).await;
        page.double_click("Connexion").await;
        page.wait_for_h1(FACTOR).await;
        page.pick_radio("Par e-mail").await;
        page.double_click("Recevoir le code").await;
        page.wait_for_text("Saisissez le code de vérification envoyé").await;
        page.fill(CODE, &world.code_for(PAUL.email).await).await;
        page.double_click("Valider").await;
        page.wait_for_h1("Accueil").await;
        assert!(person.is_in().await);
    }
}

#[tokio::test]
async fn a_double_press_on_the_button_of_the_provider_is_one_press() {
    for scripts in [true, false] {
        let world = World::new().await;
        let person = Person::new(&world, scripts, Looks::Little).await;
        let page = &person.page;
        person.goto("/dossier/42?onglet=analyses").await;
        page.wait_for_h1(SIGN_IN).await;
        page.double_click(super::person::PSC).await;
        page.wait_for_h1("Connectez-vous").await;
        person.prove("NADIA ROUX-TEST").await;
        page.wait_for_h1(CONTACTS).await;
        // Back to the provider's return: the person is where they wanted to be.
        page.tick("J'accepte les conditions").await;
        page.double_click("Ignorer cette étape").await;
        page.wait_for_url(&world.at("/_guichet/activation/psc/telephone")).await;
        page.click("Ignorer cette étape").await;
        page.wait_for_h1("Dossier 42").await;
        let assertion = person.assertion().await;
        assert!(assertion.get("rpps").is_none(), "{assertion}");
    }
}
