"""A small bot on discord.py. It knows nothing of the simulation but its address."""

import os

import discord
import yarl
from discord import app_commands

API = os.environ["SIM_API"]
GUILD = discord.Object(int(os.environ["SIM_GUILD"]))

# discord.py has no setting for either address.
discord.http.Route.BASE = f"{API}/v10"
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["SIM_GATEWAY"])


class Form(discord.ui.Modal, title="A form"):
    what = discord.ui.TextInput(label="What", custom_id="what")

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.defer(thinking=True)
        await interaction.edit_original_response(content=f"form: {self.what.value}")


class Press(discord.ui.View):
    @discord.ui.button(label="Press", custom_id="press")
    async def press(self, interaction: discord.Interaction, _: discord.ui.Button) -> None:
        await interaction.response.send_modal(Form(custom_id="form"))


class Bot(discord.Client):
    def __init__(self) -> None:
        intents = discord.Intents.none()
        intents.guilds = intents.guild_messages = intents.message_content = True
        super().__init__(intents=intents)
        self.tree = app_commands.CommandTree(self)

    async def on_ready(self) -> None:
        await self.tree.sync(guild=GUILD)
        channel = self.get_channel(int(os.environ["SIM_CHANNEL"]))
        await channel.send("discord.py is here", view=Press())

    async def on_message(self, message: discord.Message) -> None:
        if not message.author.bot:
            await message.reply(f"read: {message.content}")


bot = Bot()


@bot.tree.command(name="hello", description="Says hello", guild=GUILD)
async def hello(interaction: discord.Interaction, name: str) -> None:
    await interaction.response.send_message(f"hello {name}", ephemeral=True)
    if name == "stop":
        await bot.close()


bot.run(os.environ["SIM_TOKEN"])
