//! `guichet health`: exit code 0 when the gateway of this configuration lives, for containers.

use std::path::Path;

use crate::app::health;

use super::out::Out;
use super::{Outcome, load};

pub(super) async fn run(config: &Path, out: &mut Out<'_>) -> anyhow::Result<Outcome> {
    health::ask(&load(config)?).await?;
    out.line("alive")?;
    Ok(Outcome::Done)
}
