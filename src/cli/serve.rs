//! `guichet serve`: the gateway, until it is told to stop.

use std::path::Path;

use anyhow::bail;

use crate::config::Settings;

use super::{Outcome, load};

pub(super) fn run(config: &Path) -> anyhow::Result<Outcome> {
    super::block_on(serve(load(config)?))??;
    Ok(Outcome::Done)
}

/// TO BE REPLACED BY THE LEAD at the merge: `crate::app::serve::run(settings).await`.
async fn serve(_settings: Settings) -> anyhow::Result<()> {
    bail!("not wired yet")
}
