//! Places of work, from the activities of every exercise: addresses put together, duplicates and empty ones left out.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::rp::json::Object;
use crate::rp::leaf::{code, text};

use super::array;
use super::profession::{self, ProvenProfession};

/// Where a person works, as the provider knows it. Contacts are not verified.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Raison sociale.
    pub name: Option<String>,
    /// Enseigne commerciale.
    pub trade_name: Option<String>,
    /// SIRET, 14 digits; the key is not checked (the sandbox has false ones).
    pub siret: Option<String>,
    /// FINESS of the site, else of its legal entity; 9 characters.
    pub finess: Option<String>,
    /// Number and street.
    pub line1: Option<String>,
    /// What completes it.
    pub line2: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// City.
    pub city: Option<String>,
    /// ISO 3166 alpha-2, when said.
    pub country: Option<String>,
    /// Phone, as received.
    pub phone: Option<String>,
    /// Fax, as received.
    pub fax: Option<String>,
    /// E-mail, as received.
    pub email: Option<String>,
    /// Profession exercised there.
    pub profession: Option<ProvenProfession>,
}

/// Every distinct place; the label the provider chose stands alone when no activity says more.
pub(super) fn all(exercises: &[&Object], chosen: Option<String>, most: usize) -> Vec<Place> {
    let mut found: Vec<Place> = Vec::new();
    let activities = exercises.iter().flat_map(|exercise| {
        array(exercise, "activities").filter_map(Value::as_object).map(move |activity| (*exercise, activity))
    });
    for (exercise, activity) in activities.take(most) {
        let place = Place { profession: profession::of_exercise(exercise), ..read(activity) };
        let says_nothing = Place { profession: None, ..place.clone() } == Place::default();
        if !says_nothing && !found.contains(&place) {
            found.push(place);
        }
    }
    if let (true, Some(name)) = (found.is_empty(), chosen) {
        found.push(Place { name: Some(name), ..Place::default() });
    }
    found
}

fn read(activity: &Object) -> Place {
    let leaf = |name: &str| text(activity, name);
    let (postal_code, city) = city(leaf("codePostal"), leaf("bureauCedex"));
    Place {
        name: leaf("raisonSocialeSite"),
        trade_name: leaf("enseigneCommercialeSite"),
        siret: code(activity, "numeroSiretSite").filter(|number| is_number(number, 14)),
        finess: ["numeroFinessSite", "numeroFinessetablissementJuridique", "numeroFinessEtablissementJuridique"]
            .iter()
            .find_map(|name| code(activity, name).filter(|number| is_finess(number))),
        line1: joined(&[
            leaf("numeroVoie"),
            leaf("indiceRepetitionVoie"),
            leaf("codeTypeDeVoie").map(|kind| street_kind(&kind)),
            leaf("libelleVoie"),
        ]),
        line2: joined(&[
            leaf("complementDestinataire"),
            leaf("complementPointGeographique"),
            leaf("mentionDistribution"),
        ]),
        postal_code,
        city,
        country: leaf("codePays").and_then(|code| country(&code)),
        phone: leaf("telephone").or_else(|| leaf("telephone2")),
        fax: leaf("telecopie"),
        email: leaf("adresseEMail"),
        profession: None,
    }
}

/// "75099 PARIS" and "75679 PARIS CEDEX 14" are a postal code and a city. The activity's own postal code wins, and then
/// the word CEDEX, which belongs to the other code, goes.
fn city(postal_code: Option<String>, office: Option<String>) -> (Option<String>, Option<String>) {
    let Some(office) = office else { return (postal_code, None) };
    let (number, name) = match office.split_once(' ') {
        Some((number, name)) if is_number(number, 5) => (Some(number), name.trim()),
        Some(_) | None if is_number(&office, 5) => (Some(office.as_str()), ""),
        Some(_) | None => (None, office.as_str()),
    };
    let name = match (&postal_code, name.find(" CEDEX")) {
        (Some(_), Some(end)) => name.get(..end).unwrap_or(name),
        (Some(_), None) | (None, _) => name,
    };
    let city = Some(name.to_owned()).filter(|name| !name.is_empty());
    (postal_code.or_else(|| number.map(str::to_owned)), city)
}

fn is_number(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Nine digits, or a letter in second place as Corsica has it.
fn is_finess(text: &str) -> bool {
    let fits = |(place, byte): (usize, u8)| byte.is_ascii_digit() || (place == 1 && matches!(byte, b'A' | b'B'));
    text.len() == 9 && text.bytes().enumerate().all(fits)
}

fn joined(parts: &[Option<String>]) -> Option<String> {
    let parts: Vec<&str> = parts.iter().filter_map(Option::as_deref).collect();
    if parts.is_empty() { None } else { Some(parts.join(" ")) }
}

/// The register's short forms; an unknown one is kept as it is.
fn street_kind(code: &str) -> String {
    let name = match code {
        "R" => "RUE",
        "AV" => "AVENUE",
        "BD" => "BOULEVARD",
        "PL" => "PLACE",
        "CHE" => "CHEMIN",
        "IMP" => "IMPASSE",
        "ALL" => "ALLEE",
        "RTE" => "ROUTE",
        "SQ" => "SQUARE",
        "CRS" => "COURS",
        "PAS" => "PASSAGE",
        "FG" => "FAUBOURG",
        "LOT" => "LOTISSEMENT",
        "RES" => "RESIDENCE",
        "RPT" => "ROND-POINT",
        other => other,
    };
    name.to_owned()
}

/// An alpha-2 code as it is; of the register's own codes only that of France is certain.
fn country(code: &str) -> Option<String> {
    match code {
        "99000" | "FRA" => Some("FR".to_owned()),
        code if code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase()) => Some(code.to_owned()),
        _ => None,
    }
}
