//! What an activated person does with their own account ("Mon compte"): sessions, password, RPPS, links.
//!
//! Every act is one write with its facts, and the person is told. What changes how one gets in asks for an authentication younger than
//! five minutes (decision 22).

pub mod linking;
pub mod password;
pub mod rpps;
pub mod sessions;
pub mod unlinking;

use jiff::SignedDuration;

use crate::account::{Account, State};
use crate::session::Session;

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
}

/// Whether an act of this session may still change the account: it is activated, open, and as it was when the session was judged.
fn may_change(account: &Account, session: &Session) -> bool {
    account.state == State::Active && !account.frozen && account.epoch == session.epoch
}

/// Whether somebody can sign in to an activated account without its link to `provider`.
#[must_use]
pub fn has_other_way_in(account: &Account, provider: &str) -> bool {
    let local = account.sign_in_email.is_some() && account.password.is_some();
    local || account.links.iter().any(|link| link.identity_provider != provider)
}
