//! serenity, unpatched, against the simulated Discord: what the bot is built on must work here.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "the helpers of tests stop at what they did not expect"
)]

mod common;

use common::House;
use serenity::all::{
    ClientBuilder, CommandInteraction, CommandOptionType, ComponentInteraction, Context,
    CreateActionRow, CreateButton, CreateCommand, CreateCommandOption, CreateInputText,
    CreateInteractionResponse, CreateInteractionResponseFollowup, CreateInteractionResponseMessage,
    CreateMessage, CreateModal, EditInteractionResponse, EventHandler, GatewayIntents, GuildId,
    HttpBuilder, InputTextStyle, Interaction, Message, ModalInteraction, Ready,
};

/// A small bot, as one would write it for the real Discord.
struct Bot;

#[serenity::async_trait]
impl EventHandler for Bot {
    async fn ready(&self, context: Context, ready: Ready) {
        let name =
            CreateCommandOption::new(CommandOptionType::String, "name", "To whom").required(true);
        let hello = CreateCommand::new("hello")
            .description("Says hello")
            .add_option(name);
        let guild: GuildId = ready.guilds[0].id;
        guild
            .set_commands(&context.http, vec![hello])
            .await
            .unwrap();
    }

    async fn message(&self, context: Context, message: Message) {
        if message.author.bot {
            return;
        }
        let button = CreateButton::new("press").label("Press");
        let answer = CreateMessage::new()
            .content(format!("read: {}", message.content))
            .components(vec![CreateActionRow::Buttons(vec![button])]);
        let channel = message.channel_id;
        channel.send_message(&context.http, answer).await.unwrap();
    }

    async fn interaction_create(&self, context: Context, interaction: Interaction) {
        match interaction {
            Interaction::Command(command) => hello(&context, &command).await,
            Interaction::Component(component) => press(&context, &component).await,
            Interaction::Modal(modal) => form(&context, &modal).await,
            _ => {}
        }
    }
}

async fn hello(context: &Context, command: &CommandInteraction) {
    command.defer_ephemeral(&context.http).await.unwrap();
    let name = command.data.options[0].value.as_str().unwrap().to_owned();
    let edit = EditInteractionResponse::new().content(format!("hello {name}"));
    command.edit_response(&context.http, edit).await.unwrap();
    let more = CreateInteractionResponseFollowup::new().content("and welcome");
    command.create_followup(&context.http, more).await.unwrap();
}

async fn press(context: &Context, component: &ComponentInteraction) {
    let input = CreateInputText::new(InputTextStyle::Short, "What", "what");
    let modal =
        CreateModal::new("form", "A form").components(vec![CreateActionRow::InputText(input)]);
    let response = CreateInteractionResponse::Modal(modal);
    component
        .create_response(&context.http, response)
        .await
        .unwrap();
}

async fn form(context: &Context, modal: &ModalInteraction) {
    let message = CreateInteractionResponseMessage::new()
        .content("filled in")
        .components(vec![]);
    let response = CreateInteractionResponse::UpdateMessage(message);
    modal
        .create_response(&context.http, response)
        .await
        .unwrap();
}

#[tokio::test]
async fn commands_buttons_and_modals_are_answered() {
    let house = House::build().await;
    let ann = house.sim.person("Ann");
    // serenity's own rate limiter ignores the proxy; the bot has its own way around that.
    let http = HttpBuilder::new(&house.token)
        .proxy(house.sim.base_url())
        .ratelimiter_disabled(true)
        .build();
    let intents =
        GatewayIntents::GUILDS | GatewayIntents::GUILD_MESSAGES | GatewayIntents::MESSAGE_CONTENT;
    let mut client = ClientBuilder::new_with_http(http, intents)
        .event_handler(Bot)
        .await
        .unwrap();
    assert_eq!(client.ws_url.lock().await.as_str(), house.sim.gateway_url());
    let shards = client.shard_manager.clone();
    let tasks = tokio_util::task::TaskTracker::new();
    let running = tasks.spawn(async move { client.start().await });

    house.sim.gateway().until_connected(1).await.unwrap();
    ann.posts(house.channel, "good morning").unwrap();
    let card = ann
        .expects(house.channel, |seen| seen.says("read: good morning"))
        .await
        .unwrap();
    assert_eq!(card.buttons(), ["Press"]);

    let answer = ann
        .runs_when_offered(house.channel, "/hello name:Bob")
        .await
        .unwrap();
    let first = answer.message().await.unwrap();
    assert_eq!(first.content(), "hello Bob");
    assert!(first.is_whisper());
    assert_eq!(answer.follow_up(1).await.unwrap().content(), "and welcome");

    let modal = ann.clicks(&card, "Press").unwrap().modal().await.unwrap();
    assert_eq!(modal.title(), "A form");
    let answer = modal.submits(&[("What", "a race")]).unwrap();
    let changed = answer.message().await.unwrap();
    assert_eq!((changed.id(), changed.content()), (card.id(), "filled in"));
    let gone = ann.clicks(&card, "Press").err().unwrap();
    assert!(gone.to_string().contains("no button"), "{gone}");

    shards.shutdown_all().await;
    running.await.unwrap().unwrap();
    assert_eq!(house.sim.unread(), []);
    house.assert_clean();
}
