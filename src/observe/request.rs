//! What names a request: its id and the client's address. Put on each request by the gateway, read by the pages and the logs.

use std::fmt;
use std::net::IpAddr;

/// 128 random bits drawn for each request; what a client sends under that name is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId([u8; 16]);

impl RequestId {
    /// Names a request with bytes drawn for it.
    #[must_use]
    pub fn new(drawn: [u8; 16]) -> Self {
        Self(drawn)
    }

    /// The id of the `count`th request after this one on the same connection: as unlike any other connection's as this one is.
    #[must_use]
    pub fn later(self, count: u64) -> Self {
        Self(u128::from_be_bytes(self.0).wrapping_add(count.into()).to_be_bytes())
    }

    /// 32 hexadecimal digits.
    #[must_use]
    pub fn hex(&self) -> [u8; 32] {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [b'0'; 32];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            for (digit, value) in pair.iter_mut().zip([byte >> 4, byte & 15]) {
                *digit = DIGITS.get(usize::from(value)).copied().unwrap_or(b'0');
            }
        }
        text
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.hex()).unwrap_or_default())
    }
}

/// The client's address, after trusted proxies; IPv4 in IPv6 is written as IPv4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddr(pub IpAddr);

impl ClientAddr {
    /// Adds its text, as `Display` of the address writes it; nearly every request has it written twice.
    pub fn write(self, text: &mut Vec<u8>) {
        match self.0 {
            IpAddr::V4(address) => {
                for (place, octet) in address.octets().into_iter().enumerate() {
                    if place > 0 {
                        text.push(b'.');
                    }
                    text.extend_from_slice(itoa::Buffer::new().format(octet).as_bytes());
                }
            }
            IpAddr::V6(address) => text.extend_from_slice(address.to_string().as_bytes()),
        }
    }
}

/// The host of a request for a page of ours, where it is not the one where people sign in; put on such requests only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// Host in lower case, without port.
    pub host: String,
    /// `https://host`, as people reach it.
    pub origin: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_written_as_it_is_displayed() {
        for text in ["203.0.113.9", "0.0.0.0", "255.10.99.100", "2001:db8::1", "::ffff:1.2.3.4"] {
            let address: IpAddr = text.parse().unwrap();
            let mut written = Vec::new();
            ClientAddr(address).write(&mut written);
            assert_eq!(String::from_utf8(written).unwrap(), address.to_string());
        }
    }

    #[test]
    fn ids_of_one_connection_differ() {
        let first = RequestId([255; 16]);
        assert_eq!(first.later(0), first);
        assert_eq!(first.later(3), RequestId([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]));
    }

    #[test]
    fn an_id_is_thirty_two_hexadecimal_digits() {
        assert_eq!(
            RequestId([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255]).to_string(),
            "000102030405060708090a0b0c0d0eff"
        );
    }
}
