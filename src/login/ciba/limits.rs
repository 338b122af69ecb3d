//! How often telephones may ring: one request at a time for a person and a few an hour, on every instance; and how often a browser or a
//! network may ask. What strangers ask is counted apart from what the owner asks, or anybody who knows a number could keep its owner out.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::config::settings::CibaSettings;
use crate::keys::Sealer;
use crate::session::Rule;

use super::super::local::Browser;
use super::super::throttle::{Spent, Ticket, network};
use super::super::{Flow, Login, LoginError};
use super::Question;

const HOUR: Duration = Duration::from_secs(3_600);
/// A request whose provider was never heard again is under way for so long, the longest life that is believed.
const LONGEST: SignedDuration = SignedDuration::from_mins(10);

/// Whose requests are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Budgeted {
    /// Those for one person.
    Person,
    /// Those of one browser.
    Browser,
    /// Those of one network.
    Network,
}

impl Budgeted {
    /// For the audit log.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Browser => "browser",
            Self::Network => "network",
        }
    }
}

/// What the requests for one person are counted and held under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owner(String);

impl Owner {
    /// `known`: the account recognises this browser.
    pub(super) fn new(sealer: &Sealer, provider: &str, who: &str, known: bool) -> Self {
        let class = if known { "known" } else { "other" };
        Self(format!("{class}:{}", sealer.lasting_mac("ciba", &[provider.as_bytes(), who.as_bytes()])))
    }

    fn counter(&self) -> String {
        format!("ciba:{}", self.0)
    }

    fn slot(&self) -> String {
        format!("ciba-live:{}", self.0)
    }
}

/// The counter of an account's own requests, for the help desk's `unlock`.
pub(in crate::login) fn owner_of_link(sealer: &Sealer, provider: &str, national_id: &str) -> String {
    Owner::new(sealer, provider, national_id, true).counter()
}

impl Login {
    /// Takes the place of the one request under way for a person, for the sign-in `id`. `false` when another has it.
    pub(super) async fn take_slot(&self, owner: &Owner, id: &str, now: Timestamp) -> Result<bool, LoginError> {
        Ok(self.store.put_record(&owner.slot(), None, id.as_bytes(), now + LONGEST, now).await?)
    }

    /// Says until when it is taken.
    pub(super) async fn hold_slot(&self, owner: &Owner, id: &str, until: Timestamp) -> Result<(), LoginError> {
        self.set_record(&owner.slot(), id.as_bytes(), until).await
    }

    /// Gives it back, if this sign-in has it.
    pub(super) async fn free_slot(&self, owner: &Owner, id: &str) -> Result<(), LoginError> {
        let held = self.store.record(&owner.slot(), self.now()).await?;
        if held.is_some_and(|held| held.value == id.as_bytes()) {
            self.store.remove_record(&owner.slot()).await?;
        }
        Ok(())
    }

    /// Takes one request from every budget it counts against.
    pub(super) async fn admit_request(
        &self,
        owner: &Owner,
        flow: &Flow,
        limits: &CibaSettings,
        browser: Browser<'_>,
        now: Timestamp,
    ) -> Result<Result<Ticket, Spent<Budgeted>>, LoginError> {
        let rule = |limit| Rule::Window { limit, per: HOUR };
        // One that was never here has no name but its flow's.
        let of_browser = match browser.device {
            Some(device) => self.sealer.lasting_mac("ciba-browser", &[device.0.as_bytes()]),
            None => flow.browser().to_owned(),
        };
        let mut budgets = Vec::new();
        if let Some(client) = browser.origin.client {
            let counter = format!("ciba-net:{}", network(client));
            budgets.push((Budgeted::Network, counter, rule(limits.per_network_hour)));
        }
        budgets.push((Budgeted::Browser, format!("ciba-browser:{of_browser}"), rule(limits.per_browser_hour)));
        budgets.push((Budgeted::Person, owner.counter(), rule(limits.per_person_hour)));
        self.take_all(budgets, now).await
    }

    /// What a question is counted under.
    pub(super) fn owner(&self, question: &Question<'_>, known: bool) -> Owner {
        Owner::new(&self.sealer, question.provider, question.who.as_str(), known)
    }
}
