//! How many connections each client address holds: IPv4 by address, IPv6 by /64, as one person is given (attack D09).
//!
//! The table is as large as what is open, no more: an address without a connection is not in it.

use std::collections::HashMap;
use std::collections::hash_map::{Entry, RandomState};
use std::hash::BuildHasher as _;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// Parts of the table, so that connections of different addresses seldom wait for each other.
const SHARDS: usize = 64;

/// The table of addresses.
#[derive(Debug, Clone)]
pub struct Addresses {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    limit: usize,
    hasher: RandomState,
    shards: [Mutex<HashMap<IpAddr, usize>>; SHARDS],
}

/// One connection of an address, until it is dropped.
#[derive(Debug)]
pub struct Place {
    shared: Arc<Shared>,
    key: IpAddr,
}

impl Addresses {
    /// At most `limit` connections of each address.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        let shards = std::array::from_fn(|_| Mutex::default());
        Self { shared: Arc::new(Shared { limit, hasher: RandomState::new(), shards }) }
    }

    /// A place for one more; `None` when the address holds all of its own.
    #[must_use]
    pub fn take(&self, address: IpAddr) -> Option<Place> {
        let key = key(address);
        let mut shard = self.shared.shard(key)?.lock().unwrap_or_else(PoisonError::into_inner);
        let held = shard.entry(key).or_insert(0);
        if *held >= self.shared.limit {
            return None;
        }
        *held += 1;
        drop(shard);
        Some(Place { shared: Arc::clone(&self.shared), key })
    }
}

impl Shared {
    fn shard(&self, key: IpAddr) -> Option<&Mutex<HashMap<IpAddr, usize>>> {
        let hash = usize::try_from(self.hasher.hash_one(key) & 0xffff).unwrap_or(0);
        self.shards.get(hash % SHARDS)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(shard) = self.shared.shard(self.key) else { return };
        if let Entry::Occupied(mut held) = shard.lock().unwrap_or_else(PoisonError::into_inner).entry(self.key) {
            *held.get_mut() -= 1;
            if *held.get() == 0 {
                held.remove();
            }
        }
    }
}

fn key(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(addresses: &Addresses, text: &str) -> Option<Place> {
        addresses.take(text.parse().unwrap())
    }

    #[test]
    fn an_address_has_its_places_and_gives_them_back() {
        let addresses = Addresses::new(2);
        let (one, two) = (take(&addresses, "203.0.113.9").unwrap(), take(&addresses, "::ffff:203.0.113.9").unwrap());
        assert!(take(&addresses, "203.0.113.9").is_none());
        assert!(take(&addresses, "203.0.113.10").is_some());
        drop(one);
        let three = take(&addresses, "203.0.113.9").unwrap();
        assert!(take(&addresses, "203.0.113.9").is_none());
        drop((two, three));
        assert!(addresses.shared.shards.iter().all(|shard| shard.lock().unwrap().is_empty()));
    }

    #[test]
    fn d09_a_network_of_one_person_is_one_address() {
        let addresses = Addresses::new(1);
        let held = take(&addresses, "2001:db8:0:1::1");
        assert!(held.is_some());
        assert!(take(&addresses, "2001:db8:0:1:ffff::2").is_none());
        assert!(take(&addresses, "2001:db8:0:2::1").is_some());
    }
}
