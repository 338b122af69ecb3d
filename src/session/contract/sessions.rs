//! The contract of sessions: opened, read, replaced, renewed, touched, ended.

use jiff::Timestamp;
use tokio::task::JoinSet;

use super::{Shared, at, new_account, new_key, new_session};
use crate::session::EndCause;

pub async fn a_session_comes_back_as_it_was_opened(store: Shared) {
    let (key, session) = (new_key(), new_session(new_account()));
    assert_eq!(store.session(key, at(0)).await.unwrap(), None);
    store.open(key, &session).await.unwrap();
    assert_eq!(store.session(key, at(1)).await.unwrap().unwrap().value, session);
    assert_eq!(store.sessions_of(session.account, at(1)).await.unwrap(), [(key, session.clone())]);
    assert_eq!(store.session(new_key(), at(1)).await.unwrap(), None);
    assert_eq!(store.ended(key, at(1)).await.unwrap(), None);
}

pub async fn a_session_past_its_end_is_not_there_and_says_absolute(store: Shared) {
    let (key, session) = (new_key(), new_session(new_account()));
    store.open(key, &session).await.unwrap();
    let end = session.expires_at;
    let just_before = Timestamp::from_nanosecond(end.as_nanosecond() - 1).unwrap();
    assert!(store.session(key, just_before).await.unwrap().is_some());
    let version = store.session(key, at(0)).await.unwrap().unwrap().version;
    assert_eq!(store.session(key, end).await.unwrap(), None);
    assert_eq!(store.sessions_of(session.account, end).await.unwrap(), []);
    assert!(!store.end(key, EndCause::SignedOut, end).await.unwrap());
    assert!(!store.renew(key, version, new_key(), &session, end).await.unwrap());
    assert_eq!(store.end_all(session.account, None, EndCause::Revoked, end).await.unwrap(), []);
    assert_eq!(store.ended(key, end).await.unwrap(), Some(EndCause::Absolute));
}

pub async fn a_key_is_opened_once(store: Shared) {
    let key = new_key();
    let (first, second) = (new_session(new_account()), new_session(new_account()));
    store.open(key, &first).await.unwrap();
    assert!(store.open(key, &second).await.is_err());
    assert_eq!(store.session(key, at(1)).await.unwrap().unwrap().value, first);
}

pub async fn a_replaced_session_is_a_new_version_and_the_older_writer_loses(store: Shared) {
    let (key, mut session) = (new_key(), new_session(new_account()));
    store.open(key, &session).await.unwrap();
    let read = store.session(key, at(1)).await.unwrap().unwrap();
    session.notice = None;
    session.acr = "stronger".to_owned();
    assert!(store.replace(key, read.version, &session).await.unwrap());
    let after = store.session(key, at(1)).await.unwrap().unwrap();
    assert_eq!((after.version, &after.value), (read.version + 1, &session));
    assert!(!store.replace(key, read.version, &read.value).await.unwrap(), "a stale write must lose");
    assert!(!store.replace(new_key(), read.version, &session).await.unwrap());
    assert_eq!(store.session(key, at(1)).await.unwrap().unwrap(), after);
}

pub async fn of_twenty_replacements_at_once_one_wins(store: Shared) {
    let (key, session) = (new_key(), new_session(new_account()));
    store.open(key, &session).await.unwrap();
    let version = store.session(key, at(1)).await.unwrap().unwrap().version;
    let mut writers = JoinSet::new();
    for writer in 0..20 {
        let (store, mut session) = (store.clone(), session.clone());
        session.notice = Some(writer.to_string());
        writers.spawn(async move { store.replace(key, version, &session).await.unwrap() });
    }
    let won = writers.join_all().await.into_iter().filter(|won| *won).count();
    assert_eq!(won, 1);
}

pub async fn s05_what_ended_is_never_replaced_touched_renewed_nor_opened_again(store: Shared) {
    let (key, session) = (new_key(), new_session(new_account()));
    store.open(key, &session).await.unwrap();
    let version = store.session(key, at(1)).await.unwrap().unwrap().version;
    assert!(store.end(key, EndCause::SignedOut, at(2)).await.unwrap());
    assert!(!store.end(key, EndCause::Revoked, at(2)).await.unwrap(), "it ends once");

    assert!(!store.replace(key, version, &session).await.unwrap());
    store.touch(&[(key, at(3))]).await.unwrap();
    let new = new_key();
    assert!(!store.renew(key, version, new, &session, at(3)).await.unwrap());
    assert!(store.open(key, &session).await.is_err());

    assert_eq!(store.session(key, at(4)).await.unwrap(), None);
    assert_eq!(store.session(new, at(4)).await.unwrap(), None);
    assert_eq!(store.sessions_of(session.account, at(4)).await.unwrap(), []);
    assert_eq!(store.ended(key, at(4)).await.unwrap(), Some(EndCause::SignedOut));
}

pub async fn a_cause_is_kept_twenty_four_hours(store: Shared) {
    let causes = [EndCause::Idle, EndCause::Absolute, EndCause::SignedOut, EndCause::Revoked, EndCause::Renewed];
    for cause in causes {
        let key = new_key();
        store.open(key, &new_session(new_account())).await.unwrap();
        assert!(store.end(key, cause, at(10)).await.unwrap());
        assert_eq!(store.ended(key, at(10 + 86_399)).await.unwrap(), Some(cause));
        assert_eq!(store.ended(key, at(10 + 86_400)).await.unwrap(), None);
    }
    assert_eq!(store.ended(new_key(), at(0)).await.unwrap(), None);
}

pub async fn s05_a_session_that_ends_while_others_write_it_stays_ended(store: Shared) {
    let (key, session) = (new_key(), new_session(new_account()));
    store.open(key, &session).await.unwrap();
    let mut tasks = JoinSet::new();
    for turn in 0..10 {
        let (store, session) = (store.clone(), session.clone());
        tasks.spawn(async move {
            if turn == 5 {
                assert!(store.end(key, EndCause::Revoked, at(1)).await.unwrap());
            }
            store.touch(&[(key, at(turn))]).await.unwrap();
            if let Some(read) = store.session(key, at(1)).await.unwrap() {
                store.replace(key, read.version, &session).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(store.session(key, at(2)).await.unwrap(), None);
    assert_eq!(store.ended(key, at(2)).await.unwrap(), Some(EndCause::Revoked));
}

pub async fn a_renewed_session_lives_under_its_new_key_only(store: Shared) {
    let (old, new, mut session) = (new_key(), new_key(), new_session(new_account()));
    store.open(old, &session).await.unwrap();
    let version = store.session(old, at(1)).await.unwrap().unwrap().version;
    session.amr.push("again".to_owned());
    assert!(!store.renew(old, version + 1, new, &session, at(2)).await.unwrap(), "another version was read");
    assert!(store.session(old, at(2)).await.unwrap().is_some());
    assert!(store.renew(old, version, new, &session, at(2)).await.unwrap());
    assert_eq!(store.session(old, at(3)).await.unwrap(), None);
    assert_eq!(store.ended(old, at(3)).await.unwrap(), Some(EndCause::Renewed));
    let renewed = store.session(new, at(3)).await.unwrap().unwrap();
    assert_eq!(renewed.value, session);
    assert_eq!(store.sessions_of(session.account, at(3)).await.unwrap(), [(new, session.clone())]);
    assert!(store.replace(new, renewed.version, &session).await.unwrap());
}

pub async fn of_twenty_renewals_at_once_one_wins(store: Shared) {
    let (key, session) = (new_key(), new_session(new_account()));
    store.open(key, &session).await.unwrap();
    let version = store.session(key, at(1)).await.unwrap().unwrap().version;
    let mut writers = JoinSet::new();
    for _ in 0..20 {
        let (store, session) = (store.clone(), session.clone());
        writers.spawn(async move { store.renew(key, version, new_key(), &session, at(2)).await.unwrap() });
    }
    let won = writers.join_all().await.into_iter().filter(|won| *won).count();
    assert_eq!(won, 1);
    assert_eq!(store.sessions_of(session.account, at(2)).await.unwrap().len(), 1);
}

pub async fn a_touch_moves_last_seen_forward_only_and_no_version(store: Shared) {
    let (one, two) = (new_key(), new_key());
    store.open(one, &new_session(new_account())).await.unwrap();
    store.open(two, &new_session(new_account())).await.unwrap();
    let version = store.session(one, at(1)).await.unwrap().unwrap().version;
    store.touch(&[(one, at(120)), (new_key(), at(120)), (two, at(180)), (one, at(60)), (two, at(-60))]).await.unwrap();
    store.touch(&[]).await.unwrap();
    let first = store.session(one, at(121)).await.unwrap().unwrap();
    assert_eq!((first.value.last_seen, first.version), (at(120), version));
    assert_eq!(store.session(two, at(181)).await.unwrap().unwrap().value.last_seen, at(180));
}

pub async fn a_replacement_does_not_undo_a_touch(store: Shared) {
    let (key, mut session) = (new_key(), new_session(new_account()));
    store.open(key, &session).await.unwrap();
    let version = store.session(key, at(1)).await.unwrap().unwrap().version;
    store.touch(&[(key, at(600))]).await.unwrap();
    session.notice = None;
    assert!(store.replace(key, version, &session).await.unwrap());
    let after = store.session(key, at(601)).await.unwrap().unwrap().value;
    assert_eq!((after.last_seen, after.notice), (at(600), None));
}

pub async fn ending_all_spares_one_and_other_accounts(store: Shared) {
    let (account, other) = (new_account(), new_account());
    let (mut keys, stranger) = ([new_key(), new_key(), new_key()], new_key());
    for key in keys {
        store.open(key, &new_session(account)).await.unwrap();
    }
    store.open(stranger, &new_session(other)).await.unwrap();

    let mut ended = store.end_all(account, Some(keys[0]), EndCause::Revoked, at(1)).await.unwrap();
    ended.sort();
    keys[1..].sort();
    assert_eq!(ended, keys[1..]);
    assert!(store.session(keys[0], at(2)).await.unwrap().is_some());
    assert!(store.session(stranger, at(2)).await.unwrap().is_some());
    for key in &keys[1..] {
        assert_eq!(store.session(*key, at(2)).await.unwrap(), None);
        assert_eq!(store.ended(*key, at(2)).await.unwrap(), Some(EndCause::Revoked));
    }
    assert_eq!(store.end_all(account, None, EndCause::SignedOut, at(3)).await.unwrap(), [keys[0]]);
    assert_eq!(store.end_all(account, None, EndCause::SignedOut, at(3)).await.unwrap(), []);
}

pub async fn a_sweep_takes_what_expired_and_nothing_else(store: Shared) {
    let (short, long) = (new_key(), new_key());
    let mut session = new_session(new_account());
    session.expires_at = at(60);
    store.open(short, &session).await.unwrap();
    session.expires_at = at(7_200);
    store.open(long, &session).await.unwrap();
    let (gone, kept) = (super::new_name("gone"), super::new_name("kept"));
    assert!(store.put_record(&gone, None, b"x", at(60), at(0)).await.unwrap());
    assert!(store.put_record(&kept, None, b"x", at(7_200), at(0)).await.unwrap());

    store.sweep(at(120)).await.unwrap();
    assert_eq!(store.session(short, at(0)).await.unwrap(), None);
    assert_eq!(store.ended(short, at(120)).await.unwrap(), Some(EndCause::Absolute), "a sweep keeps the cause");
    assert_eq!(store.ended(short, at(60 + 86_400)).await.unwrap(), None);
    assert!(store.session(long, at(120)).await.unwrap().is_some());
    assert!(!store.remove_record(&gone).await.unwrap());
    assert!(store.remove_record(&kept).await.unwrap());
}

pub async fn what_lapsed_is_listed_until_it_is_ended(store: Shared) {
    let account = new_account();
    let (old, silent, live) = (new_key(), new_key(), new_key());
    for (key, expires_at, last_seen) in [(old, 60, 50), (silent, 7_200, 10), (live, 7_200, 100)] {
        let mut session = new_session(account);
        session.expires_at = at(expires_at);
        session.last_seen = at(last_seen);
        store.open(key, &session).await.unwrap();
    }
    let mine = async |now, idle_since| {
        let lapsed = store.lapsed(at(idle_since), at(now), 1_000).await.unwrap();
        let mine = lapsed.into_iter().filter(|(_, session)| session.account == account);
        mine.map(|(key, _)| key).collect::<Vec<_>>()
    };
    assert_eq!(mine(30, 0).await, []);
    assert_eq!(mine(30, 10).await, [silent]);
    assert_eq!(mine(120, 10).await, [silent, old], "the one unseen for longer comes first");
    // What reached its absolute end can be ended as of its last instant, once.
    let last = at(60) - jiff::SignedDuration::from_nanos(1);
    assert!(store.end(old, EndCause::Absolute, last).await.unwrap());
    assert!(!store.end(old, EndCause::Absolute, last).await.unwrap());
    assert_eq!(store.ended(old, at(120)).await.unwrap(), Some(EndCause::Absolute));
    assert!(store.end(silent, EndCause::Idle, at(120)).await.unwrap());
    assert_eq!(mine(120, 10).await, []);
}
