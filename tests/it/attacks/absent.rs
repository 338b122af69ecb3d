//! Cases of what this issue does not have: each is refused, and nothing happens.

use crate::support::person::{Page, Person};
use crate::support::site::Site;

const SESSION: &str = "__Host-guichet";

async fn form(person: &mut Person, address: &str, body: &str, more: &[(&str, &str)]) -> Page {
    let lines = [&[("Content-Type", "application/x-www-form-urlencoded")][..], more].concat();
    person.send("POST", address, &lines, body.as_bytes()).await
}

/// Neither found nor led anywhere, for a signed-in person and for nobody, and nothing asked of the upstream.
async fn refused(site: &Site, who: &Person, addresses: &[String], bodies: &[&str]) {
    let before = (site.upstream.heads().len(), site.sent().await);
    for address in addresses {
        for mut person in [who.clone(), site.person()] {
            let page = person.get(address).await;
            assert!(matches!(page.status, 400 | 404 | 405), "GET {address} {}", page.status);
            assert_eq!((page.header("location"), page.cookie(SESSION)), (None, None), "{address}");
            for body in bodies {
                for lines in
                    [&[][..], &[("Authorization", "Basic cG9ydGFpbDpzZWNyZXQ=")], &[("DPoP", "eyJhbGciOiJIUzI1NiJ9..")]]
                {
                    let page = form(&mut person, address, body, lines).await;
                    assert!(matches!(page.status, 400 | 403 | 404 | 405), "POST {address} {}", page.status);
                    assert_eq!((page.header("location"), page.cookie(SESSION)), (None, None), "{address}");
                }
            }
        }
    }
    assert_eq!((site.upstream.heads().len(), site.sent().await), before);
}

#[tokio::test]
async fn b01_b02_b06_b07_b08_b14_there_is_no_openid_provider() {
    let site = Site::start().await;
    let who = site.activated().await;
    let redirects = [
        "https://app.test/retour",
        "https://APP.test/retour/",
        "https://app.test/../retour",
        "https://app.test@evil.test",
        "https://app.test%5C@evil.test",
        "https://app.test.evil.test",
        "javascript:alert(1)",
    ];
    let ends = [
        "authorize",
        "oauth/authorize",
        "oidc/auth",
        "token",
        "oauth/token",
        "userinfo",
        "introspect",
        "revoke",
        "par",
        "register",
    ];
    let mut addresses: Vec<String> = ends.iter().map(|end| format!("/_guichet/{end}")).collect();
    for redirect in redirects {
        let query = "response_type=code&client_id=a&scope=openid&code_challenge=x&code_challenge_method=plain";
        addresses.push(format!("/_guichet/authorize?{query}&redirect_uri={redirect}"));
    }
    let bodies = [
        "grant_type=authorization_code&code=abc&redirect_uri=https://app.test/retour&client_id=a&client_secret=b",
        "grant_type=authorization_code&code=abc&code_verifier=&client_id=other",
        "grant_type=refresh_token&refresh_token=abc",
        "flow=abc&code=abc",
    ];
    refused(&site, &who.person, &addresses, &bodies).await;
    assert_eq!(site.portal(&who.person.session()).await, 200);
}

#[tokio::test]
async fn c23_there_is_no_front_channel_logout_and_a_back_channel_of_known_providers_only() {
    let site = Site::start().await;
    let mut nurse = site.person();
    let page = site.psc(&mut nurse, "infirmiere").await;
    nurse.follow(page).await;
    let paths = [
        "backchannel-logout",
        "backchannel-logout/autre",
        "backchannel-logout/psc/",
        "backchannel-logout/psc/x",
        "backchannel_logout/psc",
        "logout",
        "logout/psc",
        "frontchannel-logout",
        "deconnexion/psc",
        "callback/psc/logout",
    ];
    let mut addresses: Vec<String> = paths.iter().map(|path| format!("/_guichet/{path}")).collect();
    addresses.push("/_guichet/frontchannel-logout?iss=http://localhost&sid=abc".to_owned());
    let token = "eyJhbGciOiJub25lIiwidHlwIjoibG9nb3V0K2p3dCJ9.eyJzdWIiOiJ4IiwiZXZlbnRzIjp7fX0.";
    let body = format!("logout_token={token}");
    refused(&site, &nurse, &addresses, &[&body, "logout_token=", "sid=abc&iss=x"]).await;
    // The callback takes no logout token, and the sign-out form no one's word for it.
    let page = form(&mut site.person(), "/_guichet/callback/psc", &body, &[]).await;
    assert_eq!(page.status, 405);
    let page = form(&mut nurse.clone(), "/_guichet/deconnexion", &body, &[]).await;
    assert!(matches!(page.status, 403 | 409), "{}", page.status);
    assert_eq!(nurse.get("/compte-en-cours").await.status, 200, "nobody was signed out");
}

#[tokio::test]
async fn c25_bearer_and_query_tokens_are_nobody() {
    let site = Site::start().await;
    let who = site.activated().await;
    let session = who.person.session();
    let mut stranger = site.person();
    let before = site.upstream.heads().len();
    for lines in [
        &[("Authorization", "Bearer anything")][..],
        &[("Authorization", &format!("Bearer {session}"))],
        &[("Authorization", "Basic bHVjYXM6eA==")],
        &[("X-Guichet-Assertion", "eyJhbGciOiJFUzI1NiJ9.e30.x")],
        &[("X-Access-Token", &session)],
        &[("X-Auth-Token", &session)],
    ] {
        assert_eq!(stranger.send("GET", "/api/x", lines, b"").await.status, 401, "{lines:?}");
    }
    for query in [
        "access_token=x".to_owned(),
        format!("access_token={session}"),
        format!("__Host-guichet={session}"),
        format!("session={session}"),
    ] {
        assert_eq!(stranger.send("GET", &format!("/api/x?{query}"), &[], b"").await.status, 401, "{query}");
    }
    assert_eq!(site.upstream.heads().len(), before);
    // Beside a session it changes nothing.
    let page = who.person.clone().send("GET", "/api/x", &[("Authorization", "Bearer anything")], b"").await;
    assert_eq!(page.status, 200);
    assert!(!site.upstream.last().contains("Bearer"));
}

#[tokio::test]
async fn r20_there_is_no_forward_auth_on_the_public_listener() {
    let site = Site::start().await;
    let who = site.activated().await;
    let mut people = [who.person.clone(), site.person()];
    let before = site.upstream.heads().len();
    let rows: [&[(&str, &str)]; 7] = [
        &[],
        &[("X-Forwarded-Host", "localhost"), ("X-Forwarded-Method", "GET"), ("X-Forwarded-Uri", "/")],
        &[("X-Forwarded-Uri", "/public")],
        &[("X-Original-URL", "http://localhost/public"), ("X-Original-Method", "GET")],
        &[("X-Forwarded-Uri", "/a"), ("X-Forwarded-Uri", "/public")],
        &[("X-Forwarded-Uri", "/_guichet/connexion")],
        &[("X-Envoy-Original-Path", "/public")],
    ];
    for address in
        ["auth", "forward-auth", "forward_auth", "verify", "authz", "ext-authz", "check", "auth/nginx", "outpost/auth"]
    {
        for lines in rows {
            for person in &mut people {
                let page = person.send("GET", &format!("/_guichet/{address}"), lines, b"").await;
                assert_eq!(page.status, 404, "{address} {lines:?}");
            }
        }
    }
    assert_eq!(site.upstream.heads().len(), before);
}

#[tokio::test]
async fn t17_a_value_made_for_one_purpose_serves_no_other() {
    let site = Site::start().await;
    let mut person = site.person();
    let page = person.get("/_guichet/connexion").await;
    let form = page.form("/_guichet/connexion").unwrap();
    let answers = [("identifier", "751234567"), ("password", Site::legacy_password("751234567")), ("remember", "oui")];
    person.submit(&page, "/_guichet/connexion", &answers).await;
    site.to_email(&mut person, &[("email", "autre@example.com"), ("phone", "")]).await;
    site.sent().await;
    let text = site.messages("lucas.moreau@example.com").remove(0).text;
    let (_, freeze) = text.split_once("bloquer?jeton=").unwrap();
    let freeze: String = freeze.chars().take_while(|letter| !letter.is_whitespace()).collect();
    let (callback, _) = site.psc_callback(&mut site.person(), "infirmiere", "").await;
    let state = url::Url::parse(&callback).unwrap();
    let state = state.query_pairs().find(|(key, _)| key == "state").unwrap().1.into_owned();
    let cookie = |name: &str| person.cookie(name).unwrap().to_owned();
    let minted = [
        ("session", cookie(SESSION)),
        ("flow cookie", cookie("__Host-guichet-flow")),
        ("device", cookie("__Host-guichet-device")),
        ("identifier", cookie("__Host-guichet-id")),
        ("flow", form["flow"].clone()),
        ("token", form["token"].clone()),
        ("freeze", freeze),
        ("state", state),
    ];
    for (purpose, value) in &minted {
        let mut other = site.person();
        if *purpose != "session" {
            other.set_cookie(SESSION, value);
            assert_ne!(other.get("/compte-en-cours").await.status, 200, "{purpose} as a session");
            other = site.person();
        }
        if *purpose != "identifier" {
            other.set_cookie("__Host-guichet-id", value);
            let shown = other.get("/_guichet/connexion").await;
            assert_eq!(shown.form("/_guichet/connexion").unwrap()["identifier"], "", "{purpose} as an identifier");
        }
        if *purpose != "freeze" {
            let page = other.get(&format!("/_guichet/activation/bloquer?jeton={value}")).await;
            assert!(page.form("/_guichet/activation/bloquer").is_none(), "{purpose} as a freeze link");
        }
        if *purpose != "state" {
            let page = other.get(&format!("/_guichet/callback/psc?state={value}&code=x")).await;
            assert_eq!(page.status, 400, "{purpose} as a state");
        }
        let fields =
            [("token", value.as_str()), ("flow", value.as_str()), ("identifier", "751234567"), ("password", "x")];
        let page = other.post("/_guichet/connexion", &fields).await;
        assert_eq!(page.status, 409, "{purpose} as a form's token");
        if *purpose != "device" {
            other.set_cookie("__Host-guichet-device", value);
            let account = site.account("751234567").await;
            let device = guichet::login::Device(value.clone());
            assert!(!account.devices.keys().any(|mark| *mark == device.0), "{purpose} as a device");
        }
    }
}
