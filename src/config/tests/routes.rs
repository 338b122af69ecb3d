//! Routes: literal, ordered, one audience per upstream.

use super::{each_gives, faults, settings};

#[test]
fn r18_there_is_no_rule_by_the_domain_of_an_email() {
    let route =
        |key: &str| format!("[[route]]\nupstream = \"http://127.0.0.1:3000\"\npath = \"/\"\n{key} = [\"corp.test\"]");
    for key in ["email_domain", "email_domains"] {
        let text = route(key);
        each_gives("route", &[(&text, &format!("route[0].{key}: is not a key of this table"))]);
    }
}

#[test]
fn k04_routes_are_literal_and_none_is_the_gateways_own() {
    let route = |keys: &str| format!("[[route]]\nupstream = \"http://127.0.0.1:3000\"\n{keys}");
    let cases = [
        ("path = \"/\"\nhost = \"*.example\"", "route[0].host: \"*.example\" covers hosts of other people"),
        ("path = \"/\"\nhost = \"*.0.0.1\"", "route[0].host: \"*.0.0.1\" covers hosts of other people"),
        ("path = \"/\"\nhost = \"*\"", "route[0].host: \"*\" is not a literal host"),
        (
            "path = \"/\"\nhost = \"*.*.portail.example\"",
            "route[0].host: \"*.*.portail.example\" is not a literal host",
        ),
        ("path = \"/\"\nhost = \"a.*.example\"", "route[0].host: \"a.*.example\" is not a literal host"),
        ("path = \"/\"\nhost = \"*portail.example\"", "route[0].host: \"*portail.example\" is not a literal host"),
        (
            "path = \"/\"\nmethods = [\"get\"]",
            "route[0].methods[0]: \"get\" is not a method that is served; allowed: \"GET\", \"HEAD\"",
        ),
        (
            "path = \"/\"\nmethods = [\"GET\", \"TRACE\"]",
            "route[0].methods[1]: \"TRACE\" is not a method that is served",
        ),
        ("path = \"/\"\nmethods = [\"HEAD\"]", "route[0].methods[0]: \"HEAD\" goes with \"GET\""),
        ("path = \"/\"\nmethods = [\"GET\", \"GET\"]", "route[0].methods[1]: \"GET\" stands here twice"),
        ("path = \"/\"\nhost = \"^a.*$\"", "route[0].host: \"^a.*$\" is not a literal host"),
        ("path = \"/\"\nhost = \"Portail.example\"", "route[0].host: \"Portail.example\" is not a literal host"),
        ("path = \"/\"\nhost = \"portail.example:80\"", "route[0].host: \"portail.example:80\" is not a literal host"),
        ("path = \"api\"", "route[0].path: \"api\" is not a literal, normalised path"),
        ("path = \"/a//b\"", "route[0].path: \"/a//b\" is not"),
        ("path = \"/a/../b\"", "route[0].path: \"/a/../b\" is not"),
        ("path = \"/%61\"", "route[0].path: \"/%61\" is not"),
        ("path = \"/api/\"", "route[0].path: \"/api/\" is not"),
        ("path = \"/api/*\"", "route[0].path: \"/api/*\" is not"),
        ("path = \"/a;b\"", "route[0].path: \"/a;b\" is not"),
        ("path = \"/_guichet\"", "route[0].path: \"/_guichet\" is the gateway's own"),
        ("path = \"/_guichet/jwks.json\"", "route[0].path: \"/_guichet/jwks.json\" is the gateway's own"),
        (
            "path = \"/.well-known/openid-configuration\"",
            "route[0].path: \"/.well-known/openid-configuration\" is the gateway's own",
        ),
        ("", "route[0].path: is missing"),
        ("path = \"/\"\naudience = \"portail\"", "route[0].audience: \"portail\" is not a URI"),
        (
            "path = \"/\"\nassertion_header = \"X_Assertion\"",
            "route[0].assertion_header: \"X_Assertion\" is not a header name",
        ),
        ("path = \"/\"\nassertion_header = \"Cookie\"", "route[0].assertion_header: \"Cookie\" has a meaning"),
        (
            "path = \"/\"\nassertion_header = \"X-Guichet-Visit\"",
            "route[0].assertion_header: \"X-Guichet-Visit\" is a name the gateway keeps",
        ),
        (
            "path = \"/\"\nassertion_header = \"Transfer-Encoding\"",
            "route[0].assertion_header: \"Transfer-Encoding\" has a meaning",
        ),
        ("path = \"/\"\nplain_headers = { Host = \"email\" }", "route[0].plain_headers.Host: has a meaning"),
        ("path = \"/\"\nprovider_token_header = \"Cookie\"", "route[0].provider_token_header: has a meaning"),
        (
            "path = \"/\"\nprovider_token_header = \"X-User\"\nplain_headers = { x-user = \"email\" }",
            "route[0].provider_token_header: \"X-User\" is used twice",
        ),
        (
            "path = \"/\"\nplain_headers = { X-User = \"password\" }",
            "route[0].plain_headers.X-User: \"password\" is not one of its words",
        ),
        (
            "path = \"/\"\nplain_headers = { X-Guichet-Assertion = \"name\" }",
            "route[0].plain_headers.X-Guichet-Assertion: is used twice",
        ),
        (
            "path = \"/\"\naccess = \"everyone\"",
            "route[0].access: \"everyone\" is not one of its words; allowed: \"public\", \"signed-in\", \"activated\"",
        ),
        ("path = \"/\"\naccess = \"public\"\nverified_email = true", "route[0].access: \"public\" lets everyone in"),
        (
            "path = \"/\"\nidentity_provider = [\"psc\"]",
            "route[0].identity_provider[0]: there is no identity provider \"psc\"; allowed: \"local\"",
        ),
        (
            "path = \"/\"\nprofessions = [\"infirmier\"]",
            "route[0].professions[0]: \"infirmier\" is not a profession code",
        ),
        ("path = \"/\"\nname = \"Le portail\"", "route[0].name: \"Le portail\" is not a name"),
        (
            "path = \"/\"\npolicy = \"public\"",
            "route[0].policy: is not a key of this table; allowed: did you mean access",
        ),
    ];
    let cases: Vec<(String, &str)> = cases.iter().map(|(keys, expected)| (route(keys), *expected)).collect();
    each_gives("route", &cases.iter().map(|(snippet, expected)| (snippet.as_str(), *expected)).collect::<Vec<_>>());
    each_gives(
        "route",
        &[
            ("", "route: there is no route: everything would be refused; allowed: at least one [[route]]"),
            (
                "[[route]]\npath = \"/\"\nupstream = \"ftp://x\"",
                "route[0].upstream: \"ftp://x\" is not an upstream; allowed: \"http://host:port\" or \"https://host:port\"",
            ),
            (
                "[[route]]\npath = \"/\"\nupstream = \"http://x/base\"",
                "route[0].upstream: \"http://x/base\" is not an upstream",
            ),
            (
                "[[route]]\npath = \"/\"\nupstream = \"http://u:p@x\"",
                "route[0].upstream: \"http://u:p@x\" is not an upstream",
            ),
        ],
    );
}

#[test]
fn k05_overlapping_routes_go_most_specific_first_and_twins_are_refused() {
    let one = |path: &str, more: &str| format!("[[route]]\npath = \"{path}\"\nupstream = \"http://u:1\"\n{more}\n");
    let all = [
        one("/", ""),
        one("/api", "access = \"public\""),
        one("/", "host = \"b.example\"\naccess = \"public\"\naudience = \"urn:b\""),
        one("/api/v1", ""),
    ]
    .concat();
    let settings = settings(&[("route", &all)]);
    let order: Vec<(Option<String>, &str)> = settings
        .routes
        .iter()
        .map(|route| (route.host.as_ref().map(ToString::to_string), route.path.as_str()))
        .collect();
    assert_eq!(order, [(Some("b.example".to_owned()), "/"), (None, "/api/v1"), (None, "/api"), (None, "/")]);
    let summary = settings.summary().join("\n");
    assert!(
        summary.contains(
            "api: */api -> u:1, public, audience http://localhost:8080/ in x-guichet-assertion, inside root (activated)"
        ),
        "{summary}"
    );
    let twins = [one("/api", ""), one("/api", "name = \"other\"")].concat();
    each_gives("route", &[(&twins, "route[1].path: \"/api\" is already route[0] of the same host")]);
    let shared =
        [one("/api", "methods = [\"GET\", \"POST\"]"), one("/api", "methods = [\"HEAD\", \"GET\", \"PUT\"]")].concat();
    each_gives("route", &[(&shared, "route[1].path: \"/api\" is already route[0] of the same host for GET, HEAD;")]);
    let named = [one("/a", "name = \"x\""), one("/b", "name = \"x\"")].concat();
    each_gives("route", &[(&named, "route[1].name: \"x\" is the name of another route")]);
}

#[test]
fn routes_share_out_the_methods_of_a_path_and_wildcards_come_between_exact_hosts_and_none() {
    let one = |keys: &str| format!("[[route]]\nupstream = \"http://u:1\"\n{keys}\n");
    let all = [
        one("path = \"/\""),
        one("path = \"/api\"\nmethods = [\"POST\"]\nprofessions = [\"10\"]"),
        one("path = \"/api\"\nmethods = [\"GET\", \"HEAD\"]"),
        one("path = \"/\"\nhost = \"*.portail.example\"\naccess = \"public\""),
        one("path = \"/\"\nhost = \"a.portail.example\"\naccess = \"public\""),
    ]
    .concat();
    let settings = settings(&[("route", &all)]);
    let names: Vec<&str> = settings.routes.iter().map(|route| route.name.as_str()).collect();
    let order = ["a.portail.example.root", "wildcard.portail.example.root", "api.post", "api.get", "root"];
    assert_eq!(names, order);
    assert_eq!(settings.routes[1].audience, "http://*.portail.example:8080/");
    let summary = settings.summary().join("\n");
    let post = "api.post: */api for POST -> u:1, activated + professions 10, audience http://localhost:8080/ in \
                x-guichet-assertion, inside root (activated)";
    assert!(summary.contains(post), "{summary}");
}

#[test]
fn two_upstreams_share_an_audience_only_when_both_routes_say_so() {
    let one = |path: &str, port: u16, more: &str| {
        format!("[[route]]\npath = \"{path}\"\nupstream = \"http://u:{port}\"\n{more}\n")
    };
    let silent = [one("/a", 1, ""), one("/b", 2, "")].concat();
    each_gives(
        "route",
        &[(
            &silent,
            "route[1].audience: is \"http://localhost:8080/\", as that of route[0], which has another upstream",
        )],
    );
    let said = [one("/a", 1, "audience = \"urn:x\""), one("/b", 2, "audience = \"urn:x\"")].concat();
    assert_eq!(settings(&[("route", &said)]).routes[1].audience, "urn:x");
}

#[test]
fn a_condition_that_nobody_could_meet_is_refused() {
    let route = |keys: &str| format!("[[route]]\npath = \"/\"\nupstream = \"http://u:1\"\n{keys}");
    let cases = [
        (
            "acr_minimum = { local = \"sms\" }",
            "route[0].acr_minimum.local: \"sms\" is not a level of this scale; allowed: \"urn:guichet:acr:password\", \
             \"urn:guichet:acr:mailbox\", \"urn:guichet:acr:email\", \"urn:guichet:acr:sms\"",
        ),
        ("acr_minimum = { psc = \"eidas1\" }", "route[0].acr_minimum.psc: there is no identity provider \"psc\""),
        ("acr_minimum = { local = 1 }", "route[0].acr_minimum.local: has the wrong type (integer)"),
        ("amr = [\"\"]", "route[0].amr[0]: \"\" is not a means"),
        ("amr = [\"a b\"]", "route[0].amr[0]: \"a b\" is not a means"),
        ("amr = [\"sms\", \"sms\"]", "route[0].amr[1]: \"sms\" stands here twice"),
        ("max_age = \"30 s\"", "route[0].max_age: \"30 s\" is out of bounds"),
        ("max_age = \"25 h\"", "route[0].max_age: \"25 h\" is out of bounds"),
        ("client_addresses = [\"hier\"]", "route[0].client_addresses[0]: \"hier\" is not a network"),
        ("client_addresses = [\"0.0.0.0/0\"]", "route[0].client_addresses[0]: \"0.0.0.0/0\" is everybody"),
        ("client_addresses = [\"::/0\"]", "route[0].client_addresses[0]: \"::/0\" is everybody"),
        (
            "client_addresses = [\"192.0.2.1/24\"]",
            "route[0].client_addresses[0]: \"192.0.2.1/24\" has bits beyond its prefix; allowed: \"192.0.2.0/24\"",
        ),
        (
            "client_addresses = [\"::ffff:192.0.2.1\"]",
            "route[0].client_addresses[0]: \"::ffff:192.0.2.1\" is IPv4 written as IPv6",
        ),
        ("access = \"public\"\nmax_age = \"5 min\"", "route[0].access: \"public\" lets everyone in"),
        ("access = \"public\"\namr = [\"sms\"]", "route[0].access: \"public\" lets everyone in"),
        (
            "maintenance = true\nmaintenance_until = \"demain\"",
            "route[0].maintenance_until: \"demain\" is not an instant",
        ),
        (
            "maintenance_until = \"2026-11-24T14:30:00+01:00\"",
            "route[0].maintenance_until: says when a route is back that is not away",
        ),
    ];
    let cases: Vec<(String, &str)> = cases.iter().map(|(keys, expected)| (route(keys), *expected)).collect();
    each_gives("route", &cases.iter().map(|(snippet, expected)| (snippet.as_str(), *expected)).collect::<Vec<_>>());
}

#[test]
fn conditions_are_read_and_told() {
    let all = "[[route]]\npath = \"/\"\nupstream = \"http://u:1\"\nacr_minimum = { local = \"urn:guichet:acr:email\" }\n\
               amr = [\"sms\", \"otp\"]\nmax_age = \"15 min\"\nclient_addresses = [\"192.0.2.7\", \"2001:db8::/32\"]\n\
               maintenance = true\nmaintenance_until = \"2026-11-24T14:30:00+01:00\"";
    let settings = settings(&[("route", all)]);
    let route = &settings.routes[0];
    let minimum = &route.policy.acr_minimum["local"];
    assert_eq!((minimum.rank, minimum.accepted.len()), (2, 2));
    let back = route.maintenance.unwrap().until.unwrap();
    assert_eq!(back.to_string(), "2026-11-24T13:30:00Z");
    let summary = settings.summary().join("\n");
    let told = "MAINTENANCE, activated + acr local=urn:guichet:acr:email + amr otp|sms + at most 15 min old + from \
                192.0.2.7/32|2001:db8::/32, audience";
    assert!(summary.contains(told), "{summary}");
    let open =
        "[[route]]\npath = \"/\"\nupstream = \"http://u:1\"\naccess = \"public\"\nclient_addresses = [\"192.0.2.7\"]";
    assert_eq!(super::settings(&[("route", open)]).routes[0].policy.client_addresses.len(), 1);
}

#[test]
fn the_largest_assertion_must_fit() {
    let found = faults(&[("end", "[assertion]\nmax_bytes = 2048")]);
    assert_eq!(found.len(), 1);
    assert!(
        found[0].contains("assertion.max_bytes: the largest possible assertion takes ")
            && found[0].contains(" bytes and only 2048 are allowed"),
        "{found:?}"
    );
    each_gives("end", &[("[assertion]\nreuse = \"31 s\"", "assertion.reuse: \"31 s\" is more than half of lifetime")]);
}

#[test]
fn a_route_never_asks_for_a_phone_that_nobody_can_verify() {
    let found = faults(&[
        ("route", "[[route]]\npath = \"/\"\nupstream = \"http://u:1\"\nverified_phone = true"),
        ("end", "[sms]\ntransport = \"off\""),
    ]);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].contains("route[0].verified_phone: nobody can verify a phone while SMS are off"), "{found:#?}");
}

#[test]
fn routes_of_other_hosts_ask_for_the_session_of_the_one_where_people_sign_in() {
    let other = "[[route]]\npath = \"/\"\nhost = \"dossier.localhost\"\nupstream = \"http://127.0.0.1:3000\"";
    let settings = settings(&[("more", "home_url = \"http://dossier.localhost:8080/accueil\""), ("route", other)]);
    assert_eq!(settings.routes[0].audience, "http://dossier.localhost:8080/");
    assert_eq!(settings.public_url.origin_of("dossier.localhost"), "http://dossier.localhost:8080");
    assert!(
        settings.serves("dossier.localhost") && settings.serves("localhost") && !settings.serves("autre.localhost")
    );
    assert_eq!(settings.home_url.unwrap().as_str(), "http://dossier.localhost:8080/accueil");
    // A path of [brand] is one of the portal, which is not where people sign in.
    assert_eq!(settings.brand.terms_url.as_str(), "http://dossier.localhost:8080/c");
}

#[test]
fn whoever_signs_in_has_somewhere_to_go() {
    let other = "[[route]]\npath = \"/\"\nhost = \"dossier.localhost\"\nupstream = \"http://127.0.0.1:3000\"";
    let found = faults(&[("route", other)]);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].contains("home_url: is missing, and no route serves \"localhost\""), "{found:#?}");
    for wrong in [
        "https://dossier.localhost:8080/",
        "http://dossier.localhost/",
        "http://autre.localhost:8080/",
        "http://localhost:8080/",
        "/accueil",
        "javascript:alert(1)",
        "http://a@dossier.localhost:8080/",
    ] {
        let found = faults(&[("more", &format!("home_url = \"{wrong}\"")), ("route", other)]);
        let expected = format!("home_url: {wrong:?} is not an address that is served here");
        assert!(found.len() == 1 && found[0].contains(&expected), "{found:#?}");
    }
    let both = format!("{other}\n[[route]]\npath = \"/\"\nhost = \"localhost\"\nupstream = \"http://127.0.0.1:3000\"");
    let found = faults(&[("more", "home_url = \"http://dossier.localhost:8080/\""), ("route", &both)]);
    assert!(
        found.len() == 1 && found[0].contains("home_url: a route serves \"http://localhost:8080/\" itself"),
        "{found:#?}"
    );
}

#[test]
fn k04_scripts_of_other_origins_are_named_one_by_one() {
    let route = "[[route]]\npath = \"/\"\nupstream = \"http://127.0.0.1:3000\"\n[route.cors]\n";
    let cases = [
        ("origins = [\"*\"]", "route[0].cors.origins[0]: \"*\" is not an origin; allowed: an exact origin"),
        ("origins = [\"*\"]\ncredentials = true", "route[0].cors.origins[0]: \"*\" is not an origin"),
        ("origins = [\"null\"]", "route[0].cors.origins[0]: \"null\" is not an origin"),
        ("origins = [\"https://*.example\"]", "route[0].cors.origins[0]: \"https://*.example\" is not an origin"),
        ("origins = [\"https://a.example/\"]", "route[0].cors.origins[0]: \"https://a.example/\" is not an origin"),
        ("origins = [\"https://A.example\"]", "route[0].cors.origins[0]: \"https://A.example\" is not an origin"),
        ("origins = [\"http://a.example\"]", "route[0].cors.origins[0]: \"http://a.example\" is not an origin"),
        ("origins = [\"https://a.example\", \"https://a.example\"]", "route[0].cors.origins[1]:"),
        ("credentials = true", "route[0].cors.credentials: says something of no origin"),
        ("headers = [\"X-A\"]", "route[0].cors.headers: says something of no origin"),
        (
            "origins = [\"https://a.example\"]\npass_preflights = true",
            "route[0].cors.pass_preflights: would answer preflights a second time",
        ),
        (
            "origins = [\"https://a.example\"]\nheaders = [\"*\"]",
            "route[0].cors.headers[0]: \"*\" is not a header name",
        ),
        (
            "origins = [\"https://a.example\"]\nmethods = [\"*\"]",
            "route[0].cors.methods[0]: \"*\" is not such a method",
        ),
        (
            "origins = [\"https://a.example\"]\nmethods = [\"get\"]",
            "route[0].cors.methods[0]: \"get\" is not such a method",
        ),
        ("origins = [\"https://a.example\"]\nmax_age = \"25 h\"", "route[0].cors.max_age: \"25 h\" is out of bounds"),
    ];
    let cases: Vec<(String, &str)> = cases.iter().map(|(keys, fault)| (format!("{route}{keys}"), *fault)).collect();
    let cases: Vec<(&str, &str)> = cases.iter().map(|(text, fault)| (text.as_str(), *fault)).collect();
    each_gives("route", &cases);
}
