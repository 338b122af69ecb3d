//! Where one person is stuck: state, journey, contacts (masked), links, sessions, last facts. Never a hash, never a secret.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::account::{Account, Journey, Source, State, StepState};
use crate::identity::{Email, Phone};
use crate::login::journey::finish::step_name;
use crate::login::journey::journey_of;
use crate::observe::AuditEvent;

use super::{Brief, HelpDesk, HelpDeskError};

/// An account as the help desk sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// The account in one line.
    #[serde(flatten)]
    pub brief: Brief,
    /// In one sentence, what the person has to do.
    pub waits_for: &'static str,
    /// `local` or `psc`.
    pub journey: Option<&'static str>,
    /// Every step of the journey, in order.
    pub steps: Vec<ShownStep>,
    /// Contact e-mail, masked.
    pub contact_email: Option<Proven>,
    /// Phone, masked.
    pub phone: Option<Proven>,
    /// E-mail the former system knew, masked.
    pub imported_email: Option<String>,
    /// Phone the former system knew, masked.
    pub imported_phone: Option<String>,
    /// Where the RPPS comes from: `psc`, `import` or `declared`.
    pub rpps_source: Option<&'static str>,
    /// `own`, `former` (the former system's), or `none`.
    pub password: &'static str,
    /// Links.
    pub links: Vec<ShownLink>,
    /// Browsers the account knows.
    pub known_browsers: usize,
    /// Live sessions.
    pub sessions: Vec<ShownSession>,
    /// Version of the record.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last written.
    pub updated_at: Timestamp,
    /// Last facts, newest first.
    pub facts: Vec<ShownFact>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownStep {
    /// Its name.
    pub step: &'static str,
    /// `done`, `skipped` or `pending`.
    pub state: &'static str,
    /// When it was closed.
    pub at: Option<Timestamp>,
}

/// A contact that was proven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proven {
    /// Masked.
    pub value: String,
    /// When.
    pub verified_at: Timestamp,
}

/// A link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownLink {
    /// The provider.
    pub identity_provider: String,
    /// The national identifier, masked.
    pub national_id: String,
    /// Since when.
    pub linked_at: Timestamp,
}

/// A live session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownSession {
    /// Its public id.
    pub sid: String,
    /// `local` or the provider.
    pub identity_provider: String,
    /// Browser family.
    pub device: String,
    /// Opened when.
    pub opened_at: Timestamp,
    /// Last seen when.
    pub last_seen: Timestamp,
}

/// One line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownFact {
    /// When.
    pub at: Timestamp,
    /// What.
    pub fact: &'static str,
    /// Client address.
    pub client: Option<String>,
    /// Browser family.
    pub device: Option<String>,
    /// More.
    pub detail: BTreeMap<String, String>,
}

impl HelpDesk {
    /// One account with its last `facts` facts.
    ///
    /// # Errors
    /// When one account does not answer to `who`, or a store is away.
    pub async fn show(&self, who: &str, facts: u32) -> Result<Shown, HelpDeskError> {
        let account = self.one(who).await?;
        let facts = self.directory.facts(account.id, facts).await?;
        let mut shown = Shown::of(&account, facts);
        for (_, session) in self.store.sessions_of(account.id, self.now()).await? {
            // A session of a former epoch is over, whatever the state store says.
            if session.epoch == account.epoch {
                shown.sessions.push(ShownSession {
                    sid: session.sid,
                    identity_provider: session.identity_provider,
                    device: session.device,
                    opened_at: session.opened_at,
                    last_seen: session.last_seen,
                });
            }
        }
        Ok(shown)
    }
}

impl Shown {
    fn of(account: &Account, facts: Vec<AuditEvent>) -> Self {
        let began = account.state != State::Imported;
        Self {
            brief: Brief::of(account),
            waits_for: waits_for(account),
            journey: account.journey.or_else(|| began.then(|| journey_of(account))).map(journey_name),
            steps: journey_of(account).steps().iter().map(|step| shown_step(account, *step)).collect(),
            contact_email: account
                .contact_email
                .as_ref()
                .map(|held| Proven { value: held.value.masked(), verified_at: held.verified_at }),
            phone: account
                .phone
                .as_ref()
                .map(|held| Proven { value: held.value.masked(), verified_at: held.verified_at }),
            imported_email: account.imported.email.as_ref().map(Email::masked),
            imported_phone: account.imported.phone.as_ref().map(Phone::masked),
            rpps_source: account.rpps.as_ref().map(|held| source_name(held.source)),
            password: match (&account.password, &account.legacy_password) {
                (Some(_), _) => "own",
                (None, Some(_)) => "former",
                (None, None) => "none",
            },
            links: account
                .links
                .iter()
                .map(|link| ShownLink {
                    identity_provider: link.identity_provider.clone(),
                    national_id: masked(&link.national_id),
                    linked_at: link.linked_at,
                })
                .collect(),
            known_browsers: account.devices.len(),
            sessions: Vec::new(),
            version: account.version,
            created_at: account.created_at,
            updated_at: account.updated_at,
            facts: facts
                .into_iter()
                .map(|event| ShownFact {
                    at: event.at,
                    fact: event.fact.as_str(),
                    client: event.client.map(|client| client.to_string()),
                    device: event.device,
                    detail: event.detail,
                })
                .collect(),
        }
    }
}

fn waits_for(account: &Account) -> &'static str {
    match account.state {
        State::Disabled => "the account is disabled: enable it",
        State::Imported | State::Activating | State::Active if account.frozen => {
            "the person froze the activation: unfreeze it once you know who called"
        }
        State::Imported => "the first sign-in, with the identifier and password of the former system",
        State::Activating => "the activation is under way: the first step that is pending",
        State::Active => "nothing, the account is activated",
    }
}

fn shown_step(account: &Account, step: crate::account::Step) -> ShownStep {
    let (state, at) = match account.steps.state(step) {
        None => ("pending", None),
        Some(StepState::Done(at)) => ("done", Some(at)),
        Some(StepState::Skipped(at)) => ("skipped", Some(at)),
    };
    ShownStep { step: step_name(step), state, at }
}

/// The name of a journey.
#[must_use]
pub fn journey_name(journey: Journey) -> &'static str {
    match journey {
        Journey::Local => "local",
        Journey::Psc => "psc",
    }
}

/// The name of a source.
#[must_use]
pub fn source_name(source: Source) -> &'static str {
    match source {
        Source::Psc => "psc",
        Source::Import => "import",
        Source::Declared => "declared",
    }
}

/// The four last letters, behind a mask of constant length.
fn masked(text: &str) -> String {
    let letters = text.chars().count();
    // Of a short one, four letters would be nearly all.
    let kept = if letters > 8 { 4 } else { 0 };
    format!("xxxxxxx{}", text.chars().skip(letters.saturating_sub(kept)).collect::<String>())
}
