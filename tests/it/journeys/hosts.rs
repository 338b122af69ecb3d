//! A portal of two hosts, in a real browser: one sign-in, a cookie of each host, one sign-out (decisions 15, 21, 23).

use guichet::config::Settings;

use super::person::{CHOSEN, ELODIE, FACTOR, Looks, Person, SIGN_IN};
use crate::support::world::World;

const DOSSIER: &str = "dossier.localhost";

fn two_hosts(settings: &mut Settings) {
    let mut route = settings.routes.iter().find(|route| route.path == "/").unwrap().clone();
    route.name = "dossiers".to_owned();
    route.host = Some(DOSSIER.into());
    settings.routes.push(route);
}

/// The value of this page's session cookie, if it has one.
async fn session(person: &Person<'_>) -> Option<String> {
    let cookies = person.page.cookies().await;
    let ours = cookies.iter().find(|cookie| cookie.name() == "__Host-guichet")?;
    assert!(ours.secure() == Some(true) && ours.http_only() == Some(true), "{ours:?}");
    Some(ours.value().to_owned())
}

#[tokio::test]
async fn a_sign_in_opens_both_hosts_and_signing_out_on_the_second_closes_both() {
    let mut world = World::new().await;
    world.restart_with(two_hosts).await;
    let there = world.at("").replace("localhost", DOSSIER);
    for scripts in [true, false] {
        let person = Person::new(&world, scripts, Looks::Little).await;
        let page = &person.page;
        page.goto(&format!("{there}/dossier/42?onglet=analyses")).await;
        page.wait_for_h1(SIGN_IN).await;
        page.wait_for_url(&world.at("/_guichet/connexion")).await;
        if scripts {
            person.activate(ELODIE, false).await;
            page.click("Accéder à votre espace client").await;
        } else {
            // The last form of a sign-in leads across both hosts: its page's policy lets it.
            person.sign_in(ELODIE.email, CHOSEN).await;
            page.wait_for_h1(FACTOR).await;
            person.give_code(ELODIE.email, "Valider").await;
        }
        page.wait_for_h1("Dossier 42").await;
        assert_eq!(page.url().await, format!("{there}/dossier/42?onglet=analyses"));
        let second = session(&person).await.expect("a session of the second host");
        person.goto("/dossier/42").await;
        page.wait_for_h1("Dossier 42").await;
        assert_ne!(session(&person).await, Some(second), "each host has its own");

        page.goto(&format!("{there}/dossier/42")).await;
        page.wait_for_h1("Dossier 42").await;
        page.goto(&format!("{there}/_guichet/deconnexion")).await;
        page.wait_for_h1("Se déconnecter ?").await;
        page.click("Me déconnecter").await;
        page.wait_for_h1("Vous êtes déconnecté").await;
        assert_eq!(session(&person).await, None);
        for address in [world.at("/dossier/42"), format!("{there}/dossier/42")] {
            page.goto(&address).await;
            page.wait_for_h1(SIGN_IN).await;
        }
        world.advance(jiff::SignedDuration::from_mins(2));
    }
}
