//! The story, beat by beat, to be read like a script.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use anyhow::{Context, ensure};
use chrono::TimeDelta;
use discord_sim::people::{Person, Seen};

use super::eyes;
use super::screen::{self, Screen};
use super::{ZONE, instant};
use crate::demo::stage::Stage;
use crate::domain::event::Trigger;
use crate::domain::ids::ThreadId;
use crate::domain::metrics::Sample;
use crate::store::check;
use crate::text;

/// Plays the story on a stage and writes down what is seen.
pub(super) struct Teller<'a> {
    stage: Stage,
    /// The pause before each beat.
    pace: Duration,
    out: &'a mut (dyn Write + Send),
    /// Every message as it was when it was last shown, by id.
    shown: BTreeMap<u64, Seen>,
    /// The place that was named last in this beat.
    here: Option<u64>,
    /// Every help thread, in the order they were opened.
    threads: Vec<u64>,
}

impl<'a> Teller<'a> {
    pub(super) fn new(stage: Stage, pace: Duration, out: &'a mut (dyn Write + Send)) -> Self {
        Self {
            stage,
            pace,
            out,
            shown: BTreeMap::new(),
            here: None,
            threads: Vec::new(),
        }
    }

    /// Tells it from the beginning to the end.
    pub(super) async fn tells(&mut self) -> anyhow::Result<()> {
        self.says(
            "A simulated Discord on this computer: no account, no network, people and clock played by \
             a script. The bot is the real one. Eva and Tom are staff, Mia moderates, everybody else \
             asks and helps. Support is there from Monday to Friday, 9:00 to 17:00 in Berlin. The \
             promise: who asks by 15:00 has an answer the same day.",
        )?;
        self.stage.bot_starts().await?;
        let crash = self.the_first_day().await?;
        self.the_night().await?;
        self.the_second_day(crash).await?;
        self.the_figures().await
    }

    async fn the_first_day(&mut self) -> anyhow::Result<u64> {
        let forum = self.stage.team.places.forum;

        self.beat(1, "10:02", "Ann asks, and reads by when she is answered")
            .await?;
        let crash = self.stage.team.ann.asks(
            forum,
            "It hangs on start",
            "Since today it hangs on start. Anybody else?",
        )?;
        self.threads.push(crash);
        self.shows(crash).await?;

        self.beat(
            1,
            "10:30",
            "Lee asks too; the community is quicker than the team",
        )
        .await?;
        let log =
            self.stage
                .team
                .lee
                .asks(forum, "Where is the log?", "I can't find it on macOS.")?;
        self.threads.push(log);
        self.passes(TimeDelta::minutes(11)).await?;
        self.stage.team.ben.posts(log, "In ~/Library/Logs/acme.")?;
        self.shows(log).await?;

        self.stage.turns_to(instant(1, "11:15")?).await?;
        let export = self.stage.team.kim.asks(
            forum,
            "Export drops the last row",
            "The CSV export has one row too few.",
        )?;
        self.threads.push(export);
        self.remarks("11:15 Kim asks as well, and is promised the same as Ann.")?;

        self.beat(
            1,
            "15:00",
            "Two answers are due in two hours: one message for both",
        )
        .await?;
        self.shows(self.stage.team.places.staff_channel).await?;

        self.beat(1, "15:05", "Eva presses Claim; the card changes")
            .await?;
        let card = self.stage.card(crash)?;
        self.presses(self.stage.team.eva.clone(), &card, "Claim")
            .await?;
        self.shows(crash).await?;

        self.beat(1, "15:06", "Tom wants it too, and learns who has it")
            .await?;
        self.types(self.stage.team.tom.clone(), crash, "/claim")
            .await?;

        self.beat(1, "15:20", "Eva answers").await?;
        self.stage.team.eva.posts(
            crash,
            "That is our bug in 1.4.0, sorry! 1.4.1 is out and mends it.",
        )?;
        self.shows(crash).await?;

        self.beat(
            1,
            "15:55",
            "Noa asks after the last call: the date is tomorrow's",
        )
        .await?;
        let theme = self
            .stage
            .team
            .noa
            .asks(forum, "A dark theme?", "Is there one?")?;
        self.threads.push(theme);
        self.shows(theme).await?;

        self.beat(1, "17:01", "Nobody answered Kim: everybody hears the truth")
            .await?;
        self.shows(export).await?;
        self.shows(self.stage.team.places.staff_channel).await?;
        self.shows(self.stage.team.places.moderator_channel).await?;

        self.beat(1, "17:05", "Tom looks at the queue, and answers")
            .await?;
        self.types(
            self.stage.team.tom.clone(),
            self.stage.team.places.staff_channel,
            "/queue",
        )
        .await?;
        self.stage.team.tom.posts(
            export,
            "Sorry for the wait! Tick \"include last row\" for now.",
        )?;
        self.remarks("Then he answers Kim.")?;
        Ok(crash)
    }

    async fn the_night(&mut self) -> anyhow::Result<()> {
        self.beat(
            1,
            "20:00",
            "The bot is switched off for the night; the world goes on",
        )
        .await?;
        self.stage.bot_stops().await;
        self.stage.discord_forgets();
        self.stage.turns_to(instant(1, "22:10")?).await?;
        let theme = self.threads.last().copied().context("Noa asked")?;
        self.stage
            .team
            .ben
            .posts(theme, "Yes: Settings, Appearance.")?;
        self.stage.turns_to(instant(1, "23:40")?).await?;
        let proxy = self.stage.team.lee.asks(
            self.stage.team.places.forum,
            "Does it work behind a proxy?",
            "Mine asks for a password.",
        )?;
        self.threads.push(proxy);
        self.remarks(
            "22:10 Ben answers Noa. 23:40 Lee asks something new. Nobody is there to see it.",
        )?;

        self.beat(
            2,
            "08:30",
            "It is back, has read what it missed, and says so once",
        )
        .await?;
        self.remarks("Discord has forgotten its session; before a new one it waits up to 5 seconds, as it must.")?;
        self.stage.bot_starts().await?;
        self.shows(self.stage.team.places.moderator_channel).await?;
        self.shows(proxy).await
    }

    async fn the_second_day(&mut self, crash: u64) -> anyhow::Result<()> {
        self.beat(
            2,
            "09:10",
            "Why was Kim's answer late? Every figure can be explained",
        )
        .await?;
        let export = self.threads.get(2).copied().context("Kim asked")?;
        self.types(self.stage.team.eva.clone(), export, "/why")
            .await?;

        self.beat(
            2,
            "09:30",
            "Eva answers Lee; Ann is happy and presses Resolve",
        )
        .await?;
        let proxy = self.threads.last().copied().context("Lee asked")?;
        self.stage
            .team
            .eva
            .posts(proxy, "It does: put user and password into ACME_PROXY.")?;
        let card = self.stage.card(crash)?;
        self.presses(self.stage.team.ann.clone(), &card, "Resolve")
            .await?;
        self.shows(crash).await
    }

    /// What the bot recorded, added up.
    async fn the_figures(&mut self) -> anyhow::Result<()> {
        self.pause().await;
        self.line("")?;
        self.line(&screen::heading(
            "Thursday",
            "The figures, from the bot's own records",
        ))?;
        self.stage.settles().await?;
        let store = self.stage.asks(async |store| store.clone()).await;
        let store = store.context("the bot does not run")?;
        let (mut waits, mut late, mut alerts) = (Sample::default(), 0, 0);
        for thread in &self.threads {
            let row = store.find_ticket_by_thread(ThreadId(*thread)).await?;
            let row = row.context("a thread has no ticket")?;
            let raised = store.list_alerts(row.ticket_id).await?;
            let is_late = |alert: &crate::store::AlertRow| alert.alert.trigger == Trigger::Overdue;
            late += usize::from(raised.iter().any(is_late));
            alerts += raised.len();
            let ticket = row.ticket;
            let first = [ticket.first_community_at, ticket.first_staff_at];
            if let (Some(question), Some(at)) = (ticket.question, first.into_iter().flatten().min())
            {
                waits.push(at - question.opened_at);
            }
        }
        let spread = waits.spread().context("nobody was answered")?;
        let report = check::check(&store).await?;
        let (dead, waiting) = (store.list_dead().await?, store.list_pending().await?);
        self.remarks(&format!(
            "{} tickets, {} answered, {late} of them late. First answer: median {}, nine of ten within {}. \
             {alerts} alerts.",
            self.threads.len(),
            waits.count(),
            text::length(spread.median),
            text::length(spread.p90),
        ))?;
        self.remarks(&format!(
            "sameday check:   {}",
            text::report::check(&report).trim_end().replace('\n', " ")
        ))?;
        self.remarks(&format!(
            "sameday outbox:  {}",
            text::report::outbox(&dead, &waiting).trim_end()
        ))?;
        ensure!(report.findings.is_empty(), "the records are not sound");
        let findings = self.stage.findings();
        ensure!(findings.is_empty(), "Discord would refuse: {findings:?}");
        ensure!(
            dead.is_empty() && waiting.is_empty(),
            "not everything was delivered"
        );
        self.line("")?;
        self.says("All of this was simulated; nothing is left behind. To run it on your own server: README.md.")
    }

    /// Ends the bot; nobody writes into the stage's folder any more.
    pub(super) async fn ends(self) {
        self.stage.bot_stops().await;
    }

    /// Turns the clock and says what happens next.
    async fn beat(&mut self, day: u32, time: &str, what: &str) -> anyhow::Result<()> {
        self.pause().await;
        self.stage.turns_to(instant(day, time)?).await?;
        self.here = None;
        let when = self.stage.now().with_timezone(&ZONE).format("%A %H:%M");
        self.line("")?;
        self.line(&screen::heading(&when.to_string(), what))
    }

    async fn passes(&mut self, time: TimeDelta) -> anyhow::Result<()> {
        self.stage.turns_to(self.stage.now() + time).await
    }

    async fn pause(&self) {
        // For the reader's sake alone: nothing waits for it.
        tokio::time::sleep(self.pace).await;
    }

    /// Shows what is new or changed in a channel or thread since it was last shown, in the order in
    /// which it became so: who edits does it because of what was written.
    async fn shows(&mut self, channel: u64) -> anyhow::Result<()> {
        self.stage.settles().await?;
        let mut news = self.stage.team.mia.sees(channel)?;
        news.retain(|seen| self.shown.get(&seen.id()) != Some(seen));
        news.sort_by_key(Seen::is_edited);
        self.goes_to(channel)?;
        for seen in news {
            let pinged = eyes::pinged_by(&self.stage.sim, seen.id());
            let note = match pinged.as_slice() {
                _ if seen.is_edited() => Some("(edited)".to_owned()),
                [] => None,
                pinged => Some(format!("(pings {})", pinged.join(" and "))),
            };
            self.prints(&seen, note.as_deref())?;
            self.shown.insert(seen.id(), seen);
        }
        Ok(())
    }

    /// Presses a button; shows what that person alone then reads.
    async fn presses(&mut self, who: Person, card: &Seen, button: &str) -> anyhow::Result<()> {
        let told = self.stage.clicks(&who, card, button).await?;
        self.whispers(&who, &told)
    }

    /// Types a command; shows the answer.
    async fn types(&mut self, who: Person, channel: u64, typed: &str) -> anyhow::Result<()> {
        let told = self.stage.runs(&who, channel, typed).await?;
        self.whispers(&who, &told)
    }

    fn whispers(&mut self, who: &Person, told: &Seen) -> anyhow::Result<()> {
        self.goes_to(told.channel())?;
        let only = told.is_whisper();
        let note = only.then(|| format!("(only {} sees this)", who.name()));
        self.prints(told, note.as_deref())
    }

    /// Names a place, unless that is where we are.
    fn goes_to(&mut self, channel: u64) -> anyhow::Result<()> {
        if self.here.replace(channel) == Some(channel) {
            return Ok(());
        }
        self.line(&screen::place(&eyes::place(&self.stage.sim, channel)))
    }

    fn prints(&mut self, message: &Seen, note: Option<&str>) -> anyhow::Result<()> {
        let screen = Screen {
            names: eyes::names(&self.stage.sim),
            now: self.stage.now(),
            zone: ZONE,
        };
        for line in screen.message(message, note) {
            self.line(&line)?;
        }
        Ok(())
    }

    fn says(&mut self, text: &str) -> anyhow::Result<()> {
        screen::remark(text)
            .iter()
            .try_for_each(|line| self.line(line.trim_start()))
    }

    fn remarks(&mut self, text: &str) -> anyhow::Result<()> {
        screen::remark(text)
            .iter()
            .try_for_each(|line| self.line(line))
    }

    fn line(&mut self, line: &str) -> anyhow::Result<()> {
        Ok(writeln!(self.out, "{line}")?)
    }
}
