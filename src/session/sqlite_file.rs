//! A SQLite file of ours: opened, checked and migrated. The embedded backends of both stores stand on it.
//! Knows no table; must not be used by anything that is not a backend.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Sqlite, Transaction};

/// Connections that only read. Reading never waits for writing (WAL), and a read takes microseconds.
const READERS: u32 = 4;
/// Pages each of them keeps, in KiB; what it does not keep it reads from the system's cache.
const READER_CACHE: &str = "-256";
/// How long a statement waits for the lock of another process (the command line).
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a caller waits for a connection before the store is said to be away.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// Before this version, a write racing with a checkpoint could corrupt a WAL database.
const OLDEST_SQLITE: [u32; 3] = [3, 51, 3];

/// What an acknowledged write survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// The end of the process: `kill -9`, a panic.
    Process,
    /// The end of the machine too: each commit reaches the disk.
    Machine,
}

/// Why a file could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The SQLite library is one that can corrupt a database.
    #[error("SQLite {0} is older than 3.51.3, which is the first that never corrupts a WAL database")]
    OldSqlite(String),
    /// A newer guichet made it; an older one must not guess.
    #[error("{path} was written by a newer guichet (format {found}, this one knows {known})")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The last format this program knows.
        known: i64,
    },
    /// It holds something else than what we write.
    #[error("{0} is damaged or is not a database")]
    Damaged(PathBuf),
    /// The file cannot be made or opened.
    #[error("the file cannot be opened")]
    File(#[from] std::io::Error),
    /// SQLite says no.
    #[error("the database did not answer")]
    Database(#[from] sqlx::Error),
}

/// One writing connection and a few reading ones.
#[derive(Debug, Clone)]
pub struct SqliteFile {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl SqliteFile {
    /// Opens the file, made if needed and readable by its owner only, and brings it to the last of `migrations`.
    ///
    /// Migration number `n` (from 1) must end with `PRAGMA user_version = n`. Processes that start together migrate once.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(path: &Path, durability: Durability, migrations: &[&'static str]) -> Result<Self, OpenError> {
        // SQLite gives its `-wal` and `-shm` companions the permissions of the file itself.
        OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(match durability {
                Durability::Process => SqliteSynchronous::Normal,
                Durability::Machine => SqliteSynchronous::Full,
            })
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            .pragma("journal_size_limit", "67108864");
        let writer = connect(pool(1), options.clone()).await.map_err(|error| damaged_or(path, error))?;
        refuse_old_sqlite(&writer).await?;
        migrate(path, &writer, migrations).await?;
        let readers = pool(READERS);
        let readers =
            readers.connect_with(options.pragma("query_only", "ON").pragma("cache_size", READER_CACHE)).await?;
        Ok(Self { writer, readers })
    }

    /// Begins a write. It holds the write lock from its first statement, so that what it reads cannot change under it.
    ///
    /// # Errors
    /// When the lock or the connection is not had in time.
    pub async fn write(&self) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
        self.writer.begin_with("BEGIN IMMEDIATE").await
    }

    /// Where to read. A read sees every write acknowledged before it.
    #[must_use]
    pub fn readers(&self) -> &SqlitePool {
        &self.readers
    }

    /// Whether the database answers; for readiness.
    ///
    /// # Errors
    /// When it does not.
    pub async fn check(&self) -> Result<(), sqlx::Error> {
        sqlx::query_scalar::<_, i64>("SELECT count(*) FROM sqlite_schema").fetch_one(&self.readers).await.map(|_| ())
    }

    /// Closes every connection, writing the log back into the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// An instant as it is stored.
#[must_use]
pub fn nanoseconds(instant: Timestamp) -> i64 {
    let nanoseconds = instant.as_nanosecond();
    i64::try_from(nanoseconds).unwrap_or(if nanoseconds < 0 { i64::MIN } else { i64::MAX })
}

/// An instant as it was stored.
#[must_use]
pub fn instant(nanoseconds: i64) -> Timestamp {
    // Every i64 is an instant between the years 1677 and 2262, well inside what jiff holds.
    Timestamp::from_nanosecond(i128::from(nanoseconds)).unwrap_or_default()
}

/// Whether SQLite says that the file is damaged (`SQLITE_CORRUPT`) or no database at all (`SQLITE_NOTADB`).
fn tells_of_damage(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
    matches!(code.map(|code| code & 0xff), Some(11 | 26))
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .min_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        // A connection to a file does not die by itself.
        .test_before_acquire(false)
}

/// Connects; waits for another process that is making the file at this very moment, which `busy_timeout` does not cover.
async fn connect(pool: SqlitePoolOptions, options: SqliteConnectOptions) -> Result<SqlitePool, sqlx::Error> {
    const STEP: Duration = Duration::from_millis(20);
    let deadline = tokio::time::Instant::now() + BUSY_TIMEOUT;
    loop {
        match pool.clone().connect_with(options.clone()).await {
            Err(error) if is_busy(&error) && tokio::time::Instant::now() < deadline => tokio::time::sleep(STEP).await,
            done => return done,
        }
    }
}

fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
    code.is_some_and(|code| code & 0xff == 5)
}

async fn refuse_old_sqlite(writer: &SqlitePool) -> Result<(), OpenError> {
    let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(writer).await?;
    if is_too_old(&version) { Err(OpenError::OldSqlite(version)) } else { Ok(()) }
}

fn is_too_old(version: &str) -> bool {
    let numbers: Vec<u32> = version.split('.').map_while(|part| part.parse().ok()).collect();
    numbers.as_slice() < OLDEST_SQLITE.as_slice()
}

async fn migrate(path: &Path, writer: &SqlitePool, migrations: &[&'static str]) -> Result<(), OpenError> {
    let known = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
    let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await.map_err(|error| damaged_or(path, error))?;
    let found: i64 = sqlx::query_scalar("PRAGMA user_version")
        .fetch_one(&mut *transaction)
        .await
        .map_err(|error| damaged_or(path, error))?;
    if found > known {
        return Err(OpenError::Newer { path: path.to_owned(), found, known });
    }
    let Ok(done) = usize::try_from(found) else { return Err(OpenError::Damaged(path.to_owned())) };
    for migration in migrations.iter().skip(done) {
        sqlx::raw_sql(*migration).execute(&mut *transaction).await.map_err(|error| damaged_or(path, error))?;
    }
    transaction.commit().await?;
    Ok(())
}

fn damaged_or(path: &Path, error: sqlx::Error) -> OpenError {
    if tells_of_damage(&error) { OpenError::Damaged(path.to_owned()) } else { OpenError::Database(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "CREATE TABLE marks (mark TEXT); INSERT INTO marks VALUES ('one'); PRAGMA user_version = 1;";
    const TWO: &str = "INSERT INTO marks VALUES ('two'); PRAGMA user_version = 2;";

    async fn marks(file: &SqliteFile) -> Vec<String> {
        sqlx::query_scalar("SELECT mark FROM marks ORDER BY rowid").fetch_all(file.readers()).await.unwrap()
    }

    #[test]
    fn only_versions_that_keep_a_wal_whole_are_accepted() {
        for old in ["3.51.2", "3.50.9", "3.9", "2.99.99", "", "x"] {
            assert!(is_too_old(old), "{old}");
        }
        for fit in ["3.51.3", "3.51.10", "3.52.0", "4.0.0"] {
            assert!(!is_too_old(fit), "{fit}");
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn processes_that_start_together_migrate_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        let mut openings = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let path = path.clone();
            openings.spawn(async move { SqliteFile::open(&path, Durability::Process, &[ONE, TWO]).await.unwrap() });
        }
        for file in openings.join_all().await {
            assert_eq!(marks(&file).await, ["one", "two"]);
        }
    }

    #[tokio::test]
    async fn a_later_migration_is_applied_to_what_is_there_and_an_unknown_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        let older = SqliteFile::open(&path, Durability::Machine, &[ONE]).await.unwrap();
        assert_eq!(marks(&older).await, ["one"]);
        older.close().await;
        let newer = SqliteFile::open(&path, Durability::Machine, &[ONE, TWO]).await.unwrap();
        assert_eq!(marks(&newer).await, ["one", "two"]);
        newer.close().await;
        let refused = SqliteFile::open(&path, Durability::Machine, &[ONE]).await.unwrap_err();
        assert!(matches!(refused, OpenError::Newer { found: 2, known: 1, .. }), "{refused}");
    }

    #[tokio::test]
    async fn a_migration_that_fails_halfway_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        let broken = "INSERT INTO marks VALUES ('half'); INSERT INTO nowhere VALUES (1); PRAGMA user_version = 2;";
        assert!(SqliteFile::open(&path, Durability::Process, &[ONE, broken]).await.is_err());
        let file = SqliteFile::open(&path, Durability::Process, &[ONE, TWO]).await.unwrap();
        assert_eq!(marks(&file).await, ["one", "two"]);
    }

    #[tokio::test]
    async fn only_the_owner_reads_the_file_and_readers_cannot_write() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        let file = SqliteFile::open(&path, Durability::Process, &[ONE]).await.unwrap();
        for name in ["x.db", "x.db-wal", "x.db-shm"] {
            let mode = std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{name}");
        }
        assert!(sqlx::query("DELETE FROM marks").execute(file.readers()).await.is_err());
    }

    #[tokio::test]
    async fn f09_a_file_that_is_no_database_is_an_error_and_is_left_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        let garbage = "this is no database, whatever its name says. ".repeat(200);
        std::fs::write(&path, &garbage).unwrap();
        let refused = SqliteFile::open(&path, Durability::Machine, &[ONE]).await.unwrap_err();
        assert!(matches!(refused, OpenError::Damaged(_)), "{refused}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), garbage);
    }

    #[test]
    fn instants_come_back_to_the_nanosecond() {
        for text in ["2027-01-02T03:04:05.123456789Z", "1970-01-01T00:00:00Z", "1969-12-31T23:59:59.999999999Z"] {
            let kept: Timestamp = text.parse().unwrap();
            assert_eq!(instant(nanoseconds(kept)), kept);
        }
        assert_eq!(nanoseconds(Timestamp::MAX), i64::MAX);
        assert_eq!(nanoseconds(Timestamp::MIN), i64::MIN);
    }
}
