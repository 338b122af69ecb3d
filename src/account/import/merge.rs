//! What a row does to the account it names (decision 40): adds it, updates it while it was never activated, or nothing.

use jiff::Timestamp;

use crate::account::password::{HashError, Hasher};
use crate::account::{Account, Organisation, Person, Source, SourcedRpps, State, Step};
use crate::entropy::Entropy;
use crate::identity::AccountId;

use super::ImportRow;

/// A row with its password as it will be stored.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The row.
    pub row: ImportRow,
    /// The former system's hash, wrapped when it is fast; `None` when the row has none.
    pub password: Option<String>,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// To be created.
    Added(Box<Account>),
    /// To be saved.
    Updated(Box<Account>),
    /// Nothing to do: nothing differs, or the person has begun to activate.
    Kept,
    /// The row cannot be applied.
    Refused(Refusal),
}

/// Why a row cannot be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The account that was found is not the one the row names.
    #[error("the account found has another identifier")]
    OtherAccount,
}

/// Wraps a fast hash (decision 38), unless the account already holds it or will not take it: a repeated import is quick, and keeps.
///
/// # Errors
/// [`HashError::Busy`] when the pool is full: try again; [`HashError::Failed`] when hashing is impossible.
pub async fn prepare(
    row: ImportRow,
    existing: Option<&Account>,
    hasher: &Hasher,
    entropy: &dyn Entropy,
) -> Result<Prepared, HashError> {
    let Some(hash) = row.password_hash.clone().filter(|_| existing.is_none_or(takes_password)) else {
        return Ok(Prepared { row, password: None });
    };
    if let Some(stored) = existing.and_then(|account| account.legacy_password.as_deref()) {
        // Some systems salt with the identifier; that salt says nothing about the password.
        let salt_is_enough = !hash.salt_is(row.legacy_id.as_bytes());
        if hasher.holds(stored, &hash, salt_is_enough).await? {
            let password = Some(stored.to_owned());
            return Ok(Prepared { row, password });
        }
    }
    let password = if hash.is_fast() { hasher.wrap(&hash, entropy).await? } else { hash.text().to_owned() };
    Ok(Prepared { row, password: Some(password) })
}

/// Merges a row into the account of its identifier. `id` names the account if it is new. What the row does not hold is left as it was.
#[must_use]
pub fn merge(existing: Option<&Account>, prepared: &Prepared, id: AccountId, now: Timestamp) -> Outcome {
    let row = &prepared.row;
    let Some(existing) = existing else {
        let mut account = Account::new(id, State::Imported, now);
        account.legacy_id = Some(row.legacy_id.clone());
        apply(&mut account, prepared);
        return Outcome::Added(Box::new(account));
    };
    if existing.legacy_id.as_deref() != Some(row.legacy_id.as_str()) {
        return Outcome::Refused(Refusal::OtherAccount);
    }
    if existing.state != State::Imported {
        return Outcome::Kept;
    }
    let mut account = existing.clone();
    apply(&mut account, prepared);
    if account == *existing {
        return Outcome::Kept;
    }
    account.updated_at = now;
    Outcome::Updated(Box::new(account))
}

/// An account that has a password of ours must not get the former one back (decision 54).
fn takes_password(account: &Account) -> bool {
    account.state == State::Imported && account.password.is_none() && !account.steps.is_closed(Step::Password)
}

fn apply(account: &mut Account, prepared: &Prepared) {
    let row = &prepared.row;
    if takes_password(account) {
        replace(&mut account.legacy_password, &prepared.password);
    }
    if let Some(rpps) = &row.rpps
        && account.rpps.as_ref().is_none_or(|known| known.source != Source::Psc)
    {
        account.rpps = Some(SourcedRpps { value: rpps.clone(), source: Source::Import });
    }
    let imported = &mut account.imported;
    replace(&mut imported.email, &row.email);
    replace(&mut imported.phone, &row.phone);
    let Person { civility, family_name, given_name, profession } = &row.person;
    replace(&mut imported.person.civility, civility);
    replace(&mut imported.person.family_name, family_name);
    replace(&mut imported.person.given_name, given_name);
    replace(&mut imported.person.profession, profession);
    match (&mut imported.organisation, &row.organisation) {
        (Some(known), Some(new)) => apply_organisation(known, new),
        (known, Some(_)) => known.clone_from(&row.organisation),
        (_, None) => {}
    }
}

fn apply_organisation(known: &mut Organisation, new: &Organisation) {
    replace(&mut known.name, &new.name);
    replace(&mut known.trade_name, &new.trade_name);
    replace(&mut known.siret, &new.siret);
    replace(&mut known.cpam, &new.cpam);
    replace(&mut known.finess, &new.finess);
    replace(&mut known.email, &new.email);
    replace(&mut known.phone, &new.phone);
    replace(&mut known.fax, &new.fax);
    // An address is one thing: half of the former one would be nowhere.
    if new.address.line1.is_some() || new.address.city.is_some() {
        known.address = new.address.clone();
    }
}

fn replace<T: Clone>(known: &mut Option<T>, new: &Option<T>) {
    if new.is_some() {
        known.clone_from(new);
    }
}

#[cfg(test)]
mod tests;
