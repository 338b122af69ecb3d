//! Countries an address may be in. Overseas France is France: its postal codes are French.

/// ISO 3166 alpha-2 and French name; France first, then in French alphabetical order.
pub const COUNTRIES: &[(&str, &str)] = &[
    ("FR", "France"),
    ("ZA", "Afrique du Sud"),
    ("DZ", "Algérie"),
    ("DE", "Allemagne"),
    ("AD", "Andorre"),
    ("SA", "Arabie saoudite"),
    ("AR", "Argentine"),
    ("AU", "Australie"),
    ("AT", "Autriche"),
    ("BE", "Belgique"),
    ("BJ", "Bénin"),
    ("BR", "Brésil"),
    ("BG", "Bulgarie"),
    ("BF", "Burkina Faso"),
    ("KH", "Cambodge"),
    ("CM", "Cameroun"),
    ("CA", "Canada"),
    ("CN", "Chine"),
    ("CY", "Chypre"),
    ("KM", "Comores"),
    ("CG", "Congo"),
    ("CD", "Congo (République démocratique)"),
    ("KR", "Corée du Sud"),
    ("CI", "Côte d'Ivoire"),
    ("HR", "Croatie"),
    ("DK", "Danemark"),
    ("DJ", "Djibouti"),
    ("EG", "Égypte"),
    ("AE", "Émirats arabes unis"),
    ("ES", "Espagne"),
    ("EE", "Estonie"),
    ("US", "États-Unis"),
    ("FI", "Finlande"),
    ("GA", "Gabon"),
    ("GR", "Grèce"),
    ("GN", "Guinée"),
    ("HT", "Haïti"),
    ("HU", "Hongrie"),
    ("IN", "Inde"),
    ("IE", "Irlande"),
    ("IS", "Islande"),
    ("IL", "Israël"),
    ("IT", "Italie"),
    ("JP", "Japon"),
    ("LA", "Laos"),
    ("LV", "Lettonie"),
    ("LB", "Liban"),
    ("LI", "Liechtenstein"),
    ("LT", "Lituanie"),
    ("LU", "Luxembourg"),
    ("MG", "Madagascar"),
    ("ML", "Mali"),
    ("MT", "Malte"),
    ("MA", "Maroc"),
    ("MU", "Maurice"),
    ("MR", "Mauritanie"),
    ("MX", "Mexique"),
    ("MC", "Monaco"),
    ("NE", "Niger"),
    ("NO", "Norvège"),
    ("NZ", "Nouvelle-Zélande"),
    ("NL", "Pays-Bas"),
    ("PL", "Pologne"),
    ("PT", "Portugal"),
    ("QA", "Qatar"),
    ("CZ", "République tchèque"),
    ("RO", "Roumanie"),
    ("GB", "Royaume-Uni"),
    ("SM", "Saint-Marin"),
    ("SN", "Sénégal"),
    ("SC", "Seychelles"),
    ("SG", "Singapour"),
    ("SK", "Slovaquie"),
    ("SI", "Slovénie"),
    ("SE", "Suède"),
    ("CH", "Suisse"),
    ("TD", "Tchad"),
    ("TG", "Togo"),
    ("TN", "Tunisie"),
    ("TR", "Turquie"),
    ("UA", "Ukraine"),
    ("VU", "Vanuatu"),
    ("VA", "Vatican"),
    ("VN", "Viêt Nam"),
];

/// The French name of a code of the list.
#[must_use]
pub fn name_of(code: &str) -> Option<&'static str> {
    COUNTRIES.iter().find(|(known, _)| *known == code).map(|(_, name)| *name)
}

/// The code meant by a directory's word: a code of the list in any case, or a French name, accents aside.
#[must_use]
pub fn code_of(text: &str) -> Option<&'static str> {
    let wanted = super::folded(text.trim());
    COUNTRIES
        .iter()
        .find(|(code, name)| code.eq_ignore_ascii_case(&wanted) || super::folded(name) == wanted)
        .map(|(code, _)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn france_is_first_and_the_rest_is_in_order() {
        assert_eq!(COUNTRIES.first(), Some(&("FR", "France")));
        let names: Vec<String> = COUNTRIES.iter().skip(1).map(|(_, name)| crate::identity::folded(name)).collect();
        assert!(names.is_sorted());
        let codes: std::collections::BTreeSet<_> = COUNTRIES.iter().map(|(code, _)| code).collect();
        assert_eq!(codes.len(), COUNTRIES.len());
    }

    #[test]
    fn countries_are_read_by_code_or_name() {
        assert_eq!(code_of("fr"), Some("FR"));
        assert_eq!(code_of(" BELGIQUE"), Some("BE"));
        assert_eq!(code_of("etats-unis"), Some("US"));
        assert_eq!(code_of("Atlantide"), None);
        assert_eq!(name_of("BE"), Some("Belgique"));
    }
}
