//! The organisation and where its bills go (screens 3.7 and 3.8).

use std::collections::BTreeMap;

use crate::account::{Billing, Draft, Organisation};
use crate::activation::{Journey, Step};
use crate::observe::Fact;

use super::super::{Login, LoginError};
use super::{Signed, forms};

impl Login {
    /// Stores the organisation and closes its step. `false` when an earlier step is open.
    pub async fn save_organisation(
        &self,
        signed: Signed<'_>,
        organisation: &Organisation,
        fields: BTreeMap<String, String>,
    ) -> Result<bool, LoginError> {
        let now = self.now();
        let browser = signed.browser;
        let changed = self
            .change(signed.session.account, |account, facts| {
                account.drafts.insert(forms::ORGANISATION.to_owned(), Draft { saved_at: now, fields: fields.clone() });
                if account.steps.done(Journey::Local, Step::Organisation, now).is_err() {
                    return false;
                }
                account.organisation = Some(organisation.clone());
                facts.push(browser.origin.event(now, Fact::OrganisationSaved, Some(account.id)));
                true
            })
            .await?;
        Ok(matches!(changed, Some((_, true))))
    }

    /// Stores where bills go; `None` is "same as the structure".
    pub async fn save_billing(
        &self,
        signed: Signed<'_>,
        billing: Option<&Billing>,
        fields: BTreeMap<String, String>,
    ) -> Result<(), LoginError> {
        let now = self.now();
        let browser = signed.browser;
        self.change(signed.session.account, |account, facts| {
            account.billing = billing.cloned();
            account.drafts.insert(forms::BILLING.to_owned(), Draft { saved_at: now, fields: fields.clone() });
            facts.push(browser.origin.event(now, Fact::BillingSaved, Some(account.id)));
        })
        .await?;
        Ok(())
    }
}
