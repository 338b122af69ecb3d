//! Audit facts: an enumeration, not free text. Each is stored with the change it tells of.

use std::collections::BTreeMap;
use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::identity::AccountId;

macro_rules! facts {
    ($($(#[$doc:meta])* $name:ident => $text:literal),* $(,)?) => {
        /// What happened, as `area.thing.outcome`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Fact {
            $($(#[$doc])* #[serde(rename = $text)] $name),*
        }

        impl Fact {
            /// The name in the audit log.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text),*
                }
            }
        }
    };
}

facts! {
    SignInStarted => "signin.started",
    PasswordAccepted => "signin.password.accepted",
    PasswordRefused => "signin.password.refused",
    SignInThrottled => "signin.throttled",
    FactorChosen => "signin.factor.chosen",
    FactorSent => "signin.factor.sent",
    FactorAccepted => "signin.factor.accepted",
    FactorRefused => "signin.factor.refused",
    SessionOpened => "session.opened",
    SessionHandedOver => "session.handed_over",
    HandOverRefused => "session.hand_over.refused",
    SessionEnded => "session.ended",
    SessionsEnded => "sessions.ended",
    ResetAsked => "reset.asked",
    ResetCodeSent => "reset.code.sent",
    ResetCodeAccepted => "reset.code.accepted",
    ResetCodeRefused => "reset.code.refused",
    PasswordChanged => "password.changed",
    PasswordSet => "password.set",
    PasswordUpgraded => "password.upgraded",
    LegacyPasswordRetired => "legacy_password.retired",
    ActivationBegun => "activation.begun",
    DetailsSaved => "activation.details.saved",
    ContactDiffers => "activation.contact_differs",
    TermsAccepted => "terms.accepted",
    ActivationEmailSent => "activation.email.sent",
    ActivationEmailVerified => "activation.email.verified",
    ActivationEmailRefused => "activation.email.refused",
    ActivationEmailTaken => "activation.email.taken",
    ActivationEmailSkipped => "activation.email.skipped",
    ActivationPhoneSent => "activation.phone.sent",
    ActivationPhoneVerified => "activation.phone.verified",
    ActivationPhoneRefused => "activation.phone.refused",
    ActivationPhoneSkipped => "activation.phone.skipped",
    ActivationPhoneChanged => "activation.phone.changed",
    OrganisationSaved => "activation.organisation.saved",
    OrganisationChosen => "organisation.chosen",
    BillingSaved => "activation.billing.saved",
    ActivationFinished => "activation.finished",
    ActivationFrozen => "activation.frozen",
    ActivationUnfrozen => "activation.unfrozen",
    PscStarted => "psc.started",
    PscAccepted => "psc.accepted",
    PscRefused => "psc.refused",
    PscCancelled => "psc.cancelled",
    PscFailed => "psc.failed",
    PscNotAdmitted => "psc.not_admitted",
    CibaStarted => "ciba.started",
    CibaIgnored => "ciba.ignored",
    CibaThrottled => "ciba.throttled",
    CibaAccepted => "ciba.accepted",
    CibaEnded => "ciba.ended",
    CibaFailed => "ciba.failed",
    AccountCreated => "account.created",
    AccountImported => "account.imported",
    AccountDisabled => "account.disabled",
    AccountEnabled => "account.enabled",
    AccountUnlocked => "account.unlocked",
    AccountsExported => "accounts.exported",
    StepReset => "account.step.reset",
    PhoneRemoved => "account.phone.removed",
    LinkOffered => "link.offered",
    LinkDeclined => "link.declined",
    LinkCreated => "link.created",
    LinkRefused => "link.refused",
    LinkRemoved => "link.removed",
    LinkMoved => "link.moved",
    RppsDemoted => "rpps.demoted",
    RppsCorrected => "rpps.corrected",
    DirectoryDataChanged => "psc.data.changed",
    ReminderShown => "reminder.shown",
    ReminderDone => "reminder.done",
    ReminderSkipped => "reminder.skipped",
    AccessRefused => "access.refused",
    StepUpAsked => "stepup.asked",
    StepUpPassed => "stepup.passed",
    StepUpRefused => "stepup.refused",
    NotifyFailed => "notify.failed",
    FormStale => "form.stale",
    KeyCreated => "key.created",
    KeyRetired => "key.retired",
}

/// One line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEvent {
    /// When.
    pub at: Timestamp,
    /// What.
    pub fact: Fact,
    /// Whose account; `None` is "unknown".
    pub account: Option<AccountId>,
    /// Session or sign-in id.
    pub sid: Option<String>,
    /// Client address.
    pub client: Option<IpAddr>,
    /// Browser family ("Firefox, Windows").
    pub device: Option<String>,
    /// Request id.
    pub request_id: Option<String>,
    /// More, from closed sets: scope, cause, channel, names of changed fields; and what a register said of the person until it said otherwise.
    pub detail: BTreeMap<String, String>,
}

/// Who acts, from where: what every fact of one request shares.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// Client address.
    pub client: Option<IpAddr>,
    /// Browser family.
    pub device: Option<String>,
    /// Session or sign-in id.
    pub sid: Option<String>,
    /// Request id.
    pub request_id: Option<String>,
}

impl Origin {
    /// A fact about `account`, from here.
    #[must_use]
    pub fn event(&self, at: Timestamp, fact: Fact, account: Option<AccountId>) -> AuditEvent {
        AuditEvent {
            at,
            fact,
            account,
            sid: self.sid.clone(),
            client: self.client,
            device: self.device.clone(),
            request_id: self.request_id.clone(),
            detail: BTreeMap::new(),
        }
    }
}

impl AuditEvent {
    /// Adds a detail from a closed set.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.detail.insert(key.to_owned(), value.into());
        self
    }
}
