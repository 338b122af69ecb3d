//! `[identity_provider.NAME.ciba]`: of Pro Santé Connect alone, within bounds that keep telephones quiet.

use super::Check;
use crate::config::fault::KeyPath;
use crate::config::file::ciba::{CibaChannelFile, CibaFile};
use crate::config::settings::{CibaChannel, CibaSettings, Profile};

impl Check<'_> {
    /// The settings where it is switched on; every key is judged either way.
    pub(super) fn ciba(&mut self, provider: &KeyPath, profile: &Profile, file: &CibaFile) -> Option<CibaSettings> {
        let at = provider.key("ciba");
        if file.enabled && *profile != Profile::Psc {
            self.fault(
                &at.key("enabled"),
                "this kind names nobody by a national identifier",
                "true only with kind = \"psc\"",
            );
        }
        let channels: Vec<CibaChannel> = file.channels.iter().map(|channel| CibaChannel::from(*channel)).collect();
        if channels.is_empty() {
            self.fault(&at.key("channels"), "is empty: nobody could confirm", "\"mobile\", \"card\" or both");
        }
        self.no_repetition(&at.key("channels"), channels.iter().map(|channel| channel.as_str()));
        let wait = self.duration(&at, "wait", &file.wait, "30 s", "10 min");
        let per_person_hour = self.bounded(&at, "per_person_hour", file.per_person_hour, 1, 10);
        let per_browser_hour = self.bounded(&at, "per_browser_hour", file.per_browser_hour, 1, 100);
        let per_network_hour = self.bounded(&at, "per_network_hour", file.per_network_hour, 1, 10_000);
        let settings = CibaSettings { channels, wait, per_person_hour, per_browser_hour, per_network_hour };
        file.enabled.then_some(settings)
    }
}

impl From<CibaChannelFile> for CibaChannel {
    fn from(file: CibaChannelFile) -> Self {
        match file {
            CibaChannelFile::Mobile => Self::Mobile,
            CibaChannelFile::Card => Self::Card,
        }
    }
}
