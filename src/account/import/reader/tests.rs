use std::io::Cursor;

use proptest::prelude::*;

use super::*;

fn read(text: &[u8]) -> Vec<(u64, Result<ImportRow, RowFault>)> {
    ImportReader::new(Cursor::new(text), false).unwrap().collect()
}

/// Line and identifier of good rows, line and fault of others.
fn shape(text: &[u8]) -> Vec<(u64, Result<String, RowFault>)> {
    read(text).into_iter().map(|(line, row)| (line, row.map(|row| row.legacy_id))).collect()
}

fn good(line: u64, id: &str) -> (u64, Result<String, RowFault>) {
    (line, Ok(id.to_owned()))
}

#[test]
fn a_full_csv_row_is_read() {
    let text = "\u{feff}identifier;password_hash;civility;family_name;given_name;profession;rpps;email;phone;org_name;siret;cpam;finess;address_1;postal_code;city;org_phone\r\n\
        751001231;{SSHA}ZSjRJHkXH6RUDQXshO9Z/5Z3zQoxMjM0NTY3OA==;Mme;Lefèvre;Anne;Infirmier;997 0099 9909;Anne@Exemple.FR;06 12 34 56 78;\"Cabinet; \"\"Le Pin\"\"\";99900001100018;751001231;750099996;1 rue du Pin;75015;Paris;01 23 45 67 89\r\n";
    let (line, row) = read(text.as_bytes()).remove(0);
    let row = row.unwrap();
    assert_eq!((line, row.warnings.as_slice()), (2, [].as_slice()));
    assert!(row.password_hash.is_some());
    assert_eq!(row.rpps.unwrap().as_str(), "99700999909");
    assert_eq!(row.email.unwrap().as_str(), "anne@exemple.fr");
    assert_eq!(row.phone.unwrap().as_str(), "+33612345678");
    assert_eq!(row.person.civility.as_deref(), Some("MME"));
    assert_eq!(row.person.profession.as_deref(), Some("60"));
    let organisation = row.organisation.unwrap();
    assert_eq!(organisation.name.as_deref(), Some("Cabinet; \"Le Pin\""));
    assert_eq!(organisation.phone.as_deref(), Some("+33123456789"));
    assert_eq!(organisation.address.country.as_deref(), Some("FR"));
}

#[test]
fn json_lines_are_read_with_the_same_keys() {
    let text = "{\"identifier\":\"A1\",\"rpps\":99700999909,\"city\":null}\n\n{\"identifier\":\"A2\"}\n{\"identifier\":\"A3\",\"prenom\":\"x\"}\n{\"identifier\":[1]}\n[1]\n{\"identifier\":\"A6\"}";
    assert_eq!(
        shape(text.as_bytes()),
        [
            good(1, "A1"),
            good(3, "A2"),
            (4, Err(RowFault::UnknownKey)),
            (5, Err(RowFault::Json)),
            (6, Err(RowFault::Json)),
            good(7, "A6"),
        ]
    );
}

#[test]
fn a_bad_row_never_stops_the_rest() {
    let text = b"identifier,email,password_hash\nA1,,\nA2,\xe9,\n,x@exemple.fr,\nA4,too,many,fields\na@exemple.fr,,\nA6,,plain\nA7,,d587de1d49def3b2aab7037c6d8357ea\nA\0,,\nA9,,\n";
    assert_eq!(
        shape(text),
        [
            good(2, "A1"),
            (3, Err(RowFault::Encoding)),
            (4, Err(RowFault::NoIdentifier)),
            (5, Err(RowFault::Fields { found: 4, expected: 3 })),
            (6, Err(RowFault::IdentifierIsEmail)),
            (7, Err(RowFault::PasswordHash(crate::account::legacy::LegacyFault::Unknown))),
            (8, Err(RowFault::PasswordHash(crate::account::legacy::LegacyFault::Unsalted))),
            (9, Err(RowFault::Identifier)),
            good(10, "A9"),
        ]
    );
}

#[test]
fn a_quoted_field_may_span_lines() {
    let text = "identifier;address_1\nA1;\"1 rue du Pin\nBâtiment B\"\nA2;x\n";
    let rows = read(text.as_bytes());
    assert_eq!(rows[1].0, 4);
    let row = rows[0].1.clone().unwrap();
    // A line break is a control character: the address is dropped, the person is kept.
    assert_eq!((row.legacy_id.as_str(), row.warnings[0].column), ("A1", "address_1"));
}

#[test]
fn a_quote_never_closed_loses_only_its_own_line() {
    let text = "identifier;address_1\nA1;\"1 rue du Pin\nA2;x\nA3;y\n";
    assert_eq!(shape(text.as_bytes()), [(2, Err(RowFault::TooLong)), good(3, "A2"), good(4, "A3")]);
}

#[test]
fn memory_does_not_grow_with_a_row() {
    let mut text = b"identifier;address_1\nA1;\"".to_vec();
    for _ in 0..3_000 {
        text.extend_from_slice(b"\nAA;0123456789012345678901234567890123456789");
    }
    let rows = shape(&text);
    assert_eq!(
        (rows.len(), rows[0].clone(), rows[3_000].clone()),
        (3_001, (2, Err(RowFault::TooLong)), good(3_002, "AA"))
    );
    let mut text = b"identifier\n".to_vec();
    text.extend(std::iter::repeat_n(b'x', 1_000_000));
    text.extend_from_slice(b"\nA2\n");
    assert_eq!(shape(&text), [(2, Err(RowFault::TooLong)), good(3, "A2")]);
}

#[test]
fn a_bad_value_is_dropped_with_a_warning() {
    let text = "identifier;rpps;siret;finess;email;phone;profession;postal_code;civility;family_name;country\nA1;123;1;2;jean;0123456789;Astrologue;1;Dr;<b>;Atlantide\nA2;99700999900;;;;;;;;;\n";
    let mut rows = read(text.as_bytes());
    let second = rows.remove(1).1.unwrap();
    assert_eq!((second.rpps.is_some(), second.warnings.len()), (true, 1), "a received RPPS is kept whatever its key");
    let row = rows.remove(0).1.unwrap();
    let columns: Vec<&str> = row.warnings.iter().map(|warning| warning.column).collect();
    assert_eq!(
        columns,
        [
            "rpps",
            "email",
            "phone",
            "civility",
            "family_name",
            "profession",
            "country",
            "postal_code",
            "siret",
            "finess"
        ]
    );
    assert_eq!((row.rpps, row.organisation, row.person), (None, None, crate::account::Person::default()));
    assert_eq!(row.warnings[0].to_string(), "rpps: not an RPPS number");
}

#[test]
fn a_header_that_makes_no_sense_stops_everything() {
    let fault = |text: &[u8]| ImportReader::new(Cursor::new(text.to_vec()), false).unwrap_err();
    assert!(matches!(fault(b""), ImportFault::Empty));
    assert!(matches!(fault(b"\xef\xbb\xbf\n\n"), ImportFault::Empty));
    assert!(matches!(fault(b"identifier;pasword_hash\n"), ImportFault::UnknownColumn(2)));
    assert!(matches!(fault(b"identifier;city;city\n"), ImportFault::ColumnTwice("city")));
    assert!(matches!(fault(b"city;country\n"), ImportFault::NoIdentifier));
    assert!(matches!(fault(b"identifi\xe9\n"), ImportFault::Header));
}

proptest! {
    #[test]
    fn any_file_is_read_to_its_end_without_panic(body in proptest::collection::vec(any::<u8>(), 0..200), json in any::<bool>()) {
        let mut text = if json { b"{\"identifier\":\"A\"}\n".to_vec() } else { b"identifier;email\n".to_vec() };
        text.extend(body);
        let lines: Vec<u64> = ImportReader::new(Cursor::new(text), true).unwrap().map(|(line, _)| line).collect();
        prop_assert!(lines.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn lines_are_counted_whatever_the_quotes(body in "[a\";\n]{0,60}") {
        let text = format!("identifier;city\n{body}\nlast;x\n");
        let last = ImportReader::new(Cursor::new(text.clone()), true).unwrap().last().unwrap();
        prop_assert!(last.0 <= u64::try_from(text.lines().count()).unwrap());
    }
}
