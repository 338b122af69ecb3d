//! The faults a person can ask the simulator for, to see how a portal bears them.

/// What goes wrong in one sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Fault {
    /// Nothing.
    #[default]
    None,
    /// The callback says `server_error`.
    ServerError,
    /// The callback says `temporarily_unavailable`.
    TemporarilyUnavailable,
    /// The callback says `invalid_scope`.
    InvalidScope,
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
    /// The callback names another issuer.
    WrongIssuerOnReturn,
    /// The callback's state is empty.
    EmptyState,
}

impl Fault {
    /// Every fault, in the order of the menu.
    pub(super) const ALL: [Self; 12] = [
        Self::None,
        Self::ServerError,
        Self::TemporarilyUnavailable,
        Self::InvalidScope,
        Self::SlowToken,
        Self::TokenBroken,
        Self::UserinfoBroken,
        Self::OtherSubject,
        Self::WrongNonce,
        Self::WrongIssuer,
        Self::WrongIssuerOnReturn,
        Self::EmptyState,
    ];

    /// Its name in the form.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::None => "aucune",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::InvalidScope => "invalid_scope",
            Self::SlowToken => "jeton_lent",
            Self::TokenBroken => "jeton_500",
            Self::UserinfoBroken => "userinfo_500",
            Self::OtherSubject => "userinfo_sub",
            Self::WrongNonce => "nonce",
            Self::WrongIssuer => "emetteur",
            Self::WrongIssuerOnReturn => "emetteur_retour",
            Self::EmptyState => "state_vide",
        }
    }

    /// What the menu says.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::None => "Aucune panne",
            Self::ServerError => "Retour avec l'erreur « server_error »",
            Self::TemporarilyUnavailable => "Retour avec l'erreur « temporarily_unavailable »",
            Self::InvalidScope => "Retour avec l'erreur « invalid_scope »",
            Self::SlowToken => "Jetons délivrés après 15 secondes",
            Self::TokenBroken => "Jetons refusés (réponse 500)",
            Self::UserinfoBroken => "Données du professionnel indisponibles (réponse 500)",
            Self::OtherSubject => "Données d'une autre personne que celle du jeton",
            Self::WrongNonce => "Jeton avec un mauvais « nonce »",
            Self::WrongIssuer => "Jeton d'un autre émetteur",
            Self::WrongIssuerOnReturn => "Retour au nom d'un autre émetteur",
            Self::EmptyState => "Retour avec un « state » vide",
        }
    }

    /// The fault of this name; an unknown name is no fault.
    pub(super) fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|fault| fault.name() == name).unwrap_or_default()
    }

    /// The error the callback gets at once, instead of a sign-in.
    pub(super) fn callback_error(self) -> Option<&'static str> {
        match self {
            Self::ServerError | Self::TemporarilyUnavailable | Self::InvalidScope => Some(self.name()),
            Self::None
            | Self::SlowToken
            | Self::TokenBroken
            | Self::UserinfoBroken
            | Self::OtherSubject
            | Self::WrongNonce
            | Self::WrongIssuer
            | Self::WrongIssuerOnReturn
            | Self::EmptyState => None,
        }
    }
}
