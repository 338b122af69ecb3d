//! Budgets of password guesses (decision 36): per account or stand-in, per network, per recognised browser, and a global alarm.
//!
//! One is taken from each before a password is judged, and given back when it was right.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use jiff::Timestamp;

use crate::session::{Rule, Verdict};

use super::{Login, LoginError};

/// Whose guesses are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// The name typed, as [`super::budget::name_of`] counts it; `None` where none is typed.
    pub name: Option<String>,
    /// Account id, or the stand-in of a name nobody has: both behave alike (attack P01).
    pub budget: String,
    /// This browser signed in to this account before; it has a budget of its own, so that a stranger cannot lock the owner out.
    pub device: Option<String>,
    /// Client address.
    pub client: Option<IpAddr>,
}

/// Which budget is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The account's (or stand-in's, or recognised browser's).
    Account,
    /// The network's.
    Network,
}

/// What was taken, to be given back when the password was right.
#[derive(Debug)]
#[must_use = "a right password must give its try back"]
pub struct Ticket(Vec<(String, Rule)>);

/// A budget that had nothing left: which kind, and until when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spent<K> {
    /// Which of those asked.
    pub(super) kind: K,
    /// Until then.
    pub(super) until: Timestamp,
    /// The cap of the day, not just a wait.
    pub(super) day_cap: bool,
}

/// A guess may be judged, or must wait.
#[derive(Debug)]
pub enum Admission {
    /// Judge it.
    Granted(Ticket),
    /// Judge nothing.
    Refused {
        /// Which budget.
        scope: Scope,
        /// Until then.
        until: Timestamp,
        /// The cap of the day, not just a wait.
        day_cap: bool,
    },
}

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

impl Login {
    /// Takes one guess from every budget it counts against.
    pub async fn admit(&self, guess: &Guess) -> Result<Admission, LoginError> {
        let now = self.now();
        match self.take_all(self.guess_budgets(guess), now).await? {
            Ok(ticket) => {
                self.watch_everyone(now).await?;
                Ok(Admission::Granted(ticket))
            }
            Err(Spent { kind: scope, until, day_cap }) => Ok(Admission::Refused { scope, until, day_cap }),
        }
    }

    /// Takes one from each of these counters, or from none: what was taken before a refusal is given back.
    pub(super) async fn take_all<K: Copy + Send>(
        &self,
        budgets: Vec<(K, String, Rule)>,
        now: Timestamp,
    ) -> Result<Result<Ticket, Spent<K>>, LoginError> {
        let mut taken = Vec::new();
        for (kind, counter, rule) in budgets {
            if let Verdict::Refused { until, day_cap } = self.store.take(&counter, rule, now).await? {
                self.repay(Ticket(taken)).await?;
                return Ok(Err(Spent { kind, until, day_cap }));
            }
            taken.push((counter, rule));
        }
        Ok(Ok(Ticket(taken)))
    }

    /// Gives back what a right password had taken.
    pub async fn repay(&self, ticket: Ticket) -> Result<(), LoginError> {
        for (counter, rule) in ticket.0 {
            self.store.give_back(&counter, rule).await?;
        }
        Ok(())
    }

    /// Counts a failed sign-in of this browser; from the third one the help line is shown, to everyone.
    pub async fn count_failure(&self, flow: &super::Flow) -> Result<u32, LoginError> {
        let rule = Rule::Window { limit: 1_000, per: HOUR };
        Ok(match self.store.take(&format!("fail-browser:{}", flow.browser()), rule, self.now()).await? {
            Verdict::Granted { taken } => taken,
            Verdict::Refused { .. } => u32::MAX,
        })
    }

    fn guess_budgets(&self, guess: &Guess) -> Vec<(Scope, String, Rule)> {
        let throttle = &self.settings.throttle;
        let ladder = Rule::Ladder { free: throttle.free_failures, per_day: throttle.failures_per_day };
        if let Some(device) = &guess.device {
            // A recognised browser stands outside the network's budget: a hospital is one address.
            return vec![(Scope::Account, format!("guess-device:{}:{device}", guess.budget), ladder)];
        }
        let mut budgets = Vec::new();
        if let Some(client) = guess.client {
            let rule = Rule::Window { limit: throttle.failures_per_network_hour, per: HOUR };
            budgets.push((Scope::Network, format!("guess-net:{}", network(client)), rule));
        }
        let owners = guess.name.iter().chain([&guess.budget]);
        budgets.extend(owners.map(|owner| (Scope::Account, format!("guess:{owner}"), ladder)));
        budgets
    }

    async fn watch_everyone(&self, now: Timestamp) -> Result<(), LoginError> {
        let rule = Rule::Window { limit: self.settings.throttle.global_alarm_per_minute, per: MINUTE };
        if let Verdict::Refused { .. } = self.store.take("guess-everyone", rule, now).await? {
            tracing::error!(
                limit = self.settings.throttle.global_alarm_per_minute,
                "more passwords are tried per minute than the alarm allows"
            );
        }
        Ok(())
    }
}

/// The /24 of an IPv4 address or the /64 of an IPv6 one; an IPv4 address inside IPv6 is the IPv4 one.
#[must_use]
pub fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{}/24", Ipv4Addr::new(a, b, c, 0))
        }
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d09_addresses_of_one_network_share_a_counter() {
        let cases = [
            ("192.0.2.7", "192.0.2.0/24"),
            ("::ffff:192.0.2.200", "192.0.2.0/24"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ];
        for (address, expected) in cases {
            assert_eq!(network(address.parse().unwrap()), expected);
        }
    }
}
