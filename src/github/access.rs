//! What we may do, asked before anybody needs it: for `sameday check`, `/doctor` and the start.

use std::fmt;

use super::Bridge;
use super::client::GitHubError;
use crate::domain::Timestamp;

/// What the bridge needs of an App: each with what it is for.
const NEEDED: [(&str, &str, &str); 3] = [
    ("metadata", "read", "to find the repository"),
    ("issues", "write", "to open issues and comment them"),
    ("contents", "read", "to see releases"),
];

/// What is wrong with one repository, in one sentence that says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Which.
    pub repository: String,
    /// What is wrong.
    pub sentence: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GitHub, {}: {}", self.repository, self.sentence)
    }
}

/// Asks GitHub about every repository of the settings.
///
/// # Errors
/// When GitHub does not answer.
pub async fn survey(bridge: &Bridge) -> Result<Vec<Complaint>, GitHubError> {
    let mut complaints = Vec::new();
    for rule in &bridge.settings.repositories {
        let repository = &rule.name;
        for sentence in look(bridge, repository).await? {
            complaints.push(Complaint {
                repository: repository.clone(),
                sentence,
            });
        }
    }
    Ok(complaints)
}

async fn look(bridge: &Bridge, repository: &str) -> Result<Vec<String>, GitHubError> {
    let mut found = Vec::new();
    let known = match bridge.client.repository(repository).await {
        Ok(known) => known,
        Err(GitHubError::NotInstalled) => {
            return Ok(vec![
                "the App is not installed there; install it for this repository.".to_owned(),
            ]);
        }
        Err(GitHubError::Unauthorized) => {
            return Ok(vec![
                "GitHub refuses the credentials; make a new token or key and set it.".to_owned(),
            ]);
        }
        Err(GitHubError::Refused(_)) => {
            return Ok(vec![
                "there is no such repository, or the token is not for it; correct the name or \
                 give the token access."
                    .to_owned(),
            ]);
        }
        Err(error) => return Err(error),
    };
    if known.archived {
        found.push("the repository is archived, so no issue can be opened.".to_owned());
    }
    if !known.has_issues {
        found.push("the repository has no issues; switch them on in its settings.".to_owned());
    }
    if let Some(granted) = bridge.client.granted(repository).await? {
        for (kind, needed, why) in NEEDED {
            let enough = match granted.get(kind).map(String::as_str) {
                Some("write" | "admin") => true,
                Some(level) => level == needed,
                None => false,
            };
            if !enough {
                found.push(format!(
                    "the App lacks the permission {kind}: {needed} {why}; add it in the App's settings and accept it in the installation."
                ));
            }
        }
        return Ok(found);
    }
    // A token does not say what it may do; what it reads is tried.
    let labels = known.permissions.is_none_or(|may| {
        ["triage", "push", "admin"]
            .iter()
            .any(|kind| may.get(*kind) == Some(&true))
    });
    if !labels {
        found.push(
            "the token cannot label issues there; give it Issues: read and write.".to_owned(),
        );
    }
    match bridge
        .client
        .list_releases(repository, Timestamp::MIN_UTC)
        .await
    {
        Ok(_) => {}
        Err(GitHubError::Refused(403 | 404)) => {
            found.push("the token cannot see releases there; give it Contents: read.".to_owned());
        }
        Err(error) => return Err(error),
    }
    Ok(found)
}
