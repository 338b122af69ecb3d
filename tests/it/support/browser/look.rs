//! Looking at a page closely: axe-core, its width, pictures of it whole, the way of the keyboard, the console.

use std::path::Path;

use fantoccini::wd::WebDriverCompatibleCommand;
use serde_json::{Value, json};

use super::Page;

impl Page {
    /// What axe-core finds wrong with the page, one line each; empty when all is well.
    pub(crate) async fn axe(&self) -> String {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/.tools/node_modules/axe-core/axe.min.js");
        let axe =
            std::fs::read_to_string(&path).expect("axe-core is needed: npm install --prefix tests/.tools axe-core@4");
        self.run(&axe, Vec::new()).await.expect("axe-core loads");
        let answer = self.client.execute_async(AXE, Vec::new()).await.expect("axe-core runs");
        answer.as_str().map(str::to_owned).unwrap_or_else(|| panic!("axe-core answers text, not {answer}"))
    }

    /// Writes a picture of the whole page at this window width, and answers how far the page is wider than it.
    pub(crate) async fn picture(&self, width: u32, path: Option<&Path>) -> i64 {
        let metrics =
            |height: u32| json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500 });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics(900)).await;
        let too_wide = self.overflow().await;
        if let Some(path) = path {
            let height = self.run("return document.documentElement.scrollHeight", Vec::new()).await.expect("a height");
            let height = u32::try_from(height.as_u64().expect("a number")).expect("a small number");
            self.devtools("Emulation.setDeviceMetricsOverride", metrics(height)).await;
            self.screenshot(path).await;
        }
        self.devtools("Emulation.clearDeviceMetricsOverride", json!({})).await;
        too_wide
    }

    /// What is wrong with the way of the keyboard through the page, one line each: a control that Tab does not reach, or that
    /// does not show that it has the focus.
    pub(crate) async fn keyboard(&self) -> String {
        let stops = self.run(WATCH, Vec::new()).await.expect("the page can be watched");
        let stops = stops.as_u64().expect("a number of stops");
        assert!(stops > 0, "a page has at least its way to the content");
        // Beyond the last control the focus leaves the page and comes back to its beginning.
        for _ in 0..stops + 4 {
            self.press("Tab").await;
        }
        self.settled("return missed()").await
    }

    /// What the browser noted about the page since it was last asked, one line each: scripts that failed, what the content
    /// policy refused. Answers with an error status are no fault of the page.
    pub(crate) async fn console(&self) -> String {
        let noted = self.client.issue_cmd(Console).await.expect("the browser shows its console");
        let noted = noted.as_array().cloned().expect("a list of notes");
        let faults = noted.iter().filter(|note| note["source"] != "network");
        faults.map(|note| format!("{}: {}", note["source"], note["message"])).collect::<Vec<_>>().join("\n")
    }

    async fn overflow(&self) -> i64 {
        let script = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        self.run(script, Vec::new()).await.expect("the page answers").as_i64().expect("a number")
    }

    async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let command = DevTools(json!({ "cmd": command, "params": parameters }));
        self.client.issue_cmd(command).await.expect("the browser obeys")
    }
}

/// A command of Chromium's own protocol.
#[derive(Debug)]
struct DevTools(Value);

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base_url: &url::Url, session_id: Option<&str>) -> Result<url::Url, url::ParseError> {
        base_url.join(&format!("session/{}/goog/cdp/execute", session_id.unwrap_or_default()))
    }

    fn method_and_body(&self, _request_url: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.0.to_string()))
    }
}

/// The notes of the browser's console, each told once.
#[derive(Debug)]
struct Console;

impl WebDriverCompatibleCommand for Console {
    fn endpoint(&self, base_url: &url::Url, session_id: Option<&str>) -> Result<url::Url, url::ParseError> {
        base_url.join(&format!("session/{}/se/log", session_id.unwrap_or_default()))
    }

    fn method_and_body(&self, _request_url: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(r#"{"type":"browser"}"#.to_owned()))
    }
}

/// No preloading: it would fetch style sheets again.
const AXE: &str = r#"
const [done] = arguments;
window.axe.run(document, { preload: false, resultTypes: ["violations"] }, (fault, results) => done(
  fault ? "axe-core fails: " + fault : results.violations.map((violation) =>
    `${violation.id} (${violation.impact}): ${violation.help}\n` +
    violation.nodes.map((node) => `    ${node.target.join(" ")}: ${node.html.slice(0, 200)}`).join("\n")).join("\n")));
"#;

/// Lists where the keyboard should stop, and notes at each stop whether the focus is to be seen; the radio buttons of one question
/// are one stop.
const WATCH: &str = r#"
const stopOf = (element) => element.type === "radio" ? "radio " + element.name : element;
const wanted = new Map();
for (const element of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]")) {
  if (element.tabIndex >= 0 && !element.disabled && isShown(element)) wanted.set(stopOf(element), nameOf(element));
}
const outlined = (element) => {
  const style = getComputedStyle(element);
  const wide = style.outlineStyle === "auto" || style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  return wide && style.outlineColor !== "rgba(0, 0, 0, 0)";
};
const unseen = [];
document.addEventListener("focusin", ({ target }) => {
  if (!wanted.delete(stopOf(target))) return;
  const label = target.closest("div, p, li, fieldset");
  if (!outlined(target) && !(label && outlined(label))) unseen.push(nameOf(target));
});
window.missed = () => [...wanted.values()].map((name) => "Tab does not reach “" + name + "”")
  .concat(unseen.map((name) => "nothing shows the focus on “" + name + "”")).join("\n");
return wanted.size;
"#;
