//! Sealing: authenticated encryption of what rests on disk or in a cookie, and purpose-bound MACs.
//!
//! Every purpose has its own key, derived from a sealing key by HKDF-SHA-256, so that what was made for one purpose opens for no other (attack T17).

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::ExposeSecret as _;

use crate::config::settings::SealingKey;
use crate::entropy::{Draw as _, Entropy};

/// Seals with the first key, opens with any.
#[derive(Clone)]
pub struct Sealer {
    keys: Vec<SealingKey>,
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer").field("keys", &self.keys).finish()
    }
}

/// What was shown was not sealed by us for this purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not sealed by one of these keys for this purpose")]
pub struct NotSealed;

impl Sealer {
    /// `keys`: at least one; the configuration's check has made sure.
    #[must_use]
    pub fn new(keys: Vec<SealingKey>) -> Self {
        Self { keys }
    }

    /// Encrypts `plain` for `purpose`: `KEYID.NONCE‖CIPHERTEXT`, URL-safe.
    ///
    /// # Errors
    /// Only if there is no key, or the library refuses it.
    pub fn seal(&self, purpose: &str, plain: &[u8], entropy: &dyn Entropy) -> Result<String, NotSealed> {
        let key = self.keys.first().ok_or(NotSealed)?;
        let nonce = entropy.bytes::<NONCE_LEN>();
        let mut sealed = plain.to_vec();
        aead(key, purpose)?
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(purpose.as_bytes()), &mut sealed)
            .map_err(|_| NotSealed)?;
        let mut whole = nonce.to_vec();
        whole.append(&mut sealed);
        Ok(format!("{}.{}", key.id, URL_SAFE_NO_PAD.encode(whole)))
    }

    /// Opens what [`Sealer::seal`] made for the same purpose.
    ///
    /// # Errors
    /// When it is anything else, cut or changed anywhere.
    pub fn open(&self, purpose: &str, sealed: &str) -> Result<Vec<u8>, NotSealed> {
        let (id, text) = sealed.split_once('.').ok_or(NotSealed)?;
        let key = self.keys.iter().find(|key| key.id == id).ok_or(NotSealed)?;
        let whole = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotSealed)?;
        let (nonce, rest) = whole.split_at_checked(NONCE_LEN).ok_or(NotSealed)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| NotSealed)?;
        let mut buffer = rest.to_vec();
        let plain = aead(key, purpose)?
            .open_in_place(nonce, Aad::from(purpose.as_bytes()), &mut buffer)
            .map_err(|_| NotSealed)?;
        Ok(plain.to_vec())
    }

    /// A MAC over `parts` for `purpose`, with the first key. Each part is preceded by its length, so that no digit can move between parts (attack T15).
    #[must_use]
    pub fn mac(&self, purpose: &str, parts: &[&[u8]]) -> String {
        let Some(key) = self.keys.first() else { return String::new() };
        URL_SAFE_NO_PAD.encode(hmac::sign(&mac_key(key, purpose), &framed(parts)))
    }

    /// The MACs of `parts` under every key, the first key's first: to find what was named under a key that has since been followed.
    #[must_use]
    pub fn macs(&self, purpose: &str, parts: &[&[u8]]) -> Vec<String> {
        let framed = framed(parts);
        self.keys.iter().map(|key| URL_SAFE_NO_PAD.encode(hmac::sign(&mac_key(key, purpose), &framed))).collect()
    }

    /// A MAC with the last key: the same before and after a rotation, until that key is taken out of the list. For what must not
    /// change under the eyes of somebody who compares.
    #[must_use]
    pub fn lasting_mac(&self, purpose: &str, parts: &[&[u8]]) -> String {
        self.macs(purpose, parts).pop().unwrap_or_default()
    }

    /// Whether `shown` is the MAC of these parts under any of the keys; constant time.
    #[must_use]
    pub fn verify_mac(&self, purpose: &str, parts: &[&[u8]], shown: &str) -> bool {
        let Ok(shown) = URL_SAFE_NO_PAD.decode(shown) else { return false };
        let framed = framed(parts);
        self.keys.iter().any(|key| hmac::verify(&mac_key(key, purpose), &framed, &shown).is_ok())
    }
}

fn mac_key(key: &SealingKey, purpose: &str) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, &derive(key, "mac", purpose))
}

fn framed(parts: &[&[u8]]) -> Vec<u8> {
    let mut framed = Vec::new();
    for part in parts {
        framed.extend(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        framed.extend_from_slice(part);
    }
    framed
}

fn aead(key: &SealingKey, purpose: &str) -> Result<LessSafeKey, NotSealed> {
    let derived = derive(key, "aead", purpose);
    UnboundKey::new(&AES_256_GCM, &derived).map(LessSafeKey::new).map_err(|_| NotSealed)
}

fn derive(key: &SealingKey, kind: &str, purpose: &str) -> [u8; 32] {
    let mut derived = [0_u8; 32];
    let prk = Salt::new(HKDF_SHA256, b"guichet").extract(key.key.expose_secret());
    let info = [kind.as_bytes(), b"/", purpose.as_bytes()];
    let filled = prk.expand(&info, HKDF_SHA256).and_then(|okm| okm.fill(&mut derived));
    if filled.is_err() {
        // The length is a constant the library accepts; anything else must not become a key of zeros.
        std::process::abort();
    }
    derived
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;

    fn sealer(bytes: &[u8]) -> Sealer {
        Sealer::new(
            bytes
                .iter()
                .map(|byte| SealingKey {
                    id: format!("k{byte}"),
                    key: std::sync::Arc::new(secrecy::SecretBox::new(Box::new([*byte; 32]))),
                })
                .collect(),
        )
    }

    #[test]
    fn what_is_sealed_opens_for_its_purpose_only() {
        let sealer = sealer(&[1]);
        let sealed = sealer.seal("session", b"token", &SystemEntropy).unwrap();
        assert_eq!(sealer.open("session", &sealed).unwrap(), b"token");
        assert_eq!(sealer.open("device", &sealed), Err(NotSealed));
    }

    #[test]
    fn t16_a_sealed_value_cut_or_bent_anywhere_is_refused() {
        let sealer = sealer(&[1]);
        let sealed = sealer.seal("session", b"a secret", &SystemEntropy).unwrap();
        for length in 0..sealed.len() {
            assert!(sealer.open("session", &sealed[..length]).is_err(), "cut at {length}");
        }
        for (place, bit) in (0..sealed.len()).flat_map(|place| (0..8).map(move |bit| (place, bit))) {
            let mut bent = sealed.clone().into_bytes();
            bent[place] ^= 1 << bit;
            // What is no text cannot be shown at all.
            let Ok(bent) = String::from_utf8(bent) else { continue };
            assert!(sealer.open("session", &bent).is_err(), "bit {bit} of {place}");
        }
    }

    /// Draws the same bytes for ever, and counts them.
    #[derive(Debug, Default)]
    struct Stuck(std::sync::Mutex<Vec<usize>>);

    impl Entropy for Stuck {
        fn fill(&self, bytes: &mut [u8]) {
            self.0.lock().unwrap().push(bytes.len());
            bytes.fill(7);
        }
    }

    fn parts(sealed: &str) -> (Vec<u8>, Vec<u8>) {
        let whole = URL_SAFE_NO_PAD.decode(sealed.split_once('.').unwrap().1).unwrap();
        let (nonce, rest) = whole.split_at(NONCE_LEN);
        (nonce.to_vec(), rest.to_vec())
    }

    #[test]
    fn t18_every_seal_draws_its_whole_nonce_anew_on_every_replica() {
        let (one, other) = (sealer(&[1]), sealer(&[1]));
        let mut nonces = std::collections::HashSet::new();
        for _ in 0..2_000 {
            for replica in [&one, &other] {
                let (nonce, _) = parts(&replica.seal("session", b"the same text", &SystemEntropy).unwrap());
                assert!(nonces.insert(nonce), "a nonce came twice under one key");
            }
        }
        // Nothing but the source decides: no counter that two replicas, or one after a restart, would begin alike.
        let source = Stuck::default();
        for _ in 0..2 {
            assert_eq!(parts(&one.seal("session", b"text", &source).unwrap()).0, [7; NONCE_LEN]);
        }
        assert_eq!(*source.0.lock().unwrap(), [NONCE_LEN, NONCE_LEN]);
    }

    #[test]
    fn t18_purposes_have_keys_of_their_own_so_that_even_one_nonce_twice_gives_nothing_away() {
        let sealer = sealer(&[1]);
        let sealed = |purpose, plain: &[u8]| parts(&sealer.seal(purpose, plain, &Stuck::default()).unwrap()).1;
        let stream = |purpose, plain: &[u8]| -> Vec<u8> {
            sealed(purpose, plain).iter().zip(plain).map(|(sealed, plain)| sealed ^ plain).collect()
        };
        let text = [0_u8; 64];
        assert_eq!(stream("session", &text), stream("session", &[1; 64]), "the same key and nonce, the same stream");
        let purposes = ["session", "device", "id-token", "signing-key"].map(|purpose| stream(purpose, &text));
        assert_eq!(purposes.iter().collect::<std::collections::HashSet<_>>().len(), 4);
    }

    #[test]
    fn an_older_key_still_opens_and_the_first_seals() {
        let old = sealer(&[1]).seal("p", b"x", &SystemEntropy).unwrap();
        let both = sealer(&[2, 1]);
        assert_eq!(both.open("p", &old).unwrap(), b"x");
        assert!(both.seal("p", b"x", &SystemEntropy).unwrap().starts_with("k2."));
    }

    #[test]
    fn a_rotation_changes_no_lasting_mac_and_loses_no_name() {
        let (old, both) = (sealer(&[1]), sealer(&[2, 1]));
        let parts: [&[u8]; 1] = [b"quelqu'un"];
        assert_eq!(old.lasting_mac("mask", &parts), both.lasting_mac("mask", &parts));
        let (former, now) = (old.mac("device", &parts), both.mac("device", &parts));
        assert_eq!(both.macs("device", &parts), [now.clone(), former.clone()]);
        assert_ne!(former, now);
    }

    #[test]
    fn t15_moving_a_digit_between_fields_changes_the_mac() {
        let sealer = sealer(&[1]);
        let shown = sealer.mac("form", &[b"12", b"3"]);
        assert!(sealer.verify_mac("form", &[b"12", b"3"], &shown));
        assert!(!sealer.verify_mac("form", &[b"1", b"23"], &shown));
        assert!(!sealer.verify_mac("flow", &[b"12", b"3"], &shown));
    }
}
