//! Reading a session with its facts, and what a reading must meet before anybody is let in by it.

use std::sync::Arc;

use jiff::Timestamp;

use crate::session::{EndCause, Facts, Lookup, Session, SessionKey, Standing, StoreError, Visitor};

use super::{FRESH, Inner, RACES, TOUCH};

impl Inner {
    /// The cached visitor, if nothing was forgotten since it was read, it is young enough, and the session is not over.
    pub(super) fn cached(&self, key: SessionKey, now: Timestamp) -> Option<Arc<Visitor>> {
        let visitor = self.cache.get(&key)?;
        let fresh = visitor.read_at() <= now && now < visitor.read_at() + FRESH;
        (fresh && self.marks.hold(visitor.marks()) && visitor.over(now, self.idle).is_none()).then_some(visitor)
    }

    pub(super) fn seen(&self, visitor: &Arc<Visitor>, now: Timestamp) {
        if visitor.seen(now, TOUCH) {
            // Full: its next request a minute later tells again.
            let _ = self.touched.try_send(Arc::clone(visitor));
        }
    }

    /// A request seen by this process that the store has not heard of yet.
    pub(super) fn seen_lately(&self, key: SessionKey, now: Timestamp) -> bool {
        self.cache.get(&key).is_some_and(|visitor| visitor.over(now, self.idle).is_none())
    }

    pub(super) async fn read(&self, key: SessionKey, now: Timestamp) -> Result<Lookup, StoreError> {
        for _ in 0..RACES {
            if let Some(lookup) = self.read_once(key, now).await? {
                return Ok(lookup);
            }
        }
        // Forgotten again and again while it was read: nobody is let in by what cannot be trusted.
        Ok(Lookup::Unknown)
    }

    /// `None` when something was forgotten while it was read.
    async fn read_once(&self, key: SessionKey, now: Timestamp) -> Result<Option<Lookup>, StoreError> {
        let former = self.cache.get(&key);
        // Each mark is read before its source: what is forgotten in between makes the entry useless at once.
        let key_mark = self.marks.key(key);
        let Some(stored) = self.store.session(key, now).await? else {
            self.cache.invalidate(&key);
            let cause = self.ended(key, now, former.as_deref()).await?;
            return Ok(Some(cause.map_or(Lookup::Unknown, Lookup::Ended)));
        };
        let marks = self.marks.complete(key_mark, stored.value.account, &stored.value.sid);
        let facts = self.facts.facts(stored.value.account).await.map_err(StoreError::new)?;
        let revoked = self.facts.is_revoked(&stored.value.sid).await.map_err(StoreError::new)?;
        let Some(facts) = facts.filter(|facts| !revoked && admits(facts, &stored.value)) else {
            return self.end(key, EndCause::Revoked, now).await.map(Some);
        };
        let visitor = Arc::new(Visitor::new(key, stored, facts, now, marks));
        if let Some(former) = former {
            visitor.inherit(&former);
        }
        if !self.marks.hold(visitor.marks()) {
            return Ok(None);
        }
        if let Some(cause) = visitor.over(now, self.idle) {
            self.end_by_itself(key, visitor.session(), cause, now).await?;
            return Ok(Some(Lookup::Ended(cause)));
        }
        // Forgotten from here on, its marks no longer hold, whoever finds it in the cache.
        self.cache.insert(key, Arc::clone(&visitor));
        Ok(Some(Lookup::Live(visitor)))
    }

    async fn end(&self, key: SessionKey, cause: EndCause, now: Timestamp) -> Result<Lookup, StoreError> {
        self.store.end(key, cause, now).await?;
        self.marks.raise_key(key);
        self.cache.invalidate(&key);
        Ok(Lookup::Ended(cause))
    }

    /// Ends a session that is over by silence or age. Its end is told by the one caller that ended it.
    pub(super) async fn end_by_itself(
        &self,
        key: SessionKey,
        session: &Session,
        cause: EndCause,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let ended = self.store.end(key, cause, at).await?;
        self.marks.raise_key(key);
        self.cache.invalidate(&key);
        if ended && let Err(error) = self.facts.ended(session, cause, at).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the end of a session could not be kept in the audit log"
            );
        }
        Ok(ended)
    }

    /// The kept cause; a session that expired by itself left none, but the copy in memory tells.
    async fn ended(
        &self,
        key: SessionKey,
        now: Timestamp,
        former: Option<&Visitor>,
    ) -> Result<Option<EndCause>, StoreError> {
        let kept = self.store.ended(key, now).await?;
        Ok(kept.or_else(|| former.and_then(|former| former.over(now, self.idle))))
    }
}

/// Whether the account lets this session live: its epoch was not raised by anything but this session's own act, and it is neither closed
/// nor frozen.
fn admits(facts: &Facts, session: &Session) -> bool {
    let standing = match facts.standing {
        Standing::Activating | Standing::Active => true,
        Standing::Disabled | Standing::Frozen => false,
    };
    let own_act = facts.spared.as_deref() == Some(session.sid.as_str());
    standing && (facts.epoch <= session.epoch || own_act)
}
