//! Marks that forgetting raises: one counter for each of 4 096 slices of the keys, of the accounts and of the session ids.
//! An entry is good while its three counters stand as they did before it was read. A neighbour of a forgotten one is read again, no more.

use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::identity::AccountId;
use crate::session::SessionKey;

const SLICES: usize = 4_096;

/// The counters.
#[derive(Debug)]
pub(in crate::session) struct MarkBoard {
    keys: Box<[AtomicU64]>,
    accounts: Box<[AtomicU64]>,
    sids: Box<[AtomicU64]>,
}

/// One counter as it stood.
#[derive(Debug, Clone, Copy)]
pub(in crate::session) struct Mark {
    slice: usize,
    value: u64,
}

/// The three counters of an entry as they stood before it was read.
#[derive(Debug, Clone, Copy)]
pub(in crate::session) struct Marks {
    key: Mark,
    account: Mark,
    sid: Mark,
}

impl Default for MarkBoard {
    fn default() -> Self {
        let board = || (0..SLICES).map(|_| AtomicU64::new(0)).collect();
        Self { keys: board(), accounts: board(), sids: board() }
    }
}

impl MarkBoard {
    /// The mark of a key; to be read before the store is asked.
    pub(in crate::session) fn key(&self, key: SessionKey) -> Mark {
        mark(&self.keys, slice(&key))
    }

    /// The marks of a session whose key mark was read before it; to be called before the directory is asked.
    pub(in crate::session) fn complete(&self, key: Mark, account: AccountId, sid: &str) -> Marks {
        Marks { key, account: mark(&self.accounts, slice(&account)), sid: mark(&self.sids, slice(sid)) }
    }

    /// Whether nothing was forgotten since.
    pub(in crate::session) fn hold(&self, marks: &Marks) -> bool {
        holds(&self.keys, marks.key) && holds(&self.accounts, marks.account) && holds(&self.sids, marks.sid)
    }

    pub(in crate::session) fn raise_key(&self, key: SessionKey) {
        raise(&self.keys, slice(&key));
    }

    pub(in crate::session) fn raise_account(&self, account: AccountId) {
        raise(&self.accounts, slice(&account));
    }

    pub(in crate::session) fn raise_sid(&self, sid: &str) {
        raise(&self.sids, slice(sid));
    }

    pub(in crate::session) fn raise_all(&self) {
        for counter in &self.keys {
            counter.fetch_add(1, Ordering::SeqCst);
        }
    }
}

fn slice(of: &(impl Hash + ?Sized)) -> usize {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    usize::try_from(hasher.finish() % SLICES as u64).unwrap_or(0)
}

fn mark(board: &[AtomicU64], slice: usize) -> Mark {
    Mark { slice, value: board.get(slice).map_or(0, |counter| counter.load(Ordering::SeqCst)) }
}

fn holds(board: &[AtomicU64], mark: Mark) -> bool {
    board.get(mark.slice).is_some_and(|counter| counter.load(Ordering::SeqCst) == mark.value)
}

fn raise(board: &[AtomicU64], slice: usize) {
    if let Some(counter) = board.get(slice) {
        counter.fetch_add(1, Ordering::SeqCst);
    }
}
