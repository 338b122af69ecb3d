//! A page that lives on its script: warned before the session ends, and signed in again in another tab without losing what was typed.

use jiff::SignedDuration;

use super::person::{CHOSEN, ELODIE, FACTOR, Looks, Person, SIGN_IN};
use crate::support::world::World;

/// The person comes back to the page: the script looks again at once.
async fn come_back(person: &Person<'_>) {
    person.page.client().execute("dispatchEvent(new Event('focus'))", Vec::new()).await.expect("the page is there");
}

#[tokio::test]
async fn a_page_hears_of_the_end_of_its_session_before_and_of_the_next_sign_in_after() {
    let world = World::new().await;
    let person = Person::new(&world, true, Looks::Little).await;
    let page = &person.page;
    person.goto("/spa").await;
    page.wait_for_h1(SIGN_IN).await;
    person.activate(ELODIE, false).await;
    page.click("Accéder à votre espace client").await;
    page.wait_for_h1("Page avec un script").await;
    page.wait_for_text("vérifié : ").await;
    page.fill("Brouillon", "Ordonnance du matin").await;

    world.advance(SignedDuration::from_mins(29));
    come_back(&person).await;
    page.wait_for_text("se ferme bientôt").await;
    page.click("Rester connecté").await;
    page.wait_for_text("prolongée").await;

    world.advance(SignedDuration::from_mins(31));
    come_back(&person).await;
    page.wait_for_text("fermée : idle").await;
    let windows = page.client().windows().await.expect("its windows");
    page.click("Me reconnecter").await;
    let left = windows[0].clone();
    let mut opened = Vec::new();
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(10);
    while opened.is_empty() {
        assert!(tokio::time::Instant::now() < deadline, "no tab was opened");
        let all = page.client().windows().await.expect("its windows");
        opened = all.into_iter().filter(|window| *window != left).collect();
        tokio::task::yield_now().await;
    }
    page.switch_to(opened.remove(0)).await;
    page.wait_for_h1(SIGN_IN).await;
    person.sign_in(ELODIE.email, CHOSEN).await;
    page.wait_for_h1(FACTOR).await;
    person.give_code(ELODIE.email, "Valider").await;
    page.wait_for_h1("Vous êtes connecté").await;
    page.close_tab(left).await;
    page.wait_for_text("rouverte").await;
    assert_eq!(page.value("Brouillon").await, "Ordonnance du matin");
}
