//! What a person is asked once more to go on to a page. The gate finds it out and says it in the address of the page that asks; nothing is
//! believed of that address: the gate judges the session anew when the person comes back. Pure.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What would be enough: the local part (`again`, `sms`, `email` together), or else the identity provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Need {
    /// The password, and the second factor that the session was opened with.
    pub again: bool,
    /// A code by SMS to the verified phone.
    pub sms: bool,
    /// A code to the verified e-mail.
    pub email: bool,
    /// The identity provider that the account is linked to.
    pub provider: bool,
    /// The lowest level that it must prove, by its place in the provider's `acr_ranks`.
    pub level: Option<u8>,
}

impl Need {
    /// A confirmation by the identity provider: what is meant where nothing is said.
    pub const PROVIDER: Self = Self { again: false, sms: false, email: false, provider: true, level: None };

    /// Whether the person can do it without the identity provider.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.again || self.sms || self.email
    }

    /// Reads what [`Need`] writes; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut need = Self::default();
        for word in text.split('-') {
            match word {
                "passe" => need.again = true,
                "sms" => need.sms = true,
                "email" => need.email = true,
                "psc" => need.provider = true,
                _ => {
                    need.level = Some(word.strip_prefix("niveau").and_then(|level| level.parse().ok())?);
                }
            }
        }
        // One spelling each.
        (need.to_string() == text).then_some(need)
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [(self.again, "passe"), (self.sms, "sms"), (self.email, "email"), (self.provider, "psc")];
        let mut between = "";
        for (_, word) in words.iter().filter(|(asked, _)| *asked) {
            write!(f, "{between}{word}")?;
            between = "-";
        }
        match self.level {
            Some(level) => write!(f, "{between}niveau{level}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_need_is_read_as_it_was_written_and_nothing_else_is_one() {
        let both = Need { again: true, sms: true, provider: true, level: Some(1), ..Need::default() };
        for (need, text) in [
            (Need::PROVIDER, "psc"),
            (Need { sms: true, ..Need::default() }, "sms"),
            (Need { email: true, ..Need::default() }, "email"),
            (both, "passe-sms-psc-niveau1"),
        ] {
            assert_eq!((need.to_string().as_str(), Need::parse(text)), (text, Some(need)));
        }
        for text in ["sms-passe", "psc-psc", "PSC", "niveau", "psc-niveau256", "psc-niveau01", "x", "-", "psc-"] {
            assert_eq!(Need::parse(text), None, "{text}");
        }
    }
}
