//! The way to a provider and back: recorded before the person leaves, taken out once when they return.

use serde::{Deserialize, Serialize};

use crate::identity::NationalIdKind;
use crate::observe::Fact;
use crate::rp::{CallbackError, CallbackParams, Pending, Proven, ProvenIdentity, StartOptions};

use super::super::flow::{LIFETIME, PER_BROWSER};
use super::super::local::Browser;
use super::super::throttle::network;
use super::super::{Flow, Login, LoginError};
use super::keeping::seal;
use super::{Arrived, ArrivedIdentity, Attempt, Confirmation, Confirming, Departure};

/// An attempt that waits for its way back, once.
#[derive(Debug, Serialize, Deserialize)]
struct Waiting {
    attempt: Attempt,
    pending: Pending,
}

impl Login {
    /// The address to send the person to; the way back is recorded first.
    pub async fn start_provider(
        &self,
        name: &str,
        flow: &Flow,
        return_to: Option<String>,
        confirming: Option<Confirming>,
        browser: Browser<'_>,
    ) -> Result<Departure, LoginError> {
        let now = self.now();
        let Some(provider) = self.providers.get(name) else { return Ok(Departure::Unknown) };
        let need = confirming.as_ref().and_then(|confirming| confirming.need);
        let linking = confirming.as_ref().is_some_and(|confirming| confirming.linking);
        let options = StartOptions { prompt_login: confirming.is_some(), max_age: None };
        let started = match provider.start(options, &*self.entropy, now).await {
            Ok(started) => started,
            Err(outage) => {
                tracing::warn!(
                    error = &outage as &dyn std::error::Error,
                    provider = name,
                    "an identity provider cannot be reached"
                );
                return Ok(Departure::Unavailable);
            }
        };
        let (sid, account) = confirming.map_or((None, None), |asked| (Some(asked.sid), Some(asked.account)));
        let key = attempt_key(flow.browser(), name, started.pending.state());
        let attempt = Attempt { flow: flow.id().to_owned(), return_to, confirming: sid, account, need, linking };
        let waiting = serde_json::to_vec(&Waiting { attempt, pending: started.pending })?;
        self.store.put_record(&key, None, &waiting, now + LIFETIME, now).await?;
        self.store.trim_records(&attempts_of(flow.browser()), PER_BROWSER).await?;
        let mut facts = vec![browser.origin.event(now, Fact::PscStarted, account)];
        if account.is_some() && !linking {
            facts.push(browser.origin.event(now, Fact::StepUpAsked, account).with("wanted", name));
        }
        self.directory.record(&facts).await?;
        Ok(Departure::To(started.authorization_url.to_string()))
    }

    /// The way back. `cookie` is the flow cookie of the browser that came; only the browser that began may finish.
    pub async fn provider_callback(
        &self,
        name: &str,
        query: &str,
        cookie: Option<&str>,
        browser: Browser<'_>,
    ) -> Result<Arrived, LoginError> {
        let now = self.now();
        let failed = |error, attempt| Ok(Arrived::Failed { error, attempt });
        let Some(provider) = self.providers.get(name) else { return failed(CallbackError::Malformed, None) };
        let params = match CallbackParams::parse(query) {
            Ok(params) => params,
            Err(error) => return failed(error, None),
        };
        // Looked for among this browser's own: another's is left alone, so that its owner may still finish (attack C02).
        let holder = cookie.and_then(|cookie| Flow::browser_of(&self.sealer, cookie)).unwrap_or_default();
        let key = attempt_key(&holder, name, params.state());
        let Some(stored) = self.store.record(&key, now).await? else {
            self.unknown_state(browser).await?;
            return failed(CallbackError::Expired, None);
        };
        let Waiting { attempt, pending } = serde_json::from_slice(&stored.value)?;
        let flow = cookie.and_then(|cookie| Flow::new(&self.sealer, cookie, &attempt.flow));
        let Some(flow) = flow else { return failed(CallbackError::Expired, None) };
        if !self.store.remove_record(&key).await? {
            return failed(CallbackError::Expired, None);
        }
        let proven = match provider.finish(params, pending, &*self.entropy, now).await {
            Ok(proven) => proven,
            Err(error) => {
                let (reason, fact) = told(&error);
                self.refused(browser, reason, fact).await?;
                tracing::warn!(
                    reason,
                    error = &error as &dyn std::error::Error,
                    "a sign-in through an identity provider failed"
                );
                return failed(error, Some(attempt));
            }
        };
        let identity = self.arrived(proven)?;
        let event = browser.origin.event(now, Fact::PscAccepted, None);
        self.directory.record(&[event.with("identifier", kind_of(&identity.proven))]).await?;
        if let Some(sid) = attempt.confirming.clone().filter(|_| attempt.linking) {
            self.keep_link_proof(&sid, &attempt, identity).await?;
            return Ok(Arrived::ToLink { sid });
        }
        if let Some(sid) = attempt.confirming.clone() {
            let confirmation = self.confirmation(&attempt, identity).await?;
            let refused = match &confirmation {
                Confirmation::Own(_) => None,
                Confirmation::OtherPerson => Some("other-person"),
                Confirmation::NotLinked => Some("not-linked"),
                Confirmation::TooLow => Some("level"),
            };
            if let Some(reason) = refused {
                let event = browser.origin.event(now, Fact::StepUpRefused, attempt.account);
                self.directory.record(&[event.with("wanted", name).with("reason", reason)]).await?;
            }
            let need = attempt.need;
            return Ok(Arrived::Confirmed { sid, return_to: attempt.return_to, need, confirmation });
        }
        self.let_in(flow, identity, attempt.return_to, browser).await
    }

    pub(in crate::login) fn arrived(&self, proven: Proven) -> Result<ArrivedIdentity, LoginError> {
        let grant = seal(&self.sealer, &proven.grant, &self.entropy)?;
        let auth_time = proven.identity.auth_time.unwrap_or_else(|| self.now());
        Ok(ArrivedIdentity { proven: proven.identity, grant, auth_time })
    }

    /// Anybody can call the way back with anything.
    async fn unknown_state(&self, browser: Browser<'_>) -> Result<(), LoginError> {
        let event = browser.origin.event(self.now(), Fact::PscRefused, None).with("reason", "unknown-state");
        let source = browser.origin.client.map_or_else(String::new, network);
        self.record_thinned(event, &source).await
    }

    async fn refused(&self, browser: Browser<'_>, reason: &str, fact: Fact) -> Result<(), LoginError> {
        let event = browser.origin.event(self.now(), fact, None).with("reason", reason);
        Ok(self.directory.record(&[event]).await?)
    }
}

fn told(error: &CallbackError) -> (&'static str, Fact) {
    match error {
        CallbackError::Malformed => ("malformed", Fact::PscRefused),
        CallbackError::StateMismatch(_) => ("state", Fact::PscRefused),
        CallbackError::Expired => ("expired", Fact::PscRefused),
        CallbackError::Cancelled => ("cancelled", Fact::PscCancelled),
        CallbackError::Restart => ("restart", Fact::PscRefused),
        CallbackError::Unavailable(_) => ("unavailable", Fact::PscFailed),
        CallbackError::Misconfigured(_) => ("misconfigured", Fact::PscFailed),
        CallbackError::Refused(_) => ("refused", Fact::PscRefused),
    }
}

/// Where the attempts of a browser are; the oldest beyond a few are dropped, as its sign-ins are (decision 18).
fn attempts_of(browser: &str) -> String {
    format!("provider:{browser}:")
}

fn attempt_key(browser: &str, provider: &str, state: &str) -> String {
    format!("{}{provider}:{state}", attempts_of(browser))
}

/// The kind of an identifier, which may be logged where its value may not.
fn kind_of(proven: &ProvenIdentity) -> &'static str {
    let Some(national_id) = proven.identifier.national() else { return "subject" };
    match national_id.kind() {
        NationalIdKind::Rpps => "rpps",
        NationalIdKind::Adeli => "adeli",
        NationalIdKind::Sandbox => "sandbox",
        NationalIdKind::FinessStaff | NationalIdKind::SiretStaff | NationalIdKind::StructureStaff => "structure",
        NationalIdKind::Unknown => "other",
    }
}
