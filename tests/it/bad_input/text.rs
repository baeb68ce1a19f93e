//! Whatever people write: it breaks no card, pings nobody and panics nothing.

use std::collections::BTreeMap;

use discord_sim::world::permissions;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::stage::{Stage, act};

/// How many titles and messages are tried, all in one scenario.
const CASES: usize = 64;

/// What has gone wrong somewhere before.
const KNOWN: [&str; 14] = [
    "@everyone @here",
    "<@1> <@!1> <@&1> <#1> <t:1:R> </claim:1> <:x:1> <id:guide>",
    "[Claim](https://example.org) <https://example.org>",
    "```\n[Resolve]\n``` `x` ||hidden|| ~~gone~~ > quoted",
    "# Heading\n-# small\n- list",
    "\u{202e}gnihtemos \u{2066}and\u{2069} \u{200f}more\u{200e}",
    "\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}",
    "\u{1b}[31mred\u{1b}[0m \u{7}\u{8}",
    "a\u{0}b",
    "👩‍👩‍👧‍👦 🇩🇪 e\u{301}\u{301}\u{301}\u{301}",
    "\u{10ffff}\u{fffe}\u{e0041}",
    "'; DROP TABLE ticket; -- \" \\ {\"a\":1} %s {}",
    "sameday1:claim:1",
    "﷽﷽﷽ ｗｉｄｅ ZͧA̡L͘G̸O",
];

fn any_text(longest: usize) -> impl Strategy<Value = String> {
    let known = proptest::sample::select(&KNOWN[..]).prop_map(str::to_owned);
    let any = proptest::collection::vec(any::<char>(), 0..longest).prop_map(String::from_iter);
    let marks = "[<@#&!:/\\[\\]()*_`~|>\\\\0-9a-z \u{202a}-\u{202e}\u{2028}]{0,400}";
    let long = Just("x\u{301}".repeat(longest / 2));
    let cut = move |text: String| text.chars().take(longest).collect();
    prop_oneof![known, any, marks, long].prop_map(cut)
}

#[tokio::test]
async fn any_text_is_harmless() {
    let stage = Stage::opens().await;
    // The worst server there is: anybody may ping anybody, the bot too.
    let everyone = stage.guild;
    act(&stage.sim, |world| {
        world.edit_role(stage.guild, everyone, |role| {
            role.permissions |= permissions::MENTION_EVERYONE;
        })
    });
    // The same texts in every run, so that what fails fails again.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut draw = |longest| any_text(longest).new_tree(&mut runner).unwrap().current();
    let mut posts = BTreeMap::new();
    let mut refused = 0;
    for case in 0..CASES {
        let known = KNOWN.get(case).map(|text| (*text).to_owned());
        let title = known.clone().unwrap_or_else(|| draw(100));
        let text = known.unwrap_or_else(|| draw(4_000));
        // Discord itself refuses some, as it refuses them from a person.
        match stage.ann.asks(stage.forum, &title, &text) {
            Ok(post) => {
                posts.insert(post, title);
            }
            Err(_) => refused += 1,
        }
    }
    assert!(
        posts.len() > CASES / 3,
        "only {} were accepted",
        posts.len()
    );
    assert!(refused < CASES);
    let pinged = |stage: &Stage| {
        [&stage.ann, &stage.ben, &stage.eva, &stage.tom, &stage.mia]
            .map(|person| person.pinged().len())
    };
    // People may ping with what they write; the bot answers all of it and pings nobody.
    let by_people = pinged(&stage);
    for post in posts.keys() {
        let card = stage.card(*post).await;
        assert!(card.says("A human will answer by"), "{}", card.text());
    }
    assert_eq!(pinged(&stage), by_people);

    for (post, title) in &posts {
        let why = stage.runs(&stage.eva, *post, "/why").await;
        assert!(why.contains("Policy same day"), "{title:?}: {why}");
        // Renamed and answered with more of the same, as far as Discord lets them.
        let mut draw = |longest| any_text(longest).new_tree(&mut runner).unwrap().current();
        let (other_title, answer) = (draw(100), draw(2_000));
        let asker = stage.ann.id();
        drop(
            stage
                .sim
                .act(|world| world.rename(asker, *post, other_title)),
        );
        drop(stage.ben.posts(*post, answer));
    }
    stage.settles().await;
    for post in posts.keys() {
        stage.card(*post).await;
    }
    let by_people = pinged(&stage);
    stage.runs(&stage.eva, stage.staff_channel, "/queue").await;
    assert_eq!(pinged(&stage), by_people);

    // Everybody asks again, so that everything falls due.
    for post in posts.keys() {
        stage.ann.posts(*post, "?").unwrap();
    }
    stage.settles().await;
    let before = pinged(&stage);
    stage.turns_to("2026-11-18T14:00:00Z").await;
    let alerts = stage.news(stage.staff_channel).await;
    let [alert] = alerts.as_slice() else {
        panic!("not one alert: {alerts:#?}");
    };
    let named = posts
        .keys()
        .filter(|post| alert.says(&format!("<#{post}>")));
    let left = posts.len() - named.count();
    assert!(left < posts.len() && alert.says(&format!("{left} more")));
    for post in posts.keys() {
        stage.card(*post).await;
    }
    // One message pings the staff once, and nobody else.
    let [ann, ben, eva, tom, mia] = before;
    assert_eq!(pinged(&stage), [ann, ben, eva + 1, tom + 1, mia]);
    stage.ends().await;
}
