//! Slips of the hand in common mail domains. A hint to the person, never a refusal.

/// Domains whose neighbours are most likely slips; the first that fits is suggested.
const COMMON: &[&str] = &[
    "gmail.com",
    "hotmail.fr",
    "hotmail.com",
    "orange.fr",
    "wanadoo.fr",
    "yahoo.fr",
    "yahoo.com",
    "outlook.fr",
    "outlook.com",
    "laposte.net",
    "free.fr",
    "sfr.fr",
    "icloud.com",
    "live.fr",
    "live.com",
    "msn.com",
    "neuf.fr",
    "bbox.fr",
    "numericable.fr",
    "club-internet.fr",
    "aliceadsl.fr",
    "cegetel.net",
    "protonmail.com",
    "proton.me",
    "medecin.mssante.fr",
    "aphp.fr",
];

/// Real domains that look like a slip of another.
const REAL: &[&str] = &[
    "mail.com",
    "email.com",
    "ymail.com",
    "gmx.com",
    "gmx.fr",
    "gmx.de",
    "me.com",
    "mac.com",
    "mail.fr",
    "hotmail.be",
    "hotmail.de",
    "hotmail.es",
    "hotmail.it",
    "yahoo.de",
    "yahoo.es",
    "yahoo.it",
    "outlook.be",
    "outlook.de",
    "live.be",
    "live.it",
    "rfr.fr",
    "str.fr",
    "ser.fr",
    "sfr.com",
];

/// The right name with an ending that this provider does not have.
const WRONG_ENDING: &[(&str, &str)] = &[
    ("gmail.fr", "gmail.com"),
    ("laposte.com", "laposte.net"),
    ("laposte.fr", "laposte.net"),
    ("wanadoo.com", "wanadoo.fr"),
    ("icloud.fr", "icloud.com"),
    ("protonmail.fr", "protonmail.com"),
];

/// The common domain meant by one that is a single insertion, loss, change or swap away.
pub(super) fn common_domain(domain: &str) -> Option<&'static str> {
    if COMMON.contains(&domain) || REAL.contains(&domain) {
        return None;
    }
    if let Some((_, meant)) = WRONG_ENDING.iter().find(|(typed, _)| *typed == domain) {
        return Some(meant);
    }
    COMMON.iter().copied().find(|meant| is_one_slip(domain.as_bytes(), meant.as_bytes()))
}

/// Exactly one edit (or swap of neighbours) between the two, found where they first and last differ.
fn is_one_slip(typed: &[u8], meant: &[u8]) -> bool {
    let head = typed.iter().zip(meant).take_while(|(a, b)| a == b).count();
    let rest = typed.len().min(meant.len()) - head;
    let tail = typed.iter().rev().zip(meant.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let typed = typed.get(head..typed.len() - tail).unwrap_or_default();
    let meant = meant.get(head..meant.len() - tail).unwrap_or_default();
    match (typed, meant) {
        ([_], [] | [_]) | ([], [_]) => true,
        ([a, b], [c, d]) => a == d && b == c,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_told_from_other_domains() {
        for (typed, meant) in [
            ("gmial.com", Some("gmail.com")),
            ("gmail.con", Some("gmail.com")),
            ("gmail.co", Some("gmail.com")),
            ("gamil.com", Some("gmail.com")),
            ("hotmial.fr", Some("hotmail.fr")),
            ("hotmial.com", Some("hotmail.com")),
            ("orage.fr", Some("orange.fr")),
            ("wanado.fr", Some("wanadoo.fr")),
            ("yaho.fr", Some("yahoo.fr")),
            ("laposte.com", Some("laposte.net")),
            ("lapsote.net", Some("laposte.net")),
            ("ymail.com", None),
            ("mail.com", None),
            ("orange.fr", None),
            ("orange.com", None),
            ("cabinet-dupont.fr", None),
            ("", None),
        ] {
            assert_eq!(common_domain(typed), meant, "{typed}");
        }
    }
}
