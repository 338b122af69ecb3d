//! Names of headers that the gateway adds to forwarded requests.

/// Names with a meaning on the way, or that the gateway writes or judges itself; never the carrier of a claim.
const RESERVED: [&str; 37] = [
    "accept",
    "accept-encoding",
    "authorization",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "date",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "max-forwards",
    "origin",
    "pragma",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "referer",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "x-client-ip",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-proto",
    "x-real-ip",
    "x-request-id",
];

/// The default carrier of an assertion.
pub(super) const ASSERTION: &str = "x-guichet-assertion";

/// The lower-case name if a claim may travel under it; else why not.
pub(super) fn usable(name: &str) -> Result<String, &'static str> {
    let lower = name.to_ascii_lowercase();
    if lower.is_empty() || lower.len() > 64 || !lower.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        // An underscore is a legal token, but many upstreams fold it onto a hyphen.
        return Err("is not a header name of letters, digits and hyphens");
    }
    if RESERVED.contains(&lower.as_str()) || lower.starts_with("sec-") || lower.starts_with("access-control-") {
        return Err("has a meaning of its own on the way");
    }
    if lower.starts_with("x-guichet-") && lower != ASSERTION {
        return Err("is a name the gateway keeps for itself");
    }
    Ok(lower)
}
