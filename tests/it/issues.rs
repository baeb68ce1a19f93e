//! From a thread to an issue on a simulated GitHub, and back again.

mod back;
mod care;
mod carried;
mod crash;
mod doctor;
mod files;
mod forms;
mod improve;
mod once;
mod talk;
mod webhooks;

use std::sync::Arc;

use chrono::TimeDelta;
use discord_sim::people::{Person, Seen};
use github_sim::world::Permission;
use github_sim::{GitHub, Limits, Options};
use sameday::config::{GitHubAccess, SignIn};

use crate::stage::{Stage, Wishes};

pub(crate) const REPO: &str = "acme/widgets";
pub(crate) const GADGETS: &str = "acme/gadgets";
pub(crate) const SECRET: &str = "It's a Secret to Everybody";

pub(crate) const SETTINGS: &str = r#"
[web]
listen = "127.0.0.1:0"
WEB

[github]
ASKER
[[github.repository]]
name = "acme/widgets"
labels = ["from-discord"]
[[github.repository]]
name = "acme/gadgets"
"#;

/// Where the bot's own page would be reached.
pub(crate) const PAGE: &str = "address = \"https://help.acme.example\"";

/// The usual stage with a GitHub beside it.
pub(crate) struct House {
    pub(crate) stage: Stage,
    pub(crate) github: GitHub,
}

/// What a scenario wants otherwise than usual.
pub(crate) struct Ways {
    /// A line of `[github]`.
    pub(crate) setting: &'static str,
    /// The bot signs in with a token and not as an App.
    pub(crate) token: bool,
    pub(crate) limits: Limits,
    /// Whether GitHub's webhooks reach the bot.
    pub(crate) hooked: bool,
    pub(crate) sees_content: bool,
    /// A line of `[web]`.
    pub(crate) web: &'static str,
}

impl Default for Ways {
    fn default() -> Self {
        Self {
            setting: "",
            token: false,
            limits: Limits::default(),
            hooked: false,
            sees_content: true,
            web: "",
        }
    }
}

impl House {
    pub(crate) async fn opens() -> Self {
        Self::opens_with(Ways::default()).await
    }

    pub(crate) async fn opens_with(ways: Ways) -> Self {
        let mut house = Self::set(&ways, Wishes::default()).await;
        house.stage.bot_starts().await;
        if ways.hooked {
            let address = house.stage.app().web().unwrap();
            let url = format!("http://{address}/github/webhook");
            house.github.hooks().subscribe(&url, SECRET);
            house.github.hooks().hold(true);
        }
        house
    }

    /// The house before the bot comes.
    pub(crate) async fn set(ways: &Ways, wishes: Wishes) -> Self {
        let mut stage = Stage::set(Wishes {
            more_settings: SETTINGS
                .replace("ASKER", ways.setting)
                .replace("WEB", ways.web),
            privileged_intents: if ways.sees_content {
                discord_sim::world::intents::MESSAGE_CONTENT
            } else {
                0
            },
            ..wishes
        })
        .await;
        let hand = Arc::clone(&stage.hand);
        let mut options = Options::new(if stage.goes_by_system_clock() {
            Box::new(|| sameday::clock::Clock::System.now())
        } else {
            Box::new(move || hand.now())
        });
        options.limits = ways.limits;
        let github = GitHub::start(options).await.unwrap();
        let repositories = [REPO, GADGETS];
        let app = github.act(|world| {
            for repository in repositories {
                world.add_repository(repository);
                world.add_label(repository, "from-discord", "Asked on Discord");
                world.add_collaborator(repository, "dev");
            }
            let may = [
                ("metadata", Permission::Read),
                ("contents", Permission::Read),
                ("issues", Permission::Write),
            ];
            world.add_token("a-fine-grained-token", "sameday", &may, &repositories);
            world.add_app("sameday", &may, &repositories)
        });
        stage.reaches_github(GitHubAccess {
            api: github.base_url(),
            sign_in: if ways.token {
                SignIn::Token("a-fine-grained-token".into())
            } else {
                SignIn::App {
                    id: app,
                    key: github_sim::APP_KEY.into(),
                }
            },
            webhook_secret: Some(SECRET.into()),
        });
        Self { stage, github }
    }

    /// Ann asks, and Eva answers: a thread that is worth an issue.
    pub(crate) async fn asked(&self, title: &str) -> u64 {
        let stage = &self.stage;
        let post = stage
            .ann
            .asks(
                stage.forum,
                title,
                "It turns left.\n```\nturn(@left)\n```\nWhy?",
            )
            .unwrap();
        stage.passes(TimeDelta::minutes(1)).await;
        stage.eva.posts(post, "Thanks, I can see it too.").unwrap();
        stage.passes(TimeDelta::minutes(1)).await;
        stage.card(post).await;
        post
    }

    /// Somebody runs `/issue` and looks at what comes.
    pub(crate) async fn previewed(&self, person: &Person, post: u64) -> Seen {
        let answer = person.runs_when_offered(post, "/issue").await.unwrap();
        answer.message().await.unwrap()
    }

    /// Presses a button of a preview; the words in its place.
    pub(crate) async fn presses(&self, person: &Person, preview: &Seen, button: &str) -> String {
        let before = preview.text();
        let pressed = person.clicks(preview, button).unwrap();
        pressed.acknowledged().await.unwrap();
        let after = person
            .waits(preview.channel(), |seen| {
                seen.id() == preview.id() && seen.text() != before
            })
            .await
            .unwrap();
        self.stage.settles().await;
        self.stage.looks_at(&after)
    }

    /// Turns a thread into an issue, to the end; its number.
    pub(crate) async fn converts(&self, post: u64) -> u64 {
        let preview = self.previewed(&self.stage.eva, post).await;
        self.presses(&self.stage.eva, &preview, "Open issue").await;
        let told = self.told(post).await;
        assert!(told.contains("on GitHub"), "{told}");
        self.issues(REPO).last().copied().unwrap()
    }

    /// The numbers of the issues of a repository.
    pub(crate) fn issues(&self, repository: &str) -> Vec<u64> {
        self.github.read(|world| {
            let known = world.repository(repository).unwrap();
            let issues = known.issues.values();
            let issues = issues.filter(|issue| issue.pull.is_none() && issue.moved.is_none());
            issues.map(|issue| issue.number).collect()
        })
    }

    /// What the bot has newly said in a thread, one message a line; the card is not news.
    pub(crate) async fn told(&self, post: u64) -> String {
        let news = self.stage.news(post).await;
        let said = news.iter().filter(|seen| seen.says("[GitHub issue]"));
        let said: Vec<&str> = said.map(Seen::content).collect();
        said.join("\n")
    }

    /// Delivers the webhooks that wait, in this order, and waits until everything followed.
    pub(crate) async fn hears(&self, order: impl FnOnce(&mut Vec<github_sim::hooks::Delivery>)) {
        let mut waiting = self.github.hooks().take();
        order(&mut waiting);
        for delivery in &waiting {
            let status = self.github.hooks().deliver(delivery).await.unwrap();
            assert!(matches!(status, 202 | 204), "{status}");
        }
        self.stage.settles().await;
    }

    /// The end: nothing is left on either side.
    pub(crate) async fn ends(self) {
        assert_eq!(self.github.findings(), []);
        assert_eq!(self.github.faults().clear(), 0, "a fault was never met");
        self.stage.ends().await;
    }

    /// As [`Self::ends`], where not every message of the bot was looked at.
    pub(crate) async fn ends_unread(mut self) {
        assert_eq!(self.github.findings(), []);
        self.stage.ends_unread().await;
    }
}
