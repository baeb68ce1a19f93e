//! What people and programs do.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::render::put;
use super::{Closed, Comment, Deed, Done, Issue, Moved, Pull, Release, World};
use crate::hooks::Event;

/// Why GitHub does not do a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// There is no such thing, or the caller may not know of it.
    NotFound,
    /// The repository takes no issues, or the issue is deleted.
    Gone,
    /// The repository is read-only.
    Archived,
    /// Something about the words.
    Invalid(&'static str),
}

/// The longest title and body. Source: what GitHub answers ("title is too long (maximum is 256
/// characters)", "body is too long (maximum is 65536 characters)").
const TITLE: usize = 256;
const BODY: usize = 65_536;

impl Issue {
    fn note(&mut self, at: DateTime<Utc>, by: &str, deed: Deed) {
        let by = by.to_owned();
        self.deeds.push(Done { at, by, deed });
    }
}

impl World {
    /// Opens an issue; gives its number. Labels that are not there are made, as GitHub does for
    /// who may push.
    pub fn open_issue(
        &mut self,
        repository: &str,
        author: &str,
        title: &str,
        body: &str,
        labels: &[String],
    ) -> Result<u64, Refused> {
        let number = self.insert(repository, author, title, body, labels, None)?;
        self.tell_issue("opened", repository, number, author);
        Ok(number)
    }

    /// Opens a pull request that mentions an issue of the same repository; gives its number.
    pub fn open_pull(
        &mut self,
        repository: &str,
        author: &str,
        title: &str,
        fixes: u64,
    ) -> Result<u64, Refused> {
        let body = format!("Fixes #{fixes}");
        let number = self.insert(repository, author, title, &body, &[], Some(Pull::default()))?;
        let now = self.now();
        let issue = self.issue_mut(repository, fixes).ok_or(Refused::NotFound)?;
        issue.mentions.push((repository.to_owned(), number, now));
        issue.updated_at = now;
        Ok(number)
    }

    /// Merges a pull request, which closes the issues it fixes.
    pub fn merge(&mut self, repository: &str, pull: u64, by: &str) -> Result<(), Refused> {
        let now = self.now();
        let merged = self.issue_mut(repository, pull).ok_or(Refused::NotFound)?;
        merged.pull = Some(Pull {
            merged_at: Some(now),
        });
        merged.closed = Some(Closed {
            reason: "completed",
            at: now,
            by: by.to_owned(),
        });
        merged.updated_at = now;
        let commit = merged.merge_commit();
        if let Some(place) = self.find_mut(repository) {
            place.commits.push(commit);
        }
        let fixed: Vec<u64> = self
            .repository(repository)
            .into_iter()
            .flat_map(|known| &known.issues)
            .filter(|(_, issue)| {
                issue
                    .mentions
                    .iter()
                    .any(|(place, number, _)| place == repository && *number == pull)
            })
            .map(|(number, _)| *number)
            .collect();
        for number in fixed {
            self.close(repository, number, by, "completed")?;
        }
        Ok(())
    }

    fn insert(
        &mut self,
        repository: &str,
        author: &str,
        title: &str,
        body: &str,
        labels: &[String],
        pull: Option<Pull>,
    ) -> Result<u64, Refused> {
        if title.trim().is_empty() {
            return Err(Refused::Invalid("title can't be blank"));
        }
        if title.chars().count() > TITLE {
            return Err(Refused::Invalid(
                "title is too long (maximum is 256 characters)",
            ));
        }
        if body.chars().count() > BODY {
            return Err(Refused::Invalid(
                "body is too long (maximum is 65536 characters)",
            ));
        }
        self.add_user(author);
        let (id, now) = (self.id(), self.now());
        let place = self.find_mut(repository).ok_or(Refused::NotFound)?;
        if place.archived {
            return Err(Refused::Archived);
        }
        if !place.has_issues && pull.is_none() {
            return Err(Refused::Gone);
        }
        let missing: Vec<String> = labels
            .iter()
            .filter(|&label| !place.labels.contains_key(label))
            .cloned()
            .collect();
        let number = place.issues.keys().last().map_or(1, |last| last + 1);
        let issue = Issue {
            id,
            number,
            title: title.to_owned(),
            body: body.to_owned(),
            author: author.to_owned(),
            closed: None,
            labels: labels.to_vec(),
            created_at: now,
            updated_at: now,
            comments: Vec::new(),
            pull,
            mentions: Vec::new(),
            deeds: Vec::new(),
            moved: None,
        };
        place.issues.insert(number, issue);
        for label in missing {
            self.add_label(repository, &label, "");
        }
        Ok(number)
    }

    /// Says something; gives the comment's number.
    pub fn comment(
        &mut self,
        repository: &str,
        number: u64,
        author: &str,
        body: &str,
    ) -> Result<u64, Refused> {
        if body.trim().is_empty() {
            return Err(Refused::Invalid("Body cannot be blank"));
        }
        self.add_user(author);
        let (id, now) = (self.id(), self.now());
        let issue = self
            .issue_mut(repository, number)
            .ok_or(Refused::NotFound)?;
        issue.comments.push(Comment {
            id,
            author: author.to_owned(),
            body: body.to_owned(),
            created_at: now,
            updated_at: now,
        });
        issue.updated_at = now;
        let comment = self.comment_json(repository, number, id);
        let mut payload = self.issue_event("created", repository, number, author);
        put(&mut payload, "comment", comment);
        self.tell("issue_comment", payload);
        Ok(id)
    }

    /// Says something else in a comment.
    pub fn edit_comment(
        &mut self,
        repository: &str,
        comment: u64,
        by: &str,
        body: &str,
    ) -> Result<(), Refused> {
        let at = self.now();
        let (number, said) = self.comment_mut(repository, comment)?;
        let before = std::mem::replace(&mut said.body, body.to_owned());
        said.updated_at = at;
        if let Some(issue) = self.issue_mut(repository, number) {
            issue.updated_at = at;
        }
        let shown = self.comment_json(repository, number, comment);
        let mut payload = self.issue_event("edited", repository, number, by);
        put(&mut payload, "comment", shown);
        put(&mut payload, "changes", json!({"body": {"from": before}}));
        self.tell("issue_comment", payload);
        Ok(())
    }

    /// Deletes a comment.
    pub fn delete_comment(
        &mut self,
        repository: &str,
        comment: u64,
        by: &str,
    ) -> Result<(), Refused> {
        let at = self.now();
        let (number, _) = self.comment_mut(repository, comment)?;
        let shown = self.comment_json(repository, number, comment);
        if let Some(issue) = self.issue_mut(repository, number) {
            issue.comments.retain(|known| known.id != comment);
            issue.updated_at = at;
        }
        let mut payload = self.issue_event("deleted", repository, number, by);
        put(&mut payload, "comment", shown);
        self.tell("issue_comment", payload);
        Ok(())
    }

    fn comment_mut(
        &mut self,
        repository: &str,
        comment: u64,
    ) -> Result<(u64, &mut Comment), Refused> {
        let place = self.find_mut(repository).ok_or(Refused::NotFound)?;
        place
            .issues
            .values_mut()
            .find_map(|issue| {
                let known = issue
                    .comments
                    .iter_mut()
                    .find(|known| known.id == comment)?;
                Some((issue.number, known))
            })
            .ok_or(Refused::NotFound)
    }

    /// Closes an issue: `completed`, `not_planned` or `duplicate`.
    pub fn close(
        &mut self,
        repository: &str,
        number: u64,
        by: &str,
        reason: &'static str,
    ) -> Result<(), Refused> {
        let (issue, at) = self.touched(repository, number, by)?;
        issue.closed = Some(Closed {
            reason,
            at,
            by: by.to_owned(),
        });
        issue.note(at, by, Deed::Closed(reason));
        self.tell_issue("closed", repository, number, by);
        Ok(())
    }

    /// Opens an issue again.
    pub fn reopen(&mut self, repository: &str, number: u64, by: &str) -> Result<(), Refused> {
        let (issue, at) = self.touched(repository, number, by)?;
        issue.closed = None;
        issue.note(at, by, Deed::Reopened);
        self.tell_issue("reopened", repository, number, by);
        Ok(())
    }

    /// Gives an issue another title.
    pub fn rename(
        &mut self,
        repository: &str,
        number: u64,
        by: &str,
        title: &str,
    ) -> Result<(), Refused> {
        let (issue, at) = self.touched(repository, number, by)?;
        let before = std::mem::replace(&mut issue.title, title.to_owned());
        let (from, to) = (before.clone(), title.to_owned());
        issue.note(at, by, Deed::Renamed { from, to });
        let mut payload = self.issue_event("edited", repository, number, by);
        put(&mut payload, "changes", json!({"title": {"from": before}}));
        self.tell("issues", payload);
        Ok(())
    }

    /// Puts a label on an issue.
    pub fn label(
        &mut self,
        repository: &str,
        number: u64,
        by: &str,
        label: &str,
    ) -> Result<(), Refused> {
        let (issue, at) = self.touched(repository, number, by)?;
        if !issue.labels.iter().any(|known| known == label) {
            issue.labels.push(label.to_owned());
            issue.note(at, by, Deed::Labelled(label.to_owned()));
        }
        let mut payload = self.issue_event("labeled", repository, number, by);
        put(&mut payload, "label", self.label_json(repository, label));
        self.tell("issues", payload);
        Ok(())
    }

    /// Deletes an issue.
    pub fn delete(&mut self, repository: &str, number: u64, by: &str) -> Result<(), Refused> {
        self.add_user(by);
        let payload = self.issue_event("deleted", repository, number, by);
        let issue = self
            .issue_mut(repository, number)
            .ok_or(Refused::NotFound)?;
        issue.moved = Some(Moved::Deleted);
        self.tell("issues", payload);
        Ok(())
    }

    /// Moves an issue to another repository; gives its number there.
    pub fn transfer(
        &mut self,
        repository: &str,
        number: u64,
        by: &str,
        to: &str,
    ) -> Result<u64, Refused> {
        let issue = self
            .issue(repository, number)
            .ok_or(Refused::NotFound)?
            .clone();
        let labels = issue.labels.clone();
        let new = self.insert(to, &issue.author, &issue.title, &issue.body, &labels, None)?;
        let now = self.now();
        if let Some(there) = self.issue_mut(to, new) {
            there.comments = issue.comments;
            there.closed = issue.closed;
            there.deeds = issue.deeds;
            let from = repository.to_owned();
            there.note(now, by, Deed::Transferred { from });
            there.created_at = issue.created_at;
            there.updated_at = now;
        }
        let mut payload = self.issue_event("transferred", repository, number, by);
        let changes = json!({
            "new_issue": self.issue_payload(to, new),
            "new_repository": self.repository_json(to),
        });
        put(&mut payload, "changes", changes);
        let here = self
            .issue_mut(repository, number)
            .ok_or(Refused::NotFound)?;
        here.moved = Some(Moved::To(to.to_owned(), new));
        self.tell("issues", payload);
        self.tell_issue("opened", to, new, by);
        Ok(new)
    }

    /// Gives a repository another name.
    pub fn rename_repository(&mut self, from: &str, to: &str) {
        if let Some(repository) = self.find_mut(from) {
            let before = std::mem::replace(&mut repository.full_name, to.to_owned());
            repository.former_names.push(before);
        }
        for access in self
            .tokens
            .values_mut()
            .chain(self.apps.iter_mut().map(|app| &mut app.access))
        {
            for known in &mut access.repositories {
                if known.eq_ignore_ascii_case(from) {
                    to.clone_into(known);
                }
            }
        }
    }

    /// Publishes a release of everything that was merged.
    pub fn release(&mut self, repository: &str, by: &str, tag: &str, body: &str, prerelease: bool) {
        let all = self
            .repository(repository)
            .map(|place| place.commits.clone());
        self.release_of(
            repository,
            by,
            (tag, body),
            prerelease,
            all.unwrap_or_default(),
        );
    }

    /// Publishes a release of these merges alone, as of an older line.
    pub fn release_of(
        &mut self,
        repository: &str,
        by: &str,
        (tag, body): (&str, &str),
        prerelease: bool,
        commits: Vec<String>,
    ) {
        self.add_user(by);
        let (id, published_at) = (self.id(), self.now());
        if let Some(place) = self.find_mut(repository) {
            place.releases.push(Release {
                id,
                tag: tag.to_owned(),
                body: body.to_owned(),
                prerelease,
                commits,
                published_at,
            });
            let payload = json!({
                "action": "published",
                "release": self.release_payload(repository, id, by),
                "repository": self.repository_json(repository),
                "sender": self.user_json(by),
            });
            self.tell("release", payload);
        }
    }

    /// An issue that somebody changes now.
    fn touched(
        &mut self,
        repository: &str,
        number: u64,
        by: &str,
    ) -> Result<(&mut Issue, DateTime<Utc>), Refused> {
        self.add_user(by);
        let at = self.now();
        let issue = self
            .issue_mut(repository, number)
            .ok_or(Refused::NotFound)?;
        issue.updated_at = at;
        Ok((issue, at))
    }

    fn tell(&mut self, name: &'static str, payload: Value) {
        self.outgoing.push(Event { name, payload });
    }

    fn tell_issue(&mut self, action: &str, repository: &str, number: u64, by: &str) {
        let payload = self.issue_event(action, repository, number, by);
        self.tell("issues", payload);
    }
}
