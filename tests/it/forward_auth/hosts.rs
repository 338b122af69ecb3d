//! A portal of several hosts behind another proxy: the session of each host, and the way to sign in that begins on it.

use guichet::config::settings::{Access, Route};

use super::{Asked, SECRET, the_assertion};
use crate::support::raw::{Answer, ask};
use crate::support::settings::{route_for, settings};

const DOSSIER: &str = "dossier.test";

async fn with_hosts() -> Asked {
    let nowhere = std::net::SocketAddr::from(([127, 0, 0, 1], 9));
    let route = |host: &str| {
        let route = route_for(host, "/", nowhere, Access::Activated);
        Route { upstream: None, host: Some(host.into()), ..route }
    };
    Asked::of(settings(vec![route("portail.test"), route(DOSSIER), route("labo.test")])).await
}

async fn question(asked: &Asked, dialect: &str, host: &str, lines: &str) -> Answer {
    let lines = format!("X-Guichet-Forward-Auth: {SECRET}\r\n{lines}");
    let question = match dialect {
        "nginx" => format!(
            "GET /nginx HTTP/1.1\r\nHost: guichet_asked\r\nX-Original-Method: GET\r\nX-Original-Host: {host}\r\n\
             X-Original-URI: /a?b=c\r\n{lines}\r\n"
        ),
        _ => format!(
            "GET /{dialect} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-Method: GET\r\nX-Forwarded-Proto: https\r\n\
             X-Forwarded-Host: {host}\r\nX-Forwarded-Uri: /a?b=c\r\n{lines}\r\n"
        ),
    };
    ask(asked.at, question).await
}

#[tokio::test]
async fn the_way_to_sign_in_begins_on_the_host_that_was_asked_for() {
    let asked = with_hosts().await;
    let way = "https://dossier.test/_guichet/connexion?retour=/a%3Fb%3Dc";
    let told = question(&asked, "nginx", DOSSIER, "Sec-Fetch-Mode: navigate\r\n").await;
    assert_eq!((told.status, told.header("x-guichet-location")), (401, Some(way)));
    let told = question(&asked, "traefik", DOSSIER, "Sec-Fetch-Mode: navigate\r\n").await;
    assert_eq!((told.status, told.header("location")), (303, Some(way)));
    let told = question(&asked, "traefik", DOSSIER, "Sec-Fetch-Mode: cors\r\n").await;
    assert_eq!(told.json()["sign_in_url"], "https://dossier.test/_guichet/connexion");
    let told = question(&asked, "traefik", "portail.test", "Sec-Fetch-Mode: cors\r\n").await;
    assert_eq!(told.json()["sign_in_url"], "https://portail.test/_guichet/connexion");
}

#[tokio::test]
async fn s02_a_token_opens_the_host_it_was_given_for_and_no_other() {
    let asked = with_hosts().await;
    let zoe = asked.gate.activated().await;
    let (token, _) = asked.gate.sessions.open_on(DOSSIER, zoe.token.key()).await.unwrap().unwrap();
    let there = format!("Cookie: __Host-guichet={}\r\n", token.expose());
    for dialect in ["nginx", "traefik", "caddy"] {
        for (host, cookie, status) in [
            (DOSSIER, &there, 200),
            ("portail.test", &there, 401),
            ("labo.test", &there, 401),
            (DOSSIER, &zoe.cookie(), 401),
            ("portail.test", &zoe.cookie(), 200),
        ] {
            let told = question(&asked, dialect, host, cookie).await;
            assert_eq!(told.status, status, "{dialect} {host} {}", told.head);
            if status == 200 {
                assert_eq!(the_assertion(&asked.gate, &told.head), zoe.account.to_string());
            }
        }
    }
    asked.gate.end(&zoe).await;
    assert_eq!(question(&asked, "traefik", DOSSIER, &there).await.status, 401);
}
