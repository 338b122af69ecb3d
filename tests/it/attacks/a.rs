//! Activation steps.

use std::collections::BTreeMap;

use guichet::account::{Account, State};
use guichet::config::settings::FirstSignIn;

use crate::support::person::{Page, Person};
use crate::support::site::{NEW_PASSWORD, Site};

const INFORMATION: &str = "/_guichet/activation/information";
const DETAILS: &str = "/_guichet/activation/coordonnees";
const EMAIL: &str = "/_guichet/activation/email";
const PASSWORD: &str = "/_guichet/activation/mot-de-passe";
const PHONE: &str = "/_guichet/activation/telephone";
const ORGANISATION: &str = "/_guichet/activation/structure";
const FINISHED: &str = "/_guichet/activation/terminee";
const FREEZE: &str = "/_guichet/activation/bloquer";
const SESSION: &str = "__Host-guichet";

/// The same account without what a look or a draft changes.
fn settled(account: &Account) -> Account {
    let mut account = account.clone();
    account.version = 0;
    account.updated_at = account.created_at;
    account.drafts = BTreeMap::new();
    account
}

/// Posts to a step with this browser's token for that very path, as if its page had been shown.
async fn force(site: &Site, person: &mut Person, address: &str, fields: &[(&str, &str)]) -> Page {
    let login = &site.app.login;
    let account = person.cookie(SESSION).and_then(guichet::session::SessionToken::parse);
    let account = match account {
        Some(token) => match login.sessions.visitor(&token).await.unwrap() {
            guichet::session::Lookup::Live(visitor) => Some(visitor.session().account),
            guichet::session::Lookup::Ended(_) | guichet::session::Lookup::Unknown => None,
        },
        None => None,
    };
    let cookie = person.cookie("__Host-guichet-flow").unwrap_or_default().to_owned();
    let token = guichet::pages::guard::token(&login.sealer, &cookie, address, account, "");
    person.post(address, &[&[("token", token.as_str())][..], fields].concat()).await
}

/// Everything a step could want.
const ALL: [(&str, &str); 10] = [
    ("action", "valider"),
    ("new_password", NEW_PASSWORD),
    ("confirm_password", NEW_PASSWORD),
    ("code", "123456"),
    ("terms", "oui"),
    ("name", "Cabinet"),
    ("address_1", "1 rue"),
    ("postal_code", "75010"),
    ("city", "Paris"),
    ("country", "FR"),
];

#[tokio::test]
async fn a01_a_step_sent_before_the_earlier_ones_leads_to_the_first_open_one() {
    let site = Site::start().await;
    let mut person = site.imported("751234567").await;
    let later = [
        EMAIL,
        PASSWORD,
        PHONE,
        ORGANISATION,
        "/_guichet/activation/telephone/modifier",
        "/_guichet/activation/structure/facturation",
        "/_guichet/activation/psc/email",
        "/_guichet/activation/psc/telephone",
    ];
    let (before, sent) = (settled(&site.account("751234567").await), site.sent().await);
    for address in later {
        for action in ["valider", "ignorer", "renvoyer"] {
            let fields: Vec<(&str, &str)> =
                ALL.iter().map(|(key, value)| (*key, if *key == "action" { action } else { *value })).collect();
            let page = force(&site, &mut person, address, &fields).await;
            assert_eq!((page.status, page.location()), (303, INFORMATION), "{address} {action}");
        }
        let page = person.get(address).await;
        assert_eq!(page.location(), INFORMATION, "{address}");
    }
    let page = person.get(FINISHED).await;
    assert_eq!(page.location(), INFORMATION);
    assert_eq!(settled(&site.account("751234567").await), before);
    assert_eq!(site.sent().await, sent);
    // In the middle: the first open one is another.
    site.to_password(&mut person, "lucas.moreau@example.com").await;
    let before = settled(&site.account("751234567").await);
    for address in [PHONE, ORGANISATION] {
        let page = force(&site, &mut person, address, &ALL).await;
        assert_eq!(page.location(), PASSWORD, "{address}");
    }
    assert_eq!(settled(&site.account("751234567").await), before);
}

#[tokio::test]
async fn a02_nothing_but_its_own_form_advances_a_step() {
    let site = Site::start().await;
    let mut person = site.imported("751234567").await;
    let before = settled(&site.account("751234567").await);
    let page = person.get(INFORMATION).await;
    let token = page.form(INFORMATION).unwrap()["token"].clone();
    // Empty bodies, other methods, steps that do not exist.
    let empty = person.post(INFORMATION, &[]).await;
    assert_eq!(empty.status, 409);
    for method in ["PUT", "PATCH", "DELETE"] {
        let body = format!("token={token}&action=valider");
        let lines = [("Content-Type", "application/x-www-form-urlencoded")];
        let page = person.send(method, INFORMATION, &lines, body.as_bytes()).await;
        assert_eq!(page.status, 405, "{method}");
    }
    let base = "/_guichet/activation";
    for address in
        ["99", "-1", "finish", "etape?step=99", "information/", "Information", "structure/finish", "psc/finish"]
    {
        let address = format!("{base}/{address}");
        let page = force(&site, &mut person, &address, &ALL).await;
        assert!(matches!(page.status, 404 | 405 | 409), "{address} {}", page.status);
    }
    for address in [FINISHED, base] {
        assert_eq!(force(&site, &mut person, address, &ALL).await.status, 405, "{address}");
    }
    let gets = [
        format!("{INFORMATION}?action=valider&token={token}"),
        format!("{DETAILS}?step=99"),
        format!("{base}?step=-1&step=99"),
        format!("{FINISHED}?activated=true"),
    ];
    for address in gets {
        person.get(&address).await;
    }
    assert_eq!(settled(&site.account("751234567").await), before);
    // Parameters beside a right form choose no step.
    let page = person.get(INFORMATION).await;
    let answers = [("step", "99"), ("next", "organisation"), ("state", "active"), ("journey", "psc")];
    let page = person.submit(&page, INFORMATION, &answers).await;
    assert_eq!(page.location(), DETAILS);
    for step in ["valider", "ignorer", "zzz", "valider,ignorer"] {
        let page = person.get(DETAILS).await;
        let page = person.submit(&page, DETAILS, &[("action", step), ("family_name", "")]).await;
        assert!(matches!(page.status, 422 | 303), "{step}");
        assert_eq!(person.get(EMAIL).await.location(), DETAILS, "{step}");
    }
}

#[tokio::test]
async fn a03_a_token_with_another_person_in_it_is_refused() {
    let site = Site::start().await;
    let mut person = site.imported("751234567").await;
    let mut other = site.imported("752345678").await;
    let page = other.get(INFORMATION).await;
    let theirs = page.form(INFORMATION).unwrap()["token"].clone();
    let page = person.get(INFORMATION).await;
    let own = page.form(INFORMATION).unwrap()["token"].clone();
    let parts: Vec<&str> = own.split('.').collect();
    let foreign: Vec<&str> = theirs.split('.').collect();
    let before = settled(&site.account("751234567").await);
    for token in [
        theirs.clone(),
        format!("{}.{}.{}", parts[0], foreign[1], parts[2]),
        format!("{}..{}", parts[0], parts[2]),
        format!("{}.{}.x", parts[0], parts[1]),
        format!("{}.{}", parts[0], parts[1]),
        format!("{}.{}.{}", foreign[0], parts[1], parts[2]),
        format!("{}{}..", parts[0], parts[1]),
    ] {
        let page = person.post(INFORMATION, &[("token", &token), ("action", "valider")]).await;
        assert_eq!(page.status, 409, "{token}");
    }
    assert_eq!(settled(&site.account("751234567").await), before);
    // The one token that names an account in a link: bent anywhere it is dead.
    let (_, token) = freeze_link(&site, &mut person).await;
    for place in 0..token.len() {
        let mut bent = token.clone().into_bytes();
        bent[place] = if bent[place] == b'A' { b'B' } else { b'A' };
        let bent = String::from_utf8(bent).unwrap();
        assert!(!site.app.login.may_freeze(&bent).await.unwrap() || bent == token, "bent at {place}");
    }
}

/// Types another address than import knew; the link that its holder was sent.
async fn freeze_link(site: &Site, person: &mut Person) -> (String, String) {
    let email = "autre@example.com";
    let page = site.to_email(person, &[("email", email), ("phone", "")]).await;
    assert_eq!(page.url.path(), EMAIL, "{}", page.gist());
    site.sent().await;
    let text = site.messages("lucas.moreau@example.com").remove(0).text;
    let (_, token) = text.split_once("bloquer?jeton=").unwrap();
    let token: String = token.chars().take_while(|letter| !letter.is_whitespace()).collect();
    (format!("{FREEZE}?jeton={token}"), token)
}

#[tokio::test]
async fn a04_a_token_is_dead_after_completion_in_another_flow_and_one_second_past_its_time() {
    let site = Site::start().await;
    let mut person = site.imported("751234567").await;
    let (link, token) = freeze_link(&site, &mut person).await;
    site.forward(7 * 86_400 - 1);
    assert!(site.person().get(&link).await.form(FREEZE).is_some());
    site.forward(1);
    let dead = site.person().get(&link).await;
    assert!(dead.form(FREEZE).is_none(), "no grace");
    let mut late = site.person();
    late.get("/_guichet/connexion").await;
    let page = force(&site, &mut late, FREEZE, &[("jeton", &token), ("action", "valider")]).await;
    assert_eq!(page.status, 200);
    assert!(!site.account("751234567").await.frozen);

    // Forms of steps that are over, sent again after the end.
    let site = Site::start().await;
    let mut walker = site.imported("751234567").await;
    let page = walker.get(INFORMATION).await;
    let information = walker.filled(&page, INFORMATION, &[]);
    let page = site.to_password(&mut walker, "lucas.moreau@example.com").await;
    let answers = [("new_password", "Aubergine-Bleue58"), ("confirm_password", "Aubergine-Bleue58")];
    let password = walker.filled(&page, PASSWORD, &answers);
    let mut who = walker;
    let answers = [("new_password", NEW_PASSWORD), ("confirm_password", NEW_PASSWORD)];
    who.submit(&page, PASSWORD, &answers).await;
    let page = who.get(PHONE).await;
    who.submit(&page, PHONE, &[("action", "ignorer")]).await;
    let page = who.get(ORGANISATION).await;
    let organisation = who.filled(&page, ORGANISATION, &[("name", "Autre")]);
    who.submit(&page, ORGANISATION, &[]).await;
    let before = settled(&site.account("751234567").await);
    assert_eq!(before.state, State::Active);
    for (address, fields) in [(INFORMATION, information), (PASSWORD, password), (ORGANISATION, organisation)] {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        let page = who.post(address, &fields).await;
        assert_eq!(page.status, 303, "{address} {}", page.gist());
    }
    let after = settled(&site.account("751234567").await);
    assert_eq!((after.password, after.organisation, after.epoch), (before.password, before.organisation, before.epoch));
}

#[tokio::test]
async fn a05_of_two_browsers_one_completes_and_the_other_sees_a_neutral_page() {
    let site = Site::start().await;
    let mut first = site.imported("751234567").await;
    let page = site.to_password(&mut first, "lucas.moreau@example.com").await;
    // The second one comes in with a code, to the same step.
    site.forward(61);
    let mut second = site.person();
    let asked = site.to_code(&mut second, "751234567", Site::legacy_password("751234567")).await;
    let code = site.code("lucas.moreau@example.com").await;
    let sent = second.submit(&asked, "/_guichet/connexion/code", &[("code", &code)]).await;
    let page_of_second = second.follow(sent).await;
    assert_eq!(page_of_second.url.path(), PASSWORD, "{}", page_of_second.gist());
    let (ones, others) = ("Grenouille-Verte47", "Aubergine-Bleue58");
    let send = |mut person: Person, page: &Page, password: &'static str| {
        let fields = person.filled(page, PASSWORD, &[("new_password", password), ("confirm_password", password)]);
        tokio::spawn(async move {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
            let page = person.post(PASSWORD, &fields).await;
            (person, page)
        })
    };
    let (one, other) = (send(first, &page, ones), send(second, &page_of_second, others));
    let answers = [one.await.unwrap(), other.await.unwrap()];
    let mut alive = 0;
    for (mut person, page) in answers {
        assert_eq!(page.status, 303, "{}", page.gist());
        alive += usize::from(person.get("/compte-en-cours").await.status == 200);
    }
    assert!(alive <= 1, "both sessions live on");
    assert_eq!(site.count("751234567", "password.set").await, 1);
    let account = site.account("751234567").await;
    assert!(account.legacy_password.is_none());
}

#[tokio::test]
async fn a06_fields_nobody_asked_for_change_nothing() {
    let site = Site::start().await;
    let extras = [
        ("role", "admin"),
        ("roles[]", "admin"),
        ("email_verified", "true"),
        ("user_id", "1"),
        ("account", "00000000-0000-7000-8000-000000000000"),
        ("legacy_id", "752345678"),
        ("activated", "true"),
        ("state", "active"),
        ("frozen", "false"),
        ("epoch", "99"),
        ("source", "psc"),
        ("professions", "10"),
    ];
    let mut person = site.imported("751234567").await;
    let page = person.get(INFORMATION).await;
    let page = person.submit(&page, INFORMATION, &extras).await;
    let page = person.follow(page).await;
    // The RPPS that import knew is shown, not taken from the form.
    let answers = [&extras[..], &[("terms", "oui"), ("rpps", "99900100068")]].concat();
    let page = person.submit(&page, DETAILS, &answers).await;
    let page = person.follow(page).await;
    assert_eq!(page.url.path(), EMAIL, "{}", page.gist());
    let account = site.account("751234567").await;
    assert_eq!(account.rpps.unwrap().value.as_str(), "99900123458");
    assert_eq!((account.state, account.epoch, account.frozen), (State::Activating, 0, false));
    assert!(account.contact_email.is_none() && account.professions.is_empty());
    assert!(site.account("752345678").await.person.family_name.is_none(), "nobody else's file was touched");
    assert_eq!(person.get("/").await.location(), "/_guichet/activation", "not activated");
}

#[tokio::test]
async fn a11_nobody_makes_an_account_of_their_own() {
    let site = Site::start().await;
    let mut person = site.person();
    person.get("/_guichet/connexion").await;
    let count = site.app.login.directory.census().await.unwrap();
    for address in [
        "/_guichet/inscription",
        "/_guichet/register",
        "/_guichet/signup",
        "/_guichet/comptes",
        "/_guichet/accounts",
        "/_guichet/api/accounts",
        "/_guichet/activation/creer",
    ] {
        assert_eq!(person.get(address).await.status, 404, "{address}");
        let fields = [("email", "new@example.com"), ("password", NEW_PASSWORD), ("action", "valider")];
        let page = force(&site, &mut person, address, &fields).await;
        assert!(matches!(page.status, 404 | 405), "{address} {}", page.status);
    }
    let page = force(&site, &mut person, DETAILS, &ALL).await;
    assert!(page.location().starts_with("/_guichet/connexion"));
    assert_eq!(site.app.login.directory.census().await.unwrap(), count);
    // Pro Santé Connect makes one where the configuration says so only.
    let mut nurse = site.person();
    assert_eq!(site.psc(&mut nurse, "infirmiere").await.status, 303);
    assert_ne!(site.app.login.directory.census().await.unwrap(), count);
    let site = Site::with(|settings| {
        for provider in settings.identity_providers.values_mut() {
            provider.first_sign_in = FirstSignIn::KnownOnly;
        }
    })
    .await;
    let count = site.app.login.directory.census().await.unwrap();
    let mut nurse = site.person();
    let page = site.psc(&mut nurse, "infirmiere").await;
    let page = nurse.follow(page).await;
    assert_eq!(page.status, 403, "{}", page.gist());
    let page = force(&site, &mut nurse, "/_guichet/rattachement", &[("action", "ignorer")]).await;
    assert!(matches!(page.status, 303 | 403), "{}", page.gist());
    assert_eq!((nurse.cookie(SESSION), site.app.login.directory.census().await.unwrap()), (None, count));
}

#[tokio::test]
async fn a12_there_is_no_first_run_page() {
    let site = Site::start().await;
    let mut person = site.person();
    for address in [
        "/_guichet/setup",
        "/_guichet/install",
        "/_guichet/admin",
        "/_guichet/admin/first",
        "/_guichet/init",
        "/_guichet",
    ] {
        assert_eq!(person.get(address).await.status, 404, "{address}");
        assert!(matches!(person.post(address, &[("password", NEW_PASSWORD)]).await.status, 404 | 405), "{address}");
    }
}

#[tokio::test]
async fn a13_a_return_target_is_checked_when_it_is_kept_and_when_it_is_used() {
    let site = Site::start().await;
    for (target, expected) in [
        ("/dossier/7?onglet=1", Some("/dossier/7?onglet=1")),
        ("//evil.example/", None),
        ("https://evil.example/", None),
        ("/\\evil.example", None),
        ("/_guichet/deconnexion", None),
    ] {
        let mut person = site.person();
        let page = person.get("/_guichet/connexion").await;
        let answers =
            [("identifier", "691234567"), ("password", Site::legacy_password("691234567")), ("return_to", target)];
        person.submit(&page, "/_guichet/connexion", &answers).await;
        let token = guichet::session::SessionToken::parse(&person.session()).unwrap();
        let guichet::session::Lookup::Live(visitor) = site.app.login.sessions.visitor(&token).await.unwrap() else {
            panic!("nobody signed in");
        };
        assert_eq!(visitor.session().return_to.as_deref(), expected, "{target}");
        // Every page of the activation leads to our own origin.
        for address in [INFORMATION, FINISHED, "/_guichet/activation", "/_guichet/connexion?retour=//evil.example"] {
            let page = person.get(address).await;
            assert!(!page.header("location").unwrap_or_default().contains("evil"), "{address}");
            assert!(!page.body.contains("evil.example"), "{address}");
        }
    }
}
