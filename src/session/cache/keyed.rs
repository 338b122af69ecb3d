//! Acts on a session by its key, for whoever drew the token first: an opening that was announced in a sign-in record,
//! a renewal by the twin of a request (decision 57), a sentence waiting for the next page.

use crate::session::{Session, SessionKey, SessionToken, StoreError, Stored};

use super::{NewSession, RACES, Sessions};

impl Sessions {
    /// Opens a session under a token drawn before.
    ///
    /// # Errors
    /// When the store did not acknowledge it: no cookie may be given.
    pub async fn open_as(&self, token: &SessionToken, new: NewSession) -> Result<Session, StoreError> {
        let session = self.session_of(new);
        self.inner.store.open(token.key(), &session).await?;
        Ok(session)
    }

    /// Moves a session to a token drawn before, changed by `change`; the old one is dead everywhere at once.
    /// `None` when it had ended, or lost every race (then nothing happened).
    ///
    /// # Errors
    /// When the store did not answer.
    pub async fn renew_as(
        &self,
        old: SessionKey,
        new: &SessionToken,
        change: impl Fn(&mut Session) + Send + Sync,
    ) -> Result<Option<Session>, StoreError> {
        let now = self.inner.clock.now();
        for _ in 0..RACES {
            let Some(Stored { version, value: mut session }) = self.live(old, now).await? else { return Ok(None) };
            change(&mut session);
            session.last_seen = now;
            let renewed = self.inner.store.renew(old, version, new.key(), &session, now).await;
            self.forget(old);
            if renewed? {
                return Ok(Some(session));
            }
        }
        Ok(None)
    }

    /// Keeps the key of a sentence for the next page of ours, or forgets the one that was shown.
    ///
    /// # Errors
    /// When the store did not answer.
    pub async fn set_notice(&self, key: SessionKey, notice: Option<&str>) -> Result<(), StoreError> {
        self.update(key, |session| session.notice = notice.map(str::to_owned)).await.map(|_| ())
    }
}
