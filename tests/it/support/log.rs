//! Everything the process says while a test listens: every target at TRACE, from every thread.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::dynamic_filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;

static LISTENERS: AtomicUsize = AtomicUsize::new(0);
static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static SET_UP: OnceLock<()> = OnceLock::new();

struct Kept;

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LINES.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Listens until it is dropped. Other tests of the process are heard too: look for your own words.
pub(crate) struct Listening;

impl Listening {
    pub(crate) fn start() -> Self {
        SET_UP.get_or_init(|| {
            let heard = dynamic_filter_fn(|_, _| LISTENERS.load(Ordering::SeqCst) > 0);
            let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(|| Kept);
            let subscriber = tracing_subscriber::registry().with(lines.with_filter(heard));
            tracing::subscriber::set_global_default(subscriber).expect("no other test sets a subscriber for all");
        });
        LISTENERS.fetch_add(1, Ordering::SeqCst);
        tracing::callsite::rebuild_interest_cache();
        Self
    }

    /// Everything heard so far.
    pub(crate) fn text(&self) -> String {
        String::from_utf8(LINES.lock().unwrap().clone()).expect("every line is UTF-8")
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        LISTENERS.fetch_sub(1, Ordering::SeqCst);
    }
}
