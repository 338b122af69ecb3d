//! The way back to a page of another host: an address of ours that names host, page and browser, and leads there with a code. Pure.
//! Whether the host is served is for who follows it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{SafeReturn, paths};

/// A page of another host, and the mark of the browser that left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayBack {
    /// The host, in lower case, without port.
    pub host: String,
    /// What the browser showed of its cookie there.
    pub mark: String,
    /// The page.
    pub page: SafeReturn,
}

impl WayBack {
    /// Parameter that names the host.
    pub const HOST: &str = "hote";
    /// Parameter that holds the mark.
    pub const MARK: &str = "marque";

    /// Puts its parts together; `None` when one of them is not in shape.
    #[must_use]
    pub fn of(host: &str, mark: &str, page: SafeReturn) -> Option<Self> {
        let mut bytes = [0_u8; 32];
        let shaped = (1..=253).contains(&host.len())
            && host.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b'[' | b']' | b':')
            })
            && URL_SAFE_NO_PAD.decode_slice(mark, &mut bytes).is_ok_and(|length| length == 32);
        shaped.then(|| Self { host: host.to_owned(), mark: mark.to_owned(), page })
    }

    /// Reads an address that [`WayBack::address`] has written; any other spelling is none.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(paths::HAND_OVER)?.strip_prefix('?')?;
        let value = |part: Option<&str>, name: &str| Some(part?.strip_prefix(name)?.strip_prefix('=')?.to_owned());
        let mut parts = rest.splitn(3, '&');
        let host = value(parts.next(), Self::HOST)?;
        let mark = value(parts.next(), Self::MARK)?;
        let page = value(parts.next(), super::address::RETURN)?;
        let page = percent_encoding::percent_decode_str(&page).decode_utf8().ok()?;
        let read = Self::of(&host, &mark, SafeReturn::page(&page)?)?;
        (read.address() == text).then_some(read)
    }

    /// The address on our public host.
    #[must_use]
    pub fn address(&self) -> String {
        let (host, mark) = (&self.host, &self.mark);
        let (in_host, in_mark, page) = (Self::HOST, Self::MARK, self.page.encoded());
        format!("{}?{in_host}={host}&{in_mark}={mark}&{}={page}", paths::HAND_OVER, super::address::RETURN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way_back(page: &str) -> WayBack {
        WayBack::of("dossier.example", &"A".repeat(43), SafeReturn::page(page).unwrap()).unwrap()
    }

    #[test]
    fn a_way_back_is_read_as_it_was_written() {
        let long = format!("/{}", "%C3%A9".repeat(300));
        for page in ["/", "/a?b=c&d=%2F#".trim_end_matches('#'), &long] {
            let way_back = way_back(page);
            assert_eq!(WayBack::read(&way_back.address()), Some(way_back.clone()));
            assert_eq!(SafeReturn::parse(&way_back.address()).unwrap().as_str(), way_back.address());
        }
    }

    #[test]
    fn w02_anything_else_is_no_way_back() {
        let mark = "A".repeat(43);
        let good = way_back("/a").address();
        for text in [
            format!("https://evil.example{good}"),
            format!("/{good}"),
            good.replace("hote=dossier", "hote=user@dossier"),
            good.replace("dossier.example", "dossier.example%2fx"),
            good.replace("dossier.example", "Dossier.example"),
            good.replace("dossier.example", ""),
            good.replace(&mark, "A"),
            good.replace("retour=/a", "retour=//evil.example"),
            good.replace("retour=/a", "retour=/_guichet/deconnexion"),
            good.replace("retour=/a", "retour=%2Fa"),
            format!("{good}&retour=/b"),
            format!("{good}#x"),
            good.replace("relais", "relais/fin"),
        ] {
            assert_eq!(WayBack::read(&text), None, "{text}");
            assert_eq!(SafeReturn::parse(&text), None, "{text}");
        }
        // No way back leads to another.
        assert_eq!(SafeReturn::page(&good), None);
    }
}
