//! A leaf of the provider's answer: a bounded text, an identifier, an address, or nothing.

use serde_json::Value;

use crate::identity::{Email, NationalId};

use super::id_token::Refusal;
use super::json::Object;

/// Longest text kept (characters); what exceeds is cut.
const LONGEST_TEXT: usize = 200;
/// Longest code kept; a longer one is no code.
const LONGEST_CODE: usize = 32;

/// A text for people: trimmed, without control characters, cut; `None` when nothing is left. Some registers send numbers.
pub(super) fn text(claims: &Object, name: &str) -> Option<String> {
    let received = match claims.get(name)? {
        Value::String(received) => received.clone(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    let kept: String = received.trim().chars().filter(|letter| !letter.is_control()).take(LONGEST_TEXT).collect();
    Some(kept.trim().to_owned()).filter(|kept| !kept.is_empty())
}

/// A code of a register: short, visible, whole.
pub(super) fn code(claims: &Object, name: &str) -> Option<String> {
    text(claims, name).filter(|code| is_code(code))
}

/// Whether a text can be a code of a register.
pub(super) fn is_code(text: &str) -> bool {
    (1..=LONGEST_CODE).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The national identifier: the first of these claims that says something. Two documents that name two people are refused.
pub(super) fn national_id(token: &Object, userinfo: &Object, names: &[&str]) -> Result<NationalId, Refusal> {
    let named = |claims: &Object| -> Result<Option<NationalId>, Refusal> {
        for name in names {
            match claims.get(*name) {
                None | Some(Value::Null) => {}
                Some(Value::String(received)) if received.trim().is_empty() => {}
                Some(Value::String(received)) => {
                    return NationalId::parse(received).map(Some).map_err(|_| Refusal::NationalId);
                }
                Some(_) => return Err(Refusal::NationalId),
            }
        }
        Ok(None)
    };
    match (named(userinfo)?, named(token)?) {
        (Some(left), Some(right)) if left != right => Err(Refusal::NationalIdDiffers),
        (Some(id), _) | (None, Some(id)) => Ok(id),
        (None, None) => Err(Refusal::NationalId),
    }
}

/// Address and proof come from the same document, or the proof of one would vouch for the other.
pub(super) fn email(claims: &Object) -> Option<(Email, bool)> {
    let email = Email::parse(&text(claims, "email")?).ok()?;
    Some((email, claims.get("email_verified") == Some(&Value::Bool(true))))
}
