//! Programs and scripts of the tests that are not Rust.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// Something that `tests/run` has installed.
pub(crate) fn tool(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/.tools").join(name)
}

/// A script of a folder of the tests.
pub(crate) fn script(folder: &str, name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder).join(name)
}

/// A command that runs a script of Python, or of Node.js as a module beside its libraries.
pub(crate) fn running(folder: &str, name: &str) -> Command {
    if name.ends_with(".py") {
        let mut command = Command::new(tool("venv/bin/python"));
        command.arg(script(folder, name));
        return command;
    }
    // The libraries are looked for beside the script, so the script runs from the tools' folder.
    std::fs::copy(script(folder, name), tool(name)).unwrap();
    let own = tool("node_modules/.bin/node");
    let mut command = Command::new(if own.exists() { own } else { PathBuf::from("node") });
    command.arg(tool(name));
    command
}

/// A server that tells its port first; ended with this value.
pub(crate) struct Server {
    pub(crate) port: u16,
    lines: Lines<BufReader<ChildStdout>>,
    _child: Child,
}

impl Server {
    pub(crate) async fn start(folder: &str, name: &str) -> Self {
        Self::start_with(folder, name, &[]).await
    }

    pub(crate) async fn start_with(folder: &str, name: &str, arguments: &[&str]) -> Self {
        let mut child =
            running(folder, name).args(arguments).stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines.next_line().await.unwrap().unwrap_or_else(|| panic!("{name} ended")).parse().unwrap();
        Self { port, lines, _child: child }
    }

    /// The next line it writes.
    pub(crate) async fn told(&mut self) -> String {
        self.lines.next_line().await.unwrap().unwrap()
    }
}

/// What a client has written when it has ended well.
pub(crate) async fn answer(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    assert!(output.status.success(), "{}", text(output.stderr));
    text(output.stdout)
}
