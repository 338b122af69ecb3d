//! `guichet keys`: list, rotate, retire.

use clap::{Args, Subcommand};

use crate::app::key_desk::{KeyDesk, ShownKey};
use crate::keys::Purpose;

use super::out::Out;
use super::{DeskArgs, Outcome, load};

#[derive(Debug, Args)]
pub(super) struct KeysArgs {
    #[command(flatten)]
    desk: DeskArgs,
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Every signing key that is still of use
    List,
    /// Make a successor, published now, that signs in ten minutes
    Rotate {
        /// What it signs: assertion or provider
        #[arg(long, value_parser = purpose, default_value = "assertion")]
        purpose: Purpose,
    },
    /// Let a key sign nothing more; it stays published until the last token it signed has expired
    Retire {
        /// The key, as `list` names it
        #[arg(allow_hyphen_values = true)]
        kid: String,
    },
}

pub(super) async fn run(args: &KeysArgs, out: &mut Out<'_>) -> anyhow::Result<Outcome> {
    let desk = KeyDesk::open(load(&args.desk.config)?, &args.desk.operator).await?;
    let keys = match &args.act {
        Act::List => desk.list().await?,
        Act::Rotate { purpose } => vec![desk.rotate(*purpose).await?],
        Act::Retire { kid } => vec![desk.retire(kid).await?],
    };
    match (args.desk.json, &args.act, keys.as_slice()) {
        (true, Act::Rotate { .. } | Act::Retire { .. }, [key]) => out.json(key)?,
        (true, ..) => out.json(&keys)?,
        (false, ..) => {
            for key in &keys {
                out.line(&line(key))?;
            }
        }
    }
    Ok(Outcome::Done)
}

fn line(key: &ShownKey) -> String {
    let retired = key.retired_at.map(|at| format!(", retired {at:.0}")).unwrap_or_default();
    let ShownKey { id, purpose, algorithm, state, signs_from, .. } = key;
    format!("{id}  {purpose:<9}  {algorithm}  {state:<10}  from {signs_from:.0}{retired}")
}

fn purpose(text: &str) -> Result<Purpose, String> {
    Purpose::named(text).ok_or_else(|| "assertion or provider".to_owned())
}
