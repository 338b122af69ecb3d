//! An account as a row: the document, and what of it is looked up. The same on every backend. Pure; knows no SQL.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use crate::observe::AuditEvent;

use super::{Account, DirectoryError, State};

/// What is kept of an account beside its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns<'a> {
    /// Its id, as text; sorts like the id.
    pub id: String,
    /// Its state, by name.
    pub state: &'static str,
    /// Identifier in the former system.
    pub legacy_id: Option<&'a str>,
    /// E-mail that signs in, in its one canonical form.
    pub sign_in_email: Option<&'a str>,
    /// RPPS, whatever its source.
    pub rpps: Option<&'a str>,
    /// The former system's password is the only one.
    pub only_legacy_password: bool,
    /// What the help desk's search looks into.
    pub search: String,
    /// The whole account, as JSON.
    pub document: String,
}

impl<'a> Columns<'a> {
    /// What to write for an account.
    ///
    /// # Errors
    /// When the account cannot be written as JSON.
    pub fn of(account: &'a Account) -> Result<Self, DirectoryError> {
        Ok(Self {
            id: account.id.to_string(),
            state: state_name(account.state),
            legacy_id: account.legacy_id.as_deref(),
            sign_in_email: account.sign_in_email.as_ref().map(|email| email.as_str()),
            rpps: account.rpps.as_ref().map(|rpps| rpps.value.as_str()),
            only_legacy_password: account.password.is_none() && account.legacy_password.is_some(),
            search: search_text(account),
            document: serde_json::to_string(account).map_err(DirectoryError::new)?,
        })
    }
}

/// Reads an account back. `version` and `epoch` win over the document.
///
/// # Errors
/// When the document is not an account. The message names the account and the place, never what is written there.
pub fn read_account(id: &str, document: &str, version: i64, epoch: i64) -> Result<Account, DirectoryError> {
    let account: Account = serde_json::from_str(document).map_err(|error| unreadable("account", id, &error))?;
    Ok(Account { version, epoch, ..account })
}

/// Reads an audit fact back.
///
/// # Errors
/// When the document is not one.
pub fn read_fact(number: i64, document: &str) -> Result<AuditEvent, DirectoryError> {
    serde_json::from_str(document).map_err(|error| unreadable("audit fact", &number.to_string(), &error))
}

/// The name of a state in the directory.
#[must_use]
pub fn state_name(state: State) -> &'static str {
    match state {
        State::Imported => "imported",
        State::Activating => "activating",
        State::Active => "active",
        State::Disabled => "disabled",
    }
}

/// Text as it is searched: without case, accents or surrounding space.
#[must_use]
pub fn folded(text: &str) -> String {
    text.trim().nfkd().filter(|letter| !is_combining_mark(*letter)).flat_map(char::to_lowercase).collect()
}

fn search_text(account: &Account) -> String {
    let person = &account.person;
    let imported = &account.imported.person;
    let id = account.id.to_string();
    let names = [
        [person.given_name.as_deref(), person.family_name.as_deref()],
        [person.family_name.as_deref(), person.given_name.as_deref()],
        [imported.given_name.as_deref(), imported.family_name.as_deref()],
        [imported.family_name.as_deref(), imported.given_name.as_deref()],
    ];
    let mut lines: Vec<String> = [
        Some(id.as_str()),
        account.legacy_id.as_deref(),
        account.sign_in_email.as_ref().map(|email| email.as_str()),
        account.contact_email.as_ref().map(|email| email.value.as_str()),
        account.imported.email.as_ref().map(|email| email.as_str()),
        account.rpps.as_ref().map(|rpps| rpps.value.as_str()),
    ]
    .into_iter()
    .flatten()
    .map(folded)
    .collect();
    // Both orders, so that "Martin Hélène" is found as "Hélène Martin" is.
    lines.extend(names.iter().map(|pair| folded(&pair.iter().flatten().copied().collect::<Vec<_>>().join(" "))));
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

fn unreadable(what: &str, id: &str, error: &serde_json::Error) -> DirectoryError {
    // serde's own message quotes the value, which may be somebody's address.
    let (kind, line, column) = (error.classify(), error.line(), error.column());
    DirectoryError::new(format!("{what} {id} cannot be read ({kind:?} error at {line}:{column} of its document)"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Person;
    use crate::entropy::{Draw as _, SystemEntropy};
    use crate::identity::AccountId;
    use jiff::Timestamp;

    fn account() -> Account {
        let id = AccountId::new(SystemEntropy.uuid(Timestamp::UNIX_EPOCH));
        Account::new(id, State::Imported, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_name_is_searched_in_both_orders_without_accents_or_case() {
        let mut account = account();
        account.person =
            Person { given_name: Some("Hélène".into()), family_name: Some("LE GOFF".into()), ..Person::default() };
        let columns = Columns::of(&account).unwrap();
        for typed in ["helene le goff", "Le Goff Hélène", " HÉLÈNE ", &account.id.to_string()] {
            assert!(columns.search.contains(&folded(typed)), "{typed}");
        }
    }

    #[test]
    fn the_names_of_states_are_those_of_the_document() {
        for state in [State::Imported, State::Activating, State::Active, State::Disabled] {
            assert_eq!(serde_json::to_value(state).unwrap(), state_name(state));
        }
    }

    #[test]
    fn f09_a_bad_document_is_an_error_that_does_not_quote_it() {
        for document in ["", "null", "[]", "{\"id\": \"marie@example.fr\"}", "{\"sign_in_email\":"] {
            let error = read_account("x", document, 1, 0).unwrap_err();
            let told = format!("{error} {}", error.0);
            assert!(told.contains("account x cannot be read") && !told.contains("marie"), "{told}");
        }
    }
}
