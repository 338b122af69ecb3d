//! Whether the gateway of this configuration lives: one question to its own health listener, for containers. Nobody else is called.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::config::Settings;

/// A gateway that lives answers at once.
const PATIENCE: Duration = Duration::from_secs(3);
const QUESTION: &str = "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// Asks `/livez` of the health listener. It is asked directly and not through the client of `outbound`, which rightly
/// speaks in clear to loopback only, while this listener may stand on any address of this machine.
///
/// # Errors
/// When the listener is off, or there is no right answer in three seconds.
pub async fn ask(settings: &Settings) -> anyhow::Result<()> {
    let listener = settings.admin_listen.context("admin.listen is \"off\": there is nothing to ask")?;
    let address = reachable(listener);
    let answer = tokio::time::timeout(PATIENCE, first_line(address))
        .await
        .with_context(|| format!("{address} does not answer"))?
        .with_context(|| format!("{address} cannot be asked"))?;
    ensure!(answer.starts_with("HTTP/1.1 200"), "{address} answers {:?}", answer.trim_end());
    Ok(())
}

/// A listener on every address is asked on loopback.
pub(super) fn reachable(listener: SocketAddr) -> SocketAddr {
    let ip = match listener.ip() {
        IpAddr::V4(ip) => IpAddr::V4(if ip.is_unspecified() { Ipv4Addr::LOCALHOST } else { ip }),
        IpAddr::V6(ip) => IpAddr::V6(if ip.is_unspecified() { Ipv6Addr::LOCALHOST } else { ip }),
    };
    SocketAddr::new(ip, listener.port())
}

async fn first_line(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(QUESTION.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(256).read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer);
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    async fn asked(answer: &'static str) -> anyhow::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut settings = crate::config::demo(9180, folder.path().to_owned()).unwrap().settings;
        settings.admin_listen = Some(listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = [0_u8; QUESTION.len()];
            stream.read_exact(&mut head).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
        });
        ask(&settings).await
    }

    #[tokio::test]
    async fn only_a_right_answer_is_health() {
        asked("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        assert!(asked("HTTP/1.1 503 Service Unavailable\r\n\r\n").await.is_err());
        assert!(asked("").await.is_err());
    }

    #[test]
    fn a_listener_on_every_address_is_asked_on_loopback() {
        for (listener, asked) in
            [("0.0.0.0:9090", "127.0.0.1:9090"), ("[::]:9090", "[::1]:9090"), ("10.0.0.7:9090", "10.0.0.7:9090")]
        {
            assert_eq!(reachable(listener.parse().unwrap()), asked.parse().unwrap());
        }
    }
}
