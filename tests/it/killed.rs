//! `kill -9` against the program itself: what was acknowledged is there after the restart, in the middle of every step of both journeys.

use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::support::person::{Page, Person};

/// `guichet demo` as a process of its own.
struct Program {
    child: Child,
    port: u16,
    state: TempDir,
}

impl Program {
    async fn start() -> Self {
        let state = tempfile::tempdir().unwrap();
        let port = four_free_ports();
        let child = spawn(port, state.path()).await;
        Self { child, port, state }
    }

    /// No warning, no last write.
    async fn kill(&mut self) {
        self.child.start_kill().unwrap();
        self.child.wait().await.unwrap();
        self.child = spawn(self.port, self.state.path()).await;
    }

    async fn code(&self, to: &str) -> String {
        let mut reader = Person::new(self.port);
        let address = format!("http://127.0.0.1:{}/messages", self.port + 3);
        for _ in 0..500 {
            let page = reader.send("GET", &address, &[], b"").await;
            let messages: Value = serde_json::from_str(&page.body).unwrap();
            let newest =
                messages.as_array().unwrap().iter().find(|message| message["to"] == to && !message["code"].is_null());
            if let Some(message) = newest {
                return message["code"].as_str().unwrap().to_owned();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("no code was sent to {to}");
    }
}

async fn spawn(port: u16, state: &Path) -> Child {
    let child = Command::new(env!("CARGO_BIN_EXE_guichet"))
        .args(["demo", "--port", &port.to_string(), "--state-dir"])
        .arg(state)
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let waiting = async {
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting).await.expect("the demonstration does not start");
    child
}

/// Four ports in a row that nobody holds now, below the range the system hands out and above that of the worlds: while a program is
/// dead, nobody else of this process takes its ports.
pub(crate) fn four_free_ports() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = (std::process::id() % 1_000) as u16 * 8;
    let blocks = std::iter::repeat_with(|| 24_000 + (first + NEXT.fetch_add(4, Ordering::Relaxed)) % 8_000);
    blocks
        .take(500)
        .find(|first| (0..4).all(|step| std::net::TcpListener::bind(("127.0.0.1", first + step)).is_ok()))
        .expect("four free ports")
}

fn at(page: &Page) -> &str {
    page.url.path()
}

#[tokio::test(flavor = "multi_thread")]
async fn a10_the_local_journey_goes_on_where_it_was_after_a_kill_in_every_step() {
    let mut program = Program::start().await;
    let mut person = Person::new(program.port);
    let page = person.get("/_guichet/connexion?retour=/dossier/42").await;
    let answers = [("identifier", "752345678"), ("password", "Tilleuls-2019")];
    let page = person.submit(&page, "/_guichet/connexion", &answers).await;
    assert_eq!(person.follow(page).await.url.path(), "/_guichet/activation/information");

    program.kill().await;
    let page = person.open("/dossier/42").await;
    assert_eq!(at(&page), "/_guichet/activation/information", "nobody signs in again after a restart");
    let page = person.submit(&page, "/_guichet/activation/information", &[]).await;
    let page = person.follow(page).await;

    // Something wrong and something typed: refused, and kept.
    let answers =
        [("given_name", ""), ("family_name", "Fontaine Reprise"), ("terms", "oui"), ("phone", "06 12 34 56 02")];
    let page = person.submit(&page, "/_guichet/activation/coordonnees", &answers).await;
    assert_eq!(page.status, 422);
    program.kill().await;
    let page = person.open("/dossier/42").await;
    assert_eq!(at(&page), "/_guichet/activation/coordonnees");
    assert!(page.body.contains("Fontaine Reprise"), "{}", page.gist());
    let page = person.submit(&page, "/_guichet/activation/coordonnees", &[("given_name", "Élodie")]).await;
    let page = person.follow(page).await;
    assert_eq!(at(&page), "/_guichet/activation/email");

    // The code sent before the kill still fits after it.
    let email = "elodie.fontaine@example.com";
    let code = program.code(email).await;
    program.kill().await;
    let page = person.open("/dossier/42").await;
    assert_eq!(at(&page), "/_guichet/activation/email");
    let page = person.submit(&page, "/_guichet/activation/email", &[("code", &code)]).await;
    let page = person.follow(page).await;
    assert_eq!(at(&page), "/_guichet/activation/mot-de-passe");

    program.kill().await;
    let page = person.open("/dossier/42").await;
    assert_eq!(at(&page), "/_guichet/activation/mot-de-passe");
    let answers = [("new_password", "Vif-poney-4217"), ("confirm_password", "Vif-poney-4217")];
    let page = person.submit(&page, "/_guichet/activation/mot-de-passe", &answers).await;
    let page = person.follow(page).await;
    assert_eq!(at(&page), "/_guichet/activation/telephone");
    let code = program.code("+33612345602").await;

    program.kill().await;
    let page = person.open("/dossier/42").await;
    let page = person.submit(&page, "/_guichet/activation/telephone", &[("code", &code)]).await;
    let page = person.follow(page).await;
    assert_eq!(at(&page), "/_guichet/activation/structure");

    program.kill().await;
    let page = person.open("/dossier/42").await;
    assert_eq!(at(&page), "/_guichet/activation/structure");
    let page = person.submit(&page, "/_guichet/activation/structure", &[("name", "Cabinet de la Reprise")]).await;
    let page = person.follow(page).await;
    assert_eq!(at(&page), "/_guichet/activation/terminee", "{}", page.gist());

    program.kill().await;
    let page = person.open("/dossier/42").await;
    assert_eq!((at(&page), page.status), ("/dossier/42", 200), "{}", page.gist());

    // A browser of tomorrow: the new identifier, the new password, a code.
    let mut other = Person::new(program.port);
    let page = other.get("/_guichet/connexion").await;
    let answers = [("identifier", email), ("password", "Vif-poney-4217")];
    let page = other.submit(&page, "/_guichet/connexion", &answers).await;
    assert_eq!(page.status, 303, "{}", page.gist());
}

#[tokio::test(flavor = "multi_thread")]
async fn a10_the_psc_journey_goes_on_where_it_was_after_a_kill_in_every_step() {
    let mut program = Program::start().await;
    let mut person = Person::new(program.port);
    let page = person.get("/_guichet/connexion?retour=/dossier/42").await;
    let page = person.submit(&page, "/_guichet/connexion/psc", &[]).await;
    let page = person.follow(page).await;

    // Killed while the person is at the provider: the simulator forgets, the button starts anew.
    program.kill().await;
    let page_again = person.get("/_guichet/connexion?retour=/dossier/42").await;
    drop(page);
    let page = person.submit(&page_again, "/_guichet/connexion/psc", &[]).await;
    let page = person.follow(page).await;
    let page = through_psc(&mut person, page, "infirmiere").await;
    assert_eq!(at(&page), "/_guichet/activation/psc/email", "{}", page.gist());

    program.kill().await;
    let page = person.open("/dossier/42").await;
    assert_eq!(at(&page), "/_guichet/activation/psc/email");
    let answers = [("email", "camille@example.com"), ("terms", "oui")];
    let page = person.submit(&page, "/_guichet/activation/psc/email", &answers).await;
    assert_eq!(person.follow(page).await.url.path(), "/_guichet/activation/psc/email/code");
    let code = program.code("camille@example.com").await;

    program.kill().await;
    let page = person.open("/_guichet/activation/psc/email/code").await;
    let page = person.submit(&page, "/_guichet/activation/psc/email/code", &[("code", &code)]).await;
    let page = person.follow(page).await;
    assert_eq!(at(&page), "/_guichet/activation/psc/telephone", "{}", page.gist());

    program.kill().await;
    let page = person.open("/dossier/42").await;
    assert_eq!(at(&page), "/_guichet/activation/psc/telephone");
    let page = person.submit(&page, "/_guichet/activation/psc/telephone", &[("action", "ignorer")]).await;
    let page = person.follow(page).await;
    assert_eq!((at(&page), page.status), ("/dossier/42", 200), "{}", page.gist());

    program.kill().await;
    assert_eq!(person.open("/dossier/42").await.status, 200);
}

/// The simulator's e-CPS pages, from the choice of means to the way back.
async fn through_psc(person: &mut Person, page: Page, who: &str) -> Page {
    let choose = format!("{}/ecps", page.url.path());
    let page = person.submit(&page, &choose, &[("professionnel", who), ("panne", "")]).await;
    let page = person.follow(page).await;
    let (_, rest) = page.body.split_once("Code à sélectionner\"><strong>").expect("a code");
    let shown = rest.split('<').next().unwrap().to_owned();
    let phone = format!("{}/telephone", page.url.path());
    let page = person.submit(&page, &phone, &[("code", &shown)]).await;
    person.follow(page).await
}
