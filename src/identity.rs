//! Values that cannot be wrong once built: identifiers, addresses, numbers, names.
//! Pure; knows no other room, no clock, no sentence shown to a person.

mod account_id;
pub mod acr;
pub mod certificate;
mod code;
pub mod countries;
mod cpam;
mod digits;
mod email;
mod finess;
mod national_id;
mod person;
mod phone;
mod postal_code;
pub mod professions;
mod rpps;
mod siret;
mod text;
mod value;

pub use account_id::AccountId;
pub use certificate::Certificate;
pub use code::{CodeFault, code_digits};
pub use cpam::{CpamFault, CpamNumber};
pub use email::{Email, EmailFault};
pub use finess::{Finess, FinessFault};
pub use national_id::{NationalId, NationalIdFault, NationalIdKind};
pub use person::{Civility, NameFault, PersonName};
pub use phone::{DIAL_CODES, Phone, PhoneFault};
pub use postal_code::{PostalCode, PostalCodeFault};
pub use rpps::{Rpps, RppsFault};
pub use siret::{Siren, SirenFault, Siret, SiretFault};
pub use text::{TextFault, clean_text, folded};
