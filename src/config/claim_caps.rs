//! The longest each claim of an assertion may be, in bytes of its JSON text; whoever makes an assertion keeps to these.
//!
//! Nothing is trimmed silently (decision 28): what a person types or an import brings is refused where it enters, what a provider
//! says beyond a cap is left out and logged (attack I08), and the sum is checked at load.

/// Bytes a text takes inside a JSON string.
#[must_use]
pub fn weight(text: &str) -> usize {
    text.bytes()
        .map(|byte| match byte {
            b'"' | b'\\' => 2,
            0..0x20 => 6,
            _ => 1,
        })
        .sum()
}

/// `sub`: a UUID in its canonical form.
pub const SUBJECT: usize = 36;
/// `jti` and `sid`: 32 random bytes in base64url.
pub const RANDOM_ID: usize = 43;
/// `kid` of a signing key (a SHA-256 thumbprint in base64url).
pub const KEY_ID: usize = 43;
/// `acr`: a URN of ours, or what a provider says.
pub const ACR: usize = 64;
/// Elements of `amr`.
pub const AMR_COUNT: usize = 8;
/// Each element of `amr`.
pub const AMR: usize = 32;
/// `name`.
pub const NAME: usize = 404;
/// `given_name` and `family_name`.
pub const NAME_PART: usize = 200;
/// `email`.
pub const EMAIL: usize = 254;
/// `phone_number`, E.164 with its `+`.
pub const PHONE: usize = 16;
/// `identity_provider`: a name of the configuration.
pub const IDENTITY_PROVIDER: usize = 32;
/// `legacy_id`.
pub const LEGACY_ID: usize = 64;
/// `rpps`.
pub const RPPS: usize = 11;
/// `organisation.name`.
pub const ORGANISATION_NAME: usize = 400;
/// `siret`.
pub const SIRET: usize = 14;
/// `finess`.
pub const FINESS: usize = 9;
/// `cpam`, the health-insurance number.
pub const CPAM: usize = 9;
/// `source` of an organisation, and `activation.state`.
pub const WORD: usize = 16;
/// Elements of `professions`.
pub const PROFESSIONS: usize = 8;
/// `professions[].code`.
pub const PROFESSION_CODE: usize = 8;
/// `professions[].system`: an OID.
pub const PROFESSION_SYSTEM: usize = 64;
/// `professions[].label`.
pub const PROFESSION_LABEL: usize = 64;
