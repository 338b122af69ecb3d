//! The listener of other proxies: its own, with a secret that every proxy can carry.

use super::{each_gives, faults, settings};
use crate::config::settings::ForwardAuthListen;

const SECRET: &str = "secret = \"kB3-shared-with-the-proxy\"";

fn table(keys: &str) -> String {
    format!("[forward_auth]\n{keys}")
}

#[test]
fn it_is_off_until_it_has_an_address() {
    assert!(settings(&[]).forward_auth.is_none());
    assert!(settings(&[("end", &table(SECRET))]).forward_auth.is_none());
    let tcp = settings(&[("end", &table(&format!("listen = \"127.0.0.1:9180\"\n{SECRET}")))]).forward_auth.unwrap();
    assert_eq!(tcp.listen, ForwardAuthListen::Tcp("127.0.0.1:9180".parse().unwrap()));
    assert_eq!(tcp.secret.expose(), "kB3-shared-with-the-proxy");
    let unix = table(&format!("listen = \"unix:/run/guichet/forward-auth.sock\"\n{SECRET}"));
    let unix = settings(&[("end", &unix)]);
    let listen = &unix.forward_auth.as_ref().unwrap().listen;
    assert_eq!(*listen, ForwardAuthListen::Unix("/run/guichet/forward-auth.sock".into()));
    let summary = unix.summary().join("\n");
    assert!(summary.contains("forward-auth: asked on unix:/run/guichet/forward-auth.sock, with a secret"), "{summary}");
    assert!(!format!("{unix:?}{summary}").contains("kB3"));
}

#[test]
fn k07_r20_it_is_never_a_public_listener_and_never_without_a_secret() {
    let cases = [
        ("listen = \"127.0.0.1:8080\"", "forward_auth.listen: \"127.0.0.1:8080\" is a public listener"),
        ("listen = \"127.0.0.1:9090\"", "forward_auth.listen: \"127.0.0.1:9090\" is the listener of [admin]"),
        ("listen = \"0.0.0.0:9180\"", "forward_auth.listen: \"0.0.0.0:9180\" is not loopback"),
        ("listen = \"off\"", "forward_auth.listen: \"off\" is not an address and port"),
        ("listen = \"unix:\"", "forward_auth.listen: \"unix:\" is not the path of a socket"),
        ("listen = \"unix:run/x.sock\"", "forward_auth.listen: \"unix:run/x.sock\" is not the path of a socket"),
        ("listen = \"unix:/run/\"", "forward_auth.listen: \"unix:/run/\" is not the path of a socket"),
        ("listen = 9180", "forward_auth.listen: has the wrong type (integer); allowed: a text in quotes"),
        ("listn = \"127.0.0.1:9180\"", "forward_auth.listn: is not a key of this table; allowed: did you mean listen?"),
    ];
    let cases: Vec<(String, &str)> =
        cases.iter().map(|(keys, expected)| (table(&format!("{keys}\n{SECRET}")), *expected)).collect();
    each_gives("end", &cases.iter().map(|(snippet, expected)| (snippet.as_str(), *expected)).collect::<Vec<_>>());
    let listen = |secret: &str| table(&format!("listen = \"127.0.0.1:9180\"\n{secret}"));
    let long = table(&format!("listen = \"unix:/{}\"\n{SECRET}", "x".repeat(107)));
    each_gives(
        "end",
        &[
            (
                &listen(""),
                "forward_auth.secret: is missing; allowed: secret_file = \"path\" or secret_env = \"VARIABLE\"",
            ),
            (&listen("secret = \"short\""), "forward_auth.secret: the secret has 5 characters"),
            (&listen("secret_env = \"UNSET\""), "forward_auth.secret_env: the environment has no UNSET"),
            // It holds a `$`, which nginx would expand.
            (&listen("secret_env = \"GUICHET_TEST\""), "forward_auth.secret: the secret holds a character"),
            (&listen("secret = \"kB3 with blanks\""), "forward_auth.secret: the secret holds a character"),
            (&listen("secret = \"kB3-ünïcode-é\""), "forward_auth.secret: the secret holds a character"),
            (&long, "forward_auth.listen: \"unix:/xxx"),
        ],
    );
}

#[test]
fn a_route_is_without_upstream_only_where_another_proxy_forwards_it() {
    let route = ("route", "[[route]]\npath = \"/\"");
    let found = faults(&[route]);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(
        found[0].contains(
            "route[0].upstream: is missing; allowed: \"http://host:port\" or \"https://host:port\"; left out only with forward_auth.listen"
        ),
        "{found:#?}"
    );
    let settings = settings(&[route, ("end", &table(&format!("listen = \"127.0.0.1:9180\"\n{SECRET}")))]);
    assert!(settings.routes[0].upstream.is_none());
    let summary = settings.summary().join("\n");
    assert!(summary.contains("root: */ -> another proxy (forward-auth only), activated"), "{summary}");
}
