//! Sending a code: within every budget, and the code before it stays good when the sending fails.

use jiff::{SignedDuration, Timestamp};

use crate::account::Channel;
use crate::entropy::Draw as _;
use crate::notify::{Message, SendError};
use crate::session::{Rule, Verdict};

use super::super::{Login, LoginError};
use super::record::{Record, record_key};
use super::{DAY, Issued, Request, Sending, To};

const HOUR: std::time::Duration = std::time::Duration::from_secs(3_600);

impl Login {
    /// Sends a code, within every budget, and makes it the only one that fits.
    ///
    /// `message` writes what is sent around the code. Nobody learns from the outcome whether anybody is there.
    pub async fn issue(
        &self,
        request: Request<'_>,
        message: impl Fn(&str) -> Message + Send,
    ) -> Result<Issued, LoginError> {
        let now = self.now();
        let key = record_key(request.purpose, request.binding);
        let before = self.store.record(&key, now).await?;
        let old = before.as_ref().and_then(|stored| serde_json::from_slice::<Record>(&stored.value).ok());
        let same_recipient = |old: &&Record| old.recipient == self.recipient(&request.to);
        if let Some(old) = old.as_ref().filter(same_recipient) {
            let ready = old.sent_at + signed(self.settings.codes.resend_wait);
            if now < ready {
                return Ok(Issued::Wait { seconds: seconds_until(now, ready) });
            }
        }
        if let Some(refused) = self.take_send(&request, now).await? {
            return Ok(refused);
        }
        let code = self.entropy.six_digits();
        let record = Record {
            digest: self.digest(&request, &code),
            channel: channel_of(&request.to),
            masked: request.to.masked(),
            recipient: self.recipient(&request.to),
            sent_at: now,
            expires_at: now + signed(self.settings.codes.lifetime),
            tries_left: self.settings.codes.tries,
            used_at: None,
            real: matches!(request.sending, Sending::Code | Sending::Queued),
        };
        let over = before.as_ref().map(|stored| stored.version);
        if !self.put_code(&key, over, &record).await? {
            // Another tab asked at the same moment; its code is on its way.
            return Ok(Issued::Wait { seconds: seconds_until(now, now + signed(self.settings.codes.resend_wait)) });
        }
        let sent = match request.sending {
            Sending::Nothing => Ok(()),
            Sending::Queued => {
                self.tell(request.to.clone(), &message(&code));
                Ok(())
            }
            Sending::Code | Sending::Instead => self.notifier.deliver(request.to.clone(), &message(&code), now).await,
        };
        match sent {
            Ok(()) => Ok(Issued::Sent),
            Err(error) => {
                self.restore(&key, old.as_ref()).await?;
                self.after_failure(&request, error).await
            }
        }
    }

    /// Takes one send from every budget; what was taken before a refusal is given back.
    async fn take_send(&self, request: &Request<'_>, now: Timestamp) -> Result<Option<Issued>, LoginError> {
        let mut taken: Vec<(String, Rule)> = Vec::new();
        for (counter, rule, number, house) in self.send_budgets(request) {
            if let Verdict::Refused { until, .. } = self.store.take(&counter, rule, now).await? {
                for (counter, rule) in taken {
                    self.store.give_back(&counter, rule).await?;
                }
                if house {
                    tracing::error!("the SMS budget of the hour is used up: no SMS leaves until it is over");
                    return Ok(Some(Issued::Down));
                }
                return Ok(Some(Issued::Capped { until, number }));
            }
            taken.push((counter, rule));
        }
        Ok(None)
    }

    fn send_budgets(&self, request: &Request<'_>) -> Vec<(String, Rule, bool, bool)> {
        let codes = &self.settings.codes;
        let recipient = self.sealer.mac("recipient", &[counted(&request.to).as_bytes()]);
        let per_account = Rule::Window { limit: codes.per_account_day, per: DAY };
        let mut budgets = vec![(format!("code-day:{}", request.budget), per_account, false, false)];
        match request.to {
            To::Email(_) => {
                let rule = Rule::Window { limit: codes.email_per_address_hour, per: HOUR };
                budgets.push((format!("mail-to:{recipient}"), rule, false, false));
            }
            To::Phone(_) => {
                let rule = Rule::Window { limit: codes.sms_per_number_hour, per: HOUR };
                budgets.push((format!("sms-to:{recipient}"), rule, true, false));
                if request.sending != Sending::Nothing {
                    let house = Rule::Window { limit: codes.sms_per_hour, per: HOUR };
                    budgets.push(("sms-house".to_owned(), house, false, true));
                }
            }
        }
        budgets
    }

    async fn after_failure(&self, request: &Request<'_>, error: SendError) -> Result<Issued, LoginError> {
        if matches!(error, SendError::Refused) {
            for (counter, rule, ..) in self.send_budgets(request) {
                self.store.give_back(&counter, rule).await?;
            }
            return Ok(Issued::Undeliverable);
        }
        Ok(Issued::Down)
    }

    /// A send that failed leaves the code before it good.
    async fn restore(&self, key: &str, old: Option<&Record>) -> Result<(), LoginError> {
        let Some(stored) = self.store.record(key, self.now()).await? else { return Ok(()) };
        match old {
            Some(old) => self.put_code(key, Some(stored.version), old).await.map(|_| ()),
            None => Ok(self.store.remove_record(key).await.map(|_| ())?),
        }
    }
}

/// The channel as accounts name it.
fn channel_of(to: &To) -> Channel {
    match to {
        To::Email(_) => Channel::Email,
        To::Phone(_) => Channel::Sms,
    }
}

/// What counters know a recipient by: every spelling of one is one counter (attack O10).
fn counted(to: &To) -> String {
    match to {
        To::Email(email) => email.counter_form(),
        To::Phone(phone) => phone.as_str().to_owned(),
    }
}

fn seconds_until(now: Timestamp, then: Timestamp) -> i64 {
    (then.as_second() - now.as_second()).max(1)
}

fn signed(duration: std::time::Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}
