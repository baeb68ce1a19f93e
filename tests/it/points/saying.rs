//! What is said, what leads to it, and by which request.

use chrono::TimeDelta;
use discord_sim::people::{Answer, Modal, Person, Seen};
use discord_sim::world::{NewMessage, NewThread};
use sameday::clock::Clock;

use super::{AN_HOUR, PATIENCE, Scene};
use crate::operator::{Bot, Operator};
use crate::stage::{Wishes, act};

/// What is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Saying {
    /// A new thread's card is made.
    Card,
    /// A card is changed: somebody has answered.
    Edit,
    /// The team is warned: the question is older than half of its hour.
    Alert,
    /// Somebody who claims is told that it is theirs.
    Claim,
    /// The same by a button.
    Press,
    /// An asker who says in a form that production is down is told who was called.
    Form,
    /// Somebody gives the date that they were shown.
    Promise,
    /// A moderator changes the setting that they were shown.
    Setting,
    /// A moderator who pastes holidays into a form is shown what they change.
    Paste,
    /// Of two threads that are due somebody has one and is told that the other is taken.
    TakeOn,
    /// The same: everybody is told.
    TakenOn,
}

impl Saying {
    /// Those that answer what somebody does.
    pub(super) const ANSWERS: [Self; 8] = [
        Self::Claim,
        Self::Press,
        Self::Form,
        Self::Promise,
        Self::Setting,
        Self::Paste,
        Self::TakeOn,
        Self::TakenOn,
    ];

    /// Whether it answers somebody's deed.
    pub(super) fn answers(self) -> bool {
        Self::ANSWERS.contains(&self)
    }
}

/// What somebody has before them when it happens.
pub(super) enum Before {
    Nothing,
    Message(Seen),
    Form(Modal),
}

impl Before {
    fn message(&self) -> &Seen {
        match self {
            Self::Message(seen) => seen,
            Self::Nothing | Self::Form(_) => panic!("no message to press on"),
        }
    }
}

impl Scene {
    /// The program runs and everything before the saying is over.
    pub(super) async fn opens(saying: Saying) -> (Self, Bot) {
        let wishes = Wishes {
            system_clock: true,
            guild_settings: "enforce_from = \"2026-01-01T00:00:00Z\"\n\
                             [attention]\nproduction_down_per_day = 1"
                .to_owned(),
            ..Wishes::default()
        };
        let mut scene = Self {
            operator: Operator::promises(wishes, AN_HOUR).await,
            saying,
            thread: 0,
            before: Before::Nothing,
            answer: None,
            went_on: false,
        };
        if let Saying::TakeOn | Saying::TakenOn = saying {
            // They are warned of together: nothing is decided before all is read.
            for title in ["Tom has this", "It hangs"] {
                scene.asks(title, TimeDelta::minutes(40));
            }
        }
        let bot = scene.operator.starts_bot().await;
        if saying != Saying::Card && scene.thread == 0 {
            scene.asks("It hangs", TimeDelta::minutes(5));
        }
        if scene.thread != 0 {
            scene.is_over().await;
        }
        scene.before = scene.what_is_before().await;
        (scene, bot)
    }

    async fn what_is_before(&self) -> Before {
        let stage = &self.operator.stage;
        let (eva, mia) = (patient(&stage.eva), patient(&stage.mia));
        match self.saying {
            Saying::Card | Saying::Edit | Saying::Alert | Saying::Claim => Before::Nothing,
            Saying::Press => Before::Message(self.card()),
            Saying::Form => {
                let ann = patient(&stage.ann);
                let pressed = ann.clicks(&self.card(), "Production is down").unwrap();
                let question = pressed.message().await.unwrap();
                let sure = ann.clicks(&question, "Yes, production is down").unwrap();
                Before::Form(sure.modal().await.unwrap())
            }
            Saying::Promise => {
                let typed = "/promise until:in 2 days note:The fix";
                Before::Message(runs(&eva, self.thread, typed).await)
            }
            Saying::Setting => {
                let typed = "/settings set key:attention.claim_lease to:12h";
                Before::Message(runs(&mia, stage.moderator_channel, typed).await)
            }
            Saying::Paste => {
                let typed = "/hours paste calendar:support";
                let typed = mia.runs_when_offered(stage.moderator_channel, typed);
                Before::Form(typed.await.unwrap().modal().await.unwrap())
            }
            Saying::TakeOn | Saying::TakenOn => {
                let seen = stage.mia.sees(stage.staff_channel).unwrap();
                let alert = seen
                    .into_iter()
                    .find(|seen| seen.says("2 answers are due soon"));
                let alert = alert.expect("an alert about both");
                let tom = patient(&stage.tom);
                let taken = tom.selects(&alert, "I have …", &["Tom has this"]).unwrap();
                taken.told().await.unwrap();
                let has_it = |seen: &Seen| seen.says(" has <#");
                tom.waits(stage.staff_channel, has_it).await.unwrap();
                self.is_over().await;
                Before::Message(alert)
            }
        }
    }

    fn card(&self) -> Seen {
        let seen = self.operator.stage.mia.sees(self.thread).unwrap();
        seen.into_iter().find(Seen::is_by_bot).unwrap()
    }

    fn asks(&mut self, title: &str, ago: TimeDelta) {
        let stage = &self.operator.stage;
        let at = Clock::System.now() - ago;
        self.thread = act(&stage.sim, |world| {
            world.at(at, |world| {
                let (thread, first) = (NewThread::named(title), NewMessage::text("Please."));
                world.create_forum_post(stage.ann.id(), stage.forum, thread, first)
            })
        });
    }

    /// What leads to the saying.
    pub(super) async fn happens(&mut self) {
        let stage = &self.operator.stage;
        let (eva, mia) = (patient(&stage.eva), patient(&stage.mia));
        let answer = match (self.saying, &self.before) {
            (Saying::Card, _) => return self.asks("It hangs", TimeDelta::minutes(5)),
            (Saying::Edit, _) => {
                stage.eva.posts(self.thread, "Which version?").unwrap();
                return;
            }
            // Its card is made first; the alert is what is waited for.
            (Saying::Alert, _) => return self.asks("It hangs", TimeDelta::minutes(40)),
            (Saying::Claim, _) => eva.runs_when_offered(self.thread, "/claim").await,
            (Saying::Press, before) => eva.clicks(before.message(), "Claim"),
            (Saying::Promise, before) => eva.clicks(before.message(), "Promise it"),
            (Saying::Setting, before) => mia.clicks(before.message(), "Change it"),
            (Saying::TakeOn | Saying::TakenOn, before) => {
                let both = ["Tom has this", "It hangs"];
                eva.selects(before.message(), "I have …", &both)
            }
            (Saying::Form, Before::Form(form)) => form.submits(&[("what", "Everything.")]),
            (Saying::Paste, Before::Form(form)) => form.submits(&[("text", HOLIDAYS)]),
            (Saying::Form | Saying::Paste, _) => panic!("no form to fill in"),
        };
        self.answer = Some(answer.unwrap());
    }

    /// Whoever did something has been told all that came of it.
    pub(super) async fn is_answered(&self, answer: &Answer) -> anyhow::Result<()> {
        match (self.saying, &self.before) {
            // What they have before them is changed in its place.
            (Saying::Promise | Saying::Setting, Before::Message(shown)) => {
                answer.acknowledged().await?;
                let stage = &self.operator.stage;
                let person = match self.saying {
                    Saying::Promise => &stage.eva,
                    _ => &stage.mia,
                };
                let told = |seen: &Seen| seen.id() == shown.id() && seen.buttons().is_empty();
                patient(person).waits(shown.channel(), told).await?;
            }
            (Saying::TakeOn | Saying::TakenOn, _) => {
                answer.message().await?;
                answer.follow_up(1).await?;
            }
            _ => drop(answer.message().await?),
        }
        Ok(())
    }

    /// The request by which it is said.
    pub(super) fn request(&self) -> String {
        match self.saying {
            Saying::Card => "POST /channels/*/messages".to_owned(),
            Saying::Edit => "PATCH /channels/*/messages/*".to_owned(),
            Saying::Alert => format!(
                "POST /channels/{}/messages",
                self.operator.stage.staff_channel
            ),
            Saying::TakenOn => "POST /webhooks/*/*".to_owned(),
            _ => "PATCH /webhooks/*/*/messages/*".to_owned(),
        }
    }

    /// Waits until a request of this saying has arrived.
    pub(super) async fn is_asked(&self) {
        self.is_asked_for(|what| match self.saying {
            Saying::Card => what.starts_with("POST") && what.ends_with("/messages"),
            Saying::Edit => what.starts_with("PATCH") && what.contains("/messages/"),
            Saying::Alert => what == self.request(),
            Saying::TakenOn => what.starts_with("POST /webhooks/"),
            _ => what.starts_with("PATCH /webhooks/"),
        })
        .await;
    }
}

/// What is pasted.
const HOLIDAYS: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20991224\r\n\
                        DTEND;VALUE=DATE:20991225\r\nSUMMARY:Closed\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

/// Somebody who waits for a program that shares the machine with others.
fn patient(person: &Person) -> Person {
    person.clone().patient(PATIENCE)
}

/// Types a command and reads the answer.
async fn runs(person: &Person, channel: u64, typed: &str) -> Seen {
    let answer = person.runs_when_offered(channel, typed).await.unwrap();
    answer.message().await.unwrap()
}
