//! The program itself: a socket handed over as systemd does, certificates replaced under it, and its end.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use guichet::config::certificates::CertificateFiles;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::support::raw::Raw;
use crate::support::tls::{Authority, shake};

/// Listens, gives the socket the number that systemd gives, and becomes the program.
const HAND_OVER: &str = "
import os, socket, sys
listener = socket.socket()
listener.bind(('127.0.0.1', 0))
listener.listen(16)
print(listener.getsockname()[1], flush=True)
os.dup2(listener.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS='1', LISTEN_FDNAMES='web', LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[1], sys.argv[1:])
";

const CONFIG: &str = "
public_url = \"https://portail.test\"
state_dir = \"state\"
sealing_keys_file = \"sealing\"
[[listener]]
address = \"systemd:web\"
certificates = [{ certificate_file = \"portail.pem\", key_file = \"portail.key\" }]
[[route]]
path = \"/\"
upstream = \"http://127.0.0.1:9\"
access = \"public\"
[brand]
name = \"Exemple\"
legacy = \"Ancien\"
help_phone = \"01\"
help_email = \"a@exemple.fr\"
terms_url = \"/c\"
terms_version = \"1\"
terms_date = \"hier\"
[email]
transport = \"smtp\"
from = \"a@exemple.fr\"
[email.smtp]
host = \"127.0.0.1\"
security = \"none\"
[admin]
listen = \"off\"
";

fn private(path: &Path) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

fn issue(authority: &Authority) -> CertificateFiles {
    let files = authority.issue("portail", &["portail.test"]);
    private(&files.key);
    files
}

/// The program at work, and what it says.
struct Started {
    child: Child,
    port: u16,
    told: Told,
}

/// Lines of the log, in the order they come; each is looked at once.
struct Told(mpsc::UnboundedReceiver<String>);

impl Told {
    /// The next line that contains this.
    async fn until(&mut self, text: &str) -> String {
        let mut passed = Vec::new();
        loop {
            match timeout(Duration::from_secs(20), self.0.recv()).await {
                Ok(Some(line)) if line.contains(text) => return line,
                Ok(Some(line)) => passed.push(line),
                Ok(None) | Err(_) => panic!("{text:?} was not told, but {passed:#?}"),
            }
        }
    }
}

async fn start(config: &Path) -> Started {
    let mut child = Command::new("python3")
        .args(["-c", HAND_OVER, env!("CARGO_BIN_EXE_guichet"), "serve", "--config"])
        .arg(config)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let port: u16 = lines.next_line().await.unwrap().unwrap().parse().unwrap();
    let (teller, told) = mpsc::unbounded_channel();
    // What it says must be read, or it would wait to say more.
    tokio::spawn(async move {
        while let Ok(Some(line)) = lines.next_line().await {
            let _ = teller.send(line);
        }
    });
    Started { child, port, told: Told(told) }
}

#[tokio::test]
async fn the_program_serves_an_inherited_socket_and_reads_its_certificates_again_at_sighup() {
    let authority = Authority::new();
    let folder = authority.folder.path();
    issue(&authority);
    let config = folder.join("guichet.toml");
    std::fs::write(&config, CONFIG).unwrap();
    guichet::config::create_sealing_keys(&folder.join("sealing"), &guichet::entropy::SystemEntropy).unwrap();
    let Started { mut child, port, mut told } = start(&config).await;
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], port));
    let shown = async || {
        let stream = shake(authority.client_config(None), address, "portail.test").await.unwrap();
        (stream.get_ref().1.peer_certificates().unwrap()[0].to_vec(), Raw::over(stream))
    };
    let get = "GET /_guichet/jwks.json HTTP/1.1\r\nHost: portail.test\r\n\r\n";
    let (first, mut old) = timeout(Duration::from_secs(30), shown()).await.unwrap();
    assert_eq!(old.ask(get).await.status, 200);
    issue(&authority);
    let pid = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-HUP", &pid]).status().await.unwrap().success());
    let replaced = async { while shown().await.0 == first {} };
    timeout(Duration::from_secs(20), replaced).await.unwrap();
    assert_eq!(old.ask(get).await.status, 200, "the connection made before lives on");
    drop(old);
    assert!(Command::new("kill").args(["-TERM", &pid]).status().await.unwrap().success());
    let ended = timeout(Duration::from_secs(30), child.wait()).await.unwrap().unwrap();
    assert!(ended.success());
    told.until("SIGHUP: certificates are read again").await;
}

#[tokio::test]
async fn k08_a_faulty_file_is_told_line_by_line_and_changes_nothing_and_a_right_one_is_in_force_at_once() {
    let authority = Authority::new();
    let folder = authority.folder.path();
    issue(&authority);
    let config = folder.join("guichet.toml");
    let public =
        "[[route]]\npath = \"/public\"\nupstream = \"http://127.0.0.1:9\"\naudience = \"urn:x\"\naccess = \"public\"\n";
    let closed = CONFIG.replace("access = \"public\"", "audience = \"urn:x\"");
    let with = |more: &str| closed.replace("[brand]", &format!("{more}[brand]"));
    std::fs::write(&config, with(public)).unwrap();
    guichet::config::create_sealing_keys(&folder.join("sealing"), &guichet::entropy::SystemEntropy).unwrap();
    let Started { child, port, mut told } = start(&config).await;
    let pid = child.id().unwrap().to_string();
    let hangup = async || assert!(Command::new("kill").args(["-HUP", &pid]).status().await.unwrap().success());
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], port));
    let connected = timeout(Duration::from_secs(30), authority.connect(address, "portail.test"));
    let mut raw = connected.await.unwrap();
    let get = "GET /public HTTP/1.1\r\nHost: portail.test\r\n\r\n";
    assert_eq!(raw.ask(get).await.status, 502, "a public route to nobody");
    std::fs::write(&config, with("[[route]]\npath = \"/public\"\naccess = \"anybody\"\nname = \"A b\"\n")).unwrap();
    hangup().await;
    for (line, fault) in
        [(12, "route[1].upstream: is missing"), (14, "route[1].access"), (15, "route[1].name: \\\"A b\\\"")]
    {
        told.until(&format!("guichet.toml:{line}: {fault}")).await;
    }
    told.until("the configuration was refused; the one before stays in force").await;
    assert_eq!(raw.ask(get).await.status, 502, "what was there stays");
    let moved = closed.replace("state_dir = \"state\"", "state_dir = \"elsewhere\"");
    std::fs::write(&config, moved).unwrap();
    hangup().await;
    told.until("the configuration was read again and is in force").await;
    assert!(told.until("a restart is needed for some changes").await.contains("state_dir"));
    assert_eq!(raw.ask(get).await.status, 401, "now the wider route's, on the connection made before");
    assert!(!folder.join("elsewhere").exists());
}
