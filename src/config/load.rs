//! From a text or a file to settings, or to every fault.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::document::Document;
use super::env::Env;
use super::fault::{Fault, Faults};
use super::file::File;
use super::settings::Settings;
use super::{check, schema, shape};

/// Reads and checks the file at `path`. Relative paths in it start from its folder.
///
/// # Errors
/// Every fault of the file at once; one fault when it cannot be read.
pub fn load(path: &Path, env: &dyn Env) -> Result<Settings, Faults> {
    let text = text_of(path)?;
    parse(&text, &path.display().to_string(), env, path.parent().unwrap_or(Path::new("")))
}

/// Checks a text. `file_name` is for the faults only; relative paths start from `base_dir`.
///
/// # Errors
/// Every fault of the text at once.
pub fn parse(text: &str, file_name: &str, env: &dyn Env, base_dir: &Path) -> Result<Settings, Faults> {
    parse_with(text, file_name, env, base_dir, |_| {})
}

/// As [`parse`], with a change made to what was read before it is checked (the demo's ports).
pub(super) fn parse_with(
    text: &str,
    file_name: &str,
    env: &dyn Env,
    base_dir: &Path,
    change: impl FnOnce(&mut File),
) -> Result<Settings, Faults> {
    read(text, file_name, &schema::schema(), change, |file, document| check::check(file, document, env, base_dir))
}

/// The text of a file; one fault when it cannot be read.
pub(super) fn text_of(path: &Path) -> Result<String, Faults> {
    std::fs::read_to_string(path).map_err(|error| {
        Faults::new(vec![Fault {
            file: path.display().to_string(),
            line: 1,
            column: 1,
            key: String::new(),
            wrong: format!("cannot be read: {error}"),
            allowed: "a TOML file in UTF-8".to_owned(),
        }])
    })
}

/// The way of every kind of file: its syntax, its shape against `schema`, then its rules by `check`.
pub(super) fn read<F: DeserializeOwned, S>(
    text: &str,
    file_name: &str,
    schema: &Value,
    change: impl FnOnce(&mut F),
    check: impl FnOnce(&F, &Document<'_>) -> Result<S, Vec<Fault>>,
) -> Result<S, Faults> {
    let mut document = Document::parse(file_name, text).map_err(Faults::new)?;
    let (misshapen, mut faults): (Vec<_>, Vec<_>) = shape::faults(&document, schema).into_iter().unzip();
    for path in &misshapen {
        document.remove(path);
    }
    let mut file: F = match document.typed() {
        Ok(file) => file,
        Err(fault) => {
            faults.push(fault);
            return Err(Faults::new(faults));
        }
    };
    change(&mut file);
    match (check(&file, &document), faults.is_empty()) {
        (Ok(settings), true) => Ok(settings),
        (Ok(_), false) => Err(Faults::new(faults)),
        (Err(more), _) => {
            // What was taken out must not be called missing as well.
            let told = |fault: &Fault| misshapen.iter().any(|path| path.to_string().starts_with(&fault.key));
            faults.extend(more.into_iter().filter(|fault| !told(fault)));
            Err(Faults::new(faults))
        }
    }
}
