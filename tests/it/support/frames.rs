//! HTTP/2 by hand, frame by frame, wrong ones too (RFC 9113, RFC 7541).

use std::net::SocketAddr;

use super::raw::Raw;

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const PRIORITY: u8 = 2;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PUSH_PROMISE: u8 = 5;
pub(crate) const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const WINDOW_UPDATE: u8 = 8;
pub(crate) const CONTINUATION: u8 = 9;

pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;
/// The highest initial window, so that only a test that says so runs out of it.
const WIDE: u32 = 0x7fff_ffff;

/// One frame as it goes over the wire.
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// One setting.
pub(crate) fn setting(number: u16, value: u32) -> Vec<u8> {
    [&number.to_be_bytes()[..], &value.to_be_bytes()].concat()
}

/// Fields, each spelt out: no table, no Huffman code.
pub(crate) fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    let text = |text: &str| [&length(text.len())[..], text.as_bytes()].concat();
    fields.iter().flat_map(|(name, value)| [vec![0], text(name), text(value)].concat()).collect()
}

/// A length of seven bits and more (RFC 7541 §5.1).
fn length(of: usize) -> Vec<u8> {
    if of < 127 {
        return vec![u8::try_from(of).unwrap()];
    }
    let (mut bytes, mut rest) = (vec![127], of - 127);
    while rest >= 128 {
        bytes.push(u8::try_from(rest % 128).unwrap() | 128);
        rest /= 128;
    }
    bytes.push(u8::try_from(rest).unwrap());
    bytes
}

/// A GET of the portal, and more fields.
pub(crate) fn get<'a>(path: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let own = [(":method", "GET"), (":scheme", "https"), (":authority", "portail.test"), (":path", path)];
    [&own[..], more].concat()
}

/// What became of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was answered.
    Status(u16),
    /// It was reset, with this error.
    Reset(u32),
    /// The connection was given up, with this error.
    GoAway(u32),
    /// The connection was closed without a word.
    Closed,
}

/// A connection.
pub(crate) struct Frames {
    raw: Raw,
}

impl Frames {
    /// Connected and introduced.
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self::with(address, &setting(4, WIDE)).await
    }

    /// Introduced with these settings.
    pub(crate) async fn with(address: SocketAddr, settings: &[u8]) -> Self {
        let mut raw = Raw::connect(address).await;
        raw.send([b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &frame(SETTINGS, 0, 0, settings)[..]].concat()).await;
        Self { raw }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.raw.send(bytes).await;
    }

    /// A whole request without a body.
    pub(crate) async fn ask(&mut self, stream: u32, fields: &[(&str, &str)]) {
        self.send(frame(HEADERS, END_STREAM | END_HEADERS, stream, &block(fields))).await;
    }

    /// The next frame: kind, flags, stream, payload; nothing when there is none.
    pub(crate) async fn next(&mut self) -> Option<(u8, u8, u32, Vec<u8>)> {
        let head = self.raw.bytes(9).await;
        let [a, b, c, kind, flags, stream @ ..] = <[u8; 9]>::try_from(head).ok()?;
        let length = usize::try_from(u32::from_be_bytes([0, a, b, c])).unwrap();
        let payload = self.raw.bytes(length).await;
        (payload.len() == length).then(|| (kind, flags, u32::from_be_bytes(stream), payload))
    }

    /// What becomes of a stream.
    pub(crate) async fn outcome(&mut self, of: u32) -> Outcome {
        let number = |bytes: &[u8]| u32::from_be_bytes(bytes[..4].try_into().unwrap());
        while let Some((kind, _, stream, payload)) = self.next().await {
            match kind {
                HEADERS if stream == of => return Outcome::Status(status(&payload)),
                RST_STREAM if stream == of => return Outcome::Reset(number(&payload)),
                GOAWAY => return Outcome::GoAway(number(&payload[4..])),
                _ => (),
            }
        }
        Outcome::Closed
    }

    /// How the connection ends, whatever comes before.
    pub(crate) async fn end(&mut self) -> Outcome {
        self.outcome(u32::MAX).await
    }
}

/// The status at the head of a block: one of the static table's, or three digits in Huffman's code (RFC 7541, appendices A and B).
fn status(block: &[u8]) -> u16 {
    const KNOWN: [u16; 7] = [200, 204, 206, 304, 400, 404, 500];
    match block {
        [first @ 0x88..=0x8e, ..] => KNOWN[usize::from(first - 0x88)],
        [0x48..=0x4e | 0x08..=0x0e, length, rest @ ..] => {
            assert!(length & 0x80 != 0, "a Huffman code");
            let bits: Vec<u8> = rest.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
            let mut place = 0;
            let mut take = |count: usize| {
                place += count;
                bits[place - count..place].iter().fold(0_u16, |value, bit| value << 1 | u16::from(*bit))
            };
            (0..3).fold(0, |status, _| {
                let five = take(5);
                // 0 to 2 have five bits, the others six.
                status * 10 + if five < 3 { five } else { (five << 1 | take(1)) - 0b01_1001 + 3 }
            })
        }
        other => panic!("no status at the head of {other:x?}"),
    }
}
