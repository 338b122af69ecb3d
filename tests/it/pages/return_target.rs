//! The page first asked for survives whatever stands between it and the person.

use guichet::session::Store as _;

use crate::support::person::{Page, Person};
use crate::support::site::{NEW_PASSWORD, Site};

const ASKED: &str = "/dossier/42?onglet=analyses";
const RETURN: &str = "retour=/dossier/42%3Fonglet%3Danalyses";
const SIGN_IN: &str = "/_guichet/connexion";
const FACTOR: &str = "/_guichet/connexion/facteur";
const CODE: &str = "/_guichet/connexion/code";
const RESET: &str = "/_guichet/mot-de-passe-oublie";

/// Asks for a page of the portal until the account's new state is noticed.
async fn refused(person: &mut Person) -> Page {
    let started = tokio::time::Instant::now();
    loop {
        let page = person.get(ASKED).await;
        if page.status != 200 {
            return page;
        }
        assert!(started.elapsed() < std::time::Duration::from_secs(5));
    }
}

#[tokio::test]
async fn the_activation_leads_to_what_a_live_session_asked_for() {
    let site = Site::start().await;
    let mut person = site.imported("751234567").await;
    let page = person.get(ASKED).await;
    assert_eq!(page.location(), format!("/_guichet/activation?{RETURN}"));
    let page = person.follow(page).await;
    assert_eq!(page.url.path(), "/_guichet/activation/information");
    // A link is followed by anything; only a form of ours makes it the session's.
    let key = guichet::session::SessionToken::parse(&person.session()).unwrap().key();
    let remembered = async || site.store.session(key, site.app.login.now()).await.unwrap().unwrap().value.return_to;
    assert_eq!(remembered().await, None);
    person.submit(&page, "/_guichet/activation/information", &[]).await;
    assert_eq!(remembered().await.as_deref(), Some(ASKED));

    let page = site.to_password(&mut person, "lucas.moreau@example.com").await;
    let answers = [("new_password", NEW_PASSWORD), ("confirm_password", NEW_PASSWORD)];
    let page = person.submit(&page, "/_guichet/activation/mot-de-passe", &answers).await;
    let page = person.follow(page).await;
    let page = person.submit(&page, "/_guichet/activation/telephone", &[("action", "ignorer")]).await;
    let page = person.follow(page).await;
    let page = person.submit(&page, "/_guichet/activation/structure", &[]).await;
    let page = person.follow(page).await;
    assert!(page.says(&format!("href=\"{ASKED}\"")), "{}", page.gist());
}

#[tokio::test]
async fn new_terms_lead_to_what_a_live_session_asked_for() {
    let site = Site::start().await;
    let mut who = site.activated().await;
    site.edit(&who.legacy_id, |account| account.terms.as_mut().unwrap().version = "1999".to_owned()).await;
    let page = refused(&mut who.person).await;
    assert_eq!(page.location(), format!("/_guichet/conditions?{RETURN}"));
    let page = who.person.follow(page).await;
    let page = who.person.submit(&page, "/_guichet/conditions", &[("terms", "")]).await;
    assert_eq!(page.status, 422);
    let page = who.person.submit(&page, "/_guichet/conditions", &[("terms", "oui")]).await;
    assert_eq!(page.location(), ASKED);
}

#[tokio::test]
async fn going_back_keeps_what_was_typed_and_where_one_was_going() {
    let site = Site::start().await;
    let who = site.activated().await;
    site.forward(61);
    let mut person = site.person();
    let page = person.open(ASKED).await;
    let answers = [("identifier", who.email.as_str()), ("password", who.password.as_str())];
    let page = person.submit(&page, SIGN_IN, &answers).await;
    let page = person.follow(page).await;
    assert_eq!(page.url.path(), FACTOR);
    let page = person.submit(&page, FACTOR, &[("channel", "email")]).await;
    let page = person.follow(page).await;
    assert_eq!(page.url.path(), CODE);
    let page = person.submit(&page, CODE, &[("action", "retour")]).await;
    let page = person.follow(page).await;
    assert_eq!(page.url.path(), FACTOR);
    let code_page = page.url.clone();
    let page = person.submit(&page, FACTOR, &[("action", "retour")]).await;
    assert!(page.location().contains(RETURN), "{}", page.location());
    assert!(!page.location().contains("lucas"), "an address is not the place for an identifier");
    let page = person.follow(page).await;
    let form = page.form(SIGN_IN).unwrap();
    assert_eq!((form["identifier"].as_str(), form["return_to"].as_str()), (who.email.as_str(), ASKED));
    // What was proven before is forgotten.
    let page = person.get(code_page.as_str()).await;
    assert!(page.location().starts_with(SIGN_IN), "{}", page.location());
    // Another browser does not learn what was typed, whatever it asks for.
    let mut other = site.person();
    other.get(SIGN_IN).await;
    let page = other.get(&format!("{SIGN_IN}?f={}", form["flow"])).await;
    assert_eq!(page.form(SIGN_IN).unwrap()["identifier"], "");
}

#[tokio::test]
async fn a_second_factor_that_took_too_long_still_knows_where_one_was_going() {
    let site = Site::start().await;
    let who = site.activated().await;
    site.forward(61);
    let mut person = site.person();
    let page = person.open(ASKED).await;
    let answers = [("identifier", who.email.as_str()), ("password", who.password.as_str())];
    let page = person.submit(&page, SIGN_IN, &answers).await;
    let page = person.follow(page).await;
    site.forward(16 * 60);
    let sent = person.clone().submit(&page, FACTOR, &[("channel", "email")]).await;
    let opened = person.get(page.url.as_str()).await;
    for page in [sent, opened] {
        assert_eq!(page.location(), format!("{SIGN_IN}?avis=delai&{RETURN}"));
    }
}

#[tokio::test]
async fn a_forgotten_password_leads_to_the_page_asked_for_and_back_to_what_was_typed() {
    let site = Site::start().await;
    let who = site.activated().await;
    site.forward(61);
    let mut person = site.person();
    let page = person.open(ASKED).await;
    assert!(page.says(&format!("href=\"{RESET}?{RETURN}\"")), "{}", page.body);
    let page = person.get(&format!("{RESET}?{RETURN}")).await;
    let back = person.clone().submit(&page, RESET, &[("identifier", "lucas"), ("action", "retour")]).await;
    let form = person.clone().follow(back).await.form(SIGN_IN).unwrap();
    assert_eq!((form["identifier"].as_str(), form["return_to"].as_str()), ("lucas", ASKED));

    let before = site.messages(&who.email).len();
    let page = person.submit(&page, RESET, &[("identifier", &who.email)]).await;
    let page = person.follow(page).await;
    crate::support::site::until(|| site.messages(&who.email).len() > before).await;
    let code = site.code(&who.email).await;
    let page = person.submit(&page, "/_guichet/mot-de-passe-oublie/code", &[("code", &code)]).await;
    let page = person.follow(page).await;
    let code = site.code("+33612345601").await;
    let page = person.submit(&page, "/_guichet/mot-de-passe-oublie/sms", &[("code", &code)]).await;
    let page = person.follow(page).await;
    let new = "/_guichet/mot-de-passe-oublie/nouveau";
    let page = person.submit(&page, new, &[("action", "retour")]).await;
    assert!(page.location().starts_with(SIGN_IN) && page.location().contains(RETURN), "{}", page.location());
    let form = person.follow(page).await.form(SIGN_IN).unwrap();
    assert_eq!((form["identifier"].as_str(), form["return_to"].as_str()), (who.email.as_str(), ASKED));
}
