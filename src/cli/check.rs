//! `guichet check` and `guichet schema`: is the configuration right, and what may stand in it. Nothing is served or written.

use clap::Args;
use serde_json::json;

use crate::config::{Fault, ProcessEnv, load, schema as config_schema};

use super::out::Out;
use super::{ConfigArgs, Outcome};

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

/// Every fault with its place, or a summary.
pub(super) fn check(args: &CheckArgs, out: &mut Out<'_>) -> anyhow::Result<Outcome> {
    match load(&args.config.config, &ProcessEnv) {
        Ok(settings) => {
            let summary = settings.summary();
            if args.json {
                out.json(&json!({ "right": true, "summary": summary }))?;
            } else {
                for line in summary {
                    out.line(&line)?;
                }
            }
            Ok(Outcome::Done)
        }
        Err(faults) => {
            if args.json {
                let faults: Vec<_> = faults.iter().map(fault_json).collect();
                out.json(&json!({ "right": false, "faults": faults }))?;
            } else {
                for fault in faults.iter() {
                    out.note(&fault.to_string())?;
                }
            }
            Ok(Outcome::Faulty)
        }
    }
}

/// The schema.
pub(super) fn schema(out: &mut Out<'_>) -> anyhow::Result<Outcome> {
    out.json(&config_schema())?;
    Ok(Outcome::Done)
}

fn fault_json(fault: &Fault) -> serde_json::Value {
    let Fault { file, line, column, key, wrong, allowed } = fault;
    json!({ "file": file, "line": line, "column": column, "key": key, "wrong": wrong, "allowed": allowed })
}
