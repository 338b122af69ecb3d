//! Hosts and paths in one spelling. What cannot be brought to one is refused, not guessed. Pure.

use std::borrow::Cow;

use http::uri::PathAndQuery;

/// Why a target is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Not `/path?query`.
    #[error("not a path")]
    Form,
    /// A byte that has no place in a path: control, blank, `\`, `;`, quote, non-ASCII.
    #[error("a character that is not allowed")]
    Character,
    /// `%` without two hexadecimal digits, or bytes that are not UTF-8.
    #[error("a broken percent-encoding")]
    Encoding,
    /// `%2f`, `%5c`, `%3b`, a control character, or an encoding of an encoding.
    #[error("a percent-encoding that hides a delimiter")]
    Hidden,
    /// `//`.
    #[error("an empty segment")]
    EmptySegment,
    /// `.` or `..`.
    #[error("a dot segment")]
    DotSegment,
}

/// A host as a request names it, in lower case, without a trailing dot; and its port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    text: String,
    host_length: usize,
}

impl Authority {
    /// Reads `host[:port]`.
    ///
    /// # Errors
    /// When it is anything else: user information, lists, blanks, ports that are none.
    pub fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let text = std::str::from_utf8(bytes).map_err(|_| Fault::Character)?;
        let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((address, port)) => {
                address.parse::<std::net::Ipv6Addr>().map_err(|_| Fault::Form)?;
                let host = text.get(..address.len() + 2).ok_or(Fault::Form)?;
                (host, if port.is_empty() { None } else { Some(port.strip_prefix(':').ok_or(Fault::Form)?) })
            }
            None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
        };
        let host = host.strip_suffix('.').unwrap_or(host);
        if host.is_empty()
            || !(host.starts_with('[') || host.bytes().all(is_of_a_host))
            || host.starts_with('.')
            || host.contains("..")
        {
            return Err(Fault::Character);
        }
        let mut text = String::from(host);
        text.make_ascii_lowercase();
        let host_length = text.len();
        if let Some(port) = port {
            if port.is_empty() || !port.bytes().all(|byte| byte.is_ascii_digit()) || port.parse::<u16>().is_err() {
                return Err(Fault::Form);
            }
            text.push(':');
            text.push_str(port);
        }
        Ok(Self { text, host_length })
    }

    /// The host alone.
    #[must_use]
    pub fn host(&self) -> &str {
        self.text.get(..self.host_length).unwrap_or_default()
    }

    /// The host and the port, when one was named.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// The path in its one spelling, with its query untouched.
///
/// # Errors
/// When the path could be read in two ways, by us or by what stands behind us.
pub fn normalised(target: &PathAndQuery) -> Result<PathAndQuery, Fault> {
    match path(target.path())? {
        Cow::Borrowed(_) => Ok(target.clone()),
        Cow::Owned(path) => {
            let whole = target.query().map_or_else(|| path.clone(), |query| format!("{path}?{query}"));
            PathAndQuery::try_from(whole).map_err(|_| Fault::Form)
        }
    }
}

/// Decodes unreserved characters, writes the other encodings in capitals, refuses the rest.
fn path(path: &str) -> Result<Cow<'_, str>, Fault> {
    if !path.starts_with('/') {
        return Err(Fault::Form);
    }
    if !path.bytes().all(is_plain) {
        return Err(Fault::Character);
    }
    let path = if path.contains('%') { Cow::Owned(decoded(path)?) } else { Cow::Borrowed(path) };
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        if segment.is_empty() && segments.peek().is_some() {
            return Err(Fault::EmptySegment);
        }
        if segment == "." || segment == ".." {
            return Err(Fault::DotSegment);
        }
    }
    Ok(path)
}

/// Bytes that may stand in a path as they are. `|`, `^`, `[`, `]` are what browsers leave unencoded.
fn is_plain(byte: u8) -> bool {
    // A table: every byte of every path is asked about.
    static PLAIN: [bool; 256] = letters_digits_and(b"-._~!$&'()*+,=:@/%|^[]");
    PLAIN.get(usize::from(byte)).copied().unwrap_or(false)
}

/// Bytes of a host's name.
fn is_of_a_host(byte: u8) -> bool {
    static OF_A_HOST: [bool; 256] = letters_digits_and(b"-._");
    OF_A_HOST.get(usize::from(byte)).copied().unwrap_or(false)
}

#[expect(clippy::indexing_slicing, reason = "evaluated while compiling, where an index out of bounds is an error")]
const fn letters_digits_and(more: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte as usize] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let mut place = 0;
    while place < more.len() {
        table[more[place] as usize] = true;
        place += 1;
    }
    table
}

fn decoded(path: &str) -> Result<String, Fault> {
    let mut one_spelling = String::with_capacity(path.len());
    let mut meant = Vec::with_capacity(path.len());
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            one_spelling.push(char::from(byte));
            meant.push(byte);
            continue;
        }
        let (high, low) = (hex(bytes.next())?, hex(bytes.next())?);
        let value = high << 4 | low;
        if value < 0x20 || value == 0x7f || b"/\\;".contains(&value) {
            return Err(Fault::Hidden);
        }
        if value.is_ascii_alphanumeric() || b"-._~".contains(&value) {
            one_spelling.push(char::from(value));
        } else {
            one_spelling.push('%');
            one_spelling.extend(
                [high, low]
                    .iter()
                    .filter_map(|digit| char::from_digit(u32::from(*digit), 16))
                    .map(|digit| digit.to_ascii_uppercase()),
            );
        }
        meant.push(value);
    }
    let meant = String::from_utf8(meant).map_err(|_| Fault::Encoding)?;
    if meant.chars().any(char::is_control) {
        return Err(Fault::Hidden);
    }
    // What is decoded once must not decode again: `%252e` is a dot to whoever decodes twice.
    let again = meant
        .as_bytes()
        .windows(3)
        .any(|three| matches!(three, [b'%', high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit()));
    if again { Err(Fault::Hidden) } else { Ok(one_spelling) }
}

fn hex(byte: Option<u8>) -> Result<u8, Fault> {
    let digit = byte.and_then(|byte| char::from(byte).to_digit(16)).ok_or(Fault::Encoding)?;
    u8::try_from(digit).map_err(|_| Fault::Encoding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn refused(text: &str, expected: Fault) {
        assert_eq!(path(text).unwrap_err(), expected, "{text}");
    }

    #[test]
    fn r01_r04_dots_and_empty_segments_are_refused_in_every_spelling() {
        for text in
            ["/public/../admin", "/public/%2e%2e/admin", "/.%2E/", "/./admin", "/admin/.", "/..", "/%2E", "/a/.%2e"]
        {
            refused(text, Fault::DotSegment);
        }
        for text in ["//admin", "///host/admin", "/a//b", "/a//"] {
            refused(text, Fault::EmptySegment);
        }
        for text in ["/\\admin", "/public\\..\\admin", "/a b", "/é", "/a\"b", "/<"] {
            refused(text, Fault::Character);
        }
        refused("admin", Fault::Form);
    }

    #[test]
    fn r02_r03_hidden_delimiters_are_refused() {
        for text in
            ["/a%2fb", "/a%2Fb", "/a%5cb", "/%252e%252e%252f", "/a%252fb", "/admin/%3bpage", "/%00", "/%0d%0a", "/%7f"]
        {
            refused(text, Fault::Hidden);
        }
        for text in ["/admin;x=1", "/x/..;/admin"] {
            refused(text, Fault::Character);
        }
    }

    #[test]
    fn r06_broken_encodings_are_refused() {
        for text in ["/%c0%ae", "/%ff", "/%", "/%2", "/%zz", "/a%+1"] {
            refused(text, Fault::Encoding);
        }
    }

    #[test]
    fn r05_unreserved_characters_are_decoded_before_anything_is_matched() {
        assert_eq!(path("/%61dmin").unwrap(), "/admin");
        assert_eq!(path("/a%7eb/%c3%a9%2c").unwrap(), "/a~b/%C3%A9%2C");
        assert_eq!(path("/100%25").unwrap(), "/100%25");
        assert!(matches!(path("/plain/a.b/").unwrap(), Cow::Borrowed("/plain/a.b/")));
    }

    proptest! {
        #[test]
        fn what_comes_out_is_its_own_spelling_and_never_climbs(text in "/[ -~]{0,40}") {
            if let Ok(once) = path(&text) {
                let once = once.into_owned();
                prop_assert_eq!(path(&once).unwrap(), once.as_str());
                prop_assert!(!once.contains("//") && !once.contains('\\') && !once.contains(';'));
                prop_assert!(once.split('/').all(|segment| segment != ".." && segment != "."));
            }
        }

        #[test]
        fn a_host_is_read_once_and_for_all(text in "[ -~]{0,20}") {
            if let Ok(authority) = Authority::read(text.as_bytes()) {
                let again = Authority::read(authority.as_str().as_bytes()).unwrap();
                prop_assert_eq!(again.as_str(), authority.as_str());
            }
        }
    }
}
