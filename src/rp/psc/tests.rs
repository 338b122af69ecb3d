//! What Pro Santé Connect may send.

use serde_json::{Value, json};

use super::{ProvenIdentity, prove};
use crate::rp::Refusal;
use crate::rp::id_token::Believed;
use crate::rp::json::Object;

fn object(value: Value) -> Object {
    value.as_object().unwrap().clone()
}

fn proven_with(token: Value, userinfo: Value) -> Result<ProvenIdentity, Refusal> {
    let believed = Believed {
        subject: "2f0c9a52".into(),
        acr: "eidas1".into(),
        amr: Vec::new(),
        authenticated_at: None,
        provider_session: None,
        claims: object(token),
    };
    prove("psc", "https://issuer.test", believed, &object(userinfo))
}

fn proven(userinfo: Value) -> ProvenIdentity {
    proven_with(json!({}), userinfo).unwrap()
}

fn activity(changes: Value) -> Value {
    let mut activity = json!({
        "codeModeExercice": "L", "codeSecteurDactivite": "SA07", "codeSectionPharmacien": "", "codeRole": "",
        "codeGenreActivite": "GENR01", "numeroSiretSite": "99900001100018", "numeroSirenSite": "999000011",
        "numeroFinessSite": "750099996", "numeroFinessetablissementJuridique": "750099988",
        "identifiantTechniqueDeLaStructure": "R99001", "raisonSocialeSite": "CABINET INFIRMIER DES TILLEULS",
        "enseigneCommercialeSite": "", "complementDestinataire": "", "complementPointGeographique": "",
        "numeroVoie": "12", "indiceRepetitionVoie": "", "codeTypeDeVoie": "R", "libelleVoie": "DES TILLEULS",
        "mentionDistribution": "", "bureauCedex": "75099 PARIS", "codePostal": "75015", "codeCommune": "75115",
        "codePays": "", "telephone": "", "telephone2": "", "telecopie": "", "adresseEMail": "",
        "codeDepartement": "75", "ancienIdentifiantDeLaStructure": "499700999909001",
        "autoriteDenregistrement": "CNOI/CNOI/CNOI"
    });
    for (name, value) in object(changes) {
        activity[name] = value;
    }
    activity
}

/// The example of the fact sheet, 3.1.
fn nurse() -> Value {
    json!({
        "sub": "2f0c9a52-0000-4000-8000-0d0e0f101112", "preferred_username": "899700999909",
        "SubjectNameID": "899700999909", "family_name": "MARTIN-TEST", "given_name": "CAMILLE",
        "codeCivilite": "MME", "UITVersion": "1.0", "PSI_Locale": "1.2.250.1.213.1.3.1.1",
        "Palier_Authentification": "APPPRIP3^1.2.250.1.213.1.5.1.1.1", "Mode_Acces_Raison": "",
        "Acces_Regulation_Medicale": "FAUX", "Secteur_Activite": "SA07^1.2.250.1.71.4.2.4",
        "SubjectOrganization": "CABINET INFIRMIER DES TILLEULS", "SubjectOrganizationID": "R99001",
        "SubjectRole": ["60^1.2.250.1.213.1.1.5.5"], "codeGenreActivite": "GENR01",
        "otherIds": [{"identifiant": "899700999909", "origine": "RPPS", "qualite": 1}],
        "SubjectRefPro": {"codeCivilite": "MME", "exercices": [{
            "codeProfession": "60", "codeCategorieProfessionnelle": "C", "codeCiviliteDexercice": "",
            "nomDexercice": "MARTIN-TEST", "prenomDexercice": "CAMILLE", "codeTypeSavoirFaire": "",
            "codeSavoirFaire": "", "activities": [activity(json!({}))]
        }]}
    })
}

fn exercise(code: &str, category: &str, activities: Vec<Value>) -> Value {
    json!({"codeProfession": code, "codeCategorieProfessionnelle": category, "activities": activities})
}

#[test]
fn the_example_of_the_fact_sheet_is_read_whole() {
    let person = proven(nurse());
    assert_eq!(person.identifier.as_str(), "899700999909");
    assert_eq!(person.rpps.as_ref().unwrap().as_str(), "99700999909");
    assert_eq!(person.family_name.as_deref(), Some("MARTIN-TEST"));
    assert_eq!(person.given_name.as_deref(), Some("CAMILLE"));
    assert_eq!(person.civility.as_deref(), Some("MME"));
    assert_eq!((&person.email, person.email_verified), (&None, false));
    assert_eq!(person.other_ids.len(), 1);
    let [profession] = &person.professions[..] else { panic!("{:?}", person.professions) };
    assert_eq!((profession.code.as_str(), profession.system.as_str()), ("60", "1.2.250.1.71.1.2.7"));
    assert_eq!((profession.label.as_deref(), profession.category.as_deref()), (Some("Infirmier"), Some("C")));
    assert!(!profession.in_training());
    let [place] = &person.places[..] else { panic!("{:?}", person.places) };
    assert_eq!(place.name.as_deref(), Some("CABINET INFIRMIER DES TILLEULS"));
    assert_eq!((&place.trade_name, place.siret.as_deref()), (&None, Some("99900001100018")));
    assert_eq!(place.finess.as_deref(), Some("750099996"));
    assert_eq!((place.line1.as_deref(), &place.line2), (Some("12 RUE DES TILLEULS"), &None));
    assert_eq!((place.postal_code.as_deref(), place.city.as_deref()), (Some("75015"), Some("PARIS")));
    assert_eq!((&place.country, &place.phone, &place.email), (&None, &None, &None));
    assert_eq!(place.profession.as_ref(), Some(profession));
}

#[test]
fn a_doctor_with_two_sites_keeps_both_and_no_double() {
    let clinic = activity(json!({
        "raisonSocialeSite": "CLINIQUE DES ORMES", "enseigneCommercialeSite": "LES ORMES", "numeroFinessSite": "",
        "numeroVoie": "3", "indiceRepetitionVoie": "B", "codeTypeDeVoie": "AV", "libelleVoie": "DU LAC",
        "complementPointGeographique": "BAT C", "mentionDistribution": "BP 12", "codePostal": "",
        "bureauCedex": "69439 LYON CEDEX 03", "telephone": "", "telephone2": "0472000000", "codePays": "99000",
        "adresseEMail": "accueil@ormes.test"
    }));
    let surgery = activity(json!({"codeModeExercice": "S"}));
    let person = proven(json!({"SubjectNameID": "899700999909", "SubjectRefPro": {"exercices": [
        exercise("10", "C", vec![clinic, surgery.clone()]), exercise("10", "C", vec![surgery])]}}));
    assert_eq!(person.professions.len(), 1);
    assert_eq!(person.places.len(), 2);
    let clinic = &person.places[0];
    assert_eq!(clinic.line1.as_deref(), Some("3 B AVENUE DU LAC"));
    assert_eq!(clinic.line2.as_deref(), Some("BAT C BP 12"));
    assert_eq!((clinic.postal_code.as_deref(), clinic.city.as_deref()), (Some("69439"), Some("LYON CEDEX 03")));
    assert_eq!(clinic.finess.as_deref(), Some("750099988"), "that of the legal entity");
    assert_eq!((clinic.phone.as_deref(), clinic.country.as_deref()), (Some("0472000000"), Some("FR")));
    assert_eq!(clinic.trade_name.as_deref(), Some("LES ORMES"));
}

#[test]
fn a_student_without_activity_is_not_a_doctor() {
    let person = proven(json!({"SubjectNameID": "899700999909", "SubjectRole": ["10^1.2.250.1.71.1.2.8"],
        "SubjectRefPro": {"exercices": [exercise("10", "E", vec![])]}}));
    let [profession] = &person.professions[..] else { panic!("{:?}", person.professions) };
    assert_eq!(profession.system, "1.2.250.1.71.1.2.8");
    assert_eq!(profession.label.as_deref(), Some("Médecin en formation"));
    assert!(profession.in_training() && person.places.is_empty());
    // The value set alone does not raise anybody either.
    let person = proven(json!({"SubjectNameID": "899700999909", "SubjectRole": ["10^1.2.250.1.213.1.1.5.5"]}));
    assert_eq!(person.professions[0].system, "1.2.250.1.213.1.1.5.5");
    let person = proven(json!({"SubjectNameID": "899700999909", "SubjectRole": ["10^1.2.250.1.213.1.1.5.5"],
        "SubjectRefPro": {"exercices": [exercise("10", "E", vec![])]}}));
    assert_eq!(person.professions.len(), 1);
}

#[test]
fn roles_that_are_no_profession_are_left_out_and_unknown_ones_kept_without_name() {
    let person = proven(json!({"SubjectNameID": "899700999909", "SubjectRole": [
        "SM26^1.2.250.1.71.4.2.5", "71^1.2.250.1.213.1.6.1.109", "no caret", "77^1.2.250.1.71.1.2.7", 7, ""],
        "SubjectRefPro": {"exercices": [exercise("93", "C", vec![]), exercise("", "C", vec![])]}}));
    let read: Vec<_> = person.professions.iter().map(|one| (one.code.as_str(), one.label.as_deref())).collect();
    assert_eq!(read, [("93", Some("Psychologue")), ("71", Some("Ostéopathe")), ("77", None)]);
}

#[test]
fn every_leaf_may_be_an_empty_text() {
    fn emptied(value: &Value) -> Value {
        match value {
            Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), emptied(value))).collect(),
            Value::Array(values) => values.iter().map(emptied).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => json!(""),
        }
    }
    let mut empty = emptied(&nurse());
    empty["SubjectNameID"] = json!("ANS20231114093012");
    let person = proven(empty);
    assert_eq!(person.identifier.as_str(), "ANS20231114093012");
    assert!(person.rpps.is_none() && person.professions.is_empty() && person.places.is_empty());
    assert!(person.family_name.is_none() && person.civility.is_none() && person.other_ids.is_empty());
}

#[test]
fn leaves_of_another_type_are_absent_or_read_as_text() {
    for odd in [json!(null), json!(7), json!([]), json!({}), json!(true)] {
        let mut claims = nurse();
        for name in ["SubjectRefPro", "SubjectRole", "otherIds", "codeCivilite", "SubjectOrganization", "family_name"] {
            claims[name] = odd.clone();
        }
        assert_eq!(proven(claims).identifier.as_str(), "899700999909");
    }
    let numbers = activity(json!({"codePostal": 75015, "numeroVoie": 12}));
    let person = proven(json!({"SubjectNameID": "899700999909",
        "SubjectRefPro": {"exercices": [7, {"activities": [null, numbers]}]}}));
    assert_eq!(person.places[0].postal_code.as_deref(), Some("75015"));
}

#[test]
fn c15_only_json_true_verifies_an_email_and_only_its_own() {
    for value in [json!("true"), json!(1), json!(null), json!(false), json!({})] {
        let person = proven(json!({"SubjectNameID": "1", "email": "c@test.fr", "email_verified": value}));
        assert!(person.email.is_some() && !person.email_verified);
    }
    let person = proven(json!({"SubjectNameID": "1", "email": "c@test.fr", "email_verified": true}));
    assert!(person.email_verified);
    let token = json!({"email": "old@test.fr", "email_verified": true});
    let person = proven_with(token.clone(), json!({"SubjectNameID": "1", "email": "new@test.fr"})).unwrap();
    assert_eq!((person.email.as_ref().unwrap().as_str(), person.email_verified), ("new@test.fr", false));
    let person = proven_with(token, json!({"SubjectNameID": "1", "email": "", "email_verified": false})).unwrap();
    assert_eq!((person.email.as_ref().unwrap().as_str(), person.email_verified), ("old@test.fr", true));
}

#[test]
fn the_national_identifier_is_required_single_and_canonical() {
    for userinfo in
        [json!({}), json!({"SubjectNameID": ""}), json!({"SubjectNameID": "a b"}), json!({"SubjectNameID": 8})]
    {
        assert_eq!(proven_with(json!({}), userinfo), Err(Refusal::NationalId));
    }
    let same = proven_with(json!({"preferred_username": "99700999909"}), json!({"SubjectNameID": "899700999909"}));
    assert!(same.is_ok(), "two spellings of one number");
    let other = proven_with(json!({"SubjectNameID": "899900123458"}), json!({"SubjectNameID": "899700999909"}));
    assert_eq!(other, Err(Refusal::NationalIdDiffers));
    assert_eq!(proven(json!({"preferred_username": "0759301237"})).identifier.as_str(), "0759301237");
}

#[test]
fn both_spellings_and_places_of_older_data_are_read() {
    let person = proven(json!({"SubjectNameID": "0759301237", "SubjectRefPro": {"codeCivilite": "M",
        "otherIDs": [{"identifiant": "899700999909", "origine": "RPPS"}, {"identifiant": "ANS1", "origine": "EDIT"}]}}));
    assert_eq!(person.civility.as_deref(), Some("M"));
    assert_eq!(person.other_ids.len(), 2);
    assert_eq!(person.rpps.as_ref().unwrap().as_str(), "99700999909");
    let doubtful = proven(json!({"SubjectNameID": "0759301237", "otherIds": [
        {"identifiant": "899700999909", "origine": "RPPS"}, {"identifiant": "899900123458", "origine": "RPPS"}]}));
    assert_eq!(doubtful.rpps, None);
}

#[test]
fn without_activity_the_chosen_organisation_stands_alone() {
    let person = proven(json!({"SubjectNameID": "1", "SubjectOrganization": " CHU DES PINS "}));
    assert_eq!(person.places[0].name.as_deref(), Some("CHU DES PINS"));
}

#[test]
fn sizes_are_bounded() {
    let activities: Vec<Value> = (0..300).map(|number| activity(json!({"numeroVoie": number.to_string()}))).collect();
    let exercises: Vec<Value> =
        (0..100).map(|number| exercise(&format!("{number}"), "C", activities.clone())).collect();
    let person = proven(json!({"SubjectNameID": "1", "family_name": "é".repeat(5000),
        "given_name": "A\u{0}\u{202e}B\r\n", "SubjectRefPro": {"exercices": exercises}}));
    assert_eq!((person.professions.len(), person.places.len()), (64, 256));
    assert_eq!(person.family_name.as_ref().unwrap().chars().count(), 200);
    assert!(!person.given_name.as_ref().unwrap().chars().any(char::is_control));
}

#[test]
fn a_proven_identity_survives_its_record_and_never_prints() {
    let person = proven(nurse());
    let stored = serde_json::to_string(&person).unwrap();
    assert_eq!(serde_json::from_str::<ProvenIdentity>(&stored).unwrap(), person);
    assert!(!format!("{person:?} {:?}", *person).contains("MARTIN"));
}
