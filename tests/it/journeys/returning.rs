//! Coming back: after thirty days with a skipped step, after new terms, after too long a silence.

use jiff::SignedDuration;

use super::person::{CHOSEN, FACTOR, Looks, PAUL, Person, SIGN_IN};
use crate::support::world::World;

#[tokio::test]
async fn a_skipped_phone_is_offered_again_after_a_month_and_new_terms_come_first() {
    let mut world = World::new().await;
    {
        let person = Person::new(&world, true, Looks::Little).await;
        person.goto("/").await;
        person.activate(PAUL, false).await;
        // A live session is never interrupted, and it ends by silence.
        world.advance(SignedDuration::from_mins(29));
        person.goto("/dossier/42?onglet=analyses").await;
        person.page.wait_for_h1("Dossier 42").await;
        world.advance(SignedDuration::from_mins(31));
        person.goto("/dossier/42?onglet=analyses").await;
        person.page.wait_for_h1(SIGN_IN).await;
        person.page.wait_for_text("Votre session s'est fermée après 30 minutes sans activité.").await;
    }
    world.advance(SignedDuration::from_hours(31 * 24));
    world
        .restart_with(|settings| {
            settings.brand.terms_version = "2026-10".to_owned();
            settings.brand.terms_date = "1er octobre 2026".to_owned();
        })
        .await;

    let person = Person::new(&world, true, Looks::Closely).await;
    let page = &person.page;
    person.goto("/dossier/42?onglet=analyses").await;
    person.sign_in(PAUL.email, CHOSEN).await;
    page.wait_for_h1(FACTOR).await;
    person.give_code(PAUL.email, "Valider").await;
    person.screen("Nos conditions générales ont changé", "70-conditions").await;
    assert!(!person.is_in().await, "until accepted the session passes as not activated");
    page.click("Valider").await;
    page.wait_for_text("Cochez la case pour accepter").await;
    page.tick("J'accepte les conditions").await;
    page.click("Valider").await;
    page.wait_for_one_of(&["Complétez vos coordonnées", "Dossier 42"]).await;

    // The reminder: skipped this time, not asked for another month; then done.
    world.advance(SignedDuration::from_hours(1));
    for scripts in [true, false] {
        let person = Person::new(&world, scripts, Looks::Closely).await;
        let page = &person.page;
        person.goto("/dossier/42?onglet=analyses").await;
        person.sign_in(PAUL.email, CHOSEN).await;
        page.wait_for_h1(FACTOR).await;
        person.give_code(PAUL.email, "Valider").await;
        person.screen("Complétez vos coordonnées", "71-rappel").await;
        if scripts {
            page.click("Ignorer cette étape").await;
            page.wait_for_h1("Dossier 42").await;
            world.advance(SignedDuration::from_hours(31 * 24));
        } else {
            page.click("Valider").await;
            page.wait_for_text("Saisissez au moins une coordonnée").await;
            page.fill("Numéro de portable", "06 12 34 56 94").await;
            page.click("Valider").await;
            page.wait_for_h1(FACTOR).await;
            page.click("Retour").await;
            page.wait_for_h1("Complétez vos coordonnées").await;
            assert_eq!(page.value("Numéro de portable").await, "06 12 34 56 94");
            page.click("Valider").await;
            page.wait_for_h1(FACTOR).await;
            person.give_code("+33612345694", "Valider").await;
            page.wait_for_h1("Dossier 42").await;
            assert_eq!(person.assertion().await["phone_number"], "+33612345694");
        }
    }
}
