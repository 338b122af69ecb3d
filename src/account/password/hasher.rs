//! The bounded pool in which passwords are hashed and verified (attacks D06, D07).
//! A few hashes at a time, a short queue, and a plain refusal beyond: memory stays below workers × cost.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::account::legacy::LegacyHash;
use crate::config::settings::PasswordSettings;
use crate::entropy::{Draw as _, Entropy};

use super::argon::{self, Cost};
use super::stored::{self, Stored};

/// How far hashing gives way, of 19.
const NICE: i32 = 15;
/// Longest password, in bytes, that is looked at; beyond it is wrong at the usual cost.
const LONGEST: usize = 1_024;

/// A password that former systems may have hashed in every form there is.
const MOST_FORMS: &str = "e\u{301}\u{153}";

/// Why nothing was hashed. The caller answers 503 with `Retry-After`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// Every worker is taken and the queue is full.
    #[error("too many passwords are being hashed")]
    Busy,
    /// The hash could not be computed: a cost that argon2 refuses, memory, or the process is ending.
    #[error("the password could not be hashed")]
    Failed,
}

/// What verifying found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// The password is the stored one.
    Right {
        /// Its hash is a former system's or of another cost: make it anew with [`Hasher::hash`] if the account keeps it.
        upgrade: bool,
    },
    /// It is not, or nothing could be verified against.
    Wrong,
}

/// The pool. Cheap to clone; clones share it.
#[derive(Debug, Clone)]
pub struct Hasher {
    cost: Cost,
    cap: Cost,
    places: Arc<Semaphore>,
    workers: Arc<Semaphore>,
}

impl Hasher {
    /// A pool of `workers` hashes at a time with `queue` more waiting.
    #[must_use]
    pub fn new(settings: &PasswordSettings) -> Self {
        let cost = Cost { memory_kib: settings.memory_kib, passes: settings.passes, lanes: settings.lanes };
        let workers = settings.workers.clamp(1, 1_024);
        Self {
            cost,
            cap: Cost::CAP.max(cost),
            places: Arc::new(Semaphore::new(workers.saturating_add(settings.queue.min(100_000)))),
            workers: Arc::new(Semaphore::new(workers)),
        }
    }

    /// Hashes a new password (its NFC form) with argon2id; gives a PHC text.
    ///
    /// # Errors
    /// [`HashError::Busy`] when the queue is full, [`HashError::Failed`] when hashing is impossible, or the password is over 1024 bytes.
    pub async fn hash(&self, password: &str, entropy: &dyn Entropy) -> Result<String, HashError> {
        if password.len() > LONGEST {
            return Err(HashError::Failed);
        }
        let password = stored::canonical(password);
        let salt: [u8; 16] = entropy.bytes();
        let cost = self.cost;
        self.run(move || argon::make(password.as_bytes(), &salt, cost)).await?.ok_or(HashError::Failed)
    }

    /// Verifies a password against a stored text, or against nobody's at the same cost when there is none or it makes no sense.
    ///
    /// # Errors
    /// [`HashError::Busy`] when the queue is full: nothing was judged.
    pub async fn verify(&self, password: &str, stored: Option<&str>) -> Result<Check, HashError> {
        let fits = password.len() <= LONGEST;
        let stored = stored.filter(|_| fits).and_then(|text| Stored::parse(text, self.cap));
        let password = Zeroizing::new(if fits { password.to_owned() } else { String::new() });
        let cost = self.cost;
        let right = self.run(move || stored::judge(stored.as_ref(), &password, cost).0);
        Ok(right.await?.map_or(Check::Wrong, |upgrade| Check::Right { upgrade }))
    }

    /// Puts argon2id around a fast hash of a former system, so that it is as dear to guess as ours (decision 38).
    ///
    /// # Errors
    /// As [`Hasher::hash`].
    pub async fn wrap(&self, legacy: &LegacyHash, entropy: &dyn Entropy) -> Result<String, HashError> {
        let salt: [u8; 16] = entropy.bytes();
        let (legacy, cost) = (legacy.clone(), self.cost);
        self.run(move || stored::wrap(&legacy, &salt, cost)).await?.ok_or(HashError::Failed)
    }

    /// How long a wrong password takes beside this hash, on this machine: as many tries as a password with accents has forms.
    ///
    /// # Errors
    /// [`HashError::Busy`] when the queue is full.
    pub async fn takes(&self, legacy: &LegacyHash) -> Result<Duration, HashError> {
        let legacy = legacy.clone();
        self.run(move || {
            let started = Instant::now();
            for form in stored::forms(MOST_FORMS) {
                std::hint::black_box(legacy.matches(&form));
            }
            started.elapsed()
        })
        .await
    }

    /// Whether a stored text holds this very hash: itself, or inside a wrap.
    /// The salt of a salted hash answers at once: it is drawn anew with each password. Without one, argon2id has to be computed.
    ///
    /// # Errors
    /// As [`Hasher::verify`].
    pub async fn holds(&self, stored: &str, legacy: &LegacyHash, salt_is_enough: bool) -> Result<bool, HashError> {
        match Stored::parse(stored, self.cap) {
            Some(Stored::Wrapped(scheme, _)) if scheme != *legacy.scheme() => Ok(false),
            Some(Stored::Wrapped(scheme, _)) if salt_is_enough && scheme.salt().len() >= 4 => Ok(true),
            Some(Stored::Wrapped(_, outer)) => {
                let digest = Zeroizing::new(legacy.digest().to_vec());
                self.run(move || outer.matches(&digest)).await
            }
            Some(Stored::Own(_) | Stored::Legacy(_)) | None => Ok(stored == legacy.text()),
        }
    }

    /// Runs work in a slot. The permits travel with the work, so a caller that goes away frees nothing before it ends (attack D07),
    /// and a panic gives them back (attack D12).
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, HashError> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| HashError::Busy)?;
        let worker = self.workers.clone().acquire_owned().await.map_err(|_| HashError::Failed)?;
        let slot: (OwnedSemaphorePermit, OwnedSemaphorePermit) = (place, worker);
        let (tell, told) = oneshot::channel();
        let thread = std::thread::Builder::new().name("hash".to_owned()).spawn(move || {
            give_way();
            let result = work();
            drop(slot);
            // Whoever asked may have gone.
            let _ = tell.send(result);
        });
        thread.map_err(|_| HashError::Failed)?;
        told.await.map_err(|_| HashError::Failed)
    }
}

/// From here on this thread's work waits for that of the others where a processor is wanted by both: nobody's request waits for somebody's
/// password. A thread for each hash, as none of them could go back to other work; beside the hash it costs nothing.
fn give_way() {
    // Where the system does not let it, hashing is as urgent as all else.
    let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICE);
}

#[cfg(test)]
mod tests;
