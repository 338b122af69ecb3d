//! Linking and unlinking from "Mon compte" (group L): both sides proven, each proof used once, and always a way in left.

use crate::support::account::{ACCOUNT, LINK, UNLINK};
use crate::support::person::Page;
use crate::support::site::Site;

const NURSE: &str = "899700999909";
const LUCAS: &str = "899900123458";

#[tokio::test]
async fn l03_a_proof_is_burnt_by_its_first_use() {
    let site = Site::start().await;
    let mut who = site.just_signed_in().await;
    let review = site.to_review(&mut who.person, "kinesitherapeute").await;
    let first = who.person.clone().submit(&review, LINK, &[]).await;
    assert_eq!(first.location(), "/_guichet/compte?avis=rattache:psc");
    // The link goes, the help desk's way; the form that made it is sent again.
    site.edit(&who.legacy_id, |account| account.links.clear()).await;
    let again = who.person.submit(&review, LINK, &[]).await;
    assert_eq!(again.location(), "/_guichet/compte/rattachement/psc?avis=reprendre:psc", "{}", again.gist());
    assert!(site.account(&who.legacy_id).await.links.is_empty());
    let page = who.person.follow(again).await;
    assert!(page.says("a expiré ou a été commencée dans un autre onglet"), "{}", page.gist());
}

#[tokio::test]
async fn l03_two_presses_on_one_proof_make_one_link_and_one_fact() {
    let site = Site::start().await;
    let mut who = site.just_signed_in().await;
    let review = site.to_review(&mut who.person, "kinesitherapeute").await;
    let (mut left, mut right) = (who.person.clone(), who.person.clone());
    let (left, right) = tokio::join!(left.submit(&review, LINK, &[]), right.submit(&review, LINK, &[]));
    assert_eq!((left.status, right.status), (303, 303));
    assert_eq!(site.account(&who.legacy_id).await.links.len(), 1);
    assert_eq!(site.count(&who.legacy_id, "link.created").await, 1);
}

#[tokio::test]
async fn l03_unlinking_burns_the_proofs_of_that_identity_that_wait_elsewhere() {
    let site = Site::start().await;
    let mut who = site.just_signed_in().await;
    // Somebody who holds the same identity waits at the door of the linking, in another browser.
    let mut other = site.person();
    let page = site.psc(&mut other, "kinesitherapeute").await;
    let offer = other.follow(page).await;
    assert_eq!(offer.url.path(), "/_guichet/rattachement", "{}", offer.gist());
    let page = other.submit(&offer, "/_guichet/rattachement", &[]).await;
    let proof = other.follow(page).await;
    let review = site.to_review(&mut who.person, "kinesitherapeute").await;
    who.person.submit(&review, LINK, &[]).await;
    let page = who.person.open(UNLINK).await;
    let page = who.person.submit(&page, UNLINK, &[]).await;
    assert_eq!(page.location(), "/_guichet/compte?avis=detache:psc", "{}", page.gist());
    // The proof from before goes on to the code, and links nothing.
    site.forward(61);
    let answers = [("identifier", who.email.as_str()), ("password", who.password.as_str())];
    let page = other.submit(&proof, "/_guichet/rattachement/preuve", &answers).await;
    let page = other.follow(page).await;
    let code_page = "/_guichet/rattachement/code";
    let page = other.submit(&page, code_page, &[("channel", "email")]).await;
    let page = other.follow(page).await;
    let code = site.code(&who.email).await;
    let page = other.submit(&page, code_page, &[("code", &code)]).await;
    assert!(page.location().starts_with("/_guichet/connexion?avis=delai"), "{}", page.gist());
    assert!(site.account(&who.legacy_id).await.links.is_empty());
    // A new proof is as good as ever.
    site.forward(1);
    let review = site.to_review(&mut who.person, "kinesitherapeute").await;
    who.person.submit(&review, LINK, &[]).await;
    assert_eq!(site.account(&who.legacy_id).await.links.len(), 1);
}

#[tokio::test]
async fn l04_an_address_typed_at_the_provider_s_return_links_nothing_and_mails_name_who_asks() {
    let site = Site::start().await;
    let who = site.activated().await;
    site.forward(61);
    // A nurse whom nobody knows gives the victim's address as her own.
    let mut nurse = site.person();
    let page = site.psc(&mut nurse, "infirmiere").await;
    let page = nurse.follow(page).await;
    let form = "/_guichet/activation/psc/email";
    let page = nurse.submit(&page, form, &[("terms", "oui"), ("email", &who.email)]).await;
    assert_eq!(page.status, 303, "{}", page.gist());
    let mail = site.messages(&who.email).remove(0);
    assert!(mail.code.is_some() && !mail.text.contains("http"), "nothing to click: {mail:?}");
    assert!(site.account(&who.legacy_id).await.links.is_empty());
    let owner = site.app.login.directory.by_link("psc", NURSE).await.unwrap().unwrap();
    assert!(owner.legacy_id.is_none() && owner.contact_email.is_none() && owner.sign_in_email.is_none());
    // Who asks to link the victim's account is named in the mail with the code.
    let mut other = site.person();
    let page = site.psc(&mut other, "kinesitherapeute").await;
    let page = other.follow(page).await;
    let page = other.submit(&page, "/_guichet/rattachement", &[]).await;
    let page = other.follow(page).await;
    let answers = [("identifier", who.email.as_str()), ("password", who.password.as_str())];
    let page = other.submit(&page, "/_guichet/rattachement/preuve", &answers).await;
    let page = other.follow(page).await;
    other.submit(&page, "/_guichet/rattachement/code", &[("channel", "email")]).await;
    let mail = site.messages(&who.email).remove(0);
    assert!(mail.code.is_some() && mail.text.contains("demandé par LUCAS MOREAU-TEST"), "{mail:?}");
}

#[tokio::test]
async fn l05_a_callback_begun_in_another_browser_proves_nothing_here() {
    let site = Site::start().await;
    let mut who = site.just_signed_in().await;
    // The attacker begins, with an account and an identity of their own, and gives the address of the callback to the victim.
    let mut attacker = site.activated_as("752345678", "elodie.fontaine@example.com", "+33612345602").await;
    let callback = site.to_link_callback(&mut attacker.person, LINK, "infirmiere").await;
    who.person.open(LINK).await;
    let page = who.person.get(&callback).await;
    assert!(!page.header("location").is_some_and(|to| to.starts_with(LINK)), "{}", page.gist());
    let page = who.person.open(LINK).await;
    assert!(!page.says("CAMILLE"), "{}", page.gist());
    assert!(site.account(&who.legacy_id).await.links.is_empty());
    // Its owner still may.
    let page = attacker.person.get(&callback).await;
    assert_eq!(page.location(), LINK, "{}", page.gist());
}

#[tokio::test]
async fn l08_linking_and_unlinking_ask_for_an_authentication_younger_than_five_minutes() {
    let site = Site::start().await;
    let mut who = site.just_signed_in().await;
    let link = who.person.open(LINK).await;
    let review = site.to_review(&mut who.person, "kinesitherapeute").await;
    site.forward(5 * 60);
    for (what, form) in [("the button", &link), ("the confirmation", &review)] {
        let page = who.person.clone().submit(form, LINK, &[]).await;
        let asked = "/_guichet/confirmer?besoin=passe&retour=/_guichet/compte/rattachement/psc";
        assert_eq!(page.location(), asked, "{what}: {}", page.gist());
    }
    assert!(site.account(&who.legacy_id).await.links.is_empty());
    // Confirmed, the proof that waited is there.
    let page = who.person.open(LINK).await;
    assert!(page.says("changer vos moyens de connexion"), "{}", page.gist());
    let mut person = who.person.clone();
    let page = site.confirm(&mut person, &page, &who).await;
    assert_eq!(page.location(), LINK, "{}", page.gist());
    let review = person.follow(page).await;
    assert!(review.says("LUCAS MOREAU-TEST"), "{}", review.gist());
    person.submit(&review, LINK, &[]).await;
    assert_eq!(site.account(&who.legacy_id).await.links.len(), 1);
    // The way back as well.
    let unlink = person.open(UNLINK).await;
    site.forward(5 * 60);
    let page = person.submit(&unlink, UNLINK, &[]).await;
    assert!(page.location().starts_with("/_guichet/confirmer?besoin=passe-psc&retour="), "{}", page.gist());
    let page = person.get(UNLINK).await;
    assert!(page.location().starts_with("/_guichet/confirmer"), "{}", page.gist());
    assert_eq!(site.account(&who.legacy_id).await.links.len(), 1);
}

#[tokio::test]
async fn l08_the_last_way_in_cannot_be_unlinked() {
    let site = Site::start().await;
    let mut nurse = site.by_psc("infirmiere", "camille@exemple.fr").await;
    let page = nurse.open(ACCOUNT).await;
    assert!(page.says("C'est votre seul moyen de connexion."), "{}", page.gist());
    assert!(!page.says("href=\"/_guichet/compte/detachement/psc\""), "{}", page.body);
    let page = nurse.open(UNLINK).await;
    assert!(page.says("C'est votre seul moyen de connexion.") && page.form(UNLINK).is_none(), "{}", page.gist());
    // A form from before the password went away.
    let mut who = site.linked().await;
    let form = who.person.open(UNLINK).await;
    site.edit(&who.legacy_id, |account| account.password = None).await;
    let page = who.person.submit(&form, UNLINK, &[]).await;
    assert_eq!(page.status, 409, "{}", page.gist());
    assert_eq!(site.account(&who.legacy_id).await.links.len(), 1);
}

#[tokio::test]
async fn l09_a_link_brings_no_verified_address_and_changes_none() {
    let site = Site::start().await;
    let mut who = site.activated_as("752345678", "elodie.fontaine@example.com", "+33612345602").await;
    site.edit("752345678", |account| account.rpps = None).await;
    site.forward(61);
    let mut person = site.person();
    site.sign_in(&mut person, &who).await;
    who.person = person;
    let before = site.account("752345678").await;
    // The midwife's directory has an e-mail.
    let review = site.to_review(&mut who.person, "sagefemme").await;
    who.person.submit(&review, LINK, &[]).await;
    let after = site.account("752345678").await;
    assert_eq!(after.suggested_email.as_ref().unwrap().as_str(), "solene.garnier@example.com");
    assert_eq!((after.contact_email, after.sign_in_email), (before.contact_email, before.sign_in_email));
    assert!(site.messages("solene.garnier@example.com").is_empty());
}

#[tokio::test]
async fn l10_a_proof_is_of_the_session_that_asked_and_of_no_other() {
    let site = Site::start().await;
    let mut who = site.just_signed_in().await;
    let review = site.to_review(&mut who.person, "kinesitherapeute").await;
    // The same account in another browser, and another account: neither sees it nor may use its form.
    let mut elsewhere = site.person();
    site.forward(61);
    site.sign_in(&mut elsewhere, &who).await;
    let mut other = site.activated_as("752345678", "elodie.fontaine@example.com", "+33612345602").await;
    for person in [&mut elsewhere, &mut other.person] {
        let page = person.open(LINK).await;
        assert!(!page.says("LUCAS"), "{}", page.gist());
        let seen = review.form(LINK).unwrap()["token"].clone();
        let page = person.submit(&page, LINK, &[("token", &seen)]).await;
        assert_eq!(page.status, 409, "{}", page.gist());
    }
    assert!(site.app.login.directory.by_link("psc", LUCAS).await.unwrap().is_none());
    // Signed out and in again in the same browser: the proof of the session before is nobody's.
    let out = who.person.open("/_guichet/deconnexion").await;
    who.person.submit(&out, "/_guichet/deconnexion", &[]).await;
    site.forward(61);
    let mut person = who.person.clone();
    site.sign_in(&mut person, &who).await;
    let page = person.open(LINK).await;
    assert!(!page.says("LUCAS"), "{}", page.gist());
}

#[tokio::test]
async fn l10_a_form_that_was_drawn_for_one_identity_never_links_another() {
    let site = Site::start().await;
    let mut who = site.just_signed_in().await;
    let review = site.to_review(&mut who.person, "kinesitherapeute").await;
    // Meanwhile, in another tab, somebody else proves who they are in the same session.
    let mut tab = who.person.clone();
    site.forward(1);
    let link = who.person.get(LINK).await;
    let page = tab.submit(&link, LINK, &[("action", "retour")]).await;
    assert_eq!(page.location(), ACCOUNT);
    // The nurse's own browser at the provider.
    tab.jar.retain(|host, _| host == "localhost");
    let second = site.to_review(&mut tab, "infirmiere").await;
    assert!(second.says("CAMILLE MARTIN-TEST"), "{}", second.gist());
    let page = who.person.submit(&review, LINK, &[]).await;
    assert_eq!(page.location(), "/_guichet/compte/rattachement/psc?avis=reprendre:psc", "{}", page.gist());
    assert!(site.account(&who.legacy_id).await.links.is_empty());
}

#[tokio::test]
async fn l06_l10_an_identity_that_is_another_account_s_meets_one_neutral_page() {
    let site = Site::start().await;
    site.by_psc("infirmiere", "camille@exemple.fr").await;
    // Something else than the identity opens that account too.
    let directory = &site.app.login.directory;
    let mut holder = directory.by_link("psc", NURSE).await.unwrap().unwrap();
    holder.password = Some("$argon2id$never".to_owned());
    holder.sign_in_email = holder.contact_email.as_ref().map(|email| email.value.clone());
    directory.save(&holder, &[]).await.unwrap();
    let mut who = site.just_signed_in().await;
    // Nothing of what the account itself holds stands against it.
    site.edit(&who.legacy_id, |account| account.rpps = None).await;
    let taken = site.to_review(&mut who.person, "infirmiere").await;
    let taken = who.person.submit(&taken, LINK, &[]).await;
    assert_eq!(taken.status, 409, "{}", taken.gist());
    assert!(taken.says("ne permettent pas ce rattachement"), "{}", taken.gist());
    // Another RPPS than the one that import vouches for: the same page.
    let mut second = site.activated_as("752345678", "elodie.fontaine@example.com", "+33612345602").await;
    site.forward(61);
    let mut person = site.person();
    site.sign_in(&mut person, &second).await;
    second.person = person;
    let other = site.to_review(&mut second.person, "pharmacienne").await;
    let other = second.person.submit(&other, LINK, &[]).await;
    assert_eq!(without_reference(&taken), without_reference(&other));
    assert_eq!(site.count(&second.legacy_id, "link.refused").await, 1);
}

/// What the page says, but for the reference of its request.
fn without_reference(page: &Page) -> String {
    let gist = page.gist();
    let (before, after) = gist.split_once("la référence ").unwrap_or_else(|| panic!("{gist}"));
    format!("{before}{}", after.split_once('.').unwrap().1)
}
