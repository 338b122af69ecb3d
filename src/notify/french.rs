//! Dates and hours as people read them, in French and in Paris time. It says nothing else.

use jiff::Timestamp;
use jiff::Zoned;
use jiff::tz::TimeZone;

const MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

/// The day: "23 novembre 2026", "1er mars 2027".
#[must_use]
pub fn date(at: Timestamp) -> String {
    let at = in_paris(at);
    let day = match at.day() {
        1 => "1er".to_owned(),
        day => day.to_string(),
    };
    let month = usize::try_from(at.month() - 1).ok().and_then(|index| MONTHS.get(index)).copied().unwrap_or_default();
    format!("{day} {month} {}", at.year())
}

/// The hour: "14 h 05", "0 h 30".
#[must_use]
pub fn hour(at: Timestamp) -> String {
    let at = in_paris(at);
    format!("{} h {:02}", at.hour(), at.minute())
}

/// Both: "23 novembre 2026 à 14 h 05".
#[must_use]
pub fn date_and_hour(at: Timestamp) -> String {
    format!("{} à {}", date(at), hour(at))
}

fn in_paris(at: Timestamp) -> Zoned {
    // The time zones are part of this program; were they not, a readable UTC date beats none.
    at.in_tz("Europe/Paris").unwrap_or_else(|_| at.to_zoned(TimeZone::UTC))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(instant: &str, expected: &str) {
        assert_eq!(date_and_hour(instant.parse().unwrap()), expected);
    }

    #[test]
    fn instants_are_told_in_paris_time() {
        check("2026-11-23T13:05:00Z", "23 novembre 2026 à 14 h 05");
        check("2026-07-14T22:30:59Z", "15 juillet 2026 à 0 h 30");
        check("2026-12-31T23:00:00Z", "1er janvier 2027 à 0 h 00");
        check("2026-08-09T10:00:00Z", "9 août 2026 à 12 h 00");
    }

    #[test]
    fn the_hour_that_does_not_exist_and_the_one_that_comes_twice_are_told() {
        check("2026-03-29T00:59:00Z", "29 mars 2026 à 1 h 59");
        check("2026-03-29T01:00:00Z", "29 mars 2026 à 3 h 00");
        check("2026-10-25T00:30:00Z", "25 octobre 2026 à 2 h 30");
        check("2026-10-25T01:30:00Z", "25 octobre 2026 à 2 h 30");
    }

    #[test]
    fn every_month_has_its_name() {
        for (index, name) in MONTHS.iter().enumerate() {
            let at: Timestamp = format!("2026-{:02}-12T12:00:00Z", index + 1).parse().unwrap();
            assert_eq!(date(at), format!("12 {name} 2026"));
        }
    }
}
