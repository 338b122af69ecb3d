//! One snippet per rule, and the line that an administrator reads.

mod forward_auth;
mod forwarding;
mod listeners;
mod people;
mod providers;
mod routes;

use std::path::Path;

use super::env::Env;
use super::parse;
use super::settings::Settings;

pub(super) struct NoEnv;

impl Env for NoEnv {
    fn var(&self, _name: &str) -> Option<String> {
        None
    }
}

struct OneVariable;

impl Env for OneVariable {
    fn var(&self, name: &str) -> Option<String> {
        (name == "GUICHET_TEST").then(|| "aB3$from-the-environment\n".to_owned())
    }
}

/// A right configuration for development, in parts that a test replaces by name.
const BASE: [(&str, &str); 6] = [
    ("top", "public_url = \"http://localhost:8080\"\ndevelopment = true"),
    ("more", ""),
    ("route", "[[route]]\npath = \"/\"\nupstream = \"http://127.0.0.1:3000\""),
    (
        "brand",
        "[brand]\nname = \"Exemple\"\nlegacy = \"Ancien\"\nhelp_phone = \"01\"\nhelp_email = \"a@exemple.fr\"\nterms_url = \"/c\"\nterms_version = \"1\"\nterms_date = \"hier\"",
    ),
    ("email", "[email]\nfrom = \"a@exemple.fr\""),
    ("end", ""),
];

fn text(changes: &[(&str, &str)]) -> String {
    let part = |(name, part): &(&str, &str)| {
        changes
            .iter()
            .find(|(changed, _)| changed == name)
            .map_or((*part).to_owned(), |(_, change)| (*change).to_owned())
    };
    BASE.iter().map(part).collect::<Vec<_>>().join("\n")
}

fn settings(changes: &[(&str, &str)]) -> Settings {
    parse(&text(changes), "guichet.toml", &OneVariable, Path::new("/nowhere"))
        .unwrap_or_else(|faults| panic!("{faults}"))
}

fn faults(changes: &[(&str, &str)]) -> Vec<String> {
    match parse(&text(changes), "guichet.toml", &OneVariable, Path::new("/nowhere")) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.iter().map(ToString::to_string).collect(),
    }
}

/// Each snippet alone must give exactly one fault that starts as said (after file and line).
fn each_gives(part: &str, cases: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (snippet, expected) in cases {
        let found = faults(&[(part, snippet)]);
        let alone = match found.as_slice() {
            [only] => only.splitn(3, ':').nth(2).unwrap().trim_start().starts_with(expected),
            _ => false,
        };
        if !alone {
            wrong.push(format!("{snippet}\n  expected {expected}\n  found {found:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn the_base_of_these_tests_is_right() {
    let settings = settings(&[]);
    assert_eq!(settings.public_url.authority, "localhost:8080");
    assert_eq!(settings.routes[0].audience, "http://localhost:8080/");
    assert_eq!(settings.brand.terms_url.as_str(), "http://localhost:8080/c");
}

#[test]
fn a_fault_names_file_line_key_what_is_wrong_and_what_is_allowed() {
    let found = faults(&[("route", "[[route]]\npath = \"/\"\nupstream = \"ftp://x\"")]);
    assert_eq!(
        found,
        [
            "guichet.toml:6: route[0].upstream: \"ftp://x\" is not an upstream; allowed: \"http://host:port\" or \"https://host:port\""
        ]
    );
}

#[test]
fn every_fault_is_reported_at_once_in_the_order_of_the_file() {
    let found = faults(&[
        ("top", "public_url = \"http://localhost:8080\"\ndevelopment = true\nlisten = [\"nowhere\"]\nlistn = 1"),
        ("end", "[session]\nidle = \"300x\"\nremember_me = \"always\"\n[limits]\nheaders = \"many\"\nheads = 1"),
    ]);
    assert_eq!(
        found,
        [
            "guichet.toml:3: listen[0]: \"nowhere\" is not an address and port; allowed: \"127.0.0.1:8080\", \"0.0.0.0:8080\", \"[::]:8080\"",
            "guichet.toml:4: listn: is not a key of this table; allowed: did you mean listen?",
            "guichet.toml:20: session.idle: \"300x\" is not a duration; allowed: \"1 min\" to \"24 h\" (units: ms, s, min, h)",
            "guichet.toml:21: session.remember_me: \"always\" is not one of its words; allowed: \"identifier\", \"session\", \"off\"",
            "guichet.toml:23: limits.headers: has the wrong type (string); allowed: a whole number without quotes",
            "guichet.toml:24: limits.heads: is not a key of this table; allowed: did you mean headers?",
        ]
    );
}

#[test]
fn k01_text_that_is_not_toml_names_each_line_and_quotes_nothing() {
    let found =
        faults(&[("top", "public_url = \"http://localhost:8080\"\nsecret = hunter2hunter2\ndevelopment = = true")]);
    assert!(found.len() >= 2, "{found:#?}");
    assert!(found[0].starts_with("guichet.toml:2: this is not TOML: "), "{found:#?}");
    assert!(found.iter().all(|fault| !fault.contains("hunter2")), "{found:#?}");
}

#[test]
fn k01_unknown_keys_wrong_types_and_durations_are_refused() {
    each_gives(
        "more",
        &[
            ("statedir = \"x\"", "statedir: is not a key of this table; allowed: did you mean state_dir?"),
            ("base_url = \"x\"", "base_url: is not a key of this table; allowed: did you mean public_url?"),
            ("[session]\nidle = \"-5 min\"", "session.idle: \"-5 min\" is not a duration"),
            (
                "[session]\nidle = \"99999999999999999999 s\"",
                "session.idle: \"99999999999999999999 s\" is not a duration",
            ),
            ("[session]\nidle = 30", "session.idle: has the wrong type (integer); allowed: a text in quotes"),
            ("[codes]\ntries = -1", "codes.tries: -1 is out of bounds"),
            ("[codes]\ntries = 99999999999", "codes.tries: 99999999999 is out of bounds"),
            ("[codes]\ntries = 11", "codes.tries: 11 is out of bounds; allowed: 1 to 10"),
            ("[[codes]]\ntries = 5", "codes: has the wrong type (array); allowed: a table"),
            ("[log]\naccess = \"yes\"", "log.access: has the wrong type (string); allowed: true or false"),
            ("[log]\nlevel = \"guichet=loud\"", "log.level: \"guichet=loud\" is not a filter"),
        ],
    );
}

#[test]
fn k03_public_addresses_are_origins_and_http_stays_on_loopback() {
    each_gives(
        "top",
        &[
            ("development = true", "public_url: is missing"),
            (
                "development = true\npublic_url = \"portail.example\"",
                "public_url: \"portail.example\" is not an origin",
            ),
            (
                "development = true\npublic_url = \"https://Portail.example/\"",
                "public_url: \"https://Portail.example/\" is not an origin as browsers write it; allowed: \"https://portail.example\"",
            ),
            (
                "development = true\npublic_url = \"http://portail.example\"",
                "public_url: \"http://portail.example\" is http and not on loopback",
            ),
            (
                "development = true\npublic_url = \"http://localhost\"\nlisten = [\"0.0.0.0:8080\"]",
                "listen[0]: \"0.0.0.0:8080\" is not loopback",
            ),
            ("development = true\npublic_url = \"http://localhost\"\nlisten = []", "listen: is empty"),
            (
                "development = true\npublic_url = \"http://localhost\"\nlisten = [\"127.0.0.1:1\", \"127.0.0.1:1\"]",
                "listen[1]: \"127.0.0.1:1\" stands here twice",
            ),
        ],
    );
}

#[test]
fn k03_what_only_development_may_leave_out_is_asked_in_production() {
    let found = faults(&[
        ("top", "public_url = \"http://localhost:8080\""),
        ("email", "[email]\nfrom = \"a@exemple.fr\"\ntransport = \"outbox\"\n[sms]\ntransport = \"outbox\""),
        (
            "end",
            "[password]\nmemory_kib = 1024\n[log]\nlevel = \"trace\"\n[identity_provider.psc]\nissuer = \"http://localhost:1/i\"\nclient_id = \"c\"\nclient_secret = \"kB3-in-clear-text\"",
        ),
    ]);
    let keys: Vec<&str> = found.iter().map(|fault| fault.split(": ").nth(1).unwrap()).collect();
    assert_eq!(
        keys,
        [
            "public_url",
            "sealing_keys_file",
            "email.transport",
            "sms.transport",
            "password.memory_kib",
            "log.level",
            "identity_provider.psc.first_sign_in",
            "identity_provider.psc.issuer",
            "identity_provider.psc.client_secret",
        ],
        "{found:#?}"
    );
    assert!(found.iter().any(|fault| fault.ends_with("a secret may not stand in this file; allowed: client_secret_file = \"path\" or client_secret_env = \"VARIABLE\"")));
    assert!(found.iter().all(|fault| !fault.contains("kB3")), "{found:#?}");
}

#[test]
fn i11_nearly_everyone_is_never_a_trusted_proxy() {
    each_gives(
        "more",
        &[
            ("trusted_proxies = [\"0.0.0.0/0\"]", "trusted_proxies[0]: \"0.0.0.0/0\" trusts nearly everyone"),
            ("trusted_proxies = [\"::/0\"]", "trusted_proxies[0]: \"::/0\" trusts nearly everyone"),
            ("trusted_proxies = [\"128.0.0.0/1\"]", "trusted_proxies[0]: \"128.0.0.0/1\" trusts nearly everyone"),
            (
                "trusted_proxies = [\"10.1.2.3/8\"]",
                "trusted_proxies[0]: \"10.1.2.3/8\" has bits beyond its prefix; allowed: \"10.0.0.0/8\"",
            ),
            ("trusted_proxies = [\"*\"]", "trusted_proxies[0]: \"*\" is not a network"),
        ],
    );
    assert_eq!(settings(&[("more", "trusted_proxies = [\"10.0.0.7\"]")]).trusted_proxies[0].to_string(), "10.0.0.7/32");
}

#[test]
fn k09_placeholders_of_the_environment_are_never_expanded() {
    let settings = settings(&[("more", "state_dir = \"/x/${HOME}/{env.HOME}\"")]);
    assert_eq!(settings.state_dir, Path::new("/x/${HOME}/{env.HOME}"));
}
