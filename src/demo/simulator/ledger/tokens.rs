//! Codes and tokens. What is wrong with one is told as a Keycloak tells it, behind `invalid_grant`.

use jiff::SignedDuration;

use super::{Ledger, Session};
use crate::clock::Timestamp;
use crate::demo::simulator::fault::Fault;
use crate::demo::simulator::request::Authorization;

/// What a code or a token stands for.
#[derive(Debug, Clone)]
pub(in super::super) struct Grant {
    pub(in super::super) sid: String,
    pub(in super::super) client_id: String,
    pub(in super::super) scope: String,
    pub(in super::super) nonce: Option<String>,
    pub(in super::super) fault: Fault,
    /// SHA-256 in hexadecimal of the certificate that got it.
    pub(in super::super) certificate: Option<String>,
    /// `jti`.
    pub(in super::super) id: String,
    pub(in super::super) issued_at: Timestamp,
    pub(in super::super) expires_at: Timestamp,
}

/// An authorization code.
#[derive(Debug)]
pub(super) struct Code {
    sid: String,
    request: Authorization,
    fault: Fault,
    pub(super) expires_at: Timestamp,
    used: bool,
}

/// A refresh token.
#[derive(Debug)]
pub(super) struct Refresh {
    pub(super) grant: Grant,
    used: bool,
}

/// Why a code or refresh token was not taken: the description beside `invalid_grant`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct NotTaken(pub(in super::super) &'static str);

/// What a pair of tokens is made of.
#[derive(Debug)]
pub(in super::super) struct Fresh {
    pub(in super::super) access: String,
    pub(in super::super) refresh: String,
    /// `jti` of the pair.
    pub(in super::super) id: String,
    pub(in super::super) certificate: Option<String>,
}

/// A pair of tokens that was issued.
#[derive(Debug)]
pub(in super::super) struct Issued {
    pub(in super::super) session: Session,
    pub(in super::super) access_life: SignedDuration,
    pub(in super::super) refresh_life: SignedDuration,
}

/// Which of the two a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Kind {
    Access,
    Refresh,
}

impl Ledger {
    /// Issues a code.
    pub(in super::super) fn issue_code(
        &mut self,
        code: String,
        sid: String,
        request: Authorization,
        fault: Fault,
        now: Timestamp,
    ) {
        if let Some(session) = self.session(&sid, now) {
            session.clients.insert(request.client_id.clone());
        }
        let expires_at = now + self.lifetimes.code;
        self.codes.insert(code, Code { sid, request, fault, expires_at, used: false });
    }

    /// Uses a code up. A code shown twice takes away what the first use gave (RFC 6749, 4.1.2).
    pub(in super::super) fn use_code(
        &mut self,
        code: &str,
        client_id: &str,
        now: Timestamp,
    ) -> Result<(Grant, Authorization), NotTaken> {
        let found = self.codes.get_mut(code).ok_or(NotTaken("Code not valid"))?;
        if found.request.client_id != client_id {
            return Err(NotTaken("Auth error"));
        }
        if found.used {
            let sid = found.sid.clone();
            self.forget_tokens(&sid, client_id);
            return Err(NotTaken("Code not valid"));
        }
        found.used = true;
        if found.expires_at <= now {
            return Err(NotTaken("Code not valid"));
        }
        let (sid, fault, request) = (found.sid.clone(), found.fault, found.request.clone());
        let grant = Grant {
            sid,
            client_id: client_id.to_owned(),
            scope: request.scope.clone(),
            nonce: Some(request.nonce.clone()),
            fault,
            certificate: None,
            id: String::new(),
            issued_at: now,
            expires_at: now,
        };
        Ok((grant, request))
    }

    /// Uses a refresh token; for good when it `rotates`. The session it belongs to must be live, and counts as active.
    pub(in super::super) fn use_refresh_token(
        &mut self,
        token: &str,
        client_id: &str,
        rotates: bool,
        now: Timestamp,
    ) -> Result<Grant, NotTaken> {
        let found = self.refresh_tokens.get_mut(token).ok_or(NotTaken("Invalid refresh token"))?;
        if found.grant.client_id != client_id {
            return Err(NotTaken("Invalid refresh token. Token client and authorized client don't match"));
        }
        if found.grant.expires_at <= now {
            return Err(NotTaken("Token is not active"));
        }
        if rotates && found.used {
            return Err(NotTaken("Maximum allowed refresh token reuse exceeded"));
        }
        found.used = true;
        // The nonce answers a code, never a refresh.
        let grant = Grant { nonce: None, ..found.grant.clone() };
        let session = self.session(&grant.sid, now).ok_or(NotTaken("Session not active"))?;
        session.last_seen = now;
        Ok(grant)
    }

    /// Issues a pair of tokens; neither outlives the session.
    pub(in super::super) fn issue_tokens(
        &mut self,
        grant: &Grant,
        fresh: Fresh,
        now: Timestamp,
    ) -> Result<Issued, NotTaken> {
        self.forget_what_is_over(now);
        let lifetimes = self.lifetimes;
        let session = self.session(&grant.sid, now).ok_or(NotTaken("Session not active"))?;
        session.clients.insert(grant.client_id.clone());
        let session = session.clone();
        let left = session.ends_at(&lifetimes).duration_since(now);
        let (access_life, refresh_life) = (lifetimes.access_token.min(left), lifetimes.refresh_token.min(left));
        let grant = Grant { certificate: fresh.certificate, id: fresh.id, issued_at: now, ..grant.clone() };
        self.access_tokens.insert(fresh.access, Grant { expires_at: now + access_life, ..grant.clone() });
        let grant = Grant { expires_at: now + refresh_life, ..grant };
        self.refresh_tokens.insert(fresh.refresh, Refresh { grant, used: false });
        Ok(Issued { session, access_life, refresh_life })
    }

    /// What a valid access token stands for.
    pub(in super::super) fn access(&mut self, token: &str, now: Timestamp) -> Option<(Grant, Session)> {
        let grant = self.access_tokens.get(token).filter(|grant| now < grant.expires_at)?.clone();
        let session = self.session(&grant.sid, now)?.clone();
        Some((grant, session))
    }

    /// What a valid token of either kind stands for.
    pub(in super::super) fn token(
        &mut self,
        token: &str,
        rotates: bool,
        now: Timestamp,
    ) -> Option<(Kind, Grant, Session)> {
        if let Some((grant, session)) = self.access(token, now) {
            return Some((Kind::Access, grant, session));
        }
        let refresh = self.refresh_tokens.get(token)?;
        if refresh.grant.expires_at <= now || (rotates && refresh.used) {
            return None;
        }
        let grant = refresh.grant.clone();
        let session = self.session(&grant.sid, now)?.clone();
        Some((Kind::Refresh, grant, session))
    }

    /// Takes a token away. A refresh token takes its client out of the session, and the last client ends it.
    pub(in super::super) fn revoke(&mut self, token: &str, kind: Kind, grant: &Grant, now: Timestamp) {
        match kind {
            Kind::Access => {
                self.access_tokens.remove(token);
            }
            Kind::Refresh => {
                self.forget_tokens(&grant.sid, &grant.client_id);
                let alone = self.session(&grant.sid, now).is_some_and(|session| {
                    session.clients.remove(&grant.client_id);
                    session.clients.is_empty()
                });
                if alone {
                    self.end_session(&grant.sid);
                }
            }
        }
    }

    fn forget_tokens(&mut self, sid: &str, client_id: &str) {
        let other = |grant: &Grant| grant.sid != sid || grant.client_id != client_id;
        self.access_tokens.retain(|_, grant| other(grant));
        self.refresh_tokens.retain(|_, refresh| other(&refresh.grant));
    }
}
