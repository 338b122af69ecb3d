//! A state folder with activated accounts and open sessions, written through the library, and a gateway that serves it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use guichet::account::{AcceptedTerms, Account, Directory as _, SqliteDirectory, State, Verified};
use guichet::clock::{Clock as _, SystemClock};
use guichet::entropy::{Draw as _, SystemEntropy};
use guichet::identity::{AccountId, Email};
use guichet::session::{EmbeddedStore, Session, SessionToken, Store};

use crate::process::Program;

/// The prepared folder.
pub(crate) struct World {
    folder: tempfile::TempDir,
    address: String,
    tokens: Vec<SessionToken>,
}

impl World {
    /// One activated account, and `sessions` sessions of it.
    pub(crate) async fn prepare(upstream: &str, sessions: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("localhost:{}", listener.local_addr().unwrap().port());
        drop(listener);
        std::fs::write(folder.path().join("guichet.toml"), config(&address, upstream)).unwrap();
        let tokens = fill(&folder.path().join("state"), sessions).await;
        Self { folder, address, tokens }
    }

    /// Starts the release program; returns the time to its first answer.
    pub(crate) async fn start(&self) -> (Program, Duration) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_guichet"));
        command.arg("serve").arg("--config").arg(self.config());
        Program::listening(command, self.address.clone()).await
    }

    /// The cookie of a session.
    pub(crate) fn cookie(&self, number: usize) -> String {
        format!("__Host-guichet={}", self.tokens[number].expose())
    }

    /// Medians of refused sign-ins (ms): an identifier nobody has, one somebody has. The floor of `password.failure_floor` is part of both.
    pub(crate) async fn refused_sign_ins(&self, address: &str) -> (f64, f64) {
        let mut medians = Vec::new();
        for name in ["personne@exemple.fr", "camille@exemple.fr"] {
            let mut times = Vec::new();
            for _ in 0..5 {
                times.push(sign_in::refused(address, name).await);
            }
            medians.push(crate::median(&mut times));
        }
        (medians[0], medians[1])
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("guichet.toml")
    }
}

/// Writes a state folder: one activated account, and `sessions` open sessions of it.
pub(crate) async fn fill(state: &Path, sessions: usize) -> Vec<SessionToken> {
    std::fs::create_dir_all(state).unwrap();
    let now = SystemClock.now();
    let directory = SqliteDirectory::open(&state.join("directory.db")).await.unwrap();
    let mut account = Account::new(AccountId::new(SystemEntropy.uuid(now)), State::Active, now);
    account.legacy_id = Some("751234567".to_owned());
    account.person.family_name = Some("MARTIN".to_owned());
    account.person.given_name = Some("Camille".to_owned());
    account.contact_email = Some(Verified { value: Email::parse("camille@exemple.fr").unwrap(), verified_at: now });
    account.sign_in_email = Some(Email::parse("camille@exemple.fr").unwrap());
    account.terms = Some(AcceptedTerms { version: "1".to_owned(), accepted_at: now });
    let account = directory.create(&account, &[]).await.unwrap();
    let store = EmbeddedStore::open(&state.join("state.db")).await.unwrap();
    let mut tokens = Vec::new();
    for number in 0..sessions {
        let token = SessionToken::draw(&SystemEntropy);
        let session = Session {
            sid: format!("sid-{number}"),
            account: account.id,
            epoch: account.epoch,
            opened_at: now,
            expires_at: now + jiff::SignedDuration::from_hours(4),
            last_seen: now,
            auth_time: now,
            amr: vec!["pwd".to_owned(), "otp".to_owned()],
            acr: "urn:guichet:acr:email".to_owned(),
            identity_provider: "local".to_owned(),
            granted: false,
            opened_from: None,
            device: String::new(),
            notice: None,
            return_to: None,
            lasting: false,
        };
        Store::open(&store, token.key(), &session).await.unwrap();
        tokens.push(token);
    }
    directory.close().await;
    store.close().await;
    tokens
}

/// Fills `GUICHET_BENCH_STATE` and prints the token of each session, one a line: for harnesses in another language.
pub(crate) fn run() {
    let state = std::env::var("GUICHET_BENCH_STATE").unwrap();
    let sessions = std::env::var("GUICHET_BENCH_SESSIONS").unwrap().parse().unwrap();
    let tokens = tokio::runtime::Runtime::new().unwrap().block_on(fill(Path::new(&state), sessions));
    for token in tokens {
        println!("{}", token.expose());
    }
}

fn config(address: &str, upstream: &str) -> String {
    let port = address.rsplit(':').next().unwrap();
    format!(
        r#"public_url = "http://{address}"
development = true
listen = ["127.0.0.1:{port}"]
state_dir = "state"

[brand]
name = "Banc d'essai"
sms_name = "BANC"
legacy = "l'ancien portail"
help_phone = "0 800 000 000"
help_email = "aide@exemple.fr"
terms_url = "https://exemple.fr/conditions"
terms_version = "1"
terms_date = "1er janvier 2026"

[email]
transport = "smtp"
from = "banc@exemple.fr"
[email.smtp]
host = "127.0.0.1"
port = 2525
security = "none"

[sms]
transport = "off"

[admin]
listen = "off"

[[route]]
name = "public"
path = "/public"
upstream = "http://{upstream}"
access = "public"

[[route]]
name = "portail"
path = "/"
upstream = "http://{upstream}"
access = "activated"
"#
    )
}

mod sign_in {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;
    use tokio::time::Instant;

    /// Milliseconds until a sign-in is refused.
    pub(super) async fn refused(address: &str, identifier: &str) -> f64 {
        let page = send(address, "GET /_guichet/connexion HTTP/1.1", "", "").await;
        let cookie = between(&page, "__Host-guichet-flow=", ";");
        let field = |name: &str| between(&page, &format!("name=\"{name}\" value=\""), "\"").replace("&#x2f;", "/");
        let body = form(&[
            ("flow", &field("flow")),
            ("token", &field("token")),
            ("identifier", identifier),
            ("password", "Mauvais-mot-1234"),
            ("action", "valider"),
        ]);
        let begun = Instant::now();
        let cookie = format!("Cookie: __Host-guichet-flow={cookie}\r\n");
        let answer = send(address, "POST /_guichet/connexion HTTP/1.1", &cookie, &body).await;
        assert!(answer.starts_with("HTTP/1.1 422"), "{}", answer.get(..40).unwrap_or(&answer));
        begun.elapsed().as_secs_f64() * 1_000.0
    }

    async fn send(address: &str, line: &str, headers: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "{line}\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n{headers}\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    fn form(fields: &[(&str, &str)]) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
    }

    fn between(text: &str, start: &str, end: &str) -> String {
        let from = text.find(start).expect(start) + start.len();
        text[from..from + text[from..].find(end).unwrap()].to_owned()
    }
}
