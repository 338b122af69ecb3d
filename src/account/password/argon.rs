//! Argon2 in its PHC text form. Costs read from a stored text are capped before anything is allocated (attack P11).

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use subtle::ConstantTimeEq as _;

/// PHC's base64: no padding, read leniently in its last bits as other writers do.
const B64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_encode_padding(false).with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// How dear a hash is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::account) struct Cost {
    /// Memory (KiB).
    pub(in crate::account) memory_kib: u32,
    /// Passes over it.
    pub(in crate::account) passes: u32,
    /// Lanes.
    pub(in crate::account) lanes: u32,
}

impl Cost {
    /// What a stored hash may cost at most when the configuration does not ask for more: 256 MiB, 16 passes, 16 lanes.
    pub(in crate::account) const CAP: Self = Self { memory_kib: 256 * 1_024, passes: 16, lanes: 16 };

    /// The larger of each.
    pub(super) fn max(self, other: Self) -> Self {
        Self {
            memory_kib: self.memory_kib.max(other.memory_kib),
            passes: self.passes.max(other.passes),
            lanes: self.lanes.max(other.lanes),
        }
    }

    fn within(self, cap: Self) -> bool {
        self.memory_kib <= cap.memory_kib && self.passes <= cap.passes && self.lanes <= cap.lanes
    }
}

/// A stored argon2 hash whose costs are acceptable.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::account) struct ArgonHash {
    algorithm: Algorithm,
    version: Version,
    pub(in crate::account) cost: Cost,
    salt: Vec<u8>,
    digest: Vec<u8>,
}

impl std::fmt::Debug for ArgonHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ArgonHash")
            .field("algorithm", &self.algorithm)
            .field("cost", &self.cost)
            .finish_non_exhaustive()
    }
}

impl ArgonHash {
    /// Reads `$argon2id$v=19$m=…,t=…,p=…$salt$digest`; `None` when it is malformed or dearer than `cap`.
    pub(in crate::account) fn parse(text: &str, cap: Cost) -> Option<Self> {
        if text.len() > 512 {
            return None;
        }
        let mut fields = text.strip_prefix('$')?.split('$');
        let algorithm = Algorithm::new(fields.next()?).ok()?;
        let mut field = fields.next()?;
        let version = match field.strip_prefix("v=") {
            Some(version) => {
                field = fields.next()?;
                Version::try_from(version.parse::<u32>().ok()?).ok()?
            }
            // Hashes from before the version was written.
            None => Version::V0x10,
        };
        let cost = read_cost(field)?;
        let salt = B64.decode(fields.next()?).ok()?;
        let digest = B64.decode(fields.next()?).ok()?;
        let sound = (8..=64).contains(&salt.len()) && (16..=64).contains(&digest.len()) && cost.within(cap);
        (sound && fields.next().is_none()).then_some(Self { algorithm, version, cost, salt, digest })
    }

    /// Whether the password gives this digest; as dear as [`ArgonHash::cost`] says, in constant time at its end.
    pub(in crate::account) fn matches(&self, password: &[u8]) -> bool {
        derive(self.algorithm, self.version, self.cost, password, &self.salt, self.digest.len())
            .is_some_and(|digest| digest.ct_eq(&self.digest).into())
    }

    /// Whether it is what we would make today: argon2id, current version, this cost.
    pub(super) fn is_current(&self, cost: Cost) -> bool {
        self.algorithm == Algorithm::Argon2id && self.version == Version::V0x13 && self.cost == cost
    }
}

/// Makes an argon2id hash in PHC form; `None` when the cost is one that argon2 refuses, or memory is short.
pub(super) fn make(password: &[u8], salt: &[u8], cost: Cost) -> Option<String> {
    let digest = derive(Algorithm::Argon2id, Version::V0x13, cost, password, salt, 32)?;
    let Cost { memory_kib, passes, lanes } = cost;
    let (salt, digest) = (B64.encode(salt), B64.encode(digest));
    Some(format!("$argon2id$v=19$m={memory_kib},t={passes},p={lanes}${salt}${digest}"))
}

/// Spends what a verification would cost, for accounts that have no such hash.
pub(super) fn pretend(password: &[u8], cost: Cost) {
    std::hint::black_box(derive(Algorithm::Argon2id, Version::V0x13, cost, password, b"nobody-has-this!", 32));
}

fn derive(
    algorithm: Algorithm,
    version: Version,
    cost: Cost,
    password: &[u8],
    salt: &[u8],
    length: usize,
) -> Option<Vec<u8>> {
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(length)).ok()?;
    let mut digest = vec![0; length];
    Argon2::new(algorithm, version, params).hash_password_into(password, salt, &mut digest).ok()?;
    Some(digest)
}

fn read_cost(field: &str) -> Option<Cost> {
    let (mut memory_kib, mut passes, mut lanes) = (None, None, None);
    for pair in field.split(',') {
        let (name, value) = pair.split_once('=')?;
        let place = match name {
            "m" => &mut memory_kib,
            "t" => &mut passes,
            "p" => &mut lanes,
            // Keyed and labelled hashes need data that is not in the text.
            _ => return None,
        };
        if place.replace(value.parse::<u32>().ok()?).is_some() {
            return None;
        }
    }
    Some(Cost { memory_kib: memory_kib?, passes: passes?, lanes: lanes? })
}

#[cfg(test)]
mod tests {
    use super::*;

    // argon2-cffi 23 through passlib 1.7.4, password "Résoflux 2019".
    const VECTORS: [&str; 3] = [
        "$argon2i$v=19$m=64,t=1,p=1$c2Vsc2Vsc2Vs$+QkaDAu8RmubtWHOIvlHbaG6F8Jlby0UmkzOgWrv7dk",
        "$argon2d$v=19$m=64,t=1,p=1$c2Vsc2Vsc2Vs$RjlLSHDeqPzBtrjCIL6B4GnnEmS7RzwhNEbkxNjwZtM",
        "$argon2id$v=19$m=64,t=1,p=1$c2Vsc2Vsc2Vs$tF45c52q897sVQkfN3T8cP4iA0tYHxwbViu6FochS+o",
    ];

    #[test]
    fn hashes_of_another_library_verify() {
        for text in VECTORS {
            let hash = ArgonHash::parse(text, Cost::CAP).unwrap();
            assert!(hash.matches("Résoflux 2019".as_bytes()), "{text}");
            assert!(!hash.matches("Résoflux 2018".as_bytes()), "{text}");
        }
    }

    #[test]
    fn what_is_made_reads_back() {
        let cost = Cost { memory_kib: 64, passes: 2, lanes: 1 };
        let text = make(b"secret", b"0123456789abcdef", cost).unwrap();
        let hash = ArgonHash::parse(&text, Cost::CAP).unwrap();
        assert!(hash.matches(b"secret") && hash.is_current(cost));
        assert!(!hash.is_current(Cost::CAP));
        assert!(!format!("{hash:?}").contains("salt"));
    }

    #[test]
    fn p11_malformed_and_absurd_hashes_are_not_even_read() {
        let good = VECTORS[2];
        for text in [
            "",
            "$",
            "$argon2id$",
            &good.replace("m=64", "m=4294967295"),
            &good.replace("m=64", "m=262145"),
            &good.replace("t=1", "t=4000000000"),
            &good.replace("t=1", "t=99999999999"),
            &good.replace("p=1", "p=16777215"),
            &good.replace("p=1", "p=1,data=AAAA"),
            &good.replace("m=64", "m=64,m=64"),
            &good.replace(",p=1", ""),
            &good.replace("v=19", "v=20"),
            &good.replace("argon2id", "argon2x"),
            &good.replace("c2Vsc2Vsc2Vs", "c2Vs"),
            &format!("{good}$more"),
            &good.replace("tF45c52q897sVQkfN3T8cP4iA0tYHxwbViu6FochS+o", "tF4"),
            &"$argon2id".repeat(100),
        ] {
            assert!(ArgonHash::parse(text, Cost::CAP).is_none(), "{text}");
        }
    }
}
