//! Our one connection with Discord: the socket in, REST out, and the loopback door that serenity
//! uses for both.
