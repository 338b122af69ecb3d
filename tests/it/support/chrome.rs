//! Starts chromedriver once per test binary and headless Chromium per test, and leaves none of them behind.
//!
//! A shell stands between: it holds a pipe to this process, and ends the whole group when the pipe closes, however this process ends.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use fantoccini::ClientBuilder;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tempfile::TempDir;

use super::browser::Page;

/// How the browser is to be.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    javascript: bool,
    size: (u32, u32),
    phone: bool,
    arguments: Vec<String>,
}

impl Default for Options {
    /// A desktop window with JavaScript.
    fn default() -> Self {
        Self { javascript: true, size: (1280, 900), phone: false, arguments: Vec::new() }
    }
}

impl Options {
    /// The pages' scripts do not run.
    pub(crate) fn without_javascript(mut self) -> Self {
        self.javascript = false;
        self
    }

    /// Another window size, in CSS pixels; below 500 wide, use [`Options::phone`].
    pub(crate) fn window(mut self, width: u32, height: u32) -> Self {
        self.size = (width, height);
        self
    }

    /// A phone of 390 × 844 with a touch screen.
    pub(crate) fn phone(mut self) -> Self {
        self.phone = true;
        self
    }

    /// One more argument of Chromium, such as `--host-resolver-rules=MAP portail.example 127.0.0.1`.
    pub(crate) fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }
}

/// Opens a browser of its own: no cookie, no history. It closes when the page is dropped, also by a panic.
pub(crate) async fn open(options: Options) -> Page {
    let driver = Driver::running();
    let profile = TempDir::with_prefix_in("profile-", &driver.folder).expect("a folder for the browser's profile");
    let mut arguments: Vec<String> = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-search-engine-choice-screen",
        "--lang=fr",
        "--hide-scrollbars",
    ]
    .map(str::to_owned)
    .to_vec();
    arguments.push(format!("--user-data-dir={}", profile.path().display()));
    arguments.push(format!("--window-size={},{}", options.size.0, options.size.1));
    arguments.extend(options.arguments);
    let mut chrome = json!({
        "binary": driver.browser,
        "args": arguments,
        "prefs": {
            "profile.managed_default_content_settings.javascript": if options.javascript { 1 } else { 2 },
            "intl.accept_languages": "fr-FR,fr",
            "credentials_enable_service": false,
            "profile.password_manager_leak_detection": false,
        },
    });
    if options.phone {
        chrome["mobileEmulation"] =
            json!({ "deviceMetrics": { "width": 390, "height": 844, "pixelRatio": 2.0, "touch": true } });
    }
    let serde_json::Value::Object(capabilities) = json!({
        "browserName": "chrome",
        "acceptInsecureCerts": true,
        "timeouts": { "pageLoad": 20000, "script": 20000 },
        "goog:chromeOptions": chrome,
        "goog:loggingPrefs": { "browser": "ALL" },
    }) else {
        unreachable!("an object is an object")
    };
    let client = ClientBuilder::new(HttpConnector::new())
        .capabilities(capabilities)
        .connect(&format!("http://127.0.0.1:{}", driver.port))
        .await
        .expect("chromedriver opens a browser");
    let response = client.session_creation_response().expect("an open session has a response").clone();
    let process =
        response.capabilities().and_then(|found| found.get("goog:processID")).and_then(serde_json::Value::as_u64);
    let session = Session {
        id: response.session_id().to_owned(),
        port: driver.port,
        process,
        javascript: options.javascript,
        profile: Some(profile),
    };
    // `Session` closes the browser, also where no runtime is left to do it.
    client.persist().await.expect("the session can be kept");
    Page::new(client, session)
}

/// One open browser.
#[derive(Debug)]
pub(crate) struct Session {
    id: String,
    port: u16,
    process: Option<u64>,
    javascript: bool,
    profile: Option<TempDir>,
}

impl Session {
    /// Identifier of the browser's process.
    pub(crate) fn process(&self) -> Option<u64> {
        self.process
    }

    /// Whether the pages' scripts run.
    pub(crate) fn javascript(&self) -> bool {
        self.javascript
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Blocking on purpose: the runtime may be going away, and the next test wants the memory.
        // Whatever fails here is mended when the binary ends.
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) {
            let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
            let request = format!(
                "DELETE /session/{} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
                self.id, self.port
            );
            if stream.write_all(request.as_bytes()).is_ok() {
                let _ = stream.read(&mut [0_u8; 512]);
            }
        }
        drop(self.profile.take());
    }
}

/// The driver of this test binary.
struct Driver {
    port: u16,
    browser: PathBuf,
    folder: PathBuf,
    /// Its standard input is the pipe whose end is the end of the group.
    _shell: Child,
}

impl Driver {
    fn running() -> &'static Self {
        static DRIVER: OnceLock<Driver> = OnceLock::new();
        DRIVER.get_or_init(Self::start)
    }

    fn start() -> Self {
        let browser = on_the_path(&["chromium", "chromium-browser", "google-chrome"]);
        let driver = on_the_path(&["chromedriver"]);
        let (Some(browser), Some(driver)) = (browser, driver) else {
            panic!("Chromium and chromedriver are needed: apt-get install chromium chromium-driver");
        };
        let folder = TempDir::with_prefix("guichet-browsers-").expect("a folder for the browsers").keep();
        // The folder goes last, when nobody writes there any more; the shell is in the group it ends, hence the trap.
        let script = r#"
            "$1" --port=0 </dev/null &
            cat >/dev/null
            trap '' TERM
            kill -TERM 0
            wait
            sleep 0.2
            rm -rf -- "$2"
            kill -KILL 0
        "#;
        let mut shell = Command::new("sh")
            .args([OsString::from("-c"), script.into(), "sh".into(), driver.into(), folder.clone().into()])
            // The browser puts its own temporary files there too.
            .env("TMPDIR", &folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("a shell for chromedriver");
        let mut lines = BufReader::new(shell.stdout.take().expect("the shell's output is a pipe")).lines();
        let port = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.strip_suffix('.')?.rsplit_once("successfully on port ")?.1.parse().ok())
            .expect("chromedriver tells its port");
        // A full pipe would stop it.
        std::thread::spawn(move || lines.for_each(drop));
        Self { port, browser, folder, _shell: shell }
    }
}

fn on_the_path(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let found = names.iter().flat_map(|name| std::env::split_paths(&path).map(move |folder| folder.join(name)));
    found.into_iter().find(|candidate| candidate.is_file())
}
