//! The one door to chance: secrets, codes and identifiers are drawn here and nowhere else.

use std::sync::Arc;

use aws_lc_rs::error::Unspecified;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use uuid::Uuid;

/// A source of random bytes fit for secrets.
pub trait Entropy: Send + Sync + std::fmt::Debug {
    /// Fills `bytes`, or ends the process: a gateway without randomness must not go on.
    fn fill(&self, bytes: &mut [u8]);
}

/// A source shared by the rooms of one gateway.
pub type SharedEntropy = Arc<dyn Entropy>;

/// The operating system's source, through aws-lc.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        #[expect(clippy::disallowed_methods, reason = "this is the door the ban points to")]
        drawn(aws_lc_rs::rand::fill(bytes));
    }
}

/// Nothing made without randomness may leave this process.
fn drawn(outcome: Result<(), Unspecified>) {
    if outcome.is_err() {
        std::process::abort();
    }
}

/// What is drawn from a source, in the forms the rooms need.
pub trait Draw: Entropy {
    /// `N` random bytes.
    fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0_u8; N];
        self.fill(&mut bytes);
        bytes
    }

    /// `N` random bytes as unpadded base64url text.
    fn token<const N: usize>(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes::<N>())
    }

    /// Six decimal digits, uniform, leading zeros kept.
    fn six_digits(&self) -> String {
        // The largest multiple of a million below 2^32; what lies above would favour small codes.
        const BOUND: u32 = 4_294_000_000;
        loop {
            let drawn = u32::from_be_bytes(self.bytes());
            if drawn < BOUND {
                return format!("{:06}", drawn % 1_000_000);
            }
        }
    }

    /// A UUID of version 7: sorted by `now`, never a secret.
    fn uuid(&self, now: Timestamp) -> Uuid {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid()
    }
}

impl<E: Entropy + ?Sized> Draw for E {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_keep_their_leading_zeros() {
        #[derive(Debug)]
        struct Zero;
        impl Entropy for Zero {
            fn fill(&self, bytes: &mut [u8]) {
                bytes.fill(0);
            }
        }
        assert_eq!(Zero.six_digits(), "000000");
    }

    /// A source that fails as the system's would.
    #[derive(Debug)]
    struct Dry;

    impl Entropy for Dry {
        fn fill(&self, _: &mut [u8]) {
            drawn(Err(Unspecified));
        }
    }

    /// What is done in a process of its own: this test's program again, with nothing but that test.
    const IN_A_CHILD: &str = "GUICHET_TEST_DRY_SOURCE";

    #[test]
    fn t18_a_source_that_fails_ends_the_process_before_anything_is_made_with_it() {
        use std::os::unix::process::ExitStatusExt as _;

        if std::env::var_os(IN_A_CHILD).is_some() {
            let token = Dry.token::<32>();
            panic!("a token was made of nothing: {token}");
        }
        let name = "entropy::tests::t18_a_source_that_fails_ends_the_process_before_anything_is_made_with_it";
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(IN_A_CHILD, "1")
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&child.stderr);
        assert_eq!(child.status.signal(), Some(6), "it was not aborted: {told}");
        assert!(!told.contains("a token was made"), "{told}");
    }

    #[test]
    fn every_digit_of_a_code_is_drawn_about_as_often() {
        let mut seen = [[0_u32; 10]; 6];
        for _ in 0..20_000 {
            for (place, digit) in SystemEntropy.six_digits().bytes().enumerate() {
                seen[place][usize::from(digit - b'0')] += 1;
            }
        }
        for place in seen {
            for count in place {
                assert!((1_700..2_300).contains(&count), "{count} of 20 000 is not uniform");
            }
        }
    }
}
