//! The made-up professionals. Every name, number and address is invented; identifiers are of ranges nobody holds, with valid keys.

use super::professional::{Activity, Exercise, Professional};

/// RPPS of the professional who also has an imported account in the demo's legacy directory.
pub const IMPORTED_RPPS: &str = "99900123458";

/// Everyone who can sign in at the simulator, in the order of its page.
#[must_use]
pub fn professionals() -> &'static [Professional] {
    &PEOPLE
}

static PEOPLE: [Professional; 8] = [
    Professional {
        key: "infirmiere",
        national_id: "899700999909",
        sub: "2f0c9a52-0000-4000-8000-0d0e0f101112",
        civility: "MME",
        family_name: "MARTIN-TEST",
        given_name: "CAMILLE",
        profession: "Infirmière",
        remark: "un seul lieu d'exercice, aucun compte sur le portail",
        email: None,
        roles: &["60^1.2.250.1.213.1.1.5.5"],
        exercises: Some(&[Exercise {
            profession: "60",
            category: "C",
            title: "",
            know_how: ("", ""),
            activities: &[Activity {
                mode: "L",
                sector: "SA07",
                siret: "99900001100018",
                siren: "999000011",
                finess: "750099996",
                legal_finess: "750099988",
                technical_id: "R99001",
                name: "CABINET INFIRMIER DES TILLEULS",
                number: "12",
                street_kind: "R",
                street: "DES TILLEULS",
                office: "75099 PARIS",
                postal_code: "75015",
                commune: "75115",
                department: "75",
                former_id: "499700999909001",
                authority: "CNOI/CNOI/CNOI",
                ..Activity::UNKNOWN
            }],
        }]),
    },
    Professional {
        key: "medecin",
        national_id: "899900100019",
        sub: "5b1d7c40-0000-4000-8000-000000000001",
        civility: "M",
        family_name: "DUPONT-TEST",
        given_name: "ARMAND",
        profession: "Médecin généraliste",
        remark: "deux lieux d'exercice : le portail demande lequel",
        email: None,
        roles: &["10^1.2.250.1.213.1.1.5.5", "SM26^1.2.250.1.213.2.28"],
        exercises: Some(&[Exercise {
            profession: "10",
            category: "C",
            title: "DR",
            know_how: ("S", "SM26"),
            activities: &[
                Activity {
                    mode: "L",
                    sector: "SA07",
                    siret: "99900002900010",
                    siren: "999000029",
                    technical_id: "C99900002900010",
                    name: "CABINET DU DR DUPONT-TEST",
                    number: "3",
                    street_kind: "AV",
                    street: "DE L'EXEMPLE",
                    office: "69099 LYON",
                    postal_code: "69003",
                    commune: "69383",
                    phone: "0472990001",
                    email: "cabinet.dupont@example.com",
                    department: "69",
                    former_id: "499900100019001",
                    authority: "CNOM/CNOM/CNOM",
                    ..Activity::UNKNOWN
                },
                Activity {
                    mode: "S",
                    sector: "SA01",
                    siret: "99900003700013",
                    siren: "999000037",
                    finess: "690099916",
                    legal_finess: "690099924",
                    technical_id: "F690099916",
                    name: "CENTRE HOSPITALIER DE DEMONSTRATION",
                    trade_name: "CH DE DEMONSTRATION",
                    complement: "BATIMENT B",
                    number: "45",
                    street_kind: "BD",
                    street: "DES ESSAIS",
                    office: "69098 LYON CEDEX",
                    postal_code: "69008",
                    commune: "69388",
                    phone: "0472990002",
                    fax: "0472990003",
                    department: "69",
                    former_id: "1690099916",
                    authority: "FINESS/FINESS/FINESS",
                    ..Activity::UNKNOWN
                },
            ],
        }]),
    },
    Professional {
        key: "pharmacienne",
        national_id: "899900100027",
        sub: "5b1d7c40-0000-4000-8000-000000000002",
        civility: "MME",
        family_name: "LEROY-TEST",
        given_name: "INES",
        profession: "Pharmacienne",
        remark: "titulaire d'officine, sans adresse e-mail dans l'annuaire",
        email: None,
        roles: &["21^1.2.250.1.213.1.1.5.5"],
        exercises: Some(&[Exercise {
            profession: "21",
            category: "C",
            title: "",
            know_how: ("", ""),
            activities: &[Activity {
                mode: "L",
                sector: "SA33",
                pharmacist_section: "A",
                siret: "99900004500016",
                siren: "999000045",
                finess: "330099912",
                technical_id: "C99900004500016",
                name: "SELARL PHARMACIE LEROY-TEST",
                trade_name: "PHARMACIE DE LA FONTAINE",
                number: "8",
                street_kind: "PL",
                street: "DE LA FONTAINE",
                office: "33099 BORDEAUX",
                postal_code: "33000",
                commune: "33063",
                phone: "0556990004",
                department: "33",
                former_id: "399900004500016",
                authority: "CNOP/CNOP/CNOP",
                ..Activity::UNKNOWN
            }],
        }]),
    },
    Professional {
        key: "opticien",
        national_id: "899900100035",
        sub: "5b1d7c40-0000-4000-8000-000000000003",
        civility: "M",
        family_name: "BERNARD-TEST",
        given_name: "HUGO",
        profession: "Opticien-lunetier",
        remark: "profession réglementée sans ordre, salarié d'un magasin",
        email: None,
        roles: &["28^1.2.250.1.213.1.1.5.5"],
        exercises: Some(&[Exercise {
            profession: "28",
            category: "C",
            title: "",
            know_how: ("", ""),
            activities: &[Activity {
                mode: "S",
                sector: "SA42",
                siret: "99900005200012",
                siren: "999000052",
                technical_id: "C99900005200012",
                name: "OPTIQUE BERNARD-TEST",
                trade_name: "LES LUNETTES D'HUGO",
                number: "21",
                street_kind: "R",
                street: "DU PHARE",
                office: "97499 SAINT-DENIS",
                postal_code: "97400",
                commune: "97411",
                phone: "0262990005",
                department: "974",
                former_id: "399900005200012",
                authority: "ARS/ARS/ARS",
                ..Activity::UNKNOWN
            }],
        }]),
    },
    Professional {
        key: "etudiante",
        national_id: "899900100043",
        sub: "5b1d7c40-0000-4000-8000-000000000004",
        civility: "MME",
        family_name: "PETIT-TEST",
        given_name: "JADE",
        profession: "Interne en médecine",
        remark: "étudiante, aucun lieu d'exercice enregistré",
        email: None,
        roles: &["10^1.2.250.1.71.1.2.8"],
        exercises: Some(&[Exercise {
            profession: "10",
            category: "E",
            title: "",
            know_how: ("", ""),
            activities: &[],
        }]),
    },
    Professional {
        key: "kinesitherapeute",
        national_id: "899900123458",
        sub: "5b1d7c40-0000-4000-8000-000000000005",
        civility: "M",
        family_name: "MOREAU-TEST",
        given_name: "LUCAS",
        profession: "Masseur-kinésithérapeute",
        remark: "a déjà un compte importé sur le portail (identifiant 751234567), à rattacher",
        email: None,
        roles: &["70^1.2.250.1.213.1.1.5.5"],
        exercises: Some(&[Exercise {
            profession: "70",
            category: "C",
            title: "",
            know_how: ("", ""),
            activities: &[Activity {
                mode: "L",
                sector: "SA07",
                siret: "99900006000015",
                siren: "999000060",
                technical_id: "R99006",
                name: "CABINET DE KINESITHERAPIE DU CANAL",
                number: "17",
                street_kind: "QU",
                street: "DU CANAL",
                office: "75099 PARIS",
                postal_code: "75010",
                commune: "75110",
                phone: "0144990006",
                department: "75",
                former_id: "499900123458001",
                authority: "CNOMK/CNOMK/CNOMK",
                ..Activity::UNKNOWN
            }],
        }]),
    },
    Professional {
        key: "secretaire",
        national_id: "599900003700013/AGT00045",
        sub: "5b1d7c40-0000-4000-8000-000000000006",
        civility: "MME",
        family_name: "ROUX-TEST",
        given_name: "NADIA",
        profession: "Personnel d'établissement",
        remark: "carte de personnel, sans RPPS ni données professionnelles",
        email: None,
        roles: &[],
        exercises: None,
    },
    Professional {
        key: "sagefemme",
        national_id: "899900100050",
        sub: "5b1d7c40-0000-4000-8000-000000000007",
        civility: "MME",
        family_name: "GARNIER-TEST",
        given_name: "SOLENE",
        profession: "Sage-femme",
        remark: "avec une adresse e-mail dans l'annuaire",
        email: Some("solene.garnier@example.com"),
        roles: &["50^1.2.250.1.213.1.1.5.5"],
        exercises: Some(&[Exercise {
            profession: "50",
            category: "C",
            title: "",
            know_how: ("", ""),
            activities: &[Activity {
                mode: "L",
                sector: "SA07",
                siret: "99900007800017",
                siren: "999000078",
                technical_id: "R99008",
                name: "CABINET DE SAGES-FEMMES DES ERABLES",
                number: "5",
                street_kind: "ALL",
                street: "DES ERABLES",
                office: "44099 NANTES",
                postal_code: "44000",
                commune: "44109",
                phone: "0240990008",
                email: "cabinet.erables@example.com",
                department: "44",
                former_id: "499900100050001",
                authority: "CNOSF/CNOSF/CNOSF",
                ..Activity::UNKNOWN
            }],
        }]),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of RPPS, SIREN, SIRET and FINESS alike.
    fn luhn(digits: &str) -> bool {
        let total: u32 = digits
            .bytes()
            .rev()
            .enumerate()
            .map(|(place, byte)| {
                let digit = u32::from(byte - b'0');
                if place % 2 == 0 { digit } else { digit * 2 / 10 + digit * 2 % 10 }
            })
            .sum();
        !digits.is_empty() && total.is_multiple_of(10)
    }

    #[test]
    fn every_made_up_number_has_a_valid_key_and_a_reserved_range() {
        for person in professionals() {
            if let Some(rpps) = person.rpps() {
                assert!(luhn(rpps) && rpps.starts_with("99"), "{rpps}");
            }
            for place in person.exercises.unwrap_or_default().iter().flat_map(|exercise| exercise.activities) {
                assert!(
                    luhn(place.siret) && luhn(place.siren) && place.siret.starts_with(place.siren),
                    "{}",
                    place.siret
                );
                for finess in [place.finess, place.legal_finess] {
                    assert!(finess.is_empty() || (luhn(finess) && finess.len() == 9), "{finess}");
                }
            }
        }
    }

    #[test]
    fn one_professional_has_the_rpps_of_an_imported_account() {
        assert!(professionals().iter().any(|person| person.rpps() == Some(IMPORTED_RPPS)));
    }

    #[test]
    fn nobody_is_listed_twice() {
        for (place, person) in professionals().iter().enumerate() {
            let others = &professionals()[place + 1..];
            assert!(others.iter().all(|other| other.key != person.key && other.sub != person.sub));
        }
    }
}
