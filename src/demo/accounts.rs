//! Accounts of a made-up legacy directory, for the demonstration's import. Every one is invented.

/// One account of [`legacy_csv`], with what a person needs to try it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoAccount {
    /// Identifier typed at the first sign-in.
    pub legacy_id: &'static str,
    /// Password in the former system.
    pub password: &'static str,
    /// Who it is, in French.
    pub who: &'static str,
    /// Why it is there, in French.
    pub remark: &'static str,
}

/// The directory as a CSV file with a header, as `guichet accounts import` reads it.
///
/// Hashes were made with other tools than ours (passlib, argon2-cffi, Python's hashlib), one kind or another per account.
#[must_use]
pub fn legacy_csv() -> &'static str {
    include_str!("legacy.csv")
}

/// Everyone in [`legacy_csv`], in its order.
#[must_use]
pub fn demo_accounts() -> &'static [DemoAccount] {
    &ACCOUNTS
}

static ACCOUNTS: [DemoAccount; 8] = [
    DemoAccount {
        legacy_id: "751234567",
        password: "Canal-Saint-Martin17",
        who: "Lucas MOREAU-TEST, masseur-kinésithérapeute",
        remark: "se rattache aussi par Pro Santé Connect (même RPPS)",
    },
    DemoAccount {
        legacy_id: "752345678",
        password: "Tilleuls-2019",
        who: "Élodie FONTAINE-TEST, infirmière",
        remark: "fiche complète",
    },
    DemoAccount {
        legacy_id: "691234567",
        password: "Exemple-Avenue3",
        who: "Paul MERCIER-TEST, médecin",
        remark: "fiche complète, avec enseigne et télécopie",
    },
    DemoAccount {
        legacy_id: "331234567",
        password: "Fontaine#Bordeaux8",
        who: "Claire LAMBERT-TEST, pharmacienne",
        remark: "sans RPPS ni téléphone portable connus",
    },
    DemoAccount {
        legacy_id: "974123456",
        password: "Phare-du-Sud21",
        who: "Mathieu HOARAU-TEST, opticien à La Réunion",
        remark: "numéro de portable de La Réunion (+262)",
    },
    DemoAccount {
        legacy_id: "131234567",
        password: "Calanques13!",
        who: "Sandrine REY-TEST, orthophoniste",
        remark: "sans e-mail ni téléphone connus : tout est à saisir",
    },
    DemoAccount {
        legacy_id: "441234567",
        password: "Platanes-Nantes9",
        who: "Aurore COLIN-TEST, sage-femme (Nantes)",
        remark: "deux cabinets, deux comptes, un seul RPPS",
    },
    DemoAccount {
        legacy_id: "442345678",
        password: "Sevre-Vertou6",
        who: "Aurore COLIN-TEST, sage-femme (Vertou)",
        remark: "deux cabinets, deux comptes, un seul RPPS",
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::simulator::IMPORTED_RPPS;

    fn rows() -> Vec<csv::StringRecord> {
        csv::Reader::from_reader(legacy_csv().as_bytes()).records().map(Result::unwrap).collect()
    }

    #[test]
    fn the_table_lists_exactly_the_accounts_of_the_file() {
        let identifiers: Vec<String> = rows().iter().map(|row| row[0].to_owned()).collect();
        let listed: Vec<&str> = demo_accounts().iter().map(|account| account.legacy_id).collect();
        assert_eq!(identifiers, listed);
    }

    #[test]
    fn one_account_has_the_rpps_of_a_simulated_professional() {
        assert_eq!(rows().iter().filter(|row| &row[6] == IMPORTED_RPPS).count(), 1);
    }

    #[test]
    fn the_listed_password_is_the_one_behind_a_bcrypt_hash() {
        let rows = rows();
        for (row, account) in rows.iter().zip(demo_accounts()).filter(|(row, _)| row[1].starts_with("$2")) {
            assert!(bcrypt::verify(account.password, &row[1]).unwrap(), "{}", account.legacy_id);
        }
    }
}
