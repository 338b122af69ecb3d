//! Acts on a session: opened, renewed, changed, ended. Each forgets what memory held of it.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};

use crate::entropy::Draw as _;
use crate::identity::AccountId;
use crate::session::{EndCause, Session, SessionKey, SessionToken, StoreError, Stored};

use super::{RACES, Sessions, UNTOLD};

/// What a new session is made of; ids and limits are added here.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Whose it is.
    pub account: AccountId,
    /// The account's epoch at that moment.
    pub epoch: i64,
    /// When the person proved who they are.
    pub auth_time: Timestamp,
    /// Factors given.
    pub amr: Vec<String>,
    /// Level.
    pub acr: String,
    /// `local`, or the provider's name.
    pub identity_provider: String,
    /// The provider gave what is kept beside the session.
    pub granted: bool,
    /// It ends with the provider's own session, if that is known to end.
    pub ends_by: Option<Timestamp>,
    /// Client address.
    pub opened_from: Option<IpAddr>,
    /// Browser and system.
    pub device: String,
    /// Sentence waiting for the next page.
    pub notice: Option<String>,
    /// Page first asked for.
    pub return_to: Option<String>,
    /// Its cookie survives closing the browser.
    pub lasting: bool,
}

impl Sessions {
    /// Opens a session; the token is for the browser alone.
    ///
    /// # Errors
    /// When the store did not acknowledge it: no cookie may be given.
    pub async fn open(&self, new: NewSession) -> Result<(SessionToken, Session), StoreError> {
        let token = SessionToken::draw(&*self.inner.entropy);
        let session = self.open_as(&token, new).await?;
        Ok((token, session))
    }

    /// Opens a session under a token drawn before: an opening that was announced in a sign-in record.
    ///
    /// # Errors
    /// When the store did not acknowledge it: no cookie may be given.
    pub async fn open_as(&self, token: &SessionToken, new: NewSession) -> Result<Session, StoreError> {
        let session = self.session_of(new);
        self.inner.store.open(token.key(), &session).await?;
        Ok(session)
    }

    /// Moves the session of `old` to a new token, changed by `change`; the old one is dead everywhere at once.
    /// `None` when it had ended, or lost every race (then nothing happened).
    ///
    /// # Errors
    /// When the store did not answer.
    pub async fn renew(
        &self,
        old: &SessionToken,
        change: impl Fn(&mut Session) + Send + Sync,
    ) -> Result<Option<SessionToken>, StoreError> {
        let new = SessionToken::draw(&*self.inner.entropy);
        Ok(self.renew_as(old.key(), &new, change).await?.map(|_| new))
    }

    /// Moves a session to a token drawn before, by the twin of a request too (decision 57), changed by `change`; the old one is dead everywhere at once.
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

    /// Changes a session in place (its waiting sentence, its return target). `false` when it had ended or lost every race.
    ///
    /// # Errors
    /// When the store did not answer.
    pub async fn update(
        &self,
        key: SessionKey,
        change: impl Fn(&mut Session) + Send + Sync,
    ) -> Result<bool, StoreError> {
        let now = self.inner.clock.now();
        for _ in 0..RACES {
            let Some(Stored { version, value: mut session }) = self.live(key, now).await? else { return Ok(false) };
            change(&mut session);
            let replaced = self.inner.store.replace(key, version, &session).await;
            self.forget(key);
            if replaced? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Keeps the key of a sentence for the next page of ours, or forgets the one that was shown.
    ///
    /// # Errors
    /// When the store did not answer.
    pub async fn set_notice(&self, key: SessionKey, notice: Option<&str>) -> Result<(), StoreError> {
        self.update(key, |session| session.notice = notice.map(str::to_owned)).await.map(|_| ())
    }

    /// Ends one session; `false` when there was none.
    ///
    /// # Errors
    /// When the store did not acknowledge it.
    pub async fn end(&self, key: SessionKey, cause: EndCause) -> Result<bool, StoreError> {
        let ended = self.inner.store.end(key, cause, self.inner.clock.now()).await;
        self.forget(key);
        ended
    }

    /// Ends every session of an account but `except`; returns how many. The caller raises the account's epoch, or records the ids (decision 35).
    ///
    /// # Errors
    /// When the store did not acknowledge it.
    pub async fn end_all(
        &self,
        account: AccountId,
        except: Option<SessionKey>,
        cause: EndCause,
    ) -> Result<usize, StoreError> {
        let ended = self.inner.store.end_all(account, except, cause, self.inner.clock.now()).await;
        self.forget_account(account);
        let ended = ended?;
        for key in &ended {
            self.forget(*key);
        }
        Ok(ended.len())
    }

    /// Ends the sessions that nobody came back to, at most `most` at once, so that their end is known; returns how many.
    ///
    /// # Errors
    /// When the store did not answer.
    pub async fn end_lapsed(&self, most: usize) -> Result<usize, StoreError> {
        let now = self.inner.clock.now();
        let lapsed = self.inner.store.lapsed(now - self.inner.idle - UNTOLD, now, most).await?;
        let mut ended = 0;
        for (key, session) in lapsed {
            let absolute = now >= session.expires_at;
            if !absolute && self.inner.seen_lately(key, now) {
                continue;
            }
            let (cause, at) = if absolute {
                // Ended as of its last instant: past it the store has no session to end.
                (EndCause::Absolute, session.expires_at - SignedDuration::from_nanos(1))
            } else {
                (EndCause::Idle, now)
            };
            ended += usize::from(self.inner.end_by_itself(key, &session, cause, at).await?);
        }
        Ok(ended)
    }

    fn session_of(&self, new: NewSession) -> Session {
        let now = self.inner.clock.now();
        let limit = now + self.inner.absolute;
        Session {
            sid: self.inner.entropy.token::<16>(),
            account: new.account,
            epoch: new.epoch,
            opened_at: now,
            expires_at: new.ends_by.map_or(limit, |end| end.min(limit)),
            last_seen: now,
            auth_time: new.auth_time,
            amr: new.amr,
            acr: new.acr,
            identity_provider: new.identity_provider,
            granted: new.granted,
            opened_from: new.opened_from,
            device: new.device,
            notice: new.notice,
            return_to: new.return_to,
            lasting: new.lasting,
        }
    }

    async fn live(&self, key: SessionKey, now: Timestamp) -> Result<Option<Stored<Session>>, StoreError> {
        let stored = self.inner.store.session(key, now).await?;
        Ok(stored
            .filter(|stored| stored.value.over(now, self.inner.idle).is_none() || self.inner.seen_lately(key, now)))
    }
}
