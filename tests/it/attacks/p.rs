//! Local login: what a wrong password tells, and what it costs.

use std::collections::BTreeSet;
use std::time::Duration;

use guichet::account::State;

use crate::support::person::{Page, Person};
use crate::support::site::{NEW_PASSWORD, Site};

const WRONG: &str = "Mauvais-Mot-de-passe1";
const SIGN_IN: &str = "/_guichet/connexion";

/// A guess from a browser never seen.
async fn guess(site: &Site, identifier: &str, password: &str) -> Page {
    Site::type_password(&mut site.person(), identifier, password).await
}

/// Accounts in every state, with the identifier that would sign in and a password that is theirs.
async fn every_kind(site: &Site) -> Vec<(&'static str, String, String)> {
    let who = site.activated().await;
    site.edit("752345678", |account| account.legacy_password = None).await;
    site.edit("691234567", |account| account.state = State::Disabled).await;
    let legacy = Site::legacy_password;
    vec![
        ("wrong password", who.email.clone(), WRONG.to_owned()),
        ("unknown e-mail", "nobody@example.com".to_owned(), WRONG.to_owned()),
        ("unknown identifier", "999999999".to_owned(), WRONG.to_owned()),
        ("no password", "752345678".to_owned(), legacy("752345678").to_owned()),
        ("disabled, right password", "691234567".to_owned(), legacy("691234567").to_owned()),
        ("not activated, by e-mail", "claire.lambert@example.com".to_owned(), legacy("331234567").to_owned()),
        ("activated, by legacy identifier", who.legacy_id.clone(), who.password.clone()),
        ("activated, legacy identifier and password", who.legacy_id.clone(), legacy("751234567").to_owned()),
    ]
}

#[tokio::test]
async fn p01_whoever_is_or_is_not_there_the_answer_is_the_same() {
    let site = Site::start().await;
    let kinds = every_kind(&site).await;
    let sent = site.sent().await;
    let control = guess(&site, "control@example.com", WRONG).await;
    assert_eq!(control.status, 422);
    for (kind, identifier, password) in &kinds {
        let page = guess(&site, identifier, password).await;
        assert_eq!(page.shape(&[identifier]), control.shape(&["control@example.com"]), "{kind}");
        assert_eq!(page.cookie("__Host-guichet"), None, "{kind}");
    }
    assert_eq!(site.sent().await, sent, "nobody is written to");
}

#[tokio::test]
async fn p01_throttled_names_answer_alike_whoever_holds_them() {
    let site = Site::start().await;
    let who = site.activated().await;
    let mut shapes = Vec::new();
    for (identifier, right) in [
        (who.email.as_str(), who.password.as_str()),
        ("nobody@example.com", WRONG),
        ("752345678", Site::legacy_password("752345678")),
        ("999999999", WRONG),
    ] {
        for _ in 0..5 {
            assert_eq!(guess(&site, identifier, WRONG).await.status, 422, "{identifier}");
        }
        let page = guess(&site, identifier, right).await;
        assert_eq!(page.status, 429, "{identifier}");
        assert!(page.header("retry-after").is_some());
        shapes.push(page.shape(&[identifier]));
    }
    assert!(shapes.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn p02_every_spelling_of_a_name_spends_one_budget() {
    let site = Site::start().await;
    let who = site.activated().await;
    let rows: [[&str; 6]; 3] = [
        // One account by its address and by its former identifier.
        [
            "lucas.moreau@example.com",
            "Lucas.Moreau@Example.COM",
            " lucas.moreau@example.com ",
            "751234567",
            " 751234567",
            "LUCAS.MOREAU@EXAMPLE.COM",
        ],
        // A name nobody has.
        [
            "nobody@example.com",
            "NOBODY@example.com",
            "Nobody@EXAMPLE.com",
            " nobody@example.com",
            "nobody@example.com ",
            "noBody@example.com",
        ],
        ["personne", "PERSONNE", " personne", "personne ", "Personne", "pErsonne"],
    ];
    for row in rows {
        for identifier in &row[..5] {
            assert_eq!(guess(&site, identifier, WRONG).await.status, 422, "{identifier:?}");
        }
        assert_eq!(guess(&site, row[5], WRONG).await.status, 429, "{row:?}");
    }
    // A telephone is no identifier: it names nobody, whatever it is typed with.
    assert_eq!(guess(&site, "+33612345601", &who.password).await.status, 422);
    assert_eq!(guess(&site, "0612345601", &who.password).await.status, 422);
}

#[tokio::test]
async fn p02_the_spelling_of_an_identifier_with_letters_does_not_tell_whose_it_is() {
    let site = Site::start().await;
    for (legacy_id, named) in [("752345678", "Elo-Fontaine"), ("691234567", "Elo-Mercier")] {
        site.edit(legacy_id, |account| account.legacy_id = Some(named.to_owned())).await;
    }
    // Somebody's spelling first or last, and names nobody has.
    for [first, last] in [["Elo-Fontaine", "ELO-FONTAINE"], ["elo-mercier", "Elo-Mercier"], ["Per-Sonne", "per-sonne"]]
    {
        for _ in 0..5 {
            assert_eq!(guess(&site, first, WRONG).await.status, 422, "{first}");
        }
        assert_eq!(guess(&site, last, WRONG).await.status, 429, "{last}");
        let asked = async |typed: &str| {
            let mut person = site.person();
            let page = person.get("/_guichet/mot-de-passe-oublie").await;
            person.submit(&page, "/_guichet/mot-de-passe-oublie", &[("identifier", typed)]).await.status
        };
        for _ in 0..6 {
            assert_eq!(asked(first).await, 303, "{first}");
        }
        assert_eq!(asked(last).await, 429, "{last}");
    }
}

#[tokio::test]
async fn p03_of_a_hundred_guesses_at_once_five_are_judged() {
    let site = Site::start().await;
    for (identifier, last) in [("751234567", Site::legacy_password("751234567")), ("nobody", WRONG)] {
        let mut asked = Vec::new();
        for number in 0..100 {
            let mut person = site.person().from(&format!("198.51.{number}.1"));
            let page = person.get(SIGN_IN).await;
            let password = if number == 99 { last.to_owned() } else { format!("Guess-number-{number:03}") };
            asked.push((person, page, password));
        }
        let tries: Vec<_> = asked
            .into_iter()
            .map(|(mut person, page, password)| {
                let identifier = identifier.to_owned();
                tokio::spawn(async move {
                    let answers = [("identifier", identifier.as_str()), ("password", password.as_str())];
                    person.submit(&page, SIGN_IN, &answers).await.status
                })
            })
            .collect();
        let mut judged = 0;
        for one in tries {
            let status = one.await.unwrap();
            // A machine too busy to count in time judges nothing.
            assert!(matches!(status, 422 | 429 | 303 | 503), "{status}");
            judged += usize::from(matches!(status, 422 | 303));
        }
        assert!(judged <= 5, "{judged} were judged");
    }
    let refused = site.count("751234567", "signin.password.refused").await;
    assert!(refused <= 5, "{refused} were judged");
}

#[tokio::test]
async fn p04_every_way_to_try_a_password_spends_the_same_budget_and_a_lock_stops_what_is_under_way() {
    let site = Site::start().await;
    let who = site.activated().await;
    site.forward(61);
    // The proof of a linking is such a way.
    let mut linking = site.person();
    let page = site.psc(&mut linking, "kinesitherapeute").await;
    let page = linking.follow(page).await;
    let page = linking.submit(&page, "/_guichet/rattachement", &[]).await;
    let proof = linking.follow(page).await;
    for _ in 0..5 {
        let answers = [("identifier", who.email.as_str()), ("password", WRONG)];
        let page = linking.submit(&proof, "/_guichet/rattachement/preuve", &answers).await;
        assert_eq!(page.status, 422, "{}", page.gist());
    }
    let right = [("identifier", who.email.as_str()), ("password", who.password.as_str())];
    assert_eq!(linking.submit(&proof, "/_guichet/rattachement/preuve", &right).await.status, 429);
    assert_eq!(guess(&site, &who.email, &who.password).await.status, 429);

    // Half a sign-in, then the account is closed.
    site.forward(3_600);
    let mut half = site.person();
    let page = site.to_code(&mut half, &who.email, &who.password).await;
    let code = site.code(&who.email).await;
    site.edit(&who.legacy_id, |account| {
        account.state = State::Disabled;
        account.epoch += 1;
    })
    .await;
    let page = half.submit(&page, "/_guichet/connexion/code", &[("code", &code)]).await;
    assert!(matches!(page.status, 303 | 403), "{}", page.gist());
    assert_eq!(half.cookie("__Host-guichet"), None);
}

#[tokio::test]
async fn p04_the_step_that_refuses_the_former_password_spends_the_same_budget() {
    const STEP: &str = "/_guichet/activation/mot-de-passe";
    let site = Site::start().await;
    let mut person = site.imported("752345678").await;
    let page = site.to_password(&mut person, "elodie.fontaine@example.com").await;
    // The same browser, at the sign-in page.
    let mut beside = person.clone();
    beside.drop_cookie("__Host-guichet");
    for _ in 0..5 {
        assert_eq!(Site::type_password(&mut beside, "752345678", WRONG).await.status, 422);
    }
    let answers = [("new_password", NEW_PASSWORD), ("confirm_password", NEW_PASSWORD)];
    let refused = person.submit(&page, STEP, &answers).await;
    assert_eq!(refused.status, 429, "{}", refused.gist());
    assert!(refused.header("retry-after").is_some());
    assert!(site.account("752345678").await.password.is_none());
    site.forward(61);
    assert_eq!(person.submit(&page, STEP, &answers).await.status, 303);
}

#[tokio::test]
async fn p05_waits_grow_and_the_day_has_a_cap_while_the_owner_goes_on() {
    let site = Site::with(|settings| settings.throttle.failures_per_network_hour = 10_000).await;
    let mut who = site.activated().await;
    let (mut judged, mut waited, mut waits) = (0, 0_i64, Vec::new());
    loop {
        let page = guess(&site, &who.email, WRONG).await;
        match page.status {
            422 => judged += 1,
            429 => {
                let wait: i64 = page.header("retry-after").unwrap().parse().unwrap();
                // The cap of the day ends the walk.
                if page.says("Patientez jusqu'à demain") {
                    break;
                }
                waits.push(wait);
                waited += wait;
                site.forward(wait);
            }
            other => panic!("{other}"),
        }
        assert!(judged <= 25, "more than the day's cap");
    }
    assert!(waits.windows(2).all(|pair| pair[0] <= pair[1]), "{waits:?}");
    assert_eq!(&waits[..6], [60, 120, 240, 480, 960, 1_920]);
    assert!(waited < 86_400 && judged == 25, "{judged} in {waited} s");
    // The owner's browser, a code, and a reset still work; a live session was never touched.
    let page = Site::type_password(&mut who.person, &who.email, &who.password).await;
    assert_eq!(page.status, 303, "a recognised browser signs in");
    let page = who.person.follow(page).await;
    let sent = site.sent().await;
    let page = who.person.submit(&page, "/_guichet/connexion/facteur", &[("channel", "email")]).await;
    assert_eq!((page.status, site.sent().await), (303, sent + 1), "and gets its code");
    let mut resetting = site.person();
    let page = resetting.get("/_guichet/mot-de-passe-oublie").await;
    let page = resetting.submit(&page, "/_guichet/mot-de-passe-oublie", &[("identifier", &who.email)]).await;
    assert_eq!(page.status, 303);
}

#[tokio::test]
async fn p05_a_live_session_is_not_touched_by_a_lock() {
    let site = Site::start().await;
    let who = site.activated().await;
    for _ in 0..6 {
        guess(&site, &who.email, WRONG).await;
    }
    assert_eq!(guess(&site, &who.email, &who.password).await.status, 429);
    assert_eq!(site.portal(&who.person.session()).await, 200);
}

#[tokio::test]
async fn p06_one_password_over_many_names_is_slowed_by_network() {
    let site = Site::with(|settings| settings.throttle.failures_per_network_hour = 20).await;
    let who = site.activated().await;
    for (prefix, other) in [("198.51.100", "203.0.113.9"), ("2001:db8:1:2:", "2001:db8:1:3::1")] {
        let address = |number: usize| match prefix.ends_with(':') {
            true => format!("{prefix}:{number:x}"),
            false => format!("{prefix}.{number}"),
        };
        let mut statuses = Vec::new();
        for number in 0..22 {
            let mut person = site.person().from(&address(number));
            let name = format!("victim{number}@example.com");
            statuses.push(Site::type_password(&mut person, &name, "Printemps-2026!").await.status);
        }
        assert_eq!(statuses[..20], [422; 20]);
        assert_eq!(statuses[20..], [429; 2]);
        let mut elsewhere = site.person().from(other);
        assert_eq!(Site::type_password(&mut elsewhere, "victim99@example.com", WRONG).await.status, 422);
        // A browser the account knows stands outside: a hospital is one address.
        let mut colleague = who.person.clone().from(&address(7));
        colleague.drop_cookie("__Host-guichet");
        assert_eq!(Site::type_password(&mut colleague, &who.email, &who.password).await.status, 303);
    }
}

#[tokio::test]
async fn p07_attempts_that_look_alike_when_joined_never_share_an_answer() {
    let site = Site::start().await;
    let right = Site::legacy_password("751234567");
    // The same text on both sides of the joint, right for one account only.
    let rows: Vec<(&str, String, bool)> = vec![
        ("751234567", right.to_owned(), true),
        ("752345678", right.to_owned(), false),
        ("751234567:", right.to_owned(), false),
        ("75123456", format!("7{right}"), false),
        ("751234567", format!(":{right}"), false),
        ("7512345", format!("67:{right}"), false),
    ];
    let mut tries = Vec::new();
    for round in 0..2 {
        for (identifier, password, expected) in rows.clone() {
            let mut person = site.person();
            let page = person.get(SIGN_IN).await;
            tries.push(tokio::spawn(async move {
                let answers = [("identifier", identifier), ("password", password.as_str())];
                let status = person.submit(&page, SIGN_IN, &answers).await.status;
                assert_eq!(status == 303, expected, "{round} {identifier} {status}");
            }));
        }
    }
    for one in tries {
        one.await.unwrap();
    }
}

#[tokio::test]
async fn p08_what_is_far_too_long_is_refused_before_it_is_hashed() {
    let site = Site::start().await;
    let mut person = site.person();
    let page = person.get(SIGN_IN).await;
    for length in [1_000_000, 10_000_000] {
        let started = tokio::time::Instant::now();
        let fields = person.filled(&page, SIGN_IN, &[("identifier", "751234567"), ("password", &"a".repeat(length))]);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answer = person.post(SIGN_IN, &fields).await;
        assert!(matches!(answer.status, 413 | 400), "{}", answer.status);
        assert!(started.elapsed() < Duration::from_secs(5));
    }
    assert_eq!(site.count("751234567", "signin.password.refused").await, 0);
    // What fits in a form but in no password is wrong at the usual cost.
    let page = guess(&site, "751234567", &"a".repeat(60_000)).await;
    assert_eq!(page.status, 422);
}

#[tokio::test]
async fn p12_hostile_names_are_names_nobody_has() {
    let site = Site::start().await;
    let right = Site::legacy_password("751234567");
    let control = guess(&site, "999999999", right).await;
    for name in [
        "' OR 1=1--",
        "*)(uid=*",
        "751234567' --",
        "751234567%00",
        "751234567\0",
        "7512\r\n34567",
        "751\u{200b}234567",
        "\u{202e}765432157",
        "７５１２３４５６７",
        "75123456_",
        "%",
        "{{7*7}}",
        "{env.SECRET}",
        "lucas.moreau@example.com\r\nBcc: evil@example.com",
    ] {
        let page = guess(&site, name, right).await;
        assert_eq!(page.status, control.status, "{name:?} {}", page.gist());
        assert_eq!(page.cookie("__Host-guichet"), None, "{name:?}");
        assert!(!name.contains("7*7") || page.says("value=\"{{7*7}}\""), "shown as typed");
    }
}

#[tokio::test]
async fn p13_credentials_in_an_address_are_not_processed_nor_shown() {
    let site = Site::start().await;
    let password = Site::legacy_password("751234567");
    let query = format!("identifier=751234567&password={password}&action=valider");
    for (method, expected) in [("GET", 200), ("HEAD", 200), ("PUT", 405), ("DELETE", 405), ("PATCH", 405)] {
        let mut person: Person = site.person();
        let page = person.get(SIGN_IN).await;
        let token = page.form(SIGN_IN).unwrap()["token"].clone();
        let address = format!("{SIGN_IN}?{query}&token={token}");
        let (mut raw, bytes, url) = person.request(method, &address, &[("Content-Length", "0")], b"").await;
        raw.send(bytes).await;
        let answer = if method == "HEAD" { raw.head().await } else { raw.answer().await };
        let page = person.received(answer, url);
        assert_eq!(page.status, expected, "{method}");
        assert!(!page.body.contains(password) && !page.head.contains(password), "{method}");
        assert_eq!(person.cookie("__Host-guichet"), None, "{method}");
    }
    assert_eq!(site.count("751234567", "signin.password.accepted").await, 0);
    assert_eq!(site.count("751234567", "signin.password.refused").await, 0);
    let names: BTreeSet<String> =
        site.facts("751234567").await.iter().map(|event| event.fact.as_str().to_owned()).collect();
    assert_eq!(names, BTreeSet::from(["account.imported".to_owned()]));
}
