//! The threads that serve connections: one for each processor, each with a runtime of its own. A connection stays on the thread it was
//! given to, with its requests and the upstream connections they open, so that threads seldom wake each other. Our own pages are not
//! served here: what they compute would hold up the connections beside them.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tokio::runtime::{Builder, Handle};
use tokio_util::sync::{CancellationToken, DropGuard};

/// The threads. They end when the last of their owners is gone; whoever needs the rest of their work waits for it before.
#[derive(Debug)]
pub struct Workers {
    first: Worker,
    others: Vec<Worker>,
    _stop: DropGuard,
}

#[derive(Debug)]
struct Worker {
    handle: Handle,
    held: Arc<AtomicUsize>,
}

/// A connection's place on a worker, until it is dropped.
#[derive(Debug)]
pub struct Seat {
    handle: Handle,
    held: Arc<AtomicUsize>,
}

impl Workers {
    /// Starts one thread for each processor that the process may use.
    ///
    /// # Errors
    /// When the system gives no thread, or none of what a runtime needs.
    pub fn start() -> io::Result<Self> {
        let count = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let stop = CancellationToken::new();
        let first = Worker::start(0, stop.clone())?;
        let others = (1..count).map(|number| Worker::start(number, stop.clone())).collect::<io::Result<_>>()?;
        Ok(Self { first, others, _stop: stop.drop_guard() })
    }

    /// A seat on the worker that holds the fewest connections.
    #[must_use]
    pub fn seat(&self) -> Seat {
        let held = |worker: &&Worker| worker.held.load(Ordering::Relaxed);
        let worker = std::iter::once(&self.first).chain(&self.others).min_by_key(held).unwrap_or(&self.first);
        worker.held.fetch_add(1, Ordering::Relaxed);
        Seat { handle: worker.handle.clone(), held: Arc::clone(&worker.held) }
    }
}

impl Worker {
    fn start(number: usize, stop: CancellationToken) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let thread = thread::Builder::new().name(format!("connections-{number}"));
        thread.spawn(move || runtime.block_on(stop.cancelled()))?;
        Ok(Self { handle, held: Arc::default() })
    }
}

impl Seat {
    /// Where the connection's task is to be spawned.
    #[must_use]
    pub fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.held.fetch_sub(1, Ordering::Relaxed);
    }
}
