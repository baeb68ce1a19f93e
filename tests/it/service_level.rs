//! What a policy can promise beyond the same day, on the running bot: the second look, the
//! resolution, the asker's role, messages that need no answer.

use discord_sim::people::Person;
use discord_sim::world::NewRole;

use crate::stage::{Stage, Wishes, act};

/// The last row of the stage's settings, to which keys are added.
const LAST_ROW: &str = "next_response = \"same day\"\nwarning = \"2h\"";

/// The usual stage, Wednesday 10:00 in Berlin, with more keys in its last policy.
async fn with_policy(keys: &str) -> Stage {
    let mut stage = Stage::set(Wishes::default()).await;
    stage.rewrites_settings(LAST_ROW, &format!("{LAST_ROW}\n{keys}"));
    stage.bot_starts().await;
    stage
}

fn asks(stage: &Stage) -> u64 {
    stage
        .ann
        .asks(stage.forum, "It hangs", "Since today.")
        .unwrap()
}

fn pings(people: [&Person; 3]) -> [usize; 3] {
    people.map(|person| person.pinged().len())
}

#[tokio::test]
async fn an_answer_of_the_community_that_nobody_confirms_is_looked_at_by_staff() {
    let stage = with_policy("confirm_within = \"3h\"").await;
    let post = asks(&stage);
    stage.turns_to("2026-11-18T10:00:00Z").await;
    stage.ben.posts(post, "Try turning it off.").unwrap();
    assert!(stage.card(post).await.says("There is an answer"));

    // 14:00 in Berlin: three hours of support time later, before the last call.
    stage.turns_to("2026-11-18T12:59:59.999Z").await;
    assert!(stage.card(post).await.says("There is an answer"));
    stage.turns_to("2026-11-18T13:00:00Z").await;
    let card = stage.card(post).await;
    assert!(card.says("the team takes a second look"), "{}", card.text());

    stage.turns_to("2026-11-18T14:00:00Z").await;
    assert_eq!(stage.news(stage.staff_channel).await.len(), 1);
    // Another word of the community is not what is waited for.
    stage.ben.posts(post, "Did it help?").unwrap();
    assert!(stage.card(post).await.says("the team takes a second look"));
    stage.eva.posts(post, "That is right.").unwrap();
    assert!(stage.card(post).await.says("There is an answer"));
    stage.turns_to("2026-11-20T16:00:00Z").await;
    assert!(stage.news(stage.staff_channel).await.is_empty());

    let why = stage.runs(&stage.eva, post, "/why").await;
    assert!(why.contains("**Second look:** the clock started"), "{why}");
    assert!(why.contains("is not confirmed within 3 h"), "{why}");
    stage.ends().await;
}

#[tokio::test]
async fn who_resolves_or_writes_again_has_no_need_of_a_second_look() {
    let stage = with_policy("confirm_within = \"3h\"").await;
    let [resolved, again] = [asks(&stage), asks(&stage)];
    stage.turns_to("2026-11-18T10:00:00Z").await;
    for post in [resolved, again] {
        stage.ben.posts(post, "Try turning it off.").unwrap();
    }
    let card = stage.card(resolved).await;
    stage.clicks(&stage.ann, &card, "Resolve").await;
    stage.ann.posts(again, "It did not help.").unwrap();
    stage.turns_to("2026-11-18T13:00:00Z").await;
    assert!(stage.card(resolved).await.says("Resolved by"));
    let card = stage.card(again).await;
    assert!(card.says("Your new message is noted."), "{}", card.text());
    stage.eva.posts(again, "Sorry! This will.").unwrap();
    stage.card(again).await;
    stage.ends().await;
}

#[tokio::test]
async fn a_resolution_is_due_after_the_time_with_the_team() {
    let stage = with_policy("resolution = \"4h\"").await;
    let post = asks(&stage);
    // An hour with the team, then it waits for Ann until Thursday 9:00 in Berlin.
    stage.turns_to("2026-11-18T10:00:00Z").await;
    stage.eva.posts(post, "Which version is it?").unwrap();
    stage.turns_to("2026-11-19T08:00:00Z").await;
    assert!(stage.news(stage.staff_channel).await.is_empty());
    stage.ann.posts(post, "1.4.0.").unwrap();
    // Two of the four hours before the due time at 12:00 is 10:00.
    stage.turns_to("2026-11-19T08:59:59.999Z").await;
    assert!(stage.news(stage.staff_channel).await.is_empty());
    stage.turns_to("2026-11-19T09:00:00Z").await;
    assert_eq!(stage.news(stage.staff_channel).await.len(), 1);
    stage.turns_to("2026-11-19T11:00:00.001Z").await;
    assert_eq!(stage.news(stage.staff_channel).await.len(), 1);
    assert_eq!(stage.news(stage.moderator_channel).await.len(), 1);
    let card = stage.card(post).await;
    assert!(card.says("A human will answer by"), "{}", card.text());
    stage.clicks(&stage.eva, &card, "Resolve").await;
    let why = stage.runs(&stage.ann, post, "/why").await;
    let told = why
        .lines()
        .find(|line| line.starts_with("**Resolution:**"))
        .expect("the resolution");
    assert!(
        told.contains(
            "It stood still while it was not the team's turn: <t:1794996000:F> to <t:1795075200:F>."
        ),
        "{told}"
    );
    assert!(told.contains("too late"), "{told}");
    stage.card(post).await;
    stage.ends().await;
}

#[tokio::test]
async fn the_asker_s_role_chooses_the_promise_wherever_they_ask() {
    let mut stage = Stage::set(Wishes::default()).await;
    let enterprise = act(&stage.sim, |world| {
        world.add_role(stage.guild, NewRole::named("Enterprise"))
    });
    let cleo = stage.sim.person("Cleo");
    cleo.joins(stage.guild, &[enterprise]).unwrap();
    stage.rewrites_settings(
        "[[policy]]\nname = \"same day\"",
        &format!(
            "[[policy]]\nname = \"enterprise\"\nasker_roles = [\"{enterprise}\"]\n\
             calendar = \"support\"\nfirst_response = \"1h\"\nnext_response = \"1h\"\n\n\
             [[policy]]\nname = \"same day\""
        ),
    );
    stage.bot_starts().await;
    let in_an_hour = "<t:1794996000:F>";
    let post = cleo.asks(stage.forum, "Down", "Help.").unwrap();
    let card = stage.card(post).await;
    assert!(card.says(in_an_hour), "{}", card.text());
    // A thread of a text channel: the question stands above it, and Discord sends no roles along.
    let question = cleo.posts(stage.help, "Slow.").unwrap();
    let thread = stage.starts_thread(&cleo, stage.help, question, "Slow");
    let card = stage.card(thread).await;
    assert!(card.says(in_an_hour), "{}", card.text());
    // Others have the same day, and what Cleo writes there changes nothing.
    let other = asks(&stage);
    stage.card(other).await;
    cleo.posts(other, "I have that too.").unwrap();
    stage.settles().await;
    let why = stage.runs(&stage.ann, other, "/why").await;
    assert!(why.contains("**Policy same day:**"), "{why}");
    stage.card(other).await;
    // The bot finds the role as well when it was away.
    stage.bot_stops().await;
    let missed = cleo.asks(stage.forum, "Down again", "Help.").unwrap();
    stage.bot_starts().await;
    let card = stage.card(missed).await;
    assert!(card.says(in_an_hour), "{}", card.text());
    stage.ends_unread().await;
}

#[tokio::test]
async fn staff_says_that_a_message_needs_no_answer() {
    let stage = Stage::opens().await;
    let post = asks(&stage);
    stage.eva.posts(post, "Fixed in 1.4.1.").unwrap();
    let message = stage
        .ann
        .posts(post, "Great, I will try on Monday.")
        .unwrap();
    let card = stage.card(post).await;
    assert!(card.says("Your new message is noted."), "{}", card.text());
    let seen = |id: u64| {
        let all = stage.eva.sees(post).unwrap();
        all.into_iter().find(|seen| seen.id() == id).expect("seen")
    };
    let uses = async |person: &Person, entry: &str, id: u64| {
        let answer = person.uses_on_message(entry, &seen(id)).unwrap();
        let told = answer.message().await.unwrap();
        stage.settles().await;
        stage.looks_at(&told)
    };
    assert_eq!(
        uses(&stage.ben, "No reply needed", message).await,
        "Which messages need an answer is for the team to say."
    );
    assert_eq!(
        uses(&stage.eva, "No reply needed", post).await,
        "That is the question itself. If it is answered, use `/resolve`."
    );
    assert_eq!(
        uses(&stage.eva, "No reply needed", card.id()).await,
        "That is not a message of the person who asks here, so no clock waits for an answer to it."
    );
    assert_eq!(
        uses(&stage.eva, "No reply needed", message).await,
        "Noted: nobody owes an answer to this message."
    );
    assert!(stage.card(post).await.says("There is an answer"));
    // It was a mistake.
    let told = uses(&stage.tom, "Needs a reply", message).await;
    assert!(
        told.starts_with("Noted: this message needs an answer."),
        "{told}"
    );
    assert!(stage.card(post).await.says("Your new message is noted."));
    uses(&stage.eva, "No reply needed", message).await;
    stage.turns_to("2026-11-20T12:00:00Z").await;
    assert_eq!(pings([&stage.eva, &stage.tom, &stage.mia]), [0; 3]);
    stage.card(post).await;
    stage.ends().await;
}

#[tokio::test]
async fn thanks_owe_nothing_where_the_bot_may_read_them() {
    let mut stage = Stage::set(Wishes {
        privileged_intents: 1 << 15,
        ..Wishes::default()
    })
    .await;
    stage.rewrites_settings("[guild]", "read_messages = true\n[guild]");
    stage.bot_starts().await;
    let post = asks(&stage);
    stage.card(post).await;
    stage.eva.posts(post, "Fixed in 1.4.1.").unwrap();
    stage.ann.posts(post, "Thanks a lot! 🙏").unwrap();
    assert!(stage.card(post).await.says("There is an answer"));
    // Not even a resolved question is opened again by it.
    let card = stage.card(post).await;
    stage.clicks(&stage.ann, &card, "Resolve").await;
    stage.ann.posts(post, "👍").unwrap();
    assert!(stage.card(post).await.says("Resolved by"));
    stage
        .ann
        .posts(post, "Thanks, but it hangs again.")
        .unwrap();
    assert!(stage.card(post).await.says("Your new message is noted."));
    // Found by catch-up, it is the same.
    stage.tom.posts(post, "1.4.2 is out.").unwrap();
    stage.card(post).await;
    stage.bot_stops().await;
    stage.ann.posts(post, "that worked, thank you!").unwrap();
    stage.bot_starts().await;
    assert!(stage.card(post).await.says("There is an answer"));
    let raw = std::fs::read(stage.database()).unwrap();
    let kept = |text: &str| raw.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(!kept("that worked") && !kept("Thanks a lot"));
    stage.ends_unread().await;
}
