//! `guichet accounts import`: progress and notes on standard error, the report on standard output.

use std::cell::RefCell;
use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal as _};
use std::path::Path;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::app::import::{Note, Report, import};
use crate::config::Settings;

use super::super::Outcome;
use super::super::out::Out;

/// Where there is no terminal, the count is told so often.
const COUNT_EVERY: u64 = 10_000;

pub(super) async fn run(file: &Path, settings: Settings, json: bool, out: &mut Out<'_>) -> anyhow::Result<Outcome> {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    if std::io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::stderr());
    }
    let source = open(file, &bar)?;
    let report = {
        let out = RefCell::new(&mut *out);
        // A line that cannot be told stops no import.
        let tell = |text: &str| bar.suspend(|| drop(out.borrow_mut().note(text)));
        let progress = |line: u64| {
            bar.set_message(line.to_string());
            if bar.is_hidden() && line.is_multiple_of(COUNT_EVERY) {
                tell(&format!("{line} lines read"));
            }
        };
        import(&settings, source, |note| tell(&text(&note)), progress).await
    };
    bar.finish_and_clear();
    let report = report.with_context(|| format!("{} cannot be imported", name(file)))?;
    if json {
        out.json(&report)?;
    } else {
        let Report { added, updated, kept, refused, warned } = report;
        out.line(&format!("added {added}, updated {updated}, kept {kept}, refused {refused}; with warnings {warned}"))?;
    }
    Ok(Outcome::Done)
}

/// The file through the bar, which then knows how far it is; standard input has no known end.
fn open(file: &Path, bar: &ProgressBar) -> anyhow::Result<Box<dyn BufRead>> {
    let style = |template| ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    if file == Path::new("-") {
        bar.set_style(style("{spinner} line {msg}"));
        return Ok(Box::new(BufReader::new(std::io::stdin())));
    }
    let opened = File::open(file).with_context(|| format!("{} cannot be read", file.display()))?;
    bar.set_length(opened.metadata()?.len());
    bar.set_style(style("{bar:40} {percent}% line {msg}, {eta} left"));
    Ok(Box::new(BufReader::new(bar.wrap_read(opened))))
}

fn name(file: &Path) -> String {
    if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() }
}

fn text(note: &Note) -> String {
    match note {
        Note::Refused { line, reason } => format!("line {line}: refused: {reason}"),
        Note::Warned { line, column, reason } => format!("line {line}: {column}: {reason}"),
        Note::Slow { line, kind, needs } => {
            let needs = needs.as_millis();
            format!(
                "line {line}: hashes of this kind ({kind}) take longer to check here than a failed sign-in lasts, and time would tell \
                 who has one: set password.failure_floor to \"{needs} ms\" or more"
            )
        }
    }
}
