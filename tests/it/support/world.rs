//! The whole demonstration in this process, with a clock that a test moves: gateway, simulator, sample portal and outbox
//! on four free ports. Everything is asked as a person would ask it; nothing reaches behind.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use guichet::app::demo::{Demonstration, Listeners};
use guichet::clock::{Clock, SystemClock, Timestamp};
use guichet::config::{self, Demo, Settings};
use guichet::entropy::SystemEntropy;
use guichet::notify::{Channel, Outbox};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::browser::Page;
use super::chrome::{Options, open};

/// Real time, and as much more as the test has let pass.
#[derive(Debug, Default)]
struct ManualClock {
    ahead: Mutex<SignedDuration>,
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        SystemClock.now() + *self.ahead.lock().unwrap()
    }
}

/// A message as the outbox shows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Sent {
    pub(crate) channel: String,
    pub(crate) to: String,
    pub(crate) subject: Option<String>,
    pub(crate) text: String,
    pub(crate) code: Option<String>,
}

/// A demonstration that runs.
pub(crate) struct World {
    port: u16,
    folder: TempDir,
    clock: Arc<ManualClock>,
    settings: fn(&mut Settings),
    running: Option<Running>,
}

struct Running {
    stop: oneshot::Sender<()>,
    task: JoinHandle<anyhow::Result<()>>,
    outbox: Arc<Outbox>,
}

impl World {
    /// The demonstration as shipped.
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder for the demonstration");
        let (port, listeners) = free_ports(folder.path().into()).await;
        let mut world = Self { port, folder, clock: Arc::default(), settings: |_| {}, running: None };
        world.start(listeners).await;
        world
    }

    /// Stops everything, and starts it again on the same ports and folder.
    pub(crate) async fn restart(&mut self) {
        self.stop().await;
        let demo = self.demo();
        let deadline = Instant::now() + Duration::from_secs(10);
        let listeners = loop {
            match Listeners::bind(&demo).await {
                Ok(listeners) => break listeners,
                Err(fault) if Instant::now() > deadline => panic!("the ports are not free again: {fault:#}"),
                Err(_) => sleep(Duration::from_millis(20)).await,
            }
        };
        self.start(listeners).await;
    }

    /// The same, with other settings from now on.
    pub(crate) async fn restart_with(&mut self, settings: fn(&mut Settings)) {
        self.settings = settings;
        self.restart().await;
    }

    async fn stop(&mut self) {
        let running = self.running.take().expect("it runs");
        running.stop.send(()).expect("it still runs");
        running.task.await.expect("it ends without a panic").expect("it ends well");
    }

    async fn start(&mut self, listeners: Listeners) {
        let mut demo = self.demo();
        (self.settings)(&mut demo.settings);
        let clock = Arc::clone(&self.clock);
        let built = Demonstration::build_as(demo, clock, Arc::new(SystemEntropy)).await;
        let demonstration = built.unwrap_or_else(|fault| panic!("the demonstration does not start: {fault:#}"));
        let outbox = Arc::clone(&demonstration.outbox);
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(demonstration.run(listeners, async move {
            // A world that is dropped stops too.
            let _ = stopped.await;
        }));
        self.running = Some(Running { stop, task, outbox });
    }

    fn demo(&self) -> Demo {
        config::demo(self.port, self.folder.path().into()).expect("the shipped settings are right")
    }

    /// A browser of its own, on no page yet.
    pub(crate) async fn page(&self, options: Options) -> Page {
        open(options).await
    }

    /// An address of the gateway.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port)
    }

    /// Where the simulator's own pages are.
    pub(crate) fn wallet(&self) -> String {
        format!("http://127.0.0.1:{}", self.port + 1)
    }

    /// Lets time pass.
    pub(crate) fn advance(&self, by: SignedDuration) {
        *self.clock.ahead.lock().unwrap() += by;
    }

    /// The mail relay or the SMS service goes away, or comes back.
    pub(crate) fn set_down(&self, channel: Channel, down: bool) {
        self.running.as_ref().expect("it runs").outbox.set_down(channel, down);
    }

    /// Everything sent, newest first, as the outbox tells it.
    pub(crate) async fn messages(&self) -> Vec<Sent> {
        let (status, body) = super::serve::get(&format!("http://127.0.0.1:{}/messages", self.port + 3)).await;
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).expect("the outbox answers JSON")
    }

    /// The last code sent to an address or number; mails of a reset are queued, so it is waited for.
    pub(crate) async fn code_for(&self, to: &str) -> String {
        self.message_to(to, |sent| sent.code.is_some()).await.code.expect("a code")
    }

    /// The last message to an address or number that is as wanted.
    pub(crate) async fn message_to(&self, to: &str, wanted: impl Fn(&Sent) -> bool) -> Sent {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let messages = self.messages().await;
            if let Some(found) = messages.iter().find(|sent| sent.to == to && wanted(sent)) {
                return found.clone();
            }
            assert!(Instant::now() < deadline, "nothing of the kind was sent to {to}: {messages:#?}");
            sleep(Duration::from_millis(40)).await;
        }
    }

    /// The verified assertion, as the portal tells it to this browser; nothing where the gateway sends elsewhere.
    pub(crate) async fn whoami(&self, page: &Page) -> Option<Value> {
        let left = page.open_tab(&self.at("/api/whoami")).await;
        let shown = page.source_text("pre").await;
        page.close_tab(left).await;
        let answer: Value = serde_json::from_str(&shown?).expect("the portal answers JSON");
        assert_eq!(answer["verified"], true, "{answer}");
        Some(answer["assertion"].clone())
    }
}

/// Four ports in a row below those that the system gives out, bound before anybody else can.
async fn free_ports(folder: PathBuf) -> (u16, Listeners) {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(std::process::id() % 2_500).expect("small") * 8;
    for _ in 0..500 {
        let port = 11_000 + (first + NEXT.fetch_add(4, Ordering::Relaxed)) % 12_000;
        let demo = config::demo(port, folder.clone()).expect("the shipped settings are right");
        if let Ok(listeners) = Listeners::bind(&demo).await {
            return (port, listeners);
        }
    }
    panic!("no four free ports in a row");
}
