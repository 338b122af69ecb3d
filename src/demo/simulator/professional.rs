//! What the simulated national directory knows about one professional.

mod claims;
mod entry;

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

impl Professional {
    /// Given name and family name.
    pub(super) fn full_name(&self) -> String {
        format!("{} {}", self.given_name, self.family_name)
    }

    /// The register that the national identifier is of.
    pub(super) fn register(&self) -> &'static str {
        match self.national_id.as_bytes() {
            [b'A', ..] => "EDIT",
            [b'0', ..] => "ADELI",
            _ => "RPPS",
        }
    }

    /// The RPPS of eleven digits, if the national identifier holds one.
    #[must_use]
    pub fn rpps(&self) -> Option<&'static str> {
        self.national_id.strip_prefix('8').filter(|rest| rest.len() == 11)
    }
}
