//! `[identity_provider.NAME]`: an issuer over https, signatures that cannot be forged with our secret, levels that are known.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Check, provider_presets as presets};
use crate::config::fault::KeyPath;
use crate::config::file::identity_provider::{
    CallbackIssuerFile, FirstSignInFile, IdentityProviderFile, KindFile, PersonKindFile,
};
use crate::config::settings::{CallbackIssuer, FirstSignIn, IdentityProvider, PersonKind, Profile};
use crate::identity::acr;

/// Names that stand for something else: sign-ins of our own, and pages beside the providers' buttons.
const RESERVED: [&str; 3] = ["local", "facteur", "code"];
/// Longest label, in characters: it stands on a button.
const LONGEST_LABEL: usize = 40;

/// Signatures by a key that only the provider holds.
const ALGORITHMS: [&str; 8] = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384"];

/// What is asked, and what is accepted.
struct Levels {
    scopes: Vec<String>,
    acr_values: Vec<String>,
    acr_minimum: Option<String>,
    acr_ranks: Vec<String>,
}

impl Check<'_> {
    pub(super) fn identity_providers(
        &mut self,
        files: &BTreeMap<String, IdentityProviderFile>,
        own_idle: Duration,
    ) -> BTreeMap<String, IdentityProvider> {
        let table = KeyPath::root().key("identity_provider");
        let mut issuers: BTreeMap<&str, &str> = BTreeMap::new();
        let mut providers = BTreeMap::new();
        for (name, file) in files {
            let at = table.key(name);
            // Two names for one issuer: an answer could be taken for the other's (attack K05).
            if let Some(issuer) = presets::issuer(file)
                && let Some(other) = issuers.insert(issuer.trim_end_matches('/'), name)
            {
                self.fault(
                    &at.key("issuer"),
                    format!("{issuer:?} is also the issuer of {other:?}"),
                    "one identity provider per issuer",
                );
            }
            if let Some(provider) = self.identity_provider(&at, name, file, own_idle) {
                providers.insert(name.clone(), provider);
            }
        }
        providers
    }

    fn identity_provider(
        &mut self,
        at: &KeyPath,
        name: &str,
        file: &IdentityProviderFile,
        own_idle: Duration,
    ) -> Option<IdentityProvider> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name.is_empty() || name.len() > 32 || RESERVED.contains(&name) || !name.bytes().all(plain) {
            let reserved = RESERVED.map(|name| format!("{name:?}")).join(", ");
            self.fault(
                at,
                format!("{name:?} is not a name for an identity provider"),
                format!("1 to 32 lower-case letters, digits or \"-\", and none of {reserved}"),
            );
        }
        let kind = presets::kind(name, file);
        let profile = self.profile(at, kind, file);
        let label = self.label(at, kind, file);
        let known = presets::issuer(file).map(str::to_owned);
        let asked = match kind {
            KindFile::Psc => "environment = \"production\" or \"sandbox\", or \"https://…\"",
            KindFile::Oidc => "\"https://…\"",
        };
        let issuer = self.required(at, "issuer", known.as_ref(), asked);
        let issuer = issuer.and_then(|issuer| self.issuer(at, issuer));
        let discovery = match (&file.discovery_url, &issuer) {
            (Some(url), _) => Some(url.clone()),
            (None, Some(issuer)) => Some(presets::discovery_url(kind, issuer)),
            (None, None) => None,
        };
        let discovery_url = discovery.and_then(|url| self.address(&at.key("discovery_url"), &url, self.development));
        let client_id = self.required(at, "client_id", file.client_id.as_ref(), "the identifier the provider gave");
        let client_auth = self.client_auth(at, file);
        let client_certificate = self.client_certificate(at, file);
        if let (Some(_), Some(issuer)) = (&client_certificate, &issuer)
            && !issuer.starts_with("https:")
        {
            self.fault(&at.key("client_certificate_file"), "no TLS is spoken to this issuer", "only with https");
        }
        let levels = self.scopes_and_levels(at, kind, file);
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
        let session_max =
            presets::session_max(kind, file).map(|text| self.duration(at, "session_max", &text, "5 min", "24 h"));
        if let Some(text) = presets::session_idle(kind, file) {
            let idle = self.duration(at, "session_idle", &text, "1 min", "24 h");
            if idle < own_idle {
                self.fault(
                    &KeyPath::root().key("session").key("idle"),
                    format!(
                        "is longer than identity_provider.{name}.session_idle: a session would outlive the provider's"
                    ),
                    format!("at most {:?}", text.0),
                );
            }
        }
        let ca_file = self.ca_file(at, file.ca_file.as_ref());
        let ciba = self.ciba(at, &profile, &file.ciba);
        Some(IdentityProvider {
            name: name.to_owned(),
            profile,
            label: label?,
            issuer: issuer?,
            discovery_url: discovery_url?,
            client_id: client_id?,
            client_auth: client_auth?,
            client_certificate,
            scopes: levels.scopes,
            acr_values: levels.acr_values,
            acr_minimum: levels.acr_minimum,
            acr_ranks: levels.acr_ranks,
            first_sign_in: first_sign_in?,
            professions,
            people: people.into_iter().collect(),
            button_image,
            about_url,
            terms_url,
            session_max,
            connect_timeout,
            timeout,
            callback_issuer: match file.callback_issuer {
                CallbackIssuerFile::Promised => CallbackIssuer::Promised,
                CallbackIssuerFile::Optional => CallbackIssuer::Optional,
            },
            algorithms: file.algorithms.clone(),
            ca_file,
            ciba,
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

    /// What is said of people; keys of one kind are not for the other.
    fn profile(&mut self, at: &KeyPath, kind: KindFile, file: &IdentityProviderFile) -> Profile {
        match kind {
            KindFile::Psc => {
                if file.national_identifier_claim.is_some() {
                    self.fault(
                        &at.key("national_identifier_claim"),
                        "Pro Santé Connect always says it in SubjectNameID",
                        "only with kind = \"oidc\"",
                    );
                }
                Profile::Psc
            }
            KindFile::Oidc => {
                if file.environment.is_some() {
                    self.fault(&at.key("environment"), "is of Pro Santé Connect", "only with kind = \"psc\"");
                }
                if !file.professions.is_empty() {
                    self.fault(
                        &at.key("professions"),
                        "nobody would be let in: this kind says no profession",
                        "only with kind = \"psc\"",
                    );
                }
                if !file.people.is_empty() {
                    self.fault(
                        &at.key("people"),
                        "nobody would be let in: this kind says nothing of how people work",
                        "only with kind = \"psc\"",
                    );
                }
                let claim = file.national_identifier_claim.as_ref();
                let national_identifier_claim = claim.and_then(|claim| {
                    const CLAIM: &str = "the name of a claim other than \"sub\"; left out, people are known by \"sub\"";
                    let claim = self.required(at, "national_identifier_claim", Some(claim), CLAIM)?;
                    // A `sub` is told apart by its case, a national identifier is not.
                    if claim == "sub" {
                        self.fault(&at.key("national_identifier_claim"), "\"sub\" is no national identifier", CLAIM);
                    }
                    Some(claim)
                });
                Profile::Oidc { national_identifier_claim }
            }
        }
    }

    fn label(&mut self, at: &KeyPath, kind: KindFile, file: &IdentityProviderFile) -> Option<String> {
        let allowed = format!("what people call it, at most {LONGEST_LABEL} characters");
        let label = match (&file.label, kind) {
            (None, KindFile::Psc) => return Some("Pro Santé Connect".to_owned()),
            (label, KindFile::Psc | KindFile::Oidc) => self.required(at, "label", label.as_ref(), &allowed)?,
        };
        if label.chars().count() > LONGEST_LABEL {
            self.fault(&at.key("label"), "is too long for a button", allowed);
        }
        Some(label)
    }

    fn scopes_and_levels(&mut self, at: &KeyPath, kind: KindFile, file: &IdentityProviderFile) -> Levels {
        let (scopes, acr_values) = (presets::scopes(kind, file), presets::acr_values(kind, file));
        let acr_ranks = presets::acr_ranks(kind, file);
        for (key, list) in [("scopes", &scopes), ("acr_values", &acr_values), ("acr_ranks", &acr_ranks)] {
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
        if !scopes.iter().any(|scope| scope == "openid") {
            self.fault(&at.key("scopes"), "does not ask \"openid\"", "a list with \"openid\"");
        }
        if kind == KindFile::Psc && acr_ranks.is_empty() {
            self.fault(&at.key("acr_ranks"), "is empty: any level would be accepted", "\"eidas1\" and those above");
        }
        // The levels of our own sign-ins are never somebody else's to say.
        if let Some(place) = acr_ranks.iter().position(|rank| rank.starts_with(acr::OURS)) {
            self.fault(&at.key("acr_ranks").index(place), "is a level of the gateway's own", "the provider's levels");
        }
        if let Some(minimum) = file.acr_minimum.as_ref().filter(|minimum| !acr_ranks.contains(minimum)) {
            let ranks = acr_ranks.iter().map(|rank| format!("{rank:?}")).collect::<Vec<_>>().join(", ");
            let allowed = if ranks.is_empty() { "acr_ranks beside it, with this level".to_owned() } else { ranks };
            self.fault(&at.key("acr_minimum"), format!("{minimum:?} is not in acr_ranks"), allowed);
        }
        let acr_minimum = file.acr_minimum.clone().or_else(|| acr_ranks.first().cloned());
        Levels { scopes, acr_values, acr_minimum, acr_ranks }
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
