//! What members ask for, in their own words, in three languages.

use super::*;
use crate::conversation::{Intent, intent};
use crate::keywords::{Keyword, recognise};
use crate::programme::shipped;
use domain::segments::{Encoding, segments};
use jiff::civil::date;

/// A Friday.
const TODAY: Date = date(2026, 11, 27);

pub(super) fn exercises(language: &str) -> &'static [Exercise] {
    let everyday = shipped::all()
        .iter()
        .find(|one| one.slug == "everyday")
        .unwrap();
    &everyday.course(language).unwrap().1.exercises
}

/// A wish in a few letters.
fn told(text: &str, language: &str) -> String {
    assert_eq!(recognise(text, None), Keyword::None, "{text}");
    match wish(text, exercises(language), TODAY) {
        None => "-".into(),
        Some(Wish::Exercise(_, exercise)) => {
            let code = wish(text, exercises(language), TODAY).unwrap().code();
            format!("{code} {}", exercise.name)
        }
        Some(Wish::Pause { until: Some(until) }) => format!("pause {until}"),
        Some(Wish::Hour(hour)) => format!("hour {hour}"),
        Some(Wish::Speak(language)) => format!("speak {language:?}"),
        Some(other) => other.code().into(),
    }
}

#[test]
fn what_members_ask_for_is_understood_in_english() {
    for (text, expected) in [
        ("swap squats", "swap Squats"),
        ("Swap squats?", "swap Squats"),
        ("can I swap the lunges for something", "swap Reverse lunges"),
        ("what can I do instead of push-ups?", "swap Push-ups"),
        ("I can't do mountain climbers", "swap Mountain climbers"),
        ("replace plank please", "swap Plank"),
        ("how do I do a dead bug?", "how_to Dead bugs"),
        ("How to squat", "how_to Squats"),
        ("what is a glute bridge", "how_to Glute bridges"),
        ("show me reverse lunges", "how_to Reverse lunges"),
        ("push ups are too hard", "easier Push-ups"),
        ("how do I make squats easier", "easier Squats"),
        ("easier lunges", "easier Reverse lunges"),
        ("squats are too easy", "harder Squats"),
        ("make plank harder", "harder Plank"),
        ("this week", "this_week"),
        ("what's my plan for this week?", "this_week"),
        ("show me the week", "this_week"),
        ("tomorrow?", "tomorrow"),
        ("what's on tomorrow", "tomorrow"),
        ("tomorrow's workout", "tomorrow"),
        ("pause", "pause"),
        ("pause for a week", "pause 2026-12-04"),
        ("pause 10 days", "pause 2026-12-07"),
        ("Pause two weeks please", "pause 2026-12-11"),
        ("pause until monday", "pause 2026-11-30"),
        ("pause my workouts until 2026-12-24", "pause 2026-12-24"),
        ("I'm on vacation for 5 days", "pause 2026-12-02"),
        ("BACK", "resume"),
        ("end my holiday", "resume"),
        ("I'm back!", "resume"),
        ("change my hour to 6", "hour 6"),
        ("change my time to 7 pm", "hour 19"),
        ("set my workout time to 7:30am", "hour 7"),
        ("send my workouts at 5am", "hour 5"),
        ("change my hour to 27", "-"),
        ("in Spanish please", "speak Spanish"),
        ("português", "speak Portuguese"),
        ("my week was great", "-"),
        ("this week was hard", "-"),
        ("tough week", "-"),
        ("how many squats should I do", "-"),
        ("I set my time for 5 km", "-"),
        ("change my workout to 20 minutes", "-"),
        ("I set a new time today, 22 min", "-"),
        ("back squats", "-"),
        ("my back hurts", "-"),
        ("pause squats", "-"),
        ("done, 3 rounds of pause squats", "-"),
        ("I'm on vacation, what can I do at the hotel?", "-"),
        ("I'm on vacation for a week, anything I can do there?", "-"),
        ("I'm on vacation", "-"),
        ("swap", "-"),
        ("swap burpees", "-"),
        ("squats", "-"),
        ("done", "-"),
        ("done squats", "-"),
        ("thanks", "-"),
        ("what's today's workout", "-"),
        ("my knee hurts, swap squats?", "-"),
        ("squats give me pain, what instead?", "-"),
    ] {
        assert_eq!(told(text, "en"), expected, "{text}");
    }
}

#[test]
fn what_members_ask_for_is_understood_in_spanish_and_portuguese() {
    for (text, expected) in [
        ("cambiar sentadillas", "swap Sentadillas"),
        ("¿qué hago en vez de flexiones?", "swap Flexiones"),
        ("no puedo hacer zancadas", "swap Zancadas"),
        ("¿cómo se hace la plancha?", "how_to Plancha"),
        ("¿qué es un bicho muerto?", "how_to Bichos muertos"),
        (
            "las flexiones son muy difíciles, más fácil?",
            "easier Flexiones",
        ),
        ("sentadillas demasiado fácil", "harder Sentadillas"),
        ("esta semana", "this_week"),
        ("¿qué toca mañana?", "tomorrow"),
        ("pausa una semana", "pause 2026-12-04"),
        ("estoy de vacaciones hasta el lunes", "pause 2026-11-30"),
        ("Vuelvo", "resume"),
        ("cambia mi hora a las 7", "hour 7"),
        ("cambia la hora a las 8 de la tarde", "hour 20"),
        ("en inglés", "speak English"),
        ("fue dura la semana", "-"),
        ("mi semana fue buena", "-"),
        ("como 5 sentadillas", "-"),
        ("me duele la rodilla con las sentadillas, alternativa?", "-"),
    ] {
        assert_eq!(told(text, "es"), expected, "{text}");
    }
    for (text, expected) in [
        ("trocar agachamentos", "swap Agachamentos"),
        ("não consigo fazer apoios", "swap Apoios"),
        ("como faço prancha?", "how_to Prancha"),
        ("o que é um afundo", "how_to Afundos"),
        ("afundos mais fácil", "easier Afundos"),
        ("agachamento fácil demais", "harder Agachamentos"),
        ("minha semana", "this_week"),
        ("qual o treino de amanhã?", "tomorrow"),
        ("pausar 3 dias", "pause 2026-11-30"),
        ("estou de férias até segunda", "pause 2026-11-30"),
        ("voltei!", "resume"),
        ("muda meu horário para 6h", "hour 6"),
        ("em espanhol", "speak Spanish"),
        ("minha semana foi boa", "-"),
        ("estou com dor no joelho, trocar agachamento?", "-"),
    ] {
        assert_eq!(told(text, "pt"), expected, "{text}");
    }
}

#[test]
fn what_may_be_an_injury_stays_with_a_person() {
    for text in [
        "my knee hurts, swap squats?",
        "I pulled something doing lunges, easier?",
    ] {
        assert_eq!(wish(text, exercises("en"), TODAY), None);
        assert_eq!(intent(text), Intent::Injury);
    }
}

#[test]
fn answers_are_plain_short_and_stop_nobody() {
    let mut texts = Vec::new();
    for locale in ["en", "es-MX", "pt-BR"] {
        for exercise in exercises(locale) {
            for what in [About::How, About::Instead, About::Easier, About::Harder] {
                texts.extend(replies::about(what, exercise, locale));
            }
        }
        let days = (0..7).map(|n| (TODAY.checked_add(jiff::Span::new().days(n)).unwrap(), None));
        texts.push(replies::week(days, locale));
        for name in ["Ana", ""] {
            texts.extend([
                replies::tomorrow(None, locale),
                replies::paused(None, name, locale),
                replies::paused(Some(TODAY), name, locale),
                replies::resumed(true, name, locale),
                replies::resumed(false, name, locale),
                replies::hour(7, name, locale),
                replies::speaks(Language::of(locale), name),
            ]);
            let works = sets::logged("squats 4x5 at 77.5 kg, plank 3x45s", &[]).unwrap();
            let works: Vec<_> = works
                .into_iter()
                .map(|work| (work.clone(), Some(work)))
                .collect();
            texts.push(replies::logged(&works, name, locale));
        }
    }
    for text in texts {
        let cost = segments(&text, false);
        assert_eq!(cost.encoding, Encoding::Gsm7, "{text}");
        assert!(cost.count <= 2, "{text}");
        assert_eq!(recognise(&text, None), Keyword::None, "{text}");
    }
}
