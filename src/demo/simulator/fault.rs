//! The faults of one sign-in, to see how a portal bears them: a person asks for one on the page of choice, a test for all sign-ins by the control API.

use serde::{Deserialize, Deserializer, Serialize, de};

/// What goes wrong in one sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(into = "&'static str")]
pub(super) enum Fault {
    /// Nothing.
    #[default]
    None,
    /// The callback says this error of OAuth 2.0 or OpenID Connect, with the description that goes with it.
    Callback(&'static str),
    /// The token endpoint takes fifteen seconds.
    SlowToken,
    /// The token endpoint answers 500.
    TokenBroken,
    /// Userinfo answers 500.
    UserinfoBroken,
    /// Userinfo speaks of another person.
    OtherSubject,
    /// The ID token carries another nonce.
    WrongNonce,
    /// The ID token names another issuer.
    WrongIssuer,
    /// The ID token is for another client.
    WrongAudience,
    /// The ID token has expired.
    ExpiredToken,
    /// The ID token is signed by a key that is not published.
    UnknownKey,
    /// The callback names another issuer.
    WrongIssuerOnReturn,
    /// The callback's state is empty.
    EmptyState,
}

/// Every fault in the order of the menu: what it is, its name in forms and in the API, and what the menu says.
const MENU: [(Fault, &str, &str); 21] = [
    (Fault::None, "aucune", "Aucune panne"),
    (Fault::Callback("access_denied"), "access_denied", "Retour avec l'erreur « access_denied »"),
    (Fault::Callback("login_required"), "login_required", "Retour avec l'erreur « login_required »"),
    (Fault::Callback("interaction_required"), "interaction_required", "Retour avec l'erreur « interaction_required »"),
    (Fault::Callback("server_error"), "server_error", "Retour avec l'erreur « server_error »"),
    (
        Fault::Callback("temporarily_unavailable"),
        "temporarily_unavailable",
        "Retour avec l'erreur « temporarily_unavailable »",
    ),
    (Fault::Callback("invalid_request"), "invalid_request", "Retour avec l'erreur « invalid_request »"),
    (Fault::Callback("invalid_scope"), "invalid_scope", "Retour avec l'erreur « invalid_scope »"),
    (Fault::Callback("unauthorized_client"), "unauthorized_client", "Retour avec l'erreur « unauthorized_client »"),
    (
        Fault::Callback("unsupported_response_type"),
        "unsupported_response_type",
        "Retour avec l'erreur « unsupported_response_type »",
    ),
    (Fault::SlowToken, "jeton_lent", "Jetons délivrés après 15 secondes"),
    (Fault::TokenBroken, "jeton_500", "Jetons refusés (réponse 500)"),
    (Fault::UserinfoBroken, "userinfo_500", "Données du professionnel indisponibles (réponse 500)"),
    (Fault::OtherSubject, "userinfo_sub", "Données d'une autre personne que celle du jeton"),
    (Fault::WrongNonce, "nonce", "Jeton avec un mauvais « nonce »"),
    (Fault::WrongIssuer, "emetteur", "Jeton d'un autre émetteur"),
    (Fault::WrongAudience, "destinataire", "Jeton destiné à un autre service"),
    (Fault::ExpiredToken, "jeton_expire", "Jeton déjà expiré"),
    (Fault::UnknownKey, "cle_inconnue", "Jeton signé par une clé non publiée"),
    (Fault::WrongIssuerOnReturn, "emetteur_retour", "Retour au nom d'un autre émetteur"),
    (Fault::EmptyState, "state_vide", "Retour avec un « state » vide"),
];

impl Fault {
    /// Name and label of every fault, in the order of the menu.
    pub(super) fn menu() -> impl Iterator<Item = (&'static str, &'static str)> {
        MENU.iter().map(|(_, name, label)| (*name, *label))
    }

    /// Its name in forms and in the API.
    pub(super) fn name(self) -> &'static str {
        MENU.iter().find(|(fault, ..)| *fault == self).map_or("aucune", |(_, name, _)| name)
    }

    /// The fault of this name; an unknown name is no fault.
    pub(super) fn named(name: &str) -> Self {
        Self::known(name).unwrap_or_default()
    }

    fn known(name: &str) -> Option<Self> {
        MENU.iter().find(|(_, known, _)| *known == name).map(|(fault, ..)| *fault)
    }

    /// The error the callback gets at once, instead of a sign-in.
    pub(super) fn callback_error(self) -> Option<&'static str> {
        if let Self::Callback(error) = self { Some(error) } else { None }
    }
}

impl From<Fault> for &'static str {
    fn from(fault: Fault) -> Self {
        fault.name()
    }
}

impl<'de> Deserialize<'de> for Fault {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::known(&name).ok_or_else(|| {
            let names: Vec<&str> = Self::menu().map(|(name, _)| name).collect();
            de::Error::custom(format!("unknown fault {name:?}, expected one of {}", names.join(", ")))
        })
    }
}
