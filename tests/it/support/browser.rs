//! Acts in a browser as a person does: by what things are called, never by selectors. Everything fails loudly, with what the page showed instead.

use std::path::Path;
use std::time::Duration;

use fantoccini::Client;
use fantoccini::actions::{InputSource as _, KeyAction, KeyActions, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use fantoccini::cookies::Cookie;
use fantoccini::elements::{Element, ElementRef};
use fantoccini::error::CmdError;
use fantoccini::wd::WindowHandle;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use super::chrome::Session;

mod look;

const LIBRARY: &str = include_str!("person.js");
/// How long a person waits for something to appear before they give up.
const PATIENCE: Duration = Duration::from_secs(15);
/// Between two looks at the page.
const GLANCE: Duration = Duration::from_millis(40);
/// The key under which WebDriver sends elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// What a person looks for.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Button,
    Field,
    Select,
    Checkbox,
    Radio,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Button => "button",
            Self::Field => "field",
            Self::Select => "select",
            Self::Checkbox => "checkbox",
            Self::Radio => "radio",
        }
    }
}

/// A browser and the page it shows.
#[derive(Debug)]
pub(crate) struct Page {
    client: Client,
    session: Session,
}

impl Page {
    pub(super) fn new(client: Client, session: Session) -> Self {
        Self { client, session }
    }

    /// The WebDriver client, for what has no word here.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Identifier of the browser's process.
    pub(crate) fn process(&self) -> Option<u64> {
        self.session.process()
    }

    /// Types an address.
    pub(crate) async fn goto(&self, address: &str) {
        self.client.goto(address).await.unwrap_or_else(|fault| panic!("{address} does not open: {fault}"));
    }

    /// The browser's back button.
    pub(crate) async fn back(&self) {
        self.client.back().await.expect("there is a page before");
    }

    /// The browser's reload button.
    pub(crate) async fn reload(&self) {
        self.client.refresh().await.expect("the page loads again");
    }

    /// Opens another tab of the same browser at `address` and looks at it; answers the tab left.
    pub(crate) async fn open_tab(&self, address: &str) -> WindowHandle {
        let left = self.client.window().await.expect("a tab is open");
        let tab = self.client.new_window(true).await.expect("another tab");
        self.client.switch_to_window(tab.handle).await.expect("the new tab");
        self.goto(address).await;
        left
    }

    /// Looks at another tab.
    pub(crate) async fn switch_to(&self, tab: WindowHandle) {
        self.client.switch_to_window(tab).await.expect("the tab is still there");
    }

    /// Closes this tab and looks at another.
    pub(crate) async fn close_tab(&self, other: WindowHandle) {
        self.client.close_window().await.expect("the tab closes");
        self.switch_to(other).await;
    }

    /// The text of the first element of this kind, for answers that are no page; nothing where there is none.
    pub(crate) async fn source_text(&self, kind: &str) -> Option<String> {
        let found = self.client.find(fantoccini::Locator::Css(kind)).await.ok()?;
        Some(found.text().await.expect("an element has a text"))
    }

    /// Presses a button twice, as fast as a browser lets one.
    pub(crate) async fn double_click(&self, name: &str) {
        let target = self.locate(Kind::Button, name, "return find(...arguments)", Instant::now() + PATIENCE).await;
        let place = json!({ ELEMENT: &*target.element_id() });
        self.run("arguments[0].scrollIntoView({ block: 'center' })", vec![place]).await.expect("the page scrolls");
        let press = |chain: MouseActions| {
            chain
                .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
                .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT })
        };
        let there = MouseActions::new("mouse".to_owned());
        let there = there.then(PointerAction::MoveToElement { element: target, duration: None, x: 0.0, y: 0.0 });
        self.client.perform_actions(press(press(there))).await.expect("the mouse works");
    }

    /// Presses the button, or follows the link, of this name.
    pub(crate) async fn click(&self, name: &str) {
        self.point_at(Kind::Button, name, "return find(...arguments)").await;
    }

    /// Replaces what the field of this label holds.
    pub(crate) async fn fill(&self, label: &str, text: &str) {
        let field = self.find(Kind::Field, label).await;
        field.clear().await.unwrap_or_else(|fault| panic!("“{label}” cannot be emptied: {fault}"));
        field.send_keys(text).await.unwrap_or_else(|fault| panic!("“{label}” cannot be filled: {fault}"));
    }

    /// What the field or list of this label holds.
    pub(crate) async fn value(&self, label: &str) -> String {
        let field = self.find(Kind::Field, label).await;
        field.prop("value").await.expect("a field has a value").unwrap_or_default()
    }

    /// Chooses in the list of this label.
    pub(crate) async fn choose(&self, label: &str, option: &str) {
        let list = self.find(Kind::Select, label).await;
        let list = json!({ ELEMENT: &*list.element_id() });
        let found = self.run("return optionOf(...arguments)", vec![list, option.into()]).await;
        let option = self
            .element(found.expect("the page answers"))
            .unwrap_or_else(|names| panic!("“{label}” has no “{option}”: {names}"));
        option.click().await.expect("the choice can be made");
    }

    /// Ticks the box of this label; a box already ticked stays so.
    pub(crate) async fn tick(&self, label: &str) {
        if !self.is_ticked(label).await {
            self.point_at(Kind::Checkbox, label, HANDLE).await;
        }
        assert!(self.is_ticked(label).await, "“{label}” does not stay ticked");
    }

    /// Takes the tick out of the box of this label.
    pub(crate) async fn untick(&self, label: &str) {
        if self.is_ticked(label).await {
            self.point_at(Kind::Checkbox, label, HANDLE).await;
        }
        assert!(!self.is_ticked(label).await, "“{label}” stays ticked");
    }

    /// Whether the box of this label is ticked.
    pub(crate) async fn is_ticked(&self, label: &str) -> bool {
        self.find(Kind::Checkbox, label).await.is_selected().await.expect("a box is ticked or not")
    }

    /// Picks the radio button of this label.
    pub(crate) async fn pick_radio(&self, label: &str) {
        self.point_at(Kind::Radio, label, HANDLE).await;
        let picked = self.find(Kind::Radio, label).await.is_selected().await;
        assert!(picked.expect("a radio button is picked or not"), "“{label}” does not stay picked");
    }

    /// The text of the page as written, whatever capitals the style makes of it.
    pub(crate) async fn text(&self) -> String {
        self.settled("return shownText(document.body)").await
    }

    /// The first visible main heading, or nothing.
    pub(crate) async fn h1(&self) -> String {
        self.settled("return heading()").await
    }

    /// The address.
    pub(crate) async fn url(&self) -> String {
        self.client.current_url().await.expect("a page has an address").to_string()
    }

    /// Waits for a page with this main heading.
    pub(crate) async fn wait_for_h1(&self, expected: &str) {
        let expected_text = expected.replace(['\u{a0}', '\u{202f}'], " ").replace('’', "'");
        self.wait(&format!("the heading “{expected}”"), async || self.h1().await == expected_text).await;
    }

    /// Waits for a page with one of these main headings, and answers which.
    pub(crate) async fn wait_for_one_of(&self, expected: &[&str]) -> String {
        let found = async || expected.contains(&self.h1().await.as_str());
        self.wait(&format!("one of the headings {expected:?}"), found).await;
        self.h1().await
    }

    /// Waits until the page says this somewhere.
    pub(crate) async fn wait_for_text(&self, part: &str) {
        self.wait(&format!("the text “{part}”"), async || self.text().await.contains(part)).await;
    }

    /// Waits for an address that begins so.
    pub(crate) async fn wait_for_url(&self, beginning: &str) {
        self.wait(&format!("the address {beginning}"), async || self.url().await.starts_with(beginning)).await;
    }

    /// Presses Tab until what has this name has the focus; fails when the focus has gone round.
    pub(crate) async fn tab_to(&self, name: &str) {
        let wanted = name.to_lowercase();
        let mut passed = Vec::new();
        for _ in 0..100 {
            self.press("Tab").await;
            let focused = self.focused().await;
            if focused.to_lowercase().starts_with(&wanted) {
                return;
            }
            passed.push(focused);
        }
        panic!("the keyboard does not reach “{name}”; it passes {passed:?}");
    }

    /// The name of what has the focus, or nothing.
    pub(crate) async fn focused(&self) -> String {
        self.settled("return focused()").await
    }

    /// Presses a key: `Enter`, `Tab`, `Space`, `Escape`, `Backspace`, an arrow (`ArrowDown`), or a character.
    pub(crate) async fn press(&self, key: &str) {
        let value = match key {
            "Enter" => '\u{E007}',
            "Tab" => '\u{E004}',
            "Space" => ' ',
            "Escape" => '\u{E00C}',
            "Backspace" => '\u{E003}',
            "ArrowLeft" => '\u{E012}',
            "ArrowUp" => '\u{E013}',
            "ArrowRight" => '\u{E014}',
            "ArrowDown" => '\u{E015}',
            other => other.chars().next().expect("a key has a name"),
        };
        self.strike([value]).await;
    }

    /// Types into what has the focus.
    pub(crate) async fn type_text(&self, text: &str) {
        self.strike(text.chars()).await;
    }

    /// Writes a picture of the window to `path` (PNG), and makes the folder it goes to.
    pub(crate) async fn screenshot(&self, path: &Path) {
        let picture = self.client.screenshot().await.expect("the browser makes a picture");
        std::fs::create_dir_all(path.parent().expect("a picture goes into a folder")).expect("the folder can be made");
        std::fs::write(path, picture).expect("the picture can be written");
    }

    /// The cookies the current page's address has.
    pub(crate) async fn cookies(&self) -> Vec<Cookie<'static>> {
        self.client.get_all_cookies().await.expect("the browser shows its cookies")
    }

    async fn strike(&self, keys: impl IntoIterator<Item = char>) {
        let chain = keys.into_iter().fold(KeyActions::new("keyboard".to_owned()), |chain, value| {
            chain.then(KeyAction::Down { value }).then(KeyAction::Up { value })
        });
        self.client.perform_actions(chain).await.expect("the keyboard works");
    }

    /// Clicks where `script` says, again if the page changed between the look and the click.
    async fn point_at(&self, kind: Kind, name: &str, script: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let target = self.locate(kind, name, script, deadline).await;
            let Ok(clicked) = timeout(PATIENCE, target.click()).await else {
                panic!("the click on “{name}” does not end\n{}", self.summary().await);
            };
            match clicked {
                Ok(()) => return,
                Err(fault) if Instant::now() > deadline => {
                    panic!("the {} “{name}” cannot be clicked: {fault}\n{}", kind.name(), self.summary().await)
                }
                Err(_) => sleep(GLANCE).await,
            }
        }
    }

    async fn find(&self, kind: Kind, name: &str) -> Element {
        self.locate(kind, name, "return find(...arguments)", Instant::now() + PATIENCE).await
    }

    async fn locate(&self, kind: Kind, name: &str, script: &str, deadline: Instant) -> Element {
        loop {
            let problem = match self.run(script, vec![kind.name().into(), name.into()]).await {
                Ok(found) => match self.element(found) {
                    Ok(element) => return element,
                    Err(problem) => problem,
                },
                Err(fault) => fault.to_string(),
            };
            if Instant::now() > deadline {
                panic!("no {} “{name}”: {problem}\n{}", kind.name(), self.summary().await);
            }
            sleep(GLANCE).await;
        }
    }

    /// The element of an answer of `find`, or its problem in words.
    fn element(&self, found: Value) -> Result<Element, String> {
        match found["element"][ELEMENT].as_str() {
            Some(id) => Ok(Element::from_element_id(self.client.clone(), ElementRef::from(id.to_owned()))),
            None => Err(format!("{}; the page has {}", found["problem"], found["names"])),
        }
    }

    /// A text from the page; a page that is being left is asked again.
    async fn settled(&self, script: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.run(script, Vec::new()).await {
                Ok(Value::String(text)) => return text,
                Ok(other) => panic!("{script} answers text, not {other}"),
                Err(fault) if Instant::now() > deadline => panic!("the page does not answer: {fault}"),
                Err(_) => sleep(GLANCE).await,
            }
        }
    }

    async fn run(&self, script: &str, arguments: Vec<Value>) -> Result<Value, CmdError> {
        let timers = if self.session.javascript() { "" } else { TIMERS };
        self.client.execute(&format!("{timers}\n{LIBRARY}\n{script}"), arguments).await
    }

    async fn wait(&self, what: &str, mut holds: impl AsyncFnMut() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !holds().await {
            if Instant::now() > deadline {
                panic!("{what} does not come\n{}", self.summary().await);
            }
            sleep(GLANCE).await;
        }
    }

    /// What the page shows, for the message of a failure.
    async fn summary(&self) -> String {
        let text: String = self.text().await.chars().take(1_500).collect();
        format!("at {}, titled “{}”:\n{text}", self.url().await, self.h1().await)
    }
}

const HANDLE: &str =
    "const found = find(...arguments); return found.element ? { element: handleOf(found.element) } : found";

/// Timers do not run where scripts are off. axe-core and chromedriver's own clicks wait for them, so they get their turns as microtasks there.
const TIMERS: &str =
    "window.setTimeout = (act, _delay, ...rest) => { Promise.resolve().then(() => act(...rest)); return 0; };";
