//! Importing the legacy directory: rows read one by one, hashed in the pool, written in batches. It can be repeated without harm.

use std::collections::BTreeSet;
use std::io::BufRead;
use std::sync::Arc;
use std::time::Duration;

use crate::account::import::{ImportFault, ImportReader, Outcome, Prepared, Warning, merge, prepare};
use crate::account::password::{HashError, Hasher};
use crate::account::{Account, Directory, DirectoryError, SaveError};
use crate::clock::{SharedClock, SystemClock};
use crate::config::Settings;
use crate::entropy::{Draw as _, SharedEntropy, SystemEntropy};
use crate::identity::AccountId;
use crate::observe::audit::Origin;
use crate::observe::{AuditEvent, Fact};

use super::Stores;

/// What an import needs.
#[derive(Debug, Clone, Copy)]
pub struct Importer<'a> {
    /// Where accounts go.
    pub directory: &'a dyn Directory,
    /// The pool that wraps fast hashes.
    pub hasher: &'a Hasher,
    /// Time.
    pub clock: &'a SharedClock,
    /// Chance.
    pub entropy: &'a SharedEntropy,
    /// Unsalted hashes are accepted.
    pub allow_unsalted: bool,
    /// How long a failed sign-in lasts at least (`password.failure_floor`); `None` measures no hash against it.
    pub failure_floor: Option<Duration>,
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// New accounts.
    pub added: u64,
    /// Accounts in state `imported` that changed.
    pub updated: u64,
    /// Accounts left as they were.
    pub kept: u64,
    /// Rows that were not taken.
    pub refused: u64,
    /// Rows taken without some of their values.
    pub warned: u64,
}

/// Something to tell of a row. Reasons never repeat a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// The row was not taken.
    Refused {
        /// Its line in the file.
        line: u64,
        /// Why.
        reason: String,
    },
    /// A value of the row was left out, or is doubtful.
    Warned {
        /// Its line.
        line: u64,
        /// Its column.
        column: &'static str,
        /// Why.
        reason: &'static str,
    },
    /// Hashes that stay as the former system made them take longer to check than a failed sign-in lasts: time would tell who has
    /// one (attack P01). Told once for each kind.
    Slow {
        /// The first row's line.
        line: u64,
        /// Algorithm and cost.
        kind: String,
        /// What `password.failure_floor` should be at least.
        needs: Duration,
    },
}

/// The import could not go on; what was written stays, and a repeated import takes up the rest.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file as a whole.
    #[error(transparent)]
    File(#[from] ImportFault),
    /// The directory.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// A password hash could not be wrapped.
    #[error("a password hash could not be wrapped")]
    Hash,
}

/// An account to be written, and the row it comes from.
struct Change {
    line: u64,
    account: Account,
    facts: Vec<AuditEvent>,
    is_new: bool,
}

impl Report {
    fn count(&mut self, written: &Change) {
        if written.is_new {
            self.added += 1;
        } else {
            self.updated += 1;
        }
    }
}

/// Accounts written in one transaction.
const BATCH: usize = 200;

/// Imports `source` into the directory of these settings, which is made when it is not there.
///
/// # Errors
/// When the stores cannot be opened, or as [`Importer::run`].
pub async fn import(
    settings: &Settings,
    source: impl BufRead,
    note: impl FnMut(Note),
    progress: impl FnMut(u64),
) -> anyhow::Result<Report> {
    let stores = Stores::open(settings).await?;
    let (clock, entropy): (SharedClock, SharedEntropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    let importer = Importer {
        directory: &*stores.directory,
        hasher: &Hasher::new(&settings.password),
        clock: &clock,
        entropy: &entropy,
        allow_unsalted: settings.password.allow_unsalted,
        failure_floor: Some(settings.password.failure_floor),
    };
    let report = importer.run(source, note, progress).await;
    stores.directory.close().await;
    stores.state.close().await;
    Ok(report?)
}

impl Importer<'_> {
    /// Imports every row of `source`. `note` hears of each row that needs telling, `progress` of each row done.
    ///
    /// # Errors
    /// When the file cannot be read as a directory at all, or the directory does not answer. A bad row is told of and skipped.
    pub async fn run(
        &self,
        source: impl BufRead,
        mut note: impl FnMut(Note),
        mut progress: impl FnMut(u64),
    ) -> Result<Report, ImportError> {
        let mut report = Report::default();
        let mut batch: Vec<Change> = Vec::new();
        let mut kinds = BTreeSet::new();
        for (line, row) in ImportReader::new(source, self.allow_unsalted)? {
            progress(line);
            let row = match row {
                Ok(row) => row,
                Err(fault) => {
                    report.refused += 1;
                    note(Note::Refused { line, reason: fault.to_string() });
                    continue;
                }
            };
            let warnings = row.warnings.clone();
            if batch.iter().any(|change| change.account.legacy_id.as_deref() == Some(row.legacy_id.as_str())) {
                // The same identifier again, before its first row was written.
                self.write(&mut batch, &mut report, &mut note).await?;
            }
            let existing = self.directory.by_legacy_id(&row.legacy_id).await?;
            let prepared = loop {
                match prepare(row.clone(), existing.as_ref(), self.hasher, &**self.entropy).await {
                    Ok(prepared) => break prepared,
                    Err(HashError::Busy) => tokio::task::yield_now().await,
                    Err(HashError::Failed) => return Err(ImportError::Hash),
                }
            };
            if let Some((kind, needs)) = self.slow_kind(&prepared, &mut kinds).await? {
                note(Note::Slow { line, kind, needs });
            }
            let now = self.clock.now();
            let id = AccountId::new(self.entropy.uuid(now));
            let outcome = merge(existing.as_ref(), &prepared, id, now);
            let origin = Origin::default();
            match outcome {
                Outcome::Added(account) => {
                    let fact = origin.event(now, Fact::AccountImported, Some(account.id)).with("outcome", "added");
                    batch.push(Change { line, account: *account, facts: vec![fact], is_new: true });
                }
                Outcome::Updated(account) => {
                    let fact = origin.event(now, Fact::AccountImported, Some(account.id)).with("outcome", "updated");
                    batch.push(Change { line, account: *account, facts: vec![fact], is_new: false });
                }
                Outcome::Kept => report.kept += 1,
                Outcome::Refused(refusal) => {
                    report.refused += 1;
                    note(Note::Refused { line, reason: refusal.to_string() });
                }
            }
            if !warnings.is_empty() {
                report.warned += 1;
            }
            for Warning { column, reason } in warnings {
                note(Note::Warned { line, column, reason });
            }
            if batch.len() >= BATCH {
                self.write(&mut batch, &mut report, &mut note).await?;
            }
        }
        self.write(&mut batch, &mut report, &mut note).await?;
        Ok(report)
    }

    /// The kind of a hash kept as it was, and the floor it needs, when that is above the one configured. Each kind is measured once.
    async fn slow_kind(
        &self,
        prepared: &Prepared,
        kinds: &mut BTreeSet<String>,
    ) -> Result<Option<(String, Duration)>, ImportError> {
        let Some(floor) = self.failure_floor else { return Ok(None) };
        let kept = prepared.row.password_hash.as_ref();
        let Some(hash) = kept.filter(|hash| prepared.password.as_deref() == Some(hash.text())) else { return Ok(None) };
        let kind = hash.kind();
        if !kinds.insert(kind.clone()) {
            return Ok(None);
        }
        let takes = loop {
            match self.hasher.takes(hash).await {
                Ok(takes) => break takes,
                Err(HashError::Busy) => tokio::task::yield_now().await,
                Err(HashError::Failed) => return Err(ImportError::Hash),
            }
        };
        Ok((takes > floor).then(|| (kind, with_room(takes))))
    }

    /// Writes a batch in one transaction; where one row stops it, row by row.
    async fn write(
        &self,
        batch: &mut Vec<Change>,
        report: &mut Report,
        note: &mut impl FnMut(Note),
    ) -> Result<(), ImportError> {
        let rows: Vec<(Account, Vec<AuditEvent>)> =
            batch.iter().map(|change| (change.account.clone(), change.facts.clone())).collect();
        match self.directory.save_all(&rows).await {
            Ok(_) => batch.iter().for_each(|change| report.count(change)),
            Err(SaveError::Directory(error)) => return Err(error.into()),
            Err(_) => {
                for (change, row) in batch.iter().zip(rows) {
                    match self.directory.save_all(&[row]).await {
                        Ok(_) => report.count(change),
                        Err(SaveError::Directory(error)) => return Err(error.into()),
                        Err(error) => {
                            report.refused += 1;
                            note(Note::Refused { line: change.line, reason: error.to_string() });
                        }
                    }
                }
            }
        }
        batch.clear();
        Ok(())
    }
}

/// A quarter more than was measured, in whole steps of 50 ms.
fn with_room(takes: Duration) -> Duration {
    let millis = u64::try_from(takes.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis((millis.saturating_add(millis / 4) / 50).saturating_add(1).saturating_mul(50))
}

#[cfg(test)]
mod tests;
