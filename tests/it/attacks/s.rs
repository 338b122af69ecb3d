//! Sessions and cookies.

use base64::Engine as _;
use guichet::account::{Directory as _, SqliteDirectory, State};
use guichet::clock::Clock as _;
use guichet::config::settings::RememberMe;

use crate::support::person::Person;
use crate::support::site::{NEW_PASSWORD, Site, until};

const SESSION: &str = "__Host-guichet";
const PLANTED: &str = "cGxhbnRlZC1wbGFudGVkLXBsYW50ZWQtcGxhbnRlZDA";

/// Whether a session lives, activated or not: the status of a page for signed-in people.
async fn alive(site: &Site, session: &str) -> bool {
    let mut person = site.person();
    person.set_cookie(SESSION, session);
    let status = person.get("/compte-en-cours").await.status;
    assert!(matches!(status, 200 | 303 | 403), "{status}");
    status == 200
}

/// A navigation with these `Cookie` lines.
async fn with_cookies(person: &Person, address: &str, lines: &[String]) -> crate::support::person::Page {
    let lines: Vec<(&str, &str)> = lines.iter().map(|line| ("Cookie", line.as_str())).collect();
    person.clone().send("GET", address, &[&[("Accept", "text/html")], lines.as_slice()].concat(), b"").await
}

#[tokio::test]
async fn s01_the_session_id_is_new_at_login_proof_password_and_activation_end() {
    let site = Site::start().await;
    let mut person = site.person();
    person.set_cookie(SESSION, PLANTED);
    let page = Site::type_password(&mut person, "751234567", Site::legacy_password("751234567")).await;
    person.follow(page).await;
    let mut ids = vec![PLANTED.to_owned(), person.session()];
    site.to_password(&mut person, "lucas.moreau@example.com").await;
    ids.push(person.session());
    let page = person.open("/_guichet/activation/mot-de-passe").await;
    let answers = [("new_password", NEW_PASSWORD), ("confirm_password", NEW_PASSWORD)];
    let page = person.submit(&page, "/_guichet/activation/mot-de-passe", &answers).await;
    let page = person.follow(page).await;
    ids.push(person.session());
    let page = person.submit(&page, "/_guichet/activation/telephone", &[("action", "ignorer")]).await;
    let page = person.follow(page).await;
    person.submit(&page, "/_guichet/activation/structure", &[]).await;
    ids.push(person.session());
    let last = ids.pop().unwrap();
    assert!(alive(&site, &last).await);
    for old in &ids {
        assert_ne!(*old, last);
        assert!(!alive(&site, old).await, "an older id still opens");
    }
    let mut unique = ids.clone();
    unique.dedup();
    assert_eq!(unique.len(), 4);
}

#[tokio::test]
async fn s01_the_session_id_is_new_after_a_confirmation_and_after_pro_sante_connect() {
    let site = Site::start().await;
    let mut person = site.imported("751234567").await;
    site.to_password(&mut person, "lucas.moreau@example.com").await;
    let before = person.session();
    // Four minutes later the form must be confirmed first.
    site.forward(240);
    let page = person.open("/_guichet/activation/mot-de-passe").await;
    assert_eq!(page.url.path(), "/_guichet/confirmer");
    let page = person.submit(&page, "/_guichet/confirmer", &[("action", "renvoyer")]).await;
    let page = person.follow(page).await;
    let code = site.code("lucas.moreau@example.com").await;
    person.submit(&page, "/_guichet/confirmer", &[("code", &code)]).await;
    assert_ne!(person.session(), before);
    assert!(!alive(&site, &before).await && alive(&site, &person.session()).await);

    let mut planted = site.person();
    planted.set_cookie(SESSION, PLANTED);
    let page = site.psc(&mut planted, "infirmiere").await;
    assert_eq!(page.status, 303, "{}", page.gist());
    assert_ne!(planted.session(), PLANTED);
    assert!(!alive(&site, PLANTED).await && alive(&site, &planted.session()).await);
}

#[tokio::test]
async fn s01_another_sign_in_of_the_same_browser_ends_the_session_it_had() {
    let site = Site::start().await;
    let mut person = site.person();
    // Two tabs: one comes back from Pro Santé Connect after the other has signed in.
    let (callback, _) = site.psc_callback(&mut person, "infirmiere", "").await;
    Site::type_password(&mut person, "751234567", Site::legacy_password("751234567")).await;
    let former = person.session();
    assert!(alive(&site, &former).await);
    let page = person.get(&callback).await;
    assert_eq!(page.status, 303, "{}", page.gist());
    assert_ne!(person.session(), former);
    assert!(!alive(&site, &former).await && alive(&site, &person.session()).await);
}

#[tokio::test]
async fn s02_ids_are_long_cookies_closed_and_an_unknown_id_makes_nothing() {
    let site = Site::start().await;
    let mut person = site.person();
    let page = Site::type_password(&mut person, "751234567", Site::legacy_password("751234567")).await;
    let session = person.session();
    assert!(base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(&session).unwrap().len() >= 16);
    let set = page.all("set-cookie");
    assert!(set.len() >= 2, "{set:?}");
    for cookie in set {
        assert!(cookie.starts_with("__Host-"), "{cookie}");
        for part in ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"] {
            assert!(cookie.split("; ").any(|said| said == part), "{cookie}");
        }
        assert!(!cookie.to_ascii_lowercase().contains("domain"), "{cookie}");
    }
    let mut stranger = site.person();
    stranger.set_cookie(SESSION, PLANTED);
    for address in ["/", "/_guichet/connexion", "/_guichet/activation", "/public"] {
        let page = stranger.get(address).await;
        assert!(page.cookie(SESSION).is_none_or(|value| value.is_empty()), "{address}");
        stranger.set_cookie(SESSION, PLANTED);
    }
    assert!(!alive(&site, PLANTED).await);
}

#[tokio::test]
async fn s03_of_two_session_cookies_none_counts() {
    let site = Site::start().await;
    let who = site.activated().await;
    let mine = who.person.session();
    let other = site.imported("752345678").await.session();
    let stranger = site.person();
    let rows: Vec<Vec<String>> = vec![
        vec![format!("{SESSION}={mine}; {SESSION}={other}")],
        vec![format!("{SESSION}={other}; {SESSION}={mine}")],
        vec![format!("{SESSION}={mine}; {SESSION}={mine}")],
        vec![format!("{SESSION}={mine}"), format!("{SESSION}={other}")],
        vec![format!("{SESSION}={mine}; a=b"), format!("c=d; {SESSION}={mine}")],
        vec![format!("={SESSION}={mine}")],
        vec![format!("{SESSION}={mine}; ={SESSION}={other}")],
    ];
    let before = site.upstream.heads().len();
    for row in &rows {
        let page = with_cookies(&stranger, "/", row).await;
        assert_eq!(page.status, 303, "{row:?}");
        assert!(page.location().starts_with("/_guichet/connexion"), "{row:?}");
        assert_eq!(page.cookie(SESSION).as_deref(), Some(""), "{row:?} is cleared");
        let page = with_cookies(&stranger, "/_guichet/activation", row).await;
        assert_eq!(page.status, 303, "{row:?}");
        let lines: Vec<(&str, &str)> = row.iter().map(|line| ("Cookie", line.as_str())).collect();
        assert_eq!(stranger.clone().send("GET", "/", &lines, b"").await.status, 401, "{row:?}");
    }
    assert_eq!(site.upstream.heads().len(), before);
    assert_eq!(site.portal(&mine).await, 200, "nothing happened to the session itself");
}

#[tokio::test]
async fn s04_shapeless_cookies_are_nobody_before_the_store_is_asked() {
    let site = Site::start().await;
    let who = site.activated().await;
    let mine = who.person.session();
    let pairs = (0..500).map(|number| format!("c{number}=v")).collect::<Vec<_>>().join("; ");
    site.refuse_everything(true);
    let before = site.upstream.heads().len();
    let rows = [
        format!("{SESSION}={}", "A".repeat(15_000)),
        pairs.clone(),
        format!("{pairs}; {SESSION}=short"),
        ";;;".to_owned(),
        format!("{SESSION}=\"{mine}\""),
        format!("{SESSION}=99999999"),
        format!("{SESSION}={}", "+".repeat(43)),
        format!("{SESSION}={}", &mine[1..]),
        format!("{SESSION}={mine}A"),
        format!("{SESSION}="),
        SESSION.to_owned(),
    ];
    let stranger = site.person();
    for row in rows {
        let page = with_cookies(&stranger, "/", std::slice::from_ref(&row)).await;
        // A 503 would mean that the store was asked.
        assert!(matches!(page.status, 303 | 431), "{} {}", page.status, &row[..row.len().min(60)]);
    }
    let (mut raw, head, _) = stranger.request("GET", "/", &[("Cookie", "@")], b"").await;
    let bad = head
        .split(|byte| *byte == b'@')
        .collect::<Vec<_>>()
        .join([SESSION.as_bytes(), b"=\xff\xfe\x80"].concat().as_slice());
    raw.send(bad).await;
    assert!(matches!(raw.answer().await.status, 400 | 401));
    assert_eq!(site.upstream.heads().len(), before);
}

#[tokio::test]
async fn s05_a_cookie_replayed_after_its_end_opens_nothing() {
    let site = Site::start().await;
    let mut who = site.activated().await;
    let ended = who.person.session();
    let page = who.person.open("/_guichet/deconnexion").await;
    who.person.submit(&page, "/_guichet/deconnexion", &[]).await;
    for _ in 0..5 {
        assert_eq!(site.portal(&ended).await, 303);
        assert!(!alive(&site, &ended).await);
    }
    // Many requests at once around the sign-out: whichever comes after it is refused.
    site.forward(61);
    site.sign_in(&mut who.person.clone(), &who).await;
    let mut person = site.person();
    site.forward(61);
    site.sign_in(&mut person, &who).await;
    let session = person.session();
    let page = person.get("/_guichet/deconnexion").await;
    let busy: Vec<_> = (0..20)
        .map(|_| {
            let mut other = person.clone();
            tokio::spawn(async move { other.get("/_guichet/connexion").await.status })
        })
        .collect();
    person.submit(&page, "/_guichet/deconnexion", &[]).await;
    for request in busy {
        request.await.unwrap();
    }
    site.app.login.sessions.flush_touches().await.unwrap();
    assert_eq!(site.portal(&session).await, 303);
    assert!(!alive(&site, &session).await);
}

#[tokio::test]
async fn s05_s13_an_act_of_the_help_desk_is_seen_at_once_by_a_running_gateway() {
    let site = Site::start().await;
    let file = site.app.settings.state_dir.join("directory.db");
    // Another process: its own connection to the directory's file.
    let desk = SqliteDirectory::open(&file).await.unwrap();
    let who = site.activated().await;
    let mut other = site.person();
    site.forward(61);
    site.sign_in(&mut other, &who).await;
    let (first, second) = (who.person.session(), other.session());
    assert_eq!((site.portal(&first).await, site.portal(&second).await), (200, 200));
    // One session is ended, the other stays.
    let sessions = site.app.login.sessions.sessions_of(site.account(&who.legacy_id).await.id).await.unwrap();
    assert_eq!(sessions.len(), 2);
    let key = guichet::session::SessionToken::parse(&first).unwrap().key();
    let (_, session) = sessions.iter().find(|(held, _)| *held == key).unwrap();
    desk.revoke_session(&session.sid, site.clock.now()).await.unwrap();
    refused_within_five_seconds(&site, &first, 303).await;
    assert_eq!(site.portal(&second).await, 200);
    // The account is closed: no session of it opens anything, and it cannot sign in.
    let mut account = desk.by_legacy_id(&who.legacy_id).await.unwrap().unwrap();
    account.state = State::Disabled;
    account.epoch += 1;
    desk.save(&account, &[]).await.unwrap();
    let started = tokio::time::Instant::now();
    while site.portal(&second).await == 200 {
        assert!(started.elapsed() < std::time::Duration::from_secs(5));
    }
    assert!(!alive(&site, &second).await);
    let page = Site::type_password(&mut site.person(), &who.email, &who.password).await;
    assert_eq!(page.status, 422);
}

async fn refused_within_five_seconds(site: &Site, session: &str, status: u16) {
    let started = tokio::time::Instant::now();
    while site.portal(session).await != status {
        assert!(started.elapsed() < std::time::Duration::from_secs(5), "the session still opens");
    }
}

#[tokio::test]
async fn s06_signing_out_clears_the_cookie_as_it_was_set_and_ends_the_session_first() {
    let site = Site::start().await;
    let mut who = site.activated().await;
    let session = who.person.session();
    let page = who.person.get("/_guichet/deconnexion").await;
    let page = who.person.submit(&page, "/_guichet/deconnexion", &[]).await;
    assert_eq!(page.status, 303);
    let cleared = page.all("set-cookie").into_iter().find(|line| line.starts_with("__Host-guichet=")).unwrap();
    assert_eq!(cleared, "__Host-guichet=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
    assert_eq!(site.portal(&session).await, 303);
    // A store that cannot end it: no page says that it is done, and the cookie stays.
    let mut other = site.person();
    site.forward(61);
    site.sign_in(&mut other, &who).await;
    let page = other.get("/_guichet/deconnexion").await;
    site.refuse_writes(true);
    let page = other.submit(&page, "/_guichet/deconnexion", &[]).await;
    assert_eq!(page.status, 503, "{}", page.gist());
    assert_eq!(page.cookie(SESSION), None);
}

#[tokio::test]
async fn s07_the_next_person_at_this_desk_finds_nothing_of_the_first() {
    let site = Site::start().await;
    let mut who = site.activated().await;
    let page = who.person.get("/_guichet/deconnexion").await;
    who.person.submit(&page, "/_guichet/deconnexion", &[]).await;
    // Half a sign-in with a page asked for, and half a reset, then leaving for good.
    let mut desk = who.person.clone();
    let page = desk.get("/_guichet/connexion?retour=/dossier/secret").await;
    let flow = page.form("/_guichet/connexion").unwrap()["flow"].clone();
    let answers = [("identifier", who.email.as_str()), ("password", who.password.as_str())];
    let page = desk.submit(&page, "/_guichet/connexion", &answers).await;
    let page = desk.follow(page).await;
    site.forward(61);
    let page = if page.url.path().ends_with("facteur") {
        let page = desk.submit(&page, "/_guichet/connexion/facteur", &[("channel", "email")]).await;
        desk.follow(page).await
    } else {
        page
    };
    let code = site.code(&who.email).await;
    desk.submit(&page, "/_guichet/connexion/code", &[("code", &code)]).await;
    let page = desk.get("/_guichet/deconnexion").await;
    let page = desk.submit(&page, "/_guichet/deconnexion", &[]).await;
    assert_eq!(page.cookie("__Host-guichet-flow").as_deref(), Some(""));
    let page = desk.get("/_guichet/connexion").await;
    let form = page.form("/_guichet/connexion").unwrap();
    assert_eq!(form["identifier"], "");
    assert!(!form.contains_key("return_to") && !page.body.contains("secret"));
    let page = desk.get(&format!("/_guichet/connexion/code?f={flow}")).await;
    assert!(page.location().starts_with("/_guichet/connexion?"), "the first person's tab is dead");
    let page = Site::type_password(&mut desk, "752345678", Site::legacy_password("752345678")).await;
    let page = desk.follow(page).await;
    assert_eq!(page.url.path(), "/_guichet/activation/information");
    assert!(!page.body.contains("secret"));
}

#[tokio::test]
async fn s08_a_reset_ends_other_sessions_and_half_finished_sign_ins() {
    let site = Site::start().await;
    let who = site.activated().await;
    let session = who.person.session();
    site.forward(61);
    // Half a sign-in, half a reset, each in its own browser.
    let mut half = site.person();
    let code_page = site.to_code(&mut half, &who.email, &who.password).await;
    let code = site.code(&who.email).await;
    let mut resetting = site.person();
    let page = reset_to_password(&site, &mut resetting, &who.email, "+33612345601").await;
    let answers = [("new_password", "Aubergine-Bleue58"), ("confirm_password", "Aubergine-Bleue58")];
    let page = resetting.submit(&page, "/_guichet/mot-de-passe-oublie/nouveau", &answers).await;
    assert_eq!(page.status, 303, "{}", page.gist());
    assert_eq!(site.portal(&session).await, 303, "the older session is over");
    assert_eq!(site.portal(&resetting.session()).await, 200);
    let page = half.submit(&code_page, "/_guichet/connexion/code", &[("code", &code)]).await;
    assert_eq!(page.status, 303);
    assert!(page.location().starts_with("/_guichet/connexion?avis="), "{}", page.location());
    assert_eq!(half.cookie(SESSION), None);
    // The password of before is dead.
    let page = Site::type_password(&mut site.person(), &who.email, &who.password).await;
    assert_eq!(page.status, 422);
}

/// Walks a reset with a verified phone to its new password.
async fn reset_to_password(site: &Site, person: &mut Person, email: &str, phone: &str) -> crate::support::person::Page {
    let page = person.get("/_guichet/mot-de-passe-oublie").await;
    let before = site.messages(email).len();
    let page = person.submit(&page, "/_guichet/mot-de-passe-oublie", &[("identifier", email)]).await;
    let page = person.follow(page).await;
    until(|| site.messages(email).len() > before).await;
    let code = site.code(email).await;
    let page = person.submit(&page, "/_guichet/mot-de-passe-oublie/code", &[("code", &code)]).await;
    let page = person.follow(page).await;
    assert_eq!(page.url.path(), "/_guichet/mot-de-passe-oublie/sms", "{}", page.gist());
    let code = site.code(phone).await;
    let page = person.submit(&page, "/_guichet/mot-de-passe-oublie/sms", &[("code", &code)]).await;
    person.follow(page).await
}

#[tokio::test]
async fn s09_the_server_ends_sessions_whatever_the_cookie_says() {
    let site = Site::start().await;
    let who = site.activated().await;
    let session = who.person.session();
    assert_eq!(site.portal(&session).await, 200);
    site.forward(29 * 60);
    assert_eq!(site.portal(&session).await, 200);
    site.forward(31 * 60);
    assert_eq!(site.portal(&session).await, 303, "idle");
    let mut person = site.person();
    site.sign_in(&mut person, &who).await;
    let session = person.session();
    for _ in 0..8 {
        assert_eq!(site.portal(&session).await, 200);
        site.app.login.sessions.flush_touches().await.unwrap();
        site.forward(29 * 60);
    }
    site.forward(9 * 60);
    assert_eq!(site.portal(&session).await, 303, "four hours are over however busy it was");
}

#[tokio::test]
async fn s02_a_cookie_that_outlasts_the_browser_does_so_after_a_renewal_too() {
    let site = Site::with(|settings| settings.session.remember_me = RememberMe::Session).await;
    let rows = [
        ("752345678", "elodie.fontaine@example.com", &[("remember", "oui")][..], true),
        ("691234567", "paul.mercier@example.com", &[], false),
    ];
    for (legacy_id, email, ticked, lasting) in rows {
        let mut person = site.person();
        let page = person.get("/_guichet/connexion").await;
        let answers = [("identifier", legacy_id), ("password", Site::legacy_password(legacy_id))];
        let opened = person.submit(&page, "/_guichet/connexion", &[&answers[..], ticked].concat()).await;
        let page = site.to_email(&mut person, &[]).await;
        let code = site.code(email).await;
        let renewed = person.submit(&page, "/_guichet/activation/email", &[("code", &code)]).await;
        for answer in [opened, renewed] {
            let cookie = answer.head.lines().find(|line| line.contains("__Host-guichet=")).unwrap();
            assert_eq!(cookie.contains("; Max-Age="), lasting, "{legacy_id}: {cookie}");
        }
    }
}
