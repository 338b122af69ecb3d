//! Forgotten passwords.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use guichet::account::State;

use crate::support::person::{Page, Person};
use crate::support::site::{NEW_PASSWORD, Site};

const ASK: &str = "/_guichet/mot-de-passe-oublie";
pub(super) const CODE: &str = "/_guichet/mot-de-passe-oublie/code";
const SMS: &str = "/_guichet/mot-de-passe-oublie/sms";
pub(super) const NEW: &str = "/_guichet/mot-de-passe-oublie/nouveau";
pub(super) const OTHER_PASSWORD: &str = "Aubergine-Bleue58";
pub(super) const EXPIRED: &str = "/_guichet/mot-de-passe-oublie?avis=demande-expiree";

/// Asks for a reset; the page it leads to.
async fn ask(person: &mut Person, identifier: &str) -> Page {
    let page = person.get(ASK).await;
    let page = person.submit(&page, ASK, &[("identifier", identifier)]).await;
    person.follow(page).await
}

/// The code of a reset just asked for.
pub(super) async fn asked_code(site: &Site, person: &mut Person, identifier: &str, to: &str) -> (Page, String) {
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

#[tokio::test]
async fn p01_p14_somebody_and_nobody_cost_the_store_as_much() {
    let site = Site::start().await;
    let who = site.activated().await;
    site.forward(61);
    let mut costs = Vec::new();
    for identifier in [who.email.as_str(), "nobody@example.com", "331234567", "999999999"] {
        let mut cost = Vec::new();
        let mut acts = 0;
        let mut note = || {
            let now = site.store.acts.load(Ordering::SeqCst);
            cost.push(now - acts);
            acts = now;
        };
        for _ in 0..7 {
            // Five are judged, two are throttled.
            note();
            Site::type_password(&mut site.person(), identifier, OTHER_PASSWORD).await;
        }
        let mut person = site.person();
        note();
        let page = ask(&mut person, identifier).await;
        note();
        person.submit(&page, CODE, &[("code", "000000")]).await;
        note();
        person.submit(&page, CODE, &[("action", "renvoyer")]).await;
        note();
        // The first one counts what was before.
        costs.push((identifier, cost.split_off(1)));
    }
    for (identifier, cost) in &costs {
        assert_eq!(*cost, costs[0].1, "{identifier}");
    }
}

#[tokio::test]
async fn p14_a_newer_request_ends_the_older_one_whoever_is_there() {
    let site = Site::start().await;
    site.edit("752345678", |account| account.legacy_id = Some("Elo-Fontaine".to_owned())).await;
    for [first, second] in [["331234567", "331234567"], ["999999999", "999999999"], ["Elo-Fontaine", "elo-fontaine"]] {
        let (mut one, mut other) = (site.person(), site.person());
        let page = ask(&mut one, first).await;
        assert_eq!(page.url.path(), CODE, "{first}: {}", page.gist());
        assert_eq!(ask(&mut other, second).await.url.path(), CODE);
        let again = one.get(&format!("{CODE}?f={}", page.form(CODE).unwrap()["flow"])).await;
        assert_eq!(again.location(), EXPIRED, "{first}");
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
        // The origin at most: no path, hence no secret. `no-referrer` would hide the origin of our own forms from the guard.
        assert_eq!(page.header("referrer-policy"), Some("strict-origin"));
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
