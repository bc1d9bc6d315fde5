//! Variables: their shape, their order, where they stand, their samples.

use super::super::placeholders::{Piece, pieces};
use super::super::{Template, Wording};
use super::{Notes, Rule};
use crate::words::Plain;

/// The most variables of a template.
const VARIABLES_MAX: usize = 100;

pub(super) fn of_a_wording(template: &Template, wording: &Wording, notes: &mut Notes<'_>) {
    let pieces = pieces(&wording.body);
    shape(&pieces, notes);
    places(&pieces, notes);
    let used = numbers(&pieces);
    numbering(&used, notes);
    declared(template, &used, notes);
    ratio(&pieces, used.len(), notes);
    samples(template, wording, notes);
}

fn shape(pieces: &[Piece<'_>], notes: &mut Notes<'_>) {
    for piece in pieces {
        match piece {
            Piece::Broken(rest) => {
                let shown: String = rest.chars().take(12).collect();
                notes.add(
                    Rule::VariableShape,
                    format!("`{shown}` has braces that are no variable"),
                );
            }
            Piece::Variable(inside)
                if inside.parse::<usize>().is_err() || inside.starts_with('+') =>
            {
                notes.add(
                    Rule::VariableShape,
                    format!("`{{{{{inside}}}}}` is no numbered variable"),
                );
            }
            Piece::Variable(_) | Piece::Words(_) => {}
        }
    }
}

/// At the edges, and next to each other.
fn places(pieces: &[Piece<'_>], notes: &mut Notes<'_>) {
    let told: Vec<&Piece<'_>> = pieces
        .iter()
        .filter(|piece| !matches!(piece, Piece::Words(words) if words.trim().is_empty()))
        .collect();
    if matches!(told.first(), Some(Piece::Variable(_))) {
        notes.add(Rule::VariableAtEdge, "the text begins with a variable");
    }
    if matches!(told.last(), Some(Piece::Variable(_))) {
        notes.add(Rule::VariableAtEdge, "the text ends with a variable");
    }
    let worded: Vec<&&Piece<'_>> = told
        .iter()
        .filter(
            |piece| !matches!(piece, Piece::Words(words) if !words.contains(char::is_alphanumeric)),
        )
        .collect();
    for pair in worded.windows(2) {
        if let [Piece::Variable(a), Piece::Variable(b)] = pair {
            notes.add(
                Rule::VariablesAdjacent,
                format!("`{{{{{a}}}}}` and `{{{{{b}}}}}` stand next to each other"),
            );
        }
    }
}

/// The numbers in the text, each once, as they first appear.
fn numbers(pieces: &[Piece<'_>]) -> Vec<usize> {
    let mut used = Vec::new();
    for piece in pieces {
        if let Piece::Variable(inside) = piece
            && let Ok(number) = inside.parse::<usize>()
            && !used.contains(&number)
        {
            used.push(number);
        }
    }
    used
}

fn numbering(used: &[usize], notes: &mut Notes<'_>) {
    if used
        .iter()
        .zip(1..)
        .any(|(number, wanted)| *number != wanted)
    {
        let shown: Vec<_> = used.iter().map(ToString::to_string).collect();
        notes.add(
            Rule::VariablesNumbering,
            format!("its variables appear as {}", shown.join(", ")),
        );
    }
}

fn declared(template: &Template, used: &[usize], notes: &mut Notes<'_>) {
    let count = template.variables.len();
    if count > VARIABLES_MAX {
        notes.add(
            Rule::VariablesTooMany,
            format!("it declares {count} variables"),
        );
    }
    for number in used
        .iter()
        .filter(|number| **number > count || **number == 0)
    {
        notes.add(
            Rule::VariableUndeclared,
            format!("`{{{{{number}}}}}` is not declared"),
        );
    }
    for (variable, number) in template.variables.iter().zip(1..) {
        if !used.contains(&number) {
            notes.add(
                Rule::VariableUnused,
                format!("the text has no `{{{{{number}}}}}` for `{}`", variable.name),
            );
        }
        let earlier = template.variables.iter().take(number - 1);
        if earlier.into_iter().any(|one| one.name == variable.name) {
            notes.add(
                Rule::VariableTwice,
                format!("two variables are called `{}`", variable.name),
            );
        }
    }
}

fn ratio(pieces: &[Piece<'_>], count: usize, notes: &mut Notes<'_>) {
    let words: usize = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Words(words) => Plain::of(words).words().len(),
            Piece::Variable(_) | Piece::Broken(_) => 0,
        })
        .sum();
    if count > 0 && words < 2 * count + 1 {
        notes.add(
            Rule::VariablesRatio,
            format!("{words} words are too few for {count} variables"),
        );
    }
}

fn samples(template: &Template, wording: &Wording, notes: &mut Notes<'_>) {
    let (given, wanted) = (wording.samples.len(), template.variables.len());
    if given != wanted {
        notes.add(
            Rule::SampleMissing,
            format!("it has {given} samples for {wanted} variables"),
        );
    }
    for (variable, sample) in template.variables.iter().zip(&wording.samples) {
        if sample.trim().is_empty() {
            notes.add(
                Rule::SampleMissing,
                format!("the sample of `{}` is empty", variable.name),
            );
        } else if let Some(why) = variable.kind.refuses(sample) {
            notes.add(
                Rule::SampleShape,
                format!("the sample of `{}` cannot be sent: {why}", variable.name),
            );
        }
    }
}
