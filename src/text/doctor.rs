//! Words of `/doctor`.

use super::whole_lines;

/// How long the description of an embed may be. Source: Discord's reference, "Embed Limits".
const LONGEST: usize = 4_096;

/// Somebody else than the team.
pub const FOR_STAFF: &str = "What I am allowed to do here is for the team to look after.";
/// The part about Discord.
pub const DISCORD: &str = "Discord";
/// The part about GitHub.
pub const GITHUB: &str = "GitHub";
/// GitHub does not answer.
pub const GITHUB_SILENT: &str = "GitHub does not answer just now, so I can't say what I may do there. Please try again in a minute.";
/// The text of messages is kept from us.
pub const NO_CONTENT: &str = "Discord does not show me the text of messages, so a preview of an issue lacks it: \
                              switch on the Message Content Intent for me in the Developer Portal, or use \
                              *Open GitHub issue* in the menu of a message.";

/// A part: what is missing, or that nothing is.
pub fn part(of: &str, missing: &[String]) -> String {
    if missing.is_empty() {
        return format!("**{of}:** I may do everything that I need.");
    }
    let lines: Vec<String> = missing.iter().map(|line| format!("- {line}")).collect();
    format!("**{of}:**\n{}", lines.join("\n"))
}

/// What fits, with a word about what does not.
pub fn cut(text: &str) -> String {
    whole_lines(text, LONGEST, "- … and more; mend these first.")
}
