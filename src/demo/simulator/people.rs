//! The made-up professionals. Every name, number and address is invented; identifiers are of ranges nobody holds, with valid keys.

use super::professional::{Activity, Exercise, Professional};

/// RPPS of the professional who also has an imported account in the demo's legacy directory.
pub const IMPORTED_RPPS: &str = "99900123458";

/// Everyone who can sign in at the simulator, in the order of its page.
#[must_use]
pub fn professionals() -> &'static [Professional] {
    &PEOPLE
}

static PEOPLE: [Professional; 10] = [
    Professional::new("infirmiere", "899700999909", "2f0c9a52-0000-4000-8000-0d0e0f101112")
        .named("MME", "CAMILLE", "MARTIN-TEST")
        .shown("Infirmière", "un seul lieu d'exercice, aucun compte sur le portail")
        .exercising(
            &["60^1.2.250.1.213.1.1.5.5"],
            &[Exercise::of(
                "60",
                &[Activity::independent("SA07", "CABINET INFIRMIER DES TILLEULS")
                    .siret("99900001100018")
                    .finess("750099996", "750099988")
                    .registered("R99001", "499700999909001", "CNOI/CNOI/CNOI")
                    .street("12", "R", "DES TILLEULS")
                    .town("75", "75115", "75015", "75099 PARIS")],
            )],
        ),
    Professional::new("medecin", "899900100019", "5b1d7c40-0000-4000-8000-000000000001")
        .named("M", "ARMAND", "DUPONT-TEST")
        .shown("Médecin généraliste", "deux lieux d'exercice : le portail demande lequel")
        .exercising(
            &["10^1.2.250.1.213.1.1.5.5", "SM26^1.2.250.1.213.2.28"],
            &[Exercise {
                title: "DR",
                know_how: ("S", "SM26"),
                ..Exercise::of(
                    "10",
                    &[
                        Activity::independent("SA07", "CABINET DU DR DUPONT-TEST")
                            .siret("99900002900010")
                            .registered("C99900002900010", "499900100019001", "CNOM/CNOM/CNOM")
                            .street("3", "AV", "DE L'EXEMPLE")
                            .town("69", "69383", "69003", "69099 LYON")
                            .phone("0472990001")
                            .email("cabinet.dupont@example.com"),
                        Activity::employed("SA01", "CENTRE HOSPITALIER DE DEMONSTRATION")
                            .trade_name("CH DE DEMONSTRATION")
                            .siret("99900003700013")
                            .finess("690099916", "690099924")
                            .registered("F690099916", "1690099916", "FINESS/FINESS/FINESS")
                            .complement("BATIMENT B")
                            .street("45", "BD", "DES ESSAIS")
                            .town("69", "69388", "69008", "69098 LYON CEDEX")
                            .phone("0472990002")
                            .fax("0472990003"),
                    ],
                )
            }],
        ),
    Professional::new("pharmacienne", "899900100027", "5b1d7c40-0000-4000-8000-000000000002")
        .named("MME", "INES", "LEROY-TEST")
        .shown("Pharmacienne", "titulaire d'officine, sans adresse e-mail dans l'annuaire")
        .exercising(
            &["21^1.2.250.1.213.1.1.5.5"],
            &[Exercise::of(
                "21",
                &[Activity::independent("SA33", "SELARL PHARMACIE LEROY-TEST")
                    .trade_name("PHARMACIE DE LA FONTAINE")
                    .pharmacist_section("A")
                    .siret("99900004500016")
                    .finess("330099912", "")
                    .registered("C99900004500016", "399900004500016", "CNOP/CNOP/CNOP")
                    .street("8", "PL", "DE LA FONTAINE")
                    .town("33", "33063", "33000", "33099 BORDEAUX")
                    .phone("0556990004")],
            )],
        ),
    Professional::new("opticien", "899900100035", "5b1d7c40-0000-4000-8000-000000000003")
        .named("M", "HUGO", "BERNARD-TEST")
        .shown("Opticien-lunetier", "profession réglementée sans ordre, salarié d'un magasin")
        .exercising(
            &["28^1.2.250.1.213.1.1.5.5"],
            &[Exercise::of(
                "28",
                &[Activity::employed("SA42", "OPTIQUE BERNARD-TEST")
                    .trade_name("LES LUNETTES D'HUGO")
                    .siret("99900005200012")
                    .registered("C99900005200012", "399900005200012", "ARS/ARS/ARS")
                    .street("21", "R", "DU PHARE")
                    .town("974", "97411", "97400", "97499 SAINT-DENIS")
                    .phone("0262990005")],
            )],
        ),
    Professional::new("etudiante", "899900100043", "5b1d7c40-0000-4000-8000-000000000004")
        .named("MME", "JADE", "PETIT-TEST")
        .shown("Interne en médecine", "étudiante, aucun lieu d'exercice enregistré")
        .exercising(&["10^1.2.250.1.71.1.2.8"], &[Exercise { category: "E", ..Exercise::of("10", &[]) }]),
    Professional::new("kinesitherapeute", "899900123458", "5b1d7c40-0000-4000-8000-000000000005")
        .named("M", "LUCAS", "MOREAU-TEST")
        .shown(
            "Masseur-kinésithérapeute",
            "a déjà un compte importé sur le portail (identifiant 751234567), à rattacher",
        )
        .exercising(
            &["70^1.2.250.1.213.1.1.5.5"],
            &[Exercise::of(
                "70",
                &[Activity::independent("SA07", "CABINET DE KINESITHERAPIE DU CANAL")
                    .siret("99900006000015")
                    .registered("R99006", "499900123458001", "CNOMK/CNOMK/CNOMK")
                    .street("17", "QU", "DU CANAL")
                    .town("75", "75110", "75010", "75099 PARIS")
                    .phone("0144990006")],
            )],
        ),
    Professional::new("secretaire", "599900003700013/AGT00045", "5b1d7c40-0000-4000-8000-000000000006")
        .named("MME", "NADIA", "ROUX-TEST")
        .shown("Personnel d'établissement", "carte de personnel, sans RPPS ni données professionnelles"),
    Professional::new("sagefemme", "899900100050", "5b1d7c40-0000-4000-8000-000000000007")
        .named("MME", "SOLENE", "GARNIER-TEST")
        .shown("Sage-femme", "avec une adresse e-mail dans l'annuaire")
        .email("solene.garnier@example.com")
        .exercising(
            &["50^1.2.250.1.213.1.1.5.5"],
            &[Exercise::of(
                "50",
                &[Activity::independent("SA07", "CABINET DE SAGES-FEMMES DES ERABLES")
                    .siret("99900007800017")
                    .registered("R99008", "499900100050001", "CNOSF/CNOSF/CNOSF")
                    .street("5", "ALL", "DES ERABLES")
                    .town("44", "44109", "44000", "44099 NANTES")
                    .phone("0240990008")
                    .email("cabinet.erables@example.com")],
            )],
        ),
    Professional::new("psychologue", "0759900014", "5b1d7c40-0000-4000-8000-000000000008")
        .named("M", "BASILE", "FAURE-TEST")
        .shown("Psychologue", "encore dans ADELI : identifiant de dix chiffres, sans RPPS")
        .exercising(&["93^1.2.250.1.213.1.1.5.5"], &[Exercise::of("93", &[])]),
    Professional::new("bacasable", "ANS20231103145901", "5b1d7c40-0000-4000-8000-000000000009")
        .named("MME", "LEILA", "BLANC-TEST")
        .shown("Infirmière", "identité du bac à sable, créée avec EDIT : identifiant « ANS… »")
        .exercising(&["60^1.2.250.1.213.1.1.5.5"], &[Exercise::of("60", &[])]),
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
