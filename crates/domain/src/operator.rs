//! The people who work with the service: a coach's team.

use crate::channel::words;

words! {
    /// What somebody of the team may do. Each may do what those after it may.
    Role {
        /// Everything, the team and its switches included.
        Owner = "owner",
        /// Write to members and change what is theirs.
        Coach = "coach",
        /// Look.
        Viewer = "viewer",
    }
}

impl Role {
    /// Whether this one may do what needs `needed`.
    pub fn may(self, needed: Self) -> bool {
        self <= needed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_may_do_what_those_after_it_may() {
        assert!(Role::Owner.may(Role::Coach) && Role::Coach.may(Role::Viewer));
        assert!(Role::Coach.may(Role::Coach));
        assert!(!Role::Coach.may(Role::Owner) && !Role::Viewer.may(Role::Coach));
    }
}
