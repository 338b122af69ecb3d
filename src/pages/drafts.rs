//! Two tabs on one form: what is stored of it when it is drawn, and what another tab stored since (screens.md 7.3).

use crate::account::Account;
use crate::login::journey::draft;

use super::sentences::{self, trouble};
use super::view::Answers;
use super::{Pages, Posted, guard};

/// A fingerprint of what is stored of a form; the form carries it, and brings it back.
pub(super) fn seen(pages: &Pages, account: &Account, form: &str) -> String {
    let stored = draft(account, form, pages.login.now());
    let values = stored.into_iter().flatten().map(|(name, value)| (name.as_str(), value.as_str()));
    guard::fingerprint(&pages.login.sealer, values)
}

/// Another tab stored this form after this one was drawn: what differs is shown beside what was typed here.
pub(super) fn other_tab<'a>(
    pages: &Pages,
    account: &Account,
    form: &str,
    names: impl IntoIterator<Item = &'a str>,
    posted: &Posted,
    typed: Answers,
) -> Option<Answers> {
    if posted.seen().unwrap_or_default() == seen(pages, account, form) {
        return None;
    }
    let stored = draft(account, form, pages.login.now())?;
    let mut answers = typed;
    let mut differs = false;
    for name in names {
        if let Some(value) = stored.get(name).filter(|value| value.as_str() != posted.fields.get(name)) {
            differs = true;
            answers = answers.hint(name, sentences::saved_elsewhere(value));
        }
    }
    differs.then(|| answers.refused([trouble::OTHER_TAB]))
}
