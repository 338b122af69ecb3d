//! The cache against a store and a directory in memory, with a clock moved by hand.

mod memory;

use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::clock::Clock as _;
use crate::clock::testing::HandClock;
use crate::config::settings::RememberMe;
use crate::entropy::SystemEntropy;
use crate::session::Standing;
use crate::session::facts::Claims;

use memory::{MemoryFacts, MemoryStore};

struct World {
    clock: Arc<HandClock>,
    store: Arc<MemoryStore>,
    facts: Arc<MemoryFacts>,
    sessions: Sessions,
    account: AccountId,
}

impl World {
    fn new() -> Self {
        let clock = HandClock::at(Timestamp::from_second(1_800_000_000).unwrap());
        let store = Arc::new(MemoryStore::default());
        let facts = Facts {
            account_version: 1,
            epoch: 0,
            spared: None,
            standing: Standing::Active,
            terms_current: true,
            email_verified: true,
            phone_verified: false,
            professions: Vec::new(),
            identity_providers: Vec::new(),
            claims: Claims::default(),
        };
        let facts = Arc::new(MemoryFacts { facts: Mutex::new(Some(facts)), revoked: AtomicBool::new(false) });
        let sessions = Sessions::new(SessionsParts {
            keeper: None,
            store: store.clone(),
            facts: facts.clone(),
            clock: clock.clone(),
            entropy: Arc::new(SystemEntropy),
            settings: SessionSettings {
                idle: std::time::Duration::from_secs(1_800),
                absolute: std::time::Duration::from_secs(14_400),
                remember_me: RememberMe::Off,
                new_device_mail: false,
            },
        });
        Self { clock, store, facts, sessions, account: AccountId::new(uuid::Uuid::nil()) }
    }

    async fn open(&self) -> SessionToken {
        let new = NewSession {
            account: self.account,
            epoch: 0,
            auth_time: self.clock.now(),
            amr: vec!["pwd".to_owned()],
            acr: "urn:guichet:acr:email".to_owned(),
            identity_provider: "local".to_owned(),
            granted: false,
            ends_by: None,
            opened_from: None,
            device: String::new(),
            notice: None,
            return_to: None,
            lasting: false,
        };
        self.sessions.open(new).await.unwrap().0
    }

    async fn is_live(&self, token: &SessionToken) -> bool {
        matches!(self.sessions.visitor(token).await.unwrap(), Lookup::Live(_))
    }

    fn reads(&self) -> usize {
        self.store.reads.load(Ordering::SeqCst)
    }

    fn facts(&self, change: impl FnOnce(&mut Facts)) {
        change(self.facts.facts.lock().unwrap().as_mut().unwrap());
    }
}

#[tokio::test]
async fn s08_a_raised_epoch_ends_every_session_but_the_one_whose_act_raised_it() {
    let world = World::new();
    let (own, other) = (world.open().await, world.open().await);
    let Lookup::Live(visitor) = world.sessions.visitor(&own).await.unwrap() else { panic!() };
    let sid = visitor.session().sid.clone();
    world.facts(|facts| (facts.epoch, facts.spared) = (1, Some(sid)));
    world.sessions.forget_account(world.account);
    assert!(world.is_live(&own).await && !world.is_live(&other).await);
    world.facts(|facts| (facts.epoch, facts.spared) = (2, None));
    world.sessions.forget_account(world.account);
    assert!(!world.is_live(&own).await);
}

#[tokio::test]
async fn a_known_session_is_not_asked_of_the_store_again_for_a_minute() {
    let world = World::new();
    let token = world.open().await;
    for _ in 0..25 {
        assert!(world.is_live(&token).await);
        world.clock.forward(1);
    }
    assert_eq!(world.reads(), 1);
    world.clock.forward(60);
    assert!(world.is_live(&token).await);
    assert_eq!(world.reads(), 2);
}

#[tokio::test]
async fn an_entry_of_half_a_minute_is_read_again_behind_the_request() {
    let world = World::new();
    let token = world.open().await;
    assert!(world.is_live(&token).await);
    world.clock.forward(40);
    assert!(world.is_live(&token).await);
    while world.reads() < 2 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn s05_a_session_ended_here_is_dead_at_once_and_says_why() {
    let world = World::new();
    let token = world.open().await;
    assert!(world.is_live(&token).await);
    assert!(world.sessions.end(token.key(), EndCause::SignedOut).await.unwrap());
    assert!(matches!(world.sessions.visitor(&token).await.unwrap(), Lookup::Ended(EndCause::SignedOut)));
}

#[tokio::test]
async fn s05_a_lookup_that_began_before_the_end_does_not_bring_the_session_back() {
    let world = World::new();
    let token = world.open().await;
    world.store.hold.store(true, Ordering::SeqCst);
    let (sessions, slow) = (world.sessions.clone(), token.clone());
    let lookup = tokio::spawn(async move { sessions.visitor(&slow).await.unwrap() });
    world.store.held.notified().await;
    world.sessions.end(token.key(), EndCause::Revoked).await.unwrap();
    world.store.release.notify_one();
    assert!(!matches!(lookup.await.unwrap(), Lookup::Live(_)));
    assert!(matches!(world.sessions.visitor(&token).await.unwrap(), Lookup::Ended(EndCause::Revoked)));
}

#[tokio::test]
async fn a_raised_epoch_ends_a_session_that_the_store_still_has() {
    let world = World::new();
    let token = world.open().await;
    assert!(world.is_live(&token).await);
    world.facts(|facts| facts.epoch = 1);
    assert!(world.is_live(&token).await, "cached until told");
    world.sessions.forget_account(world.account);
    assert!(matches!(world.sessions.visitor(&token).await.unwrap(), Lookup::Ended(EndCause::Revoked)));
}

#[tokio::test]
async fn a_session_id_recorded_as_revoked_is_dead_whatever_the_store_says() {
    let world = World::new();
    let token = world.open().await;
    let Lookup::Live(visitor) = world.sessions.visitor(&token).await.unwrap() else { panic!() };
    world.facts.revoked.store(true, Ordering::SeqCst);
    world.sessions.forget_sid(&visitor.session().sid);
    assert!(matches!(world.sessions.visitor(&token).await.unwrap(), Lookup::Ended(EndCause::Revoked)));
}

#[tokio::test]
async fn closed_and_frozen_accounts_have_no_live_session() {
    for standing in [Standing::Disabled, Standing::Frozen] {
        let world = World::new();
        let token = world.open().await;
        world.facts(|facts| facts.standing = standing);
        assert!(!world.is_live(&token).await, "{standing:?}");
    }
}

#[tokio::test]
async fn s09_the_idle_limit_counts_from_the_last_request_even_when_the_store_has_not_heard_of_it() {
    let world = World::new();
    let token = world.open().await;
    for _ in 0..20 {
        assert!(world.is_live(&token).await);
        world.clock.forward(600);
    }
    world.clock.forward(1_800);
    assert!(matches!(world.sessions.visitor(&token).await.unwrap(), Lookup::Ended(EndCause::Idle)));
}

#[tokio::test]
async fn a_session_used_on_another_instance_is_read_again_before_it_ends_on_idle() {
    let world = World::new();
    let token = world.open().await;
    assert!(world.is_live(&token).await);
    world.clock.forward(1_700);
    world.store.touch(&[(token.key(), world.clock.now())]).await.unwrap();
    world.clock.forward(300);
    assert!(world.is_live(&token).await);
}

#[tokio::test]
async fn s09_the_absolute_limit_holds_however_busy_the_session_is() {
    let world = World::new();
    let token = world.open().await;
    for _ in 0..14 {
        world.clock.forward(1_000);
        assert!(world.is_live(&token).await);
    }
    world.clock.forward(400);
    assert!(matches!(world.sessions.visitor(&token).await.unwrap(), Lookup::Ended(EndCause::Absolute)));
}

#[tokio::test]
async fn the_store_hears_of_a_session_once_a_minute_and_again_after_a_failure() {
    let world = World::new();
    let token = world.open().await;
    for _ in 0..130 {
        assert!(world.is_live(&token).await);
        world.clock.forward(1);
    }
    assert_eq!(world.sessions.flush_touches().await.unwrap(), 2);
    world.clock.forward(60);
    assert!(world.is_live(&token).await);
    world.store.away.store(true, Ordering::SeqCst);
    assert!(world.sessions.flush_touches().await.is_err());
    world.store.away.store(false, Ordering::SeqCst);
    assert_eq!(world.sessions.flush_touches().await.unwrap(), 1);
    assert_eq!(world.sessions.flush_touches().await.unwrap(), 0);
}

#[tokio::test]
async fn f01_a_store_that_is_away_lets_nobody_in_once_the_entry_is_old() {
    let world = World::new();
    let token = world.open().await;
    assert!(world.is_live(&token).await);
    world.store.away.store(true, Ordering::SeqCst);
    assert!(world.is_live(&token).await, "what was read a moment ago still serves");
    world.clock.forward(61);
    assert!(world.sessions.visitor(&token).await.is_err());
}

#[tokio::test]
async fn a_renewed_session_goes_on_under_its_new_token_only() {
    let world = World::new();
    let token = world.open().await;
    assert!(world.is_live(&token).await);
    let new = world.sessions.renew(&token, |session| session.acr = "higher".to_owned()).await.unwrap().unwrap();
    assert!(matches!(world.sessions.visitor(&token).await.unwrap(), Lookup::Ended(EndCause::Renewed)));
    let Lookup::Live(visitor) = world.sessions.visitor(&new).await.unwrap() else { panic!() };
    assert_eq!(visitor.session().acr, "higher");
    assert!(world.sessions.renew(&token, |_| ()).await.unwrap().is_none());
}

#[tokio::test]
async fn everywhere_ends_every_session_but_the_one_kept() {
    let world = World::new();
    let (here, there) = (world.open().await, world.open().await);
    assert!(world.is_live(&here).await && world.is_live(&there).await);
    let ended = world.sessions.end_all(world.account, Some(here.key()), EndCause::Revoked).await.unwrap();
    assert_eq!(ended, 1);
    assert!(world.is_live(&here).await);
    assert!(!world.is_live(&there).await);
}

#[tokio::test]
async fn an_assertion_is_kept_for_its_audience_and_its_time() {
    let world = World::new();
    let token = world.open().await;
    let Lookup::Live(visitor) = world.sessions.visitor(&token).await.unwrap() else { panic!() };
    let (now, reuse) = (world.clock.now(), SignedDuration::from_secs(30));
    visitor.keep_assertion(&"urn:a".into(), http::HeaderValue::from_static("x"), now);
    assert!(visitor.assertion("urn:b", reuse, now).is_none());
    assert!(visitor.assertion("urn:a", reuse, now + SignedDuration::from_secs(29)).is_some());
    assert!(visitor.assertion("urn:a", reuse, now + SignedDuration::from_secs(30)).is_none());
    assert!(visitor.assertion("urn:a", reuse, now - SignedDuration::from_secs(1)).is_none());
}
