//! A page that asks for more than a sign-in has proven, in a real browser, with scripts and without: what is missing is asked, and nothing
//! else; on another host too (screens.md 6.6).

use std::time::Duration;

use guichet::config::Settings;
use guichet::config::settings::AcrMinimum;
use jiff::SignedDuration;

use super::person::{CHOSEN, ELODIE, FACTOR, Looks, Person, SIGN_IN};
use crate::support::world::World;

const DOSSIER: &str = "dossier.localhost";
const CONFIRM: &str = "Confirmez que c'est bien vous";

/// Dossiers for who proved who they are within five minutes, and those of another host by SMS.
fn asking(settings: &mut Settings) {
    let portal = settings.routes.iter().find(|route| route.path == "/").unwrap().clone();
    let mut young = portal.clone();
    (young.name, young.path) = ("coffre".to_owned(), "/dossier".to_owned());
    young.policy.max_age = Some(Duration::from_secs(300));
    let mut far = portal;
    (far.name, far.host) = ("dossiers".to_owned(), Some(DOSSIER.into()));
    let sms = AcrMinimum { rank: 3, accepted: vec!["urn:guichet:acr:sms".to_owned()] };
    far.policy.acr_minimum = [("local".to_owned(), sms)].into();
    settings.routes.extend([young, far]);
}

#[tokio::test]
async fn an_old_sign_in_confirms_and_a_second_host_asks_the_code_by_sms_alone() {
    let mut world = World::new().await;
    world.restart_with(asking).await;
    {
        let person = Person::new(&world, true, Looks::Little).await;
        person.goto("/").await;
        person.activate(ELODIE, true).await;
    }
    for scripts in [true, false] {
        world.advance(SignedDuration::from_hours(5));
        let person = Person::new(&world, scripts, Looks::Closely).await;
        let page = &person.page;
        person.goto("/dossier/42?onglet=analyses").await;
        page.wait_for_h1(SIGN_IN).await;
        person.sign_in(ELODIE.email, CHOSEN).await;
        page.wait_for_h1(FACTOR).await;
        page.pick_radio("Par e-mail").await;
        page.click("Recevoir le code").await;
        // The code of a moment ago is there, and not one of the activation.
        page.wait_for_text("Saisissez le code").await;
        person.give_code(ELODIE.email, "Valider").await;
        page.wait_for_h1("Dossier 42").await;

        world.advance(SignedDuration::from_mins(6));
        person.goto("/dossier/42?onglet=analyses").await;
        person.screen(CONFIRM, "72-confirmer").await;
        page.fill("Mot de passe", "Une-Autre-Idee-12").await;
        page.click("Confirmer").await;
        page.wait_for_text("Ce mot de passe ne correspond pas.").await;
        page.fill("Mot de passe", CHOSEN).await;
        page.click("Confirmer").await;
        page.wait_for_text("Saisissez le code").await;
        person.screen(CONFIRM, "73-confirmer-code").await;
        person.give_code(ELODIE.email, "Confirmer").await;
        page.wait_for_h1("Dossier 42").await;
        assert_eq!(page.url().await, world.at("/dossier/42?onglet=analyses"));

        let there = format!("{}/dossier/42?onglet=analyses", world.at("").replace("localhost", DOSSIER));
        page.goto(&there).await;
        person.screen(CONFIRM, "74-confirmer-sms").await;
        page.wait_for_url(&world.at("/_guichet/confirmer")).await;
        page.click("Envoyer le code").await;
        page.wait_for_text("Saisissez le code").await;
        person.give_code(ELODIE.phone, "Confirmer").await;
        page.wait_for_h1("Dossier 42").await;
        assert_eq!(page.url().await, there);
        person.sign_out().await;
    }
}
