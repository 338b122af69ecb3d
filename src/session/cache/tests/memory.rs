//! A store and a directory in memory.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::Notify;

use crate::identity::AccountId;
use crate::session::facts::Facts;
use crate::session::{
    EndCause, FactsError, FactsSource, Rule, Session, SessionKey, Store, StoreError, Stored, Verdict,
};

/// A store in memory whose reads can be held back and counted.
#[derive(Debug, Default)]
pub(super) struct MemoryStore {
    sessions: Mutex<HashMap<SessionKey, Stored<Session>>>,
    ended: Mutex<HashMap<SessionKey, EndCause>>,
    pub(super) reads: AtomicUsize,
    pub(super) touches: AtomicUsize,
    pub(super) away: AtomicBool,
    pub(super) hold: AtomicBool,
    pub(super) held: Notify,
    pub(super) release: Notify,
}

impl MemoryStore {
    fn check(&self) -> Result<(), StoreError> {
        if self.away.load(Ordering::SeqCst) { Err(StoreError::new("away")) } else { Ok(()) }
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn check(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn close(&self) {}

    async fn open(&self, key: SessionKey, session: &Session) -> Result<(), StoreError> {
        self.check()?;
        self.sessions.lock().unwrap().insert(key, Stored { version: 1, value: session.clone() });
        Ok(())
    }
    async fn session(&self, key: SessionKey, now: Timestamp) -> Result<Option<Stored<Session>>, StoreError> {
        self.check()?;
        self.reads.fetch_add(1, Ordering::SeqCst);
        let found = self.sessions.lock().unwrap().get(&key).cloned().filter(|stored| now < stored.value.expires_at);
        if self.hold.swap(false, Ordering::SeqCst) {
            self.held.notify_one();
            self.release.notified().await;
        }
        Ok(found)
    }
    async fn replace(&self, key: SessionKey, version: i64, session: &Session) -> Result<bool, StoreError> {
        self.check()?;
        let mut sessions = self.sessions.lock().unwrap();
        let Some(stored) = sessions.get_mut(&key).filter(|stored| stored.version == version) else { return Ok(false) };
        *stored = Stored { version: version + 1, value: session.clone() };
        Ok(true)
    }
    async fn renew(
        &self,
        old: SessionKey,
        version: i64,
        new: SessionKey,
        session: &Session,
        _: Timestamp,
    ) -> Result<bool, StoreError> {
        self.check()?;
        let mut sessions = self.sessions.lock().unwrap();
        if sessions.get(&old).is_none_or(|stored| stored.version != version) {
            return Ok(false);
        }
        sessions.remove(&old);
        sessions.insert(new, Stored { version: version + 1, value: session.clone() });
        self.ended.lock().unwrap().insert(old, EndCause::Renewed);
        Ok(true)
    }
    async fn touch(&self, seen: &[(SessionKey, Timestamp)]) -> Result<(), StoreError> {
        self.check()?;
        for (key, at) in seen {
            self.touches.fetch_add(1, Ordering::SeqCst);
            if let Some(stored) = self.sessions.lock().unwrap().get_mut(key) {
                stored.value.last_seen = stored.value.last_seen.max(*at);
            }
        }
        Ok(())
    }
    async fn end(&self, key: SessionKey, cause: EndCause, _: Timestamp) -> Result<bool, StoreError> {
        self.check()?;
        let ended = self.sessions.lock().unwrap().remove(&key).is_some();
        if ended {
            self.ended.lock().unwrap().insert(key, cause);
        }
        Ok(ended)
    }
    async fn end_all(
        &self,
        account: AccountId,
        except: Option<SessionKey>,
        cause: EndCause,
        now: Timestamp,
    ) -> Result<Vec<SessionKey>, StoreError> {
        let keys: Vec<_> = self.sessions_of(account, now).await?.into_iter().map(|(key, _)| key).collect();
        let keys: Vec<_> = keys.into_iter().filter(|key| Some(*key) != except).collect();
        for key in &keys {
            self.end(*key, cause, now).await?;
        }
        Ok(keys)
    }
    async fn sessions_of(&self, account: AccountId, _: Timestamp) -> Result<Vec<(SessionKey, Session)>, StoreError> {
        self.check()?;
        let sessions = self.sessions.lock().unwrap();
        let of = sessions.iter().filter(|(_, stored)| stored.value.account == account);
        Ok(of.map(|(key, stored)| (*key, stored.value.clone())).collect())
    }
    async fn lapsed(
        &self,
        idle_since: Timestamp,
        now: Timestamp,
        _: usize,
    ) -> Result<Vec<(SessionKey, Session)>, StoreError> {
        self.check()?;
        let sessions = self.sessions.lock().unwrap();
        let over = sessions
            .iter()
            .filter(|(_, stored)| stored.value.expires_at <= now || stored.value.last_seen <= idle_since);
        Ok(over.map(|(key, stored)| (*key, stored.value.clone())).collect())
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

#[derive(Debug)]
pub(super) struct MemoryFacts {
    pub(super) facts: Mutex<Option<Facts>>,
    pub(super) revoked: AtomicBool,
}

#[async_trait]
impl FactsSource for MemoryFacts {
    async fn facts(&self, _: AccountId) -> Result<Option<Facts>, FactsError> {
        Ok(self.facts.lock().unwrap().clone())
    }
    async fn is_revoked(&self, _: &str) -> Result<bool, FactsError> {
        Ok(self.revoked.load(Ordering::SeqCst))
    }
}
