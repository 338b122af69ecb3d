//! Access lines leave the requests at once: a thread of their own puts them into words and writes many at a time. Where the reader of
//! the log does not keep up, lines are lost and counted, and no request waits (attack X05).

use std::io::Write;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use http::{Method, StatusCode};
use jiff::Timestamp;
use tokio::time::Instant;

use super::log::{Form, clean};
use super::metrics::RouteMeters;
use super::request::RequestId;

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
    pub(super) client: IpAddr,
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
    Flush(SyncSender<()>),
}

/// Where access lines are handed over. Cheap to use from any thread.
#[derive(Debug)]
pub(super) struct AccessWriter {
    lines: SyncSender<Message>,
    lost: Arc<AtomicU64>,
}

impl AccessWriter {
    /// Starts the thread; it ends with the writer. `now` is asked once for each batch.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub(super) fn start(form: Form, now: fn() -> Timestamp, out: impl Write + Send + 'static) -> std::io::Result<Self> {
        let (lines, waiting) = sync_channel(WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let thread = Thread { waiting, lost: Arc::clone(&lost), form, now, out, text: Vec::with_capacity(BATCH) };
        std::thread::Builder::new().name("access-log".to_owned()).spawn(|| thread.run())?;
        Ok(Self { lines, lost })
    }

    /// Hands a line over; never waits.
    pub(super) fn line(&self, entry: Entry) {
        match self.lines.try_send(Message::Line(entry)) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                self.lost.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Waits until what was handed over is written, for the end of the process.
    pub(super) fn flush(&self) {
        let (done, wait) = sync_channel(1);
        if self.lines.send(Message::Flush(done)).is_ok() {
            // A reader that takes nothing must not keep the process from ending.
            let _ = wait.recv_timeout(LAST);
        }
    }
}

struct Thread<W> {
    waiting: Receiver<Message>,
    lost: Arc<AtomicU64>,
    form: Form,
    now: fn() -> Timestamp,
    out: W,
    text: Vec<u8>,
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
                    Message::Line(entry) => put(&mut self.text, self.form, &entry, at(wall, entry.ended)),
                    Message::Flush(done) => {
                        self.write();
                        // Whoever asked may have stopped waiting.
                        let _ = done.send(());
                    }
                }
                if self.text.len() >= BATCH {
                    self.write();
                }
                next = self.waiting.try_recv().ok();
            }
            self.write();
            let lost = self.lost.swap(0, Ordering::Relaxed);
            if lost > 0 {
                tracing::warn!(lost, "access lines were lost: the log is not read fast enough");
            }
        }
    }

    fn write(&mut self) {
        // A log that cannot be written must not stop the gateway; whoever reads it sees the gap.
        let _ = self.out.write_all(&self.text).and_then(|()| self.out.flush());
        self.text.clear();
    }
}

/// When a request ended, by the wall clock.
fn at((wall, instant): (Timestamp, Instant), ended: Instant) -> Timestamp {
    wall.checked_sub(instant.saturating_duration_since(ended)).unwrap_or(wall)
}

/// Adds one line, in the form of the other lines of the log. Writing to a vector cannot fail.
fn put(text: &mut Vec<u8>, form: Form, entry: &Entry, at: Timestamp) {
    let path = clean(&entry.path);
    let milliseconds = entry.elapsed.as_secs_f64() * 1_000.0;
    match form {
        Form::Json => {
            let _ = write!(text, r#"{{"timestamp":"{at:.6}","level":"INFO","message":"request""#);
            let _ = write!(text, r#","request.id":"{}","client.address":"{}""#, entry.request_id, entry.client);
            let _ = write!(text, r#","http.method":"{}","url.path":"#, entry.method);
            let _ = serde_json::to_writer(&mut *text, &*path);
            if let Some(status) = entry.status {
                let _ = write!(text, r#","http.status":{}"#, status.as_u16());
            }
            let _ = write!(text, r#","route.name":"{}""#, entry.meters.name());
            if let Some(sid) = &entry.sid {
                let _ = write!(text, r#","session.sid":"{sid}""#);
            }
            if let Some(status) = entry.upstream_status {
                let _ = write!(text, r#","upstream.status":{}"#, status.as_u16());
            }
            if let Some(refusal) = entry.refusal {
                let _ = write!(text, r#","refusal":"{refusal}""#);
            }
            let _ = write!(text, r#","http.response_bytes":{}"#, entry.response_bytes);
            let _ = write!(text, r#","http.complete":{},"duration_ms":{milliseconds:.2}"#, entry.complete);
            text.extend_from_slice(b",\"target\":\"guichet::access\"}\n");
        }
        Form::Text => {
            let _ = write!(text, "{at:.6}  INFO guichet::access: request request.id={}", entry.request_id);
            let _ = write!(text, " client.address={} http.method={} url.path={path}", entry.client, entry.method);
            if let Some(status) = entry.status {
                let _ = write!(text, " http.status={}", status.as_u16());
            }
            let _ = write!(text, " route.name={}", entry.meters.name());
            if let Some(sid) = &entry.sid {
                let _ = write!(text, " session.sid={sid}");
            }
            if let Some(status) = entry.upstream_status {
                let _ = write!(text, " upstream.status={}", status.as_u16());
            }
            if let Some(refusal) = entry.refusal {
                let _ = write!(text, " refusal={refusal}");
            }
            let _ = write!(text, " http.response_bytes={}", entry.response_bytes);
            let _ = writeln!(text, " http.complete={} duration_ms={milliseconds:.2}", entry.complete);
        }
    }
}

#[cfg(test)]
mod tests;
