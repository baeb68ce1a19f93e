//! The world as JSON, in the shapes that GitHub's description requires.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::access::App;
use super::{Access, Comment, Deed, Done, Issue, Release, Repository, World};

const API: &str = "https://api.github.com";

/// The addresses of a repository that nobody here asks for: name and what follows its own.
const REPOSITORY_URLS: [(&str, &str); 36] = [
    ("archive_url", "/{archive_format}{/ref}"),
    ("assignees_url", "/assignees{/user}"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("branches_url", "/branches{/branch}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("comments_url", "/comments{/number}"),
    ("commits_url", "/commits{/sha}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("contents_url", "/contents/{+path}"),
    ("contributors_url", "/contributors"),
    ("deployments_url", "/deployments"),
    ("downloads_url", "/downloads"),
    ("events_url", "/events"),
    ("forks_url", "/forks"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("hooks_url", "/hooks"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("issue_events_url", "/issues/events{/number}"),
    ("issues_url", "/issues{/number}"),
    ("keys_url", "/keys{/key_id}"),
    ("labels_url", "/labels{/name}"),
    ("languages_url", "/languages"),
    ("merges_url", "/merges"),
    ("milestones_url", "/milestones{/number}"),
    (
        "notifications_url",
        "/notifications{?since,all,participating}",
    ),
    ("pulls_url", "/pulls{/number}"),
    ("releases_url", "/releases{/id}"),
    ("stargazers_url", "/stargazers"),
    ("statuses_url", "/statuses/{sha}"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("tags_url", "/tags"),
    ("teams_url", "/teams"),
    ("trees_url", "/git/trees{/sha}"),
];

fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn node(kind: &str, id: u64) -> String {
    format!("{kind}_{id}")
}

/// Adds a field to an object.
pub(crate) fn put(object: &mut Value, key: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(key.to_owned(), value);
    }
}

fn reactions(url: &str) -> Value {
    json!({"url": format!("{url}/reactions"), "total_count": 0, "+1": 0, "-1": 0, "laugh": 0,
        "confused": 0, "heart": 0, "hooray": 0, "eyes": 0, "rocket": 0})
}

impl World {
    pub(crate) fn user_json(&self, login: &str) -> Value {
        let web = &self.web;
        let (id, bot) = self
            .users
            .get(login)
            .map_or((1, false), |user| (user.id, user.bot));
        let name = login.replace("[bot]", "%5Bbot%5D");
        let api = format!("{API}/users/{name}");
        json!({
            "login": login, "id": id, "node_id": node("U", id), "gravatar_id": "",
            "avatar_url": format!("https://avatars.githubusercontent.com/u/{id}"),
            "url": api, "html_url": format!("{web}/{name}"),
            "followers_url": format!("{api}/followers"),
            "following_url": format!("{api}/following{{/other_user}}"),
            "gists_url": format!("{api}/gists{{/gist_id}}"),
            "starred_url": format!("{api}/starred{{/owner}}{{/repo}}"),
            "subscriptions_url": format!("{api}/subscriptions"),
            "organizations_url": format!("{api}/orgs"),
            "repos_url": format!("{api}/repos"),
            "events_url": format!("{api}/events{{/privacy}}"),
            "received_events_url": format!("{api}/received_events"),
            "type": if bot { "Bot" } else { "User" }, "site_admin": false,
        })
    }

    /// The account of whoever asks, with the rest of a public profile.
    pub(crate) fn profile_json(&self, login: &str) -> Value {
        let mut user = self.user_json(login);
        let more = json!({
            "name": login, "company": null, "blog": "", "location": null, "email": null,
            "hireable": null, "bio": null, "public_repos": 0, "public_gists": 0, "followers": 0,
            "following": 0, "created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z",
        });
        if let (Some(user), Value::Object(more)) = (user.as_object_mut(), more) {
            user.extend(more);
        }
        user
    }

    pub(crate) fn repository_json(&self, full_name: &str) -> Value {
        let web = &self.web;
        let Some(repository) = self.repository(full_name) else {
            return Value::Null;
        };
        let Repository { id, full_name, .. } = repository;
        let (owner, name) = full_name.split_once('/').unwrap_or((full_name, ""));
        let api = format!("{API}/repos/{full_name}");
        let open = repository
            .issues
            .values()
            .filter(|issue| issue.closed.is_none() && issue.moved.is_none())
            .count();
        let mut fields = Map::new();
        for (key, rest) in REPOSITORY_URLS {
            fields.insert(key.to_owned(), json!(format!("{api}{rest}")));
        }
        let rest = json!({
            "id": id, "node_id": node("R", *id), "name": name, "full_name": full_name,
            "owner": self.user_json(owner), "private": false,
            "html_url": format!("{web}/{full_name}"), "description": null, "fork": false, "url": api,
            "clone_url": format!("{web}/{full_name}.git"),
            "git_url": format!("git://github.com/{full_name}.git"),
            "ssh_url": format!("git@github.com:{full_name}.git"),
            "svn_url": format!("{web}/{full_name}"), "mirror_url": null, "homepage": null,
            "language": null,
        });
        let figures = json!({
            "forks": 0, "forks_count": 0, "stargazers_count": 0,
            "watchers": 0, "watchers_count": 0, "size": 1, "default_branch": "main",
            "open_issues": open, "open_issues_count": open, "has_issues": repository.has_issues,
            "has_projects": false, "has_wiki": false, "has_pages": false, "has_downloads": true,
            "has_discussions": false, "archived": repository.archived, "disabled": false,
            "license": null, "topics": [], "visibility": "public",
            "pushed_at": "2026-01-01T00:00:00Z", "created_at": "2020-01-01T00:00:00Z",
            "updated_at": "2026-01-01T00:00:00Z", "network_count": 0, "subscribers_count": 0,
        });
        for part in [rest, figures] {
            if let Value::Object(part) = part {
                fields.extend(part);
            }
        }
        Value::Object(fields)
    }

    /// A repository with what the caller may do in it.
    pub(crate) fn repository_for(&self, full_name: &str, access: &Access) -> Value {
        let mut repository = self.repository_json(full_name);
        let push = access.may("contents") == Some(super::Permission::Write);
        let triage = access.may("issues") == Some(super::Permission::Write);
        let may = json!({
            "admin": false, "maintain": false, "push": push, "triage": triage || push, "pull": true,
        });
        put(&mut repository, "permissions", may);
        repository
    }

    pub(crate) fn label_json(&self, repository: &str, name: &str) -> Value {
        let known = self
            .repository(repository)
            .and_then(|known| known.labels.get(name));
        let (id, description) = known.map_or((1, String::new()), |label| {
            (label.id, label.description.clone())
        });
        json!({
            "id": id, "node_id": node("LA", id), "name": name, "color": "d73a4a", "default": false,
            "description": description, "url": format!("{API}/repos/{repository}/labels/{}", encode(name)),
        })
    }

    fn association(&self, repository: &str, login: &str) -> &'static str {
        let Some(known) = self.repository(repository) else {
            return "NONE";
        };
        if known.full_name.split('/').next() == Some(login) {
            "OWNER"
        } else if known.collaborators.contains(login) {
            "COLLABORATOR"
        } else {
            "NONE"
        }
    }

    pub(crate) fn issue_json(&self, repository: &str, issue: &Issue) -> Value {
        let (number, id) = (issue.number, issue.id);
        let api = format!("{API}/repos/{repository}/issues/{number}");
        let kind = if issue.pull.is_some() {
            "pull"
        } else {
            "issues"
        };
        let web = format!("{}/{repository}/{kind}/{number}", self.web);
        let labels: Vec<Value> = issue
            .labels
            .iter()
            .map(|label| self.label_json(repository, label))
            .collect();
        let reason = match &issue.closed {
            Some(closed) => json!(closed.reason),
            None if issue.deeds.iter().any(|done| done.deed == Deed::Reopened) => {
                json!("reopened")
            }
            None => Value::Null,
        };
        let mut rendered = json!({
            "id": id, "node_id": node("I", id), "number": number, "url": api, "html_url": web,
            "repository_url": format!("{API}/repos/{repository}"),
            "labels_url": format!("{api}/labels{{/name}}"),
            "comments_url": format!("{api}/comments"), "events_url": format!("{api}/events"),
            "title": issue.title, "body": issue.body, "user": self.user_json(&issue.author),
            "labels": labels, "assignee": null, "assignees": [], "milestone": null,
            "state": if issue.closed.is_some() { "closed" } else { "open" },
            "state_reason": reason, "locked": false, "active_lock_reason": null,
            "comments": issue.comments.len(),
            "closed_at": issue.closed.as_ref().map(|closed| stamp(closed.at)),
            "created_at": stamp(issue.created_at), "updated_at": stamp(issue.updated_at),
            "author_association": self.association(repository, &issue.author),
            "reactions": reactions(&api),
        });
        if let Some(pull) = &issue.pull {
            let facts = json!({
                "url": format!("{API}/repos/{repository}/pulls/{number}"), "html_url": web,
                "diff_url": format!("{web}.diff"), "patch_url": format!("{web}.patch"),
                "merged_at": pull.merged_at.map(stamp),
            });
            put(&mut rendered, "pull_request", facts);
        }
        rendered
    }

    pub(crate) fn issue_payload(&self, repository: &str, number: u64) -> Value {
        self.issue(repository, number)
            .map_or(Value::Null, |issue| self.issue_json(repository, issue))
    }

    pub(crate) fn issue_event(
        &self,
        action: &str,
        repository: &str,
        number: u64,
        by: &str,
    ) -> Value {
        json!({
            "action": action,
            "issue": self.issue_payload(repository, number),
            "repository": self.repository_json(repository),
            "sender": self.user_json(by),
        })
    }

    pub(crate) fn comment_json(&self, repository: &str, number: u64, id: u64) -> Value {
        let comments = self.issue(repository, number).map(|issue| &issue.comments);
        let comment = comments.and_then(|all| all.iter().find(|comment| comment.id == id));
        comment.map_or(Value::Null, |comment| {
            self.render_comment(repository, number, comment)
        })
    }

    pub(crate) fn render_comment(&self, repository: &str, number: u64, comment: &Comment) -> Value {
        let web = &self.web;
        let id = comment.id;
        let api = format!("{API}/repos/{repository}/issues/comments/{id}");
        json!({
            "id": id, "node_id": node("IC", id), "url": api,
            "html_url": format!("{web}/{repository}/issues/{number}#issuecomment-{id}"),
            "issue_url": format!("{API}/repos/{repository}/issues/{number}"),
            "user": self.user_json(&comment.author), "body": comment.body,
            "created_at": stamp(comment.created_at), "updated_at": stamp(comment.updated_at),
            "author_association": self.association(repository, &comment.author),
            "performed_via_github_app": null, "reactions": reactions(&api),
        })
    }

    /// What happened around an issue, as far as it is simulated: pull requests that mention it, what was
    /// done to it, and its merge.
    pub(crate) fn timeline_json(&self, repository: &str, issue: &Issue) -> Vec<Value> {
        let mut happened: Vec<(DateTime<Utc>, Value)> = Vec::new();
        for (place, number, at) in &issue.mentions {
            if let Some(pull) = self.issue(place, *number) {
                let mention = json!({
                    "event": "cross-referenced", "actor": self.user_json(&pull.author),
                    "created_at": stamp(*at), "updated_at": stamp(*at),
                    "source": {"type": "issue", "issue": self.issue_json(place, pull)},
                });
                happened.push((*at, mention));
            }
        }
        let mut id = issue.id * 1_000;
        let mut event = |name: &str, at: DateTime<Utc>, by: &str, more: (&str, Value)| {
            id += 1;
            let mut event = json!({
                "id": id, "node_id": node("E", id), "event": name,
                "url": format!("{API}/repos/{repository}/issues/events/{id}"),
                "actor": self.user_json(by), "created_at": stamp(at),
                "commit_id": null, "commit_url": null, "performed_via_github_app": null,
            });
            put(&mut event, more.0, more.1);
            happened.push((at, event));
        };
        for Done { at, by, deed } in &issue.deeds {
            match deed {
                // Also where a merge closed it: GitHub names no commit then.
                Deed::Closed(reason) => event("closed", *at, by, ("state_reason", json!(reason))),
                Deed::Reopened => event("reopened", *at, by, ("state_reason", Value::Null)),
                Deed::Renamed { from, to } => {
                    event(
                        "renamed",
                        *at,
                        by,
                        ("rename", json!({"from": from, "to": to})),
                    );
                }
                Deed::Labelled(label) => {
                    let label = json!({"name": label, "color": "d73a4a"});
                    event("labeled", *at, by, ("label", label));
                }
                Deed::Transferred { .. } => {
                    event("transferred", *at, by, ("state_reason", Value::Null));
                }
            }
        }
        if let Some(at) = issue.pull.and_then(|pull| pull.merged_at) {
            let commit = issue.merge_commit();
            let url = format!("{API}/repos/{repository}/commits/{commit}");
            event("merged", at, &issue.author, ("commit_id", json!(commit)));
            if let Some((_, merged)) = happened.last_mut() {
                put(merged, "commit_url", json!(url));
            }
        }
        happened.sort_by_key(|(at, _)| *at);
        happened.into_iter().map(|(_, event)| event).collect()
    }

    pub(crate) fn release_json(&self, repository: &str, release: &Release, by: &str) -> Value {
        let web = &self.web;
        let id = release.id;
        let api = format!("{API}/repos/{repository}/releases/{id}");
        json!({
            "id": id, "node_id": node("RE", id), "url": api,
            "html_url": format!("{web}/{repository}/releases/tag/{}", release.tag),
            "assets_url": format!("{api}/assets"), "upload_url": format!("{api}/assets{{?name,label}}"),
            "tarball_url": format!("{API}/repos/{repository}/tarball/{}", release.tag),
            "zipball_url": format!("{API}/repos/{repository}/zipball/{}", release.tag),
            "tag_name": release.tag, "target_commitish": "main", "name": release.tag,
            "body": release.body, "draft": false, "prerelease": release.prerelease,
            "created_at": stamp(release.published_at), "published_at": stamp(release.published_at),
            "author": self.user_json(by), "assets": [],
        })
    }

    pub(crate) fn release_payload(&self, repository: &str, id: u64, by: &str) -> Value {
        let releases = self.repository(repository).map(|known| &known.releases);
        let release = releases.and_then(|all| all.iter().find(|release| release.id == id));
        let Some(release) = release else {
            return Value::Null;
        };
        let mut rendered = self.release_json(repository, release, by);
        put(&mut rendered, "immutable", json!(false));
        let at = json!(stamp(release.published_at));
        put(&mut rendered, "updated_at", at);
        rendered
    }

    /// The App itself.
    pub(crate) fn app_json(&self, token: &str) -> Option<Value> {
        let (app, web) = (self.signer(token)?, &self.web);
        let name = &app.slug;
        Some(json!({
            "id": app.id, "slug": name, "node_id": node("A", app.id), "name": name,
            "owner": self.user_json(&app.access.login), "description": null,
            "external_url": "https://example.org", "html_url": format!("{web}/apps/{name}"),
            "created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z",
            "permissions": permissions(&app.access), "events": ["issues", "issue_comment", "release"],
        }))
    }

    /// The installation of the App behind a JSON Web Token for a repository.
    pub(crate) fn installation_json(&self, token: &str, repository: &str) -> Option<Value> {
        let app = self.signer(token)?;
        app.access
            .reaches(repository)
            .then(|| self.render_installation(app))
    }

    /// Whether a JSON Web Token is right.
    pub(crate) fn is_signed(&self, token: &str) -> bool {
        self.signer(token).is_some()
    }

    /// What an installation's token may do, as GitHub shows it with the token.
    pub(crate) fn permissions_json(&self, installation: u64) -> Value {
        let app = self
            .apps
            .iter()
            .find(|app| app.installation == installation);
        app.map_or(Value::Null, |app| permissions(&app.access))
    }

    fn render_installation(&self, app: &App) -> Value {
        let web = &self.web;
        let id = app.installation;
        json!({
            "id": id, "account": self.user_json(&app.access.login), "repository_selection": "selected",
            "access_tokens_url": format!("{API}/app/installations/{id}/access_tokens"),
            "repositories_url": format!("{API}/installation/repositories"),
            "html_url": format!("{web}/settings/installations/{id}"),
            "app_id": app.id, "app_slug": app.slug, "target_id": 1, "target_type": "Organization",
            "permissions": permissions(&app.access), "events": ["issues", "issue_comment", "release"],
            "created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z",
            "single_file_name": null, "suspended_by": null, "suspended_at": null,
        })
    }

    /// Whether the caller's token is an installation's, and which App's.
    pub(crate) fn app_slug(&self, access: &Access) -> Option<&str> {
        self.app_of(access).map(|app| app.slug.as_str())
    }
}

fn permissions(access: &Access) -> Value {
    let listed = access
        .permissions
        .iter()
        .map(|(kind, permission)| ((*kind).to_owned(), json!(permission.name())));
    Value::Object(listed.collect())
}

/// A name as a segment of an address.
fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'-' | b'.' | b'_' | b'~' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                encoded.push(char::from(byte));
            }
            // Writing to a String cannot fail.
            _ => write!(encoded, "%{byte:02X}").unwrap_or_default(),
        }
    }
    encoded
}
