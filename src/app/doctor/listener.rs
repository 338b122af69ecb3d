//! The listener, asked as a proxy would: with the secret, without it, with another, and with half a question.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};

use super::Finding;
use crate::app::health::reachable;
use crate::config::Settings;
use crate::config::settings::{ForwardAuthListen, ForwardAuthSettings};

/// A gateway that lives answers at once.
const PATIENCE: Duration = Duration::from_secs(3);
/// More than any answer to these questions.
const LONGEST: u64 = 65_536;
/// In the answer to who does not know the secret.
const STRANGER: &str = "urn:guichet:problem:forward-auth-secret";

/// What became of a question.
#[derive(Debug)]
struct Heard {
    status: u16,
    text: String,
}

impl Heard {
    fn is_stranger(&self) -> bool {
        self.status == 401 && self.text.contains(STRANGER)
    }

    /// Every answer of a gateway has its reference.
    fn is_ours(&self) -> bool {
        self.text.contains("x-request-id: ")
    }
}

pub(super) async fn examine(settings: &Settings, forward_auth: &ForwardAuthSettings) -> Vec<Finding> {
    let host = &settings.public_url.host;
    let listen = &forward_auth.listen;
    let about = format!("X-Forwarded-Method: GET\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: {host}\r\n");
    let whole = format!("{about}X-Forwarded-Uri: /\r\n");
    let secret = |secret: &str| format!("X-Guichet-Forward-Auth: {secret}\r\n");
    let right = secret(forward_auth.secret.expose());
    let answer = match ask(listen, &format!("{whole}{right}")).await {
        Ok(answer) => answer,
        Err(error) => {
            return vec![Finding::fault(
                format!("Nothing answers on {listen}: {error}."),
                "Start guichet with this configuration, on this machine; a Unix socket also needs its group.",
            )];
        }
    };
    let mut findings = Vec::new();
    findings.push(match answer.status {
        200 | 303 | 401 | 403 | 404 if !answer.is_stranger() && answer.is_ours() => {
            Finding::right("The listener answers to the secret.")
        }
        401 if answer.is_stranger() => Finding::fault(
            "The running gateway refuses the secret of this configuration.",
            "Restart guichet, so that it reads the secret again; then give the same one to the proxy.",
        ),
        status => Finding::fault(
            format!("What answers on {listen} is not guichet's forward-auth: status {status}."),
            "Give forward_auth.listen a port of its own.",
        ),
    });
    for (lines, how) in
        [(whole.clone(), "without the secret"), (format!("{whole}{}", secret("wrong")), "with a wrong secret")]
    {
        findings.push(match ask(listen, &lines).await {
            Ok(answer) if answer.is_stranger() => Finding::right(format!("It refuses questions {how}.")),
            Ok(answer) => Finding::fault(
                format!("It does not refuse a question {how}: status {}.", answer.status),
                "Something else answers on this address: give forward_auth.listen a port of its own.",
            ),
            Err(error) => {
                Finding::fault(format!("A question {how} was not answered: {error}."), "Look into guichet's log.")
            }
        });
    }
    findings.push(match ask(listen, &format!("{about}{right}")).await {
        Ok(answer) if matches!(answer.status, 400 | 401 | 403) => {
            Finding::right("It refuses a question that names no address.")
        }
        Ok(answer) => Finding::fault(
            format!("It does not refuse a question that names no address: status {}.", answer.status),
            "Something else answers on this address: give forward_auth.listen a port of its own.",
        ),
        Err(error) => Finding::fault(format!("Half a question was not answered: {error}."), "Look into guichet's log."),
    });
    findings
}

async fn ask(listen: &ForwardAuthListen, lines: &str) -> std::io::Result<Heard> {
    let question = format!("GET /caddy HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{lines}\r\n");
    let asked = async {
        match listen {
            ForwardAuthListen::Tcp(address) => {
                exchange(TcpStream::connect(reachable(*address)).await?, &question).await
            }
            ForwardAuthListen::Unix(path) => exchange(UnixStream::connect(path).await?, &question).await,
        }
    };
    let silent = || std::io::Error::new(std::io::ErrorKind::TimedOut, "no answer in three seconds");
    let text = tokio::time::timeout(PATIENCE, asked).await.map_err(|_| silent())??;
    let status = text.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).and_then(|digits| digits.parse().ok());
    Ok(Heard { status: status.unwrap_or(0), text })
}

async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, question: &str) -> std::io::Result<String> {
    stream.write_all(question.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(LONGEST).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
