//! One person of the former directory: from named texts to checked values.

use std::collections::BTreeMap;

use crate::account::legacy::{LegacyFault, LegacyHash};
use crate::account::{Address, Organisation, Person, Source};
use crate::config::claim_caps::{LEGACY_ID, weight};
use crate::identity::{
    Civility, CpamNumber, Email, Finess, PersonName, Phone, PostalCode, Rpps, Siret, clean_text, countries, professions,
};

/// The columns of a CSV header and the keys of a JSON line. Only `identifier` is needed.
pub const COLUMNS: [&str; 22] = [
    "identifier",
    "password_hash",
    "civility",
    "family_name",
    "given_name",
    "profession",
    "rpps",
    "email",
    "phone",
    "org_name",
    "org_trade_name",
    "siret",
    "cpam",
    "finess",
    "address_1",
    "address_2",
    "postal_code",
    "city",
    "country",
    "org_email",
    "org_phone",
    "fax",
];

/// Why a row is left out. Values are never repeated: they are people's data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowFault {
    /// Bytes that are not UTF-8.
    #[error("the row is not UTF-8")]
    Encoding,
    /// More than 64 KiB, or a quote that is never closed.
    #[error("the row is too long, or a quote is not closed")]
    TooLong,
    /// Another number of fields than the header.
    #[error("the row has {found} fields, the header {expected}")]
    Fields {
        /// Fields of the row.
        found: usize,
        /// Fields of the header.
        expected: usize,
    },
    /// Not a JSON object of texts.
    #[error("the row is not a JSON object of texts")]
    Json,
    /// A key that is not a column.
    #[error("the row has an unknown key")]
    UnknownKey,
    /// No identifier.
    #[error("the row has no identifier")]
    NoIdentifier,
    /// An identifier over 64 bytes, or with a control character.
    #[error("the identifier cannot be kept")]
    Identifier,
    /// An identifier with `@`, which sign-in would take for an e-mail (decision 4).
    #[error("the identifier contains @")]
    IdentifierIsEmail,
    /// A password hash that cannot be used.
    #[error("password_hash: {0}")]
    PasswordHash(#[from] LegacyFault),
    /// The file could not be read further.
    #[error("the file could not be read further")]
    Unreadable,
}

/// A value of a row that was left out, or kept in doubt; the row itself is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Warning {
    /// Its column.
    pub column: &'static str,
    /// Why, in words for the administrator.
    pub reason: &'static str,
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.column, self.reason)
    }
}

/// A row whose values are checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRow {
    /// Identifier in the former system.
    pub legacy_id: String,
    /// Its password hash.
    pub password_hash: Option<LegacyHash>,
    /// RPPS; its key is not judged.
    pub rpps: Option<Rpps>,
    /// E-mail.
    pub email: Option<Email>,
    /// Mobile phone.
    pub phone: Option<Phone>,
    /// Person.
    pub person: Person,
    /// Organisation, when one of its columns holds something.
    pub organisation: Option<Organisation>,
    /// What was left out.
    pub warnings: Vec<Warning>,
}

impl ImportRow {
    /// Checks named texts; names are of [`COLUMNS`], empty texts are absent.
    ///
    /// # Errors
    /// When the identifier or the password hash cannot be used. Any other bad value is dropped with a warning.
    pub(super) fn from_fields(fields: BTreeMap<&'static str, String>, allow_unsalted: bool) -> Result<Self, RowFault> {
        let mut fields = Fields { fields, warnings: Vec::new() };
        let legacy_id = identifier(fields.raw("identifier").as_deref())?;
        let password_hash =
            fields.raw("password_hash").map(|text| LegacyHash::parse(&text, allow_unsalted)).transpose()?;
        let rpps = fields.checked("rpps", "not an RPPS number", |text| Rpps::parse_relaxed(text).ok());
        if rpps.as_ref().is_some_and(|rpps| !rpps.key_is_right()) {
            fields.warn("rpps", "kept, but its key looks wrong");
        }
        let email = fields.checked("email", "not an e-mail address", |text| Email::parse(text).ok());
        let phone = fields.checked("phone", "not a mobile number", |text| Phone::parse_mobile(text, "+33").ok());
        let person = fields.person();
        let organisation = fields.organisation();
        Ok(Self { legacy_id, password_hash, rpps, email, phone, person, organisation, warnings: fields.warnings })
    }
}

fn identifier(text: Option<&str>) -> Result<String, RowFault> {
    let text = text.ok_or(RowFault::NoIdentifier)?;
    let id = clean_text(text, LEGACY_ID).map_err(|_| RowFault::Identifier)?.ok_or(RowFault::NoIdentifier)?;
    // It must fit in an assertion: the portal knows its customers by it.
    if weight(&id) > LEGACY_ID {
        return Err(RowFault::Identifier);
    }
    if id.contains('@') { Err(RowFault::IdentifierIsEmail) } else { Ok(id) }
}

/// The texts of a row as they are taken out, and what was found wrong on the way.
struct Fields {
    fields: BTreeMap<&'static str, String>,
    warnings: Vec<Warning>,
}

impl Fields {
    fn raw(&mut self, column: &'static str) -> Option<String> {
        self.fields.remove(column).filter(|text| !text.trim().is_empty())
    }

    fn warn(&mut self, column: &'static str, reason: &'static str) {
        self.warnings.push(Warning { column, reason });
    }

    fn checked<T>(
        &mut self,
        column: &'static str,
        reason: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.raw(column)?;
        let value = read(&text);
        if value.is_none() {
            self.warn(column, reason);
        }
        value
    }

    fn number<T: Into<String>, E>(
        &mut self,
        column: &'static str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<String> {
        self.checked(column, "not a number of this kind", |text| read(text).ok().map(Into::into))
    }

    fn text(&mut self, column: &'static str, max: usize) -> Option<String> {
        self.checked(column, "too long, or with a character that cannot be kept", |text| {
            clean_text(text, max).ok().flatten()
        })
    }

    fn name(&mut self, column: &'static str) -> Option<String> {
        self.checked(column, "not written like a name", |text| PersonName::parse(text).ok().map(String::from))
    }

    fn person(&mut self) -> Person {
        Person {
            civility: self.checked("civility", "neither M nor MME", |text| {
                Civility::parse(text).map(|civility| civility.code().to_owned())
            }),
            family_name: self.name("family_name"),
            given_name: self.name("given_name"),
            profession: self.checked("profession", "neither a code nor a label of TRE_G15", |text| {
                let text = text.trim();
                let known = professions::G15.iter().find(|(code, _)| *code == text).map(|(code, _)| *code);
                known.or_else(|| professions::code_of(text)).map(str::to_owned)
            }),
        }
    }

    fn organisation(&mut self) -> Option<Organisation> {
        let country = self.checked("country", "not a country of the list", countries::code_of);
        let of = country.unwrap_or("FR");
        let address = Address {
            line1: self.text("address_1", 200),
            line2: self.text("address_2", 200),
            postal_code: self.checked("postal_code", "not a postal code of this country", |text| {
                PostalCode::parse(text, of).ok().map(String::from)
            }),
            city: self.text("city", 100),
            country: country.map(str::to_owned),
        };
        let mut organisation = Organisation {
            source: Source::Import,
            name: self.text("org_name", 200),
            trade_name: self.text("org_trade_name", 200),
            siret: self.number("siret", Siret::parse),
            cpam: self.number("cpam", CpamNumber::parse),
            finess: self.number("finess", Finess::parse),
            address,
            email: self.number("org_email", Email::parse),
            phone: self.number("org_phone", |text| Phone::parse_any(text, "+33")),
            fax: self.number("fax", |text| Phone::parse_any(text, "+33")),
            profession: None,
        };
        let nothing = Organisation {
            source: Source::Import,
            name: None,
            trade_name: None,
            siret: None,
            cpam: None,
            finess: None,
            address: Address { country: organisation.address.country.clone(), ..Address::default() },
            email: None,
            phone: None,
            fax: None,
            profession: None,
        };
        if organisation == nothing {
            return None;
        }
        // Said once an address is there, so that a row without one stays without organisation.
        organisation.address.country.get_or_insert_with(|| "FR".to_owned());
        Some(organisation)
    }
}
