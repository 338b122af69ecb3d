//! From a stored text to scheme and digest.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::LegacyFault;
use super::md5crypt;
use super::scheme::{BCRYPT_CAP, Hash, PBKDF2_CAP, SALT_CAP, SHA_CRYPT_CAP, Scheme};

/// Base64 with or without its padding.
const B64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// bcrypt's base64. Some writers left bits set in a salt's last character, so those are let be.
const BCRYPT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::BCRYPT,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// crypt's own alphabet, in which the first character holds the lowest bits.
const CRYPT: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

type Parsed = Result<(Scheme, Vec<u8>), LegacyFault>;

/// Tells the kind by the prefix and reads the rest.
pub(super) fn scheme_and_digest(text: &str) -> Parsed {
    if let Some((name, rest)) = text.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        return braced(&name.to_ascii_uppercase(), rest);
    }
    if let Some(rest) = text.strip_prefix('$') {
        return dollar(text, rest);
    }
    if let Some(rest) = text.strip_prefix("pbkdf2_sha256$") {
        return django(Hash::Sha256, rest);
    }
    if let Some(rest) = text.strip_prefix("pbkdf2_sha1$") {
        return django(Hash::Sha1, rest);
    }
    hexadecimal(text).ok_or(LegacyFault::Unknown)
}

/// The 23 bytes at the end of a bcrypt text.
pub(super) fn bcrypt_digest(text: &str) -> Option<Vec<u8>> {
    BCRYPT.decode(text.get(29..)?).ok()
}

/// LDAP's `{NAME}rest`.
fn braced(name: &str, rest: &str) -> Parsed {
    let salted = |hash| plain(hash, rest, true);
    match name {
        "SSHA" | "SSHA1" => salted(Hash::Sha1),
        "SSHA256" => salted(Hash::Sha256),
        "SSHA512" => salted(Hash::Sha512),
        "SMD5" => salted(Hash::Md5),
        "SHA" | "SHA1" => plain(Hash::Sha1, rest, false),
        "SHA256" => plain(Hash::Sha256, rest, false),
        "SHA512" => plain(Hash::Sha512, rest, false),
        "MD5" => plain(Hash::Md5, rest, false),
        "PBKDF2" | "PBKDF2-SHA1" => pbkdf2(Hash::Sha1, rest),
        "PBKDF2-SHA256" => pbkdf2(Hash::Sha256, rest),
        "PBKDF2-SHA512" => pbkdf2(Hash::Sha512, rest),
        // Traditional DES crypt has no dollar; its eight characters are not worth carrying over.
        "CRYPT" | "BCRYPT" => rest.strip_prefix('$').map_or(Err(LegacyFault::Unknown), |inner| dollar(rest, inner)),
        _ => Err(LegacyFault::Unknown),
    }
}

/// crypt's and PHC's `$name$…`; `rest` is what follows the first dollar.
fn dollar(text: &str, rest: &str) -> Parsed {
    let (name, rest) = rest.split_once('$').ok_or(LegacyFault::Malformed)?;
    match name {
        "2a" | "2b" | "2y" => bcrypt(text),
        "1" => {
            let (salt, digest) = rest.split_once('$').ok_or(LegacyFault::Malformed)?;
            let digest = crypt_bytes(digest, &md5crypt::ORDER).ok_or(LegacyFault::Malformed)?;
            Ok((Scheme::Md5Crypt(crypt_salt(salt, 8)?), digest))
        }
        "5" => sha_crypt(Hash::Sha256, rest),
        "6" => sha_crypt(Hash::Sha512, rest),
        "pbkdf2" | "pbkdf2-sha1" => pbkdf2(Hash::Sha1, rest),
        "pbkdf2-sha256" => pbkdf2(Hash::Sha256, rest),
        "pbkdf2-sha512" => pbkdf2(Hash::Sha512, rest),
        _ => Err(LegacyFault::Unknown),
    }
}

fn plain(hash: Hash, text: &str, is_salted: bool) -> Parsed {
    let mut digest = B64.decode(text).map_err(|_| LegacyFault::Malformed)?;
    if digest.len() < hash.length() {
        return Err(LegacyFault::Malformed);
    }
    let salt = digest.split_off(hash.length());
    if salt.is_empty() == is_salted || salt.len() > SALT_CAP {
        return Err(LegacyFault::Malformed);
    }
    Ok((Scheme::Plain(hash, salt), digest))
}

fn bcrypt(text: &str) -> Parsed {
    // `$2b$cost$`, 22 characters of salt, 31 of digest.
    let part = |range: std::ops::Range<usize>| text.get(range).ok_or(LegacyFault::Malformed);
    if text.len() != 60 || part(6..7)? != "$" {
        return Err(LegacyFault::Malformed);
    }
    let cost: u32 = part(4..6)?.parse().map_err(|_| LegacyFault::Malformed)?;
    let salt = BCRYPT.decode(part(7..29)?).ok().and_then(|salt| salt.try_into().ok()).ok_or(LegacyFault::Malformed)?;
    let digest = bcrypt_digest(text).ok_or(LegacyFault::Malformed)?;
    match cost {
        4..=BCRYPT_CAP => Ok((Scheme::Bcrypt(cost, salt), digest)),
        0..4 => Err(LegacyFault::Malformed),
        _ => Err(LegacyFault::TooCostly),
    }
}

fn sha_crypt(hash: Hash, rest: &str) -> Parsed {
    let (rounds, rest) = match rest.strip_prefix("rounds=").and_then(|rest| rest.split_once('$')) {
        // Old libraries raised fewer rounds to a thousand and kept the text.
        Some((rounds, rest)) => (rounds.parse::<u32>().map_err(|_| LegacyFault::Malformed)?.max(1_000), rest),
        None => (5_000, rest),
    };
    if rounds > SHA_CRYPT_CAP {
        return Err(LegacyFault::TooCostly);
    }
    let (salt, digest) = rest.split_once('$').ok_or(LegacyFault::Malformed)?;
    let digest = match hash {
        Hash::Sha256 => crypt_bytes(digest, &SHA256_ORDER),
        Hash::Md5 | Hash::Sha1 | Hash::Sha512 => crypt_bytes(digest, &SHA512_ORDER),
    };
    Ok((Scheme::ShaCrypt(hash, rounds, crypt_salt(salt, 16)?), digest.ok_or(LegacyFault::Malformed)?))
}

/// `rounds$salt$digest` (passlib, LDAP) or `i=rounds[,l=length]$salt$digest` (PHC); `.` stands for `+` in passlib's base64.
fn pbkdf2(hash: Hash, rest: &str) -> Parsed {
    let mut fields = rest.split('$');
    let (Some(cost), Some(salt), Some(digest), None) = (fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return Err(LegacyFault::Malformed);
    };
    let rounds = cost.split(',').find_map(|pair| pair.strip_prefix("i=")).unwrap_or(cost);
    let salt = B64.decode(salt.replace('.', "+")).map_err(|_| LegacyFault::Malformed)?;
    pbkdf2_of(hash, rounds, salt, &digest.replace('.', "+"))
}

/// `rounds$salt$digest` with the salt as text.
fn django(hash: Hash, rest: &str) -> Parsed {
    let mut fields = rest.splitn(3, '$');
    let (Some(rounds), Some(salt), Some(digest)) = (fields.next(), fields.next(), fields.next()) else {
        return Err(LegacyFault::Malformed);
    };
    pbkdf2_of(hash, rounds, salt.as_bytes().to_vec(), digest)
}

fn pbkdf2_of(hash: Hash, rounds: &str, salt: Vec<u8>, digest: &str) -> Parsed {
    let rounds: u32 = rounds.parse().map_err(|_| LegacyFault::Malformed)?;
    let digest = B64.decode(digest).map_err(|_| LegacyFault::Malformed)?;
    if rounds == 0 || salt.is_empty() || salt.len() > SALT_CAP || !(16..=64).contains(&digest.len()) {
        return Err(LegacyFault::Malformed);
    }
    if rounds > PBKDF2_CAP {
        return Err(LegacyFault::TooCostly);
    }
    Ok((Scheme::Pbkdf2(hash, rounds, salt, digest.len()), digest))
}

/// A bare hexadecimal digest, told by its length.
fn hexadecimal(text: &str) -> Option<(Scheme, Vec<u8>)> {
    let hash =
        [Hash::Md5, Hash::Sha1, Hash::Sha256, Hash::Sha512].into_iter().find(|hash| hash.length() * 2 == text.len())?;
    let value = |c: u8| char::from(c).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let digest = text
        .as_bytes()
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Some(value(*high)? * 16 + value(*low)?),
            _ => None,
        })
        .collect::<Option<Vec<u8>>>()?;
    Some((Scheme::Plain(hash, Vec::new()), digest))
}

/// crypt hashes the salt as written, cut to its length.
fn crypt_salt(salt: &str, longest: usize) -> Result<Vec<u8>, LegacyFault> {
    let kept: Vec<u8> = salt.bytes().take(longest).collect();
    if kept.is_empty() || !salt.is_ascii() { Err(LegacyFault::Malformed) } else { Ok(kept) }
}

/// Undoes crypt's base64, whose groups of three bytes are taken in an order of its own; `order` gives each byte's place in the digest.
fn crypt_bytes(text: &str, order: &[usize]) -> Option<Vec<u8>> {
    let mut digest = vec![0; order.len()];
    let mut places = order.iter();
    for group in text.as_bytes().chunks(4) {
        let mut bits = 0_u32;
        for (place, c) in group.iter().enumerate() {
            bits |= u32::try_from(CRYPT.iter().position(|known| known == c)?).ok()? << (6 * place);
        }
        let bytes = bits.to_le_bytes();
        for byte in bytes.iter().take(group.len() - 1) {
            *digest.get_mut(*places.next()?)? = *byte;
        }
    }
    places.next().is_none().then_some(digest)
}

/// Place in the digest of each byte of a `$5$` text (lowest byte of each group first).
const SHA256_ORDER: [usize; 32] = [
    20, 10, 0, 11, 1, 21, 2, 22, 12, 23, 13, 3, 14, 4, 24, 5, 25, 15, 26, 16, 6, 17, 7, 27, 8, 28, 18, 29, 19, 9, 30,
    31,
];

/// The same for `$6$`: each group steps by one through three thirds of the digest, turning.
const SHA512_ORDER: [usize; 64] = [
    42, 21, 0, 1, 43, 22, 23, 2, 44, 45, 24, 3, 4, 46, 25, 26, 5, 47, 48, 27, 6, 7, 49, 28, 29, 8, 50, 51, 30, 9, 10,
    52, 31, 32, 11, 53, 54, 33, 12, 13, 55, 34, 35, 14, 56, 57, 36, 15, 16, 58, 37, 38, 17, 59, 60, 39, 18, 19, 61, 40,
    41, 20, 62, 63,
];
