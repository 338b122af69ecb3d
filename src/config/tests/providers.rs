//! Identity providers and secrets.

use super::{NoEnv, each_gives, faults, settings, text};
use crate::config::parse;
use crate::config::settings::FirstSignIn;

/// A provider whose keys a test adds to; each key at most once.
fn provider(name: &str, keys: &str) -> String {
    let given = |key: &str| keys.lines().any(|line| line.starts_with(&format!("{key} =")));
    let usual = [("issuer", "https://op.example"), ("client_id", "c"), ("client_secret", "kB3-in-clear-text")];
    let usual = usual.iter().filter(|(key, _)| !given(key)).map(|(key, value)| format!("{key} = \"{value}\"\n"));
    let without_secret = keys.contains("client_secret_");
    let usual: String = usual.filter(|line| !(without_secret && line.starts_with("client_secret"))).collect();
    format!("[identity_provider.{name}]\n{usual}{keys}\n")
}

#[test]
fn identity_providers_are_safe_to_believe() {
    let cases = [
        (
            provider("psc", "issuer = \"http://op.example\""),
            "identity_provider.psc.issuer: \"http://op.example\" is not a safe address",
        ),
        (
            provider("psc", "issuer = \"https://op.example/?a\""),
            "identity_provider.psc.issuer: \"https://op.example/?a\" has a query",
        ),
        (provider("local", ""), "identity_provider.local: \"local\" is not a name"),
        (
            provider("psc", "algorithms = [\"HS256\"]"),
            "identity_provider.psc.algorithms[0]: \"HS256\" is never accepted",
        ),
        (provider("psc", "algorithms = [\"none\"]"), "identity_provider.psc.algorithms[0]: \"none\" is never accepted"),
        (
            provider("psc", "acr_minimum = \"eidas9\""),
            "identity_provider.psc.acr_minimum: \"eidas9\" is not in acr_ranks; allowed: \"eidas1\", \"eidas2\", \"eidas3\"",
        ),
        (provider("psc", "scopes = [\"scope_all\"]"), "identity_provider.psc.scopes: does not ask \"openid\""),
        (
            provider("psc", "scopes = [\"openid scope_all\", \"openid\"]"),
            "identity_provider.psc.scopes[0]: \"openid scope_all\" is not one word",
        ),
        (
            provider("psc", "client_id = \"http://localhost:8080/\""),
            "identity_provider.psc.client_id: is also the audience of a route",
        ),
        (provider("psc", "people = [\"student\", \"student\"]"), "identity_provider.psc.people[1]: \"student\""),
        (
            provider("psc", "people = [\"doctor\"]"),
            "identity_provider.psc.people[0]: \"doctor\" is not one of its words",
        ),
        (
            provider("psc", "professions = [\"93^titles\"]"),
            "identity_provider.psc.professions[0]: \"93^titles\" is not a profession code",
        ),
        (
            provider("psc", "first_sign_in = \"maybe\""),
            "identity_provider.psc.first_sign_in: \"maybe\" is not one of its words",
        ),
        (
            provider("psc", "clientid = \"x\""),
            "identity_provider.psc.clientid: is not a key of this table; allowed: did you mean client_id?",
        ),
        (
            provider("psc", "client_secret_env = \"UNSET\""),
            "identity_provider.psc.client_secret_env: the environment has no UNSET",
        ),
        (
            provider("psc", "client_secret_file = \"s\""),
            "identity_provider.psc.client_secret_file: \"/nowhere/s\" cannot be read",
        ),
        (
            provider("psc", "client_secret = \"short\""),
            "identity_provider.psc.client_secret: the secret has 5 characters",
        ),
        (
            provider("psc", "client_secret = \"kB3-in-clear-text\"\nclient_secret_env = \"GUICHET_TEST\"")
                .replace(
                    "[identity_provider.psc]\n",
                    "[identity_provider.psc]\nclient_secret = \"kB3-in-clear-text\"\n",
                )
                .replacen("client_secret = \"kB3-in-clear-text\"\n", "", 1),
            "identity_provider.psc.client_secret: is given in more than one way",
        ),
        (provider("autre", ""), "identity_provider.autre: \"autre\" has no pages in this version"),
    ];
    each_gives("end", &cases.iter().map(|(snippet, expected)| (snippet.as_str(), *expected)).collect::<Vec<_>>());
}

#[test]
fn k05_two_providers_of_one_issuer_are_refused() {
    let found = faults(&[("end", &(provider("autre", "") + &provider("psc", "issuer = \"https://op.example/\"")))]);
    let expected = "identity_provider.psc.issuer: \"https://op.example/\" is also the issuer of \"autre\"";
    assert!(found.iter().any(|fault| fault.contains(expected)), "{found:#?}");
}

#[test]
fn a_secret_comes_from_the_environment_without_its_newline() {
    let settings = settings(&[("end", &provider("psc", "client_secret_env = \"GUICHET_TEST\""))]);
    assert_eq!(settings.identity_providers["psc"].client_secret.expose(), "aB3$from-the-environment");
    assert_eq!(settings.identity_providers["psc"].first_sign_in, FirstSignIn::Create);
}

#[test]
fn k02_world_readable_and_example_secrets_are_refused_in_production() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    let production = text(&[
        ("top", "public_url = \"https://portail.example\"\nsealing_keys_file = \"keys\""),
        ("email", "[email]\nfrom = \"a@exemple.fr\"\ntransport = \"smtp\"\nsmtp = { host = \"mx.example\" }"),
        ("end", &provider("psc", "client_secret_file = \"secret\"\nfirst_sign_in = \"create\"")),
    ]);
    crate::config::create_sealing_keys(&folder.path().join("keys"), &crate::entropy::SystemEntropy).unwrap();
    let judge = |content: &str, mode: u32| {
        std::fs::write(&secret, content).unwrap();
        std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(mode)).unwrap();
        parse(&production, "guichet.toml", &NoEnv, folder.path()).map(|_| ()).map_err(|faults| faults.to_string())
    };
    judge("kB3-not-an-ordinary-word\n", 0o640).unwrap();
    assert!(judge("kB3-not-an-ordinary-word\n", 0o604).unwrap_err().contains("can be opened by others (mode 0604)"));
    for example in ["changeme-please", "password", "aaaaaaaaaaaa", "${PSC_SECRET}", "Your-Client-Secret"] {
        let fault = judge(example, 0o600).unwrap_err();
        assert!(fault.contains("one that everybody tries first") && !fault.contains(example), "{fault}");
    }
    assert!(judge("kB3-two\nlines-of-it", 0o600).unwrap_err().contains("line break"));
    assert!(judge("", 0o600).unwrap_err().contains("the secret has 0 characters"));
}
