//! Shapes: unknown keys, wrong types and unknown words, all of them in one pass over the document, against the schema.
//!
//! serde stops at its first error; an administrator wants the whole list. Values are never repeated here: one may be a secret.

use serde_json::{Map, Value};
use toml::de::DeValue;

use super::document::Document;
use super::fault::{Fault, KeyPath};

/// Every place where the document does not have the form of the schema.
pub(super) fn faults(document: &Document<'_>, schema: &Value) -> Vec<(KeyPath, Fault)> {
    let mut shape = Shape { document, faults: Vec::new() };
    shape.value(&KeyPath::root(), document.root(), schema);
    shape.faults
}

struct Shape<'a> {
    document: &'a Document<'a>,
    faults: Vec<(KeyPath, Fault)>,
}

impl Shape<'_> {
    fn value(&mut self, path: &KeyPath, value: &DeValue<'_>, schema: &Value) {
        let words = words(schema);
        match (value, kind(schema)) {
            (DeValue::Table(table), "object") => {
                let properties = schema.get("properties").and_then(Value::as_object);
                let others = schema.get("additionalProperties").filter(|others| others.is_object());
                for (key, value) in table {
                    let path = path.key(key.get_ref());
                    match (properties.and_then(|known| known.get(key.get_ref().as_ref())), others) {
                        (Some(schema), _) | (None, Some(schema)) => self.value(&path, value.get_ref(), schema),
                        (None, None) => {
                            let allowed = suggestion(key.get_ref(), properties);
                            self.push(&path, "is not a key of this table".to_owned(), allowed);
                        }
                    }
                }
            }
            (DeValue::Array(array), "array") => {
                let Some(items) = schema.get("items") else { return };
                for (place, value) in array.iter().enumerate() {
                    self.value(&path.index(place), value.get_ref(), items);
                }
            }
            (DeValue::String(text), "string") => {
                if !words.is_empty() && !words.contains(&text.as_ref()) {
                    self.push(path, format!("{text:?} is not one of its words"), quoted(&words));
                }
            }
            (DeValue::Integer(number), "integer") => {
                let (low, high) = bounds(schema);
                let read = i128::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok();
                if !read.is_some_and(|read| (low..=high).contains(&read)) {
                    self.push(
                        path,
                        format!("{number} is out of bounds"),
                        format!("a whole number from {low} to {high}"),
                    );
                }
            }
            (DeValue::Boolean(_), "boolean") => {}
            (other, expected) => {
                let allowed = if words.is_empty() { name(expected).to_owned() } else { quoted(&words) };
                self.push(path, format!("has the wrong type ({})", other.type_str()), allowed);
            }
        }
    }

    fn push(&mut self, path: &KeyPath, wrong: String, allowed: String) {
        self.faults.push((path.clone(), self.document.fault(path, wrong, allowed)));
    }
}

fn kind(schema: &Value) -> &str {
    // An enum whose words are documented one by one has its type inside.
    schema.get("type").and_then(Value::as_str).unwrap_or("string")
}

/// The words an enum allows; empty when any text is.
fn words(schema: &Value) -> Vec<&str> {
    let listed = schema.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let documented = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    listed.chain(documented.filter_map(|word| word.get("const").and_then(Value::as_str))).collect()
}

fn bounds(schema: &Value) -> (i128, i128) {
    let bound = |name: &str| schema.get(name).and_then(Value::as_i64).map(i128::from);
    let largest = match schema.get("format").and_then(Value::as_str) {
        Some("uint8") => i128::from(u8::MAX),
        Some("uint16") => i128::from(u16::MAX),
        Some("uint32") => i128::from(u32::MAX),
        _ => i128::from(i64::MAX),
    };
    (bound("minimum").unwrap_or(0), bound("maximum").unwrap_or(largest))
}

fn name(kind: &str) -> &str {
    match kind {
        "object" => "a table",
        "array" => "a list in [ ]",
        "string" => "a text in quotes",
        "integer" => "a whole number without quotes",
        "boolean" => "true or false",
        other => other,
    }
}

fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(", ")
}

/// Keys people write by habit, from other gateways or from the plural, and ours.
const RENAMED: [(&str, &str); 19] = [
    ("routes", "[[route]]"),
    ("identity_providers", "[identity_provider.NAME], or identity_provider in a route"),
    ("identity-provider", "[identity_provider.NAME]"),
    ("providers", "[identity_provider.NAME]"),
    ("passwords", "[password]"),
    ("sessions", "[session]"),
    ("code", "[codes]"),
    ("mail", "[email]"),
    ("smtp", "[email.smtp]"),
    ("base_url", "public_url"),
    ("bind", "listen"),
    ("listeners", "[[listener]]"),
    ("colors", "colours"),
    (
        "policy",
        "access, identity_provider, professions, verified_email, verified_phone and client_certificate in the route itself",
    ),
    ("backend", "upstream"),
    ("acr", "acr_minimum"),
    ("auth_request", "[forward_auth]"),
    ("ext_authz", "[forward_auth]"),
    ("client_password", "client_secret_file"),
];

/// The key that was probably meant, else all of them.
fn suggestion(key: &str, properties: Option<&Map<String, Value>>) -> String {
    let known: Vec<&str> = properties.map(|known| known.keys().map(String::as_str).collect()).unwrap_or_default();
    if let Some((_, now)) = RENAMED.iter().find(|(old, _)| *old == key) {
        return format!("did you mean {now}?");
    }
    let nearest = known.iter().map(|known| (distance(key, known), known)).min();
    match nearest {
        Some((away, near)) if away <= 1 + key.chars().count() / 4 => format!("did you mean {near}?"),
        Some(_) | None => known.join(", "),
    }
}

/// Insertions, removals and replacements between two words (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, left) in from.chars().enumerate() {
        let mut next = vec![line + 1];
        for (pair, right) in row.windows(2).zip(&to) {
            let (Some(diagonal), Some(above), Some(before)) = (pair.first(), pair.last(), next.last()) else { break };
            let step = (diagonal + usize::from(left != *right)).min(above + 1).min(before + 1);
            next.push(step);
        }
        row = next;
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_single_changes() {
        for (from, to, expected) in [("", "abc", 3), ("idel", "idle", 2), ("listn", "listen", 1), ("same", "same", 0)] {
            assert_eq!(distance(from, to), expected, "{from} {to}");
        }
    }
}
