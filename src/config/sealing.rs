//! Sealing keys: read from their file, and made once for development.
//!
//! One key of 32 bytes per line, base64 or hexadecimal; blank lines and `#` comments are skipped. The first seals, all open.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret as _, SecretBox};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::check::too_open;
use super::settings::{SealingKey, Settings};
use crate::entropy::{Draw as _, Entropy};

/// The file made in `state_dir` when development names none.
pub const DEVELOPMENT_FILE: &str = "sealing.keys";

/// Why sealing keys cannot be used. Never holds a key.
#[derive(Debug, thiserror::Error)]
pub enum SealingKeysFault {
    /// The file cannot be read or made.
    #[error("{path:?} cannot be read or made: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// Others can open the file.
    #[error("{0}")]
    TooOpen(String),
    /// There is no key in it.
    #[error("the file holds no key")]
    Empty,
    /// A line is not a key.
    #[error("line {0} of the file is not a key of 32 bytes")]
    NotAKey(usize),
    /// A line is no secret: zeros, one byte repeated, or bytes in sequence.
    #[error("line {0} of the file is a key that everybody tries first")]
    Example(usize),
    /// A key stands twice.
    #[error("line {0} of the file repeats a key")]
    Repeated(usize),
}

/// Reads the keys of `path`. Permissions are not judged in development.
pub(super) fn read(path: &Path, development: bool) -> Result<Vec<SealingKey>, SealingKeysFault> {
    if let Some(open) = too_open(path).filter(|_| !development) {
        return Err(SealingKeysFault::TooOpen(open));
    }
    let text = std::fs::read_to_string(path)
        .map(Zeroizing::new)
        .map_err(|error| SealingKeysFault::Io { path: path.to_owned(), error })?;
    let mut keys: Vec<SealingKey> = Vec::new();
    for (line, content) in (1..).zip(text.lines()) {
        let content = content.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let bytes = decoded(content).ok_or(SealingKeysFault::NotAKey(line))?;
        if is_example(&bytes) {
            return Err(SealingKeysFault::Example(line));
        }
        if keys.iter().any(|known| known.key.expose_secret() == &*bytes) {
            return Err(SealingKeysFault::Repeated(line));
        }
        keys.push(sealing_key(&bytes));
    }
    if keys.is_empty() { Err(SealingKeysFault::Empty) } else { Ok(keys) }
}

/// Makes a file with one new key, mode 0600; a file that exists is left alone and refused.
///
/// # Errors
/// When the file exists or cannot be written.
pub fn create_sealing_keys(path: &Path, entropy: &dyn Entropy) -> Result<SealingKey, SealingKeysFault> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let key = Zeroizing::new(entropy.bytes::<32>());
    let line = Zeroizing::new(STANDARD.encode(*key));
    let written =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).and_then(|mut file| {
            writeln!(file, "# Sealing keys of guichet: the first seals, all open. Keep this file with the databases.")?;
            writeln!(file, "{}", *line)?;
            file.sync_all()
        });
    written.map_err(|error| SealingKeysFault::Io { path: path.to_owned(), error })?;
    Ok(sealing_key(&key))
}

/// Gives development settings their keys: those of `state_dir`, made with the folder at the first start.
/// Settings that have keys are left as they are.
///
/// # Errors
/// When the folder or the file cannot be made or read, and outside development, where a file must be named.
pub fn ensure_sealing_keys(settings: &mut Settings, entropy: &dyn Entropy) -> Result<(), SealingKeysFault> {
    if !settings.sealing_keys.is_empty() {
        return Ok(());
    }
    if !settings.development {
        return Err(SealingKeysFault::Empty);
    }
    std::fs::create_dir_all(&settings.state_dir)
        .map_err(|error| SealingKeysFault::Io { path: settings.state_dir.clone(), error })?;
    let path = settings.state_dir.join(DEVELOPMENT_FILE);
    settings.sealing_keys = if path.exists() { read(&path, true)? } else { vec![create_sealing_keys(&path, entropy)?] };
    Ok(())
}

fn sealing_key(bytes: &[u8; 32]) -> SealingKey {
    let digest = Sha256::digest(bytes);
    let id = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    SealingKey { id, key: Arc::new(SecretBox::new(Box::new(*bytes))) }
}

fn decoded(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let bytes = if text.len() == 64 {
        hexadecimal(text)?
    } else {
        let engines = [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE_NO_PAD];
        engines.iter().find_map(|engine| engine.decode(text).ok())?
    };
    let bytes = Zeroizing::new(bytes);
    <[u8; 32]>::try_from(bytes.as_slice()).ok().map(Zeroizing::new)
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.chars().map(|digit| digit.to_digit(16)?.try_into().ok()).collect();
    Some(digits?.chunks_exact(2).map(|pair| pair.iter().fold(0_u8, |byte, digit| (byte << 4) | digit)).collect())
}

/// Fewer than eight different bytes, printable text throughout, or counting up: typed, not drawn.
fn is_example(bytes: &[u8; 32]) -> bool {
    let different: std::collections::BTreeSet<_> = bytes.iter().collect();
    let counting = bytes.iter().zip(bytes.iter().skip(1)).all(|(one, next)| one.wrapping_add(1) == *next);
    let typed = bytes.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    different.len() < 8 || counting || typed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;

    fn faults_of(text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        std::fs::write(&path, text).unwrap();
        read(&path, true).unwrap_err().to_string()
    }

    #[test]
    fn made_keys_are_private_and_read_back() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let made = create_sealing_keys(&path, &SystemEntropy).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let read = read(&path, false).unwrap();
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].id, made.id);
        assert_eq!(read[0].id.len(), 8);
        assert!(create_sealing_keys(&path, &SystemEntropy).is_err(), "never overwritten");
    }

    #[test]
    fn base64_and_hexadecimal_of_a_key_are_the_same_key() {
        let bytes: [u8; 32] = SystemEntropy.bytes();
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            faults_of(&format!("{hex}\n\n# again\n{}\n", STANDARD.encode(bytes))),
            "line 4 of the file repeats a key"
        );
    }

    #[test]
    fn k02_short_example_and_missing_keys_are_refused() {
        assert_eq!(faults_of("# nothing\n"), "the file holds no key");
        assert_eq!(faults_of("c2hvcnQ=\n"), "line 1 of the file is not a key of 32 bytes");
        assert_eq!(faults_of(&STANDARD.encode([0_u8; 32])), "line 1 of the file is a key that everybody tries first");
        assert_eq!(faults_of(&"0f".repeat(32)), "line 1 of the file is a key that everybody tries first");
        let typed = STANDARD.encode(b"this-is-my-very-own-secret-key!!");
        assert_eq!(faults_of(&typed), "line 1 of the file is a key that everybody tries first");
        let counted: Vec<u8> = (0..32).collect();
        assert_eq!(faults_of(&STANDARD.encode(counted)), "line 1 of the file is a key that everybody tries first");
    }

    #[test]
    fn k02_a_world_readable_key_file_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        create_sealing_keys(&path, &SystemEntropy).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(read(&path, false).unwrap_err().to_string().contains("can be opened by others (mode 0644)"));
    }
}
