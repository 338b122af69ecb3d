//! What the help desk's answers look like to a person. JSON is written elsewhere.

use std::io::Result;

use crate::app::help_desk::show::{Proven, Shown};
use crate::app::help_desk::stats::Stats;
use crate::app::help_desk::{Brief, Done};

use super::super::out::Out;

pub(super) fn done(done: &Done, out: &mut Out<'_>) -> Result<()> {
    let said = if done.changed { "done" } else { "nothing to do" };
    out.line(&format!("{said}: {}", line(&done.account)))?;
    if done.sessions_ended > 0 {
        out.line(&format!("sessions ended: {}", done.sessions_ended))?;
    }
    for remark in &done.remarks {
        out.line(&format!("note: {remark}"))?;
    }
    Ok(())
}

pub(super) fn list(accounts: &[Brief], limit: u32, out: &mut Out<'_>) -> Result<()> {
    for account in accounts {
        out.line(&line(account))?;
    }
    match accounts.last() {
        Some(last) if u32::try_from(accounts.len()).is_ok_and(|length| length == limit) => {
            out.note(&format!("there may be more: --after {}", last.id))
        }
        Some(_) => Ok(()),
        None => out.note("nobody"),
    }
}

pub(super) fn show(shown: &Shown, out: &mut Out<'_>) -> Result<()> {
    out.line(&line(&shown.brief))?;
    out.line(&format!("waits for: {}", shown.waits_for))?;
    out.line(&format!("password: {}, known browsers: {}", shown.password, shown.known_browsers))?;
    out.line(&format!("contact e-mail: {}", proven(shown.contact_email.as_ref())))?;
    out.line(&format!("phone: {}", proven(shown.phone.as_ref())))?;
    let imported = [&shown.imported_email, &shown.imported_phone].into_iter().flatten().cloned().collect::<Vec<_>>();
    out.line(&format!("known to the former system: {}", or_none(&imported.join(", "))))?;
    out.line(&format!("RPPS from: {}", shown.rpps_source.unwrap_or("-")))?;
    for link in &shown.links {
        out.line(&format!("linked: {} {} since {:.0}", link.identity_provider, link.national_id, link.linked_at))?;
    }
    out.line(&format!("journey: {}", shown.journey.unwrap_or("not begun")))?;
    for step in &shown.steps {
        let at = step.at.map(|at| format!(" {at:.0}")).unwrap_or_default();
        out.line(&format!("  {:<12} {}{at}", step.step, step.state))?;
    }
    out.line(&format!("sessions: {}", shown.sessions.len()))?;
    for session in &shown.sessions {
        out.line(&format!(
            "  {} by {}, {}, opened {:.0}, seen {:.0}",
            session.sid,
            session.identity_provider,
            or_none(&session.device),
            session.opened_at,
            session.last_seen
        ))?;
    }
    out.line(&format!("last facts: {}", shown.facts.len()))?;
    for fact in &shown.facts {
        let mut words = vec![format!("  {:.0} {}", fact.at, fact.fact)];
        words.extend(fact.client.clone());
        words.extend(fact.device.clone());
        words.extend(fact.detail.iter().map(|(key, value)| format!("{key}={value}")));
        out.line(&words.join("  "))?;
    }
    Ok(())
}

pub(super) fn stats(stats: &Stats, out: &mut Out<'_>) -> Result<()> {
    let census = &stats.census;
    for (name, count) in [
        ("imported", census.imported),
        ("activating", census.activating),
        ("active", census.active),
        ("disabled", census.disabled),
        ("with the former system's password only", census.legacy_passwords),
    ] {
        out.line(&format!("{count:>8} {name}"))?;
    }
    out.line(&format!("{:>8} frozen", stats.frozen))?;
    for (provider, count) in &stats.linked {
        out.line(&format!("{count:>8} linked to {provider}"))?;
    }
    out.line("journey  step          waiting     done  skipped")?;
    for step in &stats.steps {
        out.line(&format!(
            "{:<8} {:<12} {:>8} {:>8} {:>8}",
            step.journey, step.step, step.waiting, step.done, step.skipped
        ))?;
    }
    Ok(())
}

/// One account in one line.
fn line(account: &Brief) -> String {
    let mut words = vec![account.id.clone(), account.state.to_owned()];
    words.extend(account.frozen.then(|| "FROZEN".to_owned()));
    words.extend(account.next_step.map(|step| format!("at {step}")));
    words.extend(account.legacy_id.clone());
    words.extend(account.name.clone());
    words.extend(account.sign_in_email.clone());
    words.extend(account.rpps.as_ref().map(|rpps| format!("RPPS {rpps}")));
    words.extend(account.linked_to.iter().map(|provider| format!("linked to {provider}")));
    words.join("  ")
}

fn proven(contact: Option<&Proven>) -> String {
    contact.map_or("-".to_owned(), |held| format!("{} since {:.0}", held.value, held.verified_at))
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}
