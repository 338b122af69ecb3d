use crate::account::SqliteDirectory;
use crate::config::settings::{PasswordProfile, PasswordSettings};

use super::*;

const ROWS: &str = "identifier,password_hash\n\
    1,$2b$04$qSsznl.4ltG8XuwCf0BD0O68YSsoGUNtI4OrIX8bKK5TjS7SGJJJ2\n\
    2,$2b$10$qSsznl.4ltG8XuwCf0BD0O68YSsoGUNtI4OrIX8bKK5TjS7SGJJJ2\n\
    3,$2b$10$qSsznl.4ltG8XuwCf0BD0O68YSsoGUNtI4OrIX8bKK5TjS7SGJJJ2\n";

async fn notes(failure_floor: Duration) -> Vec<Note> {
    let settings = PasswordSettings {
        profile: PasswordProfile::Guide,
        memory_kib: 64,
        passes: 1,
        lanes: 1,
        workers: 1,
        queue: 10,
        failure_floor,
        allow_unsalted: false,
    };
    let folder = tempfile::tempdir().unwrap();
    let directory = SqliteDirectory::open(&folder.path().join("directory.db")).await.unwrap();
    let (clock, entropy): (SharedClock, SharedEntropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    let importer = Importer {
        directory: &directory,
        hasher: &Hasher::new(&settings),
        clock: &clock,
        entropy: &entropy,
        allow_unsalted: false,
        failure_floor: Some(failure_floor),
    };
    let mut notes = Vec::new();
    let report = importer.run(ROWS.as_bytes(), |note| notes.push(note), |_| {}).await.unwrap();
    assert_eq!(report.added, 3);
    notes
}

#[tokio::test]
async fn p01_import_names_the_floor_that_its_slowest_hashes_need() {
    let notes = notes(Duration::ZERO).await;
    let [Note::Slow { line: 3, kind, needs }] = notes.as_slice() else { panic!("{notes:?}") };
    assert_eq!(kind, "bcrypt 10", "a wrapped one is as slow as ours");
    assert!(*needs >= Duration::from_millis(50), "{needs:?}");
}

#[tokio::test]
async fn hashes_below_the_floor_are_not_told_of() {
    assert_eq!(notes(Duration::from_secs(3_600)).await, []);
}
