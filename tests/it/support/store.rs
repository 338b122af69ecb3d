//! Sessions in memory, facts set by the test, and a switch that takes the store away.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use guichet::clock::Timestamp;
use guichet::identity::AccountId;
use guichet::session::{
    EndCause, Facts, FactsError, FactsSource, Rule, Session, SessionKey, Store, StoreError, Stored, Verdict,
};

#[derive(Debug, Default)]
pub(crate) struct MemoryStore {
    sessions: Mutex<HashMap<SessionKey, Session>>,
    ended: Mutex<HashMap<SessionKey, EndCause>>,
    pub(crate) away: AtomicBool,
}

impl MemoryStore {
    fn check(&self) -> Result<(), StoreError> {
        if self.away.load(Ordering::SeqCst) { Err(StoreError::new("away")) } else { Ok(()) }
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn open(&self, key: SessionKey, session: &Session) -> Result<(), StoreError> {
        self.check()?;
        self.sessions.lock().unwrap().insert(key, session.clone());
        Ok(())
    }
    async fn session(&self, key: SessionKey, _: Timestamp) -> Result<Option<Stored<Session>>, StoreError> {
        self.check()?;
        Ok(self.sessions.lock().unwrap().get(&key).cloned().map(|value| Stored { version: 1, value }))
    }
    async fn replace(&self, _: SessionKey, _: i64, _: &Session) -> Result<bool, StoreError> {
        Ok(false)
    }
    async fn renew(&self, _: SessionKey, _: i64, _: SessionKey, _: &Session, _: Timestamp) -> Result<bool, StoreError> {
        Ok(false)
    }
    async fn touch(&self, _: &[(SessionKey, Timestamp)]) -> Result<(), StoreError> {
        self.check()
    }
    async fn end(&self, key: SessionKey, cause: EndCause, _: Timestamp) -> Result<bool, StoreError> {
        self.check()?;
        self.ended.lock().unwrap().insert(key, cause);
        Ok(self.sessions.lock().unwrap().remove(&key).is_some())
    }
    async fn end_all(
        &self,
        _: AccountId,
        _: Option<SessionKey>,
        _: EndCause,
        _: Timestamp,
    ) -> Result<Vec<SessionKey>, StoreError> {
        Ok(Vec::new())
    }
    async fn sessions_of(&self, _: AccountId, _: Timestamp) -> Result<Vec<(SessionKey, Session)>, StoreError> {
        Ok(Vec::new())
    }
    async fn ended(&self, key: SessionKey, _: Timestamp) -> Result<Option<EndCause>, StoreError> {
        self.check()?;
        Ok(self.ended.lock().unwrap().get(&key).copied())
    }
    async fn record(&self, _: &str, _: Timestamp) -> Result<Option<Stored<Vec<u8>>>, StoreError> {
        Ok(None)
    }
    async fn put_record(
        &self,
        _: &str,
        _: Option<i64>,
        _: &[u8],
        _: Timestamp,
        _: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(false)
    }
    async fn remove_record(&self, _: &str) -> Result<bool, StoreError> {
        Ok(false)
    }
    async fn trim_records(&self, _: &str, _: usize) -> Result<(), StoreError> {
        Ok(())
    }
    async fn take(&self, _: &str, _: Rule, now: Timestamp) -> Result<Verdict, StoreError> {
        Ok(Verdict::Refused { until: now, day_cap: false })
    }
    async fn give_back(&self, _: &str, _: Rule) -> Result<(), StoreError> {
        Ok(())
    }
    async fn reset(&self, _: &str) -> Result<(), StoreError> {
        Ok(())
    }
    async fn consume(&self, _: &str, _: Timestamp, _: Timestamp) -> Result<bool, StoreError> {
        Ok(false)
    }
    async fn sweep(&self, _: Timestamp) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Facts by account.
#[derive(Debug, Default)]
pub(crate) struct MemoryFacts(pub(crate) Mutex<HashMap<AccountId, Facts>>);

#[async_trait]
impl FactsSource for MemoryFacts {
    async fn facts(&self, account: AccountId) -> Result<Option<Facts>, FactsError> {
        Ok(self.0.lock().unwrap().get(&account).cloned())
    }
    async fn is_revoked(&self, _: &str) -> Result<bool, FactsError> {
        Ok(false)
    }
}
