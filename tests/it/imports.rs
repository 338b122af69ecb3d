//! Who may import whom: the arrows of the architecture, read from the sources.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Room → rooms it may import. `app` and `cli` compose and may import everything below them.
const ALLOWED: [(&str, &str); 17] = [
    ("identity", ""),
    ("clock", ""),
    ("entropy", ""),
    ("activation", "identity"),
    ("config", "identity entropy"),
    ("observe", "identity config entropy"),
    ("outbound", "identity config observe clock entropy"),
    ("keys", "identity config observe clock entropy"),
    ("notify", "identity config observe outbound clock entropy"),
    ("session", "identity config observe keys clock entropy"),
    ("account", "identity activation config observe keys session outbound clock entropy"),
    ("rp", "identity config observe keys outbound clock entropy"),
    ("login", "identity activation config observe keys notify session account rp outbound clock entropy"),
    ("templates", "identity config observe"),
    ("pages", "identity activation config observe keys notify session account rp login templates clock entropy"),
    ("gateway", "identity config observe keys session clock entropy"),
    ("demo", "identity config keys outbound clock entropy"),
];

/// Outside crate → rooms (or files) that may name it.
const DOORS: [(&str, &[&str]); 9] = [
    ("axum", &["pages", "demo", "app"]),
    ("minijinja", &["templates", "notify", "demo"]),
    ("sqlx", &["session/sqlite_file", "session/embedded", "account/sqlite"]),
    ("openidconnect", &["rp"]),
    ("lettre", &["notify"]),
    ("argon2", &["account/password", "account/legacy"]),
    // The program chooses the process's provider of cryptography.
    ("jsonwebtoken", &["keys", "demo", "main"]),
    ("clap", &["cli"]),
    ("schemars", &["config"]),
];

#[test]
fn arrows_between_rooms_point_down_only() {
    let mut faults = Vec::new();
    for (file, line, text) in lines() {
        let room = room(&file);
        let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == room) else { continue };
        for other in text.split("crate::").skip(1).map(word).filter(|other| is_room(other)) {
            if other != room && !allowed.split(' ').any(|name| name == other) {
                faults.push(format!("src/{file}:{line}: `{room}` must not know `{other}`"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn outside_crates_stay_behind_their_doors() {
    let mut faults = BTreeSet::new();
    for (file, line, text) in lines() {
        for (name, doors) in DOORS {
            let named = text.contains(&format!("{name}::")) || text.contains(&format!("use {name};"));
            let path = file.trim_end_matches(".rs");
            let inside = doors.iter().any(|door| path == *door || path.starts_with(&format!("{door}/")));
            if named && !inside && !text.contains(&format!("crate::{name}::")) {
                faults.insert(format!("src/{file}:{line}: `{name}` is known to {} only", doors.join(", ")));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn every_room_is_named_in_the_architecture() {
    let text = std::fs::read_to_string(sources().join("architecture.md")).unwrap();
    for (room, _) in ALLOWED {
        assert!(text.contains(&format!("`{room}`")), "src/architecture.md does not name `{room}`");
    }
}

/// Lines of code outside comments and test modules, with their file below `src/` and their number.
fn lines() -> Vec<(String, usize, String)> {
    let mut files = Vec::new();
    gather(&sources(), &mut files);
    let mut lines = Vec::new();
    for path in files {
        let file = path.strip_prefix(sources()).unwrap().to_string_lossy().into_owned();
        if file.ends_with("tests.rs")
            || file.contains("/tests/")
            || file.contains("contract")
            || file.contains("testing")
        {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate() {
            if line.trim_start().starts_with("mod tests {") {
                break;
            }
            if !line.trim_start().starts_with("//") {
                lines.push((file.clone(), number + 1, line.to_owned()));
            }
        }
    }
    assert!(lines.len() > 5_000, "the sources were not found");
    lines
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn room(file: &str) -> String {
    file.split('/').next().unwrap().trim_end_matches(".rs").to_owned()
}

fn is_room(name: &str) -> bool {
    ALLOWED.iter().any(|(room, _)| *room == name) || matches!(name, "app" | "cli")
}

fn word(text: &str) -> String {
    text.chars().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_').collect()
}
