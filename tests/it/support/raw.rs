//! A client that writes the bytes it is given and reads what comes back.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(10);

/// A stream of any kind.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// One connection.
pub(crate) struct Raw {
    stream: Box<dyn Stream>,
    unread: Vec<u8>,
}

/// One answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Every value of a header.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
            .collect()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.all(name).first().copied()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

impl Raw {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).await.unwrap())
    }

    /// Over a stream that is open already: TLS, a Unix socket.
    pub(crate) fn over(stream: impl Stream + 'static) -> Self {
        Self { stream: Box::new(stream), unread: Vec::new() }
    }

    /// One exchange, after which the connection stays open.
    pub(crate) async fn ask(&mut self, request: impl AsRef<[u8]>) -> Answer {
        self.send(request).await;
        self.answer().await
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        // The other end may refuse before it has read everything.
        let _ = self.stream.write_all(bytes.as_ref()).await;
    }

    /// Says that nothing more comes.
    pub(crate) async fn shut(&mut self) {
        let _ = self.stream.shutdown().await;
    }

    /// The next TLS record, its head included.
    pub(crate) async fn record(&mut self) -> Vec<u8> {
        let mut record = self.bytes(5).await;
        let length = usize::from(record[3]) << 8 | usize::from(record[4]);
        record.extend(self.bytes(length).await);
        record
    }

    /// Everything until the other end closes.
    pub(crate) async fn until_closed(&mut self) -> Vec<u8> {
        let mut all = std::mem::take(&mut self.unread);
        let mut piece = [0_u8; 4_096];
        loop {
            match timeout(PATIENCE, self.stream.read(&mut piece)).await {
                Ok(Ok(0) | Err(_)) => return all,
                Ok(Ok(read)) => all.extend_from_slice(&piece[..read]),
                Err(_) => panic!("not closed; so far {:?}", String::from_utf8_lossy(&all)),
            }
        }
    }

    async fn fill(&mut self) -> bool {
        let mut piece = [0_u8; 4_096];
        match timeout(PATIENCE, self.stream.read(&mut piece)).await {
            Ok(Ok(0) | Err(_)) => false,
            Ok(Ok(read)) => {
                self.unread.extend_from_slice(&piece[..read]);
                true
            }
            Err(_) => panic!("silence; so far {:?}", String::from_utf8_lossy(&self.unread)),
        }
    }

    /// The head of the next answer.
    pub(crate) async fn head(&mut self) -> Answer {
        let end = loop {
            if let Some(end) = self.unread.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            assert!(self.fill().await, "closed without an answer");
        };
        let head = String::from_utf8(self.unread.drain(..end).collect()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head, body: Vec::new() }
    }

    /// Exactly this many bytes, or what came before the end.
    pub(crate) async fn bytes(&mut self, count: usize) -> Vec<u8> {
        while self.unread.len() < count {
            if !self.fill().await {
                break;
            }
        }
        let count = count.min(self.unread.len());
        self.unread.drain(..count).collect()
    }

    /// The next answer, of known length or chunked.
    pub(crate) async fn answer(&mut self) -> Answer {
        let mut answer = self.head().await;
        if let Some(length) = answer.header("content-length") {
            let length = length.parse().unwrap();
            answer.body = self.bytes(length).await;
        } else if answer.header("transfer-encoding").is_some() {
            loop {
                while !self.unread.contains(&b'\n') {
                    assert!(self.fill().await, "closed in a chunk line");
                }
                let end = self.unread.iter().position(|byte| *byte == b'\n').unwrap();
                let line = String::from_utf8(self.unread.drain(..=end).collect()).unwrap();
                let size = usize::from_str_radix(line.trim(), 16).unwrap();
                let chunk = self.bytes(size + 2).await;
                answer.body.extend_from_slice(&chunk[..size]);
                if size == 0 {
                    break;
                }
            }
        }
        answer
    }
}

/// One exchange on a connection of its own.
pub(crate) async fn ask(address: SocketAddr, request: impl AsRef<[u8]>) -> Answer {
    let mut raw = Raw::connect(address).await;
    raw.send(request).await;
    raw.answer().await
}

/// One exchange that must end with the connection closed; the status of the only answer.
pub(crate) async fn refused(address: SocketAddr, request: impl AsRef<[u8]>) -> u16 {
    let mut raw = Raw::connect(address).await;
    raw.send(request).await;
    let all = String::from_utf8(raw.until_closed().await).unwrap();
    assert_eq!(all.matches("HTTP/1.").count(), 1, "{all}");
    all.split(' ').nth(1).unwrap().parse().unwrap()
}
