//! Identity providers and secrets.

use super::{NoEnv, each_gives, faults, settings, text};
use crate::config::parse;
use crate::config::settings::{CibaChannel, FirstSignIn, Profile};

/// A provider whose keys a test adds to; each key at most once.
fn provider(name: &str, keys: &str) -> String {
    let given = |key: &str| keys.lines().any(|line| line.starts_with(&format!("{key} =")));
    let usual = [("issuer", "https://op.example"), ("client_id", "c"), ("client_secret", "kB3-in-clear-text")];
    let usual = usual.iter().filter(|(key, _)| !given(key)).map(|(key, value)| format!("{key} = \"{value}\"\n"));
    let without_secret = ["client_secret_", "\"tls\"", "\"private_key_jwt\""].iter().any(|word| keys.contains(word));
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
        (provider("local", "label = \"L\""), "identity_provider.local: \"local\" is not a name"),
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
        (provider("facteur", "label = \"F\""), "identity_provider.facteur: \"facteur\" is not a name"),
        (provider("autre", ""), "identity_provider.autre.label: is missing"),
        (
            provider("autre", &format!("label = \"{}\"", "é".repeat(41))),
            "identity_provider.autre.label: is too long for a button",
        ),
        (
            provider("autre", "label = \"A\"\nenvironment = \"sandbox\""),
            "identity_provider.autre.environment: is of Pro Santé Connect",
        ),
        (
            provider("autre", "label = \"A\"\nprofessions = [\"60\"]"),
            "identity_provider.autre.professions: nobody would be let in",
        ),
        (
            provider("autre", "label = \"A\"\npeople = [\"practising\"]"),
            "identity_provider.autre.people: nobody would be let in",
        ),
        (
            provider("autre", "label = \"A\"\nnational_identifier_claim = \"sub\""),
            "identity_provider.autre.national_identifier_claim: \"sub\" is no national identifier",
        ),
        (
            provider("autre", "label = \"A\"\nacr_minimum = \"fort\""),
            "identity_provider.autre.acr_minimum: \"fort\" is not in acr_ranks; allowed: acr_ranks beside it",
        ),
        (
            provider("autre", "label = \"A\"\nacr_ranks = [\"urn:guichet:acr:sms\"]"),
            "identity_provider.autre.acr_ranks[0]: is a level of the gateway's own",
        ),
        (
            provider("psc", "national_identifier_claim = \"rpps\""),
            "identity_provider.psc.national_identifier_claim: Pro Santé Connect always says it",
        ),
        (provider("psc", "acr_ranks = []"), "identity_provider.psc.acr_ranks: is empty"),
        (
            provider("psc", "environment = \"test\""),
            "identity_provider.psc.environment: \"test\" is not one of its words",
        ),
        (
            provider("psc", "client_auth = \"tls\""),
            "identity_provider.psc.client_certificate_file: is missing: client_auth = \"tls\" shows a certificate",
        ),
        (
            provider("autre", "label = \"A\"\n[identity_provider.autre.ciba]\nenabled = true"),
            "identity_provider.autre.ciba.enabled: this kind names nobody by a national identifier; allowed: true only with kind = \"psc\"",
        ),
        (
            provider("psc", "[identity_provider.psc.ciba]\nchannels = []"),
            "identity_provider.psc.ciba.channels: is empty: nobody could confirm",
        ),
        (
            provider("psc", "[identity_provider.psc.ciba]\nchannels = [\"card\", \"card\"]"),
            "identity_provider.psc.ciba.channels[1]: \"card\" stands here twice",
        ),
        (
            provider("psc", "[identity_provider.psc.ciba]\nchannels = [\"sms\"]"),
            "identity_provider.psc.ciba.channels[0]: \"sms\" is not one of its words",
        ),
        (
            provider("psc", "[identity_provider.psc.ciba]\nwait = \"11 min\""),
            "identity_provider.psc.ciba.wait: \"11 min\" is out of bounds",
        ),
        (
            provider("psc", "[identity_provider.psc.ciba]\nper_person_hour = 11"),
            "identity_provider.psc.ciba.per_person_hour: 11 is out of bounds; allowed: 1 to 10",
        ),
        (
            provider("psc", "[identity_provider.psc.ciba]\nper_browser_hour = 0"),
            "identity_provider.psc.ciba.per_browser_hour: 0 is out of bounds; allowed: 1 to 100",
        ),
        (
            provider("psc", "[identity_provider.psc.ciba]\nper_network_hour = 0"),
            "identity_provider.psc.ciba.per_network_hour: 0 is out of bounds; allowed: 1 to 10000",
        ),
        (provider("psc", "client_auth = \"private_key_jwt\""), "identity_provider.psc.client_key_file: is missing"),
        (
            provider("psc", "client_key_file = \"k\""),
            "identity_provider.psc.client_key_file: is not used by this client_auth; allowed: only with client_auth = \"private_key_jwt\"",
        ),
        (
            provider("psc", "client_certificate_file = \"c\""),
            "identity_provider.psc.client_certificate_key_file: is missing beside client_certificate_file",
        ),
        (
            provider("psc", "client_certificate_file = \"c\"\nclient_certificate_key_file = \"k\""),
            "identity_provider.psc.client_certificate_file: \"/nowhere/c\": cannot be read",
        ),
    ];
    each_gives("end", &cases.iter().map(|(snippet, expected)| (snippet.as_str(), *expected)).collect::<Vec<_>>());
}

#[test]
fn an_environment_gives_what_is_not_written_and_the_name_gives_the_kind() {
    let psc =
        |keys: &str| settings(&[("end", &provider("psc", keys).replace("issuer = \"https://op.example\"\n", ""))]);
    let sandbox = psc("environment = \"sandbox\"").identity_providers["psc"].clone();
    assert_eq!(sandbox.issuer, "https://auth.bas.psc.esante.gouv.fr/auth/realms/esante-wallet");
    assert_eq!(sandbox.discovery_url.as_str(), format!("{}/.well-known/wallet-openid-configuration", sandbox.issuer));
    assert_eq!((sandbox.scopes.join(" "), sandbox.acr_values.join(" ")), ("openid scope_all".into(), "eidas1".into()));
    assert_eq!((sandbox.acr_minimum.as_deref(), sandbox.label.as_str()), (Some("eidas1"), "Pro Santé Connect"));
    let production = psc("environment = \"production\"\nacr_values = []\nacr_minimum = \"eidas2\"");
    let production = &production.identity_providers["psc"];
    assert_eq!(production.issuer, "https://auth.esw.esante.gouv.fr/auth/realms/esante-wallet");
    assert_eq!((production.acr_values.len(), production.acr_minimum.as_deref()), (0, Some("eidas2")));
    let moved =
        psc("environment = \"sandbox\"\nissuer = \"https://auth.new.example/\"").identity_providers["psc"].clone();
    assert_eq!(moved.discovery_url.as_str(), "https://auth.new.example/.well-known/wallet-openid-configuration");

    let other = settings(&[("end", &provider("hopital", "label = \"Hôpital\""))]).identity_providers["hopital"].clone();
    assert_eq!(other.profile, Profile::Oidc { national_identifier_claim: None });
    assert_eq!(other.discovery_url.as_str(), "https://op.example/.well-known/openid-configuration");
    assert_eq!((other.scopes.join(" "), other.acr_values.len()), ("openid profile email".into(), 0));
    assert_eq!((other.acr_minimum, other.acr_ranks.len()), (None, 0));
    let second = settings(&[("end", &provider("bas", "kind = \"psc\"\nlabel = \"Bac à sable\""))]);
    assert_eq!(second.identity_providers["bas"].profile, Profile::Psc);
}

#[test]
fn signing_in_without_leaving_the_page_is_off_until_it_is_switched_on() {
    let psc = |keys: &str| settings(&[("end", &provider("psc", keys))]).identity_providers["psc"].ciba.clone();
    assert_eq!(psc(""), None);
    assert_eq!(psc("[identity_provider.psc.ciba]\nwait = \"1 min\""), None);
    let on = psc("[identity_provider.psc.ciba]\nenabled = true\nchannels = [\"card\"]").unwrap();
    assert_eq!(on.channels, [CibaChannel::Card]);
    assert_eq!((on.wait.as_secs(), on.per_person_hour, on.per_browser_hour, on.per_network_hour), (120, 3, 10, 100));
}

#[test]
fn a_secret_that_the_method_does_not_use_is_a_mistake() {
    let with_secret = provider("psc", "client_auth = \"tls\"\nclient_secret = \"kB3-in-clear-text\"");
    let found = faults(&[("end", &with_secret)]);
    let expected = "identity_provider.psc.client_secret: is not used by this client_auth; allowed: only with client_auth = \"basic\"";
    assert!(found.iter().any(|fault| fault.contains(expected)), "{found:#?}");
}

#[test]
fn the_issuer_is_missing_without_an_environment() {
    let text = "[identity_provider.psc]\nclient_id = \"c\"\nclient_secret = \"kB3-in-clear-text\"\n";
    let found = faults(&[("end", text)]);
    let expected = "identity_provider.psc.issuer: is missing; allowed: environment = \"production\" or \"sandbox\"";
    assert!(found.iter().any(|fault| fault.contains(expected)), "{found:#?}");
}

#[test]
fn k05_two_providers_of_one_issuer_are_refused() {
    let found = faults(&[(
        "end",
        &(provider("autre", "label = \"A\"") + &provider("psc", "issuer = \"https://op.example/\"")),
    )]);
    let expected = "identity_provider.psc.issuer: \"https://op.example/\" is also the issuer of \"autre\"";
    assert!(found.iter().any(|fault| fault.contains(expected)), "{found:#?}");
}

#[test]
fn a_secret_comes_from_the_environment_without_its_newline() {
    let settings = settings(&[("end", &provider("psc", "client_secret_env = \"GUICHET_TEST\""))]);
    assert_eq!(settings.identity_providers["psc"].client_secret().unwrap().expose(), "aB3$from-the-environment");
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

#[test]
fn the_guide_to_pro_sante_connect_shows_configurations_that_are_right() {
    let folder = tempfile::tempdir().unwrap();
    let secrets = folder.path().join("secrets");
    std::fs::create_dir(&secrets).unwrap();
    std::fs::write(secrets.join("psc-client-secret"), "kB3-not-an-ordinary-word\n").unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["portail-exemple".to_owned()]).unwrap();
    std::fs::write(secrets.join("psc-client.pem"), certificate.self_signed(&key).unwrap().pem()).unwrap();
    std::fs::write(secrets.join("psc-client-tls.key"), key.serialize_pem()).unwrap();
    let guide = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pro-sante-connect.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let shown: Vec<&str> = guide.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(shown.len() >= 4);
    for snippet in &shown {
        if let Err(faults) = parse(&text(&[("end", snippet)]), "guide", &NoEnv, folder.path()) {
            panic!("{snippet}\n{faults}");
        }
    }
    let preset = &settings(&[(
        "end",
        &provider("psc", "environment = \"sandbox\"").replace("issuer = \"https://op.example\"\n", ""),
    )]);
    assert!(guide.contains(&format!("`{}`", preset.identity_providers["psc"].issuer)));
}
