//! Running a gateway: listeners, housekeeping, and a stop that drops nobody.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use async_trait::async_trait;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::SystemClock;
use crate::config::{Env as _, ProcessEnv, Settings};
use crate::entropy::SystemEntropy;
use crate::gateway::admin::{Readiness, serve_admin};
use crate::gateway::forward::download::STREAM_CHECK;
use crate::gateway::listen::socket::Inherited;
use crate::gateway::workers::Workers;
use crate::gateway::{self, Gateway, GatewayParts, Listener};
use crate::observe::Metrics;

use super::own_pages::{GatePages, service};
use super::reload::Reloader;
use super::{App, Doors, certificates, housekeeping};

/// `guichet serve`: builds the gateway, binds its listeners and runs until SIGTERM or SIGINT. `file` is where `settings` were read, and
/// are read again at SIGHUP.
///
/// # Errors
/// What an administrator must mend, with its cause.
pub async fn run(settings: Settings, file: PathBuf) -> anyhow::Result<()> {
    let doors = Doors { clock: Arc::new(SystemClock), entropy: Arc::new(SystemEntropy), outbox: None };
    let app = Arc::new(App::build(settings, doors).await?);
    let mut listeners = Vec::new();
    let mut inherited = Inherited::from_process(&ProcessEnv.var("LISTEN_FDNAMES").unwrap_or_default());
    for listener in &app.settings.listeners {
        listeners.extend(Listener::bind(listener, &mut inherited).await?);
        tracing::info!(address = %listener.address, public_url = app.settings.public_url.origin, "listening");
    }
    let admin = match app.settings.admin_listen {
        Some(address) => Some(TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?),
        None => None,
    };
    app.run(listeners, admin, Some(file), stop_signal()).await
}

/// Resolves at SIGTERM or SIGINT.
pub async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupted = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
        }
        Err(_) => {
            let _ = interrupted.await;
        }
    }
}

impl App {
    /// Serves these listeners until `shutdown`, then lets what is under way end. The configuration is read again from `file`, if any.
    ///
    /// # Errors
    /// When a route's upstream is no address; the configuration's check has made sure. When the listener of other proxies cannot be
    /// bound, or the system gives no signal.
    pub async fn run(
        self: Arc<Self>,
        listeners: Vec<Listener>,
        admin: Option<TcpListener>,
        file: Option<PathBuf>,
        shutdown: impl Future<Output = ()> + Send,
    ) -> anyhow::Result<()> {
        let metrics = Arc::new(Metrics::default());
        let gateway = self.gateway(Arc::clone(&metrics))?;
        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        if let Some(forward_auth) = &self.settings.forward_auth {
            let listener = Listener::of_questions(&forward_auth.listen).await?;
            tasks.spawn(gateway::serve(listener, gateway.clone(), stop.clone().cancelled_owned()));
        }
        housekeeping::meet_providers(&self).await;
        housekeeping::start(&self, &tasks, &stop);
        let shown = certificates::shown(&listeners, &self.outgoing);
        certificates::watch(shown, &gateway, self.doors.clock.clone(), &metrics, &tasks, &stop)?;
        if let Some(file) = file {
            Reloader::new(&self, &gateway, file, &metrics).at_hangup(&tasks, &stop)?;
        }
        for listener in listeners {
            tasks.spawn(gateway::serve(listener, gateway.clone(), stop.clone().cancelled_owned()));
        }
        if let Some(admin) = admin {
            let readiness = Arc::new(StoresAnswer { app: Arc::clone(&self), stop: stop.clone() });
            tasks.spawn(serve_admin(admin, metrics, readiness, stop.clone().cancelled_owned()));
        }
        shutdown.await;
        tracing::info!("stopping: requests under way are let end");
        stop.cancel();
        tasks.close();
        tasks.wait().await;
        housekeeping::finish(&self).await;
        Ok(())
    }

    /// The gateway in front of everything.
    ///
    /// # Errors
    /// When a route cannot be served, or the system gives no thread. Must be called inside a runtime.
    pub fn gateway(&self, metrics: Arc<Metrics>) -> anyhow::Result<Gateway> {
        let parts = GatewayParts {
            settings: Arc::clone(&self.settings),
            sessions: self.login.sessions.clone(),
            keys: Arc::clone(&self.keys),
            own_pages: service(Arc::clone(&self.pages)),
            pages: Arc::new(GatePages::new(Arc::clone(&self.pages))),
            clock: self.doors.clock.clone(),
            entropy: self.doors.entropy.clone(),
            metrics,
            workers: Arc::new(Workers::start()?),
            office: Handle::current(),
            stream_check: STREAM_CHECK,
        };
        Ok(Gateway::new(parts)?)
    }
}

/// Ready while both stores answer and nobody asked to stop.
#[derive(Debug)]
struct StoresAnswer {
    app: Arc<App>,
    stop: CancellationToken,
}

#[async_trait]
impl Readiness for StoresAnswer {
    async fn is_ready(&self) -> bool {
        let stores = &self.app.stores;
        !self.stop.is_cancelled() && stores.directory.check().await.is_ok() && stores.state.check().await.is_ok()
    }
}
