//! Judging a typed code: a try is used up before it is compared.

use jiff::SignedDuration;

use crate::session::Rule;

use super::super::budget::{Budget, Class};
use super::super::throttle::Spent;
use super::super::{Login, LoginError};
use super::record::{Record, record_key};
use super::{Checked, DAY, Pending, Purpose, To};

/// Wrong codes per account, class of purposes and day, over all flows (attack O04).
const GUESSES_PER_DAY: Rule = Rule::Window { limit: 25, per: DAY };
/// A used code posted again within this time is the same press.
const SAME_PRESS: SignedDuration = SignedDuration::from_secs(10);

impl Login {
    /// Judges a typed code of six digits: a try is used up first.
    pub async fn check_code(
        &self,
        purpose: Purpose,
        binding: &str,
        budget: &Budget,
        to: Option<&To>,
        code: &str,
    ) -> Result<Checked, LoginError> {
        let key = record_key(purpose, binding);
        let guesses = || {
            let counters = budget.counters("code-guess", Class::of(purpose));
            counters.into_iter().map(|counter| ((), counter, GUESSES_PER_DAY)).collect()
        };
        // Each round somebody's write succeeded, so a record is left alone after as many rounds as it has tries.
        for _ in 0..64 {
            let now = self.now();
            let Some(stored) = self.store.record(&key, now).await? else { return Ok(Checked::Expired) };
            let Ok(mut record) = serde_json::from_slice::<Record>(&stored.value) else { return Ok(Checked::Expired) };
            if record.is_past(now) {
                return Ok(Checked::Expired);
            }
            let fits = record.real
                && to.is_none_or(|to| self.recipient(to) == record.recipient)
                && self.sealer.verify_mac(
                    "code",
                    &[purpose.as_str().as_bytes(), binding.as_bytes(), record.recipient.as_bytes(), code.as_bytes()],
                    &record.digest,
                );
            if let Some(used_at) = record.used_at {
                let again = fits && now < used_at + SAME_PRESS;
                return Ok(if again { Checked::Again } else { Checked::Expired });
            }
            let Some(tries_left) = record.tries_left.checked_sub(1) else { return Ok(Checked::Exhausted) };
            record.tries_left = tries_left;
            if fits {
                record.used_at = Some(now);
            }
            let guess = match self.take_all(guesses(), now).await? {
                Ok(guess) => guess,
                Err(Spent { until, .. }) => return Ok(Checked::Throttled { until }),
            };
            if !self.put_code(&key, Some(stored.version), &record).await? {
                self.repay(guess).await?;
                continue;
            }
            if fits {
                self.repay(guess).await?;
                return Ok(Checked::Right);
            }
            return Ok(if tries_left == 0 { Checked::Exhausted } else { Checked::Wrong { left: tries_left } });
        }
        Err(LoginError::Contended)
    }

    /// The code a page waits for, if one was sent and is neither used, nor used up, nor past.
    pub async fn pending_code(&self, purpose: Purpose, binding: &str) -> Result<Option<Pending>, LoginError> {
        let now = self.now();
        let Some(stored) = self.store.record(&record_key(purpose, binding), now).await? else { return Ok(None) };
        let Ok(record) = serde_json::from_slice::<Record>(&stored.value) else { return Ok(None) };
        let open = record.used_at.is_none() && record.tries_left > 0 && !record.is_past(now);
        Ok(open.then_some(Pending { masked: record.masked, channel: record.channel, expires_at: record.expires_at }))
    }

    /// Makes a code useless: the address was changed, the step was skipped.
    pub async fn drop_code(&self, purpose: Purpose, binding: &str) -> Result<(), LoginError> {
        self.store.remove_record(&record_key(purpose, binding)).await?;
        Ok(())
    }
}
