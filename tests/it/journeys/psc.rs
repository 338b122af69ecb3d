//! The guide's second part: Pro Santé Connect, its simulator in place of the real one.

use super::person::{CODE, CONTACTS, FACTOR, LUCAS, Looks, PSC, Person, SIGN_IN};
use crate::support::world::World;

const ASKED: &str = "/dossier/42?onglet=analyses";

#[tokio::test]
async fn a_nurse_comes_with_ecps_and_gives_her_contacts() {
    let world = World::new().await;
    let nurse = Person::new(&world, true, Looks::Closely).await;
    with_contacts(&nurse).await;
}

#[tokio::test]
async fn a_nurse_without_scripts_comes_with_ecps_too() {
    let world = World::new().await;
    let nurse = Person::new(&world, false, Looks::Axe).await;
    with_contacts(&nurse).await;
}

async fn with_contacts(nurse: &Person<'_>) {
    let (world, page) = (nurse.world, &nurse.page);
    nurse.goto(ASKED).await;
    nurse.to_simulator().await;
    nurse.prove("CAMILLE MARTIN-TEST").await;

    nurse.screen(CONTACTS, "30-psc-email").await;
    let text = page.text().await;
    assert!(text.contains("Vous êtes identifié par Pro Santé Connect : ") && text.contains("Étape 2 sur 2"), "{text}");
    page.fill("Adresse email personnelle", "camille@exemple.fr").await;
    page.click("Valider").await;
    page.wait_for_text("Cochez la case pour accepter les conditions générales").await;
    nurse.look("31-psc-email-a-revoir").await;
    page.tick("J'accepte les conditions").await;
    page.click("Valider").await;
    nurse.screen(FACTOR, "32-psc-email-code").await;
    page.click("Retour").await;
    page.wait_for_h1(CONTACTS).await;
    assert_eq!(page.value("Adresse email personnelle").await, "camille@exemple.fr");
    assert!(page.is_ticked("J'accepte les conditions").await);
    page.click("Valider").await;
    page.wait_for_h1(FACTOR).await;
    nurse.give_code("camille@exemple.fr", "Valider").await;

    page.wait_for_url(&world.at("/_guichet/activation/psc/telephone")).await;
    nurse.screen(CONTACTS, "33-psc-telephone").await;
    page.fill("Numéro de portable", "06 12 34 56 92").await;
    page.click("Valider").await;
    page.wait_for_url(&world.at("/_guichet/activation/psc/telephone/code")).await;
    nurse.screen(FACTOR, "34-psc-telephone-code").await;
    nurse.give_code("+33612345692", "Valider").await;
    page.wait_for_h1("Dossier 42").await;
    assert_eq!(page.url().await, world.at(ASKED));

    let assertion = nurse.assertion().await;
    assert_eq!(assertion["identity_provider"], "psc", "{assertion}");
    assert_eq!(assertion["rpps"], "99700999909");
    assert_eq!(assertion["acr"], "eidas1");
    assert_eq!(assertion["email"], "camille@exemple.fr");
    assert_eq!(assertion["phone_number"], "+33612345692");
    assert_eq!(assertion["organisation"]["siret"], "99900001100018");
    assert_eq!(assertion["professions"][0]["code"], "60");
    assert!(assertion.get("legacy_id").is_none());

    // Signing out crosses to the simulator's host and back, and ends there too.
    nurse.sign_out().await;
    page.wait_for_h1("Vous êtes déconnecté").await;
    page.click("Me connecter à nouveau").await;
    page.wait_for_h1(SIGN_IN).await;
    nurse.to_simulator().await;

    // The card this time; afterwards the button alone is enough, in this browser.
    page.click("Carte CPS").await;
    page.pick_radio("CAMILLE MARTIN-TEST").await;
    page.click("Se connecter avec la carte CPS").await;
    page.wait_for_h1("Insérez votre carte").await;
    page.fill("Code porteur", "1234").await;
    page.click("Valider").await;
    page.wait_for_h1("Accueil").await;
    page.client().delete_cookie("__Host-guichet").await.expect("the cookie goes");
    nurse.goto("/").await;
    page.wait_for_h1(SIGN_IN).await;
    page.click(PSC).await;
    page.wait_for_h1("Accueil").await;
    assert_eq!(nurse.assertion().await["sub"], assertion["sub"]);
}

#[tokio::test]
async fn a_physician_with_two_places_chooses_one_and_skips_his_contacts() {
    for scripts in [true, false] {
        let world = World::new().await;
        let doctor = Person::looked_at(&world, scripts).await;
        let page = &doctor.page;
        doctor.goto("/").await;
        page.wait_for_h1(SIGN_IN).await;
        doctor.to_simulator().await;
        page.click("Quitter l'authentification").await;
        page.wait_for_text("Vous avez quitté Pro Santé Connect. Vous pouvez recommencer").await;
        doctor.screen(SIGN_IN, "35-psc-quitte").await;

        doctor.to_simulator().await;
        doctor.prove("ARMAND DUPONT-TEST").await;
        doctor.screen("Choisissez votre lieu d'exercice", "36-lieu").await;
        assert!(page.text().await.contains("« Mon compte »"));
        page.click("Valider").await;
        page.wait_for_text("Choisissez un lieu, ou « Aucun de ces lieux ».").await;
        page.pick_radio("CENTRE HOSPITALIER DE DEMONSTRATION…").await;
        page.click("Valider").await;
        page.wait_for_h1(CONTACTS).await;
        page.click("Ignorer cette étape").await;
        page.wait_for_text("Cochez la case pour accepter").await;
        page.tick("J'accepte les conditions").await;
        page.click("Ignorer cette étape").await;
        page.wait_for_url(&world.at("/_guichet/activation/psc/telephone")).await;
        page.click("Ignorer cette étape").await;
        page.wait_for_h1("Accueil").await;
        let assertion = doctor.assertion().await;
        assert_eq!(assertion["organisation"]["siret"], "99900003700013", "{assertion}");
        assert!(assertion.get("email").is_none());
        assert!(world.messages().await.is_empty(), "nobody to write to");
    }
}

#[tokio::test]
async fn a_student_without_a_place_types_contacts_and_skips_their_codes() {
    let world = World::new().await;
    let student = Person::new(&world, false, Looks::Axe).await;
    let page = &student.page;
    student.goto("/").await;
    student.to_simulator().await;
    student.prove("JADE PETIT-TEST").await;
    page.wait_for_h1(CONTACTS).await;
    page.fill("Adresse email personnelle", "jade@exemple.fr").await;
    page.tick("J'accepte les conditions").await;
    page.click("Valider").await;
    page.wait_for_h1(FACTOR).await;
    page.click("Ignorer cette étape").await;
    page.wait_for_url(&world.at("/_guichet/activation/psc/telephone")).await;
    page.fill("Numéro de portable", "0612345693").await;
    page.click("Valider").await;
    page.wait_for_h1(FACTOR).await;
    page.click("Ignorer cette étape").await;
    page.wait_for_h1("Accueil").await;
    let assertion = student.assertion().await;
    for absent in ["organisation", "email", "phone_number"] {
        assert!(assertion.get(absent).is_none(), "{absent}: {assertion}");
    }
}

#[tokio::test]
async fn each_fault_of_the_provider_has_its_page() {
    let world = World::new().await;
    let person = Person::new(&world, true, Looks::Axe).await;
    let page = &person.page;
    let away = "Pro Santé Connect ne répond pas";
    let stale = "Reprenez votre connexion";
    let faults = [
        ("Retour avec l'erreur « server_error »", away),
        ("Retour avec l'erreur « temporarily_unavailable »", away),
        ("Retour avec l'erreur « invalid_scope »", away),
        ("Jetons refusés", away),
        ("Données du professionnel indisponibles", away),
        ("Données d'une autre personne", away),
        ("Jeton avec un mauvais « nonce »", stale),
        ("Jeton d'un autre émetteur", stale),
        ("Retour au nom d'un autre émetteur", stale),
        ("Retour avec un « state » vide", stale),
    ];
    for (fault, h1) in faults {
        person.goto("/").await;
        page.wait_for_h1(SIGN_IN).await;
        page.click(PSC).await;
        page.wait_for_h1("Connectez-vous").await;
        page.pick_radio("CAMILLE MARTIN-TEST").await;
        page.choose("Simuler une panne", fault).await;
        page.click("Se connecter avec e-CPS").await;
        if !fault.starts_with("Retour avec l'erreur") {
            page.wait_for_h1("Authentification").await;
            let text = page.text().await;
            let shown = |line: &&str| line.len() == 2 && line.bytes().all(|byte| byte.is_ascii_digit());
            let code = text.lines().map(str::trim).find(shown).expect("a code").to_owned();
            page.click(&code).await;
        }
        let title = page.wait_for_one_of(&[away, stale]).await;
        assert_eq!(title, h1, "after “{fault}”");
        person.look("fault").await;
        assert!(!person.is_in().await, "after “{fault}”");
        page.client().goto(&world.wallet()).await.expect("the simulator answers");
        page.client().delete_all_cookies().await.expect("the simulator forgets");
    }
    let person = Person::new(&world, true, Looks::Closely).await;
    let page = &person.page;
    person.goto("/_guichet/callback/psc?code=x&state=y").await;
    person.screen(stale, "37-psc-reprendre").await;
    page.click("Retour à la connexion").await;
    person.to_simulator().await;
    page.choose("Simuler une panne", "Retour avec l'erreur « server_error »").await;
    page.click("Se connecter avec e-CPS").await;
    person.screen(away, "38-psc-ne-repond-pas").await;
    page.click("Réessayer").await;
    page.wait_for_h1("Connectez-vous").await;
}

#[tokio::test]
async fn an_imported_account_is_linked_with_its_password() {
    for scripts in [true, false] {
        let world = World::new().await;
        let person = Person::looked_at(&world, scripts).await;
        let page = &person.page;
        person.goto(ASKED).await;
        person.to_simulator().await;
        person.prove("LUCAS MOREAU-TEST").await;
        person.screen("Avez-vous déjà un compte sur le portail ?", "40-rattachement").await;
        assert!(!page.text().await.contains("« Mon compte »"));
        page.click("Rattacher mon compte").await;
        person.screen("Rattacher votre compte", "41-rattachement-preuve").await;
        page.fill("Identifiant", LUCAS.id).await;
        page.fill("Mot de passe", "pas le bon").await;
        page.click("Valider").await;
        page.wait_for_text("L'identifiant et le mot de passe ne correspondent pas.").await;
        page.fill("Mot de passe", LUCAS.password).await;
        page.click("Valider").await;
        page.wait_for_text("Votre compte est rattaché à Pro Santé Connect.").await;
        person.screen(CONTACTS, "42-rattache").await;
        page.tick("J'accepte les conditions").await;
        assert_eq!(page.value("Adresse email personnelle").await, LUCAS.email, "what import knew");
        page.click("Valider").await;
        page.wait_for_h1(FACTOR).await;
        person.give_code(LUCAS.email, "Valider").await;
        page.wait_for_url(&world.at("/_guichet/activation/psc/telephone")).await;
        page.click("Ignorer cette étape").await;
        page.wait_for_h1("Dossier 42").await;
        let assertion = person.assertion().await;
        assert_eq!(assertion["legacy_id"], LUCAS.id, "{assertion}");
        assert_eq!(assertion["identity_provider"], "psc");

        // The legacy password died with the activation.
        person.sign_out().await;
        page.wait_for_h1("Vous êtes déconnecté").await;
        page.click("Me connecter à nouveau").await;
        person.sign_in(LUCAS.id, LUCAS.password).await;
        page.wait_for_text("L'identifiant et le mot de passe ne correspondent pas.").await;
    }
}

#[tokio::test]
async fn an_active_account_is_linked_with_its_password_and_a_code_or_left_alone() {
    let world = World::new().await;
    {
        let person = Person::new(&world, true, Looks::Little).await;
        person.goto("/").await;
        person.activate(LUCAS, true).await;
    }
    let person = Person::new(&world, true, Looks::Closely).await;
    let page = &person.page;
    person.goto("/").await;
    person.to_simulator().await;
    person.prove("LUCAS MOREAU-TEST").await;
    page.wait_for_h1("Avez-vous déjà un compte sur le portail ?").await;
    page.click("Rattacher mon compte").await;
    page.wait_for_h1("Rattacher votre compte").await;
    page.fill("Identifiant", LUCAS.email).await;
    page.fill("Mot de passe", super::person::CHOSEN).await;
    page.click("Valider").await;
    page.pick_radio("Par e-mail").await;
    person.look("43-rattachement-choix").await;
    page.click("Recevoir le code").await;
    page.wait_for_text("Saisissez le code de vérification envoyé à l'adresse e-mail").await;
    person.look("44-rattachement-code").await;
    page.fill(CODE, "000000").await;
    page.click("Valider").await;
    page.wait_for_text("Ce code ne correspond pas.").await;
    person.give_code(LUCAS.email, "Valider").await;
    page.wait_for_h1("Accueil").await;
    assert_eq!(person.assertion().await["legacy_id"], LUCAS.id);
    let told = world.message_to(LUCAS.phone, |sent| sent.text.contains("maintenant rattaché")).await;
    assert_eq!(told.channel, "sms");

    // Somebody else's browser, the same professional, on a world where the account is not linked.
    let world = World::new().await;
    let person = Person::new(&world, false, Looks::Axe).await;
    let page = &person.page;
    person.goto("/").await;
    person.to_simulator().await;
    person.prove("LUCAS MOREAU-TEST").await;
    page.wait_for_h1("Avez-vous déjà un compte sur le portail ?").await;
    page.click("Continuer sans rattacher").await;
    page.wait_for_h1(CONTACTS).await;
    page.tick("J'accepte les conditions").await;
    page.click("Ignorer cette étape").await;
    page.wait_for_url(&world.at("/_guichet/activation/psc/telephone")).await;
    page.click("Ignorer cette étape").await;
    page.wait_for_h1("Accueil").await;
    assert!(person.assertion().await.get("legacy_id").is_none());
    // Once declined, it is not asked again.
    person.sign_out().await;
    page.wait_for_h1("Vous êtes déconnecté").await;
    page.click("Me connecter à nouveau").await;
    person.to_simulator().await;
    person.prove("LUCAS MOREAU-TEST").await;
    page.wait_for_h1("Accueil").await;
}
