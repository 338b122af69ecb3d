//! Sentences that say what happened, where it happened (screens.md 5.9, 6.3, 6.4, 7.3, 7.4).

use guichet::notify::Channel;

use crate::support::site::Site;

const SIGN_IN: &str = "/_guichet/connexion";
const RESET: &str = "/_guichet/mot-de-passe-oublie";
const INFORMATION: &str = "/_guichet/activation/information";
const FLOW: &str = "__Host-guichet-flow";

#[tokio::test]
async fn a_form_of_the_activation_sent_too_late_is_told_that_what_was_validated_is_kept() {
    let site = Site::start().await;
    let mut person = site.imported("751234567").await;
    let page = person.open(INFORMATION).await;
    site.forward(31 * 60);
    let opened = person.clone().get(INFORMATION).await;
    let page = person.submit(&page, INFORMATION, &[]).await;
    let page = person.follow(page).await;
    assert!(
        page.says("après 30 minutes sans activité") && page.says("Ce que vous aviez validé est conservé."),
        "{}",
        page.gist()
    );
    let page = person.clone().get(opened.location()).await;
    assert!(!page.says("Ce que vous aviez validé"), "nothing was sent: {}", page.gist());
}

#[tokio::test]
async fn a_place_of_work_that_left_the_directory_is_asked_again_and_the_page_says_why() {
    let site = Site::start().await;
    let mut doctor = site.person();
    let page = site.psc(&mut doctor, "medecin").await;
    let page = doctor.follow(page).await;
    assert_eq!(page.url.path(), "/_guichet/lieu", "{}", page.gist());
    assert!(!page.says("a changé dans l'annuaire"), "{}", page.gist());
    let page = doctor.submit(&page, "/_guichet/lieu", &[("place", "aucun")]).await;
    let _ = doctor.follow(page).await;
    let accounts = site.app.login.directory.list(None, None, None, 50).await.unwrap();
    let mut account = accounts.into_iter().find(|account| account.places.len() > 1).unwrap();
    account.place = Some("0011223344556677".to_owned());
    site.app.login.directory.save(&account, &[]).await.unwrap();
    let mut again = site.person();
    let page = site.psc(&mut again, "medecin").await;
    let page = again.follow(page).await;
    assert_eq!(page.url.path(), "/_guichet/lieu", "{}", page.gist());
    assert!(page.says("Votre lieu d'exercice a changé dans l'annuaire. Choisissez à nouveau."), "{}", page.gist());
}

#[tokio::test]
async fn a_browser_that_keeps_no_cookie_is_told_on_every_form_it_can_reach() {
    let site = Site::start().await;
    for (address, answers) in [
        (SIGN_IN, [("identifier", "751234567"), ("password", "x")].as_slice()),
        (RESET, [("identifier", "751234567")].as_slice()),
    ] {
        let mut person = site.person();
        let page = person.get(address).await;
        person.drop_cookie(FLOW);
        let page = person.submit(&page, address, answers).await;
        assert_eq!(page.status, 409);
        assert!(page.says("Cette page était ouverte depuis longtemps."), "{address}: {}", page.gist());
        person.drop_cookie(FLOW);
        let page = person.submit(&page, address, answers).await;
        assert_eq!(page.status, 409);
        assert!(page.says("Votre navigateur refuse les cookies. Autorisez-les pour localhost"), "{}", page.gist());
        // With its cookie the same page works.
        let page = person.submit(&page, address, answers).await;
        assert_ne!(page.status, 409, "{address}: {}", page.gist());
    }
    let mut person = site.person();
    let psc = "/_guichet/connexion/psc";
    let page = person.get(SIGN_IN).await;
    person.drop_cookie(FLOW);
    let page = person.submit(&page, psc, &[]).await;
    person.drop_cookie(FLOW);
    let page = person.submit(&page, psc, &[]).await;
    assert_eq!(page.status, 409);
    assert!(page.says("Votre navigateur refuse les cookies."), "{}", page.gist());
}

#[tokio::test]
async fn a_code_that_could_not_leave_is_not_said_to_have_left_and_the_ways_on_are_named() {
    let site = Site::start().await;
    let mut person = site.imported("751234567").await;
    site.outbox.set_down(Channel::Email, true);
    let page = site.to_email(&mut person, &[]).await;
    assert_eq!((page.status, page.url.path()), (503, "/_guichet/activation/coordonnees"), "{}", page.gist());
    assert!(page.says("Nous ne pouvons pas envoyer d'e-mail pour le moment."), "{}", page.gist());
    assert!(page.says("Nous allons envoyer un code") && !page.says("envoyé à"), "{}", page.gist());
    assert!(page.says("Réessayer l'envoi"), "{}", page.gist());
}

#[tokio::test]
async fn a_refused_address_or_number_comes_with_the_link_to_change_it() {
    let site = Site::start().await;
    let mut person = site.imported("751234567").await;
    site.outbox.set_refusing(Channel::Email, true);
    let page = site.to_email(&mut person, &[]).await;
    assert_eq!(page.status, 422, "{}", page.gist());
    assert!(page.says("Le message n'a pas pu être remis à luxxxxx@example.com."), "{}", page.gist());
    assert!(page.says("href=\"/_guichet/activation/coordonnees#email\">Modifier mon adresse e-mail"), "{}", page.body);
    site.outbox.set_refusing(Channel::Email, false);
    let page = site.to_password(&mut person, "lucas.moreau@example.com").await;
    site.outbox.set_refusing(Channel::Sms, true);
    let answers = [
        ("new_password", crate::support::site::NEW_PASSWORD),
        ("confirm_password", crate::support::site::NEW_PASSWORD),
    ];
    let page = person.submit(&page, "/_guichet/activation/mot-de-passe", &answers).await;
    let page = person.follow(page).await;
    let page = person.submit(&page, "/_guichet/activation/telephone", &[("action", "renvoyer")]).await;
    assert_eq!(page.status, 422, "{}", page.gist());
    assert!(page.says("Vérifiez le numéro ou choisissez-en un autre."), "{}", page.gist());
    let link = "href=\"/_guichet/activation/telephone/modifier\">Modifier mon numéro de téléphone";
    assert!(page.says(link), "{}", page.body);
}

#[tokio::test]
async fn pro_sante_connect_is_named_to_who_can_use_it_while_no_code_leaves() {
    let site = Site::start().await;
    let who = site.activated().await;
    let sentence = "Vous pouvez aussi vous connecter avec Pro Santé Connect.";
    site.forward(61);
    for linked in [false, true] {
        if linked {
            let identity = guichet::account::Link {
                identity_provider: "psc".to_owned(),
                national_id: "899700999999".to_owned(),
                linked_at: site.app.login.now(),
                last_sub: "sub".to_owned(),
                rpps: None,
            };
            site.edit(&who.legacy_id, |account| account.links.push(identity)).await;
        }
        site.outbox.set_down(Channel::Email, true);
        let mut person = site.person();
        let page = site.to_code(&mut person, &who.email, &who.password).await;
        assert_eq!(page.status, 503, "{}", page.gist());
        assert!(page.says("Vous pouvez recevoir le code autrement."), "{}", page.gist());
        assert_eq!(page.says(sentence), linked, "{}", page.gist());
        site.outbox.set_down(Channel::Email, false);
        site.forward(180);
    }
}
