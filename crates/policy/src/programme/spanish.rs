//! The programme in Spanish.

use jiff::civil::Weekday;

use super::Workout;

/// The workout of a day of the week.
pub(super) const fn workout(day: Weekday) -> Workout {
    let (title, text) = match day {
        Weekday::Monday => (
            "Piernas",
            "Piernas.\n\
             Calienta: 3 min de marcha suave, 10 giros de cadera por lado.\n\
             3 rondas:\n\
             - 15 sentadillas\n\
             - 10 zancadas por pierna\n\
             - 15 puentes\n\
             - 30 s sentado en la pared\n\
             Descansa 60 s entre rondas.\n\
             Rodillas alineadas con los pies. Responde HECHO al acabar!",
        ),
        Weekday::Tuesday => (
            "Empuje",
            "Empuje.\n\
             Calienta: 2 min de brazos y hombros.\n\
             4 rondas:\n\
             - 8-12 flexiones (con rodillas vale)\n\
             - 10 fondos en silla\n\
             - 10 toques de hombro\n\
             - 30 s de plancha\n\
             Descansa 60 s.\n\
             Suelta el aire al empujar. Responde HECHO al acabar!",
        ),
        Weekday::Wednesday => (
            "Cardio suave",
            "Cardio suave.\n\
             25-30 min a un ritmo en el que puedas hablar: caminar, bici o trote.\n\
             Cada 5 min, 20 s un poco fuerte.\n\
             Luego estira gemelos, cadera y pecho, 30 s cada uno.\n\
             Los dias suaves hacen que los duros sirvan. Responde HECHO al acabar!",
        ),
        Weekday::Thursday => (
            "Espalda y centro",
            "Espalda y centro.\n\
             Calienta: 10 gato-vaca, 10 giros de brazos.\n\
             3 rondas:\n\
             - 12 remos con toalla o mochila\n\
             - 12 supermanes\n\
             - 10 bichos muertos por lado\n\
             - 20 s de plancha lateral por lado\n\
             Descansa 60 s.\n\
             Baja despacio. Responde HECHO al acabar!",
        ),
        Weekday::Friday => (
            "Todo el cuerpo",
            "Todo el cuerpo.\n\
             Calienta: 3 min de marcha.\n\
             40 s de trabajo, 20 s de pausa, 4 rondas:\n\
             - sentadilla y brazos arriba\n\
             - escaladores\n\
             - flexiones\n\
             - pasos de patinador\n\
             No hace falta saltar.\n\
             Para si te mareas o algo duele. Responde HECHO al acabar!",
        ),
        Weekday::Saturday => (
            "Fuerza a tu gusto",
            "Fuerza a tu gusto.\n\
             Elige 4: sentadillas, flexiones, remos, zancadas, puentes, plancha.\n\
             3 series de cada, a 2 repeticiones de tu tope. Descansa 90 s.\n\
             En la serie final suma una a lo que hiciste antes.\n\
             Responde HECHO y cuéntame qué has elegido!",
        ),
        Weekday::Sunday => (
            "Descanso activo",
            "Descanso activo.\n\
             Hoy no se entrena. Camina 20 min al aire libre.\n\
             Luego 5 min en el suelo: postura del niño, cadera e isquios, 30 s por lado.\n\
             Planea tus horas de la semana y bebe agua.\n\
             En el descanso te haces fuerte. Responde HECHO tras tu paseo!",
        ),
    };
    Workout { title, text }
}
