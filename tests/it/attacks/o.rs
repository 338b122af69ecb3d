//! One-time codes: guessing them.

use base64::Engine as _;
use guichet::clock::Clock as _;
use guichet::login::Flow;
use guichet::session::Store as _;
use sha2::Digest as _;

use crate::support::person::{Page, Person};
use crate::support::site::{Activated, Site};

const CODE: &str = "/_guichet/connexion/code";
const SESSION: &str = "__Host-guichet";

/// Somebody at the code page, with the code that was sent. The same wrong code for every test: never the right one.
async fn at_code(site: &Site, who: &Activated) -> (Person, Page, String) {
    site.forward(61);
    let mut person = site.person();
    let page = site.to_code(&mut person, &who.email, &who.password).await;
    assert_eq!(page.url.path(), CODE, "{}", page.gist());
    (person, page, site.code(&who.email).await)
}

/// A code that is not the one given.
fn wrong(code: &str, number: usize) -> String {
    let right: usize = code.parse().unwrap();
    format!("{:06}", (right + 1 + number) % 1_000_000)
}

#[tokio::test]
async fn o01_five_wrong_codes_burn_it_one_after_the_other() {
    let site = Site::start().await;
    let who = site.activated().await;
    let (mut person, page, code) = at_code(&site, &who).await;
    for (number, left) in ["4 essais", "3 essais", "2 essais", "un essai"].into_iter().enumerate() {
        let answer = person.submit(&page, CODE, &[("code", &wrong(&code, number))]).await;
        assert_eq!(answer.status, 422);
        assert!(answer.says(&format!("il vous reste {left}.")), "{}", answer.gist());
    }
    let answer = person.submit(&page, CODE, &[("code", &wrong(&code, 4))]).await;
    assert!(answer.says("Ce code ne peut plus servir après 5 essais."), "{}", answer.gist());
    for _ in 0..3 {
        let answer = person.submit(&page, CODE, &[("code", &code)]).await;
        assert_eq!((answer.status, person.cookie(SESSION)), (422, None), "burnt");
    }
}

#[tokio::test]
async fn o01_of_two_hundred_wrong_codes_at_once_five_are_judged() {
    let site = Site::start().await;
    let who = site.activated().await;
    let (person, page, code) = at_code(&site, &who).await;
    let tries: Vec<_> = (0..200)
        .map(|number| {
            let (mut person, code) = (person.clone(), wrong(&code, number));
            let fields = person.filled(&page, CODE, &[("code", &code)]);
            tokio::spawn(async move {
                let fields: Vec<(&str, &str)> =
                    fields.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
                let answer = person.post(CODE, &fields).await;
                assert!(matches!(answer.status, 422 | 429 | 503), "{}", answer.gist());
                answer.says("il vous reste")
            })
        })
        .collect();
    let mut with_tries_left = 0;
    for one in tries {
        with_tries_left += usize::from(one.await.unwrap());
    }
    // The fifth one says that none is left.
    assert!(with_tries_left <= 4, "{with_tries_left}");
    let mut person = person;
    let answer = person.submit(&page, CODE, &[("code", &code)]).await;
    assert!(matches!(answer.status, 422 | 429), "{}", answer.gist());
    assert_eq!(person.cookie(SESSION), None);
}

#[tokio::test]
async fn o02_the_right_code_sent_twenty_times_at_once_opens_one_session() {
    let site = Site::start().await;
    let who = site.activated().await;
    let id = site.account(&who.legacy_id).await.id;
    let before = site.app.login.sessions.sessions_of(id).await.unwrap().len();
    let (person, page, code) = at_code(&site, &who).await;
    let tries: Vec<_> = (0..20)
        .map(|_| {
            let mut person = person.clone();
            let fields = person.filled(&page, CODE, &[("code", &code)]);
            tokio::spawn(async move {
                let fields: Vec<(&str, &str)> =
                    fields.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
                person.post(CODE, &fields).await.cookie(SESSION)
            })
        })
        .collect();
    let mut tokens = Vec::new();
    for one in tries {
        tokens.extend(one.await.unwrap().filter(|token| !token.is_empty()));
    }
    assert!(!tokens.is_empty());
    assert_eq!(site.app.login.sessions.sessions_of(id).await.unwrap().len(), before + 1);
    let mut alive = 0;
    for token in &tokens {
        alive += usize::from(site.portal(token).await == 200);
    }
    assert_eq!(alive, 1, "of {} tokens", tokens.len());
    // And never again.
    site.forward(11);
    let mut late = person.clone();
    let answer = late.submit(&page, CODE, &[("code", &code)]).await;
    assert_eq!((answer.status, late.cookie(SESSION)), (303, None));
}

#[tokio::test]
async fn o03_a_new_code_burns_the_old_one_and_gives_no_guesses_back() {
    let site = Site::with(|settings| settings.codes.email_per_address_hour = 100).await;
    let who = site.activated().await;
    let (mut person, page, first) = at_code(&site, &who).await;
    for number in 0..3 {
        person.submit(&page, CODE, &[("code", &wrong(&first, number))]).await;
    }
    site.forward(61);
    let answer = person.submit(&page, CODE, &[("action", "renvoyer")]).await;
    assert_eq!(answer.status, 303);
    let second = site.code(&who.email).await;
    if first != second {
        assert_eq!(person.submit(&page, CODE, &[("code", &first)]).await.status, 422, "the old one is dead");
    }
    // Twenty-five wrong ones in a day, however many codes were sent.
    let mut judged = 3 + 1;
    let mut code = second;
    'walk: for _ in 0..8 {
        for number in 0..5 {
            let answer = person.submit(&page, CODE, &[("code", &wrong(&code, number))]).await;
            match answer.status {
                422 => judged += 1,
                429 => break 'walk,
                other => panic!("{other}"),
            }
            if !answer.says("il vous reste") {
                break;
            }
        }
        site.forward(61);
        assert_eq!(person.submit(&page, CODE, &[("action", "renvoyer")]).await.status, 303);
        code = site.code(&who.email).await;
    }
    assert_eq!(judged, 25);
}

#[tokio::test]
async fn o04_guesses_add_up_over_every_flow_of_an_account() {
    let site = Site::with(|settings| {
        settings.codes.per_account_day = 1_000;
        settings.codes.email_per_address_hour = 1_000;
    })
    .await;
    let who = site.activated().await;
    let (mut judged, mut last) = (0, 0);
    for _ in 0..12 {
        let (mut person, page, code) = at_code(&site, &who).await;
        for number in 0..3 {
            last = person.submit(&page, CODE, &[("code", &wrong(&code, number))]).await.status;
            judged += usize::from(last == 422);
        }
    }
    assert_eq!((judged, last), (25, 429), "a fresh flow brings no fresh guesses");
    // The resets of the account, which anybody may ask for, have guesses of their own (attack P05): they add up too.
    let (mut judged, mut last) = (0, 0);
    for _ in 0..12 {
        let mut person = site.person();
        let asked = person.get("/_guichet/mot-de-passe-oublie").await;
        let before = site.messages(&who.email).len();
        let page = person.submit(&asked, "/_guichet/mot-de-passe-oublie", &[("identifier", &who.email)]).await;
        crate::support::site::until(|| site.messages(&who.email).len() > before).await;
        let page = person.follow(page).await;
        let code = site.code(&who.email).await;
        for number in 0..3 {
            let answers = [("code", &*wrong(&code, number))];
            last = person.submit(&page, "/_guichet/mot-de-passe-oublie/code", &answers).await.status;
            judged += usize::from(last == 422);
        }
    }
    assert_eq!((judged, last), (25, 429), "a fresh reset brings no fresh guesses");
}

#[tokio::test]
async fn o05_a_code_fits_ten_minutes_its_flow_its_browser_and_its_purpose() {
    let site = Site::start().await;
    let who = site.activated().await;
    let (mut person, page, code) = at_code(&site, &who).await;
    site.forward(599);
    assert_eq!(person.submit(&page, CODE, &[("code", &code)]).await.status, 303);
    let (mut person, page, code) = at_code(&site, &who).await;
    site.forward(600);
    let answer = person.submit(&page, CODE, &[("code", &code)]).await;
    assert!(answer.says("Ce code a expiré."), "{}", answer.gist());
    // Another flow of the same account, another browser.
    let (mut first, page_of_first, code_of_first) = at_code(&site, &who).await;
    let (mut second, page_of_second, code_of_second) = at_code(&site, &who).await;
    if code_of_first != code_of_second {
        assert_eq!(second.submit(&page_of_second, CODE, &[("code", &code_of_first)]).await.status, 422);
        assert_eq!(first.submit(&page_of_first, CODE, &[("code", &code_of_second)]).await.status, 422);
    }
    let answer = site.person().submit(&page_of_first, CODE, &[("code", &code_of_first)]).await;
    assert_eq!((answer.status, second.cookie(SESSION)), (303, None));
    // The other channel chosen since: the first channel's code is dead.
    let choice =
        first.get(&format!("/_guichet/connexion/facteur?f={}", page_of_first.form(CODE).unwrap()["flow"])).await;
    let answer = first.submit(&choice, "/_guichet/connexion/facteur", &[("channel", "sms")]).await;
    assert_eq!(answer.status, 303, "{}", answer.gist());
    let sms = site.code("+33612345601").await;
    if sms != code_of_first {
        assert_eq!(first.submit(&page_of_first, CODE, &[("code", &code_of_first)]).await.status, 422);
    }
    // Another purpose: a sign-in's code at the reset, and another account's code.
    let mut resetting = site.person();
    let asked = resetting.get("/_guichet/mot-de-passe-oublie").await;
    let page = resetting.submit(&asked, "/_guichet/mot-de-passe-oublie", &[("identifier", "752345678")]).await;
    let page = resetting.follow(page).await;
    let own = site.code("elodie.fontaine@example.com").await;
    if own != sms {
        let answer = resetting.submit(&page, "/_guichet/mot-de-passe-oublie/code", &[("code", &sms)]).await;
        assert_eq!(answer.status, 422);
    }
    if own != sms && own != code_of_first {
        assert_eq!(first.submit(&page_of_first, CODE, &[("code", &own)]).await.status, 422);
    }
}

#[tokio::test]
async fn o06_codes_are_kept_as_a_keyed_hash() {
    let site = Site::start().await;
    let who = site.activated().await;
    let (person, page, code) = at_code(&site, &who).await;
    assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()), "twenty bits are six digits");
    let flow = page.form(CODE).unwrap()["flow"].clone();
    let flow = Flow::new(&site.app.login.sealer, person.cookie("__Host-guichet-flow").unwrap(), &flow).unwrap();
    let key = format!("code:sign-in:{}", flow.binding());
    let stored = site.store.record(&key, site.clock.now()).await.unwrap().unwrap();
    let text = String::from_utf8(stored.value).unwrap();
    assert!(!text.contains(&code), "{text}");
    // A plain digest would be undone by trying a million.
    let digest = sha2::Sha256::digest(code.as_bytes());
    let hexadecimal: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let base64 = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest);
    assert!(!text.contains(&hexadecimal) && !text.contains(&base64));
    assert!(!text.contains(&who.email));
}

#[tokio::test]
async fn o07_what_is_no_code_uses_no_try_up() {
    let site = Site::start().await;
    let who = site.activated().await;
    let (mut person, page, code) = at_code(&site, &who).await;
    for typed in [
        "",
        "12345",
        "1234567",
        "null",
        "true",
        "[\"123456\"]",
        "{\"code\":123456}",
        "1e5",
        "+12345",
        "-12345",
        "123456\0",
        "%",
        "123 45",
        "abcdef",
        "12345६",
        &code[..5],
        &format!("{code}0"),
        &format!("{code},{code}"),
    ] {
        let answer = person.submit(&page, CODE, &[("code", typed)]).await;
        assert_eq!(answer.status, 422, "{typed:?}");
        assert!(!answer.says("il vous reste"), "{typed:?} was judged");
    }
    let mut fields = person.filled(&page, CODE, &[("code", &code)]);
    fields.push(("code".to_owned(), wrong(&code, 0)));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(person.post(CODE, &fields).await.status, 400, "two codes are none");
    let long = "1".repeat(1_000_000);
    assert_eq!(person.submit(&page, CODE, &[("code", &long)]).await.status, 413);
    let origin = person.origin();
    let lines = [("Content-Type", "application/json"), ("Origin", origin.as_str())];
    let body = format!("{{\"code\":{code}}}");
    assert_eq!(person.send("POST", CODE, &lines, body.as_bytes()).await.status, 415);
    // Full-width digits and spaces are the same digits (screens 0.20); all five tries are left.
    let wide: String = code.chars().map(|digit| char::from_u32(digit as u32 + 0xFEE0).unwrap()).collect();
    let answer = person.submit(&page, CODE, &[("code", &format!(" {}\u{a0}-{} ", &wide[..9], &wide[9..]))]).await;
    assert_eq!(answer.status, 303, "{}", answer.gist());
}
