//! `/doctor` says what is missing, and what to do about it.

use discord_sim::world::{Overwrite, OverwriteOf, permissions};
use github_sim::world::Permission;
use insta::assert_snapshot;

use super::{GADGETS, House, REPO, Ways};
use crate::stage::act;

impl House {
    async fn examined(&self) -> String {
        let stage = &self.stage;
        let said = stage.runs(&stage.eva, stage.staff_channel, "/doctor").await;
        stage.with_names(&said)
    }
}

#[tokio::test]
async fn the_doctor_says_what_is_missing_on_both_sides() {
    let house = House::opens_with(Ways {
        sees_content: false,
        ..Ways::default()
    })
    .await;
    let stage = &house.stage;
    let mut said = vec![house.examined().await];
    let no_words = Overwrite {
        id: stage.bot.id(),
        of: OverwriteOf::Member,
        allow: 0,
        deny: permissions::SEND_MESSAGES_IN_THREADS,
    };
    act(&stage.sim, |world| {
        world.set_overwrite(stage.forum, no_words)
    });
    house.github.act(|world| {
        let issues = [("metadata", Permission::Read), ("issues", Permission::Read)];
        world.grant_app("sameday", &issues);
        world.set(GADGETS, |repository| repository.has_issues = false);
    });
    said.push(house.examined().await);
    said.push(stage.runs(&stage.ben, stage.lounge, "/doctor").await);
    assert_snapshot!(said.join("\n\n"), @"
    **Discord:**
    - Discord does not show me the text of messages, so a preview of an issue lacks it: switch on the Message Content Intent for me in the Developer Portal, or use *Open GitHub issue* in the menu of a message.
    **GitHub:** I may do everything that I need.

    **Discord:**
    - The bot lacks permissions in #help-forum (FORUM) of guild GUILD: give its role these in the channel's settings: Send Messages in Threads.
    - Discord does not show me the text of messages, so a preview of an issue lacks it: switch on the Message Content Intent for me in the Developer Portal, or use *Open GitHub issue* in the menu of a message.
    **GitHub:**
    - GitHub, acme/widgets: the App lacks the permission issues: write to open issues and comment them; add it in the App's settings and accept it in the installation.
    - GitHub, acme/widgets: the App lacks the permission contents: read to see releases; add it in the App's settings and accept it in the installation.
    - GitHub, acme/gadgets: the repository has no issues; switch them on in its settings.
    - GitHub, acme/gadgets: the App lacks the permission issues: write to open issues and comment them; add it in the App's settings and accept it in the installation.
    - GitHub, acme/gadgets: the App lacks the permission contents: read to see releases; add it in the App's settings and accept it in the installation.

    What I am allowed to do here is for the team to look after.
    ");
    assert_eq!(house.issues(REPO), [0; 0]);
    house.ends_unread().await;
}

#[tokio::test]
async fn a_github_that_is_silent_is_no_riddle() {
    let house = House::opens().await;
    let fault = github_sim::faults::Fault::Answer(503);
    house.github.faults().order("GET /repos/*/*", 10, fault);
    assert_snapshot!(house.examined().await, @"
    **Discord:** I may do everything that I need.
    **GitHub:**
    - GitHub does not answer just now, so I can't say what I may do there. Please try again in a minute.
    ");
    house.ends_unread().await;
}
