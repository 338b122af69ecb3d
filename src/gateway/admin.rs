//! The administrator's listener: `/livez`, `/readyz`, `/metrics`. Never on the public one, and it tells nothing of people or stores (attack X04).

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::observe::Metrics;

use super::body::{self, Body};
use super::listen::EXHAUSTED;

/// Whether the gateway can let people in.
#[async_trait]
pub trait Readiness: Send + Sync + std::fmt::Debug {
    /// The stores answer, the keys are there, and it is not stopping.
    async fn is_ready(&self) -> bool;
}

/// A readiness that takes longer is none.
const PATIENCE: Duration = Duration::from_secs(1);
/// Connections at once.
const CONNECTIONS: usize = 32;

/// Serves the administrator's listener until `shutdown`.
pub async fn serve_admin(
    listener: TcpListener,
    metrics: Arc<Metrics>,
    readiness: Arc<dyn Readiness>,
    shutdown: impl Future<Output = ()> + Send,
) {
    let mut shutdown = std::pin::pin!(shutdown);
    let slots = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let accepted = async {
            let slot = Arc::clone(&slots).acquire_owned().await;
            (slot, listener.accept().await)
        };
        let (slot, accepted) = tokio::select! {
            accepted = accepted => accepted,
            () = &mut shutdown => return,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(EXHAUSTED).await;
            continue;
        };
        let (metrics, readiness) = (Arc::clone(&metrics), Arc::clone(&readiness));
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let (metrics, readiness) = (Arc::clone(&metrics), Arc::clone(&readiness));
                async move { Ok::<_, Infallible>(answer(&request, &metrics, &*readiness).await) }
            });
            let served = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(Duration::from_secs(10))
                .keep_alive(false)
                .serve_connection(TokioIo::new(stream), service);
            // A probe takes milliseconds; a silent peer is cut (pitfall P1).
            let _ = tokio::time::timeout(Duration::from_secs(15), served).await;
            drop(slot);
        });
    }
}

async fn answer(request: &Request<Incoming>, metrics: &Metrics, readiness: &dyn Readiness) -> Response<Body> {
    const TEXT: &str = "text/plain; charset=utf-8";
    const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return text(StatusCode::METHOD_NOT_ALLOWED, TEXT, "method not allowed\n".to_owned());
    }
    match request.uri().path() {
        "/livez" => text(StatusCode::OK, TEXT, "ok\n".to_owned()),
        "/readyz" => match tokio::time::timeout(PATIENCE, readiness.is_ready()).await {
            Ok(true) => text(StatusCode::OK, TEXT, "ok\n".to_owned()),
            Ok(false) | Err(_) => text(StatusCode::SERVICE_UNAVAILABLE, TEXT, "not ready\n".to_owned()),
        },
        "/metrics" => text(StatusCode::OK, OPENMETRICS, metrics.render()),
        _ => text(StatusCode::NOT_FOUND, TEXT, "not found\n".to_owned()),
    }
}

fn text(status: StatusCode, kind: &'static str, text: String) -> Response<Body> {
    let mut answer = Response::new(body::full(text));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
