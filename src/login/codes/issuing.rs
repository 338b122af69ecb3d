//! Sending a code: within every budget, and the code before it stays good when the sending fails.

use jiff::{SignedDuration, Timestamp};

use crate::account::Channel;
use crate::entropy::Draw as _;
use crate::identity::Phone;
use crate::notify::{Message, SendError};
use crate::session::Rule;

use super::super::budget::Class;
use super::super::throttle::{Spent, Ticket, network};
use super::super::{Login, LoginError};
use super::record::{Record, record_key};
use super::{DAY, Issued, Request, Sending, To};

const HOUR: std::time::Duration = std::time::Duration::from_secs(3_600);

/// What a send is counted against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cap {
    /// The client's network.
    Network,
    /// The account, or the stand-in of a name nobody has.
    Account,
    /// The mailbox.
    Mailbox,
    /// The phone number.
    Number,
    /// Every SMS of the house.
    House,
}

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
            // Who is told to wait must not wait for a clock that was set back.
            if now < ready && !old.is_of_the_future(now) {
                return Ok(Issued::Wait { seconds: seconds_until(now, ready) });
            }
        }
        let send = match self.take_send(&request, now).await? {
            Ok(send) => send,
            Err(refused) => return Ok(refused),
        };
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
            Sending::Rehearsed => self.notifier.rehearse(request.to.clone(), &message(&code), now).await,
            Sending::Code | Sending::Instead => self.notifier.deliver(request.to.clone(), &message(&code), now).await,
        };
        match sent {
            Ok(()) => Ok(Issued::Sent),
            Err(error) => {
                self.restore(&key, old.as_ref()).await?;
                if matches!(error, SendError::Refused) {
                    // Only what definitely did not leave is not counted (decision 37).
                    self.repay(send).await?;
                    return Ok(Issued::Undeliverable);
                }
                Ok(Issued::Down)
            }
        }
    }

    /// Takes one send from every budget, or says what the page is to say.
    async fn take_send(&self, request: &Request<'_>, now: Timestamp) -> Result<Result<Ticket, Issued>, LoginError> {
        let Spent { kind, until, .. } = match self.take_all(self.send_budgets(request), now).await? {
            Ok(ticket) => return Ok(Ok(ticket)),
            Err(spent) => spent,
        };
        if kind == Cap::House {
            tracing::error!("the SMS budget of the hour is used up: no SMS leaves until it is over");
            return Ok(Err(Issued::Down));
        }
        Ok(Err(Issued::Capped { until, number: kind == Cap::Number }))
    }

    /// Takes a notice by SMS from the budgets of its number and of the house: what somebody types must not cost without end
    /// (decision 37). `false`: none leaves now.
    pub(in crate::login) async fn take_notice(&self, phone: &Phone) -> Result<bool, LoginError> {
        let recipient = self.sealer.mac("recipient", &[counted(&To::Phone(phone.clone())).as_bytes()]);
        Ok(self.take_all(self.sms_budgets(&recipient, true), self.now()).await?.is_ok())
    }

    /// Money: one budget of a number, whoever asks and what for, and one of all that leaves (decision 37).
    fn sms_budgets(&self, recipient: &str, leaves: bool) -> Vec<(Cap, String, Rule)> {
        let codes = &self.settings.codes;
        let number = Rule::Window { limit: codes.sms_per_number_hour, per: HOUR };
        let mut budgets = vec![(Cap::Number, format!("sms-to:{recipient}"), number)];
        if leaves {
            let house = Rule::Window { limit: codes.sms_per_hour, per: HOUR };
            budgets.push((Cap::House, "sms-house".to_owned(), house));
        }
        budgets
    }

    fn send_budgets(&self, request: &Request<'_>) -> Vec<(Cap, String, Rule)> {
        let (codes, class) = (&self.settings.codes, Class::of(request.purpose));
        let recipient = self.sealer.mac("recipient", &[counted(&request.to).as_bytes()]);
        let per_account = Rule::Window { limit: codes.per_account_day, per: DAY };
        let mut budgets = Vec::new();
        // A hospital is one address: browsers it signed in from stand outside (decision 36).
        if let Some(client) = request.client.filter(|_| !request.budget.is_recognised()) {
            let rule = Rule::Window { limit: self.settings.throttle.sends_per_network_hour, per: HOUR };
            budgets.push((Cap::Network, format!("send-net:{}:{}", class.as_str(), network(client)), rule));
        }
        let counters = request.budget.counters("code-day", class);
        budgets.extend(counters.into_iter().map(|counter| (Cap::Account, counter, per_account)));
        match request.to {
            To::Email(_) => {
                let rule = Rule::Window { limit: codes.email_per_address_hour, per: HOUR };
                let counter = format!("mail-to:{}:{recipient}", class.as_str());
                budgets.push((Cap::Mailbox, request.budget.apart(counter, class), rule));
                if class == Class::Reset {
                    // The mailbox of a name that nobody has is a stand-in; the cap must fall on the same try (attack P14).
                    let counters = request.budget.counters("mail-of", class);
                    budgets.extend(counters.into_iter().map(|counter| (Cap::Mailbox, counter, rule)));
                }
            }
            To::Phone(_) => budgets.extend(self.sms_budgets(&recipient, request.sending != Sending::Nothing)),
        }
        budgets
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
