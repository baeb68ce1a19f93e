//! The real ledger, store and outbox deliver to a server in Discord's place, on a turned clock.

use std::sync::Arc;

use insta::assert_snapshot;
use serde_json::json;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use super::*;
use crate::clock::ManualClock;
use crate::discord::catch_up::first_id;
use crate::discord::upstream::{Sent, Upstream};
use crate::discord::views::fixture::{self, ANN, ASKER, FORUM, GUILD, at, snowflake};
use crate::domain::Timestamp;
use crate::domain::ids::{MessageId, ThreadId, UserId};
use crate::ledger::intent::{
    Action, Author, Command, Intent, MessageSeen, Rank, ThreadSeen, TicketRef,
};
use crate::ledger::{Ledger, Start};
use crate::outbox::{Outbox, OutboxHandle};

struct House {
    upstream: Upstream,
    ledger: LedgerHandle,
    outbox: OutboxHandle,
    store: Store,
    hand: Arc<ManualClock>,
    thread: ThreadId,
    _stop: DropGuard,
    _folder: tempfile::TempDir,
}

impl House {
    /// It is Monday, 9:00, and nobody has asked anything yet.
    async fn new() -> Self {
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let upstream = Upstream::start(&tasks, stop.clone()).await;
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("sameday.db"))
            .await
            .unwrap();
        let guilds = LiveGuilds::new([fixture::guild()]);
        let (clock, hand) = Clock::manual(at(1, 9, 0));
        let ledger = Ledger::start(
            store.clone(),
            guilds.clone(),
            clock.clone(),
            &tasks,
            Start::Deciding,
        );
        let delivery = DiscordDelivery::new(
            upstream.rest.clone(),
            store.clone(),
            ledger.clone(),
            guilds,
            clock.clone(),
        );
        let outbox = Outbox::start(ledger.clone(), delivery, clock, &tasks);
        Self {
            upstream,
            ledger,
            outbox,
            store,
            hand,
            thread: ThreadId(snowflake(at(1, 10, 0))),
            _stop: stop.drop_guard(),
            _folder: folder,
        }
    }

    /// Turns the clock, and gives what was sent until nothing more was due.
    async fn until(&mut self, now: Timestamp) -> Vec<Sent> {
        self.hand.set(now);
        self.outbox.settled().await;
        self.upstream.all()
    }

    async fn intend(&self, intent: Intent) {
        self.ledger.reserve().await.unwrap().send(intent);
    }

    async fn writes(&self, when: Timestamp, user: UserId, staff: bool) {
        self.intend(Intent::Message(MessageSeen {
            thread: self.thread,
            message: MessageId(snowflake(when)),
            author: Author::Human { user, staff },
        }))
        .await;
    }

    async fn thread_is(&self, archived: bool, locked: bool) {
        self.intend(Intent::from(ThreadSeen {
            guild: GUILD,
            thread: self.thread,
            channel: FORUM,
            title: "How?".to_owned(),
            tags: Vec::new(),
            archived,
            locked,
        }))
        .await;
    }

    /// Somebody asks on Monday at 10:00.
    async fn is_asked(&mut self) -> Vec<Sent> {
        self.thread_is(false, false).await;
        self.writes(at(1, 10, 0), ASKER, false).await;
        self.until(at(1, 10, 0)).await
    }

    async fn acts(&self, when: Timestamp, by: UserId, action: Action) {
        let command = Command {
            interaction: snowflake(when) + 7,
            ticket: TicketRef::Thread(self.thread),
            guild: GUILD,
            by,
            rank: Rank::Moderator,
            action,
            words: String::new(),
        };
        self.ledger.command(command).await.unwrap();
    }

    fn refuses(&self, part: &str, status: u16, code: u64) {
        let body = json!({"code": code, "message": "no"});
        self.upstream.answers(part, status, body);
    }

    async fn dead(&self) -> Vec<String> {
        let dead = self.store.list_dead().await.unwrap();
        dead.into_iter().filter_map(|row| row.reason).collect()
    }
}

fn lines(sent: &[Sent]) -> Vec<&str> {
    let mut lines: Vec<&str> = sent.iter().map(|sent| sent.line.as_str()).collect();
    // Lanes are independent: only the order inside one is promised.
    lines.sort_unstable();
    lines
}

fn post_in(channel: impl std::fmt::Display) -> String {
    format!("POST /api/v10/channels/{channel}/messages")
}

fn said<'a>(sent: &'a [Sent], line: &str) -> &'a serde_json::Value {
    let found: Vec<_> = sent.iter().filter(|sent| sent.line == line).collect();
    assert_eq!(found.len(), 1, "{line} in {sent:?}");
    &found[0].body
}

#[tokio::test]
async fn a_question_is_followed_to_its_end() {
    let mut house = House::new().await;
    let asked = house.is_asked().await;
    let card = said(&asked, &post_in(house.thread));
    assert_snapshot!(card["content"].as_str().unwrap(), @"
    A human will answer by <t:1795449600:F> (<t:1795449600:R>).
    -# I am a bot and keep the time. The answers come from people.
    ");
    assert_eq!(card["enforce_nonce"], true);
    assert!(card["nonce"].as_str().unwrap().starts_with('c'));
    assert_eq!(asked.len(), 1);

    let edit = format!("PATCH /api/v10/channels/{}/messages/555", house.thread);
    let at_risk = house.until(at(1, 15, 0)).await;
    assert_eq!(at_risk.len(), 2, "{at_risk:?}");
    assert!(said(&at_risk, &edit).get("nonce").is_none());
    let alert = said(&at_risk, &post_in(21));
    assert_eq!(
        alert["allowed_mentions"],
        json!({"parse": [], "roles": ["30"]})
    );
    assert_eq!(alert["enforce_nonce"], true);

    house.acts(at(1, 15, 30), ANN, Action::Claim).await;
    house.until(at(1, 15, 30)).await;
    let overdue = house.until(at(1, 17, 1)).await;
    let member = "GET /api/v10/guilds/10/members/41".to_owned();
    let (staff, moderators) = (post_in(21), post_in(22));
    assert_eq!(
        lines(&overdue),
        [&member, &edit, &staff, &moderators].map(String::as_str)
    );
    assert_eq!(
        said(&overdue, &staff)["allowed_mentions"],
        json!({"parse": [], "users": ["41"], "roles": ["30"]})
    );
    assert_eq!(
        said(&overdue, &moderators)["allowed_mentions"],
        json!({"parse": [], "roles": ["31"]})
    );

    house.writes(at(1, 17, 30), ANN, true).await;
    let answered = house.until(at(1, 17, 30)).await;
    assert!(
        said(&answered, &edit)["content"]
            .as_str()
            .unwrap()
            .starts_with("There is an answer.")
    );
    assert_eq!(house.dead().await, Vec::<String>::new());
}

#[tokio::test]
async fn who_has_left_is_not_pinged_but_the_role_is() {
    let mut house = House::new().await;
    house.is_asked().await;
    house.acts(at(1, 10, 30), ANN, Action::Claim).await;
    house.refuses("/members/41", 404, 10_007);
    let sent = house.until(at(1, 15, 0)).await;
    assert_eq!(
        said(&sent, &post_in(21))["allowed_mentions"],
        json!({"parse": [], "roles": ["30"]})
    );
}

#[tokio::test]
async fn a_deleted_card_comes_back_with_the_next_round_only() {
    let mut house = House::new().await;
    house.upstream.answers(
        "POST",
        200,
        json!({"id": snowflake(at(1, 10, 1)).to_string()}),
    );
    house.is_asked().await;
    house.refuses("PATCH", 404, 10_008);
    house.acts(at(1, 10, 30), ANN, Action::Claim).await;
    let claimed = house.until(at(1, 10, 30)).await;
    assert_eq!(claimed.len(), 1, "{claimed:?}");
    house.acts(at(1, 11, 0), ANN, Action::Resolve).await;
    let resolved = house.until(at(1, 11, 0)).await;
    assert!(
        resolved.iter().all(|sent| sent.line.starts_with("PATCH")),
        "{resolved:?}"
    );
    house.writes(at(1, 12, 0), ASKER, false).await;
    let reopened = house.until(at(1, 12, 0)).await;
    said(&reopened, &post_in(house.thread));
    assert_eq!(house.dead().await, Vec::<String>::new());
}

#[tokio::test]
async fn an_archived_thread_is_woken_only_for_somebody_who_waits() {
    let mut house = House::new().await;
    house.is_asked().await;
    house.thread_is(true, false).await;
    house.refuses("/messages/555", 400, 50_083);
    let wake = format!("PATCH /api/v10/channels/{}", house.thread);
    let overdue = house.until(at(1, 17, 1)).await;
    assert_eq!(said(&overdue, &wake), &json!({"archived": false}));

    house.acts(at(1, 17, 2), ANN, Action::Resolve).await;
    let resolved = house.until(at(1, 17, 2)).await;
    assert_eq!(resolved.len(), 1, "{resolved:?}");
    house.upstream.answers("/messages/555", 200, json!({}));
    house.acts(at(1, 18, 0), ANN, Action::Reopen).await;
    let edit = format!("{wake}/messages/555");
    assert_eq!(
        lines(&house.until(at(1, 18, 0)).await),
        [edit],
        "the same card"
    );
    assert_eq!(house.dead().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_thread_that_is_gone_owes_nothing() {
    let mut house = House::new().await;
    house.refuses("POST", 404, 10_003);
    house.is_asked().await;
    house.upstream.answers("POST", 200, json!({"id": "556"}));
    assert_eq!(lines(&house.until(at(2, 17, 1)).await), Vec::<&str>::new());
    assert_eq!(house.dead().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_missing_permission_is_told_once() {
    let mut house = House::new().await;
    house.refuses("/channels/21/messages", 403, 50_013);
    house.is_asked().await;
    let at_risk = house.until(at(1, 15, 0)).await;
    let told = said(&at_risk, &post_in(22));
    assert_snapshot!(told["content"].as_str().unwrap(), @"**Something needs your hand.** I may not write in <#21>. Please give me View Channel, Send Messages, Send Messages in Threads and Read Message History there; until then people wait for what I had to say.");
    let overdue = house.until(at(1, 17, 1)).await;
    let told = said(&overdue, &post_in(22));
    assert!(
        told["content"].as_str().unwrap().contains("overdue"),
        "{told}"
    );
    assert_eq!(house.dead().await.len(), 2);
}

#[tokio::test]
async fn what_may_have_arrived_is_looked_for_first() {
    let mut house = House::new().await;
    house.is_asked().await;
    house
        .upstream
        .answers("POST /api/v10/channels/21", 200, json!("no message"));
    let first = house.until(at(1, 15, 0)).await;
    let parcel = said(&first, &post_in(21))["components"][0]["components"][1]["custom_id"].clone();

    let search = "GET /api/v10/channels/21/messages?limit=100";
    let found = json!([
        {"id": "700", "components": []},
        {"id": "701", "components": [{"type": 1, "components": [{"custom_id": parcel}]}]},
    ]);
    house.upstream.answers(search, 200, found);
    let second = house.until(at(1, 15, 5)).await;
    let asked = lines(&second);
    assert_eq!(asked.len(), 1, "found, so not sent again: {asked:?}");
    let from = asked[0].strip_prefix(search).unwrap();
    // Nothing older than the order can be it.
    let ordered = first_id(at(1, 14, 50));
    assert_eq!(from, format!("&after={ordered}"));
    assert_eq!(house.dead().await, Vec::<String>::new());
}
