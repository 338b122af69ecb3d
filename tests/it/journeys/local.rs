//! The guide's first part: the local journey, whole, with a skipped phone and changed addresses, and the sign-ins after it.

use super::person::{
    CHOSEN, CODE, DETAILS, ELODIE, EMAIL, FACTOR, FINISHED, Looks, ORGANISATION, PASSWORD, PAUL, PHONE, Person, SIGN_IN,
};
use crate::support::world::World;

const ASKED: &str = "/dossier/42?onglet=analyses";

#[tokio::test]
async fn a_nurse_activates_her_account_and_lands_where_she_wanted_to_go() {
    let world = World::new().await;
    whole_journey(&world, Person::new(&world, true, Looks::Closely).await).await;
}

#[tokio::test]
async fn a_nurse_without_scripts_does_the_same() {
    let world = World::new().await;
    whole_journey(&world, Person::new(&world, false, Looks::Axe).await).await;
}

async fn whole_journey(world: &World, nurse: Person<'_>) {
    let page = &nurse.page;
    nurse.goto(ASKED).await;
    nurse.screen(SIGN_IN, "01-connexion").await;
    nurse.sign_in(ELODIE.id, "pas le bon").await;
    page.wait_for_text("L'identifiant et le mot de passe ne correspondent pas.").await;
    nurse.look("02-connexion-refusee").await;
    nurse.sign_in(ELODIE.id, ELODIE.password).await;
    nurse.screen("Information", "03-information").await;
    assert!(page.text().await.contains("Étape 1 sur 4 : Connexion"));
    page.click("Je configure mon compte portail").await;

    nurse.screen(DETAILS, "04-coordonnees").await;
    assert_eq!(page.value("Nom").await, "FONTAINE-TEST", "what import knew is filled in");
    page.fill("Prénom", "").await;
    page.click("Valider").await;
    page.wait_for_text("2 champs sont à revoir").await;
    nurse.look("05-coordonnees-a-revoir").await;
    page.fill("Prénom", "Élodie").await;
    page.fill("Email personnel pour la connexion", "elodie@exemple.fr").await;
    page.tick("J'accepte les conditions").await;
    page.click("Valider").await;

    nurse.screen(EMAIL, "06-email").await;
    assert!(page.text().await.contains("elxxxxx@exemple.fr"));
    page.fill(CODE, "12").await;
    page.click("Valider").await;
    page.wait_for_text("Le code compte 6 chiffres.").await;
    nurse.look("07-email-code-refuse").await;
    nurse.give_code("elodie@exemple.fr", "Valider").await;

    nurse.screen(PASSWORD, "08-mot-de-passe").await;
    page.fill("Mot de passe", "trop").await;
    page.fill("Confirmation mot de passe", "trop").await;
    page.click("Valider").await;
    page.wait_for_text("Il manque : 12 caractères ou plus (vous en avez 4), 1 lettre majuscule, 1 chiffre").await;
    nurse.look("09-mot-de-passe-refuse").await;
    nurse.choose_password().await;

    nurse.screen(PHONE, "10-telephone").await;
    assert!(page.text().await.contains("xxxxxx5602"));
    nurse.give_code(ELODIE.phone, "Envoyer").await;
    nurse.screen(ORGANISATION, "11-structure").await;
    assert_eq!(page.value("Raison sociale").await, "Cabinet infirmier des Mésanges");
    page.click("Valider").await;
    nurse.screen(FINISHED, "12-terminee").await;
    assert!(page.text().await.contains("votre identifiant sera votre adresse e-mail : elodie@exemple.fr"));
    page.click("Accéder à votre espace client").await;
    page.wait_for_h1("Dossier 42").await;
    assert_eq!(page.url().await, world.at(ASKED), "exactly the page first asked for");
    assert!(page.text().await.contains("onglet=analyses"));

    let assertion = nurse.assertion().await;
    assert_eq!(assertion["name"], "Élodie FONTAINE-TEST", "{assertion}");
    assert_eq!(assertion["legacy_id"], ELODIE.id);
    assert_eq!(assertion["identity_provider"], "local");
    assert_eq!(assertion["email"], "elodie@exemple.fr");
    assert_eq!(assertion["phone_number"], ELODIE.phone);
    assert_eq!(assertion["rpps"], "99900100068");
    assert_eq!(assertion["organisation"]["name"], "Cabinet infirmier des Mésanges");
    assert_eq!(assertion["acr"], "urn:guichet:acr:email", "a password and an e-mail code were given: {assertion}");

    // The address that import knew was told, and the new one has its welcome.
    let told = world.message_to(ELODIE.email, |_| true).await;
    assert!(told.text.contains("en cours d'activation avec une autre adresse e-mail"), "{told:?}");
    let told = world.message_to("elodie@exemple.fr", |sent| sent.code.is_none()).await;
    assert!(told.subject.as_deref().unwrap_or_default().contains("votre compte est activé"), "{told:?}");

    nurse.sign_out().await;
    nurse.screen("Vous êtes déconnecté", "13-deconnecte").await;
    assert!(!nurse.is_in().await);
    page.click("Me connecter à nouveau").await;
    second_sign_in(&nurse).await;
}

/// By e-mail, password and a second factor, once by e-mail and once by SMS.
async fn second_sign_in(nurse: &Person<'_>) {
    let page = &nurse.page;
    nurse.sign_in(ELODIE.id, CHOSEN).await;
    page.wait_for_text("Une fois votre compte activé, votre identifiant est votre adresse e-mail.").await;
    nurse.sign_in("elodie@exemple.fr", CHOSEN).await;
    nurse.screen(FACTOR, "14-facteur").await;
    page.pick_radio("Par e-mail à elxxxxx@exemple.fr").await;
    page.click("Recevoir le code").await;
    page.wait_for_text("Saisissez le code de vérification envoyé à l'adresse e-mail elxxxxx@exemple.fr").await;
    nurse.look("15-facteur-code").await;
    page.click("Recevoir le code autrement").await;
    page.wait_for_text("Où voulez-vous recevoir votre code ?").await;
    page.pick_radio("Par SMS au xxxxxx5602").await;
    page.click("Recevoir le code").await;
    page.wait_for_text("envoyé au xxxxxx5602").await;
    nurse.give_code(ELODIE.phone, "Valider").await;
    page.wait_for_h1("Accueil").await;
    assert_eq!(nurse.assertion().await["acr"], "urn:guichet:acr:sms");
}

#[tokio::test]
async fn a_phone_is_changed_then_skipped_and_the_bill_goes_elsewhere() {
    for scripts in [true, false] {
        let world = World::new().await;
        let doctor = Person::looked_at(&world, scripts).await;
        let page = &doctor.page;
        doctor.goto("/_guichet/connexion").await;
        doctor.sign_in(PAUL.id, PAUL.password).await;
        doctor.fill_details(PAUL).await;
        doctor.give_code(PAUL.email, "Valider").await;
        doctor.choose_password().await;
        page.wait_for_h1(PHONE).await;
        page.click("(Une erreur ? Modifier mon numéro de téléphone)").await;
        doctor.screen("Modifier mon numéro de téléphone", "20-telephone-modifier").await;
        page.fill("Numéro de téléphone portable", "01 44 99 00 06").await;
        page.click("Recevoir le code").await;
        page.wait_for_text("Ce numéro ne peut pas recevoir de SMS.").await;
        page.fill("Numéro de téléphone portable", "06 12 34 56 91").await;
        page.click("Recevoir le code").await;
        page.wait_for_h1(PHONE).await;
        page.wait_for_text("xxxxxx5691").await;
        assert!(world.code_for("+33612345691").await.len() == 6);
        page.click("Ignorer cette étape").await;

        page.wait_for_h1(ORGANISATION).await;
        page.fill("Dénomination commerciale", "Les Essais du Rhône").await;
        page.click("Modifier").await;
        doctor.screen("Coordonnées de facturation", "21-facturation").await;
        page.untick("Identiques aux coordonnées de la structure").await;
        page.fill("Raison sociale", "Comptable de l'Exemple").await;
        page.fill("Adresse", "").await;
        page.click("Valider").await;
        page.wait_for_text("Saisissez le numéro et la rue.").await;
        doctor.look("22-facturation-a-revoir").await;
        page.fill("Adresse", "5 rue des Comptes").await;
        page.click("Valider").await;
        page.wait_for_text("Coordonnées de facturation enregistrées.").await;
        page.wait_for_h1(ORGANISATION).await;
        assert!(page.text().await.contains("5 rue des Comptes"));
        assert_eq!(page.value("Dénomination commerciale").await, "Les Essais du Rhône");
        doctor.look("23-structure-facturation").await;
        page.click("Valider").await;
        page.wait_for_h1(FINISHED).await;
        page.click("Accéder à votre espace client").await;
        page.wait_for_h1("Accueil").await;
        let assertion = doctor.assertion().await;
        assert!(assertion.get("phone_number").is_none(), "{assertion}");

        // One contact: its code leaves at once.
        doctor.sign_out().await;
        page.click("Me connecter à nouveau").await;
        doctor.sign_in(PAUL.email, CHOSEN).await;
        page.wait_for_h1(FACTOR).await;
        doctor.give_code(PAUL.email, "Valider").await;
        page.wait_for_h1("Accueil").await;
    }
}
