//! Whose codes are counted together. What anybody may ask for before a password was right must never use up what the
//! owner needs after one (attack P05), so each class of purposes has budgets of its own, and so has a recognised browser.

use serde::{Deserialize, Serialize};

use crate::account::{Account, State};
use crate::identity::{AccountId, Email};
use crate::keys::Sealer;

use super::Login;
use super::ciba::owner_of_link;
use super::codes::Purpose;
use super::local::Browser;

/// When codes are asked for. Those of one class share their budgets; those of another never touch them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Before any password was right: a forgotten one. Anybody may ask.
    Reset,
    /// To an address or number just typed, which may be anybody's.
    Claim,
    /// After a password was right or a session opened, to a contact that is proven.
    Factor,
}

impl Class {
    const ALL: [Self; 3] = [Self::Reset, Self::Claim, Self::Factor];

    /// The class of a purpose.
    #[must_use]
    pub fn of(purpose: Purpose) -> Self {
        match purpose {
            Purpose::Reset | Purpose::ResetSms => Self::Reset,
            Purpose::ActivationEmail | Purpose::ActivationPhone => Self::Claim,
            Purpose::SignIn | Purpose::Link | Purpose::Confirm => Self::Factor,
        }
    }

    /// Its name in counters.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Claim => "claim",
            Self::Factor => "factor",
        }
    }
}

/// Whose codes are counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    owners: Vec<String>,
    device: Option<String>,
}

impl Budget {
    /// An account's, whatever the browser.
    #[must_use]
    pub fn of(account: AccountId) -> Self {
        Self { owners: vec![account.to_string()], device: None }
    }

    /// Whose it is: accounts, stand-ins, names.
    pub(super) fn owners(&self) -> &[String] {
        &self.owners
    }

    /// Whether it is a recognised browser's.
    #[must_use]
    pub fn is_recognised(&self) -> bool {
        self.device.is_some()
    }

    /// The counters of one kind (`code-day`, `code-guess`) and class.
    #[must_use]
    pub fn counters(&self, kind: &str, class: Class) -> Vec<String> {
        self.owners.iter().map(|owner| self.apart(format!("{kind}:{}:{owner}", class.as_str()), class)).collect()
    }

    /// A counter of this class as a recognised browser has it: its own. What is typed is counted with everybody's,
    /// since a browser says nothing of whose address it is.
    #[must_use]
    pub fn apart(&self, counter: String, class: Class) -> String {
        match (&self.device, class) {
            (Some(device), Class::Reset | Class::Factor) => format!("{counter}:{device}"),
            (Some(_), Class::Claim) | (None, _) => counter,
        }
    }
}

/// What a typed name is counted by, whoever holds it, beside the account's own counters. Every spelling is one name, whatever the
/// directory makes of it: else the count would tell which spelling is somebody's (attack P02).
#[must_use]
pub fn name_of(sealer: &Sealer, typed: &str) -> String {
    format!("name-{}", sealer.lasting_mac("name", &[folded(typed).as_bytes()]))
}

/// Case and space do not make another name.
fn folded(typed: &str) -> String {
    match Email::parse(typed) {
        Ok(email) => email.as_str().to_owned(),
        Err(_) => typed.trim().to_lowercase(),
    }
}

impl Login {
    /// A stand-in for the account of a name nobody has: the same typed name has the same one.
    #[must_use]
    pub fn stand_in(&self, typed: &str) -> String {
        self.sealer.lasting_mac("stand-in", &[folded(typed).as_bytes()])
    }

    /// The budget of the codes that a forgotten password asks for: the typed name's, and the account's or its stand-in's.
    pub(super) fn reset_budget(&self, typed: &str, account: Option<&Account>, browser: Browser<'_>) -> Budget {
        let of_account = account.map(|account| self.budget_of(account, browser));
        let mut budget = of_account.unwrap_or_else(|| Budget { owners: vec![self.stand_in(typed)], device: None });
        budget.owners.insert(0, name_of(&self.sealer, typed));
        budget
    }

    /// The budget of an account's codes, for this browser.
    pub(super) fn budget_of(&self, account: &Account, browser: Browser<'_>) -> Budget {
        // Before the end of an activation a password alone makes a browser known: too little for a budget of its own.
        let device = self.known_device(account, browser.device).filter(|_| account.state == State::Active);
        Budget { device, ..Budget::of(account.id) }
    }
}

/// Every counter that can keep the holder of an account out: what the help desk's `unlock` forgets. Budgets of networks stay.
#[must_use]
pub fn counters_of(account: &Account, sealer: &Sealer) -> Vec<String> {
    let id = account.id;
    let typed = [account.legacy_id.as_deref(), account.sign_in_email.as_ref().map(Email::as_str)];
    let names = typed.into_iter().flatten().map(|typed| name_of(sealer, typed));
    let owners: Vec<String> = names.chain([id.to_string()]).collect();
    let mut counters: Vec<String> = owners.iter().map(|owner| format!("guess:{owner}")).collect();
    counters.extend(account.devices.keys().map(|device| format!("guess-device:{id}:{device}")));
    let devices = account.devices.keys().map(|device| Some(device.clone()));
    for device in devices.chain([None]) {
        let budget = Budget { owners: owners.clone(), device };
        for class in Class::ALL {
            counters.extend(budget.counters("code-guess", class));
            counters.extend(budget.counters("code-day", class));
        }
    }
    counters.extend(account.links.iter().map(|link| owner_of_link(sealer, &link.identity_provider, &link.national_id)));
    counters.sort();
    counters.dedup();
    counters
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recognised() -> Budget {
        Budget { device: Some("mark".to_owned()), ..Budget::of(AccountId::new(uuid::Uuid::nil())) }
    }

    #[test]
    fn p05_no_class_of_codes_spends_the_budget_of_another() {
        let budget = Budget::of(AccountId::new(uuid::Uuid::nil()));
        let counters: Vec<_> = Class::ALL.into_iter().flat_map(|class| budget.counters("code-day", class)).collect();
        assert_eq!(counters.len(), 3);
        assert!(counters.iter().all(|one| counters.iter().filter(|other| *other == one).count() == 1));
    }

    #[test]
    fn p05_a_recognised_browser_counts_apart_except_for_what_was_typed() {
        let stranger = Budget::of(AccountId::new(uuid::Uuid::nil()));
        for class in [Class::Reset, Class::Factor] {
            assert_ne!(recognised().counters("code-guess", class), stranger.counters("code-guess", class));
        }
        assert_eq!(recognised().counters("code-day", Class::Claim), stranger.counters("code-day", Class::Claim));
    }
}
