//! Acme's repository on a simulated GitHub: where the bot opens issues, and what happens to them there.
//!
//! ```text
//! the bot ── issues, comments ──> github-sim <── clicks ── its page
//!    ^                                │
//!    └──────── signed webhooks ───────┘
//! ```

use std::net::SocketAddr;
use std::sync::Arc;

use github_sim::faults::Fault;
use github_sim::world::{Permission, World};
use github_sim::{APP_KEY, GitHub, Limits, Notes, Options};

use crate::clock::ManualClock;
use crate::config::{GitHubAccess, SignIn};

/// The repository.
pub(super) const REPOSITORY: &str = "acme/app";

/// Who develops there.
pub(super) const DEVELOPER: &str = "dora";

/// What webhooks are signed with: no secret, it never leaves this machine.
const SECRET: &str = "the webhooks of a simulated GitHub";

/// What the bot's settings say of it.
pub(super) const SETTINGS: &str = r#"
[github]
[[github.repository]]
name = "acme/app"
labels = ["from-discord"]

[web]
listen = "127.0.0.1:0"
"#;

/// How to come to a first issue.
const HINT: &str = "No issue yet. In Discord, be Eva of the staff, open somebody's question and press \
     \"To GitHub\" on the bot's card.";

/// The simulated GitHub with Acme's repository.
pub(super) struct Hub {
    github: GitHub,
    /// The bot's App.
    app: u64,
}

impl Hub {
    /// Opens it at a free port, by the stage's clock.
    pub(super) async fn opens(hand: Arc<ManualClock>) -> anyhow::Result<Self> {
        let mut options = Options::new(Box::new(move || hand.now()));
        options.own_page = true;
        // A jump over a night is no wait for a limit.
        options.limits = Limits {
            made_per_minute: u32::MAX,
            ..Limits::default()
        };
        let github = GitHub::start(options).await?;
        let app = github.act(|world| {
            world.add_repository(REPOSITORY);
            world.add_label(REPOSITORY, "from-discord", "Asked on Discord");
            world.add_collaborator(REPOSITORY, DEVELOPER);
            world.release(REPOSITORY, DEVELOPER, "v1.4.0", "", false);
            let may = [
                ("metadata", Permission::Read),
                ("contents", Permission::Read),
                ("issues", Permission::Write),
            ];
            world.add_app("sameday", &may, &[REPOSITORY])
        });
        Ok(Self { github, app })
    }

    /// How the bot signs in there.
    pub(super) fn access(&self) -> GitHubAccess {
        GitHubAccess {
            api: self.github.base_url(),
            sign_in: SignIn::App {
                id: self.app,
                key: APP_KEY.into(),
            },
            webhook_secret: Some(SECRET.into()),
        }
    }

    /// From now on what happens is told to the bot here.
    pub(super) fn tells(&self, bot: SocketAddr) {
        let url = format!("http://{bot}/github/webhook");
        self.github.hooks().subscribe(&url, SECRET);
    }

    /// Returns when everybody was told what happened.
    pub(super) async fn quiet(&self) {
        self.github.hooks().quiet().await;
    }

    /// Its page in a browser.
    pub(super) fn url(&self) -> String {
        format!("{}/", self.github.base_url())
    }

    /// The way back from its page, and from links to a server of Discord.
    pub(super) fn leads_back_to(&self, discord: &str, guild: u64) {
        let server = format!("https://discord.com/channels/{guild}/");
        self.github.hands_in(Notes {
            hint: HINT.to_owned(),
            link: Some(("Discord".to_owned(), discord.to_owned())),
            instead: Some((server, format!("{discord}#/"))),
        });
    }

    /// Somebody does something there.
    pub(super) fn act<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        self.github.act(act)
    }

    /// Its API fails like this for whoever calls; `None`: all is well again.
    pub(super) fn goes_down(&self, with: Option<Fault>) {
        self.github.goes_down(with);
    }

    /// The next issue is opened, but nobody hears of it.
    pub(super) fn loses_an_answer(&self) {
        let issues = "POST /repos/*/*/issues";
        self.github.faults().order(issues, 1, Fault::CutAfter);
    }

    /// What GitHub would not have put up with.
    pub(super) fn findings(&self) -> Vec<String> {
        let findings = self.github.findings().into_iter();
        let told = findings.map(|finding| format!("GitHub, {}: {}", finding.at, finding.what));
        told.collect()
    }
}
