//! Certificates made here, cut, changed, and names against hosts.

use proptest::prelude::*;
use rcgen::{CertificateParams, DnType, KeyPair, SanType};

use super::*;

fn made(change: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
    let mut params = CertificateParams::new(vec!["Portail.Example".to_owned(), "*.sante.example".to_owned()]).unwrap();
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    params.self_signed(&key).unwrap().der().to_vec()
}

#[test]
fn a_certificate_tells_its_subject_names_and_end() {
    let der = made(|params| {
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CountryName, "FR");
        params.distinguished_name.push(DnType::OrganizationName, "Exemple, \"SARL\"\n");
        params.distinguished_name.push(DnType::CommonName, "Zoë=Martin");
        params.distinguished_name.push(DnType::CustomDnType(vec![1, 2, 250, 1, 71]), "x");
        params.subject_alt_names.push(SanType::Rfc822Name("zoe@exemple.fr".try_into().unwrap()));
        params.subject_alt_names.push(SanType::URI("spiffe://exemple/a".try_into().unwrap()));
        params.subject_alt_names.push(SanType::IpAddress("::1".parse().unwrap()));
        params.not_after = rcgen::date_time_ymd(2049, 12, 31);
    });
    let read = Certificate::read(&der).unwrap();
    assert_eq!(read.subject, "1.2.250.1.71=x,CN=Zoë\\=Martin,O=Exemple\\, \\\"SARL\\\"\\0A,C=FR");
    let names: Vec<String> = read.names.iter().map(ToString::to_string).collect();
    assert_eq!(
        names,
        ["dns:portail.example", "dns:*.sante.example", "email:zoe@exemple.fr", "uri:spiffe://exemple/a", "ip:::1"]
    );
    assert_eq!(read.not_after.to_string(), "2049-12-31T00:00:00Z");
}

#[test]
fn times_after_2049_have_four_digits() {
    let der = made(|params| params.not_after = rcgen::date_time_ymd(2051, 2, 3));
    assert_eq!(Certificate::read(&der).unwrap().not_after.to_string(), "2051-02-03T00:00:00Z");
}

#[test]
fn a_name_is_that_of_a_host_exactly_or_by_one_label() {
    let read = Certificate::read(&made(|params| {
        params.subject_alt_names.push(SanType::IpAddress("192.0.2.1".parse().unwrap()));
    }))
    .unwrap();
    for (host, expected) in [
        ("portail.example", true),
        ("a.portail.example", false),
        ("a.sante.example", true),
        ("sante.example", false),
        ("a.b.sante.example", false),
        ("*.sante.example", true),
        ("192.0.2.1", true),
        ("192.0.2.2", false),
        ("", false),
    ] {
        assert_eq!(read.is_for(host), expected, "{host}");
    }
}

#[test]
fn what_is_not_one_certificate_is_none() {
    let der = made(|_| ());
    for length in 0..der.len() {
        assert_eq!(Certificate::read(&der[..length]), Err(NotACertificate), "cut to {length}");
    }
    assert_eq!(Certificate::read(&[&der[..], &[0]].concat()), Err(NotACertificate));
    assert_eq!(Certificate::read(&vec![0x30; LONGEST + 1]), Err(NotACertificate));
    // Lengths without end, and longer than they need to be.
    assert_eq!(Certificate::read(&[0x30, 0x80, 0, 0]), Err(NotACertificate));
    assert_eq!(Certificate::read(&[0x30, 0x81, 0x00]), Err(NotACertificate));
}

proptest! {
    #[test]
    fn d13_no_bytes_make_the_reader_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8)) {
        let mut der = made(|_| ());
        for (place, byte) in changes {
            let place = place.index(der.len());
            der[place] = byte;
        }
        let _ = Certificate::read(&der);
    }
}
