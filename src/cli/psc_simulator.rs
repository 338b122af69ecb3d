//! `guichet psc-simulator`: the simulator of Pro Santé Connect alone, for whoever builds a portal.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use crate::app::psc_simulator::Listening;
use crate::app::serve::stop_signal;
use crate::clock::SystemClock;
use crate::config::ProcessEnv;
use crate::config::psc_simulator::{
    SimulatorClient, SimulatorSettings, default_simulator, load_simulator, simulator_schema,
};
use crate::config::settings::LogSettings;
use crate::entropy::SystemEntropy;

use super::Outcome;
use super::out::Out;
use super::serve::install_log;

#[derive(Debug, Args)]
pub(super) struct PscSimulatorArgs {
    /// Its configuration [default: the shipped config/psc-simulator.toml]
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
    /// Port of loopback, when there is no configuration
    #[arg(long, default_value_t = 8081, conflicts_with = "config")]
    port: u16,
    /// Say whether the configuration is right, and serve nothing
    #[arg(long, conflicts_with = "schema")]
    check: bool,
    /// Print the JSON Schema of the configuration, for editors, and serve nothing
    #[arg(long)]
    schema: bool,
}

pub(super) fn run(args: &PscSimulatorArgs, out: &mut Out<'_>) -> anyhow::Result<Outcome> {
    if args.schema {
        out.json(&simulator_schema())?;
        return Ok(Outcome::Done);
    }
    let settings = match &args.config {
        Some(path) => load_simulator(path, &ProcessEnv),
        None => default_simulator(args.port, &ProcessEnv),
    };
    let settings = match settings {
        Ok(settings) => settings,
        Err(faults) => {
            for fault in faults.iter() {
                out.note(&fault.to_string())?;
            }
            return Ok(Outcome::Faulty);
        }
    };
    if args.check {
        welcome(&settings, out)?;
        return Ok(Outcome::Done);
    }
    super::block_on(serve(settings, out))??;
    Ok(Outcome::Done)
}

async fn serve(settings: SimulatorSettings, out: &mut Out<'_>) -> anyhow::Result<()> {
    install_log(&LogSettings { json: false, level: "info".to_owned(), access: false })?;
    let listening = Listening::bind(settings.clone(), Arc::new(SystemClock), Arc::new(SystemEntropy)).await?;
    welcome(&settings, out)?;
    listening.run(stop_signal()).await;
    Ok(())
}

/// What a client needs to know; its secret stays in the file.
fn welcome(settings: &SimulatorSettings, out: &mut Out<'_>) -> anyhow::Result<()> {
    out.line(&format!("  Issuer      {}", settings.issuer))?;
    out.line(&format!("  Discovery   {}/.well-known/wallet-openid-configuration", settings.issuer))?;
    out.line(&format!("  Pages       {}", settings.wallet_origin))?;
    out.line(&format!("  CIBA        {}/application", settings.wallet_origin))?;
    if settings.control {
        out.line(&format!("  Failures    {}/controle", settings.wallet_origin))?;
    }
    for SimulatorClient { id, redirect_uris, .. } in &settings.clients {
        out.line(&format!("  Client      {id}, back to {}", redirect_uris.join(" or ")))?;
    }
    Ok(out.line("  Everybody in it is made up. Ctrl-C ends it.")?)
}
