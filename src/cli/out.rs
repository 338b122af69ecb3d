//! The one place that writes to the terminal. Texts of people never steer it: what does not print is shown as �.

use std::io::{ErrorKind, Result, Write};

use serde::Serialize;

/// Standard output and standard error, or what stands for them in a test.
pub(super) struct Out<'a> {
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
}

impl<'a> Out<'a> {
    /// Answers go to `out`, notes and faults to `err`.
    pub(super) fn new(out: &'a mut dyn Write, err: &'a mut dyn Write) -> Self {
        Self { out, err }
    }

    /// One line of the answer.
    pub(super) fn line(&mut self, text: &str) -> Result<()> {
        writeln!(self.out, "{}", printable(text))
    }

    /// One line beside the answer.
    pub(super) fn note(&mut self, text: &str) -> Result<()> {
        for line in text.lines() {
            writeln!(self.err, "{}", printable(line))?;
        }
        Ok(())
    }

    /// The answer as one JSON value.
    pub(super) fn json(&mut self, value: &impl Serialize) -> anyhow::Result<()> {
        Ok(writeln!(self.out, "{}", serde_json::to_string_pretty(value)?)?)
    }

    /// For an answer that is written as it comes.
    pub(super) fn raw(&mut self) -> &mut dyn Write {
        self.out
    }
}

/// Whoever read the answer has seen enough (`guichet accounts list | head`).
pub(super) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<std::io::Error>();
        io.is_some_and(|io| io.kind() == ErrorKind::BrokenPipe)
    })
}

fn printable(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        Out::new(&mut out, &mut err).line("MARTIN\u{1b}[2J\r\nadmin").unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "MARTIN\u{fffd}[2J\u{fffd}\u{fffd}admin\n");
    }
}
