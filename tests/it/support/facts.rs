//! Facts set by the test.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;
use guichet::identity::AccountId;
use guichet::session::{Facts, FactsError, FactsSource};

/// Facts by account.
#[derive(Debug, Default)]
pub(crate) struct MemoryFacts(pub(crate) Mutex<HashMap<AccountId, Facts>>);

#[async_trait]
impl FactsSource for MemoryFacts {
    async fn facts(&self, account: AccountId) -> Result<Option<Facts>, FactsError> {
        Ok(self.0.lock().unwrap().get(&account).cloned())
    }
    async fn is_revoked(&self, _: &str) -> Result<bool, FactsError> {
        Ok(false)
    }
}
