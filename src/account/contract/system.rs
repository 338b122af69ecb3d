//! The contract of what surrounds accounts: facts, census, signing keys, revocations, changes.

use jiff::Timestamp;
use tokio::task::JoinSet;

use super::{Shared, at, fact, full_account, new_account, new_text};
use crate::account::directory::{Change, StoredKey};
use crate::account::{SaveError, State};
use crate::observe::Fact;
use crate::observe::audit::Origin;

pub async fn facts_are_kept_with_the_change_and_not_without_it(directory: Shared) {
    let account = full_account();
    let created = fact(1, Fact::AccountCreated, &account);
    let stored = directory.create(&account, std::slice::from_ref(&created)).await.unwrap();
    let linked = [fact(2, Fact::LinkCreated, &account), fact(2, Fact::RppsDemoted, &account)];
    directory.save(&stored, &linked).await.unwrap();
    let refused = directory.save(&stored, &[fact(3, Fact::AccountDisabled, &account)]).await;
    assert!(matches!(refused, Err(SaveError::Changed)));
    let [first, second] = linked;
    assert_eq!(directory.facts(account.id, 10).await.unwrap(), [second, first, created]);
}

pub async fn facts_are_read_newest_first(directory: Shared) {
    let (account, other) = (new_account(State::Active), new_account(State::Active));
    let facts: Vec<_> = (0..5).map(|second| fact(second, Fact::PasswordRefused, &account)).collect();
    directory.record(&facts[..3]).await.unwrap();
    directory.record(&[]).await.unwrap();
    directory.record(&[Origin::default().event(at(9), Fact::SignInStarted, None)]).await.unwrap();
    directory.record(&[fact(9, Fact::PasswordAccepted, &other)]).await.unwrap();
    directory.record(&facts[3..]).await.unwrap();
    let newest_first: Vec<_> = facts.into_iter().rev().collect();
    assert_eq!(directory.facts(account.id, 100).await.unwrap(), newest_first);
    assert_eq!(directory.facts(account.id, 2).await.unwrap(), newest_first[..2]);
    assert_eq!(directory.facts(new_account(State::Active).id, 2).await.unwrap(), []);
}

pub async fn the_census_counts_where_accounts_stand(directory: Shared) {
    let before = directory.census().await.unwrap();
    let states = [State::Imported, State::Imported, State::Activating, State::Active, State::Active, State::Disabled];
    for state in states {
        let mut account = new_account(state);
        account.legacy_password = (state == State::Imported).then(|| "$wrapped$".to_owned());
        directory.create(&account, &[]).await.unwrap();
    }
    let mut both = new_account(State::Activating);
    both.legacy_password = Some("$wrapped$".to_owned());
    let mut both = directory.create(&both, &[]).await.unwrap();
    both.password = Some("$argon2id$".to_owned());
    directory.save(&both, &[]).await.unwrap();
    let after = directory.census().await.unwrap();
    assert_eq!(after.imported - before.imported, 2);
    assert_eq!(after.activating - before.activating, 2);
    assert_eq!(after.active - before.active, 2);
    assert_eq!(after.disabled - before.disabled, 1);
    assert_eq!(after.legacy_passwords - before.legacy_passwords, 2);
}

fn key(purpose: &str, signs_from: i64) -> StoredKey {
    StoredKey {
        id: new_text(),
        purpose: purpose.to_owned(),
        algorithm: "ES256".to_owned(),
        public_jwk: "{\"kty\":\"EC\"}".to_owned(),
        sealed: "k1.sealed".to_owned(),
        created_at: at(signs_from - 600),
        signs_from: at(signs_from),
        retired_at: None,
    }
}

pub async fn of_twenty_first_keys_at_once_one_is_kept(directory: Shared) {
    let purpose = new_text();
    for (turn, newest) in [(0, Timestamp::UNIX_EPOCH), (90, at(0))] {
        let mut writers = JoinSet::new();
        for _ in 0..20 {
            let (directory, key) = (directory.clone(), key(&purpose, turn));
            writers.spawn(async move { directory.add_key(&key, newest).await.unwrap().then_some(key) });
        }
        let added: Vec<_> = writers.join_all().await.into_iter().flatten().collect();
        assert_eq!(added.len(), 1);
        let kept = directory.keys().await.unwrap();
        assert!(kept.contains(&added[0]));
    }
    let of_purpose = directory.keys().await.unwrap().into_iter().filter(|key| key.purpose == purpose).count();
    assert_eq!(of_purpose, 2);
}

pub async fn keys_retire_and_are_dropped(directory: Shared) {
    let purpose = new_text();
    let (old, new) = (key(&purpose, 0), key(&purpose, 100));
    assert!(directory.add_key(&old, Timestamp::UNIX_EPOCH).await.unwrap());
    assert!(directory.add_key(&new, old.signs_from).await.unwrap());
    assert!(directory.retire_key(&old.id, at(100)).await.unwrap());
    assert!(!directory.retire_key(&old.id, at(200)).await.unwrap(), "it retires once");
    assert!(!directory.retire_key(&new_text(), at(200)).await.unwrap());
    let mine = async || -> Vec<StoredKey> {
        directory.keys().await.unwrap().into_iter().filter(|key| key.purpose == purpose).collect()
    };
    let retired = StoredKey { retired_at: Some(at(100)), ..old };
    directory.drop_keys(at(100)).await.unwrap();
    assert_eq!(mine().await, [retired, new.clone()], "published until its last token has expired");
    directory.drop_keys(at(101)).await.unwrap();
    assert_eq!(mine().await, std::slice::from_ref(&new));

    // A key withdrawn in haste must not stand in the way of the one that takes its place.
    assert!(directory.retire_key(&new.id, at(102)).await.unwrap());
    assert!(directory.add_key(&key(&purpose, 102), at(99)).await.unwrap());
}

pub async fn x06_a_revoked_session_stays_revoked(directory: Shared) {
    let (sid, other) = (new_text(), new_text());
    assert!(!directory.is_revoked(&sid).await.unwrap());
    directory.revoke_session(&sid, at(0)).await.unwrap();
    directory.revoke_session(&sid, at(1)).await.unwrap();
    directory.revoke_session(&new_text(), at(30 * 86_400)).await.unwrap();
    assert!(directory.is_revoked(&sid).await.unwrap());
    assert!(!directory.is_revoked(&other).await.unwrap());
    assert!(!directory.is_revoked(&sid.to_uppercase()).await.unwrap());
}

pub async fn a_change_is_seen_once_by_each_reader(directory: Shared) {
    let (_, start) = directory.changes_since(0).await.unwrap();
    let mut account = directory.create(&full_account(), &[]).await.unwrap();
    let sid = new_text();
    account.epoch += 1;
    let account = directory.save(&account, &[]).await.unwrap();
    directory.revoke_session(&sid, at(0)).await.unwrap();

    let (first, mark) = directory.changes_since(start).await.unwrap();
    let (again, same) = directory.changes_since(start).await.unwrap();
    assert!(first.contains(&Change::Account(account.id)) && first.contains(&Change::Session(sid.clone())));
    assert!(again.len() >= first.len() && same >= mark, "another reader sees them too");
    let (later, _) = directory.changes_since(mark).await.unwrap();
    assert!(!later.contains(&Change::Account(account.id)) && !later.contains(&Change::Session(sid)));

    let refused = directory.save(&full_account(), &[]).await;
    assert!(refused.is_err());
    let (ahead, real) = directory.changes_since(mark + 1_000_000_000).await.unwrap();
    assert_eq!(ahead, [Change::Everything], "a mark from the future is that of a directory restored since");
    assert!(real >= mark && real < mark + 1_000_000_000);
}
