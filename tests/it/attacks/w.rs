//! Redirects, pages, linking and tabs.

use crate::support::site::Site;

const SIGN_IN: &str = "/_guichet/connexion";
const SESSION: &str = "__Host-guichet";

#[tokio::test]
async fn w01_w02_w03_no_return_target_leads_elsewhere() {
    let site = Site::start().await;
    let long = format!("/{}", "a".repeat(65_536));
    let rows = [
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "/%09/evil.example",
        "/%5cevil.example",
        "/ /evil.example",
        "/\u{0}/evil.example",
        "/\r\nSet-Cookie: a=b",
        "https:evil.example",
        "///evil.example",
        "////evil.example",
        "https://evil.example/",
        "http://localhost@evil.example/",
        "http://localhost.evil.example/",
        "http://127.0.0.1:1/",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "evil.example",
        "\\\\evil.example",
        "/..//evil.example",
        "/./\\evil.example",
        "/%2f%2fevil.example",
        "/%252f%252fevil.example/..%5c",
        "/_guichet/deconnexion",
        "/_guichet/connexion",
        "/_guichet/callback/psc?code=a&state=b",
        "/x/../_guichet/deconnexion",
        "/#//evil.example",
        long.as_str(),
    ];
    for row in rows {
        let mut person = site.person();
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("retour", row).finish();
        if query.len() < 8_000 {
            let page = person.get(&format!("{SIGN_IN}?{query}")).await;
            assert_eq!(page.status, 200, "{row:?}");
            let form = page.form(SIGN_IN).unwrap();
            let psc = page.form("/_guichet/connexion/psc").unwrap();
            if row != "/%252f%252fevil.example/..%5c" {
                assert_eq!((form.get("return_to"), psc.get("return_to")), (None, None), "{row:?}");
            }
        }
        let page = person.get(SIGN_IN).await;
        let answers = [("identifier", "691234567"), ("password", "wrong"), ("return_to", row)];
        let page = person.submit(&page, SIGN_IN, &answers).await;
        assert!(matches!(page.status, 422 | 429 | 413), "{row:?}");
        if page.status == 422 {
            assert!(!page.form(SIGN_IN).unwrap().contains_key("return_to"), "{row:?}");
        }
        // Whoever is signed in already is led at once.
        if page.status != 413 {
            site.unlock("691234567").await;
        }
    }
    let who = site.activated().await;
    for row in rows.iter().filter(|row| row.len() < 1_000) {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("retour", row).finish();
        let page = who.person.clone().get(&format!("{SIGN_IN}?{query}")).await;
        assert_eq!(page.status, 303, "{row:?}");
        assert_eq!(page.location(), "/", "{row:?}");
        assert!(page.header("set-cookie").is_none_or(|cookie| cookie.starts_with("__Host-")));
    }
    let page = who.person.clone().get(&format!("{SIGN_IN}?retour=/dossier/7%3Fonglet=1")).await;
    assert_eq!(page.location(), "/dossier/7?onglet=1");
    let page = who.person.clone().get(&format!("{SIGN_IN}?retour=/a&retour=//evil.example")).await;
    assert_eq!(page.location(), "/", "two are none");
}

#[tokio::test]
async fn w08_pages_of_ours_are_never_stored_and_have_no_file_names() {
    let site = Site::start().await;
    let mut walker = site.imported("752345678").await;
    let mut stranger = site.person();
    let mut seen = vec![
        stranger.get(SIGN_IN).await,
        stranger.get("/").await,
        stranger.get("/_guichet/deconnexion").await,
        stranger.get("/_guichet/nothing").await,
        stranger.send("GET", "/api/x", &[], b"").await,
        stranger.send("PUT", SIGN_IN, &[("Content-Length", "0")], b"").await,
        stranger.post(SIGN_IN, &[]).await,
        stranger.send("POST", SIGN_IN, &[("Origin", "null")], b"").await,
        Site::type_password(&mut stranger, "691234567", Site::legacy_password("691234567")).await,
        walker.get("/").await,
        walker.get("/_guichet/activation").await,
        walker.get("/_guichet/activation/information").await,
    ];
    let page = walker.get("/_guichet/deconnexion").await;
    seen.push(walker.submit(&page, "/_guichet/deconnexion", &[]).await);
    for page in &seen {
        assert_eq!(page.header("cache-control"), Some("no-store"), "{}", page.gist());
    }
    let mut walker = site.imported("752345678").await;
    for address in [
        "/_guichet/activation/information/x.css",
        "/_guichet/activation/information.css",
        "/_guichet/connexion/x.js",
        "/_guichet/activation/information%2fx.css",
        "/_guichet/activation/information;x.css",
        "/_guichet/assets/../activation/information",
        "/_guichet/assets/nothing.css",
    ] {
        let page = walker.get(address).await;
        assert!(matches!(page.status, 400 | 404), "{address} {}", page.status);
        assert!(!page.body.contains("FONTAINE"), "{address}");
    }
}

#[tokio::test]
async fn c20_ten_tabs_finish_in_any_order() {
    let site = Site::start().await;
    let mut person = site.person();
    let mut tabs = Vec::new();
    for number in 0..10 {
        let page = person.get(&format!("{SIGN_IN}?retour=/onglet/{number}")).await;
        let page = person.submit(&page, "/_guichet/connexion/psc", &[]).await;
        tabs.push(page.location().to_owned());
    }
    let order = [3, 9, 0, 5, 1, 8, 2, 7, 4, 6];
    for number in order {
        let (callback, _) = site.at_psc(&mut person, &tabs[number], "infirmiere", "").await;
        let page = person.get(&callback).await;
        assert_eq!(page.status, 303, "tab {number}: {}", page.gist());
        let page = person.follow(page).await;
        assert_eq!(page.status, 200);
        assert!(person.cookie(SESSION).is_some());
        // Reloaded, it leads on, and asks the provider nothing again.
        let page = person.get(&callback).await;
        assert_eq!(page.status, 303, "tab {number} again: {}", page.gist());
    }
    // A second flow cookie from elsewhere: a plain page, neither 403 nor a loop.
    let mut tossed = site.person();
    let (callback, _) = site.psc_callback(&mut tossed, "infirmiere", "").await;
    let flow = tossed.cookie("__Host-guichet-flow").unwrap().to_owned();
    let address = url::Url::parse(&callback).unwrap();
    let target = address[url::Position::BeforePath..].to_owned();
    let lines = [("Cookie", format!("__Host-guichet-flow={flow}; __Host-guichet-flow=x"))];
    let lines: Vec<(&str, &str)> = lines.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let page = site.person().send("GET", &target, &lines, b"").await;
    assert_eq!(page.status, 400, "{}", page.gist());
    assert!(page.form("/_guichet/connexion/psc").is_some(), "it begins again from here");
    assert_eq!(tossed.get(&callback).await.status, 303, "its own browser still finishes");
}

#[tokio::test]
async fn l01_an_email_that_two_sides_share_links_nothing() {
    let site = Site::start().await;
    let who = site.activated().await;
    let mut professional = None;
    for person in guichet::demo::simulator::professionals() {
        if person.email.is_some() {
            professional = Some(person);
        }
    }
    let professional = professional.expect("one professional has an e-mail");
    let shared = guichet::identity::Email::parse(professional.email.unwrap()).unwrap();
    site.edit(&who.legacy_id, |account| {
        account.sign_in_email = Some(shared.clone());
        account.contact_email.as_mut().unwrap().value = shared.clone();
    })
    .await;
    let before = site.account(&who.legacy_id).await;
    let mut person = site.person();
    let page = site.psc(&mut person, professional.key).await;
    let page = person.follow(page).await;
    assert!(!page.body.contains("MOREAU"), "{}", page.gist());
    let after = site.account(&who.legacy_id).await;
    assert_eq!((after.links, after.epoch, after.devices), (before.links, before.epoch, before.devices));
    if let Some(session) = person.cookie(SESSION) {
        let token = guichet::session::SessionToken::parse(session).unwrap();
        let guichet::session::Lookup::Live(visitor) = site.app.login.sessions.visitor(&token).await.unwrap() else {
            panic!("no session");
        };
        assert_ne!(visitor.session().account, before.id);
        let other = site.app.login.directory.account(visitor.session().account).await.unwrap().unwrap();
        assert!(other.contact_email.is_none() && other.sign_in_email.is_none());
    }
}

#[tokio::test]
async fn l02_a_proof_serves_the_arrival_and_the_browser_it_was_given_in() {
    let site = Site::start().await;
    let who = site.activated().await;
    site.forward(61);
    let (linking, proof, code_path) =
        ("/_guichet/rattachement", "/_guichet/rattachement/preuve", "/_guichet/rattachement/code");
    let mut person = site.person();
    let page = site.psc(&mut person, "kinesitherapeute").await;
    let offer = person.follow(page).await;
    let page = person.submit(&offer, linking, &[]).await;
    let page = person.follow(page).await;
    let answers = [("identifier", who.email.as_str()), ("password", who.password.as_str())];
    let page = person.submit(&page, proof, &answers).await;
    let choice = person.follow(page).await;
    let sent = person.submit(&choice, code_path, &[("channel", "email")]).await;
    let code_page = person.follow(sent).await;
    let code = site.code(&who.email).await;
    // Another browser with its own arrival, and this one's tab id and code.
    let mut other = site.person();
    let page = site.psc(&mut other, "kinesitherapeute").await;
    let page = other.follow(page).await;
    let flow = code_page.form(code_path).unwrap()["flow"].clone();
    let own = page.form(linking).unwrap();
    for flow in [flow.as_str(), own["flow"].as_str()] {
        let cookie = other.cookie("__Host-guichet-flow").unwrap().to_owned();
        let token = guichet::pages::guard::token(&site.app.login.sealer, &cookie, code_path, None, "");
        let page = other.post(code_path, &[("flow", flow), ("token", &token), ("code", &code)]).await;
        assert_eq!(page.status, 303, "{}", page.gist());
    }
    // A second arrival in the same browser has proven nothing.
    let mut second = person.clone();
    let page = site.psc(&mut second, "kinesitherapeute").await;
    let page = second.follow(page).await;
    let flow = page.form(linking).unwrap()["flow"].clone();
    let cookie = second.cookie("__Host-guichet-flow").unwrap().to_owned();
    let token = guichet::pages::guard::token(&site.app.login.sealer, &cookie, code_path, None, "");
    let page = second.post(code_path, &[("flow", &flow), ("token", &token), ("code", &code)]).await;
    assert!(page.location().starts_with(proof), "{}", page.location());
    assert!(site.account(&who.legacy_id).await.links.is_empty());
    // A sign-in's code is no linking's.
    site.forward(61);
    let mut signing = site.person();
    site.to_code(&mut signing, &who.email, &who.password).await;
    let sign_in_code = site.code(&who.email).await;
    if sign_in_code != code {
        assert_eq!(person.submit(&code_page, code_path, &[("code", &sign_in_code)]).await.status, 422);
    }
    // The tab that gave every proof links.
    let page = person.submit(&code_page, code_path, &[("code", &code)]).await;
    assert_eq!(page.status, 303, "{}", page.gist());
    assert_eq!(site.account(&who.legacy_id).await.links.len(), 1);
    let page = person.submit(&code_page, code_path, &[("code", &code)]).await;
    assert_eq!(page.status, 303, "used up");
}
