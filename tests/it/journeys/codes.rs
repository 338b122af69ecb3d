//! One-time codes as a person meets them: wrong, used up, expired, sent again, sent elsewhere (screens.md 0.20, 7.4).

use guichet::notify::Channel;
use jiff::SignedDuration;

use super::person::{CODE, EMAIL, Looks, PAUL, PHONE, Person};
use crate::support::world::World;

#[tokio::test]
async fn every_way_a_code_can_fail_has_its_sentence() {
    for scripts in [true, false] {
        let world = World::new().await;
        let person = Person::looked_at(&world, scripts).await;
        let page = &person.page;
        let give = async |code: &str| {
            page.fill(CODE, code).await;
            page.click("Valider").await;
        };
        person.goto("/").await;
        person.sign_in(PAUL.id, PAUL.password).await;
        person.fill_details(PAUL).await;
        give("").await;
        page.wait_for_text("Saisissez le code à 6 chiffres que vous avez reçu.").await;

        // Too soon, then too many tries.
        page.click("Demander un nouveau code").await;
        page.wait_for_text("Un code vient de partir. Patientez ").await;
        person.look("60-code-patientez").await;
        let right = world.code_for(PAUL.email).await;
        let wrong = if right == "000000" { "000001" } else { "000000" };
        for left in ["4 essais", "3 essais", "2 essais", "un essai"] {
            give(wrong).await;
            page.wait_for_text(&format!("Vérifiez le dernier message reçu : il vous reste {left}.")).await;
        }
        give(wrong).await;
        page.wait_for_text("Ce code ne peut plus servir après 5 essais. Demandez-en un nouveau").await;
        person.look("61-code-epuise").await;
        give(&right).await;
        page.wait_for_text("Ce code ne peut plus servir après 5 essais.").await;

        // A minute later a new one leaves, and only that one fits.
        world.advance(SignedDuration::from_secs(61));
        page.click("Demander un nouveau code").await;
        page.wait_for_text("Un nouveau code vient de partir. Seul ce dernier code fonctionne.").await;
        person.look("62-code-renvoye").await;
        let newer = world.code_for(PAUL.email).await;
        if newer != right {
            give(&right).await;
            page.wait_for_text("Ce code ne correspond pas.").await;
        }
        world.advance(SignedDuration::from_mins(10));
        give(&newer).await;
        page.wait_for_text("Ce code a expiré. Demandez-en un nouveau, il arrive en moins d'une minute.").await;

        // The relay is away: nothing is lost, and the button tries again.
        world.set_down(Channel::Email, true);
        page.click("Demander un nouveau code").await;
        page.wait_for_text("Nous ne pouvons pas envoyer d'e-mail pour le moment. Réessayez dans quelques minutes.")
            .await;
        person.look("63-envoi-impossible").await;
        world.set_down(Channel::Email, false);
        page.click("Réessayer l'envoi").await;
        page.wait_for_text("Un nouveau code vient de partir.").await;
        let code = world.code_for(PAUL.email).await;
        // As it is printed in the message, with a space.
        give(&format!("{} {}", &code[..3], &code[3..])).await;
        page.wait_for_h1("Créer votre mot de passe").await;

        // The SMS service is away: the step can be skipped.
        world.set_down(Channel::Sms, true);
        person.choose_password().await;
        page.wait_for_h1(PHONE).await;
        page.click("Envoyer le code").await;
        page.wait_for_text("Nous ne pouvons pas envoyer de SMS pour le moment.").await;
        page.wait_for_text("Vous pouvez aussi ignorer cette étape.").await;
        person.look("64-sms-impossible").await;
        world.set_down(Channel::Sms, false);
        page.click("Réessayer l'envoi").await;
        person.give_code(PAUL.phone, "Envoyer").await;
        page.wait_for_h1("Coordonnées de votre structure").await;

        // The back button shows the code page again at most; the used code opens nothing.
        person.goto("/_guichet/activation/email").await;
        page.wait_for_h1("Coordonnées de votre structure").await;
    }
}

#[tokio::test]
async fn too_many_codes_are_refused_and_an_address_taken_gets_another_message() {
    let world = World::new().await;
    {
        let person = Person::new(&world, true, Looks::Little).await;
        person.goto("/").await;
        person.activate(PAUL, false).await;
    }
    let person = Person::new(&world, true, Looks::Closely).await;
    let page = &person.page;
    person.goto("/").await;
    person.sign_in(super::person::ELODIE.id, super::person::ELODIE.password).await;
    let taken = super::person::Known { email: PAUL.email, ..super::person::ELODIE };
    let before = world.messages().await.len();
    person.fill_details(taken).await;
    // The same page as for a free address, and a message that brings no code.
    assert!(page.text().await.contains("paxxxxx@example.com"));
    let sent = world.message_to(PAUL.email, |sent| sent.code.is_none() && sent.text.contains("utilise déjà")).await;
    assert!(sent.subject.unwrap_or_default().contains("un compte utilise déjà cette adresse"));
    assert!(world.messages().await.len() > before);
    page.fill(CODE, "123456").await;
    page.click("Valider").await;
    page.wait_for_text("il vous reste 4 essais.").await;
    page.click("Une erreur ? Modifier mon adresse e-mail").await;
    page.wait_for_h1("Coordonnées personnelles").await;
    assert_eq!(page.value("Email personnel pour la connexion").await, PAUL.email);
    page.fill("Email personnel pour la connexion", "elodie2@exemple.fr").await;
    page.click("Valider").await;
    page.wait_for_h1(EMAIL).await;
    for _ in 0..20 {
        world.advance(SignedDuration::from_secs(61));
        page.click("Demander un nouveau code").await;
        page.wait_for_h1(EMAIL).await;
        if page.text().await.contains("Trop de codes ont été demandés. Réessayez dans ") {
            person.look("65-trop-de-codes").await;
            return;
        }
        page.wait_for_text("Un nouveau code vient de partir.").await;
    }
    panic!("codes can be asked without end");
}
