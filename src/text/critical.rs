//! Production is down.

/// `/critical`, before it counts.
pub const SURE: &str = "Is production down for the asker? Then an answer is due within the time \
    for critical questions, and whoever is on duty is called right away, at any hour.";
/// Yes.
pub const YES_CRITICAL: &str = "Yes, it is critical";
/// `/critical` where it is critical.
pub const ALREADY: &str = "This one is critical already. Is it over, or was it a mistake?";
/// Back to normal.
pub const TO_NORMAL: &str = "Make it normal again";

/// The card's button.
pub const DOWN: &str = "Production is down";
/// The card's button, before it counts.
pub const SURE_DOWN: &str = "This calls whoever is on duty right away, at any hour of the day or \
    night. Please use it only when your production is down. For everything else an answer comes \
    by the time on the card.";
/// Yes.
pub const YES_DOWN: &str = "Yes, production is down";
/// The form's title.
pub const FORM_TITLE: &str = "Production is down";
/// The form's question.
pub const FORM_QUESTION: &str = "What is broken, and since when?";
