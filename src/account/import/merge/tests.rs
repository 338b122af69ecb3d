use std::io::Cursor;
use std::time::Duration;

use crate::account::import::ImportReader;
use crate::account::password::Check;
use crate::account::{SourcedRpps, StepState};
use crate::config::settings::{PasswordProfile, PasswordSettings};
use crate::entropy::{Draw as _, SystemEntropy};
use crate::identity::Rpps;

use super::*;

const SSHA: &str = "{SSHA}ZSjRJHkXH6RUDQXshO9Z/5Z3zQoxMjM0NTY3OA==";
const OTHER_SSHA: &str = "{SSHA}+Xz3R9YBXidxOBqeNqvWiLH6+hxhYmNkZWZnaA==";
const BCRYPT: &str = "$2y$10$abcdefghijklmnopqrstuuB65t5Fcd1NOx6i2RqFO6IWx7vl1w6cW";

fn pool() -> Hasher {
    Hasher::new(&PasswordSettings {
        profile: PasswordProfile::Guide,
        memory_kib: 64,
        passes: 1,
        lanes: 1,
        workers: 1,
        queue: 1,
        failure_floor: Duration::ZERO,
        allow_unsalted: true,
    })
}

fn row(json: &str) -> ImportRow {
    ImportReader::new(Cursor::new(json.to_owned()), true).unwrap().next().unwrap().1.unwrap()
}

fn id() -> AccountId {
    AccountId::new(SystemEntropy.uuid(at(0)))
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

async fn import(existing: Option<&Account>, json: &str, now: i64) -> Outcome {
    let prepared = prepare(row(json), existing, &pool(), &SystemEntropy).await.unwrap();
    merge(existing, &prepared, id(), at(now))
}

#[track_caller]
fn account(outcome: Outcome) -> Account {
    match outcome {
        Outcome::Added(account) | Outcome::Updated(account) => *account,
        Outcome::Kept | Outcome::Refused(_) => panic!("nothing to store"),
    }
}

async fn added(json: &str) -> Account {
    account(import(None, json, 1).await)
}

#[tokio::test]
async fn a_new_row_adds_an_imported_account_that_its_old_password_opens() {
    let account = added(&format!(
        "{{\"identifier\":\"A1\",\"password_hash\":\"{SSHA}\",\"given_name\":\"Anne\",\"rpps\":\"99700999909\"}}"
    ))
    .await;
    assert_eq!((account.state, account.legacy_id.as_deref()), (State::Imported, Some("A1")));
    assert_eq!(account.imported.person.given_name.as_deref(), Some("Anne"));
    assert_eq!(account.rpps.as_ref().unwrap().source, Source::Import);
    let stored = account.legacy_password.unwrap();
    assert!(stored.starts_with("$guichet-wrap$"));
    assert_eq!(pool().verify("Résoflux 2019", Some(&stored)).await, Ok(Check::Right { upgrade: true }));
}

#[tokio::test]
async fn slow_hashes_are_stored_as_they_are() {
    assert_eq!(
        added(&format!("{{\"identifier\":\"A1\",\"password_hash\":\"{BCRYPT}\"}}")).await.legacy_password.as_deref(),
        Some(BCRYPT)
    );
}

#[tokio::test]
async fn the_same_import_twice_keeps_everything() {
    for hash in [SSHA, BCRYPT, "{MD5}1YfeHUne87KqtwN8bYNX6g=="] {
        let json = format!(
            "{{\"identifier\":\"A1\",\"password_hash\":\"{hash}\",\"city\":\"Paris\",\"org_name\":\"Le Pin\"}}"
        );
        let first = added(&json).await;
        assert_eq!(import(Some(&first), &json, 2).await, Outcome::Kept, "{hash}");
    }
}

#[tokio::test]
async fn a_changed_row_updates_what_it_holds_and_nothing_else() {
    let first = added(&format!(
        "{{\"identifier\":\"A1\",\"password_hash\":\"{SSHA}\",\"given_name\":\"Anne\",\"org_name\":\"Le Pin\"}}"
    ))
    .await;
    let second = account(
        import(Some(&first), "{\"identifier\":\"A1\",\"family_name\":\"Lefèvre\",\"siret\":\"99900001100018\"}", 2)
            .await,
    );
    assert_eq!(second.legacy_password, first.legacy_password);
    assert_eq!(second.imported.person.given_name.as_deref(), Some("Anne"));
    assert_eq!(second.imported.person.family_name.as_deref(), Some("Lefèvre"));
    let organisation = second.imported.organisation.as_ref().unwrap();
    assert_eq!((organisation.name.as_deref(), organisation.siret.as_deref()), (Some("Le Pin"), Some("99900001100018")));
    assert_eq!((second.id, second.created_at, second.updated_at), (first.id, at(1), at(2)));
}

#[tokio::test]
async fn a_password_changed_in_the_former_system_is_taken() {
    let first = added(&format!("{{\"identifier\":\"A1\",\"password_hash\":\"{SSHA}\"}}")).await;
    let second = account(
        import(Some(&first), &format!("{{\"identifier\":\"A1\",\"password_hash\":\"{OTHER_SSHA}\"}}"), 2).await,
    );
    assert_ne!(second.legacy_password, first.legacy_password);
}

#[tokio::test]
async fn a_salt_that_names_the_account_does_not_hide_a_change() {
    // Digest of another password behind the same salt, which is the identifier.
    let with = |hash: &str| format!("{{\"identifier\":\"12345678\",\"password_hash\":\"{hash}\"}}");
    let first = added(&with(SSHA)).await;
    let changed = with("{SSHA}+Xz3R9YBXidxOBqeNqvWiLH6+hwxMjM0NTY3OA==");
    assert!(matches!(import(Some(&first), &changed, 2).await, Outcome::Updated(_)));
    assert_eq!(import(Some(&first), &with(SSHA), 2).await, Outcome::Kept);
}

#[tokio::test]
async fn accounts_that_left_the_imported_state_are_kept() {
    let mut account = added("{\"identifier\":\"A1\"}").await;
    for state in [State::Activating, State::Active, State::Disabled] {
        account.state = state;
        let json = format!("{{\"identifier\":\"A1\",\"given_name\":\"Anne\",\"password_hash\":\"{SSHA}\"}}");
        assert_eq!(import(Some(&account), &json, 2).await, Outcome::Kept);
    }
}

#[tokio::test]
async fn a_password_made_here_is_never_undone_by_an_import() {
    let mut account = added("{\"identifier\":\"A1\"}").await;
    account.password = Some("$argon2id$…".to_owned());
    account.steps = std::iter::once((Step::Password, StepState::Done(at(1)))).collect();
    let json = format!("{{\"identifier\":\"A1\",\"password_hash\":\"{SSHA}\"}}");
    assert_eq!(import(Some(&account), &json, 2).await, Outcome::Kept);
}

#[tokio::test]
async fn a_proven_rpps_is_not_replaced() {
    let mut account = added("{\"identifier\":\"A1\"}").await;
    account.rpps = Some(SourcedRpps { value: Rpps::parse("99900123458").unwrap(), source: Source::Psc });
    assert_eq!(import(Some(&account), "{\"identifier\":\"A1\",\"rpps\":\"99700999909\"}", 2).await, Outcome::Kept);
}

#[tokio::test]
async fn another_persons_account_is_refused() {
    let account = added("{\"identifier\":\"A1\"}").await;
    assert_eq!(import(Some(&account), "{\"identifier\":\"A2\"}", 2).await, Outcome::Refused(Refusal::OtherAccount));
}
