//! Addresses of our own pages with what they carry from one to the next: a tab, a notice of the closed set, the page asked for.

use super::{SafeReturn, Visit, notices};
use crate::login::Flow;
use crate::session::Need;

/// The parameter that names the page asked for.
pub(super) const RETURN: &str = "retour";
/// The parameter, and the field, that says what a page asks for once more.
pub(super) const NEED: &str = "besoin";

/// An address being put together.
#[derive(Debug, Clone)]
pub(super) struct Address(String);

impl Address {
    /// A page of ours.
    pub(super) fn of(path: &str) -> Self {
        Self(path.to_owned())
    }

    /// A screen of this tab's sign-in.
    pub(super) fn in_tab(path: &str, flow: &Flow, visit: &Visit) -> Self {
        Self::of(path).with("f", flow.id()).back_to(visit.asked.as_ref())
    }

    /// With a sentence above it.
    pub(super) fn notice(self, key: &str) -> Self {
        self.with(notices::PARAMETER, key)
    }

    /// Asking for what is missing.
    pub(super) fn asking(self, need: Option<Need>) -> Self {
        match need {
            Some(need) => self.with(NEED, &need.to_string()),
            None => self,
        }
    }

    /// On the way to the page asked for, if there is one.
    pub(super) fn back_to(self, target: Option<&SafeReturn>) -> Self {
        match target {
            Some(target) => self.with(RETURN, &target.encoded()),
            None => self,
        }
    }

    /// The same, unless the address says already where the way ends.
    pub(super) fn carrying(self, target: Option<&SafeReturn>) -> Self {
        if self.0.contains(&format!("{RETURN}=")) { self } else { self.back_to(target) }
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        let mark = if self.0.contains('?') { '&' } else { '?' };
        self.0.push(mark);
        self.0.push_str(name);
        self.0.push('=');
        self.0.push_str(value);
        self
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_carries_the_page_asked_for_once() {
        let target = SafeReturn::parse("/dossier/42?onglet=a");
        let address = Address::of("/_guichet/rappel").notice("terminee").back_to(target.as_ref());
        let again = address.clone().carrying(target.as_ref());
        assert_eq!(String::from(address), "/_guichet/rappel?avis=terminee&retour=/dossier/42%3Fonglet%3Da");
        assert_eq!(String::from(again), "/_guichet/rappel?avis=terminee&retour=/dossier/42%3Fonglet%3Da");
        assert_eq!(String::from(Address::of("/_guichet/rappel").carrying(None)), "/_guichet/rappel");
    }
}
