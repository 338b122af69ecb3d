//! A reader of our own pages, just good enough to check them: tags, attributes, balance.

/// One opening (or closing) tag.
#[derive(Debug)]
pub(super) struct Tag {
    pub(super) name: String,
    pub(super) closing: bool,
    pub(super) empty: bool,
    pub(super) attributes: Vec<(String, String)>,
}

impl Tag {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(attribute, _)| attribute == name).map(|(_, value)| value.as_str())
    }
}

/// A page as its tags.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) tags: Vec<Tag>,
}

impl Document {
    pub(super) fn read(text: &str) -> Self {
        // The engine escapes slashes too.
        let text = text.replace("&#x2f;", "/");
        let mut tags = Vec::new();
        let mut rest = text.as_str();
        while let Some(start) = rest.find('<') {
            rest = &rest[start + 1..];
            let end = end_of_tag(rest);
            tags.push(tag(&rest[..end]));
            rest = &rest[end..];
        }
        Self { tags }
    }

    pub(super) fn count(&self, name: &str) -> usize {
        self.tags.iter().filter(|tag| !tag.closing && tag.name == name).count()
    }

    pub(super) fn values(&self, attribute: &str) -> Vec<&str> {
        self.tags.iter().filter_map(|tag| tag.get(attribute)).collect()
    }

    pub(super) fn assert_balanced(&self, page: &str) {
        let void = ["meta", "link", "input", "img", "!doctype"];
        let mut open: Vec<&str> = Vec::new();
        for tag in self.tags.iter().filter(|tag| !tag.empty && !void.contains(&tag.name.as_str())) {
            if tag.closing {
                assert_eq!(open.pop(), Some(tag.name.as_str()), "{page}: </{}> closes another element", tag.name);
            } else {
                if tag.name == "form" {
                    assert!(!open.contains(&"form"), "{page}: a form inside a form");
                }
                open.push(&tag.name);
            }
        }
        assert!(open.is_empty(), "{page}: left open: {open:?}");
    }
}

/// A `>` inside quotes does not end a tag.
fn end_of_tag(text: &str) -> usize {
    let mut quoted = false;
    for (at, sign) in text.char_indices() {
        match sign {
            '"' => quoted = !quoted,
            '>' if !quoted => return at,
            _ => {}
        }
    }
    panic!("a tag is not closed");
}

fn tag(text: &str) -> Tag {
    let closing = text.starts_with('/');
    let empty = text.ends_with('/');
    let text = text.trim_matches('/');
    let (name, mut rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            break;
        }
        let end = rest.find(|sign: char| sign == '=' || sign.is_whitespace()).unwrap_or(rest.len());
        let name = rest[..end].to_owned();
        rest = &rest[end..];
        if let Some(quoted) = rest.strip_prefix("=\"") {
            let end = quoted.find('"').unwrap();
            attributes.push((name, quoted[..end].to_owned()));
            rest = &quoted[end + 1..];
            assert!(rest.is_empty() || rest.starts_with(char::is_whitespace), "no space between attributes: {text}");
        } else {
            assert!(!rest.starts_with('='), "an attribute without quotes: {text}");
            attributes.push((name, String::new()));
        }
    }
    Tag { name: name.to_ascii_lowercase(), closing, empty, attributes }
}
