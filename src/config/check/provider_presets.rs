//! What each kind of identity provider begins with; every key of the file replaces its part.

use crate::config::file::identity_provider::{EnvironmentFile, IdentityProviderFile, KindFile};
use crate::config::file::texts::DurationText;

/// The name that means Pro Santé Connect without saying so.
const PSC: &str = "psc";

/// Where Pro Santé Connect publishes its addresses, under its issuer (fact sheet 1.1).
const WALLET_DISCOVERY: &str = "/.well-known/wallet-openid-configuration";
/// Where OpenID Connect Discovery 4 puts them.
const STANDARD_DISCOVERY: &str = "/.well-known/openid-configuration";

/// The kind that is written, else the one that the name means.
pub(super) fn kind(name: &str, file: &IdentityProviderFile) -> KindFile {
    file.kind.unwrap_or(if name == PSC { KindFile::Psc } else { KindFile::Oidc })
}

/// The issuer that is written, else the environment's (fact sheet 1.1).
pub(super) fn issuer(file: &IdentityProviderFile) -> Option<&str> {
    let preset = file.environment.map(|environment| match environment {
        EnvironmentFile::Production => "https://auth.esw.esante.gouv.fr/auth/realms/esante-wallet",
        EnvironmentFile::Sandbox => "https://auth.bas.psc.esante.gouv.fr/auth/realms/esante-wallet",
    });
    file.issuer.as_deref().or(preset)
}

/// The discovery document's address under an issuer.
pub(super) fn discovery_url(kind: KindFile, issuer: &str) -> String {
    let path = match kind {
        KindFile::Psc => WALLET_DISCOVERY,
        KindFile::Oidc => STANDARD_DISCOVERY,
    };
    format!("{}{path}", issuer.trim_end_matches('/'))
}

/// Scopes asked.
pub(super) fn scopes(kind: KindFile, file: &IdentityProviderFile) -> Vec<String> {
    file.scopes.clone().unwrap_or_else(|| match kind {
        KindFile::Psc => words(&["openid", "scope_all"]),
        KindFile::Oidc => words(&["openid", "profile", "email"]),
    })
}

/// Levels asked; Pro Santé Connect takes this one only (fact sheet 2.2).
pub(super) fn acr_values(kind: KindFile, file: &IdentityProviderFile) -> Vec<String> {
    file.acr_values.clone().unwrap_or_else(|| match kind {
        KindFile::Psc => words(&["eidas1"]),
        KindFile::Oidc => Vec::new(),
    })
}

/// Levels known, from lowest to highest. Its answers may rank higher than what was asked.
pub(super) fn acr_ranks(kind: KindFile, file: &IdentityProviderFile) -> Vec<String> {
    file.acr_ranks.clone().unwrap_or_else(|| match kind {
        KindFile::Psc => words(&["eidas1", "eidas2", "eidas3"]),
        KindFile::Oidc => Vec::new(),
    })
}

/// Longest session there; that of Pro Santé Connect ends after four hours (fact sheet 2.4).
pub(super) fn session_max(kind: KindFile, file: &IdentityProviderFile) -> Option<DurationText> {
    file.session_max.clone().or_else(|| match kind {
        KindFile::Psc => Some("4 h".into()),
        KindFile::Oidc => None,
    })
}

/// Longest silence of a session there; that of Pro Santé Connect ends after half an hour (fact sheet 2.4).
pub(super) fn session_idle(kind: KindFile, file: &IdentityProviderFile) -> Option<DurationText> {
    file.session_idle.clone().or_else(|| match kind {
        KindFile::Psc => Some("30 min".into()),
        KindFile::Oidc => None,
    })
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
