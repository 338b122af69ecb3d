//! Style sheet, script and pictures, each with its hash in its name so that a browser may keep it for ever.
//! Makes the bytes and their addresses; serving them is the handlers' work.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::paths;
use crate::config::settings::Brand;

const STYLE: &str = include_str!("assets/guichet.css");
const SCRIPT: &str = include_str!("assets/guichet.js");

/// A file we serve under `/_guichet/assets/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// `guichet.0123456789abcdef.css`: the last segment of its path.
    pub name: String,
    /// Value of `Content-Type`.
    pub content_type: &'static str,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl Asset {
    /// Its path on our origin.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}{}", paths::ASSETS, self.name)
    }

    fn new(stem: &str, extension: &str, content_type: &'static str, bytes: Vec<u8>) -> Self {
        let digest = Sha256::digest(&bytes);
        let hash = digest.iter().take(8).fold(String::new(), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        });
        Self { name: format!("{stem}.{hash}.{extension}"), content_type, bytes }
    }
}

/// A picture of the configuration could not be used.
#[derive(Debug, thiserror::Error)]
pub enum AssetError {
    /// The file cannot be read.
    #[error("the picture {0} could not be read: {1}")]
    Read(PathBuf, std::io::Error),
    /// Neither SVG nor PNG.
    #[error("the picture {0} must be an .svg or .png file")]
    Kind(PathBuf),
}

/// Every asset of this process.
#[derive(Debug, Clone)]
pub struct Assets {
    /// Layout and components.
    pub style: Asset,
    /// The portal's colours.
    pub colours: Asset,
    /// What script adds.
    pub script: Asset,
    /// The mark shown on the browser's tab.
    pub icon: Asset,
    /// The portal's logo.
    pub logo: Option<Asset>,
    /// Pictures of providers' buttons, by the provider's name.
    pub provider_buttons: BTreeMap<String, Asset>,
}

impl Assets {
    /// Builds them; `buttons` are the pictures the configuration names, each with its provider.
    ///
    /// # Errors
    /// A picture named by the configuration is missing or of another kind than SVG and PNG.
    pub fn build<'a>(
        brand: &Brand,
        buttons: impl IntoIterator<Item = (&'a str, &'a Path)>,
    ) -> Result<Self, AssetError> {
        let colours = colours(&brand.colours);
        let buttons = buttons.into_iter().map(|(provider, path)| Ok((provider.to_owned(), picture(provider, path)?)));
        Ok(Self {
            style: Asset::new("guichet", "css", "text/css; charset=utf-8", STYLE.into()),
            colours: Asset::new("brand", "css", "text/css; charset=utf-8", colours.into_bytes()),
            script: Asset::new("guichet", "js", "text/javascript; charset=utf-8", SCRIPT.into()),
            icon: Asset::new("icon", "svg", "image/svg+xml", icon(&brand.colours).into_bytes()),
            logo: brand.logo.as_deref().map(|path| picture("logo", path)).transpose()?,
            provider_buttons: buttons.collect::<Result<_, _>>()?,
        })
    }

    /// All of them, in no promised order.
    pub fn list(&self) -> impl Iterator<Item = &Asset> {
        let own = [&self.style, &self.colours, &self.script, &self.icon].into_iter();
        own.chain(&self.logo).chain(self.provider_buttons.values())
    }

    /// The one a request names by its last path segment.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Asset> {
        self.list().find(|asset| asset.name == name)
    }
}

fn picture(stem: &str, path: &Path) -> Result<Asset, AssetError> {
    let (extension, content_type) = match path.extension().and_then(|extension| extension.to_str()) {
        Some("svg") => ("svg", "image/svg+xml"),
        Some("png") => ("png", "image/png"),
        Some(_) | None => return Err(AssetError::Kind(path.to_owned())),
    };
    let bytes = std::fs::read(path).map_err(|error| AssetError::Read(path.to_owned(), error))?;
    Ok(Asset::new(stem, extension, content_type, bytes))
}

/// The configured tokens as custom properties; what is not a known token or not `#rrggbb` is left out.
///
/// A dark page keeps its own tuned tokens: the `dark-…` names of the configuration replace those.
fn colours(tokens: &BTreeMap<String, String>) -> String {
    let mut light = String::new();
    let mut dark = String::new();
    for (name, value) in tokens {
        let (sheet, token) = match name.strip_prefix("dark-") {
            Some(token) => (&mut dark, token),
            None => (&mut light, name.as_str()),
        };
        if TOKENS.contains(&token) && is_colour(value) {
            let _ = writeln!(sheet, "  --{token}: {value};");
        }
    }
    let mut sheet = String::from("/* Colours of the portal, from its configuration. */\n");
    if !light.is_empty() {
        let _ = writeln!(sheet, "@media not (prefers-color-scheme: dark) {{\n:root {{\n{light}}}\n}}");
        let _ = writeln!(sheet, "@media print {{\n:root {{\n{light}}}\n}}");
    }
    if !dark.is_empty() {
        let _ = writeln!(sheet, "@media screen and (prefers-color-scheme: dark) {{\n:root {{\n{dark}}}\n}}");
    }
    sheet
}

/// Names a configuration may give a colour to; each also as `dark-NAME`.
pub const TOKENS: [&str; 11] =
    ["brand", "brand-strong", "on-brand", "ink", "muted", "surface", "page", "line", "danger", "success", "focus"];

fn is_colour(value: &str) -> bool {
    value
        .strip_prefix('#')
        .is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// An open door in the portal's colour.
fn icon(tokens: &BTreeMap<String, String>) -> String {
    let brand = tokens.get("brand").filter(|value| is_colour(value)).map_or("#0f5c63", String::as_str);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 32 32\"><rect width=\"32\" height=\"32\" rx=\"8\" fill=\"{brand}\"/><path d=\"M10 24V14a6 6 0 0 1 12 0v10\" fill=\"none\" stroke=\"#fff\" stroke-width=\"2.5\" stroke-linecap=\"round\"/><circle cx=\"16\" cy=\"18\" r=\"2\" fill=\"#fff\"/></svg>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_that_is_not_a_colour_never_reaches_the_style_sheet() {
        let tokens = BTreeMap::from([
            ("brand".to_owned(), "#123456".to_owned()),
            ("ink".to_owned(), "red;} body{display:none".to_owned()),
            ("unknown".to_owned(), "#000000".to_owned()),
            ("dark-brand".to_owned(), "#abcdef".to_owned()),
        ]);
        let sheet = colours(&tokens);
        assert!(sheet.contains("--brand: #123456;"));
        assert!(sheet.contains("--brand: #abcdef;"));
        assert!(!sheet.contains("display:none") && !sheet.contains("unknown"));
    }

    #[test]
    fn a_name_changes_with_its_content() {
        let one = Asset::new("a", "css", "text/css", b"a".to_vec());
        let other = Asset::new("a", "css", "text/css", b"b".to_vec());
        assert_ne!(one.name, other.name);
        assert_eq!(one.name.len(), "a..css".len() + 16);
    }

    #[test]
    fn the_script_stays_small() {
        assert!(SCRIPT.len() <= 9 * 1024, "{} bytes", SCRIPT.len());
    }
}
