//! What is completed while somebody types: repositories, templates, labels.

use super::templates;
use crate::discord::Data;
use crate::github::Bridge;

/// The repositories that begin like this.
pub(in crate::discord) fn repositories(data: &Data, typed: &str) -> Vec<String> {
    let bridge = data.bridge.iter();
    let rules = bridge.flat_map(|bridge| &bridge.settings.repositories);
    let names = rules.map(|rule| rule.name.clone());
    matching(names, typed)
}

/// The forms and templates of the repository that begin like this.
pub(in crate::discord) async fn template_names(
    data: &Data,
    repository: Option<&str>,
    typed: &str,
) -> Vec<String> {
    let Some((bridge, name)) = chosen(data, repository) else {
        return Vec::new();
    };
    let known = templates(bridge, name).await.into_iter();
    let names = known.flat_map(|known| known.all);
    let names = names.map(|template| template.name);
    matching(names.filter(|name| name.chars().count() <= 100), typed)
}

/// What is typed, its last label completed from those of the repository.
pub(in crate::discord) async fn labels(
    data: &Data,
    repository: Option<&str>,
    typed: &str,
) -> Vec<String> {
    let Some((bridge, name)) = chosen(data, repository) else {
        return Vec::new();
    };
    let known = match bridge.client.labels(name).await {
        Ok(known) => known,
        Err(error) => {
            tracing::debug!(%error, "labels could not be read");
            return Vec::new();
        }
    };
    let (before, last) = typed.rsplit_once(',').unwrap_or(("", typed));
    let mut found = matching(known.into_iter(), last.trim());
    if !before.is_empty() {
        for label in &mut found {
            *label = format!("{before}, {label}");
        }
    }
    // Discord takes choices of at most 100 characters.
    found.retain(|label| label.chars().count() <= 100);
    found
}

/// The repository that is chosen in the same command, else the first.
fn chosen<'data>(
    data: &'data Data,
    repository: Option<&str>,
) -> Option<(&'data Bridge, &'data str)> {
    let bridge = data.bridge.as_ref()?;
    let rule = match repository {
        Some(name) => bridge.settings.find(name),
        None => bridge.settings.repositories.first(),
    };
    Some((bridge, &rule?.name))
}

/// At most 25, as many as Discord shows: those that hold what was typed.
fn matching(names: impl Iterator<Item = String>, typed: &str) -> Vec<String> {
    let typed = typed.to_lowercase();
    let found = names.filter(|name| name.to_lowercase().contains(&typed));
    found.take(25).collect()
}
