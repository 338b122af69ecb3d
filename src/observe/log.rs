//! Log lines: where they go, in what form, and the cleaning of what clients put in them (attack X01).
//! Must not decide what is said: each room says it once, where it is handled.

use std::borrow::Cow;
use std::io::IsTerminal as _;
use std::sync::OnceLock;

use jiff::Timestamp;
use tracing_subscriber::EnvFilter;

use super::access_writer::AccessWriter;

/// The process has one log, and so one writer of access lines; a test that sets no log up has none.
static ACCESS: OnceLock<AccessWriter> = OnceLock::new();

/// Longest text of a client in a line, in characters.
const LONGEST: usize = 512;

/// What a line looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One JSON object.
    Json,
    /// Text for a person.
    Text,
}

/// The log could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// `log.level` is not a filter.
    #[error("the log level is not one that is understood: {0}")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// The access log has no thread.
    #[error("the access log could not be started: {0}")]
    Thread(#[from] std::io::Error),
    /// It was set up before.
    #[error("the log was already set up")]
    Twice,
}

/// Sets the process's log up, on standard output: lines of JSON, or of text for a person. `level` is a filter (`info`, `guichet=debug`);
/// `now` dates the access lines.
///
/// # Errors
/// When the filter is not one, the access log's thread cannot be started, or on a second call.
pub fn install(form: Form, level: &str, now: fn() -> Timestamp) -> Result<(), LogError> {
    let filter = EnvFilter::builder().parse(level)?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(std::io::stdout().is_terminal());
    let installed = match form {
        Form::Json => lines.json().flatten_event(true).with_current_span(false).with_span_list(false).try_init(),
        Form::Text => lines.try_init(),
    };
    installed.map_err(|_| LogError::Twice)?;
    ACCESS.set(AccessWriter::start(form, now, std::io::stdout())?).map_err(|_| LogError::Twice)
}

/// Waits until the access lines of requests that are over are written, at most two seconds: for the end of the process.
pub fn flush() {
    if let Some(writer) = ACCESS.get() {
        writer.flush();
    }
}

pub(super) fn access_writer() -> Option<&'static AccessWriter> {
    ACCESS.get()
}

/// A client's text for a line: control, bidirectional and line-separating characters escaped, length capped. One line stays one line.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.len() <= LONGEST && text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Cow::Borrowed(text);
    }
    let mut cleaned = String::with_capacity(text.len().min(LONGEST) + 8);
    for (count, character) in text.chars().enumerate() {
        if count == LONGEST {
            cleaned.push('…');
            break;
        }
        if is_deceptive(character) {
            cleaned.extend(character.escape_default());
        } else {
            cleaned.push(character);
        }
    }
    Cow::Owned(cleaned)
}

fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x01_what_a_client_sends_stays_one_short_line() {
        assert_eq!(clean("/dossier"), "/dossier");
        assert_eq!(clean("a\r\n2026 INFO forged"), "a\\r\\n2026 INFO forged");
        assert_eq!(clean("\u{1b}[2Jx"), "\\u{1b}[2Jx");
        assert_eq!(clean("a\0\u{202e}b\u{2028}"), "a\\u{0}\\u{202e}b\\u{2028}");
        assert_eq!(clean("Zoë"), "Zoë");
        assert!(clean(&"é".repeat(1_000_000)).chars().count() <= LONGEST + 1);
    }
}
