//! A closed-loop generator: so many kept-alive connections, each asks again when it was answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::Instant;

/// One kind of request.
pub(crate) struct Load {
    address: String,
    path: String,
    cookie: Option<String>,
}

impl Load {
    pub(crate) fn new(address: &str, path: &str, cookie: Option<String>) -> Self {
        Self { address: address.to_owned(), path: path.to_owned(), cookie }
    }

    /// Requests answered with 200 in `span`.
    pub(crate) async fn run(&self, connections: usize, span: Duration) -> u64 {
        let answered = Arc::new(AtomicU64::new(0));
        let end = Instant::now() + span;
        let tasks: Vec<_> = (0..connections)
            .map(|_| {
                let (request, address, answered) =
                    (self.request(self.cookie.as_deref()), self.address.clone(), Arc::clone(&answered));
                tokio::spawn(async move {
                    let mut stream = TcpStream::connect(&address).await.unwrap();
                    stream.set_nodelay(true).unwrap();
                    let mut buffer = Vec::with_capacity(8_192);
                    while Instant::now() < end {
                        exchange(&mut stream, request.as_bytes(), &mut buffer).await;
                        answered.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        answered.load(Ordering::Relaxed)
    }

    /// One request with each cookie.
    pub(crate) async fn once_each(&self, cookies: impl Iterator<Item = String>) {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        let mut buffer = Vec::new();
        for cookie in cookies {
            exchange(&mut stream, self.request(Some(&cookie)).as_bytes(), &mut buffer).await;
        }
    }

    fn request(&self, cookie: Option<&str>) -> String {
        let cookie = cookie.map_or_else(String::new, |cookie| format!("Cookie: {cookie}\r\n"));
        format!("GET {} HTTP/1.1\r\nHost: {}\r\n{cookie}\r\n", self.path, self.address)
    }
}

/// Sends a request and reads a whole answer of a known length, which must be 200.
async fn exchange(stream: &mut TcpStream, request: &[u8], buffer: &mut Vec<u8>) {
    stream.write_all(request).await.unwrap();
    buffer.clear();
    while !is_whole(buffer).unwrap() {
        let read = stream.read_buf(buffer).await.unwrap();
        assert!(read > 0, "the connection was closed");
    }
}

/// Whether `bytes` are an answer to its end.
///
/// # Errors
/// The head, when it is not that of a 200 of a known length.
pub(crate) fn is_whole(bytes: &[u8]) -> Result<bool, String> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(false) };
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    match length.filter(|_| head.starts_with("http/1.1 200")) {
        Some(length) => Ok(bytes.len() >= end + 4 + length),
        None => Err(head.replace("\r\n", " | ")),
    }
}
