//! Hands that use no mouse: the first screens of the local journey by Tab, Space, Enter and typing alone.

use super::person::{CODE, DETAILS, ELODIE, EMAIL, Looks, PASSWORD, PHONE, Person, SIGN_IN};
use crate::support::world::World;

#[tokio::test]
async fn the_keyboard_alone_goes_through_the_first_screens() {
    for scripts in [true, false] {
        let world = World::new().await;
        let person = Person::new(&world, scripts, Looks::Little).await;
        let page = &person.page;
        person.goto("/").await;
        page.wait_for_h1(SIGN_IN).await;
        page.tab_to("Aller au contenu").await;
        page.press("Enter").await;
        page.tab_to("Identifiant").await;
        page.type_text(ELODIE.id).await;
        page.tab_to("Mot de passe").await;
        page.type_text(ELODIE.password).await;
        page.tab_to("Se souvenir de moi").await;
        page.press("Space").await;
        page.tab_to("Connexion").await;
        page.press("Enter").await;

        page.wait_for_h1("Information").await;
        page.tab_to("Je configure mon compte").await;
        page.press("Enter").await;

        page.wait_for_h1(DETAILS).await;
        page.tab_to("Type de professionnel").await;
        page.press("ArrowDown").await;
        page.press("ArrowUp").await;
        page.tab_to("J'accepte").await;
        page.press("Space").await;
        page.tab_to("Valider").await;
        page.press("Enter").await;

        // The code's field has the focus at once, and Enter sends it.
        page.wait_for_h1(EMAIL).await;
        assert!(page.focused().await.starts_with(CODE), "{}", page.focused().await);
        page.type_text(&world.code_for(ELODIE.email).await).await;
        page.press("Enter").await;
        page.wait_for_h1(PASSWORD).await;
        page.tab_to("Mot de passe").await;
        page.type_text(super::person::CHOSEN).await;
        page.tab_to("Confirmation").await;
        page.type_text(super::person::CHOSEN).await;
        page.press("Enter").await;
        page.wait_for_h1(PHONE).await;

        // The identifier was remembered on this browser.
        person.sign_out().await;
        page.wait_for_h1("Vous êtes déconnecté").await;
        page.tab_to("Me connecter à nouveau").await;
        page.press("Enter").await;
        page.wait_for_h1(SIGN_IN).await;
        assert_eq!(page.value("Identifiant").await, ELODIE.id);
    }
}
