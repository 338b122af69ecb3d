use std::sync::mpsc;
use std::time::Duration;

use crate::config::settings::PasswordProfile;
use crate::entropy::SystemEntropy;

use super::*;

fn hasher(workers: usize, queue: usize) -> Hasher {
    Hasher::new(&PasswordSettings {
        profile: PasswordProfile::Guide,
        memory_kib: 64,
        passes: 1,
        lanes: 1,
        workers,
        queue,
        failure_floor: Duration::ZERO,
        allow_unsalted: false,
    })
}

const PASSWORD: &str = "Résoflux 2019";

#[tokio::test]
async fn a_password_is_hashed_and_verified() {
    let pool = hasher(2, 2);
    let stored = pool.hash(PASSWORD, &SystemEntropy).await.unwrap();
    assert!(stored.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
    assert_ne!(stored, pool.hash(PASSWORD, &SystemEntropy).await.unwrap(), "salts are drawn");
    assert_eq!(pool.verify(PASSWORD, Some(&stored)).await, Ok(Check::Right { upgrade: false }));
    assert_eq!(pool.verify("Re\u{301}soflux 2019", Some(&stored)).await, Ok(Check::Right { upgrade: false }));
    for wrong in ["", "résoflux 2019", "Résoflux 2019 ", "Résoflux 2019\0"] {
        assert_eq!(pool.verify(wrong, Some(&stored)).await, Ok(Check::Wrong), "{wrong:?}");
    }
}

#[tokio::test]
async fn a_hash_of_another_cost_asks_to_be_made_anew() {
    let stored = hasher(1, 1).hash(PASSWORD, &SystemEntropy).await.unwrap();
    let mut dearer = hasher(1, 1);
    dearer.cost.passes = 2;
    assert_eq!(dearer.verify(PASSWORD, Some(&stored)).await, Ok(Check::Right { upgrade: true }));
}

#[tokio::test]
async fn p09_a_password_is_verified_whole() {
    let pool = hasher(1, 1);
    for password in
        ["a".repeat(72) + "fin", "  entouré d'espaces  ".to_owned(), "mot 🔑 de\0passe".to_owned(), "é".repeat(128)]
    {
        let stored = pool.hash(&password, &SystemEntropy).await.unwrap();
        assert_eq!(pool.verify(&password, Some(&stored)).await, Ok(Check::Right { upgrade: false }));
        assert_eq!(
            pool.verify(password.trim(), Some(&stored)).await.unwrap() == Check::Wrong,
            password.trim() != password
        );
        let mut cut = password.clone();
        cut.pop();
        assert_eq!(pool.verify(&cut, Some(&stored)).await, Ok(Check::Wrong));
    }
}

#[tokio::test]
async fn p08_a_huge_password_is_wrong_at_the_usual_cost() {
    let pool = hasher(1, 1);
    let stored = pool.hash(PASSWORD, &SystemEntropy).await.unwrap();
    let huge = "a".repeat(1_000_000);
    assert_eq!(pool.verify(&huge, Some(&stored)).await, Ok(Check::Wrong));
    assert_eq!(pool.hash(&huge, &SystemEntropy).await, Err(HashError::Failed));
}

#[tokio::test]
async fn p11_nobody_and_nonsense_are_wrong_like_everybody() {
    let pool = hasher(1, 1);
    for stored in [
        None,
        Some(""),
        Some("plain text"),
        Some("$argon2id$v=19$m=4294967295,t=1,p=1$c2Vsc2Vsc2Vs$tF45c52q897sVQkfN3T8cP4iA0tYHxwbViu6FochS+o"),
        Some("$2y$31$abcdefghijklmnopqrstuuB65t5Fcd1NOx6i2RqFO6IWx7vl1w6cW"),
        Some("{SSHA}%%%"),
        Some("$guichet-wrap$v=1$ssha1:AAAA$argon2id$v=19$m=4294967295,t=1,p=1$c2Vsc2Vsc2Vs$AAAA"),
    ] {
        assert_eq!(pool.verify(PASSWORD, stored).await, Ok(Check::Wrong), "{stored:?}");
        assert_eq!(pool.verify("", stored).await, Ok(Check::Wrong), "{stored:?}");
    }
}

#[tokio::test]
async fn a_wrapped_hash_opens_with_the_old_password_only() {
    let pool = hasher(1, 1);
    let old = LegacyHash::parse("{SSHA}ZSjRJHkXH6RUDQXshO9Z/5Z3zQoxMjM0NTY3OA==", false).unwrap();
    let stored = pool.wrap(&old, &SystemEntropy).await.unwrap();
    assert!(stored.starts_with("$guichet-wrap$v=1$ssha1:"), "{stored}");
    assert!(!stored.contains("ZSjRJHkXH6RUDQXshO9Z"), "the old digest must not stand there in clear");
    assert_eq!(pool.verify(PASSWORD, Some(&stored)).await, Ok(Check::Right { upgrade: true }));
    assert_eq!(pool.verify("Résoflux 2018", Some(&stored)).await, Ok(Check::Wrong));
    // The digest itself is no password.
    assert_eq!(pool.verify("ZSjRJHkXH6RUDQXshO9Z/5Z3zQo=", Some(&stored)).await, Ok(Check::Wrong));
    assert_eq!(pool.holds(&stored, &old, true).await, Ok(true));
    assert_eq!(pool.holds(&stored, &old, false).await, Ok(true));
}

#[tokio::test]
async fn a_wrap_knows_another_hash_from_its_own() {
    let pool = hasher(1, 1);
    let old = LegacyHash::parse("{MD5}1YfeHUne87KqtwN8bYNX6g==", true).unwrap();
    let other = LegacyHash::parse("d587de1d49def3b2aab7037c6d8357eb", true).unwrap();
    let salted = LegacyHash::parse("{SMD5}Gu4iYRtLeXEAAfwByoeP0TEyMzQ1Njc4", true).unwrap();
    let stored = pool.wrap(&old, &SystemEntropy).await.unwrap();
    assert_eq!(pool.holds(&stored, &old, true).await, Ok(true));
    assert_eq!(pool.holds(&stored, &other, true).await, Ok(false));
    assert_eq!(pool.holds(&stored, &salted, true).await, Ok(false));
}

#[tokio::test]
async fn p22_passwords_hashed_as_latin_9_open_too() {
    let pool = hasher(1, 1);
    // passlib ldap_salted_sha1 over the ISO-8859-15 bytes.
    for (password, stored) in [
        (PASSWORD, "{SSHA}+Xz3R9YBXidxOBqeNqvWiLH6+hwxMjM0NTY3OA=="),
        ("Re\u{301}soflux 2019", "{SSHA}+Xz3R9YBXidxOBqeNqvWiLH6+hwxMjM0NTY3OA=="),
        ("œuvre 5€", "{SSHA}A6ZEbpAfCvVb0RD5HuQQr0oA4vIxMjM0NTY3OA=="),
    ] {
        assert_eq!(pool.verify(password, Some(stored)).await, Ok(Check::Right { upgrade: true }), "{password}");
        let wrapped = pool.wrap(&LegacyHash::parse(stored, false).unwrap(), &SystemEntropy).await.unwrap();
        assert_eq!(pool.verify(password, Some(&wrapped)).await, Ok(Check::Right { upgrade: true }), "{password}");
    }
}

#[tokio::test]
async fn d06_beyond_the_queue_callers_are_refused_at_once() {
    let pool = hasher(1, 1);
    let (release, gate) = mpsc::channel::<()>();
    let (first, second) = (pool.clone(), pool.clone());
    let running = tokio::spawn(async move { first.run(move || gate.recv().is_ok()).await });
    while pool.workers.available_permits() > 0 {
        tokio::task::yield_now().await;
    }
    let waiting = tokio::spawn(async move { second.run(|| true).await });
    while pool.places.available_permits() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(pool.verify(PASSWORD, None).await, Err(HashError::Busy));
    release.send(()).unwrap();
    assert_eq!(running.await.unwrap(), Ok(true));
    assert_eq!(waiting.await.unwrap(), Ok(true));
    assert_eq!(pool.verify(PASSWORD, None).await, Ok(Check::Wrong));
}

#[tokio::test]
async fn d07_a_caller_that_goes_away_frees_no_slot_before_the_hash_ends() {
    let pool = hasher(1, 0);
    let (release, gate) = mpsc::channel::<()>();
    let first = pool.clone();
    let running = tokio::spawn(async move { first.run(move || gate.recv().is_ok()).await });
    while pool.workers.available_permits() > 0 {
        tokio::task::yield_now().await;
    }
    // The slot is taken before the work is handed over; a few turns later it is.
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    running.abort();
    assert!(running.await.is_err());
    assert_eq!(pool.verify(PASSWORD, None).await, Err(HashError::Busy));
    release.send(()).unwrap();
    drop(pool.workers.acquire().await.unwrap());
}

#[tokio::test]
async fn d12_a_panic_gives_its_slot_back() {
    let pool = hasher(1, 0);
    assert_eq!(pool.run(|| -> bool { panic!("forced") }).await, Err(HashError::Failed));
    assert_eq!(pool.verify(PASSWORD, None).await, Ok(Check::Wrong));
}

#[tokio::test]
async fn d06_hashing_gives_way_to_requests() {
    let urgency = || rustix::process::getpriority_process(Some(rustix::thread::gettid())).unwrap();
    let (own, hashing) = (urgency(), hasher(1, 1).run(urgency).await.unwrap());
    assert_eq!(hashing, NICE.max(own));
}
