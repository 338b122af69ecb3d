//! Everyone as a table, for a spreadsheet (CSV) or a program (JSON Lines). No hash, no secret, no code ever leaves here.

use std::io::Write;

use serde::Serialize;

use crate::account::Account;
use crate::account::columns::state_name;
use crate::login::journey::finish::step_name;
use crate::observe::Fact;

use super::show::{journey_name, source_name};
use super::{Brief, HelpDesk, HelpDeskError};

/// How an export is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values with a header, in UTF-8. Cells that a spreadsheet would run begin with an apostrophe.
    Csv,
    /// One JSON object a line, texts as they are.
    JsonLines,
}

/// Why an export ended.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// It could not be written.
    #[error("the export could not be written")]
    Write(#[from] std::io::Error),
    /// A row could not be made.
    #[error("a row could not be written")]
    Row(#[from] csv::Error),
    /// The directory is away.
    #[error(transparent)]
    HelpDesk(#[from] HelpDeskError),
}

/// Accounts read at a time.
const PAGE: u32 = 500;

/// One line. The names of the fields are the columns, in this order.
#[derive(Debug, Serialize)]
struct Row {
    id: String,
    state: &'static str,
    frozen: bool,
    legacy_id: Option<String>,
    civility: Option<String>,
    given_name: Option<String>,
    family_name: Option<String>,
    profession: Option<String>,
    rpps: Option<String>,
    rpps_source: Option<&'static str>,
    sign_in_email: Option<String>,
    contact_email: Option<String>,
    contact_email_verified_at: Option<String>,
    phone: Option<String>,
    phone_verified_at: Option<String>,
    imported_email: Option<String>,
    imported_phone: Option<String>,
    journey: Option<&'static str>,
    next_step: Option<&'static str>,
    skipped_steps: String,
    linked_to: String,
    organisation_name: Option<String>,
    siret: Option<String>,
    finess: Option<String>,
    terms_version: Option<String>,
    created_at: String,
    updated_at: String,
}

impl HelpDesk {
    /// Writes every account to `out`, page by page; answers how many. That it was asked is in the audit log before the first line.
    ///
    /// # Errors
    /// When `out` does not take it, or the directory is away.
    pub async fn export(&self, format: Format, out: &mut dyn Write) -> Result<u64, ExportError> {
        let name = match format {
            Format::Csv => "csv",
            Format::JsonLines => "json-lines",
        };
        let fact = self.fact(Fact::AccountsExported, None).with("format", name);
        self.directory.record(&[fact]).await.map_err(HelpDeskError::from)?;
        let mut lines = Lines::begin(format, out)?;
        let (mut written, mut after) = (0, None);
        loop {
            let page = self.directory.list(None, None, after, PAGE).await.map_err(HelpDeskError::from)?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for account in &page {
                lines.write(&Row::of(account))?;
                written += 1;
            }
        }
        lines.finish()?;
        Ok(written)
    }
}

/// Where rows go.
enum Lines<'a> {
    Csv(Box<csv::Writer<&'a mut dyn Write>>),
    Json(&'a mut dyn Write),
}

impl<'a> Lines<'a> {
    fn begin(format: Format, out: &'a mut dyn Write) -> Result<Self, ExportError> {
        Ok(match format {
            Format::Csv => {
                let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(out);
                writer.write_record(COLUMNS)?;
                Self::Csv(Box::new(writer))
            }
            Format::JsonLines => Self::Json(out),
        })
    }

    fn write(&mut self, row: &Row) -> Result<(), ExportError> {
        let object = serde_json::to_value(row).map_err(std::io::Error::other)?;
        match self {
            Self::Csv(writer) => {
                writer.write_record(COLUMNS.iter().map(|column| harmless(cell(object.get(*column)))))?;
            }
            Self::Json(out) => writeln!(out, "{object}")?,
        }
        Ok(())
    }

    fn finish(self) -> std::io::Result<()> {
        match self {
            Self::Csv(mut writer) => writer.flush(),
            Self::Json(out) => out.flush(),
        }
    }
}

/// The columns, in the order of [`Row`]'s fields; a test compares them.
const COLUMNS: [&str; 27] = [
    "id",
    "state",
    "frozen",
    "legacy_id",
    "civility",
    "given_name",
    "family_name",
    "profession",
    "rpps",
    "rpps_source",
    "sign_in_email",
    "contact_email",
    "contact_email_verified_at",
    "phone",
    "phone_verified_at",
    "imported_email",
    "imported_phone",
    "journey",
    "next_step",
    "skipped_steps",
    "linked_to",
    "organisation_name",
    "siret",
    "finess",
    "terms_version",
    "created_at",
    "updated_at",
];

fn cell(value: Option<&serde_json::Value>) -> String {
    match value {
        None | Some(serde_json::Value::Null) => String::new(),
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(
            other @ (serde_json::Value::Bool(_)
            | serde_json::Value::Number(_)
            | serde_json::Value::Array(_)
            | serde_json::Value::Object(_)),
        ) => other.to_string(),
    }
}

/// A cell that no spreadsheet takes for a formula (attack X07). The wide forms are those some of them read as the narrow ones.
fn harmless(cell: String) -> String {
    let formula =
        cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}']);
    if formula { format!("'{cell}") } else { cell }
}

impl Row {
    fn of(account: &Account) -> Self {
        let (person, organisation) = (&account.person, account.organisation.as_ref());
        let words = |words: Vec<&str>| words.join(" ");
        Self {
            id: account.id.to_string(),
            state: state_name(account.state),
            frozen: account.frozen,
            legacy_id: account.legacy_id.clone(),
            civility: person.civility.clone().or_else(|| account.imported.person.civility.clone()),
            given_name: person.given_name.clone().or_else(|| account.imported.person.given_name.clone()),
            family_name: person.family_name.clone().or_else(|| account.imported.person.family_name.clone()),
            profession: person.profession.clone().or_else(|| account.imported.person.profession.clone()),
            rpps: account.rpps.as_ref().map(|held| held.value.as_str().to_owned()),
            rpps_source: account.rpps.as_ref().map(|held| source_name(held.source)),
            sign_in_email: account.sign_in_email.as_ref().map(|email| email.as_str().to_owned()),
            contact_email: account.contact_email.as_ref().map(|held| held.value.as_str().to_owned()),
            contact_email_verified_at: account.contact_email.as_ref().map(|held| held.verified_at.to_string()),
            phone: account.phone.as_ref().map(|held| held.value.as_str().to_owned()),
            phone_verified_at: account.phone.as_ref().map(|held| held.verified_at.to_string()),
            imported_email: account.imported.email.as_ref().map(|email| email.as_str().to_owned()),
            imported_phone: account.imported.phone.as_ref().map(|phone| phone.as_str().to_owned()),
            journey: account.journey.map(journey_name),
            next_step: Brief::of(account).next_step,
            skipped_steps: words(account.steps.skipped().map(|(step, _)| step_name(step)).collect()),
            linked_to: words(account.links.iter().map(|link| link.identity_provider.as_str()).collect()),
            organisation_name: organisation.and_then(|held| held.name.clone()),
            siret: organisation.and_then(|held| held.siret.clone()),
            finess: organisation.and_then(|held| held.finess.clone()),
            terms_version: account.terms.as_ref().map(|terms| terms.version.clone()),
            created_at: account.created_at.to_string(),
            updated_at: account.updated_at.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::State;
    use crate::identity::AccountId;

    #[test]
    fn the_columns_are_the_fields_of_a_row() {
        let id = AccountId::new(uuid::Uuid::nil());
        let row = Row::of(&Account::new(id, State::Imported, jiff::Timestamp::UNIX_EPOCH));
        let mut columns: Vec<&str> = COLUMNS.to_vec();
        columns.sort_unstable();
        let object = serde_json::to_value(&row).unwrap();
        let fields: Vec<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(fields.len(), columns.len());
        assert!(columns.iter().all(|column| fields.contains(column)));
    }

    #[test]
    fn x07_a_cell_that_would_run_begins_with_an_apostrophe() {
        for text in ["=1+1", "+33612345678", "-2", "@SUM(A1)", "\tx", "\r=x", "\n=x", "\u{ff1d}1"] {
            assert_eq!(harmless(text.to_owned()), format!("'{text}"));
        }
        for text in ["", "Jean-Pierre", "a=b", "'=1", "1+1"] {
            assert_eq!(harmless(text.to_owned()), text);
        }
    }
}
