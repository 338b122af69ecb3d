//! Routes that need a verified contact ask for it, and the page asked for opens once it is proven (decision 3).

use guichet::config::Settings;

use crate::support::person::{Page, Person};
use crate::support::site::{NEW_PASSWORD, Site};

const PHONE: &str = "/_guichet/activation/psc/telephone";
const PHONE_CODE: &str = "/_guichet/activation/psc/telephone/code";
const EMAIL: &str = "/_guichet/activation/psc/email";
const EMAIL_CODE: &str = "/_guichet/activation/psc/email/code";

/// Two routes more: `/labo` for a verified phone, `/courrier` for a verified e-mail.
fn asking(settings: &mut Settings) {
    let portal = settings.routes.iter().find(|route| route.path == "/").unwrap().clone();
    for (path, email, phone) in [("/labo", false, true), ("/courrier", true, false)] {
        let mut route = portal.clone();
        route.name = path.trim_start_matches('/').to_owned();
        route.path = path.to_owned();
        route.policy.verified_email = email;
        route.policy.verified_phone = phone;
        settings.routes.insert(0, route);
    }
}

/// Activated through Pro Santé Connect, with no contact at all.
async fn without_contacts(site: &Site) -> Person {
    let mut nurse = site.person();
    let page = site.psc(&mut nurse, "infirmiere").await;
    let page = nurse.follow(page).await;
    let page = nurse.submit(&page, EMAIL, &[("terms", "oui"), ("action", "ignorer")]).await;
    let page = nurse.follow(page).await;
    let page = nurse.submit(&page, PHONE, &[("action", "ignorer")]).await;
    assert_eq!(nurse.follow(page).await.status, 200);
    nurse
}

/// Opens a page that asks for a contact.
async fn asked(person: &mut Person, address: &str) -> Page {
    let page = person.open(address).await;
    assert_eq!(page.status, 200, "{}", page.gist());
    assert!(page.says("Validation des coordonnées") && !page.says("Ignorer"), "{}", page.gist());
    page
}

#[tokio::test]
async fn a_page_for_verified_phones_asks_for_one_and_opens_when_it_is_proven() {
    let site = Site::with(asking).await;
    let mut person = site.imported("751234567").await;
    let page = site.to_password(&mut person, "lucas.moreau@example.com").await;
    let answers = [("new_password", NEW_PASSWORD), ("confirm_password", NEW_PASSWORD)];
    let page = person.submit(&page, "/_guichet/activation/mot-de-passe", &answers).await;
    let page = person.follow(page).await;
    let page = person.submit(&page, "/_guichet/activation/telephone", &[("action", "ignorer")]).await;
    let page = person.follow(page).await;
    let page = person.submit(&page, "/_guichet/activation/structure", &[]).await;
    assert_eq!(person.follow(page).await.url.path(), "/_guichet/activation/terminee");

    let page = asked(&mut person, "/labo/resultats?page=2").await;
    assert_eq!(page.url.path(), PHONE);
    let refused = person.submit(&page, PHONE, &[("phone", "")]).await;
    assert_eq!((refused.status, refused.says("Saisissez votre numéro de portable.")), (422, true));
    let page = person.submit(&refused, PHONE, &[("dial_code", "+33"), ("phone", "06 12 34 56 94")]).await;
    let page = person.follow(page).await;
    assert_eq!(page.url.path(), PHONE_CODE, "{}", page.gist());
    assert!(!page.says("Ignorer"), "{}", page.gist());
    let back = person.submit(&page, PHONE_CODE, &[("action", "retour")]).await;
    assert_eq!(back.location(), PHONE);
    // Nobody gets past by naming the button that is not there.
    let skipped = person.submit(&page, PHONE_CODE, &[("action", "ignorer")]).await;
    assert_eq!(skipped.status, 422, "{}", skipped.gist());
    let code = site.code("+33612345694").await;
    let page = person.submit(&page, PHONE_CODE, &[("code", &code)]).await;
    assert_eq!(page.location(), "/labo/resultats?page=2");
    assert_eq!(person.follow(page).await.status, 200);
}

#[tokio::test]
async fn a_page_for_verified_emails_asks_for_one_and_one_that_is_refused_at_the_door_may_leave() {
    let site = Site::with(|settings| {
        asking(settings);
        settings.routes.iter_mut().find(|route| route.path == "/").unwrap().policy.verified_email = false;
    })
    .await;
    let mut nurse = without_contacts(&site).await;
    let page = asked(&mut nurse, "/courrier").await;
    assert_eq!(page.url.path(), EMAIL);
    let away = nurse.clone().submit(&page, EMAIL, &[("action", "retour")]).await;
    assert_eq!(away.location(), "/", "not to the page that would ask again");
    let page = nurse.submit(&page, EMAIL, &[("email", "camille@exemple.fr")]).await;
    let page = nurse.follow(page).await;
    assert_eq!(page.url.path(), EMAIL_CODE, "{}", page.gist());
    let code = site.code("camille@exemple.fr").await;
    let page = nurse.submit(&page, EMAIL_CODE, &[("code", &code)]).await;
    assert_eq!(page.location(), "/courrier");
    assert_eq!(nurse.follow(page).await.status, 200);
    // Nothing is left to ask: the address of the form leads on.
    let page = nurse.get(&format!("{EMAIL}?retour=/courrier")).await;
    assert_eq!(page.location(), "/courrier");
}

#[tokio::test]
async fn a_portal_that_asks_at_its_first_page_lets_the_person_sign_out() {
    let site = Site::with(|settings| {
        settings.routes.iter_mut().find(|route| route.path == "/").unwrap().policy.verified_phone = true;
    })
    .await;
    let mut nurse = site.person();
    let page = site.psc(&mut nurse, "infirmiere").await;
    let page = nurse.follow(page).await;
    let page = nurse.submit(&page, EMAIL, &[("terms", "oui"), ("action", "ignorer")]).await;
    let page = nurse.follow(page).await;
    let page = nurse.submit(&page, PHONE, &[("action", "ignorer")]).await;
    let page = nurse.follow(page).await;
    assert_eq!(page.url.path(), PHONE, "skipped, and asked for by the portal: {}", page.gist());
    assert!(page.says("Me déconnecter") && !page.says("Retour"), "{}", page.gist());
    let page = nurse.submit(&page, PHONE, &[("action", "quitter")]).await;
    assert_eq!((page.status, nurse.cookie("__Host-guichet")), (303, None));
}
