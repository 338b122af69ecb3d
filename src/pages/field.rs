//! One typed field becomes one value or one sentence beside it. The rules are `identity`'s, the words are `sentences`'.

use crate::config::settings::ActivationSettings;
use crate::identity::{
    CpamFault, CpamNumber, Email, EmailFault, Finess, FinessFault, NameFault, PersonName, Phone, PhoneFault,
    PostalCode, PostalCodeFault, Rpps, RppsFault, Siret, SiretFault, TextFault, clean_text,
};

use super::sentences::{self, details, organisation};

/// A value, or the sentence for its field.
pub(super) type Read<T> = Result<T, String>;

/// An e-mail that must be there.
pub(super) fn email(typed: &str, empty: &str) -> Read<Email> {
    Email::parse(typed).map_err(|fault| match fault {
        EmailFault::Empty => empty.to_owned(),
        EmailFault::Shape => details::EMAIL_SHAPE.to_owned(),
        EmailFault::TwoAddresses => details::EMAIL_TWO.to_owned(),
        EmailFault::Character => sentences::CHARACTER.to_owned(),
        EmailFault::TooLong => sentences::too_long(254),
    })
}

/// An e-mail that may be left out.
pub(super) fn optional_email(typed: &str) -> Read<Option<Email>> {
    if typed.trim().is_empty() { Ok(None) } else { email(typed, "").map(Some) }
}

/// A mobile that may be left out.
pub(super) fn mobile(typed: &str, dial_code: &str, settings: &ActivationSettings) -> Read<Option<Phone>> {
    if typed.trim().is_empty() {
        return Ok(None);
    }
    Phone::parse_mobile_among(typed, dial_code, &settings.dial_codes).map(Some).map_err(|fault| match fault {
        PhoneFault::Empty | PhoneFault::NotANumber => details::PHONE_SHAPE.to_owned(),
        PhoneFault::Length { digits } => details::phone_length(digits),
        PhoneFault::DialCode { code } => details::phone_dial_code(&code),
        PhoneFault::NotMobile => details::PHONE_NOT_MOBILE.to_owned(),
        PhoneFault::Character => sentences::CHARACTER.to_owned(),
    })
}

/// A landline or mobile that may be left out.
pub(super) fn any_phone(typed: &str, dial_code: &str) -> Read<Option<Phone>> {
    if typed.trim().is_empty() {
        return Ok(None);
    }
    Phone::parse_any(typed, dial_code).map(Some).map_err(|fault| match fault {
        PhoneFault::Character => sentences::CHARACTER.to_owned(),
        PhoneFault::DialCode { code } => details::phone_dial_code(&code),
        PhoneFault::Empty | PhoneFault::NotANumber | PhoneFault::Length { .. } | PhoneFault::NotMobile => {
            details::phone_dial_code(if dial_code.is_empty() { "+33" } else { dial_code })
        }
    })
}

/// A person's name.
pub(super) fn name(typed: &str, empty: &str, shape: &str) -> Read<String> {
    PersonName::parse(typed).map(|name| name.as_str().to_owned()).map_err(|fault| match fault {
        NameFault::Empty => empty.to_owned(),
        NameFault::Character => sentences::CHARACTER.to_owned(),
        NameFault::NotAName => shape.to_owned(),
        NameFault::TooLong => sentences::too_long(PersonName::MAX),
    })
}

/// An RPPS; `None` where the profession frees it and nothing was typed.
pub(super) fn rpps(typed: &str, optional: bool, check_key: bool) -> Read<Option<Rpps>> {
    if typed.trim().is_empty() && optional {
        return Ok(None);
    }
    let read = if check_key { Rpps::parse(typed) } else { Rpps::parse_relaxed(typed) };
    read.map(Some).map_err(|fault| match fault {
        RppsFault::Empty => details::RPPS_EMPTY.to_owned(),
        RppsFault::Length { digits } | RppsFault::Letters { digits } => details::rpps_length(digits),
        RppsFault::Key => details::RPPS_KEY.to_owned(),
    })
}

/// A text that must be there.
pub(super) fn text(typed: &str, max: usize, empty: &str) -> Read<String> {
    optional_text(typed, max)?.ok_or_else(|| empty.to_owned())
}

/// A text that may be left out.
pub(super) fn optional_text(typed: &str, max: usize) -> Read<Option<String>> {
    clean_text(typed, max).map_err(|fault| match fault {
        TextFault::Character => sentences::CHARACTER.to_owned(),
        TextFault::TooLong { max } => sentences::too_long(max),
    })
}

/// A SIRET.
pub(super) fn siret(typed: &str, optional: bool) -> Read<Option<String>> {
    if typed.trim().is_empty() && optional {
        return Ok(None);
    }
    Siret::parse(typed).map(|siret| Some(siret.as_str().to_owned())).map_err(|fault| match fault {
        SiretFault::Empty => organisation::SIRET_EMPTY.to_owned(),
        SiretFault::Length { digits } => organisation::siret_length(digits),
        SiretFault::IsSiren => organisation::SIRET_IS_SIREN.to_owned(),
        SiretFault::Key => organisation::SIRET_KEY.to_owned(),
    })
}

/// A CPAM number, and whether its key looks unusual (a warning, never a refusal).
pub(super) fn cpam(typed: &str, optional: bool) -> Read<Option<(String, bool)>> {
    if typed.trim().is_empty() && optional {
        return Ok(None);
    }
    CpamNumber::parse(typed).map(|cpam| Some((cpam.as_str().to_owned(), cpam.key_looks_unusual()))).map_err(|fault| {
        match fault {
            CpamFault::Empty => organisation::CPAM_EMPTY.to_owned(),
            CpamFault::Length { digits } => organisation::cpam_length(digits),
            CpamFault::Letters => organisation::cpam_length(typed.chars().filter(char::is_ascii_digit).count()),
        }
    })
}

/// A FINESS.
pub(super) fn finess(typed: &str, optional: bool) -> Read<Option<String>> {
    if typed.trim().is_empty() && optional {
        return Ok(None);
    }
    Finess::parse(typed).map(|finess| Some(finess.as_str().to_owned())).map_err(|fault| match fault {
        FinessFault::Empty => organisation::FINESS_EMPTY.to_owned(),
        FinessFault::Length { characters } => organisation::finess_length(characters),
        FinessFault::Department | FinessFault::Key => organisation::FINESS_KEY.to_owned(),
    })
}

/// A postal code.
pub(super) fn postal_code(typed: &str, country: &str) -> Read<String> {
    PostalCode::parse(typed, country).map(|code| code.as_str().to_owned()).map_err(|fault| match fault {
        PostalCodeFault::Empty => organisation::POSTAL_CODE_EMPTY.to_owned(),
        PostalCodeFault::Shape => organisation::POSTAL_CODE_SHAPE.to_owned(),
    })
}

/// A country of the list.
pub(super) fn country(typed: &str) -> Read<String> {
    match crate::identity::countries::name_of(typed) {
        Some(_) => Ok(typed.to_owned()),
        None => Err(organisation::COUNTRY_EMPTY.to_owned()),
    }
}
