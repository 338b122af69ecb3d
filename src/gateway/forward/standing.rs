//! Which of several servers a request goes to: the one with the fewest under way among those that can be reached. Pure.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};

/// A server that cannot be reached is left out for a second, then two, four … up to this long (milliseconds).
const LONGEST: u64 = 30_000;
/// Who has been away is given a growing share for this long (milliseconds).
const EASED: u64 = 10_000;
/// How much dearer a server counts the moment it is back.
const DEAREST: u64 = 8;

/// How a server stands, as its requests have told. Times are milliseconds of one clock that begins above zero.
#[derive(Debug, Default)]
pub(super) struct Standing {
    under_way: AtomicUsize,
    failures: AtomicU32,
    /// Until then it is left out; 0 when it never failed.
    away_until: AtomicU64,
    /// It answers badly when it is asked how it is.
    sick: AtomicBool,
}

impl Standing {
    /// A request begins; [`Standing::end`] is called for each.
    pub(super) fn begin(&self) {
        self.under_way.fetch_add(1, Ordering::Relaxed);
    }

    /// A request has ended, with its answer's body.
    pub(super) fn end(&self) {
        self.under_way.fetch_sub(1, Ordering::Relaxed);
    }

    /// It could not be reached at `now`.
    pub(super) fn failed(&self, now: u64) {
        let before = self.failures.fetch_add(1, Ordering::Relaxed).min(10);
        let away = (1_000_u64 << before).min(LONGEST);
        self.away_until.store(now.saturating_add(away), Ordering::Relaxed);
    }

    /// It was reached.
    pub(super) fn reached(&self) {
        // Written only after a failure: requests to a sound server share no line of memory here.
        if self.failures.load(Ordering::Relaxed) != 0 {
            self.failures.store(0, Ordering::Relaxed);
        }
    }

    /// It answers badly: left out until it is well.
    pub(super) fn sick(&self) {
        self.sick.store(true, Ordering::Relaxed);
    }

    /// It answers well again since `now`: eased back in from here.
    pub(super) fn well(&self, now: u64) {
        self.away_until.store(now, Ordering::Relaxed);
        self.sick.store(false, Ordering::Relaxed);
    }

    fn is_away(&self, now: u64) -> bool {
        self.sick.load(Ordering::Relaxed) || now < self.away_until.load(Ordering::Relaxed)
    }

    /// Who is asked first where everybody is away, smallest first.
    fn hopelessness(&self) -> (bool, u64) {
        (self.sick.load(Ordering::Relaxed), self.away_until.load(Ordering::Relaxed))
    }

    /// What one more request would cost here, in comparison: those under way, dearer for who has just come back.
    fn cost(&self, now: u64) -> u64 {
        let under_way = u64::try_from(self.under_way.load(Ordering::Relaxed)).unwrap_or(u64::MAX);
        let back_since = match self.away_until.load(Ordering::Relaxed) {
            0 => EASED,
            until => now.saturating_sub(until).min(EASED),
        };
        let dearer = 1 + (DEAREST - 1) * (EASED - back_since) / EASED;
        under_way.saturating_add(1).saturating_mul(dearer)
    }
}

/// The place of the best server, `tried` ones left out; `turn` decides between equals. Where every one is away, the one that is back
/// first is tried all the same.
pub(super) fn choose(standings: &[&Standing], tried: &[usize], turn: usize, now: u64) -> Option<usize> {
    let count = standings.len();
    let candidates = (0..count).map(|step| (turn + step) % count).filter(|place| !tried.contains(place));
    let of = |place: usize| standings.get(place).copied();
    let here = candidates.clone().filter(|place| of(*place).is_some_and(|standing| !standing.is_away(now)));
    let cheapest = here.min_by_key(|place| of(*place).map_or(u64::MAX, |standing| standing.cost(now)));
    cheapest.or_else(|| candidates.min_by_key(|place| of(*place).map_or((true, u64::MAX), Standing::hopelessness)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(servers: &[Standing], tried: &[usize], turn: usize, now: u64) -> Option<usize> {
        choose(&servers.iter().collect::<Vec<_>>(), tried, turn, now)
    }

    #[test]
    fn the_fewest_under_way_win_and_equals_take_turns() {
        let servers = [Standing::default(), Standing::default(), Standing::default()];
        assert_eq!([0, 1, 2, 3].map(|turn| chosen(&servers, &[], turn, 1)), [Some(0), Some(1), Some(2), Some(0)]);
        servers[0].begin();
        servers[1].begin();
        assert_eq!([0, 1, 2].map(|turn| chosen(&servers, &[], turn, 1)), [Some(2); 3]);
        servers[0].end();
        assert_eq!(chosen(&servers, &[2], 1, 1), Some(0));
        assert_eq!(chosen(&servers, &[0, 1, 2], 0, 1), None);
    }

    #[test]
    fn who_cannot_be_reached_is_left_out_longer_each_time_and_eased_back_in() {
        let servers = [Standing::default(), Standing::default()];
        servers[0].failed(1_000);
        assert_eq!(chosen(&servers, &[], 0, 1_999), Some(1));
        // Back, and still dear: it gets one request when the other has eight under way.
        for _ in 0..7 {
            assert_eq!(chosen(&servers, &[], 0, 2_000), Some(1));
            servers[1].begin();
        }
        servers[1].begin();
        assert_eq!(chosen(&servers, &[], 1, 2_000), Some(0));
        assert_eq!(chosen(&servers, &[], 0, 12_000), Some(0));
        servers[0].failed(12_000);
        assert_eq!(chosen(&servers, &[], 0, 13_999), Some(1), "two seconds the second time");
        for _ in 0..40 {
            servers[0].failed(20_000);
        }
        assert_eq!(chosen(&servers, &[1], 0, 20_001), Some(0), "nobody else: tried all the same");
        assert_eq!(chosen(&servers, &[], 0, 49_999), Some(1));
        servers[0].reached();
        servers[0].failed(60_000);
        assert_eq!(chosen(&servers, &[1], 0, 61_000), Some(0));
    }

    #[test]
    fn who_answers_badly_is_left_out_until_it_is_well_and_is_then_eased_in() {
        let servers = [Standing::default(), Standing::default()];
        servers[0].sick();
        assert_eq!([0, 1].map(|turn| chosen(&servers, &[], turn, 100_000)), [Some(1); 2]);
        assert_eq!(chosen(&servers, &[1], 0, 100_000), Some(0), "nobody else: tried all the same");
        servers[1].failed(100_000);
        assert_eq!(chosen(&servers, &[], 0, 100_001), Some(1), "who was only unreachable comes before who is sick");
        servers[0].well(200_000);
        servers[1].begin();
        assert_eq!(chosen(&servers, &[], 0, 200_000), Some(1), "dear at first");
        assert_eq!(chosen(&servers, &[], 0, 210_000), Some(0));
    }
}
