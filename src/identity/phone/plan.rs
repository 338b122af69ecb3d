//! The numbering plans of France and overseas France; other countries are only measured.

use super::PhoneFault;

/// A territory with a dialling code of its own.
#[derive(Debug)]
pub(super) struct Territory {
    /// Dialling code with its `+`.
    pub(super) code: &'static str,
    /// It shares the ten-digit plan that begins with 0.
    shared: bool,
    /// How many digits a number has after the code, when the plan is not shared.
    lengths: &'static [usize],
    /// First digits, after the code, of numbers that receive SMS.
    mobile: &'static [&'static str],
    /// First digits of other numbers; the shared plan's `8` and `9` are everywhere.
    landline: &'static [&'static str],
}

/// Mainland first, because a number that is typed with its 0 is looked up from there.
const TERRITORIES: &[Territory] = &[
    Territory {
        code: "+33",
        shared: true,
        lengths: &[9],
        mobile: &["6", "73", "74", "75", "76", "77", "78", "79"],
        landline: &["1", "2", "3", "4", "5", "70", "71", "72"],
    },
    Territory {
        code: "+262",
        shared: true,
        lengths: &[9],
        mobile: &["692", "693", "639", "7092", "7093"],
        landline: &["262", "263", "269"],
    },
    Territory { code: "+508", shared: false, lengths: &[6, 9], mobile: &["4", "5", "708"], landline: &[] },
    Territory { code: "+590", shared: true, lengths: &[9], mobile: &["690", "691", "7090"], landline: &["590"] },
    Territory { code: "+594", shared: true, lengths: &[9], mobile: &["694", "7093"], landline: &["594"] },
    Territory { code: "+596", shared: true, lengths: &[9], mobile: &["696", "697", "7091"], landline: &["596"] },
    Territory { code: "+681", shared: false, lengths: &[6], mobile: &["4", "8"], landline: &[] },
    Territory { code: "+687", shared: false, lengths: &[6], mobile: &["7", "8", "9"], landline: &[] },
    Territory { code: "+689", shared: false, lengths: &[8], mobile: &["87", "88", "89"], landline: &[] },
];

/// First digits of the shared plan that belong overseas, without the 0. The longest that fits wins, so longer ones stand first.
const OVERSEAS: &[(&str, &str)] = &[
    // Mayotte's part of Guyane's new range.
    ("70935", "+262"),
    ("70936", "+262"),
    ("70937", "+262"),
    ("7090", "+590"),
    ("7091", "+596"),
    ("7092", "+262"),
    ("7093", "+594"),
    ("590", "+590"),
    ("690", "+590"),
    ("691", "+590"),
    ("594", "+594"),
    ("694", "+594"),
    ("596", "+596"),
    ("696", "+596"),
    ("697", "+596"),
    ("262", "+262"),
    ("263", "+262"),
    ("269", "+262"),
    ("639", "+262"),
    ("692", "+262"),
    ("693", "+262"),
];

impl Territory {
    /// The territory of a number that begins with `+` and its code.
    pub(super) fn of(number: &str) -> Option<&'static Self> {
        TERRITORIES.iter().find(|territory| number.starts_with(territory.code))
    }

    /// Whether a number (after the code) receives SMS.
    pub(super) fn is_mobile(&self, subscriber: &str) -> bool {
        // The three-digit codes keep their 6-digit numbers undivided in the fact sheet, which calls all of them possible mobiles.
        let undivided = matches!(self.code, "+508" | "+681" | "+687") && subscriber.len() == 6;
        undivided || self.mobile.iter().any(|first| subscriber.starts_with(first))
    }

    /// The E.164 form of digits typed after (or beside) the code, with or without their 0.
    pub(super) fn e164(&self, digits: &str) -> Result<String, PhoneFault> {
        let wrong_code = || PhoneFault::DialCode { code: self.code.to_owned() };
        let bare = digits.strip_prefix('0').unwrap_or(digits);
        if !self.shared {
            let bare = match (self.code, bare.len()) {
                // Typed the new way, the territory's own code standing before its six digits.
                ("+508", 9) => bare.strip_prefix("508").unwrap_or(bare),
                _ => bare,
            };
            let known = self.lengths.contains(&bare.len())
                && !bare.starts_with('0')
                && (bare.len() != 9 || self.is_mobile(bare));
            return if known { Ok(format!("{}{bare}", self.code)) } else { Err(wrong_code()) };
        }
        if bare.len() != 9 {
            return Err(if self.code == "+33" { PhoneFault::Length { digits: bare.len() + 1 } } else { wrong_code() });
        }
        if bare.starts_with('0') {
            return Err(wrong_code());
        }
        if let Some((_, code)) = OVERSEAS.iter().find(|(first, _)| bare.starts_with(first)) {
            return Ok(format!("{code}{bare}"));
        }
        let common = bare.starts_with('8') || bare.starts_with('9');
        let known = common || self.mobile.iter().chain(self.landline).any(|first| bare.starts_with(first));
        if known { Ok(format!("{}{bare}", self.code)) } else { Err(wrong_code()) }
    }

    /// As people write it: with its 0 in the shared plan, in groups.
    pub(super) fn shown(&self, subscriber: &str) -> String {
        let (head, tail) = if self.shared {
            // 06 12 34 56 78, but 0692 12 34 56: the territory stays in one piece.
            let head = if self.code == "+33" { 1 } else { 3 };
            (format!("0{}", subscriber.get(..head).unwrap_or_default()), subscriber.get(head..).unwrap_or_default())
        } else if subscriber.len() == 9 {
            (subscriber.get(..3).unwrap_or_default().to_owned(), subscriber.get(3..).unwrap_or_default())
        } else {
            (String::new(), subscriber)
        };
        let mut shown = head;
        for (place, digit) in tail.chars().enumerate() {
            if place % 2 == 0 && !shown.is_empty() {
                shown.push(' ');
            }
            shown.push(digit);
        }
        shown
    }
}

/// The number after the code of another country, without the 0 that is dialled at home; `None` when no number begins so.
pub(super) fn abroad<'a>(code: &str, digits: &'a str) -> Option<&'a str> {
    // Italy, San Marino, Vatican, Côte d'Ivoire, Congo and Benin: there the 0 is part of the number.
    const ZERO_STAYS: &[&str] = &["+39", "+378", "+379", "+225", "+242", "+229"];
    if ZERO_STAYS.contains(&code) {
        return (!digits.starts_with("00")).then_some(digits);
    }
    let bare = digits.strip_prefix('0').unwrap_or(digits);
    (!bare.starts_with('0')).then_some(bare)
}

/// The dialling code of an E.164 number with its `+` (ITU-T E.164: no code begins another).
pub(super) fn code_of(number: &str) -> &str {
    const TWO: &[&str] = &[
        "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48", "49",
        "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81", "82", "84",
        "86", "90", "91", "92", "93", "94", "95", "98",
    ];
    let digits = number.trim_start_matches('+');
    let length = if digits.starts_with('1') || digits.starts_with('7') {
        1
    } else if TWO.iter().any(|code| digits.starts_with(code)) {
        2
    } else {
        3
    };
    number.get(..=length).unwrap_or(number)
}
