//! The contract of records and one-shot secrets.

use tokio::task::JoinSet;

use super::{Shared, at, new_name};

pub async fn a_record_is_added_once_and_replaced_by_version(store: Shared) {
    let key = new_name("sign-in");
    assert_eq!(store.record(&key, at(0)).await.unwrap(), None);
    assert!(!store.put_record(&key, Some(1), b"nothing", at(60), at(0)).await.unwrap());
    assert!(store.put_record(&key, None, b"\x00one\xff", at(60), at(0)).await.unwrap());
    assert!(!store.put_record(&key, None, b"other", at(60), at(0)).await.unwrap());
    let one = store.record(&key, at(1)).await.unwrap().unwrap();
    assert_eq!(one.value, b"\x00one\xff");

    assert!(store.put_record(&key, Some(one.version), b"", at(120), at(1)).await.unwrap());
    assert!(!store.put_record(&key, Some(one.version), b"late", at(120), at(1)).await.unwrap());
    let two = store.record(&key, at(61)).await.unwrap().unwrap();
    assert_eq!((two.version, two.value), (one.version + 1, Vec::new()));
    assert!(store.remove_record(&key).await.unwrap());
    assert!(!store.remove_record(&key).await.unwrap());
    assert_eq!(store.record(&key, at(1)).await.unwrap(), None);
}

pub async fn an_expired_record_gives_way_to_a_new_one(store: Shared) {
    let key = new_name("code");
    assert!(store.put_record(&key, None, b"old", at(60), at(0)).await.unwrap());
    let old = store.record(&key, at(59)).await.unwrap().unwrap();
    assert_eq!(store.record(&key, at(60)).await.unwrap(), None);
    assert!(!store.put_record(&key, Some(old.version), b"revived", at(600), at(60)).await.unwrap());
    assert!(store.put_record(&key, None, b"new", at(120), at(60)).await.unwrap());
    assert_eq!(store.record(&key, at(61)).await.unwrap().unwrap().value, b"new");
}

pub async fn a_former_version_does_not_fit_a_record_added_again(store: Shared) {
    let key = new_name("code");
    assert!(store.put_record(&key, None, b"first code", at(60), at(0)).await.unwrap());
    let first = store.record(&key, at(1)).await.unwrap().unwrap();
    assert!(store.remove_record(&key).await.unwrap());
    assert!(store.put_record(&key, None, b"second code", at(60), at(1)).await.unwrap());
    assert!(!store.put_record(&key, Some(first.version), b"first code", at(60), at(1)).await.unwrap());
    assert_eq!(store.record(&key, at(2)).await.unwrap().unwrap().value, b"second code");
}

pub async fn of_fifty_additions_replacements_or_removals_at_once_one_wins(store: Shared) {
    let key = new_name("flow");
    let mut tasks = JoinSet::new();
    for _ in 0..50 {
        let (store, key) = (store.clone(), key.clone());
        tasks.spawn(async move { store.put_record(&key, None, b"x", at(60), at(0)).await.unwrap() });
    }
    assert_eq!(tasks.join_all().await.into_iter().filter(|won| *won).count(), 1, "additions");

    let version = store.record(&key, at(1)).await.unwrap().unwrap().version;
    let mut tasks = JoinSet::new();
    for _ in 0..50 {
        let (store, key) = (store.clone(), key.clone());
        tasks.spawn(async move { store.put_record(&key, Some(version), b"y", at(60), at(1)).await.unwrap() });
    }
    assert_eq!(tasks.join_all().await.into_iter().filter(|won| *won).count(), 1, "replacements");

    let mut tasks = JoinSet::new();
    for _ in 0..50 {
        let (store, key) = (store.clone(), key.clone());
        tasks.spawn(async move { store.remove_record(&key).await.unwrap() });
    }
    assert_eq!(tasks.join_all().await.into_iter().filter(|won| *won).count(), 1, "removals");
}

pub async fn trimming_removes_the_oldest_of_one_prefix(store: Shared) {
    let prefix = new_name("sign-in");
    let neighbour = format!("{}_", &prefix[..prefix.len() - 1]);
    let key = |number: u32| format!("{prefix}:{}", 9 - number);
    for number in 0..6 {
        assert!(store.put_record(&key(number), None, b"x", at(60), at(0)).await.unwrap());
    }
    assert!(store.put_record(&neighbour, None, b"x", at(60), at(0)).await.unwrap());
    // Rewriting a record does not make it younger.
    let first = store.record(&key(0), at(1)).await.unwrap().unwrap();
    assert!(store.put_record(&key(0), Some(first.version), b"y", at(60), at(1)).await.unwrap());

    store.trim_records(&prefix, 2).await.unwrap();
    for number in 0..6 {
        let there = store.record(&key(number), at(1)).await.unwrap().is_some();
        assert_eq!(there, number >= 4, "record {number}");
    }
    assert!(store.record(&neighbour, at(1)).await.unwrap().is_some());
    store.trim_records(&prefix, 2).await.unwrap();
    assert!(store.record(&key(4), at(1)).await.unwrap().is_some());
    store.trim_records(&prefix, 0).await.unwrap();
    assert!(store.record(&key(5), at(1)).await.unwrap().is_none());
}

pub async fn o02_a_secret_is_used_up_once_even_by_fifty_at_once(store: Shared) {
    let secret = new_name("jti");
    let mut tasks = JoinSet::new();
    for _ in 0..50 {
        let (store, secret) = (store.clone(), secret.clone());
        tasks.spawn(async move { store.consume(&secret, at(60), at(0)).await.unwrap() });
    }
    assert_eq!(tasks.join_all().await.into_iter().filter(|won| *won).count(), 1);
}

pub async fn a_used_secret_is_remembered_until_it_expires(store: Shared) {
    let secret = new_name("state");
    assert!(store.consume(&secret, at(60), at(0)).await.unwrap());
    store.sweep(at(59)).await.unwrap();
    assert!(!store.consume(&secret, at(600), at(59)).await.unwrap());
    assert!(store.consume(&secret, at(120), at(60)).await.unwrap());
    assert!(!store.consume(&secret, at(120), at(61)).await.unwrap());
    let late = new_name("state");
    assert!(!store.consume(&late, at(60), at(60)).await.unwrap(), "what has expired is not used any more");
}
