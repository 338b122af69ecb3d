//! Who came by a mailbox reset (decisions 11 and 53) takes no way in of their own along: no phone, no identity, no link taken away, until
//! more is proven than the mailbox (group L, L08).

use super::p_reset::{CODE, NEW, OTHER_PASSWORD, asked_code};
use crate::support::account::{LINK, UNLINK};
use crate::support::person::{Page, Person};
use crate::support::site::{Activated, Site};

const ADD_PHONE: &str = "/_guichet/compte/telephone";
const PROOF: &str = "/_guichet/rattachement/preuve";
const LINK_CODE: &str = "/_guichet/rattachement/code";

/// Without a phone, so that the mailbox alone resets the password.
async fn without_phone(site: &Site) -> Activated {
    let who = site.activated().await;
    site.edit(&who.legacy_id, |account| {
        account.phone = None;
        account.rpps = None;
    })
    .await;
    site.forward(61);
    who
}

/// Somebody who reads the mail of the account.
async fn by_mailbox(site: &Site, who: &Activated) -> Person {
    let mut intruder = site.person();
    let (page, code) = asked_code(site, &mut intruder, &who.email, &who.email).await;
    let page = intruder.submit(&page, CODE, &[("code", &code)]).await;
    let page = intruder.follow(page).await;
    let answers = [("new_password", OTHER_PASSWORD), ("confirm_password", OTHER_PASSWORD)];
    let page = intruder.submit(&page, NEW, &answers).await;
    assert!(intruder.cookie("__Host-guichet").is_some(), "{}", page.gist());
    intruder
}

fn is_refused(page: &Page) -> bool {
    page.status == 403 && page.says("Confirmation insuffisante") && page.says("sera accessible demain")
}

#[tokio::test]
async fn l08_a_mailbox_adds_no_phone_and_links_nobody_for_a_day() {
    let site = Site::start().await;
    let who = without_phone(&site).await;
    let mut intruder = by_mailbox(&site, &who).await;
    for page in [ADD_PHONE, LINK] {
        let page = intruder.open(page).await;
        assert!(is_refused(&page), "{}", page.gist());
        assert!(!page.says("Pro Santé Connect"), "nothing is offered that does not exist: {}", page.gist());
    }
    // Nor by a form that was drawn before.
    let cookie = intruder.cookie("__Host-guichet-flow").unwrap().to_owned();
    let id = site.account(&who.legacy_id).await.id;
    let token = guichet::pages::guard::token(&site.app.login.sealer, &cookie, ADD_PHONE, Some(id), "");
    let typed = [("token", token.as_str()), ("dial_code", "+33"), ("phone", "06 12 34 56 94")];
    let page = intruder.post(ADD_PHONE, &typed).await;
    assert!(page.location().starts_with("/_guichet/confirmer?besoin=sms&"), "{}", page.gist());
    site.sent().await;
    assert!(site.messages("+33612345694").is_empty());
    // A day later the owner, who had every chance to call, may.
    site.forward(24 * 3_600);
    let mut person = site.person();
    let renewed = Activated { password: OTHER_PASSWORD.to_owned(), ..who };
    site.sign_in(&mut person, &renewed).await;
    let page = person.open(ADD_PHONE).await;
    assert!(page.form(ADD_PHONE).is_some(), "{}", page.gist());
}

#[tokio::test]
async fn l08_a_mailbox_brings_no_identity_of_its_own_to_the_account_at_a_sign_in() {
    let site = Site::start().await;
    let who = without_phone(&site).await;
    by_mailbox(&site, &who).await;
    site.forward(61);
    let link = async |key: &str| {
        let mut person = site.person();
        let page = site.psc(&mut person, key).await;
        let page = person.follow(page).await;
        assert_eq!(page.url.path(), "/_guichet/rattachement", "{}", page.gist());
        let page = person.submit(&page, "/_guichet/rattachement", &[]).await;
        let page = person.follow(page).await;
        let answers = [("identifier", who.email.as_str()), ("password", OTHER_PASSWORD)];
        let page = person.submit(&page, PROOF, &answers).await;
        let page = person.follow(page).await;
        let code = site.code(&who.email).await;
        person.submit(&page, LINK_CODE, &[("code", &code)]).await
    };
    // The declared number makes the offer; it proves nothing.
    let number = |source| {
        let value = guichet::identity::Rpps::parse("99900123458").unwrap();
        Some(guichet::account::SourcedRpps { value, source })
    };
    site.edit(&who.legacy_id, |account| account.rpps = number(guichet::account::Source::Declared)).await;
    let page = link("kinesitherapeute").await;
    assert_eq!(page.status, 409, "{}", page.gist());
    assert!(page.says("ne permettent pas ce rattachement"), "{}", page.gist());
    assert!(site.account(&who.legacy_id).await.links.is_empty());
    let facts = site.facts(&who.legacy_id).await;
    assert!(facts.iter().any(|event| event.detail.get("cause").is_some_and(|cause| cause == "mailbox")));
    // The number that import vouches for is proven by its holder alone, whoever reads the mail.
    site.forward(61);
    site.edit(&who.legacy_id, |account| account.rpps = number(guichet::account::Source::Import)).await;
    let page = link("kinesitherapeute").await;
    assert_eq!(page.status, 303, "{}", page.gist());
    assert_eq!(site.account(&who.legacy_id).await.links.len(), 1);
}

#[tokio::test]
async fn l08_a_mailbox_takes_no_link_away_and_the_linked_identity_is_proof_enough() {
    let site = Site::start().await;
    let who = site.linked().await;
    site.edit(&who.legacy_id, |account| account.phone = None).await;
    site.forward(61);
    let mut intruder = by_mailbox(&site, &who).await;
    let page = intruder.open(UNLINK).await;
    assert!(is_refused(&page) && page.says("ou tout de suite avec Pro Santé Connect"), "{}", page.gist());
    assert_eq!(site.account(&who.legacy_id).await.links.len(), 1);
    // The owner's way on is on that page.
    let page = site.confirm_psc(&mut intruder, &page, "kinesitherapeute").await;
    assert_eq!(page.location(), UNLINK, "{}", page.gist());
    let page = intruder.follow(page).await;
    assert!(page.form(UNLINK).is_some(), "{}", page.gist());
}
