//! The rows of an import file, one at a time: memory does not grow with the file, and no row stops the next.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, Read as _};

use super::csv_line;
use super::row::{COLUMNS, ImportRow, RowFault};

/// Longest row; far above any person.
const LONGEST: usize = 64 * 1_024;

/// Why a file cannot be imported at all.
#[derive(Debug, thiserror::Error)]
pub enum ImportFault {
    /// It could not be read.
    #[error("the file could not be read")]
    Unreadable(#[from] std::io::Error),
    /// It is empty.
    #[error("the file is empty")]
    Empty,
    /// The header is not UTF-8, or makes no sense.
    #[error("the header row cannot be read; the file must be UTF-8")]
    Header,
    /// A column that is not known: probably misspelt, and ignoring it would lose data.
    #[error("the header names an unknown column, number {0}")]
    UnknownColumn(usize),
    /// A column named twice.
    #[error("the header names the column {0} twice")]
    ColumnTwice(&'static str),
    /// No `identifier`.
    #[error("the header has no column named identifier")]
    NoIdentifier,
}

#[derive(Debug)]
enum Format {
    Csv { separator: u8, columns: Vec<&'static str> },
    JsonLines,
}

/// Yields `(line, row)`; lines are counted from 1, blank ones are skipped.
#[derive(Debug)]
pub struct ImportReader<R> {
    source: R,
    /// Lines read ahead for a quote that was never closed.
    pending: VecDeque<Line>,
    format: Format,
    allow_unsalted: bool,
    line: u64,
    over: bool,
}

/// A physical line without its end; `None` when it was too long to keep.
type Line = Option<Vec<u8>>;

impl<R: BufRead> ImportReader<R> {
    /// Tells CSV from JSON Lines by the first character, and reads the header of a CSV file.
    ///
    /// # Errors
    /// One of [`ImportFault`].
    pub fn new(source: R, allow_unsalted: bool) -> Result<Self, ImportFault> {
        let mut reader =
            Self { source, pending: VecDeque::new(), format: Format::JsonLines, allow_unsalted, line: 0, over: false };
        let mut first = loop {
            let line = reader.next_line()?.ok_or(ImportFault::Empty)?.ok_or(ImportFault::Header)?;
            let line = line.strip_prefix(b"\xef\xbb\xbf").map(<[u8]>::to_vec).unwrap_or(line);
            if !is_blank(&line) {
                break line;
            }
        };
        if first.trim_ascii_start().starts_with(b"{") {
            reader.line -= 1;
            reader.pending.push_front(Some(std::mem::take(&mut first)));
            return Ok(reader);
        }
        let header = String::from_utf8(first).map_err(|_| ImportFault::Header)?;
        let separator = csv_line::separator(&header);
        let names = csv_line::fields(&header, separator).ok_or(ImportFault::Header)?;
        reader.format = Format::Csv { separator, columns: columns(&names)? };
        Ok(reader)
    }

    /// The next physical line. What exceeds the longest is read past, not kept.
    fn next_line(&mut self) -> std::io::Result<Option<Line>> {
        self.line += 1;
        if let Some(line) = self.pending.pop_front() {
            return Ok(Some(line));
        }
        let mut line = Vec::new();
        let bound = u64::try_from(LONGEST).unwrap_or(u64::MAX);
        if self.source.by_ref().take(bound).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        if line.last() != Some(&b'\n') && line.len() == LONGEST {
            self.skip_line()?;
            return Ok(Some(None));
        }
        while matches!(line.last(), Some(b'\n' | b'\r')) {
            line.pop();
        }
        Ok(Some(Some(line)))
    }

    fn skip_line(&mut self) -> std::io::Result<()> {
        loop {
            let buffer = self.source.fill_buf()?;
            let (read, end) = match buffer.iter().position(|byte| *byte == b'\n') {
                Some(at) => (at + 1, true),
                None => (buffer.len(), buffer.is_empty()),
            };
            self.source.consume(read);
            if end {
                return Ok(());
            }
        }
    }

    /// The bytes of a row, which in CSV may span lines.
    fn next_row(&mut self) -> std::io::Result<Option<Result<Vec<u8>, RowFault>>> {
        let Some(line) = self.next_line()? else { return Ok(None) };
        let Some(mut row) = line else { return Ok(Some(Err(RowFault::TooLong))) };
        let Format::Csv { separator, .. } = self.format else { return Ok(Some(Ok(row))) };
        let mut taken: Vec<Line> = Vec::new();
        while csv_line::is_open(&row, separator) {
            let next = if row.len() < LONGEST { self.next_line()? } else { None };
            let Some(Some(more)) = next else {
                // The quote was a slip: only the line that holds it is lost, the others are read again.
                let unread = taken.len() + usize::from(next.is_some());
                self.line -= u64::try_from(unread).unwrap_or(0) + u64::from(next.is_none() && row.len() < LONGEST);
                for line in taken.into_iter().chain(next).rev() {
                    self.pending.push_front(line);
                }
                return Ok(Some(Err(RowFault::TooLong)));
            };
            row.push(b'\n');
            row.extend_from_slice(&more);
            taken.push(Some(more));
        }
        Ok(Some(Ok(row)))
    }

    fn read(&self, row: Result<Vec<u8>, RowFault>) -> Result<ImportRow, RowFault> {
        let row = String::from_utf8(row?).map_err(|_| RowFault::Encoding)?;
        let fields = match &self.format {
            Format::Csv { separator, columns } => csv_fields(&row, *separator, columns)?,
            Format::JsonLines => json_fields(&row)?,
        };
        ImportRow::from_fields(fields, self.allow_unsalted)
    }
}

impl<R: BufRead> Iterator for ImportReader<R> {
    type Item = (u64, Result<ImportRow, RowFault>);

    fn next(&mut self) -> Option<Self::Item> {
        while !self.over {
            let line = self.line + 1;
            match self.next_row() {
                Ok(Some(Ok(row))) if is_blank(&row) => {}
                Ok(Some(row)) => return Some((line, self.read(row))),
                Ok(None) => self.over = true,
                Err(_) => {
                    self.over = true;
                    return Some((line, Err(RowFault::Unreadable)));
                }
            }
        }
        None
    }
}

fn is_blank(row: &[u8]) -> bool {
    row.iter().all(|byte| byte.is_ascii_whitespace() || matches!(byte, b';' | b','))
}

fn column(name: &str) -> Option<&'static str> {
    COLUMNS.into_iter().find(|column| *column == name)
}

fn columns(names: &[String]) -> Result<Vec<&'static str>, ImportFault> {
    let mut columns = Vec::new();
    for (place, name) in names.iter().enumerate() {
        let column = column(&name.trim().to_ascii_lowercase()).ok_or(ImportFault::UnknownColumn(place + 1))?;
        if columns.contains(&column) {
            return Err(ImportFault::ColumnTwice(column));
        }
        columns.push(column);
    }
    if columns.contains(&"identifier") { Ok(columns) } else { Err(ImportFault::NoIdentifier) }
}

fn csv_fields(row: &str, separator: u8, columns: &[&'static str]) -> Result<BTreeMap<&'static str, String>, RowFault> {
    let fields = csv_line::fields(row, separator).ok_or(RowFault::TooLong)?;
    if fields.len() != columns.len() {
        return Err(RowFault::Fields { found: fields.len(), expected: columns.len() });
    }
    Ok(columns.iter().copied().zip(fields).collect())
}

/// Texts, and whole numbers that a program wrote without quotes; null is absent.
fn json_fields(row: &str) -> Result<BTreeMap<&'static str, String>, RowFault> {
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(row).map_err(|_| RowFault::Json)?;
    let mut fields = BTreeMap::new();
    for (key, value) in object {
        let column = column(&key).ok_or(RowFault::UnknownKey)?;
        let text = match value {
            serde_json::Value::Null => continue,
            serde_json::Value::String(text) => text,
            serde_json::Value::Number(number) if number.is_u64() => number.to_string(),
            serde_json::Value::Number(_)
            | serde_json::Value::Bool(_)
            | serde_json::Value::Array(_)
            | serde_json::Value::Object(_) => return Err(RowFault::Json),
        };
        fields.insert(column, text);
    }
    Ok(fields)
}

#[cfg(test)]
mod tests;
