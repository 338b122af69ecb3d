//! Signing in with one's national number: who is offered it, what the form keeps, and each end on its page.

use crate::support::ciba::{FORM, NOBODY, NURSE, NURSE_ID, WAITING};
use crate::support::site::Site;

const SIGN_IN: &str = "/_guichet/connexion";
const LINK: &str = "Pro Santé Connect sans quitter ce site";

#[tokio::test]
async fn the_sign_in_page_of_a_browser_that_signed_in_before_leads_there_and_no_other() {
    let site = Site::start().await;
    let page = site.person().get(SIGN_IN).await;
    assert!(!page.says(LINK), "{}", page.gist());
    let mut nurse = site.recognised().await;
    let page = nurse.get(&format!("{SIGN_IN}?retour=/dossier/42")).await;
    assert!(page.says(LINK), "{}", page.gist());
    assert!(page.says("/_guichet/connexion/numero-national?fournisseur=psc&retour=/dossier/42"), "{}", page.body);
    // Where it is off there is neither link nor page.
    let off = Site::with(|settings| settings.identity_providers.get_mut("psc").unwrap().ciba = None).await;
    let mut nurse = off.recognised().await;
    assert!(!nurse.get(SIGN_IN).await.says(LINK));
    assert_eq!(nurse.get(FORM).await.status, 404);
    assert_eq!(nurse.get(&format!("{FORM}?fournisseur=psc")).await.status, 404);
}

#[tokio::test]
async fn a_nurse_confirms_on_her_telephone_and_comes_to_the_page_asked_for() {
    let site = Site::start().await;
    let mut nurse = site.recognised().await;
    let form = nurse.get(&format!("{FORM}?fournisseur=psc&retour=/dossier/42%3Fa")).await;
    let page = nurse.submit(&form, FORM, &[("numero", "997 00 999 909"), ("canal", "card")]).await;
    // The same form once more leads to the same page and rings nobody.
    let twin = nurse.submit(&form, FORM, &[("numero", NURSE), ("canal", "card")]).await;
    assert_eq!((page.location(), page.status), (twin.location(), 303));
    let waiting = nurse.follow(page).await;
    assert!(waiting.says("Confirmez avec votre carte"), "{}", waiting.gist());
    let requests = site.requests().await;
    assert_eq!((requests.len(), requests[0]["means"].as_str()), (1, Some("CARD")));
    site.answer(&waiting, "accept").await;
    site.forward(2);
    assert!(site.look(&mut nurse, &waiting).await);
    assert!(site.look(&mut nurse, &waiting).await, "it stays so until the form is sent");
    let page = nurse.submit(&waiting, WAITING, &[]).await;
    assert_eq!(page.location(), "/dossier/42?a", "{}", page.gist());
    // The level and the means are those of the answer.
    let nurse_account = site.app.login.directory.by_link("psc", NURSE_ID).await.unwrap().unwrap();
    let sessions = site.app.login.store.sessions_of(nurse_account.id, site.app.login.now()).await.unwrap();
    let newest = sessions.iter().map(|(_, session)| session).max_by_key(|session| session.opened_at).unwrap();
    assert_eq!((newest.acr.as_str(), newest.identity_provider.as_str()), ("eidas2", "psc"));
    assert!(newest.granted, "signing out ends the session there too");
    assert_eq!(site.portal(&nurse.session()).await, 200);
    // The page that waited, come back to: on with the session.
    let page = nurse.get(waiting.url.as_str()).await;
    assert_eq!(page.location(), "/dossier/42?a", "{}", page.gist());
}

#[tokio::test]
async fn what_was_typed_stays_with_each_sentence() {
    let site = Site::start().await;
    let mut person = site.person();
    let form = person.get(FORM).await;
    for (number, channel, sentence) in [
        ("", "mobile", "Saisissez votre numéro RPPS."),
        ("9970099990", "mobile", "Le numéro RPPS compte 11 chiffres. Vous en avez saisi 10."),
        ("99700999908", "card", "Ce numéro RPPS ne semble pas exact."),
        ("camille", "mobile", "Ce numéro n'a pas la forme attendue"),
        (NURSE, "sms", "Choisissez comment vous voulez confirmer."),
    ] {
        let page = person.submit(&form, FORM, &[("numero", number), ("canal", channel)]).await;
        assert_eq!(page.status, 422, "{}", page.gist());
        assert!(page.says(sentence), "{number}: {}", page.gist());
        assert_eq!(page.form(FORM).unwrap()["numero"], number);
    }
    let page = person.submit(&form, FORM, &[("numero", NURSE), ("token", "stale")]).await;
    assert_eq!((page.status, page.form(FORM).unwrap()["numero"].as_str()), (409, NURSE), "{}", page.gist());
    // One way to confirm is no question.
    let one = Site::with(|settings| {
        let ciba = settings.identity_providers.get_mut("psc").unwrap().ciba.as_mut().unwrap();
        ciba.channels.truncate(1);
    });
    let one = one.await;
    let mut person = one.person();
    let form = person.get(FORM).await;
    assert!(!form.says("Comment voulez-vous confirmer ?"), "{}", form.gist());
    assert_eq!(person.submit(&form, FORM, &[("numero", NOBODY)]).await.status, 303);
}

#[tokio::test]
async fn each_end_has_its_page_and_leads_back_to_what_was_typed() {
    let site = Site::start().await;
    let mut nurse = site.recognised().await;
    // She says no.
    let waiting = site.to_waiting(&mut nurse, NURSE).await;
    site.answer(&waiting, "refuse").await;
    site.forward(2);
    let page = nurse.submit(&waiting, WAITING, &[]).await;
    let page = nurse.follow(page).await;
    assert!(page.says("Vous avez refusé la demande") && page.status == 200, "{}", page.gist());
    let again = format!("{FORM}?fournisseur=psc&f={}", waiting.form(WAITING).unwrap()["flow"]);
    assert!(page.says(&again), "{}", page.body);
    assert_eq!(nurse.get(&again).await.form(FORM).unwrap()["numero"], NURSE);
    // Nobody answers; another request may follow at once.
    let waiting = site.to_waiting(&mut nurse, NURSE).await;
    site.forward(121);
    let before = site.calls("token").await;
    let page = nurse.submit(&waiting, WAITING, &[]).await;
    let page = nurse.follow(page).await;
    assert!(page.says("La demande a expiré"), "{}", page.gist());
    assert_eq!(site.calls("token").await, before, "it is over by the clock");
    assert_eq!(nurse.get(waiting.url.as_str()).await.status, 200);
    site.to_waiting(&mut nurse, NURSE).await;
}

#[tokio::test]
async fn a_provider_that_fails_is_told_of_and_nothing_is_lost() {
    let site = Site::start().await;
    let mut nurse = site.recognised().await;
    // Not switched on for us, our secret refused, a page instead of an answer: nobody was asked, nothing is counted.
    for failure in ["invalid_grant", "invalid_client", "503"] {
        site.trouble("ciba", failure).await;
        let page = site.ask(&mut nurse, NURSE).await;
        assert_eq!(page.status, 503, "{failure}: {}", page.gist());
        assert!(page.says("Pro Santé Connect ne répond pas pour le moment."), "{}", page.gist());
        assert_eq!(page.form(FORM).unwrap()["numero"], NURSE);
    }
    site.trouble("ciba", "none").await;
    let waiting = site.to_waiting(&mut nurse, NURSE).await;
    // Away while she is asked: the request stays open.
    site.trouble("token", "503").await;
    site.forward(2);
    let page = nurse.submit(&waiting, WAITING, &[]).await;
    assert_eq!(page.status, 503, "{}", page.gist());
    assert!(page.says("Votre demande reste ouverte") && page.header("retry-after").is_some(), "{}", page.gist());
    site.trouble("token", "none").await;
    site.answer(&waiting, "accept").await;
    site.forward(7);
    assert_eq!(nurse.submit(&waiting, WAITING, &[]).await.location(), "/");
    nurse.drop_cookie("__Host-guichet");
    // Our registration is taken away while she is asked.
    let waiting = site.to_waiting(&mut nurse, NURSE).await;
    site.trouble("token", "unauthorized_client").await;
    site.forward(2);
    let page = nurse.submit(&waiting, WAITING, &[]).await;
    let page = nurse.follow(page).await;
    assert_eq!(page.status, 502, "{}", page.gist());
    assert!(page.says("Votre identité n'a pas pu être confirmée.") && page.says("Référence"), "{}", page.gist());
}
