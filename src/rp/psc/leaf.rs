//! A leaf of the provider's answer: a bounded text, or nothing.

use serde_json::Value;

use crate::rp::json::Object;

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
