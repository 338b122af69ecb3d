//! Linking with several identity providers (group L): what holds of Pro Santé Connect holds of a provider that knows people by their
//! `sub`, and nothing that one has proven is worth anything at the other.

use guichet::config::settings::FirstSignIn;
use serde_json::json;

use crate::support::account::{ACCOUNT, LINK, LINK_HOSPITAL, UNLINK, UNLINK_HOSPITAL};
use crate::support::person::Person;
use crate::support::site::{HOSPITAL, Site};

const LINKING: &str = "/_guichet/rattachement";
const PROOF: &str = "/_guichet/rattachement/preuve";
const CODE: &str = "/_guichet/rattachement/code";

#[tokio::test]
async fn l01_an_address_that_a_provider_calls_verified_opens_no_account_and_is_nobody_s() {
    let site = Site::with_hospital(|_| {}).await;
    let who = site.activated_as("752345678", "elodie.fontaine@example.com", "+33612345602").await;
    let shared = guichet::identity::Email::parse("solene.garnier@example.com").unwrap();
    site.edit(&who.legacy_id, |account| {
        account.sign_in_email = Some(shared.clone());
        account.contact_email.as_mut().unwrap().value = shared.clone();
    })
    .await;
    let before = site.account(&who.legacy_id).await;
    // The midwife's e-mail at the provider is the address that the account signs in with.
    let mut midwife = site.person();
    let page = site.hospital(&mut midwife, "sagefemme").await;
    let page = midwife.follow(page).await;
    assert_eq!(page.url.path(), "/_guichet/activation/psc/email", "an account of her own: {}", page.gist());
    let after = site.account(&who.legacy_id).await;
    assert_eq!((after.links, after.version), (before.links, before.version));
}

#[tokio::test]
async fn l02_l10_what_one_provider_has_proven_is_worth_nothing_on_the_way_of_another() {
    let site = Site::with_hospital(|_| {}).await;
    let mut who = site.just_signed_in().await;
    let review = site.to_review_of(&mut who.person, LINK_HOSPITAL, "kinesitherapeute").await;
    assert!(review.says(&format!("{HOSPITAL} a confirmé l'identité de LUCAS MOREAU-TEST.")), "{}", review.gist());
    // Neither the other's page nor its form knows of it.
    let page = who.person.open(LINK).await;
    assert!(!page.says("LUCAS"), "{}", page.gist());
    let form = review.form(LINK_HOSPITAL).unwrap();
    let page = who.person.submit(&page, LINK, &[("token", &form["token"])]).await;
    assert_eq!(page.status, 409, "{}", page.gist());
    assert!(site.account(&who.legacy_id).await.links.is_empty());
    // Both wait side by side, and each links its own.
    let other = site.to_review(&mut who.person, "kinesitherapeute").await;
    let page = who.person.submit(&review, LINK_HOSPITAL, &[]).await;
    assert_eq!(page.location(), "/_guichet/compte?avis=rattache:hopital", "{}", page.gist());
    let links = |account: guichet::account::Account| {
        account.links.into_iter().map(|link| link.identity_provider).collect::<Vec<_>>()
    };
    assert_eq!(links(site.account(&who.legacy_id).await), ["hopital"]);
    who.person.submit(&other, LINK, &[]).await;
    assert_eq!(links(site.account(&who.legacy_id).await), ["hopital", "psc"]);
}

#[tokio::test]
async fn l02_a_code_given_for_one_provider_s_arrival_links_no_other_s() {
    let site = Site::with_hospital(|settings| {
        settings.identity_providers.get_mut("hopital").unwrap().first_sign_in = FirstSignIn::KnownOnly;
    })
    .await;
    let who = site.activated().await;
    site.forward(61);
    let mut person = site.person();
    let to_proof = async |person: &mut Person, page| {
        let page = person.follow(page).await;
        let page = person.submit(&page, LINKING, &[]).await;
        let page = person.follow(page).await;
        assert!(page.says(&format!("que vous utilisez sans {HOSPITAL}.")), "{}", page.gist());
        let answers = [("identifier", who.email.as_str()), ("password", who.password.as_str())];
        let page = person.submit(&page, PROOF, &answers).await;
        let page = person.follow(page).await;
        let page = person.submit(&page, CODE, &[("channel", "email")]).await;
        person.follow(page).await
    };
    let page = site.hospital(&mut person, "kinesitherapeute").await;
    let code_page = to_proof(&mut person, page).await;
    let code = site.code(&who.email).await;
    let mail = site.messages(&who.email).remove(0);
    assert!(mail.subject.as_deref().unwrap().ends_with(&format!("votre code pour rattacher {HOSPITAL}")), "{mail:?}");
    assert!(mail.text.contains(&format!("LUCAS MOREAU-TEST, identité confirmée par {HOSPITAL}.")), "{mail:?}");
    // The same person arrives through Pro Santé Connect, in another tab.
    let mut tab = person.clone();
    let page = site.psc(&mut tab, "kinesitherapeute").await;
    let offer = tab.follow(page).await;
    let flow = offer.form(LINKING).unwrap()["flow"].clone();
    let cookie = tab.cookie("__Host-guichet-flow").unwrap().to_owned();
    let token = guichet::pages::guard::token(&site.app.login.sealer, &cookie, CODE, None, "");
    let page = tab.post(CODE, &[("flow", &flow), ("token", &token), ("code", &code)]).await;
    assert!(page.location().starts_with(PROOF), "{}", page.gist());
    assert!(site.account(&who.legacy_id).await.links.is_empty());
    // The tab that gave both proofs links, and says to what.
    let page = person.submit(&code_page, CODE, &[("code", &code)]).await;
    let page = person.follow(page).await;
    assert_eq!(page.status, 200, "{}", page.gist());
    let account = site.account(&who.legacy_id).await;
    assert_eq!(account.link("hopital").map(|link| link.national_id.contains('#')), Some(true));
    let page = person.open(ACCOUNT).await;
    assert!(page.says(&format!("Votre compte est rattaché à {HOSPITAL}.")), "{}", page.gist());
}

#[tokio::test]
async fn l03_the_proof_of_a_sub_is_burnt_by_its_first_use_and_by_unlinking() {
    let site = Site::with_hospital(|_| {}).await;
    let mut who = site.just_signed_in().await;
    let review = site.to_review_of(&mut who.person, LINK_HOSPITAL, "kinesitherapeute").await;
    // Proven a second time, in another session of the same account.
    site.forward(61);
    let mut elsewhere = site.person();
    site.sign_in(&mut elsewhere, &who).await;
    let waiting = site.to_review_of(&mut elsewhere, LINK_HOSPITAL, "kinesitherapeute").await;
    who.person.submit(&review, LINK_HOSPITAL, &[]).await;
    let form = who.person.open(UNLINK_HOSPITAL).await;
    let page = who.person.submit(&form, UNLINK_HOSPITAL, &[]).await;
    assert_eq!(page.location(), "/_guichet/compte?avis=detache:hopital", "{}", page.gist());
    for (person, form) in [(&mut who.person, &review), (&mut elsewhere, &waiting)] {
        person.submit(form, LINK_HOSPITAL, &[]).await;
        assert!(site.account(&who.legacy_id).await.links.is_empty());
    }
}

#[tokio::test]
async fn l05_a_callback_of_one_provider_finished_at_another_s_address_proves_nothing() {
    let site = Site::with_hospital(|_| {}).await;
    let mut who = site.just_signed_in().await;
    let callback = site.to_link_callback(&mut who.person, LINK_HOSPITAL, "kinesitherapeute").await;
    let crossed = callback.replace("/callback/hopital", "/callback/psc");
    let page = who.person.get(&crossed).await;
    assert!(!page.header("location").is_some_and(|to| to.starts_with(LINK)), "{}", page.gist());
    for link in [LINK, LINK_HOSPITAL] {
        let page = who.person.open(link).await;
        assert!(!page.says("LUCAS"), "{link}: {}", page.gist());
    }
    // Where it was sent, it still counts.
    assert_eq!(who.person.get(&callback).await.location(), LINK_HOSPITAL);
}

#[tokio::test]
async fn l06_a_sub_that_is_another_account_s_meets_the_neutral_page() {
    let site = Site::with_hospital(|_| {}).await;
    let mut other = site.activated_as("752345678", "elodie.fontaine@example.com", "+33612345602").await;
    site.forward(61);
    site.link_hospital(&mut other.person, "infirmiere").await;
    let mut who = site.just_signed_in().await;
    let review = site.to_review_of(&mut who.person, LINK_HOSPITAL, "infirmiere").await;
    let page = who.person.submit(&review, LINK_HOSPITAL, &[]).await;
    assert_eq!(page.status, 409, "{}", page.gist());
    assert!(page.says(&format!("celles de {HOSPITAL} ne permettent pas ce rattachement")), "{}", page.gist());
    assert!(!page.says("FONTAINE") && site.account(&who.legacy_id).await.links.is_empty());
    assert_eq!(site.account(&other.legacy_id).await.links.len(), 1);
}

#[tokio::test]
async fn l07_a_sub_that_differs_by_case_space_or_its_last_byte_is_somebody_else_s() {
    let site = Site::with_hospital(|_| {}).await;
    let long = "s".repeat(254);
    let subjects = [
        "Ab1".to_owned(),
        "aB1".to_owned(),
        "Ab1 ".to_owned(),
        " Ab1".to_owned(),
        // Written as a professional's national identifier, it is not that professional's.
        "899700999909".to_owned(),
        format!("{long}1"),
        format!("{long}2"),
    ];
    let directory = &site.app.login.directory;
    let issuer = site.app.settings.identity_providers["hopital"].issuer.clone();
    let mut owners = std::collections::BTreeSet::new();
    for sub in &subjects {
        site.switch_hospital(&json!({ "subjects": { "infirmiere": sub } })).await;
        let mut nurse = site.person();
        let page = site.hospital(&mut nurse, "infirmiere").await;
        let Some(owner) = directory.by_link("hopital", &format!("{issuer}#{sub}")).await.unwrap() else {
            // Refused outright: no account, and above all not a neighbour's.
            assert!(nurse.cookie("__Host-guichet").is_none(), "{sub:?}: {}", page.gist());
            continue;
        };
        assert!(owners.insert(owner.id), "{sub:?} opened a neighbour's account");
        assert_eq!(owner.links[0].last_sub, *sub);
    }
    assert!(owners.len() >= 5, "most were let in: {}", owners.len());
    // The same text at another issuer, and at Pro Santé Connect, is somebody else.
    let mut nurse = site.person();
    site.psc(&mut nurse, "infirmiere").await;
    let national = directory.by_link("psc", "899700999909").await.unwrap().unwrap();
    assert!(!owners.contains(&national.id));
    assert!(directory.by_link("psc", &format!("{issuer}#Ab1")).await.unwrap().is_none());
    assert!(directory.by_link("hopital", "899700999909").await.unwrap().is_none());
}

#[tokio::test]
async fn l08_every_provider_s_link_asks_for_a_young_session() {
    let site = Site::with_hospital(|_| {}).await;
    let mut who = site.just_signed_in().await;
    let link = who.person.open(LINK_HOSPITAL).await;
    let review = site.to_review_of(&mut who.person, LINK_HOSPITAL, "kinesitherapeute").await;
    site.forward(5 * 60);
    for form in [&link, &review] {
        let page = who.person.clone().submit(form, LINK_HOSPITAL, &[]).await;
        let asked = "/_guichet/confirmer?besoin=passe&retour=/_guichet/compte/rattachement/hopital";
        assert_eq!(page.location(), asked, "{}", page.gist());
    }
    assert!(site.account(&who.legacy_id).await.links.is_empty());
    let page = who.person.open(LINK_HOSPITAL).await;
    let mut person = who.person.clone();
    let page = site.confirm(&mut person, &page, &who).await;
    assert_eq!(page.location(), LINK_HOSPITAL, "{}", page.gist());
    let review = person.follow(page).await;
    person.submit(&review, LINK_HOSPITAL, &[]).await;
    let unlink = person.open(UNLINK_HOSPITAL).await;
    site.forward(5 * 60);
    let page = person.submit(&unlink, UNLINK_HOSPITAL, &[]).await;
    assert!(page.location().starts_with("/_guichet/confirmer?besoin=passe-psc&retour="), "{}", page.gist());
    assert_eq!(site.account(&who.legacy_id).await.links.len(), 1);
    // The page that asks offers the provider that the account is linked to, and no other.
    let page = person.follow(page).await;
    assert!(page.says(HOSPITAL) && !page.says("Pro Santé Connect"), "{}", page.gist());
}

#[tokio::test]
async fn l08_of_two_links_without_a_password_one_stays_however_they_are_taken() {
    let site = Site::with_hospital(|_| {}).await;
    let mut nurse = site.by_psc("infirmiere", "camille@exemple.fr").await;
    site.link_hospital(&mut nurse, "infirmiere").await;
    let directory = &site.app.login.directory;
    let id = directory.by_link("psc", "899700999909").await.unwrap().unwrap().id;
    let (psc, hospital) = (nurse.open(UNLINK).await, nurse.open(UNLINK_HOSPITAL).await);
    assert!(psc.says(&format!("Vous vous connecterez avec {HOSPITAL}.")), "{}", psc.gist());
    let (mut left, mut right) = (nurse.clone(), nurse.clone());
    tokio::join!(left.submit(&psc, UNLINK, &[]), right.submit(&hospital, UNLINK_HOSPITAL, &[]));
    let account = directory.account(id).await.unwrap().unwrap();
    assert_eq!(account.links.len(), 1, "nobody is left outside");
}

#[tokio::test]
async fn l08_a_provider_that_is_configured_no_more_is_no_way_in() {
    let site = Site::with_hospital(|_| {}).await;
    let mut nurse = site.by_psc("infirmiere", "camille@exemple.fr").await;
    site.link_hospital(&mut nurse, "infirmiere").await;
    let form = nurse.open(UNLINK).await;
    assert!(form.form(UNLINK).is_some(), "{}", form.gist());
    site.app.login.providers.keep(|name| name != "hopital");
    let page = nurse.submit(&form, UNLINK, &[]).await;
    assert_eq!((page.status, page.says("C'est votre seul moyen de connexion.")), (409, true), "{}", page.gist());
    // What it left behind is shown, and may go.
    let page = nurse.open(ACCOUNT).await;
    assert!(page.says("Ce moyen de connexion n'est plus proposé."), "{}", page.gist());
    assert_eq!(nurse.get(LINK_HOSPITAL).await.status, 404);
    let form = nurse.open(UNLINK_HOSPITAL).await;
    let page = nurse.submit(&form, UNLINK_HOSPITAL, &[]).await;
    assert_eq!(page.location(), "/_guichet/compte?avis=detache:hopital", "{}", page.gist());
    assert_eq!(nurse.get(UNLINK_HOSPITAL).await.status, 404);
}

#[tokio::test]
async fn l09_a_provider_that_calls_another_address_verified_changes_no_way_back_in() {
    let site = Site::with_hospital(|_| {}).await;
    let mut who = site.just_signed_in().await;
    site.link_hospital(&mut who.person, "kinesitherapeute").await;
    let before = site.account(&who.legacy_id).await;
    // From now on the provider says of them what it says of the midwife, e-mail included.
    site.switch_hospital(&json!({ "subjects": { "sagefemme": before.links[0].last_sub } })).await;
    let mut later = site.person();
    let page = site.hospital(&mut later, "sagefemme").await;
    assert_eq!(page.location(), "/", "the same account: {}", page.gist());
    let after = site.account(&who.legacy_id).await;
    assert_eq!(after.suggested_email.as_ref().unwrap().as_str(), "solene.garnier@example.com");
    assert_eq!((after.contact_email, after.sign_in_email), (before.contact_email, before.sign_in_email));
    site.sent().await;
    assert!(site.messages("solene.garnier@example.com").is_empty());
}
