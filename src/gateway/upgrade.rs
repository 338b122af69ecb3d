//! WebSocket: the only protocol switched to, after the same policy as any request, from our own origin, and only when the upstream has said 101.
//!
//! A tunnel is closed when its session ends (attack H18), and when the gateway stops.

use std::sync::Arc;

use http::header::{
    CONNECTION, CONTENT_LENGTH, HeaderName, ORIGIN, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION,
    TRANSFER_ENCODING, UPGRADE,
};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Version};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional;

use crate::observe::Metrics;

use super::body::{self, Body};
use super::connection::Connection;
use super::forward::download::Watch;
use super::forward::{Answer, clean};
use super::refuse::Cause;

const WEBSOCKET: HeaderValue = HeaderValue::from_static("websocket");

/// Whether a request is a WebSocket handshake; any other `Upgrade` is not one and is dropped with the hop's headers.
#[must_use]
pub fn is_handshake(parts: &Parts) -> bool {
    let headers = &parts.headers;
    parts.method == Method::GET
        && parts.version == Version::HTTP_11
        && alone(headers, &UPGRADE).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
        && headers
            .get_all(CONNECTION)
            .iter()
            .flat_map(|line| line.as_bytes().split(|byte| *byte == b','))
            .any(|token| token.trim_ascii().eq_ignore_ascii_case(b"upgrade"))
        && alone(headers, &SEC_WEBSOCKET_VERSION).is_some_and(|version| version == "13")
        && alone(headers, &SEC_WEBSOCKET_KEY).is_some_and(|key| key.len() == 24)
        && !headers.contains_key(CONTENT_LENGTH)
        && !headers.contains_key(TRANSFER_ENCODING)
}

/// Whether the page that opens the socket is one of this host. A browser sends `Origin` always: none at all is not one (attack H17).
#[must_use]
pub fn is_own_origin(headers: &HeaderMap, scheme: &str, authority: &str) -> bool {
    let default_port = if scheme == "https" { ":443" } else { ":80" };
    alone(headers, &ORIGIN)
        .and_then(|origin| origin.to_str().ok())
        .and_then(|origin| origin.strip_prefix(scheme)?.strip_prefix("://"))
        .is_some_and(|origin| {
            let (origin, authority) = (
                origin.strip_suffix(default_port).unwrap_or(origin),
                authority.strip_suffix(default_port).unwrap_or(authority),
            );
            origin.eq_ignore_ascii_case(authority)
        })
}

fn alone<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a HeaderValue> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())
}

/// Asks the upstream for the switch; after the hop's headers were removed.
pub fn ask(headers: &mut HeaderMap) {
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, WEBSOCKET);
}

/// Joins both sides once the upstream has switched, and answers the client's handshake.
///
/// # Errors
/// When the upstream's 101 is not one of WebSocket.
pub fn join(
    client: OnUpgrade,
    Answer { mut response, back }: Answer,
    connection: &Arc<Connection>,
    watch: Option<Watch>,
    metrics: &Arc<Metrics>,
) -> Result<Response<Body>, Cause> {
    let switched = alone(response.headers(), &UPGRADE)
        .is_some_and(|protocol| protocol.as_bytes().eq_ignore_ascii_case(b"websocket"));
    if !switched || !response.headers().contains_key(SEC_WEBSOCKET_ACCEPT) {
        return Err(Cause::UpstreamAway);
    }
    let upstream = hyper::upgrade::on(&mut response);
    let closing = connection.closing().clone();
    let (begin, metrics) = (closing.begin.clone(), Arc::clone(metrics));
    let shared = Arc::clone(connection);
    closing.tasks.spawn(async move {
        let joined = async {
            let (Ok(client), Ok(upstream), ()) = tokio::join!(client, upstream, back.switch()) else { return };
            shared.tunnel();
            let (mut client, mut upstream) = (TokioIo::new(client), TokioIo::new(upstream));
            // Either side closing, or breaking off, ends the tunnel: there is nobody to tell.
            let _ = copy_bidirectional(&mut client, &mut upstream).await;
        };
        metrics.tunnels.inc();
        tokio::select! {
            () = joined => (),
            () = ended(watch) => (),
            () = begin.cancelled() => (),
        }
        metrics.tunnels.dec();
    });
    let headers = response.headers_mut();
    clean(headers);
    headers.remove(CONTENT_LENGTH);
    ask(headers);
    let (mut parts, _) = response.into_parts();
    parts.status = StatusCode::SWITCHING_PROTOCOLS;
    parts.version = Version::HTTP_11;
    parts.extensions = http::Extensions::new();
    Ok(Response::from_parts(parts, body::empty()))
}

/// Returns when the session has ended; never for an anonymous tunnel.
async fn ended(watch: Option<Watch>) {
    let Some(watch) = watch else { return std::future::pending().await };
    loop {
        tokio::time::sleep(watch.every).await;
        if !watch.clone().lives().await {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn handshake(change: impl FnOnce(http::request::Builder) -> http::request::Builder) -> bool {
        let builder = Request::builder()
            .header("connection", "keep-alive, Upgrade")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
        is_handshake(&change(builder).body(()).unwrap().into_parts().0)
    }

    #[test]
    fn h15_only_a_plain_websocket_handshake_is_one() {
        assert!(handshake(|r| r.header("upgrade", "WebSocket")));
        for protocol in ["h2c", "websocket, h2c", "TLS/1.0", ""] {
            assert!(!handshake(|r| r.header("upgrade", protocol)), "{protocol}");
        }
        assert!(!handshake(|r| r.header("upgrade", "websocket").header("upgrade", "h2c")));
        assert!(!handshake(|r| r.header("upgrade", "websocket").method("POST")));
        assert!(!handshake(|r| r.header("upgrade", "websocket").header("content-length", "5")));
        assert!(!handshake(|r| r.header("upgrade", "websocket").version(Version::HTTP_10)));
    }

    #[test]
    fn h17_the_origin_must_be_the_host_itself() {
        let own = |origin: &'static str| {
            let headers = HeaderMap::from_iter([(ORIGIN, HeaderValue::from_static(origin))]);
            is_own_origin(&headers, "https", "portail.example")
        };
        assert!(own("https://portail.example") && own("https://PORTAIL.example:443"));
        for origin in [
            "null",
            "",
            "http://portail.example",
            "https://portail.example.evil.test",
            "https://evil.test",
            "https://portail.example:8443",
        ] {
            assert!(!own(origin), "{origin}");
        }
        assert!(!is_own_origin(&HeaderMap::new(), "https", "portail.example"));
    }
}
