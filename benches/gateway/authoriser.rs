//! The least that can stand behind nginx's `auth_request`: a cookie looked up in memory, 200 with a name or 401.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::header::COOKIE;
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;

/// Listens, says where, answers until it is ended. `GUICHET_BENCH_COOKIE` is the one cookie that is somebody's.
pub(crate) fn run() {
    let cookie = std::env::var("GUICHET_BENCH_COOKIE").unwrap();
    let sessions = Arc::new(HashMap::from([(cookie.into_bytes(), "751234567")]));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = crate::process::announced_listener().await;
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            let _ = stream.set_nodelay(true);
            let sessions = Arc::clone(&sessions);
            tokio::spawn(async move {
                let service = service_fn(move |request: Request<Incoming>| {
                    let user = request.headers().get(COOKIE).and_then(|cookie| sessions.get(cookie.as_bytes()));
                    let answer = Response::builder();
                    let answer = match user {
                        Some(user) => answer.header("x-user", *user),
                        None => answer.status(StatusCode::UNAUTHORIZED),
                    };
                    async move { Ok::<_, Infallible>(answer.body(Empty::<Bytes>::new()).unwrap()) }
                });
                let _ =
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
}
