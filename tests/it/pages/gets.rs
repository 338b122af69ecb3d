//! Opening a page sends nothing and stores nothing (screens §8.7, decision 18): links are followed by anything.

use guichet::account::State;
use guichet::activation::{Journey, Step};
use guichet::config::settings::SmsSettings;

use crate::support::site::{NEW_PASSWORD, Site};

const PASSWORD: &str = "/_guichet/activation/mot-de-passe";
const PHONE: &str = "/_guichet/activation/telephone";
const ORGANISATION: &str = "/_guichet/activation/structure";
const FINISHED: &str = "/_guichet/activation/terminee";
const STEP_UP: &str = "/_guichet/confirmer";

#[tokio::test]
async fn a_code_of_confirmation_leaves_when_its_button_is_pressed() {
    let site = Site::start().await;
    let mut person = site.imported("751234567").await;
    site.to_password(&mut person, "lucas.moreau@example.com").await;
    site.forward(240);
    let before = site.sent().await;
    for _ in 0..2 {
        let page = person.open(PASSWORD).await;
        assert_eq!((page.status, page.url.path()), (200, STEP_UP), "{}", page.gist());
        assert!(page.says("Nous allons envoyer un code de vérification") && !page.says("envoyé à"), "{}", page.gist());
    }
    assert_eq!(site.sent().await, before);
    let page = person.open(PASSWORD).await;
    let page = person.submit(&page, STEP_UP, &[("action", "renvoyer")]).await;
    assert_eq!(page.location(), format!("{STEP_UP}?avis=renvoye"));
    assert_eq!(site.sent().await, before + 1);
    let page = person.follow(page).await;
    assert!(page.says("Saisissez le code de vérification envoyé à"), "{}", page.gist());
}

#[tokio::test]
async fn where_no_sms_leaves_the_phone_is_skipped_by_the_form_before_it() {
    let site = Site::with(|settings| settings.sms = SmsSettings::Off).await;
    let mut person = site.imported("751234567").await;
    let page = site.to_password(&mut person, "lucas.moreau@example.com").await;
    let answers = [("new_password", NEW_PASSWORD), ("confirm_password", NEW_PASSWORD)];
    let page = person.submit(&page, PASSWORD, &answers).await;
    assert_eq!(page.location(), ORGANISATION, "{}", page.gist());
    // Come to by its address, as where SMS were switched off meanwhile: nothing is skipped until a button says so.
    site.edit("751234567", |account| account.steps.reopen(Step::Phone)).await;
    let before = site.account("751234567").await;
    let page = person.open(PHONE).await;
    assert_eq!((page.status, page.url.path()), (200, PHONE), "{}", page.gist());
    assert!(page.says("Vous pouvez aussi ignorer cette étape."), "{}", page.gist());
    assert_eq!(site.account("751234567").await, before);
    let page = person.submit(&page, PHONE, &[("action", "ignorer")]).await;
    assert_eq!(page.location(), ORGANISATION);
}

#[tokio::test]
async fn an_activation_is_finished_by_a_form_and_never_by_a_link() {
    let site = Site::start().await;
    let mut who = site.activated().await;
    // As if the process had died between the last step and the last act.
    site.edit(&who.legacy_id, |account| {
        account.state = State::Activating;
        account.journey = Some(Journey::Local);
    })
    .await;
    let before = site.account(&who.legacy_id).await;
    for address in ["/_guichet/activation", FINISHED] {
        let page = who.person.open(address).await;
        assert_eq!((page.status, page.url.path()), (200, ORGANISATION), "{address}: {}", page.gist());
    }
    assert_eq!(site.account(&who.legacy_id).await, before);
    let page = who.person.open(FINISHED).await;
    let page = who.person.submit(&page, ORGANISATION, &[]).await;
    assert_eq!(page.location(), FINISHED, "{}", page.gist());
    assert_eq!(site.account(&who.legacy_id).await.state, State::Active);
}
