//! What is shipped and cannot run here (Dockerfile, deny.toml) agrees with the code: paths, flags, names (decision 48).

use std::collections::BTreeSet;
use std::path::Path;

use toml::Table;

const DOCKERFILE: &str = include_str!("../../Dockerfile");
const IGNORE: &str = include_str!("../../.dockerignore");
const DENY: &str = include_str!("../../deny.toml");
const MANIFEST: &str = include_str!("../../Cargo.toml");
const LOCK: &str = include_str!("../../Cargo.lock");

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Instructions of the Dockerfile, continued lines joined, comments gone.
fn instructions() -> Vec<String> {
    let kept: Vec<&str> = DOCKERFILE.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
    let joined = kept.join("\n").replace("\\\n", " ");
    joined.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

fn copied() -> Vec<String> {
    instructions()
        .iter()
        .filter_map(|line| line.strip_prefix("COPY ").filter(|rest| !rest.starts_with("--from")))
        .flat_map(|rest| {
            let words: Vec<&str> = rest.split_whitespace().collect();
            words[..words.len() - 1].iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn the_image_copies_what_exists_and_what_docker_may_see() {
    let copied = copied();
    assert!(copied.len() >= 4);
    for path in &copied {
        assert!(root().join(path).exists(), "{path} does not exist");
        assert!(IGNORE.lines().any(|line| line == format!("!{path}")), "{path} is hidden by .dockerignore");
    }
}

#[test]
fn the_image_copies_every_folder_that_the_code_includes() {
    let mut folders = BTreeSet::new();
    let mut waiting = vec![root().join("src")];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let depth = path.parent().unwrap().strip_prefix(root()).unwrap().components().count();
                let text = std::fs::read_to_string(&path).unwrap();
                // What only tests include is not needed to build.
                let text = if text.starts_with("//! What is shipped") {
                    ""
                } else {
                    text.split("#[cfg(test)]\nmod tests {").next().unwrap()
                };
                for start in ["include_str!(\"", "include_bytes!(\""] {
                    for rest in text.split(start).skip(1) {
                        let named = rest.split('"').next().unwrap();
                        if let Some(named) = named.strip_prefix(&"../".repeat(depth)) {
                            folders.insert(named.split('/').next().unwrap().to_owned());
                        }
                    }
                }
            }
        }
    }
    let copied = copied();
    for folder in folders {
        assert!(copied.contains(&folder), "the code includes {folder}, which the Dockerfile does not copy");
    }
}

#[test]
fn the_image_is_built_without_the_demo_by_the_declared_compiler() {
    let manifest: Table = toml::from_str(MANIFEST).unwrap();
    let package = manifest["package"].as_table().unwrap();
    let compiler = package["rust-version"].as_str().unwrap();
    assert!(DOCKERFILE.contains(&format!("FROM rust:{compiler}-")), "the image's compiler is not {compiler}");
    assert_eq!(package["default-run"].as_str(), Some("guichet"));
    assert!(root().join("src/main.rs").exists(), "the binary is the package's own");
    let features = manifest["features"].as_table().unwrap();
    assert_eq!(features["default"].as_array().unwrap().len(), 1, "only the demo is off in the image");
    assert!(features.contains_key("demo"));
    assert!(manifest["profile"]["dist"].is_table());
    assert!(instructions().iter().any(|line| {
        line == "RUN benches/trained --no-default-features && cp target/trained/taught/dist/guichet guichet"
    }));
    let training = include_str!("../../benches/harness/training.py");
    for text in [
        "FOLDER = ROOT / \"target\" / \"trained\"",
        "_build(\"taught\"",
        "\"--profile\", \"dist\", \"--bin\", \"guichet\"",
    ] {
        assert!(training.contains(text), "{text} is missing");
    }
    assert!(DOCKERFILE.contains("COPY --from=build /build/guichet /usr/local/bin/guichet"));
}

#[test]
fn the_image_serves_as_nobody_from_the_folders_of_the_configuration() {
    let instructions = instructions();
    let has = |line: &str| instructions.iter().any(|found| found == line);
    assert!(has("USER 10001:10001"));
    assert!(has("ENTRYPOINT [\"/usr/local/bin/guichet\"]"));
    assert!(has("CMD [\"serve\", \"--config\", \"/etc/guichet/guichet.toml\"]"));
    assert!(instructions.iter().any(|line| {
        line.starts_with("HEALTHCHECK")
            && line
                .ends_with("CMD [\"/usr/local/bin/guichet\", \"health\", \"--config\", \"/etc/guichet/guichet.toml\"]")
    }));
    let state = super::file::File::default().state_dir;
    assert!(has(&format!("VOLUME [\"{state}\"]")), "state_dir is {state}");
    assert!(DOCKERFILE.contains(&format!("-m 0700 {state}")));
}

#[test]
fn the_supply_chain_rules_name_crates_that_are_there() {
    let deny: Table = toml::from_str(DENY).unwrap();
    let lock: Table = toml::from_str(LOCK).unwrap();
    let locked: BTreeSet<(String, String)> = lock["package"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| (package["name"].as_str().unwrap().to_owned(), package["version"].as_str().unwrap().to_owned()))
        .collect();
    for skipped in deny["bans"]["skip"].as_array().unwrap() {
        let (name, version) = skipped["crate"].as_str().unwrap().split_once('@').unwrap();
        assert!(
            locked.contains(&(name.to_owned(), version.to_owned())),
            "{name}@{version} is no longer there: drop its skip"
        );
        assert!(!skipped["reason"].as_str().unwrap().is_empty());
    }
    let ignored = &deny["advisories"]["ignore"].as_array().unwrap()[0];
    assert_eq!(ignored["id"].as_str(), Some("RUSTSEC-2023-0071"));
    for banned in deny["bans"]["deny"].as_array().unwrap() {
        let name = banned["crate"].as_str().unwrap();
        // `ring` stands in the lock file as an option that nothing switches on.
        if !name.contains(':') && name != "ring" {
            assert!(locked.iter().all(|(locked, _)| locked != name), "{name} is in the tree");
        }
    }
}
