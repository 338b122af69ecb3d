//! Linking later what was not linked at first ("Continuer sans rattacher", decision 7): the link leaves the account that the provider made
//! for the older one, in one act, and the emptied account is closed.

use guichet::account::{Account, State};

use crate::support::account::{ACCOUNT, LINK};
use crate::support::person::Person;
use crate::support::site::Site;

const LINKING: &str = "/_guichet/rattachement";
const LUCAS: &str = "899900123458";

async fn owner(site: &Site) -> Option<Account> {
    site.app.login.directory.by_link("psc", LUCAS).await.unwrap()
}

/// Goes on without the account that may be theirs, up to the portal.
async fn without_linking(site: &Site) -> Person {
    let mut person = site.person();
    let page = site.psc(&mut person, "kinesitherapeute").await;
    let offer = person.follow(page).await;
    assert_eq!(offer.url.path(), LINKING, "{}", offer.gist());
    let page = person.submit(&offer, LINKING, &[("action", "ignorer")]).await;
    let page = person.follow(page).await;
    let email = "/_guichet/activation/psc/email";
    let answers = [("terms", "oui"), ("email", "lucas@cabinet.example")];
    let page = person.submit(&page, email, &answers).await;
    let page = person.follow(page).await;
    let code = site.code("lucas@cabinet.example").await;
    let page = person.submit(&page, "/_guichet/activation/psc/email/code", &[("code", &code)]).await;
    let page = person.follow(page).await;
    let page = person.submit(&page, "/_guichet/activation/psc/telephone", &[("action", "ignorer")]).await;
    assert_eq!(person.follow(page).await.status, 200);
    person
}

#[tokio::test]
async fn who_went_on_without_linking_links_later_and_the_account_made_then_is_closed() {
    let site = Site::start().await;
    let mut who = site.just_signed_in().await;
    let mut made = without_linking(&site).await;
    let emptied = owner(&site).await.unwrap();
    assert!(emptied.legacy_id.is_none() && emptied.state == State::Active);
    let mut other = site.person();
    site.forward(61);
    site.sign_in(&mut other, &who).await;
    let mut review = site.to_review(&mut who.person, "kinesitherapeute").await;
    assert!(review.says("cet autre compte sera fermé"), "{}", review.gist());
    assert_eq!(owner(&site).await.unwrap().id, emptied.id, "a look changes nothing");
    // Too late: who is there is asked again, and the proof waits.
    site.forward(5 * 60);
    let page = who.person.submit(&review, LINK, &[]).await;
    assert!(page.location().starts_with("/_guichet/confirmer"), "{}", page.gist());
    let page = who.person.follow(page).await;
    let mut person = who.person.clone();
    let page = site.confirm(&mut person, &page, &who).await;
    review = person.follow(page).await;
    let former = person.session();
    let page = person.submit(&review, LINK, &[]).await;
    assert_eq!(page.location(), "/_guichet/compte?avis=rattache:psc", "{}", page.gist());
    assert_ne!(person.session(), former, "a new token");
    let page = person.follow(page).await;
    assert!(page.says("Rattaché depuis le") && page.url.path() == ACCOUNT, "{}", page.gist());
    // One write: the identity opens the older account, the emptied one is closed and opens to nobody.
    assert_eq!(owner(&site).await.unwrap().legacy_id.as_deref(), Some(who.legacy_id.as_str()));
    let emptied = site.app.login.directory.account(emptied.id).await.unwrap().unwrap();
    assert_eq!((emptied.state, emptied.links.len()), (State::Disabled, 0));
    for (whose, person) in [("the emptied account's", &mut made), ("the other one of the older account", &mut other)] {
        assert_eq!(person.get("/").await.status, 303, "{whose} session is over");
    }
    let names = |facts: Vec<guichet::observe::AuditEvent>| {
        facts.into_iter().map(|event| event.fact.as_str().to_owned()).collect::<Vec<_>>()
    };
    let lost = names(site.app.login.directory.facts(emptied.id, 10).await.unwrap());
    assert!(lost.contains(&"link.moved".to_owned()) && lost.contains(&"account.disabled".to_owned()), "{lost:?}");
    assert_eq!(site.count(&who.legacy_id, "link.moved").await, 1);
    site.sent().await;
    assert!(site.messages("lucas@cabinet.example").remove(0).text.contains("est fermé. Si ce n'était pas vous"));
    assert!(site.messages(&who.email).remove(0).text.contains("par LUCAS MOREAU-TEST"));
    // From now on the button opens the older one.
    let mut later = site.person();
    let page = site.psc(&mut later, "kinesitherapeute").await;
    assert_eq!(page.location(), "/", "{}", page.gist());
    // The form, sent again, does nothing.
    assert_eq!(person.submit(&review, LINK, &[]).await.location(), ACCOUNT);
}

#[tokio::test]
async fn l06_l10_nobody_s_account_is_closed_by_a_form_that_did_not_say_so_or_while_something_else_opens_it() {
    let site = Site::start().await;
    let mut who = site.just_signed_in().await;
    // The form was drawn while the identity was nobody's.
    let review = site.to_review(&mut who.person, "kinesitherapeute").await;
    assert!(!review.says("sera fermé"), "{}", review.gist());
    without_linking(&site).await;
    let made = owner(&site).await.unwrap();
    let page = who.person.submit(&review, LINK, &[]).await;
    assert_eq!(page.status, 409, "{}", page.gist());
    assert_eq!(owner(&site).await.unwrap(), made);
    // With a password of its own it is a way in that the help desk alone moves.
    let directory = &site.app.login.directory;
    let with_password = Account {
        password: Some("$argon2id$never".to_owned()),
        sign_in_email: made.contact_email.as_ref().map(|email| email.value.clone()),
        ..made
    };
    let kept = directory.save(&with_password, &[]).await.unwrap();
    site.forward(1);
    let review = site.to_review(&mut who.person, "kinesitherapeute").await;
    assert!(!review.says("sera fermé"), "{}", review.gist());
    let page = who.person.submit(&review, LINK, &[]).await;
    assert_eq!(page.status, 409, "{}", page.gist());
    assert_eq!(owner(&site).await.unwrap(), kept);
}
