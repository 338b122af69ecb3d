//! Idle connections to one upstream. Each worker thread has a place of its own to put them, so that requests do not meet at one lock;
//! who finds nothing there looks at the others' before connecting.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use hyper::client::conn::http1;
use tokio::time::Instant;

use super::Upload;
use super::connector::{Heard, Opened};
use super::driver::Driver;

/// Idle connections are closed before common servers close theirs, so that few are found dead (pitfall P5).
const KEPT: Duration = Duration::from_secs(4);
/// Idle connections kept for each upstream and worker.
const KEPT_EACH: usize = 256;
/// How often the ones kept too long are let go.
const SWEEP: Duration = Duration::from_secs(2);

/// A connection that has answered before, or a new one.
#[derive(Debug)]
pub(super) struct Lease {
    pub(super) sender: http1::SendRequest<Upload>,
    pub(super) driver: Driver,
    pub(super) heard: Heard,
    /// It has answered before: when it breaks without a word, the request was very likely never read.
    pub(super) used: bool,
    /// The worker whose runtime watches its socket.
    home: usize,
}

impl From<Opened> for Lease {
    fn from(Opened { sender, driver, heard }: Opened) -> Self {
        Self { sender, driver, heard, used: false, home: worker() }
    }
}

/// The idle connections of one upstream.
#[derive(Debug)]
pub(super) struct Pool {
    places: Box<[Mutex<Vec<Idle>>]>,
    swept: AtomicBool,
}

#[derive(Debug)]
struct Idle {
    lease: Lease,
    since: Instant,
}

impl Pool {
    /// An empty pool with as many places as the machine has processors.
    pub(super) fn new() -> Self {
        let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let places = (0..workers).map(|_| Mutex::default()).collect();
        Self { places, swept: AtomicBool::new(false) }
    }

    /// The connection that was last given back and is still of use.
    pub(super) fn take(&self) -> Option<Lease> {
        let own = worker();
        let now = Instant::now();
        (0..self.places.len()).find_map(|step| {
            let place = self.places.get((own + step) % self.places.len())?;
            // Another worker's place is looked at only while that worker is elsewhere.
            let mut idle = match step {
                0 => place.lock().unwrap_or_else(PoisonError::into_inner),
                _ => place.try_lock().ok()?,
            };
            while let Some(Idle { lease, since }) = idle.pop() {
                if now < since + KEPT && !lease.sender.is_closed() {
                    return Some(lease);
                }
            }
            None
        })
    }

    /// Keeps a connection whose answer has ended, where its socket is watched; one that is not ready for another request is closed.
    pub(super) fn give_back(self: &Arc<Self>, mut lease: Lease) {
        lease.driver.rest();
        if !lease.sender.is_ready() {
            return;
        }
        let Some(place) = self.places.get(lease.home % self.places.len()) else { return };
        let mut idle = place.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < KEPT_EACH {
            idle.push(Idle { lease: Lease { used: true, ..lease }, since: Instant::now() });
        }
        drop(idle);
        if !self.swept.swap(true, Ordering::AcqRel) {
            tokio::spawn(sweep(Arc::downgrade(self)));
        }
    }

    /// Lets go of what was kept too long; `true` while something is left.
    fn sweep(&self) -> bool {
        let now = Instant::now();
        let mut left = false;
        for place in &self.places {
            let mut idle = place.lock().unwrap_or_else(PoisonError::into_inner);
            idle.retain(|idle| now < idle.since + KEPT && !idle.lease.sender.is_closed());
            left |= !idle.is_empty();
        }
        left
    }
}

/// Sweeps until the pool is empty or gone; the next connection given back begins anew.
async fn sweep(pool: Weak<Pool>) {
    loop {
        tokio::time::sleep(SWEEP).await;
        let Some(pool) = pool.upgrade() else { return };
        if !pool.sweep() {
            pool.swept.store(false, Ordering::Release);
            return;
        }
    }
}

/// The number of this thread, in the order in which threads first asked.
fn worker() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static OWN: Cell<Option<usize>> = const { Cell::new(None) };
    }
    OWN.with(|own| {
        own.get().unwrap_or_else(|| {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            own.set(Some(number));
            number
        })
    })
}
