//! The design system: styles, fonts, icons and the pieces pages are made of.
