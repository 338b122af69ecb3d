//! HTTP/2 as raw frames: what breaks its rules is refused by itself, reaches nobody, and takes nothing with it.

use crate::support::frames::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, Frames, HEADERS, Outcome, PING, PRIORITY, PUSH_PROMISE, RST_STREAM,
    SETTINGS, WINDOW_UPDATE, block, frame, get, setting,
};
use crate::support::gate::Gate;
use crate::support::upstream::Upstream;

/// Errors of RFC 9113 §7.
const PROTOCOL: u32 = 1;
const FLOW_CONTROL: u32 = 3;
const STREAM_CLOSED: u32 = 5;
const FRAME_SIZE: u32 = 6;
const COMPRESSION: u32 = 9;

/// The request after it, on the same connection, is answered.
async fn lives(frames: &mut Frames, stream: u32) {
    frames.ask(stream, &get("/public", &[])).await;
    assert_eq!(frames.outcome(stream).await, Outcome::Status(200));
}

#[tokio::test]
async fn h19_fields_that_http2_forbids_are_refused_and_reach_nobody() {
    let upstream = Upstream::start().await;
    let gate = Gate::before(&upstream).await;
    let without = |name: &str| -> Vec<_> { get("/public", &[]).into_iter().filter(|field| field.0 != name).collect() };
    let plus = |name, value| get("/public", &[(name, value)]);
    let late = |name, value| get("/public", &[("accept", "*/*"), (name, value)]);
    let cases = [
        ("upper case", plus("X-Upper", "1")),
        ("connection", plus("connection", "close")),
        ("keep-alive", plus("keep-alive", "5")),
        ("proxy-connection", plus("proxy-connection", "close")),
        ("transfer-encoding", plus("transfer-encoding", "chunked")),
        ("upgrade", plus("upgrade", "h2c")),
        ("te", plus("te", "gzip")),
        ("line end", plus("x", "a\r\nX-Guichet-Assertion: mallory")),
        ("line feed", plus("x", "a\nb")),
        ("nul", plus("x", "a\0b")),
        ("name with space", plus("x y", "1")),
        ("name with colon", plus("x:y", "1")),
        ("empty name", plus("", "1")),
        ("no method", without(":method")),
        ("no scheme", without(":scheme")),
        ("no path", without(":path")),
        ("two paths", plus(":path", "/admin")),
        ("two methods", plus(":method", "POST")),
        ("two authorities", plus(":authority", "evil.test")),
        ("unknown pseudo-header", plus(":user", "mallory")),
        ("answer's pseudo-header", plus(":status", "200")),
        ("late pseudo-header", late(":path", "/public")),
        ("no slash", get("public", &[])),
        ("empty path", get("", &[])),
        ("space in the path", get("/public x", &[])),
        ("star", get("*", &[])),
        ("another host", plus("host", "evil.test")),
        ("two lengths", get("/public", &[("content-length", "0"), ("content-length", "1")])),
        ("a length that is none", plus("content-length", "+0")),
    ];
    for (what, fields) in cases {
        let mut frames = Frames::connect(gate.address).await;
        frames.ask(1, &fields).await;
        // A name or value that is none ends the connection that spelt it, which RFC 9113 §5.4.2 allows.
        match frames.outcome(1).await {
            Outcome::Status(400) | Outcome::Reset(PROTOCOL) => lives(&mut frames, 3).await,
            Outcome::GoAway(PROTOCOL) => lives(&mut Frames::connect(gate.address).await, 1).await,
            other @ (Outcome::Status(_) | Outcome::Reset(_) | Outcome::GoAway(_) | Outcome::Closed) => {
                panic!("{what}: {other:?}")
            }
        }
        assert_eq!(upstream.heads().len(), 1, "{what}: only the request after it");
        upstream.forget();
    }
}

#[tokio::test]
async fn r08_a_fragment_over_http2_is_gone_before_anything_is_judged() {
    let upstream = Upstream::start().await;
    let gate = Gate::before(&upstream).await;
    let mut frames = Frames::connect(gate.address).await;
    // The library takes it off; over HTTP/1.1 it is refused.
    frames.ask(1, &get("/admin#/../public", &[])).await;
    assert_eq!(frames.outcome(1).await, Outcome::Status(401));
    frames.ask(3, &get("/public#/../admin", &[])).await;
    assert_eq!(frames.outcome(3).await, Outcome::Status(200));
    assert!(upstream.last().starts_with("GET /public HTTP/1.1\r\n"), "{}", upstream.last());
}

#[tokio::test]
async fn h12_h19_no_connect_and_no_other_protocol_over_http2() {
    let upstream = Upstream::start().await;
    let gate = Gate::before(&upstream).await;
    let socket = [(":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "https"), (":path", "/public")];
    let cases = [
        vec![(":method", "CONNECT"), (":authority", "portail.test")],
        vec![(":method", "CONNECT"), (":authority", "portail.test:22")],
        [&socket[..], &[(":authority", "portail.test")]].concat(),
    ];
    for fields in cases {
        let mut frames = Frames::connect(gate.address).await;
        frames.ask(1, &fields).await;
        let outcome = frames.outcome(1).await;
        let refused = matches!(outcome, Outcome::Status(400 | 405 | 421 | 501) | Outcome::Reset(_));
        assert!(refused, "{fields:?}: {outcome:?}");
        assert!(upstream.heads().is_empty(), "{fields:?}");
    }
}

#[tokio::test]
async fn h19_a_body_of_another_length_than_announced_ends_its_stream() {
    let upstream = Upstream::start().await;
    let gate = Gate::before(&upstream).await;
    for (announced, data) in [("5", "abc"), ("1", "abc"), ("0", "x")] {
        let mut frames = Frames::connect(gate.address).await;
        let mut fields = get("/public", &[("content-length", announced)]);
        fields[0].1 = "POST";
        frames.send(frame(HEADERS, END_HEADERS, 1, &block(&fields))).await;
        frames.send(frame(DATA, END_STREAM, 1, data.as_bytes())).await;
        let outcome = frames.outcome(1).await;
        assert!(matches!(outcome, Outcome::Reset(_) | Outcome::Status(400 | 502)), "{announced}: {outcome:?}");
        let whole = format!("\r\n\r\n{data}");
        assert!(!String::from_utf8_lossy(&upstream.bytes()).ends_with(&whole), "{announced}: never as a whole body");
        lives(&mut frames, 3).await;
    }
}

#[tokio::test]
async fn h06_h19_trailers_of_http2_never_become_headers_or_a_path() {
    let upstream = Upstream::start().await;
    let gate = Gate::before(&upstream).await;
    let mut fields = get("/public", &[]);
    fields[0].1 = "POST";
    for trailer in [(":path", "/mallory"), (":authority", "mallory"), ("x-guichet-assertion", "mallory")] {
        let mut frames = Frames::connect(gate.address).await;
        frames.send(frame(HEADERS, END_HEADERS, 1, &block(&fields))).await;
        frames.send(frame(DATA, 0, 1, b"abc")).await;
        frames.send(frame(HEADERS, END_STREAM | END_HEADERS, 1, &block(&[trailer]))).await;
        let outcome = frames.outcome(1).await;
        assert!(matches!(outcome, Outcome::Status(200) | Outcome::Reset(PROTOCOL)), "{trailer:?}: {outcome:?}");
        lives(&mut frames, 3).await;
    }
    assert!(!String::from_utf8_lossy(&upstream.bytes()).contains("mallory"));
}

#[tokio::test]
async fn h19_a_connection_that_breaks_the_framing_is_closed() {
    let upstream = Upstream::start().await;
    let gate = Gate::before(&upstream).await;
    let asked = block(&get("/public", &[]));
    let open = frame(HEADERS, END_HEADERS, 1, &asked);
    let part = frame(HEADERS, END_STREAM, 1, &asked);
    let after = |first: &[u8], then: Vec<u8>| [first, &then[..]].concat();
    let cases = [
        ("DATA on stream 0", frame(DATA, 0, 0, b"x"), PROTOCOL),
        ("HEADERS on stream 0", frame(HEADERS, END_STREAM | END_HEADERS, 0, &asked), PROTOCOL),
        ("a stream of the server's", frame(HEADERS, END_STREAM | END_HEADERS, 2, &asked), PROTOCOL),
        (
            "a stream that was passed",
            after(&frame(HEADERS, END_HEADERS, 5, &asked), frame(HEADERS, END_HEADERS, 3, &asked)),
            PROTOCOL,
        ),
        ("DATA on an idle stream", frame(DATA, 0, 7, b"x"), PROTOCOL),
        ("RST_STREAM on an idle stream", frame(RST_STREAM, 0, 9, &[0; 4]), PROTOCOL),
        ("RST_STREAM of another size", after(&open, frame(RST_STREAM, 0, 1, &[0; 3])), FRAME_SIZE),
        ("SETTINGS of another size", frame(SETTINGS, 0, 0, &[0; 5]), FRAME_SIZE),
        ("SETTINGS on a stream", frame(SETTINGS, 0, 1, &[]), PROTOCOL),
        ("an acknowledgement with a payload", frame(SETTINGS, 1, 0, &[0; 6]), FRAME_SIZE),
        ("a window beyond the largest", frame(SETTINGS, 0, 0, &setting(4, 0x8000_0000)), FLOW_CONTROL),
        ("frames smaller than the smallest", frame(SETTINGS, 0, 0, &setting(5, 100)), PROTOCOL),
        ("a push setting that is none", frame(SETTINGS, 0, 0, &setting(2, 2)), PROTOCOL),
        ("a window opened by nothing", frame(WINDOW_UPDATE, 0, 0, &[0; 4]), PROTOCOL),
        ("a window that overflows", frame(WINDOW_UPDATE, 0, 0, &[0x7f, 0xff, 0xff, 0xff]), FLOW_CONTROL),
        ("PING of another size", frame(PING, 0, 0, &[0; 7]), FRAME_SIZE),
        ("PING on a stream", frame(PING, 0, 1, &[0; 8]), PROTOCOL),
        ("a push of the client's", frame(PUSH_PROMISE, END_HEADERS, 1, &[0, 0, 0, 2]), PROTOCOL),
        ("PRIORITY on stream 0", frame(PRIORITY, 0, 0, &[0; 5]), PROTOCOL),
        ("CONTINUATION of nothing", frame(CONTINUATION, END_HEADERS, 1, &asked), PROTOCOL),
        ("a frame between the parts of a head", after(&part, frame(PING, 0, 0, &[0; 8])), PROTOCOL),
        ("the head of another in between", after(&part, frame(HEADERS, END_STREAM | END_HEADERS, 3, &asked)), PROTOCOL),
        ("a frame larger than allowed", frame(DATA, 0, 1, &[0; 16_385]), FRAME_SIZE),
        ("padding longer than its frame", after(&open, frame(DATA, 8, 1, &[9, 1])), PROTOCOL),
        ("an index of no table", frame(HEADERS, END_STREAM | END_HEADERS, 1, &[0xff, 0xff, 0x7f]), COMPRESSION),
        (
            "a table larger than allowed",
            frame(HEADERS, END_STREAM | END_HEADERS, 1, &[0x3f, 0xe1, 0xff, 0x03]),
            COMPRESSION,
        ),
        ("a text cut short", frame(HEADERS, END_STREAM | END_HEADERS, 1, &[0, 5, b'x']), COMPRESSION),
    ];
    for (what, bytes, error) in cases {
        let mut frames = Frames::connect(gate.address).await;
        frames.send(bytes).await;
        let outcome = frames.end().await;
        // The library names most errors of a connection the general one.
        assert!(
            matches!(outcome, Outcome::GoAway(PROTOCOL)) || outcome == Outcome::GoAway(error),
            "{what}: {outcome:?}"
        );
    }
    // What is said of a stream that has ended ends at most that stream.
    let mut frames = Frames::connect(gate.address).await;
    lives(&mut frames, 1).await;
    frames.send(frame(DATA, END_STREAM, 1, b"late")).await;
    let outcome = frames.outcome(1).await;
    assert!(matches!(outcome, Outcome::Reset(STREAM_CLOSED) | Outcome::GoAway(STREAM_CLOSED)), "{outcome:?}");
    lives(&mut Frames::connect(gate.address).await, 1).await;
}
