//! Distinguished names as text (RFC 4514), for logs and headers: one line, most specific part first.

use super::der::{Reader, tag};

/// Attribute types with a short name: object identifier in DER, and the name.
const SHORT: [(&[u8], &str); 12] = [
    (&[0x55, 4, 3], "CN"),
    (&[0x55, 4, 4], "SN"),
    (&[0x55, 4, 5], "serialNumber"),
    (&[0x55, 4, 6], "C"),
    (&[0x55, 4, 7], "L"),
    (&[0x55, 4, 8], "ST"),
    (&[0x55, 4, 10], "O"),
    (&[0x55, 4, 11], "OU"),
    (&[0x55, 4, 12], "T"),
    (&[0x55, 4, 42], "GN"),
    (&[0x55, 4, 97], "organizationIdentifier"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25], "DC"),
];

/// The content of a `Name` as text.
pub(super) fn name(content: &[u8]) -> Option<String> {
    let mut sets = Reader::new(content);
    let mut parts = Vec::new();
    while !sets.is_empty() {
        let mut set = sets.inside(tag::SET)?;
        let mut attributes = Vec::new();
        while !set.is_empty() {
            let mut attribute = set.inside(tag::SEQUENCE)?;
            let kind = attribute.take(tag::OBJECT_ID)?;
            attributes.push(format!("{}={}", short(kind), escaped(&value(attribute.any()?))));
        }
        parts.push(attributes.join("+"));
    }
    parts.reverse();
    Some(parts.join(","))
}

fn short(kind: &[u8]) -> String {
    let known = SHORT.iter().find(|(id, _)| *id == kind).map(|(_, name)| (*name).to_owned());
    known.unwrap_or_else(|| dotted(kind))
}

/// `1.2.250.1…`; arcs beyond 64 bits are cut to them: this is a text to read, not to compare.
fn dotted(id: &[u8]) -> String {
    let mut arcs: Vec<u64> = Vec::new();
    let mut arc = 0_u64;
    for byte in id {
        arc = arc << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            if arcs.is_empty() {
                let first = (arc / 40).min(2);
                arcs.push(first);
                arc -= first * 40;
            }
            arcs.push(arc);
            arc = 0;
        }
    }
    arcs.iter().map(ToString::to_string).collect::<Vec<_>>().join(".")
}

fn value((kind, bytes): (u8, &[u8])) -> String {
    match kind {
        tag::UTF8_STRING | tag::PRINTABLE_STRING | tag::IA5_STRING => String::from_utf8_lossy(bytes).into_owned(),
        tag::BMP_STRING => {
            let units =
                bytes.chunks_exact(2).map(|pair| pair.iter().fold(0_u16, |unit, byte| unit << 8 | u16::from(*byte)));
            char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        _ => bytes.iter().fold("#".to_owned(), |text, byte| format!("{text}{byte:02x}")),
    }
}

/// Separators and control characters escaped, so that one value cannot pass for two.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let last = text.chars().count().saturating_sub(1);
    for (place, character) in text.chars().enumerate() {
        let edge = (character == ' ' && (place == 0 || place == last)) || (character == '#' && place == 0);
        if character.is_control() {
            let mut bytes = [0_u8; 4];
            for byte in character.encode_utf8(&mut bytes).bytes() {
                out.push_str(&format!("\\{byte:02X}"));
            }
            continue;
        }
        if edge || matches!(character, '"' | '+' | ',' | ';' | '<' | '>' | '\\' | '=') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}
