//! The simulator's pages: their looks, and how they are made. Every value is escaped by the template engine.

use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};

/// The templates, ready to render.
#[derive(Debug)]
pub(super) struct Pages(Environment<'static>);

impl Default for Pages {
    fn default() -> Self {
        let mut environment = Environment::new();
        environment.set_loader(|name: &str| -> Result<Option<String>, minijinja::Error> { Ok(source(name)) });
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        Self(environment)
    }
}

fn source(name: &str) -> Option<String> {
    let text = match name {
        "layout" => include_str!("templates/layout.html"),
        "choice" => include_str!("templates/choice.html"),
        "push" => include_str!("templates/push.html"),
        "card" => include_str!("templates/card.html"),
        "notice" => include_str!("templates/notice.html"),
        "everybody" => include_str!("templates/everybody.html"),
        "application" => include_str!("templates/application.html"),
        "control" => include_str!("templates/control.html"),
        "sign_out" => include_str!("templates/sign_out.html"),
        _ => return None,
    };
    Some(text.to_owned())
}

/// A page that says one thing and offers some ways on.
#[derive(Debug)]
pub(super) struct Notice<'a> {
    /// The heading.
    pub(super) title: &'a str,
    /// One paragraph each.
    pub(super) paragraphs: &'a [&'a str],
    /// Buttons: address to post to, and label.
    pub(super) buttons: &'a [(String, &'a str)],
}

impl Pages {
    /// A page from one of the templates.
    pub(super) fn render(&self, status: StatusCode, name: &str, values: Value) -> Response {
        match self.0.get_template(name).and_then(|template| template.render(values)) {
            Ok(html) => {
                let headers = [
                    (header::CONTENT_TYPE, "text/html; charset=utf-8"),
                    (header::CACHE_CONTROL, "no-store"),
                    (header::REFERRER_POLICY, "no-referrer"),
                    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
                    (
                        header::CONTENT_SECURITY_POLICY,
                        "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'",
                    ),
                ];
                (status, headers, html).into_response()
            }
            Err(fault) => {
                tracing::error!(template = name, %fault, "a page of the simulator could not be made");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }

    /// A page that says one thing.
    pub(super) fn notice(&self, status: StatusCode, notice: &Notice<'_>) -> Response {
        let buttons: Vec<Value> =
            notice.buttons.iter().map(|(address, label)| context! { address, label => *label }).collect();
        let paragraphs: Vec<Value> = notice.paragraphs.iter().map(|text| Value::from(*text)).collect();
        let values = context! { title => notice.title, paragraphs, buttons };
        self.render(status, "notice", values)
    }
}

/// Sends the browser to `address`, by GET.
pub(super) fn see_other(address: &str) -> Response {
    match HeaderValue::from_str(address) {
        Ok(location) => {
            let headers = [(header::LOCATION, location), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
            (StatusCode::SEE_OTHER, headers).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// `GET /simulateur.css`
pub(super) async fn stylesheet() -> Response {
    asset("text/css; charset=utf-8", include_str!("templates/simulateur.css"))
}

/// `GET /simulateur.js`
pub(super) async fn script() -> Response {
    asset("text/javascript; charset=utf-8", include_str!("templates/simulateur.js"))
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "max-age=300")], text).into_response()
}
