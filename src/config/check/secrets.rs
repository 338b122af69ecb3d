//! Secrets: from a file or the environment, in one way only, long enough, and not an example's.

use super::Check;
use super::files::too_open;
use crate::config::fault::KeyPath;
use crate::config::file::texts::SecretText;
use crate::config::secret::Secret;

/// Fewer characters are guessed.
const SHORTEST: usize = 8;

/// Secrets of documentation and habit, lower case.
const EXAMPLES: [&str; 14] = [
    "changeme",
    "change-me",
    "change_me",
    "changemenow",
    "password",
    "motdepasse",
    "secretsecret",
    "12345678",
    "123456789",
    "1234567890",
    "your-secret",
    "your-client-secret",
    "client-secret",
    "placeholder",
];

/// The three ways a secret may be given.
pub(super) struct Ways<'a> {
    pub(super) inline: Option<&'a SecretText>,
    pub(super) file: Option<&'a String>,
    pub(super) env: Option<&'a String>,
}

impl Check<'_> {
    /// The secret `name` of `table`; `None` when it is not given, or wrong (then a fault was noted).
    pub(super) fn secret(&mut self, table: &KeyPath, name: &str, ways: &Ways<'_>, needed: bool) -> Option<Secret> {
        let (key, in_file, in_env) =
            (table.key(name), table.key(&format!("{name}_file")), table.key(&format!("{name}_env")));
        let allowed = format!("{name}_file = \"path\" or {name}_env = \"VARIABLE\"");
        match (ways.inline, ways.file, ways.env) {
            (None, None, None) => {
                if needed {
                    self.fault(&key, "is missing", allowed);
                }
                None
            }
            (Some(inline), None, None) => {
                if !self.development {
                    self.fault(&key, "a secret may not stand in this file", allowed);
                    return None;
                }
                self.judged(&key, &inline.0)
            }
            (None, Some(file), None) => {
                let path = self.path(file);
                if let Some(open) = too_open(&path).filter(|_| !self.development) {
                    self.fault(&in_file, open, "mode 0600, or 0640 for a group");
                    return None;
                }
                match std::fs::read_to_string(&path) {
                    Ok(text) => self.judged(&in_file, text.trim_end_matches(['\n', '\r'])),
                    Err(error) => {
                        self.fault(
                            &in_file,
                            format!("{:?} cannot be read: {error}", path.display().to_string()),
                            "a readable file in UTF-8",
                        );
                        None
                    }
                }
            }
            (None, None, Some(variable)) => match self.env.var(variable) {
                Some(text) => self.judged(&in_env, text.trim_end_matches(['\n', '\r'])),
                None => {
                    self.fault(
                        &in_env,
                        format!("the environment has no {variable}"),
                        "the name of a variable that is set",
                    );
                    None
                }
            },
            (Some(_), Some(_), _) | (Some(_), _, Some(_)) | (_, Some(_), Some(_)) => {
                self.fault(&key, "is given in more than one way", format!("one of {allowed}"));
                None
            }
        }
    }

    fn judged(&mut self, path: &KeyPath, text: &str) -> Option<Secret> {
        let length = text.chars().count();
        let wrong = if length < SHORTEST {
            Some(format!("the secret has {length} characters"))
        } else if text.chars().any(char::is_control) {
            Some("the secret holds a line break or another control character".to_owned())
        } else if !self.development && is_example(text) {
            Some("the secret is one that everybody tries first".to_owned())
        } else {
            None
        };
        if let Some(wrong) = wrong {
            self.fault(path, wrong, format!("a secret of its own, on one line, at least {SHORTEST} characters"));
            return None;
        }
        Some(Secret::new(text.to_owned()))
    }
}

fn is_example(text: &str) -> bool {
    let lower = text.to_lowercase();
    let mut characters = lower.chars();
    let first = characters.next();
    EXAMPLES.contains(&lower.as_str())
        || lower.contains("changeme")
        || lower.contains("example")
        || lower.contains("${")
        || characters.all(|character| Some(character) == first)
}
