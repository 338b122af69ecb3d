//! What signs, verifies and compares (group T), held by the lock file and the sources.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The packages of the lock file that ask for `name`.
fn askers(name: &str) -> BTreeSet<String> {
    let lock = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).unwrap();
    let lock: toml::Table = lock.parse().unwrap();
    let packages = lock["package"].as_array().unwrap();
    let asks = |package: &&toml::Value| {
        let needs = package.get("dependencies").and_then(toml::Value::as_array);
        needs.into_iter().flatten().filter_map(toml::Value::as_str).any(|need| need.split(' ').next() == Some(name))
    };
    let names = packages.iter().filter(asks).map(|package| package["name"].as_str().unwrap().to_owned());
    names.collect()
}

fn only(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Every source file with its text.
fn sources(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
}

/// Files of `src`, without what leads to them, in which a line satisfies `so`.
fn files_where(so: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    sources(&root, &mut all);
    assert!(all.len() > 300, "the sources are where they are looked for");
    let fits = all.iter().filter(|(_, text)| text.lines().any(&so));
    fits.map(|(path, _)| path.strip_prefix(&root).unwrap().display().to_string()).collect()
}

#[test]
fn t14_one_library_does_what_needs_a_private_key() {
    // aws-lc does TLS, signs assertions and client assertions, and verifies: its RSA and ECDSA take the same time for every key.
    assert!(askers("aws-lc-rs").is_superset(&only(&["guichet", "rustls", "jsonwebtoken"])));
    for other in ["openssl", "openssl-sys", "native-tls", "boring", "boring-sys", "mbedtls", "wolfssl", "reqwest"] {
        assert_eq!(askers(other), only(&[]), "{other}");
    }
    // `rsa` decrypts and signs in a time that depends on the key (RUSTSEC-2023-0071). openidconnect asks for it whatever its
    // features, and calls it to verify with a public key: a token of the provider, nothing secret. Its signing types are named
    // nowhere, which clippy.toml holds too.
    assert_eq!(askers("rsa"), only(&["openidconnect"]));
    for curve in ["p256", "p384", "ed25519-dalek"] {
        assert_eq!(askers(curve), only(&["openidconnect"]), "{curve}");
    }
    // An option of the library that checks certificates; nothing switches it on.
    assert_eq!(askers("ring"), only(&["rustls-webpki"]));
    let signs = |line: &str| {
        let own = line.contains("rsa::") && !line.contains("aws_lc_rs::rsa::") && !line.trim_start().starts_with("//");
        own || ["PrivateSigningKey", "CoreHmacKey", "RsaPrivateKey", "sign_jwt"].iter().any(|name| line.contains(name))
    };
    assert_eq!(files_where(signs), only(&[]));
}

#[test]
fn t14_secrets_that_somebody_may_guess_are_compared_in_constant_time() {
    let compared = |line: &str| {
        let sides = line.split_once("==").or_else(|| line.split_once("!="));
        sides.is_some_and(|sides| [sides.0, sides.1].iter().any(|side| side.contains(".expose")))
    };
    // Two settings, at start or reload, when nobody is asking.
    assert_eq!(files_where(compared), only(&["config/sealing.rs", "config/secret.rs"]));
    let constant = |line: &str| line.contains("ct_eq(") || line.contains("hmac::verify(");
    let doors = ["gateway/forward_auth/question.rs", "keys/sealing.rs", "rp/id_token.rs", "account/legacy.rs"];
    assert!(files_where(constant).is_superset(&only(&doors)));
}
