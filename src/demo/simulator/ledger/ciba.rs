//! Requests of decoupled sign-ins (CIBA, poll mode): what waits for an answer on the phone, and who asks how often.

use jiff::SignedDuration;

use super::{Ledger, Means};
use crate::clock::Timestamp;
use crate::demo::simulator::professional::Professional;

/// What is added to the interval of who asks too soon (CIBA Core, 11).
const SLOWER: SignedDuration = SignedDuration::from_secs(5);

/// One request.
#[derive(Debug, Clone)]
pub(in super::super) struct CibaRequest {
    /// Its name on the pages; `auth_req_id` is the client's alone.
    pub(in super::super) name: String,
    pub(in super::super) client_id: String,
    pub(in super::super) scope: String,
    pub(in super::super) professional: &'static Professional,
    pub(in super::super) means: Means,
    /// Two digits.
    pub(in super::super) binding_message: String,
    pub(in super::super) expires_at: Timestamp,
    pub(in super::super) interval: SignedDuration,
    pub(in super::super) answer: Answer,
    pub(in super::super) last_poll: Option<Timestamp>,
}

/// What the person said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Answer {
    /// Nothing yet.
    None,
    /// Yes; the session of this identifier was opened.
    Accepted(String),
    /// No.
    Refused,
}

/// Why a question about a request brings no tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum PollFault {
    /// Never made, made by another client, or answered before.
    Unknown,
    /// Asked too soon.
    SlowDown,
    /// No answer yet.
    Pending,
    /// Too late.
    Expired,
    /// Refused.
    Denied,
}

impl Ledger {
    /// Keeps a request until it is answered or over.
    pub(in super::super) fn open_ciba(&mut self, auth_req_id: String, request: CibaRequest, now: Timestamp) {
        self.forget_what_is_over(now);
        self.ciba.insert(auth_req_id, request);
    }

    /// Requests that wait for an answer, the one that ends first before the others.
    pub(in super::super) fn waiting_ciba(&self, now: Timestamp) -> Vec<CibaRequest> {
        let waits = |request: &&CibaRequest| request.answer == Answer::None && now < request.expires_at;
        let mut requests: Vec<CibaRequest> = self.ciba.values().filter(waits).cloned().collect();
        requests.sort_by(|a, b| (a.expires_at, &a.name).cmp(&(b.expires_at, &b.name)));
        requests
    }

    /// Gives the person's answer to the request of this name; `None` when none of this name waits.
    pub(in super::super) fn answer_ciba(&mut self, name: &str, answer: Answer, now: Timestamp) -> Option<CibaRequest> {
        let request = self.ciba.values_mut().find(|request| request.name == name)?;
        if request.answer != Answer::None || request.expires_at <= now {
            return None;
        }
        request.answer = answer;
        Some(request.clone())
    }

    /// A client's question. An accepted request is answered once.
    pub(in super::super) fn poll_ciba(
        &mut self,
        auth_req_id: &str,
        client_id: &str,
        now: Timestamp,
    ) -> Result<(CibaRequest, String), PollFault> {
        let request = self.ciba.get_mut(auth_req_id).filter(|request| request.client_id == client_id);
        let request = request.ok_or(PollFault::Unknown)?;
        let too_soon = request.last_poll.is_some_and(|last| now < last + request.interval);
        request.last_poll = Some(now);
        match request.answer.clone() {
            Answer::Refused => {
                self.ciba.remove(auth_req_id);
                Err(PollFault::Denied)
            }
            Answer::Accepted(sid) => {
                let request = self.ciba.remove(auth_req_id).ok_or(PollFault::Unknown)?;
                Ok((request, sid))
            }
            Answer::None if request.expires_at <= now => Err(PollFault::Expired),
            Answer::None if too_soon => {
                request.interval += SLOWER;
                Err(PollFault::SlowDown)
            }
            Answer::None => Err(PollFault::Pending),
        }
    }
}
