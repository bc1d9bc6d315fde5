//! The name, the languages, the length of the text, and what its words promise.

use super::super::placeholders::filled;
use super::super::{Category, Template, Wording};
use super::{Notes, Rule};
use crate::words::{Plain, occurs};

/// The longest text, in characters, as written and with its samples filled in.
const BODY_MAX: usize = 1_024;

/// The longest name: WhatsApp takes 512, our tables 64.
const NAME_MAX: usize = 64;

/// Meta's list of languages (facts/whatsapp.md 3.1).
const LANGUAGES: &str = "af sq ar ar_EG ar_AE ar_LB ar_MA ar_QA ar_SA az bn bg ca zh_CN zh_HK zh_TW hr cs da nl en \
    en_GB en_US en_AU en_CA en_IN et fil fi fr fr_CA fr_BE ka de el gu ha he hi hu id ga it ja kn kk rw_RW ko ky_KG \
    lo lv lt mk ms ml mr nb fa pl pt_BR pt_PT pa ro ru sr sk sl es es_AR es_ES es_MX es_CL es_CO es_PE es_VE sw sv \
    ta te th tr uk ur uz vi zu";

/// Phrases of advertising, in the form of `words::Plain`.
const PROMOTION: &[&str] = &[
    "discount|discounts|coupon|coupons|promo|promotion|promotions|giveaway",
    "special|limited|exclusive|best|great|new offer|offers|deal|deals|price|prices",
    "limited time",
    "percent|off off|today",
    "sale",
    "free trial|month|week|gift|session|class",
    "buy|order|shop|upgrade|subscribe|renew|join|sign now|today",
    "up now|today",
    "dont miss",
    "we miss|missed you",
    "come back",
    "refer|invite a|your friend|friends",
    "descuento|descuentos|oferta|ofertas|promocion|promociones|rebaja|rebajas|cupon|cupones|sorteo",
    "gratis",
    "te extranamos|echamos",
    "no te lo? pierdas",
    "compra|suscribete|renueva|unete ya|ahora|hoy",
    "desconto|descontos|promocao|promocoes|cupom|cupons|liquidacao|sorteio",
    "sentimos sua|a falta",
    "nao perca",
    "compre|assine|renove|participe ja|agora|hoje",
    "indique um|uma|seus|suas amigo|amiga|amigos|amigas",
];

/// Phrases that ask for what nobody should send.
const SECRETS: &[&str] = &[
    "card|account|passport|identity|id|social|security number",
    "password|cvv|cvc",
    "numero de|del tarjeta|cuenta|identidad|pasaporte",
    "contrasena|senha",
    "numero do|da|de cartao|conta|identidade|passaporte",
];

/// Of the template as a whole.
pub(super) fn of_the_whole(template: &Template, notes: &mut Notes<'_>) {
    let name = &*template.name;
    let fine = (1..=NAME_MAX).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !fine {
        notes.add(Rule::NameShape, format!("`{name}` cannot be its name"));
    }
    if template.wordings.is_empty() {
        notes.add(Rule::NoWording, "it has no text");
    }
    match template.category {
        Category::Authentication => notes.add(
            Rule::AuthenticationText,
            "its category is authentication, and it has a text of its own",
        ),
        Category::Marketing => notes.add(
            Rule::MarketingToUs,
            "its category is marketing, which is not delivered to US numbers",
        ),
        Category::Utility => {}
    }
    let mut languages: Vec<String> = template
        .wordings
        .iter()
        .map(|wording| wording.language.replace('-', "_").to_ascii_lowercase())
        .collect();
    languages.sort_unstable();
    for pair in languages.windows(2) {
        if let [a, b] = pair
            && a == b
        {
            notes.add(Rule::LanguageTwice, format!("`{a}` is there twice"));
        }
    }
}

/// Of one text.
pub(super) fn of_a_wording(template: &Template, wording: &Wording, notes: &mut Notes<'_>) {
    let language = &*wording.language;
    if !LANGUAGES.split_whitespace().any(|known| known == language) {
        notes.add(
            Rule::LanguageUnknown,
            format!("`{language}` is not a language of WhatsApp's templates"),
        );
    }
    let body = &*wording.body;
    if body.trim().is_empty() {
        notes.add(Rule::BodyEmpty, "the text is empty");
        return;
    }
    let length = body.chars().count();
    let with_samples = filled(body, |number| {
        let at = number.parse::<usize>().ok()?.checked_sub(1)?;
        wording.samples.get(at).map(|sample| &**sample)
    });
    let rendered = with_samples.map_or(0, |text| text.chars().count());
    if length > BODY_MAX {
        notes.add(
            Rule::BodyTooLong,
            format!("the text has {length} characters"),
        );
    } else if rendered > BODY_MAX {
        notes.add(
            Rule::BodyTooLong,
            format!("with its samples the text has {rendered} characters"),
        );
    }
    if body.contains('\t') || body.contains("     ") {
        notes.add(
            Rule::BodySpaces,
            "the text has a tab or more than four spaces in a row",
        );
    }
    promises(template, wording, notes);
}

/// What its words promise or ask for.
fn promises(template: &Template, wording: &Wording, notes: &mut Notes<'_>) {
    let mut all = wording.body.to_string();
    for button in &wording.buttons {
        all.push_str(". ");
        all.push_str(&button.title);
    }
    let plain = Plain::of(&all);
    let words = plain.words();
    let phrase = |list: &[&'static str]| list.iter().find(|phrase| occurs(phrase, &words)).copied();
    let percent = wording
        .body
        .split('%')
        .next()
        .filter(|before| before.len() < wording.body.len())
        .is_some_and(|before| before.trim_end().ends_with(|c: char| c.is_ascii_digit()));
    if template.category == Category::Utility {
        if let Some(phrase) = phrase(PROMOTION) {
            notes.add(
                Rule::PromotionalInUtility,
                format!("its words read as advertising (`{phrase}`)"),
            );
        } else if percent {
            notes.add(Rule::PromotionalInUtility, "a percentage reads as an offer");
        }
    }
    if template.category == Category::Marketing && wording.body.chars().any(is_emoji) {
        notes.add(Rule::MarketingEmoji, "the text has emoji");
    }
    if let Some(phrase) = phrase(SECRETS) {
        notes.add(
            Rule::AsksForSecrets,
            format!("it speaks of what nobody should send (`{phrase}`)"),
        );
    }
}

/// Pictures, not letters.
const fn is_emoji(c: char) -> bool {
    matches!(c, '\u{2600}'..='\u{27bf}' | '\u{1f1e6}'..='\u{1faff}' | '\u{2b50}' | '\u{2b55}')
}
