//! An address that another account signs in with: what the page must not tell (decision 6).

use guichet::notify::Channel;

use crate::support::site::Site;

const EMAIL: &str = "/_guichet/activation/email";

#[tokio::test]
async fn a09_an_outage_is_told_alike_of_a_free_and_of_a_taken_address() {
    let site = Site::start().await;
    let who = site.activated().await;
    for (legacy_id, email) in [("752345678", who.email.as_str()), ("691234567", "libre@example.com")] {
        let mut person = site.imported(legacy_id).await;
        let page = site.to_email(&mut person, &[("email", email)]).await;
        assert_eq!(page.url.path(), EMAIL, "{}", page.gist());
        site.outbox.set_down(Channel::Email, true);
        site.forward(61);
        let away = person.submit(&page, EMAIL, &[("action", "renvoyer")]).await;
        assert_eq!(away.status, 503, "{email}: {}", away.gist());
        site.outbox.set_down(Channel::Email, false);
        site.forward(61);
        let back = person.submit(&page, EMAIL, &[("action", "renvoyer")]).await;
        assert_eq!(back.status, 303, "{email}: {}", back.gist());
    }
    let told = site.messages(&who.email);
    let told = told.iter().filter(|message| message.text.contains("utilise déjà cette adresse"));
    assert_eq!(told.count(), 1, "its holder is told once a day");
}

#[tokio::test]
async fn a09_a_claim_lost_to_another_reads_as_a_code_that_has_passed() {
    let site = Site::start().await;
    let email = "partage@example.com";
    let mut walkers = Vec::new();
    for legacy_id in ["752345678", "691234567"] {
        let mut person = site.imported(legacy_id).await;
        let page = site.to_email(&mut person, &[("email", email)]).await;
        walkers.push((person, page, site.code(email).await));
    }
    let (mut second, page_of_second, code_of_second) = walkers.remove(1);
    let (mut first, page, code) = walkers.remove(0);
    assert_eq!(first.submit(&page, EMAIL, &[("code", &code)]).await.status, 303);
    let answer = second.submit(&page_of_second, EMAIL, &[("code", &code_of_second)]).await;
    assert_eq!(answer.status, 422);
    assert!(answer.says("Ce code a expiré.") && !answer.says("il vous reste"), "{}", answer.gist());
    // The next one goes to whoever holds the address now, and brings no code.
    site.forward(61);
    let again = second.submit(&page_of_second, EMAIL, &[("action", "renvoyer")]).await;
    assert_eq!(again.status, 303, "{}", again.gist());
    let newest = site.messages(email).remove(0);
    assert!(newest.code.is_none() && newest.text.contains("utilise déjà cette adresse"), "{newest:?}");
}
