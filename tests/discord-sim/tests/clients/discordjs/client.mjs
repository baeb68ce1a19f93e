// A small bot on discord.js. It knows nothing of the simulation but its address.
import {
  ActionRowBuilder,
  ApplicationCommandOptionType,
  ButtonBuilder,
  ButtonStyle,
  Client,
  Events,
  GatewayIntentBits,
  ModalBuilder,
  TextInputBuilder,
  TextInputStyle,
} from "discord.js";

const { SIM_API, SIM_TOKEN, SIM_GUILD, SIM_CHANNEL } = process.env;

const client = new Client({
  intents: [
    GatewayIntentBits.Guilds,
    GatewayIntentBits.GuildMessages,
    GatewayIntentBits.MessageContent,
  ],
  rest: { api: SIM_API },
});

client.once(Events.ClientReady, async () => {
  await client.application.commands.set(
    [
      {
        name: "hello",
        description: "Says hello",
        options: [
          {
            type: ApplicationCommandOptionType.String,
            name: "name",
            description: "To whom",
            required: true,
          },
        ],
      },
    ],
    SIM_GUILD,
  );
  const button = new ButtonBuilder()
    .setCustomId("press")
    .setLabel("Press")
    .setStyle(ButtonStyle.Primary);
  const channel = await client.channels.fetch(SIM_CHANNEL);
  await channel.send({
    content: "discord.js is here",
    components: [new ActionRowBuilder().addComponents(button)],
  });
});

client.on(Events.MessageCreate, async (message) => {
  if (!message.author.bot) await message.reply(`read: ${message.content}`);
});

client.on(Events.InteractionCreate, async (interaction) => {
  if (interaction.isChatInputCommand()) {
    const name = interaction.options.getString("name");
    await interaction.reply({ content: `hello ${name}`, ephemeral: true });
    if (name === "stop") await client.destroy();
  } else if (interaction.isButton()) {
    const what = new TextInputBuilder()
      .setCustomId("what")
      .setLabel("What")
      .setStyle(TextInputStyle.Short);
    await interaction.showModal(
      new ModalBuilder()
        .setCustomId("form")
        .setTitle("A form")
        .addComponents(new ActionRowBuilder().addComponents(what)),
    );
  } else if (interaction.isModalSubmit()) {
    await interaction.deferReply();
    await interaction.editReply(`form: ${interaction.fields.getTextInputValue("what")}`);
  }
});

await client.login(SIM_TOKEN);
