//! Every case this issue must survive has a test that carries its number.

use std::collections::BTreeSet;
use std::path::Path;

/// Whole groups: letter and last number.
const WHOLE: [(char, u32); 12] = [
    ('h', 24),
    ('i', 15),
    ('r', 21),
    ('d', 13),
    ('s', 13),
    ('p', 19),
    ('o', 15),
    ('a', 13),
    ('k', 9),
    ('c', 25),
    ('t', 18),
    ('l', 10),
];

/// Starred cases of the other groups.
const STARRED: [&str; 6] = ["w01", "w08", "f01", "f03", "f06", "f16"];
const MORE: [&str; 13] = ["b01", "b02", "b06", "b07", "b08", "b14", "x01", "x02", "x03", "f10", "f11", "f12", "f13"];

fn required() -> BTreeSet<String> {
    let whole = WHOLE.iter().flat_map(|(group, last)| (1..=*last).map(move |number| format!("{group}{number:02}")));
    whole.chain(STARRED.iter().chain(&MORE).map(|id| (*id).to_owned())).collect()
}

fn is_id(word: &str) -> bool {
    word.len() == 3
        && word.starts_with(|letter: char| letter.is_ascii_lowercase())
        && word[1..].bytes().all(|byte| byte.is_ascii_digit())
}

/// Adds the ids that names of functions carry: `fn i09_s03_s04_a_cookie…` carries three.
fn gather(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let names = text.lines().filter_map(|line| line.split_once("fn ")).map(|(_, name)| name);
            for name in names {
                let name = name.split(['(', '<']).next().unwrap_or_default();
                found.extend(name.split('_').take_while(|word| is_id(word)).map(str::to_owned));
            }
        }
    }
}

#[test]
fn every_required_case_has_a_test_that_carries_its_number() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeSet::new();
    gather(&root.join("src"), &mut found);
    gather(&root.join("tests"), &mut found);
    let missing: Vec<String> = required().difference(&found).cloned().collect();
    assert!(missing.is_empty(), "no test carries {missing:?}");
}
