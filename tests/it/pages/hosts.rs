//! One sign-in for a portal of several hosts: to the host where people sign in and back, signed out everywhere at once.

use guichet::session::SessionToken;

use crate::support::person::{Page, Person, unescaped};
use crate::support::site::{Activated, Site};

const DOSSIER: &str = "dossier.localhost";
const LABO: &str = "labo.localhost";
const ASKED: &str = "/resultats/42?onglet=analyses&tri=d%C3%A9but";
const SIGN_IN: &str = "/_guichet/connexion";
const SIGN_OUT: &str = "/_guichet/deconnexion";
const SESSION: &str = "__Host-guichet";

async fn site() -> Site {
    Site::with_hosts(&[DOSSIER, LABO]).await
}

/// Reaches a page of another host; the portal answers it.
async fn reach(site: &Site, person: &mut Person, host: &str) -> Page {
    let page = person.open(&site.on(host, ASKED)).await;
    assert_eq!((page.status, page.url.as_str()), (200, site.on(host, ASKED).as_str()), "{}", page.gist());
    page
}

/// Whether a request of a script passes on a host, without going anywhere.
async fn passes(site: &Site, person: &mut Person, host: &str) -> bool {
    person.send("GET", &site.on(host, ASKED), &[("Sec-Fetch-Mode", "cors")], b"").await.status == 200
}

/// The link of a page that leads back to another host.
fn way_back(page: &Page) -> String {
    let body = unescaped(&page.body);
    let (_, link) = body.split_once("href=\"/_guichet/relais?").unwrap_or_else(|| panic!("{}", page.gist()));
    format!("/_guichet/relais?{}", link.split('"').next().unwrap())
}

/// Signs in from wherever the sign-in page was reached.
async fn sign_in(site: &Site, person: &mut Person, who: &Activated, page: &Page) -> Page {
    site.forward(61);
    let answers = [("identifier", who.email.as_str()), ("password", who.password.as_str())];
    let page = person.submit(page, SIGN_IN, &answers).await;
    let page = person.follow(page).await;
    let page = person.submit(&page, "/_guichet/connexion/facteur", &[("channel", "email")]).await;
    let page = person.follow(page).await;
    let code = site.code(&who.email).await;
    person.submit(&page, "/_guichet/connexion/code", &[("code", &code)]).await
}

#[tokio::test]
async fn a_page_of_another_host_leads_to_the_sign_in_and_back_to_itself() {
    let site = site().await;
    let who = site.activated().await;
    let mut person = site.person();
    let page = person.get(&site.on(DOSSIER, ASKED)).await;
    assert!(page.location().starts_with("/_guichet/connexion?retour=/resultats/42"), "{}", page.location());
    let page = person.follow(page).await;
    assert_eq!((page.status, page.url.host_str(), page.url.path()), (200, Some("localhost"), SIGN_IN));
    assert!(person.cookie_of(DOSSIER, "__Host-guichet-flow").is_some(), "set there before leaving");

    let page = sign_in(&site, &mut person, &who, &page).await;
    assert!(page.location().starts_with("/_guichet/relais?"), "{}", page.location());
    let page = person.follow(page).await;
    assert_eq!((page.status, page.url.as_str()), (200, site.on(DOSSIER, ASKED).as_str()), "{}", page.gist());
    assert_ne!(person.cookie_of(DOSSIER, SESSION), person.cookie(SESSION));
    assert_eq!(site.count(&who.legacy_id, "session.handed_over").await, 1);
}

#[tokio::test]
async fn s02_who_is_signed_in_goes_straight_through_and_each_host_has_a_cookie_of_its_own() {
    let site = site().await;
    let mut who = site.activated().await;
    let page = who.person.get(&site.on(DOSSIER, ASKED)).await;
    let page = who.person.get(page.url.join(page.location()).unwrap().as_str()).await;
    assert!(page.location().starts_with(&format!("http://localhost:{}/_guichet/connexion?", site.port)));
    let page = who.person.get(page.location()).await;
    let page = who.person.get(page.location()).await;
    assert!(page.location().starts_with(&site.on(DOSSIER, "/_guichet/relais/fin?code=")), "{}", page.location());
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let page = who.person.get(page.location()).await;
    assert_eq!(page.location(), ASKED);
    let set = page.all("set-cookie").into_iter().find(|line| line.starts_with("__Host-guichet=")).unwrap().to_owned();
    assert!(set.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax"), "{set}");
    reach(&site, &mut who.person, LABO).await;
    let tokens =
        [who.person.cookie(SESSION), who.person.cookie_of(DOSSIER, SESSION), who.person.cookie_of(LABO, SESSION)];
    let tokens: Vec<String> = tokens.into_iter().map(|token| token.unwrap().to_owned()).collect();
    assert!(tokens.iter().all(|token| SessionToken::parse(token).is_some()));
    // Each is worth something where it was given, and nothing elsewhere.
    for (place, host) in ["localhost", DOSSIER, LABO].into_iter().enumerate() {
        for (other, token) in tokens.iter().enumerate() {
            let mut thief = site.person();
            thief.jar.entry(host.to_owned()).or_default().insert(SESSION.to_owned(), token.clone());
            assert_eq!(passes(&site, &mut thief, host).await, place == other, "the token of {other} at {host}");
        }
    }
}

#[tokio::test]
async fn the_portal_is_told_of_the_same_session_on_every_host() {
    let site = site().await;
    let mut who = site.activated().await;
    who.person.open(ASKED).await;
    reach(&site, &mut who.person, DOSSIER).await;
    let told = |request: &str| {
        let line = request.lines().find(|line| line.to_ascii_lowercase().starts_with("x-guichet-assertion: ")).unwrap();
        let claims = line.split('.').nth(1).unwrap();
        let claims = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, claims).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
        (claims["sid"].clone(), claims["sub"].clone())
    };
    let heads: Vec<String> = site.upstream.heads().into_iter().filter(|head| head.contains("/resultats")).collect();
    assert_eq!(told(&heads[0]), told(heads.last().unwrap()));
    assert!(heads.iter().all(|head| !head.contains(SESSION)), "{heads:?}");
}

#[tokio::test]
async fn s05_s06_signing_out_on_any_host_ends_the_session_on_all() {
    let site = site().await;
    let who = site.activated().await;
    for host in ["localhost", DOSSIER] {
        let mut person = site.person();
        let page = person.open(&site.on(DOSSIER, ASKED)).await;
        let page = sign_in(&site, &mut person, &who, &page).await;
        person.follow(page).await;
        reach(&site, &mut person, LABO).await;
        let copy = person.clone();
        let page = person.get(&site.on(host, SIGN_OUT)).await;
        assert_eq!((page.status, page.url.host_str()), (200, Some(host)), "{}", page.gist());
        let page = person.submit(&page, SIGN_OUT, &[]).await;
        assert_eq!(page.cookie(SESSION).as_deref(), Some(""), "cleared here");
        let page = person.follow(page).await;
        assert_eq!((page.status, page.url.host_str()), (200, Some("localhost")), "{}", page.gist());
        assert!(page.says("Vous êtes déconnecté"));
        assert_eq!(person.cookie(SESSION), None, "and where people sign in");
        for mut browser in [person, copy] {
            for host in ["localhost", DOSSIER, LABO] {
                assert!(!passes(&site, &mut browser, host).await, "{host}");
            }
        }
    }
}

#[tokio::test]
async fn s06_a_host_without_a_session_does_not_say_that_one_is_signed_out_elsewhere() {
    let site = site().await;
    let mut who = site.activated().await;
    let page = who.person.open(&site.on(DOSSIER, SIGN_OUT)).await;
    assert_eq!((page.status, page.url.host_str()), (200, Some("localhost")), "{}", page.gist());
    assert!(page.says("Se déconnecter ?"), "{}", page.gist());
    // "Rester connecté" leads back to the host that was left.
    let page = who.person.open(&way_back(&page)).await;
    assert_eq!((page.status, page.url.as_str()), (200, site.on(DOSSIER, "/").as_str()), "{}", page.gist());
}

#[tokio::test]
async fn s05_s09_whatever_else_ends_the_session_ends_it_on_every_host() {
    for what in ["a raised epoch", "a closed account"] {
        let site = site().await;
        let mut who = site.activated().await;
        reach(&site, &mut who.person, DOSSIER).await;
        site.edit(&who.legacy_id, |account| match what {
            "a raised epoch" => account.epoch += 1,
            _ => account.state = guichet::account::State::Disabled,
        })
        .await;
        site.app.login.sessions.forget_everything();
        let page = who.person.send("GET", &site.on(DOSSIER, ASKED), &[("Sec-Fetch-Mode", "cors")], b"").await;
        assert_eq!(page.status, 401, "{what}");
        assert!(page.body.contains("urn:guichet:problem:revoked"), "{what}: {}", page.body);
    }
    let site = site().await;
    let mut who = site.activated().await;
    reach(&site, &mut who.person, DOSSIER).await;
    for _ in 0..9 {
        site.forward(25 * 60);
        assert!(passes(&site, &mut who.person, DOSSIER).await);
    }
    site.forward(16 * 60);
    let page = who.person.send("GET", &site.on(DOSSIER, ASKED), &[("Sec-Fetch-Mode", "cors")], b"").await;
    assert!(page.body.contains("\"absolute\""), "{}", page.body);
}

#[tokio::test]
async fn s09_a_request_on_any_host_keeps_the_session_alive_and_silence_on_all_ends_it() {
    let site = site().await;
    let mut who = site.activated().await;
    reach(&site, &mut who.person, DOSSIER).await;
    for host in [DOSSIER, "localhost", DOSSIER, "localhost"] {
        site.forward(29 * 60);
        assert!(passes(&site, &mut who.person, host).await, "{host}");
    }
    site.forward(31 * 60);
    let page = who.person.send("GET", &site.on(DOSSIER, ASKED), &[("Sec-Fetch-Mode", "cors")], b"").await;
    assert_eq!(page.status, 401);
    let problem: serde_json::Value = serde_json::from_str(&page.body).unwrap();
    assert_eq!(
        (problem["type"].as_str(), problem["reason"].as_str()),
        (Some("urn:guichet:problem:session-expired"), Some("idle"))
    );
    // The way to sign in begins on the host that was asked, or nothing would come back to it.
    assert_eq!(problem["sign_in_url"], site.on(DOSSIER, SIGN_IN));
    let page = who.person.open(&site.on(DOSSIER, ASKED)).await;
    assert_eq!((page.url.host_str(), page.url.path()), (Some("localhost"), SIGN_IN));
}

#[tokio::test]
async fn what_is_due_is_asked_where_people_sign_in_and_leads_back() {
    let site = site().await;
    let mut person = site.imported("751234567").await;
    let page = person.open(&site.on(DOSSIER, ASKED)).await;
    assert_eq!(page.url.path(), "/_guichet/activation/information", "{}", page.gist());
    assert_eq!(page.url.host_str(), Some("localhost"));
    person.submit(&page, "/_guichet/activation/information", &[]).await;
    let page = site.to_password(&mut person, "lucas.moreau@example.com").await;
    let answers = [("new_password", "Grenouille-Verte47"), ("confirm_password", "Grenouille-Verte47")];
    let page = person.submit(&page, "/_guichet/activation/mot-de-passe", &answers).await;
    let page = person.follow(page).await;
    let page = person.submit(&page, "/_guichet/activation/telephone", &[("action", "ignorer")]).await;
    let page = person.follow(page).await;
    let page = person.submit(&page, "/_guichet/activation/structure", &[]).await;
    let page = person.follow(page).await;
    let page = person.open(&way_back(&page)).await;
    assert_eq!((page.status, page.url.as_str()), (200, site.on(DOSSIER, ASKED).as_str()), "{}", page.gist());
}

#[tokio::test]
async fn who_signs_in_on_a_host_of_its_own_and_named_no_page_comes_to_the_portal() {
    let site = Site::with(|settings| {
        for route in &mut settings.routes {
            route.host = Some(DOSSIER.into());
        }
        settings.home_url = Some(settings.public_url.origin_of(DOSSIER).parse().unwrap());
    })
    .await;
    let mut who = site.activated().await;
    let page = who.person.get("/").await;
    assert_eq!((page.status, page.location()), (303, site.on(DOSSIER, "/").as_str()));
    assert_eq!(who.person.get("/autre").await.status, 404);
    assert_eq!(who.person.send("POST", "/", &[], b"").await.status, 404);
    let mut person = site.person();
    let page = person.get(SIGN_IN).await;
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains(&format!("http://{DOSSIER}:{}", site.port)), "{policy}");
    let page = sign_in(&site, &mut person, &who, &page).await;
    let page = person.follow(page).await;
    assert_eq!((page.status, page.url.as_str()), (200, site.on(DOSSIER, "/").as_str()), "{}", page.gist());
}

#[tokio::test]
async fn w07_forms_on_the_way_to_another_host_may_lead_there_and_nowhere_else() {
    let site = site().await;
    let mut person = site.person();
    let policy = |page: &Page| page.header("content-security-policy").unwrap().to_owned();
    let page = person.open(&site.on(DOSSIER, ASKED)).await;
    assert!(policy(&page).contains(&format!(" http://{DOSSIER}:{}", site.port)), "{}", policy(&page));
    assert!(!policy(&page).contains(LABO));
    let page = person.open(ASKED).await;
    assert!(!policy(&page).contains(DOSSIER));
    // A host that is not served is no place to lead to, whatever the address says.
    let mark = "A".repeat(43);
    let evil = format!("{SIGN_IN}?retour=/_guichet/relais%3Fhote%3Devil.example%26marque%3D{mark}%26retour%3D/");
    let page = person.open(&evil).await;
    assert_eq!(page.status, 200);
    assert!(!policy(&page).contains("evil"), "{}", policy(&page));
}
