//! What the simulated national directory knows about one professional, and the claims made of it.

use serde_json::{Map, Value, json};

/// One made-up professional.
#[derive(Debug)]
pub struct Professional {
    /// Short name used in the simulator's forms.
    pub key: &'static str,
    /// National identifier as Pro Santé Connect gives it: `8` and the RPPS, or a structure's form.
    pub national_id: &'static str,
    /// Technical identifier.
    pub sub: &'static str,
    /// `M` or `MME`.
    pub civility: &'static str,
    /// Usual name, in capitals as the directory has it.
    pub family_name: &'static str,
    /// Given name, in capitals.
    pub given_name: &'static str,
    /// Profession in French, for the list of the page.
    pub profession: &'static str,
    /// Why this person is in the list, in French.
    pub remark: &'static str,
    /// E-mail; nearly always absent.
    pub email: Option<&'static str>,
    /// Roles, `code^OID`.
    pub roles: &'static [&'static str],
    /// Registered exercises; `None` for a person without professional data.
    pub exercises: Option<&'static [Exercise]>,
}

/// One registered exercise of a profession.
#[derive(Debug)]
pub struct Exercise {
    /// Code of TRE_G15.
    pub profession: &'static str,
    /// `C`, `M` or `E`.
    pub category: &'static str,
    /// `DR`, `PR`, or empty.
    pub title: &'static str,
    /// Kind and code of the know-how, or empty.
    pub know_how: (&'static str, &'static str),
    /// Places of work.
    pub activities: &'static [Activity],
}

/// One place of work; what is empty here is an empty string there.
#[derive(Debug, Clone, Copy)]
pub struct Activity {
    /// `L`, `S` or `B`.
    pub mode: &'static str,
    /// Sector, such as `SA07`.
    pub sector: &'static str,
    /// Section of the order of pharmacists.
    pub pharmacist_section: &'static str,
    /// SIRET of the site.
    pub siret: &'static str,
    /// SIREN.
    pub siren: &'static str,
    /// FINESS of the site.
    pub finess: &'static str,
    /// FINESS of the legal entity.
    pub legal_finess: &'static str,
    /// Technical identifier.
    pub technical_id: &'static str,
    /// Raison sociale.
    pub name: &'static str,
    /// Enseigne commerciale.
    pub trade_name: &'static str,
    /// Complement of the address.
    pub complement: &'static str,
    /// Number in the street.
    pub number: &'static str,
    /// Kind of street, such as `R` or `AV`.
    pub street_kind: &'static str,
    /// Name of the street.
    pub street: &'static str,
    /// Delivery office.
    pub office: &'static str,
    /// Postal code.
    pub postal_code: &'static str,
    /// INSEE code of the commune.
    pub commune: &'static str,
    /// Phone as the directory has it.
    pub phone: &'static str,
    /// Fax.
    pub fax: &'static str,
    /// E-mail of the place.
    pub email: &'static str,
    /// Department.
    pub department: &'static str,
    /// Former identifier of the structure.
    pub former_id: &'static str,
    /// Authority of registration.
    pub authority: &'static str,
}

impl Activity {
    /// A place of which nothing is known.
    pub(super) const UNKNOWN: Self = Self {
        mode: "",
        sector: "",
        pharmacist_section: "",
        siret: "",
        siren: "",
        finess: "",
        legal_finess: "",
        technical_id: "",
        name: "",
        trade_name: "",
        complement: "",
        number: "",
        street_kind: "",
        street: "",
        office: "",
        postal_code: "",
        commune: "",
        phone: "",
        fax: "",
        email: "",
        department: "",
        former_id: "",
        authority: "",
    };

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

impl Professional {
    /// The RPPS of eleven digits, if the national identifier holds one.
    #[must_use]
    pub fn rpps(&self) -> Option<&'static str> {
        self.national_id.strip_prefix('8').filter(|rest| rest.len() == 11)
    }

    /// The claims that both the ID token and userinfo carry.
    pub(super) fn identity_claims(&self) -> Map<String, Value> {
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
    pub(super) fn userinfo(&self) -> Map<String, Value> {
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
            json!([{ "identifiant": self.national_id, "origine": "RPPS", "qualite": 1 }]),
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
