//! What reading one text of a member costs on one core: the keyword and everything a text may be. `cargo bench -p
//! gymtext-policy --bench reading` prints the fastest and the middle of many rounds over the tables of phrasings.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measurement reads the machine's clock and says what it found"
)]

use std::hint::black_box;
use std::time::Instant;

use jiff::civil::date;
use policy::coach::reading::parts;
use policy::keywords::recognise;
use policy::programme::shipped;

const TABLES: [(&str, &str); 3] = [
    ("en", include_str!("../src/coach/phrasings/en.txt")),
    ("es", include_str!("../src/coach/phrasings/es.txt")),
    ("pt", include_str!("../src/coach/phrasings/pt.txt")),
];

const ROUNDS: usize = 50;

fn main() {
    let today = date(2026, 11, 27);
    for (language, table) in TABLES {
        let texts: Vec<&str> = table
            .lines()
            .filter_map(|line| line.split_once(" | "))
            .map(|(_, text)| text)
            .collect();
        let course = shipped::all()
            .iter()
            .find(|one| one.slug == shipped::DEFAULT)
            .and_then(|one| one.course(language));
        let exercises = course.map_or(&[][..], |(_, course)| &course.exercises);
        let mut each: Vec<f64> = (0..ROUNDS)
            .map(|_| {
                let began = Instant::now();
                for text in &texts {
                    black_box(recognise(black_box(text), None));
                    black_box(parts(black_box(&[*text]), exercises, today));
                }
                began.elapsed().as_secs_f64() * 1e6
                    / f64::from(u32::try_from(texts.len()).unwrap_or(1))
            })
            .collect();
        each.sort_by(f64::total_cmp);
        if let (Some(fastest), Some(middle)) = (each.first(), each.get(ROUNDS / 2)) {
            println!(
                "{language}: {} texts, fastest {fastest:.1} µs each, middle {middle:.1} µs",
                texts.len()
            );
        }
    }
}
