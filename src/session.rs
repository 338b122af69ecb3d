//! What expires: sessions, records of flows under way, counters, one-shot secrets.
//!
//! Rules are pure and take `now`; the [`Store`] performs. Nothing here knows HTTP, accounts' content or pages.

pub mod cache;
#[cfg(test)]
pub mod contract;
pub mod counter;
pub mod embedded;
pub mod facts;
pub mod keeping;
mod need;
pub mod proof;
pub mod sqlite_file;
pub mod store;
pub mod token;
pub mod visitor;

pub use cache::{FactsError, FactsSource, Forwarded, Lookup, NewSession, Sessions, SessionsParts};
pub use counter::{Rule, Tally, Verdict};
pub use embedded::EmbeddedStore;
pub use facts::{Claims, Facts, Standing};
pub use keeping::{Kept, ProviderKeeper, ProviderToken, Wish};
pub use need::Need;
pub use store::{EndCause, Session, Store, StoreError, Stored};
pub use token::{SessionKey, SessionToken};
pub use visitor::{Visit, Visitor};
