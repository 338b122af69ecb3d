//! The smallest upstream: 1 KiB to every request, kept alive; 10 MiB under `/10m`; under `/seen` the request's head as it arrived here.

use std::convert::Infallible;
use std::fmt::Write as _;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;

/// The large body.
const LARGE: usize = 10 * 1_024 * 1_024;

/// Listens, says where, answers until it is ended.
pub(crate) fn run() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = crate::process::announced_listener().await;
        let (small, large) = (Bytes::from(vec![b'x'; 1_024]), Bytes::from(vec![b'x'; LARGE]));
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            let _ = stream.set_nodelay(true);
            let (small, large) = (small.clone(), large.clone());
            tokio::spawn(async move {
                let service = service_fn(move |request: Request<Incoming>| {
                    let (small, large) = (small.clone(), large.clone());
                    async move { Ok::<_, Infallible>(answer(request, small, large).await) }
                });
                let _ =
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
}

/// The body of an upload is read to its end before the answer.
async fn answer(request: Request<Incoming>, small: Bytes, large: Bytes) -> Response<Full<Bytes>> {
    let (head, mut body) = request.into_parts();
    while let Some(Ok(_)) = body.frame().await {}
    let body = match head.uri.path().rsplit('/').next() {
        Some("10m") => large,
        Some("seen") => {
            let mut seen = format!("{} {}\n", head.method, head.uri);
            for (name, value) in &head.headers {
                let _ = writeln!(seen, "{name}: {}", String::from_utf8_lossy(value.as_bytes()));
            }
            Bytes::from(seen)
        }
        _ => small,
    };
    Response::new(Full::new(body))
}
