//! `[activation]`: professions, optional fields and dialling codes that name each other rightly.

use super::Check;
use super::values::is_profession_code;
use crate::config::fault::KeyPath;
use crate::config::file::activation::{ActivationFile, OptionalFieldFile};
use crate::config::settings::{ActivationSettings, ProfessionChoice};

impl Check<'_> {
    pub(super) fn activation(&mut self, file: &ActivationFile) -> ActivationSettings {
        let table = KeyPath::root().key("activation");
        ActivationSettings {
            professions: self.professions(&table, file),
            reminder_days: self.bounded(&table, "reminder_days", file.reminder_days, 1, 365),
            dial_codes: self.dial_codes(&table, file),
            check_rpps_key: file.check_rpps_key,
        }
    }

    fn professions(&mut self, table: &KeyPath, file: &ActivationFile) -> Vec<ProfessionChoice> {
        let list = table.key("professions");
        if file.professions.is_empty() {
            self.fault(&list, "is empty", "at least one { code = \"60\", label = \"Infirmier\" }");
        }
        for (place, profession) in file.professions.iter().enumerate() {
            if !is_profession_code(&profession.code) {
                self.fault(
                    &list.index(place).key("code"),
                    format!("{:?} is not a profession code", profession.code),
                    "a TRE_G15 code such as \"60\"",
                );
            }
            if profession.label.trim().is_empty() || self.line(&list.index(place), "label", &profession.label).is_none()
            {
                self.fault(&list.index(place).key("label"), "is missing", "the profession's name");
            }
            if file.professions.iter().take(place).any(|other| other.code == profession.code) {
                self.fault(
                    &list.index(place).key("code"),
                    format!("{:?} stands here twice", profession.code),
                    "each once",
                );
            }
        }
        let listed = |code: &String| file.professions.iter().any(|profession| profession.code == *code);
        let ours = ActivationFile::default();
        for (code, fields) in &file.optional {
            // A shorter list of professions leaves our own table of optional fields as it is.
            let shipped = ours.optional.get(code) == Some(fields);
            if !listed(code) && !shipped {
                self.fault(
                    &table.key("optional").key(code),
                    "is not in the list of professions",
                    "a code of activation.professions",
                );
            }
        }
        let may_be_empty = |code: &String, field| file.optional.get(code).is_some_and(|fields| fields.contains(&field));
        let choice = |profession: &crate::config::file::activation::ProfessionFile| ProfessionChoice {
            code: profession.code.clone(),
            label: profession.label.trim().to_owned(),
            rpps_optional: may_be_empty(&profession.code, OptionalFieldFile::Rpps),
            siret_optional: may_be_empty(&profession.code, OptionalFieldFile::Siret),
            cpam_optional: may_be_empty(&profession.code, OptionalFieldFile::Cpam),
            finess_optional: may_be_empty(&profession.code, OptionalFieldFile::Finess),
        };
        file.professions.iter().map(choice).collect()
    }

    fn dial_codes(&mut self, table: &KeyPath, file: &ActivationFile) -> Vec<(String, String)> {
        /// Offered by the pages already.
        const FRENCH: [&str; 9] = ["+33", "+262", "+508", "+590", "+594", "+596", "+681", "+687", "+689"];
        let list = table.key("dial_codes");
        let mut codes: Vec<(String, String)> = Vec::new();
        for (place, dial) in file.dial_codes.iter().enumerate() {
            let path = list.index(place);
            let digits = dial.code.strip_prefix('+').unwrap_or_default();
            let right = (1..=4).contains(&digits.len())
                && !digits.starts_with('0')
                && digits.bytes().all(|byte| byte.is_ascii_digit());
            if !right {
                self.fault(
                    &path.key("code"),
                    format!("{:?} is not a dialling code", dial.code),
                    "\"+\" and 1 to 4 digits, such as \"+32\"",
                );
            } else if FRENCH.contains(&dial.code.as_str()) || codes.iter().any(|(code, _)| *code == dial.code) {
                self.fault(
                    &path.key("code"),
                    format!("{:?} is offered already", dial.code),
                    "each code once, the French ones are always there",
                );
            }
            if let Some(label) = self.required(&path, "label", Some(&dial.label), "a country's name") {
                codes.push((dial.code.clone(), label));
            }
        }
        codes
    }
}
