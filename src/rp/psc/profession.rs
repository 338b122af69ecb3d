//! Professions: a code, the list it belongs to, and how the person exercises it (fact sheet 9.6).
//! The same number means different things in different lists (10 is a doctor, or one in training): both are kept.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::rp::json::Object;

use super::leaf::{code, is_code};

/// TRE_G15, health professions.
const HEALTH: &str = "1.2.250.1.71.1.2.7";
/// People in training.
const TRAINING: &str = "1.2.250.1.71.1.2.8";
/// Titles (osteopath, psychologist…).
const TITLES: &str = "1.2.250.1.213.1.6.1.109";
/// Social professions.
const SOCIAL: &str = "1.2.250.1.213.1.6.1.4";
/// Actors known by their role only.
const ROLE: &str = "1.2.250.1.213.1.6.1.140";
/// The value set that mixes them, as `SubjectRole` of the samples says.
const VALUE_SET: &str = "1.2.250.1.213.1.1.5.5";
/// Category of a student.
const STUDENT: &str = "E";
/// Most professions kept.
const MOST: usize = 64;

/// A profession the provider gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvenProfession {
    /// Code (`60`).
    pub code: String,
    /// The list the code is of (OID).
    pub system: String,
    /// Its name, if the list is known ("Infirmier"); "… en formation" for a student.
    pub label: Option<String>,
    /// Category of the exercise: `C` civil, `M` military, `E` student.
    pub category: Option<String>,
}

impl ProvenProfession {
    /// Whether the person is still learning it: not to be taken for one who exercises it.
    #[must_use]
    pub fn in_training(&self) -> bool {
        self.system == TRAINING || self.category.as_deref() == Some(STUDENT)
    }
}

/// Every distinct profession: those of the exercises, then those only `SubjectRole` names.
pub(super) fn all(exercises: &[&Object], roles: &Object) -> Vec<ProvenProfession> {
    let mut found: Vec<ProvenProfession> = Vec::new();
    for profession in exercises.iter().filter_map(|exercise| of_exercise(exercise)) {
        if !found.contains(&profession) {
            found.push(profession);
        }
    }
    let named = match roles.get("SubjectRole") {
        Some(Value::Array(named)) => named.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(named)) => vec![named.as_str()],
        Some(_) | None => Vec::new(),
    };
    for profession in named.into_iter().take(MOST).filter_map(of_role) {
        let told = found.iter().any(|known| {
            known.code == profession.code && (profession.system == VALUE_SET || known.system == profession.system)
        });
        if !told {
            found.push(profession);
        }
    }
    found.truncate(MOST);
    found
}

/// The profession of one exercise.
pub(super) fn of_exercise(exercise: &Object) -> Option<ProvenProfession> {
    let code = code(exercise, "codeProfession")?;
    let category = self::code(exercise, "codeCategorieProfessionnelle");
    let system = if category.as_deref() == Some(STUDENT) { TRAINING } else { system_of(&code) };
    let label = label(system, &code);
    Some(ProvenProfession { code, system: system.to_owned(), label, category })
}

/// `code^OID`. Specialties and other lists are not professions. The value set alone does not tell a doctor from one in
/// training: its own identifier is kept, so that nobody rises by it.
fn of_role(role: &str) -> Option<ProvenProfession> {
    let (code, system) = role.trim().split_once('^')?;
    let known = [HEALTH, TRAINING, TITLES, SOCIAL, ROLE, VALUE_SET].contains(&system);
    if !known || !is_code(code) {
        return None;
    }
    let list = if system == VALUE_SET { system_of(code) } else { system };
    Some(ProvenProfession {
        code: code.to_owned(),
        system: system.to_owned(),
        label: label(list, code),
        category: (system == TRAINING).then(|| STUDENT.to_owned()),
    })
}

fn system_of(code: &str) -> &'static str {
    let listed = LABELS.iter().find(|(_, known, _)| *known == code);
    listed.map_or(HEALTH, |(system, _, _)| system)
}

fn label(system: &str, code: &str) -> Option<String> {
    let list = if system == TRAINING { HEALTH } else { system };
    let (_, _, label) = LABELS.iter().find(|(known, number, _)| *known == list && *number == code)?;
    Some(if system == TRAINING { format!("{label} en formation") } else { (*label).to_owned() })
}

/// List, code, name.
const LABELS: [(&str, &str, &str); 46] = [
    (HEALTH, "10", "Médecin"),
    (HEALTH, "21", "Pharmacien"),
    (HEALTH, "26", "Audioprothésiste"),
    (HEALTH, "28", "Opticien-Lunetier"),
    (HEALTH, "31", "Assistant dentaire"),
    (HEALTH, "32", "Physicien médical"),
    (HEALTH, "35", "Aide-soignant"),
    (HEALTH, "36", "Ambulancier"),
    (HEALTH, "37", "Auxiliaire de puériculture"),
    (HEALTH, "38", "Préparateur en pharmacie hospitalière"),
    (HEALTH, "39", "Préparateur en pharmacie (officine)"),
    (HEALTH, "40", "Chirurgien-Dentiste"),
    (HEALTH, "50", "Sage-Femme"),
    (HEALTH, "60", "Infirmier"),
    (HEALTH, "69", "Infirmier psychiatrique"),
    (HEALTH, "70", "Masseur-Kinésithérapeute"),
    (HEALTH, "80", "Pédicure-Podologue"),
    (HEALTH, "81", "Orthoprothésiste"),
    (HEALTH, "82", "Podo-Orthésiste"),
    (HEALTH, "83", "Orthopédiste-Orthésiste"),
    (HEALTH, "84", "Oculariste"),
    (HEALTH, "85", "Epithésiste"),
    (HEALTH, "86", "Technicien de laboratoire médical"),
    (HEALTH, "91", "Orthophoniste"),
    (HEALTH, "92", "Orthoptiste"),
    (HEALTH, "94", "Ergothérapeute"),
    (HEALTH, "95", "Diététicien"),
    (HEALTH, "96", "Psychomotricien"),
    (HEALTH, "98", "Manipulateur ERM"),
    (TITLES, "71", "Ostéopathe"),
    (TITLES, "72", "Psychothérapeute"),
    (TITLES, "73", "Chiropracteur"),
    (TITLES, "93", "Psychologue"),
    (TITLES, "97", "Conseiller en génétique"),
    (SOCIAL, "41", "Assistant de service social"),
    (SOCIAL, "42", "Auxiliaire de vie sociale"),
    (SOCIAL, "43", "Technicien de l'intervention sociale et familiale"),
    (SOCIAL, "44", "Conseiller en économie sociale et familiale"),
    (SOCIAL, "45", "Médiateur familial"),
    (SOCIAL, "46", "Assistant familial"),
    (SOCIAL, "47", "Aide médico-psychologique"),
    (SOCIAL, "48", "Moniteur éducateur"),
    (SOCIAL, "49", "Educateur de jeunes enfants"),
    (SOCIAL, "51", "Educateur spécialisé"),
    (SOCIAL, "52", "Educateur technique spécialisé"),
    (SOCIAL, "53", "Accompagnant éducatif et social"),
];
