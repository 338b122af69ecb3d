//! "Mon compte" with several identity providers: a row for each, by the name that people know, and messages that say it too.

use guichet::account::{Account, Source, Step};
use guichet::config::settings::Profile;

use crate::support::account::{ACCOUNT, LINK, LINK_HOSPITAL, UNLINK, UNLINK_HOSPITAL};
use crate::support::site::{HOSPITAL, Site};

const ADD_PHONE: &str = "/_guichet/compte/telephone";
const PHONE_CODE: &str = "/_guichet/activation/psc/telephone/code";

fn without_phone(account: &mut Account) {
    account.phone = None;
    account.steps.reopen(Step::Phone);
}

#[tokio::test]
async fn every_provider_has_its_row_and_is_linked_and_taken_away_on_its_own() {
    let site = Site::with_hospital(|_| {}).await;
    let mut who = site.just_signed_in().await;
    let page = who.person.open(ACCOUNT).await;
    for said in ["Rattacher à Pro Santé Connect", "Rattacher à Hôpital d", "Votre compte n'y est pas rattaché."] {
        assert!(page.says(said), "{said}: {}", page.gist());
    }
    site.link_hospital(&mut who.person, "kinesitherapeute").await;
    let page = who.person.open(ACCOUNT).await;
    assert!(page.says("Ne plus utiliser Hôpital d") && page.says("Rattacher à Pro Santé Connect"), "{}", page.gist());
    let account = site.account(&who.legacy_id).await;
    assert_eq!(account.rpps.unwrap().source, Source::Import, "who says no number proves none");
    assert_eq!(who.person.get(LINK_HOSPITAL).await.location(), ACCOUNT, "linked already");
    let review = site.to_review(&mut who.person, "kinesitherapeute").await;
    who.person.submit(&review, LINK, &[]).await;
    let professions = site.account(&who.legacy_id).await.professions;
    // A sign-in through the other says nothing of professions, and takes none away.
    let mut later = site.person();
    let page = site.hospital(&mut later, "kinesitherapeute").await;
    assert_eq!(page.location(), "/", "{}", page.gist());
    assert_eq!(site.account(&who.legacy_id).await.professions, professions);
    let page = later.open(ACCOUNT).await;
    assert!(page.says(&format!("avec {HOSPITAL}")) && page.says("Confirmé par Pro Santé Connect."), "{}", page.gist());
    // What Pro Santé Connect vouched for goes with it, and the other link stays.
    let form = who.person.open(UNLINK).await;
    let page = who.person.submit(&form, UNLINK, &[]).await;
    let page = who.person.follow(page).await;
    assert!(page.says("Votre compte n'est plus rattaché à Pro Santé Connect."), "{}", page.gist());
    let account = site.account(&who.legacy_id).await;
    assert_eq!(account.links.iter().map(|link| link.identity_provider.as_str()).collect::<Vec<_>>(), ["hopital"]);
    assert!(account.professions.is_empty() && account.places.is_empty() && account.register.is_none());
    assert_eq!(account.rpps.unwrap().source, Source::Import);
}

#[tokio::test]
async fn messages_name_the_provider_that_they_are_about() {
    let site = Site::with_hospital(|_| {}).await;
    let mut who = site.just_signed_in().await;
    let review = site.to_review_of(&mut who.person, LINK_HOSPITAL, "kinesitherapeute").await;
    let told = async |email: &str, sms: &str| {
        site.sent().await;
        let (mail, text) = (site.messages(&who.email).remove(0), site.messages("+33612345601").remove(0).text);
        assert!(mail.text.contains(email) && !mail.text.contains("Pro Santé"), "{mail:?}");
        assert!(text.contains(sms) && !text.contains("Pro Santé"), "{text}");
    };
    told("identité confirmée par Hôpital d'à côté", "rattachement de votre compte à Hopital d'à coté").await;
    let mut person = who.person.clone();
    person.submit(&review, LINK_HOSPITAL, &[]).await;
    told("peut être ouvert avec Hôpital d'à côté par LUCAS", "maintenant rattaché à Hopital d'à coté").await;
    let form = person.open(UNLINK_HOSPITAL).await;
    person.submit(&form, UNLINK_HOSPITAL, &[]).await;
    told("ne s'ouvre plus avec Hôpital d'à côté.", "plus rattaché à Hopital d'à coté").await;
}

#[tokio::test]
async fn a_number_that_two_providers_proved_stays_proven_when_one_goes() {
    let site = Site::with_hospital(|settings| {
        let hospital = settings.identity_providers.get_mut("hopital").unwrap();
        hospital.profile = Profile::Oidc { national_identifier_claim: Some("SubjectNameID".to_owned()) };
    })
    .await;
    let mut who = site.linked().await;
    site.link_hospital(&mut who.person, "kinesitherapeute").await;
    let page = who.person.open(ACCOUNT).await;
    assert!(page.says(&format!("Confirmé par Pro Santé Connect et {HOSPITAL}.")), "{}", page.gist());
    let form = who.person.open(UNLINK).await;
    who.person.submit(&form, UNLINK, &[]).await;
    let page = who.person.open(ACCOUNT).await;
    assert!(page.says(&format!("Confirmé par {HOSPITAL}.")), "{}", page.gist());
    assert_eq!(site.account(&who.legacy_id).await.rpps.unwrap().source, Source::Psc);
}

#[tokio::test]
async fn a_provider_that_nobody_configured_has_no_page() {
    let site = Site::start().await;
    let mut who = site.just_signed_in().await;
    for name in ["hopital", "local", "PSC", "psc%2f", "psc/x", "..%2fpsc"] {
        for page in ["rattachement", "detachement"] {
            let address = format!("/_guichet/compte/{page}/{name}");
            let status = who.person.get(&address).await.status;
            assert!(status == 404 || status == 400, "{address}: {status}");
        }
    }
    for address in ["/_guichet/compte/rattachement", "/_guichet/compte/detachement/"] {
        assert_eq!(who.person.get(address).await.status, 404, "{address}");
    }
}

#[tokio::test]
async fn l08_a_phone_is_added_by_who_proved_a_moment_ago_who_they_are() {
    let site = Site::start().await;
    let mut who = site.just_signed_in().await;
    site.edit(&who.legacy_id, without_phone).await;
    let number = [("dial_code", "+33"), ("phone", "06 12 34 56 94")];
    let form = who.person.open(ADD_PHONE).await;
    assert!(form.says("Saisissez votre numéro de portable"), "{}", form.gist());
    // Somebody else sits down at the desk.
    site.forward(5 * 60);
    let asked = "/_guichet/confirmer?besoin=passe&retour=/_guichet/compte/telephone";
    assert_eq!(who.person.get(ADD_PHONE).await.location(), asked);
    assert_eq!(who.person.submit(&form, ADD_PHONE, &number).await.location(), asked);
    assert!(site.messages("+33612345694").is_empty());
    let page = who.person.open(ADD_PHONE).await;
    let mut person = who.person.clone();
    let page = site.confirm(&mut person, &page, &who).await;
    assert_eq!(page.location(), ADD_PHONE, "{}", page.gist());
    let form = person.follow(page).await;
    let page = person.submit(&form, ADD_PHONE, &number).await;
    let code_page = person.follow(page).await;
    assert_eq!(code_page.url.path(), PHONE_CODE, "{}", code_page.gist());
    let code = site.code("+33612345694").await;
    // The code alone, too late, adds nothing either.
    site.forward(5 * 60);
    let late = person.clone().submit(&code_page, PHONE_CODE, &[("code", &code)]).await;
    assert_eq!(late.location(), asked, "{}", late.gist());
    assert!(site.account(&who.legacy_id).await.phone.is_none());
    let page = person.follow(late).await;
    let page = site.confirm(&mut person, &page, &who).await;
    let form = person.follow(page).await;
    assert_eq!(form.form(ADD_PHONE).unwrap()["phone"].replace(' ', ""), "0612345694", "what was typed is kept");
    let page = person.submit(&form, ADD_PHONE, &number).await;
    let page = person.follow(page).await;
    let code = site.code("+33612345694").await;
    let page = person.submit(&page, PHONE_CODE, &[("code", &code)]).await;
    assert_eq!(page.location(), ACCOUNT, "{}", page.gist());
    assert_eq!(site.account(&who.legacy_id).await.phone.unwrap().value.as_str(), "+33612345694");
}

#[tokio::test]
async fn l08_a_page_that_wants_a_phone_asks_who_is_there_and_comes_back_to_the_form() {
    let site = Site::with(|settings| {
        let mut route = settings.routes.iter().find(|route| route.path == "/").unwrap().clone();
        route.name = "labo".to_owned();
        route.path = "/labo".to_owned();
        route.policy.verified_phone = true;
        settings.routes.insert(0, route);
    })
    .await;
    let mut who = site.just_signed_in().await;
    site.edit(&who.legacy_id, without_phone).await;
    site.forward(5 * 60);
    let page = who.person.open("/labo/resultats").await;
    assert_eq!(page.url.path(), "/_guichet/confirmer", "{}", page.gist());
    let mut person = who.person.clone();
    let page = site.confirm(&mut person, &page, &who).await;
    assert_eq!(page.location(), "/labo/resultats", "{}", page.gist());
    let page = person.follow(page).await;
    let form = "/_guichet/activation/psc/telephone";
    assert_eq!(page.url.path(), form, "{}", page.gist());
    let page = person.submit(&page, form, &[("dial_code", "+33"), ("phone", "06 12 34 56 94")]).await;
    let page = person.follow(page).await;
    let code = site.code("+33612345694").await;
    let page = person.submit(&page, PHONE_CODE, &[("code", &code)]).await;
    assert_eq!(page.location(), "/labo/resultats", "{}", page.gist());
}

#[tokio::test]
async fn the_door_of_the_activation_leads_an_activated_person_to_their_account() {
    let site = Site::start().await;
    let mut who = site.just_signed_in().await;
    assert_eq!(who.person.get("/_guichet/activation").await.location(), ACCOUNT);
    assert_eq!(who.person.get("/_guichet/activation?retour=/dossier/42").await.location(), "/dossier/42");
}
