//! How many accounts stand where, and at which step people stop. Numbers only.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::account::{Account, Census, Journey, State, StepState};
use crate::login::journey::finish::step_name;
use crate::login::journey::{journey_of, next_step};

use super::show::journey_name;
use super::{HelpDesk, HelpDeskError};

/// The numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Accounts by state.
    #[serde(flatten)]
    pub census: Census,
    /// Activations frozen by the person.
    pub frozen: u64,
    /// Accounts linked, by provider.
    pub linked: BTreeMap<String, u64>,
    /// Steps of both journeys, in order.
    pub steps: Vec<StepStats>,
}

/// One step of one journey, over accounts that are activating or active.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepStats {
    /// The journey.
    pub journey: &'static str,
    /// The step.
    pub step: &'static str,
    /// It is the next one.
    pub waiting: u64,
    /// Done.
    pub done: u64,
    /// Skipped.
    pub skipped: u64,
}

/// Accounts read at a time.
const PAGE: u32 = 500;

impl HelpDesk {
    /// Counts everyone.
    ///
    /// # Errors
    /// When the directory is away.
    pub async fn stats(&self) -> Result<Stats, HelpDeskError> {
        let census = self.directory.census().await?;
        let mut stats = Stats { census, frozen: 0, linked: BTreeMap::new(), steps: Vec::new() };
        for journey in [Journey::Local, Journey::Psc] {
            stats.steps.extend(journey.steps().iter().map(|step| StepStats {
                journey: journey_name(journey),
                step: step_name(*step),
                waiting: 0,
                done: 0,
                skipped: 0,
            }));
        }
        let mut after = None;
        loop {
            let page = self.directory.list(None, None, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            page.iter().for_each(|account| stats.count(account));
        }
        Ok(stats)
    }
}

impl Stats {
    fn count(&mut self, account: &Account) {
        self.frozen += u64::from(account.frozen);
        for link in &account.links {
            *self.linked.entry(link.identity_provider.clone()).or_default() += 1;
        }
        match account.state {
            State::Activating | State::Active => {}
            State::Imported | State::Disabled => return,
        }
        let journey = journey_of(account);
        let next = next_step(account);
        for step in journey.steps() {
            let names = (journey_name(journey), step_name(*step));
            let Some(counted) = self.steps.iter_mut().find(|counted| (counted.journey, counted.step) == names) else {
                continue;
            };
            match account.steps.state(*step) {
                Some(StepState::Done(_)) => counted.done += 1,
                Some(StepState::Skipped(_)) => counted.skipped += 1,
                None => counted.waiting += u64::from(next == Some(*step)),
            }
        }
    }
}
