//! Templates, ours or the administrator's: a strict, escaping, bounded minijinja environment.
//! Knows no page and no sentence; given a name and a context, returns text.

use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior};
use rust_embed::RustEmbed;
use serde::Serialize;

/// Instructions one page may run: the largest of ours needs a tenth of it.
const FUEL: u64 = 500_000;

/// Our own files, inside the binary.
#[derive(RustEmbed)]
#[folder = "src/templates/html"]
struct Shipped;

/// A template could not be found, read or filled.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The file is wrong, or the context lacks what it asks for.
    #[error("template {name} could not be filled: {source}")]
    Render {
        /// File name.
        name: String,
        /// What the engine says, with its causes.
        source: Error,
    },
    /// The folder of the configuration is not there.
    #[error("the template folder {0} is not a folder")]
    Folder(PathBuf),
}

/// A loaded environment; cheap to share behind an `Arc`.
#[derive(Debug)]
pub struct Templates {
    environment: Environment<'static>,
}

impl Templates {
    /// Our files, each replaced by the file of the same name in `folder` when there is one.
    ///
    /// # Errors
    /// The folder was named and does not exist.
    pub fn load(folder: Option<&Path>) -> Result<Self, TemplateError> {
        if let Some(folder) = folder
            && !folder.is_dir()
        {
            return Err(TemplateError::Folder(folder.to_owned()));
        }
        let folder = folder.map(Path::to_owned);
        let mut environment = Environment::new();
        // The default callback knows three extensions; an administrator's file may have any.
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        environment.set_syntax(
            SyntaxConfig::builder()
                .trim_blocks(true)
                .lstrip_blocks(true)
                .build()
                .map_err(|source| TemplateError::Render { name: "(syntax)".to_owned(), source })?,
        );
        environment.set_loader(move |name| source(folder.as_deref(), name));
        Ok(Self { environment })
    }

    /// Fills `name` (`sign_in.html`) with `context`.
    ///
    /// # Errors
    /// The template is missing or wrong, asks for a value the context lacks, or runs too long.
    pub fn render<C: Serialize>(&self, name: &str, context: &C) -> Result<String, TemplateError> {
        self.environment
            .get_template(name)
            .and_then(|template| template.render(Serde(context)))
            .map_err(|source| TemplateError::Render { name: name.to_owned(), source })
    }

    /// Compiles every shipped name, so that a broken override is told at start rather than to a person.
    ///
    /// # Errors
    /// The first template that does not compile.
    pub fn check(&self) -> Result<(), TemplateError> {
        for name in Self::names() {
            self.environment
                .get_template(&name)
                .map_err(|source| TemplateError::Render { name: name.clone(), source })?;
        }
        Ok(())
    }

    /// Names of our files.
    #[must_use]
    pub fn names() -> Vec<String> {
        let mut names: Vec<String> = Shipped::iter().map(|name| name.to_string()).collect();
        names.sort();
        names
    }
}

/// The administrator's file first, then ours.
fn source(folder: Option<&Path>, name: &str) -> Result<Option<String>, Error> {
    if !is_plain(name) {
        return Ok(None);
    }
    if let Some(folder) = folder {
        match std::fs::read_to_string(folder.join(name)) {
            Ok(text) => return Ok(Some(text)),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => {
                return Err(
                    Error::new(minijinja::ErrorKind::TemplateNotFound, "the file could not be read").with_source(error)
                );
            }
        }
    }
    Ok(Shipped::get(name).and_then(|file| String::from_utf8(file.data.into_owned()).ok()))
}

/// A file name without any folder: names come from our code and from `include`s, never from a client, and still.
fn is_plain(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn folder_with(name: &str, text: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), text).unwrap();
        folder
    }

    #[test]
    fn every_shipped_template_compiles() {
        Templates::load(None).unwrap().check().unwrap();
    }

    #[test]
    fn no_shipped_template_turns_escaping_off() {
        for name in Templates::names() {
            let file = Shipped::get(&name).unwrap();
            let text = String::from_utf8(file.data.into_owned()).unwrap();
            let spaceless: String = text.split_whitespace().collect();
            assert!(!spaceless.contains("|safe"), "{name} uses the safe filter");
            assert!(!spaceless.contains("autoescape"), "{name} changes escaping");
        }
    }

    #[test]
    fn text_is_escaped_whatever_the_extension() {
        for name in ["page.html", "page.txt", "page"] {
            let folder = folder_with(name, "{{ typed }}");
            let templates = Templates::load(Some(folder.path())).unwrap();
            let page = templates.render(name, &BTreeMap::from([("typed", "<script>")])).unwrap();
            assert_eq!(page, "&lt;script&gt;");
        }
    }

    #[test]
    fn a_value_that_is_not_there_is_an_error_and_not_an_empty_space() {
        let folder = folder_with("page.html", "{{ nothing }}");
        let templates = Templates::load(Some(folder.path())).unwrap();
        assert!(templates.render("page.html", &BTreeMap::<&str, &str>::new()).is_err());
    }

    #[test]
    fn an_endless_template_stops() {
        let folder =
            folder_with("page.html", "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}");
        let templates = Templates::load(Some(folder.path())).unwrap();
        assert!(templates.render("page.html", &BTreeMap::<&str, &str>::new()).is_err());
    }

    #[test]
    fn a_template_name_never_leaves_its_folder() {
        let folder = folder_with("page.html", "inside");
        let nested = folder.path().join("nested");
        std::fs::create_dir(&nested).unwrap();
        let templates = Templates::load(Some(&nested)).unwrap();
        for name in ["../page.html", "/etc/passwd", "a/../../page.html", ""] {
            assert!(templates.render(name, &BTreeMap::<&str, &str>::new()).is_err(), "{name}");
        }
    }

    #[test]
    fn a_folder_that_does_not_exist_is_told_at_once() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Templates::load(Some(&folder.path().join("absent"))).is_err());
    }
}
