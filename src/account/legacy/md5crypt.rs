//! MD5-crypt (`$1$`), of which no maintained crate is at hand. Verified only, then wrapped; never made.

use md5::{Digest as _, Md5};

/// Place in the digest of each byte of a `$1$` text (lowest byte of each group first).
pub(super) const ORDER: [usize; 16] = [12, 6, 0, 13, 7, 1, 14, 8, 2, 15, 9, 3, 5, 10, 4, 11];

/// The digest of a password with a salt of at most eight bytes: a thousand mixed rounds of MD5.
pub(super) fn md5_crypt(password: &[u8], salt: &[u8]) -> [u8; 16] {
    let alternate = Md5::new().chain_update(password).chain_update(salt).chain_update(password).finalize();
    let mut first = Md5::new().chain_update(password).chain_update(b"$1$").chain_update(salt);
    for byte in alternate.iter().cycle().take(password.len()) {
        first.update([*byte]);
    }
    // One byte per bit of the length: nothing, or the password's first byte.
    let mut bits = password.len();
    while bits > 0 {
        let start = password.first().copied().unwrap_or(0);
        first.update([if bits & 1 == 1 { 0 } else { start }]);
        bits >>= 1;
    }
    let mut digest: [u8; 16] = first.finalize().into();
    for round in 0..1_000 {
        let odd = round % 2 == 1;
        let mut mixed = Md5::new();
        mixed.update(if odd { password } else { digest.as_slice() });
        if round % 3 != 0 {
            mixed.update(salt);
        }
        if round % 7 != 0 {
            mixed.update(password);
        }
        mixed.update(if odd { digest.as_slice() } else { password });
        digest = mixed.finalize().into();
    }
    digest
}
