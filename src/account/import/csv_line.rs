//! One CSV row as text: its separator, whether a quote is still open, and its fields.

/// `;` or `,`, whichever the header holds more of; French spreadsheets write `;`.
pub(super) fn separator(header: &str) -> u8 {
    if header.matches(',').count() > header.matches(';').count() { b',' } else { b';' }
}

/// Whether a quoted field is still open at the end of the text, so that the row goes on in the next line.
pub(super) fn is_open(text: &[u8], separator: u8) -> bool {
    let (mut quoted, mut field_begins) = (false, true);
    for byte in text {
        match byte {
            b'"' if quoted => quoted = false,
            // A quote opens a field, or comes again as the second of a doubled one; inside plain text it means itself.
            b'"' if field_begins => quoted = true,
            _ if quoted => continue,
            _ => {}
        }
        // Right after a closing quote another one reopens (it was doubled).
        field_begins = *byte == separator || *byte == b'"' || *byte == b'\n';
    }
    quoted
}

/// The fields of a row; `None` when the row makes no sense.
pub(super) fn fields(text: &str, separator: u8) -> Option<Vec<String>> {
    let mut rows = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .buffer_capacity(text.len().max(64))
        .from_reader(text.as_bytes());
    let row = rows.records().next()?.ok()?;
    Some(row.iter().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_quotes_are_seen() {
        for (text, open) in [
            ("a;b", false),
            ("a;\"b", true),
            ("a;\"b\"", false),
            ("a;\"b \"\"c\"\"\"", false),
            ("a;\"b \"\"", true),
            ("Cabinet \"Le Pin\";b", false),
            ("12\" de large;b", false),
            ("\"a;b\nc", true),
        ] {
            assert_eq!(is_open(text.as_bytes(), b';'), open, "{text}");
        }
    }

    #[test]
    fn fields_are_split_as_spreadsheets_write_them() {
        assert_eq!(fields("a;\"b;\"\"c\"\"\";", b';'), Some(vec!["a".to_owned(), "b;\"c\"".to_owned(), String::new()]));
        assert_eq!(separator("a,b,c;d"), b',');
        assert_eq!(separator("a;b"), b';');
        assert_eq!(separator("identifier"), b';');
    }
}
