//! Every body that we send is one that Discord takes: checked against its published schemas.

use axum::body::Bytes;
use axum::http::Method;
use discord_sim::validate::{Exchange, exchange};
use discord_sim::{Sim, SimOptions};
use serde::Serialize;
use serde_json::json;

use super::views::form::Form;
use super::views::message::Message;
use super::views::{alerts, card, fixture, notice, queue, remark};
use super::{commands, register};
use crate::domain::decision::{ClockState, Face, Standing};
use crate::domain::event::{ClockKind, Priority, Trigger};
use crate::domain::ids::{ThreadId, TicketId, UserId};
use crate::domain::remark::Remark;
use crate::outbox::parcel::Notice;
use crate::text::queue::Filter;

struct Schemas(Sim);

impl Schemas {
    /// What is wrong with a request of ours. What the server would answer is of no interest here.
    fn check(&self, method: &Method, path: &str, body: &impl Serialize) {
        let before = self.0.findings().len();
        exchange(
            &self.0,
            &Exchange {
                method,
                path: &format!("/api/v10{path}"),
                content_type: "application/json",
                body: &Bytes::from(serde_json::to_vec(body).unwrap()),
                status: 403,
                answer: &Bytes::from(r#"{"code": 50001, "message": "Missing Access"}"#),
            },
        );
        let findings = self.0.findings();
        let new: Vec<_> = findings.iter().skip(before).collect();
        assert!(new.is_empty(), "{method} {path}: {new:?}");
    }

    fn message_everywhere(&self, message: &Message) {
        let created = message.clone().once("c1".to_owned());
        self.check(&Method::POST, "/channels/1/messages", &created);
        let edit = message.clone().into_edit();
        self.check(&Method::PATCH, "/channels/1/messages/2", &edit);
    }

    fn message_to_one(&self, message: &Message) {
        let callback = json!({"type": 4, "data": message.clone().ephemeral()});
        self.check(&Method::POST, "/interactions/1/token/callback", &callback);
        let edit = message.clone().into_edit();
        let original = "/webhooks/1/token/messages/@original";
        self.check(&Method::PATCH, original, &edit);
        let follow_up = message.clone().ephemeral();
        self.check(&Method::POST, "/webhooks/1/token", &follow_up);
    }
}

#[tokio::test]
async fn every_body_fits_discords_schemas() {
    let now = Box::new(|| fixture::at(1, 9, 0));
    let schemas = Schemas(Sim::start(SimOptions::new(now)).await.unwrap());
    let (user, due_at) = (UserId(41), fixture::at(1, 17, 0));

    let face = |standing, claimed_by| Face {
        standing,
        claimed_by,
        priority: Priority::Normal,
        promised: None,
    };
    for face in [
        fixture::waiting(ClockState::Running, None),
        fixture::waiting(ClockState::Overdue, Some(user)),
        face(Standing::Unpromised, None),
        face(Standing::Answered, None),
        face(Standing::Resolved { by: user }, None),
    ] {
        schemas.message_everywhere(&card::card(TicketId(1), &face, true));
    }

    let line = alerts::Line {
        trigger: Trigger::Overdue,
        clock: ClockKind::FirstResponse,
        ticket: TicketId(1),
        thread: ThreadId(5),
        title: "How?".to_owned(),
        since: due_at,
        due_at,
        holder: Some(user),
        people: vec![user],
        roles: vec![fixture::STAFF],
    };
    let other = alerts::Line {
        ticket: TicketId(2),
        ..line.clone()
    };
    for lines in [vec![line.clone()], vec![line, other]] {
        schemas.message_everywhere(&alerts::alerts(1, lines, fixture::STAFF));
    }
    for told in [
        Remark::ClaimLapsed { by: user },
        Remark::Promised {
            by: user,
            until: due_at,
            note: "x".repeat(500),
            instead_of: Some(due_at),
        },
        Remark::PromiseKept {
            by: user,
            until: due_at,
            late: true,
        },
        Remark::PromiseWithdrawn {
            by: user,
            until: due_at,
        },
        Remark::AskerReminded {
            asker: user,
            before: 1,
        },
        Remark::ProductionDown {
            by: user,
            what: "x".repeat(500),
        },
    ] {
        schemas.message_everywhere(&remark::remark(1, TicketId(1), Some(user), &told));
    }
    let sentence = "words".to_owned();
    schemas.message_everywhere(&notice::notice(1, &Notice::Trouble { sentence }));

    for total in [0, 25] {
        let page = queue::queue(&[], total, Filter::Mine, 0, due_at);
        schemas.message_to_one(&page);
    }
    schemas.message_to_one(&Message::description("a longer text".to_owned()));
    let callback = "/interactions/1/token/callback";
    for body in [
        json!({"type": 5, "data": {"flags": 64}}),
        json!({"type": 6}),
        json!({"type": 9, "data": Form::down(TicketId(1))}),
        json!({"type": 9, "data": Form::paste(Some("Team".to_owned()))}),
    ] {
        schemas.check(&Method::POST, callback, &body);
    }

    let all = register::body(&commands::all(true));
    assert_eq!(all.as_array().unwrap().len(), commands::all(true).len());
    schemas.check(&Method::PUT, "/applications/1/guilds/2/commands", &all);
    schemas.0.stop().await;
}
