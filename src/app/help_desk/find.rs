//! Finding people by what they say on the phone: id, former identifier, e-mail, RPPS, name. It changes nothing.

use serde::Serialize;

use crate::account::columns::state_name;
use crate::account::{Account, State};
use crate::identity::{AccountId, Email, Rpps};
use crate::login::journey::finish::step_name;
use crate::login::journey::next_step;

use super::{HelpDesk, HelpDeskError};

/// An account in one line. Contacts are masked: the person is on the phone, not proven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Brief {
    /// Its id.
    pub id: String,
    /// `imported`, `activating`, `active` or `disabled`.
    pub state: &'static str,
    /// The person froze the activation.
    pub frozen: bool,
    /// Identifier in the former system.
    pub legacy_id: Option<String>,
    /// Given and family name, as the person or else the former system wrote them.
    pub name: Option<String>,
    /// E-mail that signs in, masked.
    pub sign_in_email: Option<String>,
    /// RPPS, masked.
    pub rpps: Option<String>,
    /// The step the activation waits at.
    pub next_step: Option<&'static str>,
    /// Providers it is linked to.
    pub linked_to: Vec<String>,
}

/// What a list is cut to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only this state.
    pub state: Option<State>,
    /// Only where id, identifier, e-mail, RPPS or name contains this.
    pub text: Option<String>,
    /// Only after this id.
    pub after: Option<String>,
    /// At most so many.
    pub limit: u32,
}

/// Accounts looked through for an e-mail that does not sign in.
const CANDIDATES: u32 = 200;

impl HelpDesk {
    /// Accounts in the order of their ids.
    ///
    /// # Errors
    /// When `after` is no id, or the directory is away.
    pub async fn list(&self, filter: &Filter) -> Result<Vec<Brief>, HelpDeskError> {
        let after = match &filter.after {
            None => None,
            Some(id) => Some(id.parse::<AccountId>().map_err(|_| HelpDeskError::Nobody(id.clone()))?),
        };
        let accounts = self.directory.list(filter.state, filter.text.as_deref(), after, filter.limit).await?;
        Ok(accounts.iter().map(Brief::of).collect())
    }

    /// Everyone whose id, former identifier, RPPS, or any of whose e-mails is exactly what was typed.
    ///
    /// # Errors
    /// When the directory is away.
    pub async fn find(&self, who: &str) -> Result<Vec<Account>, HelpDeskError> {
        let who = who.trim();
        let mut found: Vec<Account> = Vec::new();
        if let Ok(id) = who.parse::<AccountId>() {
            found.extend(self.directory.account(id).await?);
        }
        found.extend(self.directory.by_legacy_id(who).await?);
        if let Ok(email) = Email::parse(who) {
            found.extend(self.directory.by_sign_in_email(&email).await?);
            let candidates = self.directory.list(None, Some(email.as_str()), None, CANDIDATES).await?;
            found.extend(candidates.into_iter().filter(|account| has_email(account, &email)));
        }
        if let Ok(rpps) = Rpps::parse(who) {
            found.extend(self.directory.by_rpps(&rpps).await?);
        }
        found.sort_by_key(|account| account.id);
        found.dedup_by_key(|account| account.id);
        Ok(found)
    }

    /// The one account that answers to what was typed.
    ///
    /// # Errors
    /// When nobody or several do, or the directory is away.
    pub async fn one(&self, who: &str) -> Result<Account, HelpDeskError> {
        let mut found = self.find(who).await?;
        match (found.pop(), found.is_empty()) {
            (None, _) => Err(HelpDeskError::Nobody(who.trim().to_owned())),
            (Some(account), true) => Ok(account),
            (Some(last), false) => {
                Err(HelpDeskError::Several(found.iter().map(|account| account.id).chain([last.id]).collect()))
            }
        }
    }
}

impl Brief {
    /// An account in one line.
    #[must_use]
    pub fn of(account: &Account) -> Self {
        Self {
            id: account.id.to_string(),
            state: state_name(account.state),
            frozen: account.frozen,
            legacy_id: account.legacy_id.clone(),
            name: name(account),
            sign_in_email: account.sign_in_email.as_ref().map(Email::masked),
            rpps: account.rpps.as_ref().map(|held| held.value.masked()),
            next_step: match account.state {
                State::Activating => next_step(account).map(step_name),
                State::Imported | State::Active | State::Disabled => None,
            },
            linked_to: account.links.iter().map(|link| link.identity_provider.clone()).collect(),
        }
    }
}

fn name(account: &Account) -> Option<String> {
    [&account.person, &account.imported.person].into_iter().find_map(|person| {
        let parts: Vec<&str> =
            [&person.given_name, &person.family_name].into_iter().flatten().map(String::as_str).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    })
}

fn has_email(account: &Account, email: &Email) -> bool {
    account.contact_email.as_ref().is_some_and(|held| held.value == *email)
        || account.imported.email.as_ref() == Some(email)
}
