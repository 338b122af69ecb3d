//! An upstream that records every byte it receives and answers as told.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// What to do with a request whose head has come.
#[derive(Clone)]
pub(crate) enum Reply {
    /// Read the body, answer these bytes, stay open.
    Answer(Vec<u8>),
    /// Answer these bytes at once and close.
    Close(Vec<u8>),
    /// Answer these bytes and stay silent.
    Hang(Vec<u8>),
    /// Answer these bytes, then echo whatever comes.
    Echo(Vec<u8>),
}

type Script = Arc<dyn Fn(&str, usize) -> Reply + Send + Sync>;

#[derive(Default)]
struct Seen {
    bytes: Mutex<Vec<u8>>,
    heads: Mutex<Vec<String>>,
    connections: Mutex<usize>,
    changed: Notify,
}

/// A running upstream.
#[derive(Clone)]
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    seen: Arc<Seen>,
}

impl Upstream {
    /// One that says "ok" to everything.
    pub(crate) async fn start() -> Self {
        Self::answering(|_, _| Reply::Answer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec())).await
    }

    /// One that answers by the head of the request and its number on the connection.
    pub(crate) async fn answering(script: impl Fn(&str, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let upstream = Self { address: listener.local_addr().unwrap(), seen: Arc::default() };
        let (seen, script): (_, Script) = (Arc::clone(&upstream.seen), Arc::new(script));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *seen.connections.lock().unwrap() += 1;
                tokio::spawn(serve(stream, Arc::clone(&seen), Arc::clone(&script)));
            }
        });
        upstream
    }

    /// Everything received on every connection.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.seen.bytes.lock().unwrap().clone()
    }

    /// The heads of requests, in the order they came.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.seen.heads.lock().unwrap().clone()
    }

    /// Forgets what came so far.
    pub(crate) fn forget(&self) {
        self.seen.bytes.lock().unwrap().clear();
        self.seen.heads.lock().unwrap().clear();
    }

    /// The head of the last request.
    pub(crate) fn last(&self) -> String {
        self.heads().pop().unwrap()
    }

    pub(crate) fn connections(&self) -> usize {
        *self.seen.connections.lock().unwrap()
    }

    /// Waits until what was received contains `needle`.
    pub(crate) async fn receives(&self, needle: &[u8]) {
        loop {
            let changed = self.seen.changed.notified();
            if self.bytes().windows(needle.len()).any(|part| part == needle) {
                return;
            }
            tokio::time::timeout(std::time::Duration::from_secs(10), changed).await.unwrap();
        }
    }
}

/// Values of a header in a recorded head.
pub(crate) fn values<'a>(head: &'a str, name: &str) -> Vec<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .filter(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
        .collect()
}

struct Reader {
    stream: TcpStream,
    unread: Vec<u8>,
    seen: Arc<Seen>,
}

impl Reader {
    async fn fill(&mut self) -> bool {
        let mut piece = [0_u8; 4_096];
        let Ok(read @ 1..) = self.stream.read(&mut piece).await else { return false };
        self.unread.extend_from_slice(&piece[..read]);
        self.seen.bytes.lock().unwrap().extend_from_slice(&piece[..read]);
        self.seen.changed.notify_waiters();
        true
    }

    async fn until(&mut self, end: &[u8]) -> Option<Vec<u8>> {
        loop {
            if let Some(place) = self.unread.windows(end.len()).position(|part| part == end) {
                return Some(self.unread.drain(..place + end.len()).collect());
            }
            if !self.fill().await {
                return None;
            }
        }
    }

    async fn take(&mut self, count: usize) -> Option<()> {
        while self.unread.len() < count {
            if !self.fill().await {
                return None;
            }
        }
        self.unread.drain(..count);
        Some(())
    }

    async fn body(&mut self, head: &str) -> Option<()> {
        if let Some(length) = values(head, "content-length").first() {
            return self.take(length.parse().unwrap()).await;
        }
        if values(head, "transfer-encoding").is_empty() {
            return Some(());
        }
        loop {
            let line = String::from_utf8(self.until(b"\r\n").await?).unwrap();
            let size = usize::from_str_radix(line.trim(), 16).unwrap();
            self.take(size + 2).await?;
            if size == 0 {
                return Some(());
            }
        }
    }
}

async fn serve(stream: TcpStream, seen: Arc<Seen>, script: Script) -> Option<()> {
    let mut reader = Reader { stream, unread: Vec::new(), seen };
    for number in 0.. {
        let head = String::from_utf8(reader.until(b"\r\n\r\n").await?).unwrap();
        reader.seen.heads.lock().unwrap().push(head.clone());
        match script(&head, number) {
            Reply::Answer(bytes) => {
                reader.body(&head).await?;
                reader.stream.write_all(&bytes).await.ok()?;
            }
            Reply::Close(bytes) => {
                reader.stream.write_all(&bytes).await.ok()?;
                return None;
            }
            Reply::Hang(bytes) => {
                reader.stream.write_all(&bytes).await.ok()?;
                while reader.fill().await {}
                return None;
            }
            Reply::Echo(bytes) => {
                reader.stream.write_all(&bytes).await.ok()?;
                loop {
                    let back = std::mem::take(&mut reader.unread);
                    reader.stream.write_all(&back).await.ok()?;
                    if !reader.fill().await {
                        return None;
                    }
                }
            }
        }
    }
    None
}
