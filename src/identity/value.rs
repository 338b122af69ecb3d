//! What every value kept as one text has in common: reading it, printing it, keeping it in JSON.

/// Gives a `struct Name(String)` its `as_str`, `Display`, and a serde form that is checked again when read back.
/// `$read` takes `&str` and gives `Result<Self, _>`; it must accept whatever the value once was.
macro_rules! text_value {
    ($name:ident, $read:path, $fault:ty) => {
        impl $name {
            /// The canonical text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $fault;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                $read(&text)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }
    };
}

pub(super) use text_value;
