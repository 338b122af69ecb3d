//! The simulator's file: the shipped one is right and whole, and each fault is told with its line and what is allowed.

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;
use crate::config::tests::NoEnv;

fn faults(text: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    match parse(text, "psc.toml", &NoEnv, folder.path(), |_| {}) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.iter().map(ToString::to_string).collect(),
    }
}

const CLIENT: &str = "[[client]]\nid = \"a\"\nsecret = \"12345678\"\nredirect_uris = [\"http://localhost:3000/\"]\n";

#[test]
fn without_a_file_the_shipped_one_is_served_on_the_port_asked() {
    let settings = default_simulator(9181, &NoEnv).unwrap();
    assert_eq!(settings.wallet_origin, "http://127.0.0.1:9181");
    assert_eq!(settings.issuer, "http://localhost:9181/auth/realms/esante-wallet");
    assert_eq!(settings.listen.to_string(), "127.0.0.1:9181");
    assert_eq!(settings.clients[0].auth, [SimulatorAuth::Basic, SimulatorAuth::Post]);
    assert_eq!((settings.levels.ecps, settings.levels.card), (Level::Eidas1, Level::Eidas2));
    assert_eq!(settings.lifetimes.access_token.as_secs(), 120);
    assert!(default_simulator(0, &NoEnv).is_err());
}

#[test]
fn the_defaults_of_the_file_and_of_the_code_are_the_same() {
    let told = parse(CLIENT, "psc.toml", &NoEnv, Path::new(""), |_| {}).unwrap();
    let clients = told.clients.clone();
    let made = SimulatorSettings::with_clients(told.wallet_origin.clone(), told.issuer.clone(), clients);
    assert_eq!(format!("{told:?}"), format!("{made:?}"));
    assert!(!format!("{told:?}").contains("12345678"), "secrets do not print");
}

#[test]
fn every_fault_is_told_with_its_line_its_key_and_what_is_allowed() {
    for (text, expected) in [
        ("lisen = \"x\"\n", "psc.toml:1: lisen: is not a key of this table; allowed: did you mean listen?"),
        (
            "listen = \"8081\"\n",
            "psc.toml:1: listen: \"8081\" is not an address with a port; allowed: \"127.0.0.1:8081\"",
        ),
        ("\nlisten = \"0.0.0.0:8081\"\n", "psc.toml:1: control: could be used from other machines; allowed: false"),
        ("issuer = \"http://127.0.0.1:8081/x\"\n", "psc.toml:1: issuer: stands on the host of wallet_url"),
        ("wallet_url = \"http://a/b\"\n", "psc.toml:1: wallet_url: \"http://a/b\" cannot be its address; allowed: "),
        (
            "mtls = \"require\"\n",
            "psc.toml:1: mtls: \"require\" is not one of its words; allowed: \"off\", \"optional\", \"required\"",
        ),
        (
            "mtls = \"required\"\n",
            "psc.toml:1: mtls: nobody shows a certificate in the clear; allowed: \"off\", or [tls]",
        ),
        (
            "clock_skew_seconds = -3601\n",
            "psc.toml:1: clock_skew_seconds: -3601 is out of bounds; allowed: a whole number from -3600 to 3600",
        ),
        (
            "[lifetimes]\naccess_token = \"2h\"\n",
            "psc.toml:2: lifetimes.access_token: \"2h\" is not a duration; allowed: \"1 s\" to \"1 h\"",
        ),
        (
            "[lifetimes]\nsession_idle = \"5 h\"\n",
            "psc.toml:2: lifetimes.session_idle: is longer than lifetimes.session",
        ),
        ("[levels]\naccepted = []\n", "psc.toml:2: levels.accepted: is empty"),
        ("[tls]\nkey_file = \"none\"\n", "psc.toml:1: tls.certificate_file: is missing; allowed: a PEM file"),
    ] {
        let told = faults(&format!("{text}{CLIENT}"));
        assert!(told.len() == 1 && told[0].starts_with(expected), "{expected}\n{told:#?}");
    }
}

#[test]
fn a_client_that_could_never_authenticate_or_return_is_a_fault() {
    for (text, expected) in [
        ("", "psc.toml:1: client: is missing: nobody could sign in anywhere; allowed: at least one [[client]]"),
        ("[[client]]\nid = \"a\"\nredirect_uris = [\"http://x/\"]\n", "psc.toml:1: client[0].secret: is missing"),
        ("[[client]]\nid = \"a\"\nsecret = \"12345678\"\n", "psc.toml:1: client[0].redirect_uris: is empty"),
        (
            "[[client]]\nid = \"a\"\nsecret = \"12345678\"\nredirect_uris = [\"http://x/#a\"]\n",
            "psc.toml:4: client[0].redirect_uris[0]: \"http://x/#a\" is not an address that a browser opens",
        ),
        (
            "[[client]]\nid = \"a\"\nauth = [\"private_key_jwt\"]\nredirect_uris = [\"http://x/\"]\n",
            "psc.toml:1: client[0].public_key_file: is missing: private_key_jwt could not be verified",
        ),
        (
            "[[client]]\nid = \"a\"\nauth = [\"tls_client_auth\"]\nredirect_uris = [\"http://x/\"]\n",
            "psc.toml:3: client[0].auth: nobody is asked for a certificate",
        ),
        (
            "[[client]]\nid = \"a\"\nauth = [\"none\"]\nsecret = \"12345678\"\nredirect_uris = [\"http://x/\"]\n",
            "psc.toml:3: client[0].auth[0]: \"none\" is not one of its words; allowed: \"basic\", \"post\", ",
        ),
    ] {
        let told = faults(text);
        assert!(told.iter().any(|told| told.starts_with(expected)), "{expected}\n{told:#?}");
    }
    let twice = faults(&format!("{CLIENT}{CLIENT}"));
    assert!(twice[0].starts_with("psc.toml:6: client[1].id: \"a\" is also the id"), "{twice:?}");
}

#[test]
fn the_shipped_file_names_every_key_and_tells_its_default() {
    let schema = simulator_schema();
    let (mut missing, mut untold) = (Vec::new(), Vec::new());
    let mut known = BTreeSet::new();
    collect(&schema, &mut |key, default| {
        known.insert(key.to_owned());
        let Some((comment, _)) = comment_of(key) else { return missing.push(key.to_owned()) };
        // An address or file that may be absent has its default told in words.
        if let Some(default) = default.filter(|default| !comment.contains(&format!("Default: {default}."))) {
            untold.push(format!("{key}: Default: {default}."));
        }
    });
    assert!(missing.is_empty() && untold.is_empty(), "missing {missing:?}, untold {untold:?}");
    for line in EXAMPLE.lines() {
        let bare = line.strip_prefix("# ").unwrap_or(line);
        let key = bare.split_once(" = ").map(|(key, _)| key);
        if let Some(key) = key.filter(|key| key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')) {
            assert!(known.contains(key), "{key} is not a key");
        }
    }
}

/// Every key that holds a value, by its own name, and its default.
fn collect(schema: &Value, found: &mut dyn FnMut(&str, Option<String>)) {
    for (name, property) in schema["properties"].as_object().unwrap() {
        let inner = if name == "client" { &property["items"] } else { property };
        if inner["properties"].is_object() {
            collect(inner, found);
        } else {
            let default = property.get("default").map(|value| match value.as_array() {
                Some(values) => format!("[{}]", values.iter().map(Value::to_string).collect::<Vec<_>>().join(", ")),
                None => value.to_string(),
            });
            found(name, default);
        }
    }
}

/// The comment above the first line that gives this key, and the line.
fn comment_of(key: &str) -> Option<(String, &'static str)> {
    let mut comment = String::new();
    for line in EXAMPLE.lines() {
        let bare = line.strip_prefix("# ").unwrap_or(line);
        if bare.starts_with(&format!("{key} = ")) {
            return Some((comment, line));
        }
        match line.strip_prefix('#') {
            Some(text) => comment.push_str(text),
            None => comment.clear(),
        }
    }
    None
}
