//! What stands around a task: header, stepper, notice, help panel, footer (screens.md 0.1–0.3).

use serde::Serialize;

use super::answers::Link;
use super::{Page, Views};
use crate::account::model::Journey;
use crate::pages::paths;
use crate::pages::sentences::{buttons, frame as words};

/// Where a screen stands in a journey; stages count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Outside of any journey.
    None,
    /// A stage of one.
    At(Journey, usize),
    /// Past the last one.
    Finished(Journey),
}

/// How a notice or a box looks; the words carry the meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    /// Something to know.
    Neutral,
    /// Something went well.
    Success,
    /// Something to look at.
    Warning,
}

/// What happened before this page, told once above the task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// One or two sentences.
    pub text: String,
    /// How it looks.
    pub tone: Tone,
}

impl Notice {
    /// Something to know.
    #[must_use]
    pub fn neutral(text: impl Into<String>) -> Self {
        Self { text: text.into(), tone: Tone::Neutral }
    }

    /// Something to look at.
    #[must_use]
    pub fn warning(text: impl Into<String>) -> Self {
        Self { text: text.into(), tone: Tone::Warning }
    }

    /// Something went well.
    #[must_use]
    pub fn success(text: impl Into<String>) -> Self {
        Self { text: text.into(), tone: Tone::Success }
    }
}

/// The idle warning of activation forms (screens.md 6.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Idle {
    /// Seconds until the session ends by silence.
    pub seconds: u64,
    /// Form token of `POST /_guichet/session/garder`.
    pub token: String,
}

/// Everything around the task.
#[derive(Debug, Serialize)]
pub(super) struct Frame {
    title: String,
    pub(super) h1: String,
    brand: Brand,
    help: Help,
    footer: Vec<Link>,
    version: Option<String>,
    development: Option<&'static str>,
    stepper: Option<Stepper>,
    pub(super) notice: Option<ShownNotice>,
    idle: Option<ShownIdle>,
    assets: Files,
    words: Words,
}

#[derive(Debug, Serialize)]
struct Brand {
    name: String,
    logo: Option<String>,
}

#[derive(Debug, Serialize)]
struct Help {
    title: &'static str,
    tagline: String,
    phone: String,
    phone_href: String,
    cost: String,
    hours: String,
    email: String,
    contact: Link,
}

#[derive(Debug, Serialize)]
struct Stepper {
    label: &'static str,
    text: String,
    done: &'static str,
    stages: Vec<StepperStage>,
}

#[derive(Debug, Serialize)]
struct StepperStage {
    label: &'static str,
    state: &'static str,
}

/// A notice and whether the page opens on it.
#[derive(Debug, Serialize)]
pub(super) struct ShownNotice {
    text: String,
    tone: Tone,
    pub(super) autofocus: bool,
}

#[derive(Debug, Serialize)]
struct ShownIdle {
    seconds: u64,
    token: String,
    action: &'static str,
    text: &'static str,
    stay: &'static str,
}

#[derive(Debug, Serialize)]
struct Files {
    style: String,
    colours: String,
    script: String,
    icon: String,
}

/// Words that script or hidden text need on any page.
#[derive(Debug, Serialize)]
struct Words {
    skip: &'static str,
    new_window: &'static str,
    show: &'static str,
    hide: &'static str,
    caps: &'static str,
}

impl Views {
    /// The frame of a screen; `refused` marks the title of a POST that is shown again.
    pub(super) fn frame(&self, page: &Page, h1: impl Into<String>, stage: Stage, refused: bool) -> Frame {
        let h1 = h1.into();
        let middle = match stage {
            Stage::At(journey, number) => format!(" – {}", words::stage_short(number, stages(journey).len())),
            Stage::None | Stage::Finished(_) => String::new(),
        };
        let start = if refused { words::TO_CORRECT } else { "" };
        Frame {
            title: format!("{start}{h1}{middle} – {}", self.brand.name),
            h1,
            brand: Brand { name: self.brand.name.clone(), logo: self.assets.logo.as_ref().map(|logo| logo.path()) },
            help: self.help(),
            footer: self.footer(),
            version: page.version.clone(),
            development: self.development.then_some(words::DEVELOPMENT),
            stepper: stepper(stage),
            notice: page.notice.clone().map(|notice| ShownNotice {
                text: notice.text,
                tone: notice.tone,
                autofocus: true,
            }),
            idle: page.idle.clone().map(|idle| ShownIdle {
                seconds: idle.seconds,
                token: idle.token,
                action: paths::KEEP,
                text: words::IDLE_WARNING,
                stay: buttons::STAY,
            }),
            assets: Files {
                style: self.assets.style.path(),
                colours: self.assets.colours.path(),
                script: self.assets.script.path(),
                icon: self.assets.icon.path(),
            },
            words: Words {
                skip: words::SKIP_LINK,
                new_window: words::NEW_WINDOW,
                show: words::SHOW_PASSWORD,
                hide: words::HIDE_PASSWORD,
                caps: words::CAPS_LOCK,
            },
        }
    }

    /// Where "Contactez-nous" leads.
    pub(super) fn contact(&self) -> Link {
        let href = self
            .brand
            .help_url
            .as_ref()
            .map_or_else(|| format!("mailto:{}", self.brand.help_email), ToString::to_string);
        Link::to(href, buttons::CONTACT)
    }

    fn help(&self) -> Help {
        let dialled: String =
            self.brand.help_phone.chars().filter(|sign| sign.is_ascii_digit() || *sign == '+').collect();
        Help {
            title: words::HELP,
            tagline: self.brand.tagline.clone(),
            phone: self.brand.help_phone.clone(),
            phone_href: format!("tel:{dialled}"),
            cost: self.brand.help_cost.clone(),
            hours: self.brand.help_hours.clone(),
            email: self.brand.help_email.clone(),
            contact: self.contact(),
        }
    }

    fn footer(&self) -> Vec<Link> {
        let mut links = vec![Link::to(self.brand.terms_url.to_string(), words::TERMS)];
        links.extend(self.brand.legal_url.as_ref().map(|url| Link::to(url.to_string(), words::LEGAL)));
        links.extend(self.brand.accessibility_url.as_ref().map(|url| Link::to(url.to_string(), words::ACCESSIBILITY)));
        links
    }
}

fn stages(journey: Journey) -> &'static [&'static str] {
    match journey {
        Journey::Local => &words::LOCAL_STAGES,
        Journey::Psc => &words::PSC_STAGES,
    }
}

fn stepper(stage: Stage) -> Option<Stepper> {
    let (journey, current) = match stage {
        Stage::None => return None,
        Stage::At(journey, number) => (journey, number),
        Stage::Finished(journey) => (journey, usize::MAX),
    };
    let labels = stages(journey);
    let text = match labels.get(current.wrapping_sub(1)) {
        Some(label) => words::stage(current, labels.len(), label),
        None => words::ALL_DONE.to_owned(),
    };
    let stages = labels
        .iter()
        .zip(1..)
        .map(|(label, number)| StepperStage {
            label,
            state: match number {
                _ if number < current => "done",
                _ if number == current => "current",
                _ => "todo",
            },
        })
        .collect();
    Some(Stepper { label: words::STEPS, text, done: words::STEP_DONE, stages })
}
