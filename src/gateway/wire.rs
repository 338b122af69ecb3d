//! A second pair of eyes on the bytes of an HTTP/1 connection, for what the parser repairs in silence.
//!
//! hyper 1.12 drops `Content-Length` beside `Transfer-Encoding`, merges equal lengths, cuts `#…` off the target and takes a bare LF as a line's
//! end. Each of these is one meaning here and another elsewhere (attacks H01, H02, H08, R08). This scanner only ever refuses: the meaning stays
//! hyper's. It keeps one line in memory, never a body.

use memchr::{memchr, memchr2};

/// Where in the stream the next byte belongs.
#[derive(Debug)]
enum Place {
    /// In a request line (or the empty lines before it).
    RequestLine,
    /// In a header line.
    Header,
    /// In a body of known length.
    Body(u64),
    /// In the line that announces a chunk.
    ChunkLine,
    /// In a chunk.
    Chunk(u64),
    /// In the line end after a chunk.
    ChunkEnd,
    /// In a trailer line.
    Trailer,
    /// HTTP/2, a tunnel, or something hyper will refuse: nothing more to say.
    Done,
}

/// The scanner of one connection.
#[derive(Debug)]
pub struct Scanner {
    place: Place,
    line: Vec<u8>,
    longest_line: usize,
    lengths: u32,
    encodings: u32,
    length: u64,
}

/// The bytes have two meanings; the connection must answer 400 and close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the request has more than one meaning")]
pub struct TwoMeanings;

impl Scanner {
    /// A scanner at the start of a connection; a line longer than `longest_line` bytes is left to the parser's own limit.
    #[must_use]
    pub fn new(longest_line: usize) -> Self {
        Self { place: Place::RequestLine, line: Vec::new(), longest_line, lengths: 0, encodings: 0, length: 0 }
    }

    /// Reads the next bytes of the connection.
    ///
    /// # Errors
    /// At the first ambiguity; nothing is read after it.
    pub fn feed(&mut self, mut bytes: &[u8]) -> Result<(), TwoMeanings> {
        while !bytes.is_empty() {
            match &mut self.place {
                Place::Done => return Ok(()),
                Place::Body(left) => {
                    bytes = skip(bytes, left);
                    if *left == 0 {
                        self.place = Place::RequestLine;
                    }
                }
                Place::Chunk(left) => {
                    bytes = skip(bytes, left);
                    if *left == 0 {
                        self.place = Place::ChunkEnd;
                    }
                }
                Place::RequestLine | Place::Header | Place::ChunkLine | Place::ChunkEnd | Place::Trailer => {
                    let end = memchr(b'\n', bytes);
                    let (part, rest) =
                        bytes.split_at_checked(end.map_or(bytes.len(), |end| end + 1)).unwrap_or((bytes, &[]));
                    if self.line.len() + part.len() > self.longest_line {
                        self.place = Place::Done;
                        return Err(TwoMeanings);
                    }
                    bytes = rest;
                    if end.is_none() {
                        self.line.extend_from_slice(part);
                        continue;
                    }
                    let judged = if self.line.is_empty() {
                        self.line_ended(part)
                    } else {
                        let mut line = std::mem::take(&mut self.line);
                        line.extend_from_slice(part);
                        self.line_ended(&line)
                    };
                    if judged.is_err() {
                        self.place = Place::Done;
                        return judged;
                    }
                }
            }
        }
        Ok(())
    }

    fn line_ended(&mut self, line: &[u8]) -> Result<(), TwoMeanings> {
        let line = line.strip_suffix(b"\r\n").ok_or(TwoMeanings)?;
        if memchr2(b'\r', 0, line).is_some() {
            return Err(TwoMeanings);
        }
        match self.place {
            Place::RequestLine => self.request_line(line),
            Place::Header => self.header(line),
            Place::ChunkLine => self.chunk_line(line),
            Place::ChunkEnd => {
                self.place = Place::ChunkLine;
                if line.is_empty() { Ok(()) } else { Err(TwoMeanings) }
            }
            Place::Trailer => {
                if line.is_empty() {
                    self.place = Place::RequestLine;
                }
                Ok(())
            }
            Place::Body(_) | Place::Chunk(_) | Place::Done => Ok(()),
        }
    }

    fn request_line(&mut self, line: &[u8]) -> Result<(), TwoMeanings> {
        if line == b"PRI * HTTP/2.0" {
            self.place = Place::Done;
        } else if !line.is_empty() {
            if memchr(b'#', line).is_some() {
                return Err(TwoMeanings);
            }
            (self.lengths, self.encodings, self.length) = (0, 0, 0);
            self.place = Place::Header;
        }
        Ok(())
    }

    fn header(&mut self, line: &[u8]) -> Result<(), TwoMeanings> {
        if line.is_empty() {
            return self.head_ended();
        }
        let colon = memchr(b':', line).ok_or(TwoMeanings)?;
        let (name, value) = line.split_at_checked(colon).ok_or(TwoMeanings)?;
        if name.is_empty() || name.iter().any(|byte| byte.is_ascii_whitespace()) {
            return Err(TwoMeanings);
        }
        if name.eq_ignore_ascii_case(b"content-length") {
            self.lengths += 1;
            let digits = value.get(1..).unwrap_or_default().trim_ascii();
            self.length = decimal(digits).ok_or(TwoMeanings)?;
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.encodings += 1;
        }
        Ok(())
    }

    fn head_ended(&mut self) -> Result<(), TwoMeanings> {
        if self.lengths + self.encodings > 1 {
            return Err(TwoMeanings);
        }
        self.place = match (self.encodings, self.length) {
            (0, 0) => Place::RequestLine,
            (0, length) => Place::Body(length),
            (_, _) => Place::ChunkLine,
        };
        Ok(())
    }

    fn chunk_line(&mut self, line: &[u8]) -> Result<(), TwoMeanings> {
        let size = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii_end();
        if size.is_empty() || size.len() > 16 || !size.iter().all(u8::is_ascii_hexdigit) {
            return Err(TwoMeanings);
        }
        let text = std::str::from_utf8(size).map_err(|_| TwoMeanings)?;
        self.place = match u64::from_str_radix(text, 16).map_err(|_| TwoMeanings)? {
            0 => Place::Trailer,
            size => Place::Chunk(size),
        };
        Ok(())
    }
}

/// Digits only: no sign, no space, no list, nothing above 64 bits.
fn decimal(digits: &[u8]) -> Option<u64> {
    let plain = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    plain.then(|| std::str::from_utf8(digits).ok()?.parse().ok()).flatten()
}

fn skip<'a>(bytes: &'a [u8], left: &mut u64) -> &'a [u8] {
    let here = u64::try_from(bytes.len()).unwrap_or(u64::MAX).min(*left);
    *left -= here;
    bytes.get(usize::try_from(here).unwrap_or(usize::MAX)..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The verdict on `text`, the same however the bytes are cut.
    #[track_caller]
    fn verdict(text: &str) -> Result<(), TwoMeanings> {
        let whole = Scanner::new(8_192).feed(text.as_bytes());
        for size in [1, 2, 3, 7] {
            let mut scanner = Scanner::new(8_192);
            let cut = text.as_bytes().chunks(size).try_for_each(|part| scanner.feed(part));
            assert_eq!(cut, whole, "cut by {size}: {text:?}");
        }
        whole
    }

    #[test]
    fn plain_requests_follow_one_another() {
        let text = "GET /a?b HTTP/1.1\r\nHost: x\r\n\r\n\r\nPOST / HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n\r\nGET /# a\r\n\r\nb\
                    POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\n#\r\n\r\n\r\n0\r\nT: #\r\n\r\nGET / HTTP/1.1\r\n\r\n";
        assert_eq!(verdict(text), Ok(()));
    }

    #[test]
    fn h01_h02_h03_two_framings_are_refused() {
        for head in [
            "Content-Length: 3\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: chunked\r\nContent-Length: 3",
            "Content-Length: 3\r\nContent-Length: 3",
            "Content-Length: 3\r\nContent-Length: 4",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            "Content-Length: 5, 6",
            "Content-Length: +5",
            "Content-Length: -1",
            "Content-Length: 0x5",
            "Content-Length: 5 5",
            "Content-Length:",
            "Content-Length: 99999999999999999999",
        ] {
            assert_eq!(verdict(&format!("POST / HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n")), Err(TwoMeanings), "{head}");
        }
    }

    #[test]
    fn h05_chunks_of_two_meanings_are_refused() {
        for chunks in [
            "11111111111111111\r\n",
            "+5\r\n",
            "0x5\r\n",
            "5_0\r\n",
            "5\nabcde\r\n",
            "5;a\nb\r\n",
            "5;a\rb\r\n",
            "1\r\nab\r\n",
            "\r\n",
        ] {
            let text = format!("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}");
            assert_eq!(verdict(&text), Err(TwoMeanings), "{chunks:?}");
        }
    }

    #[test]
    fn h08_r08_bare_line_ends_folds_and_fragments_are_refused() {
        for text in [
            "GET / HTTP/1.1\nHost: x\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\rA: b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost : x\r\n\r\n",
            "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n",
            "GET / HTTP/1.1\r\nno colon\r\n\r\n",
            "GET / HTTP/1.1\r\nA: b\0\r\n\r\n",
            "GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n",
        ] {
            assert_eq!(verdict(text), Err(TwoMeanings), "{text:?}");
        }
    }

    #[test]
    fn http2_is_left_to_its_own_parser() {
        assert_eq!(verdict("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n#\n#\0"), Ok(()));
    }
}
