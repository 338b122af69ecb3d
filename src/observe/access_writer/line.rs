//! Access lines in words, in the form of the other lines of the log. Every request pays for its line: pieces are put side by side, without
//! the machinery of `write!`.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Entry;
use crate::observe::log::{Form, clean};

/// Lines gathered to be written at once.
#[derive(Debug)]
pub(super) struct Lines {
    form: Form,
    text: Vec<u8>,
    /// The last second that was put into words, and its words.
    second: (i64, String),
}

impl Lines {
    /// No line yet.
    pub(super) fn new(form: Form) -> Self {
        Self { form, text: Vec::new(), second: (i64::MIN, String::new()) }
    }

    /// What was gathered.
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Begins anew.
    pub(super) fn clear(&mut self) {
        self.text.clear();
    }

    /// Adds the line of a request that ended `at`.
    pub(super) fn add(&mut self, entry: &Entry, at: Timestamp) {
        match self.form {
            Form::Json => self.json(entry, at),
            Form::Text => self.plain(entry, at),
        }
    }

    fn json(&mut self, entry: &Entry, at: Timestamp) {
        self.put("{\"timestamp\":\"");
        self.time(at);
        self.put("\",\"level\":\"INFO\",\"message\":\"request\",\"request.id\":\"");
        self.text.extend_from_slice(&entry.request_id.hex());
        self.put("\",\"client.address\":\"");
        entry.client.write(&mut self.text);
        self.put("\",\"http.method\":\"");
        self.put(entry.method.as_str());
        self.put("\",\"url.path\":");
        self.quoted(&clean(&entry.path));
        if let Some(status) = entry.status {
            self.put(",\"http.status\":");
            self.put(status.as_str());
        }
        self.put(",\"route.name\":\"");
        self.put(entry.meters.name());
        self.put("\"");
        if let Some(sid) = &entry.sid {
            self.put(",\"session.sid\":\"");
            self.put(sid);
            self.put("\"");
        }
        if let Some(status) = entry.upstream_status {
            self.put(",\"upstream.status\":");
            self.put(status.as_str());
        }
        if let Some(refusal) = entry.refusal {
            self.put(",\"refusal\":\"");
            self.put(refusal);
            self.put("\"");
        }
        self.put(",\"http.response_bytes\":");
        self.number(entry.response_bytes);
        self.put(",\"http.complete\":");
        self.put(if entry.complete { "true" } else { "false" });
        self.put(",\"duration_ms\":");
        self.milliseconds(entry);
        self.put(",\"target\":\"guichet::access\"}\n");
    }

    fn plain(&mut self, entry: &Entry, at: Timestamp) {
        self.time(at);
        self.put("  INFO guichet::access: request request.id=");
        self.text.extend_from_slice(&entry.request_id.hex());
        self.put(" client.address=");
        entry.client.write(&mut self.text);
        self.put(" http.method=");
        self.put(entry.method.as_str());
        self.put(" url.path=");
        self.put(&clean(&entry.path));
        if let Some(status) = entry.status {
            self.put(" http.status=");
            self.put(status.as_str());
        }
        self.put(" route.name=");
        self.put(entry.meters.name());
        if let Some(sid) = &entry.sid {
            self.put(" session.sid=");
            self.put(sid);
        }
        if let Some(status) = entry.upstream_status {
            self.put(" upstream.status=");
            self.put(status.as_str());
        }
        if let Some(refusal) = entry.refusal {
            self.put(" refusal=");
            self.put(refusal);
        }
        self.put(" http.response_bytes=");
        self.number(entry.response_bytes);
        self.put(" http.complete=");
        self.put(if entry.complete { "true" } else { "false" });
        self.put(" duration_ms=");
        self.milliseconds(entry);
        self.put("\n");
    }

    fn put(&mut self, text: &str) {
        self.text.extend_from_slice(text.as_bytes());
    }

    /// A JSON string.
    fn quoted(&mut self, text: &str) {
        if text.bytes().all(|byte| (0x20..0x7f).contains(&byte) && byte != b'"' && byte != b'\\') {
            self.put("\"");
            self.put(text);
            self.put("\"");
        } else {
            // Writing to a vector cannot fail.
            let _ = serde_json::to_writer(&mut self.text, text);
        }
    }

    fn number(&mut self, number: u64) {
        self.put(itoa::Buffer::new().format(number));
    }

    /// With two decimals.
    fn milliseconds(&mut self, entry: &Entry) {
        let hundredths = u64::try_from((entry.elapsed.as_micros() + 5) / 10).unwrap_or(u64::MAX);
        self.number(hundredths / 100);
        self.put(".");
        self.padded(hundredths % 100, 2);
    }

    /// RFC 3339 with six decimals, in UTC; lines of one second share their first words.
    fn time(&mut self, at: Timestamp) {
        let second = at.as_second();
        if self.second.0 != second {
            let words = at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S.").to_string();
            self.second = (second, words);
        }
        self.text.extend_from_slice(self.second.1.as_bytes());
        self.padded(u64::try_from(at.subsec_microsecond()).unwrap_or(0), 6);
        self.put("Z");
    }

    /// `number` with zeros in front, `digits` in all.
    fn padded(&mut self, number: u64, digits: usize) {
        let mut written = itoa::Buffer::new();
        let written = written.format(number);
        self.text.extend(std::iter::repeat_n(b'0', digits.saturating_sub(written.len())));
        self.put(written);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_they_are_displayed() {
        for text in
            ["2026-11-23T20:15:07Z", "2026-11-23T20:15:07.000042Z", "2026-11-23T20:15:08.9Z", "1970-01-01T00:00:00Z"]
        {
            let at: Timestamp = text.parse().unwrap();
            let mut lines = Lines::new(Form::Text);
            lines.time(at);
            assert_eq!(std::str::from_utf8(lines.text()).unwrap(), format!("{at:.6}"));
        }
    }
}
