//! Which certificate is shown, and when its end is near.

use jiff::Timestamp;
use rcgen::{CertificateParams, KeyPair};

use super::certificates::{Certificates, Ending, ending};
use crate::config::certificates::CertificateFiles;

fn certificates(sets: &[&[&str]]) -> Certificates {
    let folder = tempfile::tempdir().unwrap();
    let read = sets.iter().map(|names| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let key = KeyPair::generate().unwrap();
        let made = CertificateParams::new(names).unwrap().self_signed(&key).unwrap();
        let files = CertificateFiles {
            certificate: folder.path().join("certificate.pem"),
            key: folder.path().join("key.pem"),
            development: true,
        };
        std::fs::write(&files.certificate, made.pem()).unwrap();
        std::fs::write(&files.key, key.serialize_pem()).unwrap();
        files.read().unwrap()
    });
    Certificates::new(read.collect())
}

#[test]
fn a_host_is_shown_the_certificate_that_names_it_and_any_other_the_first() {
    let all = certificates(&[&["first.test"], &["*.sante.test"], &["api.sante.test", "autre.test"]]);
    for (host, expected) in [
        (None, 0),
        (Some("unknown.test"), 0),
        (Some("first.test"), 0),
        (Some("portail.sante.test"), 1),
        (Some("api.sante.test"), 2),
        (Some("autre.test"), 2),
        (Some("a.b.sante.test"), 0),
    ] {
        assert_eq!(all.pick(host), expected, "{host:?}");
    }
    assert_eq!(certificates(&[&["only.test"]]).pick(Some("other.test")), 0);
}

#[test]
fn the_end_is_told_at_thirty_seven_and_one_days() {
    let end: Timestamp = "2026-06-30T00:00:00Z".parse().unwrap();
    for (now, expected) in [
        ("2026-05-30T23:59:59Z", None),
        ("2026-05-31T00:00:00Z", Some(Ending::Month)),
        ("2026-06-22T23:59:59Z", Some(Ending::Month)),
        ("2026-06-23T00:00:00Z", Some(Ending::Week)),
        ("2026-06-29T00:00:00Z", Some(Ending::Day)),
        ("2026-06-30T00:00:00Z", Some(Ending::Day)),
        ("2026-06-30T00:00:01Z", Some(Ending::Ended)),
    ] {
        assert_eq!(ending(end, now.parse().unwrap()), expected, "{now}");
    }
}
