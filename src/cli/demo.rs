//! `guichet demo`: the whole thing on loopback, with its state in a folder it names.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;

use crate::app::demo::{Demonstration, Listeners};
use crate::app::serve::stop_signal;
use crate::clock::SystemClock;
use crate::config::{Demo, demo, sealing};
use crate::demo::accounts::demo_accounts;
use crate::entropy::SystemEntropy;

use super::Outcome;
use super::out::Out;
use super::serve::install_log;

#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// First of four ports: gateway, simulator, sample portal, outbox
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Begin anew: forget the accounts and sessions of the last time
    #[arg(long)]
    fresh: bool,
    /// Where the demonstration keeps its state [default: guichet-demo-PORT, here]
    #[arg(long, value_name = "PATH")]
    state_dir: Option<PathBuf>,
}

pub(super) fn run(args: &DemoArgs, out: &mut Out<'_>) -> anyhow::Result<Outcome> {
    let folder = args.state_dir.clone().unwrap_or_else(|| PathBuf::from(format!("guichet-demo-{}", args.port)));
    if args.fresh {
        empty(&folder)?;
    }
    super::block_on(serve(demo(args.port, folder)?, out))??;
    Ok(Outcome::Done)
}

async fn serve(demo: Demo, out: &mut Out<'_>) -> anyhow::Result<()> {
    install_log(&demo.settings.log)?;
    let listeners = Listeners::bind(&demo).await?;
    let demonstration = Demonstration::build_as(demo, Arc::new(SystemClock), Arc::new(SystemEntropy)).await?;
    welcome(&demonstration.demo, out)?;
    demonstration.run(listeners, stop_signal()).await
}

/// Where to click, and who to be.
fn welcome(demo: &Demo, out: &mut Out<'_>) -> anyhow::Result<()> {
    let folder = &demo.settings.state_dir;
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.clone());
    out.line("")?;
    out.line(&format!("  The portal, behind guichet    {}", demo.settings.public_url.origin))?;
    out.line(&format!("  Pro Santé Connect, simulated  {}", demo.wallet))?;
    out.line(&format!("  Its failures are switched at  {}/controle", demo.wallet))?;
    out.line(&format!("  The sample portal, bare       http://{}", demo.portal))?;
    out.line(&format!("  E-mails and SMS               http://{}", demo.outbox))?;
    out.line(&format!("  State is kept in              {}  (--fresh empties it)", folder.display()))?;
    out.line("")?;
    out.line("  Open the portal and sign in as somebody of the former system, or through Pro Santé Connect:")?;
    out.line("")?;
    for account in demo_accounts() {
        let (id, password) = (account.legacy_id, account.password);
        out.line(&format!("  {id}  {password:<24}{} ({})", account.who, account.remark))?;
    }
    out.line("")?;
    out.line("  Everything is made up. Ctrl-C ends it.")?;
    Ok(out.line("")?)
}

/// Removes what the demonstration made there, and nothing else: the folder may be somebody's own.
fn empty(folder: &Path) -> anyhow::Result<()> {
    let ours = |name: &str| {
        name.starts_with("directory.db")
            || name.starts_with("state.db")
            || matches!(name, sealing::DEVELOPMENT_FILE | "outbox.jsonl" | "simulator.key")
    };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("{} cannot be emptied", folder.display())),
    };
    for entry in entries {
        let entry = entry.with_context(|| format!("{} cannot be read", folder.display()))?;
        if entry.file_name().to_str().is_some_and(ours) {
            let path = entry.path();
            std::fs::remove_file(&path).with_context(|| format!("{} cannot be removed", path.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_start_removes_the_state_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["directory.db", "directory.db-wal", "state.db", "state.db.unreadable", "sealing.keys", "notes.txt"]
        {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        empty(folder.path()).unwrap();
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["notes.txt"]);
        empty(&folder.path().join("nowhere")).unwrap();
    }
}
