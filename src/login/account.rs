//! What an activated person does with their own account ("Mon compte"): sessions, password, RPPS, links.
//!
//! Every act is one write with its facts, and the person is told. What changes how one gets in asks for an authentication younger than
//! five minutes (decision 22), and for more than the mailbox that a password was reset through (decisions 11 and 53): whoever reads a
//! person's mail for an hour must not leave with a way in of their own.

pub mod linking;
pub mod password;
pub mod rpps;
pub mod sessions;
pub mod unlinking;

use jiff::{SignedDuration, Timestamp};

use crate::account::{Account, State};
use crate::identity::acr;
use crate::notify::WaysLeft;
use crate::session::{Need, Session};

use super::Login;
use super::journey::password::FRESH;

impl Login {
    /// Whether who is signed in proved who they are a moment ago: less than five minutes.
    #[must_use]
    pub fn is_fresh(&self, session: &Session) -> bool {
        self.is_fresh_for(session, SignedDuration::ZERO)
    }

    /// The same, and for so much longer.
    #[must_use]
    pub fn is_fresh_for(&self, session: &Session, room: SignedDuration) -> bool {
        self.now() + room < session.auth_time + FRESH
    }

    /// Until when this session is worth no more than the mailbox through which the password was reset; `None` where more was proven.
    #[must_use]
    pub fn mailbox_until(&self, session: &Session, account: &Account) -> Option<Timestamp> {
        account.mailbox_until.filter(|until| session.acr == acr::MAILBOX && self.now() < *until)
    }

    /// What the session still lacks to change how one gets in, `room` from now; `None` when nothing.
    #[must_use]
    pub fn lacks_for_change(&self, session: &Session, account: &Account, room: SignedDuration) -> Option<Need> {
        let again = !self.is_fresh_for(session, room);
        let sms = self.mailbox_until(session, account).is_some();
        let provider = account.links.iter().any(|link| self.providers.get(&link.identity_provider).is_some());
        (again || sms).then(|| Need { again, sms, provider, ..Need::default() })
    }

    /// Whether this session may change how one gets in now.
    #[must_use]
    pub fn may_change_ways_in(&self, session: &Session, account: &Account) -> bool {
        self.lacks_for_change(session, account, SignedDuration::ZERO).is_none()
    }

    /// Whether somebody can sign in to an activated account without its link to `provider`.
    #[must_use]
    pub fn has_other_way_in(&self, account: &Account, provider: &str) -> bool {
        self.ways_without(account, provider) != WaysLeft::default()
    }

    /// What opens an activated account.
    #[must_use]
    pub fn ways_in(&self, account: &Account) -> WaysLeft {
        self.ways_without(account, "")
    }

    /// What opens an activated account without its link to `provider`. Another that is configured no more lets nobody in.
    #[must_use]
    pub fn ways_without(&self, account: &Account, provider: &str) -> WaysLeft {
        let others = account.links.iter().map(|link| link.identity_provider.as_str()).filter(|name| *name != provider);
        let offered = others.filter(|name| self.providers.get(name).is_some());
        WaysLeft {
            password: account.sign_in_email.is_some() && account.password.is_some(),
            providers: offered.map(|name| self.label(name).to_owned()).collect(),
        }
    }
}

/// Whether an act of this session may still change the account: it is activated, open, and as it was when the session was judged.
fn may_change(account: &Account, session: &Session) -> bool {
    account.state == State::Active && !account.frozen && account.epoch == session.epoch
}
