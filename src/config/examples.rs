//! The shipped examples are right, and `guichet.toml` names every key with its default: drift is a failed test.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;

use super::sealing::create_sealing_keys;
use super::settings::{Access, EmailSettings, FirstSignIn, Settings, SmsSettings, Speaks};
use super::{assertion_budget, parse, schema};
use crate::entropy::SystemEntropy;

const PRODUCTION: &str = include_str!("../../config/guichet.toml");
const DEMO: &str = include_str!("../../config/demo.toml");

/// Keys whose default the comment tells in words, or whose default depends on another key.
const TOLD_IN_WORDS: [&str; 2] = ["activation.professions", "activation.optional"];

fn with_secrets(folder: &Path) -> Settings {
    let secrets = folder.join("secrets");
    std::fs::create_dir(&secrets).unwrap();
    create_sealing_keys(&secrets.join("sealing-keys"), &SystemEntropy).unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate =
        rcgen::CertificateParams::new(vec!["portail.example".to_owned(), "connexion.portail.example".to_owned()])
            .unwrap();
    std::fs::write(secrets.join("portail.pem"), certificate.self_signed(&key).unwrap().pem()).unwrap();
    let key_file = secrets.join("portail.key");
    std::fs::write(&key_file, key.serialize_pem()).unwrap();
    std::fs::set_permissions(&key_file, std::fs::Permissions::from_mode(0o600)).unwrap();
    for name in ["smtp-password", "sms-secret", "psc-client-secret"] {
        let path = secrets.join(name);
        std::fs::write(&path, "kB3-not-an-ordinary-word\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    parse(PRODUCTION, "config/guichet.toml", &super::tests::NoEnv, folder).unwrap_or_else(|faults| panic!("{faults}"))
}

#[test]
fn the_production_example_is_right_once_its_secrets_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let settings = with_secrets(folder.path());
    assert_eq!(settings.public_url.authority, "connexion.portail.example");
    assert_eq!(settings.home_url.as_ref().unwrap().as_str(), "https://portail.example/");
    assert_eq!(settings.brand.terms_url.as_str(), "https://portail.example/public/conditions-generales");
    assert_eq!((settings.routes[0].path.as_str(), settings.routes[0].policy.access), ("/public", Access::Public));
    assert_eq!((settings.routes[1].path.as_str(), settings.routes[1].policy.access), ("/", Access::Activated));
    let psc = &settings.identity_providers["psc"];
    assert_eq!(psc.first_sign_in, FirstSignIn::KnownOnly);
    assert_eq!(psc.client_secret().unwrap().expose(), "kB3-not-an-ordinary-word", "trailing newline trimmed");
    assert!(matches!(settings.email, EmailSettings::Smtp(_)));
    assert!(matches!(settings.sms, SmsSettings::Http(_)));
    let kinds: Vec<&Speaks> = settings.listeners.iter().map(|listener| &listener.speaks).collect();
    assert_eq!(settings.hsts.as_deref(), Some("max-age=63072000"));
    assert!(matches!(kinds.as_slice(), [Speaks::Http, Speaks::RedirectToHttps, Speaks::Https(_)]), "{kinds:?}");
    assert!(assertion_budget(&settings) <= settings.assertion.max_bytes);
}

#[test]
fn k07_neither_the_summary_nor_debug_prints_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let settings = with_secrets(folder.path());
    let summary = settings.summary().join("\n");
    assert!(
        summary.contains("portail: portail.example/ -> 127.0.0.1:3000, activated, audience https://portail.example/"),
        "{summary}"
    );
    assert!(!summary.contains("kB3"), "{summary}");
    assert!(!format!("{settings:?}").contains("kB3"));
}

#[test]
fn without_its_secrets_the_production_example_says_which_are_missing() {
    let folder = tempfile::tempdir().unwrap();
    let faults = parse(PRODUCTION, "guichet.toml", &super::tests::NoEnv, folder.path()).unwrap_err();
    let keys: Vec<&str> = faults.iter().map(|fault| fault.key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "sealing_keys_file",
            "listener[1].certificates[0].certificate_file",
            "email.smtp.password_file",
            "sms.secret_file",
            "identity_provider.psc.client_secret_file"
        ]
    );
}

#[test]
fn the_demo_example_is_right_and_keeps_the_guides_names() {
    let settings = parse(DEMO, "config/demo.toml", &super::tests::NoEnv, Path::new("/nowhere")).unwrap();
    assert!(settings.development);
    assert_eq!(settings.brand.help_phone, "0.820.20.12.29");
    assert_eq!(settings.brand.legacy, "Résoflux");
    let paths: Vec<&str> = settings.routes.iter().map(|route| route.path.as_str()).collect();
    assert_eq!(paths, ["/compte-en-cours", "/public", "/api", "/"]);
    let nurse = settings.activation.professions.iter().find(|choice| choice.code == "60").unwrap();
    assert!(nurse.finess_optional && !nurse.rpps_optional);
}

#[test]
fn the_production_example_names_every_key_of_the_schema() {
    let schema = schema();
    let mut expected = BTreeSet::new();
    collect(&schema, "", &mut expected, &mut |_, _| {});
    let written: BTreeSet<String> = written().into_iter().map(|(key, ..)| key).collect();
    let missing: Vec<_> = expected.difference(&written).collect();
    assert!(missing.is_empty(), "not in config/guichet.toml: {missing:?}");
    let unknown: Vec<_> = written.difference(&expected).collect();
    assert!(unknown.is_empty(), "not in the schema: {unknown:?}");
}

#[test]
fn the_production_example_tells_every_default() {
    let schema = schema();
    let written = written();
    let mut wrong = Vec::new();
    collect(&schema, "", &mut BTreeSet::new(), &mut |key, default| {
        let told = written
            .iter()
            .any(|(written, comment)| written == key && comment.contains(&format!("Default: {default}.")));
        if !told && !TOLD_IN_WORDS.contains(&key) {
            wrong.push(format!("{key}: Default: {default}."));
        }
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Every key of the schema as the example writes it (`route.path`), and each key's default.
fn collect(schema: &Value, prefix: &str, keys: &mut BTreeSet<String>, default: &mut dyn FnMut(&str, String)) {
    for (name, property) in schema["properties"].as_object().unwrap() {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        let items = &property["items"];
        let others = &property["additionalProperties"];
        // Lists of small tables are written on one line: they count as one key.
        if name == "route" || name == "listener" {
            collect(items, &key, keys, default);
        } else if name == "identity_provider" && prefix.is_empty() {
            collect(others, &key, keys, default);
        } else if property["properties"].is_object() {
            collect(property, &key, keys, default);
        } else {
            if let Some(value) = property.get("default") {
                default(&key, toml_literal(value));
            }
            keys.insert(key);
        }
    }
}

fn toml_literal(value: &Value) -> String {
    match value {
        Value::Array(values) => format!("[{}]", values.iter().map(toml_literal).collect::<Vec<_>>().join(", ")),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => value.to_string(),
    }
}

/// Keys of the example, commented ones too, each with the comment above it.
fn written() -> Vec<(String, String)> {
    let mut table = String::new();
    let mut comment = String::new();
    let mut keys = Vec::new();
    for line in PRODUCTION.lines() {
        let bare = line.strip_prefix("# ").unwrap_or(line);
        let header = line.strip_prefix('[').and_then(|rest| rest.trim_start_matches('[').split(']').next());
        let key = bare
            .split_once(" = ")
            .map(|(key, _)| key)
            .filter(|key| key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'));
        if let Some(header) = header {
            // The name of a provider is not a key; the colours are one key with its comment above.
            table = header.replace("identity_provider.psc", "identity_provider");
            if table == "brand.colours" {
                keys.push((table.clone(), comment.clone()));
            }
            comment.clear();
        } else if let Some(key) = key {
            let key = if table.is_empty() { key.to_owned() } else { format!("{table}.{key}") };
            if table != "brand.colours" {
                keys.push((key, comment.clone()));
            }
            comment.clear();
        } else if let Some(text) = line.strip_prefix('#') {
            comment.push_str(text);
        } else {
            comment.clear();
        }
    }
    keys
}
