use proptest::prelude::*;

use super::*;

#[track_caller]
fn mobile(typed: &str, dial_code: &str) -> Result<String, PhoneFault> {
    Phone::parse_mobile(typed, dial_code).map(String::from)
}

#[test]
fn mobiles_are_read_the_ways_people_type_them() {
    for typed in [
        "06 12 34 56 78",
        "0612345678",
        "06.12.34.56.78",
        "06-12-34-56-78",
        "06\u{a0}12\u{202f}34 56 78",
        "612345678",
        "(06) 12 34 56 78",
        "(0)6 12 34 56 78",
        "+33 6 12 34 56 78",
        "+33 (0)6 12 34 56 78",
        "+33(0)612345678",
        "+330612345678",
        "0033612345678",
        "0033 (0) 6 12 34 56 78",
        "０６１２３４５６７８",
    ] {
        assert_eq!(mobile(typed, "+33"), Ok("+33612345678".to_owned()), "{typed:?}");
    }
    for typed in ["07 30 00 00 01", "07 98 76 54 32"] {
        assert!(mobile(typed, "+33").is_ok(), "{typed}");
    }
}

#[test]
fn overseas_numbers_find_their_code_whatever_is_selected() {
    for (typed, number) in [
        ("0692 12 34 56", "+262692123456"),
        ("0693123456", "+262693123456"),
        ("0639 12 34 56", "+262639123456"),
        ("0690 12 34 56", "+590690123456"),
        ("0691 12 34 56", "+590691123456"),
        ("0694 12 34 56", "+594694123456"),
        ("0696 12 34 56", "+596696123456"),
        ("0697 12 34 56", "+596697123456"),
        ("07090 12345", "+590709012345"),
        ("07091 12345", "+596709112345"),
        ("07092 12345", "+262709212345"),
        ("07093 12345", "+594709312345"),
        ("07093 51234", "+262709351234"),
        ("+33692123456", "+262692123456"),
        ("+262692123456", "+262692123456"),
        ("00262 0692 12 34 56", "+262692123456"),
    ] {
        for selected in ["+33", "+262", "+590", "+594", "+596"] {
            assert_eq!(mobile(typed, selected), Ok(number.to_owned()), "{typed} with {selected}");
        }
    }
}

#[test]
fn territories_with_their_own_plan_are_read() {
    for (typed, selected, number) in [
        ("55 12 34", "+508", "+508551234"),
        ("0508 55 12 34", "+508", "+508551234"),
        ("708 12 34 56", "+508", "+508708123456"),
        ("75 12 34", "+687", "+687751234"),
        ("87 12 34 56", "+689", "+68987123456"),
        ("82 12 34", "+681", "+681821234"),
        ("+687 75 12 34", "+33", "+687751234"),
    ] {
        assert_eq!(mobile(typed, selected), Ok(number.to_owned()), "{typed} with {selected}");
    }
}

#[test]
fn wrong_numbers_say_what_is_wrong() {
    let code = |code: &str| PhoneFault::DialCode { code: code.to_owned() };
    let cases = [
        ("", "+33", PhoneFault::Empty),
        (" - ", "+33", PhoneFault::Empty),
        ("aucun", "+33", PhoneFault::NotANumber),
        ("06 12 34 56 7o", "+33", PhoneFault::NotANumber),
        ("+", "+33", PhoneFault::NotANumber),
        ("()", "+33", PhoneFault::NotANumber),
        ("++33612345678", "+33", PhoneFault::NotANumber),
        ("٠٦١٢٣٤٥٦٧٨", "+33", PhoneFault::NotANumber),
        ("061234567", "+33", PhoneFault::Length { digits: 9 }),
        ("06123456789", "+33", PhoneFault::Length { digits: 11 }),
        ("+3361234567", "+33", PhoneFault::Length { digits: 9 }),
        ("+33712345678", "+33", PhoneFault::NotMobile),
        ("0700000000", "+33", PhoneFault::NotMobile),
        ("01 23 45 67 89", "+33", PhoneFault::NotMobile),
        ("0262 12 34 56", "+33", PhoneFault::NotMobile),
        ("0800 12 34 56", "+33", PhoneFault::NotMobile),
        ("0976 12 34 56", "+33", PhoneFault::NotMobile),
        ("06 12 34 56 78", "+262", code("+262")),
        ("069212345", "+262", code("+262")),
        ("40 12 34 56", "+689", PhoneFault::NotMobile),
        ("40 12 34", "+689", code("+689")),
        ("+32 470 12 34 56", "+33", code("+32")),
        ("12", "+32", code("+32")),
        ("06\u{202c}12345678", "+33", PhoneFault::Character),
        ("06\n12345678", "+33", PhoneFault::Character),
    ];
    for (typed, selected, fault) in cases {
        assert_eq!(mobile(typed, selected), Err(fault), "{typed:?} with {selected}");
    }
    assert_eq!(mobile(&"6".repeat(5_000), "+33"), Err(PhoneFault::NotANumber));
}

#[test]
fn only_configured_countries_get_sms() {
    let belgium = [("+32".to_owned(), "+32 Belgique".to_owned())];
    let among = |typed: &str, selected: &str| Phone::parse_mobile_among(typed, selected, &belgium).map(String::from);
    assert_eq!(among("470 12 34 56", "+32"), Ok("+32470123456".to_owned()));
    assert_eq!(among("0470 12 34 56", "+32"), Ok("+32470123456".to_owned()));
    assert_eq!(among("+32 470 12 34 56", "+33"), Ok("+32470123456".to_owned()));
    assert_eq!(among("06 12 34 56 78", "+33"), Ok("+33612345678".to_owned()));
    assert_eq!(among("+41 79 123 45 67", "+33"), Err(PhoneFault::DialCode { code: "+41".to_owned() }));
    assert_eq!(among("79 123 45 67", "+41"), Err(PhoneFault::DialCode { code: "+41".to_owned() }));
    assert_eq!(among("0612345678", "x"), Err(PhoneFault::DialCode { code: "x".to_owned() }));
}

#[test]
fn a_structure_may_have_a_landline() {
    for (typed, selected, number) in [
        ("01 23 45 67 89", "+33", "+33123456789"),
        ("0262 12 34 56", "+33", "+262262123456"),
        ("0590 12 34 56", "+590", "+590590123456"),
        ("0800 12 34 56", "+33", "+33800123456"),
        ("06 12 34 56 78", "+33", "+33612345678"),
        ("40 12 34 56", "+689", "+68940123456"),
        ("+32 2 123 45 67", "+33", "+3221234567"),
    ] {
        let read = Phone::parse_any(typed, selected).unwrap();
        assert_eq!(read.as_str(), number, "{typed}");
    }
    assert_eq!(Phone::parse_any("01 23 45 67 89", "+596"), Err(PhoneFault::DialCode { code: "+596".to_owned() }));
}

#[test]
fn a_number_is_shown_beside_its_code() {
    for (number, code, national) in [
        ("+33612345678", "+33", "06 12 34 56 78"),
        ("+262692123456", "+262", "0692 12 34 56"),
        ("+687751234", "+687", "75 12 34"),
        ("+508708123456", "+508", "708 12 34 56"),
        ("+32470123456", "+32", "470123456"),
        ("+12025550123", "+1", "2025550123"),
    ] {
        let phone = Phone::parse(number).unwrap();
        assert_eq!((phone.dial_code(), phone.national().as_str()), (code, national));
    }
}

#[test]
fn masks_show_four_digits() {
    assert_eq!(Phone::parse("+33612340101").unwrap().masked(), "xxxxxx0101");
    assert_eq!(Phone::parse("+687751234").unwrap().masked(), "xxxxxx1234");
}

#[test]
fn what_is_kept_reads_back_and_nothing_else_does() {
    assert_eq!(serde_json::to_string(&Phone::parse("+33612345678").unwrap()).unwrap(), "\"+33612345678\"");
    for text in ["0612345678", "+0612345678", "+33 612345678", "+12345", "+1234567890123456", "+3361234567a"] {
        assert_eq!(Phone::parse(text), Err(PhoneFault::NotANumber), "{text}");
    }
}

#[test]
fn mobiles_are_told_from_landlines() {
    assert!(Phone::parse("+33612345678").unwrap().is_mobile());
    assert!(!Phone::parse("+33123456789").unwrap().is_mobile());
    assert!(Phone::parse("+32470123456").unwrap().is_mobile());
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic(typed in "\\PC{0,24}", code in "\\PC{0,5}") {
        if let Ok(phone) = Phone::parse_mobile(&typed, &code) {
            let _ = (phone.national(), phone.masked());
        }
        let _ = Phone::parse(&typed);
    }

    #[test]
    fn what_is_shown_reads_back(typed in "(0[1-9]|\\+262|\\+590|\\+508|\\+689|\\+32|\\+687)[0-9]{6,9}", code in "\\+(33|262|32|687)") {
        if let Ok(phone) = Phone::parse_any(&typed, &code) {
            prop_assert_eq!(Phone::parse_any(phone.as_str(), "+33"), Ok(phone.clone()));
            prop_assert_eq!(Phone::parse_any(&phone.national(), phone.dial_code()), Ok(phone));
        }
    }
}
