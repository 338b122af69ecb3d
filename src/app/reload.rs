//! The configuration read again at SIGHUP, while requests go on. A faulty one changes nothing.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::metrics::gauge::Gauge;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::reload::merged;
use crate::config::{Faults, ProcessEnv, load};
use crate::gateway::Gateway;
use crate::gateway::route::Unusable;
use crate::observe::Metrics;

use super::App;

/// Reads a configuration again and puts in force what may change.
#[derive(Debug)]
pub struct Reloader {
    app: Arc<App>,
    gateway: Gateway,
    file: PathBuf,
    meters: Meters,
}

/// What came of the last reading.
#[derive(Debug, Default)]
struct Meters {
    success: Gauge,
    at: Gauge,
    seconds: Gauge<f64, AtomicU64>,
}

/// What is in force, and what is not.
#[derive(Debug)]
pub struct Reloaded {
    /// Routes that are served now.
    pub routes: usize,
    /// Keys whose new values wait for a restart.
    pub waiting: Vec<String>,
    /// How long it took.
    pub took: Duration,
}

/// Why everything stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum ReloadFault {
    /// The file.
    #[error(transparent)]
    Faulty(#[from] Faults),
    /// A route that only a gateway can judge.
    #[error(transparent)]
    Unusable(#[from] Unusable),
    /// The reading itself broke off.
    #[error("the configuration could not be read to its end")]
    Broken(#[source] tokio::task::JoinError),
}

impl Reloader {
    /// Of the file that the gateway was started with.
    #[must_use]
    pub fn new(app: &Arc<App>, gateway: &Gateway, file: PathBuf, metrics: &Metrics) -> Self {
        let meters = Meters::default();
        meters.success.set(1);
        meters.at.set(app.doors.clock.now().as_second());
        metrics.register(|registry| {
            let help = "1 when the configuration that was read last is in force, 0 when it was refused";
            registry.register("configuration_reload_success", help, meters.success.clone());
            let help = "When the configuration was read last, in seconds since 1970";
            registry.register("configuration_reload_timestamp_seconds", help, meters.at.clone());
            let help = "How long the last reading took";
            registry.register("configuration_reload_duration_seconds", help, meters.seconds.clone());
        });
        Self { app: Arc::clone(app), gateway: gateway.clone(), file, meters }
    }

    /// Reads the file, checks all of it, and exchanges what may change in one step. Requests under way end as they began.
    ///
    /// # Errors
    /// Why nothing has changed.
    pub async fn reload(&self) -> Result<Reloaded, ReloadFault> {
        let begun = Instant::now();
        let (file, gateway) = (self.file.clone(), self.gateway.clone());
        // Reading and checking take no time from the connections.
        let reading = tokio::task::spawn_blocking(move || {
            let merged = merged(&gateway.settings(), load(&file, &ProcessEnv)?);
            let settings = Arc::new(merged.settings);
            gateway.reload(Arc::clone(&settings))?;
            Ok((settings, merged.waiting))
        });
        let read = reading.await.unwrap_or_else(|error| Err(ReloadFault::Broken(error)));
        let took = begun.elapsed();
        self.meters.success.set(i64::from(read.is_ok()));
        self.meters.at.set(self.app.doors.clock.now().as_second());
        self.meters.seconds.set(took.as_secs_f64());
        let (settings, waiting) = read?;
        // Whoever is no longer named signs nobody in (attack K08).
        self.app.login.providers.keep(|name| settings.identity_providers.contains_key(name));
        self.app.login.hosts.replace(settings.hosts());
        Ok(Reloaded { routes: settings.routes.len(), waiting, took })
    }

    /// Reads the file again at each SIGHUP, until `stop`.
    ///
    /// # Errors
    /// When the system gives no signal.
    pub fn at_hangup(self, tasks: &TaskTracker, stop: &CancellationToken) -> std::io::Result<()> {
        let mut hangup = signal(SignalKind::hangup())?;
        let stop = stop.clone();
        tasks.spawn(async move {
            loop {
                tokio::select! {
                    () = stop.cancelled() => break,
                    _ = hangup.recv() => tell(self.reload().await),
                }
            }
        });
        Ok(())
    }
}

/// What the administrator reads.
fn tell(reloaded: Result<Reloaded, ReloadFault>) {
    match reloaded {
        Ok(Reloaded { routes, waiting, took }) => {
            let duration_ms = took.as_secs_f64() * 1_000.0;
            tracing::info!(routes, duration_ms, "SIGHUP: the configuration was read again and is in force");
            if !waiting.is_empty() {
                tracing::warn!(
                    keys = waiting.join(", "),
                    "a restart is needed for some changes; they are not in force"
                );
            }
        }
        Err(ReloadFault::Faulty(faults)) => {
            for fault in faults.iter() {
                tracing::error!(%fault, "SIGHUP: the configuration is faulty");
            }
            tracing::error!("SIGHUP: the configuration was refused; the one before stays in force");
        }
        Err(error @ (ReloadFault::Unusable(_) | ReloadFault::Broken(_))) => {
            let error: &dyn std::error::Error = &error;
            tracing::error!(error, "SIGHUP: the configuration was refused; the one before stays in force");
        }
    }
}
