//! Finding out whether the person has answered: one call at a time and at the provider's pace, whatever the number of reloads and
//! instances, because a question claims its turn in the record before it is put.

use jiff::SignedDuration;
use tokio::time::{Instant, sleep_until};

use crate::observe::Fact;
use crate::rp::{CibaAnswer, CibaFault, CibaRequest, Proven};

use super::super::local::Browser;
use super::super::{Flow, Login, LoginError, Stage};
use super::asking::reason_of;
use super::limits::Owner;
use super::{AfterPress, CibaStage, Ending, Look, PACE};

/// How long a question keeps its turn where nothing more is heard of it: longer than the calls it makes.
const TURN: SignedDuration = SignedDuration::from_secs(20);

impl Login {
    /// Whether the person has answered; the provider is asked where it is time to. Comes no sooner than `password.failure_floor`, so
    /// that its time does not tell whether somebody is asked.
    ///
    /// # Errors
    /// When a store does not answer.
    pub async fn look_ciba(&self, flow: &Flow, browser: Browser<'_>) -> Result<Look, LoginError> {
        let floor = Instant::now() + self.settings.password.failure_floor;
        let look = self.look_in_turn(flow, browser).await?;
        if look != Look::Answered {
            sleep_until(floor).await;
        }
        Ok(look)
    }

    /// The same, and the person who said yes is let in.
    ///
    /// # Errors
    /// When a store does not answer.
    pub async fn press_ciba(&self, flow: &Flow, browser: Browser<'_>) -> Result<AfterPress, LoginError> {
        Ok(match self.look_ciba(flow, browser).await? {
            Look::Waiting { away } => AfterPress::Waiting { away },
            Look::Over(end) => AfterPress::Over(end),
            Look::Answered => self.use_answer(flow, browser).await?,
            Look::Opened => {
                let opened = self.opened_again(flow, browser).await?;
                opened.map_or(AfterPress::Gone, |opened| AfterPress::Again(Box::new(opened)))
            }
            Look::Gone => AfterPress::Gone,
        })
    }

    /// Stops asking for good. A request that still stands on the telephone stays the one under way until the provider gives it up.
    ///
    /// # Errors
    /// When a store does not answer.
    pub async fn cancel_ciba(&self, flow: &Flow, browser: Browser<'_>) -> Result<(), LoginError> {
        let Some((read, stage)) = self.ciba_stage(flow).await? else { return Ok(()) };
        if stage.end(self.now()).is_none() {
            self.end_ciba(flow, &read.sign_in.id, Ending::Cancelled, browser).await?;
        }
        Ok(())
    }

    async fn look_in_turn(&self, flow: &Flow, browser: Browser<'_>) -> Result<Look, LoginError> {
        let now = self.now();
        let Some(read) = self.sign_in(flow).await? else { return Ok(Look::Gone) };
        let mut stage = match read.sign_in.stage.clone() {
            Stage::Ciba(stage) => *stage,
            Stage::Opened { .. } => return Ok(Look::Opened),
            Stage::Typing | Stage::Factor(_) | Stage::Reset(_) | Stage::Arrived(_) => return Ok(Look::Gone),
        };
        let mut sign_in = read.sign_in;
        let id = sign_in.id.clone();
        match (stage.end, stage.end(now)) {
            (Some(end), _) => return Ok(Look::Over(end)),
            (None, Some(end)) => return self.over(flow, &id, end, browser).await,
            (None, None) if stage.proven.is_some() => return Ok(Look::Answered),
            (None, None) if now < stage.next => return Ok(Look::Waiting { away: false }),
            (None, None) => {}
        }
        stage.next = now + TURN;
        sign_in.stage = Stage::Ciba(Box::new(stage.clone()));
        if !self.put_sign_in(flow, Some(read.version), &sign_in).await? {
            return Ok(Look::Waiting { away: false });
        }
        let answer = match (&stage.request, self.providers.get(&stage.provider)) {
            (Some(request), Some(provider)) => provider.poll_person(request, &*self.entropy, now).await,
            // Nobody is asked, or the provider was taken away meanwhile: nobody answers.
            (Some(_) | None, _) => Ok(CibaAnswer::Pending),
        };
        match answer {
            Ok(CibaAnswer::Proven(proven)) => self.keep_answer(flow, &id, *proven).await,
            Ok(CibaAnswer::Denied) => self.over(flow, &id, Ending::Denied, browser).await,
            Ok(CibaAnswer::Expired) => self.over(flow, &id, Ending::Expired, browser).await,
            Ok(CibaAnswer::Pending) => self.wait(flow, &id, Clone::clone, false).await,
            Ok(CibaAnswer::SlowDown) => self.wait(flow, &id, |request| request.clone().slower(), false).await,
            Err(fault) => {
                tracing::warn!(
                    reason = reason_of(&fault),
                    provider = stage.provider,
                    error = &fault as &dyn std::error::Error,
                    "a request to confirm could not be followed"
                );
                match fault {
                    // The person may still answer, and an answer be had: it is asked for more rarely.
                    CibaFault::Unavailable(_) | CibaFault::NotReached => {
                        self.wait(flow, &id, |request| request.clone().slower(), true).await
                    }
                    CibaFault::Misconfigured(_) => self.over(flow, &id, Ending::Misconfigured, browser).await,
                    CibaFault::Refused(_) => self.over(flow, &id, Ending::NotBelieved, browser).await,
                }
            }
        }
    }

    /// Gives the turn back; the pace counts from the answer.
    async fn wait(
        &self,
        flow: &Flow,
        id: &str,
        paced: fn(&CibaRequest) -> CibaRequest,
        away: bool,
    ) -> Result<Look, LoginError> {
        let now = self.now();
        let changed = self.change_ciba(flow, id, |stage| {
            stage.request = stage.request.as_ref().map(paced);
            stage.next = now + stage.request.as_ref().map_or(PACE, CibaRequest::interval);
        });
        match changed.await? {
            Some(_) => Ok(Look::Waiting { away }),
            None => self.ended_meanwhile(flow).await,
        }
    }

    /// Keeps what the provider gave until the tab uses it; where the request was cancelled meanwhile it is dropped.
    async fn keep_answer(&self, flow: &Flow, id: &str, proven: Proven) -> Result<Look, LoginError> {
        let identity = self.arrived(proven)?;
        let kept = self.change_ciba(flow, id, |stage| stage.proven = Some(identity.clone())).await?;
        let Some(stage) = kept else { return self.ended_meanwhile(flow).await };
        self.free_own_slot(&stage, id).await?;
        Ok(Look::Answered)
    }

    /// Uses it, once, for the account that was asked for.
    async fn use_answer(&self, flow: &Flow, browser: Browser<'_>) -> Result<AfterPress, LoginError> {
        let Some((read, _)) = self.ciba_stage(flow).await? else { return Ok(AfterPress::Gone) };
        let sign_in = read.sign_in;
        let used = self.change_ciba(flow, &sign_in.id, |stage| stage.end = Some(Ending::Used)).await?;
        let Some(stage) = used else { return Ok(AfterPress::Gone) };
        let Some(identity) = stage.proven else { return Ok(AfterPress::Gone) };
        let linked = self.linked(&identity).await?.map(|account| account.id);
        if linked.is_none() || linked != stage.account {
            // The link went, or moved, while the person was asked.
            return Ok(AfterPress::Gone);
        }
        let event = browser.origin.event(self.now(), Fact::CibaAccepted, linked);
        self.directory.record(&[event.with("channel", stage.channel.as_str())]).await?;
        let arrived = Box::new(self.let_in(flow.clone(), identity, sign_in.return_to, browser).await?);
        Ok(AfterPress::Arrived { provider: stage.provider, arrived })
    }

    async fn over(&self, flow: &Flow, id: &str, end: Ending, browser: Browser<'_>) -> Result<Look, LoginError> {
        match self.end_ciba(flow, id, end, browser).await? {
            Some(stage) => {
                self.free_own_slot(&stage, id).await?;
                Ok(Look::Over(end))
            }
            None => self.ended_meanwhile(flow).await,
        }
    }

    /// Ends a request that waits, with the fact of it; `None` when it had ended.
    async fn end_ciba(
        &self,
        flow: &Flow,
        id: &str,
        end: Ending,
        browser: Browser<'_>,
    ) -> Result<Option<CibaStage>, LoginError> {
        let Some(stage) = self.change_ciba(flow, id, |stage| stage.end = Some(end)).await? else { return Ok(None) };
        // Of a request that asked nobody there is nothing to tell.
        if let Some(account) = stage.account {
            let event = browser.origin.event(self.now(), Fact::CibaEnded, Some(account));
            self.directory.record(&[event.with("cause", end.as_str())]).await?;
        }
        Ok(Some(stage))
    }

    async fn ended_meanwhile(&self, flow: &Flow) -> Result<Look, LoginError> {
        let stage = self.ciba_stage(flow).await?;
        Ok(stage.and_then(|(_, stage)| stage.end(self.now())).map_or(Look::Gone, Look::Over))
    }

    async fn free_own_slot(&self, stage: &CibaStage, id: &str) -> Result<(), LoginError> {
        let owner = Owner::new(&self.sealer, &stage.provider, stage.who.as_str(), stage.account.is_some());
        self.free_slot(&owner, id).await
    }
}
