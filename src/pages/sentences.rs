//! Every French sentence a person reads on our pages, one file per group of screens.
//! Takes plain values and the portal's `Brand`; knows neither faults, forms nor HTML.

pub mod account;
pub mod buttons;
pub mod ciba;
pub mod code;
pub mod details;
pub mod frame;
pub mod organisation;
pub mod password;
pub mod psc;
pub mod refusals;
pub mod reset;
pub mod session;
pub mod sign_in;
pub mod trouble;

/// A duration in words, rounded up by the caller: "une minute" for 0 and 1, else "5 minutes".
#[must_use]
pub fn minutes(count: u64) -> String {
    if count <= 1 { "une minute".to_owned() } else { format!("{count} minutes") }
}

/// Seconds in words: "une seconde" for 0 and 1, else "12 secondes".
#[must_use]
pub fn seconds(count: u64) -> String {
    if count <= 1 { "une seconde".to_owned() } else { format!("{count} secondes") }
}

/// "1 chiffre", "0 chiffre", "12 chiffres".
#[must_use]
pub fn digits(count: usize) -> String {
    if count <= 1 { format!("{count} chiffre") } else { format!("{count} chiffres") }
}

/// "Un champ est à revoir", "3 champs sont à revoir" (screens.md 0.5).
#[must_use]
pub fn fields_to_review(count: usize) -> String {
    if count <= 1 { "Un champ est à revoir".to_owned() } else { format!("{count} champs sont à revoir") }
}

/// A text field's content is over the server's bound (screens.md 0.11).
#[must_use]
pub fn too_long(max: usize) -> String {
    format!("Ce champ est trop long : {max} caractères au plus.")
}

/// Control or bidirectional characters in a text field (screens.md 0.11).
pub const CHARACTER: &str =
    "Ce champ contient un caractère que nous ne pouvons pas enregistrer. Effacez-le et saisissez-le à nouveau.";

/// A value of this field was saved in another tab (screens.md 7.3).
#[must_use]
pub fn saved_elsewhere(value: &str) -> String {
    format!("Enregistré dans l'autre onglet : {value}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_and_one_take_the_singular() {
        assert_eq!(minutes(0), "une minute");
        assert_eq!(minutes(1), "une minute");
        assert_eq!(minutes(2), "2 minutes");
        assert_eq!(seconds(1), "une seconde");
        assert_eq!(digits(0), "0 chiffre");
        assert_eq!(digits(2), "2 chiffres");
        assert_eq!(fields_to_review(1), "Un champ est à revoir");
        assert_eq!(fields_to_review(4), "4 champs sont à revoir");
    }
}
