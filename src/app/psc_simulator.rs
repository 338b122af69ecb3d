//! The simulator of Pro Santé Connect alone, for portal developers: one listener, in the clear or over TLS.

use std::future::Future;
use std::time::Duration;

use anyhow::Context as _;
use axum::{Extension, Router};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::demo::{connection, simulator_key};
use crate::clock::SharedClock;
use crate::config::psc_simulator::SimulatorSettings;
use crate::demo::simulator::tls::Tls;
use crate::demo::simulator::{SimulatorKey, simulator_of};
use crate::entropy::SharedEntropy;

/// How long a client may take to shake hands.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// A simulator that listens.
#[derive(Debug)]
pub struct Listening {
    listener: TcpListener,
    tls: Option<Tls>,
    router: Router,
}

impl Listening {
    /// Reads what the settings name, makes or reads the key, and binds the port.
    ///
    /// # Errors
    /// What must be mended, with its cause.
    pub async fn bind(settings: SimulatorSettings, clock: SharedClock, entropy: SharedEntropy) -> anyhow::Result<Self> {
        let tls = Tls::load(&settings)?;
        let key = match &settings.key_file {
            Some(path) => simulator_key(path)?,
            None => SimulatorKey::generate().context("the simulator's key cannot be made")?,
        };
        let address = settings.listen;
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("cannot listen on {address}: is something else running there?"))?;
        Ok(Self { listener, tls, router: simulator_of(settings, key, clock, entropy) })
    }

    /// Serves until `shutdown`; connections are closed then.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send) {
        let stop = CancellationToken::new();
        tokio::pin!(shutdown);
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = &mut shutdown => break,
            };
            let Ok((stream, _)) = accepted else { continue };
            tokio::spawn(serve(stream, self.tls.clone(), self.router.clone(), stop.clone()));
        }
        stop.cancel();
    }
}

async fn serve(stream: TcpStream, tls: Option<Tls>, router: Router, stop: CancellationToken) {
    let Some(tls) = tls else { return connection(stream, router, stop).await };
    match tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
        Ok(Ok((stream, Some(shown)))) => connection(stream, router.layer(Extension(shown)), stop).await,
        Ok(Ok((stream, None))) => connection(stream, router, stop).await,
        // A certificate that was refused is what its developer looks for.
        Ok(Err(error)) => tracing::info!(%error, "a client and the simulator could not shake hands"),
        Err(_) => tracing::info!("a client did not shake hands in time"),
    }
}
