//! A proxy that does nothing but forward, with the gateway's own libraries: hyper, and hyper-util's pooled client.

use hyper::service::service_fn;
use hyper::{Request, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};

/// Listens, says where, forwards until it is ended.
pub(crate) fn run() {
    let upstream = std::env::var("GUICHET_BENCH_UPSTREAM").unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let listener = crate::process::announced_listener().await;
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client: Client<_, hyper::body::Incoming> =
            Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connector);
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            let _ = stream.set_nodelay(true);
            let (client, upstream) = (client.clone(), upstream.clone());
            tokio::spawn(async move {
                let service = service_fn(move |mut request: Request<hyper::body::Incoming>| {
                    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
                    *request.uri_mut() = format!("http://{upstream}{path}").parse::<Uri>().unwrap();
                    client.request(request)
                });
                let _ =
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
}
