//! Durations as the file writes them: a whole number, one space, a unit. Anything else is refused (attack K01).

use std::time::Duration;

/// Reads "30 min"; `None` for anything that is not exactly a number, a space and a unit, or that overflows.
pub(super) fn parse(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_once(' ')?;
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u64 = number.parse().ok()?;
    let millis = match unit {
        "ms" => number,
        "s" => number.checked_mul(1_000)?,
        "min" => number.checked_mul(60_000)?,
        "h" => number.checked_mul(3_600_000)?,
        _ => return None,
    };
    Some(Duration::from_millis(millis))
}

/// The same form, in the largest unit that is exact.
pub(super) fn text(duration: Duration) -> String {
    let millis = duration.as_millis();
    for (unit, size) in [("h", 3_600_000), ("min", 60_000), ("s", 1_000)] {
        if millis > 0 && millis.is_multiple_of(size) {
            return format!("{} {unit}", millis / size);
        }
    }
    format!("{millis} ms")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_a_number_a_space_and_a_unit() {
        assert_eq!(parse("250 ms"), Some(Duration::from_millis(250)));
        assert_eq!(parse("30 min"), Some(Duration::from_secs(1_800)));
        assert_eq!(parse("4 h"), Some(Duration::from_secs(14_400)));
    }

    #[test]
    fn k01_any_other_duration_is_refused() {
        for text in [
            "",
            " ",
            "300x",
            "30",
            "30min",
            "30  min",
            " 30 min",
            "-5 s",
            "+5 s",
            "1.5 h",
            "30 minutes",
            "s",
            " s",
            "18446744073709551616 ms",
            "18446744073709551615 h",
            "٣ s",
            "1_000 ms",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_duration_is_written_in_its_largest_exact_unit() {
        for text_of in ["250 ms", "90 s", "30 min", "4 h"] {
            assert_eq!(text(parse(text_of).unwrap()), text_of);
        }
    }
}
