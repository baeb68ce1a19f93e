//! One guild against one page of settings, bent in one place at a time.

use serde_json::{Value, json};

use super::*;
use crate::discord::intake::INTENTS;
use crate::discord::samples::settings;
use crate::domain::ladder::{Ladder, Step};
use crate::domain::policy::{Policy, ServiceLevel};
use crate::domain::{Calendar, Timestamp};

const WATCHED: u64 = (1 << 10) | (1 << 38) | (1 << 16) | (1 << 14);
const TOLD: u64 = (1 << 10) | (1 << 11) | (1 << 16) | (1 << 14);

fn role(id: u64, permissions: u64, mentionable: bool) -> Value {
    json!({"id": id.to_string(), "permissions": permissions.to_string(), "mentionable": mentionable})
}

fn channel(id: u64, kind: u64, name: &str) -> Value {
    json!({"id": id.to_string(), "type": kind, "guild_id": "1", "name": name})
}

/// The guild that [`settings`] are made for.
fn place() -> (Vec<Value>, Vec<Value>) {
    let roles = vec![
        role(1, WATCHED | TOLD, false),
        role(70, 0, true),
        role(80, 0, true),
    ];
    let channels = vec![
        channel(20, 15, "help"),
        channel(21, 0, "talk"),
        channel(30, 0, "staff"),
        channel(31, 5, "mods"),
    ];
    (roles, channels)
}

fn problems(roles: &[Value], channels: &[Value]) -> Vec<String> {
    problems_of(&settings(), roles, channels)
}

fn problems_of(settings: &GuildSettings, roles: &[Value], channels: &[Value]) -> Vec<String> {
    let channels: Vec<Channel> = serde_json::from_value(json!(channels)).unwrap();
    let found = Place {
        guild: serde_json::from_value(json!({"id": "1", "owner_id": "5", "roles": roles})).unwrap(),
        channels: channels
            .into_iter()
            .map(|channel| (ChannelId::from(channel.id), channel))
            .collect(),
        hidden: BTreeSet::new(),
        bot: serde_json::from_value(json!({"id": "99", "bot": true})).unwrap(),
        member: Roles { roles: Vec::new() },
    };
    let found = examine(settings, &found);
    assert!(
        found
            .iter()
            .all(|problem| problem.severity == Severity::Fatal)
    );
    found.into_iter().map(|problem| problem.sentence).collect()
}

#[test]
fn settings_that_meet_the_ground_have_no_problem() {
    let (roles, channels) = place();
    assert_eq!(problems(&roles, &channels), Vec::<String>::new());
}

#[test]
fn a_role_that_is_not_there_is_named_with_its_setting() {
    let (mut roles, channels) = place();
    roles.remove(1);
    let found = problems(&roles, &channels);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].contains("no role 70, which `staff_roles` names"),
        "{found:?}"
    );
}

#[test]
fn a_channel_that_is_not_there_or_of_another_kind_is_named_with_its_setting() {
    let (roles, mut channels) = place();
    channels[0] = channel(20, 2, "help");
    channels[2] = channel(30, 15, "staff");
    channels.remove(3);
    let found = problems(&roles, &channels);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[0].contains("Channel 20") && found[0].contains("which `channels` names"));
    assert!(found[1].contains("Channel 30") && found[1].contains("which `staff_channel` names"));
    assert!(found[2].contains("no channel 31, which `moderator_channel` names"));
}

#[test]
fn missing_permissions_are_listed_by_the_names_discord_shows() {
    let (mut roles, channels) = place();
    roles[0] = role(1, (WATCHED | TOLD) & !(1 << 38) & !(1 << 16), false);
    let found = problems(&roles, &channels);
    assert_eq!(
        found[0],
        "The bot lacks permissions in #help (20) of guild 1: give its role these in the \
         channel's settings: Send Messages in Threads, Read Message History."
    );
    assert_eq!(found.len(), 4, "{found:?}");
}

#[test]
fn a_role_that_cannot_be_pinged_is_a_promise_that_cannot_be_kept() {
    let (mut roles, channels) = place();
    roles[2] = role(80, 0, false);
    let found = problems(&roles, &channels);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("The bot cannot ping role 80 in #mods (31)"),
        "{found:?}"
    );
    roles[0] = role(1, WATCHED | TOLD | (1 << 17), false);
    assert_eq!(problems(&roles, &channels), Vec::<String>::new());
}

#[test]
fn the_name_of_a_channel_cannot_shape_the_sentence() {
    let (mut roles, mut channels) = place();
    roles[0] = role(1, 0, false);
    channels[0] = channel(20, 15, "\u{202e}help\n**now**");
    let found = problems(&roles, &channels);
    assert!(
        found[0].starts_with("The bot lacks permissions in channel 20 of"),
        "{found:?}"
    );
}

#[test]
fn only_the_intents_that_are_used_have_to_be_switched_on() {
    let bare: Application = serde_json::from_value(json!({"id": "9", "flags": 0})).unwrap();
    assert_eq!(missing_intents(&bare, INTENTS, 0), []);
    let asked = missing_intents(&bare, INTENTS | (1 << 15), 0);
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].severity, Severity::Fatal);
    assert!(asked[0].sentence.contains("Message Content Intent"));
    let small: Application =
        serde_json::from_value(json!({"id": "9", "flags": 1_u64 << 19})).unwrap();
    assert_eq!(missing_intents(&small, INTENTS | (1 << 15), 0), []);
    assert_eq!(
        missing_intents(&small, INTENTS, 0)[0].severity,
        Severity::Said
    );
}

#[test]
fn only_what_the_settings_name_can_be_lost() {
    let settings = settings();
    assert_eq!(Loss::of_role(&settings, RoleId(71)), None);
    assert_eq!(Loss::of_channel(&settings, ChannelId(22)), None);
    let lost = Loss::of_channel(&settings, ChannelId(30)).unwrap();
    assert!(lost.sentence().contains("`staff_channel`"));
    let lost = Loss::of_role(&settings, RoleId(80)).unwrap();
    assert!(lost.sentence().contains("`moderator_roles`"));
}

/// A Discord that gives these answers, by path below `/api/v10`; to all else it says 404 with the
/// code for an unknown guild.
async fn discord(
    answers: Vec<(&'static str, u16, Value)>,
) -> (Rest, tokio_util::task::TaskTracker) {
    let answers: std::sync::Arc<BTreeMap<&str, (u16, Value)>> = std::sync::Arc::new(
        answers
            .into_iter()
            .map(|(path, status, body)| (path, (status, body)))
            .collect(),
    );
    let app = axum::Router::new().fallback(move |uri: axum::http::Uri| {
        let unknown = (404, json!({"code": 10_004, "message": "Unknown Guild"}));
        let path = uri.path().trim_start_matches("/api/v10").to_owned();
        let (status, body) = answers.get(&*path).cloned().unwrap_or(unknown);
        async move {
            let status = axum::http::StatusCode::from_u16(status).unwrap();
            (status, axum::Json(body))
        }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let tracker = tokio_util::task::TaskTracker::new();
    tracker.spawn(async move { axum::serve(listener, app).await });
    let rest = Rest::new(crate::gateway::rest::Settings {
        base: crate::gateway::rest::Base::parse(&format!("http://{address}")).unwrap(),
        token: secrecy::SecretString::from("token"),
        about: "https://example.org".into(),
    })
    .unwrap();
    (rest, tracker)
}

fn bot() -> Vec<(&'static str, u16, Value)> {
    vec![
        ("/applications/@me", 200, json!({"id": "98", "flags": 0})),
        ("/users/@me", 200, json!({"id": "99", "bot": true})),
    ]
}

fn whole_guild(channels: &[Value]) -> Vec<(&'static str, u16, Value)> {
    let (roles, _) = place();
    let guild = json!({"id": "1", "owner_id": "5", "roles": roles});
    let mut answers = bot();
    answers.push(("/guilds/1", 200, guild));
    answers.push(("/guilds/1/members/99", 200, json!({"roles": []})));
    answers.push(("/guilds/1/channels", 200, json!(channels)));
    answers
}

async fn surveyed(answers: Vec<(&'static str, u16, Value)>) -> Vec<Problem> {
    let (rest, _serving) = discord(answers).await;
    let guilds = crate::discord::samples::guilds();
    survey(&rest, &guilds.now(), INTENTS, 0).await.unwrap()
}

#[tokio::test]
async fn a_guild_that_fits_passes_the_survey() {
    let (_, channels) = place();
    assert_eq!(surveyed(whole_guild(&channels)).await, []);
}

#[tokio::test]
async fn a_guild_the_bot_is_not_in_comes_with_the_way_in() {
    for status in [404, 403] {
        let mut answers = bot();
        let refusal = json!({"code": 10_004, "message": "Unknown Guild"});
        answers.push(("/guilds/1", status, refusal));
        let problems = surveyed(answers).await;
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!(problems[0].severity, Severity::Fatal);
        assert!(
            problems[0].sentence.contains("client_id=98&"),
            "{problems:?}"
        );
        assert!(problems[0].sentence.contains("&guild_id=1"), "{problems:?}");
    }
}

#[tokio::test]
async fn a_hidden_channel_is_told_from_one_that_is_gone() {
    let (_, mut channels) = place();
    channels.remove(0);
    let gone = surveyed(whole_guild(&channels)).await;
    assert!(gone[0].sentence.contains("no channel 20"), "{gone:?}");
    let mut answers = whole_guild(&channels);
    let refusal = json!({"code": 50_001, "message": "Missing Access"});
    answers.push(("/channels/20", 403, refusal));
    let hidden = surveyed(answers).await;
    assert!(
        hidden[0].sentence.ends_with("settings: View Channel."),
        "{hidden:?}"
    );
}

#[tokio::test]
async fn a_refused_token_is_no_finding_but_an_error() {
    let refused = json!({"code": 0, "message": "401: Unauthorized"});
    let (rest, _serving) = discord(vec![("/applications/@me", 401, refused)]).await;
    let guilds = crate::discord::samples::guilds();
    let surveyed = survey(&rest, &guilds.now(), INTENTS, 0).await;
    assert!(
        matches!(surveyed, Err(RestError::Unauthorized)),
        "{surveyed:?}"
    );
}

#[test]
fn a_ladder_names_what_is_there_and_can_be_pinged() {
    let step = |tell: &str, place: &str| Step {
        point: "overdue".parse().unwrap(),
        tell: vec![Telling::read(Some(tell), Some(place)).unwrap()],
        again: None,
    };
    let steps = [
        step("staff", "30"),
        step("role 90 and role 91", "30"),
        step("claimer", "20"),
        step("claimer", "99"),
    ];
    let policy = Policy {
        ladder: Ladder::new(steps).unwrap(),
        ..Policy::of("all", Calendar::always(chrono_tz::UTC))
    };
    let mut settings = settings();
    settings.service_level = ServiceLevel::of(vec![policy], Timestamp::MIN_UTC);
    let (mut roles, channels) = place();
    roles.push(role(90, 0, false));
    insta::assert_snapshot!(problems_of(&settings, &roles, &channels).join("\n"), @"
    The bot cannot ping role 90 in #staff (30) of guild 1: allow everybody to mention the role, or give the bot “Mention @everyone, @here and All Roles” in that channel.
    Guild 1 has no role 91, which `ladder` names: copy the right id from the guild's role settings.
    Channel 20 of guild 1, which `ladder` names, is of another kind: name a text channel, in which messages can be written.
    Guild 1 has no channel 99, which `ladder` names: copy the right id from the channel's menu.
    ");
}
