//! CSV as RFC 4180 has it: read whole, and written so that no spreadsheet takes a cell for a formula (G36).

/// What is wrong with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CsvError {
    /// A quoted cell that never ends.
    #[error("line {0}: a quote is opened and never closed")]
    Open(usize),
    /// Letters behind a quoted cell.
    #[error("line {0}: something stands between a closing quote and the next comma")]
    Behind(usize),
}

/// A row with the line it begins in, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its line.
    pub line: usize,
    /// Its cells, without their quotes.
    pub cells: Vec<String>,
}

/// Reads a file; `;` and tabs separate, too, where the first line has no comma. Empty lines are left out.
pub fn read(text: &str) -> Result<Vec<Row>, CsvError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let first = text.lines().next().unwrap_or_default();
    let separator = [',', ';', '\t']
        .into_iter()
        .find(|one| first.contains(*one))
        .unwrap_or(',');
    let mut rows = Vec::new();
    let mut line = 1;
    let mut row = Row {
        line,
        cells: Vec::new(),
    };
    let mut letters = text.chars().peekable();
    while letters.peek().is_some() {
        let mut cell = String::new();
        if letters.next_if_eq(&'"').is_some() {
            let began = line;
            loop {
                match letters.next() {
                    None => return Err(CsvError::Open(began)),
                    Some('"') if letters.next_if_eq(&'"').is_some() => cell.push('"'),
                    Some('"') => break,
                    Some(letter) => {
                        line += usize::from(letter == '\n');
                        cell.push(letter);
                    }
                }
            }
        } else {
            while let Some(letter) =
                letters.next_if(|letter| *letter != separator && !matches!(letter, '\n' | '\r'))
            {
                cell.push(letter);
            }
        }
        row.cells.push(cell);
        match letters.next() {
            Some(letter) if letter == separator => {
                if letters.peek().is_none() {
                    row.cells.push(String::new());
                }
                continue;
            }
            Some('\r' | '\n') | None => {}
            Some(_) => return Err(CsvError::Behind(line)),
        }
        // A line may end with both.
        letters.next_if_eq(&'\n');
        line += 1;
        let next = Row {
            line,
            cells: Vec::new(),
        };
        let whole = std::mem::replace(&mut row, next);
        if whole.cells.iter().any(|cell| !cell.trim().is_empty()) {
            rows.push(whole);
        }
    }
    if row.cells.iter().any(|cell| !cell.trim().is_empty()) {
        rows.push(row);
    }
    Ok(rows)
}

/// A row as it is written, with its line end.
pub fn row<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let mut out = String::new();
    for (at, one) in cells.into_iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        let safe = neutral(one);
        if safe.contains([',', '"', '\n', '\r', ';', '\t']) {
            out.push('"');
            out.push_str(&safe.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(&safe);
        }
    }
    out.push_str("\r\n");
    out
}

/// Whether a spreadsheet would calculate what begins like this.
fn is_formula(cell: &str) -> bool {
    cell.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// A cell that is words, whatever it begins with.
fn neutral(cell: &str) -> String {
    let cell = cell.replace('\0', "");
    if is_formula(&cell) {
        format!("'{cell}")
    } else {
        cell
    }
}

/// A cell without the apostrophe that made it words.
pub fn plain(cell: &str) -> &str {
    let cell = cell.trim();
    match cell.strip_prefix('\'') {
        Some(rest) if is_formula(rest) => rest,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Vec<Vec<String>> {
        let rows = read(text).unwrap();
        rows.into_iter().map(|row| row.cells).collect()
    }

    #[test]
    fn what_is_written_reads_back() {
        let hard = ["a,b", "say \"hi\"", "two\nlines", "ü;x", "", "plain"];
        assert_eq!(cells(&row(hard)), [hard.map(str::to_owned).to_vec()]);
    }

    #[test]
    fn no_cell_is_a_formula() {
        for formula in ["=1+1", "+14155550123", "-1", "@SUM(A1)", "\tx", "\rx"] {
            let written = row([formula]);
            let back = cells(&written);
            assert_eq!(back, [[format!("'{formula}")]], "{written:?}");
            assert_eq!(plain(&back[0][0]), formula.trim_end());
        }
        assert_eq!(plain("'t Hooft"), "'t Hooft");
    }

    #[test]
    fn lines_are_counted_and_empty_ones_left_out() {
        let rows = read("\u{feff}name,phone\r\n\r\n\"A\nB\",1\nC,\n").unwrap();
        let told: Vec<(usize, usize)> =
            rows.iter().map(|row| (row.line, row.cells.len())).collect();
        assert_eq!(told, [(1, 2), (3, 2), (5, 2)]);
        assert_eq!(cells("a;b\n1;2"), [["a", "b"], ["1", "2"]]);
        assert_eq!(read("a,\"b"), Err(CsvError::Open(1)));
        assert_eq!(read("\"a\"b,c"), Err(CsvError::Behind(1)));
    }
}
