//! The PROXY protocol's header (versions 1 and 2): who the client is, in the words of a proxy that was found trusted before.
//!
//! Whoever calls bounds the time; here the size is bounded.

use std::io;
use std::net::IpAddr;

use bytes::Bytes;
use proxy_header::{Error, ParseConfig, Protocol, ProxyHeader};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::listen::socket::Transport;

/// Longest header that is read: version 2 with room for what load balancers add of their own.
const LONGEST: usize = 4_096;
const CONFIG: ParseConfig = ParseConfig { include_tlvs: false, allow_v1: true, allow_v2: true };

/// Reads the header that must come first. `None`: the proxy speaks for itself (its health checks).
///
/// # Errors
/// When there is no whole header, or one of datagrams.
pub async fn read(transport: &mut Transport) -> io::Result<Option<IpAddr>> {
    let (client, rest) = header(transport).await?;
    transport.put_back(rest);
    Ok(client)
}

/// The client's address, and the bytes that followed the header.
async fn header(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<(Option<IpAddr>, Bytes)> {
    let mut read = Vec::with_capacity(256);
    loop {
        let mut piece = [0_u8; 256];
        let count = stream.read(&mut piece).await?;
        read.extend_from_slice(piece.get(..count).unwrap_or_default());
        match ProxyHeader::parse(&read, CONFIG) {
            Ok((header, length)) => {
                let client = match header.proxied_address() {
                    Some(address) if address.protocol == Protocol::Stream => Some(address.source.ip().to_canonical()),
                    Some(_) => return Err(io::ErrorKind::InvalidData.into()),
                    None => None,
                };
                let rest = Bytes::copy_from_slice(read.get(length..).unwrap_or_default());
                return Ok((client, rest));
            }
            Err(Error::BufferTooShort) if count > 0 && read.len() < LONGEST => (),
            Err(_) => return Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const V2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

    fn v2(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
        let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
        [V2, &[command, family], &length, rest].concat()
    }

    /// What is read, the same whatever the pieces.
    #[track_caller]
    fn check(bytes: &[u8], expected: Option<(Option<&str>, &str)>) {
        for size in [1, 7, bytes.len().max(1)] {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let mut stream = bytes.chunks(size).fold(Pieces::none(), |builder, piece| builder.with(piece));
            let found = runtime.block_on(async {
                let (client, rest) = header(&mut stream).await.ok()?;
                let mut all = rest.to_vec();
                stream.read_to_end(&mut all).await.ok()?;
                Some((client.map(|client| client.to_string()), String::from_utf8(all).unwrap()))
            });
            let expected = expected.map(|(client, rest)| (client.map(str::to_owned), rest.to_owned()));
            assert_eq!(found, expected, "by {size}: {bytes:?}");
        }
    }

    /// A stream that gives its pieces one by one.
    struct Pieces(std::collections::VecDeque<Vec<u8>>);

    impl Pieces {
        fn none() -> Self {
            Self(std::collections::VecDeque::new())
        }

        fn with(mut self, piece: &[u8]) -> Self {
            self.0.push_back(piece.to_vec());
            self
        }
    }

    impl AsyncRead for Pieces {
        fn poll_read(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
            buf: &mut tokio::io::ReadBuf<'_>,
        ) -> std::task::Poll<io::Result<()>> {
            if let Some(mut piece) = self.0.pop_front() {
                let rest = piece.split_off(piece.len().min(buf.remaining()));
                buf.put_slice(&piece);
                if !rest.is_empty() {
                    self.0.push_front(rest);
                }
            }
            std::task::Poll::Ready(Ok(()))
        }
    }

    #[test]
    fn both_versions_name_the_client_and_leave_what_follows() {
        check(b"PROXY TCP4 203.0.113.9 192.0.2.1 4711 443\r\nGET /", Some((Some("203.0.113.9"), "GET /")));
        check(b"PROXY TCP6 2001:db8::9 2001:db8::1 4711 443\r\n", Some((Some("2001:db8::9"), "")));
        check(b"PROXY TCP6 ::ffff:203.0.113.9 ::1 4711 443\r\n", Some((Some("203.0.113.9"), "")));
        check(b"PROXY UNKNOWN\r\nGET /", Some((None, "GET /")));
        let four = [203, 0, 113, 9, 192, 0, 2, 1, 0x12, 0x67, 1, 187];
        check(&[v2(0x21, 0x11, &four), b"GET /".to_vec()].concat(), Some((Some("203.0.113.9"), "GET /")));
        let with_more = [&four[..], &[4, 0, 2, 7, 7]].concat();
        check(&[v2(0x21, 0x11, &with_more), b"x".to_vec()].concat(), Some((Some("203.0.113.9"), "x")));
        check(&v2(0x20, 0x11, &four), Some((None, "")));
        check(&v2(0x20, 0x00, &[]), Some((None, "")));
    }

    #[test]
    fn i11_what_is_no_whole_header_is_refused() {
        for bytes in [
            &b""[..],
            b"GET / HTTP/1.1\r\nHost: portail.test\r\n\r\n",
            b"PROXY TCP4 203.0.113.9 192.0.2.1 4711",
            b"PROXY TCP4 203.0.113.9 192.0.2.1 4711 443\nGET / HTTP/1.1\r\n\r\n",
            b"PROXY TCP4 not.an.address 192.0.2.1 4711 443\r\n",
            b"PROXY TCP4 203.0.113.9 192.0.2.1 99999 443\r\n",
            b"proxy TCP4 203.0.113.9 192.0.2.1 4711 443\r\n",
            &b"PROXY UNKNOWN ".iter().copied().chain([b'x'; 9_000]).collect::<Vec<u8>>(),
            &v2(0x22, 0x11, &[0; 12]),
            &v2(0x21, 0x12, &[203, 0, 113, 9, 192, 0, 2, 1, 0, 1, 0, 2]),
            &v2(0x21, 0x11, &[0; 5]),
            &v2(0x21, 0x11, &[0; 60_000]),
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03hello",
        ] {
            check(bytes, None);
        }
    }
}
