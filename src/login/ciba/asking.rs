//! Asking a person to confirm: recorded first, then counted, then sent; a stranger's question walks the same way and is not sent.

use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, sleep_until};

use crate::entropy::Entropy;
use crate::identity::AccountId;
use crate::observe::Fact;
use crate::rp::{CibaAsked, CibaFault, CibaRequest};

use super::super::local::{Browser, minutes_until};
use super::super::throttle::{Spent, network};
use super::super::{Flow, Login, LoginError, SignIn, Stage};
use super::limits::Owner;
use super::{AfterQuestion, CibaStage, Ending, Question};

/// What became of a question.
enum Sent {
    /// The provider asks the person.
    Asked(CibaRequest),
    /// Nobody is asked.
    Nobody,
    /// The person wants no requests.
    Denied,
    /// It went wrong; `certain` when nobody was asked.
    Failed { certain: bool },
}

impl Login {
    /// Asks a person to confirm. The answer does not tell whether anybody is asked, and comes no sooner than
    /// `password.failure_floor`.
    ///
    /// # Errors
    /// When a store does not answer.
    pub async fn ask_person(
        &self,
        flow: &Flow,
        question: &Question<'_>,
        return_to: Option<String>,
        browser: Browser<'_>,
    ) -> Result<AfterQuestion, LoginError> {
        let floor = Instant::now() + self.settings.password.failure_floor;
        let after = self.ask_in_turn(flow, question, return_to, browser).await?;
        sleep_until(floor).await;
        Ok(after)
    }

    async fn ask_in_turn(
        &self,
        flow: &Flow,
        question: &Question<'_>,
        return_to: Option<String>,
        browser: Browser<'_>,
    ) -> Result<AfterQuestion, LoginError> {
        let now = self.now();
        let (Some(limits), Some(provider)) = (self.ciba(question.provider), self.providers.get(question.provider))
        else {
            return Ok(AfterQuestion::Unknown);
        };
        let before = self.sign_in(flow).await?;
        if let Some(read) = &before
            && let Stage::Ciba(stage) = &read.sign_in.stage
            && stage.end(now).is_none()
            && (stage.provider.as_str(), &stage.who, stage.channel)
                == (question.provider, question.who, question.channel)
        {
            // The same form once more: the page it led to.
            return Ok(AfterQuestion::Waiting);
        }
        if provider.is_away(now) {
            return Ok(AfterQuestion::Unavailable);
        }
        let found = self.directory.by_link(question.provider, question.who.as_str()).await?;
        let account = found.filter(|account| self.known_device(account, browser.device).is_some());
        let account = account.map(|account| account.id);
        let wait = SignedDuration::try_from(limits.wait).unwrap_or(SignedDuration::ZERO);
        let stage = CibaStage {
            provider: question.provider.to_owned(),
            who: question.who.clone(),
            channel: question.channel,
            digits: two_digits(&*self.entropy),
            until: now + wait,
            end: None,
            account,
            request: None,
            next: now + super::PACE,
            proven: None,
        };
        let typed = question.typed.trim().chars().take(320).collect();
        let stage = Stage::Ciba(Box::new(stage));
        let sign_in = SignIn { typed, ..SignIn::begin(self, return_to, false, stage) };
        if !self.put_sign_in(flow, before.map(|read| read.version), &sign_in).await? {
            // The twin of this press was first, and goes on.
            return Ok(AfterQuestion::Waiting);
        }
        let owner = self.owner(question, account.is_some());
        if !self.take_slot(&owner, &sign_in.id, now).await? {
            self.type_again(flow, question.typed).await?;
            return Ok(AfterQuestion::UnderWay);
        }
        let ticket = match self.admit_request(&owner, flow, limits, browser, now).await? {
            Ok(ticket) => ticket,
            Err(Spent { kind: scope, until, .. }) => {
                self.free_slot(&owner, &sign_in.id).await?;
                self.type_again(flow, question.typed).await?;
                let event = browser.origin.event(now, Fact::CibaThrottled, account).with("scope", scope.as_str());
                self.record_thinned(event, &format!("{}:{}", scope.as_str(), source(browser))).await?;
                return Ok(AfterQuestion::Throttled {
                    scope,
                    minutes: minutes_until(now.as_second(), until.as_second()),
                });
            }
        };
        let sent = match account {
            Some(account) => self.send(question, account, &sign_in, browser).await?,
            None => {
                let event = browser.origin.event(now, Fact::CibaIgnored, None);
                self.record_thinned(event, &source(browser)).await?;
                Sent::Nobody
            }
        };
        match sent {
            Sent::Failed { certain } => {
                if certain {
                    self.repay(ticket).await?;
                    self.free_slot(&owner, &sign_in.id).await?;
                }
                self.type_again(flow, question.typed).await?;
                Ok(AfterQuestion::Unavailable)
            }
            Sent::Asked(_) | Sent::Nobody | Sent::Denied => {
                self.settle_question(flow, &owner, &sign_in, now + wait, &sent).await?;
                Ok(AfterQuestion::Waiting)
            }
        }
    }

    /// Writes down what became of it: as many writes whether somebody is asked or not.
    async fn settle_question(
        &self,
        flow: &Flow,
        owner: &Owner,
        sign_in: &SignIn,
        until: Timestamp,
        sent: &Sent,
    ) -> Result<(), LoginError> {
        let now = self.now();
        let (request, over) = match sent {
            Sent::Asked(request) => (Some(request.clone()), request.expires_at()),
            Sent::Nobody | Sent::Denied | Sent::Failed { .. } => (None, until),
        };
        self.hold_slot(owner, &sign_in.id, over).await?;
        let denied = matches!(sent, Sent::Denied).then_some(Ending::Denied);
        self.change_ciba(flow, &sign_in.id, |stage| {
            stage.until = stage.until.min(over);
            stage.next = now + request.as_ref().map_or(super::PACE, CibaRequest::interval);
            stage.request.clone_from(&request);
            stage.end = denied;
        })
        .await?;
        Ok(())
    }

    async fn send(
        &self,
        question: &Question<'_>,
        account: AccountId,
        sign_in: &SignIn,
        browser: Browser<'_>,
    ) -> Result<Sent, LoginError> {
        let now = self.now();
        let Stage::Ciba(stage) = &sign_in.stage else { return Ok(Sent::Nobody) };
        let Some(provider) = self.providers.get(question.provider) else { return Ok(Sent::Failed { certain: true }) };
        let event = browser.origin.event(now, Fact::CibaStarted, Some(account));
        self.directory.record(&[event.with("channel", question.channel.as_str())]).await?;
        let asked = provider.ask_person(question.who, question.channel, &stage.digits, &*self.entropy, now).await;
        let (reason, sent) = match asked {
            Ok(CibaAsked::Waiting(request)) => return Ok(Sent::Asked(request)),
            Ok(CibaAsked::Nobody) => ("unknown-there", Sent::Nobody),
            Ok(CibaAsked::Denied) => ("denied", Sent::Denied),
            Err(fault) => {
                let (reason, certain) = (reason_of(&fault), fault.asked_nobody());
                tracing::warn!(
                    reason,
                    provider = question.provider,
                    error = &fault as &dyn std::error::Error,
                    "a person could not be asked to confirm"
                );
                (reason, Sent::Failed { certain })
            }
        };
        let event = browser.origin.event(now, Fact::CibaFailed, Some(account)).with("reason", reason);
        self.directory.record(&[event]).await?;
        Ok(sent)
    }
}

/// For the audit log and the log.
pub(super) fn reason_of(fault: &CibaFault) -> &'static str {
    match fault {
        CibaFault::NotReached => "not-reached",
        CibaFault::Unavailable(_) => "unavailable",
        CibaFault::Misconfigured(_) => "misconfigured",
        CibaFault::Refused(_) => "refused",
    }
}

fn source(browser: Browser<'_>) -> String {
    browser.origin.client.map_or_else(String::new, network)
}

/// `00` to `99`, uniform.
fn two_digits(entropy: &dyn Entropy) -> String {
    use crate::entropy::Draw as _;
    entropy.six_digits().chars().take(2).collect()
}
