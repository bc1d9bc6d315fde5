//! Who follows a programme, where they stand in it, and what another version of it would bring them next.

use std::collections::BTreeMap;

use domain::MemberId;
use jiff::ToSpan as _;
use jiff::civil::Date;
use store::questions::{FollowerCounts, FollowersOf};
use store::records::{Member, Rhythm};

use super::{Library, Programme};
use crate::training::{Today, enrolment, today};
use crate::{Engine, EngineError};

/// Somebody who follows a programme.
#[derive(Clone, Debug)]
pub struct Follower {
    /// Who.
    pub member: Member,
    /// Their local date of its first day.
    pub started_on: Date,
    /// What their day today brings.
    pub today: Option<Today>,
}

/// What tomorrow brings somebody, as things are and with other words.
#[derive(Clone, Debug)]
pub struct NextDay {
    /// Who.
    pub member: Member,
    /// Their local date.
    pub date: Date,
    /// As things are.
    pub now: Option<Today>,
    /// With the other words.
    pub then: Option<Today>,
}

impl Engine {
    /// How many follow each programme there is. Who follows one that is gone, or none, follows the default one.
    pub async fn follower_counts(&self) -> Result<BTreeMap<String, u64>, EngineError> {
        let library = self.programmes().await?;
        let mut counts = BTreeMap::new();
        for (name, count) in self.ask().question(FollowerCounts).await? {
            if let Some(offered) = library.followed(&name) {
                *counts.entry(offered.programme.slug.clone()).or_default() += count;
            }
        }
        Ok(counts)
    }

    /// Who follows a programme, after somebody: at most `limit`.
    pub async fn followers(
        &self,
        slug: &str,
        after: Option<MemberId>,
        limit: u32,
    ) -> Result<Vec<Follower>, EngineError> {
        let library = self.programmes().await?;
        let found = self.who_follows(&library, slug, after, limit).await?;
        let followers = found.into_iter().map(|(member, rhythm)| {
            let date = self.local_date(&member.profile.time_zone);
            Follower {
                started_on: enrolment(&member, &rhythm).started_on,
                today: today(&library, &member, &rhythm, date),
                member,
            }
        });
        Ok(followers.collect())
    }

    /// What tomorrow brings some who follow a programme, and what it would bring them with these words.
    pub async fn next_days(
        &self,
        programme: &Programme,
        some: u32,
    ) -> Result<Vec<NextDay>, EngineError> {
        let library = self.programmes().await?;
        let other = library.trying(programme.clone());
        let found = self
            .who_follows(&library, &programme.slug, None, some)
            .await?;
        let days = found.into_iter().filter_map(|(member, rhythm)| {
            let date = self.local_date(&member.profile.time_zone);
            let date = date.checked_add(1.days()).ok()?;
            Some(NextDay {
                now: today(&library, &member, &rhythm, date),
                then: today(&other, &member, &rhythm, date),
                date,
                member,
            })
        });
        Ok(days.collect())
    }

    async fn who_follows(
        &self,
        library: &Library,
        slug: &str,
        after: Option<MemberId>,
        limit: u32,
    ) -> Result<Vec<(Member, Rhythm)>, EngineError> {
        let names = self.ask().question(FollowerCounts).await?;
        let programmes = names
            .into_iter()
            .map(|(name, _)| name)
            .filter(|name| {
                let followed = library.followed(name);
                followed.is_some_and(|one| one.programme.slug == slug)
            })
            .collect();
        let asked = FollowersOf {
            programmes,
            after,
            limit,
        };
        let members = self.ask().question(asked).await?;
        let rhythms = self.rhythms(&members).await?;
        Ok(members.into_iter().zip(rhythms).collect())
    }
}
