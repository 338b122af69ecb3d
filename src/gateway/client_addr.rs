//! Whose request it is, behind proxies: `X-Forwarded-For` and `Forwarded` (RFC 7239) count only when the peer is a trusted proxy, and are
//! read from the right. Pure.

use std::net::{IpAddr, SocketAddr};

use http::header::FORWARDED;
use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// More hops than anyone has: the rest of a longer list is not read.
const HOPS: usize = 32;

/// The right-most address that is not a trusted proxy. What cannot be read ends the search: the last hop known is the client.
///
/// A proxy writes one of the two headers and may pass the other on as the client wrote it: where both stand and do not agree, neither is
/// believed, and the peer is the client.
#[must_use]
pub fn client_addr(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let peer = peer.to_canonical();
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    if !is_trusted(&peer) {
        return peer;
    }
    let client = |hops: &mut dyn Iterator<Item = Option<IpAddr>>| {
        let mut client = peer;
        for hop in hops.take(HOPS) {
            let (true, Some(address)) = (is_trusted(&client), hop) else { break };
            client = address;
        }
        client
    };
    let listed = headers.contains_key(X_FORWARDED_FOR).then(|| client(&mut listed(headers)));
    let forwarded = headers.contains_key(FORWARDED).then(|| client(&mut forwarded(headers)));
    match (listed, forwarded) {
        (Some(one), Some(other)) if one != other => peer,
        (Some(client), _) | (None, Some(client)) => client,
        (None, None) => peer,
    }
}

/// Hops of `X-Forwarded-For`, the nearest first.
fn listed(headers: &HeaderMap) -> impl Iterator<Item = Option<IpAddr>> {
    let lines = headers.get_all(X_FORWARDED_FOR).iter().rev();
    lines
        .flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','))
        .map(|hop| std::str::from_utf8(hop).ok().and_then(|hop| address(hop.trim())))
}

/// Hops of `Forwarded`, the nearest first; a line that cannot be read is a hop that cannot.
fn forwarded(headers: &HeaderMap) -> impl Iterator<Item = Option<IpAddr>> {
    headers.get_all(FORWARDED).iter().rev().flat_map(|line| {
        let elements = line.to_str().ok().and_then(elements).unwrap_or_else(|| vec![None]);
        elements.into_iter().rev()
    })
}

/// The `for` of each element of a line, in its order; `None` when the line is none of RFC 7239.
fn elements(line: &str) -> Option<Vec<Option<IpAddr>>> {
    let mut elements = Vec::new();
    for element in split(line, ',')? {
        let mut named = None;
        for pair in split(element, ';')?.into_iter().map(str::trim).filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=')?;
            if name.eq_ignore_ascii_case("for") {
                // Twice is two meanings.
                if named.is_some() {
                    return None;
                }
                named = Some(unquoted(value)?);
            }
        }
        // An element that names nobody is a hop that nobody knows.
        elements.push(named.as_deref().and_then(address));
    }
    Some(elements)
}

/// The parts between separators that stand outside quotes; `None` when a quote is not closed.
fn split(text: &str, separator: char) -> Option<Vec<&str>> {
    let (mut parts, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (place, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if character == separator && !quoted => {
                parts.push(text.get(start..place)?);
                start = place + separator.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(text.get(start..)?);
    (!quoted).then_some(parts)
}

/// A token as it is, or what stands between quotes; addresses need no escape, so one is not read.
fn unquoted(value: &str) -> Option<String> {
    let value = match value.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"')?,
        None => value,
    };
    (!value.contains(['"', '\\'])).then(|| value.to_owned())
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

    /// `lines` of `Forwarded`, from a trusted peer.
    #[track_caller]
    fn forwarded(lines: &[&str], expected: &str) {
        let trusted = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        assert_eq!(client_addr("10.0.0.1".parse().unwrap(), &headers, &trusted).to_string(), expected, "{lines:?}");
        assert_eq!(client_addr("192.0.2.1".parse().unwrap(), &headers, &trusted).to_string(), "192.0.2.1", "i10");
    }

    #[test]
    fn forwarded_is_read_from_the_right_as_rfc_7239_writes_it() {
        forwarded(&["for=203.0.113.9"], "203.0.113.9");
        forwarded(&["For=\"203.0.113.9:4711\";proto=https;by=10.0.0.1"], "203.0.113.9");
        forwarded(&["proto=http; host=\"a,b;c\" ;for=\"[2001:db8::1]:4711\""], "2001:db8::1");
        forwarded(&["for=198.51.100.7, for=203.0.113.9;by=10.0.0.2, for=10.0.0.3"], "203.0.113.9");
        forwarded(&["for=198.51.100.7", "for=203.0.113.9,for=10.0.0.3"], "203.0.113.9");
        forwarded(&["for=10.0.0.2, for=10.0.0.3"], "10.0.0.2");
        forwarded(&["for=\"::ffff:203.0.113.9\""], "203.0.113.9");
    }

    #[test]
    fn i12_a_forwarded_that_cannot_be_read_leaves_the_last_hop_known() {
        for line in [
            "",
            "for=unknown",
            "for=_hidden",
            "for=",
            "203.0.113.9",
            "by=203.0.113.9",
            "for=\"203.0.113.9",
            "for=203.0.113.9;for=198.51.100.7",
            "for=\"203\\.0.113.9\"",
            "for=203.0.113.9, proto=https",
            "for=203.0.113.9, \"",
            &"for=10.0.0.9,".repeat(10_000),
        ] {
            forwarded(&[line], "10.0.0.1");
        }
        forwarded(&["for=unknown, for=203.0.113.9"], "203.0.113.9");
        forwarded(&["\"", "for=10.0.0.4"], "10.0.0.4");
    }

    #[test]
    fn i12_two_headers_that_disagree_are_believed_in_nothing() {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        for (listed, forwarded, expected) in [
            ("203.0.113.9", "for=203.0.113.9", "203.0.113.9"),
            ("203.0.113.9, 10.0.0.2", "for=203.0.113.9", "203.0.113.9"),
            ("203.0.113.9", "for=198.51.100.7", "10.0.0.1"),
            ("203.0.113.9", "", "10.0.0.1"),
            ("", "for=198.51.100.7", "10.0.0.1"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(X_FORWARDED_FOR, HeaderValue::from_static(listed));
            headers.insert(FORWARDED, HeaderValue::from_static(forwarded));
            let client = client_addr("10.0.0.1".parse().unwrap(), &headers, &trusted);
            assert_eq!(client.to_string(), expected, "{listed} {forwarded}");
        }
    }

    #[test]
    fn i11_without_trusted_proxies_nobody_is_trusted() {
        let mut headers = HeaderMap::new();
        headers.insert(X_FORWARDED_FOR, HeaderValue::from_static("203.0.113.9"));
        assert_eq!(client_addr("127.0.0.1".parse().unwrap(), &headers, &[]).to_string(), "127.0.0.1");
    }
}
