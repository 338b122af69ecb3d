//! `[brand]`: everything a page or a message shows must be there, on one line, and sendable.

use url::Url;

use super::Check;
use crate::config::fault::KeyPath;
use crate::config::file::brand::BrandFile;
use crate::config::settings::Brand;
use crate::identity::Email;

/// The GSM-7 alphabet's first table, without its control characters: one character, one place of an SMS.
const GSM: &str = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

impl Check<'_> {
    /// `origin` is the portal's, which paths are read under.
    pub(super) fn brand(&mut self, file: &BrandFile, origin: Option<&str>) -> Option<Brand> {
        let table = KeyPath::root().key("brand");
        let name = self.required(&table, "name", file.name.as_ref(), "the name of the house");
        let sms_name = self.sms_name(&table, file.sms_name.as_ref(), name.as_deref());
        let portal = self.required(&table, "portal", Some(&file.portal), "\"portail\"");
        let legacy = self.required(&table, "legacy", file.legacy.as_ref(), "the name of the former system");
        let tagline = self.line(&table, "tagline", &file.tagline);
        let help_phone = self.required(&table, "help_phone", file.help_phone.as_ref(), "a telephone number");
        if let Some(phone) = &help_phone
            && (!phone.chars().any(|c| c.is_ascii_digit())
                || !phone.chars().all(|c| c.is_ascii_digit() || " .+()-".contains(c)))
        {
            self.fault(
                &table.key("help_phone"),
                format!("{phone:?} is not a telephone number"),
                "digits, spaces and dots",
            );
        }
        let help_cost = self.required(&table, "help_cost", Some(&file.help_cost), "what a call costs");
        let help_hours = self.line(&table, "help_hours", &file.help_hours);
        let help_email = self.required(&table, "help_email", file.help_email.as_ref(), "an e-mail address");
        let help_email = help_email.and_then(|text| self.email_address(&table.key("help_email"), &text));
        let terms_url =
            self.required(&table, "terms_url", file.terms_url.as_ref(), "an address, or a path of the portal");
        let terms_url = terms_url.and_then(|text| self.page(&table.key("terms_url"), &text, origin));
        let terms_version =
            self.required(&table, "terms_version", file.terms_version.as_ref(), "a text such as \"2026-09\"");
        let terms_date =
            self.required(&table, "terms_date", file.terms_date.as_ref(), "a date as shown: \"1er septembre 2026\"");
        let mut page =
            |key: &str, text: Option<&String>| text.and_then(|text| self.page(&table.key(key), text, origin));
        let help_url = page("help_url", file.help_url.as_ref());
        let legal_url = page("legal_url", file.legal_url.as_ref());
        let accessibility_url = page("accessibility_url", file.accessibility_url.as_ref());
        let logo = self.picture(&table, "logo", file.logo.as_ref());
        let templates = self.folder(&table, "templates", file.templates.as_ref());
        let colours = self.colours(&table, &file.colours);
        Some(Brand {
            name: name?,
            sms_name: sms_name?,
            portal: portal?,
            legacy: legacy?,
            tagline: tagline?,
            help_phone: help_phone?,
            help_cost: help_cost?,
            help_hours: help_hours?,
            help_email: help_email?,
            help_url,
            terms_url: terms_url?,
            terms_version: terms_version?,
            terms_date: terms_date?,
            legal_url,
            accessibility_url,
            logo,
            colours,
            templates,
        })
    }

    fn sms_name(&mut self, table: &KeyPath, given: Option<&String>, name: Option<&str>) -> Option<String> {
        let text = given.map(String::as_str).or(name)?;
        let path = table.key("sms_name");
        let text = text.trim();
        let length = text.chars().count();
        if length == 0 || length > 20 {
            self.fault(&path, format!("{text:?} has {length} characters"), "1 to 20 characters");
            return None;
        }
        if let Some(foreign) = text.chars().find(|character| !GSM.contains(*character)) {
            self.fault(
                &path,
                format!("{text:?} holds {foreign:?}, which is not in the GSM-7 alphabet"),
                "letters, digits, and é è à ù É of the accents",
            );
            return None;
        }
        Some(text.to_owned())
    }

    pub(super) fn email_address(&mut self, path: &KeyPath, text: &str) -> Option<String> {
        let right = text.contains('@') && Email::parse(text).is_ok();
        if !right {
            self.fault(path, format!("{text:?} is not an e-mail address"), "an address alone, without a name");
        }
        right.then(|| text.to_owned())
    }

    /// An address of the web, or a path of the portal.
    fn page(&mut self, path: &KeyPath, text: &str, origin: Option<&str>) -> Option<Url> {
        if text.starts_with('/') && !text.starts_with("//") && !text.contains('\\') {
            return Url::parse(&format!("{}{text}", origin?)).ok();
        }
        self.address(path, text, self.development)
    }
}
