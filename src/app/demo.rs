//! The demonstration: gateway, Pro Santé Connect simulator, sample portal and outbox in one process, on loopback.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::account::password::Hasher;
use crate::clock::SharedClock;
use crate::config::{self, Demo};
use crate::demo::accounts::legacy_csv;
use crate::demo::outbox::{Entry, OutboxReader, outbox};
use crate::demo::portal::portal;

use crate::demo::simulator::{SimulatorConfig, SimulatorKey, simulator};
use crate::entropy::SharedEntropy;
use crate::notify::Outbox;

use super::import::{Importer, Note, Report};
use super::{App, Doors};

/// A demonstration put together.
#[derive(Debug)]
pub struct Demonstration {
    /// The gateway.
    pub app: Arc<App>,
    /// Where everything listens.
    pub demo: Demo,
    /// What would have been sent.
    pub outbox: Arc<Outbox>,
    simulator: Router,
    portal: Router,
}

/// The four listeners.
#[derive(Debug)]
pub struct Listeners {
    /// PORT.
    pub gateway: TcpListener,
    /// PORT + 1.
    pub simulator: TcpListener,
    /// PORT + 2.
    pub portal: TcpListener,
    /// PORT + 3.
    pub outbox: TcpListener,
}

impl Listeners {
    /// Binds the four ports.
    ///
    /// # Errors
    /// When one is taken: the message says which.
    pub async fn bind(demo: &Demo) -> anyhow::Result<Self> {
        let bind = async |address: std::net::SocketAddr| {
            TcpListener::bind(address)
                .await
                .with_context(|| format!("cannot listen on {address}: is something else running there? try --port"))
        };
        Ok(Self {
            gateway: bind(demo.gateway).await?,
            simulator: bind(demo.simulator).await?,
            portal: bind(demo.portal).await?,
            outbox: bind(demo.outbox).await?,
        })
    }
}

impl Demonstration {
    /// Builds everything on `port` to `port + 3` with its state in `state_dir`, and imports the made-up legacy directory.
    ///
    /// # Errors
    /// What must be mended, with its cause.
    pub async fn build(
        port: u16,
        state_dir: PathBuf,
        clock: SharedClock,
        entropy: SharedEntropy,
    ) -> anyhow::Result<Self> {
        Self::build_as(config::demo(port, state_dir)?, clock, entropy).await
    }

    /// The same, of a demonstration whose settings were changed.
    ///
    /// # Errors
    /// What must be mended, with its cause.
    pub async fn build_as(mut demo: Demo, clock: SharedClock, entropy: SharedEntropy) -> anyhow::Result<Self> {
        config::ensure_sealing_keys(&mut demo.settings, &*entropy)?;
        let outbox =
            Outbox::in_file(&demo.settings.state_dir.join("outbox.jsonl")).context("the outbox file cannot be used")?;
        let doors = Doors { clock: clock.clone(), entropy: entropy.clone(), outbox: Some(Arc::clone(&outbox)) };
        let app = Arc::new(App::build(demo.settings.clone(), doors).await?);
        let report = import_accounts(&app).await?;
        tracing::debug!(added = report.added, kept = report.kept, "the made-up legacy directory is imported");
        let simulator = simulator(simulator_config(&demo)?, clock.clone(), entropy.clone());
        let audiences = app.settings.routes.iter().map(|route| route.audience.clone()).collect();
        let portal = portal(app.settings.public_url.origin.clone(), audiences, clock)?;
        Ok(Self { app, demo, outbox, simulator, portal })
    }

    /// Serves the four listeners until `shutdown`.
    ///
    /// # Errors
    /// When the gateway cannot be put together.
    pub async fn run(self, listeners: Listeners, shutdown: impl Future<Output = ()> + Send) -> anyhow::Result<()> {
        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        let reader: Arc<dyn OutboxReader> = Arc::new(Reader(self.outbox));
        for (listener, router) in
            [(listeners.simulator, self.simulator), (listeners.portal, self.portal), (listeners.outbox, outbox(reader))]
        {
            tasks.spawn(serve(listener, router, stop.clone()));
        }
        let gateway = tokio::spawn(Arc::clone(&self.app).run(
            vec![listeners.gateway.into()],
            None,
            None,
            stop.clone().cancelled_owned(),
        ));
        shutdown.await;
        stop.cancel();
        gateway.await.context("the gateway stopped")??;
        tasks.close();
        tasks.wait().await;
        Ok(())
    }
}

/// Imports the demonstration's accounts; those of an earlier start are kept as they are.
async fn import_accounts(app: &App) -> anyhow::Result<Report> {
    let hasher: &Hasher = &app.login.hasher;
    let importer = Importer {
        directory: &*app.login.directory,
        hasher,
        clock: &app.doors.clock,
        entropy: &app.doors.entropy,
        allow_unsalted: false,
        // Made-up people have nothing to hide, and the demonstration starts at once.
        failure_floor: None,
    };
    let note = |note: Note| tracing::warn!(?note, "a row of the made-up directory");
    Ok(importer.run(legacy_csv().as_bytes(), note, |_| {}).await?)
}

fn simulator_config(demo: &Demo) -> anyhow::Result<SimulatorConfig> {
    let provider =
        demo.settings.identity_providers.get("psc").context("config/demo.toml has no identity_provider.psc")?;
    let public = &demo.settings.public_url;
    Ok(SimulatorConfig {
        wallet_origin: demo.wallet.clone(),
        issuer: demo.issuer.clone(),
        client_id: provider.client_id.clone(),
        client_secret: provider.client_secret().context("config/demo.toml has no client secret")?.clone(),
        redirect_uris: vec![public.at("/_guichet/callback/psc")],
        post_logout_redirect_uris: vec![public.at("/_guichet/deconnexion")],
        backchannel_logout_uri: public.at("/_guichet/backchannel-logout/psc").parse().ok(),
        key: simulator_key(&demo.settings.state_dir.join("simulator.key"))?,
    })
}

/// The simulator's key, kept beside the databases so that a restart signs with the same.
pub(super) fn simulator_key(path: &Path) -> anyhow::Result<SimulatorKey> {
    if let Ok(der) = std::fs::read(path) {
        return SimulatorKey::from_pkcs8(&der).with_context(|| format!("{} cannot be read; remove it", path.display()));
    }
    let key = SimulatorKey::generate().context("the simulator's key cannot be made")?;
    write_private(path, &key.to_pkcs8().context("the simulator's key cannot be kept")?)?;
    Ok(key)
}

fn write_private(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    Ok(())
}

async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return,
        };
        let Ok((stream, _)) = accepted else { continue };
        tokio::spawn(connection(stream, router.clone(), stop.clone()));
    }
}

/// Serves one connection until it ends or `stop` is asked.
pub(super) async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: Router,
    stop: CancellationToken,
) {
    use hyper_util::rt::{TokioExecutor, TokioIo};
    use hyper_util::server::conn::auto::Builder;
    use hyper_util::service::TowerToHyperService;
    let service = TowerToHyperService::new(router);
    let builder = Builder::new(TokioExecutor::new());
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
    tokio::select! {
        served = connection => drop(served),
        () = stop.cancelled() => {}
    }
}

/// The outbox as the demonstration's page reads it.
#[derive(Debug)]
struct Reader(Arc<Outbox>);

impl OutboxReader for Reader {
    fn entries(&self) -> Vec<Entry> {
        self.0
            .messages()
            .into_iter()
            .map(|message| Entry {
                channel: message.channel,
                to: message.to,
                subject: message.subject,
                text: message.text,
                code: message.code,
                at: message.at,
            })
            .collect()
    }
}
