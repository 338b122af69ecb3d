//! `guichet serve`: the gateway, until it is told to stop.

use std::path::Path;

use crate::app::serve;
use crate::clock::{Clock as _, SystemClock};
use crate::config::settings::LogSettings;
use crate::observe::log::{self, Form};

use super::{Outcome, load};

pub(super) fn run(config: &Path) -> anyhow::Result<Outcome> {
    let settings = load(config)?;
    install_log(&settings.log)?;
    super::block_on(serve::run(settings, config.to_owned()))??;
    Ok(Outcome::Done)
}

/// Log lines on standard output, as the configuration wants them.
pub(super) fn install_log(settings: &LogSettings) -> anyhow::Result<()> {
    let form = if settings.json { Form::Json } else { Form::Text };
    Ok(log::install(form, &settings.level, || SystemClock.now())?)
}
