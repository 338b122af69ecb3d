//! What a stranger who knows a name can use up, and what stays the owner's (attack P05).

use super::p_reset::{CODE, asked_code};
use crate::support::person::{Page, Person};
use crate::support::site::{Activated, NEW_PASSWORD, Site};

const RESET: &str = "/_guichet/mot-de-passe-oublie";
const FACTOR: &str = "/_guichet/connexion/facteur";

async fn ask(person: &mut Person, identifier: &str) -> Page {
    let page = person.get(RESET).await;
    person.submit(&page, RESET, &[("identifier", identifier)]).await
}

/// A stranger asks for resets, hour after hour, until no more are taken in this day; how many were.
async fn exhaust(site: &Site, identifier: &str) -> usize {
    let (mut taken, mut last) = (0, 0);
    for _ in 0..20 {
        site.forward(601);
        last = ask(&mut site.person(), identifier).await.status;
        taken += usize::from(last == 303);
    }
    assert_eq!(last, 429, "resets have a cap");
    taken
}

/// A sign-in by each channel, from a browser never seen, up to the right code.
async fn signs_in(site: &Site, who: &Activated) {
    for (channel, to) in [("email", who.email.as_str()), ("sms", "+33612345601")] {
        let before = site.messages(to).len();
        let mut person = site.person();
        let page = Site::type_password(&mut person, &who.email, &who.password).await;
        let choice = person.follow(page).await;
        let sent = person.submit(&choice, FACTOR, &[("channel", channel)]).await;
        assert_eq!(sent.status, 303, "{channel}: {}", sent.gist());
        assert_eq!(site.messages(to).len(), before + 1, "{channel}");
        let page = person.follow(sent).await;
        let code = site.code(to).await;
        let answer = person.submit(&page, "/_guichet/connexion/code", &[("code", &code)]).await;
        assert_eq!(answer.status, 303, "{channel}: {}", answer.gist());
        assert!(person.cookie("__Host-guichet").is_some(), "{channel}");
    }
}

#[tokio::test]
async fn p05_resets_a_stranger_asks_for_leave_every_sign_in_its_codes() {
    let site = Site::start().await;
    let mut who = site.activated().await;
    site.forward(3_601);
    // The hour of the mailbox.
    for _ in 0..6 {
        assert_eq!(ask(&mut site.person(), &who.email).await.status, 303);
    }
    assert_eq!(ask(&mut site.person(), &who.email).await.status, 429);
    signs_in(&site, &who).await;
    // The day of the account.
    let taken = exhaust(&site, &who.email).await;
    assert!(taken <= 10, "{taken}");
    signs_in(&site, &who).await;
    // A browser that signed in before asks for its own reset.
    let sent = site.sent().await;
    let page = ask(&mut who.person, &who.email).await;
    assert_eq!(page.status, 303, "{}", page.gist());
    assert_eq!(site.sent().await, sent + 1);
}

#[tokio::test]
async fn p05_wrong_codes_of_a_strangers_resets_leave_every_sign_in_its_guesses() {
    let site = Site::with(|settings| {
        settings.codes.per_account_day = 100;
        settings.codes.email_per_address_hour = 60;
    })
    .await;
    let who = site.activated().await;
    let mut last = 0;
    for _ in 0..7 {
        let mut stranger = site.person();
        let (page, code) = asked_code(&site, &mut stranger, &who.email, &who.email).await;
        let code: usize = code.parse().unwrap();
        for number in 1..5 {
            let wrong = format!("{:06}", (code + number) % 1_000_000);
            last = stranger.submit(&page, CODE, &[("code", &wrong)]).await.status;
        }
    }
    assert_eq!(last, 429, "guesses add up over the resets of an account");
    signs_in(&site, &who).await;
}

#[tokio::test]
async fn p05_resets_a_stranger_asks_for_leave_an_activation_its_codes() {
    let site = Site::start().await;
    exhaust(&site, "752345678").await;
    let mut owner = site.imported("752345678").await;
    let page = site.to_password(&mut owner, "elodie.fontaine@example.com").await;
    let answers = [("new_password", NEW_PASSWORD), ("confirm_password", NEW_PASSWORD)];
    let page = owner.submit(&page, "/_guichet/activation/mot-de-passe", &answers).await;
    assert_eq!(page.status, 303, "{}", page.gist());
}
