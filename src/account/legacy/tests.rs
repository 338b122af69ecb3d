use proptest::prelude::*;

use super::*;

const PASSWORD: &str = "Résoflux 2019";

/// Made with Python 3.11 `crypt` (glibc), passlib 1.7.4 with bcrypt 4.0.1 and argon2-cffi, and `hashlib`, for [`PASSWORD`].
const VECTORS: &[&str] = &[
    "$2a$06$abcdefghijklmnopqrstuuB65t5Fcd1NOx6i2RqFO6IWx7vl1w6cW",
    "$2b$06$abcdefghijklmnopqrstuuB65t5Fcd1NOx6i2RqFO6IWx7vl1w6cW",
    "$2y$06$abcdefghijklmnopqrstuuB65t5Fcd1NOx6i2RqFO6IWx7vl1w6cW",
    "{CRYPT}$2y$06$abcdefghijklmnopqrstuuB65t5Fcd1NOx6i2RqFO6IWx7vl1w6cW",
    "$6$sel1de2test$s5N9GFydSuTZ9mGRSU.hnfQzjF42215QUS7c2crpZXA79TRw5yxvoKVNi4wZJ2pRIQ1ugzFWXaUK9IyVqDVGN1",
    "$6$rounds=6000$sel1de2test$e192zoaOVkByd3JZCi7XDMClDm87Hy20Fu7kCPbUr2xOE8yGG.AHdpn4jjoMVJCJUn9Yta1kfG48KbavRLXQD/",
    "{crypt}$5$sel1de2test$QZquky/IlI.UwwbQ.bRqccW.OROlPwGQB0kFCSko8z6",
    "$1$sel1de2t$WGSCTwHEgV9wmk7xnmVpP0",
    "{SSHA}ZSjRJHkXH6RUDQXshO9Z/5Z3zQoxMjM0NTY3OA==",
    "{SSHA256}VeTIX3mop7qIZFCfZy1SCWsr1zPHr1mF/OVjSE2vi8cxMjM0NTY3OA==",
    "{SSHA512}LQ/WZ508+3lwaGH8foaXCHz07Ktdogpv+PnTokaSeNFXScJjpnTrQDRO6sOoogwLi9YrD4E1c3pz3GR6E/GKpDEyMzQ1Njc4",
    "{SMD5}Gu4iYRtLeXEAAfwByoeP0TEyMzQ1Njc4",
    "pbkdf2_sha256$1000$selselsel$FK9bsF2xsfMewJamtyaYaPaoi7/5i5is8mNvPQFVvAk=",
    "$pbkdf2-sha256$1000$c2Vsc2Vsc2Vs$FK9bsF2xsfMewJamtyaYaPaoi7/5i5is8mNvPQFVvAk",
    "$pbkdf2-sha512$1000$c2Vsc2Vsc2Vs$KmxcfyJdlz/cXjFvYTr.nEbn1fvXbi5j4/byOtTM9ny7Ed/2KzcyNBEw33Gjx4A6t67OIap3oERDBi3H0ZYc6w",
    "{PBKDF2-SHA256}1000$c2Vsc2Vsc2Vs$FK9bsF2xsfMewJamtyaYaPaoi7/5i5is8mNvPQFVvAk",
    "{PBKDF2}1000$c2Vsc2Vsc2Vs$Ro11MxrROYuUWrIK3gLlYTU4FVI",
    "$pbkdf2-sha256$i=1000,l=32$c2Vsc2Vsc2Vsc2Vsc2VsMQ$oIn2SnQ3tyhXzGJ1keoPxhzT5CXDeWHPdE1vZ/MTlxs",
    "$pbkdf2-sha512$i=1000,l=64$c2Vsc2Vsc2Vsc2Vsc2VsMQ$h2J8or+LrsFkkOwGEkOw6pgphpcVIr9GzGgVEOf0uJo/5jmKwtI2b6sWbt75v0BUKkM90k1uzTBRESABXa61nQ",
    "$argon2id$v=19$m=64,t=1,p=1$c2Vsc2Vsc2Vs$tF45c52q897sVQkfN3T8cP4iA0tYHxwbViu6FochS+o",
    "$argon2i$v=19$m=64,t=1,p=1$c2Vsc2Vsc2Vs$+QkaDAu8RmubtWHOIvlHbaG6F8Jlby0UmkzOgWrv7dk",
];

const UNSALTED: &[&str] = &[
    "{SHA}zRnLxMcpL5dOLjsKBubh847Yan8=",
    "{MD5}1YfeHUne87KqtwN8bYNX6g==",
    "d587de1d49def3b2aab7037c6d8357ea",
    "D587DE1D49DEF3B2AAB7037C6D8357EA",
    "cd19cbc4c7292f974e2e3b0a06e6e1f38ed86a7f",
    "dac0bc99b01f9f5408be9c62004644f481c625add81d189fccf17a09c9420a47",
];

#[track_caller]
fn hash(text: &str) -> LegacyHash {
    LegacyHash::parse(text, true).unwrap()
}

#[test]
fn hashes_of_other_tools_open_with_their_password_only() {
    for text in VECTORS.iter().chain(UNSALTED) {
        let hash = hash(text);
        assert!(hash.matches(PASSWORD.as_bytes()), "{text}");
        for wrong in ["", "résoflux 2019", "Résoflux 2019 "] {
            assert!(!hash.matches(wrong.as_bytes()), "{text} with {wrong:?}");
        }
    }
}

#[test]
fn hashes_without_salt_need_a_switch() {
    for text in UNSALTED {
        assert_eq!(LegacyHash::parse(text, false), Err(LegacyFault::Unsalted), "{text}");
    }
    for text in VECTORS {
        assert!(LegacyHash::parse(text, false).is_ok(), "{text}");
    }
}

#[test]
fn p22_bcrypt_forgets_what_follows_72_bytes_as_old_systems_did() {
    // passlib with bcrypt 4.0.1, "a" × 72 + "fin".
    let hash = hash("$2b$05$abcdefghijklmnopqrstuuGUnCqbfgs3htOkLrFduUjAyLBw1Rq/u");
    assert!(hash.matches(format!("{}fin", "a".repeat(72)).as_bytes()));
    assert!(hash.matches("a".repeat(72).as_bytes()));
    assert!(!hash.matches("a".repeat(71).as_bytes()));
}

#[test]
fn md5_crypt_reads_long_passwords_and_short_salts() {
    // passlib md5_crypt, "x" × 40, salt "abc".
    assert!(hash("$1$abc$b/oSMeDNO7QqHD3W/TXaY0").matches("x".repeat(40).as_bytes()));
}

#[test]
fn quick_hashes_are_told_from_slow_ones() {
    for text in VECTORS {
        assert_eq!(hash(text).is_fast(), !text.starts_with("$argon2"), "{text}");
    }
    assert!(!hash("$2y$10$abcdefghijklmnopqrstuuB65t5Fcd1NOx6i2RqFO6IWx7vl1w6cW").is_fast());
    assert!(!hash("pbkdf2_sha256$600000$selselsel$FK9bsF2xsfMewJamtyaYaPaoi7/5i5is8mNvPQFVvAk=").is_fast());
}

#[test]
fn p11_costs_have_caps() {
    for text in [
        "$2y$16$abcdefghijklmnopqrstuuB65t5Fcd1NOx6i2RqFO6IWx7vl1w6cW",
        "$6$rounds=999999999$sel1de2test$s5N9GFydSuTZ9mGRSU.hnfQzjF42215QUS7c2crpZXA79TRw5yxvoKVNi4wZJ2pRIQ1ugzFWXaUK9IyVqDVGN1",
        "pbkdf2_sha256$4000000000$selselsel$FK9bsF2xsfMewJamtyaYaPaoi7/5i5is8mNvPQFVvAk=",
    ] {
        assert_eq!(LegacyHash::parse(text, true), Err(LegacyFault::TooCostly), "{text}");
    }
}

#[test]
fn p11_nonsense_is_refused() {
    for (text, fault) in [
        ("", LegacyFault::Unknown),
        ("motdepasse", LegacyFault::Unknown),
        ("{CRYPT}ab01FAX.bQRSU", LegacyFault::Unknown),
        ("{CLEARTEXT}motdepasse", LegacyFault::Unknown),
        ("$7$x$y", LegacyFault::Unknown),
        ("$2x$06$abcdefghijklmnopqrstuuB65t5Fcd1NOx6i2RqFO6IWx7vl1w6cW", LegacyFault::Unknown),
        ("$2y$06$abc", LegacyFault::Malformed),
        ("$2y$06$aaaaaaaaaaaaaaaaaaaaa£aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", LegacyFault::Malformed),
        ("$6$", LegacyFault::Malformed),
        ("$6$sel$", LegacyFault::Malformed),
        ("$6$sel$court", LegacyFault::Malformed),
        ("$1$abc$b/oSMeDNO7QqHD3W/TXaY", LegacyFault::Malformed),
        ("{SSHA}%%%", LegacyFault::Malformed),
        ("{SSHA}zRnLxMcpL5dOLjsKBubh847Yan8=", LegacyFault::Malformed),
        ("{SHA}ZSjRJHkXH6RUDQXshO9Z/5Z3zQoxMjM0NTY3OA==", LegacyFault::Malformed),
        ("pbkdf2_sha256$0$sel$FK9bsF2xsfMewJamtyaYaPaoi7/5i5is8mNvPQFVvAk=", LegacyFault::Malformed),
        ("pbkdf2_sha256$1000$sel", LegacyFault::Malformed),
        ("$argon2id$v=19$m=4294967295,t=1,p=1$c2Vsc2Vsc2Vs$AAAA", LegacyFault::Malformed),
    ] {
        assert_eq!(LegacyHash::parse(text, true), Err(fault), "{text}");
    }
}

#[test]
fn schemes_read_back_from_a_wrap() {
    for text in VECTORS.iter().chain(UNSALTED).filter(|text| !text.contains("$argon2")) {
        let scheme = hash(text).scheme().clone();
        let written = scheme.write();
        assert!(!written.contains('$'), "{written}");
        assert_eq!(Scheme::read(&written), Some(scheme), "{written}");
    }
    for text in [
        "",
        "never",
        "bcrypt:31:AAAAAAAAAAAAAAAAAAAAAA",
        "bcrypt:6:AAAA",
        "pbkdf2-sha256:9999999999:32:AAAA",
        "crypt-sha512:1:AAAA",
        "ssha1:%",
    ] {
        assert_eq!(Scheme::read(text), None, "{text}");
    }
}

#[test]
fn a_hash_does_not_print() {
    assert_eq!(format!("{:?}", hash(VECTORS[0])), "LegacyHash(…)");
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic(
        prefix in "(\\$2y\\$06\\$|\\$6\\$|\\$5\\$rounds=|\\$1\\$|\\{SSHA\\}|\\{PBKDF2\\}|pbkdf2_sha256\\$|\\$pbkdf2-sha256\\$i=|\\$argon2id\\$v=19\\$)?",
        rest in "[A-Za-z0-9./$,=éé+-]{0,90}",
    ) {
        let text = format!("{prefix}{rest}");
        let _ = (LegacyHash::parse(&text, true), Scheme::read(&rest));
    }
}
