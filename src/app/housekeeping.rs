//! What a running gateway does beside requests: notices acts of the command line, tells the store who was seen, ends
//! what nobody came back to, renews keys, sweeps.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::account::Change;

use super::App;
use super::signing::SigningKeys;

/// An act of the command line is seen within this time (decision 34: one second).
const POLL: Duration = Duration::from_millis(250);
/// How often the store hears of sessions seen.
const TOUCH: Duration = Duration::from_secs(5);
/// How often memory that was freed is given back.
const TIDY: Duration = Duration::from_millis(500);
/// How often keys and providers are looked at, and expired records swept.
const SLOW: Duration = Duration::from_secs(60);
/// The start waits this long for the providers.
const MEETING: Duration = Duration::from_millis(500);
/// Bytes of a piece that has pages of its own.
const LARGE_PIECE: usize = 1024 * 1024;
/// Sessions ended at one go; more wait for the next.
const LAPSED: usize = 10_000;

/// Starts the tasks; they end with `stop`.
pub fn start(app: &Arc<App>, tasks: &TaskTracker, stop: &CancellationToken) {
    let changes = Arc::clone(app);
    let mark = Arc::new(tokio::sync::Mutex::new(None));
    every(tasks, stop, POLL, move || {
        let (app, mark) = (Arc::clone(&changes), Arc::clone(&mark));
        async move { notice_changes(&app, &mut *mark.lock().await).await }
    });
    let touches = Arc::clone(app);
    every(tasks, stop, TOUCH, move || {
        let app = Arc::clone(&touches);
        async move { Ok(app.login.sessions.flush_touches().await.map(|_| ())?) }
    });
    every(tasks, stop, TIDY, || async {
        give_memory_back();
        Ok(())
    });
    let slow = Arc::clone(app);
    every(tasks, stop, SLOW, move || {
        let app = Arc::clone(&slow);
        async move { keep_house(&app).await }
    });
}

/// The allocator hands what was freed back to the system when it next takes or returns a large piece. Without one, a quiet process would
/// keep what its last hash needed.
fn give_memory_back() {
    // Never touched: it costs two calls, and no memory.
    drop(std::hint::black_box(Vec::<u8>::with_capacity(LARGE_PIECE)));
}

/// The last acts before the process ends: what was seen is told, what waits to be sent leaves.
pub async fn finish(app: &App) {
    if let Err(error) = app.login.sessions.flush_touches().await {
        tracing::warn!(error = &error as &dyn std::error::Error, "the last requests seen could not be stored");
    }
    if !app.login.notifier.drain(Duration::from_secs(5)).await {
        tracing::warn!("messages that waited were lost");
    }
    app.stores.directory.close().await;
    app.stores.state.close().await;
}

async fn notice_changes(app: &App, mark: &mut Option<i64>) -> anyhow::Result<()> {
    let (changes, next) = app.stores.directory.changes_since(mark.unwrap_or(0)).await?;
    // What happened before the start was never cached.
    let known = mark.replace(next).is_some();
    for change in changes.into_iter().filter(|_| known) {
        match change {
            Change::Account(account) => app.login.sessions.forget_account(account),
            Change::Session(sid) => app.login.sessions.forget_sid(&sid),
            Change::Everything => app.login.sessions.forget_everything(),
        }
    }
    Ok(())
}

async fn keep_house(app: &App) -> anyhow::Result<()> {
    let now = app.doors.clock.now();
    app.login.sessions.end_lapsed(LAPSED).await?;
    app.stores.state.sweep(now).await?;
    let signing_keys = SigningKeys {
        directory: &*app.stores.directory,
        sealer: &app.login.sealer,
        settings: &app.settings,
        entropy: &*app.doors.entropy,
    };
    signing_keys.refresh(&app.keys, now).await?;
    for provider in app.login.providers.all() {
        if let Err(outage) = provider.refresh(now).await {
            let error: &dyn std::error::Error = &outage;
            tracing::debug!(provider = provider.name(), error, "a provider is away");
        }
    }
    Ok(())
}

/// Reads what the providers publish before the first page is drawn, for a moment at most: a page without their addresses carries a
/// policy that stops their button (decision 21). Who does not answer is asked again by itself.
pub async fn meet_providers(app: &App) {
    let now = app.login.now();
    let providers = app.login.providers.all();
    let asked = providers.iter().map(|provider| provider.refresh(now));
    // A failure is logged where it happens, and the sign-in page says that the provider is away.
    let _ = tokio::time::timeout(MEETING, join_all(asked)).await;
}

fn every<F, R>(tasks: &TaskTracker, stop: &CancellationToken, period: Duration, act: F)
where
    F: Fn() -> R + Send + 'static,
    R: Future<Output = anyhow::Result<()>> + Send,
{
    let stop = stop.clone();
    tasks.spawn(async move {
        let mut ticks = tokio::time::interval(period);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                _ = ticks.tick() => {}
            }
            if let Err(error) = act().await {
                let error: &dyn std::error::Error = &*error;
                tracing::warn!(error, "a task of the house failed; it is tried again");
            }
        }
    });
}
