//! The semantics a second time, as plainly as they can be said: time is a row of boxes of ten
//! minutes, support time is counted box by box, and every question is answered from the whole
//! history. Nothing of the core is used but the names of things.

use super::{BOX_MS, BOXES, Happening, NaiveCalendar, NaivePolicy, NaiveVersion, Target, What};
use crate::domain::decision::ClockState;
use crate::domain::event::{ClockKind, Priority};
use crate::domain::policy::{PolicyChange, PriorityChange, Reopening};

/// A clock: instants in milliseconds since the first box.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct NaiveClock {
    pub(super) kind: ClockKind,
    pub(super) cycle: u64,
    pub(super) counted_from: i64,
    pub(super) warn_at: i64,
    pub(super) due_at: i64,
    pub(super) state: &'static str,
    pub(super) stopped_at: Option<i64>,
    pub(super) version: u32,
    pub(super) row: usize,
}

pub(super) fn word(state: ClockState) -> &'static str {
    match state {
        ClockState::Running => "running",
        ClockState::AtRisk => "at risk",
        ClockState::Overdue => "overdue",
        ClockState::Paused => "paused",
        ClockState::Met => "met",
        ClockState::Missed => "missed",
        ClockState::Cancelled => "cancelled",
    }
}

/// A wait for an answer under one rule of whose answer counts.
#[derive(Clone, Copy)]
struct Wait {
    cycle: u64,
    from: i64,
    /// When it ended, and whether by an answer.
    end: Option<(i64, bool)>,
}

/// What a history comes to, whatever is promised.
struct Story {
    question: Option<(u64, i64)>,
    /// Waits where anybody's answer counts, and where only staff's does.
    waits: [Vec<Wait>; 2],
    /// Answers of the community that ended a wait: number, instant, and what ended the doubt.
    doubts: Vec<Wait>,
    priorities: Vec<(i64, Priority)>,
    resolved_at: Option<i64>,
    reopened: Option<(u64, i64)>,
    promises: Vec<Date>,
}

/// A date that was given.
struct Date {
    cycle: u64,
    from: i64,
    until: i64,
    /// When it ended, and how.
    end: Option<(i64, What)>,
}

const ANYONE: usize = 0;
const STAFF: usize = 1;

fn story(known: &[&Happening]) -> Story {
    let mut history: Vec<&Happening> = known.to_vec();
    history.sort_by_key(|it| (it.at(), it.id));
    let deleted = |id: u64| known.iter().any(|it| it.what == What::Deleted { id });
    let question = history.iter().find_map(|it| match it.what {
        What::Said { by, .. } => Some((it.id, it.at(), by)),
        _ => None,
    });
    let asker = question.map(|question| question.2);
    let mut story = Story {
        question: question.map(|question| (question.0, question.1)),
        waits: [Vec::new(), Vec::new()],
        doubts: Vec::new(),
        priorities: vec![(i64::MIN, Priority::Normal)],
        resolved_at: None,
        reopened: None,
        promises: Vec::new(),
    };
    for it in history {
        let (id, at) = (it.id, it.at());
        match it.what {
            What::Said { .. } if deleted(id) => {}
            What::Said { by, thanks, .. } if Some(by) == asker => {
                story.settle(at, false);
                if thanks && question.is_some_and(|question| id != question.0) {
                    continue;
                }
                if story.resolved_at.take().is_some() {
                    story.reopened = Some((id, at));
                    story.runs_on(at);
                }
                story.wait(id, at);
            }
            What::Said { staff, .. } => {
                if staff {
                    story.settle(at, true);
                } else if story.waits[ANYONE]
                    .last()
                    .is_some_and(|wait| wait.end.is_none())
                {
                    story.doubts.push(Wait {
                        cycle: id,
                        from: at,
                        end: None,
                    });
                }
                story.end(ANYONE, at, true);
                if staff {
                    story.end(STAFF, at, true);
                }
            }
            What::Resolved => {
                if story.resolved_at.is_none() {
                    story.resolved_at = Some(at);
                    story.ends(at, it.what);
                    story.settle(at, false);
                    story.end(ANYONE, at, false);
                    story.end(STAFF, at, false);
                }
            }
            What::Reopened => {
                if story.resolved_at.take().is_some() {
                    story.reopened = Some((id, at));
                    story.runs_on(at);
                    story.settle(at, false);
                    story.wait(id, at);
                }
            }
            What::Prioritised(priority) => {
                if story
                    .priorities
                    .last()
                    .is_some_and(|last| last.1 != priority)
                {
                    story.priorities.push((at, priority));
                }
            }
            What::Promised { until } => {
                story.ends(at, it.what);
                story.promises.push(Date {
                    cycle: id,
                    from: at,
                    until,
                    end: None,
                });
            }
            What::PromiseKept | What::PromiseWithdrawn => story.ends(at, it.what),
            What::Deleted { .. } => {}
        }
    }
    story
}

impl Story {
    fn wait(&mut self, cycle: u64, from: i64) {
        for waits in &mut self.waits {
            if waits.last().is_none_or(|wait| wait.end.is_some()) {
                waits.push(Wait {
                    cycle,
                    from,
                    end: None,
                });
            }
        }
    }

    fn end(&mut self, rule: usize, at: i64, answered: bool) {
        if let Some(wait) = self.waits[rule].last_mut() {
            wait.end.get_or_insert((at, answered));
        }
    }

    fn settle(&mut self, at: i64, answered: bool) {
        if let Some(doubt) = self.doubts.last_mut() {
            doubt.end.get_or_insert((at, answered));
        }
    }

    fn ends(&mut self, at: i64, how: What) {
        if let Some(date) = self.promises.last_mut() {
            date.end.get_or_insert((at, how));
        }
    }

    /// Reopened: what resolving has kept is not, while its date is ahead.
    fn runs_on(&mut self, at: i64) {
        if let Some(date) = self.promises.last_mut() {
            let by_resolving = date.end.is_some_and(|(_, how)| how == What::Resolved);
            if by_resolving && at <= date.until {
                date.end = None;
            }
        }
    }

    fn priority_at(&self, at: i64) -> Priority {
        let before = self.priorities.iter().rfind(|change| change.0 <= at);
        before.map_or(Priority::Normal, |change| change.1)
    }
}

/// What a clock is measured by: version, row, policy, and from when it counts.
struct Terms<'a> {
    version: &'a NaiveVersion,
    row: usize,
    policy: &'a NaivePolicy,
    from: i64,
}

fn version_of(versions: &[NaiveVersion], from: i64, until: i64) -> &NaiveVersion {
    let mut under = &versions[0];
    for version in &versions[1..] {
        let takes_over = version.changes.policy == PolicyChange::Recompute;
        if version.since <= from || version.since <= until && takes_over {
            under = version;
        }
    }
    under
}

fn terms<'a>(
    story: &Story,
    versions: &'a [NaiveVersion],
    from: i64,
    until: i64,
) -> Option<Terms<'a>> {
    let mode = version_of(versions, from, until).changes.priority;
    let (priority, counted) = match mode {
        PriorityChange::Forward => (story.priority_at(from), from),
        PriorityChange::Recompute => (story.priority_at(until), from),
        PriorityChange::Reset => {
            let mut counted = from;
            for (at, _) in &story.priorities[1..] {
                if *at > from && *at <= until {
                    counted = *at;
                }
            }
            (story.priority_at(until), counted)
        }
    };
    let version = version_of(versions, counted, until);
    let row = version
        .policies
        .iter()
        .position(|policy| policy.priority.is_none_or(|wanted| wanted == priority))?;
    Some(Terms {
        version,
        row,
        policy: &version.policies[row],
        from: counted,
    })
}

/// So much later, in support time or by the wall; box by box.
fn add(calendar: Option<&NaiveCalendar>, from: i64, length: i64) -> i64 {
    let Some(calendar) = calendar else {
        return from + length;
    };
    if length == 0 {
        return from;
    }
    let mut left = length;
    for boxed in from / BOX_MS..BOXES * 4 {
        if !calendar.is_open(boxed) {
            continue;
        }
        if left <= BOX_MS {
            return boxed * BOX_MS + left;
        }
        left -= BOX_MS;
    }
    panic!("the test looks too far ahead");
}

fn between(calendar: Option<&NaiveCalendar>, from: i64, to: i64) -> i64 {
    match calendar {
        None => (to - from).max(0),
        Some(calendar) => {
            let boxes = from / BOX_MS..to.max(from) / BOX_MS;
            boxes
                .filter(|at| calendar.is_open(*at))
                .map(|_| BOX_MS)
                .sum()
        }
    }
}

/// Due time and warning point of a target counted from an instant.
fn due(policy: &NaivePolicy, target: Target, from: i64) -> (i64, i64) {
    let support = Some(&policy.calendar);
    let (calendar, due_at) = match target {
        Target::Support(length) => (support, add(support, from, length)),
        Target::Wall(length) => (None, from + length),
        Target::SameDay => (support, policy.calendar.end_of_day(from)),
    };
    let whole = between(calendar, from, due_at);
    let warn_at = add(calendar, from, whole * policy.warn_percent / 100);
    (warn_at.min(due_at), due_at)
}

fn state(end: Option<(i64, bool)>, warn_at: i64, due_at: i64, now: i64) -> &'static str {
    match end {
        Some((at, true)) if at <= due_at => "met",
        Some((_, true)) => "missed",
        Some((_, false)) => "cancelled",
        None if now > due_at => "overdue",
        None if now >= warn_at => "at risk",
        None => "running",
    }
}

/// The clocks of what is known at `now`.
pub(super) fn clocks(known: &[&Happening], versions: &[NaiveVersion], now: i64) -> Vec<NaiveClock> {
    let story = story(known);
    let mut clocks = Vec::new();
    if story.question.is_some() {
        clocks.extend(response(&story, versions, now, ClockKind::FirstResponse));
        clocks.extend(response(&story, versions, now, ClockKind::NextResponse));
        clocks.extend(second_look(&story, versions, now));
        clocks.extend(resolution(&story, versions, now));
    }
    let promises = story.promises.iter();
    clocks.extend(promises.filter_map(|date| promise(date, &story, versions, now)));
    clocks
}

fn promise(date: &Date, story: &Story, versions: &[NaiveVersion], now: i64) -> Option<NaiveClock> {
    let terms = terms(
        story,
        versions,
        date.from,
        date.end.map_or(now, |end| end.0),
    )?;
    let support = Some(&terms.policy.calendar);
    let (calendar, whole) = match between(support, date.from, date.until) {
        0 => (None, date.until - date.from),
        open => (support, open),
    };
    let warn_at = add(calendar, date.from, whole * terms.policy.warn_percent / 100);
    let warn_at = warn_at.min(date.until);
    let kept = |how| matches!(how, What::PromiseKept | What::Resolved);
    let end = date.end.map(|(at, how)| (at, kept(how) || at > date.until));
    Some(NaiveClock {
        kind: ClockKind::Promise,
        cycle: date.cycle,
        counted_from: date.from,
        warn_at,
        due_at: date.until,
        state: state(end, warn_at, date.until, now),
        stopped_at: date.end.map(|end| end.0),
        version: terms.version.number,
        row: terms.row,
    })
}

fn response(
    story: &Story,
    versions: &[NaiveVersion],
    now: i64,
    kind: ClockKind,
) -> Option<NaiveClock> {
    let wait = |rule: usize| {
        let waits = &story.waits[rule];
        match kind {
            ClockKind::FirstResponse => waits.first(),
            _ => waits[1.min(waits.len())..].last(),
        }
    };
    // Each rule's wait as of its own end; else, where a change came after both, as of now.
    let mut found = None;
    for as_of_now in [false, true] {
        for rule in [STAFF, ANYONE] {
            let Some(wait) = wait(rule) else { continue };
            let until = match wait.end {
                Some((at, _)) if !as_of_now => at,
                _ => now,
            };
            let terms = terms(story, versions, wait.from, until);
            if let Some(terms) = terms
                && terms.policy.staff_only == (rule == STAFF)
                && found.is_none()
            {
                found = Some((*wait, terms));
            }
        }
    }
    let (wait, terms) = found?;
    let target = match kind {
        ClockKind::FirstResponse => terms.policy.first?,
        _ => terms.policy.next?,
    };
    let (warn_at, due_at) = due(terms.policy, target, terms.from);
    Some(NaiveClock {
        kind,
        cycle: wait.cycle,
        counted_from: terms.from,
        warn_at,
        due_at,
        state: state(wait.end, warn_at, due_at, now),
        stopped_at: wait.end.map(|end| end.0),
        version: terms.version.number,
        row: terms.row,
    })
}

fn second_look(story: &Story, versions: &[NaiveVersion], now: i64) -> Option<NaiveClock> {
    let doubt = story.doubts.last()?;
    let until = doubt.end.map_or(now, |end| end.0);
    let terms = terms(story, versions, doubt.from, until)?;
    if terms.policy.staff_only {
        return None;
    }
    let (within, target) = (terms.policy.confirm_within?, terms.policy.next?);
    let starts = add(Some(&terms.policy.calendar), doubt.from, within);
    let started = match doubt.end {
        Some((at, _)) => starts < at,
        None => starts <= now,
    };
    let from = starts.max(terms.from);
    let (warn_at, due_at) = due(terms.policy, target, from);
    started.then(|| NaiveClock {
        kind: ClockKind::SecondLook,
        cycle: doubt.cycle,
        counted_from: from,
        warn_at,
        due_at,
        state: state(doubt.end, warn_at, due_at, now),
        stopped_at: doubt.end.map(|end| end.0),
        version: terms.version.number,
        row: terms.row,
    })
}

fn resolution(story: &Story, versions: &[NaiveVersion], now: i64) -> Option<NaiveClock> {
    let stopped_at = story.resolved_at;
    let until = stopped_at.unwrap_or(now);
    let (mut cycle, mut from) = story.question?;
    let mut found = terms(story, versions, from, until)?;
    if let (Reopening::Reset, Some(again)) = (found.version.changes.reopening, story.reopened) {
        (cycle, from) = again;
        found = terms(story, versions, from, until)?;
    }
    let policy = found.policy;
    let target = policy.resolution?;
    let (calendar, length) = match target {
        Target::Support(length) => (Some(&policy.calendar), length),
        Target::Wall(length) => (None, length),
        Target::SameDay => return None,
    };
    let waits = &story.waits[usize::from(policy.staff_only)];
    if waits.is_empty() {
        return None;
    }
    // The boxes in which it was the team's turn, one after the other.
    let turns = |at: i64| {
        waits.iter().any(|wait| {
            let end = wait.end.map_or(i64::MAX, |end| end.0);
            wait.from <= at && at < end
        })
    };
    let runs = waits.last().is_some_and(|wait| wait.end.is_none());
    // While it stands still, it is shown as if it had run on from where it stopped.
    let mut ends = waits
        .iter()
        .filter_map(|wait| Some((wait.from, wait.end?.0)));
    let stands_since = ends.rfind(|(from, end)| from < end);
    let stands_since = stands_since.map_or(found.from, |(_, end)| end);
    let counts = |at: i64, as_if: bool| {
        at >= found.from && (turns(at) || as_if && !runs && at >= stands_since)
    };
    let reach = |length: i64, as_if: bool| {
        let mut left = length / BOX_MS;
        let mut boxed = found.from / BOX_MS;
        while boxed < BOXES * 4 {
            let at = boxed * BOX_MS;
            let open = calendar.is_none_or(|calendar| calendar.is_open(boxed));
            if counts(at, as_if) && open {
                left -= 1;
                if left == 0 {
                    return Some(at + BOX_MS);
                }
            }
            boxed += 1;
        }
        None
    };
    let due_at = reach(length, true)?;
    let warn = length * policy.warn_percent / 100;
    let warn_at = reach(warn, true)?.min(due_at);
    // Late once it is the team's turn after the due time, at once where that turn begins later.
    let mut after = (due_at / BOX_MS..BOXES * 4).map(|boxed| boxed * BOX_MS);
    let begun = |wait: &Wait| {
        let holds_time = wait.end.is_none_or(|end| end.0 > wait.from.max(found.from));
        holds_time && wait.from.max(found.from) > due_at && wait.from <= until
    };
    let late = after.any(|at| at < until && counts(at, false)) || waits.iter().any(begun);
    let state = match stopped_at {
        Some(_) if late => "missed",
        Some(_) => "met",
        None if late => "overdue",
        None if !runs => "paused",
        None if now >= warn_at => "at risk",
        None => "running",
    };
    Some(NaiveClock {
        kind: ClockKind::Resolution,
        cycle,
        counted_from: found.from,
        warn_at,
        due_at,
        state,
        stopped_at,
        version: found.version.number,
        row: found.row,
    })
}
