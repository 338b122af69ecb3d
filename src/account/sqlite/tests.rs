//! The contract on `directory.db`, then what is particular to a file: bad rows, an append-only log, the death of its process.

use std::sync::Arc;

use super::*;
use crate::account::contract::{Shared, at, directory_contract, fact, full_account, new_account, new_text};
use crate::observe::Fact;

async fn fresh() -> (Shared, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let directory = SqliteDirectory::open(&folder.path().join("directory.db")).await.unwrap();
    (Arc::new(directory), folder)
}

directory_contract!(fresh);

async fn spoil(directory: &SqliteDirectory, statement: &'static str) -> Result<(), sqlx::Error> {
    let mut transaction = directory.file.write().await?;
    sqlx::query(statement).execute(&mut *transaction).await?;
    transaction.commit().await
}

#[tokio::test]
async fn f09_a_row_of_another_shape_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let directory = SqliteDirectory::open(&folder.path().join("directory.db")).await.unwrap();
    let account = directory.create(&full_account(), &[]).await.unwrap();
    for statement in [
        "UPDATE accounts SET document = ''",
        "UPDATE accounts SET document = '[]'",
        "UPDATE accounts SET document = '{\"id\": 7}'",
        "UPDATE accounts SET document = CAST(x'ff00fe' AS TEXT)",
    ] {
        spoil(&directory, statement).await.unwrap();
        assert!(directory.account(account.id).await.is_err(), "{statement}");
        assert!(directory.by_link("psc", &account.links[0].national_id).await.is_err(), "{statement}");
        assert!(directory.list(None, None, None, 10).await.is_err(), "{statement}");
    }
    assert!(spoil(&directory, "UPDATE accounts SET version = 'two'").await.is_err(), "tables are strict");
    let repaired = directory.save(&account, &[]).await.unwrap();
    assert_eq!(directory.account(account.id).await.unwrap(), Some(repaired));
}

#[tokio::test]
async fn the_columns_win_for_version_and_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let directory = SqliteDirectory::open(&folder.path().join("directory.db")).await.unwrap();
    let account = directory.create(&full_account(), &[]).await.unwrap();
    spoil(&directory, "UPDATE accounts SET version = 41, epoch = 99").await.unwrap();
    let read = directory.account(account.id).await.unwrap().unwrap();
    assert_eq!((read.version, read.epoch), (41, 99));
    assert_eq!(directory.save(&read, &[]).await.unwrap().version, 42);
}

#[tokio::test]
async fn the_audit_log_is_never_rewritten_nor_erased() {
    let folder = tempfile::tempdir().unwrap();
    let directory = SqliteDirectory::open(&folder.path().join("directory.db")).await.unwrap();
    let account = new_account(State::Active);
    directory.record(&[fact(0, Fact::AccountDisabled, &account)]).await.unwrap();
    assert!(spoil(&directory, "DELETE FROM audit").await.is_err());
    assert!(spoil(&directory, "UPDATE audit SET fact = 'nothing'").await.is_err());
    assert_eq!(directory.facts(account.id, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_act_of_another_process_is_seen_at_the_next_poll() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("directory.db");
    let gateway = SqliteDirectory::open(&path).await.unwrap();
    let help_desk = SqliteDirectory::open(&path).await.unwrap();
    let mut account = gateway.create(&full_account(), &[]).await.unwrap();
    assert_eq!(gateway.changes_since(0).await.unwrap(), (Vec::new(), 0), "a new account was known to nobody");
    account.epoch += 1;
    help_desk.save(&account, &[]).await.unwrap();
    assert_eq!(gateway.changes_since(0).await.unwrap(), (vec![Change::Account(account.id)], 1));
    help_desk.revoke_session("sid", at(0)).await.unwrap();
    assert_eq!(gateway.changes_since(1).await.unwrap(), (vec![Change::Session("sid".to_owned())], 2));
    assert_eq!(gateway.changes_since(2).await.unwrap(), (Vec::new(), 2));
}

#[tokio::test]
async fn who_missed_changes_is_told_to_forget_everything() {
    let folder = tempfile::tempdir().unwrap();
    let directory = SqliteDirectory::open(&folder.path().join("directory.db")).await.unwrap();
    for sid in ["one", "two", "three"] {
        directory.revoke_session(sid, at(0)).await.unwrap();
    }
    spoil(&directory, "DELETE FROM changes WHERE seq <= 2").await.unwrap();
    for mark in [0, 1, 2, 7] {
        assert_eq!(directory.changes_since(mark).await.unwrap(), (vec![Change::Everything], 3), "mark {mark}");
    }
    assert_eq!(directory.changes_since(3).await.unwrap(), (Vec::new(), 3));
}

#[tokio::test]
async fn changes_do_not_pile_up() {
    let folder = tempfile::tempdir().unwrap();
    let directory = SqliteDirectory::open(&folder.path().join("directory.db")).await.unwrap();
    directory.revoke_session("first", at(0)).await.unwrap();
    // As if ten thousand had followed.
    spoil(&directory, "UPDATE sqlite_sequence SET seq = 10000 WHERE name = 'changes'").await.unwrap();
    directory.revoke_session("last", at(0)).await.unwrap();
    let kept: i64 =
        sqlx::query_scalar("SELECT count(*) FROM changes").fetch_one(directory.file.readers()).await.unwrap();
    assert_eq!(kept, 1);
}

#[test]
fn what_was_acknowledged_is_there_after_an_end_without_goodbye() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("directory.db");
    let runtime = || tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let abandoned = runtime();
    let accounts = abandoned.block_on(async {
        let directory = SqliteDirectory::open(&path).await.unwrap();
        let mut accounts = Vec::new();
        for _ in 0..20 {
            accounts.push(directory.create(&full_account(), &[]).await.unwrap());
        }
        // Neither closed nor dropped: its write-ahead log stays as it is, as after a `kill -9`.
        std::mem::forget(directory);
        accounts
    });
    abandoned.shutdown_background();
    runtime().block_on(async {
        let directory = SqliteDirectory::open(&path).await.unwrap();
        for account in accounts {
            assert_eq!(directory.account(account.id).await.unwrap(), Some(account));
        }
        directory.check().await.unwrap();
    });
}

#[tokio::test]
async fn f09_a_damaged_directory_is_refused_and_left_for_its_backup() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("directory.db");
    let garbage = new_text().repeat(400);
    std::fs::write(&path, &garbage).unwrap();
    assert!(SqliteDirectory::open(&path).await.is_err());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), garbage);
}
