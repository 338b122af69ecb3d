//! `[identity_provider.NAME]`: an issuer over https, signatures that cannot be forged with our secret, levels that are known.

use std::collections::BTreeMap;

use super::Check;
use super::secrets::Ways;
use crate::config::fault::KeyPath;
use crate::config::file::identity_provider::{ClientAuthFile, FirstSignInFile, IdentityProviderFile, PersonKindFile};
use crate::config::settings::{ClientAuth, FirstSignIn, IdentityProvider, PersonKind};

/// Signatures by a key that only the provider holds.
const ALGORITHMS: [&str; 8] = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384"];

impl Check<'_> {
    pub(super) fn identity_providers(
        &mut self,
        files: &BTreeMap<String, IdentityProviderFile>,
    ) -> BTreeMap<String, IdentityProvider> {
        let table = KeyPath::root().key("identity_provider");
        let mut issuers: BTreeMap<&str, &str> = BTreeMap::new();
        let mut providers = BTreeMap::new();
        for (name, file) in files {
            let at = table.key(name);
            // Two names for one issuer: an answer could be taken for the other's (attack K05).
            if let Some(issuer) = &file.issuer
                && let Some(other) = issuers.insert(issuer.trim_end_matches('/'), name)
            {
                self.fault(
                    &at.key("issuer"),
                    format!("{issuer:?} is also the issuer of {other:?}"),
                    "one identity provider per issuer",
                );
            }
            if let Some(provider) = self.identity_provider(&at, name, file) {
                providers.insert(name.clone(), provider);
            }
        }
        providers
    }

    fn identity_provider(&mut self, at: &KeyPath, name: &str, file: &IdentityProviderFile) -> Option<IdentityProvider> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name.is_empty() || name.len() > 32 || name == "local" || !name.bytes().all(plain) {
            self.fault(
                at,
                format!("{name:?} is not a name for an identity provider"),
                "1 to 32 lower-case letters, digits or \"-\", and not \"local\"",
            );
        } else if name != "psc" {
            // A provider without a button and a callback would be a door that nobody finds.
            self.fault(at, format!("{name:?} has no pages in this version"), "[identity_provider.psc]");
        }
        let issuer = self.required(at, "issuer", file.issuer.as_ref(), "\"https://…\"");
        let issuer = issuer.and_then(|issuer| self.issuer(at, issuer));
        let discovery = match (&file.discovery_url, &issuer) {
            (Some(url), _) => Some(url.clone()),
            (None, Some(issuer)) => Some(format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))),
            (None, None) => None,
        };
        let discovery_url = discovery.and_then(|url| self.address(&at.key("discovery_url"), &url, self.development));
        let client_id = self.required(at, "client_id", file.client_id.as_ref(), "the identifier the provider gave");
        let ways = Ways {
            inline: file.client_secret.as_ref(),
            file: file.client_secret_file.as_ref(),
            env: file.client_secret_env.as_ref(),
        };
        let client_secret = self.secret(at, "client_secret", &ways, true);
        self.scopes_and_levels(at, file);
        self.algorithms(at, file);
        let first_sign_in = self.first_sign_in(at, file.first_sign_in);
        let professions = self.profession_codes(&at.key("professions"), &file.professions);
        let people: Vec<PersonKind> = file.people.iter().map(|kind| person_kind(*kind)).collect();
        self.no_repetition(&at.key("people"), people.iter().map(|kind| kind.as_str()));
        let button_image = self.picture(at, "button_image", file.button_image.as_ref());
        let about_url =
            file.about_url.as_ref().and_then(|url| self.address(&at.key("about_url"), url, self.development));
        let terms_url =
            file.terms_url.as_ref().and_then(|url| self.address(&at.key("terms_url"), url, self.development));
        let connect_timeout = self.duration(at, "connect_timeout", &file.connect_timeout, "500 ms", "10 s");
        let timeout = self.duration(at, "timeout", &file.timeout, "1 s", "30 s");
        if connect_timeout > timeout {
            self.fault(&at.key("connect_timeout"), "is longer than timeout", format!("at most {:?}", file.timeout.0));
        }
        let ca_file = self.ca_file(at, file.ca_file.as_ref());
        Some(IdentityProvider {
            name: name.to_owned(),
            issuer: issuer?,
            discovery_url: discovery_url?,
            client_id: client_id?,
            client_secret: client_secret?,
            client_auth: match file.client_auth {
                ClientAuthFile::Basic => ClientAuth::Basic,
                ClientAuthFile::Post => ClientAuth::Post,
            },
            scopes: file.scopes.clone(),
            acr_values: file.acr_values.clone(),
            acr_minimum: file.acr_minimum.clone(),
            acr_ranks: file.acr_ranks.clone(),
            first_sign_in: first_sign_in?,
            professions,
            people: people.into_iter().collect(),
            button_image,
            about_url,
            terms_url,
            connect_timeout,
            timeout,
            algorithms: file.algorithms.clone(),
            ca_file,
        })
    }

    fn issuer(&mut self, at: &KeyPath, issuer: String) -> Option<String> {
        let path = at.key("issuer");
        let url = self.address(&path, &issuer, self.development)?;
        if url.query().is_some() || url.fragment().is_some() {
            self.fault(&path, format!("{issuer:?} has a query or a fragment"), "an address without ? and #");
            return None;
        }
        Some(issuer)
    }

    fn scopes_and_levels(&mut self, at: &KeyPath, file: &IdentityProviderFile) {
        for (key, list) in [("scopes", &file.scopes), ("acr_values", &file.acr_values), ("acr_ranks", &file.acr_ranks)]
        {
            self.no_repetition(&at.key(key), list.iter().map(String::as_str));
            for (place, word) in list.iter().enumerate() {
                if word.is_empty() || !word.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
                {
                    self.fault(
                        &at.key(key).index(place),
                        format!("{word:?} is not one word"),
                        "words without spaces or quotes, one per element",
                    );
                }
            }
        }
        if !file.scopes.iter().any(|scope| scope == "openid") {
            self.fault(&at.key("scopes"), "does not ask \"openid\"", "a list with \"openid\"");
        }
        if !file.acr_ranks.contains(&file.acr_minimum) {
            let ranks = file.acr_ranks.iter().map(|rank| format!("{rank:?}")).collect::<Vec<_>>().join(", ");
            self.fault(&at.key("acr_minimum"), format!("{:?} is not in acr_ranks", file.acr_minimum), ranks);
        }
    }

    fn algorithms(&mut self, at: &KeyPath, file: &IdentityProviderFile) {
        let path = at.key("algorithms");
        if file.algorithms.is_empty() {
            self.fault(&path, "is empty", ALGORITHMS.join(", "));
        }
        self.no_repetition(&path, file.algorithms.iter().map(String::as_str));
        for (place, algorithm) in file.algorithms.iter().enumerate() {
            if !ALGORITHMS.contains(&algorithm.as_str()) {
                self.fault(&path.index(place), format!("{algorithm:?} is never accepted"), ALGORITHMS.join(", "));
            }
        }
    }

    /// Production must choose (decision 5).
    fn first_sign_in(&mut self, at: &KeyPath, file: Option<FirstSignInFile>) -> Option<FirstSignIn> {
        match (file, self.development) {
            (Some(FirstSignInFile::Create), _) | (None, true) => Some(FirstSignIn::Create),
            (Some(FirstSignInFile::KnownOnly), _) => Some(FirstSignIn::KnownOnly),
            (None, false) => {
                self.fault(
                    &at.key("first_sign_in"),
                    "is missing: production must choose",
                    "\"create\" (an unknown person gets an account) or \"known-only\"",
                );
                None
            }
        }
    }
}

fn person_kind(file: PersonKindFile) -> PersonKind {
    match file {
        PersonKindFile::Practising => PersonKind::Practising,
        PersonKindFile::WithoutActivity => PersonKind::WithoutActivity,
        PersonKindFile::Student => PersonKind::Student,
        PersonKindFile::StructureStaff => PersonKind::StructureStaff,
    }
}
