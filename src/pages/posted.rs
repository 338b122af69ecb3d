//! The body of a posted form, within bounds: one value per name, 64 KiB, a hundred fields, nothing compressed.

use std::collections::BTreeMap;

use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};

/// Longest body (bytes).
pub const LONGEST: usize = 64 * 1024;
/// Most fields.
const FIELDS: usize = 100;

/// The fields of a form, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields(BTreeMap<String, String>);

impl Fields {
    /// Reads a body. A repeated name is refused: two values of one field have no one meaning (attack P16).
    ///
    /// # Errors
    /// The status to answer: 415 for another kind of body, 413 or 400 for a body out of bounds (attack D10).
    pub fn parse(headers: &HeaderMap, body: &[u8]) -> Result<Self, StatusCode> {
        let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let essence = kind.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") || headers.contains_key(CONTENT_ENCODING)
        {
            return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        }
        if body.len() > LONGEST {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        let mut fields = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(body) {
            if fields.len() >= FIELDS || fields.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(StatusCode::BAD_REQUEST);
            }
        }
        Ok(Self(fields))
    }

    /// A field's text; empty when it was not sent.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Whether a box was ticked.
    #[must_use]
    pub fn is_ticked(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }

    /// The button pressed; Enter counts as the primary one.
    #[must_use]
    pub fn action(&self) -> &str {
        match self.get("action") {
            "" => "valider",
            action => action,
        }
    }

    /// These fields alone, for a draft; absent ones are left out.
    #[must_use]
    pub fn only(&self, names: &[&str]) -> BTreeMap<String, String> {
        names.iter().map(|name| ((*name).to_owned(), self.get(name).chars().take(1_000).collect())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(kind: &str, body: &str) -> Result<Fields, StatusCode> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, kind.parse().unwrap());
        Fields::parse(&headers, body.as_bytes())
    }

    #[test]
    fn d10_p16_a_body_without_one_meaning_is_refused() {
        let form = "application/x-www-form-urlencoded";
        assert_eq!(parse("multipart/form-data; boundary=x", "a=1"), Err(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        assert_eq!(parse("application/json", "{}"), Err(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        assert_eq!(parse("text/plain", "a=1"), Err(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        assert_eq!(parse(form, "a=1&a=2"), Err(StatusCode::BAD_REQUEST));
        let many: String = (0..101).map(|n| format!("f{n}=1&")).collect();
        assert_eq!(parse(form, &many), Err(StatusCode::BAD_REQUEST));
        assert_eq!(parse(form, &"a".repeat(LONGEST + 1)), Err(StatusCode::PAYLOAD_TOO_LARGE));
        let fields = parse("Application/X-WWW-Form-Urlencoded; charset=utf-8", "a=1+2&b=%C3%A9").unwrap();
        assert_eq!((fields.get("a"), fields.get("b"), fields.get("c")), ("1 2", "é", ""));
    }
}
