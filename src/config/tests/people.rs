//! What people see and receive: brand, messages, and the sections made of numbers.

use super::{BASE, each_gives, faults};

#[test]
fn sections_judge_their_own_values() {
    each_gives(
        "end",
        &[
            (
                "[session]\nidle = \"5 h\"",
                "session.idle: \"5 h\" is longer than session.absolute; allowed: at most \"4 h\"",
            ),
            ("[throttle]\nfailures_per_day = 26", "throttle.failures_per_day: 26 is out of bounds; allowed: 5 to 25"),
            ("[password]\nlanes = 0", "password.lanes: 0 is out of bounds"),
            ("[admin]\nlisten = \"127.0.0.1:8080\"", "admin.listen: \"127.0.0.1:8080\" is a public listener"),
            ("[admin]\nlisten = \"0.0.0.0:9090\"", "admin.listen: \"0.0.0.0:9090\" is not loopback"),
            ("[activation]\nprofessions = []", "activation.professions: is empty"),
            (
                "[activation]\noptional = { \"61\" = [\"rpps\"] }",
                "activation.optional.61: is not in the list of professions",
            ),
            (
                "[activation]\noptional = { \"60\" = [\"name\"] }",
                "activation.optional.60[0]: \"name\" is not one of its words; allowed: \"rpps\", \"siret\", \"cpam\", \"finess\"",
            ),
            (
                "[activation]\ndial_codes = [{ code = \"32\", label = \"B\" }]",
                "activation.dial_codes[0].code: \"32\" is not a dialling code",
            ),
            (
                "[activation]\ndial_codes = [{ code = \"+33\", label = \"F\" }]",
                "activation.dial_codes[0].code: \"+33\" is offered already",
            ),
        ],
    );
}

#[test]
fn the_brand_is_complete_sendable_and_readable() {
    let brand = |keys: &str| format!("{}\n{keys}", BASE[3].1);
    let cases = [
        (
            "sms_name = \"Le portail des professionnels\"",
            "brand.sms_name: \"Le portail des professionnels\" has 29 characters",
        ),
        ("sms_name = \"Prêt\"", "brand.sms_name: \"Prêt\" holds 'ê', which is not in the GSM-7 alphabet"),
        ("help_cost = \"\"", "brand.help_cost: is empty"),
        ("tagline = \"a\\nb\"", "brand.tagline: holds a line break"),
        ("legal_url = \"ftp://x\"", "brand.legal_url: \"ftp://x\" is not a safe address"),
        ("legal_url = \"//evil.example\"", "brand.legal_url: \"//evil.example\" is not an address"),
        ("logo = \"logo.gif\"", "brand.logo: \"/nowhere/logo.gif\" is not a picture we serve"),
        ("logo = \"logo.svg\"", "brand.logo: there is no file \"/nowhere/logo.svg\""),
        ("templates = \"t\"", "brand.templates: there is no folder \"/nowhere/t\""),
        ("colours = { brand = \"red\" }", "brand.colours.brand: \"red\" is not a colour; allowed: \"#rrggbb\""),
        ("colours = { accent = \"#000000\" }", "brand.colours.accent: is not a colour of the pages"),
        (
            "colours = { line = \"#dddddd\", page = \"#ffffff\" }",
            "brand.colours.line: line #dddddd on page #ffffff has a contrast of 1.35; allowed: at least 3",
        ),
    ];
    let cases: Vec<(String, &str)> = cases.iter().map(|(keys, expected)| (brand(keys), *expected)).collect();
    let (contrast, cases) = cases.split_last().unwrap();
    each_gives("brand", &cases.iter().map(|(snippet, expected)| (snippet.as_str(), *expected)).collect::<Vec<_>>());
    let found = faults(&[("brand", &contrast.0)]);
    assert!(found.iter().any(|fault| fault.ends_with(contrast.1)), "{found:#?}");
    let missing = faults(&[("brand", "[brand]")]);
    assert_eq!(missing.len(), 7, "{missing:#?}");
}

#[test]
fn senders_are_encrypted_and_complete() {
    each_gives(
        "email",
        &[
            ("[email]", "email.from: is missing"),
            ("[email]\nfrom = \"nobody\"", "email.from: \"nobody\" is not an e-mail address"),
            ("[email]\nfrom = \"a@b.fr\"\ntransport = \"smtp\"", "email.smtp.host: is missing"),
            (
                "[email]\nfrom = \"a@b.fr\"\ntransport = \"smtp\"\nsmtp = { host = \"mx.example\", security = \"none\" }",
                "email.smtp.security: \"none\" would send codes in the clear",
            ),
            (
                "[email]\nfrom = \"a@b.fr\"\ntransport = \"smtp\"\nsmtp = { host = \"mx.example\", user = \"u\" }",
                "email.smtp.password: is missing; allowed: password_file = \"path\" or password_env = \"VARIABLE\"",
            ),
            (
                "[email]\nfrom = \"a@b.fr\"\ntransport = \"smtp\"\nsmtp = { host = \"mx.example\", password_env = \"GUICHET_TEST\" }",
                "email.smtp.user: is missing, and there is a password",
            ),
            (
                "[email]\nfrom = \"a@b.fr\"\ntransport = \"smtp\"\nsmtp = { host = \"mx.example\", ca_file = \"ca.pem\" }",
                "email.smtp.ca_file: cannot be read",
            ),
        ],
    );
    let sms = |keys: &str| format!("[sms]\ntransport = \"http\"\n{keys}");
    let json = "body = '{\"to\": \"{to}\", \"text\": \"{text}\"}'";
    let cases = [
        (format!("url = \"http://sms.example\"\n{json}"), "sms.url: \"http://sms.example\" is not a safe address"),
        (json.to_owned(), "sms.url: is missing"),
        ("url = \"https://sms.example\"".to_owned(), "sms.body: is missing"),
        (
            "url = \"https://sms.example\"\nbody = '{\"to\": {to}, \"text\": \"{text}\"}'".to_owned(),
            "sms.body: is not what format says; allowed: JSON, each placeholder",
        ),
        ("url = \"https://sms.example\"\nbody = '[\"{to}\"]'".to_owned(), "sms.body: does not hold {text}"),
        (
            "url = \"https://sms.example\"\nbody = '[\"{to}{text}{env}\"]'".to_owned(),
            "sms.body: holds {env}; allowed: {to}, {text}, {id}, {secret}",
        ),
        (
            format!("url = \"https://sms.example\"\n{json}\nheaders = {{ key = \"{{secret}}\" }}"),
            "sms.secret: is missing",
        ),
        (format!("url = \"https://sms.example\"\n{json}\nsecret = \"kB3-in-clear-text\""), "sms.secret: is not used"),
        (
            format!("url = \"https://sms.example\"\n{json}\nheaders = {{ Host = \"x\" }}"),
            "sms.headers.Host: is not a header that may be set here",
        ),
        (
            format!("url = \"https://sms.example\"\n{json}\nheaders = {{ api-key = \"abcdefgh\" }}"),
            "sms.headers.api-key: would hold a secret in this file",
        ),
        (
            format!("url = \"https://sms.example?password=abcdefgh\"\n{json}"),
            "sms.url: would hold a secret in this file",
        ),
        (format!("url = \"https://sms.example/{{to}}\"\n{json}"), "sms.url: holds a placeholder"),
    ];
    let cases: Vec<(String, &str)> = cases.iter().map(|(keys, expected)| (sms(keys), *expected)).collect();
    each_gives("end", &cases.iter().map(|(snippet, expected)| (snippet.as_str(), *expected)).collect::<Vec<_>>());
}
