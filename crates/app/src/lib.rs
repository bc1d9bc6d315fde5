//! The binary, as a library for the stories.
