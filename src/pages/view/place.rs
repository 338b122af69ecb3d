//! Place of work (screens.md 5.9).

use std::collections::BTreeMap;

use serde::Serialize;

use super::answers::Answers;
use super::form::{Actions, Choice, Field, Form};
use super::frame::Stage;
use super::sign_in::Task;
use super::{Page, Rendered, Views};
use crate::pages::paths;
use crate::pages::sentences::{account, buttons, psc as words};

/// Places above this number stand under their town.
const GROUPED_ABOVE: usize = 8;

/// The value of "Aucun de ces lieux".
pub const NO_PLACE: &str = "aucun";

/// One place the directory gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceChoice {
    /// Fingerprint posted as `place`.
    pub value: String,
    /// "Raison sociale – adresse, code postal ville", or `sentences::psc::place_unnamed`.
    pub label: String,
    /// "Profession, SIRET …", as given.
    pub detail: Option<String>,
    /// Town, for the groups of long lists.
    pub city: Option<String>,
}

/// When the question is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Asked {
    /// At a sign-in.
    #[default]
    AtSignIn,
    /// Because the person wants another one ("Changer de lieu").
    InAccount {
        /// What people call the provider that gave the places.
        provider: String,
    },
}

/// 5.9. Field: `place` (a choice's value, or [`NO_PLACE`]).
#[derive(Debug, Clone, Default)]
pub struct PlaceView {
    /// The directory's places.
    pub places: Vec<PlaceChoice>,
    /// When it is asked.
    pub asked: Asked,
    /// What was chosen or remembered, and what was said of it.
    pub answers: Answers,
}

#[derive(Debug, Serialize)]
struct PlaceFields {
    place: Field,
    groups: Vec<Group>,
}

/// Numbers of the first and last choice (from 0) under a town; an absent town has no heading.
#[derive(Debug, Serialize)]
struct Group {
    town: Option<String>,
    choices: Vec<Numbered>,
}

#[derive(Debug, Serialize)]
struct Numbered {
    number: usize,
    choice: Choice,
}

impl Views {
    /// 5.9, which place this sign-in is for.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn place(&self, page: &Page, view: &PlaceView) -> Rendered {
        let answers = &view.answers;
        let mut place = Field::input("radio", "place", words::PLACE_LEGEND).required();
        let (action, text) = match &view.asked {
            Asked::AtSignIn => {
                place = place.hint(words::PLACE_LATER);
                (paths::PLACE, words::place_text(&self.brand))
            }
            Asked::InAccount { provider } => (paths::ACCOUNT_PLACE, account::place_text(provider)),
        };
        let mut place = place.answered(answers);
        let actions = Actions::primary(buttons::VALIDATE, buttons::waiting::SAVE).back();
        let form = Form::new(action, page, actions).settle(page, answers, &mut [&mut place]);
        let fields = PlaceFields { place, groups: groups(view) };
        let task = Task::new([text], form, fields);
        self.task("place.html", page, words::PLACE_H1, Stage::None, answers, task)
    }
}

fn groups(view: &PlaceView) -> Vec<Group> {
    let chosen = view.answers.value("place");
    let mut towns: BTreeMap<Option<String>, Vec<Choice>> = BTreeMap::new();
    for place in &view.places {
        let town = if view.places.len() > GROUPED_ABOVE {
            Some(place.city.clone().unwrap_or_else(|| words::OTHER_TOWN.to_owned()))
        } else {
            None
        };
        let mut choice = Choice::new(place.value.clone(), place.label.clone());
        choice.detail.clone_from(&place.detail);
        towns.entry(town).or_default().push(choice);
    }
    let none = Choice::new(NO_PLACE, words::PLACE_NONE);
    let mut number = 0;
    towns
        .into_iter()
        .chain(std::iter::once((None, vec![none])))
        .map(|(town, choices)| Group {
            town,
            choices: choices
                .into_iter()
                .map(|mut choice| {
                    number += 1;
                    choice.selected = choice.value == chosen;
                    Numbered { number, choice }
                })
                .collect(),
        })
        .collect()
}
