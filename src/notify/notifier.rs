//! What the other rooms send with: a message is put in words and handed over at once, or queued and tried again.
//! It never tries again what may already have left, and never sends a code that has expired.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use crate::config::settings::{Brand, PublicUrl};
use crate::entropy::{Draw as _, SharedEntropy};

use super::breaker::{Breaker, REST};
use super::messages::Message;
use super::sender::{Channel, Outgoing, SendError, Sender, To};

/// Longest wait for a sender while a person waits for their page (decisions 39).
pub const DEADLINE: Duration = Duration::from_secs(5);
/// Messages waiting at once; beyond it the newest are refused.
const QUEUE: usize = 1_000;
/// Queued messages being sent at once.
const SENDING: usize = 8;
/// Waits before each further try of a queued message.
const BACK_OFF: [Duration; 5] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(2 * 60),
    Duration::from_secs(10 * 60),
    Duration::from_secs(60 * 60),
];

/// The waits of a notifier; tests have shorter ones.
#[derive(Debug, Clone, Copy)]
struct Pace {
    deadline: Duration,
    rest: Duration,
    back_off: [Duration; 5],
}

const PACE: Pace = Pace { deadline: DEADLINE, rest: REST, back_off: BACK_OFF };

/// What a notifier is made of.
pub struct Parts {
    /// Sends e-mails.
    pub email: Arc<dyn Sender>,
    /// Sends SMS; `None` when the configuration has none.
    pub sms: Option<Arc<dyn Sender>>,
    /// Names and telephone numbers put into messages.
    pub brand: Arc<Brand>,
    /// Links and the host of code SMS.
    pub public_url: PublicUrl,
    /// Life of a code: one queued longer ago is not sent.
    pub code_lifetime: Duration,
    /// Message ids.
    pub entropy: SharedEntropy,
    /// Told of every message given up, for the audit log (`notify.failed`).
    pub on_failure: Option<FailureObserver>,
}

/// Listens to failures; must return at once.
pub type FailureObserver = Arc<dyn Fn(Failure) + Send + Sync>;

/// A message that was given up: everything here comes from closed sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    /// By which way it should have left.
    pub channel: Channel,
    /// [`Message::purpose`].
    pub purpose: &'static str,
    /// Why, at the last try.
    pub error: SendError,
    /// Queued, hence nobody was told; a delivery's failure is also returned to its caller.
    pub queued: bool,
}

/// Why a message was not queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QueueError {
    /// Too many messages are waiting.
    #[error("too many messages are waiting to be sent")]
    Full,
    /// The gateway is stopping.
    #[error("no message is taken any more: the gateway is stopping")]
    Stopping,
}

/// Sends messages. Clones share the queue and the breakers.
#[derive(Clone)]
pub struct Notifier {
    inner: Arc<Inner>,
}

struct Inner {
    parts: Parts,
    pace: Pace,
    email_breaker: Breaker,
    sms_breaker: Breaker,
    /// How long the last e-mail took to be accepted (microseconds).
    email_took: AtomicU64,
    /// The same of the last SMS.
    sms_took: AtomicU64,
    waiting: Arc<Semaphore>,
    sending: Semaphore,
    tasks: TaskTracker,
}

/// What a try does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Send,
    Rehearse,
}

/// A message on its way, and what is needed to tell of it.
struct Job {
    outgoing: Outgoing,
    purpose: &'static str,
    /// When a queued code is worth nothing any more.
    expires: Option<Instant>,
}

impl std::fmt::Debug for Notifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Notifier")
            .field("email_down", &self.email_down())
            .field("sms_down", &self.sms_down())
            .finish_non_exhaustive()
    }
}

impl Notifier {
    /// Makes a notifier; nothing is sent yet.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self::with_pace(parts, PACE)
    }

    fn with_pace(parts: Parts, pace: Pace) -> Self {
        let inner = Inner {
            parts,
            pace,
            email_breaker: Breaker::new(pace.rest),
            sms_breaker: Breaker::new(pace.rest),
            email_took: AtomicU64::new(0),
            sms_took: AtomicU64::new(0),
            waiting: Arc::new(Semaphore::new(QUEUE)),
            sending: Semaphore::new(SENDING),
            tasks: TaskTracker::new(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Sends now and waits for the sender, [`DEADLINE`] at most.
    ///
    /// # Errors
    /// [`SendError::Refused`] and [`SendError::Down`]: nothing left. [`SendError::Uncertain`]: it may still arrive.
    pub async fn deliver(&self, to: To, message: &Message, now: Timestamp) -> Result<(), SendError> {
        let channel = to.channel();
        let outcome = match self.inner.job(to, message, now) {
            Some(job) => self.inner.attempt(&job.outgoing, Act::Send).await,
            // Such a message does not exist on this channel: a fault of ours, told like a refusal.
            None => Err(SendError::Refused),
        };
        if let Err(error) = outcome {
            self.inner.report(Failure { channel, purpose: message.purpose(), error, queued: false });
        }
        outcome
    }

    /// What [`Notifier::deliver`] does, its breaker and its wait included, without a message leaving: where a page must not tell by
    /// its time, or while the sender is away, that nothing is sent.
    ///
    /// # Errors
    /// As [`Notifier::deliver`].
    pub async fn rehearse(&self, to: To, message: &Message, now: Timestamp) -> Result<(), SendError> {
        let (started, channel) = (Instant::now(), to.channel());
        let job = self.inner.job(to, message, now).ok_or(SendError::Refused)?;
        self.inner.attempt(&job.outgoing, Act::Rehearse).await?;
        tokio::time::sleep_until(started + self.inner.took(channel)).await;
        Ok(())
    }

    /// Takes a notice or a reset mail and returns at once; it is sent in the background, and tried again when the
    /// sender is away. What is still waiting when the process ends is lost.
    ///
    /// # Errors
    /// When too many messages are waiting, or the gateway is stopping.
    pub fn queue(&self, to: To, message: &Message, now: Timestamp) -> Result<(), QueueError> {
        if self.inner.tasks.is_closed() {
            return Err(QueueError::Stopping);
        }
        let channel = to.channel();
        let place = Arc::clone(&self.inner.waiting).try_acquire_owned().map_err(|_| {
            self.inner.report(Failure { channel, purpose: message.purpose(), error: SendError::Down, queued: true });
            QueueError::Full
        })?;
        // Put in words in the background too: who is written to must not be told by the time an answer takes (attack P14).
        let (inner, message) = (Arc::clone(&self.inner), message.clone());
        self.inner.tasks.spawn(async move {
            match inner.job(to, &message, now) {
                Some(job) => inner.work(job, place).await,
                None => {
                    let purpose = message.purpose();
                    inner.report(Failure { channel, purpose, error: SendError::Refused, queued: true });
                }
            }
        });
        Ok(())
    }

    /// Whether an e-mail asked for now would be turned away at once.
    #[must_use]
    pub fn email_down(&self) -> bool {
        self.inner.email_breaker.is_open(Instant::now()) || self.inner.parts.email.known_down()
    }

    /// Whether an SMS asked for now would be turned away at once; also when there is no SMS at all.
    #[must_use]
    pub fn sms_down(&self) -> bool {
        self.inner.sms_breaker.is_open(Instant::now())
            || self.inner.parts.sms.as_ref().is_none_or(|sms| sms.known_down())
    }

    /// Whether the configuration has a way to send SMS; without it phone steps are not offered.
    #[must_use]
    pub fn has_sms(&self) -> bool {
        self.inner.parts.sms.is_some()
    }

    /// Stops taking queued messages and waits for those under way, `limit` at most. Returns whether all are gone.
    pub async fn drain(&self, limit: Duration) -> bool {
        self.inner.tasks.close();
        tokio::time::timeout(limit, self.inner.tasks.wait()).await.is_ok()
    }
}

impl Inner {
    /// Puts `message` in words for `to`.
    fn job(&self, to: To, message: &Message, now: Timestamp) -> Option<Job> {
        let (brand, public_url) = (&self.parts.brand, &self.parts.public_url);
        let purpose = message.purpose();
        let Some(content) = message.render(to.channel(), brand, public_url, now) else {
            tracing::error!(purpose, channel = to.channel().as_str(), "this message does not exist on this channel");
            return None;
        };
        let code = message.code().cloned();
        let expires = code.as_ref().map(|_| Instant::now() + self.parts.code_lifetime);
        let id = self.parts.entropy.uuid(now).to_string();
        Some(Job { outgoing: Outgoing { id, to, content, code, at: now }, purpose, expires })
    }

    /// How long the last message of a channel took.
    fn took(&self, channel: Channel) -> Duration {
        Duration::from_micros(self.took_of(channel).load(Ordering::Relaxed)).min(self.pace.deadline)
    }

    fn took_of(&self, channel: Channel) -> &AtomicU64 {
        match channel {
            Channel::Email => &self.email_took,
            Channel::Sms => &self.sms_took,
        }
    }

    /// One try, through the breaker.
    async fn attempt(&self, outgoing: &Outgoing, act: Act) -> Result<(), SendError> {
        let (sender, breaker) = match outgoing.to.channel() {
            Channel::Email => (Some(&self.parts.email), &self.email_breaker),
            Channel::Sms => (self.parts.sms.as_ref(), &self.sms_breaker),
        };
        let sender = sender.ok_or(SendError::Down)?;
        let started = Instant::now();
        let leave = breaker.enter(started).ok_or(SendError::Down)?;
        let trying = async {
            match act {
                Act::Send => sender.send(outgoing.clone()).await,
                Act::Rehearse => sender.rehearse(outgoing.clone()).await,
            }
        };
        let sent = tokio::time::timeout(self.pace.deadline, trying).await;
        let outcome = sent.unwrap_or(Err(SendError::Uncertain));
        if act == Act::Send && outcome.is_ok() {
            let took = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.took_of(outgoing.to.channel()).store(took, Ordering::Relaxed);
        }
        match outcome {
            // A refusal is an answer: the service works.
            Ok(()) | Err(SendError::Refused) => leave.succeeded(),
            Err(SendError::Down | SendError::Uncertain) => leave.failed(Instant::now()),
        }
        outcome
    }

    /// Tries a queued message until it left, may have left, was refused or is too old.
    async fn work(self: Arc<Self>, job: Job, _place: OwnedSemaphorePermit) {
        let mut back_off = self.pace.back_off.iter();
        let error = loop {
            let outcome = {
                let Ok(_turn) = self.sending.acquire().await else { return };
                if job.expires.is_some_and(|expires| Instant::now() >= expires) {
                    break SendError::Down;
                }
                self.attempt(&job.outgoing, Act::Send).await
            };
            match outcome {
                Ok(()) => return,
                Err(SendError::Down) => {}
                // A second copy could follow the first: one message per request.
                Err(error @ (SendError::Refused | SendError::Uncertain)) => break error,
            }
            let Some(wait) = back_off.next() else { break SendError::Down };
            tokio::time::sleep(*wait).await;
        };
        let channel = job.outgoing.to.channel();
        self.report(Failure { channel, purpose: job.purpose, error, queued: true });
    }

    fn report(&self, failure: Failure) {
        let (channel, class) = (failure.channel.as_str(), failure.error.as_str());
        tracing::warn!(channel, purpose = failure.purpose, class, queued = failure.queued, "a message was not sent");
        if let Some(observer) = &self.parts.on_failure {
            observer(failure);
        }
    }
}

#[cfg(test)]
mod tests;
