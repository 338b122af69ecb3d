//! A route for people signed in with Pro Santé Connect: the account's own identity opens it, nobody else's does (decision 33).

use guichet::config::Settings;
use guichet::session::{Session, SessionToken, Store as _};

use crate::support::person::{Page, Person};
use crate::support::site::{Activated, Site};

const STEP_UP: &str = "/_guichet/confirmer";
const PSC: &str = "/_guichet/connexion/psc";
const LINKING: &str = "/_guichet/rattachement";
const LINKING_CODE: &str = "/_guichet/rattachement/code";

/// A route more, for Pro Santé Connect alone.
fn asking(settings: &mut Settings) {
    let mut route = settings.routes.iter().find(|route| route.path == "/").unwrap().clone();
    route.name = "labo".to_owned();
    route.path = "/labo".to_owned();
    route.policy.identity_providers = ["psc".to_owned()].into();
    settings.routes.insert(0, route);
}

/// An activated account linked to its Pro Santé Connect identity, signed in with its password.
async fn linked(site: &Site) -> Activated {
    let mut who = site.activated().await;
    site.forward(61);
    let mut other = site.person();
    let page = site.psc(&mut other, "kinesitherapeute").await;
    let page = other.follow(page).await;
    let page = other.submit(&page, LINKING, &[]).await;
    let page = other.follow(page).await;
    let answers = [("identifier", who.email.as_str()), ("password", who.password.as_str())];
    let page = other.submit(&page, "/_guichet/rattachement/preuve", &answers).await;
    let page = other.follow(page).await;
    let page = other.submit(&page, LINKING_CODE, &[("channel", "email")]).await;
    let page = other.follow(page).await;
    let code = site.code(&who.email).await;
    let page = other.submit(&page, LINKING_CODE, &[("code", &code)]).await;
    assert_eq!(page.status, 303, "{}", page.gist());
    assert_eq!(site.account(&who.legacy_id).await.links.len(), 1);
    site.forward(61);
    who.person = site.person();
    let mut person = who.person.clone();
    site.sign_in(&mut person, &who).await;
    who.person = person;
    who
}

async fn session(site: &Site, person: &Person) -> Session {
    let key = SessionToken::parse(&person.session()).unwrap().key();
    site.store.session(key, site.app.login.now()).await.unwrap().unwrap().value
}

/// From the page refused to the page that confirms.
async fn asked(person: &mut Person) -> Page {
    let page = person.get("/labo/resultats").await;
    assert_eq!(page.location(), "/_guichet/confirmer?retour=/labo/resultats");
    let page = person.follow(page).await;
    assert_eq!(page.status, 200, "{}", page.gist());
    assert_eq!(page.form(PSC).unwrap()["confirming"], "oui", "{}", page.body);
    page
}

/// Through Pro Santé Connect as `key`, from the page that confirms.
async fn confirm(site: &Site, person: &mut Person, page: &Page, key: &str) -> Page {
    let page = person.submit(page, PSC, &[]).await;
    assert_eq!(page.status, 303, "{}", page.gist());
    let authorize = page.location().to_owned();
    let (callback, _) = site.at_psc(person, &authorize, key, "").await;
    person.get(&callback).await
}

#[tokio::test]
async fn the_accounts_own_identity_raises_the_session_and_opens_the_page() {
    let site = Site::with(asking).await;
    let mut who = linked(&site).await;
    let former = who.person.session();
    let before = session(&site, &who.person).await;
    assert_eq!((before.identity_provider.as_str(), before.acr.as_str()), ("local", "urn:guichet:acr:email"));
    let page = asked(&mut who.person).await;
    site.forward(30);
    let page = confirm(&site, &mut who.person, &page, "kinesitherapeute").await;
    assert_eq!(page.location(), "/labo/resultats", "{}", page.gist());
    let after = session(&site, &who.person).await;
    assert_eq!((after.identity_provider.as_str(), after.acr.as_str()), ("psc", "eidas1"));
    assert_eq!((after.sid.as_str(), after.account), (before.sid.as_str(), before.account));
    assert!(after.auth_time > before.auth_time && after.amr != before.amr && after.granted);
    assert_ne!(who.person.session(), former, "a new token at every rise");
    assert_eq!(site.portal(&former).await, 303);
    assert_eq!(who.person.follow(page).await.status, 200);
    let passed = site.facts(&who.legacy_id).await.into_iter().find(|event| event.fact.as_str() == "stepup.passed");
    let passed = passed.unwrap();
    assert_eq!((passed.detail["wanted"].as_str(), passed.detail["got"].as_str()), ("psc", "eidas1"));
}

#[tokio::test]
async fn somebody_elses_identity_changes_nothing() {
    let site = Site::with(asking).await;
    let mut who = linked(&site).await;
    let (former, before) = (who.person.session(), session(&site, &who.person).await);
    let page = asked(&mut who.person).await;
    let page = confirm(&site, &mut who.person, &page, "infirmiere").await;
    assert_eq!(page.status, 403);
    assert!(page.says("Ce n'est pas la même personne"), "{}", page.gist());
    assert_eq!(page.form(PSC).unwrap()["confirming"], "oui", "\"Recommencer\" confirms again");
    let after = session(&site, &who.person).await;
    assert_eq!(
        (who.person.session(), after.identity_provider, after.acr),
        (former, before.identity_provider, before.acr)
    );
    assert_eq!(who.person.get("/labo").await.status, 303);
    assert_eq!(site.count(&who.legacy_id, "stepup.refused").await, 1);
}

#[tokio::test]
async fn an_account_that_is_not_linked_is_refused_and_may_try_one_round() {
    let site = Site::with(asking).await;
    let mut who = site.activated().await;
    let page = who.person.get("/labo").await;
    assert_eq!(page.status, 403);
    assert!(page.says("Cette page demande de se connecter avec Pro Santé Connect."), "{}", page.gist());
    assert!(page.says("href=\"/_guichet/confirmer?retour=/labo\""), "{}", page.body);
    let page = who.person.get("/_guichet/confirmer?retour=/labo").await;
    let page = confirm(&site, &mut who.person, &page, "infirmiere").await;
    assert_eq!(page.status, 403);
    assert!(page.says("Confirmation insuffisante") && page.says("n'y est pas encore rattaché"), "{}", page.gist());
    assert!(site.account(&who.legacy_id).await.links.is_empty());
    let accounts = site.app.login.directory.by_link("psc", "899700999909").await.unwrap();
    assert!(accounts.is_none(), "nobody is made or linked on the way");
}

#[tokio::test]
async fn leaving_or_losing_pro_sante_connect_comes_back_to_the_page_that_confirms() {
    let site = Site::with(asking).await;
    let mut who = linked(&site).await;
    let page = asked(&mut who.person).await;
    let sent = who.person.submit(&page, PSC, &[]).await;
    let authorize = url::Url::parse(sent.location()).unwrap();
    let state = authorize.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let issuer = site.app.settings.identity_providers["psc"].issuer.clone();
    let answer = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("error", "access_denied"), ("state", state.as_str()), ("iss", issuer.as_str())])
        .finish();
    let left = who.person.get(&format!("/_guichet/callback/psc?{answer}")).await;
    assert_eq!(left.location(), "/_guichet/confirmer?avis=quitte-confirmation:psc&retour=/labo/resultats");
    let page = who.person.follow(left).await;
    assert!(page.says("Vous avez quitté Pro Santé Connect."), "{}", page.gist());
    let back = who.person.clone().submit(&page, STEP_UP, &[("action", "retour")]).await;
    assert_eq!(back.location(), "/");
    // Left open too long: the same page, and the session as it was.
    let stale = who.person.clone().submit(&page, PSC, &[("token", "x")]).await;
    assert_eq!(stale.status, 409);
    assert_eq!(stale.form(PSC).unwrap()["confirming"], "oui", "{}", stale.gist());
    // Signed out meanwhile: the confirmation opens nothing.
    let sent = who.person.submit(&page, PSC, &[]).await;
    let (callback, _) = site.at_psc(&mut who.person, sent.location(), "kinesitherapeute", "").await;
    who.person.drop_cookie("__Host-guichet");
    let page = who.person.get(&callback).await;
    assert_eq!(page.location(), "/_guichet/connexion?retour=/labo/resultats");
    assert_eq!(who.person.cookie("__Host-guichet"), None);
}
