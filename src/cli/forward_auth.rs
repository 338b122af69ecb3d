//! `guichet forward-auth doctor`: what is wrong with a portal behind another proxy, and what to change.

use clap::{Args, Subcommand};
use serde_json::json;
use url::Url;

use crate::app::doctor::{State, examine};
use crate::config::{ProcessEnv, load};
use crate::entropy::SystemEntropy;

use super::out::Out;
use super::{ConfigArgs, Outcome};

#[derive(Debug, Args)]
pub(super) struct ForwardAuthArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Look at the configuration, the listener, and the portal through its proxy; exit 1 when something is wrong
    Doctor(DoctorArgs),
}

#[derive(Debug, Args)]
struct DoctorArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// A protected page of the portal, as people reach it through the proxy
    #[arg(long, value_name = "URL")]
    url: Option<Url>,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: &ForwardAuthArgs, out: &mut Out<'_>) -> anyhow::Result<Outcome> {
    let Act::Doctor(args) = &args.act;
    let settings = match load(&args.config.config, &ProcessEnv) {
        Ok(settings) => settings,
        Err(faults) => {
            if args.json {
                let said: Vec<_> =
                    faults.iter().map(|fault| json!({ "state": "fault", "said": fault.to_string() })).collect();
                out.json(&json!({ "right": false, "findings": said }))?;
            } else {
                for fault in faults.iter() {
                    out.line(&format!("wrong  {fault}"))?;
                }
            }
            return Ok(Outcome::Faulty);
        }
    };
    let findings = examine(&settings, args.url.as_ref(), &SystemEntropy).await;
    let right = findings.iter().all(|finding| finding.state != State::Fault);
    if args.json {
        out.json(&json!({ "right": right, "findings": findings }))?;
    } else {
        for finding in &findings {
            let state = match finding.state {
                State::Right => "right",
                State::Note => "note ",
                State::Fault => "wrong",
            };
            out.line(&format!("{state}  {}", finding.said))?;
            if let Some(change) = &finding.change {
                out.line(&format!("       {change}"))?;
            }
        }
    }
    Ok(if right { Outcome::Done } else { Outcome::Faulty })
}
