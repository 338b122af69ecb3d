//! When a key is made, published, signs and goes (decision 32). Pure; `app` keeps the records in the directory.

use jiff::{SignedDuration, Timestamp};

use crate::config::settings::SigningAlgorithm;

/// A key signs for this long before its successor takes over.
pub const PERIOD: SignedDuration = SignedDuration::from_hours(90 * 24);
/// A key is published at least this long before it signs: twice what a verifier may keep the set.
pub const PUBLISHED_BEFORE: SignedDuration = SignedDuration::from_mins(10);
/// The next key is made this long before it signs, so that one missed turn of the caller does no harm.
const MADE_BEFORE: SignedDuration = SignedDuration::from_hours(24);
/// Another instance may go on with the former key until it has read the records again.
const OVERLAP: SignedDuration = SignedDuration::from_mins(10);

/// What a key signs; the two never share one (decision 31).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Purpose {
    /// Assertions on forwarded requests.
    Assertion,
    /// ID tokens of the provider.
    Provider,
}

impl Purpose {
    /// The name kept in the directory.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Assertion => "assertion",
            Self::Provider => "provider",
        }
    }

    /// Reads a kept name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "assertion" => Some(Self::Assertion),
            "provider" => Some(Self::Provider),
            _ => None,
        }
    }
}

/// The life of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// `kid`.
    pub id: String,
    /// What it signs.
    pub purpose: Purpose,
    /// How it signs.
    pub algorithm: SigningAlgorithm,
    /// When it was made and published.
    pub created_at: Timestamp,
    /// When it begins to sign.
    pub signs_from: Timestamp,
    /// When it stopped signing.
    pub retired_at: Option<Timestamp>,
}

/// The key that signs at `now`: the latest to have begun among those not retired.
#[must_use]
pub fn signer(records: &[KeyRecord], purpose: Purpose, now: Timestamp) -> Option<&KeyRecord> {
    records
        .iter()
        .filter(|key| key.purpose == purpose && key.signs_from <= now && key.retired_at.is_none_or(|at| now < at))
        .max_by(|a, b| (a.signs_from, &a.id).cmp(&(b.signs_from, &b.id)))
}

/// Whether a key is in the published set at `now`; `longest_life` is that of the longest token it signs.
#[must_use]
pub fn is_published(key: &KeyRecord, longest_life: SignedDuration, now: Timestamp) -> bool {
    // Minutes are added for verifiers whose clock lags, and for the set they keep.
    key.retired_at.is_none_or(|at| now < at + longest_life + PUBLISHED_BEFORE)
}

/// When the key to be made now must begin to sign; `None` when none is due.
///
/// The first key of a purpose signs at once: nobody can have kept a set without it. Pass the answer to the directory's `add_key`, whose
/// lock makes sure that one instance only adds it.
#[must_use]
pub fn due(records: &[KeyRecord], purpose: Purpose, wanted: SigningAlgorithm, now: Timestamp) -> Option<Timestamp> {
    let live = records.iter().filter(|key| key.purpose == purpose && key.retired_at.is_none());
    let Some(newest) = live.max_by_key(|key| key.signs_from) else {
        return Some(now);
    };
    if newest.algorithm != wanted {
        return Some(now + PUBLISHED_BEFORE);
    }
    let successor_signs = newest.signs_from + PERIOD;
    (now >= successor_signs - MADE_BEFORE).then(|| successor_signs.max(now + PUBLISHED_BEFORE))
}

/// Keys whose successor has signed long enough: they are to be marked retired.
#[must_use]
pub fn superseded(records: &[KeyRecord], now: Timestamp) -> Vec<&KeyRecord> {
    records
        .iter()
        .filter(|key| {
            key.retired_at.is_none()
                && signer(records, key.purpose, now)
                    .is_some_and(|signer| signer.signs_from > key.signs_from && signer.signs_from + OVERLAP <= now)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minutes * 60).unwrap()
    }

    const DAY: i64 = 24 * 60;

    fn key(id: &str, signs_from: i64) -> KeyRecord {
        KeyRecord {
            id: id.to_owned(),
            purpose: Purpose::Assertion,
            algorithm: SigningAlgorithm::Es256,
            created_at: at(signs_from - 10),
            signs_from: at(signs_from),
            retired_at: None,
        }
    }

    fn next(records: &[KeyRecord], now: i64) -> Option<Timestamp> {
        due(records, Purpose::Assertion, SigningAlgorithm::Es256, at(now))
    }

    #[test]
    fn the_first_key_signs_at_once_and_the_next_is_due_a_day_before_ninety() {
        assert_eq!(next(&[], 0), Some(at(0)));
        let records = [key("a", 0)];
        assert_eq!(next(&records, 89 * DAY - 1), None);
        assert_eq!(next(&records, 89 * DAY), Some(at(90 * DAY)));
    }

    #[test]
    fn a_gateway_that_slept_still_publishes_before_it_signs() {
        assert_eq!(next(&[key("a", 0)], 200 * DAY), Some(at(200 * DAY + 10)));
    }

    #[test]
    fn another_algorithm_asks_for_a_new_key_that_is_published_first() {
        let asked = due(&[key("a", 0)], Purpose::Assertion, SigningAlgorithm::EdDsa, at(5));
        assert_eq!(asked, Some(at(15)));
    }

    #[test]
    fn a_key_of_one_purpose_never_signs_for_the_other() {
        assert!(signer(&[key("a", 0)], Purpose::Provider, at(1)).is_none());
        assert_eq!(due(&[key("a", 0)], Purpose::Provider, SigningAlgorithm::Es256, at(1)), Some(at(1)));
    }

    #[test]
    fn the_former_key_signs_until_its_successor_begins_and_stays_published_for_its_tokens() {
        let mut records = vec![key("a", 0), key("b", 90 * DAY)];
        assert_eq!(signer(&records, Purpose::Assertion, at(90 * DAY - 1)).unwrap().id, "a");
        assert_eq!(signer(&records, Purpose::Assertion, at(90 * DAY)).unwrap().id, "b");
        assert!(superseded(&records, at(90 * DAY + 9)).is_empty());
        assert_eq!(superseded(&records, at(90 * DAY + 10))[0].id, "a");
        records[0].retired_at = Some(at(90 * DAY + 10));
        let life = SignedDuration::from_mins(5);
        assert!(is_published(&records[0], life, at(90 * DAY + 24)));
        assert!(!is_published(&records[0], life, at(90 * DAY + 25)));
    }
}
