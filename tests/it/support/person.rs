//! A person without a browser: a cookie jar per host, forms read from the page, redirects followed when told to.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

use url::Url;

use super::raw::{Answer, Raw};

/// What came back.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
    /// The address asked.
    pub(crate) url: Url,
}

impl Page {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.all(name).first().copied()
    }

    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
            .collect()
    }

    /// Where a redirect leads, as written.
    #[track_caller]
    pub(crate) fn location(&self) -> &str {
        self.header("location").unwrap_or_else(|| panic!("no redirect: {}", self.gist()))
    }

    /// The value this answer sets a cookie to; empty when it is removed.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.all("set-cookie").iter().find_map(|line| {
            let (key, rest) = line.split_once('=')?;
            (key == name).then(|| rest.split(';').next().unwrap_or_default().to_owned())
        })
    }

    /// Title, boxes and sentences, for a failing test.
    pub(crate) fn gist(&self) -> String {
        let main = self.body.split("<main").nth(1).unwrap_or(&self.body).split("</main>").next().unwrap_or_default();
        let words: Vec<&str> =
            main.split('<').filter_map(|piece| piece.split_once('>').map(|(_, text)| text.trim())).collect();
        let words: Vec<&str> = words.into_iter().filter(|text| !text.is_empty()).collect();
        format!("{} {} | {}", self.status, self.url, words.join(" | "))
    }

    pub(crate) fn says(&self, text: &str) -> bool {
        unescaped(&self.body).contains(text)
    }

    /// The fields of the first form that posts to `action`: hidden ones, and what is filled in, ticked or selected.
    pub(crate) fn form(&self, action: &str) -> Option<BTreeMap<String, String>> {
        let form = self.body.split("<form").skip(1).find(|form| {
            let open = form.split('>').next().unwrap_or_default();
            attribute(open, "action").as_deref() == Some(action)
        })?;
        let form = form.split("</form>").next()?;
        let mut fields = BTreeMap::new();
        let mut select = None;
        for tag in form.split('<').skip(1) {
            let tag = tag.split('>').next().unwrap_or_default();
            let name = attribute(tag, "name").unwrap_or_default();
            if tag.starts_with("input") {
                let kind = attribute(tag, "type").unwrap_or_default();
                let chosen = !matches!(kind.as_str(), "checkbox" | "radio") || tag.contains(" checked");
                if chosen && !name.is_empty() {
                    fields.insert(name, attribute(tag, "value").unwrap_or_default());
                }
            } else if tag.starts_with("select") {
                select = Some(name);
            } else if tag.starts_with("option")
                && tag.contains(" selected")
                && let Some(select) = &select
            {
                fields.insert(select.clone(), attribute(tag, "value").unwrap_or_default());
            }
        }
        Some(fields)
    }

    /// The same without what differs from one request to the next: dates, ids, tokens, and these words that were typed.
    pub(crate) fn shape(&self, typed: &[&str]) -> Shape {
        let mut lines: Vec<String> = self.head.lines().map(str::to_ascii_lowercase).collect();
        lines.retain(|line| {
            !line.starts_with("date:") && !line.starts_with("x-request-id:") && !line.starts_with("content-length:")
        });
        let lines = lines.into_iter().map(|line| match line.split_once('=') {
            Some((name, rest)) if line.starts_with("set-cookie:") => {
                let kind = if rest.starts_with(';') { "removed" } else { "set" };
                format!("{name} {kind} {}", rest.split_once(';').map_or("", |(_, life)| life))
            }
            _ => line,
        });
        let mut body = unescaped(&self.body);
        for word in typed {
            body = body.replace(word, "typed");
        }
        for action in ["flow", "token"] {
            body = without_values(&body, action);
        }
        Shape { head: lines.map(|line| without_flow(&line)).collect(), body: without_references(&body) }
    }
}

/// A page without what differs from one request to the next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    head: Vec<String>,
    body: String,
}

fn without_values(body: &str, name: &str) -> String {
    let mark = format!("name=\"{name}\" value=\"");
    let mut pieces = body.split(&mark);
    let mut shaped = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        shaped.push_str(&mark);
        shaped.push_str(&piece[piece.find('"').unwrap_or(0)..]);
    }
    shaped
}

fn without_flow(line: &str) -> String {
    match line.split_once("?f=") {
        Some((before, after)) => {
            format!("{before}?f={}", after.split_once('&').map_or("", |(_, rest)| rest))
        }
        None => line.to_owned(),
    }
}

/// "Référence : 01234567" is the request's own.
fn without_references(body: &str) -> String {
    match body.split_once("Référence") {
        Some((before, after)) => format!("{before}Référence{}", after.split_once('<').map_or("", |(_, rest)| rest)),
        None => body.to_owned(),
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    Some(unescaped(rest.split('"').next()?))
}

/// Text as a person reads it.
pub(crate) fn unescaped(text: &str) -> String {
    let named = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&#x2f;", "/"), ("&amp;", "&")];
    named.iter().fold(text.to_owned(), |text, (code, letter)| text.replace(code, letter))
}

/// Someone at a desk.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    /// The gateway's port.
    port: u16,
    /// Host → cookie → value.
    pub(crate) jar: BTreeMap<String, BTreeMap<String, String>>,
    /// Header lines sent with every request to the gateway.
    pub(crate) lines: Vec<(String, String)>,
}

/// Where the gateway is, in the jar.
const HOME: &str = "localhost";

impl Person {
    pub(crate) fn new(port: u16) -> Self {
        Self { port, jar: BTreeMap::new(), lines: Vec::new() }
    }

    /// The same person seen from another address; the site trusts loopback to say so.
    pub(crate) fn from(mut self, address: &str) -> Self {
        self.lines.retain(|(name, _)| name != "X-Forwarded-For");
        self.lines.push(("X-Forwarded-For".to_owned(), address.to_owned()));
        self
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{HOME}:{}", self.port)
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.cookie_of(HOME, name)
    }

    /// A cookie of another host.
    pub(crate) fn cookie_of(&self, host: &str, name: &str) -> Option<&str> {
        self.jar.get(host)?.get(name).map(String::as_str)
    }

    pub(crate) fn set_cookie(&mut self, name: &str, value: &str) {
        self.jar.entry(HOME.to_owned()).or_default().insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn drop_cookie(&mut self, name: &str) {
        if let Some(cookies) = self.jar.get_mut(HOME) {
            cookies.remove(name);
        }
    }

    /// The session cookie; panics when there is none.
    #[track_caller]
    pub(crate) fn session(&self) -> String {
        self.cookie("__Host-guichet").expect("somebody signed in").to_owned()
    }

    /// A navigation.
    pub(crate) async fn get(&mut self, address: &str) -> Page {
        self.send("GET", address, &[("Accept", "text/html"), ("Sec-Fetch-Mode", "navigate")], b"").await
    }

    /// A form posted as the browser of that origin does, whatever the page was.
    pub(crate) async fn post(&mut self, address: &str, fields: &[(&str, &str)]) -> Page {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let home = Url::parse(&self.origin()).unwrap();
        let origin = home.join(address).unwrap().origin().ascii_serialization();
        let lines = [
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Origin", origin.as_str()),
            ("Sec-Fetch-Site", "same-origin"),
            ("Sec-Fetch-Mode", "navigate"),
            ("Accept", "text/html"),
        ];
        self.send("POST", address, &lines, body.as_bytes()).await
    }

    /// The form of `page` that posts to `action`, with these answers over what is filled in, by its primary button unless they name one.
    #[track_caller]
    pub(crate) fn filled(&self, page: &Page, action: &str, answers: &[(&str, &str)]) -> Vec<(String, String)> {
        let found = page.form(action);
        let mut fields = found.unwrap_or_else(|| panic!("no form to {action}: {}", page.gist()));
        fields.insert("action".to_owned(), "valider".to_owned());
        for (name, value) in answers {
            fields.insert((*name).to_owned(), (*value).to_owned());
        }
        fields.into_iter().collect()
    }

    /// Fills in a form and sends it.
    pub(crate) async fn submit(&mut self, page: &Page, action: &str, answers: &[(&str, &str)]) -> Page {
        let fields = self.filled(page, action, answers);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let address = page.url.join(action).unwrap();
        if address.port() == Some(self.port) {
            let action = if address.host_str() == Some(HOME) { action } else { address.as_str() };
            return self.post(action, &fields).await;
        }
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let lines = [("Content-Type", "application/x-www-form-urlencoded")];
        self.send("POST", address.as_str(), &lines, body.as_bytes()).await
    }

    /// Goes where redirects lead.
    pub(crate) async fn follow(&mut self, mut page: Page) -> Page {
        for _ in 0..12 {
            if page.status != 303 && page.status != 302 {
                return page;
            }
            let next = page.url.join(page.location()).unwrap();
            page = self.get(next.as_str()).await;
        }
        panic!("redirects without end, now at {}", page.url);
    }

    /// Opens a page and goes where it leads.
    pub(crate) async fn open(&mut self, address: &str) -> Page {
        let page = self.get(address).await;
        self.follow(page).await
    }

    /// Any request. Paths are the gateway's; a port chooses another listener of loopback.
    pub(crate) async fn send(&mut self, method: &str, address: &str, lines: &[(&str, &str)], body: &[u8]) -> Page {
        let (mut raw, bytes, url) = self.request(method, address, lines, body).await;
        raw.send(bytes).await;
        let answer = raw.answer().await;
        self.received(answer, url)
    }

    /// The bytes of a request, and a connection to send them on.
    pub(crate) async fn request(
        &self,
        method: &str,
        address: &str,
        lines: &[(&str, &str)],
        body: &[u8],
    ) -> (Raw, Vec<u8>, Url) {
        let (bytes, url) = self.written(method, address, lines, body);
        (Raw::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, url.port().unwrap()))).await, bytes, url)
    }

    fn written(&self, method: &str, address: &str, lines: &[(&str, &str)], body: &[u8]) -> (Vec<u8>, Url) {
        let home = Url::parse(&self.origin()).unwrap();
        let url = home.join(address).unwrap();
        // A path goes out as it was written.
        let target =
            if address.starts_with('/') { address.to_owned() } else { url[url::Position::BeforePath..].to_owned() };
        let target = target.split('#').next().unwrap_or_default();
        let (host, port) = (url.host_str().unwrap(), url.port().unwrap());
        let mut head = format!("{method} {target} HTTP/1.1\r\nHost: {host}:{port}\r\n");
        let cookies = self.jar.get(host).into_iter().flatten();
        let cookies: Vec<String> = cookies.map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            head.push_str(&format!("Cookie: {}\r\n", cookies.join("; ")));
        }
        let own = self.lines.iter().filter(|_| port == self.port);
        for (name, value) in own.map(|(name, value)| (name.as_str(), value.as_str())).chain(lines.iter().copied()) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() || method == "POST" {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        ([head.as_bytes(), body].concat(), url)
    }

    /// A navigation over TLS, on a connection whose other end was verified.
    pub(crate) async fn get_over(&mut self, mut raw: Raw, address: &str) -> Page {
        let (bytes, url) = self.written("GET", address, &[("Accept", "text/html")], b"");
        raw.send(bytes).await;
        let answer = raw.answer().await;
        self.received(answer, url)
    }

    /// Keeps the cookies of an answer.
    pub(crate) fn received(&mut self, answer: Answer, url: Url) -> Page {
        let page = Page {
            status: answer.status,
            body: String::from_utf8_lossy(&answer.body).into_owned(),
            head: answer.head,
            url,
        };
        let jar = self.jar.entry(page.url.host_str().unwrap().to_owned()).or_default();
        for line in page.all("set-cookie") {
            let Some((name, rest)) = line.split_once('=') else { continue };
            let value = rest.split(';').next().unwrap_or_default();
            if value.is_empty() || rest.contains("Max-Age=0") {
                jar.remove(name);
            } else {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
        page
    }
}
