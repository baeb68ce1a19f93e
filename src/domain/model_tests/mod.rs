//! Random histories of messages, commands, edits of policies and calendars, and time: whatever
//! happens, in whatever order it is heard of, the clocks and the alerts are those of a second,
//! naive implementation of the semantics ([`naive`]), which exists for this test alone.
//!
//! Everything happens at the edges of boxes of ten minutes, so that the naive side can count boxes.

mod naive;

use std::collections::BTreeSet;

use chrono::{NaiveDate, TimeDelta, Timelike, Weekday};
use chrono_tz::Tz;
use proptest::prelude::*;

use super::Timestamp;
use super::calendar::Calendar;
use super::decision::{clocks, decide};
use super::event::{ClockKind, Event, Fact, Priority, Trigger};
use super::ids::{DISCORD_EPOCH_MILLIS, MessageId, UserId};
use super::policy::{
    AnsweredBy, Changes, Match, Policy, PolicyChange, PriorityChange, Reopening, ServiceLevel,
    Version,
};
use super::ticket::{Extended, Ticket};
use super::{SupportDuration, from_millis, target};
use naive::NaiveClock;

const BOX_MS: i64 = 600_000;
/// Five days, from Thursday on, so that a weekend is in them.
const BOXES: i64 = 5 * 144;
const HOUR: i64 = 6 * BOX_MS;
const DAY_BOXES: i64 = 144;

const ASKER: u64 = 1;

/// Thursday, 19 November 2026, 0:00 UTC.
fn begin() -> i64 {
    let day = NaiveDate::from_ymd_opt(2026, 11, 19).unwrap();
    day.and_hms_opt(0, 0, 0)
        .unwrap()
        .and_utc()
        .timestamp_millis()
}

fn instant(millis: i64) -> Timestamp {
    from_millis(begin() + millis).unwrap()
}

/// Something that happened, and when it is heard of: later, when catch-up brings it.
#[derive(Clone, Debug)]
struct Happening {
    id: u64,
    heard_at: i64,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Said {
        by: u64,
        staff: bool,
        thanks: bool,
    },
    Deleted {
        id: u64,
    },
    Resolved,
    Reopened,
    Prioritised(Priority),
    /// In milliseconds since the first box.
    Promised {
        until: i64,
    },
    PromiseKept,
    PromiseWithdrawn,
}

impl Happening {
    /// When it happened: the instant in its number.
    fn at(&self) -> i64 {
        let millis = i64::try_from(self.id >> 22).unwrap();
        millis + DISCORD_EPOCH_MILLIS - begin()
    }

    fn events(&self) -> Vec<Event> {
        let by = UserId(3);
        let message = MessageId(self.id);
        let fact = match self.what {
            What::Said { by, staff, thanks } => {
                let posted = Event::message_posted(message, UserId(by), staff);
                let spared = thanks.then(|| Event::reply_spared(message));
                return std::iter::once(posted).chain(spared).collect();
            }
            What::Deleted { id } => return vec![Event::message_deleted(MessageId(id))],
            What::Resolved => Fact::Resolved { by },
            What::Reopened => Fact::Reopened { by },
            What::Prioritised(priority) => Fact::PrioritySet { by, priority },
            What::Promised { until } => Fact::Promised {
                by,
                until: instant(until),
                note: String::new(),
            },
            What::PromiseKept => Fact::PromiseKept { by },
            What::PromiseWithdrawn => Fact::PromiseWithdrawn { by },
        };
        vec![Event::of_snowflake(self.id, fact)]
    }
}

fn snowflake(boxed: i64, n: u64) -> u64 {
    let millis = begin() + boxed * BOX_MS - DISCORD_EPOCH_MILLIS;
    millis.cast_unsigned() << 22 | n
}

/// Support from one hour to another, from Monday to Friday, but not on one day.
#[derive(Clone, Debug)]
struct NaiveCalendar {
    opens: i64,
    closes: i64,
    holiday: i64,
}

impl NaiveCalendar {
    fn is_support_day(&self, day: i64) -> bool {
        // Day 0 is a Thursday.
        !matches!(day.rem_euclid(7), 2 | 3) && day != self.holiday
    }

    fn is_open(&self, boxed: i64) -> bool {
        let (day, hour) = (boxed.div_euclid(DAY_BOXES), boxed.rem_euclid(DAY_BOXES) / 6);
        self.is_support_day(day) && (self.opens..self.closes).contains(&hour)
    }

    /// Closing time of the day a message counts for: before the last call two hours earlier its
    /// own day, else the next.
    fn end_of_day(&self, from: i64) -> i64 {
        let mut day = from.div_euclid(DAY_BOXES * BOX_MS);
        let last_call = (day * DAY_BOXES * BOX_MS) + (self.closes - 2) * HOUR;
        if from >= last_call {
            day += 1;
        }
        while !self.is_support_day(day) {
            day += 1;
        }
        day * DAY_BOXES * BOX_MS + self.closes * HOUR
    }

    fn real(&self) -> Calendar {
        use Weekday::{Fri, Mon, Thu, Tue, Wed};
        let block = format!("{:02}:00-{:02}:00", self.opens, self.closes);
        let day = instant(self.holiday * DAY_BOXES * BOX_MS).date_naive();
        Calendar::week(Tz::UTC)
            .open([Mon, Tue, Wed, Thu, Fri], block.parse().unwrap())
            .holiday(day)
            .build()
            .unwrap()
    }
}

#[derive(Clone, Copy, Debug)]
enum Target {
    /// In milliseconds of support time.
    Support(i64),
    Wall(i64),
    SameDay,
}

impl Target {
    fn real(self) -> target::Target {
        match self {
            Self::Support(millis) => {
                target::Target::Support(SupportDuration::new(TimeDelta::milliseconds(millis)))
            }
            Self::Wall(millis) => target::Target::Wall(TimeDelta::milliseconds(millis)),
            Self::SameDay => target::Target::SAME_DAY,
        }
    }
}

#[derive(Clone, Debug)]
struct NaivePolicy {
    priority: Option<Priority>,
    staff_only: bool,
    calendar: NaiveCalendar,
    first: Option<Target>,
    next: Option<Target>,
    resolution: Option<Target>,
    confirm_within: Option<i64>,
    warn_percent: i64,
}

impl NaivePolicy {
    fn real(&self) -> Policy {
        let within = |millis| SupportDuration::new(TimeDelta::milliseconds(millis));
        Policy {
            when: Match {
                priority: self.priority,
                ..Match::default()
            },
            first_response: self.first.map(Target::real),
            next_response: self.next.map(Target::real),
            resolution: self.resolution.map(Target::real),
            warning: format!("{}%", self.warn_percent).parse().unwrap(),
            answered_by: if self.staff_only {
                AnsweredBy::Staff
            } else {
                AnsweredBy::Anyone
            },
            confirm_within: self.confirm_within.map(within),
            ..Policy::of("a policy", self.calendar.real())
        }
    }
}

#[derive(Clone, Debug)]
struct NaiveVersion {
    number: u32,
    since: i64,
    policies: Vec<NaivePolicy>,
    changes: Changes,
}

fn real(versions: &[NaiveVersion]) -> ServiceLevel {
    let version = |version: &NaiveVersion| Version {
        number: version.number,
        since: instant(version.since),
        policies: version.policies.iter().map(NaivePolicy::real).collect(),
        changes: version.changes,
    };
    let first = ServiceLevel::new(version(&versions[0]), Timestamp::UNIX_EPOCH);
    let later = versions[1..].iter().map(version);
    later.fold(first, ServiceLevel::changed)
}

fn any_calendar() -> impl Strategy<Value = NaiveCalendar> {
    (7_i64..10, 14_i64..19, 0_i64..6).prop_map(|(opens, closes, holiday)| NaiveCalendar {
        opens,
        closes,
        holiday,
    })
}

/// Even numbers of hours, so that half of each is a number of boxes.
fn any_length() -> impl Strategy<Value = Target> {
    prop_oneof![
        (1_i64..7).prop_map(|n| Target::Support(n * 2 * HOUR)),
        (1_i64..9).prop_map(|n| Target::Wall(n * 2 * HOUR)),
    ]
}

fn any_target() -> impl Strategy<Value = Target> {
    prop_oneof![3 => any_length(), 1 => Just(Target::SameDay)]
}

fn any_policy(priority: Option<Priority>) -> impl Strategy<Value = NaivePolicy> {
    (
        any::<bool>(),
        any_calendar(),
        proptest::option::weighted(0.9, any_target()),
        proptest::option::weighted(0.9, any_target()),
        proptest::option::of(any_length()),
        proptest::option::of((1_i64..5).prop_map(|n| n * HOUR)),
        prop_oneof![Just(50_i64), Just(100)],
    )
        .prop_map(
            move |(staff_only, calendar, first, next, resolution, confirm_within, warn_percent)| {
                NaivePolicy {
                    priority,
                    staff_only,
                    calendar,
                    first,
                    next,
                    resolution,
                    confirm_within,
                    warn_percent,
                }
            },
        )
}

fn any_changes() -> impl Strategy<Value = Changes> {
    use {PolicyChange as P, PriorityChange as U, Reopening as R};
    let policy = prop_oneof![Just(P::Keep), Just(P::Recompute)];
    let priority = prop_oneof![Just(U::Forward), Just(U::Recompute), Just(U::Reset)];
    let reopening = prop_oneof![Just(R::Continue), Just(R::Reset)];
    (policy, priority, reopening).prop_map(|(policy, priority, reopening)| Changes {
        policy,
        priority,
        reopening,
    })
}

fn any_versions() -> impl Strategy<Value = Vec<NaiveVersion>> {
    let policies = (
        proptest::option::of(any_policy(Some(Priority::Critical))),
        any_policy(None),
    );
    let version = (0..BOXES, policies, any_changes());
    proptest::collection::vec(version, 1..4).prop_map(|mut versions| {
        versions.sort_by_key(|version| version.0);
        let numbered = (1..).zip(versions);
        numbered
            .map(
                |(number, (since, (critical, other), changes))| NaiveVersion {
                    number,
                    since: since * BOX_MS,
                    policies: critical.into_iter().chain([other]).collect(),
                    changes,
                },
            )
            .collect()
    })
}

/// What happens, in the order in which it is heard of.
fn any_history() -> impl Strategy<Value = Vec<Happening>> {
    let index = any::<prop::sample::Index>();
    let one = (0..BOXES, 0_u8..21, index, 0_u8..10, 1..2 * DAY_BOXES);
    proptest::collection::vec(one, 1..24).prop_map(|all| {
        let mut happenings: Vec<Happening> = Vec::new();
        for (n, (boxed, kind, other, late, ahead)) in (1..).zip(all) {
            let said = |by, staff, thanks| What::Said { by, staff, thanks };
            let what = match kind {
                0..=4 => said(ASKER, false, false),
                5 => said(ASKER, false, true),
                6..=7 => said(2, false, false),
                8..=10 => said(3, true, false),
                11 => What::Resolved,
                12 => What::Reopened,
                13 => What::Prioritised(Priority::Critical),
                14 => What::Prioritised(Priority::Normal),
                15..=17 => What::Promised {
                    until: (boxed + ahead) * BOX_MS,
                },
                18 => What::PromiseKept,
                19 => What::PromiseWithdrawn,
                _ if happenings.is_empty() => said(ASKER, false, false),
                _ => What::Deleted {
                    id: other.get(&happenings).id,
                },
            };
            let id = snowflake(boxed, n);
            let delay = if late == 0 { 5 * BOX_MS } else { 0 };
            happenings.push(Happening {
                id,
                heard_at: boxed * BOX_MS + delay,
                what,
            });
        }
        // What is deleted was there, and is heard of as deleted after it was heard of.
        for at in 0..happenings.len() {
            if let What::Deleted { id } = happenings[at].what {
                let gone = happenings.iter().find(|it| it.id == id).unwrap();
                let heard_at = gone.heard_at.max(happenings[at].heard_at);
                happenings[at].heard_at = heard_at;
            }
        }
        happenings.sort_by_key(|it| (it.heard_at, it.id));
        happenings
    })
}

fn shown(ticket: &Ticket, rules: &ServiceLevel, now: i64) -> Vec<NaiveClock> {
    let millis = |at: Timestamp| at.timestamp_millis() - begin();
    let clocks = clocks(ticket, rules, instant(now));
    clocks
        .iter()
        .map(|clock| NaiveClock {
            kind: clock.kind,
            cycle: clock.cycle.0,
            counted_from: millis(clock.counted_from),
            warn_at: millis(clock.due.warn_at),
            due_at: millis(clock.due.due_at),
            state: naive::word(clock.state),
            stopped_at: clock.stopped_at.map(millis),
            version: clock.stamp.version,
            row: clock.stamp.row,
        })
        .collect()
}

type Raised = (ClockKind, u64, Trigger, i64);

/// The bot's side: hears, decides when something is heard and when it has asked to be woken.
struct Bot<'rules> {
    rules: &'rules ServiceLevel,
    recorded: Vec<Event>,
    ticket: Ticket,
    wake_at: Option<Timestamp>,
    raised: BTreeSet<Raised>,
}

impl Bot<'_> {
    fn hears(&mut self, events: Vec<Event>) {
        for event in events {
            let extended = self.ticket.extend(&event);
            self.recorded.push(event);
            if extended == Extended::FoldAgain {
                self.ticket = Ticket::fold(self.recorded.iter().cloned());
            }
        }
    }

    fn decides(&mut self, now: i64) {
        let decision = decide(&self.ticket, self.rules, None, instant(now));
        for event in &decision.events {
            if let Fact::AlertRaised(alert) = &event.fact {
                let due_at = alert.due_at.timestamp_millis() - begin();
                let new = (alert.clock, alert.cycle.0, alert.trigger, due_at);
                assert!(self.raised.insert(new), "said twice: {alert:?}");
            }
        }
        self.wake_at = decision.wake_at;
        self.hears(decision.events);
    }

    fn wakes(&mut self, until: i64) {
        while let Some(wake_at) = self.wake_at
            && wake_at <= instant(until)
        {
            let now = wake_at.timestamp_millis() - begin();
            self.decides(now);
            assert!(self.wake_at.is_none_or(|next| next > wake_at), "no end");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn clocks_and_alerts_are_those_of_the_naive_implementation(
        versions in any_versions(),
        history in any_history(),
    ) {
        let rules = real(&versions);
        let mut bot = Bot {
            rules: &rules,
            recorded: Vec::new(),
            ticket: Ticket::default(),
            wake_at: None,
            raised: BTreeSet::new(),
        };
        let mut expected: BTreeSet<Raised> = BTreeSet::new();
        for boxed in 0..BOXES + 2 * DAY_BOXES {
            let at = boxed * BOX_MS;
            bot.wakes(at - 1);
            let heard: Vec<&Happening> = history.iter().filter(|it| it.heard_at == at).collect();
            for happening in &heard {
                bot.hears(happening.events());
            }
            // New settings are a reason to decide, as the ledger does.
            let changed = versions.iter().any(|version| version.since == at);
            if heard.is_empty() && !changed {
                bot.wakes(at);
            } else {
                bot.decides(at);
            }
            bot.wakes(at + 1);
            let known: Vec<&Happening> = history.iter().filter(|it| it.heard_at <= at).collect();
            // A promise has any length, so that its warning point may lie within a box.
            for now in [at, at + 1, at + BOX_MS / 2] {
                let naive = naive::clocks(&known, &versions, now);
                for clock in &naive {
                    let trigger = match clock.state {
                        "at risk" => Trigger::AtRisk,
                        "overdue" => Trigger::Overdue,
                        _ => continue,
                    };
                    expected.insert((clock.kind, clock.cycle, trigger, clock.due_at));
                }
                if !heard.is_empty() || boxed % 36 == 0 {
                    prop_assert_eq!(shown(&bot.ticket, &rules, now), naive, "at {}", instant(now));
                }
            }
        }
        prop_assert_eq!(bot.raised, expected);
        prop_assert_eq!(Ticket::fold(bot.recorded), bot.ticket);
    }
}

/// The boxes are what they are said to be.
#[test]
fn the_naive_calendar_is_the_real_one() {
    let naive = NaiveCalendar {
        opens: 9,
        closes: 17,
        holiday: 4,
    };
    let real = naive.real();
    assert_eq!(instant(0).hour(), 0);
    for boxed in 0..BOXES * 2 {
        let at = instant(boxed * BOX_MS);
        assert_eq!(real.is_open(at), naive.is_open(boxed), "{at}");
    }
}
