//! A state store that refuses when it is told to: writes, or everything.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use guichet::clock::Timestamp;
use guichet::identity::AccountId;
use guichet::session::{EndCause, Rule, Session, SessionKey, Store, StoreError, Stored, Verdict};

/// The store, and what it refuses.
#[derive(Debug)]
pub(crate) struct Doubt {
    inner: Arc<dyn Store>,
    pub(crate) no_reads: AtomicBool,
    pub(crate) no_writes: AtomicBool,
    /// Held, no session is moved to a new token.
    pub(crate) renewing: tokio::sync::Mutex<()>,
    /// How often records, counters and one-shot secrets were asked for or written.
    pub(crate) acts: AtomicU64,
    /// How often a counter was asked for one.
    pub(crate) takes: AtomicU64,
}

impl Doubt {
    pub(crate) fn of(inner: Arc<dyn Store>) -> Self {
        Self {
            inner,
            no_reads: AtomicBool::new(false),
            no_writes: AtomicBool::new(false),
            acts: AtomicU64::new(0),
            takes: AtomicU64::new(0),
            renewing: tokio::sync::Mutex::default(),
        }
    }

    /// Refuses everything, or nothing.
    pub(crate) fn set_away(&self, away: bool) {
        self.no_reads.store(away, Ordering::SeqCst);
        self.no_writes.store(away, Ordering::SeqCst);
    }

    fn act<'a>(&self, store: &'a dyn Store) -> &'a dyn Store {
        self.acts.fetch_add(1, Ordering::SeqCst);
        store
    }

    fn read(&self) -> Result<&dyn Store, StoreError> {
        if self.no_reads.load(Ordering::SeqCst) { Err(StoreError::new("away")) } else { Ok(&*self.inner) }
    }

    fn write(&self) -> Result<&dyn Store, StoreError> {
        if self.no_writes.load(Ordering::SeqCst) { Err(StoreError::new("read only")) } else { Ok(&*self.inner) }
    }
}

#[async_trait]
impl Store for Doubt {
    async fn check(&self) -> Result<(), StoreError> {
        self.read()?.check().await
    }

    async fn close(&self) {
        self.inner.close().await;
    }

    async fn open(&self, key: SessionKey, session: &Session) -> Result<(), StoreError> {
        self.write()?.open(key, session).await
    }
    async fn session(&self, key: SessionKey, now: Timestamp) -> Result<Option<Stored<Session>>, StoreError> {
        self.read()?.session(key, now).await
    }
    async fn replace(&self, key: SessionKey, version: i64, session: &Session) -> Result<bool, StoreError> {
        self.write()?.replace(key, version, session).await
    }
    async fn renew(
        &self,
        old: SessionKey,
        version: i64,
        new: SessionKey,
        session: &Session,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let _turn = self.renewing.lock().await;
        self.write()?.renew(old, version, new, session, now).await
    }
    async fn touch(&self, seen: &[(SessionKey, Timestamp)]) -> Result<(), StoreError> {
        self.write()?.touch(seen).await
    }
    async fn end(&self, key: SessionKey, cause: EndCause, now: Timestamp) -> Result<bool, StoreError> {
        self.write()?.end(key, cause, now).await
    }
    async fn end_all(
        &self,
        account: AccountId,
        except: Option<SessionKey>,
        cause: EndCause,
        now: Timestamp,
    ) -> Result<Vec<SessionKey>, StoreError> {
        self.write()?.end_all(account, except, cause, now).await
    }
    async fn sessions_of(&self, account: AccountId, now: Timestamp) -> Result<Vec<(SessionKey, Session)>, StoreError> {
        self.read()?.sessions_of(account, now).await
    }
    async fn lapsed(
        &self,
        idle_since: Timestamp,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<(SessionKey, Session)>, StoreError> {
        self.read()?.lapsed(idle_since, now, most).await
    }
    async fn ended(&self, key: SessionKey, now: Timestamp) -> Result<Option<EndCause>, StoreError> {
        self.read()?.ended(key, now).await
    }
    async fn record(&self, key: &str, now: Timestamp) -> Result<Option<Stored<Vec<u8>>>, StoreError> {
        self.act(self.read()?).record(key, now).await
    }
    async fn put_record(
        &self,
        key: &str,
        expected: Option<i64>,
        value: &[u8],
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.act(self.write()?).put_record(key, expected, value, expires_at, now).await
    }
    async fn remove_record(&self, key: &str) -> Result<bool, StoreError> {
        self.act(self.write()?).remove_record(key).await
    }
    async fn trim_records(&self, prefix: &str, keep: usize) -> Result<(), StoreError> {
        self.write()?.trim_records(prefix, keep).await
    }
    async fn take(&self, counter: &str, rule: Rule, now: Timestamp) -> Result<Verdict, StoreError> {
        let taken = self.act(self.write()?).take(counter, rule, now).await;
        self.takes.fetch_add(1, Ordering::SeqCst);
        taken
    }
    async fn give_back(&self, counter: &str, rule: Rule) -> Result<(), StoreError> {
        self.act(self.write()?).give_back(counter, rule).await
    }
    async fn reset(&self, counter: &str) -> Result<(), StoreError> {
        self.write()?.reset(counter).await
    }
    async fn consume(&self, secret: &str, expires_at: Timestamp, now: Timestamp) -> Result<bool, StoreError> {
        self.act(self.write()?).consume(secret, expires_at, now).await
    }
    async fn sweep(&self, now: Timestamp) -> Result<(), StoreError> {
        self.write()?.sweep(now).await
    }
}
