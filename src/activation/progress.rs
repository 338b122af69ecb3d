//! The two journeys as lists of steps, and the first one still open.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The two journeys of the guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Journey {
    /// Part 1: local credentials.
    Local,
    /// Part 2: Pro Santé Connect.
    Psc,
}

/// Steps of both journeys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// The information page.
    Information,
    /// Personal details, terms included.
    Details,
    /// Terms, on the first screen of the PSC journey.
    Terms,
    /// E-mail proven by a code.
    Email,
    /// Password made here.
    Password,
    /// Phone proven by a code.
    Phone,
    /// Organisation.
    Organisation,
}

/// How a step was closed; a step that is not in the map is pending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state", content = "at")]
pub enum StepState {
    /// Done, and when.
    Done(Timestamp),
    /// Skipped, and when.
    Skipped(Timestamp),
}

/// A step cannot be skipped, or is not reached yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The journey needs this step.
    #[error("this step cannot be skipped")]
    NotOptional,
    /// The journey has no such step, or an earlier one is still open.
    #[error("an earlier step is still open")]
    TooEarly,
}

/// What was closed so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Steps(BTreeMap<Step, StepState>);

impl Journey {
    /// Its steps, in order (decision 3).
    #[must_use]
    pub fn steps(self) -> &'static [Step] {
        match self {
            Self::Local => {
                &[Step::Information, Step::Details, Step::Email, Step::Password, Step::Phone, Step::Organisation]
            }
            Self::Psc => &[Step::Terms, Step::Email, Step::Phone],
        }
    }

    /// Whether a step may be skipped: the phone in both, the e-mail only where PSC proves the person.
    #[must_use]
    pub fn may_skip(self, step: Step) -> bool {
        match step {
            Step::Phone => true,
            Step::Email => self == Self::Psc,
            Step::Information | Step::Details | Step::Terms | Step::Password | Step::Organisation => false,
        }
    }

    /// The stage of the stepper a step belongs to, counted from 1.
    #[must_use]
    pub fn stage(self, step: Step) -> usize {
        match (self, step) {
            (Self::Local, Step::Information) => 1,
            (Self::Local, Step::Details | Step::Terms | Step::Email) | (Self::Psc, _) => 2,
            (Self::Local, Step::Password | Step::Phone) => 3,
            (Self::Local, Step::Organisation) => 4,
        }
    }
}

/// Steps as a store gives them back; nothing is judged, `finish` does.
impl FromIterator<(Step, StepState)> for Steps {
    fn from_iter<T: IntoIterator<Item = (Step, StepState)>>(steps: T) -> Self {
        Self(steps.into_iter().collect())
    }
}

impl Steps {
    /// How a step was closed, or `None` while it is pending.
    #[must_use]
    pub fn state(&self, step: Step) -> Option<StepState> {
        self.0.get(&step).copied()
    }

    /// Done or skipped.
    #[must_use]
    pub fn is_closed(&self, step: Step) -> bool {
        self.0.contains_key(&step)
    }

    /// Done, not merely skipped.
    #[must_use]
    pub fn is_done(&self, step: Step) -> bool {
        matches!(self.state(step), Some(StepState::Done(_)))
    }

    /// The first step still open, or `None` when the journey is walked.
    #[must_use]
    pub fn next(&self, journey: Journey) -> Option<Step> {
        journey.steps().iter().find(|step| !self.is_closed(**step)).copied()
    }

    /// Whether a step may be shown or posted: it is the next one, or was closed before.
    #[must_use]
    pub fn is_reached(&self, journey: Journey, step: Step) -> bool {
        self.is_closed(step) || self.next(journey) == Some(step)
    }

    /// Closes a step as done.
    ///
    /// # Errors
    /// When an earlier step is still open.
    pub fn done(&mut self, journey: Journey, step: Step, now: Timestamp) -> Result<(), Refusal> {
        self.close(journey, step, StepState::Done(now))
    }

    /// Closes a step as skipped. A step that is done stays done.
    ///
    /// # Errors
    /// When the journey needs the step, or an earlier one is still open.
    pub fn skip(&mut self, journey: Journey, step: Step, now: Timestamp) -> Result<(), Refusal> {
        if !journey.may_skip(step) {
            return Err(Refusal::NotOptional);
        }
        if self.is_done(step) {
            return Ok(());
        }
        self.close(journey, step, StepState::Skipped(now))
    }

    /// Opens a step again: the help desk's `reset-step`, or an e-mail changed after its proof.
    pub fn reopen(&mut self, step: Step) {
        self.0.remove(&step);
    }

    /// Every step that was skipped, and when.
    pub fn skipped(&self) -> impl Iterator<Item = (Step, Timestamp)> {
        self.0.iter().filter_map(|(step, state)| match state {
            StepState::Skipped(at) => Some((*step, *at)),
            StepState::Done(_) => None,
        })
    }

    fn close(&mut self, journey: Journey, step: Step, state: StepState) -> Result<(), Refusal> {
        if !self.is_reached(journey, step) {
            return Err(Refusal::TooEarly);
        }
        self.0.insert(step, state);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn the_local_journey_opens_one_step_after_the_other() {
        let mut steps = Steps::default();
        for step in Journey::Local.steps() {
            assert_eq!(steps.next(Journey::Local), Some(*step));
            steps.done(Journey::Local, *step, NOW).unwrap();
        }
        assert_eq!(steps.next(Journey::Local), None);
    }

    #[test]
    fn only_the_phone_may_be_skipped_locally_and_the_email_too_with_psc() {
        for journey in [Journey::Local, Journey::Psc] {
            for step in journey.steps() {
                let mut steps = Steps::default();
                for earlier in journey.steps().iter().take_while(|earlier| *earlier != step) {
                    steps.done(journey, *earlier, NOW).unwrap();
                }
                let optional = *step == Step::Phone || (*step == Step::Email && journey == Journey::Psc);
                assert_eq!(steps.skip(journey, *step, NOW).is_ok(), optional, "{journey:?} {step:?}");
            }
        }
    }

    #[test]
    fn skipping_a_step_that_is_done_leaves_it_done() {
        let mut steps = Steps::default();
        steps.done(Journey::Psc, Step::Terms, NOW).unwrap();
        steps.done(Journey::Psc, Step::Email, NOW).unwrap();
        steps.skip(Journey::Psc, Step::Email, NOW).unwrap();
        assert!(steps.is_done(Step::Email));
    }

    proptest! {
        #[test]
        fn a01_no_order_of_acts_leaves_a_step_behind(acts in prop::collection::vec((0_usize..7, any::<bool>()), 0..40)) {
            let all = [
                Step::Information, Step::Details, Step::Terms, Step::Email, Step::Password, Step::Phone, Step::Organisation,
            ];
            let mut steps = Steps::default();
            for (index, skip) in acts {
                let before = steps.next(Journey::Local);
                let step = all[index];
                let acted = if skip { steps.skip(Journey::Local, step, NOW) } else { steps.done(Journey::Local, step, NOW) };
                if acted.is_ok() && Journey::Local.steps().contains(&step) && before != Some(step) {
                    // Only a step closed before may be closed again.
                    prop_assert!(before.is_none_or(|open| position(step) < position(open)));
                }
            }
            if let Some(open) = steps.next(Journey::Local) {
                for later in Journey::Local.steps().iter().skip(position(open)) {
                    prop_assert!(!steps.is_closed(*later));
                }
            }
        }
    }

    fn position(step: Step) -> usize {
        Journey::Local.steps().iter().position(|other| *other == step).unwrap()
    }
}
