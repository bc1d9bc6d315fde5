//! Who answers what the coach's rules do not understand, from the settings.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use engine::coach::{Coach, Model, Prompt, Rules};
use providers::OpenAi;
use providers::http::Limits;

use crate::settings::{CoachEngine, Settings};

/// The most bytes of a prompt.
const PROMPT_BYTES_MAX: usize = 64 * 1024;

/// The engine that is set.
pub(super) fn engine(settings: &Settings) -> anyhow::Result<Arc<dyn Coach>> {
    match settings.answers.engine {
        CoachEngine::Rules => Ok(Arc::new(Rules)),
        CoachEngine::Model => {
            let prompt = prompt(settings.answers.prompt_file.as_deref())?;
            Ok(Arc::new(model(settings, prompt)?))
        }
    }
}

/// The model that is set, with a prompt.
pub(crate) fn model(settings: &Settings, prompt: Prompt) -> anyhow::Result<Model> {
    let set = &settings.answers;
    let name = set
        .model
        .clone()
        .context("GYMTEXT_COACH_MODEL is not set: it names the model as its endpoint does")?;
    let chat = OpenAi::new(&providers::openai::Settings {
        api_key: set.api_key.clone(),
        base_url: set.base_url.clone(),
        model: name,
        limits: Limits {
            connections_max: set.calls_max,
            deadline: set.patience.to_duration(),
            ..Limits::default()
        },
    })?;
    let patience = set.patience.to_duration();
    Ok(Model::new(Arc::new(chat), prompt, patience, set.calls_max))
}

/// The prompt of a file, called by its name; without one, the prompt in the binary.
pub(crate) fn prompt(file: Option<&Path>) -> anyhow::Result<Prompt> {
    let Some(file) = file else {
        return Ok(Prompt::shipped());
    };
    let named = || format!("the prompt {} cannot be read", file.display());
    let text = std::fs::read_to_string(file).with_context(named)?;
    anyhow::ensure!(
        text.len() <= PROMPT_BYTES_MAX && !text.trim().is_empty(),
        "the prompt {} is empty, or has more than 64 KiB",
        file.display()
    );
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    Ok(Prompt::of(&name, &text))
}
