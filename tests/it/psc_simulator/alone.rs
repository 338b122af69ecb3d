//! `guichet psc-simulator`: the program as a portal's developer starts it, its refusals, and its control over real sockets.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::killed::four_free_ports;
use crate::support::raw::{Raw, ask};

/// Waits for a start on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The simulator as a process of its own, and the words it welcomed with.
struct Program {
    _child: Child,
    address: SocketAddr,
    welcome: String,
}

impl Program {
    async fn start(words: &[&str], port: u16) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_guichet"))
            .arg("psc-simulator")
            .args(words)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut welcome = String::new();
        let told = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                welcome.push_str(&line);
                welcome.push('\n');
                if line.contains("Ctrl-C ends it") {
                    return;
                }
            }
            panic!("the simulator ended: {welcome}");
        };
        timeout(PATIENCE, told).await.expect("the simulator does not start");
        Self { _child: child, address: SocketAddr::from(([127, 0, 0, 1], port)), welcome }
    }

    async fn get(&self, host: &str, path: &str) -> (u16, Value) {
        let port = self.address.port();
        let answer = ask(self.address, format!("GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n")).await;
        (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    async fn control(&self, method: &str, path: &str, lines: &str, body: &Value) -> u16 {
        let (port, body) = (self.address.port(), body.to_string());
        let head = format!("{method} /control/{path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{lines}");
        let head = format!("{head}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
        ask(self.address, format!("{head}{body}")).await.status
    }
}

const DISCOVERY: &str = "/auth/realms/esante-wallet/.well-known/wallet-openid-configuration";

#[tokio::test]
async fn it_runs_alone_says_where_and_fails_on_demand() {
    let port = four_free_ports();
    let program = Program::start(&["--port", &port.to_string()], port).await;
    let issuer = format!("http://localhost:{port}/auth/realms/esante-wallet");
    assert!(program.welcome.contains(&format!("Discovery   {issuer}/.well-known/wallet-openid-configuration")));
    assert!(program.welcome.contains(&format!("Failures    http://127.0.0.1:{port}/controle")));
    assert!(!program.welcome.contains("un-secret-de-demonstration"), "secrets do not print");
    let (status, document) = program.get("localhost", DISCOVERY).await;
    assert_eq!((status, &document["issuer"]), (200, &json!(issuer)));
    assert_eq!(
        document["backchannel_authentication_endpoint"],
        format!("{issuer}/protocol/openid-connect/ext/ciba/auth")
    );

    let broken = json!({ "endpoints": { "discovery": { "failure": "503" } } });
    let elsewhere = "Sec-Fetch-Site: cross-site\r\n";
    assert_eq!(program.control("PATCH", "state", elsewhere, &broken).await, 403);
    assert_eq!(program.get("localhost", "/control/state").await.0, 404, "only under the host of the pages");
    assert_eq!(program.get("rebound.example", "/control/state").await.0, 404);
    assert_eq!(program.control("PATCH", "state", "", &json!({ "panne": 1 })).await, 400);
    assert_eq!(program.control("PATCH", "state", "", &broken).await, 200);
    assert_eq!(program.get("localhost", DISCOVERY).await.0, 503);
    assert_eq!(program.get("127.0.0.1", "/control/calls").await.1, json!({ "discovery": 2 }));

    let cut = json!({ "endpoints": { "discovery": { "failure": "cut" } } });
    program.control("PATCH", "state", "", &cut).await;
    let mut raw = Raw::connect(program.address).await;
    raw.send(format!("GET {DISCOVERY} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n")).await;
    let bytes = raw.until_closed().await;
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.starts_with("HTTP/1.1 200") && !text.ends_with('}'), "half of an answer, then the end: {text}");
    assert_eq!(program.control("POST", "reset", "", &json!({})).await, 200);
    assert_eq!(program.get("localhost", DISCOVERY).await.0, 200);
}

#[tokio::test]
async fn a_file_with_faults_is_refused_with_their_lines_and_one_that_is_right_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("psc.toml");
    let run = async |words: &[&str]| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_guichet")).arg("psc-simulator").args(words).output().await.unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let path = file.display().to_string();
    std::fs::write(&file, "mtls = \"maybe\"\n[[client]]\nid = \"a\"\nredirect_uri = []\n").unwrap();
    let (code, out, err) = run(&["--config", &path]).await;
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(
        err.contains("psc.toml:1: mtls: \"maybe\" is not one of its words; allowed: \"off\", \"optional\""),
        "{err}"
    );
    assert!(err.contains("psc.toml:4: client[0].redirect_uri: is not a key of this table"), "{err}");
    assert!(err.contains("client[0].secret: is missing"), "{err}");

    let right =
        "[[client]]\nid = \"mon-portail\"\nsecret = \"un secret\"\nredirect_uris = [\"http://localhost:3000/\"]\n";
    std::fs::write(&file, right).unwrap();
    let (code, out, _) = run(&["--config", &path, "--check"]).await;
    assert!(code == Some(0) && out.contains("Client      mon-portail, back to http://localhost:3000/"), "{out}");
    assert_eq!(run(&["--config", &path, "--port", "1"]).await.0, Some(2));
    let (code, out, _) = run(&["--schema"]).await;
    let schema: Value = serde_json::from_str(&out).unwrap();
    assert!(code == Some(0) && schema["properties"]["mtls"].is_object());
}
