//! The words others rely on, and the commands run to their end on a folder of their own.

use clap::CommandFactory as _;

use super::*;

const DEMO: &str = include_str!("../../config/demo.toml");

/// A folder with a configuration that is right.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("guichet.toml"), DEMO).unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    /// Runs `guichet WORDS --config …`; gives the outcome, the answer and the notes.
    fn run(&self, words: &[&str]) -> (Result<Outcome, String>, String, String) {
        let config = self.path("guichet.toml");
        let words = ["guichet"].iter().chain(words).copied().chain(["--config", config.as_str()]);
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let outcome = run(Cli::try_parse_from(words).unwrap(), &mut Out::new(&mut out, &mut err));
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (outcome.map_err(|error| format!("{error:#}")), text(out), text(err))
    }

    fn answer(&self, words: &[&str]) -> String {
        let (outcome, answer, notes) = self.run(words);
        assert_eq!(outcome, Ok(Outcome::Done), "{answer}{notes}");
        answer
    }

    fn json(&self, words: &[&str]) -> serde_json::Value {
        serde_json::from_str(&self.answer(&[words, &["--json"]].concat())).unwrap()
    }

    fn import(&self) -> String {
        std::fs::write(
            self.path("people.csv"),
            "identifier,family_name,email,phone\n751234567,MOREAU,lucas@exemple.fr,+33612345601\n752345678,LE GOFF,,\nno@where,X,,\n",
        )
        .unwrap();
        let file = self.path("people.csv");
        let (outcome, answer, notes) = self.run(&["accounts", "import", &file]);
        assert_eq!(outcome, Ok(Outcome::Done));
        assert!(notes.contains("line 4: refused"), "{notes}");
        answer
    }
}

fn names(command: &clap::Command) -> Vec<&str> {
    command.get_subcommands().map(clap::Command::get_name).collect()
}

#[test]
fn the_commands_are_well_formed() {
    Cli::command().debug_assert();
}

#[test]
fn the_commands_that_others_rely_on_are_there() {
    let cli = Cli::command();
    for name in ["serve", "check", "schema", "accounts", "keys", "health"] {
        assert!(names(&cli).contains(&name), "{name}");
    }
    #[cfg(feature = "demo")]
    assert!(names(&cli).contains(&"demo"));
    let accounts = cli.find_subcommand("accounts").unwrap();
    for name in [
        "import",
        "list",
        "show",
        "unlock",
        "unfreeze",
        "disable",
        "enable",
        "unlink",
        "move-link",
        "remove-phone",
        "reset-step",
        "revoke-sessions",
        "export",
        "stats",
    ] {
        assert!(names(accounts).contains(&name), "{name}");
    }
    assert_eq!(names(cli.find_subcommand("keys").unwrap()), ["list", "rotate", "retire"]);
}

#[test]
fn the_words_of_the_image_are_commands() {
    // Read and not included: the image is built without it.
    let dockerfile = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Dockerfile")).unwrap();
    for line in dockerfile.lines().filter_map(|line| line.trim().strip_prefix("CMD [")) {
        let words: Vec<String> = serde_json::from_str(&format!("[{line}")).unwrap();
        let words = words.iter().map(String::as_str).filter(|word| *word != "/usr/local/bin/guichet");
        let cli = Cli::try_parse_from(["guichet"].into_iter().chain(words)).unwrap();
        let (Command::Serve(args) | Command::Health(args)) = cli.command else { panic!("{line}") };
        assert_eq!(args.config, Path::new(CONFIG));
    }
    assert_eq!(dockerfile.matches("CMD [").count(), 2);
}

#[test]
fn options_stand_before_or_after_the_act() {
    for words in [
        ["guichet", "accounts", "--json", "--operator", "marie", "unlock", "751234567"],
        ["guichet", "accounts", "unlock", "751234567", "--operator", "marie", "--json"],
    ] {
        let Command::Accounts(_) = Cli::try_parse_from(words).unwrap().command else { panic!() };
    }
    for words in [&["guichet", "accounts", "reset-step", "x", "nowhere"][..], &["guichet", "accounts", "show"]] {
        assert_eq!(Cli::try_parse_from(words).unwrap_err().exit_code(), 2);
    }
}

#[test]
fn a_configuration_is_told_right_or_every_fault_is_named() {
    let place = Place::new();
    assert!(place.answer(&["check"]).contains("portail: */ -> 127.0.0.1:8082"));
    assert_eq!(place.json(&["check"])["right"], true);
    std::fs::write(place.path("guichet.toml"), DEMO.replace("upstream =", "upstraem =")).unwrap();
    let (outcome, answer, notes) = place.run(&["check"]);
    assert_eq!((outcome, answer.as_str()), (Ok(Outcome::Faulty), ""));
    assert!(notes.lines().count() > 1 && notes.lines().all(|line| line.contains("guichet.toml:")), "{notes}");
    let (_, answer, _) = place.run(&["check", "--json"]);
    let told: serde_json::Value = serde_json::from_str(&answer).unwrap();
    assert!(told["faults"][0]["line"].is_u64());
}

#[test]
fn the_schema_is_json() {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let cli = Cli::try_parse_from(["guichet", "schema"]).unwrap();
    run(cli, &mut Out::new(&mut out, &mut err)).unwrap();
    let schema: serde_json::Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(schema["title"], "guichet");
}

#[test]
fn an_import_counts_and_a_second_one_keeps() {
    let place = Place::new();
    assert_eq!(place.import(), "added 2, updated 0, kept 0, refused 1; with warnings 0\n");
    assert_eq!(place.import(), "added 0, updated 0, kept 2, refused 1; with warnings 0\n");
    let (outcome, ..) = place.run(&["accounts", "import", &place.path("nothing.csv")]);
    assert!(outcome.unwrap_err().contains("cannot be read"));
}

#[test]
fn the_help_desk_finds_acts_and_shows() {
    let place = Place::new();
    place.import();
    assert!(place.answer(&["accounts", "list", "--text", "le goff"]).contains("752345678"));
    assert_eq!(place.json(&["accounts", "list", "--state", "imported"]).as_array().unwrap().len(), 2);
    let done = place.json(&["accounts", "disable", "lucas@exemple.fr", "--operator", "marie"]);
    assert_eq!((&done["changed"], &done["account"]["state"]), (&true.into(), &"disabled".into()));
    assert!(place.answer(&["accounts", "disable", "751234567"]).starts_with("nothing to do: "));
    let shown = place.json(&["accounts", "show", "751234567"]);
    assert_eq!(shown["facts"][0]["fact"], "account.disabled");
    assert_eq!(shown["facts"][0]["detail"]["operator"], "marie");
    let shown = place.answer(&["accounts", "show", "751234567", "--facts", "1"]);
    assert!(shown.contains("waits for: the account is disabled") && !shown.contains("lucas@"), "{shown}");
    place.answer(&["accounts", "enable", "751234567"]);
    place.answer(&["accounts", "unlock", "751234567"]);
    assert!(place.run(&["accounts", "unlink", "751234567"]).0.unwrap_err().contains("not linked"));
    assert!(place.run(&["accounts", "unlock", "nobody"]).0.unwrap_err().contains("no account"));
    assert_eq!(place.json(&["accounts", "stats"])["imported"], 2);
    assert!(place.answer(&["accounts", "stats"]).contains("2 imported"));
}

#[test]
fn an_export_goes_to_a_new_file_that_only_its_owner_reads() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    place.import();
    let file = place.path("export.csv");
    place.answer(&["accounts", "export", "--output", &file]);
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 3);
    assert!(place.run(&["accounts", "export", "--output", &file]).0.is_err(), "nothing is overwritten");
    assert_eq!(place.answer(&["accounts", "export", "--json"]).lines().count(), 2);
}

#[test]
fn acts_refuse_a_folder_without_a_directory() {
    let place = Place::new();
    assert!(place.run(&["accounts", "list"]).0.unwrap_err().contains("there is no directory at"));
    assert!(!Path::new(&place.path("state/directory.db")).exists());
}

#[test]
fn keys_are_made_ahead_and_the_only_one_stays() {
    let place = Place::new();
    assert_eq!(place.answer(&["keys", "list"]), "");
    let first = place.json(&["keys", "rotate"]);
    assert_eq!((&first["purpose"], &first["state"]), (&"assertion".into(), &"signs".into()));
    let second = place.json(&["keys", "rotate"]);
    assert_eq!(second["state"], "waits");
    assert!(place.run(&["keys", "rotate"]).0.unwrap_err().contains("already waits"));
    assert_eq!(place.json(&["keys", "list"]).as_array().unwrap().len(), 2);
    assert!(place.run(&["keys", "retire", first["id"].as_str().unwrap()]).0.unwrap_err().contains("the only one"));
    assert_eq!(place.json(&["keys", "retire", second["id"].as_str().unwrap()])["state"], "retired");
    assert!(Cli::try_parse_from(["guichet", "keys", "retire", "-a-key-may-begin-so"]).is_ok());
}

#[test]
fn health_is_not_asked_of_a_gateway_without_its_listener() {
    let (outcome, answer, _) = Place::new().run(&["health"]);
    assert!(outcome.unwrap_err().contains("there is nothing to ask"));
    assert_eq!(answer, "");
}

#[test]
fn the_doctor_says_what_is_wrong_in_sentences_or_json_and_ends_with_one() {
    let place = Place::new();
    let (outcome, answer, _) = place.run(&["forward-auth", "doctor"]);
    assert_eq!(outcome, Ok(Outcome::Faulty));
    assert!(
        answer.starts_with("wrong  Forward-auth is off: no proxy can ask.\n       Write [forward_auth]"),
        "{answer}"
    );
    let json = |place: &Place| {
        let (outcome, answer, _) = place.run(&["forward-auth", "doctor", "--json"]);
        assert_eq!(outcome, Ok(Outcome::Faulty));
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        assert_eq!((&answer["right"], &answer["findings"][0]["state"]), (&false.into(), &"fault".into()), "{answer}");
        answer["findings"][0]["said"].as_str().unwrap().to_owned()
    };
    assert!(json(&place).starts_with("Forward-auth is off"));
    std::fs::write(place.path("guichet.toml"), format!("{DEMO}\n[forward_auth]\nlisten = \"127.0.0.1:9180\"\n"))
        .unwrap();
    assert!(json(&place).contains("forward_auth.secret: is missing"), "{}", json(&place));
}
