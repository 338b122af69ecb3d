//! One-time codes: sending them.

use guichet::notify::Channel;

use crate::support::person::{Page, Person};
use crate::support::site::{NEW_PASSWORD, Site};

const CODE: &str = "/_guichet/connexion/code";
const CHANGE: &str = "/_guichet/activation/telephone/modifier";
const PHONE: &str = "/_guichet/activation/telephone";
const RESET: &str = "/_guichet/mot-de-passe-oublie";

/// An activation that stands at the phone.
async fn at_phone(site: &Site) -> Person {
    let mut person = site.imported("752345678").await;
    let page = site.to_password(&mut person, "elodie.fontaine@example.com").await;
    let answers = [("new_password", NEW_PASSWORD), ("confirm_password", NEW_PASSWORD)];
    let page = person.submit(&page, "/_guichet/activation/mot-de-passe", &answers).await;
    let page = person.follow(page).await;
    assert_eq!(page.url.path(), PHONE, "{}", page.gist());
    person
}

async fn change_phone(person: &mut Person, dial_code: &str, phone: &str) -> Page {
    let page = person.get(CHANGE).await;
    person.submit(&page, CHANGE, &[("dial_code", dial_code), ("phone", phone)]).await
}

async fn ask_reset(site: &Site, identifier: &str) -> Page {
    let mut person = site.person();
    let page = person.get(RESET).await;
    person.submit(&page, RESET, &[("identifier", identifier)]).await
}

#[tokio::test]
async fn o08_no_code_stands_in_an_answer_an_address_or_a_page() {
    let site = Site::start().await;
    let mut seen: Vec<Page> = Vec::new();
    let mut person = site.person();
    seen.push(Site::type_password(&mut person, "751234567", Site::legacy_password("751234567")).await);
    seen.push(site.to_email(&mut person, &[]).await);
    let mut codes = vec![site.code("lucas.moreau@example.com").await];
    let page = person.get("/_guichet/activation/email").await;
    seen.push(person.submit(&page, "/_guichet/activation/email", &[("code", "000000")]).await);
    seen.push(person.submit(&page, "/_guichet/activation/email", &[("code", &codes[0])]).await);
    let page = person.get("/_guichet/activation/mot-de-passe").await;
    let answers = [("new_password", NEW_PASSWORD), ("confirm_password", NEW_PASSWORD)];
    seen.push(person.submit(&page, "/_guichet/activation/mot-de-passe", &answers).await);
    codes.push(site.code("+33612345601").await);
    let page = person.get(PHONE).await;
    seen.push(person.submit(&page, PHONE, &[("code", "000000")]).await);
    seen.push(page);
    let mut resetting = site.person();
    let page = resetting.get(RESET).await;
    site.forward(61);
    let page = resetting.submit(&page, RESET, &[("identifier", "751234567")]).await;
    seen.push(resetting.follow(page).await);
    codes.push(site.code("lucas.moreau@example.com").await);
    for page in &seen {
        for code in &codes {
            let spaced = format!("{} {}", &code[..3], &code[3..]);
            for text in [&page.body, &page.head, &page.url.to_string()] {
                let marked = [format!(">{code}"), format!("\"{code}"), format!("={code}"), spaced.clone()];
                assert!(marked.iter().all(|mark| !text.contains(mark)), "{} {code}", page.url);
            }
        }
    }
    // Neither in the subject of a letter.
    for message in site.outbox.messages() {
        let subject = message.subject.unwrap_or_default();
        assert!(codes.iter().all(|code| !subject.contains(code)), "{subject}");
    }
}

#[tokio::test]
async fn o09_only_mobile_numbers_of_listed_countries_get_an_sms() {
    let site = Site::start().await;
    let mut person = at_phone(&site).await;
    let before = site.sent().await;
    for (dial_code, phone) in [
        ("+33", "0899123456"),
        ("+33", "3615"),
        ("+33", "0144990006"),
        ("+44", "7700900123"),
        ("+1", "9005550123"),
        ("+33", "+88213000000"),
        ("+33", "+1 900 555 0123"),
        ("+882", "13000000"),
        ("", "+252612345678"),
        ("+33", "0033899123456"),
        ("+33 ", "06123456789"),
        ("evil", "0612345602"),
        ("+33", "0612345602,0612345603"),
        ("+33", "06\r\n12345602"),
    ] {
        let page = change_phone(&mut person, dial_code, phone).await;
        assert_eq!(page.status, 422, "{dial_code} {phone} {}", page.gist());
    }
    assert_eq!(site.sent().await, before);
}

#[tokio::test]
async fn o09_sms_are_capped_by_number_by_account_and_in_all() {
    let site = Site::with(|settings| settings.codes.sms_per_hour = 6).await;
    let mut person = at_phone(&site).await;
    let sms = |site: &Site| site.outbox.messages().iter().filter(|message| message.channel == "sms").count();
    assert_eq!(sms(&site), 1);
    // Three an hour to one number.
    for expected in [303, 303, 429] {
        site.forward(61);
        let page = person.get(PHONE).await;
        let page = person.submit(&page, PHONE, &[("action", "renvoyer")]).await;
        assert_eq!(page.status, expected, "{}", page.gist());
    }
    assert_eq!(sms(&site), 3);
    // Neighbouring numbers: the account's codes of the day end it, or the house's SMS of the hour.
    let mut statuses = Vec::new();
    for number in 10..20 {
        site.forward(61);
        statuses.push(change_phone(&mut person, "+33", &format!("06123457{number}")).await.status);
    }
    assert!(statuses.iter().any(|status| matches!(status, 429 | 503)), "{statuses:?}");
    assert!(sms(&site) <= 6, "{} left", sms(&site));
    // Whoever asks next is told that none leaves now; nothing does.
    let mut other = site.imported("691234567").await;
    let page = site.to_password(&mut other, "paul.mercier@example.com").await;
    let answers = [("new_password", NEW_PASSWORD), ("confirm_password", NEW_PASSWORD)];
    let page = other.submit(&page, "/_guichet/activation/mot-de-passe", &answers).await;
    other.follow(page).await;
    let page = other.get(PHONE).await;
    let page = other.submit(&page, PHONE, &[("action", "renvoyer")]).await;
    assert_eq!(page.status, 503, "{}", page.gist());
    assert!(page.header("retry-after").is_some());
    assert_eq!(sms(&site), 6);
}

#[tokio::test]
async fn o09_codes_are_capped_by_source_and_recognised_browsers_stand_outside() {
    let site = Site::with(|settings| settings.throttle.sends_per_network_hour = 4).await;
    let who = site.activated().await;
    site.forward(61);
    let asks = async |mut person: Person, identifier: &str| {
        let page = person.get(RESET).await;
        person.submit(&page, RESET, &[("identifier", identifier)]).await.status
    };
    for (prefix, elsewhere) in [("198.51.100.", "203.0.113.9"), ("2001:db8:1:2::", "2001:db8:1:3::1")] {
        for number in 1..=4 {
            let stranger = site.person().from(&format!("{prefix}{number}"));
            assert_eq!(asks(stranger, &format!("victime{number}@example.com")).await, 303);
        }
        let fifth = format!("{prefix}77");
        assert_eq!(asks(site.person().from(&fifth), "victime5@example.com").await, 429);
        assert_eq!(asks(site.person().from(elsewhere), "victime5@example.com").await, 303);
        // Somebody who signed in here before, in the same house; and what strangers ask for stops no sign-in.
        assert_eq!(asks(who.person.clone().from(&fifth), &who.email).await, 303);
        let mut signing = site.person().from(&fifth);
        let page = site.to_code(&mut signing, &who.email, &who.password).await;
        assert_eq!(page.url.path(), CODE, "{}", page.gist());
    }
}

#[tokio::test]
async fn o10_one_mailbox_or_phone_is_one_counter_in_every_spelling() {
    let site = Site::with(|settings| settings.codes.per_account_day = 1_000).await;
    let who = site.activated().await;
    // A mailbox: known or not, the same answers until the same cap.
    for (name, counted) in [(who.email.as_str(), 6), ("nobody@example.com", 6)] {
        let upper = name.to_uppercase();
        let spellings = [name.to_owned(), upper, format!(" {name} "), name.to_owned()];
        let mut statuses = Vec::new();
        site.forward(3_601);
        for number in 0..8 {
            site.forward(1);
            statuses.push(ask_reset(&site, &spellings[number % 4]).await.status);
        }
        assert_eq!(statuses, [vec![303; counted], vec![429; 2]].concat(), "{name}");
    }
    // A telephone.
    let mut person = at_phone(&site).await;
    let mut statuses = Vec::new();
    for phone in ["0612345699", "+33 6 12 34 56 99", "0033612345699", "06.12.34.56.99", "(0)6 12 34 56 99"] {
        site.forward(61);
        // Another number between, so that it is a new request.
        let page = change_phone(&mut person, "+33", phone).await;
        statuses.push(page.status);
        if page.status == 303 {
            let page = person.get(PHONE).await;
            assert!(page.says("xxxxxx5699"), "{}", page.gist());
        }
    }
    let left = site.messages("+33612345699").len();
    assert!(left <= 3, "{left} {statuses:?}");
    assert!(statuses.contains(&429), "{statuses:?}");
}

#[tokio::test]
async fn o10_plus_tags_of_one_mailbox_share_its_counter() {
    let site = Site::with(|settings| settings.codes.per_account_day = 1_000).await;
    let mut person = site.imported("752345678").await;
    let mut page = person.open("/_guichet/activation/information").await;
    page = person.submit(&page, "/_guichet/activation/information", &[]).await;
    page = person.follow(page).await;
    let mut statuses = Vec::new();
    for number in 0..8 {
        site.forward(61);
        let email = format!("victime+{number}@example.com");
        let answers = [("email", email.as_str()), ("terms", "oui"), ("phone", "")];
        let answer = person.submit(&page, "/_guichet/activation/coordonnees", &answers).await;
        statuses.push(answer.status);
        page = person.get("/_guichet/activation/coordonnees").await;
    }
    assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 6, "{statuses:?}");
    assert_eq!(statuses[6..], [429, 429]);
}

#[tokio::test]
async fn o12_opening_the_freeze_link_changes_nothing_and_signs_nobody_in() {
    let site = Site::start().await;
    let mut thief = site.imported("751234567").await;
    site.to_email(&mut thief, &[("email", "voleur@example.com"), ("phone", "0612349999")]).await;
    site.sent().await;
    let message = site.messages("lucas.moreau@example.com").remove(0);
    let (_, token) = message.text.split_once("/_guichet/activation/bloquer?jeton=").unwrap();
    let token: String = token.chars().take_while(|letter| !letter.is_whitespace()).collect();
    let link = format!("/_guichet/activation/bloquer?jeton={token}");
    let before = site.account("751234567").await;
    let mut scanner = site.person();
    for _ in 0..3 {
        let page = scanner.get(&link).await;
        assert_eq!((page.status, scanner.cookie("__Host-guichet")), (200, None));
        let (mut raw, bytes, _) = scanner.request("HEAD", &link, &[], b"").await;
        raw.send(bytes).await;
        assert_eq!(raw.head().await.status, 200);
        let (mut raw, bytes, _) = scanner.request("OPTIONS", &link, &[], b"").await;
        raw.send(bytes).await;
        assert_eq!(raw.answer().await.status, 405);
    }
    assert_eq!(site.account("751234567").await, before);
    assert_eq!(thief.get("/_guichet/activation/email").await.status, 200, "nothing ended");
    // A bent token is dead, and a token of another purpose too.
    for bent in [format!("{token}A"), token[1..].to_owned(), scanner.cookie("__Host-guichet-flow").unwrap().to_owned()]
    {
        let page = scanner.get(&format!("/_guichet/activation/bloquer?jeton={bent}")).await;
        assert!(page.form("/_guichet/activation/bloquer").is_none(), "{}", page.gist());
    }
    // The press of the button does freeze, in any browser, and signs nobody in.
    let mut owner = site.person();
    let page = owner.get(&link).await;
    let page = owner.submit(&page, "/_guichet/activation/bloquer", &[]).await;
    assert_eq!((page.status, owner.cookie("__Host-guichet")), (200, None));
    assert!(site.account("751234567").await.frozen);
    assert_ne!(thief.get("/_guichet/activation/email").await.status, 200);
    let page = Site::type_password(&mut site.person(), "751234567", Site::legacy_password("751234567")).await;
    assert_eq!(page.status, 403, "{}", page.gist());
    // The link serves once.
    let page = owner.get(&link).await;
    assert!(page.form("/_guichet/activation/bloquer").is_none());
}

#[tokio::test]
async fn o13_a_parameter_does_not_choose_a_channel_that_was_not_proven() {
    let site = Site::start().await;
    // An e-mail is proven, a phone only imported.
    let mut person = site.imported("752345678").await;
    site.to_password(&mut person, "elodie.fontaine@example.com").await;
    site.forward(61);
    let sent = site.sent().await;
    let mut again = site.person();
    let page = Site::type_password(&mut again, "752345678", Site::legacy_password("752345678")).await;
    let page = again.follow(page).await;
    assert_eq!(page.url.path(), CODE, "{}", page.gist());
    assert_eq!(site.sent().await, sent + 1);
    let flow = page.form(CODE).unwrap()["flow"].clone();
    let choice = again.get(&format!("/_guichet/connexion/facteur?f={flow}")).await;
    for channel in ["sms", "fax", "", "email,sms", "none"] {
        if let Some(mut fields) = choice.form("/_guichet/connexion/facteur") {
            fields.insert("channel".to_owned(), channel.to_owned());
            fields.insert("to".to_owned(), "+33612349999".to_owned());
            let fields: Vec<(&str, &str)> = fields.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
            let answer = again.post("/_guichet/connexion/facteur", &fields).await;
            assert!(matches!(answer.status, 303 | 422), "{channel} {}", answer.gist());
            assert_ne!(answer.header("location").unwrap_or_default().split('?').next(), Some(CODE), "{channel}");
        }
        let mut fields = page.form(CODE).unwrap();
        for (name, value) in
            [("channel", channel), ("action", "renvoyer"), ("email", "evil@example.com"), ("phone", "+33612349999")]
        {
            fields.insert(name.to_owned(), value.to_owned());
        }
        let fields: Vec<(&str, &str)> = fields.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        again.post(CODE, &fields).await;
    }
    site.sent().await;
    let strangers: Vec<_> =
        site.outbox.messages().into_iter().filter(|message| message.to != "elodie.fontaine@example.com").collect();
    assert!(strangers.is_empty(), "{strangers:?}");
}

#[tokio::test]
async fn o14_no_field_makes_an_address_or_phone_verified() {
    let site = Site::start().await;
    let mut person = site.imported("752345678").await;
    let extras = [
        ("email_verified", "true"),
        ("verified_at", "2026-01-01T00:00:00Z"),
        ("contact_email", "evil@example.com"),
        ("sign_in_email", "evil@example.com"),
        ("phone_verified", "true"),
        ("state", "active"),
    ];
    let page = site.to_email(&mut person, &[&[("email", "evil@example.com")][..], &extras].concat()).await;
    let account = site.account("752345678").await;
    assert!(account.contact_email.is_none() && account.sign_in_email.is_none() && account.phone.is_none());
    let answers = [&[("code", "000000"), ("email", "evil@example.com")][..], &extras].concat();
    assert_eq!(person.submit(&page, "/_guichet/activation/email", &answers).await.status, 422);
    assert!(site.account("752345678").await.contact_email.is_none());
    // The code of one address proves no other: the address is changed after the code left.
    let code = site.code("evil@example.com").await;
    let details = person.get("/_guichet/activation/coordonnees").await;
    site.forward(61);
    let changed = [("email", "victime@example.com"), ("terms", "oui")];
    let page = person.submit(&details, "/_guichet/activation/coordonnees", &changed).await;
    let page = person.follow(page).await;
    let own = site.code("victime@example.com").await;
    if own != code {
        assert_eq!(person.submit(&page, "/_guichet/activation/email", &[("code", &code)]).await.status, 422);
    }
    assert!(site.account("752345678").await.contact_email.is_none());
    // What import knew is told, with a way to stop it.
    site.sent().await;
    assert!(!site.messages("elodie.fontaine@example.com").is_empty());
}

#[tokio::test]
async fn o14_a_number_changed_after_the_details_is_told_to_the_contacts_import_knew() {
    let site = Site::start().await;
    let mut person = at_phone(&site).await;
    site.sent().await;
    let warned = |to: &str| {
        let messages = site.messages(to);
        // The e-mail brings the link, the SMS a telephone number.
        let told = ["/_guichet/activation/bloquer?jeton=", "en cours d'activation avec d'autres coordonnées"];
        messages.iter().filter(|message| told.iter().any(|words| message.text.contains(words))).count()
    };
    let known = ["elodie.fontaine@example.com", "+33612345602"];
    assert_eq!(known.map(warned), [0, 0], "the known number was kept");
    for _ in 0..2 {
        site.forward(61);
        change_phone(&mut person, "+33", "0612349999").await;
        site.sent().await;
        assert_eq!(known.map(warned), [1, 1], "once for one number");
    }
}

#[tokio::test]
async fn o15_a_sender_that_is_down_is_told_on_the_same_page_and_nothing_is_sent_twice() {
    let site = Site::start().await;
    let who = site.activated().await;
    site.forward(61);
    let before = site.sent().await;
    site.outbox.set_down(Channel::Email, true);
    let mut person = site.person();
    let page = Site::type_password(&mut person, &who.email, &who.password).await;
    let choice = person.follow(page).await;
    let page = person.submit(&choice, "/_guichet/connexion/facteur", &[("channel", "email")]).await;
    assert_eq!(page.status, 503, "{}", page.gist());
    assert!(page.header("retry-after").is_some());
    assert_eq!(person.cookie("__Host-guichet"), None);
    assert_eq!(site.sent().await, before);
    site.outbox.set_down(Channel::Email, false);
    // The wait of a minute is not asked of a send that failed: choosing again sends once.
    site.forward(61);
    let page = person.submit(&choice, "/_guichet/connexion/facteur", &[("channel", "sms")]).await;
    assert_eq!(page.status, 303, "{}", page.gist());
    assert_eq!(site.sent().await, before + 1);
    // Pressed ten times at once: one message.
    let tries: Vec<_> = (0..10)
        .map(|_| {
            let mut person = person.clone();
            let fields = person.filled(&choice, "/_guichet/connexion/facteur", &[("channel", "sms")]);
            tokio::spawn(async move {
                let fields: Vec<(&str, &str)> =
                    fields.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
                person.post("/_guichet/connexion/facteur", &fields).await
            })
        })
        .collect();
    for one in tries {
        one.await.unwrap();
    }
    assert_eq!(site.sent().await, before + 1);
}
