//! Professions: a code, the list it belongs to, and how the person exercises it (fact sheet 9.6).
//! The same number means different things in different lists (10 is a doctor, or one in training): both are kept.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::identity::professions::{
    self, G15_OID as HEALTH, ROLE_VALUE_SET_OID as VALUE_SET, SOCIAL_OID as SOCIAL, TITLES_OID as TITLES,
    TRAINING_OID as TRAINING,
};
use crate::rp::json::Object;
use crate::rp::leaf::{code, is_code};

/// Actors known by their role only.
const ROLE: &str = "1.2.250.1.213.1.6.1.140";
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
    [HEALTH, TITLES, SOCIAL].into_iter().find(|list| professions::known_label(code, list).is_some()).unwrap_or(HEALTH)
}

fn label(system: &str, code: &str) -> Option<String> {
    professions::known_label(code, system).map(str::to_owned)
}
