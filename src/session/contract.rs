//! What every [`Store`] must do, whatever it stands on. A backend calls `store_contract!(open)` in its tests, where
//! `open` is an async function that gives a store and something to hold while it serves. The store may be shared:
//! each test draws its own accounts, keys and names.

mod counters;
mod records;
mod sessions;

use std::net::IpAddr;
use std::sync::Arc;

use jiff::Timestamp;

use crate::entropy::{Draw as _, SystemEntropy};
use crate::identity::AccountId;

use super::{Session, SessionKey, SessionToken, Store};

pub use counters::*;
pub use records::*;
pub use sessions::*;

/// The store under test, shared by the tasks that race on it.
pub type Shared = Arc<dyn Store>;

/// One test for each clause of the contract.
macro_rules! store_contract {
    ($open:path) => {
        $crate::session::contract::store_contract! { $open:
            a_session_comes_back_as_it_was_opened
            a_session_past_its_end_is_not_there_and_says_absolute
            a_key_is_opened_once
            a_replaced_session_is_a_new_version_and_the_older_writer_loses
            of_twenty_replacements_at_once_one_wins
            s05_what_ended_is_never_replaced_touched_renewed_nor_opened_again
            a_cause_is_kept_twenty_four_hours
            s05_a_session_that_ends_while_others_write_it_stays_ended
            a_renewed_session_lives_under_its_new_key_only
            of_twenty_renewals_at_once_one_wins
            a_touch_moves_last_seen_forward_only_and_no_version
            a_replacement_does_not_undo_a_touch
            ending_all_spares_one_and_other_accounts
            a_sweep_takes_what_expired_and_nothing_else
            what_lapsed_is_listed_until_it_is_ended
            a_record_is_added_once_and_replaced_by_version
            an_expired_record_gives_way_to_a_new_one
            a_former_version_does_not_fit_a_record_added_again
            of_fifty_additions_replacements_or_removals_at_once_one_wins
            trimming_removes_the_oldest_of_one_prefix
            o02_a_secret_is_used_up_once_even_by_fifty_at_once
            a_used_secret_is_remembered_until_it_expires
            o01_a_hundred_guesses_at_once_are_granted_five_times
            o01_guesses_whose_caller_went_away_are_counted_if_granted
            a_counter_gives_back_and_forgets
            a_counter_starts_over_after_its_window
            counters_and_records_take_any_text_as_a_name
        }
    };
    ($open:path: $($clause:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $clause() {
                let (store, _guard) = $open().await;
                $crate::session::contract::$clause(store).await;
            }
        )*
    };
}
pub(crate) use store_contract;

/// An instant, `seconds` after a fixed one.
#[must_use]
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_900_000_000 + seconds).unwrap()
}

/// A key that was never used.
#[must_use]
pub fn new_key() -> SessionKey {
    SessionToken::draw(&SystemEntropy).key()
}

/// An account that has no session.
#[must_use]
pub fn new_account() -> AccountId {
    AccountId::new(SystemEntropy.uuid(at(0)))
}

/// A name nobody else uses.
#[must_use]
pub fn new_name(purpose: &str) -> String {
    format!("{purpose}:{}", SystemEntropy.token::<16>())
}

/// A session of `account` opened at `at(0)` for four hours, with something in every field.
#[must_use]
pub fn new_session(account: AccountId) -> Session {
    Session {
        sid: SystemEntropy.token::<16>(),
        account,
        epoch: 3,
        opened_at: at(0),
        expires_at: at(4 * 3_600),
        last_seen: at(0),
        auth_time: at(0),
        amr: vec!["pwd".to_owned(), "otp".to_owned()],
        acr: "mfa".to_owned(),
        identity_provider: "local".to_owned(),
        granted: true,
        opened_from: Some(IpAddr::from([192, 0, 2, 7])),
        device: "Firefox, Windows".to_owned(),
        notice: Some("signed-in".to_owned()),
        return_to: Some("/dossiers?nom=É%20\u{0}\"".to_owned()),
        lasting: true,
    }
}
