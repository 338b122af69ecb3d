//! Many sessions of one provider at work on two gateways at once, while hours pass in seconds: none is lost, and each is renewed once in a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use guichet::clock::Clock as _;
use guichet::config::settings::Access;
use jiff::SignedDuration;
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::support::person::Person;
use crate::support::site::Site;

const SESSIONS: usize = 200;
/// Requests of one session at once, half of them at each gateway.
const AT_ONCE: usize = 8;
/// Sessions that are at work at one time.
const AT_WORK: usize = 12;
const PEOPLE: [&str; 4] = ["infirmiere", "medecin", "pharmacienne", "opticien"];
/// Half of the life of an access token, in seconds: none is renewed earlier.
const WINDOW: i64 = 60;
/// The provider's session ends after four hours, whatever is done.
const LONGEST: f64 = 3.5 * 3_600.0;

/// How long it lasts: thirty seconds, or the minutes that tests/soak-sessions asks for.
fn lasts() -> Duration {
    let minutes = std::env::var_os("GUICHET_SOAK_MINUTES").and_then(|minutes| minutes.to_str()?.parse::<u64>().ok());
    minutes.map_or(Duration::from_secs(30), |minutes| Duration::from_secs(minutes * 60))
}

/// Somebody at work in two windows, each at its own gateway.
struct Worker {
    here: Person,
    there: Person,
}

impl Worker {
    /// Eight requests at once; how many were answered as they should.
    async fn round(&self) -> usize {
        let persons = [&self.here, &self.there].into_iter().cycle().take(AT_ONCE).cloned();
        let requests = persons.map(|mut person| tokio::spawn(async move { person.get("/").await.status }));
        let mut passed = 0;
        for request in requests.collect::<Vec<_>>() {
            passed += usize::from(request.await.unwrap() == 200);
        }
        passed
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn c22_hours_of_work_on_two_gateways_lose_no_session_and_renew_each_once_in_a_window() {
    let lasts = lasts();
    // A hundred times faster, or as fast as leaves the sessions alive until the end.
    let factor = (LONGEST / lasts.as_secs_f64()).min(100.0);
    let site = Site::with(|settings| {
        for route in &mut settings.routes {
            route.policy.access = Access::SignedIn;
            route.provider_token_header = Some("x-psc-access-token".to_owned());
        }
        for provider in settings.identity_providers.values_mut() {
            // Five seconds, on that clock.
            provider.timeout = Duration::from_secs_f64(5.0 * factor);
        }
    })
    .await;
    site.switch(json!({"refresh_rotation": true})).await;
    let (_twin, port) = site.twin().await;
    let site = Arc::new(site);
    let mut workers = Vec::new();
    for number in 0..SESSIONS {
        let mut here = site.person();
        let page = site.psc(&mut here, PEOPLE[number % PEOPLE.len()]).await;
        assert_eq!(page.status, 303, "{}", page.gist());
        let mut there = Person::new(port);
        there.set_cookie("__Host-guichet", &here.session());
        workers.push(Worker { here, there });
    }
    let signed_in = site.calls("token").await;
    let (began, started) = (Instant::now(), site.clock.now());
    let (passed, failed, rounds) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let counts = Arc::new((passed, failed, rounds));
    let hurry = tokio::spawn({
        let site = Arc::clone(&site);
        async move {
            let mut told = 0.0;
            while began.elapsed() < lasts {
                tokio::time::sleep(Duration::from_millis(2)).await;
                let seconds = began.elapsed().as_secs_f64() * factor;
                site.clock.forward(SignedDuration::from_secs_f64(seconds - told));
                told = seconds;
            }
        }
    });
    // As many as the machine answers without a queue, each session in its turn.
    let turns = Arc::new(Semaphore::new(AT_WORK));
    let mut tasks = Vec::new();
    for worker in workers {
        let (counts, turns) = (Arc::clone(&counts), Arc::clone(&turns));
        tasks.push(tokio::spawn(async move {
            while began.elapsed() < lasts {
                let turn = turns.acquire().await.unwrap();
                let passed = worker.round().await;
                drop(turn);
                counts.0.fetch_add(passed as u64, Ordering::Relaxed);
                counts.1.fetch_add((AT_ONCE - passed) as u64, Ordering::Relaxed);
                counts.2.fetch_add(1, Ordering::Relaxed);
            }
            // The session is there when the work is over.
            let _turn = turns.acquire().await.unwrap();
            worker.round().await
        }));
    }
    let mut alive = 0;
    for task in tasks {
        alive += usize::from(task.await.unwrap() == AT_ONCE);
    }
    hurry.await.unwrap();
    let (passed, failed) = (counts.0.load(Ordering::Relaxed), counts.1.load(Ordering::Relaxed));
    let renewals = site.calls("token").await - signed_in;
    let passed_time = site.clock.now().duration_since(started).as_secs();
    #[expect(clippy::print_stdout, reason = "the figures are what the soak is for")]
    {
        println!(
            "{SESSIONS} sessions, {passed_time} s on their clock in {} s: {passed} requests passed, {failed} failed, {renewals} renewals, {alive} sessions alive",
            lasts.as_secs()
        );
    }
    assert_eq!((failed, alive), (0, SESSIONS));
    let rounds = counts.2.load(Ordering::Relaxed);
    assert!(rounds >= 3 * SESSIONS as u64, "every session was at work again and again: {rounds} rounds");
    let windows = u64::try_from(passed_time / WINDOW + 1).unwrap();
    let most = windows * SESSIONS as u64;
    assert!(renewals <= most, "{renewals} renewals in {windows} windows of {SESSIONS} sessions");
    assert!(renewals >= SESSIONS as u64, "every session was renewed: {renewals}");
}
