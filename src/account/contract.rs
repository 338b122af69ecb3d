//! What every [`Directory`] must do, whatever it stands on. A backend calls `directory_contract!(open)` in its tests, where
//! `open` is an async function that gives a directory and something to hold while it serves. The directory may be shared
//! and already hold accounts: each test draws its own.

mod accounts;
mod links;
mod system;

use std::sync::Arc;

use jiff::Timestamp;

use crate::entropy::{Draw as _, SystemEntropy};
use crate::identity::{AccountId, Email, Rpps};
use crate::observe::{AuditEvent, Fact, audit::Origin};

use super::{Account, Directory, Link, Person, Source, SourcedRpps, State, Step, StepState, Verified};

pub use accounts::*;
pub use links::*;
pub use system::*;

/// The directory under test, shared by the tasks that race on it.
pub type Shared = Arc<dyn Directory>;

/// One test for each clause of the contract.
macro_rules! directory_contract {
    ($open:path) => {
        $crate::account::contract::directory_contract! { $open:
            an_account_comes_back_as_it_was_created
            an_account_is_found_by_what_it_signs_in_with
            a_saved_account_is_a_new_version_and_the_older_writer_loses
            of_twenty_saves_at_once_one_wins
            an_account_that_is_not_there_is_not_saved
            of_twenty_claims_of_an_email_at_once_one_wins
            an_email_given_up_can_be_claimed
            a_legacy_identifier_belongs_to_one_account
            an_rpps_may_be_held_by_several_accounts
            many_are_written_all_or_none
            an_email_moves_within_one_transaction
            accounts_are_listed_in_order_by_pages_and_by_state
            accounts_are_found_by_what_the_help_desk_knows
            the_census_counts_where_accounts_stand
            l06_of_twenty_links_to_one_identity_at_once_one_wins
            l07_identities_that_look_alike_are_not_the_same
            a_link_removed_is_free_and_a_link_kept_stays
            a_link_moves_from_one_account_to_another_in_one_act
            facts_are_kept_with_the_change_and_not_without_it
            facts_are_read_newest_first
            of_twenty_first_keys_at_once_one_is_kept
            keys_retire_and_are_dropped
            x06_a_revoked_session_stays_revoked
            a_change_is_seen_once_by_each_reader
        }
    };
    ($open:path: $($clause:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $clause() {
                let (directory, _guard) = $open().await;
                $crate::account::contract::$clause(directory).await;
            }
        )*
    };
}
pub(crate) use directory_contract;

/// An instant, `seconds` after a fixed one.
#[must_use]
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_900_000_000 + seconds).unwrap()
}

/// Text nobody else uses: small letters and digits.
#[must_use]
pub fn new_text() -> String {
    SystemEntropy.uuid(at(0)).simple().to_string()
}

/// An address nobody else uses.
#[must_use]
pub fn new_email() -> Email {
    Email::parse(&format!("{}@exemple.fr", new_text())).unwrap()
}

/// A number nobody else uses, with its key.
#[must_use]
pub fn new_rpps() -> Rpps {
    let digits = format!("1000{}", SystemEntropy.six_digits());
    let key = (0..10).find(|key| luhn(&format!("{digits}{key}"))).unwrap();
    Rpps::parse(&format!("{digits}{key}")).unwrap()
}

/// An account with nothing in it.
#[must_use]
pub fn new_account(state: State) -> Account {
    Account::new(AccountId::new(SystemEntropy.uuid(at(0))), state, at(0))
}

/// An account with something in many fields.
#[must_use]
pub fn full_account() -> Account {
    let mut account = new_account(State::Active);
    account.epoch = 7;
    account.legacy_id = Some(format!("É-{}", new_text()));
    account.sign_in_email = Some(new_email());
    account.contact_email = Some(Verified { value: new_email(), verified_at: at(1) });
    account.rpps = Some(SourcedRpps { value: new_rpps(), source: Source::Psc });
    account.password = Some("$argon2id$…".to_owned());
    account.person = Person {
        civility: Some("MME".to_owned()),
        family_name: Some("LE GOFF".to_owned()),
        given_name: Some("Hélène \u{0} \"🏥\"".to_owned()),
        profession: Some("60".to_owned()),
    };
    account.steps =
        [(Step::Information, StepState::Done(at(2))), (Step::Phone, StepState::Skipped(at(3)))].into_iter().collect();
    account.drafts.entry("organisation".to_owned()).or_default().fields.insert("siret".to_owned(), "78".to_owned());
    account.devices.insert("device".to_owned(), Timestamp::from_nanosecond(1_900_000_000_123_456_789).unwrap());
    account.links.push(link("psc", &new_text()));
    account
}

/// A link to a provider's identity.
#[must_use]
pub fn link(identity_provider: &str, national_id: &str) -> Link {
    Link {
        identity_provider: identity_provider.to_owned(),
        national_id: national_id.to_owned(),
        linked_at: at(4),
        last_sub: "f:1:2".to_owned(),
        rpps: None,
    }
}

/// A fact about an account.
#[must_use]
pub fn fact(second: i64, fact: Fact, account: &Account) -> AuditEvent {
    let origin = Origin { client: Some([192, 0, 2, 7].into()), sid: Some("sid".to_owned()), ..Origin::default() };
    origin.event(at(second), fact, Some(account.id)).with("channel", "email")
}

fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let value = u32::from(digit - b'0') * if place % 2 == 1 { 2 } else { 1 };
            value / 10 + value % 10
        })
        .sum();
    sum.is_multiple_of(10)
}
