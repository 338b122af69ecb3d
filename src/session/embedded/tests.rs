//! The contract on `state.db`, then what is particular to a file: garbage in it, and the death of its process.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use super::*;
use crate::session::contract::{Shared, at, new_account, new_key, new_session, store_contract};

async fn fresh() -> (Shared, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(&folder.path().join("state.db")).await.unwrap();
    (Arc::new(store), folder)
}

store_contract!(fresh);

async fn spoil(store: &EmbeddedStore, statement: &'static str) {
    let mut transaction = store.file.write().await.unwrap();
    sqlx::query(statement).execute(&mut *transaction).await.unwrap();
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn f05_garbage_in_a_session_means_sign_in_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(&folder.path().join("state.db")).await.unwrap();
    for statement in [
        "UPDATE sessions SET document = ''",
        "UPDATE sessions SET document = 'null'",
        "UPDATE sessions SET document = '{\"sid\": 7}'",
        "UPDATE sessions SET document = substr(document, 1, 40)",
        "UPDATE sessions SET document = CAST(x'ff00fe' AS TEXT)",
    ] {
        let (key, account) = (new_key(), new_account());
        store.open(key, &new_session(account)).await.unwrap();
        spoil(&store, statement).await;
        assert_eq!(store.sessions_of(account, at(1)).await.unwrap(), [], "{statement}");
        assert_eq!(store.session(key, at(1)).await.unwrap(), None, "{statement}");
        assert!(!store.end(key, EndCause::SignedOut, at(1)).await.unwrap(), "{statement}: the row was removed");
    }
}

#[tokio::test]
async fn f15_a_session_of_a_newer_format_is_not_there_and_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(&folder.path().join("state.db")).await.unwrap();
    let key = new_key();
    store.open(key, &new_session(new_account())).await.unwrap();
    spoil(&store, "UPDATE sessions SET format = 2").await;
    assert_eq!(store.session(key, at(1)).await.unwrap(), None);
    spoil(&store, "UPDATE sessions SET format = 1").await;
    assert!(store.session(key, at(1)).await.unwrap().is_some());
}

#[tokio::test]
async fn f05_impossible_counts_refuse_and_unknown_causes_are_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(&folder.path().join("state.db")).await.unwrap();
    let rule = Rule::Ladder { free: 5, per_day: 25 };
    store.take("c", rule, at(0)).await.unwrap();
    for statement in ["UPDATE counters SET taken = -1", "UPDATE counters SET taken = 9223372036854775807"] {
        spoil(&store, statement).await;
        assert!(matches!(store.take("c", rule, at(1)).await.unwrap(), Verdict::Refused { .. }), "{statement}");
    }
    let key = new_key();
    store.open(key, &new_session(new_account())).await.unwrap();
    store.end(key, EndCause::Idle, at(0)).await.unwrap();
    spoil(&store, "UPDATE ended SET cause = 'abducted'").await;
    assert_eq!(store.ended(key, at(1)).await.unwrap(), None);
}

#[tokio::test]
async fn f05_a_file_that_cannot_be_read_is_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let aside = folder.path().join("state.db.unreadable");
    let foreign = b"SQLite format 3\0 and then nothing of the kind".repeat(200);
    for garbage in [b"garbage".repeat(500), foreign] {
        std::fs::write(&path, &garbage).unwrap();
        let store = EmbeddedStore::open(&path).await.unwrap();
        store.open(new_key(), &new_session(new_account())).await.unwrap();
        assert_eq!(std::fs::read(&aside).unwrap(), garbage);
        store.close().await;
    }
}

#[tokio::test]
async fn f05_a_damaged_page_or_a_missing_table_is_found_when_opening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let store = EmbeddedStore::open(&path).await.unwrap();
    for _ in 0..200 {
        store.open(new_key(), &new_session(new_account())).await.unwrap();
    }
    store.close().await;
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8_192].fill(0x5a);
    std::fs::write(&path, bytes).unwrap();
    let store = EmbeddedStore::open(&path).await.unwrap();
    assert!(folder.path().join("state.db.unreadable").exists());
    spoil(&store, "DROP TABLE consumed").await;
    store.close().await;
    let store = EmbeddedStore::open(&path).await.unwrap();
    assert!(store.consume("s", at(60), at(0)).await.unwrap());
}

#[tokio::test]
async fn a_reader_sees_what_was_just_acknowledged_after_reopening_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let (one, two) = (EmbeddedStore::open(&path).await.unwrap(), EmbeddedStore::open(&path).await.unwrap());
    for _ in 0..50 {
        let key = new_key();
        one.open(key, &new_session(new_account())).await.unwrap();
        assert!(two.session(key, at(1)).await.unwrap().is_some(), "another process sees it at once");
        assert!(two.end(key, EndCause::Revoked, at(1)).await.unwrap());
        assert_eq!(one.session(key, at(1)).await.unwrap(), None);
    }
    one.check().await.unwrap();
}

/// Where the child of the next test works; absent in an ordinary run.
const CHILD_FOLDER: &str = "GUICHET_TEST_STATE_FOLDER";

/// Not a test by itself: what the child process of the next one runs until it is killed.
#[test]
fn child_that_writes_until_killed() {
    #[expect(clippy::disallowed_methods, reason = "a test tells its own child where to work")]
    let Ok(folder) = std::env::var(CHILD_FOLDER) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = EmbeddedStore::open(&Path::new(&folder).join("state.db")).await.unwrap();
        let mut acknowledged = std::io::stdout();
        for number in 0.. {
            assert!(store.consume(&format!("secret {number}"), at(60), at(0)).await.unwrap());
            writeln!(acknowledged, "\nacknowledged {number}").unwrap();
            acknowledged.flush().unwrap();
        }
    });
}

#[tokio::test]
async fn what_was_acknowledged_survives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "session::embedded::tests::child_that_writes_until_killed", "--nocapture"])
        .env(CHILD_FOLDER, folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut acknowledged = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let Ok(line) = line else { break };
        if let Some(number) = line.strip_prefix("acknowledged ") {
            acknowledged.push(number.parse::<u32>().unwrap());
        }
        if acknowledged.len() == 300 {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(acknowledged.len() >= 300);
    let store = EmbeddedStore::open(&folder.path().join("state.db")).await.unwrap();
    assert!(!folder.path().join("state.db.unreadable").exists());
    for number in acknowledged {
        assert!(!store.consume(&format!("secret {number}"), at(60), at(0)).await.unwrap(), "{number} was lost");
    }
}
