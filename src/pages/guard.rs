//! Forms come from our own pages: same origin by the browser's word, and a token only our page could hold (decision 18).

use http::HeaderMap;

use crate::identity::AccountId;
use crate::keys::Sealer;

/// What a form's token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// Ours, for this browser, this form and this person.
    Fits {
        /// Fingerprint of what was stored when the form was drawn.
        seen: String,
    },
    /// Ours once, or never: left open too long, cookie gone, keys changed.
    Stale,
    /// Drawn for another account of the same browser.
    OtherAccount,
}

/// What the token of a form drawn for a browser without our cookie carries as "seen".
pub const COOKIELESS: &str = "cookieless";

/// Makes a token. `seen` is a fingerprint of what the form showed as stored; empty where it does not matter.
#[must_use]
pub fn token(sealer: &Sealer, cookie: &str, purpose: &str, account: Option<AccountId>, seen: &str) -> String {
    let who = who(account);
    let mac = sealer.mac("form", &[cookie.as_bytes(), purpose.as_bytes(), who.as_bytes(), seen.as_bytes()]);
    format!("{mac}.{who}.{seen}")
}

/// Judges the token of a posted form.
#[must_use]
pub fn judge(sealer: &Sealer, cookie: Option<&str>, purpose: &str, account: Option<AccountId>, token: &str) -> Token {
    let mut parts = token.splitn(3, '.');
    let (Some(mac), Some(theirs), Some(seen)) = (parts.next(), parts.next(), parts.next()) else {
        return Token::Stale;
    };
    let ours = who(account);
    // Before the rest: the flow cookie goes at sign-out, and what one person typed must not come back in another's form.
    if account.is_some() && theirs.len() == ours.len() && theirs != ours {
        return Token::OtherAccount;
    }
    let Some(cookie) = cookie else { return Token::Stale };
    let signed: [&[u8]; 4] = [cookie.as_bytes(), purpose.as_bytes(), theirs.as_bytes(), seen.as_bytes()];
    if theirs == ours && sealer.verify_mac("form", &signed, mac) {
        return Token::Fits { seen: seen.to_owned() };
    }
    Token::Stale
}

/// A short fingerprint of what is stored, to notice that another tab stored something else.
#[must_use]
pub fn fingerprint<'a>(sealer: &Sealer, values: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let parts: Vec<&[u8]> = values.into_iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]).collect();
    sealer.mac("form-seen", &parts).chars().take(12).collect()
}

/// Tells accounts apart, and is no secret: the random end of the identifier, the same under every key.
fn who(account: Option<AccountId>) -> String {
    account.map(|account| account.uuid().simple().to_string().chars().skip(20).collect()).unwrap_or_default()
}

/// Whether the browser says that another site sent this form (attack S11). Silence is not such a word: the token decides then.
#[must_use]
pub fn is_cross_site(headers: &HeaderMap, origin: &str) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        let ours = matches!(site.as_bytes(), b"same-origin" | b"none");
        if !ours {
            return true;
        }
    }
    headers.get(http::header::ORIGIN).is_some_and(|said| said.as_bytes() != origin.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use secrecy::SecretBox;

    use super::*;
    use crate::config::settings::SealingKey;

    fn sealer(byte: u8) -> Sealer {
        Sealer::new(vec![SealingKey { id: "k".to_owned(), key: Arc::new(SecretBox::new(Box::new([byte; 32]))) }])
    }

    #[test]
    fn s11_a_token_fits_its_browser_form_and_person_only() {
        let sealer = sealer(1);
        let alice = AccountId::new(uuid::Uuid::from_u128(1));
        let bob = AccountId::new(uuid::Uuid::from_u128(2));
        let made = token(&sealer, "cookie", "details", Some(alice), "seen");
        let judge = |cookie, purpose, account| super::judge(&sealer, cookie, purpose, account, &made);
        assert_eq!(judge(Some("cookie"), "details", Some(alice)), Token::Fits { seen: "seen".to_owned() });
        assert_eq!(judge(Some("other"), "details", Some(alice)), Token::Stale);
        assert_eq!(judge(Some("cookie"), "password", Some(alice)), Token::Stale);
        assert_eq!(judge(None, "details", Some(alice)), Token::Stale);
        assert_eq!(judge(Some("cookie"), "details", Some(bob)), Token::OtherAccount);
        assert_eq!(judge(Some("other"), "details", Some(bob)), Token::OtherAccount, "the first signed out between");
        assert_eq!(judge(None, "details", Some(bob)), Token::OtherAccount);
        assert_eq!(judge(Some("cookie"), "details", None), Token::Stale);
        let rotated = self::sealer(2);
        assert_eq!(super::judge(&rotated, Some("cookie"), "details", Some(alice), &made), Token::Stale);
    }

    #[test]
    fn s11_another_sites_form_is_told_by_the_browser() {
        let mut headers = HeaderMap::new();
        assert!(!is_cross_site(&headers, "https://p.example"));
        headers.insert("sec-fetch-site", "same-origin".parse().unwrap());
        assert!(!is_cross_site(&headers, "https://p.example"));
        for site in ["cross-site", "same-site", "nonsense"] {
            headers.insert("sec-fetch-site", site.parse().unwrap());
            assert!(is_cross_site(&headers, "https://p.example"), "{site}");
        }
        headers.remove("sec-fetch-site");
        for origin in ["null", "https://evil.example", "http://p.example", "https://p.example.evil"] {
            headers.insert("origin", origin.parse().unwrap());
            assert!(is_cross_site(&headers, "https://p.example"), "{origin}");
        }
        headers.insert("origin", "https://p.example".parse().unwrap());
        assert!(!is_cross_site(&headers, "https://p.example"));
    }
}
