//! Forgotten passwords.

use std::collections::BTreeMap;

use guichet::account::State;

use crate::support::person::{Page, Person};
use crate::support::site::{NEW_PASSWORD, Site};

const ASK: &str = "/_guichet/mot-de-passe-oublie";
const CODE: &str = "/_guichet/mot-de-passe-oublie/code";
const SMS: &str = "/_guichet/mot-de-passe-oublie/sms";
const NEW: &str = "/_guichet/mot-de-passe-oublie/nouveau";
const OTHER_PASSWORD: &str = "Aubergine-Bleue58";
const EXPIRED: &str = "/_guichet/mot-de-passe-oublie?avis=demande-expiree";

/// Asks for a reset; the page it leads to.
async fn ask(person: &mut Person, identifier: &str) -> Page {
    let page = person.get(ASK).await;
    let page = person.submit(&page, ASK, &[("identifier", identifier)]).await;
    person.follow(page).await
}

/// The code of a reset just asked for.
async fn asked_code(site: &Site, person: &mut Person, identifier: &str, to: &str) -> (Page, String) {
    let before = site.messages(to).len();
    let page = ask(person, identifier).await;
    crate::support::site::until(|| site.messages(to).len() > before).await;
    (page, site.code(to).await)
}

#[tokio::test]
async fn p14_a_reset_tells_nobody_who_is_there() {
    let site = Site::start().await;
    let who = site.activated().await;
    site.forward(61);
    site.edit("691234567", |account| account.state = State::Disabled).await;
    let mut federated = site.person();
    let page = site.psc(&mut federated, "infirmiere").await;
    federated.follow(page).await;
    let rows = [
        ("known", who.email.as_str(), 1),
        ("unknown", "lu.inconnu@example.com", 0),
        ("not activated, by e-mail", "lu.claire@example.com", 0),
        ("activated, by legacy identifier", "751234567", 0),
        ("not activated", "331234567", 1),
        ("no e-mail known", "131234567", 0),
        ("unknown identifier", "999999999", 0),
        ("disabled", "691234567", 0),
    ];
    let mut shapes: BTreeMap<bool, Vec<_>> = BTreeMap::new();
    for (kind, identifier, messages) in rows {
        let sent = site.sent().await;
        let mut person = site.person();
        let page = person.get(ASK).await;
        let first = person.submit(&page, ASK, &[("identifier", identifier)]).await;
        assert_eq!(first.status, 303, "{kind}");
        let shown = person.follow(first).await;
        let mask = mask(&shown);
        let wrong = person.submit(&shown, CODE, &[("code", "000000")]).await;
        let again = person.submit(&shown, CODE, &[("action", "renvoyer")]).await;
        let typed = [identifier, mask.as_str()];
        let shape = (shown.shape(&typed), wrong.shape(&typed), again.shape(&typed));
        shapes.entry(identifier.contains('@')).or_default().push((kind, shape));
        assert_eq!(site.sent().await - sent, messages, "{kind}");
        // The mask has one form for everyone.
        let expected = if identifier.contains('@') { "luxxxxx@example.com".len() } else { "xxxxxxx@xxxxx".len() };
        assert_eq!(mask.len(), expected, "{kind} {mask}");
    }
    for alike in shapes.values() {
        for (kind, shape) in alike {
            assert_eq!(*shape, alike[0].1, "{kind}");
        }
    }
}

fn mask(page: &Page) -> String {
    let place = page.body.find("xxxxx@").unwrap_or_else(|| panic!("no mask: {}", page.gist()));
    let start = page.body[..place].rfind(['>', ' ']).unwrap() + 1;
    page.body[start..].split(['<', ' ']).next().unwrap().to_owned()
}

#[tokio::test]
async fn p15_links_and_pages_are_made_of_the_configured_address_only() {
    let site = Site::start().await;
    let forged = [
        ("X-Forwarded-Host", "evil.example"),
        ("X-Forwarded-Proto", "https"),
        ("Forwarded", "host=evil.example;proto=https"),
        ("X-Forwarded-Port", "444"),
        ("X-Host", "evil.example"),
        ("X-Original-URL", "//evil.example/"),
    ];
    let mut person = site.imported("751234567").await;
    person.lines.extend(forged.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let mut asking = site.person();
    asking.lines.clone_from(&person.lines);
    // The notice to a contact that import knew is the one message with a link.
    let (page, _) = asked_code(&site, &mut asking, "751234567", "lucas.moreau@example.com").await;
    assert!(!page.body.contains("evil.example") && !page.head.contains("evil.example"));
    site.to_email(&mut person, &[("email", "autre.lucas@example.com")]).await;
    site.sent().await;
    let messages = site.outbox.messages();
    let link = format!("{}/_guichet/activation/bloquer?jeton=", site.person().origin());
    assert!(messages.iter().any(|message| message.text.contains(&link)), "{messages:?}");
    for message in messages {
        assert!(!format!("{message:?}").contains("evil.example"));
        assert!(!message.text.contains("https://localhost"));
    }
    // Another Host is not served at all.
    let page = person.get(ASK).await;
    let body = format!("identifier=751234567&token={}", page.form(ASK).unwrap()["token"]);
    let (mut raw, bytes, _) =
        person.request("POST", ASK, &[("Content-Type", "application/x-www-form-urlencoded")], body.as_bytes()).await;
    let bytes =
        String::from_utf8(bytes).unwrap().replacen(&format!("Host: localhost:{}", site.port), "Host: evil.example", 1);
    raw.send(bytes).await;
    assert!(matches!(raw.answer().await.status, 421 | 400));
}

#[tokio::test]
async fn p16_a_reset_writes_to_the_stored_address_only() {
    let site = Site::start().await;
    let who = site.activated().await;
    let mut sent = site.sent().await;
    // What names the account leads to its own address, whatever its spelling.
    site.forward(61);
    ask(&mut site.person(), " LUCAS.Moreau@EXAMPLE.com ").await;
    sent += 1;
    assert_eq!(site.sent().await, sent);
    assert_eq!(site.outbox.messages()[0].to, who.email);
    // Near misses and additions write to nobody.
    for typed in [
        "lucas.moreau+x@example.com",
        "lucasmoreau@example.com",
        "lucas.moreau@example.com.evil.example",
        "lucas.moreau@ｅxample.comx",
        "\"lucas.moreau\"@example.com",
        "lucas.moreau@example.com,evil@example.com",
        "lucas.moreau@example.com evil@example.com",
        "evil@example.com;lucas.moreau@example.com",
        "lucas.moreau@example.com\nevil@example.com",
        "łucas.moreau@example.com",
    ] {
        let mut person = site.person();
        let page = person.get(ASK).await;
        let page = person.submit(&page, ASK, &[("identifier", typed)]).await;
        assert!(matches!(page.status, 303 | 422), "{typed:?} {}", page.gist());
        assert_eq!(site.sent().await, sent, "{typed:?}");
    }
    let mut person = site.person();
    let page = person.get(ASK).await;
    let form = page.form(ASK).unwrap();
    let base = [("flow", form["flow"].as_str()), ("token", form["token"].as_str())];
    for extra in [
        &[("identifier", who.email.as_str()), ("identifier", "evil@example.com")][..],
        &[("identifier[]", who.email.as_str()), ("identifier[]", "evil@example.com")],
        &[("identifier", r#"["lucas.moreau@example.com","evil@example.com"]"#)],
    ] {
        let page = person.post(ASK, &[&base[..], extra].concat()).await;
        assert!(matches!(page.status, 400 | 422), "{extra:?} {}", page.gist());
        assert_eq!(site.sent().await, sent, "{extra:?}");
    }
    site.forward(61);
    let fields =
        [&base[..], &[("identifier", who.email.as_str()), ("email", "evil@example.com"), ("to", "evil@example.com")]];
    assert_eq!(person.post(ASK, &fields.concat()).await.status, 303);
    assert_eq!(site.sent().await, sent + 1);
    assert!(site.messages("evil@example.com").is_empty());
}

#[tokio::test]
async fn p17_a_reset_serves_once_for_one_account_and_asks_the_second_factor() {
    let site = Site::start().await;
    let who = site.activated().await;
    site.forward(61);
    let mut person = site.person();
    let (page, code) = asked_code(&site, &mut person, &who.email, &who.email).await;
    let page = person.submit(&page, CODE, &[("code", &code)]).await;
    assert!(page.location().starts_with(SMS), "a verified phone is asked too");
    let page = person.follow(page).await;
    // The e-mail's code is used up, and no SMS code.
    assert_ne!(person.submit(&page, SMS, &[("code", &code)]).await.status, 303);
    let sms = site.code("+33612345601").await;
    let page = person.submit(&page, SMS, &[("code", &sms)]).await;
    let page = person.follow(page).await;
    assert_eq!(page.url.path(), NEW);
    let answers = [("new_password", OTHER_PASSWORD), ("confirm_password", OTHER_PASSWORD)];
    let done = person.submit(&page, NEW, &answers).await;
    assert_eq!(done.status, 303);
    // Told everywhere.
    site.sent().await;
    for to in [who.email.as_str(), "+33612345601"] {
        assert!(site.messages(to)[0].text.contains("mot de passe"), "{to}");
    }
    // Used up: the form, the codes and the tab.
    site.forward(11);
    let mut replay = person.clone();
    replay.drop_cookie("__Host-guichet");
    let again = [("new_password", NEW_PASSWORD), ("confirm_password", NEW_PASSWORD)];
    let answer = replay.submit(&page, NEW, &again).await;
    assert_eq!(answer.location(), EXPIRED);
    assert_eq!(replay.cookie("__Host-guichet"), None);
    assert_eq!(Site::type_password(&mut site.person(), &who.email, NEW_PASSWORD).await.status, 422);
}

/// An imported account with a mailbox and no verified phone.
const ELODIE: (&str, &str) = ("752345678", "elodie.fontaine@example.com");

/// A site where many resets may be asked for, and one that waits for its code.
async fn waiting() -> (Site, Person, Page, String) {
    let site = Site::with(|settings| settings.codes.email_per_address_hour = 100).await;
    let mut person = site.person();
    let (page, code) = asked_code(&site, &mut person, ELODIE.0, ELODIE.1).await;
    (site, person, page, code)
}

/// The code does not lead to a new password any more, and nothing changed.
async fn dead(site: &Site, mut person: Person, page: &Page, code: &str) {
    let before = site.account(ELODIE.0).await;
    let answer = person.submit(page, CODE, &[("code", code)]).await;
    let next = answer.header("location").unwrap_or_default().to_owned();
    assert!(!next.starts_with(NEW), "{next}");
    let flow = page.form(CODE).unwrap()["flow"].clone();
    let direct = person.get(&format!("{NEW}?f={flow}")).await;
    assert!(!direct.location().starts_with(NEW));
    let after = site.account(ELODIE.0).await;
    assert_eq!((after.password, after.epoch), (before.password, before.epoch));
    assert_eq!(person.cookie("__Host-guichet"), None);
}

#[tokio::test]
async fn p17_a_reset_that_nothing_disturbs_works() {
    let (site, mut person, page, code) = waiting().await;
    site.forward(9 * 60 + 59);
    let page = person.submit(&page, CODE, &[("code", &code)]).await;
    assert!(page.location().starts_with(NEW));
    let page = person.follow(page).await;
    let answers = [("new_password", OTHER_PASSWORD), ("confirm_password", OTHER_PASSWORD)];
    assert_eq!(person.submit(&page, NEW, &answers).await.status, 303);
    assert!(site.account(ELODIE.0).await.password.is_some());
}

#[tokio::test]
async fn p17_a_reset_dies_with_time() {
    let (site, person, page, code) = waiting().await;
    let mut proven = person.clone();
    site.forward(10 * 60);
    dead(&site, person, &page, &code).await;
    site.forward(61);
    let (page, code) = asked_code(&site, &mut proven, ELODIE.0, ELODIE.1).await;
    let page = proven.submit(&page, CODE, &[("code", &code)]).await;
    let page = proven.follow(page).await;
    site.forward(15 * 60);
    let answers = [("new_password", OTHER_PASSWORD), ("confirm_password", OTHER_PASSWORD)];
    assert_eq!(proven.submit(&page, NEW, &answers).await.location(), EXPIRED);
    assert!(site.account(ELODIE.0).await.password.is_none());
}

#[tokio::test]
async fn p17_a_reset_dies_with_a_newer_one_a_login_and_a_change_of_credentials() {
    let (site, person, page, code) = waiting().await;
    site.forward(61);
    let mut second = site.person();
    let (page_of_second, code_of_second) = asked_code(&site, &mut second, ELODIE.0, ELODIE.1).await;
    dead(&site, person, &page, &code).await;
    let signed = Site::type_password(&mut site.person(), ELODIE.0, Site::legacy_password(ELODIE.0)).await;
    assert_eq!(signed.status, 303);
    dead(&site, second, &page_of_second, &code_of_second).await;
    site.forward(61);
    let mut third = site.person();
    let (page, code) = asked_code(&site, &mut third, ELODIE.0, ELODIE.1).await;
    site.edit(ELODIE.0, |account| account.epoch += 1).await;
    dead(&site, third, &page, &code).await;
}

#[tokio::test]
async fn p17_a_reset_dies_with_a_change_of_address() {
    let (site, mut person, page, code) = waiting().await;
    // Signed in first: a login would end the reset by itself.
    let mut walker = site.imported(ELODIE.0).await;
    dead(&site, person.clone(), &page, &code).await;
    site.forward(61);
    let (page, code) = asked_code(&site, &mut person, ELODIE.0, ELODIE.1).await;
    let mut proven = person.clone();
    let new = "elodie.nouvelle@example.com";
    let code_page = site.to_email(&mut walker, &[("email", new), ("phone", "")]).await;
    let proof = site.code(new).await;
    let answer = walker.submit(&code_page, "/_guichet/activation/email", &[("code", &proof)]).await;
    assert_eq!(answer.status, 303, "{}", answer.gist());
    dead(&site, person, &page, &code).await;
    // Neither may one go on whose code was right before.
    site.forward(61);
    let (page, code) = asked_code(&site, &mut proven, ELODIE.0, new).await;
    let page = proven.submit(&page, CODE, &[("code", &code)]).await;
    let page = proven.follow(page).await;
    assert_eq!(page.url.path(), NEW);
    let other = "elodie.autre@example.com";
    let code_page = site.to_email(&mut walker, &[("email", other), ("phone", "")]).await;
    let proof = site.code(other).await;
    let answer = walker.submit(&code_page, "/_guichet/activation/email", &[("code", &proof)]).await;
    assert_eq!(answer.status, 303, "{}", answer.gist());
    let answers = [("new_password", OTHER_PASSWORD), ("confirm_password", OTHER_PASSWORD)];
    assert_eq!(proven.submit(&page, NEW, &answers).await.location(), EXPIRED);
    assert!(site.account(ELODIE.0).await.password.is_none());
}

#[tokio::test]
async fn p17_a_closed_account_is_told_after_every_factor_and_gets_no_password() {
    for state in [State::Disabled, State::Imported] {
        let (site, mut person, page, code) = waiting().await;
        site.edit(ELODIE.0, |account| {
            account.frozen = state == State::Imported;
            account.state = state;
        })
        .await;
        let page = person.submit(&page, CODE, &[("code", &code)]).await;
        let page = person.follow(page).await;
        let answers = [("new_password", OTHER_PASSWORD), ("confirm_password", OTHER_PASSWORD)];
        assert_eq!(person.submit(&page, NEW, &answers).await.status, 403);
        assert!(site.account(ELODIE.0).await.password.is_none());
        assert_eq!(person.cookie("__Host-guichet"), None);
    }
}

#[tokio::test]
async fn p17_nothing_stored_holds_a_code() {
    let (site, _person, page, code) = waiting().await;
    let folder = &site.app.settings.state_dir;
    let flow = page.form(CODE).unwrap()["flow"].clone();
    for name in ["state.db", "state.db-wal", "directory.db", "directory.db-wal"] {
        let Ok(bytes) = std::fs::read(folder.join(name)) else { continue };
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(&format!("\"{code}\"")) && !text.contains(&format!(":{code}")), "{name}");
    }
    let key = format!("code:reset:{}", {
        let flow =
            guichet::login::Flow::new(&site.app.login.sealer, _person.cookie("__Host-guichet-flow").unwrap(), &flow);
        flow.unwrap().binding()
    });
    use guichet::clock::Clock as _;
    use guichet::session::Store as _;
    let stored = site.store.record(&key, site.clock.now()).await.unwrap().unwrap();
    let text = String::from_utf8(stored.value).unwrap();
    assert!(text.contains("digest") && !text.contains(&code), "{text}");
    // Not a plain digest either: a million of them are made in a second.
    use sha2::Digest as _;
    let digest: String = sha2::Sha256::digest(code.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(!text.contains(&digest));
}

#[tokio::test]
async fn p18_no_way_round_the_mailed_secret() {
    let site = Site::start().await;
    let who = site.activated().await;
    site.forward(61);
    let before = site.account(&who.legacy_id).await;
    let mut person = site.person();
    let page = ask(&mut person, &who.email).await;
    let form = page.form(CODE).unwrap();
    let flow = form["flow"].as_str();
    // Straight to later screens.
    for address in [NEW, SMS] {
        let page = person.get(&format!("{address}?f={flow}")).await;
        assert_eq!(page.location(), format!("{CODE}?f={flow}"), "{address}");
    }
    // Straight to the act, with every token at hand and with tricks in the form.
    let tokens: Vec<String> = {
        let other = person.get(ASK).await;
        vec![form["token"].clone(), other.form(ASK).unwrap()["token"].clone(), String::new()]
    };
    for token in &tokens {
        for extra in [
            ("action", "valider"),
            ("action", "ignorer"),
            ("action", "autrement"),
            ("proof", "Complete"),
            ("step", "99"),
        ] {
            for address in [NEW, SMS, CODE] {
                let fields = [
                    ("flow", flow),
                    ("token", token.as_str()),
                    ("new_password", OTHER_PASSWORD),
                    ("confirm_password", OTHER_PASSWORD),
                    extra,
                ];
                let answer = person.post(address, &fields).await;
                assert_ne!(answer.header("location").unwrap_or_default().split('?').next(), Some(NEW));
                assert_eq!(person.cookie("__Host-guichet"), None, "{address} {extra:?}");
            }
        }
    }
    // After the e-mail's code the SMS code cannot be left out.
    let code = site.code(&who.email).await;
    let page = person.submit(&page, CODE, &[("code", &code)]).await;
    let page = person.follow(page).await;
    for action in ["ignorer", "autrement", "valider"] {
        let answer = person.submit(&page, SMS, &[("action", action), ("code", "")]).await;
        assert_eq!(answer.status, 422, "{action}");
    }
    assert_eq!(person.get(&format!("{NEW}?f={flow}")).await.location(), format!("{SMS}?f={flow}"));
    let after = site.account(&who.legacy_id).await;
    assert_eq!((after.password, after.epoch), (before.password, before.epoch));
}

#[tokio::test]
async fn p19_reset_pages_load_nothing_foreign_and_hold_no_secret_in_their_address() {
    let site = Site::start().await;
    let who = site.activated().await;
    site.forward(61);
    let mut person = site.person();
    let first = person.get(ASK).await;
    let (code_page, code) = asked_code(&site, &mut person, &who.email, &who.email).await;
    let sms_page = person.submit(&code_page, CODE, &[("code", &code)]).await;
    let sms_page = person.follow(sms_page).await;
    let sms = site.code("+33612345601").await;
    let new_page = person.submit(&sms_page, SMS, &[("code", &sms)]).await;
    let new_page = person.follow(new_page).await;
    for page in [first, code_page, sms_page, new_page] {
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(page.header("cache-control"), Some("no-store"));
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self'"), "{policy}");
        for secret in [code.as_str(), sms.as_str(), who.email.as_str(), who.password.as_str()] {
            assert!(!page.url.as_str().contains(secret));
        }
        for tag in page.body.split('<').filter(|tag| tag.contains(" src=") || tag.starts_with("link ")) {
            let address = tag.split('"').find(|part| part.contains('/') || part.contains("&#x2f;")).unwrap_or_default();
            assert!(!address.contains("//") && !address.starts_with("http"), "{tag}");
        }
    }
}
