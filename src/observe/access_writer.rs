//! Access lines leave the requests at once: a thread of their own puts them into words and writes many at a time. Where the reader of
//! the log does not keep up, lines are lost and counted, and no request waits (attack X05).

mod line;

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use http::{Method, StatusCode};
use jiff::Timestamp;
use tokio::time::Instant;

use super::log::Form;
use super::metrics::RouteMeters;
use super::request::{ClientAddr, RequestId};
use line::Lines;

/// Lines that may wait; beyond, they are lost.
const WAITING: usize = 16_384;
/// A first line waits this long for others, so that a busy gateway writes seldom.
const GATHERED: Duration = Duration::from_millis(10);
/// Bytes written at once.
const BATCH: usize = 64 * 1_024;
/// Longest wait for the last lines when the process ends.
const LAST: Duration = Duration::from_secs(2);

/// One answered request.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) request_id: RequestId,
    pub(super) client: ClientAddr,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) status: Option<StatusCode>,
    pub(super) sid: Option<String>,
    pub(super) upstream_status: Option<StatusCode>,
    pub(super) refusal: Option<&'static str>,
    pub(super) response_bytes: u64,
    pub(super) complete: bool,
    pub(super) meters: Arc<RouteMeters>,
    pub(super) ended: Instant,
    pub(super) elapsed: Duration,
}

enum Message {
    Line(Entry),
    /// Answered when everything before it is written.
    Flush(Sender<()>),
}

/// Where access lines are handed over. Cheap to use from any thread.
#[derive(Debug)]
pub(super) struct AccessWriter {
    /// Without a bound of its own: a channel with one holds the memory of all its places from the start.
    lines: Sender<Message>,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    waiting: AtomicUsize,
    lost: AtomicU64,
}

impl AccessWriter {
    /// Starts the thread; it ends with the writer. `now` is asked once for each batch.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub(super) fn start(form: Form, now: fn() -> Timestamp, out: impl Write + Send + 'static) -> std::io::Result<Self> {
        let (lines, waiting) = channel();
        let counts = Arc::<Counts>::default();
        let thread = Thread { waiting, counts: Arc::clone(&counts), now, out, lines: Lines::new(form) };
        std::thread::Builder::new().name("access-log".to_owned()).spawn(|| thread.run())?;
        Ok(Self { lines, counts })
    }

    /// Hands a line over; never waits.
    pub(super) fn line(&self, entry: Entry) {
        if self.counts.waiting.fetch_add(1, Ordering::Relaxed) >= WAITING
            || self.lines.send(Message::Line(entry)).is_err()
        {
            self.counts.waiting.fetch_sub(1, Ordering::Relaxed);
            self.counts.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until what was handed over is written, for the end of the process.
    pub(super) fn flush(&self) {
        let (done, wait) = channel();
        if self.lines.send(Message::Flush(done)).is_ok() {
            // A reader that takes nothing must not keep the process from ending.
            let _ = wait.recv_timeout(LAST);
        }
    }
}

struct Thread<W> {
    waiting: Receiver<Message>,
    counts: Arc<Counts>,
    now: fn() -> Timestamp,
    out: W,
    lines: Lines,
}

impl<W: Write> Thread<W> {
    fn run(mut self) {
        while let Ok(first) = self.waiting.recv() {
            if matches!(first, Message::Line(_)) {
                std::thread::park_timeout(GATHERED);
            }
            let wall = ((self.now)(), Instant::now());
            let mut next = Some(first);
            while let Some(message) = next {
                match message {
                    Message::Line(entry) => {
                        self.counts.waiting.fetch_sub(1, Ordering::Relaxed);
                        self.lines.add(&entry, at(wall, entry.ended));
                    }
                    Message::Flush(done) => {
                        self.write();
                        // Whoever asked may have stopped waiting.
                        let _ = done.send(());
                    }
                }
                if self.lines.text().len() >= BATCH {
                    self.write();
                }
                next = self.waiting.try_recv().ok();
            }
            self.write();
            let lost = self.counts.lost.swap(0, Ordering::Relaxed);
            if lost > 0 {
                tracing::warn!(lost, "access lines were lost: the log is not read fast enough");
            }
        }
    }

    fn write(&mut self) {
        // A log that cannot be written must not stop the gateway; whoever reads it sees the gap.
        let _ = self.out.write_all(self.lines.text()).and_then(|()| self.out.flush());
        self.lines.clear();
    }
}

/// When a request ended, by the wall clock.
fn at((wall, instant): (Timestamp, Instant), ended: Instant) -> Timestamp {
    wall.checked_sub(instant.saturating_duration_since(ended)).unwrap_or(wall)
}

#[cfg(test)]
mod tests;
