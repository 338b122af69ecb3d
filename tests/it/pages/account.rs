//! "Mon compte": who may see it, what stands on it, and ending one's sessions from there (decision 23).

use crate::support::account::{ACCOUNT, SESSIONS};
use crate::support::person::Person;
use crate::support::site::Site;

/// The `session` values of the list's buttons.
fn buttons(body: &str) -> Vec<String> {
    let values = body.split("name=\"session\" value=\"").skip(1);
    values.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

/// How many lines the list has.
fn lines(body: &str) -> usize {
    body.matches("class=\"session\"").count()
}

async fn is_in(person: &mut Person) -> bool {
    person.get("/").await.status == 200
}

#[tokio::test]
async fn the_page_shows_what_is_known_and_says_where_it_comes_from() {
    let site = Site::start().await;
    let mut who = site.linked().await;
    let page = who.person.open(ACCOUNT).await;
    for said in [
        "LUCAS MOREAU-TEST",
        "Masseur-Kinésithérapeute",
        "99900123458",
        "Confirmé par Pro Santé Connect.",
        who.email.as_str(),
        "06 12 34 56 01",
        "Rattaché depuis le 23 novembre 2026.",
        "CABINET DE KINESITHERAPIE DU CANAL",
        "Cette connexion",
        "avec votre mot de passe et un code par e-mail",
    ] {
        assert!(page.says(said), "{said}: {}", page.gist());
    }
    assert!(!page.says("Corriger mon numéro RPPS") && !page.says("Créer un mot de passe"), "{}", page.gist());
    // Nothing that opens a session stands on it.
    let token = who.person.session();
    assert!(!page.body.contains(&token) && !page.body.contains("eyJ"), "a token is on the page");
}

#[tokio::test]
async fn who_is_not_signed_in_comes_back_to_the_page_and_who_is_not_activated_goes_on_with_that() {
    let site = Site::start().await;
    let who = site.activated().await;
    site.forward(61);
    let mut person = site.person();
    let page = person.open("/_guichet/compte/mot-de-passe").await;
    assert_eq!(page.url.as_str().split_once("/_guichet").unwrap().1, "/connexion?retour=/_guichet/compte/mot-de-passe");
    let page = person.open(ACCOUNT).await;
    let answers = [("identifier", who.email.as_str()), ("password", who.password.as_str())];
    let page = person.submit(&page, "/_guichet/connexion", &answers).await;
    let page = person.follow(page).await;
    let page = person.submit(&page, "/_guichet/connexion/facteur", &[("channel", "email")]).await;
    let page = person.follow(page).await;
    let code = site.code(&who.email).await;
    let page = person.submit(&page, "/_guichet/connexion/code", &[("code", &code)]).await;
    assert_eq!(page.location(), ACCOUNT, "{}", page.gist());
    let mut begun = site.imported("752345678").await;
    for address in [ACCOUNT, "/_guichet/compte/rpps", "/_guichet/compte/rattachement/psc", "/_guichet/compte/lieu"] {
        let page = begun.open(address).await;
        assert_eq!(page.url.path(), "/_guichet/activation/information", "{address}");
    }
}

#[tokio::test]
async fn s13_one_session_is_ended_from_the_list_and_the_others_go_on() {
    let site = Site::start().await;
    let mut who = site.just_signed_in().await;
    let mut desk = site.person();
    desk.lines.push(("User-Agent".to_owned(), "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0".to_owned()));
    site.forward(61);
    site.sign_in(&mut desk, &who).await;
    let page = who.person.open(ACCOUNT).await;
    // The first sign-in of the activation is a third one.
    assert_eq!((lines(&page.body), buttons(&page.body).len()), (3, 2), "{}", page.gist());
    assert!(page.says("Firefox, Windows"), "{}", page.gist());
    let (_, after) = page.body.split_once("Firefox, Windows").unwrap();
    let sid = buttons(after).remove(0);
    let ended = who.person.submit(&page, SESSIONS, &[("session", &sid), ("action", "")]).await;
    assert_eq!(ended.location(), "/_guichet/compte?avis=connexion-fermee");
    assert!(!is_in(&mut desk).await && is_in(&mut who.person).await);
    let told = desk.open(ACCOUNT).await;
    assert!(told.says("Votre session a été fermée. Connectez-vous à nouveau."), "{}", told.gist());
    let fact = site.facts(&who.legacy_id).await.into_iter().find(|event| event.fact.as_str() == "session.ended");
    assert_eq!(fact.unwrap().detail["session"], sid);
    let again = who.person.submit(&page, SESSIONS, &[("session", &sid), ("action", "")]).await;
    assert_eq!(again.location(), "/_guichet/compte?avis=connexion-deja-fermee");
}

#[tokio::test]
async fn l10_the_session_of_somebody_else_is_not_ended_by_naming_it() {
    let site = Site::start().await;
    let mut who = site.just_signed_in().await;
    let mut other = site.activated_as("752345678", "elodie.fontaine@example.com", "+33612345602").await;
    let theirs = site.app.login.sessions.sessions_of(site.account("752345678").await.id).await.unwrap();
    let page = who.person.open(ACCOUNT).await;
    let sid = theirs[0].1.sid.clone();
    let page = who.person.submit(&page, SESSIONS, &[("session", &sid), ("action", "")]).await;
    assert_eq!(page.location(), "/_guichet/compte?avis=connexion-deja-fermee");
    assert!(is_in(&mut other.person).await);
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_session_of_the_account_at_once_and_is_mailed() {
    let site = Site::start().await;
    let mut who = site.just_signed_in().await;
    let mut desk = site.person();
    site.forward(61);
    site.sign_in(&mut desk, &who).await;
    let mut other = site.activated_as("752345678", "elodie.fontaine@example.com", "+33612345602").await;
    let copied = who.person.session();
    let page = who.person.open(ACCOUNT).await;
    let stale = who.person.clone().submit(&page, SESSIONS, &[("action", "partout"), ("token", "x")]).await;
    assert_eq!((stale.status, is_in(&mut desk).await), (409, true));
    let page = who.person.submit(&page, SESSIONS, &[("action", "partout")]).await;
    assert_eq!(page.location(), "/_guichet/deconnexion?avis=partout", "{}", page.gist());
    assert_eq!((who.person.cookie("__Host-guichet"), site.portal(&copied).await), (None, 303));
    assert!(!is_in(&mut desk).await && is_in(&mut other.person).await);
    let page = who.person.follow(page).await;
    assert!(page.says("Toutes vos connexions sont fermées, sur tous vos appareils."), "{}", page.gist());
    site.sent().await;
    let mail = site.messages(&who.email).remove(0);
    assert!(mail.text.contains("Toutes les connexions à votre compte ont été fermées"), "{mail:?}");
    assert!(site.messages("+33612345601").remove(0).text.contains("toutes les connexions"));
    let fact = site.facts(&who.legacy_id).await.into_iter().find(|event| event.fact.as_str() == "sessions.ended");
    assert_eq!(fact.unwrap().detail["cause"], "person");
}

#[tokio::test]
async fn signing_out_everywhere_goes_on_to_pro_sante_connect_and_the_page_still_says_everywhere() {
    let site = Site::start().await;
    let mut nurse = site.by_psc("infirmiere", "").await;
    let page = nurse.open(ACCOUNT).await;
    let page = nurse.submit(&page, SESSIONS, &[("action", "partout")]).await;
    assert!(
        page.location().contains("id_token_hint=") && page.location().ends_with("state=partout"),
        "{}",
        page.gist()
    );
    let page = nurse.follow(page).await;
    assert_eq!(page.url.path(), "/_guichet/deconnexion", "{}", page.gist());
    assert!(page.says("Toutes vos connexions sont fermées"), "{}", page.gist());
    assert!(!is_in(&mut nurse).await);
}
