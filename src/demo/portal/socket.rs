//! A WebSocket that sends back what it is told, so that upgrades through the gateway can be seen. Nothing more of the
//! protocol than that: no extension, small frames only.

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper_util::rt::TokioIo;
use sha1::{Digest as _, Sha1};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// The constant of RFC 6455 that proves the server knows the protocol.
const PROOF: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// Largest frame sent back, in bytes.
const LARGEST: u64 = 64 * 1024;

const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;

/// Answers a handshake and echoes in the background until either side closes.
pub(super) async fn echo(mut request: Request) -> Response {
    let Some(accept) = accept(request.headers()) else {
        return (StatusCode::UPGRADE_REQUIRED, [(UPGRADE, "websocket")], "Cette adresse attend un WebSocket.\n")
            .into_response();
    };
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        if let Ok(stream) = upgrade.await {
            // Whichever way it ends, the connection is dropped.
            let _ = converse(TokioIo::new(stream)).await;
        }
    });
    let headers = [(CONNECTION, "upgrade"), (UPGRADE, "websocket"), (SEC_WEBSOCKET_ACCEPT, accept.as_str())];
    (StatusCode::SWITCHING_PROTOCOLS, headers, Body::empty()).into_response()
}

fn accept(headers: &HeaderMap) -> Option<String> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let asked = text(UPGRADE)?.eq_ignore_ascii_case("websocket") && text(SEC_WEBSOCKET_VERSION)? == "13";
    let key = text(SEC_WEBSOCKET_KEY)?;
    asked.then(|| STANDARD.encode(Sha1::digest(format!("{key}{PROOF}"))))
}

async fn converse(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> std::io::Result<()> {
    loop {
        // A client's frame: flags and kind, masked length, mask, payload.
        let [first, second] = read::<2>(&mut stream).await?;
        let length = match second & 0x7F {
            126 => u64::from(u16::from_be_bytes(read(&mut stream).await?)),
            127 => u64::from_be_bytes(read(&mut stream).await?),
            short => u64::from(short),
        };
        if second & 0x80 == 0 || length > LARGEST {
            return Ok(());
        }
        let mask: [u8; 4] = read(&mut stream).await?;
        let mut payload = vec![0; usize::try_from(length).unwrap_or(0)];
        stream.read_exact(&mut payload).await?;
        for (byte, mask) in payload.iter_mut().zip(mask.iter().cycle()) {
            *byte ^= mask;
        }
        match first & 0x0F {
            PING => answer(&mut stream, 0x80 | PONG, &payload).await?,
            PONG => {}
            CLOSE => return answer(&mut stream, 0x80 | CLOSE, &payload).await,
            // Data, whole or in parts: the same flags make the same message.
            _ => answer(&mut stream, first, &payload).await?,
        }
    }
}

async fn read<const N: usize>(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).await?;
    Ok(bytes)
}

async fn answer(stream: &mut (impl AsyncWrite + Unpin), first: u8, payload: &[u8]) -> std::io::Result<()> {
    let mut frame = vec![first];
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short), _) if short < 126 => frame.push(short),
        (_, Ok(long)) => {
            frame.push(126);
            frame.extend_from_slice(&long.to_be_bytes());
        }
        (_, Err(_)) => {
            frame.push(127);
            frame.extend_from_slice(&u64::try_from(payload.len()).unwrap_or(u64::MAX).to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    stream.write_all(&frame).await?;
    stream.flush().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_handshake_is_the_one_of_the_standard() {
        let mut headers = HeaderMap::new();
        assert_eq!(accept(&headers), None);
        headers.insert(UPGRADE, "WebSocket".parse().unwrap());
        headers.insert(SEC_WEBSOCKET_VERSION, "13".parse().unwrap());
        headers.insert(SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ==".parse().unwrap());
        assert_eq!(accept(&headers).unwrap(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
        let mask = [1, 2, 3, 4];
        let mut frame = vec![first];
        if payload.len() < 126 {
            frame.push(0x80 | u8::try_from(payload.len()).unwrap());
        } else {
            frame.push(0x80 | 126);
            frame.extend_from_slice(&u16::try_from(payload.len()).unwrap().to_be_bytes());
        }
        frame.extend_from_slice(&mask);
        frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        frame
    }

    #[tokio::test]
    async fn what_is_said_comes_back_until_the_farewell() {
        let (mut client, server) = tokio::io::duplex(1024);
        let task = tokio::spawn(converse(server));
        client.write_all(&masked(0x81, "été".as_bytes())).await.unwrap();
        assert_eq!(read::<7>(&mut client).await.unwrap(), *b"\x81\x05\xC3\xA9t\xC3\xA9");
        let long = vec![7_u8; 300];
        client.write_all(&masked(0x82, &long)).await.unwrap();
        assert_eq!(read::<4>(&mut client).await.unwrap(), [0x82, 126, 1, 44]);
        assert_eq!(read::<300>(&mut client).await.unwrap().as_slice(), long);
        client.write_all(&masked(0x89, b"p")).await.unwrap();
        assert_eq!(read::<3>(&mut client).await.unwrap(), *b"\x8A\x01p");
        client.write_all(&masked(0x88, b"")).await.unwrap();
        assert_eq!(read::<2>(&mut client).await.unwrap(), *b"\x88\x00");
        task.await.unwrap().unwrap();
    }
}
