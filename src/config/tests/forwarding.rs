//! What a route does to a request and its answer on the way.

use super::{each_gives, faults, settings};

fn route(keys: &str) -> String {
    format!("[[route]]\npath = \"/api\"\nupstream = \"http://127.0.0.1:3000\"\n{keys}\n")
}

fn each_of_a_route_gives(cases: &[(&str, &str)]) {
    let cases: Vec<(String, &str)> = cases.iter().map(|(keys, expected)| (route(keys), *expected)).collect();
    each_gives("route", &cases.iter().map(|(snippet, expected)| (snippet.as_str(), *expected)).collect::<Vec<_>>());
}

#[test]
fn r15_a_path_is_taken_off_only_where_the_rest_leads_around_no_other_route() {
    let stripped = settings(&[("route", &route("strip_prefix = true"))]);
    assert!(stripped.summary().join("\n").contains("api: */api -> 127.0.0.1:3000 without that path, activated"));
    let both = |stripped: &str, other: &str| {
        let stripped = route(&format!("strip_prefix = true\naudience = \"urn:x\"\n{stripped}"));
        let other = format!("[[route]]\npath = \"/admin\"\naudience = \"urn:x\"\n{other}\n");
        faults(&[("route", &(stripped + &other))])
    };
    let same = "upstream = \"http://127.0.0.1:3000\"";
    let told = "route[0].strip_prefix: opens every path of an upstream that route[1] guards otherwise";
    let refused = [
        ("access = \"public\"", same.to_owned()),
        ("access = \"signed-in\"", same.to_owned()),
        ("", format!("{same}\nprofessions = [\"60\"]")),
        ("professions = [\"60\"]", same.to_owned()),
        (
            "access = \"public\"",
            "upstream = \"http://127.0.0.1:9\"\nmore_upstreams = [\"http://127.0.0.1:3000\"]".to_owned(),
        ),
        ("host = \"localhost\"\naccess = \"public\"", same.to_owned()),
        ("access = \"public\"\nmethods = [\"GET\"]", same.to_owned()),
    ];
    for (stripped, other) in &refused {
        let found = both(stripped, other);
        assert!(matches!(found.as_slice(), [only] if only.contains(told)), "{stripped} {other} {found:?}");
    }
    for (stripped, other) in [
        ("", same.to_owned()),
        ("professions = [\"60\"]", format!("{same}\naccess = \"public\"")),
        ("access = \"public\"", "upstream = \"http://127.0.0.1:3001\"".to_owned()),
        ("access = \"public\"\nmethods = [\"GET\"]", format!("{same}\nmethods = [\"POST\"]")),
    ] {
        assert_eq!(both(stripped, &other), [""; 0], "{stripped} {other}");
    }
    for (host, other, guarded) in [
        ("*.portail.example", "a.portail.example", true),
        ("a.portail.example", "*.portail.example", true),
        ("*.portail.example", "a.b.portail.example", false),
        ("*.portail.example", "*.labo.example", false),
    ] {
        let found = both(&format!("access = \"public\"\nhost = \"{host}\""), &format!("{same}\nhost = \"{other}\""));
        assert_eq!(found.iter().any(|fault| fault.contains(told)), guarded, "{host} {other} {found:?}");
    }
    let root = "[[route]]\npath = \"/\"\nupstream = \"http://127.0.0.1:3000\"\nstrip_prefix = true";
    each_gives("route", &[(root, "route[0].strip_prefix: has nothing to take off")]);
    let secret = "[forward_auth]\nlisten = \"127.0.0.1:9000\"\nsecret = \"kB3-shared-with-the-proxy\"";
    let elsewhere = "[[route]]\npath = \"/api\"\nstrip_prefix = true";
    let found = faults(&[("route", elsewhere), ("end", secret)]);
    assert!(matches!(found.as_slice(), [only] if only.contains("another proxy forwards")), "{found:?}");
}

#[test]
fn changes_to_an_answer_name_headers_that_may_be_changed_and_each_once() {
    let changes = route(
        "[route.response_headers]\nset = { X-Frame-Options = \"DENY\" }\nadd = { Link = \"</a>; rel=b\" }\nremove = [\"Server\", \"Set-Cookie\"]",
    );
    let read = settings(&[("route", &changes)]).routes.remove(0).response_headers;
    assert_eq!((read.set[0].0.as_str(), read.set[0].1.to_str().unwrap()), ("x-frame-options", "DENY"));
    assert_eq!((read.add.len(), read.remove.len()), (1, 2));
    each_of_a_route_gives(&[
        (
            "response_headers.set = { Set-Cookie = \"a=b\" }",
            "route[0].response_headers.set.Set-Cookie: is for who knows",
        ),
        (
            "response_headers.add = { set-cookie = \"a=b\" }",
            "route[0].response_headers.add.set-cookie: is for who knows",
        ),
        (
            "response_headers.set = { Content-Length = \"1\" }",
            "route[0].response_headers.set.Content-Length: has a meaning",
        ),
        ("response_headers.remove = [\"Transfer-Encoding\"]", "route[0].response_headers.remove[0]: has a meaning"),
        ("response_headers.remove = [\"connection\"]", "route[0].response_headers.remove[0]: has a meaning"),
        (
            "response_headers.set = { X-Guichet-Assertion = \"a\" }",
            "route[0].response_headers.set.X-Guichet-Assertion: is a name",
        ),
        (
            "response_headers.set = { Strict-Transport-Security = \"max-age=0\" }",
            "route[0].response_headers.set.Strict-Transport-Security: is written by the gateway, as tls.hsts says",
        ),
        (
            "response_headers.remove = [\"a b\"]",
            "route[0].response_headers.remove[0]: \"a b\" is not the name of a header",
        ),
        ("response_headers.set = { X-A = \"b\\nc\" }", "route[0].response_headers.set.X-A: is no value"),
        ("response_headers.set = { X-A = \"é\" }", "route[0].response_headers.set.X-A: is no value"),
        ("response_headers.set = { X-A = \"\" }", "route[0].response_headers.set.X-A: is no value"),
        (
            "response_headers.set = { X-A = \"b\" }\nresponse_headers.remove = [\"x-a\"]",
            "route[0].response_headers.remove[0]: is changed twice",
        ),
    ]);
}

#[test]
fn k03_k06_an_upstream_of_https_is_always_verified_with_files_that_are_there() {
    let route = |keys: &str| format!("[[route]]\npath = \"/\"\nupstream = \"https://portal.internal\"\n{keys}\n");
    let read = settings(&[(
        "route",
        &route("upstream_server_name = \"portal.test\"\nmore_upstreams = [\"https://[::1]:8443\"]"),
    )]);
    let upstream = read.routes[0].upstream.clone().unwrap();
    assert_eq!((upstream.servers[0].port, upstream.servers[1].port), (443, 8443));
    assert_eq!(upstream.tls.unwrap().server_name.as_deref(), Some("portal.test"));
    assert!(read.summary().join("\n").contains("-> https://portal.internal:443 or https://[::1]:8443, activated"));
    let cases = [
        ("more_upstreams = [\"http://b:1\"]", "route[0].more_upstreams[0]: is not of the scheme of upstream"),
        ("upstream_ca_file = \"absent.pem\"", "route[0].upstream_ca_file: \"/nowhere/absent.pem\": cannot be read"),
        ("upstream_key_file = \"a.key\"", "route[0].upstream_certificate_file: is missing beside upstream_key_file"),
        ("upstream_certificate_file = \"a.pem\"", "route[0].upstream_key_file: is missing beside"),
        (
            "upstream_certificate_file = \"a.pem\"\nupstream_key_file = \"a.key\"",
            "route[0].upstream_certificate_file: \"/nowhere/a.pem\": cannot be read",
        ),
        ("upstream_server_name = \"a b\"", "route[0].upstream_server_name: \"a b\" is not the name of a server"),
        ("upstream_verify = false", "route[0].upstream_verify: is not a key of this table"),
        ("insecure_skip_verify = true", "route[0].insecure_skip_verify: is not a key of this table"),
    ];
    let cases: Vec<(String, &str)> = cases.iter().map(|(keys, expected)| (route(keys), *expected)).collect();
    each_gives("route", &cases.iter().map(|(snippet, expected)| (snippet.as_str(), *expected)).collect::<Vec<_>>());
    each_of_a_route_gives(&[
        ("upstream_ca_file = \"ca.pem\"", "route[0].upstream_ca_file: no TLS is spoken to this upstream"),
        ("upstream_server_name = \"a\"", "route[0].upstream_server_name: no TLS is spoken to this upstream"),
    ]);
}

#[test]
fn a_health_check_is_off_until_it_has_a_path_and_its_times_are_bounded() {
    assert!(settings(&[("route", &route(""))]).routes[0].upstream.as_ref().unwrap().health_check.is_none());
    let read = settings(&[("route", &route("health_check = { path = \"/healthz?a=b\" }"))]).routes.remove(0);
    let check = read.upstream.unwrap().health_check.unwrap();
    assert_eq!((check.path.as_str(), check.interval.as_secs(), check.timeout.as_secs()), ("/healthz?a=b", 5, 2));
    assert_eq!((check.failures, check.successes), (3, 2));
    each_of_a_route_gives(&[
        ("health_check = {}", "route[0].health_check.path: is missing"),
        ("health_check = { path = \"healthz\" }", "route[0].health_check.path: \"healthz\" is not a path"),
        ("health_check = { path = \"/a#b\" }", "route[0].health_check.path: \"/a#b\" is not a path"),
        ("health_check = { path = \"/\", interval = \"1 ms\" }", "route[0].health_check.interval"),
        ("health_check = { path = \"/\", timeout = \"1 h\" }", "route[0].health_check.timeout"),
        ("health_check = { path = \"/\", failures = 0 }", "route[0].health_check.failures: 0 is out of bounds"),
        ("health_check = { path = \"/\", successes = 101 }", "route[0].health_check.successes: 101 is out of bounds"),
    ]);
}
