//! Who is what, and whom the settings let in.

use std::collections::BTreeSet;

use super::*;
use crate::identity::NationalId;
use crate::identity::professions::{G15_OID, TITLES_OID, TRAINING_OID};
use crate::rp::{Identifier, Place, ProvenProfession};

fn person(professions: &[(&str, &str)], places: usize, national_id: &str) -> ProvenClaims {
    let national_id = NationalId::parse(national_id).unwrap();
    ProvenClaims {
        identity_provider: "psc".to_owned(),
        issuer: "https://psc.example".to_owned(),
        subject: "sub".to_owned(),
        rpps: national_id.rpps(),
        identifier: Identifier::National(national_id),
        other_ids: Vec::new(),
        family_name: None,
        given_name: None,
        civility: None,
        email: None,
        email_verified: false,
        professions: professions
            .iter()
            .map(|(code, system)| ProvenProfession {
                code: (*code).to_owned(),
                system: (*system).to_owned(),
                label: None,
                category: None,
            })
            .collect(),
        places: vec![Place::default(); places],
        acr: "eidas1".to_owned(),
        amr: Vec::new(),
        auth_time: None,
        provider_session: None,
    }
}

const DOCTOR: &str = "899700999909";
const STAFF: &str = "599900003700013/AGT00045";

#[test]
fn people_are_what_the_register_says_of_their_work() {
    let cases = [
        (person(&[("10", G15_OID)], 1, DOCTOR), PersonKind::Practising),
        (person(&[("10", G15_OID), ("10", TRAINING_OID)], 2, DOCTOR), PersonKind::Practising),
        (person(&[("10", G15_OID)], 0, DOCTOR), PersonKind::WithoutActivity),
        (person(&[], 0, DOCTOR), PersonKind::WithoutActivity),
        (person(&[("10", TRAINING_OID)], 0, DOCTOR), PersonKind::Student),
        (person(&[("10", TRAINING_OID)], 1, DOCTOR), PersonKind::Student),
        (person(&[], 1, STAFF), PersonKind::StructureStaff),
    ];
    for (place, (proven, kind)) in cases.into_iter().enumerate() {
        assert_eq!(kind_of(&proven), kind, "{place}");
    }
}

#[test]
fn a_profession_is_admitted_by_its_code_or_by_its_code_in_one_list() {
    let admits = |listed: &[&str], people: &[PersonKind], proven: &ProvenClaims| {
        let mut settings =
            crate::config::demo(8080, "state".into()).unwrap().settings.identity_providers["psc"].clone();
        settings.professions = listed.iter().map(|code| (*code).to_owned()).collect();
        settings.people = people.iter().copied().collect::<BTreeSet<_>>();
        fits(&settings, proven, kind_of(proven))
    };
    let psychologist = person(&[("93", TITLES_OID)], 1, DOCTOR);
    let by_list = format!("93^{TITLES_OID}");
    for (listed, fits) in [
        (vec![], true),
        (vec!["93"], true),
        (vec![by_list.as_str()], true),
        (vec!["93^1.2.250.1.71.1.2.7"], false),
        (vec!["10"], false),
    ] {
        assert_eq!(admits(&listed, &[], &psychologist), fits, "{listed:?}");
    }
    let student = person(&[("10", TRAINING_OID)], 0, DOCTOR);
    assert!(!admits(&["10"], &[], &student), "who learns it does not exercise it");
    assert!(admits(&["10"], &[PersonKind::Practising, PersonKind::Student], &student));
    assert!(!admits(&["60"], &[PersonKind::Student], &student));
    let staff = person(&[], 0, STAFF);
    assert!(!admits(&["10"], &[], &staff));
    assert!(admits(&["10"], &[PersonKind::StructureStaff], &staff));
}
