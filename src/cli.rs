//! The command line: what is asked becomes a call to `app`, what comes back becomes lines or JSON, and an exit code.
//!
//! 0: done. 1: refused, faulty or away. 2: wrongly asked. Nothing is decided here.

mod accounts;
mod check;
#[cfg(feature = "demo")]
mod demo;
mod forward_auth;
mod health;
mod keys;
mod out;
#[cfg(feature = "demo")]
mod psc_simulator;
mod serve;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};

use crate::config::{ProcessEnv, Settings};
use crate::observe::log;

use out::Out;

/// Identity gateway for French health portals
#[derive(Debug, Parser)]
#[command(name = "guichet", version, propagate_version = true, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the gateway
    Serve(ConfigArgs),
    /// Run everything on loopback, with made-up people: gateway, Pro Santé Connect simulator, sample portal, outbox
    #[cfg(feature = "demo")]
    Demo(demo::DemoArgs),
    /// Run the Pro Santé Connect simulator alone, for whoever builds a portal
    #[cfg(feature = "demo")]
    PscSimulator(psc_simulator::PscSimulatorArgs),
    /// Say whether a configuration is right, and what it opens to whom
    Check(check::CheckArgs),
    /// Print the JSON Schema of the configuration, for editors
    Schema,
    /// Help desk: find people, see where they are stuck, act on their accounts
    Accounts(accounts::AccountsArgs),
    /// Signing keys
    Keys(keys::KeysArgs),
    /// Portals behind another proxy (nginx, Traefik, Caddy, Envoy)
    ForwardAuth(forward_auth::ForwardAuthArgs),
    /// Ask the running gateway whether it lives
    Health(ConfigArgs),
}

#[derive(Debug, Args)]
struct ConfigArgs {
    /// The configuration
    #[arg(long, value_name = "PATH", default_value = CONFIG)]
    config: PathBuf,
}

/// What every command of the help desk and of keys takes, before or after the act's own words.
#[derive(Debug, Args)]
struct DeskArgs {
    /// The configuration
    #[arg(long, value_name = "PATH", default_value = CONFIG, global = true)]
    config: PathBuf,
    /// Answer in JSON
    #[arg(long, global = true)]
    json: bool,
    /// Who acts, for the audit log
    #[arg(long, value_name = "NAME", default_value = "help-desk", global = true)]
    operator: String,
}

/// Where the image and the packages put it.
const CONFIG: &str = "/etc/guichet/guichet.toml";

/// How a command ended, when it could answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Done,
    Faulty,
}

/// Reads the words of this process, does what they ask, and answers with the exit code.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers; the rest are wrongly asked.
            let code = if error.use_stderr() { 2 } else { 0 };
            return if error.print().is_ok() { ExitCode::from(code) } else { ExitCode::from(2) };
        }
    };
    // Handles, not locks: other threads write to the same streams.
    let (mut stdout, mut stderr) = (std::io::stdout(), std::io::stderr());
    let mut out = Out::new(&mut stdout, &mut stderr);
    match run(cli, &mut out) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Faulty) => ExitCode::from(1),
        Err(error) if out::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to tell it to when this fails.
            drop(out.note(&format!("error: {error:#}")));
            ExitCode::from(1)
        }
    }
}

fn run(cli: Cli, out: &mut Out<'_>) -> anyhow::Result<Outcome> {
    match cli.command {
        Command::Serve(args) => serve::run(&args.config),
        #[cfg(feature = "demo")]
        Command::Demo(args) => demo::run(&args, out),
        #[cfg(feature = "demo")]
        Command::PscSimulator(args) => psc_simulator::run(&args, out),
        Command::Check(args) => check::check(&args, out),
        Command::Schema => check::schema(out),
        Command::Accounts(args) => block_on(accounts::run(&args, out))?,
        Command::Keys(args) => block_on(keys::run(&args, out))?,
        Command::ForwardAuth(args) => block_on(forward_auth::run(&args, out))?,
        Command::Health(args) => block_on(health::run(&args.config, out))?,
    }
}

/// The settings of a file.
fn load(path: &Path) -> anyhow::Result<Settings> {
    Ok(crate::config::load(path, &ProcessEnv)?)
}

/// Runs one command to its end.
fn block_on<F: Future>(future: F) -> anyhow::Result<F::Output> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let output = runtime.context("the runtime cannot start")?.block_on(future);
    log::flush();
    Ok(output)
}
