//! Programs under test as processes of their own: started, measured, ended.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::net::TcpListener;

/// A running program.
pub(crate) struct Program {
    child: Child,
    /// Where it listens.
    pub(crate) address: String,
}

impl Program {
    /// This very bench in another role; it says where it listens.
    pub(crate) async fn role(role: &str, environment: &[(&str, &str)]) -> Self {
        use std::io::BufRead as _;
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg("--bench").env("GUICHET_BENCH_ROLE", role).envs(environment.iter().copied()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let output = child.stdout.take().unwrap();
        let address = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            std::io::BufReader::new(output).read_line(&mut line).unwrap();
            line.trim().to_owned()
        })
        .await
        .unwrap();
        Self { child, address }
    }

    /// A program that was told where to listen; waits for its first answer.
    pub(crate) async fn listening(mut command: Command, address: String) -> (Self, Duration) {
        let begun = tokio::time::Instant::now();
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let program = Self { child, address };
        while !answers(&program.address).await {
            tokio::time::sleep(Duration::from_millis(1)).await;
            assert!(begun.elapsed() < Duration::from_secs(20), "the gateway does not answer");
        }
        (program, begun.elapsed())
    }

    /// User and system time so far.
    pub(crate) fn processor_seconds(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
        ticks / 100.0
    }

    /// `RssAnon`: memory that no file backs.
    pub(crate) fn anonymous_mib(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1_024.0
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A listener on `GUICHET_BENCH_LISTEN`, or a free port, whose address is the first line of the output.
pub(crate) async fn announced_listener() -> TcpListener {
    let address = std::env::var("GUICHET_BENCH_LISTEN").unwrap_or_else(|_| "127.0.0.1:0".to_owned());
    let listener = TcpListener::bind(address).await.unwrap();
    println!("{}", listener.local_addr().unwrap());
    listener
}

async fn answers(address: &str) -> bool {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let Ok(mut stream) = tokio::net::TcpStream::connect(address).await else { return false };
    let request = format!("GET /public/1k HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    if stream.write_all(request.as_bytes()).await.is_err() {
        return false;
    }
    let mut answer = [0_u8; 12];
    stream.read_exact(&mut answer).await.is_ok() && answer.starts_with(b"HTTP/1.1 ")
}
