//! Listeners: what each kind needs, and what none may be.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use tempfile::TempDir;

use super::{BASE, NoEnv, each_gives, faults, settings};
use crate::config::parse;
use crate::config::settings::{ClientCertificates, ListenAddress, Listener, Speaks};

fn one(keys: &str) -> String {
    format!("[[listener]]\n{keys}")
}

/// A folder with certificates `a` (a.test), `b` (b.test), `other` (another key), and `ca`.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    };
    for name in ["a", "b", "ca"] {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![format!("{name}.test")]).unwrap();
        if name == "ca" {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        write(&format!("{name}.pem"), params.self_signed(&key).unwrap().pem());
        write(&format!("{name}.key"), key.serialize_pem());
    }
    write("empty", String::new());
    write("text", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned());
    folder
}

fn with(folder: &Path, listeners: &str) -> Result<Vec<Listener>, Vec<String>> {
    let base: Vec<&str> = BASE.iter().map(|(_, part)| *part).collect();
    let text = format!("{}\n{listeners}", base.join("\n"));
    match parse(&text, "guichet.toml", &NoEnv, folder) {
        Ok(settings) => Ok(settings.listeners),
        Err(faults) => Err(faults.iter().map(ToString::to_string).collect()),
    }
}

fn tls(certificates: &str, more: &str) -> String {
    one(&format!("address = \"127.0.0.1:8443\"\ncertificates = [{certificates}]\n{more}\n"))
}

const A: &str = "{ certificate_file = \"a.pem\", key_file = \"a.key\" }";

#[test]
fn each_kind_of_listener_is_read() {
    let folder = folder();
    let listeners = format!(
        "{}\n{}\n{}",
        one("address = \"127.0.0.1:8081\""),
        one("address = \"unix:/run/guichet/http\"\nunix_mode = \"0600\""),
        tls(
            &format!("{A}, {{ certificate_file = \"b.pem\", key_file = \"b.key\" }}"),
            "client_ca_file = \"ca.pem\"\nclient_certificate = \"request\""
        ),
    );
    let read = with(folder.path(), &listeners).unwrap();
    assert_eq!(read[0], Listener::plain("127.0.0.1:8081".parse().unwrap()));
    assert_eq!(read[1].address, ListenAddress::Unix { path: "/run/guichet/http".into(), mode: 0o600 });
    let Speaks::Https(tls) = &read[2].speaks else { panic!("{read:?}") };
    assert_eq!(tls.certificates[1].key, folder.path().join("b.key"));
    assert_eq!(tls.clients, ClientCertificates::Request(folder.path().join("ca.pem")));
    assert_eq!(settings(&[]).listeners, [Listener::plain("127.0.0.1:8080".parse().unwrap())], "when nothing is said");
    let both = "listen = [\"127.0.0.1:8082\"]\n[[listener]]\naddress = \"127.0.0.1:8081\"";
    assert_eq!(settings(&[("more", both)]).listeners.len(), 2);
}

#[test]
fn the_summary_names_every_listener_and_its_certificates() {
    let folder = folder();
    let base: Vec<&str> = BASE.iter().map(|(_, part)| *part).collect();
    let unix = one("address = \"unix:/run/guichet/http\"");
    let text = format!(
        "{}\n{}\n{unix}",
        base.join("\n"),
        tls(A, "client_ca_file = \"ca.pem\"\nclient_certificate = \"require\"")
    );
    let settings = parse(&text, "guichet.toml", &NoEnv, folder.path()).unwrap();
    let summary = settings.summary();
    assert_eq!(
        summary[1],
        "listens on 127.0.0.1:8443, TLS, certificate of dns:a.test until 4096-01-01T00:00:00Z, client certificates required"
    );
    assert_eq!(summary[2], "listens on unix:/run/guichet/http, mode 0660, HTTP in the clear");
}

#[test]
fn listeners_that_could_not_serve_are_refused() {
    let cases = [
        ("", "listener[0].address: is missing"),
        ("address = \"nowhere\"", "listener[0].address: \"nowhere\" is not an address and port"),
        ("address = \"0.0.0.0:443\"", "listener[0].address: \"0.0.0.0:443\" is not loopback"),
        ("address = \"unix:relative\"", "listener[0].address: \"unix:relative\" names no Unix socket"),
        ("address = \"systemd:\"", "listener[0].address: \"systemd:\" names no socket"),
        ("address = \"systemd:web\"", "listener[0].address: nothing says here that this socket is on loopback"),
        (
            "address = \"unix:/s\"\nunix_mode = \"0777\"",
            "listener[0].unix_mode: \"0777\" is not a mode for this socket",
        ),
        ("address = \"127.0.0.1:1\"\nunix_mode = \"0600\"", "listener[0].unix_mode: this listener is no Unix socket"),
        (
            "address = \"127.0.0.1:1\"\nproxy_protocol = true",
            "listener[0].proxy_protocol: nobody is a trusted proxy: every connection would be closed",
        ),
        (
            "address = \"127.0.0.1:1\"\nclient_certificate = \"require\"",
            "listener[0].client_certificate: this listener speaks no TLS; allowed: only beside certificates",
        ),
        (
            "address = \"127.0.0.1:1\"\nclient_ca_file = \"ca.pem\"",
            "listener[0].client_ca_file: this listener speaks no TLS",
        ),
        (
            "address = \"127.0.0.1:1\"\nclient_certificate = \"maybe\"",
            "listener[0].client_certificate: \"maybe\" is not one of its words; allowed: \"off\", \"request\", \"require\"",
        ),
        (
            "address = \"127.0.0.1:1\"\n[[listener]]\naddress = \"127.0.0.1:1\"",
            "listener[1].address: \"127.0.0.1:1\" stands here twice",
        ),
        (
            "address = \"unix:/s\"\n[[listener]]\naddress = \"unix:/s\"\nunix_mode = \"0600\"",
            "listener[1].address: \"unix:/s\" stands here twice",
        ),
        ("address = \"127.0.0.1:9090\"", "admin.listen: \"127.0.0.1:9090\" is a public listener"),
        ("address = \"127.0.0.1:1\"\ncertificate = \"a.pem\"", "listener[0].certificate: is not a key of this table"),
    ];
    let cases: Vec<(String, &str)> = cases.iter().map(|(keys, expected)| (one(keys), *expected)).collect();
    each_gives("more", &cases.iter().map(|(snippet, expected)| (snippet.as_str(), *expected)).collect::<Vec<_>>());
    // Here public_url is http, and nothing else is served.
    let found = faults(&[("more", &one("address = \"127.0.0.1:1\"\nredirect_to_https = true"))]);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].contains("listener: every listener only redirects: nothing is served"), "{found:#?}");
    assert!(found[1].contains("listener[0].redirect_to_https: public_url is not https"), "{found:#?}");
}

#[test]
fn k02_k06_certificates_are_there_whole_and_theirs() {
    let folder = folder();
    let pair =
        |certificate: &str, key: &str| format!("{{ certificate_file = \"{certificate}\", key_file = \"{key}\" }}");
    for (listener, expected) in [
        (tls("{ key_file = \"a.key\" }", ""), "listener[0].certificates[0].certificate_file: is missing"),
        (tls("{ certificate_file = \"a.pem\" }", ""), "listener[0].certificates[0].key_file: is missing"),
        (tls(&pair("absent", "a.key"), ""), "absent\": cannot be read: No such file"),
        (tls(&pair("empty", "a.key"), ""), "empty\": holds no certificate"),
        (tls(&pair("a.key", "a.key"), ""), "a.key\": holds no certificate"),
        (tls(&pair("text", "a.key"), ""), "text\": this is not an X.509 certificate"),
        (tls(&pair("a.pem", "a.pem"), ""), "a.pem\": holds no private key"),
        (tls(&pair("a.pem", "b.key"), ""), "certificates[0].key_file: \""),
        (tls(&pair("a.pem", "b.key"), ""), "b.key\": is not the key of this certificate"),
        (tls(&format!("{A}, {A}"), ""), "certificates[1].certificate_file: would never be shown"),
        (tls(A, "client_certificate = \"require\""), "client_ca_file: is missing: nobody could check"),
        (tls(A, "client_certificate = \"request\""), "client_ca_file: is missing: nobody could check"),
        (tls(A, "client_ca_file = \"ca.pem\""), "client_ca_file: nobody is asked for a client certificate"),
        (tls(A, "client_certificate = \"require\"\nclient_ca_file = \"absent\""), "absent\": cannot be read"),
        (tls(A, "client_certificate = \"require\"\nclient_ca_file = \"empty\""), "empty\": holds no certificate"),
        (tls(A, "client_certificate = \"require\"\nclient_ca_file = \"text\""), "text\": holds what is no authority's"),
        (tls(A, "redirect_to_https = true"), "redirect_to_https: this listener speaks TLS already"),
    ] {
        let found = with(folder.path(), &listener).unwrap_err();
        assert!(found.iter().any(|fault| fault.contains(expected)), "{listener}\n{expected}\n{found:#?}");
        assert!(
            found.iter().all(|fault| fault.starts_with("guichet.toml:") && fault.contains("; allowed: ")),
            "{found:#?}"
        );
    }
}

#[test]
fn k02_outside_development_nobody_else_may_read_a_certificates_key() {
    let folder = folder();
    let key = folder.path().join("a.key");
    let files = crate::config::certificates::CertificateFiles {
        certificate: folder.path().join("a.pem"),
        key: key.clone(),
        development: false,
    };
    files.read().unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(files.read().unwrap_err().to_string().contains("can be opened by others (mode 0644)"));
}

#[test]
fn a_route_asks_for_client_certificates_only_where_a_listener_does() {
    let folder = folder();
    let route = "[[route]]\npath = \"/machines\"\nupstream = \"http://127.0.0.1:3000\"\naccess = \"public\"\nclient_certificate = true\n";
    let asked = tls(A, "client_ca_file = \"ca.pem\"\nclient_certificate = \"request\"");
    with(folder.path(), &format!("{asked}{route}")).unwrap();
    let found = with(folder.path(), &format!("{}{route}", tls(A, ""))).unwrap_err();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].contains("route[1].client_certificate: no listener asks for client certificates"), "{found:#?}");
}

#[test]
fn hsts_is_a_value_that_browsers_understand_and_never_sent_in_development() {
    assert_eq!(settings(&[("end", "[tls]\nhsts = \"max-age=63072000; includeSubDomains; preload\"")]).hsts, None);
    let wrong = |value: &str| format!("[tls]\nhsts = \"{value}\"");
    for value in ["on", "", "max-age=", "max-age=-1", "max-age=1, preload", "max-age=1; other", "includeSubDomains"] {
        let expected = format!("tls.hsts: {value:?} is no value of Strict-Transport-Security");
        each_gives("end", &[(&wrong(value), &expected)]);
    }
    assert!(faults(&[("end", &wrong("off"))]).is_empty());
}
