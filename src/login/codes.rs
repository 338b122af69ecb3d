//! One-time codes: six digits, kept as a MAC, bound to a flow or session, a purpose and an address; five tries, ten minutes, single use.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::account::Channel;
use crate::config::Secret;
use crate::entropy::Draw as _;
use crate::identity::AccountId;
use crate::notify::{CodePurpose, Message, SendError};
use crate::session::{Rule, Verdict};

use super::{Login, LoginError};

pub use crate::notify::To;

/// What a code proves; one for another purpose never fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Second factor.
    SignIn,
    /// Forgotten password, e-mail.
    Reset,
    /// Forgotten password, SMS as well.
    ResetSms,
    /// Activation, e-mail.
    ActivationEmail,
    /// Activation, phone.
    ActivationPhone,
    /// Linking.
    Link,
    /// Confirmation before credentials change.
    Confirm,
}

impl Purpose {
    /// Its name in keys and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Reset => "reset",
            Self::ResetSms => "reset-sms",
            Self::ActivationEmail => "activation-email",
            Self::ActivationPhone => "activation-phone",
            Self::Link => "link",
            Self::Confirm => "confirm",
        }
    }
}

/// A code to be sent.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// What it proves.
    pub purpose: Purpose,
    /// The flow or session it is bound to.
    pub binding: &'a str,
    /// Whose budget of codes it counts against, known account or stand-in.
    pub budget: &'a str,
    /// Where it goes.
    pub to: To,
    /// What is sent.
    pub sending: Sending,
    /// The sixty seconds are not asked: the last send failed.
    pub again_after_failure: bool,
}

/// What is sent with a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// The code.
    Code,
    /// Another message in its place, awaited like the code: nothing typed will ever match.
    Instead,
    /// The code, queued: the answer does not wait for it.
    Queued,
    /// Nothing at all: nobody is there.
    Nothing,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Issued {
    /// A new code is the only one that fits now.
    Sent,
    /// One left less than a minute ago; it still fits.
    Wait {
        /// Seconds to wait.
        seconds: i64,
    },
    /// Too many were asked.
    Capped {
        /// Until then.
        until: Timestamp,
        /// The cap of one phone number, which has its own sentence.
        number: bool,
    },
    /// The sender is down, or the house's SMS budget is used up; a code sent before still fits.
    Down,
    /// The address or number was refused for good.
    Undeliverable,
}

/// What became of a typed code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// It fits, and is used up.
    Right,
    /// The same code by the same form, moments after it was used: the same press again.
    Again,
    /// It does not fit.
    Wrong {
        /// Tries left.
        left: u32,
    },
    /// Five tries were used.
    Exhausted,
    /// Ten minutes have passed, or there is no code.
    Expired,
    /// The account's guesses of the day are used up.
    Throttled {
        /// Until then.
        until: Timestamp,
    },
}

/// What a page says about the code it asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// Masked address.
    pub masked: String,
    /// Where it went.
    pub channel: Channel,
    /// When it stops to fit.
    pub expires_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    digest: String,
    channel: Channel,
    masked: String,
    recipient: String,
    sent_at: Timestamp,
    expires_at: Timestamp,
    tries_left: u32,
    used_at: Option<Timestamp>,
    real: bool,
}

const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);
const HOUR: std::time::Duration = std::time::Duration::from_secs(3_600);
/// Wrong codes per account and day, over all flows (attack O04).
const GUESSES_PER_DAY: Rule = Rule::Window { limit: 25, per: DAY };
/// A used code posted again within this time is the same press.
const SAME_PRESS: SignedDuration = SignedDuration::from_secs(10);

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
        if let Some(old) = old.as_ref().filter(same_recipient)
            && !request.again_after_failure
        {
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

    /// Judges a typed code of six digits: a try is used up first.
    pub async fn check_code(
        &self,
        purpose: Purpose,
        binding: &str,
        budget: &str,
        to: Option<&To>,
        code: &str,
    ) -> Result<Checked, LoginError> {
        let key = record_key(purpose, binding);
        let guesses = format!("code-guess:{budget}");
        // Each round somebody's write succeeded, so a record is left alone after as many rounds as it has tries.
        for _ in 0..64 {
            let now = self.now();
            let Some(stored) = self.store.record(&key, now).await? else { return Ok(Checked::Expired) };
            let Ok(mut record) = serde_json::from_slice::<Record>(&stored.value) else { return Ok(Checked::Expired) };
            if now >= record.expires_at {
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
            if let Verdict::Refused { until, .. } = self.store.take(&guesses, GUESSES_PER_DAY, now).await? {
                return Ok(Checked::Throttled { until });
            }
            if !self.put_code(&key, Some(stored.version), &record).await? {
                self.store.give_back(&guesses, GUESSES_PER_DAY).await?;
                continue;
            }
            if fits {
                self.store.give_back(&guesses, GUESSES_PER_DAY).await?;
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
        let open = record.used_at.is_none() && record.tries_left > 0 && now < record.expires_at;
        Ok(open.then_some(Pending { masked: record.masked, channel: record.channel, expires_at: record.expires_at }))
    }

    /// Makes a code useless: the address was changed, the step was skipped.
    pub async fn drop_code(&self, purpose: Purpose, binding: &str) -> Result<(), LoginError> {
        self.store.remove_record(&record_key(purpose, binding)).await?;
        Ok(())
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

    async fn put_code(&self, key: &str, over: Option<i64>, record: &Record) -> Result<bool, LoginError> {
        let value = serde_json::to_vec(record)?;
        // Kept a little longer than it fits, so that a late try is told "expired" rather than nothing.
        let kept_until = record.expires_at + SignedDuration::from_mins(10);
        Ok(self.store.put_record(key, over, &value, kept_until, self.now()).await?)
    }

    fn digest(&self, request: &Request<'_>, code: &str) -> String {
        let recipient = self.recipient(&request.to);
        let parts: [&[u8]; 4] =
            [request.purpose.as_str().as_bytes(), request.binding.as_bytes(), recipient.as_bytes(), code.as_bytes()];
        self.sealer.mac("code", &parts)
    }

    fn recipient(&self, to: &To) -> String {
        self.sealer.mac("code-recipient", &[to.as_str().as_bytes()])
    }

    /// A stand-in for an account nobody has: the same typed name has the same budgets.
    #[must_use]
    pub fn stand_in(&self, typed: &str) -> String {
        self.sealer.mac("stand-in", &[typed.as_bytes()])
    }
}

/// The message around a code.
#[must_use]
pub fn code_message(purpose: CodePurpose, code: &str) -> Message {
    Message::Code { purpose, code: Secret::new(code.to_owned()) }
}

/// The budget of a known account.
#[must_use]
pub fn budget_of(account: AccountId) -> String {
    account.to_string()
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

fn record_key(purpose: Purpose, binding: &str) -> String {
    format!("code:{}:{binding}", purpose.as_str())
}

fn seconds_until(now: Timestamp, then: Timestamp) -> i64 {
    (then.as_second() - now.as_second()).max(1)
}

fn signed(duration: std::time::Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}
