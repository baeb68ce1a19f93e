//! What there is: repositories, issues, comments, releases, and who may call.
//!
//! Every change goes through a method here and notes the events it causes in `outgoing`.

mod access;
mod acts;
mod find;
mod render;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

use crate::hooks::Event;
use crate::sim::Now;

pub use access::{Access, Permission};
pub use acts::Refused;
pub use find::{Listing, Sort};
pub(crate) use render::put;

/// The account behind an App or a token, and people.
#[derive(Clone, Debug)]
pub struct User {
    /// GitHub's number.
    pub id: u64,
    /// The name.
    pub login: String,
    /// Whether an App's bot account.
    pub bot: bool,
}

/// A repository.
#[derive(Clone, Debug)]
pub struct Repository {
    /// GitHub's number, which outlives names.
    pub id: u64,
    /// `acme/widgets`, as it is called now.
    pub full_name: String,
    /// What it was called before.
    pub former_names: Vec<String>,
    /// Whether it takes issues.
    pub has_issues: bool,
    /// Whether it is read-only.
    pub archived: bool,
    /// Its labels, by name.
    pub labels: BTreeMap<String, Label>,
    /// Issues and pull requests, by number.
    pub issues: BTreeMap<u64, Issue>,
    /// Its releases, the oldest first.
    pub releases: Vec<Release>,
    /// Who may push, besides its owner.
    pub collaborators: BTreeSet<String>,
    /// The merges of its history, the oldest first.
    pub commits: Vec<String>,
    /// Its files, by path.
    pub files: BTreeMap<String, String>,
}

/// A label.
#[derive(Clone, Debug)]
pub struct Label {
    /// GitHub's number.
    pub id: u64,
    /// What it is for.
    pub description: String,
}

/// An issue or a pull request.
#[derive(Clone, Debug)]
pub struct Issue {
    /// GitHub's number over all repositories.
    pub id: u64,
    /// Its number in the repository.
    pub number: u64,
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: String,
    /// Who opened it.
    pub author: String,
    /// `None` while it is open.
    pub closed: Option<Closed>,
    /// The names of its labels.
    pub labels: Vec<String>,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// When anything last changed.
    pub updated_at: DateTime<Utc>,
    /// What was said.
    pub comments: Vec<Comment>,
    /// Whether it is a pull request, and when it was merged.
    pub pull: Option<Pull>,
    /// Pull requests that mention it: repository, number, when.
    pub mentions: Vec<(String, u64, DateTime<Utc>)>,
    /// What was done to it, in order.
    pub deeds: Vec<Done>,
    /// Where it went.
    pub moved: Option<Moved>,
}

impl Issue {
    /// The commit that a pull request is merged by.
    pub fn merge_commit(&self) -> String {
        format!(
            "{:040x}",
            u128::from(self.id) << 96 | u128::from(self.id) << 40
        )
    }
}

/// A pull request's own facts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pull {
    /// When it was merged.
    pub merged_at: Option<DateTime<Utc>>,
}

/// How an issue was closed.
#[derive(Clone, Debug)]
pub struct Closed {
    /// `completed`, `not_planned`, `duplicate`.
    pub reason: &'static str,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: String,
}

/// Something that was done to an issue.
#[derive(Clone, Debug)]
pub struct Done {
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: String,
    /// What.
    pub deed: Deed,
}

/// What can be done to an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Closed: `completed`, `not_planned`, `duplicate`.
    Closed(&'static str),
    /// Opened again.
    Reopened,
    /// Given another title.
    Renamed {
        /// The title before.
        from: String,
        /// The title since.
        to: String,
    },
    /// Given a label.
    Labelled(String),
    /// Brought here from another repository.
    Transferred {
        /// Which.
        from: String,
    },
}

/// What became of an issue that is no longer here.
#[derive(Clone, Debug)]
pub enum Moved {
    /// Deleted.
    Deleted,
    /// To another repository.
    To(String, u64),
}

/// A comment.
#[derive(Clone, Debug)]
pub struct Comment {
    /// GitHub's number.
    pub id: u64,
    /// Who.
    pub author: String,
    /// What.
    pub body: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A release.
#[derive(Clone, Debug)]
pub struct Release {
    /// GitHub's number.
    pub id: u64,
    /// Its tag.
    pub tag: String,
    /// What it says.
    pub body: String,
    /// Whether it is not for everybody yet.
    pub prerelease: bool,
    /// The merges that are in it.
    pub commits: Vec<String>,
    /// When.
    pub published_at: DateTime<Utc>,
}

/// See the [module](self).
pub struct World {
    now: Now,
    search_lag: TimeDelta,
    /// Where people read issues.
    web: String,
    next_id: u64,
    users: BTreeMap<String, User>,
    repositories: Vec<Repository>,
    apps: Vec<access::App>,
    tokens: BTreeMap<String, Access>,
    pub(crate) outgoing: Vec<Event>,
}

impl World {
    pub(crate) fn new(now: Now, search_lag: TimeDelta, web: String) -> Self {
        Self {
            now,
            search_lag,
            web,
            next_id: 1_000,
            users: BTreeMap::new(),
            repositories: Vec::new(),
            apps: Vec::new(),
            tokens: BTreeMap::new(),
            outgoing: Vec::new(),
        }
    }

    /// The time of this world, in whole seconds as GitHub shows it.
    pub fn now(&self) -> DateTime<Utc> {
        (self.now)().trunc_subsecs(0)
    }

    fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// Makes an account, unless there is one of that name.
    pub fn add_user(&mut self, login: &str) {
        self.add_account(login, false);
    }

    fn add_account(&mut self, login: &str, bot: bool) {
        if self.users.contains_key(login) {
            return;
        }
        let user = User {
            id: self.id(),
            login: login.to_owned(),
            bot,
        };
        self.users.insert(login.to_owned(), user);
    }

    /// Makes a repository `owner/name`, with GitHub's usual labels.
    pub fn add_repository(&mut self, full_name: &str) {
        let owner = full_name.split('/').next().unwrap_or_default().to_owned();
        self.add_user(&owner);
        let repository = Repository {
            id: self.id(),
            full_name: full_name.to_owned(),
            former_names: Vec::new(),
            has_issues: true,
            archived: false,
            labels: BTreeMap::new(),
            issues: BTreeMap::new(),
            releases: Vec::new(),
            collaborators: BTreeSet::new(),
            commits: Vec::new(),
            files: BTreeMap::new(),
        };
        self.repositories.push(repository);
        for label in ["bug", "documentation", "enhancement", "question"] {
            self.add_label(full_name, label, "");
        }
    }

    /// Makes a label.
    pub fn add_label(&mut self, repository: &str, name: &str, description: &str) {
        let id = self.id();
        if let Some(repository) = self.find_mut(repository) {
            let label = Label {
                id,
                description: description.to_owned(),
            };
            repository.labels.insert(name.to_owned(), label);
        }
    }

    /// Puts a file into a repository.
    pub fn add_file(&mut self, repository: &str, path: &str, text: &str) {
        if let Some(repository) = self.find_mut(repository) {
            repository.files.insert(path.to_owned(), text.to_owned());
        }
    }

    /// Lets somebody push.
    pub fn add_collaborator(&mut self, repository: &str, login: &str) {
        self.add_user(login);
        if let Some(repository) = self.find_mut(repository) {
            repository.collaborators.insert(login.to_owned());
        }
    }

    /// Changes what a repository is like.
    pub fn set(&mut self, repository: &str, change: impl FnOnce(&mut Repository)) {
        if let Some(repository) = self.find_mut(repository) {
            change(repository);
        }
    }

    /// A repository by the name it has now.
    pub fn repository(&self, full_name: &str) -> Option<&Repository> {
        self.repositories
            .iter()
            .find(|known| known.full_name.eq_ignore_ascii_case(full_name))
    }

    /// An account.
    pub fn user(&self, login: &str) -> Option<&User> {
        self.users.get(login)
    }

    /// All repositories.
    pub fn repositories(&self) -> &[Repository] {
        &self.repositories
    }

    /// A repository by a name it once had, or by its number.
    pub(crate) fn former(&self, name_or_id: &str) -> Option<&Repository> {
        self.repositories.iter().find(|known| {
            known.id.to_string() == name_or_id
                || known
                    .former_names
                    .iter()
                    .any(|name| name.eq_ignore_ascii_case(name_or_id))
        })
    }

    /// An issue that is there.
    pub fn issue(&self, repository: &str, number: u64) -> Option<&Issue> {
        let issue = self.repository(repository)?.issues.get(&number)?;
        issue.moved.is_none().then_some(issue)
    }

    fn find_mut(&mut self, full_name: &str) -> Option<&mut Repository> {
        self.repositories
            .iter_mut()
            .find(|known| known.full_name.eq_ignore_ascii_case(full_name))
    }

    fn issue_mut(&mut self, repository: &str, number: u64) -> Option<&mut Issue> {
        let issue = self.find_mut(repository)?.issues.get_mut(&number)?;
        issue.moved.is_none().then_some(issue)
    }
}
