//! Texts of members brought into one form, so that they can be compared.
