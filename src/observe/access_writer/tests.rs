use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};

use super::*;
use crate::observe::Metrics;

/// A log that a test reads, and whose reader may stop taking.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A log nobody reads until the other end is dropped.
struct Stuck(Receiver<()>, Sender<()>);

impl Write for Stuck {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let _ = self.1.send(());
        let _ = self.0.recv();
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn entry(path: &str) -> Entry {
    Entry {
        request_id: RequestId::new([7; 16]),
        client: ClientAddr("203.0.113.9".parse().unwrap()),
        method: Method::GET,
        path: path.to_owned(),
        status: Some(StatusCode::OK),
        sid: Some("sid-1".to_owned()),
        upstream_status: Some(StatusCode::OK),
        refusal: None,
        response_bytes: 2,
        complete: true,
        meters: Metrics::default().route("portal"),
        ended: Instant::now(),
        elapsed: Duration::from_micros(1_234),
    }
}

fn now() -> Timestamp {
    Timestamp::UNIX_EPOCH
}

#[test]
fn x01_each_request_is_one_line_of_json_with_the_names_that_others_rely_on() {
    let log = Log::default();
    let writer = AccessWriter::start(Form::Json, now, log.clone()).unwrap();
    let hostile = format!("/a\r\n{{\"forged\":\"\\1\"}}\u{1b}[2J{}", "x".repeat(1_000_000));
    writer.line(entry(&hostile));
    writer.line(Entry { status: None, sid: None, upstream_status: None, refusal: Some("no-route"), ..entry("/b") });
    writer.flush();
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert!(text.len() < 2_000);
    let names: Vec<&str> = lines[0].as_object().unwrap().keys().map(String::as_str).collect();
    let known = "client.address duration_ms http.complete http.method http.response_bytes http.status level message \
                 request.id route.name session.sid target timestamp upstream.status url.path";
    assert_eq!(names.join(" "), known);
    assert!(lines[0]["url.path"].as_str().unwrap().starts_with("/a\\r\\n{\"forged\":\"\\1\"}"));
    assert_eq!(lines[0]["duration_ms"], 1.23);
    assert!(lines[0]["timestamp"].as_str().unwrap().ends_with('Z'));
    assert_eq!((lines[1]["refusal"].as_str(), lines[1].get("http.status")), (Some("no-route"), None));
}

#[test]
fn the_text_form_has_the_same_names() {
    let log = Log::default();
    let writer = AccessWriter::start(Form::Text, now, log.clone()).unwrap();
    writer.line(entry("/dossier"));
    writer.flush();
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let (_, told) = text.split_once("guichet::access: request ").unwrap();
    assert_eq!(
        told,
        "request.id=07070707070707070707070707070707 client.address=203.0.113.9 http.method=GET url.path=/dossier \
         http.status=200 route.name=portal session.sid=sid-1 upstream.status=200 http.response_bytes=2 \
         http.complete=true duration_ms=1.23\n"
    );
}

#[test]
fn x05_a_log_that_nobody_reads_loses_lines_and_holds_no_request() {
    let (release, held) = channel();
    let (wrote, writes) = channel();
    let writer = AccessWriter::start(Form::Json, now, Stuck(held, wrote)).unwrap();
    writer.line(entry("/first"));
    writes.recv().unwrap();
    for _ in 0..WAITING + 5 {
        writer.line(entry("/"));
    }
    assert_eq!(writer.counts.lost.load(Ordering::Relaxed), 5);
    drop(release);
}
