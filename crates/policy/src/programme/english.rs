//! The programme in English.

use jiff::civil::Weekday;

use super::Workout;

/// The workout of a day of the week.
pub(super) const fn workout(day: Weekday) -> Workout {
    let (title, text) = match day {
        Weekday::Monday => (
            "Legs and glutes",
            "Legs and glutes.\n\
             Warm up: 3 min easy march, 10 hip circles each way.\n\
             3 rounds:\n\
             - 15 squats\n\
             - 10 reverse lunges per leg\n\
             - 15 glute bridges\n\
             - 30 s wall sit\n\
             Rest 60 s between rounds.\n\
             Knees in line with your toes. Reply DONE when you finish!",
        ),
        Weekday::Tuesday => (
            "Push day",
            "Push day.\n\
             Warm up: 2 min arm circles and shoulder rolls.\n\
             4 rounds:\n\
             - 8-12 push-ups (knees are fine)\n\
             - 10 chair dips\n\
             - 10 pike push-ups or shoulder taps\n\
             - 30 s plank\n\
             Rest 60 s.\n\
             Keep your ribs down and breathe out as you push. Reply DONE when you finish!",
        ),
        Weekday::Wednesday => (
            "Easy cardio",
            "Easy cardio.\n\
             25-30 min at a pace where you can still talk: brisk walk, bike or jog.\n\
             Every 5 min: 20 s a little faster.\n\
             Then stretch calves, hips and chest, 30 s each.\n\
             Easy days make the hard ones work. Reply DONE when you finish!",
        ),
        Weekday::Thursday => (
            "Pull and core",
            "Pull and core.\n\
             Warm up: 10 cat-cows, 10 arm swings.\n\
             3 rounds:\n\
             - 12 towel or backpack rows\n\
             - 12 supermans\n\
             - 10 dead bugs per side\n\
             - 20 s side plank per side\n\
             Rest 60 s.\n\
             Slow on the way down. Reply DONE when you finish!",
        ),
        Weekday::Friday => (
            "Full body intervals",
            "Full body intervals.\n\
             Warm up: 3 min easy march.\n\
             40 s work, 20 s rest, 4 rounds of:\n\
             - squat to reach\n\
             - mountain climbers\n\
             - push-ups\n\
             - skater steps\n\
             No jumping needed: step it.\n\
             Stop if you feel dizzy or something hurts. Reply DONE when you finish!",
        ),
        Weekday::Saturday => (
            "Strength, your pick",
            "Strength, your pick.\n\
             Choose 4: squats, push-ups, rows, lunges, bridges, plank.\n\
             3 sets of each, 2 reps short of your limit. Rest 90 s.\n\
             On the last set of each, add one rep to what you did last time.\n\
             Reply DONE and tell me what you picked!",
        ),
        Weekday::Sunday => (
            "Rest and move",
            "Rest and move.\n\
             No training today. Take a 20 min walk outside.\n\
             Then 5 min on the floor: child's pose, hip flexors, hamstrings, 30 s each side.\n\
             Plan your hours for the week and drink water.\n\
             Rest is where you get stronger. Reply DONE after your walk!",
        ),
    };
    Workout { title, text }
}
