//! What changes do to clocks that run.

use super::*;

#[tokio::test]
async fn clocks_that_run_keep_their_promise_unless_the_settings_say_otherwise() {
    let mut stage = Stage::opens().await;
    let due = async |stage: &Stage, post: u64| {
        let ticket = stage.ticket(post).await;
        let queue = sameday::store::Filter::All;
        let guild = sameday::domain::ids::GuildId(stage.guild);
        let page = sameday::store::Page {
            offset: 0,
            size: 10,
        };
        let (rows, _) = stage
            .store()
            .list_queue(guild, queue, stage.now(), page)
            .await
            .unwrap();
        let row = rows.iter().find(|row| row.ticket_id == ticket).unwrap();
        row.due_at.unwrap().format("%H:%M").to_string()
    };
    let before = stage
        .ann
        .asks(stage.forum, "It hangs", "Since today.")
        .unwrap();
    stage.card(before).await;
    assert_eq!(due(&stage, before).await, "16:00");

    stage.passes(TimeDelta::minutes(5)).await;
    changes(
        &stage,
        &stage.mia,
        "/hours set days:Wednesday hours:09:00-15:00",
    )
    .await;
    let after = stage
        .ann
        .asks(stage.forum, "It hangs again", "Still.")
        .unwrap();
    stage.card(after).await;
    assert_eq!(
        due(&stage, before).await,
        "16:00",
        "what was promised is kept"
    );
    assert_eq!(due(&stage, after).await, "14:00");

    stage.passes(TimeDelta::minutes(5)).await;
    let recompute = "/policy changes of:these settings: keep or recompute then:recompute";
    let offer = changes(&stage, &stage.mia, recompute).await;
    assert_snapshot!(offer, @"
    Shall I change this? Clocks that run go over to it at once: 1 running clock moves.
    - changes, policy: recompute
    [Change it]
    [Leave it]
    ");
    assert_eq!(
        due(&stage, before).await,
        "14:00",
        "the new version takes them over"
    );
    assert_snapshot!(told(&stage, &stage.mia, "/policy changes of:a priority: forward, recompute or reset then:keep").await, @"Nothing was changed: unknown variant `keep`, expected one of `forward`, `recompute`, `reset`.");
    stage.ends_unread().await;
}

/// What the card says by when an answer is due, in Berlin.
async fn due_on_card(stage: &Stage, post: u64) -> String {
    let card = stage.card(post).await.text();
    let stamp = card.split("<t:").nth(1).and_then(|it| it.split(':').next());
    let seconds: i64 = stamp.unwrap().parse().unwrap();
    let at = chrono::DateTime::from_timestamp(seconds, 0).unwrap();
    at.with_timezone(&chrono_tz::Europe::Berlin)
        .format("%H:%M")
        .to_string()
}

/// Asked at 10:00 and critical from 10:30 on: by when an answer is due before and after.
async fn made_critical(then: &str) -> [String; 2] {
    let stage = Stage::opens().await;
    let typed = format!("/policy changes of:a priority: forward, recompute or reset then:{then}");
    changes(&stage, &stage.mia, &typed).await;
    stage.passes(TimeDelta::minutes(1)).await;
    let post = stage
        .ann
        .asks(stage.forum, "It hangs", "Since today.")
        .unwrap();
    let before = due_on_card(&stage, post).await;
    stage.passes(TimeDelta::minutes(30)).await;
    let answer = stage.eva.runs(post, "/critical").unwrap();
    let question = answer.message().await.unwrap();
    stage.looks_at(&question);
    let sure = stage.eva.clicks(&question, "Yes, it is critical").unwrap();
    sure.acknowledged().await.unwrap();
    let answered = |seen: &Seen| seen.id() == question.id() && seen.buttons().is_empty();
    stage.eva.waits(post, answered).await.unwrap();
    let after = due_on_card(&stage, post).await;
    let mut stage = stage;
    stage.ends_unread().await;
    [before, after]
}

#[tokio::test]
async fn another_priority_counts_from_now_from_the_beginning_or_for_what_comes_later() {
    assert_eq!(made_critical("forward").await, ["17:00", "17:00"]);
    assert_eq!(made_critical("recompute").await, ["17:00", "11:01"]);
    assert_eq!(made_critical("reset").await, ["17:00", "11:31"]);
}

/// Two hours with the team, resolved, reopened an hour later: by when it has to be resolved.
async fn reopened(then: &str) -> String {
    let mut stage = Stage::set(Wishes::default()).await;
    stage.rewrites_settings("warning = \"2h\"", "warning = \"50%\"\nresolution = \"3h\"");
    stage.bot_starts().await;
    let typed = format!("/policy changes of:resolved to open again: continue or reset then:{then}");
    changes(&stage, &stage.mia, &typed).await;
    stage.passes(TimeDelta::minutes(1)).await;
    let post = stage
        .ann
        .asks(stage.forum, "It hangs", "Since today.")
        .unwrap();
    stage.passes(TimeDelta::hours(2)).await;
    stage.runs(&stage.eva, post, "/resolve").await;
    stage.passes(TimeDelta::hours(1)).await;
    stage.runs(&stage.ann, post, "/reopen").await;
    let why = stage.runs(&stage.eva, post, "/why").await;
    let clock = why
        .lines()
        .rfind(|line| line.starts_with("**Resolution:**"));
    let due = clock.unwrap().split("Due <t:").nth(1).unwrap();
    let seconds: i64 = due.split(':').next().unwrap().parse().unwrap();
    let at = chrono::DateTime::from_timestamp(seconds, 0).unwrap();
    let spent = why
        .lines()
        .find(|line| line.starts_with("**With the team:**"));
    let spent = spent.unwrap().to_owned();
    stage.ends_unread().await;
    let at = at
        .with_timezone(&chrono_tz::Europe::Berlin)
        .format("%a %H:%M");
    format!("{at}\n{spent}")
}

#[tokio::test]
async fn a_reopening_goes_on_with_the_resolution_or_begins_it_anew() {
    assert_snapshot!(reopened("continue").await, @"
    Wed 14:01
    **With the team:** 2 h until it was resolved <t:1794999660:F> for the first time, 2 h in all so far (in support time, without waiting for the asker).
    ");
    assert_snapshot!(reopened("reset").await, @"
    Wed 16:01
    **With the team:** 2 h until it was resolved <t:1794999660:F> for the first time, 2 h in all so far (in support time, without waiting for the asker).
    ");
}
