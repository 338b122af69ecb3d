//! The text of a configuration and the place of each key in it, so that a fault found late still names its line.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::de::{DeTable, DeValue};

use super::fault::{Fault, KeyPath, Segment};

/// A TOML text, parsed.
pub(super) struct Document<'t> {
    name: &'t str,
    text: &'t str,
    root: DeValue<'t>,
}

impl<'t> Document<'t> {
    /// Parses `text`; every syntax fault at once.
    pub(super) fn parse(name: &'t str, text: &'t str) -> Result<Self, Vec<Fault>> {
        let (table, errors) = DeTable::parse_recoverable(text);
        let document = Self { name, text, root: DeValue::Table(table.into_inner()) };
        if errors.is_empty() {
            return Ok(document);
        }
        Err(errors
            .iter()
            .map(|error| {
                // Only the message: the excerpt of the text could hold a secret.
                let place = error.span().map_or((1, 1), |span| document.position(span.start));
                document.at(place, "", format!("this is not TOML: {}", error.message()), "")
            })
            .collect())
    }

    /// The top table as a value.
    pub(super) fn root(&self) -> &DeValue<'t> {
        &self.root
    }

    /// The typed file; its shape was checked before, so that this fails only on what a shape cannot say.
    pub(super) fn typed<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        let table = self.root.as_table().cloned().unwrap_or_default();
        let table = toml::Spanned::new(0..self.text.len(), table);
        serde_path_to_error::deserialize(toml::de::Deserializer::from(table)).map_err(|error| {
            let place = error.inner().span().map_or((1, 1), |span| self.position(span.start));
            self.at(place, &error.path().to_string(), "has a value that cannot be read", "")
        })
    }

    /// Takes out the value at `path`, so that the rest can still be checked; of an array, the whole array.
    pub(super) fn remove(&mut self, path: &KeyPath) {
        remove(&mut self.root, path.segments());
    }

    /// A fault about the key at `path`.
    pub(super) fn fault(&self, path: &KeyPath, wrong: impl Into<String>, allowed: impl Into<String>) -> Fault {
        self.at(self.place(path), &path.to_string(), wrong, allowed)
    }

    fn at(
        &self,
        (line, column): (usize, usize),
        key: &str,
        wrong: impl Into<String>,
        allowed: impl Into<String>,
    ) -> Fault {
        Fault {
            file: self.name.to_owned(),
            line,
            column,
            key: key.to_owned(),
            wrong: wrong.into(),
            allowed: allowed.into(),
        }
    }

    /// Line and column of the key at `path`, or of its nearest table that is in the file.
    fn place(&self, path: &KeyPath) -> (usize, usize) {
        let mut value = &self.root;
        let mut best: Option<Range<usize>> = None;
        for segment in path.segments() {
            let next = match (value, segment) {
                (DeValue::Table(table), Segment::Key(key)) => {
                    table.get_key_value(key.as_str()).map(|(key, value)| (span_of_key(key.span(), value), value))
                }
                (DeValue::Array(array), Segment::Index(index)) => array.get(*index).map(|value| (value.span(), value)),
                (
                    DeValue::Table(_)
                    | DeValue::Array(_)
                    | DeValue::String(_)
                    | DeValue::Integer(_)
                    | DeValue::Float(_)
                    | DeValue::Boolean(_)
                    | DeValue::Datetime(_),
                    Segment::Key(_) | Segment::Index(_),
                ) => None,
            };
            let Some((span, next)) = next else { break };
            best = Some(span);
            value = next.get_ref();
        }
        best.map_or((1, 1), |span| self.position(span.start))
    }

    fn position(&self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (line, column)
    }
}

/// A table's header is where a person looks; of `key = value` it is the key.
fn span_of_key(key: Range<usize>, value: &toml::Spanned<DeValue<'_>>) -> Range<usize> {
    if value.get_ref().is_table() && value.span().start < key.start { value.span() } else { key }
}

fn remove(value: &mut DeValue<'_>, path: &[Segment]) {
    match (value, path) {
        (DeValue::Table(table), [Segment::Key(key), rest @ ..]) => match rest {
            [] | [Segment::Index(_)] => {
                table.remove(key.as_str());
            }
            [_, ..] => {
                if let Some(next) = table.get_mut(key.as_str()) {
                    remove(next.get_mut(), rest);
                }
            }
        },
        (DeValue::Array(array), [Segment::Index(place), rest @ ..]) => {
            if let Some(next) = array.get_mut(*place) {
                remove(next.get_mut(), rest);
            }
        }
        // The path was made by walking this very document.
        (_, _) => {}
    }
}
