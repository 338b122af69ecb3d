//! Pages that stand in the way: too many tries, a proof asked again, an account that cannot be linked, an activation that is blocked.

use guichet::config::settings::Upstream;
use jiff::SignedDuration;

use super::person::{CONTACTS, DETAILS, ELODIE, Known, LUCAS, Looks, PASSWORD, PAUL, Person, SIGN_IN};
use crate::support::world::World;

#[tokio::test]
async fn too_many_wrong_passwords_are_told_to_wait_account_or_not() {
    let world = World::new().await;
    for (identifier, scripts) in [(ELODIE.id, true), ("999999999", false)] {
        let person = Person::looked_at(&world, scripts).await;
        let page = &person.page;
        person.goto("/").await;
        for tried in 1..=5 {
            person.sign_in(identifier, &format!("pas le bon {tried}")).await;
            page.wait_for_text("L'identifiant et le mot de passe ne correspondent pas.").await;
            assert_eq!(page.value("Identifiant").await, identifier);
            assert_eq!(page.text().await.contains("Besoin d'aide ? Appelez le"), tried >= 3, "try {tried}");
        }
        person.sign_in(identifier, ELODIE.password).await;
        page.wait_for_text("Trop d'essais ont échoué pour cet identifiant. Par sécurité, patientez une minute").await;
        person.look("92-trop-d-essais").await;
    }
    world.advance(SignedDuration::from_secs(61));
    let person = Person::new(&world, true, Looks::Little).await;
    person.goto("/").await;
    person.sign_in(ELODIE.id, ELODIE.password).await;
    person.page.wait_for_h1("Information").await;
}

#[tokio::test]
async fn a_password_is_set_within_five_minutes_of_a_proof() {
    for scripts in [true, false] {
        let world = World::new().await;
        let person = Person::looked_at(&world, scripts).await;
        let page = &person.page;
        person.goto("/").await;
        person.sign_in(PAUL.id, PAUL.password).await;
        person.fill_details(PAUL).await;
        person.give_code(PAUL.email, "Valider").await;
        page.wait_for_h1(PASSWORD).await;
        world.advance(SignedDuration::from_mins(6));
        person.choose_password().await;
        person.screen("Confirmez que c'est bien vous", "93-confirmer").await;
        person.give_code(PAUL.email, "Confirmer").await;
        page.wait_for_text("Identité confirmée. Validez à nouveau.").await;
        person.choose_password().await;
        page.wait_for_h1("Validation du numéro de téléphone").await;
    }
}

#[tokio::test]
async fn the_holder_of_the_known_address_can_block_an_activation() {
    for scripts in [true, false] {
        let world = World::new().await;
        let thief = Person::new(&world, scripts, Looks::Little).await;
        thief.goto("/").await;
        thief.sign_in(ELODIE.id, ELODIE.password).await;
        thief.fill_details(Known { email: "voleur@exemple.fr", ..ELODIE }).await;
        let told = world.message_to(ELODIE.email, |sent| sent.text.contains("bloquez cette activation")).await;
        let link = told.text.split_whitespace().find(|word| word.contains("/_guichet/activation/bloquer?jeton="));
        let link = link.expect("the message brings a link").trim_end_matches('.').to_owned();

        let holder = Person::looked_at(&world, scripts).await;
        let page = &holder.page;
        page.goto(&link).await;
        holder.screen("Bloquer cette activation ?", "94-bloquer").await;
        page.click("C'est bien moi, ne rien bloquer").await;
        page.wait_for_text("L'activation peut continuer.").await;
        holder.look("95-rien-change").await;
        page.goto(&link).await;
        page.click("Bloquer l'activation").await;
        holder.screen("L'activation est bloquée", "96-bloquee").await;

        thief.give_code("voleur@exemple.fr", "Valider").await;
        thief.page.wait_for_one_of(&[SIGN_IN, "L'activation est bloquée"]).await;
        thief.goto("/_guichet/connexion").await;
        thief.sign_in(ELODIE.id, ELODIE.password).await;
        thief.page.wait_for_h1("L'activation est bloquée").await;
    }
}

#[tokio::test]
async fn an_account_of_somebody_else_cannot_be_linked() {
    let world = World::new().await;
    let person = Person::new(&world, true, Looks::Closely).await;
    let page = &person.page;
    person.goto("/").await;
    page.wait_for_h1(SIGN_IN).await;
    person.to_simulator().await;
    person.prove("LUCAS MOREAU-TEST").await;
    page.click("Rattacher mon compte").await;
    page.wait_for_h1("Rattacher votre compte").await;
    page.fill("Identifiant", PAUL.id).await;
    page.fill("Mot de passe", PAUL.password).await;
    page.click("Valider").await;
    person.screen("Ce compte ne peut pas être rattaché", "97-conflit").await;
    page.click("Essayer un autre compte").await;
    page.wait_for_h1("Rattacher votre compte").await;
    page.fill("Identifiant", LUCAS.id).await;
    page.fill("Mot de passe", LUCAS.password).await;
    page.click("Valider").await;
    page.wait_for_h1(CONTACTS).await;

    // Paul's own way in is as it was.
    let paul = Person::new(&world, false, Looks::Little).await;
    paul.goto("/").await;
    paul.sign_in(PAUL.id, PAUL.password).await;
    paul.begin().await;
    // A step ahead of the first pending one cannot be reached by its address.
    for path in ["email", "mot-de-passe", "telephone", "structure", "structure/facturation", "terminee"] {
        paul.goto(&format!("/_guichet/activation/{path}")).await;
        paul.page.wait_for_h1(DETAILS).await;
    }
}

#[tokio::test]
async fn what_a_route_refuses_is_said_with_its_reason_and_a_way_on() {
    let mut world = World::new().await;
    let browser = {
        let person = Person::new(&world, true, Looks::Little).await;
        person.goto("/").await;
        person.activate(PAUL, false).await;
        person.into_page()
    };
    world
        .restart_with(|settings| {
            for route in &mut settings.routes {
                match route.name.as_str() {
                    "api" => route.policy.professions = ["60".to_owned()].into(),
                    "compte-en-cours" => route.policy.identity_providers = ["psc".to_owned()].into(),
                    // Nobody listens on the discard port.
                    "public" => route.upstream = Some(Upstream::at("127.0.0.1", 9)),
                    _ => {}
                }
            }
        })
        .await;
    let person = Person::with(&world, browser).looking(Looks::Closely);
    let page = &person.page;
    person.goto("/api/moi").await;
    page.wait_for_text("Cette page est réservée à d'autres professions que la vôtre (Médecin).").await;
    person.screen("Vous n'avez pas accès à cette page", "98-autre-profession").await;
    person.goto("/compte-en-cours").await;
    page.wait_for_text("Cette page demande de se connecter avec Pro Santé Connect.").await;
    person.screen("Vous n'avez pas accès à cette page", "98-autre-fournisseur").await;
    page.click("S'identifier avec Pro Santé Connect").await;
    person.screen("Confirmez que c'est bien vous", "98-confirmer-psc").await;
    page.click("Retour").await;
    page.wait_for_h1("Accueil").await;
    person.goto("/public/").await;
    page.wait_for_text("ne répond pas pour le moment. Votre connexion, elle, fonctionne.").await;
    person.screen("Service momentanément indisponible", "98-portail-absent").await;
    person.goto("/_guichet/rien").await;
    person.screen("Cette page n'existe pas", "98-rien").await;
    page.goto(&world.at("/").replace("localhost", "127.0.0.1")).await;
    page.wait_for_text("Cette adresse n'est pas servie ici.").await;
    person.look("98-autre-adresse").await;
}
