//! Peers that take their time, floods that cost their sender nothing, and what they may cost us.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::support::frames::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, Frames, GOAWAY, HEADERS, Outcome, PING, RST_STREAM, SETTINGS, block,
    frame, get, setting,
};
use crate::support::gate::Gate;
use crate::support::raw::{Raw, ask};
use crate::support::settings::settings;
use crate::support::upstream::{Reply, Upstream};

const GET: &str = "GET /public HTTP/1.1\r\nHost: portail.test\r\n\r\n";

/// An upstream whose answers are longer than any buffer on the way, and a gateway that is soon tired of waiting.
async fn large() -> (Upstream, Gate) {
    const BODY: usize = 32 << 20;
    let mut answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {BODY}\r\n\r\n").into_bytes();
    answer.resize(answer.len() + BODY, b'x');
    let upstream = Upstream::answering(move |head, _| {
        let small = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec();
        Reply::Answer(if head.contains("large") { answer.clone() } else { small })
    })
    .await;
    let mut settings = settings(Gate::routes(&upstream));
    // A connection is looked at again when the shorter of these has passed.
    settings.limits.head_timeout = Duration::from_millis(500);
    settings.limits.body_idle_timeout = Duration::from_millis(500);
    (upstream, Gate::with(settings).await)
}

#[tokio::test]
async fn d02_an_answer_that_nobody_reads_is_cut() {
    let (_upstream, gate) = large().await;
    let mut raw = Raw::connect(gate.address).await;
    raw.send("GET /public/large HTTP/1.1\r\nHost: portail.test\r\n\r\n").await;
    assert_eq!(raw.head().await.status, 200);
    let cut = async {
        while !gate.metrics.render().contains("guichet_connections 0") {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), cut).await.unwrap();
    assert!(raw.until_closed().await.len() < 32 << 20, "the rest is missing, and said to be");
}

#[tokio::test]
async fn d02_a_stream_without_window_is_cut_though_its_connection_is_busy() {
    let (_upstream, gate) = large().await;
    // No window for any answer, on a connection that is never silent.
    let mut frames = Frames::with(gate.address, &setting(4, 0)).await;
    frames.ask(1, &get("/public/large", &[])).await;
    assert_eq!(frames.outcome(1).await, Outcome::Status(200));
    let busy = async {
        loop {
            frames.send(frame(PING, 0, 0, &[7; 8])).await;
            match frames.next().await {
                None => break,
                Some((kind, ..)) => assert!(matches!(kind, SETTINGS | PING | GOAWAY), "{kind}"),
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), busy).await.unwrap();
}

#[tokio::test]
async fn d02_where_one_answer_is_not_taken_the_others_of_its_connection_come_to_their_end() {
    let stream = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    let upstream = Upstream::answering(move |head, _| match head.contains("events") {
        true => Reply::Echo(stream.clone()),
        false => Reply::Answer(
            b"HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n".iter().copied().chain([b'x'; 70_000]).collect(),
        ),
    })
    .await;
    let mut settings = settings(Gate::routes(&upstream));
    // A connection is looked at again when the shorter of these has passed.
    settings.limits.head_timeout = Duration::from_millis(500);
    settings.limits.body_idle_timeout = Duration::from_millis(500);
    let gate = Gate::with(settings).await;
    let mut frames = Frames::with(gate.address, &setting(4, 1_000)).await;
    let mut fields = get("/public/events", &[]);
    fields[0].1 = "POST";
    frames.send(frame(HEADERS, END_HEADERS, 1, &block(&fields))).await;
    assert_eq!(frames.outcome(1).await, Outcome::Status(200));
    frames.ask(3, &get("/public", &[])).await;
    // The second waits for a window that never opens; the first has something to say every now and then.
    let mut gone = false;
    let mut pace = tokio::time::interval(Duration::from_millis(100));
    for number in 0..20 {
        pace.tick().await;
        frames.send(frame(DATA, 0, 1, b"1\r\nx\r\n")).await;
        loop {
            match frames.next().await {
                Some((DATA, _, 1, payload)) if !payload.is_empty() => break,
                Some((kind, ..)) => gone |= kind == GOAWAY,
                None => panic!("closed after {number}"),
            }
        }
        if gone {
            return;
        }
    }
    panic!("no more requests should have been taken");
}

#[tokio::test]
async fn d05_floods_of_frames_close_the_connection_or_cost_nothing() {
    let upstream = Upstream::start().await;
    let gate = Gate::before(&upstream).await;
    let asked = block(&get("/public", &[]));
    let reset = |stream: u32| {
        [frame(HEADERS, END_STREAM | END_HEADERS, stream, &asked), frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes())]
            .concat()
    };
    let provoked = |stream: u32| {
        // Each is reset by us: its window is opened by nothing.
        [frame(HEADERS, END_HEADERS, stream, &asked), frame(8, 0, stream, &[0; 4])].concat()
    };
    let head = frame(HEADERS, END_STREAM, 1, &asked);
    let opened = frame(HEADERS, END_HEADERS, 1, &block(&get("/public", &[("content-length", "9")])));
    let streams = (0..20_000_u32).map(|number| 2 * number + 1);
    let cases: [(&str, Vec<u8>, bool); 7] = [
        ("rapid reset", streams.clone().flat_map(reset).collect(), true),
        ("provoked resets", streams.flat_map(provoked).collect(), true),
        (
            "CONTINUATION without end",
            [head.clone(), frame(CONTINUATION, 0, 1, &[0; 16_000]).repeat(200)].concat(),
            true,
        ),
        ("empty CONTINUATION", [head, frame(CONTINUATION, 0, 1, &[]).repeat(50_000)].concat(), true),
        ("empty DATA", [opened, frame(DATA, 0, 1, &[]).repeat(200_000)].concat(), true),
        ("SETTINGS", frame(SETTINGS, 0, 0, &setting(4, 65_535)).repeat(100_000), false),
        ("PING", frame(PING, 0, 0, &[7; 8]).repeat(100_000), false),
    ];
    for (what, bytes, closes) in cases {
        let mut frames = Frames::connect(gate.address).await;
        frames.send(bytes).await;
        if closes {
            let outcome = tokio::time::timeout(Duration::from_secs(20), frames.end()).await;
            assert!(matches!(outcome, Ok(Outcome::GoAway(_) | Outcome::Closed)), "{what}: {outcome:?}");
        }
        drop(frames);
        assert_eq!(ask(gate.address, GET).await.status, 200, "after {what}");
    }
}

#[tokio::test]
async fn d05_a_head_that_unpacks_to_more_than_allowed_is_refused() {
    let upstream = Upstream::start().await;
    let gate = Gate::before(&upstream).await;
    let mut frames = Frames::connect(gate.address).await;
    // One field of 4,000 bytes goes into the table; then it is named ten thousand times, a byte each.
    let entry = [&[0x40, 1, b'x', 0x7f, 0xa1, 0x1e][..], &[b'y'; 4_000]].concat();
    let bomb = [block(&get("/public", &[])), entry, vec![0xbe; 10_000]].concat();
    frames.send(frame(HEADERS, END_STREAM | END_HEADERS, 1, &bomb)).await;
    let outcome = frames.outcome(1).await;
    assert!(!matches!(outcome, Outcome::Status(200)), "{outcome:?}");
    assert!(upstream.heads().is_empty());
}

#[tokio::test]
async fn d08_visits_of_nobody_leave_nothing_behind() {
    let upstream = Upstream::start().await;
    let gate = Gate::before(&upstream).await;
    for number in 0..200 {
        let visit = format!(
            "GET /page-{number} HTTP/1.1\r\nHost: portail.test\r\nAccept: text/html\r\nSec-Fetch-Mode: navigate\r\n\r\n"
        );
        let answer = ask(gate.address, visit).await;
        assert!(matches!(answer.status, 302 | 303), "{}", answer.status);
    }
    assert_eq!(gate.store.acts.load(Ordering::SeqCst), 0, "no record, no counter");
}
