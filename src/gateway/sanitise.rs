//! One parse, one meaning: a request that another program could read differently ends here with 400 (attacks H, R). Pure.

pub mod headers;
pub mod target;

use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderMap, Method, Version, header};

pub use target::{Authority, Fault as TargetFault};

/// What a request turned out to ask, with nothing left to interpret.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The host it names.
    pub authority: Authority,
    /// Path and query: what is matched is what is forwarded.
    pub target: PathAndQuery,
}

/// Why a request is not understood in one way only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The method is none of those served.
    #[error("this method is not served")]
    Method,
    /// `CONNECT`, `TRACE`.
    #[error("this method is never allowed")]
    Forbidden,
    /// No `Host`, several, or one that is no host.
    #[error("the host is missing, doubled or malformed")]
    Host,
    /// The target's authority is not the `Host`.
    #[error("the target names another host than `Host`")]
    TwoHosts,
    /// The length of the body has two meanings.
    #[error("the length of the body is ambiguous")]
    Framing,
    /// The path could be read in two ways.
    #[error("the path is ambiguous: {0}")]
    Target(#[from] TargetFault),
    /// `Expect` asks for something else than `100-continue`.
    #[error("the expectation is not known")]
    Expectation,
}

impl Fault {
    /// The status it is refused with.
    #[must_use]
    pub fn status(self) -> http::StatusCode {
        match self {
            Self::Method => http::StatusCode::NOT_IMPLEMENTED,
            Self::Forbidden => http::StatusCode::METHOD_NOT_ALLOWED,
            Self::Expectation => http::StatusCode::EXPECTATION_FAILED,
            Self::Host | Self::TwoHosts | Self::Framing | Self::Target(_) => http::StatusCode::BAD_REQUEST,
        }
    }
}

/// Reads a request's head.
///
/// # Errors
/// At the first thing that has no meaning, or two.
pub fn asked(parts: &Parts) -> Result<Asked, Fault> {
    method(&parts.method)?;
    framing(parts)?;
    if let Some(expectation) = parts.headers.get(header::EXPECT)
        && !expectation.as_bytes().eq_ignore_ascii_case(b"100-continue")
    {
        return Err(Fault::Expectation);
    }
    let authority = authority(parts)?;
    // `*` and authority-form have no path of ours.
    let target = parts.uri.path_and_query().ok_or(TargetFault::Form)?;
    let target = target::normalised(target)?;
    Ok(Asked { authority, target })
}

fn method(method: &Method) -> Result<(), Fault> {
    match method.as_str() {
        "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS" => Ok(()),
        "CONNECT" | "TRACE" => Err(Fault::Forbidden),
        _ => Err(Fault::Method),
    }
}

fn framing(parts: &Parts) -> Result<(), Fault> {
    let encodings = count(&parts.headers, &header::TRANSFER_ENCODING);
    let lengths = count(&parts.headers, &header::CONTENT_LENGTH);
    if encodings + lengths > 1 {
        return Err(Fault::Framing);
    }
    let chunked = parts.headers.get(header::TRANSFER_ENCODING);
    if chunked
        .is_some_and(|value| !value.as_bytes().eq_ignore_ascii_case(b"chunked") || parts.version != Version::HTTP_11)
    {
        return Err(Fault::Framing);
    }
    Ok(())
}

fn authority(parts: &Parts) -> Result<Authority, Fault> {
    if count(&parts.headers, &header::HOST) > 1 {
        return Err(Fault::Host);
    }
    let host = parts.headers.get(header::HOST);
    let host = host.map(|host| Authority::read(host.as_bytes())).transpose().map_err(|_| Fault::Host)?;
    let Some(named) = parts.uri.authority() else {
        return host.ok_or(Fault::Host);
    };
    // Absolute-form, or HTTP/2's `:authority`.
    if !parts.uri.scheme_str().is_none_or(|scheme| scheme == "http" || scheme == "https") {
        return Err(Fault::Target(TargetFault::Form));
    }
    let named = Authority::read(named.as_str().as_bytes()).map_err(|_| Fault::Host)?;
    match host {
        Some(host) if host != named => Err(Fault::TwoHosts),
        None if parts.version != Version::HTTP_2 => Err(Fault::Host),
        Some(_) | None => Ok(named),
    }
}

fn count(headers: &HeaderMap, name: &header::HeaderName) -> usize {
    headers.get_all(name).iter().count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn read(build: impl FnOnce(http::request::Builder) -> http::request::Builder) -> Result<Asked, Fault> {
        asked(&build(Request::builder()).body(()).unwrap().into_parts().0)
    }

    #[test]
    fn h12_methods_that_are_not_served_are_answered_here() {
        for method in ["get", "Get", "PROPFIND", "QUERY", "X".repeat(8_192).as_str()] {
            assert_eq!(read(|r| r.method(method).uri("/").header("host", "a")).unwrap_err(), Fault::Method);
        }
        for method in ["TRACE", "CONNECT"] {
            assert_eq!(read(|r| r.method(method).uri("/").header("host", "a")).unwrap_err(), Fault::Forbidden);
        }
    }

    #[test]
    fn h09_a_request_names_one_host() {
        assert_eq!(read(|r| r.uri("/")).unwrap_err(), Fault::Host);
        assert_eq!(read(|r| r.uri("/").header("host", "a").header("host", "a")).unwrap_err(), Fault::Host);
        for host in ["a, b", "u@a", "a/b", "a b", "", ":80", "a:", "a:b", "a:99999", "[::1", "é"] {
            assert_eq!(read(|r| r.uri("/").header("host", host)).unwrap_err(), Fault::Host, "{host}");
        }
    }

    #[test]
    fn h10_an_absolute_target_and_the_host_must_agree() {
        assert_eq!(read(|r| r.uri("http://a/x").header("host", "b")).unwrap_err(), Fault::TwoHosts);
        assert_eq!(read(|r| r.uri("http://a/x").header("host", "A.")).unwrap().authority.host(), "a");
        assert!(read(|r| r.uri("ftp://a/x").header("host", "a")).is_err());
        assert_eq!(read(|r| r.uri("http://a/x")).unwrap_err(), Fault::Host);
    }

    #[test]
    fn r10_spellings_of_a_host_are_one_host() {
        for host in ["admin.example.test", "ADMIN.example.test", "admin.example.test.", "admin.example.test:443"] {
            assert_eq!(read(|r| r.uri("/").header("host", host)).unwrap().authority.host(), "admin.example.test");
        }
    }
}
