//! Professions by code and list (fact sheet 9.6). The same number means different things in different lists.

/// OID of TRE_G15, health professions.
pub const G15_OID: &str = "1.2.250.1.71.1.2.7";
/// OID of the value set that Pro Santé Connect's samples name for the same codes.
pub const ROLE_VALUE_SET_OID: &str = "1.2.250.1.213.1.1.5.5";
/// FHIR name of TRE_G15.
pub const G15_FHIR: &str = "https://mos.esante.gouv.fr/NOS/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante";
/// OID of protected titles.
pub const TITLES_OID: &str = "1.2.250.1.213.1.6.1.109";
/// OID of social professions.
pub const SOCIAL_OID: &str = "1.2.250.1.213.1.6.1.4";
/// OID of professions in training.
pub const TRAINING_OID: &str = "1.2.250.1.71.1.2.8";

/// TRE_G15: code → label, in the order of codes.
pub const G15: &[(&str, &str)] = &[
    ("10", "Médecin"),
    ("21", "Pharmacien"),
    ("26", "Audioprothésiste"),
    ("28", "Opticien-Lunetier"),
    ("31", "Assistant dentaire"),
    ("32", "Physicien médical"),
    ("35", "Aide-soignant"),
    ("36", "Ambulancier"),
    ("37", "Auxiliaire de puériculture"),
    ("38", "Préparateur en pharmacie hospitalière"),
    ("39", "Préparateur en pharmacie (officine)"),
    ("40", "Chirurgien-Dentiste"),
    ("50", "Sage-Femme"),
    ("60", "Infirmier"),
    ("69", "Infirmier psychiatrique"),
    ("70", "Masseur-Kinésithérapeute"),
    ("80", "Pédicure-Podologue"),
    ("81", "Orthoprothésiste"),
    ("82", "Podo-Orthésiste"),
    ("83", "Orthopédiste-Orthésiste"),
    ("84", "Oculariste"),
    ("85", "Epithésiste"),
    ("86", "Technicien de laboratoire médical"),
    ("91", "Orthophoniste"),
    ("92", "Orthoptiste"),
    ("94", "Ergothérapeute"),
    ("95", "Diététicien"),
    ("96", "Psychomotricien"),
    ("98", "Manipulateur ERM"),
];

const TITLES: &[(&str, &str)] = &[
    ("71", "Ostéopathe"),
    ("72", "Psychothérapeute"),
    ("73", "Chiropracteur"),
    ("93", "Psychologue"),
    ("97", "Conseiller en génétique"),
];

const SOCIAL: &[(&str, &str)] = &[
    ("41", "Assistant de service social"),
    ("42", "Auxiliaire de vie sociale"),
    ("43", "Technicien de l'intervention sociale et familiale"),
    ("44", "Conseiller en économie sociale et familiale"),
    ("45", "Médiateur familial"),
    ("46", "Assistant familial"),
    ("47", "Aide médico-psychologique"),
    ("48", "Moniteur éducateur"),
    ("49", "Educateur de jeunes enfants"),
    ("51", "Educateur spécialisé"),
    ("52", "Educateur technique spécialisé"),
    ("53", "Accompagnant éducatif et social"),
];

const TRAINING: &[(&str, &str)] = &[
    ("10", "Médecin en formation"),
    ("21", "Pharmacien en formation"),
    ("40", "Chirurgien-Dentiste en formation"),
    ("50", "Sage-Femme en formation"),
];

/// The label of a code in a list (OID, or FHIR name of TRE_G15), if both are known.
#[must_use]
pub fn known_label(code: &str, system: &str) -> Option<&'static str> {
    let lists: &[&[(&str, &'static str)]] = match system {
        G15_OID | G15_FHIR => &[G15],
        // The value set spans the lists whose codes do not clash.
        ROLE_VALUE_SET_OID => &[G15, TITLES, SOCIAL],
        TITLES_OID => &[TITLES],
        SOCIAL_OID => &[SOCIAL],
        TRAINING_OID => &[TRAINING],
        _ => &[],
    };
    lists.iter().flat_map(|list| list.iter()).find(|(known, _)| *known == code).map(|(_, label)| *label)
}

/// The label of a code in a list; "Profession 60" when either is unknown. Never refuses: the lists grow.
#[must_use]
pub fn label_of(code: &str, system: &str) -> String {
    known_label(code, system).map_or_else(|| format!("Profession {code}"), str::to_owned)
}

/// The TRE_G15 code of a label, case and accents aside ("infirmier" → `60`).
#[must_use]
pub fn code_of(label: &str) -> Option<&'static str> {
    let wanted = super::folded(label.trim());
    G15.iter().find(|(_, label)| super::folded(label) == wanted).map(|(code, _)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_means_what_its_list_says() {
        for (code, system, label) in [
            ("10", G15_OID, "Médecin"),
            ("60", G15_FHIR, "Infirmier"),
            ("10", TRAINING_OID, "Médecin en formation"),
            ("93", TITLES_OID, "Psychologue"),
            ("93", ROLE_VALUE_SET_OID, "Psychologue"),
            ("60", ROLE_VALUE_SET_OID, "Infirmier"),
            ("93", G15_OID, "Profession 93"),
            ("77", G15_OID, "Profession 77"),
            ("10", "1.2.3", "Profession 10"),
        ] {
            assert_eq!(label_of(code, system), label, "{code} of {system}");
        }
    }

    #[test]
    fn labels_of_a_directory_are_recognised() {
        assert_eq!(code_of(" INFIRMIER "), Some("60"));
        assert_eq!(code_of("masseur-kinesitherapeute"), Some("70"));
        assert_eq!(code_of("Astrologue"), None);
    }

    #[test]
    fn no_code_stands_twice_in_a_list() {
        for list in [G15, TITLES, SOCIAL, TRAINING] {
            let codes: std::collections::BTreeSet<_> = list.iter().map(|(code, _)| code).collect();
            assert_eq!(codes.len(), list.len());
        }
    }
}
