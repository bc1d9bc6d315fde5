//! The programme in Portuguese.

use jiff::civil::Weekday;

use super::Workout;

/// The workout of a day of the week.
pub(super) const fn workout(day: Weekday) -> Workout {
    let (title, text) = match day {
        Weekday::Monday => (
            "Pernas",
            "Pernas.\n\
             Aquecimento: 3 min de marcha leve, 10 giros de quadril por lado.\n\
             3 voltas:\n\
             - 15 agachamentos\n\
             - 10 afundos por perna\n\
             - 15 pontes\n\
             - 30 s sentado na parede\n\
             Descanse 60 s entre voltas.\n\
             Joelhos na linha dos pés. Responda FEITO ao terminar!",
        ),
        Weekday::Tuesday => (
            "Empurrar",
            "Empurrar.\n\
             Aquecimento: 2 min de giros de ombros.\n\
             4 voltas:\n\
             - 8-12 apoios (de joelhos vale)\n\
             - 10 mergulhos na cadeira\n\
             - 10 toques no ombro\n\
             - 30 s de prancha\n\
             Descanse 60 s.\n\
             Solte o ar ao empurrar. Responda FEITO ao terminar!",
        ),
        Weekday::Wednesday => (
            "Cardio leve",
            "Cardio leve.\n\
             25-30 min num ritmo em que ainda consegue falar: andar, bike ou trote.\n\
             A cada 5 min, 20 s um pouco mais forte.\n\
             Depois alongue panturrilhas, quadril e peito, 30 s cada.\n\
             Dias leves fazem os fortes valerem. Responda FEITO ao terminar!",
        ),
        Weekday::Thursday => (
            "Costas e centro",
            "Costas e centro.\n\
             Aquecimento: 10 gato-vaca, 10 giros de ombros.\n\
             3 voltas:\n\
             - 12 remadas com toalha ou mochila\n\
             - 12 super-homens\n\
             - 10 dead bugs por lado\n\
             - 20 s de prancha lateral por lado\n\
             Descanse 60 s.\n\
             Volte devagar. Responda FEITO ao terminar!",
        ),
        Weekday::Friday => (
            "Corpo inteiro",
            "Corpo inteiro.\n\
             Aquecimento: 3 min de marcha.\n\
             40 s de treino, 20 s de pausa, 4 voltas:\n\
             - agachar e alongar para cima\n\
             - escalador\n\
             - apoios\n\
             - passos de patinador\n\
             Sem saltos, se preferir.\n\
             Pare se ficar tonto ou se algo doer. Responda FEITO ao terminar!",
        ),
        Weekday::Saturday => (
            "Sua escolha",
            "Sua escolha.\n\
             Escolha 4: agachamento, apoio, remada, afundo, ponte, prancha.\n\
             3 séries de cada, parando 2 antes do limite. Descanse 90 s.\n\
             No fim, some uma ao que fez da outra vez.\n\
             Responda FEITO e conte o que escolheu!",
        ),
        Weekday::Sunday => (
            "Descanso ativo",
            "Descanso ativo.\n\
             Hoje sem treino. Ande 20 min ao ar livre.\n\
             Depois 5 min de alongamento: quadril, costas e pernas, 30 s por lado.\n\
             Planeje as horas da semana e beba muita agua.\n\
             Descansando se fica mais forte. Responda FEITO depois de andar!",
        ),
    };
    Workout { title, text }
}
