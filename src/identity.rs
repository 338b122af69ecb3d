//! Values that cannot be wrong once built: identifiers, addresses, numbers, names.
//! Pure; knows no other room, no clock, no sentence shown to a person.

mod account_id;
mod email;
mod phone;
mod rpps;

pub use account_id::AccountId;
pub use email::{Email, EmailFault};
pub use phone::{Phone, PhoneFault};
pub use rpps::{Rpps, RppsFault};
