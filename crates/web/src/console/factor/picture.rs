//! An address as a QR code, drawn as one path of an SVG element: no file, no request, no style of its own.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};

/// What a reader wants around it, in modules (ISO/IEC 18004).
const QUIET: usize = 4;

/// A QR code.
pub(super) struct Picture {
    /// How wide and high it is, in modules, with what stays empty around it.
    pub(super) size: usize,
    /// The dark modules, row by row.
    pub(super) path: String,
}

impl Picture {
    /// `None` where the text is longer than a code can hold.
    pub(super) fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let width = code.width();
        let colors = code.into_colors();
        let mut path = String::new();
        for (y, row) in colors.chunks(width).enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|one, next| one == next) {
                if run.first() == Some(&Color::Dark) {
                    let length = run.len();
                    let _ = write!(path, "M{} {}h{length}v1h-{length}z", x + QUIET, y + QUIET);
                }
                x += run.len();
            }
        }
        Some(Self {
            size: width + 2 * QUIET,
            path,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corner_that_readers_look_for_is_drawn() {
        let picture = Picture::of("otpauth://totp/GymText:Joana?secret=JBSW").unwrap();
        assert_eq!(
            (picture.size - 2 * QUIET) % 4,
            1,
            "17 and four for each version"
        );
        assert!(picture.path.starts_with("M4 4h7v1h-7z"), "{}", picture.path);
        assert!(picture.path.contains("M4 5h1v1h-1z"), "{}", picture.path);
        assert!(Picture::of(&"a".repeat(3_000)).is_none());
    }
}
