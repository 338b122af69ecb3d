//! Telephone numbers in E.164 form, read the way French people type them (fact sheet 9.5, screens 3.2).

use serde::{Deserialize, Serialize};

use super::digits::{ascii_digit, is_separator};
use super::text::is_refused;
use super::value::text_value;
use plan::Territory;

mod plan;

/// The dialling codes of France and overseas France with their labels, in the order of the select.
pub const DIAL_CODES: &[(&str, &str)] = &[
    ("+33", "+33 France"),
    ("+262", "+262 La Réunion, Mayotte"),
    ("+508", "+508 Saint-Pierre-et-Miquelon"),
    ("+590", "+590 Guadeloupe, Saint-Martin, Saint-Barthélemy"),
    ("+594", "+594 Guyane"),
    ("+596", "+596 Martinique"),
    ("+681", "+681 Wallis-et-Futuna"),
    ("+687", "+687 Nouvelle-Calédonie"),
    ("+689", "+689 Polynésie française"),
];

/// A number in E.164 form: `+`, dialling code, national number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phone(String);

text_value!(Phone, Phone::parse, PhoneFault);

/// Why a text is no number of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PhoneFault {
    /// Nothing was typed.
    #[error("no number was typed")]
    Empty,
    /// Something else than digits.
    #[error("a number is written with digits")]
    NotANumber,
    /// A French number of another length than ten.
    #[error("a French number has 10 digits, not {digits}")]
    Length {
        /// How many were typed, counting the leading 0.
        digits: usize,
    },
    /// The number does not belong to the dialling code, or the code is not one that is served.
    #[error("the number does not belong to the dialling code {code}")]
    DialCode {
        /// The code, with its `+`.
        code: String,
    },
    /// A real number that gets no SMS.
    #[error("this number cannot receive an SMS")]
    NotMobile,
    /// A control, bidirectional or invisible character.
    #[error("the number holds a character that cannot be kept")]
    Character,
}

impl Phone {
    /// Reads back a number in E.164 form, of any country and kind. For what people type see [`Phone::parse_mobile`].
    ///
    /// # Errors
    /// When it is not `+` and 6 to 15 digits.
    pub fn parse(text: &str) -> Result<Self, PhoneFault> {
        if text.is_empty() {
            return Err(PhoneFault::Empty);
        }
        let digits = text.strip_prefix('+').ok_or(PhoneFault::NotANumber)?;
        let shaped = (6..=15).contains(&digits.len()) && !digits.starts_with('0');
        if shaped && digits.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(PhoneFault::NotANumber)
        }
    }

    /// Reads a typed number that must receive SMS. `dial_code` (`+33`) is the one selected: a French one, or one the caller found in the
    /// configuration; a typed `+…`/`00…` wins over it, but may only name a French code or `dial_code` (no SMS to countries nobody configured).
    ///
    /// # Errors
    /// One of [`PhoneFault`].
    pub fn parse_mobile(typed: &str, dial_code: &str) -> Result<Self, PhoneFault> {
        let number = Self::read(typed, dial_code)?;
        match Territory::of(&number.0) {
            Some(territory) if territory.is_mobile(number.subscriber()) => Ok(number),
            Some(_) => Err(PhoneFault::NotMobile),
            None if number.0.starts_with(dial_code) => Ok(number),
            None => Err(PhoneFault::DialCode { code: number.dial_code().to_owned() }),
        }
    }

    /// As [`Phone::parse_mobile`], also allowing the configured codes (`activation.dial_codes`), whichever is selected; a selected code
    /// that is neither French nor configured is refused.
    ///
    /// # Errors
    /// One of [`PhoneFault`].
    pub fn parse_mobile_among(
        typed: &str,
        dial_code: &str,
        configured: &[(String, String)],
    ) -> Result<Self, PhoneFault> {
        let served = |code: &str| {
            DIAL_CODES.iter().any(|(known, _)| *known == code) || configured.iter().any(|(known, _)| known == code)
        };
        if !served(dial_code) {
            return Err(PhoneFault::DialCode { code: dial_code.to_owned() });
        }
        match Self::parse_mobile(typed, dial_code) {
            Err(PhoneFault::DialCode { code }) if code != dial_code && served(&code) => {
                Self::parse_mobile(typed, &code)
            }
            other => other,
        }
    }

    /// Reads a typed number, landline or mobile; nothing is ever sent there.
    ///
    /// # Errors
    /// One of [`PhoneFault`], never `NotMobile`.
    pub fn parse_any(typed: &str, dial_code: &str) -> Result<Self, PhoneFault> {
        Self::read(typed, dial_code)
    }

    /// The dialling code with its `+`.
    #[must_use]
    pub fn dial_code(&self) -> &str {
        plan::code_of(&self.0)
    }

    /// The number as it stands in the field beside its dialling code: `06 12 34 56 78`. Reads back with [`Phone::dial_code`].
    #[must_use]
    pub fn national(&self) -> String {
        match Territory::of(&self.0) {
            Some(territory) => territory.shown(self.subscriber()),
            None => self.subscriber().to_owned(),
        }
    }

    /// Six `x` and the four last digits, for every country (screens 0.12).
    #[must_use]
    pub fn masked(&self) -> String {
        format!("xxxxxx{}", self.0.get(self.0.len().saturating_sub(4)..).unwrap_or_default())
    }

    /// Whether it can receive SMS; numbers of other countries are believed (the configuration names those countries).
    #[must_use]
    pub fn is_mobile(&self) -> bool {
        Territory::of(&self.0).is_none_or(|territory| territory.is_mobile(self.subscriber()))
    }

    /// What follows the dialling code.
    fn subscriber(&self) -> &str {
        self.0.get(self.dial_code().len()..).unwrap_or_default()
    }

    fn read(typed: &str, dial_code: &str) -> Result<Self, PhoneFault> {
        let (international, digits) = typed_number(typed)?;
        let number = if international {
            if digits.is_empty() || digits.starts_with('0') {
                return Err(PhoneFault::NotANumber);
            }
            format!("+{digits}")
        } else {
            format!("{dial_code}{digits}")
        };
        match Territory::of(&number) {
            Some(territory) => territory.e164(number.get(territory.code.len()..).unwrap_or_default()).map(Self),
            None => {
                let code = if international { plan::code_of(&number) } else { dial_code };
                let subscriber = number.get(code.len()..).and_then(|rest| plan::abroad(code, rest));
                let wrong_code = || PhoneFault::DialCode { code: code.to_owned() };
                Self::parse(&format!("{code}{}", subscriber.ok_or_else(wrong_code)?)).map_err(|_| wrong_code())
            }
        }
    }
}

/// The digits typed, and whether they begin with a dialling code.
fn typed_number(typed: &str) -> Result<(bool, String), PhoneFault> {
    if typed.chars().any(is_refused) {
        return Err(PhoneFault::Character);
    }
    let text: String = typed.chars().filter(|c| !is_separator(*c)).map(ascii_digit).collect();
    if text.is_empty() {
        return Err(PhoneFault::Empty);
    }
    // Written for both uses, as in "+33 (0)6": nobody dials it after a code, and at home it is put back.
    let text = text.replace("(0)", "");
    let text: String = text.chars().filter(|c| !matches!(c, '(' | ')' | '[' | ']')).collect();
    let (international, digits) = match text.strip_prefix('+').or_else(|| text.strip_prefix("00")) {
        Some(rest) => (true, rest),
        None => (false, text.as_str()),
    };
    if digits.is_empty() || digits.len() > 20 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(PhoneFault::NotANumber);
    }
    Ok((international, digits.to_owned()))
}

#[cfg(test)]
mod tests;
