//! Looking at a page closely: axe-core, its width, pictures of it whole.

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

/// No preloading: it would fetch style sheets again.
const AXE: &str = r#"
const [done] = arguments;
window.axe.run(document, { preload: false, resultTypes: ["violations"] }, (fault, results) => done(
  fault ? "axe-core fails: " + fault : results.violations.map((violation) =>
    `${violation.id} (${violation.impact}): ${violation.help}\n` +
    violation.nodes.map((node) => `    ${node.target.join(" ")}: ${node.html.slice(0, 200)}`).join("\n")).join("\n")));
"#;
