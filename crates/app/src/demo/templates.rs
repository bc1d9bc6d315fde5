//! The templates of the demo: four kinds in three languages, submitted to the sandbox and approved
//! by it at once, as an operator would do at Twilio.

use std::sync::Arc;

use anyhow::Context as _;
use domain::Kind;
use engine::TemplateSetting;
use http::Method;
use serde_json::json;
use simulator::Simulator;

use super::people::call;

struct Words {
    kind: Kind,
    language: &'static str,
    body: &'static str,
    samples: &'static [(&'static str, &'static str)],
    button: &'static str,
}

const DAY_EN: &[(&str, &str)] = &[("1", "Ana"), ("2", "Monday")];
const DAY_ES: &[(&str, &str)] = &[("1", "Ana"), ("2", "lunes")];
const DAY_PT: &[(&str, &str)] = &[("1", "Ana"), ("2", "segunda-feira")];
const NAME: &[(&str, &str)] = &[("1", "Ana")];

const fn words(
    kind: Kind,
    language: &'static str,
    body: &'static str,
    samples: &'static [(&'static str, &'static str)],
    button: &'static str,
) -> Words {
    Words {
        kind,
        language,
        body,
        samples,
        button,
    }
}

#[rustfmt::skip]
const TEMPLATES: &[Words] = &[
    words(Kind::DailyWorkout, "en", "Hi {{1}}, your workout for {{2}} is ready. Shall I send it?", DAY_EN, "Send it"),
    words(Kind::DailyWorkout, "es", "Hola {{1}}, tu entrenamiento del {{2}} está listo. ¿Te lo envío?", DAY_ES, "Envíalo"),
    words(Kind::DailyWorkout, "pt_BR", "Oi {{1}}, seu treino de {{2}} está pronto. Posso enviar?", DAY_PT, "Pode enviar"),
    words(Kind::WeeklyCheckin, "en", "Hi {{1}}, how did your week go? I have a few questions for you.", NAME, "Ask me"),
    words(Kind::WeeklyCheckin, "es", "Hola {{1}}, ¿cómo fue tu semana? Tengo unas preguntas para ti.", NAME, "Adelante"),
    words(Kind::WeeklyCheckin, "pt_BR", "Oi {{1}}, como foi sua semana? Tenho algumas perguntas para você.", NAME, "Pode perguntar"),
    words(Kind::Welcome, "en", "Hi {{1}}, welcome to GymText! Your coach is here for you.", NAME, "Hello!"),
    words(Kind::Welcome, "es", "Hola {{1}}, ¡te damos la bienvenida a GymText! Tu coach está aquí para ti.", NAME, "¡Hola!"),
    words(Kind::Welcome, "pt_BR", "Oi {{1}}, boas-vindas ao GymText! Seu treinador está aqui para você.", NAME, "Olá!"),
    words(Kind::SubscriptionReminder, "en", "Hi {{1}}, your GymText plan renews in a few days. Any questions about it?", NAME, "I have one"),
    words(Kind::SubscriptionReminder, "es", "Hola {{1}}, tu plan de GymText se renueva en unos días. ¿Alguna pregunta?", NAME, "Tengo una"),
    words(Kind::SubscriptionReminder, "pt_BR", "Oi {{1}}, seu plano GymText renova em alguns dias. Alguma pergunta?", NAME, "Tenho uma"),
];

/// Submits all, and answers what the engine must know of them.
pub(super) async fn submit(
    simulator: &Arc<Simulator>,
    authorization: &str,
) -> anyhow::Result<Vec<TemplateSetting>> {
    let router = simulator.router();
    let mut known = Vec::with_capacity(TEMPLATES.len());
    for template in TEMPLATES {
        let name = format!(
            "{}_{}",
            template.kind,
            template.language.to_ascii_lowercase()
        );
        let samples: serde_json::Map<_, _> = template
            .samples
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!(value)))
            .collect();
        let content = json!({
            "friendly_name": name,
            "language": template.language,
            "variables": samples,
            "types": {
                "twilio/quick-reply": {
                    "body": template.body,
                    "actions": [{ "title": template.button, "id": "yes" }],
                },
                "twilio/text": { "body": template.body },
            },
        });
        let made = call(
            &router,
            Method::POST,
            "/v1/Content",
            Some(authorization),
            &content,
        )
        .await?;
        let sid = made
            .get("sid")
            .and_then(serde_json::Value::as_str)
            .context("the sandbox gave a template no id")?;
        let approval = json!({ "name": name, "category": "UTILITY" });
        let path = format!("/v1/Content/{sid}/ApprovalRequests/whatsapp");
        call(&router, Method::POST, &path, Some(authorization), &approval).await?;
        known.push(TemplateSetting {
            name: template.kind.as_str().to_owned(),
            provider_template_id: sid.to_owned(),
            language: template.language.to_owned(),
            approved: true,
            variables: template
                .samples
                .iter()
                .map(|(name, _)| Box::from(*name))
                .collect(),
            body: Some(template.body.to_owned()),
        });
    }
    Ok(known)
}
