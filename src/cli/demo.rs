//! `guichet demo`: the whole thing on loopback, with its state in a folder it names.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;

use crate::config::{Demo, demo, sealing};

use super::Outcome;

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

pub(super) fn run(args: &DemoArgs) -> anyhow::Result<Outcome> {
    let folder = args.state_dir.clone().unwrap_or_else(|| PathBuf::from(format!("guichet-demo-{}", args.port)));
    if args.fresh {
        empty(&folder)?;
    }
    super::block_on(serve(demo(args.port, folder)?))??;
    Ok(Outcome::Done)
}

/// TO BE REPLACED BY THE LEAD at the merge: `crate::app::demo::run(demo).await`.
async fn serve(_demo: Demo) -> anyhow::Result<()> {
    bail!("not wired yet")
}

/// Removes what the demonstration made there, and nothing else: the folder may be somebody's own.
fn empty(folder: &Path) -> anyhow::Result<()> {
    let ours = |name: &str| {
        name.starts_with("directory.db") || name.starts_with("state.db") || name == sealing::DEVELOPMENT_FILE
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
