//! Whose request it is, behind proxies: `X-Forwarded-For` counts only when the peer is a trusted proxy, and is read from the right. Pure.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// More hops than anyone has: the rest of a longer list is not read.
const HOPS: usize = 32;

/// The right-most address that is not a trusted proxy. What cannot be read ends the search: the last hop known is the client.
#[must_use]
pub fn client_addr(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let mut client = peer.to_canonical();
    let hops = headers
        .get_all(X_FORWARDED_FOR)
        .iter()
        .rev()
        .flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','))
        .take(HOPS);
    for hop in hops {
        if !trusted.iter().any(|net| net.contains(&client)) {
            break;
        }
        let Some(address) = std::str::from_utf8(hop).ok().and_then(|hop| address(hop.trim())) else { break };
        client = address;
    }
    client
}

/// The same when the peer itself has proven to be one of our proxies.
#[must_use]
pub fn told_by(proxy: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let proxy = proxy.to_canonical();
    let trusted: Vec<IpNet> = trusted.iter().copied().chain([proxy.into()]).collect();
    client_addr(proxy, headers, &trusted)
}

/// An address with or without port, brackets and zone; IPv4 in IPv6 becomes IPv4.
fn address(text: &str) -> Option<IpAddr> {
    let plain = text.split_once('%').map_or(text, |(address, zone)| {
        // A zone names an interface of the proxy; only its end is dropped, never what follows a bracket.
        if zone.contains(']') { text } else { address }
    });
    plain
        .parse::<IpAddr>()
        .or_else(|_| plain.parse::<SocketAddr>().map(|address| address.ip()))
        .ok()
        .or_else(|| plain.strip_prefix('[')?.strip_suffix(']')?.parse().ok())
        .map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[track_caller]
    fn check(peer: &str, lines: &[&str], expected: &str) {
        let trusted = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(X_FORWARDED_FOR, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        assert_eq!(client_addr(peer.parse().unwrap(), &headers, &trusted).to_string(), expected, "{peer} {lines:?}");
    }

    #[test]
    fn i10_an_untrusted_peer_is_the_client_whatever_it_says() {
        check("192.0.2.1", &["203.0.113.9"], "192.0.2.1");
        check("192.0.2.1", &["10.0.0.1"], "192.0.2.1");
    }

    #[test]
    fn the_list_is_read_from_the_right_and_trusted_hops_are_passed() {
        check("10.0.0.1", &["203.0.113.9"], "203.0.113.9");
        check("10.0.0.1", &["198.51.100.7, 203.0.113.9"], "203.0.113.9");
        check("10.0.0.1", &["203.0.113.9, 10.0.0.2"], "203.0.113.9");
        check("10.0.0.1", &["198.51.100.7", "203.0.113.9", "10.0.0.3"], "203.0.113.9");
        check("10.0.0.1", &["10.0.0.2, 10.0.0.3"], "10.0.0.2");
    }

    #[test]
    fn i12_what_cannot_be_read_leaves_the_last_hop_known() {
        check("10.0.0.1", &["a"], "10.0.0.1");
        check("10.0.0.1", &[""], "10.0.0.1");
        check("10.0.0.1", &["203.0.113.9, unknown"], "10.0.0.1");
        check("10.0.0.1", &["unknown, 203.0.113.9"], "203.0.113.9");
        check("10.0.0.1", &[&"10.0.0.9,".repeat(10_000)], "10.0.0.1");
        check("10.0.0.1", &["203.0.113.9:4711"], "203.0.113.9");
        check("10.0.0.1", &["[2001:db8::1]:4711"], "2001:db8::1");
        check("10.0.0.1", &["[2001:db8::1]"], "2001:db8::1");
        check("10.0.0.1", &["fe80::1%eth0"], "fe80::1");
        check("10.0.0.1", &["::ffff:203.0.113.9"], "203.0.113.9");
        check("::ffff:10.0.0.1", &["::ffff:10.0.0.4, 10.0.0.2"], "10.0.0.4");
    }

    #[test]
    fn i11_without_trusted_proxies_nobody_is_trusted() {
        let mut headers = HeaderMap::new();
        headers.insert(X_FORWARDED_FOR, HeaderValue::from_static("203.0.113.9"));
        assert_eq!(client_addr("127.0.0.1".parse().unwrap(), &headers, &[]).to_string(), "127.0.0.1");
    }
}
