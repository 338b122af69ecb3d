//! A route that asks for more than a local session has proven: only what is missing is asked, and the page asked for opens.

use std::time::Duration;

use guichet::config::Settings;
use guichet::config::settings::{AcrMinimum, Policy};
use guichet::session::{Session, SessionToken, Store as _};

use crate::support::person::{Page, Person};
use crate::support::site::{Activated, Site};

const STEP_UP: &str = "/_guichet/confirmer";
const PHONE: &str = "+33612345601";

fn minimum(scale: &str, levels: &[&str], rank: u8) -> (String, AcrMinimum) {
    let accepted = levels.iter().map(|level| (*level).to_owned()).collect();
    (scale.to_owned(), AcrMinimum { rank, accepted })
}

/// Routes more: `/coffre` for who proved it within five minutes, `/caisse` by SMS, `/labo` by a card of Pro Santé Connect, `/jamais` by means
/// that nobody has, and `/tout` for everything at once.
fn asking(settings: &mut Settings) {
    let portal = settings.routes.iter().find(|route| route.path == "/").unwrap().clone();
    let age = Some(Duration::from_secs(300));
    let sms = || minimum("local", &["urn:guichet:acr:sms"], 3);
    let card = minimum("psc", &["eidas2", "eidas3"], 1);
    for (name, policy) in [
        ("coffre", Policy { max_age: age, ..portal.policy.clone() }),
        ("caisse", Policy { acr_minimum: [sms()].into(), ..portal.policy.clone() }),
        ("labo", Policy { acr_minimum: [card].into(), ..portal.policy.clone() }),
        ("jamais", Policy { amr: ["voix".to_owned()].into(), ..portal.policy.clone() }),
        ("tout", Policy { max_age: age, acr_minimum: [sms()].into(), ..portal.policy.clone() }),
    ] {
        let mut route = portal.clone();
        (route.name, route.path, route.policy) = (name.to_owned(), format!("/{name}"), policy);
        settings.routes.insert(0, route);
    }
}

async fn session(site: &Site, person: &Person) -> Session {
    let key = SessionToken::parse(&person.session()).unwrap().key();
    site.store.session(key, site.app.login.now()).await.unwrap().unwrap().value
}

/// Signed in with an e-mail code, in a browser of their own.
async fn signed_in(site: &Site) -> Activated {
    let mut who = site.activated().await;
    site.forward(61);
    who.person = site.person();
    let mut person = who.person.clone();
    site.sign_in(&mut person, &who).await;
    who.person = person;
    who
}

/// From the page refused to the page that asks.
async fn asked(person: &mut Person, path: &str, need: &str) -> Page {
    let page = person.get(path).await;
    assert_eq!(page.location(), format!("/_guichet/confirmer?besoin={need}&retour={path}"));
    let page = person.follow(page).await;
    assert_eq!(page.status, 200, "{}", page.gist());
    assert!(page.says("Confirmez que c'est bien vous"), "{}", page.gist());
    page
}

async fn follow_one(person: &mut Person, page: Page, path: &str) {
    assert_eq!((page.status, page.location()), (303, path), "{}", page.gist());
    assert_eq!(person.follow(page).await.status, 200);
}

#[tokio::test]
async fn an_old_authentication_asks_the_password_then_the_code_that_the_session_had() {
    let site = Site::with(asking).await;
    let mut who = signed_in(&site).await;
    let (former, before) = (who.person.session(), session(&site, &who.person).await);
    assert_eq!(who.person.get("/coffre/7").await.status, 200);
    site.forward(301);
    let page = asked(&mut who.person, "/coffre/7", "passe").await;
    assert!(page.says(&who.email) && page.says("autocomplete=\"current-password\""), "{}", page.body);
    let page = who.person.submit(&page, STEP_UP, &[("password", "")]).await;
    assert!(page.status == 422 && page.says("Saisissez votre mot de passe."), "{}", page.gist());
    let page = who.person.submit(&page, STEP_UP, &[("password", "Une-Autre-Idee-12")]).await;
    assert!(page.status == 422 && page.says("Ce mot de passe ne correspond pas."), "{}", page.gist());
    // Without script or with: no field of the code before the password was right.
    let early = who.person.clone().submit(&page, STEP_UP, &[("code", "123456")]).await;
    assert!(early.status == 422 && early.says("Saisissez votre mot de passe."), "{}", early.gist());
    let page = who.person.submit(&page, STEP_UP, &[("password", &who.password)]).await;
    assert_eq!(page.location(), "/_guichet/confirmer?besoin=passe&retour=/coffre/7");
    assert_eq!(who.person.session(), former, "nothing is raised half-way");
    let page = who.person.follow(page).await;
    assert!(page.says("loxxxxx") || page.says("luxxxxx"), "{}", page.gist());
    let wrong = who.person.submit(&page, STEP_UP, &[("code", "000000")]).await;
    assert_eq!(wrong.status, 422, "{}", wrong.gist());
    let code = site.code(&who.email).await;
    let page = who.person.submit(&wrong, STEP_UP, &[("code", &code)]).await;
    let after = session(&site, &who.person).await;
    follow_one(&mut who.person, page, "/coffre/7").await;
    assert_eq!((after.sid.as_str(), after.acr.as_str()), (before.sid.as_str(), before.acr.as_str()));
    assert!(after.auth_time > before.auth_time && after.amr == before.amr);
    assert_ne!(who.person.session(), former, "a new token at every rise");
    assert_eq!(site.portal(&former).await, 303);
    assert_eq!(site.count(&who.legacy_id, "stepup.passed").await, 1);
    assert_eq!(site.count(&who.legacy_id, "stepup.refused").await, 2);
    // The next time both are asked again.
    site.forward(301);
    asked(&mut who.person, "/coffre/7", "passe").await;
}

#[tokio::test]
async fn a_higher_level_asks_the_code_by_sms_alone() {
    let site = Site::with(asking).await;
    let mut who = signed_in(&site).await;
    let before = session(&site, &who.person).await;
    let sent = site.messages(PHONE).len();
    let page = asked(&mut who.person, "/caisse", "sms").await;
    assert_eq!(site.messages(PHONE).len(), sent, "opening a page sends nothing");
    assert!(!page.says("name=\"password\""), "{}", page.body);
    site.forward(30);
    let page = who.person.submit(&page, STEP_UP, &[("action", "renvoyer")]).await;
    let page = who.person.follow(page).await;
    let code = site.code(PHONE).await;
    let page = who.person.submit(&page, STEP_UP, &[("code", &code)]).await;
    let after = session(&site, &who.person).await;
    follow_one(&mut who.person, page, "/caisse").await;
    assert_eq!((after.acr.as_str(), after.amr.join(" ").as_str()), ("urn:guichet:acr:sms", "pwd otp sms"));
    assert_eq!((after.sid, after.auth_time), (before.sid, before.auth_time), "a code alone makes nobody younger");
    let page = who.person.get("/tout").await;
    assert_eq!(page.status, 200);
}

#[tokio::test]
async fn level_and_age_together_are_asked_in_one_round() {
    let site = Site::with(asking).await;
    let mut who = signed_in(&site).await;
    site.forward(301);
    let page = asked(&mut who.person, "/tout", "passe-sms").await;
    let page = who.person.submit(&page, STEP_UP, &[("password", &who.password)]).await;
    let page = who.person.follow(page).await;
    let code = site.code(PHONE).await;
    let page = who.person.submit(&page, STEP_UP, &[("code", &code)]).await;
    follow_one(&mut who.person, page, "/tout").await;
}

#[tokio::test]
async fn o03_a_code_of_the_mailbox_is_none_of_the_phone() {
    let site = Site::with(asking).await;
    let mut who = signed_in(&site).await;
    site.forward(61);
    // The address says what it likes: the e-mail's code, and then the page of the phone's.
    let page = who.person.get("/_guichet/confirmer?besoin=email&retour=/caisse").await;
    let page = who.person.submit(&page, STEP_UP, &[("action", "renvoyer")]).await;
    let page = who.person.follow(page).await;
    let code = site.code(&who.email).await;
    let refused = who.person.clone().submit(&page, STEP_UP, &[("code", &code), ("besoin", "sms")]).await;
    assert_eq!(refused.status, 422, "{}", refused.gist());
    let page = who.person.submit(&page, STEP_UP, &[("code", &code)]).await;
    assert_eq!(page.location(), "/caisse");
    assert_eq!(session(&site, &who.person).await.acr, "urn:guichet:acr:email");
    asked(&mut who.person, "/caisse", "sms").await;
}

#[tokio::test]
async fn without_a_number_or_after_a_reset_by_mail_alone_a_page_says_what_is_missing() {
    let site = Site::with(asking).await;
    let mut who = signed_in(&site).await;
    site.edit(&who.legacy_id, |account| account.phone = None).await;
    let page = who.person.get("/caisse").await;
    let page = who.person.follow(page).await;
    assert_eq!(page.status, 403);
    assert!(page.says("Confirmation insuffisante") && page.says("Ajouter un numéro de portable"), "{}", page.gist());
    let until = site.app.login.now() + jiff::SignedDuration::from_hours(20);
    site.edit(&who.legacy_id, |account| account.mailbox_until = Some(until)).await;
    let key = SessionToken::parse(&who.person.session()).unwrap().key();
    let mailbox = |session: &mut Session| session.acr = "urn:guichet:acr:mailbox".to_owned();
    assert!(site.app.login.sessions.update(key, mailbox).await.unwrap());
    let page = who.person.get("/_guichet/confirmer?besoin=sms&retour=/caisse").await;
    assert!(page.status == 403 && page.says("Cette page sera accessible demain à"), "{}", page.gist());
    assert!(!page.says("Ajouter un numéro"), "whoever has the mailbox alone adds nothing: {}", page.gist());
}

#[tokio::test]
async fn p04_passwords_tried_here_spend_the_budget_of_the_sign_in() {
    let site = Site::with(asking).await;
    let mut who = signed_in(&site).await;
    site.forward(301);
    let mut page = asked(&mut who.person, "/coffre", "passe").await;
    for _ in 0..8 {
        page = who.person.submit(&page, STEP_UP, &[("password", "Une-Autre-Idee-12")]).await;
        if page.status == 429 {
            break;
        }
        assert_eq!(page.status, 422, "{}", page.gist());
    }
    assert_eq!(page.status, 429, "{}", page.gist());
    let page = who.person.submit(&page, STEP_UP, &[("password", &who.password)]).await;
    assert_eq!(page.status, 429, "not judged, right or wrong: {}", page.gist());
}

#[tokio::test]
async fn retour_leads_away_and_a_stale_form_is_drawn_again() {
    let site = Site::with(asking).await;
    let mut who = signed_in(&site).await;
    site.forward(301);
    let page = asked(&mut who.person, "/coffre", "passe").await;
    let stale = who.person.clone().submit(&page, STEP_UP, &[("token", "x"), ("password", &who.password)]).await;
    assert_eq!(stale.status, 409, "{}", stale.gist());
    assert_eq!(stale.form(STEP_UP).unwrap()["besoin"], "passe");
    let back = who.person.submit(&page, STEP_UP, &[("action", "retour")]).await;
    assert_eq!(back.location(), "/");
}

/// The account of `who`, linked to its Pro Santé Connect identity.
async fn link(site: &Site, who: &Activated) {
    site.forward(61);
    let mut other = site.person();
    let page = site.psc(&mut other, "kinesitherapeute").await;
    let page = other.follow(page).await;
    let page = other.submit(&page, "/_guichet/rattachement", &[]).await;
    let page = other.follow(page).await;
    let answers = [("identifier", who.email.as_str()), ("password", who.password.as_str())];
    let page = other.submit(&page, "/_guichet/rattachement/preuve", &answers).await;
    let page = other.follow(page).await;
    let page = other.submit(&page, "/_guichet/rattachement/code", &[("channel", "email")]).await;
    let page = other.follow(page).await;
    let code = site.code(&who.email).await;
    let page = other.submit(&page, "/_guichet/rattachement/code", &[("code", &code)]).await;
    assert_eq!(page.status, 303, "{}", page.gist());
}

#[tokio::test]
async fn one_round_with_pro_sante_connect_then_a_page() {
    let site = Site::with(asking).await;
    let mut who = signed_in(&site).await;
    link(&site, &who).await;
    // The application proves one level less than the card.
    let page = asked(&mut who.person, "/labo", "psc-niveau1").await;
    let page = who.person.submit(&page, "/_guichet/connexion/psc", &[]).await;
    let (callback, _) = site.at_psc(&mut who.person, page.location(), "kinesitherapeute", "").await;
    let page = who.person.get(&callback).await;
    assert!(page.status == 403 && page.says("Confirmation insuffisante"), "{}", page.gist());
    assert!(page.says("recommencez avec elle"), "{}", page.gist());
    assert_eq!(session(&site, &who.person).await.identity_provider, "local", "nothing was raised");
    // What Pro Santé Connect never proves is asked once, not round and round.
    let page = asked(&mut who.person, "/jamais", "psc").await;
    let page = who.person.submit(&page, "/_guichet/connexion/psc", &[]).await;
    let (callback, _) = site.at_psc(&mut who.person, page.location(), "kinesitherapeute", "").await;
    let page = who.person.get(&callback).await;
    assert_eq!(page.location(), "/jamais", "{}", page.gist());
    let page = who.person.get("/jamais").await;
    assert_eq!(page.location(), "/_guichet/confirmer?besoin=psc&retour=/jamais");
    let page = who.person.follow(page).await;
    assert!(page.status == 403 && page.says("Vous n'avez pas accès à cette page"), "{}", page.gist());
    // A session of Pro Santé Connect grows old as well, and nothing local raises it.
    assert_eq!(who.person.get("/coffre").await.status, 200);
    site.forward(301);
    let forged = who.person.get("/_guichet/confirmer?besoin=sms&retour=/caisse").await;
    assert_eq!(forged.status, 403, "{}", forged.gist());
    let page = asked(&mut who.person, "/coffre", "psc").await;
    let page = who.person.submit(&page, "/_guichet/connexion/psc", &[]).await;
    let (callback, _) = site.at_psc(&mut who.person, page.location(), "kinesitherapeute", "").await;
    let page = who.person.get(&callback).await;
    follow_one(&mut who.person, page, "/coffre").await;
    assert_eq!(session(&site, &who.person).await.acr, "eidas1");
}
