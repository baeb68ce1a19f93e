//! Who may call: Apps with their installations, and tokens.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;

use super::World;

/// How long an installation's token is good. Source: GitHub's docs, "Authenticating as a GitHub
/// App installation".
const TOKEN_LIFE: TimeDelta = TimeDelta::hours(1);

/// What a token may do with one kind of thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// Look.
    Read,
    /// Change.
    Write,
}

impl Permission {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// What a token opens.
#[derive(Clone, Debug)]
pub struct Access {
    /// Who acts with it.
    pub login: String,
    /// `issues`, `metadata`, `contents`, … with what may be done.
    pub permissions: BTreeMap<&'static str, Permission>,
    /// The repositories it is for.
    pub repositories: Vec<String>,
    /// Whether it is an installation's.
    pub installation: bool,
    /// When it ends, by the system's clock: a client compares it with its own.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Access {
    /// What may be done with one kind of thing.
    pub fn may(&self, kind: &str) -> Option<Permission> {
        self.permissions.get(kind).copied()
    }

    /// Whether it is for a repository.
    pub fn reaches(&self, full_name: &str) -> bool {
        self.repositories
            .iter()
            .any(|known| known.eq_ignore_ascii_case(full_name))
    }
}

#[derive(Clone, Debug)]
pub(super) struct App {
    pub(super) id: u64,
    pub(super) slug: String,
    pub(super) installation: u64,
    pub(super) access: Access,
}

#[derive(Deserialize)]
struct Claims {
    /// A number or text: GitHub takes both.
    iss: serde_json::Value,
    iat: i64,
    exp: i64,
}

#[expect(
    clippy::disallowed_methods,
    reason = "tokens end by the system's clock"
)]
fn system_now() -> DateTime<Utc> {
    Utc::now()
}

impl World {
    /// Makes a fine-grained token of somebody's.
    pub fn add_token(
        &mut self,
        token: &str,
        login: &str,
        permissions: &[(&'static str, Permission)],
        repositories: &[&str],
    ) {
        self.add_user(login);
        let access = Access {
            login: login.to_owned(),
            permissions: permissions.iter().copied().collect(),
            repositories: repositories.iter().map(|&name| name.to_owned()).collect(),
            installation: false,
            expires_at: None,
        };
        self.tokens.insert(token.to_owned(), access);
    }

    /// Makes an App, installed for these repositories; gives its number. It signs with
    /// [`crate::APP_KEY`].
    pub fn add_app(
        &mut self,
        slug: &str,
        permissions: &[(&'static str, Permission)],
        repositories: &[&str],
    ) -> u64 {
        let login = format!("{slug}[bot]");
        self.add_account(&login, true);
        let (id, installation) = (self.id(), self.id());
        let access = Access {
            login,
            permissions: permissions.iter().copied().collect(),
            repositories: repositories.iter().map(|&name| name.to_owned()).collect(),
            installation: true,
            expires_at: None,
        };
        self.apps.push(App {
            id,
            slug: slug.to_owned(),
            installation,
            access,
        });
        id
    }

    /// Changes what an App may do from now on.
    pub fn grant_app(&mut self, slug: &str, permissions: &[(&'static str, Permission)]) {
        for app in self.apps.iter_mut().filter(|app| app.slug == slug) {
            app.access.permissions = permissions.iter().copied().collect();
        }
    }

    /// Every token of installations stops working at once, as when GitHub revokes it.
    pub fn revoke_installation_tokens(&mut self) {
        self.tokens.retain(|_, access| !access.installation);
    }

    /// Whom a bearer token stands for.
    pub(crate) fn holder(&self, token: &str) -> Option<&Access> {
        let access = self.tokens.get(token)?;
        let over = access.expires_at.is_some_and(|end| end <= system_now());
        (!over).then_some(access)
    }

    /// The App that signed a JSON Web Token, if it is right: RS256, at most ten minutes long.
    pub(super) fn signer(&self, token: &str) -> Option<&App> {
        let key = DecodingKey::from_rsa_pem(crate::APP_PUBLIC_KEY.as_bytes()).ok()?;
        let mut rules = Validation::new(Algorithm::RS256);
        rules.validate_aud = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &key, &rules)
            .ok()?
            .claims;
        let fair = claims.exp - claims.iat <= 11 * 60;
        let signer = claims.iss.to_string();
        let app = |app: &&App| app.id.to_string() == signer.trim_matches('"');
        self.apps.iter().find(app).filter(|_| fair)
    }

    pub(super) fn app_of(&self, access: &Access) -> Option<&App> {
        self.apps
            .iter()
            .find(|app| app.access.login == access.login)
    }

    /// A fresh token for an installation: its text and its end.
    pub(crate) fn issue_token(&mut self, installation: u64) -> Option<(String, DateTime<Utc>)> {
        let app = self
            .apps
            .iter()
            .find(|app| app.installation == installation)?;
        let expires_at = system_now() + TOKEN_LIFE;
        let access = Access {
            expires_at: Some(expires_at),
            ..app.access.clone()
        };
        let token = format!("ghs_{:032x}", fastrand::u128(..));
        self.tokens.insert(token.clone(), access);
        Some((token, expires_at))
    }
}
