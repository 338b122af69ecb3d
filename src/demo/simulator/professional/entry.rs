//! How an entry of the made-up directory is written down: what is said, and nothing of what stays empty.

use super::{Activity, Exercise, Professional};

impl Professional {
    /// Someone without e-mail and without professional data.
    pub(in super::super) const fn new(key: &'static str, national_id: &'static str, sub: &'static str) -> Self {
        Self {
            key,
            national_id,
            sub,
            civility: "",
            family_name: "",
            given_name: "",
            profession: "",
            remark: "",
            email: None,
            roles: &[],
            exercises: None,
        }
    }

    /// Civility, given name and family name.
    pub(in super::super) const fn named(
        self,
        civility: &'static str,
        given_name: &'static str,
        family_name: &'static str,
    ) -> Self {
        Self { civility, given_name, family_name, ..self }
    }

    /// What the simulator's page says: the profession, and why this person is in the list.
    pub(in super::super) const fn shown(self, profession: &'static str, remark: &'static str) -> Self {
        Self { profession, remark, ..self }
    }

    /// With an e-mail of one's own.
    pub(in super::super) const fn email(self, email: &'static str) -> Self {
        Self { email: Some(email), ..self }
    }

    /// With professional data.
    pub(in super::super) const fn exercising(
        self,
        roles: &'static [&'static str],
        exercises: &'static [Exercise],
    ) -> Self {
        Self { roles, exercises: Some(exercises), ..self }
    }
}

impl Exercise {
    /// As a civilian (`C`), without title or know-how.
    pub(in super::super) const fn of(profession: &'static str, activities: &'static [Activity]) -> Self {
        Self { profession, category: "C", title: "", know_how: ("", ""), activities }
    }
}

impl Activity {
    /// A place of which nothing is known.
    const UNKNOWN: Self = Self {
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

    /// A place where one works for oneself (`L`).
    pub(in super::super) const fn independent(sector: &'static str, name: &'static str) -> Self {
        Self { mode: "L", sector, name, ..Self::UNKNOWN }
    }

    /// A place where one is employed (`S`).
    pub(in super::super) const fn employed(sector: &'static str, name: &'static str) -> Self {
        Self { mode: "S", sector, name, ..Self::UNKNOWN }
    }

    /// The SIRET, which begins with the SIREN.
    pub(in super::super) const fn siret(self, siret: &'static str) -> Self {
        let (siren, _) = siret.split_at(9);
        Self { siret, siren, ..self }
    }

    /// FINESS of the site and of the legal entity.
    pub(in super::super) const fn finess(self, finess: &'static str, legal_finess: &'static str) -> Self {
        Self { finess, legal_finess, ..self }
    }

    /// Technical identifier, former identifier, and the authority that registered the place.
    pub(in super::super) const fn registered(
        self,
        technical_id: &'static str,
        former_id: &'static str,
        authority: &'static str,
    ) -> Self {
        Self { technical_id, former_id, authority, ..self }
    }

    /// Number, kind and name of the street.
    pub(in super::super) const fn street(
        self,
        number: &'static str,
        street_kind: &'static str,
        street: &'static str,
    ) -> Self {
        Self { number, street_kind, street, ..self }
    }

    /// Department, INSEE code of the commune, postal code and delivery office.
    pub(in super::super) const fn town(
        self,
        department: &'static str,
        commune: &'static str,
        postal_code: &'static str,
        office: &'static str,
    ) -> Self {
        Self { department, commune, postal_code, office, ..self }
    }

    /// Phone of the place.
    pub(in super::super) const fn phone(self, phone: &'static str) -> Self {
        Self { phone, ..self }
    }

    /// Fax of the place.
    pub(in super::super) const fn fax(self, fax: &'static str) -> Self {
        Self { fax, ..self }
    }

    /// E-mail of the place.
    pub(in super::super) const fn email(self, email: &'static str) -> Self {
        Self { email, ..self }
    }

    /// Enseigne commerciale.
    pub(in super::super) const fn trade_name(self, trade_name: &'static str) -> Self {
        Self { trade_name, ..self }
    }

    /// Complement of the address.
    pub(in super::super) const fn complement(self, complement: &'static str) -> Self {
        Self { complement, ..self }
    }

    /// Section of the order of pharmacists.
    pub(in super::super) const fn pharmacist_section(self, pharmacist_section: &'static str) -> Self {
        Self { pharmacist_section, ..self }
    }
}
