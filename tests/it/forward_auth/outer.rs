//! The four proxies, each a process of its own with the configuration that we publish.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};

use super::{Asked, SECRET, free_port};
use crate::support::raw::{Answer, ask};
use crate::support::upstream::Upstream;

/// Which one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Nginx,
    Traefik,
    Caddy,
    Envoy,
}

pub(super) const KINDS: [Kind; 4] = [Kind::Nginx, Kind::Traefik, Kind::Caddy, Kind::Envoy];

/// One of them in front of a portal, beside a gate.
pub(super) struct Outer {
    pub(super) kind: Kind,
    pub(super) address: SocketAddr,
    pub(super) asked: Asked,
    pub(super) portal: Upstream,
    _process: Child,
    folder: tempfile::TempDir,
}

impl Outer {
    pub(super) async fn start(kind: Kind) -> Self {
        Self::with_secret(kind, SECRET).await
    }

    /// With the secret that the proxy knows.
    pub(super) async fn with_secret(kind: Kind, secret: &str) -> Self {
        let (asked, portal) = (Asked::start().await, Upstream::start().await);
        Self::between(kind, free_port(), asked, portal, |published| {
            published.replace("REPLACE-WITH-THE-SECRET", secret)
        })
        .await
    }

    /// Between this gate and this portal, with the published configuration changed by `change`, which puts in the secret.
    pub(super) async fn between(
        kind: Kind,
        port: u16,
        asked: Asked,
        portal: Upstream,
        change: impl Fn(String) -> String,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let host = &asked.settings.public_url.host;
        let published = |name: &str| {
            let text = std::fs::read_to_string(root().join("docs/forward-auth").join(name)).unwrap();
            let text = text
                .replace("127.0.0.1:3000", &portal.address.to_string())
                .replace("127.0.0.1:8080", &asked.gate.address.to_string())
                .replace("127.0.0.1:9180", &asked.at.to_string())
                .replace("port_value: 3000 ", &format!("port_value: {} ", portal.address.port()))
                .replace("port_value: 8080 ", &format!("port_value: {} ", asked.gate.address.port()))
                .replace("port_value: 9180 ", &format!("port_value: {} ", asked.at.port()))
                .replace("port_value: 80 ", &format!("port_value: {port} "))
                .replace("address: 0.0.0.0", "address: 127.0.0.1")
                .replace("listen 80;", &format!("listen 127.0.0.1:{port};"))
                .replace("http://portail.example {", &format!("http://{host}:{port} {{"))
                .replace("\"portail.example\"", &format!("\"{host}\", \"{host}:{port}\""))
                .replace("portail.example", host);
            change(text)
        };
        let mut command = match kind {
            Kind::Nginx => nginx(folder.path(), &published("nginx.conf")),
            Kind::Traefik => traefik(folder.path(), port, &published("traefik.yaml")),
            Kind::Caddy => caddy(folder.path(), &published("Caddyfile")),
            Kind::Envoy => envoy(folder.path(), &published("envoy.yaml")),
        };
        let log = std::fs::File::create(folder.path().join("process.log")).unwrap();
        let process = command
            .stdout(log.try_clone().unwrap())
            .stderr(Stdio::from(log))
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{kind:?} (tests/run installs it): {error}"));
        let outer =
            Self { kind, address: SocketAddr::from(([127, 0, 0, 1], port)), asked, portal, _process: process, folder };
        outer.ready().await;
        outer
    }

    async fn ready(&self) {
        let waiting = async {
            while tokio::net::TcpStream::connect(self.address).await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            // Traefik listens before it knows its routes.
            while self.kind == Kind::Traefik && self.get("/_guichet/ready", "").await.status != 200 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let started = tokio::time::timeout(Duration::from_secs(30), waiting).await;
        let log = || std::fs::read_to_string(self.folder.path().join("process.log")).unwrap_or_default();
        assert!(started.is_ok(), "{:?} does not start: {}", self.kind, log());
    }

    pub(super) async fn get(&self, target: &str, lines: &str) -> Answer {
        self.send("GET", target, lines).await
    }

    pub(super) async fn send(&self, method: &str, target: &str, lines: &str) -> Answer {
        let (host, port) = (&self.asked.settings.public_url.host, self.address.port());
        let head = format!("{method} {target} HTTP/1.1\r\nHost: {host}:{port}\r\n{lines}\r\n");
        ask(self.address, head).await
    }
}

fn nginx(folder: &Path, published: &str) -> Command {
    std::fs::write(folder.join("guichet.conf"), published).unwrap();
    let folder = folder.display();
    let whole = format!(
        "pid {folder}/nginx.pid;\ndaemon off;\nmaster_process off;\nerror_log stderr;\nevents {{}}\nhttp {{\n    access_log off;\n    \
         client_body_temp_path {folder}/body;\n    proxy_temp_path {folder}/proxy;\n    fastcgi_temp_path {folder}/fastcgi;\n    \
         uwsgi_temp_path {folder}/uwsgi;\n    scgi_temp_path {folder}/scgi;\n    include {folder}/guichet.conf;\n}}\n"
    );
    let file = PathBuf::from(format!("{folder}/nginx.conf"));
    std::fs::write(&file, whole).unwrap();
    let mut command = Command::new("/usr/sbin/nginx");
    command.args(["-e", "stderr", "-p", &folder.to_string(), "-c"]).arg(file);
    command
}

fn traefik(folder: &Path, port: u16, published: &str) -> Command {
    let dynamic = folder.join("guichet.yaml");
    std::fs::write(&dynamic, published).unwrap();
    let mut command = Command::new(tool("traefik"));
    command
        .args(["--global.checkNewVersion=false", "--global.sendAnonymousUsage=false"])
        .arg(format!("--entryPoints.web.address=127.0.0.1:{port}"))
        .arg(format!("--providers.file.filename={}", dynamic.display()));
    command
}

fn caddy(folder: &Path, published: &str) -> Command {
    let file = folder.join("Caddyfile");
    std::fs::write(&file, format!("{{\n\tadmin off\n\tauto_https off\n\tpersist_config off\n}}\n{published}")).unwrap();
    let mut command = Command::new(tool("caddy"));
    command
        .env("XDG_DATA_HOME", folder)
        .env("XDG_CONFIG_HOME", folder)
        .args(["run", "--adapter", "caddyfile", "--config"])
        .arg(file);
    command
}

fn envoy(folder: &Path, published: &str) -> Command {
    let file = folder.join("envoy.yaml");
    std::fs::write(&file, published).unwrap();
    let mut command = Command::new(tool("envoy"));
    command.args(["--concurrency", "1", "--log-level", "error", "--disable-hot-restart", "-c"]).arg(file);
    command
}

fn tool(name: &str) -> PathBuf {
    root().join("tests/.tools/venv/bin").join(name)
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
