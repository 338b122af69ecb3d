//! Sessions and cookies: flows, forms of other sites, recognised browsers.

use crate::support::person::{Page, Person};
use crate::support::site::{NEW_PASSWORD, Site};

const SESSION: &str = "__Host-guichet";

#[tokio::test]
async fn s10_the_state_of_one_flow_is_worth_nothing_in_another() {
    let site = Site::start().await;
    let who = site.activated().await;
    site.forward(61);
    let mut person = site.person();
    let code_page = site.to_code(&mut person, &who.email, &who.password).await;
    let code = site.code(&who.email).await;
    let flow = code_page.form("/_guichet/connexion/code").unwrap()["flow"].clone();
    // The flow's own values as a session.
    for value in [person.cookie("__Host-guichet-flow").unwrap(), flow.as_str()] {
        let mut thief = site.person();
        thief.set_cookie(SESSION, value);
        assert_eq!(thief.get("/").await.status, 303);
        assert_eq!(thief.get("/_guichet/activation").await.status, 303);
    }
    // The tab's id in another browser, with a token of that browser.
    let mut other = site.person();
    let page = other.get("/_guichet/connexion").await;
    let token = page.form("/_guichet/connexion").unwrap()["token"].clone();
    let page = other.post("/_guichet/connexion/code", &[("flow", &flow), ("token", &token), ("code", &code)]).await;
    assert_eq!(page.status, 303);
    assert!(page.location().starts_with("/_guichet/connexion?"), "{}", page.location());
    // A sign-in's tab at the reset's pages, and a reset's at the sign-in's.
    for address in ["/code", "/sms", "/nouveau"] {
        let page = person.get(&format!("/_guichet/mot-de-passe-oublie{address}?f={flow}")).await;
        assert_eq!(page.location(), "/_guichet/mot-de-passe-oublie?avis=demande-expiree", "{address}");
    }
    let page = person.get("/_guichet/mot-de-passe-oublie").await;
    let reset_flow = page.form("/_guichet/mot-de-passe-oublie").unwrap()["flow"].clone();
    person.submit(&page, "/_guichet/mot-de-passe-oublie", &[("identifier", &who.email)]).await;
    for address in ["/_guichet/connexion/code", "/_guichet/connexion/facteur", "/_guichet/rattachement"] {
        let page = person.get(&format!("{address}?f={reset_flow}")).await;
        assert_eq!(page.status, 303, "{address}");
    }
    let page = person.submit(&code_page, "/_guichet/connexion/code", &[("flow", &reset_flow), ("code", &code)]).await;
    assert!(page.location().starts_with("/_guichet/connexion?"), "{}", page.location());
    assert_eq!((person.cookie(SESSION), other.cookie(SESSION)), (None, None));
}

/// Every address of ours that takes a form.
const FORMS: [&str; 30] = [
    "/_guichet/connexion",
    "/_guichet/connexion/facteur",
    "/_guichet/connexion/code",
    "/_guichet/connexion/psc",
    "/_guichet/mot-de-passe-oublie",
    "/_guichet/mot-de-passe-oublie/code",
    "/_guichet/mot-de-passe-oublie/sms",
    "/_guichet/mot-de-passe-oublie/nouveau",
    "/_guichet/activation/information",
    "/_guichet/activation/coordonnees",
    "/_guichet/activation/email",
    "/_guichet/activation/mot-de-passe",
    "/_guichet/activation/telephone",
    "/_guichet/activation/telephone/modifier",
    "/_guichet/activation/structure",
    "/_guichet/activation/structure/facturation",
    "/_guichet/activation/bloquer",
    "/_guichet/activation/psc/email",
    "/_guichet/activation/psc/email/code",
    "/_guichet/activation/psc/telephone",
    "/_guichet/activation/psc/telephone/code",
    "/_guichet/rattachement",
    "/_guichet/rattachement/preuve",
    "/_guichet/rattachement/code",
    "/_guichet/lieu",
    "/_guichet/rappel",
    "/_guichet/conditions",
    "/_guichet/deconnexion",
    "/_guichet/confirmer",
    "/_guichet/session/garder",
];

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn s11_a_form_of_another_site_changes_nothing() {
    let site = Site::start().await;
    let mut person = site.imported("751234567").await;
    let page = person.open("/_guichet/activation/information").await;
    let token = page.form("/_guichet/activation/information").unwrap()["token"].clone();
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("token", token.as_str()), ("action", "valider"), ("identifier", "751234567")])
        .finish();
    let (before, sent) = (site.account("751234567").await, site.sent().await);
    let origin = person.origin();
    let evil = "https://evil.example";
    let rows: [(&[(&str, &str)], u16); 8] = [
        (&[("Content-Type", FORM), ("Origin", evil), ("Sec-Fetch-Site", "cross-site")], 403),
        (&[("Content-Type", FORM), ("Origin", evil)], 403),
        (&[("Content-Type", FORM), ("Origin", "null")], 403),
        (&[("Content-Type", FORM), ("Sec-Fetch-Site", "cross-site")], 403),
        (&[("Content-Type", FORM), ("Origin", &origin), ("Sec-Fetch-Site", "same-site")], 403),
        (&[("Content-Type", "text/plain"), ("Origin", evil)], 403),
        (&[("Content-Type", "text/plain"), ("Origin", &origin)], 415),
        (&[("Content-Type", "multipart/form-data; boundary=b")], 415),
    ];
    for address in FORMS {
        for (lines, expected) in rows {
            let page = person.clone().send("POST", address, lines, body.as_bytes()).await;
            assert_eq!(page.status, expected, "{address} {lines:?}");
            assert_eq!(page.cookie(SESSION), None, "{address}");
        }
    }
    assert_eq!(site.account("751234567").await, before);
    assert_eq!(site.sent().await, sent);
    assert!(signed_in(&site, &person).await);
}

async fn signed_in(_site: &Site, person: &Person) -> bool {
    person.clone().get("/compte-en-cours").await.status == 200
}

#[tokio::test]
async fn s11_a_form_without_this_browsers_token_changes_nothing() {
    let site = Site::start().await;
    let mut person = site.imported("751234567").await;
    let page = person.open("/_guichet/activation/information").await;
    let own = page.form("/_guichet/activation/information").unwrap()["token"].clone();
    let mut attacker = site.imported("752345678").await;
    let page = attacker.open("/_guichet/activation/information").await;
    let foreign = page.form("/_guichet/activation/information").unwrap()["token"].clone();
    let (before, sent) = (site.account("751234567").await, site.sent().await);
    let bent = format!("{}x", &own[..own.len() - 1]);
    for address in FORMS {
        for token in ["", "x", "..", foreign.as_str(), bent.as_str()] {
            let mut tried = person.clone();
            let fields = [("token", token), ("action", "valider"), ("terms", "oui"), ("identifier", "751234567")];
            let page = tried.post(address, &fields).await;
            assert!(matches!(page.status, 303 | 401 | 409 | 403), "{address} {token:?} {}", page.status);
            assert_eq!(page.cookie(SESSION).filter(|value| !value.is_empty()), None, "{address}");
            assert!(signed_in(&site, &person).await, "{address} {token:?} signed the person out");
        }
    }
    assert_eq!(site.account("751234567").await, before);
    assert_eq!(site.sent().await, sent);
    // Another form's token does not fit either.
    let page = person.post("/_guichet/deconnexion", &[("token", &own)]).await;
    assert_eq!(page.status, 409);
    assert!(signed_in(&site, &person).await);
}

#[tokio::test]
async fn s11_an_attackers_own_credentials_do_not_sign_a_victims_browser_in() {
    let site = Site::start().await;
    let mut attacker = site.person();
    let page = attacker.get("/_guichet/connexion").await;
    let mut fields = page.form("/_guichet/connexion").unwrap();
    fields.insert("identifier".to_owned(), "751234567".to_owned());
    fields.insert("password".to_owned(), Site::legacy_password("751234567").to_owned());
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let mut victim = site.person();
    victim.get("/_guichet/connexion").await;
    let page = victim.post("/_guichet/connexion", &fields).await;
    assert_eq!(page.status, 409);
    let mut blank = site.person();
    let page = blank.post("/_guichet/connexion", &fields).await;
    assert_eq!(page.status, 409);
    assert_eq!((victim.cookie(SESSION), blank.cookie(SESSION)), (None, None));
    // A callback prepared by the attacker does not either.
    let (callback, _) = site.psc_callback(&mut attacker, "infirmiere", "").await;
    let page = victim.get(&callback).await;
    assert_eq!((page.status, victim.cookie(SESSION)), (400, None));
    // Its owner may still finish.
    assert_eq!(attacker.get(&callback).await.status, 303);
}

/// Uses up the guesses a stranger has.
async fn locked_by_a_stranger(site: &Site, identifier: &str) {
    let mut stranger = site.person().from("198.51.100.7");
    for _ in 0..5 {
        assert_eq!(Site::type_password(&mut stranger, identifier, "Mauvais-Mot-de-passe1").await.status, 422);
    }
    assert_eq!(Site::type_password(&mut stranger, identifier, "Mauvais-Mot-de-passe1").await.status, 429);
}

#[tokio::test]
async fn s12_a_device_cookie_counts_for_its_account_and_until_the_password_changes() {
    let site = Site::start().await;
    let who = site.activated().await;
    let device = who.person.cookie("__Host-guichet-device").unwrap().to_owned();
    let with_device = || {
        let mut person = site.person();
        person.set_cookie("__Host-guichet-device", &device);
        person
    };
    site.forward(61);
    locked_by_a_stranger(&site, &who.email).await;
    let page = Site::type_password(&mut with_device(), &who.email, &who.password).await;
    assert_eq!(page.status, 303, "the owner's browser has its own budget");
    // For another account it is any browser.
    locked_by_a_stranger(&site, "752345678").await;
    let right = Site::legacy_password("752345678");
    assert_eq!(Site::type_password(&mut with_device(), "752345678", right).await.status, 429);
    // A bent or foreign value is no device.
    let mut person = site.person();
    person.set_cookie("__Host-guichet-device", &format!("{device}A"));
    assert_eq!(Site::type_password(&mut person, &who.email, &who.password).await.status, 429);
    // After a password change the copy is worth nothing.
    site.edit(&who.legacy_id, |account| {
        account.devices.clear();
        account.epoch += 1;
    })
    .await;
    assert_eq!(Site::type_password(&mut with_device(), &who.email, &who.password).await.status, 429);
}

#[tokio::test]
async fn s12_the_password_step_forgets_the_browsers_of_the_former_password() {
    let site = Site::start().await;
    let thief = site.imported("751234567").await;
    let mut owner = site.imported("751234567").await;
    let page = site.to_password(&mut owner, "lucas.moreau@example.com").await;
    assert_eq!(site.account("751234567").await.devices.len(), 2);
    let answers = [("new_password", NEW_PASSWORD), ("confirm_password", NEW_PASSWORD)];
    let page = owner.submit(&page, "/_guichet/activation/mot-de-passe", &answers).await;
    assert_eq!(page.status, 303);
    assert_eq!(site.account("751234567").await.devices.len(), 1, "the owner's browser alone");
    assert!(!signed_in(&site, &thief).await);
}

#[tokio::test]
async fn s13_nothing_but_mon_compte_lists_sessions_and_all_of_an_account_end_at_once() {
    let site = Site::start().await;
    let mut who = site.activated().await;
    for address in ["/_guichet/sessions", "/_guichet/admin"] {
        assert_eq!(who.person.get(address).await.status, 404, "{address}");
    }
    // What the directory and the state store know of sessions can be listed and ended: all of an account at once.
    let mut other = site.person();
    site.forward(61);
    site.sign_in(&mut other, &who).await;
    let id = site.account(&who.legacy_id).await.id;
    assert_eq!(site.app.login.sessions.sessions_of(id).await.unwrap().len(), 2);
    let cause = guichet::session::EndCause::Revoked;
    site.app.login.sessions.end_all(id, None, cause).await.unwrap();
    for session in [who.person.session(), other.session()] {
        assert_eq!(site.portal(&session).await, 303);
    }
    let page: Page = who.person.get("/_guichet/connexion").await;
    assert!(page.says("Votre session a été fermée."), "{}", page.gist());
}
