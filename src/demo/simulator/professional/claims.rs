//! The claims made of one professional: what the ID token says, and what userinfo adds.

use serde_json::{Map, Value, json};

use super::{Activity, Exercise, Professional};

impl Professional {
    /// The claims that both the ID token and userinfo carry.
    pub(in super::super) fn identity_claims(&self) -> Map<String, Value> {
        let mut claims = Map::new();
        for (name, value) in [
            ("sub", self.sub),
            ("preferred_username", self.national_id),
            ("SubjectNameID", self.national_id),
            ("family_name", self.family_name),
            ("given_name", self.given_name),
        ] {
            claims.insert(name.to_owned(), value.into());
        }
        claims
    }

    /// The whole userinfo, without the means of sign-in.
    pub(in super::super) fn userinfo(&self) -> Map<String, Value> {
        let mut claims = self.identity_claims();
        claims.insert("codeCivilite".to_owned(), self.civility.into());
        claims.insert("email_verified".to_owned(), false.into());
        if let Some(email) = self.email {
            claims.insert("email".to_owned(), email.into());
        }
        let Some(exercises) = self.exercises else { return claims };
        for (name, value) in [
            ("UITVersion", "1.0"),
            ("PSI_Locale", "1.2.250.1.213.1.3.1.1"),
            ("Mode_Acces_Raison", ""),
            ("Acces_Regulation_Medicale", "FAUX"),
        ] {
            claims.insert(name.to_owned(), value.into());
        }
        if let Some(place) = exercises.iter().flat_map(|exercise| exercise.activities).next() {
            claims.insert("Secteur_Activite".to_owned(), format!("{}^1.2.250.1.71.4.2.4", place.sector).into());
            claims.insert("SubjectOrganization".to_owned(), place.name.into());
            claims.insert("SubjectOrganizationID".to_owned(), place.technical_id.into());
            claims.insert("codeGenreActivite".to_owned(), "GENR01".into());
        }
        claims.insert("SubjectRole".to_owned(), json!(self.roles));
        claims.insert(
            "otherIds".to_owned(),
            json!([{ "identifiant": self.national_id, "origine": self.register(), "qualite": 1 }]),
        );
        let exercises: Vec<Value> = exercises.iter().map(|exercise| self.exercise_claims(exercise)).collect();
        claims.insert("SubjectRefPro".to_owned(), json!({ "codeCivilite": self.civility, "exercices": exercises }));
        claims
    }

    fn exercise_claims(&self, exercise: &Exercise) -> Value {
        let activities: Vec<Value> = exercise.activities.iter().map(Activity::claims).collect();
        json!({
            "codeProfession": exercise.profession,
            "codeCategorieProfessionnelle": exercise.category,
            "codeCiviliteDexercice": exercise.title,
            "nomDexercice": self.family_name,
            "prenomDexercice": self.given_name,
            "codeTypeSavoirFaire": exercise.know_how.0,
            "codeSavoirFaire": exercise.know_how.1,
            "activities": activities,
        })
    }
}

impl Activity {
    fn claims(&self) -> Value {
        json!({
            "codeModeExercice": self.mode,
            "codeSecteurDactivite": self.sector,
            "codeSectionPharmacien": self.pharmacist_section,
            "codeRole": "",
            "codeGenreActivite": "GENR01",
            "numeroSiretSite": self.siret,
            "numeroSirenSite": self.siren,
            "numeroFinessSite": self.finess,
            "numeroFinessetablissementJuridique": self.legal_finess,
            "identifiantTechniqueDeLaStructure": self.technical_id,
            "raisonSocialeSite": self.name,
            "enseigneCommercialeSite": self.trade_name,
            "complementDestinataire": "",
            "complementPointGeographique": self.complement,
            "numeroVoie": self.number,
            "indiceRepetitionVoie": "",
            "codeTypeDeVoie": self.street_kind,
            "libelleVoie": self.street,
            "mentionDistribution": "",
            "bureauCedex": self.office,
            "codePostal": self.postal_code,
            "codeCommune": self.commune,
            "codePays": "",
            "telephone": self.phone,
            "telephone2": "",
            "telecopie": self.fax,
            "adresseEMail": self.email,
            "codeDepartement": self.department,
            "ancienIdentifiantDeLaStructure": self.former_id,
            "autoriteDenregistrement": self.authority,
        })
    }
}
