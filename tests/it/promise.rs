//! A date in public: `/promise`, as people see it.

use discord_sim::people::{Person, Seen};
use insta::assert_snapshot;

use crate::stage::{Stage, Wishes, act};

/// Types `/promise` and sees what is offered, alone.
async fn types(stage: &Stage, person: &Person, post: u64, options: &str) -> Seen {
    let typed = format!("/promise {options}");
    let answer = person.runs_when_offered(post, typed.trim()).await.unwrap();
    let seen = answer.message().await.unwrap();
    assert!(seen.is_whisper(), "everybody sees the answer to {typed}");
    stage.settles().await;
    stage.looks_at(&seen);
    seen
}

/// Presses a button below that, and reads what becomes of it.
async fn presses(stage: &Stage, person: &Person, post: u64, offer: &Seen, button: &str) -> String {
    let answer = person.clicks(offer, button).unwrap();
    answer.acknowledged().await.unwrap();
    let answered = |seen: &Seen| seen.id() == offer.id() && seen.buttons().is_empty();
    let seen = person.waits(post, answered).await.unwrap();
    stage.settles().await;
    stage.looks_at(&seen)
}

async fn promises(stage: &Stage, person: &Person, post: u64, options: &str) {
    let offer = types(stage, person, post, options).await;
    let done = presses(stage, person, post, &offer, "Promise it").await;
    assert!(done.starts_with("Promised."), "{done}");
}

/// What was newly said in the thread beside the card.
async fn said(stage: &Stage, post: u64) -> String {
    let news = stage.news(post).await;
    let remarks = news
        .iter()
        .filter(|seen| seen.buttons() == ["Why?"])
        .map(Seen::text);
    stage.named(post, &remarks.collect::<Vec<_>>().join("\n"))
}

fn pings(stage: &Stage) -> [usize; 4] {
    [&stage.ann, &stage.eva, &stage.tom, &stage.mia].map(Stage::pings)
}

#[tokio::test]
async fn a_date_is_shown_first_then_said_in_the_thread_and_kept_watch_of() {
    let stage = Stage::opens().await;
    let post = stage.asked().await;
    stage.eva.posts(post, "I found it.").unwrap();
    let offer = types(
        &stage,
        &stage.eva,
        post,
        "until:tomorrow 15:00 note:The fix @everyone **now**",
    )
    .await;
    assert_snapshot!(stage.named(post, &offer.text()), @r"
    Shall I say in this thread that you promise this by <t:1795096800:F> (<t:1795096800:R>)?
    > The fix \@|everyone \*\*now\*\*
    I understood Thu 19 Nov 2026 15:00 in Europe/Berlin.
    [Promise it]
    [Leave it]
    ");
    assert_eq!(said(&stage, post).await, "", "not yet");
    let done = presses(&stage, &stage.eva, post, &offer, "Promise it").await;
    assert_snapshot!(done, @"Promised. It stands in the thread, and you are reminded in time.");
    assert_snapshot!(said(&stage, post).await, @r"
    <@EVA> promises this by <t:1795096800:F> (<t:1795096800:R>).
    > The fix \@|everyone \*\*now\*\*
    -# I keep the date and remind <@EVA> in time.
    [Why?]
    ");
    let card = stage.card(post).await;
    assert_snapshot!(stage.named(post, &card.text()), @"
    There is an answer. If it solves your question, press **Resolve**; if not, just write again.
    <@EVA> promised this by <t:1795096800:F> (<t:1795096800:R>).
    [Claim]
    [Resolve]
    ");
    assert_eq!(pings(&stage), [0; 4]);
    assert!(
        stage.eva.clicks(&offer, "Promise it").is_err(),
        "the button is gone"
    );

    // Two hours of support time before: who gave it is reminded, and nobody else.
    stage.turns_to("2026-11-19T11:59:59.999Z").await;
    assert!(stage.news(stage.staff_channel).await.is_empty());
    stage.turns_to("2026-11-19T12:00:00Z").await;
    let news = stage.news(stage.staff_channel).await;
    assert_eq!(news.len(), 1);
    assert_snapshot!(stage.named(post, &news[0].text()), @"
    1 promise is due soon:
    - <#POST> · promise due <t:1795096800:F> (<t:1795096800:R>) · promised <t:1794992400:R> · <@EVA>
    [I have it]
    [Show queue]
    ");
    assert_eq!(pings(&stage), [0, 1, 0, 0]);

    // The bot is away when it lapses.
    let mut stage = stage;
    stage.bot_stops().await;
    stage.turns_to("2026-11-19T14:30:00Z").await;
    stage.bot_starts().await;
    let news = stage.news(stage.staff_channel).await;
    assert_eq!(news.len(), 1);
    assert_snapshot!(stage.named(post, &news[0].text()), @"
    <@&STAFF_ROLE> 1 promise was not kept:
    - <#POST> · **promise not kept**, was due <t:1795096800:F> (<t:1795096800:R>) · promised <t:1794992400:R> · <@EVA>
    [I have it]
    [Show queue]
    ");
    let moderators = stage.news(stage.moderator_channel).await;
    assert!(
        moderators
            .iter()
            .any(|seen| seen.says("1 promise was not kept"))
    );
    let card = stage.card(post).await;
    assert_snapshot!(stage.named(post, &card.text()), @"
    There is an answer. If it solves your question, press **Resolve**; if not, just write again.
    <@EVA> promised this by <t:1795096800:F> (<t:1795096800:R>), which was not kept. The team has been told.
    [Claim]
    [Resolve]
    ");

    let why = stage.runs(&stage.ann, post, "/why").await;
    let told: Vec<&str> = why.lines().filter(|line| line.contains("romise")).collect();
    assert_snapshot!(stage.named(post, &told.join("\n")), @r"
    **Promise:** the clock started <t:1794992400:F> with the date that <@EVA> gave. Due <t:1795096800:F>, warning <t:1795089600:F>. It was not kept, and still stands.
    - **At risk**, the promise (due <t:1795096800:F>) to the team: sent <t:1795089600:F>, for <@EVA>.
    - **Overdue**, the promise (due <t:1795096800:F>) to the team: sent <t:1795098600:F>, for <@EVA> and <@&STAFF_ROLE>.
    - **Overdue**, the promise (due <t:1795096800:F>) to the moderators: sent <t:1795098600:F>, for <@&MODERATOR_ROLE>.
    - <@EVA> promised <t:1795096800:F> <t:1794992400:F>: The fix \@|everyone \*\*now\*\*.
    ");
    stage.ends_unread().await;
}

#[tokio::test]
async fn dates_that_cannot_be_meant_are_refused_with_a_sentence_and_nothing_changes() {
    let stage = Stage::set(Wishes {
        // A Friday, 10:00 in Berlin, two days before the clocks are turned back.
        now: "2026-10-23T08:00:00Z".parse().unwrap(),
        ..Wishes::default()
    })
    .await;
    let mut stage = stage;
    stage.bot_starts().await;
    let post = stage.asked().await;
    let mut told = Vec::new();
    for (person, options) in [
        (&stage.ann, "until:tomorrow"),
        (&stage.ben, "until:tomorrow"),
        (&stage.eva, ""),
        (&stage.eva, "note:soon"),
        (&stage.eva, "until:soon"),
        (&stage.eva, "until:1/12"),
        (&stage.eva, "until:2026-10-22"),
        (&stage.eva, "until:30 Feb"),
        (&stage.eva, "until:2026-10-25 02:30"),
        (&stage.eva, "until:2027-03-28 02:30"),
        (&stage.eva, "until:in 13 months"),
        (&stage.eva, "until:Monday 26 Oct"),
        (&stage.eva, "until:sunday"),
        (&stage.eva, "until:2026-10-25 02:30 +01:00"),
    ] {
        let seen = types(&stage, person, post, options).await;
        let text = stage.named(post, &seen.text());
        told.push(format!("{} {options}\n    {text}", person.name()));
    }
    assert_snapshot!(told.join("\n"), @"
    Ann until:tomorrow
        Dates are promised by the team, and never by whoever asks in the thread.
    Ben until:tomorrow
        Dates are promised by the team, and never by whoever asks in the thread.
    Eva 
        Nothing is promised here. Give a date with `/promise`, like `until: tomorrow 15:00` and `note: the fix`.
    Eva note:soon
        Please say by when as well, like `until: tomorrow 15:00`. Nothing was promised.
    Eva until:soon
        I do not understand that as a date or time; write it like `tomorrow 15:00`, `in 2 days`, `friday`, `1 Dec` or `2026-12-01 15:00`.
    Eva until:1/12
        Dates with slashes are read differently from country to country; write `1 Dec` or `2026-12-01`.
    Eva until:2026-10-22
        Thursday, 22 October 2026 17:00 is past; write a date or time that is still ahead, like `tomorrow 15:00`.
    Eva until:30 Feb
        There is no such date or time; please look at the numbers again.
    Eva until:2026-10-25 02:30
        The clocks in Europe/Berlin show 02:30 twice on that day. Please write which you mean, like `2026-10-25 02:30 +01:00`.
    Eva until:2027-03-28 02:30
        The clocks in Europe/Berlin leave out 28 March 2027 02:30; the next time after it is 03:00.
    Eva until:in 13 months
        That is more than a year ahead; promise a nearer date. Nothing was promised.
    Eva until:Monday 26 Oct
        Shall I say in this thread that you promise this by <t:1793030400:F> (<t:1793030400:R>)?
    I understood Mon 26 Oct 2026 17:00 in Europe/Berlin. That is when support hours end on that day.
    [Promise it]
    [Leave it]
    Eva until:sunday
        Shall I say in this thread that you promise this by <t:1793030400:F> (<t:1793030400:R>)?
    I understood Mon 26 Oct 2026 17:00 in Europe/Berlin. There is no support on Sunday, 25 October, so that is the end of Monday, 26 October.
    [Promise it]
    [Leave it]
    Eva until:2026-10-25 02:30 +01:00
        Shall I say in this thread that you promise this by <t:1792891800:F> (<t:1792891800:R>)?
    I understood Sun 25 Oct 2026 02:30 in Europe/Berlin.
    [Promise it]
    [Leave it]
    ");
    let elsewhere = stage
        .runs(&stage.eva, stage.staff_channel, "/promise until:tomorrow")
        .await;
    assert!(elsewhere.contains("not a help thread"), "{elsewhere}");
    stage.turns_to("2026-11-30T09:00:00Z").await;
    assert_eq!(said(&stage, post).await, "");
    assert!(!stage.card(post).await.says("promised this"));
    stage.ends_unread().await;
}

#[tokio::test]
async fn what_was_shown_is_what_counts_and_it_counts_once() {
    let mut stage = Stage::opens().await;
    let post = stage.asked().await;
    let evas = types(&stage, &stage.eva, post, "until:tomorrow 15:00").await;
    let toms = types(&stage, &stage.tom, post, "until:friday").await;
    let left = types(&stage, &stage.tom, post, "until:monday").await;
    assert!(
        stage.ann.clicks(&evas, "Promise it").is_err(),
        "nobody else sees it"
    );
    let told = presses(&stage, &stage.tom, post, &left, "Leave it").await;
    assert_eq!(told, "Nothing was promised.");
    presses(&stage, &stage.eva, post, &evas, "Promise it").await;
    let told = presses(&stage, &stage.tom, post, &toms, "Promise it").await;
    assert_snapshot!(stage.named(post, &told), @"Nothing has changed: <@EVA> has promised this by <t:1795096800:F> (<t:1795096800:R>) meanwhile. Look at it with `/promise`, and ask again if yours is still wanted.");
    let soon = types(&stage, &stage.tom, post, "until:11:00").await;
    assert!(soon.says("takes the place of"), "{}", soon.text());
    stage.bot_stops().await;
    stage.turns_to("2026-11-18T10:00:00Z").await;
    stage.bot_starts().await;
    let told = presses(&stage, &stage.tom, post, &soon, "Promise it").await;
    assert_snapshot!(told, @"Nothing was promised: that date has passed by now. Please name one that is still ahead.");
    let said = said(&stage, post).await;
    assert_eq!(said.matches("promises this by").count(), 1, "{said}");
    stage.ends_unread().await;
}

#[tokio::test]
async fn another_date_takes_the_place_of_the_first_and_a_promise_is_taken_back_in_public() {
    let stage = Stage::opens().await;
    let post = stage.asked().await;
    stage.eva.posts(post, "I found it.").unwrap();
    promises(&stage, &stage.eva, post, "until:15:00 note:the fix").await;
    promises(&stage, &stage.tom, post, "until:friday").await;
    assert_snapshot!(said(&stage, post).await, @"
    <@EVA> promises this by <t:1795010400:F> (<t:1795010400:R>).
    > the fix
    -# I keep the date and remind <@EVA> in time.
    [Why?]
    <@TOM> promises this by <t:1795190400:F> (<t:1795190400:R>).
    Before, <t:1795010400:F> was promised.
    -# I keep the date and remind <@TOM> in time.
    [Why?]
    ");
    // Nobody is reminded of the first.
    stage.turns_to("2026-11-18T15:00:00Z").await;
    assert!(stage.news(stage.staff_channel).await.is_empty());
    let before = types(&stage, &stage.tom, post, "").await;
    let shown = types(&stage, &stage.eva, post, "").await;
    assert_snapshot!(stage.named(post, &shown.text()), @"
    <@TOM> promised something here by <t:1795190400:F> (<t:1795190400:R>). Is it done, or can it not be kept? Another date is given with `/promise until:`.
    [It is kept]
    [Take it back]
    ");
    let told = presses(&stage, &stage.eva, post, &shown, "Take it back").await;
    assert_snapshot!(told, @"It is taken back, and the thread says so. If you can, give another date with `/promise`.");
    assert_snapshot!(said(&stage, post).await, @"
    <@EVA> takes back what was promised by <t:1795190400:F>: it can't be kept. Your question stays open.
    [Why?]
    ");
    assert!(!stage.card(post).await.says("promised this"));
    let told = presses(&stage, &stage.tom, post, &before, "It is kept").await;
    assert_snapshot!(told, @"Nothing has changed: what was promised before is not promised any more. Look at the thread, and use `/promise` again if a date is wanted.");
    stage.turns_to("2026-11-23T15:00:00Z").await;
    assert!(stage.news(stage.staff_channel).await.is_empty());
    assert_eq!(pings(&stage), [0; 4]);
    let why = stage.runs(&stage.eva, post, "/why").await;
    let told: Vec<&str> = why.lines().filter(|line| line.contains("romise")).collect();
    assert_snapshot!(stage.named(post, &told.join("\n")), @"
    **Promise:** the clock started <t:1794992400:F> with the date that <@EVA> gave. Due <t:1795010400:F>, warning <t:1795003200:F>. Another date took its place by <@TOM> <t:1794992400:F>.
    **Promise:** the clock started <t:1794992400:F> with the date that <@TOM> gave. Due <t:1795190400:F>, warning <t:1795183200:F>. Taken back by <@EVA> <t:1795014000:F>.
    - <@EVA> promised <t:1795010400:F> <t:1794992400:F>: the fix.
    - <@TOM> promised <t:1795190400:F> <t:1794992400:F>.
    - <@EVA> took the promise back <t:1795014000:F>.
    ");
    let mut stage = stage;
    stage.ends_unread().await;
}

#[tokio::test]
async fn it_is_kept_when_somebody_says_so_or_resolves_and_a_reopening_takes_that_back() {
    let stage = Stage::opens().await;
    let [said_so, solved] = [stage.asked().await, stage.asked().await];
    for post in [said_so, solved] {
        stage.eva.posts(post, "I found it.").unwrap();
        promises(&stage, &stage.eva, post, "until:tomorrow 15:00").await;
        said(&stage, post).await;
    }
    // A message alone keeps nothing.
    stage.eva.posts(said_so, "1.4.1 is out.").unwrap();
    assert!(stage.card(said_so).await.says("promised this by"));
    let shown = types(&stage, &stage.tom, said_so, "").await;
    let told = presses(&stage, &stage.tom, said_so, &shown, "It is kept").await;
    assert_eq!(told, "Noted, and said in the thread: it is kept.");
    assert_snapshot!(said(&stage, said_so).await, @"
    <@TOM> says that what was promised by <t:1795096800:F> is done. If something is missing, just write.
    [Why?]
    ");
    stage.runs(&stage.eva, solved, "/resolve").await;
    assert!(!stage.card(solved).await.says("promised this by"));
    // It runs on to the same date.
    stage.ann.posts(solved, "It hangs again.").unwrap();
    assert!(stage.card(solved).await.says("promised this by"));
    stage.eva.posts(solved, "I see.").unwrap();
    stage.turns_to("2026-11-19T12:00:00Z").await;
    let news = stage.news(stage.staff_channel).await;
    assert_eq!(news.len(), 1);
    assert!(news[0].says("1 promise is due soon"), "{}", news[0].text());
    // It can be taken on, although nobody waits for an answer.
    let told = stage.clicks(&stage.eva, &news[0], "I have it").await;
    assert!(told.starts_with("It's yours"), "{told}");
    let said = stage.news(stage.staff_channel).await;
    assert!(said[0].says(" has <#"), "{}", said[0].text());
    stage.turns_to("2026-11-19T14:59:00Z").await;
    stage.runs(&stage.ann, solved, "/resolve").await;
    let why = stage.runs(&stage.eva, solved, "/why").await;
    let told: Vec<&str> = why
        .lines()
        .filter(|line| line.starts_with("**Promise:**"))
        .collect();
    assert_snapshot!(stage.named(solved, &told.join("\n")), @"**Promise:** the clock started <t:1794992400:F> with the date that <@EVA> gave. Due <t:1795096800:F>, warning <t:1795089600:F>. Kept, because it was resolved by <@ANN> <t:1795100340:F>: too late.");
    let mut stage = stage;
    stage.ends_unread().await;
}

#[tokio::test]
async fn a_deleted_thread_takes_the_note_along() {
    let mut stage = Stage::opens().await;
    let post = stage.asked().await;
    promises(&stage, &stage.eva, post, "until:15:00 note:marmalade").await;
    types(&stage, &stage.eva, post, "until:16:00 note:quince").await;
    let ticket = stage.ticket(post).await;
    act(&stage.sim, |world| {
        world.delete_channel(stage.mia.id(), post)
    });
    stage.settles().await;
    let events = stage.store().list_events(ticket).await.unwrap();
    let events = format!("{events:?}");
    assert!(events.contains("Promised") && !events.contains("marmalade"));
    stage.turns_to("2026-11-19T15:00:00Z").await;
    assert!(stage.news(stage.staff_channel).await.is_empty());
    stage.ends_unread().await;
    let raw = std::fs::read(stage.database()).unwrap();
    let kept = |text: &str| raw.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(!kept("marmalade") && !kept("quince"));
}
