//! `guichet accounts`: the help desk's and the administrator's hands.

mod import;
mod print;

use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};

use crate::account::columns::state_name;
use crate::account::{State, Step};
use crate::app::help_desk::export::Format;
use crate::app::help_desk::steps::{step_named, step_names};
use crate::app::help_desk::{Done, Filter, HelpDesk};

use super::out::Out;
use super::{DeskArgs, Outcome, load};

#[derive(Debug, Args)]
pub(super) struct AccountsArgs {
    #[command(flatten)]
    desk: DeskArgs,
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Args)]
struct Who {
    /// Id, identifier of the former system, e-mail, or RPPS
    who: String,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Import the former system's directory (CSV or JSON Lines); again as often as needed
    Import {
        /// The file, or - for standard input
        file: PathBuf,
    },
    /// List accounts
    List {
        /// Only this state: imported, activating, active or disabled
        #[arg(long, value_parser = state)]
        state: Option<State>,
        /// Only where id, identifier, e-mail, RPPS or name contains this
        #[arg(long)]
        text: Option<String>,
        /// Only after this id: the last one of the page before
        #[arg(long, value_name = "ID")]
        after: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Show where a person is stuck
    Show {
        #[command(flatten)]
        who: Who,
        /// So many of the last facts of the audit log
        #[arg(long, value_name = "N", default_value_t = 20)]
        facts: u32,
    },
    /// Forget failed passwords and codes
    Unlock(Who),
    /// Let an activation go on that the person froze
    Unfreeze(Who),
    /// Close an account and end its sessions
    Disable(Who),
    /// Open a closed account again, where it stood
    Enable(Who),
    /// Remove the link to an identity provider and end sessions
    Unlink {
        #[command(flatten)]
        who: Who,
        /// The provider, as the configuration names it
        #[arg(long, default_value = "psc")]
        provider: String,
    },
    /// Move the link to an identity provider from one account to another of the same person
    MoveLink {
        /// The account that loses the link
        from: String,
        /// The account that gains it
        to: String,
        /// The provider, as the configuration names it
        #[arg(long, default_value = "psc")]
        provider: String,
    },
    /// Remove the phone and end sessions; the person is asked again
    RemovePhone(Who),
    /// Have a step walked again: information, details, terms, email, password, phone or organisation
    ResetStep {
        #[command(flatten)]
        who: Who,
        /// The step
        #[arg(value_parser = step)]
        step: Step,
    },
    /// End every session of a person, everywhere
    RevokeSessions(Who),
    /// Write everyone as a table: CSV, or JSON Lines with --json
    Export {
        /// A new file, or - for standard output
        #[arg(long, value_name = "FILE", default_value = "-")]
        output: PathBuf,
    },
    /// Count accounts by state and by step
    Stats,
}

pub(super) async fn run(args: &AccountsArgs, out: &mut Out<'_>) -> anyhow::Result<Outcome> {
    let settings = load(&args.desk.config)?;
    let json = args.desk.json;
    if let Act::Import { file } = &args.act {
        return import::run(file, settings, json, out).await;
    }
    let desk = HelpDesk::open(&settings, &args.desk.operator).await?;
    let done = match &args.act {
        Act::Import { .. } => return Ok(Outcome::Done),
        Act::List { state, text, after, limit } => {
            let filter = Filter { state: *state, text: text.clone(), after: after.clone(), limit: *limit };
            let listed = desk.list(&filter).await?;
            if json {
                out.json(&listed)?;
            } else {
                print::list(&listed, *limit, out)?;
            }
            return Ok(Outcome::Done);
        }
        Act::Show { who, facts } => {
            let shown = desk.show(&who.who, *facts).await?;
            if json {
                out.json(&shown)?;
            } else {
                print::show(&shown, out)?;
            }
            return Ok(Outcome::Done);
        }
        Act::Export { output } => return export(&desk, output, json, out).await,
        Act::Stats => {
            let stats = desk.stats().await?;
            if json {
                out.json(&stats)?;
            } else {
                print::stats(&stats, out)?;
            }
            return Ok(Outcome::Done);
        }
        Act::Unlock(who) => desk.unlock(&who.who).await?,
        Act::Unfreeze(who) => desk.unfreeze(&who.who).await?,
        Act::Disable(who) => desk.disable(&who.who).await?,
        Act::Enable(who) => desk.enable(&who.who).await?,
        Act::Unlink { who, provider } => desk.unlink(&who.who, provider).await?,
        Act::MoveLink { from, to, provider } => desk.move_link(from, to, provider).await?,
        Act::RemovePhone(who) => desk.remove_phone(&who.who).await?,
        Act::ResetStep { who, step } => desk.reset_step(&who.who, *step).await?,
        Act::RevokeSessions(who) => desk.revoke_sessions(&who.who).await?,
    };
    told(&done, json, out)
}

fn told(done: &Done, json: bool, out: &mut Out<'_>) -> anyhow::Result<Outcome> {
    if json {
        out.json(done)?;
    } else {
        print::done(done, out)?;
    }
    Ok(Outcome::Done)
}

async fn export(desk: &HelpDesk, output: &Path, json: bool, out: &mut Out<'_>) -> anyhow::Result<Outcome> {
    let format = if json { Format::JsonLines } else { Format::Csv };
    if output == Path::new("-") {
        let mut buffered = BufWriter::new(out.raw());
        desk.export(format, &mut buffered).await?;
        buffered.flush()?;
    } else {
        let mut file = BufWriter::new(private(output)?);
        let written = desk.export(format, &mut file).await?;
        file.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
        out.note(&format!("{written} accounts written to {}", output.display()))?;
    }
    Ok(Outcome::Done)
}

/// A new file that only its owner reads: it holds personal data.
fn private(path: &Path) -> anyhow::Result<std::fs::File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    options.open(path).with_context(|| format!("{} cannot be made", path.display()))
}

fn state(text: &str) -> Result<State, String> {
    [State::Imported, State::Activating, State::Active, State::Disabled]
        .into_iter()
        .find(|state| state_name(*state) == text)
        .ok_or_else(|| "imported, activating, active or disabled".to_owned())
}

fn step(text: &str) -> Result<Step, String> {
    step_named(text).ok_or_else(|| format!("one of {}", step_names().collect::<Vec<_>>().join(", ")))
}
